package habit_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/habit"
	"comity/session"
	"comity/store"
	"comity/store/pgtest"
)

var day = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// each runs a test on a new record of either database, with two persons.
func each(t *testing.T, test func(t *testing.T, do func(func(*store.Tx) error) error, li, ann string)) {
	for name, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "comity.db") },
		"postgres": pgtest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), address(t))
			if err != nil {
				t.Fatal(err)
			}
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
			test(t, func(f func(*store.Tx) error) error { return db.Update(t.Context(), f) }, ids[0], ids[1])
		})
	}
}

func same(t *testing.T, what string, got, want any, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got  %+v, %v\nwant %+v", what, got, err, want)
	}
}

// What a person prefers is kept, and is one of the choices.
func TestPreferences(t *testing.T) {
	each(t, func(t *testing.T, do func(func(*store.Tx) error) error, li, ann string) {
		get := func(person string) (p habit.Preferences, err error) {
			err = do(func(tx *store.Tx) error { p, err = habit.Preferred(tx, person); return err })
			return p, err
		}
		got, err := get(li)
		same(t, "of one who said nothing", got, habit.Preferences{Keys: true}, err)
		for _, p := range []habit.Preferences{{Language: "zh-Hans", Density: "compact", Theme: "dark"}, {Language: "en", Keys: true}} {
			if err := do(func(tx *store.Tx) error { return habit.Prefer(tx, li, p) }); err != nil {
				t.Error(err)
			}
			got, err = get(li)
			same(t, "said", got, p, err)
		}
		for _, p := range []habit.Preferences{{Language: "de"}, {Density: "airy"}, {Theme: "url(javascript:)"}} {
			if err := do(func(tx *store.Tx) error { return habit.Prefer(tx, li, p) }); !errors.Is(err, comity.Invalid) {
				t.Errorf("%+v: %v, want Invalid", p, err)
			}
		}
		got, err = get(ann)
		same(t, "of another", got, habit.Preferences{Keys: true}, err)
		if err := do(func(tx *store.Tx) error { return habit.Prefer(tx, "p-nobody", habit.Preferences{}) }); !errors.Is(err, comity.Invalid) {
			t.Errorf("of nobody: %v, want Invalid", err)
		}
	})
}

// What was seen is of one person and one realm, and never goes back.
func TestSeen(t *testing.T) {
	each(t, func(t *testing.T, do func(func(*store.Tx) error) error, li, ann string) {
		for i, place := range []int64{7, 40, 12} {
			if err := do(func(tx *store.Tx) error {
				return habit.See(tx, day.Add(time.Duration(i)*time.Hour), li, comity.Live, place)
			}); err != nil {
				t.Error(err)
			}
		}
		for _, c := range []struct {
			person string
			realm  comity.Realm
			place  int64
			at     time.Time
		}{
			{li, comity.Live, 40, day.Add(time.Hour)},
			{li, "exercise:harbour-2027", 0, time.Time{}},
			{ann, comity.Live, 0, time.Time{}},
		} {
			var place int64
			var at time.Time
			err := do(func(tx *store.Tx) (err error) { place, at, err = habit.Seen(tx, c.person, c.realm); return err })
			same(t, "seen", []any{place, at}, []any{c.place, c.at}, err)
		}
		if err := do(func(tx *store.Tx) error { return habit.See(tx, day, li, "play", 1) }); !errors.Is(err, comity.Invalid) {
			t.Errorf("in no realm: %v, want Invalid", err)
		}
	})
}

// Views are a person's own, and those that others share; their number and size have
// ends.
func TestViews(t *testing.T) {
	each(t, func(t *testing.T, do func(func(*store.Tx) error) error, li, ann string) {
		save := func(v habit.View) error { return do(func(tx *store.Tx) error { return habit.Save(tx, v) }) }
		views := func(person string) (all []habit.View, err error) {
			err = do(func(tx *store.Tx) error { all, err = habit.Views(tx, person); return err })
			return all, err
		}
		list := []habit.View{
			{li, "本周到期", "due=7d", false},
			{li, "holds", "type=preserve", false},
			{ann, "all of ours", "mine=1", true},
			{ann, "private", "q=' OR 1 = 1", false},
			{li, "holds", "type=preserve&due=7d", true}, // in place of the one before
		}
		for _, v := range list {
			if err := save(v); err != nil {
				t.Error(err)
			}
		}
		got, err := views(li)
		same(t, "his", got, []habit.View{list[4], list[0], list[2]}, err)
		got, err = views(ann)
		same(t, "hers", got, []habit.View{list[2], list[3], list[4]}, err)

		if err := do(func(tx *store.Tx) error { return habit.Drop(tx, ann, "holds") }); !errors.Is(err, comity.NotFound) {
			t.Errorf("dropping another's: %v, want NotFound", err)
		}
		if err := do(func(tx *store.Tx) error { return habit.Drop(tx, li, "holds") }); err != nil {
			t.Error(err)
		}
		for _, v := range []habit.View{
			{li, "", "q=1", false}, {li, "two\nlines", "q=1", false}, {li, strings.Repeat("字", 61), "q=1", false},
			{li, "long", strings.Repeat("q", 2001), false}, {li, "turned \u202e", "q", false}, {li, "half\xff", "q", false},
		} {
			if err := save(v); !errors.Is(err, comity.Invalid) {
				t.Errorf("%q: %v, want Invalid", comity.Clip(v.Name), err)
			}
		}
		for i := range 49 {
			if err := save(habit.View{Person: li, Name: fmt.Sprint(i), Query: "q"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := save(habit.View{Person: li, Name: "one too many", Query: "q"}); !errors.Is(err, comity.TooMuch) {
			t.Errorf("view 51: %v, want TooMuch", err)
		}
		if got, err = views(li); len(got) != 51 || err != nil {
			t.Errorf("%d views, %v", len(got), err)
		}
	})
}
