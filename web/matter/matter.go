package matter

import (
	"cmp"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"comity"
	"comity/habit"
	"comity/say"
	"comity/store"
	"comity/typed"
	"comity/web"
	"comity/web/blank"
	"comity/web/frame"
)

var matterPages = map[string]func(*view) error{
	"GET /m/{realm}/{ref}":                        (*view).matter,
	"GET /m/{realm}/{ref}/files/{cipher}":         (*view).file,
	"POST /m/{realm}/{ref}/files/{cipher}/verify": (*view).verifyFile,
	"GET /m/{realm}/{ref}/read":                   (*view).readers,
	"GET /m/{realm}/{ref}/compare":                (*view).compare,
	"GET /m/{realm}/{ref}/paper.pdf":              (*view).matterPaper,
	"GET /m/{realm}/{ref}/paper.docx":             (*view).matterPaper,
	"GET /m/{realm}/{ref}/export":                 (*view).export,
	"POST /m/{realm}/{ref}/export":                (*view).export,
}

// looked is a matter with our own file of it, and its frame.
func (v *view) looked(title string) (Matter, Frame, error) {
	realm, ref := v.Matter()
	m, err := web.Ask[Matter](v.View, "show", ref, "--realm", realm)
	if err == nil {
		m.Own, err = web.Ask[Docket](v.View, "docket", ref, "--realm", realm)
	}
	if err != nil {
		return m, Frame{}, err
	}
	f, err := v.frame(cmp.Or(title, ref))
	f.Nav, f.TLP, f.Realm = "/queue", m.TLP, m.Realm
	return m, f, err
}

func (v *view) matter() error { return v.drawn(nil) }

// drawn draws a matter, with what has just happened.
func (v *view) drawn(flash *frame.Notice) error {
	m, f, err := v.looked("")
	if err != nil {
		return err
	}
	f.Flash = flash
	err = v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) (err error) {
		_, m.Last, err = habit.Seen(tx, v.Who.Person.ID, m.Realm)
		return err
	})
	if err != nil {
		return err
	}
	return v.Show(f.Matter(m))
}

// A fetched file is in a folder, or is not, and why.
type fetched struct {
	Name string `json:"name"`
	As   string `json:"as"`
	Why  string `json:"why"`
}

// fetch decrypts one file of a matter into a folder of ours.
func (v *view) fetch(dir string) (fetched, error) {
	realm, ref := v.Matter()
	got, err := web.Ask[[]fetched](v.View, "fetch", ref, "--realm", realm, "--out", dir, "--file", v.R.PathValue("cipher"))
	if err != nil {
		return fetched{}, err
	}
	// The same bytes may be with more than one statement.
	for _, g := range got {
		if g.Why == "" {
			return g, nil
		}
	}
	return got[0], nil
}

func (v *view) file() error {
	return v.Made(func(dir string) error {
		got, err := v.fetch(dir)
		if err != nil {
			return err
		}
		if got.Why != "" {
			return comity.Errorf(comity.Unavailable, "%s: %s", got.Name, got.Why)
		}
		return v.HandOut(filepath.Join(dir, got.As), got.Name)
	})
}

// verifyFile decrypts a file, holds it to what was signed, and keeps nothing.
func (v *view) verifyFile() error {
	return v.Made(func(dir string) error {
		got, err := v.fetch(dir)
		switch {
		case errors.Is(err, comity.Unavailable): // the command has written why
			return v.drawn(&frame.Notice{Tone: "late", Head: v.Word.FileVerifiedNot(v.Word.FileWord(), err.Error())})
		case err != nil:
			return err
		case got.Why != "":
			return v.drawn(&frame.Notice{Tone: "late", Head: v.Word.FileVerifiedNot(got.Name, got.Why)})
		}
		return v.drawn(&frame.Notice{Tone: "good", Head: v.Word.FileVerified(got.Name)})
	})
}

// readers is the audit view of a matter.
func (v *view) readers() error {
	m, f, err := v.looked(v.Word.MatterRead())
	if err != nil {
		return err
	}
	list, err := web.Ask[[]Reading](v.View, "readers", string(m.Ref), "--realm", string(m.Realm))
	if err != nil {
		return err
	}
	slices.Reverse(list)
	return v.Show(f.Read(m, list))
}

// compare shows what two statements say differently, member by member.
func (v *view) compare() error {
	m, f, err := v.looked("")
	if err != nil {
		return err
	}
	find := func(name string) (Row, error) {
		for _, r := range m.Timeline {
			if r.ID.String() == v.R.FormValue(name) {
				return r, nil
			}
		}
		return Row{}, comity.Errorf(comity.NotFound, "the matter has no such statement")
	}
	a, err := find("a")
	if err != nil {
		return err
	}
	b, err := find("b")
	if err != nil {
		return err
	}
	return v.Show(f.Compare(m, a, b, changes(a.Text, b.Text)))
}

// changes are the members of two bodies that differ, in the order of the second.
func changes(was, is []string) (list []Change) {
	before := map[string]string{}
	for _, l := range was {
		path, value, _ := strings.Cut(l, ": ")
		before[path] = value
	}
	for _, l := range is {
		path, value, _ := strings.Cut(l, ": ")
		if before[path] != value {
			list = append(list, Change{Path: path, Was: before[path], Is: value})
		}
		delete(before, path)
	}
	for _, l := range was {
		path, value, _ := strings.Cut(l, ": ")
		if _, gone := before[path]; gone {
			list = append(list, Change{Path: path, Was: value})
		}
	}
	return list
}

// matterPaper sends a request as a paper, in both languages unless one is asked for.
func (v *view) matterPaper() error {
	realm, ref := v.Matter()
	form := strings.TrimPrefix(filepath.Ext(v.R.URL.Path), ".")
	return v.Made(func(dir string) error {
		name := ref + "." + form
		args := []string{"print", ref, "--realm", realm, "--" + form, filepath.Join(dir, name), "--seat", string(v.Who.Seat)}
		if l, ok := say.Parse(v.R.URL.Query().Get("lang")); ok {
			args = append(args, "--lang", say.In(l).Short())
		}
		if _, err := v.Call(nil, args...); err != nil {
			return err
		}
		return v.HandOut(filepath.Join(dir, name), v.Drill(realm)+name)
	})
}

// An exportAsk is what export must know besides the matter.
type exportAsk struct {
	NoFiles  bool   `json:"no_files,omitempty"`
	Consent  string `json:"consent,omitempty"`
	Informed string `json:"informed,omitempty"`
	Confirm  bool   `json:"confirm,omitempty"`
}

// export asks on which conditions a copy leaves, and hands it out.
func (v *view) export() error {
	m, f, err := v.looked(v.Word.MatterExport())
	if err != nil {
		return err
	}
	var x exportAsk
	form := frame.Form{Action: v.R.URL.Path, Title: f.Title, Says: v.Word.ExportSays(), Submit: v.Word.ExportMake()}
	status := http.StatusOK
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		blank.Fill(&x, v.R.PostForm, typed.Moment)
		err := v.Made(func(dir string) error {
			name := string(m.Ref) + ".comity"
			args := append([]string{"export", string(m.Ref), "--realm", string(m.Realm), "--out", filepath.Join(dir, name), "--seat", string(v.Who.Seat)}, flags(&x)...)
			if _, err := v.Call(nil, args...); err != nil {
				return err
			}
			return v.HandOut(filepath.Join(dir, name), v.Drill(string(m.Realm))+name)
		})
		if err == nil {
			return nil
		}
		form.Wrong = &frame.Notice{Tone: "late", Head: v.Word.FormWrong(), Text: []string{v.Word.ErrorKept()}, Detail: err.Error()}
		status = http.StatusUnprocessableEntity
	}
	form.Groups = blank.Words{Words: v.Word}.Fields(&x, v.R.PostForm, nil, blank.Shape{})
	return v.ShowAs(status, f.Export(m, form))
}
