package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"comity"
	"comity/habit"
	"comity/say"
	"comity/session"
	"comity/store"
	"comity/web/frame"
)

// A Session is a person at a seat, and how they like the desk.
type Session struct {
	session.Session
	habit.Preferences
}

// who is the session of a request. A locked one may see nothing but the door.
func (s *Server) who(r *http.Request, live bool) (who Session, err error) {
	token := s.Door.Token(r)
	if token == "" {
		return who, session.ErrNone
	}
	if live {
		who.Session, err = s.Door.Peek(r.Context(), s.Now(), token)
	} else {
		who.Session, err = s.Door.Find(r.Context(), s.Now(), token, r.URL.RequestURI())
	}
	if err != nil {
		return who, err
	}
	err = s.Node.Keeper.View(r.Context(), func(tx *store.Tx) (err error) {
		who.Preferences, err = habit.Preferred(tx, who.Person.ID)
		return err
	})
	return who, err
}

// Visit is where a request came from.
func Visit(r *http.Request) session.Visit {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, _ := netip.ParseAddr(host) // of a listener of ours it always is one
	return session.Visit{Address: addr, Agent: r.UserAgent()}
}

// enter are the routes of the door.
func (s *Server) enter(mux *http.ServeMux) {
	for pattern, h := range map[string]func(*guest) error{
		"GET /signin":              (*guest).signIn,
		"POST /signin":             (*guest).signedIn,
		"POST /signin/certificate": (*guest).certificate,
		"POST /signin/oidc":        (*guest).oidc,
		"GET " + session.Callback:  (*guest).oidcBack,
		"GET /enrol/{link}":        (*guest).enrol,
		"POST /enrol/{link}":       (*guest).enrolled,
		"POST /signout":            (*guest).signOut,
		"POST /lock":               (*guest).lock,
		"POST /settings/language":  (*guest).language,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			g := &guest{s, w, r}
			if err := h(g); err != nil {
				s.fail(w, r, err)
			}
		})
	}
}

// A guest is a request at the door.
type guest struct {
	*Server
	w http.ResponseWriter
	r *http.Request
}

// back is a path of ours, to go on to.
func back(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(s, "//") || strings.Contains(s, `\`) {
		return "/"
	}
	return u.RequestURI()
}

// Ceremony is what a page carries to the browser's passkey and back.
func Ceremony(b session.Begin) string {
	c, err := json.Marshal(b)
	if err != nil || b.Handle == "" {
		return "" // there is none
	}
	return string(c)
}

func (g *guest) signIn() error {
	e := Enter{Back: back(g.r.URL.Query().Get("back")), Certs: g.r.TLS != nil && len(g.r.TLS.VerifiedChains) > 0}
	who, err := g.Server.who(g.r, true)
	var b session.Begin
	switch {
	case err == nil:
		http.Redirect(g.w, g.r, e.Back, http.StatusSeeOther)
		return nil
	case errors.Is(err, session.ErrLocked):
		e.Locked, e.Back = true, back(cmp.Or(who.Back, e.Back))
		b, err = g.Door.BeginAssert(g.r.Context(), g.Now(), who.Session)
		if errors.Is(err, comity.Forbidden) { // who has no key comes back by the way they came
			err = nil
		}
	default:
		b, err = g.Door.BeginLogin(g.r.Context(), g.Now(), Visit(g.r))
	}
	if err != nil {
		return err
	}
	for _, name := range g.Door.Issuers() {
		e.OIDC = append(e.OIDC, frame.Option{Value: name, Label: name})
	}
	return g.door(e, b)
}

func (g *guest) door(e Enter, b session.Begin) error {
	f, err := g.frame(g.r, Session{})
	if err != nil {
		return err
	}
	e.Options, f.Title = Ceremony(b), f.W.SignInTitle()
	return show(g.r.Context(), g.w, http.StatusOK, page{f}.SignIn(e))
}

// answered reads what a page's passkey said: the handle of its ceremony, and the
// credential.
func answered(r *http.Request) (handle string, body []byte, err error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return "", nil, comity.Errorf(comity.Invalid, "the form cannot be read; open the page again")
	}
	return r.PostForm.Get("handle"), []byte(r.PostForm.Get("assertion")), nil
}

func (g *guest) signedIn() error {
	handle, body, err := answered(g.r)
	if err != nil {
		return err
	}
	to := back(g.r.PostForm.Get("back"))
	if who, err := g.Server.who(g.r, true); errors.Is(err, session.ErrLocked) {
		open, err := g.Door.FinishAssert(g.r.Context(), g.Now(), who.Session, handle, body, Visit(g.r))
		if err != nil {
			return err
		}
		return g.go_(back(cmp.Or(open.Back, to)))
	}
	token, _, err := g.Door.FinishLogin(g.r.Context(), g.Now(), handle, body, Visit(g.r))
	return g.in(token, to, err)
}

// in lets the browser in, with its cookie.
func (g *guest) in(token, to string, err error) error {
	if err != nil {
		return err
	}
	if token != "" {
		http.SetCookie(g.w, g.Door.Cookie(token))
	}
	return g.go_(to)
}

func (g *guest) go_(to string) error {
	http.Redirect(g.w, g.r, to, http.StatusSeeOther)
	return nil
}

func (g *guest) certificate() error {
	if _, _, err := answered(g.r); err != nil {
		return err
	}
	token, _, err := g.Door.CertificateLogin(g.r.Context(), g.Now(), g.r.TLS, Visit(g.r))
	return g.in(token, back(g.r.PostForm.Get("back")), err)
}

func (g *guest) oidc() error {
	if _, _, err := answered(g.r); err != nil {
		return err
	}
	var again *session.Session // who is here already is asked once more
	if who, err := g.Server.who(g.r, true); err == nil || errors.Is(err, session.ErrLocked) {
		again = &who.Session
	}
	to, cookie, err := g.Door.BeginOIDC(g.r.Context(), g.Now(), g.r.PostForm.Get("provider"), again, Visit(g.r))
	if err != nil {
		return err
	}
	http.SetCookie(g.w, cookie)
	return g.go_(to)
}

// oidcBack takes the browser back. What it shows is a page of ours with a link: a
// redirect would still be the issuer's, and the browser would not send our cookie.
func (g *guest) oidcBack() error {
	forget := g.Door.OIDCCookie("")
	c, err := g.r.Cookie(forget.Name)
	if err != nil {
		return session.ErrCeremony
	}
	http.SetCookie(g.w, forget)
	token, who, err := g.Door.FinishOIDC(g.r.Context(), g.Now(), c.Value, g.r.URL.Query(), Visit(g.r))
	if err != nil {
		return err
	}
	if token != "" {
		http.SetCookie(g.w, g.Door.Cookie(token))
	}
	f, err := g.frame(g.r, Session{})
	if err != nil {
		return err
	}
	f.Title = f.W.SignInDone()
	return show(g.r.Context(), g.w, http.StatusOK, page{f}.SignedIn(back(cmp.Or(who.Back, "/"))))
}

func (g *guest) enrol() error {
	b, e, err := g.Door.BeginEnrol(g.r.Context(), g.Now(), g.r.PathValue("link"), Visit(g.r))
	if err != nil {
		return err
	}
	f, err := g.frame(g.r, Session{})
	if err != nil {
		return err
	}
	f.Title = f.W.EnrolTitle()
	return show(g.r.Context(), g.w, http.StatusOK, page{f}.Enrol(Enter{Options: Ceremony(b), Person: e.Person.Name, Seats: e.Seats}))
}

func (g *guest) enrolled() error {
	handle, body, err := answered(g.r)
	if err != nil {
		return err
	}
	token, _, err := g.Door.FinishEnrol(g.r.Context(), g.Now(), handle, body, cmp.Or(g.r.PostForm.Get("name"), "passkey "+g.Now().UTC().Format("2006-01-02")), Visit(g.r))
	return g.in(token, "/", err)
}

func (g *guest) signOut() error {
	who, err := g.Server.who(g.r, true)
	if err != nil && !errors.Is(err, session.ErrLocked) {
		return g.go_("/signin")
	}
	if err := g.Door.End(g.r.Context(), g.Now(), who.Actor(g.Now()), who.ID); err != nil {
		return err
	}
	gone := g.Door.Cookie("")
	gone.MaxAge = -1
	http.SetCookie(g.w, gone)
	return g.go_("/signin")
}

func (g *guest) lock() error {
	who, err := g.Server.who(g.r, true)
	if err == nil {
		err = g.Door.Lock(g.r.Context(), g.Now(), who.Session, back(path(g.r.Referer())))
	}
	if err != nil && !errors.Is(err, session.ErrLocked) {
		return err
	}
	return g.go_("/signin")
}

// language changes the language, and comes back to the same place.
func (g *guest) language() error {
	if _, _, err := answered(g.r); err != nil {
		return err
	}
	l, ok := say.Parse(g.r.PostForm.Get("lang"))
	if !ok {
		return comity.Fieldf("lang", "%q is neither en nor zh-Hans", comity.Clip(g.r.PostForm.Get("lang")))
	}
	if who, err := g.Server.who(g.r, true); err == nil {
		who.Language = string(l)
		if err := g.prefer(g.r, who); err != nil {
			return err
		}
	}
	http.SetCookie(g.w, &http.Cookie{Name: "lang", Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: g.r.TLS != nil})
	return g.go_(back(g.r.PostForm.Get("back")))
}

func (s *Server) prefer(r *http.Request, who Session) error {
	return s.Node.DB.Update(r.Context(), func(tx *store.Tx) error { return habit.Prefer(tx, who.Person.ID, who.Preferences) })
}

// has reports whether the person has a desk role.
func (s Session) Has(role session.Role) bool { return slices.Contains(s.Person.Roles, role) }
