package form

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"comity"
)

// A letter has a member of each shape.
type letter struct {
	Text  string      `json:"text" max:"20" eg:"good morning"`
	About comity.Hash `json:"about,omitzero"`
	Until comity.Time `json:"until,omitzero"`
	Kind  string      `json:"kind,omitempty" need:"guide" one:"note|bill"`
	Sure  bool        `json:"sure,omitempty"`
	Maybe *bool       `json:"maybe,omitempty"`
	Pages []page      `json:"pages,omitempty" need:"yes" max:"64"`
	Words []string    `json:"words,omitempty" max:"8" each:"12" eg:"hello"`
	Inner *inner      `json:"inner,omitempty"`
}

type page struct {
	N     int      `json:"n" eg:"1"`
	Lines []string `json:"lines,omitempty" max:"4" each:"12"`
}

type inner struct {
	Name string `json:"name" max:"4"`
}

func (l *letter) Sense() (errs []error) {
	if l.Kind == "bill" && l.Until.IsZero() {
		errs = append(errs, comity.Fieldf("until", "a bill is due some day"))
	}
	return errs
}

func good() *letter {
	return &letter{Text: "早上好", About: comity.Hash{1}, Kind: "note", Pages: []page{{N: 1, Lines: []string{"a"}}, {N: 2}}, Words: []string{"hello"}, Inner: &inner{"x"}}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	b, err := Encode(good())
	if err != nil {
		t.Fatal(err)
	}
	var got letter
	if err := errors.Join(Decode(b, &got), Check(&got)); err != nil || !reflect.DeepEqual(&got, good()) {
		t.Errorf("got %+v, %v", got, err)
	}
	if !asWritten(b, new(letter)) {
		t.Error("what Encode wrote is not read quickly")
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for _, tt := range []struct{ name, body, field, says string }{
		{"white space and order are free", " {\n\"kind\": \"note\",\"text\":\"a\" } ", "", ""},
		{"an unknown member", `{"text":"a","officer":"b"}`, "officer", "there are text, about"},
		{"a member in other letters", `{"Text":"a"}`, "Text", "no such member"},
		{"a member twice", `{"text":"a","text":"b"}`, "text", "twice"},
		{"a member twice, deep down", `{"pages":[{"n":1},{"n":1,"n":2}]}`, "pages[1].n", "twice"},
		{"a null", `{"text":null}`, "text", "null"},
		{"a number for a text", `{"text":1}`, "text", "not a string"},
		{"a text for a list", `{"pages":"a"}`, "pages", "not a list"},
		{"a list for an object", `[]`, "body", "not an object"},
		{"a fraction for a number", `{"pages":[{"n":1.5}]}`, "pages[0].n", "whole number"},
		{"a negative number", `{"pages":[{"n":-1}]}`, "pages[0].n", "whole number"},
		{"a number beyond 2^53", `{"pages":[{"n":9007199254740993}]}`, "pages[0].n", "whole number"},
		{"a text for a truth", `{"sure":"yes"}`, "sure", "true or false"},
		{"a time without milliseconds", `{"until":"2026-11-22T00:00:00Z"}`, "until", "2026-11-22T03:14:28.000Z"},
		{"a hash in capitals", `{"about":"AB"}`, "about", "hexadecimal"},
		{"something behind", `{"text":"a"}{}`, "body", "follows"},
		{"half an object", `{"text":"a"`, "body", "ends too early"},
		{"half a text", `{"text":"a`, "text", "ends too early"},
		{"nothing", ``, "body", "ends too early"},
		{"no comma", `{"text":"a" "about":""}`, "body", "not JSON: invalid character"},
		{"a list too long", `{"pages":[{}` + strings.Repeat(",{}", 64) + `]}`, "pages", "more than 64 elements"},
		{"a list of texts too long", `{"words":["` + strings.Repeat(`","`, 8) + `"]}`, "words", "more than 8 elements"},
		{"bytes that are not text", "{\"text\":\"\xff\"}", "body", "UTF-8"},
		{"too much", `{"text":"` + strings.Repeat("a", MaxBody) + `"}`, "body", "the most is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Decode([]byte(tt.body), new(letter))
			if tt.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*comity.Error](err)
			if !ok || e.Field != tt.field || !strings.Contains(e.Text, tt.says) {
				t.Errorf("got %v, want %s: %s", err, tt.field, tt.says)
			}
		})
	}
}

func TestCheckNamesTheField(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*letter)
		want string // the whole of what it says; empty if it is good
	}{
		{"a good one", func(*letter) {}, ""},
		{"what the guidelines ask for may be missing", func(l *letter) { l.Kind = "" }, ""},
		{"no text", func(l *letter) { l.Text = "" }, `text: it is empty; an example is "good morning"`},
		{"no pages", func(l *letter) { l.Pages = nil }, "pages: it is empty"},
		{"a page numbered nought", func(l *letter) { l.Pages[1].N = 0 }, ""},
		{"an inner object without its name", func(l *letter) { l.Inner.Name = "" }, "inner.name: it is empty"},
		{"a kind of tomorrow", func(l *letter) { l.Kind = "poem" }, `kind: "poem" is not one of note, bill; an example is "note"`},
		{"a novel", func(l *letter) { l.Text = strings.Repeat("案", 21) }, `text: it has 21 characters; the most is 20; an example is "good morning"`},
		{"too many words", func(l *letter) { l.Words = make([]string, 9) }, `words: it has 9 elements; the most is 8; an example is "hello"`},
		{"a word at length", func(l *letter) { l.Words[0] = "0123456789abc" }, `words[0]: it has 13 characters; the most is 12; an example is "hello"`},
		{"words that turn around", func(l *letter) { l.Text = "a\u202e" }, "U+202E"},
		{"words with a mark that turns", func(l *letter) { l.Text = "a\u200fb" }, "U+200F"},
		{"words that command a terminal", func(l *letter) { l.Text = "a\u009b2Jb" }, "U+009B"},
		{"words that ring", func(l *letter) { l.Text = "a\ab" }, "U+0007"},
		{"lines and tabs", func(l *letter) { l.Text = "a\n\tb" }, ""},
		{"a word that was lost", func(l *letter) { l.Text = "a\ufffd" }, "U+FFFD"},
		{"a word in another spelling", func(l *letter) { l.Words[0] = "cafe\u0301" }, "normal form C"},
		{"a tower of accents", func(l *letter) { l.Text = "b" + strings.Repeat("\u0323", 15) }, "normal form C"},
		{"what no single member shows", func(l *letter) { l.Kind = "bill" }, "until: a bill is due some day"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := good()
			tt.edit(l)
			got := ""
			if err := Check(l); err != nil {
				got = err.Error()
			}
			if got != tt.want && (tt.want == "" || !strings.Contains(got, tt.want) || strings.Contains(got, "\n")) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Half a surrogate pair is JSON, and no text.
func TestHalfACharacterIsRefused(t *testing.T) {
	l := good()
	if err := Decode([]byte(`{"text":"\ud83d","pages":[{"n":1}]}`), l); err != nil {
		t.Fatal(err)
	}
	if err := Check(l); err == nil || !strings.Contains(err.Error(), "U+FFFD") {
		t.Errorf("got %v", err)
	}
}

// A peer's long list must not cost more than it took to send.
func TestALongListIsNotReadIntoMemory(t *testing.T) {
	b := []byte(`{"pages":[{}` + strings.Repeat(",{}", MaxBody/3-10) + `]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := Decode(b, new(letter))
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; err == nil || size > 4*MaxBody {
		t.Errorf("reading it took %d bytes, and gave %v", size, err)
	}
}

func TestLacks(t *testing.T) {
	for path, want := range map[string]string{
		"text": "", "pages": "", "pages[1].n": "", "inner.name": "", "words[0]": "", "maybe": "", "until": "",
		"foo":           `"foo": the letter has no such member; there are text, about`,
		"pages[0].foo":  `pages[0] has no such member; there are n, lines`,
		"pages[2].n":    `"pages[2].n": there is no pages[2]`,
		"pages[-1]":     `there is no pages[-1]`,
		"pages[00]":     `there is no pages[00]`,
		"pages[0":       `there is no pages[0`,
		"pages.n":       `pages has several; say which, such as pages[0]`,
		"text.length":   `text has no members`,
		"until.":        `until has no members`,
		"about.":        `about has no members`,
		"maybe.so":      `maybe has no members`,
		"text[0]":       `there is no text[0]`,
		"":              `the letter has no such member`,
		"inner.name.of": `name has no members`,
	} {
		if got := Lacks(good(), "the letter", path); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"pages[0].n", "pages[0]", true}, {"pages[0]", "pages", true}, {"pages", "pages", true}, {"pages[0]", "pages[0].n", false}, {"text_more", "text", false}} {
		if Within(tt.a, tt.b) != tt.want {
			t.Errorf("%s within %s: want %t", tt.a, tt.b, tt.want)
		}
	}
}

func TestRowsDescribeEachMember(t *testing.T) {
	var got []string
	for _, r := range Rows(good(), reflect.TypeFor[inner]()) {
		got = append(got, strings.Join([]string{r.Path, r.Type, r.Must, r.Says}, " | "))
	}
	want := []string{
		"text | text to 20 | yes | `good morning`", "about | hash | no | ", "until | time | no | ", "kind | text | guide | one of note, bill",
		"sure | true or false | no | ", "maybe | true or false | no | ", "pages | list, at most 64 | yes | ", "pages[].n | integer | yes | `1`",
		"pages[].lines | list of text to 12, at most 4 | no | ", "words | list of text to 12, at most 8 | no | `hello`", "inner | object | no | ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The quick way of reading must agree with the careful one about everything that
// it takes; and what Encode writes it must take, or it would not be quick.
func FuzzDecode(f *testing.F) {
	b, err := Encode(good())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for _, s := range []string{
		`{"pages":[{"n":9007199254740993}]}`, `{"pages":[{"n":-1}]}`, `{"text":"null","about":""}`, `{"text":"\ud800"}`,
		`{"until":"","text":"r"}`, `{"until":"2026-11-22T00:00:00.000\u005a"}`, `{"text":"a","text":"b"}`, `{"Text":"a"}`, `{"text":"a"} `, `{"inner":{"name":":-"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		quick, careful, body := new(letter), new(letter), new(letter)
		err := asTyped(b, careful)
		if utf8.Valid(b) && asWritten(b, quick) && (err != nil || !reflect.DeepEqual(quick, careful)) {
			t.Fatalf("read quickly %+v\ncarefully %+v, %v", quick, careful, err)
		}
		Lacks(body, "the letter", string(b))
		if Decode(b, body) != nil || Check(body) != nil {
			return
		}
		again, err := Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		same := new(letter)
		if err := Decode(again, same); err != nil {
			t.Fatalf("%s: what Encode wrote Decode refuses: %v", again, err)
		}
		if once, err := Encode(same); err != nil || !bytes.Equal(once, again) {
			t.Fatalf("%s: written once more it is %s, %v", again, once, err)
		}
	})
}
