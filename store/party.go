package store

import (
	"bytes"

	"comity"
)

// A Party is what we hold of a party, ourselves among them.
type Party struct {
	Party     comity.Party
	State     string // pending, confirmed, active, frozen, halted
	Genesis   comity.Hash
	Name      comity.Name
	Data      []byte // JSON
	Confirmed []byte // JSON: who compared the pair number, and when
}

const partyColumns = "party, state, genesis, name_en, name_zh, data, confirmed"

func (p *Party) fields() []any {
	return []any{(*string)(&p.Party), &p.State, toHash(&p.Genesis), &p.Name.En, &p.Name.Zh, toBlob(&p.Data), toBlob(&p.Confirmed)}
}

// Party returns one party.
func (tx *Tx) Party(p comity.Party) (Party, error) {
	v, ok, err := named[Party](tx, "party/"+string(p), "SELECT "+partyColumns+" FROM party WHERE party = $1", text(p))
	if err == nil && !ok {
		err = Absent("party %q", comity.Clip(string(p)))
	}
	return v, err
}

// Parties returns all parties.
func (tx *Tx) Parties() ([]Party, error) {
	return list[Party](tx, "SELECT "+partyColumns+" FROM party ORDER BY party")
}

// PutParty records a party as it is now.
func (tx *Tx) PutParty(p Party) error {
	_, err := tx.Exec(`
		INSERT INTO party (`+partyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (party) DO UPDATE SET state = excluded.state, genesis = excluded.genesis, name_en = excluded.name_en,
			name_zh = excluded.name_zh, data = excluded.data, confirmed = excluded.confirmed`,
		text(p.Party), p.State, hash(p.Genesis), text(p.Name.En), text(p.Name.Zh), blob(p.Data), blob(p.Confirmed))
	return err
}

// An Entry is a signed entry of a party's chain or roster, a prekey, or a profile.
type Entry struct {
	Party   comity.Party
	Type    string // chain, roster, prekey, profile
	N       uint64
	Hash    comity.Hash
	Bytes   []byte
	Sigs    []byte      // JSON
	Box     []byte      // of an own prekey: its private key, sealed
	Channel comity.Hash // of a profile
}

const entryColumns = "party, type, n, hash, bytes, sigs, box, channel"

func (e *Entry) fields() []any {
	return []any{(*string)(&e.Party), &e.Type, toUint(&e.N), toHash(&e.Hash), toBlob(&e.Bytes), toBlob(&e.Sigs), toBlob(&e.Box), toHash(&e.Channel)}
}

// AddEntry records an entry. To add it again is no trouble; to add another of the
// same number is a Conflict: its author contradicts itself.
func (tx *Tx) AddEntry(e Entry) error {
	n, err := tx.Exec(`
		INSERT INTO entry (`+entryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`,
		text(e.Party), e.Type, int64(e.N), hash(e.Hash), blob(e.Bytes), blob(e.Sigs), blob(e.Box), hash(e.Channel))
	if err != nil || n == 1 {
		return err
	}
	old, _, err := first[Entry](tx, "SELECT "+entryColumns+" FROM entry WHERE party = $1 AND type = $2 AND channel = $3 AND n = $4",
		text(e.Party), e.Type, hash(e.Channel), int64(e.N))
	if err == nil && (old.Hash != e.Hash || !bytes.Equal(old.Bytes, e.Bytes)) {
		err = comity.Errorf(comity.Conflict, "%s entry %d of %s is %s here, not %s", e.Type, e.N, e.Party, old.Hash.Short(), e.Hash.Short())
	}
	return err
}

// Entries returns a party's entries of a type, in order of number.
func (tx *Tx) Entries(p comity.Party, typ string) ([]Entry, error) {
	return list[Entry](tx, "SELECT "+entryColumns+" FROM entry WHERE party = $1 AND type = $2 ORDER BY n, channel", text(p), text(typ))
}

// EntryByHash returns an entry. The same profile may be in several channels; then
// it is any of them.
func (tx *Tx) EntryByHash(h comity.Hash) (Entry, error) {
	e, ok, err := first[Entry](tx, "SELECT "+entryColumns+" FROM entry WHERE hash = $1 LIMIT 1", hash(h))
	if err == nil && !ok {
		err = Absent("entry %s", h.Short())
	}
	return e, err
}

// DropBox destroys the private key of a prekey.
func (tx *Tx) DropBox(h comity.Hash) error {
	return tx.set("entry", h, "UPDATE entry SET box = $2 WHERE hash = $1", hash(h), []byte{})
}
