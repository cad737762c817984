package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newParty calls init on a folder, with further flags, the last of which counts.
func newParty(t *testing.T, dir string, flags ...string) (stderr string, status int) {
	t.Helper()
	pass := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, status = command(t, slices.Concat([]string{"--dir", dir, "--passphrase-file", pass, "init", "--party", "us", "--name-en", "United States",
		"--name-zh", "美国", "--zone", "America/New_York", "--agency", "us-24-7", "--seats", "us-24-7-01,us-24-7-02"}, flags)...)
	return stderr, status
}

// TestInitLeavesNothing: an init that fails names the fault, and leaves no key, no
// record and no folder.
func TestInitLeavesNothing(t *testing.T) {
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if stderr, status := newParty(t, other); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for _, c := range []struct {
		name  string
		flags []string
		want  string
	}{
		{"a seat that is none", []string{"--seats", "us-24-7-01,not/a/seat"}, `seat: "not/a/seat"`},
		{"a suite that is not there", []string{"--suites", "Z9"}, `suite: "Z9"`},
		{"no suite", []string{"--suites", ""}, "suites: it is empty"},
		{"a passphrase that is too short", []string{"--passphrase-file", short}, "passphrase: it has 5 characters"},
		{"a database of a kind that is not there", []string{"--database", "mysql://localhost/x"}, "postgres://"},
		{"a database that does not answer", []string{"--database", "postgres://127.0.0.1:1/x"}, "connect"},
		{"a database in no folder", []string{"--database", "none/comity.db"}, "none/comity.db"},
		{"another's database", []string{"--database", filepath.Join(other, "comity.db")}, "is there already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			empty := t.TempDir()
			dir := filepath.Join(empty, "deep", "us")
			stderr, status := newParty(t, dir, c.flags...)
			if status == 0 || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "goroutine") {
				t.Errorf("status %d, %q; want %q", status, stderr, c.want)
			}
			if left := under(t, empty); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
			// A folder that was there stays, with what was in it.
			note := filepath.Join(empty, "note")
			if err := os.WriteFile(note, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			newParty(t, empty, c.flags...)
			if left := under(t, empty); !slices.Equal(left, []string{note}) {
				t.Errorf("it left %q of %q", left, note)
			}
		})
	}
	if _, stderr, status := command(t, "--dir", other, "log", "check"); status != 0 {
		t.Errorf("the other party: status %d: %s", status, stderr)
	}
}

// TestInitReplacesNothing: keys that are there are somebody's, whatever else has
// been lost.
func TestInitReplacesNothing(t *testing.T) {
	for _, lost := range []string{"", "comity.json", "comity.db", "keys"} {
		dir := t.TempDir()
		if stderr, status := newParty(t, dir); status != 0 {
			t.Fatalf("status %d: %s", status, stderr)
		}
		if lost != "" {
			if err := os.RemoveAll(filepath.Join(dir, lost)); err != nil {
				t.Fatal(err)
			}
		}
		before := under(t, dir)
		root, _ := os.ReadFile(filepath.Join(dir, "keys", "root.key"))
		if stderr, status := newParty(t, dir); status != 4 || !strings.Contains(stderr, "is there already") {
			t.Errorf("without %q: status %d, %q", lost, status, stderr)
		}
		again, _ := os.ReadFile(filepath.Join(dir, "keys", "root.key"))
		if after := under(t, dir); !slices.Equal(after, before) || string(again) != string(root) {
			t.Errorf("without %q: %q became %q", lost, before, after)
		}
	}
}

// TestPartyFileIsNotOverwritten: unless it is asked for.
func TestPartyFileIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	if stderr, status := newParty(t, dir); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	file := filepath.Join(dir, "us.party")
	if err := os.WriteFile(file, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := command(t, "--dir", dir, "party", "export", file); status != 4 || !strings.Contains(stderr, "--overwrite") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if b, _ := os.ReadFile(file); string(b) != "somebody's" {
		t.Errorf("the file is now %q", b)
	}
	if _, stderr, status := command(t, "--dir", dir, "party", "export", file, "--overwrite"); status != 0 {
		t.Errorf("status %d, %q", status, stderr)
	}
	if b, _ := os.ReadFile(file); string(b) == "somebody's" {
		t.Error("--overwrite did nothing")
	}
}

// TestConfig: what is wrong in comity.json is named, in words that are not Go's.
func TestConfig(t *testing.T) {
	const good = `{"party": "us", "database": "comity.db", "link": "127.0.0.1:1", "ops": "127.0.0.1:2", "private": false, "quota": 1048576}`
	for _, c := range []struct{ old, new, want string }{
		{`"us"`, `5`, "party: a JSON number stands where"},
		{`1048576`, `"much"`, "quota: a JSON string stands where"},
		{`1048576`, `1`, "quota: 1 bytes is less than"},
		{`"private"`, `"privat"`, `no field "privat"`},
		{`"127.0.0.1:1"`, `"here"`, `link: "here" is not an address`},
		{`"comity.db"`, `""`, "database: it is empty"},
		{`}`, ``, "not whole"},
		{`}`, `}}`, "after its closing brace"},
		{`,`, `;`, "stops being JSON at byte"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "comity.json"), []byte(strings.Replace(good, c.old, c.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr, status := command(t, "--dir", dir, "list")
		if status != 3 || !strings.Contains(stderr, "comity.json: ") || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "Go ") {
			t.Errorf("%s: status %d, %q; want %q", c.new, status, stderr, c.want)
		}
	}
}

// under returns every file below a folder, and every folder that is empty.
func under(t *testing.T, dir string) (found []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		name := filepath.Join(dir, d.Name())
		if d.IsDir() {
			if below := under(t, name); len(below) > 0 {
				found = append(found, below...)
				continue
			}
		}
		found = append(found, name)
	}
	return found
}

type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, os.ErrClosed }

// A seat whose adding nobody could be told of is on the roster all the same, and
// keeps its key.
func TestSeatKeepsItsKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "us")
	if stderr, status := newParty(t, dir); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	pass := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	if status := run(t.Context(), []string{"--dir", dir, "--passphrase-file", pass, "seat", "add", "us-24-7-03", "--agency", "us-24-7", "--by", "us-24-7-01,us-24-7-02"},
		strings.NewReader(""), deaf{}, &stderr); status != 1 {
		t.Errorf("status %d: %s", status, stderr.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "keys", "seats", "us-24-7-03.key")); err != nil {
		t.Error(err)
	}
	if out, _, _ := command(t, "--dir", dir, "seat", "list"); !strings.Contains(out, "us-24-7-03") {
		t.Errorf("the roster has\n%s", out)
	}
}
