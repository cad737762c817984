package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"comity"
)

// A runner is a connection or a transaction of database/sql.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A Tx is the record as one closure of Update or View sees it. It is good only
// within that closure, and for one goroutine.
//
// After a Conflict of an Add the closure may go on. After any other trouble with
// the database it cannot: every method, and the Update, returns the first error.
type Tx struct {
	ctx   context.Context
	db    *DB
	run   runner
	write bool
	wrote bool
	err   error
	notes []note // for the journal

	glanced map[string]string
}

// Context returns the context that Update or View was called with.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Dialect returns "sqlite" or "postgres".
func (tx *Tx) Dialect() string { return tx.db.dialect.name }

// Locked is appended to a SELECT of rows that we are about to change, or is empty.
func (tx *Tx) Locked() string { return tx.db.dialect.lock }

func (tx *Tx) fail(err error) error {
	if tx.err == nil {
		tx.err = err
	}
	return tx.db.trouble(err)
}

func (tx *Tx) ready() error {
	if tx.err != nil {
		return tx.db.trouble(tx.err)
	}
	return tx.ctx.Err()
}

// Exec runs a statement, for packages with tables of their own, and returns how many
// rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int, error) {
	if err := tx.ready(); err != nil {
		return 0, err
	}
	r, err := tx.run.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return 0, tx.fail(err)
	}
	tx.wrote = tx.wrote || n > 0
	return int(n), nil
}

// Query returns rows, which must be closed before the next statement.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if err := tx.ready(); err != nil {
		return nil, err
	}
	rows, err := tx.run.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return nil, tx.fail(err)
	}
	return rows, nil
}

// A row is a struct that says where its columns go.
type row[T any] interface {
	*T
	fields() []any
}

// A LIMIT is written $1 + 0: SQLite looks at a bare parameter when it plans, and
// then plans anew each time another is bound.
func list[T any, R row[T]](tx *Tx, query string, args ...any) ([]T, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(R(&v).fields()...); err != nil {
			return nil, tx.fail(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, tx.fail(err)
	}
	return out, nil
}

// first returns the first row, and whether there was one.
func first[T any, R row[T]](tx *Tx, query string, args ...any) (v T, ok bool, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return v, false, err
	}
	defer rows.Close()
	if ok = rows.Next(); ok {
		err = rows.Scan(R(&v).fields()...)
	} else {
		err = rows.Err()
	}
	if err != nil {
		return v, false, tx.fail(err)
	}
	return v, ok, nil
}

// named returns the row of that name as it will stay until we commit.
func named[T any, R row[T]](tx *Tx, name, query string, args ...any) (v T, ok bool, err error) {
	if tx.write {
		query += tx.db.dialect.lock
	}
	v, ok, err = first[T, R](tx, query, args...)
	if err != nil || ok || !tx.write || tx.db.dialect.absent == "" {
		return v, ok, err
	}
	rows, err := tx.Query(tx.db.dialect.absent, name)
	if err != nil {
		return v, false, err
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return v, false, tx.fail(err)
	}
	return first[T, R](tx, query, args...)
}

// Absent says that there is no such thing here. Who may not know of one is told the
// same, to the byte.
func Absent(format string, args ...any) error {
	return comity.Errorf(comity.NotFound, "there is no "+format+" here", args...)
}

// finish writes what was kept for the end of the transaction.
func (tx *Tx) finish() error {
	if err := tx.ready(); err != nil {
		return err
	}
	return tx.writeNotes()
}

// values writes rows groups of width parameters, from $1 on.
func values(rows, width int) string {
	var b strings.Builder
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range width {
			if c > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", r*width+c+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// upsert writes a row in place of the one that has its key.
func upsert(table, columns, key string) string {
	names := strings.Split(columns, ", ")
	set := make([]string, len(names))
	for i, name := range names {
		set[i] = name + " = excluded." + name
	}
	return "INSERT INTO " + table + " (" + columns + ") VALUES " + values(1, len(names)) + " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// What a Go value is in a column, and back.

func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func hash(h comity.Hash) []byte {
	if h.IsZero() {
		return []byte{}
	}
	return h[:]
}

func millis(t comity.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// text replaces what PostgreSQL cannot hold. The bytes that were signed are
// kept beside it as they came.
func text[S ~string](s S) string {
	return strings.ReplaceAll(string(s), "\x00", "\uFFFD")
}

type hashColumn comity.Hash

func (h *hashColumn) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok && v != nil || len(b) != 0 && len(b) != len(h) {
		return fmt.Errorf("%T of %d bytes is not a hash", v, len(b))
	}
	*h = hashColumn{}
	copy(h[:], b)
	return nil
}

// blobColumn reads an empty column as nil, whichever the driver thinks it is.
type blobColumn []byte

func (b *blobColumn) Scan(v any) error {
	p, ok := v.([]byte)
	if !ok && v != nil {
		return fmt.Errorf("%T is not bytes", v)
	}
	*b = append(blobColumn(nil), p...)
	return nil
}

type timeColumn comity.Time

func (t *timeColumn) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is not a time", v)
	}
	*t = timeColumn{}
	if ms != 0 {
		*t = timeColumn(comity.At(time.UnixMilli(ms)))
	}
	return nil
}

type bitColumn bool

func (b *bitColumn) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is not a bit", v)
	}
	*b = n != 0
	return nil
}

type uintColumn uint64

func (u *uintColumn) Scan(v any) error {
	n, ok := v.(int64)
	if !ok || n < 0 {
		return fmt.Errorf("%v is not a number from 0", v)
	}
	*u = uintColumn(n)
	return nil
}

func toBlob(b *[]byte) *blobColumn      { return (*blobColumn)(b) }
func toHash(h *comity.Hash) *hashColumn { return (*hashColumn)(h) }
func toTime(t *comity.Time) *timeColumn { return (*timeColumn)(t) }
func toBit(b *bool) *bitColumn          { return (*bitColumn)(b) }
func toUint(u *uint64) *uintColumn      { return (*uintColumn)(u) }
