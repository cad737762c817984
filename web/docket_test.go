package web

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/proof"
	"comity/cmd/comity/reports"
	"comity/say"
	"comity/shell"
	"comity/testnet"
	"comity/thread"
)

// A seated desk is that of a node, with one officer past the door.
type seated struct {
	*Server
	seat comity.Seat
}

// desks are those of two parties that have one matter, which the first opened.
func desks(t *testing.T) (us, cn *seated, ref comity.Ref, nodes []*testnet.Node) {
	nodes = testnet.Nodes(t, "us", "cn")
	_, ref, err := nodes[0].Ask(t.Context(), nodes[1].Party, 2)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, nodes...)
	desk := func(n *testnet.Node) *seated {
		a := &shell.App{Ctx: t.Context(), Dir: n.Dir, Here: n.Dir, Stdout: io.Discard, Stderr: io.Discard}
		open, err := a.Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(open.Close)
		open.Keeper.Node = n.Keeper.Node // as comity serve has opened it
		verbs := func(a *shell.App) map[string]shell.Command {
			all := map[string]shell.Command{}
			for _, some := range []map[string]shell.Command{officer.Commands(a), minutes.Commands(a), proof.Commands(a), reports.Commands(a)} {
				maps.Copy(all, some)
			}
			return all
		}
		return &seated{&Server{Node: open, Verbs: verbs, Log: slog.New(slog.DiscardHandler), Now: time.Now}, n.Officers[0].Seat}
	}
	return desk(nodes[0]), desk(nodes[1]), ref, nodes
}

// ask asks for a page as somebody who has passed the door, and sends a form if one is
// given: an error is what the page would say did not happen.
func (s *seated) ask(t *testing.T, lang say.Lang, path string, form url.Values) (*httptest.ResponseRecorder, error) {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var err error
	mux := http.NewServeMux()
	for _, some := range []map[string]func(*view) error{matterPages, docketPages} {
		for pattern, h := range some {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				who := Session{}
				who.Seat, who.Language = s.seat, string(lang)
				err = h(&view{s.Server, w, r, who, say.In(lang)})
			})
		}
	}
	mux.ServeHTTP(w, r)
	return w, err
}

func (s *seated) page(t *testing.T, lang say.Lang, path string) string {
	t.Helper()
	w, err := s.ask(t, lang, path, nil)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, w.Code, err)
	}
	return w.Body.String()
}

func (s *seated) post(t *testing.T, path string, form url.Values) {
	t.Helper()
	if w, err := s.ask(t, say.English, path, form); err != nil || w.Code != http.StatusSeeOther {
		t.Fatalf("%s: %d, %v: %s", path, w.Code, err, w.Body)
	}
}

func TestPagesOfAMatter(t *testing.T) {
	_, cn, ref, _ := desks(t)
	at := "/m/live/" + string(ref)
	for _, path := range []string{at, at + "/file", at + "/read", at + "/export", at + "/file/add/action", at + "/file/add/route", at + "/file/add/note", "/posted", "/posted/add/letter"} {
		for _, l := range say.Langs {
			if got := cn.page(t, l, path); strings.Count(got, "<h1") != 1 || !strings.Contains(got, `<html lang="`+string(l)) {
				t.Errorf("%s in %s has not one heading in its language", path, l)
			}
		}
	}
	if _, err := cn.ask(t, say.English, "/m/live/US-2026-999999/file", nil); shell.Status(err) != 6 {
		t.Errorf("a matter that there is not: %v", err)
	}
}

func TestOurFile(t *testing.T) {
	_, cn, ref, _ := desks(t)
	at := "/m/live/" + string(ref)
	cn.post(t, at+"/file/sheet/screen", url.Values{"answer.minor": {"yes"}, "note.minor": {"a child of nine"}, "answer.political": {"no"}})
	cn.post(t, at+"/file/sheet/protect", url.Values{"rest": {"no"}})
	cn.post(t, at+"/file/add/note", url.Values{"internal": {"called <b>the provider</b>"}})
	cn.post(t, at+"/file/add/action", url.Values{"id": {"act1"}, "provider": {"mail.example"}, "measure": {"preserve"}, "instrument": {"voluntary"}, "user_notice": {"none"}, "waiting_for": {"provider"}})
	cn.post(t, at+"/file/add/restrict", url.Values{"cover": {"matter 7"}})
	cn.post(t, "/posted/add/correspondent", url.Values{"country": {"xx"}, "channels[0].kind": {"email"}, "channels[0].address": {"a@justice.example"}, "languages": {"en"}, "form": {"letter"}, "seal_required": {"no"}})

	for path, wants := range map[string][]string{
		at + "/file": {"9 lines are not answered", "0 lines are not answered", "a child of nine", "called &lt;b&gt;the provider", "waits for provider", "Only these seats know of it: " + string(cn.seat)},
		at:           {"internal, never leaves", "called &lt;b&gt;the provider"},
		at + "/read": {string(cn.seat), "read the file of " + string(ref)},
	} {
		got := cn.page(t, say.English, path)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	w, err := cn.ask(t, say.English, at+"/file/sheet/screen", url.Values{"answer.minor": {"perhaps"}, "answer.own_national": {"yes"}})
	if err != nil || w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "10 lines") && !strings.Contains(w.Body.String(), "9 lines") {
		t.Errorf("of answers of which one is wrong some were kept: %d, %v", w.Code, err)
	}
	w, err = cn.ask(t, say.English, at+"/file/add/action", url.Values{"id": {"act2"}, "provider": {"kept text"}})
	if err != nil || w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "kept text") {
		t.Errorf("a faulty entry lost its text: %d, %v", w.Code, err)
	}
	other := &seated{cn.Server, "cn-24-7-02"}
	a, errA := other.ask(t, say.English, at+"/file", nil)
	b, errB := other.ask(t, say.English, "/m/live/US-2026-999999/file", nil)
	if shell.Status(errA) != 6 || shell.Status(errB) != 6 || !bytes.Equal(a.Body.Bytes(), b.Body.Bytes()) {
		t.Errorf("who is not admitted: %v, and of none: %v", errA, errB)
	}
}

// TestWhatIsSaved: papers and files are saved, and never shown.
func TestWhatIsSaved(t *testing.T) {
	us, cn, ref, nodes := desks(t)
	at := "/m/live/" + string(ref)
	cn.post(t, at+"/file/add/action", url.Values{"id": {"act1"}, "provider": {"mail.example"}, "measure": {"preserve"}, "instrument": {"voluntary"}, "user_notice": {"none"}, "hold_until": {"2027-02-20"}})
	for path, begins := range map[string]string{at + "/paper.pdf": "%PDF", at + "/paper.pdf?lang=zh": "%PDF", at + "/paper.docx": "PK", at + "/file/letter/act1/pdf": "%PDF"} {
		w, err := cn.ask(t, say.English, path, nil)
		if err != nil || !strings.HasPrefix(w.Body.String(), begins) || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v, %v", path, err, w.Header())
		}
	}
	if w, err := us.ask(t, say.English, at+"/export", url.Values{"no_files": {"yes"}}); err != nil || w.Code != http.StatusOK || w.Body.Len() < 1000 {
		t.Errorf("the case file: %d, %v", w.Code, err)
	}
	id, err := nodes[0].Say(t.Context(), ref, "note", &thread.Note{Text: "see the table"}, strings.NewReader("<script>a table</script>"))
	if err != nil {
		t.Fatal(err)
	}
	cipher := nodes[0].Files(t, nodes[1].Party, id)[0].Cipher.String()
	w, err := us.ask(t, say.English, at+"/files/"+cipher, nil)
	if h := w.Header(); err != nil || w.Body.String() != "<script>a table</script>" || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %v, %v", err, h)
	}
	if w, err := us.ask(t, say.English, at+"/files/"+cipher+"/verify", url.Values{}); err != nil || !strings.Contains(w.Body.String(), "it is what was signed") {
		t.Errorf("the file cannot be verified: %v", err)
	}
	if _, err := us.ask(t, say.English, at+"/files/"+strings.Repeat("0", 64), nil); shell.Status(err) != 6 {
		t.Errorf("a file that there is not: %v", err)
	}
}

func TestChanges(t *testing.T) {
	got := changes([]string{"a: 1", "b: 2", "c: 3"}, []string{"a: 1", "b: 4", "d: 5"})
	want := "b 2 4, d  5, c 3 "
	var list []string
	for _, c := range got {
		list = append(list, c.Path+" "+c.Was+" "+c.Is)
	}
	if s := strings.Join(list, ", "); s != want {
		t.Errorf("got %q, want %q", s, want)
	}
}
