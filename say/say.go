// Package say has every word that a face shows, in English and in Simplified
// Chinese, from one catalogue.
//
// The catalogue is the files of text, one for each area: under each key a text in
// both languages, in which {n} stands for a number and any other {name} for a text.
// A text that depends on the number is an object of "one" and "other". Generate
// makes a method of each key, so that a word that is missing does not compile:
//
//	"queue.new": {"en": {"one": "{n} new matter", "other": "{n} new matters"}, "zh": "{n} 项新事项"}
//	w.QueueNew(3)  // 3 new matters, 3 项新事项
//
// What the rules say (a ground, a check, a state) stands beside the rules in both
// languages, as a comity.Text; Of chooses.
package say

//go:generate go run ./gen

import (
	"strconv"
	"strings"

	"comity"
)

// A Lang is a language that faces speak.
type Lang string

// The languages, by their tags of BCP 47.
const (
	English Lang = "en"
	Chinese Lang = "zh-Hans"
)

// Langs are all of them.
var Langs = []Lang{English, Chinese}

// Parse reads a language as a person or a browser names it: zh, zh-CN, en-GB.
func Parse(s string) (Lang, bool) {
	switch base, _, _ := strings.Cut(strings.ToLower(s), "-"); base {
	case "en":
		return English, true
	case "zh":
		return Chinese, true
	}
	return "", false
}

// Accepted returns the first language of an Accept-Language header that there is.
func Accepted(header string) (Lang, bool) {
	for tag := range strings.SplitSeq(header, ",") {
		tag, _, _ = strings.Cut(tag, ";") // without its weight, if it has one
		if l, ok := Parse(strings.TrimSpace(tag)); ok {
			return l, true
		}
	}
	return "", false
}

// Words says everything in one language.
type Words struct{ Lang Lang }

// In returns the words of a language; of one that there is not, English.
func In(l Lang) Words {
	if l != Chinese {
		l = English
	}
	return Words{l}
}

// Short is the language as commands and rules name it: en or zh.
func (w Words) Short() string { return string(w.Lang[:2]) }

// Other is the other language.
func (w Words) Other() Lang {
	if w.Lang == Chinese {
		return English
	}
	return Chinese
}

// Of says what a rule says.
func (w Words) Of(t comity.Text) string { return t.In(w.Short()) }

// entry is a key in one language: one is empty unless it depends on the number.
type entry struct{ one, other string }

func (w Words) entry(key int) entry {
	if w.Lang == Chinese {
		return zh[key]
	}
	return en[key]
}

// text fills in name and value, name and value.
func (w Words) text(key int, pairs ...string) string {
	s := w.entry(key).other
	if len(pairs) == 0 {
		return s
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// count fills in the number too.
func (w Words) count(key, n int, pairs ...string) string {
	e := w.entry(key)
	s := e.other
	if n == 1 && e.one != "" {
		s = e.one
	}
	return strings.NewReplacer(append(pairs, "{n}", strconv.Itoa(n))...).Replace(s)
}
