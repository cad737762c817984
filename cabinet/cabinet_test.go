package cabinet_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/cabinet"
	"comity/check"
	"comity/guide"
	"comity/store"
	"comity/store/pgtest"
)

var day = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func hour(n int) comity.Time { return comity.At(day.Add(time.Duration(n) * time.Hour)) }

// each runs a test on a new record of either database.
func each(t *testing.T, test func(*testing.T, *store.DB)) {
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
			test(t, db)
		})
	}
}

func update(t *testing.T, db *store.DB, f func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, db *store.DB, f func(*store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want any, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got  %+v, %v\nwant %+v", what, got, err, want)
	}
}

// Minutes come back as they were added, the oldest first, by whatever names them.
func TestMinutes(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		one, two := cabinet.Scope(comity.Live, "US-2026-000001"), cabinet.Scope("exercise:harbour-2027", "US-2026-000001")
		list := []cabinet.Minute{
			{Scope: one, Kind: "note", Seat: "us-24-7-01", At: hour(2), Body: []byte("谁都没有看过")},
			{Scope: two, Kind: "note", Seat: "us-24-7-01", At: hour(1), Body: []byte("of an exercise")},
			{Scope: one, Kind: "order", Name: "mail.example", Seat: "us-24-7-02", At: hour(0), Body: []byte("\x00\xff")},
			{Scope: cabinet.Party, Kind: "in_force", Name: "cn bilateral-default", At: hour(3), Body: []byte("hash")},
			{Scope: one, Kind: "order", Name: "a host ' OR 1 = 1", Seat: "us-24-7-02", At: hour(3), Body: []byte{}},
		}
		for _, m := range list {
			update(t, db, func(tx *store.Tx) error { return cabinet.Add(tx, m) })
		}
		bodiless := cabinet.Minute{Scope: two, Kind: "seen", At: hour(4)}
		update(t, db, func(tx *store.Tx) error { return cabinet.Add(tx, bodiless) })
		list = append(list, bodiless)
		for name, c := range map[string]struct {
			choice cabinet.Choice
			want   []int
		}{
			"all":                        {cabinet.Choice{}, []int{0, 1, 2, 3, 4, 5}},
			"of a matter":                {cabinet.Choice{Scope: one}, []int{0, 2, 4}},
			"of a kind, in every matter": {cabinet.Choice{Kind: "note"}, []int{0, 1}},
			"of a kind in a matter":      {cabinet.Choice{Scope: one, Kind: "order"}, []int{2, 4}},
			"of one name":                {cabinet.Choice{Scope: cabinet.Party, Kind: "in_force", Name: "cn bilateral-default"}, []int{3}},
			"of a name like a query":     {cabinet.Choice{Name: "a host ' OR 1 = 1"}, []int{4}},
			"of what is not there":       {cabinet.Choice{Scope: "live US-2026-000002"}, nil},
		} {
			view(t, db, func(tx *store.Tx) error {
				got, err := cabinet.Minutes(tx, c.choice)
				if len(got) != len(c.want) || err != nil {
					t.Errorf("%s: %d minutes, %v, want %d", name, len(got), err, len(c.want))
					return nil
				}
				for i, m := range got {
					want := list[c.want[i]]
					if i > 0 && m.N <= got[i-1].N {
						t.Errorf("%s: minute %d after %d", name, m.N, got[i-1].N)
					}
					if !bytes.Equal(m.Body, want.Body) {
						t.Errorf("%s: body %q, want %q", name, m.Body, want.Body)
					}
					m.N, m.Body, want.Body = 0, nil, nil
					same(t, name, m, want, nil)
				}
				return nil
			})
		}
	})
}

// A figure is of one version of its matter: written since, the matter is measured
// again. What both sides keep secret is known apart.
func TestFigures(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		matters := []store.Matter{
			{Ref: "US-2026-000001", Peer: "cn", Type: "preserve", Opened: hour(1), Changed: hour(5)},
			{Ref: "US-2026-000002", Peer: "cn", Type: "traffic", Opened: hour(2), Changed: hour(6)},
			{Ref: "US-2026-000003", Peer: "fr", Type: "preserve", Opened: hour(2), Changed: hour(7)},
			{Ref: "US-2026-000004", Peer: "cn", Type: "", Opened: hour(2), Changed: hour(8)}, // a case
			{Ref: "US-2026-000005", Peer: "cn", Type: "preserve", Opened: hour(2), Changed: hour(8), Secret: true, Restricted: true},
		}
		put := func(m store.Matter) {
			t.Helper()
			m.Realm = comity.Live
			update(t, db, func(tx *store.Tx) error { return tx.PutMatter(m) })
		}
		for _, m := range matters {
			put(m)
		}
		stale := func(what string, want ...comity.Ref) (list []cabinet.Unmeasured) {
			t.Helper()
			view(t, db, func(tx *store.Tx) (err error) {
				list, err = cabinet.Stale(tx, comity.Live, "", 16)
				var got []comity.Ref
				for _, u := range list {
					got = append(got, u.Ref)
				}
				same(t, what, got, want, err)
				return nil
			})
			return list
		}
		measure := func(list []cabinet.Unmeasured, body string) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error {
				for _, u := range list {
					f := cabinet.Figure{Realm: comity.Live, Ref: u.Ref, Peer: u.Peer, Opened: u.Opened, Last: hour(9).Time, Body: []byte(body)}
					if err := cabinet.PutFigure(tx, f, u.Version); err != nil {
						return err
					}
				}
				return nil
			})
		}
		old := stale("none was made yet, and a case has none", "US-2026-000001", "US-2026-000002", "US-2026-000003", "US-2026-000005")
		measure(old, "once")
		stale("all are made")
		put(matters[0])
		measure(old[:1], "too late")
		again := stale("one was written since", "US-2026-000001")
		measure(again, "again")
		stale("and was measured again")
		figures := func(what string, peer comity.Party, from, until comity.Time, want ...string) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				var got []string
				err := cabinet.Figures(tx, comity.Live, peer, from.Time, until.Time, func(ref, body []byte) { got = append(got, string(ref)+" "+string(body)) })
				slices.Sort(got)
				same(t, what, got, want, err)
				return nil
			})
		}
		figures("of the period", "cn", hour(1), hour(4), "US-2026-000001 again", "US-2026-000002 once", "US-2026-000005 once")
		figures("with fr", "fr", hour(1), hour(4), "US-2026-000003 once")
		figures("opened after it", "cn", hour(0), hour(1))
		figures("ended before it", "cn", hour(10), hour(12))
		view(t, db, func(tx *store.Tx) error {
			got, err := cabinet.Secret(tx, comity.Live)
			same(t, "secret", got, map[comity.Ref]bool{"US-2026-000005": true}, err)
			return nil
		})
	})
}

// What a request named is found by a later one, in the same realm alone; to note it
// twice is to note it once.
func TestTraces(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		address := cabinet.Trace{Key: "i-1", From: 100, To: 200}
		text := cabinet.Trace{Key: "t-1", Print: math.MaxUint64 - 1}
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				cabinet.AddTraces(tx, comity.Live, "US-2026-000001", []cabinet.Trace{address, text}),
				cabinet.AddTraces(tx, comity.Live, "US-2026-000001", []cabinet.Trace{address, text}),
				cabinet.AddTraces(tx, comity.Live, "US-2026-000002", []cabinet.Trace{address, {Key: "i-2"}}),
				cabinet.AddTraces(tx, "exercise:harbour-2027", "US-2026-000009", []cabinet.Trace{address}))
		})
		of := func(tr cabinet.Trace, ref string) cabinet.Trace { tr.Ref = ref; return tr }
		view(t, db, func(tx *store.Tx) error {
			got, _, err := cabinet.Like(tx, comity.Live, []cabinet.Trace{address, {Key: "i-1", From: 7}, text, {Key: "i-3"}})
			same(t, "like a draft", got, []cabinet.Trace{of(address, "US-2026-000002"), of(address, "US-2026-000001"), of(text, "US-2026-000001")}, err)
			got, _, err = cabinet.Like(tx, comity.Live, nil)
			same(t, "like nothing", got, []cabinet.Trace(nil), err)
			return nil
		})

		// However often one thing was asked for, the newest are looked at and no more.
		update(t, db, func(tx *store.Tx) error {
			for i := range 100 {
				if err := cabinet.AddTraces(tx, comity.Live, comity.Ref(fmt.Sprintf("US-2026-%06d", 100+i)), []cabinet.Trace{{Key: "i-4"}}); err != nil {
					return err
				}
			}
			return nil
		})
		view(t, db, func(tx *store.Tx) error {
			got, _, err := cabinet.Like(tx, comity.Live, []cabinet.Trace{{Key: "i-4"}})
			if err != nil || len(got) != 64 || got[0].Ref != "US-2026-000199" || got[63].Ref != "US-2026-000136" {
				t.Errorf("%d traces, %v", len(got), err)
			}
			return nil
		})
	})
}

// What Traces makes of a request is found again by the same request.
func TestTracesOfARequest(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		r := guide.Request{Type: "preserve", Order: guide.Order{Items: []guide.Item{
			{ID: "1", Type: "account", Value: "kite-3391", From: "2026-11-20T00:52:00Z", To: "2026-11-20T00:53:00Z", Data: "traffic"}}}}
		r.Supporting.Necessity.Text = strings.Repeat("the provider keeps its logs for thirty days and eleven of them have passed already ", 4)
		var list []cabinet.Trace
		for _, tr := range check.Traces(r) {
			list = append(list, cabinet.Trace(tr))
		}
		update(t, db, func(tx *store.Tx) error { return cabinet.AddTraces(tx, comity.Live, "US-2026-000001", list) })
		view(t, db, func(tx *store.Tx) error {
			got, _, err := cabinet.Like(tx, comity.Live, list)
			for i := range got {
				got[i].Ref = ""
			}
			if err != nil || len(list) < 2 || !slices.Equal(got, list) {
				t.Errorf("got %v, %v\nwant %v", got, err, list)
			}
			return nil
		})
	})
}

// The share of emergencies counts our own requests of a realm since a day.
func TestRates(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		rates := func(want, urgent int) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				n, p0, err := cabinet.Rates(tx, comity.Live, "us", hour(2).Time)
				same(t, "rates", []int{n, p0}, []int{want, urgent}, err)
				return nil
			})
		}
		rates(0, 0)
		update(t, db, func(tx *store.Tx) error {
			var errs []error
			for i, m := range []store.Matter{
				{Realm: comity.Live, Opener: "us", Type: "preserve", Priority: "P0", Opened: hour(1)}, // too long ago
				{Realm: comity.Live, Opener: "us", Type: "preserve", Priority: "P0", Opened: hour(2)},
				{Realm: comity.Live, Opener: "us", Type: "traffic", Priority: "P1", Opened: hour(3)},
				{Realm: comity.Live, Opener: "cn", Type: "preserve", Priority: "P0", Opened: hour(3)},
				{Realm: comity.Live, Opener: "us", Type: "", Priority: "P0", Opened: hour(3)}, // a lead
				{Realm: "exercise:harbour-2027", Opener: "us", Type: "preserve", Priority: "P0", Opened: hour(3)},
			} {
				m.Ref = comity.Ref(fmt.Sprintf("US-2026-%06d", i+1))
				errs = append(errs, tx.PutMatter(m))
			}
			return errors.Join(errs...)
		})
		rates(2, 1)
	})
}

// An erasure takes what stands beside the statement: drafts that have left or were
// dropped, and what was named by a request that is erased itself: of an answer that
// is destroyed in time, it is still found that we asked. What is still being written stays, and so does
// all that is of another matter or realm.
func TestForget(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const ours, other = comity.Ref("US-2026-000001"), comity.Ref("US-2026-000002")
		const game = comity.Realm("exercise:harbour-2027")
		address := cabinet.Trace{Key: "i-1"}
		update(t, db, func(tx *store.Tx) error {
			var errs []error
			for i, d := range []store.Draft{
				{Realm: comity.Live, Matter: ours, Status: "released"}, {Realm: comity.Live, Matter: ours, Status: "dropped"},
				{Realm: comity.Live, Matter: ours, Status: "draft"}, {Realm: comity.Live, Matter: ours, Status: "approved"},
				{Realm: comity.Live, Matter: other, Status: "released"}, {Realm: game, Matter: ours, Status: "released"},
			} {
				d.ID, d.Peer, d.Created, d.Changed = fmt.Sprintf("D-%d", i+1), "cn", hour(1), hour(1)
				errs = append(errs, tx.PutDraft(d))
			}
			for _, m := range []store.Matter{{Realm: comity.Live, Ref: ours}, {Realm: comity.Live, Ref: other}, {Realm: game, Ref: ours}} {
				m.Peer, m.Title = "cn", "an account at mail.example"
				errs = append(errs, tx.PutMatter(m), cabinet.AddTraces(tx, m.Realm, m.Ref, []cabinet.Trace{address}))
			}
			return errors.Join(errs...)
		})
		left := func(what, title string, drafts, traces []string) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				var got []string
				for i := range 6 {
					if d, err := tx.Draft(fmt.Sprintf("D-%d", i+1)); err == nil {
						got = append(got, d.ID)
					}
				}
				same(t, what+": drafts", got, drafts, nil)
				list, _, err := cabinet.Like(tx, comity.Live, []cabinet.Trace{address})
				var refs []string
				for _, l := range list {
					refs = append(refs, l.Ref)
				}
				same(t, what+": traces", refs, traces, err)
				m, err := tx.Matter(comity.Live, ours)
				same(t, what+": title", m.Title, title, err)
				m, err = tx.Matter(comity.Live, other)
				same(t, what+": the title of another", m.Title, "an account at mail.example", err)
				m, err = tx.Matter(game, ours)
				same(t, what+": the title in another realm", m.Title, "an account at mail.example", err)
				return nil
			})
		}
		left("before", "an account at mail.example", []string{"D-1", "D-2", "D-3", "D-4", "D-5", "D-6"}, []string{string(other), string(ours)})
		update(t, db, func(tx *store.Tx) error { return cabinet.Forget(tx, comity.Live, ours, false) })
		left("an answer", "an account at mail.example", []string{"D-3", "D-4", "D-5", "D-6"}, []string{string(other), string(ours)})
		update(t, db, func(tx *store.Tx) error { return cabinet.Forget(tx, comity.Live, ours, true) })
		left("what opened it", "", []string{"D-3", "D-4", "D-5", "D-6"}, []string{string(other)})
	})
}
