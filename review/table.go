package review

import (
	"fmt"

	"comity"
)

// A Table is what a terminal, a page or a sheet prints. Values are the same in
// both languages: numbers, shares, and times in the symbols of the SI.
type Table struct {
	Title   comity.Text   `json:"title"`
	Columns []comity.Text `json:"columns"` // of the values
	Rows    []Row         `json:"rows"`
	Notes   []comity.Text `json:"notes,omitempty"`
}

// A Row is a line of a Table.
type Row struct {
	Label  comity.Text `json:"label"`
	Values []string    `json:"values"`
}

func same(s string) comity.Text { return both(s, s) }

// Tables returns the whole report: all matters, what was asked back, answered and
// refused, and the breakdown by type, priority, category and agency.
func (r Report) Tables() []Table {
	p := r.Joint.Parties
	var fs [3]Figures
	for i, opener := range []comity.Party{"", p[0], p[1]} {
		fs[i] = r.Group(All, "", opener)
	}
	columns := []comity.Text{both("both directions", "双向"), same(arrow(p[0], p[1])), same(arrow(p[1], p[0]))}
	all := Table{Title: both("All requests", "全部请求"), Columns: columns, Notes: r.notes()}
	row := func(t *Table, label comity.Text, value func(Figures) string) {
		t.Rows = append(t.Rows, Row{label, []string{value(fs[0]), value(fs[1]), value(fs[2])}})
	}
	for i, c := range counts {
		row(&all, c.Text, func(f Figures) string { return fmt.Sprint(f.Counts[i]) })
	}
	for i, label := range []comity.Text{both("Oldest open request, since its receipt", "最早的未办结请求（自签收起）"), both("Oldest overdue request, since its receipt", "最早的逾期请求（自签收起）")} {
		row(&all, label, func(f Figures) string { return f.Oldest[i].String() })
	}
	for i, t := range times {
		row(&all, with(t.Text, "median", "中位数"), func(f Figures) string { return f.Times[i].Median() })
		if i == Margin { // it is the short ones that nearly failed
			row(&all, with(t.Text, "shortest", "最短"), func(f Figures) string { return f.Times[i].say(func(p *Spread) int64 { return p.Least }) })
			continue
		}
		row(&all, with(t.Text, "90th percentile", "第90百分位"), func(f Figures) string { return f.Times[i].P90() })
	}
	for i, s := range shares {
		row(&all, s.Text, func(f Figures) string { return f.Shares[i].write(s.as) })
	}
	for q, question := range facts {
		for a, answer := range said {
			row(&all, with(question, answer.EN, answer.ZH), func(f Figures) string { return fmt.Sprint(f.Facts[q][a]) })
		}
	}
	out := []Table{all}
	for _, l := range []struct {
		comity.Text
		of func(Figures) []Count
	}{
		{both("Checks that questions rested on", "要求补充所依据的审查项"), func(f Figures) []Count { return f.Checks }},
		{both("Results of items", "各事项的结果"), func(f Figures) []Count { return f.Results }},
		{both("Grounds of refusal", "拒绝理由"), func(f Figures) []Count { return f.Grounds }},
	} {
		t := Table{Title: l.Text, Columns: columns}
		for _, c := range l.of(fs[0]) {
			row(&t, same(c.Name), func(f Figures) string { return fmt.Sprint(find(l.of(f), c.Name)) })
		}
		out = append(out, t)
	}
	for _, d := range dimensions {
		out = append(out, r.breakdown(d.By, d.Text))
	}
	return out
}

func (r Report) breakdown(by By, title comity.Text) Table {
	t := Table{Title: title, Columns: []comity.Text{
		counts[Received].Text, counts[Settled].Text, counts[StillOpen].Text, counts[Overdue].Text,
		with(times[AcknowledgementGross].Text, "median", "中位数"), with(times[AnswerGross].Text, "median", "中位数"), with(times[AnswerGross].Text, "90th percentile", "第90百分位"),
		shares[ShareWithinAnswer].Text, shares[ShareRightFirstTime].Text,
	}}
	for _, f := range r.Joint.Groups {
		if f.By != by || f.Opener == "" {
			continue
		}
		asked := r.Joint.Parties[0]
		if asked == f.Opener {
			asked = r.Joint.Parties[1]
		}
		v := []string{}
		for _, i := range []int{Received, Settled, StillOpen, Overdue} {
			v = append(v, fmt.Sprint(f.Counts[i]))
		}
		t.Rows = append(t.Rows, Row{same(f.Value + ", " + arrow(f.Opener, asked)), append(v,
			f.Times[AcknowledgementGross].Median(), f.Times[AnswerGross].Median(), f.Times[AnswerGross].P90(),
			f.Shares[ShareWithinAnswer].String(), f.Shares[ShareRightFirstTime].String())})
	}
	return t
}

// notes say what the figures do not.
func (r Report) notes() []comity.Text {
	c := r.Coverage
	return []comity.Text{
		c.Says(),
		both(fmt.Sprintf("n=3<%d: with fewer than %d values there is no percentile and no percentage.", Few, Few),
			fmt.Sprintf("n=3<%d：样本少于%d个时，不计算百分位数和百分比。", Few, Few)),
		both("What is late counts as late before it is answered.", "逾期未答复的，在答复之前即计为逾期。"),
		both("Joint figures, SHA-256 "+r.Digest().String(), "共同数据 SHA-256："+r.Digest().String()),
	}
}

// Says writes the coverage as a sentence, such as "41 of 44 matters known to both".
func (c Coverage) Says() comity.Text {
	return both(
		fmt.Sprintf("%d of %d matters known to both; %d wait for a receipt; of %d settled no result can be read here", c.Known, c.Total, c.Waiting, c.Unread),
		fmt.Sprintf("共%d件，其中双方均已掌握%d件；%d件待签收；%d件已办结但我方无可读取的结果", c.Total, c.Known, c.Waiting, c.Unread),
	)
}

func with(t comity.Text, en, zh string) comity.Text { return both(t.EN+": "+en, t.ZH+"："+zh) }

func arrow(a, b comity.Party) string { return string(a) + " → " + string(b) }

func find(cs []Count, name string) int64 {
	for _, c := range cs {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

func (s Share) write(as int) string {
	switch {
	case s.Of == 0 || as == asShare:
		return s.String()
	case as == asRate:
		return decimal(s.N, s.Of)
	}
	return decimal(s.N*100, s.Of) + "%"
}

func (o Oldest) String() string {
	if o == (Oldest{}) {
		return nothing
	}
	return say(o.Ms)
}
