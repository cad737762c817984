package session

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"comity"
	"comity/store"
)

// A Role is what a person may do at the desk beside the work of the seat, whose own
// roles are the roster's.
type Role string

const (
	Officer       Role = "officer"       // works at a seat
	Administrator Role = "administrator" // persons, links, sessions
	Inspector     Role = "inspector"     // reads the journal, and resolves seats
	Principal     Role = "principal"     // reads reviews
)

// ParseRole returns s as a Role.
func ParseRole(s string) (Role, error) {
	if !slices.Contains([]Role{Officer, Administrator, Inspector, Principal}, Role(s)) {
		return "", comity.Fieldf("role", "%q is not %s, %s, %s or %s", comity.Clip(s), Officer, Administrator, Inspector, Principal)
	}
	return Role(s), nil
}

// A Person works here, or did. The name never crosses a border.
type Person struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Roles []Role        `json:"roles"`
	Seats []comity.Seat `json:"seats"` // now
	Added time.Time     `json:"added"`
	Ended time.Time     `json:"ended,omitzero"`
}

// Has reports whether the person has a desk role.
func (p Person) Has(r Role) bool { return slices.Contains(p.Roles, r) }

// most persons, seats of one, and so on: more is a mistake.
const most = 200

const personColumns = "id, name, roles, added, ended"

func (p *Person) fields() []any {
	return []any{&p.ID, &p.Name, words[Role]{&p.Roles, " "}, instant{&p.Added}, instant{&p.Ended}}
}

func readPerson(tx *store.Tx, id string) (Person, error) {
	p, ok, err := first(tx, (*Person).fields, "SELECT "+personColumns+" FROM person WHERE id = $1", id)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, store.Absent("person %q", comity.Clip(id))
	}
	p.Seats, err = seats(tx, id)
	return p, err
}

func seats(tx *store.Tx, person string) ([]comity.Seat, error) {
	return list(tx, func(s *comity.Seat) []any { return []any{(*string)(s)} },
		"SELECT seat FROM sitting WHERE person = $1 AND until = 0 ORDER BY seat", person)
}

// working returns a person who has not left.
func working(tx *store.Tx, id string) (Person, error) {
	p, err := readPerson(tx, id)
	if err == nil && !p.Ended.IsZero() {
		err = comity.Errorf(comity.Conflict, "person %s has left: add a new one", id)
	}
	return p, err
}

// Persons returns all persons by name, for an administrator.
func (d *Door) Persons(ctx context.Context, by Actor) (all []Person, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, false); err != nil {
			return err
		}
		if all, err = list(tx, (*Person).fields, "SELECT "+personColumns+" FROM person ORDER BY name"); err != nil {
			return err
		}
		for i := range all {
			if all[i].Seats, err = seats(tx, all[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// NewPerson adds a person, who comes in by a link: see [Door.Link].
func (d *Door) NewPerson(ctx context.Context, now time.Time, by Actor, name string, roles ...Role) (p Person, err error) {
	err = d.update(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, true); err != nil {
			return err
		}
		p, err = addPerson(tx, now, by.person, name, roles)
		return err
	})
	return p, err
}

func addPerson(tx *store.Tx, now time.Time, by, called string, roles []Role) (Person, error) {
	called, err := bounded("name", called, 80, "Li Wei")
	if err != nil {
		return Person{}, err
	}
	if roles, err = checked(roles); err != nil {
		return Person{}, err
	}
	p := Person{ID: name("p-"), Name: called, Roles: roles, Added: time.UnixMilli(now.UnixMilli()).UTC()}
	n, err := tx.Exec("INSERT INTO person ("+personColumns+") VALUES ($1, $2, $3, $4, 0) ON CONFLICT (name) DO NOTHING",
		p.ID, p.Name, joined(roles, " "), now.UnixMilli())
	if err == nil && n == 0 {
		err = comity.Errorf(comity.Conflict, "there is a person of that name: add what tells them apart, such as %q", called+" (2)")
	}
	if err = cmp.Or(err, vouch(tx, now, by, p.ID)); err != nil {
		return Person{}, err
	}
	return p, tx.Journal(comity.At(now), "person", by, "added "+p.ID+" as "+joined(roles, ", "))
}

func checked(roles []Role) ([]Role, error) {
	for _, r := range roles {
		if _, err := ParseRole(string(r)); err != nil {
			return nil, err
		}
	}
	if len(roles) == 0 {
		return nil, comity.Fieldf("roles", "give one or more of %s, %s, %s and %s", Officer, Administrator, Inspector, Principal)
	}
	return slices.Compact(slices.Sorted(slices.Values(roles))), nil
}

// vouch notes who let a person in, or made them an administrator: see apart.
func vouch(tx *store.Tx, now time.Time, by, person string) error {
	_, err := tx.Exec("INSERT INTO vouched (person, voucher, at) VALUES ($1, $2, $3) ON CONFLICT (person, voucher) DO UPDATE SET at = excluded.at", person, by, now.UnixMilli())
	return err
}

// SetRoles gives a person these desk roles and no others. With that of an administrator
// go the tokens made for seats of others.
func (d *Door) SetRoles(ctx context.Context, now time.Time, by Actor, person string, roles ...Role) error {
	return d.change(ctx, by, person, func(tx *store.Tx, p Person) error {
		roles, err := checked(roles)
		if err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE person SET roles = $2 WHERE id = $1", p.ID, joined(roles, " "))
		if is := slices.Contains(roles, Administrator); is && !p.Has(Administrator) {
			err = cmp.Or(err, vouch(tx, now, by.person, p.ID))
		} else if !is && err == nil {
			_, err = tx.Exec("UPDATE token SET revoked = $2 WHERE person = $1 AND revoked = 0 AND seat NOT IN (SELECT seat FROM sitting WHERE person = $1 AND until = 0)", p.ID, now.UnixMilli())
		}
		if err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "person", by.person, "made "+p.ID+" "+joined(roles, ", "))
	})
}

// change is what an administrator does to a person who works here.
func (d *Door) change(ctx context.Context, by Actor, person string, do func(*store.Tx, Person) error) error {
	return d.update(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, true); err != nil {
			return err
		}
		p, err := working(tx, person)
		if err != nil {
			return err
		}
		return do(tx, p)
	})
}

// Leave ends a person's work here: seats, keys, sessions, links and tokens. The row
// stays, so that seats of before still have their person.
func (d *Door) Leave(ctx context.Context, now time.Time, by Actor, person string) error {
	return d.change(ctx, by, person, func(tx *store.Tx, p Person) error {
		for _, q := range []string{
			"UPDATE person SET ended = $2 WHERE id = $1",
			"UPDATE sitting SET until = $2 WHERE person = $1 AND until = 0",
			"UPDATE passkey SET revoked = $2 WHERE person = $1 AND revoked = 0",
			"UPDATE session SET ended = $2 WHERE person = $1 AND ended = 0",
			"UPDATE token SET revoked = $2 WHERE person = $1 AND revoked = 0",
			"UPDATE enrolment SET used = $2 WHERE person = $1 AND used = 0",
		} {
			if _, err := tx.Exec(q, p.ID, now.UnixMilli()); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("DELETE FROM identity WHERE person = $1", p.ID); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "person", by.person, "ended the work of "+p.ID)
	})
}

// Assign lets a person sit at a seat.
func (d *Door) Assign(ctx context.Context, now time.Time, by Actor, person string, seat comity.Seat) error {
	return d.change(ctx, by, person, func(tx *store.Tx, p Person) error { return assign(tx, now, by.person, p, seat) })
}

func assign(tx *store.Tx, now time.Time, by string, p Person, seat comity.Seat) error {
	if _, err := comity.ParseSeat(string(seat)); err != nil {
		return err
	}
	if len(p.Seats) >= most {
		return comity.Errorf(comity.TooMuch, "person %s sits at %d seats already: unassign one", p.ID, most)
	}
	n, err := tx.Exec("INSERT INTO sitting (person, seat, since, until) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING", p.ID, string(seat), now.UnixMilli())
	if err != nil || n == 0 {
		return err // the person sits there already
	}
	return tx.Journal(comity.At(now), "seat", by, p.ID+" may sit at "+string(seat))
}

// Unassign takes a seat from a person, with the sessions and tokens that are at it.
func (d *Door) Unassign(ctx context.Context, now time.Time, by Actor, person string, seat comity.Seat) error {
	return d.change(ctx, by, person, func(tx *store.Tx, p Person) error {
		n, err := tx.Exec("UPDATE sitting SET until = $3 WHERE person = $1 AND seat = $2 AND until = 0", p.ID, string(seat), now.UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return comity.Fieldf("seat", "person %s does not sit at %q: name a seat that the person has", p.ID, comity.Clip(string(seat)))
		}
		for _, q := range []string{
			"UPDATE session SET ended = $3 WHERE person = $1 AND seat = $2 AND ended = 0",
			"UPDATE token SET revoked = $3 WHERE person = $1 AND seat = $2 AND revoked = 0",
		} {
			if _, err := tx.Exec(q, p.ID, string(seat), now.UnixMilli()); err != nil {
				return err
			}
		}
		return tx.Journal(comity.At(now), "seat", by.person, p.ID+" no longer sits at "+string(seat))
	})
}

// A Sitting is a person's right to a seat over a moment, and whether a session of
// theirs was open at it then.
type Sitting struct {
	Person  Person
	Since   time.Time
	Until   time.Time // zero while it lasts
	Present bool
}

// Resolve tells an inspector who sat at a seat at a moment, and why that was asked
// goes to the journal, whatever the answer.
func (d *Door) Resolve(ctx context.Context, now time.Time, by Actor, seat comity.Seat, at time.Time, reason string) (all []Sitting, err error) {
	reason, err = bounded("reason", reason, 400, "complaint 2026/17 about the reply of 3 March")
	if err == nil {
		_, err = comity.ParseSeat(string(seat))
	}
	if err != nil {
		return nil, err
	}
	err = d.update(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Inspector, true); err != nil {
			return err
		}
		type row struct {
			person       string
			since, until time.Time
		}
		rows, err := list(tx, func(r *row) []any { return []any{&r.person, instant{&r.since}, instant{&r.until}} },
			"SELECT person, since, until FROM sitting WHERE seat = $1 AND since <= $2 AND (until = 0 OR until > $2) ORDER BY since, person", string(seat), at.UnixMilli())
		if err != nil {
			return err
		}
		all = nil
		for _, r := range rows {
			s := Sitting{Since: r.since, Until: r.until}
			if s.Person, err = readPerson(tx, r.person); err != nil {
				return err
			}
			if _, s.Present, err = first(tx, number, `SELECT since FROM session WHERE seat = $1 AND person = $2
				AND since <= $3 AND begun > $4 AND (ended = 0 OR ended > $3) LIMIT 1`, string(seat), r.person, at.UnixMilli(), at.Add(-Whole).UnixMilli()); err != nil {
				return err
			}
			all = append(all, s)
		}
		return tx.Journal(comity.At(now), "inspect", by.person, fmt.Sprintf("asked who sat at %s at %s: %s", seat, comity.At(at), reason))
	})
	return all, err
}

// The kinds of identity.
const (
	OIDC        = "oidc"
	Certificate = "certificate"
)

// An Identity is how others than we know a person.
type Identity struct {
	Kind   string    `json:"kind"`
	Name   string    `json:"name"` // see OIDCName and CertificateName
	Person string    `json:"person"`
	Added  time.Time `json:"added"`
}

// Attach lets a person log in by an account at an issuer or by a card. Nobody gets in
// by one that was not attached.
func (d *Door) Attach(ctx context.Context, now time.Time, by Actor, person, kind, name string) error {
	if kind != OIDC && kind != Certificate {
		return comity.Fieldf("kind", "%q is neither %q nor %q", comity.Clip(kind), OIDC, Certificate)
	}
	name, err := bounded("name", name, 400, OIDCName("https://id.us.example", "248289761001"))
	if err != nil {
		return err
	}
	return d.change(ctx, by, person, func(tx *store.Tx, p Person) error {
		n, err := tx.Exec("INSERT INTO identity (kind, name, person, added) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", kind, name, p.ID, now.UnixMilli())
		if err == nil && n == 0 {
			err = comity.Errorf(comity.Conflict, "%s is attached to a person already: detach it first", comity.Clip(name))
		}
		if err = cmp.Or(err, vouch(tx, now, by.person, p.ID)); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "person", by.person, "attached the "+kind+" "+name+" to "+p.ID)
	})
}

// Detach takes an identity away, and ends the person's sessions.
func (d *Door) Detach(ctx context.Context, now time.Time, by Actor, kind, name string) error {
	return d.update(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, true); err != nil {
			return err
		}
		person, ok, err := identified(tx, kind, name)
		if err != nil {
			return err
		}
		if !ok {
			return store.Absent("%s %q", comity.Clip(kind), comity.Clip(name))
		}
		if _, err := tx.Exec("DELETE FROM identity WHERE kind = $1 AND name = $2", kind, name); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE session SET ended = $2 WHERE person = $1 AND ended = 0", person, now.UnixMilli()); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "person", by.person, "detached the "+kind+" "+name+" from "+person)
	})
}

// Identities returns a person's, for an administrator.
func (d *Door) Identities(ctx context.Context, by Actor, person string) (all []Identity, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if err := may(tx, by, Administrator, false); err != nil {
			return err
		}
		all, err = list(tx, func(i *Identity) []any { return []any{&i.Kind, &i.Name, &i.Person, instant{&i.Added}} },
			"SELECT kind, name, person, added FROM identity WHERE person = $1 ORDER BY kind, name", person)
		return err
	})
	return all, err
}

func identified(tx *store.Tx, kind, name string) (person string, ok bool, err error) {
	return first(tx, func(s *string) []any { return []any{s} }, "SELECT person FROM identity WHERE kind = $1 AND name = $2", kind, name)
}
