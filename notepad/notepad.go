// Package notepad keeps what officers are writing until it is a draft, on the party's
// store: it outlives a locked session, a browser and the node. None of it crosses a
// border.
//
// What begins a matter belongs to a person at a seat; what is said in a matter belongs
// to the seat, whoever sits there. Two windows, or two persons, may write the same
// text: what comes from one that had an older version is kept beside the newer one
// until somebody chooses. Nothing is overwritten in silence.
package notepad

import (
	"encoding/json"
	"time"

	"comity"
	"comity/store"
)

const (
	Largest = 256 << 10 // bytes of a text, as JSON
	Most    = 200       // texts of a person
)

// A Text is what stands in a form, by the names of its fields.
type Text map[string]string

// A Note is a text that is kept.
type Note struct {
	Owner   string
	Page    string // path of the form
	Person  string // who wrote it last
	Version int64  // grows with each writing; 0 is none
	At      time.Time
	Text    Text

	// Rival is what came from a window that had an older version; nil if nothing did.
	Rival       Text
	RivalPerson string
	RivalAt     time.Time
}

// A Listed text is one without what stands in it.
type Listed struct {
	Owner, Page, Person string
	Version             int64
	At                  time.Time
	Rival               bool // there are two versions
}

const columns = "owner, page, person, version, at, body, rival, rival_person, rival_at"

// Find returns what is kept for a form; of one for which nothing is, version 0.
func Find(tx *store.Tx, owner, page string) (Note, error) {
	list, err := find(tx, "WHERE owner = $1 AND page = $2", owner, page)
	if err != nil || len(list) == 0 {
		return Note{Owner: owner, Page: page}, err
	}
	return list[0], nil
}

// Of returns what is kept for any of two owners, the newest first.
func Of(tx *store.Tx, a, b string) (list []Listed, err error) {
	rows, err := tx.Query("SELECT owner, page, person, version, at, rival <> '' FROM notepad WHERE owner = $1 OR owner = $2 ORDER BY at DESC, page", a, b)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n Listed
		var at int64
		if err := rows.Scan(&n.Owner, &n.Page, &n.Person, &n.Version, &at, &n.Rival); err != nil {
			return nil, err
		}
		n.At = time.UnixMilli(at).UTC()
		list = append(list, n)
	}
	return list, rows.Err()
}

func find(tx *store.Tx, where string, args ...any) (list []Note, err error) {
	rows, err := tx.Query("SELECT "+columns+" FROM notepad "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n Note
		var at, rivalAt int64
		var body, rival string
		if err := rows.Scan(&n.Owner, &n.Page, &n.Person, &n.Version, &at, &body, &rival, &n.RivalPerson, &rivalAt); err != nil {
			return nil, err
		}
		n.At = time.UnixMilli(at).UTC()
		if err := json.Unmarshal([]byte(body), &n.Text); err != nil {
			return nil, err
		}
		if rival != "" {
			n.RivalAt = time.UnixMilli(rivalAt).UTC()
			if err := json.Unmarshal([]byte(rival), &n.Rival); err != nil {
				return nil, err
			}
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// Keep keeps a text that was written on top of a version, and returns what is kept
// now. If that is newer the text becomes its rival, and fresh is false.
func Keep(tx *store.Tx, now time.Time, n Note) (kept Note, fresh bool, err error) {
	b, err := json.Marshal(n.Text)
	if err != nil {
		return n, false, err
	}
	if len(b) > Largest {
		return n, false, comity.Errorf(comity.TooMuch, "the text has %d bytes; at most %d are kept: attach long texts as files", len(b), Largest)
	}
	was, err := Find(tx, n.Owner, n.Page)
	if err != nil {
		return n, false, err
	}
	switch {
	case was.Version == 0:
		if err := room(tx, n.Person); err != nil {
			return n, false, err
		}
	case was.Version != n.Version && same(was.Text, n.Text):
		return was, true, nil // both say the same
	case was.Version != n.Version:
		if _, err := tx.Exec("UPDATE notepad SET rival = $1, rival_person = $2, rival_at = $3 WHERE owner = $4 AND page = $5",
			string(b), n.Person, now.UnixMilli(), n.Owner, n.Page); err != nil {
			return n, false, err
		}
		was.Rival, was.RivalPerson, was.RivalAt = n.Text, n.Person, now
		return was, false, nil
	}
	// A version is a time, so that a text begun anew is none of those before.
	n.Version, n.At = max(was.Version+1, now.UnixMilli()), now
	_, err = tx.Exec(`INSERT INTO notepad (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, '', '', 0)
		ON CONFLICT (owner, page) DO UPDATE SET person = excluded.person, version = excluded.version, at = excluded.at, body = excluded.body`,
		n.Owner, n.Page, n.Person, n.Version, now.UnixMilli(), string(b))
	return n, true, err
}

func same(a, b Text) bool {
	for name := range a {
		if a[name] != b[name] {
			return false
		}
	}
	for name := range b {
		if a[name] != b[name] {
			return false
		}
	}
	return true
}

func room(tx *store.Tx, person string) error {
	rows, err := tx.Query("SELECT count(*) FROM notepad WHERE person = $1", person)
	if err != nil {
		return err
	}
	defer rows.Close()
	var n int64
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err == nil && n >= Most {
		err = comity.Errorf(comity.TooMuch, "you have %d unfinished texts: finish one, or throw one away", n)
	}
	return err
}

// Settle chooses between a text and its rival, and puts the other away. It says so if
// either has changed since a person looked at both.
func Settle(tx *store.Tx, now time.Time, owner, page, person string, version int64, rival bool) error {
	n, err := Find(tx, owner, page)
	if err != nil {
		return err
	}
	if n.Version != version || n.Rival == nil {
		return comity.Errorf(comity.Conflict, "the text has changed since you looked; look at both versions again")
	}
	text := n.Text
	if rival {
		text = n.Rival
	}
	b, err := json.Marshal(text)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE notepad SET person = $1, version = $2, at = $3, body = $4, rival = '', rival_person = '', rival_at = 0 WHERE owner = $5 AND page = $6",
		person, max(version+1, now.UnixMilli()), now.UnixMilli(), string(b), owner, page)
	return err
}

// Drop throws a text away: it has become a draft, or nobody wants it.
func Drop(tx *store.Tx, owner, page string) error {
	_, err := tx.Exec("DELETE FROM notepad WHERE owner = $1 AND page = $2", owner, page)
	return err
}
