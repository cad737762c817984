// Package comity names the things that two countries exchange when one asks the
// other for help against cybercrime.
//
// A [Party] is a state. Its officers sit at a [Seat]; the seat crosses the
// border, the officer's name does not. What one party says to another is a
// [Statement]: one immutable, signed sentence in one matter, named by its
// [Ref]. Nothing else crosses.
//
// Statements travel as entries of numbered streams. Two parties in one [Realm]
// share a channel; each direction of it is a stream of [Item]s, and each item
// carries a [Header] that states the Merkle root of all headers before it. An
// item holds statements, or a [Receipt] (how much of the other's stream has
// arrived, and the root that the receiver computed), or a [Control] (a key, a
// roster, a profile).
//
// This package is the ground floor: it imports the standard library only, does
// no I/O, reads no clock and starts nothing. Which bytes stand for these values
// is written in docs/spec and done by package seal.
package comity

import (
	"regexp"
	"strings"
	"time"
)

// A Party is a state or organisation with one offline root key, such as "us".
// Obtain one from [ParseParty].
type Party string

var partyForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,15}$`)

// ParseParty returns s as a Party.
func ParseParty(s string) (Party, error) {
	if !partyForm.MatchString(s) {
		return "", Fieldf("party", "%q is not 2 to 16 of a-z, 0-9 and -, such as %q", Clip(s), "us")
	}
	return Party(s), nil
}

// An Agency is a part of a party with competences of its own, such as
// "us-24-7". Obtain one from [ParseAgency].
type Agency string

// A Seat is a place at which an officer works: what crosses the border in an
// officer's stead, such as "us-24-7-01". Obtain one from [ParseSeat].
type Seat string

var seatForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

// ParseAgency returns s as an Agency.
func ParseAgency(s string) (Agency, error) {
	if !seatForm.MatchString(s) {
		return "", Fieldf("agency", "%q is not 2 to 40 of a-z, 0-9 and -, such as %q", Clip(s), "us-24-7")
	}
	return Agency(s), nil
}

// ParseSeat returns s as a Seat.
func ParseSeat(s string) (Seat, error) {
	if !seatForm.MatchString(s) {
		return "", Fieldf("seat", "%q is not 2 to 40 of a-z, 0-9 and -, such as %q", Clip(s), "us-24-7-01")
	}
	return Seat(s), nil
}

// A Realm keeps play apart from work: "live", or "exercise:" and a name. It is
// part of every channel and every statement, so an exercise cannot touch a live
// matter. Obtain one from [ParseRealm].
type Realm string

// Live is the realm of real matters.
const Live Realm = "live"

var exerciseForm = regexp.MustCompile(`^exercise:[a-z0-9][a-z0-9-]{0,31}$`)

// ParseRealm returns s as a Realm.
func ParseRealm(s string) (Realm, error) {
	if s != string(Live) && !exerciseForm.MatchString(s) {
		return "", Fieldf("realm", "%q is neither %q nor like %q", Clip(s), Live, "exercise:harbour-2027")
	}
	return Realm(s), nil
}

// A Ref names one matter for both parties, such as "US-2026-000042". The party
// that opens the matter mints it, and a year's serials are never reused. Obtain
// one from [ParseRef].
type Ref string

var refForm = regexp.MustCompile(`^[A-Z][A-Z0-9-]{1,15}-20[0-9]{2}-[0-9]{6}$`)

// ParseRef returns s as a Ref.
func ParseRef(s string) (Ref, error) {
	if !refForm.MatchString(s) {
		return "", Fieldf("matter", "%q is not a reference such as %q", Clip(s), "US-2026-000042")
	}
	return Ref(s), nil
}

// Opener returns the party whose prefix r bears: the one that minted it.
func (r Ref) Opener() Party {
	if len(r) < len("-2026-000042") {
		return ""
	}
	return Party(strings.ToLower(string(r[:len(r)-len("-2026-000042")])))
}

// A Kind says what a statement does, such as "preserve.request". Its rules
// belong to the capability that owns it.
type Kind string

var kindForm = regexp.MustCompile(`^[a-z]+(\.[a-z]+)*$`)

// ParseKind returns s as a Kind.
func ParseKind(s string) (Kind, error) {
	if len(s) > 40 || !kindForm.MatchString(s) {
		return "", Fieldf("kind", "%q is not dotted lower-case words, such as %q", Clip(s), "preserve.request")
	}
	return Kind(s), nil
}

// A Text is what a person reads, in both languages.
type Text struct {
	EN string `json:"en" yaml:"en"`
	ZH string `json:"zh" yaml:"zh"`
}

// In returns t in a language, "en" or "zh".
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.ZH
	}
	return t.EN
}

// A Time is an instant as it is written on the wire: UTC, to the millisecond,
// in the one form 2006-01-02T15:04:05.000Z.
type Time struct{ time.Time }

const timeForm = "2006-01-02T15:04:05.000Z"

// At returns t as a Time: in UTC, cut to the millisecond.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalText writes t in its one form. The zero Time is the empty string.
func (t Time) MarshalText() ([]byte, error) {
	if t.IsZero() {
		return []byte{}, nil
	}
	return []byte(t.UTC().Format(timeForm)), nil
}

// MarshalJSON exists because the embedded time.Time would otherwise write its own form.
func (t Time) MarshalJSON() ([]byte, error) {
	b, err := t.MarshalText()
	return append(append([]byte{'"'}, b...), '"'), err
}

// UnmarshalText reads only what MarshalText writes.
func (t *Time) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*t = Time{}
		return nil
	}
	u, err := time.Parse(timeForm, string(b))
	if err != nil {
		return Fieldf("time", "%q is not a time such as %q", Clip(string(b)), "2026-11-22T03:14:28.000Z")
	}
	*t = Time{u}
	return nil
}

// UnmarshalJSON reads only what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return Fieldf("time", "it is not a string such as %q", "2026-11-22T03:14:28.000Z")
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}
