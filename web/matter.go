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

	"comity"
	"comity/form"
	"comity/web/page"
)

var matterPages = map[string]func(*view) error{
	"GET /m/{realm}/{ref}":            (*view).matter,
	"GET /m/{realm}/{ref}/do/{kind}":  (*view).do,
	"POST /m/{realm}/{ref}/do/{kind}": (*view).do,
}

// name is the matter that the path names.
func (v *view) name() (realm, ref string) { return v.r.PathValue("realm"), v.r.PathValue("ref") }

func (v *view) matter() error {
	realm, ref := v.name()
	m, err := ask[page.Matter](v, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	f, err := v.frame(ref)
	if err != nil {
		return err
	}
	f.Nav, f.TLP, f.Realm = "/queue", m.TLP, m.Realm
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

// broken says why files could not be taken in.
func broken(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return comity.Fieldf("files", "together they have more than %d bytes; send them one by one", large.Limit)
	}
	return comity.Errorf(comity.Invalid, "the upload broke off; nothing of it was kept: send the files again")
}
