// Package habit keeps how a person likes the desk, what they have seen of it and the
// views that they saved, on the party's store. A person is named by the identifier
// that package session gave; none of it crosses a border, and none of it decides
// anything.
package habit

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"comity"
	"comity/store"
)

// Preferences are how a person likes the desk. An empty one is the party's own way.
type Preferences struct {
	Language string `json:"language"` // en or zh-Hans
	Density  string `json:"density"`  // comfortable or compact
	Theme    string `json:"theme"`    // light, dark or contrast
	Keys     bool   `json:"keys"`     // single keys are commands
}

// Preferred returns a person's; of one who said nothing, with keys on.
func Preferred(tx *store.Tx, person string) (p Preferences, err error) {
	rows, err := tx.Query("SELECT language, density, theme, keys FROM preference WHERE person = $1", person)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	if !rows.Next() {
		return Preferences{Keys: true}, rows.Err()
	}
	var keys int64
	err = rows.Scan(&p.Language, &p.Density, &p.Theme, &keys)
	p.Keys = keys != 0
	return p, err
}

// Prefer keeps a person's.
func Prefer(tx *store.Tx, person string, p Preferences) error {
	for _, c := range []struct {
		field, value string
		choices      []string
	}{
		{"language", p.Language, []string{"", "en", "zh-Hans"}},
		{"density", p.Density, []string{"", "comfortable", "compact"}},
		{"theme", p.Theme, []string{"", "light", "dark", "contrast"}},
	} {
		if !slices.Contains(c.choices, c.value) {
			return comity.Fieldf(c.field, "%q is none of %q", comity.Clip(c.value), c.choices[1:])
		}
	}
	_, err := tx.Exec(`INSERT INTO preference (person, language, density, theme, keys) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (person) DO UPDATE SET language = excluded.language, density = excluded.density, theme = excluded.theme, keys = excluded.keys`,
		person, p.Language, p.Density, p.Theme, bit(p.Keys))
	return err
}

// Seen returns up to which place of a realm's record a person has looked, and when:
// what is after it has changed since they were last here. Zero is never.
func Seen(tx *store.Tx, person string, realm comity.Realm) (place int64, at time.Time, err error) {
	rows, err := tx.Query("SELECT place, at FROM seen WHERE person = $1 AND realm = $2", person, string(realm))
	if err != nil {
		return 0, at, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, at, rows.Err()
	}
	var ms int64
	err = rows.Scan(&place, &ms)
	return place, time.UnixMilli(ms).UTC(), err
}

// See says that a person has looked up to a place. It never goes back.
func See(tx *store.Tx, now time.Time, person string, realm comity.Realm, place int64) error {
	if _, err := comity.ParseRealm(string(realm)); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO seen (person, realm, place, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, realm) DO UPDATE SET place = excluded.place, at = excluded.at WHERE seen.place < excluded.place`,
		person, string(realm), place, now.UnixMilli())
	return err
}

// A View is a query that a person saved under a name, for all to use if shared.
type View struct {
	Person string `json:"person"`
	Name   string `json:"name"`
	Query  string `json:"query"`
	Shared bool   `json:"shared"`
}

// mostViews of one person are saved, and as many of others are shown.
const mostViews = 50

// Views returns a person's own views by name, then those that others who work here
// share.
func Views(tx *store.Tx, person string) (all []View, err error) {
	rows, err := tx.Query(`SELECT v.person, v.name, v.query, v.shared FROM saved_view AS v JOIN person AS p ON p.id = v.person
		WHERE v.person = $1 OR v.shared = 1 AND p.ended = 0
		ORDER BY CASE WHEN v.person = $1 THEN 0 ELSE 1 END, v.name, v.person LIMIT $2 + 0`, person, 2*mostViews)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v View
		var shared int64
		if err := rows.Scan(&v.Person, &v.Name, &v.Query, &shared); err != nil {
			return nil, err
		}
		v.Shared = shared != 0
		all = append(all, v)
	}
	return all, rows.Err()
}

// Save saves a view in place of the person's one of that name.
func Save(tx *store.Tx, v View) error {
	if err := bounded("name", v.Name, 60, "due this week"); err != nil {
		return err
	}
	if err := bounded("query", v.Query, 2000, "state=accepted&due=7d"); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO saved_view (person, name, query, shared) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, name) DO UPDATE SET query = excluded.query, shared = excluded.shared`, v.Person, v.Name, v.Query, bit(v.Shared)); err != nil {
		return err
	}
	rows, err := tx.Query("SELECT count(*) FROM saved_view WHERE person = $1", v.Person)
	if err != nil {
		return err
	}
	defer rows.Close()
	var n int64
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err == nil && n > mostViews {
		err = comity.Errorf(comity.TooMuch, "you have %d saved views: drop one", mostViews)
	}
	return err
}

// Drop drops one of a person's own views.
func Drop(tx *store.Tx, person, name string) error {
	n, err := tx.Exec("DELETE FROM saved_view WHERE person = $1 AND name = $2", person, name)
	if err == nil && n == 0 {
		err = store.Absent("saved view %q", comity.Clip(name))
	}
	return err
}

func bounded(field, s string, most int, like string) error {
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	}
	if strings.TrimSpace(s) == "" || utf8.RuneCountInString(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, odd) {
		return comity.Fieldf(field, "give 1 to %d characters on one line, such as %q", most, like)
	}
	return nil
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
