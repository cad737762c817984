package web

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"comity"
	"comity/say"
	"comity/session"
)

func TestErrorsInTheReadersLanguage(t *testing.T) {
	for _, test := range []struct {
		name       string
		err        error
		en, zh     string
		wantDetail bool
	}{
		{"an error of the door needs no more words", fmt.Errorf("send: %w", session.ErrStale), "your key once more", "再次验证密钥", false},
		{"a command's own words follow the kind of trouble", comity.Fieldf("order.holder", "it is empty"), "has to be changed", "须修改", true},
		{"of two that are joined, the first that an officer can act on", errors.Join(comity.Errorf(comity.Conflict, "D-1 is released already"), errors.New("x")), "moved on", "记录已有变化", true},
		{"who called the command wrongly is the desk", errors.New("flag provided but not defined"), "called wrongly", "命令调用有误", true},
	} {
		for lang, want := range map[say.Lang]string{say.English: test.en, say.Chinese: test.zh} {
			n := refused(say.In(lang), test.err)
			if len(n.Text) != 1 || !strings.Contains(n.Text[0], want) {
				t.Errorf("%s: in %s it says %q, want %q", test.name, lang, n.Text, want)
			}
			if got := n.Detail == test.err.Error(); got != test.wantDetail {
				t.Errorf("%s: the detail is %q", test.name, n.Detail)
			}
		}
	}
}
