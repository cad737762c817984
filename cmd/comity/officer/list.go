package officer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/cabinet"
	"comity/clock"
	"comity/guide"
	"comity/meter"
	"comity/shell"
	"comity/store"
	"comity/typed"
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
	Unsigned time.Time    `json:"countersign,omitzero"`     // when a sole release of ours must be countersigned
	Lapses   time.Time    `json:"lapses,omitzero"`          // when a hold that we asked for ends, once that is near
	Unacked  bool         `json:"unacknowledged,omitempty"` // no seat of the asked side has said that it has the request
	National string       `json:"national,omitempty"`       // its number in our own case system
	Changed  comity.Time  `json:"changed"`
	Place    string       `json:"place"` // in the list: what comes after it follows --after
}

// list lists matters, and who owes what in each: what is due first comes first,
// however long ago it was touched.
func (a *app) list(args []string) error {
	fs := a.Flags("list")
	state := fs.String("state", "", "only matters in this state, such as requested")
	peer := fs.String("peer", "", "only matters with this party")
	typ := fs.String("type", "", "only requests of this type, such as preserve")
	priority := fs.String("priority", "", "only requests of this priority: P0 P1 P2 P3")
	category := fs.String("category", "", "only matters of this category, such as fraud")
	kind := fs.String("kind", "", "only matters that this kind opened, such as case.open")
	from := fs.String("from", "", "only matters opened on this day or later")
	until := fs.String("until", "", "only matters opened before this day")
	open := fs.Bool("open", false, "only matters that are not closed")
	realm := fs.String("realm", string(comity.Live), "live, exercise:NAME, or all")
	seat := fs.String("seat", "", "who looks: needed for restricted matters")
	owes := fs.String("owes", "", "only matters in which this party owes the next move")
	waits := fs.String("waits", "", "only matters that wait for this: countersign (a sole release of ours), hold (one that we asked for ends soon)")
	limit := fs.Int("limit", 200, "at most so many; 0 is all")
	after := fs.String("after", "", "only what comes after this place of a list: the place of its last line")
	count := fs.Bool("count", false, "only how many are due when, as JSON")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if *limit < 0 {
		return comity.Fieldf("limit", "%d is no number of lines, such as 50", *limit)
	}
	f := store.Filter{State: *state, Limit: *limit, Kind: comity.Kind(*kind), Type: *typ, Priority: *priority, Category: *category}
	var err error
	var place cabinet.Place
	if *after != "" {
		if place, err = cabinet.ParsePlace(*after); err != nil {
			return err
		}
	}
	if *from != "" {
		if f.From, err = typed.Moment("from", *from); err != nil {
			return err
		}
	}
	if *until != "" {
		if f.Until, err = typed.Moment("until", *until); err != nil {
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
	if *owes != "" {
		if f.Owes, err = comity.ParseParty(*owes); err != nil {
			return err
		}
	}
	if *open {
		f.Open = open
	}
	if *waits != "" && *waits != "countersign" && *waits != "hold" {
		return comity.Fieldf("waits", "%q is neither countersign nor hold", comity.Clip(*waits))
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
		if err := n.UpToDate(a.Ctx, meter.Count(a.Stderr, "listing", 1000)); err != nil {
			return err
		}
		list, counts, none := []listed{}, cabinet.Counts{}, "there is no matter yet"
		now := n.Keeper.Now()
		if f.Unsigned = *waits == "countersign"; *waits == "hold" {
			f.Warned = now
		}
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			if f.Peer != "" {
				if _, err := tx.Party(f.Peer); err != nil {
					return err
				}
			}
			if *count {
				counts, err = n.Count(tx, f)
				return err
			}
			rows, err := n.Agenda(tx, f, place)
			for _, d := range rows {
				l := of(d, now)
				if l.National, err = n.National(tx, d.Realm, d.Ref); err != nil {
					return err
				}
				list = append(list, l)
			}
			if err != nil || len(rows) > 0 {
				return err
			}
			if all, err := n.Matters(tx, store.Filter{Limit: 1}); err != nil || len(all) == 0 {
				return err
			}
			none = "the filter finds no matter (--realm " + *realm + "); comity list --realm all lists every one"
			if *after != "" {
				none = "nothing comes after that"
			}
			return nil
		})
		if err != nil {
			return err
		}
		if *count {
			a.JSON = true
			return a.Print(counts, "")
		}
		if *limit > 0 && len(list) == *limit {
			a.Note("there may be more than these %d, none of them due earlier; --after %s goes on, --limit 0 lists all", *limit, list[*limit-1].Place)
		}
		if len(list) == 0 {
			a.Note("%s", none)
		}
		text := ""
		for _, l := range list {
			text += l.text(now)
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

func of(d shell.Due, now time.Time) listed {
	return listed{Ref: d.Ref, Realm: d.Realm, Peer: d.Peer, Kind: d.Kind, Title: d.Title, Type: d.Type, Category: d.Category, Open: d.Open,
		Priority: d.Priority, TLP: d.Entry.TLP, Changed: d.Changed, State: d.Entry.State, Owes: d.Owes, Due: d.Entry.Due, Overdue: d.Overdue(now),
		Says: d.Says.When(now), Unsigned: d.Unsigned, Lapses: d.Lapses(now), Unacked: d.Unacked, Place: d.Place.String()}
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
