package demo

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"comity/testnet"
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
	for _, want := range []string{"crossed by answer.partial of cn", "is killed with SIGKILL", "good: 12 statements, 12 receipted", "FAULT part", "The end."} {
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
	if err := json.Unmarshal([]byte(out), &v); err != nil || status != 0 || !v.Good || v.Report.Counts.Statements != 12 {
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

// TestDemoInterrupted holds the demo to taking its nodes along, and to saying
// nothing that reads like a fault.
func TestDemoInterrupted(t *testing.T) {
	for _, keep := range []bool{true, false} {
		exe, tmp := built(t), t.TempDir()
		dir, args := filepath.Join(tmp, "*"), []string{"demo", "--exit"}
		if keep {
			dir = filepath.Join(tmp, "out")
			args = append(args, "--out", dir)
		}
		var out, errs strings.Builder
		cmd := exec.Command(exe, args...)
		cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		logs := filepath.Join(dir, "[uc][sn]", "node.log")
		if !until(func() bool { return logged(t, logs, `"msg":"up"`) == 2 }) {
			cmd.Process.Kill()
			t.Fatal("the nodes never came up")
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		if status := cmd.ProcessState.ExitCode(); status != 130 || errs.String() != "comity: interrupted\n" || !strings.Contains(out.String(), "Both nodes have stopped.\n") {
			t.Errorf("it ends so: %v\n%s%s", err, out.String(), errs.String())
		}
		left, err := filepath.Glob(filepath.Join(tmp, "*"))
		if err != nil {
			t.Fatal(err)
		}
		if keep && logged(t, logs, `"msg":"down"`) != 2 {
			t.Error("a node was not stopped")
		}
		if !keep && len(left) > 0 {
			t.Errorf("it left %q", left)
		}
	}
}

// until waits for a condition, ninety seconds at most: a month takes its time.
func until(cond func() bool) bool {
	for end := time.Now().Add(90 * time.Second); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// logged counts the logs that contain what.
func logged(t *testing.T, pattern, what string) (n int) {
	t.Helper()
	logs, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range logs {
		if b, err := os.ReadFile(l); err == nil && strings.Contains(string(b), what) {
			n++
		}
	}
	return n
}

// TestDemoOnATerminal: there it keeps both nodes running, what it says to try
// works, and Ctrl-C is a good end.
func TestDemoOnATerminal(t *testing.T) {
	exe, tmp := built(t), t.TempDir()
	master, slave := testnet.Terminal(t)
	cmd := exec.Command(exe, "demo")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "TERM=xterm", "NO_COLOR=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var mu sync.Mutex
	var screen strings.Builder
	shown := func() string {
		mu.Lock()
		defer mu.Unlock()
		return screen.String()
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			mu.Lock()
			screen.Write(b[:n])
			mu.Unlock()
			if err != nil { // EIO: nobody has the other end any more
				return
			}
		}
	}()
	if !until(func() bool { return strings.Contains(shown(), "Ctrl-C stops both nodes") }) {
		cmd.Process.Kill()
		t.Fatalf("it never says what to try:\n%s", shown())
	}
	_, hints, _ := strings.Cut(shown(), "export COMITY_PASSPHRASE_FILE=")
	pass, hints, _ := strings.Cut(hints, "\r\n")
	tried := 0
	for _, line := range strings.Split(hints, "\r\n") {
		args, ok := strings.CutPrefix(strings.TrimSpace(line), exe+" ")
		if !ok {
			continue
		}
		tried++
		c := exec.Command("sh", "-c", exe+" "+args)
		c.Env = append(os.Environ(), "COMITY_PASSPHRASE_FILE="+pass)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("it says to try %s: %v\n%s", args, err, out)
		}
		if strings.HasSuffix(args, " list") {
			for _, want := range []string{"OVERDUE", "HOLD ENDS", "joint", "offered", "refused", "requested.asked", "published"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("of the month nothing is %s:\n%s", want, out)
				}
			}
		}
	}
	for _, who := range []string{"principal", "inspector", "administrator"} {
		if !strings.Contains(shown(), who) {
			t.Errorf("there is no link for the %s", who)
		}
	}
	if tried < 8 {
		t.Errorf("it says to try %d commands:\n%s", tried, hints)
	}
	if _, err := master.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	err := cmd.Wait()
	<-read
	if err != nil || !strings.Contains(shown(), "The end.") || strings.Contains(shown(), "comity: ") {
		t.Errorf("it ends so: %v\n%s", err, shown())
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("it left %q", left)
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
