// Package e2e has the journeys of officers in a browser: in journeys, as JavaScript.
// They play on two nodes of the built program, in Debian's Chromium, driven by
// Playwright; `make setup` installs all three.
package e2e

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var (
	program = flag.String("comity", "", "a built program, in place of one made of these sources")
	only    = flag.String("only", "", "journeys whose file names have this")
)

// An outcome is what run.mjs says of a journey.
type outcome struct {
	Name    string
	OK      bool
	Seconds float64
	Error   string
}

func TestJourneys(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is started by the whole test only")
	}
	exe := *program
	if exe == "" {
		exe = filepath.Join(t.TempDir(), "comity")
		if out, err := exec.Command("go", "build", "-o", exe, "comity/cmd/comity").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	out, err := filepath.Abs("out")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "run.mjs", "--comity", exe, "--out", out, "--only", *only)
	cmd.Stderr = os.Stderr
	lines, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; make setup installs what is missing", err)
	}
	played := 0
	for in := bufio.NewReader(lines); ; played++ {
		line, err := in.ReadBytes('\n')
		if err != nil {
			break
		}
		var o outcome
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		t.Run(o.Name, func(t *testing.T) {
			t.Logf("%.1f s", o.Seconds)
			if !o.OK {
				t.Error(o.Error)
			}
		})
	}
	if err := cmd.Wait(); err != nil && !t.Failed() {
		t.Error(err)
	}
	if played < 2 {
		t.Errorf("%d journeys were played", played)
	}
	t.Logf("%d journeys in %v", played-1, time.Since(start).Round(time.Second))
}
