package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"comity"
	"comity/store"
)

// An Enrolment is what a link is for.
type Enrolment struct {
	Person  Person        `json:"person"`
	Seats   []comity.Seat `json:"seats"` // that the person will get
	Expires time.Time     `json:"expires"`

	person string
	used   int64
}

func (e *Enrolment) fields() []any {
	return []any{&e.person, words[comity.Seat]{&e.Seats, " "}, instant{&e.Expires}, &e.used}
}

// makeLink voids the person's earlier links: there is one way in at a time.
func makeLink(tx *store.Tx, now time.Time, by string, p Person, seats []comity.Seat, what string) (string, error) {
	seats = slices.Compact(slices.Sorted(slices.Values(seats)))
	for _, s := range seats {
		if _, err := comity.ParseSeat(string(s)); err != nil {
			return "", err
		}
	}
	if len(seats) > most {
		return "", comity.Fieldf("seats", "there are %d, more than %d", len(seats), most)
	}
	if _, err := tx.Exec("UPDATE enrolment SET used = $2 WHERE person = $1 AND used = 0", p.ID, now.UnixMilli()); err != nil {
		return "", err
	}
	link := rand.Text() // at least 128 bits, and easy to read out
	if _, err := tx.Exec("INSERT INTO enrolment (hash, person, seats, made, expires, used) VALUES ($1, $2, $3, $4, $5, 0)",
		digest(link), p.ID, joined(seats, " "), now.UnixMilli(), now.Add(LinkFor).UnixMilli()); err != nil {
		return "", err
	}
	return link, cmp.Or(vouch(tx, now, by, p.ID), tx.Journal(comity.At(now), "link", by, what+" for "+p.ID+", seats: "+joined(seats, " ")))
}

// known reports whether a person ever had a passkey.
func known(tx *store.Tx, person string) (bool, error) {
	_, ok, err := first(tx, number, "SELECT added FROM passkey WHERE person = $1 LIMIT 1", person)
	return ok, err
}

// FirstLink makes the first administrator, also an officer if there are seats, and
// the link to enrol. Until an administrator has enrolled it may be made again, and
// voids the one before.
func (d *Door) FirstLink(ctx context.Context, now time.Time, name string, seats []comity.Seat) (link string, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		all, err := list(tx, (*Person).fields, "SELECT "+personColumns+" FROM person ORDER BY added")
		if err != nil {
			return err
		}
		var p Person
		for _, q := range all {
			enrolled, err := known(tx, q.ID)
			if err != nil {
				return err
			}
			if enrolled && q.Has(Administrator) {
				return comity.Errorf(comity.Conflict, "an administrator is enrolled: ask for a link there")
			}
			if !q.Has(Administrator) {
				continue
			}
			if _, err := tx.Exec("UPDATE enrolment SET used = $2 WHERE person = $1 AND used = 0", q.ID, now.UnixMilli()); err != nil {
				return err
			}
			if q.Name == name && q.Ended.IsZero() {
				p = q
			}
		}
		if p.ID == "" {
			roles := []Role{Administrator}
			if len(seats) > 0 {
				roles = append(roles, Officer)
			}
			if p, err = addPerson(tx, now, console, name, roles); err != nil {
				return err
			}
		}
		link, err = makeLink(tx, now, console, p, seats, "made the first link")
		return err
	})
	return link, err
}

// Link makes a link for a person who never had a passkey, with the seats that using
// it gives.
func (d *Door) Link(ctx context.Context, now time.Time, by Actor, person string, seats []comity.Seat) (link string, err error) {
	err = d.change(ctx, by, person, func(tx *store.Tx, p Person) error {
		if had, err := known(tx, p.ID); err != nil || had {
			if err == nil {
				err = comity.Errorf(comity.Forbidden, "%s has had a passkey: a new link needs a recovery, which two administrators approve", p.ID)
			}
			return err
		}
		link, err = makeLink(tx, now, by.person, p, seats, "made a link")
		return err
	})
	return link, err
}

// A Recovery gives a person who lost the key another link, once two administrators
// want it.
type Recovery struct {
	ID       string    `json:"id"`
	Person   string    `json:"person"`
	Reason   string    `json:"reason"`
	Asked    string    `json:"asked"` // by whom
	At       time.Time `json:"at"`
	Approved string    `json:"approved"` // by whom; empty until then
	Done     time.Time `json:"done,omitzero"`
}

const recoveryColumns = "id, person, reason, asked, at, approved, done"

func (r *Recovery) fields() []any {
	return []any{&r.ID, &r.Person, &r.Reason, &r.Asked, instant{&r.At}, &r.Approved, instant{&r.Done}}
}

// AskRecovery is the first administrator's word. It lapses after 24 hours.
func (d *Door) AskRecovery(ctx context.Context, now time.Time, by Actor, person, reason string) (r Recovery, err error) {
	if reason, err = bounded("reason", reason, 400, "lost the key on 3 March; came in person, service card checked"); err != nil {
		return r, err
	}
	err = d.change(ctx, by, person, func(tx *store.Tx, p Person) error {
		if p.ID == by.person {
			return comity.Errorf(comity.Forbidden, "two other administrators recover you, not yourself")
		}
		r = Recovery{ID: name("r-"), Person: p.ID, Reason: reason, Asked: by.person, At: time.UnixMilli(now.UnixMilli()).UTC()}
		if _, err := tx.Exec("INSERT INTO recovery ("+recoveryColumns+") VALUES ($1, $2, $3, $4, $5, '', 0)", r.ID, r.Person, r.Reason, r.Asked, now.UnixMilli()); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "recovery", by.person, "asked for "+r.ID+" of "+p.ID+": "+reason)
	})
	return r, err
}

// apart fails unless two administrators are two: neither, nor anybody else, let both in
// or made them that, and nobody did within the day before it was asked. The console,
// which could write all of this, may be one.
func apart(tx *store.Tx, r Recovery, by string) error {
	if r.Asked == console || by == console {
		return nil
	}
	n, _, err := first(tx, number, `WITH RECURSIVE
		a (id) AS (SELECT id FROM person WHERE id = $1 UNION SELECT voucher FROM vouched JOIN a ON person = a.id),
		b (id) AS (SELECT id FROM person WHERE id = $2 UNION SELECT voucher FROM vouched JOIN b ON person = b.id)
		SELECT (SELECT count(*) FROM a JOIN b ON a.id = b.id WHERE a.id <> $3)
			+ (SELECT count(*) FROM vouched WHERE person IN ($1, $2) AND at > $4)
			+ (SELECT count(*) FROM person WHERE id = $1 AND (ended > 0 OR roles NOT LIKE '%administrator%'))`,
		r.Asked, by, console, r.At.Add(-LinkFor).UnixMilli())
	if err == nil && n > 0 {
		err = comity.Errorf(comity.Forbidden, "you and who asked for %s do not count as two: one administrator let both in or made them that, or one of you is it for less than a day; let another approve it, or the console: comity recover approve %s", r.ID, r.ID)
	}
	return err
}

// ApproveRecovery is the second administrator's word. The lost key and every session
// of the person end, and the link is made; seats stay.
func (d *Door) ApproveRecovery(ctx context.Context, now time.Time, by Actor, id string) (link string, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, true); err != nil {
			return err
		}
		r, ok, err := first(tx, (*Recovery).fields, "SELECT "+recoveryColumns+" FROM recovery WHERE id = $1", id)
		if err != nil {
			return err
		}
		switch {
		case !ok:
			return store.Absent("recovery %q", comity.Clip(id))
		case by.person == r.Asked:
			return comity.Errorf(comity.Forbidden, "you asked for %s: another administrator approves it", id)
		case by.person == r.Person:
			return comity.Errorf(comity.Forbidden, "%s is your own: another administrator approves it", id)
		}
		p, err := working(tx, r.Person)
		if err = cmp.Or(apart(tx, r, by.person), err); err != nil {
			return err
		}
		n, err := tx.Exec("UPDATE recovery SET approved = $2, done = $3 WHERE id = $1 AND approved = '' AND at > $4",
			id, by.person, now.UnixMilli(), now.Add(-LinkFor).UnixMilli())
		if err == nil && n == 0 {
			err = comity.Errorf(comity.Conflict, "%s is approved already, or older than 24 hours: ask for another", id)
		}
		if err != nil {
			return err
		}
		for _, q := range []string{
			"UPDATE passkey SET revoked = $2 WHERE person = $1 AND revoked = 0",
			"UPDATE session SET ended = $2 WHERE person = $1 AND ended = 0",
		} {
			if _, err := tx.Exec(q, p.ID, now.UnixMilli()); err != nil {
				return err
			}
		}
		if err := tx.Journal(comity.At(now), "recovery", by.person, "approved "+id+" of "+p.ID); err != nil {
			return err
		}
		link, err = makeLink(tx, now, by.person, p, nil, "made a link by "+id)
		return err
	})
	return link, err
}

// Recoveries returns those of the last 24 hours, for an administrator.
func (d *Door) Recoveries(ctx context.Context, now time.Time, by Actor) (all []Recovery, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, false); err != nil {
			return err
		}
		all, err = list(tx, (*Recovery).fields, "SELECT "+recoveryColumns+" FROM recovery WHERE at > $1 ORDER BY at, id", now.Add(-LinkFor).UnixMilli())
		return err
	})
	return all, err
}

func (d *Door) enrolment(tx *store.Tx, now time.Time, hash []byte) (Enrolment, bool, error) {
	e, ok, err := first(tx, (*Enrolment).fields, "SELECT person, seats, expires, used FROM enrolment WHERE hash = $1", hash)
	if err != nil || !ok || e.used != 0 || !now.Before(e.Expires) {
		return Enrolment{}, false, err
	}
	e.Person, err = readPerson(tx, e.person)
	return e, err == nil, err
}

// BeginEnrol begins the enrolment that a link is for.
func (d *Door) BeginEnrol(ctx context.Context, now time.Time, link string, v Visit) (b Begin, e Enrolment, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		if err := begin(tx, now, v); err != nil {
			return err
		}
		var ok bool
		if e, ok, err = d.enrolment(tx, now, digest(link)); err != nil {
			return err
		}
		if !ok {
			return refuse(tx, now, v, stranger(v, nil), "", "a link that is not good", ErrLink)
		}
		b, err = d.register(tx, now, "enrol", e.Person.ID, digest(link))
		return err
	})
	return b, e, err
}

// FinishEnrol enrols what BeginEnrol's page came back with, gives the person the
// link's seats, and logs in. name is what the person calls the key.
func (d *Door) FinishEnrol(ctx context.Context, now time.Time, handle string, body []byte, name string, v Visit) (token string, s Session, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		c, err := take(tx, now, "enrol", handle)
		if err != nil {
			return err
		}
		e, ok, err := d.enrolment(tx, now, c.Link)
		if err != nil {
			return err
		}
		if !ok {
			return kept{ErrLink}
		}
		if _, refused, err := d.enrolled(tx, now, c, body, name); err != nil || refused != nil {
			if err == nil {
				err = refuse(tx, now, v, stranger(v, nil), c.Person, "an enrolment", refused)
			}
			return err
		}
		n, err := tx.Exec("UPDATE enrolment SET used = $2 WHERE hash = $1 AND used = 0", c.Link, now.UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrLink // another browser was first: nothing of this stays
		}
		for _, seat := range e.Seats {
			if err := assign(tx, now, c.Person, e.Person, seat); err != nil {
				return err
			}
		}
		p, err := readPerson(tx, c.Person)
		if err != nil {
			return err
		}
		token, s, err = open(tx, now, p, ByPasskey, "", v)
		return err
	})
	return token, s, err
}
