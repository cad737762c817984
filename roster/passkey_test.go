package roster_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"comity"
	"comity/roster"
	"comity/seal"
	"comity/webauthn/softkey"
)

// passkey returns an officer's passkey, and what signs with it at a seat.
func passkey(t *testing.T, n byte, seat comity.Seat) (comity.Key, roster.Sign) {
	t.Helper()
	soft := must(softkey.New(bytes.Repeat([]byte{n}, 32), "desk.example"))
	k := must(seal.NewPasskey(soft.Public(), "desk.example"))
	return k, func(typ string, body []byte) (comity.Signature, error) {
		a, err := soft.Get(seal.Challenge(typ, body))
		if err != nil {
			return comity.Signature{}, err
		}
		sig, err := seal.EncodeAssertion(a)
		return comity.Signature{Seat: seat, Key: seal.KeyName(k), Sig: sig}, err
	}
}

func TestPasskeysAreForSeatsAlone(t *testing.T) {
	k := newKeys(t)
	key, _ := passkey(t, 21, "us-f")
	for field, change := range map[string]func(*comity.Chain){
		"root.suite":    func(c *comity.Chain) { c.Root = key },
		"roster.suite":  func(c *comity.Chain) { c.Roster = key },
		"node[1].suite": func(c *comity.Chain) { c.Node = append(c.Node, key) },
		"suites":        func(c *comity.Chain) { c.Suites = append(c.Suites, "P1") },
	} {
		b := newBook(t, k, "us")
		c := k.chain("us", "root", "node2", "roster")
		c.V, c.N = 1, 1
		_, c.Prev = b.Chain()
		change(&c)
		err := b.Add("chain", signed(t, "chain", c, k.by("root")))
		if !errors.Is(err, comity.Invalid) || !strings.Contains(err.Error(), field+": ") || !strings.Contains(err.Error(), "seats alone") {
			t.Errorf("%s: %v", field, err)
		}
	}
	us, cn := newBook(t, k, "us"), newBook(t, newKeys(t), "cn")
	p := roster.DefaultProfile(us, cn)
	p.Suites = []string{"E1", "P1"}
	s := must(roster.NewProfile(p, nil))
	if _, err := roster.OpenProfile(s, us, cn, nil); !errors.Is(err, comity.Invalid) || !strings.Contains(err.Error(), "seats alone") {
		t.Errorf("a profile: %v", err)
	}
}

// Seats with passkeys release like others: under the roster as it was, and as one
// person where two seats have one passkey.
func TestSeatsWithPasskeys(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	seat := func(name comity.Seat, n byte, roles string) (comity.Officer, roster.Sign) {
		key, sign := passkey(t, n, name)
		return comity.Officer{Seat: name, Agency: "us-24-7", Roles: strings.Split(roles, "+"), Key: key}, sign
	}
	f, byF := seat("us-f", 21, "draft+release")
	g, byG := seat("us-g", 22, "draft+registrar")
	h, byH := seat("us-h", 21, "draft+release")
	_, before := b.Roster()
	add(t, b, "roster", must(b.NextRoster(comity.Roster{Time: noon, Add: []comity.Officer{f, g, h}}, k.by("roster us-c us-d")...)))
	_, page := b.Roster()

	m := comity.Manifest{Release: comity.Release{Class: comity.Dual}}
	body := []byte("a manifest")
	release := func(page comity.Hash, by ...roster.Sign) error {
		s := must(roster.Countersign("manifest", comity.Signed{Bytes: body}, by...))
		return b.CheckRelease(page, m, body, s.Sigs)
	}
	_, byStranger := passkey(t, 23, "us-f")
	for _, x := range []struct {
		name string
		err  error
		code string
	}{
		{"two passkeys", release(page, byF, byG), ""},
		{"a passkey and a key in a file", release(page, byG, k.by("us-a")[0]), ""},
		{"one passkey at two seats", release(page, byF, byH), "class"},
		{"one passkey", release(page, byF), "class"},
		{"before the seat had it", release(before, byF, k.by("us-a")[0]), "seat"},
		{"a passkey that is not the seat's", release(page, byStranger, byG), "seat"},
	} {
		if got := seal.CodeOf(x.err); got != x.code || (x.err == nil) != (x.code == "") {
			t.Errorf("%s: %v, want code %q", x.name, x.err, x.code)
		}
	}

	// A registrar may sign by passkey, wherever a program lets them.
	add(t, b, "roster", must(b.NextRoster(comity.Roster{Time: noon, Remove: []comity.Seat{"us-h"}}, append(k.by("roster us-c"), byG)...)))
}
