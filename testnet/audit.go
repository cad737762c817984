package testnet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"comity"
	"comity/exchange"
	"comity/ledger"
	"comity/matter"
	"comity/record"
	"comity/seal"
	"comity/store"
)

func rootWith(log tlog.HashReader, n uint64, items []comity.Item) (comity.Hash, error) {
	tree, err := ledger.ReadTree(log, n)
	if err != nil {
		return comity.Hash{}, err
	}
	for _, it := range items {
		tree.Add(it.Bytes)
	}
	return tree.Root(), nil
}

// Audit returns what is wrong in a record: nothing, at any instant at which a
// node may die. It believes no number that it can count itself.
//
//	streams     numbered without a gap, signed, each header stating the root of
//	            those before it, and the log's hashes the same
//	statements  each where exactly one header names it, and nowhere else
//	receipts    of what is here, with its root, each further than the last: so
//	            every item is covered by exactly one
//	views       what Fold makes of the statements, now
func Audit(ctx context.Context, k *record.Keeper) ([]string, error) {
	a := &auditor{k: k}
	err := k.DB.View(ctx, func(tx *store.Tx) error {
		a.tx = tx
		channels, err := record.Channels(tx)
		if err != nil {
			return err
		}
		for _, ch := range channels {
			if err := a.channel(ch); err != nil {
				return err
			}
		}
		return a.matters()
	})
	return a.faults, err
}

type auditor struct {
	k      *record.Keeper
	tx     *store.Tx
	faults []string
	named  map[comity.Hash]string // statements by the places that headers give them
}

func (a *auditor) faultf(format string, args ...any) {
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

// A stream is one direction of a channel in one epoch, read again from its items.
type stream struct {
	headers []comity.Header
	roots   []comity.Hash // roots[n] is that of the first n
}

func (a *auditor) channel(ch record.Channel) error {
	if a.named == nil {
		a.named = map[comity.Hash]string{}
	}
	for epoch := range ch.State.Epoch + 1 {
		mine, err := a.stream(ch, epoch, true)
		if err != nil {
			return err
		}
		theirs, err := a.stream(ch, epoch, false)
		if err != nil {
			return err
		}
		if epoch < ch.State.Epoch {
			continue // ended: a resume says how much of it counts
		}
		a.state(ch.State, mine, theirs)
		covered := a.receipts("ours", mine, theirs, !ch.State.Lags())
		settled := a.receipts("theirs", theirs, mine, true)
		if covered != ch.State.Covered || settled != ch.State.Receipted {
			a.faultf("%s: receipts cover %d and settle %d; the state says %d and %d", ch.Peer, covered, settled, ch.State.Covered, ch.State.Receipted)
		}
	}
	return nil
}

func (a *auditor) state(s exchange.State, mine, theirs stream) {
	if n := uint64(len(mine.headers)); n != s.Next || mine.roots[n] != s.OutRoot {
		a.faultf("we have %d items of ours, the state says %d; roots equal: %t", n, s.Next, mine.roots[n] == s.OutRoot)
	}
	if n := uint64(len(theirs.headers)); n != s.Want || theirs.roots[n] != s.InRoot {
		a.faultf("we have %d items of the peer's, the state says %d; roots equal: %t", n, s.Want, theirs.roots[n] == s.InRoot)
	}
}

func (a *auditor) stream(ch record.Channel, epoch uint64, mine bool) (stream, error) {
	s := stream{roots: []comity.Hash{ledger.EmptyRoot()}}
	from := ch.Peer
	if mine {
		from = a.k.Party
	}
	book, err := a.k.Book(a.tx, from)
	if err != nil {
		return s, err
	}
	var tree ledger.Tree
	log := a.tx.Log(ch.ID, epoch, mine)
	for {
		rows, err := a.tx.Items(ch.ID, epoch, mine, uint64(len(s.headers)), 512)
		if err != nil {
			return s, err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			at := fmt.Sprintf("item %d of %s", r.Seq, from)
			h, err := seal.DecodeHeader(r.Header)
			if err != nil {
				return s, fmt.Errorf("%s: %w", at, err)
			}
			it := comity.Item{Header: h, Bytes: r.Header}
			if err := json.Unmarshal(r.Sigs, &it.Sigs); err != nil {
				return s, err
			}
			p, err := a.k.Profile(a.tx, h.Profile)
			if err != nil {
				return s, err
			}
			if err := book.CheckItem(p, it); err != nil {
				a.faultf("%s: %v", at, err)
			}
			if h.Seq != uint64(len(s.headers)) || h.Seq != r.Seq || h.Epoch != epoch || h.From != from || h.Channel != ch.ID {
				a.faultf("%s stands at %d", at, len(s.headers))
			}
			if h.Root != tree.Root() || r.Hash != seal.H("header", r.Header) {
				a.faultf("%s states another root or has another hash", at)
			}
			tree.Add(r.Header)
			s.headers, s.roots = append(s.headers, h), append(s.roots, tree.Root())
			if err := a.statements(ch, epoch, mine, h, at); err != nil {
				return s, err
			}
		}
	}
	n := uint64(len(s.headers))
	if root, err := ledger.Root(log, n); err != nil || root != s.roots[n] {
		a.faultf("the log of %s does not have the root of its %d headers (%v)", from, n, err)
	}
	if _, err := log.ReadHashes([]int64{tlog.StoredHashCount(int64(n))}); err == nil {
		a.faultf("the log of %s goes on after its %d headers", from, n)
	}
	return s, nil
}

// statements checks that what a header names is there, in its place, and no more.
func (a *auditor) statements(ch record.Channel, epoch uint64, mine bool, h comity.Header, at string) error {
	rows, err := a.tx.StatementsIn(ch.ID, epoch, mine, h.Seq)
	if err != nil {
		return err
	}
	has := map[int]comity.Hash{}
	for _, r := range rows {
		has[r.I] = r.ID
		a.named[r.ID] = fmt.Sprintf("%s %d %d %d", ch.Peer, epoch, h.Seq, r.I)
	}
	current := epoch == ch.State.Epoch
	for i, id := range h.Statements {
		switch got, ok := has[i]; {
		case ok && got != id:
			a.faultf("%s has statement %s in place %d of %s", at, got.Short(), i, id.Short())
		case !ok && current:
			if row, err := a.tx.Statement(ch.ID, id); err != nil || row.Seq < 0 || row.Epoch == epoch && row.Seq == int64(h.Seq) {
				a.faultf("%s lacks statement %d, %s", at, i, id.Short())
			}
		}
	}
	if len(rows) > len(h.Statements) {
		a.faultf("%s has %d statements, its header names %d", at, len(rows), len(h.Statements))
	}
	return nil
}

// receipts checks those in a stream against the stream that they receipt, and
// returns how far they reach.
func (a *auditor) receipts(whose string, in, of stream, all bool) uint64 {
	reach := uint64(0)
	for _, h := range in.headers {
		r := h.Receipt
		if r == nil {
			continue
		}
		if r.Upto+1 <= reach {
			a.faultf("%s: receipt %d covers up to %d, and an earlier one %d items", whose, h.Seq, r.Upto, reach)
		}
		for _, x := range r.Refused {
			if x.Seq < reach || x.Seq > r.Upto {
				a.faultf("%s: receipt %d refuses item %d, which it does not cover", whose, h.Seq, x.Seq)
			}
		}
		reach = r.Upto + 1
		switch {
		case reach > uint64(len(of.headers)) && all:
			a.faultf("%s: receipt %d is of item %d, which is not here", whose, h.Seq, r.Upto)
		case reach <= uint64(len(of.headers)) && r.Root != of.roots[reach]:
			a.faultf("%s: receipt %d states another root", whose, h.Seq)
		}
	}
	return reach
}

// matters folds every matter anew.
func (a *auditor) matters() error {
	list, err := a.tx.Matters(store.Filter{})
	if err != nil {
		return err
	}
	for _, m := range list {
		rows, err := a.tx.StatementsOf(m.Realm, m.Ref)
		if err != nil {
			return err
		}
		for _, s := range rows {
			if s.Seq >= 0 && a.named[s.ID] != fmt.Sprintf("%s %d %d %d", m.Peer, s.Epoch, s.Seq, s.I) {
				a.faultf("%s: statement %s says that it is in item %d, place %d; the headers say %q", m.Ref, s.ID.Short(), s.Seq, s.I, a.named[s.ID])
			}
		}
		entries, err := a.k.Entries(rows)
		if err != nil {
			return err
		}
		r := matter.Fold(a.k.Kinds.Table(rows), entries)
		if r.State != m.State {
			a.faultf("%s is %s, its row says %s", m.Ref, r.State, m.State)
		}
		for _, o := range r.Order {
			i := slices.IndexFunc(rows, func(s store.Statement) bool { return s.ID == o.ID })
			if rows[i].Effect != string(o.Effect) || rows[i].Crossed != o.By {
				a.faultf("%s: %s of %s is %s, its row says %q", m.Ref, rows[i].Kind, rows[i].Author, o.Effect, rows[i].Effect)
			}
		}
	}
	return nil
}

// Agree returns what two records do not agree on, now that all should be quiet.
func Agree(ctx context.Context, a, b *Node) ([]string, error) {
	var faults []string
	faultf := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	sides := [2]*Node{a, b}
	var state [2]exchange.State
	var items [2][2][]comity.Hash // by node, then mine and theirs
	var said [2]map[comity.Hash]string
	id := Channel(a.Party, b.Party)
	for i, n := range sides {
		f, err := Audit(ctx, n.Keeper)
		if err != nil {
			return nil, err
		}
		for _, s := range f {
			faultf("%s: %s", n.Name, s)
		}
		said[i] = map[comity.Hash]string{}
		err = n.DB.View(ctx, func(tx *store.Tx) error {
			row, err := tx.Channel(id)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(row.State, &state[i]); err != nil {
				return err
			}
			for j, mine := range []bool{true, false} {
				rows, err := tx.Items(id, state[i].Epoch, mine, 0, 1<<20)
				if err != nil {
					return err
				}
				for _, r := range rows {
					items[i][j] = append(items[i][j], r.Hash)
				}
			}
			matters, err := tx.Matters(store.Filter{Peer: sides[1-i].Name})
			for _, m := range matters {
				rows, err := tx.StatementsOf(m.Realm, m.Ref)
				if err != nil {
					return err
				}
				for _, s := range rows {
					if s.Status != store.Returned {
						said[i][s.ID] = fmt.Sprintf("%s %d %d %s %s %s", s.Status, s.Seq, s.I, s.Code, s.Effect, s.Crossed)
					}
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for i, s := range state {
		if s.Mode != exchange.Open || s.Unreceipted() || s.Owes() {
			faultf("%s is %s; unreceipted: %t; owes a receipt: %t", sides[i].Name, s.Mode, s.Unreceipted(), s.Owes())
		}
		if s.Next != state[1-i].Want || s.OutRoot != state[1-i].InRoot || s.Epoch != state[1-i].Epoch {
			faultf("%s has %d items of its own, %s has %d of them; roots equal: %t", sides[i].Name, s.Next, sides[1-i].Name, state[1-i].Want, s.OutRoot == state[1-i].InRoot)
		}
		if !slices.Equal(items[i][0], items[1-i][1]) {
			faultf("the stream of %s has other items at %s", sides[i].Name, sides[1-i].Name)
		}
		for id, here := range said[i] {
			if there := said[1-i][id]; there != here {
				faultf("statement %s is %q at %s and %q at %s", id.Short(), here, sides[i].Name, there, sides[1-i].Name)
			}
		}
	}
	return faults, nil
}

// MustAgree fails the test if two nodes do not agree.
func MustAgree(t testing.TB, a, b *Node) {
	t.Helper()
	faults, err := Agree(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range faults {
		if i == 10 {
			t.Errorf("and %d more", len(faults)-i)
			break
		}
		t.Errorf("%s", f)
	}
}
