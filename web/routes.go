package web

import (
	"net/http"

	"comity"
)

// routes are all pages but the door's. What changes something is a POST.
func (s *Server) routes(mux *http.ServeMux) {
	for pattern, h := range map[string]func(*view) error{
		"GET /{$}":                                 (*view).watch,
		"GET /queue":                               (*view).queue,
		"GET /m/{realm}/{ref}":                     (*view).matter,
		"GET /m/{realm}/{ref}/do/{kind}":           (*view).do,
		"POST /m/{realm}/{ref}/do/{kind}":          (*view).do,
		"GET /m/{realm}/{ref}/files/{id}/{cipher}": (*view).file,
		"GET /drafts":                              (*view).drafts,
		"GET /d/{id}":                              (*view).draft,
		"POST /d/{id}/approve":                     (*view).approve,
		"POST /d/{id}/send":                        (*view).send,
		"POST /d/{id}/drop":                        (*view).drop,
		"POST /d/{id}/attach":                      (*view).attach,
		"GET /new":                                 (*view).begin,
		"GET /new/{type}":                          (*view).request,
		"POST /new/{type}":                         (*view).request,
		"GET /open/{kind}":                         (*view).open,
		"POST /open/{kind}":                        (*view).open,
		"GET /settings":                            (*view).settings,
		"POST /settings":                           (*view).settings,
		"GET /help":                                (*view).help,
	} {
		mux.HandleFunc(pattern, s.page(h))
	}
	for _, kind := range []string{"csv", "json", "ics"} {
		mux.HandleFunc("GET /queue."+kind, s.page(func(v *view) error { return v.queueFile(kind) }))
	}
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, comity.Errorf(comity.NotFound, "there is no such page"))
	})
}
