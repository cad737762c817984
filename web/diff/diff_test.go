package diff

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestOf(t *testing.T) {
	for _, c := range []struct{ name, was, is, lang, want string }{
		{"a word of English is one thing", "the account was opened", "the accounts were opened", "en", "the [-account][+accounts] [-was][+were] opened"},
		{"a character of Chinese is one thing", "账号于三月开立", "账号于五月开立", "zh", "账号于[-三][+五]月开立"},
		{"Chinese within English", "the 账号 is", "the 账户 is", "en", "the 账[-号][+户] is"},
		{"an identifier, by characters", "203.0.113.77", "203.0.113.71", "", "203.0.113.7[-7][+1]"},
		{"nothing was there", "", "new", "en", "[+new]"},
		{"nothing was changed", "same", "same", "en", "same"},
	} {
		if got := marked(Of(c.was, c.is, c.lang)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func marked(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case p.Was && p.Is:
			b.WriteString(p.Text)
		case p.Was:
			b.WriteString("[-" + p.Text + "]")
		default:
			b.WriteString("[+" + p.Text + "]")
		}
	}
	return b.String()
}

// TestNothingIsLost: what was and what is can be read off the parts, whatever they are.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, is := rapid.String().Draw(t, "was"), rapid.String().Draw(t, "is")
		lang := rapid.SampledFrom([]string{"en", "zh-Hans", ""}).Draw(t, "lang")
		var a, b string
		for _, p := range Of(was, is, lang) {
			if p.Was {
				a += p.Text
			}
			if p.Is {
				b += p.Text
			}
		}
		if a != was || b != is || !utf8.ValidString(a+b) {
			t.Fatalf("%q and %q became %q and %q", was, is, a, b)
		}
	})
}
