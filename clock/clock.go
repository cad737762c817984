package clock

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Limit is how long something may take.
type Limit struct {
	Within   time.Duration // 0 is no limit
	Unpaused bool          // the limit runs through pauses
	Source   string        // where the figure comes from
}

// A Pause is a time in which the measured side waited for the other. A zero To
// has not come yet.
type Pause struct {
	From, To time.Time
	Why      string
}

// A Clock measures one thing.
type Clock struct {
	Name           string // what stops it, such as "answered"
	Started        time.Time
	Stopped        time.Time // zero while it runs
	StartedBy      string    // such as "receipt"
	StoppedBy      string
	Pauses         []Pause
	Limit          Limit
	Extended       time.Time // the measured side's announced later due time, or zero
	ExtendedAt     time.Time
	BeforeStart    string // why it has not started
	StoppedForGood string // set if it ended for another reason than its name, such as "withdrawn"
}

// A Span is what a Clock shows at one moment.
type Span struct {
	Name    string        `json:"name"`
	Started time.Time     `json:"started,omitzero"`
	Stopped time.Time     `json:"stopped,omitzero"`
	Gross   time.Duration `json:"gross"`
	Net     time.Duration `json:"net"`
	Limit   time.Duration `json:"limit,omitzero"`
	Due     time.Time     `json:"due,omitzero"` // while Paused: if the pause ended now
	Paused  bool          `json:"paused,omitempty"`
	Overdue bool          `json:"overdue,omitempty"`
	How     string        `json:"how"`
}

// Measure returns what c shows at now.
func Measure(c Clock, now time.Time) Span {
	s := Span{Name: c.Name, Started: c.Started, Stopped: c.Stopped, Limit: c.Limit.Within}
	if c.Started.IsZero() {
		s.How = cmp.Or(c.BeforeStart, "not started")
		return s
	}
	end := c.Stopped
	if end.IsZero() {
		end = later(now, c.Started)
	}
	// Two nodes' clocks may differ; a thing cannot end before it began.
	end = later(end, c.Started)
	pauses := clip(c.Pauses, c.Started, end)
	if c.Stopped.IsZero() {
		for _, p := range c.Pauses {
			open := p.To.IsZero() && !p.From.After(end)
			s.Paused = s.Paused || open && !c.Limit.Unpaused
		}
	}
	s.Gross = end.Sub(c.Started)
	s.Net = s.Gross
	if !c.Limit.Unpaused {
		s.Net -= total(pauses)
	}
	if c.Limit.Within > 0 {
		s.Due = c.due(pauses, end)
		s.Overdue = end.After(s.Due)
	}
	s.How = c.how(s, pauses)
	return s
}

// due is the start, the limit and every pause; or the extension and every pause
// after it was announced, if that is later.
func (c Clock) due(pauses []Pause, end time.Time) time.Time {
	waited := func(from time.Time) time.Duration {
		if c.Limit.Unpaused {
			return 0
		}
		return total(clip(pauses, from, end))
	}
	due := c.Started.Add(c.Limit.Within).Add(waited(c.Started))
	if c.Extended.IsZero() {
		return due
	}
	return later(due, c.Extended.Add(waited(c.ExtendedAt)))
}

func (c Clock) how(s Span, pauses []Pause) string {
	var b strings.Builder
	fmt.Fprintf(&b, "from %s (%s)", c.Started.UTC().Format(layout), cmp.Or(c.StartedBy, "start"))
	switch {
	case !c.Stopped.IsZero():
		fmt.Fprintf(&b, " to %s (%s)", c.Stopped.UTC().Format(layout), cmp.Or(c.StoppedForGood, c.StoppedBy, c.Name))
	default:
		b.WriteString(" until now")
	}
	fmt.Fprintf(&b, ": %s", Say(s.Gross))
	if len(pauses) > 0 {
		var parts []string
		for _, p := range pauses {
			parts = append(parts, fmt.Sprintf("%s (%s)", Say(p.To.Sub(p.From)), p.Why))
		}
		if c.Limit.Unpaused {
			fmt.Fprintf(&b, "; questions took %s, which do not pause this clock", strings.Join(parts, " and "))
		} else {
			fmt.Fprintf(&b, ", less %s = %s net", strings.Join(parts, " and "), Say(s.Net))
		}
	}
	if c.Limit.Within > 0 {
		fmt.Fprintf(&b, "; limit %s of elapsed time", Say(c.Limit.Within))
		if !c.Extended.IsZero() {
			fmt.Fprintf(&b, ", extended to %s", c.Extended.UTC().Format(layout))
		}
		if c.Limit.Source != "" {
			fmt.Fprintf(&b, " %s", c.Limit.Source)
		}
		fmt.Fprintf(&b, "; due %s UTC", s.Due.UTC().Format(layout))
		if s.Paused {
			b.WriteString(" if the pause ended now")
		}
	}
	return b.String()
}

// Say writes d as people do, in two units: "3 h 10 min", "2 d 4 h".
func Say(d time.Duration) string {
	if d < 0 {
		return "-" + Say(max(-d, -(d+1))) // the least Duration has no positive
	}
	units := []struct {
		d    time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var out []string
	for _, u := range units {
		if n := d / u.d; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.d
		} else if len(out) > 0 {
			break
		}
		if len(out) == 2 {
			break
		}
	}
	if out == nil {
		return "0 s"
	}
	return strings.Join(out, " ")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// clip returns the pauses within from and to, in order and without overlap: a
// second question while the first is open pauses nothing twice.
func clip(ps []Pause, from, to time.Time) []Pause {
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b Pause) int { return a.From.Compare(b.From) })
	var out []Pause
	for _, p := range ps {
		if p.To.IsZero() || p.To.After(to) {
			p.To = to
		}
		if p.From = later(p.From, from); p.From.Before(p.To) {
			out = append(out, p)
			from = p.To
		}
	}
	return out
}

// total is at most the longest Duration, as Time.Sub is: a node may claim any time.
func total(ps []Pause) time.Duration {
	var d time.Duration
	for _, p := range ps {
		if d += p.To.Sub(p.From); d < 0 {
			return math.MaxInt64
		}
	}
	return d
}
