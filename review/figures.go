package review

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"comity"
	"comity/clock"
)

// By is what a group's matters have in common.
type By string

const (
	All           By = "all"
	ByType        By = "type"
	ByPriority    By = "priority"
	ByCategory    By = "category"
	ByAgency      By = "agency"        // of the asked side
	ByAskerAgency By = "asking_agency" // of the asking side
)

// Figures are those of one group.
type Figures struct {
	By      By              `json:"by"`
	Value   string          `json:"value,omitempty"`
	Opener  comity.Party    `json:"opener,omitempty"` // who asked; empty is both directions
	Counts  Counts          `json:"counts"`
	Facts   Facts           `json:"facts"` // of feedback
	Shares  [nShares]Share  `json:"shares"`
	Times   [nTimes]Stat    `json:"times"`
	Checks  []Count         `json:"checks,omitempty"`  // that questions rested on
	Results []Count         `json:"results,omitempty"` // of items
	Grounds []Count         `json:"grounds,omitempty"` // of refusals
	Oldest  [nOldest]Oldest `json:"oldest"`            // by OldestOpen, OldestOverdue
}

const (
	OldestOpen = iota
	OldestOverdue
	nOldest
)

// Oldest says since when the oldest has waited, and for how long at the end of
// the period; zero if there is none. It does not name the matter: whose very
// existence is restricted must not appear in a report.
type Oldest struct {
	Receipted comity.Time `json:"receipted,omitzero"`
	Ms        int64       `json:"ms,omitempty"`
}

// A Count is how many there are of something.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// Counts are by the numbers of the table counts: Received, Open, …
type Counts [nCounts]int64

// MarshalJSON writes each count under its name, in the order of the table.
func (c Counts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, row := range counts {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%q:%d", row.name, c[i])
	}
	return append(b, '}'), nil
}

// Facts are how often each answer was given to each question of [Feedback]:
// complete, usable, in time, used; each yes, partly, no, unknown.
type Facts [4][4]int64

// A Share is N of Of: exact, because a rounded figure cannot be added up.
type Share struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
	Of   int64  `json:"of"`
}

// Small reports whether there are too few for a percentage.
func (s Share) Small() bool { return s.Of < Few }

// String writes "41/44 (93.2%)", rounded half up; "3/4" if there are few.
func (s Share) String() string {
	switch {
	case s.Of == 0:
		return nothing
	case s.Small():
		return fmt.Sprintf("%d/%d", s.N, s.Of)
	}
	return fmt.Sprintf("%d/%d (%s%%)", s.N, s.Of, decimal(s.N*100, s.Of))
}

// decimal writes n/of with one digit after the point, rounded half up.
func decimal(n, of int64) string {
	tenths := (2*10*n + of) / (2 * of)
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// A Stat is how long something took.
type Stat struct {
	Name     string  `json:"name"`
	N        int64   `json:"n"`
	Disputed int64   `json:"disputed,omitempty"` // left out of N
	Spread   *Spread `json:"spread,omitempty"`   // nil if N is less than Few
}

// A Spread is of whole milliseconds. Percentiles are by nearest rank: the
// ⌈p·N/100⌉-th smallest value, which somebody really took.
type Spread struct {
	Least  int64 `json:"least_ms"`
	Median int64 `json:"median_ms"`
	P90    int64 `json:"p90_ms"`
	Most   int64 `json:"most_ms"`
}

// Median writes the median as people do, or how few there are.
func (s Stat) Median() string { return s.say(func(p *Spread) int64 { return p.Median }) }

// P90 writes the 90th percentile as people do, or how few there are.
func (s Stat) P90() string { return s.say(func(p *Spread) int64 { return p.P90 }) }

func (s Stat) say(of func(*Spread) int64) string {
	switch {
	case s.N == 0:
		return nothing
	case s.Spread == nil:
		return fmt.Sprintf("n=%d<%d", s.N, Few)
	}
	return say(of(s.Spread))
}

const nothing = "–"

// say writes ms in the symbols of the SI, which both languages use.
func say(ms int64) string { return clock.Say(time.Duration(ms) * time.Millisecond) }

// most returns cs with the largest first, those of one number by name; of more
// than maxValues the rest is one count.
func most(cs []Count) []Count {
	out := slices.Clone(cs)
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	if len(out) <= maxValues {
		return out
	}
	rest := Count{Name: other}
	for _, c := range out[maxValues-1:] {
		rest.N += c.N
	}
	return append(out[:maxValues-1], rest)
}
