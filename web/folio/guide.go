package folio

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"comity"
	"comity/pair"
	"comity/web"
	"comity/web/frame"
)

var guidePages = map[string]func(*view) error{
	"GET /guides":                 (*view).guides,
	"GET /guides/diff":            (*view).guideDiff,
	"GET /guides/{pack}":          (*view).guide,
	"POST /guides/{pack}":         (*view).guidePropose,
	"POST /guides/{pack}/counter": (*view).guideCounter,
}

func (v *view) guides() error {
	x := Guides{}
	var err error
	if x.Packs, err = web.Ask[[]Listed](v.View, "guide", "list"); err != nil {
		return err
	}
	if x.Proposals, err = web.Ask[[]Line](v.View, "list", "--kind", string(pair.OpensAdoption), "--limit", "50"); err != nil {
		return err
	}
	f, err := v.frame(v.Word.GuidesTitle())
	if err != nil {
		return err
	}
	return v.Show(f.Guides(x))
}

// pack is the name of a pack that is here, or the matter in which one is proposed. The
// command would take a folder of this machine too, which no page may name.
func (v *view) pack(name string) (string, error) {
	if _, err := comity.ParseRef(name); err == nil {
		return name, nil
	}
	list, err := web.Ask[[]Listed](v.View, "guide", "list")
	if err == nil && !slices.ContainsFunc(list, func(l Listed) bool { return l.ID == name }) {
		err = comity.Errorf(comity.NotFound, "there is no such pack here")
	}
	return name, err
}

func (v *view) guide() error {
	name, err := v.pack(v.R.PathValue("pack"))
	if err != nil {
		return err
	}
	x := Guide{Name: name}
	if x.Pack, err = web.Ask[Pack](v.View, "guide", "show", name); err != nil {
		return err
	}
	f, err := v.frame(name)
	if err != nil {
		return err
	}
	f.Nav = "/guides"
	lint := []string{"guide", "lint", name}
	if len(f.Peers) > 0 {
		x.With = f.Peers[0].Party
		lint = append(lint, "--between", string(f.Party)+","+string(x.With))
	}
	if x.Faults, err = v.linted.ask(v.View, x.Pack.Hash, lint); err != nil {
		return err
	}
	if ref, err := comity.ParseRef(name); err == nil {
		m, err := web.Ask[Matter](v.View, "show", string(ref))
		if err != nil {
			return err
		}
		x.Matter = &m
	}
	if x.Others, err = web.Ask[[]Listed](v.View, "guide", "list"); err != nil {
		return err
	}
	for _, p := range f.Peers {
		x.To = append(x.To, frame.Option{Value: string(p.Party), Label: v.PartyName(p.Party)})
	}
	return v.Show(f.Guide(x))
}

func (v *view) guideDiff() error {
	q := v.R.URL.Query()
	x := Diff{}
	var err error
	if x.A, err = v.pack(q.Get("a")); err != nil {
		return err
	}
	if x.B, err = v.pack(q.Get("b")); err != nil {
		return err
	}
	if x.Changes, err = web.Ask[[]Change](v.View, "guide", "diff", x.A, x.B); err != nil {
		return err
	}
	f, err := v.frame(v.Word.GuideDiff())
	if err != nil {
		return err
	}
	f.Nav = "/guides"
	return v.Show(f.Diff(x))
}

// guidePropose makes a draft of a proposal of a pack that is here.
func (v *view) guidePropose() error {
	if err := v.Parse(); err != nil {
		return err
	}
	name, err := v.pack(v.R.PathValue("pack"))
	if err != nil {
		return err
	}
	d, err := web.Ask[frame.Draft](v.View, "guide", "propose", "--to", v.R.PostForm.Get("to"), "--text", v.R.PostForm.Get("text"), name)
	if err != nil {
		return err
	}
	return v.To("/d/" + url.PathEscape(d.ID))
}

// guideCounter takes another text as the files that it stands in.
func (v *view) guideCounter() error {
	ref, err := comity.ParseRef(v.R.PathValue("pack"))
	if err != nil {
		return err
	}
	names, done, err := v.TakeIn("files")
	defer done()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return comity.Fieldf("files", "choose the files of the pack: pack.yaml, types.yaml and the rest")
	}
	d, err := web.Ask[frame.Draft](v.View, "guide", "counter", string(ref), filepath.Dir(names[0]))
	if err != nil {
		return err
	}
	return v.To("/d/" + url.PathEscape(d.ID))
}

// linted keeps what was found in a pack: a pack of one hash never changes, and looking
// through one takes a tenth of a second.
type linted struct {
	mu sync.Mutex
	of map[string][]Fault
}

// mostLinted packs are kept; more are proposed by hand in no year.
const mostLinted = 64

func (l *linted) ask(v *web.View, pack comity.Hash, args []string) ([]Fault, error) {
	key := pack.String() + strings.Join(args[3:], " ")
	l.mu.Lock()
	list, ok := l.of[key]
	l.mu.Unlock()
	if ok {
		return list, nil
	}
	list, err := web.Ask[[]Fault](v, args...)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.of) >= mostLinted {
		clear(l.of)
	}
	l.of[key] = list
	return list, nil
}
