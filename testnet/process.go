package testnet

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Command returns the command comity, which must be on the PATH, on the party's
// folder. In cmd/comity's tests, testscript.Main puts it there.
func (p *Party) Command(args ...string) *exec.Cmd {
	cmd := exec.Command("comity", append([]string{"--dir", p.Dir, "--passphrase-file", filepath.Join(p.Dir, "pass")}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // no test leaves a node behind
	return cmd
}

// Run runs a command to its end.
func (p *Party) Run(t testing.TB, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := p.Command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("comity %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// A Process is a party's node as a process of its own. It can be killed and
// started as often as a test likes; its log is kept.
type Process struct {
	*Party
	mu    sync.Mutex
	cmd   *exec.Cmd
	up    chan struct{}
	log   *os.File
	peak  int   // VmHWM in KiB, the highest of all lives
	wrote int64 // bytes, in all lives before this one
}

// Serve starts the party's node, and stops it when the test ends.
func (p *Party) Serve(t testing.TB) *Process {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(p.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(t, err)
	s := &Process{Party: p, log: log}
	check(t, s.Start())
	t.Cleanup(func() {
		s.Kill()
		log.Close()
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", p.Name, s.logTail(30))
		}
	})
	return s
}

// Start starts the node, which must not be running, and does not wait for it.
func (s *Process) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd = s.Command("serve")
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	up := make(chan struct{})
	s.up = up
	go func() {
		if b := bufio.NewScanner(out); b.Scan() {
			close(up)
		}
	}()
	return nil
}

// WaitUp waits until the node listens.
func (s *Process) WaitUp(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	select {
	case <-up:
	case <-time.After(20 * time.Second):
		t.Fatalf("the node of %s does not come up:\n%s", s.Name, s.logTail(10))
	}
}

// Kill ends the node as a power cut would, if it runs.
func (s *Process) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	s.peak = max(s.peak, int(proc(s.cmd.Process.Pid, "status", "VmHWM:")))
	s.cmd.Process.Signal(syscall.SIGSTOP) // so that we read how much it has written
	s.wrote += proc(s.cmd.Process.Pid, "io", "wchar:")
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.cmd = nil
}

// Peak returns the most memory that the node ever had resident, in MiB.
func (s *Process) Peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.peak = max(s.peak, int(proc(s.cmd.Process.Pid, "status", "VmHWM:")))
	}
	return s.peak >> 10
}

// Wrote returns how many bytes the node has written to files and connections.
func (s *Process) Wrote() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return s.wrote
	}
	return s.wrote + proc(s.cmd.Process.Pid, "io", "wchar:")
}

// proc reads one number of what the kernel says of a running process. It panics
// if it cannot: a figure that was not read must not pass for a small one.
func proc(pid int, file, field string) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, field); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			if err != nil {
				panic(err)
			}
			return n
		}
	}
	panic(fmt.Sprintf("/proc/%d/%s does not say %s", pid, file, field))
}

// logTail returns the last lines of the node's log.
func (s *Process) logTail(n int) string {
	b, _ := os.ReadFile(s.log.Name())
	lines := strings.SplitAfter(string(b), "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "")
}

// Logged returns the lines of the node's log that contain what.
func (s *Process) Logged(what string) (lines []string) {
	b, _ := os.ReadFile(s.log.Name())
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, what) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// Until waits for a condition, and says what was awaited when it takes longer
// than d.
func Until(t testing.TB, d time.Duration, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", d, what)
		}
	}
}
