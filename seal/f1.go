package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/sha256"
	"io"

	"comity"
)

// f1 is ECDSA with P-256, and ML-KEM-768 with P-256: what a FIPS 140 module has.
type f1 struct{}

func (f1) seed(rand io.Reader) ([]byte, error) {
	seed := make([]byte, 32)
	for {
		if _, err := io.ReadFull(rand, seed); err != nil {
			return nil, err
		}
		// One seed in 2^32 is not below the order of the curve.
		if _, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed); err == nil {
			return seed, nil
		}
	}
}

func (f1) private(seed []byte) (signFunc, []byte, error) {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
	if err != nil {
		return nil, nil, comity.Errorf(comity.Invalid, "an F1 seed is not 32 bytes of a number below the order of P-256")
	}
	pub, err := k.PublicKey.Bytes()
	if err != nil {
		return nil, nil, err
	}
	sign := func(msg []byte) ([]byte, error) {
		sum := sha256.Sum256(msg)
		return k.Sign(nil, sum[:], crypto.SHA256) // nil asks for RFC 6979: no chance in it
	}
	return sign, pub, nil
}

func (f1) check(pub []byte) error {
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), pub); err != nil {
		return comity.Fieldf("pub", "an F1 key is not the 65 bytes of a point of P-256")
	}
	return nil
}

func (f1) verify(pub, msg, sig []byte) bool {
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), pub)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(k, sum[:], sig)
}

func (f1) kem() (hpke.KEM, int) { return hpke.MLKEM768P256(), 1153 }
