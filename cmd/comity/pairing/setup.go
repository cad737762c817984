package pairing

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"comity"
	"comity/clock"
	"comity/keyring"
	"comity/link"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// init makes a party: its keys, chain entry 0, roster, prekey and database.
func (a *app) init(args []string) error {
	fs := a.Flags("init")
	party := fs.String("party", "", "who we are, such as us")
	en := fs.String("name-en", "", "our name in English")
	zh := fs.String("name-zh", "", "our name in Chinese")
	zone := fs.String("zone", "", "the capital's time zone, such as America/New_York")
	agency := fs.String("agency", "", "the agency of the first seats, such as us-24-7")
	seats := fs.String("seats", "", "the first seats, at least two, such as us-24-7-01,us-24-7-02")
	addr := fs.String("link", "127.0.0.1:8440", "where peers reach us")
	endpoint := fs.String("endpoint", "", "how peers call us, such as https://node.example:8440 (default: --link)")
	ops := fs.String("ops", "127.0.0.1:8441", "health and metrics")
	database := fs.String("database", "comity.db", "a file, or a postgres:// URL")
	suites := fs.String("suites", "E1", "cryptographic suites, such as E1 or E1,F1")
	private := fs.Bool("private", false, "peers may be at private and loopback addresses")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	p, err := comity.ParseParty(*party)
	if err != nil {
		return err
	}
	ag, err := comity.ParseAgency(*agency)
	if err != nil {
		return err
	}
	if *endpoint == "" {
		*endpoint = "https://" + *addr
	}
	if _, err := link.ParseEndpoint(*endpoint); err != nil {
		return err
	}
	if _, err := clock.ParseZone(*zone, ""); err != nil {
		return err
	}
	if len(shell.Split(*seats)) < 2 {
		return comity.Fieldf("seats", "%q names fewer than two; a release needs two officers, such as %q", *seats, "us-24-7-01,us-24-7-02")
	}
	c := shell.Config{Party: p, Database: *database, Link: *addr, Ops: *ops, Private: *private, Quota: 64 << 30}
	if err := c.Check(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(a.Dir, shell.ConfigName)); err == nil {
		return comity.Errorf(comity.Conflict, "%s is a node's folder already", a.Dir)
	}
	pass, err := a.Passphrase("the new keys")
	if err != nil {
		return err
	}
	for _, d := range []string{"keys", "guard", "vault"} {
		if err := os.MkdirAll(filepath.Join(a.Dir, d), 0o700); err != nil {
			return err
		}
	}
	m := &maker{ring: keyring.Ring{Dir: filepath.Join(a.Dir, "keys")}, pass: pass}
	book, prekey, err := m.party(comity.Chain{
		V: 1, Party: p, Name: comity.Name{En: *en, Zh: *zh}, Zone: *zone,
		Endpoints: []string{*endpoint}, Suites: shell.Split(*suites), Time: comity.At(a.Now()),
	}, ag, shell.Split(*seats))
	if err != nil {
		return err
	}
	db, err := store.Open(a.Ctx, c.DatabaseURL(a.Dir))
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Update(a.Ctx, func(tx *store.Tx) error {
		if err := putBook(tx, book, m.node.Box.Seal("prekey", prekey.Marshal())); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "policy", "operator", "party "+string(p)+" made")
	})
	if err != nil {
		return err
	}
	if err := c.Write(a.Dir); err != nil {
		return err
	}
	fmt.Fprintf(a.Stderr, "comity: keys/root.key signs for the whole party: move it, and keys/roster.key, to a medium in a safe\n")
	return a.Print(map[string]any{"party": p, "dir": a.Dir, "root": book.Identity(), "seats": shell.Split(*seats)},
		"party %s made in %s\nroot %s\nseats %s\n", p, a.Dir, book.Identity(), strings.Join(shell.Split(*seats), " "))
}

// A maker makes a party's keys.
type maker struct {
	ring keyring.Ring
	pass string
	node *keyring.Node
}

func (m *maker) party(c comity.Chain, agency comity.Agency, seats []string) (*roster.Book, *seal.Prekey, error) {
	suite := c.Suites[0]
	root, err := seal.NewSigner(suite, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	rosterKey, err := seal.NewSigner(suite, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if m.node, err = newNode(c.Party, c.Suites, nil); err != nil {
		return nil, nil, err
	}
	pin, err := link.Pin(m.node.TLSCert)
	if err != nil {
		return nil, nil, err
	}
	c.Root, c.Roster, c.TLS = root.Key(), rosterKey.Key(), []comity.Hash{pin}
	for _, k := range m.node.Sign {
		c.Node = append(c.Node, k.Key())
	}
	book, err := roster.NewBook(c, root.Sign)
	if err != nil {
		return nil, nil, err
	}
	r := comity.Roster{V: 1, Party: c.Party, Time: c.Time}
	for i, name := range seats {
		seat, err := comity.ParseSeat(name)
		if err != nil {
			return nil, nil, err
		}
		o, err := m.officer(suite, seat)
		if err != nil {
			return nil, nil, err
		}
		roles := []string{roster.Draft, roster.Release}
		if i < 2 {
			roles = append(roles, roster.Registrar)
		}
		slices.Sort(roles)
		r.Add = append(r.Add, comity.Officer{Seat: seat, Agency: agency, Roles: roles, Key: o.Key.Key()})
	}
	s, err := book.NextRoster(r, rosterKey.Sign, root.Sign)
	if err != nil {
		return nil, nil, err
	}
	if err := book.Add("roster", s); err != nil {
		return nil, nil, err
	}
	prekey, s, err := shell.NewPrekey(book, m.node, c.Time.Time)
	if err != nil {
		return nil, nil, err
	}
	if err := book.Add("prekey", s); err != nil {
		return nil, nil, err
	}
	return book, prekey, errors.Join(
		m.ring.PutKey("root", m.pass, root), m.ring.PutKey("roster", m.pass, rosterKey), m.ring.PutNode(m.pass, m.node))
}

func (m *maker) officer(suite string, seat comity.Seat) (*keyring.Officer, error) {
	key, err := seal.NewSigner(suite, rand.Reader)
	if err != nil {
		return nil, err
	}
	o := &keyring.Officer{Seat: seat, Key: key, Box: m.node.Box}
	return o, m.ring.PutOfficer(m.pass, o)
}

// newNode makes a node's keys; old ones stay good for what they sealed.
func newNode(p comity.Party, suites []string, old *keyring.Node) (*keyring.Node, error) {
	n := &keyring.Node{}
	for _, s := range suites {
		k, err := seal.NewSigner(s, rand.Reader)
		if err != nil {
			return nil, err
		}
		n.Sign = append(n.Sign, k)
	}
	var err error
	if old != nil {
		n.Sign = append(n.Sign, old.Sign...)
		n.Box, n.TLSCert, n.TLSKey = old.Box, old.TLSCert, old.TLSKey
		return n, nil
	}
	if n.Box, err = keyring.NewBox(nil); err != nil {
		return nil, err
	}
	n.TLSCert, n.TLSKey, err = link.NewCertificate(rand.Reader, "comity "+string(p))
	return n, err
}

// putBook stores all entries of a book; box is the private half of its prekey.
func putBook(tx *store.Tx, b *roster.Book, box []byte) error {
	f := b.File()
	for typ, list := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
		for i, s := range list {
			e, err := record.Entry(b.Party(), typ, uint64(i), s)
			if err != nil {
				return err
			}
			if err := record.AddEntry(tx, e); err != nil {
				return err
			}
		}
	}
	if f.Prekey != nil {
		p, _, _ := b.Prekey()
		e, err := record.Entry(b.Party(), "prekey", p.N, *f.Prekey)
		if err != nil {
			return err
		}
		e.Box = box
		if err := record.AddEntry(tx, e); err != nil {
			return err
		}
	}
	c, _ := b.Chain()
	if box != nil {
		return nil // ourselves
	}
	row, err := tx.Party(b.Party())
	if err == nil {
		if row.Genesis != b.Identity() {
			return comity.Errorf(comity.Conflict, "%s is known here by another root key; if it made a new one, both sides must start anew", b.Party())
		}
		return nil
	}
	return tx.PutParty(store.Party{Party: b.Party(), State: record.Pending, Genesis: b.Identity(), Name: c.Name})
}

// party shows, writes or takes in a party file.
func (a *app) party(args []string) error {
	fs := a.Flags("party")
	words, err := shell.Parse(fs, args, 1, 2, "show, export FILE or import FILE")
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		switch {
		case words[0] == "show" && len(words) == 1:
			return a.showParty(n, n.Party)
		case words[0] == "export" && len(words) == 2:
			return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
				b, err := n.Keeper.Book(tx, n.Party)
				if err != nil {
					return err
				}
				if err := os.WriteFile(words[1], b.File().Encode(), 0o644); err != nil {
					return err
				}
				return a.Print(map[string]any{"party": n.Party, "file": words[1], "root": b.Identity()}, "party %s written to %s\nroot %s\n", n.Party, words[1], b.Identity())
			})
		case words[0] == "import" && len(words) == 2:
			return a.importParty(n, words[1])
		}
		return shell.Usagef("party: give show, export FILE or import FILE")
	})
}

func (a *app) importParty(n *shell.Node, name string) error {
	raw, err := a.ReadInput(name, roster.MaxFile)
	if err != nil {
		return err
	}
	f, err := roster.Decode(raw)
	if err != nil {
		return err
	}
	b, err := roster.Open(f)
	if err != nil {
		return err
	}
	if b.Party() == n.Party {
		return comity.Fieldf("FILE", "%s is our own party file; import the peer's", name)
	}
	if err := a.forked(n, f, b.Party()); err != nil {
		return err
	}
	err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		if err := putBook(tx, b, nil); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "pair", "operator", "took in the party file of "+string(b.Party()))
	})
	if err != nil {
		return err
	}
	return a.showParty(n, b.Party())
}

// forked compares a party file with what we have of the party. Two entries of
// one number, both well signed, freeze the pair.
func (a *app) forked(n *shell.Node, f roster.File, p comity.Party) error {
	var fork *roster.Fork
	var channels []record.Channel
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		known, err := n.Keeper.Book(tx, p)
		if errors.Is(err, comity.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		known = known.Clone()
		for typ, list := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
			for _, s := range list {
				if found, ok := errors.AsType[*roster.Fork](known.Add(typ, s)); ok {
					fork = found
				}
			}
		}
		channels, err = record.Channels(tx)
		return err
	})
	if err != nil || fork == nil {
		return err
	}
	for _, ch := range channels {
		if ch.Peer != p {
			continue
		}
		if _, err := n.Keeper.Turn(a.Ctx, ch.ID, func(t *record.Turn) error { return t.Forked(fork) }); err != nil {
			return err
		}
	}
	return comity.Errorf(comity.Untrusted, "FILE: %v. The pair is frozen", fork)
}

// pairing is what a person needs to confirm a peer.
type pairing struct {
	Party     comity.Party `json:"party"`
	Name      comity.Name  `json:"name"`
	Root      comity.Hash  `json:"root"`
	State     string       `json:"state"`
	Number    string       `json:"number,omitempty"`
	Confirmed []confirmed  `json:"confirmed,omitempty"`
	Endpoints []string     `json:"endpoints"`
	Zone      string       `json:"zone"`
	Seats     int          `json:"seats"`
	Realms    []realmState `json:"realms,omitempty"`
}

type realmState struct {
	Realm     comity.Realm `json:"realm"`
	Channel   comity.Hash  `json:"channel"`
	Mode      string       `json:"mode"`
	Epoch     uint64       `json:"epoch"`
	Sent      uint64       `json:"sent"`
	Receipted uint64       `json:"receipted"`
	Received  uint64       `json:"received"`
	Since     comity.Time  `json:"silent_since,omitzero"`
	Attempts  int          `json:"attempts,omitempty"`
}

type confirmed struct {
	Seat comity.Seat `json:"seat"`
	At   comity.Time `json:"at"`
}

func (a *app) pairing(tx *store.Tx, n *shell.Node, p comity.Party) (pairing, error) {
	b, err := n.Keeper.Book(tx, p)
	if err != nil {
		return pairing{}, err
	}
	c, _ := b.Chain()
	out := pairing{Party: p, Name: c.Name, Root: b.Identity(), State: "ourselves", Endpoints: c.Endpoints, Zone: c.Zone, Seats: len(b.Officers())}
	if p == n.Party {
		return out, nil
	}
	own, err := n.Keeper.Book(tx, n.Party)
	if err != nil {
		return out, err
	}
	out.Number = roster.PairNumber(own.Identity(), b.Identity())
	row, err := tx.Party(p)
	if err != nil {
		return out, err
	}
	out.State = row.State
	if len(row.Confirmed) > 0 {
		if err := json.Unmarshal(row.Confirmed, &out.Confirmed); err != nil {
			return out, err
		}
	}
	channels, err := record.Channels(tx)
	for _, ch := range channels {
		if ch.Peer == p {
			s := ch.State
			out.Realms = append(out.Realms, realmState{ch.Realm, ch.ID, string(s.Mode), s.Epoch, s.Next, s.Receipted, s.Want, s.Since, s.Attempts})
		}
	}
	return out, err
}

func (a *app) showParty(n *shell.Node, p comity.Party) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		v, err := a.pairing(tx, n, p)
		if err != nil {
			return err
		}
		return a.Print(v, "%s", v.text())
	})
}

func (v pairing) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s / %s  %s\n", v.Party, v.Name.En, v.Name.Zh, v.State)
	fmt.Fprintf(&b, "root %s\nseats %d  zone %s  at %s\n", v.Root, v.Seats, v.Zone, strings.Join(v.Endpoints, " "))
	if v.Number != "" {
		fmt.Fprintf(&b, "pair number\n  %s\n  %s\n", v.Number[:35], v.Number[36:])
	}
	for _, c := range v.Confirmed {
		fmt.Fprintf(&b, "compared by %s at %s\n", c.Seat, c.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	for _, r := range v.Realms {
		fmt.Fprintf(&b, "%s  %s  epoch %d  sent %d (receipted %d)  received %d\n", r.Realm, r.Mode, r.Epoch, r.Sent, r.Receipted, r.Received)
		if !r.Since.IsZero() && r.Attempts > 1 {
			fmt.Fprintf(&b, "  unreceipted since %s, %d attempts\n", r.Since.UTC().Format("2006-01-02 15:04:05 UTC"), r.Attempts)
		}
	}
	return b.String()
}

func (a *app) peers(args []string) error {
	words, err := shell.Parse(a.Flags("peers"), args, 0, 1, "at most one party")
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		if len(words) == 1 {
			p, err := comity.ParseParty(words[0])
			if err != nil {
				return err
			}
			return a.showParty(n, p)
		}
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			rows, err := tx.Parties()
			if err != nil {
				return err
			}
			list := []pairing{}
			text := ""
			for _, r := range rows {
				v, err := a.pairing(tx, n, r.Party)
				if err != nil {
					return err
				}
				list = append(list, v)
				text += fmt.Sprintf("%-16s %-10s", v.Party, v.State)
				for _, s := range v.Realms {
					text += fmt.Sprintf("  %s %s sent %d receipted %d received %d", s.Realm, s.Mode, s.Sent, s.Receipted, s.Received)
				}
				text += "\n"
			}
			return a.Print(list, "%s", text)
		})
	})
}
