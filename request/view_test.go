package request

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"comity"
	"comity/clock"
	"comity/matter"
)

// A story is a matter as both sides tell it. Each line is receipted a minute
// after it was said, unless it says otherwise.
type story struct {
	t          *testing.T
	statements []Statement
	pos        map[comity.Party]uint64
	zones      []clock.Zone
}

func tell(t *testing.T) *story {
	t.Helper()
	w, err := clock.ParseZone("America/New_York", "Washington")
	if err != nil {
		t.Fatal(err)
	}
	b, err := clock.ParseZone("Asia/Shanghai", "Beijing")
	if err != nil {
		t.Fatal(err)
	}
	return &story{t: t, pos: map[comity.Party]uint64{}, zones: []clock.Zone{w, b}}
}

const ref comity.Ref = "US-2026-000042"

func (s *story) project(me comity.Party, now string) View {
	peer := comity.Party("cn")
	if me == peer {
		peer = "us"
	}
	return Project(History{Ref: ref, Me: me, Peer: peer, Statements: s.statements, Zones: s.zones, Now: moment(now).Time, Skew: 5 * time.Minute})
}

// say adds a statement that has seen all that was receipted by then.
func (s *story) say(from comity.Party, kind comity.Kind, at string, body any, with ...func(*Statement)) *Statement {
	s.t.Helper()
	b, err := Encode(body)
	if err != nil {
		s.t.Fatal(err)
	}
	now := moment(at).Time
	st := Statement{Kind: kind, From: from, Time: now, Receipted: now.Add(time.Minute), Body: b, Pos: s.pos[from],
		ID: comity.Hash{from[0], byte(s.pos[from] + 1)}, Release: comity.Release{Class: comity.Dual}, Seats: []comity.Seat{comity.Seat(from + "-1"), comity.Seat(from + "-2")}}
	for _, o := range s.statements {
		if o.From != from && !o.Receipted.IsZero() && !o.Receipted.After(now) {
			st.Seen = max(st.Seen, o.Pos+1)
		}
	}
	if k, _ := Find(kind); !k.Fact() {
		after := s.heads(from, st.Seen)
		st.After = &after
	}
	for _, w := range with {
		w(&st)
	}
	s.pos[from]++
	s.statements = append(s.statements, st)
	return &s.statements[len(s.statements)-1]
}

func (s *story) heads(from comity.Party, seen uint64) (a comity.After) {
	for _, o := range s.statements {
		if k, _ := Find(o.Kind); k.Fact() || o.Refused != "" {
			continue
		}
		if o.From == from {
			a.Mine = o.ID
		} else if o.Pos < seen {
			a.Theirs = o.ID
		}
	}
	return a
}

func unreceipted(s *Statement) { s.Receipted = time.Time{} }

func alone(seat comity.Seat, due string) func(*Statement) {
	return func(s *Statement) {
		d := moment(due)
		s.Seats, s.Release = []comity.Seat{seat}, comity.Release{Class: comity.Sole, Reason: "night", Due: &d}
	}
}

func bySeat(seat comity.Seat) func(*Statement) {
	return func(s *Statement) { s.Seats, s.Release = []comity.Seat{seat}, comity.Release{Class: comity.OneSeat} }
}

func held(item, from, until string) Result {
	return Result{Item: item, Result: Preserved, HoldFrom: moment(from), HoldUntil: moment(until), Reference: "T-" + item, Use: "evidence"}
}

func TestAGoodDayReadsAsSentences(t *testing.T) {
	s := tell(t)
	check := func(now, state, want string) View {
		t.Helper()
		v := s.project("us", now)
		if v.State != state || v.Says != want {
			t.Errorf("at %s\ngot  %s: %s\nwant %s: %s", now, v.State, v.Says, state, want)
		}
		theirs := s.project("cn", now)
		if theirs.Says != v.Says || !reflect.DeepEqual(theirs.Clocks, v.Clocks) || !reflect.DeepEqual(theirs.Items, v.Items) || theirs.State != v.State {
			t.Errorf("at %s the two nodes see it differently", now)
		}
		return v
	}
	times := func(utc, washington, beijing string) string {
		return fmt.Sprintf("%s UTC | %s -0500 Washington | %s +0800 Beijing", utc, washington, beijing)
	}
	check("2026-11-22 03:00", "new", "nothing has been asked")

	ask := s.say("us", Opens, "2026-11-22 03:00", asked("P1"), unreceipted)
	check("2026-11-22 03:47", "requested", "cn's node has not receipted the request, sent 47 min ago; what cn owes is not measured yet")
	ask.Receipted = moment("2026-11-22 04:00").Time

	check("2026-11-22 04:10", "requested", "cn owes us an acknowledgement by "+times("2026-11-22 06:00:00", "2026-11-22 01:00:00", "2026-11-22 14:00:00")+
		", in 1 h 50 min, and an answer by "+times("2026-11-24 04:00:00", "2026-11-23 23:00:00", "2026-11-24 12:00:00"))
	s.say("cn", "acknowledge", "2026-11-22 04:20", &Acknowledge{Statement: ask.ID, Reference: "B-12"}, bySeat("cn-1"))
	check("2026-11-22 05:00", "requested", "cn owes us an answer by "+times("2026-11-24 04:00:00", "2026-11-23 23:00:00", "2026-11-24 12:00:00")+", in 1 d 23 h")

	s.say("cn", "ask", "2026-11-22 06:00", &Ask{Questions: []Question{{Field: "items[0].from", Rule: "C11"}}})
	v := check("2026-11-22 06:31", "requested.asked", "us owes cn an answer to its question by "+times("2026-11-23 06:01:00", "2026-11-23 01:01:00", "2026-11-23 14:01:00")+
		", in 23 h 30 min; the clock of the answer is paused")
	if v.Question == nil || v.Question.Questions[0].Rule != "C11" || !v.Clocks[2].Paused {
		t.Errorf("the question is %+v", v.Question)
	}
	fixed := asked("P1").Items[0]
	fixed.From = "2026-11-22T05:52:09Z"
	s.say("us", "supplement", "2026-11-22 08:00", &Supplement{Replies: []Reply{{Field: "items[0].from", Text: "It was local time."}}, Items: asked("P1").Items[:0:0]},
		func(st *Statement) {
			st.Body, _ = Encode(&Supplement{Items: append(asked("P1").Items[:0:0], fixed)})
		})
	v = check("2026-11-22 09:00", "requested", "cn owes us an answer by "+times("2026-11-24 06:01:00", "2026-11-24 01:01:00", "2026-11-24 14:01:00")+", in 1 d 21 h")
	if v.Question != nil || v.Items[0].From != fixed.From || !strings.Contains(v.Items[0].Was, "2026-11-22T00:52:09Z") {
		t.Errorf("the correction is %+v", v.Items[0])
	}

	s.say("cn", "accept", "2026-11-22 10:00", &Accept{Reference: "B-12", Conditions: []Condition{{ID: "c1", Text: "No onward transfer."}}})
	s.say("cn", "answer.partial", "2026-11-22 12:00", &Answer{Results: []Result{held("1", "2026-11-22 11:00", "2027-01-22 11:00")}})
	v = check("2026-11-24 08:01", "accepted", "cn has owed us the rest of the answer since "+times("2026-11-24 06:01:00", "2026-11-24 01:01:00", "2026-11-24 14:01:00")+", for 2 h")
	if !v.Overdue || v.Items[0].Result != Preserved || v.Items[1].Result != "open" || v.Conditions[0].ID != "c1" {
		t.Errorf("got %+v", v.Items)
	}

	s.say("cn", "answer", "2026-11-24 09:00", &Answer{Results: []Result{{Item: "2", Result: NoRecord}}})
	v = check("2026-11-24 09:02", "answered", "cn has answered; the first hold ends "+times("2027-01-22 11:00:00", "2027-01-22 06:00:00", "2027-01-22 19:00:00"))
	if c := v.Clocks[2]; c.Gross != 53*time.Hour || c.Net != 50*time.Hour+59*time.Minute || !c.Overdue {
		t.Errorf("gross %v, net %v: %s", c.Gross, c.Net, c.How)
	}
	if want := "from 2026-11-22 04:00:00 (receipt) to 2026-11-24 09:00:00 (answer): 2 d 5 h, less 2 h 1 min (question) = 2 d 2 h net; limit 2 d of elapsed time [proposal]; due 2026-11-24 06:01:00 UTC"; v.Clocks[2].How != want {
		t.Errorf("got  %s\nwant %s", v.Clocks[2].How, want)
	}
	if c := v.Clocks[0]; c.Gross != time.Hour {
		t.Errorf("delivery took %v", c.Gross)
	}
	if v.TheirRef != "B-12" || v.Reference != "FILE-7" {
		t.Errorf("references %q and %q", v.Reference, v.TheirRef)
	}

	s.say("us", "extend.hold", "2027-01-10 09:00", &ExtendHold{Until: moment("2027-03-22 11:00"), Reason: "r"})
	check("2027-01-10 10:00", "extending", "cn owes us a word on the longer hold; the first hold ends "+times("2027-01-22 11:00:00", "2027-01-22 06:00:00", "2027-01-22 19:00:00"))
	s.say("cn", "answer", "2027-01-11 09:00", &Answer{Results: []Result{held("1", "2026-11-22 11:00", "2027-03-22 11:00")}})
	v = s.project("us", "2027-04-01 00:00")
	if !v.Items[0].Lapsed || !v.HoldUntil.Equal(moment("2027-03-22 11:00").Time) {
		t.Errorf("the hold is %+v", v.Items[0])
	}
	s.say("us", "release", "2027-03-01 09:00", &Release{Reason: "r"})
	check("2027-03-01 10:00", "released", "us has given the hold back")
	s.say("us", "close", "2027-03-02 09:00", &Close{"yes", "yes", "no", "yes", ""})
	v = check("2027-03-02 10:00", "closed", "us has closed the matter")
	for _, n := range v.Next {
		if n.Allowed && n.Kind != "acknowledge" && n.Kind != "note" {
			t.Errorf("%s is allowed in a closed matter", n.Kind)
		}
	}
	if len(v.Remarks) != 0 {
		t.Errorf("remarks: %q", v.Remarks)
	}
	for _, r := range v.Timeline {
		if r.Disputed || !r.Settled || r.Effect != matter.Applied && r.Effect != matter.Fact {
			t.Errorf("timeline: %+v", r)
		}
	}
	if _, err := json.Marshal(v); err != nil {
		t.Error(err)
	}
}

func TestWhatStopsAndPausesTheClocks(t *testing.T) {
	for _, tt := range []struct {
		name string
		tell func(*story)
		now  string
		i    int // of the clock
		want string
	}{
		{"a question does not pause a P0", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P0"))
			s.say("cn", "ask", "2026-11-22 04:00", bodies()["ask"])
			s.say("us", "supplement", "2026-11-22 05:00", bodies()["supplement"])
		}, "2026-11-22 06:01", 2, "until now: 3 h; questions took 1 h 1 min (question), which do not pause this clock; limit 8 h"},
		{"a second question while the first is open pauses nothing twice", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "ask", "2026-11-22 04:00", bodies()["ask"])
			s.say("cn", "ask", "2026-11-22 04:30", bodies()["ask"])
			s.say("us", "supplement", "2026-11-22 05:00", bodies()["supplement"])
		}, "2026-11-22 06:01", 2, "3 h, less 1 h 1 min (question) = 1 h 59 min net"},
		{"a supplement that has not arrived ends no pause", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "ask", "2026-11-22 04:01", bodies()["ask"])
			s.say("us", "supplement", "2026-11-22 05:00", bodies()["supplement"], unreceipted)
		}, "2026-11-22 06:01", 2, "3 h, less 2 h (question) = 1 h net"},
		{"who asks has it, though no seat acknowledged", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "ask", "2026-11-22 04:01", bodies()["ask"])
		}, "2026-11-22 06:01", 1, "to 2026-11-22 04:01:00 (ask): 1 h"},
		{"an extension moves the due time", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "extend.deadline", "2026-11-22 04:01", bodies()["extend.deadline"])
		}, "2026-11-22 06:01", 2, "limit 2 d of elapsed time, extended by the asked side to 2026-11-25 06:00:00 [proposal]; due 2026-11-25 06:00:00 UTC"},
		{"an answer has come when its files have", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "answer", "2026-11-22 05:01", bodies()["answer"], func(st *Statement) {
				st.Files = []File{{Name: "list.csv", Size: 9, Received: moment("2026-11-22 07:01").Time}}
			})
		}, "2026-11-22 09:00", 2, "to 2026-11-22 07:01:00 (last file of answer): 4 h"},
		{"until then it has not", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "answer", "2026-11-22 05:01", bodies()["answer"], func(st *Statement) { st.Files = []File{{Name: "list.csv", Size: 9}} })
		}, "2026-11-22 09:01", 2, "until now: 6 h"},
		{"a withdrawal stops the clock for good", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("us", "withdraw", "2026-11-22 05:01", bodies()["withdraw"])
		}, "2026-11-22 09:00", 2, "to 2026-11-22 05:01:00 (withdrawn): 2 h"},
		{"a file that never comes does not run the clock of a matter given back", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "answer", "2026-11-22 05:01", bodies()["answer"], func(st *Statement) { st.Files = []File{{Name: "list.csv", Size: 9}} })
			s.say("us", "release", "2026-11-22 06:01", bodies()["release"])
			s.say("us", "close", "2026-11-22 07:01", bodies()["close"])
		}, "2027-11-22 09:01", 2, "to 2026-11-22 06:01:00 (released): 3 h"},
		{"nor of one that is closed", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "answer", "2026-11-22 05:01", bodies()["answer"], func(st *Statement) { st.Files = []File{{Name: "list.csv", Size: 9}} })
			s.say("us", "close", "2026-11-22 07:01", bodies()["close"])
		}, "2027-11-22 09:01", 2, "to 2026-11-22 07:01:00 (closed): 4 h"},
		{"no receipt, no clock", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"), unreceipted)
		}, "2026-11-22 03:47", 2, "not started: no receipt; 47 min since dispatch"},
		{"but the delivery is measured", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"), unreceipted)
		}, "2026-11-22 03:47", 0, "from 2026-11-22 03:00:00 (sent) until now: 47 min; limit 1 h"},
		{"a note is no acknowledgement", func(s *story) {
			s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
			s.say("cn", "note", "2026-11-22 03:30", bodies()["note"])
		}, "2026-11-22 04:01", 1, "until now: 1 h"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tell(t)
			tt.tell(s)
			if got := s.project("us", tt.now).Clocks[tt.i].How; !strings.Contains(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestASoleReleaseWaitsForAnotherSeat(t *testing.T) {
	s := tell(t)
	ask := s.say("us", Opens, "2026-11-22 03:00", asked("P0"), alone("us-1", "2026-11-22 15:00"))
	id := ask.ID
	look := func(now string) Sole {
		t.Helper()
		v := s.project("us", now)
		if len(v.Sole) != 1 {
			t.Fatalf("got %+v", v.Sole)
		}
		return v.Sole[0]
	}
	unsigned := func(by comity.Party) time.Time { return s.project("us", "2026-11-22 14:00").Unsigned(by) }
	if due := unsigned("us"); due != moment("2026-11-22 15:00").Time || !unsigned("cn").IsZero() {
		t.Errorf("us must countersign by %v, cn by %v", due, unsigned("cn"))
	}
	if o := look("2026-11-22 14:00"); o.Outcome != "" || o.Overdue {
		t.Errorf("before it is due: %+v", o)
	}
	if o := look("2026-11-22 15:01"); !o.Overdue {
		t.Errorf("after: %+v", o)
	}
	s.say("us", "countersign", "2026-11-22 08:00", &Countersign{Statement: id, Outcome: "upheld"}, bySeat("us-1"))
	if o := look("2026-11-22 15:01"); o.Outcome != "" {
		t.Error("a seat has countersigned itself")
	}
	s.say("cn", "countersign", "2026-11-22 08:10", &Countersign{Statement: id, Outcome: "upheld"}, bySeat("cn-1"))
	if o := look("2026-11-22 15:01"); o.Outcome != "" {
		t.Error("the other side has countersigned for us")
	}
	s.say("us", "countersign", "2026-11-22 08:40", &Countersign{Statement: id, Outcome: "upheld"}, bySeat("us-2"))
	if o := look("2026-11-23 15:01"); o.Outcome != "upheld" || o.Overdue {
		t.Errorf("got %+v", o)
	}
	if !unsigned("us").IsZero() {
		t.Error("it waits for another seat still")
	}
}

func TestTheViewShowsWhatWentWrong(t *testing.T) {
	s := tell(t)
	s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
	s.say("cn", "answer", "2026-11-22 05:00", &Answer{Results: []Result{held("1", "2026-11-22 05:00", "2026-12-22 05:00"), {Item: "9", Result: Gone}}})
	s.say("us", "withdraw", "2026-11-22 05:00", bodies()["withdraw"]) // crosses the answer
	s.say("us", "note", "2026-11-22 06:00", bodies()["note"], func(st *Statement) { st.Refused = "part" })
	s.say("us", "note", "2026-11-22 05:30", bodies()["note"], func(st *Statement) { st.Body, st.Receipted = nil, time.Time{} })
	v := s.project("us", "2026-11-22 07:00")
	var got []string
	for _, r := range v.Timeline {
		got = append(got, fmt.Sprintf("%s %s%s by %s settled %t disputed %t erased %t", r.Kind, r.Effect, r.Refused, r.By.Short(), r.Settled, r.Disputed, r.Erased))
	}
	want := []string{
		"preserve.request applied by - settled true disputed false erased false",
		"answer applied by - settled true disputed false erased false",
		"withdraw crossed by 630100000000 settled true disputed false erased false",
		"note part by - settled true disputed false erased false",
		"note fact by - settled false disputed true erased true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	remarks := strings.Join(v.Remarks, "\n")
	for _, want := range []string{"body has been erased", "names item 9", "item 1: the hold is shorter than 60 d, Budapest Convention, art. 29(7) [treaty, borrowed]"} {
		if !strings.Contains(remarks, want) {
			t.Errorf("no remark %q in\n%s", want, remarks)
		}
	}
	if v.Heads.Mine != (comity.Hash{'u', 2}) || v.Heads.Theirs != (comity.Hash{'c', 1}) {
		t.Errorf("heads %+v", v.Heads)
	}
}

func TestAnAnswerThatCouldNotSeeTheCorrectionIsRemarked(t *testing.T) {
	s := tell(t)
	s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
	s.say("us", "supplement", "2026-11-22 05:00", bodies()["supplement"])
	s.say("cn", "answer", "2026-11-22 05:00", &Answer{Results: []Result{{Item: "1", Result: NoRecord}}})
	v := s.project("us", "2026-11-22 07:00")
	if v.State != "answered" || len(v.Remarks) != 1 || !strings.Contains(v.Remarks[0], "before it could have seen supplement") {
		t.Errorf("%s, %q", v.State, v.Remarks)
	}
}

func TestAResultOfBeforeTheCorrectionIsRemarked(t *testing.T) {
	s := tell(t)
	s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
	s.say("cn", "answer.partial", "2026-11-22 05:00", &Answer{Results: []Result{{Item: "1", Result: NoRecord}}})
	s.say("cn", "ask", "2026-11-22 06:00", bodies()["ask"])
	s.say("us", "supplement", "2026-11-22 07:00", bodies()["supplement"]) // corrects item 1
	if v := s.project("us", "2026-11-22 08:00"); len(v.Remarks) != 1 || !strings.Contains(v.Remarks[0], "item 1: the result is of before supplement 750200000000 corrected it") {
		t.Errorf("remarks %q", v.Remarks)
	}
	s.say("cn", "answer", "2026-11-22 09:00", &Answer{Results: []Result{held("1", "2026-11-22 09:00", "2027-01-22 09:00"), {Item: "2", Result: Gone}}})
	if v := s.project("us", "2026-11-22 10:00"); len(v.Remarks) != 0 {
		t.Errorf("answered anew, remarks %q", v.Remarks)
	}
}

func TestNextSaysWhyNot(t *testing.T) {
	s := tell(t)
	s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
	for _, tt := range []struct {
		me   comity.Party
		kind comity.Kind
		want string
	}{
		{"us", "withdraw", ""},
		{"us", "answer", "only cn may"},
		{"us", "close", "the matter is requested; this can be done while it is answered or refused or released or withdrawn"},
		{"us", Opens, "it opens a matter, and this one is open"},
		{"us", "acknowledge", "the other side has said nothing yet"},
		{"us", "countersign", "no sole release of ours waits for another seat"},
		{"cn", "answer", ""},
		{"cn", "acknowledge", ""},
		{"cn", "withdraw", "only us may"},
	} {
		for _, n := range s.project(tt.me, "2026-11-22 04:00").Next {
			if n.Kind == tt.kind && (n.Why != tt.want || n.Allowed != (tt.want == "")) {
				t.Errorf("%s %s: got %t %q, want %q", tt.me, tt.kind, n.Allowed, n.Why, tt.want)
			}
		}
	}
}

// Random matters: the view is the same whatever arrives first, and never panics
// on what is missing, erased or refused.
func TestProjectIsSteady(t *testing.T) {
	kinds, good := Kinds(), bodies()
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(7, seed))
		s := tell(t)
		for i := range 3 + rnd.IntN(12) {
			from := []comity.Party{"us", "cn"}[rnd.IntN(2)]
			k := kinds[rnd.IntN(len(kinds))].Kind
			v := s.project(from, "2026-11-22 00:00")
			if may := slices.DeleteFunc(v.Next, func(n Next) bool { return !n.Allowed }); rnd.IntN(4) > 0 {
				k = may[rnd.IntN(len(may))].Kind
			}
			s.say(from, k, fmt.Sprintf("2026-11-22 %02d:%02d", i, rnd.IntN(60)), good[k], func(st *Statement) {
				switch rnd.IntN(12) {
				case 0:
					st.Body = nil
				case 1:
					st.Body = []byte("{}")
				case 2:
					st.Refused = "part"
				case 3:
					st.Receipted = time.Time{}
				}
			})
		}
		want := s.project("us", "2026-11-23 00:00")
		if want.Says == "" || len(want.Timeline) != len(s.statements) || len(want.Clocks) != 3 {
			t.Fatalf("seed %d: %q", seed, want.Says)
		}
		rnd.Shuffle(len(s.statements), func(i, j int) { s.statements[i], s.statements[j] = s.statements[j], s.statements[i] })
		got := s.project("us", "2026-11-23 00:00")
		if got.Says != want.Says || !reflect.DeepEqual(got.Clocks, want.Clocks) || !reflect.DeepEqual(got.Items, want.Items) || got.Heads != want.Heads {
			t.Fatalf("seed %d: arrival matters\n%s\n%s", seed, got.Says, want.Says)
		}
	}
}

func BenchmarkProject500(b *testing.B) {
	s := tell(&testing.T{})
	good := bodies()
	s.say("us", Opens, "2026-11-22 03:00", good[Opens])
	for i := range 499 {
		s.say([]comity.Party{"us", "cn"}[i%2], "note", "2026-11-22 04:00", good["note"])
	}
	for b.Loop() {
		s.project("us", "2026-11-23 00:00")
	}
}
