package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"comity"
	"comity/web/frame"
)

// again asks for the key once more, and keeps what was sent.
func (v *View) again() error {
	e := Enter{Back: v.R.URL.RequestURI()}
	b, err := v.Door.BeginAssert(v.R.Context(), v.Now(), v.Who.Session)
	if err != nil && !errors.Is(err, comity.Forbidden) {
		return err
	}
	if e.Options = Ceremony(b); e.Options == "" { // who has no key is asked by the issuer
		for _, name := range v.Door.Issuers() {
			e.OIDC = append(e.OIDC, frame.Option{Value: name, Label: name})
		}
	}
	f, err := v.Frame(v.Word.AgainTitle())
	if err != nil {
		return err
	}
	sent := ""
	switch {
	case v.R.Method != http.MethodPost:
	case v.R.PostForm == nil && v.Parse() != nil:
		e.Back = back(path(v.R.Referer())) // files, of which a part is read: they are sent again
	default:
		v.R.PostForm.Set("again", "yes") // so that it is not empty
		sent = v.R.PostForm.Encode()
	}
	return show(v.R.Context(), v.W, http.StatusForbidden, page{f}.Again(e, sent))
}

// asserted takes the key's answer, and does what it was asked for.
func (v *View) asserted() error {
	if err := v.Parse(); err != nil {
		return err
	}
	form := v.R.PostForm
	if _, err := v.Door.FinishAssert(v.R.Context(), v.Now(), v.Who.Session, form.Get("handle"), []byte(form.Get("assertion")), Visit(v.R)); err != nil {
		return err
	}
	to := back(form.Get("to"))
	sent := form.Get("sent")
	u, err := url.Parse(to)
	if err != nil || sent == "" || u.Path == "/again" {
		return v.To(to)
	}
	r := v.R.Clone(v.R.Context())
	r.URL, r.RequestURI, r.Form, r.PostForm, r.MultipartForm = u, to, nil, nil, nil
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(sent)), int64(len(sent))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.mux.ServeHTTP(v.W, r)
	return nil
}
