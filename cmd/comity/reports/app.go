// Package reports is what a party looks back with: the review of a period, the
// status report on cases, the page for principals, and papers of a request and of a
// case file.
package reports

import (
	"flag"
	"io"
	"time"

	"comity"
	"comity/desk"
	"comity/disk"
	"comity/document"
	"comity/form"
	"comity/keyring"
	"comity/paper"
	"comity/shell"
	"comity/store"
)

type app struct{ *shell.App }

// Commands returns the commands of this package.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{
		"review":      a.review,
		"report":      a.sub("report", map[string]shell.Command{"show": a.reportShow, "draft": a.reportDraft, "sign": a.reportSign}),
		"summary":     a.sub("summary", map[string]shell.Command{"show": a.summaryShow, "draft": a.summaryDraft, "send": a.summarySend}),
		"certificate": a.certificate,
		"print":       a.print,
		"directory":   a.directory,
	}
}

// sub is a command with commands of its own, of which the first word says which.
func (a *app) sub(name string, of map[string]shell.Command) shell.Command {
	return func(args []string) error {
		if len(args) > 0 {
			if c, ok := of[args[0]]; ok {
				return c(args[1:])
			}
		}
		if _, err := shell.Parse(a.Flags(name), args, 0, -1, ""); err != nil {
			return err // or -h
		}
		return shell.Usagef("%s: say %s show, %s draft, or %s", name, name, name, map[string]string{"report": "report sign", "summary": "summary send"}[name])
	}
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*shell.Node) error) error { return a.With(f) }

// reading is with, by the seat that reads, if one is named.
func (a *app) reading(p *papers, f func(*shell.Node) error) error {
	return a.With(func(n *shell.Node) error {
		if *p.seat != "" {
			if _, err := a.Officer(n, *p.seat); err != nil {
				return err
			}
		}
		return f(n)
	})
}

// say has a seat sign a statement; it leaves when a second seat has signed too.
func (a *app) say(n *shell.Node, o *keyring.Officer, w desk.New, body any) (err error) {
	if w.Body, err = form.Encode(body); err != nil {
		return err
	}
	dk := &desk.Desk{Keeper: n.Keeper, Vault: n.Vault, Rules: desk.Rules{Sees: n.Sees, SeesDraft: n.SeesDraft, Gate: gateOf(n)}}
	return a.said(dk, o, w)
}

// gateOf holds what these commands release to what no statement may pass: who clears
// a summary has signed it.
func gateOf(n *shell.Node) func(*store.Tx, store.Draft, comity.Release, []comity.File, []comity.Seat) ([]error, error) {
	return func(_ *store.Tx, d store.Draft, _ comity.Release, _ []comity.File, seats []comity.Seat) ([]error, error) {
		return nil, n.Cleared(d, seats)
	}
}

func (a *app) said(dk *desk.Desk, o *keyring.Officer, w desk.New) error {
	d, err := dk.Say(a.Ctx, w, desk.Word{Officer: o})
	if err != nil {
		return err
	}
	next := "released " + d.Sent.Short()
	if !d.Suffices() {
		next = "another seat must sign: comity approve " + d.ID + " --seat SEAT --send"
	}
	return a.Print(d, "%s  %s in %s to %s  signed by %s\n%s\n", d.ID, d.Kind, d.Matter, d.Peer, shell.SeatList(d.Signed), a.Typed(next))
}

// Papers are the files that a command was told to write.
type papers struct {
	fs              *flag.FlagSet
	pdf, html, docx *string
	overwrite       *bool
	seat            *string
}

func (a *app) papers(fs *flag.FlagSet) *papers {
	return &papers{
		fs:        fs,
		pdf:       fs.String("pdf", "", "write it as PDF to this file"),
		html:      fs.String("html", "", "write it as HTML to this file"),
		docx:      fs.String("docx", "", "write it as DOCX to this file"),
		overwrite: fs.Bool("overwrite", false, "the files may be there already"),
		seat:      fs.String("seat", "", "who reads, for the journal; what is marked TLP:RED needs one"),
	}
}

// any reports whether a paper is wanted.
func (p *papers) any() bool { return *p.pdf+*p.html+*p.docx != "" }

// lang is the language of papers: both, unless --lang stands with the command.
func (p *papers) lang(a *app) (l paper.Lang) {
	p.fs.Visit(func(f *flag.Flag) {
		if f.Name == "lang" {
			l = map[string]paper.Lang{"en": paper.English, "zh": paper.Chinese}[a.Lang]
		}
	})
	return l
}

// write writes the papers that were asked for.
func (p *papers) write(d paper.Doc, at time.Time) error {
	for _, x := range []struct {
		field, name string
		make        func() ([]byte, error)
	}{
		{"pdf", *p.pdf, func() ([]byte, error) { return paper.PDF(d, at) }},
		{"html", *p.html, func() ([]byte, error) { return paper.HTML(d) }},
		{"docx", *p.docx, func() ([]byte, error) { return paper.DOCX(d, at) }},
	} {
		if x.name == "" {
			continue
		}
		b, err := x.make()
		if err != nil {
			return err
		}
		if err := p.file(x.field, x.name, b); err != nil {
			return err
		}
	}
	return nil
}

func (p *papers) file(field, name string, b []byte) error {
	return disk.Write(field, name, 0o600, *p.overwrite, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// read notes who reads what of this marking, before it is shown: a file that was
// written was read.
func (a *app) read(n *shell.Node, p *papers, tlp, what string) error {
	if tlp == "RED" && *p.seat == "" {
		return comity.Errorf(comity.Forbidden, "it is marked TLP:RED, for named recipients only: say who reads with --seat")
	}
	who, err := shell.Reader(*p.seat)
	if err != nil {
		return err
	}
	return a.NoteReading(n, who, what)
}

// form is what all papers of this node have in common.
func (a *app) form(tx *store.Tx, n *shell.Node, p *papers, realm comity.Realm, parties ...comity.Party) (document.Form, error) {
	f := document.Form{Realm: realm, Lang: p.lang(a), Own: n.Party, At: a.Now(), Names: map[comity.Party]comity.Text{}}
	for _, party := range parties {
		b, err := n.Keeper.Book(tx, party)
		if err != nil {
			return f, err
		}
		c, _ := b.Chain()
		f.Names[party] = comity.Text{EN: c.Name.En, ZH: c.Name.Zh}
	}
	return f, nil
}
