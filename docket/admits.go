package docket

import (
	"slices"

	"comity"
	"comity/guide"
)

// Restricts reports whether the very existence of a matter is secret. r is its
// request, nil if it has none.
func (d Docket) Restricts(r *guide.Request) bool {
	return d.Restriction.On || r != nil && r.Confidentiality.Restricted
}

// Admits reports whether a seat may know that the matter exists. r is its request,
// nil if it has none or it was erased. Of a matter that its request restricts and
// that has no list yet, no seat may: whoever takes it in admits the first.
func (d Docket) Admits(r *guide.Request, s comity.Seat) bool {
	return !d.Restricts(r) || slices.Contains(d.Restriction.Seats, s)
}

// MayRestrict refuses an entry after which nobody may know of a restricted matter:
// nobody could then admit anybody either.
func MayRestrict(d Docket, b Restrict) error {
	d.Restriction.Seats = slices.Clone(d.Restriction.Seats)
	d.restrict(Entry{}, &b)
	if d.Restriction.On && len(d.Restriction.Seats) == 0 {
		return comity.Fieldf("add", "nobody would be left who may know of it: comity restrict REF --add SEAT")
	}
	return nil
}
