package reports

import (
	"context"
	"time"

	"comity"
	"comity/cabinet"
	"comity/request"
	"comity/review"
	"comity/shell"
	"comity/store"
)

// Counted is what a review of a period has to go by.
type Counted struct {
	Matters []review.Matter
	TLP     string // the highest of what is counted
	Secret  int    // left out on both sides, since their openings say that their very existence is secret
}

// some is how many matters are measured in one transaction: none waits long.
const some = 256

// Figures returns the requests of a scope as they stood at its end. What was
// measured before is read; what was written since is measured, and kept. told hears
// how many have been measured. It may be cancelled, and loses nothing.
func Figures(ctx context.Context, n *shell.Node, s review.Scope, told func(done int)) (c Counted, err error) {
	peer := s.Parties[0]
	if peer == n.Party {
		peer = s.Parties[1]
	}
	after, done := comity.Ref(""), 0
	for full := true; full; {
		var list []measured
		err := n.DB.View(ctx, func(tx *store.Tx) (err error) {
			list, err = measure(tx, n, s.Realm, after)
			return err
		})
		if err == nil && len(list) > 0 {
			err = n.DB.Update(ctx, func(tx *store.Tx) error { return keep(tx, list) })
		}
		if err != nil {
			return c, err
		}
		if full = len(list) == some; full {
			after = list[len(list)-1].Ref
		}
		done += len(list)
		told(done)
	}
	err = n.DB.View(ctx, func(tx *store.Tx) (err error) {
		c = Counted{Matters: make([]review.Matter, 0, 1024)}
		var again []comity.Ref
		add := func(f request.Figure) {
			m, ok := f.At(s.To)
			if !ok {
				again = append(again, f.Ref)
				return
			}
			c.Matters, c.TLP = append(c.Matters, m), comity.HigherTLP(c.TLP, f.TLP)
		}
		hidden, err := cabinet.Secret(tx, s.Realm)
		if err != nil {
			return err
		}
		// What is under way, or was written since the first look, is measured here.
		fresh := map[comity.Ref]bool{}
		for after, full := comity.Ref(""), true; full; {
			list, err := measure(tx, n, s.Realm, after)
			if err != nil {
				return err
			}
			for _, m := range list {
				after, fresh[m.Ref] = m.Ref, true
				if m.Peer == peer && m.figure != nil && m.Opened.Before(s.To) {
					if hidden[m.Ref] {
						c.Secret++
					} else {
						add(*m.figure)
					}
				}
			}
			full = len(list) == some
		}
		err = cabinet.Figures(tx, s.Realm, peer, s.From, s.To, func(name, body []byte) {
			switch f, ok := request.ParseFigure(body); {
			case fresh[comity.Ref(name)]:
			case hidden[comity.Ref(name)]:
				c.Secret++
			case !ok: // another version of this program wrote it
				again = append(again, comity.Ref(name))
			default:
				add(f)
			}
		})
		if err != nil {
			return err
		}
		for _, ref := range again {
			f, err := figure(tx, n, s.Realm, ref, s.To)
			if err != nil {
				return err
			}
			m, _ := f.At(s.To)
			c.Matters, c.TLP = append(c.Matters, m), comity.HigherTLP(c.TLP, f.TLP)
		}
		return nil
	})
	return c, err
}

// A measured matter has its figure, if it is a request, and is stable if only a
// further statement can change it.
type measured struct {
	cabinet.Unmeasured
	realm  comity.Realm
	figure *request.Figure
	stable bool
}

// measure measures the next matters that are stale.
func measure(tx *store.Tx, n *shell.Node, realm comity.Realm, after comity.Ref) (list []measured, err error) {
	rows, err := cabinet.Stale(tx, realm, after, some)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	sight := n.Sight(tx)
	for _, u := range rows {
		m := measured{Unmeasured: u, realm: realm, stable: true}
		if shell.IsRequest(u.Kind) {
			h, _, err := sight.History(store.Matter{Realm: realm, Ref: u.Ref, Peer: u.Peer})
			if err != nil {
				return nil, err
			}
			y, err := sight.Yardstick(h)
			if err != nil {
				return nil, err
			}
			f, stable := request.Measure(h, y, realm)
			m.figure, m.stable = &f, stable
		}
		list = append(list, m)
	}
	return list, nil
}

func keep(tx *store.Tx, list []measured) error {
	for _, m := range list {
		if !m.stable {
			continue
		}
		f := cabinet.Figure{Realm: m.realm, Ref: m.Ref, Peer: m.Peer, Opened: m.Opened}
		if m.figure != nil {
			f.Body = m.figure.Bytes()
			if !m.figure.Ended.IsZero() {
				f.Last = m.figure.Last
			}
		}
		if err := cabinet.PutFigure(tx, f, m.Version); err != nil {
			return err
		}
	}
	return nil
}

// figure measures a matter by what was said before a moment.
func figure(tx *store.Tx, n *shell.Node, realm comity.Realm, ref comity.Ref, to time.Time) (request.Figure, error) {
	h, _, err := n.History(tx, realm, ref)
	if err != nil {
		return request.Figure{}, err
	}
	y, err := n.Yardstick(tx, h)
	if err != nil {
		return request.Figure{}, err
	}
	early := h.Statements[:0]
	for _, s := range h.Statements {
		if s.Time.Before(to) {
			early = append(early, s)
		}
	}
	h.Statements = early
	if to.Before(h.Now) {
		h.Now = to
	}
	f, _ := request.Measure(h, y, realm)
	return f, nil
}
