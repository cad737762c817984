package guide_test

import (
	"testing"

	"comity/guide"
)

// There is an example to begin from of each type.
func TestExample(t *testing.T) {
	for _, w := range guide.Shipped().WordList("type") {
		r, ok := guide.Example(w.ID)
		if !ok || r.Type != w.ID {
			t.Errorf("of %s there is %q", w.ID, r.Type)
		}
	}
}
