package web_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"comity"
	"comity/desk"
	"comity/docket"
	"comity/guide"
	"comity/say"
	"comity/session"
	"comity/shell"
	"comity/web/frame"
)

var (
	timeType = reflect.TypeFor[comity.Time]()
	hashType = reflect.TypeFor[comity.Hash]()
)

// each calls f for every member of a body, with its path and its only values.
func each(t reflect.Type, path string, f func(path string, one []string)) {
	switch {
	case t.Kind() == reflect.Pointer:
		each(t.Elem(), path, f)
	case t.Kind() == reflect.Slice && t != hashType:
		each(t.Elem(), path+"[]", f)
	case t.Kind() == reflect.Struct && t != timeType && t != hashType:
		for i := range t.NumField() {
			m := t.Field(i)
			name, _, _ := strings.Cut(m.Tag.Get("json"), ",")
			if !m.IsExported() || name == "-" {
				continue
			}
			at := path
			if !m.Anonymous || name != "" {
				at = strings.TrimPrefix(path+"."+name, ".")
				var one []string
				if s := m.Tag.Get("one"); s != "" {
					one = strings.Split(s, "|")
				}
				f(at, one)
			}
			each(m.Type, at, f)
		}
	}
}

// TestTermsNameAll holds the terms to what the rules number, both ways.
func TestTermsNameAll(t *testing.T) {
	b, err := os.ReadFile("../say/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	var terms map[string]map[string]comity.Text
	if err := json.Unmarshal(b, &terms); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	// named reports whether one of keys has a name, and that this one is used.
	named := func(list string, keys ...string) bool {
		for _, key := range keys {
			if _, ok := terms[list][key]; ok {
				used[list+" "+key] = true
				return true
			}
		}
		return false
	}
	must := func(list, key, of string) {
		t.Helper()
		if !named(list, key) {
			t.Errorf("%s: the %s %q has no name in say/terms.json", of, list, key)
		}
	}
	body := func(of string, b any) {
		each(reflect.TypeOf(b), "", func(path string, one []string) {
			last := path[strings.LastIndex(path, ".")+1:]
			if name, ok := frame.FieldName(say.In(say.Chinese), path); !ok {
				t.Errorf("%s: the member %s has no name", of, path)
			} else if key, _ := say.In(say.Chinese).Field(path); key == name {
				named("field", path, last)
			}
			for _, id := range one {
				name := frame.ValueName(say.In(say.Chinese), path, id)
				if name == id && id != "en" && id != "zh" {
					t.Errorf("%s: the value %s of %s has no name", of, id, path)
				} else if key, _ := say.In(say.Chinese).Value(path, id); key == name {
					named("value", path+"."+id, last+"."+id, id)
				}
			}
		})
	}
	for _, c := range shell.Capabilities() {
		for _, s := range c.States {
			must("state", s.Name, c.Name)
		}
		for _, k := range c.Kinds {
			must("kind", string(k.Kind), c.Name)
			body(string(k.Kind), k.New())
		}
	}
	body("a request", new(guide.Request))
	for _, k := range docket.Kinds() {
		must("entry", k.Kind, "docket")
		body(k.Kind, k.New())
	}
	for _, s := range []string{desk.Open, desk.Approved, desk.Released, desk.Returned, desk.Dropped} {
		must("draft", s, "desk")
	}
	for _, r := range []session.Role{session.Officer, session.Administrator, session.Inspector, session.Principal} {
		must("role", string(r), "session")
	}
	for _, code := range codes(t) {
		must("code", code, "the exchange")
	}
	for list, names := range terms {
		for id, n := range names {
			if !used[list+" "+id] && list != "city" {
				t.Errorf("the %s %q stands for nothing", list, id)
			}
			if n.EN == "" || n.ZH == "" || n.EN == n.ZH {
				t.Errorf("the %s %q is %q in English and %q in Chinese", list, id, n.EN, n.ZH)
			}
		}
	}
}

// codes are those of section 4 of the specification.
func codes(t *testing.T) (list []string) {
	b, err := os.ReadFile("../docs/spec/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		for _, head := range []string{"In a receipt (", "In a rejection ("} {
			if !strings.HasPrefix(line, head) {
				continue
			}
			_, line, _ = strings.Cut(line, "): ")
			for part := range strings.SplitSeq(line, " · ") {
				list = append(list, strings.Split(part, "`")[1])
			}
		}
	}
	return list
}
