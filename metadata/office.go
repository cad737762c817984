package metadata

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"

	"comity"
)

// A mark is an element of an office file that says more than its author meant.
// Elements are known by their local names: which prefix or edition of the
// standard a program writes is all the same.
type mark struct {
	kinds string // the kinds of file
	elem  string // or parent/element
	attr  string // an attribute that must be there, or empty
	is    string // its values; empty for any that is not; "on" for a toggle, on if left out; "text" for what stands in the element
	id    string // the rule
}

// marks follow ECMA-376 part 1 (17.13 revisions and comments, 17.3.2.41 vanish,
// 18.2 and 18.3 sheets, 19.3 slides) and OpenDocument 1.3 part 3.
func marks() []mark {
	const ooxml, odf = "docx xlsx pptx", "odt ods odp odg"
	ms := []mark{
		{ooxml, "creator", "", "text", "author"}, {ooxml, "lastModifiedBy", "", "text", "author"},
		{ooxml, "Company", "", "text", "company"}, {ooxml, "Manager", "", "text", "company"}, {ooxml, "HyperlinkBase", "", "text", "local-path"},
		{ooxml, "Properties/property", "name", "", "custom-properties"}, {ooxml, "person", "", "", "people"},
		{ooxml, "cNvPr", "hidden", "1 true", "hidden-object"}, {ooxml, "srcRect", "l r t b", "", "cropped"},
		{"docx", "comment", "", "", "comments"}, {"docx", "rsid", "", "", "revision-ids"}, {"docx", "docVar", "", "", "custom-data"},
		{"docx", "vanish", "val", "on", "hidden-text"},
		{"docx", "instrText", "", "text", "field"},
		{"xlsx", "sheet", "state", "hidden veryHidden", "hidden-sheet"}, {"xlsx", "row", "hidden", "1 true", "hidden-rows"},
		{"xlsx", "col", "hidden", "1 true", "hidden-rows"}, {"xlsx", "sheetFormatPr", "zeroHeight", "1 true", "hidden-rows"},
		{"xlsx", "definedName", "hidden", "1 true", "hidden-name"}, {"xlsx", "comment", "", "", "comments"},
		{"xlsx", "threadedComment", "", "", "comments"}, {"xlsx", "absPath", "url", "", "local-path"},
		{"xlsx", "pivotCacheDefinition", "", "", "pivot-cache"}, {"xlsx", "externalLink", "", "", "external"}, {"xlsx", "connection", "", "", "external"},
		{"xlsx", "revisions", "", "", "tracked-changes"}, {"xlsx", "rrc", "", "", "tracked-changes"}, {"xlsx", "rcc", "", "", "tracked-changes"},
		{"pptx", "sld", "show", "0 false", "hidden-slide"}, {"pptx", "cm", "", "", "comments"}, {"pptx", "cmAuthor", "", "", "people"}, {"pptx", "authorLst/author", "", "", "people"},
		{odf, "changed-region", "", "", "tracked-changes"}, {odf, "annotation", "", "", "comments"}, {odf, "tracked-changes", "track-changes", "true", "tracked-changes"},
		{odf, "initial-creator", "", "text", "author"}, {odf, "creator", "", "text", "author"}, {odf, "printed-by", "", "text", "author"},
		{odf, "user-defined", "", "text", "custom-properties"}, {odf, "encryption-data", "", "", "sealed"},
		{odf, "text-properties", "display", "none", "hidden-text"}, {odf, "hidden-text", "", "", "hidden-text"}, {odf, "hidden-paragraph", "", "", "hidden-text"},
		{odf, "table-row", "visibility", "collapse filter", "hidden-rows"}, {odf, "table-column", "visibility", "collapse filter", "hidden-rows"},
		{odf, "table-properties", "display", "false", "hidden-sheet"}, {odf, "drawing-page-properties", "visibility", "hidden", "hidden-slide"},
		{odf, "event-listener", "", "", "macros"},
	}
	for _, e := range strings.Fields("ins del moveFrom moveTo rPrChange pPrChange sectPrChange tblPrChange tcPrChange trPrChange tblGridChange tblPrExChange numberingChange cellIns cellDel cellMerge") {
		ms = append(ms, mark{"docx", e, "", "", "tracked-changes"})
	}
	return ms
}

// paths are parts whose very presence says something. The first row counts.
func paths() []struct{ in, id string } {
	return []struct{ in, id string }{
		{"vbaproject", "macros"}, {"/activex/", "macros"}, {"/macrosheets/", "macros"}, {"/basic/", "macros"}, {"/scripts/", "macros"},
		{"/embeddings/", "embedded"}, {"/object ", "embedded"}, {"/versions/", "earlier-versions"}, {"/revisions/", "tracked-changes"},
		{"/docprops/thumbnail", "thumbnail"}, {"/thumbnails/", "thumbnail"}, {"printersettings", "printer"},
		{"/pivotcacherecords", "pivot-cache"}, {"/customxml/item", "custom-data"}, {"/xl/workbook.bin", "sealed"},
	}
}

// cleanRoots are the documents of which Clean leaves only the root.
const cleanRoots = "coreProperties Properties people personList cmAuthorLst authorLst document-meta"

// office inspects a package of Office Open XML or OpenDocument.
func (in *inspector) office(p part, k Kind, z *zip.Reader) error {
	byElem := map[string][]mark{}
	for _, m := range marks() {
		if strings.Contains(m.kinds, string(k)) {
			elem := m.elem[strings.Index(m.elem, "/")+1:]
			byElem[elem] = append(byElem[elem], m)
		}
	}
	first := map[Kind]string{DOCX: "_rels/.rels", XLSX: "_rels/.rels", PPTX: "_rels/.rels"}[k]
	if first == "" {
		first = "content.xml"
	}
	if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.EqualFold(f.Name, first) }) {
		return errForm // no program finds its way in
	}
	o := officeWalk{in: in, kind: k, marks: byElem, hides: map[string]bool{}, styles: map[string]bool{}}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if in.parts++; in.parts > maxParts {
			return errTooMuch
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		for _, row := range paths() {
			if strings.Contains("/"+name, row.in) {
				in.add(p, row.id, f.Name, row.id == "thumbnail" && cleansInside(name))
				break
			}
		}
		inner := part{name: f.Name, where: p.at(f.Name), depth: p.depth + 1, cleans: p.cleans && cleansInside(f.Name)}
		var err error
		switch {
		case strings.HasSuffix(name, ".xml"), strings.HasSuffix(name, ".rels"), strings.HasSuffix(name, ".vml"):
			err = in.open(f, p, func(r io.Reader) error { return o.xml(p, f.Name, r) })
		case strings.HasSuffix(name, ".bin"), strings.HasSuffix(name, ".dat"), strings.HasSuffix(name, ".odttf"), name == "mimetype":
		default:
			err = in.inner(f, inner)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", comity.Clip(f.Name), err)
		}
	}
	for s := range o.hides {
		if o.styles[s] {
			in.add(p, "hidden-text", "style "+comity.Clip(s), false)
		}
	}
	return nil
}

// cleansInside reports whether Clean cleans, or takes away, a picture of this
// name within an office file.
func cleansInside(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "/media/") || strings.HasPrefix(name, "pictures/") || isThumbnail(name)
}

func isThumbnail(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "docprops/thumbnail")
}

// An officeWalk is one package's XML being read.
type officeWalk struct {
	in     *inspector
	kind   Kind
	marks  map[string][]mark
	hides  map[string]bool // styles that hide text
	styles map[string]bool // styles in use
}

// tally is what one part says, by rule.
type tally struct {
	counts map[string]int // "rule element"
	people map[string]bool
}

func (o *officeWalk) xml(p part, name string, r io.Reader) error {
	t := tally{map[string]int{}, map[string]bool{}}
	var path []string // the elements we are in
	style, notes := "", false
	rels := strings.HasSuffix(strings.ToLower(name), ".rels")
	root, err := eachToken(r, func(tok xml.Token) {
		switch e := tok.(type) {
		case xml.StartElement:
			n := e.Name.Local
			path = append(path, n)
			switch {
			case n == "style":
				style = attr(e, "styleId")
			case n == "rStyle" || n == "pStyle":
				o.styles[attr(e, "val")] = true
			case n == "notes":
				notes = true
			case n == "fldSimple" && fetches(attr(e, "instr")):
				o.in.add(p, "external", name+": "+comity.Clip(attr(e, "instr")), false)
			case rels && n == "Relationship":
				o.relation(p, name, e)
				return
			case n == "image" || n == "section-source" || n == "table-source" || n == "template":
				if h := attr(e, "href"); strings.Contains(h, ":") {
					o.in.add(p, "external", name+": "+comity.Clip(h), false)
				}
			}
			for _, m := range o.marks[n] {
				if !m.holds(e) || !m.under(path) {
					continue
				}
				if m.is == "on" && slices.Contains(path, "style") && strings.HasPrefix(path[0], "styles") {
					o.hides[style] = true // counts once the style is used
					continue
				}
				t.counts[m.id+" "+n]++
				if a := attr(e, "author"); a != "" && len(t.people) < 3 {
					t.people[comity.Clip(a)] = true
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
			notes = notes && e.Name.Local != "notes"
		case xml.CharData:
			s := strings.TrimSpace(string(e))
			if s == "" || len(path) == 0 {
				return
			}
			n := path[len(path)-1]
			for _, m := range o.marks[n] {
				switch {
				case m.is != "text" || m.id == "field" && !fetches(s):
				case m.id == "field":
					o.in.add(p, "external", name+": "+comity.Clip(s), false)
				default:
					t.counts[m.id+" "+n]++
				}
			}
			if notes && path[0] != "document-styles" && (n == "t" || n == "p" || n == "span") && !slices.Contains(path, "fld") {
				t.counts["notes notes"]++
			}
		}
	})
	for _, key := range slices.Sorted(maps.Keys(t.counts)) {
		id, elem, _ := strings.Cut(key, " ")
		where := fmt.Sprintf("%s: %s ×%d", comity.Clip(name), elem, t.counts[key])
		if len(t.people) > 0 {
			where += " (" + strings.Join(slices.Sorted(maps.Keys(t.people)), ", ") + ")"
		}
		// A property that stands in any other document is somebody's text.
		o.in.add(p, id, where, slices.Contains(strings.Fields(cleanRoots), root.Name.Local))
	}
	return err
}

// under reports whether the last element of a path has the mark's parent.
func (m mark) under(path []string) bool {
	parent, _, ok := strings.Cut(m.elem, "/")
	return !ok || len(path) > 1 && path[len(path)-2] == parent
}

// holds reports whether an element's attributes are those of the mark.
func (m mark) holds(e xml.StartElement) bool {
	switch m.is {
	case "text":
		return false // its text decides
	case "on":
		return !slices.Contains([]string{"0", "false", "off"}, attr(e, m.attr))
	}
	if m.attr == "" {
		return true
	}
	if m.elem == "definedName" && strings.HasPrefix(attr(e, "name"), "_xlnm.") {
		return false // written by every filter
	}
	for _, a := range strings.Fields(m.attr) {
		v := attr(e, a)
		if m.is == "" && v != "" && v != "0" || m.is != "" && v != "" && slices.Contains(strings.Fields(m.is), v) {
			return true
		}
	}
	return false
}

// relation looks at what a part points to. A link for a reader to follow is no
// matter, unless it names a file of our own; what a program fetches by itself
// tells its owner when, and from where, the file is opened.
func (o *officeWalk) relation(p part, name string, e xml.StartElement) {
	target := strings.ToLower(attr(e, "Target"))
	local := strings.HasPrefix(target, "file:") || strings.HasPrefix(target, `\\`) || len(target) > 2 && target[1] == ':' && target[2] == '\\'
	if attr(e, "TargetMode") != "External" || strings.HasSuffix(attr(e, "Type"), "/hyperlink") && !local {
		return
	}
	id := "external"
	if local {
		id = "local-path"
	}
	o.in.add(p, id, comity.Clip(name)+": "+comity.Clip(attr(e, "Target")), false)
}

// fetches reports whether a field of Word reads another file.
func fetches(s string) bool {
	f := strings.Fields(strings.ToUpper(s))
	return len(f) > 0 && slices.Contains([]string{"INCLUDEPICTURE", "INCLUDETEXT", "DDE", "DDEAUTO", "LINK", "IMPORT", "DATABASE"}, f[0])
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// tokens reads an XML document in UTF-8 or UTF-16, one token of at most maxToken
// bytes at a time.
type tokens struct {
	d    *xml.Decoder
	left int64
}

func newTokens(r io.Reader) *tokens {
	b := bufio.NewReader(r)
	if bom, err := b.Peek(2); err == nil && (string(bom) == "\xff\xfe" || string(bom) == "\xfe\xff") {
		b = bufio.NewReader(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(b))
	}
	t := &tokens{left: maxToken}
	t.d = xml.NewDecoder(metered{b, &t.left})
	t.d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if !strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return nil, fmt.Errorf("in %s, which XML of an office file never is", comity.Clip(label))
		}
		return r, nil // decoded above
	}
	return t
}

func (t *tokens) next() (xml.Token, error) {
	t.left = maxToken
	return t.d.Token()
}

// eachToken reads a well-formed document, at most 1,000 elements deep, and
// returns its root.
func eachToken(r io.Reader, visit func(xml.Token)) (root xml.StartElement, err error) {
	depth := 0
	for t := newTokens(r); ; {
		tok, err := t.next()
		if err == io.EOF && root.Name.Local == "" {
			return root, errForm
		}
		if err == io.EOF {
			return root, nil
		}
		if err != nil {
			return root, err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if depth++; depth > 1000 {
				return root, errTooMuch
			}
			if root.Name.Local == "" {
				root = e.Copy()
			}
		case xml.EndElement:
			depth--
		}
		visit(tok)
	}
}

// open hands what is in an entry of an archive to read, as far as the file may
// still inflate.
func (in *inspector) open(f *zip.File, p part, read func(io.Reader) error) error {
	if f.Flags&1 != 0 {
		in.add(p, "sealed", f.Name, false)
		return nil
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		in.add(p, "sealed", f.Name, false)
		return nil
	}
	if err != nil {
		return err
	}
	err = read(metered{r, &in.left})
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return err
}
