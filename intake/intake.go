// Package intake takes exchanges from other nodes onto the record.
//
// It is where trust begins. The order of work never changes:
//
//	read     the exchange is in its one spelling and of a channel with its sender
//	verify   each header's node signatures, as of the entries that it names
//	open     each seal, to the statements that its header names
//	judge    each statement: its officers, class, body; a bad one is refused
//	         inside the receipt, and spoils nothing around it
//	place    items, leaves, statements, views and the receipt: one transaction
//	answer   with what is new of ours
//
// What a person does on a stick and what HTTPS does is the same call.
package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"comity"
	"comity/exchange"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
	"comity/vault"
)

// Way is how an exchange came.
type Way int

const (
	Asked  Way = iota // as a request: it wants an answer
	Answer            // as the answer to ours
	Stick             // on removable media
)

// An Intake takes exchanges in.
type Intake struct {
	Keeper *record.Keeper
	Log    *slog.Logger

	Vault *vault.Vault

	// MayRefuse reports whether a peer may be sent a signed rejection now.
	MayRefuse func(comity.Party) bool
}

// MaxExchange bounds an exchange that we read, in bytes.
const MaxExchange = 80 << 20

// An Outcome is what an exchange came to.
type Outcome struct {
	Turn   *record.Turn
	Placed int // items of the peer's
	Want   uint64
	Gap    bool // the first item was not the one we want
}

// Accept takes in an exchange of a peer's whose transport has vouched for who it
// is, and returns the answer.
func (in *Intake) Accept(ctx context.Context, peer comity.Party, body []byte) ([]byte, error) {
	o, err := in.Take(ctx, peer, body, Asked)
	if err != nil {
		return nil, err
	}
	if o.Turn == nil { // not a pair yet: say what we have signed
		return in.Keeper.ComposePairing(ctx, peer)
	}
	return in.Keeper.Compose(ctx, o.Turn, true)
}

// Take takes an exchange in. On a stick, peer is empty: the exchange says whose
// it is, and its signatures prove it.
func (in *Intake) Take(ctx context.Context, peer comity.Party, body []byte, way Way) (Outcome, error) {
	x, err := seal.DecodeExchange(body, MaxExchange, MaxExchange)
	if code := seal.CodeOf(err); code != "" && way == Asked {
		return in.misread(ctx, peer, body, code, err)
	}
	if err != nil {
		return Outcome{}, err
	}
	if x.Profile != nil {
		if err := in.Keeper.Pair(ctx, x.Head.From, peer, *x.Profile); err != nil {
			return Outcome{}, err
		}
		return Outcome{}, nil
	}
	ch, err := in.channel(ctx, peer, x.Head)
	if err != nil {
		return Outcome{}, err
	}
	var o Outcome
	files := false
	items := x.Items
	for first := true; first || len(items) > 0; first = false {
		n := segment(items)
		last := n == len(items)
		in1, err := in.look(ctx, ch, items[:n])
		if err != nil {
			return o, err
		}
		files = files || slices.ContainsFunc(in1, withFiles)
		before := ch.State.Want
		t, err := in.Keeper.Turn(ctx, ch.ID, func(t *record.Turn) error {
			return in.turn(t, x, in1, way, first, last)
		})
		if err != nil {
			return o, err
		}
		if o.Turn != nil {
			t.Follow(o.Turn)
		}
		o.Turn, ch.State, items = t, t.State, items[n:]
		o.Placed += int(t.State.Want - min(before, t.State.Want))
		o.Want = t.State.Want
	}
	o.Gap = len(x.Items) > 0 && x.Items[len(x.Items)-1].Header.Seq >= o.Want
	in.limit(o.Turn, way)
	if files {
		return o, in.ClaimFiles(ctx, ch.ID)
	}
	return o, nil
}

func withFiles(i *record.Incoming) bool {
	return slices.ContainsFunc(i.Statements, func(s record.Opened) bool { return len(s.Manifest.Files) > 0 })
}

func (in *Intake) channel(ctx context.Context, peer comity.Party, head comity.ExchangeHead) (ch record.Channel, err error) {
	err = in.Keeper.View(ctx, func(tx *store.Tx) error {
		list, err := record.Channels(tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(c record.Channel) bool { return c.ID == head.Channel && c.Peer == head.From })
		if i < 0 || peer != "" && head.From != peer {
			return comity.Errorf(comity.NotFound, "there is no such channel with %s here", comity.Clip(string(head.From)))
		}
		ch = list[i]
		return nil
	})
	return ch, err
}

// misread answers an exchange with an item that cannot be read. A peer is told
// which, under our signature; of what is no exchange of its channel, nothing.
func (in *Intake) misread(ctx context.Context, peer comity.Party, body []byte, code string, fault error) (Outcome, error) {
	var head comity.ExchangeHead
	rs := seal.NewRecords(body)
	b, err := rs.Take('X')
	if err != nil || seal.Decode(b, 4096, &head) != nil {
		return Outcome{}, fault
	}
	ch, err := in.channel(ctx, peer, head)
	if err != nil {
		return Outcome{}, err
	}
	var seq uint64
	var header comity.Hash
	for rs.Next() {
		if rs.Tag != 'I' {
			continue
		}
		b, err := seal.NewRecords(rs.Value).Take('H')
		if h, herr := seal.DecodeHeader(b); err == nil && herr == nil {
			seq, header = h.Seq, seal.H("header", b)
		}
		if _, err := seal.DecodeItem(rs.Value, MaxExchange); err != nil {
			break
		}
	}
	t, err := in.Keeper.Turn(ctx, ch.ID, func(t *record.Turn) error { return t.Begin() })
	if err != nil {
		return Outcome{}, err
	}
	in.Log.Warn("an exchange cannot be read", "peer", peer, "err", fault)
	t.Refuse(seq, header, code)
	in.limit(t, Asked)
	return Outcome{Turn: t, Want: t.State.Want}, nil
}

// segment returns how many items can be looked at before one changes how the
// next must be: a control of keys or seats ends a segment.
func segment(items []comity.Item) int {
	for i, it := range items {
		if c := it.Header.Control; c != nil && c.Type != "filereceipt" {
			return i + 1
		}
	}
	return len(items)
}

// limit drops rejections beyond the peer's rate, and all of them from answers:
// two nodes must not refuse each other's refusals for ever.
func (in *Intake) limit(t *record.Turn, way Way) {
	t.Leaves = slices.DeleteFunc(t.Leaves, func(e exchange.Effect) bool {
		r, ok := e.(exchange.Refuse)
		if !ok {
			return false
		}
		in.Log.Warn("refused", "peer", t.Peer, "realm", t.Realm, "seq", r.Seq, "code", r.Code)
		return way != Asked || in.MayRefuse != nil && !in.MayRefuse(t.Peer)
	})
}

// look does the cryptography, before any transaction.
func (in *Intake) look(ctx context.Context, ch record.Channel, items []comity.Item) ([]*record.Incoming, error) {
	var list []*record.Incoming
	k := in.Keeper
	err := k.View(ctx, func(tx *store.Tx) error {
		theirs, err := k.Book(tx, ch.Peer)
		if err != nil {
			return err
		}
		ours, err := k.Book(tx, k.Party)
		if err != nil {
			return err
		}
		for _, it := range items {
			i := &record.Incoming{Item: it}
			list = append(list, i)
			own := it.Header.From == k.Party
			book := theirs
			if own {
				book = ours
			}
			if it.Header.Channel != ch.ID || !own && it.Header.From != ch.Peer {
				i.Fault = "channel"
				continue
			}
			p, err := k.ProfileOf(tx, ch.Peer, it.Header.Profile)
			if errors.Is(err, comity.NotFound) {
				i.Fault = "profile"
				continue
			} else if err != nil {
				return err
			}
			if err := book.CheckItem(p, it); err != nil {
				i.Fault = seal.CodeOf(err)
				continue
			}
			if int64(len(seal.EncodeItem(it))) > p.MaxItem {
				i.Fault = "size"
				continue
			}
			if it.Header.Statements == nil || !own && it.Header.Epoch == ch.State.Epoch && it.Header.Seq < ch.State.Want {
				continue
			}
			if err := in.open(tx, i, book, p, ch.Realm); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// open opens an item's seal and judges its statements, as far as that can be
// done without the record.
func (in *Intake) open(tx *store.Tx, i *record.Incoming, book *roster.Book, p comity.Profile, realm comity.Realm) error {
	i.Fault = "seal"
	if i.Item.Sealed == nil {
		return nil
	}
	key, err := in.Keeper.Prekey(tx, i.Item.Sealed.Prekey)
	if errors.Is(err, comity.NotFound) {
		in.Log.Warn("an item is sealed to a prekey that is not here", "seq", i.Item.Header.Seq, "why", err)
		return nil
	} else if err != nil {
		return err
	}
	raw, err := seal.OpenItem(key, i.Item)
	if err != nil {
		in.Log.Warn("an item does not open", "seq", i.Item.Header.Seq, "why", err)
		return nil
	}
	i.Fault = ""
	for n, b := range raw {
		i.Statements = append(i.Statements, in.judge(b, i.Item.Header, n, book, p, realm))
	}
	return nil
}

// judge says what is wrong with a statement in itself.
func (in *Intake) judge(b []byte, h comity.Header, n int, book *roster.Book, p comity.Profile, realm comity.Realm) record.Opened {
	s, err := seal.DecodeStatement(b, seal.LimitsOf(p))
	if err != nil {
		in.Log.Warn("a statement is refused", "id", h.Statements[n].Short(), "why", err)
		// What cannot be read is kept as it came, in place of its manifest.
		return record.Opened{Statement: comity.Statement{ID: h.Statements[n], Bytes: manifestOf(b), Manifest: s.Manifest, Sigs: s.Sigs}, Code: seal.CodeOf(err)}
	}
	o := record.Opened{Statement: s}
	m := s.Manifest
	kinds := in.Keeper.Kinds
	to := in.Keeper.Party
	own := book.Party() == to // our own, given back
	if own && len(m.To) > 0 {
		to = m.To[0]
	}
	fact := kinds.Fact(m.Kind)
	if m.From != h.From || !slices.Contains(m.To, to) || m.Realm != realm || !fact && len(m.To) != 1 {
		o.Code = "recipient"
		return o
	}
	if err := book.CheckRelease(h.Roster, m, s.Bytes, s.Sigs); err != nil {
		in.Log.Warn("a statement is refused", "id", s.ID.Short(), "why", err)
		o.Code = seal.CodeOf(err)
		return o
	}
	switch {
	case own:
	case slices.ContainsFunc(s.Parts, func(p comity.SaltedPart) bool { return p.Body == nil }), slices.ContainsFunc(s.Files, func(f comity.FileKey) bool { return f.Key == nil }):
		// A receipt must not say that we had what never came.
		o.Code = "part"
		return o
	case m.Release.Due != nil && !m.Release.Due.After(time.Unix(0, 0)):
		o.Code = "class" // and the record has no place for it
		return o
	}
	switch {
	case !kinds.Known(m.Kind):
		o.Code = "kind"
	case !kinds.Allows(m.Kind, m.Release.Class):
		o.Code = "class"
	case fact == (m.After != nil): // required of a move, and a fact has none
		o.Code = "manifest"
	default:
		if err := in.body(s); err != nil {
			in.Log.Warn("a statement is refused", "id", s.ID.Short(), "why", err)
			o.Code = "body"
		}
	}
	return o
}

func (in *Intake) body(s comity.Statement) error {
	if p := s.Manifest.Parts; len(p) == 0 || p[0].Name != "body" || p[0].Type != "application/json" {
		return comity.Fieldf("parts", "the first is not named %q, of type %q", "body", "application/json")
	}
	if s.Parts[0].Body == nil {
		return nil // erased by its author
	}
	return in.Keeper.Kinds.Body(s.Manifest.Kind, s.Parts[0].Body)
}

// manifestOf returns the manifest's bytes of a statement that does not decode.
func manifestOf(b []byte) []byte {
	m, err := seal.NewRecords(b).Take('M')
	if err != nil {
		return nil
	}
	return bytes.Clone(m)
}

// turn feeds an exchange's parts to the channel, in the order of the spec.
func (in *Intake) turn(t *record.Turn, x comity.Exchange, items []*record.Incoming, way Way, first, last bool) error {
	if first && way != Stick {
		if err := t.Begin(); err != nil {
			return err
		}
	}
	if first {
		if err := in.talk(t, x, way); err != nil {
			return err
		}
	}
	for _, i := range items {
		var err error
		if i.Item.Header.From == in.Keeper.Party {
			err = t.OwnItem(i)
		} else {
			err = t.ItemIn(i)
		}
		if err != nil {
			return err
		}
	}
	if !last {
		return nil
	}
	return t.Feed(exchange.Have{Epoch: x.Head.Epoch, N: x.Head.Have})
}

// talk takes what an exchange says beside its items.
func (in *Intake) talk(t *record.Turn, x comity.Exchange, way Way) error {
	k := in.Keeper
	book, err := k.Book(t.Tx, t.Peer)
	if err != nil {
		return err
	}
	chain := t.State.In.Chain
	p, err := k.Profile(t.Tx, t.State.In.Profile)
	if err != nil {
		return err
	}
	if x.Resume != nil {
		if err := in.resume(t, *x.Resume); err != nil {
			return err
		}
	}
	if x.Halt != nil {
		if err := in.halt(t, x.Halt, book); err != nil {
			return err
		}
	}
	if x.Hello != nil {
		h, err := seal.DecodeHello(x.Hello.Bytes)
		if err != nil {
			return err
		}
		switch err := record.CheckSigned(book, chain, p, "hello", *x.Hello); {
		case err != nil, h.Channel != t.ID, h.From != t.Peer:
			in.Log.Warn("a hello is not the peer's", "peer", t.Peer, "why", err)
		default:
			e := exchange.Hello{Hello: h, Asked: way == Asked, Stick: way == Stick}
			if e.Mine, err = t.Root(true, h.Want); err != nil {
				return err
			}
			if e.Theirs, err = t.Root(false, h.Next); err != nil {
				return err
			}
			t.Heard = x.Hello
			if err := t.Feed(e); err != nil {
				return err
			}
			t.Heard = nil
		}
	}
	if x.Reject != nil {
		r, err := seal.DecodeRejection(x.Reject.Bytes)
		if err == nil {
			err = record.CheckSigned(book, chain, p, "rejection", *x.Reject)
		}
		if err != nil || r.Channel != t.ID || r.From != t.Peer {
			in.Log.Warn("a rejection is not the peer's", "peer", t.Peer, "why", err)
		} else {
			in.Log.Warn("the peer refused an item", "peer", t.Peer, "seq", r.Seq, "code", r.Code)
			if err := t.Feed(exchange.Rejected{Epoch: r.Epoch, Seq: r.Seq, Code: r.Code}); err != nil {
				return err
			}
		}
	}
	return nil
}

// halt believes a halt only if it proves itself: two headers of one number.
func (in *Intake) halt(t *record.Turn, b []byte, theirs *roster.Book) error {
	h, err := seal.DecodeHalt(b)
	if err != nil || h.Channel != t.ID || len(h.Proof) != 2 {
		in.Log.Warn("a halt proves nothing", "peer", t.Peer, "why", err)
		return nil
	}
	ours, err := in.Keeper.Book(t.Tx, in.Keeper.Party)
	if err != nil {
		return err
	}
	var heads [2]comity.Header
	for i, s := range h.Proof {
		if heads[i], err = seal.DecodeHeader(s.Bytes); err != nil {
			return nil
		}
		book := theirs
		if heads[i].From == in.Keeper.Party {
			book = ours
		}
		p, err := in.Keeper.ProfileOf(t.Tx, t.Peer, heads[i].Profile)
		if err != nil || book.CheckItem(p, comity.Item{Header: heads[i], Bytes: s.Bytes, Sigs: s.Sigs}) != nil {
			in.Log.Warn("a halt's proof is not signed", "peer", t.Peer)
			return nil
		}
	}
	a, c := heads[0], heads[1]
	if a.Channel != t.ID || a.Channel != c.Channel || a.Epoch != c.Epoch || a.From != c.From || a.Seq != c.Seq || bytes.Equal(h.Proof[0].Bytes, h.Proof[1].Bytes) {
		return nil
	}
	t.HaltIn = b
	defer func() { t.HaltIn = nil }()
	return t.Feed(exchange.HaltIn{Epoch: h.Epoch})
}

func (in *Intake) resume(t *record.Turn, s comity.Signed) error {
	e, err := in.Keeper.Resumed(t, s)
	if err != nil {
		in.Log.Warn("a resume is not good", "peer", t.Peer, "why", err)
		return nil
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := t.Tx.SetMeta("resume/"+t.ID.String(), string(b)); err != nil {
		return err
	}
	return t.Feed(e)
}
