package paper

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
)

// The width of a line of plain text, in columns of which a Han character fills
// two (RFC 5322, section 2.1.1 asks for at most 78 characters).
const columns = 74

// A note is plain text in the making.
type plain struct {
	strings.Builder
	doc Doc
}

// Plain writes d as text for the body of an e-mail. A table's rows become
// labelled lines, since columns do not survive a proportional font.
func Plain(d Doc) (string, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	b := &plain{doc: d}
	for _, t := range []Text{Same(d.Marking), d.Frame, d.Watermark} {
		if s := d.line(t); s != "" {
			b.fill("", "", "["+s+"]")
		}
	}
	b.gap()
	b.under(d.Title, "=")
	b.text(d.Subtitle)
	if d.Reference != "" {
		b.fill("", "", d.line(Same(d.Reference)))
	}
	for _, x := range d.Blocks {
		for _, y := range lower(x) {
			b.gap()
			b.block(y)
		}
	}
	b.gap()
	for _, t := range []Text{d.Footer, Same(d.Marking)} {
		if s := d.line(t); s != "" {
			b.fill("", "", "["+s+"]")
		}
	}
	return b.String(), nil
}

// gap leaves one empty line, but not two.
func (b *plain) gap() {
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		b.WriteByte('\n')
	}
}

// fill writes s in lines; first leads the first of them and rest the others.
func (b *plain) fill(first, rest, s string) {
	width := func(s string) float64 { return float64(uniseg.StringWidth(s)) }
	for _, l := range wrap(s, columns-width(rest), width) {
		b.WriteString(strings.TrimRight(first+l, " ") + "\n")
		first = rest
	}
}

func (b *plain) text(t Text) {
	for _, r := range b.doc.runs(t) {
		b.fill("", "", r.s)
	}
}

func (b *plain) under(t Text, with string) {
	b.text(t)
	if s := b.doc.line(t); s != "" {
		n := 0
		for _, r := range b.doc.runs(t) {
			n = max(n, uniseg.StringWidth(r.s))
		}
		b.WriteString(strings.Repeat(with, min(n, columns)) + "\n")
	}
}

// pair writes a labelled value, on one line if that holds it.
func (b *plain) pair(indent string, label, value Text) {
	name, runs := indent+b.doc.line(label)+": ", b.doc.runs(value)
	if len(runs) == 1 && uniseg.StringWidth(name+runs[0].s) <= columns && !strings.Contains(runs[0].s, "\n") {
		b.WriteString(name + runs[0].s + "\n")
		return
	}
	b.fill(indent, indent+"  ", b.doc.line(label)+":")
	for _, r := range runs {
		b.fill(indent+"    ", indent+"    ", r.s)
	}
}

func (b *plain) block(x Block) {
	switch x := x.(type) {
	case Heading:
		b.under(x.Text, [...]string{"-", "."}[x.Level-1])
	case Para:
		for i, r := range b.doc.runs(x.Text) {
			if i > 0 {
				b.gap()
			}
			b.fill("", "", r.s)
		}
	case KeyValues:
		for _, kv := range x {
			b.pair("", kv.Label, kv.Value)
		}
	case Table:
		b.table(x)
	case PageBreak:
	}
}

func (b *plain) table(t Table) {
	b.text(t.Caption)
	for i, r := range t.Rows {
		b.WriteString(fmt.Sprintf("(%d)\n", i+1))
		for j, c := range r {
			if len(b.doc.runs(c)) > 0 {
				b.pair("  ", t.Head[j], c)
			}
		}
	}
	if len(t.Rows) == 0 {
		b.text(wordNone)
	}
}

// CSV writes t by RFC 4180 in UTF-8. With both languages, a cell has them as
// "English / 中文". Excel needs the byte order mark to read Chinese. A cell that
// a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV
// Injection).
func CSV(t Table, l Lang, bom bool) ([]byte, error) {
	if err := t.check(""); err != nil {
		return nil, err
	}
	d := Doc{Lang: l}
	var out bytes.Buffer
	if bom {
		out.WriteString("\uFEFF")
	}
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for _, r := range append([][]Text{t.Head}, t.Rows...) {
		record := make([]string, len(r))
		for i, c := range r {
			record[i] = guarded(d.line(c), c)
		}
		if err := w.Write(record); err != nil {
			return nil, fmt.Errorf("write CSV: %w", err)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// guarded keeps a spreadsheet from running s. The full-width forms count, since
// some spreadsheets fold them.
func guarded(s string, raw Text) string {
	for _, t := range []string{s, raw.EN, raw.ZH} {
		if t != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(t)[0]) {
			return "'" + s
		}
	}
	return s
}
