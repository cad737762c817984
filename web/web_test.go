package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"comity/session"
	"comity/web"
	"comity/web/webtest"
)

// Both choices of the settings are taken: what the page offers, the record keeps.
func TestSettings(t *testing.T) {
	w := first(webtest.Desks(t))
	for _, density := range []string{"", "compact"} {
		w.Asks(http.StatusOK, "/settings", url.Values{"theme": {"dark"}, "density": {density}, "keys": {"yes"}})
	}
	if got := w.Asks(http.StatusOK, "/settings", nil).Body.String(); strings.Count(got, `value="compact"`) != 1 {
		t.Error("the page offers another density than is kept")
	}
}

// A process that was killed leaves nothing readable of what it was taking in.
func TestLeftUploads(t *testing.T) {
	w := first(webtest.Desks(t))
	left := filepath.Join(w.Node.Dir, "upload-1")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "evidence.txt"), []byte("plain"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := web.New(w.Node, w.Log); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

// A session has so many streams and no more; one that has ended hears no news, and who
// sits nowhere none at all.
func TestLive(t *testing.T) {
	us, cn := webtest.Desks(t)
	var gone atomic.Bool
	who := us.Server.Who
	us.Server.Who = func(r *http.Request, live bool) (web.Session, error) {
		if gone.Load() {
			return web.Session{}, session.ErrNone
		}
		return who(r, live)
	}
	served := httptest.NewServer(us)
	defer served.Close()
	listen := func(want int) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, served.URL+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != want {
			t.Errorf("/live: %d, want %d", a.StatusCode, want)
		}
		return a
	}
	var open []*http.Response
	for range 16 {
		open = append(open, listen(http.StatusOK))
	}
	listen(http.StatusTooManyRequests).Body.Close()
	gone.Store(true)
	if _, _, err := us.Party.Ask(t.Context(), cn.Party.Party, 1); err != nil {
		t.Fatal(err)
	}
	for _, a := range open {
		b, err := io.ReadAll(a.Body)
		if err != nil || strings.Contains(string(b), "news") {
			t.Errorf("a session that ended hears %q, %v", b, err)
		}
		a.Body.Close()
	}
	gone.Store(false)
	listen(http.StatusOK).Body.Close()
	us.Who.Seat = ""
	listen(http.StatusForbidden).Body.Close()
}

// A word that asks a command how it is used does nothing, and says so.
func TestAskedForHelp(t *testing.T) {
	w := first(webtest.Desks(t))
	err := w.Node.Call(t.Context(), web.Command{Args: []string{"show", "-h"}, Seat: w.Who.Seat, Lang: "en", Stdin: strings.NewReader(""), Out: io.Discard})
	if !w.Node.Usage(err) {
		t.Errorf("show -h: %v", err)
	}
	w.Asks(http.StatusUnprocessableEntity, "/report/draft", url.Values{"ref": {"-h"}, "kind": {"report.answer"}, "peer": {"cn"}, "from": {"2026-01-01"}, "until": {"2026-12-31"}})
}

func first(us, _ *webtest.Desk) *webtest.Desk { return us }
