package pairing

import (
	"encoding/json"
	"errors"
	"slices"

	"comity"
	"comity/exchange"
	"comity/record"
	"comity/roster"
	"comity/shell"
	"comity/store"
)

// peer confirms, freezes and resumes a pair.
func (a *app) peer(args []string) error {
	fs := a.Flags("peer")
	number := fs.String("number", "", "the 60 digits as the peer read them")
	seat := fs.String("seat", "", "the seat that compared them")
	reason := fs.String("reason", "", "of a freeze")
	read := fs.String("read", "", "a resume that the peer's root signed")
	write := fs.String("write", "", "where to write the resume that our root signs")
	overwrite := fs.Bool("overwrite", false, "resume: replace the file that --write names")
	mistake := fs.Bool("mistake", false, "the freeze was a mistake: the key was never stolen")
	words, err := shell.Parse(fs, args, 2, 2, "confirm, freeze or resume, and a party")
	if err != nil {
		return err
	}
	p, err := comity.ParseParty(words[1])
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		switch words[0] {
		case "confirm":
			if err := digits(*number); err != nil {
				return err
			}
			return a.confirm(n, p, *number, *seat)
		case "freeze":
			if *reason == "" {
				return comity.Fieldf("reason", "a freeze needs one, such as %q", "their duty officer telephoned: the node's key was stolen")
			}
			if err := a.freeze(n, p, exchange.ChainByHand{}, "froze the pair with "+string(p)+": "+*reason); err != nil {
				return err
			}
			a.Note("nothing of %s is believed now. When it has a new key (comity key rotate node, comity party export FILE there), take its file in here (comity party import FILE); then both roots resume the pair (comity peer resume %s --write FILE)", p, p)
			return nil
		case "resume":
			if *mistake {
				if *reason == "" || *read+*write != "" {
					return comity.Fieldf("reason", "say why it was a mistake, and give no --read or --write; such as %q", "the peer called back: the key never left its safe")
				}
				if _, err := a.Officer(n, *seat); err != nil {
					return err
				}
				return a.freeze(n, p, exchange.Unfreeze{}, "seat "+*seat+" unfroze the pair with "+string(p)+", a mistake: "+*reason)
			}
			return a.resume(n, p, *read, *write, *overwrite)
		}
		return shell.Usagef("peer: give confirm, freeze or resume")
	})
}

// digits checks that somebody has typed a pair number at all: to have forgotten
// one is no alarm.
func digits(number string) error {
	n := 0
	for _, r := range number {
		switch {
		case '0' <= r && r <= '9':
			n++
		case r != ' ':
			return comity.Fieldf("number", "%q is not made of digits and spaces; give the 60 digits as the peer read them, such as --number \"01234 56789 …\"", comity.Clip(number))
		}
	}
	if n != 60 {
		return comity.Fieldf("number", "it has %d digits of 60; give them as the peer read them, such as --number \"01234 56789 …\"", n)
	}
	return nil
}

// confirm records that a seat compared the pair number. With the second seat's
// word our root signs the pair's profile.
func (a *app) confirm(n *shell.Node, p comity.Party, number, seat string) error {
	o, err := a.Officer(n, seat)
	if err != nil {
		return err
	}
	err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		v, err := a.pairing(tx, n, p)
		if err != nil {
			return err
		}
		if v.State != record.Pending {
			return comity.Errorf(comity.Conflict, "the pair with %s is %s already", p, v.State)
		}
		if !roster.SamePairNumber(v.Number, number) {
			return comity.Errorf(comity.Untrusted, "number: these are not the 60 digits that this side has. Somebody may stand between you: stop, and exchange party files by another way. comity peers %s shows ours", p)
		}
		if slices.ContainsFunc(v.Confirmed, func(c confirmed) bool { return c.Seat == o.Seat }) {
			return comity.Errorf(comity.Conflict, "seat %s has confirmed already; another must", o.Seat)
		}
		v.Confirmed = append(v.Confirmed, confirmed{o.Seat, comity.At(a.Now())})
		row, err := tx.Party(p)
		if err != nil {
			return err
		}
		if row.Confirmed, err = json.Marshal(v.Confirmed); err != nil {
			return err
		}
		if len(v.Confirmed) >= 2 {
			book, err := n.Keeper.Book(tx, p)
			if err != nil {
				return err
			}
			chain, _ := book.Chain()
			if err := n.Keeper.CheckPins(tx, chain); err != nil {
				return err
			}
			if err := a.signProfile(tx, n, p); err != nil {
				return err
			}
			row.State = record.Confirmed
		}
		if err := tx.Journal(comity.At(a.Now()), "pair", seat, "compared the pair number with "+string(p)); err != nil {
			return err
		}
		return tx.PutParty(row)
	})
	if err != nil {
		return err
	}
	return a.showParty(n, p)
}

func (a *app) signProfile(tx *store.Tx, n *shell.Node, p comity.Party) error {
	root, err := a.Root(n)
	if err != nil {
		return err
	}
	own, err := n.Keeper.Book(tx, n.Party)
	if err != nil {
		return err
	}
	theirs, err := n.Keeper.Book(tx, p)
	if err != nil {
		return err
	}
	s, err := roster.NewProfile(roster.DefaultProfile(own, theirs), nil, root.Sign)
	if err != nil {
		return err
	}
	return record.OfferProfile(tx, p, s)
}

// freeze feeds a person's word about a peer to each of its channels.
func (a *app) freeze(n *shell.Node, p comity.Party, e exchange.Event, what string) error {
	var ids []comity.Hash
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		list, err := record.Channels(tx)
		for _, c := range list {
			if c.Peer == p {
				ids = append(ids, c.ID)
			}
		}
		return err
	})
	if err == nil && len(ids) == 0 {
		err = comity.Errorf(comity.NotFound, "there is no active pair with %q", p)
	}
	for _, id := range ids {
		_, terr := n.Keeper.Turn(a.Ctx, id, func(t *record.Turn) error {
			if _, freezes := e.(exchange.ChainByHand); freezes == (t.State.Mode == exchange.Frozen) {
				return comity.Errorf(comity.Conflict, "the pair with %s is %s already", p, map[bool]string{true: "frozen", false: "not frozen, or not any more;"}[freezes])
			}
			if err := t.Tx.Journal(comity.At(a.Now()), "policy", "operator", what); err != nil {
				return err
			}
			return t.Feed(e)
		})
		err = errors.Join(err, terr)
	}
	if err != nil {
		return err
	}
	return a.showParty(n, p)
}
