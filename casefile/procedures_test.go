package casefile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/form"
	"comity/thread"
	"comity/thread/threadtest"
)

func all() []thread.Capability {
	return []thread.Capability{Case(), Lead(), Deconfliction(), Report(), Summary()}
}

// bodies are those for which what the tags allow will not do.
func bodies() map[comity.Kind]any {
	until := comity.At(threadtest.Start.AddDate(0, 0, 10))
	return map[comity.Kind]any{
		OpensDeconfliction:  &Notice{Items: []Item{{Type: "domain", Value: "relay.example"}}, DoNot: []string{"takedown"}, Until: until, Contact: "us-24-7-07", Addressee: "cn-24-7"},
		"deconflict.extend": &Extension{Until: comity.At(threadtest.Start.AddDate(0, 2, 0))},
	}
}

func TestEachKindHasAGoodBody(t *testing.T) {
	for _, c := range all() {
		for _, k := range c.Kinds {
			want := bodies()[k.Kind]
			if want == nil {
				want = threadtest.Body(k)
			}
			b, err := form.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			body := k.New()
			if err := errors.Join(form.Decode(b, body), form.Check(body)); err != nil || !reflect.DeepEqual(body, want) {
				t.Errorf("%s: %+v, %v", k.Kind, body, err)
			}
		}
	}
	bad := bodies()[OpensDeconfliction].(*Notice)
	bad.DoNot = append(bad.DoNot, "arrest")
	if err := form.Check(bad); err == nil || !strings.HasPrefix(err.Error(), `do_not[1]: "arrest" is not one of takedown, notify_user`) {
		t.Errorf("got %v", err)
	}
	if err := form.Check(&Overdue{Party: "us"}); err != nil {
		t.Errorf("nothing may be overdue: %v", err)
	}
}

func TestProcedures(t *testing.T) {
	for _, tt := range []struct {
		c       thread.Capability
		name    string
		drawing string
		want    string
	}{
		{Case(), "the good day", "us case.open, cn case.join, us case.link, cn case.status, us case.result, cn case.result, us case.close", ": closed"},
		{Case(), "the other side need not take part", "us case.open, cn case.decline, cn case.join", "case.join disallowed: closed"},
		{Case(), "nobody joins its own case", "us case.open, us case.join", "case.join disallowed: proposed"},
		{Case(), "a proposal may be taken back", "us case.open, us case.close", ": closed"},
		{Case(), "the other side does not close what it has not joined", "us case.open, cn case.close", "case.close disallowed: proposed"},
		{Case(), "both may state their result at once", "us case.open, cn case.join, us case.result & cn case.result", "case.result, case.result: closing"},
		{Case(), "a result may be stated anew", "us case.open, cn case.join, us case.result, us case.result", ": closing"},
		{Case(), "a status is a fact, and changes nothing", "us case.open, cn case.status", ": proposed"},

		{Lead(), "the good day", "us lead.offer, cn lead.accept, us lead.provide, cn lead.use, us lead.end", ": ended"},
		{Lead(), "no content before the conditions are accepted", "us lead.offer, us lead.provide", "lead.provide disallowed: offered"},
		{Lead(), "nor after they were declined", "us lead.offer, cn lead.decline, us lead.provide", "lead.provide disallowed: countered"},
		{Lead(), "a condition that cannot be accepted is amended", "us lead.offer, cn lead.decline, us lead.amend, cn lead.accept", ": agreed"},
		{Lead(), "who accepts is bound by the offer it has seen", "us lead.offer, us lead.amend & cn lead.accept", "lead.accept, lead.amend crossed: agreed"},
		{Lead(), "who declines has declined the offer it has seen", "us lead.offer, us lead.amend & cn lead.decline", "lead.decline, lead.amend crossed: countered"},
		{Lead(), "nobody accepts an offer before it is made", "us lead.offer & cn lead.accept", "lead.offer, lead.accept crossed: offered"},
		{Lead(), "nobody accepts its own offer", "us lead.offer, us lead.accept", "lead.accept disallowed: offered"},
		{Lead(), "what was not provided never leaves", "us lead.offer, cn lead.accept, us lead.end, us lead.provide", "lead.provide disallowed: ended"},
		{Lead(), "more of it may follow on the same conditions", "us lead.offer, cn lead.accept, us lead.provide, us lead.provide", ": provided"},

		{Deconfliction(), "a notice runs until its day", "us deconflict.notice", ": running"},
		{Deconfliction(), "its author gives another day", "us deconflict.notice, us deconflict.extend", ": running"},
		{Deconfliction(), "nobody else does", "us deconflict.notice, cn deconflict.extend", "deconflict.extend disallowed: running"},
		{Deconfliction(), "or ends it early", "us deconflict.notice, us deconflict.end, us deconflict.extend", "deconflict.extend disallowed: ended"},

		{Report(), "the good day", "us report.lines, cn report.answer, us report.sign, cn report.sign", ": signed"},
		{Report(), "nobody signs before both have spoken", "us report.lines, us report.sign", "report.sign disallowed: drafted"},
		{Report(), "one side does not sign for both", "us report.lines, cn report.answer, us report.sign, us report.sign", "report.sign disallowed: signed.opener"},
		{Report(), "nor does the other", "us report.lines, cn report.answer, cn report.sign, cn report.sign", "report.sign disallowed: signed.other"},
		{Report(), "of two that sign at once one signs again", "us report.lines, cn report.answer, us report.sign & cn report.sign, cn report.sign", "report.sign, report.sign crossed, report.sign: signed"},
		{Report(), "a signature falls with the text", "us report.lines, cn report.answer, us report.sign, cn report.amend", ": exchanged"},
		{Report(), "nobody has signed lines it had not seen", "us report.lines, cn report.answer, us report.amend & cn report.sign", "report.sign, report.amend crossed: signed.other"},
		{Report(), "nor lines that it did not wait for", "us report.lines, us report.sign & cn report.answer", "report.answer, report.sign crossed: exchanged"},
		{Report(), "nor by way of its own amendment", "us report.lines, us report.amend us report.sign & cn report.answer", "report.answer, report.amend crossed, report.sign crossed: exchanged"},
		{Report(), "of two amendments at once one stands", "us report.lines, cn report.answer, us report.amend & cn report.amend", "report.amend, report.amend crossed: exchanged"},
		{Report(), "what both have signed stays", "us report.lines, cn report.answer, us report.sign, cn report.sign, us report.amend", "report.amend disallowed: signed"},

		{Summary(), "a summary is sent and acknowledged", "us summary.send, cn acknowledge", ": sent"},
		{Summary(), "and corrected by who sent it", "us summary.send, us summary.correct, cn summary.correct", "summary.correct disallowed: sent"},
	} {
		t.Run(tt.c.Name+"/"+tt.name, func(t *testing.T) {
			s := &threadtest.Story{Capability: tt.c, Bodies: bodies()}
			for _, me := range []comity.Party{"us", "cn"} {
				s.Statements = nil
				if got := threadtest.Show(thread.Project(tt.c, s.Draw(tt.drawing).History(me)).View); !strings.HasSuffix(got, tt.want) {
					t.Errorf("%s sees %s\nwant %s", me, got, tt.want)
				}
			}
		})
	}
}

// A priority is chosen jointly: it is in force when the last word of both is the
// same, whoever spoke first.
func TestACaseHasWhatBothSidesSay(t *testing.T) {
	s := &threadtest.Story{Capability: Case()}
	s.Draw("us case.open, cn case.join, us case.link, cn case.link, cn case.result")
	say := func(from comity.Party, priority string) CaseView {
		s.Say(from, "case.priority", &Priority{Priority: priority}, s.Statements)
		return Project(thread.Project(Case(), s.History("us")))
	}
	for _, tt := range []struct {
		from           comity.Party
		priority, want string
	}{{"us", "priority", ""}, {"cn", "routine", ""}, {"cn", "priority", "priority"}, {"us", "routine", ""}} {
		if v := say(tt.from, tt.priority); v.Priority != tt.want {
			t.Errorf("%s says %s: in force is %q, want %q", tt.from, tt.priority, v.Priority, tt.want)
		}
	}
	v := Project(thread.Project(Case(), s.History("cn")))
	if fmt.Sprint(v.Agencies) != "map[cn:cn-mps-cyber us:us-24-7]" || len(v.Links) != 1 || v.Results["cn"].Outcome != "arrest" || v.Category != "hacking" {
		t.Errorf("got %+v", v)
	}
}

func TestANoticeStandsUntilItsDay(t *testing.T) {
	for _, tt := range []struct {
		name, drawing string
		day           int
		want          bool
	}{
		{"it stands", "us deconflict.notice", 9, true},
		{"on its day it ends by itself", "us deconflict.notice", 10, false},
		{"with another day it goes on", "us deconflict.notice, us deconflict.extend", 10, true},
		{"ended early", "us deconflict.notice, us deconflict.end", 9, false},
		{"another's word on its day is none", "us deconflict.notice, cn deconflict.extend", 10, false},
		{"sealed, it asks nothing of who should not have it", "us deconflict.notice, us misdirected", 9, false},
	} {
		s := &threadtest.Story{Capability: Deconfliction(), Bodies: bodies()}
		h := s.Draw(tt.drawing).History("cn")
		h.Now = threadtest.Start.Add(time.Duration(tt.day) * 24 * time.Hour)
		if n, ok := Standing(thread.Project(Deconfliction(), h)); ok != tt.want || ok && (n.Contact != "us-24-7-07" || n.DoNot[0] != "takedown") {
			t.Errorf("%s: got %t, %+v", tt.name, ok, n)
		}
	}
}

func TestAReportHasBothSidesLines(t *testing.T) {
	s := &threadtest.Story{Capability: Report()}
	look := func(drawing string) (int, int) {
		lines, signed := Both(thread.Project(Report(), s.Draw(drawing).History("us")))
		return len(lines), len(signed)
	}
	for _, tt := range []struct {
		drawing       string
		lines, signed int
	}{{"us report.lines", 1, 0}, {"cn report.answer", 2, 0}, {"cn report.sign", 2, 1}, {"us report.amend", 2, 0}, {"us report.sign", 2, 1}, {"cn report.sign", 2, 2}} {
		if lines, signed := look(tt.drawing); lines != tt.lines || signed != tt.signed {
			t.Errorf("after %s: lines of %d, signed by %d", tt.drawing, lines, signed)
		}
	}
}

// Titles are what a list shows: nothing of a notice, whose very words are for few.
func TestTitles(t *testing.T) {
	for _, tt := range []struct {
		c    thread.Capability
		body any
		want string
	}{
		{Case(), &Open{Title: "invoice fraud", Category: "fraud"}, "invoice fraud fraud "},
		{Lead(), &Offer{About: "a relay", Category: "hacking", Case: "US-2026-000007"}, "a relay hacking US-2026-000007"},
		{Lead(), &Offer{About: "a relay", Category: "hacking", Case: "../../etc"}, "a relay hacking "},
		{Deconfliction(), bodies()[OpensDeconfliction], "  "},
		{Report(), &Lines{From: "2026-07-01", Until: "2026-12-31"}, "status report 2026-07-01 to 2026-12-31  "},
		{Summary(), &Page{From: "2026-07-01", Until: "2026-12-31"}, "summary 2026-07-01 to 2026-12-31  "},
		{Summary(), nil, "  "},
	} {
		got := tt.c.Title(tt.body)
		if s := fmt.Sprintf("%s %s %s", got.Text, got.Category, got.Case); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.c.Name, s, tt.want)
		}
	}
}

func TestRandomMattersConverge(t *testing.T) {
	binding := map[string]map[comity.Kind][]comity.Kind{
		"lead":   {"lead.accept": {OpensLead, "lead.amend"}, "lead.decline": {OpensLead, "lead.amend"}},
		"report": {"report.sign": {OpensReport, "report.answer", "report.amend"}},
	}
	for _, c := range all() {
		t.Run(c.Name, func(t *testing.T) {
			threadtest.Converge(t, &threadtest.Story{Capability: c, Bodies: bodies()}, binding[c.Name], func(h thread.History) any {
				th := thread.Project(c, h)
				lines, signed := Both(th)
				notice, stands := Standing(th)
				return []any{Project(th), lines, signed, notice, stands}
			})
		})
	}
}

func TestNoticeNames(t *testing.T) {
	n := Notice{Items: []Item{{"ipv4", "198.51.100.23"}, {"domain", "relay.example"}}}
	for _, c := range []struct {
		name string
		item Item
		want int
	}{
		{"the very identifier", Item{"ipv4", "198.51.100.23"}, 1},
		{"its neighbour", Item{"ipv4", "198.51.100.24"}, 0},
		{"the same word as something else", Item{"account", "relay.example"}, 0},
	} {
		if got := n.Names([]Item{c.item}); len(got) != c.want {
			t.Errorf("%s: %v, want %d", c.name, got, c.want)
		}
	}
}
