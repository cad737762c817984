package minutes

import (
	"fmt"
	"slices"
	"strings"

	"comity"
	"comity/keyring"
	"comity/policy"
	"comity/shell"
	"comity/store"
)

// A reading is a line of the journal about a matter.
type reading struct {
	N    int64       `json:"n"`
	Time comity.Time `json:"time"`
	Kind string      `json:"kind"`
	Who  string      `json:"who"`
	What string      `json:"what"`
}

// readers prints who read a matter, and who did what about it, from the journal.
func (a *app) readers(args []string) error {
	c := a.command("readers", policy.Read, "the seat that asks")
	limit := c.Int("limit", 10000, "at most so many lines, the newest")
	return c.about(args, "one matter", func(n *shell.Node, _ *keyring.Officer, m shell.MatterName) error {
		var rows []store.JournalEntry
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if rows, err = tx.JournalAbout(string(m.Ref), max(1, *limit)); err != nil {
				return err
			}
			rows = slices.DeleteFunc(rows, func(e store.JournalEntry) bool { return !named(e.What, m) })
			return n.Mask(tx, rows)
		})
		if err != nil {
			return err
		}
		list, p := []reading{}, &shell.Page{}
		for _, e := range rows {
			list = append(list, reading{e.N, e.At, e.Kind, e.Who, e.What})
			p.Line("%s", fmt.Sprintf("%6d  %s  %-8s %-16s %s", e.N, shell.UTC(e.At.Time), e.Kind, e.Who, e.What))
		}
		return a.Print(list, "%s", p)
	})
}

// named reports whether an entry names this matter, and not its namesake of another
// realm. What names no realm is of the live one.
func named(what string, m shell.MatterName) bool {
	for rest := what; ; {
		_, after, ok := strings.Cut(rest, string(m.Ref))
		if !ok {
			return false
		}
		realm := string(comity.Live)
		if of, ok := strings.CutPrefix(after, " of "); ok && strings.HasPrefix(of, "exercise:") {
			realm, _, _ = strings.Cut(of, " ")
		}
		if realm == string(m.Realm) {
			return true
		}
		rest = after
	}
}
