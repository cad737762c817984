package session

import (
	"context"

	"comity"
	"comity/config"
	"comity/store"
)

// Open returns the door of a node's configuration.
func Open(db *store.DB, c config.Config) (*Door, error) {
	if c.Desk.URL == "" {
		return nil, comity.Errorf(comity.Invalid, "this node has no desk; name one in %s: \"desk\": {\"listen\": \"127.0.0.1:8443\", \"url\": \"http://localhost:8443\"}", config.Name)
	}
	is := Config{Origin: c.Desk.URL, Name: c.DeskName(), AAGUIDs: c.Desk.AAGUIDs, DeviceBound: c.Desk.DeviceBound}
	for _, i := range c.Desk.Issuers {
		is.Issuers = append(is.Issuers, Issuer(i))
	}
	return New(db, is)
}

type asking struct{}

// With returns a context whose commands know who asks.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, asking{}, a) }

// From returns who asks, if somebody has signed in.
func From(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(asking{}).(Actor)
	return a, ok
}

// Person is the identifier of who asks.
func (a Actor) Person() string { return a.person }

// Reads fails unless the actor has one of these roles now.
func Reads(tx *store.Tx, a Actor, roles ...Role) (err error) {
	for _, r := range roles {
		if err = may(tx, a, r, false); err == nil {
			return nil
		}
	}
	return err
}

// Session is the identifier of the session of who asks, if there is one.
func (a Actor) Session() string { return a.session }
