package folio

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/casefile"
	"comity/say"
	"comity/web/frame"
)

// bare is a frame without anything around it.
// TestPartsInBothLanguages holds words, dates and filters to both languages.
func TestPartsInBothLanguages(t *testing.T) {
	for _, l := range []say.Lang{say.English, say.Chinese} {
		f := Frame{frame.Frame{W: say.In(l), Party: "us", Now: time.Unix(0, 0)}}
		if f.trend("up") == "" || f.label("money_returned") == "money_returned" || f.caseState("progress") == "progress" {
			t.Errorf("%s: a word is missing", l)
		}
		if x := MonthOf("2026", "11", f.Now); len(x.weeks()) != 6 || x.weeks()[0][6].utcDay() != 1 {
			t.Errorf("November 2026 begins on a Sunday and has six weeks: %v", x.weeks())
		}
		var b bytes.Buffer
		if err := f.Span("/review", Span{From: `"><script>`, Peers: []frame.Option{{Value: "cn", Label: "China"}}}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if s := b.String(); strings.Contains(s, "<script>") || !strings.Contains(s, "China") {
			t.Errorf("the filters are drawn as %s", s)
		}
	}
	if got := paperPath(Line{Kind: casefile.OpensReport, Realm: comity.Live, Ref: "US-2026-000001"}); got != "/report/live/US-2026-000001" {
		t.Errorf("a report is at %s", got)
	}
}
