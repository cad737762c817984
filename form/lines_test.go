package form

import (
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	got := Lines([]byte(`{"questions":[{"field":"items[0].from","text":"这是日志的时间吗？"}],"confidentiality":{"no_user_notice":true},"n":3}`))
	want := []string{"questions[0].field: items[0].from", "questions[0].text: 这是日志的时间吗？", "confidentiality.no_user_notice: yes", "n: 3"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Lines([]byte(`{"a":`)); got != nil {
		t.Errorf("of half a body: %q", got)
	}
}

// A refused body is kept and shown, whatever its author made of it.
func TestLinesOfAHostileBodyStaySmall(t *testing.T) {
	if got := Lines([]byte(strings.Repeat("[", 1<<20))); got != nil {
		t.Errorf("of a million brackets: %d lines", len(got))
	}
	got := Lines([]byte(`{"` + strings.Repeat("k", 1<<19) + `":[null` + strings.Repeat(",0", 1<<17) + `]}`))
	if len(got) != 1<<17+1 || len(got[0]) > 200 || !strings.HasSuffix(got[0], "[0]: null") {
		t.Errorf("of a long name: %d lines such as %.100q", len(got), got[:min(1, len(got))])
	}
	if got := Lines([]byte(strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 16))); len(got) != 1 {
		t.Errorf("of 16 levels: %q", got)
	}
}
