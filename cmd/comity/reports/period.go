package reports

import (
	"flag"
	"regexp"
	"strconv"
	"time"

	"comity"
	"comity/record"
	"comity/review"
	"comity/shell"
	"comity/store"
)

// A span is what a command looks back at: with whom, in which realm, and when.
type span struct {
	peer, realm, from, until, period *string
}

func spanOf(fs *flag.FlagSet) span {
	return span{
		peer:   fs.String("peer", "", "the other party; it may be left out if there is one only"),
		realm:  fs.String("realm", string(comity.Live), "live, or exercise:NAME"),
		from:   fs.String("from", "", "the first day in UTC, such as 2026-07-01, or a time"),
		until:  fs.String("until", "", "the last day in UTC, such as 2026-12-31, or a time"),
		period: fs.String("period", "", "instead: 2026H2, 2026Q4 or 2026 (default: this half-year)"),
	}
}

// scope reads the flags. A period that has not ended ends now: open requests are
// looked at as they are, and not as they will be.
func (s span) scope(a *app, tx *store.Tx, n *shell.Node) (out review.Scope, err error) {
	if out.Realm, err = comity.ParseRealm(*s.realm); err != nil {
		return out, err
	}
	peer, err := s.with(tx, n)
	if err != nil {
		return out, err
	}
	out.Parties = [2]comity.Party{n.Party, peer}
	now := n.Keeper.Now().UTC().Truncate(time.Millisecond)
	if out.From, out.To, err = s.times(now); err != nil {
		return out, err
	}
	if out.To.After(now) {
		out.To = now
		a.Note("the period has not ended: this is how it stands at %s. The other side sees the same with --from %s --until %s",
			now.Format(time.RFC3339Nano), out.From.Format(time.RFC3339), now.Format(time.RFC3339Nano))
	}
	return out, nil
}

// with returns the other party.
func (s span) with(tx *store.Tx, n *shell.Node) (comity.Party, error) {
	if *s.peer != "" {
		p, err := comity.ParseParty(*s.peer)
		if err == nil {
			_, err = record.ChannelTo(tx, p, comity.Realm(*s.realm))
		}
		return p, err
	}
	list, err := tx.Channels()
	if err != nil {
		return "", err
	}
	var peer comity.Party
	for _, c := range list {
		if c.Realm != comity.Realm(*s.realm) {
			continue
		}
		if peer != "" {
			return "", shell.Usagef("there are several peers; name one with --peer")
		}
		peer = c.Peer
	}
	if peer == "" {
		return "", comity.Errorf(comity.NotFound, "there is no peer in %s", *s.realm)
	}
	return peer, nil
}

var periodForm = regexp.MustCompile(`^(20[0-9]{2})(?:([HQ])([1-4]))?$`)

func (s span) times(now time.Time) (from, to time.Time, err error) {
	if *s.period != "" {
		if *s.from+*s.until != "" {
			return from, to, shell.Usagef("give --period, or --from and --until")
		}
		return parsePeriod(*s.period)
	}
	half := time.Date(now.Year(), (now.Month()-1)/6*6+1, 1, 0, 0, 0, 0, time.UTC)
	from, to = half, half.AddDate(0, 6, 0)
	if *s.from != "" {
		if from, _, err = day("from", *s.from); err != nil {
			return from, to, err
		}
	}
	if *s.until != "" {
		var whole bool
		if to, whole, err = day("until", *s.until); err != nil {
			return from, to, err
		}
		if whole {
			to = to.AddDate(0, 0, 1)
		}
	}
	if !from.Before(to) {
		err = comity.Fieldf("until", "%s is not after %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return from, to, err
}

func parsePeriod(s string) (from, to time.Time, err error) {
	m := periodForm.FindStringSubmatch(s)
	if m == nil || m[2] == "H" && m[3] > "2" {
		return from, to, comity.Fieldf("period", "%q is not a period such as 2026H2, 2026Q4 or 2026", comity.Clip(s))
	}
	year, _ := strconv.Atoi(m[1]) // the form says that it is one
	part, _ := strconv.Atoi(m[3])
	months := map[string]int{"H": 6, "Q": 3, "": 12}[m[2]]
	from = time.Date(year, time.Month(1+max(0, part-1)*months), 1, 0, 0, 0, 0, time.UTC)
	return from, from.AddDate(0, months, 0), nil
}

// day reads a day or a time, and says whether it was a whole day.
func day(field, s string) (time.Time, bool, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, true, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, false, comity.Fieldf(field, "%q is not a day such as %q, nor a time such as %q", comity.Clip(s), "2026-07-01", "2026-11-22T12:00:00Z")
	}
	return t.UTC(), false, nil
}
