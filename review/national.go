package review

import (
	"slices"

	"comity"
)

// NationalReport is what a party keeps to itself. It is never sent: a ratio of
// one side's work to the other's becomes a stick (research/practice.md §1).
type NationalReport struct {
	Joint       Joint   `json:"joint"`
	Reciprocity []Ratio `json:"reciprocity"`
}

// A Ratio sets what we did for them beside what they did for us.
type Ratio struct {
	Label  comity.Text `json:"label"`
	Ours   int64       `json:"ours"` // what we did, of TheyAsked
	Theirs int64       `json:"theirs"`
	Says   string      `json:"says"` // ours for each of theirs, "1.5"; "n=3<5" if they are few
}

// National returns me's own view of the same matters.
func National(ms []Matter, s Scope, me comity.Party) (NationalReport, error) {
	i := slices.Index(s.Parties[:], me)
	if i < 0 {
		return NationalReport{}, comity.Fieldf("me", "%q is not one of %v", comity.Clip(string(me)), s.Parties)
	}
	r, err := Compute(ms, s)
	if err != nil {
		return NationalReport{}, err
	}
	n := NationalReport{Joint: r.Joint}
	weAsked, theyAsked := r.Group(All, "", me), r.Group(All, "", s.Parties[1-i])
	for _, row := range []struct {
		comity.Text
		of func(Figures) int64
	}{
		{both("Requests receipted", "签收的请求"), func(f Figures) int64 { return f.Counts[Received] }},
		{both("Requests executed, in whole or in part", "全部或部分执行的请求"), func(f Figures) int64 { return f.Shares[shareOutcomes].N + f.Shares[shareOutcomes+1].N }},
		{both("Answered in full within the limit", "在期限内完整答复"), func(f Figures) int64 { return f.Shares[ShareWithinAnswer].N }},
	} {
		q := Ratio{Label: row.Text, Ours: row.of(theyAsked), Theirs: row.of(weAsked)}
		q.Says = Stat{N: q.Theirs}.Median() // how few
		if q.Theirs >= Few {
			q.Says = decimal(q.Ours, q.Theirs)
		}
		n.Reciprocity = append(n.Reciprocity, q)
	}
	return n, nil
}
