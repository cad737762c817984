package pairing

import (
	"comity"
	"comity/shell"
	"comity/store"
)

// realm opens an exercise with a peer: a channel of its own, with its own streams
// and log, beside the live one. Each side opens its end, as both name it; neither
// asks the other, and until both have, nothing travels.
func (a *app) realm(args []string) error {
	fs := a.Flags("realm")
	peer := fs.String("peer", "", "the party to exercise with")
	seat := fs.String("seat", "", "the seat that opens it")
	words, err := shell.Parse(fs, args, 2, 2, "open, and an exercise such as exercise:harbour-2027")
	if err != nil {
		return err
	}
	if words[0] != "open" {
		return shell.Usagef("realm: give open")
	}
	realm, err := comity.ParseRealm(words[1])
	if err == nil && realm == comity.Live {
		err = comity.Fieldf("realm", "%s is open with every active pair; name an exercise such as %q", comity.Live, "exercise:harbour-2027")
	}
	if err != nil {
		return err
	}
	p, err := comity.ParseParty(*peer)
	if err != nil {
		return comity.Fieldf("peer", "%q is not a party such as %q", comity.Clip(*peer), "cn")
	}
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		if err := n.Keeper.OpenRealm(a.Ctx, p, realm); err != nil {
			return err
		}
		err = n.DB.Update(a.Ctx, func(tx *store.Tx) error {
			return tx.Journal(comity.At(a.Now()), "pair", string(o.Seat), "opened "+string(realm)+" with "+string(p))
		})
		if err != nil {
			return err
		}
		a.Note("%s must open %s too; comity peers %s shows it OPEN then", p, realm, p)
		return a.showParty(n, p)
	})
}
