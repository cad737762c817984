package docket

import (
	"fmt"
	"time"

	"comity"
)

// Tags are the rules of a member; see package form. The one with name:"yes" is the
// entry's name: a later entry of the kind and name takes the place of an earlier
// one. Each body has a member that is required and that no statement has, so that
// it can never be read as one.

// A Note is internal.
type Note struct {
	Internal string `json:"internal" max:"8000" says:"it never crosses"`
}

// Routed says which of our agencies has the matter.
type Routed struct {
	RoutedTo string `json:"routed_to" max:"40" eg:"cn-mps-cyber"`
	Reason   string `json:"reason" max:"1000" eg:"it takes requests of type content"`
}

// A Screening answers one line of the sheet.
type Screening struct {
	Line   string   `name:"yes" json:"line" one:"own_national|minor|victim_named|privileged|political|persecution|death_penalty|ne_bis_in_idem|own_investigation|disproportion|third_party_origin"`
	Answer string   `json:"answer" one:"yes|no|unknown"`
	Items  []string `json:"items,omitempty" max:"64" each:"16" eg:"2" says:"the items it is about; all if left out"`
	Note   string   `json:"note,omitempty" max:"4000"`
}

// A Protection answers one line of the sheet.
type Protection struct {
	Line       string `name:"yes" json:"line" one:"informant|undercover|technique|victim|witness|third_state_origin|sealed_proceedings"`
	Answer     string `json:"answer" one:"yes|no" says:"is something of this kind behind what would leave?"`
	ConsentRef string `json:"consent_ref,omitempty" max:"120" eg:"letter 2026/118 of 2026-11-20" says:"by which the third state agreed"`
	Note       string `json:"note,omitempty" max:"4000" says:"how it is protected in what leaves"`
}

// Cleaned keeps both hashes of a file that was cleaned of its metadata.
type Cleaned struct {
	File   string      `name:"yes" json:"file" max:"120" eg:"facts.docx"`
	Before comity.Hash `json:"before" says:"SHA-256 of the file as it was"`
	After  comity.Hash `json:"after" says:"SHA-256 of what may leave"`
}

// An Action is a domestic measure towards one provider. Its members down to
// Ticket stand in the provider's paper; the others are for us.
type Action struct {
	ID         string   `name:"yes" json:"id" max:"16" eg:"act1"`
	Provider   string   `json:"provider" max:"200" eg:"mail.example"`
	Measure    string   `json:"measure" one:"preserve|disclose|search|freeze"`
	Instrument string   `json:"instrument" one:"court_order|prosecutor_order|police_order|warrant|voluntary" says:"voluntary: the provider is asked, and not bound"`
	Number     string   `json:"number,omitempty" max:"120" says:"of the instrument"`
	IssuedBy   string   `json:"issued_by,omitempty" max:"200"`
	OrderRef   string   `json:"order_ref,omitempty" max:"120" says:"our reference, which the provider cites"`
	Items      []string `json:"items,omitempty" max:"64" each:"16" eg:"1" says:"items of the request; all if left out"`
	UserNotice string   `json:"user_notice" one:"none|delayed_until|given" says:"whether the provider may tell the user"`
	NoticeFrom string   `json:"notice_from,omitempty" max:"10" eg:"2027-03-01" says:"of delayed_until: the day"`
	HoldUntil  string   `json:"hold_until,omitempty" max:"10" eg:"2027-02-20" says:"of a preservation: the day until which it is ordered"`
	Ticket     string   `json:"ticket,omitempty" max:"120" says:"the provider's"`

	ServedAt     comity.Time `json:"served_at,omitzero"`
	Results      []Result    `json:"results,omitempty" max:"64"`
	WaitingFor   string      `json:"waiting_for,omitempty" one:"court|prosecutor|provider|translation|other_agency" says:"nobody if left out"`
	WaitingSince comity.Time `json:"waiting_since,omitzero" says:"if left out, since it was first noted"`
}

// A Result is what a provider has of one item.
type Result struct {
	Item      string      `json:"item" max:"16" eg:"1"`
	Result    string      `json:"result" one:"preserved|no_record|not_ours|gone|refused"`
	HoldFrom  comity.Time `json:"hold_from,omitzero" says:"of a preserved item: the provider's act"`
	HoldUntil comity.Time `json:"hold_until,omitzero" says:"of a preserved item"`
}

// Sense holds the order to its instrument, and holds to their items.
func (b *Action) Sense() (errs []error) {
	if b.Instrument != "voluntary" && b.IssuedBy == "" {
		errs = append(errs, comity.Fieldf("issued_by", "say who issued the %s; an example is %q", b.Instrument, "District Court, Example City"))
	}
	if b.UserNotice == "delayed_until" && b.NoticeFrom == "" {
		errs = append(errs, comity.Fieldf("notice_from", "say from which day the user may be told; an example is %q", "2027-03-01"))
	}
	errs = append(append(errs, isDay("notice_from", b.NoticeFrom)...), isDay("hold_until", b.HoldUntil)...)
	for i, r := range b.Results {
		at := fmt.Sprintf("results[%d].hold_until", i)
		switch {
		case (r.Result == "preserved") != !r.HoldUntil.IsZero() || (r.Result == "preserved") != !r.HoldFrom.IsZero():
			errs = append(errs, comity.Fieldf(at, "a preserved item, and no other, has hold_from and hold_until; an example is %q", "2027-02-20T00:00:00.000Z"))
		case !r.HoldUntil.IsZero() && !r.HoldUntil.After(r.HoldFrom.Time):
			errs = append(errs, comity.Fieldf(at, "the hold ends before it begins"))
		}
	}
	return errs
}

// isDay finds a member, if it is there, that is no day.
func isDay(field, s string) []error {
	if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
		return []error{comity.Fieldf(field, "%q is not a day such as %q", comity.Clip(s), "2027-03-01")}
	}
	return nil
}

// A Disclosure says what was disclosed at home, and by whose leave.
type Disclosure struct {
	DisclosedTo string        `json:"disclosed_to" one:"court|defence|parliament|data_subject|archive"`
	Statements  []comity.Hash `json:"statements,omitempty" max:"64"`
	Items       []string      `json:"items,omitempty" max:"64" each:"16" eg:"1"`
	ConsentRef  string        `json:"consent_ref,omitempty" max:"120" says:"by which the other side agreed, if it had to"`
	Conditions  []string      `json:"conditions,omitempty" max:"16" each:"400" eg:"in closed session" says:"on which it was disclosed"`
}

// Sense asks what was disclosed.
func (b *Disclosure) Sense() (errs []error) {
	if len(b.Statements)+len(b.Items) == 0 {
		errs = append(errs, comity.Fieldf("items", "say which items or statements were disclosed; an example is %q", "1"))
	}
	return errs
}

// Retention says how long the file is kept.
type Retention struct {
	Class    string `json:"class" max:"80" eg:"criminal case, 10 years"`
	ReviewOn string `json:"review_on" max:"10" eg:"2036-12-31"`
}

// Sense asks for a day.
func (b *Retention) Sense() []error { return isDay("review_on", b.ReviewOn) }

// A LegalHold forbids erasure.
type LegalHold struct {
	HoldBy string `name:"yes" json:"hold_by" max:"200" eg:"District Court, Example City"`
	Until  string `json:"until,omitempty" max:"10" eg:"2028-12-31" says:"the last day; until it is lifted if left out"`
	Lifted bool   `json:"lifted,omitempty"`
}

// Sense asks for a day.
func (b *LegalHold) Sense() []error { return isDay("until", b.Until) }

// An Erasure says which contents are gone. Hashes and signatures stay.
type Erasure struct {
	Erased       []comity.Hash `json:"erased,omitempty" need:"yes" max:"64" says:"the statements whose contents are gone"`
	Reason       string        `json:"reason" max:"1000" eg:"condition c2: destroy by 2027-12-31"`
	PeerInformed string        `json:"peer_informed" one:"yes|no|not_needed"`
}

// Restrict says who alone may know of the matter. The first entry restricts it.
type Restrict struct {
	Restricted string        `json:"restricted" one:"yes|no" says:"no: the restriction is lifted"`
	Add        []comity.Seat `json:"add,omitempty" max:"64" each:"40" eg:"us-24-7-01"`
	Remove     []comity.Seat `json:"remove,omitempty" max:"64" each:"40" eg:"us-24-7-02"`
	CoverTitle string        `json:"cover_title,omitempty" max:"120" eg:"matter 7" says:"what lists show those who are admitted"`
}

// Sense holds the list to seats.
func (b *Restrict) Sense() (errs []error) {
	for name, list := range map[string][]comity.Seat{"add": b.Add, "remove": b.Remove} {
		for i, s := range list {
			if _, err := comity.ParseSeat(string(s)); err != nil {
				errs = append(errs, comity.Fieldf(fmt.Sprintf("%s[%d]", name, i), "%q is not a seat such as %q", comity.Clip(string(s)), "us-24-7-01"))
			}
		}
	}
	return errs
}

// A Breach is of something that reached who should not have it.
type Breach struct {
	Statement    comity.Hash `json:"statement"`
	What         string      `json:"what" max:"4000"`
	Reached      string      `json:"reached" max:"200" eg:"cn-cert"`
	DiscoveredAt comity.Time `json:"discovered_at"`
}

// Costs of execution.
type Costs struct {
	Estimate int    `json:"estimate" says:"in minor units: 1250.00 USD is 125000"`
	Currency string `json:"currency" max:"3" eg:"USD"`
	WhoBears string `json:"who_bears" one:"we|they|shared|provider"`
	Agreed   bool   `json:"agreed"`
}

// An Opinion is a principal's.
type Opinion struct {
	Opinion string `json:"opinion" max:"8000"`
}

// A Correspondent is a country without a node.
type Correspondent struct {
	Country      string    `name:"yes" json:"country" max:"2" eg:"xx" says:"ISO 3166"`
	Channels     []Channel `json:"channels,omitempty" need:"yes" max:"16"`
	Languages    []string  `json:"languages,omitempty" need:"yes" max:"8" each:"16" eg:"en"`
	Form         string    `json:"form" one:"t-cy-11|t-cy-10|letter"`
	SealRequired string    `json:"seal_required" one:"yes|no"`
}

// A Channel is one way to reach a correspondent. One that nobody has verified is
// where a request goes astray.
type Channel struct {
	Kind       string      `json:"kind" one:"email|phone|fax|pouch|interpol|other_network"`
	Address    string      `json:"address" max:"200" eg:"centre@justice.example"`
	VerifiedAt comity.Time `json:"verified_at,omitzero"`
	VerifiedBy comity.Seat `json:"verified_by,omitempty" max:"40" eg:"us-24-7-01"`
}

// Sent is a paper that was sent outside the system.
type Sent struct {
	ID           string      `name:"yes" json:"id" max:"16" eg:"l1"`
	To           string      `json:"to" max:"2" eg:"xx" says:"the correspondent's country"`
	Document     comity.Hash `json:"document" says:"SHA-256 of the paper as sent"`
	Channel      string      `json:"channel" one:"email|phone|fax|pouch|interpol|other_network"`
	HandedOverAt comity.Time `json:"handed_over_at"`
	By           comity.Seat `json:"by" max:"40" eg:"us-24-7-01"`
	Proof        string      `json:"proof" max:"400" eg:"message-id <1@mail.example>" says:"message-id, number of the courier, report of the fax"`
	Reply        *Reply      `json:"reply,omitempty"`
}

// A Reply came on paper and was typed in.
type Reply struct {
	Original      comity.Hash `json:"original" says:"SHA-256 of the scan"`
	ArrivedAt     comity.Time `json:"arrived_at"`
	TranscribedBy comity.Seat `json:"transcribed_by" max:"40" eg:"us-24-7-01"`
	SecondReader  comity.Seat `json:"second_reader" max:"40" eg:"us-24-7-02"`
}

// Sense asks for two pairs of eyes, and for time to pass forwards.
func (b *Sent) Sense() (errs []error) {
	if b.Reply == nil {
		return nil
	}
	if b.Reply.SecondReader == b.Reply.TranscribedBy {
		errs = append(errs, comity.Fieldf("reply.second_reader", "%s typed it in; another seat compares it with the original", b.Reply.SecondReader))
	}
	if b.Reply.ArrivedAt.Before(b.HandedOverAt.Time) {
		errs = append(errs, comity.Fieldf("reply.arrived_at", "the reply is older than the letter"))
	}
	return errs
}

// A Reference is what our own case system calls the matter.
type Reference struct {
	National string `json:"national" max:"120" eg:"OUR-2026-1187"`
}

// An Intake is a paper or an e-mail that came in by another way. Nothing of it is
// executed or drawn; the bytes are kept as they came.
type Intake struct {
	Original  comity.Hash `name:"yes" json:"original" says:"SHA-256 of what came in"`
	File      string      `json:"file" max:"120" eg:"letter.pdf"`
	Media     string      `json:"media" one:"message/rfc822|application/pdf"`
	Size      int         `json:"size" says:"in bytes"`
	Subject   string      `json:"subject,omitempty" max:"400"`
	Sender    string      `json:"sender,omitempty" max:"400" says:"as it claims; nothing proves it"`
	Dated     string      `json:"dated,omitempty" max:"40" says:"as it claims"`
	MessageID string      `json:"message_id,omitempty" max:"400"`
	National  string      `json:"national,omitempty" max:"120" eg:"OUR-2026-1187" says:"the number in our own case system"`
}
