// Package session knows who is at the desk: persons, the keys by which they are
// known, and their sessions, on the party's store. None of it crosses a border.
//
//	person   a human being, whose name stays here; sits at seats of the roster
//	passkey  a key of a person's, which logs in and signs statements (suite P1)
//	link     lets one person enrol one passkey, once
//	session  one browser of one person at one seat: live, then locked, then ended
//
// A person comes in by a link that an administrator makes, and by no other way. Who
// lost the key needs two administrators. Others may be known by an account at the
// party's own issuer of OpenID Connect, or by the certificate of a card.
//
// An idle session is locked, not ended: it keeps its seat, its place and its watch
// alarm, and an assertion by the same person opens it again.
//
// The journal names a person by the random identifier only. Who sat at a seat is for
// an inspector to ask, with a reason: see [Door.Resolve].
//
// Every verb is one transaction and takes the time. A refusal is recorded too: what
// the verb then wrote stays although it fails.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"comity"
	"comity/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
)

// How long things last.
const (
	Idle        = 15 * time.Minute // without a request, a session is locked
	Whole       = 12 * time.Hour   // after which it has ended, whatever happened
	FreshFor    = 5 * time.Minute  // after an assertion
	CeremonyFor = 5 * time.Minute
	LinkFor     = 24 * time.Hour
	touchEvery  = time.Minute // how often a request is written down
)

// What a caller tells apart. errors.Is(err, session.ErrStale) asks for one.
var (
	// ErrLogin is every refusal of a login. It does not tell whether there is such a
	// person, key or account.
	ErrLogin = comity.Errorf(comity.Untrusted, "the login was refused: try again with the key that was enrolled here, or ask an administrator")
	// ErrNone says that there is no such session, or that it has ended.
	ErrNone = comity.Errorf(comity.Untrusted, "there is no session: log in")
	// ErrLocked says that the session is locked: an assertion by the same person opens it.
	ErrLocked = comity.Errorf(comity.Untrusted, "the session is locked: use your key to go on where you were")
	// ErrStale says that this needs an assertion of the last five minutes.
	ErrStale = comity.Errorf(comity.Forbidden, "this needs your key once more: use it, and do it again")
	// ErrCeremony says that what was begun is over: it took longer than five minutes, or was finished before.
	ErrCeremony = comity.Errorf(comity.Conflict, "this was begun too long ago, or is already done: begin again")
	// ErrLink says that a link is unknown, used or too old.
	ErrLink = comity.Errorf(comity.NotFound, "this link is used, too old or not ours: ask an administrator for another")
	// ErrRate says that there were too many attempts.
	ErrRate = comity.Errorf(comity.TooMuch, "too many attempts: wait a quarter of an hour, then try again")
	// ErrToken is every refusal of an API token.
	ErrToken = comity.Errorf(comity.Untrusted, "the API token is unknown, expired, revoked or not for this verb: ask who made it for another")
)

// A Config is what an operator says of the desk's door.
type Config struct {
	// Origin is where browsers find the desk, such as "https://desk.us.example". Its
	// host is the id of the relying party, which every passkey is bound to: choose it
	// once. Without TLS only "http://localhost:8080" is possible, for demonstrations.
	Origin string `json:"origin"`

	// Name is what a key shows when it is enrolled, such as "Comity, US 24/7".
	Name string `json:"name"`

	// AAGUIDs are the models of authenticator that may be enrolled; empty allows any.
	// A model is what the key says of itself, without its maker's word.
	AAGUIDs []string `json:"aaguids,omitempty"`

	// DeviceBound refuses passkeys that are copied between devices.
	DeviceBound bool `json:"device_bound,omitempty"`

	// Issuers are those of OpenID Connect whose word is taken.
	Issuers []Issuer `json:"issuers,omitempty"`

	// Client reaches the issuers; nil is one with a limit of ten seconds.
	Client *http.Client `json:"-"`
}

// A Door is the way to a party's desk. Its methods may be called by many goroutines.
type Door struct {
	db      *store.DB
	rp      string
	plain   bool // without TLS
	models  map[string]bool
	web     *webauthn.WebAuthn
	issuers []*issuer
	client  *http.Client
}

// New returns the door of a configuration.
func New(db *store.DB, c Config) (*Door, error) {
	u, err := url.Parse(c.Origin)
	if err != nil || u.Host == "" || c.Origin != u.Scheme+"://"+u.Host || net.ParseIP(u.Hostname()) != nil {
		return nil, comity.Fieldf("origin", "%q is not a scheme and a host name, such as %q", comity.Clip(c.Origin), "https://desk.us.example")
	}
	d := &Door{db: db, rp: u.Hostname(), plain: u.Scheme == "http", models: map[string]bool{}}
	if u.Scheme != "https" && !(d.plain && d.rp == "localhost") {
		return nil, comity.Fieldf("origin", "%q has no TLS, which only localhost may do without: say %q", comity.Clip(c.Origin), "https://"+u.Host)
	}
	if c.Name == "" || len(c.Name) > 64 {
		return nil, comity.Fieldf("name", "say in 1 to 64 bytes whose desk this is, such as %q", "Comity, US 24/7")
	}
	conveyance := protocol.PreferNoAttestation
	for i, a := range c.AAGUIDs {
		id, err := uuid.Parse(a)
		if err != nil || id == uuid.Nil {
			return nil, comity.Fieldf(fmt.Sprintf("aaguids[%d]", i), "%q is not a model of authenticator, such as %q", comity.Clip(a), "2fc0579f-8113-47ea-b116-bb5a8db9202a")
		}
		d.models[string(id[:])] = true
		conveyance = protocol.PreferDirectAttestation
	}
	d.web, err = webauthn.New(&webauthn.Config{
		RPID:                  d.rp,
		RPDisplayName:         c.Name,
		RPOrigins:             []string{c.Origin},
		AttestationPreference: conveyance,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification:   protocol.VerificationRequired,
		},
		Filtering: &webauthn.FilteringConfig{ProhibitBackupEligibility: c.DeviceBound},
		Timeouts: webauthn.TimeoutsConfig{ // what the browser is told; what holds is our own expiry
			Login:        webauthn.TimeoutConfig{Timeout: CeremonyFor},
			Registration: webauthn.TimeoutConfig{Timeout: CeremonyFor},
		},
	})
	if err != nil {
		return nil, comity.Fieldf("origin", "%v", err)
	}
	return d, d.trust(c)
}

// A Visit is where a request came from.
type Visit struct {
	Address netip.Addr
	Agent   string // what the browser calls itself
}

// An Actor is who asks for something to be done: a session's person, or the console.
type Actor struct {
	person  string
	session string
	fresh   bool
	locked  bool
	armed   bool
}

// console stands where a person's identifier would; none looks like it.
const console = "operator"

// Console is whoever has a shell on the node: they could write its database. It acts
// as one administrator, and so can be one of the two whom a recovery needs.
func Console() Actor { return Actor{person: console, fresh: true} }

// may fails unless the actor has a role now, and, to change something, a fresh key.
func may(tx *store.Tx, a Actor, role Role, change bool) error {
	if a.person == console && role == Administrator {
		return nil
	}
	p, err := readPerson(tx, a.person)
	switch {
	case err != nil:
		return err
	case a.locked:
		return ErrLocked
	case !p.Ended.IsZero() || !p.Has(role):
		return comity.Errorf(comity.Forbidden, "this is for the desk role %q, which you do not have: ask an administrator", role)
	case change && !a.fresh:
		return ErrStale
	}
	return nil
}

// kept is a refusal that leaves on the record what was written on the way to it.
type kept struct{ error }

func (d *Door) update(ctx context.Context, f func(*store.Tx) error) error {
	var refused error
	err := d.db.Update(ctx, func(tx *store.Tx) error {
		refused = nil
		err := f(tx)
		if k, ok := err.(kept); ok {
			refused = k.error
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// secret returns 256 random bits for a person's browser, and what we keep of them.
func secret() (text string, kept []byte) {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	text = base64.RawURLEncoding.EncodeToString(b)
	return text, digest(text)
}

func digest(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}

// name returns a random identifier that opens nothing.
func name(prefix string) string { return prefix + strings.ToLower(rand.Text()[:12]) }

// bounded returns what a person wrote, without space around it.
func bounded(field, s string, most int, like string) (string, error) {
	s = strings.TrimSpace(s)
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	}
	if s == "" || utf8.RuneCountInString(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, odd) {
		return "", comity.Fieldf(field, "give 1 to %d characters on one line, such as %q", most, like)
	}
	return s, nil
}

// Rows, and what a Go value is in a column.

func list[T any](tx *store.Tx, fields func(*T) []any, query string, args ...any) (out []T, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func first[T any](tx *store.Tx, fields func(*T) []any, query string, args ...any) (v T, ok bool, err error) {
	all, err := list(tx, fields, query, args...)
	if len(all) == 0 || err != nil {
		return v, false, err
	}
	return all[0], true, nil
}

func number(n *int64) []any { return []any{n} }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

type instant struct{ to *time.Time }

func (i instant) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is not a time", v)
	}
	*i.to = time.Time{}
	if ms != 0 {
		*i.to = time.UnixMilli(ms).UTC()
	}
	return nil
}

type words[T ~string] struct {
	to  *[]T
	sep string
}

func (w words[T]) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("%T is not a text", v)
	}
	*w.to = nil
	for _, word := range strings.Split(s, w.sep) {
		if word != "" {
			*w.to = append(*w.to, T(word))
		}
	}
	return nil
}

func joined[T ~string](list []T, sep string) string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = string(v)
	}
	return strings.Join(s, sep)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
