package session

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/store"
)

// How a session was opened.
const (
	ByPasskey     = "passkey"
	ByOIDC        = "oidc"
	ByCertificate = "certificate"
)

// A Session is one browser of one person at one seat.
type Session struct {
	ID       string // for lists; it opens nothing
	Person   Person
	Seat     comity.Seat // empty if the person sits nowhere
	How      string
	Address  string
	Agent    string
	Begun    time.Time
	Since    time.Time // at this seat
	Seen     time.Time // to the minute
	Asserted time.Time // when the key was last used, here
	Locked   bool
	Back     string // the place to return to after unlocking
	Armed    bool   // the watch alarm, which a locked session keeps

	person string
	locked time.Time
	ended  time.Time
}

const sessionColumns = "id, person, seat, how, address, agent, begun, since, seen, asserted, locked, back, armed, ended"

func (s *Session) fields() []any {
	return []any{&s.ID, &s.person, (*string)(&s.Seat), &s.How, &s.Address, &s.Agent, instant{&s.Begun}, instant{&s.Since}, instant{&s.Seen},
		instant{&s.Asserted}, instant{&s.locked}, &s.Back, armed{&s.Armed}, instant{&s.ended}}
}

type armed struct{ to *bool }

func (a armed) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is not a bit", v)
	}
	*a.to = n != 0
	return nil
}

// Fresh reports whether the key was used in the last five minutes: what weighs more
// than reading asks for that.
func (s Session) Fresh(now time.Time) bool {
	return !s.Locked && !s.Asserted.IsZero() && now.Sub(s.Asserted) < FreshFor
}

// Actor returns the session's person as who asks for something.
func (s Session) Actor(now time.Time) Actor {
	return Actor{person: s.Person.ID, session: s.ID, fresh: s.Fresh(now), locked: s.Locked, armed: s.Armed}
}

// settle finds out whether a session is live, locked or over.
func (s *Session) settle(now time.Time) error {
	s.Locked = !s.locked.IsZero() || now.Sub(s.Seen) >= Idle
	switch {
	case !s.ended.IsZero() || now.Sub(s.Begun) >= Whole:
		return ErrNone
	case s.Locked:
		return ErrLocked
	}
	return nil
}

// Cookie returns the cookie of a session's token. Without TLS, which only localhost
// may do without, browsers would refuse the name with __Host-.
func (d *Door) Cookie(token string) *http.Cookie {
	return d.cookie("comity", token, Whole, http.SameSiteStrictMode)
}

func (d *Door) cookie(name, value string, long time.Duration, site http.SameSite) *http.Cookie {
	if !d.plain {
		name = "__Host-" + name
	}
	c := &http.Cookie{Name: name, Value: value, Path: "/", Secure: !d.plain, HttpOnly: true, SameSite: site, MaxAge: int(long.Seconds())}
	if value == "" {
		c.MaxAge = -1 // forget it
	}
	return c
}

// Token returns the token of a request's cookie, or nothing.
func (d *Door) Token(r *http.Request) string {
	c, err := r.Cookie(d.Cookie("").Name)
	if err != nil {
		return "" // there is none
	}
	return c.Value
}

// BeginLogin begins a login by passkey; who it is the key will say.
func (d *Door) BeginLogin(ctx context.Context, now time.Time, v Visit) (b Begin, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		if err := begin(tx, now, v); err != nil {
			return err
		}
		options, data, err := d.web.BeginDiscoverableLogin()
		if err != nil {
			return err
		}
		b, err = put(tx, now, ceremony{kind: "login", Data: *data}, options)
		return err
	})
	return b, err
}

// FinishLogin opens a session with what BeginLogin's page came back with. Other
// sessions of the person go on: see Sessions.
func (d *Door) FinishLogin(ctx context.Context, now time.Time, handle string, body []byte, v Visit) (token string, s Session, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		c, err := take(tx, now, "login", handle)
		if err != nil {
			return err
		}
		_, h, err := d.asserted(tx, now, c, body, v)
		if err != nil {
			return err
		}
		token, s, err = open(tx, now, h.Person, ByPasskey, "", v)
		return err
	})
	return token, s, err
}

// mostSessions of one person are open at a time; one more ends the oldest.
const mostSessions = 16

// open opens a session at a seat, or, where none is named, at the one where the
// person sat last.
func open(tx *store.Tx, now time.Time, p Person, how string, seat comity.Seat, v Visit) (string, Session, error) {
	if seat == "" && len(p.Seats) > 0 {
		last, _, err := first(tx, func(s *comity.Seat) []any { return []any{(*string)(s)} },
			"SELECT seat FROM session WHERE person = $1 ORDER BY since DESC, ended LIMIT 1", p.ID)
		if err != nil {
			return "", Session{}, err
		}
		if seat = p.Seats[0]; slices.Contains(p.Seats, last) {
			seat = last
		}
	}
	if _, err := tx.Exec(fmt.Sprintf(`UPDATE session SET ended = $2 WHERE ended = 0 AND id IN (
		SELECT id FROM session WHERE person = $1 AND ended = 0 AND begun > $3 ORDER BY begun DESC, id LIMIT 1000 OFFSET %d)`, mostSessions-1),
		p.ID, now.UnixMilli(), now.Add(-Whole).UnixMilli()); err != nil {
		return "", Session{}, err
	}
	at := time.UnixMilli(now.UnixMilli()).UTC()
	s := Session{ID: name("s-"), Person: p, person: p.ID, Seat: seat, How: how, Address: from(v), Agent: comity.Clip(v.Agent), Begun: at, Since: at, Seen: at, Back: "/"}
	if how == ByPasskey {
		s.Asserted = at
	}
	token, err := s.write(tx)
	if err != nil {
		return "", Session{}, err
	}
	return token, s, tx.Journal(comity.At(now), "login", p.ID, fmt.Sprintf("%s by %s at %q from %s", s.ID, how, seat, s.Address))
}

func (s Session) write(tx *store.Tx) (string, error) {
	token, hash := secret()
	_, err := tx.Exec("INSERT INTO session (hash, "+sessionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
		hash, s.ID, s.person, string(s.Seat), s.How, s.Address, s.Agent, millis(s.Begun), millis(s.Since), millis(s.Seen), millis(s.Asserted), millis(s.locked), s.Back, bit(s.Armed), millis(s.ended))
	return token, err
}

func readSession(tx *store.Tx, now time.Time, where string, key any) (Session, error) {
	s, ok, err := first(tx, (*Session).fields, "SELECT "+sessionColumns+" FROM session WHERE "+where+" = $1", key)
	if err != nil {
		return Session{}, err
	}
	if !ok {
		return Session{}, ErrNone
	}
	if s.Person, err = readPerson(tx, s.person); err != nil {
		return Session{}, err
	}
	err = s.settle(now)
	if err == ErrNone {
		s = Session{}
	}
	return s, err
}

// Peek returns the session of a token and does not count as a request: it is for live
// events and for polling. With ErrLocked comes the session all the same; if it is
// Armed, the events of the watch alarm, and only those, go on.
func (d *Door) Peek(ctx context.Context, now time.Time, token string) (s Session, err error) {
	if token == "" {
		return s, ErrNone
	}
	err = d.db.View(ctx, func(tx *store.Tx) error {
		s, err = readSession(tx, now, "hash", digest(token))
		return err
	})
	return s, err
}

// Find returns the session of a token, for a request of a place such as "/matter/1".
// It fails with ErrNone or, with the session, with ErrLocked; of one that it finds
// idle, the place is where unlocking goes back to.
func (d *Door) Find(ctx context.Context, now time.Time, token, place string) (Session, error) {
	s, err := d.Peek(ctx, now, token)
	switch {
	case err == ErrLocked && s.locked.IsZero():
		s.Back = safe(place)
		if e := d.lock(ctx, now, s, "was idle"); e != nil {
			return Session{}, e
		}
	case err == nil && now.Sub(s.Seen) >= touchEvery:
		e := d.db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE session SET seen = $2 WHERE id = $1 AND seen < $2 AND locked = 0 AND ended = 0", s.ID, now.UnixMilli())
			return err
		})
		if e != nil {
			return Session{}, e
		}
	}
	return s, err
}

// safe returns a place within the desk: nothing that leads elsewhere.
func safe(place string) string {
	if len(place) > 512 || !strings.HasPrefix(place, "/") || strings.HasPrefix(place, "//") ||
		strings.ContainsFunc(place, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return "/"
	}
	return place
}

// Lock locks a session, as its person may at any time. back is where to go on.
func (d *Door) Lock(ctx context.Context, now time.Time, s Session, back string) error {
	s.Back = safe(back)
	return d.lock(ctx, now, s, "was locked by hand")
}

func (d *Door) lock(ctx context.Context, now time.Time, s Session, how string) error {
	return d.update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec("UPDATE session SET locked = $2, back = $3 WHERE id = $1 AND locked = 0 AND ended = 0", s.ID, now.UnixMilli(), s.Back)
		if err != nil || n == 0 {
			return err // it is locked, or over
		}
		return tx.Journal(comity.At(now), "lock", s.Person.ID, s.ID+" "+how)
	})
}

// within does what needs the session, as it is now, to be live, and fresh for what
// weighs more.
func (d *Door) within(ctx context.Context, now time.Time, s Session, fresh bool, do func(*store.Tx, Session) error) error {
	return d.update(ctx, func(tx *store.Tx) error {
		s, err := readSession(tx, now, "id", s.ID)
		if err != nil {
			return err
		}
		if fresh && !s.Fresh(now) {
			return ErrStale
		}
		return do(tx, s)
	})
}

// Arm arms or disarms the watch alarm of a live session.
func (d *Door) Arm(ctx context.Context, now time.Time, s Session, on bool) error {
	return d.within(ctx, now, s, false, func(tx *store.Tx, s Session) error {
		if s.Armed == on {
			return nil
		}
		if _, err := tx.Exec("UPDATE session SET armed = $2 WHERE id = $1", s.ID, bit(on)); err != nil {
			return err
		}
		what := "disarmed"
		if on {
			what = "armed"
		}
		return tx.Journal(comity.At(now), "watch", s.Person.ID, fmt.Sprintf("%s at %q %s", s.ID, s.Seat, what))
	})
}

// Sit takes a session to another of the person's seats. The old token ends; the new
// is to be set as the cookie.
func (d *Door) Sit(ctx context.Context, now time.Time, s Session, seat comity.Seat) (token string, moved Session, err error) {
	err = d.within(ctx, now, s, false, func(tx *store.Tx, s Session) error {
		if !slices.Contains(s.Person.Seats, seat) {
			return comity.Fieldf("seat", "you do not sit at %q: ask an administrator", comity.Clip(string(seat)))
		}
		if _, err := tx.Exec("UPDATE session SET ended = $2 WHERE id = $1", s.ID, now.UnixMilli()); err != nil {
			return err
		}
		old := s.ID
		s.ID, s.Seat, s.Since = name("s-"), seat, time.UnixMilli(now.UnixMilli()).UTC() // of Begun it keeps the old: nobody stays longer by moving
		s.Seen = s.Since
		if token, err = s.write(tx); err != nil {
			return err
		}
		moved = s
		return tx.Journal(comity.At(now), "login", s.Person.ID, fmt.Sprintf("%s went on as %s at %q", old, s.ID, seat))
	})
	return token, moved, err
}

// Sessions returns the sessions that are open, the newest first: a person's own, or,
// for an administrator, anyone's; with person empty all.
func (d *Door) Sessions(ctx context.Context, now time.Time, by Actor, person string) (all []Session, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if err := self(tx, by, person, false); err != nil {
			return err
		}
		all, err = list(tx, (*Session).fields, "SELECT "+sessionColumns+" FROM session WHERE ended = 0 AND begun > $1 AND ($2 = '' OR person = $2) ORDER BY begun DESC, id",
			now.Add(-Whole).UnixMilli(), person)
		for i := range all {
			if err == nil {
				all[i].Person, err = readPerson(tx, all[i].person)
			}
			all[i].Locked = all[i].settle(now) == ErrLocked
		}
		return err
	})
	return all, err
}

// End ends a session: one's own, or, by an administrator, anyone's. Who finds a
// locked screen can log it out, but not silence its watch alarm.
func (d *Door) End(ctx context.Context, now time.Time, by Actor, id string) error {
	return d.update(ctx, func(tx *store.Tx) error {
		s, err := readSession(tx, now, "id", id)
		if err != nil && err != ErrLocked && err != ErrNone {
			return err
		}
		switch {
		case by.session != "" && by.session == id:
			if s.Locked && s.Armed {
				return ErrLocked
			}
		case err != ErrNone && s.Person.ID == by.person:
			if by.locked {
				return ErrLocked
			}
		default:
			if err := may(tx, by, Administrator, true); err != nil {
				return err
			}
		}
		n, err := tx.Exec("UPDATE session SET ended = $2 WHERE id = $1 AND ended = 0", id, now.UnixMilli())
		if err != nil || n == 0 {
			return err // it is over
		}
		return tx.Journal(comity.At(now), "logout", by.person, "ended "+id)
	})
}

// BeginAssert begins a use of the key by the person whose session it is: to unlock
// it, or to make it fresh.
func (d *Door) BeginAssert(ctx context.Context, now time.Time, s Session) (b Begin, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		s, err := readSession(tx, now, "id", s.ID)
		if err != nil && err != ErrLocked {
			return err
		}
		b, err = d.assertion(tx, now, "assert", s, nil)
		return err
	})
	return b, err
}

// FinishAssert makes the session live and fresh, and returns it.
func (d *Door) FinishAssert(ctx context.Context, now time.Time, s Session, handle string, body []byte, v Visit) (open Session, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		c, err := take(tx, now, "assert", handle)
		if err != nil {
			return err
		}
		if c.Session != s.ID {
			return kept{ErrCeremony}
		}
		if _, _, err := d.asserted(tx, now, c, body, v); err != nil {
			return err
		}
		open, err = unlock(tx, now, c.Session)
		return err
	})
	return open, err
}

// unlock is after an assertion by the session's person.
func unlock(tx *store.Tx, now time.Time, id string) (Session, error) {
	was, err := readSession(tx, now, "id", id)
	if err != nil && err != ErrLocked {
		return Session{}, err
	}
	if _, err := tx.Exec("UPDATE session SET locked = 0, seen = $2, asserted = $2 WHERE id = $1 AND ended = 0", id, now.UnixMilli()); err != nil {
		return Session{}, err
	}
	what := "made fresh"
	if was.Locked {
		what = "unlocked"
	}
	if err := tx.Journal(comity.At(now), "login", was.Person.ID, what+" "+id); err != nil {
		return Session{}, err
	}
	return readSession(tx, now, "id", id)
}

// BeginSign begins the signing of a hash, such as a statement's id, with the person's
// passkey: the hash is the challenge.
func (d *Door) BeginSign(ctx context.Context, now time.Time, s Session, hash comity.Hash) (b Begin, err error) {
	err = d.within(ctx, now, s, false, func(tx *store.Tx, s Session) error {
		b, err = d.assertion(tx, now, "sign", s, hash[:])
		return err
	})
	return b, err
}

// FinishSign checks the signature, moves the key's counter and makes the session
// fresh. What is signed, and whether the seat may, is for others to judge.
func (d *Door) FinishSign(ctx context.Context, now time.Time, s Session, handle string, body []byte, v Visit) (a Assertion, err error) {
	err = d.within(ctx, now, s, false, func(tx *store.Tx, s Session) error {
		c, err := take(tx, now, "sign", handle)
		if err != nil {
			return err
		}
		if c.Session != s.ID {
			return kept{ErrCeremony}
		}
		if a, _, err = d.asserted(tx, now, c, body, v); err != nil {
			return err
		}
		_, err = unlock(tx, now, s.ID)
		return err
	})
	return a, err
}
