package thread

import (
	"slices"

	"comity"
	"comity/clock"
)

// Fits says what of a body of ours, of the kinds that every matter has, does not
// go with the matter as it stands, though the other side would have to take it.
func (v View) Fits(body any, me comity.Party, by comity.Seat) error {
	row := func(id comity.Hash) (Row, bool) {
		i := slices.IndexFunc(v.Timeline, func(r Row) bool { return r.ID == id })
		if i < 0 {
			return Row{}, false
		}
		return v.Timeline[i], true
	}
	missing := func(id comity.Hash) error {
		return comity.Fieldf("statement", "%s has no statement %s; comity show %s lists them", v.Ref, id.Short(), v.Ref)
	}
	switch b := body.(type) {
	case *Acknowledge:
		what, ok := row(b.Statement)
		for _, r := range v.Timeline {
			if r.Kind == "acknowledge" && r.About == b.Statement && ok && r.From != what.From {
				return comity.Errorf(comity.Conflict, "%s acknowledged %s already at %s", r.From, b.Statement.Short(), clock.UTC(r.Time))
			}
		}
	case *Countersign:
		if r, ok := row(b.Statement); ok && slices.Contains(r.Seats, by) {
			return comity.Errorf(comity.Forbidden, "seat %s released %s itself; another seat must countersign", by, r.ID.Short())
		}
		for _, s := range v.Sole {
			if s.Statement == b.Statement && s.Outcome != "" {
				return comity.Errorf(comity.Conflict, "%s was countersigned already: %s (%s)", s.Statement.Short(), s.Outcome, s.By.Short())
			}
		}
	case *Misdirected:
		r, ok := row(b.Statement)
		switch {
		case !ok:
			return missing(b.Statement)
		case r.From != me:
			return comity.Fieldf("statement", "%s is of %s: only who sent it may call it misdirected", r.ID.Short(), r.From)
		case !strayable(r.Kind):
			return comity.Fieldf("statement", "%s is a %s, which gives no contents; withdraw or end the matter instead", r.ID.Short(), r.Kind)
		}
	case *Attest:
		if !slices.ContainsFunc(v.Misdirected, func(a Astray) bool { return a.Statement == b.Statement && a.From != me }) {
			return comity.Fieldf("statement", "the other side has not called %s misdirected", b.Statement.Short())
		}
	}
	return nil
}
