package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/check"
	"comity/config"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/shell"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// begin makes a node with a request that nobody has signed.
func begin(t *testing.T, edit func(*comity.Profile)) (*desked, desk.Draft, error) {
	t.Helper()
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.PairWith(t, us, cn, edit)
	n := testnet.Open(t, us, us.Node)
	s := &shell.Node{Config: config.Config{Party: us.Name}, Keeper: n.Keeper}
	n.Desk.Rules = desk.Rules{Setting: s.Setting, Past: s.Past, Left: s.Left}
	d, err := n.Desk.Begin(t.Context(), n.Officers[0].Seat, desk.New{To: "cn", Kind: request.OpensPreservation, Body: testnet.Request(2000)})
	return &desked{n, cn}, d, err
}

type desked struct {
	*testnet.Node
	peer *testnet.Party
}

func ordinary(*comity.Profile) {}

// says checks that an error is of a kind, and says what to do.
func says(t *testing.T, err error, kind comity.Trouble, what string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), what) {
		t.Errorf("got %v, want %v with %q", err, kind, what)
	}
}

// What the peer could never take in is refused when it is drafted, and not by a
// peer that refuses it for ever.
func TestNothingTooLargeIsDrafted(t *testing.T) {
	_, _, err := begin(t, func(p *comity.Profile) { p.MaxPart = 2000 })
	says(t, err, comity.TooMuch, "the profile with cn takes 2000; say the rest in a file")
	n, _, err := begin(t, func(p *comity.Profile) { p.MaxPart = 4000 })
	must(t, err)
	list, err := n.Desk.Drafts(t.Context())
	if err != nil || len(list) != 1 {
		t.Errorf("drafts: %v, %v", list, err)
	}
}

// Send holds the record that it finds to what was signed, and the roster as it is
// then: not what either was when the officers looked.
func TestSend(t *testing.T) {
	n, d, err := begin(t, ordinary)
	must(t, err)
	ctx := t.Context()
	send := func() error {
		_, err := n.Desk.Send(ctx, d.ID)
		return err
	}
	approve := func(i int) {
		t.Helper()
		_, err := n.Desk.Approve(ctx, d.ID, desk.Word{Officer: n.Officers[i]})
		must(t, err)
	}
	says(t, send(), comity.Forbidden, "not approved by anyone yet")
	approve(0)
	if now, err := n.Desk.Draft(ctx, d.ID); err != nil || now.Suffices() {
		t.Errorf("one signature suffices, %v", err)
	}
	says(t, send(), comity.Forbidden, "cannot be released yet: a release of class dual needs 2 seats")
	approve(1)

	// Somebody with the database changes what they signed.
	var row store.Draft
	forge := func(edit func(*store.Draft)) {
		t.Helper()
		must(t, n.DB.Update(ctx, func(tx *store.Tx) (err error) {
			if row, err = tx.Draft(d.ID); err != nil {
				return err
			}
			forged := row
			edit(&forged)
			return tx.PutDraft(forged)
		}))
		says(t, send(), comity.Forbidden, "cannot be released yet")
		must(t, n.DB.Update(ctx, func(tx *store.Tx) error { return tx.PutDraft(row) }))
	}
	forge(func(r *store.Draft) {
		r.Manifest = []byte(strings.Replace(string(r.Manifest), `"AMBER"`, `"CLEAR"`, 1))
	})
	forge(func(r *store.Draft) { r.Sigs = []byte(strings.Replace(string(r.Sigs), "us-24-7-02", "us-24-7-03", 1)) })

	n.Revoke(t, n.Officers[1].Seat)
	says(t, send(), comity.Forbidden, "us-24-7-02")
	if n.Waiting(t, n.peer) != 0 {
		t.Error("something was released")
	}
}

// A request speaks in our own name.
func TestNobodyAsksInAnothersName(t *testing.T) {
	n, _, err := begin(t, ordinary)
	must(t, err)
	for _, tt := range []struct{ from, to, want string }{
		{`"us-24-7-01"`, `"cn-24-7-01"`, "authority.seat"},
		{`"agency":"us-24-7"`, `"agency":"fbi"`, "authority.agency"},
	} {
		body := strings.Replace(string(testnet.Request(100)), tt.from, tt.to, 1)
		_, err := n.Desk.Begin(t.Context(), n.Officers[0].Seat, desk.New{To: "cn", Kind: request.OpensPreservation, Body: []byte(body)})
		says(t, err, comity.Invalid, tt.want)
		r := new(guide.Request)
		must(t, form.Decode([]byte(body), r))
		list, err := n.Desk.Check(t.Context(), comity.Live, "cn", r, nil)
		must(t, err)
		if !slices.ContainsFunc(list, func(f check.Finding) bool { return f.ID == "C01" && f.Field == tt.want && f.Severity == guide.Block }) {
			t.Errorf("a check of what Begin refuses finds %+v", list)
		}
	}
}

// A request that cannot be released alone leaves no draft, and names none.
func TestNoDraftOfWhatIsBlocked(t *testing.T) {
	n, _, err := begin(t, ordinary)
	must(t, err)
	body := strings.Replace(string(testnet.Request(100)), `"kind":"short_retention",`, "", 1)
	_, err = n.Desk.Say(t.Context(), desk.New{To: "cn", Kind: request.OpensPreservation, Body: []byte(body)}, desk.Word{Officer: n.Officers[0], Sole: true, Reason: "night"})
	says(t, err, comity.Invalid, "supporting.necessity.kind: it is empty. Say why it is necessary in this case; a text used before says little. (C08); comity check FILE lists all")
	list, err := n.Desk.Drafts(t.Context())
	must(t, err)
	if len(list) != 1 {
		t.Errorf("drafts: %v", list)
	}
}

// Two drafts were approved for the same state of a matter: who comes second is
// told what happened, and has the draft back.
func TestTheMatterMoved(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	ctx := t.Context()
	_, ref, err := us.Ask(ctx, cn.Party, 100)
	must(t, err)
	testnet.Settle(t, us, cn)
	var ids []string
	for range 2 {
		d, err := cn.Desk.Begin(ctx, cn.Officers[0].Seat, desk.New{Matter: ref, Kind: "accept", Body: testnet.Body(&request.Accept{})})
		must(t, err)
		for _, o := range cn.Officers[:2] {
			_, err := cn.Desk.Approve(ctx, d.ID, desk.Word{Officer: o})
			must(t, err)
		}
		ids = append(ids, d.ID)
	}
	_, err = cn.Desk.Send(ctx, ids[0])
	must(t, err)
	d, err := cn.Desk.Send(ctx, ids[1])
	says(t, err, comity.Conflict, "the matter moved: "+string(ref))
	says(t, err, comity.Conflict, "accept by cn")
	says(t, err, comity.Conflict, "all signatures of "+ids[1]+" are void")
	if d.Status != desk.Returned || len(d.Signed) != 0 {
		t.Errorf("the draft is %s, signed by %v", d.Status, d.Signed)
	}

	// A record that cannot be read is our trouble, and no move of anybody's.
	cn.DB.Close()
	if _, err := cn.Desk.Send(ctx, ids[1]); !errors.Is(err, comity.Unavailable) || strings.Contains(err.Error(), "moved") {
		t.Errorf("with the record closed: %v", err)
	}
}

// A draft says from the moment it exists how it leaves, and not only once it is signed.
func TestADraftSaysHowItLeaves(t *testing.T) {
	n, d, err := begin(t, ordinary)
	must(t, err)
	ctx, o := t.Context(), n.Officers[0]
	is := func(d desk.Draft, class comity.Class, seats int, alone bool) {
		t.Helper()
		if d.Release.Class != class || d.Seats != seats || d.Alone != alone {
			t.Errorf("%s %s leaves as %s, by %d seats, alone %v; want %s, %d, %v", d.ID, d.Kind, d.Release.Class, d.Seats, d.Alone, class, seats, alone)
		}
	}
	is(d, comity.Dual, 2, true)
	p, err := n.Desk.Prepare(ctx, d.ID, desk.Word{Officer: o, Sole: true, Reason: "alone on shift"})
	must(t, err)
	is(p.Draft, comity.Sole, 1, true)
	if p.Draft.Release.Due == nil {
		t.Error("what would be signed does not say until when it is countersigned")
	}
	d, err = n.Desk.Draft(ctx, d.ID) // nobody has signed that
	must(t, err)
	is(d, comity.Dual, 2, true)

	_, ref, err := n.Ask(ctx, n.peer, 100)
	must(t, err)
	d, err = n.Desk.Begin(ctx, o.Seat, desk.New{Matter: ref, Kind: "note", Body: testnet.Body(&thread.Note{Text: "a word"})})
	must(t, err)
	is(d, comity.OneSeat, 1, false)
	d, err = n.Desk.Draft(ctx, d.ID)
	must(t, err)
	is(d, comity.OneSeat, 1, false)
	d, err = n.Desk.Attach(ctx, o.Seat, o.Box, d.ID, "a.txt", "text/plain", strings.NewReader("a table"))
	must(t, err)
	is(d, comity.Dual, 2, false)
	d, err = n.Desk.Approve(ctx, d.ID, desk.Word{Officer: o})
	must(t, err)
	if d.Suffices() {
		t.Error("a file leaves by one seat")
	}
}
