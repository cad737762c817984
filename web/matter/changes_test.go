package matter

import (
	"strings"
	"testing"
)

func TestChanges(t *testing.T) {
	got := changes([]string{"a: 1", "b: 2", "c: 3"}, []string{"a: 1", "b: 4", "d: 5"})
	want := "b 2 4, d  5, c 3 "
	var list []string
	for _, c := range got {
		list = append(list, c.Path+" "+c.Was+" "+c.Is)
	}
	if s := strings.Join(list, ", "); s != want {
		t.Errorf("got %q, want %q", s, want)
	}
}
