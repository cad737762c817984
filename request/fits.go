package request

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/matter"
)

// Fits says what of a body of ours does not go with the matter as it stands,
// though the other side would have to take it.
func (v View) Fits(kind comity.Kind, body any, by comity.Seat, now time.Time) error {
	switch b := body.(type) {
	case *Acknowledge:
		i := slices.IndexFunc(v.Timeline, func(r Row) bool { return r.ID == b.Statement })
		for _, r := range v.Timeline {
			if r.Kind == "acknowledge" && r.About == b.Statement && i >= 0 && r.From != v.Timeline[i].From {
				return comity.Errorf(comity.Conflict, "%s acknowledged %s already at %s", r.From, b.Statement.Short(), clock.UTC(r.Time))
			}
		}
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
			if err := v.unasked(fmt.Sprintf("results[%d].ground", i), r.Ground); err != nil {
				return err
			}
		}
		return v.answers(b, kind == "answer")
	case *Refuse:
		if b.NoFurtherReasons && b.Reasons != "" {
			return comity.Fieldf("no_further_reasons", "the reasons are given; leave out one of the two")
		}
		if b.Consultation.State != "waived" && b.Consultation.Reason != "" {
			return comity.Fieldf("consultation.reason", "it says why a consultation was waived, and this one is %q", b.Consultation.State)
		}
		return v.unasked("ground", b.Ground)
	case *ExtendHold:
		for _, it := range v.Items {
			if it.Result == Preserved && !b.Until.After(it.HoldUntil.Time) {
				return comity.Fieldf("until", "item %s is held until %s already; give a later time", it.ID, clock.UTC(it.HoldUntil.Time))
			}
		}
		return ahead("until", b.Until, now)
	case *ExtendDeadline:
		i := slices.IndexFunc(v.Clocks, func(c clock.Span) bool { return c.Name == guide.Answered })
		if i >= 0 && !v.Clocks[i].Due.IsZero() && !b.Until.After(v.Clocks[i].Due) {
			return comity.Fieldf("until", "the answer is due %s already; give a later time", clock.UTC(v.Clocks[i].Due))
		}
		return ahead("until", b.Until, now)
	case *Countersign:
		for _, r := range v.Timeline {
			if r.ID == b.Statement && slices.Contains(r.Seats, by) {
				return comity.Errorf(comity.Forbidden, "seat %s released %s itself; another seat must countersign", by, r.ID.Short())
			}
		}
		for _, s := range v.Sole {
			if s.Statement == b.Statement && s.Outcome != "" {
				return comity.Errorf(comity.Conflict, "%s was countersigned already: %s (%s)", s.Statement.Short(), s.Outcome, s.By.Short())
			}
		}
	}
	return nil
}

func ahead(field string, t comity.Time, now time.Time) error {
	if t.After(now) {
		return nil
	}
	return comity.Fieldf(field, "%s has been; give a time to come", clock.UTC(t.Time))
}

// unasked refuses the ground that a question was not answered, if there was none.
func (v View) unasked(field, ground string) error {
	asked := func(r Row) bool { return r.Kind == "ask" && r.Effect == matter.Applied }
	if ground == guide.Unanswered && !slices.ContainsFunc(v.Timeline, asked) {
		return comity.Fieldf(field, "nothing was asked in %s that could be left unanswered", v.Ref)
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
		if _, ok := guide.FindRule(q.Rule); q.Rule != "" && !ok {
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
		if wrong := guide.BadID(it.ID); wrong != "" {
			return comity.Fieldf(fmt.Sprintf("items[%d].id", i), "%s", wrong)
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
			told = append(told, fmt.Sprintf("items[%d]", i))
		}
	}
	for _, q := range v.Question.Questions {
		if !slices.ContainsFunc(told, func(t string) bool { return within(q.Field, t) || within(t, q.Field) }) {
			left = append(left, q)
		}
	}
	return left
}

// within reports whether a is b or a part of it, as items[0].from is of items[0].
func within(a, b string) bool {
	rest, ok := strings.CutPrefix(a, b)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// lacks says why the request has no member of that path, if it has none.
func (v View) lacks(path string) string {
	if v.Request == nil { // it was erased
		return ""
	}
	asked := *v.Request
	asked.Items = nil
	for _, it := range v.Items { // also those that were added
		asked.Items = append(asked.Items, it.Item)
	}
	at, here := reflect.ValueOf(asked), "the request"
	for _, part := range strings.Split(path, ".") {
		name, index, one := strings.Cut(part, "[")
		if at.Kind() == reflect.Pointer {
			at = reflect.Zero(at.Type().Elem()) // whether it is there does not matter
		}
		switch at.Kind() {
		case reflect.Slice:
			return fmt.Sprintf("%q: %s has several; say which, such as %s[0]", comity.Clip(path), here, here)
		case reflect.Struct:
		default:
			return fmt.Sprintf("%q: %s has no members", comity.Clip(path), here)
		}
		f, ok := member(at.Type(), name)
		if !ok {
			return fmt.Sprintf("%q: %s has no such member; there are %s", comity.Clip(path), here, strings.Join(members(at.Type()), ", "))
		}
		at, here = at.FieldByIndex(f.Index), name
		if !one {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(index, "]"), 10, 16)
		if err != nil || at.Kind() != reflect.Slice || index != fmt.Sprintf("%d]", n) || n >= uint64(at.Len()) {
			return fmt.Sprintf("%q: the request has no %s", comity.Clip(path), comity.Clip(part))
		}
		at, here = at.Index(int(n)), part
	}
	return ""
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
