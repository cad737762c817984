package request

import (
	"slices"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/matter"
)

// A History is everything that a node knows of one matter.
type History struct {
	Ref        comity.Ref
	Me, Peer   comity.Party
	Statements []Statement // in any order
	Zones      []clock.Zone
	Now        time.Time
	Skew       time.Duration // by which clocks may differ unremarked
}

// A Statement is what Project needs of one.
type Statement struct {
	ID        comity.Hash
	Kind      comity.Kind
	From      comity.Party
	Pos, Seen uint64 // as matter.Entry has them
	After     *comity.After
	Release   comity.Release
	Seats     []comity.Seat // that signed
	Time      time.Time     // of its item's header; what an officer claims measures nothing
	Receipted time.Time     // of the item with the peer's receipt; zero if there is none
	Refused   string        // the code, if the receipt refuses it
	Body      []byte        // nil if erased or withheld
	Files     []File
}

// A File is an attachment of a Statement.
type File struct {
	Name     string    `json:"name"`
	Size     int64     `json:"size"`
	Received time.Time `json:"received,omitzero"` // of its file receipt
}

// A View is what officers look at: the same on both nodes, but for who "we" are
// and what has arrived. It can be dropped and made again.
type View struct {
	Ref        comity.Ref          `json:"ref"`
	Opener     comity.Party        `json:"opener"`
	Other      comity.Party        `json:"other"`
	State      string              `json:"state"`
	Owes       comity.Party        `json:"owes,omitempty"`
	Says       string              `json:"says"` // one sentence
	Due        time.Time           `json:"due,omitzero"`
	Overdue    bool                `json:"overdue,omitempty"`
	Priority   string              `json:"priority"`
	Reference  string              `json:"reference,omitempty"`       // the opener's own file number
	TheirRef   string              `json:"other_reference,omitempty"` // the other side's
	Request    *guide.Preservation `json:"request,omitempty"`         // nil if erased
	Items      []Item              `json:"items"`
	Clocks     []clock.Span        `json:"clocks"` // receipted, acknowledged, answered
	Question   *Open               `json:"question,omitempty"`
	Conditions []Condition         `json:"conditions,omitempty"`
	HoldUntil  time.Time           `json:"hold_until,omitzero"` // the first hold to end
	Sole       []Sole              `json:"sole,omitempty"`
	Next       []Next              `json:"next"`
	Timeline   []Row               `json:"timeline"`
	Remarks    []string            `json:"remarks,omitempty"`
	Heads      comity.After        `json:"heads"` // for our next move
}

// An Item is a row of the table of items.
type Item struct {
	guide.Item
	Was       string      `json:"was,omitempty"` // how it read before it was corrected
	Result    string      `json:"result"`        // "open" until there is one
	HoldFrom  comity.Time `json:"hold_from,omitzero"`
	HoldUntil comity.Time `json:"hold_until,omitzero"`
	Lapsed    bool        `json:"lapsed,omitempty"`
	Provider  string      `json:"provider,omitempty"` // its reference
	Use       string      `json:"use,omitempty"`
	Ground    string      `json:"ground,omitempty"`
	By        comity.Hash `json:"by,omitzero"` // the answer
}

// An Open question waits for a supplement.
type Open struct {
	By        comity.Hash `json:"by"` // the ask
	Since     time.Time   `json:"since"`
	Receipted time.Time   `json:"receipted,omitzero"` // from here the asker's time to reply runs
	Questions []Question  `json:"questions"`
}

// A Sole is a release by one seat and what became of it.
type Sole struct {
	Statement comity.Hash  `json:"statement"`
	Kind      comity.Kind  `json:"kind"`
	From      comity.Party `json:"from"`
	Reason    string       `json:"reason"`
	Due       time.Time    `json:"due"`
	Outcome   string       `json:"outcome,omitempty"` // upheld, withdrawn; empty while owed
	By        comity.Hash  `json:"by,omitzero"`       // the countersignature
	Overdue   bool         `json:"overdue,omitempty"` // or it came late
}

// A Next is one of our kinds, and why not if not.
type Next struct {
	Kind    comity.Kind    `json:"kind"`
	Allowed bool           `json:"allowed"`
	Says    string         `json:"says"`
	Why     string         `json:"why,omitempty"`
	To      string         `json:"to,omitempty"`
	Classes []comity.Class `json:"classes"`
}

// A Row is a statement in the one history.
type Row struct {
	ID        comity.Hash   `json:"id"`
	Kind      comity.Kind   `json:"kind"`
	From      comity.Party  `json:"from"`
	Seats     []comity.Seat `json:"seats"`
	Class     comity.Class  `json:"class"`
	Time      time.Time     `json:"time"`
	Receipted time.Time     `json:"receipted,omitzero"`
	Effect    matter.Effect `json:"effect,omitempty"` // empty if refused
	By        comity.Hash   `json:"by,omitzero"`      // the move that crossed it
	Refused   string        `json:"refused,omitempty"`
	State     string        `json:"state"` // after it
	Settled   bool          `json:"settled"`
	Disputed  bool          `json:"disputed,omitempty"` // its time is outside what its causes and receipt allow
	Erased    bool          `json:"erased,omitempty"`
	About     comity.Hash   `json:"about,omitzero"` // the statement it acknowledges or countersigns
	Files     []File        `json:"files,omitempty"`
	Text      []string      `json:"text,omitempty"` // its body, for a person; see Lines
}

// A told is an outcome with the statement it is of and its body.
type told struct {
	matter.Outcome
	*Statement
	body any // nil if erased, withheld or not what the kind requires
}

func (t told) applied() bool { return t.Effect == matter.Applied }

// A projector holds what the parts of a projection share.
type projector struct {
	History
	table  matter.Table
	order  []told
	view   *View
	result matter.Result
}

// Project folds a matter's statements into what officers look at.
func Project(h History) View {
	v := View{Ref: h.Ref, Opener: h.Ref.Opener(), Other: h.Peer}
	if v.Other == v.Opener {
		v.Other = h.Me
	}
	p := &projector{History: h, table: Table(), view: &v}
	p.fold()
	p.request()
	p.answers()
	p.sole()
	p.clocks()
	p.timeline()
	p.next()
	p.sentence()
	return v
}

// Unsigned returns by when the next sole release of a party must be countersigned:
// zero if none waits for another seat.
func (v View) Unsigned(by comity.Party) (due time.Time) {
	for _, s := range v.Sole {
		if s.From == by && s.Outcome == "" && (due.IsZero() || s.Due.Before(due)) {
			due = s.Due
		}
	}
	return due
}

func (p *projector) side(of comity.Party) matter.Side {
	if of == p.view.Opener {
		return matter.Opener
	}
	return matter.Other
}

func (p *projector) party(s matter.Side) comity.Party {
	switch s {
	case matter.Opener:
		return p.view.Opener
	case matter.Other:
		return p.view.Other
	}
	return ""
}

func (p *projector) remark(s string) { p.view.Remarks = append(p.view.Remarks, s) }

func (p *projector) fold() {
	byID := map[comity.Hash]*Statement{}
	var es []matter.Entry
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Refused != "" {
			continue
		}
		byID[s.ID] = s
		es = append(es, matter.Entry{ID: s.ID, Author: p.side(s.From), Kind: s.Kind, Pos: s.Pos, Seen: s.Seen, After: s.After})
	}
	p.result = matter.Fold(p.table, es)
	for _, o := range p.result.Order {
		t := told{Outcome: o, Statement: byID[o.ID]}
		if t.Body != nil {
			if b, err := Decode(o.Kind, t.Body); err == nil && Check(b) == nil {
				t.body = b
			}
		}
		if t.body == nil {
			p.remark(string(o.Kind) + " " + o.ID.Short() + ": its body has been erased or withheld")
		}
		p.order = append(p.order, t)
	}
	p.view.State = p.result.State
	p.view.Owes = p.party(p.result.Owes)
	p.view.Heads = p.result.After(p.side(p.Me))
}

// request reads what is asked, with later corrections.
func (p *projector) request() {
	v := p.view
	for _, t := range p.order {
		if !t.applied() {
			continue
		}
		switch b := t.body.(type) {
		case *guide.Preservation:
			v.Request, v.Priority, v.Reference = b, b.Priority, b.Reference
			for _, it := range b.Items {
				v.Items = append(v.Items, Item{Item: it, Result: "open"})
			}
		case *Supplement:
			for _, it := range b.Items {
				if i := p.item(it.ID); i >= 0 {
					v.Items[i].Was, v.Items[i].Item = reading(v.Items[i].Item), it
				} else {
					v.Items = append(v.Items, Item{Item: it, Result: "open"})
				}
			}
		}
		switch t.Kind {
		case "ask":
			if v.Question == nil {
				v.Question = &Open{By: t.ID, Since: t.Time, Receipted: t.Receipted}
			}
			if b, ok := t.body.(*Ask); ok {
				v.Question.Questions = append(v.Question.Questions, b.Questions...)
			}
		case "supplement":
			v.Question = nil
		}
	}
	if v.State != stateRequestedAsk && v.State != stateAcceptedAsk {
		v.Question = nil
	}
}

func reading(it guide.Item) string {
	return it.Type + " " + it.Value + " " + it.From + " to " + it.To
}

func (p *projector) item(id string) int {
	return slices.IndexFunc(p.view.Items, func(it Item) bool { return it.ID == id })
}

// answers fills in results; a later one of an item replaces the earlier.
func (p *projector) answers() {
	v := p.view
	var supplements []told
	corrected := map[string]comity.Hash{} // items, since they were answered
	for _, t := range p.order {
		switch b := t.body.(type) {
		case *Acknowledge:
			if t.From == v.Other && b.Reference != "" {
				v.TheirRef = b.Reference
			}
		case *Supplement:
			if !t.applied() {
				continue
			}
			supplements = append(supplements, t)
			for _, it := range b.Items {
				corrected[it.ID] = t.ID
			}
		case *Accept:
			if t.applied() {
				v.TheirRef = or(b.Reference, v.TheirRef)
				v.Conditions = append(v.Conditions, b.Conditions...)
			}
		case *Answer:
			if !t.applied() {
				continue
			}
			v.Conditions = append(v.Conditions, b.Conditions...)
			p.results(t.ID, b)
			for _, r := range b.Results {
				delete(corrected, r.Item)
			}
			for _, s := range supplements {
				if s.Pos >= t.Seen {
					p.remark(string(t.Kind) + " " + t.ID.Short() + " was written before it could have seen supplement " + s.ID.Short())
				}
			}
		}
	}
	for i := range v.Items {
		it := &v.Items[i]
		if by, ok := corrected[it.ID]; ok && !it.By.IsZero() {
			p.remark("item " + it.ID + ": the result is of before supplement " + by.Short() + " corrected it")
		}
		if it.Result != Preserved {
			continue
		}
		it.Lapsed = p.Now.After(it.HoldUntil.Time)
		if v.HoldUntil.IsZero() || it.HoldUntil.Before(v.HoldUntil) {
			v.HoldUntil = it.HoldUntil.Time
		}
		if v.Request == nil {
			continue
		}
		if h, ok := guide.HoldFloor(v.Request.Basis.ID); ok && it.HoldUntil.Sub(it.HoldFrom.Time) < h.Floor {
			p.remark("item " + it.ID + ": the hold is shorter than " + clock.Say(h.Floor) + ", " + h.Cite + " " + h.Mark())
		}
	}
}

func (p *projector) results(id comity.Hash, a *Answer) {
	for _, r := range a.Results {
		i := p.item(r.Item)
		if i < 0 {
			p.remark("an answer names item " + comity.Clip(r.Item) + ", which nobody asked for")
			continue
		}
		it := &p.view.Items[i]
		it.Result, it.HoldFrom, it.HoldUntil, it.Provider, it.Ground, it.By = r.Result, r.HoldFrom, r.HoldUntil, r.Reference, r.Ground, id
		it.Use = or(r.Use, "lead_only")
	}
}

// sole finds what one seat released alone, and whether another seat of the same
// side has looked at it since.
func (p *projector) sole() {
	for _, t := range p.order {
		if t.Release.Class != comity.Sole {
			continue
		}
		s := Sole{Statement: t.ID, Kind: t.Kind, From: t.From, Reason: t.Release.Reason}
		if d := t.Release.Due; d != nil {
			s.Due = d.Time
		}
		at := p.Now
		for _, c := range p.order {
			b, ok := c.body.(*Countersign)
			if !ok || b.Statement != s.Statement || c.From != s.From || overlap(c.Seats, t.Seats) {
				continue
			}
			s.Outcome, s.By, at = b.Outcome, c.ID, c.Time
			break
		}
		s.Overdue = at.After(s.Due)
		p.view.Sole = append(p.view.Sole, s)
	}
}

func overlap(a, b []comity.Seat) bool {
	return slices.ContainsFunc(a, func(s comity.Seat) bool { return slices.Contains(b, s) })
}
