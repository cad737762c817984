package roster

import (
	"fmt"

	"comity"
	"comity/seal"
)

// Broken is an entry that cannot be believed.
type Broken struct {
	Code string // format, chain, roster, prekey or profile: what it was, or that its bytes are none of these
	N    uint64 // the entry's number, as far as known
	Err  error
}

func (b *Broken) Error() string {
	return fmt.Sprintf("%s entry %d: %v", b.Code, b.N, b.Err)
}

func (b *Broken) Unwrap() error { return b.Err }

func broken(code string, n uint64, err error) error {
	if err == nil {
		return nil
	}
	return &Broken{code, n, err}
}

// A Fork is two different entries of one type and number, both well signed: its
// party told two stories, or somebody else has its keys. It is a Conflict.
type Fork struct {
	Type  string
	Party comity.Party
	N     uint64
	By    comity.Key // signed both
	Known comity.Signed
	Other comity.Signed
}

func (f *Fork) Error() string {
	return fmt.Sprintf("%s has signed two different %s entries %d: %s and %s; stop trusting its keys and call", f.Party, f.Type, f.N,
		seal.H(f.Type, f.Known.Bytes).Short(), seal.H(f.Type, f.Other.Bytes).Short())
}

func (f *Fork) Unwrap() error { return comity.Conflict }

// decode reads an entry in its one spelling.
func decode[T any](typ string, b []byte) (T, error) {
	var v T
	if err := seal.Decode(b, maxEntry, &v); err != nil {
		return v, &Broken{"format", 0, fmt.Errorf("%s: %w", typ, err)}
	}
	return v, nil
}

// signedBy reports whether one of s's signatures is a good one by k.
func signedBy(typ string, s comity.Signed, k comity.Key) error {
	name := seal.KeyName(k)
	for _, sig := range s.Sigs {
		if sig.Key == name && sig.Seat == "" {
			return seal.Verify(k, typ, s.Bytes, sig)
		}
	}
	return comity.Errorf(comity.Untrusted, "the signature of key %s is missing", name.Short())
}

// signedByAll reports whether s bears a good signature by each of keys, and no other.
func signedByAll(typ string, s comity.Signed, keys ...comity.Key) error {
	if len(s.Sigs) != len(keys) {
		return comity.Errorf(comity.Untrusted, "it bears %d signatures, not %d", len(s.Sigs), len(keys))
	}
	for _, k := range keys {
		if err := signedBy(typ, s, k); err != nil {
			return err
		}
	}
	return nil
}
