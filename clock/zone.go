// Package clock measures how long things took and by when they are due, and
// says how it got there.
//
// A [Clock] starts and stops at the times of items and receipts, which both
// nodes have, never at a time that somebody claims. It may pause while the side
// that is measured waits for the other. [Measure] gives gross time (the wall's),
// net time (without pauses), the due time, and a sentence with the sum in it.
//
// What is urgent has a limit in elapsed time: a day is 24 hours, through nights,
// weekends, holidays and changes of summer time, because both sides then get the
// same result without sharing a calendar. Other limits may be in working days of
// the measured side's [Calendar], which both sides hold: the day of receipt does
// not count, and the limit ends at 24:00 there on the last of the days. They are
// counted on civil dates, never by adding hours. Regulation (EEC, Euratom) No
// 1182/71, art. 3, is the model [proposal: no text binds two parties to it].
// A date that the calendar does not cover is never taken for a working day or a
// weekend: the due time is then missing, and the sentence says why.
package clock

import (
	"strings"
	"time"

	"comity"
)

// A Zone is a capital's time of day.
type Zone struct {
	City string
	loc  *time.Location
}

// ParseZone returns the zone that the IANA database has under name.
func ParseZone(name, city string) (Zone, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return Zone{}, comity.Fieldf("zone", "%q is not a time zone such as %q", comity.Clip(name), "Asia/Shanghai")
	}
	return Zone{City: city, loc: loc}, nil
}

// Name is the zone's in the IANA database.
func (z Zone) Name() string { return z.location().String() }

// At is t by the clocks there.
func (z Zone) At(t time.Time) time.Time { return t.In(z.location()) }

const layout = "2006-01-02 15:04:05"

// UTC writes t in UTC alone.
func UTC(t time.Time) string { return t.UTC().Format(layout) + " UTC" }

// FormatTimes writes t in UTC and then in each zone: an hour without its place
// is how evidence gets lost.
func FormatTimes(t time.Time, zones []Zone) string {
	if t.IsZero() {
		return "-"
	}
	all := []string{UTC(t)}
	for _, z := range zones {
		all = append(all, t.In(z.location()).Format(layout+" -0700 ")+z.City)
	}
	return strings.Join(all, " | ")
}
