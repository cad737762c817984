// Package errand runs what takes longer than a page may wait, beside the requests that
// ask after it.
package errand

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"comity"
)

// How long a request waits before it hears how far the work is; how long work goes on
// that nobody asks after; and how much may run at once, of all and of one.
const (
	patience  = 2 * time.Second
	forgotten = 2 * time.Minute
	atOnce    = 4
	ofOne     = 2
)

// Runs are the errands under way. The zero Runs has none.
type Runs struct {
	mu  sync.Mutex
	all map[key]*run
}

// A key is whose errand it is, and which.
type key struct{ whose, what string }

type run struct {
	far    atomic.Int64
	end    chan struct{}
	idle   *time.Timer
	stop   context.CancelFunc
	result any
	err    error
}

// Do begins work, or asks after it: what it came to, or how far it is if that takes
// longer than a request waits. What nobody asks after is stopped.
func (x *Runs) Do(ctx context.Context, whose, what string, work func(ctx context.Context, told func(int)) (any, error)) (result any, far int, done bool, err error) {
	k := key{whose, what}
	r, err := x.run(ctx, k, work)
	if err != nil {
		return nil, 0, false, err
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-r.end:
		x.drop(k, r)
		return r.result, int(r.far.Load()), true, r.err
	case <-wait.C:
		r.idle.Reset(forgotten)
		return nil, int(r.far.Load()), false, nil
	case <-ctx.Done():
		return nil, 0, false, ctx.Err()
	}
}

func (x *Runs) run(ctx context.Context, k key, work func(context.Context, func(int)) (any, error)) (*run, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if r := x.all[k]; r != nil {
		return r, nil
	}
	if all, own := x.under(k.whose); all >= atOnce || own >= ofOne {
		return nil, comity.Errorf(comity.Unavailable, "%d long tasks run already, %d of them yours; try again in a minute", all, own)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &run{end: make(chan struct{}), stop: stop}
	r.idle = time.AfterFunc(forgotten, func() { x.drop(k, r) })
	if x.all == nil {
		x.all = map[key]*run{}
	}
	x.all[k] = r
	go func() {
		defer close(r.end)
		defer func() {
			if v := recover(); v != nil {
				r.err = fmt.Errorf("the task broke: %v\n%s", v, debug.Stack())
			}
		}()
		r.result, r.err = work(ctx, func(n int) { r.far.Store(int64(n)) })
	}()
	return r, nil
}

// under counts what is under way, of all and of one. Of what that one never came back
// for it keeps a few.
func (x *Runs) under(whose string) (all, own int) {
	kept := 0
	for k, r := range x.all {
		mine := k.whose == whose
		select {
		case <-r.end:
			if mine {
				kept++
			}
			if kept > ofOne {
				x.forget(k, r)
				kept--
			}
		default:
			if all++; mine {
				own++
			}
		}
	}
	return all, own
}

// drop forgets an errand, and ends it.
func (x *Runs) drop(k key, r *run) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forget(k, r)
}

func (x *Runs) forget(k key, r *run) {
	r.stop()
	r.idle.Stop()
	if x.all[k] == r {
		delete(x.all, k)
	}
}

// Halt ends all that somebody has under way.
func (x *Runs) Halt(whose string) {
	x.mu.Lock()
	some := map[key]*run{}
	for k, r := range x.all {
		if k.whose == whose {
			some[k] = r
		}
	}
	x.mu.Unlock()
	for k, r := range some {
		x.drop(k, r)
	}
}
