package shell

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"comity"
	"comity/policy"
)

// A policy is a small regular file. What is none opens no door, and a policy that is
// not there is the one that comes with the program.
func TestPolicyIsARegularFile(t *testing.T) {
	text, err := os.ReadFile("../policy/default.cedar")
	if err != nil {
		t.Fatal(err)
	}
	write := func(t *testing.T, name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		put   func(t *testing.T, dir, name string) error
		wants error
	}{
		{"none", func(*testing.T, string, string) error { return nil }, nil},
		{"a file", func(t *testing.T, _, name string) error { write(t, name, text); return nil }, nil},
		{"a link to nowhere", func(_ *testing.T, _, name string) error { return os.Symlink("nowhere", name) }, comity.Invalid},
		{"a link to a good policy", func(t *testing.T, dir, name string) error {
			write(t, filepath.Join(dir, "other"), text)
			return os.Symlink("other", name)
		}, comity.Invalid},
		{"a pipe that nobody writes to", func(_ *testing.T, _, name string) error { return syscall.Mkfifo(name, 0o600) }, comity.Invalid},
		{"a folder", func(_ *testing.T, _, name string) error { return os.Mkdir(name, 0o700) }, comity.Invalid},
		{"more than anybody reads", func(t *testing.T, _, name string) error {
			write(t, name, append(text, strings.Repeat("// more\n", largestPolicy/8)...))
			return nil
		}, comity.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := &Node{Dir: t.TempDir()}
			if err := c.put(t, n.Dir, filepath.Join(n.Dir, PolicyName)); err != nil {
				t.Fatal(err)
			}
			var set *policy.Set
			set, err := n.Policy()
			if c.wants == nil && (err != nil || set == nil) || c.wants != nil && (!errors.Is(err, c.wants) || set != nil || !strings.Contains(err.Error(), PolicyName)) {
				t.Errorf("got %v, %v, want %v", set, err, c.wants)
			}
		})
	}
}
