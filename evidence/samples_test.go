package evidence_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/cryptotest"

	"comity/evidence"
)

var (
	update  = flag.Bool("update", false, "write docs/spec/vectors/case again")
	samples = flag.String("samples", "", "write samples of every tampering in the tests into this folder")
)

const vectors = "../docs/spec/vectors/case"

// TestSamples holds the case files that the specification shows to what it says
// of them. A file is named CODE.comity or CODE.N.comity by the fault that a
// verifier must report; good files are named good. INDEX.txt says what was done.
func TestSamples(t *testing.T) {
	if *update {
		write(t, vectors, makeSamples(t, false))
	}
	if *samples != "" {
		write(t, *samples, makeSamples(t, true))
	}
	trust, err := os.ReadFile(filepath.Join(vectors, "trust.json"))
	if err != nil {
		t.Fatalf("%v (make them with -update)", err)
	}
	roots, err := evidence.ParseTrust(trust)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(vectors, "*.comity"))
	if len(files) < 20 {
		t.Errorf("there are %d sample files, want one for each code", len(files))
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := strings.Cut(filepath.Base(f), ".")
		if want == "good" {
			want = ""
		}
		if _, err := evidence.Verify(bytes.NewReader(b), roots); code(err) != want {
			t.Errorf("%s met with %v, want %q", filepath.Base(f), err, want)
		}
	}
}

// TestSecondVerifier holds docs/spec/verify.py, which was written from the
// specification, to the same word on every tampering in the tests.
func TestSecondVerifier(t *testing.T) {
	made, dir := makeSamples(t, true), t.TempDir()
	write(t, dir, made)
	cmd := exec.Command("python3", "-c", `
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "../docs/spec")
import verify
trust = verify.read_trust(os.path.join(sys.argv[1], "trust.json"))
for name in os.listdir(sys.argv[1]):
    if name.endswith(".comity"):
        with open(os.path.join(sys.argv[1], name), "rb") as stream:
            try:
                verify.Case(stream, trust).check()
                print(name, "good")
            except verify.Fault as fault:
                print(name, fault.code)
`, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v (make setup installs Python 3)", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < len(tampered) {
		t.Errorf("it judged %d files of %d", len(lines), len(made)-2)
	}
	for _, line := range lines {
		name, got, _ := strings.Cut(line, " ")
		if want, _, _ := strings.Cut(name, "."); got != want {
			t.Errorf("%s met with %q there: %s", name, got, regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(name)+`.*`).Find(made["INDEX.txt"]))
		}
	}
}

// makeSamples returns the bytes of sample files by their names: all, or good
// ones and one for each code. The same random numbers make the same files, so
// that a change of format shows as one.
func makeSamples(t *testing.T, all bool) map[string][]byte {
	made := map[string][]byte{}
	var index strings.Builder
	count := map[string]int{}
	add := func(code, what string, do func(t *testing.T) []byte) {
		if count[code]++; count[code] > 1 && code != "good" && !all {
			return
		}
		name := code + ".comity"
		if n := count[code]; n > 1 {
			name = fmt.Sprintf("%s.%d.comity", code, n)
		}
		t.Run(name, func(t *testing.T) {
			cryptotest.SetGlobalRandom(t, 42)
			made[name] = do(t)
		})
		fmt.Fprintf(&index, "%-26s %s\n", name, what)
	}
	add("good", "a request, its answer, a refusal and an emergency", func(t *testing.T) []byte {
		w := story(t, "E1")
		made["trust.json"] = must(w.trust().Encode())(t)
		return exported(t, w)
	})
	add("good", "the same with all that may be erased erased", func(t *testing.T) []byte {
		return erased(exported(t, story(t, "E1")))
	})
	add("good", "the same with two suites", func(t *testing.T) []byte { return exported(t, story(t, "E1", "F1")) })
	for _, x := range tampered {
		add(x.code, x.name, func(t *testing.T) []byte {
			w := story(t, "E1")
			return x.do(w, split(exported(t, w)))
		})
	}
	made["INDEX.txt"] = []byte(index.String())
	return made
}

func write(t *testing.T, dir string, made map[string][]byte) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, b := range made {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
