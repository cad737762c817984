package web

import (
	"strings"

	"comity/web/page"
)

// searchPages are words in all that an officer may read.
var searchPages = map[string]func(*view) error{"GET /search": (*view).search}

func (v *view) search() error {
	q := v.r.URL.Query()
	x := page.Search{Query: strings.TrimSpace(q.Get("q")), All: q.Get("all") == "yes"}
	if x.Query != "" {
		realm := "live"
		if x.All {
			realm = "all"
		}
		// The words are one argument after "--": none of them is a flag.
		a, err := ask[[]page.Hit](v, "find", "--realm", realm, "--limit", "50", "--", x.Query)
		if err != nil {
			x.Wrong = err.Error()
		}
		x.Hits = a
	}
	f, err := v.frame(v.word.SearchTitle())
	if err != nil {
		return err
	}
	return v.show(f.Search(x))
}
