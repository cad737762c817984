package guide

import "time"

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
	Cite     string `json:"cite"`
	Source   Source `json:"source"`
	Verified bool   `json:"verified"` // somebody has read the words cited
	Borrowed bool   `json:"borrowed"` // no rule between the two parties, though it may bind one of them
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

// Default is the basis of two states without a text that binds both.
const Default = "bilateral-default"

// A LegalBasis is a value of basis.id.
type LegalBasis struct {
	ID     string
	Pledge bool // it needs a pledge of reciprocity
	Closed bool // a refusal may rest only on the grounds listed
	Says   string
	Origin
}

// Bases returns what a request may rest on here.
func Bases() []LegalBasis {
	return []LegalBasis{
		{Default, true, true, "Comity and a pledge of reciprocity. Its fields follow the Budapest Convention, which need not bind both.",
			Origin{"none: to be signed off by the two parties", Proposal, false, false}},
	}
}

// FindBasis returns the basis of that id.
func FindBasis(id string) (LegalBasis, bool) {
	for _, b := range Bases() {
		if b.ID == id {
			return b, true
		}
	}
	return LegalBasis{}, false
}

// A Ground is a reason to refuse.
type Ground struct {
	ID    string
	Basis string // a LegalBasis's ID
	Says  string
	Origin
}

// Unanswered is the ground that a question was left open.
const Unanswered = "question_unanswered"

// Grounds returns the grounds of refusal of a basis. That a request would be
// awkward to execute is not among them.
func Grounds(basis string) []Ground {
	var gs []Ground
	for _, g := range []Ground{
		{"political_offence", Default, "The asked side considers the offence political, or connected with a political offence.",
			Origin{"Budapest Convention, art. 29(5)(a)", Treaty, true, true}},
		{"essential_interests", Default, "Execution is likely to prejudice sovereignty, security, ordre public or other essential interests.",
			Origin{"Budapest Convention, art. 29(5)(b)", Treaty, true, true}},
		{"dual_criminality", Default, "The asked side has reserved dual criminality, and has reason to believe that it cannot be met when the data would be disclosed.",
			Origin{"Budapest Convention, art. 29(4)", Treaty, true, true}},
		{Unanswered, Default, "A question that the execution depends on was not answered in its time. The asking side may ask anew.",
			Origin{"nearest: Regulation (EU) 2023/1543, Annex III, incomplete information", Proposal, false, false}},
	} {
		if g.Basis == basis {
			gs = append(gs, g)
		}
	}
	return gs
}

// FindGround returns the ground of that id under a basis.
func FindGround(basis, id string) (Ground, bool) {
	for _, g := range Grounds(basis) {
		if g.ID == id {
			return g, true
		}
	}
	return Ground{}, false
}

// What a Limit is about.
const (
	Receipted     = "receipted"     // the peer's node has it
	Acknowledged  = "acknowledged"  // a seat says so
	Answered      = "answered"      // every item has its result, or a refusal
	Clarified     = "clarified"     // the asking side has answered a question
	Countersigned = "countersigned" // another seat has looked at a sole release
)

// A Limit is how long something may take, in elapsed time.
type Limit struct {
	Priority string // empty for all
	For      string
	Within   time.Duration
	Unpaused bool // it runs on while a question is open
	Origin
}

const hour, day = time.Hour, 24 * time.Hour

// Limits returns every time limit. All are proposals: the nearest authority is
// named only to show how far away it is. Days are 24 hours; a P3 that elsewhere
// is counted in working days is counted in elapsed time here.
func Limits() []Limit {
	proposed := func(nearest string) Origin { return Origin{"nearest: " + nearest, Proposal, false, false} }
	none := proposed("none in any treaty")
	expeditiously := proposed("Budapest Convention, art. 29(3), which says \"expeditiously\"")
	clarify := proposed("Regulation (EU) 2023/1543, 5 days to clarify (not verified)")
	return []Limit{
		{"P0", Receipted, 15 * time.Minute, true, none},
		{"P1", Receipted, hour, true, none},
		{"P2", Receipted, 4 * hour, true, none},
		{"P3", Receipted, day, true, none},
		{"P0", Acknowledged, 30 * time.Minute, true, none},
		{"P1", Acknowledged, 2 * hour, true, none},
		{"P2", Acknowledged, day, true, none},
		{"P3", Acknowledged, 2 * day, true, proposed("ICANN drafting discussion, 2 business days to acknowledge")},
		{"P0", Answered, 8 * hour, true, proposed("Regulation (EU) 2023/1543, 8 hours to produce in an emergency (not verified)")},
		{"P1", Answered, 2 * day, false, expeditiously},
		{"P2", Answered, 5 * day, false, expeditiously},
		{"P3", Answered, 10 * day, false, expeditiously},
		{"P0", Clarified, 2 * hour, true, clarify},
		{"P1", Clarified, day, true, clarify},
		{"P2", Clarified, 5 * day, true, clarify},
		{"P3", Clarified, 5 * day, true, clarify},
		{"", Countersigned, 12 * hour, true, none},
	}
}

// FindLimit returns the limit of a priority for one of the things above.
func FindLimit(priority, what string) (Limit, bool) {
	for _, l := range Limits() {
		if (l.Priority == priority || l.Priority == "") && l.For == what {
			return l, true
		}
	}
	return Limit{}, false
}

// A Hold is how long data stays preserved under some text. "60 days" is a floor
// in one and a cap in another.
type Hold struct {
	Basis string        // a LegalBasis's ID where it applies here; empty for comparison only
	Floor time.Duration // the least that a hold should last where it applies
	Says  string
	Origin
}

// Holds returns the holds we know of.
func Holds() []Hold {
	return []Hold{
		{Default, 60 * day, "Not less than sixty days; then until the request for the data is decided.", Origin{"Budapest Convention, art. 29(7)", Treaty, true, true}},
		{"", 0, "Ceases after 60 days unless a request is confirmed; 30 more once.", Origin{"Regulation (EU) 2023/1543, art. 11", Law, true, true}},
		{"", 0, "90 days and 90 more on request; looks back only.", Origin{"18 U.S.C. § 2703(f), as in U.S. Department of Justice slides", Law, true, true}},
		{"", 0, "120 days.", Origin{"Ghana, domestic law, lawsghana.com/post_1992_legislation/content/2509", Law, true, true}},
	}
}

// HoldFloor returns the shortest hold under a basis.
func HoldFloor(basis string) (Hold, bool) {
	for _, h := range Holds() {
		if h.Basis == basis && h.Floor > 0 {
			return h, true
		}
	}
	return Hold{}, false
}

// LongestPeriod is the period of an item above which the guide asks for a
// reason. [proposal]
const LongestPeriod = 180 * day
