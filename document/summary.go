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
				Trend: direction(n.Trend, i == 1), Cause: cause(n.Says.EN, "; "), CauseZH: cause(n.Says.ZH, "；")}
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

// nth returns the i-th number about a party's answers.
func nth(list []casefile.Number, asked string, i int) (casefile.Number, bool) {
	for _, n := range list {
		if n.Asked == asked {
			if i == 0 {
				return n, true
			}
			i--
		}
	}
	return casefile.Number{}, false
}

// number is a value above its cause: it is the same in both languages, and stands in
// the first only.
func number(n casefile.Number, d paper.Doc) paper.Text {
	s := strings.TrimSpace(string(arrows[n.Trend]) + " " + n.Value)
	if n.Before != "" && n.Before != "–" {
		before := n.Before
		if _, percent, ok := strings.Cut(strings.TrimSuffix(before, ")"), "("); ok {
			before = percent
		}
		s += " ← " + before
	}
	if d.Lang == paper.Chinese || d.Lang == paper.Both && d.ChineseFirst {
		return t(n.Cause, strings.TrimSpace(s+"\n"+n.CauseZH))
	}
	return t(strings.TrimSpace(s+"\n"+n.Cause), n.CauseZH)
}

// cause is what was said after the trend, which has an arrow of its own; without one,
// it is the trend.
func cause(says, after string) string {
	if _, why, ok := strings.Cut(says, after); ok {
		return why
	}
	return says
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
	by := f.name(from)
	d.Subtitle.EN += "; cleared by " + string(p.Cleared) + ", " + by.EN
	d.Subtitle.ZH += "；审签席位：" + by.ZH + " " + string(p.Cleared)
	order := f.alternat(parties[0], parties[1])
	x := paper.Table{Head: []paper.Text{t("Now ← before", "本期 ← 上期"), f.arrow(order[1], order[0]), f.arrow(order[0], order[1])}, Width: []float64{2.4, 3.3, 3.3}}
	for i := range 3 {
		row := make([]paper.Text, 3)
		for j, asked := range order {
			n, ok := nth(p.Numbers, string(asked), i)
			if !ok {
				return d, comity.Fieldf("numbers", "there are not three about the answers of %s", asked)
			}
			row[0], row[1+j] = t(n.EN, n.ZH), number(n, d)
		}
		x.Rows = append(x.Rows, row)
	}
	owed := make([]paper.Text, 0, 2)
	for _, who := range order {
		n, v := f.name(who), t("none", "无")
		for _, o := range p.Overdue {
			if o.Party == string(who) && o.Count > 0 {
				v = t(fmt.Sprintf("%d, since %s", o.Count, dash(o.Since)), fmt.Sprintf("%d件，最早%s", o.Count, dash(o.Since)))
			}
		}
		owed = append(owed, t(n.EN+": "+v.EN, n.ZH+"："+v.ZH))
	}
	d.Blocks = []paper.Block{x}
	if p.EN != "" || p.ZH != "" {
		d.Blocks = append(d.Blocks, paper.Para{Text: t(p.EN, p.ZH)})
	}
	d.Blocks = append(d.Blocks, paper.KeyValues{
		kv("Owes, overdue", "逾期未答复", t(owed[0].EN+"\n"+owed[1].EN, owed[0].ZH+"\n"+owed[1].ZH)),
		kv("Joint figures, SHA-256", "共同数据 SHA-256", paper.Same(digest(p.Digest)))})
	return d, nil
}
