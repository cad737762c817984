package shell

import (
	"context"
	"encoding/json"
	"fmt"

	"comity/cabinet"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// moves is what the line of a matter waits for that changes of itself.
const moves = "now"

// few is how many lines of the agenda are made in one transaction: none waits long.
const few = 128

// Due is a line of the agenda: a matter, and what is owed in it.
type Due struct {
	store.Matter
	request.Entry
	Place cabinet.Place
}

// UpToDate makes the lines of the agenda that are of before their matters were last
// written, or of before the guidelines changed. told hears how many have been made. It
// may be cancelled, and loses nothing.
func (n *Node) UpToDate(ctx context.Context, told func(done int)) error {
	done := 0
	for after, more := (cabinet.Version{}), true; more; {
		made, last, err := n.Refresh(ctx, after, true)
		if err != nil {
			return err
		}
		done, after, more = done+made, last, last.Ref != ""
		told(done)
	}
	return nil
}

// Refresh makes the next lines of the agenda, a few, and returns how many, and the
// last of them if there may be more. Lines that change of themselves are made again
// only for somebody who looks, once.
func (n *Node) Refresh(ctx context.Context, after cabinet.Version, looks bool) (made int, last cabinet.Version, err error) {
	rules, same := "", false
	var lines []cabinet.Line
	err = n.DB.View(ctx, func(tx *store.Tx) (err error) {
		lib, err := n.Library(tx)
		if err != nil {
			return err
		}
		rules = fmt.Sprintf("%d %s", request.EntryVersion, lib.Hash())
		if same, err = cabinet.RuledBy(tx, rules); err != nil || !same {
			return err
		}
		lines, last, err = n.lines(tx, after, looks)
		return err
	})
	if err != nil || same && len(lines) == 0 {
		return 0, last, err
	}
	err = n.DB.Update(ctx, func(tx *store.Tx) error {
		if !same {
			return cabinet.Rule(tx, rules)
		}
		for _, l := range lines {
			if err := cabinet.PutLine(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !same {
		return n.Refresh(ctx, after, looks)
	}
	return len(lines), last, err
}

func (n *Node) lines(tx *store.Tx, after cabinet.Version, looks bool) (lines []cabinet.Line, last cabinet.Version, err error) {
	list, err := cabinet.Unlisted(tx, after, few)
	if err != nil {
		return nil, last, err
	}
	if len(list) == few {
		last = list[few-1]
	}
	if after.Ref == "" {
		waiting, err := cabinet.Behind(tx)
		if err != nil {
			return nil, last, err
		}
		list = append(list, waiting...)
	}
	sight := n.Sight(tx)
	for _, v := range list {
		m, err := tx.Matter(v.Realm, v.Ref)
		if err != nil {
			return nil, last, err
		}
		r, err := sight.reach(m.Peer, m.Realm)
		if err != nil {
			return nil, last, err
		}
		if v.Waits == r.heard || v.Waits == moves && !looks {
			continue // it still says what is so
		}
		l, err := sight.line(m)
		if err != nil {
			return nil, last, err
		}
		l.Version = v.N
		lines = append(lines, l)
	}
	return lines, last, nil
}

func (s *Sight) line(m store.Matter) (l cabinet.Line, err error) {
	h, _, err := s.History(m)
	if err != nil {
		return l, err
	}
	e := request.Entry{}
	if IsRequest(m.Kind) {
		y, err := s.Yardstick(h)
		if err != nil {
			return l, err
		}
		e = request.Enter(h, y)
	} else {
		c, _ := Find(m.Kind)
		v := thread.Project(c, h).View
		e.State, e.Owes, e.Says, e.Unsigned = v.State, v.Owes, request.Saying{Soon: c.Table().State(v.State).Says}, v.Unsigned(s.n.Party)
	}
	e.TLP = h.TLP(m.TLP)
	l = cabinet.Line{Of: m, Due: e.Due, Owes: e.Owes, Warned: e.WarnFrom, Unsigned: e.Unsigned, Ruled: e.Ruled, Strict: Strict(e.TLP)}
	switch {
	case e.Moves:
		l.Waits = moves
	case e.Waits:
		l.Waits = s.sides[side{m.Peer, m.Realm}].heard
	}
	l.Body, err = json.Marshal(e)
	return l, err
}

// Agenda returns the matters of a filter that the reader may read, in the order in
// which they are due, after a place. As in Matters, others leave no gap.
func (n *Node) Agenda(tx *store.Tx, f store.Filter, after cabinet.Place) (list []Due, err error) {
	sight := n.Sight(tx)
	for {
		rows, err := cabinet.Agenda(tx, f, after)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			d := Due{Matter: r.Matter, Place: r.Place}
			ok, err := sight.Reads(d.Matter)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			if err := json.Unmarshal(r.Body, &d.Entry); err != nil {
				return nil, err
			}
			if list = append(list, d); f.Limit > 0 && len(list) == f.Limit {
				return list, nil
			}
		}
		if f.Limit == 0 || len(rows) < f.Limit {
			return list, nil
		}
		after = rows[len(rows)-1].Place
	}
}

// Count counts the matters of a filter that the reader may read, by when they are due.
func (n *Node) Count(tx *store.Tx, f store.Filter) (cabinet.Counts, error) {
	now := n.Keeper.Now()
	c, err := cabinet.Count(tx, f, "", now)
	if err != nil {
		return c, err
	}
	kept, err := cabinet.Kept(tx)
	if err != nil {
		return c, err
	}
	sight, in := n.Sight(tx), f.Realm
	for _, v := range kept {
		if in != "" && v.Realm != in {
			continue
		}
		f.Realm = v.Realm
		one, err := cabinet.Count(tx, f, v.Ref, now)
		if err != nil {
			return c, err
		}
		if one == (cabinet.Counts{}) {
			continue
		}
		m, err := tx.Matter(v.Realm, v.Ref)
		if err != nil {
			return c, err
		}
		ok, err := sight.Reads(m)
		if err != nil {
			return c, err
		}
		if !ok {
			c = c.Less(one)
		}
	}
	return c, nil
}
