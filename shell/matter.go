package shell

import (
	"cmp"
	"errors"

	"comity"
	"comity/store"
)

// A MatterName is a realm and a reference, as typed.
type MatterName struct {
	Realm comity.Realm
	Ref   comity.Ref
}

func (m MatterName) String() string {
	if m.Realm == comity.Live {
		return string(m.Ref)
	}
	return string(m.Ref) + " of " + string(m.Realm)
}

// ParseMatter reads the name of a matter.
func ParseMatter(realm, ref string) (MatterName, error) {
	r, err := comity.ParseRealm(realm)
	if err != nil {
		return MatterName{}, err
	}
	f, err := comity.ParseRef(ref)
	return MatterName{r, f}, err
}

// Reader is who the journal says has read something.
func Reader(seat string) (string, error) {
	if seat == "" {
		return "operator", nil
	}
	s, err := comity.ParseSeat(seat)
	return string(s), err
}

// NoteRefused notes what conditions or markings did not allow somebody, and returns
// why.
func (a *App) NoteRefused(n *Node, who, what string, why error) error {
	if errors.Is(why, comity.NotFound) {
		return why // it says nothing of this matter
	}
	err := n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		return tx.Journal(comity.At(a.Now()), "gate", who, "was refused "+what)
	})
	return errors.Join(why, err)
}

// NoteReading notes a reading, before anything is shown: what cannot be noted is not
// read. The journal names no seat that is not on our roster; who has signed in reads as
// the seat that they sit in.
func (a *App) NoteReading(n *Node, who string, what ...string) error {
	who = cmp.Or(string(a.Seat), who)
	return n.DB.Update(a.Ctx, func(tx *store.Tx) error {
		if _, err := n.Sits(tx, comity.Seat(who)); err != nil && who != "operator" {
			return err
		}
		for _, w := range what {
			if err := tx.Journal(comity.At(a.Now()), "read", who, w); err != nil {
				return err
			}
		}
		return nil
	})
}
