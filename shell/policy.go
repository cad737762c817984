package shell

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"comity"
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
	if n.Reader == "" {
		if m.TLP == "RED" {
			return nil, comity.Errorf(comity.Forbidden, "%s is TLP:RED, for named seats alone: say which seat you are with --seat", ref)
		}
		return th, nil
	}
	what, err := s.resource(m)
	if err == nil {
		if m.Restricted {
			what.Admitted = append(what.Admitted, n.Reader) // it sees it, also before there is a list
		}
		err = n.Allow(tx, action, n.Reader, what, realm)
	}
	if err != nil && policy.Hidden(err) {
		err = store.Absent("matter %s in %s", ref, realm)
	}
	return th, err
}

// MayDisclose says why the reader may not disclose a matter's contents to somebody
// at home: with the other side's consent, or with conditions that an officer has
// read and says are met.
func (n *Node) MayDisclose(tx *store.Tx, realm comity.Realm, ref comity.Ref, to string, consent, met bool) error {
	m, err := tx.Matter(realm, ref)
	if err != nil {
		return err
	}
	what, err := n.Resource(tx, m)
	if err != nil {
		return err
	}
	return n.allow(tx, n.Reader, policy.Request{Action: policy.Disclose, Matter: what, Realm: realm, To: to, Consent: consent, Conditions: met})
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
