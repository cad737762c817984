package request

import (
	"strings"
	"time"

	"comity/clock"
	"comity/guide"
	"comity/matter"
)

func (p *projector) limit(what string) clock.Limit {
	l, ok := guide.FindLimit(p.view.Priority, what)
	if !ok {
		return clock.Limit{}
	}
	return clock.Limit{Within: l.Within, Unpaused: l.Unpaused, Source: l.Mark()}
}

func asking(state string) bool { return strings.HasSuffix(state, ".asked") }

// clocks measures the three things that officers tend to confuse: the node has
// it, a seat says it has it, it is answered. The last two start at the receipt,
// so that a line that was down is not the asked side's delay; how long the
// delivery took is the first.
func (p *projector) clocks() {
	received := clock.Clock{Name: guide.Receipted, Limit: p.limit(guide.Receipted), StartedBy: "sent", StoppedBy: "receipt"}
	acknowledged := clock.Clock{Name: guide.Acknowledged, Limit: p.limit(guide.Acknowledged), StartedBy: "receipt"}
	answered := clock.Clock{Name: guide.Answered, Limit: p.limit(guide.Answered), StartedBy: "receipt"}
	before := stateNew
	for _, t := range p.order {
		switch {
		case t.Kind == Opens && t.applied():
			received.Started, received.Stopped = t.Time, t.Receipted
			acknowledged.Started, answered.Started = t.Receipted, t.Receipted
			if t.Receipted.IsZero() {
				acknowledged.BeforeStart = "not started: no receipt; " + clock.Say(p.Now.Sub(t.Time)) + " since dispatch"
				answered.BeforeStart = acknowledged.BeforeStart
			}
		case t.Author == matter.Other && acknowledged.Stopped.IsZero() && (t.Kind == "acknowledge" || t.applied()):
			// Who asks or answers has it, whether or not a seat said so first.
			acknowledged.Stopped, acknowledged.StoppedBy = t.Time, string(t.Kind)
		}
		if t.applied() {
			p.answerClock(&answered, t, before)
			before = t.State
		}
	}
	p.view.Clocks = []clock.Span{clock.Measure(received, p.Now), clock.Measure(acknowledged, p.Now), clock.Measure(answered, p.Now)}
}

func (p *projector) answerClock(c *clock.Clock, t told, before string) {
	if !c.Stopped.IsZero() {
		return
	}
	if !asking(before) && asking(t.State) {
		c.Pauses = append(c.Pauses, clock.Pause{From: t.Time, Why: "question"})
	}
	if n := len(c.Pauses); asking(before) && !asking(t.State) {
		// A supplement ends the wait when it arrives; until then it has not.
		c.Pauses[n-1].To = t.Time
		if t.Kind == "supplement" {
			c.Pauses[n-1].To = t.Receipted
		}
	}
	if b, ok := t.body.(*ExtendDeadline); ok {
		c.Extensions = append(c.Extensions, clock.Extension{By: clock.Asked, Until: b.Until.Time, At: t.Time})
	}
	switch t.State {
	case stateAnswered, stateRefused:
		c.Stopped, c.StoppedBy = t.arrived()
	case stateWithdrawn, stateReleased, stateClosed:
		// After an answer, because a file of it never came.
		c.Stopped, c.StoppedForGood = t.Time, t.State
	}
}

// arrived is when t was said, or when its last file was there if that is later;
// zero while a file is under way.
func (t told) arrived() (at time.Time, by string) {
	at, by = t.Time, string(t.Kind)
	for _, f := range t.Files {
		if f.Received.IsZero() {
			return time.Time{}, ""
		}
		if f.Received.After(at) {
			at, by = f.Received, "last file of "+string(t.Kind)
		}
	}
	return at, by
}
