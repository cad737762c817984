package guide

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
)

// A Pack is a set of guidelines that a lawyer can read: one folder of data files
// under guidelines/, each row with its origin.
//
//	pack.yaml         what it is, whom it binds, languages, calendars
//	types.yaml        types of request, the fields each must have
//	checks.yaml       which checks apply, and how severe they are
//	grounds.yaml      grounds of refusal
//	limits.yaml       time limits for each priority
//	holds.yaml        how long data stays preserved
//	pauses.yaml       what stops a clock
//	words.yaml        categories of crime, definitions of an emergency
//
// All but pack.yaml may be left out. Two parties adopt a pack by its Hash. A
// request cites the pack in force and keeps it, whatever is adopted later.
type Pack struct {
	ID          string        `yaml:"id"`      // such as "budapest-2001"
	Version     string        `yaml:"version"` // such as "1"
	Title       Text          `yaml:"title"`
	Says        Text          `yaml:"says,omitempty"` // what a reader must know of the whole
	Use         Use           `yaml:"use"`
	Binds       Binds         `yaml:"binds"`
	Borrows     []string      `yaml:"borrows,omitempty"` // packs whose fields it uses, and whose floors it keeps
	Pledge      bool          `yaml:"pledge,omitempty"`  // a request on it needs a pledge of reciprocity
	Closed      bool          `yaml:"closed,omitempty"`  // a refusal may rest only on the grounds listed, unless a Type says otherwise
	Languages   []string      `yaml:"languages"`
	Calendars   []CalendarRef `yaml:"calendars,omitempty"` // whose working days its limits count in
	Departs     []Departure   `yaml:"departs,omitempty"`
	Types       []Type        `yaml:"-"`
	Checks      []CheckRow    `yaml:"-"`
	Grounds     []Ground      `yaml:"-"`
	Limits      []Limit       `yaml:"-"`
	Holds       []Hold        `yaml:"-"`
	Pauses      []Pause       `yaml:"-"`
	Categories  []Term        `yaml:"-"`
	Emergencies []Term        `yaml:"-"`
	Origin      `yaml:",inline"`

	Hash  comity.Hash `yaml:"-"` // of its files; see HashFiles
	Files []File      `yaml:"-"` // in order of their names
	Line  int         `yaml:"-"`
}

// A File is one file of a pack, as it is hashed and carried across.
type File struct {
	Name string `json:"name" max:"80" eg:"types.yaml"`
	Text string `json:"text" max:"200000"`
}

// Text is a text in both languages.
type Text = comity.Text

// A Use says what a pack is good for.
type Use string

const (
	AsBasis     Use = "basis"     // a request between states may rest on it
	AsBenchmark Use = "benchmark" // its figures are shown for comparison only
	AsProvider  Use = "provider"  // it is between an authority and a provider
)

// A Source is what kind of text a row comes from.
type Source string

const (
	Treaty   Source = "treaty"
	Law      Source = "law"
	Practice Source = "practice"
	Proposal Source = "proposal" // ours, for the two parties to discuss
)

// An Origin says where a row comes from and how far that may be trusted.
type Origin struct {
	Cite     string `yaml:"cite" json:"cite"`
	Source   Source `yaml:"kind" json:"source"`
	Verified bool   `yaml:"verified" json:"verified"`           // somebody here has read the words cited
	Borrowed bool   `yaml:"borrowed,omitempty" json:"borrowed"` // no rule between the two parties, though it may bind one of them
}

// Mark returns what to print beside a figure, such as "[proposal]".
func (o Origin) Mark() string {
	s := string(o.Source)
	if o.Borrowed {
		s += ", borrowed"
	}
	if !o.Verified && o.Source != Proposal {
		s += ", not verified"
	}
	return "[" + s + "]"
}

// Binds says between whom a pack is law.
type Binds struct {
	Anyone  bool    `yaml:"anyone,omitempty"`  // any two parties that choose it
	Parties []Bound `yaml:"parties,omitempty"` // else both must be among these
	Line    int     `yaml:"-"`
}

// A Bound is a party that an instrument binds, and since when.
type Bound struct {
	Party  comity.Party `yaml:"party"`
	Since  string       `yaml:"since,omitempty"` // a day, such as "2007-01-01"; empty if signed and not in force
	Origin `yaml:",inline"`
	Line   int `yaml:"-"`
}

// A Type is a type of request.
type Type struct {
	ID         string   `yaml:"id"`
	Name       Text     `yaml:"name"`
	Data       []string `yaml:"data"`                  // categories of data it may ask for; values of Item.Data
	Results    []string `yaml:"results"`               // that an item of it may have
	Holds      bool     `yaml:"holds,omitempty"`       // its answer preserves something
	Coercive   bool     `yaml:"coercive,omitempty"`    // it needs a domestic order of the asking side (C24)
	Closed     *bool    `yaml:"closed,omitempty"`      // its own word on the grounds, such as art. 29's
	OralWithin int      `yaml:"oral_within,omitempty"` // days in which an oral request is confirmed in writing; 0 if the pack is silent
	Fields     []Field  `yaml:"fields,omitempty"`      // with those that the file gives for every type
	Origin     `yaml:",inline"`
	Line       int `yaml:"-"`
}

// A Field is a member that a type must have.
type Field struct {
	Path   string `yaml:"path"`            // as in Request: "supporting.facts", "order.items[].from"
	Need   Need   `yaml:"need"`            // how much it is asked for
	Check  string `yaml:"check,omitempty"` // the check that asks for it, such as "C05"
	Origin `yaml:",inline"`
	Line   int `yaml:"-"`
}

// A Need is how much a member is asked for.
type Need string

const (
	Must    Need = "must"     // without it the request is not released
	IfKnown Need = "if_known" // "any available information"
	Advised Need = "advised"
)

// A CheckRow says that a check applies, and how severe it is.
type CheckRow struct {
	ID       string           `yaml:"id"`
	Severity Severity         `yaml:"severity"`
	Types    []string         `yaml:"types,omitempty"` // empty for all
	Days     int              `yaml:"days,omitempty"`  // its figure, if it has one: the longest period (C21), the notice of a hearing (C37)
	Origin   `yaml:",inline"` // of the figure, if it has one
	Line     int              `yaml:"-"`
}

// A Ground is a reason to refuse.
type Ground struct {
	ID     string   `yaml:"id"`
	Says   Text     `yaml:"says"`
	Types  []string `yaml:"types,omitempty"` // empty for all
	Origin `yaml:",inline"`
	Line   int `yaml:"-"`
}

// What a Limit is about.
const (
	Receipted     = "receipted"     // the peer's node has it
	Acknowledged  = "acknowledged"  // a seat says so
	Decided       = "decided"       // granted, refused, or found complete
	Served        = "served"        // whoever holds the data has the order
	Returned      = "returned"      // whoever holds the data has handed it over, from then on
	Answered      = "answered"      // every item has its result, or a refusal
	Clarified     = "clarified"     // the asking side has answered a question
	Status        = "status"        // the asked side says where it stands, again and again
	Countersigned = "countersigned" // another seat has looked at a sole release
	Confirmed     = "confirmed"     // an oral request is there in writing
	Objected      = "objected"      // the state of whoever holds the data has objected
)

// Question is what a Pause is for: a question is open that names the missing field.
const Question = "question"

// A Limit is how long something may take.
type Limit struct {
	Priority string        `yaml:"priority,omitempty"` // empty for all
	For      string        `yaml:"for"`                // Receipted and so on
	Types    []string      `yaml:"types,omitempty"`    // empty for all
	Within   time.Duration `yaml:"within,omitempty"`   // of elapsed time; in a file 15m, 8h or 20d
	WorkDays int           `yaml:"workdays,omitempty"` // instead, working days of the asked side
	Nearest  string        `yaml:"nearest,omitempty"`  // of a proposal: the nearest authority, to show how far away it is
	Origin   `yaml:",inline"`
	Line     int `yaml:"-"`
}

// A Hold is how long data stays preserved. It starts at the provider's act. "60
// days" is a floor in one text and a cap in another.
//
// When a hold ends, the answer says, and no figure here makes that day later. Floor
// is what that day is compared with, Continues is what keeps the hold after it once
// the request for the data is there, Lapses is what ends it before that day where no
// request came ([Hold.Longest]), and Warn is when the asking side is told. The rest is
// shown to whoever answers, because that side's law knows more than a pack does.
type Hold struct {
	Types      []string `yaml:"types"`
	Floor      int      `yaml:"floor,omitempty"`      // days, not less than
	Initial    int      `yaml:"initial,omitempty"`    // days that a first hold lasts
	Cap        int      `yaml:"cap,omitempty"`        // days, not more than, extensions left out
	Extension  int      `yaml:"extension,omitempty"`  // days of each extension
	Extensions int      `yaml:"extensions,omitempty"` // most extensions; -1 if no number is said
	Continues  bool     `yaml:"continues,omitempty"`  // pending the decision on the follow-up request
	Lapses     bool     `yaml:"lapses,omitempty"`     // without a follow-up
	Says       Text     `yaml:"says"`
	Warn       []int    `yaml:"warn,omitempty"`   // days before the end at which the asking side is warned
	Warned     Origin   `yaml:"warned,omitempty"` // where Warn comes from
	Origin     `yaml:",inline"`
	Line       int `yaml:"-"`
}

// Longest returns the days after which a hold that was made longer so many times
// lapses without a follow-up; 0 if the text does not say that it does.
func (h Hold) Longest(times int) int {
	days := cmp.Or(h.Cap, h.Initial)
	if !h.Lapses || days == 0 {
		return 0
	}
	if h.Extensions >= 0 {
		times = min(times, h.Extensions)
	}
	return days + times*h.Extension
}

// A Pause is what stops the clock of an answer. Nothing else does, and no other
// clock is ever stopped.
type Pause struct {
	For    string   `yaml:"for"`           // Question
	Not    []string `yaml:"not,omitempty"` // priorities that it does not stop
	Origin `yaml:",inline"`
	Line   int `yaml:"-"`
}

// A Term is a word of a list, with its meaning: a category of crime, what an
// emergency is.
type Term struct {
	ID     string `yaml:"id"`
	Name   Text   `yaml:"name"`
	Origin `yaml:",inline"`
	Line   int `yaml:"-"`
}

// A CalendarRef names a calendar by its hash, so that both count the same days.
type CalendarRef struct {
	Party  comity.Party `yaml:"party"`
	File   string       `yaml:"file"` // of guidelines/calendars, such as "us.ics"
	SHA256 string       `yaml:"sha256"`
	Line   int          `yaml:"-"`
}

// A Departure says that a row is looser than a treaty's floor that the pack
// borrows, and why. Without it lint refuses the pack; where the treaty binds, a
// departure is refused too.
type Departure struct {
	From   string `yaml:"from"` // the pack with the floor
	Row    string `yaml:"row"`  // such as "holds/preserve"
	Reason Text   `yaml:"reason"`
	Line   int    `yaml:"-"`
}

// Default is the pack of two states without a text that binds both.
const Default = "bilateral-default"

// Unanswered is the ground that a question was left open.
const Unanswered = "question_unanswered"

const hour, day = time.Hour, 24 * time.Hour

// covers reads a list of types of which an empty one stands for all.
func covers(types []string, t string) bool { return len(types) == 0 || slices.Contains(types, t) }

// Type returns the type of that id.
func (p Pack) Type(id string) (Type, bool) {
	return find(p.Types, func(t Type) bool { return t.ID == id })
}

func find[T any](rows []T, is func(T) bool) (row T, ok bool) {
	if i := slices.IndexFunc(rows, is); i >= 0 {
		return rows[i], true
	}
	return row, false
}

// Limit returns the limit of a priority for what, such as Answered, of a type of
// request. The row that says the most wins: type and priority, then priority,
// then type, then neither; among equals the first.
func (p Pack) Limit(priority, what, typ string) (best Limit, ok bool) {
	top := -1
	for _, l := range p.Limits {
		if l.For != what || l.Priority != "" && l.Priority != priority || !covers(l.Types, typ) {
			continue
		}
		n := 0
		if l.Priority != "" {
			n += 2
		}
		if len(l.Types) > 0 {
			n++
		}
		if n > top {
			best, top = l, n
		}
	}
	return best, top >= 0
}

// Stops reports whether what, such as Question, stops the clock of an answer to a
// request of a priority.
func (p Pack) Stops(what, priority string) bool {
	return slices.ContainsFunc(p.Pauses, func(x Pause) bool { return x.For == what && !slices.Contains(x.Not, priority) })
}

// GroundsFor returns the grounds on which a request of a type may be refused, and
// whether these are the only ones. That a request would be awkward to execute is
// not among them.
func (p Pack) GroundsFor(typ string) (grounds []Ground, closed bool) {
	for _, g := range p.Grounds {
		if covers(g.Types, typ) {
			grounds = append(grounds, g)
		}
	}
	if t, ok := p.Type(typ); ok && t.Closed != nil {
		return grounds, *t.Closed
	}
	return grounds, p.Closed
}

// Ground returns the ground of that id of a type of request.
func (p Pack) Ground(id, typ string) (Ground, bool) {
	return find(p.Grounds, func(g Ground) bool { return g.ID == id && covers(g.Types, typ) })
}

// Hold returns how long the answer to a type of request keeps data.
func (p Pack) Hold(typ string) (Hold, bool) {
	return find(p.Holds, func(h Hold) bool { return slices.Contains(h.Types, typ) })
}

// Check returns the row of a check, if it applies to a type of request. A row
// that names the type wins.
func (p Pack) Check(id, typ string) (CheckRow, bool) {
	if r, ok := find(p.Checks, func(r CheckRow) bool { return r.ID == id && slices.Contains(r.Types, typ) }); ok {
		return r, true
	}
	return find(p.Checks, func(r CheckRow) bool { return r.ID == id && len(r.Types) == 0 })
}

// Field returns what a type asks of the member at path, such as
// "order.items[].from".
func (t Type) Field(path string) (Field, bool) {
	return find(t.Fields, func(f Field) bool { return f.Path == path })
}

// binds reports whether a party is bound on a day; the empty day asks whether it
// was ever bound.
func (p Pack) binds(party comity.Party, day string) bool {
	return slices.ContainsFunc(p.Binds.Parties, func(b Bound) bool {
		return b.Party == party && b.Since != "" && (day == "" || b.Since <= day)
	})
}

// Between says whether a request between a and b may rest on p on that day. If
// not, the error names whom it does not bind, and what to do.
func (p Pack) Between(a, b comity.Party, on time.Time) error {
	other := fmt.Sprintf("choose a basis that binds both, such as %q with a pledge of reciprocity", Default)
	if p.Use != AsBasis {
		return comity.Fieldf("basis.id", "%s is no basis between states: its figures are for comparison only; %s", p.ID, other)
	}
	if p.Binds.Anyone {
		return nil
	}
	var not []string
	for _, party := range []comity.Party{a, b} {
		if !p.binds(party, on.UTC().Format(time.DateOnly)) && !slices.Contains(not, string(party)) {
			not = append(not, string(party))
		}
	}
	if len(not) == 0 {
		return nil
	}
	return comity.Fieldf("basis.id", "%s did not bind %s on %s; %s; its fields may be borrowed if basis.borrowed names %q",
		p.ID, strings.Join(not, " and "), on.UTC().Format(time.DateOnly), other, p.Cite)
}
