package docket

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
)

// A Call is a call sheet.
type Call struct {
	ID           string      `name:"yes" json:"id" max:"16" eg:"call1"`
	Direction    string      `json:"direction" one:"in|out"`
	StartedAt    comity.Time `json:"started_at"`
	EnteredAt    comity.Time `json:"entered_at" says:"when this sheet was written"`
	Number       string      `json:"number" max:"80" eg:"+1-202-555-0101" says:"that was dialled, or shown"`
	NumberSource string      `json:"number_source" one:"directory|other"`
	Identity     Identity    `json:"identity"`
	Speaker      string      `json:"speaker" max:"40" eg:"cn-24-7-07" says:"the seat that spoke for the other side, as it said"`
	Language     string      `json:"language" max:"16" eg:"en"`
	Interpreter  string      `json:"interpreter,omitempty" max:"80" says:"a number or service, no name"`
	Said         []string    `json:"said,omitempty" max:"32" each:"1000" eg:"account kite-3391@mail.example"`
	Asked        []string    `json:"asked,omitempty" max:"32" each:"1000" eg:"preserve it"`
	Promised     []Promise   `json:"promised,omitempty" max:"32"`
	ReadBack     string      `json:"read_back" one:"yes|no" says:"identifiers and times were read back"`
	Outcome      string      `json:"outcome" one:"none|request_draft|hotline_call"`
	WrittenDue   comity.Time `json:"written_confirmation_due,omitzero"`
	PeerEntry    string      `json:"peer_entry" one:"pending|matches|differs" says:"how the other side's sheet of the call compares"`
}

// An Identity is how the speaker was identified.
type Identity struct {
	Method string `json:"method" one:"call_back|challenge|known_voice|none"`
	Result string `json:"result" one:"good|bad|not_tried"`
}

// A Promise was made on the telephone.
type Promise struct {
	What  string      `json:"what" max:"1000" eg:"hold in place"`
	By    comity.Time `json:"by_when,omitzero"`
	Whose string      `json:"whose" one:"ours|theirs"`
}

// Sense looks at who was called, and when.
func (b *Call) Sense() (errs []error) {
	if b.EnteredAt.Before(b.StartedAt.Time) {
		errs = append(errs, comity.Fieldf("entered_at", "the sheet is older than the call"))
	}
	if (b.Identity.Method == "none") != (b.Identity.Result == "not_tried") {
		errs = append(errs, comity.Fieldf("identity.result", "it is %q exactly if the method is %q", "not_tried", "none"))
	}
	if b.Identity.Method == "call_back" && b.NumberSource != "directory" {
		errs = append(errs, comity.Fieldf("number_source", "a call back to a number that the caller gave proves nothing: call the number of the directory"))
	}
	return errs
}

// A Difference is what two sheets of one call say differently. It must be settled
// before anything is done.
type Difference struct {
	Field        string
	Ours, Theirs string // empty if that side has nothing
}

// clocksDiffer is by how much two sheets' starts may differ: people look at
// different clocks [proposal].
const clocksDiffer = 5 * time.Minute

// Compare returns what our sheet and theirs of the same call say differently:
// when it was, who called, what was said, asked and promised, by when and by
// whom. Texts are compared as they stand, without regard to spaces: in many an
// identifier the case of a letter matters.
func Compare(ours, theirs Call) (all []Difference) {
	differ := func(field, a, b string) {
		if a != b {
			all = append(all, Difference{field, a, b})
		}
	}
	if d := ours.StartedAt.Sub(theirs.StartedAt.Time); d > clocksDiffer || d < -clocksDiffer {
		differ("started_at", at(ours.StartedAt), at(theirs.StartedAt))
	}
	if ours.Direction == theirs.Direction { // one side's call out is the other's call in
		all = append(all, Difference{"direction", ours.Direction, theirs.Direction})
	}
	only := func(field string, a, b []string, heard bool) {
		for _, s := range a {
			switch has := slices.ContainsFunc(b, func(t string) bool { return plain(t) == plain(s) }); {
			case has:
			case heard:
				differ(field, s, "")
			default:
				differ(field, "", s)
			}
		}
	}
	only("said", ours.Said, theirs.Said, true)
	only("said", theirs.Said, ours.Said, false)
	only("asked", ours.Asked, theirs.Asked, true)
	only("asked", theirs.Asked, ours.Asked, false)
	left := slices.Clone(theirs.Promised)
	for _, p := range ours.Promised {
		i := slices.IndexFunc(left, func(q Promise) bool { return plain(q.What) == plain(p.What) })
		if i < 0 {
			differ("promised", p.says(false), "")
			continue
		}
		differ("promised", p.says(false), left[i].says(true))
		left = slices.Delete(left, i, i+1)
	}
	for _, q := range left {
		differ("promised", "", q.says(true))
	}
	differ("written_confirmation_due", at(ours.WrittenDue), at(theirs.WrittenDue))
	return all
}

// says writes a promise as our side reads it: theirs of theirs is ours.
func (p Promise) says(theirs bool) string {
	whose := "they"
	if (p.Whose == "ours") != theirs {
		whose = "we"
	}
	return fmt.Sprintf("%s: %s, by %s", whose, plain(p.What), cmp.Or(at(p.By), "no time"))
}

func at(t comity.Time) string {
	b, _ := t.MarshalText() // it never fails
	return string(b)
}

func plain(s string) string { return strings.Join(strings.Fields(s), " ") }
