package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"comity"
)

// pipes is a listener whose connections are in memory, so that time in a
// synctest bubble can pass.
type pipes struct {
	c    chan net.Conn
	done chan struct{}
	once sync.Once
}

func newPipes() *pipes { return &pipes{c: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.c:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.IPAddr{} }
func (p *pipes) dial() net.Conn {
	a, b := net.Pipe()
	p.c <- b
	return a
}

func TestSlowCallersAreLetGo(t *testing.T) {
	mine := certificate(t, "us")
	hash := strings.Repeat("ab", 32)
	for _, c := range []struct {
		name string
		say  string        // after the handshake; "" for no handshake, " " for nothing
		drip time.Duration // then a byte so often; 0: never
		want time.Duration // until the server ends it
	}{
		{"who does not shake hands", "", 0, 10 * time.Second},
		{"who says nothing", " ", 0, 10 * time.Second},
		{"who stops in a header", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\n", 0, 10 * time.Second},
		{"who drips a header", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nX: ", time.Second, 10 * time.Second},
		{"who stops in an exchange", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: " + octets + "\r\nContent-Length: 1000\r\n\r\n", 0, 60 * time.Second},
		{"who drips an exchange", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: " + octets + "\r\nContent-Length: 1000\r\n\r\n", 9 * time.Second, 60 * time.Second},
		{"who stops in a file", "PUT /v1/files/" + hash + " HTTP/1.1\r\nHost: x\r\nComity-Offset: 0\r\nComity-Size: 9\r\nContent-Length: 9\r\n\r\n1", 0, 60 * time.Second},
		{"who says no more", "HEAD /v1/files/" + hash + " HTTP/1.1\r\nHost: x\r\n\r\n", 0, 60 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.know(mine, us)
				l := newPipes()
				w.on(t, l)
				conn := l.dial()
				defer conn.Close()
				began := time.Now()
				if c.say != "" {
					s := tls.Client(conn, &tls.Config{Certificates: []tls.Certificate{mine}, InsecureSkipVerify: true})
					if err := s.Handshake(); err != nil {
						t.Fatal(err)
					}
					conn = s
					if c.say != " " {
						go io.WriteString(conn, c.say)
					}
				}
				done := make(chan struct{})
				go func() {
					for c.drip > 0 {
						select {
						case <-time.After(c.drip):
							conn.Write([]byte("x"))
						case <-done:
							return
						}
					}
				}()
				io.Copy(io.Discard, conn)
				close(done)
				if got := time.Since(began); got < c.want || got > c.want+10*time.Second {
					t.Errorf("it lasted %v, want %v", got, c.want)
				}
				if strings.HasPrefix(c.say, "POST") {
					mustNotBeAsked(t, w)
				}
			})
		})
	}
}

// On real sockets: crypto/tls waits for a mutex while a write to a pipe is
// stuck, and no time passes in a bubble meanwhile.
func TestALongFileMayTakeItsTimeButNotStall(t *testing.T) {
	w, f := newWorld(t), &cabinet{}
	w.Limits.Idle = 400 * time.Millisecond
	w.FileOffset, w.FileAppend = f.offset, f.append
	mine := certificate(t, "us")
	w.know(mine, us)
	c := w.client(t, mine, w.start(t))
	c.Limits.Idle = 400 * time.Millisecond
	cipher, _ := comity.ParseHash(strings.Repeat("ab", 32))
	file := make([]byte, 320<<10) // ten pieces
	began := time.Now()
	err := c.Push(t.Context(), cipher, int64(len(file)), drowsy{100 * time.Millisecond})
	if err != nil || len(f.b) != len(file) || time.Since(began) < time.Second {
		t.Errorf("after %v, %d bytes, %v", time.Since(began), len(f.b), err)
	}
	f.mu.Lock()
	f.b = nil
	f.mu.Unlock()
	err = c.Push(t.Context(), cipher, int64(len(file)), drowsy{2 * time.Second})
	is(t, err, comity.Unavailable)
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("a file that stalls took %v", d)
	}
}

// drowsy is a file that takes its time for every piece.
type drowsy struct{ time.Duration }

func (d drowsy) ReadAt(b []byte, _ int64) (int, error) {
	time.Sleep(d.Duration)
	return len(b), nil
}

func TestAFloodHurtsNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.Limits = Limits{Requests: 100, AtOnce: 4, Body: 1 << 20, InFlight: 16 << 20}
	w.Exchange = func(_ context.Context, p comity.Party, b []byte) ([]byte, error) {
		time.Sleep(2 * time.Millisecond) // a commit
		return b, nil
	}
	bad, good := certificate(t, "us"), certificate(t, "fr")
	w.know(bad, us)
	w.know(good, fr)
	e := w.start(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	refused := make([]int, 16)
	flood := w.client(t, bad, e)
	flood.transport.MaxConnsPerHost = 0
	for i := range refused {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := flood.Exchange(ctx, make([]byte, 100<<10)); errors.Is(err, comity.TooMuch) {
					refused[i]++
				}
			}
		})
	}
	c := w.client(t, good, e)
	var took []time.Duration
	for range 100 {
		began := time.Now()
		if _, err := c.Exchange(t.Context(), make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	stop()
	wg.Wait()
	slices.Sort(took)
	n := 0
	for _, r := range refused {
		n += r
	}
	t.Logf("p50 %v, p99 %v, the flood was refused %d times", took[50], took[98], n)
	if took[98] > 2*time.Second {
		t.Errorf("another peer's p99 is %v", took[98])
	}
	if n == 0 {
		t.Error("the flood was not refused")
	}
}

func TestHalfSentExchangesHoldOnlyTheirPeersMemory(t *testing.T) {
	w := newWorld(t)
	w.Limits = Limits{Body: 1 << 20, InFlight: 8 << 20, AtOnce: 100}
	bad, good := certificate(t, "us"), certificate(t, "fr")
	w.know(bad, us)
	w.know(good, fr)
	e := w.start(t)
	statuses := make(chan string, 10)
	for range 10 {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(e, "https://"), &tls.Config{Certificates: []tls.Certificate{bad}, InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 1000000\r\n\r\nx", octets)
		go func() {
			b := make([]byte, 12)
			io.ReadFull(conn, b)
			statuses <- string(b)
		}()
	}
	for range 8 { // the other two are awaited
		if s := <-statuses; s != "HTTP/1.1 429" {
			t.Errorf("got %q", s)
		}
	}
	if _, err := w.client(t, good, e).Exchange(t.Context(), make([]byte, 1<<20)); err != nil && !errors.Is(err, comity.Invalid) {
		t.Errorf("another peer: %v", err)
	}
}

func TestOneAddressHasItsShareOfConnections(t *testing.T) {
	w := newWorld(t)
	w.Limits = Limits{PerHost: 3}
	mine := certificate(t, "us")
	w.know(mine, us)
	addr := strings.TrimPrefix(w.start(t), "https://")
	conf := &tls.Config{Certificates: []tls.Certificate{mine}, InsecureSkipVerify: true}
	var open []net.Conn
	for range 3 {
		c, err := tls.Dial("tcp", addr, conf)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	if c, err := tls.Dial("tcp", addr, conf); err == nil {
		c.Close()
		t.Error("a fourth connection")
	}
	for _, c := range open {
		c.Close()
	}
	ok := false
	for i := 0; i < 100 && !ok; i++ {
		if c, err := tls.Dial("tcp", addr, conf); err == nil {
			ok = true
			c.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !ok {
		t.Error("room that was left is not given again")
	}
	g := newGate(nil, Limits{Accepts: 1}.withDefaults())
	in := 0
	for range 100 {
		if g.admit(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}) != nil {
			in++
		}
	}
	if in != 4 || g.admit(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 2)}) == nil {
		t.Errorf("%d connections of one address came in at once", in)
	}
	a := hostOf(&net.TCPAddr{IP: net.ParseIP("2001:db8::1")})
	if a != hostOf(&net.TCPAddr{IP: net.ParseIP("2001:db8::2")}) || a == hostOf(&net.TCPAddr{IP: net.ParseIP("2001:db8:0:1::1")}) {
		t.Error("an IPv6 caller is its /64")
	}
}

func BenchmarkExchange(b *testing.B) {
	w := newWorld(b)
	w.Limits.Requests = 1e9
	mine := certificate(b, "us")
	w.know(mine, us)
	c := w.client(b, mine, w.start(b))
	body := make([]byte, 4096)
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := c.Exchange(b.Context(), body); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}
