package queue_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"comity"
	"comity/say"
	"comity/thread"
	"comity/web/webtest"
)

func TestQueueViews(t *testing.T) {
	w := first(webtest.Desks(t))
	w.Asks(http.StatusSeeOther, "/queue/save", url.Values{"name": {"the fastest"}, "query": {"priority=P0&whose=us"}})
	if got := w.Asks(http.StatusOK, "/queue", nil).Body.String(); !strings.Contains(got, "the fastest") || !strings.Contains(got, "priority=P0&amp;whose=us") {
		t.Errorf("a saved view is not offered: %s", got)
	}
	w.Asks(http.StatusUnprocessableEntity, "/queue/save", url.Values{"name": {""}, "query": {"priority=P0"}})
	w.Sits("Bob Ray", w.Who.Seat)
	if got := w.Asks(http.StatusOK, "/queue", nil).Body.String(); strings.Contains(got, "the fastest") {
		t.Error("another person is offered what was not shared")
	}
}

// What a file has is what the page has, in one spelling for each.
func TestQueueFiles(t *testing.T) {
	w := first(webtest.Desks(t))
	for path, starts := range map[string]string{"/queue.csv": "\ufeffref,realm,peer", "/queue.json": "[", "/queue.ics": "BEGIN:VCALENDAR\r\n"} {
		if got := w.Asks(http.StatusOK, path+"?whose=us", nil).Body.String(); !strings.HasPrefix(got, starts) {
			t.Errorf("%s begins %.40q", path, got)
		}
	}
	w.Asks(http.StatusUnprocessableEntity, "/queue.json?peer=--limit", nil)
	w.Asks(http.StatusUnprocessableEntity, "/queue.csv?after=nowhere", nil)
}

func TestPages(t *testing.T) {
	_, b, ref := webtest.Asked(t, 1)
	for _, c := range []struct {
		says, target string
		en, zh       string
	}{
		{"the queue has the matter, in its two columns", "/queue", "not acknowledged", "未确认收到"},
		{"a filter is said in words", "/queue?priority=P3&sort=ref", "No matter that you may see fits this filter.", "没有符合此筛选条件"},
		{"what has more says so, though a filter leaves nothing of the page", "/queue?limit=1&row=live/US-2026-999999", "after=", "after="},
		{"the watch has what is due", "/", string(ref), string(ref)},
		{"the watch says that nobody knows whom to call", "/", "published no directory", "尚未向我方发布名录"},
		{"the peers are listed", "/peers", "confirmed, and the line is open", "已确认，线路已开通"},
		{"a peer has its balance", "/peers/us", "Open balance", "未结情况"},
		{"a peer's log is computed when asked", "/peers/us?check=yes", "The logs are what their items make them.", "日志与其条目一致"},
		{"a search finds a reference", "/search?q=" + string(ref), "/m/live/" + string(ref), "/m/live/" + string(ref)},
		{"a search finds nothing, and says what it looked through", "/search?q=zzzz", "Nothing that you may read", "没有同时包含这些词"},
		{"a word that looks like a flag is a word", "/search?q=" + url.QueryEscape("--dir /etc"), "Nothing that you may read", "没有同时包含这些词"},
	} {
		t.Run(c.says, func(t *testing.T) {
			for lang, want := range map[say.Lang]string{say.English: c.en, say.Chinese: c.zh} {
				b.Speaks(lang)
				if got := b.Asks(http.StatusOK, c.target, nil).Body.String(); !strings.Contains(got, want) || strings.Count(got, "<h1") != 1 {
					t.Errorf("%s: not %q: %s", lang, want, got)
				}
			}
		})
	}
}

func TestQueueForms(t *testing.T) {
	_, b, ref := webtest.Asked(t, 1)
	row := "live/" + string(ref)
	for _, c := range []struct {
		says, path string
		form       url.Values
		status     int
		want       string
	}{
		{"a view is saved", "/queue/save", url.Values{"name": {"P1 先办"}, "query": {"priority=P1"}}, 303, "/queue?priority=P1"},
		{"and stands there with its count", "/queue", nil, 200, "P1 先办"},
		{"and is dropped", "/queue/forget", url.Values{"name": {"P1 先办"}, "query": {""}}, 303, "/queue"},
		{"a view without a name is not saved", "/queue/save", url.Values{"query": {"priority=P1"}}, 422, "name"},
		{"what is to come cannot have been seen", "/queue/seen", url.Values{"upto": {"99999999999999"}}, 422, "upto"},
		{"nothing chosen is nothing done", "/queue/batch", url.Values{"act": {"note"}, "text": {"x"}}, 422, "choose matters first"},
		{"a batch first shows what would happen", "/queue/batch", url.Values{"act": {"acknowledge"}, "sources": {"none"}, "row": {row}}, 200, "Nothing has been done yet."},
		{"and made no draft by that", "/drafts", nil, 200, "<h1>"},
		{"then it makes the drafts", "/queue/batch", url.Values{"act": {"acknowledge"}, "sources": {"none"}, "row": {row}, "go": {"yes"}}, 200, "/d/D-1"},
		{"which can be dropped", "/queue/undo", url.Values{"draft": {"D-1"}}, 200, "The draft is dropped."},
		{"once", "/queue/undo", url.Values{"draft": {"D-1"}}, 200, "not done"},
		{"an undo is of drafts alone", "/queue/undo", url.Values{"draft": {"--dir"}}, 422, "is no draft"},
		{"a matter that is not there stops nothing else", "/queue/batch", url.Values{"act": {"note"}, "text": {"for Monday"}, "row": {row, "live/US-2026-999999", "live/--dir"}, "go": {"yes"}}, 200, "2 were not done"},
		{"a note is our own", "/queue/batch", url.Values{"act": {"note"}, "text": {"--seat"}, "row": {row}, "go": {"yes"}}, 200, "Noted in our own file."},
		{"an agency of ours has it", "/queue/batch", url.Values{"act": {"route"}, "agency": {"cn-24-7"}, "text": {"it is on duty"}, "row": {row}, "go": {"yes"}}, 200, "Done to 1."},
	} {
		w := b.Asks(c.status, c.path, c.form)
		if got := w.Body.String() + w.Header().Get("Location"); !strings.Contains(got, c.want) {
			t.Errorf("%s: not %q: %s", c.says, c.want, webtest.Plain(w))
		}
	}
}

func TestWatchForms(t *testing.T) {
	_, b, _ := webtest.Asked(t, 1)
	post := func(path string, form url.Values) string {
		t.Helper()
		return b.Asks(http.StatusSeeOther, path, form).Header().Get("Location")
	}
	page := func() string {
		t.Helper()
		return b.Asks(http.StatusOK, "/", nil).Body.String()
	}
	if got := post("/watch/instruct", url.Values{"text": {"Call <b>first</b>."}, "until": {"2099-01-01"}}); got != "/" || !strings.Contains(page(), "Call &lt;b&gt;first&lt;/b&gt;.") {
		t.Errorf("an instruction does not stand: %s", got)
	}
	if got := post("/watch/instruct", url.Values{"id": {"i1"}, "end": {"yes"}}); got != "/" || strings.Contains(page(), "Call &lt;b") {
		t.Errorf("an instruction that was ended stands: %s", got)
	}
	if got := post("/watch/handover", url.Values{"to": {"cn-24-7-02"}}); got != "/" || !strings.Contains(page(), "not confirmed by cn-24-7-02") {
		t.Errorf("the watch was not handed over: %s", got)
	}
	b.Shows(b.Asks(http.StatusForbidden, "/watch/handover", url.Values{"take": {"w1"}}), "hands the watch to")
	b.Who.Seat = "cn-24-7-02"
	if got := post("/watch/handover", url.Values{"take": {"w1"}}); got != "/" || !strings.Contains(page(), "taken over") {
		t.Errorf("the watch was not taken over: %s", got)
	}
	if got := b.Asks(http.StatusOK, "/watch/log/pdf", nil).Body.String(); !strings.HasPrefix(got, "%PDF-") {
		t.Errorf("the day log is no PDF: %.40q", got)
	}
}

func first(us, _ *webtest.Desk) *webtest.Desk { return us }

// A watch on which nothing is due tells what waits later: it never says that nothing does.
func TestAQuietShiftTellsWhatIsDueLater(t *testing.T) {
	_, b, ref := webtest.Asked(t, 1)
	b.Asks(http.StatusOK, "/queue", nil)
	page := b.Asks(http.StatusOK, "/", nil)
	b.Shows(page, `<a href="/m/live/`+string(ref)+`"><bdi>`, `href="/search"`)
	b.Lacks(page, b.Words().WatchLater(1))
	if _, err := b.Party.Say(t.Context(), ref, "acknowledge", &thread.Acknowledge{Statement: asked(t, b, ref)}); err != nil {
		t.Fatal(err)
	}
	for _, l := range say.Langs {
		b.Speaks(l)
		page := b.Asks(http.StatusOK, "/", nil)
		b.Shows(page, b.Words().WatchLater(1), b.Words().WatchQuietShift(), "/queue?whose=us")
		b.Lacks(page, b.Words().WatchQuiet())
	}
}

// asked is the request of a matter, as the form that acknowledges it names it.
func asked(t *testing.T, d *webtest.Desk, ref comity.Ref) comity.Hash {
	h, err := comity.ParseHash(webtest.Browser(d.Asks(http.StatusOK, "/m/live/"+string(ref)+"/do/acknowledge", nil)).Get("statement"))
	if err != nil {
		t.Fatal(err)
	}
	return h
}
