package main

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
	return &node{n, &desk.Desk{Keeper: n.Keeper, Vault: n.Vault}}, nil
}

// A verdict is what the command verify prints.
type verdict struct {
	Good   bool
	Fault  *struct{ Code, What string }
	Report *evidence.Report
}
