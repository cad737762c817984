package shell

import (
	"comity"
	"comity/store"
	"comity/thread"
)

// Sealed returns the statements of a matter that reached us at the wrong desk: their
// contents are closed at every outlet, whoever asks.
func (n *Node) Sealed(tx *store.Tx, realm comity.Realm, ref comity.Ref) (map[comity.Hash]bool, error) {
	th, _, err := n.ThreadAll(tx, realm, ref)
	if err != nil {
		return nil, err
	}
	return SealedIn(th), nil
}

// SealedIn is Sealed of a matter as it was looked at already.
func SealedIn(th *thread.Thread) map[comity.Hash]bool {
	closed := map[comity.Hash]bool{}
	for _, r := range th.Timeline {
		if r.Sealed {
			closed[r.ID] = true
		}
	}
	return closed
}
