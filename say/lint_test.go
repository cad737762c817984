package say

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	templ "github.com/a-h/templ/parser/v2"

	"comity"
)

// sources are the files of the faces, generated ones and tests left out.
func sources(t *testing.T, ext string) (files []string) {
	for _, dir := range []string{"../web", "../web/*", "../cmd/comity/*"} {
		list, err := filepath.Glob(dir + "/*" + ext)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if !strings.HasSuffix(f, "_templ.go") && !strings.HasSuffix(f, "_test.go") {
				files = append(files, f)
			}
		}
	}
	return files
}

// TestNoKeyIsUnused finds texts that nobody shows any more.
func TestNoKeyIsUnused(t *testing.T) {
	called := map[string]bool{}
	name := regexp.MustCompile(`\.([A-Z]\w*)`)
	for _, file := range append(sources(t, ".go"), sources(t, ".templ")...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllStringSubmatch(string(b), -1) {
			called[m[1]] = true
		}
	}
	for key := range catalogue(t) {
		var method strings.Builder
		for part := range strings.SplitSeq(key, ".") {
			method.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		if !called[method.String()] {
			t.Errorf("no page says %q: take it out", key)
		}
	}
}

// catalogue is every text by its key, and by its number if it depends on one.
func catalogue(t *testing.T) map[string]comity.Text {
	files, err := filepath.Glob("text/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]comity.Text{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]struct{ EN, ZH any }
		if err := json.Unmarshal(b, &texts); err != nil {
			t.Fatal(err)
		}
		for key, m := range texts {
			all[key] = comity.Text{EN: plain(m.EN), ZH: plain(m.ZH)}
		}
	}
	return all
}

func plain(v any) string {
	if forms, ok := v.(map[string]any); ok {
		v = forms["other"]
	}
	s, _ := v.(string)
	return s
}

// codes may stand in a page as they are: they are the same in every language.
var codes = regexp.MustCompile(`TLP(:[A-Z+]+)?|UTC|CSV|JSON|ICS|PDF|DOCX|SVG|SHA-256|utf-8`)

// said reports whether a person would read letters in s.
func said(s string) bool {
	return strings.IndexFunc(codes.ReplaceAllString(s, ""), unicode.IsLetter) >= 0
}

// literals are the texts that stand in an expression of Go.
func literals(src string) (list []string) {
	x, err := parser.ParseExpr(src)
	if err != nil {
		return nil
	}
	ast.Inspect(x, func(n ast.Node) bool {
		if _, ok := n.(*ast.CallExpr); ok {
			return false // a call's words are its own
		}
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil {
				list = append(list, s)
			}
		}
		return true
	})
	return list
}

// read are the attributes that a person reads or hears.
var read = []string{"title", "placeholder", "alt", "aria-label", "aria-description", "label"}

// TestTemplatesSayNothing: what a template shows comes from the catalogue.
func TestTemplatesSayNothing(t *testing.T) {
	for _, file := range sources(t, ".templ") {
		f, err := templ.Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		raw := func(at templ.Position, s string) {
			if said(s) {
				t.Errorf("%s:%d says %q: it belongs in say/text", file, at.Line+1, s)
			}
		}
		attributes := func(e *templ.Element) {
			for _, a := range e.Attributes {
				switch a := a.(type) {
				case *templ.ConstantAttribute:
					if name := a.Key.String(); slices.Contains(read, name) {
						raw(e.Range.From, a.Value)
					}
				case *templ.ExpressionAttribute:
					if name := a.Key.String(); slices.Contains(read, name) {
						for _, s := range literals(a.Expression.Value) {
							raw(a.Expression.Range.From, s)
						}
					}
				}
			}
		}
		walk(reflect.ValueOf(f), func(n any) {
			switch n := n.(type) {
			case *templ.Text:
				raw(n.Range.From, n.Value)
			case *templ.StringExpression:
				for _, s := range literals(n.Expression.Value) {
					raw(n.Expression.Range.From, s)
				}
			case *templ.Element:
				attributes(n)
			}
		})
	}
}

// walk calls f with every pointer in a tree.
func walk(v reflect.Value, f func(any)) {
	switch v.Kind() {
	case reflect.Interface:
		walk(v.Elem(), f)
	case reflect.Pointer:
		if !v.IsNil() {
			f(v.Interface())
			walk(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), f)
			}
		}
	}
}

// silent are the calls whose words no page shows: errors come with a sentence of the
// catalogue, and a log is for the administrator.
var silent = []string{"Errorf", "Usagef", "Fieldf", "New", "Info", "Warn", "Error", "Set", "Exec", "Query", "HasPrefix"}

// TestPagesSayNothing: nor does the Go behind the pages say anything by itself.
func TestPagesSayNothing(t *testing.T) {
	words := regexp.MustCompile(`\pL{2,} \pL{2,}|\p{Han}`)
	for _, file := range sources(t, ".go") {
		if !strings.HasPrefix(file, "../web") {
			continue // a terminal speaks English
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if x, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(silent, x.Sel.Name) {
					return false
				}
			case *ast.ImportSpec, *ast.Field:
				return false
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && words.MatchString(s) && !strings.HasPrefix(s, "default-src") {
					t.Errorf("%s says %q: it belongs in say/text", set.Position(n.Pos()), s)
				}
			}
			return true
		})
	}
}

// TestGlossary: a term of law has one Chinese word, wherever it stands, and that word
// stands for nothing else.
func TestGlossary(t *testing.T) {
	b, err := os.ReadFile("glossary.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		EN   []string
		ZH   string
		Also []string // what the Chinese word may stand for too
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	texts := catalogue(t)
	for list, names := range terms {
		for id, text := range names {
			texts[list+" "+id] = text
		}
	}
	any := func(words []string) *regexp.Regexp {
		var list []string
		for _, w := range words {
			list = append(list, regexp.QuoteMeta(w))
		}
		return regexp.MustCompile(`(?i)\b(` + strings.Join(list, "|") + `)\b`)
	}
	for _, row := range rows {
		term, also := any(row.EN), any(slices.Concat(row.EN, row.Also))
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			x := texts[key]
			en, zh := term.MatchString(x.EN), strings.Contains(x.ZH, row.ZH)
			if en && !zh {
				t.Errorf("%s: %q is %s in Chinese, and it says %q", key, x.EN, row.ZH, x.ZH)
			}
			if zh && !also.MatchString(x.EN) {
				t.Errorf("%s: %q has %s, which stands for %s, and the English is %q", key, x.ZH, row.ZH, strings.Join(row.EN, ", "), x.EN)
			}
		}
	}
}
