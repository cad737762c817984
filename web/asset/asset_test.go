package asset

import (
	"bytes"
	"compress/gzip"
	"testing"

	"comity/web/asset/bundle"
)

// TestFiles holds the files to their sources, and to their size.
func TestFiles(t *testing.T) {
	made, err := bundle.Build(".")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for name, have := range map[string][]byte{"app.css": css, "app.js": js} {
		if !bytes.Equal(made[name], have) {
			t.Errorf("%s is not what its source makes: go generate ./web/asset", name)
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(have)
		z.Close()
		total += b.Len()
	}
	if total > 60<<10 {
		t.Errorf("style sheet and script have %d bytes compressed, more than 60 KiB", total)
	}
	t.Logf("%d bytes compressed", total)
}
