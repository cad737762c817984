package roster

import (
	"slices"

	"comity"
	"comity/seal"
)

// DefaultProfile returns what two parties may begin with: every suite that both
// have, first a's, and limits that suit two small nodes on one machine each.
func DefaultProfile(a, b *Book) comity.Profile {
	ours, _ := a.Chain()
	theirs, _ := b.Chain()
	p := comity.Profile{
		V: 1, Roots: roots(a, b), Suites: []string{},
		MaxItem: 8 << 20, MaxPart: 1 << 20, MaxFile: 12 << 30,
		Skew: 120, Langs: []string{"en", "zh"},
	}
	for _, s := range ours.Suites {
		if slices.Contains(theirs.Suites, s) {
			p.Suites = append(p.Suites, s)
		}
	}
	slices.Sort(p.Suites) // both sides write the same bytes
	return p
}

// OpenProfile returns the profile in s, which both parties' newest roots must
// have signed. Before is the profile that it follows, nil of number 0.
func OpenProfile(s comity.Signed, a, b *Book, before *comity.Signed) (comity.Profile, error) {
	p, err := openProfile(s, a, b)
	if err != nil {
		return comity.Profile{}, err
	}
	ours, _ := a.Chain()
	theirs, _ := b.Chain()
	if err := signedByAll("profile", s, ours.Root, theirs.Root); err != nil {
		return comity.Profile{}, broken("profile", p.N, err)
	}
	var n uint64
	var prev comity.Hash
	if before != nil {
		q, err := decode[comity.Profile]("profile", before.Bytes)
		if err != nil {
			return comity.Profile{}, err
		}
		n, prev = q.N+1, seal.H("profile", before.Bytes)
	}
	if p.N != n || p.Prev != prev {
		return comity.Profile{}, broken("profile", p.N, comity.Errorf(comity.Conflict, "it does not follow the profile that we have: its number should be %d", n))
	}
	return p, nil
}

// OpenPastProfile returns the profile in s, which may be of any number and
// signed by any root that each party has had: a case file keeps old ones.
func OpenPastProfile(s comity.Signed, a, b *Book) (comity.Profile, error) {
	p, err := openProfile(s, a, b)
	if err != nil {
		return comity.Profile{}, err
	}
	if len(s.Sigs) != 2 || !a.hadRoot("profile", s) || !b.hadRoot("profile", s) {
		return comity.Profile{}, broken("profile", p.N, comity.Errorf(comity.Untrusted, "a root's signature is missing or not good"))
	}
	return p, nil
}

func (b *Book) hadRoot(typ string, s comity.Signed) bool {
	for _, l := range b.chain {
		if slices.ContainsFunc(s.Sigs, func(sig comity.Signature) bool { return sig.Key == l.names.root }) {
			return signedBy(typ, s, l.Root) == nil
		}
	}
	return false
}

// SignedByRoot reports whether a root that the party has had signed s: the hash of
// guidelines that it adopts, say.
func (b *Book) SignedByRoot(typ string, s comity.Signed) bool { return b.hadRoot(typ, s) }

func openProfile(s comity.Signed, a, b *Book) (comity.Profile, error) {
	p, err := decode[comity.Profile]("profile", s.Bytes)
	if err != nil {
		return p, err
	}
	return p, broken("profile", p.N, checkProfile(p, a, b))
}

func checkProfile(p comity.Profile, a, b *Book) error {
	if p.V != 1 {
		return comity.Fieldf("v", "%d is not a version that we know; it is 1", p.V)
	}
	if !slices.Equal(p.Roots, roots(a, b)) {
		return comity.Errorf(comity.Untrusted, "it is not between %s and %s", a.Party(), b.Party())
	}
	if err := checkSuites(p.Suites); err != nil {
		return err
	}
	if len(p.Langs) < 1 || len(p.Langs) > 16 || slices.ContainsFunc(p.Langs, func(l string) bool { return len(l) < 2 || len(l) > 35 }) {
		return comity.Fieldf("langs", "they are not 1 to 16 tags such as %q", "zh")
	}
	for _, limit := range []struct {
		field      string
		n, lo, top int64
	}{
		{"maxitem", p.MaxItem, 64 << 10, 64 << 20},
		{"maxpart", p.MaxPart, 1 << 10, p.MaxItem},
		{"maxfile", p.MaxFile, 0, 1 << 45},
		{"skew", p.Skew, 0, 86_400},
	} {
		if limit.n < limit.lo || limit.n > limit.top {
			return comity.Fieldf(limit.field, "%d is not %d to %d", limit.n, limit.lo, limit.top)
		}
	}
	return nil
}

// OpenResume returns the resume in s, which both parties' newest roots must have
// signed. Whether its positions are ours is for package exchange.
func OpenResume(s comity.Signed, a, b *Book, realm comity.Realm) (comity.Resume, error) {
	r, err := seal.DecodeResume(s.Bytes)
	if err != nil {
		return r, broken("format", 0, err)
	}
	parties := []comity.Party{a.Party(), b.Party()}
	slices.Sort(parties)
	switch {
	case r.Channel != a.ChannelWith(b, realm):
		err = comity.Errorf(comity.Untrusted, "it is not of the channel of %s and %s in %s", parties[0], parties[1], realm)
	case r.Last[0].Party != parties[0] || r.Last[1].Party != parties[1]:
		err = comity.Errorf(comity.Invalid, "it does not say where the streams of %s and %s ended", parties[0], parties[1])
	default:
		ours, _ := a.Chain()
		theirs, _ := b.Chain()
		err = signedByAll("resume", s, ours.Root, theirs.Root)
	}
	if err != nil {
		return comity.Resume{}, broken("resume", r.Epoch, err)
	}
	return r, nil
}

func roots(a, b *Book) []comity.Hash {
	both := lowHigh(a.Identity(), b.Identity())
	return []comity.Hash{comity.Hash(both[:32]), comity.Hash(both[32:])}
}
