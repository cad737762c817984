package record

import (
	"context"
	"encoding/json"
	"slices"

	"comity"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// The states of a party.
const (
	Pending   = "pending"   // its file is here; nobody has compared the pair number
	Confirmed = "confirmed" // two officers have; our root has signed the profile
	Active    = "active"    // both roots have: there is a channel
)

// profileKey is where our half-signed profile waits for the peer's signature.
func profileKey(peer comity.Party) string { return "profile/" + string(peer) }

// OfferProfile keeps the profile that our root signed, for the peer to sign too.
func OfferProfile(tx *store.Tx, peer comity.Party, s comity.Signed) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return tx.SetMeta(profileKey(peer), string(b))
}

func offered(tx *store.Tx, peer comity.Party) (comity.Signed, error) {
	var s comity.Signed
	b, ok, err := tx.Meta(profileKey(peer))
	if err == nil && !ok {
		err = comity.Errorf(comity.Unavailable, "the pair with %s is not confirmed here yet: two officers must compare the pair number", peer)
	}
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(b), &s)
}

// Pair takes the peer's signature of the profile. Once both are there, the pair
// is active. On a stick, by is empty.
func (k *Keeper) Pair(ctx context.Context, peer, by comity.Party, theirs comity.Signed) error {
	if by != "" && by != peer {
		return comity.Errorf(comity.Untrusted, "the exchange says that it is of another party")
	}
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Party(peer)
		if err != nil {
			return err
		}
		if row.State != Confirmed {
			if row.State == Active {
				return nil
			}
			return comity.Errorf(comity.Unavailable, "the pair is %s at %s", row.State, k.Party)
		}
		ours, err := offered(tx, peer)
		if err != nil {
			return err
		}
		a, err := k.Book(tx, k.Party)
		if err != nil {
			return err
		}
		b, err := k.Book(tx, peer)
		if err != nil {
			return err
		}
		if string(ours.Bytes) != string(theirs.Bytes) {
			return comity.Errorf(comity.Conflict, "%s signed another profile than we did; agree on one and confirm again", peer)
		}
		both := comity.Signed{Bytes: ours.Bytes, Sigs: slices.Concat(ours.Sigs, theirs.Sigs)}
		both.Sigs = slices.CompactFunc(sorted(both.Sigs), func(a, b comity.Signature) bool { return a.Key == b.Key })
		p, err := roster.OpenProfile(both, a, b, nil)
		if err != nil {
			return err
		}
		e, err := Entry(peer, "profile", p.N, both)
		if err != nil {
			return err
		}
		if err := AddEntry(tx, e); err != nil {
			return err
		}
		if err := k.OpenChannel(tx, peer, comity.Live, e.Hash); err != nil {
			return err
		}
		row.State = Active
		if err := tx.PutParty(row); err != nil {
			return err
		}
		return tx.Journal(comity.At(k.Now()), "pair", "node", "the pair with "+string(peer)+" is active: both roots signed profile "+e.Hash.Short())
	})
}

func sorted(sigs []comity.Signature) []comity.Signature {
	slices.SortFunc(sigs, func(a, b comity.Signature) int { return slices.Compare(a.Key[:], b.Key[:]) })
	return sigs
}

// ComposePairing makes the exchange that carries our signature of the profile.
func (k *Keeper) ComposePairing(ctx context.Context, peer comity.Party) ([]byte, error) {
	var x comity.Exchange
	err := k.DB.View(ctx, func(tx *store.Tx) error {
		s, err := offered(tx, peer)
		if err != nil {
			return err
		}
		a, err := k.Book(tx, k.Party)
		if err != nil {
			return err
		}
		b, err := k.Book(tx, peer)
		if err != nil {
			return err
		}
		x.Head = comity.ExchangeHead{V: 1, Channel: a.ChannelWith(b, comity.Live), From: k.Party}
		x.Profile = &s
		return nil
	})
	if err != nil {
		return nil, err
	}
	return seal.EncodeExchange(x)
}
