package docket

import (
	"strings"
	"testing"

	"comity"
	"comity/guide"
)

func TestRoute(t *testing.T) {
	agency := func(id string, cs ...guide.Competence) guide.Agency {
		return guide.Agency{ID: comity.Agency(id), Party: comity.Party(id[:2]), Competences: cs}
	}
	all := guide.Competence{}
	types := func(s ...string) guide.Competence { return guide.Competence{Types: s} }
	of := func(category string, s ...string) guide.Competence {
		return guide.Competence{Types: s, Categories: []string{category}}
	}
	for _, c := range []struct {
		name, typ, category, addressed string
		directory                      []guide.Agency
		want                           comity.Agency
		why                            string // a part of the reason
	}{
		{"the one that takes the type", "content", "fraud", "", []guide.Agency{agency("cn-24-7", types("preserve")), agency("cn-central", types("content"))}, "cn-central", "has cn-central as competent"},
		{"who knows the category goes first", "content", "fraud", "cn-central", []guide.Agency{agency("cn-central", types("content")), agency("cn-fraud", of("fraud", "content"))}, "cn-fraud", "Cyber-enabled fraud"},
		{"the category weighs more than the type", "content", "fraud", "", []guide.Agency{agency("cn-central", types("content")), agency("cn-fraud", of("fraud"))}, "cn-fraud", "every type; Cyber-enabled fraud"},
		{"another category is no competence", "content", "drugs", "", []guide.Agency{agency("cn-fraud", of("fraud", "content")), agency("cn-central", all)}, "cn-central", "every type; every category"},
		{"one competence of several is enough", "content", "fraud", "", []guide.Agency{agency("cn-x", types("preserve"), of("fraud"))}, "cn-x", "every type; Cyber-enabled fraud"},
		{"to have attended the dialogue is none", "content", "fraud", "cn-ministry", []guide.Agency{agency("cn-ministry")}, "", "attended a dialogue is no competence"},
		{"the asker's own agencies are not asked", "content", "fraud", "", []guide.Agency{agency("us-central", all)}, "", "no agency of cn"},
		{"of equals, the one addressed", "content", "fraud", "cn-b", []guide.Agency{agency("cn-a", all), agency("cn-b", all), agency("cn-c", all)}, "cn-b", "it is addressed to cn-b; as competent for \"Stored content data, search and seizure\" are [cn-a cn-b cn-c]"},
		{"of equals, a person decides", "content", "fraud", "", []guide.Agency{agency("cn-a", all), agency("cn-b", all)}, "", "[cn-a cn-b] are equally competent"},
		{"a tie further down is none", "content", "fraud", "", []guide.Agency{agency("cn-a", all), agency("cn-b", all), agency("cn-c", types("content"))}, "cn-c", "competent"},
		{"an empty directory", "content", "fraud", "", nil, "", "no agency of cn"},
	} {
		r := guide.Request{Type: c.typ, Addressee: guide.Addressee{Agency: c.addressed}, Supporting: guide.Supporting{Offence: guide.Offence{Category: c.category}}}
		got, why := Route(r, "cn", c.directory)
		if got != c.want || !strings.Contains(why.EN, c.why) {
			t.Errorf("%s: %q because %q; want %q because %q", c.name, got, why.EN, c.want, c.why)
		}
		if strings.Contains(why.EN+why.ZH, "%!") {
			t.Errorf("%s: %v has an operand too many or too few", c.name, why)
		}
		if !strings.ContainsFunc(why.ZH, func(r rune) bool { return r > 0x4e00 }) {
			t.Errorf("%s: %q is not Chinese", c.name, why.ZH)
		}
	}
}
