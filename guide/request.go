package guide

import (
	"fmt"
	"slices"
	"strconv"

	"comity"
	"comity/identifier"
)

// A Request asks another state for help. What the holder of the data may be
// shown is apart from what only the two authorities see: no provider paper is
// made from anything but Order.
//
// Members of the need "guide" may be empty on the wire; a pack says which of
// them a type of request must have. Lists of words ("one") read the same in every
// language: with them alone, and no free text, an officer can tell what is asked.
// The tags are read by package form.
type Request struct {
	Type            string          `json:"type" one:"preserve|subscriber|traffic|traffic.partial|content|realtime.traffic|realtime.content|domain|emergency.disclosure|emergency.mla|mla|jit|person.locate|testimony|service|assets.freeze|funds.recall|transfer" says:"what is asked for"`
	Authority       Authority       `json:"authority"`
	Addressee       Addressee       `json:"addressee"`
	Basis           Basis           `json:"basis"`
	Priority        string          `json:"priority" one:"P0|P1|P2|P3" says:"P0 emergency, P1 preservation (the rule), P2 urgent, P3 routine"`
	Order           Order           `json:"order" says:"what may be handed to whoever holds the data"`
	Supporting      Supporting      `json:"supporting" says:"what only the authorities of both sides see"`
	Confidentiality Confidentiality `json:"confidentiality"`
	Emergency       *Emergency      `json:"emergency,omitempty" says:"of a P0"`
	Wanted          *Wanted         `json:"wanted,omitempty" says:"if an answer is wanted by a certain time"`
	FollowUp        *FollowUp       `json:"follow_up,omitempty" need:"guide" says:"of a preservation: whether a request for the data itself will come"`
	Earlier         []Earlier       `json:"earlier,omitempty" max:"8" need:"guide" says:"earlier requests in the same thing; kind none if there are none"`
	Service         *Service        `json:"service,omitempty" need:"guide" says:"of a service of documents"`
	Transfer        *Transfer       `json:"transfer,omitempty" need:"guide" says:"of a transfer of proceedings"`
	Oral            *Oral           `json:"oral,omitempty" says:"the call that this confirms in writing, or that will be confirmed"`
	Overrides       []Override      `json:"overrides,omitempty" max:"16" says:"in an emergency: what the guidelines ask for and cannot be had now, with the reason"`
	Reference       string          `json:"reference,omitempty" max:"80" says:"the asking authority's own file number"`
	Case            string          `json:"case,omitempty" max:"40" eg:"US-2026-000007" says:"the joint case that it belongs to"`
	Precheck        string          `json:"precheck,omitempty" max:"40" eg:"US-2026-000041" says:"the draft for comment that it grew from"`
	Language        string          `json:"language" one:"en|zh" says:"of the free text"`
	Translation     *Translation    `json:"translation,omitempty" need:"guide"`
}

// An Authority is who asks. No officer is named: the seat is what the other side
// may call, and the asking state knows who sat there.
type Authority struct {
	Agency        string `json:"agency" need:"guide" max:"40" eg:"us-24-7"`
	Seat          string `json:"seat" need:"guide" max:"40" eg:"us-24-7-01"`
	ReplyTo       string `json:"reply_to,omitempty" max:"40" eg:"us-24-7-02" says:"the seat that takes the answer, if another"`
	Contact       string `json:"contact,omitempty" need:"guide" max:"80" eg:"+1-202-555-0101" says:"a number that is answered day and night"`
	Zone          string `json:"zone,omitempty" need:"guide" max:"40" eg:"America/New_York" says:"time zone, as the IANA database names it"`
	Hours         string `json:"hours,omitempty" need:"guide" max:"40" eg:"24/7" says:"office hours, local time; 24/7 or 09:00-17:00"`
	Investigating string `json:"investigating,omitempty" need:"guide" max:"200" says:"the authority that conducts the investigation, if another"`
	Court         string `json:"court,omitempty" max:"200" says:"the prosecution office or court in charge, and its case number"`
}

// An Addressee is who is asked, of the other side's directory.
type Addressee struct {
	Agency string `json:"agency,omitempty" need:"guide" max:"40" eg:"cn-24-7"`
}

// A Basis is what the request rests on, and so which guidelines apply.
type Basis struct {
	ID          string   `json:"id" need:"guide" max:"40" eg:"bilateral-default"`
	Pack        string   `json:"pack,omitempty" max:"64" says:"the SHA-256 of the guideline pack in force, which this request keeps"`
	Reciprocity bool     `json:"reciprocity" says:"the asking side pledges to do the same in a similar case"`
	Borrowed    []string `json:"borrowed,omitempty" max:"8" each:"120" eg:"Budapest Convention, art. 29(2)" says:"texts whose fields are used though they may not bind both"`
}

// An Order is what may be handed to whoever holds the data.
type Order struct {
	Holder       string      `json:"holder,omitempty" need:"guide" max:"400" says:"who holds the data, or where the system is"`
	Items        []Item      `json:"items,omitempty" need:"yes" max:"64" says:"one for each identifier and period, or each thing to be done; they are decided one by one"`
	Hops         []Hop       `json:"hops,omitempty" max:"32" need:"guide" says:"of a recall of funds: how the money went"`
	Instructions string      `json:"instructions,omitempty" max:"4000" says:"a particular procedure that is asked for"`
	Certificate  string      `json:"certificate,omitempty" need:"guide" one:"none|business_record|authenticity|chain_of_custody" says:"what must come with the result so that a court may use it"`
	Instrument   *Instrument `json:"instrument,omitempty" need:"guide" says:"the domestic order of the asking side"`
}

// An Item is one identifier and period, or one thing to be done. It is answered
// by its ID.
type Item struct {
	ID       string `json:"id" max:"16" eg:"1" says:"unique in the request"`
	Type     string `json:"type" one:"ipv4|ipv6|domain|url|email|phone|account|imei|hash|asn|wallet|iban|bic|uetr|person|act" says:"person: a person of supporting.persons by id; act: what is to be done, in words"`
	Value    string `json:"value" max:"2048" eg:"203.0.113.77"`
	Provider string `json:"provider,omitempty" max:"200" eg:"mail.example" says:"whose account it is"`
	Port     int    `json:"port,omitempty" need:"guide" says:"the source port, of an address that many may share"`
	Peer     string `json:"peer,omitempty" max:"80" eg:"198.51.100.9:443/tcp" says:"the address, port and protocol that it spoke to"`
	From     string `json:"from,omitempty" need:"guide" max:"40" eg:"2026-11-22T00:52:09Z" says:"RFC 3339, with offset and seconds"`
	To       string `json:"to,omitempty" need:"guide" max:"40" eg:"2026-11-22T00:53:00Z"`
	Clock    string `json:"clock,omitempty" max:"120" eg:"NTP, within 1 s" says:"where the times come from, and how exact they are"`
	Data     string `json:"data" one:"subscriber|traffic|content|registration|funds|whereabouts|testimony|service|asset|act" says:"the category of what is asked"`
}

// A Hop is one movement of money.
type Hop struct {
	N         int    `json:"n"`
	From      string `json:"from" max:"64" eg:"GB33BUKB20201555555555" says:"account"`
	To        string `json:"to" max:"64" says:"account"`
	Bank      string `json:"bank" max:"11" eg:"ZZEXUS00" says:"BIC of the bank that it went to"`
	Amount    int    `json:"amount" says:"in minor units: 1284500.00 USD is 128450000"`
	Currency  string `json:"currency" max:"3" eg:"USD" says:"ISO 4217"`
	ValueDate string `json:"value_date" max:"10" eg:"2026-11-20"`
	UETR      string `json:"uetr,omitempty" max:"36" eg:"eb6305c9-1f7f-49de-aed0-16487c27b42d"`
}

// An Instrument is an order of a court or prosecutor.
type Instrument struct {
	Kind     string `json:"kind" one:"court_order|prosecutor_order|police_order|warrant|none"`
	Number   string `json:"number,omitempty" max:"120"`
	IssuedBy string `json:"issued_by,omitempty" max:"200" need:"guide"`
	Issued   string `json:"issued,omitempty" max:"10" eg:"2026-11-20" need:"guide"`
	Expires  string `json:"expires,omitempty" max:"10" eg:"2027-01-20"`
	File     string `json:"file,omitempty" max:"120" eg:"order.pdf" need:"guide" says:"the attachment that holds it"`
}

// Supporting is what only the authorities of both sides see.
type Supporting struct {
	Offence    Offence    `json:"offence"`
	Event      *Event     `json:"event,omitempty" need:"guide" says:"what happened, in figures"`
	Facts      string     `json:"facts,omitempty" need:"guide" max:"8000" says:"brief summary of the facts, with a date and a place or a loss"`
	Relations  []Relation `json:"relations,omitempty" need:"guide" max:"64" says:"how each item relates to the offence"`
	Necessity  Necessity  `json:"necessity"`
	Persons    []Person   `json:"persons,omitempty" need:"guide" max:"32"`
	Purpose    Purpose    `json:"purpose"`
	Additional string     `json:"additional,omitempty" max:"8000"`
}

// An Offence is what is being investigated.
type Offence struct {
	Category    string `json:"category,omitempty" need:"guide" one:"hacking|fraud|child_abuse|trade_secrets|terrorism|firearms|drugs|other"`
	Description string `json:"description,omitempty" need:"guide" max:"1000" says:"the conduct, in words that do not depend on one law's labels"`
	Provision   string `json:"provision,omitempty" need:"guide" max:"400" eg:"18 U.S.C. § 1030"`
	Penalty     string `json:"penalty,omitempty" need:"guide" max:"200" eg:"up to 5 years"`
	Counterpart string `json:"counterpart,omitempty" need:"guide" max:"400" eg:"Criminal Law of the PRC, art. 285" says:"the same conduct in the other side's law, if known"`
}

// An Event is what happened, in figures that need no translation.
type Event struct {
	From    string `json:"from,omitempty" max:"40" eg:"2026-11-20" need:"guide"`
	To      string `json:"to,omitempty" max:"40" eg:"2026-11-21"`
	Country string `json:"country,omitempty" max:"2" eg:"us" says:"ISO 3166" need:"guide"`
	Place   string `json:"place,omitempty" max:"120"`
	Victims int    `json:"victims,omitempty" says:"how many persons or bodies"`
	Minor   bool   `json:"minor,omitempty" says:"a victim is a minor"`
	Loss    *Money `json:"loss,omitempty"`
}

// Money is an amount in minor units: 1284500.00 USD is 128450000.
type Money struct {
	Amount   int    `json:"amount"`
	Currency string `json:"currency" max:"3" eg:"USD"`
}

// A Relation says how an item relates to the offence: in one word that needs no
// translation, and in a sentence.
type Relation struct {
	Item string `json:"item" max:"16" eg:"1"`
	Kind string `json:"kind,omitempty" need:"guide" one:"source_of_attack|controlled_by_suspect|used_by_suspect|used_by_victim|received_funds|hosted_content|communicated_with|device_of_suspect|asset_of_suspect|witness|other"`
	Text string `json:"text,omitempty" need:"guide" max:"1000"`
}

// Necessity is why it must be done, and now.
type Necessity struct {
	Kind string `json:"kind,omitempty" need:"guide" one:"short_retention|deletion_risk|suspect_aware|funds_moving|danger_to_person|hearing_date|proof_of_offence|identification|other"`
	Text string `json:"text,omitempty" need:"guide" max:"4000"`
}

// A Person is somebody whom the request is about.
type Person struct {
	ID          string `json:"id" max:"16" eg:"p1"`
	Role        string `json:"role" one:"suspect|accused|victim|witness|expert|holder|unknown"`
	Name        string `json:"name,omitempty" need:"guide" max:"200" eg:"张三 (Zhang San)" says:"in its own script"`
	Latin       string `json:"latin,omitempty" need:"guide" max:"200" eg:"Zhang San" says:"in Latin letters"`
	Born        string `json:"born,omitempty" need:"guide" max:"10" eg:"1990-01-31"`
	Document    string `json:"document,omitempty" max:"80" says:"kind and number of a document of identity"`
	Nationality string `json:"nationality,omitempty" need:"guide" max:"2" eg:"us" says:"ISO 3166"`
	Whereabouts string `json:"whereabouts,omitempty" max:"400"`
}

// A Purpose is what the result will be used for, and how it will be kept.
type Purpose struct {
	Use        string `json:"use,omitempty" need:"guide" one:"lead_only|investigation|evidence"`
	Limitation string `json:"limitation,omitempty" need:"guide" max:"1000" eg:"this investigation and the proceedings that follow from it"`
	Handling   string `json:"handling,omitempty" need:"guide" max:"1000" eg:"kept by the investigating unit; destroyed when the proceedings end"`
}

// Confidentiality says whether the user may learn of the request, and whether the
// request itself is to be kept secret.
type Confidentiality struct {
	NoUserNotice *bool  `json:"no_user_notice,omitempty" need:"guide" says:"the user must not be told"`
	Reason       string `json:"reason,omitempty" need:"guide" max:"1000" says:"if so, why"`
	Restricted   bool   `json:"restricted,omitempty" says:"the very existence of the request is secret"`
}

// An Emergency is what makes a request P0.
type Emergency struct {
	Basis    string `json:"basis,omitempty" need:"guide" one:"life|serious_bodily_harm|safety_of_person|critical_infrastructure"`
	Facts    string `json:"facts,omitempty" need:"guide" max:"4000" says:"what threatens to happen, and when"`
	Link     string `json:"link,omitempty" need:"guide" max:"2000" says:"how the data helps to avert it"`
	CallBack string `json:"call_back,omitempty" need:"guide" max:"80" eg:"+1-202-555-0101" says:"the number to call back"`
	OnCall   string `json:"on_call,omitempty" need:"guide" max:"40" eg:"us-24-7-01" says:"the seat on call"`
}

// Wanted is when an answer is needed and why then.
type Wanted struct {
	By     string `json:"by,omitempty" need:"guide" max:"40" eg:"2026-11-24T12:00:00Z" says:"RFC 3339"`
	Reason string `json:"reason,omitempty" need:"guide" max:"1000"`
}

// A FollowUp says whether a request for the data itself will come.
type FollowUp struct {
	Intended *bool  `json:"intended,omitempty" need:"guide" says:"a request for the data itself will follow"`
	Planned  string `json:"planned,omitempty" need:"guide" max:"10" eg:"2026-12-20" says:"the day on which it is planned"`
}

// An Earlier is a request that was made before in the same thing.
type Earlier struct {
	Kind      string `json:"kind" one:"none|preservation|request|oral|other_channel"`
	Reference string `json:"reference,omitempty" need:"guide" max:"80" eg:"US-2026-000041"`
	Date      string `json:"date,omitempty" need:"guide" max:"10" eg:"2026-11-02"`
	HoldUntil string `json:"hold_until,omitempty" max:"10" eg:"2027-01-02" says:"of a preservation: when the hold ends"`
}

// A Service is of documents on a person.
type Service struct {
	Document string `json:"document,omitempty" need:"guide" one:"summons|judgment|notice|other"`
	Person   string `json:"person,omitempty" need:"guide" max:"16" eg:"p1"`
	Hearing  string `json:"hearing,omitempty" max:"10" eg:"2027-03-01" need:"guide"`
}

// A Transfer is of proceedings.
type Transfer struct {
	Stage    string   `json:"stage" one:"investigation|prosecution|trial"`
	Suspects []string `json:"suspects,omitempty" max:"16" each:"16" eg:"p1" need:"guide" says:"persons by id"`
	Files    string   `json:"files,omitempty" max:"400" says:"what of the file can be handed over"`
}

// An Oral is a request by voice, and its written confirmation.
type Oral struct {
	At    string `json:"at" max:"40" eg:"2026-11-22T03:20:00Z"`
	Seat  string `json:"seat" max:"40" eg:"cn-24-7-07" says:"the seat that took the call"`
	DueBy string `json:"due_by,omitempty" need:"guide" max:"40" eg:"2026-12-02T03:20:00Z" says:"when the written confirmation is due; empty if this is it"`
}

// An Override is a guideline that is not met, knowingly.
type Override struct {
	Check  string `json:"check" max:"8" eg:"C05"`
	Reason string `json:"reason" max:"400" need:"guide"`
}

// A Translation is of the free text and the attached order.
type Translation struct {
	Language   string `json:"language" one:"en|zh"`
	By         string `json:"by" one:"sworn|official|officer|machine"`
	OfVersion  string `json:"of_version,omitempty" need:"guide" max:"64" says:"SHA-256 of the original text that was translated: see TextHash"`
	Facts      string `json:"facts,omitempty" max:"8000"`
	Necessity  string `json:"necessity,omitempty" max:"4000"`
	Offence    string `json:"offence,omitempty" max:"1000"`
	Additional string `json:"additional,omitempty" max:"8000"`
}

// Sense finds items of one id: they are answered by it.
func (r *Request) Sense() []error { return Twice("order.items", r.Order.Items) }

// Twice returns a fault for each item of list whose id stands before.
func Twice(list string, items []Item) (errs []error) {
	for i, it := range items {
		if slices.ContainsFunc(items[:i], func(o Item) bool { return o.ID == it.ID }) {
			errs = append(errs, comity.Fieldf(fmt.Sprintf("%s[%d].id", list, i), "%q stands twice; an example is %q", comity.Clip(it.ID), strconv.Itoa(i+1)))
		}
	}
	return errs
}

// String writes an amount as people do, with its currency.
func (m Money) String() string {
	return identifier.FormatAmount(int64(m.Amount), m.Currency) + " " + comity.Clip(m.Currency)
}
