// Package roster says whose word counts, and since when.
//
// A party speaks for itself in two hash chains. Its chain entries, signed by an
// offline root key, name its node, roster and TLS keys; its roster entries name
// the seats of its officers. A [Book] holds both for one party, and its newest
// prekey. Things happen in this order:
//
//	exchange   two parties swap party files by any way they like ([Decode], [Open])
//	compare    and read the [PairNumber] to each other: now each knows the other's root
//	agree      both roots sign a [Profile] ([DefaultProfile], [OpenProfile])
//	add        later entries come in the party's stream ([Book.Add])
//	check      each item and statement, as of the entries that its own header
//	           names ([Book.CheckItem], [Book.CheckRelease])
//
// So a key or a seat is good or not by its place in a stream, never by a clock,
// and a change is never retroactive: every entry a party ever made stays in its
// book, and a look-up says as of which. Two different entries of one number are
// a [Fork], which proves itself.
//
// The package does no I/O and reads no clock.
package roster

import (
	"maps"
	"slices"

	"comity"
	"comity/seal"
)

// What one book may hold. A party that outgrows them needs a new identity, or a
// new version of the protocol; a stranger's file cannot fill our memory.
const (
	maxChain  = 1_000  // chain entries
	maxRoster = 10_000 // roster entries
	maxSeats  = 10_000 // seats, with those removed
	maxMoves  = 256    // seats that one roster entry adds or removes
	maxEntry  = 256 << 10

	// MaxFile is the largest party file, in bytes. A book stays small enough for
	// one, with maxRest for all that is neither a chain nor a roster entry.
	MaxFile = 32 << 20
	maxRest = 64 << 10
)

// A Book is what one party has said of its own keys and seats, checked.
//
// Its methods may be called at once, save Add, which changes the book: call it
// on a [Book.Clone] if others are reading.
type Book struct {
	chain    []link
	pages    []page
	prekey   *prekey
	chainAt  map[comity.Hash]int // a chain entry's number by its hash
	rosterAt map[comity.Hash]int
	seats    map[comity.Seat][]tenure
	size     int // of chain and roster, in bytes of a party file
}

// New returns a book that starts from a party's chain entry 0. Whether its root
// is that party's is for the caller to know: compare the pair number.
func New(first comity.Signed) (*Book, error) {
	b := &Book{
		chainAt:  map[comity.Hash]int{},
		rosterAt: map[comity.Hash]int{},
		seats:    map[comity.Seat][]tenure{},
	}
	if err := b.addChain(first); err != nil {
		return nil, err
	}
	return b, nil
}

// Add checks the next entry, of type chain, roster or prekey, and adds it. An
// entry that the book has already is a success and changes nothing; another
// entry in its place is a *[Fork] if it is well signed. Any other fault is a
// *[Broken], and after any fault the book is as it was.
func (b *Book) Add(typ string, s comity.Signed) error {
	switch typ {
	case "chain":
		return b.addChain(s)
	case "roster":
		return b.addRoster(s, len(b.chain)-1)
	case "prekey":
		return b.addPrekey(s)
	}
	return comity.Fieldf("control", "%q is not an entry of a book, such as %q", comity.Clip(typ), "roster")
}

// Clone returns a book that can be changed without b.
func (b *Book) Clone() *Book {
	c := &Book{
		chain:    slices.Clip(b.chain),
		pages:    slices.Clip(b.pages),
		prekey:   b.prekey,
		chainAt:  maps.Clone(b.chainAt),
		rosterAt: maps.Clone(b.rosterAt),
		seats:    maps.Clone(b.seats),
		size:     b.size,
	}
	for seat, t := range c.seats {
		c.seats[seat] = slices.Clip(t)
	}
	return c
}

// grow counts a chain or roster entry, unless the party file would have no room
// for it.
func (b *Book) grow(s comity.Signed) error {
	n := 5 + len(seal.EncodeSigned(s))
	if b.size+n > MaxFile-maxRest {
		return comity.Errorf(comity.TooMuch, "a party's chain and roster entries have at most %d bytes together", MaxFile-maxRest)
	}
	b.size += n
	return nil
}

// Party returns the party whose book it is.
func (b *Book) Party() comity.Party { return b.chain[0].Party }

// Identity returns the name of the root key of chain entry 0, by which others
// know the party whatever keys it has later.
func (b *Book) Identity() comity.Hash { return b.chain[0].names.root }

// Chain returns the newest chain entry and its hash.
func (b *Book) Chain() (comity.Chain, comity.Hash) {
	l := b.chain[len(b.chain)-1]
	return l.Chain, l.hash
}

// NodeKeys returns the node keys as of the chain entry whose hash is chain.
func (b *Book) NodeKeys(chain comity.Hash) ([]comity.Key, bool) {
	n, ok := b.chainAt[chain]
	if !ok {
		return nil, false
	}
	return b.chain[n].Node, true
}

// Holds reports whether a chain and a roster entry are in the book.
func (b *Book) Holds(chain, roster comity.Hash) bool {
	_, a := b.chainAt[chain]
	_, r := b.rosterAt[roster]
	return a && (r || roster == comity.Hash{})
}

// Roster returns how many roster entries there are, and the newest one's hash:
// the zero hash if there is none.
func (b *Book) Roster() (int, comity.Hash) {
	if len(b.pages) == 0 {
		return 0, comity.Hash{}
	}
	return len(b.pages), b.pages[len(b.pages)-1].hash
}

// Officer returns who sat at seat as of the roster entry whose hash is roster.
func (b *Book) Officer(roster comity.Hash, seat comity.Seat) (comity.Officer, bool) {
	n, ok := b.rosterAt[roster]
	if !ok {
		return comity.Officer{}, false
	}
	o, _, ok := b.officer(n, seat)
	return o, ok
}

// Officers returns the seats as of the newest roster entry, in order.
func (b *Book) Officers() []comity.Officer {
	var all []comity.Officer
	for _, seat := range slices.Sorted(maps.Keys(b.seats)) {
		if o, _, ok := b.officer(len(b.pages)-1, seat); ok {
			all = append(all, o)
		}
	}
	return all
}

// Prekey returns the newest prekey; false if there is none that a node key of
// the newest chain entry signed. A party that takes a node
// key out of use, perhaps because it was stolen, takes back its prekeys too.
func (b *Book) Prekey() (comity.Prekey, comity.Signed, bool) {
	if b.prekey == nil || !slices.Contains(b.chain[len(b.chain)-1].names.node, b.prekey.by) {
		return comity.Prekey{}, comity.Signed{}, false
	}
	return b.prekey.Prekey, b.prekey.signed, true
}

// ChannelWith returns the name of the channel that b's party and other's share
// in a realm, whichever of the two asks.
func (b *Book) ChannelWith(other *Book, realm comity.Realm) comity.Hash {
	return seal.H("channel", append(lowHigh(b.Identity(), other.Identity()), realm...))
}
