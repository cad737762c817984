package reports

import (
	"cmp"
	"errors"
	"slices"

	"comity"
	"comity/document"
	"comity/guide"
	"comity/pair"
	"comity/shell"
	"comity/store"
	"comity/thread"
)

// directories returns what we and each peer have published, by party.
func directories(tx *store.Tx, n *shell.Node, realm comity.Realm, peer comity.Party) (list []shell.Published, peers []comity.Party, err error) {
	channels, err := tx.Channels()
	for _, c := range channels {
		if c.Realm != realm || peer != "" && c.Peer != peer || err != nil {
			continue
		}
		var some []shell.Published
		some, err = n.Directories(tx, realm, c.Peer)
		list, peers = append(list, some...), append(peers, c.Peer)
	}
	return list, peers, err
}

// directory prints the agencies that both sides have published: whom to ask for what,
// and how to reach them.
func (a *app) directory(args []string) error {
	fs := a.Flags("directory")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	peer := fs.String("peer", "", "only what we and this party have published to each other")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.with(func(n *shell.Node) error {
		list := []shell.Published{}
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			some, _, err := directories(tx, n, comity.Realm(*realm), comity.Party(*peer))
			list = append(list, some...)
			return err
		})
		if err != nil {
			return err
		}
		p := &shell.Page{}
		for _, d := range list {
			p.Line("%s, as published in %s", d.Party, d.Ref)
			for _, x := range d.Agencies {
				p.Line("  %s  %s%s%s", x.ID, comity.Text{EN: x.EN, ZH: x.ZH}.In(a.Lang), shell.Maybe("  %s", x.Contact), shell.Maybe("  %s", x.Hours))
			}
		}
		if len(list) == 0 {
			p.Line("nobody has published a directory: comity directory.publish does")
		}
		return a.Print(list, "%s", p)
	})
}

// continuity writes what to work with on paper while the node is down.
func (a *app) continuity(args []string) error {
	fs := a.Flags("print continuity")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	out := fs.String("out", "", "write it as PDF to this file")
	p := a.papers(fs)
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if *p.pdf = cmp.Or(*p.pdf, *out); !p.any() {
		return shell.Usagef("print continuity: say where to, with --out FILE, --html FILE or --docx FILE")
	}
	where, err := comity.ParseRealm(*realm)
	if err != nil {
		return err
	}
	return a.reading(p, func(n *shell.Node) error {
		var c document.Continuity
		var f document.Form
		var lib *guide.Library
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if lib, err = n.Library(tx); err != nil {
				return err
			}
			if c, f.TLP, err = gather(tx, n, where); err != nil {
				return err
			}
			tlp := f.TLP
			f, err = a.form(tx, n, p, where, n.Party)
			f.TLP, f.Reference = tlp, "continuity"
			return err
		})
		if err != nil {
			return err
		}
		if err := a.read(n, p, f.TLP, "printed the continuity pack"); err != nil {
			return err
		}
		if err := p.write(c.Paper(lib, f), f.At); err != nil {
			return err
		}
		return a.Print(struct {
			Open   int    `json:"open"`
			Phones int    `json:"phones"`
			TLP    string `json:"tlp"`
		}{len(c.Open), len(c.Phones), f.TLP}, "%d open matters, %d telephone numbers, TLP:%s\n", len(c.Open), len(c.Phones), f.TLP)
	})
}

// gather reads what the pack shows. Paper lies about: what is restricted, or for named
// recipients only, is not on it.
func gather(tx *store.Tx, n *shell.Node, realm comity.Realm) (c document.Continuity, tlp string, err error) {
	list, peers, err := directories(tx, n, realm, "")
	if err != nil {
		return c, "", err
	}
	c.Zones = n.Zones(tx, peers...)
	for _, d := range list {
		for _, x := range d.Agencies {
			phone := document.Phone{Party: d.Party, Agency: x.ID, Name: comity.Text{EN: x.EN, ZH: x.ZH}, Number: x.Contact, Hours: x.Hours, Zone: x.Zone, Languages: x.Languages}
			for _, k := range x.Competences {
				phone.Competences = append(phone.Competences, slices.Concat(k.Types, k.Categories)...)
			}
			if !slices.ContainsFunc(c.Phones, func(p document.Phone) bool { return p.Party == phone.Party && p.Agency == phone.Agency }) {
				c.Phones = append(c.Phones, phone)
			}
		}
	}
	open := true
	rows, err := tx.Matters(store.Filter{Realm: realm, Open: &open})
	if err != nil {
		return c, "", err
	}
	sight := n.Sight(tx)
	tlp = "AMBER" // it names what is open
	for _, m := range rows {
		h, _, err := sight.History(m)
		switch {
		case errors.Is(err, comity.NotFound), err == nil && (m.Restricted || m.Kind == pair.OpensDirectory):
			continue
		case err != nil:
			return c, "", err
		}
		if ok, err := sight.Reads(m); err != nil {
			return c, "", err
		} else if !ok || h.TLP(m.TLP) == "RED" {
			c.Left++
			continue
		}
		h.Zones = nil
		tlp = comity.HigherTLP(tlp, h.TLP(m.TLP))
		o := document.Open{Ref: m.Ref, Peer: m.Peer, Type: m.Type}
		if shell.IsRequest(m.Kind) {
			v, err := sight.Project(h)
			if err != nil {
				return c, "", err
			}
			o.State, o.Owes, o.Due = v.Says, v.Owes, v.Due
			if v.Lapsing && (o.Due.IsZero() || v.HoldUntil.Before(o.Due)) {
				o.Due = v.HoldUntil
			}
		} else if k, ok := shell.Find(m.Kind); ok {
			v := thread.Project(k, h).View
			o.State, o.Owes = k.Table().State(v.State).Says, v.Owes
		}
		c.Open = append(c.Open, o)
	}
	slices.SortStableFunc(c.Open, func(a, b document.Open) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.Due.IsZero()]
		}
		return a.Due.Compare(b.Due)
	})
	return c, tlp, nil
}
