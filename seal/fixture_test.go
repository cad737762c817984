package seal

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"comity"
)

// A cast is two parties who exchange, a third who listens, and what they say.
// All of it is the same at each run but the seals, which draw their own chance.
type cast struct {
	usRoot, cnRoot      *PrivateKey
	usNode, cnNode      *PrivateKey
	usNodeF             *PrivateKey // of suite F1
	drafter, releaser   *PrivateKey // at us-24-7-01 and us-24-7-02
	cnPrekey, cnLater   *Prekey
	frPrekey, cnPrekeyF *Prekey
	channel             comity.Hash
	limits              Limits
}

func newCast(t testing.TB) *cast {
	t.Helper()
	c := &cast{
		usRoot: fixedKey(t, "E1", 1), cnRoot: fixedKey(t, "E1", 2),
		usNode: fixedKey(t, "E1", 3), cnNode: fixedKey(t, "E1", 4),
		usNodeF: fixedKey(t, "F1", 5),
		drafter: fixedKey(t, "E1", 6), releaser: fixedKey(t, "E1", 7),
		cnPrekey: fixedPrekey(t, "E1", 8), cnLater: fixedPrekey(t, "E1", 9),
		frPrekey: fixedPrekey(t, "E1", 10), cnPrekeyF: fixedPrekey(t, "F1", 11),
		limits: Limits{Part: 1 << 16, File: 1 << 30},
	}
	low, high := c.cnRoot.Name(), c.usRoot.Name()
	c.channel = H("channel", slices.Concat(low[:], high[:], []byte(comity.Live)))
	return c
}

func fixedKey(t testing.TB, suite string, n byte) *PrivateKey {
	t.Helper()
	k, err := newPrivateKey(suite, bytes.Repeat([]byte{n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func fixedPrekey(t testing.TB, suite string, n byte) *Prekey {
	t.Helper()
	p, err := ParsePrekey(secret{1, "seal", suite, bytes.Repeat([]byte{n}, 32)}.encode())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fixedRand(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

var noon = comity.At(time.Date(2026, 11, 22, 12, 0, 0, 28e6, time.UTC))

func (c *cast) manifest() comity.Manifest {
	return comity.Manifest{
		V: 1, Realm: comity.Live, From: "us", To: []comity.Party{"cn"}, Matter: "US-2026-000042",
		Kind: "preserve.request", Marking: comity.Marking{TLP: "AMBER", Handling: []string{"H1", "H3"}},
		After: &comity.After{}, Release: comity.Release{Class: comity.Dual}, Time: noon,
		Parts: []comity.Part{{Name: "body", Type: "application/json"}},
	}
}

// statement is a signed statement with a part and a file.
func (c *cast) statement(t testing.TB, n byte, body string) comity.Statement {
	t.Helper()
	w, err := newFileWriter(io.Discard, fixedRand(n))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "a log of 24 bytes, or so")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := c.manifest()
	m.Files = []comity.File{w.File("登录.log", "text/plain")}
	s, err := newStatement(fixedRand(n+100), m, [][]byte{[]byte(body)}, []comity.FileKey{w.Key()})
	if err != nil {
		t.Fatal(err)
	}
	for seat, k := range map[comity.Seat]*PrivateKey{"us-24-7-01": c.drafter, "us-24-7-02": c.releaser} {
		sig, err := k.SignSeat(seat, "manifest", s.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		s.Sigs = append(s.Sigs, sig)
	}
	if s.Sigs[0].Seat > s.Sigs[1].Seat {
		s.Sigs[0], s.Sigs[1] = s.Sigs[1], s.Sigs[0]
	}
	return s
}

func (c *cast) header(seq uint64) comity.Header {
	return comity.Header{
		V: 1, Channel: c.channel, Seq: seq, From: "us", Root: sha256.Sum256([]byte{byte(seq)}),
		Profile: sha256.Sum256([]byte("profile")), Chain: sha256.Sum256([]byte("chain")),
		Roster: sha256.Sum256([]byte("roster")), Suite: "E1", Key: c.usNode.Name(), Time: noon,
	}
}

// item signs h, and seals what it names.
func (c *cast) item(t testing.TB, h comity.Header, statements ...comity.Statement) (comity.Item, [][]byte) {
	t.Helper()
	var raw [][]byte
	for _, s := range statements {
		h.Statements = append(h.Statements, s.ID)
		raw = append(raw, EncodeStatement(s))
	}
	b, err := EncodeHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	it := comity.Item{Header: h, Bytes: b, Sigs: []comity.Signature{sign(t, c.usNode, "header", b)}}
	if statements != nil {
		s, err := SealItem(c.cnPrekey.Key(), b, raw)
		if err != nil {
			t.Fatal(err)
		}
		it.Sealed = &s
	}
	return it, raw
}

func (c *cast) receipt(t testing.TB, seq uint64) comity.Item {
	t.Helper()
	h := c.header(seq)
	h.Receipt = &comity.Receipt{Upto: 4, Root: sha256.Sum256(nil), Refused: []comity.Refused{{Seq: 4, I: 1, Code: "body"}}}
	it, _ := c.item(t, h)
	return it
}

func (c *cast) control(t testing.TB, seq uint64) comity.Item {
	t.Helper()
	b := encode(t, comity.FileReceipt{V: 1, Statement: sha256.Sum256(nil), Cipher: sha256.Sum256(nil), Size: 40, Result: "stored"})
	h := c.header(seq)
	h.Control = &comity.Control{Type: "filereceipt", Hash: H("filereceipt", b)}
	it, _ := c.item(t, h)
	it.Control = EncodeSigned(comity.Signed{Bytes: b})
	return it
}

func (c *cast) exchange(t testing.TB, items ...comity.Item) comity.Exchange {
	t.Helper()
	root := comity.Hash(sha256.Sum256(nil))
	signed := func(typ string, v any, by ...*PrivateKey) *comity.Signed {
		s := &comity.Signed{Bytes: encode(t, v)}
		for _, k := range by {
			s.Sigs = append(s.Sigs, sign(t, k, typ, s.Bytes))
		}
		return s
	}
	return comity.Exchange{
		Head: comity.ExchangeHead{V: 1, Channel: c.channel, From: "us", Have: 5},
		Hello: signed("hello", comity.Hello{V: 1, Channel: c.channel, From: "us", Nonce: make([]byte, 32),
			Next: 7, Want: 5, OutRoot: root, InRoot: root, Time: noon}, c.usNode),
		Resume: signed("resume", comity.Resume{V: 1, Channel: c.channel, Epoch: 1, Time: noon,
			Last: []comity.Position{{Party: "cn", Root: root}, {Party: "us", Root: root}}}, c.usRoot, c.cnRoot),
		Reject: signed("rejection", comity.Rejection{V: 1, Channel: c.channel, From: "us", Seq: 5, Header: root,
			Code: "seal", Text: "the seal does not open", Time: noon}, c.usNode),
		Items: items,
	}
}

func (c *cast) halt(t testing.TB) []byte {
	t.Helper()
	a, b := c.receipt(t, 6), c.control(t, 6)
	return encode(t, comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{
		{Bytes: a.Bytes, Sigs: a.Sigs}, {Bytes: b.Bytes, Sigs: b.Sigs},
	}})
}

func sign(t testing.TB, k *PrivateKey, typ string, b []byte) comity.Signature {
	t.Helper()
	s, err := k.Sign(typ, b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
