package record

import (
	"cmp"
	"encoding/json"
	"slices"

	"comity"
	"comity/exchange"
	"comity/keyring"
	"comity/ledger"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// headroom is what an item needs beside its statements' parts: header,
// signatures, manifests' share of padding.
const headroom = 64 << 10

// Number makes items of what waits, if the channel knows its place. The desk,
// or a command that changed our book, has put it there.
func (t *Turn) Number() error {
	if t.State.Mode != exchange.Open {
		return nil
	}
	list, more, err := t.candidates()
	if err != nil || len(list) == 0 {
		return err
	}
	return t.Feed(exchange.Ready{List: list, More: more})
}

// candidates lists what waits to be numbered: first the entries of our own book
// that the peer lacks, then file receipts, then statements, each looked at
// again now.
func (t *Turn) candidates() ([]exchange.Candidate, bool, error) {
	list, err := t.entriesToTell()
	if err != nil {
		return nil, false, err
	}
	if err := t.fileReceipts(&list); err != nil || len(list) > 0 {
		// Statements come after what may take their officers' seats away.
		return list, true, err
	}
	rows, err := t.Tx.Ready(t.ID, exchange.MaxStatements+1)
	if err != nil {
		return nil, false, err
	}
	p, err := t.k.Profile(t.Tx, t.State.Out.Profile)
	if err != nil {
		return nil, false, err
	}
	own, err := t.k.Book(t.Tx, t.k.Party)
	if err != nil {
		return nil, false, err
	}
	size := int64(headroom)
	theirs := map[comity.Ref]comity.Hash{}
	moved := map[comity.Ref]bool{}
	for _, r := range rows {
		var m outline
		if err := json.Unmarshal(r.Manifest, &m); err != nil {
			return nil, false, err
		}
		size += statementSize(r, m)
		if len(list) == exchange.MaxStatements || len(list) > 0 && size > p.MaxItem {
			return list, true, nil
		}
		if seat, ok := seated(own, t.State.Out.Roster, r); !ok {
			if err := t.giveBack(r.ID, "seat "+string(seat)+" is no longer on the roster"); err != nil {
				return nil, false, err
			}
			continue
		}
		c := exchange.Candidate{ID: r.ID}
		if r.Move && !t.k.Kinds.Opens(r.Kind) {
			head, ok := theirs[r.Matter]
			if !ok {
				if _, head, err = t.Tx.Heads(t.Realm, r.Matter); err != nil {
					return nil, false, err
				}
				theirs[r.Matter] = head
			}
			c.Stale = moved[r.Matter] || m.After == nil || m.After.Theirs != head
			moved[r.Matter] = c.Stale
		}
		list = append(list, c)
	}
	return list, false, nil
}

// Fits reports whether a statement of n bytes may stand in an item of its own,
// with the padding of its seal.
func Fits(p comity.Profile, n int64) bool {
	return n+n/8+min(headroom, p.MaxItem/4) <= p.MaxItem
}

// An outline is what of a manifest decides when it may be numbered.
type outline struct {
	After *comity.After
	Parts []struct{ Size int64 }
	Files []struct{}
}

// statementSize bounds what a statement takes in an item.
func statementSize(r store.Statement, m outline) int64 {
	n := int64(len(r.Manifest)+len(r.Sigs)) + 128
	for _, p := range m.Parts {
		n += p.Size + 64
	}
	return n + int64(len(m.Files))*80
}

// seated reports whether all who signed r still sit where they did.
func seated(own *roster.Book, page comity.Hash, r store.Statement) (comity.Seat, bool) {
	var sigs []comity.Signature
	if json.Unmarshal(r.Sigs, &sigs) != nil {
		return "", false
	}
	for _, s := range sigs {
		if o, ok := own.Officer(page, s.Seat); !ok || seal.KeyName(o.Key) != s.Key {
			return s.Seat, false
		}
	}
	return "", true
}

// entriesToTell lists our newest entries that the peer has not been told of.
func (t *Turn) entriesToTell() ([]exchange.Candidate, error) {
	own, err := t.k.Book(t.Tx, t.k.Party)
	if err != nil {
		return nil, err
	}
	var list []exchange.Candidate
	_, chain := own.Chain()
	_, page := own.Roster()
	for _, x := range []struct {
		typ          string
		newest, told comity.Hash
	}{{"chain", chain, t.State.Out.Chain}, {"roster", page, t.State.Out.Roster}} {
		if x.newest == x.told {
			continue
		}
		rows, err := t.Tx.Entries(t.k.Party, x.typ)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rows, func(r store.Entry) bool { return r.Hash == x.told })
		if i < 0 {
			return nil, comity.Errorf(comity.NotFound, "the %s entry %s that %s was told of is missing from the database", x.typ, x.told.Short(), t.Peer)
		}
		for _, r := range rows[i+1:] {
			list = append(list, control(x.typ, r.Hash))
		}
	}
	theirs, err := t.k.bookAt(t.Tx, t.Peer)
	if err != nil {
		return nil, err
	}
	if !theirs.profile.IsZero() && theirs.profile != t.State.Out.Profile {
		list = append(list, control("profile", theirs.profile))
	}
	if _, s, ok := own.Prekey(); ok {
		last, _, err := t.Tx.Glance("prekey/" + t.ID.String()) // only turns on this channel write it
		if err != nil {
			return nil, err
		}
		if h := seal.H("prekey", s.Bytes); h.String() != last {
			list = append(list, control("prekey", h))
		}
	}
	return list, nil
}

func control(typ string, hash comity.Hash) exchange.Candidate {
	return exchange.Candidate{ID: hash, Control: &comity.Control{Type: typ, Hash: hash}}
}

// fileReceipts adds a receipt for each of the peer's files that has arrived.
func (t *Turn) fileReceipts(list *[]exchange.Candidate) error {
	const some = 16
	files, err := t.Tx.FilesToReceipt(t.ID, some)
	if err != nil {
		return err
	}
	t.bodies = map[comity.Hash][]byte{}
	for _, f := range files {
		b, err := seal.Encode(comity.FileReceipt{V: 1, Statement: f.Statement, I: f.N, Cipher: f.Cipher, Size: f.CipherSize, Result: "stored"})
		if err != nil {
			return err
		}
		h := seal.H("filereceipt", b)
		t.bodies[h] = b
		*list = append(*list, control("filereceipt", h))
	}
	return nil
}

// append signs and stores our next item.
func (t *Turn) append(h comity.Header) error {
	own, err := t.k.Book(t.Tx, t.k.Party)
	if err != nil {
		return err
	}
	p, err := t.k.Profile(t.Tx, h.Profile)
	if err != nil {
		return err
	}
	signers, err := t.k.signers(own, h.Chain, p)
	if err != nil {
		return err
	}
	h.V, h.Channel, h.From, h.Time = 1, t.ID, t.k.Party, comity.At(t.k.Now())
	h.Suite, h.Key = signers[0].Key().Suite, signers[0].Name()

	var body comity.Signed
	if h.Control != nil {
		if body, err = t.controlBody(&h); err != nil {
			return err
		}
	}
	b, err := seal.EncodeHeader(h)
	if err != nil {
		return err
	}
	var sigs []comity.Signature
	for _, k := range signers {
		s, err := k.Sign("header", b)
		if err != nil {
			return err
		}
		sigs = append(sigs, s)
	}
	row := store.Item{Channel: t.ID, Epoch: h.Epoch, Seq: h.Seq, Mine: true, Hash: seal.H("header", b), Header: b, Statements: len(h.Statements), Upto: -1, At: h.Time}
	if row.Sigs, err = seal.Encode(sigs); err != nil {
		return err
	}
	if h.Control != nil {
		row.Control = seal.EncodeSigned(body)
	}
	if h.Receipt != nil {
		row.Upto = int64(h.Receipt.Upto)
	}
	if err := t.Tx.AddItem(row); err != nil {
		return err
	}
	root, err := ledger.Append(t.Tx.Log(t.ID, h.Epoch, true), h.Seq, b)
	if err != nil {
		return err
	}
	seen := int64(t.State.Covered) - 1
	for i, id := range h.Statements {
		if err := t.Tx.SetPlaced(t.ID, id, h.Epoch, h.Seq, i, seen, h.Time); err != nil {
			return err
		}
	}
	if h.Control != nil {
		if err := t.told(h, body, row.Hash); err != nil {
			return err
		}
	}
	return t.Feed(exchange.Appended{Header: h, Root: root})
}

// signers returns our node keys in force, one for each suite of the profile.
func (k *Keeper) signers(own *roster.Book, chain comity.Hash, p comity.Profile) ([]*seal.PrivateKey, error) {
	keys, ok := own.NodeKeys(chain)
	if !ok {
		return nil, comity.Errorf(comity.NotFound, "our own chain entry %s is not here", chain.Short())
	}
	if k.Node == nil {
		return nil, comity.Errorf(comity.Forbidden, "only a node with its key numbers items; run comity serve")
	}
	list, missing := ownKeys(k.Keys(), keys, p)
	if missing != "" && k.Reload != nil {
		node, err := k.Reload()
		if err != nil {
			return nil, err
		}
		k.mu.Lock()
		k.reloaded = node
		k.mu.Unlock()
		list, missing = ownKeys(node, keys, p)
	}
	if missing != "" {
		return nil, comity.Errorf(comity.Forbidden, "keys/node.key lacks the private key of suite %s that our chain entry %s names", missing, chain.Short())
	}
	return list, nil
}

// Keys returns the node's keys as they were last read.
func (k *Keeper) Keys() *keyring.Node {
	k.mu.Lock()
	defer k.mu.Unlock()
	return cmp.Or(k.reloaded, k.Node)
}

func ownKeys(n *keyring.Node, keys []comity.Key, p comity.Profile) (list []*seal.PrivateKey, missing string) {
	for _, suite := range p.Suites {
		i := slices.IndexFunc(keys, func(k comity.Key) bool {
			_, ok := n.Signer(seal.KeyName(k))
			return ok && k.Suite == suite
		})
		if i < 0 {
			return nil, suite
		}
		s, _ := n.Signer(seal.KeyName(keys[i]))
		list = append(list, s)
	}
	return list, ""
}

// controlBody returns what a control carries.
func (t *Turn) controlBody(h *comity.Header) (comity.Signed, error) {
	c := *h.Control
	if b, ok := t.bodies[c.Hash]; ok {
		return comity.Signed{Bytes: b, Sigs: []comity.Signature{}}, nil
	}
	if c.Type == "prekey" && c.Hash.IsZero() {
		rows, err := t.Tx.Entries(t.k.Party, "prekey")
		if err != nil || len(rows) == 0 {
			return comity.Signed{}, comity.Errorf(comity.NotFound, "we have no prekey; comity key rotate prekey makes one (%v)", err)
		}
		c.Hash = rows[len(rows)-1].Hash
		h.Control = &c
	}
	row, err := t.Tx.EntryByHash(c.Hash)
	if err != nil {
		return comity.Signed{}, err
	}
	return signed(row)
}

// told notes that the peer is told of what our item carries.
func (t *Turn) told(h comity.Header, body comity.Signed, header comity.Hash) error {
	switch h.Control.Type {
	case "prekey":
		return t.Tx.SetMeta("prekey/"+t.ID.String(), h.Control.Hash.String())
	case "filereceipt":
		r, err := seal.DecodeFileReceipt(body.Bytes)
		if err != nil {
			return err
		}
		return t.Tx.SetFileReceipt(t.ID, r.Statement, r.I, header, h.Time)
	}
	return t.Tx.Journal(comity.At(t.k.Now()), "key", "node", h.Control.Type+" "+h.Control.Hash.Short()+" told to "+string(t.Peer))
}
