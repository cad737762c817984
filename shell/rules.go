package shell

import (
	"errors"
	"slices"
	"time"

	"comity"
	"comity/cabinet"
	"comity/casefile"
	"comity/guide"
	"comity/pair"
	"comity/store"
)

// Setting returns what a request of ours to a peer is checked against.
func (n *Node) Setting(tx *store.Tx, realm comity.Realm, to comity.Party, r *guide.Request) (guide.Setting, error) {
	lib, err := n.Library(tx)
	if err != nil {
		return guide.Setting{}, err
	}
	s := guide.Setting{Realm: realm, Now: n.Keeper.Now(), From: n.Party, To: to, Texts: lib.CheckText}
	p, ok, err := n.InForce(tx, to, r.Basis.ID)
	if err != nil {
		return s, err
	}
	if h, err := comity.ParseHash(r.Basis.Pack); err == nil { // a draft keeps the version that it cites
		if cited, there := lib.ByHash(h); there && cited.ID == r.Basis.ID {
			p, ok = cited, true
		}
	}
	if ok {
		s.Pack = &p
	}
	s.Directory, err = n.Directory(tx, realm, to)
	return s, err
}

// Directory returns the agencies that the two parties have published to each other.
func (n *Node) Directory(tx *store.Tx, realm comity.Realm, peer comity.Party) (list []guide.Agency, err error) {
	err = n.each(tx, store.Filter{Realm: realm, Peer: peer, Kind: pair.OpensDirectory}, func(m store.Matter) error {
		th, _, err := n.Thread(tx, m.Realm, m.Ref)
		if err == nil {
			list = append(list, pair.Published(th)...)
		}
		return err
	})
	return list, err
}

func (n *Node) each(tx *store.Tx, f store.Filter, do func(store.Matter) error) error {
	rows, err := tx.Matters(f)
	for _, m := range rows {
		if err == nil {
			err = do(m)
		}
	}
	return err
}

// usualWindow is how far back the rate of emergencies is looked at.
const usualWindow = 90 * 24 * time.Hour

// Past returns what our own record says of what was asked before.
func (n *Node) Past(tx *store.Tx, r *guide.Request) (p guide.Past, err error) {
	if p.Like, err = cabinet.Like(tx, comity.Live, guide.Traces(*r)); err != nil {
		return p, err
	}
	p.Requests, p.Emergencies, err = cabinet.Rates(tx, comity.Live, n.Party, n.Keeper.Now().Add(-usualWindow))
	return p, err
}

// Left notes of a request that has left what it named.
func (n *Node) Left(tx *store.Tx, d store.Draft, _ comity.Hash) error {
	r, err := n.requestOf(d)
	if err != nil || r == nil {
		return err
	}
	return cabinet.AddTraces(tx, d.Realm, d.Matter, guide.Traces(*r))
}

// requestOf returns the request that a draft would open a matter with, or nil.
func (n *Node) requestOf(d store.Draft) (*guide.Request, error) {
	if !IsRequest(d.Kind) {
		return nil, nil
	}
	body, err := n.Keeper.Kinds.Read(d.Kind, d.Body)
	if err != nil {
		return nil, err
	}
	return body.(*guide.Request), nil
}

// Stops returns the suspensions in force with a peer.
func (n *Node) Stops(tx *store.Tx, realm comity.Realm, peer comity.Party) (list []pair.Stop, err error) {
	open := true
	err = n.each(tx, store.Filter{Realm: realm, Peer: peer, Kind: pair.OpensSuspension, Open: &open}, func(m store.Matter) error {
		th, _, err := n.Thread(tx, m.Realm, m.Ref)
		if err != nil {
			return err
		}
		if s, ok := pair.Running(th); ok {
			list = append(list, s)
		}
		return nil
	})
	return list, err
}

// suspended says why what a draft says has to wait.
func (n *Node) suspended(tx *store.Tx, d store.Draft) error {
	stops, err := n.Stops(tx, d.Realm, d.Peer)
	if err != nil || len(stops) == 0 {
		return err
	}
	r, err := n.requestOf(d)
	if err != nil {
		return err
	}
	if r == nil {
		v, err := n.View(tx, d.Realm, d.Matter)
		if errors.Is(err, comity.NotFound) || err == nil && v.Request == nil {
			return nil // no request: what the parties settle between them is never stopped
		} else if err != nil {
			return err
		}
		r = v.Request
	}
	for _, s := range stops {
		if s.Holds(r) {
			return comity.Errorf(comity.Conflict, "%s waits: %s suspended %s on %s (%s, %s); it is kept with its signatures, and can be sent when that is lifted. What concerns life or a child at risk is not suspended",
				d.ID, s.By, r.Type, s.Since.UTC().Format("2006-01-02 15:04 UTC"), s.Ref, s.Reason)
		}
	}
	return nil
}

// Gate says why a draft may not leave.
func (n *Node) Gate(tx *store.Tx, d store.Draft, release comity.Release, files []comity.File, seats []comity.Seat) error {
	if d.Kind == casefile.OpensSummary || d.Kind == "summary.correct" {
		body, err := n.Keeper.Kinds.Read(d.Kind, d.Body)
		if err != nil {
			return err
		}
		if by := body.(*casefile.Page).Cleared; !slices.Contains(seats, by) {
			return comity.Errorf(comity.Forbidden, "%s clears this summary, and must be one of the two seats that sign it", by)
		}
	}
	return n.suspended(tx, d)
}
