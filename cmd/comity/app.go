package main

import (
	"comity/desk"
	"comity/shell"
)

type app struct{ *shell.App }

// A node is a party's folder, opened, and the desk at which its officers work.
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

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	n, err := a.open()
	if err != nil {
		return err
	}
	defer n.Close()
	return f(n)
}
