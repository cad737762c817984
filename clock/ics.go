package clock

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"comity"
)

// What an .ics file needs beside RFC 5545 and 7986. X-WR-TIMEZONE is what
// calendar programs write; the rest is ours.
const (
	propZone        = "X-WR-TIMEZONE"         // X-WR-TIMEZONE:Asia/Shanghai
	propCovers      = "X-COMITY-COVERS"       // X-COMITY-COVERS:2025-2027
	propProvisional = "X-COMITY-PROVISIONAL"  // X-COMITY-PROVISIONAL:2027
	propHours       = "X-COMITY-OFFICE-HOURS" // X-COMITY-OFFICE-HOURS:0900-1700
	propWorking     = "X-COMITY-WORKING"      // X-COMITY-WORKING:TRUE, in an event
	propSummary     = "X-COMITY-SUMMARY"      // the second language: RFC 5545 allows one SUMMARY
)

const (
	maxICS    = 256 << 10 // bytes
	maxLine   = 4 << 10   // bytes of an unfolded line: the parser's work grows with its square
	maxEvents = 2000
	maxDays   = 31 // of one event
	maxYears  = 30
)

// ParseICS reads a calendar from an iCalendar file (RFC 5545) of at most 256
// KiB and 2,000 events. It returns an Invalid error that names the line or the event.
//
// Each event is one or more whole days off, from DTSTART to before DTEND, at
// most 31; one with X-COMITY-WORKING:TRUE is days that are worked although they
// may be a weekend. RRULE may be FREQ=YEARLY on a date or on a weekday such as
// BYMONTH=11;BYDAY=4TH. SUMMARY and X-COMITY-SUMMARY are the name, with LANGUAGE
// en or zh. The calendar itself must state X-WR-TIMEZONE and, because nobody can
// see a missing year in a list of holidays, X-COMITY-COVERS; it may state
// X-COMITY-PROVISIONAL and X-COMITY-OFFICE-HOURS. What is not understood and
// could move a day is refused, never passed over.
func ParseICS(b []byte) (Calendar, error) {
	if err := bounds(b); err != nil {
		return Calendar{}, err
	}
	file, err := ics.ParseCalendar(bytes.NewReader(b))
	if err != nil {
		return Calendar{}, comity.Fieldf("calendar", "it is not iCalendar (RFC 5545): %s", comity.Clip(err.Error()))
	}
	var ps props
	for _, p := range file.CalendarProperties {
		ps = append(ps, p.BaseProperty)
	}
	c, err := ps.header()
	if err != nil {
		return Calendar{}, err
	}
	events := 0
	for _, x := range file.Components {
		switch x := x.(type) {
		case *ics.VTimezone: // the IANA zone is what counts
		case *ics.VEvent:
			if events++; events > maxEvents {
				return Calendar{}, comity.Fieldf("calendar", "it has more than %d events; split it by years", maxEvents)
			}
			ps := props{}
			for _, p := range x.Properties {
				ps = append(ps, p.BaseProperty)
			}
			if err := c.add(fmt.Sprintf("calendar.event[%d]", events-1), ps); err != nil {
				return Calendar{}, err
			}
		default:
			return Calendar{}, comity.Fieldf("calendar", "it has a component that is neither VEVENT nor VTIMEZONE; take it out")
		}
	}
	return c, nil
}

// bounds refuses what the parser would bear badly, or would take for a whole
// file though its end is missing.
func bounds(b []byte) error {
	switch {
	case len(b) > maxICS:
		return comity.Fieldf("calendar", "it has %d bytes, more than %d; leave out what is no day off", len(b), maxICS)
	case !utf8.Valid(b):
		return comity.Fieldf("calendar", "it is not UTF-8; save it as UTF-8")
	case !bytes.HasSuffix(bytes.TrimSpace(b), []byte("\nEND:VCALENDAR")):
		return comity.Fieldf("calendar", "its last line is not END:VCALENDAR, as if it had been cut off; fetch it again")
	}
	n := 0
	for i, line := range bytes.Split(b, []byte("\n")) {
		if len(line) == 0 || line[0] != ' ' && line[0] != '\t' {
			n = 0
		}
		if n += len(line); n > maxLine {
			return comity.Fieldf("calendar", "line %d is longer than %d bytes; shorten it", i+1, maxLine)
		}
	}
	return nil
}

type props []ics.BaseProperty

// one returns the value of the only property of that name, or "".
func (ps props) one(name string) (string, error) {
	v, n := "", 0
	for _, p := range ps {
		if strings.EqualFold(p.IANAToken, name) {
			v = strings.TrimSpace(p.Value)
			n++
		}
	}
	if n > 1 {
		return "", comity.Fieldf(name, "it stands there %d times; leave one", n)
	}
	return v, nil
}

// named returns the English and the Chinese text among the properties of those
// names. What states no language is Chinese if it has a Han character.
func (ps props) named(names ...string) (en, zh string) {
	for _, name := range names {
		for _, p := range ps {
			if !strings.EqualFold(p.IANAToken, name) {
				continue
			}
			lang := strings.ToLower(strings.Join(p.ICalParameters["LANGUAGE"], ""))
			to := &en
			if strings.HasPrefix(lang, "zh") || lang == "" && han.MatchString(p.Value) {
				to = &zh
			}
			if *to == "" {
				*to = plain(p.Value, 80)
			}
		}
	}
	if en == "" {
		en = zh
	}
	if zh == "" {
		zh = en
	}
	return en, zh
}

// plain returns s as one line of at most most characters, which neither steers
// a terminal nor turns text around.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return strings.TrimSpace(s)
}

var (
	han       = regexp.MustCompile(`\p{Han}`)
	yearsForm = regexp.MustCompile(`^([12][0-9]{3})(?:-([12][0-9]{3}))?$`)
)

func (ps props) header() (c Calendar, err error) {
	var v [4]string
	for i, name := range []string{propZone, propCovers, propProvisional, propHours} {
		if v[i], err = ps.one(name); err != nil {
			return c, err
		}
	}
	c.days = map[Date]Day{}
	c.Name, c.NameZH = ps.named("NAME", "X-WR-CALNAME")
	if c.Zone, err = ParseZone(v[0], v[0][strings.LastIndexByte(v[0], '/')+1:]); err != nil {
		return c, comity.Fieldf(propZone, "%q is not a time zone; add a line such as %s:Asia/Shanghai", comity.Clip(v[0]), propZone)
	}
	years := yearsForm.FindStringSubmatch(v[1])
	if years == nil {
		return c, comity.Fieldf(propCovers, "%q does not say which years the calendar has in full; add a line such as %s:2026-2027", comity.Clip(v[1]), propCovers)
	}
	c.First = number(years[1])
	if c.Last = c.First; years[2] != "" {
		c.Last = number(years[2])
	}
	if c.Last < c.First || c.Last-c.First >= maxYears {
		return c, comity.Fieldf(propCovers, "%q is not 1 to %d years in order, such as 2026-2027", v[1], maxYears)
	}
	for y := range strings.SplitSeq(v[2], ",") {
		if v[2] == "" {
			break
		}
		if m := yearsForm.FindStringSubmatch(y); m == nil || m[2] != "" || !c.Covers(number(m[1])) || len(c.Provisional) == maxYears {
			return c, comity.Fieldf(propProvisional, "%q is not one of the years covered, such as %d", comity.Clip(y), c.Last)
		}
		c.Provisional = append(c.Provisional, number(y))
	}
	if v[3] == "" {
		return c, nil
	}
	opens, closes, _ := strings.Cut(v[3], "-")
	o, err := time.Parse("1504", opens)
	e, err2 := time.Parse("1504", closes)
	if err != nil || err2 != nil || !o.Before(e) {
		return c, comity.Fieldf(propHours, "%q is not from one time to a later one, such as 0900-1700", comity.Clip(v[3]))
	}
	midnight := o.Truncate(24 * time.Hour)
	c.Opens, c.Closes = o.Sub(midnight), e.Sub(midnight)
	return c, nil
}

// number reads digits that a form has let through.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0 // no form here lets through what is no number
	}
	return n
}

func parseDate(s string) (Date, error) {
	t, err := time.Parse("20060102", s)
	if err != nil || t.Year() < 1900 { // a yearly rule since the year 1 is work for nothing
		return 0, comity.Errorf(comity.Invalid, "%q is not a whole day since 1900, such as 20261126", comity.Clip(s))
	}
	return DateOf(t), nil
}

// add puts one event's days into c.
func (c Calendar) add(field string, ps props) error {
	var v [8]string
	for i, name := range []string{"DTSTART", "DTEND", "RRULE", propWorking, "RDATE", "EXDATE", "DURATION", "STATUS"} {
		var err error
		if v[i], err = ps.one(name); err != nil {
			return comity.Fieldf(field, "%v", err)
		}
	}
	if strings.EqualFold(v[7], "CANCELLED") {
		return nil
	}
	if v[4]+v[5]+v[6] != "" {
		return comity.Fieldf(field, "RDATE, EXDATE and DURATION are not read; write DTSTART and DTEND of each occurrence")
	}
	start, err := parseDate(v[0])
	if err != nil {
		return comity.Fieldf(field, "DTSTART: %v", err)
	}
	end := start + 1
	if v[1] != "" {
		if end, err = parseDate(v[1]); err != nil {
			return comity.Fieldf(field, "DTEND: %v", err)
		}
	}
	if end <= start || end-start > maxDays {
		return comity.Fieldf(field, "it is not 1 to %d days from %s to before %s; DTEND is the day after the last", maxDays, start, end)
	}
	if v[3] != "" && v[3] != "TRUE" {
		return comity.Fieldf(field, "%s:%s is not %s:TRUE; leave it out for a day off", propWorking, comity.Clip(v[3]), propWorking)
	}
	x := Day{Working: v[3] == "TRUE"}
	x.Name, x.NameZH = ps.named("SUMMARY", propSummary)
	if x.Name == "" {
		return comity.Fieldf(field, "it has no name; add a line such as SUMMARY;LANGUAGE=en:Thanksgiving Day")
	}
	if x.Source, err = ps.one("DESCRIPTION"); err != nil {
		return comity.Fieldf(field, "%v", err)
	}
	x.Source = plain(x.Source, 1000)
	starts := []Date{start}
	if v[2] != "" {
		if starts, err = c.yearly(v[2], start); err != nil {
			return comity.Fieldf(field, "%v", err)
		}
	}
	for _, s := range starts {
		for d := s; d < s+end-start; d++ {
			if !c.Covers(d.Year()) {
				continue
			}
			if was, ok := c.days[d]; ok && was.Working != x.Working {
				return comity.Fieldf(field, "%s is a day off in one event and worked in another; take one out", d)
			} else if !ok {
				c.days[d] = x
			}
		}
	}
	return nil
}

var byDayForm = regexp.MustCompile(`^([+-]?)([1-5])(SU|MO|TU|WE|TH|FR|SA)$`)

// yearly returns the dates of a yearly rule that begins at start, to the last year covered.
func (c Calendar) yearly(rule string, start Date) ([]Date, error) {
	part := map[string]string{"BYMONTH": strconv.Itoa(int(start.utc().Month())), "BYMONTHDAY": strconv.Itoa(start.utc().Day())}
	for p := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		k, v, _ := strings.Cut(p, "=")
		part[k] = v
	}
	bad := comity.Errorf(comity.Invalid, "RRULE %q is not one that is read, such as FREQ=YEARLY or FREQ=YEARLY;BYMONTH=11;BYDAY=4TH; write the dates out", comity.Clip(rule))
	month, err := strconv.Atoi(part["BYMONTH"])
	dayOf, err2 := strconv.Atoi(part["BYMONTHDAY"])
	by := byDayForm.FindStringSubmatch(part["BYDAY"])
	if part["FREQ"] != "YEARLY" || err != nil || err2 != nil || by == nil && part["BYDAY"] != "" {
		return nil, bad
	}
	until, count := Date(1<<31), maxICS
	if u := part["UNTIL"]; u != "" {
		if until, err = parseDate(u[:min(8, len(u))]); err != nil {
			return nil, bad
		}
	}
	if n := part["COUNT"]; n != "" {
		if count, err = strconv.Atoi(n); err != nil || count < 1 {
			return nil, bad
		}
	}
	for k := range part {
		if !slices.Contains([]string{"FREQ", "BYMONTH", "BYMONTHDAY", "BYDAY", "UNTIL", "COUNT", "WKST"}, k) {
			return nil, bad
		}
	}
	var out []Date
	for y := start.Year(); y <= c.Last && len(out) < count; y++ {
		at := time.Date(y, time.Month(month), dayOf, 0, 0, 0, 0, time.UTC)
		if by != nil {
			at = nth(y, time.Month(month), by)
		}
		if at.Month() != time.Month(month) { // 29 February, a fifth Monday
			continue
		}
		if d := DateOf(at); d > until {
			break
		} else if d >= start {
			out = append(out, d)
		}
	}
	if len(out) > 0 && out[0] != start || month < 1 || month > 12 {
		return nil, comity.Errorf(comity.Invalid, "RRULE %q does not fall on its own DTSTART, %s", comity.Clip(rule), start)
	}
	return out, nil
}

// nth returns the day that by names: sign, ordinal, weekday.
func nth(year int, month time.Month, by []string) time.Time {
	weekday := strings.Index("SUMOTUWETHFRSA", by[3]) / 2
	if by[1] == "-" {
		last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC)
		return last.AddDate(0, 0, -(int(last.Weekday())-weekday+7)%7-7*(number(by[2])-1))
	}
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, (weekday-int(first.Weekday())+7)%7+7*(number(by[2])-1))
}
