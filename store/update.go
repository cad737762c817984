package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"comity"
	"comity/store/lite"
)

// Update runs fn in a transaction and returns when it is durable. If fn fails,
// nothing of it stays. A row that fn reads by its name cannot be changed by
// others before the commit, nor appear if it was absent.
//
// fn may run more than once, and others may wait for it: it must do nothing but
// decide and record, and must not call Update or View.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return db.update(ctx, 1, fn)
}

// UpdateSoon is Update for the few whom a peer waits for: where updates queue, it
// goes ahead of those that were called with Update, and its commit waits for no
// more of them.
func (db *DB) UpdateSoon(ctx context.Context, fn func(*Tx) error) error {
	return db.update(ctx, 0, fn)
}

func (db *DB) update(ctx context.Context, rank int, fn func(*Tx) error) error {
	if db.dialect.name == "sqlite" {
		return db.updateGroup(ctx, rank, fn)
	}
	for try := 0; ; try++ {
		err := db.updateOnce(ctx, fn)
		if err == nil || !again(err) || try == 20 {
			return db.trouble(err)
		}
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6)))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (db *DB) updateOnce(ctx context.Context, fn func(*Tx) error) error {
	t, err := db.sql.BeginTx(ctx, nil)
	if err != nil && ctx.Err() == nil {
		// The server was restarted since this connection was last used.
		t, err = db.sql.BeginTx(ctx, nil)
	}
	if err != nil {
		return err
	}
	defer t.Rollback() // does nothing after Commit
	tx := &Tx{ctx: ctx, db: db, run: t, write: true}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.finish(); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return err
	}
	if tx.wrote {
		db.hub.Wake()
		db.notify()
	}
	return nil
}

// View runs fn on one unchanging picture of the record. It cannot write.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	if db.dialect.name == "sqlite" {
		return db.viewSQLite(ctx, fn)
	}
	t, err := db.sql.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil && ctx.Err() == nil {
		t, err = db.sql.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	}
	if err != nil {
		return db.trouble(err)
	}
	defer t.Rollback()
	return db.trouble(fn(&Tx{ctx: ctx, db: db, run: t}))
}

func (db *DB) viewSQLite(ctx context.Context, fn func(*Tx) error) error {
	c, err := db.pool.Take(ctx)
	if errors.Is(err, sql.ErrConnDone) {
		return errClosed
	}
	if err != nil {
		return db.trouble(err)
	}
	defer db.pool.Give(c)
	if err := c.Run("BEGIN"); err != nil {
		return db.trouble(err)
	}
	defer c.Run("ROLLBACK")
	return db.trouble(fn(&Tx{ctx: ctx, db: db, run: c}))
}

// SQLite has one writer, and a commit costs a flush of the disk whether it holds
// one row or a thousand. So whoever calls Update while a commit is under way
// waits and shares the next: a group. Each has a savepoint, and is undone alone.
type group struct {
	writing sync.Mutex // held by who uses conn
	conn    *lite.Conn

	mu      sync.Mutex
	waiting [2][]*call // those that go ahead, and the others
	leading bool       // a goroutine is in lead
	closed  bool
}

// A call is a caller of Update in a group. The caller itself runs its closure,
// when it is its turn, so that a panic is its own.
type call struct {
	ctx  context.Context
	rank int        // 0 if it goes ahead
	turn chan *Tx   // now
	ran  chan error // what the closure said
	done chan error // what became of it
}

const (
	groupSize = 256
	groupTime = 20 * time.Millisecond // after which nobody joins a group any more
)

var (
	errLeft   = errors.New("the closure of an update did not return")
	errClosed = &comity.Error{Kind: comity.Unavailable, Text: "the record is closed"}
)

func (db *DB) updateGroup(ctx context.Context, rank int, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{ctx, rank, make(chan *Tx, 1), make(chan error, 1), make(chan error, 1)}
	if !db.join(c) {
		return errClosed
	}
	var tx *Tx
	select {
	case tx = <-c.turn:
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if db.group.leave(c) {
			return ctx.Err()
		}
		select {
		case tx = <-c.turn:
		case err := <-c.done:
			return err
		}
	}
	func() {
		err := errLeft
		defer func() { c.ran <- err }() // also if fn panics, or ends its goroutine as t.Fatal does
		err = fn(tx)
	}()
	return <-c.done
}

func (db *DB) join(c *call) bool {
	g := &db.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.waiting[c.rank] = append(g.waiting[c.rank], c)
	if !g.leading {
		g.leading = true
		db.hub.Go(db.lead)
	}
	return true
}

// leave reports whether c had not had its turn, and now never will.
func (g *group) leave(c *call) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting[c.rank], c)
	if i >= 0 {
		g.waiting[c.rank] = slices.Delete(g.waiting[c.rank], i, i+1)
	}
	return i >= 0
}

func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// next takes the first that waits, of ranks up to most. If there is none, last
// resigns the lead.
func (g *group) next(last bool, most int) *call {
	g.mu.Lock()
	defer g.mu.Unlock()
	for rank, q := range g.waiting[:most+1] {
		if len(q) > 0 {
			g.waiting[rank] = q[1:]
			return q[0]
		}
	}
	g.leading = !last
	return nil
}

// lead commits groups until nobody waits.
func (db *DB) lead() {
	for c := db.group.next(true, 1); c != nil; c = db.group.next(true, 1) {
		db.commitGroup(c)
	}
}

func (db *DB) commitGroup(first *call) {
	conn := db.group.conn
	db.group.writing.Lock()
	defer db.group.writing.Unlock()
	defer db.turn.Enter()()
	if err := conn.Run("BEGIN IMMEDIATE"); err != nil {
		first.done <- db.trouble(err)
		return
	}
	type outcome struct {
		c   *call
		err error
	}
	var outcomes []outcome
	var broken error
	wrote := false
	closes := time.Now().Add(groupTime)
	for c := first; c != nil && broken == nil; {
		tx := &Tx{ctx: c.ctx, db: db, run: conn, write: true}
		var err error
		err, broken = tx.inGroup(conn, c, len(outcomes) == 0)
		outcomes = append(outcomes, outcome{c, err})
		wrote = wrote || err == nil && tx.wrote
		if len(outcomes) == groupSize || time.Now().After(closes) {
			break
		}
		c = db.group.next(false, c.rank)
	}
	if broken == nil {
		broken = conn.Run("COMMIT")
	}
	if broken != nil {
		conn.Run("ROLLBACK") // SQLite may have done so itself
	}
	for _, o := range outcomes {
		if o.err == nil && broken != nil {
			o.err = &comity.Error{Kind: comity.Unavailable, Text: "the record could not be written", Cause: broken}
		}
		o.c.done <- o.err
	}
	if wrote && broken == nil {
		db.hub.Wake()
	}
}

// inGroup gives c its turn. It returns what the caller is to be told, and an
// error that broke the whole transaction. The first has nobody's work before it
// to keep, and so needs no savepoint.
func (tx *Tx) inGroup(conn *lite.Conn, c *call, first bool) (err, broken error) {
	begin, keep, undo := []string{"SAVEPOINT one"}, []string{"RELEASE one"}, []string{"ROLLBACK TO one", "RELEASE one"}
	if first {
		begin, keep, undo = nil, nil, []string{"ROLLBACK", "BEGIN IMMEDIATE"}
	}
	if broken := conn.Run(begin...); broken != nil {
		return tx.db.trouble(broken), broken
	}
	c.turn <- tx
	err = <-c.ran
	if err == nil {
		err = tx.finish()
	}
	if err == nil {
		broken := conn.Run(keep...)
		return tx.db.trouble(broken), broken
	}
	// A full disk makes SQLite undo everything, and then there is no savepoint.
	return tx.db.trouble(err), conn.Run(undo...)
}
