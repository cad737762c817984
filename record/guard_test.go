package record

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"comity"
	"comity/exchange"
)

// Turns of one channel end in any order; the guard is that of the furthest.
func TestGuardNeverFalls(t *testing.T) {
	k := &Keeper{Guard: t.TempDir()}
	for round := range 20 {
		channel := comity.Hash{byte(round + 1)}
		var all sync.WaitGroup
		for next := range uint64(50) {
			all.Go(func() {
				if err := k.writeGuard(channel, exchange.State{Epoch: 1, Next: next + 1}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		g, err := k.ReadGuard(channel)
		if err != nil {
			t.Fatal(err)
		}
		if g != (exchange.Guard{Epoch: 1, Next: 50}) {
			t.Fatalf("round %d: the guard says %+v, and 50 numbers have left", round, g)
		}
	}
	if err := os.WriteFile(filepath.Join(k.Guard, comity.Hash{99}.String()), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if g, err := k.ReadGuard(comity.Hash{99}); err != nil || g != (exchange.Guard{}) {
		t.Errorf("a guard that was being made when the node died: %+v, %v", g, err)
	}
	if err := k.writeGuard(comity.Hash{1}, exchange.State{Epoch: 0, Next: 99}); err != nil {
		t.Fatal(err)
	}
	if g, err := k.ReadGuard(comity.Hash{1}); err != nil || g.Epoch != 1 {
		t.Errorf("an earlier epoch lowered it: %+v, %v", g, err)
	}
}
