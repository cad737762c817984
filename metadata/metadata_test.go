package metadata

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"comity"
)

func samples(t testing.TB) []sample {
	t.Helper()
	w := func(e string) string {
		return "<w:p><w:" + e + ` w:author="A. Author"><w:r><w:t>x</w:t></w:r></w:` + e + "></w:p>"
	}
	rel := func(typ, target string) string {
		return relsHead + `<Relationship Id="r" Type="x/` + typ + `" Target="` + target + `" TargetMode="External"/></Relationships>`
	}
	app := `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>Example Ltd</Company></Properties>`
	custom := `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"><property name="File"><x>1</x></property></Properties>`
	mp4 := func(boxes ...string) []byte { return []byte(bx("ftyp", "isom") + bx("moov", boxes...)) }
	heic := func(exif string) []byte {
		return []byte(bx("ftyp", "heic") + bx("meta", "\x00\x00\x00\x00", bx("hdlr", "pict"), bx("iinf", bx("infe", "\x02\x00\x00\x00\x00\x01\x00\x00Exif"))) + bx("mdat", exif))
	}
	sealedZip := zipped(t, "a.txt", "hello")
	for _, mark := range []string{"PK\x03\x04", "PK\x01\x02"} { // the flag that an entry is encrypted
		i := bytes.Index(sealedZip, []byte(mark))
		sealedZip[i+map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[mark]] |= 1
	}
	nested := zipped(t, "photo.jpg", string(jpeg(exifSeg(gps))))
	deep := nested
	for range maxDepth {
		deep = zipped(t, "a.zip", string(deep))
	}
	meta := "1 0 obj\n<</Type/Metadata/Subtype/XML/Length 9>>\nstream\n" + xmpPacket + "\nendstream\nendobj"
	return []sample{
		{"a plain letter", "a.docx", docx(t, "<w:p/>"), DOCX, ""},
		{"insertions and deletions", "a.docx", docx(t, w("ins")+w("del")), DOCX, "tracked-changes! tracked-changes!"},
		{"a passage that was moved", "a.docx", docx(t, w("moveFrom")), DOCX, "tracked-changes!"},
		{"whatever the prefix", "a.docx", docx(t, "<q:ins/>"), DOCX, "tracked-changes!"},
		{"in UTF-16 as well", "a.docx", docx(t, "", "word/x.xml", utf16(`<?xml version="1.0" encoding="UTF-16"?><d><ins/></d>`)), DOCX, "tracked-changes!"},
		{"a comment", "a.docx", docx(t, "", "word/comments.xml", `<comments><comment author="A. Author"/></comments>`), DOCX, "comments!"},
		{"hidden text", "a.docx", docx(t, "<w:r><w:rPr><w:vanish/></w:rPr></w:r>"), DOCX, "hidden-text!"},
		{"text that is expressly not hidden", "a.docx", docx(t, `<w:r><w:rPr><w:vanish w:val="0"/></w:rPr></w:r>`), DOCX, ""},
		{"a style that hides, and is used", "a.docx", docx(t, `<w:rStyle w:val="S"/>`, "word/styles.xml", `<styles><style w:styleId="S"><vanish/></style></styles>`), DOCX, "hidden-text!"},
		{"a style that hides, and is not used", "a.docx", docx(t, ``, "word/styles.xml", `<styles><style w:styleId="S"><vanish/></style></styles>`), DOCX, ""},
		{"who wrote and who saved", "a.docx", docx(t, "", "docProps/core.xml", core), DOCX, "author* author*"},
		{"properties without a name", "a.docx", docx(t, "", "docProps/core.xml", `<p:coreProperties xmlns:p="x"><creator> </creator></p:coreProperties>`), DOCX, ""},
		{"a company", "a.docx", docx(t, "", "docProps/app.xml", app), DOCX, "company*"},
		{"custom properties", "a.docx", docx(t, "", "docProps/custom.xml", custom), DOCX, "custom-properties*"},
		{"people", "a.docx", docx(t, "", "word/people.xml", `<w15:people xmlns:w15="w"><w15:person w15:author="A. Author"/></w15:people>`), DOCX, "people*"},
		{"a creator named in somebody's own data", "a.docx", docx(t, "", "customXml/item1.xml", `<x><creator>A. Author</creator></x>`), DOCX, "author! custom-data"},
		{"a macro", "a.docm", docx(t, "", "word/vbaProject.bin", "x"), DOCX, "macros!"},
		{"a workbook behind a chart", "a.docx", docx(t, "", "word/embeddings/a.xlsx", string(xlsx(t, `<row hidden="1"/>`))), DOCX, "embedded! hidden-rows!"},
		{"a template that phones home", "a.docx", docx(t, "", "word/_rels/settings.xml.rels", rel("attachedTemplate", "https://x.example/t.dotm")), DOCX, "external!"},
		{"a link to a page", "a.docx", docx(t, "", "word/_rels/document.xml.rels", rel("hyperlink", "https://x.example/")), DOCX, ""},
		{"a link to our own disk", "a.docx", docx(t, "", "word/_rels/document.xml.rels", rel("hyperlink", `file:///C:\Users\author\a.docx`)), DOCX, "local-path!"},
		{"a field that fetches a picture", "a.docx", docx(t, `<w:instrText> INCLUDEPICTURE "https://x.example/1.png"</w:instrText>`), DOCX, "external!"},
		{"a field that counts pages", "a.docx", docx(t, `<w:instrText> PAGE </w:instrText>`), DOCX, ""},
		{"a photograph with a position in a letter", "a.docx", docx(t, "", "word/media/image1.jpeg", string(jpeg(exifSeg(gps)))), DOCX, "gps*"},
		{"a thumbnail", "a.docx", docx(t, "", "docProps/thumbnail.jpeg", string(jpeg())), DOCX, "thumbnail"},
		{"identifiers of sessions", "a.docx", docx(t, "", "word/settings.xml", "<settings><rsids><rsid val='1'/></rsids></settings>"), DOCX, "revision-ids"},
		{"XML that is not well-formed", "a.docx", docx(t, "<w:p>"), DOCX, "broken!"},
		{"two documents of one name", "a.docx", docx(t, "", "WORD/document.xml", "<x/>"), ZIP, "broken! mismatch!"},
		{"a package without its relations", "a.docx", zipped(t, "[Content_Types].xml", "<x/>", "word/document.xml", "<x/>"), DOCX, "broken!"},

		{"a plain workbook", "a.xlsx", xlsx(t, ""), XLSX, ""},
		{"a hidden sheet", "a.xlsx", xlsx(t, "", "xl/workbook2.xml", `<workbook><sheet state="veryHidden"/></workbook>`), XLSX, "hidden-sheet!"},
		{"a hidden row", "a.xlsx", xlsx(t, `<row hidden="1"/>`), XLSX, "hidden-rows!"},
		{"a hidden column", "a.xlsx", xlsx(t, `<col hidden="true"/>`), XLSX, "hidden-rows!"},
		{"rows hidden unless they say otherwise", "a.xlsx", xlsx(t, `<sheetFormatPr zeroHeight="1"/>`), XLSX, "hidden-rows!"},
		{"a hidden name", "a.xlsx", xlsx(t, `<definedName name="a" hidden="1"/>`), XLSX, "hidden-name!"},
		{"the name that a filter writes", "a.xlsx", xlsx(t, `<definedName name="_xlnm._FilterDatabase" hidden="1"/>`), XLSX, ""},
		{"a threaded comment", "a.xlsx", xlsx(t, "", "xl/threadedComments/t1.xml", "<ThreadedComments><threadedComment/></ThreadedComments>"), XLSX, "comments!"},
		{"another workbook's values", "a.xlsx", xlsx(t, "", "xl/externalLinks/e1.xml", "<externalLink/>"), XLSX, "external!"},
		{"a pivot's copy", "a.xlsx", xlsx(t, "", "xl/pivotCache/pivotCacheRecords1.xml", "<r/>"), XLSX, "pivot-cache!"},
		{"the author's folder", "a.xlsx", xlsx(t, `<absPath url="C:\Users\author\"/>`), XLSX, "local-path!"},
		{"a binary workbook", "a.xlsb", ooxml(t, "xl/workbook.bin", "x"), XLSX, "sealed!"},

		{"a plain slide", "a.pptx", pptx(t, "<sld/>"), PPTX, ""},
		{"a hidden slide", "a.pptx", pptx(t, `<sld show="0"/>`), PPTX, "hidden-slide!"},
		{"what the speaker would say", "a.pptx", pptx(t, `<sld/>`, "ppt/notesSlides/n.xml", "<notes><p><r><t>say this</t></r></p></notes>"), PPTX, "notes!"},
		{"a page of notes with a number only", "a.pptx", pptx(t, `<sld/>`, "ppt/notesSlides/n.xml", "<notes><p><fld><t>1</t></fld></p></notes>"), PPTX, ""},
		{"a comment on a slide", "a.pptx", pptx(t, `<sld/>`, "ppt/comments/c.xml", "<cmLst><cm/></cmLst>"), PPTX, "comments!"},
		{"a hidden shape", "a.pptx", pptx(t, `<sld><cNvPr hidden="1"/></sld>`), PPTX, "hidden-object!"},
		{"a cropped picture", "a.pptx", pptx(t, `<sld><srcRect l="1000"/></sld>`), PPTX, "cropped"},

		{"an OpenDocument text with changes", "a.odt", odf(t, "text", "<tracked-changes><changed-region/></tracked-changes>"), ODT, "tracked-changes!"},
		{"an OpenDocument author", "a.odt", odf(t, "text", "", "meta.xml", `<o:document-meta xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" o:version="1.3"><creator>A. Author</creator></o:document-meta>`), ODT, "author*"},
		{"an OpenDocument sheet with filtered rows", "a.ods", odf(t, "spreadsheet", `<table-row visibility="filter"/>`), ODS, "hidden-rows!"},
		{"an OpenDocument text under a password", "a.odt", odf(t, "text", "", "META-INF/manifest.xml", "<manifest><encryption-data/></manifest>"), ODT, "sealed!"},
		{"an OpenDocument hidden slide", "a.odp", odf(t, "presentation", `<drawing-page-properties visibility="hidden"/>`), ODP, "hidden-slide!"},

		{"a plain photograph", "a.jpg", jpeg(), JPEG, ""},
		{"a position", "a.jpg", jpeg(exifSeg(gps)), JPEG, "gps*"},
		{"an owner, a camera's number and a position", "a.jpg", jpeg(exifSeg(everyTag)), JPEG, "gps* owner* serial*"},
		{"an owner that is blank", "a.jpg", jpeg(exifSeg([]tag{{0x013b, "   "}})), JPEG, ""},
		{"a model and an orientation", "a.jpg", jpeg(exifSeg([]tag{{tagOrientation, uint16(6)}, {0x0110, "Model"}})), JPEG, "camera"},
		{"a packet of XMP", "a.jpg", jpeg(seg(0xe1, xmpMark+xmpPacket)), JPEG, "gps* owner* xmp"},
		{"a comment in a photograph", "a.jpg", jpeg(seg(0xfe, "hello")), JPEG, "picture-comment"},
		{"a by-line", "a.jpg", jpeg(seg(0xed, "Photoshop 3.0\x00")), JPEG, "iptc*"},
		{"a video behind the photograph", "a.jpg", append(jpeg(), "ftyp"...), JPEG, "trailing*"},
		{"a photograph that is cut off", "a.jpg", jpeg()[:40], JPEG, "broken!"},
		{"a drawing with an author", "a.png", png(pngChunk("tEXt", "Author\x00A. Author"), pngChunk("eXIf", string(tiff(gps)))), PNG, "gps* owner*"},
		{"a drawing cut off", "a.png", png()[:50], PNG, "broken!"},
		{"WebP with a position", "a.webp", riff("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00", "VP8L", "abc", "EXIF", string(tiff(everyTag)), "XMP ", xmpPacket), WebP, "gps* owner* serial* gps* owner* xmp"},
		{"TIFF with a position", "a.tif", tiff(everyTag), TIFF, "gps! owner! serial!"},
		{"a TIFF that runs in a circle", "a.tif", []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x08"), TIFF, ""},
		{"HEIC with a position", "a.heic", heic("\x00\x00\x00\x06" + exifMark + string(tiff(gps))), HEIC, "gps!"},
		{"HEIC with Exif we do not find", "a.heic", heic("x"), HEIC, "sealed!"},
		{"a video with a position", "a.mp4", mp4(bx("udta", bx("\xa9xyz", "+33.0"))), MP4, "gps!"},
		{"a video with a 3GPP position", "a.3gp", mp4(bx("trak", bx("udta", bx("loci", "x")))), MP4, "gps!"},
		{"a video whose keys name a position", "a.mov", []byte(bx("ftyp", "qt  ") + bx("moov", bx("meta", bx("hdlr", "mdta"), bx("keys", "com.apple.quicktime.location.ISO6709")))), MOV, "gps!"},
		{"a video with a track of positions", "a.mp4", mp4(bx("trak", bx("mdia", bx("minf", bx("stbl", bx("stsd", "....gpmd")))))), MP4, "gps!"},
		{"a plain video", "a.mp4", mp4(), MP4, ""},
		{"a video without its index", "a.mp4", []byte(bx("ftyp", "isom")), MP4, "broken!"},
		{"a bitmap", "a.bmp", []byte("BM......"), Image, "unread"},

		{"a plain PDF", "a.pdf", pdf("1 0 obj <</Type/Catalog>> endobj"), PDF, ""},
		{"a PDF's author", "a.pdf", pdf("1 0 obj <</Author(A. Author)/Producer(x)>> endobj"), PDF, "author! program"},
		{"an author in a compressed object", "a.pdf", pdf(objStm(t, "<</Author(A. Author)>>")), PDF, "author!"},
		{"a PDF's XMP", "a.pdf", pdf(meta), PDF, "gps! owner! xmp"},
		{"an earlier version", "a.pdf", append(pdf("1 0 obj <<>> endobj"), pdf("1 0 obj <<>> endobj")...), PDF, "earlier-versions!"},
		{"a PDF made for the web", "a.pdf", append(pdf("1 0 obj <</Linearized 1>> endobj"), pdf("1 0 obj <<>> endobj")...), PDF, ""},
		{"a sticky note", "a.pdf", pdf("1 0 obj <</Subtype /Text /Contents(x)>> endobj"), PDF, "comments!"},
		{"a script, spelt with an escape", "a.pdf", pdf("1 0 obj <</S/J#61vaScript>> endobj"), PDF, "macros!"},
		{"a file in a PDF", "a.pdf", pdf("1 0 obj <</Type/EmbeddedFile>> endobj"), PDF, "embedded!"},
		{"an empty list of files in a PDF", "a.pdf", pdf("1 0 obj <</Names<</EmbeddedFiles <</Names[]>>>>>> endobj"), PDF, ""},
		{"a program to launch", "a.pdf", pdf("1 0 obj <</S /Launch>> endobj"), PDF, "action!"},
		{"a link in a PDF", "a.pdf", pdf("1 0 obj <</S/URI/URI(https://x.example)>> endobj"), PDF, "link"},
		{"a layer that is off", "a.pdf", pdf("1 0 obj <</OCProperties<</D<</OFF[3 0 R]>>>>>> endobj"), PDF, "hidden-layer! layers"},
		{"a redaction that was not applied", "a.pdf", pdf("1 0 obj <</Subtype/Redact>> endobj"), PDF, "redaction!"},
		{"a PDF under a password", "a.pdf", pdf("1 0 obj <</Encrypt 5 0 R>> endobj"), PDF, "sealed!"},
		{"a photograph in a PDF", "a.pdf", pdf("3 0 obj\n<</Subtype/Image/Filter/DCTDecode>>\nstream\n" + string(jpeg(exifSeg(gps))) + "\nendstream endobj"), PDF, "gps!"},
		{"a PDF cut off", "a.pdf", pdf()[:20], PDF, "broken!"},

		{"a plain archive", "a.zip", zipped(t, "a/b.txt", "hello"), ZIP, ""},
		{"a position within an archive", "a.zip", nested, ZIP, "gps!"},
		{"an entry under a password", "a.zip", sealedZip, ZIP, "sealed!"},
		{"archives too deep", "a.zip", deep, ZIP, "too-much!"},
		{"an entry with a wrong name", "a.zip", zipped(t, "a.pdf", string(jpeg())), ZIP, "mismatch!"},
		{"an archive cut off", "a.zip", nested[:60], ZIP, "broken!"},
		{"another archive", "a.7z", []byte("7z\xbc\xaf\x27\x1c..."), Archive, "sealed!"},
		{"an old Word file", "a.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."), OLE, "sealed!"},
		{"rich text", "a.rtf", []byte(`{\rtf1 }`), RTF, "sealed!"},
		{"a message with a photograph", "a.eml", eml("a.jpg", "image/jpeg", jpeg(exifSeg(gps))), EML, "mail-headers gps!"},

		{"a note", "a.txt", []byte("hello"), Plain, ""},
		{"a note in GB 18030", "a.txt", []byte("\xc4\xe3\xba\xc3"), Plain, ""},
		{"a list", "a.csv", []byte("a,b\n1,2\n"), CSV, ""},
		{"JSON", "a.json", []byte(`{"a":1}`), JSON, ""},
		{"JSON cut off", "a.json", []byte(`{"a":`), JSON, "broken!"},
		{"a log that begins like JSON", "a.log", []byte("[2026-11-22] x"), Plain, ""},
		{"a page", "a.html", []byte("<!doctype html><html>"), HTML, "unread"},
		{"a capture of packets", "a.pcap", []byte("\xd4\xc3\xb2\xa1\x02\x00"), Other, "unread"},
		{"a photograph that says it is a text", "a.txt", jpeg(), JPEG, "mismatch!"},
		{"a text that says it is a photograph", "a.jpg", []byte("hello"), Plain, "mismatch!"},
		{"a photograph with no extension", "IMG_1", jpeg(), JPEG, "mismatch!"},
		{"nothing at all", "a.txt", nil, Plain, ""},
	}
}

func utf16(s string) string {
	b := []byte("\xff\xfe")
	for _, r := range s {
		b = append(b, byte(r), 0)
	}
	return string(b)
}

func inspect(t testing.TB, name string, data []byte) Report {
	t.Helper()
	rep, err := Inspect(name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func ids(fs []Finding) []string {
	got := []string{}
	for _, f := range fs {
		switch {
		case f.Blocks && f.Cleans:
			got = append(got, f.ID+"*")
		case f.Blocks:
			got = append(got, f.ID+"!")
		default:
			got = append(got, f.ID)
		}
	}
	slices.Sort(got)
	return got
}

func TestInspect(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.says, func(t *testing.T) {
			rep := inspect(t, s.name, s.data)
			if got := ids(rep.Findings); rep.Kind != s.kind || !slices.Equal(got, s.want()) {
				t.Errorf("it is %s with %q, want %s with %q\n%+v", rep.Kind, got, s.kind, s.want(), rep.Findings)
			}
		})
	}
}

// TestOffice looks into files that an office suite has written (LibreOffice 7.4), with
// all that comes along. The rest of the tests write their own, with what a rule is about.
func TestOffice(t *testing.T) {
	for _, s := range []sample{
		{says: "a document without a past", name: "plain.docx", kind: DOCX},
		{says: "one with a sentence put in, one struck out, and a question", name: "tracked.docx", kind: DOCX, finds: "author* comments! tracked-changes!"},
		{says: "the same in the other format", name: "tracked.odt", kind: ODT, finds: "author! author* comments! thumbnail tracked-changes! unread"},
		{says: "a sheet with a row out of sight, and another behind it", name: "hidden.xlsx", kind: XLSX, finds: "author* hidden-rows! hidden-sheet!"},
	} {
		t.Run(s.says, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", "office", s.name))
			if err != nil {
				t.Fatal(err)
			}
			rep := inspect(t, s.name, data)
			if got := slices.Compact(ids(rep.Findings)); rep.Kind != s.kind || !slices.Equal(got, s.want()) {
				t.Errorf("it is %s with %q, want %s with %q\n%+v", rep.Kind, got, s.kind, s.want(), rep.Findings)
			}
			var out bytes.Buffer
			if _, err := Clean(s.name, bytes.NewReader(data), int64(len(data)), &out); (err == nil) != (s.finds == "") {
				t.Errorf("to clean it: %v", err)
			}
		})
	}
}

// TestClean: what Clean accepts leaves without a finding that blocks, and what a
// person must decide is refused.
func TestClean(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.says, func(t *testing.T) {
			var out bytes.Buffer
			changed, err := Clean(s.name, bytes.NewReader(s.data), int64(len(s.data)), &out)
			if strings.Contains(s.finds, "!") {
				if !errors.Is(err, comity.Invalid) || out.Len() > 0 {
					t.Fatalf("error is %v after %d bytes; a person must decide this", err, out.Len())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if rep := inspect(t, s.name, out.Bytes()); rep.Blocks() || rep.Kind != s.kind {
				t.Errorf("the cleaned copy is %s with %+v", rep.Kind, rep.Findings)
			}
			if strings.Contains(s.finds, "*") && len(changed) == 0 {
				t.Errorf("changed %q in a file with %q", changed, s.finds)
			}
			if office := s.kind == DOCX || s.kind == XLSX || s.kind == PPTX; len(changed) == 0 && !office && !bytes.Equal(out.Bytes(), s.data) {
				t.Error("nothing is said to have changed, and the copy differs")
			}
		})
	}
}

func clean(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := Clean(name, bytes.NewReader(data), int64(len(data)), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCleanKeepsThePicture(t *testing.T) {
	turned := exifSeg([]tag{{tagOrientation, uint16(6)}})
	only := seg(0xe1, exifMark+string(onlyOrientation(6)))
	icc := seg(0xe2, "ICC_PROFILE\x00\x01\x01profile")
	for _, row := range []struct {
		says, name string
		data, want []byte
	}{
		{"a photograph keeps colours and orientation", "a.jpg", append(jpeg(exifSeg(everyTag), icc, seg(0xfe, "x")), "more"...), jpeg(only, icc)},
		{"an orientation alone is written anew", "a.jpg", jpeg(turned), jpeg(only)},
		{"a drawing keeps its colours", "a.png", png(pngChunk("gAMA", "\x00\x00\xb1\x8f"), pngChunk("eXIf", string(tiff(everyTag))), pngChunk("tIME", "1234567")),
			png(pngChunk("gAMA", "\x00\x00\xb1\x8f"), pngChunk("eXIf", string(onlyOrientation(6))))},
		{"WebP keeps its orientation, and says so", "a.webp", riff("VP8X", "\x1c\x00\x00\x00\x00\x00\x00\x00\x00\x00", "VP8L", "abc", "EXIF", exifMark+string(tiff(everyTag)), "XMP ", xmpPacket),
			riff("VP8X", "\x18\x00\x00\x00\x00\x00\x00\x00\x00\x00", "VP8L", "abc", "EXIF", string(onlyOrientation(6)))},
	} {
		t.Run(row.says, func(t *testing.T) {
			if got := clean(t, row.name, row.data); !bytes.Equal(got, row.want) {
				t.Errorf("cleaned %q\nwant %q", got, row.want)
			}
		})
	}
}

// TestCleanKeepsPixels asks the decoders of the standard library.
func TestCleanKeepsPixels(t *testing.T) {
	pic := image.NewRGBA(image.Rect(0, 0, 33, 17))
	for i := range pic.Pix {
		pic.Pix[i] = byte(i * i)
	}
	var j, p bytes.Buffer
	if err := stdjpeg.Encode(&j, pic, nil); err != nil {
		t.Fatal(err)
	}
	if err := stdpng.Encode(&p, pic); err != nil {
		t.Fatal(err)
	}
	said := slices.Concat(j.Bytes()[:2], []byte(exifSeg(everyTag)), j.Bytes()[2:], []byte("more"))
	drawn := slices.Concat(p.Bytes()[:33], []byte(pngChunk("eXIf", string(tiff(everyTag)))), p.Bytes()[33:])
	for name, data := range map[string][]byte{"a.jpg": said, "a.png": drawn} {
		before, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		after, _, err := image.Decode(bytes.NewReader(clean(t, name, data)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s is another picture once cleaned", name)
		}
	}
}

func TestCleanKeepsTheLetter(t *testing.T) {
	rels := strings.Replace(rootRels, "</Rel", `<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/></Rel`, 1)
	in := zipped(t, "[Content_Types].xml", "<Types/>", "_rels/.rels", rels, "word/document.xml", "<document>the letter</document>",
		"docProps/core.xml", core, "docProps/thumbnail.jpeg", string(jpeg()), "word/media/image1.jpg", string(jpeg(exifSeg(gps))))
	z, err := zip.NewReader(bytes.NewReader(clean(t, "a.docx", in)), int64(len(clean(t, "a.docx", in))))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = string(b)
	}
	if len(got) != 5 || got["word/document.xml"] != "<document>the letter</document>" || got["word/media/image1.jpg"] != string(jpeg()) {
		t.Errorf("the letter became %q", got)
	}
	if strings.Contains(got["_rels/.rels"], "thumbnail") || !strings.Contains(got["_rels/.rels"], `Target="word/document.xml"`) {
		t.Errorf("the relations became %s", got["_rels/.rels"])
	}
	if c := got["docProps/core.xml"]; !strings.Contains(c, "coreProperties") || strings.Contains(c, "Author") {
		t.Errorf("the properties became %s", c)
	}
}

func TestPicturesAndOpaque(t *testing.T) {
	for _, row := range []struct {
		says, name       string
		data             []byte
		pictures, opaque bool
	}{
		{"a photograph", "a.jpg", jpeg(), true, false},
		{"a video", "a.mp4", []byte(bx("ftyp", "isom") + bx("moov")), true, false},
		{"an archive", "a.zip", zipped(t, "a.txt", "x"), true, false},
		{"a letter", "a.docx", docx(t, ""), false, false},
		{"a letter with a photograph", "a.docx", docx(t, "", "word/media/image1.jpg", string(jpeg())), true, false},
		{"a PDF with a picture", "a.pdf", pdf("3 0 obj\n<</Subtype /Image>>\nstream\nx\nendstream endobj"), true, false},
		{"a message with a photograph", "a.eml", eml("a.jpg", "image/jpeg", jpeg()), true, false},
		{"a page with a picture written into it", "a.html", []byte(`<html><img src="data:image/png;base64,"></html>`), true, true},
		{"a video we do not read", "a.mkv", []byte("\x1a\x45\xdf\xa3..."), true, true},
		{"a disk image", "a.bin", []byte{0, 1, 2}, false, true},
		{"a note", "a.txt", []byte("x"), false, false},
	} {
		t.Run(row.says, func(t *testing.T) {
			if rep := inspect(t, row.name, row.data); rep.Pictures != row.pictures || rep.Opaque != row.opaque {
				t.Errorf("pictures %v, opaque %v; want %v, %v", rep.Pictures, rep.Opaque, row.pictures, row.opaque)
			}
		})
	}
}

// TestLimits: a bomb is reported, and not unpacked.
func TestLimits(t *testing.T) {
	zeros := strings.Repeat("\x00", maxHeld+1)
	for _, row := range []struct {
		says, name string
		data       []byte
	}{
		{"an entry larger than we hold", "a.zip", zipped(t, "a.png", "\x89PNG\r\n\x1a\n"+zeros)},
		{"a text of XML larger than we hold", "a.docx", docx(t, strings.Repeat("x", 2*maxToken))},
		{"elements too deep", "a.docx", docx(t, strings.Repeat("<a>", 1001)+strings.Repeat("</a>", 1001))},
		{"an object stream larger than we hold", "a.pdf", pdf(objStm(t, zeros))},
		{"more entries than we list", "a.zip", zipped(t, manyNames(maxParts+1)...)},
	} {
		t.Run(row.says, func(t *testing.T) {
			if rep := inspect(t, row.name, row.data); !rep.Opaque || !slices.Contains(ids(rep.Findings), "too-much!") {
				t.Errorf("found %q", ids(rep.Findings))
			}
		})
	}
}

func manyNames(n int) (parts []string) {
	for i := range n {
		parts = append(parts, fmt.Sprint(i), "")
	}
	return parts
}

type broken struct{ io.ReaderAt }

func (b broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is gone") }

func TestTroubleOfTheReader(t *testing.T) {
	if _, err := Inspect("a.jpg", broken{}, 10); !errors.Is(err, comity.Unavailable) {
		t.Errorf("error is %v", err)
	}
	if _, err := Inspect("a.jpg", broken{}, -1); !errors.Is(err, comity.Invalid) {
		t.Errorf("error is %v", err)
	}
}

// TestRules: whatever is looked for has a rule, and every rule says in both
// languages what to do.
func TestRules(t *testing.T) {
	known := byID()
	if len(known) != len(Rules()) {
		t.Error("two rules have one ID")
	}
	for id, r := range known {
		for _, s := range []string{r.Wrong.EN, r.Do.EN, r.Wrong.ZH, r.Do.ZH} {
			if s == "" {
				t.Errorf("%s says nothing", id)
			}
		}
		if !strings.ContainsFunc(r.Wrong.ZH+r.Do.ZH, func(c rune) bool { return c > 0x4e00 }) || strings.HasSuffix(r.Wrong.ZH, "。") || !strings.HasSuffix(r.Do.ZH, "。") {
			t.Errorf("%s: %q %q", id, r.Wrong.ZH, r.Do.ZH)
		}
	}
	var used []string
	for _, m := range marks() {
		if m.id != "field" {
			used = append(used, m.id)
		}
	}
	for _, p := range paths() {
		used = append(used, p.id)
	}
	for _, p := range tags() {
		used = append(used, p.id)
	}
	for _, id := range boxIDs() {
		used = append(used, id)
	}
	for _, x := range traces() {
		used = append(used, x.id)
	}
	for _, id := range used {
		if known[id].ID == "" {
			t.Errorf("there is no rule %q", id)
		}
	}
}

// FuzzInspect: no file makes it panic, and what Clean accepts has nothing left
// that blocks.
func FuzzInspect(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.name, s.data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		rep := inspect(t, name, data)
		var out bytes.Buffer
		if _, err := Clean(name, bytes.NewReader(data), int64(len(data)), &out); err != nil {
			return
		}
		if rep.Kind == "" {
			t.Fatal("a file has no kind")
		}
		if again := inspect(t, name, out.Bytes()); again.Blocks() {
			t.Fatalf("%s cleaned to %q, which has %+v", rep.Kind, out.Bytes(), again.Findings)
		}
	})
}
