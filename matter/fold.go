package matter

import (
	"cmp"
	"slices"
	"sort"

	"comity"
)

// An Entry is what Fold needs to know of a statement. Statements that a receipt
// refused are left out by the caller: they have their place, and no effect.
type Entry struct {
	ID     comity.Hash
	Author Side // Opener or Other
	Kind   comity.Kind
	Pos    uint64        // its place in its author's stream; see Place
	Seen   uint64        // the author had receipted the peer's statements with Pos < Seen
	After  *comity.After // nil for facts
}

// Place returns the Pos of the statement with index i in an item, or the Seen
// that stands for "every item before this one": after a receipt up to n,
// Place(epoch, n+1, 0); before any receipt of an epoch, Place(epoch, 0, 0),
// because a resume agrees on everything that earlier epochs keep.
func Place(epoch, seq uint64, i int) uint64 {
	return epoch<<48 | seq<<8 | uint64(i)
}

// An Effect is what became of a statement.
type Effect string

const (
	Applied    Effect = "applied"    // the move took place
	Fact       Effect = "fact"       // it is on the record, and changes no state
	Stale      Effect = "stale"      // its author had not looked at the matter's heads
	Crossed    Effect = "crossed"    // a move of the peer's under way came first
	Disallowed Effect = "disallowed" // the table has no such step
)

// An Outcome is an entry at its place in the one history.
type Outcome struct {
	Entry
	Effect Effect
	By     comity.Hash // the move that Crossed this one
	State  string      // of the matter after it
}

// A Result is a folded matter.
type Result struct {
	Order []Outcome
	State string
	Owes  Side

	opener, other comity.Hash
}

// After returns the heads as s must name them in its next move, if it has
// receipted everything that was folded.
func (r Result) After(s Side) comity.After {
	if s == Other {
		return comity.After{Mine: r.other, Theirs: r.opener}
	}
	return comity.After{Mine: r.opener, Theirs: r.other}
}

// Fold makes one history of both streams. The order of entries in the argument
// is of no consequence.
func Fold(t Table, entries []Entry) Result { return fold(t, entries, all) }

// A line is a part of the rule that a test can leave out, to show what it is for.
type line int

const (
	all line = iota
	streamOrder
	free
	factsFirst
	rank
	owing
	opener
	factsApply
	stale
	blind
	slot
	crossed
	disallowed
)

// A speaker is one side's stream while it is being consumed.
type speaker struct {
	queue   []Entry
	next    int
	moves   []Entry // of queue, whether or not they took effect
	applied []Entry
	lost    *Entry // the peer's move that this side's last loss was to
}

func (s *speaker) head() *Entry {
	if s.next == len(s.queue) {
		return nil
	}
	return &s.queue[s.next]
}

func (s *speaker) lastMove(before uint64) comity.Hash {
	i := sort.Search(len(s.moves), func(i int) bool { return s.moves[i].Pos >= before })
	if i == 0 {
		return comity.Hash{}
	}
	return s.moves[i-1].ID
}

func fold(t Table, entries []Entry, off line) Result {
	var both [2]speaker
	for _, e := range entries {
		s := &both[index(e.Author)]
		s.queue = append(s.queue, e)
	}
	for i := range both {
		s := &both[i]
		if off != streamOrder {
			slices.SortFunc(s.queue, func(a, b Entry) int { return cmp.Compare(a.Pos, b.Pos) })
		}
		for _, e := range s.queue {
			if !t.Fact(e.Kind) {
				s.moves = append(s.moves, e)
			}
		}
	}
	r := Result{State: t.States[0].Name, Owes: t.States[0].Owes, Order: make([]Outcome, 0, len(entries))}
	for len(r.Order) < len(entries) {
		mine, theirs := &both[0], &both[1]
		if !openerNext(t, mine.head(), theirs.head(), r.Owes, off) {
			mine, theirs = theirs, mine
		}
		o := judge(t, *mine.head(), mine, theirs, r.State, off)
		mine.next++
		if o.Effect == Applied {
			mine.applied = append(mine.applied, o.Entry)
		}
		r.State, r.Owes = o.State, t.State(o.State).Owes
		r.Order = append(r.Order, o)
	}
	const end = 1<<64 - 1
	r.opener, r.other = both[0].lastMove(end), both[1].lastMove(end)
	return r
}

func index(s Side) int {
	if s == Other {
		return 1
	}
	return 0
}

// openerNext reports whether a, the opener's head, is taken before b, the other
// side's. Lines 2 and 3 of the rule.
func openerNext(t Table, a, b *Entry, owes Side, off line) bool {
	if a == nil || b == nil {
		return b == nil
	}
	// Hashes cannot run in a circle, so at least one of two heads is free.
	aFree, bFree := b.Pos >= a.Seen || off == free, a.Pos >= b.Seen || off == free
	if aFree != bFree {
		return aFree
	}
	ra, _ := t.Rule(a.Kind)
	rb, _ := t.Rule(b.Kind)
	if fa, fb := t.Fact(a.Kind), t.Fact(b.Kind); fa != fb && off != factsFirst {
		return fa
	}
	if ra.Rank != rb.Rank && off != rank {
		return ra.Rank > rb.Rank
	}
	if (owes == Opener || owes == Other) && off != owing {
		return owes == Opener
	}
	return off != opener
}

// judge says what becomes of z, the head of mine. Lines 4 to 9 of the rule.
func judge(t Table, z Entry, mine, theirs *speaker, state string, off line) Outcome {
	o := Outcome{Entry: z, State: state}
	if t.Fact(z.Kind) && off != factsApply {
		o.Effect = Fact
		return o
	}
	heads := comity.After{Mine: mine.lastMove(z.Pos), Theirs: theirs.lastMove(z.Seen)}
	if (z.After == nil || *z.After != heads) && off != stale {
		o.Effect = Stale
		return o
	}
	if w := mine.lost; w != nil && z.Seen <= w.Pos && off != blind {
		o.Effect, o.By = Crossed, w.ID
		return o
	}
	r, _ := t.Rule(z.Kind)
	w, same := unseen(t, r.Slot, z, theirs.applied)
	step, legal := r.step(state, z.Author)
	switch {
	case legal && (!same || off == slot):
		o.Effect, o.State = Applied, step.To
	case w != nil && off != crossed:
		o.Effect, o.By = Crossed, w.ID
		mine.lost = w
	case off == disallowed:
		o.Effect = Applied
	default:
		o.Effect = Disallowed
	}
	return o
}

// unseen returns the applied move of the peer's that is concurrent with z: the
// latest of the same slot, or else the latest. Whatever was consumed before z
// without having been seen by z is concurrent, as it cannot have seen z.
func unseen(t Table, slot string, z Entry, applied []Entry) (w *Entry, same bool) {
	for i := len(applied) - 1; i >= 0 && applied[i].Pos >= z.Seen; i-- {
		if r, _ := t.Rule(applied[i].Kind); slot != "" && r.Slot == slot {
			return &applied[i], true
		}
		if w == nil {
			w = &applied[i]
		}
	}
	return w, false
}
