package guide

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/spec/guidelines.md anew")

// TestGuidelinesArePublished keeps the page that reviewers read what Check obeys.
func TestGuidelinesArePublished(t *testing.T) {
	const path = "../docs/spec/guidelines.md"
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# Guidelines for a preservation request\n")
	p("Made by `go test ./guide -update` from the tables in package guide; do not edit. Marks: *borrowed*, no rule between the two parties, though it may bind one of them; *not verified*, nobody here has read the words cited; *proposal*, ours, for the two parties to discuss. No figure on this page is known to have been agreed by any two governments.\n")
	p("## Rules\n\nA rule that *blocks* stops the author. On arrival nothing blocks: the same findings are shown to the receiver as remarks.\n\n| id | | about | do | from | |\n|---|---|---|---|---|---|")
	for _, r := range Rules() {
		p("| %s | %s | `%s` | %s | %s | %s |", r.ID, map[bool]Severity{true: Block, false: Warn}[r.Must], r.Field, r.Says, r.Cite, r.Mark())
	}
	p("\n## Bases\n\n| id | | pledge of reciprocity | grounds of refusal | from | |\n|---|---|---|---|---|---|")
	for _, l := range Bases() {
		p("| `%s` | %s | %s | %s | %s | %s |", l.ID, l.Says, map[bool]string{true: "needed", false: "-"}[l.Pledge], map[bool]string{true: "closed list", false: "open list"}[l.Closed], l.Cite, l.Mark())
	}
	p("\nThe grounds are in [kinds.md](kinds.md) §3.\n\n## Limits\n\nElapsed time: a day is 24 hours.\n\n| priority | until | within | while a question is open | from | |\n|---|---|---|---|---|---|")
	for _, l := range Limits() {
		p("| %s | %s | %s | %s | %s | %s |", cmp.Or(l.Priority, "all"), l.For, elapsed(l.Within), map[bool]string{true: "runs on", false: "pauses"}[l.Unpaused], l.Cite, l.Mark())
	}
	p("\n## Holds\n\n| applies to | | from | |\n|---|---|---|---|")
	for _, h := range Holds() {
		applies := "for comparison only"
		if h.Basis != "" {
			applies = "`" + h.Basis + "`, as a floor"
		}
		p("| %s | %s | %s | %s |", applies, h.Says, h.Cite, h.Mark())
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Error("docs/spec/guidelines.md is not what the tables say; run go test ./guide -update and read the difference")
	}
}

func elapsed(d time.Duration) string {
	switch {
	case d%day == 0:
		return fmt.Sprintf("%d d", d/day)
	case d%hour == 0:
		return fmt.Sprintf("%d h", d/hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
