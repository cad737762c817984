package main

import (
	"testing"
	"time"

	"comity/store/pgtest"
	"comity/testnet"
)

// Two replicas of one party serve one record. Either may die: the other takes
// over within five seconds, nothing is lost, and nothing comes twice.
func TestReplicas(t *testing.T) {
	us := testnet.New(t, "us", testnet.Options{Database: pgtest.URL(t)})
	other := us.Replica(t)
	us.AddEndpoint(t, other.Link)
	cn := testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	replicas := [2]*testnet.Process{us.Serve(t), other.Serve(t)}
	cn.Serve(t)
	for _, r := range replicas {
		r.WaitUp(t)
	}

	l := newLoad(t, us, cn, 30*time.Millisecond)
	l.start(2)
	l.more(20)
	rounds := 4
	if testing.Short() {
		rounds = 2
	}
	for i := range rounds {
		dead := replicas[i%2]
		dead.Kill()
		// From now on only the other replica is there to bring this over, both
		// ways; the load goes on, so the last statement waits for all before it.
		began := time.Now()
		for j, n := range l.nodes {
			peer := l.nodes[1-j]
			id, _, err := n.Ask(t.Context(), peer.Party, 100)
			if err != nil {
				t.Fatal(err)
			}
			testnet.Until(t, 30*time.Second, "a statement arrives by the other replica", func() bool {
				_, ok := peer.Statements(t, n.Name)[id]
				return ok
			})
		}
		took := time.Since(began).Round(time.Millisecond)
		t.Logf("replica %d dead: both ways work after %v", i%2+1, took)
		if took > 5*time.Second {
			t.Errorf("the takeover took %v, more than 5 s", took)
		}
		if err := dead.Start(); err != nil {
			t.Fatal(err)
		}
		dead.WaitUp(t)
		l.more(20) // with both
	}
	l.finish()
	l.settled(30 * time.Second)
	l.checkAcked()
}
