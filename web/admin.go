package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"comity"
	"comity/session"
	"comity/web/page"
)

// adminPages are persons, sessions, and what programs may do; and the keys of
// whoever asks.
var adminPages = map[string]func(*view) error{
	"GET /admin":                      (*view).admin,
	"POST /admin":                     (*view).newPerson,
	"GET /admin/p/{id}":               (*view).person,
	"POST /admin/p/{id}/{do}":         (*view).personDo,
	"GET /admin/p/{id}/key/{key}":     (*view).personKey,
	"POST /admin/recover/{id}":        (*view).recover,
	"GET /admin/sessions":             (*view).sessions,
	"POST /admin/sessions/{id}":       (*view).sessionEnd,
	"GET /admin/tokens":               (*view).tokens,
	"POST /admin/tokens":              (*view).newToken,
	"POST /admin/tokens/{id}":         (*view).tokenEnd,
	"GET /admin/journal":              (*view).journal,
	"GET /admin/who":                  (*view).resolve,
	"POST /admin/who":                 (*view).resolve,
	"GET /settings/keys":              (*view).keys,
	"GET /settings/keys/add":          (*view).keyAdd,
	"POST /settings/keys/add":         (*view).keyAdd,
	"POST /settings/keys/{id}/revoke": (*view).keyRevoke,
	"POST /settings/sessions":         (*view).sessionEnd,
	"POST /settings/sessions/{id}":    (*view).sessionEnd,
	"POST /settings/tokens":           (*view).newToken,
	"POST /settings/tokens/{id}":      (*view).tokenEnd,
	"POST /again":                     (*view).asserted,
}

// again asks for the key once more, and keeps what was sent.
func (v *view) again() error {
	e := page.Enter{Back: v.r.URL.RequestURI()}
	b, err := v.Door.BeginAssert(v.r.Context(), v.Now(), v.who.Session)
	if err != nil && !errors.Is(err, comity.Forbidden) {
		return err
	}
	if e.Options = ceremony(b); e.Options == "" { // who has no key is asked by the issuer
		for _, name := range v.Door.Issuers() {
			e.OIDC = append(e.OIDC, page.Option{Value: name, Label: name})
		}
	}
	f, err := v.frame(v.word.AgainTitle())
	if err != nil {
		return err
	}
	sent := ""
	if v.r.Method == http.MethodPost {
		v.r.PostForm.Set("again", "yes") // so that it is not empty
		sent = v.r.PostForm.Encode()
	}
	return show(v.r.Context(), v.w, http.StatusForbidden, f.Again(e, sent))
}

// asserted takes the key's answer, and does what it was asked for.
func (v *view) asserted() error {
	if err := v.parse(); err != nil {
		return err
	}
	form := v.r.PostForm
	if _, err := v.Door.FinishAssert(v.r.Context(), v.Now(), v.who.Session, form.Get("handle"), []byte(form.Get("assertion")), visit(v.r)); err != nil {
		return err
	}
	to := back(form.Get("to"))
	sent := form.Get("sent")
	u, err := url.Parse(to)
	if err != nil || sent == "" || u.Path == "/again" {
		return v.to(to)
	}
	r := v.r.Clone(v.r.Context())
	r.URL, r.RequestURI, r.Form, r.PostForm, r.MultipartForm = u, to, nil, nil, nil
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(sent)), int64(len(sent))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.mux.ServeHTTP(v.w, r)
	return nil
}

// named is a path's value that is to be a word of a command, and never its flag.
func (v *view) named(value string) string { return strings.TrimLeft(v.r.PathValue(value), "-") }

// does what a form asks by a command, and goes on.
func (v *view) does(to string, stdin io.Reader, args ...string) error {
	if _, err := v.call(stdin, args...); err != nil {
		return err
	}
	return v.to(to)
}

func (v *view) admin() error {
	x := page.Admin{Administrator: v.who.has(session.Administrator), Inspector: v.who.has(session.Inspector)}
	var err error
	if x.Administrator || !x.Inspector { // who is neither is told so
		if x.Persons, err = ask[[]page.Person](v, "person", "list"); err != nil {
			return err
		}
		if x.Recoveries, err = ask[[]page.Recovery](v, "recover", "list"); err != nil {
			return err
		}
	}
	f, err := v.frame(v.word.AdminTitle())
	if err != nil {
		return err
	}
	return v.show(f.Admin(x))
}

// linked shows an enrolment link, once.
func (v *view) linked(args ...string) error {
	l, err := ask[page.Linked](v, args...)
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.LinkTitle())
	if err != nil {
		return err
	}
	return v.show(f.Linked(l))
}

func (v *view) newPerson() error {
	if err := v.parse(); err != nil {
		return err
	}
	p := v.r.PostForm
	return v.linked("enrol", "--name="+p.Get("name"), "--roles="+strings.Join(p["roles"], ","), "--seats="+p.Get("seats"))
}

func (v *view) person() error {
	list, err := ask[[]page.Person](v, "person", "list", v.named("id"))
	if err != nil {
		return err
	}
	f, err := v.frame(list[0].Name)
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	var issuers []page.Option
	for _, i := range v.Node.Desk.Issuers {
		issuers = append(issuers, page.Option{Value: i.URL, Label: i.Name})
	}
	return v.show(f.PersonPage(list[0], issuers, v.Node.Desk.Authorities != ""))
}

// personDo does one thing to a person.
func (v *view) personDo() error {
	if err := v.parse(); err != nil {
		return err
	}
	id, p := v.named("id"), v.r.PostForm
	here := "/admin/p/" + url.PathEscape(id)
	switch v.r.PathValue("do") {
	case "roles":
		return v.does(here, nil, "person", "roles", id, "--roles="+strings.Join(p["roles"], ","))
	case "seat":
		return v.does(here, nil, "person", "seats", id, "--add="+p.Get("seats"))
	case "unseat":
		return v.does(here, nil, "person", "seats", id, "--remove="+p.Get("seats"))
	case "revoke":
		return v.does(here, nil, "person", "revoke", strings.TrimLeft(p.Get("key"), "-"))
	case "attach":
		if text := p.Get("certificate"); text != "" {
			return v.does(here, strings.NewReader(text), "person", "attach", id, "--certificate=-")
		}
		return v.does(here, nil, "person", "attach", id, "--issuer="+p.Get("issuer"), "--subject="+p.Get("subject"))
	case "detach":
		return v.does(here, nil, "person", "detach", "--kind="+p.Get("kind"), "--name="+p.Get("name"))
	case "link":
		return v.linked("person", "link", id, "--seats="+p.Get("seats"))
	case "recover":
		return v.does("/admin", nil, "recover", "ask", id, "--reason="+p.Get("reason"))
	case "leave":
		return v.does("/admin", nil, "person", "leave", id)
	}
	return comity.Errorf(comity.NotFound, "nothing of a person is called that")
}

// personKey hands out a passkey as comity seat rekey --passkey takes it.
func (v *view) personKey() error {
	k, err := ask[comity.Key](v, "person", "key", v.named("id"), "--id="+v.r.PathValue("key"))
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Content-Disposition", `attachment; filename="passkey-`+v.named("id")+`.json"`)
	return json.NewEncoder(v.w).Encode(k)
}

func (v *view) recover() error { return v.linked("recover", "approve", v.named("id")) }

func (v *view) sessions() error {
	list, err := ask[[]page.Sitting](v, "session", "list")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.SessionsTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.show(f.Sessions(list, v.who.ID))
}

// within is the page that a form of tokens or sessions stands on.
func (v *view) within(admin string) string {
	if strings.HasPrefix(v.r.URL.Path, "/settings/") {
		return "/settings/keys"
	}
	return admin
}

func (v *view) sessionEnd() error {
	id := v.named("id")
	if id == "" {
		id = "--others"
	}
	return v.does(v.within("/admin/sessions"), nil, "session", "end", id)
}

func (v *view) tokens() error {
	list, err := ask[[]page.Token](v, "api", "tokens")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.TokensTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.show(f.TokensPage(list))
}

func (v *view) newToken() error {
	if err := v.parse(); err != nil {
		return err
	}
	p := v.r.PostForm
	t, err := ask[page.Token](v, "api", "token", "--name="+p.Get("name"), "--seat="+p.Get("seat"), "--verbs="+p.Get("verbs"), "--expires="+p.Get("expires"))
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.TokensTitle())
	if err != nil {
		return err
	}
	return v.show(f.NewToken(t))
}

func (v *view) tokenEnd() error {
	return v.does(v.within("/admin/tokens"), nil, "api", "revoke", v.named("id"))
}

// entries is how many lines of the journal a page has.
const entries = 100

func (v *view) journal() error {
	q := v.r.URL.Query()
	x := page.Journal{Kind: q.Get("kind"), Who: q.Get("who"), From: 1}
	if n, err := strconv.ParseInt(q.Get("from"), 10, 64); err == nil && n > 0 {
		x.From = n
	}
	var err error
	x.List, err = ask[[]page.Logged](v, "log", "journal", "--from="+strconv.FormatInt(x.From, 10), "--limit="+strconv.Itoa(entries), "--kind="+x.Kind, "--who="+x.Who)
	if err != nil {
		return err
	}
	if len(x.List) == entries {
		x.Next = "/admin/journal?" + url.Values{"from": {strconv.FormatInt(x.List[entries-1].N+1, 10)}, "kind": {x.Kind}, "who": {x.Who}}.Encode()
	}
	f, err := v.frame(v.word.JournalTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.show(f.JournalPage(x))
}

// resolve tells an inspector who sat at a seat.
func (v *view) resolve() error {
	var x page.Resolved
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		p := v.r.PostForm
		x.Seat, x.At, x.Asked = p.Get("seat"), p.Get("at"), true
		var err error
		if x.List, err = ask[[]page.Sat](v, "who", "--seat="+x.Seat, "--at="+x.At, "--reason="+p.Get("reason")); err != nil {
			return err
		}
	}
	f, err := v.frame(v.word.WhoTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.show(f.Who(x))
}

// keys are the keys, sessions and tokens of whoever asks.
func (v *view) keys() (err error) {
	var x page.Keys
	if x.Passkeys, err = ask[[]page.Passkey](v, "person", "key"); err != nil {
		return err
	}
	if x.Sessions, err = ask[[]page.Sitting](v, "session", "list", "--own"); err != nil {
		return err
	}
	if x.Tokens, err = ask[[]page.Token](v, "api", "tokens", "--own"); err != nil {
		return err
	}
	f, err := v.frame(v.word.KeysTitle())
	if err != nil {
		return err
	}
	f.Nav = "/settings"
	return v.show(f.KeysPage(x, v.who.ID))
}

// keyAdd enrols a further passkey.
func (v *view) keyAdd() error {
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		p := v.r.PostForm
		if _, err := v.Door.FinishAdd(v.r.Context(), v.Now(), v.who.Session, p.Get("handle"), bytes.Clone([]byte(p.Get("assertion"))), p.Get("name")); err != nil {
			return err
		}
		return v.to("/settings/keys")
	}
	b, err := v.Door.BeginAdd(v.r.Context(), v.Now(), v.who.Session)
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.KeysAdd())
	if err != nil {
		return err
	}
	f.Nav = "/settings"
	return v.show(f.KeyAdd(ceremony(b)))
}

func (v *view) keyRevoke() error {
	return v.does("/settings/keys", nil, "person", "revoke", v.named("id"))
}
