package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each example draft is checked as its reader would: ok-… has nothing that blocks,
// and C11-… has what its name says.
func TestExamples(t *testing.T) {
	names, err := filepath.Glob("../../guidelines/examples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	drafts := 0
	for _, name := range names {
		base := filepath.Base(name)
		if base == "setting.json" || strings.HasSuffix(base, ".setting.json") || strings.HasSuffix(base, ".past.json") {
			continue
		}
		drafts++
		var out, errs bytes.Buffer
		status := run(t.Context(), []string{"check", name, "--json"}, strings.NewReader(""), &out, &errs)
		var found []struct{ ID, Severity, Field string }
		if err := json.Unmarshal(out.Bytes(), &found); err != nil {
			t.Errorf("%s: %v\n%s", base, err, errs.String())
			continue
		}
		blocks, id := 0, strings.SplitN(base, "-", 2)[0]
		for _, f := range found {
			if f.Severity == "block" {
				blocks++
			}
			if f.Field == "" {
				t.Errorf("%s: %s names no field", base, f.ID)
			}
		}
		if want := min(blocks, 1); status != want {
			t.Errorf("%s: exit status %d with %d blocking findings", base, status, blocks)
		}
		named := slices.ContainsFunc(found, func(f struct{ ID, Severity, Field string }) bool { return f.ID == id })
		if id == "ok" && blocks > 0 || id != "ok" && !named {
			t.Errorf("%s: found %v", base, found)
		}
	}
	if drafts < 60 {
		t.Errorf("there are %d example drafts", drafts)
	}
}

// A file that cannot be read is told from one that has findings.
func TestCheckOfWhatIsNoDraft(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"type":`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{bad, "no-such-file.json", t.TempDir()} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), []string{"check", name, "--json"}, strings.NewReader(""), &out, &errs); status != 2 || errs.Len() == 0 {
			t.Errorf("%s: exit status %d, said %q", name, status, errs.String())
		}
	}
}
