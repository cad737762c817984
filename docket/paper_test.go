package docket

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"comity"
	"comity/form"
	"comity/guide"
)

// The signature is the promise: a letter is handed the order and the action, and
// nothing else.
var _ func(guide.Order, Action) ([]Section, error) = Letter

// words returns everything that a paper says, in both languages.
func words(list []Section) string {
	var b strings.Builder
	add := func(t comity.Text) { b.WriteString(t.EN + "\n" + t.ZH + "\n") }
	for _, s := range list {
		add(s.Heading)
		for _, r := range s.Rows {
			add(r.Label)
			add(r.Value)
		}
		for _, row := range append([][]comity.Text{s.Head}, s.Table...) {
			for _, cell := range row {
				add(cell)
			}
		}
	}
	return b.String()
}

// TestNoLetterTellsMore puts a character that stands nowhere else into every text
// of a request outside its order, and into every entry of the docket, and finds
// none in the letter; of the action's own, only what the provider is to see.
func TestNoLetterTellsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &marks{at: rune(rapid.IntRange(0x20000, 0x28000).Draw(t, "from"))}
		var r guide.Request
		fill(reflect.ValueOf(&r).Elem(), "", m)
		order := &marks{at: 'a'}
		fill(reflect.ValueOf(&r.Order).Elem(), "", order)
		types := strings.Split("ipv4|email|account|act|person", "|")
		for i := range r.Order.Items {
			it := &r.Order.Items[i]
			it.Type = rapid.SampledFrom(types).Draw(t, "type")
			if it.Type == "person" {
				it.Value = r.Supporting.Persons[0].ID
			}
		}
		var docket []rune
		var entries []any
		for _, k := range Kinds() {
			body := k.New()
			fill(reflect.ValueOf(body).Elem(), "", m)
			entries = append(entries, body)
		}
		docket = m.given
		i := slices.IndexFunc(entries, func(b any) bool { _, ok := b.(*Action); return ok })
		act := *entries[i].(*Action)
		act.Items, act.Measure = nil, rapid.SampledFrom([]string{"preserve", "disclose", "search", "freeze"}).Draw(t, "measure")
		for _, p := range []*string{&act.Provider, &act.Number, &act.IssuedBy, &act.OrderRef, &act.Ticket} {
			docket = slices.DeleteFunc(docket, func(r rune) bool { return string(r) == *p })
		}
		if rapid.Bool().Draw(t, "bank") {
			r.Order.Hops[0].Bank = act.Provider
		}
		list, err := Letter(r.Order, act)
		if err != nil {
			t.Fatal(err)
		}
		text := words(list)
		if i := strings.IndexFunc(text, func(r rune) bool { return slices.Contains(docket, r) }); i >= 0 {
			t.Fatalf("the letter says %q, which no provider may see", text[i:min(i+20, len(text))])
		}
		if !strings.Contains(text, act.Provider) || !strings.Contains(text, act.OrderRef) || !strings.Contains(text, r.Order.Instructions) {
			t.Fatalf("the letter does not say what it is about: %s", text)
		}
	})
}

func TestLetter(t *testing.T) {
	o := guide.Order{
		Items:       []guide.Item{{ID: "1", Type: "email", Value: "kite-3391@mail.example", Data: "subscriber", Port: 51514}, {ID: "2", Type: "person", Value: "p1", Data: "whereabouts"}},
		Hops:        []guide.Hop{{N: 1, From: "A", To: "B", Bank: "ZZEXUS00", Amount: 128450000, Currency: "USD"}, {N: 2, From: "B", To: "SECOND", Bank: "ZZEXCN00", Amount: 1, Currency: "USD"}},
		Certificate: "business_record", Instrument: &guide.Instrument{Kind: "warrant", Number: "FOREIGN-1"},
	}
	act := Action{ID: "a1", Provider: "mail.example", Measure: "preserve", Instrument: "court_order", Number: "DC-9", IssuedBy: "District Court", UserNotice: "delayed_until", NoticeFrom: "2027-03-01", HoldUntil: "2027-02-20", WaitingFor: "court"}
	change := func(f func(*Action)) Action { a := act; f(&a); return a }
	for _, c := range []struct {
		name      string
		act       Action
		has, lack []string
	}{
		{"an order to preserve", act, []string{"Preservation of data", "数据保全", "Court order", "法院命令", "DC-9", "2027-02-20", "kite-3391@mail.example", "E-mail address", "电子邮箱地址", "51514", "do not tell the user before 2027-03-01", "在 2027-03-01 之前不得告知用户", "Certificate of business records"}, nil},
		{"the other side's own instrument stays out", act, nil, []string{"FOREIGN-1", "Warrant"}},
		{"a person is named by the instrument", act, []string{"the person named in the instrument"}, []string{"p1"}},
		{"what we wait for is our own", act, nil, []string{"waiting"}},
		{"payments to other banks stay out", act, nil, []string{"SECOND", "1284500.00"}},
		{"a bank sees what reached it", change(func(a *Action) { a.Provider, a.Measure = "ZZEXUS00", "freeze" }), []string{"1284500.00 USD", "冻结资金或者财产"}, []string{"SECOND"}},
		{"one item of two", change(func(a *Action) { a.Items = []string{"1"} }), []string{"kite-3391"}, []string{"the person named"}},
		{"a voluntary disclosure says that it is", change(func(a *Action) { a.Measure, a.Instrument, a.UserNotice = "disclose", "voluntary", "given" }), []string{"you are asked, and not bound", "不具强制力", "you may tell the user"}, []string{"Court order"}},
	} {
		list, err := Letter(o, c.act)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		text := words(list)
		for _, s := range c.has {
			if !strings.Contains(text, s) {
				t.Errorf("%s: no %q in\n%s", c.name, s, text)
			}
		}
		for _, s := range c.lack {
			if strings.Contains(text, s) {
				t.Errorf("%s: %q is in\n%s", c.name, s, text)
			}
		}
	}
	for _, c := range []struct {
		name string
		act  Action
		want string
	}{
		{"an item that nobody asked for", change(func(a *Action) { a.Items = []string{"1", "9"} }), "items: "},
		{"preserved, until when?", change(func(a *Action) { a.HoldUntil = "" }), "hold_until: "},
	} {
		if _, err := Letter(o, c.act); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want a fault of %s", c.name, err, c.want)
		}
	}
}

// TestForms fills in every form from the public examples.
func TestForms(t *testing.T) {
	names, err := filepath.Glob("../guidelines/examples/ok-*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	seenTypes := map[string]bool{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var r guide.Request
		if err := form.Decode(b, &r); err != nil {
			continue // a file around a request is for package guide's own test
		}
		for _, which := range []string{Preservation, Subscriber, Plain} {
			list, err := Form(which, r, "US-2026-000042", noon.Time)
			if want := which != Plain && which != map[string]string{"preserve": Preservation, "subscriber": Subscriber}[r.Type]; (err != nil) != want {
				t.Errorf("%s as %s: %v, want an error %v", name, which, err, want)
			}
			if err != nil {
				continue
			}
			seenTypes[which] = true
			text := words(list)
			for _, s := range append([]string{"US-2026-000042", "2026-11-22", r.Authority.Contact, r.Supporting.Facts}, values(r.Order.Items)...) {
				if !strings.Contains(text, s) {
					t.Errorf("%s as %s: %q is not in it", name, which, s)
				}
			}
		}
	}
	for _, which := range []string{Preservation, Subscriber, Plain} {
		if !seenTypes[which] {
			t.Errorf("no example filled in the form %s", which)
		}
	}
	if _, err := Form("t-cy-12", guide.Request{}, "", noon.Time); err == nil || !strings.Contains(err.Error(), "t-cy-11") {
		t.Errorf("an unknown form: %v", err)
	}
}

func values(items []guide.Item) (list []string) {
	for _, it := range items {
		if it.Type != "person" {
			list = append(list, it.Value)
		}
	}
	return list
}

// TestFormsAreInOrder holds forms to the order of research, and to its marks of
// what has been read.
func TestFormsAreInOrder(t *testing.T) {
	for which, want := range map[string][]string{
		Preservation: {"1 Date", "2 Reference / case number", "3 Status of the request", "4 Requested authority", "5 Requesting authority", "6 Additional contact for confirmation",
			"7 Investigative or operational authority, if different", "8 ~Offence and legal provisions", "9 ~Summary of the case", "10 ~Data to be preserved", "11 ~Custodian or provider", "12 ~Necessity",
			"13 ~Urgency and reason", "14 ~Confidentiality, no notice to the user", "15 ~Intention to request mutual assistance", "16 ~Signature"},
		Subscriber: {"1 Date", "2 Reference / case number", "3 Status of the request", "4 Requested authority", "5 Requesting authority", "6 Contact for confirmation", "7 Investigative authority",
			"8 Prosecution office or court in charge, case numbers and decisions", "9 Previous request for mutual assistance", "10 Previous request for preservation", "11 ~Offence, provisions and penalties", "12 ~Facts",
			"13 ~How the data relates to the offence", "14 ~Identifiers with times and time zone; data sought", "15 ~Provider", "16 ~Procedure and certification", "17 ~Urgency", "18 ~Confidentiality", "19 ~Attachments", "20 ~Signature and approval"},
	} {
		list, err := Form(which, guide.Request{Type: forms[which].typ}, "", noon.Time)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			mark := ""
			if s.Approximate {
				mark = "~"
			}
			got = append(got, s.No+" "+mark+s.Heading.EN)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is\n%s\nwant\n%s", which, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for which, f := range forms {
		for _, b := range f.boxes {
			if !strings.ContainsFunc(b.heading.ZH, func(r rune) bool { return r > 0x4e00 }) {
				t.Errorf("%s %s: no Chinese", which, b.heading.EN)
			}
			for _, p := range b.paths {
				if n := name(p); n.EN == "" || n.ZH == "" {
					t.Errorf("%s: %s is no member of a request, or has no name", which, p)
				}
			}
		}
	}
}

func TestFormChoices(t *testing.T) {
	preserve := guide.Request{Type: "preserve", Language: "zh", Supporting: guide.Supporting{Facts: "案情"}, Translation: &guide.Translation{Language: "en", Facts: "the facts"}}
	same2 := preserve
	same2.Translation = &guide.Translation{Language: "zh", Facts: "另一文本"}
	extended := preserve
	extended.Earlier = []guide.Earlier{{Kind: "preservation", Reference: "US-2026-000041", Date: "2026-11-02"}}
	extended.Translation = nil
	for _, c := range []struct {
		name string
		r    guide.Request
		row  Row
	}{
		{"a new one", preserve, Row{t2("New request", "新请求"), same("■")}},
		{"not an extension", preserve, Row{t2("Extension of a previous request", "延长先前请求"), same("□")}},
		{"an extension", extended, Row{t2("Extension of a previous request", "延长先前请求"), same("■")}},
		{"which names the earlier", extended, Row{name("earlier[].reference"), same("US-2026-000041")}},
		{"a translation stands on its own side", preserve, Row{name("supporting.facts"), t2("the facts", "案情")}},
		{"a translation into its own language is none", same2, Row{name("supporting.facts"), same("案情")}},
		{"without one the original stands on both", extended, Row{name("supporting.facts"), same("案情")}},
	} {
		list, err := Form(Preservation, c.r, "US-2026-000042", noon.Time)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(list, func(s Section) bool { return slices.Contains(s.Rows, c.row) }) {
			t.Errorf("%s: no row %v", c.name, c.row)
		}
	}
}

var t2 = t // the tests have a t of their own

// A person stands in a form by name, and in no letter.
func TestAFormNamesPersons(t *testing.T) {
	r := guide.Request{Type: "person.locate", Order: guide.Order{Items: []guide.Item{{ID: "1", Type: "person", Value: "p1"}}}, Supporting: guide.Supporting{Persons: []guide.Person{{ID: "p1", Name: "张三", Latin: "Zhang San"}}}}
	list, err := Form(Plain, r, "US-2026-000042", noon.Time)
	if err != nil || !strings.Contains(words(list), "张三, Zhang San") {
		t.Errorf("%v\n%s", err, words(list))
	}
	if b, err := json.Marshal(list); err != nil || len(b) == 0 {
		t.Errorf("a paper is data: %v", err)
	}
}
