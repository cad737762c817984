package request_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"comity"
	"comity/clock"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/review"
	"comity/thread"
)

var day0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// A line is a statement so many hours after day0; its receipt comes a minute later.
type line struct {
	hour float64
	by   comity.Party
	kind comity.Kind
	body any
}

func at(hours float64) time.Time { return day0.Add(time.Duration(hours * float64(time.Hour))) }

func opening() *guide.Request {
	return &guide.Request{Type: "preserve", Priority: "P1", Language: "en", Authority: guide.Authority{Agency: "us-24-7"}, Addressee: guide.Addressee{Agency: "cn-24-7"},
		Basis: guide.Basis{ID: guide.Default}, Supporting: guide.Supporting{Offence: guide.Offence{Category: "fraud"}},
		Order: guide.Order{Items: []guide.Item{{ID: "1", Type: "account", Value: "a", Data: "traffic"}, {ID: "2", Type: "account", Value: "b", Data: "traffic"}}}}
}

func history(t *testing.T, lines []line, edit ...func(*thread.History)) (thread.History, request.Yardstick) {
	t.Helper()
	h := thread.History{Ref: "US-2026-000042", Me: "us", Peer: "cn", Now: at(10000), Skew: 5 * time.Minute}
	said, seen := map[comity.Party]uint64{}, map[comity.Party]uint64{}
	heads := map[comity.Party]comity.Hash{}
	for i, l := range append([]line{{0, "us", request.OpensPreservation, opening()}}, lines...) {
		b, err := form.Encode(l.body)
		if err != nil {
			t.Fatal(err)
		}
		other := comity.Party("cn")
		if l.by == "cn" {
			other = "us"
		}
		seen[l.by] = said[other]
		s := thread.Statement{ID: comity.Hash{byte(i + 1)}, Kind: l.kind, From: l.by, Time: at(l.hour), Receipted: at(l.hour).Add(time.Minute), Body: b, Pos: said[l.by], Seen: seen[l.by],
			Release: comity.Release{Class: comity.Dual}, Marking: comity.Marking{TLP: "AMBER"}, Seats: []comity.Seat{comity.Seat(l.by + "-1"), comity.Seat(l.by + "-2")}}
		if l.kind != "note" && l.kind != "acknowledge" {
			s.After = &comity.After{Mine: heads[l.by], Theirs: heads[other]}
			heads[l.by] = s.ID
		}
		said[l.by]++
		h.Statements = append(h.Statements, s)
	}
	for _, e := range edit {
		e(&h)
	}
	pack, ok := guide.Shipped().Pack(guide.Default)
	if !ok {
		t.Fatal("there is no default pack")
	}
	return h, request.Yardstick{Pack: pack}
}

func held(item string, hours float64) request.Result {
	return request.Result{Item: item, Result: request.Preserved, HoldFrom: comity.At(at(1)), HoldUntil: comity.At(at(hours))}
}

func gives(rs ...request.Result) *request.Answer { return &request.Answer{Results: rs} }

// TestMeasure says what a review counts of a story.
func TestMeasure(t *testing.T) {
	const until = 2400
	answer := line{3, "cn", "answer", gives(held("1", until), held("2", until))}
	ask := &request.Ask{Questions: []request.Question{{Field: "order.items[0].from", Rule: "C11"}}}
	refuse := &request.Refuse{Ground: "essential_interests", NoFurtherReasons: true, Consultation: request.Consultation{State: "held"}}
	supplement := &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].from", Text: "UTC"}}}
	two := &request.ConditionsPropose{Conditions: []request.Condition{{ID: "c1", Kind: "costs"}, {ID: "c2", Kind: "no_onward"}}}
	type want struct {
		outcome                 review.Outcome
		first, answered, ended  float64 // hours; 0 is not
		rounds                  int
		paused                  time.Duration
		hold                    review.Hold
		conditions              review.Conditions
		grounds                 []string
		extensions, contested   int
		acknowledged            float64
		disputed, unknownToBoth bool
	}
	lapses := review.Hold{At: at(until), Became: "lapsed"}
	for _, tt := range []struct {
		name  string
		lines []line
		edit  func(*thread.History)
		want  want
	}{
		{"nothing was said yet", nil, nil, want{outcome: review.Open}},
		{"a seat has it", []line{{1, "cn", "acknowledge", &thread.Acknowledge{Statement: comity.Hash{1}}}}, nil, want{outcome: review.Open, acknowledged: 1}},
		{"a whole answer is the first answer too", []line{answer}, nil, want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3, hold: lapses}},
		{"a refusal is an answer", []line{{2, "cn", "refuse", refuse}}, nil, want{outcome: review.Refused, first: 2, answered: 2, acknowledged: 2, grounds: []string{"essential_interests"}}},
		{"one item refused makes it partial", []line{{2, "cn", "answer", gives(held("1", until), request.Result{Item: "2", Result: request.Refused, Ground: "dual_criminality"})}}, nil,
			want{outcome: review.Partial, first: 2, answered: 2, acknowledged: 2, hold: lapses, grounds: []string{"dual_criminality"}}},
		{"a partial answer comes first", []line{{2, "cn", "answer.partial", gives(held("1", until))}, answer}, nil, want{outcome: review.Executed, first: 2, answered: 3, acknowledged: 2, hold: lapses}},
		{"a withdrawal leaves the answer's time empty", []line{{2, "us", "withdraw", &request.Withdraw{Reason: "found otherwise"}}}, nil, want{outcome: review.Withdrawn, ended: 2}},
		{"a question pauses until the supplement has arrived", []line{{1, "cn", "ask", ask}, {2, "us", "supplement", supplement}, answer}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 1, rounds: 1, paused: time.Hour + time.Minute, hold: lapses}},
		{"a contested pause counts until the contest", []line{{1, "cn", "ask", ask}, {2, "us", "contest", &request.Contest{Reason: "it is in the request"}}, answer}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 1, rounds: 1, contested: 1, paused: time.Hour + time.Minute, hold: lapses}},
		{"conditions are put and accepted", []line{{1, "cn", "conditions.propose", two}, {2, "us", "conditions.accept", &request.ConditionsAccept{}}, answer}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 1, conditions: review.Conditions{Proposed: 2, Accepted: 2}, hold: lapses}},
		{"conditions are put and declined", []line{{1, "cn", "conditions.propose", two}, {2, "us", "conditions.decline", &request.ConditionsDecline{Reason: "costs"}}}, nil,
			want{outcome: review.Open, acknowledged: 1, conditions: review.Conditions{Proposed: 2, Declined: 2}}},
		{"more time is announced", []line{{1, "cn", "extend.deadline", &request.ExtendDeadline{Until: comity.At(at(100)), Reason: "a holiday"}}, answer}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 1, extensions: 1, hold: lapses}},
		{"a request for the data follows the hold", []line{answer, {4, "us", "convert", &request.Convert{Request: "US-2026-000043"}}}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3, hold: review.Hold{At: at(4), Became: "converted", Margin: (until - 4) * time.Hour}}},
		{"the hold is given back, and the matter closed", []line{answer, {4, "us", "release", &request.Release{Reason: "not needed"}}, {5, "us", "close", &request.Close{Complete: "yes", Usable: "yes", InTime: "no", Used: "unknown"}}}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3, ended: 5, hold: review.Hold{At: at(4), Became: "released"}}},
		{"a longer hold is granted, and lapses later", []line{answer, {4, "us", "extend.hold", &request.ExtendHold{Until: comity.At(at(4000)), Reason: "a court"}}, {5, "cn", "answer", gives(held("1", 4000), held("2", 4000))}}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3, hold: review.Hold{At: at(4000), Became: "lapsed"}}},
		{"a longer hold is refused: the request was executed all the same", []line{answer, {4, "us", "extend.hold", &request.ExtendHold{Until: comity.At(at(4000)), Reason: "a court"}}, {5, "cn", "refuse", refuse}}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3, hold: lapses}},
		{"a later correction changes nothing that was counted", []line{answer, {6, "cn", "answer", gives(request.Result{Item: "1", Result: request.Gone}, request.Result{Item: "2", Result: request.Gone})}}, nil,
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3}},
		{"an answer is there when its last file is", []line{answer}, func(h *thread.History) {
			h.Statements[1].Files = []thread.File{{Name: "a", Received: at(4)}, {Name: "b", Received: at(7)}}
		}, want{outcome: review.Executed, first: 7, answered: 7, acknowledged: 3, hold: lapses}},
		{"while a file is under way it is not", []line{answer}, func(h *thread.History) { h.Statements[1].Files = []thread.File{{Name: "a"}} },
			want{outcome: review.Open, acknowledged: 3, hold: lapses, unknownToBoth: true}},
		{"what nobody has receipted is not known to both", []line{answer}, func(h *thread.History) { h.Statements[1].Receipted = time.Time{} },
			want{outcome: review.Executed, first: 3, answered: 3, acknowledged: 3, hold: lapses, unknownToBoth: true}},
		{"an answer of before its own question's time is in dispute", []line{answer}, func(h *thread.History) { h.Statements[1].Time = at(-1) },
			want{outcome: review.Executed, first: -1, answered: -1, acknowledged: -1, hold: lapses, disputed: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edits := []func(*thread.History){}
			if tt.edit != nil {
				edits = append(edits, tt.edit)
			}
			h, y := history(t, tt.lines, edits...)
			f, stable := request.Measure(h, y, comity.Live)
			hours := func(x time.Time) float64 {
				if x.IsZero() {
					return 0
				}
				return x.Sub(day0).Hours()
			}
			got := want{f.Outcome, hours(f.FirstAnswer), hours(f.Answered), hours(f.Ended), f.Rounds, f.Paused, f.Hold, f.Conditions, f.Grounds,
				f.Extensions, f.ContestedPauses, hours(f.Acknowledged), f.Disputed, !f.KnownToBoth}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if stable == tt.want.unknownToBoth {
				t.Errorf("stable: %v", stable)
			}
			if back, ok := request.ParseFigure(f.Bytes()); !ok || !reflect.DeepEqual(back, f) {
				t.Errorf("it reads back as %+v\nand was %+v", back, f)
			}
			if f.Type != "preserve" || f.OpenerAgency != "us-24-7" || f.OtherAgency != "cn-24-7" || f.TLP != "AMBER" {
				t.Errorf("it is %+v", f)
			}
		})
	}
}

// What the asked side finds of an emergency it may say when it takes the request on
// and when it decides; what counts is its last word before the request is settled.
func TestMeasureWhatAnEmergencyWasFoundToBe(t *testing.T) {
	const yes, no = "justified", "not_shown"
	accept := func(hour float64, found string) line {
		return line{hour, "cn", "accept", &request.Accept{Emergency: found}}
	}
	answer := func(hour float64, found string) line {
		return line{hour, "cn", "answer", &request.Answer{Emergency: found, Results: []request.Result{{Item: "1", Result: request.Gone}, {Item: "2", Result: request.Gone}}}}
	}
	refuse := line{2, "cn", "refuse", &request.Refuse{Ground: "essential_interests", NoFurtherReasons: true, Emergency: no, Consultation: request.Consultation{State: "held"}}}
	for _, tt := range []struct {
		name  string
		lines []line
		want  string
	}{
		{"nothing is said of it", []line{accept(1, ""), answer(2, "")}, ""},
		{"an answer finds it justified", []line{answer(2, yes)}, yes},
		{"a refusal finds none", []line{refuse}, no},
		{"it is taken on as none, and the answer adds nothing", []line{accept(1, no), answer(2, "")}, no},
		{"the answer knows better", []line{accept(1, no), answer(2, yes)}, yes},
		{"a correction changes nothing that was counted", []line{answer(2, yes), answer(3, no)}, yes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, y := history(t, tt.lines)
			f, _ := request.Measure(h, y, comity.Live)
			if f.Found != tt.want {
				t.Errorf("got %q, want %q", f.Found, tt.want)
			}
			if back, ok := request.ParseFigure(f.Bytes()); !ok || back.Found != f.Found {
				t.Errorf("it reads back as %q", back.Found)
			}
		})
	}
}

// TestFigureAtAnyMoment holds the short way to the long one: what a review counts as
// of a moment, from the figure of the whole story, is what it counts when only what
// was said before that moment is there.
func TestFigureAtAnyMoment(t *testing.T) {
	question := &request.Ask{Questions: []request.Question{{Field: "order.items[0].from", Rule: "C11"}}}
	lines := []line{
		{1, "cn", "acknowledge", &thread.Acknowledge{Statement: comity.Hash{1}}},
		{2, "cn", "ask", question}, {30, "us", "supplement", &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].from", Text: "UTC"}}}},
		{40, "cn", "extend.deadline", &request.ExtendDeadline{Until: comity.At(at(120)), Reason: "a court"}},
		{100, "cn", "answer.partial", gives(held("1", 2000))}, {130, "cn", "answer", gives(held("1", 2000), held("2", 2000))},
		{200, "us", "convert", &request.Convert{Request: "US-2026-000043"}}, {300, "us", "close", &request.Close{Complete: "yes", Usable: "yes", InTime: "no", Used: "yes"}},
	}
	whole, y := history(t, lines)
	f, _ := request.Measure(whole, y, comity.Live)
	for hour := 0.5; hour < 320; hour += 0.5 {
		to := at(hour)
		then := whole
		then.Now = to
		then.Statements = slices.DeleteFunc(slices.Clone(whole.Statements), func(s thread.Statement) bool { return !s.Time.Before(to) })
		slow, _ := request.Measure(then, y, comity.Live)
		m, ok := f.At(to)
		a, errA := review.Compute([]review.Matter{m}, review.Scope{Parties: [2]comity.Party{"us", "cn"}, Realm: comity.Live, From: at(-1), To: to})
		b, errB := review.Compute([]review.Matter{slow.Matter}, review.Scope{Parties: [2]comity.Party{"us", "cn"}, Realm: comity.Live, From: at(-1), To: to})
		if !ok || errA != nil || errB != nil || string(a.Bytes()) != string(b.Bytes()) {
			t.Fatalf("at hour %g (%v, %v, %v):\nshort %s\nlong  %s", hour, ok, errA, errB, a.Bytes(), b.Bytes())
		}
	}
}

func TestALimitInWorkingDaysIsTheTimeTheyComeTo(t *testing.T) {
	h, y := history(t, []line{{1, "cn", "acknowledge", &thread.Acknowledge{Statement: comity.Hash{1}}}})
	b := opening()
	b.Priority = "P3" // acknowledged within 2 working days
	body, err := form.Encode(b)
	if err != nil {
		t.Fatal(err)
	}
	h.Statements[0].Body = body
	zone, err := clock.ParseZone("Asia/Shanghai", "Beijing")
	if err != nil {
		t.Fatal(err)
	}
	y.Calendars = map[comity.Party]clock.Calendar{"cn": {Zone: zone, First: 2026, Last: 2026}}
	f, _ := request.Measure(h, y, comity.Live)
	if c := f.Clocks[review.OfAcknowledgement]; c.Limit != c.Due.Sub(f.Receipted) || c.Limit <= 0 {
		t.Errorf("the limit is %v, due %v", c.Limit, c.Due)
	}
}

func FuzzParseFigure(f *testing.F) {
	f.Add([]byte{1})
	f.Add(request.Figure{TLP: "AMBER", Matter: review.Matter{Ref: "US-2026-000001", Questions: []string{"C11"}, Results: []review.Count{{Name: "gone", N: 2}}}}.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		x, ok := request.ParseFigure(b)
		if !ok {
			return
		}
		if y, ok := request.ParseFigure(x.Bytes()); !ok || !reflect.DeepEqual(x, y) {
			t.Errorf("%x reads as %+v and then as %+v", b, x, y)
		}
	})
}

func BenchmarkParse10000Figures(b *testing.B) {
	var list [][]byte
	for i := range 10000 {
		list = append(list, request.Figure{TLP: "AMBER", Last: at(float64(i)), Matter: review.Matter{Ref: "US-2026-000001", Realm: comity.Live, Type: "preserve", Priority: "P1", Category: "fraud",
			Opener: "us", Other: "cn", OpenerAgency: "us-24-7", OtherAgency: "cn-24-7", Sent: at(1), Receipted: at(rand.Float64()), Answered: at(9), Questions: []string{"C11"}, Results: []review.Count{{Name: "preserved", N: 1}}}}.Bytes())
	}
	for b.Loop() {
		for _, x := range list {
			if _, ok := request.ParseFigure(x); !ok {
				b.Fatal("it cannot be read")
			}
		}
	}
}
