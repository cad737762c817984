package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"comity"
)

func TestPAE(t *testing.T) {
	if got, want := string(PAE("manifest", []byte("héllo"))), "DSSEv1 17 comity/manifest/1 6 héllo"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := string(PAE("key", nil)), "DSSEv1 12 comity/key/1 0 "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeyNameIsTheHashOfItsSpelling(t *testing.T) {
	for _, k := range []comity.Key{fixedKey(t, "E1", 1).Key(), fixedKey(t, "F1", 1).Key(), {Suite: "E1"}, {Suite: `"`, Pub: []byte{1}}} {
		if got, want := KeyName(k), H("key", encode(t, k)); got != want {
			t.Errorf("%v: got %v, want %v", k, got, want)
		}
	}
}

func TestSignatures(t *testing.T) {
	for _, name := range []string{"E1", "F1"} { // of P1, see TestAssertions
		k, err := NewSigner(name, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		body := []byte("what is signed")
		s, err := k.SignSeat("us-24-7-01", "manifest", body)
		if err != nil {
			t.Fatal(err)
		}
		other := fixedKey(t, name, 1)
		alien := fixedKey(t, map[string]string{"E1": "F1", "F1": "E1"}[name], 1)
		renamed := func(n comity.Hash) comity.Signature { return comity.Signature{Key: n, Sig: s.Sig} }
		for _, c := range []struct {
			name string
			key  comity.Key
			typ  string
			body string
			sig  comity.Signature
			good bool
		}{
			{"it verifies", k.Key(), "manifest", string(body), s, true},
			{"not as another type", k.Key(), "header", string(body), s, false},
			{"not of another body", k.Key(), "manifest", "what is signed ", s, false},
			{"not with its type moved into its body", k.Key(), "", "manifest" + string(body), s, false},
			{"not by another key", other.Key(), "manifest", string(body), renamed(other.Name()), false},
			{"not by a key of another suite", alien.Key(), "manifest", string(body), renamed(alien.Name()), false},
			{"not under another name", k.Key(), "manifest", string(body), renamed(other.Name()), false},
			{"not by a key of no suite", comity.Key{Suite: "X9", Pub: k.Key().Pub}, "manifest", string(body), renamed(KeyName(comity.Key{Suite: "X9", Pub: k.Key().Pub})), false},
			{"not by an empty key", comity.Key{Suite: name}, "manifest", string(body), renamed(KeyName(comity.Key{Suite: name})), false},
			{"not if empty", k.Key(), "manifest", string(body), comity.Signature{Key: k.Name()}, false},
			{"not if longer", k.Key(), "manifest", string(body), comity.Signature{Key: k.Name(), Sig: append(bytes.Clone(s.Sig), 0)}, false},
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				err := Verify(c.key, c.typ, []byte(c.body), c.sig)
				if c.good && err != nil || !c.good && !errors.Is(err, comity.Untrusted) {
					t.Errorf("got %v", err)
				}
			})
		}
		for i := range s.Sig {
			bad := comity.Signature{Key: s.Key, Sig: bytes.Clone(s.Sig)}
			bad.Sig[i] ^= 1
			if Verify(k.Key(), "manifest", body, bad) == nil {
				t.Fatalf("%s: a signature with byte %d changed is good", name, i)
			}
		}
		again, err := ParsePrivateKey(k.Marshal())
		if err != nil || again.Name() != k.Name() {
			t.Errorf("%s: the key comes back as %v, %v", name, again, err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, k); strings.Contains(text, hex.EncodeToString(k.seed)) || text != k.String() {
				t.Errorf("%s prints as %s", verb, text)
			}
		}
	}
}

// A point of small order is a key under which anyone can make one signature
// that fits any text. Go's Verify lets the signature pass, so CheckKey must not
// let the key.
func TestKeysOfSmallOrderAreRefused(t *testing.T) {
	for _, text := range smallOrders {
		pub, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, sign := range []byte{0, 0x80} {
			k := comity.Key{Suite: "E1", Pub: bytes.Clone(pub)}
			k.Pub[31] |= sign
			if err := CheckKey(k); !errors.Is(err, comity.Invalid) {
				t.Errorf("%x: %v", k.Pub, err)
			}
		}
	}
	identity := comity.Key{Suite: "E1", Pub: append([]byte{1}, make([]byte, 31)...)}
	forged := append(bytes.Clone(identity.Pub), make([]byte, 32)...)
	for _, body := range []string{"I agree", "I do not agree"} {
		if !ed25519.Verify(identity.Pub, PAE("manifest", []byte(body)), forged) {
			t.Fatal("the attack does not work any more: is this check still needed?")
		}
		if Verify(identity, "manifest", []byte(body), comity.Signature{Key: KeyName(identity), Sig: forged}) == nil {
			t.Errorf("a forged signature of %q is good", body)
		}
	}
}

func TestCheckKey(t *testing.T) {
	good := fixedKey(t, "F1", 1).Key()
	offCurve := bytes.Clone(good.Pub)
	offCurve[40] ^= 1
	for _, c := range []struct {
		name string
		key  comity.Key
		good bool
	}{
		{"an E1 key", fixedKey(t, "E1", 1).Key(), true},
		{"an F1 key", good, true},
		{"a suite that we do not have", comity.Key{Suite: "G1", Pub: make([]byte, 64)}, false},
		{"a short key", comity.Key{Suite: "E1", Pub: make([]byte, 31)}, false},
		{"a point off the curve", comity.Key{Suite: "F1", Pub: offCurve}, false},
		{"a compressed point", comity.Key{Suite: "F1", Pub: append([]byte{2}, good.Pub[1:33]...)}, false},
		{"a key to seal to", fixedPrekey(t, "E1", 1).Key(), false},
	} {
		if err := CheckKey(c.key); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := checkKEM(fixedPrekey(t, "F1", 1).Key()); err != nil {
		t.Error(err)
	}
	if err := checkKEM(fixedKey(t, "E1", 1).Key()); !errors.Is(err, comity.Invalid) {
		t.Errorf("a signing key to seal to: %v", err)
	}
}

func TestPrivateKeysAreReadForTheirUseOnly(t *testing.T) {
	if _, err := ParsePrivateKey(fixedPrekey(t, "E1", 1).Marshal()); err == nil {
		t.Error("a key to seal with was read as one to sign with")
	}
	if _, err := ParsePrekey(fixedKey(t, "E1", 1).Marshal()); err == nil {
		t.Error("a key to sign with was read as one to seal with")
	}
	for _, suite := range []string{"E1", "F1"} {
		for _, n := range []int{0, 31, 33} {
			x := secret{1, "sign", suite, make([]byte, n)}
			if _, err := ParsePrivateKey(x.encode()); !errors.Is(err, comity.Invalid) {
				t.Errorf("%s seed of %d bytes: %v", suite, n, err)
			}
			x.Use = "seal"
			if _, err := ParsePrekey(x.encode()); !errors.Is(err, comity.Invalid) {
				t.Errorf("%s prekey seed of %d bytes: %v", suite, n, err)
			}
		}
	}
}

// Every way to take a suite away from an item, or to put another in its place.
func TestNoSuiteCanBeLeftOut(t *testing.T) {
	c := newCast(t)
	e, f := c.usNode, c.usNodeF
	stranger := fixedKey(t, "F1", 99)
	node := []comity.Key{e.Key(), f.Key()}
	h := c.header(4)
	h.Statements = []comity.Hash{H("manifest", nil)}
	for _, x := range []struct {
		name   string
		suites string
		header func(*comity.Header)
		sigs   []*PrivateKey
		change func([]comity.Signature)
		good   bool
	}{
		{"one suite, its signature", "E1", nil, []*PrivateKey{e}, nil, true},
		{"one suite, and one more signature", "E1", nil, []*PrivateKey{e, f}, nil, true},
		{"two suites, both signatures", "E1 F1", nil, []*PrivateKey{e, f}, nil, true},
		{"two suites, the second removed", "E1 F1", nil, []*PrivateKey{e}, nil, false},
		{"two suites, the first removed", "E1 F1", nil, []*PrivateKey{f}, nil, false},
		{"two suites, both removed", "E1 F1", nil, nil, nil, false},
		{"two suites, swapped: the header's key is first", "E1 F1", nil, []*PrivateKey{f, e}, nil, false},
		{"two suites, one twice", "E1 F1", nil, []*PrivateKey{e, e}, nil, false},
		{"the other suite's signature only", "E1", func(h *comity.Header) { h.Suite, h.Key = "F1", f.Name() }, []*PrivateKey{f}, nil, false},
		{"a header that calls its key another suite's", "E1", func(h *comity.Header) { h.Suite = "F1" }, []*PrivateKey{e}, nil, false},
		{"a stranger's signature for the second", "E1 F1", nil, []*PrivateKey{e, stranger}, nil, false},
		{"a stranger's signature beside what is required", "E1", nil, []*PrivateKey{e, stranger}, nil, false},
		{"a bad second signature", "E1 F1", nil, []*PrivateKey{e, f}, func(s []comity.Signature) { s[1].Sig = s[0].Sig }, false},
		{"a bad signature beside what is required", "E1", nil, []*PrivateKey{e, f}, func(s []comity.Signature) { s[1].Sig = s[0].Sig }, false},
		{"the second under the first's name", "E1 F1", nil, []*PrivateKey{e, f}, func(s []comity.Signature) { s[1].Key = s[0].Key }, false},
		{"a node that signs as an officer", "E1", nil, []*PrivateKey{e}, func(s []comity.Signature) { s[0].Seat = "us-24-7-01" }, false},
		{"a suite that we do not have", "E1 Q1", nil, []*PrivateKey{e, f}, nil, false},
		{"no suite required: still the header's key", "", nil, nil, nil, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := h
			if x.header != nil {
				x.header(&h)
			}
			it := comity.Item{Header: h, Bytes: encode(t, h)}
			for _, k := range x.sigs {
				it.Sigs = append(it.Sigs, sign(t, k, "header", it.Bytes))
			}
			if x.change != nil {
				x.change(it.Sigs)
			}
			err := VerifyItem(it, node, strings.Fields(x.suites))
			if x.good && err != nil || !x.good && !errors.Is(err, comity.Untrusted) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestLock(t *testing.T) {
	b, err := Lock("zwölf Boxkämpfer", []byte("secret"), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, passphrase string
		b                []byte
		want             comity.Trouble
	}{
		{"the passphrase", "zwölf Boxkämpfer", b, 0},
		{"the passphrase, typed on another keyboard", "zwo\u0308lf Boxka\u0308mpfer", b, 0},
		{"another passphrase", "zwölf boxkämpfer", b, comity.Forbidden},
		{"fewer iterations than it was locked with", "zwölf Boxkämpfer", bytes.Replace(b, []byte(":10,"), []byte(":9,"), 1), comity.Forbidden},
		{"no iterations", "zwölf Boxkämpfer", bytes.Replace(b, []byte(":10,"), []byte(":0,"), 1), comity.Invalid},
		{"iterations for an age", "zwölf Boxkämpfer", bytes.Replace(b, []byte(":10,"), []byte(":9000000000000000,"), 1), comity.Invalid},
		{"another way of locking", "zwölf Boxkämpfer", bytes.Replace(b, []byte("PBKDF2"), []byte("PBKDF1"), 1), comity.Invalid},
		{"a file with a space in it", "zwölf Boxkämpfer", bytes.Replace(b, []byte(","), []byte(", "), 1), comity.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Unlock(c.passphrase, c.b)
			if c.want != 0 {
				if !errors.Is(err, c.want) {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if err != nil || string(got) != "secret" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if _, err := Lock("", []byte("secret"), 10); !errors.Is(err, comity.Invalid) {
		t.Errorf("locked without a passphrase: %v", err)
	}
	if again, _ := Lock("zwölf Boxkämpfer", []byte("secret"), 10); bytes.Equal(again, b) {
		t.Error("two locks are alike")
	}
}
