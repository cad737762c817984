package pairing

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"comity"
	"comity/keyring"
	"comity/roster"
	"comity/shell"
	"comity/store"
)

// seat changes the roster, by the roster key and two registrars.
func (a *app) seat(args []string) error {
	fs := a.Flags("seat")
	agency := fs.String("agency", "", "of a new seat, such as us-24-7")
	roles := fs.String("roles", "draft,release", "of a new seat: draft, release, registrar")
	by := fs.String("by", "", "the two registrars' seats, such as us-24-7-01,us-24-7-02")
	words, err := shell.Parse(fs, args, 1, 2, "list, add SEAT or revoke SEAT")
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		if words[0] == "list" {
			return a.listSeats(n)
		}
		if len(words) != 2 || words[0] != "add" && words[0] != "revoke" {
			return shell.Usagef("seat: give list, add SEAT or revoke SEAT")
		}
		s, err := comity.ParseSeat(words[1])
		if err != nil {
			return err
		}
		change := comity.Roster{}
		if words[0] == "revoke" {
			change.Remove = []comity.Seat{s}
			return a.printRoster(a.changeRoster(n, change, *by, "revoked "+words[1]))
		}
		ag, err := comity.ParseAgency(*agency)
		if err != nil {
			return err
		}
		pass, err := a.Passphrase("node.key")
		if err != nil {
			return err
		}
		keys, err := n.Ring.Node(pass)
		if err != nil {
			return err
		}
		m := &maker{ring: n.Ring, pass: pass, node: keys}
		o, made, err := a.seatKey(n, m, s)
		if err != nil {
			return err
		}
		list := shell.Split(*roles)
		slices.Sort(list)
		change.Add = []comity.Officer{{Seat: s, Agency: ag, Roles: list, Key: o.Key.Key()}}
		change, what, err := a.changeRoster(n, change, *by, "added "+words[1])
		if err != nil && made && !errors.Is(err, comity.Unavailable) { // then it may be on the record all the same
			err = errors.Join(err, os.Remove(filepath.Join(n.Ring.Dir, "seats", words[1]+".key")))
		}
		return a.printRoster(change, what, err)
	})
}

// seatKey makes a new seat's key, or opens the one that an interrupted seat add has
// left: it lies there and the roster does not know the seat.
func (a *app) seatKey(n *shell.Node, m *maker, s comity.Seat) (o *keyring.Officer, made bool, err error) {
	if !n.Ring.Has("seats/" + string(s)) {
		if m.pass, err = a.NewPassphrase("the new seat " + string(s)); err != nil {
			return nil, false, err
		}
		o, err = m.officer(m.node.Sign[0].Key().Suite, s)
		return o, true, err
	}
	err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		_, page := book.Roster()
		if _, ok := book.Officer(page, s); ok {
			return comity.Errorf(comity.Conflict, "there is a key file for seat %s already: keys/seats/%s.key; move it away if this is another person", s, s)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	a.Note("keys/seats/%s.key is here already and its seat is not on the roster: going on with that key", s)
	pass, err := a.Passphrase("seat " + string(s))
	if err != nil {
		return nil, false, err
	}
	o, err = n.Ring.Officer(s, pass)
	return o, false, err
}

// printRoster tells of a change that is on the record already.
func (a *app) printRoster(r comity.Roster, what string, err error) error {
	if err != nil {
		return err
	}
	return a.Print(r, "roster entry %d: %s; it counts, for each peer, from its place in our stream\n", r.N, what)
}

// changeRoster returns the entry as it is on the record, and what it does.
func (a *app) changeRoster(n *shell.Node, r comity.Roster, by, what string) (comity.Roster, string, error) {
	pass, err := a.Passphrase("roster.key")
	if err != nil {
		return r, what, err
	}
	rosterKey, err := n.Ring.Key("roster", pass)
	if err != nil {
		return r, what, err
	}
	registrars := shell.Split(by)
	if len(registrars) != 2 {
		return r, what, comity.Fieldf("by", "%q does not name two registrars, such as %q", by, "us-24-7-01,us-24-7-02")
	}
	signs := []roster.Sign{rosterKey[0].Sign}
	for _, s := range registrars {
		o, err := a.Officer(n, s)
		if err != nil {
			return r, what, err
		}
		signs = append(signs, roster.AsSeat(o.Seat, o.Key))
	}
	err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		if left := registrarsWithout(book, r.Remove); len(r.Remove) > 0 && left < 2 {
			return comity.Errorf(comity.Forbidden, "that would leave %d registrars, and nobody could change the roster again; add another first (comity seat add SEAT --roles draft,release,registrar)", left)
		}
		count, prev := book.Roster()
		r.V, r.Party, r.N, r.Prev, r.Time = 1, n.Party, uint64(count), prev, comity.At(a.Now())
		s, err := book.NextRoster(r, signs...)
		if err != nil {
			return err
		}
		if err := addEntry(tx, n.Party, "roster", r.N, s, nil); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "policy", by, "roster entry "+fmt.Sprint(r.N)+": "+what)
	})
	return r, what, err
}

// registrarsWithout counts the seats that may change the roster, but for those removed.
func registrarsWithout(book *roster.Book, removed []comity.Seat) (n int) {
	for _, o := range book.Officers() {
		if slices.Contains(o.Roles, roster.Registrar) && !slices.Contains(removed, o.Seat) {
			n++
		}
	}
	return n
}

func (a *app) listSeats(n *shell.Node) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		text := ""
		for _, o := range book.Officers() {
			text += fmt.Sprintf("%-24s %-16s %v\n", o.Seat, o.Agency, o.Roles)
		}
		return a.Print(book.Officers(), "%s", text)
	})
}
