package record

import (
	"encoding/json"
	"errors"
	"slices"

	"comity"
	"comity/matter"
	"comity/store"
)

// Entries returns what Fold needs of a matter's statements: those that a receipt
// refused or that came back are left out. Our own that wait for a number count
// last, and have seen all: should that turn out false, they come back.
func (k *Keeper) Entries(rows []store.Statement) ([]matter.Entry, error) {
	var list []matter.Entry
	for _, r := range rows {
		if r.Status != store.Placed && r.Status != store.Ready {
			continue
		}
		var m struct{ After *comity.After }
		if err := json.Unmarshal(r.Manifest, &m); err != nil {
			return nil, err
		}
		e := matter.Entry{ID: r.ID, Author: side(r.Author, r.Matter), Kind: r.Kind, After: m.After}
		if r.Status == store.Ready {
			e.Pos, e.Seen = matter.Place(1<<15, uint64(r.Order), 0), matter.Place(1<<15, 0, 0)
		} else {
			e.Pos, e.Seen = matter.Place(r.Epoch, uint64(r.Seq), r.I), matter.Place(r.Epoch, uint64(r.Seen+1), 0)
		}
		list = append(list, e)
	}
	return list, nil
}

func side(p comity.Party, ref comity.Ref) matter.Side {
	if p == ref.Opener() {
		return matter.Opener
	}
	return matter.Other
}

// Table returns the rules that a matter's statements are folded by: of the one
// that opened it.
func (k Kinds) Table(rows []store.Statement) matter.Table {
	for _, r := range rows {
		if t, ok := k.Tables[r.Kind]; ok && (r.Status == store.Placed || r.Status == store.Ready) {
			return t
		}
	}
	return matter.Table{States: []matter.State{{}}}
}

// Refold folds a matter anew and writes what changed: what each statement did,
// and the matter's row. It is always the same function of the same statements.
func (k *Keeper) Refold(tx *store.Tx, realm comity.Realm, ref comity.Ref) error {
	old, err := tx.Matter(realm, ref) // first: whoever else folds it waits, and then sees what we wrote
	if err != nil && !errors.Is(err, comity.NotFound) {
		return err
	}
	rows, err := tx.StatementsOf(realm, ref)
	if err != nil {
		return err
	}
	return k.fold(tx, old, realm, ref, rows, nil)
}

// Open is Refold of a matter that this transaction has opened. What it added, in
// order, is all there is: nothing need be read back.
func (k *Keeper) Open(tx *store.Tx, realm comity.Realm, ref comity.Ref, added []Added) error {
	var rows []store.Statement
	for _, a := range added {
		if a.Realm == realm && a.Matter == ref {
			rows = append(rows, a.Statement)
		}
	}
	return k.fold(tx, store.Matter{}, realm, ref, rows, added)
}

func (k *Keeper) fold(tx *store.Tx, old store.Matter, realm comity.Realm, ref comity.Ref, rows []store.Statement, added []Added) error {
	list, err := k.Entries(rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	table := k.Kinds.Table(rows)
	r := matter.Fold(table, list)
	at := map[comity.Hash]store.Statement{}
	for _, s := range rows {
		at[s.ID] = s
	}
	var opening Added
	changed := heard(rows[0])
	for _, o := range r.Order {
		s := at[o.ID]
		if s.Effect != string(o.Effect) || s.Crossed != o.By {
			if err := tx.SetEffect(s.Channel, s.ID, string(o.Effect), o.By); err != nil {
				return err
			}
		}
		if opening.ID.IsZero() && k.Kinds.Opens(s.Kind) {
			opening.Statement = s
			if i := slices.IndexFunc(added, func(a Added) bool { return a.ID == s.ID }); i >= 0 {
				opening.Parts = added[i].Parts
			}
		}
		if when := heard(s); when.After(changed.Time) {
			changed = when
		}
	}
	row := store.Matter{
		Realm: realm, Ref: ref, Channel: rows[0].Channel, Opener: ref.Opener(),
		State: r.State, Open: !table.End(r.State), Changed: changed,
	}
	if old.Ref != "" {
		state, open, changed := row.State, row.Open, row.Changed
		row = old
		row.State, row.Open, row.Changed = state, open, changed
	} else if err := k.opened(tx, &row, opening); err != nil {
		return err
	}
	return tx.PutMatter(row)
}

func latest(s store.Statement) comity.Time {
	if s.At.IsZero() {
		return s.Released
	}
	return s.At
}

// heard returns when a statement came to be here, by our own clock: the peer's may be
// years off, and what it says must neither stay the newest for ever nor pass unseen.
func heard(s store.Statement) comity.Time {
	if s.Mine {
		return latest(s)
	}
	return s.Received
}

// An Added is a statement that this transaction has added to a matter.
type Added struct {
	store.Statement
	Parts []store.Part
}

// opened fills what a matter's row says of its opening statement.
func (k *Keeper) opened(tx *store.Tx, row *store.Matter, s Added) error {
	row.Kind, row.Opened = s.Kind, latest(s.Statement)
	var m struct {
		From    comity.Party
		To      []comity.Party
		Marking comity.Marking
	}
	if len(s.Manifest) > 0 {
		if err := json.Unmarshal(s.Manifest, &m); err != nil {
			return err
		}
		row.TLP = m.Marking.TLP
		row.Peer = m.From
		if m.From == k.Party {
			row.Peer = m.To[0]
		}
	}
	if s.Parts == nil {
		var err error
		if s.Parts, err = tx.Parts(s.Channel, s.ID); err != nil {
			return err
		}
	}
	if i := slices.IndexFunc(s.Parts, func(p store.Part) bool { return p.Name == "body" && !p.Erased }); i >= 0 {
		t := k.Kinds.Title(s.Kind, s.Parts[i].Body)
		row.Title, row.Priority, row.Type, row.Category = t.Text, t.Priority, t.Type, t.Category
		row.Secret, row.Restricted = t.Secret, t.Secret
	}
	return nil
}

// LockFile encrypts a file's salt and key for the database.
func LockFile(box interface{ Seal(string, []byte) []byte }, cipher comity.Hash, key comity.FileKey) []byte {
	return box.Seal("file "+cipher.String(), append(slices.Clone(key.Salt), key.Key...))
}

// UnlockFile decrypts what LockFile made.
func UnlockFile(box interface {
	Open(string, []byte) ([]byte, error)
}, cipher comity.Hash, b []byte) (comity.FileKey, error) {
	secret, err := box.Open("file "+cipher.String(), b)
	if err != nil {
		return comity.FileKey{}, err
	}
	if len(secret) != 64 {
		return comity.FileKey{}, comity.Errorf(comity.Invalid, "the stored key of file %s has %d bytes and should have 64", cipher.Short(), len(secret))
	}
	return comity.FileKey{Salt: secret[:32], Key: secret[32:]}, nil
}

// Statement puts a stored statement together again, for sealing or a case file.
// Without a box its files are left out.
func (k *Keeper) Statement(tx *store.Tx, r store.Statement, files bool) (comity.Statement, error) {
	parts, err := tx.Parts(r.Channel, r.ID)
	if err != nil {
		return comity.Statement{}, err
	}
	return k.statement(tx, r, parts, files)
}

func (k *Keeper) statement(tx *store.Tx, r store.Statement, parts []store.Part, files bool) (comity.Statement, error) {
	s := comity.Statement{ID: r.ID, Bytes: r.Manifest}
	if err := json.Unmarshal(r.Manifest, &s.Manifest); err != nil {
		return s, err
	}
	var err error
	if s.Sigs, err = sigsOf(r.Sigs); err != nil {
		return s, err
	}
	s.Parts = make([]comity.SaltedPart, len(s.Manifest.Parts))
	for _, p := range parts {
		if !p.Erased && p.N < len(s.Parts) {
			s.Parts[p.N] = comity.SaltedPart{Salt: p.Salt, Body: append([]byte{}, p.Body...)}
		}
	}
	s.Files = make([]comity.FileKey, len(s.Manifest.Files))
	if len(s.Files) == 0 || !files || k.Node == nil {
		return s, nil
	}
	rows, err := tx.Files(r.Channel, r.ID)
	if err != nil {
		return s, err
	}
	for _, f := range rows {
		if len(f.Box) == 0 || f.N >= len(s.Files) {
			continue
		}
		if s.Files[f.N], err = UnlockFile(k.Node.Box, f.Cipher, f.Box); err != nil {
			return s, err
		}
	}
	return s, nil
}
