package request

import (
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/thread"
)

// An Entry is what a list shows of a matter, said so that it is right at any later
// moment: a party's agenda keeps it until something is written.
type Entry struct {
	State    string       `json:"state"`
	Owes     comity.Party `json:"owes,omitempty"`
	Due      time.Time    `json:"due,omitzero"` // after it, it is overdue
	Says     Saying       `json:"says"`
	TLP      string       `json:"tlp"`                // the highest of its statements
	Unsigned time.Time    `json:"unsigned,omitzero"`  // when a sole release of ours must be countersigned
	Hold     time.Time    `json:"hold,omitzero"`      // when the first hold that we asked for ends
	WarnFrom time.Time    `json:"warn_from,omitzero"` // from here that counts as near; zero if never

	// No seat of the asked side has said yet that it has the request.
	Unacked bool `json:"unacked,omitempty"`

	Waits bool `json:"-"` // a receipt, or a file, is under way: what it says may change with it
	Moves bool `json:"-"` // it changes of itself: a clock is paused whose end nobody knows yet
	Ruled bool `json:"-"` // it depends on the guidelines and calendars that are in force
}

// EntryVersion is another whenever the same statements make another entry.
const EntryVersion = 2

// Overdue reports whether somebody is late.
func (e Entry) Overdue(now time.Time) bool { return !e.Due.IsZero() && now.After(e.Due) }

// Lapses returns when the hold that we asked for ends, once that is near.
func (e Entry) Lapses(now time.Time) (ends time.Time) {
	if !e.WarnFrom.IsZero() && !now.Before(e.WarnFrom) {
		ends = e.Hold
	}
	return ends
}

// Enter makes the entry of a request. What tells the time in the sentence of a view
// is left out of an entry's: no zones.
func Enter(h thread.History, y Yardstick) Entry {
	h.Zones = nil // a line has room for one time
	p := project(h, y)
	e := Entry{State: p.v.State, Owes: p.v.Owes, Due: p.v.Due, Says: p.says, Unsigned: p.v.Unsigned(p.Me), TLP: h.TLP("")}
	if p.Opener == p.Me {
		e.Hold, e.WarnFrom = p.v.HoldUntil, p.v.warnFrom(p.Pack)
	}
	if taken := p.v.Clock(guide.Acknowledged); !taken.Started.IsZero() {
		e.Unacked = taken.Stopped.IsZero()
	}
	e.Ruled = e.Owes != "" || !p.v.HoldUntil.IsZero()
	// A supplement ends a pause when it is receipted. Until then the time to answer
	// moves on with the clock on the wall.
	e.Moves = p.v.Clock(p.answer.Name).Paused && !asking(p.State)
	later := func(at time.Time) { e.Moves = e.Moves || at.After(p.Now) } // a peer's clock may be ahead of ours
	for _, s := range p.Statements {
		if s.Refused != "" {
			continue
		}
		e.Waits = e.Waits || s.Receipted.IsZero()
		later(s.Time)
		later(s.Receipted)
		for _, f := range s.Files {
			e.Waits = e.Waits || f.Received.IsZero()
			later(f.Received)
		}
	}
	return e
}

// A Saying is a sentence that says how long something has still, or has had, since
// a moment: howLong stands in its place.
type Saying struct {
	At   time.Time   `json:"at,omitzero"` // zero: it is always Soon
	Soon comity.Text `json:"soon"`        // until then
	Late comity.Text `json:"late,omitzero"`
}

// howLong stands first in a sentence, before anything that a peer wrote.
const howLong = "\x01"

// When returns the sentence at a moment.
func (s Saying) When(now time.Time) comity.Text {
	if s.At.IsZero() {
		return s.Soon
	}
	text, d := s.Soon, s.At.Sub(now)
	if now.After(s.At) {
		text, d = s.Late, now.Sub(s.At)
	}
	return t(strings.Replace(text.EN, howLong, clock.Say(d), 1), strings.Replace(text.ZH, howLong, clock.SayZH(d), 1))
}

func (s Saying) and(more comity.Text) Saying {
	s.Soon = t(s.Soon.EN+more.EN, s.Soon.ZH+more.ZH)
	if !s.At.IsZero() {
		s.Late = t(s.Late.EN+more.EN, s.Late.ZH+more.ZH)
	}
	return s
}
