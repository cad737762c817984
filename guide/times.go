package guide

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"comity"
)

func eachTime(wrong func(string) string) func(Preservation, Setting) []fault {
	return func(p Preservation, _ Setting) (fs []fault) {
		for i, it := range p.Items {
			for _, m := range []struct{ name, value string }{{"from", it.From}, {"to", it.To}} {
				if empty(m.value) {
					continue // C21 asks for it
				}
				if w := wrong(m.value); w != "" {
					fs = append(fs, fault{at(i, m.name), w})
				}
			}
		}
		return fs
	}
}

const anExample = "2026-11-22T00:52:09+08:00"

var timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// parseTime returns s as RFC 3339 has it, to the letter: time.Parse would also take
// a comma, an hour of one digit and an offset of a day.
func parseTime(s string) (time.Time, error) {
	if !timeForm.MatchString(s) {
		return time.Time{}, comity.Fieldf("time", "%q is not a time such as %q", comity.Clip(s), anExample)
	}
	return time.Parse(time.RFC3339, s)
}

// zoneless finds every fault of form but missing seconds, which is another rule.
func zoneless(s string) string {
	if _, err := parseTime(s); err == nil || secondless(s) != "" {
		return ""
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if _, err := time.Parse(form, s); err == nil {
			return fmt.Sprintf("%q does not say in which time zone; an example is %q", comity.Clip(s), anExample)
		}
	}
	return fmt.Sprintf("%q is not a time such as %q", comity.Clip(s), anExample)
}

func secondless(s string) string {
	if _, err := time.Parse("2006-01-02T15:04Z07:00", s); err == nil {
		return fmt.Sprintf("%q has no seconds; an example is %q", comity.Clip(s), anExample)
	}
	return ""
}

// period returns an item's period, if it has one in the right form.
func period(it Item) (from, to time.Time, ok bool) {
	from, err := parseTime(it.From)
	if err != nil {
		return from, to, false
	}
	to, err = parseTime(it.To)
	return from, to, err == nil
}

func periods(p Preservation, s Setting) (fs []fault) {
	for i, it := range p.Items {
		from, to, ok := period(it)
		switch {
		case !ok:
		case to.Before(from):
			fs = append(fs, fault{at(i, "to"), fmt.Sprintf("%s is before %s", it.To, it.From)})
		case to.After(s.Now):
			fs = append(fs, fault{at(i, "to"), fmt.Sprintf("%s has not come yet: only data that is stored can be preserved", it.To)})
		}
	}
	return fs
}

func noPeriod(p Preservation, _ Setting) (fs []fault) {
	for i, it := range p.Items {
		for _, m := range []struct{ name, value string }{{"from", it.From}, {"to", it.To}} {
			if empty(m.value) {
				fs = append(fs, fault{at(i, m.name), fmt.Sprintf("it is empty; an example is %q", anExample)})
			}
		}
	}
	return fs
}

func broad(p Preservation, _ Setting) (fs []fault) {
	for i, it := range p.Items {
		if from, to, ok := period(it); ok && to.Sub(from) > LongestPeriod {
			fs = append(fs, fault{at(i, "to"), fmt.Sprintf("the period is longer than %d days [proposal]", LongestPeriod/day)})
		}
		for _, sweep := range []string{"any and all", "all data", "all records", "everything", "所有数据", "全部数据", "一切数据"} {
			if strings.Contains(strings.ToLower(it.Relationship), sweep) {
				fs = append(fs, fault{at(i, "relationship"), fmt.Sprintf("it says %q", sweep)})
				break
			}
		}
	}
	return fs
}
