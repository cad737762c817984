package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"comity"
)

var update = flag.Bool("update", false, "write docs/spec/vectors")

// A vector is a file of docs/spec/vectors. Texts are as they are, bytes are in
// base64, hashes and seeds of one repeated byte explain themselves.
type vector map[string]any

// TestVectors makes every vector again and compares it with its file. Seals
// have chance in them, so the ones in the files are opened, and then used.
func TestVectors(t *testing.T) {
	c := newCast(t)
	seals := c.sealVectors(t)
	for name, v := range map[string]any{
		"pae.json":        paeVectors(),
		"keys.json":       c.keyVectors(),
		"signatures.json": c.signatureVectors(t),
		"statement.json":  c.statementVectors(t),
		"header.json":     c.headerVectors(t),
		"sealed.json":     seals,
		"item.json":       c.itemVectors(t, seals),
		"exchange.json":   c.exchangeVectors(t, seals),
		"padding.json":    paddingVectors(),
		"file.json":       fileVectors(t),
		"passkey.json":    passkeyVectors(t),
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			e := json.NewEncoder(&buf)
			e.SetEscapeHTML(false)
			e.SetIndent("", " ")
			if err := e.Encode(v); err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.MkdirAll(vectors, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(vectors, name), buf.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(filepath.Join(vectors, name))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(buf.Bytes(), want) {
				t.Errorf("the file differs from what this code does. If that is meant, it is another version of the specification; run go test ./seal -run TestVectors -update\ngot %s", buf.Bytes())
			}
		})
	}
}

var vectors = filepath.Join("..", "docs", "spec", "vectors")

func paeVectors() any {
	var list []vector
	for _, x := range [][2]string{{"manifest", ""}, {"header", "{}"}, {"key", "naïve"}, {"part", strings.Repeat("x", 100)}} {
		list = append(list, vector{
			"type": "comity/" + x[0] + "/1", "body": x[1],
			"pae": string(PAE(x[0], []byte(x[1]))), "hash": H(x[0], []byte(x[1])),
		})
	}
	return list
}

func (c *cast) keyVectors() any {
	var list []vector
	add := func(who, use string, seed []byte, k comity.Key) {
		list = append(list, vector{"who": who, "use": use, "seed": seed, "key": k, "name": KeyName(k)})
	}
	for _, x := range []struct {
		who string
		k   *PrivateKey
	}{{"us root", c.usRoot}, {"cn root", c.cnRoot}, {"us node", c.usNode}, {"cn node", c.cnNode},
		{"us node", c.usNodeF}, {"us-24-7-01", c.drafter}, {"us-24-7-02", c.releaser}} {
		add(x.who, "sign", x.k.seed, x.k.key)
	}
	for _, p := range []*Prekey{c.cnPrekey, c.cnPrekeyF} {
		add("cn prekey", "seal", p.seed, p.key)
	}
	return list
}

func (c *cast) signatureVectors(t *testing.T) any {
	var list []vector
	for _, k := range []*PrivateKey{c.usNode, c.usNodeF} {
		s := sign(t, k, "header", []byte("not a header, but signed"))
		if err := Verify(k.Key(), "header", []byte("not a header, but signed"), s); err != nil {
			t.Fatal(err)
		}
		list = append(list, vector{"key": k.Key(), "type": "comity/header/1", "body": "not a header, but signed", "signature": s})
	}
	return list
}

func (c *cast) statementVectors(t *testing.T) any {
	s := c.statement(t, 1, `{"offence":"数据干扰"}`)
	text := string(s.Bytes)
	v := vector{
		"manifest": text, "id": s.ID, "sigs": s.Sigs, "part": s.Parts[0], "file": s.Files[0], "statement": EncodeStatement(s),
		"without": vector{
			"about":     "the same statement with its part erased and its file withheld",
			"statement": EncodeStatement(comity.Statement{Bytes: s.Bytes, Sigs: s.Sigs, Parts: make([]comity.SaltedPart, 1), Files: make([]comity.FileKey, 1)}),
		},
	}
	var refused []vector
	for _, x := range []struct{ why, old, new string }{
		{"white space", `{"v":1,`, `{"v": 1,`},
		{"members in another order", `"realm":"live","from":"us",`, `"from":"us","realm":"live",`},
		{"an unknown member", `{"v":1,`, `{"v":1,"x":1,`},
		{"a member twice", `{"v":1,`, `{"v":1,"v":1,`},
		{"another version", `{"v":1,`, `{"v":2,`},
		{"a fraction", `{"v":1,`, `{"v":1.0,`},
		{"null", `"to":["cn"]`, `"to":null`},
		{"an empty optional member", `"handling":["H1","H3"]`, `"handling":[]`},
		{"handling out of order", `["H1","H3"]`, `["H3","H1"]`},
		{"a needless escape", `"kind":"preserve`, `"kind":"\u0070reserve`},
		{"text that is not in normal form C", "登录.log", "e\u0301.log"},
		{"a file name that reads backwards", "登录.log", "\u202egol.exe"},
		{"the author as recipient", `"to":["cn"]`, `"to":["cn","us"]`},
		{"a time without milliseconds", ".028Z", "Z"},
		{"the zero hash in full", `"mine":""`, `"mine":"` + strings.Repeat("0", 64) + `"`},
		{"a reason without an emergency", `"class":"dual"`, `"class":"dual","reason":"haste"`},
		{"base64 without padding", `="`, `"`},
	} {
		bad := strings.Replace(text, x.old, x.new, 1)
		if _, err := DecodeManifest([]byte(bad)); err == nil || bad == text {
			t.Errorf("%s is not refused", x.why)
		}
		refused = append(refused, vector{"why": x.why, "manifest": bad})
	}
	v["refused"] = refused
	return v
}

func (c *cast) headerVectors(t *testing.T) any {
	var list []vector
	it, _ := c.item(t, c.header(4), c.statement(t, 1, `{"offence":"数据干扰"}`))
	for _, it := range []comity.Item{it, c.receipt(t, 5), c.control(t, 6)} {
		list = append(list, vector{
			"header": string(it.Bytes), "sigs": it.Sigs, "hash": H("header", it.Bytes),
			"leaf": comity.Hash(sha256.Sum256(append([]byte{0}, it.Bytes...))),
		})
	}
	return list
}

// A sealVector is one item's statements, sealed. Its bytes come from the file.
type sealVector struct {
	Info      string      `json:"info"`
	Seed      []byte      `json:"seed"` // of the prekey
	Prekey    comity.Hash `json:"prekey"`
	Header    string      `json:"header"`
	AAD       comity.Hash `json:"aad"`
	Plaintext []byte      `json:"plaintext"`
	Sealed    []byte      `json:"sealed"` // enc and ciphertext
}

func (c *cast) sealVectors(t *testing.T) []sealVector {
	var old []sealVector
	if b, err := os.ReadFile(filepath.Join(vectors, "sealed.json")); err == nil {
		if err := json.Unmarshal(b, &old); err != nil {
			t.Fatal(err)
		}
	}
	it, raw := c.item(t, c.header(4), c.statement(t, 1, `{"offence":"数据干扰"}`))
	var list []sealVector
	for i, p := range []*Prekey{c.cnPrekey, c.cnPrekeyF} {
		v := sealVector{
			Info: string(sealInfo(p.key.Suite)), Seed: p.seed, Prekey: p.name,
			Header: string(it.Bytes), AAD: H("header", it.Bytes),
		}
		if i < len(old) {
			v.Sealed = old[i].Sealed
		}
		it.Sealed = &comity.Sealed{Prekey: p.name, Ct: v.Sealed}
		got, err := OpenItem(p, it)
		if err != nil && *update {
			s, err := SealItem(p.key, it.Bytes, raw)
			if err != nil {
				t.Fatal(err)
			}
			v.Sealed = s.Ct
		} else if err != nil || !reflect.DeepEqual(got, raw) {
			t.Fatalf("sealed.json opens to %q, %v", got, err)
		}
		if v.Plaintext, err = decrypt(p, v.AAD[:], v.Sealed); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func (c *cast) sealedItem(t *testing.T, seals []sealVector) comity.Item {
	it, _ := c.item(t, c.header(4), c.statement(t, 1, `{"offence":"数据干扰"}`))
	it.Sealed = &comity.Sealed{Prekey: seals[0].Prekey, Ct: seals[0].Sealed}
	return it
}

func (c *cast) itemVectors(t *testing.T, seals []sealVector) any {
	return vector{
		"statements": EncodeItem(c.sealedItem(t, seals)), "receipt": EncodeItem(c.receipt(t, 5)), "control": EncodeItem(c.control(t, 6)),
	}
}

func (c *cast) exchangeVectors(t *testing.T, seals []sealVector) any {
	x := c.exchange(t, c.sealedItem(t, seals), c.receipt(t, 5), c.control(t, 6))
	b, err := EncodeExchange(x)
	if err != nil {
		t.Fatal(err)
	}
	halt, err := EncodeExchange(comity.Exchange{Head: x.Head, Halt: c.halt(t)})
	if err != nil {
		t.Fatal(err)
	}
	profile := encode(t, comity.Profile{V: 1, Roots: []comity.Hash{c.cnRoot.Name(), c.usRoot.Name()}, Suites: []string{"E1"},
		MaxItem: 8 << 20, MaxPart: 1 << 20, MaxFile: 12 << 30, Skew: 120, Langs: []string{"en", "zh"}})
	pairing, err := EncodeExchange(comity.Exchange{Head: x.Head, Profile: &comity.Signed{Bytes: profile, Sigs: []comity.Signature{sign(t, c.usRoot, "profile", profile)}}})
	if err != nil {
		t.Fatal(err)
	}
	return vector{
		"with a profile": pairing,
		"head":           string(encode(t, x.Head)), "hello": string(x.Hello.Bytes), "resume": string(x.Resume.Bytes),
		"rejection": string(x.Reject.Bytes), "exchange": b, "with a halt": halt,
	}
}

func paddingVectors() any {
	var list []vector
	for _, n := range []uint64{5, 8, 9, 100, 255, 256, 257, 1000, 4097, 65535, 1 << 20, 1<<20 + 1, 123456789} {
		list = append(list, vector{"size": n, "padded": padded(n)})
	}
	return list
}

func fileVectors(t *testing.T) any {
	var list []vector
	for i, n := range []int{0, 5, chunkSize, chunkSize + 1} {
		var ct bytes.Buffer
		w, err := newFileWriter(&ct, fixedRand(byte(i)))
		if err != nil {
			t.Fatal(err)
		}
		w.Write(bytes.Repeat([]byte{'a'}, n))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f, k := w.File("a.txt", "text/plain"), w.Key()
		list = append(list, vector{
			"about": "the letter a, size times", "size": n, "salt": k.Salt, "key": k.Key, "plain": f.Plain, "cipher": f.Cipher,
			"ciphertext begins": ct.Bytes()[:min(64, ct.Len())], "ciphertext ends": ct.Bytes()[max(0, ct.Len()-64):], "cipher size": ct.Len(),
		})
	}
	return list
}

// passkeyVectors are assertions under one passkey, good ones and others.
func passkeyVectors(t *testing.T) any {
	_, k := passkey(t, 21)
	var good, refused []vector
	for _, c := range assertionCases {
		v := vector{"why": c.name, "sig": c.make(t)}
		if c.good {
			good = append(good, v)
		} else {
			refused = append(refused, v)
		}
	}
	return vector{"rp id": deskID, "key": k, "name": KeyName(k), "type": "comity/manifest/1", "body": signed,
		"challenge": Challenge("manifest", []byte(signed)), "good": good, "refused": refused}
}
