package session

import (
	"encoding/hex"
	"net/netip"
	"time"

	"comity"
	"comity/store"
)

// How many attempts a window has room for. A ministry's whole shift may come from
// one address, so what is begun has more room than what failed.
const (
	window     = 15 * time.Minute
	mostBegun  = 300
	mostFailed = 30 // of one address
	mostWrong  = 10 // of one claimed person
)

// from names an address: of IPv6 the network, because one host has a whole one.
func from(v Visit) string {
	a := v.Address.Unmap()
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	if a == (netip.Addr{}) {
		return "unknown"
	}
	return a.String()
}

// claimed names whom an attempt claims to be, whether or not there is such a person:
// else the limit would tell.
func claimed(who []byte) string { return "who " + hex.EncodeToString(digest(string(who))[:12]) }

// count adds an attempt and returns how many there were in this window.
func count(tx *store.Tx, now time.Time, name string) (int64, error) {
	n, _, err := first(tx, number, `INSERT INTO attempt (name, until, n) VALUES ($1, $2, 1)
		ON CONFLICT (name) DO UPDATE SET
			n = CASE WHEN attempt.until <= $3 THEN 1 ELSE attempt.n + 1 END,
			until = CASE WHEN attempt.until <= $3 THEN excluded.until ELSE attempt.until END
		RETURNING n`, name, now.Add(window).UnixMilli(), now.UnixMilli())
	return n, err
}

// A tally is what an attempt counts for: names, with how many failures each has room.
type tally map[string]int64

// stranger is of somebody at the door: the address, and whom they claim to be; of nil
// it is not known yet.
func stranger(v Visit, who []byte) tally {
	t := tally{"failed " + from(v): mostFailed}
	if who != nil {
		t[claimed(who)] = mostWrong
	}
	return t
}

// tally is, within a session, its person's alone: what strangers and programs fail at
// keeps nobody who is in from using their key.
func (c ceremony) tally(v Visit, who []byte) tally {
	if c.Session != "" {
		return tally{"within " + c.Person: mostWrong}
	}
	return stranger(v, who)
}

// begin counts what a stranger begins, and forgets what is over.
func begin(tx *store.Tx, now time.Time, v Visit) error {
	for _, q := range []string{"DELETE FROM ceremony WHERE expires <= $1", "DELETE FROM attempt WHERE until <= $1"} {
		if _, err := tx.Exec(q, now.UnixMilli()); err != nil {
			return err
		}
	}
	if err := allowed(tx, now, stranger(v, nil)); err != nil {
		return err
	}
	n, err := count(tx, now, "begun "+from(v))
	if err != nil {
		return err
	}
	if n > mostBegun {
		return kept{ErrRate}
	}
	return nil
}

// allowed fails if what an attempt counts for has no room left.
func allowed(tx *store.Tx, now time.Time, t tally) error {
	for name, most := range t {
		n, _, err := first(tx, number, "SELECT n FROM attempt WHERE name = $1 AND until > $2", name, now.UnixMilli())
		if err != nil {
			return err
		}
		if n >= most {
			return kept{ErrRate}
		}
	}
	return nil
}

// refuse counts and journals a failed attempt, and tells the stranger nothing of why.
func refuse(tx *store.Tx, now time.Time, v Visit, t tally, person, why string, tell error) error {
	for name := range t {
		if _, err := count(tx, now, name); err != nil {
			return err
		}
	}
	if person == "" {
		person = "unknown"
	}
	if err := tx.Journal(comity.At(now), "refused", person, why+", from "+from(v)); err != nil {
		return err
	}
	return kept{tell}
}
