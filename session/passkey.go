package session

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"comity"
	"comity/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// A Passkey is a person's key: it logs in, and signs statements. Always ES256, kept
// in an authenticator that finds it by itself and knows its user.
type Passkey struct {
	ID      []byte    `json:"id"`
	Person  string    `json:"person"`
	Name    string    `json:"name"` // what the person calls it
	RP      string    `json:"rp"`   // the relying party it is bound to
	Point   []byte    `json:"point"`
	Added   time.Time `json:"added"`
	Used    time.Time `json:"used"`
	Revoked time.Time `json:"revoked,omitzero"`

	counter int64
	body    []byte // a webauthn.Credential
}

const passkeyColumns = "id, person, name, rp, public, counter, body, added, used, revoked"

func (k *Passkey) fields() []any {
	return []any{&k.ID, &k.Person, &k.Name, &k.RP, &k.Point, &k.counter, &k.body, instant{&k.Added}, instant{&k.Used}, instant{&k.Revoked}}
}

// Public returns the key as the roster writes it in suite P1: the uncompressed point
// on P-256, 65 bytes, and the SHA-256 of the relying party's id.
func (k Passkey) Public() []byte {
	rp := sha256.Sum256([]byte(k.RP))
	return append(bytes.Clone(k.Point), rp[:]...)
}

// point reads a COSE key, which the library has checked, as an uncompressed point.
func point(cose []byte) ([]byte, error) {
	parsed, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return nil, err
	}
	k, ok := parsed.(webauthncose.EC2PublicKeyData)
	if !ok || k.Algorithm != int64(webauthncose.AlgES256) || len(k.XCoord) != 32 || len(k.YCoord) != 32 {
		return nil, errors.New("the key is not ES256")
	}
	return append(append([]byte{4}, k.XCoord...), k.YCoord...), nil
}

// mostKeys is how many passkeys a person may have at a time.
const mostKeys = 10

// A holder is a person as the library wants to see one.
type holder struct {
	Person
	keys  []Passkey
	creds []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.ID) }
func (h *holder) WebAuthnName() string                       { return h.Name }
func (h *holder) WebAuthnDisplayName() string                { return h.Name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.creds }

// hold returns a person with the keys that are good.
func (d *Door) hold(tx *store.Tx, person string) (*holder, error) {
	p, err := working(tx, person)
	if err != nil {
		return nil, err
	}
	h := &holder{Person: p}
	if h.keys, err = list(tx, (*Passkey).fields, "SELECT "+passkeyColumns+" FROM passkey WHERE person = $1 AND revoked = 0 AND rp = $2 ORDER BY added", p.ID, d.rp); err != nil {
		return nil, err
	}
	for _, k := range h.keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.body, &c); err != nil {
			return nil, err
		}
		c.Authenticator.SignCount = uint32(k.counter)
		h.creds = append(h.creds, c)
	}
	return h, nil
}

// A Begin is what a page needs to begin a ceremony: Options is the argument of
// navigator.credentials.create or get, once its base64url is decoded; Handle comes
// back with the answer. It is good for five minutes, once.
type Begin struct {
	Handle  string          `json:"handle"`
	Options json.RawMessage `json:"options"`
}

// A ceremony waits for its answer.
type ceremony struct {
	kind    string
	Data    webauthn.SessionData
	Person  string // whose key it must be; of a login empty
	Link    []byte // of an enrolment by link: its hash
	Session string // of an assertion within a session
	OIDC    *oidcState
}

func put(tx *store.Tx, now time.Time, c ceremony, options any) (Begin, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Begin{}, err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return Begin{}, err
	}
	handle, hash := secret()
	_, err = tx.Exec("INSERT INTO ceremony (hash, kind, body, expires) VALUES ($1, $2, $3, $4)", hash, c.kind, body, now.Add(CeremonyFor).UnixMilli())
	return Begin{Handle: handle, Options: text}, err
}

// take takes a ceremony out, so that it is finished once. A refusal of what follows
// must be kept, or it would be back.
func take(tx *store.Tx, now time.Time, kind, handle string) (ceremony, error) {
	type row struct {
		body    []byte
		expires int64
	}
	r, ok, err := first(tx, func(r *row) []any { return []any{&r.body, &r.expires} },
		"DELETE FROM ceremony WHERE hash = $1 AND kind = $2 RETURNING body, expires", digest(handle), kind)
	if err != nil {
		return ceremony{}, err
	}
	if !ok || now.UnixMilli() >= r.expires {
		return ceremony{}, kept{ErrCeremony}
	}
	c := ceremony{kind: kind}
	return c, json.Unmarshal(r.body, &c)
}

// register begins the making of a key.
func (d *Door) register(tx *store.Tx, now time.Time, kind, person string, link []byte) (Begin, error) {
	h, err := d.hold(tx, person)
	if err != nil {
		return Begin{}, err
	}
	if len(h.keys) >= mostKeys {
		return Begin{}, comity.Errorf(comity.TooMuch, "there are %d keys already: revoke one", mostKeys)
	}
	var have []protocol.CredentialDescriptor
	for _, c := range h.creds {
		have = append(have, c.Descriptor())
	}
	creation, data, err := d.web.BeginRegistration(h, webauthn.WithExclusions(have), webauthn.WithCredentialParameters([]protocol.CredentialParameter{
		{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256}, // the one algorithm of suite P1
	}))
	if err != nil {
		return Begin{}, err
	}
	return put(tx, now, ceremony{kind: kind, Data: *data, Person: person, Link: link}, creation)
}

// mostBody is the size of a browser's answer. A chain of attestation is some kilobytes.
const mostBody = 64 << 10

// enrolled takes what an authenticator made into the person's keys. refused is why it
// was not taken.
func (d *Door) enrolled(tx *store.Tx, now time.Time, c ceremony, body []byte, called string) (k Passkey, refused, err error) {
	if called == "" {
		called = "key"
	}
	if called, err = bounded("name", called, 60, "blue key"); err != nil {
		return k, err, nil
	}
	if len(body) > mostBody {
		return k, comity.Errorf(comity.TooMuch, "the answer of the browser has %d bytes, more than %d: try another key", len(body), mostBody), nil
	}
	h, err := d.hold(tx, c.Person)
	if err != nil {
		return k, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(body)
	var made *webauthn.Credential
	if err == nil {
		made, err = d.web.CreateCredential(h, c.Data, parsed)
	}
	if err == nil && len(d.models) > 0 && !d.models[string(made.Authenticator.AAGUID)] {
		return k, comity.Errorf(comity.Forbidden, "keys of model %x are not allowed here: use one of the party's", made.Authenticator.AAGUID), nil
	}
	var public []byte
	if err == nil {
		public, err = point(made.PublicKey)
	}
	if err != nil {
		return k, comity.Errorf(comity.Invalid, "the key could not be enrolled: %s", why(err)), nil
	}
	made.Attestation = webauthn.CredentialAttestation{} // checked, and not needed again
	text, err := json.Marshal(made)
	if err != nil {
		return k, nil, err
	}
	k = Passkey{ID: made.ID, Person: h.ID, Name: called, RP: d.rp, Point: public, Added: now.UTC(), Used: now.UTC()}
	n, err := tx.Exec("INSERT INTO passkey ("+passkeyColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0) ON CONFLICT (id) DO NOTHING",
		k.ID, k.Person, k.Name, k.RP, k.Point, int64(made.Authenticator.SignCount), text, now.UnixMilli())
	if err == nil && n == 0 {
		return k, comity.Errorf(comity.Conflict, "this key is enrolled already: use another"), nil
	}
	if err != nil {
		return k, nil, err
	}
	return k, nil, tx.Journal(comity.At(now), "enrol", h.ID, "enrolled the passkey "+short(k.ID))
}

// why says what the library found wrong, in one line and without what it was given.
func why(err error) string {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return comity.Clip(e.Details)
	}
	return "it is not as WebAuthn asks"
}

func short(id []byte) string { return hex.EncodeToString(id[:min(len(id), 6)]) }

// assertion begins the use of a person's key, over a challenge or a random one.
func (d *Door) assertion(tx *store.Tx, now time.Time, kind string, s Session, challenge []byte) (Begin, error) {
	h, err := d.hold(tx, s.Person.ID)
	if err != nil {
		return Begin{}, err
	}
	if len(h.keys) == 0 {
		return Begin{}, comity.Errorf(comity.Forbidden, "you have no passkey here: log in anew by the way you came, or ask an administrator for a link")
	}
	var opts []webauthn.LoginOption
	if challenge != nil {
		opts = append(opts, webauthn.WithChallenge(challenge))
	}
	options, data, err := d.web.BeginLogin(h, opts...)
	if err != nil {
		return Begin{}, err
	}
	return put(tx, now, ceremony{kind: kind, Data: *data, Person: h.ID, Session: s.ID}, options)
}

// An Assertion is a use of a passkey: what it signed is Data, and then the SHA-256 of
// Client, which holds the challenge.
type Assertion struct {
	Passkey   Passkey
	Data      []byte // the authenticator's
	Client    []byte // collected client data, JSON
	Signature []byte // ASN.1
}

// asserted checks an assertion and moves the key's counter. Of any failure the
// stranger is told the same; the journal knows more.
func (d *Door) asserted(tx *store.Tx, now time.Time, c ceremony, body []byte, v Visit) (a Assertion, h *holder, err error) {
	if len(body) > mostBody {
		return a, nil, refuse(tx, now, v, c.tally(v, nil), c.Person, "an answer of too many bytes", ErrLogin)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return a, nil, refuse(tx, now, v, c.tally(v, nil), c.Person, "an answer that is no assertion", ErrLogin)
	}
	who := parsed.Response.UserHandle
	if c.Person != "" {
		who = []byte(c.Person)
	}
	tally := c.tally(v, who)
	if err := allowed(tx, now, tally); err != nil {
		return a, nil, err
	}
	h, err = d.hold(tx, string(who))
	if errors.Is(err, comity.NotFound) || errors.Is(err, comity.Conflict) {
		return a, nil, refuse(tx, now, v, tally, c.Person, "a key of nobody who works here", ErrLogin)
	}
	if err != nil {
		return a, nil, err
	}
	var used *webauthn.Credential
	if c.Person != "" {
		used, err = d.web.ValidateLogin(h, c.Data, parsed)
	} else {
		used, err = d.web.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, c.Data, parsed)
	}
	if err != nil {
		return a, nil, refuse(tx, now, v, tally, h.ID, "an assertion that is not good: "+why(err), ErrLogin)
	}
	if used.Authenticator.CloneWarning {
		return a, nil, refuse(tx, now, v, tally, h.ID, "the counter of passkey "+short(used.ID)+" went back: it may have been copied", ErrLogin)
	}
	text, err := json.Marshal(used)
	if err != nil {
		return a, nil, err
	}
	// Two assertions at once read the same counter; the later must still be above it.
	n, err := tx.Exec(`UPDATE passkey SET counter = $2, body = $3, used = $4
		WHERE id = $1 AND revoked = 0 AND (counter < $2 OR counter = 0 AND $2 = 0)`,
		used.ID, int64(used.Authenticator.SignCount), text, now.UnixMilli())
	if err != nil {
		return a, nil, err
	}
	if n == 0 {
		return a, nil, refuse(tx, now, v, tally, h.ID, "the counter of passkey "+short(used.ID)+" went back: it may have been copied", ErrLogin)
	}
	for _, k := range h.keys {
		if bytes.Equal(k.ID, used.ID) {
			a.Passkey = k
		}
	}
	raw := parsed.Raw.AssertionResponse
	a.Data, a.Client, a.Signature = raw.AuthenticatorData, raw.ClientDataJSON, raw.Signature
	return a, h, nil
}

// BeginAdd begins the enrolment of a further passkey by who is logged in. Who has a
// key needs a key: else whoever attaches an account to a person could make one in
// their name, without the two administrators of a recovery.
func (d *Door) BeginAdd(ctx context.Context, now time.Time, s Session) (b Begin, err error) {
	err = d.within(ctx, now, s, true, func(tx *store.Tx, s Session) error {
		had, err := known(tx, s.Person.ID)
		if err == nil && had && s.How != ByPasskey {
			err = comity.Errorf(comity.Forbidden, "to add a key, log in with the one you have")
		}
		if err != nil {
			return err
		}
		b, err = d.register(tx, now, "add", s.Person.ID, nil)
		return err
	})
	return b, err
}

// FinishAdd enrols what BeginAdd's page came back with. name is what the person calls
// the key.
func (d *Door) FinishAdd(ctx context.Context, now time.Time, s Session, handle string, body []byte, name string) (k Passkey, err error) {
	err = d.within(ctx, now, s, false, func(tx *store.Tx, s Session) error {
		c, err := take(tx, now, "add", handle)
		if err != nil {
			return err
		}
		if c.Person != s.Person.ID {
			return kept{ErrCeremony}
		}
		made, refused, err := d.enrolled(tx, now, c, body, name)
		if refused != nil {
			return kept{refused}
		}
		k = made
		return err
	})
	return k, err
}

// Passkeys returns a person's passkeys, also those revoked: of one's own, or for an
// administrator.
func (d *Door) Passkeys(ctx context.Context, by Actor, person string) (all []Passkey, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if err := self(tx, by, person, false); err != nil {
			return err
		}
		all, err = list(tx, (*Passkey).fields, "SELECT "+passkeyColumns+" FROM passkey WHERE person = $1 ORDER BY added, id", person)
		return err
	})
	return all, err
}

// RevokePasskey ends a passkey, and the person's sessions but the one that asks: by
// the person or an administrator.
func (d *Door) RevokePasskey(ctx context.Context, now time.Time, by Actor, id []byte) error {
	return d.update(ctx, func(tx *store.Tx) error {
		k, ok, err := first(tx, (*Passkey).fields, "SELECT "+passkeyColumns+" FROM passkey WHERE id = $1", id)
		if err != nil {
			return err
		}
		if !ok || k.Person != by.person { // of a key that is not there, as of another's
			if err := may(tx, by, Administrator, true); err != nil {
				return err
			}
		}
		if !ok {
			return store.Absent("passkey %s", short(id))
		}
		if err := self(tx, by, k.Person, true); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE passkey SET revoked = $2 WHERE id = $1 AND revoked = 0", id, now.UnixMilli()); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE session SET ended = $2 WHERE person = $1 AND ended = 0 AND id <> $3", k.Person, now.UnixMilli(), by.session); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "enrol", by.person, "revoked the passkey "+short(id)+" of "+k.Person)
	})
}

// self fails unless the actor is the person, unlocked, or an administrator.
func self(tx *store.Tx, a Actor, person string, change bool) error {
	switch {
	case a.person == "" || a.person != person:
		return may(tx, a, Administrator, change)
	case a.locked:
		return ErrLocked
	case change && !a.fresh:
		return ErrStale
	}
	return nil
}
