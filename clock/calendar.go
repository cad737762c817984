package clock

import (
	"slices"
	"sort"
	"time"

	"comity"
)

// A Date is a civil date, counted in days from 1 January 1970. It has no zone
// and no hours, so that adding days to it knows no summer time.
type Date int

const day = 24 * 60 * 60

func (d Date) utc() time.Time { return time.Unix(int64(d)*day, 0).UTC() }

// String writes d as 2026-11-22.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Year returns the year of d.
func (d Date) Year() int { return d.utc().Year() }

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// DateOf returns the date that t shows in its own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / day)
}

// A Day is what a calendar says of one date.
type Day struct {
	Working      bool
	Name, NameZH string // of a holiday, or of a weekend that is worked; else empty
	Source       string // who says so, and whether that was verified
}

// A Calendar says on which dates a party works. Obtain one from [ParseICS]. The
// zero Calendar covers no year.
//
// Monday to Friday are working days and Saturday and Sunday are not, unless the
// calendar says otherwise: of a holiday, or of a weekend that is worked in
// exchange for a longer holiday, as in China (调休). A date in a year that the
// calendar does not cover is neither: an error, because a list that lacks next
// year's holidays looks just like a year without any.
type Calendar struct {
	Name, NameZH  string
	Zone          Zone
	Opens, Closes time.Duration // office hours, as the clock on the wall shows them; both 0 if not stated
	First, Last   int           // the years covered, both included
	Provisional   []int         // years of which not all was decided when the calendar was written
	days          map[Date]Day
}

// Covers reports whether c knows the year.
func (c Calendar) Covers(year int) bool { return c.First != 0 && c.First <= year && year <= c.Last }

// Day returns what c says of d. It is an Invalid error if c does not cover d's year.
func (c Calendar) Day(d Date) (Day, error) {
	if !c.Covers(d.Year()) {
		return Day{}, comity.Fieldf("calendar", "%d is not covered: import a calendar whose X-COMITY-COVERS includes it, such as %d-%d", d.Year(), d.Year()-1, d.Year())
	}
	if x, ok := c.days[d]; ok {
		return x, nil
	}
	w := d.Weekday()
	return Day{Working: w != time.Saturday && w != time.Sunday}, nil
}

// Open reports whether t is in c's office hours. It is an Invalid error if c
// does not cover the year or states no hours.
func (c Calendar) Open(t time.Time) (bool, error) {
	x, err := c.Day(c.Zone.Date(t))
	if err != nil {
		return false, err
	}
	if c.Closes == 0 {
		return false, comity.Fieldf("calendar", "it states no office hours; add a line such as %s:0900-1700", propHours)
	}
	h, m, s := t.In(c.Zone.location()).Clock()
	wall := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	return x.Working && c.Opens <= wall && wall < c.Closes, nil
}

// A tally is a count of working days.
type tally struct {
	from       Date // the first date that may count
	gross, net int  // working days until the end of the measure, and those of them not paused
	due        Date // the date on which the limit is reached
	known      bool // due is
	special    []Date
	uncovered  int // the first year that stopped the count, or 0
	unsettled  []int
}

// tally counts c's working days after the day of from to the day of end, and on
// until limit of them are not paused. The day of an event does not count, and
// the day on which a period ends counts whole: Regulation (EEC, Euratom) No
// 1182/71, art. 3(1) and (2)(b), is the model [proposal; the numbers of the
// paragraphs not verified]. A pause is a period of the same kind: the day of a question is the asked side's, and the days after it
// until and including that of the reply are not counted. So a question that is
// answered the same day takes no day away.
func (c Calendar) tally(from, end time.Time, pauses []Pause, limit int) tally {
	t := tally{from: c.Zone.Date(from) + 1}
	last := c.Zone.Date(end)
	n := 0
	for d := t.from; d <= last || n < limit; d++ {
		x, err := c.Day(d)
		if err != nil {
			t.uncovered = d.Year()
			break
		}
		if slices.Contains(c.Provisional, d.Year()) && !slices.Contains(t.unsettled, d.Year()) {
			t.unsettled = append(t.unsettled, d.Year())
		}
		if x.Name != "" {
			t.special = append(t.special, d)
		}
		if !x.Working {
			continue
		}
		for len(pauses) > 0 && c.Zone.Date(pauses[0].To) < d {
			pauses = pauses[1:]
		}
		paused := len(pauses) > 0 && c.Zone.Date(pauses[0].From) < d
		if d <= last {
			t.gross++
		}
		if paused {
			continue
		}
		if d <= last {
			t.net++
		}
		if n++; n == limit {
			t.due, t.known = d, true
		}
	}
	return t
}

// Date returns the civil date of t in z.
func (z Zone) Date(t time.Time) Date { return DateOf(t.In(z.location())) }

// Start returns the first instant of d in z, to the second: midnight, or where
// summer time begins at midnight, as in Cairo, one o'clock.
func (z Zone) Start(d Date) time.Time {
	const most = 17 * 60 * 60 // more than any zone has ever been from UTC
	from := d.utc().Add(-most * time.Second)
	n := sort.Search(2*most, func(s int) bool { return z.Date(from.Add(time.Duration(s)*time.Second)) >= d })
	return from.Add(time.Duration(n) * time.Second)
}

func (z Zone) location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}
