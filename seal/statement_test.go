package seal

import (
	"bytes"
	"reflect"
	"testing"

	"comity"
)

func TestStatementsComeBack(t *testing.T) {
	c := newCast(t)
	whole := c.statement(t, 1, `{"offence":"…"}`)
	for _, x := range []struct {
		name   string
		change func(s *comity.Statement)
	}{
		{"whole", func(s *comity.Statement) {}},
		{"with a part erased", func(s *comity.Statement) { s.Parts = []comity.SaltedPart{{}} }},
		{"with a file withheld", func(s *comity.Statement) { s.Files = []comity.FileKey{{}} }},
		{"without signatures", func(s *comity.Statement) { s.Sigs = []comity.Signature{} }},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := whole
			x.change(&s)
			b := EncodeStatement(s)
			got, err := DecodeStatement(b, c.limits)
			if err != nil || !reflect.DeepEqual(got, s) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, s)
			}
			if again := EncodeStatement(got); !bytes.Equal(again, b) {
				t.Error("it encodes to other bytes")
			}
		})
	}
}

func TestAnEmptyPartIsNotAnErasedOne(t *testing.T) {
	c := newCast(t)
	s, err := NewStatement(c.manifest(), [][]byte{{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeStatement(EncodeStatement(s), c.limits)
	if err != nil || got.Parts[0].Body == nil || len(got.Parts[0].Body) != 0 {
		t.Errorf("got %+v, %v", got.Parts, err)
	}
}

func TestNewStatementLeavesItsManifestAlone(t *testing.T) {
	m := newCast(t).manifest()
	a, err := NewStatement(m, [][]byte{[]byte("one")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewStatement(m, [][]byte{[]byte("one")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Parts[0].Size != 0 || m.Nonce != nil {
		t.Errorf("the manifest is now %+v", m)
	}
	if a.ID == b.ID || bytes.Equal(a.Parts[0].Salt, b.Parts[0].Salt) {
		t.Error("two statements are one")
	}
	if _, err := NewStatement(m, nil, nil); err == nil {
		t.Error("a part needs no body")
	}
	if _, err := NewStatement(m, [][]byte{nil}, make([]comity.FileKey, 1)); err == nil {
		t.Error("a key needs no file")
	}
}

func TestDecodeStatementRefuses(t *testing.T) {
	c := newCast(t)
	s := c.statement(t, 1, `{"offence":"…"}`)
	part := append(bytes.Clone(s.Parts[0].Salt), s.Parts[0].Body...)
	file := append(bytes.Clone(s.Files[0].Salt), s.Files[0].Key...)
	sigs := string(appendSigs(nil, s.Sigs)[5:])
	for _, x := range []struct {
		name string
		b    []byte
		code string
	}{
		{"nothing", nil, "manifest"},
		{"half a record", records("M", string(s.Bytes))[:20], "manifest"},
		{"signatures before the manifest", records("S", sigs, "M", string(s.Bytes), "P", string(part), "F", string(file)), "manifest"},
		{"a manifest with a space", records("M", " "+string(s.Bytes), "S", sigs, "P", string(part), "F", string(file)), "manifest"},
		{"a manifest of version 2", records("M", `{"v":2`+string(s.Bytes[6:]), "S", sigs, "P", string(part), "F", string(file)), "manifest"},
		{"no signature list", records("M", string(s.Bytes), "P", string(part), "F", string(file)), "manifest"},
		{"a signature list with a space", records("M", string(s.Bytes), "S", " []", "P", string(part), "F", string(file)), "manifest"},
		{"null for a signature list", records("M", string(s.Bytes), "S", "null", "P", string(part), "F", string(file)), "manifest"},
		{"a part too few", records("M", string(s.Bytes), "S", sigs, "F", string(file)), "part"},
		{"a part too many", records("M", string(s.Bytes), "S", sigs, "P", string(part), "P", string(part), "F", string(file)), "part"},
		{"a part with a byte more", records("M", string(s.Bytes), "S", sigs, "P", string(part)+" ", "F", string(file)), "part"},
		{"a part of no salt", records("M", string(s.Bytes), "S", sigs, "P", string(part[:31]), "F", string(file)), "part"},
		{"a part of another body", records("M", string(s.Bytes), "S", sigs, "P", string(part[:32])+`{"offence":"!!!"}`, "F", string(file)), "part"},
		{"an erased part that is not empty", records("M", string(s.Bytes), "S", sigs, "p", string(part), "F", string(file)), "part"},
		{"a file too few", records("M", string(s.Bytes), "S", sigs, "P", string(part)), "part"},
		{"a file's key cut short", records("M", string(s.Bytes), "S", sigs, "P", string(part), "F", string(file[1:])), "part"},
		{"something after it", records("M", string(s.Bytes), "S", sigs, "P", string(part), "F", string(file), "Z", ""), "part"},
		{"a byte after it", append(EncodeStatement(s), 0), "part"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := DecodeStatement(x.b, c.limits)
			if CodeOf(err) != x.code {
				t.Errorf("got code %q (%v), want %q", CodeOf(err), err, x.code)
			}
			if !reflect.DeepEqual(got, comity.Statement{}) {
				t.Errorf("it is refused and yet returned: %+v", got)
			}
		})
	}
	for _, lim := range []Limits{{Part: s.Manifest.Parts[0].Size - 1, File: 1 << 30}, {Part: 1 << 20, File: s.Manifest.Files[0].Size - 1}} {
		if _, err := DecodeStatement(EncodeStatement(s), lim); CodeOf(err) != "part" {
			t.Errorf("over %+v: %v", lim, err)
		}
	}
}

// records draws records from pairs of tag and value.
func records(pairs ...string) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		b = AppendRecord(b, pairs[i][0], []byte(pairs[i+1]))
	}
	return b
}

// A signature's seat is not signed: it says where to look for the key. So the
// test looks it up, as a roster does.
func TestEveryChangedByteOfAStatementIsRefused(t *testing.T) {
	c := newCast(t)
	s := c.statement(t, 1, "{}")
	roster := map[comity.Seat]comity.Key{"us-24-7-01": c.drafter.Key(), "us-24-7-02": c.releaser.Key()}
	accept := func(b []byte) bool {
		got, err := DecodeStatement(b, c.limits)
		if err != nil || len(got.Sigs) != 2 || got.Sigs[0].Seat == got.Sigs[1].Seat {
			return false
		}
		for _, sig := range got.Sigs {
			if Verify(roster[sig.Seat], "manifest", got.Bytes, sig) != nil {
				return false
			}
		}
		return true
	}
	b := EncodeStatement(s)
	if !accept(b) {
		t.Fatal("it is refused unchanged")
	}
	key := bytes.Index(b, s.Files[0].Key)
	for i := range b {
		if i >= key-32 && i < key+32 {
			continue // a file's salt and key are checked by opening it
		}
		for _, x := range []byte{1, 0x20, 0x80} {
			b[i] ^= x
			if accept(b) {
				t.Fatalf("byte %d changed by %#x is accepted", i, x)
			}
			b[i] ^= x
		}
	}
	for i := range b {
		if accept(b[:i]) {
			t.Fatalf("it is accepted when cut to %d bytes", i)
		}
	}
}
