// Package lite keeps connections to SQLite that remember what they have prepared: to
// prepare a statement takes longer than to run it.
package lite

import (
	"context"
	"database/sql"
)

// A Conn is a connection to SQLite, for one goroutine at a time.
type Conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

// Connect opens a connection.
func Connect(ctx context.Context, db *sql.DB) (*Conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &Conn{c, make(map[string]*sql.Stmt)}, nil
}

// Prepared returns a statement that was prepared once.
func (c *Conn) Prepared(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.Conn.PrepareContext(context.Background(), query)
	if err == nil {
		c.stmts[query] = s
	}
	return s, err
}

// ExecContext has no use for ctx: to interrupt one statement would take down the
// transaction, which others may share.
func (c *Conn) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	s, err := c.Prepared(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

// QueryContext has no use for ctx either.
func (c *Conn) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.Prepared(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

// Run executes one statement after another, until one fails.
func (c *Conn) Run(queries ...string) error {
	for _, q := range queries {
		if _, err := c.ExecContext(context.Background(), q); err != nil {
			return err
		}
	}
	return nil
}

// Close closes what was prepared, and the connection.
func (c *Conn) Close() error {
	for _, s := range c.stmts {
		s.Close() // the connection goes with it
	}
	return c.Conn.Close()
}

// A Pool holds connections that read.
type Pool struct {
	db     *sql.DB
	free   chan *Conn // nil: not opened yet
	closed chan struct{}
}

// NewPool returns a pool of up to n connections.
func NewPool(db *sql.DB, n int) *Pool {
	p := &Pool{db, make(chan *Conn, n), make(chan struct{})}
	for range n {
		p.free <- nil
	}
	return p
}

// Take returns a connection when one is free, until ctx ends. The caller gives it
// back. When the pool is closed it is sql.ErrConnDone.
func (p *Pool) Take(ctx context.Context) (c *Conn, err error) {
	select {
	case c = <-p.free:
	case <-p.closed:
		return nil, sql.ErrConnDone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c != nil {
		return c, nil
	}
	if c, err = Connect(ctx, p.db); err == nil {
		if err = c.Run("PRAGMA query_only = ON"); err == nil {
			return c, nil
		}
		c.Close()
	}
	p.free <- nil
	return nil, err
}

// Give takes a connection back.
func (p *Pool) Give(c *Conn) { p.free <- c }

// Close waits for all connections, and closes them.
func (p *Pool) Close() {
	close(p.closed)
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			c.Close()
		}
	}
}
