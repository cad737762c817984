package officer

import (
	"fmt"
	"io"
	"strings"

	"comity"
	"comity/metadata"
	"comity/shell"
)

// inspect holds a file that is to leave to the gate for metadata: what nobody meant
// to send must be taken out first. In a matter of child abuse nothing leaves that
// is a picture, a film or an archive, or may hold one: a hash and a pointer to the
// dedicated channel are sent instead (C39).
func inspect(name string, r io.ReaderAt, size int64, category, lang string) error {
	rep, err := metadata.Inspect(name, r, size)
	if err != nil {
		return err
	}
	if category == "child_abuse" && (rep.Pictures || rep.Opaque) {
		return comity.Errorf(comity.Forbidden, "attach: %s is a %s that is, or may hold, pictures; in a matter of child abuse no such file leaves in the clear (C39): send its SHA-256 as an item of the type hash, and the file by the channel that is dedicated to it", shell.Plain(name), rep.Kind)
	}
	if !rep.Blocks() {
		return nil
	}
	var list []string
	for _, f := range rep.Findings {
		if f.Blocks {
			list = append(list, fmt.Sprintf("%s: %s. %s", f.Where, f.Wrong.In(lang), f.Do.In(lang)))
		}
	}
	return &comity.Error{Kind: comity.Forbidden, Field: "attach", Text: shell.Plain(fmt.Sprintf("%s would tell more than you mean: %s", name, strings.Join(list, "; ")))}
}
