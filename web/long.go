package web

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"comity"
)

// How long a page waits for a command before it says how far that is; how long a
// command goes on that nobody asks after; and how many may run at once.
const (
	patience  = 2 * time.Second
	forgotten = 2 * time.Minute
	atOnce    = 4
)

// runs are the commands that take longer than a page may: by the seat and the words.
type runs struct {
	mu  sync.Mutex
	all map[string]*run
}

type run struct {
	far  atomic.Int64
	end  chan struct{}
	idle *time.Timer
	stop context.CancelFunc
	a    answer
	err  error
}

// long runs a command beside the request. It says how far it is when the request has
// waited long enough; the next request for the same waits on. What nobody asks after
// stops, and loses nothing: what was measured is kept.
func (v *view) long(args ...string) (a answer, far int, done bool, err error) {
	key := string(v.who.Seat) + "\n" + strings.Join(args, "\n")
	r, err := v.run(key, args)
	if err != nil {
		return a, 0, false, err
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-r.end:
		v.runs.drop(key, r)
		return r.a, int(r.far.Load()), true, r.err
	case <-wait.C:
		r.idle.Reset(forgotten)
		return a, int(r.far.Load()), false, nil
	case <-v.r.Context().Done():
		return a, 0, false, v.r.Context().Err()
	}
}

func (v *view) run(key string, args []string) (*run, error) {
	v.runs.mu.Lock()
	defer v.runs.mu.Unlock()
	if r := v.runs.all[key]; r != nil {
		return r, nil
	}
	if len(v.runs.all) >= atOnce {
		return nil, comity.Errorf(comity.Unavailable, "%d long commands run already; try again in a minute", atOnce)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(v.r.Context()))
	r := &run{end: make(chan struct{}), stop: stop}
	r.idle = time.AfterFunc(forgotten, func() { v.runs.drop(key, r) })
	if v.runs.all == nil {
		v.runs.all = map[string]*run{}
	}
	v.runs.all[key] = r
	s, who, lang := v.Server, v.who, v.word.Short()
	go func() {
		defer close(r.end)
		r.a, r.err = s.told(ctx, who, lang, func(n int) { r.far.Store(int64(n)) }, nil, args...)
	}()
	return r, nil
}

// drop forgets a run, and ends it.
func (x *runs) drop(key string, r *run) {
	r.idle.Stop()
	r.stop()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all[key] == r {
		delete(x.all, key)
	}
}

// halt ends a seat's runs.
func (x *runs) halt(seat comity.Seat) {
	x.mu.Lock()
	some := map[string]*run{}
	for key, r := range x.all {
		if strings.HasPrefix(key, string(seat)+"\n") {
			some[key] = r
		}
	}
	x.mu.Unlock()
	for key, r := range some {
		x.drop(key, r)
	}
}
