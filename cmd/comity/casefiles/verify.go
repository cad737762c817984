package casefiles

import (
	"errors"
	"os"

	"comity"
	"comity/disk"
	"comity/evidence"
	"comity/shell"
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
	fs := a.Flags("verify")
	trust := fs.String("trust", "", "the trust file, which must have reached you by a way of its own")
	words, err := shell.Parse(fs, args, 1, 1, "one case FILE")
	if err != nil {
		return err
	}
	if *trust == "" {
		return shell.Usagef("verify: name the trust file with --trust; comity trust writes one")
	}
	raw, err := a.ReadInput("trust", *trust, 1<<20)
	if err != nil {
		return err
	}
	t, err := evidence.ParseTrust(raw)
	if err != nil {
		return &comity.Error{Kind: comity.Invalid, Field: "trust", Text: *trust, Cause: err}
	}
	f, err := os.Open(words[0])
	if err != nil {
		return disk.Error("FILE", words[0], err)
	}
	defer f.Close()
	report, err := evidence.Verify(a.Progress(f, words[0]), t)
	if bad, ok := errors.AsType[*evidence.Fault](err); ok {
		v := verdict{Fault: &fault{bad.Code, shell.Plain(bad.What)}}
		return errors.Join(a.Print(v, "FAULT %s: %s\n", v.Fault.Code, v.Fault.What), shell.ErrFound)
	}
	if err != nil {
		return err
	}
	return a.Print(verdict{Good: true, Report: &report}, "%s", account(report))
}

// account says what a good case file shows.
func account(r evidence.Report) string {
	p := &shell.Page{}
	p.Line("good: %s (%s), written by %s on %s", r.Head.Matter, r.Head.Realm, r.Head.By, p.Time(r.Head.Time.Time))
	for _, x := range r.Parties {
		p.Line("  %s  %s / %s  root %s", x.Party, x.Name.En, x.Name.Zh, x.Root)
	}
	p.Line("Statements")
	for _, s := range r.Statements {
		p.Line("  %s  %s of %s, item %s  %s", p.Time(s.Time.Time), s.Kind, s.Place.From, s.Place, s.ID.Short())
		var seats []comity.Seat
		for _, o := range s.Seats {
			seats = append(seats, o.Seat)
		}
		p.Line("    signed by %s, released %s%s", shell.SeatList(seats), s.Release.Class, shell.Maybe(": %s", s.Release.Reason))
		if len(s.Passkeys) > 0 {
			p.Line("    signed by passkey, user verified: %s", shell.SeatList(s.Passkeys))
		}
		if s.Refused != "" {
			p.Line("    REFUSED by the other side: %s; it has its place and no effect", s.Refused)
		}
		if s.Receipted != nil {
			p.Line("    receipted %s", p.Time(s.Receipted.Time))
		} else {
			p.Line("    no receipt in this file: that it was sent, only its author says")
		}
		for _, x := range s.Parts {
			if !x.Here {
				p.Line("    part %s: erased or withheld", x.Name)
			}
		}
		for _, x := range s.Files {
			here, got := "its content is here", "no file receipt"
			if !x.Here {
				here = "its content is not in this file"
			}
			if x.Receipted != nil {
				got = "arrived " + p.Time(x.Receipted.Time)
			}
			p.Line("    file %s, %d bytes: %s, %s", x.Name, x.Size, here, got)
		}
	}
	for _, x := range r.Remarks {
		p.Line("remark (%s) %s %s", x.Code, x.Statement.Short(), x.What)
	}
	c := r.Counts
	p.Line("%d statements, %d receipted, %d refused, %d parts erased or withheld, %d files", c.Statements, c.Receipted, c.Refused, c.ErasedParts, c.Files)
	p.Line("not proved: that nothing came later, nor what the clocks said, nor that what is said is so (docs/spec/casefile.md, 4)")
	return p.String()
}
