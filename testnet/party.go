// Package testnet makes parties, nodes and traffic for tests and exercises.
//
//	New      a party in a folder of its own, as comity init leaves it, but fast:
//	         its key files cost nearly nothing to open
//	Pair     two parties that have compared their number: the pair is active
//	Open     a party's record and desk, in this process; Serve starts its node
//	         as one of its own, and Kill ends it without warning
//	Audit    everything that must be true of a record at any instant
//	Agree    everything that must be true of two records once all is quiet
package testnet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/config"
	"comity/keyring"
	"comity/link"
	"comity/prekey"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// Passphrase opens every key file of every party.
const Passphrase = "correct horse battery staple"

// A Party is a party whose keys are all at hand, the root's too.
type Party struct {
	Name     comity.Party
	Dir      string
	Database string // a file or a postgres:// URL
	Link     string // addresses
	Ops      string

	Book      *roster.Book
	Root      *seal.PrivateKey
	RosterKey *seal.PrivateKey
	Node      *keyring.Node
	Officers  []*keyring.Officer // the first two are registrars

	prekey *seal.Prekey
}

// Options are what New may be told. The zero Options are a SQLite file and suite E1.
type Options struct {
	Database string // a postgres:// URL
	Suites   []string
	Seats    int // default 2
}

// New makes a party in a temporary folder, and its record.
func New(t testing.TB, name string, o Options) *Party {
	t.Helper()
	p := &Party{Name: comity.Party(name), Dir: filepath.Join(t.TempDir(), name), Database: o.Database, Link: freeAddress(t), Ops: freeAddress(t)}
	if p.Database == "" {
		p.Database = filepath.Join(p.Dir, "comity.db")
	}
	if o.Suites == nil {
		o.Suites = []string{"E1"}
	}
	for _, d := range []string{"keys", "guard", "vault"} {
		check(t, os.MkdirAll(filepath.Join(p.Dir, d), 0o700))
	}
	check(t, os.WriteFile(filepath.Join(p.Dir, "pass"), []byte(Passphrase+"\n"), 0o600))
	p.makeKeys(t, o.Suites, max(2, o.Seats))
	p.writeConfig(t)
	db, err := store.Open(t.Context(), p.Database)
	check(t, err)
	defer db.Close()
	check(t, db.Update(t.Context(), func(tx *store.Tx) error { return p.putBook(tx, p) }))
	return p
}

// freeAddress returns an address on loopback that nobody listens on now.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().String()
}

// writeConfig writes the node's configuration.
func (p *Party) writeConfig(t testing.TB) {
	t.Helper()
	check(t, config.Config{Party: p.Name, Database: p.Database, Link: p.Link, Ops: p.Ops, Private: true, Quota: 64 << 30}.Write(p.Dir))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *Party) makeKeys(t testing.TB, suites []string, seats int) {
	t.Helper()
	signer := func(suite string) *seal.PrivateKey {
		k, err := seal.NewSigner(suite, rand.Reader)
		check(t, err)
		return k
	}
	p.Root, p.RosterKey, p.Node = signer(suites[0]), signer(suites[0]), &keyring.Node{}
	c := comity.Chain{
		V: 1, Party: p.Name, Name: comity.Name{En: "Party " + string(p.Name), Zh: "甲方"}, Zone: "Etc/UTC",
		Endpoints: []string{"https://" + p.Link}, Suites: suites, Time: comity.At(time.Now()), Root: p.Root.Key(), Roster: p.RosterKey.Key(),
	}
	for _, s := range suites {
		k := signer(s)
		p.Node.Sign, c.Node = append(p.Node.Sign, k), append(c.Node, k.Key())
	}
	var err error
	p.Node.Box, err = keyring.NewBox(nil)
	check(t, err)
	p.Node.TLSCert, p.Node.TLSKey, err = link.NewCertificate(rand.Reader, "comity "+string(p.Name))
	check(t, err)
	pin, err := link.Pin(p.Node.TLSCert)
	check(t, err)
	c.TLS = []comity.Hash{pin}
	p.Book, err = roster.NewBook(c, p.Root.Sign)
	check(t, err)

	r := comity.Roster{V: 1, Party: p.Name, Time: c.Time}
	for i := range seats {
		o := &keyring.Officer{Seat: comity.Seat(fmt.Sprintf("%s-24-7-%02d", p.Name, i+1)), Key: signer(suites[0]), Box: p.Node.Box}
		roles := []string{roster.Draft, roster.Release}
		if i < 2 {
			roles = append(roles, roster.Registrar)
		}
		slices.Sort(roles)
		p.Officers = append(p.Officers, o)
		r.Add = append(r.Add, comity.Officer{Seat: o.Seat, Agency: comity.Agency(p.Name + "-24-7"), Roles: roles, Key: o.Key.Key()})
	}
	s, err := p.Book.NextRoster(r, p.RosterKey.Sign, p.Root.Sign)
	check(t, err)
	check(t, p.Book.Add("roster", s))
	p.prekey, s, err = prekey.New(p.Book, p.Node, time.Now())
	check(t, err)
	check(t, p.Book.Add("prekey", s))

	ring := p.Ring()
	check(t, errors.Join(ring.PutKey("root", Passphrase, p.Root), ring.PutKey("roster", Passphrase, p.RosterKey), ring.PutNode(Passphrase, p.Node)))
	for _, o := range p.Officers {
		check(t, ring.PutOfficer(Passphrase, o))
	}
}

// Ring returns the party's key files. They are easy to guess open: a test has
// no secrets.
func (p *Party) Ring() keyring.Ring {
	return keyring.Ring{Dir: filepath.Join(p.Dir, "keys"), Iterations: 1}
}

// putBook stores what p has said, in its own record or a peer's.
func (p *Party) putBook(tx *store.Tx, in *Party) error {
	f := p.Book.File()
	put := func(typ string, n uint64, s comity.Signed) error {
		e, err := record.Entry(p.Name, typ, n, s)
		if err != nil {
			return err
		}
		if typ == "prekey" && in == p {
			e.Box = p.Node.Box.Seal("prekey", p.prekey.Marshal())
		}
		return record.AddEntry(tx, e)
	}
	for typ, list := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
		for i, s := range list {
			if err := put(typ, uint64(i), s); err != nil {
				return err
			}
		}
	}
	newest, _, _ := p.Book.Prekey()
	if err := put("prekey", newest.N, *f.Prekey); err != nil || in == p {
		return err
	}
	c, _ := p.Book.Chain()
	return tx.PutParty(store.Party{Party: p.Name, State: record.Active, Genesis: p.Book.Identity(), Name: c.Name})
}

// Pair makes an active pair of each two of the parties, as if their officers had
// compared numbers and both roots had signed the profile.
func Pair(t testing.TB, parties ...*Party) {
	t.Helper()
	for i, a := range parties {
		for _, b := range parties[i+1:] {
			pair(t, a, b, roster.DefaultProfile(a.Book, b.Book))
		}
	}
}

// PairWith makes an active pair under a profile of the test's own.
func PairWith(t testing.TB, a, b *Party, edit func(*comity.Profile)) {
	t.Helper()
	p := roster.DefaultProfile(a.Book, b.Book)
	edit(&p)
	pair(t, a, b, p)
}

func pair(t testing.TB, a, b *Party, p comity.Profile) {
	t.Helper()
	s, err := roster.NewProfile(p, nil, a.Root.Sign, b.Root.Sign)
	check(t, err)
	for _, x := range [][2]*Party{{a, b}, {b, a}} {
		own, peer := x[0], x[1]
		db, err := store.Open(t.Context(), own.Database)
		check(t, err)
		k := &record.Keeper{Party: own.Name, DB: db, Now: time.Now}
		check(t, db.Update(t.Context(), func(tx *store.Tx) error {
			if err := peer.putBook(tx, own); err != nil {
				return err
			}
			e, err := record.Entry(peer.Name, "profile", p.N, s)
			if err != nil {
				return err
			}
			if err := record.AddEntry(tx, e); err != nil {
				return err
			}
			return k.OpenChannel(tx, peer.Name, comity.Live, e.Hash)
		}))
		check(t, db.Close())
	}
}

// Channel returns the live channel of a and b.
func Channel(a, b *Party) comity.Hash { return a.Book.ChannelWith(b.Book, comity.Live) }

// Replica returns another folder of the same party, with addresses of its own:
// the same keys and the same record.
func (p *Party) Replica(t testing.TB) *Party {
	t.Helper()
	if !strings.HasPrefix(p.Database, "postgres://") {
		t.Fatalf("%s cannot have a replica: its record is a file", p.Name)
	}
	q := *p
	q.Dir, q.Link, q.Ops = filepath.Join(t.TempDir(), string(p.Name)), freeAddress(t), freeAddress(t)
	check(t, os.MkdirAll(filepath.Join(q.Dir, "guard"), 0o700))
	check(t, os.CopyFS(filepath.Join(q.Dir, "keys"), os.DirFS(filepath.Join(p.Dir, "keys"))))
	check(t, os.Symlink(filepath.Join(p.Dir, "vault"), filepath.Join(q.Dir, "vault")))
	check(t, os.WriteFile(filepath.Join(q.Dir, "pass"), []byte(Passphrase+"\n"), 0o600))
	q.writeConfig(t)
	return &q
}
