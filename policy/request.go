package policy

import "comity"

// An Action is what a seat wants to do.
type Action string

const (
	Draft       Action = "draft"
	Approve     Action = "approve"      // as the second officer of a dual release
	ReleaseSole Action = "release.sole" // alone, in an emergency
	Read        Action = "read"
	Export      Action = "export"   // a copy that leaves the node
	Disclose    Action = "disclose" // to whom Request.To says
	Erase       Action = "erase"
	Suspend     Action = "suspend" // a pair, or types of it
	Adopt       Action = "adopt"   // a guideline pack
	Note        Action = "note"
	Screen      Action = "screen"  // the requested side's internal sheet
	Protect     Action = "protect" // the sending side's sources
	Act         Action = "action"  // domestic action towards a provider
	Route       Action = "route"   // to the competent agency
	Refer       Action = "refer"   // on to another agency
	Journal     Action = "journal" // read the node's log of logins, reads and keys
)

// bare reports whether a is not about a statement, which would be marked.
func (a Action) bare() bool { return a == Suspend || a == Adopt || a == Journal }

// A Request asks whether a seat may do something to a matter.
type Request struct {
	Seat   Seat
	Action Action
	Matter Matter
	Realm  comity.Realm

	To         string // of an export or disclosure: own (also empty, of an export), court, defence, parliament, data_subject, archive, abroad
	Consent    bool   // the source has agreed in writing to this use and recipient
	Conditions bool   // an officer has confirmed that the source's written conditions (H3) are met
}

// A Seat is who asks: a seat of our own party.
type Seat struct {
	ID     comity.Seat
	Agency comity.Agency
	Roles  []string // of the roster: draft, release, registrar; our own: central, prosecutor, legal, head, principal, auditor
	Level  string   // clearance: open (also empty) or restricted
}

// A Matter is what is acted on: a matter, or a draft or statement in it. Suspend,
// adopt and journal need none.
type Matter struct {
	ID         string          // of the matter, draft or statement
	Kind       comity.Kind     // of the statement, such as "preserve.request"
	Type       string          // of the request, such as "content"; a type that the policy does not know is "other"
	Category   string          // of the crime, such as "child_abuse"; likewise
	Priority   string          // P0 to P3, or empty
	Marking    comity.Marking  // required, save of suspend, adopt and journal
	Restricted bool            // its very existence is secret
	Admitted   []comity.Seat   // the list of a restricted matter; the named recipients of TLP:RED
	Agencies   []comity.Agency // of our party: those addressed, or to which it was routed
	Author     comity.Seat     // of the draft
	Opener     comity.Party
	Ours       bool     // our party is the source of this material and set its marking; not: we opened the matter
	Suspended  []string // the types that are suspended between the two parties
}
