package seal

import (
	"crypto/hpke"
	"io"

	"comity"
)

// A suite is one choice of algorithms. A country that wants its own adds a row.
type suite interface {
	// check refuses a public signing key with which signatures prove nothing.
	check(pub []byte) error
	// verify reports whether sig is pub's signature of msg. pub may be anything.
	verify(pub, msg, sig []byte) bool
}

// An ownSuite is a suite whose private keys a program can hold: that of a root, a
// roster, a node or a prekey. A seat's key may be of any suite.
type ownSuite interface {
	suite
	// seed draws a new private signing key.
	seed(rand io.Reader) ([]byte, error)
	// private returns what signs with a seed, and its public key.
	private(seed []byte) (sign signFunc, pub []byte, err error)
	// kem returns the key encapsulation of its seals and the length of what
	// it prefixes to a ciphertext.
	kem() (k hpke.KEM, enc int)
}

type signFunc func(msg []byte) ([]byte, error)

// suites is fixed: which of them count between two parties is in their profile.
var suites = map[string]suite{
	"E1": e1{},
	"F1": f1{},
	"P1": p1{},
}

func suiteOf(name string) (suite, error) {
	s, ok := suites[name]
	if !ok {
		return nil, comity.Fieldf("suite", "%q is not a suite that this program has, such as %q", comity.Clip(name), "E1")
	}
	return s, nil
}

func ownSuiteOf(name string) (ownSuite, error) {
	s, err := suiteOf(name)
	if err != nil {
		return nil, err
	}
	own, ok := s.(ownSuite)
	if !ok {
		return nil, comity.Fieldf("suite", "%q is for seats alone: its private keys never leave an authenticator, and nothing can be sealed to one; here it is one such as %q", name, "E1")
	}
	return own, nil
}

// sealInfo separates the seals of one suite from those of another, and from
// those of any other protocol.
func sealInfo(suite string) []byte { return []byte("comity/seal/1 " + suite) }
