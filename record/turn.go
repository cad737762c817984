package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"comity"
	"comity/exchange"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// A Turn is one transaction on one channel. Feed it events; what must leave the
// node is in Leaves, for Compose to send after the commit.
type Turn struct {
	Tx     *store.Tx
	Peer   comity.Party
	Realm  comity.Realm
	ID     comity.Hash
	State  exchange.State
	Leaves []exchange.Effect
	Limit  int // of the exchange that Compose makes, in bytes; 0 is ExchangeSize

	// Evidence, should what is fed next halt the channel.
	Heard  *comity.Signed // a hello
	HaltIn []byte         // a halt of the peer's

	k       *Keeper
	in      *Incoming              // of the ItemIn or OwnItem being fed
	leaf    []tlog.Hash            // the stored hashes that in's header adds to its log
	seen    *int64                 // upto of the peer's last receipt placed; -1 for none
	bodies  map[comity.Hash][]byte // of file receipts under way, by hash
	faulty  map[uint64]comity.Hash // headers that Refuse effects are about, by number
	begins  bool
	touched []comity.Ref
	fork    *roster.Fork               // two entries of one number, both signed by the peer
	opened  map[comity.Ref]comity.Kind // by statements placed in this turn
	added   []Added                    // the peer's among those, judged by us in this turn
}

// Turn runs f in a transaction on the channel of that id.
func (k *Keeper) Turn(ctx context.Context, channel comity.Hash, f func(*Turn) error) (*Turn, error) {
	var t *Turn
	err := k.DB.UpdateSoon(ctx, func(tx *store.Tx) error {
		row, err := tx.Channel(channel)
		if err != nil {
			return err
		}
		t = &Turn{Tx: tx, Peer: row.Peer, Realm: row.Realm, ID: row.ID, k: k}
		if err := json.Unmarshal(row.State, &t.State); err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		if err := t.Feed(exchange.Commit{Now: comity.At(k.Now())}); err != nil {
			return err
		}
		for _, ref := range t.touched {
			if err := t.fold(ref); err != nil {
				return err
			}
		}
		state, err := json.Marshal(t.State)
		if err != nil || string(state) == string(row.State) {
			return err
		}
		row.State = state
		return tx.PutChannel(row)
	})
	if err != nil {
		return nil, err
	}
	t.Tx = nil
	if t.begins {
		k.mu.Lock()
		if k.begun == nil {
			k.begun = map[comity.Hash]bool{}
		}
		k.begun[t.ID] = true
		k.mu.Unlock()
	}
	return t, k.writeGuard(t.ID, t.State)
}

// Begin is what a process does first in a channel: what the record says may be an
// old backup's, so the channel finds its place anew before it answers anybody.
// Where another replica is at work, it has found it.
func (t *Turn) Begin() error {
	t.k.mu.Lock()
	begun := t.k.begun[t.ID]
	t.k.mu.Unlock()
	if begun || t.begins {
		return nil
	}
	served, err := t.Tx.Leased(Lease(t.ID), comity.At(t.k.Now()))
	if err != nil || served {
		return err
	}
	return t.BeginAgain()
}

// Lease returns the name of the lease by which one replica's courier serves a
// channel.
func Lease(channel comity.Hash) string { return "courier/" + channel.String() }

// BeginAgain is Begin of a process that has lost its way.
func (t *Turn) BeginAgain() error {
	g, err := t.k.ReadGuard(t.ID)
	if err != nil {
		return err
	}
	t.begins = true
	return t.Feed(exchange.Start{Guard: g})
}

// Feed gives Step an event and carries out what belongs to the transaction.
func (t *Turn) Feed(e exchange.Event) error {
	s, effects := exchange.Step(t.State, e)
	t.State = s
	for _, ef := range effects {
		if exchange.Leaves(ef) {
			t.Leaves = append(t.Leaves, ef)
		}
		if err := t.do(ef); err != nil {
			return err
		}
	}
	return nil
}

func (t *Turn) do(e exchange.Effect) error {
	switch e := e.(type) {
	case exchange.Return:
		return t.giveBack(e.ID, e.Why)
	case exchange.Number:
		return t.Number()
	case exchange.Append:
		return t.append(e.Header)
	case exchange.Place:
		return t.place(e.Seq, e.Fresh, false)
	case exchange.Install:
		return t.place(e.Seq, false, true)
	case exchange.Apply:
		return t.apply(e.Control)
	case exchange.Settle:
		return t.settle(e)
	case exchange.Requeue:
		_, err := t.Tx.Requeue(t.ID, e.Epoch, e.From)
		return errors.Join(err, t.touchAll())
	case exchange.Annul:
		_, err := t.Tx.Annul(t.ID, e.Epoch, e.From)
		return errors.Join(err, t.touchAll())
	case exchange.Alarm:
		return t.alarm(e.Kind, e.Text)
	case exchange.Refuse:
		t.fault(e.Seq)
	case exchange.Halt:
		return t.halt(e)
	case exchange.Ignore:
		t.k.Log.Debug("ignored", "peer", t.Peer, "why", e.Why)
	}
	return nil
}

// Follow takes over what a turn before this one, on the same channel, has left
// unsaid.
func (t *Turn) Follow(before *Turn) {
	t.Leaves = slices.Concat(before.Leaves, t.Leaves)
	for seq, h := range before.faulty {
		if t.faulty == nil {
			t.faulty = map[uint64]comity.Hash{}
		}
		t.faulty[seq] = h
	}
}

// fault notes which header a refusal is about.
func (t *Turn) fault(seq uint64) {
	if t.in == nil {
		return
	}
	if t.faulty == nil {
		t.faulty = map[uint64]comity.Hash{}
	}
	t.faulty[seq] = seal.H("header", t.in.Item.Bytes)
}

// Refuse has a rejection sent of an item that could not even be read; header is
// the zero hash if there was none.
func (t *Turn) Refuse(seq uint64, header comity.Hash, code string) {
	t.faulty = map[uint64]comity.Hash{seq: header}
	t.Leaves = append(t.Leaves, exchange.Refuse{Seq: seq, Code: code})
}

func (t *Turn) alarm(kind, text string) error {
	t.k.Log.Warn("alarm", "peer", t.Peer, "realm", t.Realm, "kind", kind, "text", text)
	return t.Tx.Journal(comity.At(t.k.Now()), "alarm", "node", fmt.Sprintf("%s %s: %s: %s", t.Peer, t.Realm, kind, text))
}

// fold folds a matter that this turn has touched.
func (t *Turn) fold(ref comity.Ref) error {
	for _, a := range t.added {
		if a.Matter == ref && a.Code == "" && t.k.Kinds.Opens(a.Kind) {
			return t.k.Open(t.Tx, t.Realm, ref, t.added)
		}
	}
	return t.k.Refold(t.Tx, t.Realm, ref)
}

func (t *Turn) touch(ref comity.Ref) {
	if ref != "" && !slices.Contains(t.touched, ref) {
		t.touched = append(t.touched, ref)
	}
}

// touchAll has every matter of the peer folded again: an epoch ended.
func (t *Turn) touchAll() error {
	list, err := t.Tx.Matters(store.Filter{Realm: t.Realm, Peer: t.Peer, Limit: 1 << 20})
	for _, m := range list {
		t.touch(m.Ref)
	}
	return err
}

// giveBack returns a statement to its officers.
func (t *Turn) giveBack(id comity.Hash, why string) error {
	s, err := t.Tx.Statement(t.ID, id)
	if err != nil {
		return err
	}
	t.touch(s.Matter)
	return t.Tx.SetReturned(t.ID, id, why)
}

// settle notes which of our statements the peer refused.
func (t *Turn) settle(e exchange.Settle) error {
	for _, r := range e.Refused {
		list, err := t.Tx.StatementsIn(t.ID, t.State.Epoch, true, r.Seq)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(s store.Statement) bool { return s.I == r.I })
		if i < 0 {
			continue // of nothing that we said
		}
		t.touch(list[i].Matter)
		if err := t.Tx.SetRefused(t.ID, list[i].ID, r.Code); err != nil {
			return err
		}
		if err := t.alarm("refused", fmt.Sprintf("%s refused statement %s: %s", t.Peer, list[i].ID.Short(), r.Code)); err != nil {
			return err
		}
	}
	return nil
}

// apply lets a placed control count.
func (t *Turn) apply(c comity.Control) error {
	s, err := seal.DecodeSigned(t.in.Item.Control, int64(len(t.in.Item.Control)))
	if err != nil {
		return err
	}
	if c.Type == "filereceipt" {
		r, err := seal.DecodeFileReceipt(s.Bytes)
		if err != nil {
			return err
		}
		return t.Tx.SetFileReceipt(t.ID, r.Statement, r.I, seal.H("header", t.in.Item.Bytes), t.in.Item.Header.Time)
	}
	var n struct{ N uint64 }
	if err := json.Unmarshal(s.Bytes, &n); err != nil {
		return err
	}
	row, err := Entry(t.Peer, c.Type, n.N, s)
	if err != nil {
		return err
	}
	if err := AddEntry(t.Tx, row); err != nil {
		return err
	}
	return t.Tx.Journal(comity.At(t.k.Now()), "key", string(t.Peer), fmt.Sprintf("%s %d of %s in force after item %d", c.Type, n.N, t.Peer, t.State.Want-1))
}

// checkControl says what is wrong with the entry that a control carries, as a
// code of the spec, or "". An error is our own trouble, and not the peer's fault.
func (t *Turn) checkControl(it comity.Item) (code string, err error) {
	book, err := t.k.Book(t.Tx, t.Peer)
	if err != nil {
		return "", err
	}
	s, err := seal.DecodeSigned(it.Control, int64(len(it.Control)))
	if err != nil {
		return "control", nil
	}
	switch it.Header.Control.Type {
	case "chain", "roster", "prekey":
		book = book.Clone()
		err = book.Add(it.Header.Control.Type, s)
		if fork, ok := errors.AsType[*roster.Fork](err); ok {
			t.fork = fork
		}
		if newest, _ := book.Chain(); err == nil {
			err = t.k.CheckPins(t.Tx, newest)
		}
		if it.Header.Control.Type == "prekey" && err == nil {
			err = t.checkPrekey(s, it.Header.Control.Hash)
		}
	case "profile":
		err = t.checkProfile(book, it.Header.Control.Hash, s)
	case "filereceipt":
		err = t.checkFileReceipt(s)
	}
	if errors.Is(err, comity.Unavailable) {
		return "", err
	}
	if err != nil {
		t.k.Log.Warn("control refused", "peer", t.Peer, "type", it.Header.Control.Type, "why", err)
		return "control", nil
	}
	return "", nil
}

// checkPrekey refuses a second prekey of one number: the book forgets those whose
// node key has left the chain, the record does not.
func (t *Turn) checkPrekey(s comity.Signed, hash comity.Hash) error {
	p, err := seal.DecodePrekey(s.Bytes)
	if err != nil {
		return err
	}
	rows, err := t.Tx.Entries(t.Peer, "prekey")
	for _, r := range rows {
		if r.N == p.N && r.Hash != hash {
			return comity.Errorf(comity.Untrusted, "prekey %d of %s is another here", p.N, t.Peer)
		}
	}
	return err
}

// checkProfile takes the profiles of this pair, and the one that follows them.
func (t *Turn) checkProfile(theirs *roster.Book, hash comity.Hash, s comity.Signed) error {
	rows, err := t.Tx.Entries(t.Peer, "profile")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Hash == hash {
			return nil
		}
	}
	if len(rows) == 0 {
		return comity.Errorf(comity.Untrusted, "it is not the profile of this pair")
	}
	last, err := signed(rows[len(rows)-1])
	if err != nil {
		return err
	}
	ours, err := t.k.Book(t.Tx, t.k.Party)
	if err != nil {
		return err
	}
	_, err = roster.OpenProfile(s, ours, theirs, &last)
	return err
}

// checkFileReceipt takes receipts of files that we sent on this channel.
func (t *Turn) checkFileReceipt(s comity.Signed) error {
	r, err := seal.DecodeFileReceipt(s.Bytes)
	if err != nil {
		return err
	}
	if len(s.Sigs) > 0 {
		return comity.Errorf(comity.Invalid, "a file receipt bears no signatures of its own")
	}
	files, err := t.Tx.FilesByCipher(r.Cipher)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Mine && f.Channel == t.ID && f.Statement == r.Statement && f.N == r.I && f.CipherSize == r.Size {
			return nil
		}
	}
	return comity.Errorf(comity.Invalid, "it is of no file that we sent")
}

// halt keeps the evidence.
func (t *Turn) halt(e exchange.Halt) error {
	h := comity.Halt{V: 1, Channel: t.ID, Epoch: t.State.Epoch, Proof: []comity.Signed{}}
	if t.Heard != nil {
		h.Proof = append(h.Proof, *t.Heard)
	}
	if t.in != nil {
		h.Proof = append(h.Proof, comity.Signed{Bytes: t.in.Item.Bytes, Sigs: t.in.Item.Sigs})
	}
	if e.Why == exchange.WhyEquivocation || e.Why == exchange.WhyOwn {
		stored, err := t.Tx.Item(t.ID, t.State.Epoch, e.Why == exchange.WhyOwn, e.Seq)
		if err != nil {
			return err
		}
		s := comity.Signed{Bytes: stored.Header}
		if err := json.Unmarshal(stored.Sigs, &s.Sigs); err != nil {
			return err
		}
		h.Proof = append(h.Proof, s)
	}
	b, err := seal.Encode(h)
	if err != nil {
		return err
	}
	if t.HaltIn != nil {
		b = t.HaltIn
	}
	if err := t.Tx.SetMeta("halt/"+t.ID.String(), string(b)); err != nil {
		return err
	}
	return t.alarm("halt", "the channel is halted: "+e.Why+"; only a resume by both roots ends it (comity peer resume)")
}
