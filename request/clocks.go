package request

import (
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/matter"
	"comity/thread"
)

// limit returns the limit of a clock, and the calendar of the side it measures.
func (p *projector) limit(what string, measured comity.Party) (clock.Limit, clock.Calendar) {
	typ := ""
	if p.v.Request != nil {
		typ = p.v.Request.Type
	}
	unpaused := !p.Pack.Stops(guide.Question, p.v.Priority)
	l, ok := p.Pack.Limit(p.v.Priority, what, typ)
	if !ok {
		return clock.Limit{Unpaused: unpaused}, clock.Calendar{}
	}
	return clock.Limit{Within: l.Within, WorkDays: l.WorkDays, Unpaused: unpaused, Source: l.Mark()}, p.Calendars[measured]
}

func asking(state string) bool { return strings.HasSuffix(state, ".asked") }

// chinese has what stands in a clock's text beside its figures.
var chinese = map[string]string{
	"sent": "发送", "receipt": "收讫", "acknowledge": "确认收到", "ask": "提问", "accept": "同意执行", "answer": "答复", "answer.partial": "部分答复",
	"refuse": "拒绝", "refer": "转交", "postpone": "推迟", "extend.deadline": "延期", "conditions.propose": "提出条件", "confidentiality.issue": "保密问题",
	"question": "提问", stateWithdrawn: "已撤回", stateReleased: "已解除", stateClosed: "已结束", "last file of answer": "答复的最后一个文件", "conditions.accept": "接受条件",
	"last file of answer.partial": "部分答复的最后一个文件", "conditions.decline": "不接受条件",
}

// clocks measures the three things that officers tend to confuse: the node has
// it, a seat says it has it, it is answered. The last two start at the receipt,
// so that a line that was down is not the asked side's delay; how long the
// delivery took is the first.
func (p *projector) clocks() {
	clockOf := func(name string, measured comity.Party, by string) clock.Clock {
		l, c := p.limit(name, measured)
		return clock.Clock{Name: name, Limit: l, Calendar: c, StartedBy: by, Chinese: chinese}
	}
	received := clockOf(guide.Receipted, p.Opener, "sent")
	received.StoppedBy = "receipt"
	acknowledged, answered := clockOf(guide.Acknowledged, p.Other, "receipt"), clockOf(guide.Answered, p.Other, "receipt")
	before := stateNew
	for i, t := range p.Order {
		_, opens := t.Said.(*guide.Request)
		switch {
		case t.Applied() && (opens || t.Kind == OpensAssistance || t.Kind == OpensPreservation):
			received.Started, received.Stopped = t.Time, t.Receipted
			acknowledged.Started, answered.Started = t.Receipted, t.Receipted
			if t.Receipted.IsZero() {
				acknowledged.BeforeStart = "not started: no receipt; " + clock.Say(p.Now.Sub(t.Time)) + " since dispatch"
				acknowledged.Chinese = map[string]string{acknowledged.BeforeStart: "未起算：尚无收讫；发送后已过 " + clock.SayZH(p.Now.Sub(t.Time))}
				answered.BeforeStart, answered.Chinese = acknowledged.BeforeStart, acknowledged.Chinese
			}
		case t.Author == matter.Other && acknowledged.Stopped.IsZero() && before != stateNew && (t.Kind == "acknowledge" || t.Applied()):
			// Who asks or answers has it, whether or not a seat said so first; who
			// acknowledged before there was a request has not.
			acknowledged.Stopped, acknowledged.StoppedBy = t.Time, string(t.Kind)
		}
		if t.Applied() {
			p.answerClock(&answered, t, before)
			before = t.State
		}
		if p.settled == 0 && !answered.Stopped.IsZero() {
			p.settled = i + 1
		}
	}
	p.answer = answered
	p.v.Clocks = []clock.Span{clock.Measure(received, p.Now), clock.Measure(acknowledged, p.Now), clock.Measure(answered, p.Now)}
}

func (p *projector) answerClock(c *clock.Clock, t thread.Told, before string) {
	if !c.Stopped.IsZero() {
		return
	}
	if !asking(before) && asking(t.State) {
		c.Pauses = append(c.Pauses, clock.Pause{From: t.Time, Why: guide.Question})
	}
	if n := len(c.Pauses); asking(before) && !asking(t.State) && n > 0 {
		// A supplement ends the wait when it arrives; until then it has not.
		c.Pauses[n-1].To = t.Time
		if t.Author == matter.Opener {
			c.Pauses[n-1].To = t.Receipted
		}
		if t.Kind == "contest" {
			c.Pauses[n-1].Contested, c.Pauses[n-1].ContestedBy = t.Time, clock.Asking
		}
	}
	if b, ok := t.Said.(*ExtendDeadline); ok {
		by := clock.Asked
		if t.Author == matter.Opener {
			by = clock.Asking
		}
		c.Extensions = append(c.Extensions, clock.Extension{By: by, Until: b.Until.Time, At: t.Time})
	}
	switch t.State {
	case stateAnswered:
		if t.Kind == "answer" { // not a move after it, while a file is under way
			c.Stopped, c.StoppedBy = arrived(t)
		}
	case stateRefused:
		c.Stopped, c.StoppedBy = arrived(t)
	case stateWithdrawn, stateReleased, stateClosed:
		// After an answer, because a file of it never came.
		c.Stopped, c.StoppedForGood = t.Time, t.State
	}
}

// arrived is when t was said, or when its last file was there if that is later;
// zero while a file is under way.
func arrived(t thread.Told) (at time.Time, by string) {
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

// Clock returns the clock of that name.
func (v View) Clock(name string) clock.Span {
	if i := slices.IndexFunc(v.Clocks, func(s clock.Span) bool { return s.Name == name }); i >= 0 {
		return v.Clocks[i]
	}
	return clock.Span{}
}
