// Package webauthn checks what a passkey signs: an assertion of the Web Authentication
// specification, Level 3. It reads bytes of strangers, and so in one way only: two
// programs that check an assertion find the same.
package webauthn

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep client data may be nested.
const maxDepth = 16

// The flags of authenticator data (6.1).
const (
	userPresent  = 0x01
	userVerified = 0x04
	hasKey       = 0x40
	hasExtension = 0x80
)

// An Assertion is what a passkey signs with, as a browser hands it out.
type Assertion struct {
	AuthenticatorData []byte
	ClientDataJSON    []byte
	Signature         []byte // ASN.1 DER
}

// members are those of an assertion in JSON, in base64url.
type members struct {
	AuthenticatorData string `json:"authenticatorData"`
	ClientDataJSON    string `json:"clientDataJSON"`
	Signature         string `json:"signature"`
}

// MarshalJSON writes a as PublicKeyCredential.toJSON does.
func (a Assertion) MarshalJSON() ([]byte, error) {
	text := base64.RawURLEncoding.EncodeToString
	return json.Marshal(struct {
		Type     string  `json:"type"`
		Response members `json:"response"`
	}{"public-key", members{text(a.AuthenticatorData), text(a.ClientDataJSON), text(a.Signature)}})
}

// UnmarshalJSON reads what PublicKeyCredential.toJSON writes, or the response in it
// alone.
func (a *Assertion) UnmarshalJSON(b []byte) error {
	var m struct {
		members
		Response members `json:"response"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	if m.members == (members{}) {
		m.members = m.Response
	}
	for _, x := range []struct {
		name, text string
		into       *[]byte
	}{{"authenticatorData", m.AuthenticatorData, &a.AuthenticatorData}, {"clientDataJSON", m.ClientDataJSON, &a.ClientDataJSON},
		{"signature", m.Signature, &a.Signature}} {
		v, err := base64.RawURLEncoding.DecodeString(x.text)
		if err != nil {
			return fmt.Errorf("%s is not base64url without padding", x.name)
		}
		*x.into = v
	}
	return a.Check()
}

// Check checks that each part of a is there, and not larger than any browser makes it.
func (a Assertion) Check() error {
	for _, x := range []struct {
		name string
		part []byte
		most int
	}{{"authenticatorData", a.AuthenticatorData, 1 << 10}, {"clientDataJSON", a.ClientDataJSON, 4 << 10}, {"signature", a.Signature, 80}} {
		if len(x.part) == 0 || len(x.part) > x.most {
			return fmt.Errorf("%s has %d bytes, and not 1 to %d", x.name, len(x.part), x.most)
		}
	}
	return nil
}

// Good reports whether a is pub's assertion of a challenge, by a verified user on a
// page of the relying party whose hash rp is.
func (a Assertion) Good(pub *ecdsa.PublicKey, rp [32]byte, challenge []byte) bool {
	if !saysUser(a.AuthenticatorData, rp[:]) || !saysPage(a.ClientDataJSON, rp[:], challenge) {
		return false
	}
	client := sha256.Sum256(a.ClientDataJSON)
	sum := sha256.Sum256(append(bytes.Clone(a.AuthenticatorData), client[:]...))
	return ecdsa.VerifyASN1(pub, sum[:], a.Signature)
}

// saysUser reports whether authenticator data is of the relying party, and says that
// its user was there and was verified: by a finger, a face or a PIN. What extensions
// say is not read, and the counter neither: passkeys that are kept in several places
// have none.
func saysUser(b, rp []byte) bool {
	if len(b) < 37 || !bytes.Equal(b[:32], rp) {
		return false
	}
	flags := b[32]
	return flags&userPresent != 0 && flags&userVerified != 0 && flags&hasKey == 0 && (flags&hasExtension != 0) == (len(b) > 37)
}

// saysPage reports whether client data is a browser's of an assertion with that
// challenge, on a page of the relying party.
func saysPage(b, rp, challenge []byte) bool {
	m, ok := clientData(b)
	if !ok || m["type"] != "webauthn.get" || m["challenge"] != base64.RawURLEncoding.EncodeToString(challenge) {
		return false
	}
	if cross, ok := m["crossOrigin"]; ok && cross != false {
		return false
	}
	origin, _ := m["origin"].(string)
	return ofParty(origin, rp)
}

// originForm is a page's scheme, host and port, as browsers write them. They let
// pages of the machine itself use passkeys without TLS.
var originForm = regexp.MustCompile(`^(?:https://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)|http://(localhost))(?::[1-9][0-9]{0,4})?$`)

// ofParty reports whether an origin's host is the relying party whose hash rp is, or
// lies below it.
func ofParty(origin string, rp []byte) bool {
	m := originForm.FindStringSubmatch(origin)
	if m == nil {
		return false
	}
	for host, more := m[1]+m[2], true; more; _, host, more = strings.Cut(host, ".") {
		if sum := sha256.Sum256([]byte(host)); bytes.Equal(sum[:], rp) {
			return true
		}
	}
	return false
}

// halfPair is an escape that may stand for half a character, which each parser reads
// in its own way.
var halfPair = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// clientData returns the members of client data. Another program must find the same
// ones: no name is there twice, at any depth, and no text is of more than one reading.
func clientData(b []byte) (map[string]any, bool) {
	if !utf8.Valid(b) || halfPair.Match(b) || !json.Valid(b) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, ok := value(d, 0)
	m, object := v.(map[string]any)
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return m, ok && object
}

// value reads one value of JSON that is known to be valid.
func value(d *json.Decoder, depth int) (any, bool) {
	t, err := d.Token()
	open, nested := t.(json.Delim)
	if err != nil || !nested {
		return t, err == nil
	}
	if depth++; depth > maxDepth {
		return nil, false
	}
	m := map[string]any{} // of an array's elements, nothing is asked
	for d.More() {
		name := ""
		if open == '{' {
			t, err := d.Token()
			if err != nil {
				return nil, false
			}
			name = t.(string)
			if _, twice := m[name]; twice {
				return nil, false
			}
		}
		v, ok := value(d, depth)
		if !ok {
			return nil, false
		}
		if open == '{' {
			m[name] = v
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	if open == '[' {
		return []any{}, true
	}
	return m, true
}
