package shell

import (
	"encoding/json"
	"slices"
	"time"

	"comity"
	"comity/record"
	"comity/request"
	"comity/store"
)

// View returns a matter as its officers look at it.
func (n *Node) View(tx *store.Tx, realm comity.Realm, ref comity.Ref) (request.View, error) {
	h, _, err := n.History(tx, realm, ref)
	if err != nil {
		return request.View{}, err
	}
	return request.Project(h), nil
}

// History gathers what a view is made of, and the rows it came from. What came
// back to its officers was never said: it is among the rows alone.
func (n *Node) History(tx *store.Tx, realm comity.Realm, ref comity.Ref) (request.History, []store.Statement, error) {
	h := request.History{Ref: ref, Me: n.Party, Now: n.Keeper.Now()}
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
func (n *Node) said(tx *store.Tx, r store.Statement) (request.Statement, error) {
	s := request.Statement{ID: r.ID, Kind: r.Kind, From: r.Author, Seats: r.Signers, Time: r.At.Time}
	var m comity.Manifest
	if err := json.Unmarshal(r.Manifest, &m); err != nil && r.Status != store.Refused {
		return s, err
	}
	s.After, s.Release = m.After, m.Release
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
		s.Files = append(s.Files, request.File{Name: f.Name, Size: f.Size, Received: f.ReceiptAt.Time})
	}
	return s, err
}
