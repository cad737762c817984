package web

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"comity"
	"comity/cmd/comity/duty"
	"comity/cmd/comity/find"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/proof"
	"comity/say"
	"comity/session"
	"comity/shell"
	"comity/testnet"
)

func verbs(a *shell.App) map[string]shell.Command {
	all := map[string]shell.Command{}
	for _, some := range []map[string]shell.Command{officer.Commands(a), minutes.Commands(a), pairing.Commands(a), find.Commands(a), duty.Commands(a), proof.Commands(a)} {
		maps.Copy(all, some)
	}
	return all
}

// A bench is the desk of a node that another has asked for something.
type bench struct {
	*Server
	t    *testing.T
	who  Session
	lang say.Lang
	ref  comity.Ref
}

func newBench(t *testing.T) *bench {
	nodes := testnet.Nodes(t, "us", "cn")
	_, ref, err := nodes[0].Ask(t.Context(), nodes[1].Party, 1)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, nodes...)
	n, err := (&shell.App{Ctx: t.Context(), Dir: nodes[1].Dir}).Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	n.Keeper.Node = nodes[1].Keeper.Node
	n.Desk.URL = "http://localhost:8443"
	s, err := New(n, verbs, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Door.NewPerson(t.Context(), s.Now(), session.Console(), "Li Wei", session.Officer)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Server: s, t: t, lang: say.English, ref: ref}
	b.who.Person, b.who.Seat = p, "cn-24-7-01"
	return b
}

// do calls the page of a route as the seat, and returns what it says or where it
// sends the browser.
func (b *bench) do(pattern, target string, form url.Values) (int, string) {
	b.t.Helper()
	method, route, _ := strings.Cut(pattern, " ")
	var h func(*view) error
	for _, some := range pages {
		if x := some[pattern]; x != nil {
			h = x
		}
	}
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode())).WithContext(b.t.Context())
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i, part := range strings.Split(route, "/") { // as a ServeMux would
		if name := strings.Trim(part, "{}"); name != part && name != "$" {
			r.SetPathValue(name, strings.Split(r.URL.Path, "/")[i])
		}
	}
	w := httptest.NewRecorder()
	if err := h(&view{b.Server, w, r, b.who, say.In(b.lang)}); err != nil {
		return 0, err.Error()
	}
	return w.Code, w.Body.String() + w.Header().Get("Location")
}

func TestPages(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		says, pattern, target string
		en, zh                string
	}{
		{"the queue has the matter, in its two columns", "GET /queue", "/queue", "not acknowledged", "未确认收到"},
		{"a filter is said in words", "GET /queue", "/queue?priority=P3&sort=ref", "No matter that you may see fits this filter.", "没有符合此筛选条件"},
		{"what has more says so, though a filter leaves nothing of the page", "GET /queue", "/queue?limit=1&row=live/US-2026-999999", "limit=101", "limit=101"},
		{"the watch has what is due", "GET /{$}", "/", string(b.ref), string(b.ref)},
		{"the watch says that nobody knows whom to call", "GET /{$}", "/", "published no directory", "尚未向我方发布名录"},
		{"the peers are listed", "GET /peers", "/peers", "confirmed, and the line is open", "已确认，线路已开通"},
		{"a peer has its balance", "GET /peers/{party}", "/peers/us", "Open balance", "未结情况"},
		{"a peer's log is computed when asked", "GET /peers/{party}", "/peers/us?check=yes", "The logs are what their items make them.", "日志与其条目一致"},
		{"a search finds a reference", "GET /search", "/search?q=" + string(b.ref), "/m/live/" + string(b.ref), "/m/live/" + string(b.ref)},
		{"a search finds nothing, and says what it looked through", "GET /search", "/search?q=zzzz", "Nothing that you may read", "没有同时包含这些词"},
		{"a word that looks like a flag is a word", "GET /search", "/search?q=" + url.QueryEscape("--dir /etc"), "Nothing that you may read", "没有同时包含这些词"},
	} {
		t.Run(c.says, func(t *testing.T) {
			for lang, want := range map[say.Lang]string{say.English: c.en, say.Chinese: c.zh} {
				b.lang, b.who.Language = lang, string(lang)
				if status, got := b.do(c.pattern, c.target, nil); status != http.StatusOK || !strings.Contains(got, want) || strings.Count(got, "<h1") != 1 {
					t.Errorf("%s: status %d, and not %q: %s", lang, status, want, got)
				}
			}
		})
	}
}

func TestQueueForms(t *testing.T) {
	b := newBench(t)
	row := "live/" + string(b.ref)
	for _, c := range []struct {
		says, pattern string
		form          url.Values
		status        int
		want          string
	}{
		{"a view is saved", "POST /queue/save", url.Values{"name": {"P1 先办"}, "query": {"priority=P1"}}, 303, "/queue?priority=P1"},
		{"and stands there with its count", "GET /queue", nil, 200, "P1 先办"},
		{"and is dropped", "POST /queue/forget", url.Values{"name": {"P1 先办"}, "query": {""}}, 303, "/queue"},
		{"a view without a name is not saved", "POST /queue/save", url.Values{"query": {"priority=P1"}}, 0, "name"},
		{"what is to come cannot have been seen", "POST /queue/seen", url.Values{"upto": {"99999999999999"}}, 0, "upto"},
		{"nothing chosen is nothing done", "POST /queue/batch", url.Values{"act": {"note"}, "text": {"x"}}, 0, "choose matters first"},
		{"a batch first shows what would happen", "POST /queue/batch", url.Values{"act": {"acknowledge"}, "sources": {"none"}, "row": {row}}, 200, "Nothing has been done yet."},
		{"and made no draft by that", "GET /drafts", nil, 200, "<h1>"},
		{"then it makes the drafts", "POST /queue/batch", url.Values{"act": {"acknowledge"}, "sources": {"none"}, "row": {row}, "go": {"yes"}}, 200, "/d/D-1"},
		{"which can be dropped", "POST /queue/undo", url.Values{"draft": {"D-1"}}, 200, "The draft is dropped."},
		{"once", "POST /queue/undo", url.Values{"draft": {"D-1"}}, 200, "not done"},
		{"an undo is of drafts alone", "POST /queue/undo", url.Values{"draft": {"--dir"}}, 0, "is no draft"},
		{"a matter that is not there stops nothing else", "POST /queue/batch", url.Values{"act": {"note"}, "text": {"for Monday"}, "row": {row, "live/US-2026-999999", "live/--dir"}, "go": {"yes"}}, 200, "2 were not done"},
		{"a note is our own", "POST /queue/batch", url.Values{"act": {"note"}, "text": {"--seat"}, "row": {row}, "go": {"yes"}}, 200, "Noted in our own file."},
		{"an agency of ours has it", "POST /queue/batch", url.Values{"act": {"route"}, "agency": {"cn-24-7"}, "text": {"it is on duty"}, "row": {row}, "go": {"yes"}}, 200, "Done to 1."},
	} {
		target := "/"
		if strings.HasPrefix(c.pattern, "GET ") {
			target = strings.TrimPrefix(c.pattern, "GET ")
		}
		if status, got := b.do(c.pattern, target, c.form); status != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s: status %d, and not %q: %s", c.says, status, c.want, got)
		}
	}
}

func TestWatchForms(t *testing.T) {
	b := newBench(t)
	post := func(pattern string, form url.Values) string {
		t.Helper()
		_, got := b.do(pattern, "/", form)
		return got
	}
	page := func() string {
		t.Helper()
		_, got := b.do("GET /{$}", "/", nil)
		return got
	}
	if got := post("POST /watch/instruct", url.Values{"text": {"Call <b>first</b>."}, "until": {"2099-01-01"}}); got != "/" || !strings.Contains(page(), "Call &lt;b&gt;first&lt;/b&gt;.") {
		t.Errorf("an instruction does not stand: %s", got)
	}
	if got := post("POST /watch/instruct", url.Values{"id": {"i1"}, "end": {"yes"}}); got != "/" || strings.Contains(page(), "Call &lt;b") {
		t.Errorf("an instruction that was ended stands: %s", got)
	}
	if got := post("POST /watch/handover", url.Values{"to": {"cn-24-7-02"}}); got != "/" || !strings.Contains(page(), "not confirmed by cn-24-7-02") {
		t.Errorf("the watch was not handed over: %s", got)
	}
	if got := post("POST /watch/handover", url.Values{"take": {"w1"}}); !strings.Contains(got, "hands the watch to") {
		t.Errorf("the outgoing seat took the watch over itself: %s", got)
	}
	b.who.Seat = "cn-24-7-02"
	if got := post("POST /watch/handover", url.Values{"take": {"w1"}}); got != "/" || !strings.Contains(page(), "taken over") {
		t.Errorf("the watch was not taken over: %s", got)
	}
	if _, got := b.do("GET /watch/log/{as}", "/watch/log/pdf", nil); !strings.HasPrefix(got, "%PDF-") {
		t.Errorf("the day log is no PDF: %.40q", got)
	}
}
