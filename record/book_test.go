package record_test

import (
	"errors"
	"testing"
	"time"

	"comity"
	"comity/record"
	"comity/roster"
	"comity/store"
	"comity/testnet"
)

// What a transaction read of a party's book and then did not commit is nobody's
// word, also if the next entry has the same number.
func TestBookOfAFailedTransaction(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	without := func(seat comity.Seat) comity.Signed {
		count, prev := us.Book.Roster()
		r := comity.Roster{V: 1, Party: "us", N: uint64(count), Prev: prev, Remove: []comity.Seat{seat}, Time: comity.At(time.Now())}
		by := []roster.Sign{us.RosterKey.Sign}
		for _, o := range us.Officers[:2] {
			by = append(by, roster.AsSeat(o.Seat, o.Key))
		}
		s, err := roster.SignObject("roster", r, by...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	take := func(s comity.Signed, then error) error {
		return cn.DB.Update(t.Context(), func(tx *store.Tx) error {
			e, err := record.Entry("us", "roster", 1, s)
			if err != nil {
				return err
			}
			if err := record.AddEntry(tx, e); err != nil {
				return err
			}
			if _, err := cn.Keeper.Book(tx, "us"); err != nil {
				return err
			}
			return then
		})
	}
	cut := errors.New("the connection was cut")
	if err := take(without(us.Officers[0].Seat), cut); !errors.Is(err, cut) {
		t.Fatal(err)
	}
	if err := take(without(us.Officers[1].Seat), nil); err != nil {
		t.Fatal(err)
	}
	if err := cn.DB.View(t.Context(), func(tx *store.Tx) error {
		b, err := cn.Keeper.Book(tx, "us")
		if err != nil {
			return err
		}
		if sits := b.Officers(); len(sits) != 1 || sits[0].Seat != us.Officers[0].Seat {
			t.Errorf("the book seats %v", sits)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
