package seal

import (
	"errors"

	"comity"
)

// A Refusal is an error with the code under which the specification (§4) tells
// it to the peer.
type Refusal struct {
	Code string // such as "manifest" or "part"
	Err  error
}

func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap lets errors.Is find the kind of trouble.
func (r *Refusal) Unwrap() error { return r.Err }

// CodeOf returns the code of the Refusal in err, or "" if there is none.
func CodeOf(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

// refuse returns err as a Refusal. A code that err already has stays.
func refuse(code string, err error) error {
	if CodeOf(err) != "" {
		return err
	}
	return &Refusal{code, err}
}

// refusef returns a Refusal of kind Invalid.
func refusef(code, format string, args ...any) error {
	return &Refusal{code, comity.Errorf(comity.Invalid, format, args...)}
}
