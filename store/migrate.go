package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"comity"
	"comity/store/lite"
)

// Migrations are numbered, applied once in a transaction each, forward only, and
// never edited after a release.
//
//go:embed migrations/*.sql
var migrations embed.FS

func (db *DB) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	c, err := lite.Connect(ctx, db.sql)
	if err != nil {
		return db.trouble(err)
	}
	defer c.Close()
	done, err := db.migrated(ctx, c)
	for _, name := range done {
		if !slices.Contains(names, name) {
			return comity.Errorf(comity.Invalid, "the record is of a newer version of this program: it has had %s", name)
		}
	}
	if err == nil && len(done) == len(names) {
		return nil
	}
	for _, name := range names {
		if err := db.migrateOne(ctx, c, name); err != nil {
			return err
		}
	}
	return nil
}

// migrated fails on a new record, which has no table to read.
func (db *DB) migrated(ctx context.Context, c *lite.Conn) ([]string, error) {
	rows, err := c.Conn.QueryContext(ctx, "SELECT name FROM migration ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func (db *DB) migrateOne(ctx context.Context, c *lite.Conn, name string) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	words := strings.NewReplacer(db.dialect.words...)
	if _, err := c.Conn.ExecContext(ctx, db.dialect.begin); err != nil {
		return db.trouble(err)
	}
	defer c.Conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // does nothing after COMMIT
	if db.dialect.absent != "" {
		if _, err := c.Conn.ExecContext(ctx, db.dialect.absent, "migration"); err != nil {
			return db.trouble(err)
		}
	}
	if _, err := c.Conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY)"); err != nil {
		return db.trouble(err)
	}
	got, err := db.migrated(ctx, c)
	if err != nil || slices.Contains(got, name) {
		return db.trouble(err)
	}
	for q := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(q) == "" {
			continue
		}
		if _, err := c.Conn.ExecContext(ctx, words.Replace(q)); err != nil {
			return fmt.Errorf("%s: %w\n%s", name, db.trouble(err), q)
		}
	}
	if _, err := c.Conn.ExecContext(ctx, "INSERT INTO migration (name) VALUES ($1)", name); err != nil {
		return db.trouble(err)
	}
	_, err = c.Conn.ExecContext(ctx, "COMMIT")
	return db.trouble(err)
}
