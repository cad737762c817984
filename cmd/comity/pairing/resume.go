package pairing

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"comity"
	"comity/disk"
	"comity/exchange"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// resume writes, countersigns or takes in the agreement of both roots on where
// an epoch ended.
func (a *app) resume(n *shell.Node, p comity.Party, read, write string, overwrite bool) error {
	var ch record.Channel
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
		ch, err = record.ChannelTo(tx, p, comity.Live)
		return err
	})
	if err != nil {
		return err
	}
	if read == "" && write == "" {
		return shell.Usagef("peer resume: name a file to write with --write, for the peer's root to sign, or the peer's with --read")
	}
	if err := a.keyIsNew(n, ch); err != nil {
		return err
	}
	if read == "" {
		return a.proposeResume(n, ch, write, overwrite)
	}
	raw, err := a.ReadInput("read", read, 1<<20)
	if err != nil {
		return err
	}
	s, err := seal.DecodeSigned(raw, 1<<20)
	if err != nil {
		return comity.Fieldf("read", "%s is no resume that comity peer resume --write wrote: %v", read, err)
	}
	if len(s.Sigs) < 2 {
		root, err := a.Root(n)
		if err != nil {
			return err
		}
		if s, err = roster.Countersign("resume", s, root.Sign); err != nil {
			return err
		}
		if write != "" {
			if err := disk.Write("write", write, 0o644, overwrite, disk.Bytes(seal.EncodeSigned(s))); err != nil {
				return err
			}
		}
	}
	_, err = n.Keeper.Turn(a.Ctx, ch.ID, func(t *record.Turn) error {
		e, err := n.Keeper.Resumed(t, s)
		if err != nil {
			return err
		}
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := t.Tx.SetMeta("resume/"+ch.ID.String(), string(b)); err != nil {
			return err
		}
		if err := t.Feed(e); err != nil {
			return err
		}
		if t.State.Epoch != e.Epoch {
			return comity.Errorf(comity.Conflict, "the resume ends epoch %d where this node does not have the streams; both sides must agree on what both have", t.State.Epoch)
		}
		return t.Tx.Journal(comity.At(a.Now()), "policy", "operator", fmt.Sprintf("resumed the pair with %s in epoch %d", p, e.Epoch))
	})
	if err != nil {
		return err
	}
	return a.showParty(n, p)
}

// keyIsNew keeps a pair that was frozen for a stolen key from going on with it.
func (a *app) keyIsNew(n *shell.Node, ch record.Channel) error {
	if ch.State.Mode != exchange.Frozen {
		return nil
	}
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		b, err := n.Keeper.Book(tx, ch.Peer)
		if err != nil {
			return err
		}
		newest, _ := b.Chain()
		old, _ := b.NodeKeys(ch.State.In.Chain)
		for _, k := range old {
			if slices.ContainsFunc(newest.Node, func(now comity.Key) bool { return seal.KeyName(now) == seal.KeyName(k) }) {
				return comity.Errorf(comity.Conflict, "the newest key of %s that we know is still the one for which the pair was frozen: have %s make a new one (comity key rotate node) and send its party file, and take that in (comity party import FILE). If nothing was stolen: comity peer resume %s --mistake --seat SEAT --reason R", ch.Peer, ch.Peer, ch.Peer)
			}
		}
		return nil
	})
}

// proposeResume signs what we know both sides to have: of our stream, what the
// peer receipted; of the peer's, what we placed.
func (a *app) proposeResume(n *shell.Node, ch record.Channel, write string, overwrite bool) error {
	root, err := a.Root(n)
	if err != nil {
		return err
	}
	r := comity.Resume{V: 1, Channel: ch.ID, Epoch: ch.State.Epoch + 1, Time: comity.At(a.Now())}
	_, err = n.Keeper.Turn(a.Ctx, ch.ID, func(t *record.Turn) error {
		mine, err := t.Root(true, t.State.Receipted)
		if err != nil {
			return err
		}
		r.Last = []comity.Position{
			{Party: n.Party, Items: t.State.Receipted, Root: mine},
			{Party: ch.Peer, Items: t.State.Want, Root: t.State.InRoot},
		}
		slices.SortFunc(r.Last, func(a, b comity.Position) int { return cmp.Compare(a.Party, b.Party) })
		return nil
	})
	if err != nil {
		return err
	}
	s, err := roster.NewResume(r, root.Sign)
	if err != nil {
		return err
	}
	if err := disk.Write("write", write, 0o644, overwrite, disk.Bytes(seal.EncodeSigned(s))); err != nil {
		return err
	}
	return a.Print(r, "wrote %s: epoch %d begins after %d items of %s and %d of %s. The peer's root must sign it too (comity peer resume %s --read FILE --write FILE2 there)\n",
		write, r.Epoch, r.Last[0].Items, r.Last[0].Party, r.Last[1].Items, r.Last[1].Party, n.Party)
}
