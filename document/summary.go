package document

import (
	"fmt"
	"strings"
	"time"

	"comity"
	"comity/casefile"
	"comity/paper"
	"comity/review"
)

// Page makes what is exchanged of a summary. EN and ZH, the word of who clears it,
// are for people to write.
func Page(s review.Summary, cleared comity.Seat) casefile.Page {
	p := casefile.Page{From: s.From.UTC().Format(time.DateOnly), Until: s.To.UTC().Add(-time.Millisecond).Format(time.DateOnly), Digest: s.Digest, Cleared: cleared}
	for _, side := range s.Sides {
		for i, n := range side.Numbers {
			x := casefile.Number{Asked: string(side.Asked), EN: n.Label.EN, ZH: n.Label.ZH, Value: n.Value, Before: n.Before,
				Trend: direction(n.Trend, i == 1), Cause: n.Says.EN, CauseZH: n.Says.ZH}
			p.Numbers = append(p.Numbers, x)
		}
		o := casefile.Overdue{Party: string(side.Asked), Count: int(side.Overdue)}
		if !side.Oldest.Receipted.IsZero() {
			o.Since = side.Oldest.Receipted.UTC().Format(time.DateOnly)
		}
		p.Overdue = append(p.Overdue, o)
	}
	return p
}

// direction says which way a number went; of a time, less is better.
func direction(t review.Trend, less bool) string {
	switch {
	case t == review.Steady:
		return "same"
	case t == review.Better && !less, t == review.Worse && less:
		return "up"
	case t == review.Better, t == review.Worse:
		return "down"
	}
	return "unknown"
}

var arrows = map[string]paper.Trend{"up": paper.Up, "down": paper.Down, "same": paper.Flat}

// Summary is the one page for principals.
func Summary(p casefile.Page, from comity.Party, parties [2]comity.Party, f Form) (paper.Doc, error) {
	start, end, err := casefile.Period(p.From, p.Until)
	if err != nil {
		return paper.Doc{}, err
	}
	d := f.doc(t("Summary for principals", "负责人摘要"))
	d.Subtitle = period(start, end)
	order := f.alternat(parties[0], parties[1])
	for i, asked := range order {
		w := f.arrow(order[1-i], asked)
		var fs paper.Figures
		for _, n := range p.Numbers {
			if n.Asked != string(asked) || len(fs) == 3 {
				continue
			}
			value, of, _ := strings.Cut(strings.TrimSuffix(n.Value, ")"), " (")
			unit := paper.Text{}
			if of != "" { // a share: the per cent is the figure
				value, unit = of, t(value, value)
			}
			x := paper.Figure{Label: t(n.EN, n.ZH), Value: value, Unit: unit, Trend: arrows[n.Trend], Cause: t(n.Cause, n.CauseZH)}
			if n.Before != "" {
				x.Change = t("before: "+n.Before, "上期："+n.Before)
			}
			fs = append(fs, x)
		}
		d.Blocks = append(d.Blocks, paper.Heading{Level: 1, Text: t(w.EN+": how it was answered", w.ZH+"：答复情况")}, fs)
	}
	overdue := paper.Table{Head: []paper.Text{t("Owed by", "应答复方"), t("Overdue requests", "逾期请求"), t("The oldest receipted on", "其中最早签收于")},
		Align: []paper.Align{paper.Start, paper.End, paper.End}}
	for _, who := range order {
		for _, o := range p.Overdue {
			if o.Party == string(who) {
				overdue.Rows = append(overdue.Rows, []paper.Text{f.name(who), paper.Same(fmt.Sprint(o.Count)), paper.Same(dash(o.Since))})
			}
		}
	}
	d.Blocks = append(d.Blocks, heading("Overdue on both sides", "双方逾期情况"), overdue)
	if p.EN != "" || p.ZH != "" {
		d.Blocks = append(d.Blocks, paper.Para{Text: t(p.EN, p.ZH)})
	}
	d.Blocks = append(d.Blocks, paper.KeyValues{
		kv("Cleared by", "审签席位", t(string(p.Cleared)+", "+f.name(from).EN, f.name(from).ZH+" "+string(p.Cleared))),
		kv("Rests on joint figures, SHA-256", "依据的共同数据 SHA-256", paper.Same(digest(p.Digest))),
	})
	return d, nil
}
