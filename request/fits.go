package request

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/form"
	"comity/guide"
	"comity/matter"
	"comity/thread"
)

// Fits says what of a body of ours does not go with the matter as it stands,
// though the other side would have to take it.
func (v View) Fits(kind comity.Kind, body any, me comity.Party, by comity.Seat, pack guide.Pack, now time.Time) error {
	mine := v.Opener == me
	side := func(opener bool) error {
		if mine == opener {
			return nil
		}
		return comity.Errorf(comity.Forbidden, "only %s may %s in %s", v.Party(v.Side(me).Peer()), kind, v.Ref)
	}
	if found(body) != "" && v.Priority != "P0" {
		return comity.Fieldf("emergency", "%s is %s; only of a P0 it is said whether there is an emergency: leave it out", v.Ref, cmp.Or(v.Priority, "without a priority"))
	}
	switch b := body.(type) {
	case *Ask:
		return v.asks(b)
	case *Supplement:
		return v.supplements(b)
	case *Accept:
		if !b.Expected.IsZero() {
			return ahead("expected", b.Expected, now)
		}
	case *Answer:
		for i, r := range b.Results {
			if err := v.grounded(fmt.Sprintf("results[%d].ground", i), r.Ground, pack); err != nil {
				return err
			}
		}
		return v.answers(b, kind == "answer", pack)
	case *Refuse:
		if b.NoFurtherReasons && b.Reasons != "" {
			return comity.Fieldf("no_further_reasons", "the reasons are given; leave out one of the two")
		}
		if b.Consultation.State != "waived" && b.Consultation.Reason != "" {
			return comity.Fieldf("consultation.reason", "it says why a consultation was waived, and this one is %q", b.Consultation.State)
		}
		return v.grounded("ground", b.Ground, pack)
	case *Postpone:
		return day("review_on", b.ReviewOn, now)
	case *ConditionsPropose:
		for i, c := range b.Conditions {
			if err := v.known(fmt.Sprintf("conditions[%d].items", i), c.Items); err != nil {
				return err
			}
		}
	case *ConditionsDecline:
		for i, id := range b.Conditions {
			if !slices.ContainsFunc(v.Proposed, func(c Condition) bool { return c.ID == id }) {
				return comity.Fieldf(fmt.Sprintf("conditions[%d]", i), "no condition %q is on the table", comity.Clip(id))
			}
		}
	case *ExtendHold:
		for _, it := range v.Items {
			if it.Result == Preserved && !b.Until.After(it.HoldUntil.Time) {
				return comity.Fieldf("until", "item %s is held until %s already; give a later time", it.ID, clock.UTC(it.HoldUntil.Time))
			}
		}
		return ahead("until", b.Until, now)
	case *ExtendDeadline:
		if due := v.Clock(guide.Answered).Due; !due.IsZero() && !b.Until.After(due) {
			return comity.Fieldf("until", "the answer is due %s already; give a later time", clock.UTC(due))
		}
		return ahead("until", b.Until, now)
	case *Convert:
		if _, err := comity.ParseRef(b.Request); err != nil {
			return comity.Fieldf("request", "%q is not the reference of a request, such as %q", comity.Clip(b.Request), "US-2026-000043")
		}
	case *Confirm:
		if err := side(true); err != nil {
			return err
		}
		if v.Confirm.IsZero() {
			return comity.Errorf(comity.Conflict, "nothing that was asked by word of mouth in %s waits for a confirmation", v.Ref)
		}
	case *AssuranceAsk:
		return v.known("items", b.Items)
	case *AssuranceGive:
		_, err := v.assurance(b.ID, v.Party(v.Side(me).Peer()))
		return err
	case *AssuranceJudge:
		a, err := v.assurance(b.ID, me)
		if err == nil && a.Given == nil {
			err = comity.Fieldf("id", "assurance %s has not been answered yet", b.ID)
		}
		return err
	case *Use:
		if err := side(true); err != nil {
			return err
		}
		return v.known("items", b.Items)
	case *Outcome:
		if _, err := time.Parse(time.DateOnly, b.Date); err != nil {
			return comity.Fieldf("date", "%q is not a day such as %q", comity.Clip(b.Date), "2027-04-01")
		}
	}
	return v.View.Fits(body, me, by)
}

func ahead(field string, t comity.Time, now time.Time) error {
	if t.After(now) {
		return nil
	}
	return comity.Fieldf(field, "%s has been; give a time to come", clock.UTC(t.Time))
}

func day(field, s string, now time.Time) error {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return comity.Fieldf(field, "%q is not a day such as %q", comity.Clip(s), "2027-03-01")
	}
	if d.Before(now) {
		return comity.Fieldf(field, "%s has been; give a day to come", s)
	}
	return nil
}

// assurance finds what a side asked for: each numbers its own, and the other gives
// it.
func (v View) assurance(id string, by comity.Party) (Assurance, error) {
	if i := slices.IndexFunc(v.Assurances, func(a Assurance) bool { return a.ID == id && a.By == by }); i >= 0 {
		return v.Assurances[i], nil
	}
	return Assurance{}, comity.Fieldf("id", "%s has not asked for an assurance %q in %s", by, comity.Clip(id), v.Ref)
}

func (v View) ids() (ids []string) {
	for _, it := range v.Items {
		ids = append(ids, it.ID)
	}
	return ids
}

// known holds ids of items to those of the request.
func (v View) known(field string, items []string) error {
	if v.Request == nil { // it was erased
		return nil
	}
	for i, id := range items {
		if !slices.Contains(v.ids(), id) {
			return comity.Fieldf(fmt.Sprintf("%s[%d]", field, i), "the request has no item %q; it has %s", comity.Clip(id), strings.Join(v.ids(), ", "))
		}
	}
	return nil
}

// grounded refuses a ground that the request's basis does not have, if its list
// is closed, and the ground that a question was not answered, if there was none.
func (v View) grounded(field, ground string, pack guide.Pack) error {
	if ground == "" || v.Request == nil {
		return nil
	}
	asked := func(r thread.Row) bool { return r.Kind == "ask" && r.Effect == matter.Applied }
	if ground == guide.Unanswered && !slices.ContainsFunc(v.Timeline, asked) {
		return comity.Fieldf(field, "nothing was asked in %s that could be left unanswered", v.Ref)
	}
	list, closed := pack.GroundsFor(v.Request.Type)
	var ids []string
	for _, g := range list {
		ids = append(ids, g.ID)
	}
	if closed && !slices.Contains(ids, ground) {
		return comity.Fieldf(field, "%q is not a ground under %s, whose list is closed: %s", comity.Clip(ground), pack.ID, strings.Join(ids, ", "))
	}
	return nil
}

// asks checks that questions are about members of the request, rest on rules that
// there are, and say something.
func (v View) asks(b *Ask) error {
	for i, q := range b.Questions {
		at := fmt.Sprintf("questions[%d].", i)
		if wrong := v.lacks(q.Field); wrong != "" {
			return comity.Fieldf(at+"field", "%s", wrong)
		}
		if q.Rule != "" && !guide.KnownCheck(q.Rule) {
			return comity.Fieldf(at+"rule", "there is no guideline %q; an example is %q", comity.Clip(q.Rule), "C11")
		}
		if q.Rule == "" && strings.TrimSpace(q.Text) == "" {
			return comity.Fieldf(at+"text", "there is neither a question nor the guideline it would rest on")
		}
	}
	return nil
}

// supplements checks that replies are to a question, or about a member of the
// request, and that what is new can be answered by its id.
func (v View) supplements(b *Supplement) error {
	var open, shown []string
	if v.Question != nil {
		for _, q := range v.Question.Questions {
			open, shown = append(open, q.Field), append(shown, comity.Clip(q.Field))
		}
	}
	for i, r := range b.Replies {
		wrong := v.lacks(r.Field)
		if wrong == "" || slices.Contains(open, r.Field) {
			continue
		}
		if len(open) > 0 {
			wrong += "; the open questions are about " + strings.Join(shown, ", ")
		}
		return comity.Fieldf(fmt.Sprintf("replies[%d].field", i), "%s", wrong)
	}
	for i, it := range b.Items {
		if wrong := guide.BadID(it.ID); wrong.EN != "" {
			return comity.Fieldf(fmt.Sprintf("items[%d].id", i), "%s", wrong.EN)
		}
	}
	return nil
}

// Unanswered returns the open questions of which a supplement says nothing. It
// ends them all the same.
func (v View) Unanswered(b *Supplement) (left []Question) {
	if v.Question == nil {
		return nil
	}
	var told []string
	for _, r := range b.Replies {
		told = append(told, r.Field)
	}
	for i, it := range v.Items {
		if slices.ContainsFunc(b.Items, func(c guide.Item) bool { return c.ID == it.ID }) {
			told = append(told, fmt.Sprintf("order.items[%d]", i))
		}
	}
	for _, q := range v.Question.Questions {
		if !slices.ContainsFunc(told, func(t string) bool { return form.Within(q.Field, t) || form.Within(t, q.Field) }) {
			left = append(left, q)
		}
	}
	return left
}

// lacks says why the request has no member of that path, if it has none.
func (v View) lacks(path string) string {
	if v.Request == nil { // it was erased
		return ""
	}
	asked := *v.Request
	asked.Order.Items = nil
	for _, it := range v.Items { // also those that were added
		asked.Order.Items = append(asked.Order.Items, it.Item)
	}
	return form.Lacks(asked, "the request", path)
}

// answers checks that an answer is about items of the request, with results that
// its type knows, and that a final one forgets none.
func (v View) answers(b *Answer, final bool, pack guide.Pack) error {
	if v.Request == nil { // it was erased
		return nil
	}
	open := map[string]bool{}
	for _, it := range v.Items {
		open[it.ID] = it.Result == "open"
	}
	typ, known := pack.Type(v.Request.Type)
	for i, r := range b.Results {
		if _, ok := open[r.Item]; !ok {
			return comity.Fieldf("item", "the request has no item %q; it has %s", comity.Clip(r.Item), strings.Join(v.ids(), ", "))
		}
		if known && len(typ.Results) > 0 && !slices.Contains(typ.Results, r.Result) {
			return comity.Fieldf(fmt.Sprintf("results[%d].result", i), "%q is no result of a request of type %s; there are %s", r.Result, typ.ID, strings.Join(typ.Results, ", "))
		}
		open[r.Item] = false
	}
	left := slices.DeleteFunc(v.ids(), func(id string) bool { return !open[id] })
	if final && len(left) > 0 {
		return comity.Fieldf("item", "the answer ends what is owed and says nothing of item %s; give a result for each, or answer with --partial", strings.Join(left, ", "))
	}
	return nil
}
