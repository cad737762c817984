// Package webtest opens the desks of two nodes for tests: every page with every command,
// and somebody who has passed the door.
package webtest

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/cmd/comity/casefiles"
	"comity/cmd/comity/duty"
	"comity/cmd/comity/find"
	"comity/cmd/comity/guidelines"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/people"
	"comity/cmd/comity/proof"
	"comity/cmd/comity/reports"
	"comity/say"
	"comity/session"
	"comity/shell"
	"comity/testnet"
	"comity/web"
	"comity/web/admin"
	"comity/web/call"
	"comity/web/draft"
	"comity/web/folio"
	"comity/web/matter"
	"comity/web/queue"
)

// A Desk is that of a node, with one person in front of it.
type Desk struct {
	*web.Server
	Party *testnet.Node
	Who   web.Session
	t     *testing.T
	areas []web.Area
	http.Handler
}

// Desks are those of two parties, "us" and "cn", that are paired and have no matter yet.
func Desks(t *testing.T) (us, cn *Desk) {
	nodes := testnet.Nodes(t, "us", "cn")
	return Open(t, nodes[0]), Open(t, nodes[1])
}

// Asked are desks with one request, of so many items, that the first made of the second.
func Asked(t *testing.T, items int) (us, cn *Desk, ref comity.Ref) {
	us, cn = Desks(t)
	_, ref, err := us.Party.Ask(t.Context(), cn.Party.Party, items)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us.Party, cn.Party)
	return us, cn, ref
}

func verbs(a *shell.App) map[string]shell.Command {
	all := map[string]shell.Command{}
	for _, some := range []map[string]shell.Command{casefiles.Commands(a), duty.Commands(a), find.Commands(a), guidelines.Commands(a), minutes.Commands(a),
		officer.Commands(a), pairing.Commands(a), people.Commands(a, nil), proof.Commands(a), reports.Commands(a)} {
		maps.Copy(all, some)
	}
	return all
}

// Open opens the desk of a node, with somebody at its first seat.
func Open(t *testing.T, party *testnet.Node) *Desk {
	n, err := (&shell.App{Ctx: t.Context(), Dir: party.Dir, Here: party.Dir, Stdout: io.Discard, Stderr: io.Discard}).Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	n.Desk.URL, n.Keeper.Node = "http://localhost:8443", party.Keeper.Node // as serve opens it
	areas := []web.Area{queue.Area(), matter.Area(), draft.Area(n), folio.Area(), admin.Area()}
	s, err := web.New(call.Node(n, verbs), slog.New(slog.DiscardHandler), areas...)
	if err != nil {
		t.Fatal(err)
	}
	d := &Desk{Server: s, Party: party, t: t, areas: areas, Handler: s.Handler()}
	s.Who = func(*http.Request, bool) (web.Session, error) { return d.Who, nil }
	d.Sits("Ann", party.Officers[0].Seat)
	return d
}

// Sits has a person sit down at a seat.
func (d *Desk) Sits(name string, seat comity.Seat, roles ...session.Role) {
	d.t.Helper()
	p, err := d.Door.NewPerson(d.t.Context(), d.Now(), session.Console(), name, append(roles, session.Officer)...)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Who.Person, d.Who.Seat = p, seat
}

// Patterns are those of all pages of all areas.
func (d *Desk) Patterns() (list []string) {
	for _, a := range d.areas {
		for p := range a.Pages {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list
}

// Speaks has the person read the desk in a language.
func (d *Desk) Speaks(l say.Lang) { d.Who.Language = string(l) }

// Words are those of the person's language.
func (d *Desk) Words() say.Words {
	if l, ok := say.Parse(d.Who.Language); ok {
		return say.In(l)
	}
	return say.In(say.English)
}

// Asks asks for a page, or sends a form, and returns what came; it must have this status.
func (d *Desk) Asks(status int, path string, form url.Values) *httptest.ResponseRecorder {
	d.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, want %d\n%s", method, path, w.Code, status, Plain(w))
	}
	return w
}

// Shows holds a page to words that must stand on it.
func (d *Desk) Shows(w *httptest.ResponseRecorder, wants ...string) {
	d.t.Helper()
	for _, want := range wants {
		if !strings.Contains(w.Body.String(), want) {
			d.t.Errorf("%q is not on the page:\n%s", want, Plain(w))
		}
	}
}

// Lacks holds a page to words that must not.
func (d *Desk) Lacks(w *httptest.ResponseRecorder, wants ...string) {
	d.t.Helper()
	for _, want := range wants {
		if strings.Contains(w.Body.String(), want) {
			d.t.Errorf("%q is on the page", want)
		}
	}
}

var markup = regexp.MustCompile(`<[^>]*>|\s+`)

// Plain is a page without its markup.
func Plain(w *httptest.ResponseRecorder) string { return markup.ReplaceAllString(w.Body.String(), " ") }

var (
	inputs = regexp.MustCompile(`<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)
	chosen = regexp.MustCompile(`(?s)<select[^>]*name="([^"]+)"[^>]*>.*?</select>`)
	option = regexp.MustCompile(`value="([^"]+)" selected`)
	areas  = regexp.MustCompile(`(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>`)
)

// Browser is what a browser would send of the form on a page.
func Browser(w *httptest.ResponseRecorder) url.Values {
	page, all := w.Body.String(), url.Values{}
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
	return all
}
