package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"comity"
	"comity/record"
	"comity/store"
)

// start times a node's start on a record of many statements, and reads its
// memory when it has nothing to do.
func start(ctx context.Context, r *results, binary, dir string) error {
	count := pick(1_000_000, 20_000)
	p, err := fixture(ctx, binary, count)
	if err != nil {
		return err
	}
	ready := r.less(fmt.Sprintf("start with %d statements", count), "s", 1)
	idle := r.less("memory of that node when idle (RSS)", "MiB", 64)
	ready.Note = "from the exec of comity serve to the first good answer of /readyz; the folder's keys are opened with the passphrase meanwhile"
	for range runs {
		s, err := p.serve("us")
		if err != nil {
			return err
		}
		took, err := s.ready(ctx)
		if err != nil {
			return err
		}
		ready.add(took.Seconds())
		time.Sleep(pick(10*time.Second, 2*time.Second))
		idle.add(s.memory("VmRSS"))
		if err := s.stop(); err != nil {
			return err
		}
	}
	return nil
}

// fixture returns a pair whose first party has a record of count statements of
// four to a matter, 64 to an item. It is made once, by SQL, and kept.
func fixture(ctx context.Context, binary string, count int) (*pair, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	schema, err := os.ReadFile("store/migrations/0001_record.sql")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "comity-bench", fmt.Sprintf("%d-%.12x", count, sha256.Sum256(schema)))
	p := &pair{binary: binary, dir: dir, ops: map[string]string{}}
	if b, err := os.ReadFile(filepath.Join(dir, "done")); err == nil {
		return p, json.Unmarshal(b, &p.ops)
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "bench: making a record of %d statements in %s, once\n", count, dir)
	if p, err = newPair(ctx, binary, dir); err != nil {
		return nil, err
	}
	channel, err := p.activate(ctx)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+p.path("us/comity.db")+"?_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)&_pragma=cache_size(-400000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	// Epoch 1 is none that the channel is in, so nobody tries to send this.
	for _, q := range []string{
		`CREATE TEMP TABLE n AS WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < $2 - 1) SELECT n, randomblob(32) AS id FROM c WHERE $1 IS NOT NULL`,
		`INSERT INTO statement (id, channel, epoch, seq, i, mine, realm, matter, author, kind, move, manifest, sigs, class, signer1, signer2, signers,
			reason, due, seen, status, code, effect, crossed, at, released, received)
		SELECT id, $1, 1, n / 64, n % 64, 1, 'live', printf('US-2025-%06d', n / 4 + 1), 'us', iif(n % 4, 'note', 'preserve.request'), iif(n % 4, 0, 1),
			randomblob(700), randomblob(350), 'dual', 'us-24-7-01', 'us-24-7-02', '',
			'', 0, -1, 'placed', '', iif(n % 4, 'fact', 'applied'), x'', 1763780000000 + n, 1763780000000 + n, 0 FROM n WHERE $2`,
		`INSERT INTO part (channel, statement, n, name, type, salt, body, erased) SELECT $1, id, 0, 'body', 'application/json', randomblob(32), randomblob(512), 0 FROM n WHERE $2`,
		`INSERT INTO item (channel, epoch, mine, seq, hash, header, sigs, control, statements, upto, at)
		SELECT $1, 1, 1, n / 64, id, randomblob(5000), randomblob(200), x'', 64, -1, 1763780000000 + n FROM n WHERE n % 64 = 0 AND $2`,
		`INSERT INTO loghash (channel, epoch, mine, i, hash) SELECT $1, 1, 1, n / 32, id FROM n WHERE n % 32 = 0 AND $2`,
		`INSERT INTO matter (realm, ref, channel, peer, opener, kind, state, is_open, title, tlp, priority, opened, changed)
		SELECT 'live', printf('US-2025-%06d', n / 4 + 1), $1, 'cn', 'us', 'preserve.request', 'requested', 1, 'unauthorised access to a server', 'AMBER', 'P1',
			1763780000000 + n, 1763780000000 + n FROM n WHERE n % 4 = 0 AND $2`,
		`DROP TABLE n`,
		`ANALYZE`,
	} {
		args := []any{channel[:], count}
		if len(q) < 20 {
			args = nil
		}
		if _, err := db.ExecContext(ctx, q, args...); err != nil {
			return nil, fmt.Errorf("%w in %.60s", err, q)
		}
	}
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return nil, err
	}
	b, err := json.Marshal(p.ops)
	if err != nil {
		return nil, err
	}
	return p, os.WriteFile(p.path("done"), b, 0o600)
}

// activate runs both nodes until they have a channel, and returns its name.
func (p *pair) activate(ctx context.Context) (comity.Hash, error) {
	us, err := p.serve("us")
	if err != nil {
		return comity.Hash{}, err
	}
	defer us.stop()
	cn, err := p.serve("cn")
	if err != nil {
		return comity.Hash{}, err
	}
	defer cn.stop()
	db, err := store.Open(ctx, p.path("us/comity.db"))
	if err != nil {
		return comity.Hash{}, err
	}
	defer db.Close()
	for range 200 {
		var ch record.Channel
		err = db.View(ctx, func(tx *store.Tx) (err error) {
			ch, err = record.ChannelTo(tx, "cn", comity.Live)
			return err
		})
		if err == nil && ch.State.Mode == "OPEN" {
			return ch.ID, nil
		}
		if err != nil && !errors.Is(err, comity.NotFound) {
			return comity.Hash{}, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return comity.Hash{}, fmt.Errorf("the pair does not become active: %v", err)
}
