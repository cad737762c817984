package seal

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"comity"
)

// A page has each shape that a wire object may have.
type page struct {
	S string       `json:"s"`
	N uint64       `json:"n"`
	B []byte       `json:"b"`
	L []string     `json:"l"`
	H comity.Hash  `json:"h"`
	T comity.Time  `json:"t"`
	O string       `json:"o,omitempty"`
	D *comity.Time `json:"d,omitempty"`
	I []inner      `json:"i,omitempty"`
	P *inner       `json:"p,omitempty"`
}

type inner struct {
	L []comity.Party `json:"l"`
	I []inner        `json:"i,omitempty"`
}

const blank = `{"s":"","n":0,"b":"","l":[],"h":"","t":""}`

func TestEncode(t *testing.T) {
	zero := comity.Time{}
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"nil arrays and bytes are empty", page{}, blank},
		{"and so they are behind a pointer", &page{}, blank},
		{"and in each other", page{I: []inner{{}}, P: &inner{}}, blank[:len(blank)-1] + `,"i":[{"l":[]}],"p":{"l":[]}}`},
		{"a nil list is an empty one", []comity.Signature(nil), `[]`},
		{"letters of HTML stand for themselves", page{S: `<&>`}, strings.Replace(blank, `""`, `"<&>"`, 1)},
		{"quotes and controls are escaped", page{S: "\"\\/\b\f\n\r\t\x00\x1f\x7f"}, strings.Replace(blank, `""`, `"\"\\/\b\f\n\r\t\u0000\u001f`+"\x7f"+`"`, 1)},
		{"line separators are escaped", page{S: "\u2028\u2029"}, strings.Replace(blank, `""`, `"\u2028\u2029"`, 1)},
		{"other scripts stand for themselves", page{S: "é登录😀\uFFFD"}, strings.Replace(blank, `""`, `"é登录😀`+"\uFFFD"+`"`, 1)},
		{"the last integer", page{N: maxInt}, strings.Replace(blank, `0`, `9007199254740992`, 1)},
		{"the word null in a string", page{S: "null"}, strings.Replace(blank, `""`, `"null"`, 1)},
		{"a letter combined after an escape is not the escape's", page{S: "\n\u0301"}, strings.Replace(blank, `""`, `"\n`+"\u0301"+`"`, 1)},
		{"a pointer to no time is written, and is its owner's to refuse", page{D: &zero}, blank[:len(blank)-1] + `,"d":""}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := Encode(c.v)
			if err != nil || string(b) != c.want {
				t.Fatalf("got %s, %v\nwant %s", b, err, c.want)
			}
			v := reflect.New(reflect.TypeOf(c.v))
			if err := Decode(b, 1000, v.Interface()); err != nil {
				t.Errorf("it does not decode: %v", err)
			}
		})
	}
}

func TestEncodeLeavesItsArgumentAlone(t *testing.T) {
	v := page{I: []inner{{}}}
	encode(t, v)
	if v.L != nil || v.I[0].L != nil {
		t.Errorf("Encode changed %+v", v)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
	}{
		{"text that is not in normal form C", page{S: "e\u0301"}},
		{"text that is not UTF-8", page{S: "\xff"}},
		{"negative numbers", struct{ N int }{-1}},
		{"numbers that some programs would round", page{N: maxInt + 1}},
		{"fractions", struct{ F float64 }{0.5}},
		{"truth values", struct{ B bool }{true}},
		{"nil pointers without omitempty", struct{ P *int }{}},
		{"what JSON cannot say", struct{ C chan int }{make(chan int)}},
		{"arrays too long to read again", make([]string, maxCount+1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if b, err := Encode(c.v); !errors.Is(err, comity.Invalid) {
				t.Errorf("got %s, %v", b, err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(blank, old, new, 1) }
	add := func(s string) string { return blank[:len(blank)-1] + "," + s + "}" }
	for _, c := range []struct{ name, b string }{
		{"nothing", ""},
		{"half an object", blank[:20]},
		{"an object and more", blank + "{}"},
		{"a new line after it", blank + "\n"},
		{"white space in it", with(",", ", ")},
		{"members in another order", `{"n":0,"s":"","b":"","l":[],"h":"","t":""}`},
		{"a member missing", with(`"n":0,`, "")},
		{"a member twice", with(`"n":0,`, `"n":0,"n":0,`)},
		{"an unknown member", add(`"x":1`)},
		{"a member in capitals", with(`"n"`, `"N"`)},
		{"an escaped member name", with(`"n"`, `"\u006e"`)},
		{"an empty optional text", add(`"o":""`)},
		{"an empty optional list", add(`"i":[]`)},
		{"null for a list", with("[]", "null")},
		{"null for a text", with(`""`, "null")},
		{"null for an optional member", add(`"p":null`)},
		{"null for all", "null"},
		{"true", add(`"p":true`)},
		{"a minus", with("0", "-0")},
		{"a leading zero", with("0", "00")},
		{"an exponent", with("0", "1e3")},
		{"a fraction", with("0", "0.0")},
		{"a number that some programs would round", with("0", "9007199254740993")},
		{"a number that overflows", with("0", "18446744073709551617")},
		{"a number as text", with("0", `"0"`)},
		{"a slash escaped", with(`""`, `"\/"`)},
		{"a letter escaped", with(`""`, `"\u0041"`)},
		{"a new line escaped the long way", with(`""`, `"\u000a"`)},
		{"a delete escaped", with(`""`, `"\u007f"`)},
		{"capitals in an escape", with(`""`, `"\u001F"`)},
		{"a surrogate", with(`""`, `"\ud83d\ude00"`)},
		{"an escape cut short", `{"s":"\u00`},
		{"a bare control", with(`""`, "\"\x01\"")},
		{"a bare line separator", with(`""`, "\"\u2028\"")},
		{"an angle bracket escaped", with(`""`, `"\u003c"`)},
		{"text that is not UTF-8", with(`""`, "\"\xff\"")},
		{"a surrogate in UTF-8", with(`""`, "\"\xed\xa0\x80\"")},
		{"text that is not in normal form C", with(`""`, "\"e\u0301\"")},
		{"and behind an escape", with(`""`, "\"\\ne\u0301\"")},
		{"base64 with a new line", with(`"b":""`, `"b":"AA\n=="`)},
		{"base64 without padding", with(`"b":""`, `"b":"AA"`)},
		{"base64 with bits left over", with(`"b":""`, `"b":"AB=="`)},
		{"base64 for the web", with(`"b":""`, `"b":"__8="`)},
		{"a hash in capitals", with(`"h":""`, `"h":"`+strings.Repeat("A", 64)+`"`)},
		{"a short hash", with(`"h":""`, `"h":"00"`)},
		{"the zero hash in full", with(`"h":""`, `"h":"`+strings.Repeat("0", 64)+`"`)},
		{"a time without milliseconds", with(`"t":""`, `"t":"2026-11-22T03:14:28Z"`)},
		{"a time with a comma", with(`"t":""`, `"t":"2026-11-22T03:14:28,000Z"`)},
		{"a time in another zone", with(`"t":""`, `"t":"2026-11-22T03:14:28.000+00:00"`)},
		{"a day that is not", with(`"t":""`, `"t":"2026-02-30T03:14:28.000Z"`)},
		{"the zero time in full", with(`"t":""`, `"t":"0001-01-01T00:00:00.000Z"`)},
		{"a list for an object", "[]"},
		{"an array too long", with("[]", `[`+strings.Repeat(`"",`, maxCount)+`""]`)},
		{"too deep", strings.Repeat("[", 1e5)},
		{"depth within an object that would do", add(`"i":[` + strings.Repeat(`{"l":[],"i":[`, 9) + strings.Repeat("]}", 9) + `]`)},
		{"closing what was not opened", "]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := page{S: "left over"}
			err := Decode([]byte(c.b), 1<<20, &v)
			if !errors.Is(err, comity.Invalid) {
				t.Errorf("got %+v, %v", v, err)
			}
			if !reflect.DeepEqual(v, page{}) {
				t.Errorf("it is refused and yet leaves %+v", v)
			}
			if text := fmt.Sprint(err); strings.Contains(text, "json:") || strings.Contains(text, "Go ") || strings.Contains(text, "illegal") {
				t.Errorf("it speaks of our insides: %s", text)
			}
		})
	}
	if err := Decode([]byte(blank), len(blank)-1, &page{}); !errors.Is(err, comity.Invalid) {
		t.Errorf("a byte over the limit: %v", err)
	}
	if err := Decode([]byte(blank), len(blank), &page{}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}
