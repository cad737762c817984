package session

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/store"
)

// An APIToken lets a program use some verbs at a seat.
type APIToken struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Person  string      `json:"person"` // who made it
	Seat    comity.Seat `json:"seat"`
	Verbs   []string    `json:"verbs"`
	Made    time.Time   `json:"made"`
	Expires time.Time   `json:"expires"`
	Used    time.Time   `json:"used,omitzero"` // to the minute
	Revoked time.Time   `json:"revoked,omitzero"`
}

const tokenColumns = "id, name, person, seat, verbs, made, expires, used, revoked"

func (t *APIToken) fields() []any {
	return []any{&t.ID, &t.Name, &t.Person, (*string)(&t.Seat), words[string]{&t.Verbs, "\n"}, instant{&t.Made}, instant{&t.Expires}, instant{&t.Used}, instant{&t.Revoked}}
}

var verbForm = regexp.MustCompile(`^[a-z][a-z.-]{0,39}( [a-z][a-z.-]{0,29})?$`)

const (
	mostVerbs  = 100
	mostTokens = 20
	longest    = 366 * 24 * time.Hour
)

// NewToken makes a token and returns its secret, which is kept nowhere. Name, Seat,
// Verbs and Expires are the caller's: a person for a seat of their own, an
// administrator for any.
func (d *Door) NewToken(ctx context.Context, now time.Time, by Actor, t APIToken) (secret string, made APIToken, err error) {
	if t.Name, err = bounded("name", t.Name, 60, "case system"); err != nil {
		return "", t, err
	}
	if _, err := comity.ParseSeat(string(t.Seat)); err != nil {
		return "", t, err
	}
	t.Verbs = slices.Compact(slices.Sorted(slices.Values(t.Verbs)))
	if len(t.Verbs) == 0 || len(t.Verbs) > mostVerbs {
		return "", t, comity.Fieldf("verbs", "give 1 to %d verbs, such as %q", mostVerbs, "request list")
	}
	for _, v := range t.Verbs {
		if !verbForm.MatchString(v) {
			return "", t, comity.Fieldf("verbs", "%q is not a verb of the command line, such as %q", comity.Clip(v), "request list")
		}
	}
	if !t.Expires.After(now) || t.Expires.After(now.Add(longest)) {
		return "", t, comity.Fieldf("expires", "give a time within the next 366 days, such as %s", comity.At(now.AddDate(0, 3, 0)))
	}
	t.ID, t.Person, t.Used, t.Revoked = name("t-"), by.person, time.Time{}, time.Time{}
	t.Made, t.Expires = time.UnixMilli(now.UnixMilli()).UTC(), time.UnixMilli(t.Expires.UnixMilli()).UTC()
	secret = "comity_" + rand.Text() + rand.Text()
	err = d.update(ctx, func(tx *store.Tx) error {
		own, err := seats(tx, by.person)
		if err != nil {
			return err
		}
		if slices.Contains(own, t.Seat) {
			err = self(tx, by, by.person, true)
		} else {
			err = may(tx, by, Administrator, true)
		}
		if err != nil {
			return err
		}
		n, _, err := first(tx, number, "SELECT count(*) FROM token WHERE seat = $1 AND revoked = 0 AND expires > $2", string(t.Seat), now.UnixMilli())
		if err == nil && n >= mostTokens {
			err = comity.Errorf(comity.TooMuch, "%s has %d tokens: revoke one", t.Seat, mostTokens)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO token (hash, "+tokenColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)",
			digest(secret), t.ID, t.Name, t.Person, string(t.Seat), strings.Join(t.Verbs, "\n"), t.Made.UnixMilli(), t.Expires.UnixMilli()); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "token", by.person, fmt.Sprintf("made %s %q at %s for %s", t.ID, t.Name, t.Seat, strings.Join(t.Verbs, ", ")))
	})
	if err != nil {
		return "", APIToken{}, err
	}
	return secret, t, nil
}

// UseToken returns the token of a secret if it is good for a verb now. Of any other
// the caller learns nothing; those are counted by address, which keeps no good one out.
func (d *Door) UseToken(ctx context.Context, now time.Time, secret, verb string, v Visit) (t APIToken, err error) {
	var ok bool
	err = d.db.View(ctx, func(tx *store.Tx) error {
		t, ok, err = first(tx, (*APIToken).fields, "SELECT "+tokenColumns+" FROM token WHERE hash = $1", digest(secret))
		return err
	})
	if err != nil {
		return APIToken{}, err
	}
	if !ok || !t.Revoked.IsZero() || !now.Before(t.Expires) || !slices.Contains(t.Verbs, verb) {
		return APIToken{}, d.update(ctx, func(tx *store.Tx) error {
			wrong := tally{"token " + from(v): mostFailed}
			if err := allowed(tx, now, wrong); err != nil {
				return err
			}
			return refuse(tx, now, v, wrong, t.ID, fmt.Sprintf("an API token, for %q", comity.Clip(verb)), ErrToken)
		})
	}
	if now.Sub(t.Used) < touchEvery {
		return t, nil
	}
	return t, d.update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE token SET used = $2 WHERE id = $1 AND used < $2", t.ID, now.UnixMilli())
		return err
	})
}

// Tokens returns the tokens that are neither revoked nor expired: those that a person
// made, or, for an administrator with person empty, all.
func (d *Door) Tokens(ctx context.Context, now time.Time, by Actor, person string) (all []APIToken, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if err := self(tx, by, person, false); err != nil {
			return err
		}
		all, err = list(tx, (*APIToken).fields, "SELECT "+tokenColumns+" FROM token WHERE revoked = 0 AND expires > $1 AND ($2 = '' OR person = $2) ORDER BY made, id", now.UnixMilli(), person)
		return err
	})
	return all, err
}

// RevokeToken ends a token: one's own, or, by an administrator, anyone's.
func (d *Door) RevokeToken(ctx context.Context, now time.Time, by Actor, id string) error {
	return d.update(ctx, func(tx *store.Tx) error {
		t, ok, err := first(tx, (*APIToken).fields, "SELECT "+tokenColumns+" FROM token WHERE id = $1", id)
		if err != nil {
			return err
		}
		if err := self(tx, by, t.Person, false); err != nil {
			return err
		}
		if !ok {
			return store.Absent("token %q", comity.Clip(id))
		}
		if _, err := tx.Exec("UPDATE token SET revoked = $2 WHERE id = $1 AND revoked = 0", id, now.UnixMilli()); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "token", by.person, "revoked "+id)
	})
}
