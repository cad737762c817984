// Package pairing is how a party comes to be, and comes to be believed: its keys
// and seats, the party file that it gives away, the sixty digits that officers
// read to each other, and what is done when a key must no longer be trusted.
//
// Whatever is changed here a person says, at a terminal of the node's own machine;
// no peer can ask for it.
package pairing

import "comity/shell"

type app struct{ *shell.App }

// Commands returns the commands that make parties and pairs.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{
		"init": a.init, "party": a.party, "peers": a.peers, "peer": a.peer, "key": a.key, "seat": a.seat, "realm": a.realm, "trust": a.trust,
	}
}
