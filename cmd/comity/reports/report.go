package reports

import (
	"encoding/json"
	"flag"
	"slices"

	"comity"
	"comity/casefile"
	"comity/desk"
	"comity/document"
	"comity/policy"
	"comity/review"
	"comity/shell"
	"comity/store"
	"comity/thread"
)

// matterOf reads the one word of a command about a matter.
func matterOf(fs *flag.FlagSet, args []string) (m shell.MatterName, err error) {
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	words, err := shell.Parse(fs, args, 1, 1, "one matter, such as US-2026-000001")
	if err != nil {
		return m, err
	}
	return shell.ParseMatter(*realm, words[0])
}

// opened returns a matter that a kind opened, and its highest marking. What is
// restricted is not there.
func opened(tx *store.Tx, n *shell.Node, m shell.MatterName, kinds ...comity.Kind) (*thread.Thread, thread.Capability, string, error) {
	row, err := tx.Matter(m.Realm, m.Ref)
	if err == nil && row.Restricted {
		err = comity.Errorf(comity.NotFound, "there is no matter %s in %s here", m.Ref, m.Realm) // as the store says it
	}
	if err != nil {
		return nil, thread.Capability{}, "", err
	}
	if err := n.May(tx, policy.Read, m.Realm, m.Ref); err != nil {
		return nil, thread.Capability{}, "", err
	}
	th, c, err := n.Thread(tx, m.Realm, m.Ref)
	if err != nil {
		return nil, c, "", err
	}
	if !slices.Contains(kinds, c.Opens()) {
		return nil, c, "", comity.Errorf(comity.NotFound, "%s is %s", m.Ref, c.Says.EN)
	}
	tlp := ""
	for _, s := range th.Statements {
		tlp = comity.HigherTLP(tlp, s.Marking.TLP)
	}
	return th, c, tlp, nil
}

// A statusReport is what report show prints.
type statusReport struct {
	Ref         comity.Ref                      `json:"ref"`
	State       string                          `json:"state"`
	Lines       map[comity.Party]casefile.Lines `json:"lines"`
	Differences []review.Difference             `json:"differences"`
	Report      *review.StatusReport            `json:"report,omitempty"` // the reconciled text; nil while one side's lines are missing
	Digest      comity.Hash                     `json:"digest,omitzero"`  // that both sign
	Signed      map[comity.Party]comity.Hash    `json:"signed,omitempty"`

	peer comity.Party
	tlp  string
}

func statusOf(tx *store.Tx, n *shell.Node, m shell.MatterName) (s statusReport, err error) {
	th, _, tlp, err := opened(tx, n, m, casefile.OpensReport)
	if err != nil {
		return s, err
	}
	s = statusReport{Ref: m.Ref, State: th.State, Differences: []review.Difference{}, peer: th.Peer, tlp: tlp}
	s.Lines, s.Signed = casefile.Both(th)
	if len(s.Lines) < 2 {
		return s, nil
	}
	r, drafts, err := document.Reconciled(m.Realm, s.Lines)
	if err != nil {
		return s, err
	}
	if d := review.Compare(drafts[0].Lines, drafts[1].Lines); d != nil {
		s.Differences = d
	}
	s.Report, s.Digest = &r, r.Digest()
	return s, nil
}

// reportShow prints both sides' lines, where they differ, and the text to sign.
func (a *app) reportShow(args []string) error {
	fs := a.Flags("report show")
	p := a.papers(fs)
	m, err := matterOf(fs, args)
	if err != nil {
		return err
	}
	return a.reading(p, func(n *shell.Node) error {
		var s statusReport
		var f document.Form
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if s, err = statusOf(tx, n, m); err == nil {
				f, err = a.form(tx, n, p, m.Realm, n.Party, s.peer)
			}
			return err
		})
		if err != nil {
			return err
		}
		if p.any() && s.Report == nil {
			return comity.Errorf(comity.Conflict, "only one side has given its lines; there is no text yet")
		}
		if err := a.read(n, p, s.tlp, "showed report "+m.String()); err != nil {
			return err
		}
		if s.Report != nil {
			f.Reference, f.TLP = string(m.Ref), s.tlp
			if err := p.write(document.Status(*s.Report, s.Signed, f), f.At); err != nil {
				return err
			}
		}
		return a.Print(s, "%s", s.text(a.Lang))
	})
}

func (s statusReport) text(lang string) string {
	p := &shell.Page{}
	p.Line("%s  %s", s.Ref, s.State)
	parties := slices.Sorted(func(yield func(comity.Party) bool) {
		for party := range s.Lines {
			if !yield(party) {
				return
			}
		}
	})
	for _, party := range parties {
		l := s.Lines[party]
		p.Line("%s, %s to %s", party, l.From, l.Until)
		for _, x := range l.Lines {
			p.Line("  %s  %s: %s", x.Case, review.Status(x.State).Label().In(lang), comity.Text{EN: x.EN, ZH: x.ZH}.In(lang))
		}
	}
	for _, d := range s.Differences {
		p.Line("differs: %s  %s: %q and %q", d.Case, d.What, d.A, d.B)
	}
	if s.Report == nil {
		p.Line("the other side's lines are missing")
		return p.String()
	}
	p.Line("text, SHA-256 %s", s.Digest)
	for _, party := range parties {
		switch h, ok := s.Signed[party]; {
		case !ok:
			p.Line("  %s has not signed", party)
		case h == s.Digest:
			p.Line("  %s has signed it", party)
		default:
			p.Line("  %s has signed another text: %s", party, h)
		}
	}
	return p.String()
}

// reportDraft prints our lines of a period, from what we last said of each case.
func (a *app) reportDraft(args []string) error {
	fs := a.Flags("report draft")
	sp := spanOf(fs)
	tlp := fs.String("tlp", "AMBER", "the marking that it is for: cases that are marked stricter are left out")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.with(func(n *shell.Node) error {
		var b casefile.Lines
		left := 0
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			s, err := sp.scope(a, tx, n)
			if err != nil {
				return err
			}
			b.From, b.Until = days(s)
			rows, err := n.Matters(tx, store.Filter{Realm: s.Realm, Peer: s.Parties[1], Kind: casefile.OpensCase, Until: comity.At(s.To)})
			if err != nil {
				return err
			}
			slices.SortFunc(rows, func(x, y store.Matter) int { return cmpRef(x.Ref, y.Ref) })
			for _, m := range rows {
				if m.Restricted || !m.Open && m.Changed.Before(s.From) {
					continue
				}
				l, marked, err := lineOf(tx, n, m)
				if err != nil {
					return err
				}
				if comity.HigherTLP(*tlp, marked) != *tlp {
					left++
					continue
				}
				b.Lines = append(b.Lines, l)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if left > 0 {
			a.Note("%d cases are marked stricter than TLP:%s, and left out", left, *tlp)
		}
		if len(b.Lines) > 256 {
			return comity.Fieldf("lines", "%d cases are more than a report can have, 256; give a shorter period", len(b.Lines))
		}
		return a.printJSON(b)
	})
}

// lineOf returns the line of a case, and its highest marking.
func lineOf(tx *store.Tx, n *shell.Node, m store.Matter) (casefile.Line, string, error) {
	th, _, err := n.Thread(tx, m.Realm, m.Ref)
	if err != nil {
		return casefile.Line{}, "", err
	}
	l := casefile.Line{Case: string(m.Ref), State: "open"}
	if !m.Open {
		l.State = "closed"
	}
	if s, ok := casefile.Project(th).Status[n.Party]; ok {
		l.State, l.EN, l.ZH = s.State, s.EN, s.ZH
	}
	return l, th.TLP(m.TLP), nil
}

// printJSON prints what is meant for --file: JSON, with --json or without.
func (a *app) printJSON(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.Print(v, "%s\n", b)
}

// reportSign signs the text that both sides' lines come to.
func (a *app) reportSign(args []string) error {
	fs := a.Flags("report sign")
	seat := fs.String("seat", "", "the seat that signs; another approves")
	m, err := matterOf(fs, args)
	if err != nil {
		return err
	}
	return a.with(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		var s statusReport
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			s, err = statusOf(tx, n, m)
			return err
		})
		if err == nil && s.Report == nil {
			err = comity.Errorf(comity.Conflict, "only one side has given its lines; there is nothing to sign yet")
		}
		if err != nil {
			return err
		}
		return a.say(n, o, desk.New{Matter: m.Ref, Realm: m.Realm, Kind: "report.sign", Marking: comity.Marking{TLP: s.tlp}}, &casefile.Signature{Hash: s.Digest})
	})
}
