package demo

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// built builds the program: the demo starts its nodes by running itself, which
// a test binary must not.
func built(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "comity")
	if out, err := exec.Command("go", "build", "-o", exe, "comity/cmd/comity").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// command runs the built program.
func command(exe string, args ...string) (stdout, stderr string, status int) {
	var out, errs strings.Builder
	cmd := exec.Command(exe, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestDemo runs the whole story on the built program and looks at what it left.
func TestDemo(t *testing.T) {
	exe, dir := built(t), filepath.Join(t.TempDir(), "out")
	start := time.Now()
	cmd := exec.Command(exe, "demo", "--exit", "--out", dir)
	cmd.Env = append(os.Environ(), "COMITY_DIR=/nowhere") // what the demo does not ask for must not matter
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr.String())
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v; a minute is the most", took)
	}

	story, err := os.ReadFile(filepath.Join(dir, "story.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(story) != string(stdout) {
		t.Error("story.txt is not what was printed")
	}
	for n, line := range strings.Split(string(story), "\n") {
		// The folder of a test has a long name, which closing must repeat.
		if w := columns(line); w > wide && !strings.Contains(line, dir) {
			t.Errorf("line %d has %d columns: %s", n+1, w, line)
		}
		if strings.ContainsAny(line, "\x1b\t") {
			t.Errorf("line %d has control characters: %q", n+1, line)
		}
	}
	rest := string(story)
	for _, s := range scenes() {
		var told bool
		if _, rest, told = strings.Cut(rest, s.en); !told {
			t.Errorf("the story does not tell %q in its place", s.en)
		}
	}
	for _, want := range []string{"crossed by answer.partial of cn", "is killed with SIGKILL", "good: 10 statements, 10 receipted", "FAULT part", "The end."} {
		if !strings.Contains(string(story), want) {
			t.Errorf("the story does not tell %q", want)
		}
	}
	names := []string{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	if want := []string{"case.comity", "cn", "passphrase", "story.txt", "trust.json", "us"}; !slices.Equal(names, want) {
		t.Errorf("it left %q, want %q", names, want)
	}

	file, trust := filepath.Join(dir, "case.comity"), filepath.Join(dir, "trust.json")
	out, errs, status := command(exe, "verify", file, "--trust", trust, "--json")
	var v verdict
	if err := json.Unmarshal([]byte(out), &v); err != nil || status != 0 || !v.Good || v.Report.Counts.Statements != 10 {
		t.Errorf("verify: status %d, %v\n%s%s", status, err, out, errs)
	}
	for _, p := range []string{"us", "cn"} {
		out, errs, status := command(exe, "--dir", filepath.Join(dir, p), "list")
		if status != 0 || strings.Count(out, "\n") != 2 || !strings.Contains(out, "closed") {
			t.Errorf("list of %s: status %d\n%s%s", p, status, out, errs)
		}
		for _, f := range []string{"comity.db-wal", "comity.db-shm"} {
			if _, err := os.Stat(filepath.Join(dir, p, f)); err == nil {
				t.Errorf("%s/%s is there: the database was not closed", p, f)
			}
		}
	}

	again := exec.Command(exe, "demo", "--exit", "--out", dir)
	b, err := again.CombinedOutput()
	if again.ProcessState.ExitCode() != 3 || !strings.Contains(string(b), "is not empty") {
		t.Errorf("into a full folder: %v\n%s", err, b)
	}
}

// TestDemoInterrupted holds the demo to taking its nodes along.
func TestDemoInterrupted(t *testing.T) {
	exe, dir := built(t), filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(exe, "demo", "--exit", "--out", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logs := []string{filepath.Join(dir, "us", "node.log"), filepath.Join(dir, "cn", "node.log")}
	up := func(line string) bool {
		for _, l := range logs {
			if b, err := os.ReadFile(l); err != nil || !strings.Contains(string(b), line) {
				return false
			}
		}
		return true
	}
	for end := time.Now().Add(30 * time.Second); !up(`"msg":"up"`); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			cmd.Process.Kill()
			t.Fatal("the nodes never came up")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("an interrupted story is told as a whole one")
	}
	if !up(`"msg":"down"`) {
		t.Error("a node was not stopped")
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "a b": 3, "回执": 4, "“用”，": 6, "\x1b[1mx\x1b[0m": 1, "é·…": 3} {
		if got := columns(s); got != want {
			t.Errorf("%q has %d columns, want %d", s, got, want)
		}
	}
	for _, w := range []int{10, 20, 33} {
		for _, l := range wrap("An answer outranks a withdrawal. 答复优先于撤回，双方节点得出同一结论。", w) {
			if columns(l) > w+2 { // a mark does not begin a line
				t.Errorf("%q is wider than %d", l, w)
			}
		}
	}
}
