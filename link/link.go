// Package link carries exchanges and files between two nodes: over HTTPS, or
// as a file on a stick.
//
// It knows nothing of what it carries. A [Server] says who is calling, hands
// over the bytes, and sends back what it is given; a [Client] does the same
// from the other end. There are three requests, and everything else is not
// found:
//
//	POST /v1/exchange        an exchange; the answer is an exchange
//	HEAD /v1/files/{cipher}  how much of a file has arrived
//	PUT  /v1/files/{cipher}  append to it
//
// Both ends present a self-signed certificate and know the other by the SHA-256
// of its public key, which stands in the other party's chain. Nothing else in a
// certificate counts, not even its dates: whether a key is good is said by its
// party, in the stream, and a clock has no vote. So a certificate that has
// expired is good, and one that a famous authority signed is not.
//
// What is sealed and signed inside would survive without TLS; the transport
// keeps strangers from the parser, and one peer from spending another's share.
// Every cost that a caller can cause has a bound before it is met: connections
// and handshakes of an address, then requests, refusals, requests at once and
// bytes in memory of a peer.
package link

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"comity"

	"golang.org/x/time/rate"
)

const (
	exchangePath = "/v1/exchange"
	filesPath    = "/v1/files/"
	octets       = "application/octet-stream"
	offsetHeader = "Comity-Offset"
	sizeHeader   = "Comity-Size"
)

// Limits are what a caller may cost. A zero field is its default.
type Limits struct {
	Body     int64         // bytes of one exchange, either way: 16 MiB
	InFlight int64         // bytes of all exchanges in memory: 256 MiB. A peer has a quarter, or one exchange each way
	Requests rate.Limit    // of one peer a second, with a burst of twice as many: 500
	Refusals rate.Limit    // of one peer a second, with a burst of 20 times as many: 2
	AtOnce   int           // exchanges of one peer at once, and as many file requests: 8
	Conns    int           // connections in all: 4096
	PerHost  int           // connections of one address (IPv6: of one /64): 256
	Accepts  rate.Limit    // connections of one address a second, with a burst of four times as many: 50
	Header   time.Duration // in which a handshake, and then a header, must arrive: 10 s
	Read     time.Duration // in which an exchange must arrive, or an answer be taken: 60 s
	Idle     time.Duration // without a byte of a file, or without a request: 60 s
}

func (l Limits) withDefaults() Limits {
	or(&l.Body, 16<<20)
	or(&l.InFlight, 256<<20)
	l.InFlight = max(l.InFlight, 2*l.Body)
	or(&l.Requests, 500)
	or(&l.Refusals, 2)
	or(&l.AtOnce, 8)
	or(&l.Conns, 4096)
	or(&l.PerHost, 256)
	or(&l.Accepts, 50)
	or(&l.Header, 10*time.Second)
	or(&l.Read, 60*time.Second)
	or(&l.Idle, 60*time.Second)
	return l
}

func or[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// ParseEndpoint returns the host and port of an endpoint of a chain entry, which
// is "https://" with a host and perhaps a port, and nothing more.
func ParseEndpoint(s string) (hostport string, err error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || s != "https://"+u.Host || strings.HasSuffix(s, ":") {
		return "", comity.Fieldf("endpoints", "%q is not an address such as %q", comity.Clip(s), "https://node.example:8443")
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", comity.Fieldf("endpoints", "the port of %q is not 1 to 65535", comity.Clip(s))
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// count returns the value of a header that counts bytes. It has one spelling.
func count(h http.Header, name string) (int64, error) {
	s := h.Values(name)
	if len(s) == 1 {
		n, err := strconv.ParseInt(s[0], 10, 64)
		if err == nil && n >= 0 && n < 1<<53 && strconv.FormatInt(n, 10) == s[0] {
			return n, nil
		}
	}
	return 0, comity.Fieldf(name, "it must stand there once as a number of bytes, such as 65552")
}

// readBody reads size bytes. It does not trust size with memory: that is taken
// as the bytes arrive.
func readBody(r io.Reader, size int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, size))
	if err == nil && int64(len(b)) < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err // half an exchange is none
	}
	return b, nil
}

// plain makes a peer's sentence fit to show and to log: one line, no tricks.
func plain(b []byte) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) { // which the bidirectional controls are not
			return '�'
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(string(b)), "�"))
}
