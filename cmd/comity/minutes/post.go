package minutes

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"comity"
	"comity/check"
	"comity/clock"
	"comity/disk"
	"comity/docket"
	"comity/form"
	"comity/gate"
	"comity/guide"
	"comity/keyring"
	"comity/paper"
	"comity/policy"
	"comity/shell"
	"comity/store"
	"comity/typed"
)

// post writes the papers of a request to a country without a node, from a file or as it
// stands in a matter, on the form that the country knows.
func (a *app) post(args []string) error {
	fs := a.Flags("post")
	to := fs.String("to", "", "the country, as comity minute correspondent noted it")
	seat := fs.String("seat", "", "the seat that writes")
	out := fs.String("out", "", "the folder for form.pdf, form.docx, form.txt and mail.eml")
	from := fs.String("from", "", "our address, for mail.eml")
	reference := fs.String("reference", "", "our file number, such as OUR-2026-1188")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	consent := fs.String("consent", "", "of a matter: the reference of the other side's consent to this very use")
	confirm := fs.Bool("confirm", false, "of a matter: I have read the conditions that no machine can read, and they are met")
	words, err := shell.Parse(fs, args, 1, 1, "one matter, such as US-2026-000001, or a FILE with a request")
	if err != nil {
		return err
	}
	if *out == "" {
		return shell.Usagef("post: name a folder with --out")
	}
	if *reference == "" {
		return comity.Fieldf("reference", "it is empty; the other side answers by our file number, such as %q", "OUR-2026-1188")
	}
	where, err := comity.ParseRealm(*realm)
	if err != nil {
		return err
	}
	m, r, tlp := shell.MatterName{Realm: where}, new(guide.Request), "AMBER"
	if m.Ref, err = comity.ParseRef(words[0]); err != nil {
		raw, err := a.ReadInput("FILE", words[0], form.MaxBody)
		if err != nil {
			return err
		}
		if err := form.Decode(raw, r); err != nil {
			return err
		}
		if err := form.Check(r); err != nil {
			return err
		}
	}
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		d, err := a.read(n, shell.MatterName{})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(d.Correspondents, func(k docket.Kept[docket.Correspondent]) bool { return k.Is.Country == *to })
		if i < 0 {
			return comity.Fieldf("to", "no correspondent %q is noted here; comity minute correspondent --country %s …", comity.Clip(*to), comity.Clip(*to))
		}
		c := d.Correspondents[i].Is
		if m.Ref != "" {
			use := gate.Use{Me: n.Party, For: "onward", Abroad: true, Consent: *consent, Confirmed: *confirm}
			err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
				r, tlp, err = abroad(tx, n, m, use, a.Now())
				return err
			})
			what := fmt.Sprintf("%s on paper for %s", m, *to)
			if err != nil {
				return a.NoteRefused(n, string(o.Seat), "to put "+what, err)
			}
			if err := a.NoteReading(n, string(o.Seat), "put "+what); err != nil {
				return err
			}
		}
		for _, f := range a.findings(r, where, n.Party) {
			a.Note("%s %s %s: %s", f.Severity, f.ID, f.Field, f.Text(a.Lang))
		}
		sections, err := docket.Form(c.Form, *r, comity.Ref(*reference), a.Now())
		if err != nil {
			return err
		}
		doc := paperOf(sections, *reference, "TLP:"+tlp, where)
		if doc.Title.EN == "" {
			doc.Title = paper.Text{EN: "Request for assistance", ZH: "协助请求书"}
		}
		return a.papers(*out, doc, c, *from, *reference, o)
	})
}

// abroad returns the request of a matter and its highest marking, if the party's policy
// lets it go to another country; and the other side's own, by the markings that it gave.
func abroad(tx *store.Tx, n *shell.Node, name shell.MatterName, use gate.Use, now time.Time) (*guide.Request, string, error) {
	th, err := n.Sight(tx).May(policy.Read, name.Realm, name.Ref)
	if err != nil {
		return nil, "", err
	}
	v, err := n.View(tx, name.Realm, name.Ref)
	if err == nil && v.Request == nil {
		err = comity.Errorf(comity.NotFound, "%s has no request to put on paper", name)
	}
	if err != nil {
		return nil, "", err
	}
	m, err := tx.Matter(name.Realm, name.Ref)
	if err != nil {
		return nil, "", err
	}
	m.TLP = th.TLP(m.TLP)
	err = n.MayGive(tx, policy.Export, m, "abroad", use.Consent != "", use.Confirmed)
	if err == nil && v.Opener != n.Party {
		d, _, fault := n.Docket(tx, name.Realm, name.Ref)
		if err = fault; err == nil {
			err = gate.MayUse(v, d, use, now)
		}
	}
	return v.Request, m.TLP, err
}

// findings are what the guidelines say of a request that goes by another way: on
// paper nothing blocks, and the officer is told.
func (a *app) findings(r *guide.Request, realm comity.Realm, from comity.Party) []check.Finding {
	lib := guide.Shipped()
	s := check.Setting{Realm: realm, Now: a.Now(), From: from, Texts: lib.CheckText, Retentions: lib.Retentions()}
	if p, ok := lib.Pack(r.Basis.ID); ok {
		s.Pack = &p
	}
	return check.Remarks(check.Text(*r, s))
}

func (a *app) papers(dir string, doc paper.Doc, c docket.Correspondent, from, reference string, o *keyring.Officer) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return disk.Error("out", dir, err)
	}
	made := map[string]string{}
	var files []paper.File
	put := func(name string, b []byte) error {
		sum, err := save(filepath.Join(dir, name), true, b)
		made[name] = sum.String()
		return err
	}
	for _, name := range []string{"form.pdf", "form.docx", "form.txt"} {
		b, err := a.render(name, doc)
		if err != nil {
			return err
		}
		if err := put(name, b); err != nil {
			return err
		}
		if name != "form.txt" {
			files = append(files, paper.File{Name: name, Data: b})
		}
	}
	i := slices.IndexFunc(c.Channels, func(ch docket.Channel) bool { return ch.Kind == "email" })
	if i >= 0 && from != "" {
		// The subject says nothing of the case: mail is read on its way.
		m := paper.Mail{From: from, To: []string{c.Channels[i].Address}, Subject: "Request " + reference, Date: a.Now(), Token: rand.Text(),
			Body: "A request for assistance is attached.\n随函附上协助请求书。\n", Files: files}
		b, id, err := m.Bytes()
		if err != nil {
			return err
		}
		if err := put("mail.eml", b); err != nil {
			return err
		}
		made["message-id"] = id
	}
	text := ""
	for _, name := range []string{"form.pdf", "form.docx", "form.txt", "mail.eml", "message-id"} {
		if made[name] != "" {
			text += fmt.Sprintf("%-10s  %s\n", name, made[name])
		}
	}
	return a.Print(made, "%snothing has been sent: hand it over by %s, then note it with comity posted --id l1 --to %s --document SHA256 --channel … --proof …\n", text, c.Channels[0].Kind, c.Country)
}

// posted notes a paper that was handed over, or its reply; without flags it lists
// them with their clocks, which are ours alone.
func (a *app) posted(args []string) error {
	fs := a.Flags("posted")
	seat := fs.String("seat", "", "the seat that notes it")
	var body docket.Sent
	whole := fs.String("body", "", "the whole entry as JSON, instead of a flag for each member (- for standard input)")
	fill := typed.Members(fs, &body, nil)
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	if err := a.whole(*whole, &body); err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		if body.ID != "" {
			o, err := a.Officer(n, *seat)
			if err != nil {
				return err
			}
			if body.By == "" {
				body.By = o.Seat
			}
			if err := a.add(n, shell.MatterName{}, o.Seat, &body); err != nil {
				return err
			}
		}
		d, err := a.read(n, shell.MatterName{})
		if err != nil {
			return err
		}
		p := &shell.Page{}
		spans := docket.OneSided(d.Letters, a.Now())
		for i, s := range spans {
			state := "no reply"
			if !s.Until.IsZero() {
				state = "replied " + shell.UTC(s.Until)
			}
			p.Line("%s to %s by %s  handed over %s  %s  %s  [%s]", s.Letter, s.To, d.Letters[i].Is.Channel, shell.UTC(s.From), state, clock.Say(s.Elapsed), s.Label().In(a.Lang))
		}
		if len(spans) == 0 {
			p.Line("nothing has gone by another way")
		}
		return a.Print(spans, "%s", p)
	})
}

// An offSystem is what our own file has of countries without a node: whom they are
// reached by, what was handed over to them, and how long ago.
type offSystem struct {
	Correspondents []docket.Kept[docket.Correspondent] `json:"correspondents"`
	Letters        []docket.Kept[docket.Sent]          `json:"letters"`
	Spans          []docket.LoneSpan                   `json:"spans"` // of the letters, one for each
}

// correspondents lists the countries without a node, and what went to them.
func (a *app) correspondents(args []string) error {
	if _, err := shell.Parse(a.Flags("correspondents"), args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		d, err := a.read(n, shell.MatterName{})
		if err != nil {
			return err
		}
		x := offSystem{d.Correspondents, d.Letters, docket.OneSided(d.Letters, a.Now())}
		p := &shell.Page{}
		for _, c := range x.Correspondents {
			p.Line("%s  %s, seal %s", c.Is.Country, c.Is.Form, c.Is.SealRequired)
			for _, ch := range c.Is.Channels {
				p.Line("    %s  %s%s", ch.Kind, ch.Address, shell.Maybe("  verified by %s", string(ch.VerifiedBy)))
			}
		}
		if len(x.Correspondents) == 0 {
			p.Line("no country without a node is noted: comity minute correspondent notes one")
		}
		return a.Print(x, "%s", p)
	})
}
