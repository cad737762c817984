package docket

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/casefile"
	"comity/clock"
	"comity/form"
	"comity/pair"
	"comity/request"
	"comity/thread"
)

func capabilities() []thread.Capability {
	return []thread.Capability{request.Preservation(), request.Assistance(), request.Precheck(),
		casefile.Case(), casefile.Lead(), casefile.Deconfliction(), casefile.Report(), casefile.Summary(), pair.Adoption(), pair.Suspension()}
}

// ofDocket returns a type of this package within t, if there is one.
func ofDocket(t reflect.Type, seen map[reflect.Type]bool) reflect.Type {
	if seen[t] {
		return nil
	}
	seen[t] = true
	if t.PkgPath() == "comity/docket" {
		return t
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return ofDocket(t.Elem(), seen)
	case reflect.Map:
		if found := ofDocket(t.Key(), seen); found != nil {
			return found
		}
		return ofDocket(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if found := ofDocket(t.Field(i).Type, seen); found != nil {
				return found
			}
		}
	}
	return nil
}

func TestNoStatementHasATypeOfTheDocket(t *testing.T) {
	n := 0
	for _, c := range capabilities() {
		for _, k := range c.Kinds {
			n++
			if found := ofDocket(reflect.TypeOf(k.New()), map[reflect.Type]bool{}); found != nil {
				t.Errorf("%s %s carries %v", c.Name, k.Kind, found)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d kinds were looked at", n)
	}
	if ofDocket(reflect.TypeFor[struct{ X map[string][]*Note }](), map[reflect.Type]bool{}) == nil {
		t.Error("the search does not find what it looks for")
	}
}

// TestNoEntryReadsAsAStatement: were an entry's bytes put in a statement's place
// by mistake, neither node would take them; with only what it must have, and with
// everything that it may have.
func TestNoEntryReadsAsAStatement(t *testing.T) {
	for _, e := range Kinds() {
		full, bare := e.New(), e.New()
		fill(reflect.ValueOf(full).Elem(), "", &marks{at: 0x20000})
		required(reflect.ValueOf(bare).Elem())
		for _, body := range []any{full, bare} {
			b, err := form.Encode(body)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range capabilities() {
				for _, k := range c.Kinds {
					if to := k.New(); form.Decode(b, to) == nil && form.Check(to) == nil {
						t.Errorf("an entry %s reads as the statement %s: %s", e.Kind, k.Kind, b)
					}
				}
			}
		}
	}
}

// required fills in what has no omitempty, or is needed all the same.
func required(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		_, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if opts == "" || f.Tag.Get("need") == "yes" {
			fill(v.Field(i), f.Tag, &marks{at: 0x20000})
		}
	}
}

// TestNothingHereMakesAStatement: no function that others can call returns a body
// of a statement, or bytes that could be one, save the entry itself.
func TestNothingHereMakesAStatement(t *testing.T) {
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, entry := range names {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || f.Type.Results == nil {
				continue
			}
			n++
			ast.Inspect(f.Type.Results, func(node ast.Node) bool {
				if s, ok := node.(*ast.SelectorExpr); ok && s.X.(*ast.Ident).Name != "comity" {
					t.Errorf("%s returns a %s.%s", f.Name.Name, s.X.(*ast.Ident).Name, s.Sel.Name)
				}
				if id, ok := node.(*ast.Ident); ok && slices.Contains([]string{"byte", "Statement", "Part"}, id.Name) {
					t.Errorf("%s returns a %s", f.Name.Name, id.Name)
				}
				return true
			})
		}
	}
	if n < 15 {
		t.Errorf("only %d functions were looked at", n)
	}
}

func TestOneSidedClocksAreOfTheirOwnKind(t *testing.T) {
	if reflect.TypeFor[LoneSpan]().ConvertibleTo(reflect.TypeFor[clock.Span]()) || reflect.TypeFor[LoneSpan]().ConvertibleTo(reflect.TypeFor[clock.Clock]()) {
		t.Error("a one-sided span can be taken for a joint one")
	}
	sent := Kept[Sent]{Is: Sent{ID: "l1", To: "xx", HandedOverAt: noon}}
	replied := sent
	replied.Is.Reply = &Reply{ArrivedAt: comity.At(noon.Add(48 * time.Hour))}
	for _, c := range []struct {
		name    string
		letter  Kept[Sent]
		after   time.Duration
		elapsed time.Duration
		ended   bool
	}{
		{"it is on its way", sent, 36 * time.Hour, 36 * time.Hour, false},
		{"it was answered", replied, 100 * time.Hour, 48 * time.Hour, true},
		{"it will be handed over", sent, -time.Hour, 0, false},
	} {
		got := OneSided([]Kept[Sent]{c.letter}, noon.Add(c.after))[0]
		if got.Elapsed != c.elapsed || got.Until.IsZero() == c.ended || got.Label() != (comity.Text{EN: "our record only", ZH: "仅为我方记录"}) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
