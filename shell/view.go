package shell

import (
	"encoding/json"
	"slices"
	"time"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/record"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// Thread returns any matter as its officers look at it, and what it is.
func (n *Node) Thread(tx *store.Tx, realm comity.Realm, ref comity.Ref) (*thread.Thread, thread.Capability, error) {
	if err := n.Sees(tx, realm, ref, n.Reader); err != nil {
		return nil, thread.Capability{}, err
	}
	return n.threadAll(tx, realm, ref)
}

// threadAll is Thread whoever looks: for what the node does by itself.
func (n *Node) threadAll(tx *store.Tx, realm comity.Realm, ref comity.Ref) (*thread.Thread, thread.Capability, error) {
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

// thread is Thread whoever looks: what the parties have settled binds every seat.
func (n *Node) thread(tx *store.Tx, m store.Matter) (*thread.Thread, error) {
	h, _, err := n.history(tx, m.Realm, m.Ref)
	if err != nil {
		return nil, err
	}
	c, err := opened(h)
	if err != nil {
		return nil, err
	}
	return thread.Project(c, h), nil
}

func opened(h thread.History) (thread.Capability, error) {
	for _, s := range h.Statements {
		if c, ok := Find(s.Kind); ok && s.Refused == "" {
			return c, nil
		}
	}
	return thread.Capability{}, comity.Errorf(comity.NotFound, "nothing has opened %s", h.Ref)
}

// Whole is what every matter has, of any, whoever looks: for the doctor, who names
// no contents.
func (n *Node) Whole(tx *store.Tx, realm comity.Realm, ref comity.Ref) (thread.View, error) {
	h, _, err := n.history(tx, realm, ref)
	if err != nil {
		return thread.View{}, err
	}
	c, err := opened(h)
	if err != nil {
		return thread.View{}, err
	}
	return thread.Project(c, h).View, nil
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
	h, _, err := n.history(tx, realm, ref)
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
	return n.Project(tx, h)
}

// Project makes the view of a request from its history.
func (n *Node) Project(tx *store.Tx, h thread.History) (request.View, error) {
	y, err := n.Yardstick(tx, h)
	if err != nil {
		return request.View{}, err
	}
	return request.Project(h, y), nil
}

// Yardstick returns what a request is measured by: the guidelines it cites.
func (n *Node) Yardstick(tx *store.Tx, h thread.History) (request.Yardstick, error) {
	lib, err := n.Library(tx)
	if err != nil {
		return request.Yardstick{}, err
	}
	taken, err := n.Calendars(tx)
	return yardstick(lib, taken, h), err
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
	h := thread.History{Ref: ref, Me: n.Party, Now: n.Keeper.Now()}
	m, err := tx.Matter(realm, ref)
	if err != nil {
		return h, nil, err
	}
	h.Peer, h.Zones = m.Peer, zones(tx, n.Keeper, m.Peer)
	ch, err := record.ChannelTo(tx, m.Peer, realm)
	if err != nil {
		return h, nil, err
	}
	p, err := n.Keeper.Profile(tx, ch.State.In.Profile)
	if err != nil {
		return h, nil, err
	}
	h.Skew = time.Duration(p.Skew) * time.Second
	rows, err := tx.StatementsOf(realm, ref)
	if err != nil {
		return h, nil, err
	}
	for _, r := range rows {
		if r.Status == store.Returned {
			continue
		}
		s, err := n.said(tx, r)
		if err != nil {
			return h, nil, err
		}
		h.Statements = append(h.Statements, s)
	}
	return h, rows, nil
}

// said is a stored statement as a projection wants it.
func (n *Node) said(tx *store.Tx, r store.Statement) (thread.Statement, error) {
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
	if r.Status == store.Ready {
		s.Time = r.Released.Time
	} else {
		receipt, ok, err := tx.ReceiptCovering(r.Channel, r.Epoch, !r.Mine, uint64(r.Seq))
		if err != nil {
			return s, err
		}
		if ok {
			s.Receipted = receipt.At.Time
		}
	}
	parts, err := tx.Parts(r.Channel, r.ID)
	if err != nil {
		return s, err
	}
	if i := slices.IndexFunc(parts, func(p store.Part) bool { return p.Name == "body" && !p.Erased }); i >= 0 {
		s.Body = parts[i].Body
	}
	files, err := tx.Files(r.Channel, r.ID)
	for _, f := range files {
		s.Files = append(s.Files, thread.File{Name: f.Name, Size: f.Size, Cipher: f.Cipher, Received: f.ReceiptAt.Time})
	}
	return s, err
}
