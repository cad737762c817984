// Package guidelines holds the guideline packs that come with Comity: data that a
// lawyer can read, and nothing else. Package guide reads them.
package guidelines

import "embed"

// FS holds a folder for each pack, and the folder common with what all of them
// share: words, names of fields, and texts of checks.
//
//go:embed */*.yaml
var FS embed.FS
