package thread

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"

	"comity"
	"comity/clock"
	"comity/form"
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

// TLP returns the stricter of a marking and of those of all statements: an answer may
// be marked higher than what it answers.
func (h History) TLP(opened string) string {
	for _, s := range h.Statements {
		opened = comity.HigherTLP(opened, s.Marking.TLP)
	}
	return opened
}

// A Statement is what Project needs of one.
type Statement struct {
	ID        comity.Hash
	Kind      comity.Kind
	From      comity.Party
	Pos, Seen uint64 // as matter.Entry has them
	After     *comity.After
	Release   comity.Release
	Marking   comity.Marking
	Seats     []comity.Seat // that signed
	Passkeys  []comity.Seat // of those, the ones that did so by passkey
	Time      time.Time     // of its item's header; what an officer claims measures nothing
	Receipted time.Time     // of the item with the peer's receipt; zero if there is none
	Refused   string        // the code, if the receipt refuses it
	Body      []byte        // nil if erased or withheld
	Files     []File
}

// A File is an attachment of a Statement.
type File struct {
	Name     string      `json:"name"`
	Size     int64       `json:"size"`
	Cipher   comity.Hash `json:"cipher"`
	Received time.Time   `json:"received,omitzero"` // of its file receipt
}

// A View is what officers look at of any matter: the same on both nodes, but for
// who "we" are and what has arrived. It can be dropped and made again.
type View struct {
	Ref         comity.Ref    `json:"ref"`
	Opener      comity.Party  `json:"opener"`
	Other       comity.Party  `json:"other"`
	State       string        `json:"state"`
	Owes        comity.Party  `json:"owes,omitempty"`
	Sole        []Sole        `json:"sole,omitempty"`
	Misdirected []Astray      `json:"misdirected,omitempty"`
	Next        []Next        `json:"next"`
	Timeline    []Row         `json:"timeline"`
	Remarks     []comity.Text `json:"remarks,omitempty"`
	Heads       comity.After  `json:"heads"` // for our next move
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

// An Astray is a statement that reached the wrong desk.
type Astray struct {
	Statement comity.Hash  `json:"statement"`
	From      comity.Party `json:"from"` // who sent it, and says so
	Asks      string       `json:"asks"`
	Since     time.Time    `json:"since"`
	Attested  *Attest      `json:"attested,omitempty"`
}

// A Next is one of our kinds, and why not if not.
type Next struct {
	Kind    comity.Kind    `json:"kind"`
	Allowed bool           `json:"allowed"`
	Says    comity.Text    `json:"says"`
	Why     string         `json:"why,omitempty"`
	To      string         `json:"to,omitempty"`
	Classes []comity.Class `json:"classes"`
}

// A Row is a statement in the one history.
type Row struct {
	ID        comity.Hash    `json:"id"`
	Kind      comity.Kind    `json:"kind"`
	From      comity.Party   `json:"from"`
	Seats     []comity.Seat  `json:"seats"`
	Passkeys  []comity.Seat  `json:"passkeys,omitempty"` // of those, the ones that signed so
	Class     comity.Class   `json:"class"`
	Marking   comity.Marking `json:"marking"`
	Time      time.Time      `json:"time"`
	Receipted time.Time      `json:"receipted,omitzero"`
	Effect    matter.Effect  `json:"effect,omitempty"` // empty if refused
	By        comity.Hash    `json:"by,omitzero"`      // the move that crossed it
	Refused   string         `json:"refused,omitempty"`
	State     string         `json:"state"` // after it
	Settled   bool           `json:"settled"`
	Disputed  bool           `json:"disputed,omitempty"` // its time is outside what its causes and receipt allow
	Erased    bool           `json:"erased,omitempty"`
	Sealed    bool           `json:"sealed,omitempty"` // it reached the wrong desk: its contents are closed
	About     comity.Hash    `json:"about,omitzero"`   // the statement it acknowledges or countersigns
	Files     []File         `json:"files,omitempty"`
	Text      Text           `json:"text,omitzero"` // its body, for a person
}

// A Text is a body that is made into lines when a person reads it: most views are
// made to look at something else.
type Text []byte

// Lines returns the lines of a text, as form.Lines has them.
func (t Text) Lines() []string { return form.Lines(t) }

// IsZero reports whether there is nothing to read.
func (t Text) IsZero() bool { return t.Lines() == nil }

// MarshalJSON writes the lines.
func (t Text) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // whether it is escaped is for who writes the whole to say
	err := e.Encode(t.Lines())
	return b.Bytes(), err
}

// A Told is an outcome with the statement it is of and its body.
type Told struct {
	matter.Outcome
	*Statement
	Said any // its body: nil if erased, withheld, sealed or not what the kind requires
}

// Applied reports whether the move took place.
func (t Told) Applied() bool { return t.Effect == matter.Applied }

// Counts reports whether what t says is part of the history: a fact, or a move
// that took place.
func (t Told) Counts() bool { return t.Effect == matter.Applied || t.Effect == matter.Fact }

// A Thread is a projected matter, with what a capability needs to show more.
type Thread struct {
	History
	View
	Order []Told // the one history, without what was refused

	capability Capability
	table      matter.Table
	said       map[comity.Party][]spoken
	strayed    map[comity.Hash]int // where it stands in Misdirected
}

// Project folds a matter's statements into what officers look at.
func Project(c Capability, h History) *Thread {
	t := &Thread{History: h, capability: c, table: c.Table()}
	v := &t.View
	v.Ref, v.Opener, v.Other = h.Ref, h.Ref.Opener(), h.Peer
	if v.Other == v.Opener {
		v.Other = h.Me
	}
	t.fold()
	t.speak()
	t.astray()
	t.sole()
	t.timeline()
	t.next()
	return t
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

// Side returns the side that a party is in this matter.
func (v View) Side(of comity.Party) matter.Side {
	if of == v.Opener {
		return matter.Opener
	}
	return matter.Other
}

// Party returns who a side is.
func (v View) Party(s matter.Side) comity.Party {
	switch s {
	case matter.Opener:
		return v.Opener
	case matter.Other:
		return v.Other
	}
	return ""
}

// Remark adds a remark.
func (v *View) Remark(en, zh string) { v.Remarks = append(v.Remarks, comity.Text{EN: en, ZH: zh}) }

func (t *Thread) fold() {
	byID := map[comity.Hash]*Statement{}
	var es []matter.Entry
	for i := range t.Statements {
		s := &t.Statements[i]
		if s.Refused != "" {
			continue
		}
		byID[s.ID] = s
		es = append(es, matter.Entry{ID: s.ID, Author: t.Side(s.From), Kind: s.Kind, Pos: s.Pos, Seen: s.Seen, After: s.After})
	}
	r := matter.Fold(t.table, es)
	for _, o := range r.Order {
		told := Told{Outcome: o, Statement: byID[o.ID]}
		if k, ok := t.capability.Kind(o.Kind); ok && told.Body != nil {
			if b := k.New(); form.Decode(told.Body, b) == nil && form.Check(b) == nil {
				told.Said = b
			}
		}
		if told.Said == nil {
			t.Remark(string(o.Kind)+" "+o.ID.Short()+": its body has been erased or withheld", string(o.Kind)+" "+o.ID.Short()+"：其内容已删除或未提供")
		}
		t.Order = append(t.Order, told)
	}
	t.State, t.Owes = r.State, t.Party(r.Owes)
	t.Heads = r.After(t.Side(t.Me))
}

// sole finds what one seat released alone, and whether another seat of the same
// side has looked at it since.
func (t *Thread) sole() {
	words := map[comity.Hash][]Told{} // countersignatures, by what they are about
	for _, o := range t.Order {
		if b, ok := o.Said.(*Countersign); ok {
			words[b.Statement] = append(words[b.Statement], o)
		}
	}
	for _, o := range t.Order {
		if o.Release.Class != comity.Sole {
			continue
		}
		s := Sole{Statement: o.ID, Kind: o.Kind, From: o.From, Reason: o.Release.Reason}
		if d := o.Release.Due; d != nil {
			s.Due = d.Time
		}
		at := t.Now
		for _, c := range words[o.ID] {
			if c.From == s.From && !overlap(c.Seats, o.Seats) {
				s.Outcome, s.By, at = c.Said.(*Countersign).Outcome, c.ID, c.Time
				break
			}
		}
		s.Overdue = at.After(s.Due)
		t.View.Sole = append(t.View.Sole, s)
	}
}

func overlap(a, b []comity.Seat) bool {
	return slices.ContainsFunc(a, func(s comity.Seat) bool { return slices.Contains(b, s) })
}

// astray finds what went to the wrong desk: only its own side may say so, and the
// other side, for whom its contents are closed, attests.
func (t *Thread) astray() {
	gave := map[comity.Hash]comity.Party{} // contents, by statement
	for _, o := range t.Order {
		if strayable(o.Kind) {
			gave[o.ID] = o.From
		}
	}
	t.strayed = map[comity.Hash]int{}
	for _, o := range t.Order {
		b, ok := o.Said.(*Misdirected)
		if !ok || gave[b.Statement] != o.From {
			continue
		}
		if _, again := t.strayed[b.Statement]; !again {
			t.strayed[b.Statement] = len(t.Misdirected)
			t.Misdirected = append(t.Misdirected, Astray{Statement: b.Statement, From: o.From, Asks: b.Asks, Since: o.Time})
		}
	}
	for i, o := range t.Order {
		if b, ok := o.Said.(*Attest); ok {
			if j, is := t.strayed[b.Statement]; is && o.From != t.Misdirected[j].From {
				t.Misdirected[j].Attested = b // a later one says more
			}
		}
		if t.sealed(o.Statement) {
			t.Order[i].Said = nil // so that no capability shows it either
		}
	}
}

// strayable reports whether a statement can have gone to the wrong desk: one that
// gives contents. What asks, agrees or settles something cannot be unsaid.
func strayable(k comity.Kind) bool {
	return slices.Contains([]comity.Kind{"preserve.request", "assist.request", "deconflict.notice", "supplement", "answer", "answer.partial", "note", "lead.provide", "use", "outcome", "precheck.comment"}, k)
}

// sealed reports whether a statement reached us at the wrong desk.
func (t *Thread) sealed(s *Statement) bool {
	_, astray := t.strayed[s.ID]
	return astray && s.From != t.Me
}

// next says what we may say now, and why not the rest.
func (t *Thread) next() {
	heard := slices.ContainsFunc(t.Order, func(o Told) bool { return o.From != t.Me })
	unsigned := slices.ContainsFunc(t.View.Sole, func(s Sole) bool { return s.From == t.Me && s.Outcome == "" })
	astray := slices.ContainsFunc(t.Misdirected, func(a Astray) bool { return a.From != t.Me })
	for _, c := range matter.Legal(t.table, t.State, t.Side(t.Me)) {
		k, _ := t.capability.Kind(c.Kind)
		n := Next{Kind: c.Kind, Allowed: c.Allowed, Says: k.Says, Why: c.Why, To: c.To, Classes: k.Classes}
		switch {
		case c.Only != matter.Nobody:
			n.Why = fmt.Sprintf("only %s may", t.Party(c.Only))
		case c.Kind == "acknowledge" && !heard:
			n.Allowed, n.Why = false, "the other side has said nothing yet"
		case c.Kind == "countersign" && !unsigned:
			n.Allowed, n.Why = false, "no sole release of ours waits for another seat"
		case c.Kind == "attest" && !astray:
			n.Allowed, n.Why = false, "the other side has called nothing of its own misdirected"
		}
		t.Next = append(t.Next, n)
	}
}

// timeline puts the refused statements back between the others, each after what
// its author had said before.
func (t *Thread) timeline() {
	type place struct {
		*Statement
		after int // how much of the order
	}
	var refused []place
	for i := range t.Statements {
		if s := &t.Statements[i]; s.Refused != "" {
			_, after := t.knew(s)
			refused = append(refused, place{s, after})
		}
	}
	slices.SortFunc(refused, func(a, b place) int { // who has seen another has seen more
		return cmp.Or(cmp.Compare(a.after, b.after), cmp.Compare(a.Pos+a.Seen, b.Pos+b.Seen), cmp.Compare(a.From, b.From))
	})
	rows, state := make([]Told, 0, len(t.Statements)), t.table.States[0].Name
	for i := 0; i <= len(t.Order); i++ {
		for ; len(refused) > 0 && refused[0].after == i; refused = refused[1:] {
			rows = append(rows, Told{Statement: refused[0].Statement, Outcome: matter.Outcome{State: state}})
		}
		if i < len(t.Order) {
			rows, state = append(rows, t.Order[i]), t.Order[i].State
		}
	}
	for _, o := range rows {
		s := o.Statement
		row := Row{
			ID: s.ID, Kind: s.Kind, From: s.From, Seats: s.Seats, Passkeys: s.Passkeys, Class: s.Release.Class, Marking: s.Marking, Time: s.Time, Receipted: s.Receipted,
			Effect: o.Effect, By: o.By, Refused: s.Refused, State: o.State, Erased: s.Body == nil, Files: s.Files,
			// What has arrived is settled; what we said is, once they have it.
			Settled:  s.From != t.Me || !s.Receipted.IsZero(),
			Disputed: t.Disputed(s),
			About:    o.about(),
			Sealed:   t.sealed(s),
		}
		if !row.Sealed {
			row.Text = s.Body
		}
		t.Timeline = append(t.Timeline, row)
	}
}

// about returns the statement that another acknowledges or countersigns.
func (t Told) about() comity.Hash {
	switch b := t.Said.(type) {
	case *Acknowledge:
		return b.Statement
	case *Countersign:
		return b.Statement
	case *Misdirected:
		return b.Statement
	case *Attest:
		return b.Statement
	}
	return comity.Hash{}
}

// Disputed reports whether a time is before that of something its author had
// already said or seen, or after its own receipt, by more than the skew.
func (t *Thread) Disputed(s *Statement) bool {
	if !s.Receipted.IsZero() && s.Time.After(s.Receipted.Add(t.Skew)) {
		return true
	}
	latest, _ := t.knew(s)
	return s.Time.Add(t.Skew).Before(latest)
}

// A spoken is a place of a party's stream, and what stands up to it: the latest
// time, and how much of the order.
type spoken struct {
	pos    uint64
	latest time.Time
	order  int
}

// speak notes the places of each party's stream, in order.
func (t *Thread) speak() {
	order := map[*Statement]int{}
	for i, o := range t.Order {
		order[o.Statement] = i + 1
	}
	t.said = map[comity.Party][]spoken{}
	for i := range t.Statements {
		s := &t.Statements[i]
		t.said[s.From] = append(t.said[s.From], spoken{s.Pos, s.Time, order[s]})
	}
	for _, said := range t.said {
		slices.SortFunc(said, func(a, b spoken) int { return cmp.Compare(a.pos, b.pos) })
		for i := range said[1:] {
			said[i+1].add(said[i])
		}
	}
}

func (s *spoken) add(o spoken) {
	if o.latest.After(s.latest) {
		s.latest = o.latest
	}
	s.order = max(s.order, o.order)
}

// knew returns the latest time of what an author had said or seen before a
// statement, and how much of the order goes up to there.
func (t *Thread) knew(s *Statement) (latest time.Time, order int) {
	var all spoken
	for party, said := range t.said {
		before := s.Seen
		if party == s.From {
			before = s.Pos
		}
		if i := sort.Search(len(said), func(i int) bool { return said[i].pos >= before }); i > 0 {
			all.add(said[i-1])
		}
	}
	return all.latest, all.order
}
