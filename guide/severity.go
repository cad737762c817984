package guide

// A Severity is what a finding of a check means for the author.
type Severity string

const (
	Block  Severity = "block"  // the draft is not released
	Warn   Severity = "warn"   // it likely comes back with a question
	Advise Severity = "advise" // it would be better
)
