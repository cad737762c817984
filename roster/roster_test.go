package roster_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/roster"
	"comity/seal"
)

var noon = comity.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// keys are all of one party's, by a short name: root, root2, node, node2,
// roster, roster2, and its seats a to g.
type keys map[string]*seal.PrivateKey

func newKeys(t testing.TB) keys {
	k := keys{}
	for _, name := range strings.Fields("root root2 node node2 roster roster2 a b c d e f g") {
		p, err := seal.NewSigner("E1", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		k[name] = p
	}
	return k
}

func (k keys) chain(party comity.Party, root, node, ros string) comity.Chain {
	return comity.Chain{
		Party: party, Name: comity.Name{En: "Here", Zh: "此"}, Zone: "Europe/Paris", Root: k[root].Key(),
		Node: []comity.Key{k[node].Key()}, Roster: k[ros].Key(), TLS: []comity.Hash{{1}}, Suites: []string{"E1"}, Time: noon,
	}
}

// officers reads "a:draft+release b:registrar": the seats us-a and us-b.
func (k keys) officers(s string) []comity.Officer {
	var all []comity.Officer
	for _, w := range strings.Fields(s) {
		name, roles, _ := strings.Cut(w, ":")
		all = append(all, comity.Officer{Seat: comity.Seat("us-" + name), Agency: "us-24-7", Roles: strings.Split(roles, "+"), Key: k[name].Key()})
	}
	return all
}

// by reads "root roster us-a": keys, and seats with their own keys. "us-a/b" is
// seat us-a with the key of b.
func (k keys) by(s string) []roster.Sign {
	var all []roster.Sign
	for _, w := range strings.Fields(s) {
		seat, key, other := strings.Cut(w, "/")
		if !other {
			key = strings.TrimPrefix(seat, "us-")
		}
		if strings.HasPrefix(seat, "us-") {
			all = append(all, roster.AsSeat(comity.Seat(seat), k[key]))
		} else {
			all = append(all, k[key].Sign)
		}
	}
	return all
}

// newBook is a book with one chain entry, and one roster entry of seats a
// (draft, release), b (draft), and the registrars c, d and e.
func newBook(t testing.TB, k keys, party comity.Party) *roster.Book {
	t.Helper()
	b, err := roster.NewBook(k.chain(party, "root", "node", "roster"), k["root"].Sign)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.NextRoster(comity.Roster{Time: noon, Add: k.officers("a:draft+release b:draft c:registrar d:registrar e:registrar")}, k.by("roster root")...)
	if err != nil {
		t.Fatal(err)
	}
	add(t, b, "roster", s)
	return b
}

func add(t testing.TB, b *roster.Book, typ string, s comity.Signed) {
	t.Helper()
	if err := b.Add(typ, s); err != nil {
		t.Fatal(err)
	}
}

func signed(t testing.TB, typ string, v any, by []roster.Sign) comity.Signed {
	t.Helper()
	s, err := roster.SignObject(typ, v, by...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChainEntries(t *testing.T) {
	tests := []struct {
		name            string
		root, node, ros string // of the next entry
		by              string
		change          func(c *comity.Chain)
		want            error
	}{
		{"a new node key, by the root", "root", "node2", "roster", "root", nil, nil},
		{"a new root, by the old and the new", "root2", "node", "roster", "root root2", nil, nil},
		{"a new root, by itself", "root2", "node", "roster", "root2", nil, comity.Untrusted},
		{"a new root, by the old alone", "root2", "node", "roster", "root", nil, comity.Untrusted},
		{"an entry by the node key", "root", "node2", "roster", "node", nil, comity.Untrusted},
		{"an entry by the root and a stranger", "root", "node2", "roster", "root a", nil, comity.Untrusted},
		{"an entry by an officer's seat", "root", "node2", "roster", "us-a/root", nil, comity.Untrusted},
		{"an entry that follows another", "root", "node2", "roster", "root", func(c *comity.Chain) { c.Prev[0] ^= 1 }, comity.Untrusted},
		{"an entry too early", "root", "node2", "roster", "root", func(c *comity.Chain) { c.N++ }, comity.Conflict},
		{"an entry of another party", "root", "node2", "roster", "root", func(c *comity.Chain) { c.Party = "cn" }, comity.Untrusted},
		{"an entry without node keys", "root", "node2", "roster", "root", func(c *comity.Chain) { c.Node = nil }, comity.Invalid},
		{"a name that is written backwards", "root", "node2", "roster", "root", func(c *comity.Chain) { c.Name.En = "a\u202eb" }, comity.Invalid},
		{"a fork of entry 0", "root", "node2", "roster", "root", func(c *comity.Chain) { c.N, c.Prev = 0, comity.Hash{} }, comity.Conflict},
		{"another entry 0 by a stranger", "root2", "node2", "roster", "root2", func(c *comity.Chain) { c.N, c.Prev = 0, comity.Hash{} }, comity.Untrusted},
	}
	k := newKeys(t)
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			b := newBook(t, k, "us")
			c := k.chain("us", x.root, x.node, x.ros)
			c.V, c.N = 1, 1
			_, c.Prev = b.Chain()
			if x.change != nil {
				x.change(&c)
			}
			check(t, b, "chain", signed(t, "chain", c, k.by(x.by)), x.want)
		})
	}
}

func TestRosterEntries(t *testing.T) {
	tests := []struct {
		name   string
		add    string
		remove string
		by     string
		change func(r *comity.Roster)
		want   error
	}{
		{"a new seat, by two registrars", "f:draft", "", "roster us-c us-d", nil, nil},
		{"by three registrars", "f:draft", "", "roster us-c us-d us-e", nil, nil},
		{"by one registrar", "f:draft", "", "roster us-c", nil, comity.Untrusted},
		{"by one registrar twice", "f:draft", "", "roster us-c us-c", nil, comity.Untrusted},
		{"by two seats of which one is no registrar", "f:draft", "", "roster us-c us-a", nil, comity.Untrusted},
		{"by registrars without the roster key", "f:draft", "", "us-c us-d", nil, comity.Untrusted},
		{"by the root in the place of registrars", "f:draft", "", "roster root", nil, comity.Untrusted},
		{"by a seat with another's key", "f:draft", "", "roster us-c us-d/e", nil, comity.Untrusted},
		{"by a registrar whom this entry makes", "f:registrar", "", "roster us-c us-f", nil, comity.Untrusted},
		{"by a registrar whom this entry removes", "", "us-c", "roster us-c us-d", nil, nil},
		{"an entry that changes a seat's roles", "b:draft+release", "", "roster us-c us-d", nil, nil},
		{"an entry that adds and removes a seat", "a:draft", "us-a", "roster us-c us-d", nil, comity.Invalid},
		{"an entry that removes nobody we know", "", "us-x", "roster us-c us-d", nil, comity.Invalid},
		{"an entry with a role we do not know", "f:king", "", "roster us-c us-d", nil, comity.Invalid},
		{"an entry that follows another", "f:draft", "", "roster us-c us-d", func(r *comity.Roster) { r.Prev[0] ^= 1 }, comity.Untrusted},
		{"an entry too early", "f:draft", "", "roster us-c us-d", func(r *comity.Roster) { r.N++ }, comity.Conflict},
		{"a fork of entry 0", "f:draft", "", "roster root", func(r *comity.Roster) { r.N, r.Prev = 0, comity.Hash{} }, comity.Conflict},
		{"a false fork of entry 0", "f:draft", "", "roster roster", func(r *comity.Roster) { r.N, r.Prev = 0, comity.Hash{} }, comity.Untrusted},
	}
	k := newKeys(t)
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			b := newBook(t, k, "us")
			r := comity.Roster{V: 1, Party: "us", N: 1, Time: noon, Add: k.officers(x.add)}
			_, r.Prev = b.Roster()
			if x.remove != "" {
				r.Remove = []comity.Seat{comity.Seat(x.remove)}
			}
			if x.change != nil {
				x.change(&r)
			}
			check(t, b, "roster", signed(t, "roster", r, k.by(x.by)), x.want)
		})
	}
}

// check adds an entry, and holds Add to its promises: a repeat is a success, a
// fault leaves the book as it was, a fork proves itself.
func check(t *testing.T, b *roster.Book, typ string, s comity.Signed, want error) {
	t.Helper()
	before := b.File().Encode()
	err := b.Add(typ, s)
	if want == nil {
		if err != nil || b.Add(typ, s) != nil {
			t.Fatalf("it was refused: %v, %v", err, b.Add(typ, s))
		}
		again, err := roster.Open(must(roster.Decode(b.File().Encode())))
		if err != nil || !bytes.Equal(again.File().Encode(), b.File().Encode()) {
			t.Errorf("the party file does not bring the book back: %v", err)
		}
		return
	}
	if !errors.Is(err, want) {
		t.Errorf("it met with %v, want %v", err, want)
	}
	if !bytes.Equal(b.File().Encode(), before) {
		t.Errorf("the book changed")
	}
	fork, forked := errors.AsType[*roster.Fork](err)
	if wantFork := strings.Contains(t.Name(), "/a_fork"); forked != wantFork {
		t.Fatalf("it met with %v; a fork: %v", err, wantFork)
	}
	if forked {
		proves(t, fork)
	}
}

// proves checks that a fork needs no book to be believed: two entries of one
// party and number, both signed by one key.
func proves(t *testing.T, f *roster.Fork) {
	t.Helper()
	if bytes.Equal(f.Known.Bytes, f.Other.Bytes) {
		t.Errorf("the fork is one entry twice")
	}
	for _, s := range []comity.Signed{f.Known, f.Other} {
		var of struct {
			Party comity.Party
			N     uint64
		}
		if err := json.Unmarshal(s.Bytes, &of); err != nil || of.Party != f.Party || of.N != f.N {
			t.Errorf("the fork of entry %d of %s has one of entry %d of %s, %v", f.N, f.Party, of.N, of.Party, err)
		}
		by := func(sig comity.Signature) bool { return seal.Verify(f.By, f.Type, s.Bytes, sig) == nil }
		if !slices.ContainsFunc(s.Sigs, by) {
			t.Errorf("the fork's key has not signed both")
		}
	}
}

// A peer repeats its newest entries at the start of every epoch. Those go into
// our case files as they came, so their signatures must be as good as the first
// time.
func TestRepeatedEntriesMustBeWellSigned(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	add(t, b, "roster", must(b.NextRoster(comity.Roster{Time: noon, Add: k.officers("f:draft")}, k.by("roster us-c us-d")...)))
	add(t, b, "prekey", must(b.NextPrekey(must(seal.NewKEM("E1")).Key(), noon, k["node"].Sign)))
	f := b.File()
	for typ, s := range map[string]comity.Signed{"chain": f.Chain[0], "roster": f.Roster[1], "prekey": *f.Prekey} {
		add(t, b, typ, s)
		bad := slices.Clone(s.Sigs)
		bad[0].Sig = make([]byte, 64)
		for name, sigs := range map[string][]comity.Signature{
			"no signature":       {},
			"a bad signature":    bad,
			"one more signature": append(slices.Clone(s.Sigs), must(k["g"].Sign(typ, s.Bytes))),
		} {
			if err := b.Add(typ, comity.Signed{Bytes: s.Bytes, Sigs: sigs}); !errors.Is(err, comity.Untrusted) {
				t.Errorf("a known %s entry with %s met with %v", typ, name, err)
			}
		}
	}
}

// A repeat counts even when no more entries fit, and whatever key has left since.
func TestAKnownPrekeyOutlivesItsNodeKey(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	s := must(b.NextPrekey(must(seal.NewKEM("E1")).Key(), noon, k["node"].Sign))
	add(t, b, "prekey", s)
	add(t, b, "chain", must(b.NextChain(k.chain("us", "root", "node2", "roster"), k["root"].Sign)))
	add(t, b, "prekey", s)
}

// A peer may add to its book for ever, but not without end: what it holds always
// fits into a party file, and a full book still knows what it has.
func TestABookFitsIntoAPartyFile(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	var many []comity.Officer
	for i := range 256 {
		o := k.officers("f:draft+release+registrar")[0]
		o.Seat, o.Agency = comity.Seat(fmt.Sprintf("us-%037d", i)), comity.Agency("us-"+strings.Repeat("a", 37))
		many = append(many, o)
	}
	var last comity.Signed
	for {
		n, prev := b.Roster()
		s := signed(t, "roster", comity.Roster{V: 1, Party: "us", N: uint64(n), Prev: prev, Add: many, Time: noon}, k.by("roster us-c us-d"))
		err := b.Add("roster", s)
		if err == nil {
			last = s
			continue
		}
		if !errors.Is(err, comity.TooMuch) {
			t.Fatal(err)
		}
		break
	}
	add(t, b, "prekey", must(b.NextPrekey(must(seal.NewKEM("E1")).Key(), noon, k["node"].Sign)))
	add(t, b, "roster", last)
	file := b.File().Encode()
	if _, err := roster.Decode(file); err != nil || len(file) < roster.MaxFile*9/10 {
		t.Errorf("a full book of %d bytes met with %v", len(file), err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestSeatsAreAsOfAnEntry removes a seat and replaces another's key, and looks
// at each entry as it was.
func TestSeatsAreAsOfAnEntry(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	_, first := b.Roster()
	old := b.Clone()

	replaced := k.officers("b:release")
	replaced[0].Key = k["g"].Key()
	s := must(b.NextRoster(comity.Roster{Time: noon, Add: replaced, Remove: []comity.Seat{"us-a"}}, k.by("roster us-c us-d")...))
	add(t, b, "roster", s)
	_, second := b.Roster()

	if _, ok := b.Officer(first, "us-a"); !ok {
		t.Errorf("us-a was there as of the first entry")
	}
	if _, ok := b.Officer(second, "us-a"); ok {
		t.Errorf("us-a is there after it was removed")
	}
	if o, _ := b.Officer(first, "us-b"); o.Key.Pub == nil || !bytes.Equal(o.Key.Pub, k["b"].Key().Pub) {
		t.Errorf("us-b had the new key before it came")
	}
	if o, _ := b.Officer(second, "us-b"); !bytes.Equal(o.Key.Pub, k["g"].Key().Pub) {
		t.Errorf("us-b has the old key after the new one came")
	}
	if n, _ := old.Roster(); n != 1 || len(old.Officers()) != 5 || len(b.Officers()) != 4 {
		t.Errorf("a clone changed with its original")
	}
	if _, err := b.NextRoster(comity.Roster{Time: noon, Add: k.officers("a:draft")}, k.by("roster us-c us-d")...); !errors.Is(err, comity.Invalid) {
		t.Errorf("a removed seat returned: %v", err)
	}
}

func TestReleases(t *testing.T) {
	due := noon
	dual, one := comity.Release{Class: comity.Dual}, comity.Release{Class: comity.OneSeat}
	sole := comity.Release{Class: comity.Sole, Reason: "now", Due: &due}
	tests := []struct {
		name string
		r    comity.Release
		by   string
		want string // a code of the specification, or none
	}{
		{"two seats of which one may release", dual, "us-b us-a", ""},
		{"two seats of which none may release", dual, "us-b us-c", "seat"},
		{"one seat where two are needed", dual, "us-a", "class"},
		{"nobody", dual, "", "class"},
		{"one seat twice", dual, "us-a us-a", "signature"},
		{"two seats with one key", dual, "us-f us-g/f", "class"},
		{"a role that stands with the second seat of a key", dual, "us-f us-g/f us-b", ""},
		{"and with the first", dual, "us-g/f us-f us-b", ""},
		{"a stranger's seat", dual, "us-a us-x/b", "seat"},
		{"a seat with another's key", dual, "us-a us-b/c", "seat"},
		{"an emergency by one who may release", sole, "us-a", ""},
		{"an emergency by one who may not", sole, "us-b", "seat"},
		{"an emergency without a reason", comity.Release{Class: comity.Sole, Due: &due}, "us-a", "class"},
		{"an acknowledgement by any seat", one, "us-b", ""},
		{"an acknowledgement by nobody", one, "", "class"},
		{"a class of their own", comity.Release{Class: "royal"}, "us-a us-b", "class"},
	}
	k := newKeys(t)
	b := newBook(t, k, "us")
	twins := k.officers("f:draft g:draft+release")
	twins[1].Key = k["f"].Key()
	add(t, b, "roster", must(b.NextRoster(comity.Roster{Time: noon, Add: twins}, k.by("roster us-c us-d")...)))
	_, page := b.Roster()
	body := []byte("{}")
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			sigs := signed(t, "manifest", struct{}{}, k.by(x.by)).Sigs
			if err := b.CheckRelease(page, comity.Manifest{Release: x.r}, body, sigs); (err == nil) != (x.want == "") || seal.CodeOf(err) != x.want {
				t.Errorf("it met with %v (%s), want %q", err, seal.CodeOf(err), x.want)
			}
			if len(sigs) > 0 && x.want == "" {
				sigs[0].Sig[9] ^= 1
				if err := b.CheckRelease(page, comity.Manifest{Release: x.r}, body, sigs); seal.CodeOf(err) != "signature" {
					t.Errorf("a bad signature met with %v", err)
				}
			}
		})
	}
	if err := b.CheckRelease(comity.Hash{1}, comity.Manifest{}, body, nil); seal.CodeOf(err) != "roster" {
		t.Errorf("an unknown roster entry met with %v", err)
	}
}

func TestRosterKeysChange(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	add(t, b, "chain", must(b.NextChain(k.chain("us", "root", "node2", "roster2"), k["root"].Sign)))
	if _, err := b.NextRoster(comity.Roster{Time: noon, Add: k.officers("f:draft")}, k.by("roster us-c us-d")...); !errors.Is(err, comity.Untrusted) {
		t.Errorf("the old roster key still signs: %v", err)
	}
	add(t, b, "roster", must(b.NextRoster(comity.Roster{Time: noon, Add: k.officers("f:draft")}, k.by("roster2 us-c us-d")...)))

	f := b.File()
	r := comity.Roster{V: 1, Party: "us", N: 2, Time: noon, Add: k.officers("g:draft")}
	_, r.Prev = b.Roster()
	f.Roster = append(f.Roster, signed(t, "roster", r, k.by("roster us-c us-d")))
	if _, err := roster.Open(f); err == nil {
		t.Errorf("a party file goes back to an old roster key")
	}
}

func TestPrekeys(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	next := func() comity.Signed {
		return must(b.NextPrekey(must(seal.NewKEM("E1")).Key(), noon, k["node"].Sign))
	}
	first, twin := next(), next()
	add(t, b, "prekey", first)
	check(t, b, "prekey", first, nil)
	if _, forked := errors.AsType[*roster.Fork](b.Add("prekey", twin)); !forked {
		t.Errorf("a second prekey 0 is no fork")
	}
	second := next()
	add(t, b, "prekey", second)
	if err := b.Add("prekey", first); !errors.Is(err, comity.Conflict) {
		t.Errorf("an old prekey met with %v", err)
	}
	if p, s, ok := b.Prekey(); !ok || p.N != 1 || !bytes.Equal(s.Bytes, second.Bytes) {
		t.Errorf("the newest prekey is %d", p.N)
	}
	if _, err := b.NextPrekey(must(seal.NewKEM("E1")).Key(), noon, k["a"].Sign); !errors.Is(err, comity.Untrusted) {
		t.Errorf("an officer signed a prekey: %v", err)
	}
	add(t, b, "chain", must(b.NextChain(k.chain("us", "root", "node2", "roster"), k["root"].Sign)))
	if _, _, ok := b.Prekey(); ok || b.File().Prekey != nil {
		t.Errorf("a prekey outlives the node key that signed it")
	}
}

func TestProfiles(t *testing.T) {
	k, l := newKeys(t), newKeys(t)
	us, cn := newBook(t, k, "us"), newBook(t, l, "cn")
	both := []roster.Sign{k["root"].Sign, l["root"].Sign}
	first := must(roster.NewProfile(roster.DefaultProfile(us, cn), nil, both...))
	if _, err := roster.OpenProfile(first, us, cn, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := roster.OpenProfile(first, cn, us, nil); err != nil {
		t.Errorf("a profile depends on who looks: %v", err)
	}
	second := must(roster.NewProfile(roster.DefaultProfile(cn, us), &first, both...))
	if p, err := roster.OpenProfile(second, us, cn, &first); err != nil || p.N != 1 {
		t.Errorf("the next profile: %v", err)
	}
	if _, err := roster.OpenProfile(second, us, cn, nil); !errors.Is(err, comity.Conflict) {
		t.Errorf("a profile out of turn met with %v", err)
	}
	for name, by := range map[string][]roster.Sign{"one root": both[:1], "one root twice": {both[0], both[0]}, "a node": {both[0], l["node"].Sign}} {
		s := must(roster.NewProfile(roster.DefaultProfile(us, cn), nil, by...))
		if _, err := roster.OpenProfile(s, us, cn, nil); !errors.Is(err, comity.Untrusted) {
			t.Errorf("a profile by %s met with %v", name, err)
		}
	}
	add(t, us, "chain", must(us.NextChain(k.chain("us", "root2", "node", "roster"), k.by("root root2")...)))
	if _, err := roster.OpenProfile(first, us, cn, nil); !errors.Is(err, comity.Untrusted) {
		t.Errorf("a new profile by an old root met with %v", err)
	}
	if _, err := roster.OpenPastProfile(first, us, cn); err != nil {
		t.Errorf("a past profile met with %v", err)
	}

	r := comity.Resume{Channel: us.ChannelWith(cn, comity.Live), Epoch: 1, Time: noon, Last: []comity.Position{{Party: "us", Root: comity.Hash{1}}, {Party: "cn", Root: comity.Hash{1}}}}
	s := must(roster.NewResume(r, k["root2"].Sign, l["root"].Sign))
	if _, err := roster.OpenResume(s, us, cn, comity.Live); err != nil {
		t.Errorf("a resume met with %v", err)
	}
	if _, err := roster.OpenResume(s, us, cn, "exercise:x"); !errors.Is(err, comity.Untrusted) {
		t.Errorf("a resume of another channel met with %v", err)
	}
}

func TestItems(t *testing.T) {
	k := newKeys(t)
	b := newBook(t, k, "us")
	h := comity.Header{Suite: "E1", Key: k["node"].Name()}
	_, h.Chain = b.Chain()
	_, h.Roster = b.Roster()
	add(t, b, "chain", must(b.NextChain(k.chain("us", "root", "node2", "roster"), k["root"].Sign)))
	tests := []struct {
		name   string
		by     string
		suites string
		change func(h *comity.Header)
		want   string
	}{
		{"a node key as of the entry that the header names", "node", "E1", nil, ""},
		{"a node key of a later entry", "node2", "E1", func(h *comity.Header) { h.Key = k["node2"].Name() }, "header"},
		{"a signature by another key than the header names", "node2", "E1", nil, "signature"},
		{"a suite that did not sign", "node", "E1 F1", nil, "signature"},
		{"an unknown chain entry", "node", "E1", func(h *comity.Header) { h.Chain[0] ^= 1 }, "chain"},
		{"an unknown roster entry", "node", "E1", func(h *comity.Header) { h.Roster[0] ^= 1 }, "roster"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			h := h
			if x.change != nil {
				x.change(&h)
			}
			s := signed(t, "header", h, k.by(x.by))
			err := b.CheckItem(comity.Profile{Suites: strings.Fields(x.suites)}, comity.Item{Header: h, Bytes: s.Bytes, Sigs: s.Sigs})
			if seal.CodeOf(err) != x.want || (err == nil) != (x.want == "") {
				t.Errorf("it met with %v, want %q", err, x.want)
			}
		})
	}
}

func TestPairNumber(t *testing.T) {
	a, b := comity.Hash{1}, comity.Hash{2}
	n := roster.PairNumber(a, b)
	if n != roster.PairNumber(b, a) || len(strings.Fields(n)) != 12 || len(n) != 71 {
		t.Errorf("the pair number is %q", n)
	}
	if !roster.SamePairNumber(n, strings.ReplaceAll(n, " ", "-")) || roster.SamePairNumber(n, n[:70]) || roster.SamePairNumber("", "") {
		t.Errorf("typed numbers are compared wrongly")
	}
	if n == roster.PairNumber(a, comity.Hash{3}) {
		t.Errorf("another pair has the same number")
	}
}

// FuzzOpen holds party files to one spelling: what opens, we would have written.
func FuzzOpen(f *testing.F) {
	k := newKeys(f)
	b := newBook(f, k, "us")
	add(f, b, "prekey", must(b.NextPrekey(must(seal.NewKEM("E1")).Key(), noon, k["node"].Sign)))
	good := b.File().Encode()
	f.Add(good, 0, byte(0))
	for i := 0; i < len(good); i += 101 {
		f.Add(good, i, byte(1)<<(i%8))
	}
	f.Fuzz(func(t *testing.T, in []byte, at int, x byte) {
		if file, err := roster.Decode(in); err == nil {
			if !bytes.Equal(file.Encode(), in) {
				t.Fatalf("it decodes, but it is not what we write")
			}
			if b, err := roster.Open(file); err == nil && !bytes.Equal(b.File().Encode(), in) {
				t.Fatalf("it opened, but it is not what we write")
			}
		}
		if at < 0 || at >= len(good) || x == 0 {
			return
		}
		in = bytes.Clone(good)
		in[at] ^= x
		if file, err := roster.Decode(in); err == nil {
			if b, err := roster.Open(file); err == nil && b.Identity() == k["root"].Name() {
				t.Fatalf("a changed file is believed")
			}
		}
	})
}

func BenchmarkCheckRelease(b *testing.B) {
	k := newKeys(b)
	book := newBook(b, k, "us")
	_, page := book.Roster()
	sigs := signed(b, "manifest", struct{}{}, k.by("us-a us-b")).Sigs
	for b.Loop() {
		if err := book.CheckRelease(page, comity.Manifest{Release: comity.Release{Class: comity.Dual}}, []byte("{}"), sigs); err != nil {
			b.Fatal(err)
		}
	}
}
