package folio

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"comity"
	"comity/casefile"
	"comity/web"
	"comity/web/frame"
)

// reviewPages are the review of timeliness and quality, and what principals read.
var reviewPages = map[string]func(*view) error{
	"GET /review":                       (*view).review,
	"GET /review/national":              (*view).national,
	"GET /review/file/{kind}":           (*view).reviewFile,
	"POST /review/stop":                 (*view).reviewStop,
	"GET /principals":                   (*view).principals,
	"GET /principals/file/{kind}":       (*view).principalsFile,
	"POST /principals/send":             (*view).principalsSend,
	"POST /report/draft":                (*view).reportDraft,
	"GET /report/{realm}/{ref}":         (*view).report,
	"POST /report/{realm}/{ref}/sign":   (*view).reportSign,
	"GET /report/{realm}/{ref}/{kind}":  func(v *view) error { return v.shown("report") },
	"GET /summary/{realm}/{ref}":        (*view).summary,
	"GET /summary/{realm}/{ref}/{kind}": func(v *view) error { return v.shown("summary") },
}

// spanned is a command with the period that the URL names. It says what is shown:
// with several peers, the first that we have a line to.
func (v *view) spanned(q url.Values, args ...string) (Span, []string, error) {
	f, err := v.frame("")
	if err != nil {
		return Span{}, nil, err
	}
	x := Span{From: q.Get("from"), Until: cmp.Or(q.Get("until"), q.Get("to")), Peer: q.Get("peer"), Realm: q.Get("realm")}
	if f.Seat == "" {
		return x, nil, comity.Errorf(comity.Forbidden, "figures are for those who sit at a seat; ask your administrator for one")
	}
	if x.Peer == "" && len(f.Peers) > 0 {
		x.Peer = string(f.Peers[0].Party)
	}
	for _, p := range f.Peers {
		x.Peers = append(x.Peers, frame.Option{Value: string(p.Party), Label: v.PartyName(p.Party)})
	}
	for _, a := range []struct{ flag, value string }{{"--from", x.From}, {"--until", x.Until}, {"--period", q.Get("period")}, {"--peer", x.Peer}, {"--realm", x.Realm}} {
		if a.value != "" {
			args = append(args, a.flag, a.value)
		}
	}
	return x, append(args, "--seat", string(v.Who.Seat)), nil
}

// result is that of a long command, or the page that says how far it is.
func (v *view) result(into any, title string, args []string) (done bool, err error) {
	of := *v.View // which may outlive this request
	a, far, done, err := v.Runs.Do(v.R.Context(), string(v.Who.Seat), strings.Join(args, "\n"), func(ctx context.Context, told func(int)) (any, error) {
		return of.Told(ctx, told, nil, args...)
	})
	if err != nil {
		return false, err
	}
	if !done {
		f, err := v.frame(title)
		if err != nil {
			return false, err
		}
		v.W.Header().Set("Refresh", "3")
		return false, v.Show(f.Working(title, far))
	}
	return true, json.Unmarshal(a.(json.RawMessage), into)
}

func (v *view) review() error {
	q := v.R.URL.Query()
	s, args, err := v.spanned(q, "review")
	if err != nil {
		return err
	}
	x := Review{Span: s, Query: q.Encode()}
	if s.Peer != "" {
		if done, err := v.result(&x, v.Word.ReviewTitle(), args); !done || err != nil {
			return err
		}
	}
	for _, kind := range []comity.Kind{casefile.OpensReport, casefile.OpensSummary} {
		list, err := web.Ask[[]Line](v.View, "list", "--kind", string(kind), "--limit", "50")
		if err != nil {
			return err
		}
		x.Papers = append(x.Papers, list...)
	}
	f, err := v.frame(v.Word.ReviewTitle())
	if err != nil {
		return err
	}
	f.TLP, f.Realm = x.TLP, x.Joint.Realm
	return v.Show(f.Review(x))
}

func (v *view) national() error {
	q := v.R.URL.Query()
	s, args, err := v.spanned(q, "review", "--national")
	if err != nil {
		return err
	}
	x := National{Span: s, Query: q.Encode()}
	if done, err := v.result(&x, v.Word.NationalTitle(), args); !done || err != nil {
		return err
	}
	f, err := v.frame(v.Word.NationalTitle())
	if err != nil {
		return err
	}
	f.Nav = "/review"
	return v.Show(f.National(x))
}

func (v *view) reviewStop() error {
	v.Runs.Halt(string(v.Who.Seat))
	f, err := v.frame(v.Word.ReviewTitle())
	if err != nil {
		return err
	}
	f.Nav = "/review"
	return v.Show(f.Stopped())
}

func (v *view) reviewFile() error {
	args := []string{"review"}
	q := v.R.URL.Query()
	if q.Get("national") != "" {
		args = append(args, "--national")
	}
	_, args, err := v.spanned(q, args...)
	if err != nil {
		return err
	}
	return v.paper("review", v.R.PathValue("kind"), args)
}

// types are the papers that commands write, by the flag that asks for one.
var types = map[string]string{
	"pdf": "application/pdf", "html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// paper has a command write a paper into a folder of ours, hands it out and takes it
// away. JSON is what the command prints.
func (v *view) paper(name, kind string, args []string) error {
	h := v.W.Header()
	if realm := v.R.URL.Query().Get("realm"); realm != "" && realm != string(comity.Live) || v.R.PathValue("realm") != "" && v.R.PathValue("realm") != string(comity.Live) {
		name = "EXERCISE-" + name
	}
	h.Set("Content-Disposition", `attachment; filename="`+name+"."+kind+`"`)
	if kind == "json" {
		a, err := v.Call(nil, args...)
		if err != nil {
			h.Del("Content-Disposition")
			return err
		}
		h.Set("Content-Type", "application/json")
		_, _ = v.W.Write(a) // who has gone needs no file
		return nil
	}
	if types[kind] == "" {
		h.Del("Content-Disposition")
		return comity.Errorf(comity.NotFound, "there is no such paper")
	}
	return v.Made(func(dir string) error {
		file := filepath.Join(dir, "paper."+kind)
		if _, err := v.Call(nil, append(args, "--"+kind, file)...); err != nil {
			h.Del("Content-Disposition")
			return err
		}
		h.Set("Content-Type", types[kind])
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		http.ServeFile(v.W, v.R, file)
		return nil
	})
}

// draftOf is the page for principals of a period, as it stands.
func (v *view) draftOf(q url.Values) (Span, []string, error) {
	return v.spanned(q, "summary", "draft", "--cleared", string(v.Who.Seat))
}

func (v *view) principals() error {
	q := v.R.URL.Query()
	s, args, err := v.draftOf(q)
	if err != nil {
		return err
	}
	x := Principals{Span: s, Query: q.Encode()}
	f, err := v.frame(v.Word.PrincipalsTitle())
	if err != nil {
		return err
	}
	if s.Peer == "" {
		return v.Show(f.Principals(x))
	}
	if done, err := v.result(&x.Page, v.Word.PrincipalsTitle(), args); !done || err != nil {
		return err
	}
	find := []string{"list", "--open", "--limit", "0", "--peer", s.Peer}
	if s.Realm != "" {
		find = append(find, "--realm", s.Realm)
	}
	list, err := web.Ask[[]Line](v.View, find...)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.Overdue {
			x.Late = append(x.Late, l)
			f.TLP = comity.HigherTLP(f.TLP, l.TLP)
		}
	}
	f.Realm = comity.Realm(s.Realm)
	return v.Show(f.Principals(x))
}

func (v *view) principalsFile() error {
	_, args, err := v.draftOf(v.R.URL.Query())
	if err != nil {
		return err
	}
	return v.paper("principals", v.R.PathValue("kind"), args)
}

// principalsSend makes the page a draft, with a word of who clears it.
func (v *view) principalsSend() error {
	if err := v.Parse(); err != nil {
		return err
	}
	q := v.R.PostForm
	s, args, err := v.spanned(q, "summary", "draft", "--cleared", q.Get("cleared"))
	if err != nil {
		return err
	}
	p, err := web.Ask[casefile.Page](v.View, args...)
	if err != nil {
		return err
	}
	p.EN, p.ZH = strings.TrimSpace(q.Get("en")), strings.TrimSpace(q.Get("zh"))
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	send := []string{"summary", "send", "--file", "-", "--peer", s.Peer}
	if s.Realm != "" {
		send = append(send, "--realm", s.Realm)
	}
	d, err := web.Tell[frame.Draft](v.View, bytes.NewReader(b), send...)
	if err != nil {
		return err
	}
	return v.To("/d/" + url.PathEscape(d.ID))
}

// reportDraft makes our lines of a period a draft: what we last said of each case.
func (v *view) reportDraft() error {
	if err := v.Parse(); err != nil {
		return err
	}
	s, args, err := v.spanned(v.R.PostForm, "report", "draft")
	if err != nil {
		return err
	}
	lines, err := v.Call(nil, args[:len(args)-2]...) // it takes no seat
	if err != nil {
		return err
	}
	say := []string{string(casefile.OpensReport), "--to", s.Peer, "--file", "-"}
	if ref := v.R.PostForm.Get("ref"); ref != "" {
		say = []string{string(comity.Kind(v.R.PostForm.Get("kind"))), ref, "--file", "-"}
		if say[0] != "report.answer" && say[0] != "report.amend" {
			return comity.Fieldf("kind", "%q does not give lines", comity.Clip(say[0]))
		}
	}
	if s.Realm != "" {
		say = append(say, "--realm", s.Realm)
	}
	d, err := web.Tell[frame.Draft](v.View, bytes.NewReader(lines), say...)
	if err != nil {
		return err
	}
	return v.To("/d/" + url.PathEscape(d.ID))
}

func (v *view) report() error {
	realm, ref := v.Matter()
	x, err := web.Ask[Report](v.View, "report", "show", ref, "--realm", realm, "--seat", string(v.Who.Seat))
	if err != nil {
		return err
	}
	m, err := web.Ask[Matter](v.View, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	x.Next, x.Realm = m.Next, m.Realm
	f, err := v.frame(v.Word.ReportTitle())
	if err != nil {
		return err
	}
	f.Nav, f.Realm, f.TLP = "/review", m.Realm, m.TLP
	return v.Show(f.Report(x))
}

func (v *view) reportSign() error {
	realm, ref := v.Matter()
	d, err := web.Ask[frame.Draft](v.View, "report", "sign", ref, "--realm", realm)
	if err != nil {
		return err
	}
	return v.To("/d/" + url.PathEscape(d.ID))
}

func (v *view) summary() error {
	realm, ref := v.Matter()
	x := Principals{Ref: comity.Ref(ref), Signed: true}
	var err error
	if x.Page, err = web.Ask[casefile.Page](v.View, "summary", "show", ref, "--realm", realm, "--seat", string(v.Who.Seat)); err != nil {
		return err
	}
	x.Span.Realm = realm
	f, err := v.frame(v.Word.PrincipalsTitle())
	if err != nil {
		return err
	}
	f.Nav, f.Realm = "/principals", comity.Realm(realm)
	return v.Show(f.Principals(x))
}

// shown is the paper of a report or a summary.
func (v *view) shown(command string) error {
	realm, ref := v.Matter()
	return v.paper(ref, v.R.PathValue("kind"), []string{command, "show", ref, "--realm", realm, "--seat", string(v.Who.Seat)})
}
