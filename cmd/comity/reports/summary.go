package reports

import (
	"cmp"
	"time"

	"comity"
	"comity/casefile"
	"comity/desk"
	"comity/document"
	"comity/form"
	"comity/review"
	"comity/shell"
	"comity/store"
)

func cmpRef(a, b comity.Ref) int { return cmp.Compare(a, b) }

// days names a scope by its first and last day.
func days(s review.Scope) (from, until string) {
	return s.From.Format(time.DateOnly), s.To.Add(-time.Millisecond).Format(time.DateOnly)
}

// wholeDays is a scope that a page can name: its end is that of a day, and behind
// us, since what is due tonight is not overdue this morning.
func wholeDays(s review.Scope, now time.Time) (review.Scope, error) {
	from, until := days(s)
	var err error
	if s.From, s.To, err = casefile.Period(from, until); err != nil || !s.To.After(now) {
		return s, err
	}
	today := now.UTC().Truncate(24 * time.Hour)
	if !s.From.Before(today) {
		return s, comity.Fieldf("from", "%s is not over yet; a summary is of whole days that are behind us", from)
	}
	s.To = today
	return s, nil
}

// summarize compares a period with the one before it, of the same length.
func (a *app) summarize(n *shell.Node, s review.Scope) (sum review.Summary, tlp string, err error) {
	now, err := a.compute(n, s)
	if err != nil {
		return sum, "", err
	}
	before := s
	before.From, before.To = s.From.Add(-s.To.Sub(s.From)), s.From
	if months := int(s.To.Sub(s.From).Hours() / 24 / 30); months > 0 && s.From.Day() == 1 && s.To.Day() == 1 {
		before.From = s.From.AddDate(0, -months, 0) // of as many months
	}
	b, err := a.compute(n, before)
	if err != nil {
		return sum, "", err
	}
	if b.Joint.Matters == 0 {
		b.Report = review.Report{}
	}
	sum, err = review.Summarize(now.Report, b.Report)
	return sum, now.TLP, err
}

// summaryDraft prints the page of a period, for --file of summary send.
func (a *app) summaryDraft(args []string) error {
	fs := a.Flags("summary draft")
	sp := spanOf(fs)
	cleared := fs.String("cleared", "", "the seat that is to clear it")
	p := a.papers(fs)
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	seat, err := comity.ParseSeat(*cleared)
	if err != nil {
		return comity.Fieldf("cleared", "say which seat is to clear it, such as %q", "us-head-01")
	}
	return a.reading(p, func(n *shell.Node) error {
		s, err := a.scope(n, sp)
		if err != nil {
			return err
		}
		sum, tlp, err := a.summarize(n, s)
		if err != nil {
			return err
		}
		page := document.Page(sum, seat)
		if !p.any() {
			return a.printJSON(page)
		}
		if err := a.read(n, p, tlp, "wrote the page for principals, "+page.From+" to "+page.Until); err != nil {
			return err
		}
		return a.draftPaper(n, p, page, s, tlp)
	})
}

// draftPaper writes a page that nobody has signed, and says so on it.
func (a *app) draftPaper(n *shell.Node, p *papers, page casefile.Page, s review.Scope, tlp string) error {
	var f document.Form
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
		f, err = a.form(tx, n, p, s.Realm, s.Parties[:]...)
		return err
	})
	if err != nil {
		return err
	}
	f.TLP = tlp
	d, err := document.Summary(page, n.Party, s.Parties, f)
	if err != nil {
		return err
	}
	d.Frame = comity.Text{EN: "Draft: not signed", ZH: "草稿：未签署"}
	if err := p.write(d, f.At); err != nil {
		return err
	}
	return a.printJSON(page)
}

func (a *app) scope(n *shell.Node, sp span) (s review.Scope, err error) {
	err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		s, err = sp.scope(a, tx, n)
		return err
	})
	if err == nil {
		s, err = wholeDays(s, a.Now())
	}
	return s, err
}

// summarySend has a seat sign a page. The seat that clears it must be one of the
// two that do.
func (a *app) summarySend(args []string) error {
	fs := a.Flags("summary send")
	peer := fs.String("peer", "", "the party that it is for")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	file := fs.String("file", "", "the page as comity summary draft prints it; - is standard input")
	seat := fs.String("seat", "", "the seat that signs; another approves, and one of them clears it")
	tlp := fs.String("tlp", "AMBER", "marking: CLEAR GREEN AMBER AMBER+STRICT RED")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if *file == "" {
		return shell.Usagef("summary send: name the page with --file; comity summary draft prints one")
	}
	raw, err := a.ReadInput("file", *file, form.MaxBody)
	if err != nil {
		return err
	}
	body, err := readPage(raw)
	if err != nil {
		return err
	}
	return a.with(func(n *shell.Node) error {
		s, err := a.scope(n, span{peer, realm, &body.From, &body.Until, new(string)})
		if err != nil {
			return err
		}
		r, err := a.compute(n, s)
		if err != nil {
			return err
		}
		if r.Digest != body.Digest {
			return comity.Errorf(comity.Conflict, "the figures of %s to %s are not those of the page any more (%s, the page has %s): draft it anew", body.From, body.Until, r.Digest.Short(), body.Digest.Short())
		}
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		return a.say(n, o, desk.New{To: s.Parties[1], Realm: s.Realm, Kind: casefile.OpensSummary, Marking: comity.Marking{TLP: comity.HigherTLP(*tlp, r.TLP)}}, body)
	})
}

func readPage(raw []byte) (*casefile.Page, error) {
	body, err := shell.Kinds().Read(casefile.OpensSummary, raw)
	if err != nil {
		return nil, err
	}
	return body.(*casefile.Page), form.Check(body)
}

// summaryShow prints a page, as it was last corrected.
func (a *app) summaryShow(args []string) error {
	fs := a.Flags("summary show")
	p := a.papers(fs)
	m, err := matterOf(fs, args)
	if err != nil {
		return err
	}
	return a.reading(p, func(n *shell.Node) error {
		var page casefile.Page
		var f document.Form
		var parties [2]comity.Party
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			th, _, tlp, err := opened(tx, n, m, casefile.OpensSummary)
			if err != nil {
				return err
			}
			there := false
			for _, o := range th.Order {
				if b, ok := o.Said.(*casefile.Page); ok && o.Applied() {
					page, there = *b, true
				}
			}
			if !there {
				return comity.Errorf(comity.NotFound, "the page of %s has been erased", m)
			}
			parties = [2]comity.Party{th.Opener, th.Other}
			f, err = a.form(tx, n, p, m.Realm, parties[:]...)
			f.TLP, f.Reference = tlp, string(m.Ref)
			return err
		})
		if err != nil {
			return err
		}
		d, err := document.Summary(page, parties[0], parties, f)
		if err != nil {
			return err
		}
		if err := a.read(n, p, f.TLP, "showed summary "+m.String()); err != nil {
			return err
		}
		if err := p.write(d, f.At); err != nil {
			return err
		}
		t := &shell.Page{}
		t.Line("%s  %s to %s, cleared by %s", m, page.From, page.Until, page.Cleared)
		for _, x := range page.Numbers {
			t.Line("  %s  %s  %s", x.Asked, x.Value, comity.Text{EN: x.EN, ZH: x.ZH}.In(a.Lang))
			t.Line("      %s", comity.Text{EN: x.Cause, ZH: x.CauseZH}.In(a.Lang))
		}
		for _, o := range page.Overdue {
			t.Line("  %s owes %d overdue%s", o.Party, o.Count, shell.Maybe(", the oldest since %s", o.Since))
		}
		if words := (comity.Text{EN: page.EN, ZH: page.ZH}).In(a.Lang); words != "" {
			t.Line("%s", words)
		}
		t.Line("joint figures, SHA-256 %s", page.Digest)
		return a.Print(page, "%s", t)
	})
}
