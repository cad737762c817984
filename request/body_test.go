package request

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/thread"
	"comity/thread/threadtest"
)

func TestEachKindHasAGoodBody(t *testing.T) {
	for _, c := range []thread.Capability{Preservation(), Assistance(), Precheck()} {
		good := bodies(c)
		for _, k := range c.Kinds {
			b, err := form.Encode(good[k.Kind])
			if err != nil {
				t.Fatal(err)
			}
			body := k.New()
			if err := errors.Join(form.Decode(b, body), form.Check(body)); err != nil {
				t.Errorf("%s: %v", k.Kind, err)
			}
			if !reflect.DeepEqual(body, good[k.Kind]) {
				t.Errorf("%s: got %+v, want %+v", k.Kind, body, good[k.Kind])
			}
		}
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
		{"no items", OpensPreservation, func(b any) { b.(*guide.Request).Order.Items = nil }, "order.items", "it is empty"},
		{"two items of one id", OpensPreservation, func(b any) { b.(*guide.Request).Order.Items[1].ID = "1" }, "order.items[1].id", `an example is "2"`},
		{"a type of tomorrow", OpensPreservation, func(b any) { b.(*guide.Request).Order.Items[0].Type = "iris" }, "order.items[0].type", "not one of ipv4, ipv6"},
		{"no value", OpensPreservation, func(b any) { b.(*guide.Request).Order.Items[0].Value = "" }, "order.items[0].value", `an example is "203.0.113.77"`},
		{"no priority", OpensPreservation, func(b any) { b.(*guide.Request).Priority = "" }, "priority", "it is one of P0, P1, P2, P3"},
		{"a novel", OpensPreservation, func(b any) { b.(*guide.Request).Supporting.Facts = strings.Repeat("案", 8001) }, "supporting.facts", "8001 characters; the most is 8000"},
		{"a text borrowed in another spelling", OpensPreservation, func(b any) { b.(*guide.Request).Basis.Borrowed[0] = "e\u0301" }, "basis.borrowed[0]", "normal form C"},
		{"an acknowledgement of nothing", "acknowledge", func(b any) { b.(*thread.Acknowledge).Statement = comity.Hash{} }, "statement", "it is empty"},
		{"a release undone for no reason", "countersign", func(b any) { b.(*thread.Countersign).Outcome = "withdrawn" }, "reason", "why"},
		{"a referral to nobody", "refer", func(b any) { b.(*Refer).To = "" }, "to", `an example is "cn-mps-cyber"`},
		{"a question about nothing", "ask", func(b any) { b.(*Ask).Questions[0].Field = "" }, "questions[0].field", `an example is "order.items[0].from"`},
		{"no question at all", "ask", func(b any) { b.(*Ask).Questions = nil }, "questions", "it is empty"},
		{"a supplement of nothing", "supplement", func(b any) { *b.(*Supplement) = Supplement{} }, "replies", "neither"},
		{"an item corrected twice at once", "supplement", func(b any) { s := b.(*Supplement); s.Items = append(s.Items, s.Items[0]) }, "items[1].id", "twice"},
		{"two conditions of one id", "conditions.propose", func(b any) { c := b.(*ConditionsPropose); c.Conditions = append(c.Conditions, c.Conditions[0]) }, "conditions[1].id", "twice"},
		{"another condition, and not which", "conditions.propose", func(b any) { b.(*ConditionsPropose).Conditions[0].Kind = "other" }, "conditions[0].text", "say what"},
		{"a return on no day", "conditions.propose", func(b any) { b.(*ConditionsPropose).Conditions[0].Kind = "return" }, "conditions[0].by", "until when"},
		{"a postponement without a day of review", "postpone", func(b any) { b.(*Postpone).ReviewOn = "" }, "review_on", `an example is "2027-03-01"`},
		{"a hold without an end", "answer", func(b any) { b.(*Answer).Results[0].HoldUntil = comity.Time{} }, "results[0].hold_until", "an example is"},
		{"a hold that ends first", "answer", func(b any) { b.(*Answer).Results[0].HoldUntil = moment("2026-11-22 06:00") }, "results[0].hold_until", "before it begins"},
		{"a hold on what is gone", "answer", func(b any) { b.(*Answer).Results[0].Result = Gone }, "results[0].hold_until", "has no hold"},
		{"a refused item without a ground", "answer", func(b any) { b.(*Answer).Results[1].Ground = "" }, "results[1].ground", `such as "essential_interests"`},
		{"a ground without a refusal", "answer", func(b any) { b.(*Answer).Results[0].Ground = "essential_interests" }, "results[0].ground", "no ground of refusal"},
		{"impossible, and not why", "answer", func(b any) { b.(*Answer).Results[1] = Result{Item: "2", Result: Impossible} }, "results[1].reason", `such as "technical"`},
		{"money of no currency", "answer", func(b any) { b.(*Answer).Results[1] = Result{Item: "2", Result: Held, Amount: 1} }, "results[1].currency", "USD"},
		{"one item twice", "answer", func(b any) { b.(*Answer).Results[1].Item = "1" }, "results[1].item", "twice"},
		{"a refusal without a ground", "refuse", func(b any) { b.(*Refuse).Ground = "" }, "ground", "it is empty"},
		{"neither reasons nor a word that there are none", "refuse", func(b any) { b.(*Refuse).NoFurtherReasons = false }, "reasons", "no_further_reasons"},
		{"a consultation waived for no reason", "refuse", func(b any) { b.(*Refuse).Consultation.State = "waived" }, "consultation.reason", "why"},
		{"no consultation at all", "refuse", func(b any) { b.(*Refuse).Consultation = Consultation{} }, "consultation.state", "asked, held, waived"},
		{"a longer hold until nothing", "extend.hold", func(b any) { b.(*ExtendHold).Until = comity.Time{} }, "until", "it is empty"},
		{"an assurance in one language", "assurance.give", func(b any) { b.(*AssuranceGive).ZH = "" }, "en", "both languages"},
		{"feedback in marks", "close", func(b any) { b.(*Close).Used = "5" }, "used", "yes, partly, no, unknown"},
		{"a name in a draft for comment", "precheck.open", func(b any) { b.(*Draft).Request = *asked("P1") }, "request.supporting.persons[0].name", `write "***"`},
		{"two items of one id in a draft", "precheck.open", func(b any) { b.(*Draft).Request.Order.Items[1].ID = "1" }, "request.order.items[1].id", "twice"},
		{"a draft that expires some day", "precheck.open", func(b any) { b.(*Draft).Expires = "soon" }, "expires", `"2026-12-22"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			good := bodies(Preservation())
			if strings.HasPrefix(string(tt.kind), "precheck.") {
				good = bodies(Precheck())
			}
			tt.edit(good[tt.kind])
			err := form.Check(good[tt.kind])
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

// A draft for comment has no clocks, and nobody's personal data unless its author
// says so; the request that is masked for it stays as it was.
func TestMask(t *testing.T) {
	r := asked("P1")
	m := Mask(*r)
	if p := m.Supporting.Persons[0]; p.Name != Masked || p.Born != Masked || p.Latin != "" || p.Nationality != "cn" || p.ID != "p1" || p.Role != "suspect" {
		t.Errorf("masked %+v", p)
	}
	if r.Supporting.Persons[0].Name != "张三 (Zhang San)" {
		t.Error("masking has changed the request itself")
	}
	if err := form.Check(&Draft{Request: m, Expires: "2026-12-22"}); err != nil {
		t.Error(err)
	}
	if err := form.Check(&Draft{Request: *r, Expires: "2026-12-22", Unmasked: true}); err != nil {
		t.Error(err)
	}
	if err := FitsDraft(&Draft{Request: m}, &Comment{Comments: []Question{{Field: "order.items[0].from"}, {Field: "order.items[7].from"}}}); err == nil || !strings.HasPrefix(err.Error(), "comments[1].field: ") {
		t.Errorf("a comment on nothing: %v", err)
	}
}

// Whatever a body says, a node that reads it stays up.
func FuzzProject(f *testing.F) {
	c, pack := Preservation(), pack()
	good := bodies(c)
	for i, k := range c.Kinds {
		b, err := form.Encode(good[k.Kind])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), b)
	}
	f.Fuzz(func(t *testing.T, i byte, body []byte) {
		k := c.Kinds[int(i)%len(c.Kinds)].Kind
		s := &threadtest.Story{Capability: c, Bodies: good}
		s.Draw("us preserve.request, cn accept, cn answer, us assurance.ask, cn conditions.propose")
		for _, from := range []comity.Party{"us", "cn"} {
			s.Say(from, k, struct{}{}, s.Statements).Body = body
		}
		v := Project(s.History("us"), Yardstick{Pack: pack})
		if v.Says.EN == "" || len(v.Timeline) != len(s.Statements) {
			t.Fatalf("%q, %d rows", v.Says, len(v.Timeline))
		}
		kind, _ := c.Kind(k)
		if b := kind.New(); form.Decode(body, b) == nil {
			var fault *comity.Error
			if err := v.Fits(k, b, "us", "us-24-7-01", pack, threadtest.Start); err != nil && !errors.As(err, &fault) {
				t.Errorf("%v tells nobody what to do", err)
			}
		}
	})
}
