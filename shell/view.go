package shell

import (
	"encoding/json"
	"fmt"
	"time"

	"comity"
	"comity/clock"
	"comity/form"
	"comity/guide"
	"comity/record"
	"comity/request"
	"comity/seal"
	"comity/store"
	"comity/thread"
)

// Thread returns any matter as its officers look at it, and what it is.
func (n *Node) Thread(tx *store.Tx, realm comity.Realm, ref comity.Ref) (*thread.Thread, thread.Capability, error) {
	if err := n.Sees(tx, realm, ref, n.Reader); err != nil {
		return nil, thread.Capability{}, err
	}
	return n.ThreadAll(tx, realm, ref)
}

// ThreadAll is Thread whoever looks: for what the node does by itself, and for what
// the parties have settled, which binds every seat.
func (n *Node) ThreadAll(tx *store.Tx, realm comity.Realm, ref comity.Ref) (*thread.Thread, thread.Capability, error) {
	h, _, err := n.history(tx, realm, ref)
	if err != nil {
		return nil, thread.Capability{}, err
	}
	c, err := opened(h)
	if err != nil {
		return nil, c, err
	}
	return thread.Project(c, h), c, nil
}

func opened(h thread.History) (thread.Capability, error) {
	for _, s := range h.Statements {
		if c, ok := Find(s.Kind); ok && s.Refused == "" {
			return c, nil
		}
	}
	return thread.Capability{}, comity.Errorf(comity.NotFound, "nothing has opened %s", h.Ref)
}

// View returns a request as its officers look at it.
func (n *Node) View(tx *store.Tx, realm comity.Realm, ref comity.Ref) (request.View, error) {
	if err := n.Sees(tx, realm, ref, n.Reader); err != nil {
		return request.View{}, err
	}
	return n.ViewAll(tx, realm, ref)
}

// ViewAll is View whoever looks: for what the node does by itself.
func (n *Node) ViewAll(tx *store.Tx, realm comity.Realm, ref comity.Ref) (request.View, error) {
	return n.Sight(tx).view(realm, ref)
}

func (s *Sight) view(realm comity.Realm, ref comity.Ref) (request.View, error) {
	m, err := s.tx.Matter(realm, ref)
	if err != nil {
		return request.View{}, err
	}
	h, _, err := s.History(m)
	if err != nil {
		return request.View{}, err
	}
	c, err := opened(h)
	if err == nil && !IsRequest(c.Opens()) {
		err = comity.Errorf(comity.NotFound, "%s is %s, and no request", ref, c.Says.EN)
	}
	if err != nil {
		return request.View{}, err
	}
	return s.Project(h)
}

// Project makes the view of a request from its history.
func (n *Node) Project(tx *store.Tx, h thread.History) (request.View, error) {
	return n.Sight(tx).Project(h)
}

// Yardstick returns what a request is measured by: the guidelines it cites.
func (n *Node) Yardstick(tx *store.Tx, h thread.History) (request.Yardstick, error) {
	return n.Sight(tx).Yardstick(h)
}

func yardstick(lib *guide.Library, taken []TakenCalendar, h thread.History) request.Yardstick {
	for _, s := range h.Statements {
		if s.Refused != "" || !IsRequest(s.Kind) {
			continue
		}
		var r guide.Request
		if form.Decode(s.Body, &r) != nil {
			continue // it was erased: nothing is measured
		}
		p, ok := request.PackOf(lib, &r)
		if !ok {
			continue
		}
		return request.Yardstick{Pack: p, Calendars: calendars(p, taken)}
	}
	return request.Yardstick{}
}

// History gathers what a view is made of, and the rows it came from. What came
// back to its officers was never said: it is among the rows alone.
func (n *Node) History(tx *store.Tx, realm comity.Realm, ref comity.Ref) (thread.History, []store.Statement, error) {
	if err := n.Sees(tx, realm, ref, n.Reader); err != nil {
		return thread.History{}, nil, err
	}
	return n.history(tx, realm, ref)
}

// history is History whoever looks: for what the node does by itself.
func (n *Node) history(tx *store.Tx, realm comity.Realm, ref comity.Ref) (thread.History, []store.Statement, error) {
	m, err := tx.Matter(realm, ref)
	if err != nil {
		return thread.History{Ref: ref}, nil, err
	}
	return n.Sight(tx).History(m)
}

// A Sight looks at many matters in one transaction: what they share is read once.
type Sight struct {
	n     *Node
	tx    *store.Tx
	lib   *guide.Library
	taken []TakenCalendar
	sides map[side]reach
	kept  map[MatterName]bool // what is not for every seat; nil if it was not asked yet
}

type side struct {
	peer  comity.Party
	realm comity.Realm
}

type reach struct {
	skew  time.Duration
	zones []clock.Zone
	heard string // another whenever an item came or went
}

// Sight returns what looks at matters, whoever looks.
func (n *Node) Sight(tx *store.Tx) *Sight {
	return &Sight{n: n, tx: tx, sides: map[side]reach{}}
}

// Project makes the view of a request from its history.
func (s *Sight) Project(h thread.History) (request.View, error) {
	y, err := s.Yardstick(h)
	if err != nil {
		return request.View{}, err
	}
	return request.Project(h, y), nil
}

// Yardstick returns what a request is measured by: the guidelines it cites.
func (s *Sight) Yardstick(h thread.History) (_ request.Yardstick, err error) {
	if s.lib == nil {
		if s.lib, err = s.n.Library(s.tx); err != nil {
			return request.Yardstick{}, err
		}
		if s.taken, err = s.n.Calendars(s.tx); err != nil {
			return request.Yardstick{}, err
		}
	}
	return yardstick(s.lib, s.taken, h), nil
}

func (s *Sight) reach(peer comity.Party, realm comity.Realm) (reach, error) {
	if r, ok := s.sides[side{peer, realm}]; ok {
		return r, nil
	}
	ch, err := record.ChannelTo(s.tx, peer, realm)
	if err != nil {
		return reach{}, err
	}
	p, err := s.n.Keeper.Profile(s.tx, ch.State.In.Profile)
	if err != nil {
		return reach{}, err
	}
	r := reach{time.Duration(p.Skew) * time.Second, zones(s.tx, s.n.Keeper, peer), fmt.Sprintf("%x/%d/%d/%d", ch.ID[:4], ch.State.Epoch, ch.State.Next, ch.State.Want)}
	s.sides[side{peer, realm}] = r
	return r, nil
}

// History gathers what a matter's view is made of, and the rows it came from.
func (s *Sight) History(m store.Matter) (thread.History, []store.Statement, error) {
	h := thread.History{Ref: m.Ref, Me: s.n.Party, Peer: m.Peer, Now: s.n.Keeper.Now()}
	r, err := s.reach(m.Peer, m.Realm)
	if err != nil {
		return h, nil, err
	}
	h.Zones, h.Skew = r.zones, r.skew
	rows, err := s.tx.StatementsOf(m.Realm, m.Ref)
	if err != nil {
		return h, nil, err
	}
	var has leaves
	for _, row := range rows {
		if row.Status == store.Returned {
			continue
		}
		if has.of != row.Channel {
			if has, err = s.leaves(row.Channel, m); err != nil {
				return h, nil, err
			}
		}
		said, err := s.n.said(row, has)
		if err != nil {
			return h, nil, err
		}
		h.Statements = append(h.Statements, said)
	}
	return h, rows, nil
}

// leaves are what a matter's statements have in a channel, beside their rows.
type leaves struct {
	of       comity.Hash // the channel
	parts    map[comity.Hash][]store.Part
	files    map[comity.Hash][]store.File
	receipts map[comity.Hash]comity.Time
}

func (s *Sight) leaves(ch comity.Hash, m store.Matter) (l leaves, err error) {
	l.of = ch
	if l.parts, err = s.tx.PartsOf(ch, m.Realm, m.Ref); err != nil {
		return l, err
	}
	if l.files, err = s.tx.FilesOf(ch, m.Realm, m.Ref); err != nil {
		return l, err
	}
	l.receipts, err = s.tx.ReceiptsOf(ch, m.Realm, m.Ref)
	return l, err
}

// passkeys returns the seats of signatures that are assertions. They were checked under
// the roster before they were kept, and nothing else that is one of a key can be read so.
func passkeys(list []byte) (seats []comity.Seat) {
	var sigs []comity.Signature
	if json.Unmarshal(list, &sigs) != nil {
		return nil
	}
	for _, s := range sigs {
		if _, err := seal.DecodeAssertion(s.Sig); err == nil {
			seats = append(seats, s.Seat)
		}
	}
	return seats
}

// said is a stored statement as a projection wants it.
func (n *Node) said(r store.Statement, has leaves) (thread.Statement, error) {
	s := thread.Statement{ID: r.ID, Kind: r.Kind, From: r.Author, Seats: r.Signers, Time: r.At.Time}
	var m comity.Manifest
	if err := json.Unmarshal(r.Manifest, &m); err != nil && r.Status != store.Refused {
		return s, err
	}
	s.After, s.Release, s.Marking = m.After, m.Release, m.Marking
	place := r
	if r.Status == store.Refused {
		// It has its place all the same, whatever its manifest is worth.
		s.Refused, place.Status, place.Manifest = r.Code, store.Placed, []byte("{}")
	}
	entries, err := n.Keeper.Entries([]store.Statement{place})
	if err != nil {
		return s, err
	}
	s.Pos, s.Seen = entries[0].Pos, entries[0].Seen
	if s.Refused == "" {
		s.Passkeys = passkeys(r.Sigs)
	}
	if r.Status == store.Ready {
		s.Time = r.Released.Time
	} else {
		s.Receipted = has.receipts[r.ID].Time
	}
	for _, p := range has.parts[r.ID] {
		if p.Name == "body" && !p.Erased {
			s.Body = p.Body
		}
	}
	for _, f := range has.files[r.ID] {
		s.Files = append(s.Files, thread.File{Name: f.Name, Size: f.Size, Cipher: f.Cipher, Received: f.ReceiptAt.Time})
	}
	return s, nil
}
