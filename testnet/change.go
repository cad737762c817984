package testnet

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"comity"
	"comity/keyring"
	"comity/prekey"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
	"comity/webauthn/softkey"
)

// add records a new entry of the node's own book, for its peers to be told.
func (n *Node) add(t testing.TB, typ string, number uint64, s comity.Signed, box []byte) {
	t.Helper()
	check(t, n.Book.Add(typ, s))
	check(t, n.DB.Update(t.Context(), func(tx *store.Tx) error {
		e, err := record.Entry(n.Name, typ, number, s)
		if err != nil {
			return err
		}
		e.Box = box
		return record.AddEntry(tx, e)
	}))
}

// Revoke takes a seat from the roster.
func (n *Node) Revoke(t testing.TB, seat comity.Seat) {
	t.Helper()
	n.reseat(t, comity.Roster{Remove: []comity.Seat{seat}})
}

// Enrol gives a seat a passkey of the relying party rpID, in software: a new seat, or
// one that is there.
func (n *Node) Enrol(t testing.TB, seat comity.Seat, rpID string) *softkey.Key {
	t.Helper()
	seed := make([]byte, 32)
	rand.Read(seed)
	k, err := softkey.New(seed, rpID)
	check(t, err)
	pub, err := seal.NewPasskey(k.Public(), rpID)
	check(t, err)
	n.reseat(t, comity.Roster{Add: []comity.Officer{{Seat: seat, Agency: comity.Agency(n.Name + "-24-7"), Roles: []string{roster.Draft, roster.Release}, Key: pub}}})
	return k
}

func (n *Node) reseat(t testing.TB, r comity.Roster) {
	t.Helper()
	count, prev := n.Book.Roster()
	r.V, r.Party, r.N, r.Prev, r.Time = 1, n.Name, uint64(count), prev, comity.At(time.Now())
	by := []roster.Sign{n.RosterKey.Sign}
	for _, o := range n.Officers[:2] {
		by = append(by, roster.AsSeat(o.Seat, o.Key))
	}
	s, err := n.Book.NextRoster(r, by...)
	check(t, err)
	n.add(t, "roster", uint64(count), s, nil)
}

// RotatePrekey makes a new prekey.
func (n *Node) RotatePrekey(t testing.TB) {
	t.Helper()
	k, s, err := prekey.New(n.Book, n.Party.Node, time.Now())
	check(t, err)
	p, err := seal.DecodePrekey(s.Bytes)
	check(t, err)
	n.add(t, "prekey", p.N, s, n.Party.Node.Box.Seal("prekey", k.Marshal()))
}

// RotateNode makes a new node key, and a prekey that it signs.
func (n *Node) RotateNode(t testing.TB) {
	t.Helper()
	old := n.Party.Node
	c, prev := n.Book.Chain()
	fresh := &keyring.Node{Box: old.Box, TLSCert: old.TLSCert, TLSKey: old.TLSKey}
	c.N, c.Prev, c.Time, c.Node = c.N+1, prev, comity.At(time.Now()), nil
	for _, suite := range c.Suites {
		k, err := seal.NewSigner(suite, rand.Reader)
		check(t, err)
		fresh.Sign, c.Node = append(fresh.Sign, k), append(c.Node, k.Key())
	}
	fresh.Sign = slices.Concat(fresh.Sign, old.Sign)
	s, err := n.Book.NextChain(c, n.Root.Sign)
	check(t, err)
	check(t, n.Ring().PutNode(Passphrase, fresh))
	n.Party.Node = fresh
	n.add(t, "chain", c.N, s, nil)
	n.RotatePrekey(t)
}

// TakeBook takes in a peer's party file once more, as after a chain entry that
// came by another way than the stream.
func (n *Node) TakeBook(t testing.TB, peer *Party) error {
	return n.DB.Update(t.Context(), func(tx *store.Tx) error { return peer.putBook(tx, n.Party) })
}

// AddEndpoint adds an address at which the party's node may be called, before it
// is paired with anybody.
func (p *Party) AddEndpoint(t testing.TB, address string) {
	t.Helper()
	n := Open(t, p, p.Node)
	defer n.Close()
	c, prev := p.Book.Chain()
	c.N, c.Prev, c.Endpoints = c.N+1, prev, append(slices.Clone(c.Endpoints), "https://"+address)
	s, err := p.Book.NextChain(c, p.Root.Sign)
	check(t, err)
	n.add(t, "chain", c.N, s, nil)
}
