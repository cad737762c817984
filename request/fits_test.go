package request

import (
	"testing"

	"comity"
	"comity/clock"
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
		{"its own countersignature", "countersign", &Countersign{Statement: sole.ID}, "seat us-1 released " + sole.ID.Short() + " itself; another seat must countersign"},
		{"of what two released", "countersign", &Countersign{Statement: ask.ID}, "seat us-1 released " + ask.ID.Short() + " itself; another seat must countersign"},
		{"of what another released", "countersign", &Countersign{Statement: comity.Hash{1}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := v.Fits(tt.kind, tt.body, "us-1"); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
