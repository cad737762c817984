package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"comity"
	"comity/store"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// An Issuer is an OpenID Connect provider of the party's own. It says who somebody
// is; whether they may come in, an administrator has said before: see [Door.Attach].
type Issuer struct {
	Name   string `json:"name"`             // for people, such as "Ministry account"
	URL    string `json:"url"`              // as in its discovery document
	Client string `json:"client"`           // our client_id there
	Secret string `json:"secret,omitempty"` // of a confidential client
	Claim  string `json:"claim,omitempty"`  // that identifies a person; empty is sub
}

// Callback is the path to which issuers send browsers back, on Config.Origin.
const Callback = "/login/oidc"

// OIDCName returns the name of an identity at an issuer.
func OIDCName(issuer, subject string) string { return issuer + " " + subject }

// CertificateName returns the name of an identity by certificate: the SHA-256 of its
// public key, which a renewed certificate may keep.
func CertificateName(c *x509.Certificate) string {
	h := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(h[:])
}

type issuer struct {
	Issuer
	redirect string

	mu       sync.Mutex
	provider *oidc.Provider // once discovered
}

// mostAnswer is the size of what an issuer may answer.
const mostAnswer = 1 << 20

type bounding struct{ next http.RoundTripper }

func (b bounding) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, mostAnswer)
	}
	return resp, err
}

// trust checks the issuers, which may be away now: they are asked when first needed.
func (d *Door) trust(c Config) error {
	client := http.Client{Timeout: 10 * time.Second}
	if c.Client != nil {
		client = *c.Client
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = bounding{client.Transport}
	d.client = &client
	for i, is := range c.Issuers {
		u, err := url.Parse(is.URL)
		switch field := fmt.Sprintf("issuers[%d].", i); {
		case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && u.Hostname() == "localhost"):
			return comity.Fieldf(field+"url", "%q is not an https:// address, such as %q", comity.Clip(is.URL), "https://id.us.example")
		case is.Client == "":
			return comity.Fieldf(field+"client", "say under which client_id the issuer knows this desk, such as %q", "comity")
		case is.Name == "" || slices.ContainsFunc(c.Issuers[:i], func(j Issuer) bool { return j.Name == is.Name || j.URL == is.URL }):
			return comity.Fieldf(field+"name", "give each issuer a name and an address of its own, such as %q", "Ministry account")
		}
		if is.Claim == "" {
			is.Claim = "sub"
		}
		d.issuers = append(d.issuers, &issuer{Issuer: is, redirect: c.Origin + Callback})
	}
	return nil
}

// Issuers returns the names of the issuers, for the page that offers them.
func (d *Door) Issuers() []string {
	var names []string
	for _, is := range d.issuers {
		names = append(names, is.Name)
	}
	return names
}

func (d *Door) issuer(name string) (*issuer, error) {
	i := slices.IndexFunc(d.issuers, func(is *issuer) bool { return is.Name == name })
	if i < 0 {
		return nil, store.Absent("issuer %q", comity.Clip(name))
	}
	return d.issuers[i], nil
}

// discover asks the issuer for its addresses and keys, until it has answered.
func (is *issuer) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	is.mu.Lock()
	defer is.mu.Unlock()
	if is.provider == nil {
		p, err := oidc.NewProvider(ctx, is.URL)
		if err != nil {
			return nil, nil, &comity.Error{Kind: comity.Unavailable, Text: is.Name + " does not answer as an issuer: log in with a key, or try later", Cause: err}
		}
		is.provider = p
	}
	return is.provider, &oauth2.Config{ClientID: is.Client, ClientSecret: is.Secret, Endpoint: is.provider.Endpoint(), RedirectURL: is.redirect, Scopes: []string{oidc.ScopeOpenID, "profile"}}, nil
}

// oidcState waits for a browser to come back.
type oidcState struct {
	Issuer, State, Nonce, Verifier string
}

// BeginOIDC returns the address at the issuer to send the browser to, and the cookie
// that must come back with it. With a session it is asserted anew: the issuer must ask
// the person again.
func (d *Door) BeginOIDC(ctx context.Context, now time.Time, issuer string, s *Session, v Visit) (to string, cookie *http.Cookie, err error) {
	is, err := d.issuer(issuer)
	if err != nil {
		return "", nil, err
	}
	c := ceremony{kind: "oidc", OIDC: &oidcState{Issuer: issuer, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}}
	options := []oauth2.AuthCodeOption{oidc.Nonce(c.OIDC.Nonce), oauth2.S256ChallengeOption(c.OIDC.Verifier)}
	if s != nil {
		c.Session, c.Person = s.ID, s.Person.ID
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	var b Begin
	err = d.update(ctx, func(tx *store.Tx) error {
		if s == nil {
			if err := begin(tx, now, v); err != nil {
				return err
			}
		}
		b, err = put(tx, now, c, nil)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	_, config, err := is.discover(oidc.ClientContext(ctx, d.client))
	if err != nil {
		return "", nil, err
	}
	return config.AuthCodeURL(c.OIDC.State, options...), d.OIDCCookie(b.Handle), nil
}

// OIDCCookie is for the five minutes that the browser is at the issuer. It is Lax,
// because it is the issuer who sends the browser back; of an empty handle it is the
// one that forgets.
func (d *Door) OIDCCookie(handle string) *http.Cookie {
	return d.cookie("comity-oidc", handle, CeremonyFor, http.SameSiteLaxMode)
}

// FinishOIDC takes the browser back at Callback: handle is the cookie's value, answer
// the query. It opens a session, or, if one was asserted anew, returns that without a
// token. The browser must then be shown a page of ours before it sends a Strict
// cookie: a redirect would still be the issuer's.
func (d *Door) FinishOIDC(ctx context.Context, now time.Time, handle string, answer url.Values, v Visit) (token string, s Session, err error) {
	var c ceremony
	err = d.update(ctx, func(tx *store.Tx) error {
		c, err = take(tx, now, "oidc", handle)
		if err != nil {
			return err
		}
		return allowed(tx, now, c.tally(v, nil))
	})
	if err != nil {
		return "", s, err
	}
	name, at, err := d.exchange(ctx, now, c.OIDC, answer)
	if errors.Is(err, comity.Unavailable) {
		return "", s, err
	}
	refused := ""
	if err != nil {
		refused = "an answer of " + c.OIDC.Issuer + " that is not good: " + comity.Clip(err.Error())
	}
	err = d.update(ctx, func(tx *store.Tx) error {
		if refused != "" {
			return refuse(tx, now, v, c.tally(v, nil), c.Person, refused, ErrLogin)
		}
		p, err := d.attached(tx, now, OIDC, name, v, c.tally(v, []byte(name)))
		if err != nil {
			return err
		}
		if c.Session == "" {
			token, s, err = open(tx, now, p, ByOIDC, "", v)
			return err
		}
		if p.ID != c.Person || at.IsZero() || now.Sub(at) >= FreshFor || at.Sub(now) > time.Minute {
			return refuse(tx, now, v, c.tally(v, nil), c.Person, "another person at "+c.OIDC.Issuer+", or one who was not asked again", ErrLogin)
		}
		s, err = unlock(tx, now, c.Session)
		return err
	})
	return token, s, err
}

// exchange trades the code for the issuer's word on who it is, and when they were
// last asked.
func (d *Door) exchange(ctx context.Context, now time.Time, o *oidcState, answer url.Values) (name string, at time.Time, err error) {
	is, err := d.issuer(o.Issuer)
	if err != nil {
		return "", at, err
	}
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(o.State)) != 1 {
		return "", at, errors.New("the state is another")
	}
	if from := answer.Get("iss"); from != "" && from != is.URL { // RFC 9207
		return "", at, errors.New("another issuer answered")
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return "", at, fmt.Errorf("it refused: %s", answer.Get("error"))
	}
	ctx = oidc.ClientContext(ctx, d.client)
	provider, config, err := is.discover(ctx)
	if err != nil {
		return "", at, err
	}
	got, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(o.Verifier))
	if err != nil {
		return "", at, err
	}
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return "", at, errors.New("there is no id_token")
	}
	word, err := provider.Verifier(&oidc.Config{ClientID: is.Client, Now: func() time.Time { return now }}).Verify(ctx, raw)
	if err != nil {
		return "", at, err
	}
	if subtle.ConstantTimeCompare([]byte(word.Nonce), []byte(o.Nonce)) != 1 {
		return "", at, errors.New("the nonce is another")
	}
	claims := map[string]any{}
	if err := word.Claims(&claims); err != nil {
		return "", at, err
	}
	subject, ok := claims[is.Claim].(string)
	if !ok || subject == "" {
		return "", at, fmt.Errorf("there is no claim %q", is.Claim)
	}
	if seconds, ok := claims["auth_time"].(float64); ok {
		at = time.Unix(int64(seconds), 0)
	}
	return OIDCName(is.URL, subject), at, nil
}

// attached returns the person whom an identity is attached to.
func (d *Door) attached(tx *store.Tx, now time.Time, kind, name string, v Visit, t tally) (Person, error) {
	if err := allowed(tx, now, t); err != nil {
		return Person{}, err
	}
	id, ok, err := identified(tx, kind, name)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, refuse(tx, now, v, t, "", "the "+kind+" "+name+", which is attached to nobody", ErrLogin)
	}
	return working(tx, id)
}

// CertificateLogin opens a session for the certificate of a card, which the TLS
// listener has verified against the party's own authorities (tls.VerifyClientCertIfGiven,
// or stricter). It is no assertion: the session is not fresh, and once locked ends by
// another login.
func (d *Door) CertificateLogin(ctx context.Context, now time.Time, state *tls.ConnectionState, v Visit) (token string, s Session, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		if err := begin(tx, now, v); err != nil {
			return err
		}
		if state == nil || !state.HandshakeComplete || len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) == 0 {
			return refuse(tx, now, v, stranger(v, nil), "", "no certificate that the listener verified", ErrLogin)
		}
		leaf := state.VerifiedChains[0][0]
		if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) { // a resumed connection may outlive it
			return refuse(tx, now, v, stranger(v, nil), "", "a certificate out of its time", ErrLogin)
		}
		if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
			return refuse(tx, now, v, stranger(v, nil), "", "a certificate that is not for logging in", ErrLogin)
		}
		p, err := d.attached(tx, now, Certificate, CertificateName(leaf), v, stranger(v, []byte(CertificateName(leaf))))
		if err != nil {
			return err
		}
		token, s, err = open(tx, now, p, ByCertificate, "", v)
		return err
	})
	return token, s, err
}
