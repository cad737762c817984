package web

import (
	"maps"
	"net/http"

	"comity"
)

// pages are all pages but the door's, by area. What changes something is a POST.
var pages = []map[string]func(*view) error{
	watchPages, queuePages, matterPages, draftPages, searchPages, designPages,
}

func (s *Server) routes(mux *http.ServeMux) {
	all := map[string]func(*view) error{}
	for _, some := range pages {
		maps.Copy(all, some)
	}
	for pattern, h := range all {
		mux.HandleFunc(pattern, s.page(h))
	}
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, comity.Errorf(comity.NotFound, "there is no such page"))
	})
}
