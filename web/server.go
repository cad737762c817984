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
	"io"
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
	"comity/clock"
	"comity/config"
	"comity/record"
	"comity/say"
	"comity/session"
	"comity/store"
	"comity/web/asset"
	"comity/web/errand"
	"comity/web/frame"
)

// A Node is what the desk asks of the party's node.
type Node struct {
	config.Config
	Dir    string
	DB     *store.DB
	Keeper *record.Keeper

	// Call runs one of the commands. Nothing is wrong with one that found something: it
	// has said so in its result.
	Call func(ctx context.Context, c Command) error

	// Zones are the capitals of the party and of these peers.
	Zones func(tx *store.Tx, peers ...comity.Party) []clock.Zone

	// Newest is when the newest of the matters changed that a seat may know of.
	Newest func(ctx context.Context, seat comity.Seat) (time.Time, error)

	// Usage reports whether an error is one of how a command was called.
	Usage func(error) bool
}

// A Command is one of the party's, run for somebody who has signed in.
type Command struct {
	Args  []string
	Seat  comity.Seat
	Lang  string // en, zh
	Stdin io.Reader
	Out   io.Writer      // its result, JSON
	Told  func(done int) // hears how far long work has come
}

// Pages are some of the desk's pages, by the pattern of their path. What changes
// something is a POST.
type Pages map[string]func(*View) error

// An Area is the pages of one kind of work.
type Area struct {
	Pages  Pages
	Sample func(frame.Frame) []templ.Component // its parts, which /design draws; nil: none
}

// In returns pages as their own package has them: with its own view of a request.
func In[V any](view func(*View) V, pages map[string]func(V) error) Pages {
	all := Pages{}
	for pattern, h := range pages {
		all[pattern] = func(v *View) error { return h(view(v)) }
	}
	return all
}

// A Server shows the desk of one node.
type Server struct {
	Node  Node
	Door  *session.Door
	Log   *slog.Logger
	Now   func() time.Time
	areas []Area

	// Who says who asks; live is whether the page itself does, which keeps no session
	// from being idle. New sets what the door knows.
	Who func(r *http.Request, live bool) (Session, error)

	Runs errand.Runs // of commands that take longer than a page may
	mux  *http.ServeMux

	streams tally
}

// New returns the desk of a node.
func New(n Node, log *slog.Logger, areas ...Area) (*Server, error) {
	door, err := session.Open(n.DB, n.Config)
	if err != nil {
		return nil, err
	}
	// What a process that was killed was taking in is nobody's.
	left, err := filepath.Glob(filepath.Join(n.Dir, uploads+"*"))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	s := &Server{Node: n, Door: door, Log: log, Now: n.Keeper.Now, areas: areas}
	s.Who = s.who
	return s, err
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
	for pattern, h := range own {
		mux.HandleFunc(pattern, s.page(h))
	}
	for _, a := range s.areas {
		for pattern, h := range a.Pages {
			mux.HandleFunc(pattern, s.page(h))
		}
	}
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, comity.Errorf(comity.NotFound, "there is no such page"))
	})
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
				s.Log.Error("a page broke", "page", r.Pattern, "panic", v, "stack", string(debug.Stack()))
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

// A View is a request of somebody who has signed in.
type View struct {
	*Server
	W    http.ResponseWriter
	R    *http.Request
	Who  Session
	Word say.Words
}

// Matter is the matter that the path names.
func (v *View) Matter() (realm, ref string) { return v.R.PathValue("realm"), v.R.PathValue("ref") }

// own are the pages that are of no area.
var own = Pages{
	"GET /settings":  (*View).settings,
	"POST /settings": (*View).settings,
	"GET /help":      (*View).help,
	"GET /tour":      (*View).tour,
	"GET /design":    (*View).design,
	"POST /again":    (*View).asserted,
}

// page adapts a handler of somebody who has signed in. Who has not is sent to the
// door, and comes back.
func (s *Server) page(h func(*View) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := s.Who(r, false)
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
			begin := "/settings"
			if administers(who) {
				begin = "/admin"
			}
			http.Redirect(w, r, begin, http.StatusSeeOther)
			return
		}
		if who.Seat == "" && !seatless(r.URL.Path) {
			s.fail(w, r, comity.Errorf(comity.Forbidden, "you sit at no seat, and matters are read at one; an administrator assigns it"))
			return
		}
		v := &View{s, w, r, who, say.In(s.lang(r, who))}
		if flagged(r.URL.Path) {
			s.fail(w, r, comity.Errorf(comity.NotFound, "there is no such page"))
			return
		}
		err = h(v)
		if errors.Is(err, session.ErrStale) {
			err = v.again()
		}
		if err != nil {
			v.fail(w, r, err)
		}
	}
}

// flagged reports whether a word of a path would be read as a flag of a command.
func flagged(path string) bool { return strings.Contains(path, "/-") }

// administers reports whether a person has the pages of administration.
func administers(who Session) bool {
	return who.Has(session.Administrator) || who.Has(session.Inspector)
}

// seatless reports whether a page is for persons, wherever they sit: they read no
// matter there. Of /admin the commands decide, by the person's roles.
func seatless(path string) bool {
	return slices.ContainsFunc([]string{"/settings", "/help", "/tour", "/design", "/admin", "/again"}, func(p string) bool {
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
func (s *Server) frame(r *http.Request, who Session) (frame.Frame, error) {
	f := frame.Frame{W: say.In(s.lang(r, who)), Path: r.URL.RequestURI(), Party: s.Node.Party, Seat: who.Seat, Person: who.Person.Name, Now: s.Now(),
		Theme: who.Theme, Density: who.Density, Keys: who.Keys, CSS: asset.CSS, JS: asset.JS,
		Admin: administers(who)}
	f.Nav = "/" + strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0]
	return f, s.surround(r.Context(), &f)
}

func (v *View) Frame(title string) (frame.Frame, error) {
	f, err := v.Server.frame(v.R, v.Who)
	f.Title = title
	if v.Who.Seat != "" {
		f.Live = "/live"
	}
	return f, err
}

// Show writes a page.
func (v *View) Show(c templ.Component) error { return v.ShowAs(http.StatusOK, c) }

// ShowAs writes a page that has another status.
func (v *View) ShowAs(status int, c templ.Component) error {
	return show(v.R.Context(), v.W, status, c)
}

func show(ctx context.Context, w http.ResponseWriter, status int, c templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	return c.Render(ctx, w)
}

// To sends the browser on after a form.
func (v *View) To(path string) error {
	http.Redirect(v.W, v.R, path, http.StatusSeeOther)
	return nil
}

// statuses are those of errors.
var statuses = map[comity.Trouble]int{comity.Invalid: 422, comity.TooMuch: 422, comity.Conflict: 409, comity.Forbidden: 403, comity.Untrusted: 403,
	comity.NotFound: 404, comity.Unavailable: 503}

func (s *Server) status(err error) int {
	if s.Node.Usage(err) {
		return http.StatusBadRequest
	}
	k, _ := errors.AsType[comity.Trouble](err)
	return cmp.Or(statuses[k], http.StatusInternalServerError)
}

// fail shows what did not happen, where the text is, and what to do. A thing that is
// not there and one that may not be known of get the same bytes. What it logs names the
// kind of page: a path may hold a link that lets somebody in.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	who, none := s.Who(r, true)
	if none != nil {
		who = Session{}
	}
	status := s.status(err)
	f, broken := s.frame(r, who)
	n := frame.Notice{Tone: "late"}
	switch {
	case errors.Is(err, session.ErrLink):
		n = refused(f.W, err)
	case status == 404:
		n.Head, n.Text = f.W.ErrorNotFound(), []string{f.W.ErrorNotFoundSays()}
	case status == 500:
		n.Head, n.Text, n.Ref = f.W.ErrorOurs(), []string{f.W.ErrorOursSays()}, ref()
		s.Log.Error("a page failed", "ref", n.Ref, "page", r.Pattern, "err", err, "frame", broken)
	default:
		n = refused(f.W, err)
		n.Text, n.Ref = append(n.Text, f.W.ErrorNothing()), ref()
		if part := strings.Split(r.URL.Path, "/"); len(part) > 3 && part[1] == "m" {
			n.Matter = frame.Path(comity.Realm(part[2]), comity.Ref(part[3]))
		}
		s.Log.Info("a page refused", "ref", n.Ref, "page", r.Pattern, "err", err)
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
