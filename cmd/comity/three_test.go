package main

import (
	"testing"
	"time"

	"comity"
	"comity/testnet"
)

// Three parties, each with both others: what two say to each other, the third's
// node has no row of, and no byte that it could keep.
func TestThreeParties(t *testing.T) {
	us, cn, fr := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{}), testnet.New(t, "fr", testnet.Options{})
	parties := []*testnet.Party{us, cn, fr}
	testnet.Pair(t, parties...)
	var desks []*testnet.Node
	for _, p := range parties {
		p.Serve(t)
		desks = append(desks, testnet.Open(t, p, nil))
	}
	type letter struct {
		from, to int
		id       comity.Hash
	}
	var letters []letter
	for i, from := range desks {
		for j, to := range desks {
			if i == j {
				continue
			}
			id, _, err := from.Ask(t.Context(), to.Party, 500)
			if err != nil {
				t.Fatal(err)
			}
			letters = append(letters, letter{i, j, id})
		}
	}
	testnet.Until(t, 20*time.Second, "every letter has arrived", func() bool {
		for _, l := range letters {
			if _, ok := desks[l.to].Statements(t, "")[l.id]; !ok {
				return false
			}
		}
		return true
	})
	for _, l := range letters {
		third := 3 - l.from - l.to
		if _, ok := desks[third].Statements(t, "")[l.id]; ok {
			t.Errorf("%s has what %s said to %s", desks[third].Name, desks[l.from].Name, desks[l.to].Name)
		}
	}
	for i, n := range desks {
		if got := len(n.Statements(t, "")); got != 4 {
			t.Errorf("%s has %d statements, want its own two and one of each other", n.Name, got)
		}
		for j, to := range desks {
			if i != j {
				testnet.Until(t, 10*time.Second, "all is receipted", func() bool {
					s := n.State(t, to.Party)
					return !s.Unreceipted() && !s.Owes()
				})
			}
		}
	}
	for i, n := range desks {
		testnet.MustAgree(t, n, desks[(i+1)%3])
		if rows := n.ChannelRows(t, testnet.Channel(desks[(i+1)%3].Party, desks[(i+2)%3].Party)); rows != 0 {
			t.Errorf("%s has %d items of the others' channel", n.Name, rows)
		}
	}
}
