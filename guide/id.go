package guide

import (
	"fmt"
	"strings"
	"unicode"

	"comity"
)

// BadID says what is wrong with an item's id, or nothing. An answer names several
// with commas between them. That there is one, package request says.
func BadID(id string) Text {
	other := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}
	if !strings.ContainsFunc(id, other) {
		return Text{}
	}
	return Text{EN: fmt.Sprintf("%q has more than letters, digits, '.', '_' and '-'; an example is %q", comity.Clip(id), "1"),
		ZH: fmt.Sprintf("“%s”只能含有字母、数字和“.”“_”“-”；示例：“%s”", comity.Clip(id), "1")}
}
