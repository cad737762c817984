// Package typed reads what a person types at a terminal, or in a form, into the members
// of a body.
package typed

import (
	"encoding/json"
	"flag"
	"reflect"
	"strconv"
	"strings"
	"time"

	"comity"
	"comity/disk"
)

// Members declares a flag for each member of a body, by its name with - for . and
// _, unless there is a flag of that name. A list of texts takes commas,
// or JSON; what has members of its own and may stand several times takes JSON. What
// it returns fills the body, once the flags are parsed; find makes a hash of the
// beginning of a statement's id.
func Members(fs *flag.FlagSet, body any, find func(string) (comity.Hash, error)) func() error {
	var set []func() error
	members(fs, reflect.ValueOf(body).Elem(), "", find, &set)
	return func() error {
		for _, f := range set {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	}
}

func members(fs *flag.FlagSet, v reflect.Value, prefix string, find func(string) (comity.Hash, error), set *[]func() error) {
	for i := range v.NumField() {
		f, tag := v.Field(i), v.Type().Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		if name = strings.ReplaceAll(name, "_", "-"); prefix != "" {
			name = prefix + "-" + name
		}
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[comity.Time]() {
			members(fs, f, name, find, set)
			continue
		}
		if fs.Lookup(name) != nil {
			continue
		}
		says := tag.Get("says")
		if one := tag.Get("one"); one != "" {
			says = strings.TrimSpace(says + " (" + strings.ReplaceAll(one, "|", " ") + ")")
		}
		if f.Kind() == reflect.Bool {
			fs.BoolVar(f.Addr().Interface().(*bool), name, false, says)
			continue
		}
		text := fs.String(name, "", says)
		*set = append(*set, func() error {
			if *text == "" {
				return nil
			}
			return put(f, name, *text, find)
		})
	}
}

// put reads what a person typed into a member.
func put(f reflect.Value, name, text string, find func(string) (comity.Hash, error)) error {
	switch {
	case f.Type() == reflect.TypeFor[comity.Time]():
		t, err := Moment(name, text)
		if err == nil {
			f.Set(reflect.ValueOf(t))
		}
		return err
	case f.Type() == reflect.TypeFor[comity.Hash]():
		h, err := comity.ParseHash(text)
		if err != nil && find != nil {
			h, err = find(text)
		}
		if err == nil {
			f.Set(reflect.ValueOf(h))
		}
		return err
	case f.Kind() == reflect.String:
		f.SetString(text)
	case f.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return comity.Fieldf(name, "%q is not a whole number", comity.Clip(text))
		}
		f.SetInt(int64(n))
	case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String && !strings.HasPrefix(text, "["):
		for w := range strings.SplitSeq(text, ",") { // a sentence has spaces
			if w = strings.TrimSpace(w); w == "" {
				continue
			}
			f.Set(reflect.Append(f, reflect.ValueOf(w).Convert(f.Type().Elem())))
		}
	case f.Type() == reflect.TypeFor[[]comity.Hash]():
		for _, w := range Split(text) {
			one := reflect.New(f.Type().Elem()).Elem()
			if err := put(one, name, w, find); err != nil {
				return err
			}
			f.Set(reflect.Append(f, one))
		}
	default:
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(f.Addr().Interface()); err != nil {
			return comity.Fieldf(name, "it is not JSON of its shape: %v", disk.Misfit(err))
		}
	}
	return nil
}

// Moment reads a time that a person typed.
func Moment(field, s string) (comity.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return comity.At(t), nil
		}
	}
	return comity.Time{}, comity.Fieldf(field, "%q is not a time such as %q or %q", comity.Clip(s), "2026-11-25T12:00:00Z", "2026-11-25")
}

// Split reads a list that a person typed.
func Split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
