// Package officer is a desk at a terminal: what officers draft, sign, release and
// read.
//
// Every verb that makes a statement begins a draft, has its author sign it, and
// prints what is still missing; a fact that one seat may say leaves at once. The
// commands work on the record beside the running node, and neither waits for the
// other. What is read is noted in the journal before it is shown.
package officer

import (
	"comity/desk"
	"comity/shell"
)

type app struct{ *shell.App }

// Commands returns the verbs of officers, and what they read with.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{
		"draft": a.draft, "check": a.check, "acknowledge": a.acknowledge, "ask": a.ask, "supplement": a.supplement,
		"accept": a.accept, "answer": a.answer, "refuse": a.refuse, "extend": a.extend, "withdraw": a.withdraw,
		"release": a.release, "close": a.close, "countersign": a.countersign, "note": a.note,
		"attach": a.attach, "approve": a.approve, "send": a.send, "drop": a.drop, "drafts": a.drafts,
		"list": a.list, "show": a.show, "fetch": a.fetch,
	}
}

// A node is a party's folder, opened, and the desk at which its officers work.
type node struct {
	*shell.Node
	desk *desk.Desk
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	return a.With(func(n *shell.Node) error {
		return f(&node{n, &desk.Desk{Keeper: n.Keeper, Vault: n.Vault}})
	})
}
