package evidence_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/evidence"
)

func exported(t testing.TB, w *world) []byte {
	var b bytes.Buffer
	w.export(&b, "US-2026-000042")
	return b.Bytes()
}

func TestGoodCase(t *testing.T) {
	for _, suites := range [][]string{{"E1"}, {"E1", "F1"}} {
		w := story(t, suites...)
		r, err := evidence.Verify(bytes.NewReader(exported(t, w)), w.trust())
		if err != nil {
			t.Fatal(err)
		}
		want := evidence.Counts{Statements: 6, Receipted: 4, Refused: 1, Files: 1}
		if r.Counts != want {
			t.Errorf("counts are %+v, want %+v", r.Counts, want)
		}
		var kinds []comity.Kind
		for _, s := range r.Statements {
			kinds = append(kinds, s.Kind)
		}
		t.Log(kinds, r.Remarks)
		ask := r.Statements[2]
		if !ask.Files[0].Here || ask.Files[0].Receipted == nil || !ask.Parts[0].Here || len(ask.Seats) != 2 || ask.Receipted == nil {
			t.Errorf("the request is reported as %+v", ask)
		}
		if got := r.Statements[4].Refused; got != "seat" {
			t.Errorf("the extension was refused as %q, want seat", got)
		}
	}
}

// erased takes out of a case file all that it can do without.
func erased(b []byte) []byte {
	var kept casefile
	for _, r := range split(b) {
		if r.tag != 'D' && r.tag != 'd' {
			kept = append(kept, r)
		}
	}
	for i := range 6 {
		kept.statement(i, func(st *comity.Statement) {
			clear(st.Parts)
			clear(st.Files)
		})
	}
	return kept.join()
}

func TestErasedCase(t *testing.T) {
	w := story(t, "E1")
	r, err := evidence.Verify(bytes.NewReader(erased(exported(t, w))), w.trust())
	if err != nil {
		t.Fatal(err)
	}
	if r.Counts.ErasedParts != 6 || r.Counts.Receipted != 4 || r.Statements[stAsk].Files[0].Here {
		t.Errorf("it is reported as %+v", r.Counts)
	}
}

// TestRemarks wants each remark where it belongs and nowhere else.
func TestRemarks(t *testing.T) {
	tests := []struct {
		name string
		make func(w *world)
		want string
	}{
		{"all is well", func(w *world) {}, "unreceipted"},
		{"a move that its successor names is left out", func(w *world) {
			w.say(w.us, word{kind: "preserve.request", class: comity.OneSeat, seats: []comity.Seat{"us-24-7-01"}, after: &comity.After{Mine: comity.Hash{1}}})
		}, "unreceipted unreceipted gap"},
		{"the receipt's clock is behind", func(w *world) {
			w.now = w.now.Add(-time.Hour)
			w.receipt(w.cn)
		}, "skew"},
		{"a clock goes back between two items", func(w *world) {
			w.now = w.now.Add(-time.Hour)
			w.say(w.us, word{kind: "preserve.note", class: comity.OneSeat, seats: []comity.Seat{"us-24-7-01"}})
		}, "unreceipted unreceipted skew"},
		{"two minutes are no remark", func(w *world) {
			w.now = w.now.Add(-2 * time.Minute)
			w.receipt(w.cn)
		}, ""},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			w := newWorld(t, "E1")
			w.say(w.us, word{kind: "preserve.request", class: comity.OneSeat, seats: []comity.Seat{"us-24-7-01"}})
			x.make(w)
			r, err := evidence.Verify(bytes.NewReader(exported(t, w)), w.trust())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range r.Remarks {
				got = append(got, m.Code)
			}
			if strings.Join(got, " ") != x.want {
				t.Errorf("remarks are %v, want %q", r.Remarks, x.want)
			}
		})
	}
}

// FuzzVerify holds Verify to its promise: whatever byte of a good file is
// changed, and however the end record is mended, it is not taken for good with
// what it proves changed.
func FuzzVerify(f *testing.F) {
	w := story(f, "E1")
	good, trust := exported(f, w), w.trust()
	f.Add(good, 0, byte(1))
	for i := 0; i < len(good); i += 97 {
		f.Add([]byte{}, i, byte(1)<<(i%8))
	}
	f.Fuzz(func(t *testing.T, b []byte, at int, x byte) {
		evidence.Verify(bytes.NewReader(b), trust)
		if at < 0 || at >= len(good) || x == 0 {
			return
		}
		b = bytes.Clone(good)
		b[at] ^= x
		if _, err := evidence.Verify(bytes.NewReader(b), trust); code(err) == "" {
			t.Fatalf("with byte %d changed by %x, Verify says %v", at, x, err)
		}
	})
}

// TestEveryByte flips a bit of every few bytes and mends the end record. What
// may pass is what nobody signed: the head's time, and a file's key.
func TestEveryByte(t *testing.T) {
	w := newWorld(t, "E1")
	w.say(w.us, word{kind: "preserve.request", body: "{}", class: comity.OneSeat, seats: []comity.Seat{"us-24-7-01"}, file: "x"})
	w.receipt(w.cn)
	good, trust := split(exported(t, w)), w.trust()
	for i, r := range good {
		unsigned := len(r.value)
		switch r.tag {
		case 'c':
			unsigned = bytes.Index(r.value, []byte(`"time"`))
		case 'T':
			unsigned -= 32
		}
		for j := i % 7; j < unsigned; j += 7 {
			r.value[j] ^= 1
			_, err := evidence.Verify(bytes.NewReader(good.join()), trust)
			r.value[j] ^= 1
			if code(err) == "" {
				t.Errorf("record %d (%c): byte %d can change: %v", i, r.tag, j, err)
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, "E1")
	for range 10_000 / 4 {
		for _, s := range []*side{w.us, w.cn} {
			say := word{kind: "preserve.note", body: strings.Repeat("x", 500), class: comity.Dual,
				seats: []comity.Seat{comity.Seat(s.party + "-24-7-01"), comity.Seat(s.party + "-24-7-02")}}
			w.say(s, say, say)
			w.receipt(w.peer(s))
		}
	}
	file, trust := exported(b, w), w.trust()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		r, err := evidence.Verify(bytes.NewReader(file), trust)
		if err != nil || r.Counts.Receipted != 10_000 {
			b.Fatal(r.Counts, err)
		}
	}
	b.ReportMetric(10_000, "statements")
}

func code(err error) string {
	if f, ok := errors.AsType[*evidence.Fault](err); ok {
		return f.Code
	}
	return ""
}
