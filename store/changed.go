package store

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// A hub wakes those who wait for a commit.
type hub struct {
	mu       sync.Mutex
	wakers   map[chan struct{}]bool
	watching bool // a goroutine watches for the commits of other processes
	closed   bool

	sending bool // PostgreSQL: a goroutine tells them of ours
	unsent  bool
	name    string // ours, so that we do not wake ourselves
}

// Changed returns a channel that is readable after commits by this or another
// process: once at least after the last of them, not once for each. It is closed
// when ctx ends or the record is closed.
func (db *DB) Changed(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	h := &db.hub
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
	if !h.watching {
		h.watching = true
		db.work.Go(db.watch)
	}
	db.work.Go(func() {
		select {
		case <-ctx.Done():
		case <-db.ctx.Done():
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.wakers, c)
		close(c)
	})
	return c
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

func (h *hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.wakers {
		select {
		case c <- struct{}{}:
		default: // it has not looked since the last time
		}
	}
}

// watch sees the commits of other processes until Close.
func (db *DB) watch() {
	look, pause := db.listen, time.Second
	if db.dialect.name == "sqlite" {
		look, pause = db.poll, 100*time.Millisecond
	}
	for db.ctx.Err() == nil {
		look() // until it breaks
		db.hub.wake()
		select {
		case <-time.After(pause):
		case <-db.ctx.Done():
		}
	}
}

// poll asks SQLite for the number that changes when another connection commits:
// another than the one by which we do, and so another process.
func (db *DB) poll() {
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	version := int64(-1)
	for {
		v, err := db.version()
		if err != nil {
			return
		}
		if v != version && version != -1 {
			db.hub.wake()
		}
		version = v
		select {
		case <-tick.C:
		case <-db.ctx.Done():
			return
		}
	}
}

func (db *DB) version() (v int64, err error) {
	db.group.writing.Lock()
	defer db.group.writing.Unlock()
	s, err := db.group.conn.prepared("PRAGMA data_version")
	if err == nil {
		err = s.QueryRowContext(context.Background()).Scan(&v)
	}
	return v, err
}

// listen hears the notifications of other processes, and wakes us every second
// all the same: a process may die between its commit and its notification.
func (db *DB) listen() {
	c, err := pgx.ConnectConfig(db.ctx, db.config.Copy())
	if err != nil {
		return
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(db.ctx, "LISTEN comity"); err != nil {
		return
	}
	for {
		db.hub.wake()
		ctx, stop := context.WithTimeout(db.ctx, time.Second)
		for {
			n, err := c.WaitForNotification(ctx)
			if err != nil && ctx.Err() == nil {
				stop()
				return
			}
			if err != nil || n.Payload != db.hub.id() {
				break
			}
		}
		stop()
		if db.ctx.Err() != nil {
			return
		}
	}
}

func (h *hub) id() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.name == "" {
		h.name = rand.Text()
	}
	return h.name
}

// notify tells other processes that we have committed. It is not part of the
// commit, because PostgreSQL lets only one transaction that notifies commit at a
// time, and would so undo its own group commit. Nor does it wait for the disk.
func (db *DB) notify() {
	name := db.hub.id()
	h := &db.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unsent = true
	if h.sending || h.closed {
		return
	}
	h.sending = true
	db.work.Go(func() {
		for {
			h.mu.Lock()
			if !h.unsent {
				h.sending = false
				h.mu.Unlock()
				return
			}
			h.unsent = false
			h.mu.Unlock()
			// If this fails, their next look of every second finds it.
			db.sql.ExecContext(db.ctx, "SELECT set_config('synchronous_commit', 'off', true), pg_notify('comity', $1)", name)
		}
	})
}
