// Package blank makes the form of any body by its type, and reads it back: what a
// struct's tags say of a member is what the form asks for. It knows no rule; what
// guidelines ask for of a type of request, they say (Asked).
package blank

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/say"
	"comity/web/frame"
)

// Words says what members are called, in one language.
type Words struct{ say.Words }

// A Moment reads a time that a person typed.
type Moment func(field, text string) (comity.Time, error)

// A Member is a field of a body, at its path; or the end of a list of structs.
type Member struct {
	Path string
	v    reflect.Value
	tag  reflect.StructTag
	must bool
	opt  bool // it is in something that may be left out
	list bool
}

// A walk goes over a body, and makes the rows of its lists.
type walk struct {
	sent url.Values
	rows func(path string, filled int) int
	all  []Member
}

var (
	timeType = reflect.TypeFor[comity.Time]()
	hashType = reflect.TypeFor[comity.Hash]()
)

// members walks a body: structs become groups, lists of structs have numbered members.
// What no single field can hold is given as JSON.
func (w *walk) members(v reflect.Value, prefix string, opt bool) {
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
			w.members(f, prefix, opt)
			continue
		}
		path := name
		if prefix != "" {
			path = prefix + "." + name
		}
		must := !strings.Contains(opts, "omit") || t.Tag.Get("need") == "yes"
		switch {
		case f.Kind() == reflect.Struct && f.Type() != timeType:
			w.members(f, path, opt)
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != timeType:
			if f.IsNil() {
				f.Set(reflect.New(f.Type().Elem()))
			}
			w.members(f.Elem(), path, true)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != timeType:
			n := w.rows(path, max(f.Len(), count(w.sent, path)))
			if max, err := strconv.Atoi(t.Tag.Get("max")); err == nil && n > max {
				n = max
			}
			for f.Len() < n {
				f.Set(reflect.Append(f, reflect.Zero(f.Type().Elem())))
			}
			for j := range n {
				w.members(f.Index(j), fmt.Sprintf("%s[%d]", path, j), true)
			}
			w.all = append(w.all, Member{path, f, t.Tag, must, opt, true})
		default:
			w.all = append(w.all, Member{path, f, t.Tag, must, opt, false})
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

// Fill reads a form into a body, and returns what is wrong, by field. What is empty is
// left out, and so is a row or a group in which nothing stands.
func Fill(body any, sent url.Values, moment Moment) map[string]string {
	v := reflect.ValueOf(body).Elem()
	w := walk{sent: sent, rows: func(_ string, filled int) int { return filled }}
	w.members(v, "", false)
	faults := map[string]string{}
	for _, m := range w.all {
		if m.list {
			continue
		}
		text := strings.TrimSpace(strings.ReplaceAll(sent.Get(m.Path), "\r\n", "\n"))
		if text == "" {
			continue
		}
		if err := set(m.v, m.Path, text, moment); err != nil {
			faults[m.Path] = err.Error()
		}
	}
	prune(v)
	return faults
}

func set(f reflect.Value, path, text string, moment Moment) error {
	switch {
	case f.Type() == timeType:
		t, err := moment(path, text)
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
	if f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Bool {
		f.Set(reflect.New(f.Type().Elem()))
		f.Elem().SetBool(text == "yes")
		return nil
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
			for s := range strings.Lines(text) { // a comma belongs to what it stands in
				if s = strings.TrimSpace(s); s != "" {
					f.Set(reflect.Append(f, reflect.ValueOf(s).Convert(f.Type().Elem())))
				}
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

// A Shape is what a form shows of a body. A nil function leaves all as it is.
type Shape struct {
	Asks    func(Member) bool // else it goes under "more"
	Hides   func(path string) bool
	Options func(path string) []frame.Option // to choose from
	Add     string                           // the list that gets a row more
}

// frame.Fields returns the form of a body, in groups, with what was sent and what is wrong:
// first what is asked for, then the rest.
func (w Words) Fields(body any, sent url.Values, faults map[string]string, s Shape) (groups []frame.Fields) {
	all, added := walk{sent: sent}, "" // what the new row's members begin with
	all.rows = func(path string, filled int) int {
		switch {
		case path == s.Add:
			added = fmt.Sprintf("%s[%d].", path, filled)
			return filled + 1
		case s.Asks != nil && !s.Asks(Member{Path: path, list: true}):
			return filled
		}
		return max(filled, 1)
	}
	all.members(reflect.ValueOf(body).Elem(), "", false)
	var more []frame.Fields
	for _, m := range all.all {
		if s.Hides != nil && s.Hides(Plain(m.Path)) {
			continue
		}
		in := &groups
		if s.Asks != nil && !s.Asks(m) {
			in = &more
		}
		group, _, nested := cutLast(m.Path)
		if !nested || m.list {
			group = ""
		}
		if n := len(*in); n == 0 || (*in)[n-1].Legend != w.Label(group) {
			*in = append(*in, frame.Fields{Legend: w.Label(group), More: in == &more})
		}
		g := &(*in)[len(*in)-1]
		x := w.field(m, sent, faults, s)
		x.Must = m.must || s.Asks != nil && in == &groups
		if added != "" && strings.HasPrefix(m.Path, added) {
			x.Focus, added = true, ""
		}
		g.List = append(g.List, x)
	}
	return append(groups, more...)
}

func (w Words) field(m Member, sent url.Values, faults map[string]string, s Shape) frame.Field {
	x := frame.Field{Name: m.Path, Label: w.Label(m.Path), Value: sent.Get(m.Path), Wrong: faults[m.Path]}
	if m.list {
		x.Kind = "add"
		return x
	}
	if x.Value == "" && sent == nil {
		x.Value = Text(m.v)
	}
	if t, ok := guide.Shipped().FieldText(Plain(m.Path)); ok {
		x.Hint = w.Of(t.Says)
	}
	if eg := m.tag.Get("eg"); eg != "" {
		x.Hint = strings.TrimSpace(x.Hint + " " + w.FormExample(eg))
	}
	var choices []frame.Option
	if s.Options != nil {
		choices = s.Options(Plain(m.Path))
	}
	switch {
	case len(choices) > 0:
		x.Kind, x.Options = "select", choices
		if x.Value != "" && !slices.ContainsFunc(choices, func(o frame.Option) bool { return o.Value == x.Value }) {
			x.Options = append(choices, frame.Option{Value: x.Value, Label: x.Value})
		}
	case m.v.Type() == timeType:
		x.Kind, x.Hint = "text", w.FormTimeHint()
	case m.v.Kind() == reflect.Bool, m.Path == "translation.of_version":
		x.Kind = "check"
	case m.v.Kind() == reflect.Pointer && m.v.Type().Elem().Kind() == reflect.Bool:
		x.Kind, x.Options = "select", []frame.Option{{Value: "yes", Label: w.FormYes()}, {Value: "no", Label: w.FormNo()}}
	case m.tag.Get("one") != "":
		x.Kind = "select"
		for o := range strings.SplitSeq(m.tag.Get("one"), "|") {
			x.Options = append(x.Options, frame.Option{Value: o, Label: frame.ValueName(w.Words, Plain(m.Path), o)})
		}
	case m.v.Kind() == reflect.Int || m.v.Kind() == reflect.Int64:
		x.Kind = "number"
	case m.v.Kind() == reflect.Slice && m.v.Type().Elem().Kind() == reflect.String:
		x.Kind, x.Hint = "area", w.FormListHint()
	case m.v.Kind() == reflect.Slice, m.v.Kind() == reflect.Map:
		x.Kind = "json"
	default:
		if n, err := strconv.Atoi(m.tag.Get("max")); err == nil && n > 400 && (m.tag.Get("eg") == "" || strings.Contains(m.tag.Get("eg"), " ")) {
			x.Short = n <= 1000
			x.Kind, x.Lang = "area", w.textLang(m.Path, sent)
		}
	}
	return x
}

// textLang is the language in which a free text is written.
func (w Words) textLang(path string, sent url.Values) string {
	l := sent.Get("language")
	if strings.HasPrefix(path, "translation.") {
		l = sent.Get("translation.language")
	}
	if x, ok := say.Parse(l); ok {
		return string(x)
	}
	return string(w.Lang)
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

// Plain is a path as guidelines have it, without the numbers of rows.
func Plain(path string) string { return index.ReplaceAllString(path, "[]") }

// Asked reports what guidelines ask for in a form: what they name, and what it cannot
// be without. Of a group that they name without its members it is all of them.
func Asked(fields []guide.Field, m Member) bool {
	p := Plain(m.Path)
	if m.must && !m.opt && !m.list {
		return true
	}
	group, _, _ := cutLast(p)
	for _, f := range fields {
		if f.Path == p || (m.list || m.must) && form.Within(f.Path, map[bool]string{true: p, false: group}[m.list]) {
			return true
		}
		if form.Within(p, f.Path) && (m.must || !slices.ContainsFunc(fields, func(o guide.Field) bool { return o.Path != f.Path && form.Within(o.Path, f.Path) })) {
			return true
		}
	}
	return false
}

// Label is what a member is called.
func (w Words) Label(path string) string {
	if path == "" {
		return ""
	}
	number := ""
	if i := strings.LastIndex(path, "["); i > strings.LastIndex(path, ".") {
		if n, err := strconv.Atoi(strings.TrimSuffix(path[i+1:], "]")); err == nil {
			number = fmt.Sprintf(" %d", n+1)
		}
	}
	if t, ok := guide.Shipped().FieldName(path); ok {
		return w.Of(t) + number
	}
	if s, ok := w.Term("field", path); ok {
		return s + number
	}
	_, last, _ := cutLast(path)
	return w.Named("field", last) + number
}

func cutLast(path string) (before, last string, found bool) {
	i := strings.LastIndex(path, ".")
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// Text is a value as a person would type it.
func Text(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	switch x := v.Interface().(type) {
	case comity.Time:
		return x.UTC().Format("2006-01-02T15:04:05Z")
	case bool:
		return "yes"
	case *bool:
		if *x {
			return "yes"
		}
		return "no"
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

// Names are what the members of a body are called in both languages, where the
// guidelines say it.
func Names(body any) (list []comity.Text) {
	w := walk{rows: func(string, int) int { return 1 }}
	w.members(reflect.ValueOf(body).Elem(), "", false)
	for _, m := range w.all {
		if t, ok := guide.Shipped().FieldName(m.Path); ok {
			list = append(list, t)
		}
	}
	return list
}

// Faults finds the fields that an error names.
func Faults(err error) map[string]string {
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
