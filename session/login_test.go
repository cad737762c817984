package session_test

import (
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"comity"
	"comity/session"
	"comity/store"
)

// A session is locked when idle and ends after twelve hours. Requests keep it, polls
// do not.
func TestIdle(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		li := d.officer("Li Wei", one)
		began := d.now
		for _, c := range []struct {
			name  string
			after time.Duration // since the login
			poll  bool
			place string
			want  error
		}{
			{"at once", 0, false, "/", nil},
			{"after 30 seconds, which are not written down", 30 * time.Second, false, "/", nil},
			{"just before a quarter of an hour from the login", 15*time.Minute - time.Millisecond, false, "/queue", nil},
			{"15 minutes later, had nobody asked", 29 * time.Minute, true, "/events", nil},
			{"a quarter of an hour from the last request", 30*time.Minute - time.Millisecond, true, "/events", session.ErrLocked},
			{"the first request that finds it idle", 30 * time.Minute, false, "/matter/US-2026-000042?tab=files", session.ErrLocked},
			{"another", 31 * time.Minute, false, "/elsewhere", session.ErrLocked},
		} {
			d.now = began.Add(c.after)
			var s session.Session
			var err error
			if c.poll {
				s, err = d.Peek(t.Context(), d.now, li.token)
			} else {
				s, err = d.Find(t.Context(), d.now, li.token, c.place)
			}
			is(t, c.name, err, c.want)
			if s.ID != li.session.ID || s.Locked != (c.want != nil) {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
		s, err := d.assert(li)
		if err != nil || s.Locked || s.Back != "/matter/US-2026-000042?tab=files" || s.Seat != one || !s.Fresh(d.now) {
			t.Errorf("unlocked: %+v, %v", s, err)
		}
		_, err = d.Find(t.Context(), d.now, li.token, "/")
		is(t, "a request after it was unlocked", err, nil)

		for d.now.Before(began.Add(12*time.Hour - 10*time.Minute)) {
			d.wait(10 * time.Minute)
			_, err := d.Find(t.Context(), d.now, li.token, "/")
			is(t, "a request every ten minutes", err, nil)
		}
		d.now = began.Add(12 * time.Hour)
		_, err = d.Find(t.Context(), d.now, li.token, "/")
		is(t, "after twelve hours", err, session.ErrNone)
		_, err = d.assert(li)
		is(t, "unlocking what has ended", err, session.ErrNone)
		for name, token := range map[string]string{"no token": "", "a wrong token": li.token[1:] + "A", "the session's name": li.session.ID} {
			s, err := d.Find(t.Context(), start, token, "/")
			is(t, name, err, session.ErrNone)
			if s.ID != "" {
				t.Errorf("%s: %+v", name, s)
			}
		}
	})
}

// The watch alarm belongs to the session: locked is not disarmed, and who finds the
// locked screen can neither disarm it nor log it out.
func TestLock(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, ann, boss := d.officer("Li Wei", one), d.officer("Ann Lee", two), d.admin("Max Muster")
		d.must(d.Arm(ctx, d.now, li.session, true))
		d.must(d.Lock(ctx, d.now, li.session, "https://evil.example/"))
		s, err := d.Peek(ctx, d.now, li.token)
		is(t, "locked by hand", err, session.ErrLocked)
		if !s.Armed || !s.Locked || s.Back != "/" || s.Fresh(d.now) {
			t.Errorf("locked: %+v", s)
		}
		is(t, "disarming it", d.Arm(ctx, d.now, s, false), session.ErrLocked)
		is(t, "disarming it with what was known before", d.Arm(ctx, d.now, li.session, false), session.ErrLocked)
		is(t, "logging it out", d.End(ctx, d.now, s.Actor(d.now), s.ID), session.ErrLocked)
		_, err = d.Sessions(ctx, d.now, s.Actor(d.now), s.Person.ID)
		is(t, "listing sessions from it", err, session.ErrLocked)
		_, _, err = d.Sit(ctx, d.now, s, one)
		is(t, "moving it", err, session.ErrLocked)

		b, err := d.BeginAssert(ctx, d.now, s)
		d.must(err)
		_, err = d.FinishAssert(ctx, d.now, s, b.Handle, ann.key.assert(t, b), here)
		is(t, "unlocking it with another's key", err, session.ErrLogin)
		b, err = d.BeginAssert(ctx, d.now, ann.session)
		d.must(err)
		_, err = d.FinishAssert(ctx, d.now, s, b.Handle, ann.key.assert(t, b), here)
		is(t, "unlocking it with another's ceremony", err, session.ErrCeremony)
		s, err = d.assert(li)
		if err != nil || !s.Armed || s.Locked {
			t.Errorf("unlocked: %+v, %v", s, err)
		}
		d.must(d.Arm(ctx, d.now, s, false))
		d.must(d.Lock(ctx, d.now, s, "/queue"))
		s, err = d.Peek(ctx, d.now, li.token)
		is(t, "locked again", err, session.ErrLocked)
		is(t, "another's logging it out", d.End(ctx, d.now, ann.actor(d), s.ID), comity.Forbidden)
		d.must(d.End(ctx, d.now, s.Actor(d.now), s.ID))
		_, err = d.Peek(ctx, d.now, li.token)
		is(t, "logged out, not being armed", err, session.ErrNone)

		again := mustLogin(t, d, li.key)
		d.must(d.Arm(ctx, d.now, again.session, true))
		d.must(d.Lock(ctx, d.now, again.session, "/"))
		d.must(d.End(ctx, d.now, boss.actor(d), again.session.ID))
		_, err = d.Peek(ctx, d.now, again.token)
		is(t, "ended by an administrator", err, session.ErrNone)
	})
}

// Only a place within the desk is returned to.
func TestBack(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		li := d.officer("Li Wei", one)
		for place, want := range map[string]string{
			"/queue?due=7d": "/queue?due=7d", "": "/", "queue": "/", "//evil.example": "/", "/\\evil.example": "/",
			"https://evil.example/": "/", "/a\r\nSet-Cookie: x": "/", "javascript:alert(1)": "/",
		} {
			d.must(d.Lock(t.Context(), d.now, li.session, place))
			s, err := d.assert(li)
			if err != nil || s.Back != want {
				t.Errorf("%q: back to %q, %v, want %q", place, s.Back, err, want)
			}
		}
	})
}

// What weighs more than reading needs the key of the last five minutes.
func TestFresh(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		boss := d.admin("Li Wei")
		add := func(name string) error {
			_, err := d.NewPerson(ctx, d.now, boss.actor(d), name, session.Officer)
			return err
		}
		d.wait(5*time.Minute - time.Millisecond)
		is(t, "just before five minutes", add("a"), nil)
		d.wait(time.Millisecond)
		is(t, "after five minutes", add("b"), session.ErrStale)
		var err error
		boss.session, err = d.assert(boss)
		d.must(err)
		is(t, "after the key was used", add("b"), nil)
		is(t, "a session that is none", func() error {
			_, err := d.NewPerson(ctx, d.now, session.Session{}.Actor(d.now), "c", session.Officer)
			return err
		}(), comity.NotFound)
	})
}

// A login leaves the others open and shows them; each may be ended.
func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, ann, boss := d.officer("Li Wei", one, two), d.officer("Ann Lee", two), d.admin("Max Muster")
		d.wait(time.Minute)
		phone := mustLogin(t, d, li.key)
		names := func(by session.Actor, person string) (ids []string) {
			t.Helper()
			all, err := d.Sessions(ctx, d.now, by, person)
			d.must(err)
			for _, s := range all {
				ids = append(ids, s.ID)
			}
			return ids
		}
		if got, want := names(li.actor(d), li.session.Person.ID), []string{phone.session.ID, li.session.ID}; !slices.Equal(got, want) {
			t.Errorf("his are %q, want %q", got, want)
		}
		if got := names(boss.actor(d), ""); len(got) != 4 {
			t.Errorf("all are %q, want 4", got)
		}
		_, err := d.Sessions(ctx, d.now, li.actor(d), "")
		is(t, "all, for an officer", err, comity.Forbidden)
		_, err = d.Sessions(ctx, d.now, li.actor(d), ann.session.Person.ID)
		is(t, "another's", err, comity.Forbidden)
		d.must(d.End(ctx, d.now, phone.actor(d), li.session.ID))
		is(t, "what is not there", d.End(ctx, d.now, phone.actor(d), "s-nothing"), comity.Forbidden)
		if got, want := names(phone.actor(d), li.session.Person.ID), []string{phone.session.ID}; !slices.Equal(got, want) {
			t.Errorf("after ending one his are %q, want %q", got, want)
		}

		d.must(d.Arm(ctx, d.now, phone.session, true))
		token, moved, err := d.Sit(ctx, d.now, phone.session, two)
		if err != nil || moved.Seat != two || !moved.Armed || !moved.Begun.Equal(phone.session.Begun) || token == phone.token {
			t.Errorf("moved: %+v, %v", moved, err)
		}
		_, err = d.Find(ctx, d.now, phone.token, "/")
		is(t, "the token of before", err, session.ErrNone)
		_, _, err = d.Sit(ctx, d.now, moved, "us-24-7-09")
		is(t, "a seat that is not his", err, comity.Invalid)
		d.wait(time.Minute)
		if next := mustLogin(t, d, li.key); next.session.Seat != two {
			t.Errorf("the next login is at %s, want where he was: %s", next.session.Seat, two)
		}
		d.must(d.Unassign(ctx, d.now, session.Console(), li.session.Person.ID, two))
		_, err = d.Find(ctx, d.now, token, "/")
		is(t, "the session at a seat that was taken away", err, session.ErrNone)

		var first somebody
		for i := range 17 {
			d.wait(time.Second)
			s := mustLogin(t, d, ann.key)
			if i == 0 {
				first = s
			}
		}
		if got := names(ann.actor(d), ann.session.Person.ID); len(got) != 16 || slices.Contains(got, first.session.ID) {
			t.Errorf("she has %d sessions open", len(got))
		}
	})
}

// The cookie is Strict and, but for a demonstration without TLS, of this host only.
func TestCookie(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "comity.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for at, want := range map[string]string{
		"https://desk.us.example": "__Host-comity=abc; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict",
		"http://localhost:8080":   "comity=abc; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict",
	} {
		d, err := session.New(db, session.Config{Origin: at, Name: "Comity"})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Cookie("abc").String(); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
		if c := d.Cookie(""); c.MaxAge >= 0 {
			t.Errorf("%s: %s does not forget", at, c)
		}
		r := httptest.NewRequest("GET", at, nil)
		if got := d.Token(r); got != "" {
			t.Errorf("%s: a request without a cookie has %q", at, got)
		}
		r.AddCookie(d.Cookie("abc"))
		if got := d.Token(r); got != "abc" {
			t.Errorf("%s: the request has %q", at, got)
		}
	}
	for name, c := range map[string]session.Config{
		"no origin":                           {Name: "Comity"},
		"a path":                              {Origin: "https://desk.us.example/desk", Name: "Comity"},
		"no TLS":                              {Origin: "http://desk.us.example", Name: "Comity"},
		"an address, which no passkey is for": {Origin: "https://192.0.2.7", Name: "Comity"},
		"no name":                             {Origin: "https://desk.us.example"},
		"a model that is none":                {Origin: "https://desk.us.example", Name: "Comity", AAGUIDs: []string{"yubikey"}},
		"the model of no model":               {Origin: "https://desk.us.example", Name: "Comity", AAGUIDs: []string{"00000000-0000-0000-0000-000000000000"}},
		"an issuer without TLS":               {Origin: "https://desk.us.example", Name: "Comity", Issuers: []session.Issuer{{Name: "x", URL: "http://id.us.example", Client: "c"}}},
		"an issuer without a client":          {Origin: "https://desk.us.example", Name: "Comity", Issuers: []session.Issuer{{Name: "x", URL: "https://id.us.example"}}},
	} {
		_, err := session.New(db, c)
		is(t, name, err, comity.Invalid)
	}
}
