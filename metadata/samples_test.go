package metadata

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
)

// A zip of names and contents, in their order.
func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		h := &zip.FileHeader{Name: parts[i], Method: zip.Deflate}
		if parts[i] == "mimetype" || len(parts[i+1]) > maxBlock { // packing long ones takes a minute under -race
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	relsHead = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	rootRels = relsHead + `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	wordNS   = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	coreNS   = ` xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"`
	core     = `<?xml version="1.0"?><cp:coreProperties` + coreNS + `><dc:creator>A. Author</dc:creator><cp:lastModifiedBy>B. Editor</cp:lastModifiedBy></cp:coreProperties>`
)

func ooxml(t testing.TB, parts ...string) []byte {
	t.Helper()
	return zipped(t, append([]string{"[Content_Types].xml", "<Types/>", "_rels/.rels", rootRels}, parts...)...)
}

// docx has a body and further parts.
func docx(t testing.TB, body string, parts ...string) []byte {
	t.Helper()
	return ooxml(t, append([]string{"word/document.xml", `<?xml version="1.0"?><w:document` + wordNS + `><w:body>` + body + `</w:body></w:document>`}, parts...)...)
}

func xlsx(t testing.TB, sheet string, parts ...string) []byte {
	t.Helper()
	return ooxml(t, append([]string{"xl/workbook.xml", "<workbook><sheets><sheet name='a'/></sheets></workbook>", "xl/worksheets/sheet1.xml", "<worksheet>" + sheet + "</worksheet>"}, parts...)...)
}

func pptx(t testing.TB, slide string, parts ...string) []byte {
	t.Helper()
	return ooxml(t, append([]string{"ppt/presentation.xml", "<presentation/>", "ppt/slides/slide1.xml", slide}, parts...)...)
}

func odf(t testing.TB, kind, content string, parts ...string) []byte {
	t.Helper()
	return zipped(t, append([]string{"mimetype", "application/vnd.oasis.opendocument." + kind, "content.xml", "<document-content>" + content + "</document-content>"}, parts...)...)
}

// A tag of a TIFF directory: an ASCII text, a short, or a further directory.
type tag struct {
	id    uint16
	value any // string, uint16, []tag
}

// tiff lays out directories one after another, big-endian.
func tiff(dir []tag) []byte { return append([]byte("MM\x00*\x00\x00\x00\x08"), directory(dir, 8)...) }

func directory(dir []tag, at int) []byte {
	be := binary.BigEndian
	b := be.AppendUint16(nil, uint16(len(dir)))
	tail := []byte{}
	end := at + 2 + 12*len(dir) + 4
	for _, t := range dir {
		b = be.AppendUint16(b, t.id)
		switch v := t.value.(type) {
		case uint16:
			b = be.AppendUint16(be.AppendUint32(be.AppendUint16(b, 3), 1), v)
			b = append(b, 0, 0)
		case string:
			v += "\x00\x00\x00\x00"
			b = be.AppendUint32(be.AppendUint32(be.AppendUint16(b, 2), uint32(len(v))), uint32(end+len(tail)))
			tail = append(tail, v...)
		case []tag:
			b = be.AppendUint32(be.AppendUint32(be.AppendUint16(b, 4), 1), uint32(end+len(tail)))
			tail = append(tail, directory(v, end+len(tail))...)
		}
	}
	return append(append(b, 0, 0, 0, 0), tail...)
}

var (
	gps      = []tag{{dirGPS, []tag{{0, "2200"}, {2, "33 deg"}}}}
	everyTag = []tag{{tagOrientation, uint16(6)}, {0x013b, "A. Author"}, {dirExif, []tag{{0xa431, "SN-0001"}}}, gps[0]}
)

func seg(marker byte, body string) string {
	return "\xff" + string([]byte{marker}) + string(binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))) + body
}

const scan = "\x11\x22\xff\x00\x33\xff\xd0\x44"

// jpeg is the frame of a picture, with segments before it; nothing here decodes it.
func jpeg(segments ...string) []byte {
	return []byte("\xff\xd8" + seg(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + strings.Join(segments, "") +
		seg(0xc0, "\x08\x00\x01\x00\x01\x01\x01\x11\x00") + seg(0xda, "\x01\x01\x00\x00\x3f\x00") + scan + "\xff\xd9")
}

func exifSeg(dir []tag) string { return seg(0xe1, exifMark+string(tiff(dir))) }

func pngChunk(name, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, name+data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(name+data))))
}

func png(chunks ...string) []byte {
	return []byte("\x89PNG\r\n\x1a\n" + pngChunk("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00") + strings.Join(chunks, "") +
		pngChunk("IDAT", "x\x9cc`\x00\x00\x00\x02\x00\x01") + pngChunk("IEND", ""))
}

func riff(chunks ...string) []byte {
	var b []byte
	for i := 0; i < len(chunks); i += 2 {
		b = append(b, chunks[i]...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(chunks[i+1])))
		b = append(b, chunks[i+1]...)
		b = append(b, make([]byte, len(chunks[i+1])&1)...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(b)+4)), append([]byte("WEBP"), b...)...)
}

func bx(name string, content ...string) string {
	c := strings.Join(content, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(c)+8))) + name + c
}

func pdf(objects ...string) []byte {
	return []byte("%PDF-1.7\n" + strings.Join(objects, "\n") + "\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n")
}

func objStm(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("4 0 obj\n<</Type/ObjStm/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj", b.Len(), b.Bytes())
}

func eml(name, typ string, attachment []byte) []byte {
	return []byte("From: a@here.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n" +
		"Content-Type: " + typ + "\r\nContent-Disposition: attachment; filename=" + name + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(attachment) + "\r\n--b--\r\n")
}

const xmpPacket = `<x:xmpmeta><rdf:li/><exif:GPSLatitude>1</exif:GPSLatitude><dc:creator><rdf:Seq><rdf:li>A. Author</rdf:li></rdf:Seq></dc:creator></x:xmpmeta>`

// A sample is a sentence, a file, and what is found in it, in any order.
type sample struct {
	says  string
	name  string
	data  []byte
	kind  Kind
	finds string // "id" for what advises, "id!" for what blocks and a person must mend, "id*" for what blocks and Clean mends
}

func (s sample) want() []string {
	w := strings.Fields(s.finds)
	slices.Sort(w)
	return w
}
