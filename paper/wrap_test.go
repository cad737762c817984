package paper

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// monospace gives every character the width 1.
func monospace(s string) float64 { return float64(utf8.RuneCountInString(s)) }

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name  string
		s     string
		width float64
		want  string // lines divided by |
	}{
		{"nothing has no line", "", 5, ""},
		{"a line ends after a space", "one two", 5, "one |two"},
		{"a space may hang over the margin", "seven eight", 5, "seven |eight"},
		{"Chinese may break between characters", "快速保全数据", 4, "快速保全|数据"},
		{"no line begins with a full stop", "快速保全。数据", 4, "快速保|全。数据"},
		{"no line begins with a closing bracket", "依照《公约》规定", 5, "依照《公|约》规定"},
		{"no line ends with an opening bracket", "依照《公约》", 3, "依照|《公|约》"},
		{"a long word breaks where it must", "abcdefgh", 3, "abc|def|gh"},
		{"a line feed begins a line", "a\nb", 9, "a|b"},
		{"an empty line is kept", "a\n\nb", 9, "a||b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(wrap(tt.s, tt.width, monospace), "|"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWrapKeepsEveryCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("ab  -。，（）《》“”数据\n1.:/é"))).Draw(t, "s")
		w := rapid.IntRange(1, 12).Draw(t, "width")
		lines := wrap(s, float64(w), monospace)
		if got, want := strings.Join(lines, ""), strings.ReplaceAll(s, "\n", ""); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, l := range lines {
			if n := utf8.RuneCountInString(strings.TrimRight(l, " ")); n > w {
				t.Errorf("line %q is %d wide, more than %d", l, n, w)
			}
		}
	})
}

func TestCharset(t *testing.T) {
	c := readCharset(font)
	n := 0
	for r := range rune(1 << 16) {
		if c.has(r) {
			n++
		}
	}
	if n < 10_000 {
		t.Errorf("%d characters; GB 2312 and Big5 level 1 alone are more", n)
	}
	for r, want := range map[rune]bool{'A': true, ' ': true, '国': true, '齄': true, '國': true, '镕': true, '…': true, 0: false, 0x202e: false, 0xfffd: false, 0x1f600: false, 0x56fd_0000: false, -1: false} {
		if c.has(r) != want {
			t.Errorf("%U: %v, want %v", r, !want, want)
		}
	}
}
