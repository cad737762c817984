package request

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
	"comity/guide"
)

// Check returns every fault of a body that its receiver would refuse it for,
// joined. Each names the field, says what is wrong and gives an example. It
// depends on the body alone, so both nodes agree. What a good request says
// beyond that is for package guide.
func Check(body any) error {
	errs := walk(reflect.ValueOf(body).Elem(), "", "")
	return errors.Join(append(errs, sense(body)...)...)
}

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
	case reflect.Bool:
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

// sense checks what one member alone cannot show.
func sense(body any) (errs []error) {
	add := func(field, format string, args ...any) { errs = append(errs, comity.Fieldf(field, format, args...)) }
	switch b := body.(type) {
	case *guide.Preservation:
		errs = twice(b.Items)
	case *Supplement:
		errs = twice(b.Items)
		if len(b.Replies)+len(b.Items) == 0 {
			add("replies", "there is neither a reply nor a corrected item")
		}
	case *Answer:
		for i, r := range b.Results {
			errs = append(errs, r.faults(fmt.Sprintf("results[%d]", i), b)...)
			if slices.ContainsFunc(b.Results[:i], func(o Result) bool { return o.Item == r.Item }) {
				add(fmt.Sprintf("results[%d].item", i), "%q stands twice", comity.Clip(r.Item))
			}
		}
	case *Refuse:
		if b.Basis != "" && b.Ground != "" { // else walk has said so
			if err := ground("", b.Basis, b.Ground); err != nil {
				errs = append(errs, err)
			}
		}
		if !b.NoFurtherReasons && b.Reasons == "" {
			add("reasons", "give the reasons, or set no_further_reasons")
		}
		if b.Consultation.State == "waived" && b.Consultation.Reason == "" {
			add("consultation.reason", "say why the consultation was waived")
		}
	case *Countersign:
		if b.Outcome == "withdrawn" && b.Reason == "" {
			add("reason", "say why the release is withdrawn")
		}
	}
	return errs
}

func twice(items []guide.Item) (errs []error) {
	for i, it := range items {
		if slices.ContainsFunc(items[:i], func(o guide.Item) bool { return o.ID == it.ID }) {
			errs = append(errs, comity.Fieldf(fmt.Sprintf("items[%d].id", i), "%q stands twice; an example is %q", comity.Clip(it.ID), strconv.Itoa(i+1)))
		}
	}
	return errs
}

func (r Result) faults(path string, a *Answer) (errs []error) {
	from, until := r.HoldFrom, r.HoldUntil
	if r.Result == Preserved {
		switch {
		case from.IsZero() || until.IsZero():
			errs = append(errs, comity.Fieldf(path+".hold_until", "a preserved item has hold_from and hold_until; an example is %q", "2027-01-21T00:00:00.000Z"))
		case !until.After(from.Time):
			errs = append(errs, comity.Fieldf(path+".hold_until", "the hold ends before it begins"))
		}
	} else if !from.IsZero() || !until.IsZero() {
		errs = append(errs, comity.Fieldf(path+".hold_until", "an item that is %s has no hold", comity.Clip(r.Result)))
	}
	if r.Result == Refused {
		if err := ground(path+".", a.Basis, r.Ground); err != nil {
			errs = append(errs, err)
		}
	} else if r.Ground != "" {
		errs = append(errs, comity.Fieldf(path+".ground", "an item that is %s has no ground of refusal", comity.Clip(r.Result)))
	}
	return errs
}

func ground(path, basis, id string) error {
	b, ok := guide.FindBasis(basis)
	if !ok {
		return comity.Fieldf("basis", "%q is not a basis that is known here, such as %q", comity.Clip(basis), guide.Default)
	}
	if _, ok := guide.FindGround(basis, id); !ok && b.Closed {
		var known []string
		for _, g := range guide.Grounds(basis) {
			known = append(known, g.ID)
		}
		if id == "" {
			return comity.Fieldf(path+"ground", "it is empty; under %s it is one of %s", basis, strings.Join(known, ", "))
		}
		return comity.Fieldf(path+"ground", "%q is not a ground under %s: %s", comity.Clip(id), basis, strings.Join(known, ", "))
	}
	return nil
}
