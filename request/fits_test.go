package request

import (
	"strings"
	"testing"

	"comity"
	"comity/clock"
	"comity/guide"
)

// What the other side would have to take, but no officer can have meant, is held
// back: each line is one such body, and the nearest that may go.
func TestFits(t *testing.T) {
	s := tell(t)
	ask := s.say("us", Opens, "2026-11-22 03:00", asked("P1"))
	s.say("cn", "accept", "2026-11-22 04:00", &Accept{})
	s.say("cn", "answer.partial", "2026-11-22 05:00", &Answer{Results: []Result{held("1", "2026-11-22 04:30", "2027-01-21 04:30")}})
	sole := s.say("us", "extend.hold", "2026-11-22 06:00", &ExtendHold{Until: moment("2027-03-01 00:00"), Reason: "slow"}, alone("us-1", "2026-11-22 18:00"))
	v := s.project("us", "2026-11-22 07:00")
	due := v.Clocks[2].Due
	for _, tt := range []struct {
		name string
		kind comity.Kind
		body any
		want string
	}{
		{"an item that is not asked for", "answer.partial", &Answer{Results: []Result{{Item: "9"}}}, `item: the request has no item "9"; it has 1, 2`},
		{"one that is", "answer.partial", &Answer{Results: []Result{{Item: "2"}}}, ""},
		{"a final answer that forgets one", "answer", &Answer{Results: []Result{{Item: "1"}}}, "item: the answer ends what is owed and says nothing of item 2; give a result for each, or answer with --partial"},
		{"a final one that adds the last", "answer", &Answer{Results: []Result{{Item: "2"}}}, ""},
		{"a shorter hold", "extend.hold", &ExtendHold{Until: moment("2027-01-21 04:30")}, "until: item 1 is held until 2027-01-21 04:30:00 UTC already; give a later time"},
		{"a longer hold", "extend.hold", &ExtendHold{Until: moment("2027-01-21 04:31")}, ""},
		{"an earlier deadline", "extend.deadline", &ExtendDeadline{Until: comity.At(due)}, "until: the answer is due " + clock.UTC(due) + " already; give a later time"},
		{"an answer expected yesterday", "accept", &Accept{Expected: moment("2026-11-21 07:00")}, "expected: 2026-11-21 07:00:00 UTC has been; give a time to come"},
		{"one expected tomorrow", "accept", &Accept{Expected: moment("2026-11-23 07:00")}, ""},
		{"reasons, and that there are none", "refuse", &Refuse{Ground: "essential_interests", Reasons: "r", NoFurtherReasons: true}, "no_further_reasons: the reasons are given; leave out one of the two"},
		{"a consultation held, and why it was not", "refuse", &Refuse{Ground: "essential_interests", Consultation: Consultation{"held", "urgent"}}, `consultation.reason: it says why a consultation was waived, and this one is "held"`},
		{"a consultation waived, and why", "refuse", &Refuse{Ground: "essential_interests", Consultation: Consultation{"waived", "urgent"}}, ""},
		{"that what nobody asked was not answered", "refuse", &Refuse{Ground: "question_unanswered"}, "ground: nothing was asked in US-2026-000042 that could be left unanswered"},
		{"nor of an item", "answer.partial", &Answer{Results: []Result{{Item: "2", Ground: "question_unanswered"}}}, "results[0].ground: nothing was asked in US-2026-000042 that could be left unanswered"},
		{"its own countersignature", "countersign", &Countersign{Statement: sole.ID}, "seat us-1 released " + sole.ID.Short() + " itself; another seat must countersign"},
		{"of what two released", "countersign", &Countersign{Statement: ask.ID}, "seat us-1 released " + ask.ID.Short() + " itself; another seat must countersign"},
		{"of what another released", "countersign", &Countersign{Statement: comity.Hash{1}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := v.Fits(tt.kind, tt.body, "us-1", moment("2026-11-22 07:00").Time); err != nil {
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
	s := tell(t)
	first := *s.say("us", Opens, "2026-11-22 03:00", asked("P1"), alone("us-1", "2026-11-22 15:00"))
	s.say("cn", "acknowledge", "2026-11-22 03:30", &Acknowledge{Statement: first.ID})
	s.say("us", "countersign", "2026-11-22 03:40", &Countersign{Statement: first.ID, Outcome: "upheld"}, bySeat("us-2"))
	q1 := *s.say("cn", "ask", "2026-11-22 04:00", &Ask{Questions: []Question{{Field: "items[0].from", Rule: "C11"}, {Field: "facts", Text: "Where?"}}})
	s.say("cn", "acknowledge", "2026-11-22 04:10", &Acknowledge{Statement: q1.ID})
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
		{"of no member", "ask", q("foo", "", "x"), `questions[0].field: "foo": the request has no such member; there are authority, basis, `},
		{"of no member of an item", "ask", q("items[0].colour", "", "x"), `"items[0].colour": items[0] has no such member; there are id, type, `},
		{"of an item that nobody named", "ask", q("items[9].from", "", "x"), `"items[9].from": the request has no items[9]`},
		{"of an item before the first", "ask", q("items[-1].from", "", "x"), `the request has no items[-1]`},
		{"of an item spelt oddly", "ask", q("items[00].from", "", "x"), `the request has no items[00]`},
		{"of an item without an end", "ask", q("items[0", "", "x"), `the request has no items[0`},
		{"of every item", "ask", q("items.from", "", "x"), `items has several; say which, such as items[0]`},
		{"of a part of a text", "ask", q("facts.date", "", "x"), `facts has no members`},
		{"of nothing", "ask", q("", "", "x"), `the request has no such member`},
		{"of one of no list", "ask", q("facts[0]", "", "x"), `the request has no facts[0]`},
		{"of an item", "ask", q("items[1].to", "", "x"), ""},
		{"of all items", "ask", q("items", "", "x"), ""},
		{"of what is left out", "ask", q("emergency.link", "", "x"), ""},
		{"of whether it is so", "ask", q("follow_up.intended", "", "x"), ""},
		{"on no guideline", "ask", q("facts", "Z99", "x"), `questions[0].rule: there is no guideline "Z99"; an example is "C11"`},
		{"on a guideline alone", "ask", q("facts", "B29-b", ""), ""},
		{"without a question", "ask", q("facts", "", " "), "questions[0].text: there is neither a question nor the guideline"},

		{"a reply to nothing", "supplement", reply("nonsense"), `replies[0].field: "nonsense": the request has no such member; there are authority, `},
		{"it says what is open", "supplement", reply("facts", "nonsense"), `; the open questions are about items[0].from, facts`},
		{"a reply to what was not asked", "supplement", reply("necessity"), ""},
		{"an item that no answer could name", "supplement", &Supplement{Items: []guide.Item{{ID: "3,4"}}}, `items[0].id: "3,4" has more than letters, digits`},

		{"a deadline that has been", "extend.deadline", &ExtendDeadline{Until: moment("2026-11-22 04:59")}, "until: "},
		{"a hold that has been", "extend.hold", &ExtendHold{Until: moment("2026-11-22 04:59")}, "until: 2026-11-22 04:59:00 UTC has been; give a time to come"},
		{"an acknowledgement twice", "acknowledge", &Acknowledge{Statement: first.ID}, "acknowledged " + first.ID.Short() + " already at 2026-11-22 03:30:00 UTC"},
		{"of what its own side alone acknowledged", "acknowledge", &Acknowledge{Statement: q1.ID}, ""},
		{"of another", "acknowledge", &Acknowledge{Statement: comity.Hash{1}}, ""},
		{"a countersignature twice", "countersign", &Countersign{Statement: first.ID, Outcome: "withdrawn", Reason: "r"}, first.ID.Short() + " was countersigned already: upheld ("},
		{"a question that was left open", "refuse", &Refuse{Ground: "question_unanswered"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := v.Fits(tt.kind, tt.body, "us-2", moment("2026-11-22 05:00").Time)
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
		{"nothing of either", reply("necessity"), "items[0].from facts"},
		{"one of two", reply("facts"), "items[0].from"},
		{"both", reply("facts", "items[0].from"), ""},
		{"the item as a whole", reply("facts", "items[0]"), ""},
		{"a member with a longer name", reply("items[0].from_where"), "items[0].from facts"},
		{"a corrected item", &Supplement{Items: []guide.Item{{ID: "1"}}}, "facts"},
		{"another item", &Supplement{Items: []guide.Item{{ID: "2"}}}, "items[0].from facts"},
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
