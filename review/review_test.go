package review_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"comity"
	"comity/clock"
	"comity/review"
)

var (
	from  = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	to    = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	scope = review.Scope{Parties: [2]comity.Party{"us", "cn"}, Realm: comity.Live, From: from, To: to}
)

const hour = time.Hour

// asked returns the n-th request of us to cn, receipted n hours into the period
// and a minute after it was sent, with a limit of 48 hours; then changed.
func asked(n int, change ...func(*review.Matter)) review.Matter {
	t := from.Add(time.Duration(n) * hour)
	m := review.Matter{
		Ref: comity.Ref(fmt.Sprintf("US-2026-%06d", n)), Realm: comity.Live,
		Type: "preserve", Priority: "P1", Category: "fraud",
		Opener: "us", Other: "cn", OpenerAgency: "us-24-7", OtherAgency: "cn-net",
		Sent: t.Add(-time.Minute), Receipted: t, Outcome: review.Open, KnownToBoth: true,
	}
	for i := range m.Clocks {
		m.Clocks[i] = review.FromSpan(clock.Measure(clock.Clock{Started: t, Limit: clock.Limit{Within: 48 * hour}}, to))
	}
	for _, f := range change {
		f(&m)
	}
	return m
}

func after(m *review.Matter, d time.Duration, clock int) time.Time {
	m.Clocks[clock].Gross, m.Clocks[clock].Net = d, d
	return m.Receipted.Add(d)
}

func acknowledged(d time.Duration) func(*review.Matter) {
	return func(m *review.Matter) { m.Acknowledged = after(m, d, review.OfAcknowledgement) }
}

// answered says it was acknowledged at once and answered after d.
func answered(d time.Duration, o review.Outcome) func(*review.Matter) {
	return func(m *review.Matter) {
		m.Acknowledged = after(m, 0, review.OfAcknowledgement)
		m.FirstAnswer = after(m, d, review.OfFirstAnswer)
		m.Answered = after(m, d, review.OfAnswer)
		m.Outcome = o
	}
}

func paused(d time.Duration) func(*review.Matter) {
	return func(m *review.Matter) {
		c := &m.Clocks[review.OfAnswer]
		m.Paused, c.Net, c.Due = d, c.Gross-d, c.Due.Add(d)
		m.Rounds, m.Questions = 1, []string{"C11"}
	}
}

// reversed turns a request of us into one of cn.
func reversed(m *review.Matter) {
	m.Ref = "CN" + m.Ref[2:]
	m.Opener, m.Other = m.Other, m.Opener
	m.OpenerAgency, m.OtherAgency = m.OtherAgency, m.OpenerAgency
}

func answers(hours ...int) (ms []review.Matter) {
	for i, h := range hours {
		ms = append(ms, asked(i, answered(time.Duration(h)*hour, review.Executed)))
	}
	return ms
}

func upto(n int) (hours []int) {
	for i := range n {
		hours = append(hours, n-i)
	}
	return hours
}

func compute(t testing.TB, ms []review.Matter) review.Report {
	t.Helper()
	r, err := review.Compute(ms, scope)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// cell finds a value of the first table: both directions, us asked cn, cn asked us.
func cell(t testing.TB, r review.Report, label string, column int) string {
	t.Helper()
	for _, row := range r.Tables()[0].Rows {
		if row.Label.EN == label {
			return row.Values[column]
		}
	}
	t.Fatalf("no row %q", label)
	return ""
}

func TestFigures(t *testing.T) {
	const both = 0
	type change = func(*review.Matter)
	set := func(f change) change { return f }
	for _, tt := range []struct {
		name    string
		matters []review.Matter
		label   string
		want    string
	}{
		{"ten answers after 1 to 10 hours: the fifth is the median", answers(upto(10)...), "Time to full answer, gross: median", "5 h"},
		{"and the ninth the 90th percentile", answers(upto(10)...), "Time to full answer, gross: 90th percentile", "9 h"},
		{"of twenty it is the eighteenth", answers(upto(20)...), "Time to full answer, gross: 90th percentile", "18 h"},
		{"of eleven the tenth: ⌈9.9⌉", answers(upto(11)...), "Time to full answer, gross: 90th percentile", "10 h"},
		{"of five the median is the third, whatever the slowest did", answers(1, 2, 3, 4, 40), "Time to full answer, gross: median", "3 h"},
		{"and the 90th percentile is the slowest: ⌈4.5⌉", answers(1, 2, 3, 4, 40), "Time to full answer, gross: 90th percentile", "1 d 16 h"},
		{"four have no percentile", answers(1, 2, 3, 4), "Time to full answer, gross: median", "n=4<5"},
		{"none have nothing", nil, "Time to full answer, gross: median", "–"},
		{"five at once took no time, which is not nothing", answers(0, 0, 0, 0, 0), "Time to full answer, gross: median", "0 s"},
		{"a disputed time is in no median", append(answers(1, 2, 3, 4), asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Disputed = true }))),
			"Time to full answer, gross: median", "n=4<5"},
		{"and is counted where it is missing", []review.Matter{asked(9, set(func(m *review.Matter) { m.Disputed = true }))},
			"Requests whose times are in dispute (in no time and no limit)", "1"},
		{"nor is it judged by a limit", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Disputed = true }))},
			"Answered in full within the limit", "–"},
		{"the delivery gap is its own figure", answers(1, 1, 1, 1, 1), "Delivery gap, from sending to receipt: median", "1 min"},
		{"a delivery within its limit", []review.Matter{asked(1, set(func(m *review.Matter) { m.DeliveryLimit = time.Minute }))}, "Delivered within the limit", "1/1"},
		{"a line that was down", []review.Matter{asked(1, set(func(m *review.Matter) { m.DeliveryLimit = time.Minute - 1 }))}, "Delivered within the limit", "0/1"},
		{"and what the asker waited in all", answers(1, 1, 1, 1, 1), "Time from sending to full answer: median", "1 h 1 min"},
		{"a receipt dated before the sending is no negative time", []review.Matter{
			asked(0), asked(1), asked(2), asked(3), asked(4, set(func(m *review.Matter) { m.Sent = m.Receipted.Add(hour) })),
		}, "Delivery gap, from sending to receipt: median", "1 min"},

		{"net of pauses", []review.Matter{
			asked(0, answered(10*hour, review.Executed), paused(4*hour)), asked(1, answered(10*hour, review.Executed), paused(4*hour)),
			asked(2, answered(10*hour, review.Executed), paused(4*hour)), asked(3, answered(10*hour, review.Executed)), asked(4, answered(10*hour, review.Executed)),
		}, "Time to full answer, net of pauses: median", "6 h"},
		{"a pause may save the limit", []review.Matter{asked(0, answered(50*hour, review.Executed), paused(4*hour))}, "Answered in full within the limit", "1/1"},
		{"but not the gross one", []review.Matter{asked(0, answered(50*hour, review.Executed), paused(4*hour))},
			"Answered in full within the limit, pauses and extensions not deducted", "0/1"},
		{"an answer at the very limit is in time", []review.Matter{asked(0, answered(48*hour, review.Executed))}, "Answered in full within the limit", "1/1"},
		{"who never answers is late without an answer", append(answers(1, 1, 1, 1), asked(9)), "Answered in full within the limit", "4/5 (80.0%)"},
		{"who still has time is not judged yet", append(answers(1, 1, 1, 1, 1, 1), asked(24*92-40)), "Answered in full within the limit", "6/6 (100.0%)"},
		{"who let the limit pass until the asker gave up was late", []review.Matter{asked(0, set(func(m *review.Matter) {
			m.Ended, m.Outcome = m.Receipted.Add(100*hour), review.Withdrawn
		}))}, "Answered in full within the limit", "0/1"},
		{"who was asked and released in time was not", []review.Matter{asked(0, set(func(m *review.Matter) {
			m.Ended, m.Outcome = m.Receipted.Add(10*hour), review.Withdrawn
		}))}, "Answered in full within the limit", "–"},
		{"no limit, nothing to keep", []review.Matter{asked(0, answered(hour, review.Executed), set(func(m *review.Matter) { m.Clocks = [3]review.Took{} }))},
			"Answered in full within the limit", "–"},
		{"two thirds are rounded half up", answers(1, 1, 1, 1, 50, 50), "Answered in full within the limit", "4/6 (66.7%)"},

		{"open is what is not settled at the end", []review.Matter{asked(0), asked(1, answered(hour, review.Refused))}, "Open at the end of the period", "1"},
		{"overdue, if any clock has run out", []review.Matter{asked(24*92 - 40), asked(3)}, "of these, overdue", "1"},
		{"nor is it overdue", []review.Matter{asked(3, set(func(m *review.Matter) { m.Disputed = true }))}, "of these, overdue", "0"},
		{"acknowledged late is not overdue any more", []review.Matter{asked(24*92-40, acknowledged(hour), set(func(m *review.Matter) { m.Clocks[0].Due = m.Receipted }))}, "of these, overdue", "0"},
		{"the oldest open one came 24 hours into the period of 92 days", []review.Matter{asked(30), asked(24)}, "Oldest open request, since its receipt", "91 d"},
		{"what is answered after the period is open in it", []review.Matter{asked(24*91, answered(48*hour, review.Executed))}, "Open at the end of the period", "1"},
		{"and its answer does not count", []review.Matter{asked(24*91, answered(48*hour, review.Executed))}, "Settled in the period", "0"},
		{"what was receipted before the period is not received in it", []review.Matter{asked(-1, answered(2*hour, review.Executed))}, "Requests receipted", "0"},
		{"but settled in it", []review.Matter{asked(-1, answered(2*hour, review.Executed))}, "Settled in the period", "1"},
		{"what ended before it is not there", []review.Matter{asked(-9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Ended = m.Answered }))}, "Settled in the period", "0"},

		{"right first time is no question", append(answers(1, 1, 1), asked(9, answered(hour, review.Executed), paused(0))), "Right first time (no question was needed)", "3/4"},
		{"a precheck is no question", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Precheck = true }))},
			"Right first time (no question was needed)", "1/1"},
		{"a request withdrawn unasked says nothing of its quality", []review.Matter{asked(0, set(func(m *review.Matter) {
			m.Ended, m.Outcome = m.Receipted.Add(hour), review.Withdrawn
		}))}, "Right first time (no question was needed)", "–"},
		{"one given up after a question was not right", []review.Matter{asked(0, paused(0), set(func(m *review.Matter) {
			m.Ended, m.Outcome = m.Receipted.Add(hour), review.Withdrawn
		}))}, "Right first time (no question was needed)", "0/1"},
		{"rounds per request", append(answers(1), asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Rounds = 3 }))), "Clarification rounds per settled request", "1.5"},
		{"shares of outcomes", append(answers(1, 1, 1, 1), asked(9, answered(hour, review.Impossible))), "Impossible to execute", "1/5 (20.0%)"},
		{"an emergency refused in part", []review.Matter{asked(9, answered(hour, review.Partial), set(func(m *review.Matter) {
			m.Emergency, m.Results = true, []review.Count{{Name: "granted", N: 1}, {Name: "refused", N: 1}}
		}))}, "Emergency requests settled, refused in part", "1"},
		{"an emergency that the asked side found to be one", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Emergency, m.Found = true, "justified" }))},
			"Emergency requests settled, found justified by the asked side", "1"},
		{"one that was none", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Emergency, m.Found = true, "not_shown" }))},
			"Emergency requests settled, not accepted as emergencies", "1"},
		{"it is not counted before it is settled", []review.Matter{asked(9, set(func(m *review.Matter) { m.Emergency, m.Found = true, "not_shown" }))},
			"Emergency requests settled, not accepted as emergencies", "0"},
		{"nor is what was never an emergency", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Found = "not_shown" }))},
			"Emergency requests settled, not accepted as emergencies", "0"},
		{"feedback is facts", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) {
			m.Ended, m.Feedback = m.Answered, review.Feedback{Complete: "partly"}
		}))}, "Answer complete: partly", "1"},
		{"what it does not say is unknown", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) {
			m.Ended, m.Feedback = m.Answered, review.Feedback{Complete: "partly"}
		}))}, "Used: unknown", "1"},
		{"a hold that led to a request for the data", []review.Matter{
			asked(1, set(func(m *review.Matter) { m.Hold = review.Hold{At: to.Add(-hour), Became: "converted", Margin: hour} })),
			asked(2, set(func(m *review.Matter) { m.Hold = review.Hold{At: to.Add(-hour), Became: "lapsed"} })),
		}, "Holds followed by a request for the data", "1/2"},
		{"how near the nearest hold came to its end", holds(50, 3, 80, 70, 60), "Margin of the hold at conversion: shortest", "3 h"},
		{"conditions", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Conditions.Declined = 2 }))}, "Conditions declined", "2"},
		{"extensions", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.Extensions = 2 }))}, "Extensions", "2"},
		{"contested pauses", []review.Matter{asked(9, answered(hour, review.Executed), set(func(m *review.Matter) { m.ContestedPauses = 2 }))}, "Contested pauses", "2"},

		// Sent 1 min before its receipt, acknowledged after 2 h, asked for 3 h,
		// answered after 60 h: 48 h limit, 9 h more by extension, 46 h work.
		{"where the time went: work", []review.Matter{long()}, "Of all the time: work", "76.6%"},
		{"where the time went: paused", []review.Matter{long()}, "Of all the time: paused for a question", "5.0%"},
		{"where the time went: extension", []review.Matter{long()}, "Of all the time: beyond the limit, by extension", "15.0%"},
		{"where the time went: acknowledgement", []review.Matter{long()}, "Of all the time: waiting for acknowledgement", "3.3%"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := cell(t, compute(t, tt.matters), tt.label, both); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.label, got, tt.want)
			}
		})
	}
}

func holds(margins ...int) (ms []review.Matter) {
	for i, h := range margins {
		ms = append(ms, asked(i, func(m *review.Matter) {
			m.Hold = review.Hold{At: to.Add(-hour), Became: "converted", Margin: time.Duration(h) * hour}
		}))
	}
	return ms
}

func long() review.Matter {
	return asked(0, answered(60*hour, review.Executed), paused(3*hour), acknowledged(2*hour), func(m *review.Matter) {
		m.Extensions = 1
		m.Clocks[review.OfAnswer].Due = m.Receipted.Add(72 * hour)
	})
}

func TestGroupsAreOfBothDirectionsAndOfEach(t *testing.T) {
	r := compute(t, []review.Matter{
		asked(1), asked(2), asked(3, reversed), asked(4, func(m *review.Matter) { m.Type, m.Priority = "subscriber", "P0" }),
	})
	var got []string
	for _, g := range r.Joint.Groups {
		got = append(got, fmt.Sprintf("%s %s %s %d", g.By, g.Value, g.Opener, g.Counts[review.Received]))
	}
	want := []string{
		"agency cn-net us 3", "agency us-24-7 cn 1", "all   4", "all  cn 1", "all  us 3",
		"asking_agency cn-net cn 1", "asking_agency us-24-7 us 3",
		"category fraud  4", "category fraud cn 1", "category fraud us 3",
		"priority P0  1", "priority P0 us 1", "priority P1  3", "priority P1 cn 1", "priority P1 us 2",
		"type preserve  3", "type preserve cn 1", "type preserve us 2", "type subscriber  1", "type subscriber us 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCoverageIsStatedAndOnlyWhatBothKnowCounts(t *testing.T) {
	r := compute(t, []review.Matter{
		asked(1), asked(2), asked(3, reversed),
		asked(4, func(m *review.Matter) { m.KnownToBoth = false }),
		asked(6, func(m *review.Matter) { m.Realm = "exercise:harbour-2027" }),
		asked(7, func(m *review.Matter) { m.Other = "fr" }),
	})
	if got, want := r.Coverage.Says().EN, "3 of 4 matters known to both; 1 wait for a receipt; of 0 settled no result can be read here"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := r.Group(review.All, "", "").Counts[review.Received]; got != 3 || r.Joint.Matters != 3 {
		t.Errorf("%d receipted of %d matters, want 3 of 3", got, r.Joint.Matters)
	}
}

// What was erased, or called misdirected, leaves a settled matter without a result.
// Its times stand, so that nobody loses a late answer that way, and it is told.
func TestSettledWithoutAResult(t *testing.T) {
	ms := append(answers(1, 1, 1), asked(9), asked(10, answered(50*hour, review.Open)), asked(11, answered(hour, review.Open), paused(0)))
	for label, want := range map[string]string{
		"Settled in the period":                     "5",
		"Open at the end of the period":             "1",
		"Executed":                                  "3/5 (60.0%)",
		"Settled without a result that can be read": "2/5 (40.0%)",
		"Right first time (no question was needed)": "3/4", // the question was read, the answers were not
		"Answered in full within the limit":         "4/6 (66.7%)",
		"Of all the time: work":                     "99.8%", // of 54 h and 5 min in all
	} {
		if got := cell(t, compute(t, ms), label, 0); got != want {
			t.Errorf("%s: got %s, want %s", label, got, want)
		}
	}
	r := compute(t, ms)
	if says := r.Coverage.Says(); !strings.HasSuffix(says.EN, "; of 2 settled no result can be read here") || !strings.HasSuffix(says.ZH, "；2件已办结但我方无可读取的结果") {
		t.Errorf("got %+v", says)
	}
}

func TestScopeAndMattersAtFaultAreNamed(t *testing.T) {
	with := func(f func(*review.Scope)) review.Scope { s := scope; f(&s); return s }
	for _, tt := range []struct {
		name string
		s    review.Scope
		m    review.Matter
		want string
	}{
		{"one party", with(func(s *review.Scope) { s.Parties[1] = "us" }), asked(1), "parties"},
		{"no realm", with(func(s *review.Scope) { s.Realm = "" }), asked(1), "realm"},
		{"a period that ends before it starts", with(func(s *review.Scope) { s.To = from }), asked(1), "period"},
		{"a hold that became something else", scope, asked(1, func(m *review.Matter) { m.Hold = review.Hold{At: from, Became: "lost"} }), "hold.became"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := review.Compute([]review.Matter{tt.m}, tt.s)
			if e, ok := errors.AsType[*comity.Error](err); !ok || e.Field != tt.want {
				t.Errorf("got %v, want a fault of %s", err, tt.want)
			}
		})
	}
}

// TestTheSpellingIsFixed pins the bytes: whoever changes them breaks the
// agreement of two nodes of different versions, and must raise V.
func TestTheSpellingIsFixed(t *testing.T) {
	r := compute(t, append(answers(1, 2, 3, 4, 5), long(), asked(9, reversed)))
	if got, want := r.Digest().Short(), "b4a231563b6b"; got != want {
		t.Errorf("digest %s, want %s of\n%s", got, want, r.Bytes())
	}
	d := json.NewDecoder(bytes.NewReader(r.Bytes()))
	d.UseNumber()
	for {
		tok, err := d.Token()
		if err != nil {
			break
		}
		if n, ok := tok.(json.Number); ok && strings.ContainsAny(n.String(), ".eE-") {
			t.Errorf("%s is not a natural number", n)
		}
	}
	if bytes.Contains(r.Bytes(), []byte("US-2026")) {
		t.Error("joint figures name a matter")
	}
}

var anyMatter = rapid.Custom(func(t *rapid.T) review.Matter {
	m := asked(rapid.IntRange(-200, 24*92+100).Draw(t, "n"))
	d := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(-1000, 2000*3600*1000).Draw(t, name)) * time.Millisecond
	}
	m.Type = rapid.SampledFrom([]string{"preserve", "subscriber", ""}).Draw(t, "type")
	m.Priority = rapid.SampledFrom([]string{"P0", "P1"}).Draw(t, "priority")
	m.OtherAgency = rapid.SampledFrom([]comity.Agency{"cn-net", "cn-moj"}).Draw(t, "agency")
	if rapid.Bool().Draw(t, "acknowledged") {
		acknowledged(d("ack"))(&m)
	}
	if rapid.Bool().Draw(t, "answered") {
		answered(d("answer"), rapid.SampledFrom([]review.Outcome{review.Executed, review.Partial, review.Refused, review.Open}).Draw(t, "outcome"))(&m)
		m.Results = []review.Count{{Name: rapid.SampledFrom([]string{"preserved", "refused"}).Draw(t, "result"), N: 2}}
	}
	if rapid.Bool().Draw(t, "paused") {
		paused(d("pause"))(&m)
	}
	if rapid.Bool().Draw(t, "ended") {
		m.Ended = m.Receipted.Add(d("end"))
		if m.Outcome == review.Open {
			m.Outcome = review.Withdrawn
		}
		m.Feedback.Used = rapid.SampledFrom([]string{"", "yes", "no", "perhaps"}).Draw(t, "used")
	}
	m.Extensions = rapid.IntRange(0, 2).Draw(t, "extensions")
	m.Disputed = rapid.Bool().Draw(t, "disputed")
	if rapid.Bool().Draw(t, "reversed") {
		reversed(&m)
	}
	return m
})

func TestBothSidesComputeTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		both := rapid.SliceOfN(anyMatter, 0, 40).Draw(t, "both")
		ours, err := review.Compute(both, scope)
		if err != nil {
			t.Fatal(err)
		}
		// The other side names itself first, has another order, and has matters
		// that nobody has receipted, of a drill, and of another pair.
		theirs := rapid.Permutation(both).Draw(t, "theirs")
		for i, m := range rapid.SliceOfN(anyMatter, 0, 8).Draw(t, "alone") {
			m.KnownToBoth = i%3 != 0
			if i%3 == 1 {
				m.Realm = "exercise:harbour-2027"
			}
			if i%3 == 2 {
				m.Other = "fr"
			}
			theirs = slices.Insert(theirs, i, m)
		}
		s := scope
		s.Parties = [2]comity.Party{"cn", "us"}
		s.From, s.To = s.From.In(time.FixedZone("", 8*3600)), s.To.In(time.FixedZone("", -5*3600))
		peer, err := review.Compute(theirs, s)
		if err != nil {
			t.Fatal(err)
		}
		if ours.Digest() != peer.Digest() {
			t.Fatalf("ours  %s\ntheirs %s", ours.Bytes(), peer.Bytes())
		}
	})
}

func TestMonthsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.SliceOfN(anyMatter, 0, 40).Draw(t, "matters")
		middle := from.Add(time.Duration(rapid.IntRange(1, 91*24).Draw(t, "middle")) * hour)
		first, second := scope, scope
		first.To, second.From = middle, middle
		var sum, whole review.Counts
		for i, s := range []review.Scope{first, second, scope} {
			r, err := review.Compute(ms, s)
			if err != nil {
				t.Fatal(err)
			}
			c := r.Group(review.All, "", "").Counts
			for _, n := range []int{review.Received, review.Settled, review.Emergencies, review.Extensions, review.FeedbackGiven} {
				if i < 2 {
					sum[n] += c[n]
				} else {
					whole[n] = c[n]
				}
			}
		}
		if sum != whole {
			t.Fatalf("parts %v, whole %v", sum, whole)
		}
	})
}

func during(m review.Matter, t time.Time) bool {
	if t.Before(m.Receipted) {
		t = m.Receipted
	}
	return !t.Before(from) && t.Before(to)
}

// TestPercentilesAreThoseOfTheSortedTimes compares every group's with the plain
// way of finding them.
func TestPercentilesAreThoseOfTheSortedTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.SliceOfN(anyMatter, 0, 60).Draw(t, "matters")
		r, err := review.Compute(ms, scope)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range r.Joint.Groups {
			var took []int64
			for _, m := range ms {
				in := g.By == review.All || g.By == review.ByType && g.Value == m.Type || g.By == review.ByPriority && g.Value == m.Priority ||
					g.By == review.ByAgency && g.Value == string(m.OtherAgency) || g.By == review.ByAskerAgency && g.Value == string(m.OpenerAgency) ||
					g.By == review.ByCategory || g.By == review.ByType && g.Value == "–" && m.Type == ""
				if in && (g.Opener == "" || g.Opener == m.Opener) && !m.Disputed && !m.Answered.IsZero() && during(m, m.Answered) {
					took = append(took, max(0, m.Clocks[review.OfAnswer].Gross.Milliseconds()))
				}
			}
			slices.Sort(took)
			got := g.Times[review.AnswerGross]
			if got.N != int64(len(took)) || (got.Spread == nil) != (len(took) < review.Few) {
				t.Fatalf("%s %s %s: %+v, want %d", g.By, g.Value, g.Opener, got, len(took))
			}
			if n := len(took); n >= review.Few {
				if want := (review.Spread{Least: took[0], Median: took[(n+1)/2-1], P90: took[(9*n+9)/10-1], Most: took[n-1]}); *got.Spread != want {
					t.Fatalf("%s %s %s: %+v, want %+v", g.By, g.Value, g.Opener, *got.Spread, want)
				}
			}
		}
	})
}

func TestPartsOfTheTimeAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := review.Compute(rapid.SliceOfN(anyMatter, 0, 20).Draw(t, "matters"), scope)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range r.Joint.Groups {
			var sum int64
			whole := g.Shares[len(g.Shares)-1].Of
			for _, s := range g.Shares[len(g.Shares)-5:] {
				if s.N < 0 || s.Of != whole {
					t.Fatalf("%+v, want a part of %d", s, whole)
				}
				sum += s.N
			}
			if sum != whole {
				t.Fatalf("parts are %d of %d", sum, whole)
			}
		}
	})
}

func TestAPeersInventionsDoNotGrowTheReport(t *testing.T) {
	var ms []review.Matter
	for i := range 3000 {
		ms = append(ms, asked(i%2000, answered(hour, review.Refused), func(m *review.Matter) {
			m.Type, m.Grounds = fmt.Sprint("t", i%1000), []string{fmt.Sprint("g", i)}
		}))
	}
	r := compute(t, ms)
	if n := len(r.Joint.Groups); n > 600 {
		t.Errorf("%d groups", n)
	}
	// 255 types of 3 matters stay.
	if got, want := r.Group(review.ByType, "(other)", "us").Counts[review.Received], int64(3000-3*255); got != want {
		t.Errorf("%d of other types, want %d", got, want)
	}
	if n := len(r.Group(review.All, "", "").Grounds); n != 256 {
		t.Errorf("%d grounds, want 256", n)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(ms), func(i, j int) { ms[i], ms[j] = ms[j], ms[i] })
	if compute(t, ms).Digest() != r.Digest() {
		t.Error("which types stay depends on the order")
	}
}

func TestEveryLabelIsInBothLanguages(t *testing.T) {
	r := compute(t, append(answers(1, 2, 3), asked(1, reversed), asked(2, answered(hour, review.Refused), paused(0), func(m *review.Matter) {
		m.Grounds, m.Results = []string{"essential_interests"}, []review.Count{{Name: "refused", N: 1}}
	})))
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	tables := r.Tables()
	if len(tables) != 9 {
		t.Fatalf("%d tables, want 9", len(tables))
	}
	for i, tab := range tables {
		texts := append([]comity.Text{tab.Title}, tab.Notes...)
		for _, row := range tab.Rows {
			if len(row.Values) != len(tab.Columns) {
				t.Errorf("%s: %d values, want %d", row.Label.EN, len(row.Values), len(tab.Columns))
			}
			if i == 0 {
				texts = append(texts, row.Label)
			}
		}
		if len(tab.Rows) == 0 {
			t.Errorf("%s has no rows", tab.Title.EN)
		}
		for _, x := range texts {
			if x.EN == "" || han(x.EN) || !han(x.ZH) {
				t.Errorf("%+v is not English and Chinese", x)
			}
		}
	}
}

func TestNationalIsApartAndHoldsTheRatio(t *testing.T) {
	var ms []review.Matter
	for i := range 6 {
		ms = append(ms, asked(i, answered(hour, review.Executed)), asked(100+i, reversed, answered(hour, review.Partial)))
	}
	ms = append(ms, asked(50, reversed), asked(51, reversed), asked(52, reversed))
	n, err := review.National(ms, scope, "us")
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Reciprocity[0]; got.Ours != 9 || got.Theirs != 6 || got.Says != "1.5" {
		t.Errorf("we were asked 9 times and asked 6: got %+v", got)
	}
	n, err = review.National(ms[:4], scope, "us")
	if err != nil || n.Reciprocity[0].Says != "n=2<5" {
		t.Errorf("too few for a ratio: %+v, %v", n.Reciprocity, err)
	}
	if r := compute(t, ms); bytes.Contains(r.Bytes(), []byte("recipro")) || r.Group(review.All, "", "").Counts[review.Received] != 15 {
		t.Errorf("the joint figures hold a ratio")
	}
	if _, err := review.National(ms, scope, "fr"); !errors.Is(err, comity.Invalid) {
		t.Errorf("a stranger's view: %v", err)
	}
}

func BenchmarkCompute(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	ms := make([]review.Matter, 100_000)
	for i := range ms {
		ms[i] = asked(r.IntN(24*80), answered(time.Duration(r.Int64N(int64(200*hour))), review.Executed), acknowledged(time.Duration(r.Int64N(int64(9*hour)))), func(m *review.Matter) {
			m.Type = fmt.Sprint("type", r.IntN(12))
			m.Priority = fmt.Sprint("P", r.IntN(4))
			m.Category = fmt.Sprint("category", r.IntN(6))
			m.OtherAgency = comity.Agency(fmt.Sprint("cn-", r.IntN(4)))
			m.Results = []review.Count{{Name: "preserved", N: 2}, {Name: "no_record", N: 1}}
			if r.IntN(3) == 0 {
				m.Rounds, m.Questions = 1, []string{fmt.Sprint("C", r.IntN(40))}
			}
			if r.IntN(2) == 0 {
				reversed(m)
			}
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := review.Compute(ms, scope); err != nil {
			b.Fatal(err)
		}
	}
}
