package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"comity"
)

const (
	maxDepth = 16      // of arrays and objects in each other
	maxCount = 4096    // elements of one array
	maxInt   = 1 << 53 // the last integer that every JSON library reads alike
)

// Encode returns the one spelling of v. Arrays and byte strings that are nil
// are written as empty ones.
func Encode(v any) ([]byte, error) {
	b, err := marshal(v, 512)
	if err != nil {
		return nil, err
	}
	err = scan(b)
	if err == errNull {
		// Seldom: a required array is nil, which encoding/json calls null.
		if b, err = marshal(filled(reflect.ValueOf(v)).Interface(), len(b)); err == nil {
			err = scan(b)
		}
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Decode reads b, which must be the one spelling of a value of v's type and at
// most limit bytes long. If it is not, *v is left at its zero value.
func Decode(b []byte, limit int, v any) error {
	if len(b) > limit {
		return comity.Errorf(comity.Invalid, "it has %d bytes; the limit is %d", len(b), limit)
	}
	err := scan(b)
	if err == nil {
		err = unmarshal(b, v)
	}
	if err != nil {
		reflect.ValueOf(v).Elem().SetZero()
	}
	return err
}

func unmarshal(b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return misfit(err)
	}
	// Members out of order, unknown, doubled or in other capitals, needless
	// escapes, empty optional members: all these end here.
	again, err := marshal(v, len(b)+1)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		i := 0
		for i < len(b) && i < len(again) && b[i] == again[i] {
			i++
		}
		return comity.Errorf(comity.Invalid, "it is not in its one spelling: byte %d differs", i)
	}
	return nil
}

// misfit says in our words what encoding/json could not read.
func misfit(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return comity.Fieldf(e.Field, "a JSON %s stands where something else should", e.Value)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return comity.Errorf(comity.Invalid, "it stops being JSON at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*comity.Error](err); ok {
		return e // of a word with a form of its own
	}
	return comity.Errorf(comity.Invalid, "bytes are written in base64 with padding, such as %q, and some here are not", "AAAA")
}

func marshal(v any, size int) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, size))
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, &comity.Error{Kind: comity.Invalid, Text: "it cannot be written", Cause: err}
	}
	return buf.Bytes()[: buf.Len()-1 : buf.Len()-1], nil // without Encode's new line
}

// filled returns a copy of v in which no slice is nil.
func filled(v reflect.Value) reflect.Value {
	if _, ok := v.Interface().(json.Marshaler); ok {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(filled(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.Field(i).Set(filled(v.Field(i)))
			}
		}
	case reflect.Slice:
		c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			reflect.Copy(c, v)
			return c
		}
		for i := range v.Len() {
			c.Index(i).Set(filled(v.Index(i)))
		}
	}
	return c
}

var errNull = comity.Errorf(comity.Invalid, "null is not a value here")

// scan refuses what a JSON parser would be too patient with: depth, long
// arrays, white space, literals, large numbers, and strings that have another
// spelling or another form in Unicode. It does not check the grammar.
func scan(b []byte) error {
	var count [maxDepth + 1]int
	depth := 0
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			n, err := scanString(b[i+1:])
			if err != nil {
				return err
			}
			i += 1 + n
			continue
		case c >= '0' && c <= '9':
			n := uint64(0)
			for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
				if n = n*10 + uint64(b[i]-'0'); n > maxInt {
					return comity.Errorf(comity.Invalid, "a number is larger than 2^53")
				}
			}
			continue
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return comity.Errorf(comity.Invalid, "it is nested deeper than %d", maxDepth)
			}
			count[depth] = 1
		case c == '}' || c == ']':
			if depth--; depth < 0 {
				return comity.Errorf(comity.Invalid, "it closes more than it opens")
			}
		case c == ',':
			if count[depth]++; count[depth] > maxCount {
				return comity.Errorf(comity.Invalid, "an array has more than %d elements", maxCount)
			}
		case c == ':':
		case c == 'n':
			return errNull
		default:
			return comity.Errorf(comity.Invalid, "byte %d stands where no value or sign of JSON may", i)
		}
		i++
	}
	return nil
}

// scanString checks a string up to its closing quote and returns its length
// with that quote. Escaped characters combine with nothing, so the stretches
// between them can be checked one by one.
func scanString(b []byte) (int, error) {
	from, ascii := 0, true
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, checkText(b[from:i], ascii)
		case c == '\\':
			if err := checkText(b[from:i], ascii); err != nil {
				return 0, err
			}
			n := escape(b[i:])
			if n == 0 {
				return 0, comity.Errorf(comity.Invalid, "a string has an escape that is not its one spelling")
			}
			i += n - 1
			from, ascii = i+1, true
		case c < ' ':
			return 0, comity.Errorf(comity.Invalid, "a string has a bare control character")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return 0, comity.Errorf(comity.Invalid, "a string has no end")
}

func checkText(b []byte, ascii bool) error {
	if ascii {
		return nil
	}
	if !utf8.Valid(b) {
		return comity.Errorf(comity.Invalid, "a string is not valid UTF-8")
	}
	if !norm.NFC.IsNormal(b) {
		return comity.Errorf(comity.Invalid, "a string is not in Unicode normal form C")
	}
	return nil
}

// escape returns the length of the escape at the start of b, or 0 if it is not
// one that we would write.
func escape(b []byte) int {
	if len(b) >= 2 && strings.IndexByte(`"\bfnrt`, b[1]) >= 0 {
		return 2
	}
	if len(b) < 6 || b[1] != 'u' {
		return 0
	}
	switch s := string(b[2:6]); s {
	case "0008", "0009", "000a", "000c", "000d":
		return 0
	case "2028", "2029":
		return 6
	default:
		if s[:2] == "00" && (s[2] == '0' || s[2] == '1') && strings.IndexByte("0123456789abcdef", s[3]) >= 0 {
			return 6
		}
	}
	return 0
}
