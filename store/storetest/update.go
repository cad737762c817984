package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"comity"
	"comity/store"
)

var errChanged = errors.New("the closure changed its mind")

func failedUpdate(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	err := r.Update(t.Context(), func(tx *store.Tx) error {
		if _, err := Append(tx, ch); err != nil {
			return err
		}
		if err := tx.Journal(day, "release", "us-24-7-01", "US-2026-000042"); err != nil {
			return err
		}
		return errChanged
	})
	if err != errChanged {
		t.Errorf("Update = %v, want the closure's own error", err)
	}
	view(t, r.DB, func(tx *store.Tx) error {
		if n, err := Whole(tx, ch); n != 0 || err != nil {
			t.Errorf("%d items stayed, %v", n, err)
		}
		counts, err := tx.Counts()
		if counts["statements"] != 0 || counts["items"] != 0 || counts["matters open"] != 0 {
			t.Errorf("rows stayed: %v", counts)
		}
		if e, _ := tx.JournalEntries(0, 9); len(e) != 0 {
			t.Errorf("journal entries stayed: %v", e)
		}
		return err
	})
}

func panics(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	for name, leave := range map[string]func(){
		"panic":  func() { panic("a fault in a verb") },
		"Goexit": runtime.Goexit,
	} {
		done := make(chan any)
		go func() {
			defer close(done)
			defer func() { done <- recover() }()
			r.Update(context.Background(), func(tx *store.Tx) error {
				Append(tx, ch)
				leave()
				return nil
			})
		}()
		if got := <-done; (got != nil) != (name == "panic") {
			t.Errorf("%s: recovered %v", name, got)
		}
	}
	update(t, r.DB, func(tx *store.Tx) error {
		seq, err := Append(tx, ch)
		if seq != 0 {
			t.Errorf("a panic left %d items", seq)
		}
		return err
	})
}

func viewCannotWrite(t *testing.T, r record) {
	for name, fn := range map[string]func(*store.Tx) error{
		"SetMeta": func(tx *store.Tx) error { return tx.SetMeta("a", "b") },
		"Journal": func(tx *store.Tx) error { return tx.Journal(day, "a", "b", "c") },
		"Lease": func(tx *store.Tx) error {
			_, err := tx.Lease("a", "b", day, time.Minute)
			return err
		},
	} {
		if err := r.View(t.Context(), fn); err == nil {
			t.Errorf("a View could %s", name)
		}
	}
}

func viewSeesOnePicture(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	view(t, r.DB, func(tx *store.Tx) error {
		if n, err := Whole(tx, ch); n != 0 || err != nil {
			t.Errorf("Whole = %d, %v", n, err)
		}
		update(t, r.DB, func(tx *store.Tx) error { _, err := Append(tx, ch); return err })
		if n, err := Whole(tx, ch); n != 0 || err != nil {
			t.Errorf("within the view, Whole = %d, %v", n, err)
		}
		return nil
	})
}

func cancelled(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	ctx, cancel := context.WithCancel(t.Context())
	held, let := make(chan bool), make(chan bool)
	var w sync.WaitGroup
	w.Go(func() {
		r.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Channel(ch)
			close(held)
			<-let
			return err
		})
	})
	<-held
	got := make(chan error)
	w.Go(func() {
		got <- r.Update(ctx, func(tx *store.Tx) error { _, err := Append(tx, ch); return err })
	})
	time.Sleep(20 * time.Millisecond)
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that waited got %v, want Canceled", err)
	}
	close(let)
	w.Wait()

	ctx, cancel = context.WithCancel(t.Context())
	err := r.Update(ctx, func(tx *store.Tx) error {
		if _, err := Append(tx, ch); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if err == nil {
		t.Error("an update whose caller had gone was committed")
	}
	view(t, r.DB, func(tx *store.Tx) error {
		if n, err := Whole(tx, ch); n != 0 || err != nil {
			t.Errorf("%d items, %v", n, err)
		}
		return nil
	})
}

func conflicts(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	s := NewStatement(ch)
	m := store.Item{Channel: ch, Mine: true, Hash: H(1), Upto: -1}
	hash := H(1)
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.AddStatement(s, nil, nil), tx.AddItem(m), tx.Log(ch, 0, true).AddHashes(0, nil2(hash)))
	})
	update(t, r.DB, func(tx *store.Tx) error {
		for name, err := range map[string]error{
			"the same statement": tx.AddStatement(s, nil, nil),
			"the same number":    tx.AddItem(m),
			"the same hash":      tx.Log(ch, 0, true).AddHashes(0, nil2(hash)),
		} {
			if !errors.Is(err, comity.Conflict) {
				t.Errorf("%s: %v, want a Conflict", name, err)
			}
		}
		return tx.SetMeta("after", "conflicts")
	})
	view(t, r.DB, func(tx *store.Tx) error {
		if _, ok, err := tx.Meta("after"); !ok || err != nil {
			t.Errorf("the update did not go on: %v", err)
		}
		return nil
	})
}

func swallowed(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	s := NewStatement(ch)
	s.Signers = nil
	err := r.Update(t.Context(), func(tx *store.Tx) error {
		tx.SetMeta("before", "x")
		tx.AddStatement(s, nil, nil)
		tx.SetMeta("after", "x")
		return nil
	})
	if !errors.Is(err, comity.Invalid) {
		t.Errorf("Update = %v, want Invalid", err)
	}
	view(t, r.DB, func(tx *store.Tx) error {
		for _, key := range []string{"before", "after"} {
			if _, ok, err := tx.Meta(key); ok || err != nil {
				t.Errorf("what was written %s stayed; %v", key, err)
			}
		}
		return nil
	})
}

func parallel(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	const callers, each = 64, 6
	var w sync.WaitGroup
	var mu sync.Mutex
	given := make(map[uint64]bool)
	for caller := range callers {
		w.Go(func() {
			for k := range each {
				var seq uint64
				fails := (caller+k)%5 == 0
				err := r.Update(t.Context(), func(tx *store.Tx) (err error) {
					if seq, err = Append(tx, ch); err == nil && fails {
						err = errChanged
					}
					return err
				})
				switch {
				case fails && err != errChanged:
					t.Errorf("a failing update got %v", err)
				case !fails && err != nil:
					t.Errorf("a neighbour got %v", err)
				case !fails:
					mu.Lock()
					if given[seq] {
						t.Errorf("number %d was given twice", seq)
					}
					given[seq] = true
					mu.Unlock()
				}
			}
		})
	}
	w.Wait()
	view(t, r.open(t), func(tx *store.Tx) error {
		n, err := Whole(tx, ch)
		if int(n) != len(given) || err != nil {
			t.Errorf("%d acknowledged, %d there, %v", len(given), n, err)
		}
		return nil
	})
}

func lostUpdate(t *testing.T, r record) {
	other := r.open(t)
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.PutDraft(store.Draft{ID: "d", Status: "approved", Meta: []byte("0")}),
			tx.PutMatter(store.Matter{Ref: "m", Title: "0"}), tx.PutParty(store.Party{Party: "us", State: "active", Data: []byte("0")}), tx.SetMeta("n", "0"))
	})
	const callers, each = 8, 5
	add := func(s string) string { n, _ := strconv.Atoi(s); return strconv.Itoa(n + 1) }
	for name, act := range map[string]func(*store.Tx) error{
		"draft": func(tx *store.Tx) error {
			d, err := tx.Draft("d")
			d.Meta = []byte(add(string(d.Meta)))
			return errors.Join(err, tx.PutDraft(d))
		},
		"matter": func(tx *store.Tx) error {
			m, err := tx.Matter("", "m")
			m.Title = add(m.Title)
			return errors.Join(err, tx.PutMatter(m))
		},
		"party": func(tx *store.Tx) error {
			p, err := tx.Party("us")
			p.Data = []byte(add(string(p.Data)))
			return errors.Join(err, tx.PutParty(p))
		},
		"meta": func(tx *store.Tx) error {
			v, _, err := tx.Meta("n")
			return errors.Join(err, tx.SetMeta("n", add(v)))
		},
	} {
		var w sync.WaitGroup
		for i := range callers {
			w.Go(func() {
				for range each {
					if err := []*store.DB{r.DB, other}[i%2].Update(t.Context(), act); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
		w.Wait()
	}
	view(t, r.DB, func(tx *store.Tx) error {
		d, _ := tx.Draft("d")
		m, _ := tx.Matter("", "m")
		p, _ := tx.Party("us")
		v, _, err := tx.Meta("n")
		want := strconv.Itoa(callers * each)
		if string(d.Meta) != want || m.Title != want || string(p.Data) != want || v != want {
			t.Errorf("draft %s, matter %s, party %s, meta %s; want %s of each", d.Meta, m.Title, p.Data, v, want)
		}
		return err
	})
}

func absentTwice(t *testing.T, r record) {
	other := r.open(t)
	var w sync.WaitGroup
	made := make(chan int, 100)
	for i := range 16 {
		w.Go(func() {
			mine := false
			err := []*store.DB{r.DB, other}[i%2].Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Draft("d")
				mine = errors.Is(err, comity.NotFound)
				if !mine {
					return err
				}
				return tx.PutDraft(store.Draft{ID: "d", Status: "draft"})
			})
			if err != nil {
				t.Error(err)
			}
			if mine {
				made <- i
			}
		})
	}
	w.Wait()
	if len(made) != 1 {
		t.Errorf("%d callers made the draft, want 1", len(made))
	}
}

func leases(t *testing.T, r record) {
	other := r.open(t)
	lease := func(db *store.DB, holder string, now comity.Time) (ok bool) {
		update(t, db, func(tx *store.Tx) (err error) {
			ok, err = tx.Lease("courier/cn", holder, now, time.Minute)
			return err
		})
		return ok
	}
	after := func(d time.Duration) comity.Time { return comity.At(day.Add(d)) }
	for i, c := range []struct {
		db     *store.DB
		holder string
		now    comity.Time
		want   bool
	}{
		{r.DB, "a", day, true},
		{other, "b", after(time.Second), false},
		{r.DB, "a", after(30 * time.Second), true},
		{other, "b", after(89 * time.Second), false},
		{other, "b", after(90 * time.Second), true},
		{r.DB, "a", after(91 * time.Second), false},
	} {
		if got := lease(c.db, c.holder, c.now); got != c.want {
			t.Errorf("claim %d by %s: %v", i, c.holder, got)
		}
	}
	update(t, r.DB, func(tx *store.Tx) error { return tx.Unlease("courier/cn", "a") })
	if lease(r.DB, "a", after(92*time.Second)) {
		t.Error("a gave up what b holds")
	}
	update(t, r.DB, func(tx *store.Tx) error { return tx.Unlease("courier/cn", "b") })

	var w sync.WaitGroup
	held := make(chan string, 100)
	for i := range 16 {
		w.Go(func() {
			holder := fmt.Sprint(i)
			if lease([]*store.DB{r.DB, other}[i%2], holder, day) {
				held <- holder
			}
		})
	}
	w.Wait()
	if len(held) != 1 {
		t.Errorf("%d hold one lease", len(held))
	}
}

// woken reports whether c speaks within d, and takes all that it says.
func woken(c <-chan struct{}, d time.Duration) bool {
	select {
	case <-c:
		return true
	case <-time.After(d):
		return false
	}
}

func replicas(t *testing.T, r record) {
	other := r.open(t)
	ctx, stop := context.WithCancel(t.Context())
	here, there := r.Changed(ctx), other.Changed(ctx)
	time.Sleep(300 * time.Millisecond) // a listener says once that it is there
	for i := range 5 {
		for side, writer := range []*store.DB{r.DB, other} {
			woken(here, 0)
			woken(there, 0)
			start := time.Now()
			update(t, writer, func(tx *store.Tx) error { return tx.SetMeta("n", fmt.Sprint(i, side)) })
			if !woken(here, 5*time.Second) || !woken(there, 5*time.Second) {
				t.Fatalf("commit %d was not seen on both sides", i)
			}
			t.Logf("seen after %v", time.Since(start))
		}
	}
	stop()
	for c := range map[<-chan struct{}]bool{here: true, there: true} {
		for open := true; open; {
			select {
			case _, open = <-c:
			case <-time.After(5 * time.Second):
				t.Fatal("the channel is not closed after the context")
			}
		}
	}
}

// early is a commit by another process before the watcher's first look.
func early(t *testing.T, r record) {
	other := r.open(t)
	writing, commit := make(chan bool), make(chan bool)
	var w sync.WaitGroup
	defer w.Wait()
	w.Go(func() {
		err := other.Update(t.Context(), func(tx *store.Tx) error {
			writing <- true
			<-commit
			return tx.SetMeta("n", "1")
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-writing
	w.Go(func() { // SQLite: it waits for its turn, and the watcher for it
		if err := r.Update(t.Context(), func(*store.Tx) error { return nil }); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(100 * time.Millisecond)
	c := r.Changed(t.Context())
	close(commit)
	if !woken(c, 5*time.Second) {
		t.Error("the commit was not seen")
	}
}

func quiet(t *testing.T, r record) {
	c := r.Changed(t.Context())
	time.Sleep(100 * time.Millisecond)
	woken(c, 0)
	times := 0
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		update(t, r.DB, func(tx *store.Tx) error { _, _, err := tx.Meta("x"); return err })
		if woken(c, 5*time.Millisecond) {
			times++
		}
	}
	if times > 1 { // PostgreSQL's look of every second
		t.Errorf("woken %d times by updates that wrote nothing", times)
	}
}

func reopened(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	update(t, r.DB, func(tx *store.Tx) error { _, err := Append(tx, ch); return err })
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Update(t.Context(), func(tx *store.Tx) error { return nil }); !errors.Is(err, comity.Unavailable) {
		t.Errorf("an update after Close: %v, want Unavailable", err)
	}
	view(t, r.open(t), func(tx *store.Tx) error {
		if n, err := Whole(tx, ch); n != 1 || err != nil {
			t.Errorf("Whole = %d, %v", n, err)
		}
		return nil
	})
	if err := r.raw(t, "INSERT INTO migration (name) VALUES ('migrations/9999_of_the_future.sql')"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), r.address); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("a record of a newer program opens: %v", err)
	}
}

func openedTwice(t *testing.T, r record) {
	r.Close()
	for _, table := range []string{"notepad", "agenda", "file", "statement", "item", "channel", "loghash", "part", "matter", "serial", "draft",
		"party", "entry", "journal", "journal_head", "lease", "meta", "migration", "minute", "figure", "trace", "passage", "words",
		"vouched", "token", "saved_view", "seen", "preference", "attempt", "session", "ceremony", "recovery", "enrolment", "identity", "passkey", "sitting", "person"} {
		if err := r.raw(t, "DROP TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
	var w sync.WaitGroup
	for range 6 {
		w.Go(func() {
			db, err := store.Open(t.Context(), r.address)
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	w.Wait()
}

func broughtUp(t *testing.T, r record) {
	m := store.Matter{Realm: comity.Live, Ref: "US-2026-000042", Channel: H("c"), Peer: "cn", Opener: "us", Kind: "preserve.request", State: "asked",
		Open: true, Title: "logs of a server", TLP: "AMBER", Priority: "P1", Opened: day, Changed: day}
	update(t, r.DB, func(tx *store.Tx) error { return tx.PutMatter(m) })
	r.Close()
	for _, query := range []string{
		"DROP TABLE agenda", "DROP INDEX matter_unlisted", "ALTER TABLE matter DROP COLUMN listed", "DELETE FROM migration WHERE name = 'migrations/0005_agenda.sql'",
		"DROP TABLE minute", "DROP TABLE figure", "DROP TABLE trace", "DROP INDEX matter_opened", "DROP INDEX matter_kind", "DROP INDEX matter_restricted", "DROP INDEX matter_stale",
		"ALTER TABLE matter DROP COLUMN type", "ALTER TABLE matter DROP COLUMN category", "ALTER TABLE matter DROP COLUMN secret", "ALTER TABLE matter DROP COLUMN restricted", "ALTER TABLE matter DROP COLUMN version", "ALTER TABLE matter DROP COLUMN measured",
		"DELETE FROM migration WHERE name = 'migrations/0002_capabilities.sql'",
	} {
		if err := r.raw(t, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	db := r.open(t)
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Matter(m.Realm, m.Ref)
		same(t, got, m, err)
		return nil
	})
	m.Type, m.Category, m.Restricted = "preserve", "hacking", true
	update(t, db, func(tx *store.Tx) error { return tx.PutMatter(m) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Matters(store.Filter{Type: "preserve"})
		same(t, got, []store.Matter{m}, err)
		return nil
	})
}
