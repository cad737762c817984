package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"

	"golang.org/x/text/unicode/norm"

	"comity"
)

// Iterations is how often [Lock] should hash a passphrase (OWASP, 2023).
const Iterations = 600_000

// maxIterations keeps a forged file from holding us for more than some seconds.
const maxIterations = 20_000_000

// lockKDF names the one way of locking: in Go's FIPS 140 module, as others that
// are harder on an attacker are not.
const lockKDF = "PBKDF2-HMAC-SHA256 AES-256-GCM"

// locked is a locked file as it is written.
type locked struct {
	V          int    `json:"v"`
	KDF        string `json:"kdf"`
	Iterations int    `json:"iterations"`
	Salt       []byte `json:"salt"`
	Box        []byte `json:"box"`
}

// Lock encrypts plaintext, such as a private key, under a passphrase.
func Lock(passphrase string, plaintext []byte, iterations int) ([]byte, error) {
	if passphrase == "" {
		return nil, comity.Fieldf("passphrase", "it is empty; choose at least six words, such as from a list")
	}
	l := locked{V: 1, KDF: lockKDF, Iterations: iterations, Salt: make([]byte, 32)}
	rand.Read(l.Salt)
	box, err := l.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	l.Box = box.Seal(nil, nil, plaintext, []byte(lockKDF))
	return Encode(l)
}

// Unlock decrypts what Lock encrypted. A wrong passphrase is Forbidden.
func Unlock(passphrase string, b []byte) ([]byte, error) {
	var l locked
	if err := Decode(b, 1<<20, &l); err != nil {
		return nil, err
	}
	if l.V != 1 || l.KDF != lockKDF || len(l.Salt) != 32 {
		return nil, comity.Errorf(comity.Invalid, "it is not a locked file of version 1")
	}
	box, err := l.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	plaintext, err := box.Open(nil, nil, l.Box, []byte(lockKDF))
	if err != nil {
		return nil, comity.Errorf(comity.Forbidden, "the passphrase is wrong, or the file has been changed")
	}
	return plaintext, nil
}

func (l locked) cipher(passphrase string) (cipher.AEAD, error) {
	if l.Iterations < 1 || l.Iterations > maxIterations {
		return nil, comity.Fieldf("iterations", "%d is not 1 to %d, such as %d", l.Iterations, maxIterations, Iterations)
	}
	// Normal form C, because two keyboards may type one letter in two ways.
	key, err := pbkdf2.Key(sha256.New, norm.NFC.String(passphrase), l.Salt, l.Iterations, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
