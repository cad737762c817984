package paper

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// A4, in millimetres.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	left       = 22.0
	right      = pageWidth - left
	full       = right - left
	top        = 31.0
	bottom     = pageHeight - 29.0
	gutter     = 6.0 // between columns
)

type color struct{ r, g, b int }

var (
	ink    = color{28, 32, 38}
	grey   = color{88, 96, 106}
	rule   = color{206, 211, 217}
	shade  = color{243, 245, 247}
	ghost  = color{240, 242, 244}
	accent = color{31, 78, 95}

	// Told apart without colour vision and in print; no flag's.
	palette = [maxSeries]color{{31, 78, 95}, {201, 142, 58}, {125, 152, 161}, {92, 75, 81}}
)

// marked gives a TLP label its colour, always on black (FIRST, Traffic Light
// Protocol 2.0, section 3).
var marked = map[string]color{
	"TLP:RED":          {255, 43, 43},
	"TLP:AMBER":        {255, 192, 0},
	"TLP:AMBER+STRICT": {255, 192, 0},
	"TLP:GREEN":        {51, 255, 0},
	"TLP:CLEAR":        {255, 255, 255},
}

// A style is how a line looks. Sizes are points, lead is millimetres.
type style struct {
	size, lead float64
	bold       bool
	color      color
}

var (
	body     = style{10, 5.4, false, ink}
	small    = style{8.5, 4.6, false, grey}
	label    = style{9, 4.9, false, grey}
	strong   = style{9, 4.9, true, ink}
	cellText = style{9, 4.9, false, ink}
	section  = style{13, 6.8, true, accent}
	part     = style{10.5, 5.8, true, accent}
	headline = style{20, 9.4, true, ink}
	subtitle = style{11, 6, false, grey}
	big      = style{26, 11, true, accent}
	edge     = style{8, 4, false, grey}
)

type line struct {
	s string
	style
}

// A cell is a column of lines in a row.
type cell struct {
	x, w  float64
	align Align
	lines []line
}

func (c cell) height() float64 {
	h := 0.0
	for _, l := range c.lines {
		h += l.lead
	}
	return h
}

// A sheet lays blocks out on pages. What stands on a page is kept until the
// number of pages is known.
type sheet struct {
	doc     Doc
	pdf     *fpdf.Fpdf
	charset *charset
	pages   [][]func()
	y       float64
}

// PDF writes d as a PDF of A4 pages, dated at.
func PDF(d Doc, at time.Time) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes("sc", "", font)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetProducer("Comity", true)
	pdf.SetLang(d.lang())
	pdf.SetFont("sc", "", 10)
	p := &sheet{doc: d, pdf: pdf, charset: readCharset(font)}
	pdf.SetTitle(p.charset.inked(d.line(d.Title)), true) // fpdf garbles what is beyond the first plane
	pdf.SetSubject(p.charset.inked(d.line(Same(d.Reference))), true)
	p.newPage()
	p.title()
	for i, b := range d.Blocks {
		var next Block
		if i+1 < len(d.Blocks) {
			next = d.Blocks[i+1]
		}
		p.block(b, next)
	}
	frame := p.frame(len(p.pages))
	for i, ops := range p.pages {
		pdf.AddPage()
		frame(i + 1)
		for _, op := range ops {
			op()
		}
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}

func (p *sheet) newPage() {
	p.pages = append(p.pages, nil)
	p.y = top
}

// need starts a new page unless h is left on this one.
func (p *sheet) need(h float64) {
	if p.y+h > bottom && p.y > top {
		p.newPage()
	}
}

// space leaves a gap, but not at the top of a page.
func (p *sheet) space(h float64) {
	if p.y > top {
		p.y += h
	}
}

func (p *sheet) draw(op func()) {
	n := len(p.pages) - 1
	p.pages[n] = append(p.pages[n], op)
}

// measure is the width of text of a size. The font has no kerning here, so
// widths add up.
func (p *sheet) measure(size float64) func(string) float64 {
	return func(s string) float64 {
		return float64(p.pdf.GetStringSymbolWidth(s)) / 1000 * size * 25.4 / 72
	}
}

// lines breaks s for a column. It shows a blank line as one.
func (p *sheet) lines(s string, w float64, st style) []line {
	var ls []line
	for _, l := range wrap(p.charset.inked(s), w, p.measure(st.size)) {
		ls = append(ls, line{strings.TrimRight(l, " "), st})
	}
	return ls
}

// stack is t in a column, one language under the other.
func (p *sheet) stack(t Text, w float64, st style) []line {
	var ls []line
	for _, r := range p.doc.runs(t) {
		ls = append(ls, p.lines(r.s, w, st)...)
	}
	return ls
}

// pair is t in one cell, or in two side by side, of which the first is indented.
func (p *sheet) pair(t Text, x, w, indent float64, st style) []cell {
	runs := p.doc.runs(t)
	if p.doc.Stacked || len(runs) < 2 {
		w -= indent
		return []cell{{x: x + indent, w: w, lines: p.stack(t, w, st)}}
	}
	half := (w - gutter) / 2
	return []cell{
		{x: x + indent, w: half - indent, lines: p.lines(runs[0].s, half-indent, st)},
		{x: x + half + gutter, w: half, lines: p.lines(runs[1].s, half, st)},
	}
}

// write draws one line of text in a column that begins at x. Bold is the same
// outline with a thin stroke: a second font would double the program's.
func (p *sheet) write(l line, x, y, w float64, a Align) {
	if l.s == "" {
		return
	}
	f := p.pdf
	f.SetFont("sc", "", l.size)
	f.SetTextColor(l.color.r, l.color.g, l.color.b)
	f.SetXY(x, y)
	if l.bold {
		f.SetDrawColor(l.color.r, l.color.g, l.color.b)
		f.SetLineWidth(l.size * 0.008)
		f.SetTextRenderingMode(2)
	}
	f.CellFormat(w, l.lead, l.s, "", 0, [...]string{"L", "C", "R"}[a], false, 0, "")
	if l.bold {
		f.SetTextRenderingMode(0)
	}
}

func (p *sheet) stroke(c color, x1, y1, x2, y2, width float64) {
	p.pdf.SetDrawColor(c.r, c.g, c.b)
	p.pdf.SetLineWidth(width)
	p.pdf.Line(x1, y1, x2, y2)
}

func (p *sheet) fill(c color, x, y, w, h float64) {
	p.pdf.SetFillColor(c.r, c.g, c.b)
	p.pdf.Rect(x, y, w, h, "F")
}

// A look is what a row has besides its cells.
type look struct {
	pad   float64 // above and below
	min   float64 // the least height
	keep  bool    // not divided, if a third of a page can hold it
	under bool    // a thin rule below
	fill  bool
	paint func(y, h float64) // drawn beneath the text of an undivided row
	again func()             // called at the top of each further page
}

// row sets cells side by side and goes on below the tallest. What does not fit
// on the page continues on the next, line by line.
func (p *sheet) row(cells []cell, o look) {
	h := o.min
	for _, c := range cells {
		h = max(h, c.height())
	}
	next := func() {
		p.newPage()
		if o.again != nil {
			o.again()
		}
	}
	least := 2*o.pad + min(h, 11) // two lines: no orphans
	if o.keep && h < (bottom-top)/3 {
		least = 2*o.pad + h
	}
	if p.y+least > bottom && p.y > top {
		next()
	}
	for {
		room := bottom - p.y - 2*o.pad
		now := make([]cell, len(cells))
		tall, more := o.min, false
		for i, c := range cells {
			n, used := 0, 0.0
			for n < len(c.lines) && (used+c.lines[n].lead <= room || n == 0 && p.y == top) {
				used += c.lines[n].lead
				n++
			}
			now[i], cells[i].lines = c, c.lines[n:]
			now[i].lines = c.lines[:n]
			tall = max(tall, used)
			more = more || n < len(c.lines)
		}
		p.strip(now, tall, o)
		if !more {
			return
		}
		o.paint, o.min = nil, 0
		next()
	}
}

// strip draws the part of a row that stands on one page.
func (p *sheet) strip(cells []cell, tall float64, o look) {
	y, h := p.y, tall+2*o.pad
	p.y += h
	p.draw(func() {
		if o.fill {
			p.fill(shade, left, y, full, h)
		}
		if o.paint != nil {
			o.paint(y, h)
		}
		if o.under {
			p.stroke(rule, left, y+h, right, y+h, 0.2)
		}
		for _, c := range cells {
			at := y + o.pad
			for _, l := range c.lines {
				p.write(l, c.x, at, c.w, c.align)
				at += l.lead
			}
		}
	})
}

func (p *sheet) title() {
	d := p.doc
	p.y += 3
	p.row([]cell{{x: left, w: full, lines: p.stack(d.Title, full, headline)}}, look{})
	if ls := p.stack(d.Subtitle, full, subtitle); len(ls) > 0 {
		p.y += 2
		p.row([]cell{{x: left, w: full, lines: ls}}, look{})
	}
	p.y += 4
	y := p.y
	p.draw(func() { p.fill(accent, left, y, 24, 0.9) })
	p.y += 6
}

func (p *sheet) block(b, next Block) {
	switch b := b.(type) {
	case Heading:
		p.heading(b, next)
	case Para:
		p.row(p.pair(b.Text, left, full, 0, body), look{})
		p.y += 3
	case KeyValues:
		for _, kv := range b {
			p.keyValue(kv)
		}
		p.y += 5
	case Table:
		p.table(b)
	case BarChart:
		p.chart(b)
	case Figures:
		p.figures(b)
	case Signatures:
		p.signatures(b)
	case Checklist:
		for _, c := range b {
			p.check(c)
		}
		p.y += 3
	case PageBreak:
		p.need(bottom)
	}
}

// heading keeps a heading on the page of what it heads.
func (p *sheet) heading(h Heading, next Block) {
	st, before := section, 6.0
	if h.Level == 2 {
		st, before = part, 3.0
	}
	room := 14.0
	switch next.(type) {
	case Heading:
		room = 28
	case Table:
		room = 42
	case BarChart, Figures, Signatures:
		room = 60
	}
	p.space(before)
	cells := p.pair(h.Text, left, full, 0, st)
	p.need(min(cells[0].height()+room, bottom-top))
	y := p.y
	if name := p.one(p.doc.line(h.Text), 120, body).s; name != "" {
		p.draw(func() { p.pdf.Bookmark(name, h.Level-1, y) })
	}
	p.row(cells, look{keep: true})
	p.y += 2
}

func (p *sheet) keyValue(kv KeyValue) {
	const w = 50
	cells := []cell{{x: left, w: w - 5, lines: p.stack(kv.Label, w-5, label)}}
	cells = append(cells, p.pair(kv.Value, left+w, full-w, 0, body)...)
	p.row(cells, look{pad: 1.6, keep: true, under: true})
}

func (p *sheet) check(c Check) {
	box := style{13, body.lead, false, grey}
	cells := append([]cell{{x: left, w: 7, lines: []line{{"□", box}}}}, p.pair(c.Text, left, full, 8, body)...)
	o := look{pad: 0.8, keep: true}
	if c.Done {
		o.paint = func(y, _ float64) {
			p.write(line{"✓", style{11, body.lead, true, ink}}, left+0.6, y+o.pad, 7, Start)
		}
	}
	p.row(cells, o)
}

func (p *sheet) signatures(all Signatures) {
	const w, above = (full - gutter) / 2, 14.0
	for two := range slices.Chunk(all, 2) {
		var names, lines []cell
		tall := 0.0
		for i, s := range two {
			x := left + float64(i)*(w+gutter)
			c := cell{x: x, w: w, lines: append(p.stack(s.Role, w, strong), p.stack(s.Name, w, cellText)...)}
			names, tall = append(names, c), max(tall, c.height())
			c = cell{x: x, w: w}
			for _, t := range []Text{wordSignature, wordDate} {
				c.lines = append(c.lines, line{"", style{9, above, false, ink}}, line{p.doc.line(t), small})
			}
			lines = append(lines, c)
		}
		p.space(4)
		h := lines[0].height()
		p.need(min(tall+h, bottom-top))
		p.row(names, look{})
		p.row(lines, look{keep: true, paint: func(y, _ float64) {
			for _, c := range lines {
				p.stroke(grey, c.x, y+above, c.x+w, y+above, 0.25)
				p.stroke(grey, c.x, y+h-small.lead, c.x+w, y+h-small.lead, 0.25)
			}
		}})
		p.y += 4
	}
}

func (p *sheet) figures(fs Figures) {
	if len(fs) == 0 {
		return
	}
	w := (full - float64(len(fs)-1)*gutter) / float64(len(fs))
	names, values := make([]cell, len(fs)), make([]cell, len(fs))
	tall, deep := 0.0, 0.0
	for i, f := range fs {
		x := left + float64(i)*(w+gutter)
		names[i] = cell{x: x, w: w, lines: p.stack(f.Label, w, strong)}
		gap := line{"", style{9, 2, false, ink}}
		ls := append([]line{p.one(p.doc.line(Same(f.Value)), w, big)}, p.stack(f.Unit, w, label)...)
		ls = append(append(ls, gap), p.stack(f.moved(), w, strong)...)
		ls = append(ls, gap)
		values[i] = cell{x: x, w: w, lines: append(ls, p.stack(f.Cause, w, cellText)...)}
		tall, deep = max(tall, names[i].height()), max(deep, values[i].height())
	}
	p.space(2)
	p.need(min(tall+deep+4, bottom-top))
	p.row(names, look{pad: 1.5, paint: func(y, _ float64) {
		for _, c := range names {
			p.fill(accent, c.x, y-0.6, c.w, 0.6)
		}
	}})
	p.row(values, look{})
	p.y += 6
}

func (p *sheet) table(t Table) {
	const inner = 2.0 // beside the text of a cell
	ws := p.columns(t, inner)
	cells := func(row []Text, st style) []cell {
		cs := make([]cell, len(row))
		x := left
		for i, c := range row {
			in := ws[i] - 2*inner
			cs[i] = cell{x: x + inner, w: in, align: t.align(i), lines: p.stack(c, in, st)}
			x += ws[i]
		}
		return cs
	}
	head := func() { p.row(cells(t.Head, strong), look{pad: 1.8, keep: true, under: true, fill: true}) }
	tall := 0.0
	for _, c := range cells(t.Head, strong) {
		tall = max(tall, c.height())
	}
	again := head
	if tall > (bottom-top)/3 {
		again = nil
	}
	if ls := p.stack(t.Caption, full, strong); len(ls) > 0 {
		p.need(min(float64(len(ls))*strong.lead+tall+14, (bottom-top)/2))
		p.row([]cell{{x: left, w: full, lines: ls}}, look{})
		p.y += 1.5
	}
	p.need(min(tall+14, (bottom-top)/2)) // a header does not end a page
	head()
	for _, r := range t.Rows {
		p.row(cells(r, cellText), look{pad: 1.6, keep: true, under: true, again: again})
	}
	if len(t.Rows) == 0 {
		p.row([]cell{{x: left + inner, w: full, lines: p.stack(wordNone, full, label)}}, look{pad: 1.6, under: true})
	}
	p.y += 5
}

// columns shares the width of the page among columns: as told, or by the
// longest text of each, within reason.
func (p *sheet) columns(t Table, inner float64) []float64 {
	ws := make([]float64, len(t.Head))
	copy(ws, t.Width)
	if len(t.Width) == 0 {
		measure := p.measure(cellText.size)
		for i := range ws {
			want := 14.0
			for _, r := range append([][]Text{t.Head}, t.Rows[:min(len(t.Rows), 200)]...) {
				for _, run := range p.doc.runs(r[i]) {
					for s := range strings.SplitSeq(run.s, "\n") {
						want = max(want, measure(p.charset.inked(s[:min(len(s), 200)]))*1.06+2*inner)
					}
				}
			}
			ws[i] = min(want, 80)
		}
	}
	sum := 0.0
	for _, w := range ws {
		sum += w
	}
	// No column so narrow that a character does not fit.
	least, over := full/float64(len(ws))/3, 0.0
	for i := range ws {
		ws[i] = ws[i] / sum * full
		if ws[i] < least {
			over += least - ws[i]
			ws[i] = least
		}
	}
	for i := range ws {
		if ws[i] > 2*least {
			ws[i] -= over * (ws[i] - 2*least) / full
		}
	}
	return ws
}

func (p *sheet) chart(c BarChart) {
	const name, value = 46.0, 22.0
	wide := full - name - value
	bar, gap := 4.6, 1.2
	if len(c.Series) == 1 {
		bar = 5.4
	}
	group := float64(len(c.Series))*(bar+gap) - gap
	p.need(50)
	p.row([]cell{{x: left, w: full, lines: p.stack(c.titled(), full, strong)}}, look{})
	p.y += 2
	if len(c.Series) > 1 {
		p.legend(c)
	}
	longest := c.largest()
	for i, l := range c.Labels {
		cells := []cell{{x: left, w: name - 4, align: End, lines: p.stack(l, name-4, cellText)}}
		p.row(cells, look{pad: 1.8, min: group, keep: true, paint: func(y, h float64) {
			p.stroke(grey, left+name, y, left+name, y+h, 0.25)
			at := y + (h-group)/2
			for j, s := range c.Series {
				w := wide * share(s.Values[i], longest)
				if w > 0 {
					p.fill(palette[j], left+name, at, max(w, 0.4), bar)
				}
				p.write(line{number(s.Values[i]), style{8.5, bar, false, ink}}, left+name+w+1.6, at, value, Start)
				at += bar + gap
			}
		}})
	}
	if ls := p.stack(c.Note, full, small); len(ls) > 0 {
		p.y += 2
		p.row([]cell{{x: left, w: full, lines: ls}}, look{})
	}
	p.y += 6
}

func (p *sheet) legend(c BarChart) {
	w := full / float64(len(c.Series))
	cells := make([]cell, len(c.Series))
	for i, s := range c.Series {
		cells[i] = cell{x: left + float64(i)*w + 5, w: w - 8, lines: p.stack(s.Name, w-8, label)}
	}
	p.row(cells, look{keep: true, paint: func(y, _ float64) {
		for i := range c.Series {
			p.fill(palette[i], left+float64(i)*w, y+0.9, 3.2, 3.2)
		}
	}})
	p.y += 2
}

// frame returns what draws the same on each of so many pages: from the top, the
// watermark, the reference, the label, the marking; and at the bottom again.
func (p *sheet) frame(of int) func(n int) {
	d := p.doc
	one := func(t Text, w float64, st style) line { return p.one(d.line(t), w, st) }
	water := one(d.Watermark, 4000, style{100, 0, false, ghost})
	ref, frame, foot := one(Same(d.Reference), 55, edge), one(d.Frame, 62, strong), one(d.Footer, 58, edge)
	marking := one(Same(d.Marking), 46, style{12, 6.8, true, ink})
	c, tlp := marked[marking.s]
	if tlp {
		marking.color, marking.bold = c, false
	}
	return func(n int) {
		p.watermark(water)
		p.write(ref, left, 13, 55, Start)
		p.boxed(frame, func(w float64) float64 { return (pageWidth - w) / 2 }, 11.6, false)
		for _, y := range []float64{11.6, pageHeight - 17.8} {
			p.boxed(marking, func(w float64) float64 { return right - w }, y, tlp)
		}
		p.stroke(rule, left, 22, right, 22, 0.2)
		p.stroke(rule, left, pageHeight-22, right, pageHeight-22, 0.2)
		p.write(foot, left, pageHeight-16.4, 58, Start)
		p.write(one(wordPage(n, of), 60, edge), (pageWidth-60)/2, pageHeight-16.4, 60, Center)
	}
}

// one is s as one line, shortened to w.
func (p *sheet) one(s string, w float64, st style) line {
	return line{fit(p.charset.inked(s), w, p.measure(st.size)), st}
}

// boxed draws l in a frame, or on black, as wide as it needs.
func (p *sheet) boxed(l line, x func(w float64) float64, y float64, black bool) {
	if l.s == "" {
		return
	}
	const h = 6.8
	w := p.measure(l.size)(l.s) + 5.5
	if black {
		p.fill(color{}, x(w), y, w, h)
	} else {
		p.pdf.SetDrawColor(ink.r, ink.g, ink.b)
		p.pdf.SetLineWidth(0.3)
		p.pdf.Rect(x(w), y, w, h, "D")
	}
	p.write(l, x(w), y+(h-l.lead)/2+0.2, w, Center) // capitals stand high in a line
}

// watermark draws l from corner to corner, as large as fits.
func (p *sheet) watermark(l line) {
	if l.s == "" {
		return
	}
	l.size = min(90, l.size*230/p.measure(l.size)(l.s))
	p.pdf.TransformBegin()
	p.pdf.TransformRotate(math.Atan2(pageHeight, pageWidth)*180/math.Pi, pageWidth/2, pageHeight/2)
	p.write(l, 0, pageHeight/2, pageWidth, Center)
	p.pdf.TransformEnd()
}
