package exchange_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/exchange"
)

// h names a hash in the tables.
func h(name string) comity.Hash { return sha256.Sum256([]byte(name)) }

func root(n int) comity.Hash { return h(fmt.Sprint("root ", n)) }

var noon = comity.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

func force(of string) exchange.Force {
	return exchange.Force{Profile: h("profile"), Chain: h(of + " chain"), Roster: h(of + " roster")}
}

// open is a channel at work: ten items of ours, eight receipted; ten of theirs,
// all covered.
func open(change ...func(*exchange.State)) exchange.State {
	s := exchange.NewState(force("our"), force("their"))
	s.Mode, s.Next, s.OutRoot, s.Need, s.Receipted, s.Has = exchange.Open, 10, root(10), 10, 8, 10
	s.Want, s.InRoot, s.Owed, s.Covered, s.CoveredRoot = 10, root(10), 10, 10, root(10)
	for _, f := range change {
		f(&s)
	}
	return s
}

func in(m exchange.Mode) func(*exchange.State) {
	return func(s *exchange.State) {
		s.Mode, s.Nonce = m, []byte("nonce")
		if m == exchange.Behind {
			s.Target, s.TargetRoot = 12, root(12)
		}
	}
}

func guarded(n uint64) func(*exchange.State) {
	return func(s *exchange.State) { s.Guard.Next = n }
}

// header is the peer's item n as it should be.
func header(n int) comity.Header {
	f := force("their")
	return comity.Header{Seq: uint64(n), Root: root(n), Profile: f.Profile, Chain: f.Chain, Roster: f.Roster, Statements: []comity.Hash{h("id")}}
}

// item is the peer's item n, changed.
func theirs(n int, change ...func(*exchange.ItemIn)) exchange.ItemIn {
	e := exchange.ItemIn{Header: header(n), Root: root(n + 1)}
	for _, f := range change {
		f(&e)
	}
	return e
}

func receipt(upto int, refused ...comity.Refused) func(*exchange.ItemIn) {
	return func(e *exchange.ItemIn) {
		e.Header.Statements = nil
		e.Header.Receipt = &comity.Receipt{Upto: uint64(upto), Root: root(upto + 1), Refused: refused}
		e.Mine = root(upto + 1)
	}
}

func control(typ string) func(*exchange.ItemIn) {
	return func(e *exchange.ItemIn) {
		e.Header.Statements, e.Header.Control = nil, &comity.Control{Type: typ, Hash: h("new " + typ)}
	}
}

func fault(code string) func(*exchange.ItemIn) { return func(e *exchange.ItemIn) { e.Fault = code } }

func same(e *exchange.ItemIn) { e.Same = true }

// hello is what a peer says that has want of ours and next of its own.
func hello(want, next int, change ...func(*exchange.Hello)) exchange.Hello {
	e := exchange.Hello{Hello: comity.Hello{Nonce: []byte("nonce"), Want: uint64(want), Next: uint64(next), OutRoot: root(next), InRoot: root(want)},
		Mine: root(want), Theirs: root(next)}
	for _, f := range change {
		f(&e)
	}
	return e
}

func asked(e *exchange.Hello) { e.Asked, e.Nonce = true, []byte("theirs") }

// own is an item of ours that comes back.
func own(n int, change ...func(*exchange.OwnItem)) exchange.OwnItem {
	e := exchange.OwnItem{Header: comity.Header{Seq: uint64(n), Root: root(n), Statements: []comity.Hash{h("id")}}, Root: root(n + 1)}
	for _, f := range change {
		f(&e)
	}
	return e
}

func candidates(names string) (list []exchange.Candidate) {
	for name := range strings.FieldsSeq(names) {
		c := exchange.Candidate{ID: h(strings.Trim(name, "!@")), Stale: strings.HasSuffix(name, "!")}
		if strings.HasSuffix(name, "@") {
			c.Control = &comity.Control{Type: "roster", Hash: c.ID}
		}
		list = append(list, c)
	}
	return list
}

// draw writes effects as the tables do.
func draw(effects []exchange.Effect) string {
	var out []string
	for _, e := range effects {
		s := strings.TrimPrefix(reflect.TypeOf(e).String(), "exchange.")
		switch e := e.(type) {
		case exchange.Append:
			switch {
			case e.Header.Receipt != nil:
				s += fmt.Sprintf(" %d receipt %d", e.Header.Seq, e.Header.Receipt.Upto)
			case e.Header.Control != nil:
				s += fmt.Sprintf(" %d %s", e.Header.Seq, e.Header.Control.Type)
			default:
				s += fmt.Sprintf(" %d x%d", e.Header.Seq, len(e.Header.Statements))
			}
		case exchange.Place:
			s += fmt.Sprint(" ", e.Seq)
			if !e.Fresh {
				s += " again"
			}
		case exchange.Settle:
			s += fmt.Sprintf(" %d-%d", e.From, e.Upto)
		case exchange.Install:
			s += fmt.Sprint(" ", e.Seq)
		case exchange.Requeue:
			s += fmt.Sprint(" ", e.From)
		case exchange.Annul:
			s += fmt.Sprint(" ", e.From)
		case exchange.Alarm:
			s += " " + e.Kind
		case exchange.Send:
			s += fmt.Sprint(" ", e.From)
		case exchange.Greet:
			if s = "Greet"; e.Answer {
				s = "Answer"
			}
		case exchange.AskOwn:
			s += fmt.Sprintf(" %d-%d", e.From, e.To)
		case exchange.GiveBack:
			s += fmt.Sprintf(" %d-%d", e.From, e.To)
		case exchange.Want:
			s += fmt.Sprint(" ", e.Seq)
		case exchange.Refuse:
			s += " " + e.Code
		case exchange.Halt:
			s += " " + e.Why
		case exchange.Return:
			s += " " + e.Why
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// mode is what a row expects when the mode does not change.
const still exchange.Mode = ""

func TestStep(t *testing.T) {
	lags := func(s *exchange.State) { s.Want, s.InRoot, s.Owed = 9, root(9), 9 }
	owes := func(s *exchange.State) { s.Want, s.InRoot, s.Owed = 12, root(12), 12 }
	silent := func(s *exchange.State) { s.Since, s.Attempts = comity.At(noon.Add(-3*time.Minute)), 40 }
	claims := func(s *exchange.State) { silent(s); s.Claims = exchange.MaxClaims }
	fresh := func(s *exchange.State) { *s = exchange.NewState(force("our"), force("their")); in(exchange.Greets)(s) }
	posit := func(n int) comity.Position { return comity.Position{Items: uint64(n), Root: root(n)} }
	resumed := func(epoch uint64, mine, theirs int) exchange.Resumed {
		return exchange.Resumed{Epoch: epoch, Mine: posit(mine), Theirs: posit(theirs), MineRoot: root(mine), TheirsRoot: root(theirs)}
	}
	forge := func(e *exchange.ItemIn) { e.Header.Root = h("another") }
	epoch := func(e *exchange.ItemIn) { e.Header.Epoch = 1 }
	for _, row := range []struct {
		name  string
		state exchange.State
		event exchange.Event
		mode  exchange.Mode
		want  string
	}{
		// Ready
		{"ready statements share an item", open(), exchange.Ready{List: candidates("a b c")}, still, "Append 10 x3"},
		{"what went stale in the queue is never numbered", open(), exchange.Ready{List: candidates("a b! c")}, still, "Return moved, Append 10 x2"},
		{"a queue of stale statements leaves no item", open(), exchange.Ready{List: candidates("a! b!"), More: true}, still, "Return moved, Return moved, Number"},
		{"a long queue needs more items", open(), exchange.Ready{List: candidates("a"), More: true}, still, "Append 10 x1, Number"},
		{"a control is an item of its own", open(), exchange.Ready{List: candidates("a@ b")}, still, "Append 10 roster, Number"},
		{"a control keeps its turn", open(), exchange.Ready{List: candidates("a b@ c")}, still, "Append 10 x1, Number"},
		{"the owed receipt goes before statements that have seen it", open(owes), exchange.Ready{List: candidates("a")}, still, "Append 10 receipt 11, Number"},
		{"nothing is numbered before we know our place", open(in(exchange.Greets)), exchange.Ready{List: candidates("a")}, still, ""},
		{"nothing is numbered while we are behind", open(in(exchange.Behind)), exchange.Ready{List: candidates("a")}, still, ""},
		{"nothing is numbered on a frozen channel", open(in(exchange.Frozen)), exchange.Ready{List: candidates("a")}, still, ""},
		{"nothing is numbered on a halted channel", open(in(exchange.Halted)), exchange.Ready{List: candidates("a")}, still, ""},
		{"nothing is numbered that would claim to have seen what we lost", open(lags), exchange.Ready{List: candidates("a")}, still, ""},

		// Hello
		{"an answer opens the channel", open(in(exchange.Greets)), hello(10, 10), exchange.Open, "Number, Send 10"},
		{"an answer says where to send from", open(in(exchange.Greets)), hello(7, 10), exchange.Open, "Number, Send 7"},
		{"a first answer begins the stream", exchange.State(open(fresh)), hello(0, 0, func(e *exchange.Hello) {
			e.OutRoot, e.InRoot, e.Mine, e.Theirs = root(0), root(0), root(0), root(0)
		}), exchange.Open, "Append 0 profile, Send 0"},
		{"an answer to another nonce is nothing", open(in(exchange.Greets)), hello(10, 10, func(e *exchange.Hello) { e.Nonce = []byte("old") }), still, "Ignore"},
		{"a late answer is nothing", open(), hello(10, 10), still, "Ignore"},
		{"on a stick any nonce will do", open(in(exchange.Greets)), hello(10, 10, func(e *exchange.Hello) { e.Nonce, e.Stick = nil, true }), exchange.Open, "Number, Send 10"},
		{"a question is answered and opens nothing", open(in(exchange.Greets)), hello(10, 10, asked), still, "Answer"},
		{"a question is answered at work", open(), hello(8, 10, asked), still, "Send 8, Answer"},
		{"a peer that knows more of us than we do has our place", open(in(exchange.Greets)), hello(12, 10), exchange.Behind, "Alarm behind"},
		{"even its question tells", open(), hello(12, 10, asked), exchange.Behind, "Alarm behind, Answer"},
		{"a peer that lost its own items gets them back", open(), hello(10, 4, asked), still, "GiveBack 4-9, Answer"},
		{"another root of its own stream is a fork", open(), hello(10, 10, asked, func(e *exchange.Hello) { e.OutRoot = h("another") }), exchange.Halted, "Halt hello"},
		{"another root of our stream is a fork", open(in(exchange.Greets)), hello(10, 10, func(e *exchange.Hello) { e.InRoot = h("another") }), exchange.Halted, "Halt hello"},
		{"a fork of what is long past is one", open(), hello(4, 4, asked, func(e *exchange.Hello) { e.InRoot = h("another") }), exchange.Halted, "Halt hello"},
		{"who lacks a resume is given it", open(func(s *exchange.State) { s.Epoch = 1 }), hello(10, 10, asked), still, "Refuse epoch"},
		{"numbers that left and that nobody has stop us", open(in(exchange.Greets), guarded(11)), hello(10, 10), exchange.Behind, "Alarm guard, Send 10"},
		{"numbers that left and that came back do not", open(in(exchange.Greets), guarded(10)), hello(10, 10), exchange.Open, "Number, Send 10"},
		{"a halted channel answers with that", open(in(exchange.Halted)), hello(10, 10, asked), still, "Refuse halted"},

		// OwnItems
		{"an own item that continues our stream is installed", open(in(exchange.Behind)), own(10), still, "Install 10"},
		{"the last of them sends us back to ask", open(in(exchange.Behind), func(s *exchange.State) { s.Next, s.OutRoot = 11, root(11) }), own(11), exchange.Greets, "Install 11"},
		{"own items that end in another root are a fork", open(in(exchange.Behind), func(s *exchange.State) { s.Target = 11 }), own(10), exchange.Halted, "Install 10, Halt hello"},
		{"an own item with a gap waits", open(in(exchange.Behind)), own(11), still, "Ignore"},
		{"an own item of another history is a fork", open(in(exchange.Behind)), own(10, func(e *exchange.OwnItem) { e.Header.Root = h("another") }), exchange.Halted, "Halt root"},
		{"what is not signed by us is nothing", open(in(exchange.Behind)), own(10, func(e *exchange.OwnItem) { e.Fault = "signature" }), still, "Ignore"},
		{"a reflected item is nothing", open(), own(3, func(e *exchange.OwnItem) { e.Same = true }), still, "Ignore"},
		{"two headers of ours with one number halt us", open(), own(3), exchange.Halted, "Halt own"},
		{"an unknown item of ours makes us ask", open(), own(10), exchange.Greets, "Alarm behind"},
		{"a receipt of ours for another stream than we have is a fork", open(in(exchange.Behind)), own(10, func(e *exchange.OwnItem) {
			e.Header.Statements, e.Header.Receipt, e.Theirs = nil, &comity.Receipt{Upto: 5, Root: root(6)}, h("another")
		}), exchange.Halted, "Halt root"},

		// Item
		{"a known item is nothing", open(), theirs(4, same), still, "Ignore"},
		{"another item of a known number is equivocation", open(), theirs(4), exchange.Halted, "Halt equivocation"},
		{"an item after a gap waits", open(), theirs(12), still, "Want 10"},
		{"an item that states another root is a fork", open(), theirs(10, forge), exchange.Halted, "Halt root"},
		{"another profile is refused", open(), theirs(10, func(e *exchange.ItemIn) { e.Header.Profile = h("another") }), still, "Refuse profile"},
		{"another chain is refused", open(), theirs(10, func(e *exchange.ItemIn) { e.Header.Chain = h("another") }), still, "Refuse chain"},
		{"another roster is refused", open(), theirs(10, func(e *exchange.ItemIn) { e.Header.Roster = h("another") }), still, "Refuse roster"},
		{"what does not open is refused", open(), theirs(10, fault("seal")), still, "Refuse seal"},
		{"what does not open and is known is nothing", open(), theirs(4, same, fault("seal")), still, "Ignore"},
		{"a bad signature proves nothing", open(), theirs(4, fault("signature")), still, "Refuse signature"},
		{"a bad signature forks nothing", open(), theirs(10, forge, fault("signature")), still, "Refuse signature"},
		{"statements are placed", open(), theirs(10), still, "Place 10"},
		{"statements without effect are placed", open(), theirs(10, func(e *exchange.ItemIn) { e.Refused = []comity.Refused{{Seq: 10, Code: "body"}} }), still, "Place 10"},
		{"a control is placed and counts", open(), theirs(10, control("roster")), still, "Place 10, Apply"},
		{"a receipt settles", open(), theirs(10, receipt(9)), still, "Place 10, Settle 8-9"},
		{"an old receipt settles nothing", open(), theirs(10, receipt(5)), still, "Place 10"},
		{"a receipt beyond our stream is a fork", open(), theirs(10, receipt(10)), exchange.Halted, "Halt receipt"},
		{"a receipt beyond our stream is no fork while we may have forgotten", open(in(exchange.Behind), guarded(12), func(s *exchange.State) { s.Target = 10 }), theirs(10, receipt(10)), exchange.Greets, ""},
		{"a receipt of another root is a fork", open(), theirs(10, receipt(9), func(e *exchange.ItemIn) { e.Mine = h("another") }), exchange.Halted, "Halt receipt"},
		{"an old receipt of another root is a fork", open(), theirs(10, receipt(5), func(e *exchange.ItemIn) { e.Mine = h("another") }), exchange.Halted, "Halt receipt"},
		{"a receipt may refuse only what it is the first to cover", open(), theirs(10, receipt(9, comity.Refused{Seq: 7})), still, "Refuse receipt"},
		{"an item of another epoch is refused", open(), theirs(10, epoch), still, "Refuse epoch"},
		{"an item of an ended epoch that we know is nothing", open(func(s *exchange.State) { s.Epoch = 1 }), theirs(4, same), still, "Ignore"},
		{"items wait until we know our place", open(in(exchange.Greets)), theirs(10), still, "Ignore"},
		{"items are placed while only our numbers are in doubt", open(in(exchange.Behind), func(s *exchange.State) { s.Target = 10 }), theirs(10), still, "Place 10"},
		{"a stream begins with its profile", open(fresh, in(exchange.Open)), theirs(0, func(e *exchange.ItemIn) { e.Header.Root = exchange.EmptyRoot() }), still, "Refuse control"},
		{"an item that our receipt covers already is placed again", open(func(s *exchange.State) { s.Covered = 12 }), theirs(10), still, "Place 10 again"},
		{"the last of those frees the queue", open(func(s *exchange.State) { s.Covered, s.CoveredRoot = 11, root(11) }), theirs(10), still, "Place 10 again, Number"},
		{"those must be what the receipt covered", open(func(s *exchange.State) { s.Covered, s.CoveredRoot = 11, h("another") }), theirs(10), exchange.Halted, "Halt root"},
		{"a frozen channel refuses", open(in(exchange.Frozen)), theirs(10), still, "Refuse frozen"},
		{"a halted channel refuses", open(in(exchange.Halted)), theirs(10), still, "Refuse halted"},

		// Commit
		{"a batch gets one receipt", open(owes), exchange.Commit{Now: noon}, still, "Append 10 receipt 11"},
		{"a receipt is not receipted", open(func(s *exchange.State) { s.Want, s.InRoot = 11, root(11) }), exchange.Commit{Now: noon}, still, ""},
		{"nothing is receipted before we know our place", open(owes, in(exchange.Greets)), exchange.Commit{Now: noon}, still, ""},
		{"nothing is receipted after a halt", open(owes, in(exchange.Halted)), exchange.Commit{Now: noon}, still, ""},

		// Exchange.have
		{"have says where to send from", open(func(s *exchange.State) { s.Has = 5 }), exchange.Have{N: 8}, still, "Send 8"},
		{"have without progress sends nothing", open(func(s *exchange.State) { s.Has = 8 }), exchange.Have{N: 8}, still, ""},
		{"have beyond what we sent makes us ask", open(), exchange.Have{N: 11}, exchange.Greets, "Alarm protocol"},
		{"have without receipts, again and again, breaks the protocol", open(claims), exchange.Tick{Now: noon}, still, "Send 10, Alarm protocol"},

		// ChainByHand, Resume
		{"a stolen key freezes the channel", open(), exchange.ChainByHand{}, exchange.Frozen, ""},
		{"a mistake is thawed", open(in(exchange.Frozen)), exchange.Unfreeze{}, exchange.Greets, ""},
		{"both roots may resume after a halt", open(in(exchange.Halted)), resumed(1, 10, 10), exchange.Greets, ""},
		{"what both do not have is sent again", open(in(exchange.Halted)), resumed(1, 8, 7), exchange.Greets, "Requeue 8, Annul 7"},
		{"what is receipted is not undone", open(in(exchange.Halted)), resumed(1, 7, 10), still, "Alarm resume"},
		{"a resume beyond what we have does not fit", open(in(exchange.Halted)), resumed(1, 10, 11), still, "Alarm resume"},
		{"an old resume is nothing", open(), resumed(0, 10, 10), still, "Ignore"},
		{"the peer's proof halts us", open(), exchange.HaltIn{}, exchange.Halted, "Halt peer"},
		{"a proof of an ended epoch does not", open(func(s *exchange.State) { s.Epoch = 1 }), exchange.HaltIn{}, still, "Ignore"},

		// Tick, Crash
		{"what is unreceipted is sent again", open(), exchange.Tick{Now: noon}, still, "Send 10"},
		{"not before it is due", open(func(s *exchange.State) { s.Due = comity.At(noon.Add(1)) }), exchange.Tick{Now: comity.At(noon.Add(-1))}, still, ""},
		{"silence is told", open(silent), exchange.Tick{Now: noon}, still, "Send 10, Alarm silence"},
		{"who knows not its place asks", open(in(exchange.Greets)), exchange.Tick{Now: noon}, still, "Greet"},
		{"who is behind asks for its own", open(in(exchange.Behind)), exchange.Tick{Now: noon}, still, "AskOwn 10-11"},
		{"who starts must ask", open(), exchange.Start{}, exchange.Greets, ""},
		{"a halt outlasts a start", open(in(exchange.Halted)), exchange.Start{}, still, ""},
		{"so does a freeze", open(in(exchange.Frozen)), exchange.Start{}, still, ""},
		{"a refused item is told", open(), exchange.Rejected{Seq: 9, Code: "seal"}, still, "Alarm rejected"},
		{"a channel that was not started does nothing", exchange.NewState(force("our"), force("their")), theirs(0), still, "Ignore"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before, _ := json.Marshal(row.state)
			s, effects := exchange.Step(row.state, row.event)
			if row.mode == still {
				row.mode = row.state.Mode
			}
			if got := draw(effects); got != row.want || s.Mode != row.mode {
				t.Errorf("got %s: %q, want %s: %q", s.Mode, got, row.mode, row.want)
			}
			if after, _ := json.Marshal(row.state); string(after) != string(before) {
				t.Error("Step changed its argument")
			}
		})
	}
}

func TestAReceiptNamesWhatItRefuses(t *testing.T) {
	s := open()
	refused := []comity.Refused{{Seq: 10, I: 2, Code: "body"}, {Seq: 11, I: 0, Code: "seat"}}
	for i, r := range refused {
		s, _ = exchange.Step(s, theirs(10+i, func(e *exchange.ItemIn) { e.Refused = []comity.Refused{r} }))
	}
	s, effects := exchange.Step(s, exchange.Commit{Now: noon})
	got := effects[0].(exchange.Append).Header
	if want := (comity.Receipt{Upto: 11, Root: root(12), Refused: refused}); !reflect.DeepEqual(*got.Receipt, want) {
		t.Errorf("got %+v, want %+v", *got.Receipt, want)
	}
	s, _ = exchange.Step(s, exchange.Appended{Header: got, Root: root(11)})
	if s.Owes() || s.Refused != nil || s.Covered != 12 || s.Next != 11 || s.OutRoot != root(11) {
		t.Errorf("after its receipt: %+v", s)
	}
	if s.Need != 10 {
		t.Errorf("a receipt of ours needs a receipt: %d", s.Need)
	}
}

func TestControlsCountFromTheNextItem(t *testing.T) {
	s, effects := exchange.Step(open(), exchange.Ready{List: candidates("new@")})
	first := effects[0].(exchange.Append).Header
	if first.Roster != force("our").Roster {
		t.Error("a roster counts for the item that carries it")
	}
	s, _ = exchange.Step(s, exchange.Appended{Header: first, Root: root(11)})
	_, effects = exchange.Step(s, exchange.Ready{List: candidates("a")})
	if next := effects[0].(exchange.Append).Header; next.Roster != h("new") {
		t.Error("a roster does not count for the next item")
	}
	s, _ = exchange.Step(s, theirs(10, control("roster")))
	if s, effects = exchange.Step(s, theirs(11)); draw(effects) != "Refuse roster" {
		t.Errorf("an item under the old roster: %s", draw(effects))
	}
	if _, effects = exchange.Step(s, theirs(11, func(e *exchange.ItemIn) { e.Header.Roster = h("new roster") })); draw(effects) != "Place 11" {
		t.Errorf("an item under the new roster: %s", draw(effects))
	}
}

func TestAttemptsAreNeverMoreThanFourSecondsApart(t *testing.T) {
	s, now := open(), noon
	var waits []string
	for range 6 {
		var effects []exchange.Effect
		s, effects = exchange.Step(s, exchange.Tick{Now: now, Jitter: 0.5})
		if draw(effects) != "Send 10" {
			t.Fatalf("attempt %d: %s", s.Attempts, draw(effects))
		}
		waits = append(waits, s.Due.Sub(now.Time).String())
		now = s.Due
	}
	if got, want := strings.Join(waits, " "), "875ms 1.75s 3.5s 3.5s 3.5s 3.5s"; got != want {
		t.Errorf("waits %s, want %s", got, want)
	}
	if s.Since != noon || !s.Unreceipted() {
		t.Errorf("unreceipted since %v", s.Since)
	}
	s, _ = exchange.Step(s, theirs(10, receipt(9)))
	if !s.Since.IsZero() || s.Attempts != 0 || s.Waits() {
		t.Errorf("after the receipt it still waits: %+v", s)
	}
}

func TestAFullItemCarriesSixtyFourStatements(t *testing.T) {
	var names strings.Builder
	for i := range 70 {
		fmt.Fprint(&names, i, " ")
	}
	_, effects := exchange.Step(open(), exchange.Ready{List: candidates(names.String())})
	if got, want := draw(effects), "Append 10 x64, Number"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// An exercise begins from whichever entries the first item names, if we hold them: the
// peer's book may have grown since we opened our end. A live channel does not, nor does
// a later item.
func TestExerciseBeginsFromWhatIsHeld(t *testing.T) {
	first := func(change ...func(*exchange.ItemIn)) exchange.ItemIn {
		e := exchange.ItemIn{Header: header(0), Root: root(1), Known: true}
		e.Header.Statements, e.Header.Control = nil, &comity.Control{Type: "profile", Hash: force("their").Profile}
		e.Header.Chain, e.Header.Roster = h("later chain"), h("later roster")
		for _, f := range change {
			f(&e)
		}
		return e
	}
	for _, c := range []struct {
		name string
		from int
		item exchange.ItemIn
		want bool
	}{
		{"the first item of what we hold", 0, first(), true},
		{"of what we do not hold", 0, first(func(e *exchange.ItemIn) { e.Known = false }), false},
		{"an item whose signature is bad", 0, first(fault("signature")), false},
		{"a later item", 10, theirs(10, func(e *exchange.ItemIn) { e.Known, e.Header.Roster = true, h("later roster") }), false},
	} {
		s := open(func(s *exchange.State) {
			if s.Want = uint64(c.from); c.from == 0 {
				s.InRoot, s.Owed, s.Covered, s.CoveredRoot = root(0), 0, 0, root(0)
			}
		})
		s, _ = exchange.Step(s, c.item)
		if got := s.In.Roster == h("later roster"); got != c.want || got && s.Want != 1 {
			t.Errorf("%s: taken %t, want %t; it waits for item %d", c.name, got, c.want, s.Want)
		}
	}
}
