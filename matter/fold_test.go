package matter

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
)

// terms is a small negotiation. Theirs and ours are whose terms lie on the table,
// as the opener would say it.
var terms = Table{
	Name: "terms",
	States: []State{
		{"nothing", Opener, comity.Text{}}, {"open", Other, comity.Text{}}, {"theirs", Opener, comity.Text{}}, {"ours", Other, comity.Text{}},
		{"agreed", Nobody, comity.Text{}}, {"done", Nobody, comity.Text{}}, {"gone", Nobody, comity.Text{}},
	},
	Rules: []Rule{
		{"open", "", 9, []Step{{"nothing", Opener, "open"}}},
		{"propose", "terms", 2, []Step{
			{"open", Opener, "ours"}, {"ours", Opener, "ours"}, {"theirs", Opener, "ours"},
			{"open", Other, "theirs"}, {"ours", Other, "theirs"}, {"theirs", Other, "theirs"}}},
		{"accept", "terms", 2, []Step{{"theirs", Opener, "agreed"}, {"ours", Other, "agreed"}}},
		{"ask", "", 0, []Step{{"open", Either, "open"}, {"ours", Either, "ours"}, {"theirs", Either, "theirs"}, {"agreed", Either, "agreed"}}},
		{"answer", "", 5, []Step{{"open", Other, "done"}, {"theirs", Other, "done"}}},
		{"withdraw", "", 1, []Step{{"open", Opener, "gone"}, {"theirs", Opener, "gone"}}},
		{"note", "", 0, nil},
	},
}

// draw reads a history: each side's statements in order, with how many of the
// peer's it had seen. "accept1" has seen one; "accept1!" names no heads.
func draw(t *testing.T, table Table, opener, other string) []Entry {
	t.Helper()
	var es []Entry
	for side, text := range map[Side]string{Opener: opener, Other: other} {
		for i, w := range strings.Fields(text) {
			e := Entry{ID: sha256.Sum256([]byte(name(side, i))), Author: side, Pos: uint64(i)}
			w, old := strings.CutSuffix(w, "!")
			e.Kind, e.Seen = comity.Kind(w[:len(w)-1]), uint64(w[len(w)-1]-'0')
			if old {
				e.After = &comity.After{}
			}
			es = append(es, e)
		}
	}
	for i := range es {
		if !table.Fact(es[i].Kind) && es[i].After == nil {
			es[i].After = headsOf(table, es, es[i])
		}
	}
	slices.SortFunc(es, func(a, b Entry) int { return strings.Compare(label(a), label(b)) })
	return es
}

func name(s Side, i int) string { return fmt.Sprintf("%c%d", "-ox"[s], i+1) }
func label(e Entry) string      { return name(e.Author, int(e.Pos)) }

// headsOf is written apart from Fold, so that one checks the other.
func headsOf(table Table, es []Entry, z Entry) *comity.After {
	var a comity.After
	var mine, theirs int64 = -1, -1
	for _, e := range es {
		p := int64(e.Pos)
		switch {
		case table.Fact(e.Kind):
		case e.Author == z.Author && e.Pos < z.Pos && p > mine:
			a.Mine, mine = e.ID, p
		case e.Author != z.Author && e.Pos < z.Seen && p > theirs:
			a.Theirs, theirs = e.ID, p
		}
	}
	return &a
}

// say writes a result as "o1 applied, x2 crossed by o1: agreed".
func say(r Result) string {
	names := map[comity.Hash]string{}
	for _, o := range r.Order {
		names[o.ID] = label(o.Entry)
	}
	var out []string
	for _, o := range r.Order {
		s := label(o.Entry) + " " + string(o.Effect)
		if o.Effect == Crossed {
			s += " by " + names[o.By]
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ") + ": " + r.State
}

func TestTheWorkedExampleOfTheProtocol(t *testing.T) {
	es := draw(t, terms, "open0 accept1", "propose1 propose1 ask1")
	want := "o1 applied, x1 applied, o2 applied, x2 crossed by o2, x3 crossed by o2: agreed"
	if got := say(Fold(terms, es)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A Lamport number with the party's name to break ties is the obvious rule. It
// lets the second proposal in before the acceptance of the first, which then
// binds its author to terms it never saw.
func TestALamportOrderBindsAPartyToTermsItNeverSaw(t *testing.T) {
	es := draw(t, terms, "open0 accept1", "propose1 propose1")
	var order []string
	state, shown := "nothing", ""
	for _, e := range lamport(es, "us", "cn") {
		r, _ := terms.Rule(e.Kind)
		s, ok := r.step(state, e.Author)
		if !ok {
			continue
		}
		state = s.To
		order = append(order, label(e))
		if e.Kind == "propose" {
			shown = label(e)
		}
		if e.Kind == "accept" && shown != "x2" {
			t.Fatalf("the model accepts %s: the counter-example is none", shown)
		}
	}
	if got := strings.Join(order, " "); got != "o1 x1 x2 o2" || state != "agreed" {
		t.Fatalf("the model ordered %s: %s", got, state)
	}
	if n := unseenTerms(Fold(terms, es)); n != 0 {
		t.Errorf("our rule accepts unseen terms %d times", n)
	}
}

func lamport(es []Entry, opener, other string) []Entry {
	stamp := map[string]int{}
	var at func(e Entry) int
	at = func(e Entry) int {
		if n := stamp[label(e)]; n != 0 {
			return n
		}
		n := 1
		for _, p := range es {
			if p.Author == e.Author && p.Pos < e.Pos || p.Author != e.Author && p.Pos < e.Seen {
				n = max(n, at(p)+1)
			}
		}
		stamp[label(e)] = n
		return n
	}
	out := slices.Clone(es)
	party := map[Side]string{Opener: opener, Other: other}
	slices.SortFunc(out, func(a, b Entry) int {
		if d := at(a) - at(b); d != 0 {
			return d
		}
		return strings.Compare(party[a.Author], party[b.Author])
	})
	return out
}

// unseenTerms counts applied acceptances of terms that their author had not seen.
func unseenTerms(r Result) int {
	n := 0
	var shown Entry
	for _, o := range r.Order {
		if o.Effect != Applied {
			continue
		}
		if o.Kind == "accept" && shown.Author != o.Author && shown.Pos >= o.Seen {
			n++
		}
		if o.Kind == "propose" {
			shown = o.Entry
		}
	}
	return n
}

// TestEachLineIsNeeded leaves out one line of the rule at a time.
func TestEachLineIsNeeded(t *testing.T) {
	for _, tt := range []struct {
		name          string
		line          line
		opener, other string
		want          string
	}{
		{"1: a party's statements keep their order, whatever arrives first", streamOrder,
			"open0 ask0 withdraw0", "", "o1 applied, o2 applied, o3 applied: gone"},
		{"2: nothing is judged before what its author had seen", free,
			"open0 note1 propose1", "propose1", "o1 applied, x1 applied, o2 fact, o3 applied: ours"},
		{"3a: a fact goes before a concurrent move", factsFirst,
			"open0 note0", "answer1", "o1 applied, o2 fact, x1 applied: done"},
		{"3b: an answer outranks a withdrawal, so there is no reward for the late", rank,
			"open0 withdraw1", "propose1 answer1", "o1 applied, x1 applied, x2 applied, o2 crossed by x2: done"},
		{"3c: of equals the party that owes the move goes first", owing,
			"open0 propose0", "propose1", "o1 applied, x1 applied, o2 crossed by x1: theirs"},
		{"3d: then the opener", opener,
			"open0 accept1 ask1", "propose1 ask1", "o1 applied, x1 applied, o2 applied, o3 applied, x2 applied: agreed"},
		{"4: facts always apply", factsApply,
			"open0 withdraw0", "note1", "o1 applied, x1 fact, o2 applied: gone"},
		{"5: a move that does not name the heads has no effect", stale,
			"open0", "answer1!", "o1 applied, x1 stale: open"},
		{"6: who has lost to a move speaks without effect until it has seen it", blind,
			"open0 accept1", "propose1 propose1 ask1", "o1 applied, x1 applied, o2 applied, x2 crossed by o2, x3 crossed by o2: agreed"},
		{"7: of two concurrent moves in one slot only one applies", slot,
			"open0 propose0", "propose1", "o1 applied, x1 applied, o2 crossed by x1: theirs"},
		{"8: a move that a concurrent one made impossible is crossed, not forbidden", crossed,
			"open0 withdraw0", "answer1", "o1 applied, x1 applied, o2 crossed by x1: done"},
		{"9: what the table does not know is not allowed", disallowed,
			"open0", "withdraw1", "o1 applied, x1 disallowed: open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			es := draw(t, terms, tt.opener, tt.other)
			slices.Reverse(es)
			if got := say(Fold(terms, es)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := say(fold(terms, es, tt.line)); got == tt.want {
				t.Errorf("without the line the outcome is the same, so this shows nothing: %s", got)
			}
		})
	}
}

// Line 10: no time, arrival order or party name. Other identities and another
// order of arrival tell the same story.
func TestNamesAndArrivalDoNotMatter(t *testing.T) {
	es := draw(t, terms, "open0 propose0 ask1 accept2", "propose1 propose1 ask2 note4")
	want := say(Fold(terms, es))
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(10, seed))
		renamed := map[comity.Hash]comity.Hash{{}: {}}
		for _, e := range es {
			renamed[e.ID] = sha256.Sum256(fmt.Append(nil, seed, label(e)))
		}
		other := slices.Clone(es)
		for i, e := range other {
			other[i].ID = renamed[e.ID]
			if e.After != nil {
				other[i].After = &comity.After{Mine: renamed[e.After.Mine], Theirs: renamed[e.After.Theirs]}
			}
		}
		rnd.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		if got := say(Fold(terms, other)); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTheFoldHasItsSmallPrint(t *testing.T) {
	for _, tt := range []struct{ name, opener, other, want string }{
		{"an empty matter is in its first state", "", "", ": nothing"},
		{"a matter opens once", "open0 open0", "", "o1 applied, o2 disallowed: open"},
		{"a stale move still is its author's last move", "open0", "ask1! answer1", "o1 applied, x1 stale, x2 applied: done"},
		{"having seen what it lost to, a side may speak again", "open0 accept1", "propose1 propose1 ask2", "o1 applied, x1 applied, o2 applied, x2 crossed by o2, x3 applied: agreed"},
		{"a fact of the blind counts", "open0 accept1", "propose1 propose1 note1", "o1 applied, x1 applied, o2 applied, x2 crossed by o2, x3 fact: agreed"},
		{"the latest move of the slot is the one that crosses", "open0 ask0 propose0", "propose1 propose1 ask1", "o1 applied, x1 applied, x2 applied, o2 applied, o3 crossed by x2, x3 applied: theirs"},
		{"a move without effect keeps no other from applying", "open0 propose1!", "propose1 propose1", "o1 applied, x1 applied, o2 stale, x2 applied: theirs"},
		{"a move without effect crosses nobody", "open0 propose1!", "propose1 accept1", "o1 applied, x1 applied, o2 stale, x2 disallowed: theirs"},
		{"a kind that nobody knows is a move that nobody may make", "open0 dance0", "", "o1 applied, o2 disallowed: open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := say(Fold(terms, draw(t, terms, tt.opener, tt.other))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A node is one side of a random history: its own stream, in which receipts take
// places too, and how much of the peer's has arrived.
type node struct {
	side    Side
	stream  []Entry // an entry of Kind "" is a receipt
	arrived int     // of the peer's stream
}

func (n *node) known(peer *node) []Entry {
	var es []Entry
	for _, s := range [][]Entry{n.stream, peer.stream[:n.arrived]} {
		for _, e := range s {
			if e.Kind != "" {
				es = append(es, e)
			}
		}
	}
	return es
}

// receive places one more item. A receipt follows in the same transaction, as
// exchange.Step has it.
func (n *node) receive(peer *node) {
	if n.arrived == len(peer.stream) {
		return
	}
	it := peer.stream[n.arrived]
	n.arrived++
	if it.Kind != "" {
		n.stream = append(n.stream, Entry{Pos: uint64(len(n.stream)), Seen: uint64(n.arrived)})
	}
}

func (n *node) seen() uint64 {
	for i := len(n.stream) - 1; i >= 0; i-- {
		if n.stream[i].Kind == "" {
			return n.stream[i].Seen
		}
	}
	return 0
}

func (n *node) speak(rnd *rand.Rand, t Table, peer *node) {
	r := Fold(t, n.known(peer))
	kind := t.Rules[rnd.IntN(len(t.Rules))].Kind
	if cs := Legal(t, r.State, n.side); rnd.IntN(10) < 8 {
		cs = slices.DeleteFunc(cs, func(c Choice) bool { return !c.Allowed })
		kind = cs[rnd.IntN(len(cs))].Kind
	}
	e := Entry{Author: n.side, Kind: kind, Pos: uint64(len(n.stream)), Seen: n.seen()}
	e.ID = sha256.Sum256(fmt.Append(nil, n.side, e.Pos))
	if !t.Fact(kind) {
		after := r.After(n.side)
		if rnd.IntN(20) == 0 {
			after.Theirs = comity.Hash{}
		}
		e.After = &after
	}
	n.stream = append(n.stream, e)
}

// settled returns what n may hold to be final: what has arrived, and what of its
// own the peer's receipts cover.
func (n *node) settled(peer *node) map[comity.Hash]bool {
	ids := map[comity.Hash]bool{}
	upto := uint64(0)
	for _, e := range peer.stream[:n.arrived] {
		if e.Kind == "" {
			upto = max(upto, e.Seen)
		}
		ids[e.ID] = true
	}
	for _, e := range n.stream {
		if e.Pos < upto {
			ids[e.ID] = true
		}
	}
	return ids
}

func history(rnd *rand.Rand, t Table, each func(n, peer *node)) (a, b *node) {
	a, b = &node{side: Opener}, &node{side: Other}
	for range 4 + rnd.IntN(30) {
		n, peer := a, b
		if rnd.IntN(2) == 0 {
			n, peer = b, a
		}
		if rnd.IntN(5) < 2 {
			n.speak(rnd, t, peer)
		}
		for range rnd.IntN(4) {
			n.receive(peer)
		}
		if each != nil {
			each(n, peer)
		}
	}
	for a.arrived < len(b.stream) || b.arrived < len(a.stream) {
		a.receive(b)
		b.receive(a)
	}
	return a, b
}

func TestTwentyThousandHistoriesConverge(t *testing.T) {
	var statements, crossings, unsettled, bad int
	for seed := range uint64(20_000) {
		rnd := rand.New(rand.NewPCG(2026, seed))
		type early struct {
			Outcome
			node *node
		}
		var promised []early
		a, b := history(rnd, terms, func(n, peer *node) {
			if rnd.IntN(4) != 0 {
				return
			}
			ids := n.settled(peer)
			for _, o := range Fold(terms, n.known(peer)).Order {
				if ids[o.ID] {
					promised = append(promised, early{o, n})
				} else {
					unsettled++
				}
			}
		})
		ours, theirs := Fold(terms, a.known(b)), Fold(terms, b.known(a))
		if !same(ours, theirs) {
			t.Fatalf("seed %d: the nodes differ\n%s\n%s", seed, say(ours), say(theirs))
		}
		shuffled := a.known(b)
		rnd.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if !same(ours, Fold(terms, shuffled)) {
			t.Fatalf("seed %d: arrival matters", seed)
		}
		final := map[comity.Hash]Outcome{}
		for _, o := range ours.Order {
			final[o.ID] = o
			statements++
			if o.Effect == Crossed {
				crossings++
			}
		}
		for _, p := range promised {
			if f := final[p.ID]; f.Effect != p.Effect || f.By != p.By {
				t.Fatalf("seed %d: settled %s %s became %s", seed, label(p.Entry), p.Effect, f.Effect)
			}
		}
		if n := unseenTerms(ours); n != 0 {
			t.Fatalf("seed %d: %d acceptances of unseen terms: %s", seed, n, say(ours))
		}
		bad += unseenTerms(fold(terms, shuffled, blind)) + unseenTerms(fold(terms, shuffled, slot))
	}
	t.Logf("%d statements, %d crossed, %d looked at before they settled; without lines 6 or 7, %d bindings to unseen terms", statements, crossings, unsettled, bad)
	if crossings < 1000 || unsettled < 1000 || bad == 0 {
		t.Errorf("the histories are too tame to show anything")
	}
}

func same(a, b Result) bool {
	if a.State != b.State || a.opener != b.opener || a.other != b.other || len(a.Order) != len(b.Order) {
		return false
	}
	for i, o := range a.Order {
		if p := b.Order[i]; o.ID != p.ID || o.Effect != p.Effect || o.By != p.By || o.State != p.State {
			return false
		}
	}
	return true
}

func TestLegalSaysWhyNot(t *testing.T) {
	for _, tt := range []struct {
		state string
		side  Side
		kind  comity.Kind
		want  string
	}{
		{"open", Other, "answer", "done"},
		{"open", Opener, "answer", "only the other side may"},
		{"open", Opener, "open", "it opens a matter, and this one is open"},
		{"ours", Opener, "accept", "the matter is ours; this can be done while it is theirs"},
		{"gone", Opener, "accept", "the matter is gone, and nothing leads out of that"},
		{"gone", Opener, "note", ""},
	} {
		t.Run(fmt.Sprintf("%s while %s by %s", tt.kind, tt.state, tt.side), func(t *testing.T) {
			for _, c := range Legal(terms, tt.state, tt.side) {
				if c.Kind == tt.kind && c.To+c.Why != tt.want {
					t.Errorf("got %q %q, want %q", c.To, c.Why, tt.want)
				}
			}
		})
	}
}

func TestPlacesGrow(t *testing.T) {
	if !(Place(0, 3, 63) < Place(0, 4, 0) && Place(0, 1<<39, 63) < Place(1, 0, 0)) {
		t.Error("places of a stream do not grow")
	}
}

func TestFiveHundredEntriesFoldAtOnce(t *testing.T) {
	es := long(500)
	start := time.Now()
	Fold(terms, es)
	if d := time.Since(start); d > 500*time.Millisecond {
		t.Errorf("it took %v", d)
	}
}

func BenchmarkFold500(b *testing.B) {
	es := long(500)
	for b.Loop() {
		Fold(terms, es)
	}
}

func long(n int) []Entry {
	rnd := rand.New(rand.NewPCG(1, 1))
	a, b := &node{side: Opener}, &node{side: Other}
	for len(a.known(b)) < n {
		a.speak(rnd, terms, b)
		b.receive(a)
		b.receive(a)
		if rnd.IntN(2) == 0 {
			b.speak(rnd, terms, a)
			a.receive(b)
		}
	}
	return a.known(b)[:n]
}
