package notepad_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/notepad"
	"comity/session"
	"comity/store"
	"comity/store/pgtest"
)

var day = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// each runs a test on a new record of either database, with two persons, and can
// close and open that again.
func each(t *testing.T, test func(t *testing.T, do func(func(*store.Tx) error) error, again func(), li, ann string)) {
	for name, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "comity.db") },
		"postgres": pgtest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			where := address(t)
			var db *store.DB
			open := func() {
				var err error
				if db, err = store.Open(t.Context(), where); err != nil {
					t.Fatal(err)
				}
			}
			open()
			t.Cleanup(func() { db.Close() })
			d, err := session.New(db, session.Config{Origin: "http://localhost:8080", Name: "Comity"})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, name := range []string{"Li Wei", "Ann Lee"} {
				p, err := d.NewPerson(t.Context(), day, session.Console(), name, session.Officer)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, p.ID)
			}
			test(t, func(f func(*store.Tx) error) error { return db.Update(t.Context(), f) }, func() { db.Close(); open() }, ids[0], ids[1])
		})
	}
}

const owner, form = "us-24-7-01", "/m/live/US-2026-000001/do/request.accept"

// What is written is kept, outlives the node, and goes when it has become a draft.
func TestKeep(t *testing.T) {
	each(t, func(t *testing.T, do func(func(*store.Tx) error) error, again func(), li, ann string) {
		var first, second notepad.Note
		err := do(func(tx *store.Tx) (err error) {
			if first, _, err = notepad.Keep(tx, day, notepad.Note{Owner: owner, Page: form, Person: li, Text: notepad.Text{"text": "一\x00二"}}); err != nil {
				return err
			}
			// In the same millisecond, and still another version.
			second, _, err = notepad.Keep(tx, day, notepad.Note{Owner: owner, Page: form, Person: ann, Version: first.Version, Text: notepad.Text{"text": "三"}})
			return err
		})
		if err != nil || second.Version <= first.Version {
			t.Fatalf("versions %d, %d: %v", first.Version, second.Version, err)
		}
		again()
		err = do(func(tx *store.Tx) error {
			list, err := notepad.Of(tx, owner, "")
			if err != nil || !reflect.DeepEqual(list, []notepad.Listed{{Owner: second.Owner, Page: second.Page, Person: second.Person, Version: second.Version, At: second.At}}) {
				t.Errorf("kept %+v, %v\nwant %+v", list, err, second)
			}
			if err := notepad.Drop(tx, owner, form); err != nil {
				return err
			}
			n, err := notepad.Find(tx, owner, form)
			if n.Version != 0 || n.Text != nil {
				t.Errorf("after it was dropped: %+v", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Whoever writes on top of an older version overwrites nothing: both stay until
// somebody who saw both chooses.
func TestRival(t *testing.T) {
	for _, chooses := range []bool{false, true} {
		t.Run(fmt.Sprint(chooses), func(t *testing.T) {
			each(t, func(t *testing.T, do func(func(*store.Tx) error) error, _ func(), li, ann string) {
				mine, theirs := notepad.Text{"text": "mine"}, notepad.Text{"text": "theirs"}
				err := do(func(tx *store.Tx) error {
					n, _, err := notepad.Keep(tx, day, notepad.Note{Owner: owner, Page: form, Person: li, Text: mine})
					if err != nil {
						return err
					}
					if _, fresh, err := notepad.Keep(tx, day, notepad.Note{Owner: owner, Page: form, Person: ann, Version: 0, Text: mine}); !fresh || err != nil {
						t.Errorf("the same words are a conflict: %v", err)
					}
					got, fresh, err := notepad.Keep(tx, day.Add(time.Second), notepad.Note{Owner: owner, Page: form, Person: ann, Version: 0, Text: theirs})
					if fresh || err != nil || got.Version != n.Version || !reflect.DeepEqual(got.Rival, theirs) {
						t.Errorf("written on top of nothing: %+v, %v, %v", got, fresh, err)
					}
					if err := notepad.Settle(tx, day, owner, form, li, n.Version-1, chooses); !errors.Is(err, comity.Conflict) {
						t.Errorf("chosen by who saw an older version: %v", err)
					}
					if err := notepad.Settle(tx, day, owner, form, li, n.Version, chooses); err != nil {
						return err
					}
					got, err = notepad.Find(tx, owner, form)
					want := map[bool]notepad.Text{false: mine, true: theirs}[chooses]
					if got.Version <= n.Version || got.Rival != nil || !reflect.DeepEqual(got.Text, want) {
						t.Errorf("chosen: %+v, want %v", got, want)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// A person keeps so many texts, each so long.
func TestBounds(t *testing.T) {
	each(t, func(t *testing.T, do func(func(*store.Tx) error) error, _ func(), li, ann string) {
		keep := func(person, page, text string) error {
			return do(func(tx *store.Tx) error {
				_, _, err := notepad.Keep(tx, day, notepad.Note{Owner: owner, Page: page, Person: person, Text: notepad.Text{"a": text}})
				return err
			})
		}
		if err := keep(li, form, strings.Repeat("x", notepad.Largest)); !errors.Is(err, comity.TooMuch) {
			t.Errorf("a text that is too long: %v", err)
		}
		for i := range notepad.Most {
			if err := keep(li, fmt.Sprint("/new/", i), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if err := keep(li, form, "x"); !errors.Is(err, comity.TooMuch) {
			t.Errorf("one text too many: %v", err)
		}
		if err := keep(ann, form, "x"); err != nil {
			t.Errorf("another person has none: %v", err)
		}
	})
}
