package matter_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"comity/say"
	"comity/thread"
	"comity/web/webtest"
)

func TestPagesOfAMatter(t *testing.T) {
	_, cn, ref := webtest.Asked(t, 2)
	at := "/m/live/" + string(ref)
	for _, path := range []string{at, at + "/file", at + "/read", at + "/export", at + "/file/add/action", at + "/file/add/route", at + "/file/add/note", "/posted", "/posted/add/letter"} {
		for _, l := range say.Langs {
			cn.Speaks(l)
			if got := page(cn, path); strings.Count(got, "<h1") != 1 || !strings.Contains(got, `<html lang="`+string(l)) {
				t.Errorf("%s in %s has not one heading in its language", path, l)
			}
		}
	}
	cn.Asks(http.StatusNotFound, "/m/live/US-2026-999999/file", nil)
}

func TestOurFile(t *testing.T) {
	_, cn, ref := webtest.Asked(t, 2)
	at := "/m/live/" + string(ref)
	cn.Asks(http.StatusSeeOther, at+"/file/sheet/screen", url.Values{"answer.minor": {"yes"}, "note.minor": {"a child of nine"}, "answer.political": {"no"}})
	cn.Asks(http.StatusSeeOther, at+"/file/sheet/protect", url.Values{"rest": {"no"}})
	cn.Asks(http.StatusSeeOther, at+"/file/add/note", url.Values{"internal": {"called <b>the provider</b>"}})
	cn.Asks(http.StatusSeeOther, at+"/file/add/action", url.Values{"id": {"act1"}, "provider": {"mail.example"}, "measure": {"preserve"}, "instrument": {"voluntary"}, "user_notice": {"none"}, "waiting_for": {"provider"}})
	cn.Asks(http.StatusSeeOther, at+"/file/add/restrict", url.Values{"cover": {"matter 7"}})
	cn.Asks(http.StatusSeeOther, "/posted/add/correspondent", url.Values{"country": {"xx"}, "channels[0].kind": {"email"}, "channels[0].address": {"a@justice.example"}, "languages": {"en"}, "form": {"letter"}, "seal_required": {"no"}})

	for path, wants := range map[string][]string{
		at + "/file": {"9 lines are not answered", "0 lines are not answered", "a child of nine", "called &lt;b&gt;the provider", "waits for provider", "Only these seats know of it: " + string(cn.Who.Seat)},
		at:           {"internal, never leaves", "called &lt;b&gt;the provider"},
		at + "/read": {string(cn.Who.Seat), "read the file of " + string(ref)},
	} {
		got := page(cn, path)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	w := cn.Asks(http.StatusUnprocessableEntity, at+"/file/sheet/screen", url.Values{"answer.minor": {"perhaps"}, "answer.own_national": {"yes"}})
	if !strings.Contains(w.Body.String(), "10 lines") && !strings.Contains(w.Body.String(), "9 lines") {
		t.Errorf("of answers of which one is wrong some were kept: %s", webtest.Plain(w))
	}
	cn.Shows(cn.Asks(http.StatusUnprocessableEntity, at+"/file/add/action", url.Values{"id": {"act2"}, "provider": {"kept text"}}), "kept text")
	cn.Who.Seat = "cn-24-7-02"
	a, b := cn.Asks(http.StatusNotFound, at+"/file", nil).Body.String(), cn.Asks(http.StatusNotFound, "/m/live/US-2026-999999/file", nil).Body.String()
	if strings.ReplaceAll(a, string(ref), "X") != strings.ReplaceAll(b, "US-2026-999999", "X") {
		t.Errorf("who is not admitted is told: %s\nand of none: %s", a, b)
	}
}

// TestWhatIsSaved: papers and files are saved, and never shown.
func TestWhatIsSaved(t *testing.T) {
	us, cn, ref := webtest.Asked(t, 2)
	at := "/m/live/" + string(ref)
	cn.Asks(http.StatusSeeOther, at+"/file/add/action", url.Values{"id": {"act1"}, "provider": {"mail.example"}, "measure": {"preserve"}, "instrument": {"voluntary"}, "user_notice": {"none"}, "hold_until": {"2027-02-20"}})
	for path, begins := range map[string]string{at + "/paper.pdf": "%PDF", at + "/paper.pdf?lang=zh": "%PDF", at + "/paper.docx": "PK", at + "/file/letter/act1/pdf": "%PDF"} {
		w := cn.Asks(http.StatusOK, path, nil)
		if !strings.HasPrefix(w.Body.String(), begins) || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", path, w.Header())
		}
	}
	if w := us.Asks(http.StatusOK, at+"/export", url.Values{"no_files": {"yes"}}); w.Body.Len() < 1000 {
		t.Errorf("the case file: %s", webtest.Plain(w))
	}
	id, err := us.Party.Say(t.Context(), ref, "note", &thread.Note{Text: "see the table"}, strings.NewReader("<script>a table</script>"))
	if err != nil {
		t.Fatal(err)
	}
	cipher := us.Party.Files(t, cn.Party.Party, id)[0].Cipher.String()
	w := us.Asks(http.StatusOK, at+"/files/"+cipher, nil)
	if h := w.Header(); w.Body.String() != "<script>a table</script>" || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %v", h)
	}
	us.Shows(us.Asks(http.StatusOK, at+"/files/"+cipher+"/verify", url.Values{}), "it is what was signed")
	us.Asks(http.StatusNotFound, at+"/files/"+strings.Repeat("0", 64), nil)
}

func page(d *webtest.Desk, path string) string { return d.Asks(http.StatusOK, path, nil).Body.String() }
