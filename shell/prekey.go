package shell

import (
	"time"

	"comity"
	"comity/keyring"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// prekeyFor is how long a prekey is announced: a node makes a new one weekly.
const prekeyFor = 7 * 24 * time.Hour

// NewPrekey makes a prekey that follows a book's newest, signed by the node.
func NewPrekey(b *roster.Book, n *keyring.Node, now time.Time) (*seal.Prekey, comity.Signed, error) {
	c, _ := b.Chain()
	k, err := seal.NewKEM(c.Suites[0])
	if err != nil {
		return nil, comity.Signed{}, err
	}
	s, err := b.NextPrekey(k.Key(), comity.At(now.Add(prekeyFor)), n.Sign[0].Sign)
	return k, s, err
}

// AddPrekey makes the prekey that follows a book's newest, and stores it: every
// peer is told in its stream.
func AddPrekey(tx *store.Tx, b *roster.Book, n *keyring.Node, now time.Time) (comity.Prekey, error) {
	k, s, err := NewPrekey(b, n, now)
	if err != nil {
		return comity.Prekey{}, err
	}
	p, err := seal.DecodePrekey(s.Bytes)
	if err != nil {
		return p, err
	}
	e, err := record.Entry(b.Party(), "prekey", p.N, s)
	if err != nil {
		return p, err
	}
	e.Box = n.Box.Seal("prekey", k.Marshal())
	return p, record.AddEntry(tx, e)
}
