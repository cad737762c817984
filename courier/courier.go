// Package courier takes what waits in the record to its peer, with patience.
//
// Each channel has one courier at a time: of several replicas on one record, by a
// lease. It finds its place by a hello, numbers what is ready, sends what the peer
// lacks, and takes in the answer; then it waits for the record to change or for
// the next attempt. Files go beside, so that a large one delays nobody.
package courier

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"sync"
	"time"

	"comity"
	"comity/exchange"
	"comity/record"
	"comity/store"
)

// A Peer is how a courier reaches one party.
type Peer interface {
	Exchange(ctx context.Context, body []byte) ([]byte, error)
	Push(ctx context.Context, cipher comity.Hash, size int64, ciphertext io.ReaderAt) error
}

// A Courier serves all channels of a node.
type Courier struct {
	Keeper *record.Keeper
	Log    *slog.Logger

	// Holder names this replica in leases: the same name after a crash, so that a
	// node which starts again need not wait for its own leases to end.
	Holder string

	// Reach returns the way to a peer. It is asked anew after each failure, as a
	// peer's endpoints and keys change in its stream.
	Reach func(ctx context.Context, p comity.Party) (Peer, error)

	// Take takes in the answer to an exchange.
	Take func(ctx context.Context, peer comity.Party, body []byte) (*record.Turn, error)

	// Open opens a file's ciphertext.
	Open func(cipher comity.Hash) (*os.File, int64, error)
}

const (
	leaseFor   = 2 * time.Second
	leaseRenew = leaseFor / 4
	lookAround = 500 * time.Millisecond // for new pairs and free leases
	askAgain   = 10 * time.Second       // whether a file that has gone is there, if no receipt says so
	calm       = 50 * time.Millisecond  // in which changes gather, for what need not be prompt
)

// Run serves until ctx ends.
func (c *Courier) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	running := map[string]bool{}
	var mu sync.Mutex
	start := func(name string, f func(ctx context.Context)) {
		mu.Lock()
		defer mu.Unlock()
		if running[name] {
			return
		}
		running[name] = true
		work.Go(func() {
			defer func() {
				mu.Lock()
				delete(running, name)
				mu.Unlock()
			}()
			c.leased(ctx, name, f)
		})
	}
	changed := c.Keeper.DB.Changed(ctx)
	for {
		err := c.Keeper.View(ctx, func(tx *store.Tx) error {
			channels, err := record.Channels(tx)
			if err != nil {
				return err
			}
			for _, ch := range channels {
				start(record.Lease(ch.ID), func(ctx context.Context) {
					var both sync.WaitGroup
					both.Go(func() { c.files(ctx, ch.ID, ch.Peer) })
					c.channel(ctx, ch.ID, ch.Peer)
					both.Wait()
				})
			}
			parties, err := tx.Parties()
			if err != nil {
				return err
			}
			for _, p := range parties {
				if p.State == record.Confirmed {
					start("pair/"+string(p.Party), func(ctx context.Context) { c.pair(ctx, p.Party) })
				}
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			c.Log.Error("the record cannot be read", "err", err)
		}
		if !pause(ctx, lookAround, changed) || !pause(ctx, calm, nil) {
			return nil
		}
	}
}

// leased runs f while this replica holds the lease, and ends it when it cannot
// be renewed. A record in a file has no replicas, and no need of leases.
func (c *Courier) leased(ctx context.Context, name string, f func(context.Context)) {
	if c.Keeper.DB.Dialect() == "sqlite" {
		f(ctx)
		return
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	got, err := c.lease(ctx, name)
	if err != nil || !got {
		return
	}
	var keep sync.WaitGroup
	keep.Go(func() {
		last := c.Keeper.Now()
		for pause(ctx, leaseRenew, nil) {
			got, err := c.lease(ctx, name)
			switch {
			case err == nil && got:
				last = c.Keeper.Now()
			case err == nil, c.Keeper.Now().Sub(last) > leaseFor-leaseRenew:
				stop()
			}
		}
	})
	f(ctx)
	stop()
	keep.Wait()
	free, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := c.Keeper.DB.Update(free, func(tx *store.Tx) error { return tx.Unlease(name, c.Holder) }); err != nil {
		c.Log.Warn("a lease was not given back, and ends by itself", "lease", name, "err", err)
	}
}

func (c *Courier) lease(ctx context.Context, name string) (got bool, err error) {
	err = c.Keeper.DB.Update(ctx, func(tx *store.Tx) error {
		got, err = tx.Lease(name, c.Holder, comity.At(c.Keeper.Now()), leaseFor)
		return err
	})
	return got, err
}

// pause waits for d, or a change. It reports whether to go on.
func pause(ctx context.Context, d time.Duration, changed <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-changed:
	}
	return ctx.Err() == nil
}

// channel keeps one channel going.
func (c *Courier) channel(ctx context.Context, id comity.Hash, peer comity.Party) {
	changed := c.Keeper.DB.Changed(ctx)
	var to Peer
	turn, err := c.start(ctx, id)
	for ctx.Err() == nil {
		if err != nil {
			c.Log.Error("a channel cannot go on", "peer", peer, "err", err)
			if !pause(ctx, time.Second, nil) {
				return
			}
			turn, err = c.start(ctx, id)
			continue
		}
		var body []byte
		if body, err = c.Keeper.Compose(ctx, turn, false); err != nil {
			continue
		}
		if body == nil {
			wait := 5 * time.Second
			if turn.State.Waits() {
				wait = max(time.Millisecond, min(wait, turn.State.Due.Sub(c.Keeper.Now())))
			}
			if !pause(ctx, wait, changed) {
				return
			}
			turn, err = c.look(ctx, id)
			continue
		}
		var failed error
		if to == nil {
			to, failed = c.Reach(ctx, peer)
		}
		var answer []byte
		if failed == nil {
			answer, failed = to.Exchange(ctx, body)
		}
		trouble := "the peer was not reached"
		if failed == nil {
			var after *record.Turn
			if after, failed = c.Take(ctx, peer, answer); failed == nil && after == nil {
				failed = comity.Errorf(comity.Unavailable, "%s answers as if the pair were not active yet", peer)
			}
			if failed == nil {
				select { // what has changed up to now, the next turn sees
				case <-changed:
				default:
				}
				turn, err = c.more(ctx, after)
				continue
			}
			trouble = "the peer's answer could not be taken in"
		}
		if ctx.Err() == nil {
			c.Log.Warn(trouble, "peer", peer, "err", failed)
		}
		to = nil
		turn, err = c.again(ctx, turn)
	}
}

// start finds the channel's place after this process, or another, has stopped.
func (c *Courier) start(ctx context.Context, id comity.Hash) (*record.Turn, error) {
	return c.Keeper.Turn(ctx, id, func(t *record.Turn) error {
		if err := t.BeginAgain(); err != nil {
			return err
		}
		return c.tick(t)
	})
}

// look sees whether there is anything to do, after a change or in time.
func (c *Courier) look(ctx context.Context, id comity.Hash) (*record.Turn, error) {
	return c.Keeper.Turn(ctx, id, func(t *record.Turn) error {
		if err := t.Number(); err != nil {
			return err
		}
		return c.tick(t)
	})
}

// more goes on after an answer, with what has become ready in between.
func (c *Courier) more(ctx context.Context, after *record.Turn) (*record.Turn, error) {
	turn, err := c.Keeper.Turn(ctx, after.ID, func(t *record.Turn) error { return t.Number() })
	if err != nil {
		return nil, err
	}
	turn.Follow(after)
	return turn, nil
}

// again waits for the next attempt. What becomes ready meanwhile goes with it.
func (c *Courier) again(ctx context.Context, last *record.Turn) (*record.Turn, error) {
	if !last.State.Waits() {
		last.Leaves = nil // a receipt alone: the peer will ask again
		return last, nil
	}
	pause(ctx, max(10*time.Millisecond, last.State.Due.Sub(c.Keeper.Now())), nil)
	return c.look(ctx, last.ID)
}

func (c *Courier) tick(t *record.Turn) error {
	now := comity.At(c.Keeper.Now())
	if !t.State.Waits() || now.Before(t.State.Due.Time) {
		return nil
	}
	nonce := make([]byte, 32)
	rand.Read(nonce)
	return t.Feed(exchange.Tick{Now: now, Nonce: nonce, Jitter: mathrand.Float64()})
}

// pair offers our signature of the profile until the peer has given its own.
func (c *Courier) pair(ctx context.Context, peer comity.Party) {
	for {
		err := func() error {
			body, err := c.Keeper.ComposePairing(ctx, peer)
			if err != nil {
				return err
			}
			to, err := c.Reach(ctx, peer)
			if err != nil {
				return err
			}
			answer, err := to.Exchange(ctx, body)
			if err != nil {
				return err
			}
			_, err = c.Take(ctx, peer, answer)
			return err
		}()
		if err == nil {
			return
		}
		if ctx.Err() == nil && !errors.Is(err, comity.Unavailable) {
			c.Log.Warn("the pair is not active yet", "peer", peer, "err", err)
		}
		if !pause(ctx, time.Second, nil) {
			return
		}
	}
}

// files pushes the ciphertext of our statements' files, one at a time.
func (c *Courier) files(ctx context.Context, id comity.Hash, peer comity.Party) {
	changed := c.Keeper.DB.Changed(ctx)
	tried := map[comity.Hash]time.Time{} // and not yet receipted
	for {
		waiting, err := c.pushAll(ctx, id, peer, tried)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				c.Log.Warn("files could not be pushed", "peer", peer, "err", err)
			}
			if !pause(ctx, 2*time.Second, nil) {
				return
			}
			continue
		case !waiting:
			clear(tried)
		}
		if !pause(ctx, askAgain, changed) || !pause(ctx, calm, nil) {
			return
		}
	}
}

// pushAll pushes each file that has not been tried of late. One that cannot be
// pushed keeps no other back; a peer who cannot be reached ends the round.
func (c *Courier) pushAll(ctx context.Context, id comity.Hash, peer comity.Party, tried map[comity.Hash]time.Time) (waiting bool, err error) {
	var list []store.File
	err = c.Keeper.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.FilesToPush(id, 64)
		return err
	})
	for _, f := range list {
		at, again := tried[f.Cipher]
		if again && c.Keeper.Now().Sub(at) < askAgain {
			continue
		}
		switch err := c.push(ctx, peer, f); {
		case errors.Is(err, comity.Unavailable) || ctx.Err() != nil:
			return true, err
		case err != nil:
			c.Log.Error("a file could not be pushed", "peer", peer, "cipher", f.Cipher.Short(), "err", err)
		case !again:
			c.Log.Info("a file has gone", "peer", peer, "cipher", f.Cipher.Short(), "bytes", f.CipherSize)
		}
		tried[f.Cipher] = c.Keeper.Now()
	}
	return len(list) > 0, err
}

func (c *Courier) push(ctx context.Context, peer comity.Party, f store.File) error {
	to, err := c.Reach(ctx, peer)
	if err != nil {
		return err
	}
	r, size, err := c.Open(f.Cipher)
	if err != nil {
		return err
	}
	defer r.Close()
	if size != f.CipherSize {
		return comity.Errorf(comity.Invalid, "%s has %d bytes in the vault and should have %d; put the vault's backup back", f.Cipher.Short(), size, f.CipherSize)
	}
	return to.Push(ctx, f.Cipher, size, r)
}
