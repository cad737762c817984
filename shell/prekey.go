package shell

import (
	"time"

	"comity"
	"comity/keyring"
	"comity/roster"
	"comity/seal"
)

// PrekeyFor is how long a prekey is announced: a node makes a new one weekly.
const PrekeyFor = 7 * 24 * time.Hour

// NewPrekey makes a prekey that follows a book's newest, signed by the node.
func NewPrekey(b *roster.Book, n *keyring.Node, now time.Time) (*seal.Prekey, comity.Signed, error) {
	c, _ := b.Chain()
	k, err := seal.NewKEM(c.Suites[0])
	if err != nil {
		return nil, comity.Signed{}, err
	}
	s, err := b.NextPrekey(k.Key(), comity.At(now.Add(PrekeyFor)), n.Sign[0].Sign)
	return k, s, err
}
