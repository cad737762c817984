package metadata

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Kind is what a file is, by its content.
type Kind string

const (
	DOCX Kind = "docx" // and docm, dotx, dotm
	XLSX Kind = "xlsx" // and xlsm, xlsb, xltx
	PPTX Kind = "pptx" // and pptm, ppsx, potx
	ODT  Kind = "odt"
	ODS  Kind = "ods"
	ODP  Kind = "odp"
	ODG  Kind = "odg"
	OLE  Kind = "ole" // Word, Excel and PowerPoint to 2003, Outlook; and any Office file with a password
	RTF  Kind = "rtf"
	PDF  Kind = "pdf"

	JPEG  Kind = "jpeg"
	PNG   Kind = "png"
	WebP  Kind = "webp"
	GIF   Kind = "gif"
	TIFF  Kind = "tiff" // and the raw formats of cameras that are TIFF
	HEIC  Kind = "heic" // and AVIF
	SVG   Kind = "svg"
	Image Kind = "image" // any other

	MP4   Kind = "mp4"
	MOV   Kind = "mov"
	Video Kind = "video" // any other
	Audio Kind = "audio"

	ZIP     Kind = "zip"
	Archive Kind = "archive" // any other

	Plain Kind = "text"
	CSV   Kind = "csv"
	JSON  Kind = "json"
	XML   Kind = "xml"
	HTML  Kind = "html"
	EML   Kind = "eml"
	Other Kind = "other"
)

func pictures() []Kind {
	return []Kind{JPEG, PNG, WebP, GIF, TIFF, HEIC, SVG, Image, MP4, MOV, Video, Archive, ZIP}
}

// sniffed is how much of a file's beginning tells its kind.
const sniffed = 4096

type magic struct {
	kind Kind
	off  int
	is   string
}

// magics are the first bytes of each kind. The first row that fits counts.
func magics() []magic {
	return []magic{
		{JPEG, 0, "\xff\xd8\xff"},
		{PNG, 0, "\x89PNG\r\n\x1a\n"},
		{GIF, 0, "GIF87a"}, {GIF, 0, "GIF89a"},
		{TIFF, 0, "II*\x00"}, {TIFF, 0, "MM\x00*"},
		{WebP, 8, "WEBPVP8"},
		{HEIC, 4, "ftypheic"}, {HEIC, 4, "ftypheix"}, {HEIC, 4, "ftypmif1"}, {HEIC, 4, "ftypmsf1"},
		{HEIC, 4, "ftyphevc"}, {HEIC, 4, "ftypavif"}, {HEIC, 4, "ftypavis"},
		{MOV, 4, "ftypqt  "}, {MOV, 4, "moov"}, {MOV, 4, "mdat"}, {MOV, 4, "wide"}, {MOV, 4, "free"}, {MOV, 4, "skip"},
		{Image, 4, "ftypcrx "}, {Image, 4, "ftypjp2 "},
		{MP4, 4, "ftyp"},
		{PDF, 0, "%PDF-"},
		{ZIP, 0, "PK\x03\x04"}, {ZIP, 0, "PK\x05\x06"}, {Archive, 0, "PK\x07\x08"},
		{OLE, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
		{RTF, 0, `{\rtf`},
		{Archive, 0, "7z\xbc\xaf\x27\x1c"}, {Archive, 0, "Rar!\x1a\x07"}, {Archive, 0, "\x1f\x8b"}, {Archive, 0, "BZh"},
		{Archive, 0, "\xfd7zXZ\x00"}, {Archive, 0, "\x28\xb5\x2f\xfd"}, {Archive, 0, "MSCF"}, {Archive, 257, "ustar"},
		{Image, 0, "BM"}, {Image, 0, "8BPS"}, {Image, 0, "\x00\x00\x01\x00"}, {Image, 0, "\x00\x00\x00\x0cjP  "},
		{Image, 0, "\x00\x00\x00\x0cJXL "}, {Image, 0, "\xff\x0a"}, {Image, 0, "\xff\x4f\xff\x51"}, {Image, 40, " EMF"},
		{Image, 0, "\xd7\xcd\xc6\x9a"}, {Image, 0, "II+\x00"}, {Image, 0, "MM\x00+"},
		{Video, 8, "AVI LIST"}, {Video, 0, "\x1a\x45\xdf\xa3"}, {Video, 0, "\x30\x26\xb2\x75"}, {Video, 0, "FLV\x01"},
		{Video, 0, "\x00\x00\x01\xba"}, {Video, 0, "\x00\x00\x01\xb3"}, {Video, 0, "DHAV"},
		{Audio, 8, "WAVEfmt"}, {Audio, 0, "ID3"}, {Audio, 0, "OggS"}, {Audio, 0, "fLaC"}, {Audio, 0, "#!AMR"},
	}
}

var mailHead = regexp.MustCompile(`(?i)^[a-z][a-z0-9-]*:[ \t][^\n]*\n`)
var mailField = regexp.MustCompile(`(?im)^(received|from|message-id|mime-version|return-path):[ \t]`)

func sniff(b []byte) Kind {
	for _, m := range magics() {
		if len(b) >= m.off && bytes.HasPrefix(b[m.off:], []byte(m.is)) {
			return m.kind
		}
	}
	if len(b) > 376 && b[0] == 0x47 && b[188] == 0x47 && b[376] == 0x47 {
		return Video // an MPEG transport stream
	}
	if i := bytes.Index(b[:min(len(b), 1024)], []byte("%PDF-")); i >= 0 {
		return PDF // readers forgive up to 1 KiB before it
	}
	if !isText(b) {
		return Other
	}
	t := strings.TrimLeft(strings.TrimPrefix(string(b), "\ufeff"), " \t\r\n")
	low := strings.ToLower(t)
	switch {
	case t == "":
		return Plain
	case t[0] == '{' || t[0] == '[':
		return JSON // if it parses
	case t[0] == '<' && strings.Contains(low, "<svg"):
		return SVG
	case t[0] == '<' && (strings.Contains(low, "<!doctype html") || strings.Contains(low, "<html")):
		return HTML
	case strings.HasPrefix(t, "<?xml"):
		return XML
	case mailHead.MatchString(t) && mailField.MatchString(t):
		return EML
	}
	return Plain
}

// isText reports whether b has none of the control characters that no text has.
// It does not ask for UTF-8: much Chinese text is still GB 18030.
func isText(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return true
	}
	return !bytes.ContainsFunc(b, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != 0x1b
	})
}

// extensions are those that a kind may have, the usual one first.
func extensions() map[Kind]string {
	return map[Kind]string{
		DOCX: "docx docm dotx dotm", XLSX: "xlsx xlsm xlsb xltx xltm", PPTX: "pptx pptm ppsx ppsm potx potm",
		ODT: "odt ott", ODS: "ods ots", ODP: "odp otp", ODG: "odg otg",
		OLE: "doc xls ppt dot xlt pps msg wps et dps", RTF: "rtf doc", PDF: "pdf",
		JPEG: "jpg jpeg jpe jfif", PNG: "png apng", WebP: "webp", GIF: "gif", TIFF: "tif tiff dng nef cr2 arw",
		HEIC: "heic heif hif avif", SVG: "svg", Image: "bmp psd ico cur jp2 j2k jxl emf wmf cr3 tif tiff",
		MP4: "mp4 m4v m4a 3gp 3g2 mov", MOV: "mov qt mp4",
		Video: "avi mkv webm wmv wma asf flv mpg mpeg ts m2ts vob dav", Audio: "mp3 wav ogg oga opus flac amr",
		ZIP: "zip jar apk epub xps", Archive: "7z rar gz tgz bz2 xz zst tar cab",
		Plain: "txt csv tsv log md ini yaml yml", CSV: "csv tsv", JSON: "json geojson jsonl har txt log",
		XML: "xml gpx kml xsd txt", HTML: "html htm xhtml txt", EML: "eml mht mhtml txt",
	}
}

func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(strings.ReplaceAll(name, `\`, "/")), "."))
}

// claims reports whether a file called name says it is a k.
func claims(name string, k Kind) bool {
	return slices.Contains(strings.Fields(extensions()[k]), extension(name))
}

// fits reports whether a k may be called name. What we know nothing about may
// have any name that nothing we know has.
func fits(name string, k Kind) bool {
	if claims(name, k) {
		return true
	}
	if k != Plain && k != CSV && k != JSON && k != XML && k != Other {
		return false
	}
	for known := range extensions() {
		if claims(name, known) {
			return false
		}
	}
	return true
}

// json takes a file that begins like JSON for text if it does not go on so.
func (in *inspector) json(p part) (Kind, error) {
	if p.size > maxHeld {
		return JSON, nil // long lists are not parsed to their end
	}
	for d := json.NewDecoder(p.section()); ; {
		var v json.RawMessage
		switch err := d.Decode(&v); {
		case err == io.EOF:
			return JSON, nil
		case err != nil && claims(p.name, JSON) && !claims(p.name, Plain):
			return JSON, errForm
		case err != nil:
			return Plain, nil
		}
	}
}

// markup looks for pictures written into a page or a document of XML, and
// refuses the office files that are one XML document.
func (in *inspector) markup(p part, head string) error {
	for _, s := range []string{"<?mso-application", "office:document", "schemas.microsoft.com/office/2006/xmlPackage", "schemas.microsoft.com/office/word/2003"} {
		if strings.Contains(head, s) {
			in.add(p, "sealed", "Office XML", false)
			return nil
		}
	}
	in.add(p, "unread", "markup", false)
	at, err := find(p.section(), "data:image", "data:video", "data:application")
	in.rep.Pictures = in.rep.Pictures || at >= 0
	return err
}

// find returns where in r the first of the words it meets stands, or -1. A word
// is shorter than 64 bytes; its case counts.
func find(r io.Reader, words ...string) (int64, error) {
	buf := make([]byte, 64<<10)
	kept, base := 0, int64(0) // bytes of buf carried over, and where buf begins
	for {
		n, err := r.Read(buf[kept:])
		for _, w := range words {
			if i := bytes.Index(buf[:kept+n], []byte(w)); i >= 0 {
				return base + int64(i), nil
			}
		}
		if err == io.EOF {
			return -1, nil
		}
		if err != nil {
			return -1, err
		}
		tail := min(kept+n, 64)
		base += int64(kept + n - tail)
		copy(buf, buf[kept+n-tail:kept+n])
		kept = tail
	}
}
