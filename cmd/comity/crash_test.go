package main

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"comity/store/pgtest"
	"comity/testnet"
)

// TestCrash kills either node, or both, at random instants, 120 times in all,
// while officers of both parties work. Whatever was acknowledged to them is on
// both records in the end, once, in order, and proven; and at each death, items,
// logs, receipts, statements and views were together.
func TestCrash(t *testing.T) {
	for _, tt := range []struct {
		name         string
		postgres     bool
		kills, short int
	}{
		{"SQLite and SQLite", false, 100, 8},
		{"PostgreSQL and SQLite", true, 20, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var o testnet.Options
			if tt.postgres {
				o.Database = pgtest.URL(t)
			}
			us, cn := testnet.New(t, "us", o), testnet.New(t, "cn", testnet.Options{})
			testnet.Pair(t, us, cn)
			kills := tt.kills
			if testing.Short() {
				kills = tt.short
			}
			crash(t, us, cn, kills)
		})
	}
}

// TestReturn: what waited for a peer that was gone is there within five seconds
// of its return, without any new traffic, and however much it was, it did not
// wait in memory.
func TestReturn(t *testing.T) {
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	from, to := us.Serve(t), cn.Serve(t)
	l := newLoad(t, us, cn, 0)
	_, ref, err := l.nodes[0].Ask(t.Context(), cn, 100)
	if err != nil {
		t.Fatal(err)
	}
	l.settled(10 * time.Second)
	to.Kill()
	down := time.Now()
	gone, many := 12*time.Second, 500
	if testing.Short() {
		gone, many = 4*time.Second, 50
	}
	text := strings.Repeat("x", 3000)
	for range many {
		id, err := l.nodes[0].Note(t.Context(), ref, "%s", text)
		l.note(acked{id: id}, err)
	}
	time.Sleep(time.Until(down.Add(gone))) // the length of the outage: it waits for nothing
	if err := to.Start(); err != nil {
		t.Fatal(err)
	}
	to.WaitUp(t)
	began := time.Now()
	testnet.Until(t, 20*time.Second, "all are receipted", func() bool { return l.rests(l.nodes[0], l.nodes[1]) })
	took := time.Since(began).Round(time.Millisecond)
	t.Logf("%d statements were delivered and receipted %v after the return; the sender had at most %d MiB resident", many, took, from.Peak())
	if took > 5*time.Second {
		t.Errorf("it took %v, more than 5 s", took)
	}
	if from.Peak() > 128 {
		t.Errorf("the sender had %d MiB resident", from.Peak())
	}
	l.settled(10 * time.Second)
	l.checkAcked()
}

func crash(t *testing.T, us, cn *testnet.Party, kills int) {
	l := newLoad(t, us, cn, 40*time.Millisecond)
	nodes := [2]*testnet.Process{us.Serve(t), cn.Serve(t)}
	l.start(3)
	began := time.Now()
	for i := range kills {
		// The instant of a death is random: this sleep is what is done to the
		// nodes, and waits for nothing.
		time.Sleep(rand.N(700 * time.Millisecond))
		victims := [][]int{{0}, {1}, {0, 1}}[rand.N(21)/10]
		for _, v := range victims {
			nodes[v].Kill()
		}
		for _, v := range victims {
			if i%5 == 0 {
				audit(t, l.nodes[v])
			}
			if err := nodes[v].Start(); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d kills in %v", kills, time.Since(began).Round(time.Second))
	l.finish()
	end := time.Now()
	l.settled(60 * time.Second)
	t.Logf("healed in %v", time.Since(end).Round(time.Millisecond))
	l.checkAcked()
	for _, n := range nodes {
		for _, line := range n.Logged(`"level":"ERROR"`) {
			if !strings.Contains(line, "context canceled") { // the peer died as it asked
				t.Errorf("%s logged %s", n.Name, line)
			}
		}
	}
}

// audit checks the record of a node that is dead.
func audit(t *testing.T, n *testnet.Node) {
	t.Helper()
	faults, err := testnet.Audit(t.Context(), n.Keeper)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Errorf("%s, dead: %s", n.Name, f)
	}
}
