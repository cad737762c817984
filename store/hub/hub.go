// Package hub keeps the goroutines that live as long as what they serve, and wakes
// those who wait for what they see.
package hub

import (
	"context"
	"sync"
)

// A Hub is ready as it is.
type Hub struct {
	mu     sync.Mutex
	wakers map[chan struct{}]bool
	work   sync.WaitGroup
	closed bool
}

// Go runs f, for which Close waits. It does not if the hub is closed.
func (h *Hub) Go(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.work.Go(f)
	}
}

// Join returns a channel that is readable after a Wake: once at least after the last
// of them, not once for each. It is closed when ctx ends or the hub is closed.
func (h *Hub) Join(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return c
	}
	if h.wakers == nil {
		h.wakers = make(map[chan struct{}]bool)
	}
	h.wakers[c] = true
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.wakers[c] {
			delete(h.wakers, c)
			close(c)
		}
	})
	return c
}

// Wake wakes all who have joined.
func (h *Hub) Wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.wakers {
		select {
		case c <- struct{}{}:
		default: // it has not looked since the last time
		}
	}
}

// Close ends every wait, and waits for all that runs.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for c := range h.wakers {
		close(c)
	}
	h.wakers = nil
	h.mu.Unlock()
	h.work.Wait()
}
