package webtest_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/config"
	"comity/desk"
	"comity/say"
	"comity/session"
	"comity/testnet"
	"comity/web/webtest"
)

// secret is what the restricted matter says and nothing else does.
const secret = "magpie-7731"

// values are what stands for a part of a path: of the restricted matter where a part
// can name one, else of something that is there.
func values(ref comity.Ref) map[string][]string {
	return map[string][]string{
		"realm": {"live"}, "ref": {string(ref)}, "party": {"us"}, "sheet": {"screen"}, "action": {"act1"}, "type": {"preserve"}, "pack": {"bilateral-default", string(ref)},
		"kind": {"answer", "note", "restrict", "disclose", "erase", "route", "preserve", "pdf", "html", "csv", "json", "case.open"}, "id": {"D-1", "D-2", "w1", "c1"},
		"form": {"pdf"}, "cipher": {strings.Repeat("0", 64)}, "hash": {strings.Repeat("0", 64)}, "what": {"country", "letter"}, "as": {"pdf", "html"}, "key": {"k1"}, "do": {"link"},
	}
}

// paths are all pages that may be read, with each of these values.
func paths(patterns []string, with map[string][]string) (list []string) {
	part := regexp.MustCompile(`\{(\w+)\}`)
	for _, p := range patterns {
		path, ok := strings.CutPrefix(p, "GET ")
		if !ok {
			continue
		}
		all := []string{strings.ReplaceAll(path, "{$}", "")}
		for _, m := range part.FindAllStringSubmatch(path, -1) {
			var more []string
			for _, at := range all {
				for _, v := range with[m[1]] {
					more = append(more, strings.ReplaceAll(at, m[0], v))
				}
			}
			all = more
		}
		list = append(list, all...)
	}
	return list
}

// asked are pages whose query chooses what they show.
func asked(ref comity.Ref) []string {
	return []string{"/queue?all=yes", "/queue?all=yes&realm=all&sort=ref", "/queue?all=yes&limit=1000", "/queue.csv?all=yes", "/queue.json?all=yes", "/queue.ics?all=yes",
		"/search?q=" + secret, "/search?all=yes&q=" + string(ref), "/search?q=" + url.QueryEscape("matter 7"), "/review?from=2020-01-01&until=2099-01-01", "/cases?all=yes",
		"/admin/journal?who=cn-24-7-01", "/text?page=" + url.QueryEscape("/m/live/"+string(ref)+"/do/answer"), "/text/drop?page=" + url.QueryEscape("/m/live/"+string(ref)+"/do/answer"),
		"/text/conflict?page=" + url.QueryEscape("/m/live/"+string(ref)+"/do/answer"), "/new/preserve?from=" + string(ref)}
}

func get(d *webtest.Desk, path string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
	d.ServeHTTP(w, r)
	return w
}

// Nobody who is not admitted to a restricted matter learns of it from any page, list,
// search, export or feed, in any role: what names it answers byte for byte like what
// names a matter that there is not.
func TestNobodyLearnsOfARestrictedMatter(t *testing.T) {
	us, cn, open := webtest.Asked(t, 1)
	_, ref, err := us.Party.Ask(t.Context(), cn.Party.Party, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := us.Party.Note(t.Context(), ref, "the account is %s", secret); err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us.Party, cn.Party)
	at := "/m/live/" + string(ref)
	cn.Asks(http.StatusSeeOther, at+"/file/add/note", url.Values{"internal": {"our note on " + secret}})
	cn.Asks(http.StatusSeeOther, at+"/file/add/action", url.Values{"id": {"act1"}, "provider": {secret + ".example"}, "measure": {"preserve"}, "instrument": {"voluntary"}, "user_notice": {"none"}})
	cn.Asks(http.StatusSeeOther, at+"/do/note", url.Values{"text": {"a draft on " + secret}, "sources": {"none"}})
	cn.Asks(http.StatusNoContent, "/text?page="+url.QueryEscape(at+"/do/answer"), url.Values{"text": {"half of " + secret}})
	cn.Asks(http.StatusSeeOther, at+"/file/add/restrict", url.Values{"cover": {"matter 7"}})

	none := comity.Ref("US-2026-999999")
	pages := append(paths(cn.Patterns(), values(ref)), asked(ref)...)
	others := append(paths(cn.Patterns(), values(none)), asked(none)...)
	shown := 0
	for _, path := range pages {
		if strings.Contains(get(cn, path).Body.String(), secret) {
			shown++
		}
	}
	if shown < 5 || len(pages) < 100 {
		t.Fatalf("who is admitted sees it on %d of %d pages: nothing is proved of the others", shown, len(pages))
	}
	for name, roles := range map[string][]session.Role{"officer": nil, "administrator": {session.Administrator}, "inspector": {session.Inspector}, "principal": {session.Principal}} {
		t.Run(name, func(t *testing.T) {
			cn.Sits(name, "cn-24-7-02", roles...)
			for _, lang := range say.Langs {
				cn.Speaks(lang)
				for i, path := range pages {
					got := get(cn, path)
					text := strings.NewReplacer("looked for "+secret, "", "looked for "+string(ref), "").Replace(got.Body.String()) // as they did themselves
					asks := strings.Contains(path, string(ref)) || strings.Contains(path, secret)
					if strings.Contains(text, secret) && !strings.Contains(path, secret) || strings.Contains(text, string(ref)) && !asks {
						t.Errorf("%s tells of it: %s", path, around(webtest.Plain(got), ref))
					}
					if !asks || strings.HasPrefix(path, "/search") {
						continue
					}
					like := get(cn, others[i])
					if got.Code != like.Code || plain(text, ref) != plain(like.Body.String(), none) {
						t.Errorf("%s is %d, and of no matter %d:\n%.300s\n%.300s", path, got.Code, like.Code, webtest.Plain(got), webtest.Plain(like))
					}
				}
			}
			if text := get(cn, "/search?q="+secret).Body.String(); slices.Contains([]bool{strings.Contains(text, "/m/live/")}, true) {
				t.Error("a search finds it")
			}
			if text := get(cn, "/watch/log/html").Body.String(); strings.Contains(text, "looked for a restricted matter") {
				t.Error("the day log tells who looked for its name that there is one")
			}
		})
	}
	if !strings.Contains(get(cn, "/queue?all=yes").Body.String(), string(open)) {
		t.Error("the matter that anybody may see is gone too")
	}
}

var changes = regexp.MustCompile(`E-[A-Z2-7]{6}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|\d{2}:\d{2}(:\d{2})?|\d+ ?(s|min|秒|分钟)`)

// plain is a page without the name that was asked for, the time and the number of the
// error: what differs between two askings of one thing.
func plain(page string, ref comity.Ref) string {
	return changes.ReplaceAllString(strings.ReplaceAll(page, string(ref), "X"), "_")
}

// around is where a page tells of it.
func around(text string, ref comity.Ref) string {
	for _, word := range []string{secret, string(ref)} {
		if i := strings.Index(text, word); i >= 0 {
			return text[max(0, i-120):min(len(text), i+120)]
		}
	}
	return ""
}

// Who administers or inspects needs no seat for it, and without one reads no matter.
func TestAdministersWithoutASeat(t *testing.T) {
	us, _, ref := webtest.Asked(t, 1)
	for role, begin := range map[session.Role]string{session.Administrator: "/admin", session.Inspector: "/admin", session.Principal: "/settings"} {
		us.Sits(string(role), "", role)
		if w := get(us, "/"); w.Header().Get("Location") != begin {
			t.Errorf("%s begins at %q, not %q", role, w.Header().Get("Location"), begin)
		}
		if has := strings.Contains(get(us, "/settings").Body.String(), `href="/admin"`); has != (begin == "/admin") {
			t.Errorf("%s: a way to administration is %v", role, has)
		}
		for _, path := range []string{"/queue", "/search", "/principals", "/m/live/" + string(ref)} {
			if w := get(us, path); w.Code != http.StatusForbidden {
				t.Errorf("%s: %s answers %d", role, path, w.Code)
			}
		}
	}
	us.Sits("another", "", session.Inspector)
	us.Asks(http.StatusOK, "/admin", nil)
}

// leveled are desks whose second seat in cn is cleared for nothing.
func leveled(t *testing.T) (us, cn *webtest.Desk) {
	nodes := testnet.Nodes(t, "us", "cn")
	c, err := config.Read(nodes[1].Dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Seats = map[comity.Seat]config.Powers{"cn-24-7-01": {Level: "restricted", Roles: []string{"central"}}, "cn-24-7-02": {Roles: []string{"legal"}}}
	b, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(filepath.Join(nodes[1].Dir, config.Name), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return webtest.Open(t, nodes[0]), webtest.Open(t, nodes[1])
}

// says has a desk's two officers release what it has drafted at a path.
func says(t *testing.T, d *webtest.Desk, path string, form url.Values) {
	t.Helper()
	id := strings.TrimPrefix(d.Asks(http.StatusSeeOther, path, form).Header().Get("Location"), "/d/")
	for _, o := range d.Party.Officers[:2] {
		if _, err := d.Party.Desk.Approve(t.Context(), id, desk.Word{Officer: o}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Party.Desk.Send(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// A seat that is not cleared for what a matter is marked reads nothing of it on any
// page: no title, no draft, no line of a list or a paper.
func TestNobodyReadsWhatIsMarkedForOthers(t *testing.T) {
	us, cn := leveled(t)
	open := url.Values{"to": {"cn"}, "title": {secret}, "category": {"fraud"}, "agency": {"us-24-7"}, "sources": {"none"}}
	says(t, us, "/open/case.open", open)
	const ref = "US-2026-000001"
	at := "/m/live/" + ref
	says(t, us, at+"/do/note", url.Values{"text": {"of " + secret}, "sources": {"none"}, "tlp": {"RED"}})
	testnet.Settle(t, us.Party, cn.Party)
	_, plainly, err := us.Party.Ask(t.Context(), cn.Party.Party, 1)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us.Party, cn.Party)
	cn.Asks(http.StatusSeeOther, at+"/do/note", url.Values{"text": {"a draft on " + secret}, "sources": {"none"}})
	red := cn.Asks(http.StatusSeeOther, "/m/live/"+string(plainly)+"/do/note", url.Values{"text": {"the name is " + secret}, "sources": {"none"}, "tlp": {"RED"}}).Header().Get("Location")

	pages := append(paths(cn.Patterns(), values(ref)), asked(ref)...)
	shown := 0
	for _, path := range pages {
		if strings.Contains(get(cn, path).Body.String(), secret) {
			shown++
		}
	}
	if shown < 5 {
		t.Fatalf("who is cleared sees it on %d of %d pages: nothing is proved of the others", shown, len(pages))
	}
	cn.Sits("Bo", "cn-24-7-02", session.Administrator)
	for _, path := range pages {
		text := strings.ReplaceAll(get(cn, path).Body.String(), "looked for "+secret, "")
		if strings.Contains(text, secret) && !strings.Contains(path, secret) {
			t.Errorf("%s tells of it: %s", path, around(text, ref))
		}
	}
	if text := get(cn, "/search?q="+secret).Body.String(); strings.Contains(text, "/m/live/") || strings.Contains(text, `href="/d/`) {
		t.Error("a search finds it")
	}
	for path, form := range map[string]url.Values{red + "/drop": {}, at + "/do/note": {"text": {"x"}, "sources": {"none"}}} {
		if w := post(cn, path, form); w.Code != http.StatusForbidden {
			t.Errorf("%s is %d", path, w.Code)
		}
	}
	for _, path := range []string{"/queue?all=yes", "/queue.csv?all=yes"} {
		if text := get(cn, path).Body.String(); strings.Contains(text, ref) || !strings.Contains(text, string(plainly)) {
			t.Errorf("%s lists what may not be read, or not what may", path)
		}
	}
	for _, who := range []comity.Seat{"cn-24-7-02", "cn-24-7-01"} { // and what the cleared seat writes for all
		cn.Sits(string(who), who)
		to := map[comity.Seat]string{"cn-24-7-01": "cn-24-7-02", "cn-24-7-02": "cn-24-7-01"}[who]
		cn.Asks(http.StatusSeeOther, "/watch/handover", url.Values{"to": {to}, "text": {"x"}})
		day := url.Values{"peer": {"us"}, "from": {"2026-01-01"}, "until": {cn.Now().Format("2006-01-02")}}
		if id := post(cn, "/report/draft", day).Header().Get("Location"); id != "" && strings.Contains(get(cn, id).Body.String(), ref) {
			t.Errorf("%s: a report for all names it", who)
		}
		if strings.Contains(get(cn, "/").Body.String(), ref) && who == "cn-24-7-02" {
			t.Errorf("the watch of %s names it", who)
		}
	}
}

func post(d *webtest.Desk, path string, form url.Values) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.ServeHTTP(w, r)
	return w
}

// What the other side gave goes on no paper for another country; a request of our own
// does, marked on every page, and the journal says so.
func TestPapersForAnotherCountryAskTheGate(t *testing.T) {
	us, cn, ref := webtest.Asked(t, 1)
	country := url.Values{"country": {"fr"}, "form": {"letter"}, "seal_required": {"no"}, "channels[0].kind": {"email"}, "channels[0].address": {"x@y.example"}, "languages": {"fr"}}
	to, at := url.Values{"to": {"fr"}, "reference": {"OUR-1"}}, "/m/live/"+string(ref)
	for _, d := range []*webtest.Desk{us, cn} {
		d.Asks(http.StatusSeeOther, "/correspondents/country", country)
	}
	if w := post(cn, at+"/file/post", to); w.Header().Get("Content-Disposition") != "" {
		t.Error("the other side's request left as papers")
	}
	cn.Shows(get(cn, "/watch/log/html"), "was refused to put "+string(ref)+" on paper for fr")
	b := us.Asks(http.StatusOK, at+"/file/post", to).Body.Bytes()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(z, "form.txt")
	if err != nil || !strings.Contains(string(text), "TLP:AMBER") {
		t.Errorf("papers are not marked: %v\n%.300s", err, text)
	}
	us.Shows(get(us, "/watch/log/html"), "put "+string(ref)+" on paper for fr")
	says(t, us, at+"/do/note", url.Values{"text": {"for two"}, "sources": {"none"}, "tlp": {"RED"}})
	if w := post(us, at+"/file/post", to); w.Header().Get("Content-Disposition") != "" {
		t.Error("what is TLP:RED left as papers")
	}
}

// A seat that was taken off the roster reads nothing any more, whatever its session.
func TestASeatOffTheRosterReadsNothing(t *testing.T) {
	_, cn, ref := webtest.Asked(t, 1)
	draft := cn.Asks(http.StatusSeeOther, "/m/live/"+string(ref)+"/do/note", url.Values{"text": {secret}, "sources": {"none"}}).Header().Get("Location")
	cn.Party.Revoke(t, "cn-24-7-02")
	cn.Sits("Gone", "cn-24-7-02")
	for _, path := range []string{draft, "/drafts", "/queue", "/queue.csv", "/cases", "/m/live/" + string(ref)} {
		if w := get(cn, path); w.Code != http.StatusForbidden {
			t.Errorf("%s is %d", path, w.Code)
		}
	}
}

// The day log tells an officer nothing of persons, their keys and sessions.
func TestTheDayLogIsNotTheJournalOfPersons(t *testing.T) {
	_, cn, ref := webtest.Asked(t, 1)
	cn.Asks(http.StatusOK, "/m/live/"+string(ref), nil)
	log := get(cn, "/watch/log/html")
	cn.Shows(log, "showed "+string(ref))
	cn.Lacks(log, "person: added")
	cn.Sits("Ivy", "cn-24-7-01", session.Inspector)
	cn.Who.ID = "S-1"
	cn.Shows(get(cn, "/watch/log/html"), "person: added")
}
