package review_test

import (
	"errors"
	"strings"
	"testing"

	"comity"
	"comity/review"
)

// in computes the figures of ms in the quarter that is so many after scope's.
func in(t *testing.T, ms []review.Matter, quarter int) review.Report {
	t.Helper()
	s := scope
	shift := to.Sub(from)
	for range quarter {
		s.From, s.To = s.From.Add(shift), s.To.Add(shift)
		for i := range ms {
			m := &ms[i]
			m.Sent, m.Receipted, m.Acknowledged, m.Answered = m.Sent.Add(shift), m.Receipted.Add(shift), m.Acknowledged.Add(shift), m.Answered.Add(shift)
			for c := range m.Clocks {
				m.Clocks[c].Due = m.Clocks[c].Due.Add(shift)
			}
		}
	}
	r, err := review.Compute(ms, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSummary(t *testing.T) {
	const limit, speed, quality = 0, 1, 2
	of := func(typ string, ms []review.Matter) []review.Matter {
		for i := range ms {
			ms[i].Type = typ
		}
		return ms
	}
	asked11 := func(ms []review.Matter) []review.Matter {
		for i := range ms {
			ms[i].Rounds, ms[i].Questions = 1, []string{"C11"}
		}
		return ms
	}
	join := func(a, b []review.Matter) []review.Matter { return append(a, b...) }
	for _, tt := range []struct {
		name        string
		before, now []review.Matter
		number      int
		want        string
	}{
		{"no late answers before, three late subscriber requests now",
			answers(1, 1, 1, 1, 1), join(answers(1, 1, 1, 1, 50), of("subscriber", answers(50, 50, 50))), limit,
			"4/8 (50.0%), before 5/5 (100.0%): worse than before; mostly by: late, type subscriber (3/8, before 0/5)"},
		{"fewer late ones", answers(1, 50, 50, 1, 1), answers(1, 1, 1, 1, 50), limit,
			"4/5 (80.0%), before 3/5 (60.0%): better than before; mostly by: late, type preserve (1/5, before 2/5)"},
		{"all in time, as ever", answers(1, 1, 1, 1, 1), answers(1, 1, 1, 1, 1), limit,
			"5/5 (100.0%), before 5/5 (100.0%): about the same as before"},
		{"four are too few for a trend, and are told as they are", answers(1, 1, 1, 1, 1), answers(50, 50, 50, 50), limit,
			"0/4, before 5/5 (100.0%): too few to speak of a trend; largest part: late, type preserve (4/4, before 0/5)"},
		{"four have no median", answers(1, 1, 1, 1, 1), answers(50, 50, 50, 50), speed,
			"n=4<5, before 1 h: too few to speak of a trend; largest part: Of all the time: work (2 d 2 h, before 1 h)"},
		{"slower, because of work", answers(2, 2, 2, 2, 2), answers(9, 9, 9, 9, 9), speed,
			"9 h, before 2 h: worse than before; mostly by: Of all the time: work (9 h, before 2 h)"},
		{"a minute in an hour is no news", answers(20, 20, 20, 20, 20), answers(20, 20, 20, 20, 20), speed,
			"20 h, before 20 h: about the same as before; largest part: Of all the time: work (20 h, before 20 h)"},
		{"more questions on one check", answers(1, 1, 1, 1, 1), join(answers(1, 1, 1), asked11(answers(1, 1))), quality,
			"3/5 (60.0%), before 5/5 (100.0%): worse than before; mostly by: questions on C11 (2/5, before 0/5)"},
		{"no question any more", asked11(answers(1, 1, 1, 1, 1)), answers(1, 1, 1, 1, 1), quality,
			"5/5 (100.0%), before 0/5 (0.0%): better than before; mostly by: questions on C11 (0/5, before 5/5)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := review.Summarize(in(t, tt.now, 1), in(t, tt.before, 0))
			if err != nil {
				t.Fatal(err)
			}
			side := s.Sides[0] // cn, whom us asked
			n := side.Numbers[tt.number]
			if got := n.Value + ", before " + n.Before + ": " + n.Says.EN; side.Asked != "cn" || got != tt.want {
				t.Errorf("%s: got  %s\nwant %s", side.Asked, got, tt.want)
			}
			if strings.Count(n.Says.ZH, "：") != strings.Count(n.Says.EN, "by:")+strings.Count(n.Says.EN, "part:")+strings.Count(n.Says.EN, "time:") {
				t.Errorf("the languages differ: %+v", n.Says)
			}
		})
	}
}

func TestSummarySaysWhatEachSideOwes(t *testing.T) {
	now := compute(t, []review.Matter{asked(24), asked(30), asked(24*92 - 40), asked(48, reversed)})
	s, err := review.Summarize(now, review.Report{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"3 open, 2 of them overdue; the oldest of these was receipted 91 d before the end of the period",
		"1 open, 1 of them overdue; the oldest of these was receipted 90 d before the end of the period",
	} {
		if got := s.Sides[i].Owes.EN; got != want {
			t.Errorf("%s: got %s, want %s", s.Sides[i].Asked, got, want)
		}
	}
	if s, err := review.Summarize(compute(t, nil), review.Report{}); err != nil || s.Sides[1].Owes.EN != "0 open, none overdue" {
		t.Errorf("nothing owed: %+v, %v", s.Sides[1].Owes, err)
	}
	if s.Digest != now.Digest() || s.Sides[0].Numbers[1].Trend != review.Unknown {
		t.Errorf("got %+v", s)
	}
	if _, err := review.Summarize(now, now); !errors.Is(err, comity.Invalid) {
		t.Errorf("a period before itself: %v", err)
	}
}
