package docket

import (
	"time"

	"comity"
)

// A LoneSpan is how long a correspondent without a node has had a letter of ours.
// Nothing of it can be proved by the other side's signature, so it is a type of
// its own: what measures joint figures takes clock.Span and cannot take this.
type LoneSpan struct {
	Letter  string // its id
	To      string
	From    time.Time // it was handed over: not necessarily read
	Until   time.Time // the reply arrived; zero while there is none
	Elapsed time.Duration
}

// Label stands beside each such span, on every page.
func (LoneSpan) Label() comity.Text { return t("our record only", "仅为我方记录") }

// OneSided measures letters as our own record has them. A letter that is to be
// handed over after now has not been on its way at all.
func OneSided(letters []Kept[Sent], now time.Time) (list []LoneSpan) {
	for _, k := range letters {
		s := LoneSpan{Letter: k.Is.ID, To: k.Is.To, From: k.Is.HandedOverAt.Time}
		end := now
		if r := k.Is.Reply; r != nil {
			s.Until, end = r.ArrivedAt.Time, r.ArrivedAt.Time
		}
		s.Elapsed = max(0, end.Sub(s.From))
		list = append(list, s)
	}
	return list
}
