package proof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"comity"
	"comity/cabinet"
	"comity/evidence"
	"comity/ledger"
	"comity/record"
	"comity/session"
	"comity/shell"
	"comity/store"
)

// A stream is one direction of a channel, in the epoch that it is in.
type stream struct {
	Peer     comity.Party `json:"peer"`
	Realm    comity.Realm `json:"realm"`
	Channel  comity.Hash  `json:"channel"`
	From     comity.Party `json:"from"`
	Epoch    uint64       `json:"epoch"`
	Size     uint64       `json:"size"`
	Root     comity.Hash  `json:"root"`
	Cosigned uint64       `json:"cosigned"` // how many items a receipt of the other side covers

	mine bool
}

// streams lists both directions of every channel that the flags choose.
func (n *node) streams(tx *store.Tx, peer comity.Party, realm comity.Realm) ([]stream, error) {
	channels, err := record.Channels(tx)
	if err != nil {
		return nil, err
	}
	var list []stream
	for _, c := range channels {
		if peer != "" && c.Peer != peer || realm != "" && c.Realm != realm {
			continue
		}
		s := c.State
		list = append(list,
			stream{c.Peer, c.Realm, c.ID, n.Party, s.Epoch, s.Next, s.OutRoot, s.Receipted, true},
			stream{c.Peer, c.Realm, c.ID, c.Peer, s.Epoch, s.Want, s.InRoot, min(s.Covered, s.Want), false})
	}
	if len(list) == 0 {
		return nil, comity.Errorf(comity.NotFound, "there is no such channel here; comity peers lists what there is")
	}
	return list, nil
}

// log shows the logs of channels, and the journal.
func (a *app) log(args []string) error {
	fs := a.Flags("log")
	peer := fs.String("peer", "", "only the channel with this party")
	realm := fs.String("realm", "", "only this realm")
	by := fs.String("by", "", "items: only this party's")
	epoch := fs.Int64("epoch", -1, "items: of this epoch (default: the one that is on)")
	from := fs.Int64("from", -1, "items, journal: the first number (default: the last 50 items, or the first of an epoch that ended; the whole journal)")
	limit := fs.Int("limit", 0, "items, journal: at most so many (default: 50 items, 10000 entries)")
	kind, who := fs.String("kind", "", "journal: only of this kind, such as login"), fs.String("who", "", "journal: only of this person or seat")
	every := fs.Bool("all", false, "check: verify every signature, not a sample")
	words, err := shell.Parse(fs, args, 0, 2, "heads, items, prove ITEM, journal or check")
	if err != nil {
		return err
	}
	p, r := comity.Party(*peer), comity.Realm(*realm)
	if p != "" {
		if p, err = comity.ParseParty(*peer); err != nil {
			return err
		}
	}
	if r != "" {
		if r, err = comity.ParseRealm(*realm); err != nil {
			return err
		}
	}
	author := comity.Party(*by)
	if author != "" {
		if author, err = comity.ParseParty(*by); err != nil {
			return err
		}
	}
	if *limit < 0 {
		return comity.Fieldf("limit", "%d is no number of lines, such as 50", *limit)
	}
	what := append(words, "heads")[0]
	if (what == "prove") != (len(words) == 2) {
		return shell.Usagef("log: give heads, items, prove ITEM, journal or check")
	}
	return a.with(func(n *node) error {
		switch what {
		case "heads":
			return a.heads(n, p, r)
		case "items":
			return a.logItems(n, p, r, author, *epoch, *from, cmp.Or(*limit, 50))
		case "prove":
			return a.prove(n, p, r, words[1])
		case "journal":
			return a.journal(n, max(1, *from), cmp.Or(*limit, 10000), *kind, *who)
		case "check":
			return a.logCheck(n, p, r, *every)
		}
		return shell.Usagef("log: give heads, items, prove ITEM, journal or check")
	})
}

func (a *app) heads(n *node, p comity.Party, r comity.Realm) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		list, err := n.streams(tx, p, r)
		if err != nil {
			return err
		}
		text := ""
		for _, s := range list {
			to := s.Peer
			if !s.mine {
				to = n.Party
			}
			text += fmt.Sprintf("%s  %s to %s  epoch %d  %d items, %d cosigned\n  root %s\n", s.Realm, s.From, to, s.Epoch, s.Size, s.Cosigned, s.Root)
		}
		return a.Print(list, "%s", text)
	})
}

// A logged item is a line of a log.
type logged struct {
	Realm comity.Realm `json:"realm"`
	Item  string       `json:"item"` // as log prove takes it
	Peer  comity.Party `json:"peer"`
	Kind  string       `json:"kind"`
	What  []string     `json:"what,omitempty"`
	Time  comity.Time  `json:"time"`
	Hash  comity.Hash  `json:"hash"`
}

func (a *app) logItems(n *node, p comity.Party, r comity.Realm, by comity.Party, epoch, from int64, limit int) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		list, err := n.streams(tx, p, r)
		if err != nil {
			return err
		}
		out, text := []logged{}, ""
		for _, s := range list {
			if by != "" && s.From != by {
				continue
			}
			if epoch >= 0 && uint64(epoch) != s.Epoch {
				s.Epoch, s.Size = uint64(epoch), 0 // no state says where it ended
			}
			first := from
			if first < 0 {
				first = max(0, int64(s.Size)-int64(limit))
			}
			rows, err := tx.Items(s.Channel, s.Epoch, s.mine, uint64(first), limit)
			if err != nil {
				return err
			}
			for _, row := range rows {
				l, err := n.lookAt(tx, s, row)
				if err != nil {
					return err
				}
				out = append(out, l)
				text += shell.Plain(fmt.Sprintf("%-10s %s  %-13s %s  %s", l.Item, shell.UTC(l.Time.Time), l.Kind, l.Hash.Short(), strings.Join(l.What, ", "))) + "\n"
			}
		}
		return a.Print(out, "%s", text)
	})
}

func (n *node) lookAt(tx *store.Tx, s stream, row store.Item) (logged, error) {
	at := evidence.Place{From: s.From, Epoch: row.Epoch, Seq: row.Seq}
	l := logged{Realm: s.Realm, Item: at.String(), Peer: s.Peer, Time: row.At, Hash: row.Hash}
	it, err := record.Bare(row)
	if err != nil {
		return l, err
	}
	h := it.Header
	switch {
	case h.Receipt != nil:
		l.Kind = "receipt"
		l.What = append(l.What, fmt.Sprintf("up to %d", h.Receipt.Upto))
		for _, x := range h.Receipt.Refused {
			l.What = append(l.What, fmt.Sprintf("refuses %d.%d: %s", x.Seq, x.I, x.Code))
		}
		return l, nil
	case h.Control != nil:
		l.Kind, l.What = h.Control.Type, []string{h.Control.Hash.Short()}
		return l, nil
	}
	l.Kind = fmt.Sprintf("statements %d", len(h.Statements))
	rows, err := tx.StatementsIn(s.Channel, row.Epoch, s.mine, row.Seq)
	for _, x := range rows {
		l.What = append(l.What, n.named(tx, x))
	}
	return l, err
}

// A proven item comes with all that a stranger needs who knows both node keys:
// two signed headers, and the path from one to the root that the other states.
type proven struct {
	Item    signedHeader  `json:"item"`
	Receipt *signedHeader `json:"receipt,omitempty"` // of the other side; none covers the item if it is not here
	Size    uint64        `json:"size"`
	Root    comity.Hash   `json:"root"`
	Path    []comity.Hash `json:"path"`
}

type signedHeader struct {
	From   comity.Party       `json:"from"`
	Epoch  uint64             `json:"epoch"`
	Seq    uint64             `json:"seq"`
	Header []byte             `json:"header"`
	Sigs   []comity.Signature `json:"sigs"`
}

func headerOf(it comity.Item) signedHeader {
	return signedHeader{it.Header.From, it.Header.Epoch, it.Header.Seq, it.Bytes, it.Sigs}
}

// prove prints the proof that an item is in its log: to the root that a receipt
// signs, or if there is none yet, to the root as it is here now.
func (a *app) prove(n *node, p comity.Party, r comity.Realm, item string) error {
	var out proven
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		s, seq, err := n.findItem(tx, p, r, item)
		if err != nil {
			return err
		}
		row, err := tx.Item(s.Channel, s.Epoch, s.mine, seq)
		if err != nil {
			return err
		}
		it, err := record.Bare(row)
		if err != nil {
			return err
		}
		out = proven{Item: headerOf(it), Size: s.Size, Root: s.Root}
		receipt, ok, err := tx.ReceiptCovering(s.Channel, s.Epoch, !s.mine, seq)
		if err != nil {
			return err
		}
		if !ok && s.Size <= seq {
			return comity.Errorf(comity.NotFound, "no receipt covers item %s, and its epoch is over: nothing proves it", item)
		}
		if ok {
			got, err := record.Bare(receipt)
			if err != nil {
				return err
			}
			h := headerOf(got)
			out.Receipt, out.Size, out.Root = &h, got.Header.Receipt.Upto+1, got.Header.Receipt.Root
		}
		if out.Path, err = ledger.Prove(tx.Log(s.Channel, s.Epoch, s.mine), seq, out.Size); err != nil {
			return err
		}
		return ledger.CheckProof(out.Path, seq, out.Size, out.Root, row.Header)
	})
	if err != nil {
		return err
	}
	if out.Receipt == nil {
		a.Note("no receipt covers this item yet; the root is our own word")
	}
	a.JSON = true
	return a.Print(out, "")
}

// findItem reads a place such as us/0/12, or a statement's id.
func (n *node) findItem(tx *store.Tx, p comity.Party, r comity.Realm, item string) (stream, uint64, error) {
	wrong := comity.Fieldf("ITEM", "%q is neither a place such as %q nor a statement's 64 digits; comity log items lists places", comity.Clip(item), string(n.Party)+"/0/12")
	list, err := n.streams(tx, p, r)
	if err != nil {
		return stream{}, 0, err
	}
	var at evidence.Place
	if id, err := comity.ParseHash(item); err == nil && !id.IsZero() {
		var of []stream
		for _, s := range list {
			row, err := tx.Statement(s.Channel, id)
			switch {
			case errors.Is(err, comity.NotFound) || err == nil && row.Mine != s.mine:
				continue
			case err != nil:
				return stream{}, 0, err
			case row.Seq < 0:
				return stream{}, 0, comity.Errorf(comity.Unavailable, "statement %s has no number yet (%s)", id.Short(), row.Status)
			}
			of, at = append(of, s), evidence.Place{From: row.Author, Epoch: row.Epoch, Seq: uint64(row.Seq)}
		}
		if list = of; len(list) == 0 {
			return stream{}, 0, comity.Errorf(comity.NotFound, "there is no statement %s", id.Short())
		}
	} else {
		w := strings.Split(item, "/")
		if len(w) != 3 {
			return stream{}, 0, wrong
		}
		epoch, err1 := strconv.ParseUint(w[1], 10, 63)
		seq, err2 := strconv.ParseUint(w[2], 10, 63)
		if err1 != nil || err2 != nil {
			return stream{}, 0, wrong
		}
		at = evidence.Place{From: comity.Party(w[0]), Epoch: epoch, Seq: seq}
	}
	list = slices.DeleteFunc(list, func(s stream) bool { return s.From != at.From })
	switch {
	case len(list) == 0:
		return stream{}, 0, wrong
	case len(list) > 1:
		return stream{}, 0, comity.Fieldf("peer", "%s has %d streams here; say which with --peer and --realm", at.From, len(list))
	}
	s := list[0]
	if at.Epoch != s.Epoch {
		// Of an epoch that ended only what a receipt covers can be proved.
		s.Epoch, s.Size, s.Root = at.Epoch, 0, comity.Hash{}
	}
	return s, at.Seq, nil
}

// An entry is a line of the journal.
type entry struct {
	N    int64       `json:"n"`
	Time comity.Time `json:"time"`
	Kind string      `json:"kind"`
	Who  string      `json:"who"`
	What string      `json:"what"`
	Hash comity.Hash `json:"hash"`
}

// journal prints entries. At the desk it is for administrators and inspectors.
func (a *app) journal(n *node, from int64, limit int, kind, who string) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		if by, in := session.From(a.Ctx); a.Node != nil && (!in || session.Reads(tx, by, session.Administrator, session.Inspector) != nil) {
			return comity.Errorf(comity.Forbidden, "the journal is for administrators and inspectors")
		}
		rows, err := cabinet.Journal(tx, from, limit, kind, who)
		if err = cmp.Or(err, n.Mask(tx, rows)); err != nil {
			return err
		}
		list, text := []entry{}, new(strings.Builder)
		for _, e := range rows {
			list = append(list, entry{e.N, e.At, e.Kind, e.Who, e.What, e.Hash})
			text.WriteString(shell.Plain(fmt.Sprintf("%6d  %s  %-8s %-16s %s", e.N, shell.UTC(e.At.Time), e.Kind, e.Who, e.What)) + "\n")
		}
		if len(rows) == limit {
			a.Note("there may be more; --from %d goes on", rows[len(rows)-1].N+1)
		}
		return a.Print(list, "%s", text.String())
	})
}

// named says what a statement is, and of which matter, if the reader may know of
// that.
func (n *node) named(tx *store.Tx, s store.Statement) string {
	if s.Matter != "" && n.Sees(tx, s.Realm, s.Matter, n.Reader) != nil {
		return s.ID.Short()
	}
	return fmt.Sprintf("%s in %s %s", s.Kind, s.Matter, s.ID.Short())
}
