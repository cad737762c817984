package docket

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
)

func clockTime(s string) comity.Time {
	if s == "" {
		return comity.Time{}
	}
	h, err := time.Parse(time.DateTime, "2026-11-22 "+s+":00")
	if err != nil {
		panic(err)
	}
	return comity.At(h)
}

// sheet draws a call sheet of the asking side: its start, what it said, and what
// was promised, as "theirs hold in place 18:00, ours confirm".
func sheet(start, said, promised string) *Call {
	c := &Call{ID: "call1", Direction: "out", StartedAt: clockTime(start), EnteredAt: clockTime("23:00"), Number: "+1-202-555-0101", NumberSource: "directory",
		Identity: Identity{"call_back", "good"}, Speaker: "cn-24-7-07", Language: "en", ReadBack: "yes", Outcome: "request_draft", PeerEntry: "pending"}
	for s := range strings.SplitSeq(said, ", ") {
		if s != "" {
			c.Said = append(c.Said, s)
		}
	}
	for s := range strings.SplitSeq(promised, ", ") {
		if whose, what, ok := strings.Cut(s, " "); ok {
			p := Promise{Whose: whose, What: what}
			if i := strings.LastIndexByte(what, ' '); strings.Contains(what[i+1:], ":") {
				p.What, p.By = what[:i], clockTime(what[i+1:])
			}
			c.Promised = append(c.Promised, p)
		}
	}
	return c
}

func TestCompareCallSheets(t *testing.T) {
	for _, c := range []struct {
		name         string
		ours, theirs *Call
		want         string // fields
	}{
		{"both say the same", sheet("03:20", "account 4471", "theirs hold in place 18:00"), sheet("03:21", "account  4471", "ours hold in place 18:00"), ""},
		{"18:00 local is not 18:00Z", sheet("03:20", "", "theirs answer 18:00"), sheet("03:20", "", "ours answer 10:00"), "promised"},
		{"who promised it", sheet("03:20", "", "theirs answer 18:00"), sheet("03:20", "", "theirs answer 18:00"), "promised"},
		{"one side heard no promise", sheet("03:20", "", "theirs answer 18:00"), sheet("03:20", "", ""), "promised"},
		{"one side heard no time", sheet("03:20", "", "theirs answer"), sheet("03:20", "", "ours answer 18:00"), "promised"},
		{"two digits swapped", sheet("03:20", "account 4471", ""), sheet("03:20", "account 4417", ""), "said said"},
		{"a letter's case", sheet("03:20", "wallet bcQ", ""), sheet("03:20", "wallet bcq", ""), "said said"},
		{"clocks differ a little", sheet("03:20", "", ""), sheet("03:25", "", ""), ""},
		{"clocks differ", sheet("03:20", "", ""), sheet("03:26", "", ""), "started_at"},
		{"the same promise twice", sheet("03:20", "", "theirs call 18:00, theirs call 20:00"), sheet("03:20", "", "ours call 18:00, ours call 20:00"), ""},
	} {
		theirs := *c.theirs
		theirs.Direction = "in"
		var fields []string
		for _, d := range Compare(*c.ours, theirs) {
			fields = append(fields, d.Field)
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%s: differ in %q, want %q", c.name, got, c.want)
		}
	}
	both := sheet("03:20", "", "")
	if got := Compare(*both, *both); !reflect.DeepEqual(got, []Difference{{"direction", "out", "out"}}) {
		t.Errorf("two who both called: %v", got)
	}
	late := *both
	late.Direction, late.WrittenDue = "in", clockTime("20:00")
	if got := Compare(*both, late); len(got) != 1 || got[0].Field != "written_confirmation_due" || got[0].Ours != "" || got[0].Theirs == "" {
		t.Errorf("when it is confirmed in writing: %v", got)
	}
}

func TestCallSheets(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Call)
		want   string
	}{
		{"a good sheet", func(*Call) {}, ""},
		{"written before the call", func(c *Call) { c.EnteredAt = clockTime("01:00") }, "entered_at"},
		{"a call back to the number that the caller gave", func(c *Call) { c.NumberSource = "other" }, "number_source"},
		{"no method, and a result", func(c *Call) { c.Identity.Method = "none" }, "identity.result"},
		{"no method, no result", func(c *Call) { c.Identity = Identity{"none", "not_tried"} }, ""},
	} {
		s := sheet("03:20", "", "")
		c.change(s)
		_, err := Make(s, "us-24-7-01", noon)
		if (c.want == "") != (err == nil) || err != nil && (!errors.Is(err, comity.Invalid) || !strings.HasPrefix(err.Error(), c.want+": ")) {
			t.Errorf("%s: got %v, want a fault of %q", c.name, err, c.want)
		}
	}
}
