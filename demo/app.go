// Package demo is two parties on this machine, and one whole request between them.
// Each has its own node process, and its officers use the same verbs on its
// database as every command does. The demo reads both databases before it says
// what became of anything; what it finds otherwise than it says is an error, and
// ends it.
//
// What a person would type it has the program do, by the commands themselves; the
// rest it does at each side's desk.
package demo

import (
	"comity/desk"
	"comity/evidence"
	"comity/shell"
)

// An app is this invocation, or one by a side.
type app struct {
	*shell.App
	run func(*shell.App, []string) error // runs a command of the program
}

// Commands returns the command that plays the demo; run runs any command.
func Commands(s *shell.App, run func(*shell.App, []string) error) map[string]shell.Command {
	return map[string]shell.Command{"demo": (&app{s, run}).demo}
}

// A node is a side's folder, opened, and the desk at which its officers work.
type node struct {
	*shell.Node
	desk *desk.Desk
}

func (a *app) open() (*node, error) {
	n, err := a.Open()
	if err != nil {
		return nil, err
	}
	return &node{n, &desk.Desk{Keeper: n.Keeper, Vault: n.Vault, Rules: desk.Rules{Setting: n.Setting, Past: n.Past, Left: n.Left}}}, nil
}

// A verdict is what the command verify prints.
type verdict struct {
	Good   bool
	Fault  *struct{ Code, What string }
	Report *evidence.Report
}
