package pairing

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"comity"
	"comity/clock"
	"comity/config"
	"comity/disk"
	"comity/keyring"
	"comity/link"
	"comity/prekey"
	"comity/roster"
	"comity/seal"
	"comity/shell"
	"comity/store"
	"comity/typed"
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
	if len(typed.Split(*seats)) < 2 {
		return comity.Fieldf("seats", "%q names fewer than two; a release needs two officers, such as %q", *seats, "us-24-7-01,us-24-7-02")
	}
	if len(typed.Split(*suites)) == 0 {
		return comity.Fieldf("suites", "it is empty; name one, such as %q", "E1")
	}
	c := config.Config{Party: p, Database: *database, Link: *addr, Ops: *ops, Private: *private, Quota: 64 << 30}
	if err := c.Check(); err != nil {
		return err
	}
	record := c.DatabaseURL(a.Dir)
	paths := []string{filepath.Join(a.Dir, config.Name), filepath.Join(a.Dir, "keys")}
	if !strings.Contains(record, "://") {
		paths = append(paths, record)
	}
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return comity.Errorf(comity.Conflict, "%s is there already, and may be a party's; name a new folder with --dir", path)
		}
	}
	pass, err := a.NewPassphrase("the new keys")
	if err != nil {
		return err
	}
	undo := takeBack(append(paths, filepath.Join(a.Dir, "guard"), filepath.Join(a.Dir, "vault"), record+"-wal", record+"-shm", record+".turn")...)
	m := &maker{ring: keyring.Ring{Dir: filepath.Join(a.Dir, "keys")}, pass: pass}
	root, err := a.make(m, c, comity.Chain{
		V: 1, Party: p, Name: comity.Name{En: *en, Zh: *zh}, Zone: *zone,
		Endpoints: []string{*endpoint}, Suites: typed.Split(*suites), Time: comity.At(a.Now()),
	}, ag, typed.Split(*seats))
	if err != nil {
		return errors.Join(err, undo())
	}
	a.Note("keys/root.key signs for the whole party: move it, and keys/roster.key, to a medium in a safe")
	return a.Print(map[string]any{"party": p, "dir": a.Dir, "root": root, "seats": typed.Split(*seats)},
		"party %s made in %s\nroot %s\nseats %s\n", p, a.Dir, root, strings.Join(typed.Split(*seats), " "))
}

// takeBack returns what removes those of some paths that are not there now, with
// the folders above them that are not there either.
func takeBack(paths ...string) (undo func() error) {
	var fresh []string
	for _, p := range paths {
		for {
			if _, err := os.Lstat(p); !errors.Is(err, os.ErrNotExist) {
				break
			}
			fresh = append(fresh, p)
			p = filepath.Dir(p)
		}
	}
	return func() (err error) {
		for _, p := range fresh {
			err = errors.Join(err, os.RemoveAll(p))
		}
		return err
	}
}

// make fills a party's folder and its record, and returns the party's root. The
// record comes last: in PostgreSQL it could not be taken back.
func (a *app) make(m *maker, c config.Config, chain comity.Chain, agency comity.Agency, seats []string) (comity.Hash, error) {
	for _, d := range []string{"keys", "guard", "vault"} {
		if err := os.MkdirAll(filepath.Join(a.Dir, d), 0o700); err != nil {
			return comity.Hash{}, disk.Error("dir", a.Dir, err)
		}
	}
	book, prekey, err := m.party(chain, agency, seats)
	if err != nil {
		return comity.Hash{}, err
	}
	db, err := store.Open(a.Ctx, c.DatabaseURL(a.Dir))
	if err != nil {
		return comity.Hash{}, err
	}
	defer db.Close()
	if err := c.Write(a.Dir); err != nil {
		return comity.Hash{}, err
	}
	return book.Identity(), db.Update(a.Ctx, func(tx *store.Tx) error {
		switch old, err := tx.JournalEntries(0, 1); {
		case err != nil:
			return err
		case len(old) > 0:
			return &comity.Error{Kind: comity.Conflict, Field: "database", Text: "it has a record already; a new party begins with an empty one"}
		}
		if err := putBook(tx, book, m.node.Box.Seal("prekey", prekey.Marshal())); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "policy", "operator", "party "+string(c.Party)+" made")
	})
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
	prekey, s, err := prekey.New(book, m.node, c.Time.Time)
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
