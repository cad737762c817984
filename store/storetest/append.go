package storetest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"testing"
	"time"

	"comity"
	"comity/store"

	"golang.org/x/mod/sumdb/tlog"
)

var day = comity.At(time.Date(2026, 11, 22, 3, 14, 28, 0, time.UTC))

// H returns a hash to tell things apart by.
func H(words ...any) comity.Hash { return comity.Hash(tlog.RecordHash([]byte(fmt.Sprint(words...)))) }

// PutChannel records an empty channel and returns its name.
func PutChannel(t testing.TB, db *store.DB, name string) comity.Hash {
	t.Helper()
	id := H("channel", name)
	update(t, db, func(tx *store.Tx) error {
		return tx.PutChannel(store.Channel{ID: id, Peer: "cn", Realm: comity.Live, State: []byte("0")})
	})
	return id
}

// NewStatement returns a statement of ours as it is when it is released.
func NewStatement(ch comity.Hash) store.Statement {
	manifest := make([]byte, 900)
	rand.Read(manifest)
	return store.Statement{
		ID: comity.Hash(tlog.RecordHash(manifest)), Channel: ch, Seq: -1, Mine: true, Realm: comity.Live, Matter: "US-2026-000042",
		Author: "us", Kind: "preserve.request", Move: true, Manifest: manifest, Sigs: make([]byte, 400),
		Class: comity.Dual, Signers: []comity.Seat{"us-24-7-01", "us-24-7-02"}, Seen: -1, Status: store.Ready, Released: day,
	}
}

// Append does what a verb does that places one statement: it takes the channel,
// numbers an item, extends the log and writes the view. It returns the number.
func Append(tx *store.Tx, ch comity.Hash) (uint64, error) {
	c, err := tx.Channel(ch)
	if err != nil {
		return 0, err
	}
	seq, err := strconv.ParseUint(string(c.State), 10, 64)
	if err != nil {
		return 0, err
	}
	s := NewStatement(ch)
	body := make([]byte, 2048)
	if err := tx.AddStatement(s, []store.Part{{Statement: s.ID, Name: "body", Type: "application/json", Salt: body[:32], Body: body}}, nil); err != nil {
		return 0, err
	}
	header := binary.BigEndian.AppendUint64(make([]byte, 700), seq)
	if err := tx.AddItem(store.Item{Channel: ch, Seq: seq, Mine: true, Hash: comity.Hash(tlog.RecordHash(header)), Header: header, Sigs: body[:200], Statements: 1, Upto: -1, At: day}); err != nil {
		return 0, err
	}
	log := tx.Log(ch, 0, true)
	hashes, err := tlog.StoredHashes(int64(seq), header, log)
	if err != nil {
		return 0, err
	}
	if err := log.AddHashes(tlog.StoredHashIndex(0, int64(seq)), hashes); err != nil {
		return 0, err
	}
	if err := tx.SetPlaced(ch, s.ID, 0, seq, 0, -1, day); err != nil {
		return 0, err
	}
	if err := tx.PutMatter(store.Matter{Realm: s.Realm, Ref: comity.Ref(fmt.Sprintf("US-2026-%06d", seq%1000000)), Channel: ch, Peer: "cn", Opener: "us",
		Kind: s.Kind, State: "asked", Open: true, Title: "logs of a server", Changed: day}); err != nil {
		return 0, err
	}
	c.State = strconv.AppendUint(nil, seq+1, 10)
	return seq, tx.PutChannel(c)
}

// Whole returns an error if item, statement and log of a channel are apart, and
// else how many there are.
func Whole(tx *store.Tx, ch comity.Hash) (uint64, error) {
	c, err := tx.Channel(ch)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(c.State), 10, 64)
	if err != nil {
		return 0, err
	}
	log := tx.Log(ch, 0, true)
	if _, err := log.ReadHashes([]int64{tlog.StoredHashCount(int64(n))}); err == nil {
		return 0, fmt.Errorf("the log is longer than the %d items", n)
	}
	if n == 0 {
		return 0, nil
	}
	root, err := tlog.TreeHash(int64(n), log)
	if err != nil {
		return 0, err
	}
	var leaves memory
	for seq := uint64(0); seq < n; {
		items, err := tx.Items(ch, 0, true, seq, 500)
		if err != nil {
			return 0, err
		}
		if len(items) == 0 {
			return 0, fmt.Errorf("item %d is missing", seq)
		}
		for _, m := range items {
			in, err := tx.StatementsIn(ch, 0, true, m.Seq)
			if err != nil || len(in) != m.Statements || m.Seq != seq {
				return 0, fmt.Errorf("item %d is number %d and has %d statements of %d: %v", seq, m.Seq, len(in), m.Statements, err)
			}
			hashes, err := tlog.StoredHashes(int64(seq), m.Header, &leaves)
			if err != nil {
				return 0, err
			}
			leaves = append(leaves, hashes...)
			seq++
		}
	}
	if again, err := tlog.TreeHash(int64(n), &leaves); err != nil || again != root {
		return 0, fmt.Errorf("the log's root is not that of the items: %v", err)
	}
	return n, nil
}

// memory is a log that was never stored.
type memory []tlog.Hash

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for k, i := range indexes {
		out[k] = (*m)[i]
	}
	return out, nil
}

func update(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}
