package paper

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"strings"
)

// The whole style of a page. Nothing in a page has a style attribute, so that
// this text's hash is all that a policy must allow.
//
//go:embed page.css
var pageStyle string

// StyleSource is what a Content-Security-Policy must have in style-src for a
// page from HTML to be shown as meant: 'sha256-…'.
func StyleSource() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// A page is an HTML document in the making. It is well-formed XML too.
type page struct {
	strings.Builder
	doc Doc
}

// HTML writes d as one page that loads nothing and runs nothing, and says so in
// its own policy.
func HTML(d Doc) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	b := &page{doc: d}
	b.printf("<!DOCTYPE html>\n<html lang=%q>\n<head>\n<meta charset=\"utf-8\"/>\n", d.lang())
	b.printf("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src %s\"/>\n", StyleSource())
	b.printf("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n")
	b.printf("<title>%s</title>\n<style>%s</style>\n</head>\n", html.EscapeString(d.line(d.Title)), pageStyle)
	wide := ""
	if d.Lang == Both && !d.Stacked {
		wide = ` class="wide"`
	}
	b.printf("<body%s>\n<header class=\"edge\">", wide)
	b.edge(Same(d.Reference), "")
	b.edge(d.Frame, "frame")
	b.edge(d.Watermark, "frame")
	b.marking()
	b.printf("</header>\n<main>\n")
	b.text("h1", "", d.Title)
	for _, r := range d.runs(d.Subtitle) {
		b.printf("<p class=\"sub\">%s</p>\n", span(r))
	}
	for _, x := range d.Blocks {
		b.block(x)
	}
	b.printf("</main>\n<footer class=\"edge\">")
	b.edge(d.Footer, "")
	b.marking()
	b.printf("</footer>\n</body>\n</html>\n")
	return []byte(b.String()), nil
}

func (b *page) printf(format string, args ...any) { fmt.Fprintf(b, format, args...) }

func span(r run) string {
	if r.lang == "" {
		return "<span>" + html.EscapeString(r.s) + "</span>"
	}
	return fmt.Sprintf("<span lang=%q>%s</span>", r.lang, html.EscapeString(r.s))
}

// spans are t's runs, each a span with its language.
func (b *page) spans(t Text) string {
	var s strings.Builder
	for i, r := range b.doc.runs(t) {
		if i > 0 {
			s.WriteByte(' ') // for those who read without the style
		}
		s.WriteString(span(r))
	}
	return s.String()
}

// text writes an element with t in it.
func (b *page) text(tag, class string, t Text) {
	if len(b.doc.runs(t)) == 1 {
		class = strings.TrimSpace(class + " one")
	}
	if class != "" {
		class = fmt.Sprintf(" class=%q", class)
	}
	name, _, _ := strings.Cut(tag, " ")
	b.printf("<%s%s>%s</%s>\n", tag, class, b.spans(t), name)
}

func (b *page) edge(t Text, class string) {
	if s := b.doc.line(t); s != "" {
		b.printf("<span class=%q>%s</span>", class, b.spans(t))
	}
}

func (b *page) marking() {
	s := b.doc.line(Same(b.doc.Marking))
	if s == "" {
		return
	}
	class := "marking"
	if _, ok := marked[s]; ok {
		name, _, _ := strings.Cut(strings.TrimPrefix(s, "TLP:"), "+")
		class += " tlp " + strings.ToLower(name)
	}
	b.printf("<strong class=%q>%s</strong>", class, html.EscapeString(s))
}

func (b *page) block(x Block) {
	switch x := x.(type) {
	case Heading:
		b.text(fmt.Sprintf("h%d", x.Level+1), "", x.Text)
	case Para:
		b.text("p", "pair", x.Text)
	case KeyValues:
		if len(x) == 0 {
			return
		}
		b.printf("<dl>\n")
		for _, kv := range x {
			b.printf("<div>")
			b.text("dt", "", kv.Label)
			b.text("dd", "", kv.Value)
			b.printf("</div>\n")
		}
		b.printf("</dl>\n")
	case Table:
		b.table(x, x.Caption)
	case BarChart:
		b.chart(x)
	case Figures:
		b.figures(x)
	case Signatures:
		b.printf("<div class=\"signs\">\n")
		for _, s := range x {
			b.printf("<div>")
			b.text("p", "name", s.Role)
			b.text("p", "", s.Name)
			b.text("p", "line", wordSignature)
			b.text("p", "line", wordDate)
			b.printf("</div>\n")
		}
		b.printf("</div>\n")
	case Checklist:
		if len(x) == 0 {
			return
		}
		b.printf("<ul class=\"checks\">\n")
		for _, c := range x {
			b.printf("<li><span>%s</span> %s</li>\n", box(c), b.spans(c.Text))
		}
		b.printf("</ul>\n")
	case PageBreak:
		b.printf("<div class=\"break\"></div>\n")
	}
}

// table writes t in a region with a name: what scrolls must be reachable by
// keyboard, and then be named.
func (b *page) table(t Table, name Text) {
	if len(b.doc.runs(name)) == 0 {
		name = t.Head[0]
	}
	b.printf("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n<table>\n", html.EscapeString(b.doc.line(name)))
	if len(b.doc.runs(t.Caption)) > 0 {
		b.text("caption", "", t.Caption)
	}
	class := func(i int) string { return [...]string{"", "c", "e"}[t.align(i)] }
	b.printf("<thead>\n<tr>")
	for i, h := range t.Head {
		b.text(`th scope="col"`, class(i), h)
	}
	b.printf("</tr>\n</thead>\n<tbody>\n")
	for _, r := range t.Rows {
		b.printf("<tr>")
		for i, c := range r {
			tag := "td"
			if i == 0 {
				tag = `th scope="row"`
			}
			b.text(tag, class(i), c)
		}
		b.printf("</tr>\n")
	}
	if len(t.Rows) == 0 {
		b.printf("<tr><td colspan=\"%d\">%s</td></tr>\n", len(t.Head), b.spans(wordNone))
	}
	b.printf("</tbody>\n</table>\n</div>\n")
}

// chart draws bars for the eye, and leaves the numbers to a table.
func (b *page) chart(c BarChart) {
	const name, wide, value, bar = 190, 330, 80, 16
	group := len(c.Series)*(bar+3) + 14
	b.printf("<figure>\n")
	b.text("figcaption", "", c.titled())
	if len(c.Series) > 1 {
		b.printf("<ul class=\"key\">")
		for i, s := range c.Series {
			b.printf("<li><i class=\"s%d\"></i>%s</li>", i, b.spans(s.Name))
		}
		b.printf("</ul>\n")
	}
	b.printf("<svg viewBox=\"0 0 %d %d\" aria-hidden=\"true\">\n", name+wide+value, len(c.Labels)*group)
	b.printf("<line x1=\"%d\" x2=\"%d\" y1=\"0\" y2=\"%d\"/>\n", name, name, len(c.Labels)*group)
	width := func(s string) float64 { return float64(len([]rune(s))) }
	longest := c.largest()
	for i, l := range c.Labels {
		y := i*group + 7
		for j, r := range b.doc.runs(l) {
			b.printf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", name-8, y+12+16*j, html.EscapeString(fit(strings.ReplaceAll(r.s, "\n", " "), 24, width)))
		}
		for j, s := range c.Series {
			w := share(s.Values[i], longest) * wide
			b.printf("<rect class=\"s%d\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/><text x=\"%.1f\" y=\"%d\">%s</text>\n",
				j, name, y+j*(bar+3), w, bar, name+w+6, y+j*(bar+3)+13, number(s.Values[i]))
		}
	}
	b.printf("</svg>\n</figure>\n")
	b.table(c.table(), c.titled())
	if len(b.doc.runs(c.Note)) > 0 {
		b.text("p", "note", c.Note)
	}
}

func (b *page) figures(fs Figures) {
	if len(fs) == 0 {
		return
	}
	b.printf("<ul class=\"figures\">\n")
	for _, f := range fs {
		b.printf("<li>")
		b.text("p", "name", f.Label)
		b.text("p", "big", Same(f.Value))
		b.text("p", "note", f.Unit)
		b.text("p", "moved", f.moved())
		b.text("p", "", f.Cause)
		b.printf("</li>\n")
	}
	b.printf("</ul>\n")
}
