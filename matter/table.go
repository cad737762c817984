// Package matter decides what the statements of one matter amount to.
//
// Each of two parties writes its own ordered stream, and either may speak while
// the other's words are still under way. So there is no one order in which
// things were said, and no clock that both sides believe. There is only what is
// signed: each author's own order, and how much of the peer's stream the author
// had receipted when it spoke. [Fold] makes one history of the two streams from
// these alone, by the rule in docs/spec/README.md §6, and says for each
// statement whether it took effect. Both nodes run it and agree.
//
// A capability hands in its [Table]: which kinds there are, who may say each in
// which state, and which of them cannot both take effect when they cross. This
// package knows of no kind by name.
package matter

import (
	"fmt"
	"slices"
	"strings"

	"comity"
)

// A Side is a party's part in a matter: it opened the matter, or it is the other.
type Side uint8

const (
	Nobody Side = iota
	Opener
	Other
	Either // in a Step: both may take it
)

// Peer returns the side across from s.
func (s Side) Peer() Side {
	switch s {
	case Opener:
		return Other
	case Other:
		return Opener
	}
	return Nobody
}

func (s Side) String() string {
	return [...]string{"nobody", "the opener", "the other side", "either side"}[s&3]
}

// A Table is one capability's rules for its matters.
type Table struct {
	Name   string  // such as "preservation"
	States []State // the first is that of a matter in which nothing has happened
	Rules  []Rule
}

// A State is where a matter can stand.
type State struct {
	Name string
	Owes Side // who should move next
	Says comity.Text
}

// A Rule is about one kind. One without steps is a fact: it always applies and
// changes no state. The others are moves.
type Rule struct {
	Kind  comity.Kind
	Slot  string // concurrent moves of one slot cannot both apply; "" is no slot
	Rank  int    // of concurrent moves the higher is taken first
	Steps []Step
}

// A Step is what a move does in one state.
type Step struct {
	From string
	By   Side
	To   string
}

// Rule returns the rule of kind k.
func (t Table) Rule(k comity.Kind) (Rule, bool) {
	for i := range t.Rules {
		if t.Rules[i].Kind == k {
			return t.Rules[i], true
		}
	}
	return Rule{}, false
}

// Fact reports whether kind k is a fact of this table.
func (t Table) Fact(k comity.Kind) bool {
	r, ok := t.Rule(k)
	return ok && len(r.Steps) == 0
}

// State returns the state of that name, or the zero State.
func (t Table) State(name string) State {
	for _, s := range t.States {
		if s.Name == name {
			return s
		}
	}
	return State{}
}

// End reports whether no move leads out of the state.
func (t Table) End(name string) bool {
	for _, r := range t.Rules {
		for _, s := range r.Steps {
			if s.From == name {
				return false
			}
		}
	}
	return true
}

func (r Rule) step(state string, by Side) (Step, bool) {
	for _, s := range r.Steps {
		if s.From == state && (s.By == by || s.By == Either) {
			return s, true
		}
	}
	return Step{}, false
}

// A Choice is one kind that a side may or may not use in a state.
type Choice struct {
	Kind    comity.Kind
	Fact    bool
	Allowed bool
	To      string // of an allowed move
	Why     string // it is not allowed
	Only    Side   // the side that ever may, if by is not
}

// Legal returns every kind of t in its order, each with the state it would lead
// to or the reason why by may not use it now.
func Legal(t Table, state string, by Side) []Choice {
	var cs []Choice
	for _, r := range t.Rules {
		c := Choice{Kind: r.Kind, Fact: len(r.Steps) == 0}
		s, ok := r.step(state, by)
		switch {
		case c.Fact:
			c.Allowed = true
		case ok:
			c.Allowed, c.To = true, s.To
		default:
			c.Why, c.Only = r.why(t, state, by)
		}
		cs = append(cs, c)
	}
	return cs
}

func (r Rule) why(t Table, state string, by Side) (string, Side) {
	if t.End(state) {
		return fmt.Sprintf("the matter is %s, and nothing leads out of that", state), Nobody
	}
	var mine []string
	for _, s := range r.Steps {
		if s.By == by || s.By == Either {
			mine = append(mine, s.From)
		}
	}
	if mine == nil {
		return fmt.Sprintf("only %s may", by.Peer()), by.Peer()
	}
	if len(mine) == 1 && mine[0] == t.States[0].Name {
		return "it opens a matter, and this one is open", Nobody
	}
	return fmt.Sprintf("the matter is %s; this can be done while it is %s", state, strings.Join(slices.Compact(mine), " or ")), Nobody
}
