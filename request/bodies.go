package request

import (
	"fmt"
	"slices"

	"comity"
	"comity/guide"
)

// Tags are the rules of a member; see package form.

// Refer passes the request on inside the asked side.
type Refer struct {
	To        string `json:"to" max:"40" eg:"cn-mps-cyber" says:"the agency that is competent"`
	Reason    string `json:"reason" one:"not_competent|region|category|type|coordination"`
	Reference string `json:"reference,omitempty" max:"80" says:"that agency's file number"`
	Text      string `json:"text,omitempty" max:"1000"`
}

// Ask names what is missing.
type Ask struct {
	Questions []Question  `json:"questions,omitempty" need:"yes" max:"16"`
	By        comity.Time `json:"by,omitzero" says:"when a supplement would still help"`
}

// A Question is about one member of the request.
type Question struct {
	Field string `json:"field" max:"80" eg:"order.items[0].from"`
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
	Field string `json:"field" max:"80" eg:"order.items[0].from"`
	Text  string `json:"text" max:"4000"`
}

// Sense asks for one thing at least, and each item once.
func (b *Supplement) Sense() (errs []error) {
	if len(b.Replies)+len(b.Items) == 0 {
		errs = append(errs, comity.Fieldf("replies", "there is neither a reply nor a corrected item"))
	}
	return append(errs, guide.Twice("items", b.Items)...)
}

// Contest says why the open question is no ground to wait.
type Contest struct {
	Reason string `json:"reason" max:"2000"`
}

// ConfidentialityIssue says why it cannot be kept confidential. Budapest
// Convention, art. 27(8).
type ConfidentialityIssue struct {
	Reason string `json:"reason" one:"disclosure_duty|user_notice_duty|public_proceedings|known_already|other"`
	Text   string `json:"text,omitempty" max:"2000"`
}

// ConfidentialityWaive wants it executed all the same.
type ConfidentialityWaive struct {
	Text string `json:"text,omitempty" max:"2000"`
}

// A Condition binds what may be done with a result.
type Condition struct {
	ID    string      `json:"id" max:"16" eg:"c1"`
	Kind  string      `json:"kind" one:"purpose_only|no_onward|no_company|no_publication|not_in_civil|not_in_court|return|destroy|inform_before_disclosure|no_death_penalty|costs|other" says:"what it says without a translation"`
	Items []string    `json:"items,omitempty" max:"64" each:"16" eg:"1" says:"the items it is about; all if left out"`
	By    comity.Time `json:"by,omitzero" says:"of return and destroy: until when"`
	Text  string      `json:"text,omitempty" max:"2000"`
}

// ConditionsPropose states conditions, all of them: those of an earlier proposal
// no longer stand.
type ConditionsPropose struct {
	Conditions []Condition `json:"conditions,omitempty" need:"yes" max:"16"`
	Text       string      `json:"text,omitempty" max:"2000"`
}

// Sense holds conditions to differing ids, and dates where they say something.
func (b *ConditionsPropose) Sense() (errs []error) {
	for i, c := range b.Conditions {
		at := fmt.Sprintf("conditions[%d].", i)
		if slices.ContainsFunc(b.Conditions[:i], func(o Condition) bool { return o.ID == c.ID }) {
			errs = append(errs, comity.Fieldf(at+"id", "%q stands twice", comity.Clip(c.ID)))
		}
		if c.Kind == "other" && c.Text == "" {
			errs = append(errs, comity.Fieldf(at+"text", "say what the condition is"))
		}
		if (c.Kind == "return" || c.Kind == "destroy") && c.By.IsZero() {
			errs = append(errs, comity.Fieldf(at+"by", "say until when; an example is %q", "2027-12-31T00:00:00.000Z"))
		}
	}
	return errs
}

// ConditionsAccept is consent to the conditions as last proposed.
type ConditionsAccept struct {
	Text string `json:"text,omitempty" max:"2000"`
}

// ConditionsDecline says which cannot be accepted.
type ConditionsDecline struct {
	Conditions []string `json:"conditions,omitempty" max:"16" each:"16" eg:"c1" says:"by id; all if left out"`
	Reason     string   `json:"reason" max:"2000"`
}

// Accept says that the request will be executed.
type Accept struct {
	Reference string      `json:"reference,omitempty" max:"80" says:"the asked side's own file number"`
	Expected  comity.Time `json:"expected,omitzero" says:"when an answer is likely; it moves no limit"`
	Emergency string      `json:"emergency,omitempty" one:"justified|not_shown" says:"of a P0: whether the asked side finds that there is one; it moves no limit"`
}

// Postpone puts execution off. Budapest Convention, art. 27(5).
type Postpone struct {
	Reason   string `json:"reason" one:"own_investigation|own_proceedings|capacity|legal_question|security|other"`
	ReviewOn string `json:"review_on" max:"10" eg:"2027-03-01"`
	Transfer bool   `json:"transfer,omitempty" says:"the asked side offers to take the proceedings over"`
	Text     string `json:"text,omitempty" max:"2000"`
}

// Answer gives results item by item.
type Answer struct {
	Results   []Result `json:"results,omitempty" need:"yes" max:"64"`
	Emergency string   `json:"emergency,omitempty" one:"justified|not_shown" says:"of a P0: whether the asked side finds that there is one"`
	Text      string   `json:"text,omitempty" max:"8000"`
}

// What became of an item.
const (
	Preserved  = "preserved"  // it is held
	Provided   = "provided"   // the data is in a file of the answer
	Done       = "done"       // what was asked to be done has been
	Held       = "held"       // money or an asset is stopped
	NoRecord   = "no_record"  // there is no such data
	NotOurs    = "not_ours"   // somebody else holds it
	Gone       = "gone"       // there was, and it is lost
	Impossible = "impossible" // it cannot be executed
	Refused    = "refused"    // on a ground
)

// A Result is about one item.
type Result struct {
	Item        string      `json:"item" max:"16" eg:"1"`
	Result      string      `json:"result" one:"preserved|provided|done|held|no_record|not_ours|gone|impossible|refused"`
	HoldFrom    comity.Time `json:"hold_from,omitzero" says:"of a preserved item: the provider's act"`
	HoldUntil   comity.Time `json:"hold_until,omitzero" says:"of a preserved item"`
	Amount      int         `json:"amount,omitempty" says:"of held money: in minor units"`
	Currency    string      `json:"currency,omitempty" max:"3" eg:"USD"`
	Files       []string    `json:"files,omitempty" max:"16" each:"120" eg:"subscriber.csv" says:"the attachments that hold it"`
	Value       string      `json:"value,omitempty" max:"4000" eg:"subscriber: registered 2025-03-02" says:"a short result, without a file"`
	Reference   string      `json:"reference,omitempty" max:"120" says:"the provider's, to be cited when the data is asked for"`
	Use         string      `json:"use,omitempty" one:"lead_only|investigation|evidence" says:"what the result may be used for; lead_only if left out"`
	Certificate string      `json:"certificate,omitempty" one:"none|business_record|authenticity|chain_of_custody"`
	OnPaper     bool        `json:"on_paper,omitempty" says:"an original on paper follows"`
	Ground      string      `json:"ground,omitempty" max:"40" eg:"essential_interests" says:"of a refused item"`
	Reason      string      `json:"reason,omitempty" one:"no_data|wrong_identifier|too_broad|expired|wrong_provider|law_conflict|technical|other" says:"of an impossible item"`
	Text        string      `json:"text,omitempty" max:"2000"`
}

// Sense holds results to their items and to what their kind needs.
func (b *Answer) Sense() (errs []error) {
	for i, r := range b.Results {
		at := fmt.Sprintf("results[%d].", i)
		add := func(member, format string, args ...any) {
			errs = append(errs, comity.Fieldf(at+member, format, args...))
		}
		if slices.ContainsFunc(b.Results[:i], func(o Result) bool { return o.Item == r.Item }) {
			add("item", "%q stands twice", comity.Clip(r.Item))
		}
		switch {
		case r.Result != Preserved && (!r.HoldFrom.IsZero() || !r.HoldUntil.IsZero()):
			add("hold_until", "an item that is %s has no hold", comity.Clip(r.Result))
		case r.Result != Preserved:
		case r.HoldFrom.IsZero() || r.HoldUntil.IsZero():
			add("hold_until", "a preserved item has hold_from and hold_until; an example is %q", "2027-01-21T00:00:00.000Z")
		case !r.HoldUntil.After(r.HoldFrom.Time):
			add("hold_until", "the hold ends before it begins")
		}
		switch {
		case r.Result == Refused && r.Ground == "":
			add("ground", "it is empty; say on which ground the item is refused, such as %q", "essential_interests")
		case r.Result != Refused && r.Ground != "":
			add("ground", "an item that is %s has no ground of refusal", comity.Clip(r.Result))
		}
		if r.Result == Impossible && r.Reason == "" {
			add("reason", "it is empty; say why it is impossible, such as %q", "technical")
		}
		if r.Amount != 0 && r.Currency == "" {
			add("currency", "it is empty; an example is %q", "USD")
		}
	}
	return errs
}

// Refuse refuses the whole request, or a longer hold.
type Refuse struct {
	Ground           string       `json:"ground" max:"40" eg:"essential_interests" says:"of those listed for the basis"`
	NoFurtherReasons bool         `json:"no_further_reasons,omitempty" says:"no further reasons can be given, which is a valid answer"`
	Reasons          string       `json:"reasons,omitempty" max:"4000" says:"required unless no further reasons can be given"`
	Consultation     Consultation `json:"consultation"`
	Emergency        string       `json:"emergency,omitempty" one:"justified|not_shown" says:"of a P0: whether the asked side finds that there is one"`
}

// A Consultation says whether the sides spoke before a refusal.
type Consultation struct {
	State  string `json:"state" one:"asked|held|waived"`
	Reason string `json:"reason,omitempty" max:"1000" says:"if waived, why"`
}

// Sense asks for reasons, or for the word that there are none to give.
func (b *Refuse) Sense() (errs []error) {
	if !b.NoFurtherReasons && b.Reasons == "" {
		errs = append(errs, comity.Fieldf("reasons", "give the reasons, or set no_further_reasons"))
	}
	if b.Consultation.State == "waived" && b.Consultation.Reason == "" {
		errs = append(errs, comity.Fieldf("consultation.reason", "say why the consultation was waived"))
	}
	return errs
}

// found returns what a decision says of the emergency.
func found(body any) string {
	switch b := body.(type) {
	case *Accept:
		return b.Emergency
	case *Answer:
		return b.Emergency
	case *Refuse:
		return b.Emergency
	}
	return ""
}

// ExtendDeadline says by when the answer will come: said by the asking side, it
// gives more time.
type ExtendDeadline struct {
	Until  comity.Time `json:"until"`
	Reason string      `json:"reason" max:"2000"`
}

// ExtendHold asks for a longer hold of every preserved item.
type ExtendHold struct {
	Until  comity.Time `json:"until"`
	Reason string      `json:"reason" max:"2000"`
}

// Convert names the request for the data: the hold continues until it is decided.
type Convert struct {
	Request string `json:"request" max:"80" eg:"US-2026-000043" says:"the reference of the request for the data"`
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

// Confirm is the letter that follows an oral request, of the asking side.
type Confirm struct {
	Reference string `json:"reference" max:"80" says:"of the letter; it may be attached"`
	Text      string `json:"text,omitempty" max:"2000"`
}

// Consult is a word on a consultation. Budapest Convention, art. 27(6): where
// appropriate.
type Consult struct {
	State  string `json:"state" one:"asked|held|waived"`
	About  string `json:"about" one:"refusal|postponement|conditions|transfer|other"`
	Reason string `json:"reason,omitempty" max:"1000"`
}

// AssuranceAsk asks for an assurance.
type AssuranceAsk struct {
	ID    string   `json:"id" max:"16" eg:"a1"`
	About string   `json:"about" one:"death_penalty|use|later_charges|fair_trial|confidentiality|other"`
	Items []string `json:"items,omitempty" max:"64" each:"16" eg:"1" says:"the items it is about; all if left out"`
	Text  string   `json:"text,omitempty" max:"2000"`
}

// AssuranceGive answers AssuranceAsk, in both languages, by an authority.
type AssuranceGive struct {
	ID           string `json:"id" max:"16" eg:"a1"`
	Given        bool   `json:"given" says:"false: it cannot be given"`
	Authority    string `json:"authority" max:"200" says:"who gives it"`
	LaterCharges bool   `json:"later_charges,omitempty" says:"it covers charges brought later"`
	EN           string `json:"en,omitempty" max:"2000"`
	ZH           string `json:"zh,omitempty" max:"2000"`
}

// Sense asks for both languages of what is given.
func (b *AssuranceGive) Sense() (errs []error) {
	if b.Given && (b.EN == "" || b.ZH == "") {
		errs = append(errs, comity.Fieldf("en", "an assurance is given in both languages: en and zh"))
	}
	return errs
}

// AssuranceJudge is the asking-for-assurance side's word on it.
type AssuranceJudge struct {
	ID      string `json:"id" max:"16" eg:"a1"`
	Verdict string `json:"verdict" one:"sufficient|insufficient|broken"`
	Text    string `json:"text,omitempty" max:"2000"`
}

// Use says what use was made of a result. Budapest Convention, art. 28(4).
type Use struct {
	Items []string `json:"items,omitempty" need:"yes" max:"64" each:"16" eg:"1"`
	Use   string   `json:"use" one:"none|lead|investigation|evidence|averted_danger"`
	Text  string   `json:"text,omitempty" max:"2000"`
}

// Outcome says what came of it later. It is asked for every year.
type Outcome struct {
	Outcome  string `json:"outcome" one:"arrest|charge|conviction|acquittal|victim_safeguarded|money_returned|infrastructure_down|none"`
	Date     string `json:"date" max:"10" eg:"2027-04-01"`
	Count    int    `json:"count,omitempty" says:"of persons, or of servers"`
	Amount   int    `json:"amount,omitempty" says:"of money returned: in minor units"`
	Currency string `json:"currency,omitempty" max:"3" eg:"USD"`
	Text     string `json:"text,omitempty" max:"2000"`
}
