package docket

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/form"
)

var noon = comity.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// made returns the entry of a body that must be good.
func made(t testing.TB, body any) Entry {
	t.Helper()
	e, err := Make(body, "us-24-7-01", noon)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// folded returns the docket of bodies that must be good.
func folded(t testing.TB, bodies ...any) Docket {
	t.Helper()
	var list []Entry
	for i, b := range bodies {
		e := made(t, b)
		e.At = comity.At(noon.Add(time.Duration(i) * time.Hour))
		list = append(list, e)
	}
	d, errs := Read(list)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return d
}

func TestEveryKindIsNamedInBothLanguages(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.Kind] {
			t.Errorf("%s stands twice", k.Kind)
		}
		seen[k.Kind] = true
		if k.Says.EN == "" || !strings.ContainsFunc(k.Says.ZH, func(r rune) bool { return r > 0x4e00 }) {
			t.Errorf("%s says %q", k.Kind, k.Says)
		}
	}
	for _, l := range append(ScreeningLines(), ProtectionLines()...) {
		if l.Asks.EN == "" || !strings.ContainsFunc(l.Asks.ZH, func(r rune) bool { return r > 0x4e00 }) || l.Cite == "" || l.Source == "" || l.Because == "" {
			t.Errorf("line %s: %+v", l.ID, l)
		}
	}
	// The sheets and what an entry may name are one list.
	for _, c := range []struct {
		body  any
		lines []Line
	}{{Screening{}, ScreeningLines()}, {Protection{}, ProtectionLines()}} {
		f, _ := reflect.TypeOf(c.body).FieldByName("Line")
		var ids []string
		for _, l := range c.lines {
			ids = append(ids, l.ID)
		}
		if got := strings.Join(ids, "|"); got != f.Tag.Get("one") {
			t.Errorf("%T takes %s, and its sheet has %s", c.body, f.Tag.Get("one"), got)
		}
	}
}

func TestEntries(t *testing.T) {
	h := strings.Repeat("ab", 32)
	for _, c := range []struct {
		name, kind, entry, body string
		fault                   string // the field; empty if it is good
	}{
		{"a note", "note", "", `{"internal":"the prosecutor calls back on Monday"}`, ""},
		{"a note says something", "note", "", `{}`, "internal"},
		{"there is no such kind", "rumour", "", `{}`, "kind"},
		{"an answer is filed under its line", "screening", "minor", `{"line":"minor","answer":"yes"}`, ""},
		{"and under no other", "screening", "political", `{"line":"minor","answer":"yes"}`, "name"},
		{"the sheet has no such line", "screening", "weather", `{"line":"weather","answer":"yes"}`, "line"},
		{"a source is protected or not: unknown is no answer", "protection", "informant", `{"line":"informant","answer":"unknown"}`, "answer"},
		{"a cleaned file has both hashes", "cleaned", "facts.docx", `{"file":"facts.docx","before":"` + h + `","after":"` + h + `"}`, ""},
		{"one hash proves nothing", "cleaned", "facts.docx", `{"file":"facts.docx","before":"` + h + `"}`, "after"},
		{"an order on a provider", "action", "a", `{"id":"a","provider":"mail.example","measure":"preserve","instrument":"court_order","issued_by":"District Court","user_notice":"none","hold_until":"2027-02-20"}`, ""},
		{"an order is issued by somebody", "action", "a", `{"id":"a","provider":"mail.example","measure":"preserve","instrument":"court_order","user_notice":"none"}`, "issued_by"},
		{"a voluntary disclosure is not", "action", "a", `{"id":"a","provider":"mail.example","measure":"disclose","instrument":"voluntary","user_notice":"given"}`, ""},
		{"delayed until when?", "action", "a", `{"id":"a","provider":"mail.example","measure":"disclose","instrument":"voluntary","user_notice":"delayed_until"}`, "notice_from"},
		{"a preserved item is held from and until", "action", "a", `{"id":"a","provider":"mail.example","measure":"preserve","instrument":"voluntary","user_notice":"none","results":[{"item":"1","result":"preserved"}]}`, "results[0].hold_until"},
		{"what is gone is not held", "action", "a", `{"id":"a","provider":"mail.example","measure":"preserve","instrument":"voluntary","user_notice":"none","results":[{"item":"1","result":"gone","hold_from":"2026-11-22T00:00:00.000Z","hold_until":"2026-12-22T00:00:00.000Z"}]}`, "results[0].hold_until"},
		{"no hold ends before it begins", "action", "a", `{"id":"a","provider":"mail.example","measure":"preserve","instrument":"voluntary","user_notice":"none","results":[{"item":"1","result":"preserved","hold_from":"2026-12-22T00:00:00.000Z","hold_until":"2026-11-22T00:00:00.000Z"}]}`, "results[0].hold_until"},
		{"a disclosure is of something", "disclosure", "", `{"disclosed_to":"court"}`, "items"},
		{"a disclosure of an item", "disclosure", "", `{"disclosed_to":"court","items":["1"]}`, ""},
		{"a review has a day", "retention", "", `{"class":"10 years","review_on":"soon"}`, "review_on"},
		{"a hold without an end", "legal_hold", "a court", `{"hold_by":"a court"}`, ""},
		{"a hold's end is a day", "legal_hold", "a court", `{"hold_by":"a court","until":"31.12.2028"}`, "until"},
		{"an erasure names statements", "erasure", "", `{"reason":"c2","peer_informed":"no"}`, "erased"},
		{"only seats are admitted", "restrict", "", `{"restricted":"yes","add":["Zhang San"]}`, "add[0]"},
		{"a reply is read twice", "letter", "l1", `{"id":"l1","to":"xx","document":"` + h + `","channel":"pouch","handed_over_at":"2026-11-22T00:00:00.000Z","by":"us-24-7-01","proof":"no. 7","reply":{"original":"` + h + `","arrived_at":"2026-12-22T00:00:00.000Z","transcribed_by":"us-24-7-01","second_reader":"us-24-7-01"}}`, "reply.second_reader"},
		{"no reply is older than its letter", "letter", "l1", `{"id":"l1","to":"xx","document":"` + h + `","channel":"pouch","handed_over_at":"2026-11-22T00:00:00.000Z","by":"us-24-7-01","proof":"no. 7","reply":{"original":"` + h + `","arrived_at":"2026-10-22T00:00:00.000Z","transcribed_by":"us-24-7-01","second_reader":"us-24-7-02"}}`, "reply.arrived_at"},
		{"a correspondent has a channel", "correspondent", "xx", `{"country":"xx","languages":["en"],"form":"t-cy-11","seal_required":"no"}`, "channels"},
		{"an unknown member", "costs", "", `{"estimate":1,"currency":"USD","who_bears":"we","agreed":false,"paid":true}`, "paid"},
		{"the opinion stays internal", "opinion", "", `{"opinion":"not now"}`, ""},
	} {
		_, err := Decode(Entry{Kind: c.kind, Name: c.entry, Body: []byte(c.body)})
		if c.fault == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.fault+": ") || !errors.Is(err, comity.Invalid) {
			t.Errorf("%s: got %v, want a fault of %s", c.name, err, c.fault)
		}
	}
}

func TestMakeTakesOnlyBodiesOfEntries(t *testing.T) {
	if _, err := Make(&struct{ A int }{}, "us-24-7-01", noon); !errors.Is(err, comity.Invalid) {
		t.Errorf("got %v", err)
	}
	if _, err := Make(&Screening{Line: "minor"}, "us-24-7-01", noon); !errors.Is(err, comity.Invalid) {
		t.Errorf("a line without an answer: %v", err)
	}
}

func TestRead(t *testing.T) {
	act := Action{ID: "a1", Provider: "mail.example", Measure: "preserve", Instrument: "voluntary", UserNotice: "none"}
	court, other, done := act, act, act
	court.WaitingFor, other.WaitingFor = "court", "translation"
	again := court
	again.Ticket = "T-7"
	h1, h2 := comity.Hash{1}, comity.Hash{2}
	for _, c := range []struct {
		name   string
		bodies []any
		got    func(Docket) any
		want   any
	}{
		{"nobody has answered anything", nil, func(d Docket) any { return len(d.Screening.Open())*100 + len(d.Protection.Open()) }, 1107},
		{"an answer closes its line", []any{&Screening{Line: "minor", Answer: "no"}}, func(d Docket) any { return len(d.Screening.Open()) }, 10},
		{"a later answer takes its place", []any{&Screening{Line: "minor", Answer: "no"}, &Screening{Line: "minor", Answer: "yes", Note: "n"}}, func(d Docket) any { return d.Screening.Of("minor").Answer }, "yes"},
		{"an answer says who gave it", []any{&Protection{Line: "victim", Answer: "no"}}, func(d Docket) any { return d.Protection.Of("victim").By }, comity.Seat("us-24-7-01")},
		{"a later entry updates an action", []any{&court, &again}, func(d Docket) any { return d.Actions[0].Is.Ticket }, "T-7"},
		{"which has waited since it was first noted", []any{&act, &court, &again}, func(d Docket) any { return d.Waiting()[0].Since.Sub(noon.Time) }, time.Hour},
		{"for somebody else, since then", []any{&court, &other}, func(d Docket) any { return d.Waiting()[0].Since.Sub(noon.Time) }, time.Hour},
		{"for nobody", []any{&court, &done}, func(d Docket) any { return len(d.Waiting()) }, 0},
		{"who waits longest stands first", []any{&other, &Action{ID: "a2", Provider: "p", Measure: "disclose", Instrument: "voluntary", UserNotice: "none", WaitingFor: "court", WaitingSince: comity.At(noon.AddDate(0, -1, 0))}},
			func(d Docket) any { return d.Waiting()[0].Is.ID }, "a2"},
		{"seats are admitted and removed", []any{&Restrict{Restricted: "yes", Add: []comity.Seat{"us-a", "us-b"}}, &Restrict{Restricted: "yes", Remove: []comity.Seat{"us-a"}, CoverTitle: "matter 7"}},
			func(d Docket) any { return d.Restriction }, Restriction{true, []comity.Seat{"us-b"}, "matter 7"}},
		{"a restriction is lifted", []any{&Restrict{Restricted: "yes", Add: []comity.Seat{"us-a"}}, &Restrict{Restricted: "no"}}, func(d Docket) any { return d.Restriction.On }, false},
		{"what was erased is known", []any{&Erasure{Erased: []comity.Hash{h1}, Reason: "c2", PeerInformed: "yes"}}, func(d Docket) any { return []bool{d.Erased(h1), d.Erased(h2)} }, []bool{true, false}},
		{"two who want it kept are two", []any{&LegalHold{HoldBy: "a court"}, &LegalHold{HoldBy: "a prosecutor"}, &LegalHold{HoldBy: "a court", Lifted: true}},
			func(d Docket) any { h, ok := d.HoldAt(noon.Time); return []any{h.HoldBy, ok, len(d.LegalHolds)} }, []any{"a prosecutor", true, 2}},
		{"the rest is kept as it came", []any{&Note{Internal: "n"}, &Routed{RoutedTo: "us-cyber", Reason: "r"}, &Cleaned{File: "f", Before: h1, After: h2}, &Disclosure{DisclosedTo: "court", Items: []string{"1"}},
			&Retention{Class: "c", ReviewOn: "2036-12-31"}, &Breach{Statement: h1, What: "w", Reached: "r", DiscoveredAt: noon}, &Costs{Estimate: 1, Currency: "USD", WhoBears: "we"}, &Opinion{Opinion: "o"},
			&Correspondent{Country: "xx", Channels: []Channel{{Kind: "email", Address: "a@b.example"}}, Languages: []string{"en"}, Form: "letter", SealRequired: "no"}, sheet("12:00", "", "")},
			func(d Docket) any {
				return []int{len(d.Notes), len(d.Routes), len(d.Cleaned), len(d.Disclosures), len(d.Retention), len(d.Breaches), len(d.Costs), len(d.Opinions), len(d.Correspondents), len(d.Calls)}
			}, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		if got := c.got(folded(t, c.bodies...)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// What cannot be read must not open what it would have closed.
func TestUnreadableEntriesFailClosed(t *testing.T) {
	d, errs := Read([]Entry{{Kind: "restrict", Body: []byte("{")}, {Kind: "legal_hold", Name: "a court", Body: []byte("null")}, made(t, &Note{Internal: "n"})})
	if len(errs) != 2 || len(d.Notes) != 1 {
		t.Fatalf("%d errors, %d notes", len(errs), len(d.Notes))
	}
	if d.Admits(nil, "us-24-7-01") {
		t.Error("a restriction that cannot be read admits everybody")
	}
	if _, held := d.HoldAt(noon.Time); !held {
		t.Error("a hold that cannot be read lets everything be erased")
	}
}

// FuzzDecode holds the decoder to its promise: what it takes, Make would have
// written, but for white space and order.
func FuzzDecode(f *testing.F) {
	for _, k := range Kinds() {
		body := k.New()
		fill(reflect.ValueOf(body).Elem(), "", &marks{at: 'a'})
		b, err := form.Encode(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(k.Kind, nameOf(body), b)
	}
	f.Fuzz(func(t *testing.T, kind, name string, b []byte) {
		e := Entry{Kind: kind, Name: name, Seat: "us-24-7-01", At: noon, Body: b}
		body, err := Decode(e)
		d, errs := Read([]Entry{e, e})
		if (err == nil) != (len(errs) == 0) {
			t.Fatalf("Decode says %v and Read %v", err, errs)
		}
		d.HoldAt(noon.Time)
		if err != nil {
			return
		}
		again, err := Make(body, e.Seat, e.At)
		if err != nil {
			t.Fatalf("decoded, and not made again: %v", err)
		}
		var one, two any
		if json.Unmarshal(b, &one) != nil || json.Unmarshal(again.Body, &two) != nil || again.Kind != kind || again.Name != name {
			t.Fatalf("%s %q made again is %s %q", kind, b, again.Kind, again.Body)
		}
		if second, err := Decode(again); err != nil || !reflect.DeepEqual(second, body) {
			t.Fatalf("%q decodes to %+v, %v; want %+v", again.Body, second, err, body)
		}
	})
}

// marks hands out texts that stand nowhere else: one character each, of a part of
// Unicode that nobody uses here.
type marks struct {
	at    rune
	given []rune
}

func (m *marks) next() string {
	m.at++
	m.given = append(m.given, m.at)
	return string(m.at)
}

// fill gives every string below v a mark, save those of which only certain words
// are good, and every list two elements. A day is a day.
func fill(v reflect.Value, tag reflect.StructTag, m *marks) {
	switch x := v.Addr().Interface().(type) {
	case *comity.Time:
		*x = noon
		return
	case *comity.Hash:
		*x = comity.Hash{byte(len(m.given) + 1), 1}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), tag, m)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Tag, m)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), "", m)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.String:
		words := strings.Split(tag.Get("one"), "|")
		switch {
		case words[0] != "":
			v.SetString(words[0])
		case tag.Get("max") == "10" && strings.Count(tag.Get("eg"), "-") == 2:
			v.SetString(tag.Get("eg"))
		default:
			v.SetString(m.next())
		}
	}
}
