package say

import (
	_ "embed"
	"encoding/json"
	"regexp"

	"comity"
)

// terms are the names of what rules number: a kind of statement, a state, a member of
// a body. Which there are, the rules say; a test of each holds the file to them.
//
//go:embed terms.json
var termsJSON []byte

var terms = func() (all map[string]map[string]comity.Text) {
	if err := json.Unmarshal(termsJSON, &all); err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return all
}()

var index = regexp.MustCompile(`\[\d+\]`)

// Term is what a list (kind, state, field) calls id, if it has a name for it. The
// indices of a member's path do not matter.
func (w Words) Term(list, id string) (string, bool) {
	t, ok := terms[list][index.ReplaceAllString(id, "[]")]
	return w.Of(t), ok
}

// Named is Term, or id itself.
func (w Words) Named(list, id string) string {
	if s, ok := w.Term(list, id); ok {
		return s
	}
	return id
}
