package storetest

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/store"

	"golang.org/x/mod/sumdb/tlog"
)

func nil2(h comity.Hash) []tlog.Hash { return []tlog.Hash{tlog.Hash(h)} }

func same(t *testing.T, got, want any, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v, %v", got, want, err)
	}
}

func roundTrips(t *testing.T, r record) {
	later := comity.At(day.Add(time.Hour))
	ch := store.Channel{ID: H("c"), Peer: "cn", Realm: "exercise:harbour-2027", State: []byte(`{"mode":"OPEN"}`)}
	item := store.Item{Channel: ch.ID, Epoch: 1<<53 - 1, Seq: 1<<53 - 1, Mine: true, Hash: H("h"), Header: []byte("header"), Sigs: []byte("[]"),
		Control: []byte("control"), Statements: 64, Upto: 7, At: day}
	st := store.Statement{ID: H("s"), Channel: ch.ID, Epoch: 3, Seq: 9, I: 63, Mine: true, Realm: ch.Realm, Matter: "US-2026-000042", Author: "us",
		Kind: "preserve.request", Move: true, Manifest: []byte("m"), Sigs: []byte("[1]"), Class: comity.Sole,
		Signers: []comity.Seat{"us-1", "us-2", "us-3", "us-4"}, Reason: "人命 at risk", Due: later, Seen: 8, Status: store.Placed, Code: "c",
		Effect: "crossed", Crossed: H("x"), At: day, Released: day, Received: later}
	bare := store.Statement{ID: H("b"), Channel: ch.ID, Seq: 0, Author: "cn", Class: comity.OneSeat, Signers: []comity.Seat{"cn-1"}, Seen: -1,
		Status: store.Placed}
	parts := []store.Part{{Statement: st.ID, N: 0, Name: "body", Type: "application/json", Salt: []byte("salt"), Body: []byte("{}")},
		{Statement: st.ID, N: 1, Name: "order", Type: "application/pdf", Salt: []byte("salt")},
		{Statement: st.ID, N: 2, Name: "supporting", Type: "text/plain", Erased: true}}
	file := store.File{Channel: ch.ID, Statement: st.ID, N: 0, Name: "证据.zip", Type: "application/zip", Size: 1 << 40, Cipher: H("ct"),
		CipherSize: 1<<40 + 16, Box: []byte("box"), Mine: true, Stored: true, Receipt: H("r"), ReceiptAt: later}
	matter := store.Matter{Realm: ch.Realm, Ref: "US-2026-000042", Channel: ch.ID, Peer: "cn", Opener: "us", Kind: "preserve.request", State: "asked",
		Open: true, Title: "日志", TLP: "AMBER", Priority: "urgent", Type: "preserve", Category: "hacking", Secret: true, Restricted: true, Opened: day, Changed: later}
	draft := store.Draft{ID: "d1", Realm: ch.Realm, Matter: matter.Ref, Peer: "cn", Kind: matter.Kind, Manifest: []byte("m"), Sigs: []byte("[]"),
		Body: []byte("{}"), Parts: []byte("[]"), Meta: []byte("{}"), Author: "us-1", Status: "approved", Created: day, Changed: later}
	party := store.Party{Party: "cn", State: "active", Genesis: H("g"), Name: comity.Name{En: "China", Zh: "中国"}, Data: []byte("{}"), Confirmed: []byte("{}")}
	entry := store.Entry{Party: "us", Type: "profile", N: 4, Hash: H("e"), Bytes: []byte("b"), Sigs: []byte("[]"), Box: []byte("box"), Channel: ch.ID}
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.PutChannel(ch), tx.AddItem(item), tx.AddStatement(st, parts, []store.File{file}), tx.AddStatement(bare, nil, nil),
			tx.PutMatter(matter), tx.PutDraft(draft), tx.PutParty(party), tx.AddEntry(entry), tx.SetMeta("k", "v"))
	})
	// Within Update rows are read under lock, which must not change what they are.
	for _, read := range []func(*testing.T, *store.DB, func(*store.Tx) error){
		func(t *testing.T, db *store.DB, fn func(*store.Tx) error) { update(t, db, fn) },
		func(t *testing.T, db *store.DB, fn func(*store.Tx) error) { view(t, db, fn) },
	} {
		read(t, r.DB, func(tx *store.Tx) error {
			gotCh, err := tx.Channel(ch.ID)
			same(t, gotCh, ch, err)
			chs, err := tx.Channels()
			same(t, chs, []store.Channel{ch}, err)
			gotItem, err := tx.Item(ch.ID, item.Epoch, true, item.Seq)
			same(t, gotItem, item, err)
			got, err := tx.Statement(ch.ID, st.ID)
			st.Order = got.Order
			same(t, got, st, err)
			got, err = tx.Statement(ch.ID, bare.ID)
			if got.Order <= st.Order {
				t.Errorf("Order %d is not after %d", got.Order, st.Order)
			}
			bare.Order = got.Order
			same(t, got, bare, err)
			gotParts, err := tx.Parts(ch.ID, st.ID)
			same(t, gotParts, parts, err)
			gotFiles, err := tx.Files(ch.ID, st.ID)
			same(t, gotFiles, []store.File{file}, err)
			gotMatter, err := tx.Matter(matter.Realm, matter.Ref)
			same(t, gotMatter, matter, err)
			gotDraft, err := tx.Draft("d1")
			same(t, gotDraft, draft, err)
			gotDrafts, err := tx.Drafts("approved")
			same(t, gotDrafts, []store.Draft{draft}, err)
			gotParty, err := tx.Party("cn")
			same(t, gotParty, party, err)
			gotParties, err := tx.Parties()
			same(t, gotParties, []store.Party{party}, err)
			gotEntry, err := tx.EntryByHash(entry.Hash)
			same(t, gotEntry, entry, err)
			value, ok, err := tx.Meta("k")
			same(t, []any{value, ok}, []any{"v", true}, err)
			if has, err := tx.HasStatement(ch.ID, st.ID); !has || err != nil {
				t.Errorf("HasStatement = %v, %v", has, err)
			}
			return nil
		})
	}
	matter.Open, matter.State, draft.Status, party.State, ch.State = false, "closed", "released", "frozen", nil
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.PutMatter(matter), tx.PutDraft(draft), tx.PutParty(party), tx.PutChannel(ch), tx.SetMeta("k", ""))
	})
	view(t, r.DB, func(tx *store.Tx) error {
		gotCh, err := tx.Channel(ch.ID)
		same(t, gotCh, ch, err)
		gotMatter, err := tx.Matter(matter.Realm, matter.Ref)
		same(t, gotMatter, matter, err)
		gotDraft, err := tx.Draft("d1")
		same(t, gotDraft, draft, err)
		gotParty, err := tx.Party("cn")
		same(t, gotParty, party, err)
		value, ok, err := tx.Meta("k")
		same(t, []any{value, ok}, []any{"", true}, err)
		return nil
	})
}

func notFound(t *testing.T, r record) {
	ask := func(tx *store.Tx) error {
		errs := map[string]error{}
		_, errs["Channel"] = tx.Channel(H(1))
		_, errs["Item"] = tx.Item(H(1), 0, true, 0)
		_, errs["Statement"] = tx.Statement(H(1), H(2))
		_, errs["Matter"] = tx.Matter("live", "US-2026-000042")
		_, errs["Draft"] = tx.Draft("d")
		_, errs["Party"] = tx.Party("us")
		_, errs["EntryByHash"] = tx.EntryByHash(H(1))
		_, errs["ReadHashes"] = tx.Log(H(1), 0, true).ReadHashes([]int64{0})
		for name, err := range errs {
			if !errors.Is(err, comity.NotFound) {
				t.Errorf("%s: %v, want NotFound", name, err)
			}
		}
		return nil
	}
	view(t, r.DB, ask)
	update(t, r.DB, ask)
	update(t, r.DB, func(tx *store.Tx) error {
		for name, err := range map[string]error{
			"SetPlaced":      tx.SetPlaced(H(1), H(2), 0, 0, 0, -1, day),
			"SetReturned":    tx.SetReturned(H(1), H(2), "stale"),
			"SetRefused":     tx.SetRefused(H(1), H(2), "seat"),
			"SetEffect":      tx.SetEffect(H(1), H(2), "applied", comity.Hash{}),
			"ErasePart":      tx.ErasePart(H(1), 0),
			"EraseFile":      tx.EraseFile(H(1), 0),
			"SetFileReceipt": tx.SetFileReceipt(H(1), H(2), 0, H(3), day),
			"DropBox":        tx.DropBox(H(1)),
		} {
			if !errors.Is(err, comity.NotFound) {
				t.Errorf("%s: %v, want NotFound", name, err)
			}
		}
		return nil
	})
}

func classes(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	add := func(s store.Statement) error {
		return r.Update(t.Context(), func(tx *store.Tx) error { return tx.AddStatement(s, nil, nil) })
	}
	two := []comity.Seat{"us-1", "us-2"}
	for _, c := range []struct {
		name string
		good bool
		s    store.Statement
	}{
		{"dual by two seats", true, store.Statement{Class: comity.Dual, Signers: two}},
		{"dual by nobody", false, store.Statement{Class: comity.Dual}},
		{"dual by one seat", false, store.Statement{Class: comity.Dual, Signers: two[:1]}},
		{"dual by one seat twice", false, store.Statement{Class: comity.Dual, Signers: []comity.Seat{"us-1", "us-1"}}},
		{"sole in an emergency", true, store.Statement{Class: comity.Sole, Signers: two[:1], Reason: "life at risk", Due: day}},
		{"sole by nobody", false, store.Statement{Class: comity.Sole, Reason: "life at risk", Due: day}},
		{"sole without a reason", false, store.Statement{Class: comity.Sole, Signers: two[:1], Due: day}},
		{"sole without a countersignature due", false, store.Statement{Class: comity.Sole, Signers: two[:1], Reason: "life at risk"}},
		{"one seat", true, store.Statement{Class: comity.OneSeat, Signers: two[:1]}},
		{"one seat that is empty", false, store.Statement{Class: comity.OneSeat, Signers: []comity.Seat{""}}},
		{"no class", false, store.Statement{Signers: two}},
		{"a class of its own", false, store.Statement{Class: "none", Signers: two}},
	} {
		for _, mine := range []bool{true, false} {
			for _, status := range []string{store.Ready, store.Placed, store.Refused} {
				if status == store.Ready && !mine {
					continue
				}
				s := NewStatement(ch)
				s.Class, s.Signers, s.Reason, s.Due = c.s.Class, c.s.Signers, c.s.Reason, c.s.Due
				s.Mine, s.Status = mine, status
				if status != store.Ready {
					s.Epoch, s.Seq = uint64(time.Now().UnixNano()), 0
				}
				good := c.good || !mine && status == store.Refused
				err := add(s)
				if good && err != nil || !good && !errors.Is(err, comity.Invalid) {
					t.Errorf("%s, mine=%v, %s: %v", c.name, mine, status, err)
				}
			}
		}
	}
	// A program that goes around package store meets the same wall.
	for _, query := range []string{
		"UPDATE statement SET signer2 = '' WHERE class = 'dual' AND signer1 <> ''",
		"UPDATE statement SET signer2 = signer1 WHERE class = 'dual' AND signer1 <> ''",
		"UPDATE statement SET reason = '' WHERE class = 'sole_emergency' AND signer1 <> '' AND reason <> ''",
		"UPDATE statement SET due = 0 WHERE class = 'sole_emergency' AND signer1 <> '' AND due <> 0",
		"UPDATE statement SET class = ''",
		"UPDATE statement SET signer1 = NULL",
		"UPDATE statement SET seq = 1 WHERE status = 'ready'",
		"UPDATE statement SET status = 'gone'",
	} {
		if err := r.raw(t, query); err == nil {
			t.Errorf("the database did %q", query)
		}
	}
}

func entries(t *testing.T, r record) {
	e := store.Entry{Party: "us", Type: "roster", N: 1, Hash: H(1), Bytes: []byte("one"), Sigs: []byte{}, Box: []byte("k")}
	update(t, r.DB, func(tx *store.Tx) error {
		first, again := tx.AddEntry(e), tx.AddEntry(e)
		if first != nil || again != nil {
			t.Errorf("added %v, added again %v", first, again)
		}
		other := e
		other.Hash, other.Bytes = H(2), []byte("two")
		if err := tx.AddEntry(other); !errors.Is(err, comity.Conflict) {
			t.Errorf("a second entry 1: %v, want a Conflict", err)
		}
		for _, n := range []uint64{10, 2, 0} {
			next := e
			next.N, next.Hash = n, H("n", n)
			if err := tx.AddEntry(next); err != nil {
				t.Error(err)
			}
		}
		profile := store.Entry{Party: "us", Type: "profile", Hash: H("p"), Bytes: []byte{}, Sigs: []byte{}, Box: []byte{}}
		for _, ch := range []string{"live", "exercise"} {
			profile.Channel = H(ch)
			if err := tx.AddEntry(profile); err != nil {
				t.Errorf("the profile of %s: %v", ch, err)
			}
		}
		return tx.DropBox(e.Hash)
	})
	view(t, r.DB, func(tx *store.Tx) error {
		got, err := tx.Entries("us", "roster")
		var ns []uint64
		for _, e := range got {
			ns = append(ns, e.N)
		}
		same(t, ns, []uint64{0, 1, 2, 10}, err)
		dropped, err := tx.EntryByHash(e.Hash)
		same(t, dropped.Box, []byte(nil), err)
		return nil
	})
}

func erased(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	s := NewStatement(ch)
	secret := []byte(strings.Repeat("the name of a suspect ", 300))
	parts := []store.Part{{Statement: s.ID, N: 0, Name: "body", Salt: secret[:32], Body: secret}, {Statement: s.ID, N: 1, Name: "order", Salt: []byte("s"), Body: []byte("kept")}}
	files := []store.File{{Statement: s.ID, Name: "a", Cipher: H("ct"), Box: []byte("box"), Mine: true}}
	s.Mine, s.Seq, s.Status, files[0].Mine = false, 4, store.Placed, false
	other := s // of the same name, from elsewhere
	other.Channel = PutChannel(t, r.DB, "b")
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.AddStatement(other, []store.Part{{N: 0, Name: "body", Body: []byte("theirs")}}, nil), tx.AddStatement(s, parts, files))
	})
	view(t, r.DB, func(tx *store.Tx) error {
		for ch, want := range map[comity.Hash]string{s.Channel: string(secret), other.Channel: "theirs"} {
			got, err := tx.Parts(ch, s.ID)
			same(t, string(got[0].Body), want, err)
			of, err := tx.PartsIn(ch, s.Epoch, false, 4)
			same(t, of[s.ID], got, err)
			of, err = tx.PartsOf(ch, s.Realm, s.Matter)
			same(t, of, map[comity.Hash][]store.Part{s.ID: got}, err)
			want, err := tx.Files(ch, s.ID)
			if err != nil {
				return err
			}
			files, err := tx.FilesOf(ch, s.Realm, s.Matter)
			same(t, files[s.ID], want, err)
		}
		none, err := tx.PartsOf(ch, s.Realm, "US-2026-000043")
		same(t, len(none), 0, err)
		return nil
	})
	update(t, r.DB, func(tx *store.Tx) error {
		return errors.Join(tx.ErasePart(s.ID, 0), tx.EraseFile(s.ID, 0))
	})
	view(t, r.DB, func(tx *store.Tx) error {
		got, err := tx.Parts(other.Channel, s.ID)
		same(t, got, []store.Part{{Statement: s.ID, Name: "body", Erased: true}}, err)
		f, err := tx.Files(ch, s.ID)
		if err != nil || len(f) != 1 || len(f[0].Box) != 0 {
			t.Errorf("the file is %+v, %v", f, err)
		}
		return nil
	})
	update(t, r.DB, func(tx *store.Tx) error {
		_, err := tx.Annul(ch, s.Epoch, 0)
		return errors.Join(err, tx.AddStatement(s, parts, files[:0])) // does not bring it back
	})
	view(t, r.DB, func(tx *store.Tx) error {
		got, err := tx.Parts(ch, s.ID)
		if err != nil || len(got) != 2 {
			t.Fatal(got, err)
		}
		if p := got[0]; !p.Erased || len(p.Salt) != 0 || len(p.Body) != 0 || p.Name != "body" {
			t.Errorf("the part is %+v", p)
		}
		if p := got[1]; p.Erased || string(p.Body) != "kept" {
			t.Errorf("its neighbour is %+v", p)
		}
		return nil
	})
	if r.Dialect() != "sqlite" {
		return
	}
	r.Close()
	b, err := os.ReadFile(r.address)
	if err != nil || bytes.Contains(b, secret[:22]) {
		t.Errorf("the file still has what was erased; %v", err)
	}
}

func oddTexts(t *testing.T, r record) {
	ch := PutChannel(t, r.DB, "a")
	s := NewStatement(ch)
	s.Class, s.Reason, s.Due = comity.Sole, "a\x00b", day
	update(t, r.DB, func(tx *store.Tx) error { return tx.AddStatement(s, nil, nil) })
	view(t, r.DB, func(tx *store.Tx) error {
		got, err := tx.Statement(ch, s.ID)
		same(t, got.Reason, "a\uFFFDb", err)
		return nil
	})
}
