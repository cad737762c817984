package main

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exerciseRealm is where the stories play: only there are documentation
// identifiers accepted, and nothing else is.
const exerciseRealm = "exercise:stories"

// TestStories runs the five stories of two states, each from both sides: what A
// may ask of B, B may ask of A, and in the same words.
func TestStories(t *testing.T) {
	for _, sides := range [][2]string{{"us", "cn"}, {"cn", "us"}} {
		t.Run(strings.Join(sides[:], "-asks-"), func(t *testing.T) {
			p := params("testdata/stories")
			common := p.Setup
			p.Setup = func(env *testscript.Env) error {
				for i, name := range []string{"A", "B"} {
					env.Setenv(name, sides[i])
					env.Setenv("R"+name, strings.ToUpper(sides[i]))
					env.Setenv(name+"ZONE", map[string]string{"us": "America/New_York", "cn": "Asia/Shanghai"}[sides[i]])
				}
				env.Setenv("REALM", exerciseRealm)
				return common(env)
			}
			p.Cmds = maps.Clone(p.Cmds)
			maps.Copy(p.Cmds, map[string]func(*testscript.TestScript, bool, []string){
				"at": at, "sees": sees, "when": when, "expand": expand, "hidden": hidden,
			})
			testscript.Run(t, p)
		})
	}
}

// elsewhere are the commands that know of no realm.
var elsewhere = []string{"approve", "send", "attach", "drafts", "drop", "log", "seat", "peers", "stick"}

// in adds the exercise to the words of a command, and names the party's folder.
func in(ts *testscript.TestScript, args []string) []string {
	words := append([]string{"--dir", args[0]}, args[1:]...)
	if !slices.Contains(elsewhere, args[1]) {
		words = append(words, "--realm", ts.Getenv("REALM"))
	}
	return words
}

// at PARTY COMMAND... runs a command in a party's folder, in the exercise.
func at(ts *testscript.TestScript, neg bool, args []string) {
	if err := ts.Exec("comity", in(ts, args)...); (err != nil) != neg {
		ts.Fatalf("%v: %v\n%s%s", args, err, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// sees PARTY PATTERN COMMAND... runs a command at a party until it shows the
// pattern.
func sees(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, neg, append([]string{args[1], "comity"}, in(ts, append([]string{args[0]}, args[2:]...))...))
}

// when NAME DURATION [day] sets a variable to a time from now, in UTC, or its day.
func when(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[1])
	ts.Check(err)
	form := time.RFC3339
	if len(args) > 2 {
		form = time.DateOnly
	}
	ts.Setenv(args[0], time.Now().UTC().Add(d).Format(form))
}

// expand FILE... puts the values of variables where their names stand, as ${A}. What
// has no value yet stays as it is.
func expand(ts *testscript.TestScript, _ bool, names []string) {
	for _, n := range names {
		b := os.Expand(ts.ReadFile(n), func(name string) string { return cmp.Or(ts.Getenv(name), "${"+name+"}") })
		ts.Check(os.WriteFile(ts.MkAbs(n), []byte(b), 0o644))
	}
}

// hidden PARTY REF COMMAND... runs a command that must answer about a matter just as
// it answers about one that does not exist: to the byte, but for the reference.
func hidden(ts *testscript.TestScript, _ bool, args []string) {
	ref := args[1]
	nobody := ref[:len(ref)-6] + "999999"
	var answers [2]string
	for i, name := range []string{ref, nobody} {
		words := slices.Clone(in(ts, append([]string{args[0]}, args[2:]...)))
		for j, w := range words {
			words[j] = strings.ReplaceAll(w, ref, name)
		}
		status := "done"
		if err := ts.Exec("comity", words...); err != nil {
			status = err.Error()
		}
		answers[i] = strings.ReplaceAll(status+"\n"+ts.ReadFile("stdout")+ts.ReadFile("stderr"), name, "REF")
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], "REF") {
		ts.Fatalf("%v: of the matter it says\n%s\nof none\n%s", args, answers[0], answers[1])
	}
}
