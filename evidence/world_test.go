package evidence_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"slices"
	"testing"
	"time"

	"comity"
	"comity/evidence"
	"comity/ledger"
	"comity/roster"
	"comity/seal"
)

// A side is one party with all its private keys, as no real node has them.
type side struct {
	party   comity.Party
	book    *roster.Book
	root    *seal.PrivateKey
	roster  *seal.PrivateKey
	node    []*seal.PrivateKey
	seats   map[comity.Seat]*seal.PrivateKey
	tree    ledger.Tree
	log     ledger.Memory
	items   []comity.Item
	profile comity.Hash // in force
	chain   comity.Hash // the entries that the next header names
	page    comity.Hash
}

// A world is two parties that exchange what the test says.
type world struct {
	t        testing.TB
	now      time.Time
	us, cn   *side
	realm    comity.Realm
	profiles []comity.Signed
	said     map[comity.Hash]comity.Statement
	content  map[comity.Hash][][]byte // the plaintext of a statement's files
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t testing.TB, suites ...string) *world {
	w := &world{
		t: t, now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), realm: comity.Live,
		said: map[comity.Hash]comity.Statement{}, content: map[comity.Hash][][]byte{},
	}
	roots := []*seal.PrivateKey{w.key("E1"), w.key("E1")} // first, so that one seed gives one trust file
	w.us = w.newSide("us", comity.Name{En: "United States", Zh: "美国"}, "America/New_York", suites, roots[0])
	w.cn = w.newSide("cn", comity.Name{En: "China", Zh: "中国"}, "Asia/Shanghai", suites, roots[1])
	w.agree(nil, suites)
	for _, s := range []*side{w.us, w.cn} {
		f := s.book.File()
		w.control(s, "profile", w.profiles[0])
		w.control(s, "chain", f.Chain[0])
		w.control(s, "roster", f.Roster[0])
		w.control(s, "prekey", *f.Prekey)
	}
	return w
}

func (w *world) tick() comity.Time {
	w.now = w.now.Add(7 * time.Second)
	return comity.At(w.now)
}

func (w *world) key(suite string) *seal.PrivateKey {
	return must(seal.NewSigner(suite, rand.Reader))(w.t)
}

func (w *world) newSide(party comity.Party, name comity.Name, zone string, suites []string, root *seal.PrivateKey) *side {
	s := &side{party: party, root: root, roster: w.key("E1"), seats: map[comity.Seat]*seal.PrivateKey{}}
	var node []comity.Key
	for _, suite := range suites {
		s.node = append(s.node, w.key(suite))
		node = append(node, s.node[len(s.node)-1].Key())
	}
	s.book = must(roster.NewBook(comity.Chain{
		Party: party, Name: name, Zone: zone, Root: s.root.Key(), Node: node, Roster: s.roster.Key(),
		TLS: []comity.Hash{{1}}, Suites: suites, Time: w.tick(),
	}, s.root.Sign))(w.t)
	r := comity.Roster{Time: w.tick()}
	for i, roles := range [][]string{{"draft", "release"}, {"draft"}, {"registrar"}, {"registrar"}} {
		seat := comity.Seat(string(party) + "-24-7-0" + string(rune('1'+i)))
		s.seats[seat] = w.key("E1")
		r.Add = append(r.Add, comity.Officer{Seat: seat, Agency: comity.Agency(party + "-24-7"), Roles: roles, Key: s.seats[seat].Key()})
	}
	w.add(s, "roster", must(s.book.NextRoster(r, s.roster.Sign, s.root.Sign))(w.t))
	kem := must(seal.NewKEM("E1"))(w.t)
	w.add(s, "prekey", must(s.book.NextPrekey(kem.Key(), comity.At(w.now.Add(168*time.Hour)), s.node[0].Sign))(w.t))
	_, s.chain = s.book.Chain()
	_, s.page = s.book.Roster()
	return s
}

func (w *world) add(s *side, typ string, signed comity.Signed) {
	w.t.Helper()
	if err := s.book.Add(typ, signed); err != nil {
		w.t.Fatal(err)
	}
}

// agree makes the next profile.
func (w *world) agree(before *comity.Signed, suites []string) comity.Signed {
	p := roster.DefaultProfile(w.us.book, w.cn.book)
	if before != nil {
		p.Suites = suites
	}
	s := must(roster.NewProfile(p, before, w.us.root.Sign, w.cn.root.Sign))(w.t)
	must(roster.OpenProfile(s, w.us.book, w.cn.book, before))(w.t)
	w.profiles = append(w.profiles, s)
	if before == nil {
		w.us.profile, w.cn.profile = seal.H("profile", s.Bytes), seal.H("profile", s.Bytes)
	}
	return s
}

func (w *world) peer(s *side) *side {
	if s == w.us {
		return w.cn
	}
	return w.us
}

// header makes the header of s's next item, less its contents.
func (w *world) header(s *side) comity.Header {
	return comity.Header{
		V: 1, Channel: s.book.ChannelWith(w.peer(s).book, w.realm), Seq: uint64(len(s.items)), From: s.party,
		Root: s.tree.Root(), Profile: s.profile, Chain: s.chain, Roster: s.page,
		Suite: "E1", Key: s.node[0].Name(), Time: w.tick(),
	}
}

func (w *world) sign(s *side, h comity.Header) comity.Item {
	it := comity.Item{Header: h, Bytes: must(seal.EncodeHeader(h))(w.t)}
	for _, k := range s.node {
		it.Sigs = append(it.Sigs, must(k.Sign("header", it.Bytes))(w.t))
	}
	return it
}

func (w *world) place(s *side, it comity.Item) {
	want := s.tree
	want.Add(it.Bytes)
	s.tree = want
	if got := must(ledger.Append(&s.log, uint64(len(s.items)), it.Bytes))(w.t); got != want.Root() {
		w.t.Fatalf("Append gave root %s, the tree %s", got.Short(), want.Root().Short())
	}
	s.items = append(s.items, it)
}

// control enters an entry in s's stream, from which on it counts.
func (w *world) control(s *side, typ string, signed comity.Signed) {
	hash := seal.H(typ, signed.Bytes)
	h := w.header(s)
	h.Control = &comity.Control{Type: typ, Hash: hash}
	it := w.sign(s, h)
	it.Control = seal.EncodeSigned(signed)
	w.place(s, it)
	switch typ {
	case "chain":
		w.add(s, typ, signed)
		s.chain = hash
	case "roster":
		w.add(s, typ, signed)
		s.page = hash
	case "profile":
		s.profile = hash
	}
}

func (w *world) receipt(s *side, refused ...comity.Refused) {
	h, p := w.header(s), w.peer(s)
	h.Receipt = &comity.Receipt{Upto: uint64(len(p.items)) - 1, Root: p.tree.Root(), Refused: refused}
	w.place(s, w.sign(s, h))
}

// A word is what an officer says; seats sign it.
type word struct {
	kind  comity.Kind
	body  string
	class comity.Class
	seats []comity.Seat
	after *comity.After
	file  string
	ref   comity.Ref
}

func (w *world) draft(s *side, x word) comity.Statement {
	m := comity.Manifest{
		Realm: w.realm, From: s.party, To: []comity.Party{w.peer(s).party}, Matter: x.ref, Kind: x.kind,
		Marking: comity.Marking{TLP: "AMBER"}, After: x.after, Release: comity.Release{Class: x.class}, Time: w.tick(),
		Parts: []comity.Part{{Name: "body", Type: "application/json"}},
	}
	if m.Matter == "" {
		m.Matter = "US-2026-000042"
	}
	if x.class == comity.Sole {
		due := comity.At(w.now.Add(24 * time.Hour))
		m.Release.Reason, m.Release.Due = "The hospital's network is being encrypted now.", &due
	}
	var keys []comity.FileKey
	if x.file != "" {
		f := must(seal.NewFileWriter(io.Discard))(w.t)
		io.WriteString(f, x.file)
		if err := f.Close(); err != nil {
			w.t.Fatal(err)
		}
		m.Files, keys = append(m.Files, f.File("auth.log", "text/plain")), append(keys, f.Key())
	}
	st := must(seal.NewStatement(m, [][]byte{[]byte(x.body)}, keys))(w.t)
	for _, seat := range x.seats {
		st.Sigs = append(st.Sigs, must(s.seats[seat].SignSeat(seat, "manifest", st.Bytes))(w.t))
	}
	if x.file != "" {
		w.content[st.ID] = [][]byte{[]byte(x.file)}
	}
	return st
}

// say releases words in one item, and returns their statements' ids.
func (w *world) say(s *side, words ...word) []comity.Hash {
	var ids []comity.Hash
	for _, x := range words {
		st := w.draft(s, x)
		w.said[st.ID] = st
		ids = append(ids, st.ID)
	}
	h := w.header(s)
	h.Statements = ids
	w.place(s, w.sign(s, h))
	return ids
}

// export writes the case file of a matter, as seen by us.
func (w *world) export(out io.Writer, ref comity.Ref) {
	t := w.t
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := evidence.NewCaseWriter(out, evidence.CaseHead{
		Realm: w.realm, Matter: ref, By: w.us.party, Parties: []comity.Party{"cn", "us"}, Time: w.tick(),
	})
	check(c.Party(w.cn.book.File()))
	check(c.Party(w.us.book.File()))

	var statements []comity.Statement
	var proofs []evidence.Proof
	picked := map[evidence.Place]comity.Item{}
	pick := func(it comity.Item) {
		picked[evidence.Place{From: it.Header.From, Seq: it.Header.Seq}] = it
	}
	for _, s := range []*side{w.cn, w.us} {
		p, before := w.peer(s), -1
		for i, it := range s.items {
			if it.Header.Receipt != nil {
				before = i
			}
			if x := it.Header.Control; x != nil && x.Type == "filereceipt" {
				pick(it)
			}
			some := false
			for _, id := range it.Header.Statements {
				if st := w.said[id]; st.Manifest.Matter == ref {
					statements, some = append(statements, st), true
				}
			}
			if !some {
				continue
			}
			pick(it)
			if before >= 0 {
				pick(s.items[before])
			}
			for j, r := range p.items {
				if rc := r.Header.Receipt; rc != nil && rc.Upto >= uint64(i) {
					path := must(ledger.Prove(&s.log, uint64(i), rc.Upto+1))(t)
					proofs = append(proofs, evidence.Proof{From: s.party, Seq: uint64(i), Receipt: uint64(j), Path: path})
					pick(r)
					break
				}
			}
		}
	}
	var places []evidence.Place
	for p := range picked {
		places = append(places, p)
	}
	slices.SortFunc(places, evidence.Place.Compare)
	for _, s := range w.profiles {
		check(c.Profile(s))
	}
	for _, p := range places {
		check(c.Item(picked[p]))
	}
	for _, p := range proofs {
		check(c.Proof(p))
	}
	for _, st := range statements {
		check(c.Statement(st))
	}
	for _, st := range statements {
		for i, b := range w.content[st.ID] {
			check(c.File(st.ID, i, int64(len(b)), bytes.NewReader(b)))
		}
	}
	check(c.Close())
}

func (w *world) trust() evidence.Trust {
	return evidence.Trust{V: 1, Parties: map[comity.Party]comity.Hash{"us": w.us.book.Identity(), "cn": w.cn.book.Identity()}}
}

// story is a small matter with a bit of everything.
func story(t testing.TB, suites ...string) *world {
	w := newWorld(t, suites...)
	us, cn := w.us, w.cn
	ask := w.say(us, word{kind: "preserve.request", body: `{"account":"dimsum"}`, class: comity.Dual,
		seats: []comity.Seat{"us-24-7-01", "us-24-7-02"}, after: &comity.After{}, file: "Nov 22 02:58 sshd: accepted\n"})[0]
	w.receipt(cn)
	ack := w.say(cn, word{kind: "preserve.ack", body: `{}`, class: comity.OneSeat, seats: []comity.Seat{"cn-24-7-02"}})[0]
	file := w.said[ask].Manifest.Files[0]
	w.control(cn, "filereceipt", must(roster.SignObject("filereceipt", comity.FileReceipt{
		V: 1, Statement: ask, Cipher: file.Cipher, Size: file.Size + 16, Result: "stored"}))(t))
	w.receipt(us)

	// us replaces seat 02's key, and the new one counts at once.
	us.seats["us-24-7-02"] = w.key("E1")
	w.control(us, "roster", must(us.book.NextRoster(comity.Roster{Time: w.tick(),
		Add: []comity.Officer{{Seat: "us-24-7-02", Agency: "us-24-7", Roles: []string{"draft"}, Key: us.seats["us-24-7-02"].Key()}}},
		us.roster.Sign, roster.AsSeat("us-24-7-03", us.seats["us-24-7-03"]), roster.AsSeat("us-24-7-04", us.seats["us-24-7-04"])))(t))

	// Both move to a new profile.
	next := w.agree(&w.profiles[0], suites)
	w.control(us, "profile", next)
	w.control(cn, "profile", next)

	w.say(us,
		word{kind: "preserve.note", body: `{"text":"two"}`, class: comity.Dual, seats: []comity.Seat{"us-24-7-02", "us-24-7-01"}},
		word{kind: "preserve.note", body: `{"text":"of another matter"}`, class: comity.Dual, seats: []comity.Seat{"us-24-7-01", "us-24-7-02"}, ref: "US-2026-000043"},
		word{kind: "preserve.extend", body: `{}`, class: comity.Sole, seats: []comity.Seat{"us-24-7-02"}, after: &comity.After{Mine: ask, Theirs: ack}},
	)
	w.receipt(cn, comity.Refused{Seq: uint64(len(us.items)) - 1, I: 2, Code: "seat"})
	w.say(cn, word{kind: "preserve.accept", body: `{"until":"2027-02-20"}`, class: comity.Dual,
		seats: []comity.Seat{"cn-24-7-01", "cn-24-7-02"}, after: &comity.After{Theirs: ask}})
	w.say(us, word{kind: "preserve.hurry", body: `{}`, class: comity.Sole, seats: []comity.Seat{"us-24-7-01"}, after: &comity.After{Mine: ask}})
	return w
}
