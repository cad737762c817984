package roster

import (
	"fmt"
	"slices"

	"comity"
	"comity/seal"
)

// CheckItem checks an item's node signatures as of the entries that its header
// names, for every suite of the profile that it names. It checks no root, no
// number and no contents. The error is a *seal.Refusal with a code of §4: chain,
// roster, header or signature.
func (b *Book) CheckItem(p comity.Profile, it comity.Item) error {
	n, ok := b.chainAt[it.Header.Chain]
	if !ok {
		return refusef("chain", "%s has no chain entry %s that we know", b.Party(), it.Header.Chain.Short())
	}
	if _, ok := b.rosterAt[it.Header.Roster]; !ok {
		return refusef("roster", "%s has no roster entry %s that we know", b.Party(), it.Header.Roster.Short())
	}
	if !slices.Contains(b.chain[n].names.node, it.Header.Key) {
		return refusef("header", "%s is not a node key of %s in chain entry %d", it.Header.Key.Short(), b.Party(), n)
	}
	if err := seal.VerifyItem(it, b.chain[n].Node, p.Suites); err != nil {
		return &seal.Refusal{Code: "signature", Err: err}
	}
	return nil
}

// CheckRelease checks that a manifest left by the word of the officers that its
// release class asks for, as of a roster entry. The error is a *seal.Refusal
// with a code of §4: roster, seat, signature or class. Whether a kind may leave
// under this class is its capability's to say.
func (b *Book) CheckRelease(roster comity.Hash, m comity.Manifest, manifest []byte, sigs []comity.Signature) error {
	officers, err := b.Signers(roster, manifest, sigs)
	if err != nil {
		return err
	}
	return CheckClass(m.Release, officers)
}

// Signers returns the officers who signed a manifest, each once, as of a roster
// entry. All signatures must be good. The error is a *seal.Refusal with a code
// of §4: roster, seat or signature.
func (b *Book) Signers(roster comity.Hash, manifest []byte, sigs []comity.Signature) ([]comity.Officer, error) {
	n, ok := b.rosterAt[roster]
	if !ok {
		return nil, refusef("roster", "%s has no roster entry %s that we know", b.Party(), roster.Short())
	}
	officers := make([]comity.Officer, 0, len(sigs))
	for i, s := range sigs {
		o, key, ok := b.officer(n, s.Seat)
		if !ok || key != s.Key {
			return nil, refusef("seat", "seat %q with key %s was not on the roster of %s", s.Seat, s.Key.Short(), b.Party())
		}
		if slices.ContainsFunc(sigs[:i], func(t comity.Signature) bool { return t.Seat == s.Seat }) {
			return nil, refusef("signature", "seat %s signed twice", s.Seat)
		}
		officers = append(officers, o)
	}
	for i, s := range sigs {
		if err := seal.Verify(officers[i].Key, "manifest", manifest, s); err != nil {
			return nil, &seal.Refusal{Code: "signature", Err: err}
		}
	}
	return officers, nil
}

// CheckClass checks that officers whose signatures are good may release under
// r's class. The error is a *seal.Refusal with the code seat, if nobody has the
// role, or class.
func CheckClass(r comity.Release, officers []comity.Officer) error {
	need := 1
	switch r.Class {
	case comity.OneSeat:
	case comity.Sole:
		if r.Reason == "" || r.Due == nil || r.Due.IsZero() {
			return refusef("class", "a release of class %s states a reason and when its countersignature is due", r.Class)
		}
	case comity.Dual:
		need = 2
	default:
		return refusef("class", "%q is not a release class, such as %q", comity.Clip(string(r.Class)), comity.Dual)
	}
	var seats []comity.Seat
	var keys []string
	release := r.Class == comity.OneSeat
	for _, o := range officers {
		release = release || slices.Contains(o.Roles, Release)
		key := o.Key.Suite + string(o.Key.Pub)
		if slices.Contains(seats, o.Seat) || slices.Contains(keys, key) {
			continue // one person with two seats is one person
		}
		seats, keys = append(seats, o.Seat), append(keys, key)
	}
	if len(seats) < need {
		return refusef("class", "a release of class %s needs %d seats with keys of their own and has %d", r.Class, need, len(seats))
	}
	if !release {
		return refusef("seat", "nobody of the seats %v has the role %s", seats, Release)
	}
	return nil
}

func refusef(code, format string, args ...any) error {
	return &seal.Refusal{Code: code, Err: &comity.Error{Kind: comity.Untrusted, Text: fmt.Sprintf(format, args...)}}
}
