package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"comity"

	"github.com/jackc/pgx/v5/pgconn"
	msqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// A dialect is what we must know of a database beyond the SQL that both speak:
// a dozen fragments, eight of them words of migrations.
type dialect struct {
	name   string
	words  []string // pairs: what a migration says, and what this database says
	begin  string   // starts a migration that no other process may run beside us
	lock   string   // appended to a SELECT of one row that we may be about to change
	absent string   // keeps the row of a name from appearing until we commit
	check  string   // answers 'ok' if all is well
}

var sqlite = dialect{
	name:  "sqlite",
	begin: "BEGIN IMMEDIATE",
	check: "PRAGMA quick_check(1)",
}

var postgres = dialect{
	name: "postgres",
	words: []string{
		"INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
		"INTEGER", "BIGINT",
		"BLOB", "BYTEA",
		"TEXT", `TEXT COLLATE "C"`, // the same order as SQLite's, and no index dies with a new libc
		") STRICT, WITHOUT ROWID", ")",
		") STRICT", ")",
		`VIRTUAL TABLE words USING fts5 (folded, columnsize = 0, tokenize = "ascii tokenchars '-._%+:@~'")`, "TABLE words (rowid BIGINT PRIMARY KEY, folded TSVECTOR NOT NULL)",
		"INSERT INTO words (words, rank) VALUES ('secure-delete', 1)", "CREATE INDEX words_folded ON words USING gin (folded) WITH (fastupdate = off)", // or a search pays for many writers
	},
	begin:  "BEGIN",
	lock:   " FOR NO KEY UPDATE", // which lets others refer to the row
	absent: "SELECT pg_advisory_xact_lock(hashtextextended($1, 7165736914320411))",
	check:  "SELECT 'ok'",
}

// trouble gives an error of the database its kind. Who asked too late or too
// little sees the context's own error.
func (db *DB) trouble(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*comity.Error](err); ok {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return kinded(postgresKind(e.Code), err)
	}
	if e, ok := errors.AsType[*msqlite.Error](err); ok {
		return kinded(sqliteKind(e.Code()), err)
	}
	_, offline := errors.AsType[net.Error](err)
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	lost := offline || refused || err.Error() == "conn closed" || err.Error() == "sql: database is closed" // neither package exports it
	for _, e := range []error{driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		lost = lost || errors.Is(err, e)
	}
	if lost {
		return kinded(comity.Unavailable, err)
	}
	return err
}

func kinded(k comity.Trouble, err error) error {
	if k == 0 {
		return err
	}
	return &comity.Error{Kind: k, Text: "the record", Cause: err}
}

// postgresKind reads the classes of appendix A of PostgreSQL's manual.
func postgresKind(code string) comity.Trouble {
	switch code {
	case "23505":
		return comity.Conflict
	case "25006": // a standby that was the primary
		return comity.Unavailable
	case "57014": // cancelled, by us or by an administrator
		return comity.Unavailable
	}
	switch code[:2] {
	case "22", "23":
		return comity.Invalid
	case "08", "40", "53", "55", "57", "58":
		return comity.Unavailable
	}
	return 0
}

func sqliteKind(code int) comity.Trouble {
	switch code {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return comity.Conflict
	}
	switch code & 0xff {
	case lib.SQLITE_CONSTRAINT, lib.SQLITE_TOOBIG, lib.SQLITE_MISMATCH:
		return comity.Invalid
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_NOMEM, lib.SQLITE_IOERR, lib.SQLITE_FULL,
		lib.SQLITE_CANTOPEN, lib.SQLITE_PROTOCOL, lib.SQLITE_INTERRUPT:
		return comity.Unavailable
	}
	return 0
}

// again reports whether PostgreSQL asks us to run the transaction once more.
func again(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}
