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
	}{
		{"answers, each to be measured", []comity.Kind{"answer.partial"}, comity.Dual},
		{"notes, each at the wrong desk", []comity.Kind{"note", "misdirected"}, comity.Dual},
		{"notes of single seats", []comity.Kind{"note"}, comity.Sole},
	} {
		t.Run(tt.name, func(t *testing.T) {
			took := func(n int) time.Duration {
				ss := many(t, n, tt.kinds, tt.class)
				best := time.Hour
				for range 3 {
					start := time.Now()
					Measure(threadtest.History("us", ss, threadtest.Start.AddDate(0, 1, 0)), Yardstick{}, comity.Live)
					best = min(best, time.Since(start))
				}
				return best
			}
			if few, lots := took(2500), took(10_000); lots > 9*few {
				t.Errorf("2,500 statements take %v, 10,000 take %v", few, lots)
			}
		})
	}
}

// many returns a request, and n statements of the other side to it.
func many(t *testing.T, n int, kinds []comity.Kind, class comity.Class) []thread.Statement {
	s := &threadtest.Story{Capability: Assistance()}
	ss := s.Draw("us assist.request").Statements
	after := comity.After{Theirs: ss[0].ID}
	for i := range n {
		k, _ := s.Capability.Kind(kinds[i%len(kinds)])
		x := thread.Statement{
			ID: comity.Hash{'c', byte(i), byte(i >> 8)}, Kind: k.Kind, From: "cn", Pos: uint64(i), Seen: 1,
			Release: comity.Release{Class: class}, Time: threadtest.Start.Add(time.Duration(i) * time.Second),
		}
		if !k.Fact() {
			heads := after
			x.After, after.Mine = &heads, x.ID
		}
		body := threadtest.Body(k)
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
