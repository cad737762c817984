package roster

import (
	"bytes"
	"crypto/sha512"
	"fmt"
	"strings"

	"comity"
	"comity/seal"
)

// PairNumber returns the 60 digits by which two parties make sure that each has
// the other's root key and nobody else's, in twelve groups of five. Both read
// it aloud, over two channels that one forger cannot both hold: it has no words,
// so it needs no common language.
func PairNumber(a, b comity.Hash) string {
	sum := sha512.Sum512(seal.PAE("pair", lowHigh(a, b)))
	var groups []string
	for g := sum[:60]; len(g) > 0; g = g[5:] {
		n := uint64(g[0])<<32 | uint64(g[1])<<24 | uint64(g[2])<<16 | uint64(g[3])<<8 | uint64(g[4])
		groups = append(groups, fmt.Sprintf("%05d", n%100_000))
	}
	return strings.Join(groups, " ")
}

// SamePairNumber reports whether a person typed number, with any spacing.
func SamePairNumber(number, typed string) bool {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	return len(digits(number)) == 60 && digits(number) == digits(typed)
}

func lowHigh(a, b comity.Hash) []byte {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return append(a[:], b[:]...)
}
