package intake_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/casefile"
	"comity/exchange"
	"comity/intake"
	"comity/request"
	"comity/roster"
	"comity/seal"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// note is a good note of us's to cn, for an item that us's node never recorded.
func (p *pair) forged(text string) comity.Statement {
	p.Helper()
	return p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: text}), nil)
}

// item is us's next item, with one good note, its header spoilt by edit.
func (p *pair) item(edit func(*comity.Header)) comity.Item {
	p.Helper()
	return p.us.Forge(p.T, p.cn.Party, edit, []comity.Statement{p.forged("forged")})[0]
}

// send gives cn a body as from us.
func (p *pair) send(items ...comity.Item) (comity.Exchange, error) {
	p.Helper()
	return p.cn.Accept(p.T, "us", p.us.Exchange(p.T, p.cn.Party, items...))
}

// Every way to spoil an item is refused with a rejection that says which, signed
// by the node and naming the header; the item takes no number; and the stream
// goes on as if nothing had happened.
func TestItemRefused(t *testing.T) {
	p := newPair(t)
	for _, tt := range []struct {
		name string
		want string // the rejection's code
		item func(p *pair) comity.Item
	}{
		{"an item without a signature", "signature", func(p *pair) comity.Item {
			it := p.item(nil)
			it.Sigs = []comity.Signature{}
			return it
		}},
		{"an item with another's signature", "signature", func(p *pair) comity.Item {
			it := p.item(nil)
			sig, err := p.cn.Party.Node.Sign[0].Sign("header", it.Bytes)
			p.must(err)
			it.Sigs[0].Sig = sig.Sig
			return it
		}},
		{"an item whose signature is of another type of object", "signature", func(p *pair) comity.Item {
			it := p.item(nil)
			sig, err := p.us.Party.Node.Sign[0].Sign("hello", it.Bytes)
			p.must(err)
			it.Sigs[0] = sig
			return it
		}},
		{"an item signed by an officer", "header", func(p *pair) comity.Item {
			it := p.item(func(h *comity.Header) { h.Key = p.us.Officers[0].Key.Name() })
			sig, err := p.us.Officers[0].Key.Sign("header", it.Bytes)
			p.must(err)
			it.Sigs[0] = sig
			return it
		}},
		{"a header changed after it was signed", "signature", func(p *pair) comity.Item {
			it := p.item(nil)
			it.Header.Time = comity.At(it.Header.Time.Add(1e9))
			b, err := seal.EncodeHeader(it.Header)
			p.must(err)
			it.Bytes = b
			return it
		}},
		{"a header in another spelling", "header", func(p *pair) comity.Item {
			it := p.item(nil)
			it.Bytes = append(bytes.Clone(it.Bytes), ' ')
			return it
		}},
		{"an item of another channel", "channel", func(p *pair) comity.Item {
			return p.item(func(h *comity.Header) { h.Channel[0] ^= 1 })
		}},
		{"an item of another epoch", "epoch", func(p *pair) comity.Item {
			return p.item(func(h *comity.Header) { h.Epoch = 7 })
		}},
		{"an item under a profile that nobody signed", "profile", func(p *pair) comity.Item {
			return p.item(func(h *comity.Header) { h.Profile[0] ^= 1 })
		}},
		{"an item under a chain entry that does not exist", "chain", func(p *pair) comity.Item {
			return p.item(func(h *comity.Header) { h.Chain[0] ^= 1 })
		}},
		{"an item under a roster entry that does not exist", "roster", func(p *pair) comity.Item {
			return p.item(func(h *comity.Header) { h.Roster[0] ^= 1 })
		}},
		{"a seal filled with noise", "seal", func(p *pair) comity.Item {
			it := p.item(nil)
			for i := range it.Sealed.Ct {
				it.Sealed.Ct[i] ^= 0x5a
			}
			return it
		}},
		{"a seal of another item: the header is bound to it", "seal", func(p *pair) comity.Item {
			it := p.item(nil)
			it.Sealed = p.item(nil).Sealed
			return it
		}},
		{"a seal for another recipient", "seal", func(p *pair) comity.Item {
			s := p.forged("for another")
			it := p.item(func(h *comity.Header) { h.Statements = []comity.Hash{s.ID} })
			prekey, _, _ := p.us.Book.Prekey()
			sealed, err := seal.SealItem(prekey.Key, it.Bytes, [][]byte{seal.EncodeStatement(s)})
			p.must(err)
			it.Sealed = &sealed
			return it
		}},
		{"a seal with another statement than the header names", "seal", func(p *pair) comity.Item {
			it := p.item(nil)
			prekey, _, _ := p.cn.Book.Prekey()
			sealed, err := seal.SealItem(prekey.Key, it.Bytes, [][]byte{seal.EncodeStatement(p.forged("another"))})
			p.must(err)
			it.Sealed = &sealed
			return it
		}},
		{"an item larger than the profile allows", "size", func(p *pair) comity.Item {
			it := p.item(nil)
			it.Sealed.Ct = append(it.Sealed.Ct, make([]byte, 9<<20)...)
			return it
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.T = t
			before := p.cn.State(t, p.us.Party)
			it := tt.item(p)
			x, err := p.send(it)
			p.must(err)
			if x.Reject == nil {
				t.Fatalf("no rejection; the answer has %d items", len(x.Items))
			}
			r, err := seal.DecodeRejection(x.Reject.Bytes)
			p.must(err)
			if r.Code != tt.want {
				t.Errorf("rejected as %q, want %q", r.Code, tt.want)
			}
			if h := seal.H("header", it.Bytes); r.Header != h && tt.want != "header" {
				t.Errorf("the rejection names header %s, want %s", r.Header.Short(), h.Short())
			}
			cn, _ := p.cn.Book.Chain()
			if err := seal.Verify(cn.Node[0], "rejection", x.Reject.Bytes, x.Reject.Sigs[0]); err != nil {
				t.Error(err)
			}
			if after := p.cn.State(t, p.us.Party); after.Want != before.Want || after.Mode != exchange.Open {
				t.Errorf("want %d, %s; before %d, %s", after.Want, after.Mode, before.Want, before.Mode)
			}
			// And the stream is not wedged.
			id := p.note(p.us, "after")
			p.settle()
			p.has(id, store.Placed, "")
		})
	}
}

// Signatures are dear: beyond its rate a peer gets none for its rubbish.
func TestRejectionsAreLimited(t *testing.T) {
	p := newPair(t)
	left := 2
	p.cn.Intake.MayRefuse = func(comity.Party) bool { left--; return left >= 0 }
	signed := 0
	for i := range 6 {
		it := p.item(nil)
		if i%2 == 0 {
			it.Sigs = []comity.Signature{}
		} else {
			it.Bytes = append(it.Bytes, ' ')
		}
		x, err := p.send(it)
		p.must(err)
		if x.Reject != nil {
			signed++
		}
	}
	if signed != 2 {
		t.Errorf("%d rejections were signed, want 2", signed)
	}
}

// A pair with two suites: an item with the signature of only one is a downgrade.
func TestDowngradeRefused(t *testing.T) {
	us := testnet.New(t, "us", testnet.Options{Suites: []string{"E1", "F1"}})
	cn := testnet.New(t, "cn", testnet.Options{Suites: []string{"E1", "F1"}})
	testnet.Pair(t, us, cn)
	p := &pair{T: t, us: testnet.Open(t, us, us.Node), cn: testnet.Open(t, cn, cn.Node)}
	var err error
	_, p.ref, err = p.us.Ask(t.Context(), cn, 100)
	p.must(err)
	p.settle()
	for i := range 2 {
		it := p.item(nil)
		it.Sigs = it.Sigs[i : i+1]
		x, err := p.send(it)
		p.must(err)
		if code, err := testnet.Rejection(x); code != "signature" || err != nil {
			t.Errorf("an item with signature %d alone: rejected as %q (%v), want signature", i, code, err)
		}
	}
	p.note(p.us, "with both")
	p.settle()
}

// What is no exchange of the caller's own channel is dropped without a signature.
func TestDropped(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn", "fr")
	us, cn := n[0], n[1]
	p := &pair{T: t, us: us, cn: cn}
	testnet.Settle(t, n...)
	good := us.Exchange(t, cn.Party)
	for _, tt := range []struct {
		name string
		from comity.Party
		body []byte
		want error
	}{
		{"noise", "us", []byte("\x00\x01GET / HTTP/1.1\r\n\r\n"), comity.Invalid},
		{"nothing", "us", nil, comity.Invalid},
		{"a good exchange cut short", "us", good[:len(good)-1], comity.Invalid},
		{"a good exchange with something after it", "us", append(bytes.Clone(good), 0), comity.Invalid},
		{"the exchange of another party", "fr", good, comity.NotFound},
		{"our own, reflected", "us", cn.Exchange(t, us.Party), comity.NotFound},
	} {
		x, err := cn.Accept(t, tt.from, tt.body)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, answered with %d items, want %v", tt.name, err, len(x.Items), tt.want)
		}
	}
	p.settle()
}

// A statement that is bad in itself keeps its place and has no effect; its
// neighbours in the same item are untouched, and the receipt says which it was.
func TestPoison(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		poison     func(p *pair) comity.Statement
	}{
		{"to somebody else", "recipient", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), func(m *comity.Manifest) { m.To[0] = "fr" })
		}},
		{"of an exercise", "recipient", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), func(m *comity.Manifest) { m.Realm = "exercise:x" })
		}},
		{"from the peer itself", "recipient", func(p *pair) comity.Statement {
			return p.cn.Statement(p.T, p.us.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), nil)
		}},
		{"a fact that names heads", "manifest", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), func(m *comity.Manifest) { m.After = &comity.After{} })
		}},
		{"a move that names none", "manifest", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, "US-2026-000777", request.OpensPreservation, testnet.Request(10), func(m *comity.Manifest) { m.After = nil })
		}},
		{"a body of another type", "body", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), func(m *comity.Manifest) { m.Parts[0].Type = "text/html" })
		}},
		{"a body of another name", "body", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), func(m *comity.Manifest) { m.Parts[0].Name = "text" })
		}},
		{"whose body is withheld", "part", func(p *pair) comity.Statement {
			s := p.forged("x")
			s.Parts[0] = comity.SaltedPart{}
			return s
		}},
		{"a file whose key is withheld", "part", func(p *pair) comity.Statement {
			s := p.us.Statement(p.T, p.cn.Party, p.ref, "note", testnet.Body(&thread.Note{Text: "x"}), func(m *comity.Manifest) {
				m.Files = []comity.File{{Name: "a.bin", Type: "application/octet-stream", Plain: comity.Hash{1}, Size: 1, Cipher: comity.Hash{2}}}
			})
			return s
		}},
		{"whose countersignature was due in 1970", "class", func(p *pair) comity.Statement {
			due := comity.At(time.Unix(0, 0))
			return p.us.Statement(p.T, p.cn.Party, "US-2026-000778", request.OpensPreservation, testnet.Request(10), func(m *comity.Manifest) {
				m.Release = comity.Release{Class: comity.Sole, Reason: "night", Due: &due}
			})
		}},
		{"signed by nobody", "class", func(p *pair) comity.Statement {
			s := p.forged("x")
			s.Sigs = []comity.Signature{}
			return s
		}},
		{"signed by one where two must", "class", func(p *pair) comity.Statement {
			s := p.us.Statement(p.T, p.cn.Party, p.ref, "withdraw", testnet.Body(&request.Withdraw{Reason: "x"}), nil)
			s.Sigs = s.Sigs[:1]
			return s
		}},
		{"signed twice by one officer", "signature", func(p *pair) comity.Statement {
			s := p.us.Statement(p.T, p.cn.Party, p.ref, "withdraw", testnet.Body(&request.Withdraw{Reason: "x"}), nil)
			s.Sigs[1] = s.Sigs[0]
			return s
		}},
		{"with a forged signature", "signature", func(p *pair) comity.Statement {
			s := p.forged("x")
			s.Sigs[0].Sig[7] ^= 1
			return s
		}},
		{"by a seat that is not on the roster", "seat", func(p *pair) comity.Statement {
			s := p.forged("x")
			s.Sigs[0].Seat = "us-24-7-77"
			return s
		}},
		{"a kind that nobody knows", "kind", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "frobnicate", []byte(`{}`), func(m *comity.Manifest) { m.After = &comity.After{} })
		}},
		{"a move that left by the word of one seat's class", "class", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "withdraw", testnet.Body(&request.Withdraw{Reason: "x"}), func(m *comity.Manifest) { m.Release.Class = comity.OneSeat })
		}},
		{"a move that does not say what it follows", "manifest", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "withdraw", testnet.Body(&request.Withdraw{Reason: "x"}), func(m *comity.Manifest) { m.After = nil })
		}},
		{"a body that lacks a member", "body", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", []byte(`{}`), nil)
		}},
		{"a body that is not what the manifest names", "part", func(p *pair) comity.Statement {
			s := p.forged("x")
			s.Parts[0].Body = bytes.Replace(s.Parts[0].Body, []byte("x"), []byte("y"), 1)
			return s
		}},
		{"a part larger than the profile allows", "part", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "note", bytes.Repeat([]byte("x"), 1<<20+1), nil)
		}},
		{"a matter that does not exist", "matter", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, "US-2026-999999", "note", testnet.Body(&thread.Note{Text: "x"}), nil)
		}},
		{"a matter opened twice", "matter", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, request.OpensPreservation, testnet.Request(10), nil)
		}},
		{"a matter opened again, as of another capability", "matter", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, casefile.OpensCase, testnet.Body(&casefile.Open{Title: "invoices", Category: "fraud", Agency: "us-24-7"}), nil)
		}},
		{"a move of another capability", "kind", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "case.result", testnet.Body(&casefile.Result{Outcome: "none", Date: "2027-04-01"}), nil)
		}},
		{"a fact of another capability", "kind", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, p.ref, "case.link", testnet.Body(&casefile.Link{Matter: string(p.ref), Role: "request"}), nil)
		}},
		{"a matter opened in the other's name", "matter", func(p *pair) comity.Statement {
			return p.us.Statement(p.T, p.cn.Party, "CN-2026-000777", request.OpensPreservation, testnet.Request(10), nil)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t)
			poison, one, two, three := tt.poison(p), p.forged("one"), p.forged("two"), p.forged("three")
			items := p.us.Forge(t, p.cn.Party, nil, []comity.Statement{one, poison, two}, []comity.Statement{three})
			x, err := p.send(items[0])
			p.must(err)
			if x.Reject != nil {
				code, _ := testnet.Rejection(x)
				t.Fatalf("rejected as %q", code)
			}
			var got []comity.Refused
			for _, it := range x.Items {
				if it.Header.Receipt != nil {
					got = append(got, it.Header.Receipt.Refused...)
				}
			}
			if len(got) != 1 || got[0].I != 1 || got[0].Code != tt.want {
				t.Errorf("the receipt refuses %+v, want only place 1 as %q", got, tt.want)
			}
			all := p.cn.Statements(t, "us")
			for _, s := range []comity.Statement{one, two} {
				if all[s.ID].Status != store.Placed {
					t.Errorf("a neighbour is %q", all[s.ID].Status)
				}
			}
			faults, err := testnet.Audit(t.Context(), p.cn.Keeper)
			p.must(err)
			for _, f := range faults {
				t.Error(f)
			}
			// The stream goes on after it.
			_, err = p.send(items[1])
			p.must(err)
			if s := p.cn.Statements(t, "us")[three.ID]; s.Status != store.Placed {
				t.Errorf("what follows it is %q", s.Status)
			}
		})
	}
}

// What its table does not know has no place in a matter, whenever that was opened: in
// the same item, in the same exchange, or before. Nor does it move the heads: a move
// that names those of before still applies.
func TestOtherCapability(t *testing.T) {
	p := newPair(t)
	us, cn := p.us, p.cn
	const aCase comity.Ref = "US-2026-000779"
	say := func(ref comity.Ref, kind comity.Kind, body any) comity.Statement {
		return us.Statement(t, cn.Party, ref, kind, testnet.Body(body), nil)
	}
	opening := say(aCase, casefile.OpensCase, &casefile.Open{Title: "invoices", Category: "fraud", Agency: "us-24-7"})
	again := us.Statement(t, cn.Party, aCase, request.OpensPreservation, testnet.Request(10), nil)
	withdraw := func() comity.Statement { return say(aCase, "withdraw", &request.Withdraw{Reason: "x"}) }
	use := func() comity.Statement {
		return say(aCase, "use", &request.Use{Items: []string{"1"}, Use: "lead"})
	}
	link := func(ref, of comity.Ref) comity.Statement {
		return say(ref, "case.link", &casefile.Link{Matter: string(of), Role: "request"})
	}
	result := say(p.ref, "case.result", &casefile.Result{Outcome: "none", Date: "2027-04-01"})
	items := us.Forge(t, cn.Party, nil,
		[]comity.Statement{opening, withdraw(), link(aCase, p.ref), use()},
		[]comity.Statement{withdraw(), again, link(aCase, "US-2026-000780"), link(p.ref, aCase)},
		[]comity.Statement{use(), result, p.forged("in the request")})
	want := []string{" kind  kind", "kind matter  kind", "kind kind "}

	heads := func() (h [2]comity.Hash) {
		p.must(cn.DB.View(t.Context(), func(tx *store.Tx) (err error) {
			h[0], h[1], err = tx.Heads(comity.Live, p.ref)
			return err
		}))
		return h
	}
	before := heads()
	codes := [][]string{make([]string, 4), make([]string, 4), make([]string, 3)}
	for _, some := range [][]comity.Item{items[:2], items[2:]} {
		x, err := p.send(some...)
		p.must(err)
		for _, it := range x.Items {
			if it.Header.Receipt == nil {
				continue
			}
			for _, c := range it.Header.Receipt.Refused {
				codes[c.Seq-items[0].Header.Seq][c.I] = c.Code
			}
		}
	}
	for i, c := range codes {
		if got := strings.Join(c, " "); got != want[i] {
			t.Errorf("item %d is refused as %q, want %q", i, got, want[i])
		}
	}
	if after := heads(); after != before {
		t.Errorf("the heads are %v, before %v", after, before)
	}
	id, err := cn.Say(t.Context(), p.ref, "accept", &request.Accept{})
	p.must(err)
	if s := cn.Statements(t, "cn")[id]; s.Effect != "applied" {
		t.Errorf("a move after it is %q", s.Effect)
	}
	faults, err := testnet.Audit(t.Context(), cn.Keeper)
	p.must(err)
	for _, f := range faults {
		t.Error(f)
	}
}

// A statement in a second item has no effect there, today, tomorrow, and after
// the node was started again.
func TestDuplicatesForEver(t *testing.T) {
	p := newPair(t)
	s := p.forged("once")
	items := p.us.Forge(t, p.cn.Party, nil, []comity.Statement{s}, []comity.Statement{s}, []comity.Statement{s})
	for n, it := range items {
		if n == 2 {
			p.cn.Close()
			p.cn = testnet.Open(t, p.cn.Party, p.cn.Party.Node)
			p.greet(items[:n])
		}
		x, err := p.send(it)
		p.must(err)
		var codes []string
		for _, it := range x.Items {
			if r := it.Header.Receipt; r != nil && r.Upto+1 == p.cn.State(t, p.us.Party).Want {
				for _, c := range r.Refused {
					codes = append(codes, c.Code)
				}
			}
		}
		if n == 0 && len(codes) != 0 || n > 0 && (len(codes) != 1 || codes[0] != "duplicate") {
			t.Errorf("time %d: refused as %q", n+1, codes)
		}
	}
	if s := p.cn.Statements(t, "us")[s.ID]; s.Status != store.Placed {
		t.Errorf("the first is now %q", s.Status)
	}
}

// greet answers cn's hello as us's node would if it had sent those items.
func (p *pair) greet(items []comity.Item) {
	p.Helper()
	body, err := p.cn.Speak(p.Context(), p.us.Party)
	p.must(err)
	ask, err := seal.DecodeExchange(body, 1<<20, 1<<20)
	p.must(err)
	h, err := seal.DecodeHello(ask.Hello.Bytes)
	p.must(err)
	s := p.us.State(p.T, p.cn.Party)
	h.From, h.Next, h.Want, h.OutRoot, h.InRoot = "us", s.Next+uint64(len(items)), h.Next, p.us.RootWith(p.T, p.cn.Party, items), h.OutRoot
	answer := comity.Exchange{Head: ask.Head}
	answer.Head.From, answer.Head.Have = "us", h.Want
	hello, err := roster.SignObject("hello", h, p.us.Party.Node.Sign[0].Sign)
	p.must(err)
	answer.Hello = &hello
	b, err := seal.EncodeExchange(answer)
	p.must(err)
	_, err = p.cn.Intake.Take(p.Context(), "us", b, intake.Answer)
	p.must(err)
	if s := p.cn.State(p.T, p.us.Party); s.Mode != exchange.Open {
		p.Fatalf("cn is %s", s.Mode)
	}
}

// Old exchanges, whole, change nothing; and cn's own items come back to it in
// vain.
func TestReplayAndReflection(t *testing.T) {
	p := newPair(t)
	p.note(p.us, "one")
	body, err := p.us.Speak(t.Context(), p.cn.Party)
	p.must(err)
	p.settle()
	p.note(p.cn, "two")
	p.settle()
	before := p.cn.State(t, p.us.Party)
	for range 3 {
		x, err := p.cn.Accept(t, "us", body)
		p.must(err)
		if x.Reject != nil {
			t.Error("a repeat is refused")
		}
	}
	if after := p.cn.State(t, p.us.Party); after.Next != before.Next || after.Want != before.Want {
		t.Errorf("a repeat moved the channel from %d/%d to %d/%d", before.Next, before.Want, after.Next, after.Want)
	}

	answer, err := p.cn.Accept(t, "us", p.us.Exchange(t, p.cn.Party))
	p.must(err)
	own := answer.Items
	_, err = p.send(own...)
	p.must(err)
	if s := p.cn.State(t, p.us.Party); s.Mode != exchange.Open {
		t.Errorf("its own items make it %s", s.Mode)
	}
	p.settle()
}
