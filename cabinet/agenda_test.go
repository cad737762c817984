package cabinet_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"comity"
	"comity/cabinet"
	"comity/store"
)

// The agenda is in the order of due times, whatever changed last; a filter chooses, a
// place goes on, and what was written since is known.
func TestAgenda(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		exercise := comity.Realm("exercise:harbour-2027")
		no, now := false, hour(100).Time
		open := true
		lines := []cabinet.Line{
			{Of: store.Matter{Ref: "US-2026-000001", Kind: "preserve.request", Type: "preserve", Priority: "P1", State: "requested", Open: true, Changed: hour(1)}, Due: hour(75).Time, Owes: "cn", Ruled: true},
			{Of: store.Matter{Ref: "US-2026-000002", Kind: "assist.request", Type: "traffic", Priority: "P2", State: "requested", Open: true, Changed: hour(9)}, Due: hour(99).Time, Owes: "cn", Ruled: true, Warned: hour(90).Time},
			{Of: store.Matter{Ref: "US-2026-000003", Kind: "assist.request", Type: "traffic", Priority: "P1", State: "accepted", Open: true, Changed: hour(8)}, Due: hour(123).Time, Owes: "cn", Ruled: true, Waits: "a receipt"},
			{Of: store.Matter{Ref: "US-2026-000004", Kind: "assist.request", Type: "traffic", Priority: "P3", State: "accepted", Open: true, Changed: hour(7)}, Due: hour(124).Time, Owes: "cn", Ruled: true},
			{Of: store.Matter{Ref: "US-2026-000005", Kind: "case.open", State: "offered", Open: true, Changed: hour(2)}, Owes: "cn"},
			{Of: store.Matter{Ref: "US-2026-000006", Kind: "case.open", State: "published", Changed: hour(3)}, Unsigned: hour(90).Time},
			{Of: store.Matter{Ref: "US-2026-000007", Kind: "assist.request", Type: "domain", Priority: "P1", Category: "fraud", State: "closed", Opened: hour(5), Changed: hour(4)}},
			{Of: store.Matter{Ref: "US-2026-000008", Kind: "assist.request", Type: "domain", Priority: "P1", State: "closed", Opened: hour(6), Changed: hour(5)}},
			{Of: store.Matter{Ref: "US-2026-000001", Realm: exercise, Kind: "preserve.request", Type: "preserve", State: "requested", Open: true, Changed: hour(1)}, Due: hour(74).Time, Owes: "cn", Ruled: true},
		}
		for i := range lines {
			m := &lines[i].Of
			if m.Realm == "" {
				m.Realm = comity.Live
			}
			m.Peer, lines[i].Body = "cn", []byte(m.Ref)
		}
		put := func(i int) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error { return tx.PutMatter(lines[i].Of) })
		}
		unlisted := func(what string, want ...string) (list []cabinet.Version) {
			t.Helper()
			view(t, db, func(tx *store.Tx) (err error) {
				var got []string
				for after, more := (cabinet.Version{}), true; more; {
					some, err := cabinet.Unlisted(tx, after, 2)
					if err != nil {
						return err
					}
					for _, v := range some {
						got, after = append(got, string(v.Realm)+" "+string(v.Ref)), v
					}
					list, more = append(list, some...), len(some) == 2
				}
				same(t, what, got, want, nil)
				return nil
			})
			return list
		}
		keep := func(list []cabinet.Version) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error {
				for _, v := range list {
					for _, l := range lines {
						if l.Of.Realm == v.Realm && l.Of.Ref == v.Ref {
							l.Version = v.N
							if err := cabinet.PutLine(tx, l); err != nil {
								return err
							}
						}
					}
				}
				return nil
			})
		}
		for i := range lines {
			put(len(lines) - 1 - i)
		}
		update(t, db, func(tx *store.Tx) error { return cabinet.Rule(tx, "1 first") })
		all := unlisted("none was made yet", "exercise:harbour-2027 US-2026-000001", "live US-2026-000001", "live US-2026-000002", "live US-2026-000003", "live US-2026-000004",
			"live US-2026-000005", "live US-2026-000006", "live US-2026-000007", "live US-2026-000008")
		keep(all)
		unlisted("all are made")

		for _, c := range []struct {
			name string
			f    store.Filter
			want string
			n    cabinet.Counts
		}{
			{"what is due, what else is owed, and the rest, the last changed first", store.Filter{Realm: comity.Live}, "12346587", cabinet.Counts{Critical: 1, Overdue: 1, Soon: 1, Later: 1, None: 4}},
			{"of every realm", store.Filter{}, "112346587", cabinet.Counts{Critical: 2, Overdue: 1, Soon: 1, Later: 1, None: 4}},
			{"of an exercise", store.Filter{Realm: exercise}, "1", cabinet.Counts{Critical: 1}},
			{"that are open", store.Filter{Realm: comity.Live, Open: &open}, "12345", cabinet.Counts{Critical: 1, Overdue: 1, Soon: 1, Later: 1, None: 1}},
			{"that are not", store.Filter{Realm: comity.Live, Open: &no}, "687", cabinet.Counts{None: 3}},
			{"in which a party owes the next move", store.Filter{Realm: comity.Live, Owes: "cn"}, "12345", cabinet.Counts{Critical: 1, Overdue: 1, Soon: 1, Later: 1, None: 1}},
			{"in which we do", store.Filter{Realm: comity.Live, Owes: "us"}, "", cabinet.Counts{}},
			{"that wait for a countersignature", store.Filter{Realm: comity.Live, Unsigned: true}, "6", cabinet.Counts{None: 1}},
			{"whose hold ends soon", store.Filter{Realm: comity.Live, Warned: hour(90).Time}, "2", cabinet.Counts{Overdue: 1}},
			{"whose hold ends sooner", store.Filter{Realm: comity.Live, Warned: hour(89).Time}, "", cabinet.Counts{}},
			{"of a type", store.Filter{Realm: comity.Live, Type: "traffic"}, "234", cabinet.Counts{Overdue: 1, Soon: 1, Later: 1}},
			{"of a priority and a state", store.Filter{Realm: comity.Live, Priority: "P1", State: "closed"}, "87", cabinet.Counts{None: 2}},
			{"of a category", store.Filter{Realm: comity.Live, Category: "fraud"}, "7", cabinet.Counts{None: 1}},
			{"of a kind", store.Filter{Realm: comity.Live, Kind: "case.open"}, "65", cabinet.Counts{None: 2}},
			{"with a peer that has none", store.Filter{Realm: comity.Live, Peer: "fr"}, "", cabinet.Counts{}},
			{"opened in a period", store.Filter{Realm: comity.Live, From: hour(5), Until: hour(6)}, "7", cabinet.Counts{None: 1}},
		} {
			view(t, db, func(tx *store.Tx) error {
				whole, err := cabinet.Agenda(tx, c.f, cabinet.Place{})
				got, paged := "", ""
				for _, l := range whole {
					got += string(l.Body[len(l.Body)-1:])
				}
				same(t, c.name, got, c.want, err)
				c.f.Limit = 2
				for after := (cabinet.Place{}); ; {
					page, err := cabinet.Agenda(tx, c.f, after)
					if err != nil {
						return err
					}
					for _, l := range page {
						paged += string(l.Ref[len(l.Ref)-1:])
						if after, err = cabinet.ParsePlace(l.Place.String()); err != nil {
							return err
						}
					}
					if len(page) < 2 {
						break
					}
				}
				same(t, c.name+", by pages", paged, c.want, nil)
				n, err := cabinet.Count(tx, c.f, "", now)
				same(t, c.name+", counted", n, c.n, err)
				return nil
			})
		}
		view(t, db, func(tx *store.Tx) error {
			one, err := cabinet.Count(tx, store.Filter{Realm: comity.Live}, "US-2026-000002", now)
			same(t, "one of them", one, cabinet.Counts{Overdue: 1}, err)
			late, err := cabinet.Unsigned(tx, now)
			if err != nil || len(late) != 1 || late[0].Ref != "US-2026-000006" {
				t.Errorf("to be countersigned: %v, %v", late, err)
			}
			early, err := cabinet.Unsigned(tx, hour(90).Time)
			same(t, "to be countersigned before it is late", early, []cabinet.Version(nil), err)
			waiting, err := cabinet.Behind(tx)
			if err != nil || len(waiting) != 1 || waiting[0].Ref != "US-2026-000003" || waiting[0].Waits != "a receipt" {
				t.Errorf("waits: %v, %v", waiting, err)
			}
			return nil
		})

		// What is written while its line is made is made again.
		put(1)
		keep(all)
		again := unlisted("one was written since", "live US-2026-000002")
		keep(again)
		unlisted("and was made again")
		update(t, db, func(tx *store.Tx) error { return cabinet.Forget(tx, comity.Live, "US-2026-000006", false) })
		keep(unlisted("one lost contents", "live US-2026-000006"))

		rule := func(rules string, known bool) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error {
				ok, err := cabinet.RuledBy(tx, rules)
				same(t, rules, ok, known, err)
				return cabinet.Rule(tx, rules)
			})
		}
		rule("1 first", true)
		unlisted("the rules are the same")
		rule("1 second", false)
		keep(unlisted("other guidelines drop what depends on them", "exercise:harbour-2027 US-2026-000001", "live US-2026-000001", "live US-2026-000002", "live US-2026-000003", "live US-2026-000004"))
		rule("2 second", false)
		if n := len(dropped(t, db)); n != len(lines) {
			t.Errorf("a program that makes other lines makes %d of %d", n, len(lines))
		}

		// What is annulled leaves the agenda with its matter.
		update(t, db, func(tx *store.Tx) error {
			_, err := tx.Exec("DELETE FROM matter WHERE ref = $1", "US-2026-000005")
			return err
		})
		view(t, db, func(tx *store.Tx) error {
			n, err := cabinet.Count(tx, store.Filter{}, "US-2026-000005", now)
			same(t, "annulled", n, cabinet.Counts{}, err)
			return nil
		})
	})
}

func dropped(t *testing.T, db *store.DB) (list []cabinet.Version) {
	t.Helper()
	view(t, db, func(tx *store.Tx) (err error) {
		list, err = cabinet.Unlisted(tx, cabinet.Version{}, 100)
		return err
	})
	return list
}

func TestParsePlace(t *testing.T) {
	for _, s := range []string{"", "x", "0/1/live", "3/1/live/US-2026-000001", "-1/1/live/US-2026-000001", "0/y/live/US-2026-000001", "0/1/dead/US-2026-000001", "0/1/live/US-1", "0/1/live/US-2026-000001/"} {
		if p, err := cabinet.ParsePlace(s); !errors.Is(err, comity.Invalid) || p != (cabinet.Place{}) {
			t.Errorf("%q is read as %v, %v", s, p, err)
		}
	}
}

// A page of many is read by the index alone: this says how long one takes.
func BenchmarkAgenda(b *testing.B) {
	db, err := store.Open(b.Context(), b.TempDir()+"/comity.db")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	err = db.Update(b.Context(), func(tx *store.Tx) error {
		for i := range 20_000 {
			m := store.Matter{Realm: comity.Live, Ref: comity.Ref(fmt.Sprintf("US-2026-%06d", i)), Peer: "cn", Type: "preserve", Open: i%50 == 0, Changed: hour(i)}
			l := cabinet.Line{Of: m, Body: make([]byte, 500)}
			if m.Open {
				l.Due = day.Add(time.Duration(i%977) * time.Hour)
			}
			if err := errors.Join(tx.PutMatter(m), cabinet.PutLine(tx, l)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := db.View(b.Context(), func(tx *store.Tx) error {
			page, err := cabinet.Agenda(tx, store.Filter{Realm: comity.Live, Limit: 50}, cabinet.Place{})
			if err == nil && len(page) != 50 {
				err = fmt.Errorf("%d lines", len(page))
			}
			if err == nil {
				_, err = cabinet.Count(tx, store.Filter{Realm: comity.Live}, "", day)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
