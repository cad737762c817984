package say

import (
	_ "embed"
	"encoding/json"
	"maps"
	"regexp"

	"comity"
)

// terms are the names of what rules number: a kind of statement, a state, a member of
// a body. Which there are, the rules say; a test of each holds the file to them.
//
//go:embed terms.json
var termsJSON []byte

// ownJSON has the names of our own file: what never crosses has no guidelines.
//
//go:embed own.json
var ownJSON []byte

var terms = func() map[string]map[string]comity.Text {
	all := map[string]map[string]comity.Text{}
	for _, file := range [][]byte{ownJSON, termsJSON} { // what crosses has its names from the second
		var some map[string]map[string]comity.Text
		if err := json.Unmarshal(file, &some); err != nil {
			panic(err) // the file is part of the program, and a test reads it
		}
		for list, names := range some {
			if all[list] == nil {
				all[list] = map[string]comity.Text{}
			}
			maps.Copy(all[list], names)
		}
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
