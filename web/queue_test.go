package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestQueueViews(t *testing.T) {
	w := newWriter(t)
	w.asks(http.StatusSeeOther, "/queue", url.Values{"name": {"the fastest"}, "query": {"priority=P0&whose=us"}})
	if got := w.asks(http.StatusOK, "/queue", nil).Body.String(); !strings.Contains(got, "the fastest") || !strings.Contains(got, "priority=P0&amp;whose=us") {
		t.Errorf("a saved view is not offered: %s", got)
	}
	w.asks(http.StatusUnprocessableEntity, "/queue", url.Values{"name": {""}, "query": {"priority=P0"}})
	w.sits("Bob Ray")
	if got := w.asks(http.StatusOK, "/queue", nil).Body.String(); strings.Contains(got, "the fastest") {
		t.Error("another person is offered what was not shared")
	}
}

// What a file has is what the page has, in one spelling for each.
func TestQueueFiles(t *testing.T) {
	w := newWriter(t)
	for path, starts := range map[string]string{"/queue.csv": "\ufeffref,realm,peer", "/queue.json": "[", "/queue.ics": "BEGIN:VCALENDAR\r\n"} {
		if got := w.asks(http.StatusOK, path+"?whose=us", nil).Body.String(); !strings.HasPrefix(got, starts) {
			t.Errorf("%s begins %.40q", path, got)
		}
	}
	w.asks(http.StatusUnprocessableEntity, "/queue.json?peer=--limit", nil)
	w.asks(http.StatusUnprocessableEntity, "/queue.csv?after=nowhere", nil)
}

// Both choices of the settings are taken: what the page offers, the record keeps.
func TestSettings(t *testing.T) {
	w := newWriter(t)
	for _, density := range []string{"", "compact"} {
		w.asks(http.StatusOK, "/settings", url.Values{"theme": {"dark"}, "density": {density}, "keys": {"yes"}})
	}
	if got := w.asks(http.StatusOK, "/settings", nil).Body.String(); strings.Count(got, `value="compact"`) != 1 {
		t.Error("the page offers another density than is kept")
	}
}

// A process that was killed leaves nothing readable of what it was taking in.
func TestLeftUploads(t *testing.T) {
	w := newWriter(t)
	left := filepath.Join(w.s.Node.Dir, uploads+"1")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "evidence.txt"), []byte("plain"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(w.s.Node, w.s.Verbs, w.s.Log); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

// The marking that is chosen is the draft's, and that of a matter is offered first.
func TestMarkingOfAForm(t *testing.T) {
	w := newWriter(t)
	got := w.asks(http.StatusOK, "/new/preserve", nil).Body.String()
	if !strings.Contains(got, `<option value="AMBER" selected>TLP:AMBER</option>`) || !strings.Contains(got, `<option value="RED">`) {
		t.Error("the form offers no marking")
	}
	got = w.asks(http.StatusUnprocessableEntity, "/new/preserve", url.Values{"tlp": {"RED"}}).Body.String()
	if !strings.Contains(got, `<option value="RED" selected>`) {
		t.Error("the marking that was chosen is lost")
	}
}

// No word of an address is ever a flag of the command that it is for.
func TestFlagged(t *testing.T) {
	for path, want := range map[string]bool{"/d/D-1": false, "/m/live/US-2026-000001/do/ask": false, "/d/--file=x": true, "/m/live/-h": true, "/m/--realm=all/US-2026-000001": true} {
		r, err := http.NewRequest(http.MethodGet, strings.ReplaceAll(path, "-", "%2D"), nil)
		if err != nil || flagged(r.URL.Path) != want {
			t.Errorf("%s: want %t (%v)", path, want, err)
		}
	}
}
