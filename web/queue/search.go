package queue

import (
	"strings"

	"comity/web"
)

// searchPages are words in all that an officer may read.
var searchPages = map[string]func(*view) error{"GET /search": (*view).search}

func (v *view) search() error {
	q := v.R.URL.Query()
	x := Search{Query: strings.TrimSpace(q.Get("q")), All: q.Get("all") == "yes"}
	if x.Query != "" {
		realm := "live"
		if x.All {
			realm = "all"
		}
		// The words are one argument after "--": none of them is a flag.
		a, err := web.Ask[[]Hit](v.View, "find", "--realm", realm, "--limit", "50", "--", x.Query)
		if err != nil {
			x.Wrong = err.Error()
		}
		x.Hits = a
	}
	f, err := v.frame(v.Word.SearchTitle())
	if err != nil {
		return err
	}
	return v.Show(f.Search(x))
}
