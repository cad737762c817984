package metadata

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"comity"
)

// A listing is a reader that gives out after maxListing bytes: archive/zip
// holds the whole directory, and believes what it says of its length.
type listing struct {
	r    io.ReaderAt
	left int64 // -1 once the directory is read
}

func (l *listing) ReadAt(p []byte, off int64) (int, error) {
	if l.left >= 0 {
		if l.left -= int64(len(p)); l.left < 0 {
			l.left = 0
			return 0, errTooMuch
		}
	}
	return l.r.ReadAt(p, off)
}

// openZIP reads the directory of an archive.
func openZIP(r io.ReaderAt, size int64) (*zip.Reader, error) {
	l := &listing{r, maxListing}
	z, err := zip.NewReader(l, size)
	l.left = -1
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // we write no file under any name
		return nil, err
	}
	if len(z.File) > maxParts {
		return nil, errTooMuch
	}
	met := map[string]bool{}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if met[name] {
			return nil, fmt.Errorf("two parts are called %s, and programs differ in which they show", comity.Clip(f.Name))
		}
		met[name] = true
	}
	return z, nil
}

// zipKind tells an office file from any other archive.
func zipKind(z *zip.Reader) Kind {
	types, dirs := false, map[string]bool{}
	for _, f := range z.File {
		dir, _, _ := strings.Cut(strings.ToLower(f.Name), "/")
		dirs[dir] = true
		types = types || strings.EqualFold(f.Name, "[Content_Types].xml")
		if f.Name == "mimetype" && f.Method == zip.Store && f.UncompressedSize64 < 100 {
			r, err := f.Open()
			if err != nil {
				continue
			}
			b, err := held(r, 100)
			if cerr := r.Close(); err != nil || cerr != nil {
				continue
			}
			switch s := strings.TrimSuffix(string(b), "-template"); s {
			case "application/vnd.oasis.opendocument.text":
				return ODT
			case "application/vnd.oasis.opendocument.spreadsheet":
				return ODS
			case "application/vnd.oasis.opendocument.presentation":
				return ODP
			case "application/vnd.oasis.opendocument.graphics":
				return ODG
			}
		}
	}
	switch {
	case types && dirs["word"]:
		return DOCX
	case types && dirs["xl"]:
		return XLSX
	case types && dirs["ppt"]:
		return PPTX
	}
	return ZIP
}

func (in *inspector) zip(p part) (Kind, error) {
	z, err := openZIP(p.r, p.size)
	if err != nil {
		in.rep.Pictures = true
		return ZIP, err
	}
	if k := zipKind(z); k != ZIP {
		return k, in.office(p, k, z)
	}
	in.rep.Pictures = true
	if z.Comment != "" {
		in.add(p, "archive-comment", fmt.Sprintf("%d bytes", len(z.Comment)), false)
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if f.Comment != "" {
			in.add(p, "archive-comment", f.Name, false)
		}
		inner := part{name: f.Name, where: p.at(comity.Clip(f.Name)), depth: p.depth + 1, named: true}
		if err := in.inner(f, inner); err != nil {
			return ZIP, fmt.Errorf("%s: %w", comity.Clip(f.Name), err)
		}
	}
	return ZIP, nil
}

// inner inspects an entry of an archive as a file of its own. It is held in
// memory, unless its first bytes already say that there is nothing to look into.
func (in *inspector) inner(f *zip.File, p part) error {
	return in.open(f, p, func(r io.Reader) error {
		b, err := held(io.LimitReader(r, sniffed), sniffed)
		if err != nil {
			return err
		}
		switch sniff(b) {
		case Plain, Other, GIF, Image, Video, Audio, Archive, OLE, RTF:
		default:
			rest, err := held(r, maxHeld-sniffed)
			if err != nil {
				return err
			}
			b = append(b, rest...)
		}
		p.r, p.size = bytes.NewReader(b), int64(len(b))
		in.file(p)
		return nil
	})
}

// mail inspects the parts of a message (RFC 5322, RFC 2045). Its headers are
// often the evidence, so they are pointed out only.
func (in *inspector) mail(p part) error {
	if p.size > maxHeld {
		return errTooMuch
	}
	m, err := mail.ReadMessage(p.section())
	if err != nil {
		return errForm
	}
	in.add(p, "mail-headers", fmt.Sprintf("%d", len(m.Header)), false)
	return in.mailPart(p, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body, 0)
}

func (in *inspector) mailPart(p part, contentType, encoding, name string, body io.Reader, depth int) error {
	if in.parts++; depth > 8 || in.parts > maxParts {
		return errTooMuch
	}
	typ, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		typ = "text/plain" // RFC 2045, 5.2; its content is sniffed all the same
	}
	if strings.HasPrefix(typ, "multipart/") {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			q, err := r.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return errForm
			}
			if err := in.mailPart(p, q.Header.Get("Content-Type"), q.Header.Get("Content-Transfer-Encoding"), q.FileName(), q, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if name == "" {
		name = params["name"]
	}
	b, err := held(metered{body, &in.left}, maxHeld)
	if errors.Is(err, errTooMuch) {
		return err
	}
	if err != nil {
		return errForm
	}
	in.file(part{name: name, where: p.at(comity.Clip(name + " " + typ)), r: bytes.NewReader(b), size: int64(len(b)), depth: p.depth + 1, named: name != ""})
	return nil
}
