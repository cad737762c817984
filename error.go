package comity

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// A Trouble says who can act on it. It is itself an error, so that
// errors.Is(err, comity.Conflict) asks for it. The numbers are HTTP statuses.
type Trouble int

const (
	Untrusted   Trouble = 401 // a signature or its signer is not good
	Forbidden   Trouble = 403 // this officer or node may not do this
	NotFound    Trouble = 404 // there is no such thing here
	Conflict    Trouble = 409 // the record has moved on: look again
	Invalid     Trouble = 422 // the author should change what was sent
	TooMuch     Trouble = 429 // slow down, or send less
	Unavailable Trouble = 503 // try again later; nothing is lost
)

func (t Trouble) Error() string {
	switch t {
	case Untrusted:
		return "not trusted"
	case Forbidden:
		return "not permitted"
	case NotFound:
		return "not found"
	case Conflict:
		return "the record has moved on"
	case Invalid:
		return "not valid"
	case TooMuch:
		return "too much"
	case Unavailable:
		return "not available now"
	}
	return fmt.Sprintf("trouble %d", int(t))
}

// An Error is a sentence for a person, with the kind of trouble it is and,
// where one is at fault, the field.
type Error struct {
	Kind  Trouble
	Field string // such as "items[2].value"; empty if no field is at fault
	Text  string
	Cause error
}

func (e *Error) Error() string {
	s := e.Text
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap lets errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause != nil {
		return []error{e.Kind, e.Cause}
	}
	return []error{e.Kind}
}

// Errorf returns an Error of kind k. A %w verb's operand becomes its cause's text.
func Errorf(k Trouble, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: k, Text: err.Error()}
}

// Fieldf returns an Invalid error that blames field. The text says what was
// wrong and shows an example.
func Fieldf(field, format string, args ...any) error {
	return &Error{Kind: Invalid, Field: field, Text: fmt.Sprintf(format, args...)}
}

// Public returns what a stranger may know of err: a status and a sentence. An
// error without a kind is our own trouble, and none of theirs.
func Public(err error) (status int, text string) {
	if k, ok := errors.AsType[Trouble](err); ok {
		return int(k), err.Error()
	}
	return 500, "internal error"
}

// Clip shortens an untrusted string for a message to a person: at most 40
// characters, without those that steer a terminal, begin a line or turn text
// around.
func Clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
