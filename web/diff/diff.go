// Package diff tells what of a text was changed: by words in English, by characters in
// Chinese, where nothing stands between words.
package diff

import (
	"strings"
	"time"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// A Part is a piece of text, which was there before, is there now, or both.
type Part struct {
	Text    string
	Was, Is bool
}

// longest bounds the work on one text. What is then not found to be equal stands as
// taken out and put in, which is still true.
const longest = 200 * time.Millisecond

// Of compares two texts of a language. By characters it compares identifiers too: give
// "zh", or no language.
func Of(was, is, lang string) (parts []Part) {
	// Each different token is a rune, so that the differ never cuts one in two.
	byToken, tokens := map[string]rune{}, []string{}
	code := func(s string) (runes []rune) {
		for _, t := range split(s, strings.HasPrefix(lang, "en")) {
			r, ok := byToken[t]
			if !ok {
				if r = rune(len(tokens) + 1); r >= 0xD800 {
					r += 0x800 // no rune is a surrogate
				}
				byToken[t], tokens = r, append(tokens, t)
			}
			runes = append(runes, r)
		}
		return runes
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = longest
	for _, x := range d.DiffMainRunes(code(was), code(is), false) {
		var b strings.Builder
		for _, r := range x.Text {
			if r >= 0xD800 {
				r -= 0x800
			}
			b.WriteString(tokens[r-1])
		}
		parts = append(parts, Part{b.String(), x.Type != diffmatchpatch.DiffInsert, x.Type != diffmatchpatch.DiffDelete})
	}
	return parts
}

// split cuts a text into words, or into characters.
func split(s string, words bool) (list []string) {
	inWord := false
	for _, r := range s {
		w := words && !unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
		if w && inWord {
			list[len(list)-1] += string(r)
		} else {
			list = append(list, string(r))
		}
		inWord = w
	}
	return list
}
