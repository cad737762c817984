package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"comity"
	"comity/shell"
	"comity/web/page"
)

// empty returns an empty body of a kind.
func empty(kind comity.Kind) (any, error) {
	for _, c := range shell.Capabilities() {
		if k, ok := c.Kind(kind); ok {
			return k.New(), nil
		}
	}
	return nil, comity.Errorf(comity.NotFound, "there is no kind %q", comity.Clip(string(kind)))
}

// rows is how many of a list a form offers beyond those that are filled in.
const rows = 1

// A member is a field of a body, at its path.
type member struct {
	path string
	v    reflect.Value
	tag  reflect.StructTag
	must bool
}

var (
	timeType = reflect.TypeFor[comity.Time]()
	hashType = reflect.TypeFor[comity.Hash]()
)

// members walks a body: structs become groups, lists of structs have numbered members.
// What no single field can hold is given as JSON.
func members(v reflect.Value, prefix string, sent url.Values, out *[]member) {
	for i := range v.NumField() {
		f, t := v.Field(i), v.Type().Field(i)
		if !t.IsExported() {
			continue
		}
		name, opts, _ := strings.Cut(t.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if t.Anonymous && name == "" {
			members(f, prefix, sent, out)
			continue
		}
		path := name
		if prefix != "" {
			path = prefix + "." + name
		}
		must := !strings.Contains(opts, "omit") || t.Tag.Get("need") == "yes"
		switch {
		case f.Kind() == reflect.Struct && f.Type() != timeType:
			members(f, path, sent, out)
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != timeType:
			if f.IsNil() {
				f.Set(reflect.New(f.Type().Elem()))
			}
			members(f.Elem(), path, sent, out)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != timeType:
			n := max(f.Len(), count(sent, path)) + rows
			if max, err := strconv.Atoi(t.Tag.Get("max")); err == nil && n > max {
				n = max
			}
			for f.Len() < n {
				f.Set(reflect.Append(f, reflect.Zero(f.Type().Elem())))
			}
			for j := range n {
				members(f.Index(j), fmt.Sprintf("%s[%d]", path, j), sent, out)
			}
		default:
			*out = append(*out, member{path, f, t.Tag, must})
		}
	}
}

// count is how many of a list were sent.
func count(sent url.Values, path string) (n int) {
	for name := range sent {
		rest, ok := strings.CutPrefix(name, path+"[")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "]")
		if i, err := strconv.Atoi(number); err == nil && i >= n && i < 256 && sent.Get(name) != "" {
			n = i + 1
		}
	}
	return n
}

// fill reads a form into a body, and returns what is wrong, by field. What is empty is
// left out, and so is a row or a group in which nothing stands.
func fill(body any, sent url.Values) map[string]string {
	var all []member
	v := reflect.ValueOf(body).Elem()
	members(v, "", sent, &all)
	faults := map[string]string{}
	for _, m := range all {
		text := strings.TrimSpace(strings.ReplaceAll(sent.Get(m.path), "\r\n", "\n"))
		if text == "" {
			continue
		}
		if err := set(m.v, m.path, text); err != nil {
			faults[m.path] = err.Error()
		}
	}
	prune(v)
	return faults
}

func set(f reflect.Value, path, text string) error {
	switch {
	case f.Type() == timeType:
		t, err := shell.Moment(path, text)
		if err == nil {
			f.Set(reflect.ValueOf(t))
		}
		return err
	case f.Type() == hashType:
		h, err := comity.ParseHash(text)
		if err == nil {
			f.Set(reflect.ValueOf(h))
		}
		return err
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
		return nil
	case reflect.Bool:
		f.SetBool(text == "yes")
		return nil
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return comity.Fieldf(path, "%q is not a whole number such as 3", comity.Clip(text))
		}
		f.SetInt(n)
		return nil
	case reflect.Slice:
		if f.Type().Elem().Kind() == reflect.String {
			for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '、' }) {
				f.Set(reflect.Append(f, reflect.ValueOf(strings.TrimSpace(s)).Convert(f.Type().Elem())))
			}
			return nil
		}
	}
	if err := json.Unmarshal([]byte(text), f.Addr().Interface()); err != nil {
		return comity.Fieldf(path, "this is not JSON of the kind that is wanted: %v", err)
	}
	return nil
}

// prune takes out groups and rows in which nothing stands.
func prune(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() {
			continue
		}
		switch {
		case f.Kind() == reflect.Struct && f.Type() != timeType:
			prune(f)
		case f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.Struct && f.Elem().Type() != timeType:
			if prune(f.Elem()); f.Elem().IsZero() {
				f.SetZero()
			}
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != timeType:
			kept := reflect.MakeSlice(f.Type(), 0, f.Len())
			for j := range f.Len() {
				if prune(f.Index(j)); !f.Index(j).IsZero() {
					kept = reflect.Append(kept, f.Index(j))
				}
			}
			if kept.Len() == 0 {
				kept = reflect.Zero(f.Type())
			}
			f.Set(kept)
		}
	}
}

// fields returns the form of a body, in groups, with what was sent and what is wrong.
func (v *view) fields(body any, sent url.Values, faults map[string]string) (groups []page.Fields) {
	var all []member
	members(reflect.ValueOf(body).Elem(), "", sent, &all)
	for _, m := range all {
		group, _, nested := cutLast(m.path)
		if !nested {
			group = ""
		}
		if len(groups) == 0 || groups[len(groups)-1].Legend != v.label(group) {
			groups = append(groups, page.Fields{Legend: v.label(group)})
		}
		x := page.Field{Name: m.path, Label: v.label(m.path), Must: m.must, Value: sent.Get(m.path), Wrong: faults[m.path]}
		if x.Value == "" && sent == nil {
			x.Value = text(m.v)
		}
		if eg := m.tag.Get("eg"); eg != "" {
			x.Hint = v.word.FormExample(eg)
		}
		switch {
		case m.v.Type() == timeType:
			x.Kind, x.Hint = "text", v.word.FormTimeHint()
		case m.v.Kind() == reflect.Bool:
			x.Kind = "check"
		case m.tag.Get("one") != "":
			x.Kind = "select"
			for o := range strings.SplitSeq(m.tag.Get("one"), "|") {
				x.Options = append(x.Options, page.Option{Value: o, Label: page.ValueName(v.word, m.path, o)})
			}
		case m.v.Kind() == reflect.Int || m.v.Kind() == reflect.Int64:
			x.Kind = "number"
		case m.v.Kind() == reflect.Slice && m.v.Type().Elem().Kind() == reflect.String:
			x.Kind, x.Hint = "area", v.word.FormListHint()
		case m.v.Kind() == reflect.Slice, m.v.Kind() == reflect.Map:
			x.Kind = "json"
		default:
			if n, err := strconv.Atoi(m.tag.Get("max")); err == nil && n > 200 {
				x.Kind = "area"
			}
		}
		g := &groups[len(groups)-1]
		g.List = append(g.List, x)
	}
	return groups
}

// label is what a member is called.
func (v *view) label(path string) string {
	if path == "" {
		return ""
	}
	number := ""
	if i := strings.LastIndex(path, "["); i > strings.LastIndex(path, ".") {
		if n, err := strconv.Atoi(strings.TrimSuffix(path[i+1:], "]")); err == nil {
			number = fmt.Sprintf(" %d", n+1)
		}
	}
	if s, ok := page.FieldName(v.word, path); ok {
		return s + number
	}
	return path
}

func cutLast(path string) (before, last string, found bool) {
	i := strings.LastIndex(path, ".")
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// text is a value as a person would type it.
func text(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	switch x := v.Interface().(type) {
	case comity.Time:
		return x.UTC().Format("2006-01-02T15:04:05Z")
	case bool:
		return "yes"
	case fmt.Stringer:
		return x.String()
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		var list []string
		for i := range v.Len() {
			list = append(list, v.Index(i).String())
		}
		return strings.Join(list, "\n")
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		b, err := json.MarshalIndent(v.Interface(), "", "  ")
		if err != nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(v.Interface())
}

// faultsOf finds the fields that an error names.
func faultsOf(err error) map[string]string {
	faults := map[string]string{}
	var walk func(error)
	walk = func(err error) {
		if e, ok := err.(*comity.Error); ok && e.Field != "" {
			faults[e.Field] = e.Text
		}
		switch e := err.(type) {
		case interface{ Unwrap() []error }:
			for _, x := range e.Unwrap() {
				walk(x)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		}
	}
	walk(err)
	return faults
}

var _ = errors.Is
