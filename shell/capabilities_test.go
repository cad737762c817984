package shell_test

import (
	"reflect"
	"slices"
	"testing"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/matter"
	"comity/request"
	"comity/shell"
	"comity/thread"
)

// A statement of a kind is checked before its matter is known, so a kind is the same
// wherever it stands: a fact or a move, the body, the classes it may leave under.
func TestAKindIsTheSameEverywhere(t *testing.T) {
	type place struct {
		thread.Kind
		in string
	}
	first := map[comity.Kind]place{}
	for _, c := range shell.Capabilities() {
		names := map[comity.Kind]bool{}
		for _, k := range c.Kinds {
			if names[k.Kind] {
				t.Errorf("%s has %s twice", c.Name, k.Kind)
			}
			names[k.Kind] = true
			f, ok := first[k.Kind]
			if !ok {
				first[k.Kind] = place{k, c.Name}
				continue
			}
			if k.Fact() != f.Fact() {
				t.Errorf("%s is a fact in %s (%v) and not in %s (%v)", k.Kind, c.Name, k.Fact(), f.in, f.Fact())
			}
			if got, want := reflect.TypeOf(k.New()), reflect.TypeOf(f.New()); got != want {
				t.Errorf("the body of %s is %v in %s and %v in %s", k.Kind, got, c.Name, want, f.in)
			}
			if !slices.Equal(k.Classes, f.Classes) {
				t.Errorf("%s leaves as %v in %s and as %v in %s", k.Kind, k.Classes, c.Name, f.Classes, f.in)
			}
		}
	}
}

// The first kind of a capability opens its matters, and nothing else does: nor does
// it stand anywhere else.
func TestTheFirstKindOpens(t *testing.T) {
	kinds := shell.Kinds()
	for _, c := range shell.Capabilities() {
		fresh := c.States[0].Name
		for i, k := range c.Kinds {
			opens := slices.ContainsFunc(k.Steps, func(s matter.Step) bool { return s.From == fresh })
			if opens != (i == 0) {
				t.Errorf("%s: %s leads out of %q: %v", c.Name, k.Kind, fresh, opens)
			}
			if kinds.Opens(k.Kind) != (i == 0) || !kinds.Known(k.Kind) || !kinds.Has(c.Opens(), k.Kind) {
				t.Errorf("%s: the kernel has %s wrong", c.Name, k.Kind)
			}
			for _, s := range k.Steps {
				if i == 0 && (s.From != fresh || s.By != matter.Opener) {
					t.Errorf("%s: %s is also said from %q by %v", c.Name, k.Kind, s.From, s.By)
				}
				if s.To == fresh || c.Table().State(s.From).Name == "" || c.Table().State(s.To).Name == "" {
					t.Errorf("%s: %s leads from %q to %q", c.Name, k.Kind, s.From, s.To)
				}
			}
		}
		if got, ok := shell.Find(c.Opens()); !ok || got.Name != c.Name {
			t.Errorf("%s opens %q, not %q", c.Opens(), got.Name, c.Name)
		}
	}
}

// What a kind allows, reads and shows comes from its own row.
func TestEveryKindSpeaks(t *testing.T) {
	kinds := shell.Kinds()
	for _, c := range shell.Capabilities() {
		for _, k := range c.Kinds {
			if k.Says.EN == "" || k.Says.ZH == "" {
				t.Errorf("%s: %s says %+v", c.Name, k.Kind, k.Says)
			}
			for _, class := range []comity.Class{comity.Dual, comity.Sole, comity.OneSeat} {
				if kinds.Allows(k.Kind, class) != k.May(class) {
					t.Errorf("%s as %s: the kernel says %v", k.Kind, class, !k.May(class))
				}
			}
			if !k.Fact() && k.May(comity.OneSeat) {
				t.Errorf("%s: %s commits the whole side, and one seat may say it", c.Name, k.Kind)
			}
			body, err := kinds.Read(k.Kind, []byte("{}"))
			if got, want := reflect.TypeOf(body), reflect.TypeOf(k.New()); err != nil || got != want {
				t.Errorf("%s reads as %v, %v", k.Kind, got, err)
			}
		}
	}
}

// A matter that has a type is counted among the requests. A draft for comment is none
// yet, though a request stands in it.
func TestOnlyRequestsHaveAType(t *testing.T) {
	kinds := shell.Kinds()
	r := guide.Request{Type: "subscriber", Priority: "P0"}
	r.Supporting.Offence.Description = "fraud with invoices"
	for kind, body := range map[comity.Kind]any{
		request.OpensAssistance: &r,
		request.OpensPrecheck:   &request.Draft{Request: r},
	} {
		b, err := form.Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		got := kinds.Title(kind, b)
		if got.Text != r.Supporting.Offence.Description || (got.Type != "") != shell.IsRequest(kind) {
			t.Errorf("%s has the title %+v", kind, got)
		}
	}
}
