// Package cabinet keeps what a party knows and never says abroad, on its store:
//
//	minutes  entries in the party's own file: notes, screenings, domestic orders,
//	         disclosures; never changed, only added to
//	figures  what a review counts of each matter: a view, made again when the
//	         matter changed after it
//	agenda   what a list shows of each matter, in the order in which things are due:
//	         a view, as figures are
//	traces   hashes of identifiers and texts that requests of ours named, by which
//	         one sees that we asked before
//	passages the words of statements, drafts and minutes, by which they are found: a
//	         view, made after they were written
//
// No statement is made from any of it; what a minute means is for package docket.
package cabinet

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"comity"
	"comity/store"
)

// A Minute is an entry in the party's own file.
type Minute struct {
	N     int64
	Scope string // what it is about: see Scope, and "party"
	Kind  string
	Name  string // what it is found by, within its kind
	Seat  comity.Seat
	At    comity.Time
	Body  []byte
}

// Scope returns the scope of a matter's minutes.
func Scope(realm comity.Realm, ref comity.Ref) string { return string(realm) + " " + string(ref) }

// Party is the scope of minutes about no one matter.
const Party = "party"

// Add adds a minute.
func Add(tx *store.Tx, m Minute) error {
	_, err := tx.Exec("INSERT INTO minute (scope, kind, name, seat, at, body) VALUES ($1, $2, $3, $4, $5, $6)",
		m.Scope, m.Kind, m.Name, string(m.Seat), m.At.UnixMilli(), append([]byte{}, m.Body...)) // a nil one would be NULL
	return err
}

// A Choice chooses minutes. An empty field chooses all.
type Choice struct{ Scope, Kind, Name string }

// Minutes returns the minutes of a choice, the oldest first.
func Minutes(tx *store.Tx, c Choice) (list []Minute, err error) {
	where, args := []string{"1 = 1"}, []any{}
	for _, by := range [][2]string{{"scope", c.Scope}, {"kind", c.Kind}, {"name", c.Name}} {
		if by[1] != "" {
			args = append(args, by[1])
			where = append(where, fmt.Sprintf("%s = $%d", by[0], len(args)))
		}
	}
	rows, err := tx.Query("SELECT n, scope, kind, name, seat, at, body FROM minute WHERE "+strings.Join(where, " AND ")+" ORDER BY n", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Minute
		var at int64
		if err := rows.Scan(&m.N, &m.Scope, &m.Kind, &m.Name, (*string)(&m.Seat), &at, &m.Body); err != nil {
			return nil, err
		}
		m.At = comity.At(time.UnixMilli(at))
		list = append(list, m)
	}
	return list, rows.Err()
}

// A Figure is what a review counts of one matter.
type Figure struct {
	Realm  comity.Realm
	Ref    comity.Ref
	Peer   comity.Party
	Opened time.Time
	Last   time.Time // after it, no review need look at the matter; zero if it has not ended
	Body   []byte
}

// PutFigure keeps the figure of a version of a matter. Without a Body it says that
// the matter has none.
func PutFigure(tx *store.Tx, f Figure, version int64) error {
	n, err := tx.Exec("UPDATE matter SET measured = $3 WHERE realm = $1 AND ref = $2 AND version = $3", string(f.Realm), string(f.Ref), version)
	if err != nil || n == 0 || f.Body == nil {
		return err // of no row: it was written meanwhile, and is measured again
	}
	last := int64(math.MaxInt64)
	if !f.Last.IsZero() {
		last = f.Last.UnixMilli()
	}
	_, err = tx.Exec(`INSERT INTO figure (realm, ref, peer, opened, last, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (realm, ref) DO UPDATE SET peer = excluded.peer, opened = excluded.opened, last = excluded.last, body = excluded.body`,
		string(f.Realm), string(f.Ref), string(f.Peer), f.Opened.UnixMilli(), last, f.Body)
	return err
}

// Figures calls do with the reference and the figure of each matter with a peer
// that was alive in a period, in no order. It knows nothing of what was written
// since, and of what is secret: see Stale and Secret.
func Figures(tx *store.Tx, realm comity.Realm, peer comity.Party, from, until time.Time, do func(ref, body []byte)) error {
	rows, err := tx.Query("SELECT ref, body FROM figure WHERE realm = $1 AND peer = $2 AND last >= $3 AND opened < $4",
		string(realm), string(peer), from.UnixMilli(), until.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ref, body sql.RawBytes
		if err := rows.Scan(&ref, &body); err != nil {
			return err
		}
		do(ref, body)
	}
	return rows.Err()
}

// Secret returns the matters of which both sides know that their very existence is
// secret: their openings say so.
func Secret(tx *store.Tx, realm comity.Realm) (map[comity.Ref]bool, error) {
	rows, err := tx.Query("SELECT ref FROM matter WHERE realm = $1 AND secret = 1", string(realm))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	refs := map[comity.Ref]bool{}
	for rows.Next() {
		var ref string
		if err := rows.Scan(&ref); err != nil {
			return nil, err
		}
		refs[comity.Ref(ref)] = true
	}
	return refs, rows.Err()
}

// Drop forgets all figures; the next review makes them again.
func Drop(tx *store.Tx) error {
	if _, err := tx.Exec("UPDATE matter SET measured = -1"); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM figure")
	return err
}

// An Unmeasured matter has no figure, or one of before it was last written.
type Unmeasured struct {
	Ref     comity.Ref
	Peer    comity.Party
	Kind    comity.Kind
	Opened  time.Time
	Version int64
}

// Stale returns up to limit matters that are to be measured, in order of their
// references after one.
func Stale(tx *store.Tx, realm comity.Realm, after comity.Ref, limit int) (list []Unmeasured, err error) {
	rows, err := tx.Query(`SELECT ref, peer, kind, opened, version FROM matter
		WHERE realm = $1 AND ref > $2 AND measured <> version AND type <> '' ORDER BY ref LIMIT $3 + 0`, string(realm), string(after), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u Unmeasured
		var opened int64
		if err := rows.Scan((*string)(&u.Ref), (*string)(&u.Peer), (*string)(&u.Kind), &opened, &u.Version); err != nil {
			return nil, err
		}
		u.Opened = time.UnixMilli(opened)
		list = append(list, u)
	}
	return list, rows.Err()
}

// A Trace is the hash of an identifier, with its period, or of a part of a text;
// see package check.
type Trace struct {
	Ref, Key string
	From, To int64 // seconds since 1970
	Print    uint64
}

// AddTraces keeps what a request of ours named.
func AddTraces(tx *store.Tx, realm comity.Realm, ref comity.Ref, list []Trace) error {
	for _, t := range list {
		if _, err := tx.Exec("INSERT INTO trace (name, realm, ref, lo, hi, print) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
			t.Key, string(realm), string(ref), t.From, t.To, int64(t.Print)); err != nil {
			return err
		}
	}
	return nil
}

// manyTraces is how many of one key are looked at: the newest references.
const manyTraces = 64

// Like returns the traces of earlier requests that share a key with these, and which
// of those requests not everybody may know of.
func Like(tx *store.Tx, realm comity.Realm, list []Trace) (found []Trace, restricted map[string]bool, err error) {
	asked := map[string]bool{}
	restricted = map[string]bool{}
	for _, t := range list {
		if asked[t.Key] {
			continue
		}
		asked[t.Key] = true
		more, err := like(tx, realm, t.Key, restricted)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, more...)
	}
	return found, restricted, nil
}

func like(tx *store.Tx, realm comity.Realm, key string, secret map[string]bool) (found []Trace, err error) {
	rows, err := tx.Query(fmt.Sprintf(`SELECT t.ref, t.lo, t.hi, t.print, coalesce(m.restricted, 1) FROM trace t LEFT JOIN matter m ON m.realm = t.realm AND m.ref = t.ref
		WHERE t.name = $1 AND t.realm = $2 ORDER BY t.ref DESC LIMIT %d`, manyTraces), key, string(realm))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		t := Trace{Key: key}
		var print, restricted int64
		if err := rows.Scan(&t.Ref, &t.From, &t.To, &print, &restricted); err != nil {
			return nil, err
		}
		if restricted == 1 {
			secret[t.Ref] = true
		}
		t.Print = uint64(print)
		found = append(found, t)
	}
	return found, rows.Err()
}

// Rates returns how many requests, and how many emergencies among them, we opened
// since a day.
func Rates(tx *store.Tx, realm comity.Realm, opener comity.Party, since time.Time) (requests, emergencies int, err error) {
	rows, err := tx.Query("SELECT count(*), coalesce(sum(CASE WHEN priority = 'P0' THEN 1 ELSE 0 END), 0) FROM matter WHERE realm = $1 AND opener = $2 AND opened >= $3 AND type <> ''",
		string(realm), string(opener), since.UnixMilli())
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&requests, &emergencies)
	}
	if err == nil {
		err = rows.Err()
	}
	return requests, emergencies, err
}

// LoseKeys destroys the keys of a statement's files: their ciphertext means nothing
// any more.
func LoseKeys(tx *store.Tx, statement comity.Hash) error {
	_, err := tx.Exec("UPDATE file SET box = $1 WHERE statement = $2", []byte{}, statement[:])
	return err
}

// Forget takes what an erasure leaves beside the statement itself: drafts that have
// left or were dropped, with the keys of their files, and, of what opened the
// matter, what it named and what lists show of it.
func Forget(tx *store.Tx, realm comity.Realm, ref comity.Ref, opening bool) error {
	const left = "FROM draft WHERE realm = $1 AND matter = $2 AND status IN ('released', 'dropped')"
	err := tx.Unsearch("draft", "SELECT id "+left, string(realm), string(ref))
	if err == nil {
		_, err = tx.Exec("DELETE "+left, string(realm), string(ref))
	}
	if err == nil { // what it says of the matter is made of what is left
		_, err = tx.Exec("UPDATE matter SET listed = -1 WHERE realm = $1 AND ref = $2", string(realm), string(ref))
	}
	if err != nil || !opening {
		return err
	}
	if _, err = tx.Exec("DELETE FROM trace WHERE realm = $1 AND ref = $2", string(realm), string(ref)); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE matter SET title = '' WHERE realm = $1 AND ref = $2", string(realm), string(ref))
	return err
}

// Journal returns entries of the journal from a number on, of a kind and by somebody;
// empty is any.
func Journal(tx *store.Tx, from int64, limit int, kind, who string) (list []store.JournalEntry, err error) {
	for len(list) < limit {
		some, err := tx.JournalEntries(from, limit)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			from = e.N + 1
			if (kind == "" || e.Kind == kind) && (who == "" || e.Who == who) && len(list) < limit {
				list = append(list, e)
			}
		}
		if len(some) < limit {
			break
		}
	}
	return list, nil
}

// Destroy erases the contents of a statement, its files' keys with them. What
// proves that it was said stays. Opens says whether a kind opens a matter.
func Destroy(tx *store.Tx, realm comity.Realm, ref comity.Ref, id comity.Hash, opens func(comity.Kind) bool) error {
	rows, err := tx.StatementsOf(realm, ref)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ID != id {
			continue
		}
		parts, err := tx.Parts(r.Channel, id)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if err := tx.ErasePart(id, p.N); err != nil {
				return err
			}
		}
		if err := LoseKeys(tx, id); err != nil {
			return err
		}
		if err := Forget(tx, realm, ref, opens(r.Kind)); err != nil {
			return err
		}
	}
	return nil
}
