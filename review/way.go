package review

import "comity"

// A Way is one direction: who asks whom, and where the time of the answers went.
type Way struct {
	Asks   comity.Party `json:"asks"`
	Asked  comity.Party `json:"asked"`
	N      int64        `json:"n"` // answers
	Causes []Cause      `json:"causes"`
	// Disputed is how many matters' times the sides differ on: they count nowhere.
	Disputed  int64 `json:"disputed"`
	Contested int64 `json:"contested_pauses"`
	Declined  int64 `json:"conditions_declined"`
}

// A Cause is a part of all the time from sending to the full answer. Text is empty if
// too few answers stand for it.
type Cause struct {
	Label comity.Text `json:"label"`
	Value string      `json:"value"`
	Part  int64       `json:"per_mille"` // -1: too few
}

// Ways returns both directions.
func (r Report) Ways() []Way {
	p := r.Joint.Parties
	var list []Way
	for i, asks := range p {
		f := r.Group(All, "", asks)
		w := Way{Asks: asks, Asked: p[1-i], N: f.Times[AnswerGross].N, Disputed: f.Counts[Disputed], Contested: f.Counts[ContestedPauses], Declined: f.Counts[ConditionsDeclined]}
		for j := range 5 {
			s := f.Shares[shareParts+j]
			c := Cause{Label: shares[shareParts+j].Text, Value: nothing, Part: -1}
			if w.N >= Few && s.Of > 0 {
				c.Value, c.Part = s.write(asPart), s.N*1000/s.Of
			}
			w.Causes = append(w.Causes, c)
		}
		list = append(list, w)
	}
	return list
}
