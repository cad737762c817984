package web

import (
	"cmp"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"comity"
)

// parse reads a form, bounded.
func (v *View) Parse() error {
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
	err := v.R.ParseMultipartForm(maxForm)
	if err == http.ErrNotMultipart {
		err = v.R.ParseForm()
	}
	if err != nil {
		return comity.Errorf(comity.TooMuch, "the form cannot be read, or is larger than %d bytes; attach long texts as files", maxForm)
	}
	return nil
}

// Files that are sent at once, and how long that may take.
const (
	mostFiles = 64
	longest   = 30 * time.Minute
)

// uploads begins the names of folders in which files are taken in.
const uploads = "upload-"

// takeIn puts files that were sent along into a folder of their own, so that a command
// may attach them: no more than the vault would hold of a peer. Done takes them away.
func (v *View) TakeIn(field string) (names []string, done func(), err error) {
	dir, err := os.MkdirTemp(v.Node.Dir, uploads)
	if err != nil {
		return nil, func() {}, err
	}
	done = func() { _ = os.RemoveAll(dir) } // the next start sweeps what is left: see New
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, v.Node.Quota)
	_ = http.NewResponseController(v.W).SetReadDeadline(time.Now().Add(longest)) // who cannot set one has set none
	parts, err := v.R.MultipartReader()
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
		if len(names) == mostFiles {
			return nil, done, comity.Fieldf("files", "at most %d at once; nothing of them was kept: send them in parts", mostFiles)
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
func (v *View) Made(f func(dir string) error) error {
	dir, err := os.MkdirTemp(v.Node.Dir, uploads)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return f(dir)
}

// handOut hands a file out: never shown, always saved.
func (v *View) HandOut(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := v.W.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.PathEscape(name), "'", "%27"))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(v.W, v.R, "", time.Time{}, f)
	return nil
}

// drill stands before the name of a file that is of an exercise.
func (v *View) Drill(realm string) string {
	if realm == string(comity.Live) {
		return ""
	}
	return v.Word.DrillWord() + "-"
}

// broken says why files could not be taken in.
func broken(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return comity.Fieldf("files", "together they have more than %d bytes; send them one by one", large.Limit)
	}
	return comity.Errorf(comity.Invalid, "the upload broke off; nothing of it was kept: send the files again")
}
