package guide

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/spec/guidelines.md anew")

// TestGuidelinesArePublished keeps the page that reviewers read what the packs say.
func TestGuidelinesArePublished(t *testing.T) {
	const path = "../docs/spec/guidelines.md"
	var b bytes.Buffer
	publish(&b, Shipped())
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Error("docs/spec/guidelines.md is not what the packs say; run go test ./guide -update and read the difference")
	}
}

func publish(b *bytes.Buffer, l *Library) {
	p := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	from := func(o Origin) string { return cell(o.Cite) + " | " + o.Mark() }
	of := func(types []string) string { return cmp.Or(strings.Join(types, ", "), "all") }

	p("# Guidelines\n")
	p("Made by `go test ./guide -update` from the packs under [guidelines/](../../guidelines); do not edit. Marks: *borrowed*, no rule of this text, or between the two parties, though it may bind one of them; *not verified*, nobody here has read the words cited; *proposal*, ours, for the two parties to discuss. No figure on this page is known to have been agreed by any two governments.\n")
	p("## Packs\n\nTwo parties adopt a pack by its hash, SHA-256 of `comity guidelines 1\\n` and then of each file in the order of names: its name, a zero byte, the length of its text as 8 bytes with the highest first, its text.\n")
	p("| id | version | | use | from | | hash |\n|---|---|---|---|---|---|---|")
	for _, k := range l.Packs() {
		p("| [`%s`](#%s) | %s | %s<br>%s | %s | %s | `%s` |", k.ID, k.ID, k.Version, cell(k.Title.EN), cell(k.Title.ZH), k.Use, from(k.Origin), k.Hash.Short())
	}
	p("\n## Checks\n\nOne that *blocks* stops the author. On arrival nothing blocks: the same findings are shown to the receiver as remarks. One that reads the *history* is national and never crosses. In an emergency only those marked so block; the rest is overridden with a reason. A pack may be more or less severe.\n")
	p("| id | | do | severity | reads | in an emergency | from | |\n|---|---|---|---|---|---|---|---|")
	for _, c := range l.Checks() {
		p("| %s | %s<br>%s | %s<br>%s | %s | %s | %s | %s |", c.ID, cell(c.Title.EN), cell(c.Title.ZH), cell(c.Do.EN), cell(c.Do.ZH), c.Severity, c.Reads, map[bool]string{true: "blocks", false: "-"}[c.Emergency], from(c.Origin))
	}
	p("\n## How long data is known to be kept\n\nWhat check C22 compares with. A party that is not here is not judged.\n\n| party | data | days | from | |\n|---|---|---|---|---|")
	for _, r := range l.Retentions() {
		p("| %s | %s | %d | %s |", r.Party, r.Data, r.Days, from(r.Origin))
	}
	for _, k := range l.Packs() {
		p("\n## %s\n\n%s\n\n%s\n", k.ID, k.Says.EN, k.Says.ZH)
		p("- Use: %s. Pledge of reciprocity: %s. Borrows: %s. Grounds of refusal: %s. Languages: %s.", k.Use, yesNo(k.Pledge), cmp.Or(strings.Join(k.Borrows, ", "), "-"), list(k.Closed), strings.Join(k.Languages, ", "))
		for _, d := range k.Departs {
			p("- Departs from %s at `%s`: %s %s", d.From, d.Row, d.Reason.EN, d.Reason.ZH)
		}
		if len(k.Binds.Parties) > 0 {
			p("\n### Parties of %s\n\n| party | in force since | from | |\n|---|---|---|---|", k.ID)
			for _, x := range k.Binds.Parties {
				p("| %s | %s | %s |", x.Party, cmp.Or(x.Since, "not in force"), from(x.Origin))
			}
		}
		if len(k.Types) > 0 {
			p("\n### Types of %s\n\n| type | | data | results | grounds | oral request confirmed within | from | |\n|---|---|---|---|---|---|---|---|", k.ID)
		}
		for _, x := range k.Types {
			_, closed := k.GroundsFor(x.ID)
			oral := "-"
			if x.OralWithin > 0 {
				oral = fmt.Sprintf("%d d", x.OralWithin)
			}
			p("| `%s` | %s<br>%s | %s | %s | %s | %s | %s |", x.ID, cell(x.Name.EN), cell(x.Name.ZH), strings.Join(x.Data, ", "), strings.Join(x.Results, ", "), list(closed), oral, from(x.Origin))
		}
		fields(p, k)
		if len(k.Checks) > 0 {
			p("\n### Severities of %s\n\n| check | severity | types | days | from | |\n|---|---|---|---|---|---|", k.ID)
		}
		for _, x := range k.Checks {
			p("| %s | %s | %s | %s | %s |", x.ID, x.Severity, of(x.Types), figure(x.Days), from(x.Origin))
		}
		if len(k.Grounds) > 0 {
			p("\n### Grounds of refusal of %s\n\n| id | | types | from | |\n|---|---|---|---|---|", k.ID)
		}
		for _, x := range k.Grounds {
			p("| `%s` | %s<br>%s | %s | %s |", x.ID, cell(x.Says.EN), cell(x.Says.ZH), of(x.Types), from(x.Origin))
		}
		if len(k.Limits) > 0 {
			p("\n### Limits of %s\n\nElapsed time unless working days are named: a day is 24 hours.\n\n| priority | until | types | within | nearest authority | from | |\n|---|---|---|---|---|---|---|", k.ID)
		}
		for _, x := range k.Limits {
			p("| %s | %s | %s | %s | %s | %s |", cmp.Or(x.Priority, "all"), x.For, of(x.Types), x.Length(), cell(cmp.Or(x.Nearest, "-")), from(x.Origin))
		}
		if len(k.Holds) > 0 {
			p("\n### Holds of %s\n\nIn days, from the act of whoever holds the data. The day on which a hold ends stands in the answer: it is compared with the floor, warned of, and followed by \"goes on\" where the request for the data is there. Where it \"lapses\" and no request followed, it ends no later than the cap, or else the first hold, and the extensions given; the rest is shown and moves no date.\n\n| types | | floor | first | cap | extension | pending the decision | without a follow-up | warnings before the end | from | |\n|---|---|---|---|---|---|---|---|---|---|---|", k.ID)
		}
		for _, x := range k.Holds {
			ext := figure(x.Extension)
			if x.Extensions > 0 {
				ext += fmt.Sprintf(", at most %d times", x.Extensions)
			}
			warn := "-"
			if len(x.Warn) > 0 {
				warn = strings.Trim(strings.ReplaceAll(fmt.Sprint(x.Warn), " ", ", "), "[]") + " " + x.Warned.Mark()
			}
			p("| %s | %s<br>%s | %s | %s | %s | %s | %s | %s | %s | %s |", of(x.Types), cell(x.Says.EN), cell(x.Says.ZH), figure(x.Floor), figure(x.Initial), figure(x.Cap), ext,
				map[bool]string{true: "goes on", false: "-"}[x.Continues], map[bool]string{true: "lapses", false: "-"}[x.Lapses], warn, from(x.Origin))
		}
		if len(k.Pauses) > 0 {
			p("\n### Pauses of %s\n\nWhile this lasts, the clock of an answer stands still; nothing else stops it, and nothing stops another clock.\n\n| while | but not for | from | |\n|---|---|---|---|", k.ID)
		}
		for _, x := range k.Pauses {
			p("| %s | %s | %s |", l.Word("pause", x.For).EN, cmp.Or(strings.Join(x.Not, ", "), "-"), from(x.Origin))
		}
		terms(p, "Categories of crime of "+k.ID, k.Categories)
		terms(p, "What an emergency is in "+k.ID, k.Emergencies)
	}
}

// fields writes one row for each field and origin, and the types that have it.
func fields(p func(string, ...any), k Pack) {
	var order []string
	types := map[string][]string{}
	for _, t := range k.Types {
		for _, f := range t.Fields {
			row := fmt.Sprintf("| `%s` | %s | %s |%%s| %s | %s |", f.Path, f.Need, f.Check, cell(f.Cite), f.Mark())
			if types[row] == nil {
				order = append(order, row)
			}
			types[row] = append(types[row], t.ID)
		}
	}
	if len(order) > 0 {
		p("\n### Fields of %s\n\n| field | need | check | types | from | |\n|---|---|---|---|---|---|", k.ID)
	}
	for _, row := range order {
		of := " all "
		if len(types[row]) < len(k.Types) {
			of = " " + strings.Join(types[row], ", ") + " "
		}
		p("%s", strings.Replace(row, "%s", of, 1))
	}
}

func terms(p func(string, ...any), title string, terms []Term) {
	if len(terms) == 0 {
		return
	}
	p("\n### %s\n\n| id | | from | |\n|---|---|---|---|", title)
	for _, x := range terms {
		p("| `%s` | %s<br>%s | %s | %s |", x.ID, cell(x.Name.EN), cell(x.Name.ZH), cell(x.Cite), x.Mark())
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func list(closed bool) string {
	return map[bool]string{true: "closed list", false: "open list"}[closed]
}

func figure(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
