package seal

import (
	"math/bits"

	"comity"
)

// padded returns the length to which n bytes are padded: PADMÉ, which adds at
// most 12 % and leaks O(log log n) bits of the length.
func padded(n uint64) uint64 {
	if n < 2 {
		return n
	}
	e := bits.Len64(n) - 1
	s := bits.Len64(uint64(e))
	mask := uint64(1)<<(e-s) - 1
	return (n + mask) &^ mask
}

// SealItem encrypts encoded statements to a prekey of the recipient, for the
// item whose header's bytes are header. The same item may be sealed again to a
// newer prekey.
func SealItem(pub comity.Key, header []byte, statements [][]byte) (comity.Sealed, error) {
	n := 5 // the empty Z
	for _, s := range statements {
		n += 5 + len(s)
	}
	size := int(padded(uint64(n)))
	b := make([]byte, 0, size)
	for _, s := range statements {
		b = AppendRecord(b, 'T', s)
	}
	b = appendHead(b, 'Z', size-n)
	b = b[:size] // fresh memory: the padding is zeros
	aad := H("header", header)
	ct, err := encrypt(pub, aad[:], b)
	if err != nil {
		return comity.Sealed{}, err
	}
	return comity.Sealed{Prekey: KeyName(pub), Ct: ct}, nil
}

// OpenItem decrypts the statements of an item and checks that each is the one
// that the header names in its place. What else may be wrong with a statement
// is for [DecodeStatement] to say, so that one does not spoil its neighbours.
// The error is a [Refusal] of code "seal".
func OpenItem(p *Prekey, it comity.Item) ([][]byte, error) {
	if it.Sealed == nil {
		return nil, refusef("seal", "the item has no sealed statements")
	}
	if it.Sealed.Prekey != p.name {
		return nil, refusef("seal", "the item is sealed to prekey %s, not %s", it.Sealed.Prekey.Short(), p.name.Short())
	}
	aad := H("header", it.Bytes)
	b, err := decrypt(p, aad[:], it.Sealed.Ct)
	if err != nil {
		return nil, refuse("seal", err)
	}
	statements, err := splitStatements(b, it.Header.Statements)
	if err != nil {
		return nil, refuse("seal", err)
	}
	return statements, nil
}

func splitStatements(b []byte, ids []comity.Hash) ([][]byte, error) {
	rs := NewRecords(b)
	statements := make([][]byte, len(ids))
	for i, id := range ids {
		s, err := rs.Take('T')
		if err != nil {
			return nil, err
		}
		body, err := NewRecords(s).Take('M')
		if err != nil {
			return nil, err
		}
		if H("manifest", body) != id {
			return nil, comity.Errorf(comity.Invalid, "statement %d is not the one that the header names", i)
		}
		statements[i] = s
	}
	zeros, err := rs.Take('Z')
	if err != nil {
		return nil, err
	}
	if err := rs.End(); err != nil {
		return nil, err
	}
	if uint64(len(b)) != padded(uint64(len(b)-len(zeros))) {
		return nil, comity.Errorf(comity.Invalid, "the padding is not of the right length")
	}
	for _, z := range zeros {
		if z != 0 {
			return nil, comity.Errorf(comity.Invalid, "the padding is not zeros")
		}
	}
	return statements, nil
}
