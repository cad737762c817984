package officer

import (
	"slices"
	"strings"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/request"
	"comity/shell"
)

// fits says what of a body does not go with the matter as it stands, though the
// other side would have to take it.
func (s *saying) fits(body any) error {
	switch b := body.(type) {
	case *request.Answer:
		return s.answers(b, s.kind == "answer")
	case *request.ExtendHold:
		return s.longer(b.Until)
	case *request.ExtendDeadline:
		i := slices.IndexFunc(s.view.Clocks, func(c clock.Span) bool { return c.Name == guide.Answered })
		if i >= 0 && !s.view.Clocks[i].Due.IsZero() && !b.Until.After(s.view.Clocks[i].Due) {
			return comity.Fieldf("until", "the answer is due %s already; give a later time", shell.UTC(s.view.Clocks[i].Due))
		}
	case *request.Countersign:
		for _, r := range s.view.Timeline {
			if r.ID == b.Statement && slices.Contains(r.Seats, comity.Seat(*s.seat)) {
				return comity.Errorf(comity.Forbidden, "seat %s released %s itself; another seat must countersign", *s.seat, r.ID.Short())
			}
		}
	}
	return nil
}

// answers checks that an answer is about items of the request, and that a final
// one forgets none.
func (s *saying) answers(b *request.Answer, final bool) error {
	if s.view.Request == nil { // it was erased
		return nil
	}
	open := map[string]bool{}
	var ids []string
	for _, it := range s.view.Items {
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

// longer checks that a hold would end later than every one that runs.
func (s *saying) longer(until comity.Time) error {
	for _, it := range s.view.Items {
		if it.Result == request.Preserved && !until.After(it.HoldUntil.Time) {
			return comity.Fieldf("until", "item %s is held until %s already; give a later time", it.ID, shell.UTC(it.HoldUntil.Time))
		}
	}
	return nil
}
