package record

import (
	"encoding/json"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"comity"
	"comity/exchange"
	"comity/ledger"
	"comity/matter"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// Incoming is an item that came, with what was found out about it before the
// transaction: package intake verifies and opens.
type Incoming struct {
	Item       comity.Item
	Fault      string   // a code of the spec, or ""
	Statements []Opened // of an item with statements whose seal opened
}

// Opened is one statement of an item. Code says why it has no effect, or "".
type Opened struct {
	comity.Statement
	Code string
}

// ItemIn feeds an item of the peer's.
func (t *Turn) ItemIn(in *Incoming) error {
	h := in.Item.Header
	e := exchange.ItemIn{Header: h, Fault: in.Fault}
	t.in, t.leaf = in, nil
	defer func() { t.in, t.leaf = nil, nil }()
	if h.Channel != t.ID {
		return t.Feed(e)
	}
	var err error
	switch {
	case h.Epoch != t.State.Epoch || h.Seq < t.State.Want:
		if e.Same, err = t.same(false, h, in.Item.Bytes); err != nil {
			return err
		}
	case h.Seq == t.State.Want && in.Fault == "":
		theirs, err := t.k.bookAt(t.Tx, t.Peer)
		if err != nil {
			return err
		}
		e.Known = t.Realm != comity.Live && theirs.book.Holds(h.Chain, h.Roster)
		if e.Root, err = t.rootWith(false, h.Seq, in.Item.Bytes); err != nil {
			return err
		}
		if h.Receipt != nil {
			if e.Mine, err = t.root(true, h.Receipt.Upto+1, t.State.Next, t.State.OutRoot); err != nil {
				return err
			}
		}
		if h.Control != nil {
			if e.Fault, err = t.checkControl(in.Item); err != nil {
				return err
			}
		}
		if e.Refused, err = t.judge(in); err != nil {
			return err
		}
	}
	if err := t.Feed(e); err != nil || t.fork == nil {
		return err
	}
	return t.Forked(t.fork)
}

// Forked ends all trust in a peer that signed two entries of one number: the
// channel rests, with the proof on record, until both roots resume it.
func (t *Turn) Forked(f *roster.Fork) error {
	proof, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := t.Tx.SetMeta("fork/"+string(t.Peer), string(proof)); err != nil {
		return err
	}
	if err := t.alarm("fork", f.Error()+"; the pair is frozen"); err != nil {
		return err
	}
	return t.Feed(exchange.ChainByHand{})
}

// OwnItem feeds an item of ours that the peer gives back.
func (t *Turn) OwnItem(in *Incoming) error {
	h := in.Item.Header
	e := exchange.OwnItem{Header: h, Fault: in.Fault}
	t.in, t.leaf = in, nil
	defer func() { t.in, t.leaf = nil, nil }()
	var err error
	switch {
	case h.Epoch != t.State.Epoch:
	case h.Seq < t.State.Next:
		if e.Same, err = t.same(true, h, in.Item.Bytes); err != nil {
			return err
		}
	case h.Seq == t.State.Next && in.Fault == "":
		if e.Root, err = t.rootWith(true, h.Seq, in.Item.Bytes); err != nil {
			return err
		}
		if h.Receipt != nil {
			if e.Theirs, err = t.root(false, h.Receipt.Upto+1, t.State.Want, t.State.InRoot); err != nil {
				return err
			}
		}
	}
	return t.Feed(e)
}

func (t *Turn) same(mine bool, h comity.Header, b []byte) (bool, error) {
	stored, err := t.Tx.Item(t.ID, h.Epoch, mine, h.Seq)
	if errors.Is(err, comity.NotFound) {
		return false, nil
	}
	return err == nil && string(stored.Header) == string(b), err
}

// root returns the root of a stream's first n items, or the zero hash if it has
// fewer. Of all it has, have, the root is known.
func (t *Turn) root(mine bool, n, have uint64, known comity.Hash) (comity.Hash, error) {
	switch {
	case n == have:
		return known, nil
	case n > have:
		return comity.Hash{}, nil
	}
	return ledger.Root(t.Tx.Log(t.ID, t.State.Epoch, mine), n)
}

// Root returns the root of the first n items of a stream, or the zero hash.
func (t *Turn) Root(mine bool, n uint64) (comity.Hash, error) {
	if mine {
		return t.root(true, n, t.State.Next, t.State.OutRoot)
	}
	return t.root(false, n, t.State.Want, t.State.InRoot)
}

// rootWith returns the root of a stream's items with one more, and keeps what
// its log would store for it.
func (t *Turn) rootWith(mine bool, n uint64, header []byte) (comity.Hash, error) {
	tree, err := ledger.ReadTree(t.Tx.Log(t.ID, t.State.Epoch, mine), n)
	if err != nil {
		return comity.Hash{}, err
	}
	t.leaf = tree.Add(header)
	return tree.Root(), nil
}

// judge says which statements of the item have no effect. What depends on the
// record is looked at here; the rest was found out before.
func (t *Turn) judge(in *Incoming) ([]comity.Refused, error) {
	var list []comity.Refused
	for i := range in.Statements {
		s := &in.Statements[i]
		// Whatever else is wrong with it: what has a place keeps that one.
		has, err := t.Tx.HasStatement(t.ID, s.ID)
		if err != nil {
			return nil, err
		}
		if has {
			s.Code = "duplicate"
		}
		if s.Code == "" {
			if s.Code, err = t.refusal(in, i); err != nil {
				return nil, err
			}
		}
		if s.Code != "" {
			list = append(list, comity.Refused{Seq: in.Item.Header.Seq, I: i, Code: s.Code})
		}
	}
	return list, nil
}

func (t *Turn) refusal(in *Incoming, i int) (string, error) {
	m := in.Statements[i].Manifest
	kinds := t.k.Kinds
	if by, ok := t.opened[m.Matter]; ok { // in this turn: its row is written at the end
		return within(kinds, by, m.Kind), nil
	}
	if kinds.Opens(m.Kind) {
		if m.Matter.Opener() != m.From {
			return "matter", nil
		}
		for _, before := range in.Statements[:i] {
			if before.Code == "" && before.Manifest.Matter == m.Matter {
				return "matter", nil
			}
		}
		_, err := t.Tx.Matter(t.Realm, m.Matter)
		if err == nil {
			return "matter", nil
		}
		if errors.Is(err, comity.NotFound) {
			return "", nil
		}
		return "", err
	}
	for _, before := range in.Statements[:i] {
		if before.Code == "" && before.Manifest.Matter == m.Matter && kinds.Opens(before.Manifest.Kind) {
			return within(kinds, before.Manifest.Kind, m.Kind), nil
		}
	}
	row, err := t.Tx.Matter(t.Realm, m.Matter)
	if errors.Is(err, comity.NotFound) {
		return "matter", nil
	}
	if err != nil {
		return "", err
	}
	if row.Channel != t.ID {
		return "matter", nil // of another pair: its very existence is none of this peer's business
	}
	return within(kinds, row.Kind, m.Kind), nil
}

// within says why a kind may not stand in a matter that opens has opened.
func within(kinds Kinds, opens, kind comity.Kind) string {
	switch {
	case kinds.Opens(kind):
		return "matter"
	case !kinds.Has(opens, kind):
		return "kind"
	}
	return ""
}

// place stores the item being fed, its leaf and its statements.
func (t *Turn) place(seq uint64, fresh, mine bool) error {
	h := t.in.Item.Header
	log := t.Tx.Log(t.ID, h.Epoch, mine)
	row := store.Item{Channel: t.ID, Epoch: h.Epoch, Seq: seq, Mine: mine, Hash: seal.H("header", t.in.Item.Bytes), Header: t.in.Item.Bytes,
		Control: t.in.Item.Control, Statements: len(h.Statements), Upto: -1, At: h.Time}
	if h.Receipt != nil {
		row.Upto = int64(h.Receipt.Upto)
	}
	var err error
	if row.Sigs, err = seal.Encode(t.in.Item.Sigs); err != nil {
		return err
	}
	if err := t.Tx.AddItem(row); err != nil {
		return err
	}
	if err := log.AddHashes(tlog.StoredHashIndex(0, int64(seq)), t.leaf); err != nil {
		return err
	}
	if h.Receipt != nil && !mine {
		t.seen = &row.Upto
	}
	if mine && h.Control != nil && h.Control.Type == "prekey" {
		if err := t.Tx.SetMeta("prekey/"+t.ID.String(), h.Control.Hash.String()); err != nil {
			return err
		}
	}
	codes, err := t.codes(seq, fresh, mine)
	if err != nil {
		return err
	}
	for i := range t.in.Statements {
		if err := t.placeStatement(i, seq, codes[i], fresh, mine); err != nil {
			return err
		}
	}
	return nil
}

// codes returns the refusals in force of the item's statements: our own
// judgement, or that of a receipt that exists.
func (t *Turn) codes(seq uint64, fresh, mine bool) (map[int]string, error) {
	codes := map[int]string{}
	if fresh {
		for i, s := range t.in.Statements {
			codes[i] = s.Code
		}
		return codes, nil
	}
	row, ok, err := t.Tx.ReceiptCovering(t.ID, t.in.Item.Header.Epoch, !mine, seq)
	if err != nil || !ok {
		return codes, err
	}
	h, err := seal.DecodeHeader(row.Header)
	if err != nil {
		return nil, err
	}
	for _, r := range h.Receipt.Refused {
		if r.Seq == seq {
			codes[r.I] = r.Code
		}
	}
	return codes, nil
}

// lastSeen returns what the author of the item being placed had seen of the
// other stream.
func (t *Turn) lastSeen(seq uint64, mine bool) (int64, error) {
	if !mine && t.seen != nil {
		return *t.seen, nil
	}
	row, ok, err := t.Tx.ReceiptBefore(t.ID, t.in.Item.Header.Epoch, mine, seq)
	if err != nil {
		return 0, err
	}
	seen := int64(-1)
	if ok {
		seen = row.Upto
	}
	if !mine {
		t.seen = &seen
	}
	return seen, nil
}

func (t *Turn) placeStatement(i int, seq uint64, code string, fresh, mine bool) error {
	s, h := t.in.Statements[i], t.in.Item.Header
	m := s.Manifest
	seen, err := t.lastSeen(seq, mine)
	if err != nil {
		return err
	}
	row := store.Statement{
		ID: s.ID, Channel: t.ID, Epoch: h.Epoch, Seq: int64(seq), I: i, Mine: mine,
		Realm: t.Realm, Matter: m.Matter, Author: h.From, Kind: m.Kind, Move: !t.k.Kinds.Fact(m.Kind),
		Manifest: s.Bytes, Class: m.Release.Class, Signers: seats(s.Sigs), Reason: m.Release.Reason,
		Seen: seen, Status: store.Placed, Code: code, At: h.Time, Received: comity.At(t.k.Now()),
	}
	if m.Release.Due != nil {
		row.Due = *m.Release.Due
	}
	if row.Sigs, err = seal.Encode(append([]comity.Signature{}, s.Sigs...)); err != nil {
		return err
	}
	if code != "" {
		row.Status = store.Refused
		if code == "duplicate" {
			// The first one keeps its row; this place is in the item's header.
			return t.alarm("refused", "a statement came twice: "+s.ID.Short())
		}
		if err := t.alarm("refused", "statement "+s.ID.Short()+" has no effect: "+code); err != nil {
			return err
		}
		if ours, err := t.ofChannel(m.Matter); err != nil {
			return err
		} else if code == "matter" || code == "recipient" || !ours {
			row.Matter = "" // it is not of the matter that it names
		}
	} else if t.k.Kinds.Opens(m.Kind) {
		if t.opened == nil {
			t.opened = map[comity.Ref]comity.Kind{}
		}
		t.opened[m.Matter] = m.Kind
		row.Effect = string(matter.Applied) // most likely; Refold knows
	}
	parts := make([]store.Part, len(s.Parts))
	for n, p := range s.Parts {
		parts[n] = store.Part{Statement: s.ID, N: n, Name: m.Parts[n].Name, Type: m.Parts[n].Type, Salt: p.Salt, Body: p.Body, Erased: p.Body == nil}
	}
	files, err := t.files(s.Statement, mine)
	if err != nil {
		return err
	}
	err = t.Tx.AddStatement(row, parts, files)
	if mine && errors.Is(err, comity.Conflict) {
		// It waited in our queue: the backup was older than its number.
		err = t.Tx.SetPlaced(t.ID, s.ID, h.Epoch, seq, i, seen, h.Time)
	}
	if err != nil {
		return err
	}
	if fresh {
		t.added = append(t.added, Added{row, parts})
	}
	t.touch(row.Matter)
	return nil
}

// ofChannel reports whether the matter that a refused statement names is open on
// this channel: nobody writes into another pair's, and what is refused opens none.
func (t *Turn) ofChannel(ref comity.Ref) (bool, error) {
	if _, ok := t.opened[ref]; ok {
		return true, nil
	}
	row, err := t.Tx.Matter(t.Realm, ref)
	if errors.Is(err, comity.NotFound) {
		return false, nil
	}
	return row.Channel == t.ID, err
}

// files makes the rows of a statement's files, their keys locked away.
func (t *Turn) files(s comity.Statement, mine bool) ([]store.File, error) {
	var rows []store.File
	for n, f := range s.Manifest.Files {
		row := store.File{Statement: s.ID, N: n, Name: f.Name, Type: f.Type, Size: f.Size, Cipher: f.Cipher, CipherSize: seal.CipherSize(f.Size), Mine: mine}
		if n < len(s.Files) && s.Files[n].Key != nil {
			row.Box = LockFile(t.k.Node.Box, f.Cipher, s.Files[n])
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func seats(sigs []comity.Signature) []comity.Seat {
	var list []comity.Seat
	for _, s := range sigs {
		list = append(list, s.Seat)
	}
	return list
}

func sigsOf(b []byte) ([]comity.Signature, error) {
	var sigs []comity.Signature
	return sigs, json.Unmarshal(b, &sigs)
}
