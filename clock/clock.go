package clock

import (
	"math"
	"slices"
	"time"
)

// A Limit is how long something may take: an elapsed time or, where WorkDays is
// above 0, that many working days of the measured side's calendar. What is
// urgent has an elapsed time, so that no holiday stops it.
type Limit struct {
	Within   time.Duration // 0 is no limit
	WorkDays int
	Unpaused bool   // the limit runs through pauses
	Source   string // where the figure comes from
}

// A Side is one of the two in a matter.
type Side string

const (
	Asked  Side = "asked side"
	Asking Side = "asking side"
)

// A Pause is a time in which the measured side waited for the other. A zero To
// has not come yet. A contested pause counts until the sides agree otherwise;
// a Span also says what is without it.
type Pause struct {
	From, To    time.Time
	Why         string
	Contested   time.Time // zero if it is not
	ContestedBy Side
}

// An Extension is a later due time: announced by the measured side, or agreed to
// by the other, which counts no less and no more.
type Extension struct {
	By    Side
	Until time.Time
	At    time.Time // when it was said: pauses after it move Until
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
	Calendar       Calendar // the measured side's, for a limit in working days
	Extensions     []Extension
	BeforeStart    string            // why it has not started
	StoppedForGood string            // set if it ended for another reason than its name, such as "withdrawn"
	Chinese        map[string]string // the texts above that this package does not know, in Chinese
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

	// Of a limit in working days. Uncovered is the first year that the calendar
	// does not cover and the count would have needed: then the days are those
	// before it, and Due is missing unless it is before it too.
	GrossDays int `json:"gross_days,omitempty"`
	NetDays   int `json:"net_days,omitempty"`
	LimitDays int `json:"limit_days,omitempty"`
	Uncovered int `json:"uncovered,omitempty"`

	// What would be if contested pauses were none.
	Contested    bool          `json:"contested,omitempty"`
	NetContested time.Duration `json:"net_contested,omitzero"`
	DueContested time.Time     `json:"due_contested,omitzero"`

	How   string `json:"how"`
	HowZH string `json:"how_zh"`
}

// Measure returns what c shows at now. It is a function of its arguments alone:
// whoever has the same record and the same calendar gets the same Span.
func Measure(c Clock, now time.Time) Span {
	s := Span{Name: c.Name, Started: c.Started, Stopped: c.Stopped, Limit: c.Limit.Within, LimitDays: c.Limit.WorkDays}
	if c.Started.IsZero() {
		s.How, s.HowZH = english.waiting(c), chinese.waiting(c)
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
	counted := pauses
	if c.Limit.Unpaused {
		counted = nil
	}
	s.Net -= total(counted)
	var days tally
	switch {
	case c.Limit.WorkDays > 0:
		s.Limit = 0
		days = c.Calendar.tally(c.Started, end, counted, c.Limit.WorkDays)
		s.GrossDays, s.NetDays, s.Uncovered = days.gross, days.net, days.uncovered
		if days.known {
			s.Due = c.Calendar.Zone.Start(days.due + 1)
		}
	case c.Limit.Within > 0:
		s.Due = c.Started.Add(c.Limit.Within).Add(total(counted))
	}
	if !s.Due.IsZero() {
		s.Due = c.extend(s.Due, counted, end)
		s.Overdue = end.After(s.Due)
	}
	contested := func(p Pause) bool { return !p.Contested.IsZero() }
	if slices.ContainsFunc(counted, contested) {
		without := c
		without.Pauses = slices.DeleteFunc(slices.Clone(c.Pauses), contested)
		w := Measure(without, now)
		s.Contested, s.NetContested, s.DueContested = true, w.Net, w.Due
	}
	s.How, s.HowZH = english.how(c, s, pauses, days), chinese.how(c, s, pauses, days)
	return s
}

// extend returns the latest of due and the extensions, each moved by the pauses
// after it was announced. An extension names an instant, so that it is not
// rounded to the end of a working day.
func (c Clock) extend(due time.Time, counted []Pause, end time.Time) time.Time {
	for _, x := range c.Extensions {
		due = later(due, x.Until.Add(total(clip(counted, x.At, end))))
	}
	return due
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
