package clock_test

import (
	"math"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"comity/clock"
)

func at(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestMeasure(t *testing.T) {
	h := time.Hour
	for _, tt := range []struct {
		name    string
		c       clock.Clock
		now     string
		gross   time.Duration
		net     time.Duration
		due     string
		overdue bool
		how     string
	}{
		{"a clock that has not started shows nothing and says why",
			clock.Clock{Limit: clock.Limit{Within: h}, BeforeStart: "no receipt; 47 min since dispatch"},
			"2026-11-22 04:00", 0, 0, "", false, "no receipt; 47 min since dispatch"},
		{"a running clock counts until now",
			clock.Clock{Name: "answered", Started: at("2026-11-22 03:00"), StartedBy: "receipt", Limit: clock.Limit{Within: 48 * h, Source: "[proposal]"}},
			"2026-11-22 06:10", 3*h + 10*time.Minute, 3*h + 10*time.Minute, "2026-11-24 03:00", false,
			"from 2026-11-22 03:00:00 (receipt) until now: 3 h 10 min; limit 2 d of elapsed time [proposal]; due 2026-11-24 03:00:00 UTC"},
		{"a pause moves the due time and leaves gross time alone",
			clock.Clock{Name: "answered", Started: at("2026-11-22 03:00"), Stopped: at("2026-11-22 07:30"), Limit: clock.Limit{Within: 4 * h},
				Pauses: []clock.Pause{{From: at("2026-11-22 04:00"), To: at("2026-11-22 05:00"), Why: "question"}}},
			"2026-11-23 00:00", 4*h + 30*time.Minute, 3*h + 30*time.Minute, "2026-11-22 08:00", false,
			"less 1 h (question) = 3 h 30 min net"},
		{"a pause does not help where the limit runs on",
			clock.Clock{Name: "answered", Started: at("2026-11-22 03:00"), Stopped: at("2026-11-22 07:30"), Limit: clock.Limit{Within: 4 * h, Unpaused: true},
				Pauses: []clock.Pause{{From: at("2026-11-22 04:00"), To: at("2026-11-22 05:00"), Why: "question"}}},
			"2026-11-23 00:00", 4*h + 30*time.Minute, 4*h + 30*time.Minute, "2026-11-22 07:00", true,
			"questions took 1 h (question), which do not pause this clock"},
		{"an open pause keeps a clock from running out",
			clock.Clock{Name: "answered", Started: at("2026-11-22 03:00"), Limit: clock.Limit{Within: 2 * h},
				Pauses: []clock.Pause{{From: at("2026-11-22 04:00"), Why: "question"}}},
			"2026-12-22 04:00", 30*24*h + h, h, "2026-12-22 05:00", false, "if the pause ended now"},
		{"an extension replaces the due time if it is later",
			clock.Clock{Name: "answered", Started: at("2026-11-22 03:00"), Limit: clock.Limit{Within: 2 * h}, Extensions: []clock.Extension{{By: clock.Asked, Until: at("2026-11-23 00:00"), At: at("2026-11-22 04:00")}},
				Pauses: []clock.Pause{{From: at("2026-11-22 03:30"), To: at("2026-11-22 05:00"), Why: "question"}}},
			"2026-11-22 06:00", 3 * h, h + 30*time.Minute, "2026-11-23 01:00", false, "extended by the asked side to 2026-11-23 00:00:00"},
		{"clocks that differ do not make time run backwards",
			clock.Clock{Name: "receipted", Started: at("2026-11-22 03:00"), Stopped: at("2026-11-22 02:59")},
			"2026-11-22 04:00", 0, 0, "", false, ": 0 s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := clock.Measure(tt.c, at(tt.now))
			if s.Gross != tt.gross || s.Net != tt.net || !s.Due.Equal(at(tt.due)) || s.Overdue != tt.overdue {
				t.Errorf("got gross %v net %v due %v overdue %t", s.Gross, s.Net, s.Due, s.Overdue)
			}
			if !strings.Contains(s.How, tt.how) {
				t.Errorf("got  %s\nwant %s", s.How, tt.how)
			}
		})
	}
}

func TestFormatTimesNamesBothCapitals(t *testing.T) {
	w, err := clock.ParseZone("America/New_York", "Washington")
	if err != nil {
		t.Fatal(err)
	}
	b, err := clock.ParseZone("Asia/Shanghai", "Beijing")
	if err != nil {
		t.Fatal(err)
	}
	got := clock.FormatTimes(at("2026-11-01 05:59"), []clock.Zone{w, b})
	want := "2026-11-01 05:59:00 UTC | 2026-11-01 01:59:00 -0400 Washington | 2026-11-01 13:59:00 +0800 Beijing"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// An hour later Washington's wall shows the same time again; the offset tells them apart.
	if got := clock.FormatTimes(at("2026-11-01 06:59"), []clock.Zone{w}); !strings.Contains(got, "01:59:00 -0500 Washington") {
		t.Errorf("got %s", got)
	}
	for _, bad := range []string{"", "Local", "Mars/Olympus"} {
		if _, err := clock.ParseZone(bad, "x"); err == nil {
			t.Errorf("ParseZone(%q) gave no error", bad)
		}
	}
}

func TestSay(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 45 * time.Second: "45 s", 3*time.Hour + 10*time.Minute + 5*time.Second: "3 h 10 min",
		24 * time.Hour: "1 d", 24*time.Hour + 5*time.Minute: "1 d", -90 * time.Second: "-1 min 30 s",
		math.MaxInt64: "106751 d 23 h", math.MinInt64: "-106751 d 23 h",
	} {
		if got := clock.Say(d); got != want {
			t.Errorf("Say(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestClocksKeepTheirPromises(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"}
	// Around the changes of summer time, where local arithmetic goes wrong.
	base := []time.Time{at("2026-03-08 06:00"), at("2026-11-01 05:00"), at("2027-04-03 15:00"), at("2011-12-30 09:00")}
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(label string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Minute
		}
		load := func() *time.Location {
			l, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		start := rapid.SampledFrom(base).Draw(t, "base").Add(minutes("start", 600))
		c := clock.Clock{Started: start, Limit: clock.Limit{Within: minutes("limit", 5000) + 1, Unpaused: rapid.Bool().Draw(t, "unpaused")}}
		now := start.Add(minutes("now", 9000))
		if rapid.Bool().Draw(t, "stopped") {
			c.Stopped = start.Add(minutes("stop", 9000))
		}
		for range rapid.IntRange(0, 4).Draw(t, "pauses") {
			p := clock.Pause{From: start.Add(minutes("from", 9000) - time.Hour)}
			if rapid.Bool().Draw(t, "ended") {
				p.To = p.From.Add(minutes("for", 900))
			}
			c.Pauses = append(c.Pauses, p)
		}
		s := clock.Measure(c, now)

		if s.Net < 0 || s.Net > s.Gross {
			t.Fatalf("net %v, gross %v", s.Net, s.Gross)
		}
		if c.Limit.Unpaused && s.Net != s.Gross {
			t.Fatalf("an unpaused clock paused: net %v, gross %v", s.Net, s.Gross)
		}
		if s.Overdue != (s.Net > c.Limit.Within) {
			t.Fatalf("overdue %t with net %v of %v", s.Overdue, s.Net, c.Limit.Within)
		}
		// An extension never takes time away: it is the due time, moved by what
		// was waited after it was announced, or the due time without it.
		x := c
		until := start.Add(minutes("extended", 9000))
		x.Extensions = []clock.Extension{{By: clock.Asking, Until: until, At: start.Add(minutes("announced", 9000))}}
		e := clock.Measure(x, now)
		if e.Due.Before(s.Due) || e.Due.Before(until) || e.Due.After(s.Due) && e.Due.Sub(until) > s.Gross-s.Net {
			t.Fatalf("extended to %v, due %v; without %v", until, e.Due, s.Due)
		}
		if e.Overdue && !s.Overdue || e.Gross != s.Gross || e.Net != s.Net {
			t.Fatalf("an extension changed %+v to %+v", s, e)
		}
		if got := s.Due.Sub(start); got != c.Limit.Within+s.Gross-s.Net {
			t.Fatalf("due after %v, want the limit %v and pauses %v", got, c.Limit.Within, s.Gross-s.Net)
		}
		// The same instants seen from other places give the same sums.
		elsewhere := c
		elsewhere.Started = c.Started.In(load())
		if !c.Stopped.IsZero() {
			elsewhere.Stopped = c.Stopped.In(load())
		}
		elsewhere.Pauses = nil
		for i := len(c.Pauses) - 1; i >= 0; i-- {
			p := c.Pauses[i]
			p.From = p.From.In(load())
			if !p.To.IsZero() {
				p.To = p.To.In(load())
			}
			elsewhere.Pauses = append(elsewhere.Pauses, p)
		}
		e = clock.Measure(elsewhere, now.In(load()))
		if e.Net != s.Net || e.Gross != s.Gross || !e.Due.Equal(s.Due) || e.Overdue != s.Overdue || e.Paused != s.Paused {
			t.Fatalf("the zone changed the sum: %+v and %+v", s, e)
		}
		// A clock that has not stopped never gives net time back.
		if c.Stopped.IsZero() {
			if l := clock.Measure(c, now.Add(time.Minute)); l.Net < s.Net || l.Gross != s.Gross+time.Minute {
				t.Fatalf("a minute later: %v %v, was %v %v", l.Net, l.Gross, s.Net, s.Gross)
			}
		}
	})
}

// A node may claim any time that can be written; nothing runs over.
func TestClocksBearAbsurdTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		when := func(label string) time.Time {
			return time.Date(rapid.IntRange(2, 9999).Draw(t, label), 1, 1, 0, 0, 0, 0, time.UTC)
		}
		c := clock.Clock{Started: when("start"), Limit: clock.Limit{Within: time.Hour}, Extensions: []clock.Extension{{Until: when("extended"), At: when("announced")}}}
		if rapid.Bool().Draw(t, "stopped") {
			c.Stopped = when("stop")
		}
		for range rapid.IntRange(0, 6).Draw(t, "pauses") {
			c.Pauses = append(c.Pauses, clock.Pause{From: when("from"), To: when("to")})
		}
		s := clock.Measure(c, when("now"))
		if s.Net < 0 || s.Net > s.Gross || s.Due.Before(c.Started.Add(time.Hour)) {
			t.Fatalf("net %v of gross %v, due %v: %s", s.Net, s.Gross, s.Due, s.How)
		}
	})
}
