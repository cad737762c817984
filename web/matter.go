package web

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/form"
	"comity/habit"
	"comity/say"
	"comity/shell"
	"comity/store"
	"comity/web/blank"
	"comity/web/page"
)

var matterPages = map[string]func(*view) error{
	"GET /m/{realm}/{ref}":                        (*view).matter,
	"GET /m/{realm}/{ref}/do/{kind}":              (*view).do,
	"POST /m/{realm}/{ref}/do/{kind}":             (*view).do,
	"GET /m/{realm}/{ref}/files/{cipher}":         (*view).file,
	"POST /m/{realm}/{ref}/files/{cipher}/verify": (*view).verifyFile,
	"GET /m/{realm}/{ref}/read":                   (*view).readers,
	"GET /m/{realm}/{ref}/compare":                (*view).compare,
	"GET /m/{realm}/{ref}/paper.pdf":              (*view).matterPaper,
	"GET /m/{realm}/{ref}/paper.docx":             (*view).matterPaper,
	"GET /m/{realm}/{ref}/export":                 (*view).export,
	"POST /m/{realm}/{ref}/export":                (*view).export,
}

// name is the matter that the path names.
func (v *view) name() (realm, ref string) { return v.r.PathValue("realm"), v.r.PathValue("ref") }

// looked is a matter with our own file of it, and its frame.
func (v *view) looked(title string) (page.Matter, page.Frame, error) {
	realm, ref := v.name()
	m, err := ask[page.Matter](v, "show", ref, "--realm", realm)
	if err == nil {
		m.Own, err = ask[page.Docket](v, "docket", ref, "--realm", realm)
	}
	if err != nil {
		return m, page.Frame{}, err
	}
	f, err := v.frame(cmp.Or(title, ref))
	f.Nav, f.TLP, f.Realm = "/queue", m.TLP, m.Realm
	return m, f, err
}

func (v *view) matter() error { return v.drawn(nil) }

// drawn draws a matter, with what has just happened.
func (v *view) drawn(flash *page.Notice) error {
	m, f, err := v.looked("")
	if err != nil {
		return err
	}
	f.Flash = flash
	err = v.Node.Keeper.View(v.r.Context(), func(tx *store.Tx) (err error) {
		_, m.Last, err = habit.Seen(tx, v.who.Person.ID, m.Realm)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(f.Matter(m))
}

// do asks for what a verb says, or says it: what is said is a draft until it has been
// looked at and signed.
func (v *view) do() error {
	realm, ref := v.name()
	kind := comity.Kind(v.r.PathValue("kind"))
	m, err := ask[page.Matter](v, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	for _, n := range m.Next {
		if n.Kind == kind && !n.Allowed {
			return comity.Errorf(comity.Conflict, "%s", n.Why)
		}
	}
	x := page.Form{Action: v.r.URL.Path, Title: v.word.Named("kind", string(kind)), Submit: v.word.FormToDraft(), TLP: m.TLP}
	for _, n := range m.Next {
		if n.Kind == kind {
			x.Says = v.word.Of(n.Says)
		}
	}
	body, err := empty(kind)
	if err != nil {
		return err
	}
	args := []string{string(kind), ref, "--realm", realm}
	return v.say(x, body, args, func(f *page.Frame) { f.Nav, f.Realm, f.TLP = "/queue", m.Realm, m.TLP })
}

// say shows a form of a body, or takes it in.
func (v *view) say(x page.Form, body any, args []string, with func(*page.Frame)) error {
	return v.write(x, writing{body: body, args: args, with: with})
}

// utter calls the verb with the whole body, and returns the draft that it made.
func (v *view) utter(body any, args []string) (page.Draft, error) {
	b, err := form.Encode(body)
	if err != nil {
		return page.Draft{}, err
	}
	if args[0] != "draft" { // which takes it as a word
		args = append(args, "--file", "-")
	}
	if x := v.r.PostForm.Get("tlp"); x != "" {
		args = append(args, "--tlp", x)
	}
	if x := v.r.PostForm.Get("sources"); x != "" {
		args = append(args, "--sources", x)
	}
	if x := v.r.PostForm.Get("screened"); x != "" {
		args = append(args, "--screened", x)
	}
	return tell[page.Draft](v, bytes.NewReader(b), args...)
}

// parse reads a form, bounded.
func (v *view) parse() error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	err := v.r.ParseMultipartForm(maxForm)
	if err == http.ErrNotMultipart {
		err = v.r.ParseForm()
	}
	if err != nil {
		return comity.Errorf(comity.TooMuch, "the form cannot be read, or is larger than %d bytes; attach long texts as files", maxForm)
	}
	return nil
}

// uploads begins the names of folders in which files are taken in.
const uploads = "upload-"

// takeIn puts files that were sent along into a folder of their own, so that a command
// may attach them: no more than the vault would hold of a peer. Done takes them away.
func (v *view) takeIn(field string) (names []string, done func(), err error) {
	dir, err := os.MkdirTemp(v.Node.Dir, uploads)
	if err != nil {
		return nil, func() {}, err
	}
	done = func() { _ = os.RemoveAll(dir) } // the next start sweeps what is left: see New
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, v.Node.Quota)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, done, comity.Errorf(comity.Invalid, "the form has no files")
	}
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return names, done, nil
		}
		if err != nil {
			return nil, done, broken(err)
		}
		if p.FormName() != field || p.FileName() == "" {
			continue
		}
		name, err := keep(dir, p)
		if err != nil {
			return nil, done, err
		}
		names = append(names, name)
	}
}

func keep(dir string, p *multipart.Part) (string, error) {
	name := filepath.Join(dir, filepath.Base(filepath.Clean("/"+p.FileName())))
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", comity.Fieldf("files", "%q cannot be a file's name here; rename it", comity.Clip(p.FileName()))
	}
	if _, err = io.Copy(f, p); err != nil {
		err = broken(err)
	}
	return name, cmp.Or(err, f.Close())
}

// made gives f a folder of ours in which a command may write, and takes it away.
func (v *view) made(f func(dir string) error) error {
	dir, err := os.MkdirTemp(v.Node.Dir, uploads)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return f(dir)
}

// handOut hands a file out: never shown, always saved.
func (v *view) handOut(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.PathEscape(name), "'", "%27"))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(v.w, v.r, "", time.Time{}, f)
	return nil
}

// A fetched file is in a folder, or is not, and why.
type fetched struct {
	Name string `json:"name"`
	As   string `json:"as"`
	Why  string `json:"why"`
}

// fetch decrypts one file of a matter into a folder of ours.
func (v *view) fetch(dir string) (fetched, error) {
	realm, ref := v.name()
	got, err := ask[[]fetched](v, "fetch", ref, "--realm", realm, "--out", dir, "--file", v.r.PathValue("cipher"))
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
	return v.made(func(dir string) error {
		got, err := v.fetch(dir)
		if err != nil {
			return err
		}
		if got.Why != "" {
			return comity.Errorf(comity.Unavailable, "%s: %s", got.Name, got.Why)
		}
		return v.handOut(filepath.Join(dir, got.As), got.Name)
	})
}

// verifyFile decrypts a file, holds it to what was signed, and keeps nothing.
func (v *view) verifyFile() error {
	return v.made(func(dir string) error {
		got, err := v.fetch(dir)
		switch {
		case errors.Is(err, comity.Unavailable): // the command has written why
			return v.drawn(&page.Notice{Tone: "late", Head: v.word.FileVerifiedNot(v.word.FileWord(), err.Error())})
		case err != nil:
			return err
		case got.Why != "":
			return v.drawn(&page.Notice{Tone: "late", Head: v.word.FileVerifiedNot(got.Name, got.Why)})
		}
		return v.drawn(&page.Notice{Tone: "good", Head: v.word.FileVerified(got.Name)})
	})
}

// readers is the audit view of a matter.
func (v *view) readers() error {
	m, f, err := v.looked(v.word.MatterRead())
	if err != nil {
		return err
	}
	list, err := ask[[]page.Reading](v, "readers", string(m.Ref), "--realm", string(m.Realm))
	if err != nil {
		return err
	}
	slices.Reverse(list)
	return v.show(f.Read(m, list))
}

// compare shows what two statements say differently, member by member.
func (v *view) compare() error {
	m, f, err := v.looked("")
	if err != nil {
		return err
	}
	find := func(name string) (page.Row, error) {
		for _, r := range m.Timeline {
			if r.ID.String() == v.r.FormValue(name) {
				return r, nil
			}
		}
		return page.Row{}, comity.Errorf(comity.NotFound, "the matter has no such statement")
	}
	a, err := find("a")
	if err != nil {
		return err
	}
	b, err := find("b")
	if err != nil {
		return err
	}
	return v.show(f.Compare(m, a, b, changes(a.Text, b.Text)))
}

// changes are the members of two bodies that differ, in the order of the second.
func changes(was, is []string) (list []page.Change) {
	before := map[string]string{}
	for _, l := range was {
		path, value, _ := strings.Cut(l, ": ")
		before[path] = value
	}
	for _, l := range is {
		path, value, _ := strings.Cut(l, ": ")
		if before[path] != value {
			list = append(list, page.Change{Path: path, Was: before[path], Is: value})
		}
		delete(before, path)
	}
	for _, l := range was {
		path, value, _ := strings.Cut(l, ": ")
		if _, gone := before[path]; gone {
			list = append(list, page.Change{Path: path, Was: value})
		}
	}
	return list
}

// matterPaper sends a request as a paper, in both languages unless one is asked for.
func (v *view) matterPaper() error {
	realm, ref := v.name()
	form := strings.TrimPrefix(filepath.Ext(v.r.URL.Path), ".")
	return v.made(func(dir string) error {
		name := ref + "." + form
		args := []string{"print", ref, "--realm", realm, "--" + form, filepath.Join(dir, name), "--seat", string(v.who.Seat)}
		if l, ok := say.Parse(v.r.URL.Query().Get("lang")); ok {
			args = append(args, "--lang", say.In(l).Short())
		}
		if _, err := v.call(nil, args...); err != nil {
			return err
		}
		return v.handOut(filepath.Join(dir, name), v.drill(realm)+name)
	})
}

// drill stands before the name of a file that is of an exercise.
func (v *view) drill(realm string) string {
	if realm == string(comity.Live) {
		return ""
	}
	return v.word.DrillWord() + "-"
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
	m, f, err := v.looked(v.word.MatterExport())
	if err != nil {
		return err
	}
	var x exportAsk
	form := page.Form{Action: v.r.URL.Path, Title: f.Title, Says: v.word.ExportSays(), Submit: v.word.ExportMake()}
	status := http.StatusOK
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		blank.Fill(&x, v.r.PostForm, shell.Moment)
		err := v.made(func(dir string) error {
			name := string(m.Ref) + ".comity"
			args := append([]string{"export", string(m.Ref), "--realm", string(m.Realm), "--out", filepath.Join(dir, name), "--seat", string(v.who.Seat)}, flags(&x)...)
			if _, err := v.call(nil, args...); err != nil {
				return err
			}
			return v.handOut(filepath.Join(dir, name), v.drill(string(m.Realm))+name)
		})
		if err == nil {
			return nil
		}
		form.Wrong = &page.Notice{Tone: "late", Head: v.word.FormWrong(), Text: []string{v.word.ErrorKept()}, Detail: err.Error()}
		status = http.StatusUnprocessableEntity
	}
	form.Groups = v.blank().Fields(&x, v.r.PostForm, nil, blank.Shape{})
	return show(v.r.Context(), v.w, status, f.Export(m, form))
}
// broken says why files could not be taken in.
func broken(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return comity.Fieldf("files", "together they have more than %d bytes; send them one by one", large.Limit)
	}
	return comity.Errorf(comity.Invalid, "the upload broke off; nothing of it was kept: send the files again")
}
