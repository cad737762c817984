package draft

import (
	"bytes"

	"comity"
	"comity/form"
	"comity/thread"
	"comity/web"
	"comity/web/frame"
)

var doPages = map[string]func(*view) error{
	"GET /m/{realm}/{ref}/do/{kind}":  (*view).do,
	"POST /m/{realm}/{ref}/do/{kind}": (*view).do,
}

// do asks for what a verb says, or says it: what is said is a draft until it has been
// looked at and signed.
func (v *view) do() error {
	realm, ref := v.Matter()
	kind := comity.Kind(v.R.PathValue("kind"))
	m, err := web.Ask[struct {
		Realm comity.Realm  `json:"realm"`
		TLP   string        `json:"tlp"`
		Next  []thread.Next `json:"next"`
	}](v.View, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	for _, n := range m.Next {
		if n.Kind == kind && !n.Allowed {
			return comity.Errorf(comity.Conflict, "%s", n.Why)
		}
	}
	x := frame.Form{Action: v.R.URL.Path, Title: v.Word.Named("kind", string(kind)), Submit: v.Word.FormToDraft(), TLP: m.TLP}
	for _, n := range m.Next {
		if n.Kind == kind {
			x.Says = v.Word.Of(n.Says)
		}
	}
	body, err := empty(kind)
	if err != nil {
		return err
	}
	args := []string{string(kind), ref, "--realm", realm}
	return v.say(x, body, args, func(f *Frame) { f.Nav, f.Realm, f.TLP = "/queue", m.Realm, m.TLP })
}

// say shows a form of a body, or takes it in.
func (v *view) say(x frame.Form, body any, args []string, with func(*Frame)) error {
	return v.write(x, writing{body: body, args: args, with: with})
}

// utter calls the verb with the whole body, and returns the draft that it made.
func (v *view) utter(body any, args []string) (Draft, error) {
	b, err := form.Encode(body)
	if err != nil {
		return Draft{}, err
	}
	if args[0] != "draft" { // which takes it as a word
		args = append(args, "--file", "-")
	}
	if x := v.R.PostForm.Get("tlp"); x != "" {
		args = append(args, "--tlp", x)
	}
	if x := v.R.PostForm.Get("sources"); x != "" {
		args = append(args, "--sources", x)
	}
	if x := v.R.PostForm.Get("screened"); x != "" {
		args = append(args, "--screened", x)
	}
	return web.Tell[Draft](v.View, bytes.NewReader(b), args...)
}
