package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func first(us, _ *webtest.Desk) *webtest.Desk { return us }
