package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"comity/shell"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"comity": main, "passkey": passkey})
}

// TestScript runs the scenarios: each tells one promise to an officer, with the
// real program as two nodes or more. They are the user's guide, in order.
func TestScript(t *testing.T) { testscript.Run(t, params("testdata/script")) }

func params(dir string) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			pass := filepath.Join(env.WorkDir, "pass")
			env.Setenv("COMITY_PASSPHRASE_FILE", pass)
			packs, err := filepath.Abs("../../guidelines")
			if err != nil {
				return err
			}
			env.Setenv("GUIDELINES", packs)
			verifier, err := filepath.Abs("../../docs/spec/verify.py")
			if err != nil {
				return err
			}
			env.Setenv("VERIFIER", verifier)
			return os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"until":   until,
			"both":    both,
			"ports":   ports,
			"pair":    pair,
			"say":     say,
			"capture": capture,
			"damage":  damage,
		},
		RequireExplicitExec: true,
	}
}

// until PATTERN COMMAND... runs a command every 50 ms, for 20 s at most, until
// its standard output has the pattern.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND...")
	}
	var last string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		last = ts.ReadFile("stdout")
		if err == nil && matches(args[0], last) {
			return
		}
	}
	ts.Fatalf("never saw %q in:\n%s%s", args[0], last, ts.ReadFile("stderr"))
}

// both PATTERN COMMAND... is until on us, and then on cn.
func both(ts *testscript.TestScript, neg bool, args []string) {
	for _, p := range []string{"us", "cn"} {
		until(ts, neg, append([]string{args[0], "comity", "--dir", p}, args[1:]...))
	}
}

// ports NAME... sets each variable to a free address on loopback.
func ports(ts *testscript.TestScript, _ bool, names []string) {
	for _, n := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(n, l.Addr().String())
		ts.Check(l.Close())
	}
}

// pair A B makes two parties in folders of their names and pairs them, as
// docs/tour.md shows step by step.
func pair(ts *testscript.TestScript, _ bool, args []string) {
	names := map[string][]string{
		"us": {"United States", "美国", "America/New_York"},
		"cn": {"China", "中国", "Asia/Shanghai"},
		"fr": {"France", "法国", "Europe/Paris"},
	}
	for _, p := range args {
		if _, err := os.Stat(ts.MkAbs(p + "/comity.json")); err == nil {
			continue
		}
		ports(ts, false, []string{p + "_link", p + "_ops"})
		n := names[p]
		seats := fmt.Sprintf("%s-24-7-01,%s-24-7-02", p, p)
		if third := ts.Getenv("THIRD"); third != "" { // a seat that does not work on the matter
			seats += "," + p + third
		}
		ts.Check(ts.Exec("comity", "--dir", p, "init", "--party", p, "--name-en", n[0], "--name-zh", n[1], "--zone", n[2],
			"--agency", p+"-24-7", "--seats", seats, "--link", ts.Getenv(p+"_link"), "--ops", ts.Getenv(p+"_ops"), "--private"))
		ts.Check(ts.Exec("comity", "--dir", p, "party", "export", p+".party"))
	}
	a, b := args[0], args[1]
	ts.Check(ts.Exec("comity", "--dir", a, "party", "import", b+".party"))
	ts.Check(ts.Exec("comity", "--dir", b, "party", "import", a+".party"))
	number := ""
	for _, f := range strings.Fields(ts.ReadFile("stdout")) {
		if len(f) == 5 && strings.Trim(f, "0123456789") == "" {
			number += f
		}
	}
	for _, seat := range []string{"-24-7-01", "-24-7-02"} {
		ts.Check(ts.Exec("comity", "--dir", a, "peer", "confirm", b, "--number", number, "--seat", a+seat))
		ts.Check(ts.Exec("comity", "--dir", b, "peer", "confirm", a, "--number", number, "--seat", b+seat))
	}
}

// say PARTY VERB... has the first seat say something and the second approve and
// release it, whatever the draft's number is.
func say(ts *testscript.TestScript, neg bool, args []string) {
	p := args[0]
	words := append([]string{"--dir", p}, append(args[1:], "--seat", p+"-24-7-01")...)
	switch args[1] { // nothing is behind it that needs protection, and nothing stands against it
	case "draft", "supplement", "lead.provide":
		words = append(words, "--sources", "none")
	case "answer":
		words = append(words, "--sources", "none", "--screened", "clear")
	case "accept", "refuse", "postpone", "conditions.propose":
		words = append(words, "--screened", "clear")
	}
	if realm := ts.Getenv("REALM"); realm != "" {
		words = append(words, "--realm", realm)
	}
	err := ts.Exec("comity", words...)
	if err == nil {
		draft, _, _ := strings.Cut(ts.ReadFile("stdout"), " ")
		if args[1] == "draft" {
			ts.Check(ts.Exec("comity", "--dir", p, "approve", draft, "--seat", p+"-24-7-01"))
		}
		err = ts.Exec("comity", "--dir", p, "approve", draft, "--seat", p+"-24-7-02", "--send")
	}
	if (err != nil) != neg {
		ts.Fatalf("%v: %v\n%s%s", args, err, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// capture NAME PATTERN sets a variable to the last output's first match of the
// pattern's group.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	m := group(args[1], ts.ReadFile("stdout"))
	if m == "" {
		ts.Fatalf("nothing matches %q in:\n%s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m)
}

// damage FILE OFFSET changes one byte of a file; a negative offset counts from
// its end.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	var at int
	_, err = fmt.Sscan(args[1], &at)
	ts.Check(err)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	ts.Check(os.WriteFile(name, b, 0o644))
}

// command runs the program in this process, for tests that need no second one.
func command(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	status = run(ctx, args, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), status
}

// TestUsageFlags holds the usage text and each command's flags to each other.
func TestUsageFlags(t *testing.T) {
	known := commands(&shell.App{})
	told, current := map[string]string{}, ""
	for _, line := range strings.Split(usage, "\n") {
		word := group(`^  ([a-z.-]+)`, line)
		switch {
		case strings.TrimSpace(line) == "", matches(`^  [a-z.-]+ \|`, line):
			current = "" // of a list of kinds, whose members -h tells
		case known[word] != nil:
			current = word
		}
		told[current] += line + "\n"
	}
	common := " dir json lang passphrase-file attached cpuprofile "
	spoken := common + "seat realm tlp handling file sources screened sole sole-reason "
	noted, back := group(`(?s)(Our own file.*?)Guidelines`, usage), group(`(?s)(Look back.*?)Keep it`, usage)
	words := map[string][]string{"guide": {"list", "show", "diff", "lint", "propose", "counter", "adopt"},
		"report": {"draft", "show", "sign"}, "summary": {"draft", "send", "show"},
		"person": {"list", "add", "link", "roles", "seats", "key", "attach", "detach"}, "recover": {"ask", "approve"}, "api": {"token"}, "print": {"continuity"}}
	flags := regexp.MustCompile(`[\s\[(;]--?([a-z][a-z-]*)`)
	for name := range known {
		_, help, status := command(t, name, "-h")
		if status != 0 {
			t.Errorf("%s -h has status %d: %s", name, status, help)
		}
		for _, w := range words[name] {
			_, more, _ := command(t, name, w, "-h")
			help += more
		}
		for _, m := range flags.FindAllStringSubmatch(told[name], -1) {
			if m[1] != "h" && !strings.Contains(help, "\n  -"+m[1]) {
				t.Errorf("the usage of %s tells of --%s, which it does not have", name, m[1])
			}
		}
		elsewhere := common
		switch {
		case matches(`^  `+regexp.QuoteMeta(name)+` `, noted):
			elsewhere = common + "seat realm rest "
		case matches(`^  `+regexp.QuoteMeta(name)+` `, back):
			elsewhere = common + "period from until pdf html docx overwrite realm seat "
		case strings.Contains(help, "-tlp"):
			elsewhere = spoken
		}
		for _, m := range regexp.MustCompile(`(?m)^  -(\S+)`).FindAllStringSubmatch(help, -1) {
			if told[name] != "" && !strings.Contains(elsewhere, " "+m[1]+" ") && !matches(`-`+m[1]+`\b`, told[name]) {
				t.Errorf("the usage of %s does not tell of --%s", name, m[1])
			}
		}
	}
}

// TestUsage holds the usage text and the table of commands to each other.
func TestUsage(t *testing.T) {
	for name := range commands(&shell.App{}) {
		if !matches(`(^  |\| )`+regexp.QuoteMeta(name)+`( |$)`, usage) {
			t.Errorf("the usage does not mention %q", name)
		}
	}
	if _, stderr, status := command(t, "frobnicate"); status != 2 || !strings.Contains(stderr, `no command "frobnicate"`) {
		t.Errorf("an unknown command: status %d, %q", status, stderr)
	}
	if shell.Status(errors.Join(errors.New("x"), shell.ErrFound)) != 8 {
		t.Error("a found fault is not status 8")
	}
}
