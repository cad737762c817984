package queue

import (
	"net/url"
	"strings"

	"comity"
	"comity/shell"
	"comity/thread"
	"comity/web"
	"comity/web/frame"
)

// mostRows are done at once: what an officer can still read through before.
const mostRows = 50

// A deed is what may be done to many matters: the command for one, and whether it
// makes a draft, which can be dropped again.
var deeds = map[string]struct {
	kind  comity.Kind // that must be a next move; empty: our own file, always
	draft bool
	args  func(v *view) ([]string, error)
}{

	"acknowledge": {"acknowledge", true, func(v *view) ([]string, error) {
		if v.R.PostForm.Get("sources") != "none" {
			return nil, comity.Fieldf("sources", "say that no source needs protection in what leaves, or acknowledge each on its own page")
		}
		return []string{"acknowledge", "--sources", "none"}, nil
	}},
	"route": {"", false, func(v *view) ([]string, error) {
		why := v.R.PostForm.Get("text")
		if v.R.PostForm.Get("agency") == "" || why == "" {
			return nil, comity.Fieldf("agency", "choose an agency of ours, and say why in the text")
		}
		return []string{"route", "--to", v.R.PostForm.Get("agency"), "--reason", why}, nil
	}},
	"note": {"", false, func(v *view) ([]string, error) {
		if v.R.PostForm.Get("text") == "" {
			return nil, comity.Fieldf("text", "give the text of the note, such as %q", "for the Monday meeting")
		}
		return []string{"minute", "note", "--internal", v.R.PostForm.Get("text")}, nil
	}},
}

// batch shows what would be done to each matter that was chosen, and does it when
// that was confirmed: one by one, so that what fails stops nothing else.
func (v *view) batch() error {
	if err := v.Parse(); err != nil {
		return err
	}
	form := v.R.PostForm
	rows := form["row"]
	switch {
	case len(rows) == 0:
		return comity.Fieldf("row", "choose matters first; nothing was done")
	case len(rows) > mostRows:
		return comity.Fieldf("row", "%d are chosen; at most %d are done at once", len(rows), mostRows)
	}
	if form.Get("act") == "export" {
		return v.To("/queue.csv?" + url.Values{"row": rows, "all": {"yes"}, "realm": {"all"}}.Encode())
	}
	d, ok := deeds[form.Get("act")]
	if !ok {
		return comity.Fieldf("act", "choose what is to be done; nothing was")
	}
	args, err := d.args(v)
	if err != nil {
		return err
	}
	x := Batch{Act: form.Get("act"), Agency: form.Get("agency"), Text: form.Get("text"), Query: form.Get("query"), Drafts: d.draft, Done: form.Get("go") == "yes"}
	for _, row := range rows {
		b := v.one(row, d.kind)
		if x.Done && b.Why == "" {
			got, err := web.Tell[frame.Draft](v.View, nil, append([]string{args[0]}, append(on(args, b), "--realm", string(b.Realm))...)...)
			if err != nil {
				b.Why = err.Error()
			}
			b.Draft = got.ID
		}
		if b.Why != "" {
			x.Failed++
		}
		x.Rows = append(x.Rows, b)
	}
	return v.batchPage(x)
}

// on puts the matter behind the words of a command.
func on(args []string, b BatchRow) (list []string) {
	list = append(list, args[1:]...)
	if args[0] == "minute" {
		return append([]string{list[0], string(b.Ref)}, list[1:]...)
	}
	return append([]string{string(b.Ref)}, list...)
}

// one is a matter that was chosen, and why nothing can be done to it.
func (v *view) one(row string, kind comity.Kind) BatchRow {
	realm, ref, _ := strings.Cut(row, "/")
	b := BatchRow{Row: row, Realm: comity.Realm(realm), Ref: comity.Ref(ref)}
	var m struct {
		Title string        `json:"title"`
		Says  comity.Text   `json:"says"`
		TLP   string        `json:"tlp"`
		Next  []thread.Next `json:"next"`
	}
	_, err := shell.ParseMatter(realm, ref) // it is a word of a command: never a flag
	if err == nil {
		err = v.Into(&m, "show", ref, "--realm", realm)
	}
	if err != nil {
		b.Why = v.Word.ErrorNotFoundSays()
		return b
	}
	b.Title, b.Says, b.TLP = m.Title, v.Word.Of(m.Says), m.TLP
	if kind == "" {
		return b
	}
	b.Why = v.Word.BatchNotNext()
	for _, n := range m.Next {
		if n.Kind == kind {
			b.Why = n.Why
		}
	}
	return b
}

func (v *view) batchPage(x Batch) error {
	f, err := v.frame(v.Word.BatchTitle())
	if err != nil {
		return err
	}
	f.Nav = "/queue"
	for _, r := range x.Rows {
		f.TLP = comity.HigherTLP(f.TLP, r.TLP)
	}
	return v.Show(f.Batch(x))
}

// undo drops the drafts that a batch made. One that has left cannot be taken back.
func (v *view) undo() error {
	if err := v.Parse(); err != nil {
		return err
	}
	x := Batch{Undone: true, Done: true, Query: v.R.PostForm.Get("query")}
	ids := v.R.PostForm["draft"]
	if len(ids) > mostRows {
		return comity.Fieldf("draft", "at most %d are dropped at once", mostRows)
	}
	for _, id := range ids {
		b := BatchRow{Draft: id}
		if !strings.HasPrefix(id, "D-") {
			return comity.Fieldf("draft", "%q is no draft", comity.Clip(id))
		}
		if _, err := v.Call(nil, "drop", id); err != nil {
			b.Why = err.Error()
			x.Failed++
		}
		x.Rows = append(x.Rows, b)
	}
	return v.batchPage(x)
}
