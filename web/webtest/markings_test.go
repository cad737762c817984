package webtest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comity"
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
