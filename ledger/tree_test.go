package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"comity"
	"comity/ledger"
)

// TestTree holds Append and Prove to package tlog, for every log of up to 70 leaves.
func TestTree(t *testing.T) {
	var log, theirs ledger.Memory
	for n := range uint64(70) {
		want, _ := tlog.TreeHash(int64(n), &theirs)
		if got, err := ledger.Root(&log, n); err != nil || got != comity.Hash(want) {
			t.Fatalf("the root of %d leaves is %s, want %s (%v)", n, got.Short(), comity.Hash(want).Short(), err)
		}
		for seq := range n {
			path, err := ledger.Prove(&log, seq, n)
			if err != nil || ledger.CheckProof(path, seq, n, comity.Hash(want), leaf(seq)) != nil {
				t.Fatalf("leaf %d of %d is not proved: %v", seq, n, err)
			}
			if ledger.CheckProof(path, seq, n, comity.Hash(want), leaf(seq+1)) == nil {
				t.Fatalf("another leaf than %d of %d is proved", seq, n)
			}
		}
		hashes, _ := tlog.StoredHashes(int64(n), leaf(n), &theirs)
		theirs.AddHashes(tlog.StoredHashCount(int64(n)), hashes)
		if _, err := ledger.Append(&log, n, leaf(n)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ledger.Append(&log, 3, leaf(3)); !errors.Is(err, comity.Conflict) {
		t.Errorf("a leaf took another's place: %v", err)
	}
	if _, err := ledger.Prove(&log, 70, 70); !errors.Is(err, comity.Invalid) {
		t.Errorf("a leaf that is not there is proved: %v", err)
	}
}

// TestTreeCopies adds different leaves to two copies of one tree.
func TestTreeCopies(t *testing.T) {
	var a ledger.Tree
	for n := range uint64(5) {
		a.Add(leaf(n))
	}
	b, before := a, a.Root()
	b.Add(leaf(9))
	if a.Root() != before {
		t.Errorf("a tree changed with its copy")
	}
	a.Add(leaf(5))
	if a.Root() == b.Root() {
		t.Errorf("two trees share an edge")
	}
}

func leaf(n uint64) []byte { return fmt.Appendf(nil, "header %d", n) }
