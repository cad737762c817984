package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"comity"
)

// A Phrase is words that lie beside each other; of the last one perhaps only the
// beginning is known.
type Phrase struct {
	Words  []string
	Prefix bool
}

// A Query is looked for: all its phrases, wherever each stands.
type Query []Phrase

// Bounds of what is looked for.
const (
	MaxQuery   = 1024 // bytes
	MaxPhrases = 16
)

var quotes = map[rune]rune{'"': '"', '“': '”', '„': '“', '「': '」', '『': '』', '«': '»', '＂': '＂'}

// Parse reads what a person looks for: words between spaces, each of which must be
// there; phrases in quotation marks; word* for the beginning of a word. A run of Han
// characters is a phrase without marks, and one alone the beginning of one. An
// address, a reference or a number in groups is found however it is written.
func Parse(s string) (Query, error) {
	if len(s) > MaxQuery {
		return nil, comity.Fieldf("words", "what is looked for has %d bytes; give at most %d", len(s), MaxQuery)
	}
	var q Query
	for _, c := range chunks(strings.ToValidUTF8(s, " ")) {
		for _, p := range phrases(c.text, c.quoted) {
			if !slices.ContainsFunc(q, func(x Phrase) bool { return x.Prefix == p.Prefix && slices.Equal(x.Words, p.Words) }) {
				q = append(q, p)
			}
		}
	}
	if len(q) == 0 {
		return nil, comity.Fieldf("words", "there is no word in what is looked for; give one, such as %s, 服务器 or %s", "ransomware", "192.0.2.5")
	}
	if len(q) > MaxPhrases {
		return nil, comity.Fieldf("words", "%d words and phrases are looked for; give at most %d", len(q), MaxPhrases)
	}
	return q, nil
}

type chunk struct {
	text   string
	quoted bool
}

// chunks divides what was typed at its spaces, save within quotation marks. All of it
// is one if it is a number in groups.
func chunks(s string) (list []chunk) {
	if t := strings.TrimSpace(s); grouped.FindString(strings.TrimPrefix(t, "+")) == strings.TrimPrefix(t, "+") || account.FindString(strings.ToLower(t)) == strings.ToLower(t) && iban(strings.ToLower(t)) {
		return []chunk{{text: t}}
	}
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if end, ok := quotes[r]; ok {
			in, rest, closed := strings.Cut(s[n:], string(end))
			list = append(list, chunk{in, true})
			if s = rest; !closed {
				return list
			}
			continue
		}
		i := strings.IndexFunc(s, func(r rune) bool { _, ok := quotes[r]; return ok || unicode.IsSpace(r) })
		switch {
		case i < 0:
			return append(list, chunk{text: s})
		case i > 0:
			list = append(list, chunk{text: s[:i]})
			s = s[i:]
		default: // a space
			s = s[n:]
		}
	}
	return list
}

// phrases returns what is looked for by a word that was typed, or by a quotation.
func phrases(s string, quoted bool) (q Query) {
	p := simplify(s)
	list := p.tokens()
	if len(list) == 0 {
		return nil
	}
	if !quoted {
		// What is one word as a whole is looked for as that.
		for _, w := range p.wholes() {
			if w.from <= list[0].from && w.to >= list[len(list)-1].to {
				return Query{{Words: []string{w.word}}}
			}
		}
	}
	star := strings.HasSuffix(string(p.text), "*")
	flush := func(words []token, end bool) {
		last := words[len(words)-1]
		switch {
		case !last.run:
			q = append(q, phrase(words, star && end))
		case len(words) > 1 && words[len(words)-2].run && !words[len(words)-2].last:
			q = append(q, phrase(words[:len(words)-1], false)) // the pairs of a run hold its last character
		default:
			q = append(q, phrase(words, true))
		}
	}
	from := 0
	for i := 1; i < len(list); i++ {
		if !quoted && list[i].run != list[i-1].run {
			flush(list[from:i], false)
			from = i
		}
	}
	flush(list[from:], true)
	return q
}

func phrase(list []token, prefix bool) (p Phrase) {
	for _, t := range list {
		p.Words = append(p.Words, t.word)
	}
	p.Prefix = prefix
	return p
}

// fits reports whether a phrase stands at the beginning of the words.
func (p Phrase) fits(list []token) bool {
	if len(list) < len(p.Words) {
		return false
	}
	end := len(p.Words) - 1
	for i, w := range p.Words[:end] {
		if list[i].word != w {
			return false
		}
	}
	return list[end].word == p.Words[end] || p.Prefix && strings.HasPrefix(list[end].word, p.Words[end])
}

// whole reports whether a phrase may be one word of several parts: those have digits or
// an @.
func (p Phrase) whole() bool {
	return len(p.Words) == 1 && strings.ContainsAny(p.Words[0], "0123456789@:")
}

// A Range is a part of a text, in bytes.
type Range struct{ From, To int }

// Highlight returns where a text has what is looked for, in order and without
// overlaps, and which phrases those are: bit i is phrase i of the query.
func Highlight(text string, q Query) (marks []Range, found uint) {
	p := simplify(text)
	running := p.tokens()
	var wholes []token
	if slices.ContainsFunc(q, Phrase.whole) {
		wholes = p.wholes()
	}
	for n, ph := range q {
		if len(ph.Words) == 0 {
			continue
		}
		mark := func(from, to int) {
			found |= 1 << n
			marks = append(marks, Range{int(p.lo[from]), int(p.hi[to-1])})
		}
		for i := range running {
			if !ph.fits(running[i:]) {
				continue
			}
			last := running[i+len(ph.Words)-1]
			if last.run && ph.Prefix { // of a pair only its first character was looked for
				_, size := utf8.DecodeRuneInString(last.word)
				last.to = last.from + size
			}
			mark(running[i].from, last.to)
		}
		if !ph.whole() {
			continue
		}
		for i := range wholes {
			if ph.fits(wholes[i:]) {
				mark(wholes[i].from, wholes[i].to)
			}
		}
	}
	slices.SortFunc(marks, func(a, b Range) int { return a.From - b.From })
	out := marks[:0]
	for _, m := range marks {
		if k := len(out) - 1; k >= 0 && m.From <= out[k].To {
			out[k].To = max(out[k].To, m.To)
		} else {
			out = append(out, m)
		}
	}
	return out, found
}

// Excerpt returns about so many characters of a text around its first mark, and the
// marks in that.
func Excerpt(text string, marks []Range, width int) (string, []Range) {
	from, to := 0, len(text)
	if len(marks) > 0 {
		from = marks[0].From
	}
	for n := 0; n < width/3 && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	for n, i := 0, from; i < len(text); n++ {
		if n == width {
			to = i
			break
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	if to < len(text) {
		after = "…"
	}
	var list []Range
	for _, m := range marks {
		if m.From < to {
			list = append(list, Range{m.From - from + len(before), min(m.To, to) - from + len(before)})
		}
	}
	return before + text[from:to] + after, list
}
