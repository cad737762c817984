package shell

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"comity"
	"comity/cabinet"
	"comity/casefile"
	"comity/check"
	"comity/docket"
	"comity/guide"
	"comity/pair"
	"comity/store"
	"comity/thread"
)

// Setting returns what a request of ours to a peer is checked against.
func (n *Node) Setting(tx *store.Tx, realm comity.Realm, to comity.Party, r *guide.Request) (check.Setting, error) {
	lib, err := n.Library(tx)
	if err != nil {
		return check.Setting{}, err
	}
	s := check.Setting{Realm: realm, Now: n.Keeper.Now(), From: n.Party, To: to, Texts: lib.CheckText, Retentions: lib.Retentions()}
	if ranges := n.kept().ranges; ranges != nil {
		s.Ranges = ranges()
	}
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

// Directory returns the agencies that the two parties have published to each other:
// of each the directory that it opened last, however many a peer has sent.
func (n *Node) Directory(tx *store.Tx, realm comity.Realm, peer comity.Party) (list []guide.Agency, err error) {
	threads, err := n.directories(tx, realm, peer)
	for _, th := range threads {
		list = append(list, pair.Published(th)...)
	}
	return list, err
}

// A Published directory is that of a party, as it stands.
type Published struct {
	Party    comity.Party  `json:"party"`
	Ref      comity.Ref    `json:"ref"`
	Since    time.Time     `json:"since"` // it was last said
	Agencies []pair.Agency `json:"agencies"`
}

// Directories are those two parties have published to each other, whole: with telephone
// numbers and hours.
func (n *Node) Directories(tx *store.Tx, realm comity.Realm, peer comity.Party) (list []Published, err error) {
	threads, err := n.directories(tx, realm, peer)
	for _, th := range threads {
		p := Published{Ref: th.History.Ref}
		p.Party, p.Since, p.Agencies = pair.AgenciesOf(th)
		if p.Party != "" {
			list = append(list, p)
		}
	}
	return list, err
}

func (n *Node) directories(tx *store.Tx, realm comity.Realm, peer comity.Party) (list []*thread.Thread, err error) {
	newest := map[comity.Party]comity.Ref{}
	err = n.each(tx, store.Filter{Realm: realm, Peer: peer, Kind: pair.OpensDirectory, State: pair.InPrint}, func(m store.Matter) error {
		newest[m.Ref.Opener()] = max(newest[m.Ref.Opener()], m.Ref)
		return nil
	})
	for _, p := range slices.Sorted(maps.Keys(newest)) {
		if err != nil {
			return nil, err
		}
		var th *thread.Thread
		if th, _, err = n.ThreadAll(tx, realm, newest[p]); err == nil {
			list = append(list, th)
		}
	}
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
func (n *Node) Past(tx *store.Tx, realm comity.Realm, r *guide.Request) (p check.Past, err error) {
	if p.Like, err = n.like(tx, realm, r, nil); err != nil {
		return p, err
	}
	p.Requests, p.Emergencies, err = cabinet.Rates(tx, realm, n.Party, n.Keeper.Now().Add(-usualWindow))
	return p, err
}

// like returns the traces of earlier requests that are like this one's. What
// restricted matters named is nobody's business but their own seats': silent, if
// it is not nil, is told of those instead.
func (n *Node) like(tx *store.Tx, realm comity.Realm, r *guide.Request, silent func(comity.Ref) error) (list []check.Trace, err error) {
	found, restricted, err := cabinet.Like(tx, realm, traces(r))
	if err != nil {
		return nil, err
	}
	sees := map[comity.Ref]error{}
	for _, t := range found {
		ref := comity.Ref(t.Ref)
		err, ok := sees[ref]
		if !ok && restricted[t.Ref] {
			err = n.Sees(tx, realm, ref, n.Reader)
			sees[ref] = err
		}
		if errors.Is(err, comity.NotFound) {
			err = nil
			if silent != nil {
				err = silent(ref)
			}
			if err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, check.Trace(t))
	}
	return list, nil
}

func traces(r *guide.Request) (list []cabinet.Trace) {
	for _, t := range check.Traces(*r) {
		list = append(list, cabinet.Trace(t))
	}
	return list
}

// Left notes of a request that has left what it named.
func (n *Node) Left(tx *store.Tx, d store.Draft, _ comity.Hash) error {
	if n.Keeper.Kinds.Title(d.Kind, d.Body).Secret {
		sigs, err := signers(d)
		if err != nil {
			return err
		}
		// Who wrote and signed it knows of it already.
		if err := n.Minute(tx, d.Realm, d.Matter, d.Author, &docket.Restrict{Restricted: "yes", Add: append(sigs, d.Author)}); err != nil {
			return err
		}
	}
	r, err := n.requestOf(d)
	if err != nil || r == nil {
		return err
	}
	told := map[comity.Ref]bool{}
	_, err = n.like(tx, d.Realm, r, func(ref comity.Ref) error {
		if told[ref] || ref == d.Matter {
			return nil
		}
		told[ref] = true
		return n.Minute(tx, d.Realm, ref, d.Author, &docket.Note{Internal: "a request of ours, " + string(d.Matter) + ", names the same; its officers were not told of this matter"})
	})
	if err != nil {
		return err
	}
	return cabinet.AddTraces(tx, d.Realm, d.Matter, traces(r))
}

func signers(d store.Draft) (seats []comity.Seat, err error) {
	var sigs []comity.Signature
	err = json.Unmarshal(d.Sigs, &sigs)
	for _, s := range sigs {
		if s.Seat != d.Author {
			seats = append(seats, s.Seat)
		}
	}
	return seats, err
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
		th, _, err := n.ThreadAll(tx, m.Realm, m.Ref)
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

// unsuspended are the kinds that ask for nothing and give nothing: that something
// arrived, went astray, or is at an end may be said at any time.
var unsuspended = []comity.Kind{"acknowledge", "note", "countersign", "misdirected", "attest", "withdraw", "release", "close"}

// Suspended says why what a draft says has to wait.
func (n *Node) Suspended(tx *store.Tx, d store.Draft) error {
	if slices.Contains(unsuspended, d.Kind) {
		return nil
	}
	stops, err := n.Stops(tx, d.Realm, d.Peer)
	if err != nil || len(stops) == 0 {
		return err
	}
	r, err := n.requestOf(d)
	if err != nil {
		return err
	}
	late := false
	if r == nil {
		v, err := n.ViewAll(tx, d.Realm, d.Matter)
		if errors.Is(err, comity.NotFound) || err == nil && v.Request == nil {
			return nil // no request: what the parties settle between them is never stopped
		} else if err != nil {
			return err
		}
		r, late = v.Request, pair.Late(d.Kind, v.Owes)
	}
	for _, s := range stops {
		if s.Holds(r, late) {
			return comity.Errorf(comity.Conflict, "%s waits: %s suspended %s on %s (%s, %s); it is kept with its signatures, and can be sent when that is lifted. What concerns life or a child at risk is not suspended",
				d.ID, s.By, r.Type, s.Since.UTC().Format("2006-01-02 15:04 UTC"), s.Ref, s.Reason)
		}
	}
	return nil
}

// Cleared says why a summary for principals may not leave: the seat that clears it
// is not one of those that sign.
func (n *Node) Cleared(d store.Draft, seats []comity.Seat) error {
	if d.Kind != casefile.OpensSummary && d.Kind != "summary.correct" {
		return nil
	}
	body, err := n.Keeper.Kinds.Read(d.Kind, d.Body)
	if err != nil {
		return err
	}
	if by := body.(*casefile.Page).Cleared; !slices.Contains(seats, by) {
		return comity.Errorf(comity.Forbidden, "%s clears this summary, and must be one of the two seats that sign it", by)
	}
	return nil
}
