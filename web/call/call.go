// Package call runs the party's commands for the desk, so that a page can do what a
// command can, and nothing more.
package call

import (
	"context"
	"errors"
	"flag"
	"io"
	"time"

	"comity"
	"comity/shell"
	"comity/store"
	"comity/web"
)

// Node is the node as the desk asks it, by these commands.
func Node(n *shell.Node, verbs func(*shell.App) map[string]shell.Command) web.Node {
	return web.Node{Config: n.Config, Dir: n.Dir, DB: n.DB, Keeper: n.Keeper, Zones: n.Zones,
		Call: func(ctx context.Context, c web.Command) error {
			a := &shell.App{Ctx: ctx, Dir: n.Dir, Here: n.Dir, JSON: true, Lang: c.Lang, Stdin: c.Stdin, Stdout: c.Out, Stderr: io.Discard,
				Node: n, Seat: c.Seat, Told: c.Told}
			do, ok := verbs(a)[c.Args[0]]
			if !ok {
				return comity.Errorf(comity.NotFound, "there is no command %q", comity.Clip(c.Args[0]))
			}
			err := do(c.Args[1:])
			if errors.Is(err, flag.ErrHelp) { // somebody typed it where a word was to be
				return shell.Usagef("%s: -h is no word of a page", c.Args[0])
			}
			if errors.Is(err, shell.ErrFound) || errors.Is(err, shell.ErrBlocked) {
				return nil // it has said so in its result
			}
			return err
		},
		Newest: func(ctx context.Context, seat comity.Seat) (t time.Time, err error) {
			as := n.As(seat)
			err = as.Keeper.View(ctx, func(tx *store.Tx) error {
				list, err := as.Matters(tx, store.Filter{Limit: 1})
				if err == nil && len(list) > 0 {
					t = list[0].Changed.Time
				}
				return err
			})
			return t, err
		},
		Usage: func(err error) bool { return shell.Status(err) == 2 },
	}
}
