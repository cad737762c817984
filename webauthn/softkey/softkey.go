// Package softkey is an authenticator in software: a passkey for tests and
// exercises, where nobody is there to touch one. It says that its user was verified,
// and verifies nobody; no node uses it.
package softkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"comity/webauthn"
)

// A Key is one passkey, and the page on which it is used.
type Key struct {
	RPID   string // such as "desk.example"
	Origin string // such as "https://desk.example"
	Flags  byte   // of the authenticator data; New sets those of a verified user

	priv *ecdsa.PrivateKey
}

// The flags that a signature of suite P1 needs.
const (
	UserPresent  = 0x01
	UserVerified = 0x04
)

// New returns the passkey of a seed of 32 bytes, on the page https://rpID.
func New(seed []byte, rpID string) (*Key, error) {
	priv, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
	if err != nil {
		return nil, fmt.Errorf("softkey: %w", err)
	}
	return &Key{RPID: rpID, Origin: "https://" + rpID, Flags: UserPresent | UserVerified, priv: priv}, nil
}

// Public returns the public key.
func (k *Key) Public() *ecdsa.PublicKey { return &k.priv.PublicKey }

// Get signs a challenge, which is in base64url, as a browser has a passkey do it for
// navigator.credentials.get.
func (k *Key) Get(challenge string) (webauthn.Assertion, error) {
	client := fmt.Sprintf(`{"type":"webauthn.get","challenge":%q,"origin":%q,"crossOrigin":false}`, challenge, k.Origin)
	return k.Sign(k.Data(), []byte(client))
}

// Data returns authenticator data of this key.
func (k *Key) Data() []byte {
	rp := sha256.Sum256([]byte(k.RPID))
	return binary.BigEndian.AppendUint32(append(rp[:], k.Flags), 0)
}

// Sign signs any authenticator data and client data, also those that no browser
// would make.
func (k *Key) Sign(data, client []byte) (webauthn.Assertion, error) {
	a := webauthn.Assertion{AuthenticatorData: data, ClientDataJSON: client}
	sum := sha256.Sum256(client)
	sum = sha256.Sum256(append(data[:len(data):len(data)], sum[:]...))
	var err error
	a.Signature, err = k.priv.Sign(nil, sum[:], crypto.SHA256) // nil asks for RFC 6979: no chance in it
	return a, err
}
