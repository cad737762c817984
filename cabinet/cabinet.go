// Package cabinet keeps what a party knows and never says abroad, on its store:
//
//	minutes  entries in the party's own file: notes, screenings, domestic orders,
//	         disclosures; never changed, only added to
//	figures  what a review counts of each matter: a view, made again when the
//	         matter changed after it
//	traces   hashes of identifiers and texts that requests of ours named, by which
//	         one sees that we asked before
//
// No statement is made from any of it; what a minute means is for package docket.
package cabinet

import (
	"fmt"
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
	Realm   comity.Realm
	Ref     comity.Ref
	Peer    comity.Party
	Opened  comity.Time
	Changed int64 // the matter's, in milliseconds; -1 if it may change without the matter
	Body    []byte
}

// PutFigure keeps a figure.
func PutFigure(tx *store.Tx, f Figure) error {
	_, err := tx.Exec(`INSERT INTO figure (realm, ref, peer, opened, changed, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (realm, ref) DO UPDATE SET peer = excluded.peer, opened = excluded.opened, changed = excluded.changed, body = excluded.body`,
		string(f.Realm), string(f.Ref), string(f.Peer), f.Opened.UnixMilli(), f.Changed, append([]byte{}, f.Body...))
	return err
}

// Figures returns the figures of matters opened in a period with a peer, or with
// any, in order of their references.
func Figures(tx *store.Tx, realm comity.Realm, peer comity.Party, from, until time.Time) (list []Figure, err error) {
	query, args := "SELECT ref, peer, opened, changed, body FROM figure WHERE realm = $1 AND opened >= $2 AND opened < $3", []any{string(realm), from.UnixMilli(), until.UnixMilli()}
	if peer != "" {
		query, args = query+" AND peer = $4", append(args, string(peer))
	}
	rows, err := tx.Query(query+" ORDER BY ref", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		f := Figure{Realm: realm}
		var opened int64
		if err := rows.Scan((*string)(&f.Ref), (*string)(&f.Peer), &opened, &f.Changed, &f.Body); err != nil {
			return nil, err
		}
		f.Opened = comity.At(time.UnixMilli(opened))
		list = append(list, f)
	}
	return list, rows.Err()
}

// Stale returns the requests of a period whose figure is missing, or of before
// their last change.
func Stale(tx *store.Tx, realm comity.Realm, peer comity.Party, from, until time.Time) (refs []comity.Ref, err error) {
	query, args := `SELECT m.ref FROM matter m LEFT JOIN figure f ON f.realm = m.realm AND f.ref = m.ref
		WHERE m.realm = $1 AND m.opened >= $2 AND m.opened < $3 AND m.type <> '' AND (f.changed IS NULL OR f.changed <> m.changed)`,
		[]any{string(realm), from.UnixMilli(), until.UnixMilli()}
	if peer != "" {
		query, args = query+" AND m.peer = $4", append(args, string(peer))
	}
	rows, err := tx.Query(query+" ORDER BY m.ref", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var ref string
		if err := rows.Scan(&ref); err != nil {
			return nil, err
		}
		refs = append(refs, comity.Ref(ref))
	}
	return refs, rows.Err()
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

// Like returns the traces of earlier requests that share a key with these.
func Like(tx *store.Tx, realm comity.Realm, list []Trace) (found []Trace, err error) {
	asked := map[string]bool{}
	for _, t := range list {
		if asked[t.Key] {
			continue
		}
		asked[t.Key] = true
		more, err := like(tx, realm, t.Key)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func like(tx *store.Tx, realm comity.Realm, key string) (found []Trace, err error) {
	rows, err := tx.Query(fmt.Sprintf("SELECT ref, lo, hi, print FROM trace WHERE name = $1 AND realm = $2 ORDER BY ref DESC LIMIT %d", manyTraces), key, string(realm))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		t := Trace{Key: key}
		var print int64
		if err := rows.Scan(&t.Ref, &t.From, &t.To, &print); err != nil {
			return nil, err
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
