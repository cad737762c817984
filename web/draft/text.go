package draft

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/notepad"
	"comity/shell"
	"comity/store"
	"comity/typed"
	"comity/web/blank"
	"comity/web/frame"
)

// A writing is a form that somebody fills in: what is written is kept until it is a
// draft.
type writing struct {
	body  any
	args  []string // the verb that makes the draft
	with  func(*Frame)
	shape blank.Shape

	begin func() error              // fills in what is known, of a form that is opened anew
	read  func(sent url.Values)     // what the form leaves out, once it is read
	found func(x *frame.Form) error // what the guidelines find
}

// formPath are the pages on which texts are written.
var formPath = regexp.MustCompile(`^/((new|open)/[a-z][a-z._]*|m/[a-z:A-Z0-9-]+/[A-Z]{2}-[0-9]{4}-[0-9]{6}/do/[a-z][a-z._]*)$`)

// owner is whose a text is: what is said in a matter is the seat's, whoever sits there.
func (v *view) owner(path string) string {
	if strings.HasPrefix(path, "/m/") {
		return string(v.Who.Seat)
	}
	return string(v.Who.Seat) + " " + v.Who.Person.ID
}

// written are the fields of a form, without the buttons.
func written(sent url.Values) notepad.Text {
	t := notepad.Text{}
	for name := range sent {
		if x := sent.Get(name); x != "" && !slices.Contains([]string{"version", "press", "add"}, name) {
			t[name] = x
		}
	}
	return t
}

// keep keeps what was sent from a page; if it was written on top of an older version
// than the one that is kept, fresh is false and both are.
func (v *view) keep(path string, sent url.Values) (n notepad.Note, fresh bool, err error) {
	version, _ := strconv.ParseInt(sent.Get("version"), 10, 64) // none is 0
	err = v.Node.DB.Update(v.R.Context(), func(tx *store.Tx) (err error) {
		if err = v.mayWrite(tx, path); err == nil {
			n, fresh, err = notepad.Keep(tx, v.Now(), notepad.Note{Owner: v.owner(path), Page: path, Person: v.Who.Person.ID, Version: version, Text: written(sent)})
		}
		return err
	})
	return n, fresh, err
}

// mayWrite says of a matter that the seat may not know of that there is none.
func (v *view) mayWrite(tx *store.Tx, path string) error {
	if !formPath.MatchString(path) {
		return comity.Errorf(comity.NotFound, "no text is written at %q", comity.Clip(path))
	}
	if !strings.HasPrefix(path, "/m/") {
		return nil
	}
	part := strings.Split(path, "/")
	return v.node.Sees(tx, comity.Realm(part[2]), comity.Ref(part[3]), v.Who.Seat)
}

func (v *view) kept(path string) (n notepad.Note, err error) {
	err = v.Node.DB.View(v.R.Context(), func(tx *store.Tx) (err error) {
		if err = v.mayWrite(tx, path); err == nil {
			n, err = notepad.Find(tx, v.owner(path), path)
		}
		return err
	})
	return n, err
}

func (v *view) forget(path string) error {
	return v.Node.DB.Update(v.R.Context(), func(tx *store.Tx) error { return notepad.Drop(tx, v.owner(path), path) })
}

// save takes what a form sends while somebody writes.
func (v *view) save() error {
	if err := v.Parse(); err != nil {
		return err
	}
	n, fresh, err := v.keep(v.R.URL.Query().Get("page"), v.R.PostForm)
	if err != nil {
		return err
	}
	if !fresh {
		v.W.WriteHeader(http.StatusConflict)
		return nil
	}
	v.W.Header().Set("Desk-Saved", n.At.Format("15:04:05"))
	v.W.Header().Set("Desk-Version", strconv.FormatInt(n.Version, 10))
	v.W.WriteHeader(http.StatusNoContent)
	return nil
}

// saved leads back to the form: the door remembers the last address, which may be
// that of a saving.
func (v *view) saved() error {
	path := v.R.URL.Query().Get("page")
	if !formPath.MatchString(path) {
		path = "/drafts"
	}
	return v.To(path)
}

// unwrite throws a text away, having asked once more.
func (v *view) unwrite() error {
	path := v.R.URL.Query().Get("page")
	n, err := v.kept(path)
	if err != nil {
		return err
	}
	if v.R.Method == http.MethodPost {
		if err := v.forget(path); err != nil {
			return err
		}
		return v.To("/drafts")
	}
	f, err := v.frame(v.Word.TextDrop())
	if err != nil {
		return err
	}
	f.Nav = "/drafts"
	return v.Show(f.Sure(frame.Sure{Title: v.Word.TextDropAsk(v.formTitle(path)), Text: v.Word.TextDropSays(n.At.Format("15:04:05")), Do: v.Word.TextDrop(), Back: path,
		Action: "/text/drop?page=" + url.QueryEscape(path)}))
}

// conflict shows two versions of a text, and lets one choose.
func (v *view) conflict() error {
	path := v.R.URL.Query().Get("page")
	n, err := v.kept(path)
	if err != nil {
		return err
	}
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		version, _ := strconv.ParseInt(v.R.PostForm.Get("version"), 10, 64) // what is none is no version
		err := v.Node.DB.Update(v.R.Context(), func(tx *store.Tx) error {
			return notepad.Settle(tx, v.Now(), v.owner(path), path, v.Who.Person.ID, version, v.R.PostForm.Get("take") == "rival")
		})
		if err != nil {
			return err
		}
		return v.To(path)
	}
	if n.Rival == nil {
		return v.To(path)
	}
	f, err := v.frame(v.Word.ConflictTitle())
	if err != nil {
		return err
	}
	f.Nav = "/drafts"
	x := Versions{Page: path, What: v.formTitle(path), Version: strconv.FormatInt(n.Version, 10), At: n.At, RivalAt: n.RivalAt,
		Mine: n.Person == v.Who.Person.ID, RivalMine: n.RivalPerson == v.Who.Person.ID}
	names := map[string]bool{}
	for name := range n.Text {
		names[name] = true
	}
	for name := range n.Rival {
		names[name] = true
	}
	for name := range names {
		if n.Text[name] != n.Rival[name] {
			x.Differ = append(x.Differ, Differ{Name: name, Label: blank.Words{Words: v.Word}.Label(name), One: n.Text[name], Other: n.Rival[name]})
		}
	}
	slices.SortFunc(x.Differ, func(a, b Differ) int { return cmp.Compare(a.Name, b.Name) })
	return v.Show(f.Versions(x))
}

// formTitle names the form of a page.
func (v *view) formTitle(path string) string {
	part := strings.Split(path, "/")
	switch last := part[len(part)-1]; part[1] {
	case "new":
		return v.Word.Of(guide.Shipped().Word("type", last))
	case "m":
		return part[3] + " · " + v.Word.Named("kind", last)
	default:
		return v.Word.Named("kind", last)
	}
}

// unfinished are the texts that the person may go on with.
func (v *view) unfinished() (list []Unfinished, err error) {
	err = v.Node.DB.View(v.R.Context(), func(tx *store.Tx) error {
		notes, err := notepad.Of(tx, v.owner("/new"), v.owner("/m/"))
		for _, n := range notes {
			if v.mayWrite(tx, n.Page) != nil {
				continue // it is of a matter that the seat may no longer know of
			}
			list = append(list, Unfinished{Page: n.Page, Title: v.formTitle(n.Page), At: n.At, Mine: n.Person == v.Who.Person.ID, Rival: n.Rival})
		}
		return err
	})
	return list, err
}

// write shows a form, or takes it in: the draft that comes of it is the next page.
// What was sent is kept first, so that nothing which then goes wrong can lose it; what
// is at fault comes back with all that was typed.
func (v *view) write(x frame.Form, w writing) error {
	path := v.R.URL.Path
	x.Action, x.Saved = path, "/text?page="+url.QueryEscape(path)
	if w.found != nil {
		x.Check = path + "/check"
	}
	n, err := v.kept(path)
	if err != nil {
		return err
	}
	var sent url.Values
	var faults map[string]string
	var wrong error
	switch {
	case v.R.Method == http.MethodPost:
		if err := v.Parse(); err != nil {
			return err
		}
		sent = v.R.PostForm
		now, fresh, err := v.keep(path, sent)
		if err == nil && !fresh {
			return v.To("/text/conflict?page=" + url.QueryEscape(path))
		}
		wrong = err
		if err == nil {
			n = now
		}
	case n.Rival != nil:
		return v.To("/text/conflict?page=" + url.QueryEscape(path))
	case n.Version > 0:
		sent = url.Values{}
		for name, text := range n.Text {
			sent.Set(name, text)
		}
		x.Kept = n.At.Format("15:04:05")
		if n.Person != v.Who.Person.ID {
			x.KeptBy = string(v.Who.Seat)
		}
	case w.begin != nil:
		if err := w.begin(); err != nil {
			return err
		}
	}
	if sent != nil {
		faults = blank.Fill(w.body, sent, typed.Moment)
		if w.read != nil {
			w.read(sent)
		}
	}
	draft := v.R.Method == http.MethodPost && sent.Get("press") == "" && sent.Get("add") == ""
	if draft && wrong == nil && len(faults) == 0 {
		d, err := v.utter(w.body, w.args)
		if err == nil {
			if err := v.forget(path); err != nil {
				return err
			}
			return v.To("/d/" + url.PathEscape(d.ID))
		}
		wrong, faults = err, blank.Faults(err)
	}
	check := v.R.Method == http.MethodPost && sent.Get("press") == "check"
	switch {
	case check && w.found == nil && len(faults) == 0: // else the guidelines say what is missing
		faults = blank.Faults(form.Check(w.body))
	case !draft && !check:
		faults = nil // somebody is still writing
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	w.with(&f)
	if x.Version = "0"; n.Version > 0 {
		x.Version, x.At = strconv.FormatInt(n.Version, 10), n.At.Format("15:04:05")
	}
	if w.found != nil {
		if err := w.found(&x); err != nil {
			return err
		}
	}
	w.shape.Add = sent.Get("add")
	x.Groups = blank.Words{Words: v.Word}.Fields(w.body, sent, faults, w.shape)
	x.Sent, x.TLP = sent.Get("to"), cmp.Or(sent.Get("tlp"), x.TLP, "AMBER") // as the commands have it
	status := http.StatusOK
	switch {
	case check && wrong == nil && len(faults) > 0:
		x.Wrong = &frame.Notice{Tone: "late", Head: v.Word.FormFaults(len(faults)), Text: []string{v.Word.ErrorKept()}}
	case check && wrong == nil && w.found == nil:
		x.Wrong = &frame.Notice{Tone: "good", Head: v.Word.FormGood(), Text: []string{v.Word.FormNotYet()}}
	case wrong != nil || len(faults) > 0:
		status = http.StatusUnprocessableEntity
		x.Wrong = &frame.Notice{Tone: "late", Head: v.Word.FormWrong(), Text: []string{v.Word.ErrorKept()}}
		if wrong != nil {
			x.Wrong.Detail, x.Wrong.Matter = wrong.Error(), x.Subject.Path
		}
	}
	return v.ShowAs(status, f.Do(x))
}

// empty returns an empty body of a kind.
func empty(kind comity.Kind) (any, error) {
	for _, c := range shell.Capabilities() {
		if k, ok := c.Kind(kind); ok {
			return k.New(), nil
		}
	}
	return nil, comity.Errorf(comity.NotFound, "there is no kind %q", comity.Clip(string(kind)))
}
