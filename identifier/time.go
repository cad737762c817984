package identifier

import (
	"fmt"
	"regexp"
	"time"
)

// A TimeFault is why a text is no evidence of an instant. The empty one is none.
type TimeFault string

const (
	NoZone    TimeFault = "zone"    // it does not say in which time zone
	NoSeconds TimeFault = "seconds" // it has a zone and no seconds
	NoTime    TimeFault = "time"    // it is no time at all
)

// TimeExample is a time as ParseTime takes it.
const TimeExample = "2026-11-22T00:52:09+08:00"

var timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// ParseTime returns s as RFC 3339 has it, to the letter, with capital T and Z and
// at most nanoseconds. time.Parse alone would also take a comma, an hour of one
// digit and an offset of a day. A leap second is NoTime: Go cannot hold one.
func ParseTime(s string) (time.Time, TimeFault) {
	if timeForm.MatchString(s) {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return time.Time{}, NoTime // such as 30 February
		}
		return t, ""
	}
	for _, form := range []struct {
		layout string
		fault  TimeFault
	}{
		{"2006-01-02T15:04Z07:00", NoSeconds}, {"2006-01-02 15:04Z07:00", NoSeconds},
		{"2006-01-02T15:04:05", NoZone}, {"2006-01-02T15:04", NoZone}, {"2006-01-02 15:04:05", NoZone}, {"2006-01-02 15:04", NoZone},
	} {
		if _, err := time.Parse(form.layout, s); err == nil {
			return time.Time{}, form.fault
		}
	}
	return time.Time{}, NoTime
}

// Fault returns what is wrong, or the zero Fault.
func (f TimeFault) Fault() Fault {
	switch f {
	case "":
		return Fault{}
	case NoZone:
		return wrong(fmt.Sprintf("does not say in which time zone; an example is %q", TimeExample), fmt.Sprintf("未注明时区；示例：“%s”", TimeExample))
	case NoSeconds:
		return wrong(fmt.Sprintf("has no seconds; an example is %q", TimeExample), fmt.Sprintf("未精确到秒；示例：“%s”", TimeExample))
	}
	return wrong(fmt.Sprintf("is not a time such as %q", TimeExample), fmt.Sprintf("不是有效的时间；示例：“%s”", TimeExample))
}
