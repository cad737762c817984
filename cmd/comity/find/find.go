// Package find looks for words in all that an officer may read: what was said, and
// the files with it by their names; drafts; the party's own file.
package find

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"comity"
	"comity/cabinet"
	"comity/policy"
	"comity/search"
	"comity/shell"
	"comity/store"
)

// A Result is a text that has what was looked for.
type Result struct {
	Ref     comity.Ref   `json:"ref,omitempty"`
	Realm   comity.Realm `json:"realm"`
	Title   string       `json:"title,omitempty"`
	From    string       `json:"from"` // statement, draft, minute
	Name    string       `json:"name"` // the kind of a statement or minute, the id of a draft
	ID      comity.Hash  `json:"id,omitzero"`
	Where   string       `json:"where"` // a member of the body, file, or id
	At      comity.Time  `json:"at"`
	Excerpt []Piece      `json:"excerpt"`

	rank int
}

// A Piece is a part of an excerpt: a hit, or what stands between.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// pool is how many of the newest texts are put in order before the best are shown.
const pool = 50

// width is how many characters an excerpt has.
const width = 90

// Search returns up to limit texts of a realm, or of all, that have all phrases and
// that the node's reader may read, the best of the newest first. Whatever else has
// the words leaves no gap.
func Search(n *shell.Node, tx *store.Tx, q search.Query, realm comity.Realm, limit int) (list []Result, err error) {
	l := looker{n: n, tx: tx, sight: n.Sight(tx), q: q, matters: map[shell.MatterName]*access{}, seen: map[string]bool{}}
	for before, more := int64(0), true; more && len(list) < limit; {
		var some []Result
		for more && len(some) < pool {
			hits, err := cabinet.Find(tx, q, realm, before, pool)
			if err != nil {
				return nil, err
			}
			more = len(hits) == pool
			sources, err := cabinet.ReadHits(tx, hits)
			if err != nil {
				return nil, err
			}
			for _, h := range hits {
				before = h.N
				s, ok := sources[h]
				if !ok {
					continue
				}
				r, ok, err := l.result(h, s)
				if err != nil {
					return nil, err
				}
				if ok {
					some = append(some, r)
				}
			}
		}
		slices.SortStableFunc(some, func(a, b Result) int { return cmp.Compare(b.rank, a.rank) })
		for _, r := range some {
			ok, err := l.reads(r)
			if err != nil {
				return nil, err
			}
			if ok && len(list) < limit {
				list = append(list, r)
			}
			if len(list) == limit {
				break
			}
		}
	}
	return list, nil
}

// A looker has in hand what it learned of matters.
type looker struct {
	n       *shell.Node
	tx      *store.Tx
	sight   *shell.Sight
	q       search.Query
	matters map[shell.MatterName]*access
	seen    map[string]bool
}

// An access is what the reader may know and read of a matter.
type access struct {
	there   bool // to the reader's knowledge
	asked   bool // whether it may be read
	may     bool
	sealed  map[comity.Hash]bool
	missing bool // nothing has opened it
}

func (l *looker) access(m shell.MatterName) (*access, error) {
	if a, ok := l.matters[m]; ok {
		return a, nil
	}
	a := &access{}
	l.matters[m] = a
	_, err := l.tx.Matter(m.Realm, m.Ref)
	if a.missing = errors.Is(err, comity.NotFound); a.missing {
		return a, nil
	}
	if err == nil {
		err = l.n.Sees(l.tx, m.Realm, m.Ref, l.n.Reader)
	}
	if a.there = err == nil; errors.Is(err, comity.NotFound) {
		err = nil
	}
	return a, err
}

// knows reports whether the reader may know of what was hit.
func (l *looker) knows(h cabinet.Hit, s cabinet.Source) (bool, error) {
	if h.From == "draft" {
		d, err := l.tx.Draft(h.Key)
		if err != nil {
			return false, err
		}
		err = l.n.SeesDraft(l.tx, d)
		if errors.Is(err, comity.NotFound) || errors.Is(err, comity.Forbidden) {
			return false, nil
		}
		return err == nil, err
	}
	if h.From == "minute" && l.n.Reader == "" {
		return false, nil // a party's own file is read by seats alone
	}
	if h.Matter == "" || h.Open {
		return true, nil
	}
	a, err := l.access(shell.MatterName{Realm: h.Realm, Ref: h.Matter})
	if err != nil {
		return false, err
	}
	return a.there || a.missing && h.From == "minute" && s.Seat == l.n.Reader, nil
}

// result holds a hit to what the source says now, and ranks it: what is named so
// before what only speaks of it.
func (l *looker) result(h cabinet.Hit, s cabinet.Source) (r Result, ok bool, err error) {
	id := h.From + " " + h.Key
	if !s.ID.IsZero() {
		id = s.ID.String() // it may have gone to several parties
	}
	if l.seen[id] {
		return r, false, nil
	}
	if ok, err = l.knows(h, s); err != nil || !ok {
		return r, false, err
	}
	l.seen[id] = true
	r = Result{Ref: s.Matter, Realm: s.Realm, From: s.From, Name: s.Name, ID: s.ID, Title: h.Title, At: s.At}
	var all uint
	best := 0
	for _, t := range s.Texts {
		marks, found := search.Highlight(t.Text, l.q)
		all |= found
		weight := 0
		for i := range l.q {
			weight += int(found >> i & 1 * 8)
		}
		switch {
		case found == 0:
			continue
		case t.Text == r.Title, t.Where == "file":
			weight += 4
		case t.Where == "id":
			weight += 2
		}
		r.rank += min(len(marks), 3)
		if weight > best {
			best, r.Where, r.Excerpt = weight, t.Where, pieces(t.Text, marks)
		}
	}
	r.rank += best
	return r, all == 1<<len(l.q)-1, nil
}

func pieces(text string, marks []search.Range) (list []Piece) {
	text, marks = search.Excerpt(text, marks, width)
	at := 0
	for _, m := range marks {
		if m.From > at {
			list = append(list, Piece{Text: text[at:m.From]})
		}
		list = append(list, Piece{text[m.From:m.To], true})
		at = m.To
	}
	if at < len(text) {
		list = append(list, Piece{Text: text[at:]})
	}
	return list
}

// reads reports whether the reader may read what it may know of: by the party's own
// policy, by the marking, and unless it reached the wrong desk.
func (l *looker) reads(r Result) (bool, error) {
	if r.From == "draft" || r.Ref == "" {
		return true, nil
	}
	a, err := l.access(shell.MatterName{Realm: r.Realm, Ref: r.Ref})
	if err != nil || a.missing {
		return err == nil, err
	}
	if !a.asked {
		a.asked = true
		th, err := l.sight.May(policy.Read, r.Realm, r.Ref)
		if a.may = err == nil; a.may {
			a.sealed = shell.SealedIn(th)
		}
		if err != nil && !errors.Is(err, comity.Forbidden) && !errors.Is(err, comity.NotFound) {
			return false, err
		}
	}
	return a.may && !a.sealed[r.ID], nil
}

// line writes a result for a person.
func (r Result) line() string {
	var b strings.Builder
	for _, p := range r.Excerpt {
		if p.Hit {
			b.WriteString("«" + p.Text + "»")
		} else {
			b.WriteString(p.Text)
		}
	}
	realm := ""
	if r.Realm != comity.Live {
		realm = "  " + string(r.Realm)
	}
	return shell.Plain(string(cmp.Or(r.Ref, "-"))+realm+"  "+r.From+" "+r.Name+", "+r.Where+"  "+shell.UTC(r.At.Time)+"  | "+b.String()) + "\n"
}
