package seal

import (
	"bufio"
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	"comity"
)

// Each decoder is held to one promise: it does not panic, what it accepts
// encodes to the same bytes again, and what it refuses it does not return.
func fuzz[T any](f *testing.F, decode func([]byte) (T, error), encode func(T) ([]byte, error), seeds ...[]byte) {
	for _, s := range seeds {
		if _, err := decode(s); err != nil {
			f.Fatalf("a seed is refused: %v\n%q", err, s)
		}
		f.Add(s)
		f.Add(s[:len(s)-1])
		f.Add(append(bytes.Clone(s), 0))
		f.Add(bytes.Replace(s, []byte(`,"`), []byte(`, "`), 1))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		v, err := decode(b)
		if !bytes.Equal(b, before) {
			t.Fatalf("the decoder wrote to its input")
		}
		if err != nil {
			if !reflect.ValueOf(v).IsZero() {
				t.Fatalf("it is refused with %v and yet returned as %+v", err, v)
			}
			return
		}
		again, err := encode(v)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("decoded %q\nencodes %q, %v", b, again, err)
		}
	})
}

func sure[T any](encode func(T) []byte) func(T) ([]byte, error) {
	return func(v T) ([]byte, error) { return encode(v), nil }
}

func plain[T any](v T) ([]byte, error) { return Encode(v) }

func FuzzDecodeManifest(f *testing.F) {
	s := newCast(f).statement(f, 1, "{}")
	fuzz(f, DecodeManifest, EncodeManifest, s.Bytes)
}

func FuzzDecodeStatement(f *testing.F) {
	c := newCast(f)
	s := c.statement(f, 1, "{}")
	erased := s
	erased.Parts, erased.Files = []comity.SaltedPart{{}}, []comity.FileKey{{}}
	fuzz(f, func(b []byte) (comity.Statement, error) { return DecodeStatement(b, c.limits) },
		sure(EncodeStatement), EncodeStatement(s), EncodeStatement(erased))
}

func FuzzDecodeHeader(f *testing.F) {
	c := newCast(f)
	it, _ := c.item(f, c.header(4), c.statement(f, 1, "{}"), c.statement(f, 2, "{}"))
	fuzz(f, DecodeHeader, EncodeHeader, it.Bytes, c.receipt(f, 5).Bytes, c.control(f, 6).Bytes)
}

func FuzzDecodeItem(f *testing.F) {
	c := newCast(f)
	it, _ := c.item(f, c.header(4), c.statement(f, 1, "{}"))
	it.Sealed.Ct = it.Sealed.Ct[:8] // it is not opened here
	fuzz(f, func(b []byte) (comity.Item, error) { return DecodeItem(b, 1<<20) },
		sure(EncodeItem), EncodeItem(it), EncodeItem(c.receipt(f, 5)), EncodeItem(c.control(f, 6)))
}

func FuzzDecodeBareItem(f *testing.F) {
	c := newCast(f)
	it, _ := c.item(f, c.header(4), c.statement(f, 1, "{}"))
	it.Sealed = nil
	fuzz(f, func(b []byte) (comity.Item, error) { return DecodeBareItem(b, 1<<20) }, sure(EncodeItem), EncodeItem(it))
}

func FuzzDecodeExchange(f *testing.F) {
	c := newCast(f)
	x, err := EncodeExchange(c.exchange(f, c.receipt(f, 5), c.control(f, 6)))
	if err != nil {
		f.Fatal(err)
	}
	y, err := EncodeExchange(comity.Exchange{Head: c.exchange(f).Head, Halt: c.halt(f)})
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, func(b []byte) (comity.Exchange, error) { return DecodeExchange(b, 1<<20, 1<<20) }, EncodeExchange, x, y)
}

func FuzzDecodeSigned(f *testing.F) {
	fuzz(f, func(b []byte) (comity.Signed, error) { return DecodeSigned(b, 1<<20) },
		sure(EncodeSigned), EncodeSigned(*newCast(f).exchange(f).Resume), EncodeSigned(comity.Signed{}))
}

func FuzzDecodeHello(f *testing.F) {
	fuzz(f, DecodeHello, plain, newCast(f).exchange(f).Hello.Bytes)
}

func FuzzDecodeResume(f *testing.F) {
	fuzz(f, DecodeResume, plain, newCast(f).exchange(f).Resume.Bytes)
}

func FuzzDecodeRejection(f *testing.F) {
	fuzz(f, DecodeRejection, plain, newCast(f).exchange(f).Reject.Bytes)
}

func FuzzDecodeHalt(f *testing.F) {
	fuzz(f, DecodeHalt, plain, newCast(f).halt(f))
}

func FuzzDecodeFileReceipt(f *testing.F) {
	s, err := DecodeSigned(newCast(f).control(f, 6).Control, 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, DecodeFileReceipt, plain, s.Bytes)
}

func FuzzDecodePrekey(f *testing.F) {
	fuzz(f, DecodePrekey, plain, encode(f, comity.Prekey{V: 1, Party: "cn", Key: newCast(f).cnPrekey.Key(), NotAfter: noon}))
}

func FuzzParsePrivateKey(f *testing.F) {
	fuzz(f, ParsePrivateKey, sure((*PrivateKey).Marshal), fixedKey(f, "E1", 1).Marshal(), fixedKey(f, "F1", 1).Marshal())
}

func FuzzParsePrekey(f *testing.F) {
	fuzz(f, ParsePrekey, sure((*Prekey).Marshal), fixedPrekey(f, "E1", 1).Marshal(), fixedPrekey(f, "F1", 1).Marshal())
}

// The objects of package roster go through Decode as they are.
func FuzzDecode(f *testing.F) {
	c := newCast(f)
	type all struct {
		Page    page           `json:"page"`
		Chain   comity.Chain   `json:"chain"`
		Roster  comity.Roster  `json:"roster"`
		Profile comity.Profile `json:"profile"`
	}
	fuzz(f, func(b []byte) (all, error) {
		var v all
		err := Decode(b, 1<<20, &v)
		return v, err
	}, plain, encode(f, all{}), encode(f, all{
		Page:  page{S: "é\n\u2028\"", N: 7, L: []string{"a", ""}, T: noon, D: &noon, I: []inner{{}}, P: &inner{}},
		Chain: comity.Chain{Root: c.usRoot.Key(), Node: []comity.Key{c.usNode.Key()}, Endpoints: []string{"https://us.example"}},
		Roster: comity.Roster{Add: []comity.Officer{{Seat: "us-24-7-01", Roles: []string{"draft"}, Key: c.drafter.Key()}},
			Remove: []comity.Seat{"us-24-7-02"}},
	}))
}

// What a recipient decrypts was still written by others.
func FuzzSplitStatements(f *testing.F) {
	s := newCast(f).statement(f, 1, "{}")
	raw := EncodeStatement(s)
	n := uint64(len(raw) + 10)
	f.Add(records("T", string(raw), "Z", strings.Repeat("\x00", int(padded(n)-n))))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := splitStatements(b, []comity.Hash{s.ID})
		if err != nil {
			if got != nil {
				t.Fatalf("it is refused with %v and yet returned as %q", err, got)
			}
			return
		}
		n := uint64(len(got[0]) + 10)
		if again := records("T", string(got[0]), "Z", strings.Repeat("\x00", int(padded(n)-n))); !bytes.Equal(again, b) {
			t.Fatalf("split %q\nis %q", b, again)
		}
	})
}

func FuzzUnlock(f *testing.F) {
	b := []byte(`{"v":1,"kdf":"PBKDF2-HMAC-SHA256 AES-256-GCM","iterations":1,"salt":"PUkqhgfWhlCbf1h5tTVHq/4Es033rTjGQgkTdcQbD2A=","box":"RxrINvJbGS30p4WRB88hgEoc/361aUXUoq3cNn799sPc1g=="}`)
	if _, err := Unlock("x", b); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, c []byte) {
		if !bytes.Contains(c, []byte(`"iterations":1,`)) {
			return // or we would wait
		}
		if got, err := Unlock("x", c); err == nil && !bytes.Equal(b, c) {
			t.Fatalf("%q unlocks to %q", c, got)
		}
	})
}

func FuzzFileReader(f *testing.F) {
	ct, file, k := sealFile(f, []byte("a log"))
	f.Add(ct, file.Size)
	f.Add([]byte{}, int64(0))
	f.Add(ct, int64(1)<<52)
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		x := file
		x.Size = size
		r, err := NewFileReader(bytes.NewReader(b), x, k)
		if err != nil {
			return
		}
		if got, err := io.ReadAll(r); err == nil && (!bytes.Equal(b, ct) || string(got) != "a log") {
			t.Fatalf("%x opens as %q", b, got)
		}
	})
}

func FuzzReadRecords(f *testing.F) {
	f.Add(records("A", "one", "B", ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		rs := NewRecords(b)
		for rs.Next() {
			again = AppendRecord(again, rs.Tag, rs.Value)
		}
		if rs.Err() == nil && !bytes.Equal(again, b) {
			t.Fatalf("read %q\nis %q", b, again)
		}
		var streamed []byte
		for r := bufio.NewReader(bytes.NewReader(b)); ; {
			tag, value, err := ReadRecord(r, int64(len(b)))
			if err != nil {
				break
			}
			streamed = AppendRecord(streamed, tag, value)
		}
		if !bytes.Equal(streamed, again) {
			t.Fatalf("read %q, and from a stream %q", again, streamed)
		}
	})
}
