// Package guide holds the guidelines for asking another state for help, as
// tables that people who do not write Go can review.
//
// Each row says where its words or figures come from: a treaty, a law, practice,
// or nothing but our own proposal; whether somebody has read the source; and
// whether it is borrowed, that is, no rule between the two states at hand, though
// it may bind one of them. No figure here is one that any two governments are known to have agreed.
//
// [Check] reads a draft against the rules before it is released. A finding that
// blocks stops the author; the receiver sees the same findings as remarks, for
// on arrival nothing blocks: a request that lacks something is answered by a
// question.
package guide

// A Preservation is a request to keep stored data from being lost, until a
// request for the data itself follows. Members of the need "guide" may be empty
// on the wire; the guide asks for them. The tags are read by package request.
type Preservation struct {
	Authority       Authority       `json:"authority"`
	Basis           Basis           `json:"basis"`
	Offence         Offence         `json:"offence"`
	Facts           string          `json:"facts" need:"guide" max:"8000" says:"brief summary of the facts, with a date and a place or a loss"`
	Items           []Item          `json:"items,omitempty" need:"yes" max:"64" says:"the stored data, one for each identifier and period"`
	Custodian       string          `json:"custodian" need:"guide" max:"400" says:"who holds the data, or where the system is"`
	Necessity       string          `json:"necessity" need:"guide" max:"4000" says:"why the data must be preserved now"`
	FollowUp        FollowUp        `json:"follow_up"`
	Confidentiality Confidentiality `json:"confidentiality"`
	Priority        string          `json:"priority" one:"P0|P1|P2|P3" says:"P0 emergency, P1 preservation (the rule), P2 urgent, P3 routine"`
	Emergency       *Emergency      `json:"emergency,omitempty" says:"of a P0"`
	Wanted          *Wanted         `json:"wanted,omitempty" says:"if an answer is wanted by a certain time"`
	Reference       string          `json:"reference,omitempty" max:"80" says:"the asking authority's own file number"`
	Language        string          `json:"language" one:"en|zh" says:"of the free text"`
}

// An Authority is who seeks the preservation. No officer is named: the seat is
// what the other side may call, and the asking state knows who sat there.
type Authority struct {
	Agency  string `json:"agency" need:"guide" max:"40" eg:"us-24-7"`
	Seat    string `json:"seat" need:"guide" max:"40" eg:"us-24-7-01"`
	ReplyTo string `json:"reply_to,omitempty" max:"40" eg:"us-24-7-02" says:"the seat that takes the answer, if another"`
}

// A Basis is what the request rests on, and so which guidelines apply.
type Basis struct {
	ID          string   `json:"id" max:"40" eg:"bilateral-default"`
	Reciprocity bool     `json:"reciprocity" says:"the asking side pledges to do the same in a similar case"`
	Borrowed    []string `json:"borrowed,omitempty" max:"8" each:"120" eg:"Budapest Convention, art. 29(2)" says:"texts whose fields are used though they may not bind both"`
}

// An Offence is what is being investigated.
type Offence struct {
	Category    string `json:"category" need:"guide" one:"hacking|fraud|child_abuse|trade_secrets|terrorism|firearms|drugs|other"`
	Description string `json:"description" need:"guide" max:"1000" says:"the conduct, in words that do not depend on one law's labels"`
	Provision   string `json:"provision" need:"guide" max:"400" eg:"18 U.S.C. § 1030"`
	Penalty     string `json:"penalty,omitempty" max:"200" eg:"up to 5 years"`
}

// An Item is one identifier and period. It is answered by its ID.
type Item struct {
	ID           string `json:"id" max:"16" eg:"1" says:"unique in the request"`
	Type         string `json:"type" one:"ipv4|ipv6|domain|url|email|account|hash"`
	Value        string `json:"value" max:"2048" eg:"203.0.113.77"`
	Port         int    `json:"port,omitempty" says:"the source port, of an address that many may share"`
	From         string `json:"from" need:"guide" max:"40" eg:"2026-11-22T00:52:09Z" says:"RFC 3339, with offset and seconds"`
	To           string `json:"to" need:"guide" max:"40" eg:"2026-11-22T00:53:00Z"`
	Data         string `json:"data" one:"subscriber|traffic|content"`
	Relationship string `json:"relationship" need:"guide" max:"1000" says:"how this data relates to the offence"`
}

// A FollowUp says whether a request for the data itself will come.
type FollowUp struct {
	Intended *bool  `json:"intended,omitempty" need:"guide" says:"a request for the data itself will follow"`
	Planned  string `json:"planned,omitempty" max:"10" eg:"2026-12-20" says:"the day on which it is planned"`
}

// Confidentiality says whether the user may learn of the request.
type Confidentiality struct {
	NoUserNotice *bool  `json:"no_user_notice,omitempty" need:"guide" says:"the user must not be told"`
	Reason       string `json:"reason,omitempty" max:"1000" says:"if so, why"`
}

// An Emergency is what makes a request P0.
type Emergency struct {
	Basis    string `json:"basis" one:"life|serious_bodily_harm|safety_of_person|critical_infrastructure"`
	Facts    string `json:"facts" need:"guide" max:"4000" says:"what threatens to happen, and when"`
	Link     string `json:"link" need:"guide" max:"2000" says:"how the data helps to avert it"`
	CallBack string `json:"call_back" need:"guide" max:"80" eg:"us-24-7-01, +1-202-555-0101" says:"the seat on call and its number"`
}

// Wanted is when an answer is needed and why then.
type Wanted struct {
	By     string `json:"by" max:"40" eg:"2026-11-24T12:00:00Z" says:"RFC 3339"`
	Reason string `json:"reason" max:"1000"`
}
