package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTour walks docs/tour.md word for word, save for the ports.
func TestTour(t *testing.T) {
	text, err := os.ReadFile("../../docs/tour.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := tourScript(string(text))
	for _, port := range []string{"8440", "8441", "8450", "8451"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		script = strings.ReplaceAll(script, "127.0.0.1:"+port, l.Addr().String())
		l.Close()
	}
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("comity") // testscript put this test's program there
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "comity")); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "bash", "-c", script)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// tourScript turns the tour's console blocks into a script that checks itself.
// A command that only looks is repeated for 20 s until it shows what it should.
func tourScript(text string) string {
	var b strings.Builder
	b.WriteString(`set -u
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
fail() { echo "tour: $1"; cat out; cat us.log cn.log 2>/dev/null | grep -v INFO; exit 1; }
`)
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(text, -1) {
		lines := strings.Split(strings.TrimSpace(block[1]), "\n")
		for i, line := range lines {
			command, ok := strings.CutPrefix(line, "$ ")
			if !ok {
				continue
			}
			var want []string
			for _, l := range lines[i+1:] {
				if strings.HasPrefix(l, "$ ") {
					break
				}
				want = append(want, l)
			}
			tourStep(&b, command, want)
		}
	}
	return b.String()
}

var looks = regexp.MustCompile(`^comity (--dir \w+ )?(list|show|peers|log)\b`)

func tourStep(b *strings.Builder, command string, want []string) {
	fmt.Fprintf(b, "echo '$' %q\n", command)
	if strings.HasSuffix(command, "&") || !strings.HasPrefix(command, "comity ") {
		fmt.Fprintf(b, "%s\n", command)
		return
	}
	var checks []string
	for _, w := range want {
		var parts []string
		for _, p := range strings.Split(w, "…") {
			parts = append(parts, regexp.QuoteMeta(strings.TrimSpace(p)))
		}
		checks = append(checks, fmt.Sprintf("grep -qE -- '%s' out", strings.Join(parts, ".*")))
	}
	check := strings.Join(append(checks, "true"), " && ")
	redirect := ""
	if !strings.Contains(command, "> ") {
		redirect = " > out 2>&1"
	}
	if looks.MatchString(command) {
		fmt.Fprintf(b, "for n in $(seq 200); do %s%s; if %s; then break; fi; sleep 0.1; done\n", command, redirect, check)
	} else {
		fmt.Fprintf(b, "%s%s\n", command, redirect)
	}
	fmt.Fprintf(b, "{ %s; } || fail %q\n", check, command)
}
