package request

import (
	"comity"
	"comity/guide"
)

// Tags are the rules of a member: "max" is its longest length (of a list, its
// most elements), "one" its only values, "eg" an example, "says" its meaning.
// A member may be left out if its json tag says omitempty or omitzero, unless
// need is "yes"; it may be empty if need is "guide", which then asks for it.

// Acknowledge: a seat has it.
type Acknowledge struct {
	Statement comity.Hash `json:"statement" says:"the id of what is acknowledged"`
	Reference string      `json:"reference,omitempty" max:"80" says:"the acknowledging side's own file number"`
}

// Ask names what is missing.
type Ask struct {
	Questions []Question  `json:"questions,omitempty" need:"yes" max:"16"`
	By        comity.Time `json:"by,omitzero" says:"when a supplement would still help"`
}

// A Question is about one member of the request.
type Question struct {
	Field string `json:"field" max:"80" eg:"items[0].from"`
	Rule  string `json:"rule,omitempty" max:"20" eg:"C11" says:"the guideline it rests on"`
	Text  string `json:"text,omitempty" max:"2000"`
}

// Supplement says what was missing. It has replies, corrected items, or both.
type Supplement struct {
	Replies []Reply      `json:"replies,omitempty" max:"16"`
	Items   []guide.Item `json:"items,omitempty" max:"64" says:"items as they should have been, whole, under the same id"`
}

// A Reply is about one member of the request.
type Reply struct {
	Field string `json:"field" max:"80" eg:"items[0].from"`
	Text  string `json:"text" max:"4000"`
}

// Accept says that the request will be executed.
type Accept struct {
	Reference  string      `json:"reference,omitempty" max:"80" says:"the asked side's own file number"`
	Expected   comity.Time `json:"expected,omitzero" says:"when an answer is likely; it moves no limit"`
	Conditions []Condition `json:"conditions,omitempty" max:"16"`
}

// A Condition binds what may be done with the answer.
type Condition struct {
	ID   string `json:"id" max:"16" eg:"c1"`
	Text string `json:"text" max:"2000"`
}

// Answer gives results item by item.
type Answer struct {
	Results    []Result    `json:"results,omitempty" need:"yes" max:"64"`
	Basis      string      `json:"basis,omitempty" max:"40" eg:"bilateral-default" says:"of the grounds of refusal; required if a result is refused"`
	Conditions []Condition `json:"conditions,omitempty" max:"16"`
	Text       string      `json:"text,omitempty" max:"8000"`
}

// What became of an item.
const (
	Preserved = "preserved" // it is held
	NoRecord  = "no_record" // there is no such data
	NotOurs   = "not_ours"  // somebody else holds it
	Gone      = "gone"      // there was, and it is lost
	Refused   = "refused"   // on a ground
)

// A Result is about one item.
type Result struct {
	Item      string      `json:"item" max:"16" eg:"1"`
	Result    string      `json:"result" one:"preserved|no_record|not_ours|gone|refused"`
	HoldFrom  comity.Time `json:"hold_from,omitzero" says:"of a preserved item"`
	HoldUntil comity.Time `json:"hold_until,omitzero" says:"of a preserved item"`
	Reference string      `json:"reference,omitempty" max:"120" says:"the provider's, to be cited when the data is asked for"`
	Use       string      `json:"use,omitempty" one:"lead_only|investigation|evidence" says:"what the result may be used for; lead_only if left out"`
	Ground    string      `json:"ground,omitempty" max:"40" eg:"essential_interests" says:"of a refused item"`
	Text      string      `json:"text,omitempty" max:"2000"`
}

// Refuse refuses the whole request, or a longer hold.
type Refuse struct {
	Basis            string       `json:"basis" max:"40" eg:"bilateral-default"`
	Ground           string       `json:"ground" max:"40" eg:"essential_interests" says:"of those listed for the basis"`
	NoFurtherReasons bool         `json:"no_further_reasons" says:"no further reasons can be given, which is a valid answer"`
	Reasons          string       `json:"reasons,omitempty" max:"4000" says:"required unless no further reasons can be given"`
	Consultation     Consultation `json:"consultation"`
}

// A Consultation says whether the sides spoke before a refusal.
type Consultation struct {
	State  string `json:"state" one:"asked|held|waived"`
	Reason string `json:"reason,omitempty" max:"1000" says:"if waived, why"`
}

// ExtendDeadline says by when the answer will come.
type ExtendDeadline struct {
	Until  comity.Time `json:"until"`
	Reason string      `json:"reason" max:"2000"`
}

// ExtendHold asks for a longer hold of every preserved item.
type ExtendHold struct {
	Until    comity.Time `json:"until"`
	Reason   string      `json:"reason" max:"2000"`
	FollowUp string      `json:"follow_up,omitempty" max:"80" says:"the reference of the request for the data, if it has been sent"`
}

// Withdraw takes the request back.
type Withdraw struct {
	Reason string `json:"reason" max:"2000"`
}

// Release gives the hold back.
type Release struct {
	Reason string `json:"reason" max:"2000"`
}

// Close says how useful the answer was, in facts rather than marks.
type Close struct {
	Complete string `json:"complete" one:"yes|partly|no|unknown"`
	Usable   string `json:"usable" one:"yes|partly|no|unknown" says:"its form could be used"`
	InTime   string `json:"in_time" one:"yes|partly|no|unknown"`
	Used     string `json:"used" one:"yes|partly|no|unknown"`
	Text     string `json:"text,omitempty" max:"4000"`
}

// Countersign is a second seat's word on a sole release.
type Countersign struct {
	Statement comity.Hash `json:"statement" says:"the id of the sole release"`
	Outcome   string      `json:"outcome" one:"upheld|withdrawn"`
	Reason    string      `json:"reason,omitempty" max:"2000" says:"if withdrawn, why"`
}

// Note is a remark.
type Note struct {
	Text  string      `json:"text" max:"8000"`
	About comity.Hash `json:"about,omitzero" says:"the id of the statement it is about"`
}
