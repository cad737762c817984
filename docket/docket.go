package docket

import (
	"fmt"
	"slices"
	"time"

	"comity"
)

// A Docket is a folded file.
type Docket struct {
	Screening   Sheet
	Protection  Sheet
	Restriction Restriction

	Notes       []Kept[Note]
	Routes      []Kept[Routed] // the last is in force
	Cleaned     []Kept[Cleaned]
	Actions     []Running
	Disclosures []Kept[Disclosure]
	Retention   []Kept[Retention] // the last is in force
	LegalHolds  []Kept[LegalHold] // as last stated by each who wants it kept; see HoldAt
	Erasures    []Kept[Erasure]
	Calls       []Kept[Call]
	Breaches    []Kept[Breach]
	Costs       []Kept[Costs] // the last is in force
	Opinions    []Kept[Opinion]
	Letters     []Kept[Sent]
	References  []Kept[Reference] // the last is in force
	Intakes     []Kept[Intake]

	// Of the party's own file.
	Correspondents []Kept[Correspondent]
	Instructions   []Kept[Instruction]
	Handovers      []Kept[Handover]
	Takeovers      []Kept[Takeover]

	unread bool // an entry about a legal hold could not be read: it holds
}

// Kept is a body with who noted it and when.
type Kept[T any] struct {
	By comity.Seat
	At comity.Time
	Is T
}

// Running is a domestic action as it stands.
type Running struct {
	Kept[Action]
	Opened comity.Time // when it was first noted
	Since  comity.Time // it waits for Is.WaitingFor since then; zero if for nobody
}

// A Restriction is the list of a restricted matter.
type Restriction struct {
	On         bool
	Seats      []comity.Seat
	CoverTitle string
}

// Read folds entries, in the order in which they were added. An entry that cannot
// be read is an error, and the rest still counts: but one about a restriction
// restricts, and one about a legal hold holds.
func Read(entries []Entry) (Docket, []error) {
	d := Docket{Screening: newSheet(screening), Protection: newSheet(protection)}
	var errs []error
	for i, e := range entries {
		body, err := Decode(e)
		if err != nil {
			errs = append(errs, fmt.Errorf("entry %d, %s of %s: %w", i, comity.Clip(e.Kind), e.Seat, err))
			d.Restriction.On = d.Restriction.On || e.Kind == "restrict"
			d.unread = d.unread || e.Kind == "legal_hold"
			continue
		}
		k, _ := KindOf(e.Kind) // Decode found it
		k.fold(&d, e, body)
	}
	return d, errs
}

// in returns how an entry is kept in a list: in the place of what has its name, or
// at the end.
func in[T any](list func(*Docket) *[]Kept[T]) func(*Docket, Entry, *T) {
	return func(d *Docket, e Entry, b *T) {
		l, k := list(d), Kept[T]{e.Seat, e.At, *b}
		if i := slices.IndexFunc(*l, func(o Kept[T]) bool { return e.Name != "" && nameOf(&o.Is) == e.Name }); i >= 0 {
			(*l)[i] = k
			return
		}
		*l = append(*l, k)
	}
}

func (d *Docket) screen(e Entry, b *Screening) {
	d.Screening.put(Answered{Line: b.Line, Answer: b.Answer, Items: b.Items, Note: b.Note, By: e.Seat, At: e.At})
}

func (d *Docket) protect(e Entry, b *Protection) {
	d.Protection.put(Answered{Line: b.Line, Answer: b.Answer, Note: b.Note, ConsentRef: b.ConsentRef, By: e.Seat, At: e.At})
}

// act lets an action take the place of what has its id, and keeps since when it
// waits for the same.
func (d *Docket) act(e Entry, b *Action) {
	k := Kept[Action]{e.Seat, e.At, *b}
	i := slices.IndexFunc(d.Actions, func(o Running) bool { return o.Is.ID == k.Is.ID })
	if i < 0 {
		i, d.Actions = len(d.Actions), append(d.Actions, Running{Opened: k.At})
	}
	old, since := d.Actions[i], comity.Time{}
	switch {
	case k.Is.WaitingFor == "":
	case !k.Is.WaitingSince.IsZero():
		since = k.Is.WaitingSince
	case k.Is.WaitingFor == old.Is.WaitingFor:
		since = old.Since
	default:
		since = k.At
	}
	d.Actions[i] = Running{k, old.Opened, since}
}

func (d *Docket) restrict(_ Entry, b *Restrict) {
	r := &d.Restriction
	if b.Restricted == "no" {
		*r = Restriction{}
		return
	}
	r.On = true
	for _, s := range b.Add {
		if !slices.Contains(r.Seats, s) {
			r.Seats = append(r.Seats, s)
		}
	}
	r.Seats = slices.DeleteFunc(r.Seats, func(s comity.Seat) bool { return slices.Contains(b.Remove, s) })
	if b.CoverTitle != "" {
		r.CoverTitle = b.CoverTitle
	}
}

// Waiting returns the actions that wait for somebody, the longest first.
func (d Docket) Waiting() (list []Running) {
	for _, r := range d.Actions {
		if r.Is.WaitingFor != "" {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b Running) int { return a.Since.Compare(b.Since.Time) })
	return list
}

// HoldAt returns a legal hold that is in force at a time. A hold that could not be
// read is in force.
func (d Docket) HoldAt(now time.Time) (LegalHold, bool) {
	for _, k := range d.LegalHolds {
		if k.Is.Lifted {
			continue
		}
		// The last day ends late where it was set: 12 hours west of Greenwich.
		last, err := time.Parse(time.DateOnly, k.Is.Until)
		if k.Is.Until == "" || err != nil || now.Before(last.Add(36*time.Hour)) {
			return k.Is, true
		}
	}
	return LegalHold{HoldBy: "an entry that cannot be read"}, d.unread
}

// Erased reports whether a statement's contents are gone.
func (d Docket) Erased(id comity.Hash) bool {
	return slices.ContainsFunc(d.Erasures, func(k Kept[Erasure]) bool { return slices.Contains(k.Is.Erased, id) })
}
