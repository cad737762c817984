package guide

import (
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
// Two parties adopt a pack by its Hash. A request cites the pack in force and
// keeps it, whatever is adopted later.
type Pack struct {
	ID          string // such as "budapest-2001"
	Version     string // such as "1"
	Title       Text
	Use         Use
	Binds       Binds
	Pledge      bool // a request on it needs a pledge of reciprocity
	Closed      bool // a refusal may rest only on the grounds listed, unless a Type says otherwise
	Languages   []string
	Calendars   []CalendarRef // whose working days its limits count in
	Types       []Type
	Checks      []CheckRow
	Grounds     []Ground
	Limits      []Limit
	Holds       []Hold
	Pauses      []Pause
	Categories  []Term
	Emergencies []Term
	Departs     []Departure
	Origin

	Hash  comity.Hash // of its files; see HashFiles
	Files []File      // in order of their names
}

// A File is one file of a pack, as it is hashed and carried across.
type File struct {
	Name string `json:"name" max:"80" eg:"types.yaml"`
	Text string `json:"text" max:"200000"`
}

// Text is a text in both languages.
type Text struct {
	EN string `yaml:"en" json:"en"`
	ZH string `yaml:"zh" json:"zh"`
}

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
	Anyone  bool    // any two parties that choose it
	Parties []Bound // else both must be among these
}

// A Bound is a party that an instrument binds, and since when.
type Bound struct {
	Party comity.Party
	Since string // a day, such as "2007-01-01"; empty if signed and not in force
	Origin
}

// A Type is a type of request.
type Type struct {
	ID         string // a value of Request.Type
	Name       Text
	Fields     []Field
	Data       []string // categories of data it may ask for; values of Item.Data
	Results    []string // that an item of it may have
	Holds      bool     // its answer preserves something
	Coercive   bool     // it needs a domestic order of the asking side (C24)
	Closed     *bool    // its own word on the grounds, such as art. 29's
	OralWithin int      // days in which an oral request is confirmed in writing; 0 if the pack is silent
	Origin
}

// A Field is a member that a type must have.
type Field struct {
	Path  string // as in Request: "supporting.facts", "order.items[].from"
	Need  Need
	Check string // the check that asks for it, such as "C05"
	Origin
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
	ID       string
	Severity Severity
	Types    []string // empty for all
	Origin
}

// A Ground is a reason to refuse.
type Ground struct {
	ID    string
	Says  Text
	Types []string // empty for all
	Origin
}

// A Limit is how long something may take.
type Limit struct {
	Priority string        // empty for all
	For      string        // receipted, acknowledged, decided, answered, clarified, status, countersigned, confirmed
	Types    []string      // empty for all
	Within   time.Duration // of elapsed time
	WorkDays int           // instead, working days of the asked side
	Unpaused bool          // it runs on while a question is open
	Nearest  string        // of a proposal: the nearest authority, to show how far away it is
	Origin
}

// A Hold is how long data stays preserved. It starts at the provider's act. "60
// days" is a floor in one text and a cap in another.
type Hold struct {
	Types      []string
	Floor      int   // days, not less than
	Initial    int   // days that a first hold lasts
	Cap        int   // days, not more than, extensions left out
	Extension  int   // days of each extension
	Extensions int   // most extensions; -1 if no number is said
	Continues  bool  // pending the decision on the follow-up request
	Lapses     bool  // without a follow-up
	Warn       []int // days before the end at which the asking side is warned
	Says       Text
	Origin
}

// A Pause is what stops the clock of an answer.
type Pause struct {
	For string   // "question"
	Not []string // priorities that it does not stop
	Origin
}

// A Term is a word of a list, with its meaning: a category of crime, what an
// emergency is.
type Term struct {
	ID   string
	Name Text
	Origin
}

// A CalendarRef names a calendar by its hash, so that both count the same days.
type CalendarRef struct {
	Party  comity.Party
	File   string
	SHA256 string
}

// A Departure says that a row is looser than a treaty's floor that the pack
// borrows, and why. Without it lint refuses the pack; where the treaty binds, a
// departure is refused too.
type Departure struct {
	From   string // the pack with the floor
	Row    string // such as "holds/preserve"
	Reason Text
}
