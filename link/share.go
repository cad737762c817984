package link

import (
	"math"
	"net"
	"net/netip"
	"sync"

	"comity"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// A share is what one peer may use. Parties are few and known, so their shares
// are kept for ever.
type share struct {
	requests  *rate.Limiter
	refusals  *rate.Limiter
	exchanges chan struct{}
	files     chan struct{} // apart, so that a long file does not hold up an exchange
	memory    *semaphore.Weighted
}

func (s *Server) share(peer comity.Party) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh := s.shares[peer]; sh != nil {
		return sh
	}
	l := s.Limits.withDefaults()
	sh := &share{
		requests:  limiter(l.Requests, 2),
		refusals:  limiter(l.Refusals, 20),
		exchanges: make(chan struct{}, l.AtOnce),
		files:     make(chan struct{}, l.AtOnce),
		memory:    semaphore.NewWeighted(max(l.InFlight/4, 2*l.Body)),
	}
	if s.shares == nil {
		s.shares = map[comity.Party]*share{}
	}
	s.shares[peer] = sh
	return sh
}

func limiter(l rate.Limit, seconds float64) *rate.Limiter {
	return rate.NewLimiter(l, int(math.Ceil(float64(l)*seconds)))
}

func enter(c chan struct{}) bool {
	select {
	case c <- struct{}{}:
		return true
	default:
		return false
	}
}

func leave(c chan struct{}) { <-c }

// A gate bounds what an address can cost before it has shown a key: a handshake
// is a millisecond of a processor. It closes what is over the bound at once.
type gate struct {
	net.Listener
	limits Limits
	mu     sync.Mutex
	conns  int
	hosts  map[netip.Prefix]*host
}

type host struct {
	conns   int
	accepts *rate.Limiter
}

func newGate(l net.Listener, limits Limits) *gate {
	return &gate{Listener: l, limits: limits, hosts: map[netip.Prefix]*host{}}
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if h := g.admit(c.RemoteAddr()); h != nil {
			return &counted{Conn: c, gate: g, host: h}, nil
		}
		_ = c.Close() // nothing was written to it
	}
}

func (g *gate) admit(a net.Addr) *host {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns >= g.limits.Conns {
		return nil
	}
	if len(g.hosts) > 2*g.limits.Conns {
		for k, h := range g.hosts {
			if h.conns == 0 && h.accepts.Tokens() >= float64(h.accepts.Burst()) {
				delete(g.hosts, k)
			}
		}
	}
	k := hostOf(a)
	h := g.hosts[k]
	if h == nil {
		h = &host{accepts: limiter(g.limits.Accepts, 4)}
		g.hosts[k] = h
	}
	if h.conns >= g.limits.PerHost || !h.accepts.Allow() {
		return nil
	}
	h.conns++
	g.conns++
	return h
}

// hostOf returns what one caller can be taken to own: an IPv4 address, or the
// /64 of an IPv6 one.
func hostOf(a net.Addr) netip.Prefix {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // of that many bits there is always one
	return p
}

type counted struct {
	net.Conn
	gate *gate
	host *host
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() {
		c.gate.mu.Lock()
		defer c.gate.mu.Unlock()
		c.gate.conns--
		c.host.conns--
	})
	return c.Conn.Close()
}
