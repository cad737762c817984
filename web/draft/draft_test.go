package draft_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"comity"
	"comity/say"
	"comity/web/frame"
	"comity/web/webtest"
)

// The form has what the guidelines ask for of its type first, says who asks, and
// leaves the type and the emergency out.
func TestRequestForm(t *testing.T) {
	w := first(webtest.Desks(t))
	for _, lang := range say.Langs {
		w.Speaks(lang)
		rec := w.Asks(200, "/new/preserve", nil)
		first, more, _ := strings.Cut(rec.Body.String(), `<details class="sheet"><summary>`)
		w.Shows(rec, `value="us-24-7"`, `value="us-24-7-01"`, say.In(lang).CheckTitle(), say.In(lang).FormCheck(), `value="order.items"`)
		w.Lacks(rec, `name="type"`, `name="basis.pack"`)
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
	x := browser(w.Asks(200, "/new/preserve", nil))
	x.Set("order.items[0].value", "157.119.75.16")
	x.Set("priority", "P0")
	x.Set("add", "order.items")
	rec := w.Asks(200, "/new/preserve", x)
	first, _, _ := strings.Cut(rec.Body.String(), `<details class="sheet"><summary>`)
	for _, name := range []string{`name="order.items[1].value"`, `name="emergency.facts"`} {
		if !strings.Contains(first, name) {
			t.Errorf("with another row, and as an emergency: %s is not there", name)
		}
	}
	w.Asks(404, "/new/nothing", nil)
	w.Asks(404, "/new/subscriber?from=US-2026-000009", nil)
}

// What is typed is kept when the server says so, is there again, and gives way to no
// other window.
func TestTexts(t *testing.T) {
	w := first(webtest.Desks(t))
	const save = "/text?page=%2Fnew%2Fsubscriber"
	rec := w.Asks(204, save, url.Values{"supporting.facts": {"一号窗口"}, "to": {"cn"}})
	version := rec.Header().Get("Desk-Version")
	if rec.Header().Get("Desk-Saved") == "" || version == "" {
		t.Errorf("saved without a word: %v", rec.Header())
	}
	w.Shows(w.Asks(200, "/new/subscriber", nil), "一号窗口", version)
	w.Shows(w.Asks(200, "/drafts", nil), `href="/new/subscriber"`)
	w.Asks(409, save, url.Values{"supporting.facts": {"the rival"}, "version": {"0"}})
	rec = w.Asks(303, "/new/subscriber", nil)
	if to := rec.Header().Get("Location"); to != "/text/conflict?page=%2Fnew%2Fsubscriber" {
		t.Errorf("sent on to %s", to)
	}
	w.Shows(w.Asks(200, "/text/conflict?page=/new/subscriber", nil), "一号窗口", "the rival")
	w.Asks(303, "/text/conflict?page=/new/subscriber", url.Values{"take": {"rival"}, "version": {version}})
	w.Shows(w.Asks(200, "/new/subscriber", nil), "the rival")
	if to := w.Asks(303, save, nil).Header().Get("Location"); to != "/new/subscriber" {
		t.Errorf("from where the text was saved one comes back to %s", to)
	}

	ann := w.Who.Person
	w.Sits("Li Wei", w.Who.Seat)
	w.Lacks(w.Asks(200, "/drafts", nil), "/new/subscriber") // a person's own
	w.Who.Person = ann
	w.Asks(303, "/text/drop?page=/new/subscriber", url.Values{})
	w.Lacks(w.Asks(200, "/new/subscriber", nil), "the rival")

	for _, page := range []string{"/queue", "//evil.example/new/preserve", "/m/live/US-2026-000009/do/answer"} {
		w.Asks(404, "/text?page="+url.QueryEscape(page), url.Values{"a": {"b"}})
	}
	w.Asks(422, save, url.Values{"supporting.facts": {strings.Repeat("x", 300<<10)}})
}

// A request begun from an example is checked while it is written, becomes a draft,
// and its text is no longer kept. The draft shows what leaves and what is to be done.
func TestDraftPages(t *testing.T) {
	w := first(webtest.Desks(t))
	x := browser(w.Asks(200, "/new/preserve?from=example", nil))
	var told struct {
		List []struct {
			Blocks bool
			Field  string
		}
		Have, Of int
	}
	told.List = nil
	if err := json.Unmarshal(w.Asks(200, "/new/preserve/check", x).Body.Bytes(), &told); err != nil {
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
	if to := w.Asks(303, "/new/preserve", x).Header().Get("Location"); to != "/d/D-1" {
		t.Fatalf("the draft is at %s", to)
	}
	w.Lacks(w.Asks(200, "/drafts", nil), `href="/new/preserve"`)
	for _, lang := range say.Langs {
		w.Speaks(lang)
		words := say.In(lang)
		w.Shows(w.Asks(200, "/d/D-1", nil), "157.119.75.16", "cn-24-7", words.ReleaseVictims(), words.ReleaseRecall(), "comity approve D-1 --seat us-24-7-01 --send", words.SourcesTitle())
		theirs := say.In(words.Other())
		w.Shows(w.Asks(200, "/d/D-1/preview", nil), theirs.PreviewFree(), theirs.Of(comity.Text{EN: "Expedited preservation", ZH: "快速保全"}), "157.119.75.16")
		w.Shows(w.Asks(200, "/d/D-1/drop", nil), words.ReleaseDropSays())
		w.Shows(w.Asks(200, "/glossary", nil), "Expedited preservation", "快速保全", words.PhraseFacts())
	}
	w.Speaks(say.English)
	w.Asks(303, "/d/D-1/protect", url.Values{"line.informant": {"no"}, "line.victim": {"yes"}, "note.victim": {"named p1 only"}})
	w.Shows(w.Asks(200, "/d/D-1", nil), "named p1 only", w.Words().SourcesOpen(5))
	w.Shows(w.Asks(200, "/d/D-1/alone", url.Values{"sole-reason": {"nobody else is here"}}), w.Words().ReleaseAloneDue("12"), "--sole --sole-reason &#39;nobody else is here&#39;")
	w.Asks(422, "/d/D-1/alone", url.Values{})
	w.Asks(303, "/d/D-1/drop", url.Values{})
	w.Lacks(w.Asks(200, "/drafts", nil), "D-1")
}

// The marking that is chosen is the draft's, and that of a matter is offered first.
func TestMarkingOfAForm(t *testing.T) {
	w := first(webtest.Desks(t))
	got := w.Asks(http.StatusOK, "/new/preserve", nil).Body.String()
	if !strings.Contains(got, `<option value="AMBER" selected>TLP:AMBER</option>`) || !strings.Contains(got, `<option value="RED">`) {
		t.Error("the form offers no marking")
	}
	got = w.Asks(http.StatusUnprocessableEntity, "/new/preserve", url.Values{"tlp": {"RED"}}).Body.String()
	if !strings.Contains(got, `<option value="RED" selected>`) {
		t.Error("the marking that was chosen is lost")
	}
}

func first(us, _ *webtest.Desk) *webtest.Desk { return us }

// browser is what a browser would send of a page, for the other side.
func browser(w *httptest.ResponseRecorder) url.Values {
	all := webtest.Browser(w)
	all.Set("to", "cn")
	return all
}

// Who acknowledges types no hash: the statement meant is chosen already. The form names
// the matter and its items, and a check says what is missing and makes nothing.
func TestFormsOfMoves(t *testing.T) {
	_, cn, ref := webtest.Asked(t, 1)
	at := "/m/live/" + string(ref)
	for _, lang := range say.Langs {
		cn.Speaks(lang)
		rec := cn.Asks(200, at+"/do/acknowledge", nil)
		if id := webtest.Browser(rec).Get("statement"); len(id) != 64 {
			t.Errorf("the statement is %q", id)
		}
		cn.Shows(rec, say.In(lang).Named("kind", "preserve.request")+" · ")
		cn.Shows(cn.Asks(200, at+"/do/answer", nil), string(ref), `<option value="1">1 · `)
		cn.Shows(cn.Asks(200, at, nil), `class="button first" href="`+at+`/do/acknowledge"`, say.In(lang).MatterOthers())
	}
	cn.Speaks(say.English)
	bad := cn.Asks(200, at+"/do/answer", url.Values{"press": {"check"}, "results[0].item": {"1"}, "results[0].amount": {"three"}})
	cn.Shows(bad, "is not a whole number", cn.Words().FormFaults(1))
	x := webtest.Browser(bad)
	x.Set("press", "check")
	x.Del("results[0].amount")
	cn.Shows(cn.Asks(200, at+"/do/answer", x), `id="w-results[0].result"`)
	x = webtest.Browser(cn.Asks(200, at+"/do/acknowledge", nil))
	x.Set("press", "check")
	cn.Shows(cn.Asks(200, at+"/do/acknowledge", x), cn.Words().FormGood())
	x.Del("press")
	x.Set("version", webtest.Browser(cn.Asks(200, at+"/do/acknowledge", nil)).Get("version"))
	if to := cn.Asks(303, at+"/do/acknowledge", x).Header().Get("Location"); to != "/d/D-1" {
		t.Errorf("the draft is at %s", to)
	}
}

// A refusal that names a command of our own file leads to that file's page.
func TestARefusalLeadsToOurFile(t *testing.T) {
	f := frame.Frame{W: say.In(say.English)}
	for why, leads := range map[string]bool{"screening.political: nobody has answered it; comity --dir cn screen REF political yes|no": true, "answer them: comity protect US-2026-000001 witness no": true, "comity show US-2026-000001 lists them": false} {
		var b strings.Builder
		if err := f.OwnFile("/m/live/US-2026-000001", why).Render(t.Context(), &b); err != nil || strings.Contains(b.String(), `href="/m/live/US-2026-000001/file"`) != leads {
			t.Errorf("%s: %q, %v", why, b.String(), err)
		}
	}
}

// The page of a draft says what a signature does before it is given, and shows the
// sheet that protects sources where it is asked for.
func TestWhatASignatureDoes(t *testing.T) {
	_, cn, ref := webtest.Asked(t, 1)
	at := "/m/live/" + string(ref) + "/do/"
	page := func(kind string, form url.Values) *httptest.ResponseRecorder {
		t.Helper()
		return cn.Asks(200, cn.Asks(303, at+kind, form).Header().Get("Location"), nil)
	}
	note, answer := page("note", url.Values{"text": {"a word"}, "sources": {"none"}}), page("accept", url.Values{})
	for _, lang := range say.Langs {
		cn.Speaks(lang)
		w := cn.Words()
		one, two := cn.Asks(200, "/d/D-1", nil), cn.Asks(200, "/d/D-2", nil)
		cn.Shows(one, w.ClassSeat(), w.PressLeaves())
		cn.Lacks(one, w.SourcesTitle(), w.PressSecond(), w.ReleaseAlone(), w.ReleaseScreening())
		cn.Shows(two, w.ClassDual(), w.PressSecond(), w.ReleaseScreening(), "comity screen")
		cn.Lacks(two, w.SourcesTitle(), w.PressLeaves(), w.ReleaseAlone())
	}
	if note.Code+answer.Code != 400 {
		t.Error("they are not shown at first")
	}
}
