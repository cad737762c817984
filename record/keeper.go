// Package record keeps both streams of every channel of one party's node on its
// store: it is the shell around exchange.Step.
//
//	Turn       one transaction on one channel: lock its row, feed events to Step,
//	           carry out the effects, write the state, commit
//	place      the peer's item, or our own that came back: item, log leaf,
//	           statements and view together
//	number     what waits to leave becomes an item: looked at again, signed, logged
//	Compose    after the commit: the exchange that carries items to the peer,
//	           sealed anew each time
//	Refold     the matter's state, from its statements alone
//
// Items, receipts, leaves and views change in one transaction or not at all.
package record

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"comity"
	"comity/exchange"
	"comity/keyring"
	"comity/matter"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// Kinds is what the kernel must know of the statements of all capabilities.
type Kinds struct {
	// Tables has a capability's rules by the kind that opens its matters.
	Tables map[comity.Kind]matter.Table

	// Facts has every kind there is, in whichever tables, and whether it is a fact.
	Facts map[comity.Kind]bool

	// Allows reports whether a kind may be released under a class.
	Allows func(comity.Kind, comity.Class) bool

	// Read decodes the body of a kind.
	Read func(comity.Kind, []byte) (any, error)

	// Body checks the body of a kind, as it must hold on both sides.
	Body func(comity.Kind, []byte) error

	// Title is what a list shows of an opening body.
	Title func(comity.Kind, []byte) Title
}

// A Title is what a list shows of a matter.
type Title struct {
	Text, Priority, Type, Category string
	Secret                         bool // its very existence is
}

// Opens reports whether a kind opens a matter.
func (k Kinds) Opens(kind comity.Kind) bool {
	_, ok := k.Tables[kind]
	return ok
}

// Known reports whether there is such a kind.
func (k Kinds) Known(kind comity.Kind) bool {
	_, ok := k.Facts[kind]
	return ok
}

// Fact reports whether a kind is a fact: no kind is one in one table and a move
// in another.
func (k Kinds) Fact(kind comity.Kind) bool { return k.Facts[kind] }

// Has reports whether a matter that opens has opened knows a kind.
func (k Kinds) Has(opens, kind comity.Kind) bool {
	t, ok := k.Tables[opens]
	if !ok {
		return false
	}
	_, ok = t.Rule(kind)
	return ok
}

// A Keeper keeps the record of one party.
type Keeper struct {
	Party comity.Party
	DB    *store.DB
	Kinds Kinds
	Now   func() time.Time
	Log   *slog.Logger

	// Node is the node's keys. An officer's command has none: it can release
	// statements, and the running node numbers them.
	Node *keyring.Node

	// Reload reads the node's keys again, when one is asked for that a command
	// has made since.
	Reload func() (*keyring.Node, error)

	// Guard is the folder of the guard files, which no backup may include.
	Guard string

	mu       sync.Mutex
	books    map[comity.Party]bookAt
	prekeys  map[comity.Hash]*seal.Prekey
	profiles map[comity.Hash]profile
	begun    map[comity.Hash]bool
	reloaded *keyring.Node
	guarded  map[comity.Hash]exchange.Guard // what we know to be in the guard files
}

type bookAt struct {
	version string
	book    *roster.Book
	profile comity.Hash // the newest of our pair, of a peer's book
}

// AddEntry stores an entry of a party's book, and makes every process that
// keeps that book read it again.
func AddEntry(tx *store.Tx, e store.Entry) error {
	if err := tx.AddEntry(e); err != nil {
		return err
	}
	// The name of all entries so far, so that what a transaction read that came to
	// nothing is not taken for what the next one adds.
	key := "book/" + string(e.Party)
	before, _, err := tx.Meta(key)
	if err != nil {
		return err
	}
	return tx.SetMeta(key, seal.H("book", append([]byte(before), e.Hash[:]...)).String())
}

// Book returns all that a party has said of its keys and seats. It is shared:
// do not add to it. An entry that another process adds meanwhile counts from
// the next look on: what it takes away is looked at again at numbering, and
// whose place in the stream is whose is decided under the channel's lock.
func (k *Keeper) Book(tx *store.Tx, p comity.Party) (*roster.Book, error) {
	b, err := k.bookAt(tx, p)
	return b.book, err
}

func (k *Keeper) bookAt(tx *store.Tx, p comity.Party) (at bookAt, err error) {
	if at.version, _, err = tx.Glance("book/" + string(p)); err != nil {
		return at, err
	}
	k.mu.Lock()
	have, ok := k.books[p]
	k.mu.Unlock()
	if ok && have.version == at.version {
		return have, nil
	}
	var f roster.File
	for typ, list := range map[string]*[]comity.Signed{"chain": &f.Chain, "roster": &f.Roster} {
		if *list, err = entries(tx, p, typ); err != nil {
			return at, err
		}
	}
	prekeys, err := entries(tx, p, "prekey")
	if err != nil {
		return at, err
	}
	if len(f.Chain) == 0 {
		return at, comity.Errorf(comity.NotFound, "there is no party %q here; comity party import takes its file in", p)
	}
	if at.book = follows(have.book, f, prekeys); at.book == nil {
		if at.book, err = anew(f, prekeys); err != nil {
			return at, err
		}
	}
	profiles, err := tx.Entries(p, "profile")
	if err != nil {
		return at, err
	}
	if n := len(profiles); n > 0 {
		at.profile = profiles[n-1].Hash
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.books == nil {
		k.books = map[comity.Party]bookAt{}
	}
	k.books[p] = at
	return at, nil
}

// follows returns the book with what is new of a file, or nil if it must be read
// anew: a party may add thousands of entries, one by one.
func follows(b *roster.Book, f roster.File, prekeys []comity.Signed) *roster.Book {
	if b == nil {
		return nil
	}
	newest, chain := b.Chain()
	links := int(newest.N) + 1
	pages, page := b.Roster()
	if len(f.Chain) < links || len(f.Roster) < pages || seal.H("chain", f.Chain[links-1].Bytes) != chain ||
		pages > 0 && seal.H("roster", f.Roster[pages-1].Bytes) != page {
		return nil // what the book says was never committed
	}
	if len(f.Chain) > links && len(f.Roster) > pages {
		return nil // in which order they came, only Open finds out
	}
	b = b.Clone()
	for typ, list := range map[string][]comity.Signed{"chain": f.Chain[links:], "roster": f.Roster[pages:]} {
		for _, s := range list {
			if b.Add(typ, s) != nil {
				return nil
			}
		}
	}
	if n := len(prekeys); n == 0 || b.Add("prekey", prekeys[n-1]) != nil {
		return nil
	}
	return b
}

func anew(f roster.File, prekeys []comity.Signed) (*roster.Book, error) {
	b, err := roster.Open(f)
	if n := len(prekeys); err == nil && n > 0 {
		// It ended if its node key has left the chain; the next is on its way.
		if err := b.Add("prekey", prekeys[n-1]); err != nil && !errors.Is(err, comity.Untrusted) {
			return nil, err
		}
	}
	return b, err
}

// CheckPins refuses a chain entry that names the certificate of another party: by
// its certificate a node tells who calls, and who names another's could cut that
// one off.
func (k *Keeper) CheckPins(tx *store.Tx, c comity.Chain) error {
	rows, err := tx.Parties()
	if err != nil {
		return err
	}
	others := []comity.Party{k.Party}
	for _, r := range rows {
		if r.Party != c.Party && r.State != Pending { // nobody has confirmed what a pending one says
			others = append(others, r.Party)
		}
	}
	for _, p := range others {
		b, err := k.Book(tx, p)
		if err != nil {
			return err
		}
		theirs, _ := b.Chain()
		for _, pin := range c.TLS {
			if slices.Contains(theirs.TLS, pin) {
				return comity.Errorf(comity.Untrusted, "chain entry %d of %s names certificate %s, which is that of %s", c.N, c.Party, pin.Short(), p)
			}
		}
	}
	return nil
}

func entries(tx *store.Tx, p comity.Party, typ string) ([]comity.Signed, error) {
	rows, err := tx.Entries(p, typ)
	if err != nil {
		return nil, err
	}
	var list []comity.Signed
	for _, r := range rows {
		s, err := signed(r)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func signed(e store.Entry) (comity.Signed, error) {
	s := comity.Signed{Bytes: e.Bytes}
	return s, json.Unmarshal(e.Sigs, &s.Sigs)
}

// Entry makes the row of an entry.
func Entry(p comity.Party, typ string, n uint64, s comity.Signed) (store.Entry, error) {
	sigs, err := seal.Encode(s.Sigs)
	return store.Entry{Party: p, Type: typ, N: n, Hash: seal.H(typ, s.Bytes), Bytes: s.Bytes, Sigs: sigs}, err
}

// Profile returns the profile of that hash.
func (k *Keeper) Profile(tx *store.Tx, hash comity.Hash) (comity.Profile, error) {
	p, err := k.profile(tx, hash)
	return p.Profile, err
}

// ProfileOf returns the profile that a header of a pair's channel names. Another
// pair's is not found: it may ask for less.
func (k *Keeper) ProfileOf(tx *store.Tx, peer comity.Party, hash comity.Hash) (comity.Profile, error) {
	p, err := k.profile(tx, hash)
	if err == nil && p.peer != peer {
		err = comity.Errorf(comity.NotFound, "profile %s is not of the pair with %s", hash.Short(), peer)
	}
	return p.Profile, err
}

type profile struct {
	comity.Profile
	peer comity.Party
}

func (k *Keeper) profile(tx *store.Tx, hash comity.Hash) (profile, error) {
	k.mu.Lock()
	p, ok := k.profiles[hash]
	k.mu.Unlock()
	if ok {
		return p, nil
	}
	e, err := tx.EntryByHash(hash)
	if err != nil {
		return p, err
	}
	if e.Type != "profile" {
		return p, comity.Errorf(comity.NotFound, "%s is not a profile", hash.Short())
	}
	p.peer = e.Party
	if err := json.Unmarshal(e.Bytes, &p.Profile); err != nil {
		return p, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.profiles == nil {
		k.profiles = map[comity.Hash]profile{}
	}
	k.profiles[hash] = p
	return p, nil
}

// Prekey returns the private half of our prekey whose key has that name.
func (k *Keeper) Prekey(tx *store.Tx, name comity.Hash) (*seal.Prekey, error) {
	k.mu.Lock()
	p, ok := k.prekeys[name]
	k.mu.Unlock()
	if ok {
		return p, nil
	}
	rows, err := tx.Entries(k.Party, "prekey")
	if err != nil {
		return nil, err
	}
	for i := len(rows) - 1; i >= 0; i-- {
		var pk comity.Prekey
		if err := json.Unmarshal(rows[i].Bytes, &pk); err != nil {
			return nil, err
		}
		if seal.KeyName(pk.Key) != name || rows[i].Box == nil {
			continue
		}
		secret, err := k.Node.Box.Open("prekey", rows[i].Box)
		if err != nil {
			return nil, err
		}
		if p, err = seal.ParsePrekey(secret); err != nil {
			return nil, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.prekeys == nil {
			k.prekeys = map[comity.Hash]*seal.Prekey{}
		}
		k.prekeys[name] = p
		return p, nil
	}
	return nil, comity.Errorf(comity.NotFound, "prekey %s is not ours, or has been destroyed", name.Short())
}

// DropPrekey destroys the private half of a prekey of ours, here and in the record.
func (k *Keeper) DropPrekey(tx *store.Tx, e store.Entry) error {
	var p comity.Prekey
	if err := json.Unmarshal(e.Bytes, &p); err != nil {
		return err
	}
	k.mu.Lock()
	delete(k.prekeys, seal.KeyName(p.Key))
	k.mu.Unlock()
	return tx.DropBox(e.Hash)
}

// A Channel is a channel's row with its state read.
type Channel struct {
	store.Channel
	State exchange.State
}

// Channels returns every channel.
func Channels(tx *store.Tx) ([]Channel, error) {
	rows, err := tx.Channels()
	if err != nil {
		return nil, err
	}
	list := make([]Channel, len(rows))
	for i, r := range rows {
		list[i].Channel = r
		if err := json.Unmarshal(r.State, &list[i].State); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ChannelTo returns the channel with a peer in a realm.
func ChannelTo(tx *store.Tx, peer comity.Party, realm comity.Realm) (Channel, error) {
	r, err := channelTo(tx, peer, realm)
	if err != nil {
		return Channel{}, err
	}
	c := Channel{Channel: r}
	return c, json.Unmarshal(r.State, &c.State)
}

// ChannelID returns the name of the channel with a peer in a realm.
func ChannelID(tx *store.Tx, peer comity.Party, realm comity.Realm) (comity.Hash, error) {
	r, err := channelTo(tx, peer, realm)
	return r.ID, err
}

func channelTo(tx *store.Tx, peer comity.Party, realm comity.Realm) (store.Channel, error) {
	rows, err := tx.Channels()
	if err != nil {
		return store.Channel{}, err
	}
	for _, r := range rows {
		if r.Peer == peer && r.Realm == realm {
			return r, nil
		}
	}
	return store.Channel{}, comity.Errorf(comity.NotFound, "there is no active pair with %q in realm %s; comity peers lists what there is", peer, realm)
}

// OpenChannel sets a channel up, once the pair's profile bears both signatures.
func (k *Keeper) OpenChannel(tx *store.Tx, peer comity.Party, realm comity.Realm, profile comity.Hash) error {
	ours, err := k.Book(tx, k.Party)
	if err != nil {
		return err
	}
	theirs, err := k.Book(tx, peer)
	if err != nil {
		return err
	}
	id := ours.ChannelWith(theirs, realm)
	s, err := json.Marshal(exchange.NewState(force(ours, profile), force(theirs, profile)))
	if err != nil {
		return err
	}
	return tx.PutChannel(store.Channel{ID: id, Peer: peer, Realm: realm, State: s})
}

// OpenRealm opens our end of an exercise with a peer whose pair is active, under
// the pair's newest profile. The first items of a channel repeat the entries that
// it was set up with, so both ends must mean the same: opened again before
// anything of the peer's has come, ours takes its newest entries anew.
func (k *Keeper) OpenRealm(ctx context.Context, peer comity.Party, realm comity.Realm) error {
	var there comity.Hash
	err := k.DB.Update(ctx, func(tx *store.Tx) error {
		theirs, err := k.bookAt(tx, peer)
		if err != nil {
			return err
		}
		if theirs.profile.IsZero() {
			return comity.Errorf(comity.Unavailable, "the pair with %s is not active yet: both roots sign its profile first", peer)
		}
		if there, err = ChannelID(tx, peer, realm); errors.Is(err, comity.NotFound) {
			err = k.OpenChannel(tx, peer, realm, theirs.profile)
		}
		return err
	})
	if err != nil || there.IsZero() {
		return err
	}
	_, err = k.Turn(ctx, there, func(t *Turn) error {
		if t.State.Want > 0 {
			return comity.Errorf(comity.Conflict, "%s with %s is open already", realm, peer)
		}
		theirs, err := k.bookAt(t.Tx, peer)
		t.State.In = force(theirs.book, theirs.profile)
		return err
	})
	return err
}

func force(b *roster.Book, profile comity.Hash) exchange.Force {
	_, chain := b.Chain()
	_, page := b.Roster()
	return exchange.Force{Profile: profile, Chain: chain, Roster: page}
}

// View runs f on one snapshot.
func (k *Keeper) View(ctx context.Context, f func(*store.Tx) error) error { return k.DB.View(ctx, f) }
