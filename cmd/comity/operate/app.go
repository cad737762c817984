// Package operate keeps a node running: the process that peers reach, sticks for
// when no line does, and backups.
//
// Serve starts everything that runs, in one place: the link, the courier, the
// upkeep of prekeys and vault, health and metrics. A stick carries the same
// exchanges by hand. A restored record knows that it is old, and asks its peers
// for what it lacks before it numbers anything.
package operate

import (
	"context"
	"log/slog"
	"net/http"

	"comity/shell"
)

type app struct {
	*shell.App
	desk Desk
}

// A Desk is what officers' browsers reach, made for a node that runs; nil: none.
type Desk func(ctx context.Context, n *shell.Node, log *slog.Logger) (http.Handler, error)

type node struct{ *shell.Node }

// Commands returns the operator's commands.
func Commands(s *shell.App, desk Desk) map[string]shell.Command {
	a := &app{s, desk}
	return map[string]shell.Command{
		"serve": a.serve, "stick": a.stick, "backup": a.backup, "restore": a.restore, "version": a.version,
	}
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	return a.With(func(n *shell.Node) error { return f(&node{n}) })
}
