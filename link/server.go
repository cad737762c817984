package link

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"comity"

	"golang.org/x/sync/semaphore"
)

// A Server answers peers. Fill in its fields and call Run; all but Limits and
// Log are required.
type Server struct {
	Certificate tls.Certificate

	// Peer returns whose key pin is. It is asked at each handshake and again at
	// each request, so that a key leaves with the chain entry that named it.
	Peer func(pin comity.Hash) (comity.Party, bool)

	// Exchange answers an exchange with an exchange.
	Exchange func(ctx context.Context, peer comity.Party, body []byte) ([]byte, error)

	// FileOffset returns how many bytes of a file the peer need not send again.
	FileOffset func(ctx context.Context, peer comity.Party, cipher comity.Hash) (int64, error)

	// FileAppend takes a file's bytes from offset on and returns the new offset.
	// An error of r is the connection's; what came before it should be kept.
	FileAppend func(ctx context.Context, peer comity.Party, cipher comity.Hash, offset, total int64, r io.Reader) (int64, error)

	Limits Limits
	Log    *slog.Logger // nil: slog.Default()

	limits Limits
	memory *semaphore.Weighted
	mu     sync.Mutex
	shares map[comity.Party]*share
}

// Run answers on l until ctx ends, then lets those who are being answered
// finish, for at most five seconds.
//
// It speaks HTTP/1.1. Between two nodes, where each courier has one request
// under way, that took 0.16 ms where HTTP/2 took 0.22 ms (4 KiB, loopback), and
// a connection that carries one request at a time is simple to put limits on.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	s.limits = s.Limits.withDefaults()
	s.memory = semaphore.NewWeighted(s.limits.InFlight)
	log := s.log()
	srv := &http.Server{
		Handler: http.HandlerFunc(s.serve),
		TLSConfig: &tls.Config{
			MinVersion:             tls.VersionTLS13,
			Certificates:           []tls.Certificate{s.Certificate},
			ClientAuth:             tls.RequireAnyClientCert,
			VerifyConnection:       s.verify,
			SessionTicketsDisabled: true, // each connection proves its key; they are few and long
		},
		Protocols:                    new(http.Protocols),
		ReadHeaderTimeout:            s.limits.Header,
		IdleTimeout:                  s.limits.Idle,
		MaxHeaderBytes:               4 << 10,
		DisableGeneralOptionsHandler: true,
		BaseContext:                  func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug), // strangers can fill it
	}
	srv.Protocols.SetHTTP1(true)
	done := make(chan error, 1)
	go func() { done <- srv.ServeTLS(newGate(l, s.limits), "", "") }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if srv.Shutdown(last) != nil {
		_ = srv.Close() // of the listener, which Shutdown has closed
	}
	<-done
	return nil
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

func (s *Server) verify(c tls.ConnectionState) error {
	if _, ok := s.Peer(caller(&c)); !ok {
		return comity.Errorf(comity.Untrusted, "a caller's key is in no party's chain")
	}
	return nil
}

// serve is around every request: who, how much, what, and what to say of an error.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	var peer comity.Party
	err := within(http.NewResponseController(w), s.limits.Read)
	if err == nil {
		peer, err = s.admit(r)
	}
	if err == nil {
		err = s.answer(w, r, peer)
	}
	if err == nil {
		return
	}
	status, text := comity.Public(err)
	switch {
	case status == http.StatusInternalServerError:
		id := rand.Text()[:10]
		text = "internal error " + id // all that a peer learns of our own trouble
		s.log().Error("link: a request failed", "id", id, "peer", peer, "err", err)
	case status == http.StatusNotFound:
		text = ""
	}
	h := w.Header()
	if r.Body != http.NoBody { // net/http would wait for the rest of it before it answers
		h.Set("Connection", "close")
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // whoever is gone does not miss it
}

// within gives the caller a time in which bytes must move, either way: one who
// asks and takes no answer would hold a connection for ever.
func within(rc *http.ResponseController, d time.Duration) error {
	end := time.Now().Add(d)
	return errors.Join(rc.SetReadDeadline(end), rc.SetWriteDeadline(end))
}

// admit says whose request it is, if that peer may make one now. The key is
// looked up anew: it may have left the chain since the handshake.
func (s *Server) admit(r *http.Request) (comity.Party, error) {
	peer, ok := s.Peer(caller(r.TLS))
	if !ok {
		return "", comity.Errorf(comity.Untrusted, "this key is no longer in your chain")
	}
	share := s.share(peer)
	if !share.requests.Allow() || share.refusals.Tokens() < 1 {
		return peer, comity.Errorf(comity.TooMuch, "too many requests; slow down")
	}
	return peer, nil
}

// answer answers one of the three requests that there are.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, peer comity.Party) (err error) {
	share := s.share(peer)
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack()) // without a kind, so for our log only
		}
		if k, ok := errors.AsType[comity.Trouble](err); ok && k < 500 {
			share.refusals.Allow()
		}
	}()
	if r.URL.RawQuery != "" || r.URL.RawPath != "" {
		return comity.Errorf(comity.NotFound, "no such path")
	}
	if r.URL.Path == exchangePath && r.Method == http.MethodPost {
		if !enter(share.exchanges) {
			return comity.Errorf(comity.TooMuch, "too many exchanges at once")
		}
		defer leave(share.exchanges)
		return s.exchange(w, r, peer, share)
	}
	name, ok := strings.CutPrefix(r.URL.Path, filesPath)
	if !ok || len(name) != 64 || r.Method != http.MethodHead && r.Method != http.MethodPut {
		return comity.Errorf(comity.NotFound, "no such path")
	}
	cipher, err := comity.ParseHash(name)
	if err != nil || cipher.IsZero() {
		return comity.Errorf(comity.NotFound, "no such path")
	}
	if !enter(share.files) {
		return comity.Errorf(comity.TooMuch, "too many files at once")
	}
	defer leave(share.files)
	if r.Method == http.MethodHead {
		return s.offset(w, r, peer, cipher)
	}
	return s.append(w, r, peer, cipher)
}

func (s *Server) exchange(w http.ResponseWriter, r *http.Request, peer comity.Party, share *share) error {
	if r.Header.Get("Content-Type") != octets {
		return comity.Errorf(comity.Invalid, "the content type is not %s", octets)
	}
	switch {
	case r.ContentLength < 0:
		return comity.Errorf(comity.Invalid, "the content length is missing")
	case r.ContentLength > s.limits.Body:
		return comity.Errorf(comity.TooMuch, "an exchange may have %d bytes, not %d", s.limits.Body, r.ContentLength)
	}
	drop, err := s.hold(share, r.ContentLength)
	if err != nil {
		return err
	}
	var answer []byte
	err = func() error {
		defer drop()
		body, err := readBody(r.Body, r.ContentLength)
		if err != nil {
			return comity.Errorf(comity.Invalid, "the exchange did not arrive whole")
		}
		r.Body = http.NoBody // for serve: it is read
		answer, err = s.Exchange(r.Context(), peer, body)
		return err
	}()
	if err != nil {
		return err
	}
	if int64(len(answer)) > s.limits.Body {
		return errors.New("our answer is longer than an exchange may be")
	}
	// Held anew, not in addition: who waits for more while holding some can wait for ever.
	if drop, err = s.hold(share, int64(len(answer))); err != nil {
		return err
	}
	defer drop()
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.limits.Read)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", octets)
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) // who does not take it asks again
	return nil
}

// hold takes n bytes of the peer's share of memory and of all memory.
func (s *Server) hold(share *share, n int64) (drop func(), err error) {
	if !share.memory.TryAcquire(n) {
		return nil, comity.Errorf(comity.TooMuch, "too many bytes at once")
	}
	if !s.memory.TryAcquire(n) {
		share.memory.Release(n)
		return nil, comity.Errorf(comity.Unavailable, "busy; try again")
	}
	return func() { s.memory.Release(n); share.memory.Release(n) }, nil
}

func (s *Server) offset(w http.ResponseWriter, r *http.Request, peer comity.Party, cipher comity.Hash) error {
	n, err := s.FileOffset(r.Context(), peer, cipher)
	if err != nil {
		return err
	}
	w.Header().Set(offsetHeader, strconv.FormatInt(n, 10))
	return nil
}

func (s *Server) append(w http.ResponseWriter, r *http.Request, peer comity.Party, cipher comity.Hash) error {
	offset, err := count(r.Header, offsetHeader)
	if err != nil {
		return err
	}
	total, err := count(r.Header, sizeHeader)
	if err != nil {
		return err
	}
	if r.ContentLength < 0 || r.ContentLength > total-offset {
		return comity.Fieldf("Content-Length", "it must be there, and at most %s less %s", sizeHeader, offsetHeader)
	}
	body := &patient{r.Body, http.NewResponseController(w), s.limits.Idle}
	n, err := s.FileAppend(r.Context(), peer, cipher, offset, total, body)
	if err != nil {
		return err
	}
	w.Header().Set(offsetHeader, strconv.FormatInt(n, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// A patient reader lets a long body take its time as long as bytes arrive.
type patient struct {
	io.Reader
	rc   *http.ResponseController
	idle time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	if err := within(p.rc, p.idle); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

// MayRefuse takes one refusal from a peer's share, and reports whether there
// was one. Ask it before signing a rejection: a signature is dear, and a peer
// that sends rubbish should not be able to buy many.
func (s *Server) MayRefuse(peer comity.Party) bool {
	return s.share(peer).refusals.Allow()
}
