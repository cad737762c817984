// Package review judges how timely and how good the requests and answers of two
// parties were: the figures that the dialogue exists for (third US–China
// dialogue, 2016: "timeliness and quality of responses"; FATF Recommendation 33
// asks for the same statistics).
//
// A capability folds its matters into [Matter] values as they stood at the end
// of a period. [Compute] makes a [Report] of them. Its joint figures depend on
// nothing but what both sides have receipted, so both nodes compute the same
// bytes, and [Report.Digest] shows that they did. Three rules keep them honest:
//
//   - Each event counts once, in the period in which it happened: a request when
//     it is receipted, a time when it is complete, an outcome when the matter is
//     settled. So months add up to years. What is still open counts as it stands
//     at the period's end, and what is late counts as late before it is answered:
//     a side that never answers does not look fast.
//   - Fewer than [Few] of anything have no percentile.
//   - There are integers only: milliseconds, and shares as "3 of 4".
//
// A report counts. It names no matter, gives no marks and holds no ratio of one
// side's work to the other's; what a party makes of that is [National].
//
// Beside the figures stand the words: [Reconcile] joins what both sides wrote
// of each case, and [Summarize] fills the one page for principals.
package review

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"comity"
	"comity/clock"
)

// Few is the least number of values that may have a median or a share in per cent
// (practice: research/requests-and-timeliness.md §7).
const Few = 5

// MaxMatters is how many matters one report may cover.
const MaxMatters = 1 << 22

// maxValues bounds what a peer's inventions can do to the length of a report: of
// more types, agencies or checks, those with the fewest matters become "(other)".
const maxValues = 256

const other = "(other)"

// A Matter is what a review needs to know of one request, as it stood at
// Scope.To. A zero time is "not yet".
type Matter struct {
	Ref      comity.Ref
	Realm    comity.Realm
	Type     string // preserve, subscriber, …
	Priority string // P0 to P3
	Category string // of crime

	Opener, Other             comity.Party // who asked, and whom
	OpenerAgency, OtherAgency comity.Agency

	Sent         time.Time
	Receipted    time.Time // the other side's node has it
	Acknowledged time.Time // a seat has it
	FirstAnswer  time.Time // the first substantive answer
	Answered     time.Time // the whole answer; a refusal is one
	Ended        time.Time // closed or withdrawn

	DeliveryLimit time.Duration // of the time from Sent to Receipted; 0 is none
	Clocks        [3]Took       // by [OfAcknowledgement], [OfFirstAnswer], [OfAnswer]
	Paused        time.Duration // of the answer's clock
	Rounds        int           // how often a question was asked
	Disputed      bool          // the sides differ on its times, which therefore count nowhere

	Extensions      int
	ContestedPauses int

	Questions  []string // the check that each question rested on, such as "C11"
	Results    []Count  // how many items came to which result
	Grounds    []string // of each refusal
	Conditions Conditions
	Outcome    Outcome
	Feedback   Feedback
	Hold       Hold

	Precheck    bool // a draft was commented on before the formal request
	Emergency   bool
	Found       string // by the asked side, of the emergency: "justified", "not_shown", or nothing was said
	KnownToBoth bool   // the peer has receipted every statement of it, and we the peer's
}

// What the Clocks of a Matter measure, each from the receipt.
const (
	OfAcknowledgement = iota
	OfFirstAnswer
	OfAnswer
)

// Took is what a clock showed at Scope.To. A zero Limit is none.
type Took struct {
	Gross, Net, Limit time.Duration
	Due               time.Time // with pauses and announced extensions
}

// FromSpan returns what a review keeps of s.
func FromSpan(s clock.Span) Took {
	return Took{Gross: s.Gross, Net: s.Net, Limit: s.Limit, Due: s.Due}
}

// Conditions are how many were put and what became of them.
type Conditions struct{ Proposed, Accepted, Declined int }

// An Outcome is how a settled matter ended.
type Outcome string

const (
	Open       Outcome = "open"
	Executed   Outcome = "executed"
	Partial    Outcome = "partial"
	Impossible Outcome = "impossible"
	Refused    Outcome = "refused"
	Withdrawn  Outcome = "withdrawn"
)

// Feedback is what the asker says of the answer when it closes: facts, each yes,
// partly, no or unknown. All empty is no feedback.
type Feedback struct{ Complete, Usable, InTime, Used string }

// A Hold is what became of preserved data.
type Hold struct {
	At     time.Time     // when it was converted, lapsed or released
	Became string        // "converted" to a request for the data, "lapsed", "released"
	Margin time.Duration // what was left of the hold at conversion
}

// A Scope says which matters a report is about: those of two parties in one
// realm, over From ≤ t < To.
type Scope struct {
	Parties  [2]comity.Party // in any order
	Realm    comity.Realm    // an exercise never mixes with live work
	From, To time.Time       // To is also the moment at which open matters are looked at
}

func (s Scope) check() error {
	switch {
	case s.Parties[0] == "" || s.Parties[0] == s.Parties[1] || s.Parties[1] == "":
		return comity.Fieldf("parties", "a report is about two parties, such as %q and %q", "us", "cn")
	case s.Realm == "":
		return comity.Fieldf("realm", "it is missing; name one, such as %q", comity.Live)
	case !s.From.Before(s.To):
		return comity.Fieldf("period", "it ends at %s, which is not after its start %s", clock.UTC(s.To), clock.UTC(s.From))
	}
	return nil
}

func (s Scope) during(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// by returns t, an event of m, and whether it has come before the period's end.
// Nothing happens before the receipt: until then only one side knows of it.
func (s Scope) by(m *Matter, t time.Time) (time.Time, bool) {
	if t.IsZero() {
		return t, false
	}
	if t.Before(m.Receipted) {
		t = m.Receipted
	}
	return t, t.Before(s.To)
}

// has reports whether m was alive in the period.
func (s Scope) has(m *Matter) bool {
	if m.Realm != s.Realm ||
		!(m.Opener == s.Parties[0] && m.Other == s.Parties[1] || m.Opener == s.Parties[1] && m.Other == s.Parties[0]) {
		return false
	}
	if _, ok := s.by(m, m.Sent); !ok {
		return false
	}
	// The end may stand before the receipt: a line that was down carries both.
	return m.Ended.IsZero() || slices.ContainsFunc([]time.Time{m.Receipted, m.Acknowledged, m.FirstAnswer, m.Answered, m.Ended, m.Hold.At},
		func(t time.Time) bool { return !t.Before(s.From) })
}

// A Report is the figures of one period.
type Report struct {
	Joint Joint `json:"joint"`
	// Coverage is this node's own: it alone knows what it has sent and nobody
	// has receipted. It is printed beside the joint figures and is no part of them.
	Coverage Coverage `json:"coverage"`
}

// Joint are the figures that both sides compute alike.
type Joint struct {
	Kind    string          `json:"kind"` // "review"
	V       int             `json:"v"`    // 1
	Realm   comity.Realm    `json:"realm"`
	Parties [2]comity.Party `json:"parties"` // sorted
	From    comity.Time     `json:"from"`
	To      comity.Time     `json:"to"`
	Matters int             `json:"matters"` // known to both and alive in the period
	Groups  []Figures       `json:"groups"`  // sorted by By, Value, Opener
}

// Coverage says how much of what a node knows is in the joint figures.
type Coverage struct {
	Known   int `json:"known"` // to both: these alone count
	Total   int `json:"total"`
	Waiting int `json:"waiting"` // for a receipt
	Unread  int `json:"unread"`  // of those known: settled in words that are gone here, or about nothing that was asked
}

// Bytes returns the joint figures in their one spelling: JSON without spaces, in
// the order of the fields, with integers only.
func (r Report) Bytes() []byte { return spell(r.Joint) }

// Digest is the SHA-256 of Bytes. Both sides print it; if it differs, so does
// what they know.
func (r Report) Digest() comity.Hash { return sha256.Sum256(r.Bytes()) }

// Group returns the figures of one group: those of all matters of both sides
// are Group(All, "", "").
func (r Report) Group(by By, value string, opener comity.Party) Figures {
	for _, g := range r.Joint.Groups {
		if g.By == by && g.Value == value && g.Opener == opener {
			return g
		}
	}
	return Figures{By: by, Value: value, Opener: opener}
}

func spell(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // structs of strings and integers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
