package store

import (
	"time"

	"comity"
)

// Meta returns a small thing by its key, and whether it is there.
func (tx *Tx) Meta(key string) (string, bool, error) {
	v, ok, err := named[word](tx, "meta/"+key, "SELECT value FROM meta WHERE key = $1", text(key))
	return string(v), ok, err
}

// Glance is Meta for who can bear that others change it before the commit: who
// glances again in this transaction sees the same, but for what it set itself.
func (tx *Tx) Glance(key string) (string, bool, error) {
	if v, ok := tx.glanced[key]; ok {
		return v, true, nil
	}
	v, ok, err := first[word](tx, "SELECT value FROM meta WHERE key = $1", text(key))
	if ok {
		if tx.glanced == nil {
			tx.glanced = map[string]string{}
		}
		tx.glanced[key] = string(v)
	}
	return string(v), ok, err
}

type word string

func (w *word) fields() []any { return []any{(*string)(w)} }

// SetMeta records a small thing.
func (tx *Tx) SetMeta(key, value string) error {
	delete(tx.glanced, key)
	_, err := tx.Exec(`
		INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, text(key), text(value))
	return err
}

type count struct {
	what string
	n    int64
}

func (c *count) fields() []any { return []any{&c.what, &c.n} }

// Counts returns what there is how many of, for metrics: items, statements, each
// status of statements, and files that wait to be pushed or to arrive.
func (tx *Tx) Counts() (map[string]int64, error) {
	counts, err := list[count](tx, `
		SELECT 'items', count(*) FROM item
		UNION ALL SELECT 'statements', count(*) FROM statement
		UNION ALL SELECT status, count(*) FROM statement WHERE status <> 'placed' GROUP BY status
		UNION ALL SELECT 'files to push', count(*) FROM file WHERE mine = 1 AND length(receipt) = 0
		UNION ALL SELECT 'files to arrive', count(*) FROM file WHERE mine = 0 AND stored = 0
		UNION ALL SELECT 'matters open', count(*) FROM matter WHERE is_open = 1`)
	out := map[string]int64{Ready: 0, Returned: 0, Refused: 0}
	for _, c := range counts {
		out[c.what] = c.n
	}
	out[Placed] = out["statements"] - out[Ready] - out[Returned] - out[Refused]
	return out, err
}

// Lease claims or renews name for holder until now + ttl, and reports whether
// holder has it. One that has run out is anybody's.
func (tx *Tx) Lease(name, holder string, now comity.Time, ttl time.Duration) (bool, error) {
	n, err := tx.Exec(`
		INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE lease.holder = excluded.holder OR lease.until <= $4`,
		text(name), text(holder), now.Add(ttl).UnixMilli(), millis(now))
	return n == 1, err
}

// Leased reports whether anybody has name now.
func (tx *Tx) Leased(name string, now comity.Time) (bool, error) {
	_, ok, err := first[number](tx, "SELECT 1 FROM lease WHERE name = $1 AND until > $2", text(name), millis(now))
	return ok, err
}

// Unlease gives name up, if holder has it.
func (tx *Tx) Unlease(name, holder string) error {
	_, err := tx.Exec("DELETE FROM lease WHERE name = $1 AND holder = $2", text(name), text(holder))
	return err
}
