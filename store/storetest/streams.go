package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"comity"
	"comity/store"

	"golang.org/x/mod/sumdb/tlog"
)

// ids writes statements as the order in which they were made: "0 2 1".
func ids(made []store.Statement, got []store.Statement) string {
	var words []string
	for _, g := range got {
		for i, m := range made {
			if g.ID == m.ID {
				words = append(words, fmt.Sprint(i))
			}
		}
	}
	return strings.Join(words, " ")
}

func placedOnce(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	a, b, c := NewStatement(ch), NewStatement(ch), NewStatement(ch)
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.AddStatement(a, nil, nil), tx.AddStatement(b, nil, nil), tx.AddStatement(c, nil, nil), tx.SetPlaced(ch, a.ID, 0, 5, 0, 3, day))
	})
	for name, fn := range map[string]func(*store.Tx) error{
		"placed again":         func(tx *store.Tx) error { return tx.SetPlaced(ch, a.ID, 0, 6, 0, 3, day) },
		"returned after all":   func(tx *store.Tx) error { return tx.SetReturned(ch, a.ID, "moved") },
		"another in its place": func(tx *store.Tx) error { return tx.SetPlaced(ch, b.ID, 0, 5, 0, 3, day) },
		"a newcomer in its seat": func(tx *store.Tx) error {
			s := NewStatement(ch)
			s.Status, s.Seq = store.Placed, 5
			return tx.AddStatement(s, nil, nil)
		},
	} {
		if err := r.Update(t.Context(), fn); !errors.Is(err, comity.Conflict) {
			t.Errorf("%s: %v, want a Conflict", name, err)
		}
	}
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.SetPlaced(ch, b.ID, 0, 5, 1, 3, day), tx.SetRefused(ch, b.ID, "seat"), tx.SetEffect(ch, a.ID, "crossed", b.ID))
	})
	view(t, r.DB, func(tx *store.Tx) error {
		in, err := tx.StatementsIn(ch, 0, true, 5)
		same(t, ids([]store.Statement{a, b, c}, in), "0 1", err)
		if a := in[0]; a.Status != store.Placed || a.Seen != 3 || a.At != day || a.Effect != "crossed" || a.Crossed != b.ID {
			t.Errorf("placed: %+v", a)
		}
		if b := in[1]; b.Status != store.Refused || b.Code != "seat" {
			t.Errorf("refused: %+v", b)
		}
		counts, err := tx.Counts()
		same(t, []int64{counts["statements"], counts[store.Ready], counts[store.Placed], counts[store.Refused], counts["items"]}, []int64{3, 1, 1, 1, 0}, err)
		return nil
	})
}

func queue(t *testing.T, r record) {
	ch, other := PutChannel(t, r.DB, "a"), PutChannel(t, r.DB, "b")
	var made []store.Statement
	for i := range 7 {
		s := NewStatement(ch)
		if i == 6 {
			s.Channel = other
		}
		made = append(made, s)
		update(t, r.DB, func(tx *store.Tx) error { return tx.AddStatement(s, nil, nil) })
	}
	ready := func(limit int, want string) {
		t.Helper()
		view(t, r.DB, func(tx *store.Tx) error {
			got, err := tx.Ready(ch, limit)
			same(t, ids(made, got), want, err)
			return nil
		})
	}
	ready(64, "0 1 2 3 4 5")
	ready(2, "0 1")
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.SetReturned(ch, made[1].ID, "moved"), tx.SetPlaced(ch, made[0].ID, 1, 7, 0, -1, day),
			tx.SetPlaced(ch, made[2].ID, 1, 8, 0, 2, day), tx.SetPlaced(ch, made[3].ID, 1, 8, 1, 2, day), tx.SetPlaced(ch, made[4].ID, 2, 8, 1, 2, day),
			tx.SetPlaced(other, made[6].ID, 1, 8, 0, 2, day), tx.SetEffect(ch, made[3].ID, "applied", comity.Hash{}))
	})
	ready(64, "5")
	update(t, r.DB, func(tx *store.Tx) error {
		n, err := tx.Requeue(ch, 1, 8)
		same(t, n, 2, err)
		return nil
	})
	ready(64, "2 3 5")
	view(t, r.DB, func(tx *store.Tx) error {
		s, err := tx.Statement(ch, made[3].ID)
		same(t, []any{s.Epoch, s.Seq, s.I, s.Seen, s.Effect, s.At}, []any{uint64(0), int64(-1), 0, int64(-1), "", comity.Time{}}, err)
		s, err = tx.Statement(ch, made[1].ID)
		same(t, []any{s.Status, s.Code}, []any{store.Returned, "moved"}, err)
		return nil
	})
	update(t, r.DB, func(tx *store.Tx) error { return tx.SetPlaced(ch, made[2].ID, 2, 0, 0, -1, day) })
}

func annulled(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	var made []store.Statement
	add := func(mine bool, epoch uint64, seq int64) error {
		s := NewStatement(ch)
		s.Mine, s.Epoch, s.Seq, s.Status = mine, epoch, seq, store.Placed
		made = append(made, s)
		return r.Update(t.Context(), func(tx *store.Tx) error {
			return tx.AddStatement(s, []store.Part{{Statement: s.ID, Name: "body", Body: []byte("b")}},
				[]store.File{{Name: "f", Cipher: H("f"), Mine: mine}})
		})
	}
	for _, err := range []error{add(false, 1, 7), add(false, 1, 8), add(false, 1, 9), add(false, 2, 9), add(true, 1, 9)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	update(t, r.DB, func(tx *store.Tx) error {
		for _, ref := range []comity.Ref{"US-2026-000042", "US-2026-000043"} {
			if err := tx.PutMatter(store.Matter{Realm: comity.Live, Ref: ref, Channel: ch}); err != nil {
				return err
			}
		}
		n, err := tx.Annul(ch, 1, 8)
		same(t, n, 2, err)
		still, err := tx.Matters(store.Filter{})
		same(t, still, []store.Matter{{Realm: comity.Live, Ref: "US-2026-000042", Channel: ch}}, err)
		left, err := tx.StatementsOf(comity.Live, "US-2026-000042")
		same(t, ids(made, left), "4 0 3", err)
		again := made[2]
		again.Epoch, again.Seq = 2, 0
		return tx.AddStatement(again, []store.Part{{Statement: again.ID, Name: "body", Body: []byte("b")}}, []store.File{{Name: "f", Cipher: H("f")}})
	})
}

func matters(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	var made []store.Statement
	add := func(mine bool, epoch uint64, seq int64, i int, status string, move bool) {
		s := NewStatement(ch)
		s.Mine, s.Epoch, s.Seq, s.I, s.Status, s.Move = mine, epoch, seq, i, status, move
		made = append(made, s)
		update(t, r.DB, func(tx *store.Tx) error { return tx.AddStatement(s, nil, nil) })
	}
	heads := func(mine, theirs int) {
		t.Helper()
		view(t, r.DB, func(tx *store.Tx) error {
			m, th, err := tx.Heads(comity.Live, "US-2026-000042")
			name := func(h comity.Hash) int {
				for i, s := range made {
					if s.ID == h {
						return i
					}
				}
				return -1
			}
			same(t, []int{name(m), name(th)}, []int{mine, theirs}, err)
			return nil
		})
	}
	heads(-1, -1)
	add(true, 0, -1, 0, store.Ready, true)    // 0
	add(false, 0, 4, 1, store.Placed, true)   // 1
	add(true, 0, 9, 0, store.Placed, true)    // 2
	add(false, 0, 4, 0, store.Placed, true)   // 3
	add(false, 1, 0, 0, store.Placed, false)  // 4
	add(false, 1, 1, 0, store.Refused, true)  // 5
	add(true, 0, -1, 0, store.Returned, true) // 6
	add(true, 0, -1, 0, store.Ready, false)   // 7
	heads(0, 1)
	add(true, 0, -1, 0, store.Ready, true)  // 8
	add(false, 1, 2, 0, store.Placed, true) // 9
	heads(8, 9)
	s := NewStatement(ch)
	s.Realm = "exercise:harbour-2027"
	update(t, r.DB, func(tx *store.Tx) error { return tx.AddStatement(s, nil, nil) })
	heads(8, 9)
	view(t, r.DB, func(tx *store.Tx) error {
		got, err := tx.StatementsOf(comity.Live, "US-2026-000042")
		same(t, ids(made, got), "2 0 6 7 8 3 1 4 5 9", err)
		return nil
	})
}

func receipts(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	update(t, r.DB, func(tx *store.Tx) error {
		for seq, upto := range []int64{-1, 3, -1, 5, 5, -1, 9} {
			if err := tx.AddItem(store.Item{Channel: ch, Seq: uint64(seq), Hash: H(seq), Upto: upto, At: comity.At(day.Add(time.Duration(seq) * time.Minute))}); err != nil {
				return err
			}
			if err := tx.AddItem(store.Item{Channel: ch, Seq: uint64(seq), Mine: true, Hash: H(seq), Upto: 100 + upto, At: comity.At(day.Add(time.Duration(seq) * time.Hour))}); err != nil {
				return err
			}
		}
		for seq := range 11 { // what a matter has there
			s := NewStatement(ch)
			s.Mine, s.Seq, s.Status = seq%2 == 0, int64(seq), store.Placed
			if err := tx.AddStatement(s, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, r.DB, func(tx *store.Tx) error {
		rows, err := tx.StatementsOf(comity.Live, "US-2026-000042")
		if err != nil || len(rows) != 11 {
			t.Fatal(len(rows), err)
		}
		at, err := tx.ReceiptsOf(ch, comity.Live, "US-2026-000042")
		for _, s := range rows {
			m, _, e := tx.ReceiptCovering(ch, 0, !s.Mine, uint64(s.Seq))
			same(t, at[s.ID], m.At, errors.Join(err, e))
		}
		if len(at) != 10 {
			t.Errorf("%d are receipted, want 10: none is after number 9 of ours", len(at))
		}
		for seq, want := range []int{-1, -1, 1, 1, 3, 4, 4, 6} {
			m, ok, err := tx.ReceiptBefore(ch, 0, false, uint64(seq))
			if err != nil || ok != (want >= 0) || ok && m.Seq != uint64(want) {
				t.Errorf("ReceiptBefore(%d) = %d %v %v, want %d", seq, m.Seq, ok, err, want)
			}
		}
		for upto, want := range []int{1, 1, 1, 1, 3, 3, 6, 6, 6, 6, -1} {
			m, ok, err := tx.ReceiptCovering(ch, 0, false, uint64(upto))
			if err != nil || ok != (want >= 0) || ok && m.Seq != uint64(want) {
				t.Errorf("ReceiptCovering(%d) = %d %v %v, want %d", upto, m.Seq, ok, err, want)
			}
		}
		items, err := tx.Items(ch, 0, false, 2, 3)
		if err != nil || len(items) != 3 || items[0].Seq != 2 || items[2].Seq != 4 {
			t.Errorf("Items = %v, %v", items, err)
		}
		return nil
	})
}

func files(t *testing.T, r record) {
	ch, other := PutChannel(t, r.DB, "a"), PutChannel(t, r.DB, "b")
	ours, theirs := NewStatement(ch), NewStatement(ch)
	theirs.Mine, theirs.Status, theirs.Seq = false, store.Placed, 1
	mk := func(s store.Statement, n int) store.File {
		return store.File{Channel: s.Channel, Statement: s.ID, N: n, Name: fmt.Sprint(n), Cipher: H("cipher", s.ID, n), CipherSize: 70, Box: []byte("k"), Mine: s.Mine, Stored: s.Mine}
	}
	both := ours // a fact for two parties
	both.Channel = other
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.AddStatement(ours, nil, []store.File{mk(ours, 0), mk(ours, 1)}), tx.AddStatement(theirs, nil, []store.File{mk(theirs, 0), mk(theirs, 1)}),
			tx.AddStatement(both, nil, []store.File{mk(both, 0), mk(both, 1)}))
	})
	expect := func(push, pushOther, receipt string) {
		t.Helper()
		view(t, r.DB, func(tx *store.Tx) error {
			name := func(f []store.File, err error) string {
				var words []string
				for _, f := range f {
					words = append(words, f.Name)
				}
				if err != nil {
					t.Error(err)
				}
				return strings.Join(words, " ")
			}
			got := []string{name(tx.FilesToPush(ch, 9)), name(tx.FilesToPush(other, 9)), name(tx.FilesToReceipt(ch, 9))}
			same(t, got, []string{push, pushOther, receipt}, nil)
			return nil
		})
	}
	expect("0 1", "0 1", "")
	update(t, r.DB, func(tx *store.Tx) error { // another peer sent it, or it has another size
		return errors.Join(tx.SetFileStored("fr", mk(theirs, 1).Cipher, 70), tx.SetFileStored("cn", mk(theirs, 1).Cipher, 71))
	})
	expect("0 1", "0 1", "")
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.SetFileStored("cn", mk(theirs, 1).Cipher, 70), tx.SetFileReceipt(ch, ours.ID, 0, H("receipt"), day))
	})
	expect("1", "0 1", "1")
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.SetReturned(ch, ours.ID, "moved"), tx.SetFileReceipt(ch, theirs.ID, 1, H("receipt"), day))
	})
	expect("", "0 1", "")
	view(t, r.DB, func(tx *store.Tx) error {
		f, err := tx.FilesByCipher(mk(ours, 0).Cipher)
		if err != nil || len(f) != 2 {
			t.Errorf("FilesByCipher = %v, %v", f, err)
		}
		f, err = tx.Files(ch, ours.ID)
		if err != nil || len(f) != 2 || f[0].Receipt != H("receipt") || f[0].ReceiptAt != day || !f[1].Receipt.IsZero() {
			t.Errorf("Files = %v, %v", f, err)
		}
		return nil
	})
}

func pages(t *testing.T, r record) {
	update(t, r.DB, func(tx *store.Tx) error {
		for i := range 60 {
			m := store.Matter{Realm: comity.Live, Ref: comity.Ref(fmt.Sprintf("US-2026-%06d", i)), Peer: "cn", State: "asked", Open: true,
				Changed: comity.At(day.Add(time.Duration(i/7) * time.Minute))}
			if i%3 == 0 {
				m.State, m.Open = "closed", false
			}
			if i%10 == 0 {
				m.Peer = "fr"
			}
			if i%20 == 19 {
				m.Realm = "exercise:harbour-2027"
			}
			if err := tx.PutMatter(m); err != nil {
				return err
			}
		}
		return nil
	})
	yes, no := true, false
	for name, c := range map[string]struct {
		f    store.Filter
		want int
	}{
		"all":               {store.Filter{}, 60},
		"live":              {store.Filter{Realm: comity.Live}, 57},
		"open":              {store.Filter{Open: &yes}, 40},
		"shut":              {store.Filter{Open: &no}, 20},
		"of fr":             {store.Filter{Peer: "fr"}, 6},
		"closed, with fr":   {store.Filter{Peer: "fr", State: "closed"}, 2},
		"live, open, of cn": {store.Filter{Realm: comity.Live, Peer: "cn", Open: &yes}, 34},
	} {
		view(t, r.DB, func(tx *store.Tx) error {
			f := c.f
			f.Limit = 4
			seen := map[comity.Ref]bool{}
			var last store.Matter
			for {
				got, err := tx.Matters(f)
				if err != nil {
					return err
				}
				if len(got) == 0 {
					break
				}
				for _, m := range got {
					if seen[m.Ref] || last.Ref != "" && (m.Changed.After(last.Changed.Time) || m.Changed == last.Changed && m.Ref >= last.Ref) {
						t.Errorf("%s: %s after %s", name, m.Ref, last.Ref)
					}
					seen[m.Ref], last = true, m
				}
				f.BeforeChanged, f.BeforeRef = last.Changed, last.Ref
			}
			if len(seen) != c.want {
				t.Errorf("%s: %d matters, want %d", name, len(seen), c.want)
			}
			return nil
		})
	}
}

func filters(t *testing.T, r record) {
	hour := func(n int) comity.Time { return comity.At(day.Add(time.Duration(n) * time.Hour)) }
	update(t, r.DB, func(tx *store.Tx) error {
		var errs []error
		for i, m := range []store.Matter{
			{Kind: "preserve.request", State: "requested", Type: "preserve", Priority: "P1", Category: "hacking"},
			{Kind: "preserve.request", State: "answered", Type: "preserve", Priority: "P0", Category: "child_abuse"},
			{Kind: "assist.request", State: "requested", Type: "traffic", Priority: "P1", Category: "hacking"},
			{Kind: "assist.request", State: "requested", Type: "traffic", Priority: "P1", Category: "fraud"},
			{Kind: "case", State: "open", Restricted: true},
		} {
			m.Realm, m.Ref, m.Peer, m.Opened, m.Changed = comity.Live, comity.Ref(fmt.Sprintf("US-2026-%06d", i+1)), "cn", hour(i), hour(9)
			errs = append(errs, tx.PutMatter(m))
		}
		return errors.Join(errs...)
	})
	for name, c := range map[string]struct {
		f    store.Filter
		want string // the last digits of those found
	}{
		"of a kind":                 {store.Filter{Kind: "preserve.request"}, "21"},
		"of a type":                 {store.Filter{Type: "traffic"}, "43"},
		"of a priority":             {store.Filter{Priority: "P0"}, "2"},
		"of a category":             {store.Filter{Category: "hacking"}, "31"},
		"of a state":                {store.Filter{State: "requested"}, "431"},
		"from an hour on":           {store.Filter{From: hour(3)}, "54"},
		"before an hour":            {store.Filter{Until: hour(2)}, "21"},
		"in a period":               {store.Filter{From: hour(1), Until: hour(3)}, "32"},
		"of all at once":            {store.Filter{Kind: "assist.request", State: "requested", Type: "traffic", Priority: "P1", Category: "fraud", From: hour(3), Until: hour(4)}, "4"},
		"whose existence is secret": {store.Filter{Restricted: true}, "5"},
		"of what does not go well":  {store.Filter{Kind: "preserve.request", Type: "traffic"}, ""},
	} {
		view(t, r.DB, func(tx *store.Tx) error {
			list, err := tx.Matters(c.f)
			got := ""
			for _, m := range list {
				got += string(m.Ref[len(m.Ref)-1:])
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
			return err
		})
	}
}

func serials(t *testing.T, r record) {
	other := r.open(t)
	var w sync.WaitGroup
	var mu sync.Mutex
	given := map[int]bool{}
	for i := range 16 {
		w.Go(func() {
			for range 4 {
				var n int
				err := []*store.DB{r.DB, other}[i%2].Update(t.Context(), func(tx *store.Tx) (err error) {
					n, err = tx.NextSerial(comity.Live, 2026)
					return err
				})
				mu.Lock()
				if err != nil || given[n] || n < 1 {
					t.Errorf("serial %d, given before: %v, %v", n, given[n], err)
				}
				given[n] = true
				mu.Unlock()
			}
		})
	}
	w.Wait()
	update(t, r.DB, func(tx *store.Tx) error {
		n, err := tx.NextSerial(comity.Live, 2026)
		same(t, n, 65, err)
		n, err = tx.NextSerial(comity.Live, 2027)
		same(t, n, 1, err)
		n, err = tx.NextSerial("exercise:harbour-2027", 2026)
		same(t, n, 1, err)
		return nil
	})
}

func logs(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	const n = 300
	for from := 0; from < n; from += 50 {
		update(t, r.DB, func(tx *store.Tx) error {
			for range 50 {
				if _, err := Append(tx, ch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	view(t, r.open(t), func(tx *store.Tx) error {
		if got, err := Whole(tx, ch); got != n || err != nil {
			t.Fatal(got, err)
		}
		log := tx.Log(ch, 0, true)
		root, err := tlog.TreeHash(n, log)
		if err != nil {
			return err
		}
		for seq := range int64(n) {
			proof, err := tlog.ProveRecord(n, seq, log)
			if err != nil {
				return err
			}
			m, err := tx.Item(ch, 0, true, uint64(seq))
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, n, root, seq, tlog.RecordHash(m.Header)); err != nil {
				t.Errorf("record %d: %v", seq, err)
			}
		}
		for old := int64(1); old <= n; old += 13 {
			before, err := tlog.TreeHash(old, log)
			if err != nil {
				return err
			}
			proof, err := tlog.ProveTree(n, old, log)
			if err != nil {
				return err
			}
			if err := tlog.CheckTree(proof, n, root, old, before); err != nil {
				t.Errorf("tree %d: %v", old, err)
			}
		}
		many := make([]int64, 0, 599)
		for i := int64(598); i >= 0; i-- {
			many = append(many, i%tlog.StoredHashCount(n))
		}
		hashes, err := log.ReadHashes(many)
		if err != nil || len(hashes) != len(many) {
			t.Fatal(len(hashes), err)
		}
		for k, i := range many {
			if one, err := log.ReadHashes([]int64{i}); err != nil || one[0] != hashes[k] {
				t.Fatalf("hash %d differs, %v", i, err)
			}
		}
		return nil
	})
}

func journal(t *testing.T, r record) {
	for i := range 10 {
		update(t, r.DB, func(tx *store.Tx) error {
			return errors.Join(tx.Journal(day, "login", "us-24-7-01", fmt.Sprint(i)), tx.Journal(day, "read", "us-24-7-01", "US-2026-000042"))
		})
	}
	check := func() (err error) {
		view(t, r.DB, func(tx *store.Tx) error { err = tx.CheckJournal(); return nil })
		return err
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	view(t, r.DB, func(tx *store.Tx) error {
		e, err := tx.JournalEntries(19, 5)
		if err != nil || len(e) != 2 || e[0].N != 19 || e[0].What != "9" || e[0].Who != "us-24-7-01" || e[0].Kind != "login" || e[0].At != day || e[1].Prev != e[0].Hash {
			t.Errorf("JournalEntries = %+v, %v", e, err)
		}
		return nil
	})
	for _, c := range []struct{ forge, mend, want string }{
		{"UPDATE journal SET what = 'no' WHERE n = 7", "UPDATE journal SET what = '3' WHERE n = 7", "journal entry 7 is not as it was written"},
		{"UPDATE journal SET at = at + 1 WHERE n = 8", "UPDATE journal SET at = at - 1 WHERE n = 8", "journal entry 8 is not as it was written"},
		{"UPDATE journal SET kind = 'loginu', who = 's-24-7-01' WHERE n = 9", "UPDATE journal SET kind = 'login', who = 'us-24-7-01' WHERE n = 9", "journal entry 9 is not as it was written"},
		{"UPDATE journal SET n = 99 WHERE n = 20", "UPDATE journal SET n = 20 WHERE n = 99", "journal entry 20 is missing"},
		{"UPDATE journal_head SET n = 21", "UPDATE journal_head SET n = 20", "journal entry 21 is missing"},
		{"UPDATE journal SET n = 0 WHERE n = 5", "", "journal entry 5 is missing"},
	} {
		if err := r.raw(t, c.forge); err != nil {
			t.Fatal(err)
		}
		if err := check(); err == nil || err.Error() != c.want {
			t.Errorf("after %q: %v, want %s", c.forge, err, c.want)
		}
		if c.mend != "" {
			if err := r.raw(t, c.mend); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func journalParallel(t *testing.T, r record) {
	other := r.open(t)
	var w sync.WaitGroup
	for i := range 16 {
		w.Go(func() {
			for k := range 4 {
				if err := []*store.DB{r.DB, other}[i%2].Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.Journal(day, "login", fmt.Sprint(i), fmt.Sprint(k)); err != nil {
						return err
					}
					return tx.SetMeta(fmt.Sprint(i), fmt.Sprint(k))
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	w.Wait()
	view(t, r.DB, func(tx *store.Tx) error {
		e, err := tx.JournalEntries(1, 100)
		same(t, len(e), 64, err)
		return tx.CheckJournal()
	})
}
