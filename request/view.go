package request

import (
	"fmt"
	"slices"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/matter"
	"comity/thread"
)

// A View is what officers look at of a request.
type View struct {
	thread.View
	Says       comity.Text    `json:"says"` // one sentence
	Due        time.Time      `json:"due,omitzero"`
	Overdue    bool           `json:"overdue,omitempty"`
	Priority   string         `json:"priority"`
	Pack       string         `json:"pack,omitempty"`            // the guidelines that it is measured by
	Reference  string         `json:"reference,omitempty"`       // the opener's own file number
	TheirRef   string         `json:"other_reference,omitempty"` // the other side's
	Agency     string         `json:"agency,omitempty"`          // of the other side, that has it now
	Request    *guide.Request `json:"request,omitempty"`         // nil if erased
	Items      []Item         `json:"items"`
	Clocks     []clock.Span   `json:"clocks"` // receipted, acknowledged, answered
	Question   *Open          `json:"question,omitempty"`
	Conditions []Condition    `json:"conditions,omitempty"` // in force
	Proposed   []Condition    `json:"proposed,omitempty"`   // on the table
	Assurances []Assurance    `json:"assurances,omitempty"`
	ReviewOn   string         `json:"review_on,omitempty"`   // of a postponed request
	FollowedBy string         `json:"followed_by,omitempty"` // the request for the data that was preserved
	HoldUntil  time.Time      `json:"hold_until,omitzero"`   // the first hold to end
	Confirm    time.Time      `json:"confirm,omitzero"`      // an oral request is to be confirmed in writing by
	Outcomes   []Outcome      `json:"outcomes,omitempty"`
}

// An Item is a row of the table of items.
type Item struct {
	guide.Item
	Was       string      `json:"was,omitempty"` // how it read before it was corrected
	Result    string      `json:"result"`        // "open" until there is one
	HoldFrom  comity.Time `json:"hold_from,omitzero"`
	HoldUntil comity.Time `json:"hold_until,omitzero"`
	Lapsed    bool        `json:"lapsed,omitempty"`
	Amount    int         `json:"amount,omitempty"`
	Currency  string      `json:"currency,omitempty"`
	Provider  string      `json:"provider_reference,omitempty"`
	Use       string      `json:"use,omitempty"`
	Ground    string      `json:"ground,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	Made      string      `json:"made,omitempty"` // what use was made of it
	By        comity.Hash `json:"by,omitzero"`    // the answer
}

// An Open question waits for a supplement.
type Open struct {
	By        comity.Hash `json:"by"` // the ask
	Since     time.Time   `json:"since"`
	Receipted time.Time   `json:"receipted,omitzero"` // from here the asker's time to reply runs
	Questions []Question  `json:"questions"`
}

// An Assurance is followed from the asking to the verdict.
type Assurance struct {
	AssuranceAsk
	By      comity.Party   `json:"by"` // who asks for it
	Given   *AssuranceGive `json:"given,omitempty"`
	Verdict string         `json:"verdict,omitempty"`
}

// A projector holds what the parts of a projection share.
type projector struct {
	*thread.Thread
	Yardstick
	v       *View
	answer  clock.Clock // of the answer
	settled int         // how much of Order there was when it stopped; 0 while it runs
}

// A Yardstick is what a request is measured by: the pack that it cites, and the
// calendars that the pack names. Of the zero Yardstick there are no limits.
type Yardstick struct {
	Pack      guide.Pack
	Calendars map[comity.Party]clock.Calendar
}

// Project folds a request's statements into what officers look at.
func Project(h thread.History, y Yardstick) View { return *project(h, y).v }

func project(h thread.History, y Yardstick) *projector {
	c := Assistance()
	if slices.ContainsFunc(h.Statements, func(s thread.Statement) bool { return s.Kind == OpensPreservation && s.Refused == "" }) {
		c = Preservation()
	}
	p := &projector{Thread: thread.Project(c, h), Yardstick: y, v: &View{}}
	p.v.Pack = y.Pack.ID
	p.request()
	p.answers()
	p.terms()
	p.clocks()
	p.holds()
	p.v.View = p.Thread.View
	p.sentence()
	return p
}

// PackOf returns the pack that an opening body cites: the very one, or else the
// newest of that name.
func PackOf(lib *guide.Library, r *guide.Request) (guide.Pack, bool) {
	if r == nil {
		return guide.Pack{}, false
	}
	if h, err := comity.ParseHash(r.Basis.Pack); err == nil {
		if p, ok := lib.ByHash(h); ok {
			return p, true
		}
	}
	return lib.Pack(r.Basis.ID)
}

// request reads what is asked, with later corrections.
func (p *projector) request() {
	v := p.v
	for _, t := range p.Order {
		if !t.Applied() {
			continue
		}
		switch b := t.Said.(type) {
		case *guide.Request:
			v.Request, v.Priority, v.Reference, v.Agency = b, b.Priority, b.Reference, b.Addressee.Agency
			for _, it := range b.Order.Items {
				v.Items = append(v.Items, Item{Item: it, Result: "open"})
			}
		case *Refer:
			v.Agency = b.To
		case *Supplement:
			for _, it := range b.Items {
				if i := p.item(it.ID); i >= 0 {
					v.Items[i].Was, v.Items[i].Item = reading(v.Items[i].Item), it
				} else {
					v.Items = append(v.Items, Item{Item: it, Result: "open"})
				}
			}
		case *Postpone:
			v.ReviewOn = b.ReviewOn
		case *Convert:
			v.FollowedBy = b.Request
		}
		switch t.Kind {
		case "ask":
			if v.Question == nil {
				v.Question = &Open{By: t.ID, Since: t.Time, Receipted: t.Receipted}
			}
			if b, ok := t.Said.(*Ask); ok {
				v.Question.Questions = append(v.Question.Questions, b.Questions...)
			}
		case "supplement", "contest":
			v.Question = nil
		}
	}
	if !asking(p.State) {
		v.Question = nil
	}
	if p.State != statePostponed {
		v.ReviewOn = ""
	}
}

func reading(it guide.Item) string {
	return it.Type + " " + it.Value + " " + it.From + " to " + it.To
}

func (p *projector) item(id string) int {
	return slices.IndexFunc(p.v.Items, func(it Item) bool { return it.ID == id })
}

// answers fills in results; a later one of an item replaces the earlier.
func (p *projector) answers() {
	v := p.v
	var supplements []thread.Told
	corrected := map[string]comity.Hash{} // items, since they were answered
	for _, t := range p.Order {
		switch b := t.Said.(type) {
		case *thread.Acknowledge:
			if t.From == p.Other && b.Reference != "" {
				v.TheirRef = b.Reference
			}
		case *Refer:
			if t.Applied() && b.Reference != "" {
				v.TheirRef = b.Reference
			}
		case *Supplement:
			if !t.Applied() {
				continue
			}
			supplements = append(supplements, t)
			for _, it := range b.Items {
				corrected[it.ID] = t.ID
			}
		case *Accept:
			if t.Applied() && b.Reference != "" {
				v.TheirRef = b.Reference
			}
		case *Answer:
			if !t.Applied() {
				continue
			}
			p.results(t.ID, b)
			for _, r := range b.Results {
				delete(corrected, r.Item)
			}
			for _, s := range supplements {
				if s.Pos >= t.Seen {
					p.Remark(string(t.Kind)+" "+t.ID.Short()+" was written before it could have seen supplement "+s.ID.Short(),
						string(t.Kind)+" "+t.ID.Short()+" 作出时尚未见到补充 "+s.ID.Short())
				}
			}
		case *Use:
			for _, id := range b.Items {
				if i := p.item(id); i >= 0 && t.From == p.Opener {
					v.Items[i].Made = b.Use
				}
			}
		case *Outcome:
			v.Outcomes = append(v.Outcomes, *b)
		}
	}
	for i := range v.Items {
		it := &v.Items[i]
		if by, ok := corrected[it.ID]; ok && !it.By.IsZero() {
			p.Remark("item "+it.ID+": the result is of before supplement "+by.Short()+" corrected it", "项目 "+it.ID+"：该结果早于补充 "+by.Short()+" 的更正")
		}
	}
}

func (p *projector) results(id comity.Hash, a *Answer) {
	for _, r := range a.Results {
		i := p.item(r.Item)
		if i < 0 {
			p.Remark("an answer names item "+comity.Clip(r.Item)+", which nobody asked for", "答复提及未被请求的项目 "+comity.Clip(r.Item))
			continue
		}
		it := &p.v.Items[i]
		*it = Item{Item: it.Item, Was: it.Was, Made: it.Made, By: id, Result: r.Result, HoldFrom: r.HoldFrom, HoldUntil: r.HoldUntil,
			Amount: r.Amount, Currency: r.Currency, Provider: r.Reference, Ground: r.Ground, Reason: r.Reason, Use: "lead_only"}
		if r.Use != "" {
			it.Use = r.Use
		}
	}
}

// holds looks at when holds end, and whether they are as long as the guidelines
// say.
func (p *projector) holds() {
	v := p.v
	hold, known := p.Pack.Hold("preserve")
	for i := range v.Items {
		it := &v.Items[i]
		if it.Result != Preserved {
			continue
		}
		continues := known && hold.Continues && v.FollowedBy != ""
		it.Lapsed = p.Now.After(it.HoldUntil.Time) && !continues
		if v.HoldUntil.IsZero() || it.HoldUntil.Before(v.HoldUntil) {
			v.HoldUntil = it.HoldUntil.Time
		}
		days := int(it.HoldUntil.Sub(it.HoldFrom.Time) / (24 * time.Hour))
		if known && hold.Floor > 0 && days < hold.Floor {
			p.Remark(fmt.Sprintf("item %s: the hold of %d days is shorter than %d days, %s %s", it.ID, days, hold.Floor, hold.Cite, hold.Mark()),
				fmt.Sprintf("项目 %s：保全 %d 天，短于 %d 天（%s %s）", it.ID, days, hold.Floor, hold.Cite, hold.Mark()))
		}
	}
	if p.State == stateReleased || p.State == stateClosed {
		v.HoldUntil = time.Time{}
	}
	if r := v.Request; r != nil && r.Oral != nil {
		if due, err := time.Parse(time.RFC3339, r.Oral.DueBy); err == nil {
			v.Confirm = due
		}
	}
}

// Warnings returns the days before the end of a hold at which the asking side is
// warned, that have come: the smallest first. None, if the hold has a follow-up.
func (v View) Warnings(pack guide.Pack, now time.Time) (left time.Duration, due bool) {
	if v.HoldUntil.IsZero() || v.FollowedBy != "" {
		return 0, false
	}
	hold, ok := pack.Hold("preserve")
	left = v.HoldUntil.Sub(now)
	return left, ok && slices.ContainsFunc(hold.Warn, func(days int) bool { return left <= time.Duration(days)*24*time.Hour })
}

// terms finds the conditions in force and those on the table, and the assurances.
func (p *projector) terms() {
	v := p.v
	for _, t := range p.Order {
		if !t.Counts() {
			continue
		}
		switch b := t.Said.(type) {
		case *ConditionsPropose:
			v.Proposed = b.Conditions
		case *ConditionsAccept:
			v.Conditions, v.Proposed = v.Proposed, nil
		case *ConditionsDecline:
			v.Proposed = nil
		case *AssuranceAsk:
			if !slices.ContainsFunc(v.Assurances, func(a Assurance) bool { return a.ID == b.ID }) {
				v.Assurances = append(v.Assurances, Assurance{AssuranceAsk: *b, By: t.From})
			}
		case *AssuranceGive:
			for i := range v.Assurances {
				if a := &v.Assurances[i]; a.ID == b.ID && a.By != t.From {
					a.Given, a.Verdict = b, ""
				}
			}
		case *AssuranceJudge:
			for i := range v.Assurances {
				if a := &v.Assurances[i]; a.ID == b.ID && a.By == t.From {
					a.Verdict = b.Verdict
				}
			}
		}
	}
}

// Decided returns what the whole comes to, of the results of its items: executed,
// partial, impossible, refused, withdrawn, lapsed, or open.
func (v View) Decided() string {
	switch v.State {
	case stateRefused:
		return "refused"
	case stateWithdrawn:
		return "withdrawn"
	}
	lapsed := false
	for _, it := range v.Items {
		if good(it.Result) && !it.Lapsed {
			lapsed = false
			break
		}
		lapsed = lapsed || it.Lapsed
	}
	answered := slices.Contains([]string{stateAnswered, stateExtending, stateReleased, stateClosed}, v.State)
	switch {
	case !answered:
		return "open"
	case v.closedUnanswered():
		return "refused"
	case lapsed:
		return "lapsed"
	}
	return whole(v.Items)
}

func good(result string) bool {
	return !slices.Contains([]string{"open", Refused, Impossible, Gone, NoRecord, NotOurs}, result)
}

// whole says what the results of items come to: executed, partial, refused or
// impossible.
func whole(items []Item) string {
	n, refused := 0, false
	for _, it := range items {
		if good(it.Result) {
			n++
		}
		refused = refused || it.Result == Refused
	}
	switch {
	case n > 0 && n == len(items):
		return "executed"
	case n > 0:
		return "partial"
	case refused:
		return "refused"
	}
	return "impossible"
}

// closedUnanswered reports whether the matter was closed after a refusal.
func (v View) closedUnanswered() bool {
	return v.State == stateClosed && !slices.ContainsFunc(v.Timeline, func(r thread.Row) bool {
		return (r.Kind == "answer" || r.Kind == "answer.partial") && r.Effect == matter.Applied
	})
}
