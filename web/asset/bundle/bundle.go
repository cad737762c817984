// Package bundle makes the desk's style sheet and script of their sources, with
// esbuild. Only the generator and a test need it.
package bundle

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// sources are what each file is made of, from the folder of package asset.
var sources = map[string]string{"app.css": "desk.css", "app.js": "../ts/desk.ts"}

// Build returns the files, minified.
func Build(dir string) (map[string][]byte, error) {
	made := map[string][]byte{}
	for name, from := range sources {
		r := api.Build(api.BuildOptions{
			EntryPoints: []string{filepath.Join(dir, from)}, Bundle: true, Target: api.ES2024, Format: api.FormatIIFE,
			MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone,
		})
		for _, e := range r.Errors {
			return nil, errors.New(from + ": " + e.Text)
		}
		made[name] = r.OutputFiles[0].Contents
	}
	return made, nil
}

// Write writes them into the folder of package asset.
func Write(dir string) error {
	made, err := Build(dir)
	for name, b := range made {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	return err
}
