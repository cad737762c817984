package main

import (
	"errors"
	"os"

	"comity"
	"comity/evidence"
)

// A verdict is what verify says of a case file.
type verdict struct {
	Good   bool             `json:"good"`
	Fault  *fault           `json:"fault,omitempty"`
	Report *evidence.Report `json:"report,omitempty"`
}

type fault struct {
	Code string `json:"code"`
	What string `json:"what"`
}

// verify checks a case file. It needs no node, and no network.
func (a *app) verify(args []string) error {
	fs := a.flags("verify")
	trust := fs.String("trust", "", "the trust file, which must have reached you by a way of its own")
	words, err := parse(fs, args, 1, 1, "one case FILE")
	if err != nil {
		return err
	}
	if *trust == "" {
		return usagef("verify: name the trust file with --trust; comity trust writes one")
	}
	raw, err := a.readInput(*trust, 1<<20)
	if err != nil {
		return err
	}
	t, err := evidence.ParseTrust(raw)
	if err != nil {
		return &comity.Error{Kind: comity.Invalid, Field: "trust", Text: *trust, Cause: err}
	}
	f, err := os.Open(words[0])
	if err != nil {
		return comity.Fieldf("FILE", "%v", err)
	}
	defer f.Close()
	report, err := evidence.Verify(a.progress(f, words[0]), t)
	if bad, ok := errors.AsType[*evidence.Fault](err); ok {
		v := verdict{Fault: &fault{bad.Code, plain(bad.What)}}
		return errors.Join(a.print(v, "FAULT %s: %s\n", v.Fault.Code, v.Fault.What), errFound)
	}
	if err != nil {
		return err
	}
	return a.print(verdict{Good: true, Report: &report}, "%s", account(report))
}

// account says what a good case file shows.
func account(r evidence.Report) string {
	p := &page{}
	p.line("good: %s (%s), written by %s on %s", r.Head.Matter, r.Head.Realm, r.Head.By, p.time(r.Head.Time.Time))
	for _, x := range r.Parties {
		p.line("  %s  %s / %s  root %s", x.Party, x.Name.En, x.Name.Zh, x.Root)
	}
	p.line("Statements")
	for _, s := range r.Statements {
		p.line("  %s  %s of %s, item %s  %s", p.time(s.Time.Time), s.Kind, s.Place.From, s.Place, s.ID.Short())
		var seats []comity.Seat
		for _, o := range s.Seats {
			seats = append(seats, o.Seat)
		}
		p.line("    signed by %s, released %s%s", seatList(seats), s.Release.Class, maybe(": %s", s.Release.Reason))
		if s.Refused != "" {
			p.line("    REFUSED by the other side: %s; it has its place and no effect", s.Refused)
		}
		if s.Receipted != nil {
			p.line("    receipted %s", p.time(s.Receipted.Time))
		} else {
			p.line("    no receipt in this file: that it was sent, only its author says")
		}
		for _, x := range s.Parts {
			if !x.Here {
				p.line("    part %s: erased or withheld", x.Name)
			}
		}
		for _, x := range s.Files {
			here, got := "its content is here", "no file receipt"
			if !x.Here {
				here = "its content is not in this file"
			}
			if x.Receipted != nil {
				got = "arrived " + p.time(x.Receipted.Time)
			}
			p.line("    file %s, %d bytes: %s, %s", x.Name, x.Size, here, got)
		}
	}
	for _, x := range r.Remarks {
		p.line("remark (%s) %s %s", x.Code, x.Statement.Short(), x.What)
	}
	c := r.Counts
	p.line("%d statements, %d receipted, %d refused, %d parts erased or withheld, %d files", c.Statements, c.Receipted, c.Refused, c.ErasedParts, c.Files)
	p.line("not proved: that nothing came later, nor what the clocks said, nor that what is said is so (docs/spec/casefile.md, 4)")
	return p.String()
}
