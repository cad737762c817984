package request

import (
	"cmp"
	"slices"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/review"
	"comity/thread"
)

// Measure folds a request's statements into its figure. It is stable if only a
// further statement can change it: no receipt and no file is under way.
func Measure(h thread.History, y Yardstick, realm comity.Realm) (f Figure, stable bool) {
	p := project(h, y)
	f = Figure{Matter: review.Matter{
		Ref: h.Ref, Realm: realm, Opener: p.Opener, Other: p.Other, OtherAgency: comity.Agency(p.v.Agency), KnownToBoth: true, Outcome: review.Open,
		Priority: p.v.Priority, Emergency: p.v.Priority == "P0",
	}}
	if r := p.v.Request; r != nil {
		f.Type, f.Category, f.OpenerAgency, f.Precheck = r.Type, r.Supporting.Offence.Category, comity.Agency(r.Authority.Agency), r.Precheck != ""
		l, _ := y.Pack.Limit(r.Priority, guide.Receipted, r.Type)
		f.DeliveryLimit = l.Within
	}
	for _, s := range p.Statements {
		if s.Refused != "" {
			continue
		}
		f.KnownToBoth = f.KnownToBoth && !s.Receipted.IsZero()
		f.happened(s.Time, s.Receipted)
		f.TLP = comity.HigherTLP(f.TLP, s.Marking.TLP)
		for _, x := range s.Files {
			f.KnownToBoth = f.KnownToBoth && !x.Received.IsZero()
			f.happened(x.Received)
		}
	}
	f.times(p)
	f.said(p)
	f.held(p)
	f.happened(f.Hold.At)
	return f, f.KnownToBoth
}

func (f *Figure) happened(times ...time.Time) {
	for _, t := range times {
		if t.After(f.Last) {
			f.Last = t
		}
	}
}

// times reads the three clocks. One that stopped for another reason than its own
// leaves its time zero.
func (f *Figure) times(p *projector) {
	delivery, acknowledged, answered := p.v.Clocks[0], p.v.Clocks[1], p.v.Clocks[2]
	f.Sent, f.Receipted, f.Acknowledged = delivery.Started, delivery.Stopped, acknowledged.Stopped
	if p.answer.StoppedForGood == "" {
		f.Answered = answered.Stopped
	}
	first := p.answer
	first.Limit, first.Stopped = clock.Limit{Unpaused: first.Limit.Unpaused}, time.Time{}
	for _, t := range p.Order {
		if t.Applied() && slices.Contains([]comity.Kind{"answer.partial", "answer", "refuse"}, t.Kind) {
			at, _ := arrived(t) // what stopped it is said by its own clock
			if first.Stopped = at; !at.IsZero() {
				break
			}
		}
	}
	f.FirstAnswer = first.Stopped
	for _, x := range p.answer.Pauses {
		f.pauses = append(f.pauses, clock.Pause{From: x.From, To: x.To, Contested: x.Contested})
	}
	for _, x := range p.answer.Extensions {
		f.extensions = append(f.extensions, clock.Extension{At: x.At, Until: x.Until})
	}
	f.workDays, f.unpaused = p.answer.Limit.WorkDays > 0, p.answer.Limit.Unpaused
	f.Clocks = [3]review.Took{took(acknowledged), review.FromSpan(clock.Measure(first, p.Now)), took(answered)}
	if f.workDays && len(f.pauses)+len(f.extensions) > 0 {
		plain := p.answer
		plain.Pauses, plain.Extensions = nil, nil
		f.Clocks[review.OfAnswer].Limit = took(clock.Measure(plain, p.Now)).Limit
	}
	f.Paused = answered.Gross - answered.Net
}

// took is what a clock showed. A limit in working days is the time that they came
// to, so that it can be compared.
func took(s clock.Span) review.Took {
	t := review.FromSpan(s)
	if s.LimitDays > 0 && !s.Due.IsZero() {
		t.Limit = s.Due.Sub(s.Started)
	}
	return t
}

// said reads what was asked, put and decided until the request was settled, and the
// feedback after it.
func (f *Figure) said(p *projector) {
	for _, t := range p.Order {
		if b, ok := t.Said.(*Close); ok && t.Applied() {
			f.Feedback = review.Feedback{Complete: b.Complete, Usable: b.Usable, InTime: b.InTime, Used: b.Used}
		}
		if t.Applied() && f.Ended.IsZero() && (t.State == stateClosed || t.State == stateWithdrawn || t.State == p.answer.StoppedForGood) {
			f.Ended = t.Time
		}
	}
	until := p.Order
	if p.settled > 0 {
		until = until[:p.settled]
	}
	answered, pending := false, 0
	for _, t := range until {
		if !t.Counts() {
			continue
		}
		f.Disputed = f.Disputed || p.Disputed(t.Statement)
		f.Found = cmp.Or(found(t.Said), f.Found)
		switch b := t.Said.(type) {
		case *Ask:
			f.Rounds++
			for _, q := range b.Questions {
				f.Questions = append(f.Questions, q.Rule)
			}
		case *Contest:
			f.ContestedPauses++
		case *ExtendDeadline:
			f.Extensions++
		case *ConditionsPropose:
			pending = len(b.Conditions)
			f.Conditions.Proposed += pending
		case *ConditionsAccept:
			f.Conditions.Accepted, pending = f.Conditions.Accepted+pending, 0
		case *ConditionsDecline:
			f.Conditions.Declined, pending = f.Conditions.Declined+pending, 0
		case *Refuse:
			f.Grounds, f.Outcome = append(f.Grounds, b.Ground), review.Refused
		case *Answer:
			answered = true
		}
	}
	then := p.then(until)
	then.request()
	then.answers()
	items := then.v.Items
	for _, it := range items {
		if it.Ground != "" {
			f.Grounds = append(f.Grounds, it.Ground)
		}
		if it.Result != "open" {
			f.result(it.Result)
		}
	}
	switch {
	case p.settled == 0:
		f.Outcome = review.Open
	case until[p.settled-1].State == stateWithdrawn:
		f.Outcome = review.Withdrawn
	case answered && f.Outcome != review.Refused:
		f.Outcome = review.Outcome(whole(items))
	}
}

// then returns a projector of some of the order, to look at the items of then.
func (p *projector) then(until []thread.Told) *projector {
	th := *p.Thread
	th.Order, th.Remarks = until, nil
	return &projector{Thread: &th, v: &View{}}
}

func (f *Figure) result(name string) {
	i := slices.IndexFunc(f.Results, func(c review.Count) bool { return c.Name == name })
	if i < 0 {
		i, f.Results = len(f.Results), append(f.Results, review.Count{Name: name})
	}
	f.Results[i].N++
}

// held says what became of preserved data: the first of a request for it, a release,
// and the end of the last hold.
func (f *Figure) held(p *projector) {
	var ends time.Time
	then := p.then(p.Order)
	then.request() // all that was ever asked, as the view has it
	for i, t := range p.Order {
		then.Order = p.Order[i : i+1]
		then.answers()
		if !t.Applied() || !ends.IsZero() && t.Time.After(ends) {
			continue
		}
		if _, ok := t.Said.(*Answer); ok {
			ends = time.Time{}
			for _, it := range then.v.Items {
				if it.Result == Preserved && it.HoldUntil.After(ends) {
					ends = it.HoldUntil.Time
				}
			}
		}
		switch {
		case ends.IsZero():
		case t.Kind == "convert":
			f.Hold = review.Hold{At: t.Time, Became: "converted", Margin: ends.Sub(t.Time)}
			return
		case t.State == stateReleased:
			f.Hold = review.Hold{At: t.Time, Became: "released"}
			return
		}
	}
	if !ends.IsZero() {
		f.Hold = review.Hold{At: ends, Became: "lapsed"}
	}
}
