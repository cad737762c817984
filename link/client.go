package link

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"comity"
)

// A Peer is what a [Client] must know of the party it calls.
type Peer struct {
	Party       comity.Party
	Endpoints   []string        // of its chain; see ParseEndpoint
	Certificate tls.Certificate // ours

	// Pinned reports whether a key is the peer's, by its chain.
	Pinned func(pin comity.Hash) bool

	// Private says that this node's operator expects the peer at a private or
	// loopback address.
	Private bool

	Limits Limits // Body, AtOnce, Header (to connect), Read (an exchange) and Idle count
}

// A Client calls one peer. Obtain one from NewClient, and Close it.
//
// Its errors are Unavailable if the peer gave no answer or a 5xx, Untrusted if
// either end does not know the other's key, Forbidden if an address may not be
// called, and else of the kind that the peer answered with.
type Client struct {
	Peer
	hosts     []string
	good      atomic.Int64 // the endpoint that answered last
	transport *http.Transport
}

// NewClient returns a client of a peer. It connects when it is first used, and
// keeps its connections.
func NewClient(p Peer) (*Client, error) {
	p.Limits = p.Limits.withDefaults()
	c := &Client{Peer: p}
	for _, e := range p.Endpoints {
		host, err := ParseEndpoint(e)
		if err != nil {
			return nil, err
		}
		c.hosts = append(c.hosts, host)
	}
	if len(c.hosts) == 0 {
		return nil, comity.Fieldf("endpoints", "%s has none", p.Party)
	}
	dialer := &net.Dialer{Timeout: p.Limits.Header, ControlContext: c.control}
	c.transport = &http.Transport{
		Proxy:       nil, // not the environment's: the peer is pinned, and so is the way to it
		DialContext: dialer.DialContext,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS13,
			Certificates:       []tls.Certificate{p.Certificate},
			InsecureSkipVerify: true, // of names, dates and authorities; VerifyConnection decides
			VerifyConnection:   c.verify,
		},
		TLSHandshakeTimeout:    p.Limits.Header,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        p.Limits.Idle / 2, // before the peer's end does
		MaxConnsPerHost:        p.Limits.AtOnce,
		MaxIdleConnsPerHost:    p.Limits.AtOnce,
		MaxResponseHeaderBytes: 4 << 10,
		DisableCompression:     true, // an answer is as long as it looks
		Protocols:              new(http.Protocols),
	}
	c.transport.Protocols.SetHTTP1(true)
	return c, nil
}

// Close closes the connections that are idle. A call under way is left alone.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// control sees the address that is about to be called, after every lookup, so a
// name that changes its mind between a check and a call gains nothing.
func (c *Client) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return comity.Errorf(comity.Forbidden, "%s is not an address", address)
	}
	return checkAddress(a.Addr(), c.Private)
}

func (c *Client) verify(s tls.ConnectionState) error {
	if !c.Pinned(caller(&s)) {
		return comity.Errorf(comity.Untrusted, "the key presented is not in the chain of %s", c.Party)
	}
	return nil
}

// Exchange sends an exchange and returns the answer.
func (c *Client) Exchange(ctx context.Context, body []byte) ([]byte, error) {
	var answer []byte
	err := c.try(ctx, func(ctx context.Context, host string) error {
		r, err := c.request(ctx, http.MethodPost, host, exchangePath, bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", octets)
		// An exchange may arrive twice, so a connection that the peer closed as
		// we wrote is no reason to give up. The header is not sent.
		r.Header["X-Idempotency-Key"] = nil
		w, err := c.do(r, http.StatusOK)
		if err != nil {
			return err
		}
		defer w.Body.Close()
		if w.Header.Get("Content-Type") != octets || w.ContentLength < 0 || w.ContentLength > c.Limits.Body {
			return comity.Errorf(comity.Invalid, "the answer is not an exchange of at most %d bytes", c.Limits.Body)
		}
		answer, err = readBody(w.Body, w.ContentLength)
		return c.lost(err)
	})
	return answer, err
}

// Offset returns how many bytes of a file the peer has.
func (c *Client) Offset(ctx context.Context, cipher comity.Hash) (int64, error) {
	var n int64
	err := c.try(ctx, func(ctx context.Context, host string) error {
		r, err := c.request(ctx, http.MethodHead, host, filesPath+cipher.String(), nil)
		if err != nil {
			return err
		}
		w, err := c.do(r, http.StatusOK)
		if err != nil {
			return err
		}
		defer w.Body.Close()
		n, err = count(w.Header, offsetHeader)
		return err
	})
	return n, err
}

// Push sends what the peer lacks of a file, and returns when it has all of it.
// If it is interrupted, the next Push goes on where this one ended.
func (c *Client) Push(ctx context.Context, cipher comity.Hash, size int64, ciphertext io.ReaderAt) error {
	var err error
	for range 3 { // a Conflict means that the peer counts otherwise than it said: ask it again
		var n int64
		if n, err = c.Offset(ctx, cipher); err != nil || n == size {
			return err
		}
		if n > size {
			return comity.Errorf(comity.Invalid, "%s has more of file %s than there is", c.Party, cipher.Short())
		}
		err = c.append(ctx, cipher, n, size, io.NewSectionReader(ciphertext, n, size-n))
		if !errors.Is(err, comity.Conflict) {
			return err
		}
	}
	return err
}

func (c *Client) append(ctx context.Context, cipher comity.Hash, offset, size int64, rest *io.SectionReader) error {
	// Not through try: a file may take hours, and what it may not do is stall.
	host := c.hosts[c.good.Load()]
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	alarm := time.AfterFunc(c.Limits.Idle, stop)
	defer alarm.Stop()
	r, err := c.request(ctx, http.MethodPut, host, filesPath+cipher.String(), &lively{rest, alarm, c.Limits.Idle})
	if err != nil {
		return err
	}
	r.ContentLength = rest.Size()
	r.Header.Set("Content-Type", octets)
	r.Header.Set("Expect", "100-continue")
	r.Header.Set(offsetHeader, strconv.FormatInt(offset, 10))
	r.Header.Set(sizeHeader, strconv.FormatInt(size, 10))
	w, err := c.do(r, http.StatusNoContent)
	if err != nil {
		return c.at(host, err)
	}
	defer w.Body.Close()
	if n, err := count(w.Header, offsetHeader); err != nil || n != size {
		return c.at(host, comity.Errorf(comity.Unavailable, "%d of %d bytes have arrived", n, size))
	}
	return nil
}

// A lively reader puts off the alarm whenever bytes leave.
type lively struct {
	io.Reader
	alarm *time.Timer
	idle  time.Duration
}

func (l *lively) Read(b []byte) (int, error) {
	l.alarm.Reset(l.idle)
	return l.Reader.Read(b)
}

// try calls f with one endpoint after another until one answers.
func (c *Client) try(ctx context.Context, f func(ctx context.Context, host string) error) error {
	var first error
	good := int(c.good.Load())
	for i := range c.hosts {
		i = (good + i) % len(c.hosts)
		err := func() error {
			ctx, stop := context.WithTimeout(ctx, c.Limits.Read)
			defer stop()
			return f(ctx, c.hosts[i])
		}()
		if _, none := errors.AsType[unanswered](err); !none && !errors.Is(err, comity.Unavailable) {
			c.good.Store(int64(i))
			return c.at(c.hosts[i], err)
		}
		// The error worth showing is one that waiting does not mend.
		if first == nil || errors.Is(first, comity.Unavailable) && !errors.Is(err, comity.Unavailable) {
			first = c.at(c.hosts[i], err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return first
}

// at says of an error where it happened.
func (c *Client) at(host string, err error) error {
	if err == nil {
		return nil
	}
	k, ok := errors.AsType[comity.Trouble](err)
	if !ok {
		k = comity.Unavailable
	}
	return &comity.Error{Kind: k, Text: string(c.Party) + " at " + host, Cause: err}
}

func (c *Client) request(ctx context.Context, method, host, path string, body io.Reader) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, "https://"+host+path, body)
}

// do sends a request and returns an answer of status want. Any other is an
// error, and so is a redirect: RoundTrip follows none.
func (c *Client) do(r *http.Request, want int) (*http.Response, error) {
	w, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, c.lost(err)
	}
	if !c.Pinned(caller(w.TLS)) { // the chain has changed since the connection was made
		w.Body.Close()
		c.transport.CloseIdleConnections()
		return nil, c.lost(c.verify(*w.TLS))
	}
	if w.StatusCode == want {
		return w, nil
	}
	defer w.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(w.Body, 300)) // as much of a reason as there is
	k := comity.Invalid
	switch t := comity.Trouble(w.StatusCode); t {
	case comity.Untrusted, comity.Forbidden, comity.NotFound, comity.Conflict, comity.TooMuch:
		k = t
	case http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge:
		k = comity.TooMuch
	default:
		if w.StatusCode < 400 || w.StatusCode >= 500 {
			k = comity.Unavailable
		}
	}
	return nil, comity.Errorf(k, "answered %d %q", w.StatusCode, plain(text))
}

// unanswered marks an error after which another endpoint may do better.
type unanswered struct{ error }

func (u unanswered) Unwrap() error { return u.error }

// lost gives a kind to an error of the connection.
func (c *Client) lost(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[comity.Trouble](err); ok {
		return unanswered{err}
	}
	k := comity.Unavailable
	if o, ok := errors.AsType[*net.OpError](err); ok && o.Op == "remote error" { // crypto/tls's name for an alert
		k = comity.Untrusted
	}
	return unanswered{&comity.Error{Kind: k, Text: "no answer", Cause: err}}
}
