package session_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"comity"
	"comity/session"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

var registered sync.Once

// provider starts Zitadel's OpenID provider, with its users test-user@localhost and
// test-user2, and returns its address.
func provider(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	address := "http://localhost:" + port
	registered.Do(func() {
		storage.RegisterClients(storage.WebClient("comity", "secret", origin+session.Callback))
	})
	handler := exampleop.SetupServer(address, storage.NewStorage(storage.NewUserStore(address)), slog.New(slog.DiscardHandler), false)
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: handler}}
	s.Start()
	t.Cleanup(s.Close)
	return address
}

// visit is a person at the provider's own pages: it follows an address there, fills in
// the form and returns what the provider sends the browser back with.
func visit(t *testing.T, address, user string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back *url.URL
	c := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), origin) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	r, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	if back == nil {
		r, err = c.PostForm(r.Request.URL.Scheme+"://"+r.Request.URL.Host+"/login/username", url.Values{
			"id": {r.Request.URL.Query().Get("authRequestID")}, "username": {user}, "password": {"verysecure"}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
	}
	if back == nil {
		page, _ := io.ReadAll(r.Body)
		t.Fatalf("the provider did not send the browser back: %s %s", r.Status, page)
	}
	return back.Query()
}

func TestOIDC(t *testing.T) {
	address := provider(t)
	config := session.Config{Issuers: []session.Issuer{
		{Name: "Ministry account", URL: address, Client: "comity", Secret: "secret"},
		{Name: "by name", URL: address + "/", Client: "comity", Secret: "secret"},
		{Name: "away", URL: "http://localhost:1", Client: "comity"},
	}}
	eachOf(t, config, func(t *testing.T, d *door) {
		ctx := t.Context()
		d.now = time.Now() // the provider has a clock of its own
		p, err := d.NewPerson(ctx, d.now, session.Console(), "Li Wei", session.Officer)
		d.must(err)
		d.must(d.Assign(ctx, d.now, session.Console(), p.ID, one))
		d.must(d.Attach(ctx, d.now, session.Console(), p.ID, session.OIDC, session.OIDCName(address, "id1")))
		is(t, "attaching it twice", d.Attach(ctx, d.now, session.Console(), p.ID, session.OIDC, session.OIDCName(address, "id1")), comity.Conflict)

		// come logs in as a user of the provider, after what a stranger did to the answer.
		come := func(s *session.Session, user string, change func(handle *string, answer url.Values)) (string, session.Session, error) {
			t.Helper()
			to, cookie, err := d.BeginOIDC(ctx, d.now, "Ministry account", s, here)
			if err != nil {
				return "", session.Session{}, err
			}
			if cookie.Name != "__Host-comity-oidc" || cookie.SameSite != http.SameSiteLaxMode || !cookie.HttpOnly || !cookie.Secure {
				t.Errorf("the cookie is %v", cookie)
			}
			handle, answer := cookie.Value, visit(t, to, user)
			change(&handle, answer)
			return d.FinishOIDC(ctx, d.now, handle, answer, here)
		}
		as := func(*string, url.Values) {}

		token, s, err := come(nil, "test-user@localhost", as)
		d.must(err)
		if s.Person.ID != p.ID || s.Seat != one || s.How != session.ByOIDC || s.Fresh(d.now) {
			t.Errorf("the session is %+v", s)
		}
		if found, err := d.Find(ctx, d.now, token, "/"); err != nil || found.ID != s.ID {
			t.Errorf("found %+v, %v", found, err)
		}

		var used string
		var code url.Values
		for _, c := range []struct {
			name   string
			user   string
			change func(*string, url.Values)
			want   error
		}{
			{"an account that is attached to nobody", "test-user2", as, session.ErrLogin},
			{"another state", "test-user@localhost", func(_ *string, a url.Values) { a.Set("state", "x") }, session.ErrLogin},
			{"another code", "test-user@localhost", func(_ *string, a url.Values) { a.Set("code", "x") }, session.ErrLogin},
			{"a refusal", "test-user@localhost", func(_ *string, a url.Values) { a.Del("code"); a.Set("error", "access_denied") }, session.ErrLogin},
			{"another issuer's answer", "test-user@localhost", func(_ *string, a url.Values) { a.Set("iss", "https://id.cn.example") }, session.ErrLogin},
			{"no cookie", "test-user@localhost", func(h *string, _ url.Values) { *h = "" }, session.ErrCeremony},
			{"too late", "test-user@localhost", func(*string, url.Values) { d.wait(session.CeremonyFor) }, session.ErrCeremony},
			{"a good one", "test-user@localhost", func(h *string, a url.Values) { used, code = *h, a }, nil},
			{"the same again", "test-user@localhost", func(h *string, a url.Values) {
				*h = used
				for k := range a {
					a.Set(k, code.Get(k))
				}
			}, session.ErrCeremony},
		} {
			_, _, err := come(nil, c.user, c.change)
			is(t, c.name, err, c.want)
			d.now = time.Now()
		}
		// The code of one login does not fit the verifier of another.
		to, _, err := d.BeginOIDC(ctx, d.now, "Ministry account", nil, here)
		d.must(err)
		stolen := visit(t, to, "test-user@localhost")
		_, _, err = come(nil, "test-user@localhost", func(_ *string, a url.Values) { a.Set("code", stolen.Get("code")) })
		is(t, "a stolen code", err, session.ErrLogin)
		if n := d.journalled("refused", "an answer of Ministry account"); n != 5 {
			t.Errorf("%d refused answers are in the journal, want 5", n)
		}

		// What strangers claim of nobody is not held against an issuer's word.
		blank := newKey()
		for i := range 11 {
			from := session.Visit{Address: netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::1", i))}
			b, err := d.BeginLogin(ctx, d.now, from)
			d.must(err)
			body := map[string]any{}
			d.must(json.Unmarshal(blank.assert(t, b), &body))
			body["response"].(map[string]any)["userHandle"] = ""
			empty, err := json.Marshal(body)
			d.must(err)
			want := session.ErrLogin
			if i == 10 {
				want = session.ErrRate
			}
			_, _, err = d.FinishLogin(ctx, d.now, b.Handle, empty, from)
			is(t, "a key of nobody", err, want)
		}
		_, _, err = come(nil, "test-user@localhost", as)
		is(t, "an account, meanwhile", err, nil)

		// Idle, it is unlocked by being asked again at the issuer, as the same person.
		d.must(d.Lock(ctx, d.now, s, "/matter/US-2026-000042"))
		_, _, err = come(&s, "test-user2", as)
		is(t, "unlocked by another", err, session.ErrLogin)
		_, back, err := come(&s, "test-user@localhost", as)
		if err != nil || back.ID != s.ID || back.Locked || back.Back != "/matter/US-2026-000042" || !back.Fresh(d.now) {
			t.Errorf("unlocked: %+v, %v", back, err)
		}

		// Fresh by the issuer's word, one may make a first key, but none beside another.
		b, err := d.BeginAdd(ctx, d.now, back)
		d.must(err)
		_, err = d.FinishAdd(ctx, d.now, back, b.Handle, newKey().attest(t, b), "")
		d.must(err)
		_, err = d.BeginAdd(ctx, d.now, back)
		is(t, "a second key by an account", err, comity.Forbidden)

		_, _, err = d.BeginOIDC(ctx, d.now, "away", nil, here)
		is(t, "an issuer that is away", err, comity.Unavailable)
		_, _, err = d.BeginOIDC(ctx, d.now, "by name", nil, here)
		is(t, "an issuer that says it is another", err, comity.Unavailable)
		_, _, err = d.BeginOIDC(ctx, d.now, "nobody's", nil, here)
		is(t, "an issuer that is not there", err, comity.NotFound)

		d.must(d.Detach(ctx, d.now, session.Console(), session.OIDC, session.OIDCName(address, "id1")))
		_, err = d.Find(ctx, d.now, token, "/")
		is(t, "the session of what was detached", err, session.ErrNone)
		_, _, err = come(nil, "test-user@localhost", as)
		is(t, "a login by what was detached", err, session.ErrLogin)
	})
}

// authority is a certificate authority.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	return authority{}.issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: start.Add(-time.Hour), NotAfter: start.AddDate(9, 0, 0)})
}

func (a authority) issue(t *testing.T, c *x509.Certificate) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "card"}
	if a.cert == nil {
		a = authority{c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

// shake returns what a listener that trusts an authority sees of a card, in a real
// handshake.
func shake(t *testing.T, ca authority, card *authority) *tls.ConnectionState {
	t.Helper()
	server := ca.issue(t, &x509.Certificate{DNSNames: []string{"desk.us.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, NotBefore: start.Add(-time.Hour), NotAfter: start.AddDate(9, 0, 0)})
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	at := func() time.Time { return start }
	in, out := net.Pipe()
	defer in.Close()
	defer out.Close()
	listen := tls.Server(in, &tls.Config{Time: at, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven,
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.cert.Raw}, PrivateKey: server.key}}})
	config := &tls.Config{Time: at, RootCAs: pool, ServerName: "desk.us.example"}
	if card != nil {
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{card.cert.Raw}, PrivateKey: card.key}}
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- tls.Client(out, config).HandshakeContext(ctx) }()
	if err := listen.HandshakeContext(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	state := listen.ConnectionState()
	return &state
}

func TestCertificate(t *testing.T) {
	ca := newAuthority(t)
	client := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	card := ca.issue(t, &x509.Certificate{ExtKeyUsage: client, NotBefore: start.Add(-time.Hour), NotAfter: start.Add(2 * time.Hour)})
	other := ca.issue(t, &x509.Certificate{ExtKeyUsage: client, NotBefore: start.Add(-time.Hour), NotAfter: start.Add(2 * time.Hour)})
	good, another, none := shake(t, ca, &card), shake(t, ca, &other), shake(t, ca, nil)
	unverified := *good
	unverified.VerifiedChains = nil
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		p, err := d.NewPerson(ctx, d.now, session.Console(), "Li Wei", session.Officer)
		d.must(err)
		d.must(d.Assign(ctx, d.now, session.Console(), p.ID, one))
		d.must(d.Attach(ctx, d.now, session.Console(), p.ID, session.Certificate, session.CertificateName(card.cert)))
		for _, c := range []struct {
			name  string
			state *tls.ConnectionState
			after time.Duration
			want  error
		}{
			{"the card", good, 0, nil},
			{"another's card", another, 0, session.ErrLogin},
			{"no card", none, 0, session.ErrLogin},
			{"no TLS", nil, 0, session.ErrLogin},
			{"a card that the listener did not verify", &unverified, 0, session.ErrLogin},
			{"a card that expired on an open connection", good, 3 * time.Hour, session.ErrLogin},
		} {
			token, s, err := d.CertificateLogin(ctx, start.Add(c.after), c.state, here)
			is(t, c.name, err, c.want)
			if c.want == nil && (token == "" || s.Person.ID != p.ID || s.Seat != one || s.Fresh(d.now)) || c.want != nil && token != "" {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
		d.must(d.Leave(ctx, d.now, session.Console(), p.ID))
		_, _, err = d.CertificateLogin(ctx, d.now, good, here)
		is(t, "the card of who left", err, session.ErrLogin)
	})
}
