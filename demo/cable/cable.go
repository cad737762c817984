// Package cable is what lies between the two nodes of the demo, and can be cut.
package cable

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// A Line is the cable to one node: a relay that can be cut. It carries bytes and
// understands none of them.
type Line struct {
	l    net.Listener
	work sync.WaitGroup

	mu     sync.Mutex
	target string
	broken bool
	open   map[net.Conn]bool
}

// New returns a line that leads nowhere yet.
func New() (*Line, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	x := &Line{l: l, open: map[net.Conn]bool{}}
	x.work.Go(x.serve)
	return x, nil
}

func (x *Line) Addr() string { return x.l.Addr().String() }

// To says where the line leads: a node that starts again has another port.
func (x *Line) To(target string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.target = target
}

// Cut drops every connection and refuses new ones; Mend ends that.
func (x *Line) Cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.broken = true
	for c := range x.open {
		c.Close()
	}
}

func (x *Line) Mend() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.broken = false
}

func (x *Line) Close() {
	x.l.Close()
	x.Cut()
	x.work.Wait()
}

func (x *Line) serve() {
	for {
		c, err := x.l.Accept()
		if err != nil {
			return
		}
		x.work.Go(func() { x.carry(c) })
	}
}

// keep notes a connection for cut. It reports false, and closes it, if the line
// is cut already.
func (x *Line) keep(c net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.broken {
		c.Close()
		return false
	}
	x.open[c] = true
	return true
}

func (x *Line) drop(c net.Conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.open, c)
	c.Close()
}

func (x *Line) carry(near net.Conn) {
	if !x.keep(near) {
		return
	}
	defer x.drop(near)
	x.mu.Lock()
	target := x.target
	x.mu.Unlock()
	d := net.Dialer{Timeout: time.Second}
	far, err := d.DialContext(context.Background(), "tcp", target)
	if err != nil || !x.keep(far) {
		return
	}
	defer x.drop(far)
	done := make(chan struct{}, 2)
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // however it ends, the connection has
		done <- struct{}{}
	}
	go pipe(far, near)
	go pipe(near, far)
	<-done
}
