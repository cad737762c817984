package officer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/shell"
	"comity/store"
	"comity/thread"
)

// A listed matter is a line of a list.
type listed struct {
	Ref      comity.Ref   `json:"ref"`
	Realm    comity.Realm `json:"realm"`
	Peer     comity.Party `json:"peer"`
	Kind     comity.Kind  `json:"kind"`
	Title    string       `json:"title"`
	State    string       `json:"state"`
	Open     bool         `json:"open"`
	Priority string       `json:"priority,omitempty"`
	Type     string       `json:"type,omitempty"`
	Category string       `json:"category,omitempty"`
	TLP      string       `json:"tlp"`
	Owes     comity.Party `json:"owes,omitempty"`
	Due      time.Time    `json:"due,omitzero"`
	Overdue  bool         `json:"overdue,omitempty"`
	Says     comity.Text  `json:"says"`
	Unsigned time.Time    `json:"countersign,omitzero"` // when a sole release of ours must be countersigned
	Lapses   time.Time    `json:"lapses,omitzero"`      // when a hold that we asked for ends, once that is near
	National string       `json:"national,omitempty"`   // its number in our own case system
	Changed  comity.Time  `json:"changed"`
}

// list lists the matters that changed last, and who owes what in each: what is due
// first comes first.
func (a *app) list(args []string) error {
	fs := a.Flags("list")
	state := fs.String("state", "", "only matters in this state, such as requested")
	peer := fs.String("peer", "", "only matters with this party")
	typ := fs.String("type", "", "only requests of this type, such as preserve")
	priority := fs.String("priority", "", "only requests of this priority: P0 P1 P2 P3")
	category := fs.String("category", "", "only matters of this category, such as fraud")
	from := fs.String("from", "", "only matters opened on this day or later")
	until := fs.String("until", "", "only matters opened before this day")
	open := fs.Bool("open", false, "only matters that are not closed")
	realm := fs.String("realm", string(comity.Live), "live, exercise:NAME, or all")
	seat := fs.String("seat", "", "who looks: needed for restricted matters")
	limit := fs.Int("limit", 200, "at most so many; 0 is all")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	f := store.Filter{State: *state, Limit: *limit, Type: *typ, Priority: *priority, Category: *category}
	var err error
	if *from != "" {
		if f.From, err = shell.Moment("from", *from); err != nil {
			return err
		}
	}
	if *until != "" {
		if f.Until, err = shell.Moment("until", *until); err != nil {
			return err
		}
	}
	if *realm != "all" {
		if f.Realm, err = comity.ParseRealm(*realm); err != nil {
			return err
		}
	}
	if *peer != "" {
		if f.Peer, err = comity.ParseParty(*peer); err != nil {
			return err
		}
	}
	if *open {
		f.Open = open
	}
	for _, w := range []struct{ flag, list, value string }{{"type", "type", *typ}, {"priority", "priority", *priority}, {"category", "supporting.offence.category", *category}} {
		if w.value != "" && guide.Shipped().Word(w.list, w.value).ZH == w.value {
			return comity.Fieldf(w.flag, "%q is none that there is; docs/spec/kinds.md lists them", comity.Clip(w.value))
		}
	}
	return a.with(func(n *node) error {
		if err := n.state(f.State); err != nil {
			return err
		}
		if err := a.reader(n, *seat); err != nil {
			return err
		}
		list, none := []listed{}, "there is no matter yet"
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			if f.Peer != "" {
				if _, err := tx.Party(f.Peer); err != nil {
					return err
				}
			}
			rows, err := n.Matters(tx, f)
			sight := n.Sight(tx)
			for _, m := range rows {
				l, err := n.listed(sight, m)
				if err == nil {
					l.National, err = n.National(tx, m.Realm, m.Ref)
				}
				if err != nil {
					return err
				}
				list = append(list, l)
			}
			// What somebody must do comes first, and what is due first before that.
			slices.SortStableFunc(list, func(a, b listed) int {
				return cmp.Or(cmp.Compare(a.rank(), b.rank()), a.Due.Compare(b.Due))
			})
			if err != nil || len(rows) > 0 {
				return err
			}
			if all, err := n.Matters(tx, store.Filter{Limit: 64}); err != nil || len(all) == 0 {
				return err
			}
			none = "the filter finds no matter (--realm " + *realm + "); comity list --realm all lists every one"
			return nil
		})
		if err != nil {
			return err
		}
		if *limit > 0 && len(list) == *limit {
			a.Note("there may be more than these %d, which changed last, and something overdue among them; --limit 0 lists all", *limit)
		}
		if len(list) == 0 {
			a.Note("%s", none)
		}
		text := ""
		for _, l := range list {
			text += l.text(n.Keeper.Now())
		}
		return a.Print(list, "%s", text)
	})
}

// state checks that there is a state of that name, or none is asked for.
func (n *node) state(name string) error {
	var known []string
	for _, c := range shell.Capabilities() {
		for _, s := range c.States {
			if !slices.Contains(known, s.Name) {
				known = append(known, s.Name)
			}
		}
	}
	if name != "" && !slices.Contains(known, name) {
		return comity.Fieldf("state", "%q is no state of a matter; there are %s", comity.Clip(name), strings.Join(known, ", "))
	}
	return nil
}

// title is that of a matter, unless it is for named seats alone and nobody has
// said who looks.
func (n *node) title(m store.Matter) string {
	if m.TLP == "RED" && n.Reader == "" {
		return "(TLP:RED)"
	}
	return m.Title
}

func (n *node) listed(sight *shell.Sight, m store.Matter) (listed, error) {
	h, _, err := sight.History(m)
	if err != nil {
		return listed{}, err
	}
	h.Zones = nil // a line has room for one time
	l := listed{Ref: m.Ref, Realm: m.Realm, Peer: m.Peer, Kind: m.Kind, Title: n.title(m), Type: m.Type, Category: m.Category, Open: m.Open,
		Priority: m.Priority, TLP: h.TLP(m.TLP), Changed: m.Changed}
	if !shell.IsRequest(m.Kind) {
		c, _ := shell.Find(m.Kind)
		v := thread.Project(c, h).View
		l.State, l.Owes, l.Says, l.Unsigned = v.State, v.Owes, c.Table().State(v.State).Says, v.Unsigned(n.Party)
		return l, nil
	}
	v, err := sight.Project(h)
	l.State, l.Owes, l.Due, l.Overdue, l.Says, l.Unsigned = v.State, v.Owes, v.Due, v.Overdue, v.Says, v.Unsigned(n.Party)
	if v.Lapsing && v.Opener == n.Party {
		l.Lapses = v.HoldUntil
	}
	return l, err
}

// rank puts what has a due time first, then what else is owed, then the rest.
func (l listed) rank() int {
	switch {
	case !l.Due.IsZero():
		return 0
	case l.Owes != "" || !l.Unsigned.IsZero():
		return 1
	}
	return 2
}

func (l listed) text(now time.Time) string {
	owed := "-"
	switch {
	case l.Owes == "":
	case l.Due.IsZero():
		owed = string(l.Owes) + " owes"
	case l.Overdue:
		owed = fmt.Sprintf("%s owes since %s  OVERDUE %s", l.Owes, shell.UTC(l.Due), clock.Say(now.Sub(l.Due)))
	default:
		owed = fmt.Sprintf("%s owes by %s, in %s", l.Owes, shell.UTC(l.Due), clock.Say(l.Due.Sub(now)))
	}
	if !l.Unsigned.IsZero() {
		owed += "; countersign by " + shell.UTC(l.Unsigned) + mark(now.After(l.Unsigned), "  OVERDUE")
	}
	switch {
	case l.Lapses.IsZero():
	case l.Lapses.After(now):
		owed += "; HOLD ENDS in " + clock.Say(l.Lapses.Sub(now))
	default:
		owed += "; HOLD LAPSED on " + shell.UTC(l.Lapses)
	}
	realm := ""
	if l.Realm != comity.Live {
		realm = "  " + string(l.Realm)
	}
	title := cmp.Or(l.Title, string(l.Kind))
	priority := cmp.Or(l.Priority, "--")
	return shell.Plain(fmt.Sprintf("%s%s  %s  %s  %-15s  %s  | %s", l.Ref, realm, l.Peer, priority, l.State, owed, comity.Clip(title))) + "\n"
}
