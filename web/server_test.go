package web

import (
	"net/http"
	"strings"
	"testing"
)

// No word of an address is ever a flag of the command that it is for.
func TestFlagged(t *testing.T) {
	for path, want := range map[string]bool{"/d/D-1": false, "/m/live/US-2026-000001/do/ask": false, "/d/--file=x": true, "/m/live/-h": true, "/m/--realm=all/US-2026-000001": true} {
		r, err := http.NewRequest(http.MethodGet, strings.ReplaceAll(path, "-", "%2D"), nil)
		if err != nil || flagged(r.URL.Path) != want {
			t.Errorf("%s: want %t (%v)", path, want, err)
		}
	}
}
