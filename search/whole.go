package search

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What is one word although signs or spaces stand in it. CERTs write addresses so
// that nobody clicks on them: 192.0.2[.]5.
var (
	grouped = regexp.MustCompile(`[0-9](?:[ ()-]{0,2}[0-9]){7,33}`)
	account = regexp.MustCompile(`[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?`)

	ref    = regexp.MustCompile(`^[a-z]{2}-20[0-9]{2}-[0-9]{6}$`)
	mail   = regexp.MustCompile(`^[a-z0-9._%+~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$`)
	fanged = strings.NewReplacer("[.]", ".", "[:]", ":", "[@]", "@")
	digits = strings.NewReplacer(" ", "", "(", "", ")", "", "-", "")
)

// wholes returns the words of several parts in a plain text, in one spelling each.
func (p plain) wholes() (list []token) {
	for from, to := 0, 0; from < len(p.text); from = to + 1 {
		if to = from + compound(p.text[from:]); to-from < 2 || to-from > 2*longest {
			continue
		}
		s := string(p.text[from:to])
		if !strings.ContainsAny(s, ".:@-") {
			continue
		}
		for _, piece := range pieces(s) {
			if w, ok := whole(piece.word); ok {
				list = append(list, token{word: w, from: from + piece.from, to: from + piece.to})
			}
		}
	}
	for _, at := range grouped.FindAllIndex(p.text, -1) {
		s := string(p.text[at[0]:at[1]])
		if w := digits.Replace(s); w != s && p.alone(at) {
			list = append(list, token{word: w, from: at[0], to: at[1]})
		}
	}
	for _, at := range account.FindAllIndex(p.text, -1) {
		s := string(p.text[at[0]:at[1]])
		for len(s) > 0 && !iban(s) { // it may have taken the word after it in
			s = s[:max(0, strings.LastIndexAny(s, " -"))]
		}
		at[1] = at[0] + len(s)
		if w := digits.Replace(s); w != s && p.alone(at) {
			list = append(list, token{word: w, from: at[0], to: at[1]})
		}
	}
	return list
}

// compound returns how long what text begins with is written without spaces.
func compound(text []byte) (n int) {
	for n < len(text) {
		switch c := text[n]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("._%+:/@~-", c) >= 0:
			n++
		case c == '[' && n+2 < len(text) && text[n+2] == ']' && strings.IndexByte(".:@", text[n+1]) >= 0:
			n += 3
		default:
			return n
		}
	}
	return n
}

// alone reports whether no letter, and no part of it, stands right before or after.
func (p plain) alone(at []int) bool {
	before, _ := utf8.DecodeLastRune(p.text[:at[0]])
	after, _ := utf8.DecodeRune(p.text[at[1]:])
	return !letter(before) && !letter(after) && before != '-' && after != '-'
}

// pieces are a compound and what slashes, and then colons, divide it into: an
// address stands in a URL, before a port, before the length of a prefix.
func pieces(s string) (list []token) {
	add := func(from, to int) {
		if from, to = trim(s, from, to); from < to {
			list = append(list, token{word: s[from:to], from: from, to: to})
		}
	}
	add(0, len(s))
	divide(s, 0, len(s), '/', func(from, to int) {
		if to-from < len(s) {
			add(from, to)
		}
		divide(s, from, to, ':', func(a, b int) {
			if b-a < to-from {
				add(a, b)
			}
		})
	})
	return list
}

func divide(s string, from, to int, sign byte, do func(from, to int)) {
	for i := from; i <= to; i++ {
		if i == to || s[i] == sign {
			do(from, i)
			from = i + 1
		}
	}
}

// trim leaves out the signs at both ends, save the colons of an IPv6 address.
func trim(s string, from, to int) (int, int) {
	for from < to && strings.IndexByte("._-+%/@", s[from]) >= 0 {
		from++
	}
	for from < to && strings.IndexByte("._-+%/@", s[to-1]) >= 0 {
		to--
	}
	if to-from > 1 && s[to-1] == ':' && s[to-2] != ':' {
		to--
	}
	return from, to
}

// whole returns the one spelling of an address or a reference.
func whole(s string) (string, bool) {
	s = fanged.Replace(s)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return a.Unmap().String(), true
	}
	return s, ref.MatchString(s) || mail.MatchString(s)
}

// iban checks the two digits of ISO 13616.
func iban(s string) bool {
	s = digits.Replace(s)
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	sum := 0
	for _, c := range s[4:] + s[:4] {
		switch {
		case '0' <= c && c <= '9':
			sum = (sum*10 + int(c-'0')) % 97
		case 'a' <= c && c <= 'z':
			sum = (sum*100 + int(c-'a') + 10) % 97
		default:
			return false
		}
	}
	return sum == 1
}
