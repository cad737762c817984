package pairing

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"comity"
	"comity/exchange"
	"comity/keyring"
	"comity/record"
	"comity/roster"
	"comity/seal"
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
			return a.confirm(n, p, *number, *seat)
		case "freeze":
			if *reason == "" {
				return comity.Fieldf("reason", "a freeze needs one, such as %q", "their duty officer telephoned: the node's key was stolen")
			}
			return a.freeze(n, p, exchange.ChainByHand{}, "froze the pair with "+string(p)+": "+*reason)
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
			return a.resume(n, p, *read, *write)
		}
		return shell.Usagef("peer: give confirm, freeze or resume")
	})
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

func (a *app) rootKey(n *shell.Node) (*seal.PrivateKey, error) {
	pass, err := a.Passphrase("root.key")
	if err != nil {
		return nil, err
	}
	keys, err := n.Ring.Key("root", pass)
	if errors.Is(err, comity.NotFound) {
		return nil, comity.Errorf(comity.NotFound, "this needs root.key: bring its medium and copy it to %s for as long as this takes", n.Ring.Dir)
	}
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

func (a *app) signProfile(tx *store.Tx, n *shell.Node, p comity.Party) error {
	root, err := a.rootKey(n)
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

// resume writes, countersigns or takes in the agreement of both roots on where
// an epoch ended.
func (a *app) resume(n *shell.Node, p comity.Party, read, write string) error {
	var ch record.Channel
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
		ch, err = record.ChannelTo(tx, p, comity.Live)
		return err
	})
	if err != nil {
		return err
	}
	if read == "" {
		if write == "" {
			return shell.Usagef("peer resume: name the file with --write, or the peer's with --read")
		}
		return a.proposeResume(n, ch, write)
	}
	raw, err := a.ReadInput(read, 1<<20)
	if err != nil {
		return err
	}
	s, err := seal.DecodeSigned(raw, 1<<20)
	if err != nil {
		return err
	}
	if len(s.Sigs) < 2 {
		root, err := a.rootKey(n)
		if err != nil {
			return err
		}
		if s, err = roster.Countersign("resume", s, root.Sign); err != nil {
			return err
		}
		if write != "" {
			if err := os.WriteFile(write, seal.EncodeSigned(s), 0o644); err != nil {
				return err
			}
		}
	}
	_, err = n.Keeper.Turn(a.Ctx, ch.ID, func(t *record.Turn) error {
		e, err := n.Keeper.Resumed(t, s)
		if err != nil {
			return err
		}
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := t.Tx.SetMeta("resume/"+ch.ID.String(), string(b)); err != nil {
			return err
		}
		if err := t.Feed(e); err != nil {
			return err
		}
		if t.State.Epoch != e.Epoch {
			return comity.Errorf(comity.Conflict, "the resume ends epoch %d where this node does not have the streams; both sides must agree on what both have", t.State.Epoch)
		}
		return t.Tx.Journal(comity.At(a.Now()), "policy", "operator", fmt.Sprintf("resumed the pair with %s in epoch %d", p, e.Epoch))
	})
	if err != nil {
		return err
	}
	return a.showParty(n, p)
}

// proposeResume signs what we know both sides to have: of our stream, what the
// peer receipted; of the peer's, what we placed.
func (a *app) proposeResume(n *shell.Node, ch record.Channel, write string) error {
	root, err := a.rootKey(n)
	if err != nil {
		return err
	}
	r := comity.Resume{V: 1, Channel: ch.ID, Epoch: ch.State.Epoch + 1, Time: comity.At(a.Now())}
	_, err = n.Keeper.Turn(a.Ctx, ch.ID, func(t *record.Turn) error {
		mine, err := t.Root(true, t.State.Receipted)
		if err != nil {
			return err
		}
		r.Last = []comity.Position{
			{Party: n.Party, Items: t.State.Receipted, Root: mine},
			{Party: ch.Peer, Items: t.State.Want, Root: t.State.InRoot},
		}
		slices.SortFunc(r.Last, func(a, b comity.Position) int {
			if a.Party < b.Party {
				return -1
			}
			return 1
		})
		return nil
	})
	if err != nil {
		return err
	}
	s, err := roster.NewResume(r, root.Sign)
	if err != nil {
		return err
	}
	if err := os.WriteFile(write, seal.EncodeSigned(s), 0o644); err != nil {
		return err
	}
	return a.Print(r, "wrote %s: epoch %d begins after %d items of %s and %d of %s. The peer's root must sign it too (comity peer resume %s --read FILE --write FILE2 there)\n",
		write, r.Epoch, r.Last[0].Items, r.Last[0].Party, r.Last[1].Items, r.Last[1].Party, n.Party)
}

// key makes new keys and has every peer told.
func (a *app) key(args []string) error {
	words, err := shell.Parse(a.Flags("key"), args, 2, 2, "rotate, and node or prekey")
	if err != nil {
		return err
	}
	if words[0] != "rotate" || words[1] != "node" && words[1] != "prekey" {
		return shell.Usagef("key: give rotate node or rotate prekey")
	}
	return a.With(func(n *shell.Node) error {
		pass, err := a.Passphrase("node.key")
		if err != nil {
			return err
		}
		keys, err := n.Ring.Node(pass)
		if err != nil {
			return err
		}
		if words[1] == "prekey" {
			return a.rotatePrekey(n, keys)
		}
		return a.rotateNode(n, keys, pass)
	})
}

func (a *app) rotatePrekey(n *shell.Node, keys *keyring.Node) error {
	var name comity.Hash
	err := n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		if name, err = a.addPrekey(tx, book, keys); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "key", "operator", "new prekey "+name.Short())
	})
	if err != nil {
		return err
	}
	return a.Print(map[string]any{"prekey": name}, "new prekey %s; every peer will be told in its stream\n", name.Short())
}

func (a *app) addPrekey(tx *store.Tx, book *roster.Book, keys *keyring.Node) (comity.Hash, error) {
	k, s, err := shell.NewPrekey(book, keys, a.Now())
	if err != nil {
		return comity.Hash{}, err
	}
	p, err := seal.DecodePrekey(s.Bytes)
	if err != nil {
		return comity.Hash{}, err
	}
	e, err := record.Entry(book.Party(), "prekey", p.N, s)
	if err != nil {
		return comity.Hash{}, err
	}
	e.Box = keys.Box.Seal("prekey", k.Marshal())
	return k.Name(), record.AddEntry(tx, e)
}

func (a *app) rotateNode(n *shell.Node, keys *keyring.Node, pass string) error {
	root, err := a.rootKey(n)
	if err != nil {
		return err
	}
	var next comity.Chain
	err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		var prev comity.Hash
		next, prev = book.Chain()
		fresh, err := newNode(n.Party, next.Suites, keys)
		if err != nil {
			return err
		}
		next.N, next.Prev, next.Time, next.Node = next.N+1, prev, comity.At(a.Now()), nil
		for _, k := range fresh.Sign[:len(next.Suites)] {
			next.Node = append(next.Node, k.Key())
		}
		s, err := book.NextChain(next, root.Sign)
		if err != nil {
			return err
		}
		// First the private half, then the word of it: a key that nobody names
		// does no harm.
		if err := n.Ring.PutNode(pass, fresh); err != nil {
			return err
		}
		e, err := record.Entry(n.Party, "chain", next.N, s)
		if err != nil {
			return err
		}
		if err := record.AddEntry(tx, e); err != nil {
			return err
		}
		// A prekey ends with the node key that signed it.
		after := book.Clone()
		if err := after.Add("chain", s); err != nil {
			return err
		}
		if _, err := a.addPrekey(tx, after, fresh); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "key", "operator", "new node key "+fresh.Sign[0].Name().Short())
	})
	if err != nil {
		return err
	}
	return a.Print(next, "new node key %s in chain entry %d; every peer will be told in its stream, and our items after that bear it\n", seal.KeyName(next.Node[0]).Short(), next.N)
}

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
			return a.changeRoster(n, change, *by, "revoked "+words[1])
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
		if m.pass, err = a.Passphrase("the new seat " + words[1]); err != nil {
			return err
		}
		if n.Ring.Has("seats/" + words[1]) {
			return comity.Errorf(comity.Conflict, "there is a key file for seat %s already", s)
		}
		o, err := m.officer(keys.Sign[0].Key().Suite, s)
		if err != nil {
			return err
		}
		list := shell.Split(*roles)
		slices.Sort(list)
		change.Add = []comity.Officer{{Seat: s, Agency: ag, Roles: list, Key: o.Key.Key()}}
		if err := a.changeRoster(n, change, *by, "added "+words[1]); err != nil {
			os.Remove(n.Ring.Dir + "/seats/" + words[1] + ".key")
			return err
		}
		return nil
	})
}

func (a *app) changeRoster(n *shell.Node, r comity.Roster, by, what string) error {
	pass, err := a.Passphrase("roster.key")
	if err != nil {
		return err
	}
	rosterKey, err := n.Ring.Key("roster", pass)
	if err != nil {
		return err
	}
	registrars := shell.Split(by)
	if len(registrars) != 2 {
		return comity.Fieldf("by", "%q does not name two registrars, such as %q", by, "us-24-7-01,us-24-7-02")
	}
	signs := []roster.Sign{rosterKey[0].Sign}
	for _, s := range registrars {
		o, err := a.Officer(n, s)
		if err != nil {
			return err
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
		e, err := record.Entry(n.Party, "roster", r.N, s)
		if err != nil {
			return err
		}
		if err := record.AddEntry(tx, e); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "policy", by, "roster entry "+fmt.Sprint(r.N)+": "+what)
	})
	if err != nil {
		return err
	}
	return a.Print(r, "roster entry %d: %s; it counts, for each peer, from its place in our stream\n", r.N, what)
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
