package request

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"comity"
	"comity/guide"
)

var id = comity.Hash{1}

func moment(s string) comity.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return comity.At(t)
}

func asked(priority string) *guide.Preservation {
	yes := true
	p := &guide.Preservation{
		Authority: guide.Authority{Agency: "us-24-7", Seat: "us-24-7-01"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Offence:   guide.Offence{Category: "fraud", Description: "Payment diverted by deceit.", Provision: "18 U.S.C. § 1343", Penalty: "up to 20 years"},
		Facts:     "On 20 November 2026 a company paid into a changed account.",
		Items: []guide.Item{
			{ID: "1", Type: "ipv4", Value: "203.0.113.77", Port: 51514, From: "2026-11-22T00:52:09Z", To: "2026-11-22T00:53:00Z", Data: "subscriber", Relationship: "The mail came from it."},
			{ID: "2", Type: "email", Value: "kite-3391@mail.example", From: "2026-11-01T00:00:00Z", To: "2026-11-22T00:00:00Z", Data: "content", Relationship: "The mail was written in it."},
		},
		Custodian: "Example Networks", Necessity: "Records are kept for days.",
		FollowUp:        guide.FollowUp{Intended: &yes, Planned: "2026-12-20"},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "The suspect would destroy evidence."},
		Priority:        priority, Reference: "FILE-7", Language: "en",
	}
	if priority == "P0" {
		p.Emergency = &guide.Emergency{Basis: "life", Facts: "f", Link: "l", CallBack: "us-24-7-01"}
	}
	return p
}

// bodies has a good one of each kind.
func bodies() map[comity.Kind]any {
	held := Result{Item: "1", Result: Preserved, HoldFrom: moment("2026-11-22 06:00"), HoldUntil: moment("2027-01-22 06:00"), Reference: "T-9", Use: "investigation"}
	return map[comity.Kind]any{
		Opens:             asked("P1"),
		"acknowledge":     &Acknowledge{Statement: id, Reference: "B-12"},
		"ask":             &Ask{Questions: []Question{{Field: "items[0].from", Rule: "C11", Text: "UTC?"}}},
		"supplement":      &Supplement{Replies: []Reply{{Field: "items[0].from", Text: "Local time, sorry."}}, Items: asked("P1").Items[:1]},
		"accept":          &Accept{Reference: "B-12", Expected: moment("2026-11-23 06:00"), Conditions: []Condition{{ID: "c1", Text: "No onward transfer."}}},
		"answer.partial":  &Answer{Results: []Result{held}},
		"answer":          &Answer{Results: []Result{held, {Item: "2", Result: Refused, Ground: "essential_interests"}}, Basis: guide.Default},
		"refuse":          &Refuse{Basis: guide.Default, Ground: "essential_interests", NoFurtherReasons: true, Consultation: Consultation{State: "held"}},
		"extend.deadline": &ExtendDeadline{Until: moment("2026-11-25 06:00"), Reason: "A court sits on Monday."},
		"extend.hold":     &ExtendHold{Until: moment("2027-03-22 06:00"), Reason: "The request follows."},
		"withdraw":        &Withdraw{Reason: "The address was a relay."},
		"release":         &Release{Reason: "The data has come."},
		"close":           &Close{Complete: "yes", Usable: "yes", InTime: "no", Used: "unknown"},
		"countersign":     &Countersign{Statement: id, Outcome: "upheld"},
		"note":            &Note{Text: "The office is closed on Monday.", About: id},
	}
}

func TestEachKindHasAGoodBody(t *testing.T) {
	good := bodies()
	for _, k := range Kinds() {
		b, err := Encode(good[k.Kind])
		if err != nil {
			t.Fatal(err)
		}
		body, err := Decode(k.Kind, b)
		if err != nil {
			t.Errorf("%s: %v", k.Kind, err)
			continue
		}
		if err := Check(body); err != nil {
			t.Errorf("%s: %v", k.Kind, err)
		}
		if !asWritten(b, k.New()) {
			t.Errorf("%s: what Encode wrote is not read quickly", k.Kind)
		}
		if !reflect.DeepEqual(body, good[k.Kind]) {
			t.Errorf("%s: got %+v, want %+v", k.Kind, body, good[k.Kind])
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for _, tt := range []struct {
		name, kind, body, field, says string
	}{
		{"white space and order are free", "countersign", " {\n\"outcome\": \"upheld\",\"statement\":\"" + id.String() + "\" } ", "", ""},
		{"an unknown kind", "dance", "{}", "kind", "preserve.request"},
		{"an unknown member", "note", `{"text":"a","officer":"b"}`, "officer", "there are text, about"},
		{"a member in other letters", "note", `{"Text":"a"}`, "Text", "no such member"},
		{"a member twice", "note", `{"text":"a","text":"b"}`, "text", "twice"},
		{"a member twice, deep down", "ask", `{"questions":[{"field":"a"},{"field":"a","field":"b"}]}`, "questions[1].field", "twice"},
		{"a null", "note", `{"text":null}`, "text", "null"},
		{"a number for a text", "note", `{"text":1}`, "text", "not a string"},
		{"a text for a list", "ask", `{"questions":"a"}`, "questions", "not a list"},
		{"a list for an object", "note", `[]`, "body", "not an object"},
		{"a fraction for a port", string(Opens), `{"items":[{"port":1.5}]}`, "items[0].port", "whole number"},
		{"a negative port", string(Opens), `{"items":[{"port":-1}]}`, "items[0].port", "whole number"},
		{"a text for a truth", "refuse", `{"no_further_reasons":"yes"}`, "no_further_reasons", "true or false"},
		{"a time without milliseconds", "extend.hold", `{"until":"2026-11-22T00:00:00Z"}`, "until", "2026-11-22T03:14:28.000Z"},
		{"a hash in capitals", "note", `{"text":"a","about":"AB"}`, "about", "hexadecimal"},
		{"something behind", "note", `{"text":"a"}{}`, "body", "follows"},
		{"half an object", "note", `{"text":"a"`, "body", "ends too early"},
		{"half a text", "note", `{"text":"a`, "text", "ends too early"},
		{"nothing", "note", ``, "body", "ends too early"},
		{"no comma", "note", `{"text":"a" "about":""}`, "body", "not JSON: invalid character"},
		{"a list too long", "answer", `{"results":[{}` + strings.Repeat(",{}", 64) + `]}`, "results", "more than 64 elements"},
		{"a list of texts too long", string(Opens), `{"basis":{"borrowed":[""` + strings.Repeat(`,""`, 8) + `]}}`, "basis.borrowed", "more than 8 elements"},
		{"bytes that are not text", "note", "{\"text\":\"\xff\"}", "body", "UTF-8"},
		{"too much", "note", `{"text":"` + strings.Repeat("a", MaxBody) + `"}`, "body", "the most is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(comity.Kind(tt.kind), []byte(tt.body))
			if tt.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*comity.Error](err)
			if !ok || e.Field != tt.field || !strings.Contains(e.Text, tt.says) {
				t.Errorf("got %v, want %s: %s", err, tt.field, tt.says)
			}
		})
	}
}

func TestCheckNamesTheField(t *testing.T) {
	for _, tt := range []struct {
		name  string
		kind  comity.Kind
		edit  func(any)
		field string
		says  string
	}{
		{"no items", Opens, func(b any) { b.(*guide.Preservation).Items = nil }, "items", "it is empty"},
		{"two items of one id", Opens, func(b any) { b.(*guide.Preservation).Items[1].ID = "1" }, "items[1].id", `an example is "2"`},
		{"a type of tomorrow", Opens, func(b any) { b.(*guide.Preservation).Items[0].Type = "iris" }, "items[0].type", "not one of ipv4, ipv6"},
		{"no value", Opens, func(b any) { b.(*guide.Preservation).Items[0].Value = "" }, "items[0].value", `an example is "203.0.113.77"`},
		{"no priority", Opens, func(b any) { b.(*guide.Preservation).Priority = "" }, "priority", "it is one of P0, P1, P2, P3"},
		{"a novel", Opens, func(b any) { b.(*guide.Preservation).Facts = strings.Repeat("案", 8001) }, "facts", "8001 characters; the most is 8000"},
		{"words that turn around", Opens, func(b any) { b.(*guide.Preservation).Items[0].Value = "203.0.113.77\u202e" }, "items[0].value", "the character U+202E"},
		{"words with a mark that turns", "note", func(b any) { b.(*Note).Text = "a\u200fb" }, "text", "U+200F"},
		{"words that command a terminal", "note", func(b any) { b.(*Note).Text = "a\u009b2Jb" }, "text", "U+009B"},
		{"words that ring", "note", func(b any) { b.(*Note).Text = "a\ab" }, "text", "U+0007"},
		{"a word that was lost", "note", func(b any) { b.(*Note).Text = "a\ufffd" }, "text", "U+FFFD"},
		{"a word in another spelling", "note", func(b any) { b.(*Note).Text = "cafe\u0301" }, "text", "normal form C"},
		{"a tower of accents", "note", func(b any) { b.(*Note).Text = "b" + strings.Repeat("\u0323", 40) }, "text", "normal form C"},
		{"a text borrowed in another spelling", Opens, func(b any) { b.(*guide.Preservation).Basis.Borrowed[0] = "e\u0301" }, "basis.borrowed[0]", "normal form C"},
		{"too many texts borrowed", Opens, func(b any) { b.(*guide.Preservation).Basis.Borrowed = make([]string, 9) }, "basis.borrowed", "9 elements; the most is 8"},
		{"a text borrowed at length", Opens, func(b any) { b.(*guide.Preservation).Basis.Borrowed[0] = strings.Repeat("a", 121) }, "basis.borrowed[0]", "121 characters"},
		{"an acknowledgement of nothing", "acknowledge", func(b any) { b.(*Acknowledge).Statement = comity.Hash{} }, "statement", "it is empty"},
		{"a question about nothing", "ask", func(b any) { b.(*Ask).Questions[0].Field = "" }, "questions[0].field", `an example is "items[0].from"`},
		{"a supplement of nothing", "supplement", func(b any) { *b.(*Supplement) = Supplement{} }, "replies", "neither"},
		{"an item corrected twice at once", "supplement", func(b any) { s := b.(*Supplement); s.Items = append(s.Items, s.Items[0]) }, "items[1].id", "twice"},
		{"a hold without an end", "answer", func(b any) { b.(*Answer).Results[0].HoldUntil = comity.Time{} }, "results[0].hold_until", "an example is"},
		{"a hold that ends first", "answer", func(b any) { b.(*Answer).Results[0].HoldUntil = moment("2026-11-22 06:00") }, "results[0].hold_until", "before it begins"},
		{"a hold on what is gone", "answer", func(b any) { b.(*Answer).Results[0].Result = Gone }, "results[0].hold_until", "has no hold"},
		{"a refused item without a ground", "answer", func(b any) { b.(*Answer).Results[1].Ground = "" }, "results[1].ground", "political_offence, essential_interests"},
		{"a refused item without a basis", "answer", func(b any) { b.(*Answer).Basis = "" }, "basis", "bilateral-default"},
		{"a ground without a refusal", "answer", func(b any) { b.(*Answer).Results[0].Ground = "essential_interests" }, "results[0].ground", "no ground of refusal"},
		{"one item twice", "answer", func(b any) { b.(*Answer).Results[1].Item = "1" }, "results[1].item", "twice"},
		{"a ground that is not listed", "refuse", func(b any) { b.(*Refuse).Ground = "execution_impossible" }, "ground", "is not a ground under bilateral-default"},
		{"a refusal without a ground", "refuse", func(b any) { b.(*Refuse).Ground = "" }, "ground", "it is empty"},
		{"neither reasons nor a word that there are none", "refuse", func(b any) { b.(*Refuse).NoFurtherReasons = false }, "reasons", "no_further_reasons"},
		{"a consultation waived for no reason", "refuse", func(b any) { b.(*Refuse).Consultation.State = "waived" }, "consultation.reason", "why"},
		{"no consultation at all", "refuse", func(b any) { b.(*Refuse).Consultation = Consultation{} }, "consultation.state", "asked, held, waived"},
		{"a longer hold until nothing", "extend.hold", func(b any) { b.(*ExtendHold).Until = comity.Time{} }, "until", "it is empty"},
		{"feedback in marks", "close", func(b any) { b.(*Close).Used = "5" }, "used", "yes, partly, no, unknown"},
		{"a release undone for no reason", "countersign", func(b any) { b.(*Countersign).Outcome = "withdrawn" }, "reason", "why"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := bodies()[tt.kind]
			tt.edit(body)
			err := Check(body)
			many, ok := err.(interface{ Unwrap() []error })
			if !ok {
				t.Fatalf("got %v, want %s: %s", err, tt.field, tt.says)
			}
			if strings.Count("\n"+err.Error(), "\n"+tt.field+":") > 1 {
				t.Errorf("it is said twice: %v", err)
			}
			for _, err := range many.Unwrap() {
				e, _ := errors.AsType[*comity.Error](err)
				if e.Field == tt.field && strings.Contains(e.Text, tt.says) && errors.Is(err, comity.Invalid) {
					return
				}
			}
			t.Errorf("got %v, want %s: %s", err, tt.field, tt.says)
		})
	}
}

// Every text has a longest length, and no member is for a person's name.
func TestEveryMemberIsBounded(t *testing.T) {
	var look func(rt reflect.Type, path string)
	look = func(rt reflect.Type, path string) {
		for i := range rt.NumField() {
			f := rt.Field(i)
			name, _ := nameOf(f)
			at := join(path, name)
			for _, word := range []string{"name", "officer", "person"} {
				if strings.Contains(name, word) {
					t.Errorf("%s: who sits at a seat does not cross the border", at)
				}
			}
			ft := f.Type
			if ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			switch shapeOf(ft) {
			case "a string":
				if ft.Kind() == reflect.String && f.Tag.Get("one") == "" && limit(f.Tag, "max") == 0 {
					t.Errorf("%s has no bound", at)
				}
			case "a list":
				if limit(f.Tag, "max") == 0 || ft.Elem().Kind() == reflect.String && limit(f.Tag, "each") == 0 {
					t.Errorf("%s has no bound", at)
				}
				if ft.Elem().Kind() == reflect.Struct {
					look(ft.Elem(), at+"[]")
				}
			case "an object":
				look(ft, at)
			}
		}
	}
	for _, k := range Kinds() {
		look(reflect.TypeOf(k.New()).Elem(), string(k.Kind))
	}
}

// Half a surrogate pair is JSON, and no text.
func TestHalfACharacterIsRefused(t *testing.T) {
	body, err := Decode("note", []byte(`{"text":"\ud83d"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(body); err == nil || !strings.Contains(err.Error(), "U+FFFD") {
		t.Errorf("got %v", err)
	}
}

// A peer's long list must not cost more than it took to send.
func TestALongListIsNotReadIntoMemory(t *testing.T) {
	b := []byte(`{"results":[{}` + strings.Repeat(",{}", MaxBody/3-10) + `]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode("answer", b)
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; err == nil || size > 4*MaxBody {
		t.Errorf("reading it took %d bytes, and gave %v", size, err)
	}
}

// The quick way of reading must agree with the careful one about everything that
// it takes; and what Encode writes it must take, or it would not be quick.
func FuzzDecode(f *testing.F) {
	for _, body := range bodies() {
		b, err := Encode(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{
		`{"items":[{"port":9007199254740993}]}`, `{"items":[{"port":-1}]}`, `{"text":"null","about":""}`, `{"text":"\ud800"}`,
		`{"until":"","reason":""}`, `{"until":"2026-11-22T00:00:00.000\u005a","reason":"r"}`, `{"text":"a","text":"b"}`, `{"Text":"a"}`, `{"text":"a"} `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, k := range Kinds() {
			quick, careful := k.New(), k.New()
			err := asTyped(b, careful)
			if utf8.Valid(b) && asWritten(b, quick) && (err != nil || !reflect.DeepEqual(quick, careful)) {
				t.Fatalf("%s: read quickly %+v\ncarefully %+v, %v", k.Kind, quick, careful, err)
			}
			body, err := Decode(k.Kind, b)
			if err != nil {
				continue
			}
			if Check(body) != nil {
				continue
			}
			again, err := Encode(body)
			if err != nil {
				t.Fatal(err)
			}
			same, err := Decode(k.Kind, again)
			if err != nil {
				t.Fatalf("%s: what Encode wrote Decode refuses: %v", again, err)
			}
			if once, err := Encode(same); err != nil || !bytes.Equal(once, again) {
				t.Fatalf("%s: written once more it is %s, %v", again, once, err)
			}
		}
	})
}
