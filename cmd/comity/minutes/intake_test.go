package minutes

import (
	"bytes"
	"testing"
)

// What a hostile PDF says of itself is looked for in little of it.
func TestInfo(t *testing.T) {
	pad := bytes.Repeat([]byte(" "), 1<<20)
	for _, c := range []struct {
		says, want string
		raw        []byte
	}{
		{"at the end", "Request 7", append(append([]byte("%PDF-1.7\n"), pad...), "/Title (Request 7)"...)},
		{"at the beginning", "Request 7", append([]byte("%PDF-1.7\n/Title (Request 7)"), pad...)},
		{"in hexadecimal", "Hi", []byte("%PDF-1.7\n/Title <4869>")},
		{"in UTF-16", "请求", []byte("%PDF-1.7\n/Title <FEFF8BF76C42>")},
		{"the last of many", "2", []byte("%PDF-1.7\n/Title (1) /Title (2)")},
		{"far from both ends it is not looked for", "", append(append(append([]byte("%PDF-1.7\n"), pad...), "/Title (x)"...), pad...)},
		{"a key without a value", "", append([]byte("%PDF-1.7\n/Title"), pad...)},
	} {
		if got := info(c.raw, "Title"); got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
}
