package seal

import (
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/hex"
	"io"
	"slices"

	"comity"
)

// e1 is Ed25519, and ML-KEM-768 with X25519.
type e1 struct{}

func (e1) seed(rand io.Reader) ([]byte, error) {
	seed := make([]byte, ed25519.SeedSize)
	_, err := io.ReadFull(rand, seed)
	return seed, err
}

func (e1) private(seed []byte) (signFunc, []byte, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, nil, comity.Errorf(comity.Invalid, "an E1 seed has %d bytes, not %d", len(seed), ed25519.SeedSize)
	}
	k := ed25519.NewKeyFromSeed(seed)
	sign := func(msg []byte) ([]byte, error) { return ed25519.Sign(k, msg), nil }
	return sign, k.Public().(ed25519.PublicKey), nil
}

func (e1) check(pub []byte) error {
	if len(pub) != ed25519.PublicKeySize {
		return comity.Fieldf("pub", "an E1 key has %d bytes, not %d", len(pub), ed25519.PublicKeySize)
	}
	if smallOrder(pub) {
		return comity.Fieldf("pub", "this E1 key is a point of small order, under which one signature fits many texts")
	}
	return nil
}

func (e e1) verify(pub, msg, sig []byte) bool {
	return e.check(pub) == nil && ed25519.Verify(pub, msg, sig)
}

func (e1) kem() (hpke.KEM, int) { return hpke.MLKEM768X25519(), 1120 }

// smallOrders are the y coordinates of the eight points of small order, and
// their second spellings.
var smallOrders = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func smallOrder(pub []byte) bool {
	y := [32]byte(pub)
	y[31] &= 0x7f // the sign of x
	switch y[0] { // seldom worth more than this
	case 0x00, 0x01, 0x26, 0xc7, 0xec, 0xed, 0xee:
	default:
		return false
	}
	return slices.Contains(smallOrders, hex.EncodeToString(y[:]))
}
