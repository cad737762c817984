package draft

import (
	"bytes"
	"slices"
	"time"

	"comity"
	"comity/form"
	"comity/shell"
	"comity/thread"
	"comity/web"
	"comity/web/blank"
	"comity/web/frame"
)

var doPages = map[string]func(*view) error{
	"GET /m/{realm}/{ref}/do/{kind}":  (*view).do,
	"POST /m/{realm}/{ref}/do/{kind}": (*view).do,
}

// A matter is what a form must know of the one in which something is said.
type matter struct {
	Realm comity.Realm  `json:"realm"`
	Title string        `json:"title"`
	TLP   string        `json:"tlp"`
	Next  []thread.Next `json:"next"`
	Items []frame.Item  `json:"items"`
	Told  []told        `json:"timeline"`
	Sole  []struct {
		Statement comity.Hash  `json:"statement"`
		From      comity.Party `json:"from"`
		Outcome   string       `json:"outcome"`
	} `json:"sole"`
	Astray []struct {
		Statement comity.Hash  `json:"statement"`
		From      comity.Party `json:"from"`
	} `json:"misdirected"`
}

// A told is one of its statements.
type told struct {
	ID    comity.Hash  `json:"id"`
	Kind  comity.Kind  `json:"kind"`
	From  comity.Party `json:"from"`
	Time  time.Time    `json:"time"`
	About comity.Hash  `json:"about"`
}

// do asks for what a verb says, or says it: what is said is a draft until it has been
// looked at and signed.
func (v *view) do() error {
	realm, ref := v.Matter()
	kind := comity.Kind(v.R.PathValue("kind"))
	m, err := web.Ask[matter](v.View, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	for _, n := range m.Next {
		if n.Kind == kind && !n.Allowed {
			return comity.Errorf(comity.Conflict, "%s", n.Why)
		}
	}
	x := frame.Form{Action: v.R.URL.Path, Title: v.Word.Named("kind", string(kind)), Submit: v.Word.FormToDraft(), TLP: m.TLP,
		Subject: frame.Subject{Path: frame.Path(m.Realm, comity.Ref(ref)), Ref: comity.Ref(ref), Title: m.Title, Items: m.Items}}
	for _, n := range m.Next {
		if n.Kind == kind {
			x.Says = v.Word.Of(n.Says)
		}
	}
	body, err := empty(kind)
	if err != nil {
		return err
	}
	may, meant := m.meant(kind, v.Node.Party)
	return v.write(x, writing{
		body:  body,
		args:  []string{string(kind), ref, "--realm", realm},
		with:  func(f *Frame) { f.Nav, f.Realm, f.TLP = "/queue", m.Realm, m.TLP },
		begin: func() error { begun(body, meant); return nil },
		shape: blank.Shape{Options: func(path string) []frame.Option {
			switch path {
			case "statement", "about":
				return v.options(may)
			case "results[].item":
				return m.items()
			}
			return nil
		}},
	})
}

// meant are the statements of which a kind can speak, and the one that it most likely
// does: the zero Hash if none is likelier than the others.
func (m matter) meant(kind comity.Kind, us comity.Party) (may []told, likely comity.Hash) {
	only := func(fits func(told) bool) {
		may = slices.DeleteFunc(slices.Clone(m.Told), func(t told) bool { return !fits(t) })
	}
	switch kind {
	case "acknowledge": // as the command has it, but for what we have acknowledged already
		only(func(t told) bool { return t.From != us && !shell.Kinds().Fact(t.Kind) })
		for _, t := range slices.Backward(may) {
			if !slices.ContainsFunc(m.Told, func(a told) bool { return a.Kind == kind && a.From == us && a.About == t.ID }) {
				return may, t.ID
			}
		}
	case "countersign":
		only(func(t told) bool {
			for _, s := range m.Sole {
				if s.Statement == t.ID {
					return s.From == us && s.Outcome == ""
				}
			}
			return false
		})
	case "attest":
		only(func(t told) bool {
			for _, a := range m.Astray {
				if a.Statement == t.ID {
					return a.From != us
				}
			}
			return false
		})
	case "misdirected":
		only(func(t told) bool { return t.From == us && t.Kind != kind })
		return may, likely
	default:
		return m.Told, likely
	}
	if len(may) == 1 {
		likely = may[0].ID
	}
	return may, likely
}

// begun names the statement in a body that is about one.
func begun(body any, of comity.Hash) {
	switch b := body.(type) {
	case *thread.Acknowledge:
		b.Statement = of
	case *thread.Countersign:
		b.Statement = of
	case *thread.Attest:
		b.Statement = of
	}
}

// items are the matter's, to choose from.
func (m matter) items() (all []frame.Option) {
	for _, it := range m.Items {
		all = append(all, frame.Option{Value: it.ID, Label: it.ID + " · " + it.Value})
	}
	return all
}

// options are statements to choose from, the newest first.
func (v *view) options(list []told) (all []frame.Option) {
	for _, t := range slices.Backward(list) {
		all = append(all, frame.Option{Value: t.ID.String(), Label: frame.Upper(t.From) + " · " + v.Word.Named("kind", string(t.Kind)) + " · " + t.Time.UTC().Format("2006-01-02 15:04 UTC") + " · " + t.ID.Short()})
	}
	return all
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
