package seal

import (
	"crypto/hpke"

	"comity"
)

// A Prekey is the private half of a key to seal to. It prints as its name only.
type Prekey struct {
	priv hpke.PrivateKey
	seed []byte
	key  comity.Key
	name comity.Hash
}

// NewKEM draws a new key of a suite to seal to.
func NewKEM(suite string) (*Prekey, error) {
	s, err := ownSuiteOf(suite)
	if err != nil {
		return nil, err
	}
	kem, _ := s.kem()
	priv, err := kem.GenerateKey()
	if err != nil {
		return nil, err
	}
	return newPrekey(suite, priv)
}

func newPrekey(suite string, priv hpke.PrivateKey) (*Prekey, error) {
	seed, err := priv.Bytes()
	if err != nil {
		return nil, err
	}
	k := comity.Key{Suite: suite, Pub: priv.PublicKey().Bytes()}
	return &Prekey{priv, seed, k, KeyName(k)}, nil
}

// Marshal returns the private key itself. See [Lock].
func (p *Prekey) Marshal() []byte { return secret{1, "seal", p.key.Suite, p.seed}.encode() }

// ParsePrekey reads what Marshal wrote.
func ParsePrekey(b []byte) (*Prekey, error) {
	x, err := parseSecret(b, "seal")
	if err != nil {
		return nil, err
	}
	s, err := ownSuiteOf(x.Suite)
	if err != nil {
		return nil, err
	}
	kem, _ := s.kem()
	priv, err := kem.NewPrivateKey(x.Seed)
	if err != nil {
		return nil, comity.Errorf(comity.Invalid, "the seed of %d bytes is none of a key of %s to seal with", len(x.Seed), x.Suite)
	}
	return newPrekey(x.Suite, priv)
}

func (p *Prekey) String() string { return p.key.Suite + " prekey " + p.name.Short() }

// GoString keeps the seed out of %#v.
func (p *Prekey) GoString() string { return p.String() }

// Key returns the public key.
func (p *Prekey) Key() comity.Key { return p.key }

// Name returns the name of the public key.
func (p *Prekey) Name() comity.Hash { return p.name }

// checkKEM refuses a public key that nothing can be sealed to.
func checkKEM(k comity.Key) error {
	_, _, err := publicKEM(k)
	return err
}

func publicKEM(k comity.Key) (hpke.PublicKey, int, error) {
	s, err := ownSuiteOf(k.Suite)
	if err != nil {
		return nil, 0, err
	}
	kem, n := s.kem()
	pub, err := kem.NewPublicKey(k.Pub)
	if err != nil {
		return nil, 0, comity.Fieldf("pub", "it is not a key of %s to seal to", k.Suite)
	}
	return pub, n, nil
}

// encrypt seals plaintext to pub, so that it opens only with the same aad.
func encrypt(pub comity.Key, aad, plaintext []byte) ([]byte, error) {
	k, n, err := publicKEM(pub)
	if err != nil {
		return nil, err
	}
	enc, s, err := hpke.NewSender(k, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(pub.Suite))
	if err != nil {
		return nil, err
	}
	if len(enc) != n {
		return nil, comity.Errorf(comity.Invalid, "suite %s encapsulates in %d bytes, not %d", pub.Suite, len(enc), n)
	}
	ct, err := s.Seal(aad, plaintext)
	if err != nil {
		return nil, err
	}
	return append(enc, ct...), nil
}

// decrypt opens what encrypt sealed to p. The error is Untrusted, and the same
// whatever is wrong.
func decrypt(p *Prekey, aad, ct []byte) ([]byte, error) {
	bad := comity.Errorf(comity.Untrusted, "the seal does not open with prekey %s", p.name.Short())
	_, n := suites[p.key.Suite].(ownSuite).kem() // as newPrekey's callers found it
	if len(ct) < n {
		return nil, bad
	}
	r, err := hpke.NewRecipient(ct[:n], p.priv, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(p.key.Suite))
	if err != nil {
		return nil, bad
	}
	b, err := r.Open(aad, ct[n:])
	if err != nil {
		return nil, bad
	}
	return b, nil
}
