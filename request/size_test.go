package request

import (
	"testing"
	"time"

	"comity"
	"comity/form"
	"comity/thread"
	"comity/thread/threadtest"
)

// A peer may say as much as it likes. Four times as much takes about four times as
// long to read and to measure; were it quadratic, sixteen times.
func TestAMatterOfAnySizeIsReadInTime(t *testing.T) {
	for _, tt := range []struct {
		name  string
		kinds []comity.Kind
		class comity.Class
		no    string // that they are refused
	}{
		{"answers, each to be measured", []comity.Kind{"answer.partial"}, comity.Dual, ""},
		{"notes, each at the wrong desk", []comity.Kind{"note", "misdirected"}, comity.Dual, ""},
		{"notes of single seats", []comity.Kind{"note"}, comity.Sole, ""},
		{"notes that are refused", []comity.Kind{"note"}, comity.Dual, "kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			few, lots := many(t, 2500, tt.kinds, tt.class, tt.no), many(t, 10_000, tt.kinds, tt.class, tt.no)
			var short, long time.Duration
			for range 5 { // somebody else may use the machine just then
				if short, long = measured(few), measured(lots); long < 9*short {
					return
				}
			}
			t.Errorf("2,500 statements take %v, 10,000 take %v", short, long)
		})
	}
}

// measured is how long the measure of a request takes.
func measured(ss []thread.Statement) time.Duration {
	start := time.Now()
	Measure(threadtest.History("us", ss, threadtest.Start.AddDate(0, 1, 0)), Yardstick{}, comity.Live)
	return time.Since(start)
}

// many returns a request, and n statements of the other side to it.
func many(t *testing.T, n int, kinds []comity.Kind, class comity.Class, no string) []thread.Statement {
	s := &threadtest.Story{Capability: Assistance(), Bodies: bodies(Assistance())}
	ss := s.Draw("us assist.request").Statements
	after := comity.After{Theirs: ss[0].ID}
	for i := range n {
		k, _ := s.Capability.Kind(kinds[i%len(kinds)])
		x := thread.Statement{
			ID: comity.Hash{'c', byte(i), byte(i >> 8)}, Kind: k.Kind, From: "cn", Pos: uint64(i), Seen: 1, Refused: no,
			Release: comity.Release{Class: class}, Time: threadtest.Start.Add(time.Duration(i) * time.Second),
		}
		if !k.Fact() {
			heads := after
			x.After, after.Mine = &heads, x.ID
		}
		body := s.Bodies[k.Kind]
		if m, ok := body.(*thread.Misdirected); ok {
			m.Statement = ss[len(ss)-1].ID
		}
		var err error
		if x.Body, err = form.Encode(body); err != nil {
			t.Fatal(err)
		}
		ss = append(ss, x)
	}
	return ss
}
