// Package thread is what every matter has, whatever it is about: a table of kinds,
// one history of both sides' statements, who owes the next move, what we may say
// now, what one seat released alone, what went to the wrong desk.
//
// A [Capability] is one kind of matter: its states and its [Kind]s, as rows. To
// add one, nothing below needs a change. [Project] folds the statements of a
// matter by its capability into a [View]; a capability that shows more, as a
// request does its items and clocks, builds on that.
package thread

import (
	"slices"

	"comity"
	"comity/matter"
)

// A Capability is one kind of matter.
type Capability struct {
	Name   string // such as "preservation"
	Says   comity.Text
	States []matter.State // the first is that of a matter in which nothing has happened
	Kinds  []Kind         // the first opens the matter

	// Title is what a list shows of the opening body.
	Title func(body any) Title
}

// A Title is what a list shows of a matter.
type Title struct {
	Text     string
	Priority string // P0 to P3, or none
	Type     string // of request, or none
	Category string // of crime, or none
	Case     comity.Ref
	Secret   bool // its very existence is
}

// A Kind is all that is fixed about one kind of statement.
type Kind struct {
	matter.Rule
	Says    comity.Text
	Classes []comity.Class // of release it may leave under
	New     func() any     // returns a pointer to an empty body
}

// Fact reports whether k is a fact rather than a move.
func (k Kind) Fact() bool { return len(k.Steps) == 0 }

// May reports whether k may leave under class c.
func (k Kind) May(c comity.Class) bool { return slices.Contains(k.Classes, c) }

// Opens returns the kind that opens the matter.
func (c Capability) Opens() comity.Kind { return c.Kinds[0].Kind }

// Kind returns the kind of that name.
func (c Capability) Kind(name comity.Kind) (Kind, bool) {
	for _, k := range c.Kinds {
		if k.Kind == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Table returns the rules by which the matter is folded.
func (c Capability) Table() matter.Table {
	t := matter.Table{Name: c.Name, States: c.States}
	for _, k := range c.Kinds {
		t.Rules = append(t.Rules, k.Rule)
	}
	return t
}

// The classes under which a kind may leave.
var (
	Dual  = []comity.Class{comity.Dual}
	Night = []comity.Class{comity.Dual, comity.Sole}    // also by one officer, in an emergency
	Seat  = []comity.Class{comity.OneSeat, comity.Dual} // commits nobody but its seat
)

// Move returns a row for a move. Steps are grouped by From and Stay.
func Move(kind comity.Kind, slot string, rank int, steps ...[]matter.Step) matter.Rule {
	return matter.Rule{Kind: kind, Slot: slot, Rank: rank, Steps: slices.Concat(steps...)}
}

// From returns the steps of a side from each of states to one.
func From(by matter.Side, to string, states ...string) (ss []matter.Step) {
	for _, s := range states {
		ss = append(ss, matter.Step{From: s, By: by, To: to})
	}
	return ss
}

// Stay returns the steps of a side that leave the state as it is.
func Stay(by matter.Side, states ...string) (ss []matter.Step) {
	for _, s := range states {
		ss = append(ss, matter.Step{From: s, By: by, To: s})
	}
	return ss
}

// Common returns the facts that every matter with contents has.
func Common() []Kind {
	return append(Basic(), []Kind{
		{fact("misdirected"), comity.Text{EN: "a statement of its own side went to the wrong desk: it is to be sealed, or destroyed", ZH: "本方一项陈述误送：请予封存或销毁"}, Night, func() any { return new(Misdirected) }},
		{fact("attest"), comity.Text{EN: "says who had read what was misdirected, which copies there were, and that they are gone", ZH: "声明误送内容的阅读人、副本及其销毁情况"}, Dual, func() any { return new(Attest) }},
	}...)
}

func fact(k comity.Kind) matter.Rule { return matter.Rule{Kind: k} }

// Basic returns the facts that every matter has.
func Basic() []Kind {
	return []Kind{
		{fact("acknowledge"), comity.Text{EN: "a seat says that it has a statement of the other side's", ZH: "席位确认已收到对方的一项陈述"}, Seat, func() any { return new(Acknowledge) }},
		{fact("countersign"), comity.Text{EN: "another seat upholds or withdraws a sole release of its own side", ZH: "另一席位对本方单人签发予以确认或撤回"}, Seat, func() any { return new(Countersign) }},
		{fact("note"), comity.Text{EN: "a remark that commits nobody", ZH: "不具约束力的说明"}, Seat, func() any { return new(Note) }},
	}
}

// Acknowledge: a seat has it.
type Acknowledge struct {
	Statement comity.Hash `json:"statement" says:"the id of what is acknowledged"`
	Reference string      `json:"reference,omitempty" max:"80" says:"the acknowledging side's own file number"`
}

// Countersign is a second seat's word on a sole release.
type Countersign struct {
	Statement comity.Hash `json:"statement" says:"the id of the sole release"`
	Outcome   string      `json:"outcome" one:"upheld|withdrawn"`
	Reason    string      `json:"reason,omitempty" max:"2000" says:"if withdrawn, why"`
}

// Sense asks for the reason of a withdrawal.
func (b *Countersign) Sense() (errs []error) {
	if b.Outcome == "withdrawn" && b.Reason == "" {
		errs = append(errs, comity.Fieldf("reason", "say why the release is withdrawn"))
	}
	return errs
}

// Note is a remark.
type Note struct {
	Text  string      `json:"text" max:"8000"`
	About comity.Hash `json:"about,omitzero" says:"the id of the statement it is about"`
}

// Misdirected is said by the side whose statement went astray. The other side's
// node seals the contents at once, whoever looks.
type Misdirected struct {
	Statement comity.Hash `json:"statement" says:"the id of what went to the wrong desk"`
	Reached   string      `json:"reached,omitempty" max:"40" eg:"cn-cert" says:"the agency that it reached"`
	Asks      string      `json:"asks" one:"seal|destroy" says:"what is asked of the other side"`
	Reason    string      `json:"reason" max:"1000"`
}

// Attest answers Misdirected.
type Attest struct {
	Statement comity.Hash   `json:"statement" says:"the id of what went to the wrong desk"`
	ReadBy    []comity.Seat `json:"read_by,omitempty" max:"64" each:"40" eg:"cn-cert-02" says:"the seats that had read it; none if it is left out"`
	Copies    int           `json:"copies,omitempty" says:"how many copies there were beside the record; none if it is left out"`
	Destroyed comity.Time   `json:"destroyed,omitzero" says:"when the contents and every copy were destroyed; left out if they are sealed only"`
	Text      string        `json:"text,omitempty" max:"2000"`
}
