package link

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"comity"

	"go.uber.org/goleak"
)

const us, cn, fr = comity.Party("us"), comity.Party("cn"), comity.Party("fr")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func certificate(t testing.TB, name string) tls.Certificate {
	t.Helper()
	cert, key, err := NewCertificate(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// expired returns a certificate whose dates are over.
func expired(t *testing.T) tls.Certificate {
	k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k, Leaf: leaf}
}

// A world is a server with the keys that it and its callers know.
type world struct {
	*Server
	mu    sync.Mutex
	known map[comity.Hash]comity.Party
	calls atomic.Int64
	log   bytes.Buffer
}

func newWorld(t testing.TB) *world {
	w := &world{known: map[comity.Hash]comity.Party{}}
	w.Server = &Server{
		Certificate: certificate(t, "cn"),
		Peer: func(pin comity.Hash) (comity.Party, bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			p, ok := w.known[pin]
			return p, ok
		},
		Exchange: func(_ context.Context, p comity.Party, b []byte) ([]byte, error) {
			w.calls.Add(1)
			return append([]byte(p+" said "), b[:min(len(b), 20)]...), nil
		},
		FileOffset: func(context.Context, comity.Party, comity.Hash) (int64, error) { return 0, nil },
		FileAppend: func(_ context.Context, _ comity.Party, _ comity.Hash, off, _ int64, r io.Reader) (int64, error) {
			n, err := io.Copy(io.Discard, r)
			return off + n, err
		},
		Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	return w
}

func (w *world) know(c tls.Certificate, p comity.Party) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[pin(c.Leaf)] = p
}

// start runs the server on loopback and returns its endpoint.
func (w *world) start(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.on(t, l)
	return "https://" + l.Addr().String()
}

func (w *world) on(t testing.TB, l net.Listener) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (w *world) client(t testing.TB, cert tls.Certificate, endpoints ...string) *Client {
	t.Helper()
	want := pin(w.Certificate.Leaf)
	c, err := NewClient(Peer{
		Party: cn, Endpoints: endpoints, Certificate: cert, Private: true,
		Pinned: func(p comity.Hash) bool { return p == want },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func is(t *testing.T, err error, want comity.Trouble) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got the error %v, want one that is %q", err, want)
	}
}

func TestWhoMayTalk(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(t *testing.T, w *world, p *Peer)
		want comity.Trouble // 0: the exchange succeeds
	}{
		{"each knows the other", func(*testing.T, *world, *Peer) {}, 0},
		{"the caller's certificate has expired", func(t *testing.T, w *world, p *Peer) {
			p.Certificate = expired(t)
			w.know(p.Certificate, us)
		}, 0},
		{"the answerer's certificate has expired", func(t *testing.T, w *world, p *Peer) {
			w.Certificate = expired(t)
			pinned := pin(w.Certificate.Leaf)
			p.Pinned = func(h comity.Hash) bool { return h == pinned }
		}, 0},
		{"the caller's key is nobody's", func(t *testing.T, w *world, p *Peer) { p.Certificate = certificate(t, "us") }, comity.Untrusted},
		{"the caller shows no certificate", func(t *testing.T, w *world, p *Peer) { p.Certificate = tls.Certificate{} }, comity.Untrusted},
		{"the answerer's key is another's", func(t *testing.T, w *world, p *Peer) { w.Certificate = certificate(t, "cn") }, comity.Untrusted},
		{"the answerer's chain names no key", func(t *testing.T, w *world, p *Peer) {
			p.Pinned = func(comity.Hash) bool { return false }
		}, comity.Untrusted},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			mine := certificate(t, "us")
			w.know(mine, us)
			theirs := pin(w.Certificate.Leaf)
			p := Peer{Party: cn, Certificate: mine, Private: true, Pinned: func(h comity.Hash) bool { return h == theirs }}
			c.set(t, w, &p)
			p.Endpoints = []string{w.start(t)}
			client, err := NewClient(p)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			got, err := client.Exchange(t.Context(), []byte("hello"))
			if c.want == 0 {
				if err != nil || string(got) != "us said hello" {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			// A refused caller may see the connection reset before it reads why.
			if !errors.Is(err, c.want) && !errors.Is(err, comity.Unavailable) {
				t.Errorf("got %q, %v", got, err)
			}
			if w.calls.Load() != 0 {
				t.Error("the exchange was handed over")
			}
		})
	}
}

func TestOnlyTLS13(t *testing.T) {
	w := newWorld(t)
	mine := certificate(t, "us")
	w.know(mine, us)
	addr := strings.TrimPrefix(w.start(t), "https://")
	if _, err := tls.Dial("tcp", addr, &tls.Config{
		Certificates: []tls.Certificate{mine}, InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12,
	}); err == nil {
		t.Error("the server speaks TLS 1.2")
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{w.Certificate}, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	if _, err := w.client(t, mine, "https://"+l.Addr().String()).Exchange(t.Context(), nil); err == nil {
		t.Error("the client speaks TLS 1.2")
	}
	<-done
}

func TestAKeyLeavesWithItsChainEntry(t *testing.T) {
	t.Run("the caller's", func(t *testing.T) {
		w := newWorld(t)
		mine := certificate(t, "us")
		w.know(mine, us)
		c := w.client(t, mine, w.start(t))
		if _, err := c.Exchange(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		clear(w.known)
		w.mu.Unlock()
		_, err := c.Exchange(t.Context(), nil)
		is(t, err, comity.Untrusted)
	})
	t.Run("the answerer's", func(t *testing.T) {
		w := newWorld(t)
		mine := certificate(t, "us")
		w.know(mine, us)
		c := w.client(t, mine, w.start(t))
		if _, err := c.Exchange(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		c.Pinned = func(comity.Hash) bool { return false }
		_, err := c.Exchange(t.Context(), nil)
		is(t, err, comity.Untrusted)
	})
}

// raw returns a plain HTTP client that shows a certificate.
func raw(t *testing.T, cert tls.Certificate) *http.Client {
	tr := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestRequests(t *testing.T) {
	w := newWorld(t)
	w.Limits = Limits{Body: 100, Refusals: 1000}
	mine := certificate(t, "us")
	w.know(mine, us)
	base := w.start(t)
	h := raw(t, mine)
	hash := strings.Repeat("ab", 32)
	kind := []string{"Content-Type", octets}
	for _, c := range []struct {
		method, path, body string
		header             []string
		want               int
	}{
		{"POST", "/v1/exchange", "hello", kind, 200},
		{"POST", "/v1/exchange", "", kind, 200},
		{"POST", "/v1/exchange", strings.Repeat("x", 100), kind, 200},
		{"POST", "/v1/exchange", strings.Repeat("x", 101), kind, 429},
		{"POST", "/v1/exchange", "hello", nil, 422},
		{"POST", "/v1/exchange", "hello", []string{"Content-Type", "text/plain"}, 422},
		{"POST", "/v1/exchange", "hello", append(kind, "Transfer-Encoding", "chunked"), 422},
		{"GET", "/v1/exchange", "", nil, 404},
		{"PUT", "/v1/exchange", "", kind, 404},
		{"GET", "/v1/exchange", "", []string{"X", strings.Repeat("x", 16<<10)}, 431},
		{"POST", "/v1/exchange?x=1", "", kind, 404},
		{"POST", "/v1/exchange/", "", kind, 404},
		{"POST", "/v1//exchange", "", kind, 404},
		{"POST", "/v1/../v1/exchange", "", kind, 404},
		{"POST", "/v1/%65xchange", "", kind, 404},
		{"POST", "/", "", kind, 404},
		{"GET", "/", "", nil, 404},
		{"GET", "/metrics", "", nil, 404},
		{"OPTIONS", "/v1/exchange", "", nil, 404},
		{"HEAD", "/v1/files/" + hash, "", nil, 200},
		{"GET", "/v1/files/" + hash, "", nil, 404},
		{"DELETE", "/v1/files/" + hash, "", nil, 404},
		{"HEAD", "/v1/files/" + strings.ToUpper(hash), "", nil, 404},
		{"HEAD", "/v1/files/" + hash[:63], "", nil, 404},
		{"HEAD", "/v1/files/" + hash + "0", "", nil, 404},
		{"HEAD", "/v1/files/" + strings.Repeat("0", 64), "", nil, 404},
		{"HEAD", "/v1/files/", "", nil, 404},
		{"HEAD", "/v1/files/..%2f..%2f" + hash[:52], "", nil, 404},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "0", sizeHeader, "5"}, 204},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "3", sizeHeader, "8"}, 204},
		{"PUT", "/v1/files/" + hash, "hello", nil, 422},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "0"}, 422},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "0", sizeHeader, "4"}, 422},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "-1", sizeHeader, "5"}, 422},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "00", sizeHeader, "5"}, 422},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "0", sizeHeader, "9007199254740992"}, 422},
		{"PUT", "/v1/files/" + hash, "hello", []string{offsetHeader, "6", sizeHeader, "5"}, 422},
	} {
		t.Run(fmt.Sprint(c.method, c.path, len(c.body), len(c.header), c.want), func(t *testing.T) {
			var body io.Reader = strings.NewReader(c.body)
			if slices.Contains(c.header, "chunked") {
				body = struct{ io.Reader }{body}
			}
			r, err := http.NewRequest(c.method, base+c.path, body)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(c.header); i += 2 {
				r.Header.Set(c.header[i], c.header[i+1])
			}
			got, err := h.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Body.Close()
			text, _ := io.ReadAll(got.Body)
			if got.StatusCode != c.want || c.want == 404 && len(text) > 0 {
				t.Errorf("answered %s %q, want %d", got.Status, text, c.want)
			}
		})
	}
}

func TestAnOversizeBodyIsNotAwaited(t *testing.T) {
	w := newWorld(t)
	w.Limits.Body = 1000
	mine := certificate(t, "us")
	w.know(mine, us)
	addr := strings.TrimPrefix(w.start(t), "https://")
	c, err := tls.Dial("tcp", addr, &tls.Config{Certificates: []tls.Certificate{mine}, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 1001\r\n\r\n", octets)
	b := make([]byte, 100)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := c.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), "HTTP/1.1 429 ") {
		t.Errorf("got %q, %v, without having sent a byte of the body", b[:n], err)
	}
	mustNotBeAsked(t, w)
	client := w.client(t, mine, "https://"+addr)
	w.Exchange = func(context.Context, comity.Party, []byte) ([]byte, error) { return make([]byte, 1001), nil }
	_, err = client.Exchange(t.Context(), []byte("small"))
	is(t, err, comity.Unavailable) // our own answer is too long: that is our trouble
}

func mustNotBeAsked(t *testing.T, w *world) {
	t.Helper()
	if n := w.calls.Load(); n != 0 {
		t.Errorf("%d exchanges were handed over", n)
	}
}

// A peer's end may be anybody's program: what it answers is bounded too, and so
// is the time that it takes.
func TestHostileAnswers(t *testing.T) {
	const ok, kind = "HTTP/1.1 200 OK\r\n", "Content-Type: " + octets + "\r\n"
	for _, c := range []struct {
		name, answer string
		endless      bool // followed by bytes without end
		want         comity.Trouble
	}{
		{"an answer", ok + kind + "Content-Length: 5\r\n\r\nhello", false, 0},
		{"one byte too long", ok + kind + "Content-Length: 101\r\n\r\n" + strings.Repeat("x", 101), false, comity.Invalid},
		{"without a length", ok + kind + "\r\n", true, comity.Invalid},
		{"in chunks", ok + kind + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false, comity.Invalid},
		{"of another type", ok + "Content-Type: text/html\r\nContent-Length: 5\r\n\r\nhello", false, comity.Invalid},
		{"not whole", ok + kind + "Content-Length: 50\r\n\r\nhello", false, comity.Unavailable},
		{"a header without end", ok + "X: ", true, comity.Unavailable},
		{"a long header", ok + "X: " + strings.Repeat("x", 16<<10) + "\r\n" + kind + "Content-Length: 5\r\n\r\nhello", false, comity.Unavailable},
		{"a reason without end", "HTTP/1.1 409 Conflict\r\n\r\n", true, comity.Conflict},
		{"silence", "", false, comity.Unavailable},
		{"something else", "SSH-2.0-OpenSSH_9.2\r\n", false, comity.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{w.Certificate}, ClientAuth: tls.RequireAnyClientCert})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			defer wg.Wait()
			defer l.Close()
			wg.Go(func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				conn.Read(make([]byte, 4096))
				_, err = io.WriteString(conn, c.answer)
				for junk := []byte(strings.Repeat("x", 4096)); c.endless && err == nil; {
					_, err = conn.Write(junk)
				}
				if c.answer == "" {
					conn.Read(make([]byte, 1)) // until the client has had enough
				}
			})
			client := w.client(t, certificate(t, "us"), "https://"+l.Addr().String())
			client.Limits.Body, client.Limits.Read = 100, 2*time.Second
			began := time.Now()
			got, err := client.Exchange(t.Context(), []byte("hello"))
			client.Close()
			if c.want == 0 {
				if err != nil || string(got) != "hello" {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			is(t, err, c.want)
			if d := time.Since(began); d > 10*time.Second || got != nil || len(err.Error()) > 2000 {
				t.Errorf("after %v got %d bytes and an error of %d", d, len(got), len(err.Error()))
			}
		})
	}
	t.Run("no handshake", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c, err := NewClient(Peer{Party: cn, Endpoints: []string{"https://" + l.Addr().String()}, Certificate: certificate(t, "us"), Private: true,
			Pinned: func(comity.Hash) bool { return true }, Limits: Limits{Header: 100 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		began := time.Now()
		_, err = c.Exchange(t.Context(), nil)
		is(t, err, comity.Unavailable)
		if d := time.Since(began); d > 10*time.Second {
			t.Errorf("it waited %v", d)
		}
	})
}

func TestErrorsCrossWithTheirKind(t *testing.T) {
	w := newWorld(t)
	w.Limits.Refusals = 1000
	mine := certificate(t, "us")
	w.know(mine, us)
	var fail func() error
	w.Exchange = func(context.Context, comity.Party, []byte) ([]byte, error) { return nil, fail() }
	c := w.client(t, mine, w.start(t))
	for _, k := range []comity.Trouble{comity.Untrusted, comity.Forbidden, comity.NotFound, comity.Conflict, comity.Invalid, comity.TooMuch, comity.Unavailable} {
		fail = func() error { return comity.Errorf(k, "sentence \u202eevil\nline") }
		_, err := c.Exchange(t.Context(), nil)
		is(t, err, k)
		if k != comity.NotFound && !strings.Contains(err.Error(), "sentence") || strings.ContainsAny(err.Error(), "\u202e\n") {
			t.Errorf("%d came as %q", k, err)
		}
	}
	fail = func() error { return errors.New("secret of ours") }
	_, err := c.Exchange(t.Context(), nil)
	is(t, err, comity.Unavailable)
	if strings.Contains(err.Error(), "secret") || !strings.Contains(w.log.String(), "secret of ours") {
		t.Errorf("the peer learns %q, we %q", err, w.log.String())
	}
	w.log.Reset()
	fail = func() error { panic("boom") }
	_, err = c.Exchange(t.Context(), nil)
	is(t, err, comity.Unavailable)
	_, id, _ := strings.Cut(err.Error(), "internal error ")
	if len(id) < 10 || !strings.Contains(w.log.String(), "id="+id[:10]) || !strings.Contains(w.log.String(), "link_test.go") || strings.Contains(err.Error(), "boom") {
		t.Errorf("the peer learns %q, we %q", err, w.log.String())
	}
	fail = func() error { return nil }
	if _, err := c.Exchange(t.Context(), nil); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

func TestRefusalsRunOut(t *testing.T) {
	w := newWorld(t)
	w.Limits.Refusals = 0.1 // two, then one in ten seconds
	mine := certificate(t, "us")
	w.know(mine, us)
	asked := 0
	w.Exchange = func(context.Context, comity.Party, []byte) ([]byte, error) {
		asked++
		return nil, comity.Errorf(comity.Invalid, "rubbish")
	}
	c := w.client(t, mine, w.start(t))
	for range 2 {
		_, err := c.Exchange(t.Context(), nil)
		is(t, err, comity.Invalid)
	}
	_, err := c.Exchange(t.Context(), nil)
	is(t, err, comity.TooMuch)
	if asked != 2 {
		t.Errorf("rubbish was looked at %d times", asked)
	}
	if w.MayRefuse(us) || !w.MayRefuse(fr) {
		t.Error("one peer's refusals are another's")
	}
}

func TestAddresses(t *testing.T) {
	never, asked, fine := comity.Forbidden, comity.Trouble(1), comity.Trouble(0)
	for s, want := range map[string]comity.Trouble{
		"8.8.8.8": fine, "2606:4700::1": fine, "172.32.0.1": fine, "::ffff:8.8.8.8": fine, "64:ff9b::808:808": fine,
		"127.0.0.1": asked, "127.9.9.9": asked, "::1": asked, "10.1.2.3": asked, "172.31.255.255": asked, "192.168.0.1": asked,
		"100.64.0.1": asked, "fd00::1": asked, "::ffff:10.0.0.1": asked, "::ffff:127.0.0.1": asked, "64:ff9b::a00:1": asked,
		"169.254.169.254": never, "::ffff:169.254.169.254": never, "64:ff9b::a9fe:a9fe": never, "fd00:ec2::254": never,
		"100.100.100.200": never, "192.0.0.192": never, "168.63.129.16": never, "fe80::1": never, "fe80::1%eth0": never,
		"0.0.0.0": never, "0.1.2.3": never, "::": never, "224.0.0.1": never, "239.255.255.250": never, "ff02::1": never,
		"255.255.255.255": never, "240.0.0.1": never, "fec0::1": never, "::7f00:1": never, "::ffff:0:7f00:1": never,
		"2002:7f00:1::": never, "2001:0:7f00:1::": never, "64:ff9b:1::a00:1": never, "100::1": never,
	} {
		a := netip.MustParseAddr(s)
		open, private := checkAddress(a, false), checkAddress(a, true)
		if (open == nil) != (want == fine) || (private == nil) != (want != never) {
			t.Errorf("%s: %v; with private addresses allowed: %v", s, open, private)
		}
	}
	if checkAddress(netip.Addr{}, true) == nil {
		t.Error("no address is an address")
	}
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} { // "localhost" stands for any name that resolves inwards
		w := newWorld(t)
		c := w.client(t, certificate(t, "us"), "https://"+host+":"+port)
		c.Private = false
		_, err := c.Exchange(t.Context(), nil)
		is(t, err, comity.Forbidden)
	}
	l.(*net.TCPListener).SetDeadline(time.Now())
	if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("somebody called: %v", err)
	}
}

func TestEndpoints(t *testing.T) {
	for s, want := range map[string]string{
		"https://node.example:8443": "node.example:8443", "https://node.example": "node.example:443",
		"https://[2001:db8::1]:8443": "[2001:db8::1]:8443", "https://192.0.2.1": "192.0.2.1:443",
		"http://node.example": "", "node.example:443": "", "https://": "", "https://:443": "", "https://a/": "", "https://a/x": "",
		"https://a?x": "", "https://a#x": "", "https://u:p@a": "", "https://u@a": "", "https://a:0": "", "https://a:65536": "",
		"https://a:x": "", "HTTPS://a": "", "https://a:": "", "https://a b": "", "unix:///x": "", "": "",
	} {
		if got, err := ParseEndpoint(s); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", s, got, err)
		}
	}
	if _, err := NewClient(Peer{Party: cn}); !errors.Is(err, comity.Invalid) {
		t.Errorf("a peer without endpoints: %v", err)
	}
}

func TestEndpointsAreTriedInOrder(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	wrong, w := newWorld(t), newWorld(t)
	mine := certificate(t, "us")
	w.know(mine, us)
	c := w.client(t, mine, "https://"+dead.Addr().String(), wrong.start(t), w.start(t))
	for range 3 {
		if got, err := c.Exchange(t.Context(), []byte("hello")); err != nil || string(got) != "us said hello" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if c.good.Load() != 2 {
		t.Errorf("the next call begins at endpoint %d", c.good.Load())
	}
	c = w.client(t, mine, "https://"+dead.Addr().String())
	_, err = c.Exchange(t.Context(), nil)
	is(t, err, comity.Unavailable)
	c = w.client(t, mine, "https://"+dead.Addr().String(), wrong.start2(t))
	_, err = c.Exchange(t.Context(), nil)
	is(t, err, comity.Untrusted) // which somebody should look at, and waiting does not mend
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = w.client(t, mine, "https://"+dead.Addr().String()).Exchange(ctx, nil)
	is(t, err, comity.Unavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
}

// start2 runs a second server of the same certificate.
func (w *world) start2(t *testing.T) string {
	s := newWorld(t)
	s.Certificate = w.Certificate
	return s.start(t)
}

func TestNeitherRedirectsNorProxies(t *testing.T) {
	var asked []string
	mine := certificate(t, "us")
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	evil := &http.Server{
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{w.Certificate}, ClientAuth: tls.RequireAnyClientCert},
		Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.Path)
			http.Redirect(rw, r, "https://"+l.Addr().String()+"/elsewhere", http.StatusTemporaryRedirect)
		}),
	}
	done := make(chan error)
	go func() { done <- evil.ServeTLS(l, "", "") }()
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	c := w.client(t, mine, "https://"+l.Addr().String())
	_, err = c.Exchange(t.Context(), nil)
	is(t, err, comity.Unavailable)
	if !slices.Equal(asked, []string{exchangePath}) {
		t.Errorf("asked for %q", asked)
	}
	if c.transport.Proxy != nil {
		t.Error("there is a proxy")
	}
	evil.Close()
	<-done
}

// A cabinet keeps one file as a vault would.
type cabinet struct {
	mu    sync.Mutex
	b     []byte
	limit int // bytes after which a request's connection is cut
}

func (f *cabinet) offset(context.Context, comity.Party, comity.Hash) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.b)), nil
}

func (f *cabinet) append(_ context.Context, _ comity.Party, _ comity.Hash, off, total int64, r io.Reader) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if off != int64(len(f.b)) {
		return 0, comity.Errorf(comity.Conflict, "at %d", len(f.b))
	}
	if f.limit > 0 {
		r = io.LimitReader(r, int64(f.limit))
	}
	b, err := io.ReadAll(r)
	f.b = append(f.b, b...)
	if err == nil && int64(len(f.b)) < total {
		err = comity.Errorf(comity.Unavailable, "cut")
	}
	return int64(len(f.b)), err
}

func TestPush(t *testing.T) {
	w, f := newWorld(t), &cabinet{limit: 3 << 20}
	w.FileOffset, w.FileAppend = f.offset, f.append
	mine := certificate(t, "us")
	w.know(mine, us)
	c := w.client(t, mine, w.start(t))
	file := make([]byte, 10<<20)
	rand.Read(file)
	cipher, _ := comity.ParseHash(strings.Repeat("ab", 32))
	tries := 0
	for {
		tries++
		err := c.Push(t.Context(), cipher, int64(len(file)), bytes.NewReader(file))
		if err == nil {
			break
		}
		is(t, err, comity.Unavailable)
		if tries > 10 {
			t.Fatal("it does not get on")
		}
	}
	if tries != 4 || !bytes.Equal(f.b, file) {
		t.Errorf("after %d pushes the file is whole: %v", tries, bytes.Equal(f.b, file))
	}
	if n, err := c.Offset(t.Context(), cipher); n != int64(len(file)) || err != nil {
		t.Errorf("the peer has %d, %v", n, err)
	}
	if err := c.Push(t.Context(), cipher, 5, bytes.NewReader(file)); !errors.Is(err, comity.Invalid) {
		t.Errorf("the peer has more than there is: %v", err)
	}
}

func TestStick(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "us-cn.comity")
	if err := WriteStick(name, []byte("first"), false); err != nil {
		t.Fatal(err)
	}
	is(t, WriteStick(name, []byte("second"), false), comity.Conflict)
	if b, err := ReadStick(name, 5); err != nil || string(b) != "first" {
		t.Errorf("got %q, %v", b, err)
	}
	if err := WriteStick(name, []byte("second"), true); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadStick(name, 6); err != nil || string(b) != "second" {
		t.Errorf("got %q, %v", b, err)
	}
	if s, _ := os.Stat(name); s.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", s.Mode())
	}
	if err := WriteStick(filepath.Join(dir, "no", "folder"), nil, false); err == nil {
		t.Error("a stick without a folder")
	}
	os.Symlink("/etc/passwd", filepath.Join(dir, "link"))
	os.Symlink("/nowhere", filepath.Join(dir, "dangling"))
	syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600)
	for _, c := range []struct {
		name string
		want comity.Trouble
	}{
		{"us-cn.comity", comity.TooMuch}, {"link", comity.Invalid}, {"dangling", comity.Invalid}, {"pipe", comity.Invalid},
		{".", comity.Invalid}, {"none", comity.NotFound},
	} {
		_, err := ReadStick(filepath.Join(dir, c.name), 5)
		is(t, err, c.want)
	}
	is(t, WriteStick(filepath.Join(dir, "dangling"), nil, false), comity.Conflict)
	if all, _ := os.ReadDir(dir); len(all) != 4 {
		t.Errorf("the stick holds %v", all)
	}
}

func TestCertificates(t *testing.T) {
	cert, key, err := NewCertificate(rand.Reader, "us.example")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := Pin(cert); err != nil || p.IsZero() || p != pin(c.Leaf) {
		t.Error(p, err)
	}
	_, other, _ := NewCertificate(rand.Reader, "us.example")
	for _, pair := range [][2][]byte{{cert, other}, {cert, nil}, {nil, key}, {key, cert}} {
		if _, err := ParseCertificate(pair[0], pair[1]); !errors.Is(err, comity.Invalid) {
			t.Errorf("got %v", err)
		}
	}
}
