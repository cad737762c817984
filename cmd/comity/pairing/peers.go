package pairing

import (
	"encoding/json"
	"fmt"
	"strings"

	"comity"
	"comity/exchange"
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
	Waiting   int          `json:"waiting"` // statements and controls without a receipt
	Since     comity.Time  `json:"unreceipted_since,omitzero"`
	Attempts  int          `json:"attempts,omitempty"`
}

// waits says what of ours the peer's node has not receipted. Receipts themselves
// are never receipted, so that numbers alone do not tell.
func (r realmState) waits() string {
	if r.Waiting == 0 {
		return "all receipted"
	}
	text := fmt.Sprintf("%d wait for a receipt since %s", r.Waiting, shell.UTC(r.Since.Time))
	if r.Attempts > 1 {
		text += fmt.Sprintf(", %d attempts", r.Attempts)
	}
	return text
}

// count fills in what waits for a receipt, with a number or still without.
func (r *realmState) count(tx *store.Tx, id comity.Hash, s exchange.State) error {
	wait := func(n int, at comity.Time) {
		if r.Waiting += n; r.Since.IsZero() || at.Before(r.Since.Time) {
			r.Since = at
		}
	}
	if s.Unreceipted() {
		items, err := tx.Items(id, s.Epoch, true, s.Receipted, int(s.Need-s.Receipted))
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Upto < 0 {
				wait(max(it.Statements, 1), it.At)
			}
		}
	}
	ready, err := tx.Ready(id, 1<<20)
	for _, st := range ready {
		wait(1, st.Released)
	}
	if r.Waiting > 0 {
		r.Attempts = s.Attempts
	}
	return err
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
			if err := r.count(tx, ch.ID, s); err != nil {
				return out, err
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
		fmt.Fprintf(&b, "%s  %s  epoch %d  sent %d, %s  received %d\n", r.Realm, r.Mode, r.Epoch, r.Sent, r.waits(), r.Received)
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
					text += fmt.Sprintf("  %s %s sent %d, %s  received %d", s.Realm, s.Mode, s.Sent, s.waits(), s.Received)
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
