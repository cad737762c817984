package session_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/session"
	"comity/store"
)

// Who lost the key gets another link when two administrators, who are two persons and
// not the one in question, want it; then the lost key and all sessions are void.
func TestRecovery(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li := d.officer("Li Wei", one)
		a, b, c := d.admin("A"), d.admin("B"), d.admin("C")
		a, b, c, li = d.later(a), d.later(b), d.later(c), d.later(li)
		id := li.session.Person.ID
		_, err := d.Link(ctx, d.now, a.actor(d), id, nil)
		is(t, "a link by one administrator", err, comity.Forbidden)
		_, err = d.AskRecovery(ctx, d.now, li.actor(d), a.session.Person.ID, "I want to be A")
		is(t, "an officer asks", err, comity.Forbidden)
		_, err = d.AskRecovery(ctx, d.now, a.actor(d), a.session.Person.ID, "I lost it")
		is(t, "an administrator asks for himself", err, comity.Forbidden)
		_, err = d.AskRecovery(ctx, d.now, a.actor(d), id, " ")
		is(t, "no reason", err, comity.Invalid)
		_, err = d.AskRecovery(ctx, d.now, a.actor(d), "p-nobody", "why not")
		is(t, "for nobody", err, comity.NotFound)

		r, err := d.AskRecovery(ctx, d.now, a.actor(d), id, "lost the key, card checked")
		d.must(err)
		own, err := d.AskRecovery(ctx, d.now, a.actor(d), b.session.Person.ID, "lost it too")
		d.must(err)
		for _, s := range []struct {
			name string
			by   session.Actor
			id   string
			want error
		}{
			{"the same administrator approves", a.actor(d), r.ID, comity.Forbidden},
			{"an officer approves", li.actor(d), r.ID, comity.Forbidden},
			{"the person in question approves", b.actor(d), own.ID, comity.Forbidden},
			{"what is not there", b.actor(d), "r-nothing", comity.NotFound},
		} {
			_, err := d.ApproveRecovery(ctx, d.now, s.by, s.id)
			is(t, s.name, err, s.want)
		}
		if all, err := d.Recoveries(ctx, d.now, b.actor(d)); err != nil || len(all) != 2 || all[0].Approved+all[1].Approved != "" {
			t.Errorf("they are %+v, %v", all, err)
		}
		_, err = d.Find(ctx, d.now, li.token, "/")
		is(t, "the person's session, meanwhile", err, nil)

		link, err := d.ApproveRecovery(ctx, d.now, b.actor(d), r.ID)
		d.must(err)
		_, err = d.ApproveRecovery(ctx, d.now, c.actor(d), r.ID)
		is(t, "approved twice", err, comity.Conflict)
		_, err = d.Find(ctx, d.now, li.token, "/")
		is(t, "the person's session, then", err, session.ErrNone)
		_, err = d.login(li.key)
		is(t, "the lost key", err, session.ErrLogin)
		if s := d.enrol(link).session; s.Person.ID != id || s.Seat != one {
			t.Errorf("recovered: %+v", s)
		}
		for kind, text := range map[string]string{"recovery": "asked for " + r.ID, "link": "made a link by " + r.ID, "enrol": id} {
			if d.journalled(kind, text) == 0 {
				t.Errorf("the journal has no %q of %q", kind, text)
			}
		}
		if d.journalled("recovery", "approved "+r.ID) != 1 {
			t.Error("the journal has not one approval")
		}

		late := d.now.Add(24 * time.Hour)
		_, err = d.ApproveRecovery(ctx, late, session.Console(), own.ID)
		is(t, "approved after a day", err, comity.Conflict)
		_, err = d.ApproveRecovery(ctx, d.now, session.Console(), own.ID)
		is(t, "the console is the second, where there is one administrator only", err, nil)
	})
}

// Two accounts of one administrator are not two administrators, however she came by
// the second: neither before a day is over, nor later.
func TestRecoveryIsTwoHands(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, ann, other := d.officer("Li Wei", one), d.admin("Ann"), d.admin("Other")
		tried := func(what string, asks, approves somebody, want error) {
			t.Helper()
			r, err := d.AskRecovery(ctx, d.now, asks.actor(d), li.session.Person.ID, "lost")
			d.must(err)
			_, err = d.ApproveRecovery(ctx, d.now, approves.actor(d), r.ID)
			is(t, what, err, want)
		}
		tried("both are it since today", ann, other, comity.Forbidden)
		ann, other = d.later(ann), d.later(other)

		added := func(name string, role session.Role, by session.Actor) somebody {
			t.Helper()
			p, err := d.NewPerson(ctx, d.now, by, name, role)
			d.must(err)
			link, err := d.Link(ctx, d.now, by, p.ID, nil)
			d.must(err)
			return d.enrol(link)
		}
		second := added("Ann's second", session.Administrator, ann.actor(d))
		third := added("Ann's third", session.Administrator, second.actor(d))
		made := d.officer("Made", two)
		d.must(d.SetRoles(ctx, d.now, ann.actor(d), made.session.Person.ID, session.Administrator))
		linked := d.person("Linked", []session.Role{session.Administrator})
		d.must(d.Attach(ctx, d.now, ann.actor(d), linked.session.Person.ID, session.OIDC, "https://id.us.example ann"))
		tried("a new one of hers", ann, second, comity.Forbidden)
		tried("one of hers and another's", other, second, comity.Forbidden)

		second, third, made, linked = d.later(second), d.later(third), d.later(made), d.later(linked)
		ann, other = d.later(ann), d.later(other)
		tried("one whom she added", ann, second, comity.Forbidden)
		tried("the other way round", second, ann, comity.Forbidden)
		tried("one whom hers added", ann, third, comity.Forbidden)
		tried("two of hers", third, second, comity.Forbidden)
		tried("one whom she made it", made, ann, comity.Forbidden)
		tried("one by whose account she comes in", linked, ann, comity.Forbidden)
		d.must(d.SetRoles(ctx, d.now, ann.actor(d), made.session.Person.ID, session.Officer))
		tried("two whom nobody else made", other, ann, nil)
		tried("one of hers and another's, a day later", other, second, nil)
		r, err := d.AskRecovery(ctx, d.now, other.actor(d), li.session.Person.ID, "lost")
		d.must(err)
		d.must(d.Leave(ctx, d.now, session.Console(), other.session.Person.ID))
		_, err = d.ApproveRecovery(ctx, d.now, ann.actor(d), r.ID)
		is(t, "of who asked and has left", err, comity.Forbidden)
	})
}

// What is a row of the database's own: nobody writes a recovery that one administrator
// wanted alone.
func TestRecoveryIsTwo(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		li, a := d.officer("Li Wei", one), d.admin("A")
		r, err := d.AskRecovery(t.Context(), d.now, a.actor(d), li.session.Person.ID, "lost")
		d.must(err)
		for _, by := range []string{a.session.Person.ID, li.session.Person.ID} {
			err := d.db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec("UPDATE recovery SET approved = $2 WHERE id = $1", r.ID, by)
				return err
			})
			is(t, "approved by "+by, err, comity.Invalid)
		}
	})
}

// Persons are for administrators; nothing else may change them.
func TestPersons(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		boss := d.admin("Boss")
		officer := d.person("Officer", []session.Role{session.Officer, session.Inspector, session.Principal}, one)
		id := officer.session.Person.ID
		for name, do := range map[string]func(session.Actor) error{
			"list":     func(a session.Actor) error { _, err := d.Persons(ctx, a); return err },
			"add":      func(a session.Actor) error { _, err := d.NewPerson(ctx, d.now, a, "x", session.Officer); return err },
			"roles":    func(a session.Actor) error { return d.SetRoles(ctx, d.now, a, id, session.Officer, session.Inspector) },
			"assign":   func(a session.Actor) error { return d.Assign(ctx, d.now, a, id, two) },
			"unassign": func(a session.Actor) error { return d.Unassign(ctx, d.now, a, id, one) },
			"attach": func(a session.Actor) error {
				return d.Attach(ctx, d.now, a, id, session.OIDC, "https://id.us.example 1")
			},
			"identities": func(a session.Actor) error { _, err := d.Identities(ctx, a, id); return err },
		} {
			is(t, name+" by an officer", do(officer.actor(d)), comity.Forbidden)
			is(t, name+" by nobody", do(session.Actor{}), comity.NotFound)
			is(t, name+" by an administrator", do(boss.actor(d)), nil)
		}
		for what, err := range map[string]error{
			"a name that is taken": func() error { _, err := d.NewPerson(ctx, d.now, boss.actor(d), "Officer", session.Officer); return err }(),
		} {
			is(t, what, err, comity.Conflict)
		}
		for what, p := range map[string]struct {
			name  string
			roles []session.Role
		}{
			"no name":         {" ", []session.Role{session.Officer}},
			"a long name":     {strings.Repeat("李", 81), []session.Role{session.Officer}},
			"a turned name":   {"Li \u202eieW", []session.Role{session.Officer}},
			"no role":         {"Li", nil},
			"an unheard role": {"Li", []session.Role{"root"}},
		} {
			_, err := d.NewPerson(ctx, d.now, boss.actor(d), p.name, p.roles...)
			is(t, what, err, comity.Invalid)
		}
		is(t, "a seat that is none", d.Assign(ctx, d.now, boss.actor(d), id, "Seat 1"), comity.Invalid)
		is(t, "a kind that is none", d.Attach(ctx, d.now, boss.actor(d), id, "password", "x"), comity.Invalid)

		all, err := d.Persons(ctx, boss.actor(d))
		if err != nil || len(all) != 3 || all[1].Name != "Officer" || !slices.Equal(all[1].Roles, []session.Role{session.Inspector, session.Officer}) || !slices.Equal(all[1].Seats, []comity.Seat{two}) {
			t.Errorf("the persons are %+v, %v", all, err)
		}
		d.must(d.Leave(ctx, d.now, boss.actor(d), id))
		is(t, "who left gets a seat", d.Assign(ctx, d.now, boss.actor(d), id, one), comity.Conflict)
		_, err = d.Find(ctx, d.now, officer.token, "/")
		is(t, "the session of who left", err, session.ErrNone)
	})
}

// An inspector learns who sat at a seat at a moment, for a reason that is written down.
func TestResolve(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		began := d.now
		li := d.officer("Li Wei", one) // logs in too
		d.wait(time.Hour)
		ann := d.officer("Ann Lee", one, two) // logs in at seat one
		d.must(d.End(ctx, d.now, li.actor(d), li.session.ID))
		d.wait(time.Hour)
		d.must(d.Unassign(ctx, d.now, session.Console(), li.session.Person.ID, one))
		_, _, err := d.Sit(ctx, d.now, mustAssert(t, d, ann), two)
		d.must(err)
		d.wait(20 * time.Hour)
		inspector := d.person("Inspector", []session.Role{session.Inspector})
		for _, c := range []struct {
			name string
			seat comity.Seat
			at   time.Duration
			want string
		}{
			{"before anyone", one, -time.Minute, ""},
			{"one person, at the desk", one, 30 * time.Minute, "Li Wei present"},
			{"two who may, one of them at the desk", one, 90 * time.Minute, "Li Wei, Ann Lee present"},
			{"after one was taken away and the other moved", one, 3 * time.Hour, "Ann Lee"},
			{"where the other moved to", two, 3 * time.Hour, "Ann Lee present"},
			{"before the other moved", two, 90 * time.Minute, "Ann Lee"},
			{"after sessions have ended", two, 15 * time.Hour, "Ann Lee"},
			{"a seat of nobody", "us-24-7-09", time.Hour, ""},
		} {
			all, err := d.Resolve(ctx, d.now, inspector.actor(d), c.seat, began.Add(c.at), "complaint 17")
			var got []string
			for _, s := range all {
				name := s.Person.Name
				if s.Present {
					name += " present"
				}
				got = append(got, name)
			}
			if err != nil || strings.Join(got, ", ") != c.want {
				t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
			}
		}
		if n := d.journalled("inspect", inspector.session.Person.ID+" asked who sat at"); n != 8 {
			t.Errorf("the journal has %d questions, want 8", n)
		}
		_, err = d.Resolve(ctx, d.now, inspector.actor(d), one, began, "")
		is(t, "no reason", err, comity.Invalid)
		_, err = d.Resolve(ctx, d.now, ann.actor(d), one, began, "curious")
		is(t, "an officer", err, comity.Forbidden)
		_, err = d.Resolve(ctx, d.now, session.Console(), one, began, "curious")
		is(t, "the console", err, comity.NotFound)
	})
}

func mustAssert(t *testing.T, d *door, s somebody) session.Session {
	t.Helper()
	open, err := d.assert(s)
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// A token is for one seat, some verbs and a time, and is shown once.
func TestToken(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, boss := d.officer("Li Wei", one), d.admin("Boss")
		day := 24 * time.Hour
		want := session.APIToken{Name: "case system", Seat: one, Verbs: []string{"request show", "request list", "queue"}, Expires: d.now.Add(90 * day)}
		for _, c := range []struct {
			name  string
			by    session.Actor
			spoil func(*session.APIToken)
			want  error
		}{
			{"for a seat that is not one's own", li.actor(d), func(k *session.APIToken) { k.Seat = two }, comity.Forbidden},
			{"by nobody", session.Actor{}, func(*session.APIToken) {}, comity.NotFound},
			{"no verb", li.actor(d), func(k *session.APIToken) { k.Verbs = nil }, comity.Invalid},
			{"a verb that is none", li.actor(d), func(k *session.APIToken) { k.Verbs = []string{"request list\nrelease"} }, comity.Invalid},
			{"no name", li.actor(d), func(k *session.APIToken) { k.Name = "" }, comity.Invalid},
			{"an end that is past", li.actor(d), func(k *session.APIToken) { k.Expires = d.now }, comity.Invalid},
			{"an end in ten years", li.actor(d), func(k *session.APIToken) { k.Expires = d.now.Add(3650 * day) }, comity.Invalid},
			{"for any seat, by an administrator", boss.actor(d), func(k *session.APIToken) { k.Seat = two }, nil},
		} {
			k := want
			c.spoil(&k)
			secret, _, err := d.NewToken(ctx, d.now, c.by, k)
			is(t, c.name, err, c.want)
			if (secret != "") != (c.want == nil) {
				t.Errorf("%s: the secret is %q", c.name, secret)
			}
		}
		secret, made, err := d.NewToken(ctx, d.now, li.actor(d), want)
		d.must(err)
		if !strings.HasPrefix(secret, "comity_") || !slices.Equal(made.Verbs, []string{"queue", "request list", "request show"}) || made.Person != li.session.Person.ID {
			t.Errorf("made %q, %+v", secret, made)
		}
		for _, c := range []struct {
			name, secret, verb string
			after              time.Duration
			want               error
		}{
			{"a verb that it is for", secret, "request list", 0, nil},
			{"another verb", secret, "release", 0, session.ErrToken},
			{"a part of a verb", secret, "request", 0, session.ErrToken},
			{"another secret", secret + "A", "request list", 0, session.ErrToken},
			{"no secret", "", "request list", 0, session.ErrToken},
			{"its name", made.ID, "request list", 0, session.ErrToken},
			{"the day before its end", secret, "queue", 89 * day, nil},
			{"its end", secret, "queue", 90 * day, session.ErrToken},
		} {
			k, err := d.UseToken(ctx, start.Add(c.after), c.secret, c.verb, here)
			is(t, c.name, err, c.want)
			if (k.Seat == one) != (c.want == nil) {
				t.Errorf("%s: %+v", c.name, k)
			}
		}
		own, err := d.Tokens(ctx, d.now, li.actor(d), li.session.Person.ID)
		if err != nil || len(own) != 1 || !own[0].Used.Equal(start.Add(89*day)) {
			t.Errorf("his are %+v, %v", own, err)
		}
		all, err := d.Tokens(ctx, d.now, boss.actor(d), "")
		if err != nil || len(all) != 2 {
			t.Errorf("all are %+v, %v", all, err)
		}
		for _, k := range all {
			if k.ID != made.ID {
				is(t, "revoking another's", d.RevokeToken(ctx, d.now, li.actor(d), k.ID), comity.Forbidden)
			}
		}
		d.must(d.RevokeToken(ctx, d.now, li.actor(d), made.ID))
		_, err = d.UseToken(ctx, d.now, secret, "queue", here)
		is(t, "revoked", err, session.ErrToken)
		secret, _, err = d.NewToken(ctx, d.now, li.actor(d), want)
		d.must(err)
		d.must(d.Unassign(ctx, d.now, session.Console(), li.session.Person.ID, one))
		_, err = d.UseToken(ctx, d.now, secret, "queue", here)
		is(t, "of who no longer sits there", err, session.ErrToken)

		secret, _, err = d.NewToken(ctx, d.now, boss.actor(d), want)
		d.must(err)
		_, err = d.UseToken(ctx, d.now, secret, "queue", here)
		is(t, "of an administrator, at another's seat", err, nil)
		d.must(d.SetRoles(ctx, d.now, session.Console(), boss.session.Person.ID, session.Officer))
		_, err = d.UseToken(ctx, d.now, secret, "queue", here)
		is(t, "of who is no administrator any more", err, session.ErrToken)
	})
}
