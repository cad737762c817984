// Package prekey makes the keys to which peers seal, a new one each week.
package prekey

import (
	"time"

	"comity"
	"comity/keyring"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// announced is how long a prekey is announced: a node makes a new one weekly.
const announced = 7 * 24 * time.Hour

// New makes a prekey that follows a book's newest, signed by a node key that
// its chain names now: node.key has a newer one after an interrupted rotation.
func New(b *roster.Book, n *keyring.Node, now time.Time) (*seal.Prekey, comity.Signed, error) {
	c, _ := b.Chain()
	k, err := seal.NewKEM(c.Suites[0])
	if err != nil {
		return nil, comity.Signed{}, err
	}
	for _, named := range c.Node {
		if by, ok := n.Signer(seal.KeyName(named)); ok {
			s, err := b.NextPrekey(k.Key(), comity.At(now.Add(announced)), by.Sign)
			return k, s, err
		}
	}
	return nil, comity.Signed{}, comity.Errorf(comity.NotFound, "node.key holds no node key that our chain entry %d names; bring the newest node.key", c.N)
}

// Add makes the prekey that follows a book's newest, and stores it: every
// peer is told in its stream.
func Add(tx *store.Tx, b *roster.Book, n *keyring.Node, now time.Time) (comity.Prekey, error) {
	k, s, err := New(b, n, now)
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
