package page

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"comity/clock"
	"comity/say"
)

// TestDesign: every part is drawn in both languages, an element's id stands once, and
// nothing is styled in place.
func TestDesign(t *testing.T) {
	var zones []clock.Zone
	for name, city := range map[string]string{"Asia/Shanghai": "Beijing", "America/New_York": "Washington"} {
		z, err := clock.ParseZone(name, city)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, z)
	}
	for _, lang := range say.Langs {
		var b strings.Builder
		f := Frame{W: say.In(lang), Party: "us", Name: "US", Seat: "us-24-7-01", Person: "P", Now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Zones: zones, CSS: "app.css", JS: "app.js"}
		if err := f.Design().Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		html := b.String()
		if dir := os.Getenv("DESIGN"); dir != "" { // to look at it
			if err := os.WriteFile(dir+"/design-"+f.W.Short()+".html", []byte(html), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []string{"Overdue", "已逾期", "Washington", "华盛顿", "Beijing", "北京", "&lt;b&gt;203.0.113.77", "<svg"} {
			if !strings.Contains(html, want) {
				t.Errorf("%s: %q is not there", lang, want)
			}
		}
		for _, bad := range []string{"style=", "<script>", "<b>203.0.113.77"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s: %q is there", lang, bad)
			}
		}
		seen := map[string]bool{}
		for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
			if seen[id[1]] && id[1] != "findings" { // of one draft, on a page
				t.Errorf("%s: the id %q stands twice", lang, id[1])
			}
			seen[id[1]] = true
		}
	}
}
