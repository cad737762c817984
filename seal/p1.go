package seal

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"

	"comity"
	"comity/webauthn"
)

// Passkey is the suite of an officer's passkey.
const Passkey = "P1"

// p1 is a passkey: ECDSA with P-256 by an authenticator that asks its user, in a
// browser that tells it on whose page. A public key is a point, and the hash of the
// relying party that the authenticator made it for.
type p1 struct{}

const pointSize = 65

// NewPasskey returns the key of a passkey of the relying party rpID, such as
// "desk.example".
func NewPasskey(pub *ecdsa.PublicKey, rpID string) (comity.Key, error) {
	b, err := pub.Bytes()
	if err != nil {
		return comity.Key{}, comity.Fieldf("pub", "it is not a key of P-256, with which a passkey signs as ES256")
	}
	rp := sha256.Sum256([]byte(rpID))
	k := comity.Key{Suite: Passkey, Pub: append(b, rp[:]...)}
	return k, CheckKey(k)
}

// Challenge returns what an authenticator is asked to sign, that it sign body as an
// object of type typ: of a manifest, the statement's id.
func Challenge(typ string, body []byte) string {
	h := H(typ, body)
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// EncodeAssertion returns a as the signature of suite P1.
func EncodeAssertion(a webauthn.Assertion) ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, comity.Errorf(comity.Invalid, "the assertion of a passkey: %v", err)
	}
	b := AppendRecord(nil, 'A', a.AuthenticatorData)
	return AppendRecord(AppendRecord(b, 'C', a.ClientDataJSON), 'D', a.Signature), nil
}

// DecodeAssertion reads what EncodeAssertion wrote. It checks nothing but sizes.
func DecodeAssertion(b []byte) (webauthn.Assertion, error) {
	var a webauthn.Assertion
	rs := NewRecords(b)
	var errs [4]error
	a.AuthenticatorData, errs[0] = rs.Take('A')
	a.ClientDataJSON, errs[1] = rs.Take('C')
	a.Signature, errs[2] = rs.Take('D')
	errs[3] = rs.End()
	if err := cmp.Or(cmp.Or(errs[:]...), a.Check()); err != nil {
		return webauthn.Assertion{}, err
	}
	return a, nil
}

func (p1) point(pub []byte) (*ecdsa.PublicKey, error) {
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), pub[:min(len(pub), pointSize)])
	if err != nil || len(pub) != pointSize+sha256.Size {
		return nil, comity.Fieldf("pub", "a P1 key is not the 65 bytes of a point of P-256 and the 32 of the hash of a relying party")
	}
	return k, nil
}

func (p p1) check(pub []byte) error {
	_, err := p.point(pub)
	return err
}

func (p p1) verify(pub, msg, sig []byte) bool {
	k, err := p.point(pub)
	a, bad := DecodeAssertion(sig)
	challenge := sha256.Sum256(msg)
	return err == nil && bad == nil && a.Good(k, [sha256.Size]byte(pub[pointSize:]), challenge[:])
}
