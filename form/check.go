// Package form reads, writes and checks the bodies of statements: JSON objects
// whose shape is a Go struct, and whose rules stand in its tags.
//
//	json  the member's name; with omitempty or omitzero it may be left out
//	need  "yes": it must be there all the same; "guide": it may be empty on the
//	      wire, and the guidelines ask for it
//	max   the longest text in code points, or the most elements of a list
//	each  the longest element of a list of texts
//	one   its only values, with | between
//	eg    an example, which an error shows
//	says  what it means
//
// docs/spec/kinds.md is made from the same tags. A body's author is hostile:
// lists are counted before they are read into memory, and nothing is deeper than
// its type.
package form

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"comity"
)

// Check returns every fault of a body that its receiver would refuse it for,
// joined. Each names the field, says what is wrong and gives an example. It
// depends on the body alone, so both nodes agree.
func Check(body any) error {
	errs := walk(reflect.ValueOf(body).Elem(), "", "")
	if b, ok := body.(Senser); ok {
		errs = append(errs, b.Sense()...)
	}
	return errors.Join(errs...)
}

// A Senser is a body with faults that no single member can show.
type Senser interface{ Sense() []error }

// walk holds each member to its tags.
func walk(v reflect.Value, path string, tag reflect.StructTag) []error {
	fault := func(format string, args ...any) []error {
		s := fmt.Sprintf(format, args...)
		example := tag.Get("eg")
		if example == "" {
			example, _, _ = strings.Cut(tag.Get("one"), "|")
		}
		if example != "" {
			s += fmt.Sprintf("; an example is %q", example)
		}
		return []error{comity.Fieldf(path, "%s", s)}
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil // missing is decided where the member is
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == timeType || v.Type() == hashType:
		return nil
	case v.Kind() == reflect.Struct:
		var errs []error
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, optional := nameOf(f)
			at := join(path, name)
			if absent(v.Field(i)) {
				if !optional && f.Tag.Get("need") != "guide" {
					errs = append(errs, missing(at, f.Tag)...)
				}
				continue
			}
			errs = append(errs, walk(v.Field(i), at, f.Tag)...)
		}
		return errs
	case v.Kind() == reflect.Slice:
		if most := limit(tag, "max"); v.Len() > most {
			return fault("it has %d elements; the most is %d", v.Len(), most)
		}
		var errs []error
		for i := range v.Len() {
			// Elements of a list of strings share their list's example.
			errs = append(errs, walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), reflect.StructTag(`max:"`+tag.Get("each")+`" eg:`+strconv.Quote(tag.Get("eg"))))...)
		}
		return errs
	case v.Kind() == reflect.String:
		s := v.String()
		if one := tag.Get("one"); one != "" {
			if !slices.Contains(strings.Split(one, "|"), s) {
				return fault("%q is not one of %s", comity.Clip(s), strings.ReplaceAll(one, "|", ", "))
			}
			return nil
		}
		if most := limit(tag, "max"); utf8.RuneCountInString(s) > most {
			return fault("it has %d characters; the most is %d", utf8.RuneCountInString(s), most)
		}
		if i := strings.IndexFunc(s, hidden); i >= 0 {
			r, _ := utf8.DecodeRuneInString(s[i:])
			return fault("%q has the character %U, which a reader cannot see or which stands for a lost one", comity.Clip(s), r)
		}
		if !norm.NFC.IsNormalString(s) {
			return fault("%q is not in Unicode normal form C: write each letter and its accents as one character", comity.Clip(s))
		}
	}
	return nil
}

func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool, reflect.Int: // false and nought say something
		return false
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		return (v.Type() == timeType || v.Type() == hashType) && v.IsZero()
	}
	return v.IsZero()
}

func missing(path string, tag reflect.StructTag) []error {
	eg := tag.Get("eg")
	if one := tag.Get("one"); one != "" {
		return []error{comity.Fieldf(path, "it is empty; it is one of %s", strings.ReplaceAll(one, "|", ", "))}
	}
	if eg != "" {
		return []error{comity.Fieldf(path, "it is empty; an example is %q", eg)}
	}
	return []error{comity.Fieldf(path, "it is empty")}
}

func limit(tag reflect.StructTag, name string) int {
	n, err := strconv.Atoi(tag.Get(name))
	if err != nil {
		return 0
	}
	return n
}

// hidden finds what a reader cannot see but a machine obeys, and what stands
// where a character was lost, as half a surrogate pair in JSON is.
func hidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
}
