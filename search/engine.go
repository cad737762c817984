package search

import (
	"fmt"
	"strings"
)

// An Engine is how one database is told words and phrases. Neither may divide or
// change them: each is told what the words are, and where.
type Engine struct {
	Param string // stands for words, as parameter 2
	Match string // asks whether words have what parameter 1 looks for
	Words func([]string) string
	Query func(Query) string
}

// SQLite is FTS5, with its ascii tokenizer.
var SQLite = Engine{
	Param: "$2", Match: "words MATCH $1",
	Words: func(words []string) string { return strings.Join(words, " ") },
	Query: func(q Query) string {
		var list []string
		for _, p := range q {
			list = append(list, `"`+strings.Join(p.Words, " ")+`"`+star(p, " *"))
		}
		return strings.Join(list, " AND ")
	},
}

// Postgres is a tsvector, made by none of PostgreSQL's own parsers.
var Postgres = Engine{
	Param: "$2::text::tsvector", Match: "folded @@ $1::text::tsquery",
	Words: func(words []string) string {
		var b strings.Builder
		for i, w := range words {
			fmt.Fprintf(&b, "'%s':%d ", w, i+1)
		}
		return b.String()
	},
	Query: func(q Query) string {
		var list []string
		for _, p := range q {
			list = append(list, "('"+strings.Join(p.Words, "' <-> '")+"'"+star(p, ":*")+")")
		}
		return strings.Join(list, " & ")
	},
}

func star(p Phrase, sign string) string {
	if p.Prefix {
		return sign
	}
	return ""
}
