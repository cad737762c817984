package shell

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"sync"

	"comity"
	"comity/cabinet"
	"comity/clock"
	"comity/guide"
	"comity/guidelines"
	"comity/pair"
	"comity/seal"
	"comity/store"
	"comity/thread"
)

// A Pact is a pack of guidelines that is in force with a peer.
type Pact struct {
	Peer  comity.Party
	Ref   comity.Ref // the matter in which both adopted it
	Since comity.Time
	Pack  guide.Pack
}

// Pacts returns what is in force with peers: of a pack's name, what was adopted
// last. It is read from the matters alone; what the parse of a text came to is
// kept for as long as the node is open.
func (n *Node) Pacts(tx *store.Tx) (list []Pact, err error) {
	k := n.kept()
	err = n.each(tx, store.Filter{Kind: pair.OpensAdoption, State: pair.InForce}, func(m store.Matter) error {
		key := string(m.Realm) + " " + string(m.Ref)
		k.mu.Lock()
		at, ok := k.pacts[key]
		k.mu.Unlock()
		if !ok || at.changed != m.Changed {
			if at.pact, err = n.pact(tx, m); err != nil {
				return err
			}
			at.changed = m.Changed
			k.mu.Lock()
			if k.pacts == nil {
				k.pacts = map[string]pactAt{}
			}
			k.pacts[key] = at
			k.mu.Unlock()
		}
		if at.pact != nil {
			list = append(list, *at.pact)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Pact) int { return cmp.Or(a.Since.Compare(b.Since.Time), cmp.Compare(a.Ref, b.Ref)) })
	return list, err
}

type pactAt struct {
	changed comity.Time
	pact    *Pact // nil if it does not hold
}

func (n *Node) pact(tx *store.Tx, m store.Matter) (*Pact, error) {
	th, _, err := n.ThreadAll(tx, m.Realm, m.Ref)
	if err != nil {
		return nil, err
	}
	p, err := n.Stands(tx, th)
	if err != nil || !p.Forced {
		return nil, err
	}
	pack, err := guide.Parse(p.Table.Files)
	if err != nil {
		return nil, nil // a peer's proposal may be anything; we adopt none that does not parse
	}
	return &Pact{Peer: m.Peer, Ref: m.Ref, Since: p.Since, Pack: pack}, nil
}

// Stands reads an adoption, and checks the roots' signatures.
func (n *Node) Stands(tx *store.Tx, th *thread.Thread) (pair.Pact, error) {
	var failed error
	p := pair.Stands(th, func(by comity.Party, a pair.Adopted) bool {
		b, err := n.Keeper.Book(tx, by)
		if err != nil {
			failed = err
			return false
		}
		s, err := Adoption(a.Hash, th.Opener, th.Other)
		if err != nil {
			return false
		}
		sig, err := base64.StdEncoding.DecodeString(a.Sig)
		s.Sigs = []comity.Signature{{Key: a.Key, Sig: sig}}
		return err == nil && b.SignedByRoot("guideline", s)
	})
	return p, failed
}

// Adoption returns what a root signs to adopt a pack: its hash, and between whom.
func Adoption(hash comity.Hash, a, b comity.Party) (comity.Signed, error) {
	between := []comity.Party{a, b}
	slices.Sort(between)
	bytes, err := seal.Encode(struct {
		V       int            `json:"v"`
		Pack    comity.Hash    `json:"pack"`
		Between []comity.Party `json:"between"`
	}{1, hash, between})
	return comity.Signed{Bytes: bytes}, err
}

// Library returns the guidelines that are known here: shipped with the program, or
// in force with a peer.
func (n *Node) Library(tx *store.Tx) (*guide.Library, error) {
	lib := guide.Shipped()
	list, err := n.Pacts(tx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		lib = lib.With(p.Pack)
	}
	taken, err := n.Calendars(tx)
	for _, c := range taken {
		lib = lib.WithCalendar(c.File, c.SHA256)
	}
	return lib, err
}

// InForce returns the pack that is in force with a peer under a name: the one that
// both roots adopted last, or else the one that comes with the program.
func (n *Node) InForce(tx *store.Tx, peer comity.Party, id string) (guide.Pack, bool, error) {
	list, err := n.Pacts(tx)
	for _, p := range slices.Backward(list) {
		if p.Peer == peer && p.Pack.ID == id {
			return p.Pack, true, nil
		}
	}
	p, ok := guide.Shipped().Pack(id)
	return p, ok, err
}

var shippedCalendars = sync.OnceValue(func() map[string]clock.Calendar {
	all := map[string]clock.Calendar{}
	entries, err := guidelines.FS.ReadDir("calendars")
	if err != nil {
		return all
	}
	for _, e := range entries {
		b, err := guidelines.FS.ReadFile("calendars/" + e.Name())
		if err != nil {
			continue // a test of package guide reads them all
		}
		if c, err := clock.ParseICS(b); err == nil {
			h := sha256.Sum256(b)
			all[hex.EncodeToString(h[:])] = c
		}
	}
	return all
})

// A TakenCalendar is an .ics file that this party has taken in.
type TakenCalendar struct {
	File     string
	SHA256   comity.Hash
	Calendar clock.Calendar
}

// CalendarMinute is the kind of the party's minutes that hold calendars, by their
// SHA-256; the body is the file's name, a line feed, and the file.
const CalendarMinute = "calendar"

// Calendars returns the calendars that this party has taken in, the oldest first.
func (n *Node) Calendars(tx *store.Tx) (list []TakenCalendar, err error) {
	rows, err := cabinet.Minutes(tx, cabinet.Choice{Scope: cabinet.Party, Kind: CalendarMinute})
	for _, m := range rows {
		name, file, _ := bytes.Cut(m.Body, []byte("\n"))
		c, err := clock.ParseICS(file)
		if err != nil {
			return nil, err
		}
		list = append(list, TakenCalendar{string(name), sha256.Sum256(file), c})
	}
	return list, err
}

// basis is the pack that rests on no treaty: what it says holds between any two
// parties that have adopted no other.
const basis = "bilateral-default"

// Between returns the pack that two parties go by when they cite no treaty, and the
// working days of both.
func (n *Node) Between(tx *store.Tx, peer comity.Party) (guide.Pack, map[comity.Party]clock.Calendar, error) {
	p, _, err := n.InForce(tx, peer, basis)
	if err != nil {
		return p, nil, err
	}
	taken, err := n.Calendars(tx)
	return p, calendars(p, taken), err
}

// calendars returns the calendars that a pack names and that are here, by party:
// those that come with the program, and those that were taken in. Both sides count
// the same days, because a pack names them by their hash.
func calendars(p guide.Pack, taken []TakenCalendar) map[comity.Party]clock.Calendar {
	list := map[comity.Party]clock.Calendar{}
	for _, ref := range p.Calendars {
		if c, ok := shippedCalendars()[ref.SHA256]; ok {
			list[ref.Party] = c
		}
		for _, t := range taken {
			if t.SHA256.String() == ref.SHA256 {
				list[ref.Party] = t.Calendar
			}
		}
	}
	return list
}
