package reports

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"slices"

	"comity"
	"comity/disk"
	"comity/document"
	"comity/evidence"
	"comity/paper"
	"comity/request"
	"comity/shell"
	"comity/store"
)

// print writes a request and what has been said of it as a paper.
func (a *app) print(args []string) error {
	if len(args) > 0 && args[0] == "continuity" {
		return a.continuity(args[1:])
	}
	fs := a.Flags("print")
	p := a.papers(fs)
	m, err := matterOf(fs, args)
	if err != nil {
		return err
	}
	if !p.any() {
		return shell.Usagef("print: say where to, with --pdf FILE, --html FILE or --docx FILE")
	}
	return a.reading(p, func(n *shell.Node) error {
		var d paper.Doc
		var f document.Form
		tlp := ""
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			th, c, marked, err := opened(tx, n, m, request.OpensAssistance, request.OpensPreservation)
			if err != nil {
				return err
			}
			v, err := n.Project(tx, th.History)
			if err != nil {
				return err
			}
			lib, err := n.Library(tx)
			if err != nil {
				return err
			}
			if f, err = a.form(tx, n, p, m.Realm, v.Opener, v.Other); err != nil {
				return err
			}
			tlp = marked
			d = document.Request(v, c, lib, th.Zones, f)
			return nil
		})
		if err != nil {
			return err
		}
		if err := a.read(n, p, tlp, "printed "+m.String()); err != nil {
			return err
		}
		if err := p.write(d, f.At); err != nil {
			return err
		}
		files := slices.DeleteFunc([]string{*p.pdf, *p.html, *p.docx}, func(s string) bool { return s == "" })
		return a.Print(struct {
			Ref   comity.Ref `json:"ref"`
			TLP   string     `json:"tlp"`
			Files []string   `json:"files"`
		}{m.Ref, tlp, files}, "%s, TLP:%s: %v\n", m, tlp, files)
	})
}

// certificate checks a case file and writes what it is on two pages. It needs no
// node, and no network.
func (a *app) certificate(args []string) error {
	fs := a.Flags("certificate")
	trust := fs.String("trust", "", "the trust file, which must have reached you by a way of its own")
	out := fs.String("out", "", "write the PDF to this file")
	first := fs.String("first", "", "the party whose original it is (default: who wrote the case file)")
	p := &papers{fs: fs, overwrite: fs.Bool("overwrite", false, "the file may be there already")}
	words, err := shell.Parse(fs, args, 1, 1, "one case FILE")
	if err != nil {
		return err
	}
	if *trust == "" || *out == "" {
		return shell.Usagef("certificate: name the trust file with --trust and the PDF with --out")
	}
	raw, err := a.ReadInput("trust", *trust, 1<<20)
	if err != nil {
		return err
	}
	t, err := evidence.ParseTrust(raw)
	if err != nil {
		return &comity.Error{Kind: comity.Invalid, Field: "trust", Text: *trust, Cause: err}
	}
	file, err := os.Open(words[0])
	if err != nil {
		return disk.Error("FILE", words[0], err)
	}
	defer file.Close()
	sum := sha256.New()
	r := io.TeeReader(a.Progress(file, words[0]), sum)
	report, err := evidence.Verify(r, t)
	if bad, ok := errors.AsType[*evidence.Fault](err); ok {
		a.Note("there is no certificate of a case file that does not hold: %s", shell.Plain(bad.Error()))
		return errors.Join(a.Print(bad, "FAULT %s: %s\n", bad.Code, shell.Plain(bad.What)), shell.ErrFound)
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, r); err != nil { // there is nothing left but what was read ahead
		return err
	}
	v := document.Verified{Report: report, File: comity.Hash(sum.Sum(nil)), Says: says}
	own := report.Head.By
	if *first != "" {
		if own = comity.Party(*first); !slices.Contains(report.Head.Parties, own) {
			return comity.Fieldf("first", "%q is not one of %v", comity.Clip(*first), report.Head.Parties)
		}
	}
	d := document.Certificate(v, document.Form{Own: own, Lang: p.lang(a), At: a.Now()})
	b, err := paper.PDF(d, a.Now())
	if err != nil {
		return err
	}
	if err := p.file("out", *out, b); err != nil {
		return err
	}
	return a.Print(struct {
		Matter comity.Ref  `json:"matter"`
		SHA256 comity.Hash `json:"sha256"`
		Out    string      `json:"out"`
	}{report.Head.Matter, v.File, *out}, "%s verifies, SHA-256 %s; its certificate is %s\n", report.Head.Matter, v.File, *out)
}

// says is what a kind of statement does, in words.
func says(k comity.Kind) comity.Text {
	for _, c := range shell.Capabilities() {
		if x, ok := c.Kind(k); ok {
			return x.Says
		}
	}
	return comity.Text{EN: string(k), ZH: string(k)}
}
