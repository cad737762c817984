package clock_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"comity/clock"
)

func shipped(t testing.TB, party string) clock.Calendar {
	t.Helper()
	b, err := os.ReadFile("../guidelines/calendars/" + party + ".ics")
	if err != nil {
		t.Fatal(err)
	}
	c, err := clock.ParseICS(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func date(s string) clock.Date {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return clock.DateOf(t)
}

// The days off of the shipped US calendar are those of the statute, worked out
// here a second time, and the days closed by order.
func TestShippedUSCalendarFollowsTheStatute(t *testing.T) {
	want := map[clock.Date]bool{date("2025-01-09"): true, date("2025-12-24"): true, date("2025-12-26"): true}
	for y := 2025; y <= 2028; y++ {
		monday := func(month time.Month, from int) time.Time { // the first Monday from that day of the month
			d := time.Date(y, month, from, 0, 0, 0, 0, time.UTC)
			for d.Weekday() != time.Monday {
				d = d.AddDate(0, 0, 1)
			}
			return d
		}
		on := func(month time.Month, day int) time.Time { return time.Date(y, month, day, 0, 0, 0, 0, time.UTC) }
		for _, d := range []time.Time{on(1, 1), monday(1, 15), monday(2, 15), monday(5, 25), on(6, 19), on(7, 4), monday(9, 1),
			monday(10, 8), on(11, 11), monday(11, 19).AddDate(0, 0, 3), on(12, 25)} {
			switch d.Weekday() {
			case time.Saturday:
				d = d.AddDate(0, 0, -1)
			case time.Sunday:
				d = d.AddDate(0, 0, 1)
			}
			want[clock.DateOf(d)] = true
		}
	}
	c := shipped(t, "us")
	for d := date("2025-01-01"); d <= date("2027-12-31"); d++ {
		x, err := c.Day(d)
		if err != nil {
			t.Fatal(err)
		}
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		if x.Working == (weekend || want[d]) {
			t.Errorf("%s %s: working is %t (%s)", d, d.Weekday(), x.Working, x.Name)
		}
		cited(t, d, x)
	}
}

func cited(t *testing.T, d clock.Date, x clock.Day) {
	t.Helper()
	if x.Name != "" && (x.NameZH == x.Name || !strings.HasPrefix(x.Source, "law: ") || !strings.Contains(x.Source, "verified: ")) {
		t.Errorf("%s: %q %q cites %q", d, x.Name, x.NameZH, x.Source)
	}
}

// The notices as they stand, one row for each sentence of them.
func TestShippedChineseCalendarFollowsTheNotices(t *testing.T) {
	off, on := map[clock.Date]string{}, map[clock.Date]bool{}
	for _, row := range []struct{ from, to, name, worked string }{
		{"2025-01-01", "2025-01-01", "元旦", ""},
		{"2025-01-28", "2025-02-04", "春节", "2025-01-26 2025-02-08"},
		{"2025-04-04", "2025-04-06", "清明节", ""},
		{"2025-05-01", "2025-05-05", "劳动节", "2025-04-27"},
		{"2025-05-31", "2025-06-02", "端午节", ""},
		{"2025-10-01", "2025-10-08", "国庆节、中秋节", "2025-09-28 2025-10-11"},
		{"2026-01-01", "2026-01-03", "元旦", "2026-01-04"},
		{"2026-02-15", "2026-02-23", "春节", "2026-02-14 2026-02-28"},
		{"2026-04-04", "2026-04-06", "清明节", ""},
		{"2026-05-01", "2026-05-05", "劳动节", "2026-05-09"},
		{"2026-06-19", "2026-06-21", "端午节", ""},
		{"2026-09-25", "2026-09-27", "中秋节", ""},
		{"2026-10-01", "2026-10-07", "国庆节", "2026-09-20 2026-10-10"},
		{"2027-01-01", "2027-01-01", "元旦", ""},
		{"2027-02-05", "2027-02-08", "春节", ""},
		{"2027-04-05", "2027-04-05", "清明节", ""},
		{"2027-05-01", "2027-05-02", "劳动节", ""},
		{"2027-06-09", "2027-06-09", "端午节", ""},
		{"2027-09-15", "2027-09-15", "中秋节", ""},
		{"2027-10-01", "2027-10-03", "国庆节", ""},
	} {
		for d := date(row.from); d <= date(row.to); d++ {
			off[d] = row.name
		}
		for w := range strings.FieldsSeq(row.worked) {
			on[date(w)] = true
		}
	}
	c := shipped(t, "cn")
	for d := date("2025-01-01"); d <= date("2027-12-31"); d++ {
		x, err := c.Day(d)
		if err != nil {
			t.Fatal(err)
		}
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		if want := on[d] || !weekend && off[d] == ""; x.Working != want || off[d] != "" && x.NameZH != off[d] {
			t.Errorf("%s %s: working is %t (%s)", d, d.Weekday(), x.Working, x.NameZH)
		}
		cited(t, d, x)
	}
	if len(c.Provisional) != 1 || c.Provisional[0] != 2027 {
		t.Errorf("provisional years are %v", c.Provisional)
	}
	for _, d := range []string{"2024-12-31", "2028-01-01"} {
		if _, err := c.Day(date(d)); err == nil || !strings.Contains(err.Error(), "is not covered") {
			t.Errorf("%s is not covered, but gave %v", d, err)
		}
	}
}

const header = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\nX-WR-CALNAME:Land\nX-WR-TIMEZONE:Asia/Kathmandu\nX-COMITY-COVERS:2026-2028\n"

func event(lines string) string {
	return "BEGIN:VEVENT\nUID:1@x.example\n" + lines + "\nSUMMARY:Day\nEND:VEVENT\n"
}

func TestParseICS(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"a day off ends before its DTEND", header + event("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107"), "2026-01-05 2026-01-06"},
		{"a day off without a DTEND is one day", header + event("DTSTART;VALUE=DATE:20260105"), "2026-01-05"},
		{"lines end as RFC 5545 says", strings.ReplaceAll(header+event("DTSTART;VALUE=DATE:20260105"), "\n", "\r\n"), "2026-01-05"},
		{"a worked weekend is a working day", header + event("DTSTART;VALUE=DATE:20260110\nX-COMITY-WORKING:TRUE"), "+2026-01-10"},
		{"what was cancelled is no day off", header + event("DTSTART;VALUE=DATE:20260105\nSTATUS:CANCELLED"), ""},
		{"every year on a date", header + event("DTSTART;VALUE=DATE:20200106\nRRULE:FREQ=YEARLY"), "2026-01-06 2027-01-06 2028-01-06"},
		{"every year on a date, until one", header + event("DTSTART;VALUE=DATE:20200106\nRRULE:FREQ=YEARLY;UNTIL=20270106"), "2026-01-06 2027-01-06"},
		{"every year on a date, some times", header + event("DTSTART;VALUE=DATE:20200106\nRRULE:FREQ=YEARLY;COUNT=7"), "2026-01-06"},
		{"the fourth Thursday", header + event("DTSTART;VALUE=DATE:20251127\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), "2026-11-26 2027-11-25 2028-11-23"},
		{"the last Monday", header + event("DTSTART;VALUE=DATE:20250526\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"), "2026-05-25 2027-05-31 2028-05-29"},
		{"29 February is where there is one", header + event("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"), "2028-02-29"},
		{"a holiday across the new year", header + event("DTSTART;VALUE=DATE:20251231\nDTEND;VALUE=DATE:20260103"), "2026-01-01 2026-01-02"},

		{"a meeting is no whole day", header + event("DTSTART:20260105T090000Z"), `event[0]: DTSTART: "20260105T090000Z" is not a whole day since 1900, such as 20261126`},
		{"a rule since the year 1", header + event("DTSTART;VALUE=DATE:00010105\nRRULE:FREQ=YEARLY"), "is not a whole day since 1900"},
		{"an end before the start", header + event("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105"), "DTEND is the day after the last"},
		{"a year off", header + event("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20270105"), "not 1 to 31 days"},
		{"every week", header + event("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY"), "write the dates out"},
		{"every second year", header + event("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY;INTERVAL=2"), "write the dates out"},
		{"a month that is none", header + event("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY;BYMONTH=13"), "does not fall on its own DTSTART"},
		{"a rule beside its start", header + event("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=2MO"), "does not fall on its own DTSTART"},
		{"an exception", header + event("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270105"), "EXDATE"},
		{"off and worked", header + event("DTSTART;VALUE=DATE:20260105") + event("DTSTART;VALUE=DATE:20260105\nX-COMITY-WORKING:TRUE"), "event[1]: 2026-01-05 is a day off in one event and worked in another"},
		{"worked, perhaps", header + event("DTSTART;VALUE=DATE:20260105\nX-COMITY-WORKING:yes"), "X-COMITY-WORKING:yes is not X-COMITY-WORKING:TRUE"},
		{"two starts", header + event("DTSTART;VALUE=DATE:20260105\nDTSTART;VALUE=DATE:20260106"), "it stands there 2 times"},
		{"no name", header + "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260105\nEND:VEVENT\n", "it has no name"},
		{"an event in small letters would be passed over", header + "BEGIN:vevent\nDTSTART;VALUE=DATE:20260105\nEND:vevent\n", "neither VEVENT nor VTIMEZONE"},
		{"no years", strings.Replace(header, "X-COMITY-COVERS:2026-2028\n", "", 1), "X-COMITY-COVERS: \"\" does not say which years"},
		{"years backwards", strings.Replace(header, "2026-2028", "2028-2026", 1), "not 1 to 30 years in order"},
		{"a century", strings.Replace(header, "2026-2028", "2026-2126", 1), "not 1 to 30 years in order"},
		{"a provisional year that is not covered", header + "X-COMITY-PROVISIONAL:2029\n", "not one of the years covered"},
		{"no zone", strings.Replace(header, "X-WR-TIMEZONE:Asia/Kathmandu\n", "", 1), "X-WR-TIMEZONE"},
		{"the machine's zone", strings.Replace(header, "Asia/Kathmandu", "Local", 1), "X-WR-TIMEZONE"},
		{"hours backwards", header + "X-COMITY-OFFICE-HOURS:1700-0900\n", "X-COMITY-OFFICE-HOURS"},
		{"hours after midnight", header + "X-COMITY-OFFICE-HOURS:0900-2430\n", "X-COMITY-OFFICE-HOURS"},
		{"a line without end", header + event("DTSTART;VALUE=DATE:20260105\nX-A:"+strings.Repeat("\n a", 4096)), "longer than 4096 bytes"},
		{"no calendar at all", "END:NOTHING\n", "it is not iCalendar (RFC 5545)"},
		{"too many events", header + strings.Repeat("BEGIN:VEVENT\nDTSTART:20260105\nSUMMARY:x\nEND:VEVENT\n", 2001), "more than 2000 events"},
		{"too many bytes", header + strings.Repeat("X-A:b\n", 50000), "bytes, more than"},
		{"bytes that are no text", header + "X-A:\xff\n", "it is not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := clock.ParseICS([]byte(tt.file + "END:VCALENDAR\n"))
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) || tt.want == "" {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
				return
			}
			var got []string
			for d := date("2026-01-01"); d <= date("2028-12-31"); d++ {
				x, err := c.Day(d)
				if err != nil {
					t.Fatal(err)
				}
				weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
				switch {
				case x.Working && weekend:
					got = append(got, "+"+d.String())
				case x.Name != "":
					got = append(got, d.String())
				}
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got  %s\nwant %s", g, tt.want)
			}
		})
	}
	if _, err := clock.ParseICS([]byte(header + event("DTSTART;VALUE=DATE:20260105"))); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a file that was cut off gave %v", err)
	}
}

func TestOpen(t *testing.T) {
	us, cn := shipped(t, "us"), shipped(t, "cn")
	for _, tt := range []struct {
		name string
		c    clock.Calendar
		at   string
		want bool
	}{
		{"nine in Washington, in winter", us, "2026-11-23 14:00", true},
		{"a minute before nine", us, "2026-11-23 13:59", false},
		{"nine in Washington, in summer", us, "2026-07-06 13:00", true},
		{"five is closed", us, "2026-11-23 22:00", false},
		{"Thanksgiving", us, "2026-11-26 15:00", false},
		{"Monday morning in Beijing is Sunday night in Washington", cn, "2026-11-23 01:00", true},
		{"a worked Saturday", cn, "2026-10-10 02:00", true},
		{"National Day", cn, "2026-10-05 02:00", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.c.Open(at(tt.at)); got != tt.want || err != nil {
				t.Errorf("got %t %v", got, err)
			}
		})
	}
	if _, err := us.Open(at("2028-01-03 15:00")); err == nil {
		t.Error("a year that is not covered is neither open nor closed")
	}
	c, err := clock.ParseICS([]byte(header + "END:VCALENDAR\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(at("2026-11-23 06:00")); err == nil {
		t.Error("hours that are not stated are neither open nor closed")
	}
}

// A day starts once, however its zone moves: Cairo's and Santiago's summer time
// begins at midnight, Lord Howe moves by half an hour, Apia left a day out.
func TestDaysFollowEachOther(t *testing.T) {
	for _, zone := range []string{"America/New_York", "Asia/Shanghai", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo", "America/Santiago", "Pacific/Apia"} {
		z, err := clock.ParseZone(zone, "x")
		if err != nil {
			t.Fatal(err)
		}
		for d := date("2011-12-25"); d < date("2028-01-01"); d++ {
			start := z.Start(d)
			if zone == "Pacific/Apia" && d == date("2011-12-30") {
				if start != z.Start(d+1) {
					t.Errorf("the day that Apia left out is not empty: %s", start)
				}
				continue
			}
			if z.Date(start) != d || z.Date(start.Add(-1)) >= d {
				t.Fatalf("%s %s starts at %s", zone, d, start)
			}
		}
	}
}

func FuzzParseICS(f *testing.F) {
	// Small ones: the fuzzer spends its time on making long ones shorter.
	f.Add([]byte(header + event("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107\nX-COMITY-SUMMARY;LANGUAGE=zh-CN:某日\nX-COMITY-WORKING:TRUE") + "END:VCALENDAR\n"))
	f.Add([]byte(header + event("DTSTART;VALUE=DATE:20251127\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1TH;COUNT=9;UNTIL=20270101T000000Z") + "END:VCALENDAR\n"))
	f.Add([]byte(header + "X-COMITY-PROVISIONAL:2027,2028\nX-COMITY-OFFICE-HOURS:0900-1700\nEND:VCALENDAR\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := clock.ParseICS(b)
		if err != nil {
			return
		}
		if c.First == 0 || c.Last < c.First || c.Last-c.First >= 30 || c.Closes < c.Opens {
			t.Fatalf("accepted %+v", c)
		}
		for _, y := range c.Provisional {
			if !c.Covers(y) {
				t.Fatalf("%d is provisional and not covered", y)
			}
		}
		d := date(fmt.Sprintf("%04d-01-01", c.First))
		for range 400 {
			x, err := c.Day(d)
			if (err == nil) != c.Covers(d.Year()) || (x.Name == "") != (x.NameZH == "") || strings.ContainsAny(x.Name+x.NameZH, "\n\r\x1b") {
				t.Fatalf("%s: %+v, %v", d, x, err)
			}
			d++
		}
	})
}

// arbitrary draws a calendar through its own file form.
func arbitrary(t *rapid.T) clock.Calendar {
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN:VCALENDAR\nNAME:Land\nX-WR-TIMEZONE:%s\nX-COMITY-COVERS:2026-2027\n", rapid.SampledFrom([]string{
		"America/New_York", "Asia/Shanghai", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo", "UTC"}).Draw(t, "calendar zone"))
	for i, d := range rapid.SliceOfNDistinct(rapid.IntRange(0, 700), 0, 60, rapid.ID[int]).Draw(t, "special days") {
		on := time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC).Format("20060102")
		fmt.Fprintf(&b, "BEGIN:VEVENT\nDTSTART;VALUE=DATE:%s\nSUMMARY:Day\n", on)
		if i%3 == 0 {
			b.WriteString("X-COMITY-WORKING:TRUE\n")
		}
		b.WriteString("END:VEVENT\n")
	}
	c, err := clock.ParseICS([]byte(b.String() + "END:VCALENDAR\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Limits in working days, whatever the zone, the calendar and the pauses.
func TestWorkingDaysKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal := arbitrary(t)
		start := at("2026-01-05 00:00").Add(time.Duration(rapid.IntRange(0, 330*24*60).Draw(t, "start")) * time.Minute)
		minutes := func(label string, most int) time.Time {
			return start.Add(time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Minute)
		}
		c := clock.Clock{Started: start, Calendar: cal, Limit: clock.Limit{WorkDays: rapid.IntRange(1, 40).Draw(t, "limit"), Unpaused: rapid.Bool().Draw(t, "unpaused")}}
		for range rapid.IntRange(0, 4).Draw(t, "pauses") {
			p := clock.Pause{From: minutes("from", 40000)}
			if rapid.Bool().Draw(t, "ended") {
				p.To = p.From.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "for")) * time.Minute)
			}
			if rapid.Bool().Draw(t, "contested") {
				p.Contested, p.ContestedBy = p.From, clock.Asking
			}
			c.Pauses = append(c.Pauses, p)
		}
		now := minutes("now", 60000)
		s := clock.Measure(c, now)

		if s.NetDays > s.GrossDays || s.Net > s.Gross || c.Limit.Unpaused && s.NetDays != s.GrossDays {
			t.Fatalf("net %v of %v, %d of %d days", s.Net, s.Gross, s.NetDays, s.GrossDays)
		}
		if s.Uncovered != 0 {
			if s.Uncovered != 2028 || !strings.Contains(s.How, "does not cover 2028") || !strings.Contains(s.HowZH, "未涵盖2028年") {
				t.Fatalf("uncovered %d: %s", s.Uncovered, s.How)
			}
			return
		}
		// The last day of a limit is a working day and not the day of receipt; it
		// ends at midnight there; and it is the limit's number of working days
		// and paused ones after the receipt.
		last := cal.Zone.Date(s.Due.Add(-time.Second))
		x, err := cal.Day(last)
		if err != nil || !x.Working || last <= cal.Zone.Date(start) || s.Due != cal.Zone.Start(last+1) {
			t.Fatalf("due %v, on %s: %+v %v", s.Due, last, x, err)
		}
		n := 0
		for d := cal.Zone.Date(start) + 1; d <= last; d++ {
			if x, err := cal.Day(d); err != nil || x.Working {
				n++
			}
		}
		if paused := n - c.Limit.WorkDays; paused < 0 || paused > s.GrossDays-s.NetDays {
			t.Fatalf("%d working days for a limit of %d with %d paused", n, c.Limit.WorkDays, s.GrossDays-s.NetDays)
		}
		if s.Overdue != now.After(s.Due) || s.Overdue && s.NetDays < c.Limit.WorkDays {
			t.Fatalf("overdue %t at %v, due %v, %d days", s.Overdue, now, s.Due, s.NetDays)
		}
		// Without contested pauses nothing is later, and less is net of more.
		if s.Contested && (s.DueContested.After(s.Due) || s.NetContested < s.Net || s.NetContested > s.Gross) {
			t.Fatalf("without what is contested: net %v due %v, with %v %v", s.NetContested, s.DueContested, s.Net, s.Due)
		}
		// Whoever else computes it, wherever, and after whatever else was computed,
		// has the same to say.
		other := c
		other.Started = c.Started.In(time.FixedZone("elsewhere", 20700))
		for i := range 3 {
			clock.Measure(other, now.Add(time.Duration(i)*time.Hour))
		}
		if o := clock.Measure(other, now.In(time.FixedZone("there", -34200))); !o.Due.Equal(s.Due) || o.How != s.How || o.HowZH != s.HowZH || o.NetDays != s.NetDays || o.GrossDays != s.GrossDays {
			t.Fatalf("the other side has %+v\nhere it is %+v", o, s)
		}
		// Time takes nothing back.
		l := clock.Measure(c, now.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "later"))*time.Minute))
		if l.Uncovered == 0 && l.Due.Before(s.Due) || l.NetDays < s.NetDays || l.GrossDays < s.GrossDays || l.Net < s.Net {
			t.Fatalf("later it is %+v\nit was %+v", l, s)
		}
		// An extension gives time, whoever made it.
		y := c
		until := minutes("until", 60000)
		y.Extensions = []clock.Extension{{By: clock.Asked, Until: until, At: start}}
		e := clock.Measure(y, now)
		y.Extensions[0].By = clock.Asking
		if a := clock.Measure(y, now); e.Due.Before(s.Due) || e.Due.Before(until) || !a.Due.Equal(e.Due) || a.Overdue != e.Overdue {
			t.Fatalf("extended to %v: announced %v, agreed %v, without %v", until, e.Due, a.Due, s.Due)
		}
	})
}
