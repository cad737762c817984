package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"comity/api"
	"comity/session"
	"comity/shell"
	"comity/store"
	"comity/testnet"
)

// A deskOf is the desk of a node that somebody's browser looks at.
type deskOf struct {
	*testing.T
	app  *shell.App
	http *httptest.Server
	c    *http.Client
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
	link string
}

const deskURL = "http://localhost:8443"

func newDesk(t *testing.T) *deskOf {
	p := testnet.New(t, "us", testnet.Options{})
	name := filepath.Join(p.Dir, "comity.json")
	b, err := os.ReadFile(name)
	var c map[string]any
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	c["desk"] = map[string]any{"listen": "127.0.0.1:8443", "url": deskURL}
	b, _ = json.Marshal(c)
	if err == nil {
		err = os.WriteFile(name, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &deskOf{T: t, app: &shell.App{Ctx: t.Context(), Dir: p.Dir, Here: p.Dir, JSON: true, Lang: "en", Stdin: strings.NewReader(""), Stderr: io.Discard}}
	n, err := d.app.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	n.Keeper.Node = p.Node
	h, err := desk(t.Context(), n, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	d.http = httptest.NewServer(h)
	t.Cleanup(d.http.Close)
	jar, _ := cookiejar.New(nil) // it never fails
	d.c = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	d.auth = virtualwebauthn.NewAuthenticator()
	for len(d.cred.ID) == 0 || len(d.cred.Key.AttestationData()) != 77 {
		d.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	d.link = d.run("enrol", "--first", "--name", "Ann Lee", "--seats", "us-24-7-01")["link"].(string)
	return d
}

// run runs a command at the console.
func (d *deskOf) run(args ...string) (v map[string]any) {
	d.Helper()
	var out bytes.Buffer
	d.app.Stdout = &out
	if err := do(d.app, args); err != nil {
		d.Fatal(args, err)
	}
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		d.Fatal(args, err)
	}
	return v
}

// page asks for a path, or sends a form to it.
func (d *deskOf) page(path string, form url.Values) (int, string, string) {
	d.Helper()
	var r *http.Response
	var err error
	if form == nil {
		r, err = d.c.Get(d.http.URL + path)
	} else {
		r, err = d.c.PostForm(d.http.URL+path, form)
	}
	if err != nil {
		d.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		d.Fatal(err)
	}
	return r.StatusCode, r.Header.Get("Location"), string(b)
}

var (
	options = regexp.MustCompile(`data-options="([^"]+)"`)
	carried = regexp.MustCompile(`<input type="hidden" name="(to|sent|back)" value="([^"]*)"`)
)

// key answers a page's ceremony as the browser would, and sends its form.
func (d *deskOf) key(path, text string, create bool) (int, string, string) {
	d.Helper()
	m := options.FindStringSubmatch(text)
	if m == nil {
		d.Fatalf("no ceremony on the page: %s", text)
	}
	var b struct {
		Handle  string          `json:"handle"`
		Options json.RawMessage `json:"options"`
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &b); err != nil {
		d.Fatal(err)
	}
	rp := virtualwebauthn.RelyingParty{ID: "localhost", Name: "Comity", Origin: deskURL}
	form := url.Values{"handle": {b.Handle}}
	if create {
		o, err := virtualwebauthn.ParseAttestationOptions(string(b.Options))
		if err != nil {
			d.Fatal(err)
		}
		d.auth.Options.UserHandle = []byte(o.UserID)
		form.Set("assertion", virtualwebauthn.CreateAttestationResponse(rp, d.auth, d.cred, *o))
	} else {
		o, err := virtualwebauthn.ParseAssertionOptions(string(b.Options))
		if err != nil {
			d.Fatal(err)
		}
		d.cred.Counter++
		form.Set("assertion", virtualwebauthn.CreateAssertionResponse(rp, d.auth, d.cred, *o))
	}
	for _, h := range carried.FindAllStringSubmatch(text, -1) {
		form.Set(h[1], html.UnescapeString(h[2]))
	}
	return d.page(path, form)
}

func (d *deskOf) enter() {
	d.Helper()
	path := strings.TrimPrefix(d.link, deskURL)
	_, _, text := d.page(path, nil)
	if status, to, text := d.key(path, text, true); status != http.StatusSeeOther || to != "/" {
		d.Fatalf("the enrolment: %d to %q: %s", status, to, text)
	}
}

// sql changes the record behind the desk's back, as time does.
func (d *deskOf) sql(q string) {
	d.Helper()
	n, err := d.app.Open()
	if err != nil {
		d.Fatal(err)
	}
	defer n.Close()
	if err := n.DB.Update(context.Background(), func(tx *store.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
		d.Fatal(err)
	}
}

func TestDeskAdministration(t *testing.T) {
	d := newDesk(t)
	if status, to, _ := d.page("/admin", nil); status != http.StatusSeeOther || to != "/signin?back=%2Fadmin" {
		t.Fatalf("a stranger: %d to %q", status, to)
	}
	d.enter()
	person := regexp.MustCompile(`/admin/p/(p-[a-z0-9]+)`)
	_, _, text := d.page("/admin", nil)
	ann := person.FindStringSubmatch(text)[1]
	for _, c := range []struct{ path, en, zh string }{
		{"/admin", "Administration", "管理"},
		{"/admin/p/" + ann, "signs by a key file, at the command line", "以密钥文件在命令行签署"},
		{"/admin/p/" + ann, "comity seat rekey us-24-7-01 --passkey passkey-" + ann + ".json --by SEAT,SEAT", "--by 席位,席位"},
		{"/admin/sessions", "this one", "当前会话"},
		{"/admin/tokens", "No program has a token.", "没有程序持有令牌。"},
		{"/admin/journal", "made the first link", "审计日志"},
		{"/admin/journal?kind=nothing", "No entry fits.", "没有匹配的记录"},
		{"/admin/who", "Who sat at a seat", "席位人员查询"},
		{"/settings/keys", "Sign out everywhere else", "退出其他所有会话"},
		{"/settings/keys/add", "A second key", "另备一枚密钥"},
	} {
		for lang, want := range map[string]string{"en": c.en, "zh-Hans": c.zh} {
			d.page("/settings/language", url.Values{"lang": {lang}, "back": {"/"}})
			if status, _, text := d.page(c.path, nil); status != 200 || !strings.Contains(text, html.EscapeString(want)) {
				t.Errorf("%s in %s: %d without %q", c.path, lang, status, want)
			}
		}
	}
	d.page("/settings/language", url.Values{"lang": {"en"}, "back": {"/"}})
	if status, _, text := d.page("/admin/p/"+ann+"/key/", nil); status == 200 {
		t.Errorf("a key without an id: %s", text)
	}

	// What weighs more than reading needs the key of the last five minutes, and loses nothing.
	d.sql("UPDATE session SET asserted = 1")
	add := url.Values{"name": {"Li Wei"}, "roles": {"officer", "inspector"}, "seats": {"us-24-7-02"}}
	status, _, text := d.page("/admin", add)
	if status != http.StatusForbidden || !strings.Contains(text, "Use your passkey once more") {
		t.Fatalf("a stale key: %d %s", status, text)
	}
	if status, _, text = d.key("/again", text, false); status != 200 || !strings.Contains(text, "For Li Wei") || !strings.Contains(text, deskURL+"/enrol/") {
		t.Fatalf("after the key: %d %s", status, text)
	}
	_, _, text = d.page("/admin", nil)
	all := person.FindAllStringSubmatch(text, -1)
	i := slices.IndexFunc(all, func(m []string) bool { return m[1] != ann })
	if i < 0 {
		t.Fatalf("Li Wei is not on the list: %s", text)
	}
	li := all[i][1]
	for _, c := range []struct {
		name, path string
		form       url.Values
		status     int
		then, want string
	}{
		{"roles are changed", "/admin/p/" + li + "/roles", url.Values{"roles": {"principal"}}, 303, "/admin/p/" + li, "principal"},
		{"a seat is given", "/admin/p/" + li + "/seat", url.Values{"seats": {"us-24-7-02"}}, 303, "/admin/p/" + li, "us-24-7-02"},
		{"a seat that is none", "/admin/p/" + li + "/seat", url.Values{"seats": {"No seat!"}}, 422, "", ""},
		{"a recovery is asked for", "/admin/p/" + li + "/recover", url.Values{"reason": {"lost the key"}}, 303, "/admin", "waits for a second administrator"},
		{"a token is made, shown once", "/settings/tokens", url.Values{"name": {"case system"}, "seat": {"us-24-7-01"}, "verbs": {"list"}, "expires": {time.Now().AddDate(0, 1, 0).Format("2006-01-02")}}, 200, "/settings/keys", "case system"},
		{"who sat there is not for an administrator", "/admin/who", url.Values{"seat": {"us-24-7-01"}, "at": {"2026-11-25"}, "reason": {"complaint 1"}}, 403, "", ""},
		{"an inspector", "/admin/p/" + ann + "/roles", url.Values{"roles": {"administrator", "officer", "inspector"}}, 303, "", ""},
		{"may ask", "/admin/who", url.Values{"seat": {"us-24-7-01"}, "at": {time.Now().Format(time.RFC3339)}, "reason": {"complaint 1"}}, 200, "/admin/journal?kind=inspect", "complaint 1"},
		{"a person leaves", "/admin/p/" + li + "/leave", url.Values{}, 303, "/admin/p/" + li, "has left"},
		{"nothing of a person", "/admin/p/" + li + "/marry", url.Values{}, 404, "", ""},
		{"other sessions end", "/settings/sessions", url.Values{}, 303, "/settings/keys", "this one"},
	} {
		if status, _, text := d.page(c.path, c.form); status != c.status {
			t.Errorf("%s: %d %s", c.name, status, text)
		}
		if c.then != "" {
			if _, _, text := d.page(c.then, nil); !strings.Contains(text, c.want) {
				t.Errorf("%s: %s does not say %q", c.name, c.then, c.want)
			}
		}
	}

	// Who comes back after a quarter of an hour finds the door, and behind it the same place.
	d.sql("UPDATE session SET seen = 1")
	if status, to, _ := d.page("/admin", add); status != http.StatusSeeOther || !strings.HasPrefix(to, "/signin") {
		t.Errorf("a form of a locked session: %d to %q", status, to)
	}
	_, _, text = d.page("/signin?back=%2Fadmin", nil)
	if !strings.Contains(text, "Locked") {
		t.Errorf("the door does not say that it is locked: %s", text)
	}
	if status, to, _ := d.key("/signin", text, false); status != http.StatusSeeOther || to != "/admin" {
		t.Errorf("unlocked: %d to %q", status, to)
	}
}

// another is another browser of the same desk, with a link of its own.
func (d *deskOf) another(link string) *deskOf {
	o := *d
	jar, _ := cookiejar.New(nil) // it never fails
	o.c, o.link = &http.Client{Jar: jar, CheckRedirect: d.c.CheckRedirect}, link
	o.auth, o.cred = virtualwebauthn.NewAuthenticator(), virtualwebauthn.Credential{}
	for len(o.cred.ID) == 0 || len(o.cred.Key.AttestationData()) != 77 {
		o.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return &o
}

// A form that nobody has read yet waits for the key as well, and is done once.
func TestDeskAgain(t *testing.T) {
	d := newDesk(t)
	d.enter()
	_, _, text := d.page("/settings/keys", nil)
	key := regexp.MustCompile(`/settings/keys/([0-9a-f]+)/revoke`).FindStringSubmatch(text)
	d.sql("UPDATE session SET asserted = 1")
	for _, p := range []string{"/admin/recover/r-x", "/admin/sessions/s-none", "/settings/keys/" + key[1] + "/revoke"} {
		status, _, text := d.page(p, url.Values{"a": {"b"}})
		if status != http.StatusForbidden || !strings.Contains(text, "Use your passkey once more") || !strings.Contains(text, "a=b&amp;again=yes") {
			t.Errorf("a stale key, POST %s: %d %s", p, status, text)
		}
	}
	_, _, text = d.page("/admin/recover/r-x", url.Values{})
	if status, _, text := d.key("/again", text, false); status != http.StatusNotFound {
		t.Errorf("after the key, what is not there: %d %s", status, text)
	}
}

// Who sits nowhere uses the key like everybody; an inspector reads the journal, by the
// role, and no matter.
func TestDeskWithoutSeat(t *testing.T) {
	d := newDesk(t)
	d.enter()
	for role, want := range map[string]map[string]int{
		"inspector": {"/": 303, "/admin": 200, "/admin/journal": 200, "/admin/who": 200, "/admin/sessions": 403, "/queue": 403, "/search?q=a": 403, "/review": 403, "/live": 403, "/settings": 200},
		"principal": {"/": 303, "/admin": 403, "/admin/journal": 403, "/admin/sessions": 403, "/queue": 403, "/review": 403, "/live": 403, "/settings": 200},
	} {
		n := d.another(d.run("enrol", "--name", "Nemo, "+role, "--roles", role)["link"].(string))
		n.enter()
		for path, want := range want {
			if status, _, text := n.page(path, nil); status != want {
				t.Errorf("%s at no seat, %s: %d, want %d: %s", role, path, status, want, text)
			}
		}
		d.sql("UPDATE session SET asserted = 1")
		_, _, text := n.page("/settings/keys/add", nil)
		if status, to, text := n.key("/again", text, false); status != http.StatusSeeOther || to != "/settings/keys/add" {
			t.Errorf("%s, after the key: %d to %q: %s", role, status, to, text)
		}
	}
}

// A verb that breaks is answered as an error of ours, with a name under which the log
// has more, and tells nothing of it.
func TestAPIBroken(t *testing.T) {
	d := newDesk(t)
	secret := d.run("api", "token", "--name", "case system", "--seat", "us-24-7-01", "--verbs", "list", "--expires", time.Now().AddDate(0, 1, 0).Format("2006-01-02"))["secret"].(string)
	n, err := d.app.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	door, err := session.Open(n.DB, n.Config)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	s, err := api.New(n, commands, door, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Commands = func(*shell.App) map[string]shell.Command {
		return map[string]shell.Command{"list": func([]string) error { panic("a fault in a verb") }}
	}
	r, w := httptest.NewRequest(http.MethodPost, "/api/v1/list", strings.NewReader("{}")), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+secret)
	s.Handler().ServeHTTP(w, r)
	ref := regexp.MustCompile(`E-[A-Z2-7]{6}`).FindString(w.Body.String())
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/problem+json" || ref == "" || strings.Contains(w.Body.String(), "fault") {
		t.Errorf("a verb that breaks: %d %s", w.Code, w.Body)
	}
	if !strings.Contains(said.String(), ref) || !strings.Contains(said.String(), "a fault in a verb") {
		t.Errorf("the log says: %s", said.String())
	}
}

// A link that lets somebody in stands in no log.
func TestDeskLog(t *testing.T) {
	d := newDesk(t)
	var said bytes.Buffer
	n, err := d.app.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	h, err := desk(t.Context(), n, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(d.link, deskURL)
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("handle=nonsense&assertion={}"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code == http.StatusSeeOther || !strings.Contains(said.String(), "POST /enrol/{link}") || strings.Contains(said.String(), strings.TrimPrefix(path, "/enrol/")) {
		t.Errorf("%d, and the log says: %s", w.Code, said.String())
	}
}

func TestAPIAndItsDocumentAgree(t *testing.T) {
	committed, err := os.ReadFile("../../docs/spec/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	made, err := openapi()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, made) {
		t.Error("docs/spec/openapi.json is not what the program says: go run ./cmd/comity api openapi > docs/spec/openapi.json")
	}
	doc, err := openapi3.NewLoader().LoadFromData(made)
	if err == nil {
		err = doc.Validate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	served, unclassed := api.Served(commands)
	if len(unclassed) > 0 {
		t.Errorf("say in api/verb.go whether these flags name a file: %v", unclassed)
	}
	for name := range commands(&shell.App{}) {
		_, person := api.Persons[name]
		if called := slices.ContainsFunc(served, func(v string) bool { return strings.Fields(v)[0] == name }); called == person {
			t.Errorf("%s: a program may call it: %v, and may not: %v", name, called, person)
		}
	}

	d := newDesk(t)
	token := func(verbs ...string) string {
		return d.run("api", "token", "--name", "case system", "--seat", "us-24-7-01", "--verbs", strings.Join(verbs, ","), "--expires", time.Now().AddDate(0, 1, 0).Format("2006-01-02"))["secret"].(string)
	}
	half := len(served) / 3
	for i, v := range served { // each answers, and as the document says
		if i%half == 0 {
			secretOf = token(served[i:min(i+half, len(served))]...)
		}
		path := "/api/v1/" + strings.ReplaceAll(v, " ", "-")
		item := doc.Paths.Value(path)
		if item == nil || item.Post == nil {
			t.Errorf("%s is not in the document", path)
			continue
		}
		d.conforms(doc, path, item, http.MethodPost, path, "application/json", "{}")
	}
	if want, got := len(served)+3, doc.Paths.Len(); want != got {
		t.Errorf("the document has %d paths, want %d", got, want)
	}
	secretOf = token("list", "show", "attach", "draft", "intake", "check", "log prove")
	d.conforms(doc, "/api/v1/matters", doc.Paths.Value("/api/v1/matters"), http.MethodGet, "/api/v1/matters?open=true&realm=all", "", "")
	d.conforms(doc, "/api/v1/matters/{realm}/{ref}", doc.Paths.Value("/api/v1/matters/{realm}/{ref}"), http.MethodGet, "/api/v1/matters/live/US-2026-000009", "", "")
	for _, c := range []struct {
		name, path, body string
		status           int
	}{
		{"a verb that the token has not", "/api/v1/drafts", "{}", 401},
		{"a verb that is a person's", "/api/v1/approve", "{}", 404},
		{"a flag that names a file", "/api/v1/check", `{"flags": {"setting": "/etc/passwd"}, "body": {}}`, 422},
		{"a word that names a file", "/api/v1/check", `{"words": ["/etc/passwd"]}`, 422},
		{"a word that is a flag", "/api/v1/show", `{"words": ["--dir=/"]}`, 422},
		{"another seat", "/api/v1/list", `{"flags": {"seat": "us-24-7-02"}}`, 422},
		{"a matter that there is not", "/api/v1/show", `{"words": ["US-2026-000009"]}`, 404},
		{"what is no JSON", "/api/v1/list", `list`, 422},
		{"a list", "/api/v1/list", `{"flags": {"open": true, "limit": 5}}`, 200},
		{"a list of less than nothing", "/api/v1/list", `{"flags": {"limit": -5}}`, 422},
		{"a word that asks for help", "/api/v1/log-prove", `{"words": ["-h"]}`, 422},
	} {
		if status, text := d.post(c.path, "application/json", c.body); status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, status, c.status, text)
		}
	}
	if status, text := d.post("/api/v1/intake?name=a.eml", "message/rfc822", "From: <a@cn.example>\r\nSubject: OUR-2026-9\r\n\r\nhelp"); status != 200 || !strings.Contains(text, `"national":"OUR-2026-9"`) {
		t.Errorf("an e-mail: %d %s", status, text)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("request", `{"words": ["D-99"]}`)
	f, _ := w.CreateFormFile("files", "../../evil,name")
	_, _ = f.Write([]byte("x"))
	_ = w.Close() // into memory, none of it fails
	if status, text := d.post("/api/v1/attach", w.FormDataContentType(), form.String()); status != 422 || !strings.Contains(text, `"field":"files"`) {
		t.Errorf("a file of a bad name: %d %s", status, text)
	}
	if left, _ := filepath.Glob(filepath.Join(d.app.Dir, "upload-*")); len(left) > 0 {
		t.Errorf("uploads were left: %v", left)
	}
	last := 0
	for range 100 {
		if last, _ = d.post("/api/v1/list", "application/json", "{}"); last != 200 {
			break
		}
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("a hundred at once: %d, want 429", last)
	}
	secretOf = "comity_nobody"
	if status, text := d.post("/api/v1/list", "application/json", "{}"); status != 401 || !strings.Contains(text, "urn:comity:problem:token") {
		t.Errorf("a token that is none: %d %s", status, text)
	}
}

var secretOf string // the token that the program has now

func (d *deskOf) call(method, path, media, body string) (*http.Request, *http.Response, []byte) {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), method, d.http.URL+path, strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secretOf)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	got, err := d.http.Client().Do(r)
	if err != nil {
		d.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		d.Fatal(err)
	}
	return r, got, b
}

func (d *deskOf) post(path, media, body string) (int, string) {
	d.Helper()
	_, got, b := d.call(http.MethodPost, path, media, body)
	return got.StatusCode, string(b)
}

// conforms holds an answer to the document.
func (d *deskOf) conforms(doc *openapi3.T, name string, item *openapi3.PathItem, method, path, media, body string) {
	d.Helper()
	r, got, b := d.call(method, path, media, body)
	if got.StatusCode == 401 || got.StatusCode == 500 || got.StatusCode == 429 {
		d.Errorf("%s: %d %s", path, got.StatusCode, b)
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: &routers.Route{Spec: doc, Path: name, PathItem: item, Method: method, Operation: item.GetOperation(method)}},
		Status:                 got.StatusCode, Header: got.Header, Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	in.SetBodyBytes(b)
	if err := openapi3filter.ValidateResponse(d.Context(), in); err != nil {
		d.Errorf("%s: %d %s: %v", path, got.StatusCode, b, err)
	}
}
