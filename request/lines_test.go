package request

import (
	"slices"
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
