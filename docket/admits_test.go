package docket

import (
	"errors"
	"slices"
	"testing"

	"comity"
	"comity/guide"
)

func TestAdmits(t *testing.T) {
	secret := &guide.Request{Confidentiality: guide.Confidentiality{Restricted: true}}
	list := &Restrict{Restricted: "yes", Add: []comity.Seat{"us-a"}}
	for _, c := range []struct {
		name    string
		entries []any
		r       *guide.Request
		seat    comity.Seat
		want    bool
	}{
		{"an open matter is for all", nil, &guide.Request{}, "us-b", true},
		{"and so is one without a request", nil, nil, "us-b", true},
		{"the list admits", []any{list}, nil, "us-a", true},
		{"and nobody else", []any{list}, &guide.Request{}, "us-b", false},
		{"a request restricts: nobody before the list", nil, secret, "us-a", false},
		{"then those on it", []any{list}, secret, "us-a", true},
		{"removed is out", []any{list, &Restrict{Restricted: "yes", Remove: []comity.Seat{"us-a"}}}, nil, "us-a", false},
		{"lifting the list does not lift the request's", []any{list, &Restrict{Restricted: "no"}}, secret, "us-a", false},
	} {
		if got := folded(t, c.entries...).Admits(c.r, c.seat); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestMayRestrict(t *testing.T) {
	two := folded(t, &Restrict{Restricted: "yes", Add: []comity.Seat{"us-a", "us-b"}})
	for _, c := range []struct {
		name    string
		d       Docket
		b       Restrict
		refused bool
	}{
		{"the first list has somebody", Docket{}, Restrict{Restricted: "yes", Add: []comity.Seat{"us-a"}}, false},
		{"a list of nobody", Docket{}, Restrict{Restricted: "yes"}, true},
		{"one of two leaves", two, Restrict{Restricted: "yes", Remove: []comity.Seat{"us-a"}}, false},
		{"both leave", two, Restrict{Restricted: "yes", Remove: []comity.Seat{"us-b", "us-a"}}, true},
		{"both hand over", two, Restrict{Restricted: "yes", Remove: []comity.Seat{"us-a", "us-b"}, Add: []comity.Seat{"us-c"}}, false},
		{"it is lifted", two, Restrict{Restricted: "no"}, false},
	} {
		if err := MayRestrict(c.d, c.b); (err != nil) != c.refused || err != nil && !errors.Is(err, comity.Invalid) {
			t.Errorf("%s: %v, want refused %v", c.name, err, c.refused)
		}
	}
	if !slices.Equal(two.Restriction.Seats, []comity.Seat{"us-a", "us-b"}) {
		t.Errorf("to ask changed the list: %v", two.Restriction.Seats)
	}
}
