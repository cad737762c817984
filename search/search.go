// Package search makes words of texts, in Chinese and in English, so that any
// database that knows words finds the same in them.
//
// Chinese has no spaces. A run of Han characters becomes its overlapping pairs, and
// its last character alone: 服务器 is 服务, 务器, 器. What is looked for becomes a
// phrase of pairs, which lie beside each other wherever the run occurs; one
// character alone is the beginning of a pair. No dictionary is asked, which would
// not know the names and terms that matter here. (SQLite's trigram tokenizer finds
// nothing of two characters, and most Chinese words have two.)
//
// Before that, what a person would call the same is made the same: full and half
// width, capital and small, traditional and simplified, letters with and without
// marks. Addresses, references, IBANs and numbers written in groups are words of
// their own, as well as the parts between their signs.
//
// A database only narrows: [Highlight] says, on the text itself, whether it holds
// what was looked for, and where.
package search

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// simplified maps traditional characters. Where one has several simplified forms,
// all of them become one: what is found too much is seen to be so, what is not found
// is not missed.
var simplified = sync.OnceValue(func() map[rune]rune {
	m := make(map[rune]rune, len(pairs)/6)
	var from rune
	for _, r := range pairs {
		if from == 0 {
			from = r
			continue
		}
		m[from], from = r, 0
	}
	return m
})

// A plain text is a text in which what is the same is written the same.
type plain struct {
	text   []byte
	lo, hi []int32 // where each byte of it was in the text as it came
}

func simplify(raw string) plain {
	p := plain{text: make([]byte, 0, len(raw)), lo: make([]int32, 0, len(raw)), hi: make([]int32, 0, len(raw))}
	table := simplified()
	for at := 0; at < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[at:])
		lo, hi := at, at+n
		at = hi
		if r < utf8.RuneSelf || common(r) {
			p.add(r, lo, hi, table)
			continue
		}
		parts := norm.NFKD.PropertiesString(raw[lo:hi]).Decomposition()
		if parts == nil {
			p.add(r, lo, hi, table)
		}
		for len(parts) > 0 {
			r, n := utf8.DecodeRune(parts)
			parts = parts[n:]
			p.add(r, lo, hi, table)
		}
	}
	return p
}

func (p *plain) add(r rune, lo, hi int, table map[rune]rune) {
	switch {
	case 'A' <= r && r <= 'Z':
		r += 'a' - 'A'
	case r < utf8.RuneSelf:
	case r == utf8.RuneError:
		r = ' '
	case common(r):
		if s, ok := table[r]; ok {
			r = s
		}
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		return // a mark on a letter, or a character that nobody sees
	default:
		r = unicode.ToLower(r)
		if s, ok := table[r]; ok {
			r = s
		}
	}
	p.text = utf8.AppendRune(p.text, r)
	for len(p.lo) < len(p.text) {
		p.lo, p.hi = append(p.lo, int32(lo)), append(p.hi, int32(hi))
	}
}

// common reports whether r is of the block that has nearly all characters in use.
func common(r rune) bool { return 0x4e00 <= r && r <= 0x9fff }

func han(r rune) bool {
	return common(r) || r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func letter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)) && !han(r)
}

// longest is how long a word may be, in bytes: a SHA-512 is one. What is longer is
// several.
const longest = 128

// A token is a word, and where it stands in the plain text.
type token struct {
	word     string
	from, to int
	run      bool // of Han
	last     bool // the last character of a run, alone
}

// tokens returns the words of a plain text in their order.
func (p plain) tokens() (list []token) {
	for i := 0; i < len(p.text); {
		r, n := utf8.DecodeRune(p.text[i:])
		switch {
		case han(r):
			i = p.run(i, &list)
		case letter(r):
			from := i
			for i < len(p.text) && i-from+n <= longest {
				i += n
				if r, n = utf8.DecodeRune(p.text[i:]); !letter(r) {
					break
				}
			}
			list = append(list, token{word: string(p.text[from:i]), from: from, to: i})
		default:
			i += n
		}
	}
	return list
}

// run reads a run of Han characters, also one that a line's end or spaces divide.
func (p plain) run(i int, list *[]token) int {
	r, n := utf8.DecodeRune(p.text[i:])
	for {
		next, end := i+n, i+n
		var s rune
		size := 0
		for next < len(p.text) {
			if s, size = utf8.DecodeRune(p.text[next:]); !unicode.IsSpace(s) {
				break
			}
			next += size
		}
		if next >= len(p.text) || !han(s) {
			*list = append(*list, token{word: string(r), from: i, to: end, run: true, last: true})
			return end
		}
		*list = append(*list, token{word: string(r) + string(s), from: i, to: next + size, run: true})
		r, i, n = s, next, size
	}
}

// Fold returns the words of a text, in their order, and then those that are of
// several parts.
func Fold(text string) []string {
	p := simplify(text)
	var list []string
	for _, t := range p.tokens() {
		list = append(list, t.word)
	}
	for _, t := range p.wholes() {
		list = append(list, t.word)
	}
	return list
}
