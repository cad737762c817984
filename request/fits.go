package request

import (
	"slices"
	"strings"

	"comity"
	"comity/clock"
	"comity/guide"
)

// Fits says what of a body of ours does not go with the matter as it stands,
// though the other side would have to take it.
func (v View) Fits(kind comity.Kind, body any, by comity.Seat) error {
	switch b := body.(type) {
	case *Answer:
		return v.answers(b, kind == "answer")
	case *ExtendHold:
		for _, it := range v.Items {
			if it.Result == Preserved && !b.Until.After(it.HoldUntil.Time) {
				return comity.Fieldf("until", "item %s is held until %s already; give a later time", it.ID, clock.UTC(it.HoldUntil.Time))
			}
		}
	case *ExtendDeadline:
		i := slices.IndexFunc(v.Clocks, func(c clock.Span) bool { return c.Name == guide.Answered })
		if i >= 0 && !v.Clocks[i].Due.IsZero() && !b.Until.After(v.Clocks[i].Due) {
			return comity.Fieldf("until", "the answer is due %s already; give a later time", clock.UTC(v.Clocks[i].Due))
		}
	case *Countersign:
		for _, r := range v.Timeline {
			if r.ID == b.Statement && slices.Contains(r.Seats, by) {
				return comity.Errorf(comity.Forbidden, "seat %s released %s itself; another seat must countersign", by, r.ID.Short())
			}
		}
	}
	return nil
}

// answers checks that an answer is about items of the request, and that a final
// one forgets none.
func (v View) answers(b *Answer, final bool) error {
	if v.Request == nil { // it was erased
		return nil
	}
	open := map[string]bool{}
	var ids []string
	for _, it := range v.Items {
		open[it.ID] = it.Result == "open"
		ids = append(ids, it.ID)
	}
	for _, r := range b.Results {
		if _, ok := open[r.Item]; !ok {
			return comity.Fieldf("item", "the request has no item %q; it has %s", comity.Clip(r.Item), strings.Join(ids, ", "))
		}
		open[r.Item] = false
	}
	left := slices.DeleteFunc(ids, func(id string) bool { return !open[id] })
	if final && len(left) > 0 {
		return comity.Fieldf("item", "the answer ends what is owed and says nothing of item %s; give a result for each, or answer with --partial", strings.Join(left, ", "))
	}
	return nil
}
