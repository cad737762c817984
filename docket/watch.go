package docket

import (
	"strings"

	"comity"
)

// A watch is handed over in the party's own file: what it must do whenever something
// happens, what is open, and that both officers know. None of it names a restricted
// matter, because every seat may read it: see package duty.

// An Instruction stands until it ends. A later one of the same name takes its place.
type Instruction struct {
	ID       string      `name:"yes" json:"id" max:"16" eg:"i1"`
	Standing string      `json:"standing" max:"2000" eg:"Call the head of the desk for every request of priority P0."`
	Until    comity.Time `json:"until"`
}

// A Handover is what the outgoing officer of a watch leaves to the incoming one.
type Handover struct {
	ID       string      `name:"yes" json:"id" max:"16" eg:"w1"`
	Incoming comity.Seat `json:"incoming" max:"40" eg:"us-24-7-02"`
	Open     []string    `json:"open,omitempty" max:"500" each:"200" says:"what is open, a line of each"`
	Told     string      `json:"told,omitempty" max:"2000" says:"what else the incoming officer must know"`
}

// A Takeover is the incoming officer's word that the watch is theirs now.
type Takeover struct {
	ID       string      `name:"yes" json:"id" max:"16" eg:"w1" says:"of the hand-over"`
	Outgoing comity.Seat `json:"outgoing" max:"40" eg:"us-24-7-01"`
	Read     comity.Hash `json:"read" says:"SHA-256 of the hand-over, as it is kept"`
}

// Sense looks whether an instruction says something.
func (b *Instruction) Sense() (errs []error) {
	if strings.TrimSpace(b.Standing) == "" {
		errs = append(errs, comity.Fieldf("standing", "say what is to be done, such as %q", "Call the head of the desk for every P0."))
	}
	return errs
}
