package form

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"comity"
)

// MaxBody is the largest body, in bytes.
const MaxBody = 512 << 10

// Decode reads b into body, a pointer to an empty one. Names are exact, none is
// unknown and none stands twice; white space and the order of members do not
// matter, because officers write drafts by hand. What a member may contain is
// for [Check].
func Decode(b []byte, body any) error {
	if len(b) > MaxBody {
		return comity.Fieldf("body", "it has %d bytes; the most is %d", len(b), MaxBody)
	}
	if !utf8.Valid(b) {
		return comity.Fieldf("body", "it is not UTF-8")
	}
	if asWritten(b, body) {
		return nil
	}
	reflect.ValueOf(body).Elem().SetZero()
	return asTyped(b, body)
}

// asTyped reads what anybody may have written, and says what is wrong with it.
func asTyped(b []byte, body any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := names(d, reflect.TypeOf(body).Elem(), "", ""); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return comity.Fieldf("body", "something follows the object")
	}
	if err := json.Unmarshal(b, body); err != nil {
		return comity.Fieldf("body", "%v", err)
	}
	return nil
}

// manyObjects is more than a body may have: lists of it are not read into memory
// before they are counted.
const manyObjects = 512

// asWritten reads what Encode has written, as a node sends it: there, every name
// is exact, known and there once, and what is left to look for is what Encode
// would write but nobody may say. When in doubt it says no, and Decode says why.
func asWritten(b []byte, body any) bool {
	if bytes.Count(b, []byte("{")) > manyObjects || bytes.Contains(b, []byte("null")) || json.Unmarshal(b, body) != nil {
		return false
	}
	for rest := b; ; { // a number below 0, or of so many digits that it may be too large
		_, after, ok := bytes.Cut(rest, []byte(":"))
		if !ok {
			break
		}
		if digits := len(after) - len(bytes.TrimLeft(after, "0123456789")); digits > 15 || bytes.HasPrefix(after, []byte("-")) {
			return false
		}
		rest = after
	}
	again, err := Encode(body)
	return err == nil && bytes.Equal(again, b)
}

// Encode writes a body as a statement carries it.
func Encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, comity.Errorf(comity.Invalid, "this body cannot be written: %v", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

var (
	timeType = reflect.TypeFor[comity.Time]()
	hashType = reflect.TypeFor[comity.Hash]()
)

// names walks one value of JSON beside the type and tag it should have.
// encoding/json itself takes the last of two equal names, names in any case of
// letters, and lists of any length.
func names(d *json.Decoder, t reflect.Type, tag reflect.StructTag, path string) error {
	tok, err := d.Token()
	if err != nil {
		return notJSON(path, err)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	shape := shapeOf(t)
	wrong := func() error { return comity.Fieldf(cmp.Or(path, "body"), "it is not %s", shape) }
	switch tok := tok.(type) {
	case json.Delim:
		switch {
		case tok == '{' && shape == "an object":
			return object(d, t, path)
		case tok == '[' && shape == "a list":
			most := limit(tag, "max")
			for i := 0; d.More(); i++ {
				if i == most {
					return comity.Fieldf(path, "it has more than %d elements", most)
				}
				if err := names(d, t.Elem(), "", fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
			return closed(d, path)
		}
		return wrong()
	case string:
		if shape != "a string" {
			return wrong()
		}
		if t == timeType || t == hashType {
			v := reflect.New(t).Interface().(interface{ UnmarshalText([]byte) error })
			if err := v.UnmarshalText([]byte(tok)); err != nil {
				_, text, _ := strings.Cut(err.Error(), ": ")
				return comity.Fieldf(path, "%s", text)
			}
		}
	case bool:
		if shape != "true or false" {
			return wrong()
		}
	case json.Number:
		if n, err := tok.Int64(); shape != "a whole number" || err != nil || n < 0 || n > 1<<53 {
			return wrong()
		}
	default:
		return comity.Fieldf(cmp.Or(path, "body"), "null says nothing; leave the member out")
	}
	return nil
}

func object(d *json.Decoder, t reflect.Type, path string) error {
	seen := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return notJSON(path, err)
		}
		name := tok.(string)
		at := join(path, comity.Clip(name))
		f, ok := member(t, name)
		if !ok {
			return comity.Fieldf(at, "there is no such member; there are %s", strings.Join(members(t), ", "))
		}
		if seen[name] {
			return comity.Fieldf(at, "it stands twice")
		}
		seen[name] = true
		if err := names(d, f.Type, f.Tag, at); err != nil {
			return err
		}
	}
	return closed(d, path)
}

func closed(d *json.Decoder, path string) error {
	if _, err := d.Token(); err != nil {
		return notJSON(path, err)
	}
	return nil
}

func notJSON(path string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return comity.Fieldf(cmp.Or(path, "body"), "it is not JSON: it ends too early")
	}
	return comity.Fieldf(cmp.Or(path, "body"), "it is not JSON: %v", err)
}

func shapeOf(t reflect.Type) string {
	switch {
	case t == timeType || t == hashType || t.Kind() == reflect.String:
		return "a string"
	case t.Kind() == reflect.Struct:
		return "an object"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}

func nameOf(f reflect.StructField) (name string, optional bool) {
	name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, opts != "" && f.Tag.Get("need") == ""
}

func member(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if n, _ := nameOf(t.Field(i)); n == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func members(t reflect.Type) (out []string) {
	for i := range t.NumField() {
		n, _ := nameOf(t.Field(i))
		out = append(out, n)
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
