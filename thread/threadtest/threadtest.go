// Package threadtest makes matters for tests of capabilities: drawn by hand, as
//
//	us ask, cn accept, us withdraw & cn answer, us close
//
// or at random. In a drawing a step has seen all that was said before it; what
// stands on both sides of an & has not seen the other. A story has its bodies from
// [Body], or from whoever tells it.
package threadtest

import (
	"slices"
	"strings"
	"time"

	"comity"
	"comity/form"
	"comity/matter"
	"comity/thread"
)

// Ref is that of every matter here: us opens it, and cn is the other side.
const Ref comity.Ref = "US-2026-000042"

// Start is when the first statement is made, a minute before it is receipted. The
// next follow an hour apart.
var Start = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// A Story is a matter of a capability as it is told.
type Story struct {
	Capability thread.Capability
	Bodies     map[comity.Kind]any // of kinds for which Body's will not do
	Statements []thread.Statement

	often []comity.Kind // in random matters
}

// Draw adds the statements of a drawing. A kind that the capability does not have
// stays as it is: nobody may say it.
func (s *Story) Draw(drawing string) *Story {
	for step := range strings.SplitSeq(drawing, ",") {
		words := strings.Fields(strings.ReplaceAll(step, "&", " "))
		before := slices.Clone(s.Statements)
		for i := 0; i+1 < len(words); i += 2 {
			s.Say(comity.Party(words[i]), comity.Kind(words[i+1]), s.body(comity.Kind(words[i+1])), before)
		}
	}
	return s
}

func (s *Story) body(k comity.Kind) any {
	if b, ok := s.Bodies[k]; ok {
		return b
	}
	if kind, ok := s.Capability.Kind(k); ok {
		return Body(kind)
	}
	return struct{}{}
}

// Say adds one statement, whose author has seen all of its own and, of the other
// side's, what stands in seen.
func (s *Story) Say(from comity.Party, k comity.Kind, body any, seen []thread.Statement) *thread.Statement {
	at := Start.Add(time.Duration(len(s.Statements)) * time.Hour)
	st := thread.Statement{
		Kind: k, From: from, Time: at, Receipted: at.Add(time.Minute),
		Release: comity.Release{Class: comity.Dual}, Seats: []comity.Seat{comity.Seat(from + "-01"), comity.Seat(from + "-02")},
	}
	var after comity.After
	for _, o := range s.Statements {
		switch {
		case o.From == from:
			st.Pos = o.Pos + 1
			if o.After != nil && o.Refused == "" {
				after.Mine = o.ID
			}
		case slices.ContainsFunc(seen, func(p thread.Statement) bool { return p.ID == o.ID }):
			st.Seen = o.Pos + 1
			if o.After != nil && o.Refused == "" {
				after.Theirs = o.ID
			}
		}
	}
	st.ID = ID(from, st.Pos)
	if kind, ok := s.Capability.Kind(k); !ok || !kind.Fact() {
		st.After = &after
	}
	b, err := form.Encode(body)
	if err != nil {
		panic(err) // a test's own body
	}
	st.Body = b
	s.Statements = append(s.Statements, st)
	return &s.Statements[len(s.Statements)-1]
}

// ID returns the id of a party's statement with that place: us's first is 7501….
func ID(from comity.Party, pos uint64) comity.Hash { return comity.Hash{from[0], byte(pos + 1)} }

// History returns all of it as a party has it, a month later.
func (s *Story) History(me comity.Party) thread.History {
	return History(me, s.Statements, Start.AddDate(0, 1, 0))
}

// History returns statements as a party has them.
func History(me comity.Party, ss []thread.Statement, now time.Time) thread.History {
	peer := comity.Party("cn")
	if me == peer {
		peer = "us"
	}
	return thread.History{Ref: Ref, Me: me, Peer: peer, Statements: ss, Now: now, Skew: 5 * time.Minute}
}

// Show writes what became of each statement, in the order of the one history:
// "accept, withdraw crossed: accepted".
func Show(v thread.View) string {
	var out []string
	for _, r := range v.Timeline {
		s := string(r.Kind)
		if r.Effect != matter.Applied && r.Effect != matter.Fact {
			s += " " + string(r.Effect)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ") + ": " + v.State
}

// A node is one side of a random matter. A receipt is a place in its stream too.
type node struct {
	party   comity.Party
	stream  []thread.Statement // one of Kind "" is a receipt
	arrived int                // of the peer's stream
}

// known returns what a node has, with the receipts that have come back.
func (n *node) known(peer *node) (ss []thread.Statement) {
	upto, at := uint64(0), map[uint64]time.Time{}
	for _, s := range peer.stream[:n.arrived] {
		for ; s.Kind == "" && upto < s.Seen; upto++ {
			at[upto] = s.Time
		}
	}
	for _, s := range n.stream {
		if s.Kind != "" {
			s.Receipted = at[s.Pos]
			ss = append(ss, s)
		}
	}
	for _, s := range peer.stream[:n.arrived] {
		if s.Kind != "" {
			for _, r := range n.stream {
				if r.Kind == "" && s.Pos < r.Seen {
					s.Receipted = r.Time
					break
				}
			}
			ss = append(ss, s)
		}
	}
	return ss
}

// receive places one more item. A receipt follows in the same transaction, as
// exchange.Step has it.
func (n *node) receive(peer *node, now time.Time) {
	if n.arrived == len(peer.stream) {
		return
	}
	s := peer.stream[n.arrived]
	n.arrived++
	if s.Kind != "" {
		n.stream = append(n.stream, thread.Statement{Pos: uint64(len(n.stream)), Seen: uint64(n.arrived), Time: now})
	}
}

func (n *node) seen() uint64 {
	for _, s := range slices.Backward(n.stream) {
		if s.Kind == "" {
			return s.Seen
		}
	}
	return 0
}

func (n *node) speak(pick func(int) int, s *Story, peer *node, now time.Time) {
	th := thread.Project(s.Capability, History(n.party, n.known(peer), now))
	kind := s.Capability.Kinds[pick(len(s.Capability.Kinds))]
	may := slices.DeleteFunc(slices.Clone(th.Next), func(x thread.Next) bool { return !x.Allowed })
	often := slices.DeleteFunc(slices.Clone(may), func(x thread.Next) bool { return !slices.Contains(s.often, x.Kind) })
	if len(often) > 0 && pick(3) > 0 {
		may = often
	}
	switch {
	case n.party == "us" && th.State == s.Capability.States[0].Name && pick(4) > 0:
		kind = s.Capability.Kinds[0] // or most would never open
	case pick(10) < 8:
		kind, _ = s.Capability.Kind(may[pick(len(may))].Kind)
	}
	st := thread.Statement{
		Kind: kind.Kind, From: n.party, Pos: uint64(len(n.stream)), Seen: n.seen(), Time: now,
		Release: comity.Release{Class: comity.Dual}, Seats: []comity.Seat{comity.Seat(n.party + "-01")},
	}
	st.ID = ID(n.party, st.Pos)
	if !kind.Fact() {
		after := th.Heads
		if pick(20) == 0 {
			after.Theirs = comity.Hash{}
		}
		st.After = &after
	}
	b, err := form.Encode(s.body(kind.Kind))
	if err != nil {
		panic(err) // a test's own body
	}
	if st.Body = b; pick(20) == 0 {
		st.Body = []byte("{}")
	}
	n.stream = append(n.stream, st)
}

// Random returns the statements of a random matter as each side has them at last:
// moves that the table allows and some that it does not, in streams that are
// delivered whenever it pleases. pick(n) returns a number from 0 to n-1. Between
// two steps, each sees what a side has by then.
func (s *Story) Random(pick func(n int) int, each func(me comity.Party, known []thread.Statement)) (us, cn []thread.Statement) {
	a, b := &node{party: "us"}, &node{party: "cn"}
	now := Start
	for range 4 + pick(30) {
		now = now.Add(time.Duration(pick(600)) * time.Minute)
		n, peer := a, b
		if pick(2) == 0 {
			n, peer = b, a
		}
		if pick(5) < 3 {
			n.speak(pick, s, peer, now)
		}
		for range pick(4) {
			n.receive(peer, now)
		}
		each(n.party, n.known(peer))
	}
	for a.arrived < len(b.stream) || b.arrived < len(a.stream) {
		a.receive(b, now)
		b.receive(a, now)
	}
	return a.known(b), b.known(a)
}
