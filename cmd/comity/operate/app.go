// Package operate keeps a node running: the process that peers reach, sticks for
// when no line does, and backups.
//
// Serve starts everything that runs, in one place: the link, the courier, the
// upkeep of prekeys and vault, health and metrics. A stick carries the same
// exchanges by hand. A restored record knows that it is old, and asks its peers
// for what it lacks before it numbers anything.
package operate

import "comity/shell"

type app struct{ *shell.App }

type node struct{ *shell.Node }

// Commands returns the operator's commands.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{
		"serve": a.serve, "stick": a.stick, "backup": a.backup, "restore": a.restore, "version": a.version,
	}
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	return a.With(func(n *shell.Node) error { return f(&node{n}) })
}
