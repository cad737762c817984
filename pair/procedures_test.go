package pair

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

func proposal(text string) *Proposal {
	files := []guide.File{{Name: "pack.yaml", Text: text}}
	return &Proposal{Pack: "bilateral-default", Version: "1", Hash: guide.HashFiles(files), Files: files}
}

func adopted(text string) *Adopted {
	return &Adopted{Hash: proposal(text).Hash, Key: comity.Hash{1}, Sig: "AA=="}
}

func bodies() map[comity.Kind]any {
	return map[comity.Kind]any{OpensAdoption: proposal("first"), "guide.counter": proposal("second"), "guide.adopt": adopted("first")}
}

func TestEachKindHasAGoodBody(t *testing.T) {
	for _, c := range []thread.Capability{Adoption(), Suspension()} {
		for _, k := range c.Kinds {
			want := bodies()[k.Kind]
			if want == nil {
				want = threadtest.Body(k)
			}
			b, err := form.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			body := k.New()
			if err := errors.Join(form.Decode(b, body), form.Check(body)); err != nil || !reflect.DeepEqual(body, want) {
				t.Errorf("%s: %+v, %v", k.Kind, body, err)
			}
		}
	}
	other := proposal("first")
	other.Files[0].Text = "another text under the same hash"
	if err := form.Check(other); err == nil || !strings.HasPrefix(err.Error(), "hash: ") {
		t.Errorf("what is adopted is not what was sent: %v", err)
	}
}

func TestProcedures(t *testing.T) {
	for _, tt := range []struct {
		c       thread.Capability
		name    string
		drawing string
		want    string
	}{
		{Adoption(), "the good day", "us guide.propose, cn guide.adopt, us guide.adopt", ": in.force"},
		{Adoption(), "of two that adopt at once one adopts again", "us guide.propose, us guide.adopt & cn guide.adopt, us guide.adopt", "guide.adopt, guide.adopt crossed, guide.adopt: in.force"},
		{Adoption(), "one root does not adopt for both", "us guide.propose, us guide.adopt, us guide.adopt", "guide.adopt disallowed: adopted.opener"},
		{Adoption(), "nor does the other", "us guide.propose, cn guide.adopt, cn guide.adopt", "guide.adopt disallowed: adopted.other"},
		{Adoption(), "another text in return, and adopted", "us guide.propose, cn guide.counter, us guide.adopt, cn guide.adopt", ": in.force"},
		{Adoption(), "and another in return to that", "us guide.propose, cn guide.counter, us guide.counter", ": proposed"},
		{Adoption(), "a signature falls with the text", "us guide.propose, us guide.adopt, cn guide.counter", ": countered"},
		{Adoption(), "nobody has adopted a text it had not seen", "us guide.propose, us guide.adopt & cn guide.counter", "guide.adopt, guide.counter crossed: adopted.opener"},
		{Adoption(), "nor one that did not lie on the table", "us guide.propose & cn guide.adopt", "guide.adopt disallowed, guide.propose: proposed"},
		{Adoption(), "it may be given up", "us guide.propose, cn guide.withdraw, us guide.adopt", "guide.adopt disallowed: withdrawn"},
		{Adoption(), "what is in force is not withdrawn", "us guide.propose, us guide.adopt, cn guide.adopt, cn guide.withdraw", "guide.withdraw disallowed: in.force"},

		{Suspension(), "cooperation is suspended and resumed", "us suspend, us suspend.change, us suspend.lift", ": ended"},
		{Suspension(), "who did not suspend does not lift it", "us suspend, cn suspend.lift", "suspend.lift disallowed: running"},
		{Suspension(), "nor change it", "us suspend, cn suspend.change", "suspend.change disallowed: running"},
		{Suspension(), "what was resumed is not changed", "us suspend, us suspend.lift, us suspend.change", "suspend.change disallowed: ended"},
	} {
		t.Run(tt.c.Name+"/"+tt.name, func(t *testing.T) {
			s := &threadtest.Story{Capability: tt.c, Bodies: bodies()}
			for _, me := range []comity.Party{"us", "cn"} {
				s.Statements = nil
				if got := threadtest.Show(thread.Project(tt.c, s.Draw(tt.drawing).History(me)).View); !strings.HasSuffix(got, tt.want) {
					t.Errorf("%s sees %s\nwant %s", me, got, tt.want)
				}
			}
		})
	}
}

// A pack is in force by two good signatures on one hash, whatever the state says.
func TestStands(t *testing.T) {
	for _, tt := range []struct {
		name    string
		drawing string
		adopt   *Adopted
		bad     comity.Party // whose root's signature does not hold
		signed  int
		forced  bool
	}{
		{"proposed only", "us guide.propose", adopted("first"), "", 0, false},
		{"adopted by one", "us guide.propose, cn guide.adopt", adopted("first"), "", 1, false},
		{"adopted by both", "us guide.propose, cn guide.adopt, us guide.adopt", adopted("first"), "", 2, true},
		{"with a signature that does not hold", "us guide.propose, cn guide.adopt, us guide.adopt", adopted("first"), "cn", 1, false},
		{"on another hash", "us guide.propose, cn guide.counter, us guide.adopt, cn guide.adopt", adopted("first"), "", 0, false},
		{"on the other text", "us guide.propose, cn guide.counter, us guide.adopt, cn guide.adopt", adopted("second"), "", 2, true},
		{"a signature of before the other text", "us guide.propose, us guide.adopt, cn guide.counter, cn guide.adopt", adopted("second"), "", 1, false},
	} {
		s := &threadtest.Story{Capability: Adoption(), Bodies: bodies()}
		s.Bodies["guide.adopt"] = tt.adopt
		p := Stands(thread.Project(Adoption(), s.Draw(tt.drawing).History("us")), func(who comity.Party, _ Adopted) bool { return who != tt.bad })
		if len(p.By) != tt.signed || p.Forced != tt.forced || p.Table == nil {
			t.Errorf("%s: signed by %d, in force %t", tt.name, len(p.By), p.Forced)
		}
	}
}

// A signature that does not hold settles nothing for good: its party signs again.
func TestAGoodSignatureAfterAForgedOne(t *testing.T) {
	forged := adopted("first")
	forged.Sig = "BB=="
	s := &threadtest.Story{Capability: Adoption(), Bodies: bodies()}
	s.Draw("us guide.propose")
	say := func(by comity.Party, b *Adopted) Pact {
		s.Say(by, "guide.adopt", b, s.Statements)
		return Stands(thread.Project(Adoption(), s.History("us")), func(_ comity.Party, a Adopted) bool { return a.Sig != forged.Sig })
	}
	if say("cn", forged); say("us", adopted("first")).Forced {
		t.Error("it is in force by a forged signature")
	}
	if p := say("cn", forged); p.Forced {
		t.Error("it is in force by one that was forged again")
	}
	p := say("cn", adopted("first"))
	since := p.Since
	if !p.Forced || since != comity.At(s.Statements[len(s.Statements)-1].Time) {
		t.Errorf("signed by %d, in force %t since %v", len(p.By), p.Forced, since)
	}
	if p := say("us", adopted("first")); !p.Forced || p.Since != since {
		t.Errorf("in force %t, since %v: to sign once more has changed it", p.Forced, p.Since)
	}
}

// The lane for life and for a child at risk stays open.
func TestWhatASuspensionHolds(t *testing.T) {
	content := guide.Request{Type: "content", Priority: "P2"}
	life, plant, child := content, content, content
	life.Priority, life.Emergency = "P0", &guide.Emergency{Basis: "life"}
	plant.Priority, plant.Emergency = "P0", &guide.Emergency{Basis: "critical_infrastructure"}
	child.Supporting = guide.Supporting{Offence: guide.Offence{Category: "child_abuse"}, Event: &guide.Event{Minor: true}}
	notP0 := life
	notP0.Priority = "P1"
	for _, tt := range []struct {
		name  string
		types []string
		r     *guide.Request
		kind  comity.Kind
		owes  comity.Party
		want  bool
	}{
		{"everything", nil, &content, "answer", "cn", true},
		{"the type", []string{"content"}, &content, "answer", "cn", true},
		{"another type", []string{"traffic"}, &content, "answer", "cn", false},
		{"a danger to life", nil, &life, "answer", "cn", false},
		{"called so without being an emergency", nil, &notP0, "answer", "cn", true},
		{"an emergency that is none of life", nil, &plant, "answer", "cn", true},
		{"a child at risk", nil, &child, "answer", "cn", false},
		{"an answer about a danger to life, corrected", nil, &life, "answer", "", false},
		{"an assurance on which it waits", nil, &life, "assurance.give", "cn", false},
		{"an assurance when all has been given", nil, &life, "assurance.give", "", true},
		{"what was erased", nil, nil, "answer", "cn", false},
	} {
		s := &threadtest.Story{Capability: Suspension(), Bodies: map[comity.Kind]any{"suspend.change": &Suspended{Types: tt.types, Reason: "security"}}}
		stop, ok := Running(thread.Project(Suspension(), s.Draw("us suspend, us suspend.change").History("cn")))
		if !ok || stop.By != "us" || stop.Since != comity.At(threadtest.Start) || stop.Reason != "security" || stop.Holds(tt.r, Late(tt.kind, tt.owes)) != tt.want {
			t.Errorf("%s: %+v, want %t", tt.name, stop, tt.want)
		}
		if _, ok := Running(thread.Project(Suspension(), s.Draw("us suspend.lift").History("cn"))); ok {
			t.Errorf("%s: it runs on", tt.name)
		}
	}
}

func TestRandomMattersConverge(t *testing.T) {
	texts := map[comity.Kind][]comity.Kind{"guide.adopt": {OpensAdoption, "guide.counter"}}
	t.Run("adoption", func(t *testing.T) {
		threadtest.Converge(t, &threadtest.Story{Capability: Adoption(), Bodies: bodies()}, texts, func(h thread.History) any {
			return Stands(thread.Project(Adoption(), h), func(comity.Party, Adopted) bool { return true })
		})
	})
	t.Run("suspension", func(t *testing.T) {
		threadtest.Converge(t, &threadtest.Story{Capability: Suspension()}, nil, func(h thread.History) any {
			stop, runs := Running(thread.Project(Suspension(), h))
			return []any{stop, runs}
		})
	})
}
