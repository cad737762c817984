package pairing

import (
	"encoding/json"
	"fmt"
	"strings"

	"comity"
	"comity/record"
	"comity/roster"
	"comity/shell"
	"comity/store"
)

// pairing is what a person needs to confirm a peer.
type pairing struct {
	Party     comity.Party `json:"party"`
	Name      comity.Name  `json:"name"`
	Root      comity.Hash  `json:"root"`
	State     string       `json:"state"`
	Number    string       `json:"number,omitempty"`
	Confirmed []confirmed  `json:"confirmed,omitempty"`
	Endpoints []string     `json:"endpoints"`
	Zone      string       `json:"zone"`
	Seats     int          `json:"seats"`
	Realms    []realmState `json:"realms,omitempty"`
}

type realmState struct {
	Realm     comity.Realm `json:"realm"`
	Channel   comity.Hash  `json:"channel"`
	Mode      string       `json:"mode"`
	Epoch     uint64       `json:"epoch"`
	Sent      uint64       `json:"sent"`
	Receipted uint64       `json:"receipted"`
	Received  uint64       `json:"received"`
	Since     comity.Time  `json:"unreceipted_since,omitzero"`
	Attempts  int          `json:"attempts,omitempty"`
}

// silence says that the peer's node has not receipted what ours tries to send.
func (r realmState) silence() string {
	if r.Since.IsZero() {
		return ""
	}
	return fmt.Sprintf("unreceipted since %s, %d attempts", shell.UTC(r.Since.Time), r.Attempts)
}

type confirmed struct {
	Seat comity.Seat `json:"seat"`
	At   comity.Time `json:"at"`
}

func (a *app) pairing(tx *store.Tx, n *shell.Node, p comity.Party) (pairing, error) {
	b, err := n.Keeper.Book(tx, p)
	if err != nil {
		return pairing{}, err
	}
	c, _ := b.Chain()
	out := pairing{Party: p, Name: c.Name, Root: b.Identity(), State: "ourselves", Endpoints: c.Endpoints, Zone: c.Zone, Seats: len(b.Officers())}
	if p == n.Party {
		return out, nil
	}
	own, err := n.Keeper.Book(tx, n.Party)
	if err != nil {
		return out, err
	}
	out.Number = roster.PairNumber(own.Identity(), b.Identity())
	row, err := tx.Party(p)
	if err != nil {
		return out, err
	}
	out.State = row.State
	if len(row.Confirmed) > 0 {
		if err := json.Unmarshal(row.Confirmed, &out.Confirmed); err != nil {
			return out, err
		}
	}
	channels, err := record.Channels(tx)
	for _, ch := range channels {
		if ch.Peer == p {
			s := ch.State
			r := realmState{Realm: ch.Realm, Channel: ch.ID, Mode: string(s.Mode), Epoch: s.Epoch, Sent: s.Next, Receipted: s.Receipted, Received: s.Want}
			if s.Unreceipted() && s.Attempts > 1 {
				r.Since, r.Attempts = s.Since, s.Attempts
			}
			out.Realms = append(out.Realms, r)
		}
	}
	return out, err
}

func (a *app) showParty(n *shell.Node, p comity.Party) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		v, err := a.pairing(tx, n, p)
		if err != nil {
			return err
		}
		return a.Print(v, "%s", v.text())
	})
}

func (v pairing) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s / %s  %s\n", v.Party, v.Name.En, v.Name.Zh, v.State)
	fmt.Fprintf(&b, "root %s\nseats %d  zone %s  at %s\n", v.Root, v.Seats, v.Zone, strings.Join(v.Endpoints, " "))
	if v.Number != "" {
		fmt.Fprintf(&b, "pair number\n  %s\n  %s\n", v.Number[:35], v.Number[36:])
	}
	for _, c := range v.Confirmed {
		fmt.Fprintf(&b, "compared by %s at %s\n", c.Seat, shell.UTC(c.At.Time))
	}
	for _, r := range v.Realms {
		fmt.Fprintf(&b, "%s  %s  epoch %d  sent %d (receipted %d)  received %d\n", r.Realm, r.Mode, r.Epoch, r.Sent, r.Receipted, r.Received)
		b.WriteString(shell.Maybe("  %s\n", r.silence()))
	}
	return b.String()
}

func (a *app) peers(args []string) error {
	words, err := shell.Parse(a.Flags("peers"), args, 0, 1, "at most one party")
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		if len(words) == 1 {
			p, err := comity.ParseParty(words[0])
			if err != nil {
				return err
			}
			return a.showParty(n, p)
		}
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			rows, err := tx.Parties()
			if err != nil {
				return err
			}
			list := []pairing{}
			text := ""
			for _, r := range rows {
				v, err := a.pairing(tx, n, r.Party)
				if err != nil {
					return err
				}
				list = append(list, v)
				text += fmt.Sprintf("%-16s %-10s", v.Party, v.State)
				for _, s := range v.Realms {
					text += fmt.Sprintf("  %s %s sent %d receipted %d received %d%s", s.Realm, s.Mode, s.Sent, s.Receipted, s.Received, shell.Maybe("  %s", s.silence()))
				}
				text += "\n"
			}
			if len(list) == 0 {
				a.Note("there are no peers; comity party import FILE takes one in")
			}
			return a.Print(list, "%s", text)
		})
	})
}
