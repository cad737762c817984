// Package metadata is the gate a file passes before it may leave the country as
// an attachment. It tells what the file says beside what its author meant to
// say: who wrote it, what was struck out, which rows were hidden, where the
// photograph was taken. One name in a tracked change can cost a source their life.
//
//	file → Inspect ─┬─ nothing blocks ──────────────────────────► attach
//	                ├─ what blocks can surely be cleaned → Clean ─► attach the copy
//	                └─ a person must decide → told where, and what to do
//
// The kind of a file is read from its content, and a name that says otherwise
// blocks, as does a file that does not open as what it is. What cannot be
// looked into because it is encrypted, or of an old or rare format that is known
// to carry names, blocks as well: the gate does not guess. Raw evidence of which
// nothing is known (a capture, a disk image) is only marked Opaque.
//
// Clean never alters what a reader sees: not a pixel, not a word. It takes away
// metadata of pictures and the properties of office files, and refuses the rest,
// because whether a struck-out sentence is kept is not for a program to say.
// The caller keeps the hashes of both copies, nationally.
//
// A file is hostile. Nothing here holds more of it in memory than the limits
// below say, and what lies beyond them is reported, never passed over.
package metadata

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"comity"
)

// Limits on what one file may make us do.
const (
	maxInflated = 512 << 20 // bytes inflated from one file, all parts together
	maxHeld     = 32 << 20  // bytes of one inner file held in memory
	maxBlock    = 1 << 20   // bytes of one metadata block held in memory
	maxToken    = 4 << 20   // bytes of one tag or text of XML
	maxListing  = 8 << 20   // bytes of a ZIP directory
	maxParts    = 20_000    // parts of one file, all levels together
	maxDepth    = 3         // files within files
	maxPlaces   = 10        // places reported for one rule
)

// A Report is what Inspect found. The zero Report is of no file.
type Report struct {
	Kind     Kind      `json:"kind"`
	Findings []Finding `json:"findings"`
	// Pictures says that the file is, or holds, an image, a video or an archive.
	// In a matter of child abuse a caller refuses such a file, and an Opaque one:
	// there the hash goes, never the file.
	Pictures bool `json:"pictures"`
	// Opaque says that some part was not looked into.
	Opaque bool `json:"opaque"`
}

// Blocks reports whether a finding keeps the file in the country.
func (r Report) Blocks() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Blocks })
}

// A Finding is one thing that a file says, and where.
type Finding struct {
	ID     string      `json:"id"`
	Where  string      `json:"where"` // such as "word/document.xml: ins ×3 (A. Author)"; for the officer's eyes, never for a log
	Wrong  comity.Text `json:"wrong"`
	Do     comity.Text `json:"do"`
	Blocks bool        `json:"blocks"`
	Cleans bool        `json:"cleans"` // Clean takes it away
}

// Inspect looks into the size bytes of r, a file called name. The error is that
// of the reader; whatever is wrong with the file itself is a finding.
func Inspect(name string, r io.ReaderAt, size int64) (Report, error) {
	if size < 0 {
		return Report{}, comity.Fieldf("size", "%d is not the size of a file, such as 1024", size)
	}
	s := &source{r: r}
	in := &inspector{left: maxInflated, rules: byID(), places: map[string]int{}}
	in.rep.Findings = []Finding{}
	in.rep.Kind = in.file(part{name: name, r: s, size: size, cleans: true, named: true})
	if s.err != nil {
		return Report{}, &comity.Error{Kind: comity.Unavailable, Text: "the file could not be read to its end; try again", Cause: s.err}
	}
	return in.rep, nil
}

// A source keeps the trouble of the reader apart from that of the file.
type source struct {
	r   io.ReaderAt
	err error
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errForm // archive/zip follows what the file says
	}
	n, err := s.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = err
	}
	return n, err
}

// An inspector carries one report through all parts of a file.
type inspector struct {
	rep    Report
	rules  map[string]Rule
	places map[string]int // of each rule
	left   int64          // bytes that may still be inflated
	parts  int
}

// A part is a file, or a file within one.
type part struct {
	name   string
	where  string // the path of what holds it, empty for the file itself
	r      io.ReaderAt
	size   int64
	depth  int
	cleans bool // Clean reaches it
	named  bool // people see its name, so it must fit
}

func (p part) at(s string) string {
	switch {
	case p.where == "":
		return s
	case s == "":
		return p.where
	}
	return p.where + " › " + s
}

func (p part) section() *io.SectionReader { return io.NewSectionReader(p.r, 0, p.size) }

// add reports the rule at a place of p. Cleans says that Clean takes away this
// very place, if it reaches p at all.
func (in *inspector) add(p part, id, where string, cleans bool) {
	switch id {
	case "sealed", "unread", "too-much":
		in.rep.Opaque = true
	}
	r := in.rules[id]
	f := Finding{ID: id, Where: p.at(where), Wrong: r.Wrong, Do: r.Do, Blocks: r.Blocks, Cleans: cleans && p.cleans}
	// Beyond the cap a place is left out: those Clean reaches and those it does
	// not are counted apart, so that no kind of answer is lost.
	key := fmt.Sprint(id, f.Cleans)
	if in.places[key]++; in.places[key] <= maxPlaces {
		in.rep.Findings = append(in.rep.Findings, f)
	}
}

// file inspects p and returns its kind.
func (in *inspector) file(p part) Kind {
	if in.parts++; in.parts > maxParts || p.depth > maxDepth {
		in.add(p, "too-much", "", false)
		return Other
	}
	head := make([]byte, min(p.size, sniffed))
	n, err := p.r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		in.add(p, "broken", err.Error(), false)
		return Other
	}
	k := sniff(head[:n])
	if slices.Contains(pictures(), k) && k != ZIP {
		in.rep.Pictures = true
	}
	var bad error
	switch k {
	case JPEG:
		bad = in.jpeg(p)
	case PNG:
		bad = in.png(p)
	case WebP:
		bad = in.webp(p)
	case TIFF:
		bad = in.exif(p, p.r, p.size, "", false)
	case HEIC, MP4, MOV:
		bad = in.boxes(p, k)
	case PDF:
		bad = in.pdf(p)
	case ZIP:
		k, bad = in.zip(p)
	case JSON:
		k, bad = in.json(p)
	case EML:
		bad = in.mail(p)
	case HTML, XML:
		bad = in.markup(p, string(head[:n]))
	case OLE, RTF, SVG, Archive:
		in.add(p, "sealed", string(k), false)
	case Other, GIF, Image, Video, Audio:
		if p.size > 0 {
			in.add(p, "unread", string(k), false)
		}
	}
	if k == Plain && claims(p.name, CSV) {
		k = CSV // nothing in the content tells a list from a text
	}
	switch {
	case errors.Is(bad, errTooMuch):
		in.add(p, "too-much", string(k), false)
	case bad != nil:
		in.add(p, "broken", fmt.Sprintf("%s: %v", k, bad), false)
	}
	if p.named && !fits(p.name, k) {
		in.add(p, "mismatch", fmt.Sprintf("%s: %s", comity.Clip(p.name), k), false)
	}
	return k
}

var (
	errTooMuch = errors.New("more than we look into")
	errForm    = errors.New("it ends too early, or is damaged")
)

// A metered reader stops at what the whole file may inflate to.
type metered struct {
	r    io.Reader
	left *int64
}

func (m metered) Read(p []byte) (int, error) {
	if *m.left <= 0 {
		return 0, errTooMuch
	}
	n, err := m.r.Read(p[:min(int64(len(p)), *m.left)])
	*m.left -= int64(n)
	return n, err
}

// held reads all of r, if it is no more than limit.
func held(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, errTooMuch
	}
	return b, err
}
