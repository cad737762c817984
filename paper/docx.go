package paper

import (
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"html"
	"strings"
	"time"
)

// Twentieths of a point; the page is the PDF's.
const (
	docxFull  = 9412 // 166 mm
	docxLabel = 2800
)

const (
	wordNS  = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	coreNS  = `xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
)

// The files of a .docx that no document changes (ECMA-376, parts 1 and 2; the
// transitional namespaces, which every word processor reads).
//
//go:embed docx
var docxFiles embed.FS

// A docx is the body of a document in the making.
type docx struct {
	strings.Builder
	doc Doc
}

// DOCX writes d as a word processor's file that people may go on editing. It
// names no author, and every date in it is at.
func DOCX(d Doc, at time.Time) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	at = at.UTC().Truncate(time.Second)
	b := &docx{doc: d}
	b.WriteString(xmlHead + `<w:document ` + wordNS + `><w:body>`)
	b.text("Title", Start, d.Title)
	b.text("Subtitle", Start, d.Subtitle)
	for _, x := range d.Blocks {
		for _, y := range lower(x) {
			b.block(y)
		}
	}
	b.WriteString(`<w:sectPr><w:headerReference w:type="default" r:id="rId2"/><w:footerReference w:type="default" r:id="rId3"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1701" w:right="1247" w:bottom="1587" w:left="1247" w:header="680" w:footer="680" w:gutter="0"/></w:sectPr></w:body></w:document>`)

	core := fmt.Sprintf(xmlHead+`<cp:coreProperties %s><dc:title>%s</dc:title><dc:language>%s</dc:language><dcterms:created xsi:type="dcterms:W3CDTF">%[4]s</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">%[4]s</dcterms:modified></cp:coreProperties>`,
		coreNS, html.EscapeString(d.line(d.Title)), d.lang(), at.Format(time.RFC3339))
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range []struct{ name, fixed, text string }{
		{"[Content_Types].xml", "types.xml", ""},
		{"_rels/.rels", "rels.xml", ""},
		{"docProps/core.xml", "", core},
		{"word/document.xml", "", b.String()},
		{"word/_rels/document.xml.rels", "document-rels.xml", ""},
		{"word/styles.xml", "styles.xml", ""},
		{"word/header1.xml", "", b.edge("hdr", Same(d.Reference), d.Frame, d.Watermark)},
		{"word/footer1.xml", "", b.edge("ftr", d.Footer)},
	} {
		data := []byte(f.text)
		if f.fixed != "" {
			var err error
			if data, err = docxFiles.ReadFile("docx/" + f.fixed); err != nil {
				return nil, fmt.Errorf("write DOCX: %w", err)
			}
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return nil, fmt.Errorf("write DOCX: %w", err)
		}
		if _, err := w.Write(data); err != nil {
			return nil, fmt.Errorf("write DOCX: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write DOCX: %w", err)
	}
	return out.Bytes(), nil
}

func (b *docx) printf(format string, args ...any) { fmt.Fprintf(b, format, args...) }

// chars is r as one run of characters. The hint gives what both scripts have,
// such as “ and …, the form of the run's language.
func chars(r run, props string) string {
	hint, lang := "", ""
	if r.lang == langZH {
		hint, lang = `<w:rFonts w:hint="eastAsia"/>`, `<w:lang w:val="zh-CN" w:eastAsia="zh-CN"/>`
	}
	text := html.EscapeString(r.s)
	text = strings.ReplaceAll(text, "\n", `</w:t><w:br/><w:t xml:space="preserve">`)
	return `<w:r><w:rPr>` + hint + props + lang + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

// para is one paragraph of a named style.
func para(style string, a Align, content string) string {
	p := ""
	if style != "" {
		p += `<w:pStyle w:val="` + style + `"/>`
	}
	if a != Start {
		p += `<w:jc w:val="` + [...]string{"start", "center", "right"}[a] + `"/>`
	}
	return `<w:p><w:pPr>` + p + `</w:pPr>` + content + `</w:p>`
}

// stack is t as paragraphs, one for each language; at least one if must.
func (b *docx) stack(style string, a Align, t Text, must bool) string {
	var s strings.Builder
	for _, r := range b.doc.runs(t) {
		s.WriteString(para(style, a, chars(r, "")))
	}
	if must && s.Len() == 0 {
		return para(style, a, "")
	}
	return s.String()
}

func (b *docx) text(style string, a Align, t Text) { b.WriteString(b.stack(style, a, t, false)) }

// grid begins a table with a rule below each row.
func (b *docx) grid(widths []int) {
	const line = `w:val="single" w:sz="4" w:space="0" w:color="CED3D9"`
	b.printf(`<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:tblBorders><w:top w:val="nil"/><w:bottom %[2]s/><w:insideH %[2]s/></w:tblBorders><w:tblLayout w:type="fixed"/>`+
		`<w:tblCellMar><w:top w:w="60" w:type="dxa"/><w:left w:w="80" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`, docxFull, line)
	for _, w := range widths {
		b.printf(`<w:gridCol w:w="%d"/>`, w)
	}
	b.WriteString(`</w:tblGrid>`)
}

func (b *docx) gridEnd() { b.WriteString(`</w:tbl>` + para("", Start, "")) }

// gridRow writes cells, each paragraphs.
func (b *docx) gridRow(widths []int, head bool, cells ...string) {
	b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
	shade := ""
	if head {
		b.WriteString(`<w:tblHeader/>`)
		shade = `<w:shd w:val="clear" w:color="auto" w:fill="F3F5F7"/>`
	}
	b.WriteString(`</w:trPr>`)
	for i, c := range cells {
		b.printf(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>%s</w:tcPr>%s</w:tc>`, widths[i], shade, c)
	}
	b.WriteString(`</w:tr>`)
}

func (b *docx) block(x Block) {
	switch x := x.(type) {
	case Heading:
		// One paragraph, so that an outline has one entry.
		b.WriteString(para(fmt.Sprintf("Heading%d", x.Level), Start, b.joined(x.Text)))
	case Para:
		b.text("", Start, x.Text)
	case KeyValues:
		if len(x) == 0 {
			return // a table without rows is no table
		}
		ws := []int{docxLabel, docxFull - docxLabel}
		b.grid(ws)
		for _, kv := range x {
			b.gridRow(ws, false, b.stack("Soft", Start, kv.Label, true), b.stack("", Start, kv.Value, true))
		}
		b.gridEnd()
	case Table:
		b.table(x)
	case PageBreak:
		b.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
	}
}

// joined is t in one paragraph, each language with its own mark.
func (b *docx) joined(t Text) string {
	var s strings.Builder
	for i, r := range b.doc.runs(t) {
		if i > 0 {
			s.WriteString(chars(run{"", " / "}, ""))
		}
		s.WriteString(chars(r, ""))
	}
	return s.String()
}

func (b *docx) table(t Table) {
	b.text("Strong", Start, t.Caption)
	ws, sum := make([]int, len(t.Head)), 0.0
	for _, w := range t.Width {
		sum += w
	}
	for i := range ws {
		ws[i] = docxFull / len(ws)
		if sum > 0 {
			ws[i] = int(t.Width[i] / sum * docxFull)
		}
	}
	row := func(r []Text, style string) []string {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = b.stack(style, t.align(i), c, true)
		}
		return cells
	}
	b.grid(ws)
	b.gridRow(ws, true, row(t.Head, "Strong")...)
	for _, r := range t.Rows {
		b.gridRow(ws, false, row(r, "")...)
	}
	b.gridEnd()
}

// edge is the header or the footer: words left, the marking right; the footer
// has the page number too.
func (b *docx) edge(kind string, words ...Text) string {
	var s strings.Builder
	for _, w := range words {
		if l := b.doc.line(w); l != "" {
			s.WriteString(chars(run{"", l + "    "}, `<w:b/><w:sz w:val="16"/>`))
		}
	}
	if kind == "ftr" {
		field := func(name string) string {
			return `<w:fldSimple w:instr="` + name + `"><w:r><w:t>1</w:t></w:r></w:fldSimple>`
		}
		s.WriteString(field("PAGE") + chars(run{"", " / "}, "") + field("NUMPAGES"))
	}
	if m := b.doc.line(Same(b.doc.Marking)); m != "" {
		props := `<w:b/><w:sz w:val="24"/>`
		if c, ok := marked[m]; ok {
			props = fmt.Sprintf(`<w:b/><w:color w:val="%02X%02X%02X"/><w:sz w:val="24"/><w:shd w:val="clear" w:color="auto" w:fill="000000"/>`, c.r, c.g, c.b)
		}
		s.WriteString(`<w:r><w:tab/></w:r>` + chars(run{"", " " + m + " "}, props))
	}
	return xmlHead + `<w:` + kind + ` ` + wordNS + `><w:p><w:pPr><w:tabs><w:tab w:val="right" w:pos="` + fmt.Sprint(docxFull) + `"/></w:tabs></w:pPr>` + s.String() + `</w:p></w:` + kind + `>`
}
