package web

import (
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"comity"
	"comity/cmd/comity/guidelines"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/say"
	"comity/session"
	"comity/shell"
	"comity/testnet"
)

// A writer is a person at a seat of a node that is paired with another.
type writer struct {
	t    *testing.T
	s    *Server
	mux  *http.ServeMux
	who  Session
	lang say.Lang
}

func newWriter(t *testing.T) *writer {
	nodes := testnet.Nodes(t, "us", "cn")
	n, err := (&shell.App{Ctx: t.Context(), Dir: nodes[0].Dir, Here: nodes[0].Dir, Stdout: io.Discard, Stderr: io.Discard}).Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	n.Desk.URL, n.Keeper.Node = "http://localhost:8443", nodes[0].Party.Node // as serve opens it
	s, err := New(n, func(a *shell.App) map[string]shell.Command {
		all := map[string]shell.Command{}
		for _, some := range []map[string]shell.Command{officer.Commands(a), minutes.Commands(a), guidelines.Commands(a)} {
			maps.Copy(all, some)
		}
		return all
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{t: t, s: s, mux: http.NewServeMux(), lang: say.English}
	w.who.Seat = nodes[0].Officers[0].Seat
	w.sits("Ann Lee")
	all := maps.Clone(draftPages)
	for _, some := range pages {
		maps.Copy(all, some)
	}
	for pattern, h := range all {
		w.mux.HandleFunc(pattern, func(rw http.ResponseWriter, r *http.Request) {
			v := &view{s, rw, r, w.who, say.In(w.lang)}
			if err := h(v); err != nil {
				v.fail(rw, r, err)
			}
		})
	}
	return w
}

// sits has another person sit down.
func (w *writer) sits(name string) {
	p, err := w.s.Door.NewPerson(w.t.Context(), w.s.Now(), session.Console(), name, session.Officer)
	if err != nil {
		w.t.Fatal(err)
	}
	w.who.Person = p
}

// asks asks for a page, or sends a form, and returns what must come.
func (w *writer) asks(status int, path string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	rec, r := httptest.NewRecorder(), httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.mux.ServeHTTP(rec, r)
	if rec.Code != status {
		w.t.Fatalf("%s %s: %d, want %d\n%s", method, path, rec.Code, status, plainText(rec))
	}
	return rec
}

var markup = regexp.MustCompile(`<[^>]*>|\s+`)

func plainText(rec *httptest.ResponseRecorder) string {
	return markup.ReplaceAllString(rec.Body.String(), " ")
}

func (w *writer) shows(rec *httptest.ResponseRecorder, wants ...string) {
	w.t.Helper()
	for _, want := range wants {
		if !strings.Contains(rec.Body.String(), want) {
			w.t.Errorf("%q is not on the page:\n%s", want, plainText(rec))
		}
	}
}

func (w *writer) lacks(rec *httptest.ResponseRecorder, wants ...string) {
	w.t.Helper()
	for _, want := range wants {
		if strings.Contains(rec.Body.String(), want) {
			w.t.Errorf("%q is on the page", want)
		}
	}
}

var (
	inputs = regexp.MustCompile(`<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)
	chosen = regexp.MustCompile(`(?s)<select[^>]*name="([^"]+)"[^>]*>.*?</select>`)
	option = regexp.MustCompile(`value="([^"]+)" selected`)
	areas  = regexp.MustCompile(`(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>`)
)

// browser is what a browser would send of a page.
func browser(rec *httptest.ResponseRecorder) url.Values {
	page, all := rec.Body.String(), url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(m[0], `type="checkbox"`) || strings.Contains(m[0], " checked") {
			all.Set(m[1], m[2])
		}
	}
	for _, m := range chosen.FindAllStringSubmatch(page, -1) {
		if o := option.FindStringSubmatch(m[0]); o != nil {
			all.Set(m[1], o[1])
		}
	}
	for _, m := range areas.FindAllStringSubmatch(page, -1) {
		all.Set(m[1], m[2])
	}
	all.Set("to", "cn")
	return all
}

// The form has what the guidelines ask for of its type first, says who asks, and
// leaves the type and the emergency out.
func TestRequestForm(t *testing.T) {
	w := newWriter(t)
	for _, lang := range say.Langs {
		w.speaks(lang)
		rec := w.asks(200, "/new/preserve", nil)
		first, more, _ := strings.Cut(rec.Body.String(), `<details class="sheet"><summary>`)
		w.shows(rec, `value="us-24-7"`, `value="us-24-7-01"`, say.In(lang).CheckTitle(), say.In(lang).FormCheck(), `value="order.items"`)
		w.lacks(rec, `name="type"`, `name="basis.pack"`)
		for _, name := range []string{`name="supporting.facts"`, `name="order.items[0].from"`} {
			if !strings.Contains(first, name) {
				t.Errorf("%s is not asked for first", name)
			}
		}
		for _, name := range []string{`name="order.instructions"`, `name="emergency.facts"`} {
			if strings.Contains(first, name) || !strings.Contains(more, name) {
				t.Errorf("%s is asked for first", name)
			}
		}
	}
	x := browser(w.asks(200, "/new/preserve", nil))
	x.Set("order.items[0].value", "157.119.75.16")
	x.Set("priority", "P0")
	x.Set("add", "order.items")
	rec := w.asks(200, "/new/preserve", x)
	first, _, _ := strings.Cut(rec.Body.String(), `<details class="sheet"><summary>`)
	for _, name := range []string{`name="order.items[1].value"`, `name="emergency.facts"`} {
		if !strings.Contains(first, name) {
			t.Errorf("with another row, and as an emergency: %s is not there", name)
		}
	}
	w.asks(404, "/new/nothing", nil)
	w.asks(404, "/new/subscriber?from=US-2026-000009", nil)
}

// What is typed is kept when the server says so, is there again, and gives way to no
// other window.
func TestTexts(t *testing.T) {
	w := newWriter(t)
	const save = "/text?page=%2Fnew%2Fsubscriber"
	rec := w.asks(204, save, url.Values{"supporting.facts": {"一号窗口"}, "to": {"cn"}})
	version := rec.Header().Get("Desk-Version")
	if rec.Header().Get("Desk-Saved") == "" || version == "" {
		t.Errorf("saved without a word: %v", rec.Header())
	}
	w.shows(w.asks(200, "/new/subscriber", nil), "一号窗口", version)
	w.shows(w.asks(200, "/drafts", nil), `href="/new/subscriber"`)
	w.asks(409, save, url.Values{"supporting.facts": {"the rival"}, "version": {"0"}})
	rec = w.asks(303, "/new/subscriber", nil)
	if to := rec.Header().Get("Location"); to != "/text/conflict?page=%2Fnew%2Fsubscriber" {
		t.Errorf("sent on to %s", to)
	}
	w.shows(w.asks(200, "/text/conflict?page=/new/subscriber", nil), "一号窗口", "the rival")
	w.asks(303, "/text/conflict?page=/new/subscriber", url.Values{"take": {"rival"}, "version": {version}})
	w.shows(w.asks(200, "/new/subscriber", nil), "the rival")
	if to := w.asks(303, save, nil).Header().Get("Location"); to != "/new/subscriber" {
		t.Errorf("from where the text was saved one comes back to %s", to)
	}

	ann := w.who.Person
	w.sits("Li Wei")
	w.lacks(w.asks(200, "/drafts", nil), "/new/subscriber") // a person's own
	w.who.Person = ann
	w.asks(303, "/text/drop?page=/new/subscriber", url.Values{})
	w.lacks(w.asks(200, "/new/subscriber", nil), "the rival")

	for _, page := range []string{"/queue", "//evil.example/new/preserve", "/m/live/US-2026-000009/do/answer"} {
		w.asks(404, "/text?page="+url.QueryEscape(page), url.Values{"a": {"b"}})
	}
	w.asks(422, save, url.Values{"supporting.facts": {strings.Repeat("x", 300<<10)}})
}

// A request begun from an example is checked while it is written, becomes a draft,
// and its text is no longer kept. The draft shows what leaves and what is to be done.
func TestDraftPages(t *testing.T) {
	w := newWriter(t)
	x := browser(w.asks(200, "/new/preserve?from=example", nil))
	var told struct {
		List []struct {
			Blocks bool
			Field  string
		}
		Have, Of int
	}
	told.List = nil
	if err := json.Unmarshal(w.asks(200, "/new/preserve/check", x).Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, l := range told.List {
		found[l.Field] = l.Blocks
	}
	if !found["order.items[0].value"] || !found["addressee.agency"] || told.Have >= told.Of {
		t.Errorf("of an example that is not filled in: %+v", told)
	}
	x.Set("addressee.agency", "cn-24-7")
	x.Set("basis.reciprocity", "yes")
	x.Set("authority.contact", "+1-202-555-0101")
	x.Set("authority.hours", "24/7")
	x.Set("order.items[0].value", "157.119.75.16")
	x.Set("translation.of_version", "yes")
	if to := w.asks(303, "/new/preserve", x).Header().Get("Location"); to != "/d/D-1" {
		t.Fatalf("the draft is at %s", to)
	}
	w.lacks(w.asks(200, "/drafts", nil), `href="/new/preserve"`)
	for _, lang := range say.Langs {
		w.speaks(lang)
		words := say.In(lang)
		w.shows(w.asks(200, "/d/D-1", nil), "157.119.75.16", "cn-24-7", words.ReleaseVictims(), words.ReleaseRecall(), "comity approve D-1 --seat us-24-7-01 --send", words.SourcesTitle())
		theirs := say.In(words.Other())
		w.shows(w.asks(200, "/d/D-1/preview", nil), theirs.PreviewFree(), theirs.Of(comity.Text{EN: "Expedited preservation", ZH: "快速保全"}), "157.119.75.16")
		w.shows(w.asks(200, "/d/D-1/drop", nil), words.ReleaseDropSays())
		w.shows(w.asks(200, "/glossary", nil), "Expedited preservation", "快速保全", words.PhraseFacts())
	}
	w.speaks(say.English)
	w.asks(303, "/d/D-1/protect", url.Values{"line.informant": {"no"}, "line.victim": {"yes"}, "note.victim": {"named p1 only"}})
	w.shows(w.asks(200, "/d/D-1", nil), "named p1 only", w.words().SourcesOpen(5))
	w.shows(w.asks(200, "/d/D-1/alone", url.Values{"sole-reason": {"nobody else is here"}}), w.words().ReleaseAloneDue("12"), "--sole --sole-reason &#39;nobody else is here&#39;")
	w.asks(422, "/d/D-1/alone", url.Values{})
	w.asks(303, "/d/D-1/drop", url.Values{})
	w.lacks(w.asks(200, "/drafts", nil), "D-1")
}

func (w *writer) speaks(l say.Lang) { w.lang, w.who.Language = l, string(l) }

func (w *writer) words() say.Words { return say.In(w.lang) }
