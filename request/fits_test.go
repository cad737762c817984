package request

import (
	"strings"
	"testing"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/thread"
)

// What the other side would have to take, but no officer can have meant, is held
// back: each line is one such body, and the nearest that may go.
func TestFits(t *testing.T) {
	s := tell(t, Preservation())
	ask := s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("cn", "accept", "2026-11-22 04:00", &Accept{})
	s.say("cn", "answer.partial", "2026-11-22 05:00", &Answer{Results: []Result{held("1", "2026-11-22 04:30", "2027-01-21 04:30")}})
	sole := s.say("us", "extend.hold", "2026-11-22 06:00", &ExtendHold{Until: moment("2027-03-01 00:00"), Reason: "slow"}, alone("us-01", "2026-11-22 18:00"))
	v := s.project("us", "2026-11-22 07:00")
	due := v.Clocks[2].Due
	for _, tt := range []struct {
		name string
		kind comity.Kind
		body any
		want string
	}{
		{"an item that is not asked for", "answer.partial", &Answer{Results: []Result{{Item: "9"}}}, `item: the request has no item "9"; it has 1, 2`},
		{"one that is", "answer.partial", &Answer{Results: []Result{{Item: "2", Result: Gone}}}, ""},
		{"a final answer that forgets one", "answer", &Answer{Results: []Result{{Item: "1", Result: Gone}}}, "item: the answer ends what is owed and says nothing of item 2; give a result for each, or answer with --partial"},
		{"a final one that adds the last", "answer", &Answer{Results: []Result{{Item: "2", Result: Gone}}}, ""},
		{"a result that its type does not know", "answer.partial", &Answer{Results: []Result{{Item: "2", Result: Provided}}}, `results[0].result: "provided" is no result of a request of type preserve; there are preserved, no_record, not_ours, gone, impossible, refused`},
		{"a shorter hold", "extend.hold", &ExtendHold{Until: moment("2027-01-21 04:30")}, "until: item 1 is held until 2027-01-21 04:30:00 UTC already; give a later time"},
		{"a longer hold", "extend.hold", &ExtendHold{Until: moment("2027-01-21 04:31")}, ""},
		{"an earlier deadline", "extend.deadline", &ExtendDeadline{Until: comity.At(due)}, "until: the answer is due " + clock.UTC(due) + " already; give a later time"},
		{"an answer expected yesterday", "accept", &Accept{Expected: moment("2026-11-21 07:00")}, "expected: 2026-11-21 07:00:00 UTC has been; give a time to come"},
		{"that what is no P0 is no emergency", "accept", &Accept{Emergency: "not_shown"}, "emergency: US-2026-000042 is P1; only of a P0 it is said whether there is an emergency: leave it out"},
		{"nor is its answer's", "answer.partial", &Answer{Emergency: "justified"}, "emergency: US-2026-000042 is P1; only of a P0 it is said whether there is an emergency: leave it out"},
		{"nor its refusal's", "refuse", &Refuse{Emergency: "justified"}, "emergency: US-2026-000042 is P1; only of a P0 it is said whether there is an emergency: leave it out"},
		{"one expected tomorrow", "accept", &Accept{Expected: moment("2026-11-23 07:00")}, ""},
		{"reasons, and that there are none", "refuse", &Refuse{Ground: "essential_interests", Reasons: "r", NoFurtherReasons: true}, "no_further_reasons: the reasons are given; leave out one of the two"},
		{"a consultation held, and why it was not", "refuse", &Refuse{Ground: "essential_interests", Consultation: Consultation{"held", "urgent"}}, `consultation.reason: it says why a consultation was waived, and this one is "held"`},
		{"a consultation waived, and why", "refuse", &Refuse{Ground: "essential_interests", Consultation: Consultation{"waived", "urgent"}}, ""},
		{"a ground that is not listed, of a closed list", "refuse", &Refuse{Ground: "domestic_law"}, `ground: "domestic_law" is not a ground under bilateral-default, whose list is closed: political_offence, essential_interests, dual_criminality, question_unanswered`},
		{"that what nobody asked was not answered", "refuse", &Refuse{Ground: "question_unanswered"}, "ground: nothing was asked in US-2026-000042 that could be left unanswered"},
		{"nor of an item", "answer.partial", &Answer{Results: []Result{{Item: "2", Ground: "question_unanswered"}}}, "results[0].ground: nothing was asked in US-2026-000042 that could be left unanswered"},
		{"its own countersignature", "countersign", &thread.Countersign{Statement: sole.ID}, "seat us-01 released " + sole.ID.Short() + " itself; another seat must countersign"},
		{"of what two released", "countersign", &thread.Countersign{Statement: ask.ID}, "seat us-01 released " + ask.ID.Short() + " itself; another seat must countersign"},
		{"of what another released", "countersign", &thread.Countersign{Statement: comity.Hash{1}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := v.Fits(tt.kind, tt.body, "us", "us-01", pack(), moment("2026-11-22 07:00").Time); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Questions and what answers them are about what the request has.
func TestFitsAQuestion(t *testing.T) {
	s := tell(t, Preservation())
	first := *s.say("us", OpensPreservation, "2026-11-22 03:00", nil, alone("us-01", "2026-11-22 15:00"))
	s.say("cn", "acknowledge", "2026-11-22 03:30", &thread.Acknowledge{Statement: first.ID})
	s.say("us", "countersign", "2026-11-22 03:40", &thread.Countersign{Statement: first.ID, Outcome: "upheld"}, bySeat("us-02"))
	q1 := *s.say("cn", "ask", "2026-11-22 04:00", &Ask{Questions: []Question{{Field: "order.items[0].from", Rule: "C11"}, {Field: "supporting.facts", Text: "Where?"}}})
	s.say("cn", "acknowledge", "2026-11-22 04:10", &thread.Acknowledge{Statement: q1.ID})
	v := s.project("us", "2026-11-22 05:00")
	q := func(field, rule, text string) *Ask {
		return &Ask{Questions: []Question{{Field: field, Rule: rule, Text: text}}}
	}
	reply := func(fields ...string) *Supplement {
		b := &Supplement{}
		for _, f := range fields {
			b.Replies = append(b.Replies, Reply{Field: f, Text: "x"})
		}
		return b
	}
	for _, tt := range []struct {
		name string
		kind comity.Kind
		body any
		want string // in the error; empty if there is none
	}{
		{"of no member", "ask", q("foo", "", "x"), `questions[0].field: "foo": the request has no such member; there are type, authority, addressee, basis, `},
		{"of no member of an item", "ask", q("order.items[0].colour", "", "x"), `"order.items[0].colour": items[0] has no such member; there are id, type, `},
		{"of an item that nobody named", "ask", q("order.items[9].from", "", "x"), `"order.items[9].from": there is no items[9]`},
		{"of an item before the first", "ask", q("order.items[-1].from", "", "x"), `there is no items[-1]`},
		{"of an item spelt oddly", "ask", q("order.items[00].from", "", "x"), `there is no items[00]`},
		{"of an item without an end", "ask", q("order.items[0", "", "x"), `there is no items[0`},
		{"of every item", "ask", q("order.items.from", "", "x"), `items has several; say which, such as items[0]`},
		{"of a part of a text", "ask", q("supporting.facts.date", "", "x"), `facts has no members`},
		{"of nothing", "ask", q("", "", "x"), `the request has no such member`},
		{"of one of no list", "ask", q("supporting.facts[0]", "", "x"), `there is no facts[0]`},
		{"of an item", "ask", q("order.items[1].to", "", "x"), ""},
		{"of all items", "ask", q("order.items", "", "x"), ""},
		{"of what is left out", "ask", q("emergency.link", "", "x"), ""},
		{"of whether it is so", "ask", q("follow_up.intended", "", "x"), ""},
		{"on no guideline", "ask", q("supporting.facts", "Z99", "x"), `questions[0].rule: there is no guideline "Z99"; an example is "C11"`},
		{"on a guideline alone", "ask", q("supporting.facts", "C05", ""), ""},
		{"without a question", "ask", q("supporting.facts", "", " "), "questions[0].text: there is neither a question nor the guideline"},

		{"a reply to nothing", "supplement", reply("nonsense"), `replies[0].field: "nonsense": the request has no such member; there are type, authority, `},
		{"it says what is open", "supplement", reply("supporting.facts", "nonsense"), `; the open questions are about order.items[0].from, supporting.facts`},
		{"a reply to what was not asked", "supplement", reply("supporting.necessity"), ""},
		{"an item that no answer could name", "supplement", &Supplement{Items: []guide.Item{{ID: "3,4"}}}, `items[0].id: "3,4" has more than letters, digits`},

		{"a deadline that has been", "extend.deadline", &ExtendDeadline{Until: moment("2026-11-22 04:59")}, "until: "},
		{"a hold that has been", "extend.hold", &ExtendHold{Until: moment("2026-11-22 04:59")}, "until: 2026-11-22 04:59:00 UTC has been; give a time to come"},
		{"an acknowledgement twice", "acknowledge", &thread.Acknowledge{Statement: first.ID}, "acknowledged " + first.ID.Short() + " already at 2026-11-22 03:30:00 UTC"},
		{"of what its own side alone acknowledged", "acknowledge", &thread.Acknowledge{Statement: q1.ID}, ""},
		{"of another", "acknowledge", &thread.Acknowledge{Statement: comity.Hash{1}}, ""},
		{"a countersignature twice", "countersign", &thread.Countersign{Statement: first.ID, Outcome: "withdrawn", Reason: "r"}, first.ID.Short() + " was countersigned already: upheld ("},
		{"a question that was left open", "refuse", &Refuse{Ground: "question_unanswered"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := v.Fits(tt.kind, tt.body, "us", "us-02", pack(), moment("2026-11-22 05:00").Time)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %q", err, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		name string
		body *Supplement
		want string
	}{
		{"nothing of either", reply("supporting.necessity"), "order.items[0].from supporting.facts"},
		{"one of two", reply("supporting.facts"), "order.items[0].from"},
		{"both", reply("supporting.facts", "order.items[0].from"), ""},
		{"the item as a whole", reply("supporting.facts", "order.items[0]"), ""},
		{"a member with a longer name", reply("order.items[0].from_where"), "order.items[0].from supporting.facts"},
		{"a corrected item", &Supplement{Items: []guide.Item{{ID: "1"}}}, "supporting.facts"},
		{"another item", &Supplement{Items: []guide.Item{{ID: "2"}}}, "order.items[0].from supporting.facts"},
	} {
		var left []string
		for _, q := range v.Unanswered(tt.body) {
			left = append(left, q.Field)
		}
		if got := strings.Join(left, " "); got != tt.want {
			t.Errorf("%s: %q is left, want %q", tt.name, got, tt.want)
		}
	}
}

// What only one side may say, and of what there is.
func TestFitsWhoSaysIt(t *testing.T) {
	s := tell(t, Preservation())
	sent := *s.say("us", OpensPreservation, "2026-11-22 03:00", nil)
	s.say("cn", "assurance.ask", "2026-11-22 04:00", &AssuranceAsk{ID: "a1", About: "use"})
	s.say("us", "assurance.ask", "2026-11-22 04:00", &AssuranceAsk{ID: "a2", About: "confidentiality"})
	s.say("cn", "conditions.propose", "2026-11-22 04:10", terms("c1", "no_onward"))
	v := s.project("us", "2026-11-22 05:00")
	for _, tt := range []struct {
		name string
		me   comity.Party
		body any
		want string
	}{
		{"an assurance that the other side asked for is given", "us", &AssuranceGive{ID: "a1"}, ""},
		{"what was asked in writing is not confirmed in writing", "us", &Confirm{Reference: "letter 118"}, "nothing that was asked by word of mouth in US-2026-000042 waits"},
		{"nor by the asked side", "cn", &Confirm{Reference: "letter 118"}, "only us may"},
		{"nobody gives itself an assurance", "cn", &AssuranceGive{ID: "a1"}, `id: us has not asked for an assurance "a1" in US-2026-000042`},
		{"nor one that nobody asked for", "us", &AssuranceGive{ID: "a9"}, `id: cn has not asked for an assurance "a9"`},
		{"what was not given is not judged", "cn", &AssuranceJudge{ID: "a1"}, "id: assurance a1 has not been answered yet"},
		{"only who asked for it judges", "us", &AssuranceJudge{ID: "a1"}, `id: us has not asked for an assurance "a1"`},
		{"an assurance about an item that is not asked for", "cn", &AssuranceAsk{Items: []string{"9"}}, `items[0]: the request has no item "9"; it has 1, 2`},
		{"a condition on the table is declined", "us", &ConditionsDecline{Conditions: []string{"c1"}}, ""},
		{"one that is not there", "us", &ConditionsDecline{Conditions: []string{"c1", "c2"}}, `conditions[1]: no condition "c2" is on the table`},
		{"a condition on an item that is not asked for", "cn", &ConditionsPropose{Conditions: []Condition{{Items: []string{"1", "9"}}}}, `conditions[0].items[1]: the request has no item "9"`},
		{"a postponement to a day that has been", "cn", &Postpone{ReviewOn: "2026-11-21"}, "review_on: 2026-11-21 has been"},
		{"to no day", "cn", &Postpone{ReviewOn: "soon"}, `review_on: "soon" is not a day such as "2027-03-01"`},
		{"a follow-up that is no reference", "us", &Convert{Request: "soon"}, `request: "soon" is not the reference of a request`},
		{"the asker says what use it made", "us", &Use{Items: []string{"2"}}, ""},
		{"the asked side does not", "cn", &Use{Items: []string{"2"}}, "only us may use in US-2026-000042"},
		{"an outcome on some day", "us", &Outcome{Date: "April"}, `date: "April" is not a day such as "2027-04-01"`},
		{"its sender calls a statement misdirected", "us", &thread.Misdirected{Statement: sent.ID}, ""},
		{"its reader does not", "cn", &thread.Misdirected{Statement: sent.ID}, "is of us: only who sent it may call it misdirected"},
		{"nor anybody what is not there", "us", &thread.Misdirected{Statement: comity.Hash{9}}, "US-2026-000042 has no statement 090000000000"},
		{"nobody attests what was not misdirected", "cn", &thread.Attest{Statement: sent.ID}, "the other side has not called " + sent.ID.Short() + " misdirected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind := comity.Kind("")
			if _, ok := tt.body.(*Use); ok {
				kind = "use"
			}
			err := v.Fits(kind, tt.body, tt.me, "us-01", pack(), moment("2026-11-22 05:00").Time)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %q", err, tt.want)
			}
		})
	}
}
