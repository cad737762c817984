package pairing

import (
	"errors"

	"comity"
	"comity/disk"
	"comity/record"
	"comity/roster"
	"comity/shell"
	"comity/store"
)

// party shows, writes or takes in a party file.
func (a *app) party(args []string) error {
	fs := a.Flags("party")
	overwrite := fs.Bool("overwrite", false, "export: replace the file if it is there")
	words, err := shell.Parse(fs, args, 1, 2, "show, export FILE or import FILE")
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		switch {
		case words[0] == "show" && len(words) == 1:
			return a.showParty(n, n.Party)
		case words[0] == "export" && len(words) == 2:
			return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
				b, err := n.Keeper.Book(tx, n.Party)
				if err != nil {
					return err
				}
				if err := disk.Write("FILE", words[1], 0o644, *overwrite, disk.Bytes(b.File().Encode())); err != nil {
					return err
				}
				return a.Print(map[string]any{"party": n.Party, "file": words[1], "root": b.Identity()}, "party %s written to %s\nroot %s\n", n.Party, words[1], b.Identity())
			})
		case words[0] == "import" && len(words) == 2:
			return a.importParty(n, words[1])
		}
		return shell.Usagef("party: give show, export FILE or import FILE")
	})
}

func (a *app) importParty(n *shell.Node, name string) error {
	raw, err := a.ReadInput("FILE", name, roster.MaxFile)
	if err != nil {
		return err
	}
	f, err := roster.Decode(raw)
	if err != nil {
		return err
	}
	b, err := roster.Open(f)
	if err != nil {
		return err
	}
	if b.Party() == n.Party {
		return comity.Fieldf("FILE", "%s is our own party file; import the peer's", name)
	}
	if err := a.forked(n, f, b.Party()); err != nil {
		return err
	}
	newest, _ := b.Chain()
	err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		if err := n.Keeper.CheckPins(tx, newest); err != nil {
			return err
		}
		if err := putBook(tx, b, nil); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "pair", "operator", "took in the party file of "+string(b.Party()))
	})
	if err != nil {
		return err
	}
	return a.showParty(n, b.Party())
}

// forked compares a party file with what we have of the party. Two entries of
// one number, both well signed, freeze the pair.
func (a *app) forked(n *shell.Node, f roster.File, p comity.Party) error {
	var fork *roster.Fork
	var channels []record.Channel
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		known, err := n.Keeper.Book(tx, p)
		if errors.Is(err, comity.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		known = known.Clone()
		for typ, list := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
			for _, s := range list {
				if found, ok := errors.AsType[*roster.Fork](known.Add(typ, s)); ok {
					fork = found
				}
			}
		}
		channels, err = record.Channels(tx)
		return err
	})
	if err != nil || fork == nil {
		return err
	}
	for _, ch := range channels {
		if ch.Peer != p {
			continue
		}
		if _, err := n.Keeper.Turn(a.Ctx, ch.ID, func(t *record.Turn) error { return t.Forked(fork) }); err != nil {
			return err
		}
	}
	return comity.Errorf(comity.Untrusted, "FILE: %v. The pair is frozen", fork)
}

// putBook stores all entries of a book; box is the private half of its prekey.
func putBook(tx *store.Tx, b *roster.Book, box []byte) error {
	f := b.File()
	for typ, list := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
		for i, s := range list {
			if err := addEntry(tx, b.Party(), typ, uint64(i), s, nil); err != nil {
				return err
			}
		}
	}
	if f.Prekey != nil {
		p, _, _ := b.Prekey()
		if err := addEntry(tx, b.Party(), "prekey", p.N, *f.Prekey, box); err != nil {
			return err
		}
	}
	if box != nil {
		return nil // ourselves
	}
	row, err := tx.Party(b.Party())
	switch {
	case err == nil && row.Genesis != b.Identity():
		return comity.Errorf(comity.Conflict, "%s is known here by another root key; if it made a new one, both sides must start anew", b.Party())
	case !errors.Is(err, comity.NotFound):
		return err
	}
	c, _ := b.Chain()
	return tx.PutParty(store.Party{Party: b.Party(), State: record.Pending, Genesis: b.Identity(), Name: c.Name})
}

// addEntry stores an entry of a party's book; box is the private half of a prekey
// of ours.
func addEntry(tx *store.Tx, p comity.Party, typ string, n uint64, s comity.Signed, box []byte) error {
	e, err := record.Entry(p, typ, n, s)
	if err != nil {
		return err
	}
	e.Box = box
	return record.AddEntry(tx, e)
}
