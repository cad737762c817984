package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/webauthn"
	"comity/webauthn/softkey"
)

const (
	deskID = "desk.gov.example"
	signed = `{"v":1,"what":"an officer signs"}`
)

func passkey(t testing.TB, n byte) (*softkey.Key, comity.Key) {
	t.Helper()
	soft, err := softkey.New(bytes.Repeat([]byte{n}, 32), deskID)
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewPasskey(soft.Public(), deskID)
	if err != nil {
		t.Fatal(err)
	}
	return soft, k
}

// An assertionCase is an assertion of signed under the desk's passkey, with one thing
// changed before it is signed, or after.
type assertionCase struct {
	name  string
	good  bool
	page  func(k *softkey.Key)
	data  func(b []byte) []byte
	text  func(s string) string
	after func(a *webauthn.Assertion)
	raw   func(b []byte) []byte
}

func replaced(old, new string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("there is no " + old + " in " + s)
		}
		return strings.Replace(s, old, new, 1)
	}
}

func flagged(flags byte) func([]byte) []byte {
	return func(b []byte) []byte { b[32] = flags; return b }
}

var assertionCases = []assertionCase{
	{name: "it verifies", good: true},
	{name: "a page of a host below the relying party", good: true, page: func(k *softkey.Key) { k.Origin = "https://night.desk.gov.example:8443" }},
	{name: "no word on whether the page stood in another", good: true, text: replaced(`,"crossOrigin":false`, ``)},
	{name: "a member that a browser may add", good: true, text: replaced(`false}`, `false,"other_keys_can_be_added_here":{"do":["not",{"compare":1}]}}`)},
	{name: "white space", good: true, text: replaced(`{"type"`, "{ \n\"type\"")},
	{name: "an escape that is not the shortest spelling", good: true, text: replaced(`webauthn.get`, `webauthn\u002eget`)},
	{name: "a passkey that is kept in several places", good: true, data: flagged(0x1d)},
	{name: "an extension, which says nothing to us", good: true, data: func(b []byte) []byte { return append(flagged(0x85)(b), 0xa0) }},
	{name: "client data of the largest size", good: true, text: func(s string) string { return s + strings.Repeat(" ", 4096-len(s)) }},
	{name: "authenticator data of the largest size", good: true, data: func(b []byte) []byte { return append(flagged(0x85)(b), make([]byte, 1024-len(b))...) }},
	{name: "nesting to the limit", good: true, text: replaced(`false}`, `false,"x":`+strings.Repeat("[", 15)+strings.Repeat("]", 15)+`}`)},

	{name: "a challenge that is another text's", text: replaced(Challenge("manifest", []byte(signed)), Challenge("manifest", []byte(signed+" ")))},
	{name: "a challenge of the same text as another type", text: replaced(Challenge("manifest", []byte(signed)), Challenge("header", []byte(signed)))},
	{name: "a challenge with padding", text: replaced(`","origin"`, `=","origin"`)},
	{name: "no challenge", text: replaced(`"challenge"`, `"Challenge"`)},
	{name: "the making of a passkey, not its use", text: replaced(`webauthn.get`, `webauthn.create`)},
	{name: "no type", text: replaced(`"type":"webauthn.get",`, ``)},
	{name: "a page within another site's", text: replaced(`"crossOrigin":false`, `"crossOrigin":true`)},
	{name: "a word on that which is no boolean", text: replaced(`"crossOrigin":false`, `"crossOrigin":"false"`)},
	{name: "null for it", text: replaced(`"crossOrigin":false`, `"crossOrigin":null`)},
	{name: "no page", text: replaced(`"origin":`, `"from":`)},
	{name: "a page without TLS", page: func(k *softkey.Key) { k.Origin = "http://desk.gov.example" }},
	{name: "a page of another site", page: func(k *softkey.Key) { k.Origin = "https://desk.gov.example.evil.example" }},
	{name: "a page of the site above", page: func(k *softkey.Key) { k.Origin = "https://gov.example" }},
	{name: "a page of a host that ends alike", page: func(k *softkey.Key) { k.Origin = "https://mydesk.gov.example" }},
	{name: "a page with a path", page: func(k *softkey.Key) { k.Origin = "https://desk.gov.example/" }},
	{name: "a page with a name before its host", page: func(k *softkey.Key) { k.Origin = "https://evil.example@desk.gov.example" }},
	{name: "an app in the place of a page", page: func(k *softkey.Key) { k.Origin = "android:apk-key-hash:AAAA" }},
	{name: "authenticator data of another relying party", page: func(k *softkey.Key) { k.RPID = "gov.example" }},
	{name: "a user who was not verified", data: flagged(0x01)},
	{name: "a user who was not there", data: flagged(0x04)},
	{name: "a new key in it, as only the making of one has", data: flagged(0x45)},
	{name: "an extension announced, and none there", data: flagged(0x85)},
	{name: "bytes after authenticator data", data: func(b []byte) []byte { return append(b, 0) }},
	{name: "authenticator data cut short", data: func(b []byte) []byte { return b[:36] }},
	{name: "a member twice", text: replaced(`{"type"`, `{"type":"webauthn.get","type"`)},
	{name: "a member twice, once with an escape", text: replaced(`{"type"`, `{"\u0074ype":"webauthn.get","type"`)},
	{name: "a member twice in a member", text: replaced(`false}`, `false,"x":[{"y":1,"y":1}]}`)},
	{name: "half a character", text: replaced(`false}`, `false,"x":"\uD83d"}`)},
	{name: "text that is not UTF-8", text: replaced(`false}`, "false,\"x\":\"\xff\"}")},
	{name: "bytes after client data", text: func(s string) string { return s + "x" }},
	{name: "client data twice", text: func(s string) string { return s + s }},
	{name: "client data in a list", text: func(s string) string { return "[" + s + "]" }},
	{name: "client data cut short", text: func(s string) string { return s[:len(s)-1] }},
	{name: "a comma too many", text: replaced(`false}`, `false,}`)},
	{name: "a byte order mark", text: func(s string) string { return "\ufeff" + s }},
	{name: "a number that is none", text: replaced(`false}`, `false,"x":NaN}`)},
	{name: "nesting beyond the limit", text: replaced(`false}`, `false,"x":`+strings.Repeat("[", 16)+strings.Repeat("]", 16)+`}`)},
	{name: "very deep nesting", text: replaced(`false}`, `false,"x":`+strings.Repeat("[", 1900)+strings.Repeat("]", 1900)+`}`)},
	{name: "client data that is too large", text: func(s string) string { return s + strings.Repeat(" ", 4096+1-len(s)) }},
	{name: "authenticator data that is too large", data: func(b []byte) []byte { return append(flagged(0x85)(b), make([]byte, 1024+1-len(b))...) }},

	{name: "a bit of authenticator data flipped", after: func(a *webauthn.Assertion) { a.AuthenticatorData[36] ^= 1 }},
	{name: "a bit of client data flipped", after: func(a *webauthn.Assertion) { a.ClientDataJSON = append(a.ClientDataJSON, ' ') }},
	{name: "a bit of the signature flipped", after: func(a *webauthn.Assertion) { a.Signature[len(a.Signature)-1] ^= 1 }},
	{name: "bytes after the signature", after: func(a *webauthn.Assertion) { a.Signature = append(a.Signature, 0) }},
	{name: "another passkey's signature", after: func(a *webauthn.Assertion) {
		k, _ := softkey.New(bytes.Repeat([]byte{99}, 32), deskID)
		b, _ := k.Sign(a.AuthenticatorData, a.ClientDataJSON)
		a.Signature = b.Signature
	}},
	{name: "bytes after the last record", raw: func(b []byte) []byte { return append(b, 0) }},
	{name: "a record cut short", raw: func(b []byte) []byte { return b[:len(b)-1] }},
	{name: "a record of another tag", raw: func(b []byte) []byte { b[0] = 'B'; return b }},
	{name: "a record twice", raw: func(b []byte) []byte { return append(b[:42:42], b...) }},
	{name: "the signature alone", raw: func(b []byte) []byte { return b[len(b)-70:] }},
	{name: "nothing", raw: func([]byte) []byte { return []byte{} }},
}

// make returns the case's signature. Sizes that EncodeAssertion refuses are spelled
// all the same: the decoder is what is tested.
func (c assertionCase) make(t testing.TB) []byte {
	t.Helper()
	soft, _ := passkey(t, 21)
	if c.page != nil {
		c.page(soft)
	}
	whole, err := soft.Get(Challenge("manifest", []byte(signed)))
	if err != nil {
		t.Fatal(err)
	}
	data, text := whole.AuthenticatorData, string(whole.ClientDataJSON)
	if c.data != nil {
		data = c.data(data)
	}
	if c.text != nil {
		text = c.text(text)
	}
	a, err := soft.Sign(data, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if c.after != nil {
		c.after(&a)
	}
	b := AppendRecord(AppendRecord(AppendRecord(nil, 'A', a.AuthenticatorData), 'C', a.ClientDataJSON), 'D', a.Signature)
	if c.raw != nil {
		b = c.raw(b)
	}
	return b
}

func TestAssertions(t *testing.T) {
	_, k := passkey(t, 21)
	for _, c := range assertionCases {
		t.Run(c.name, func(t *testing.T) {
			err := Verify(k, "manifest", []byte(signed), comity.Signature{Seat: "us-24-7-01", Key: KeyName(k), Sig: c.make(t)})
			if c.good && err != nil || !c.good && !errors.Is(err, comity.Untrusted) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Every bit of an assertion counts.
func TestEveryBitOfAnAssertionCounts(t *testing.T) {
	_, k := passkey(t, 21)
	sig := assertionCases[0].make(t)
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if Verify(k, "manifest", []byte(signed), comity.Signature{Key: KeyName(k), Sig: bad}) == nil {
			t.Fatalf("an assertion with byte %d changed is good", i)
		}
	}
}

// A page of the machine itself needs no TLS: browsers let it use passkeys.
func TestPasskeyOfThisMachine(t *testing.T) {
	soft, _ := passkey(t, 21)
	soft.RPID, soft.Origin = "localhost", "http://localhost:8080"
	k, err := NewPasskey(soft.Public(), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	for origin, good := range map[string]bool{"http://localhost:8080": true, "https://localhost": true, "http://evil.localhost": false, "http://127.0.0.1": false} {
		soft.Origin = origin
		a, err := soft.Get(Challenge("manifest", []byte(signed)))
		if err != nil {
			t.Fatal(err)
		}
		sig, err := EncodeAssertion(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(k, "manifest", []byte(signed), comity.Signature{Key: KeyName(k), Sig: sig}); (err == nil) != good {
			t.Errorf("%s: %v", origin, err)
		}
	}
}

func TestPasskeysAreForSeatsAlone(t *testing.T) {
	if _, err := NewSigner("P1", rand.Reader); !errors.Is(err, comity.Invalid) || !strings.Contains(err.Error(), "never leave an authenticator") {
		t.Errorf("a private key: %v", err)
	}
	if _, err := ParsePrivateKey(secret{1, "sign", "P1", make([]byte, 32)}.encode()); !errors.Is(err, comity.Invalid) {
		t.Errorf("a private key that was written: %v", err)
	}
	if _, err := NewKEM("P1"); !errors.Is(err, comity.Invalid) {
		t.Errorf("a prekey: %v", err)
	}
	_, k := passkey(t, 21)
	if err := checkKEM(k); !errors.Is(err, comity.Invalid) {
		t.Errorf("a peer's prekey: %v", err)
	}
	if err := CheckOwnKey(k); !errors.Is(err, comity.Invalid) {
		t.Errorf("a node's key: %v", err)
	}
	h := newCast(t).header(4)
	h.Receipt, h.Suite = &comity.Receipt{Root: sha256.Sum256(nil)}, "P1"
	if _, err := EncodeHeader(h); !errors.Is(err, comity.Invalid) {
		t.Errorf("a header: %v", err)
	}
}

func TestCheckPasskey(t *testing.T) {
	_, k := passkey(t, 21)
	for _, c := range []struct {
		name string
		pub  []byte
		good bool
	}{
		{"a point and a hash", k.Pub, true},
		{"a point alone", k.Pub[:65], false},
		{"a byte more", append(bytes.Clone(k.Pub), 0), false},
		{"no point", slices.Concat(k.Pub[:40], []byte{k.Pub[40] ^ 1}, k.Pub[41:]), false},
		{"nothing", nil, false},
	} {
		if err := CheckKey(comity.Key{Suite: "P1", Pub: c.pub}); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
		if sig := assertionCases[0].make(t); !c.good && (p1{}).verify(c.pub, PAE("manifest", []byte(signed)), sig) {
			t.Errorf("%s: a signature is good", c.name)
		}
	}
	if a, err := EncodeAssertion(webauthn.Assertion{}); err == nil || a != nil {
		t.Errorf("an empty assertion is spelled %x", a)
	}
}

func FuzzDecodeAssertion(f *testing.F) {
	fuzz(f, DecodeAssertion, EncodeAssertion, assertionCases[0].make(f))
}
