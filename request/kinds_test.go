package request

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/guide"
	"comity/matter"
)

var update = flag.Bool("update", false, "write docs/spec/kinds.md anew")

// TestKindsArePublished keeps docs/spec/kinds.md what the tables say.
func TestKindsArePublished(t *testing.T) {
	const path = "../docs/spec/kinds.md"
	want := spec()
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
		t.Error("docs/spec/kinds.md is not what the tables say; run go test ./request -update and read the difference")
	}
}

func spec() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	table := Table()
	p("# Kinds of statement\n")
	p("Made by `go test ./request -update` from the tables in package request; do not edit. How a matter's statements are put in order, and what *slot* and *rank* do there, is in [README.md](README.md) §6.\n")
	p("## 1. Preservation\n\nA matter that `%s` opens. The *opener* is the party that opened it; the *other* is the one asked.\n", Opens)
	p("### States\n\n| state | means | owes the next move |\n|---|---|---|")
	for _, s := range table.States {
		p("| `%s` | %s | %s |", s.Name, s.Says, short(s.Owes))
	}
	p("\n### Kinds\n\n| kind | | who | from → to | slot | rank | release | |\n|---|---|---|---|---|---|---|---|")
	for _, k := range Kinds() {
		what, rank, slot := "move", fmt.Sprint(k.Rank), or(k.Slot, "-")
		if k.Fact() {
			what, rank = "fact", "-"
		}
		var classes []string
		for _, c := range k.Classes {
			classes = append(classes, string(c))
		}
		p("| `%s` | %s | %s | %s | %s | %s | %s | %s |", k.Kind, what, who(k.Rule), paths(k.Rule), slot, rank, strings.Join(classes, ", "), k.Says)
	}
	p("\nA countersignature counts if it is by the side that released, and none of its seats signed the release. A statement under a class that its kind may not leave under is refused with the code `class`.\n")
	p("### When two cross\n\nBoth sides speak in the same state, neither having seen the other. What becomes of it, worked out by the fold:\n")
	p("| state | opener | other | |\n|---|---|---|---|")
	for _, s := range table.States {
		for _, a := range matter.Legal(table, s.Name, matter.Opener) {
			for _, o := range matter.Legal(table, s.Name, matter.Other) {
				if a.Allowed && o.Allowed && !a.Fact && !o.Fact {
					p("| `%s` | `%s` | `%s` | %s |", s.Name, a.Kind, o.Kind, cross(table, s.Name, a.Kind, o.Kind))
				}
			}
		}
	}
	p("\n## 2. Bodies\n")
	p("A statement's first part is named `body`, has the type `application/json` and is one JSON object of at most %d bytes. Names are exact; an unknown name, a name that stands twice, `null`, and bytes that are not UTF-8 are refused. White space and the order of members do not matter. Integers are 0 to 2^53. Strings are in Unicode NFC as in README §1, whatever escapes write them, and have no control characters (category Cc) but line feed and tab, none with the property Bidi_Control, and not U+FFFD, which also stands for half a surrogate pair. *time*, *hash* are as in README §1. Lengths are in Unicode code points, of a list in elements.\n", MaxBody)
	p("*must*: **yes** it is there and not empty · **no** it may be left out · **guide** it may be empty or left out on the wire, and the guidelines ask the author for it. A truth value left out is false, and an object left out is one whose members are. A body that breaks this page is refused with the code `body`.")
	var done []reflect.Type
	for _, k := range Kinds() {
		t := reflect.TypeOf(k.New()).Elem()
		if slices.Contains(done, t) {
			continue
		}
		done = append(done, t)
		var names []string
		for _, o := range Kinds() {
			if reflect.TypeOf(o.New()).Elem() == t {
				names = append(names, "`"+string(o.Kind)+"`")
			}
		}
		p("\n### %s\n\n| member | type | must | |\n|---|---|---|---|", strings.Join(names, ", "))
		rows(&b, t, "", k.Kind)
	}
	p("\nBeyond single members: the ids of a request's or a supplement's items differ · a supplement has replies or items · results name different items · a *preserved* result has both ends of its hold, the second later, and no other result has any · a *refused* result has a ground and the answer a basis, no other result has a ground · a ground is listed for its basis, below · a refusal has reasons unless `no_further_reasons` · a waived consultation has a reason · a countersignature that withdraws has a reason.")
	p("\n## 3. Grounds of refusal\n\n| basis | ground | | from | |\n|---|---|---|---|---|")
	for _, l := range guide.Bases() {
		for _, g := range guide.Grounds(l.ID) {
			p("| `%s` | `%s` | %s | %s | %s |", l.ID, g.ID, g.Says, g.Cite, g.Mark())
		}
	}
	p("\n*Borrowed*: no rule between the two parties, though it may bind one of them. *Proposal*: ours, for the parties to discuss.")
	return b.Bytes()
}

func short(s matter.Side) string {
	return map[matter.Side]string{matter.Opener: "opener", matter.Other: "other", matter.Nobody: "-"}[s]
}

func who(r matter.Rule) string {
	if len(r.Steps) == 0 {
		return "either"
	}
	return short(r.Steps[0].By)
}

func paths(r matter.Rule) string {
	var to []string
	from := map[string][]string{}
	for _, s := range r.Steps {
		if from[s.To] == nil {
			to = append(to, s.To)
		}
		from[s.To] = append(from[s.To], s.From)
	}
	var out []string
	for _, s := range to {
		out = append(out, strings.Join(from[s], ", ")+" → "+s)
	}
	return or(strings.Join(out, "; "), "-")
}

// reach returns a shortest list of moves, one after the other, that leads to state.
func reach(t matter.Table, state string) []matter.Entry {
	type at struct {
		state string
		path  []matter.Entry
	}
	queue, seen := []at{{state: t.States[0].Name}}, map[string]bool{}
	for len(queue) > 0 {
		a := queue[0]
		queue = queue[1:]
		if a.state == state {
			return a.path
		}
		if seen[a.state] {
			continue
		}
		seen[a.state] = true
		for _, r := range t.Rules {
			for _, s := range r.Steps {
				if s.From == a.state {
					queue = append(queue, at{s.To, append(slices.Clone(a.path), matter.Entry{Author: s.By, Kind: r.Kind})})
				}
			}
		}
	}
	return nil
}

// play numbers entries, each of which has seen all before it but the last unseen.
func play(t matter.Table, path []matter.Entry, unseen ...matter.Entry) []matter.Entry {
	var es []matter.Entry
	count := map[matter.Side]uint64{}
	add := func(e matter.Entry, seen uint64, after comity.After) {
		e.Pos, e.Seen, e.After = count[e.Author], seen, &after
		e.ID = comity.Hash{byte(e.Author), byte(e.Pos + 1)}
		count[e.Author]++
		es = append(es, e)
	}
	for _, e := range path {
		add(e, count[e.Author.Peer()], matter.Fold(t, es).After(e.Author))
	}
	heads, before := matter.Fold(t, es), map[matter.Side]uint64{matter.Opener: count[matter.Opener], matter.Other: count[matter.Other]}
	for _, e := range unseen {
		add(e, before[e.Author.Peer()], heads.After(e.Author))
	}
	return es
}

func cross(t matter.Table, state string, ours, theirs comity.Kind) string {
	es := play(t, reach(t, state), matter.Entry{Author: matter.Opener, Kind: ours}, matter.Entry{Author: matter.Other, Kind: theirs})
	r := matter.Fold(t, es)
	last := r.Order[len(r.Order)-2:]
	if last[1].Effect == matter.Applied {
		return fmt.Sprintf("`%s`, then `%s`: %s", last[0].Kind, last[1].Kind, r.State)
	}
	return fmt.Sprintf("`%s`; `%s` is %s: %s", last[0].Kind, last[1].Kind, last[1].Effect, r.State)
}

func rows(b *bytes.Buffer, t reflect.Type, path string, k comity.Kind) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, optional := nameOf(f)
		at := join(path, name)
		must := "yes"
		switch {
		case f.Tag.Get("need") == "guide":
			must = "guide"
		case optional || f.Type.Kind() == reflect.Bool:
			must = "no"
		}
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		typ, says := typeName(ft, f.Tag), f.Tag.Get("says")
		if eg := f.Tag.Get("eg"); eg != "" {
			says = strings.TrimPrefix(says+"; `"+eg+"`", "; ")
		}
		if one := f.Tag.Get("one"); one != "" {
			says = strings.TrimPrefix(says+"; one of "+strings.ReplaceAll(one, "|", ", "), "; ")
		}
		if ft == reflect.TypeFor[[]guide.Item]() && k != Opens {
			says += ": members as in `" + string(Opens) + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", at, typ, must, says)
		switch {
		case ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Struct && (ft.Elem() != reflect.TypeFor[guide.Item]() || k == Opens):
			rows(b, ft.Elem(), at+"[]", k)
		case shapeOf(ft) == "an object":
			rows(b, ft, at, k)
		}
	}
}

func typeName(t reflect.Type, tag reflect.StructTag) string {
	most := tag.Get("max")
	switch {
	case t == timeType:
		return "time"
	case t == hashType:
		return "hash"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return "list of text to " + tag.Get("each") + ", at most " + most
	case t.Kind() == reflect.Slice:
		return "list, at most " + most
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "integer"
	case most == "":
		return "text"
	}
	return "text to " + most
}

func TestTheTableHoldsTogether(t *testing.T) {
	table := Table()
	for _, s := range table.States[1:] {
		if reach(table, s.Name) == nil {
			t.Errorf("nothing leads to %s", s.Name)
		}
	}
	for _, k := range Kinds() {
		if _, err := comity.ParseKind(string(k.Kind)); err != nil {
			t.Error(err)
		}
		for _, s := range k.Steps {
			if table.State(s.From).Name == "" || table.State(s.To).Name == "" {
				t.Errorf("%s leads from %q to %q", k.Kind, s.From, s.To)
			}
			if s.By != k.Steps[0].By {
				t.Errorf("%s is now one side's, now the other's", k.Kind)
			}
		}
		if k.May(comity.OneSeat) != k.Fact() {
			t.Errorf("%s: facts, and only facts, may leave under one seat", k.Kind)
		}
		if sole := k.May(comity.Sole); sole != slices.Contains([]comity.Kind{Opens, "ask", "supplement", "extend.hold"}, k.Kind) {
			t.Errorf("%s: sole emergency release %t", k.Kind, sole)
		}
		if !k.May(comity.Dual) || k.Says == "" {
			t.Errorf("%s: two seats may always, and it has a meaning", k.Kind)
		}
	}
	if _, ok := Find("dance"); ok {
		t.Error("there is no such kind")
	}
}

// Rules of fairness that the ranks and slots were chosen for.
func TestWhatCrossesIsFair(t *testing.T) {
	for _, tt := range []struct {
		name          string
		state         string
		opener, other comity.Kind
		want          string
	}{
		{"an answer outranks a withdrawal", "accepted", "withdraw", "answer", "`answer`; `withdraw` is crossed: answered"},
		{"so does a part of one", "accepted", "withdraw", "answer.partial", "`answer.partial`; `withdraw` is crossed: accepted"},
		{"who asked for more must read it before refusing", "requested.asked", "supplement", "refuse", "`supplement`; `refuse` is crossed: requested"},
		{"a supplement does not spoil an answer", "accepted.asked", "supplement", "answer", "`supplement`, then `answer`: answered"},
		{"a second question outlives the reply to the first", "requested.asked", "supplement", "ask", "`supplement`, then `ask`: requested.asked"},
		{"nobody closes on an answer that was just corrected", "answered", "close", "answer", "`answer`; `close` is crossed: answered"},
		{"a corrected answer does not pass for a word on the longer hold", "answered", "extend.hold", "answer", "`answer`; `extend.hold` is crossed: answered"},
		{"a refused extension does not keep the asker from letting go", "extending", "release", "refuse", "`refuse`, then `release`: released"},
		{"whoever withdraws may, although it was accepted meanwhile", "requested", "withdraw", "accept", "`accept`, then `withdraw`: withdrawn"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := cross(Table(), tt.state, tt.opener, tt.other); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
