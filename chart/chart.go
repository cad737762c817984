// Package chart draws figures as SVG: bars, stacked bars, a line with the band that it
// should be in, strips of percentiles, and a calendar.
//
// A chart says nothing that its table does not: Table has every figure, and a page
// shows both. Nothing is told by colour: series differ by pattern, days by the size of
// their square, and all is drawn in the colour of the text around it. There is no style
// in what is drawn, which the desk's content security policy would not let in, and what
// a person wrote is escaped.
package chart

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// A Form is how a chart is drawn.
type Form int

const (
	Bars    Form = iota // a bar for the first figure of each row
	Stacked             // the figures of a row one after another
	Line                // the first figures of the rows, joined; NaN is a gap
	Strips              // percentiles of each row, the smallest first: the outer ones a line, the inner ones a box, the middle one a mark
	Days                // each row is a day, such as 2026-11-22, in a calendar of weeks from Monday
)

// A Chart is figures and what they are called.
type Chart struct {
	Form  Form
	ID    string   // of the element, once in a page
	Title string   // what a reader of the screen hears first
	Says  string   // what the chart shows, in a sentence
	Names []string // of the figures of a row
	Rows  []Row
	Band  []float64 // of Line and Strips: the lowest and highest that were agreed; or the highest alone
}

// A Row has a label and its figures. Texts are the figures as they are read; a figure
// without one is written as a number.
type Row struct {
	Label  string
	Values []float64
	Texts  []string
}

// Text is a row's figure as it is read.
func (r Row) Text(i int) string {
	if i < len(r.Texts) && r.Texts[i] != "" {
		return r.Texts[i]
	}
	if i >= len(r.Values) || math.IsNaN(r.Values[i]) {
		return "–"
	}
	return strconv.FormatFloat(r.Values[i], 'f', -1, 64)
}

// The drawing's own measures, in its units; a page scales it.
const (
	wide   = 400.0
	figure = 90.0 // for what is read behind a bar
	step   = 40.0 // of a row: its label, and under it what is drawn
	under  = 16.0
	thick  = 16.0
)

// SVG draws the chart.
func (c Chart) SVG() string {
	var d drawing
	height := 0.0
	switch c.Form {
	case Bars, Stacked:
		height = d.bars(c)
	case Line:
		height = d.line(c)
	case Strips:
		height = d.strips(c)
	case Days:
		height = d.days(c)
	}
	id := html.EscapeString(c.ID)
	return fmt.Sprintf(`<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="%[1]s-title %[1]s-says" viewBox="0 0 %[2]s %[3]s" width="%[2]s" height="%[3]s" fill="currentColor" stroke="none" font-size="12">`+
		`<title id="%[1]s-title">%[4]s</title><desc id="%[1]s-says">%[5]s</desc>%[6]s%[7]s</svg>`,
		id, n(wide), n(height), html.EscapeString(c.Title), html.EscapeString(c.Says), patterns(c), d.String())
}

// patterns are what tells series apart. The first is solid.
func patterns(c Chart) string {
	if c.Form == Bars || c.Form == Days || c.Form == Line && len(c.Band) == 0 {
		return ""
	}
	const form = `<pattern id="%s-%d" width="6" height="6" patternUnits="userSpaceOnUse"><path d="%s" stroke="currentColor" stroke-width="1.5" fill="none"/></pattern>`
	var b strings.Builder
	b.WriteString("<defs>")
	for i, path := range []string{"M-1 7L7 -1M-1 1L1 -1M5 7L7 5", "M0 3H6", "M3 0V6", "M0 0L6 6M6 0L0 6"} {
		fmt.Fprintf(&b, form, html.EscapeString(c.ID), i+1, path)
	}
	b.WriteString("</defs>")
	return b.String()
}

// fill is that of a series.
func (c Chart) fill(series int) string {
	if series == 0 {
		return "currentColor"
	}
	return fmt.Sprintf("url(#%s-%d)", html.EscapeString(c.ID), (series-1)%4+1)
}

type drawing struct{ strings.Builder }

// n writes a length.
func n(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func (d *drawing) text(x, y float64, anchor, s string) {
	fmt.Fprintf(d, `<text x="%s" y="%s" text-anchor="%s">%s</text>`, n(x), n(y), anchor, html.EscapeString(s))
}

func (d *drawing) rect(x, y, w, h float64, fill, title string) {
	fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="currentColor"><title>%s</title></rect>`, n(x), n(y), n(w), n(h), fill, html.EscapeString(title))
}

func (d *drawing) rule(x1, y1, x2, y2 float64, more string) {
	fmt.Fprintf(d, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="currentColor"%s/>`, n(x1), n(y1), n(x2), n(y2), more)
}

const dashes = ` stroke-dasharray="4 3"`

// label writes what a row is called, shortened to its place; the whole is its title.
func (d *drawing) label(y float64, s string) {
	fmt.Fprintf(d, `<text x="4" y="%s">%s<title>%s</title></text>`, n(y+12), html.EscapeString(fit(s, wide-4)), html.EscapeString(s))
}

// fit shortens a text to a length, in which a Chinese character takes 12 and a Latin
// letter 7.
func fit(s string, room float64) string {
	used := 0.0
	for i, r := range s {
		w := 7.0
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			w = 12
		}
		if used += w; used > room-12 && i+len(string(r)) < len(s) {
			return s[:i] + "…"
		}
	}
	return s
}

// most is the largest of the figures, at least as large as the band, and never nought.
func (c Chart) most(of func(Row) float64) float64 {
	m := 0.0
	for _, v := range c.Band {
		m = math.Max(m, v)
	}
	for _, r := range c.Rows {
		if v := of(r); v > m { // NaN is not
			m = v
		}
	}
	if m <= 0 {
		return 1
	}
	return m
}

func value(r Row, i int) float64 {
	if i < 0 || i >= len(r.Values) || math.IsInf(r.Values[i], 0) || r.Values[i] < 0 {
		return math.NaN()
	}
	return r.Values[i]
}

// known reports whether a row has figures, and none is missing.
func known(r Row) bool {
	for i := range r.Values {
		if math.IsNaN(value(r, i)) {
			return false
		}
	}
	return len(r.Values) > 0
}

func sum(r Row) (s float64) {
	for i := range r.Values {
		if v := value(r, i); !math.IsNaN(v) {
			s += v
		}
	}
	return s
}

func (d *drawing) bars(c Chart) (height float64) {
	y := 4.0
	of := func(r Row) float64 { return value(r, 0) }
	if c.Form == Stacked {
		of = sum
		y = d.key(c)
	}
	scale := (wide - figure) / c.most(of)
	for _, r := range c.Rows {
		d.label(y, r.Label)
		y += under
		x, says := 0.5, r.Text(0)
		if c.Form == Stacked {
			for i := range r.Values {
				if v := value(r, i); v > 0 {
					d.rect(x, y, v*scale, thick, c.fill(i), c.name(i)+" "+r.Text(i))
					x += v * scale
				}
			}
			says = strconv.FormatFloat(sum(r), 'f', -1, 64)
		} else if v := value(r, 0); !math.IsNaN(v) {
			d.rect(x, y, v*scale, thick, "currentColor", r.Label+" "+says)
			x += v * scale
		}
		d.text(x+6, y+thick-4, "start", says)
		y += step - under
	}
	d.rule(.5, 0, .5, y, "")
	return y
}

func (c Chart) name(i int) string {
	if i < len(c.Names) {
		return c.Names[i]
	}
	return ""
}

// key tells what the patterns are.
func (d *drawing) key(c Chart) (height float64) {
	x, y := 0.0, 2.0
	for i, name := range c.Names {
		room := 36 + 12*float64(len([]rune(name)))
		if room > wide-x && x > 0 {
			x, y = 0, y+20
		}
		d.rect(x+1, y, 14, 12, c.fill(i), name)
		d.text(x+20, y+10, "start", name)
		x += room
	}
	return y + 22
}

func (d *drawing) line(c Chart) (height float64) {
	const left, top, deep = 52.0, 10.0, 150.0
	right := wide - 16
	m := c.most(func(r Row) float64 { return value(r, 0) })
	at := func(v float64) float64 { return top + deep*(1-v/m) }
	if len(c.Band) > 0 {
		high, low := c.Band[len(c.Band)-1], 0.0
		if len(c.Band) > 1 {
			low = c.Band[0]
		}
		fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s" fill="url(#%s-1)" opacity="0.25"/>`, n(left), n(at(high)), n(right-left), n(at(low)-at(high)), html.EscapeString(c.ID))
		d.rule(left, at(high), right, at(high), dashes)
		d.text(left-6, at(high)+4, "end", n(high))
	}
	if len(c.Band) == 0 || c.Band[len(c.Band)-1] < m*0.9 {
		d.text(left-6, at(m)+4, "end", n(m))
	}
	d.text(left-6, at(0)+4, "end", "0")
	d.rule(left, top, left, top+deep, "")
	d.rule(left, top+deep, right, top+deep, "")
	gap := (right - left) / math.Max(1, float64(len(c.Rows)-1))
	pen, every := "M", (len(c.Rows)+5)/6
	var path strings.Builder
	for i, r := range c.Rows {
		x := left + gap*float64(i)
		if i%every == 0 {
			anchor := "middle"
			if i == len(c.Rows)-1 {
				anchor = "end"
			}
			d.text(x, top+deep+18, anchor, r.Label)
		}
		v := value(r, 0)
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%s %s", pen, n(x), n(at(v)))
		pen = "L"
		fmt.Fprintf(d, `<circle cx="%s" cy="%s" r="3.5"><title>%s</title></circle>`, n(x), n(at(v)), html.EscapeString(r.Label+" "+r.Text(0)))
	}
	fmt.Fprintf(d, `<path d="%s" fill="none" stroke="currentColor" stroke-width="2"/>`, path.String())
	return top + deep + 26
}

func (d *drawing) strips(c Chart) (height float64) {
	scale := (wide - figure) / c.most(func(r Row) float64 { return value(r, len(r.Values)-1) })
	y := 4.0
	for _, r := range c.Rows {
		k := len(r.Values)
		d.label(y, r.Label)
		y += under
		if low, high := value(r, 0), value(r, k-1); known(r) && slices.IsSorted(r.Values) {
			d.rule(low*scale, y+thick/2, high*scale, y+thick/2, "")
			if k > 4 {
				d.rect(value(r, 1)*scale, y+3, (value(r, k-2)-value(r, 1))*scale, thick-6, c.fill(1), r.Label)
			}
			mid := value(r, k/2) * scale
			fmt.Fprintf(d, `<rect x="%s" y="%s" width="4" height="%s"><title>%s</title></rect>`, n(mid-2), n(y), n(thick), html.EscapeString(c.name(k/2)+" "+r.Text(k/2)))
			d.text(high*scale+6, y+thick-4, "start", r.Text(k/2))
		} else {
			d.text(6, y+thick-4, "start", "–")
		}
		y += step - under
	}
	for _, v := range c.Band {
		d.rule(v*scale, 0, v*scale, y, dashes)
	}
	d.rule(.5, 0, .5, y, "")
	return y
}

// most days that a calendar has place for: a year and the rest of its weeks.
const mostDays = 371

func (d *drawing) days(c Chart) (height float64) {
	const cell = wide / 54
	m := c.most(func(r Row) float64 { return value(r, 0) })
	var first time.Time
	for i, r := range c.Rows {
		day, err := time.Parse(time.DateOnly, r.Label)
		if err != nil || i >= mostDays {
			continue
		}
		if first.IsZero() {
			first = day.AddDate(0, 0, -int(day.Weekday()+6)%7)
		}
		since := int(day.Sub(first).Hours() / 24)
		if since < 0 || since >= mostDays {
			continue
		}
		x, y := float64(since/7)*cell, float64(since%7)*cell+16
		if day.Day() == 1 || i == 0 && day.Day() < 22 {
			d.text(x, 11, "start", day.Format("01"))
		}
		v := value(r, 0)
		if math.IsNaN(v) {
			v = 0
		}
		side := math.Ceil(v/m*4) / 4 * (cell - 1.2)
		fmt.Fprintf(d, `<g><title>%s</title><rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="currentColor" stroke-width="0.4" stroke-opacity="0.6"/>`,
			html.EscapeString(r.Label+" "+r.Text(0)), n(x+.4), n(y+.4), n(cell-1), n(cell-1))
		if side > 0 {
			fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s"/>`, n(x+(cell-side)/2), n(y+(cell-side)/2), n(side), n(side))
		}
		d.WriteString("</g>")
	}
	return 16 + 7*cell + 2
}
