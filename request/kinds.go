// Package request is the capability of asking for help: now, expedited
// preservation of stored data.
//
// One side opens a matter with a request. The other's seats acknowledge it, ask
// what is missing, and answer item by item, or refuse on a ground that is
// listed. Then the asker may have the hold made longer, gives it back, and
// closes with how useful it was. The rules are rows: [Kinds] says who may say
// what and when, the body types in bodies.go say what it must contain, and
// docs/spec/kinds.md is made from both.
//
// [Decode] reads a body, [Check] says what is wrong with one, and [Project]
// folds a matter's statements into the [View] that officers look at. Nothing
// here does I/O or reads a clock.
package request

import (
	"slices"

	"comity"
	"comity/guide"
	"comity/matter"
)

// Opens is the kind that opens a preservation matter.
const Opens comity.Kind = "preserve.request"

// The states of a preservation matter.
const (
	stateNew          = "new"
	stateRequested    = "requested"
	stateRequestedAsk = "requested.asked"
	stateAccepted     = "accepted"
	stateAcceptedAsk  = "accepted.asked"
	stateAnswered     = "answered"
	stateExtending    = "extending"
	stateRefused      = "refused"
	stateWithdrawn    = "withdrawn"
	stateReleased     = "released"
	stateClosed       = "closed"
	slotOutcome       = "outcome"
	slotClarification = "clarification"
)

// A Kind is all that is fixed about one kind of statement.
type Kind struct {
	matter.Rule
	Says    string
	Classes []comity.Class // of release it may leave under
	New     func() any     // returns a pointer to an empty body
}

// Fact reports whether k is a fact rather than a move.
func (k Kind) Fact() bool { return len(k.Steps) == 0 }

// May reports whether k may leave under class c.
func (k Kind) May(c comity.Class) bool { return slices.Contains(k.Classes, c) }

// Kinds returns the kinds of a preservation matter.
func Kinds() []Kind { return slices.Clone(kinds) }

var kinds = preservation()

// The ranks say what is fair when two moves cross. More about the request goes
// before an answer, so that nothing said is lost. An answer outranks a
// withdrawal: there is no reward for the late. Slots hold what must not apply
// unseen: an outcome against another outcome, and a refusal against the very
// clarification that it lacked.
func preservation() []Kind {
	type steps = []matter.Step
	var (
		dual    = []comity.Class{comity.Dual}
		night   = []comity.Class{comity.Dual, comity.Sole}
		seat    = []comity.Class{comity.OneSeat, comity.Dual}
		pending = []string{stateRequested, stateRequestedAsk, stateAccepted, stateAcceptedAsk}
	)
	from := func(by matter.Side, to string, states ...string) (ss steps) {
		for _, s := range states {
			ss = append(ss, matter.Step{From: s, By: by, To: to})
		}
		return ss
	}
	stay := func(by matter.Side, states ...string) (ss steps) {
		for _, s := range states {
			ss = append(ss, matter.Step{From: s, By: by, To: s})
		}
		return ss
	}
	move := func(k comity.Kind, slot string, rank int, ss ...steps) matter.Rule {
		return matter.Rule{Kind: k, Slot: slot, Rank: rank, Steps: slices.Concat(ss...)}
	}
	fact := func(k comity.Kind) matter.Rule { return matter.Rule{Kind: k} }
	const us, them = matter.Opener, matter.Other
	return []Kind{
		{move(Opens, "", 90, from(us, stateRequested, stateNew)),
			"asks for stored data to be preserved, and opens the matter", night, func() any { return new(guide.Preservation) }},
		{fact("acknowledge"),
			"a seat says that it has a statement of the other side's", seat, func() any { return new(Acknowledge) }},
		{move("ask", "", 30, from(them, stateRequestedAsk, stateRequested, stateRequestedAsk), from(them, stateAcceptedAsk, stateAccepted, stateAcceptedAsk)),
			"asks for what is missing, and pauses the answer's clock save in a P0", night, func() any { return new(Ask) }},
		{move("supplement", slotClarification, 70, from(us, stateRequested, stateRequestedAsk, stateRequested), from(us, stateAccepted, stateAcceptedAsk, stateAccepted)),
			"answers the open question, or corrects the request unasked", night, func() any { return new(Supplement) }},
		{move("accept", "", 35, from(them, stateAccepted, stateRequested)),
			"says that the request will be executed", dual, func() any { return new(Accept) }},
		{move("answer.partial", slotOutcome, 50, from(them, stateAccepted, stateRequested, stateAccepted), from(them, stateAcceptedAsk, stateRequestedAsk, stateAcceptedAsk)),
			"gives results for some items; the rest is still owed", dual, func() any { return new(Answer) }},
		{move("answer", slotOutcome, 60, from(them, stateAnswered, append(pending, stateExtending, stateAnswered)...)),
			"gives results, and nothing more is owed; again, it corrects what was answered", dual, func() any { return new(Answer) }},
		{move("refuse", slotClarification, 40, from(them, stateRefused, pending...), from(them, stateAnswered, stateExtending)),
			"refuses the request, or a longer hold, on a listed ground", dual, func() any { return new(Refuse) }},
		{move("extend.deadline", "", 20, stay(them, pending...)),
			"says that the answer will take longer, and why", dual, func() any { return new(ExtendDeadline) }},
		{move("extend.hold", slotOutcome, 15, from(us, stateExtending, stateAnswered)),
			"asks for a longer hold", night, func() any { return new(ExtendHold) }},
		{move("withdraw", slotOutcome, 10, from(us, stateWithdrawn, pending...)),
			"takes the request back before it is answered", dual, func() any { return new(Withdraw) }},
		{move("release", slotOutcome, 12, from(us, stateReleased, stateAnswered, stateExtending)),
			"gives the hold back: the data need not be kept any longer", dual, func() any { return new(Release) }},
		{move("close", slotOutcome, 5, from(us, stateClosed, stateAnswered, stateRefused, stateReleased, stateWithdrawn)),
			"ends the matter, with how useful the answer was", dual, func() any { return new(Close) }},
		{fact("countersign"),
			"another seat upholds or withdraws a sole release of its own side", seat, func() any { return new(Countersign) }},
		{fact("note"),
			"a remark that commits nobody", seat, func() any { return new(Note) }},
	}
}

// Find returns the kind of that name.
func Find(name comity.Kind) (Kind, bool) {
	for _, k := range kinds {
		if k.Kind == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Table returns the rules by which a preservation matter is folded.
func Table() matter.Table {
	t := matter.Table{Name: "preservation", States: []matter.State{
		{Name: stateNew, Owes: matter.Opener, Says: "nothing has been asked"},
		{Name: stateRequested, Owes: matter.Other, Says: "the asked side has not decided"},
		{Name: stateRequestedAsk, Owes: matter.Opener, Says: "undecided, with a question to the asker open"},
		{Name: stateAccepted, Owes: matter.Other, Says: "being executed"},
		{Name: stateAcceptedAsk, Owes: matter.Opener, Says: "being executed, with a question to the asker open"},
		{Name: stateAnswered, Owes: matter.Nobody, Says: "answered; holds run"},
		{Name: stateExtending, Owes: matter.Other, Says: "answered; a longer hold has been asked for"},
		{Name: stateRefused, Owes: matter.Nobody, Says: "refused"},
		{Name: stateWithdrawn, Owes: matter.Nobody, Says: "taken back before it was answered"},
		{Name: stateReleased, Owes: matter.Nobody, Says: "the hold has been given back"},
		{Name: stateClosed, Owes: matter.Nobody, Says: "ended"},
	}}
	for _, k := range kinds {
		t.Rules = append(t.Rules, k.Rule)
	}
	return t
}
