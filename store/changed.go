package store

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Changed returns a channel that is readable after commits by this or another
// process: once at least after the last of them, not once for each. It is closed
// when ctx ends or the record is closed.
func (db *DB) Changed(ctx context.Context) <-chan struct{} {
	db.watched.Do(func() { db.hub.Go(db.watch) })
	return db.hub.Join(ctx)
}

// watch sees the commits of other processes until Close.
func (db *DB) watch() {
	look, pause := db.listen, time.Second
	if db.dialect.name == "sqlite" {
		look, pause = db.poll, 100*time.Millisecond
	}
	for db.ctx.Err() == nil {
		look() // until it breaks
		db.hub.Wake()
		select {
		case <-time.After(pause):
		case <-db.ctx.Done():
		}
	}
}

// poll asks SQLite for the number that changes when another connection commits:
// another than the one by which we do, and so another process.
// The first number wakes too: what was committed after somebody joined, or while none
// could be read, has changed it unseen.
func (db *DB) poll() {
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	version := int64(-1)
	for {
		v, err := db.version()
		if err != nil {
			return
		}
		if v != version {
			db.hub.Wake()
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
	s, err := db.group.conn.Prepared("PRAGMA data_version")
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
		db.hub.Wake()
		ctx, stop := context.WithTimeout(db.ctx, time.Second)
		for {
			n, err := c.WaitForNotification(ctx)
			if err != nil && ctx.Err() == nil {
				stop()
				return
			}
			if err != nil || n.Payload != db.crier.id() {
				break
			}
		}
		stop()
		if db.ctx.Err() != nil {
			return
		}
	}
}

// A crier tells other processes that we have committed.
type crier struct {
	mu      sync.Mutex
	sending bool
	unsent  bool
	name    string // ours, so that we do not wake ourselves
}

func (c *crier) id() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.name == "" {
		c.name = rand.Text()
	}
	return c.name
}

// more reports whether there is something to tell.
func (c *crier) more() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sending = c.unsent
	c.unsent = false
	return c.sending
}

// notify is not part of the commit, because PostgreSQL lets only one transaction
// that notifies commit at a time, and would so undo its own group commit. Nor does
// it wait for the disk.
func (db *DB) notify() {
	name := db.crier.id()
	c := &db.crier
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsent = true
	if c.sending {
		return
	}
	c.sending = true
	db.hub.Go(func() {
		for c.more() {
			// If this fails, their next look of every second finds it.
			db.sql.ExecContext(db.ctx, "SELECT set_config('synchronous_commit', 'off', true), pg_notify('comity', $1)", name)
		}
	})
}
