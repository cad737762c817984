package seal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"comity"
)

func TestCheckHeader(t *testing.T) {
	c := newCast(t)
	id := comity.Hash(sha256.Sum256(nil))
	refused := func(r ...comity.Refused) func(h *comity.Header) {
		return func(h *comity.Header) {
			h.Statements, h.Receipt = nil, &comity.Receipt{Upto: 4, Root: id, Refused: r}
		}
	}
	many := make([]comity.Hash, 65)
	for i := range many {
		many[i] = sha256.Sum256([]byte{byte(i)})
	}
	for _, x := range []struct {
		name   string
		change func(h *comity.Header)
		want   string // in the error; none if the header is good
	}{
		{"statements", func(h *comity.Header) {}, ""},
		{"64 statements", func(h *comity.Header) { h.Statements = many[:64] }, ""},
		{"a receipt", refused(), ""},
		{"a receipt that refuses", refused(comity.Refused{Seq: 1, I: 5, Code: "body"}, comity.Refused{Seq: 2, I: 0, Code: "kind"}), ""},
		{"a control", func(h *comity.Header) { h.Statements, h.Control = nil, &comity.Control{Type: "chain", Hash: id} }, ""},
		{"another version", func(h *comity.Header) { h.V = 0 }, "v:"},
		{"no channel", func(h *comity.Header) { h.Channel = comity.Hash{} }, "channel:"},
		{"no sender", func(h *comity.Header) { h.From = "" }, "from:"},
		{"no root", func(h *comity.Header) { h.Root = comity.Hash{} }, "root:"},
		{"no profile", func(h *comity.Header) { h.Profile = comity.Hash{} }, "profile:"},
		{"no chain", func(h *comity.Header) { h.Chain = comity.Hash{} }, "chain:"},
		{"no roster", func(h *comity.Header) { h.Roster = comity.Hash{} }, "roster:"},
		{"no key", func(h *comity.Header) { h.Key = comity.Hash{} }, "key:"},
		{"an unknown suite", func(h *comity.Header) { h.Suite = "e1" }, "suite:"},
		{"no time", func(h *comity.Header) { h.Time = comity.Time{} }, "time:"},
		{"nothing said", func(h *comity.Header) { h.Statements = nil }, "exactly one"},
		{"two things said", func(h *comity.Header) { h.Control = &comity.Control{Type: "chain", Hash: id} }, "exactly one"},
		{"an empty list", func(h *comity.Header) { h.Statements = []comity.Hash{} }, "statements:"},
		{"65 statements", func(h *comity.Header) { h.Statements = many }, "statements:"},
		{"a statement twice", func(h *comity.Header) { h.Statements = []comity.Hash{id, id} }, "statements[1]:"},
		{"a statement of no name", func(h *comity.Header) { h.Statements = []comity.Hash{{}} }, "statements[0]:"},
		{"a receipt of no root", func(h *comity.Header) { h.Statements, h.Receipt = nil, &comity.Receipt{} }, "receipt.root:"},
		{"a refusal of what has not come", refused(comity.Refused{Seq: 5, Code: "body"}), "receipt.refused[0].seq:"},
		{"a refusal of the 65th", refused(comity.Refused{I: 64, Code: "body"}), "receipt.refused[0].i:"},
		{"a refusal without a code", refused(comity.Refused{}), "receipt.refused[0].code:"},
		{"a refusal with a lecture", refused(comity.Refused{Code: "this is wrong"}), "receipt.refused[0].code:"},
		{"a refusal twice", refused(comity.Refused{Code: "body"}, comity.Refused{Code: "body"}), "receipt.refused[1]:"},
		{"refusals out of order", refused(comity.Refused{Seq: 1, Code: "body"}, comity.Refused{I: 1, Code: "body"}), "receipt.refused[1]:"},
		{"a control of no type", func(h *comity.Header) { h.Statements, h.Control = nil, &comity.Control{Hash: id} }, "control.type:"},
		{"a control of no hash", func(h *comity.Header) { h.Statements, h.Control = nil, &comity.Control{Type: "chain"} }, "control.hash:"},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := c.header(4)
			h.Statements = []comity.Hash{id}
			x.change(&h)
			b, err := EncodeHeader(h)
			if x.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got, err := DecodeHeader(b); err != nil || !reflect.DeepEqual(got, h) {
					t.Fatalf("got %+v, %v\nwant %+v", got, err, h)
				}
				return
			}
			if !errors.Is(err, comity.Invalid) || !strings.Contains(err.Error(), x.want) {
				t.Fatalf("got %v, want %s", err, x.want)
			}
			if b, err := Encode(h); err == nil {
				if got, err := DecodeHeader(b); err == nil || !reflect.DeepEqual(got, comity.Header{}) {
					t.Errorf("and yet it decodes as %+v, %v", got, err)
				}
			}
		})
	}
}

func TestItemsComeBack(t *testing.T) {
	c := newCast(t)
	sealed, raw := c.item(t, c.header(4), c.statement(t, 1, "{}"), c.statement(t, 2, `{"a":1}`))
	for name, it := range map[string]comity.Item{
		"statements": sealed, "a receipt": c.receipt(t, 5), "a control": c.control(t, 6),
	} {
		t.Run(name, func(t *testing.T) {
			b := EncodeItem(it)
			got, err := DecodeItem(b, int64(len(b)))
			if err != nil || !reflect.DeepEqual(got, it) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, it)
			}
			if _, err := DecodeItem(b, int64(len(b)-1)); CodeOf(err) != "size" {
				t.Errorf("over the limit: %v", err)
			}
			bare := it
			bare.Sealed = nil
			if got, err := DecodeBareItem(EncodeItem(bare), 1<<20); err != nil || !reflect.DeepEqual(got, bare) {
				t.Errorf("bare: got %+v, %v", got, err)
			}
			if it.Sealed != nil {
				if _, err := DecodeBareItem(b, 1<<20); CodeOf(err) != "header" {
					t.Errorf("a bare item with a seal: %v", err)
				}
			}
		})
	}
	got, err := OpenItem(c.cnPrekey, sealed)
	if err != nil || !reflect.DeepEqual(got, raw) {
		t.Errorf("opened %q, %v\nwant %q", got, err, raw)
	}
}

func TestDecodeItemRefuses(t *testing.T) {
	c := newCast(t)
	it, _ := c.item(t, c.header(4), c.statement(t, 1, "{}"))
	control := c.control(t, 5)
	h, s, e := string(it.Bytes), string(appendSigs(nil, it.Sigs)[5:]), string(it.Sealed.Prekey[:])+string(it.Sealed.Ct)
	ch, cs := string(control.Bytes), string(appendSigs(nil, control.Sigs)[5:])
	for _, x := range []struct {
		name string
		b    []byte
		code string
	}{
		{"nothing", nil, "header"},
		{"no header", records("S", s, "E", e), "header"},
		{"a header with a space", records("H", h+" ", "S", s, "E", e), "header"},
		{"no signatures", records("H", h, "E", e), "signature"},
		{"nine signatures", records("H", h, "S", "["+strings.Repeat(s[1:len(s)-1]+",", 8)+s[1:], "E", e), "signature"},
		{"a signature of no key", records("H", h, "S", `[{"key":"","sig":"AAAA"}]`, "E", e), "signature"},
		{"a signature of no bytes", records("H", h, "S", `[{"key":"`+exampleHash+`","sig":""}]`, "E", e), "signature"},
		{"a signature of no seat", records("H", h, "S", `[{"seat":"X","key":"`+exampleHash+`","sig":"AAAA"}]`, "E", e), "signature"},
		{"no seal", records("H", h, "S", s), "seal"},
		{"a control for a seal", records("H", h, "S", s, "C", e), "seal"},
		{"a seal to no prekey", records("H", h, "S", s, "E", strings.Repeat("\x00", 32)+"x"), "seal"},
		{"a seal of nothing", records("H", h, "S", s, "E", e[:32]), "seal"},
		{"two seals", records("H", h, "S", s, "E", e, "E", e), "seal"},
		{"no control", records("H", ch, "S", cs), "control"},
		{"another control", records("H", ch, "S", cs, "C", string(EncodeSigned(comity.Signed{Bytes: []byte("{}")}))), "control"},
		{"a control and a byte", records("H", ch, "S", cs, "C", string(control.Control)+"\x00"), "control"},
		{"a control and a seal", records("H", ch, "S", cs, "C", string(control.Control), "E", e), "control"},
		{"a receipt and a seal", records("H", string(c.receipt(t, 4).Bytes), "S", s, "E", e), "header"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := DecodeItem(x.b, 1<<20)
			if CodeOf(err) != x.code {
				t.Errorf("got code %q (%v), want %q", CodeOf(err), err, x.code)
			}
			if !reflect.DeepEqual(got, comity.Item{}) {
				t.Errorf("it is refused and yet returned: %+v", got)
			}
		})
	}
}

func TestEveryChangedByteOfAnItemIsRefused(t *testing.T) {
	c := newCast(t)
	it, _ := c.item(t, c.header(4), c.statement(t, 1, "{}"))
	accept := func(b []byte) bool {
		got, err := DecodeItem(b, 1<<20)
		if err != nil || VerifyItem(got, []comity.Key{c.usNode.Key()}, []string{"E1"}) != nil {
			return false
		}
		_, err = OpenItem(c.cnPrekey, got)
		return err == nil
	}
	b := EncodeItem(it)
	if !accept(b) {
		t.Fatal("it is refused unchanged")
	}
	for i := range b {
		b[i] ^= 1
		if accept(b) {
			t.Fatalf("byte %d changed is accepted", i)
		}
		b[i] ^= 1
	}
	for i := range b {
		if accept(b[:i]) {
			t.Fatalf("it is accepted when cut to %d bytes", i)
		}
	}
}

func TestSealsOpenForTheirRecipientAndHeaderOnly(t *testing.T) {
	c := newCast(t)
	s := c.statement(t, 1, "{}")
	it, raw := c.item(t, c.header(4), s)
	other, _ := c.item(t, c.header(5), s)
	with := func(it comity.Item, s comity.Sealed) comity.Item {
		it.Sealed = &s
		return it
	}
	to := func(p *Prekey, header []byte, raw ...[]byte) comity.Sealed {
		s, err := SealItem(p.Key(), header, raw)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, x := range []struct {
		name string
		p    *Prekey
		it   comity.Item
		good bool
	}{
		{"as it was sent", c.cnPrekey, it, true},
		{"sealed again to a newer prekey", c.cnLater, with(it, to(c.cnLater, it.Bytes, raw...)), true},
		{"sealed again in the other suite", c.cnPrekeyF, with(it, to(c.cnPrekeyF, it.Bytes, raw...)), true},
		{"by a third party", c.frPrekey, it, false},
		{"by a third party under its own prekey's name", c.frPrekey, with(it, comity.Sealed{Prekey: c.frPrekey.Name(), Ct: it.Sealed.Ct}), false},
		{"by the recipient's other prekey", c.cnLater, it, false},
		{"under another prekey's name", c.cnPrekey, with(it, comity.Sealed{Prekey: c.cnLater.Name(), Ct: it.Sealed.Ct}), false},
		{"in another item", c.cnPrekey, with(other, *it.Sealed), false},
		{"with another statement in it", c.cnPrekey, with(it, to(c.cnPrekey, it.Bytes, EncodeStatement(c.statement(t, 2, "{}")))), false},
		{"with a statement too many", c.cnPrekey, with(it, to(c.cnPrekey, it.Bytes, raw[0], raw[0])), false},
		{"with no statement", c.cnPrekey, with(it, to(c.cnPrekey, it.Bytes)), false},
		{"with something else in it", c.cnPrekey, with(it, to(c.cnPrekey, it.Bytes, []byte("M"))), false},
		{"cut short", c.cnPrekey, with(it, comity.Sealed{Prekey: c.cnPrekey.Name(), Ct: it.Sealed.Ct[:1100]}), false},
		{"not sealed", c.cnPrekey, func() comity.Item { it := it; it.Sealed = nil; return it }(), false},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := OpenItem(x.p, x.it)
			if x.good {
				if err != nil || !reflect.DeepEqual(got, raw) {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if CodeOf(err) != "seal" || got != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	t.Run("what is forwarded still names whom it was for", func(t *testing.T) {
		opened, err := OpenItem(c.cnPrekey, it)
		if err != nil {
			t.Fatal(err)
		}
		h := c.header(9)
		h.From, h.Key, h.Statements = "cn", c.cnNode.Name(), []comity.Hash{s.ID}
		b := encode(t, h)
		sealed, err := SealItem(c.frPrekey.Key(), b, opened)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenItem(c.frPrekey, comity.Item{Header: h, Bytes: b, Sealed: &sealed})
		if err != nil {
			t.Fatal(err)
		}
		x, err := DecodeStatement(got[0], c.limits)
		if err != nil || x.Manifest.From != "us" || x.Manifest.To[0] != "cn" {
			t.Errorf("got %+v, %v", x.Manifest, err)
		}
	})
}

// A bad statement must not take its neighbours with it.
func TestOpenItemLetsABadStatementThrough(t *testing.T) {
	c := newCast(t)
	good := c.statement(t, 1, "{}")
	bad := comity.Statement{ID: H("manifest", []byte("not a manifest")), Bytes: []byte("not a manifest")}
	it, _ := c.item(t, c.header(4), bad, good)
	got, err := OpenItem(c.cnPrekey, it)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeStatement(got[0], c.limits); CodeOf(err) != "manifest" {
		t.Errorf("the bad one: %v", err)
	}
	if _, err := DecodeStatement(got[1], c.limits); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestPaddingIsChecked(t *testing.T) {
	c := newCast(t)
	s := c.statement(t, 1, strings.Repeat("x", 500))
	raw := EncodeStatement(s)
	n := uint64(len(raw) + 10)
	pad := padded(n) - n
	if pad < 2 {
		t.Fatalf("choose a body that is padded by more than %d", pad)
	}
	ids := []comity.Hash{s.ID}
	for _, x := range []struct {
		name string
		z    string
		good bool
	}{
		{"right", strings.Repeat("\x00", int(pad)), true},
		{"a byte short", strings.Repeat("\x00", int(pad-1)), false},
		{"none", "", false},
		{"of the next size", strings.Repeat("\x00", int(padded(n+pad+1)-n)), false},
		{"not zeros", strings.Repeat("\x00", int(pad-1)) + "\x01", false},
	} {
		if _, err := splitStatements(records("T", string(raw), "Z", x.z), ids); (err == nil) != x.good {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	if _, err := splitStatements(records("T", string(raw)), ids); err == nil {
		t.Error("padding may be left out")
	}
}

func TestPadded(t *testing.T) {
	for _, c := range [][2]uint64{{0, 0}, {1, 1}, {5, 5}, {8, 8}, {9, 10}, {100, 104}, {1000, 1024}, {4097, 4352}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 1<<15}} {
		if got := padded(c[0]); got != c[1] {
			t.Errorf("padded(%d) = %d, want %d", c[0], got, c[1])
		}
	}
	for n := uint64(1); n < 1<<40; n = n*5/4 + 1 {
		p := padded(n)
		if p < n || float64(p-n) > 0.125*math.Max(float64(n), 8) || padded(p) != p {
			t.Errorf("padded(%d) = %d", n, p)
		}
	}
}

func TestSealsAreNeverAlike(t *testing.T) {
	c := newCast(t)
	a, err := encrypt(c.cnPrekey.Key(), nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := encrypt(c.cnPrekey.Key(), nil, []byte("x"))
	if err != nil || bytes.Equal(a, b) {
		t.Errorf("two seals are alike, or %v", err)
	}
	if _, err := decrypt(c.cnPrekey, []byte("other"), a); !errors.Is(err, comity.Untrusted) {
		t.Errorf("opened with another aad: %v", err)
	}
	p, err := NewKEM("F1")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParsePrekey(p.Marshal()); err != nil || again.Name() != p.Name() {
		t.Errorf("the prekey comes back as %v, %v", again, err)
	}
}
