package guide

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
)

// TextHash returns the SHA-256, in lower-case hexadecimal digits, of the free text
// that a translation is of. Hashed are, in this order, supporting.facts,
// supporting.necessity.text, supporting.offence.description and
// supporting.additional; before each stand its length in bytes, in decimal digits,
// and a colon, so that nothing can move from one to the next.
func TextHash(r Request) string {
	h := sha256.New()
	s := r.Supporting
	for _, t := range []string{s.Facts, s.Necessity.Text, s.Offence.Description, s.Additional} {
		io.WriteString(h, strconv.Itoa(len(t))+":"+t) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}
