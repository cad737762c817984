package desk_test

import (
	"strings"
	"testing"

	"comity"
	"comity/desk"
	"comity/keyring"
	"comity/request"
	"comity/seal"
	"comity/testnet"
	"comity/webauthn/softkey"
)

// touch has a passkey sign what was prepared.
func touch(t *testing.T, k *softkey.Key, p desk.Prepared) []byte {
	t.Helper()
	a, err := k.Get(p.Challenge)
	must(t, err)
	sig, err := seal.EncodeAssertion(a)
	must(t, err)
	return sig
}

// A request leaves under two passkeys, and only under what they were shown.
func TestPasskeys(t *testing.T) {
	n, d, err := begin(t, ordinary)
	must(t, err)
	ctx := t.Context()
	third, fourth := n.Enrol(t, "us-24-7-03", "desk.example"), n.Enrol(t, "us-24-7-04", "desk.example")
	at := func(seat comity.Seat) *keyring.Officer { return &keyring.Officer{Seat: seat, Box: n.Party.Node.Box} }

	_, err = n.Desk.Approve(ctx, d.ID, desk.Word{Officer: at("us-24-7-03")})
	says(t, err, comity.Forbidden, "has no key here: prepare "+d.ID)
	_, err = n.Desk.Prepare(ctx, d.ID, desk.Word{Officer: at("us-24-7-09")})
	says(t, err, comity.Forbidden, "not on our roster")
	_, err = n.Desk.Approve(ctx, d.ID, desk.Word{Officer: at("us-24-7-03"), Sig: []byte("before anything was prepared")})
	says(t, err, comity.Untrusted, "prepare it again")

	p, err := n.Desk.Prepare(ctx, d.ID, desk.Word{Officer: at("us-24-7-03")})
	must(t, err)
	m, err := seal.DecodeManifest([]byte(p.Manifest))
	must(t, err)
	if p.Statement != seal.H("manifest", []byte(p.Manifest)) || p.Suite != "P1" || m.Matter != d.Matter || p.Draft.Status != desk.Open || len(p.Draft.Signed) != 0 {
		t.Errorf("prepared %+v", p)
	}
	again, err := n.Desk.Prepare(ctx, d.ID, desk.Word{Officer: at("us-24-7-04")})
	must(t, err)
	if again.Challenge != p.Challenge {
		t.Error("to look at it voids what another has on the screen")
	}
	_, err = n.Desk.Send(ctx, d.ID)
	says(t, err, comity.Forbidden, "not approved by anyone yet")

	_, err = n.Desk.Approve(ctx, d.ID, desk.Word{Officer: at("us-24-7-03"), Sig: touch(t, fourth, p)})
	says(t, err, comity.Untrusted, "no good signature of seat us-24-7-03")
	stale := touch(t, third, p)
	_, err = n.Desk.Attach(ctx, "us-24-7-01", n.Officers[0].Box, d.ID, "log.txt", "text/plain", strings.NewReader("ten bytes."))
	must(t, err)
	_, err = n.Desk.Approve(ctx, d.ID, desk.Word{Officer: at("us-24-7-03"), Sig: stale})
	says(t, err, comity.Untrusted, "as it is now")

	for seat, k := range map[comity.Seat]*softkey.Key{"us-24-7-03": third, "us-24-7-04": fourth} {
		p, err := n.Desk.Prepare(ctx, d.ID, desk.Word{Officer: at(seat)})
		must(t, err)
		d, err = n.Desk.Approve(ctx, d.ID, desk.Word{Officer: at(seat), Sig: touch(t, k, p)})
		must(t, err)
	}
	_, err = n.Desk.Prepare(ctx, d.ID, desk.Word{Officer: at("us-24-7-03")})
	says(t, err, comity.Conflict, "has signed "+d.ID+" already")
	if d, err = n.Desk.Send(ctx, d.ID); err != nil || d.Status != desk.Released {
		t.Errorf("%s, %v", d.Status, err)
	}
}

// What was prepared as a sole release, and signed by nobody, is no sole release of
// whoever signs next with a key at hand.
func TestWhatIsPreparedBindsNobody(t *testing.T) {
	n, d, err := begin(t, ordinary)
	must(t, err)
	ctx := t.Context()
	third := n.Enrol(t, "us-24-7-03", "desk.example")
	w := desk.Word{Officer: &keyring.Officer{Seat: "us-24-7-03"}, Sole: true, Reason: "night"}
	p, err := n.Desk.Prepare(ctx, d.ID, w)
	must(t, err)
	if p.Draft.Release.Class != comity.Sole {
		t.Errorf("prepared as %s", p.Draft.Release.Class)
	}
	signed, err := n.Desk.Approve(ctx, d.ID, desk.Word{Officer: n.Officers[0]})
	must(t, err)
	if signed.Release.Class != comity.Dual {
		t.Errorf("it was signed as %s", signed.Release.Class)
	}
	w.Sig = touch(t, third, p)
	_, err = n.Desk.Approve(ctx, d.ID, w)
	says(t, err, comity.Conflict, "was approved as dual")
	w.Sole, w.Reason = false, ""
	_, err = n.Desk.Approve(ctx, d.ID, w)
	says(t, err, comity.Untrusted, "as it is now")
}

// One step leaves a draft where the key is not at hand, and releases it afterwards.
func TestSayWithoutAKeyAtHand(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	ctx := t.Context()
	_, ref, err := us.Ask(ctx, cn.Party, 100)
	must(t, err)
	testnet.Settle(t, us, cn)
	third := cn.Enrol(t, "cn-24-7-03", "desk.example")
	w := desk.Word{Officer: &keyring.Officer{Seat: "cn-24-7-03"}}
	d, err := cn.Desk.Say(ctx, desk.New{Matter: ref, Kind: "accept", Body: testnet.Body(&request.Accept{})}, w)
	must(t, err)
	if d.Status != desk.Open || len(d.Signed) != 0 {
		t.Errorf("it is %s, signed by %v", d.Status, d.Signed)
	}
	p, err := cn.Desk.Prepare(ctx, d.ID, w)
	must(t, err)

	// Meanwhile another officer's acceptance leaves.
	other, err := cn.Desk.Begin(ctx, cn.Officers[0].Seat, desk.New{Matter: ref, Kind: "accept", Body: testnet.Body(&request.Accept{})})
	must(t, err)
	for _, o := range cn.Officers[:2] {
		_, err := cn.Desk.Approve(ctx, other.ID, desk.Word{Officer: o})
		must(t, err)
	}
	_, err = cn.Desk.Send(ctx, other.ID)
	must(t, err)
	w.Sig = touch(t, third, p)
	_, err = cn.Desk.Approve(ctx, d.ID, w)
	says(t, err, comity.Conflict, "the matter moved: "+string(ref))
	testnet.Settle(t, us, cn)
}
