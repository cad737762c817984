package demo

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"comity"
	"comity/desk"
	"comity/form"
	"comity/record"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// What the scenes are made of: moves, and looks at both databases.

func (st *story) peer(s *side) *side {
	if s == st.us {
		return st.cn
	}
	return st.us
}

// begin drafts a statement at a side's first seat.
func (st *story) begin(s *side, n desk.New, body any) (desk.Draft, error) {
	if err := form.Check(body); err != nil {
		return desk.Draft{}, err
	}
	var err error
	if n.Body, err = form.Encode(body); err != nil {
		return desk.Draft{}, err
	}
	return s.node.desk.Begin(st.ctx, s.seats[0], n)
}

// sign has both officers approve a draft, or one if that suffices, and sends it.
func (st *story) sign(s *side, d desk.Draft) (desk.Draft, error) {
	for _, o := range s.officers {
		var err error
		if d, err = s.node.desk.Approve(st.ctx, d.ID, desk.Word{Officer: o}); err != nil {
			return d, err
		}
		if d.Release.Class == comity.OneSeat {
			break
		}
	}
	return s.node.desk.Send(st.ctx, d.ID)
}

func (st *story) release(s *side, n desk.New, body any) (desk.Draft, error) {
	d, err := st.begin(s, n, body)
	if err != nil {
		return d, err
	}
	return st.sign(s, d)
}

// say releases a statement and waits until both nodes have it and its receipt.
func (st *story) say(s *side, ref comity.Ref, kind comity.Kind, body any) (desk.Draft, request.View, error) {
	d, err := st.release(s, desk.New{Matter: ref, Kind: kind}, body)
	if err != nil {
		return d, request.View{}, err
	}
	v, err := st.arrived(s, d)
	return d, v, err
}

// move writes what a side released, and how long it took to be receipted.
func (st *story) move(s *side, d desk.Draft, v request.View, what string) {
	at := d.Changed.Time
	st.when(at)
	st.who(s, d.Signed, at, "%s", what)
	for _, r := range v.Timeline {
		if r.ID == d.Sent {
			st.line(10, "%s %s, receipted by the node of %s %s after its release", st.dim(string(d.Kind)), st.dim(r.ID.Short()), st.peer(s).party, lasted(r.Receipted.Sub(at)))
			return
		}
	}
	st.line(10, "%s %s, released", st.dim(string(d.Kind)), st.dim(d.Sent.Short()))
}

const (
	patience = 20 * time.Second
	glance   = 10 * time.Millisecond
)

// await looks until something is so.
func (st *story) await(what string, so func() (bool, error)) error {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if ok, err := so(); ok || err != nil {
			return err
		}
		if err := st.sleep(glance); err != nil {
			return err
		}
	}
	return comity.Errorf(comity.Unavailable, "waited %s in vain for %s", patience, what)
}

func (st *story) sleep(d time.Duration) error {
	select {
	case <-st.ctx.Done():
		return fmt.Errorf("interrupted: %w", st.ctx.Err())
	case <-time.After(d):
		return nil
	}
}

// arrived waits until both nodes have a statement with its receipt, and see its
// matter alike.
func (st *story) arrived(s *side, d desk.Draft) (request.View, error) {
	var v request.View
	err := st.await(fmt.Sprintf("%s %s to be receipted", d.Kind, d.Sent.Short()), func() (ok bool, err error) {
		if v, ok, err = st.alike(d.Matter); !ok || err != nil {
			return false, err
		}
		return slices.ContainsFunc(v.Timeline, func(r thread.Row) bool { return r.ID == d.Sent && !r.Receipted.IsZero() }), nil
	})
	return v, err
}

// both returns a matter as both nodes see it.
func (st *story) both(ref comity.Ref) (request.View, error) {
	var v request.View
	err := st.await("both nodes to see "+string(ref)+" alike", func() (ok bool, err error) {
		v, ok, err = st.alike(ref)
		return ok, err
	})
	return v, err
}

// alike projects a matter from each database, as of one moment, and compares all
// that must not depend on who looks.
func (st *story) alike(ref comity.Ref) (request.View, bool, error) {
	now := st.clock.now()
	var vs []request.View
	for _, s := range st.sides() {
		v, err := s.view(st, ref, now)
		if errors.Is(err, comity.NotFound) {
			return v, false, nil
		}
		if err != nil {
			return v, false, err
		}
		v.Heads, v.Next = comity.After{}, nil
		for i := range v.Timeline {
			v.Timeline[i].Settled = false
		}
		vs = append(vs, v)
	}
	return vs[0], reflect.DeepEqual(vs[0], vs[1]), nil
}

func (s *side) view(st *story, ref comity.Ref, now time.Time) (v request.View, err error) {
	err = s.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
		h, _, err := s.node.History(tx, comity.Live, ref)
		if err != nil {
			return err
		}
		h.Now, h.Zones = now, nil
		v, err = s.node.Project(tx, h)
		return err
	})
	return v, err
}

func (s *side) knows(st *story, ref comity.Ref) (there bool, err error) {
	err = s.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
		_, err := tx.Matter(comity.Live, ref)
		there = err == nil
		if errors.Is(err, comity.NotFound) {
			return nil
		}
		return err
	})
	return there, err
}

func (s *side) statement(st *story, id comity.Hash) (row store.Statement, err error) {
	err = s.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
		ch, err := record.ChannelTo(tx, st.peer(s).party, comity.Live)
		if err != nil {
			return err
		}
		row, err = tx.Statement(ch.ID, id)
		return err
	})
	return row, err
}

func (s *side) channel(st *story) (ch record.Channel, err error) {
	err = s.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
		ch, err = record.ChannelTo(tx, st.peer(s).party, comity.Live)
		return err
	})
	return ch, err
}
