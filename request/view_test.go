package request

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/guide"
	"comity/matter"
	"comity/thread"
	"comity/thread/threadtest"
)

func times(utc, washington, beijing string) string {
	return fmt.Sprintf("%s UTC | %s -0500 Washington | %s +0800 Beijing", utc, washington, beijing)
}

func TestAGoodDayReadsAsSentences(t *testing.T) {
	s := tell(t, Preservation())
	check := func(now, state, want string) View {
		t.Helper()
		v := s.project("us", now)
		if v.State != state || v.Says.EN != want {
			t.Errorf("at %s\ngot  %s: %s\nwant %s: %s", now, v.State, v.Says.EN, state, want)
		}
		theirs := s.project("cn", now)
		if theirs.Says != v.Says || !reflect.DeepEqual(theirs.Clocks, v.Clocks) || !reflect.DeepEqual(theirs.Items, v.Items) || theirs.State != v.State {
			t.Errorf("at %s the two nodes see it differently", now)
		}
		return v
	}
	check("2026-11-22 03:00", "new", "nothing has been asked")

	s.say("us", OpensPreservation, "2026-11-22 03:00", nil, unreceipted)
	check("2026-11-22 03:47", "requested", "CN's node has not receipted the request, sent 47 min ago; what CN owes is not measured yet")
	s.Statements[0].Receipted = moment("2026-11-22 04:00").Time

	check("2026-11-22 04:10", "requested", "CN owes US an acknowledgement by "+times("2026-11-22 06:00:00", "2026-11-22 01:00:00", "2026-11-22 14:00:00")+
		", in 1 h 50 min, and an answer by "+times("2026-11-24 04:00:00", "2026-11-23 23:00:00", "2026-11-24 12:00:00"))
	s.say("cn", "acknowledge", "2026-11-22 04:20", &thread.Acknowledge{Statement: id, Reference: "B-12"}, bySeat("cn-01"))
	v := check("2026-11-22 05:00", "requested", "CN owes US an answer by "+times("2026-11-24 04:00:00", "2026-11-23 23:00:00", "2026-11-24 12:00:00")+", in 1 d 23 h")
	if want := "CN 应于 " + times("2026-11-24 04:00:00", "2026-11-23 23:00:00", "2026-11-24 12:00:00") + " 前向 US 作出答复，尚余 1天23小时"; v.Says.ZH != want {
		t.Errorf("got  %s\nwant %s", v.Says.ZH, want)
	}

	s.say("cn", "ask", "2026-11-22 06:00", &Ask{Questions: []Question{{Field: "order.items[0].from", Rule: "C11"}}})
	v = check("2026-11-22 06:31", "requested.asked", "US owes CN an answer to its question by "+times("2026-11-23 06:01:00", "2026-11-23 01:01:00", "2026-11-23 14:01:00")+
		", in 23 h 30 min; the clock of the answer is paused")
	if v.Question == nil || v.Question.Questions[0].Rule != "C11" || !v.Clock(guide.Answered).Paused {
		t.Errorf("the question is %+v", v.Question)
	}
	fixed := asked("P1").Order.Items[0]
	fixed.From = "2026-11-22T05:52:09Z"
	s.say("us", "supplement", "2026-11-22 08:00", &Supplement{Items: []guide.Item{fixed}})
	v = check("2026-11-22 09:00", "requested", "CN owes US an answer by "+times("2026-11-24 06:01:00", "2026-11-24 01:01:00", "2026-11-24 14:01:00")+", in 1 d 21 h")
	if v.Question != nil || v.Items[0].From != fixed.From || !strings.Contains(v.Items[0].Was, "2026-11-22T00:52:09Z") {
		t.Errorf("the correction is %+v", v.Items[0])
	}

	s.say("cn", "accept", "2026-11-22 10:00", &Accept{Reference: "B-12"})
	s.say("cn", "answer.partial", "2026-11-22 12:00", &Answer{Results: []Result{held("1", "2026-11-22 11:00", "2027-01-22 11:00")}})
	v = check("2026-11-24 08:01", "accepted", "CN has owed US the rest of the answer since "+times("2026-11-24 06:01:00", "2026-11-24 01:01:00", "2026-11-24 14:01:00")+", for 2 h")
	if !v.Overdue || v.Items[0].Result != Preserved || v.Items[0].Use != "evidence" || v.Items[1].Result != "open" {
		t.Errorf("got %+v", v.Items)
	}

	s.say("cn", "answer", "2026-11-24 09:00", &Answer{Results: []Result{{Item: "2", Result: NoRecord}}})
	v = check("2026-11-24 09:02", "answered", "CN has answered; the first hold ends "+times("2027-01-22 11:00:00", "2027-01-22 06:00:00", "2027-01-22 19:00:00"))
	c := v.Clock(guide.Answered)
	if c.Gross != 53*time.Hour || c.Net != 50*time.Hour+59*time.Minute || !c.Overdue {
		t.Errorf("gross %v, net %v: %s", c.Gross, c.Net, c.How)
	}
	if want := "from 2026-11-22 04:00:00 (receipt) to 2026-11-24 09:00:00 (answer): 2 d 5 h, less 2 h 1 min (question) = 2 d 2 h net; limit 2 d of elapsed time [proposal]; due 2026-11-24 06:01:00 UTC"; c.How != want {
		t.Errorf("got  %s\nwant %s", c.How, want)
	}
	if d := v.Clock(guide.Receipted).Gross; d != time.Hour {
		t.Errorf("delivery took %v", d)
	}
	if v.TheirRef != "B-12" || v.Reference != "FILE-7" || v.Agency != "cn-24-7" || v.Decided() != "partial" {
		t.Errorf("references %q and %q, agency %s, %s", v.Reference, v.TheirRef, v.Agency, v.Decided())
	}

	s.say("us", "extend.hold", "2027-01-10 09:00", &ExtendHold{Until: moment("2027-03-22 11:00"), Reason: "r"})
	check("2027-01-10 10:00", "extending", "CN owes US a word on the longer hold; the first hold ends "+times("2027-01-22 11:00:00", "2027-01-22 06:00:00", "2027-01-22 19:00:00"))
	s.say("cn", "answer", "2027-01-11 09:00", &Answer{Results: []Result{held("1", "2026-11-22 11:00", "2027-03-22 11:00")}})
	if v = s.project("us", "2027-04-01 00:00"); !v.Items[0].Lapsed || !v.HoldUntil.Equal(moment("2027-03-22 11:00").Time) {
		t.Errorf("the hold is %+v", v.Items[0])
	}
	s.say("us", "release", "2027-03-01 09:00", nil)
	check("2027-03-01 10:00", "released", "US has given the hold back")
	s.say("us", "close", "2027-03-02 09:00", &Close{"yes", "yes", "no", "yes", ""})
	v = check("2028-03-02 10:00", "closed", "US has closed the matter")
	if v.Items[0].Lapsed || v.Decided() != "partial" {
		t.Errorf("a year later, what was given back is %+v: %s", v.Items[0], v.Decided())
	}
	for _, n := range v.Next {
		if k, _ := s.Capability.Kind(n.Kind); n.Allowed && !k.Fact() {
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

// Each state has its sentence, in both languages, and says who owes what.
func TestEachStateHasItsSentence(t *testing.T) {
	for _, tt := range []struct{ drawing, en, zh string }{
		{"us preserve.request, cn conditions.propose", "US owes CN a word on its conditions", "US 应向 CN 作出对所提条件的表态"},
		{"us preserve.request, cn conditions.propose, us conditions.counter", "CN has owed US a word on the other conditions since", "CN 应自"},
		{"us preserve.request, cn confidentiality.issue", "US owes CN a decision: it cannot be kept confidential", "US 应向 CN 作出决定：该请求无法保密"},
		{"us preserve.request, cn postpone", "; postponed, to be reviewed on 2027-03-01", "；已推迟，复核日期为 2027-03-01"},
		{"us preserve.request, cn refuse", "CN has refused on the ground essential_interests; no further reasons can be given", "CN 已拒绝，理由：essential_interests；无法提供进一步理由"},
		{"us preserve.request, us withdraw", "US has withdrawn the request", "US 已撤回请求"},
		{"us preserve.request, cn answer, us convert", "; the hold continues until US-2026-000043 is decided", "；保全持续至 US-2026-000043 作出决定"},
		{"us preserve.request, cn answer, us extend.hold", "CN owes US a word on the longer hold", "CN 应就延长保全向 US 作出答复"},
	} {
		s := &threadtest.Story{Capability: Preservation(), Bodies: bodies(Preservation())}
		v := Project(s.Draw(tt.drawing).History("us"), Yardstick{Pack: pack()})
		if !strings.Contains(v.Says.EN, tt.en) || !strings.Contains(v.Says.ZH, tt.zh) {
			t.Errorf("%s\ngot  %s\n     %s\nwant %s\n     %s", tt.drawing, v.Says.EN, v.Says.ZH, tt.en, tt.zh)
		}
	}
}

func TestWhatStopsAndPausesTheClocks(t *testing.T) {
	open := func(s *story) { s.say("us", OpensPreservation, "2026-11-22 03:00", nil) }
	for _, tt := range []struct {
		name  string
		tell  func(*story)
		now   string
		clock string
		want  string
	}{
		{"a question does not pause a P0", func(s *story) {
			s.say("us", OpensPreservation, "2026-11-22 03:00", asked("P0"))
			s.say("cn", "ask", "2026-11-22 04:00", nil)
			s.say("us", "supplement", "2026-11-22 05:00", nil)
		}, "2026-11-22 06:01", guide.Answered, "until now: 3 h; questions took 1 h 1 min (question), which do not pause this clock; limit 8 h"},
		{"a second question while the first is open pauses nothing twice", func(s *story) {
			open(s)
			s.say("cn", "ask", "2026-11-22 04:00", nil)
			s.say("cn", "ask", "2026-11-22 04:30", nil)
			s.say("us", "supplement", "2026-11-22 05:00", nil)
		}, "2026-11-22 06:01", guide.Answered, "3 h, less 1 h 1 min (question) = 1 h 59 min net"},
		{"a supplement that has not arrived ends no pause", func(s *story) {
			open(s)
			s.say("cn", "ask", "2026-11-22 04:01", nil)
			s.say("us", "supplement", "2026-11-22 05:00", nil, unreceipted)
		}, "2026-11-22 06:01", guide.Answered, "3 h, less 2 h (question) = 1 h net"},
		{"a contested question pauses until it is contested, and it shows", func(s *story) {
			open(s)
			s.say("cn", "ask", "2026-11-22 04:00", nil)
			s.say("us", "contest", "2026-11-22 05:00", nil)
		}, "2026-11-22 06:01", guide.Answered, "3 h, less 1 h 1 min (question) = 1 h 59 min net; limit 2 d of elapsed time [proposal]; due 2026-11-24 04:02:00 UTC; contested by the asking side: 1 h 1 min (question); if that were no pause: 3 h net, due 2026-11-24 03:01:00 UTC"},
		{"conditions on the table pause nothing", func(s *story) {
			open(s)
			s.say("cn", "conditions.propose", "2026-11-22 04:01", nil)
		}, "2026-11-22 06:01", guide.Answered, "until now: 3 h; limit 2 d"},
		{"nor does a postponement", func(s *story) {
			open(s)
			s.say("cn", "postpone", "2026-11-22 04:01", nil)
		}, "2026-11-22 06:01", guide.Answered, "until now: 3 h; limit 2 d"},
		{"who asks has it, though no seat acknowledged", func(s *story) {
			open(s)
			s.say("cn", "ask", "2026-11-22 04:01", nil)
		}, "2026-11-22 06:01", guide.Acknowledged, "to 2026-11-22 04:01:00 (ask): 1 h"},
		{"who acknowledged before there was a request has not", func(s *story) {
			s.say("cn", "acknowledge", "2026-11-22 02:00", nil)
			open(s)
		}, "2026-11-22 04:01", guide.Acknowledged, "until now: 1 h"},
		{"an extension by the asked side moves the due time", func(s *story) {
			open(s)
			s.say("cn", "extend.deadline", "2026-11-22 04:01", nil)
		}, "2026-11-22 06:01", guide.Answered, "limit 2 d of elapsed time, extended by the asked side to 2026-11-25 06:00:00 [proposal]; due 2026-11-25 06:00:00 UTC"},
		{"and so does more time from the asker", func(s *story) {
			open(s)
			s.say("us", "extend.deadline", "2026-11-22 04:01", nil)
		}, "2026-11-22 06:01", guide.Answered, "extended by the asking side to 2026-11-25 06:00:00"},
		{"an answer has come when its files have", func(s *story) {
			open(s)
			s.say("cn", "answer", "2026-11-22 05:01", nil, withFile("2026-11-22 07:01"))
		}, "2026-11-22 09:00", guide.Answered, "to 2026-11-22 07:01:00 (last file of answer): 4 h"},
		{"until then it has not", func(s *story) {
			open(s)
			s.say("cn", "answer", "2026-11-22 05:01", nil, withFile(""))
		}, "2026-11-22 09:01", guide.Answered, "until now: 6 h"},
		{"whatever is said while its file is under way", func(s *story) {
			open(s)
			s.say("cn", "answer", "2026-11-22 05:01", nil, withFile(""))
			s.say("us", "convert", "2026-11-22 06:01", nil)
			s.say("us", "extend.hold", "2026-11-22 06:11", nil)
			s.say("cn", "refuse", "2026-11-22 06:31", nil)
		}, "2026-11-22 09:01", guide.Answered, "until now: 6 h"},
		{"a refusal stops it", func(s *story) {
			open(s)
			s.say("cn", "refuse", "2026-11-22 05:01", nil)
		}, "2026-11-22 09:00", guide.Answered, "to 2026-11-22 05:01:00 (refuse): 2 h"},
		{"a withdrawal stops the clock for good", func(s *story) {
			open(s)
			s.say("us", "withdraw", "2026-11-22 05:01", nil)
		}, "2026-11-22 09:00", guide.Answered, "to 2026-11-22 05:01:00 (withdrawn): 2 h"},
		{"a file that never comes does not run the clock of a matter given back", func(s *story) {
			open(s)
			s.say("cn", "answer", "2026-11-22 05:01", nil, withFile(""))
			s.say("us", "release", "2026-11-22 06:01", nil)
			s.say("us", "close", "2026-11-22 07:01", nil)
		}, "2027-11-22 09:01", guide.Answered, "to 2026-11-22 06:01:00 (released): 3 h"},
		{"nor of one that is closed", func(s *story) {
			open(s)
			s.say("cn", "answer", "2026-11-22 05:01", nil, withFile(""))
			s.say("us", "close", "2026-11-22 07:01", nil)
		}, "2027-11-22 09:01", guide.Answered, "to 2026-11-22 07:01:00 (closed): 4 h"},
		{"no receipt, no clock", func(s *story) {
			s.say("us", OpensPreservation, "2026-11-22 03:00", nil, unreceipted)
		}, "2026-11-22 03:47", guide.Answered, "not started: no receipt; 47 min since dispatch"},
		{"but the delivery is measured", func(s *story) {
			s.say("us", OpensPreservation, "2026-11-22 03:00", nil, unreceipted)
		}, "2026-11-22 03:47", guide.Receipted, "from 2026-11-22 03:00:00 (sent) until now: 47 min; limit 1 h"},
		{"a note is no acknowledgement", func(s *story) {
			open(s)
			s.say("cn", "note", "2026-11-22 03:30", nil)
		}, "2026-11-22 04:01", guide.Acknowledged, "until now: 1 h"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tell(t, Preservation())
			tt.tell(s)
			if got := s.project("us", tt.now).Clock(tt.clock).How; !strings.Contains(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestASoleReleaseWaitsForAnotherSeat(t *testing.T) {
	s := tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", asked("P0"), alone("us-01", "2026-11-22 15:00"))
	look := func(now string) thread.Sole {
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
	for _, tt := range []struct {
		from comity.Party
		seat comity.Seat
		want string
	}{{"us", "us-01", ""}, {"cn", "cn-01", ""}, {"us", "us-02", "upheld"}} {
		s.say(tt.from, "countersign", "2026-11-22 08:00", nil, bySeat(tt.seat))
		if o := look("2026-11-22 15:01"); o.Outcome != tt.want || o.Overdue == (tt.want != "") {
			t.Errorf("countersigned by %s: %+v", tt.seat, o)
		}
	}
	if !unsigned("us").IsZero() {
		t.Error("it waits for another seat still")
	}
}

func TestTheViewShowsWhatWentWrong(t *testing.T) {
	s := tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("cn", "answer", "2026-11-22 05:00", &Answer{Results: []Result{held("1", "2026-11-22 05:00", "2026-12-22 05:00"), {Item: "9", Result: Gone}}})
	s.say("us", "withdraw", "2026-11-22 05:00", nil) // crosses the answer
	s.say("us", "note", "2026-11-22 06:00", nil, func(st *thread.Statement) { st.Refused = "part" })
	s.say("us", "note", "2026-11-22 05:30", nil, func(st *thread.Statement) { st.Body, st.Receipted = nil, time.Time{} })
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
	remarks := fmt.Sprint(v.Remarks)
	for _, want := range []string{"body has been erased", "names item 9", "item 1: the hold of 30 days is shorter than 60 days, Budapest Convention, art. 29(7) [treaty, borrowed]", "项目 1：保全 30 天，短于 60 天"} {
		if !strings.Contains(remarks, want) {
			t.Errorf("no remark %q in\n%s", want, remarks)
		}
	}
	if v.Heads != (comity.After{Mine: threadtest.ID("us", 1), Theirs: threadtest.ID("cn", 0)}) {
		t.Errorf("heads %+v", v.Heads)
	}
}

func TestRemarksOnResultsOfBeforeACorrection(t *testing.T) {
	remarks := func(s *story) string { return fmt.Sprint(s.project("us", "2026-11-22 10:00").Remarks) }
	s := tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("us", "supplement", "2026-11-22 05:00", nil)
	s.say("cn", "answer", "2026-11-22 05:00", &Answer{Results: []Result{{Item: "1", Result: NoRecord}}})
	if got := remarks(s); !strings.Contains(got, "was written before it could have seen supplement") {
		t.Errorf("an answer that crossed the correction: %s", got)
	}

	s = tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("cn", "answer.partial", "2026-11-22 05:00", &Answer{Results: []Result{{Item: "1", Result: NoRecord}}})
	s.say("cn", "ask", "2026-11-22 06:00", nil)
	s.say("us", "supplement", "2026-11-22 07:00", nil) // corrects item 1
	if got := remarks(s); !strings.Contains(got, "item 1: the result is of before supplement 750200000000 corrected it") {
		t.Errorf("a result of before the correction: %s", got)
	}
	s.say("cn", "answer", "2026-11-22 09:00", &Answer{Results: []Result{held("1", "2026-11-22 09:00", "2027-01-22 09:00"), {Item: "2", Result: Gone}}})
	if got := remarks(s); got != "[]" {
		t.Errorf("answered anew: %s", got)
	}
}

func TestNextSaysWhyNot(t *testing.T) {
	s := tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	for _, tt := range []struct {
		me   comity.Party
		kind comity.Kind
		want string
	}{
		{"us", "withdraw", ""},
		{"us", "answer", "only cn may"},
		{"us", "close", "the matter is requested; this can be done while it is answered or refused or withdrawn or released"},
		{"us", OpensPreservation, "it opens a matter, and this one is open"},
		{"us", "acknowledge", "the other side has said nothing yet"},
		{"us", "countersign", "no sole release of ours waits for another seat"},
		{"us", "attest", "the other side has called nothing of its own misdirected"},
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

// What went to the wrong desk is closed to who received it, in the timeline and in
// all that is made of it; who sent it still knows what it was.
func TestWhatIsMisdirectedIsSealed(t *testing.T) {
	s := &threadtest.Story{Capability: Preservation(), Bodies: bodies(Preservation())}
	s.Draw("us preserve.request, us misdirected, cn attest")
	theirs, ours := Project(s.History("cn"), Yardstick{}), Project(s.History("us"), Yardstick{})
	if r := theirs.Timeline[0]; !r.Sealed || r.Text != nil || theirs.Request != nil || theirs.Items != nil || theirs.Reference != "" {
		t.Errorf("cn still reads %+v, %+v", r.Text, theirs.Request)
	}
	if r := ours.Timeline[0]; r.Sealed || r.Text == nil || ours.Request == nil {
		t.Errorf("us no longer knows what it sent: %+v", r)
	}
	for _, v := range []View{theirs, ours} {
		if len(v.Misdirected) != 1 || v.Misdirected[0].Asks != "seal" || v.Misdirected[0].Attested == nil || v.State != "requested" {
			t.Errorf("%s: %+v", v.State, v.Misdirected)
		}
	}
	s.Statements = nil
	s.Draw("us preserve.request, cn misdirected")
	if v := Project(s.History("cn"), Yardstick{}); v.Misdirected != nil || v.Request == nil {
		t.Error("cn has called a statement of us misdirected")
	}
}

func TestHoldsEndAndWarn(t *testing.T) {
	answer := func(until string) *Answer {
		return &Answer{Results: []Result{held("1", "2026-11-22 06:00", until), {Item: "2", Result: NoRecord}}}
	}
	for _, tt := range []struct {
		name string
		tell func(*story)
		now  string
		want string // lapsed, and the days left if a warning is due
	}{
		{"a hold that runs", func(*story) {}, "2026-12-01 06:00", "false"},
		{"thirty days before its end its asker is warned", func(*story) {}, "2026-12-23 06:00", "false, 30"},
		{"a hold that nobody extended lapses", func(*story) {}, "2027-01-22 07:00", "true, 0"},
		{"one that was made longer does not", func(s *story) {
			s.say("us", "extend.hold", "2027-01-10 09:00", nil)
			s.say("cn", "answer", "2027-01-11 09:00", answer("2027-03-22 06:00"))
		}, "2027-01-22 07:00", "false"},
		{"asking for a longer hold is not having it", func(s *story) { s.say("us", "extend.hold", "2027-01-10 09:00", nil) }, "2027-01-22 07:00", "true, 0"},
		{"a longer hold refused leaves the first", func(s *story) {
			s.say("us", "extend.hold", "2027-01-10 09:00", nil)
			s.say("cn", "refuse", "2027-01-11 09:00", nil)
		}, "2027-01-15 06:00", "false, 7"},
		{"the request for the data keeps it until that is decided", func(s *story) { s.say("us", "convert", "2027-01-10 09:00", nil) }, "2027-06-01 00:00", "false"},
		{"a request that came when the hold had ended keeps nothing", func(s *story) { s.say("us", "convert", "2027-01-23 09:00", nil) }, "2027-06-01 00:00", "true"},
		{"what was given back does not lapse", func(s *story) { s.say("us", "release", "2026-12-10 09:00", nil) }, "2027-06-01 00:00", "false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tell(t, Preservation())
			s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
			s.say("cn", "answer", "2026-11-22 07:00", answer("2027-01-22 06:00"))
			tt.tell(s)
			v := s.project("us", tt.now)
			got := fmt.Sprint(v.Items[0].Lapsed)
			if left, due := v.Warnings(pack(), moment(tt.now).Time); due {
				got += fmt.Sprintf(", %d", left/(24*time.Hour))
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A pack may say that a hold lapses where no request for the data follows: after its
// own days and those it was made longer by, though an answer promised more.
func TestHoldsLapse(t *testing.T) {
	answer := func(until string) *Answer {
		return &Answer{Results: []Result{held("1", "2026-11-22 06:00", until), {Item: "2", Result: NoRecord}}}
	}
	extended := func(s *story) {
		s.say("us", "extend.hold", "2027-01-10 09:00", &ExtendHold{Until: moment("2027-06-22 06:00"), Reason: "a court"})
		s.say("cn", "answer", "2027-01-11 09:00", answer("2027-06-22 06:00"))
	}
	convert := func(at string) func(*story) { return func(s *story) { s.say("us", "convert", at, nil) } }
	sixty := guide.Hold{Types: []string{"preserve"}, Cap: 60, Extension: 30, Extensions: 1, Lapses: true, Warn: []int{7}}
	for _, tt := range []struct {
		name string
		hold guide.Hold
		tell func(*story)
		now  string
		want string // lapsed, and the days left if a warning is due
	}{
		{"sixty days and nothing followed", sixty, func(*story) {}, "2027-01-21 06:01", "true, 0"},
		{"its asker is warned of that day, not of the one promised", sixty, func(*story) {}, "2027-01-15 06:00", "false, 6"},
		{"before the warnings", sixty, func(*story) {}, "2027-01-13 06:00", "false"},
		{"the request came", sixty, convert("2027-01-10 09:00"), "2027-02-01 06:00", "false"},
		{"the request came too late", sixty, convert("2027-01-21 09:00"), "2027-01-21 10:00", "true, 0"},
		{"thirty more, once", sixty, extended, "2027-02-20 05:59", "false, 0"},
		{"and no longer", sixty, extended, "2027-02-20 06:01", "true, 0"},
		{"a second extension is one too many", sixty, func(s *story) { extended(s); extended(s) }, "2027-02-20 06:01", "true, 0"},
		{"a longer hold refused", sixty, func(s *story) {
			s.say("us", "extend.hold", "2027-01-10 09:00", nil)
			s.say("cn", "refuse", "2027-01-11 09:00", nil)
			s.say("cn", "answer", "2027-01-12 09:00", answer("2027-06-22 06:00"))
		}, "2027-01-21 06:01", "true, 0"},
		{"a text that does not say so", guide.Hold{Types: []string{"preserve"}, Cap: 60, Warn: []int{7}}, func(*story) {}, "2027-01-22 06:00", "false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tell(t, Preservation())
			s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
			s.say("cn", "answer", "2026-11-22 07:00", answer("2027-04-22 06:00"))
			tt.tell(s)
			p := pack()
			p.Holds = []guide.Hold{tt.hold}
			v := Project(threadtest.History("us", s.Statements, moment(tt.now).Time), Yardstick{Pack: p})
			got := fmt.Sprint(v.Items[0].Lapsed)
			if left, due := v.Warnings(p, moment(tt.now).Time); due {
				got += fmt.Sprintf(", %d", left/(24*time.Hour))
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAnOralRequestIsConfirmedByItsDay(t *testing.T) {
	s := tell(t, Preservation())
	r := asked("P0")
	r.Oral = &guide.Oral{At: "2026-11-22T02:20:00Z", Seat: "cn-24-7-07", DueBy: "2026-12-02T02:20:00Z"}
	s.say("us", OpensPreservation, "2026-11-22 03:00", r)
	if v := s.project("us", "2026-11-22 04:00"); !v.Confirm.Equal(moment("2026-12-02 02:20").Time) {
		t.Errorf("to be confirmed by %v", v.Confirm)
	}
	s.say("cn", "confirm", "2026-11-23 04:00", &Confirm{Reference: "none of theirs to give"})
	if v := s.project("us", "2026-11-23 05:00"); v.Confirm.IsZero() {
		t.Error("the asked side confirmed what the asker had said")
	}
	s.say("us", "confirm", "2026-11-24 04:00", &Confirm{Reference: "letter 118"})
	if v := s.project("cn", "2026-11-24 05:00"); !v.Confirm.IsZero() {
		t.Errorf("confirmed in writing, and still to be by %v", v.Confirm)
	}
}

// The first request says which procedure a matter has; what comes later does not.
func TestAMatterKeepsItsProcedure(t *testing.T) {
	s := &threadtest.Story{Capability: Assistance(), Bodies: bodies(Assistance())}
	s.Draw("us assist.request, us preserve.request, cn preserve.request")
	if v := Project(s.History("us"), Yardstick{}); threadtest.Show(v.View) != "assist.request, preserve.request disallowed, preserve.request disallowed: requested" {
		t.Error(threadtest.Show(v.View))
	}
}

func TestARequestDoesNotGrowWithoutEnd(t *testing.T) {
	s := &threadtest.Story{Capability: Preservation(), Bodies: bodies(Preservation())}
	s.Draw("us preserve.request")
	for n := range 10 {
		b := &Supplement{}
		for i := range 64 {
			it := asked("P1").Order.Items[0]
			it.ID = fmt.Sprint(100 + 64*n + i)
			b.Items = append(b.Items, it)
		}
		s.Say("us", "supplement", b, s.Statements)
	}
	if v := Project(s.History("cn"), Yardstick{}); len(v.Items) != mostItems || !strings.Contains(v.Remarks[0].EN, "item 354 is one too many") {
		t.Errorf("it has %d items; %q", len(v.Items), v.Remarks)
	}
}

func BenchmarkProject500(b *testing.B) {
	s := tell(&testing.T{}, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	for i := range 499 {
		s.say([]comity.Party{"us", "cn"}[i%2], "note", "2026-11-22 04:00", nil)
	}
	for b.Loop() {
		s.project("us", "2026-11-23 00:00")
	}
}

// A refused statement stands after what its author had said and seen, in whatever
// order the statements are read.
func TestARefusedStatementHasItsPlace(t *testing.T) {
	refused := func(st *thread.Statement) { st.Refused = "part" }
	s := tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("us", "note", "2026-11-22 04:00", nil, refused)
	s.say("us", "note", "2026-11-22 04:10", nil, refused)
	s.say("cn", "note", "2026-11-22 04:20", nil, refused)
	s.say("cn", "accept", "2026-11-22 05:00", nil)
	want := "preserve.request requested, note requested, note requested, note requested, accept accepted"
	var ids []comity.Hash
	for _, st := range s.Statements {
		ids = append(ids, st.ID)
	}
	for range 2 {
		var got []string
		var order []comity.Hash
		for _, r := range s.project("us", "2026-11-22 07:00").Timeline {
			got, order = append(got, string(r.Kind)+" "+r.State), append(order, r.ID)
		}
		if strings.Join(got, ", ") != want || !slices.Equal(order, ids) {
			t.Errorf("got %s, %v\nwant %s, %v", strings.Join(got, ", "), order, want, ids)
		}
		slices.Reverse(s.Statements)
	}
}

// A row is read as lines, also in JSON, and what has nothing to say has none.
func TestTheTextOfARow(t *testing.T) {
	s := tell(t, Preservation())
	s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("us", "note", "2026-11-22 04:00", &thread.Note{Text: "from <a> & b"})
	s.say("us", "note", "2026-11-22 04:00", nil, func(st *thread.Statement) { st.Body = []byte("{}") })
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s.project("us", "2026-11-22 07:00").Timeline[1:]); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Count(got, `"text":`) != 1 || !strings.Contains(got, `"text":["text: from <a> & b"]`) {
		t.Errorf("got %s", got)
	}
}
