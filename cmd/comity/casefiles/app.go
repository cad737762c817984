// Package casefiles hands out what a stranger can check without us, and checks it:
// export, and verify, which needs no node at all.
package casefiles

import "comity/shell"

type app struct{ *shell.App }

type node struct{ *shell.Node }

// Commands returns both commands.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{"export": a.export, "verify": a.verify}
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	return a.With(func(n *shell.Node) error { return f(&node{n}) })
}
