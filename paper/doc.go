// Package paper writes what leaves the node for people: request forms for a
// correspondent without a node, letters to providers, certificates for a
// judge, reports with charts, one page for principals.
//
// There is one small model, [Doc]: a title, a marking and a list of blocks,
// each text in English and Chinese. [PDF], [DOCX], [HTML] and [Plain] write
// it; [CSV] writes one of its tables; a [Mail] carries the files. Both
// languages have the same size, weight and colour, and Doc.ChineseFirst says
// which comes first, so that each side's original can name itself first
// (alternat).
//
// Everything is a function of its arguments: the same Doc and time give the
// same bytes. Texts may come from a stranger. They are bounded, and a character
// that could hide, reorder or break something is shown as [U+202E], never
// dropped; so is one that the PDF's font lacks.
package paper

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"comity"
)

// A Text says the same in both languages. If both are equal, as for a name or a
// hash, or one is empty, the text is written once.
type Text = comity.Text

// Same is a text that is the same in both languages.
func Same(s string) Text { return Text{EN: s, ZH: s} }

// Lang says which languages a document shows.
type Lang int

const (
	Both Lang = iota
	English
	Chinese
)

// Doc is a document.
type Doc struct {
	Title, Subtitle Text
	Reference       string // on every page, such as "US-2026-000042"
	Marking         string // top and bottom of every page, such as "TLP:AMBER"
	Frame           Text   // a label on every page, such as "our record only"
	Watermark       Text   // behind the text of every page of a PDF, such as "EXERCISE"; elsewhere beside Frame
	Footer          Text   // bottom of every page
	Lang            Lang
	ChineseFirst    bool
	Stacked         bool // with Both: one language under the other, not side by side; DOCX and Plain always do
	Blocks          []Block
}

// A Block is one of the types below.
type Block interface{ block() }

// Heading starts a section. Level is 1 or 2.
type Heading struct {
	Level int
	Text  Text
}

// Para is a paragraph; a line feed within it starts a new line.
type Para struct{ Text Text }

// KeyValues are labelled values, as on a form.
type KeyValues []KeyValue

// KeyValue is one of them. A plain value is Same("…").
type KeyValue struct{ Label, Value Text }

// Align says where the text of a column stands.
type Align int

const (
	Start Align = iota
	Center
	End
)

// Table is a table. Its header stands again on every page. Each row has as many
// cells as Head; Align and Width have as many or none. Width is relative; none
// means: by content.
type Table struct {
	Caption Text
	Head    []Text
	Rows    [][]Text
	Align   []Align
	Width   []float64
}

// BarChart compares numbers. Each series has a value for each label;
// math.NaN() is a value that is not known.
type BarChart struct {
	Title  Text
	Unit   Text
	Labels []Text
	Series []Series
	Note   Text // such as a warning that the numbers are small
}

// Series is one run of values, such as one direction.
type Series struct {
	Name   Text
	Values []float64
}

// Figures are at most three big numbers.
type Figures []Figure

// Figure is a number, how it moved, and why.
type Figure struct {
	Label  Text
	Value  string // such as "3.5"
	Unit   Text
	Trend  Trend
	Change Text // such as "from 4.1 in the quarter before"
	Cause  Text
}

// Trend is the direction of a figure. It does not say whether that is good.
type Trend string

const (
	Up   Trend = "▲"
	Down Trend = "▼"
	Flat Trend = "→"
)

// Signatures are lines for people to sign on.
type Signatures []Signature

// Signature is one of them.
type Signature struct{ Role, Name Text }

// Checklist is a list of boxes.
type Checklist []Check

// Check is one box.
type Check struct {
	Done bool
	Text Text
}

// PageBreak starts a new page, where there are pages.
type PageBreak struct{}

func (Heading) block()    {}
func (Para) block()       {}
func (KeyValues) block()  {}
func (Table) block()      {}
func (BarChart) block()   {}
func (Figures) block()    {}
func (Signatures) block() {}
func (Checklist) block()  {}
func (PageBreak) block()  {}

// What a document may have. Beyond these it is data, and belongs in a file.
const (
	maxText   = 20_000    // characters in one text; the rest is cut and the cut is said
	maxTotal  = 4_000_000 // bytes in all texts
	maxParts  = 100_000   // blocks, rows, cells, bars
	maxColumn = 12        // of a table
	maxSeries = 4         // of a chart
)

// The words that the renderers themselves say.
var (
	wordSignature = Text{EN: "Signature", ZH: "签名"}
	wordDate      = Text{EN: "Date and place", ZH: "日期、地点"}
	wordItem      = Text{EN: "Item", ZH: "项目"}
	wordFigure    = Text{EN: "Figure", ZH: "数值"}
	wordChange    = Text{EN: "Change", ZH: "变化"}
	wordCause     = Text{EN: "Cause", ZH: "原因"}
	wordNone      = Text{EN: "(none)", ZH: "（无）"}
)

func wordPage(n, of int) Text {
	return Text{EN: fmt.Sprintf("Page %d of %d", n, of), ZH: fmt.Sprintf("第 %d 页，共 %d 页", n, of)}
}

// check says what a renderer could not write.
func (d Doc) check() error {
	parts, total := len(d.Blocks), 0
	count := func(ts ...Text) {
		for _, t := range ts {
			// What stands beyond maxText will be cut.
			total += min(len(t.EN), 4*maxText) + min(len(t.ZH), 4*maxText)
		}
		parts += len(ts)
	}
	count(d.Title, d.Subtitle, d.Frame, d.Watermark, d.Footer, Same(d.Reference), Same(d.Marking))
	if d.Title == (Text{}) {
		return comity.Fieldf("title", `is empty; give the document a name, such as "Request for preservation"`)
	}
	for i, b := range d.Blocks {
		field := fmt.Sprintf("blocks[%d]", i)
		switch b := b.(type) {
		case Heading:
			count(b.Text)
			if b.Level < 1 || b.Level > 2 {
				return comity.Fieldf(field+".level", "is %d; a heading has level 1 or 2", b.Level)
			}
		case Para:
			count(b.Text)
		case KeyValues:
			for _, kv := range b {
				count(kv.Label, kv.Value)
			}
		case Table:
			if err := b.check(field + "."); err != nil {
				return err
			}
			count(b.Caption)
			count(b.Head...)
			for _, r := range b.Rows {
				count(r...)
			}
		case BarChart:
			count(b.Title, b.Unit, b.Note)
			count(b.Labels...)
			if n := len(b.Series); n < 1 || n > maxSeries {
				return comity.Fieldf(field+".series", "has %d series; a chart has 1 to %d", n, maxSeries)
			}
			for j, s := range b.Series {
				count(s.Name)
				parts += len(s.Values)
				if len(s.Values) != len(b.Labels) {
					return comity.Fieldf(fmt.Sprintf("%s.series[%d]", field, j), "has %d values for %d labels; give each label one value, math.NaN() if it is not known", len(s.Values), len(b.Labels))
				}
			}
		case Figures:
			if len(b) > 3 {
				return comity.Fieldf(field, "has %d figures; at most 3 stand side by side", len(b))
			}
			for _, f := range b {
				count(f.Label, Same(f.Value), f.Unit, f.Change, f.Cause)
			}
		case Signatures:
			for _, s := range b {
				count(s.Role, s.Name)
			}
		case Checklist:
			for _, c := range b {
				count(c.Text)
			}
		case PageBreak:
		default:
			return comity.Fieldf(field, "is a %T, which no renderer knows; use a block of package paper, such as paper.Para", b)
		}
		if parts > maxParts || total > maxTotal {
			return comity.Fieldf(field, "makes the document larger than %d parts or %d bytes of text; divide it, or send the data as CSV", maxParts, maxTotal)
		}
	}
	return nil
}

func (t Table) check(field string) error {
	n := len(t.Head)
	if n < 1 || n > maxColumn {
		return comity.Fieldf(field+"head", "has %d columns; a table has 1 to %d", n, maxColumn)
	}
	for i, r := range t.Rows {
		if len(r) != n {
			return comity.Fieldf(fmt.Sprintf("%srows[%d]", field, i), "has %d cells where the header has %d; give an empty Text for an empty cell", len(r), n)
		}
	}
	if len(t.Align) != n && len(t.Align) != 0 {
		return comity.Fieldf(field+"align", "has %d entries for %d columns; give one for each, or none", len(t.Align), n)
	}
	if len(t.Width) != n && len(t.Width) != 0 {
		return comity.Fieldf(field+"width", "has %d entries for %d columns; give one for each, or none", len(t.Width), n)
	}
	for i, a := range t.Align {
		if a < Start || a > End {
			return comity.Fieldf(fmt.Sprintf("%salign[%d]", field, i), "is %d; use paper.Start, paper.Center or paper.End", a)
		}
	}
	for i, w := range t.Width {
		if !(w > 0 && w <= 100) {
			return comity.Fieldf(fmt.Sprintf("%swidth[%d]", field, i), "is %v; a relative width is above 0 and at most 100, such as 1.5", w)
		}
	}
	return nil
}

func (t Table) align(column int) Align {
	if len(t.Align) == 0 {
		return Start
	}
	return t.Align[column]
}

// lower says b in paragraphs, labelled values and tables, for forms of document
// that have no more than these.
func lower(b Block) []Block {
	switch b := b.(type) {
	case BarChart:
		t := b.table()
		t.Caption = b.titled()
		return []Block{t, Para{b.Note}}
	case Figures:
		if len(b) == 0 {
			return nil
		}
		t := Table{Head: []Text{wordItem, wordFigure, wordChange, wordCause}}
		for _, f := range b {
			t.Rows = append(t.Rows, []Text{f.Label, after(f.Value, f.Unit), f.moved(), f.Cause})
		}
		return []Block{t}
	case Signatures:
		var bs []Block
		for _, s := range b {
			under := Same(strings.Repeat("_", 36))
			bs = append(bs, KeyValues{{s.Role, s.Name}, {wordSignature, under}, {wordDate, under}})
		}
		return bs
	case Checklist:
		var bs []Block
		for _, c := range b {
			bs = append(bs, Para{after(box(c), c.Text)})
		}
		return bs
	}
	return []Block{b}
}

func box(c Check) string {
	if c.Done {
		return "☑"
	}
	return "☐"
}

// table is the chart without its title and note.
func (c BarChart) table() Table {
	t := Table{Head: []Text{wordItem}, Align: []Align{Start}}
	for _, s := range c.Series {
		if s.Name == (Text{}) {
			s.Name = wordFigure
		}
		t.Head, t.Align = append(t.Head, s.Name), append(t.Align, End)
	}
	for i, l := range c.Labels {
		row := []Text{l}
		for _, s := range c.Series {
			row = append(row, Same(number(s.Values[i])))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// after is t with s before it.
func after(s string, t Text) Text {
	if t == (Text{}) || s == "" {
		return Text{EN: s + t.EN, ZH: s + t.ZH}
	}
	if t.EN != "" {
		t.EN = s + " " + t.EN
	}
	if t.ZH != "" {
		t.ZH = s + " " + t.ZH
	}
	return t
}

// moved is the change with its arrow.
func (f Figure) moved() Text { return after(string(f.Trend), f.Change) }

// titled is the title with the unit.
func (c BarChart) titled() Text {
	t := c.Title
	if c.Unit.EN != "" {
		t.EN += " (" + c.Unit.EN + ")"
	}
	if c.Unit.ZH != "" && t.ZH != "" {
		t.ZH += "（" + c.Unit.ZH + "）"
	}
	return t
}

// largest is the value that has the longest bar; never 0.
func (c BarChart) largest() float64 {
	top := 0.0
	for _, s := range c.Series {
		for _, v := range s.Values {
			if !math.IsInf(v, 0) && v > top { // NaN is not above anything
				top = v
			}
		}
	}
	if top == 0 {
		return 1
	}
	return top
}

// share is how much of the longest bar v has, from 0 to 1.
func share(v, top float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v/top, 1)
}

func number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case math.Abs(v) > 1e12:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// A run is a text in one language, safe to show. The lang is a BCP 47 tag, or
// empty where the text belongs to no language.
type run struct{ lang, s string }

const (
	langEN = "en"
	langZH = "zh-Hans"
)

// runs are what d shows of t: two runs, one or none. It prefers the wrong
// language to showing nothing.
func (d Doc) runs(t Text) []run {
	en, zh := run{langEN, clean(t.EN)}, run{langZH, clean(t.ZH)}
	switch {
	case en.s == "" && zh.s == "":
		return nil
	case en.s == zh.s:
		return []run{{"", en.s}}
	case zh.s == "" || en.s != "" && d.Lang == English:
		return []run{en}
	case en.s == "" || d.Lang == Chinese:
		return []run{zh}
	case d.ChineseFirst:
		return []run{zh, en}
	}
	return []run{en, zh}
}

// line is what d shows of t, in one line.
func (d Doc) line(t Text) string {
	var b strings.Builder
	for i, r := range d.runs(t) {
		if i > 0 {
			b.WriteString(" / ")
		}
		b.WriteString(strings.ReplaceAll(r.s, "\n", " "))
	}
	return b.String()
}

// lang is the document's first language.
func (d Doc) lang() string {
	if d.Lang == Chinese || d.Lang == Both && d.ChineseFirst {
		return langZH
	}
	return langEN
}

// clean makes a stranger's text safe to show: bounded, with line feeds and
// spaces for what moves the pen, and a note for each character that is unseen
// itself but changes what is seen, or that XML forbids.
func clean(s string) string {
	var b strings.Builder
	b.Grow(min(len(s), 4*maxText))
	n := 0
	for i, r := range s {
		if n++; n > maxText {
			fmt.Fprintf(&b, "[… %d bytes cut / 已截去 %d 字节]", len(s)-i, len(s)-i)
			break
		}
		switch {
		case ' ' <= r && r <= '~' || '一' <= r && r <= '\u9fff': // most of all text
			b.WriteRune(r)
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case r == '\r' || r == '\n':
			b.WriteByte('\n')
		case r == '\t':
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point):
			b.WriteString(note(r))
		default:
			b.WriteRune(r) // utf8.RuneError for a byte that is not UTF-8
		}
	}
	return strings.Trim(b.String(), " \n")
}

// note shows a character that cannot be shown.
func note(r rune) string { return fmt.Sprintf("[U+%04X]", r) }

// fit shortens s to width.
func fit(s string, width float64, measure func(string) float64) string {
	if measure(s) <= width {
		return s
	}
	used := measure("…")
	for i, r := range s {
		if used += measure(string(r)); used > width {
			return s[:i] + "…"
		}
	}
	return s
}
