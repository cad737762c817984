// Package proof is what a party can show: the logs of its channels and the proofs of
// what is in them, and whether its own record, keys and clock are as they should be.
//
// Nothing here changes a matter. Every command reads the record as it is while the
// node runs. A fault that is found is a result, printed like any other, with exit
// status 8.
package proof

import (
	"comity/shell"
)

type app struct{ *shell.App }

type node struct{ *shell.Node }

// Commands returns the commands that prove and check.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{"log": a.log, "doctor": a.doctor}
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	return a.With(func(n *shell.Node) error { return f(&node{n}) })
}
