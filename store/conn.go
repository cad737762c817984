package store

import (
	"context"
	"database/sql"
)

// pragmas are set on every connection to SQLite. Other sizes of page and of WAL,
// mmap, and no secure_delete, made no difference to BenchmarkUpdate.
var pragmas = []string{
	"busy_timeout(10000)",
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"foreign_keys(ON)",
	"secure_delete(ON)", // what is erased is gone from the file, not only from sight
	"trusted_schema(OFF)",
	"cache_size(-2048)",
	"temp_store(MEMORY)",
}

// readers is how many Views of a SQLite record run at once.
const readers = 4

// A runner is a connection or a transaction of database/sql.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A conn is a connection to SQLite that remembers the statements it has prepared:
// to prepare one takes longer than to run it.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

func (db *DB) connect(ctx context.Context) (*conn, error) {
	c, err := db.sql.Conn(ctx)
	if err != nil {
		return nil, db.trouble(err)
	}
	return &conn{c, make(map[string]*sql.Stmt)}, nil
}

func (c *conn) prepared(query string) (*sql.Stmt, error) {
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
func (c *conn) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	s, err := c.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

func (c *conn) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

func (c *conn) run(queries ...string) error {
	for _, q := range queries {
		if _, err := c.ExecContext(context.Background(), q); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) close() {
	for _, s := range c.stmts {
		s.Close()
	}
	c.Conn.Close()
}

// A pool holds the connections that read. A nil one has not been opened yet.
type pool struct{ free chan *conn }

func (p *pool) close() {
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			c.close()
		}
	}
}

// reader takes a connection from the pool. The caller gives it back.
func (db *DB) reader(ctx context.Context) (*conn, error) {
	var c *conn
	select {
	case c = <-db.pool.free:
	case <-db.ctx.Done():
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c != nil {
		return c, nil
	}
	c, err := db.connect(ctx)
	if err == nil {
		err = db.trouble(c.run("PRAGMA query_only = ON"))
	}
	if err != nil {
		db.pool.free <- nil
		return nil, err
	}
	return c, nil
}
