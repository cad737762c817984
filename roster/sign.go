package roster

import (
	"slices"

	"comity"
	"comity/seal"
)

// A Sign signs an object of a type, as the Sign method of a [seal.PrivateKey] does.
type Sign = func(typ string, body []byte) (comity.Signature, error)

// AsSeat returns a Sign by an officer's key at a seat.
func AsSeat(seat comity.Seat, p *seal.PrivateKey) Sign {
	return func(typ string, body []byte) (comity.Signature, error) { return p.SignSeat(seat, typ, body) }
}

// SignObject writes v, a chain, roster, prekey, profile or resume, and has it
// signed. It checks nothing: what is signed far apart, such as a profile, is
// checked when all signatures are there.
func SignObject(typ string, v any, by ...Sign) (comity.Signed, error) {
	b, err := seal.Encode(v)
	if err != nil {
		return comity.Signed{}, err
	}
	return Countersign(typ, comity.Signed{Bytes: b, Sigs: []comity.Signature{}}, by...)
}

// Countersign returns s with more signatures.
func Countersign(typ string, s comity.Signed, by ...Sign) (comity.Signed, error) {
	sigs := slices.Clone(s.Sigs)
	for _, sign := range by {
		sig, err := sign(typ, s.Bytes)
		if err != nil {
			return comity.Signed{}, err
		}
		sigs = append(sigs, sig)
	}
	return comity.Signed{Bytes: s.Bytes, Sigs: sigs}, nil
}

// NewBook makes a party: it signs c as its chain entry 0.
func NewBook(c comity.Chain, root Sign) (*Book, error) {
	c.V, c.N, c.Prev = 1, 0, comity.Hash{}
	s, err := SignObject("chain", c, root)
	if err != nil {
		return nil, err
	}
	return New(s)
}

// NextChain signs c as the next chain entry: by the root, and where c changes
// the root, by the old and the new.
func (b *Book) NextChain(c comity.Chain, root ...Sign) (comity.Signed, error) {
	c.V, c.Party, c.N = 1, b.Party(), uint64(len(b.chain))
	_, c.Prev = b.Chain()
	return b.next("chain", c, root)
}

// NextRoster signs the next roster entry: entry 0 by the roster key and the
// root, a later one by the roster key and two registrars' seats.
func (b *Book) NextRoster(r comity.Roster, by ...Sign) (comity.Signed, error) {
	r.V, r.Party = 1, b.Party()
	var n int
	n, r.Prev = b.Roster()
	r.N = uint64(n)
	return b.next("roster", r, by)
}

// NextPrekey signs key as the next prekey, by the newest node key.
func (b *Book) NextPrekey(key comity.Key, notAfter comity.Time, node Sign) (comity.Signed, error) {
	p := comity.Prekey{V: 1, Party: b.Party(), Key: key, NotAfter: notAfter}
	if b.prekey != nil {
		p.N = b.prekey.N + 1
	}
	return b.next("prekey", p, []Sign{node})
}

// next signs an entry and makes sure that everyone else will accept it.
func (b *Book) next(typ string, v any, by []Sign) (comity.Signed, error) {
	s, err := SignObject(typ, v, by...)
	if err != nil {
		return comity.Signed{}, err
	}
	if err := b.Clone().Add(typ, s); err != nil {
		return comity.Signed{}, err
	}
	return s, nil
}

// NewProfile signs p as the profile after before, or as number 0 if that is nil.
// Each root signs on its own machine: the other adds its own with [Countersign].
func NewProfile(p comity.Profile, before *comity.Signed, root ...Sign) (comity.Signed, error) {
	p.V, p.N, p.Prev = 1, 0, comity.Hash{}
	if before != nil {
		q, err := decode[comity.Profile]("profile", before.Bytes)
		if err != nil {
			return comity.Signed{}, err
		}
		p.N, p.Prev = q.N+1, seal.H("profile", before.Bytes)
	}
	return SignObject("profile", p, root...)
}

// NewResume signs where the streams of an epoch ended, so that the next can begin.
func NewResume(r comity.Resume, root ...Sign) (comity.Signed, error) {
	r.V = 1
	slices.SortFunc(r.Last, func(x, y comity.Position) int {
		if x.Party < y.Party {
			return -1
		}
		return 1
	})
	return SignObject("resume", r, root...)
}
