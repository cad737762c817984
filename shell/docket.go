package shell

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"comity"
	"comity/cabinet"
	"comity/casefile"
	"comity/docket"
	"comity/form"
	"comity/guide"
	"comity/store"
)

// scope is that of a matter's file, or of the party's own if ref is empty.
func scope(realm comity.Realm, ref comity.Ref) string {
	if ref == "" {
		return cabinet.Party
	}
	return cabinet.Scope(realm, ref)
}

// Docket returns a matter's national file, or the party's own if ref is empty.
func (n *Node) Docket(tx *store.Tx, realm comity.Realm, ref comity.Ref) (docket.Docket, []docket.Entry, error) {
	rows, err := cabinet.Minutes(tx, cabinet.Choice{Scope: scope(realm, ref)})
	if err != nil {
		return docket.Docket{}, nil, err
	}
	var entries []docket.Entry
	for _, m := range rows {
		if _, ok := docket.KindOf(m.Kind); ok {
			entries = append(entries, docket.Entry{Kind: m.Kind, Name: m.Name, Seat: m.Seat, At: m.At, Body: m.Body})
		}
	}
	d, faults := docket.Read(entries)
	for _, f := range faults {
		n.Keeper.Log.Warn("an entry of a docket cannot be read", "matter", ref, "why", f)
	}
	return d, entries, nil
}

// National returns the number of a matter in our own case system, if it was noted.
func (n *Node) National(tx *store.Tx, realm comity.Realm, ref comity.Ref) (string, error) {
	rows, err := cabinet.Minutes(tx, cabinet.Choice{Scope: scope(realm, ref), Kind: "reference"})
	if err != nil || len(rows) == 0 {
		return "", err
	}
	var b docket.Reference
	err = form.Decode(rows[len(rows)-1].Body, &b)
	return b.National, err
}

// Minute adds an entry to a matter's file, or to the party's own if ref is empty.
func (n *Node) Minute(tx *store.Tx, realm comity.Realm, ref comity.Ref, seat comity.Seat, body any) error {
	e, err := docket.Make(body, seat, comity.At(n.Keeper.Now()))
	if err != nil {
		return err
	}
	if err := cabinet.Add(tx, cabinet.Minute{Scope: scope(realm, ref), Kind: e.Kind, Name: e.Name, Seat: seat, At: e.At, Body: e.Body}); err != nil {
		return err
	}
	if _, ok := body.(*docket.Restrict); !ok {
		return nil
	}
	d, _, err := n.Docket(tx, realm, ref)
	if err != nil {
		return err
	}
	m, err := tx.Matter(realm, ref)
	if errors.Is(err, comity.NotFound) {
		return nil // a draft's: its matter is restricted when it is opened
	} else if err != nil {
		return err
	}
	m.Restricted = d.Restriction.On || m.Secret
	return tx.PutMatter(m)
}

// Sees says, of a matter whose very existence is secret and on whose list the
// seat is not, exactly what is said of a matter that does not exist.
func (n *Node) Sees(tx *store.Tx, realm comity.Realm, ref comity.Ref, seat comity.Seat) error {
	m, err := tx.Matter(realm, ref)
	if err != nil {
		return err
	}
	ok, err := n.admits(tx, m, seat)
	if err != nil || ok {
		return err
	}
	return store.Absent("matter %s in %s", ref, realm)
}

func (n *Node) admits(tx *store.Tx, m store.Matter, seat comity.Seat) (bool, error) {
	if !m.Restricted {
		return true, nil
	}
	if seat == "" {
		return false, nil
	}
	d, _, err := n.Docket(tx, m.Realm, m.Ref)
	if err != nil || len(d.Restriction.Seats) > 0 {
		return slices.Contains(d.Restriction.Seats, seat), err
	}
	// It has come in, and nobody has been admitted yet: the agency that is asked
	// sees it, and makes the list.
	agency, err := n.addressee(tx, m)
	if err != nil {
		return false, err
	}
	own, err := n.Keeper.Book(tx, n.Party)
	if err != nil {
		return false, err
	}
	_, page := own.Roster()
	sits, ok := own.Officer(page, seat)
	if !slices.ContainsFunc(own.Officers(), func(o comity.Officer) bool { return string(o.Agency) == agency }) {
		return ok, nil // it names no agency of ours: better that somebody sees it than nobody
	}
	return ok && string(sits.Agency) == agency, nil
}

// addressee returns the agency that what opened a matter is for; none if it does not
// say, or was erased.
func (n *Node) addressee(tx *store.Tx, m store.Matter) (string, error) {
	th, _, err := n.ThreadAll(tx, m.Realm, m.Ref)
	if err != nil {
		return "", err
	}
	for _, o := range th.Order {
		switch b := o.Said.(type) {
		case *guide.Request:
			return b.Addressee.Agency, nil
		case *casefile.Notice:
			return b.Addressee, nil
		}
	}
	return "", nil
}

// Hides reports whether a draft is of a matter that the reader may not know of.
func (n *Node) Hides(tx *store.Tx, d store.Draft) (bool, error) {
	if d.Author == n.Reader {
		return false, nil
	}
	m, err := tx.Matter(d.Realm, d.Matter)
	if err == nil {
		ok, err := n.admits(tx, m, n.Reader)
		return !ok, err
	}
	if !errors.Is(err, comity.NotFound) {
		return false, err
	}
	file, _, err := n.Docket(tx, d.Realm, d.Matter)
	secret := file.Restriction.On || n.Keeper.Kinds.Title(d.Kind, d.Body).Secret
	return secret && !slices.Contains(file.Restriction.Seats, n.Reader), err
}

// Matters returns the matters of a filter that the reader may know of. Others leave
// no gap: a page that is not full would tell of them.
func (n *Node) Matters(tx *store.Tx, f store.Filter) (list []store.Matter, err error) {
	for {
		rows, err := tx.Matters(f)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			ok, err := n.admits(tx, m, n.Reader)
			if err != nil {
				return nil, err
			}
			if ok {
				list = append(list, m)
			}
			if f.Limit > 0 && len(list) == f.Limit {
				return list, nil
			}
		}
		if f.Limit == 0 || len(rows) < f.Limit {
			return list, nil
		}
		last := rows[len(rows)-1]
		f.BeforeChanged, f.BeforeRef = last.Changed, last.Ref
	}
}

// LookedFor begins the note of a search in the journal; what was looked for follows.
const LookedFor = "looked for "

// Mask takes what names a matter that the reader may not know of, or a draft in
// one, out of entries of the journal, and what other seats looked for: their words may
// be of one. That something was done, and by whom, stays; so does what the reader's own
// seat looked for.
func (n *Node) Mask(tx *store.Tx, list []store.JournalEntry) error {
	rows, err := tx.Matters(store.Filter{Restricted: true})
	if err != nil {
		return err
	}
	refs, drafts := map[string]bool{}, map[string]bool{} // whether it is hidden
	for _, m := range rows {
		ok, err := n.admits(tx, m, n.Reader)
		if err != nil {
			return err
		}
		refs[string(m.Ref)] = refs[string(m.Ref)] || !ok // of any realm
	}
	for _, e := range list {
		for _, id := range draftID.FindAllString(e.What, -1) {
			if _, ok := drafts[id]; ok {
				continue
			}
			d, err := tx.Draft(id)
			if err == nil {
				drafts[id], err = n.Hides(tx, d)
			}
			if drafts[id] { // its matter may not be open yet
				refs[string(d.Matter)] = true
			}
			if err != nil && !errors.Is(err, comity.NotFound) { // erased, or of before a backup
				return err
			}
		}
	}
	for i := range list {
		if strings.HasPrefix(list[i].What, LookedFor) {
			// Its own words come back as they were: what is taken out of them would
			// tell that there is such a matter.
			if list[i].Who != cmp.Or(string(n.Reader), "operator") {
				list[i].What = LookedFor + "words of its own"
			}
			continue
		}
		for ref, hidden := range refs {
			if hidden {
				list[i].What = strings.ReplaceAll(list[i].What, ref, "a restricted matter")
			}
		}
		list[i].What = draftID.ReplaceAllStringFunc(list[i].What, func(id string) string {
			if drafts[id] {
				return "a restricted draft"
			}
			return id
		})
	}
	return nil
}

var draftID = regexp.MustCompile(`\bD-[0-9]+\b`)

// Clear answers every open line of a sheet with no, in a seat's name.
func (n *Node) Clear(tx *store.Tx, realm comity.Realm, ref comity.Ref, seat comity.Seat, screening bool) error {
	d, _, err := n.Docket(tx, realm, ref)
	if err != nil {
		return err
	}
	lines := d.Protection.Open()
	if screening {
		lines = d.Screening.Open()
	}
	for _, l := range lines {
		var body any = &docket.Protection{Line: l, Answer: "no"}
		if screening {
			body = &docket.Screening{Line: l, Answer: "no"}
		}
		if err := n.Minute(tx, realm, ref, seat, body); err != nil {
			return err
		}
	}
	return tx.Journal(comity.At(n.Keeper.Now()), "sheet", string(seat), fmt.Sprintf("answered %d lines of a sheet with no", len(lines)))
}

// Lines writes the body of an entry, or of a statement, for a person.
func Lines(body []byte) []string { return form.Lines(body) }

// Erase destroys the contents of a statement, its files' keys with them. What
// proves that it was said stays.
func (n *Node) Erase(tx *store.Tx, realm comity.Realm, ref comity.Ref, id comity.Hash) error {
	rows, err := tx.StatementsOf(realm, ref)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ID != id {
			continue
		}
		parts, err := tx.Parts(r.Channel, id)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if err := tx.ErasePart(id, p.N); err != nil {
				return err
			}
		}
		if err := cabinet.LoseKeys(tx, id); err != nil {
			return err
		}
		if err := cabinet.Forget(tx, realm, ref, n.Keeper.Kinds.Opens(r.Kind)); err != nil {
			return err
		}
	}
	return nil
}

// Named says what a statement is, and of which matter, if the reader may know of
// that.
func (n *Node) Named(tx *store.Tx, s store.Statement) string {
	if s.Matter != "" && n.Sees(tx, s.Realm, s.Matter, n.Reader) != nil {
		return s.ID.Short()
	}
	return fmt.Sprintf("%s in %s %s", s.Kind, s.Matter, s.ID.Short())
}
