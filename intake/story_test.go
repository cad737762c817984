package intake_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"comity"
	"comity/desk"
	"comity/exchange"
	"comity/intake"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
	"comity/testnet"
)

// quiet waits until the couriers have brought everything over.
func (p *pair) quiet(d time.Duration) {
	p.Helper()
	rests := func(n *testnet.Node) bool {
		s := n.State(p.T, p.other(n).Party)
		return s.Mode == exchange.Open && !s.Unreceipted() && !s.Owes() && s.Next == p.other(n).State(p.T, n.Party).Want && n.Waiting(p.T, p.other(n).Party) == 0
	}
	for end := time.Now().Add(d); !rests(p.us) || !rests(p.cn); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.Errorf("not at rest after %v: us %+v\ncn %+v", d, p.us.State(p.T, p.cn.Party), p.cn.State(p.T, p.us.Party))
			return
		}
	}
}

// flows waits until both streams have grown.
func (p *pair) flows() {
	p.Helper()
	next := func(n *testnet.Node) uint64 { return n.State(p.T, p.other(n).Party).Next }
	us, cn := next(p.us), next(p.cn)
	for end := time.Now().Add(10 * time.Second); next(p.us) == us || next(p.cn) == cn; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			p.Fatal("nothing flows: the rotation would be tested without traffic")
		}
	}
}

// run starts both nodes' real couriers.
func (p *pair) run() {
	p.us.RunCourier(p.T, p.cn)
	p.cn.RunCourier(p.T, p.us)
}

// many has n senders of each side say each notes at once, and returns the ids
// by sender, in order.
func (p *pair) many(senders, each int) (said [][]comity.Hash) {
	p.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 2 * senders {
		n := []*testnet.Node{p.us, p.cn}[i%2]
		all.Go(func() {
			var ids []comity.Hash
			for j := range each {
				id, err := n.Note(p.Context(), p.ref, "note %d of sender %d", j, i)
				if err != nil {
					p.Error(err)
					return
				}
				ids = append(ids, id)
			}
			mu.Lock()
			defer mu.Unlock()
			said = append(said, ids)
		})
	}
	all.Wait()
	return said
}

// once asserts that each statement is at both nodes exactly once, that each
// sender's are in its order, and that each is covered by exactly one receipt
// (which Agree has counted).
func (p *pair) once(said [][]comity.Hash) {
	p.Helper()
	for _, n := range []*testnet.Node{p.us, p.cn} {
		all := n.Statements(p.T, "")
		for _, ids := range said {
			last := [2]int64{-1, -1}
			for _, id := range ids {
				s, ok := all[id]
				at := [2]int64{s.Seq, int64(s.I)}
				if !ok || s.Status != store.Placed || slices.Compare(at[:], last[:]) <= 0 {
					p.Errorf("%s has statement %s: %t, %q at %v, after %v", n.Name, id.Short(), ok, s.Status, at, last)
				}
				last = at
			}
		}
	}
}

// Peers' bug: under parallel senders, receipts went to the wrong requests
// (oxalis-ng #18, Holodeck #156).
func TestParallelSenders(t *testing.T) {
	p := newPair(t)
	p.run()
	each := 12
	if race {
		each = 3
	}
	said := p.many(8, each)
	p.quiet(20 * time.Second)
	testnet.MustAgree(t, p.us, p.cn)
	p.once(said)
}

// A resend may be sealed anew for the same recipient, byte for byte the same
// item otherwise; for another recipient it is refused (see TestItemRefused).
func TestResealed(t *testing.T) {
	p := newPair(t)
	id := p.note(p.us, "twice sealed")
	first, err := p.us.Speak(t.Context(), p.cn.Party)
	p.must(err)
	p.cn.RotatePrekey(t)
	body, err := p.cn.Speak(t.Context(), p.us.Party) // of the new prekey; the answer is lost
	p.must(err)
	_, err = p.us.Accept(t, "cn", body)
	p.must(err)
	second, err := p.us.Speak(t.Context(), p.cn.Party)
	p.must(err)
	a, err := seal.DecodeExchange(first, 1<<20, 1<<20)
	p.must(err)
	b, err := seal.DecodeExchange(second, 1<<20, 1<<20)
	p.must(err)
	same := func(it comity.Item) func(comity.Item) bool {
		return func(x comity.Item) bool { return string(x.Bytes) == string(it.Bytes) }
	}
	i := slices.IndexFunc(a.Items, func(it comity.Item) bool { return slices.Contains(it.Header.Statements, id) })
	j := slices.IndexFunc(b.Items, same(a.Items[i]))
	if j < 0 || a.Items[i].Sealed.Prekey == b.Items[j].Sealed.Prekey {
		t.Errorf("the item was resent: %t, under a new seal: false", j >= 0)
	}
	for _, body := range [][]byte{first, second, first} {
		x, err := p.cn.Accept(t, "us", body)
		p.must(err)
		if x.Reject != nil {
			code, _ := testnet.Rejection(x)
			t.Errorf("refused as %q", code)
		}
	}
	p.settle()
	p.has(id, store.Placed, "")
}

// Two headers of one number end the epoch on both sides, each with the proof;
// then nothing is taken until both roots resume, and after that nothing is lost.
func TestEquivocation(t *testing.T) {
	p := newPair(t)
	honest := p.note(p.us, "one story")
	p.settle()
	evil := p.us.State(t, p.cn.Party).Next - 1
	it := p.item(func(h *comity.Header) {
		h.Seq = evil
		h.Root = p.us.RootAt(t, p.cn.Party, evil)
	})
	x, err := p.send(it)
	p.must(err)
	if x.Halt == nil {
		t.Fatal("the answer has no halt")
	}
	h, err := seal.DecodeHalt(x.Halt)
	p.must(err)
	if len(h.Proof) != 2 {
		t.Errorf("a proof of %d headers", len(h.Proof))
	}
	body, err := seal.EncodeExchange(x)
	p.must(err)
	_, err = p.us.Intake.Take(t.Context(), "cn", body, intake.Answer)
	p.must(err)
	for _, n := range []*testnet.Node{p.us, p.cn} {
		peer := p.other(n)
		if s := n.State(t, peer.Party); s.Mode != exchange.Halted {
			t.Errorf("%s is %s", n.Name, s.Mode)
		}
		p.must(n.DB.View(t.Context(), func(tx *store.Tx) error {
			b, ok, err := tx.Meta("halt/" + testnet.Channel(n.Party, peer.Party).String())
			if h, herr := seal.DecodeHalt([]byte(b)); !ok || herr != nil || len(h.Proof) != 2 {
				t.Errorf("%s keeps no proof (%v)", n.Name, herr)
			}
			return err
		}))
	}
	// Whoever calls now is told, with the proof, and moves nothing.
	during := p.note(p.us, "while halted")
	x, err = p.send()
	p.must(err)
	p.resume()
	p.settle()
	p.has(honest, store.Placed, "")
	p.has(during, store.Placed, "")
}

func (p *pair) other(n *testnet.Node) *testnet.Node {
	if n == p.us {
		return p.cn
	}
	return p.us
}

// resume has both roots agree on what is receipted, and both nodes take it.
func (p *pair) resume() {
	p.Helper()
	r := comity.Resume{V: 1, Channel: testnet.Channel(p.us.Party, p.cn.Party), Time: comity.At(time.Now())}
	for _, n := range []*testnet.Node{p.cn, p.us} {
		s := n.State(p.T, p.other(n).Party)
		r.Epoch = max(r.Epoch, s.Epoch+1)
		r.Last = append(r.Last, comity.Position{Party: n.Name, Items: s.Receipted, Root: n.RootAt(p.T, p.other(n).Party, s.Receipted)})
	}
	s, err := roster.SignObject("resume", r, p.cn.Root.Sign, p.us.Root.Sign)
	p.must(err)
	for _, n := range []*testnet.Node{p.us, p.cn} {
		t, err := n.Keeper.Turn(p.Context(), r.Channel, func(t *record.Turn) error {
			e, err := n.Keeper.Resumed(t, s)
			if err != nil {
				return err
			}
			return t.Feed(e)
		})
		p.must(err)
		if t.State.Epoch != r.Epoch {
			p.Fatalf("%s does not resume", n.Name)
		}
	}
}

// restore closes cn, puts a copy of its database back, and opens it again.
func (p *pair) backup() (restore func()) {
	p.Helper()
	name := p.cn.Party.Database
	copied := name + ".backup"
	p.must(p.cn.DB.Backup(p.Context(), copied))
	return func() {
		p.Helper()
		p.cn.Close()
		for _, old := range []string{name, name + "-wal", name + "-shm"} {
			if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
				p.Fatal(err)
			}
		}
		p.must(os.Rename(copied, name))
		p.cn = testnet.Open(p.T, p.cn.Party, p.cn.Party.Node)
	}
}

// A node that was set back to an old backup gets its own items back from its
// peer, loses nothing that the peer has, and never signs a number twice: the
// peer would hold two headers of it, and halt.
func TestRestoredBackup(t *testing.T) {
	for _, tt := range []struct {
		name  string
		guard bool
		first func(p *pair) // what happens first after the restore
	}{
		{"it calls first", true, func(p *pair) { _, err := p.cn.Call(p.Context(), p.us); p.must(err) }},
		{"its peer calls first", true, func(p *pair) {
			p.note(p.us, "during")
			_, err := p.us.Call(p.Context(), p.cn)
			p.must(err)
		}},
		{"an officer speaks first", true, func(p *pair) { p.note(p.cn, "before any hello") }},
		{"on a new machine, without the guard file; its peer calls first", false, func(p *pair) {
			p.note(p.us, "during")
			p.note(p.cn, "during, too")
			_, err := p.us.Call(p.Context(), p.cn)
			p.must(err)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t)
			p.note(p.cn, "before the backup")
			p.settle()
			queued := p.note(p.cn, "queued at the backup")
			restore := p.backup()
			after := p.note(p.cn, "after the backup")
			p.settle()
			theirs := p.note(p.us, "theirs, after the backup")
			p.settle()
			restore()
			if !tt.guard {
				p.must(os.RemoveAll(p.cn.Dir + "/guard"))
				p.must(os.Mkdir(p.cn.Dir+"/guard", 0o700))
			}
			tt.first(p)
			p.settle()
			for _, id := range []comity.Hash{queued, after, theirs} {
				p.has(id, store.Placed, "")
			}
		})
	}
}

// Where the peer lacks what left a node that was set back, the guard file knows
// that the numbers are used up: nothing is numbered until both roots resume.
func TestGuard(t *testing.T) {
	p := newPair(t)
	restore := p.backup()
	p.note(p.cn, "sent, but it did not arrive")
	_, err := p.cn.Speak(t.Context(), p.us.Party)
	p.must(err)
	restore()
	waits := p.note(p.cn, "after the restore")
	for range 3 {
		_, err := p.cn.Call(t.Context(), p.us)
		p.must(err)
		_, err = p.us.Call(t.Context(), p.cn)
		p.must(err)
	}
	if s := p.cn.State(t, p.us.Party); s.Mode != exchange.Behind {
		t.Fatalf("it is %s, and has used a number that may have left it", s.Mode)
	}
	p.resume()
	p.settle()
	p.has(waits, store.Placed, "")
}

// A stick is the same exchange by hand: taken in again, in any order, and mixed
// with calls, it does no harm.
func TestStickAndCalls(t *testing.T) {
	p := newPair(t)
	var ids []comity.Hash
	var sticks [][]byte
	for i := range 6 {
		from := []*testnet.Node{p.us, p.cn}[i%2]
		ids = append(ids, p.note(from, "by stick or by wire"))
		body, err := from.Speak(t.Context(), p.other(from).Party)
		p.must(err)
		sticks = append(sticks, body)
		if i == 3 {
			testnet.Settle(t, p.us, p.cn)
		}
		if i%2 == 0 {
			_, err := p.other(from).Intake.Take(t.Context(), "", body, intake.Stick)
			p.must(err)
		}
	}
	slices.Reverse(sticks)
	for _, body := range sticks {
		x, err := seal.DecodeExchange(body, 1<<20, 1<<20)
		p.must(err)
		to := p.cn
		if x.Head.From == "cn" {
			to = p.us
		}
		_, err = to.Intake.Take(t.Context(), "", body, intake.Stick)
		p.must(err)
	}
	p.settle()
	for _, id := range ids {
		p.has(id, store.Placed, "")
	}
}

// A seat's word counts up to its revocation's place in the stream, and not
// after, whatever the clocks say.
func TestRevokedSeat(t *testing.T) {
	us, cn := testnet.New(t, "us", testnet.Options{Seats: 3}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	p := &pair{T: t, us: testnet.Open(t, us, us.Node), cn: testnet.Open(t, cn, cn.Node)}
	var err error
	_, p.ref, err = p.us.Ask(t.Context(), cn, 100)
	p.must(err)
	p.settle()
	third := us.Officers[2]
	say := func(text string) (comity.Hash, error) {
		d, err := p.us.Desk.Say(t.Context(), desk.New{Matter: p.ref, Kind: "note", Body: testnet.Body(&note{text})}, desk.Word{Officer: third})
		return d.Sent, err
	}
	before, err := say("before")
	p.must(err)
	p.settle()
	waiting, err := say("released, but not numbered")
	p.must(err)
	p.us.Revoke(t, third.Seat)
	p.settle()
	p.has(before, store.Placed, "")
	if s := p.us.Statements(t, "")[waiting]; s.Status != store.Returned || !strings.Contains(s.Code, "no longer on the roster") {
		t.Errorf("what waited is %q: %q", s.Status, s.Code)
	}
	if _, err := say("after"); !errors.Is(err, comity.Forbidden) {
		t.Errorf("the desk lets a revoked seat speak: %v", err)
	}
	// And if its node let it: the peer judges by the place.
	s := p.forged("after")
	sig, err := third.Key.SignSeat(third.Seat, "manifest", s.Bytes)
	p.must(err)
	s.Sigs[0] = sig
	x, err := p.send(p.us.Forge(t, cn, nil, []comity.Statement{s})...)
	p.must(err)
	got := ""
	for _, it := range x.Items {
		if r := it.Header.Receipt; r != nil && len(r.Refused) > 0 {
			got = r.Refused[0].Code
		}
	}
	if got != "seat" {
		t.Errorf("a revoked seat's statement is refused as %q", got)
	}
}

type note = struct {
	Text string `json:"text"`
}

// Node keys and prekeys change while statements flow both ways.
func TestRotationUnderTraffic(t *testing.T) {
	p := newPair(t)
	p.run()
	done := make(chan [][]comity.Hash)
	each := 15
	if race {
		each = 4
	}
	go func() { done <- p.many(4, each) }()
	for range 3 {
		p.flows()
		p.us.RotateNode(t)
		p.flows()
		p.cn.RotatePrekey(t)
	}
	said := <-done
	p.quiet(20 * time.Second)
	testnet.MustAgree(t, p.us, p.cn)
	p.once(said)
	us, _ := p.us.Book.Chain()
	p.must(p.cn.DB.View(t.Context(), func(tx *store.Tx) error {
		b, err := p.cn.Keeper.Book(tx, "us")
		if c, _ := b.Chain(); c.N != us.N {
			t.Errorf("cn knows chain entry %d, want %d", c.N, us.N)
		}
		return err
	}))
}

// A peer whose node key was stolen is frozen by hand: nothing of its is taken or
// sent, and our officers' work waits. After a resume nothing is lost.
func TestFreezeAndResume(t *testing.T) {
	p := newPair(t)
	freeze := func(e exchange.Event) {
		_, err := p.cn.Keeper.Turn(t.Context(), testnet.Channel(p.us.Party, p.cn.Party), func(t *record.Turn) error { return t.Feed(e) })
		p.must(err)
	}
	freeze(exchange.ChainByHand{})
	ours, theirs := p.note(p.cn, "from the frozen side"), p.note(p.us, "to the frozen side")
	body, err := p.us.Speak(t.Context(), p.cn.Party)
	p.must(err)
	x, err := p.cn.Accept(t, "us", body)
	p.must(err)
	if code, err := testnet.Rejection(x); code != "frozen" || err != nil {
		t.Errorf("refused as %q (%v), want frozen", code, err)
	}
	if len(x.Items) != 0 {
		t.Errorf("a frozen channel sends %d items", len(x.Items))
	}
	p.us.RotateNode(t)
	p.must(p.cn.TakeBook(t, p.us.Party))
	p.resume()
	p.settle()
	p.has(ours, store.Placed, "")
	p.has(theirs, store.Placed, "")

	// A mistake is undone without ceremony.
	freeze(exchange.ChainByHand{})
	freeze(exchange.Unfreeze{})
	id := p.note(p.us, "a mistake")
	p.settle()
	p.has(id, store.Placed, "")
}

// A request whose receipt was lost before the channel was frozen is annulled by
// the resume, comes again in the new epoch, and opens its matter then.
func TestAnnulledOpeningComesAgain(t *testing.T) {
	p := newPair(t)
	id, ref, err := p.us.Ask(t.Context(), p.cn.Party, 100)
	p.must(err)
	body, err := p.us.Speak(t.Context(), p.cn.Party)
	p.must(err)
	_, err = p.cn.Accept(t, "us", body) // and the answer is lost
	p.must(err)
	p.has(id, store.Placed, "")
	_, err = p.cn.Keeper.Turn(t.Context(), testnet.Channel(p.us.Party, p.cn.Party), func(t *record.Turn) error { return t.Feed(exchange.ChainByHand{}) })
	p.must(err)
	p.resume()
	if p.cn.Knows(t.Context(), ref) {
		t.Errorf("%s is still here, and nobody has opened it", ref)
	}
	p.settle()
	p.has(id, store.Placed, "")
	testnet.MustAgree(t, p.us, p.cn)
}

// By its certificate a node tells who calls. A party that names another's in its
// chain would be taken for that one, and cut it off: it is not believed.
func TestAnothersCertificate(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn", "fr")
	us, cn, fr := nodes[0], nodes[1], nodes[2]
	testnet.Settle(t, nodes...)
	theirs, _ := cn.Book.Chain()
	c, _ := fr.Book.Chain()
	c.TLS, c.Time = append(c.TLS, theirs.TLS[0]), comity.At(time.Now())
	s, err := fr.Book.NextChain(c, fr.Root.Sign)
	if err == nil {
		err = fr.DB.Update(t.Context(), func(tx *store.Tx) error {
			e, err := record.Entry("fr", "chain", 1, s)
			if err != nil {
				return err
			}
			return record.AddEntry(tx, e)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	body, err := fr.Speak(t.Context(), us.Party)
	if err != nil {
		t.Fatal(err)
	}
	x, err := us.Accept(t, "fr", body)
	if code, rerr := testnet.Rejection(x); code != "control" || err != nil || rerr != nil {
		t.Errorf("refused as %q (%v, %v), want control", code, err, rerr)
	}
	if err := us.DB.View(t.Context(), func(tx *store.Tx) error {
		b, err := us.Keeper.Book(tx, "fr")
		if now, _ := b.Chain(); now.N != 0 {
			t.Errorf("us believes chain entry %d of fr", now.N)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A prekey whose number is taken is refused, also where the book has forgotten the
// first because its node key has left the chain: it must not stop the stream.
func TestPrekeyOfANumberTaken(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	testnet.Settle(t, us, cn)
	us.RotateNode(t) // chain entry 1 and prekey 1
	k, err := seal.NewKEM("E1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := roster.SignObject("prekey", comity.Prekey{V: 1, Party: "us", N: 0, Key: k.Key(), NotAfter: comity.At(time.Now().Add(time.Hour))}, us.Party.Node.Sign[0].Sign)
	if err != nil {
		t.Fatal(err)
	}
	chain := us.Book.File().Chain[1]
	st := us.State(t, cn.Party)
	item := func(seq uint64, root comity.Hash, typ string, s comity.Signed, at comity.Hash, key *seal.PrivateKey) comity.Item {
		b, err := seal.EncodeHeader(comity.Header{V: 1, Channel: testnet.Channel(us.Party, cn.Party), Epoch: st.Epoch, Seq: seq, From: "us", Root: root, Profile: st.Out.Profile,
			Chain: at, Roster: st.Out.Roster, Suite: "E1", Key: key.Name(), Time: comity.At(time.Now()), Control: &comity.Control{Type: typ, Hash: seal.H(typ, s.Bytes)}})
		if err != nil {
			t.Fatal(err)
		}
		sig, err := key.Sign("header", b)
		if err != nil {
			t.Fatal(err)
		}
		h, err := seal.DecodeHeader(b)
		if err != nil {
			t.Fatal(err)
		}
		return comity.Item{Header: h, Bytes: b, Sigs: []comity.Signature{sig}, Control: seal.EncodeSigned(s)}
	}
	accept := func(it comity.Item) (string, error) {
		x, err := cn.Accept(t, "us", us.Exchange(t, cn.Party, it))
		if err != nil {
			return "", err
		}
		return testnet.Rejection(x)
	}
	first := item(st.Next, st.OutRoot, "chain", chain, st.Out.Chain, us.Party.Node.Sign[1])
	if code, err := accept(first); code != "" || err != nil {
		t.Fatalf("the chain entry is refused as %q (%v)", code, err)
	}
	second := item(st.Next+1, us.RootWith(t, cn.Party, []comity.Item{first}), "prekey", again, seal.H("chain", chain.Bytes), us.Party.Node.Sign[0])
	if code, err := accept(second); code != "control" || err != nil {
		t.Errorf("the prekey is refused as %q (%v), want control", code, err)
	}
}
