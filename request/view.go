package request

import (
	"fmt"
	"slices"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
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
	Lapsing    bool           `json:"lapsing,omitempty"`     // it is so near that the asking side is warned
	Confirm    time.Time      `json:"confirm,omitzero"`      // an oral request is still to be confirmed in writing, by then
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
	v        *View
	followed time.Time   // when FollowedBy was said
	over     time.Time   // when the hold was given back, or the matter closed
	answer   clock.Clock // of the answer
	settled  int         // how much of Order there was when it stopped; 0 while it runs
	says     Saying
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
	p := &projector{Thread: thread.Project(procedure(h), h), Yardstick: y, v: &View{}}
	p.v.Pack = y.Pack.ID
	p.request()
	p.answers()
	p.terms()
	p.clocks()
	p.holds()
	_, p.v.Lapsing = p.v.Warnings(p.Pack, p.Now)
	p.v.View = p.Thread.View
	p.sentence()
	return p
}

// procedure returns that of the matter's first request: a later one of the other
// kind, or the other side's, does not turn one into the other.
func procedure(h thread.History) thread.Capability {
	var first *thread.Statement
	for i := range h.Statements {
		s := &h.Statements[i]
		opens := s.Kind == OpensPreservation || s.Kind == OpensAssistance
		if opens && s.Refused == "" && s.From == h.Ref.Opener() && (first == nil || s.Pos < first.Pos) {
			first = s
		}
	}
	if first != nil && first.Kind == OpensPreservation {
		return Preservation()
	}
	return Assistance()
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
				} else if len(v.Items) < mostItems {
					v.Items = append(v.Items, Item{Item: it, Result: "open"})
				} else {
					p.Remark("item "+comity.Clip(it.ID)+" is one too many: make another request of it", "项目 "+comity.Clip(it.ID)+" 超出数量上限：请另行提出请求")
				}
			}
		case *Postpone:
			v.ReviewOn = b.ReviewOn
		case *Convert:
			v.FollowedBy, p.followed = b.Request, t.Time
		}
		if p.over.IsZero() && (t.State == stateReleased || t.State == stateClosed) {
			p.over = t.Time
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

// mostItems is how many a request may grow to by supplements, each of which may
// have as many as the request itself.
const mostItems = 256

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
	longer, waits := 0, false // how often a longer hold was asked for and given
	for _, t := range p.Order {
		if !t.Applied() {
			continue
		}
		switch t.Kind {
		case "extend.hold":
			waits = true
		case "refuse":
			waits = false
		case "answer":
			if waits {
				longer, waits = longer+1, false
			}
		}
	}
	until := p.Now // what is given back does not lapse afterwards
	if !p.over.IsZero() {
		until = p.over
	}
	for i := range v.Items {
		it := &v.Items[i]
		if it.Result != Preserved {
			continue
		}
		ends := it.HoldUntil.Time
		if days := hold.Longest(longer); known && days > 0 {
			// Without a follow-up it lapses, whatever the answer says.
			if lapse := it.HoldFrom.AddDate(0, 0, days); lapse.Before(ends) && (v.FollowedBy == "" || p.followed.After(lapse)) {
				ends = lapse
				p.Remark(fmt.Sprintf("item %s: without a request for the data the hold lapses after %d days, on %s, %s %s", it.ID, days, clock.UTC(ends), hold.Cite, hold.Mark()),
					fmt.Sprintf("项目 %s：未提出数据请求的，保全于 %d 天后（%s）失效（%s %s）", it.ID, days, clock.UTC(ends), hold.Cite, hold.Mark()))
			}
		}
		// A request that came when the hold had ended keeps nothing.
		continues := known && hold.Continues && v.FollowedBy != "" && !p.followed.After(ends)
		it.Lapsed = until.After(ends) && !continues
		if v.HoldUntil.IsZero() || ends.Before(v.HoldUntil) {
			v.HoldUntil = ends
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
		confirmed := slices.ContainsFunc(p.Order, func(t thread.Told) bool { _, ok := t.Said.(*Confirm); return ok && t.From == p.Opener })
		if due, err := time.Parse(time.RFC3339, r.Oral.DueBy); err == nil && !confirmed {
			v.Confirm = due
		}
	}
}

// warnFrom returns from when the asking side is warned of the first hold to end: zero
// if it is not. Nothing is due while a hold continues for the request that follows.
func (v View) warnFrom(pack guide.Pack) time.Time {
	hold, ok := pack.Hold("preserve")
	if !ok || len(hold.Warn) == 0 || v.HoldUntil.IsZero() || v.FollowedBy != "" && hold.Continues {
		return time.Time{}
	}
	return v.HoldUntil.Add(-time.Duration(slices.Max(hold.Warn)) * 24 * time.Hour)
}

// Warnings returns how long the first hold to end still runs, and whether one of
// the days on which the asking side is warned has come. Nothing is due while a
// hold continues for the request that follows.
func (v View) Warnings(pack guide.Pack, now time.Time) (left time.Duration, due bool) {
	hold, ok := pack.Hold("preserve")
	if v.HoldUntil.IsZero() || v.FollowedBy != "" && hold.Continues {
		return 0, false
	}
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
		case nil: // erased: who accepts now accepts nothing of what was proposed before
			if t.Kind == "conditions.propose" || t.Kind == "conditions.counter" {
				v.Proposed = nil
			}
		case *ConditionsPropose:
			v.Proposed = b.Conditions
		case *ConditionsAccept:
			v.Conditions, v.Proposed = v.Proposed, nil
		case *ConditionsDecline:
			v.Proposed = nil
		case *AssuranceAsk:
			if !slices.ContainsFunc(v.Assurances, func(a Assurance) bool { return a.ID == b.ID && a.By == t.From }) {
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
	if p.State != stateTerms && p.State != stateCountered {
		v.Proposed = nil
	}
}

// Decided returns what the whole comes to, of the results of its items: executed,
// partial, impossible, refused, withdrawn, lapsed, or open.
func (v View) Decided() string {
	state := v.State
	for _, r := range slices.Backward(v.Timeline) { // a closed matter was decided before
		if state != stateClosed {
			break
		}
		state = r.State
	}
	came, lapsed := 0, 0
	for _, it := range v.Items {
		if good(it.Result) {
			came++
			if it.Lapsed {
				lapsed++
			}
		}
	}
	switch {
	case state == stateWithdrawn:
		return "withdrawn"
	case state == stateRefused && came == 0:
		return "refused"
	case state != stateRefused && state != stateAnswered && state != stateExtending && state != stateReleased:
		return "open"
	case lapsed > 0 && lapsed == came:
		return "lapsed"
	}
	return whole(v.Items)
}

func good(result string) bool {
	return !slices.Contains([]string{"open", Refused, Impossible, Gone, NoRecord, NotOurs}, result)
}

// whole says what the results of items come to: executed, partial, refused or
// impossible; open, if the answer is about nothing that was asked.
func whole(items []Item) string {
	var came, refused, nothing int
	for _, it := range items {
		switch {
		case good(it.Result):
			came++
		case it.Result == Refused:
			refused++
		case it.Result != "open":
			nothing++
		}
	}
	switch {
	case came > 0 && came == len(items):
		return "executed"
	case came > 0:
		return "partial"
	case refused > 0:
		return "refused"
	case nothing > 0:
		return "impossible"
	}
	return "open"
}
