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
		deaf bool          // takes no answer
	}{
		{"who does not shake hands", "", 0, 10 * time.Second, false},
		{"who says nothing", " ", 0, 10 * time.Second, false},
		{"who stops in a header", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\n", 0, 10 * time.Second, false},
		{"who drips a header", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nX: ", time.Second, 10 * time.Second, false},
		{"who stops in an exchange", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: " + octets + "\r\nContent-Length: 1000\r\n\r\n", 0, 60 * time.Second, false},
		{"who drips an exchange", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: " + octets + "\r\nContent-Length: 1000\r\n\r\n", 9 * time.Second, 60 * time.Second, false},
		{"who stops in a file", "PUT /v1/files/" + hash + " HTTP/1.1\r\nHost: x\r\nComity-Offset: 0\r\nComity-Size: 9\r\nContent-Length: 9\r\n\r\n1", 0, 60 * time.Second, false},
		{"who says no more", "HEAD /v1/files/" + hash + " HTTP/1.1\r\nHost: x\r\n\r\n", 0, 60 * time.Second, false},
		{"who takes no answer", "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: " + octets + "\r\nContent-Length: 1\r\n\r\nx", time.Second, 60 * time.Second, true},
		{"who takes no offset", "HEAD /v1/files/" + hash + " HTTP/1.1\r\nHost: x\r\n\r\n", time.Second, 60 * time.Second, true},
		{"who takes no refusal", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", time.Second, 60 * time.Second, true},
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
				drip := func() {
					for err := error(nil); c.drip > 0 && err == nil; {
						select {
						case <-time.After(c.drip):
							_, err = conn.Write([]byte("x"))
						case <-done:
							return
						}
					}
				}
				if c.deaf {
					drip()
				} else {
					go drip()
					io.Copy(io.Discard, conn)
				}
				close(done)
				if got := time.Since(began); got < c.want || got > c.want+10*time.Second {
					t.Errorf("it lasted %v, want %v", got, c.want)
				}
				if strings.HasPrefix(c.say, "POST") && !c.deaf {
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

// drowsy is a file that takes its time for every piece: the time is what the test
// is about, and nothing is waited for.
type drowsy struct{ time.Duration }

func (d drowsy) ReadAt(b []byte, _ int64) (int, error) {
	time.Sleep(d.Duration)
	return len(b), nil
}

func TestAFloodHurtsNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.Limits = Limits{Requests: 100, AtOnce: 4, Body: 1 << 20, InFlight: 16 << 20}
	w.Exchange = func(_ context.Context, p comity.Party, b []byte) ([]byte, error) {
		time.Sleep(2 * time.Millisecond) // what a commit costs, and waits for nothing
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
	if _, err := w.client(t, good, e).Exchange(t.Context(), make([]byte, 1<<20)); err != nil {
		t.Errorf("another peer: %v", err)
	}
}

// until waits for a condition, ten seconds at most.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// Whatever all peers send and are sent fits into one bound.
func TestAllExchangesShareOneMemory(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		name          string
		asks, answers int
	}{
		{"questions that are on their way", 16 * mib, 0},
		{"answers that nobody takes", 1, 16 * mib},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.Limits = Limits{Body: 16 * mib, InFlight: 32 * mib} // one peer may have all of it
			w.Exchange = func(_ context.Context, p comity.Party, _ []byte) ([]byte, error) {
				if p == us {
					return make([]byte, c.answers), nil
				}
				return nil, nil
			}
			bad, good := certificate(t, "us"), certificate(t, "fr")
			w.know(bad, us)
			w.know(good, fr)
			e := w.start(t)
			for range 2 {
				conn, err := tls.Dial("tcp", strings.TrimPrefix(e, "https://"), &tls.Config{Certificates: []tls.Certificate{bad}, InsecureSkipVerify: true})
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\nx", octets, c.asks)
			}
			client := w.client(t, good, e)
			until(t, "another peer is told that the node is busy", func() bool {
				_, err := client.Exchange(t.Context(), make([]byte, 1000))
				if err != nil && (!errors.Is(err, comity.Unavailable) || !strings.Contains(err.Error(), "busy")) {
					t.Fatal(err)
				}
				return err != nil
			})
		})
	}
}

func TestOnePeerHasItsShareOfRequests(t *testing.T) {
	t.Run("a second", func(t *testing.T) {
		w := newWorld(t)
		w.Limits.Requests = 0.1 // one, then one in ten seconds
		mine := certificate(t, "us")
		w.know(mine, us)
		c := w.client(t, mine, w.start(t))
		if _, err := c.Exchange(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_, err := c.Exchange(t.Context(), nil)
		is(t, err, comity.TooMuch)
		if n := w.calls.Load(); n != 1 {
			t.Errorf("%d exchanges were handed over", n)
		}
	})
	t.Run("files at once", func(t *testing.T) {
		w := newWorld(t)
		w.Limits.AtOnce = 1
		entered, leave := make(chan bool), make(chan bool)
		w.FileOffset = func(context.Context, comity.Party, comity.Hash) (int64, error) {
			entered <- true
			<-leave
			return 0, nil
		}
		mine := certificate(t, "us")
		w.know(mine, us)
		e := w.start(t)
		cipher, _ := comity.ParseHash(strings.Repeat("ab", 32))
		first := make(chan error)
		go func() {
			_, err := w.client(t, mine, e).Offset(t.Context(), cipher)
			first <- err
		}()
		<-entered
		c := w.client(t, mine, e)
		_, err := c.Offset(t.Context(), cipher)
		is(t, err, comity.TooMuch)
		if _, err := c.Exchange(t.Context(), nil); err != nil {
			t.Errorf("an exchange waits for a file: %v", err)
		}
		close(leave)
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// A node that stops lets those finish whom it is answering, but not for ever.
func TestStop(t *testing.T) {
	mine := certificate(t, "us")
	for _, c := range []struct {
		name  string
		takes time.Duration
		want  bool
	}{
		{"who is soon done gets an answer", 4 * time.Second, true},
		{"who is not is cut off", time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.know(mine, us)
				entered := make(chan bool)
				w.Exchange = func(ctx context.Context, _ comity.Party, b []byte) ([]byte, error) {
					close(entered)
					select {
					case <-time.After(c.takes):
					case <-ctx.Done():
					}
					return b, ctx.Err()
				}
				l := newPipes()
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- w.Run(ctx, l) }()
				conn := tls.Client(l.dial(), &tls.Config{Certificates: []tls.Certificate{mine}, InsecureSkipVerify: true})
				defer conn.Close()
				fmt.Fprintf(conn, "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 5\r\n\r\nhello", octets)
				answer := make(chan string, 1)
				go func() {
					b, _ := io.ReadAll(conn) // a cut is what may come
					answer <- string(b)
				}()
				<-entered
				began := time.Now()
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if d := time.Since(began); d > 6*time.Second {
					t.Errorf("it took %v to stop", d)
				}
				if got := <-answer; strings.HasPrefix(got, "HTTP/1.1 200") != c.want {
					t.Errorf("answered %q", got)
				}
			})
		})
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
	until(t, "room that was left is given again", func() bool {
		c, err := tls.Dial("tcp", addr, conf)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
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
	g, in = newGate(nil, Limits{Conns: 3}.withDefaults()), 0
	for i := range 10 {
		if g.admit(&net.TCPAddr{IP: net.IPv4(192, 0, 2, byte(i))}) != nil {
			in++
		}
	}
	if in != 3 {
		t.Errorf("%d connections of all addresses came in at once", in)
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
