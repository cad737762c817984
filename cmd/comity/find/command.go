package find

import (
	"context"
	"errors"
	"strings"

	"comity"
	"comity/cabinet"
	"comity/meter"
	"comity/search"
	"comity/shell"
	"comity/store"
)

type app struct{ *shell.App }

// Commands returns the verbs that find, and that make what they find by.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{"find": a.find, "reindex": a.reindex}
}

// In one transaction so many sources are indexed: nobody waits long for it. A search
// indexes what was written just before, and does not wait for years of it.
const (
	some    = 64
	atOnce  = 256
	maximum = 200
)

// find looks for words, and notes who did.
func (a *app) find(args []string) error {
	fs := a.Flags("find")
	realm := fs.String("realm", string(comity.Live), "live, exercise:NAME, or all")
	seat := fs.String("seat", "", "who looks: needed for restricted matters and our own file")
	limit := fs.Int("limit", 20, "at most so many, up to 200")
	words, err := shell.Parse(fs, args, 1, -1, `words, such as ransomware 服务器, "a phrase", 192.0.2.5 or US-2026-000001`)
	if err != nil {
		return err
	}
	if *limit < 1 || *limit > maximum {
		return comity.Fieldf("limit", "%d is not from 1 to %d", *limit, maximum)
	}
	looked := quoted(words)
	q, err := search.Parse(looked)
	if err != nil {
		return err
	}
	within := comity.Realm("")
	if *realm != "all" {
		if within, err = comity.ParseRealm(*realm); err != nil {
			return err
		}
	}
	who, err := shell.Reader(*seat)
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		if *seat != "" {
			if _, err := a.Officer(n, *seat); err != nil {
				return err
			}
		}
		waiting, err := Fresh(a.Ctx, n.DB)
		if err != nil {
			return err
		}
		if err := a.NoteReading(n, who, shell.LookedFor+comity.Clip(looked)); err != nil {
			return err
		}
		list := []Result{}
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			found, err := Search(n, tx, q, within, *limit)
			list = append(list[:0], found...)
			return err
		})
		if err != nil {
			return err
		}
		if waiting > 0 {
			a.Note("%d texts cannot be found yet; comity reindex makes them so, and so does the running node", waiting)
		}
		switch {
		case len(list) == 0:
			a.Note("nothing has these words")
		case len(list) == *limit:
			a.Note("there may be more than these %d; --limit shows up to %d", *limit, maximum)
		}
		text := ""
		for _, r := range list {
			text += r.line()
		}
		return a.Print(list, "%s", text)
	})
}

// quoted makes of an argument with a space the phrase that it was typed as, unless it
// is all there is.
func quoted(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	for i, w := range words {
		if strings.Contains(w, " ") && !strings.Contains(w, `"`) {
			words[i] = `"` + w + `"`
		}
	}
	return strings.Join(words, " ")
}

// Fresh makes the words of what was written last, and returns how many texts wait for
// theirs.
func Fresh(ctx context.Context, db *store.DB) (waiting int, err error) {
	for left := atOnce; ; left -= some {
		err := db.View(ctx, func(tx *store.Tx) (err error) {
			waiting, err = cabinet.Waiting(tx)
			return err
		})
		if err != nil || waiting == 0 || left <= 0 {
			return waiting, err
		}
		err = db.Update(ctx, func(tx *store.Tx) error { _, err := cabinet.Index(tx, some); return err })
		if err != nil {
			return waiting, err
		}
	}
}

// position is where reindex --all has come to.
const position = "reindex"

// reindex makes the words of what has none yet, or of everything.
func (a *app) reindex(args []string) error {
	fs := a.Flags("reindex")
	all := fs.Bool("all", false, "make all words again; it may be interrupted, and goes on where it was")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		told, done := meter.Count(a.Stderr, "indexing", 1000), 0
		for more := true; more; {
			step := 0
			err := n.DB.Update(a.Ctx, func(tx *store.Tx) (err error) {
				if !*all {
					step, err = cabinet.Index(tx, some)
					return err
				}
				at, _, err := tx.Meta(position)
				if err != nil {
					return err
				}
				if at, step, err = cabinet.Reindex(tx, at, some); err != nil {
					return err
				}
				return tx.SetMeta(position, at)
			})
			if errors.Is(err, context.Canceled) {
				a.Note("indexed %d texts; comity reindex goes on from here", done)
			}
			if err != nil {
				return err
			}
			more = step > 0
			done += step
			told(done)
		}
		return a.Print(map[string]int{"indexed": done}, "indexed %d texts\n", done)
	})
}
