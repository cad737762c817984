package metadata

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"comity"
)

// Clean writes to w what is in r, without what can be taken away with nothing
// lost that a reader sees: the metadata of JPEG, PNG and WebP pictures (how the
// picture must be turned stays), and the properties, lists of people and
// thumbnail of office files, with the pictures in them. It returns the places
// it changed. A file of any other kind with nothing to refuse is copied.
//
// Of an accepted file, Inspect finds nothing that blocks. If a person must first
// decide something, the error is Invalid and says what, where, and how.
func Clean(name string, r io.ReaderAt, size int64, w io.Writer) (changed []string, err error) {
	rep, err := Inspect(name, r, size)
	if err != nil {
		return nil, err
	}
	for _, f := range rep.Findings {
		if f.Blocks && !f.Cleans {
			return nil, comity.Fieldf("attachment", "%s: %s (%s). %s / %s。%s", comity.Clip(name), f.Wrong.EN, f.Where, f.Do.EN, f.Wrong.ZH, f.Do.ZH)
		}
	}
	c := cleaner{w: w}
	if err := c.file(part{r: r, size: size}, rep.Kind); err != nil {
		return nil, fmt.Errorf("clean %s: %w", comity.Clip(name), err)
	}
	return c.changed, nil
}

type cleaner struct {
	w       io.Writer
	changed []string
}

func (c *cleaner) mark(what string) { c.changed = append(c.changed, what) }

func (c *cleaner) write(bs ...[]byte) error {
	for _, b := range bs {
		if _, err := c.w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func (c *cleaner) file(p part, k Kind) error {
	switch k {
	case JPEG:
		return c.jpeg(p)
	case PNG:
		return c.png(p)
	case WebP:
		return c.webp(p)
	case DOCX, XLSX, PPTX, ODT, ODS, ODP, ODG:
		return c.office(p)
	}
	_, err := io.Copy(c.w, p.section())
	return err
}

func (c *cleaner) jpeg(p part) error {
	turned := false
	after, err := segments(p, func(s segment) error {
		switch s.use() {
		case exif:
			c.mark("Exif")
			b := s.body[len(exifMark):]
			o := orientation(bytes.NewReader(b), int64(len(b)))
			if o < 2 || turned {
				return nil
			}
			turned = true
			s.body = append([]byte(exifMark), onlyOrientation(o)...)
		case xmp, said:
			c.mark(fmt.Sprintf("segment %02X", s.marker))
			return nil
		}
		if s.marker == 0xe0 && len(s.body) > 14 { // JFIF: the two sizes of the thumbnail, and it
			c.mark("JFIF thumbnail")
			s.body = append(slices.Clone(s.body[:12]), 0, 0)
		}
		if s.body == nil {
			return c.write([]byte{0xff, s.marker})
		}
		return c.write([]byte{0xff, s.marker}, binary.BigEndian.AppendUint16(nil, uint16(len(s.body)+2)), s.body)
	}, c.w)
	if after > 0 {
		c.mark("after EOI")
	}
	return err
}

func (c *cleaner) png(p part) error {
	if _, err := io.Copy(c.w, io.NewSectionReader(p.r, 0, 8)); err != nil {
		return err
	}
	end, err := pngChunks(p, func(k chunk) error {
		switch k.use() {
		case exif:
			c.mark(k.name)
			o := orientation(io.NewSectionReader(p.r, k.off, k.size), k.size)
			if o < 2 {
				return nil
			}
			b := append([]byte("eXIf"), onlyOrientation(o)...)
			return c.write(binary.BigEndian.AppendUint32(nil, uint32(len(b)-4)), b, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)))
		case said:
			c.mark(k.name)
			return nil
		}
		_, err := io.Copy(c.w, io.NewSectionReader(p.r, k.off-8, k.size+12))
		return err
	})
	if err == nil && end < p.size {
		c.mark("after IEND")
	}
	return err
}

// webp writes the size of the whole before its parts, so it goes over them twice.
func (c *cleaner) webp(p part) error {
	type piece struct {
		head []byte
		body io.Reader
	}
	var pieces []piece
	total := int64(4)
	turned := false
	end, err := webpChunks(p, func(k chunk) error {
		var body io.Reader = io.NewSectionReader(p.r, k.off, k.size)
		size := k.size
		switch webpUse(k.name) {
		case exif:
			c.mark("EXIF")
			off, n := afterExifMark(p.r, k)
			o := orientation(io.NewSectionReader(p.r, off, n), n)
			if o < 2 || turned {
				return nil
			}
			turned = true
			b := onlyOrientation(o)
			body, size = bytes.NewReader(b), int64(len(b))
		case xmp, said:
			c.mark(k.name)
			return nil
		}
		if k.name == "VP8X" {
			b, err := held(body, 64)
			if err != nil || len(b) < 10 {
				return errForm
			}
			b[0] &^= 0x08 | 0x04 // no Exif, no XMP; the first is set again below
			body = bytes.NewReader(b)
		}
		pad := size & 1
		if pad == 1 {
			body = io.MultiReader(body, bytes.NewReader([]byte{0}))
		}
		total += 8 + size + pad
		pieces = append(pieces, piece{binary.LittleEndian.AppendUint32([]byte(k.name), uint32(size)), body})
		return nil
	})
	if err != nil {
		return err
	}
	if end < p.size {
		c.mark("after RIFF")
	}
	if err := c.write([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(total)), []byte("WEBP")); err != nil {
		return err
	}
	for _, x := range pieces {
		if turned && string(x.head[:4]) == "VP8X" {
			b, err := held(x.body, 64)
			if err != nil {
				return err
			}
			b[0] |= 0x08
			x.body = bytes.NewReader(b)
		}
		if err := c.write(x.head); err != nil {
			return err
		}
		if _, err := io.Copy(c.w, x.body); err != nil {
			return err
		}
	}
	return nil
}

// office copies the package part by part, as it was packed, save those that
// name people.
func (c *cleaner) office(p part) error {
	z, err := openZIP(p.r, p.size)
	if err != nil {
		return err
	}
	out := zip.NewWriter(c.w)
	for _, f := range z.File {
		low := strings.ToLower(f.Name)
		var b []byte
		switch {
		case isThumbnail(low):
			c.mark(f.Name)
			continue
		case low == "_rels/.rels":
			b, err = c.read(f, withoutThumbnail)
		case strings.HasSuffix(low, ".xml"):
			b, err = c.read(f, rootOnly)
		case cleansInside(low):
			b, err = c.read(f, c.picture)
		}
		if err == nil && b == nil {
			err = out.Copy(f)
		} else if err == nil {
			c.mark(f.Name)
			var w io.Writer
			if w, err = out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate}); err == nil {
				_, err = w.Write(b)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", comity.Clip(f.Name), err)
		}
	}
	return out.Close()
}

// read hands an entry to make, which returns what shall stand in its place, or
// nil if it shall stay.
func (c *cleaner) read(f *zip.File, make func(io.Reader) ([]byte, error)) (b []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	b, err = make(r)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return b, err
}

// rootOnly returns an empty document in place of one that is all properties.
func rootOnly(r io.Reader) ([]byte, error) {
	var root xml.StartElement
	for t := newTokens(r); root.Name.Local == ""; {
		tok, err := t.next()
		if err != nil {
			return nil, err
		}
		if e, ok := tok.(xml.StartElement); ok {
			root = e
		}
	}
	if !slices.Contains(strings.Fields(cleanRoots), root.Name.Local) {
		return nil, nil
	}
	out := xml.StartElement{Name: root.Name}
	if v := attr(root, "version"); v != "" { // OpenDocument asks for it
		out.Attr = []xml.Attr{{Name: xml.Name{Space: root.Name.Space, Local: "version"}, Value: v}}
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	for _, t := range []xml.Token{out, out.End()} {
		if err := e.EncodeToken(t); err != nil {
			return nil, err
		}
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// withoutThumbnail returns the relations of a package without that to its
// thumbnail, or nil if there is none.
func withoutThumbnail(r io.Reader) ([]byte, error) {
	type relation struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
		Mode   string `xml:"TargetMode,attr,omitempty"`
	}
	var rels struct {
		XMLName xml.Name   `xml:"http://schemas.openxmlformats.org/package/2006/relationships Relationships"`
		List    []relation `xml:"Relationship"`
	}
	b, err := held(r, maxBlock)
	if err != nil {
		return nil, err
	}
	if err := xml.Unmarshal(b, &rels); err != nil {
		return nil, err
	}
	n := len(rels.List)
	rels.List = slices.DeleteFunc(rels.List, func(r relation) bool {
		return strings.HasPrefix(strings.ToLower(strings.TrimPrefix(r.Target, "/")), "docprops/thumbnail")
	})
	if len(rels.List) == n {
		return nil, nil
	}
	b, err = xml.Marshal(rels)
	return append([]byte(xml.Header), b...), err
}

// picture cleans a picture within an office file.
func (c *cleaner) picture(r io.Reader) ([]byte, error) {
	b, err := held(r, maxHeld)
	if err != nil {
		return nil, err
	}
	k := sniff(b[:min(len(b), sniffed)])
	if k != JPEG && k != PNG && k != WebP {
		return nil, nil
	}
	var out bytes.Buffer
	inner := cleaner{w: &out}
	if err := inner.file(part{r: bytes.NewReader(b), size: int64(len(b))}, k); err != nil {
		return nil, err
	}
	if len(inner.changed) == 0 {
		return nil, nil
	}
	return out.Bytes(), nil
}
