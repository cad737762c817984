package shell

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"comity"
	"comity/cabinet"
	"comity/policy"
	"comity/request"
	"comity/roster"
	"comity/store"
	"comity/thread"
)

// Policy returns the party's own policy, or the one that comes with the program.
func (n *Node) Policy() (*policy.Set, error) {
	k := n.kept()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.policy != nil {
		return k.policy, nil
	}
	b, err := regular(filepath.Join(n.Dir, PolicyName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k.policy, err = policy.Default()
	case err == nil:
		k.policy, err = policy.Parse(PolicyName, b)
	}
	return k.policy, err
}

// Allow says why a seat may not do something to a matter. It may be asked of a
// draft whose matter is not open yet; then r is its request. Who may not know of
// a matter is told that there is none.
func (n *Node) Allow(tx *store.Tx, action policy.Action, seat comity.Seat, what policy.Matter, realm comity.Realm) error {
	return n.allow(tx, seat, policy.Request{Action: action, Matter: what, Realm: realm})
}

func (n *Node) allow(tx *store.Tx, seat comity.Seat, r policy.Request) error {
	set, err := n.Policy()
	if err != nil {
		return err
	}
	sits, err := n.Sits(tx, seat)
	if err != nil {
		return err
	}
	s := policy.Seat{ID: seat, Agency: sits.Agency, Roles: slices.Clone(sits.Roles)}
	if p, ok := n.Seats[seat]; ok {
		s.Roles, s.Level = append(s.Roles, p.Roles...), p.Level
	} else if n.Seats == nil && slices.Contains(sits.Roles, roster.Release) {
		s.Roles, s.Level = append(s.Roles, "central", "prosecutor", "legal", "head", "principal"), "restricted"
	}
	r.Seat = s
	return set.Allow(r)
}

// Sits returns a seat of our roster.
func (n *Node) Sits(tx *store.Tx, seat comity.Seat) (comity.Officer, error) {
	own, err := n.Keeper.Book(tx, n.Party)
	if err != nil {
		return comity.Officer{}, err
	}
	_, page := own.Roster()
	o, ok := own.Officer(page, seat)
	if !ok {
		err = comity.Errorf(comity.Forbidden, "seat %q is not on our roster; comity seat list shows who is", comity.Clip(string(seat)))
	}
	return o, err
}

// Resource says of a matter what a policy may ask.
func (n *Node) Resource(tx *store.Tx, m store.Matter) (policy.Matter, error) {
	return n.Sight(tx).resource(m)
}

func (s *Sight) resource(m store.Matter) (policy.Matter, error) {
	n, tx := s.n, s.tx
	r := policy.Matter{ID: string(m.Ref), Kind: m.Kind, Type: m.Type, Category: m.Category, Priority: m.Priority,
		Marking: comity.Marking{TLP: m.TLP}, Restricted: m.Restricted, Opener: m.Opener, Ours: m.Opener == n.Party}
	d, _, err := n.Docket(tx, m.Realm, m.Ref)
	if err != nil {
		return r, err
	}
	r.Admitted = d.Restriction.Seats
	for _, k := range d.Routes {
		r.Agencies = append(r.Agencies, comity.Agency(k.Is.RoutedTo))
	}
	if !IsRequest(m.Kind) { // it is of the party as a whole
		own, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return r, err
		}
		for _, o := range own.Officers() {
			r.Agencies = append(r.Agencies, o.Agency)
		}
		return r, nil
	}
	v, err := s.view(m.Realm, m.Ref)
	if errors.Is(err, comity.NotFound) {
		return r, nil // a draft's: nothing has opened it yet
	} else if err != nil {
		return r, err
	}
	r.Agencies = append(r.Agencies, agencies(v, n.Party)...)
	return r, nil
}

// agencies are those of a party that a request names.
func agencies(v request.View, party comity.Party) (list []comity.Agency) {
	if v.Request == nil {
		return nil
	}
	if v.Opener == party {
		return []comity.Agency{comity.Agency(v.Request.Authority.Agency)}
	}
	list = []comity.Agency{comity.Agency(v.Request.Addressee.Agency)}
	if v.Agency != "" {
		list = append(list, comity.Agency(v.Agency))
	}
	return list
}

// May says why who looks may not do something to a matter: read, export, disclose,
// erase. Somebody at the terminal who has opened no seat's key may read what is
// not for named seats alone.
func (n *Node) May(tx *store.Tx, action policy.Action, realm comity.Realm, ref comity.Ref) error {
	_, err := n.Sight(tx).May(action, realm, ref)
	return err
}

// May is Node.May of one of many matters, and returns it.
func (s *Sight) May(action policy.Action, realm comity.Realm, ref comity.Ref) (*thread.Thread, error) {
	n, tx := s.n, s.tx
	if err := n.Sees(tx, realm, ref, n.Reader); err != nil {
		return nil, err
	}
	m, err := tx.Matter(realm, ref)
	if err != nil {
		return nil, err
	}
	if _, err := n.Policy(); err != nil {
		return nil, err // what cannot be evaluated denies, whoever looks
	}
	h, _, err := s.History(m)
	if err != nil {
		return nil, err
	}
	c, err := opened(h)
	if err != nil {
		return nil, err
	}
	th := thread.Project(c, h)
	m.TLP = th.TLP(m.TLP)
	if err = s.allow(action, m); err != nil && policy.Hidden(err) {
		err = store.Absent("matter %s in %s", ref, realm)
	}
	return th, err
}

func (s *Sight) allow(action policy.Action, m store.Matter) error {
	n := s.n
	if n.Reader == "" {
		return unnamed(string(m.Ref), m.TLP)
	}
	what, err := s.resource(m)
	if err != nil {
		return err
	}
	if m.Restricted {
		what.Admitted = append(what.Admitted, n.Reader) // it sees it, also before there is a list
	}
	return n.Allow(s.tx, action, n.Reader, what, m.Realm)
}

// unnamed says why somebody who has opened no seat's key may not read what is marked so.
func unnamed(what, tlp string) error {
	if tlp != "RED" {
		return nil
	}
	return comity.Errorf(comity.Forbidden, "%s is TLP:RED, for named seats alone: say which seat you are with --seat", what)
}

// Strict reports whether a marking is for some of a party's seats alone.
func Strict(tlp string) bool { return comity.HigherTLP("AMBER", tlp) != "AMBER" }

// Reads reports whether the reader may know of a matter and read it. The policy is asked
// only of what is marked for some seats alone: lists of thousands stay fast.
func (s *Sight) Reads(m store.Matter) (bool, error) {
	ok, err := s.n.admits(s.tx, m, s.n.Reader)
	if err != nil || !ok {
		return false, err
	}
	if s.kept == nil {
		list, err := cabinet.Kept(s.tx)
		if err != nil {
			return false, err
		}
		s.kept = make(map[MatterName]bool, len(list))
		for _, v := range list {
			s.kept[MatterName{v.Realm, v.Ref}] = true
		}
	}
	if !s.kept[MatterName{m.Realm, m.Ref}] {
		return true, nil
	}
	h, _, err := s.History(m)
	if err != nil {
		return false, err
	}
	if m.TLP = h.TLP(m.TLP); Strict(m.TLP) {
		err = s.allow(policy.Read, m)
	}
	if errors.Is(err, comity.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// MatterOf returns the matter that a draft speaks in: as it is, or as the draft would
// open it.
func (n *Node) MatterOf(tx *store.Tx, d store.Draft) (store.Matter, error) {
	m, err := tx.Matter(d.Realm, d.Matter)
	if !errors.Is(err, comity.NotFound) {
		return m, err
	}
	t := n.Keeper.Kinds.Title(d.Kind, d.Body)
	return store.Matter{Realm: d.Realm, Ref: d.Matter, Kind: d.Kind, Opener: n.Party, Type: t.Type, Category: t.Category, Priority: t.Priority}, nil
}

// Drafted returns the matter that a draft speaks in, and what a policy may ask of it.
func (n *Node) Drafted(tx *store.Tx, d store.Draft) (m store.Matter, what policy.Matter, err error) {
	if m, err = n.MatterOf(tx, d); err == nil {
		what, err = n.Resource(tx, m)
	}
	if err != nil {
		return m, what, err
	}
	r, err := n.requestOf(d)
	if r != nil {
		what.Agencies = append(what.Agencies, comity.Agency(r.Authority.Agency))
	}
	what.ID, what.Kind, what.Author, what.Ours = d.ID, d.Kind, d.Author, true
	if err == nil {
		what.Marking, err = marking(d)
	}
	return m, what, err
}

// marking is that of a draft, as the desk keeps it.
func marking(d store.Draft) (comity.Marking, error) {
	var kept struct{ Marking comity.Marking }
	err := json.Unmarshal(d.Meta, &kept)
	return kept.Marking, err
}

// MayDraft says why a seat that may know of a draft may not do something to it.
func (n *Node) MayDraft(tx *store.Tx, action policy.Action, d store.Draft, seat comity.Seat) error {
	m, what, err := n.Drafted(tx, d)
	if err != nil {
		return err
	}
	if m.Restricted {
		what.Admitted = append(what.Admitted, seat)
	}
	return n.Allow(tx, action, seat, what, d.Realm)
}

// MayGive says why the reader may not disclose or export a matter's contents to
// somebody: with the other side's consent, or with conditions that an officer has read
// and says are met.
func (n *Node) MayGive(tx *store.Tx, action policy.Action, m store.Matter, to string, consent, met bool) error {
	what, err := n.Resource(tx, m)
	if err != nil {
		return err
	}
	return n.allow(tx, n.Reader, policy.Request{Action: action, Matter: what, Realm: m.Realm, To: to, Consent: consent, Conditions: met})
}

// largestPolicy is the largest policy that is read, in bytes.
const largestPolicy = 64 << 10

// regular reads a small regular file: no link, which might lead nowhere, and no
// pipe, which might never end.
func regular(name string) ([]byte, error) {
	st, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > largestPolicy {
		return nil, comity.Fieldf(PolicyName, "it is no regular file of at most %d bytes: nothing is allowed until it is mended", largestPolicy)
	}
	return os.ReadFile(name)
}
