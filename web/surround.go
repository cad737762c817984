package web

import (
	"context"

	"comity"
	"comity/exchange"
	"comity/record"
	"comity/store"
	"comity/web/frame"
)

// surround fills in who we are, the capitals, and how the lines stand.
func (s *Server) surround(ctx context.Context, f *frame.Frame) error {
	return s.Node.Keeper.View(ctx, func(tx *store.Tx) error {
		own, err := s.Node.Keeper.Book(tx, s.Node.Party)
		if err != nil {
			return err
		}
		c, _ := own.Chain()
		f.Name = f.W.Of(comity.Text{EN: c.Name.En, ZH: c.Name.Zh})
		if f.Seat == "" {
			f.Zones = s.Node.Zones(tx)
			return nil
		}
		_, at := own.Roster()
		if o, ok := own.Officer(at, f.Seat); ok {
			f.Agency = o.Agency
		}
		list, err := tx.Channels()
		if err != nil {
			return err
		}
		var peers []comity.Party
		silent := 0
		for _, row := range list {
			if row.Realm != comity.Live {
				continue
			}
			ch, err := record.ChannelTo(tx, row.Peer, row.Realm)
			if err != nil {
				return err
			}
			p := frame.Peer{Party: row.Peer, State: "good"}
			if x := ch.State; x.Want > 0 {
				last, err := tx.Item(ch.ID, x.Epoch, false, x.Want-1)
				if err != nil {
					return err
				}
				p.Heard = last.At.Time
			}
			if ch.State.Unreceipted() {
				p.Waits = int(ch.State.Need - ch.State.Receipted)
			}
			switch {
			case ch.State.Mode == exchange.Halted:
				p.State = "halted"
			case ch.State.Alarmed:
				p.State, p.Heard = "silent", ch.State.Since.Time
				silent++
			}
			f.Peers, peers = append(f.Peers, p), append(peers, row.Peer)
		}
		// One node may be silent; when all are, the line is ours.
		if silent > 1 && silent == len(f.Peers) {
			for i := range f.Peers {
				f.Peers[i].State = "down"
			}
		}
		f.Zones = s.Node.Zones(tx, peers...)
		return nil
	})
}
