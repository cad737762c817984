// Package document makes the papers that people hold in their hands of what the
// record holds: the review of a period, what of it is national only, the status
// report on cases, the page for principals, the certificate of a case file, and a
// request with its history.
//
// Each is a [paper.Doc], in English and Chinese; package paper writes it as PDF,
// HTML, DOCX or text. A paper names nobody but seats, bears the highest marking of
// what it shows, and takes no side: whose original it is decides which language and
// which party come first (alternat), and nothing else.
package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/paper"
)

// A Form is what all papers have in common.
type Form struct {
	Reference string
	TLP       string // the highest of what is shown, without "TLP:"
	Realm     comity.Realm
	Lang      paper.Lang
	Own       comity.Party                 // whose original it is: named first, its language first
	Names     map[comity.Party]comity.Text // what parties call themselves; a code stands for one without
	At        time.Time                    // when it was made
}

// Alternat returns parties in the order of this original: its own first.
func (f Form) alternat(parties ...comity.Party) []comity.Party {
	list := slices.Sorted(slices.Values(parties))
	if i := slices.Index(list, f.Own); i > 0 {
		list = append([]comity.Party{f.Own}, slices.Delete(list, i, i+1)...)
	}
	return list
}

// chinese are the parties whose original has Chinese first. Others begin with
// English, which says nothing about them.
var chinese = []comity.Party{"cn"}

func (f Form) doc(title paper.Text) paper.Doc {
	d := paper.Doc{Title: title, Reference: f.Reference, Lang: f.Lang, ChineseFirst: slices.Contains(chinese, f.Own)}
	if f.TLP != "" {
		d.Marking = "TLP:" + f.TLP
	}
	if f.Realm != "" && f.Realm != comity.Live {
		d.Watermark = t("EXERCISE", "演练")
	}
	d.Footer = paper.Same(minute(f.At))
	return d
}

func (f Form) name(p comity.Party) paper.Text {
	if n, ok := f.Names[p]; ok && n.EN != "" && n.ZH != "" {
		return n
	}
	return paper.Same(string(p))
}

// arrow names a direction: who asks, and whom.
func (f Form) arrow(asks, asked comity.Party) paper.Text {
	a, b := f.name(asks), f.name(asked)
	return t(a.EN+" asks "+b.EN, a.ZH+"请求"+b.ZH)
}

func t(en, zh string) paper.Text { return paper.Text{EN: en, ZH: zh} }

func heading(en, zh string) paper.Heading { return paper.Heading{Level: 1, Text: t(en, zh)} }

func para(en, zh string) paper.Para { return paper.Para{Text: t(en, zh)} }

func kv(en, zh string, v paper.Text) paper.KeyValue {
	return paper.KeyValue{Label: t(en, zh), Value: v}
}

func minute(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// period writes from and until as the days that they bound, where they do.
func period(from, until time.Time) paper.Text {
	from, until = from.UTC(), until.UTC()
	day := func(x time.Time) bool { return x.Equal(x.Truncate(24 * time.Hour)) }
	if !day(from) || !day(until) {
		return t(minute(from)+" – "+clock.UTC(until), minute(from)+" 至 "+clock.UTC(until))
	}
	last := until.AddDate(0, 0, -1)
	zh := func(x time.Time) string { return fmt.Sprintf("%d年%d月%d日", x.Year(), x.Month(), x.Day()) }
	return t(from.Format("2 January 2006")+" to "+last.Format("2 January 2006")+" (UTC)", zh(from)+"至"+zh(last)+"（协调世界时）")
}

// digest breaks a hash so that it can be compared by eye: two lines of four groups.
func digest(h comity.Hash) string {
	s := h.String()
	var out strings.Builder
	for i := 0; i < len(s); i += 8 {
		out.WriteString([]string{" ", "\n"}[i/32*(1-min(1, i%32))] + s[i:i+8])
	}
	return out.String()[1:]
}

func realm(r comity.Realm) paper.Text {
	if r == comity.Live {
		return t("live work", "实际工作")
	}
	return t("exercise "+string(r), "演练 "+string(r))
}

func dash(s string) string { return cmp.Or(s, "–") }

func count(n int64) paper.Text { return paper.Same(fmt.Sprint(n)) }
