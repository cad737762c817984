package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"comity/testnet"
)

// TestPassphraseOnATerminal: a new one is asked for twice, and Ctrl-C ends the
// question.
func TestPassphraseOnATerminal(t *testing.T) {
	for _, c := range []struct {
		name   string
		types  []string
		status int
		says   string
	}{
		{"the same twice", []string{"correct horse\n", "correct horse\n"}, 0, "party us made"},
		{"a slip", []string{"correct horse\n", "correct house\n"}, 3, "the two are not the same"},
		{"Ctrl-C", []string{"\x03"}, 130, "comity: interrupted"},
		{"Ctrl-C at the second", []string{"correct horse\n", "\x03"}, 130, "comity: interrupted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "us")
			person, program := testnet.Terminal(t)
			cmd := exec.Command("comity", "--dir", dir, "init", "--party", "us", "--name-en", "United States", "--name-zh", "美国",
				"--zone", "America/New_York", "--agency", "us-24-7", "--seats", "us-24-7-01,us-24-7-02")
			cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "COMITY_") })
			cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0, Pdeathsig: syscall.SIGKILL}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			program.Close()
			stuck := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
			defer stuck.Stop()
			var screen strings.Builder
			b := make([]byte, 4096)
			for asked := 0; ; {
				n, err := person.Read(b)
				screen.Write(b[:n])
				if err != nil { // EIO: nobody has the other end any more
					break
				}
				if asked < len(c.types) && strings.Count(screen.String(), ": ") > asked {
					if _, err := person.WriteString(c.types[asked]); err != nil {
						t.Fatal(err)
					}
					asked++
				}
			}
			err := cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != c.status || !strings.Contains(screen.String(), c.says) {
				t.Errorf("status %d, %v:\n%s", got, err, screen.String())
			}
			if _, err := os.Stat(dir); (err == nil) != (c.status == 0) {
				t.Errorf("its folder: %v", err)
			}
		})
	}
}

// TestInterrupted: a command that is ended says so, in no words of Go's.
func TestInterrupted(t *testing.T) {
	us := testnet.New(t, "us", testnet.Options{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, args := range [][]string{{"list"}, {"log", "check"}, {"backup", filepath.Join(t.TempDir(), "backup")}} {
		var errs strings.Builder
		status := run(ctx, slices.Concat([]string{"--dir", us.Dir}, args), strings.NewReader(""), io.Discard, &errs)
		if status != 130 || errs.String() != "comity: interrupted\n" {
			t.Errorf("%s: status %d, %q", args, status, errs.String())
		}
	}
}
