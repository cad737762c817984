package record

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"comity"
	"comity/exchange"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// ExchangeSize bounds the exchanges that we make, in bytes. One item may be
// larger than that, if the profile lets it.
const ExchangeSize = 4 << 20

// Compose makes the exchange that carries what a turn wants to leave. It is nil
// if there is nothing to say.
func (k *Keeper) Compose(ctx context.Context, t *Turn, always bool) (body []byte, err error) {
	x := comity.Exchange{Head: comity.ExchangeHead{V: 1, Channel: t.ID, Epoch: t.State.Epoch, From: k.Party, Have: t.State.Want}}
	speak := always
	from, back := t.State.Next, (*exchange.GiveBack)(nil)
	send, limit := false, cmp.Or(t.Limit, ExchangeSize)
	err = k.DB.View(ctx, func(tx *store.Tx) error {
		for _, e := range t.Leaves {
			switch e.(type) {
			case exchange.Want, exchange.Refuse: // said only in answers, or two nodes would argue for ever
			default:
				speak = true
			}
			switch e := e.(type) {
			case exchange.Send:
				from, send = min(from, e.From), true
			case exchange.Greet:
				if err := k.greet(tx, &x, t, e.Nonce); err != nil {
					return err
				}
			case exchange.AskOwn:
				if err := k.greet(tx, &x, t, e.Nonce); err != nil {
					return err
				}
			case exchange.GiveBack:
				back = &e
			case exchange.Refuse:
				if !always {
					continue
				}
				if err := k.refuse(tx, &x, t, e); err != nil {
					return err
				}
			case exchange.Halt:
				if err := lastHalt(tx, &x, t); err != nil || x.Halt != nil || !always {
					return err
				}
				// What we keep convinces us, and nobody else.
				code := "halted"
				if e.Why == exchange.WhyRoot {
					code = "root"
				}
				if err := k.refuse(tx, &x, t, exchange.Refuse{Seq: e.Seq, Code: code}); err != nil {
					return err
				}
			}
		}
		if always && t.State.Listens() {
			from, send = min(from, t.State.Has), true
		}
		if back != nil {
			// A peer that lacks its own items takes none of ours until it has them.
			return k.addItems(tx, &x, t, false, back.From, back.To+1, limit)
		}
		if send {
			return k.addItems(tx, &x, t, true, from, t.State.Next, limit)
		}
		return nil
	})
	if err != nil || !speak {
		return nil, err
	}
	return seal.EncodeExchange(x)
}

// addItems adds items from..to-1 of our stream, or of the peer's own, sealed to
// the peer's newest prekey. If the limit cuts them short, have says no more than
// the receipts among them, or before them, cover.
func (k *Keeper) addItems(tx *store.Tx, x *comity.Exchange, t *Turn, mine bool, from, to uint64, limit int) error {
	book, err := k.Book(tx, t.Peer)
	if err != nil {
		return err
	}
	prekey, _, open := book.Prekey()
	size, covered := 0, uint64(0)
	for from < to {
		rows, err := tx.Items(t.ID, t.State.Epoch, mine, from, int(min(to-from, 64)))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return comity.Errorf(comity.NotFound, "item %d of the channel with %s is missing from the database", from, t.Peer)
		}
		for _, r := range rows {
			var it comity.Item
			n := limit + 1
			if open || r.Statements == 0 { // else the peer's next prekey is on its way
				if it, err = k.item(tx, r, prekey.Key); err != nil {
					return err
				}
				n = len(seal.EncodeItem(it))
			}
			if it.Bytes == nil || size > 0 && size+n > limit {
				if mine {
					x.Head.Have = min(x.Head.Have, covered)
				}
				return nil
			}
			if mine && r.Upto >= 0 {
				covered = uint64(r.Upto) + 1
			} else if mine && size == 0 {
				before, ok, err := tx.ReceiptBefore(t.ID, t.State.Epoch, true, r.Seq)
				if err != nil {
					return err
				}
				if ok {
					covered = uint64(before.Upto) + 1
				}
			}
			size += n
			x.Items = append(x.Items, it)
			from = r.Seq + 1
		}
	}
	return nil
}

// item puts a stored item together, its statements sealed to key.
func (k *Keeper) item(tx *store.Tx, r store.Item, key comity.Key) (comity.Item, error) {
	it := comity.Item{Bytes: r.Header}
	var err error
	if it.Header, err = seal.DecodeHeader(r.Header); err != nil {
		return it, err
	}
	if it.Sigs, err = sigsOf(r.Sigs); err != nil {
		return it, err
	}
	if it.Header.Control != nil {
		it.Control = r.Control
	}
	if it.Header.Statements == nil {
		return it, nil
	}
	raw, err := k.rawStatements(tx, r, it.Header)
	if err != nil {
		return it, err
	}
	sealed, err := seal.SealItem(key, r.Header, raw)
	it.Sealed = &sealed
	return it, err
}

func (k *Keeper) rawStatements(tx *store.Tx, r store.Item, h comity.Header) ([][]byte, error) {
	rows, err := tx.StatementsIn(r.Channel, r.Epoch, r.Mine, r.Seq)
	if err != nil {
		return nil, err
	}
	parts, err := tx.PartsIn(r.Channel, r.Epoch, r.Mine, r.Seq)
	if err != nil {
		return nil, err
	}
	byID := map[comity.Hash]store.Statement{}
	for _, row := range rows {
		byID[row.ID] = row
	}
	var raw [][]byte
	for _, id := range h.Statements {
		var s comity.Statement
		if row, ok := byID[id]; ok {
			s, err = k.statement(tx, row, parts[id], true)
		} else if row, err = tx.Statement(r.Channel, id); err == nil { // a duplicate keeps its first row
			s, err = k.Statement(tx, row, true)
		}
		if err != nil {
			return nil, err
		}
		raw = append(raw, seal.EncodeStatement(s))
	}
	return raw, nil
}

func (k *Keeper) greet(tx *store.Tx, x *comity.Exchange, t *Turn, nonce []byte) error {
	if err := lastResume(tx, x, t); err != nil {
		return err
	}
	s := t.State
	signed, err := k.sign(tx, t, "hello", comity.Hello{
		V: 1, Channel: t.ID, Epoch: s.Epoch, From: k.Party, Nonce: nonce,
		Next: s.Next, Want: s.Want, OutRoot: s.OutRoot, InRoot: s.InRoot, Time: comity.At(k.Now()),
	})
	x.Hello = signed
	return err
}

var refusals = map[string]string{
	"header":    "a header is not in its one spelling, or names a key that is not its sender's",
	"signature": "a node signature is missing or not good",
	"channel":   "an item is of another channel or sender",
	"epoch":     "an item is of another epoch",
	"profile":   "an item names another profile than the one in force",
	"chain":     "an item names another chain entry than the one in force",
	"roster":    "an item names another roster entry than the one in force",
	"seal":      "a seal does not open to the statements that its header names",
	"control":   "a control is not what may come here",
	"receipt":   "a receipt refuses what it does not cover",
	"root":      "a header states a root that its stream does not have",
	"size":      "an item is larger than the profile allows",
	"rate":      "too much at once",
	"frozen":    "the channel is frozen here: the sender's node key is not trusted now",
	"halted":    "the channel is halted: both roots must resume it",
}

// refuse adds a signed rejection; of an old epoch, with the resume that ended it.
func (k *Keeper) refuse(tx *store.Tx, x *comity.Exchange, t *Turn, e exchange.Refuse) error {
	if x.Reject != nil {
		return nil // the first fault is the one to mend
	}
	r := comity.Rejection{V: 1, Channel: t.ID, Epoch: t.State.Epoch, From: k.Party, Seq: e.Seq, Header: t.faulty[e.Seq], Code: e.Code, Text: refusals[e.Code], Time: comity.At(k.Now())}
	var err error
	switch e.Code {
	case "epoch":
		err = lastResume(tx, x, t)
	case "halted":
		err = lastHalt(tx, x, t)
	}
	if err != nil {
		return err
	}
	signed, err := k.sign(tx, t, "rejection", r)
	x.Reject = signed
	return err
}

// lastHalt adds the proof that ended this epoch, if it is one that a stranger
// can check.
func lastHalt(tx *store.Tx, x *comity.Exchange, t *Turn) error {
	s, _, err := tx.Meta("halt/" + t.ID.String())
	if err != nil {
		return err
	}
	if _, err := seal.DecodeHalt([]byte(s)); err == nil {
		x.Halt = []byte(s)
	}
	return nil
}

// lastResume adds the resume that began this epoch: the peer may not have it.
func lastResume(tx *store.Tx, x *comity.Exchange, t *Turn) error {
	b, ok, err := tx.Meta("resume/" + t.ID.String())
	if err != nil || !ok || t.State.Epoch == 0 {
		return err
	}
	x.Resume = &comity.Signed{}
	return json.Unmarshal([]byte(b), x.Resume)
}

// sign signs what is not an item with our node keys in force.
func (k *Keeper) sign(tx *store.Tx, t *Turn, typ string, v any) (*comity.Signed, error) {
	own, err := k.Book(tx, k.Party)
	if err != nil {
		return nil, err
	}
	p, err := k.Profile(tx, t.State.Out.Profile)
	if err != nil {
		return nil, err
	}
	signers, err := k.signers(own, t.State.Out.Chain, p)
	if err != nil {
		return nil, err
	}
	b, err := seal.Encode(v)
	if err != nil {
		return nil, err
	}
	s := comity.Signed{Bytes: b}
	for _, key := range signers {
		sig, err := key.Sign(typ, b)
		if err != nil {
			return nil, err
		}
		s.Sigs = append(s.Sigs, sig)
	}
	return &s, nil
}

// CheckSigned checks the node signatures of what is not an item.
func CheckSigned(book *roster.Book, chain comity.Hash, p comity.Profile, typ string, s comity.Signed) error {
	keys, ok := book.NodeKeys(chain)
	if !ok {
		return comity.Errorf(comity.Untrusted, "chain entry %s of %s is not here", chain.Short(), book.Party())
	}
	for _, suite := range p.Suites {
		good := false
		for _, sig := range s.Sigs {
			for _, key := range keys {
				good = good || key.Suite == suite && seal.KeyName(key) == sig.Key && seal.Verify(key, typ, s.Bytes, sig) == nil
			}
		}
		if !good {
			return comity.Errorf(comity.Untrusted, "the %s bears no good node signature of suite %s of %s", typ, suite, book.Party())
		}
	}
	return nil
}

// writeGuard notes, outside the database and its backups, how many numbers may
// have left this node.
func (k *Keeper) writeGuard(channel comity.Hash, s exchange.State) error {
	k.mu.Lock()
	known := k.guarded[channel]
	k.mu.Unlock()
	if k.Guard == "" || known.Epoch == s.Epoch && known.Next >= s.Next {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(k.Guard, channel.String()), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	// Turns of this and other processes write it at once; it must never go back.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	var b [16]byte
	n, err := f.ReadAt(b[:], 0)
	if n < len(b) && !errors.Is(err, io.EOF) {
		return err
	}
	there := exchange.Guard{Epoch: binary.BigEndian.Uint64(b[:8]), Next: binary.BigEndian.Uint64(b[8:])}
	if n < len(b) || there.Epoch < s.Epoch || there.Epoch == s.Epoch && there.Next < s.Next {
		there = exchange.Guard{Epoch: s.Epoch, Next: s.Next}
		binary.BigEndian.PutUint64(b[:8], s.Epoch)
		binary.BigEndian.PutUint64(b[8:], s.Next)
		if _, err := f.WriteAt(b[:], 0); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.guarded == nil {
		k.guarded = map[comity.Hash]exchange.Guard{}
	}
	k.guarded[channel] = there
	return nil
}

// Replica returns the name of this replica: of its folder outside the record.
func (k *Keeper) Replica() (string, error) {
	name := filepath.Join(k.Guard, "replica")
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(b) == 0 { // a crash may have come before its bytes
		b = []byte(rand.Text())
		err = os.WriteFile(name, b, 0o600)
	}
	return string(b), err
}

// ReadGuard returns what the guard file of a channel says.
func (k *Keeper) ReadGuard(channel comity.Hash) (exchange.Guard, error) {
	b, err := os.ReadFile(filepath.Join(k.Guard, channel.String()))
	if errors.Is(err, os.ErrNotExist) || k.Guard == "" || err == nil && len(b) == 0 { // a crash may have come before its bytes
		return exchange.Guard{}, nil
	}
	if err != nil || len(b) != 16 {
		return exchange.Guard{}, errors.Join(err, comity.Errorf(comity.Invalid, "the guard file of channel %s is damaged", channel.Short()))
	}
	return exchange.Guard{Epoch: binary.BigEndian.Uint64(b[:8]), Next: binary.BigEndian.Uint64(b[8:])}, nil
}
