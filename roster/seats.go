package roster

import (
	"slices"
	"sort"

	"comity"
	"comity/seal"
)

// The roles of a seat.
const (
	Draft     = "draft"
	Release   = "release"
	Registrar = "registrar"
)

type page struct {
	comity.Roster
	hash   comity.Hash
	signed comity.Signed
	chain  int // the chain entry whose roster key signed
}

// A tenure is a seat from one roster entry to its next tenure.
type tenure struct {
	from    int
	removed bool
	comity.Officer
	key comity.Hash
}

// officer returns who sat at seat after roster entry n, and the name of their key.
func (b *Book) officer(n int, seat comity.Seat) (comity.Officer, comity.Hash, bool) {
	ts := b.seats[seat]
	i := sort.Search(len(ts), func(i int) bool { return ts[i].from > n })
	if i == 0 || ts[i-1].removed {
		return comity.Officer{}, comity.Hash{}, false
	}
	return ts[i-1].Officer, ts[i-1].key, true
}

// addRoster adds an entry that is signed by the roster key of a chain entry not
// older than the first of chains, nor than the one that the entry before used.
func (b *Book) addRoster(s comity.Signed, chains int) error {
	r, err := decode[comity.Roster]("roster", s.Bytes)
	if err != nil {
		return err
	}
	hash, n := seal.H("roster", s.Bytes), uint64(len(b.pages))
	if r.Party != b.Party() {
		return broken("roster", r.N, comity.Errorf(comity.Untrusted, "it is of %s, not %s", comity.Clip(string(r.Party)), b.Party()))
	}
	if r.N > n {
		return broken("roster", r.N, comity.Errorf(comity.Conflict, "entry %d comes first", n))
	}
	if r.N >= maxRoster {
		return broken("roster", r.N, comity.Errorf(comity.TooMuch, "a party has at most %d roster entries", maxRoster))
	}
	last := len(b.chain) - 1
	if r.N < n {
		chains, last = b.pages[r.N].chain, b.pages[r.N].chain
	} else if n > 0 {
		chains = max(chains, b.pages[n-1].chain)
	}
	at, err := b.rosterSigned(r, s, chains, last)
	if err != nil {
		return broken("roster", r.N, err)
	}
	if r.N < n {
		if b.pages[r.N].hash == hash {
			return nil
		}
		return &Fork{"roster", r.Party, r.N, b.chain[at].Roster, b.pages[r.N].signed, s}
	}
	var prev comity.Hash
	if n > 0 {
		prev = b.pages[n-1].hash
	}
	if r.Prev != prev {
		return broken("roster", r.N, comity.Errorf(comity.Untrusted, "it follows another entry (%s) than ours (%s)", r.Prev.Short(), prev.Short()))
	}
	if err := b.checkMoves(r); err != nil {
		return broken("roster", r.N, err)
	}
	if err := b.grow(s); err != nil {
		return broken("roster", r.N, err)
	}

	for _, o := range r.Add {
		b.seats[o.Seat] = append(b.seats[o.Seat], tenure{int(n), false, o, seal.KeyName(o.Key)})
	}
	for _, seat := range r.Remove {
		b.seats[seat] = append(b.seats[seat], tenure{from: int(n), removed: true})
	}
	b.pages = append(b.pages, page{r, hash, s, at})
	b.rosterAt[hash] = int(n)
	return nil
}

// rosterSigned checks the signatures of entry r as the roster stood before it,
// and returns which of the chain entries from first to last has its roster key.
func (b *Book) rosterSigned(r comity.Roster, s comity.Signed, first, last int) (at int, err error) {
	at = -1
	for i := first; i <= last && at < 0; i++ {
		if b.rosterKeySigned(b.chain[i], r.N, s) {
			at = i
		}
	}
	if at < 0 {
		return 0, comity.Errorf(comity.Untrusted, "the signature of the roster key, or for entry 0 of the root, is missing or not good")
	}
	if r.N == 0 {
		return at, nil
	}
	var seats []comity.Seat
	var keys []comity.Hash
	rosterKey := false
	for _, sig := range s.Sigs {
		if sig.Seat == "" && sig.Key == b.chain[at].names.roster && !rosterKey {
			rosterKey = true
			if err := seal.Verify(b.chain[at].Roster, "roster", s.Bytes, sig); err != nil {
				return 0, err
			}
			continue
		}
		o, key, ok := b.officer(int(r.N)-1, sig.Seat)
		if !ok || key != sig.Key || !slices.Contains(o.Roles, Registrar) {
			return 0, comity.Errorf(comity.Untrusted, "%q with key %s was not a registrar's seat before this entry", sig.Seat, sig.Key.Short())
		}
		if err := seal.Verify(o.Key, "roster", s.Bytes, sig); err != nil {
			return 0, err
		}
		if slices.Contains(seats, sig.Seat) || slices.Contains(keys, key) {
			return 0, comity.Errorf(comity.Untrusted, "seat %s signed twice, or two seats share a key", sig.Seat)
		}
		seats, keys = append(seats, sig.Seat), append(keys, key)
	}
	if len(seats) < 2 {
		return 0, comity.Errorf(comity.Untrusted, "it needs the signatures of two registrars' seats and has %d", len(seats))
	}
	return at, nil
}

func (b *Book) rosterKeySigned(l link, n uint64, s comity.Signed) bool {
	if !slices.ContainsFunc(s.Sigs, func(sig comity.Signature) bool { return sig.Key == l.names.roster }) {
		return false
	}
	switch {
	case n > 0:
		return signedBy("roster", s, l.Roster) == nil
	case l.names.roster == l.names.root:
		return signedByAll("roster", s, l.Root) == nil
	}
	return signedByAll("roster", s, l.Roster, l.Root) == nil
}

// checkMoves checks what r adds and removes, as the roster stands before it.
func (b *Book) checkMoves(r comity.Roster) error {
	if r.V != 1 {
		return comity.Fieldf("v", "%d is not a version that we know; it is 1", r.V)
	}
	if r.Time.IsZero() {
		return comity.Fieldf("time", "it is missing; it is like %q", "2026-11-22T03:14:28.000Z")
	}
	if len(r.Add) > maxMoves || len(r.Remove) > maxMoves {
		return comity.Fieldf("add", "an entry adds and removes at most %d seats; make two", maxMoves)
	}
	if len(b.seats)+len(r.Add) > maxSeats {
		return comity.Errorf(comity.TooMuch, "a party has at most %d seats, with those removed", maxSeats)
	}
	moved := map[comity.Seat]bool{}
	for _, o := range r.Add {
		if err := checkOfficer(o); err != nil {
			return err
		}
		if ts := b.seats[o.Seat]; len(ts) > 0 && ts[len(ts)-1].removed {
			return comity.Fieldf("add", "seat %s was removed and cannot return: name a new one", o.Seat)
		}
		if moved[o.Seat] {
			return comity.Fieldf("add", "seat %s is there twice", o.Seat)
		}
		moved[o.Seat] = true
	}
	for _, seat := range r.Remove {
		if _, _, ok := b.officer(len(b.pages)-1, seat); !ok || moved[seat] {
			return comity.Fieldf("remove", "%q is not a seat of the entry before, or is there twice", comity.Clip(string(seat)))
		}
		moved[seat] = true
	}
	return nil
}

func checkOfficer(o comity.Officer) error {
	if _, err := comity.ParseSeat(string(o.Seat)); err != nil {
		return err
	}
	if _, err := comity.ParseAgency(string(o.Agency)); err != nil {
		return err
	}
	if len(o.Roles) == 0 {
		return comity.Fieldf("roles", "seat %s has none; give it %s, %s or %s", o.Seat, Draft, Release, Registrar)
	}
	for i, role := range o.Roles {
		if role != Draft && role != Release && role != Registrar || slices.Contains(o.Roles[:i], role) {
			return comity.Fieldf("roles", "%q is not %s, %s or %s, or is there twice", comity.Clip(role), Draft, Release, Registrar)
		}
	}
	return seal.CheckKey(o.Key)
}
