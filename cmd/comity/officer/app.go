// Package officer is a desk at a terminal: what officers draft, sign, release and
// read.
//
// Every verb that makes a statement begins a draft, has its author sign it, and
// prints what is still missing; a fact that one seat may say leaves at once. A
// command that fails leaves no draft behind. The commands work on the record
// beside the running node, and neither waits for the other. What is read is noted
// in the journal before it is shown.
package officer

import (
	"comity"
	"comity/desk"
	"comity/keyring"
	"comity/policy"
	"comity/shell"
	"comity/store"
)

type app struct{ *shell.App }

// Commands returns the verbs of officers, and what they read with.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	all := map[string]shell.Command{
		"draft": a.draft, "check": a.check, "attach": a.attach, "approve": a.approve, "send": a.send, "drop": a.drop, "drafts": a.drafts,
		"list": a.list, "show": a.show, "fetch": a.fetch,
	}
	for _, c := range shell.Capabilities() {
		for _, k := range c.Kinds {
			if k.Kind == c.Opens() && c.Title != nil {
				continue // it is drafted, or opened
			}
			all[string(k.Kind)] = a.say(string(k.Kind), members(k))
		}
	}
	for name, v := range verbs {
		all[name] = a.say(name, v)
	}
	for _, c := range shell.Capabilities()[2:] { // requests are drafted
		all[string(c.Opens())] = a.open(c)
	}
	return all
}

// A node is a party's folder, opened, and the desk at which its officers work.
type node struct {
	*shell.Node
	desk *desk.Desk
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	return a.With(func(n *shell.Node) error {
		all := &node{Node: n}
		all.desk = &desk.Desk{Keeper: n.Keeper, Vault: n.Vault, Rules: desk.Rules{
			Setting: n.Setting, Past: n.Past, Sees: n.Sees, SeesDraft: n.SeesDraft, Gate: all.gate, Left: n.Left,
			Changes: func(tx *store.Tx, d store.Draft, seat comity.Seat) error {
				return n.MayDraft(tx, policy.Draft, d, seat)
			}}}
		return f(all)
	})
}

// seated opens the node and a seat's keys, and calls f.
func (a *app) seated(seat string, f func(*node, *keyring.Officer) error) error {
	return a.with(func(n *node) error {
		o, err := a.Officer(n.Node, seat)
		if err != nil {
			return err
		}
		return f(n, o)
	})
}

// claimed opens the node for a seat that shows by its signature, and by nothing else,
// that it is that seat. It may see no more than somebody at the terminal.
func (a *app) claimed(seat string, f func(*node, *keyring.Officer) error) error {
	if a.Node != nil { // a session has shown it already
		return a.seated(seat, f)
	}
	s, err := comity.ParseSeat(seat)
	if err != nil {
		return err
	}
	return a.with(func(n *node) error { return f(n, &keyring.Officer{Seat: s}) })
}

// reader opens the key of the seat that looks, if one is named: only then is it
// known that it is that seat.
func (a *app) reader(n *node, seat string) error {
	if seat == "" {
		return nil
	}
	_, err := a.Officer(n.Node, seat)
	return err
}
