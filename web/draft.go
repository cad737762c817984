package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/shell"
	"comity/web/page"
)

var draftPages = map[string]func(*view) error{
	"GET /drafts":          (*view).drafts,
	"GET /d/{id}":          (*view).draft,
	"POST /d/{id}/approve": (*view).approve,
	"POST /d/{id}/send":    (*view).send,
	"POST /d/{id}/drop":    (*view).drop,
	"POST /d/{id}/attach":  (*view).attach,
	"GET /new":             (*view).begin,
	"GET /new/{type}":      (*view).request,
	"POST /new/{type}":     (*view).request,
	"GET /open/{kind}":     (*view).open,
	"POST /open/{kind}":    (*view).open,
}

func (v *view) drafts() error {
	list, err := ask[[]page.Draft](v, "drafts")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.DraftsTitle())
	if err != nil {
		return err
	}
	return v.show(f.Drafts(list))
}

// draft shows what would leave, what the guidelines find, and what is still to be done.
func (v *view) draft() error {
	id := v.r.PathValue("id")
	a, err := v.call(nil, "show", id)
	if err != nil {
		return err
	}
	var d page.Draft
	var body struct {
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(a.result, &d); err != nil {
		return err
	}
	if err := json.Unmarshal(a.result, &body); err != nil {
		return err
	}
	d.Lines = form.Lines(body.Body)
	d.Mine = slices.Contains(d.Signed, v.who.Seat)
	f, err := v.frame(d.ID)
	if err != nil {
		return err
	}
	f.Nav, f.Realm, f.TLP = "/drafts", d.Realm, d.Marking.TLP
	d.PeerIs = v.partyName(d.Peer)
	if waits := d.Status == "draft" || d.Status == "approved" || d.Status == "returned"; waits {
		if shell.IsRequest(d.Kind) {
			if d.Check, err = ask[[]page.Finding](v, "check", id); err != nil {
				return err
			}
		}
		if !d.Mine && !slices.ContainsFunc(d.Check, func(x page.Finding) bool { return x.Severity == string(guide.Block) }) {
			p, err := ask[struct {
				Challenge string `json:"challenge"`
			}](v, "approve", id, "--prepare")
			switch {
			case err == nil:
				if d.Options, err = v.sign(p.Challenge); err != nil {
					return err
				}
			case d.Why == "":
				d.Why = err.Error() // why this seat cannot sign it now
			}
		}
	}
	return v.show(f.Release(d))
}

// approve takes the passkey's assertion, and sends what then suffices.
func (v *view) approve() error {
	id := v.r.PathValue("id")
	if err := v.parse(); err != nil {
		return err
	}
	a, err := v.Door.FinishSign(v.r.Context(), v.Now(), v.who.Session, v.r.PostForm.Get("handle"), []byte(v.r.PostForm.Get("assertion")), visit(v.r))
	if err != nil {
		return err
	}
	signed, err := json.Marshal(map[string]string{"authenticatorData": b64(a.Data), "clientDataJSON": b64(a.Client), "signature": b64(a.Signature)})
	if err != nil {
		return err
	}
	args := []string{"approve", id, "--assertion", "-", "--send"}
	if why := v.r.PostForm.Get("sole-reason"); why != "" {
		args = append(args, "--sole", "--sole-reason", why)
	}
	if _, err := tell[page.Draft](v, bytes.NewReader(signed), args...); err != nil {
		return err
	}
	return v.to("/d/" + url.PathEscape(id))
}

// sign begins the signing of a challenge: the hash of what leaves.
func (v *view) sign(challenge string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(raw) != len(comity.Hash{}) {
		return "", comity.Errorf(comity.Invalid, "%q is not the hash of a manifest", comity.Clip(challenge))
	}
	b, err := v.Door.BeginSign(v.r.Context(), v.Now(), v.who.Session, comity.Hash(raw))
	return ceremony(b), err
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (v *view) send() error { return v.act("send") }
func (v *view) drop() error { return v.act("drop") }

// act does something to a draft that needs no word more.
func (v *view) act(verb string) error {
	id := v.r.PathValue("id")
	if _, err := v.call(nil, verb, id); err != nil {
		return err
	}
	if verb == "drop" {
		return v.to("/drafts")
	}
	return v.to("/d/" + url.PathEscape(id))
}

func (v *view) attach() error {
	id := v.r.PathValue("id")
	names, done, err := v.uploads("files")
	defer done()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return comity.Fieldf("files", "choose a file first")
	}
	if _, err := v.call(nil, append([]string{"attach", id}, names...)...); err != nil {
		return err
	}
	return v.to("/d/" + url.PathEscape(id))
}

// begin lists what may be begun: the types of request, and the other matters.
func (v *view) begin() error {
	f, err := v.frame(v.word.NewTitle())
	if err != nil {
		return err
	}
	f.Nav = "/drafts"
	var requests, others []page.Option
	for _, t := range guide.Shipped().WordList("type") {
		requests = append(requests, page.Option{Value: t.ID, Label: v.word.Of(t.Text)})
	}
	for _, c := range shell.Capabilities() {
		if !shell.IsRequest(c.Opens()) {
			others = append(others, page.Option{Value: string(c.Opens()), Label: v.word.Of(c.Says)})
		}
	}
	return v.show(f.NewList(requests, others))
}

// request drafts a request of a type.
func (v *view) request() error {
	typ := v.r.PathValue("type")
	r := &guide.Request{Type: typ}
	word := guide.Shipped().Word("type", typ)
	if word.ZH == typ {
		return comity.Errorf(comity.NotFound, "there is no type of request %q", comity.Clip(typ))
	}
	x := page.Form{Action: "/new/" + url.PathEscape(typ), Title: v.word.NewTitle() + ": " + v.word.Of(word), Says: v.word.NewSays(), Submit: v.word.FormToDraft()}
	return v.opens(x, r, []string{"draft", "-"}, func(b []byte) ([]byte, error) { return b, nil })
}

// open begins a matter that is no request.
func (v *view) open() error {
	kind := comity.Kind(v.r.PathValue("kind"))
	body, err := empty(kind)
	if err != nil {
		return err
	}
	c, ok := shell.Find(kind)
	if !ok || shell.IsRequest(kind) {
		return comity.Errorf(comity.NotFound, "nothing is opened by %q", comity.Clip(string(kind)))
	}
	x := page.Form{Action: "/open/" + url.PathEscape(string(kind)), Title: v.word.Of(c.Says), Submit: v.word.FormToDraft()}
	return v.opens(x, body, []string{string(kind), "--file", "-"}, nil)
}

// opens shows or takes the form of what begins a matter with a party.
func (v *view) opens(x page.Form, body any, args []string, _ func([]byte) ([]byte, error)) error {
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	for _, p := range f.Peers {
		x.To = append(x.To, page.Option{Value: string(p.Party), Label: v.partyName(p.Party)})
	}
	if to := v.r.PostForm.Get("to"); to != "" {
		args = append(args, "--to", to)
	}
	return v.say(x, body, args, func(f *page.Frame) { f.Nav = "/drafts" })
}
