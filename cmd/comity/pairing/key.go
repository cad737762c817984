package pairing

import (
	"comity"
	"comity/keyring"
	"comity/prekey"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

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
	var made comity.Prekey
	err := n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		if made, err = prekey.Add(tx, book, keys, a.Now()); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "key", "operator", "new prekey "+seal.KeyName(made.Key).Short())
	})
	if err != nil {
		return err
	}
	name := seal.KeyName(made.Key)
	return a.Print(map[string]any{"prekey": name}, "new prekey %s; every peer will be told in its stream\n", name.Short())
}

func (a *app) rotateNode(n *shell.Node, keys *keyring.Node, pass string) error {
	root, err := a.Root(n)
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
		if err := addEntry(tx, n.Party, "chain", next.N, s, nil); err != nil {
			return err
		}
		// A prekey ends with the node key that signed it.
		after := book.Clone()
		if err := after.Add("chain", s); err != nil {
			return err
		}
		if _, err := prekey.Add(tx, after, fresh, a.Now()); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "key", "operator", "new node key "+fresh.Sign[0].Name().Short())
	})
	if err != nil {
		return err
	}
	return a.Print(next, "new node key %s in chain entry %d; every peer will be told in its stream, and our items after that bear it\n", seal.KeyName(next.Node[0]).Short(), next.N)
}
