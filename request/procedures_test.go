package request

import (
	"fmt"
	"strings"
	"testing"

	"comity"
	"comity/matter"
	"comity/thread"
	"comity/thread/threadtest"
)

// What a row of a procedure's specification may look at, beside the state.
func facts(v View) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, c := range v.Conditions {
		add("bound by %s", c.ID)
	}
	for _, c := range v.Proposed {
		add("%s on the table", c.ID)
	}
	if v.Question != nil {
		add("%d asked", len(v.Question.Questions))
	}
	for _, a := range v.Assurances {
		word := "asked for"
		if a.Given != nil {
			word = fmt.Sprintf("given %t", a.Given.Given)
		}
		add("%s", strings.TrimSpace(fmt.Sprintf("%s %s by %s %s", a.ID, word, a.By, a.Verdict)))
	}
	if v.ReviewOn != "" {
		add("review %s", v.ReviewOn)
	}
	if v.FollowedBy != "" {
		add("followed by %s", v.FollowedBy)
	}
	for _, it := range v.Items {
		if it.Made != "" {
			add("item %s used as %s", it.ID, it.Made)
		}
	}
	for _, o := range v.Outcomes {
		add("outcome %s", o.Outcome)
	}
	return strings.Join(append(out, v.Decided()), ", ")
}

type row struct{ name, drawing, want, facts string }

// specify plays each row as both sides see it.
func specify(t *testing.T, c thread.Capability, other map[comity.Kind]any, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			s := &threadtest.Story{Capability: c, Bodies: bodies(c)}
			for k, b := range other {
				s.Bodies[k] = b
			}
			for _, me := range []comity.Party{"us", "cn"} {
				s.Statements = nil
				v := Project(s.Draw(tt.drawing).History(me), Yardstick{})
				if got := threadtest.Show(v.View); !strings.HasSuffix(got, tt.want) || tt.facts != "" && facts(v) != tt.facts {
					t.Errorf("%s sees %s (%s)\nwant %s (%s)", me, got, facts(v), tt.want, tt.facts)
				}
			}
		})
	}
}

func TestPreservationIsAProcedure(t *testing.T) {
	specify(t, Preservation(), nil, []row{
		{"the good day", "us preserve.request, cn acknowledge, cn accept, cn answer, us release, us close", ": closed", "partial"},
		{"a request may be answered at once", "us preserve.request, cn answer", ": answered", "partial"},
		{"or part by part", "us preserve.request, cn answer.partial, cn answer", ": answered", "partial"},
		{"what was answered may be corrected", "us preserve.request, cn answer, cn answer", ": answered", "partial"},
		{"a longer hold is granted by another answer", "us preserve.request, cn answer, us extend.hold, cn answer", ": answered", ""},
		{"a longer hold is refused, and the first runs on", "us preserve.request, cn answer, us extend.hold, cn refuse", ": answered", "partial"},
		{"the hold continues for the request that follows", "us preserve.request, cn answer, us convert", ": answered", "followed by US-2026-000043, partial"},
		{"while a longer hold is asked for it may be given back", "us preserve.request, cn answer, us extend.hold, us release", ": released", "partial"},
		{"nothing is held before the answer", "us preserve.request, cn accept, us extend.hold", "extend.hold disallowed: accepted", "open"},
		{"nor given back", "us preserve.request, us release", "release disallowed: requested", ""},
		{"what was given back is not made longer", "us preserve.request, cn answer, us release, us extend.hold", "extend.hold disallowed: released", ""},
		{"a corrected answer is no word on the longer hold that it crossed", "us preserve.request, cn answer, us extend.hold & cn answer", "answer, extend.hold crossed: answered", ""},
		{"a refused extension does not keep the asker from letting go", "us preserve.request, cn answer, us extend.hold, us release & cn refuse", "refuse, release: released", ""},
	})
}

func TestAssistanceIsAProcedure(t *testing.T) {
	ours := "us assist.request, "
	specify(t, Assistance(), nil, []row{
		{"the good day", ours + "cn acknowledge, cn accept, cn answer, us use, us close, us outcome", ": closed", "item 1 used as none, outcome arrest, partial"},
		{"a matter opens once", ours + "us assist.request", "assist.request disallowed: requested", ""},
		{"only the opener opens it", "cn assist.request", "assist.request disallowed: new", ""},
		{"there is no hold to make longer", ours + "cn answer, us extend.hold", "extend.hold disallowed: answered", ""},
		{"nobody answers their own request", ours + "us answer", "answer disallowed: requested", ""},

		{"it is passed on to who is competent, who decides", ours + "cn refer, cn accept", ": accepted", "open"},
		{"a referral outlasts a question", ours + "cn ask, cn refer, us supplement", ": requested", ""},

		{"a question waits for the asker", ours + "cn ask", ": requested.asked", "1 asked, open"},
		{"two questions wait together", ours + "cn ask, cn ask", ": requested.asked", "2 asked, open"},
		{"the supplement answers them all", ours + "cn accept, cn ask, cn ask, us supplement", ": accepted", "open"},
		{"a question may be contested", ours + "cn ask, us contest", ": requested", "open"},
		{"where nothing was asked nothing can be contested", ours + "us contest", "contest disallowed: requested", ""},
		{"a second question outlives the reply to the first", ours + "cn ask, us supplement & cn ask", "supplement, ask: requested.asked", "1 asked, open"},
		{"a request may be corrected unasked", ours + "us supplement, cn accept, us supplement", ": accepted", ""},
		{"who asked for more must read it before refusing", ours + "cn ask, us supplement & cn refuse", "supplement, refuse crossed: requested", "open"},
		{"and then may refuse", ours + "cn ask, us supplement & cn refuse, cn refuse", ": refused", "refused"},
		{"a part may be answered with a question open", ours + "cn ask, cn answer.partial", ": accepted.asked", ""},

		{"what cannot be kept confidential is the asker's to decide", ours + "cn confidentiality.issue", ": secrecy", "open"},
		{"it wants it all the same", ours + "cn confidentiality.issue, us confidentiality.waive, cn answer", ": answered", ""},
		{"it would rather not", ours + "cn confidentiality.issue, us withdraw", ": withdrawn", "withdrawn"},
		{"until it has decided nothing is executed", ours + "cn accept, cn confidentiality.issue, cn answer", "answer disallowed: secrecy", ""},

		{"conditions are accepted, and bind", ours + "cn conditions.propose, us conditions.accept", ": accepted", "bound by c1, open"},
		{"conditions on the table bind nobody", ours + "cn conditions.propose", ": terms", "c1 on the table, open"},
		{"declined, the request stands as it was", ours + "cn conditions.propose, us conditions.decline", ": requested", "open"},
		{"other conditions, accepted by the asked side", ours + "cn conditions.propose, us conditions.counter, cn conditions.accept", ": accepted", "bound by c9, open"},
		{"other conditions, declined", ours + "cn conditions.propose, us conditions.counter, cn conditions.decline", ": requested", "open"},
		{"other conditions, and others in return", ours + "cn conditions.propose, us conditions.counter, cn conditions.propose, us conditions.accept", ": accepted", "bound by c1, open"},
		{"what was agreed stands until other conditions are", ours + "cn conditions.propose, us conditions.accept, cn conditions.propose, us conditions.decline", ": requested", "bound by c1, open"},
		{"nobody accepts its own conditions", ours + "cn conditions.propose, cn conditions.accept", "conditions.accept disallowed: terms", "c1 on the table, open"},
		{"the example of the protocol: who accepts is bound by what it has seen", ours + "cn conditions.propose, us conditions.accept & cn conditions.propose cn ask",
			"conditions.propose, conditions.accept, conditions.propose crossed, ask crossed: accepted", "bound by c1, open"},
		{"a refusal takes the conditions from the table", ours + "cn conditions.propose, cn refuse", ": refused", "refused"},
		{"who withdraws is bound to nothing on the table", ours + "cn conditions.propose, us withdraw", ": withdrawn", "withdrawn"},

		{"postponed with a day of review", ours + "cn postpone", ": postponed", "review 2027-03-01, open"},
		{"postponed is not refused: it may be accepted yet", ours + "cn postpone, cn accept", ": accepted", "open"},
		{"put off once more", ours + "cn postpone, cn postpone, cn answer", ": answered", "partial"},
		{"delayed, with the reason", ours + "cn accept, cn extend.deadline", ": accepted", ""},
		{"the asker gives more time", ours + "us extend.deadline", ": requested", ""},

		{"a refusal after work began", ours + "cn accept, cn consult, cn refuse, us close", ": closed", "refused"},
		{"a word on consultation changes no state", ours + "cn consult, us consult", ": requested", ""},
		{"what was refused is not answered", ours + "cn refuse, cn answer", "answer disallowed: refused", "refused"},
		{"a part that was given stays given when the rest is refused", ours + "cn answer.partial, cn refuse", ": refused", "partial"},
		{"and when that is closed", ours + "cn answer.partial, cn refuse, us close", ": closed", "partial"},

		{"an answer outranks a withdrawal", ours + "cn accept, us withdraw & cn answer", "answer, withdraw crossed: answered", "partial"},
		{"so does a part of one", ours + "cn accept, us withdraw & cn answer.partial", "answer.partial, withdraw crossed: accepted", "open"},
		{"whoever withdraws may, although it was accepted meanwhile", ours + "us withdraw & cn accept", "accept, withdraw: withdrawn", "withdrawn"},
		{"what was withdrawn was not refused", ours + "us withdraw, us close", ": closed", "withdrawn"},
		{"nobody closes on an answer that was just corrected", ours + "cn answer, us close & cn answer", "answer, close crossed: answered", ""},
		{"closed is closed", ours + "cn refuse, us close, cn answer", "answer disallowed: closed", "refused"},

		{"an assurance is asked for", ours + "cn assurance.ask", ": requested", "a1 asked for by cn, open"},
		{"given, and found sufficient", ours + "cn assurance.ask, us assurance.give, cn assurance.judge", ": requested", "a1 given true by cn sufficient, open"},
		{"nobody gives it to itself", ours + "cn assurance.ask, cn assurance.give", ": requested", "a1 asked for by cn, open"},
		{"nor judges its own", ours + "cn assurance.ask, us assurance.give, us assurance.judge", ": requested", "a1 given true by cn, open"},
		{"both may ask for one, each under its own number", ours + "us assurance.ask & cn assurance.ask, us assurance.give", ": requested", "a1 given true by cn, a1 asked for by us, open"},
		{"only the asker says what use it made", ours + "cn answer, cn use", ": answered", "partial"},
	})
}

// What the whole comes to is decided item by item.
func TestItemsAreDecidedOneByOne(t *testing.T) {
	answer := func(results ...string) *Answer {
		a := &Answer{}
		for i, r := range results {
			a.Results = append(a.Results, Result{Item: fmt.Sprint(i + 1), Result: r})
			if r == Refused {
				a.Results[i].Ground = "essential_interests"
			}
			if r == Impossible {
				a.Results[i].Reason = "technical"
			}
		}
		return a
	}
	for _, tt := range []struct {
		name   string
		answer *Answer
		want   string
	}{
		{"all provided", answer(Provided, Provided), "executed"},
		{"done, or held, is as good", answer(Done, Held), "executed"},
		{"one of two", answer(Provided, Refused), "partial"},
		{"one of two, the other impossible", answer(Impossible, Provided), "partial"},
		{"neither, one of them refused", answer(Impossible, Refused), "refused"},
		{"neither could be had", answer(Gone, NotOurs), "impossible"},
		{"one was forgotten", answer(Provided), "partial"},
		{"an answer about nothing that was asked decides nothing", &Answer{Results: []Result{{Item: "9", Result: Gone}}}, "open"},
	} {
		s := &threadtest.Story{Capability: Assistance(), Bodies: bodies(Assistance())}
		s.Bodies["answer"] = tt.answer
		if v := Project(s.Draw("us assist.request, cn answer").History("us"), Yardstick{}); v.Decided() != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, v.Decided(), tt.want)
		}
	}
}

func TestPrecheckIsAProcedure(t *testing.T) {
	c := Precheck()
	for _, tt := range []row{
		{"a draft is shown, commented and becomes a request", "us precheck.open, cn precheck.comment, us precheck.revise, us precheck.end", ": done", ""},
		{"both may comment at once", "us precheck.open, us precheck.comment & cn precheck.comment", "precheck.comment, precheck.comment: open", ""},
		{"a comment on what was just replaced stays", "us precheck.open, us precheck.revise & cn precheck.comment", "precheck.revise, precheck.comment: open", ""},
		{"only its author replaces it", "us precheck.open, cn precheck.revise", "precheck.revise disallowed: open", ""},
		{"or ends it", "us precheck.open, cn precheck.end", "precheck.end disallowed: open", ""},
		{"what has ended is not commented", "us precheck.open, us precheck.end, cn precheck.comment", "precheck.comment disallowed: done", ""},
		{"it is no request: nobody refuses it", "us precheck.open, cn refuse", "refuse disallowed: open", ""},
	} {
		s := &threadtest.Story{Capability: c, Bodies: bodies(c)}
		th := thread.Project(c, s.Draw(tt.drawing).History("cn"))
		if got := threadtest.Show(th.View); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// Whoever accepts conditions is bound by those it had seen.
var binding = map[comity.Kind][]comity.Kind{"conditions.accept": {"conditions.propose", "conditions.counter"}}

func TestRandomRequestsConverge(t *testing.T) {
	for _, c := range []thread.Capability{Preservation(), Assistance()} {
		t.Run(c.Name, func(t *testing.T) {
			threadtest.Converge(t, &threadtest.Story{Capability: c, Bodies: bodies(c)}, binding, func(h thread.History) any {
				v := Project(h, Yardstick{Pack: pack()})
				if v.Says.EN == "" || v.Says.ZH == "" || len(v.Timeline) != len(h.Statements) || len(v.Clocks) != 3 {
					t.Fatalf("%q, %d rows", v.Says, len(v.Timeline))
				}
				return []any{v.Items, v.Conditions, v.Proposed, v.Assurances, v.Clocks, v.Question, v.Says, v.Due, v.Overdue, v.HoldUntil, v.Outcomes, v.Decided()}
			})
		})
	}
	t.Run("precheck", func(t *testing.T) {
		threadtest.Converge(t, &threadtest.Story{Capability: Precheck(), Bodies: bodies(Precheck())}, nil, func(h thread.History) any {
			return thread.Project(Precheck(), h).State
		})
	})
}

// Rules of fairness that the ranks and slots were chosen for, in states that a
// drawing above does not reach.
func TestWhatCrossesIsFair(t *testing.T) {
	for _, tt := range []struct {
		name          string
		state         string
		opener, other comity.Kind
		want          string
	}{
		{"a supplement does not spoil an answer", "accepted.asked", "supplement", "answer", "`supplement`, then `answer`: answered"},
		{"nor does it end a postponement", "postponed", "supplement", "postpone", "`supplement`, then `postpone`: postponed"},
		{"whoever withdraws may, although its conditions were accepted meanwhile", "countered", "withdraw", "conditions.accept", "`conditions.accept`, then `withdraw`: withdrawn"},
		{"a waiver does not keep the asked side from refusing", "secrecy", "confidentiality.waive", "refuse", "`confidentiality.waive`, then `refuse`: refused"},
		{"nobody declines conditions that it has not seen", "terms", "conditions.decline", "conditions.propose", "`conditions.propose`; `conditions.decline` is crossed: terms"},
	} {
		if got := threadtest.Cross(Preservation().Table(), tt.state, tt.opener, tt.other); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
	if _, ok := Preservation().Kind("dance"); ok {
		t.Error("there is no such kind")
	}
	if Opens("preserve") != OpensPreservation || Opens("funds.recall") != OpensAssistance || Preservation().Table().States[0].Owes != matter.Opener {
		t.Error("a request is opened by its asker, in the procedure of its type")
	}
}
