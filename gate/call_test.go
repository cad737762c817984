package gate

import (
	"testing"

	"comity"
	"comity/docket"
)

func TestMayDecideAfterACall(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  comity.Kind
		peer  string
		stops string
	}{
		{"the other side's sheet is not here yet", "accept", "pending", ""},
		{"both sheets say the same", "accept", "matches", ""},
		{"the sheets differ", "accept", "differs", "call1"},
		{"nor is it refused on what was misheard", "refuse", "differs", "call1"},
		{"a question decides nothing", "ask", "differs", ""},
	} {
		call := &docket.Call{ID: "call1", Direction: "in", StartedAt: noon, EnteredAt: noon, Number: "+1-202-555-0177", NumberSource: "directory",
			Identity: docket.Identity{Method: "call_back", Result: "good"}, Speaker: "cn-24-7-07", Language: "en", ReadBack: "yes", Outcome: "request_draft", PeerEntry: c.peer}
		d := folded(t, append(drawn(t, docket.ScreeningLines(), ""), call)...)
		// Not even the haste of an emergency makes one hour of two.
		if _, err := MayDecide(d, c.kind, nil, asked("emergency.disclosure", "P0", "", "")); faults(err) != c.stops {
			t.Errorf("%s: %v, want %q", c.name, err, c.stops)
		}
	}
}
