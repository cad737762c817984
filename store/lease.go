package store

import (
	"time"

	"comity"
)

// Lease claims or renews name for holder until now + ttl, and reports whether
// holder has it. One that has run out is anybody's.
func (tx *Tx) Lease(name, holder string, now comity.Time, ttl time.Duration) (bool, error) {
	n, err := tx.exec(`
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
	_, err := tx.exec("DELETE FROM lease WHERE name = $1 AND holder = $2", text(name), text(holder))
	return err
}
