// Package store keeps a node's record in SQL: SQLite for one machine, PostgreSQL
// for several.
//
// A verb is one closure over a [Tx]. [DB.Update] runs it in a transaction: what
// it read stays as it was until the commit, what it wrote is durable when Update
// returns, and if it fails there is no trace of it. [DB.View] gives a closure one
// unchanging picture of the record. [DB.Changed] wakes whoever waits for a commit,
// by this process or another.
//
// There is one text of every statement. Both databases number parameters $1, $2;
// what else differs stands in [dialect]. The rules that a fault in the program
// must not be able to break are constraints of the database itself: who must have
// signed a release, that a statement has one place, that a matter's number is used
// once. See migrations/.
//
// Every error is one of comity's kinds: NotFound (no such row), Conflict (that
// key is taken), Invalid (the database refused the row), Unavailable (the database
// cannot be reached or cannot write; nothing is lost). An Unavailable Update may,
// if the connection broke in the very commit, have been recorded all the same.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"comity"
	"comity/store/hub"
	"comity/store/lite"
	"comity/store/turnstile"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// A DB is a node's record. Its methods may be called by many goroutines.
type DB struct {
	dialect dialect
	sql     *sql.DB
	config  *pgx.ConnConfig // of PostgreSQL, for the connection that listens

	group group      // SQLite: callers of Update that wait for a commit
	pool  *lite.Pool // SQLite: connections for View
	turn  turnstile.Turnstile

	hub     hub.Hub // what runs until Close, and who waits for commits
	watched sync.Once
	crier   crier // PostgreSQL

	ctx  context.Context // ends with Close
	stop context.CancelFunc

	closed sync.Once
	err    error // of Close
}

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

// Open opens the record at a postgres:// URL or in a SQLite file, and creates or
// migrates it. Several processes may have one record open.
func Open(ctx context.Context, address string) (*DB, error) {
	db := &DB{}
	db.ctx, db.stop = context.WithCancel(context.Background())
	err := db.open(ctx, address)
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, address string) error {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		return db.openPostgres(ctx, address)
	case isURL || address == "" || strings.HasPrefix(address, ":"):
		return comity.Errorf(comity.Invalid, "%q is neither a file nor a postgres:// URL, such as %q", comity.Clip(scheme), "/var/lib/comity/record.db")
	}
	return db.openSQLite(ctx, address)
}

func (db *DB) openPostgres(ctx context.Context, address string) error {
	db.dialect = postgres
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return comity.Errorf(comity.Invalid, "the postgres URL: %w", err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "comity"
	}
	db.config = config
	db.sql = stdlib.OpenDB(*config)
	db.sql.SetMaxOpenConns(20)
	db.sql.SetMaxIdleConns(20)
	return db.migrate(ctx)
}

func (db *DB) openSQLite(ctx context.Context, path string) error {
	db.dialect = sqlite
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// SQLite would create it readable by all, and its journals take its mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &comity.Error{Kind: comity.Unavailable, Text: "open the record", Cause: err}
	}
	f.Close()
	at := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_pragma=" + strings.Join(pragmas, "&_pragma=")}
	db.sql, err = sql.Open("sqlite", at.String())
	if err != nil {
		return err
	}
	db.sql.SetMaxOpenConns(0)
	db.sql.SetMaxIdleConns(0) // group and pool hold the connections
	if err := db.migrate(ctx); err != nil {
		return err
	}
	db.turn = turnstile.New(path + ".turn")
	db.pool = lite.NewPool(db.sql, readers)
	if db.group.conn, err = lite.Connect(ctx, db.sql); err != nil {
		return db.trouble(err)
	}
	return db.trouble(db.group.conn.Run("PRAGMA cache_size = -8192"))
}

// Close waits for commits under way and releases the record. To close it again
// does nothing.
func (db *DB) Close() error {
	db.closed.Do(db.close)
	return db.err
}

func (db *DB) close() {
	db.group.close()
	db.stop()
	db.hub.Close()
	db.turn.Close()
	if db.pool != nil {
		db.pool.Close()
	}
	if db.group.conn != nil {
		db.group.conn.Close()
	}
	if db.sql != nil {
		db.err = db.sql.Close()
	}
}

// Dialect returns "sqlite" or "postgres".
func (db *DB) Dialect() string { return db.dialect.name }

// Check asks the database whether it is well. On SQLite it reads the whole file.
func (db *DB) Check(ctx context.Context) error {
	return db.View(ctx, func(tx *Tx) error {
		rows, err := tx.Query(db.dialect.check)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var said string
			if err := rows.Scan(&said); err != nil {
				return err
			}
			if said != "ok" {
				return fmt.Errorf("the record is damaged: %s", said)
			}
		}
		return db.trouble(rows.Err())
	})
}

// Backup writes a copy of a SQLite record to a new file at path, while others
// read and write. A copy that is put back must first say hello to every peer.
func (db *DB) Backup(ctx context.Context, path string) error {
	if db.dialect.name == "postgres" {
		return comity.Errorf(comity.Invalid, "this record is in PostgreSQL: back it up with pg_dump or pg_basebackup")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	c, err := db.sql.Conn(ctx)
	if err != nil {
		return db.trouble(err)
	}
	defer c.Close()
	_, err = c.ExecContext(ctx, "VACUUM INTO $1", path)
	return db.trouble(err)
}

// Scrub takes what was erased out of SQLite's write-ahead log: secure_delete is
// about the pages of the file, and the log has them as they were. What PostgreSQL
// keeps of a dead row is for whoever vacuums it, and archives its log.
func (db *DB) Scrub(ctx context.Context) error {
	if db.dialect.name == "postgres" {
		return nil
	}
	c, err := lite.Connect(ctx, db.sql)
	if err != nil {
		return db.trouble(err)
	}
	defer c.Close()
	var busy, log, done int
	if err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
		return db.trouble(err)
	}
	if busy != 0 {
		return comity.Errorf(comity.Unavailable, "the record is being read; its log was not cut")
	}
	return nil
}
