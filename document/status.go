package document

import (
	"comity"
	"comity/casefile"
	"comity/paper"
	"comity/review"
)

// Reconciled is the status report that both sides' lines come to: the text that
// both sign. A side that gave no words for a case has "–" there.
func Reconciled(realm comity.Realm, lines map[comity.Party]casefile.Lines) (review.StatusReport, [2]review.Draft, error) {
	var none review.StatusReport
	s := review.Scope{Realm: realm}
	var drafts [2]review.Draft
	n := 0
	for p, l := range lines {
		if n == 2 {
			return none, drafts, comity.Errorf(comity.Invalid, "there are lines of more than two parties")
		}
		from, until, err := casefile.Period(l.From, l.Until)
		if err != nil {
			return none, drafts, err
		}
		if n == 1 && (!from.Equal(s.From) || !until.Equal(s.To)) {
			return none, drafts, comity.Errorf(comity.Conflict, "the two sides' lines are of different periods; one must amend its own to that of the other")
		}
		s.From, s.To, s.Parties[n] = from, until, p
		drafts[n] = review.Draft{Party: p}
		for _, x := range l.Lines {
			drafts[n].Lines = append(drafts[n].Lines, review.Line{Case: comity.Ref(x.Case), Status: review.Status(x.State), Text: comity.Text{EN: dash(x.EN), ZH: dash(x.ZH)}})
		}
		n++
	}
	if n < 2 {
		return none, drafts, comity.Errorf(comity.Conflict, "only one side has given its lines; the other answers with comity report.answer")
	}
	if drafts[0].Party > drafts[1].Party {
		drafts[0], drafts[1] = drafts[1], drafts[0]
	}
	r, err := review.Reconcile(s, drafts[0], drafts[1])
	return r, drafts, err
}

// Status is the status report on cases as both sides sign it.
func Status(r review.StatusReport, signed map[comity.Party]comity.Hash, f Form) paper.Doc {
	d := f.doc(t("Status report on cases", "案件进展报告"))
	d.Subtitle = period(r.From.Time, r.To.Time)
	d.Stacked = true
	p := f.alternat(r.Parties[0], r.Parties[1])
	a, b := f.name(p[0]), f.name(p[1])
	x := paper.Table{Head: []paper.Text{t("Case", "案件"), t("Status", "进展"), a, b}, Width: []float64{2.4, 2.2, 4, 4}}
	differ := 0
	for _, c := range r.Cases {
		said := map[comity.Party]paper.Text{}
		for _, v := range c.Views {
			said[v.Party] = v.Text
			if c.Status == review.DifferingViews {
				l := v.Status.Label()
				said[v.Party] = t(l.EN+": "+v.Text.EN, l.ZH+"："+v.Text.ZH)
			}
		}
		if c.Status == review.DifferingViews {
			differ++
		}
		row := []paper.Text{paper.Same(string(c.Case)), c.Status.Label()}
		for _, who := range p {
			v, ok := said[who]
			if !ok {
				v = t("says nothing of it", "未提及")
			}
			row = append(row, v)
		}
		x.Rows = append(x.Rows, row)
	}
	seals := paper.KeyValues{kv("Text, SHA-256", "文本 SHA-256", paper.Same(digest(r.Digest())))}
	var lines paper.Signatures
	for _, who := range p {
		n := f.name(who)
		v := t("not signed in the record", "系统中尚未签署")
		switch h, ok := signed[who]; {
		case ok && h == r.Digest():
			v = t("signed in the record, this text", "已在系统中签署本文本")
		case ok:
			v = t("signed another text: "+h.Short(), "签署的是另一文本："+h.Short())
		}
		seals = append(seals, paper.KeyValue{Label: n, Value: v})
		lines = append(lines, paper.Signature{Role: t("For "+n.EN, n.ZH+"代表"), Name: t("", "")})
	}
	d.Blocks = []paper.Block{
		paper.KeyValues{
			kv("Cases", "案件数", count(int64(len(r.Cases)))),
			kv("of these, with differing views", "其中：双方看法不一", count(int64(differ))),
		},
		x,
		para("Where the sides differ, both views stand in their own words. Each side wrote both of its texts.",
			"双方看法不一的，各按其原文列明。中、英文文本均由各方自行撰写。"),
		heading("Signature", "签署"), seals, lines,
	}
	return d
}
