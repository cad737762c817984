package reports

import (
	"fmt"
	"time"

	"comity"
	"comity/document"
	"comity/guide"
	"comity/meter"
	"comity/paper"
	"comity/review"
	"comity/shell"
	"comity/store"
)

// reviewed is the review of a period, with its digest.
type reviewed struct {
	review.Report
	Digest     comity.Hash    `json:"digest"` // of the joint figures
	TLP        string         `json:"tlp"`
	Tables     []review.Table `json:"tables"`  // as a terminal prints them
	Summary    review.Summary `json:"summary"` // three figures for each direction; no trend
	Ways       []review.Way   `json:"ways"`    // where the time went
	restricted int
	matters    []review.Matter
	scope      review.Scope
}

// compute reviews a scope. It can take a while the first time.
func (a *app) compute(n *shell.Node, s review.Scope) (r reviewed, err error) {
	told := a.Told
	if told == nil {
		told = meter.Count(a.Stderr, "measuring", 1000)
	}
	c, err := Figures(a.Ctx, n, s, told)
	if err != nil {
		return r, err
	}
	r = reviewed{TLP: c.TLP, restricted: c.Secret, matters: c.Matters, scope: s}
	if r.Report, err = review.Compute(c.Matters, s); err == nil {
		r.Digest, r.Tables, r.Ways = r.Report.Digest(), r.Report.Tables(), r.Report.Ways()
		r.Summary, err = review.Summarize(r.Report, review.Report{})
	}
	return r, err
}

// review prints the figures of a period, and writes their paper.
func (a *app) review(args []string) error {
	fs := a.Flags("review")
	sp := spanOf(fs)
	national := fs.Bool("national", false, "what is not for the other side: reciprocity, how many are restricted")
	csv := fs.String("csv", "", "write all figures as CSV to this file, which a spreadsheet opens")
	p := a.papers(fs)
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if *national && *csv != "" {
		return shell.Usagef("review: --csv is of the joint figures; leave out --national")
	}
	return a.reading(p, func(n *shell.Node) error {
		var s review.Scope
		var f document.Form
		var lib *guide.Library
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if s, err = sp.scope(a, tx, n); err != nil {
				return err
			}
			if lib, err = n.Library(tx); err != nil {
				return err
			}
			f, err = a.form(tx, n, p, s.Realm, s.Parties[:]...)
			return err
		})
		if err != nil {
			return err
		}
		r, err := a.compute(n, s)
		if err != nil {
			return err
		}
		f.TLP, f.Reference = r.TLP, "review "+s.From.Format(time.DateOnly)
		if err := a.read(n, p, r.TLP, fmt.Sprintf("reviewed %s to %s with %s", s.From.Format(time.DateOnly), s.To.Format(time.DateOnly), s.Parties[1])); err != nil {
			return err
		}
		if *national {
			return a.national(n.Party, r, p, f)
		}
		if err := p.write(document.Review(r.Report, lib, f), f.At); err != nil {
			return err
		}
		if *csv != "" {
			b, err := paper.CSV(flat(r.Tables), p.lang(a), true)
			if err == nil {
				err = p.file("csv", *csv, b)
			}
			if err != nil {
				return err
			}
		}
		return a.Print(r, "%s", a.tables(r.Tables))
	})
}

func (a *app) national(me comity.Party, r reviewed, p *papers, f document.Form) error {
	nr, err := review.National(r.matters, r.scope, me)
	if err != nil {
		return err
	}
	if err := p.write(document.National(nr, r.restricted, f), f.At); err != nil {
		return err
	}
	page := &shell.Page{}
	for _, q := range nr.Reciprocity {
		page.Line("%8d %8d  %8s  %s", q.Ours, q.Theirs, q.Says, q.Label.In(a.Lang))
	}
	page.Line("%s", comity.Text{EN: fmt.Sprintf("%d restricted matters are in no review", r.restricted), ZH: fmt.Sprintf("受限事项%d件，不计入任何评估", r.restricted)}.In(a.Lang))
	return a.Print(struct {
		review.NationalReport
		Restricted int `json:"restricted"`
	}{nr, r.restricted}, "%s", page)
}

// tables writes values before their labels: then columns stand in line in any
// script.
func (a *app) tables(list []review.Table) string {
	p := &shell.Page{}
	for i, t := range list {
		if i > 0 {
			p.Line("")
		}
		p.Line("%s", t.Title.In(a.Lang))
		wide := make([]int, len(t.Columns))
		for _, r := range t.Rows {
			for j, v := range r.Values {
				wide[j] = max(wide[j], len([]rune(v)))
			}
		}
		for j, c := range t.Columns {
			p.Line("  %d: %s", j+1, c.In(a.Lang))
		}
		for _, r := range t.Rows {
			line := ""
			for j, v := range r.Values {
				line += fmt.Sprintf("  %*s", wide[j], v)
			}
			p.Line("%s  | %s", line, r.Label.In(a.Lang))
		}
		for _, n := range t.Notes {
			p.Line("%s", n.In(a.Lang))
		}
	}
	return p.String()
}

// flat is all tables in one, a value to a row.
func flat(list []review.Table) paper.Table {
	same := paper.Same
	t := paper.Table{Head: []paper.Text{{EN: "Table", ZH: "表"}, {EN: "Row", ZH: "行"}, {EN: "Column", ZH: "列"}, {EN: "Value", ZH: "数值"}}}
	for _, x := range list {
		for _, r := range x.Rows {
			for i, v := range r.Values {
				t.Rows = append(t.Rows, []paper.Text{x.Title, r.Label, x.Columns[i], same(v)})
			}
		}
	}
	return t
}
