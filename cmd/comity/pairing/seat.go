package pairing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"comity"
	"comity/keyring"
	"comity/roster"
	"comity/seal"
	"comity/shell"
	"comity/store"
	"comity/typed"
)

// seat changes the roster, by the roster key and two registrars.
func (a *app) seat(args []string) error {
	fs := a.Flags("seat")
	agency := fs.String("agency", "", "of a new seat, such as us-24-7")
	roles := fs.String("roles", "draft,release", "of a new seat: draft, release, registrar")
	by := fs.String("by", "", "the two registrars' seats, such as us-24-7-01,us-24-7-02")
	passkey := fs.String("passkey", "", "file of the seat's public key, as the desk's page writes it when its officer enrols a passkey")
	words, err := shell.Parse(fs, args, 1, 2, "list, add SEAT, rekey SEAT or revoke SEAT")
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		if words[0] == "list" {
			return a.listSeats(n)
		}
		if len(words) != 2 || words[0] != "add" && words[0] != "rekey" && words[0] != "revoke" {
			return shell.Usagef("seat: give list, add SEAT, rekey SEAT or revoke SEAT")
		}
		s, err := comity.ParseSeat(words[1])
		if err != nil {
			return err
		}
		switch words[0] {
		case "revoke":
			change := comity.Roster{Remove: []comity.Seat{s}}
			return a.printRoster(a.changeRoster(n, change, *by, "revoked "+words[1]))
		case "rekey":
			return a.rekeySeat(n, s, *passkey, *by)
		}
		ag, err := comity.ParseAgency(*agency)
		if err != nil {
			return err
		}
		list := typed.Split(*roles)
		slices.Sort(list)
		o := comity.Officer{Seat: s, Agency: ag, Roles: list}
		if *passkey == "" {
			return a.addSeat(n, o, *by)
		}
		if _, ok, err := a.sits(n, s); err != nil {
			return err
		} else if ok {
			return comity.Errorf(comity.Conflict, "seat %s is on the roster already; comity seat rekey %s --passkey FILE gives it another key", s, s)
		}
		if o.Key, err = a.passkey(*passkey); err != nil {
			return err
		}
		return a.printRoster(a.changeRoster(n, comity.Roster{Add: []comity.Officer{o}}, *by, "added "+words[1]+" with a passkey"))
	})
}

// addSeat adds a seat with a key file of its own.
func (a *app) addSeat(n *shell.Node, sits comity.Officer, by string) error {
	pass, err := a.Passphrase("node.key")
	if err != nil {
		return err
	}
	keys, err := n.Ring.Node(pass)
	if err != nil {
		return err
	}
	m := &maker{ring: n.Ring, pass: pass, node: keys}
	o, made, err := a.seatKey(n, m, sits.Seat)
	if err != nil {
		return err
	}
	sits.Key = o.Key.Key()
	change, what, err := a.changeRoster(n, comity.Roster{Add: []comity.Officer{sits}}, by, "added "+string(sits.Seat))
	if err != nil && made && !errors.Is(err, comity.Unavailable) { // then it may be on the record all the same
		err = errors.Join(err, os.Remove(filepath.Join(n.Ring.Dir, "seats", string(sits.Seat)+".key")))
	}
	return a.printRoster(change, what, err)
}

// rekeySeat gives a seat a passkey. Agency and roles stay.
func (a *app) rekeySeat(n *shell.Node, s comity.Seat, file, by string) error {
	if file == "" {
		return shell.Usagef("seat rekey: name the file of the new key with --passkey")
	}
	o, ok, err := a.sits(n, s)
	if err != nil {
		return err
	}
	if !ok {
		return comity.Errorf(comity.NotFound, "seat %q is not on our roster; comity seat list shows who is", s)
	}
	if o.Key, err = a.passkey(file); err != nil {
		return err
	}
	change, what, err := a.changeRoster(n, comity.Roster{Add: []comity.Officer{o}}, by, "gave "+string(s)+" a passkey")
	if err == nil && n.Ring.Has("seats/"+string(s)) {
		a.Note("keys/seats/%s.key signs no more, but still opens files: destroy it", s)
	}
	return a.printRoster(change, what, err)
}

// sits returns who sits at a seat, if it is on our roster.
func (a *app) sits(n *shell.Node, s comity.Seat) (o comity.Officer, ok bool, err error) {
	err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err == nil {
			_, page := book.Roster()
			o, ok = book.Officer(page, s)
		}
		return err
	})
	return o, ok, err
}

// passkey reads the public key of a passkey.
func (a *app) passkey(name string) (k comity.Key, err error) {
	raw, err := a.ReadInput("passkey", name, 4<<10)
	if err != nil {
		return k, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return k, comity.Fieldf("passkey", `%s is not {"suite":"P1","pub":BASE64}, as the desk's page writes it: %v`, name, err)
	}
	if k.Suite != seal.Passkey {
		return k, comity.Fieldf("passkey.suite", "%q is not the suite of a passkey, which is %q", comity.Clip(k.Suite), seal.Passkey)
	}
	return k, seal.CheckKey(k)
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
	if _, ok, err := a.sits(n, s); err != nil {
		return nil, false, err
	} else if ok {
		return nil, false, comity.Errorf(comity.Conflict, "there is a key file for seat %s already: keys/seats/%s.key; move it away if this is another person", s, s)
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
	registrars := typed.Split(by)
	if len(registrars) != 2 {
		return r, what, comity.Fieldf("by", "%q does not name two registrars, such as %q", by, "us-24-7-01,us-24-7-02")
	}
	signs := []roster.Sign{rosterKey[0].Sign}
	for _, s := range registrars {
		o, err := a.Officer(n, s)
		if err != nil {
			return r, what, err
		}
		if o.Key == nil {
			return r, what, comity.Errorf(comity.Forbidden, "seat %s has no key here; registrars change the roster at the terminal, with their key files", o.Seat)
		}
		signs = append(signs, roster.AsSeat(o.Seat, o.Key))
	}
	err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		if left := registrarsAfter(book, r); left < 2 && left < registrarsAfter(book, comity.Roster{}) {
			return comity.Errorf(comity.Forbidden, "that would leave %d registrars with keys in files, and nobody could change the roster again; add another first (comity seat add SEAT --roles draft,release,registrar)", left)
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

// registrarsAfter counts the seats that can change the roster once r has been added:
// an entry is signed at the terminal, where no passkey is.
func registrarsAfter(book *roster.Book, r comity.Roster) (n int) {
	change := func(o comity.Officer) bool {
		return o.Key.Suite != seal.Passkey && slices.Contains(o.Roles, roster.Registrar)
	}
	for _, o := range book.Officers() {
		changed := slices.Contains(r.Remove, o.Seat) || slices.ContainsFunc(r.Add, func(x comity.Officer) bool { return x.Seat == o.Seat })
		if change(o) && !changed {
			n++
		}
	}
	for _, o := range r.Add {
		if change(o) {
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
			text += fmt.Sprintf("%-24s %-16s %v", o.Seat, o.Agency, o.Roles)
			if o.Key.Suite == seal.Passkey {
				text += "  passkey"
			}
			text += "\n"
		}
		return a.Print(book.Officers(), "%s", text)
	})
}
