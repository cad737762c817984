package say

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"

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

// Field is what a member is called: by its whole path, or by its last name.
func (w Words) Field(path string) (string, bool) {
	if s, ok := w.Term("field", path); ok {
		return s, true
	}
	return w.Term("field", last(path))
}

// Value is what one of a member's only values is called: by the member's whole path,
// by its last name, or wherever it stands.
func (w Words) Value(path, id string) (string, bool) {
	for _, key := range []string{path + "." + id, last(path) + "." + id, id} {
		if s, ok := w.Term("value", key); ok {
			return s, true
		}
	}
	return "", false
}

func last(path string) string {
	path = strings.TrimSuffix(index.ReplaceAllString(path, "[]"), "[]")
	return path[strings.LastIndexByte(path, '.')+1:]
}
