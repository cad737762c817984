package record

import (
	"comity"
	"comity/exchange"
	"comity/roster"
)

// Resumed reads a resume that both roots signed, for a turn to feed.
func (k *Keeper) Resumed(t *Turn, s comity.Signed) (exchange.Resumed, error) {
	ours, err := k.Book(t.Tx, k.Party)
	if err != nil {
		return exchange.Resumed{}, err
	}
	theirs, err := k.Book(t.Tx, t.Peer)
	if err != nil {
		return exchange.Resumed{}, err
	}
	r, err := roster.OpenResume(s, ours, theirs, t.Realm)
	if err != nil {
		return exchange.Resumed{}, err
	}
	e := exchange.Resumed{Epoch: r.Epoch, Out: force(ours, t.State.Out.Profile), In: force(theirs, t.State.In.Profile)}
	for _, p := range r.Last {
		if p.Party == k.Party {
			e.Mine = p
		} else {
			e.Theirs = p
		}
	}
	if e.MineRoot, err = t.Root(true, e.Mine.Items); err != nil {
		return e, err
	}
	e.TheirsRoot, err = t.Root(false, e.Theirs.Items)
	return e, err
}
