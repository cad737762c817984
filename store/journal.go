package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"comity"
)

// A JournalEntry is a line of the node's own journal: a login, a reading, a use
// of a key. Each holds the hash of the one before, so that a line cannot be
// changed or taken out unseen. The journal never crosses a border.
type JournalEntry struct {
	N    int64 // from 1
	At   comity.Time
	Kind string
	Who  string
	What string
	Prev comity.Hash
	Hash comity.Hash
}

const journalColumns = "n, at, kind, who, what, prev, hash"

func (e *JournalEntry) fields() []any {
	return []any{&e.N, toTime(&e.At), &e.Kind, &e.Who, &e.What, toHash(&e.Prev), toHash(&e.Hash)}
}

// sum is SHA-256 over the numbers as 8 bytes each and the texts with their
// lengths before them, so that no two entries are the same bytes.
func (e *JournalEntry) sum() comity.Hash {
	b := append([]byte("comity/journal/1\n"), e.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.N))
	b = binary.BigEndian.AppendUint64(b, uint64(millis(e.At)))
	for _, s := range []string{e.Kind, e.Who, e.What} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	return sha256.Sum256(b)
}

type note struct {
	at              comity.Time
	kind, who, what string
}

// Journal appends to the journal when the transaction commits. Only then is the
// journal's head taken, because all others that journal must wait for it.
func (tx *Tx) Journal(at comity.Time, kind, who, what string) error {
	if err := tx.ready(); err != nil {
		return err
	}
	if !tx.write {
		return fmt.Errorf("a view cannot write to the journal")
	}
	tx.notes = append(tx.notes, note{at, text(kind), text(who), text(what)})
	return nil
}

type journalHead struct {
	n    int64
	hash comity.Hash
}

func (h *journalHead) fields() []any { return []any{&h.n, toHash(&h.hash)} }

const readHead = "SELECT n, hash FROM journal_head WHERE one = 1"

func (tx *Tx) writeNotes() error {
	if len(tx.notes) == 0 {
		return nil
	}
	head, ok, err := first[journalHead](tx, readHead+tx.db.dialect.lock)
	if err != nil || !ok {
		return orAbsent(err, "head of the journal")
	}
	for _, t := range tx.notes {
		e := JournalEntry{N: head.n + 1, At: t.at, Kind: t.kind, Who: t.who, What: t.what, Prev: head.hash}
		e.Hash = e.sum()
		if _, err := tx.Exec("INSERT INTO journal ("+journalColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7)",
			e.N, millis(e.At), e.Kind, e.Who, e.What, hash(e.Prev), hash(e.Hash)); err != nil {
			return err
		}
		head = journalHead{e.N, e.Hash}
	}
	tx.notes = nil
	_, err = tx.Exec("UPDATE journal_head SET n = $1, hash = $2 WHERE one = 1", head.n, hash(head.hash))
	return err
}

// JournalEntries returns up to limit entries from number from on.
func (tx *Tx) JournalEntries(from int64, limit int) ([]JournalEntry, error) {
	if err := tx.writeNotes(); err != nil {
		return nil, err
	}
	return list[JournalEntry](tx, "SELECT "+journalColumns+" FROM journal WHERE n >= $1 ORDER BY n LIMIT $2 + 0", from, limit)
}

// JournalAbout returns the newest entries whose text has a word in it, the newest last.
// It reads the whole journal, which has no index of what it says.
func (tx *Tx) JournalAbout(word string, limit int) ([]JournalEntry, error) {
	if err := tx.writeNotes(); err != nil {
		return nil, err
	}
	like := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word) + "%"
	rows, err := list[JournalEntry](tx, "SELECT "+journalColumns+" FROM journal WHERE what LIKE $1 ESCAPE '!' ORDER BY n DESC LIMIT $2 + 0", like, limit)
	slices.Reverse(rows)
	return rows, err
}

// CheckJournal reads the whole journal, and names the first entry that is not as
// it was written.
func (tx *Tx) CheckJournal() error {
	var last JournalEntry
	for {
		entries, err := tx.JournalEntries(last.N+1, 1000)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			switch {
			case e.N != last.N+1:
				return fmt.Errorf("journal entry %d is missing", last.N+1)
			case e.Prev != last.Hash || e.Hash != e.sum():
				return fmt.Errorf("journal entry %d is not as it was written", e.N)
			}
			last = e
		}
	}
	head, _, err := first[journalHead](tx, readHead)
	if err != nil {
		return err
	}
	if head.n > last.N {
		return fmt.Errorf("journal entry %d is missing", last.N+1)
	}
	if head.n != last.N || head.hash != last.Hash {
		return fmt.Errorf("journal entry %d is not as it was written", head.n)
	}
	return nil
}
