package officer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"comity"
	"comity/casefile"
	"comity/cmd/comity/officer"
	"comity/desk"
	"comity/shell"
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
	Ref comity.Ref
	TLP string
}

func listed(t *testing.T, n *testnet.Node, args ...string) (list []line) {
	t.Helper()
	var out bytes.Buffer
	a := &shell.App{Ctx: t.Context(), Dir: n.Dir, Lang: "en", JSON: true, Pass: filepath.Join(n.Dir, "pass"), Stdout: &out, Stderr: io.Discard}
	if err := officer.Commands(a)["list"](args); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
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
		if got, want := listed(t, n), []line{{ref, "AMBER+STRICT"}}; !slices.Equal(got, want) {
			t.Errorf("%s lists %v, want %v", n.Name, got, want)
		}
	}
}
