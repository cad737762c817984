package request

import (
	"fmt"
	"slices"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/matter"
)

// sentence says who owes what to whom by when.
func (p *projector) sentence() {
	v := p.view
	receipted, acknowledged, answered := v.Clocks[0], v.Clocks[1], v.Clocks[2]
	owe := func(what string, s clock.Span) {
		v.Due, v.Overdue = s.Due, s.Overdue
		switch {
		case s.Due.IsZero():
			v.Says = fmt.Sprintf("%s owes %s %s", v.Owes, p.to(v.Owes), what)
		case s.Overdue:
			v.Says = fmt.Sprintf("%s has owed %s %s since %s, for %s", v.Owes, p.to(v.Owes), what, p.time(s.Due), clock.Say(p.Now.Sub(s.Due)))
		default:
			v.Says = fmt.Sprintf("%s owes %s %s by %s, in %s", v.Owes, p.to(v.Owes), what, p.time(s.Due), clock.Say(s.Due.Sub(p.Now)))
		}
	}
	hold := ""
	if !v.HoldUntil.IsZero() {
		hold = "; the first hold ends " + p.time(v.HoldUntil)
	}
	switch v.State {
	case stateNew:
		v.Says = "nothing has been asked"
	case stateRequested, stateAccepted:
		switch {
		case answered.Started.IsZero():
			v.Due, v.Overdue = receipted.Due, receipted.Overdue
			v.Says = fmt.Sprintf("%s's node has not receipted the request, sent %s ago; what %s owes is not measured yet", v.Other, clock.Say(receipted.Gross), v.Other)
		case acknowledged.Stopped.IsZero():
			owe("an acknowledgement", acknowledged)
			if !answered.Due.IsZero() {
				v.Says += ", and an answer by " + p.time(answered.Due)
			}
		case slices.ContainsFunc(v.Items, func(it Item) bool { return it.By != comity.Hash{} }):
			owe("the rest of the answer", answered)
		default:
			owe("an answer", answered)
		}
	case stateRequestedAsk, stateAcceptedAsk:
		p.clarify(owe, answered)
	case stateAnswered:
		v.Says = fmt.Sprintf("%s has answered%s", v.Other, hold)
		if answered.Stopped.IsZero() {
			v.Says = fmt.Sprintf("%s has answered, and files of the answer are under way", v.Other)
		}
	case stateExtending:
		v.Due, v.Overdue = v.HoldUntil, !v.HoldUntil.IsZero() && p.Now.After(v.HoldUntil)
		v.Says = fmt.Sprintf("%s owes %s a word on the longer hold%s", v.Other, v.Opener, hold)
	case stateRefused:
		v.Says = fmt.Sprintf("%s has refused%s", v.Other, p.ground())
	case stateWithdrawn:
		v.Says = fmt.Sprintf("%s has withdrawn the request", v.Opener)
	case stateReleased:
		v.Says = fmt.Sprintf("%s has given the hold back", v.Opener)
	case stateClosed:
		v.Says = fmt.Sprintf("%s has closed the matter", v.Opener)
	}
}

func (p *projector) clarify(owe func(string, clock.Span), answered clock.Span) {
	v := p.view
	l := p.limit(guide.Clarified)
	owe("an answer to its question", clock.Measure(clock.Clock{Started: v.Question.Receipted, Limit: l}, p.Now))
	if answered.Paused {
		v.Says += "; the clock of the answer is paused"
		return
	}
	v.Says += fmt.Sprintf("; %s still owes an answer by %s", v.Other, p.time(answered.Due))
}

func (p *projector) ground() string {
	for _, t := range slices.Backward(p.order) {
		if b, ok := t.body.(*Refuse); ok && t.applied() {
			return " on the ground " + b.Ground
		}
	}
	return ""
}

func (p *projector) to(from comity.Party) comity.Party { return p.party(p.side(from).Peer()) }

func (p *projector) time(t time.Time) string { return clock.FormatTimes(t, p.Zones) }

// next says what we may say now, and why not the rest.
func (p *projector) next() {
	me := p.side(p.Me)
	heard := slices.ContainsFunc(p.order, func(t told) bool { return t.From != p.Me })
	unsigned := slices.ContainsFunc(p.view.Sole, func(s Sole) bool { return s.From == p.Me && s.Outcome == "" })
	for _, c := range matter.Legal(p.table, p.view.State, me) {
		k, _ := Find(c.Kind)
		n := Next{Kind: c.Kind, Allowed: c.Allowed, Says: k.Says, Why: c.Why, To: c.To, Classes: k.Classes}
		switch {
		case c.Only != matter.Nobody:
			n.Why = fmt.Sprintf("only %s may", p.party(c.Only))
		case c.Kind == "acknowledge" && !heard:
			n.Allowed, n.Why = false, "the other side has said nothing yet"
		case c.Kind == "countersign" && !unsigned:
			n.Allowed, n.Why = false, "no sole release of ours waits for another seat"
		}
		p.view.Next = append(p.view.Next, n)
	}
}

// timeline puts the refused statements back between the others, each after what
// its author had said before.
func (p *projector) timeline() {
	rows := slices.Clone(p.order)
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Refused == "" {
			continue
		}
		at, state := 0, stateNew
		for j, t := range rows {
			if t.From == s.From && t.Statement.Pos < s.Pos || t.From != s.From && t.Statement.Pos < s.Seen {
				at, state = j+1, t.State
			}
		}
		rows = slices.Insert(rows, at, told{Statement: s, Outcome: matter.Outcome{State: state}})
	}
	for _, t := range rows {
		s := t.Statement
		p.view.Timeline = append(p.view.Timeline, Row{
			ID: s.ID, Kind: s.Kind, From: s.From, Seats: s.Seats, Class: s.Release.Class, Time: s.Time, Receipted: s.Receipted,
			Effect: t.Effect, By: t.By, Refused: s.Refused, State: t.State, Erased: s.Body == nil, Files: s.Files,
			// What has arrived is settled; what we said is, once they have it.
			Settled:  s.From != p.Me || !s.Receipted.IsZero(),
			Disputed: p.disputed(s),
			Text:     Lines(s.Body),
			About:    t.about(),
		})
	}
}

// about returns the statement that another acknowledges or countersigns.
func (t told) about() comity.Hash {
	switch b := t.body.(type) {
	case *Acknowledge:
		return b.Statement
	case *Countersign:
		return b.Statement
	}
	return comity.Hash{}
}

// disputed reports whether a time is before that of something its author had
// already said or seen, or after its own receipt, by more than the skew.
func (p *projector) disputed(s *Statement) bool {
	if !s.Receipted.IsZero() && s.Time.After(s.Receipted.Add(p.Skew)) {
		return true
	}
	early := s.Time.Add(p.Skew)
	for i := range p.Statements {
		c := &p.Statements[i]
		if early.Before(c.Time) && (c.From == s.From && c.Pos < s.Pos || c.From != s.From && c.Pos < s.Seen) {
			return true
		}
	}
	return false
}
