// Package asset has the desk's style sheet and script, as the browser gets them.
package asset

//go:generate go run ./gen

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
)

var (
	//go:embed app.css
	css []byte
	//go:embed app.js
	js []byte
)

// CSS and JS are the paths of the files. They change with the contents, so that
// neither is ever asked for twice.
var (
	CSS = "/asset/" + name(css) + ".css"
	JS  = "/asset/" + name(js) + ".js"
)

func name(b []byte) string {
	h := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(h[:9])
}

// ServeHTTP serves them.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, media := css, "text/css; charset=utf-8"
	switch r.URL.Path {
	case CSS:
	case JS:
		body, media = js, "text/javascript; charset=utf-8"
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(body) // who has gone needs none
}
