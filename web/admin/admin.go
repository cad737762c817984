package admin

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"comity"
	"comity/session"
	"comity/web"
	"comity/web/frame"
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
}

// named is a path's value that is to be a word of a command, and never its flag.
func (v *view) named(value string) string { return strings.TrimLeft(v.R.PathValue(value), "-") }

// does what a form asks by a command, and goes on.
func (v *view) does(to string, stdin io.Reader, args ...string) error {
	if _, err := v.Call(stdin, args...); err != nil {
		return err
	}
	return v.To(to)
}

func (v *view) admin() error {
	x := Admin{Administrator: v.Who.Has(session.Administrator), Inspector: v.Who.Has(session.Inspector)}
	var err error
	if x.Administrator || !x.Inspector { // who is neither is told so
		if x.Persons, err = web.Ask[[]Person](v.View, "person", "list"); err != nil {
			return err
		}
		if x.Recoveries, err = web.Ask[[]Recovery](v.View, "recover", "list"); err != nil {
			return err
		}
	}
	f, err := v.frame(v.Word.AdminTitle())
	if err != nil {
		return err
	}
	return v.Show(f.Admin(x))
}

// linked shows an enrolment link, once.
func (v *view) linked(args ...string) error {
	l, err := web.Ask[Linked](v.View, args...)
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.LinkTitle())
	if err != nil {
		return err
	}
	return v.Show(f.Linked(l))
}

func (v *view) newPerson() error {
	if err := v.Parse(); err != nil {
		return err
	}
	p := v.R.PostForm
	return v.linked("enrol", "--name="+p.Get("name"), "--roles="+strings.Join(p["roles"], ","), "--seats="+p.Get("seats"))
}

func (v *view) person() error {
	list, err := web.Ask[[]Person](v.View, "person", "list", v.named("id"))
	if err != nil {
		return err
	}
	f, err := v.frame(list[0].Name)
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	var issuers []frame.Option
	for _, i := range v.Node.Desk.Issuers {
		issuers = append(issuers, frame.Option{Value: i.URL, Label: i.Name})
	}
	return v.Show(f.PersonPage(list[0], issuers, v.Node.Desk.Authorities != ""))
}

// personDo does one thing to a person.
func (v *view) personDo() error {
	if err := v.Parse(); err != nil {
		return err
	}
	id, p := v.named("id"), v.R.PostForm
	here := "/admin/p/" + url.PathEscape(id)
	switch v.R.PathValue("do") {
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
	k, err := web.Ask[comity.Key](v.View, "person", "key", v.named("id"), "--id="+v.R.PathValue("key"))
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/json")
	v.W.Header().Set("Content-Disposition", `attachment; filename="passkey-`+v.named("id")+`.json"`)
	return json.NewEncoder(v.W).Encode(k)
}

func (v *view) recover() error { return v.linked("recover", "approve", v.named("id")) }

func (v *view) sessions() error {
	list, err := web.Ask[[]Sitting](v.View, "session", "list")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.SessionsTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.Show(f.Sessions(list, v.Who.ID))
}

// within is the page that a form of tokens or sessions stands on.
func (v *view) within(admin string) string {
	if strings.HasPrefix(v.R.URL.Path, "/settings/") {
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
	list, err := web.Ask[[]Token](v.View, "api", "tokens")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.TokensTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.Show(f.TokensPage(list))
}

func (v *view) newToken() error {
	if err := v.Parse(); err != nil {
		return err
	}
	p := v.R.PostForm
	t, err := web.Ask[Token](v.View, "api", "token", "--name="+p.Get("name"), "--seat="+p.Get("seat"), "--verbs="+p.Get("verbs"), "--expires="+p.Get("expires"))
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.TokensTitle())
	if err != nil {
		return err
	}
	return v.Show(f.NewToken(t))
}

func (v *view) tokenEnd() error {
	return v.does(v.within("/admin/tokens"), nil, "api", "revoke", v.named("id"))
}

// entries is how many lines of the journal a page has.
const entries = 100

func (v *view) journal() error {
	q := v.R.URL.Query()
	x := Journal{Kind: q.Get("kind"), Who: q.Get("who"), From: 1}
	if n, err := strconv.ParseInt(q.Get("from"), 10, 64); err == nil && n > 0 {
		x.From = n
	}
	var err error
	x.List, err = web.Ask[[]Logged](v.View, "log", "journal", "--from="+strconv.FormatInt(x.From, 10), "--limit="+strconv.Itoa(entries), "--kind="+x.Kind, "--who="+x.Who)
	if err != nil {
		return err
	}
	if len(x.List) == entries {
		x.Next = "/admin/journal?" + url.Values{"from": {strconv.FormatInt(x.List[entries-1].N+1, 10)}, "kind": {x.Kind}, "who": {x.Who}}.Encode()
	}
	f, err := v.frame(v.Word.JournalTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.Show(f.JournalPage(x))
}

// resolve tells an inspector who sat at a seat.
func (v *view) resolve() error {
	var x Resolved
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		p := v.R.PostForm
		x.Seat, x.At, x.Asked = p.Get("seat"), p.Get("at"), true
		var err error
		if x.List, err = web.Ask[[]Sat](v.View, "who", "--seat="+x.Seat, "--at="+x.At, "--reason="+p.Get("reason")); err != nil {
			return err
		}
	}
	f, err := v.frame(v.Word.WhoTitle())
	if err != nil {
		return err
	}
	f.Nav = "/admin"
	return v.Show(f.Who(x))
}

// keys are the keys, sessions and tokens of whoever asks.
func (v *view) keys() (err error) {
	var x Keys
	if x.Passkeys, err = web.Ask[[]Passkey](v.View, "person", "key"); err != nil {
		return err
	}
	if x.Sessions, err = web.Ask[[]Sitting](v.View, "session", "list", "--own"); err != nil {
		return err
	}
	if x.Tokens, err = web.Ask[[]Token](v.View, "api", "tokens", "--own"); err != nil {
		return err
	}
	f, err := v.frame(v.Word.KeysTitle())
	if err != nil {
		return err
	}
	f.Nav = "/settings"
	return v.Show(f.KeysPage(x, v.Who.ID))
}

// keyAdd enrols a further passkey.
func (v *view) keyAdd() error {
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		p := v.R.PostForm
		if _, err := v.Door.FinishAdd(v.R.Context(), v.Now(), v.Who.Session, p.Get("handle"), bytes.Clone([]byte(p.Get("assertion"))), p.Get("name")); err != nil {
			return err
		}
		return v.To("/settings/keys")
	}
	b, err := v.Door.BeginAdd(v.R.Context(), v.Now(), v.Who.Session)
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.KeysAdd())
	if err != nil {
		return err
	}
	f.Nav = "/settings"
	return v.Show(f.KeyAdd(web.Ceremony(b)))
}

func (v *view) keyRevoke() error {
	return v.does("/settings/keys", nil, "person", "revoke", v.named("id"))
}
