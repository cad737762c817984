package officer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/cabinet"
	"comity/casefile"
	"comity/cmd/comity/officer"
	"comity/config"
	"comity/desk"
	"comity/request"
	"comity/shell"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// says has two officers of a node release a statement, and takes it to its peer.
func says(t *testing.T, n, to *testnet.Node, w desk.New, body any) comity.Ref {
	t.Helper()
	w.Body = testnet.Body(body)
	if w.Marking.TLP == "" {
		w.Marking.TLP = "AMBER"
	}
	d, err := n.Desk.Say(t.Context(), w, desk.Word{Officer: n.Officers[0]})
	if err == nil && d.Sent.IsZero() {
		if _, err = n.Desk.Approve(t.Context(), d.ID, desk.Word{Officer: n.Officers[1]}); err == nil {
			d, err = n.Desk.Send(t.Context(), d.ID)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", w.Kind, err)
	}
	testnet.Settle(t, n, to)
	return d.Matter
}

type line struct {
	Ref     comity.Ref
	TLP     string
	Overdue bool
	Place   string
}

func terminal(t *testing.T, n *testnet.Node, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	a := &shell.App{Ctx: t.Context(), Dir: n.Dir, Lang: "en", JSON: true, Pass: filepath.Join(n.Dir, "pass"), Stdout: &out, Stderr: io.Discard}
	if err := officer.Commands(a)["list"](args); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func listed(t *testing.T, n *testnet.Node, args ...string) (list []line) {
	t.Helper()
	if err := json.Unmarshal([]byte(terminal(t, n, args...)), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestListGoesByOurClock has a peer whose clock is decades off in both directions:
// what it says is in its place by when it came.
func TestListGoesByOurClock(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	testnet.Settle(t, us, cn)
	opens := func(ahead time.Duration) comity.Ref {
		us.Keeper.Now = func() time.Time { return time.Now().Add(ahead) }
		return says(t, us, cn, desk.New{To: "cn", Kind: casefile.OpensCase}, &casefile.Open{Title: "invoice fraud", Category: "fraud", Agency: "us-24-7"})
	}
	const day = 24 * time.Hour
	future, now, past := opens(40*365*day), opens(0), opens(-20*365*day)
	us.Keeper.Now = time.Now
	var got []comity.Ref
	for _, l := range listed(t, cn) {
		got = append(got, l.Ref)
	}
	if want := []comity.Ref{past, now, future}; !slices.Equal(got, want) {
		t.Errorf("the list is %v; what came last is first: %v", got, want)
	}
}

// TestListShowsTheHighestMarking looks at a matter that was opened at AMBER, in which
// something stricter was said since.
func TestListShowsTheHighestMarking(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	testnet.Settle(t, us, cn)
	ref := says(t, us, cn, desk.New{To: "cn", Kind: casefile.OpensCase}, &casefile.Open{Title: "invoice fraud", Category: "fraud", Agency: "us-24-7"})
	says(t, us, cn, desk.New{Matter: ref, Kind: "note", Marking: comity.Marking{TLP: "AMBER+STRICT"}}, &thread.Note{Text: "for the two agencies"})
	says(t, cn, us, desk.New{Matter: ref, Kind: "note", Marking: comity.Marking{TLP: "GREEN"}}, &thread.Note{Text: "received"})
	for _, n := range nodes {
		if got := listed(t, n); len(got) != 1 || got[0].Ref != ref || got[0].TLP != "AMBER+STRICT" {
			t.Errorf("%s lists %v, want %s at AMBER+STRICT", n.Name, got, ref)
		}
	}
}

// TestNothingOverdueIsMissed has 200 matters that changed after the one in which
// something is overdue: it comes first all the same, and the next page has the rest.
func TestNothingOverdueIsMissed(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	testnet.Settle(t, us, cn)
	clock := func(ago time.Duration) {
		for _, n := range nodes {
			n.Keeper.Now = func() time.Time { return time.Now().Add(-ago) }
		}
	}
	clock(20 * 24 * time.Hour)
	_, overdue, err := us.Ask(t.Context(), cn.Party, 200)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us, cn)
	clock(0)
	for range 200 {
		d, err := us.Desk.Say(t.Context(), desk.New{To: "cn", Kind: casefile.OpensCase, Marking: comity.Marking{TLP: "AMBER"},
			Body: testnet.Body(&casefile.Open{Title: "invoice fraud", Category: "fraud", Agency: "us-24-7"})}, desk.Word{Officer: us.Officers[0]})
		if err == nil {
			_, err = us.Desk.Approve(t.Context(), d.ID, desk.Word{Officer: us.Officers[1]})
		}
		if err == nil {
			_, err = us.Desk.Send(t.Context(), d.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{nil, {"--open"}, {"--realm", "all"}} {
		page := listed(t, us, args...)
		if len(page) != 200 || page[0].Ref != overdue || !page[0].Overdue {
			t.Fatalf("list %v has %d lines; the first is %+v, want that of %s", args, len(page), page[0], overdue)
		}
		rest := listed(t, us, append([]string{"--after", page[199].Place}, args...)...)
		seen := map[comity.Ref]bool{}
		for _, l := range append(page, rest...) {
			seen[l.Ref] = true
		}
		if len(rest) != 1 || len(seen) != 201 {
			t.Errorf("list %v: the second page has %d lines, and both %d matters", args, len(rest), len(seen))
		}
	}
	if got, want := terminal(t, us, "--count"), `{"critical":1,"overdue":0,"soon":0,"later":0,"none":200}`; strings.Join(strings.Fields(got), "") != want {
		t.Errorf("it counts %s, want %s", got, want)
	}
}

// TestTheAgendaIsWhatAFreshLookGives compares both, on both sides, after each step of a
// story whose statements and receipts arrive one by one.
func TestTheAgendaIsWhatAFreshLookGives(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	testnet.Settle(t, us, cn)
	now := time.Now()
	for _, n := range nodes {
		n.Keeper.Now = func() time.Time { return now }
	}
	says := map[string]bool{}
	same := func(step string) {
		t.Helper()
		for _, tn := range nodes {
			n := &shell.Node{Config: config.Config{Party: tn.Name}, Dir: tn.Dir, DB: tn.DB, Vault: tn.Vault, Keeper: tn.Keeper}
			if err := n.UpToDate(t.Context(), func(int) {}); err != nil {
				t.Fatalf("%s: %v", step, err)
			}
			err := tn.DB.View(t.Context(), func(tx *store.Tx) error {
				rows, err := n.Agenda(tx, store.Filter{}, cabinet.Place{})
				if err != nil {
					return err
				}
				matters, err := n.Matters(tx, store.Filter{})
				if err != nil || len(matters) != len(rows) {
					t.Errorf("%s, %s: %d lines of %d matters, %v", step, tn.Name, len(rows), len(matters), err)
				}
				for _, d := range rows {
					h, _, err := n.History(tx, d.Realm, d.Ref)
					if err != nil {
						return err
					}
					h.Zones = nil
					v, err := n.Project(tx, h)
					if err != nil {
						return err
					}
					got := []any{d.Entry.State, d.Owes, d.Entry.Due.UTC(), d.Overdue(now), d.Says.When(now), d.Unsigned.UTC(), d.Entry.TLP}
					want := []any{v.State, v.Owes, v.Due.UTC(), v.Overdue, v.Says, v.Unsigned(tn.Name).UTC(), h.TLP(d.Matter.TLP)}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("%s, %s, %s:\n%v\nand afresh\n%v", step, tn.Name, d.Ref, got, want)
					}
					says[v.Says.EN] = true
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", step, err)
			}
		}
	}
	steps := func(step string) {
		t.Helper()
		same(step + ", said")
		now = now.Add(17 * time.Minute)
		same(step + ", under way")
		for _, from := range nodes {
			to := us
			if from == us {
				to = cn
			}
			if _, err := from.Call(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			same(step + ", carried by " + string(from.Name))
			now = now.Add(17 * time.Minute)
			same(step + ", a while later")
		}
		testnet.Settle(t, nodes...)
		now = now.Add(5 * time.Hour)
		same(step + ", hours later")
	}
	opening, ref, err := us.Ask(t.Context(), cn.Party, 200)
	if err != nil {
		t.Fatal(err)
	}
	steps("asked")
	for _, s := range []struct {
		by   *testnet.Node
		kind comity.Kind
		body any
	}{
		{cn, "acknowledge", &thread.Acknowledge{Statement: opening}},
		{cn, "ask", &request.Ask{Questions: []request.Question{{Field: "order.items[0].from", Rule: "C11", Text: "UTC?"}}}},
		{us, "supplement", &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].from", Text: "UTC."}}}},
		{cn, "extend.deadline", &request.ExtendDeadline{Until: comity.At(now.AddDate(0, 0, 3)), Reason: "A court sits on Monday."}},
		{cn, "answer", &request.Answer{Results: []request.Result{{Item: "1", Result: request.Preserved, HoldFrom: comity.At(now), HoldUntil: comity.At(now.AddDate(0, 0, 30))}}}},
		{us, "extend.hold", &request.ExtendHold{Until: comity.At(now.AddDate(0, 0, 90)), Reason: "The request follows."}},
		{us, "release", &request.Release{Reason: "The data was found."}},
	} {
		if _, err := s.by.Say(t.Context(), ref, s.kind, s.body); err != nil {
			t.Fatalf("%s: %v", s.kind, err)
		}
		steps(string(s.kind))
	}
	if len(says) < 20 {
		t.Errorf("only %d sentences were compared: the story is too tame", len(says))
	}
	if err := us.DB.Update(t.Context(), func(tx *store.Tx) error { return cabinet.Destroy(tx, comity.Live, ref, opening, us.Keeper.Kinds.Opens) }); err != nil {
		t.Fatal(err)
	}
	same("erased")
}

// A draft says which gates it meets on its way out, before anybody signs it.
func TestShowSaysWhatADraftMeets(t *testing.T) {
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	a, b := testnet.Open(t, us, us.Node), testnet.Open(t, cn, cn.Node)
	id, ref, err := a.Ask(t.Context(), cn, 100)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, a, b)
	for _, row := range []struct {
		kind       comity.Kind
		body       any
		seats      int
		protection bool
		screening  bool
		lacks      int
	}{
		{"acknowledge", &thread.Acknowledge{Statement: id}, 1, false, false, 0},
		{"accept", &request.Accept{}, 2, false, true, 1},
		{"answer.partial", &request.Answer{Results: []request.Result{{Item: "1", Result: request.NoRecord}}}, 2, true, true, 8},
	} {
		d, err := b.Desk.Begin(t.Context(), b.Officers[0].Seat, desk.New{Matter: ref, Kind: row.kind, Body: testnet.Body(row.body)})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		x := &shell.App{Ctx: t.Context(), Dir: b.Dir, Lang: "en", JSON: true, Pass: filepath.Join(b.Dir, "pass"), Stdout: &out, Stderr: io.Discard}
		if err := officer.Commands(x)["show"]([]string{d.ID}); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Seats                 int
			Protection, Screening bool
			Lacks                 []string
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Seats != row.seats || got.Protection != row.protection || got.Screening != row.screening || len(got.Lacks) < row.lacks || row.lacks == 0 && len(got.Lacks) > 0 {
			t.Errorf("%s: %+v", row.kind, got)
		}
	}
}
