package metadata

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// A trace is something in the objects of a PDF file that says more than its
// pages do (ISO 32000-2: 7.11.4 embedded files, 8.11 optional content, 12.5
// annotations, 12.6.4 actions, 14.3 metadata, 14.5 page-piece dictionaries).
type trace struct {
	id, name string
	in       *regexp.Regexp
}

func traces() []trace {
	const end = `(?:[\s/<>\[\](){}%]|$)`
	t := func(id, name, expr string) trace { return trace{id, name, regexp.MustCompile(expr)} }
	return []trace{
		t("author", "Author", `/Author\s*(\(\s*[^)\s]|<\s*[0-9A-Fa-f])`),
		t("company", "Company", `/(Company|Manager|SourceModified)\s*(\(\s*[^)\s]|<\s*[0-9A-Fa-f])`),
		t("program", "Creator", `/(Creator|Producer)\s*(\(\s*[^)\s]|<\s*[0-9A-Fa-f])`),
		t("comments", "Annot", `/Subtype\s*/(Text|FreeText|Highlight|Underline|Squiggly|StrikeOut|Caret|Stamp|Ink|Popup|Line|Square|Circle|Polygon|PolyLine|Sound|Movie|Screen|RichMedia|3D)`+end),
		t("redaction", "Redact", `/Subtype\s*/Redact`+end),
		t("embedded", "EmbeddedFile", `/(EmbeddedFile|EF|FileAttachment)`+end), // an empty tree of EmbeddedFiles is none
		t("macros", "JavaScript", `/(JavaScript|JS)`+end),
		t("action", "Action", `/S\s*/(Launch|SubmitForm|ImportData|GoToR|GoToE)`+end),
		t("link", "URI", `/S\s*/URI`+end),
		t("hidden-layer", "OCG OFF", `/OFF\s*\[\s*\d|/BaseState\s*/OFF`),
		t("layers", "OCProperties", `/OCProperties`+end),
		t("custom-data", "PieceInfo", `/PieceInfo`+end),
		t("sealed", "Encrypt", `/Encrypt\s*(\d|<<)`),
	}
}

var (
	pdfEscape  = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)
	pdfStream  = regexp.MustCompile(`>>\s*stream\r?\n$`)
	pdfImage   = regexp.MustCompile(`/Subtype\s*/Image`)
	pdfFilter  = regexp.MustCompile(`/Filter\s*(\[[^\]]*\]|/\w+)`)
	pdfPredict = regexp.MustCompile(`/Predictor\s*([2-9]|1\d)`)
)

// A pdfWalk reads a PDF file from its first byte to its last, as a recovering
// reader would: what stands between objects in use, an earlier version, say, is
// read like the rest.
type pdfWalk struct {
	in     *inspector
	p      part
	traces []trace
	counts map[string]int
	images int
	torn   bool // a stream of objects does not inflate
}

func (in *inspector) pdf(p part) error {
	w := pdfWalk{in: in, p: p, traces: traces(), counts: map[string]int{}}
	r := bufio.NewReaderSize(p.section(), 64<<10)
	var syntax []byte
	ends, after, linear := 0, int64(0), false
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if in.left -= int64(len(line)); in.left < 0 {
			return errTooMuch // beside its streams a PDF file is small
		}
		syntax = append(syntax, line...)
		if len(syntax) > 2*maxBlock {
			// Written without line breaks, or not a PDF file at all: read on with
			// enough kept for any name to be whole.
			w.syntax(syntax)
			syntax = append([]byte(nil), syntax[len(syntax)-64:]...)
		}
		after += int64(len(line))
		if bytes.Contains(line, []byte("%%EOF")) {
			ends, after = ends+1, 0
		}
		linear = linear || bytes.Contains(line, []byte("/Linearized"))
		if i := streamAt(syntax); i >= 0 {
			dict := object(syntax[:i])
			w.syntax(syntax)
			syntax = syntax[:0]
			body := &pdfBody{r: r}
			if serr := w.stream(dict, body); serr != nil {
				return serr
			}
			if _, serr := io.Copy(io.Discard, body); serr != nil {
				return errForm
			}
			continue
		}
		if err == io.EOF {
			break
		}
	}
	w.syntax(syntax)
	for _, t := range w.traces {
		if n := w.counts[t.name]; n > 0 {
			in.add(p, t.id, fmt.Sprintf("%s ×%d", t.name, n), false)
		}
	}
	if linear && ends > 1 {
		ends-- // a file for the web has one at its front as well
	}
	if ends == 0 || w.torn && w.counts["Encrypt"] == 0 {
		return errForm
	}
	if ends > 1 {
		in.add(p, "earlier-versions", fmt.Sprintf("%%%%EOF ×%d", ends), false)
	}
	if after > 1024 {
		in.add(p, "trailing", fmt.Sprintf("%d bytes after %%%%EOF", after), false)
	}
	return nil
}

// streamAt returns where the keyword that ends syntax begins a stream, or -1.
func streamAt(syntax []byte) int {
	if !bytes.HasSuffix(bytes.TrimRight(syntax[max(0, len(syntax)-16):], "\r\n"), []byte("stream")) {
		return -1
	}
	from := max(0, len(syntax)-256)
	if m := pdfStream.FindIndex(syntax[from:]); m != nil {
		return from + m[0] + len(">>")
	}
	return -1
}

// object returns the last object in syntax.
func object(syntax []byte) []byte {
	if i := bytes.LastIndex(syntax, []byte(" obj")); i >= 0 {
		return syntax[i:]
	}
	return syntax
}

// plain writes out the names that are spelt with #xx.
func plain(b []byte) []byte {
	return pdfEscape.ReplaceAllFunc(b, func(m []byte) []byte {
		n, err := strconv.ParseUint(string(m[1:]), 16, 8)
		if err != nil {
			return m
		}
		return []byte{byte(n)}
	})
}

func (w *pdfWalk) syntax(b []byte) {
	b = plain(b)
	for _, t := range w.traces {
		w.counts[t.name] += len(t.in.FindAllIndex(b, -1))
	}
}

// A pdfBody reads a stream up to its endstream.
type pdfBody struct {
	r    *bufio.Reader
	done bool
}

func (b *pdfBody) Read(p []byte) (int, error) {
	const word = "endstream"
	if b.done {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	ahead, err := b.r.Peek(min(len(p)+len(word), 32<<10))
	i := bytes.Index(ahead, []byte(word))
	if i < 0 && err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	if b.done = i >= 0 && i <= len(p); b.done {
		copy(p, ahead[:i])
		_, err = b.r.Discard(i + len(word))
		return i, err
	}
	n := copy(p, ahead[:len(ahead)-len(word)])
	_, err = b.r.Discard(n)
	return n, err
}

// stream looks into the streams that hold objects, metadata or photographs.
// Those of pages, fonts and the like are what a reader sees.
func (w *pdfWalk) stream(dict []byte, body io.Reader) error {
	dict = plain(dict)
	objects := bytes.Contains(dict, []byte("/ObjStm"))
	meta := bytes.Contains(dict, []byte("/Metadata")) || bytes.Contains(dict, []byte("/XML"))
	image := pdfImage.Match(dict)
	w.in.rep.Pictures = w.in.rep.Pictures || image
	var filter []byte
	if m := pdfFilter.FindSubmatch(dict); m != nil {
		filter = bytes.Trim(m[1], "[] \r\n\t")
	}
	switch {
	case image && string(filter) == "/DCTDecode":
		b, err := held(body, maxHeld)
		if err != nil {
			return err
		}
		if len(b) > 3 && sniff(b) == JPEG {
			w.images++
			b = bytes.TrimRight(b, "\r\n") // the line break before endstream is no part of it
			w.in.file(part{where: w.p.at(fmt.Sprintf("image %d", w.images)), r: bytes.NewReader(b), size: int64(len(b)), depth: w.p.depth + 1})
		}
		return nil
	case !objects && !meta:
		return nil
	}
	switch string(filter) {
	case "":
	case "/FlateDecode", "/Fl":
		z, err := zlib.NewReader(body)
		if err != nil {
			w.torn = true
			return nil
		}
		body = metered{z, &w.in.left}
	default:
		w.in.add(w.p, "sealed", string(filter), false)
		return nil
	}
	if pdfPredict.Match(dict) {
		w.in.add(w.p, "sealed", "ObjStm with a predictor", false)
		return nil
	}
	b, err := held(body, maxHeld)
	if errors.Is(err, errTooMuch) {
		return err
	}
	w.torn = w.torn || err != nil // what came before is looked at all the same
	if meta {
		w.in.xmp(w.p, b, "XMP", false)
		return nil
	}
	w.syntax(b)
	return nil
}
