// Package spec holds kinds.md and the diagrams in procedures/ to the tables that
// the code obeys.
package spec

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/casefile"
	"comity/form"
	"comity/guide"
	"comity/matter"
	"comity/pair"
	"comity/request"
	"comity/thread"
	"comity/thread/threadtest"
)

var update = flag.Bool("update", false, "write kinds.md and procedures/*.md anew")

func all() []thread.Capability {
	return []thread.Capability{
		request.Preservation(), request.Assistance(), request.Precheck(),
		casefile.Lead(), casefile.Case(), casefile.Deconfliction(), casefile.Report(), casefile.Summary(),
		pair.Adoption(), pair.Suspension(),
	}
}

func TestKindsArePublished(t *testing.T) {
	golden(t, "kinds.md", kinds())
	for _, c := range all() {
		golden(t, "procedures/"+c.Name+".md", diagram(c))
	}
}

func golden(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/spec/%s is not what the tables say; run go test ./docs/spec -update and read the difference", path)
	}
}

type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func kinds() []byte {
	var p page
	p.line("# Kinds of statement\n")
	p.line("Made by `go test ./docs/spec -update` from the tables in packages thread, request, casefile and pair; do not edit. How a matter's statements are put in order, and what *slot* and *rank* do there, is in [README.md](README.md) §6.\n")
	p.line("The *opener* is the party that opened the matter; the *other* is the one across. A *move* leads from a state to a state; a *fact* is on the record and changes none. A statement under a release class that its kind may not leave under is refused with the code `class`.\n")
	p.line("## 1. Procedures\n")
	p.line("### In every matter\n\n| kind | | who | release | | |\n|---|---|---|---|---|---|")
	for _, k := range thread.Common() {
		p.line("| `%s` | fact | either | %s | %s | %s |", k.Kind, classes(k), k.Says.EN, k.Says.ZH)
	}
	p.line("\nA countersignature counts if it is by the side that released, and none of its seats signed the release. What its own side calls misdirected is closed to the other.")
	for _, c := range all() {
		procedure(&p, c)
	}
	bodies(&p)
	grounds(&p)
	return p.Bytes()
}

func procedure(p *page, c thread.Capability) {
	table := c.Table()
	p.line("\n### %s%s\n\n%s · %s. `%s` opens it. [Diagram](procedures/%s.md).\n", strings.ToUpper(c.Name[:1]), c.Name[1:], upper(c.Says.EN), c.Says.ZH, c.Opens(), c.Name)
	p.line("| state | means | | owes the next move |\n|---|---|---|---|")
	for _, s := range c.States {
		p.line("| `%s` | %s | %s | %s |", s.Name, s.Says.EN, s.Says.ZH, side(s.Owes))
	}
	p.line("\n| kind | | from → to | slot | rank | release | | |\n|---|---|---|---|---|---|---|---|")
	for _, k := range own(c) {
		what, rank := "move", fmt.Sprint(k.Rank)
		if k.Fact() {
			what, rank = "fact, by either", "-"
		}
		p.line("| `%s` | %s | %s | %s | %s | %s | %s | %s |", k.Kind, what, cmp.Or(paths(k.Rule), "-"), cmp.Or(k.Slot, "-"), rank, classes(k), k.Says.EN, k.Says.ZH)
	}
	var rows []string
	for _, s := range table.States {
		for _, a := range matter.Legal(table, s.Name, matter.Opener) {
			for _, o := range matter.Legal(table, s.Name, matter.Other) {
				if a.Allowed && o.Allowed && !a.Fact && !o.Fact {
					rows = append(rows, fmt.Sprintf("| `%s` | `%s` | `%s` | %s |", s.Name, a.Kind, o.Kind, threadtest.Cross(table, s.Name, a.Kind, o.Kind)))
				}
			}
		}
	}
	if rows == nil {
		return
	}
	p.line("\n<details><summary>When two cross: both sides speak in the same state, neither having seen the other (%d)</summary>\n", len(rows))
	p.line("| state | opener | other | |\n|---|---|---|---|\n%s\n\n</details>", strings.Join(rows, "\n"))
}

// own returns the kinds that not every matter has.
func own(c thread.Capability) []thread.Kind { return c.Kinds[:len(c.Kinds)-len(thread.Common())] }

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func classes(k thread.Kind) string {
	var list []string
	for _, c := range k.Classes {
		list = append(list, string(c))
	}
	return strings.Join(list, ", ")
}

func side(s matter.Side) string {
	return map[matter.Side]string{matter.Opener: "opener", matter.Other: "other", matter.Either: "either", matter.Nobody: "-"}[s]
}

// paths writes steps as "opener: terms → accepted; other: countered → accepted".
func paths(r matter.Rule) string {
	type way struct {
		by matter.Side
		to string
	}
	var ways []way
	from := map[way][]string{}
	for _, s := range r.Steps {
		w := way{s.By, s.To}
		if from[w] == nil {
			ways = append(ways, w)
		}
		from[w] = append(from[w], s.From)
	}
	var out []string
	for i, w := range ways {
		by := side(w.by) + ": "
		if i > 0 && ways[i-1].by == w.by {
			by = ""
		}
		out = append(out, by+strings.Join(from[w], ", ")+" → "+w.to)
	}
	return strings.Join(out, "; ")
}

func bodies(p *page) {
	p.line("\n## 2. Bodies\n")
	p.line("A statement's first part is named `body`, has the type `application/json` and is one JSON object of at most %d bytes. Names are exact; an unknown name, a name that stands twice, `null`, and bytes that are not UTF-8 are refused. White space and the order of members do not matter. Integers are 0 to 2^53. Strings are in Unicode NFC as in README §1, whatever escapes write them, and have no control characters (category Cc) but line feed and tab, none with the property Bidi_Control, and not U+FFFD, which also stands for half a surrogate pair. *time*, *hash* are as in README §1. Lengths are in Unicode code points, of a list in elements.\n", form.MaxBody)
	p.line("*must*: **yes** it is there, and neither empty nor 0 · **no** it may be left out · **guide** it may be empty or left out on the wire, and the guidelines ask the author for it. A truth value left out is false, an integer 0, and an object left out is one whose members are. A body that breaks this page is refused with the code `body`.")
	var done []reflect.Type
	users := map[reflect.Type][]string{}
	var order []thread.Kind
	for _, c := range all() {
		for _, k := range c.Kinds {
			t, name := reflect.TypeOf(k.New()).Elem(), "`"+string(k.Kind)+"`"
			if users[t] == nil {
				order = append(order, k)
			}
			if !slices.Contains(users[t], name) {
				users[t] = append(users[t], name)
			}
		}
	}
	for _, k := range order {
		t := reflect.TypeOf(k.New()).Elem()
		p.line("\n### %s\n\n| member | type | must | |\n|---|---|---|---|", strings.Join(users[t], ", "))
		for _, r := range form.Rows(k.New(), done...) {
			p.line("| `%s` | %s | %s | %s |", r.Path, r.Type, r.Must, r.Says)
		}
		if done == nil { // a request: its parts are not listed again
			done = []reflect.Type{t, reflect.TypeFor[guide.Item]()}
		}
	}
	p.line("\nWhere `items` and `request` have no members listed, they are those of `order.items` in a request, and a request whole.\n")
	p.line("Beyond single members: the ids of a request's or a supplement's items differ, and so do those of conditions · a supplement has replies or items · a condition of the kind *other* has a text, one of *return* or *destroy* a time · results name different items · a *preserved* result has both ends of its hold, the second later, and no other result has any · a *refused* result has a ground, no other has · an *impossible* result has a reason · an amount has a currency · a refusal has reasons unless `no_further_reasons` · a waived consultation has a reason · an assurance that is given is given in both languages · a countersignature that withdraws has a reason · a draft's personal data are `%s` unless it is `unmasked`, and its `expires` is a day · `do_not` has only its four words · a proposal's `hash` is that of its files.", request.Masked)
}

func grounds(p *page) {
	p.line("\n## 3. Grounds of refusal\n\n| guidelines | ground | of | | | from | |\n|---|---|---|---|---|---|---|")
	for _, g := range guide.Shipped().Packs() {
		for _, r := range g.Grounds {
			p.line("| `%s` | `%s` | %s | %s | %s | %s | %s |", g.ID, r.ID, cmp.Or(strings.Join(r.Types, ", "), "every type"), r.Says.EN, r.Says.ZH, r.Cite, r.Mark())
		}
	}
	p.line("\n*Borrowed*: no rule between the two parties, though it may bind one of them. *Proposal*: ours, for the parties to discuss.")
}

// diagram draws a procedure. A node's name in Mermaid has no dot.
func diagram(c thread.Capability) []byte {
	var p page
	node := func(state string) string { return strings.ReplaceAll(state, ".", "_") }
	p.line("# %s · %s\n\nMade by `go test ./docs/spec -update` from the procedure's table; do not edit. What each word means is in [kinds.md](../kinds.md).\n\n```mermaid\nstateDiagram-v2", upper(c.Says.EN), c.Says.ZH)
	for _, s := range c.States {
		p.line("    state \"%s\" as %s", s.Name, node(s.Name))
	}
	p.line("    [*] --> %s", node(c.States[0].Name))
	type edge struct{ from, to string }
	var edges []edge
	labels := map[edge][]string{}
	for _, k := range own(c) {
		for _, s := range k.Steps {
			e := edge{s.From, s.To}
			if labels[e] == nil {
				edges = append(edges, e)
			}
			labels[e] = append(labels[e], fmt.Sprintf("%s (%s)", k.Kind, side(s.By)))
		}
	}
	for _, e := range edges {
		p.line("    %s --> %s: %s", node(e.from), node(e.to), strings.Join(labels[e], ", "))
	}
	for _, s := range c.States {
		if c.Table().End(s.Name) {
			p.line("    %s --> [*]", node(s.Name))
		}
	}
	p.line("```")
	return p.Bytes()
}

// What every table must be for the fold and the pages to make sense.
func TestTheTablesHoldTogether(t *testing.T) {
	opens := map[comity.Kind]string{}
	for _, c := range all() {
		table := c.Table()
		if other := opens[c.Opens()]; other != "" {
			t.Errorf("%s opens both %s and %s", c.Opens(), other, c.Name)
		}
		opens[c.Opens()] = c.Name
		for _, s := range table.States[1:] {
			if threadtest.Reach(table, s.Name) == nil {
				t.Errorf("%s: nothing leads to %s", c.Name, s.Name)
			}
			if s.Owes != matter.Nobody && table.End(s.Name) {
				t.Errorf("%s: %s owes a move in %s, and nobody may move", c.Name, s.Owes, s.Name)
			}
		}
		for _, s := range table.States {
			if s.Says.EN == "" || s.Says.ZH == "" {
				t.Errorf("%s: %s says nothing in one of the languages", c.Name, s.Name)
			}
		}
		seen := map[comity.Kind]bool{}
		for _, k := range c.Kinds {
			if _, err := comity.ParseKind(string(k.Kind)); err != nil || seen[k.Kind] {
				t.Errorf("%s: %s is no kind, or stands twice: %v", c.Name, k.Kind, err)
			}
			seen[k.Kind] = true
			steps := map[[2]any]bool{}
			for _, s := range k.Steps {
				if table.State(s.From).Name == "" || table.State(s.To).Name == "" || s.By == matter.Nobody {
					t.Errorf("%s: %s leads from %q to %q", c.Name, k.Kind, s.From, s.To)
				}
				if at := [2]any{s.From, s.By}; steps[at] {
					t.Errorf("%s: %s leads from %s to more than one state", c.Name, k.Kind, s.From)
				} else {
					steps[at] = true
				}
			}
			if k.Says.EN == "" || k.Says.ZH == "" || !k.May(comity.Dual) {
				t.Errorf("%s: %s has a meaning in both languages, and two seats may always", c.Name, k.Kind)
			}
			if k.May(comity.OneSeat) && !k.Fact() {
				t.Errorf("%s: %s may leave under one seat, and is no fact", c.Name, k.Kind)
			}
		}
	}
}

// Alone, at night, an officer may do what saves data or life, and no more.
func TestWhatOneOfficerMayRelease(t *testing.T) {
	want := []comity.Kind{
		request.OpensPreservation, request.OpensAssistance, "ask", "supplement", "contest", "extend.hold",
		casefile.OpensLead, "lead.accept", "lead.provide", casefile.OpensDeconfliction, "misdirected",
	}
	for _, c := range all() {
		for _, k := range c.Kinds {
			if sole := k.May(comity.Sole); sole != slices.Contains(want, k.Kind) {
				t.Errorf("%s: sole emergency release of %s: %t", c.Name, k.Kind, sole)
			}
		}
	}
}

// Every text has a longest length, every list a most, and no member is for the
// name of an officer. Persons whom a request is about are the exception; a draft
// for comment has them masked.
func TestEveryMemberIsBounded(t *testing.T) {
	for _, c := range all() {
		for _, k := range c.Kinds {
			for _, r := range form.Rows(k.New()) {
				if r.Type == "text" && !strings.Contains(r.Says, "one of ") || strings.HasSuffix(r.Type, " to ") || strings.HasSuffix(r.Type, "at most ") || strings.Contains(r.Type, "to ,") {
					t.Errorf("%s: %s has no bound: %s", k.Kind, r.Path, r.Type)
				}
				name := r.Path[strings.LastIndex(r.Path, ".")+1:]
				if (strings.Contains(name, "name") || strings.Contains(name, "officer")) && !strings.Contains(r.Path, "supporting.persons[]") && !(c.Name == "adoption" && r.Path == "files[].name") {
					t.Errorf("%s: %s: who sits at a seat does not cross the border", k.Kind, r.Path)
				}
			}
		}
	}
}
