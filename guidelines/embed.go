// Package guidelines holds the guideline packs that come with Comity: data that a
// lawyer can read, and nothing else. Package guide reads them.
package guidelines

import "embed"

// FS holds a folder for each pack, and the folder common with what all of them
// share: words, names of fields, and texts of checks. The folder calendars has
// working calendars, which packs name by their hash.
//
//go:embed */*.yaml calendars/*.ics
var FS embed.FS

// Examples holds complete requests, about nobody: what is in them is kept for
// documentation.
//
//go:embed examples/ok-*.json
var Examples embed.FS
