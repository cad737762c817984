// Package web is the desk: pages on which officers see what waits, draft, sign and
// release.
//
// It has no rule of its own. What a page shows, and what its buttons do, are the
// commands of the command line, called in this process with the session's seat: see
// call. So the desk can do nothing that a command cannot, and a command cannot lack
// what the desk checks. Pages are made on the server, in package page; each works
// without JavaScript. What is untrusted is text, never markup.
package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"comity"
	"comity/say"
	"comity/session"
	"comity/shell"
	"comity/web/asset"
	"comity/web/errand"
	"comity/web/page"
)

// A Server serves the desk of one node.
type Server struct {
	Node  *shell.Node
	Verbs func(*shell.App) map[string]shell.Command
	Door  *session.Door
	Log   *slog.Logger
	Now   func() time.Time

	runs errand.Runs // of commands that take longer than a page may
	mux  *http.ServeMux
}

// New returns the desk of a node, which calls these commands.
func New(n *shell.Node, verbs func(*shell.App) map[string]shell.Command, log *slog.Logger) (*Server, error) {
	door, err := session.Open(n.DB, n.Config)
	if err != nil {
		return nil, err
	}
	// What a process that was killed was taking in is nobody's.
	left, err := filepath.Glob(filepath.Join(n.Dir, uploads+"*"))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return &Server{Node: n, Verbs: verbs, Door: door, Log: log, Now: n.Keeper.Now}, err
}

// policy lets a page load its own style sheet and script and nothing else, and lets no
// script make markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// maxForm bounds a form without files.
const maxForm = 1 << 20

// Handler returns what serves the desk.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.mux = mux
	mux.HandleFunc("GET /asset/", asset.ServeHTTP)
	s.routes(mux)
	s.enter(mux)
	guard := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				s.Log.Error("a page broke", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				s.fail(w, r, errors.New("the page broke"))
			}
		}()
		if err := guard.Check(r); err != nil {
			s.fail(w, r, comity.Errorf(comity.Forbidden, "the form did not come from this desk; open the page again"))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// A view is a request of somebody who has signed in.
type view struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	who  Session
	word say.Words
}

// page adapts a handler of somebody who has signed in. Who has not is sent to the
// door, and comes back.
func (s *Server) page(h func(*view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := s.who(r, false)
		if err != nil && !errors.Is(err, comity.Untrusted) {
			s.fail(w, r, err)
			return
		}
		if err != nil {
			back := r.URL.RequestURI()
			if r.Method != http.MethodGet {
				back = cmp.Or(path(r.Referer()), "/")
			}
			http.Redirect(w, r, "/signin?back="+url.QueryEscape(back), http.StatusSeeOther)
			return
		}
		if who.Seat == "" && r.URL.Path == "/" {
			http.Redirect(w, r, "/settings", http.StatusSeeOther)
			return
		}
		if who.Seat == "" && !seatless(r.URL.Path) {
			s.fail(w, r, comity.Errorf(comity.Forbidden, "you sit at no seat, and matters are read at one; an administrator assigns it"))
			return
		}
		v := &view{s, w, r, who, say.In(s.lang(r, who))}
		if flagged(r.URL.Path) {
			s.fail(w, r, comity.Errorf(comity.NotFound, "there is no such page"))
			return
		}
		if err := h(v); err != nil {
			v.fail(w, r, err)
		}
	}
}

// flagged reports whether a word of a path would be read as a flag of a command.
func flagged(path string) bool { return strings.Contains(path, "/-") }

// seatless reports whether a page is for persons, wherever they sit: they read no
// matter there.
func seatless(path string) bool {
	return slices.ContainsFunc([]string{"/settings", "/help", "/design"}, func(p string) bool {
		return path == p || strings.HasPrefix(path, p+"/")
	})
}

// path is the part of a URL that is ours.
func path(ref string) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// lang is the person's, or else the browser's.
func (s *Server) lang(r *http.Request, who Session) say.Lang {
	if l, ok := say.Parse(who.Language); ok {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil {
		if l, ok := say.Parse(c.Value); ok {
			return l
		}
	}
	l, _ := say.Accepted(r.Header.Get("Accept-Language"))
	return cmp.Or(l, say.English)
}

// frame is what stands around a page.
func (s *Server) frame(r *http.Request, who Session) (page.Frame, error) {
	f := page.Frame{W: say.In(s.lang(r, who)), Path: r.URL.RequestURI(), Party: s.Node.Party, Seat: who.Seat, Person: who.Person.Name, Now: s.Now(),
		Theme: who.Theme, Density: who.Density, Keys: who.Keys, CSS: asset.CSS, JS: asset.JS}
	f.Nav = "/" + strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0]
	return f, s.surround(r.Context(), &f)
}

func (v *view) frame(title string) (page.Frame, error) {
	f, err := v.Server.frame(v.r, v.who)
	f.Title = title
	if v.who.Seat != "" {
		f.Live = "/live"
	}
	return f, err
}

// show writes a page.
func (v *view) show(c templ.Component) error { return show(v.r.Context(), v.w, http.StatusOK, c) }

func show(ctx context.Context, w http.ResponseWriter, status int, c templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	return c.Render(ctx, w)
}

// to sends the browser on after a form.
func (v *view) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// statuses are those of errors, by the exit status that a command would have.
var statuses = map[int]int{2: 400, 3: 422, 4: 409, 5: 403, 6: 404, 7: 503}

// fail shows what did not happen, where the text is, and what to do. A thing that is
// not there and one that may not be known of get the same bytes.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	who, none := s.who(r, true)
	if none != nil {
		who = Session{}
	}
	status := cmp.Or(statuses[shell.Status(err)], 500)
	f, broken := s.frame(r, who)
	n := page.Notice{Tone: "late"}
	switch {
	case errors.Is(err, session.ErrLink):
		n = refused(f.W, err)
	case status == 404:
		n.Head, n.Text = f.W.ErrorNotFound(), []string{f.W.ErrorNotFoundSays()}
	case status == 500:
		n.Head, n.Text, n.Ref = f.W.ErrorOurs(), []string{f.W.ErrorOursSays()}, ref()
		s.Log.Error("a page failed", "ref", n.Ref, "path", r.URL.Path, "err", err, "frame", broken)
	default:
		n = refused(f.W, err)
		n.Text, n.Ref = append(n.Text, f.W.ErrorNothing()), ref()
		s.Log.Info("a page refused", "ref", n.Ref, "path", r.URL.Path, "err", err)
	}
	f.Title, f.Nav = n.Head, "/"                 // there is no knowing what there is beside it
	_ = show(r.Context(), w, status, f.Wrong(n)) // who has gone needs no page
}

// ref is a name for what went wrong that can be read over the telephone.
func ref() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // it never fails
	return "E-" + base32.StdEncoding.EncodeToString(b)[:6]
}
