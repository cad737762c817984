package seal

import (
	"io"
	"slices"

	"comity"
)

// A PrivateKey signs. It prints as its name only.
type PrivateKey struct {
	seed []byte
	sign signFunc
	key  comity.Key
	name comity.Hash
}

// NewSigner draws a new private key of a suite from rand.
func NewSigner(suite string, rand io.Reader) (*PrivateKey, error) {
	s, err := ownSuiteOf(suite)
	if err != nil {
		return nil, err
	}
	seed, err := s.seed(rand)
	if err != nil {
		return nil, err
	}
	return newPrivateKey(suite, seed)
}

func newPrivateKey(suite string, seed []byte) (*PrivateKey, error) {
	s, err := ownSuiteOf(suite)
	if err != nil {
		return nil, err
	}
	sign, pub, err := s.private(seed)
	if err != nil {
		return nil, err
	}
	k := comity.Key{Suite: suite, Pub: pub}
	return &PrivateKey{seed, sign, k, KeyName(k)}, nil
}

// secret is how private keys are written, before they are locked away.
type secret struct {
	V     int    `json:"v"`
	Use   string `json:"use"` // sign or seal
	Suite string `json:"suite"`
	Seed  []byte `json:"seed"`
}

func (s secret) encode() []byte {
	b, err := Encode(s)
	if err != nil {
		panic(err) // a suite of ours and a seed always have a spelling
	}
	return b
}

func parseSecret(b []byte, use string) (secret, error) {
	var s secret
	if err := Decode(b, 4096, &s); err != nil {
		return secret{}, err
	}
	if s.V != 1 || s.Use != use {
		return secret{}, comity.Errorf(comity.Invalid, "it is not a private key to %s with, of version 1", use)
	}
	return s, nil
}

// Marshal returns the private key itself. See [Lock].
func (p *PrivateKey) Marshal() []byte { return secret{1, "sign", p.key.Suite, p.seed}.encode() }

// ParsePrivateKey reads what Marshal wrote.
func ParsePrivateKey(b []byte) (*PrivateKey, error) {
	s, err := parseSecret(b, "sign")
	if err != nil {
		return nil, err
	}
	return newPrivateKey(s.Suite, s.Seed)
}

func (p *PrivateKey) String() string { return p.key.Suite + " key " + p.name.Short() }

// GoString keeps the seed out of %#v.
func (p *PrivateKey) GoString() string { return p.String() }

// Key returns the public key.
func (p *PrivateKey) Key() comity.Key { return p.key }

// Name returns the name of the public key.
func (p *PrivateKey) Name() comity.Hash { return p.name }

// Sign signs body as an object of type typ, such as "header".
func (p *PrivateKey) Sign(typ string, body []byte) (comity.Signature, error) {
	return p.SignSeat("", typ, body)
}

// SignSeat signs as an officer at a seat.
func (p *PrivateKey) SignSeat(seat comity.Seat, typ string, body []byte) (comity.Signature, error) {
	sig, err := p.sign(PAE(typ, body))
	if err != nil {
		return comity.Signature{}, err
	}
	return comity.Signature{Seat: seat, Key: p.name, Sig: sig}, nil
}

// CheckKey refuses a public signing key of an unknown suite, or with which
// signatures prove nothing.
func CheckKey(k comity.Key) error {
	s, err := suiteOf(k.Suite)
	if err != nil {
		return err
	}
	return s.check(k.Pub)
}

// CheckOwnKey is CheckKey for the key of a root, a roster or a node: it must be of a
// suite whose private keys a program can hold.
func CheckOwnKey(k comity.Key) error {
	s, err := ownSuiteOf(k.Suite)
	if err != nil {
		return err
	}
	return s.check(k.Pub)
}

// Verify checks that s is k's signature of body as an object of type typ. The
// error is Untrusted, and the same whatever is wrong. Whose key k is, and which
// seat may use it, is the business of package roster.
func Verify(k comity.Key, typ string, body []byte, s comity.Signature) error {
	if s.Key != KeyName(k) {
		return comity.Errorf(comity.Untrusted, "the signature by %s is not good", s.Key.Short())
	}
	return verify(k, PAE(typ, body), s)
}

// verify is Verify for callers that have compared names and made the PAE.
func verify(k comity.Key, pae []byte, s comity.Signature) error {
	if u, ok := suites[k.Suite]; ok && u.verify(k.Pub, pae, s.Sig) {
		return nil
	}
	return comity.Errorf(comity.Untrusted, "the signature by %s is not good", s.Key.Short())
}

// VerifyItem checks the node signatures of an item. Each must be good and by
// one of the node keys of the chain entry that the header names; the first is
// by the key that the header names; and each suite of the profile that the
// header names has signed, so that no suite can be left out on the way.
func VerifyItem(it comity.Item, node []comity.Key, suites []string) error {
	if len(it.Sigs) == 0 || it.Sigs[0].Key != it.Header.Key {
		return comity.Errorf(comity.Untrusted, "the item's first signature is not by the key that its header names")
	}
	names := make([]comity.Hash, len(node))
	for i, k := range node {
		names[i] = KeyName(k)
	}
	pae := PAE("header", it.Bytes)
	signed := make(map[string]bool, len(suites))
	for i, s := range it.Sigs {
		j := slices.Index(names, s.Key)
		if j < 0 || s.Seat != "" {
			return comity.Errorf(comity.Untrusted, "the item's signature by %s is not by a node key of its sender", s.Key.Short())
		}
		if i == 0 && node[j].Suite != it.Header.Suite {
			return comity.Errorf(comity.Untrusted, "the header's suite is not that of its key")
		}
		if signed[node[j].Suite] {
			return comity.Errorf(comity.Untrusted, "the item has two signatures of suite %s", comity.Clip(node[j].Suite))
		}
		if err := verify(node[j], pae, s); err != nil {
			return err
		}
		signed[node[j].Suite] = true
	}
	for _, s := range suites {
		if !signed[s] {
			return comity.Errorf(comity.Untrusted, "the item lacks a signature of suite %s, which the profile requires", comity.Clip(s))
		}
	}
	return nil
}
