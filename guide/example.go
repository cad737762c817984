package guide

import (
	"encoding/json"
	"io/fs"
	"sync"

	"comity/guidelines"
)

// examples are by their types: of each the first in the order of its name.
var examples = sync.OnceValues(func() (map[string]Request, error) {
	names, err := fs.Glob(guidelines.Examples, "examples/ok-*.json")
	all := map[string]Request{}
	for _, name := range names {
		var r Request
		b, err := guidelines.Examples.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(b, &r)
		}
		if err != nil {
			return nil, err
		}
		if _, ok := all[r.Type]; !ok {
			all[r.Type] = r
		}
	}
	return all, err
})

// Example returns a complete request of a type to begin from, about nobody.
func Example(typ string) (Request, bool) {
	all, err := examples()
	if err != nil {
		panic(err) // they come with the program, and a test reads them
	}
	r, ok := all[typ]
	return r, ok
}
