package guide

import (
	"time"

	"comity"
)

// A Severity is what a finding means for the author.
type Severity string

const (
	Block Severity = "block" // the draft is not released
	Warn  Severity = "warn"  // it likely comes back with a question
)

// A Rule is one guideline.
type Rule struct {
	ID    string
	Must  bool
	Says  string // what to do, as an instruction
	Field string // what it is about
	Origin
	check func(Preservation, Setting) []fault
}

// A fault is one place where a rule does not hold.
type fault struct{ field, wrong string }

// A Setting is what a check depends on beside the draft.
type Setting struct {
	Realm comity.Realm
	Now   time.Time
}

// A Finding is a rule that a draft does not meet, at one field.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Field    string   `json:"field"`
	Wrong    string   `json:"wrong"`
	Do       string   `json:"do"`
	Origin
}

// Text says what is wrong, and what to do.
func (f Finding) Text() string { return f.Wrong + ". " + f.Do }

// Check returns what is wrong with a draft, in the order of the rules.
func Check(p Preservation, s Setting) []Finding {
	var fs []Finding
	for _, r := range Rules() {
		for _, f := range r.check(p, s) {
			sev := Warn
			if r.Must {
				sev = Block
			}
			fs = append(fs, Finding{r.ID, sev, f.field, f.wrong, r.Says, r.Origin})
		}
	}
	return fs
}

// Blocks reports whether one of fs stops a release.
func Blocks(fs []Finding) bool {
	for _, f := range fs {
		if f.Severity == Block {
			return true
		}
	}
	return false
}
