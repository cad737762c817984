package session_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/session"

	"github.com/descope/virtualwebauthn"
	"github.com/google/uuid"
)

// A key is enrolled only if it is the kind that signs statements, was made here, now,
// for this person, once.
func TestEnrol(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		have := d.officer("Ann Lee", two)
		for i, c := range []struct {
			name  string
			spoil func(*key)
			body  func([]byte) []byte
			after time.Duration
			want  error
		}{
			{name: "a good key"},
			{name: "a key at another origin", spoil: func(k *key) { k.rp.Origin = "https://desk.us.example.evil.example" }, want: comity.Invalid},
			{name: "a key for another relying party", spoil: func(k *key) { k.rp.ID = "evil.example" }, want: comity.Invalid},
			{name: "an RSA key", spoil: func(k *key) { k.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA) }, want: comity.Invalid},
			{name: "a key that did not verify its user", spoil: func(k *key) { k.auth.Options.UserNotVerified = true }, want: comity.Invalid},
			{name: "a key that nobody touched", spoil: func(k *key) { k.auth.Options.UserNotPresent = true }, want: comity.Invalid},
			{name: "a key that another has enrolled", spoil: func(k *key) { k.cred = have.key.cred }, want: comity.Conflict},
			{name: "no JSON", body: func([]byte) []byte { return []byte("{") }, want: comity.Invalid},
			{name: "nothing", body: func([]byte) []byte { return nil }, want: comity.Invalid},
			{name: "an answer of a megabyte", body: func([]byte) []byte { return bytes.Repeat([]byte(" "), 1<<20) }, want: comity.TooMuch},
			{name: "an answer after five minutes", after: session.CeremonyFor, want: session.ErrCeremony},
		} {
			p, err := d.NewPerson(ctx, d.now, session.Console(), "person "+string(rune('a'+i)), session.Officer)
			d.must(err)
			link, err := d.Link(ctx, d.now, session.Console(), p.ID, []comity.Seat{one})
			d.must(err)
			b, _, err := d.BeginEnrol(ctx, d.now, link, here)
			d.must(err)
			k := newKey()
			if c.spoil != nil {
				c.spoil(k)
			}
			body := k.attest(t, b)
			if c.body != nil {
				body = c.body(body)
			}
			token, s, err := d.FinishEnrol(ctx, d.now.Add(c.after), b.Handle, body, "", here)
			is(t, c.name, err, c.want)
			if (token != "") != (c.want == nil) {
				t.Errorf("%s: %+v", c.name, s)
			}
			_, _, err = d.FinishEnrol(ctx, d.now, b.Handle, body, "", here)
			is(t, c.name+", sent again", err, session.ErrCeremony)
			if c.want != nil { // the link is still good
				d.enrol(link)
			}
		}
		link, err := d.NewPerson(ctx, d.now, session.Console(), "Zoe", session.Officer)
		d.must(err)
		l, err := d.Link(ctx, d.now, session.Console(), link.ID, nil)
		d.must(err)
		_, _, err = d.BeginEnrol(ctx, d.now.Add(session.LinkFor), l, here)
		is(t, "a link after a day", err, session.ErrLink)
		_, _, err = d.BeginEnrol(ctx, d.now, strings.ToLower(l), here)
		is(t, "a link that is almost right", err, session.ErrLink)
	})
}

// Where models are listed, others are refused, and so is a key that does not say.
func TestModels(t *testing.T) {
	ours := newKey()
	id := uuid.UUID(ours.auth.Aaguid)
	eachOf(t, session.Config{AAGUIDs: []string{id.String()}, DeviceBound: true}, func(t *testing.T, d *door) {
		ctx := t.Context()
		link, err := d.FirstLink(ctx, d.now, "Li Wei", nil)
		d.must(err)
		for _, c := range []struct {
			name  string
			spoil func(*key)
			want  error
		}{
			{"another model", func(k *key) {}, comity.Forbidden},
			{"a key that does not say", func(k *key) { k.auth.Aaguid = [16]byte{} }, comity.Forbidden},
			{"a key that is copied between devices", func(k *key) { k.auth.Aaguid = ours.auth.Aaguid; k.auth.Options.BackupEligible = true }, comity.Invalid},
			{"one of ours", func(k *key) { k.auth.Aaguid = ours.auth.Aaguid }, nil},
		} {
			b, _, err := d.BeginEnrol(ctx, d.now, link, here)
			d.must(err)
			k := newKey()
			c.spoil(k)
			_, _, err = d.FinishEnrol(ctx, d.now, b.Handle, k.attest(t, b), "", here)
			is(t, c.name, err, c.want)
		}
	})
}

// A login is refused in one way, whatever was wrong.
func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, ann := d.officer("Li Wei", one), d.officer("Ann Lee", two)
		gone := d.officer("Max Muster", one)
		d.must(d.Leave(ctx, d.now, session.Console(), gone.session.Person.ID))
		for _, c := range []struct {
			name  string
			key   *key
			spoil func(*key)
			after time.Duration
			want  error
		}{
			{"a good key", li.key, nil, 0, nil},
			{"a key that was never enrolled", newKey(), nil, 0, session.ErrLogin},
			{"a key that was never enrolled, for a person who is here", newKey(), func(k *key) { k.auth.Options.UserHandle = li.key.auth.Options.UserHandle }, 0, session.ErrLogin},
			{"another's key under one's own name", li.key, func(k *key) { k.cred = ann.key.cred }, 0, session.ErrLogin},
			{"the key of who left", gone.key, nil, 0, session.ErrLogin},
			{"another private key", li.key, func(k *key) { k.cred.Key = newKey().cred.Key }, 0, session.ErrLogin},
			{"another origin", li.key, func(k *key) { k.rp.Origin = "https://evil.example" }, 0, session.ErrLogin},
			{"a user who was not verified", li.key, func(k *key) { k.auth.Options.UserNotVerified = true }, 0, session.ErrLogin},
			{"a counter that went back", li.key, func(k *key) { k.cred.Counter = 0 }, 0, session.ErrLogin},
			{"a counter that stood still", li.key, func(k *key) { k.cred.Counter-- }, 0, session.ErrLogin},
			{"too late", li.key, nil, session.CeremonyFor, session.ErrCeremony},
			{"a good key, after all of that", li.key, nil, 0, nil},
		} {
			k := *c.key
			if c.spoil != nil {
				c.spoil(&k)
			}
			b, err := d.BeginLogin(ctx, d.now, here)
			d.must(err)
			body := k.assert(t, b)
			token, s, err := d.FinishLogin(ctx, d.now.Add(c.after), b.Handle, body, here)
			is(t, c.name, err, c.want)
			if (token != "") != (c.want == nil) {
				t.Errorf("%s: %+v", c.name, s)
			}
			if c.spoil == nil {
				*c.key = k // its counter
			}
			_, _, err = d.FinishLogin(ctx, d.now, b.Handle, body, here)
			is(t, c.name+", sent again", err, session.ErrCeremony)
			d.wait(20 * time.Minute) // past the limits
		}
		if n := d.journalled("refused", "went back"); n != 2 {
			t.Errorf("the journal has %d counters that went back, want 2", n)
		}
		for _, body := range []string{"", "{", "[]", `{"id":"","rawId":"","type":"public-key","response":{}}`, strings.Repeat(" ", 1<<20)} {
			b, err := d.BeginLogin(ctx, d.now, here)
			d.must(err)
			_, _, err = d.FinishLogin(ctx, d.now, b.Handle, []byte(body), here)
			is(t, "an answer "+comity.Clip(body), err, session.ErrLogin)
		}
		b, err := d.BeginAssert(ctx, d.now, mustLogin(t, d, li.key).session)
		d.must(err)
		_, _, err = d.FinishLogin(ctx, d.now, b.Handle, li.key.assert(t, b), here)
		is(t, "the answer of another ceremony", err, session.ErrCeremony)
	})
}

// Of many who finish the same thing at once, one does.
func TestOnce(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		race := func(what string, tries int, do func(i int) error, lost error) {
			t.Helper()
			errs := make(chan error, tries)
			for i := range tries {
				go func() { errs <- do(i) }()
			}
			won := 0
			for range tries {
				err := <-errs
				if err == nil {
					won++
					continue
				}
				is(t, what, err, lost)
			}
			if won != 1 {
				t.Errorf("%s: %d of %d got it, want 1", what, won, tries)
			}
		}

		li := d.officer("Li Wei", one)
		b, err := d.BeginLogin(ctx, d.now, here)
		d.must(err)
		body := li.key.assert(t, b)
		race("one answer of a login", 6, func(int) error {
			_, _, err := d.FinishLogin(ctx, d.now, b.Handle, body, here)
			return err
		}, session.ErrCeremony)

		var handles []session.Begin
		var bodies [][]byte
		for range 4 { // of a key that counts and was copied
			b, err := d.BeginLogin(ctx, d.now, here)
			d.must(err)
			copied := *li.key
			handles, bodies = append(handles, b), append(bodies, copied.assert(t, b))
		}
		race("one count of a key", 4, func(i int) error {
			_, _, err := d.FinishLogin(ctx, d.now, handles[i].Handle, bodies[i], here)
			return err
		}, session.ErrLogin)

		p, err := d.NewPerson(ctx, d.now, session.Console(), "Ann Lee", session.Officer)
		d.must(err)
		link, err := d.Link(ctx, d.now, session.Console(), p.ID, []comity.Seat{two})
		d.must(err)
		handles, bodies = nil, nil
		for range 4 {
			b, _, err := d.BeginEnrol(ctx, d.now, link, here)
			d.must(err)
			handles, bodies = append(handles, b), append(bodies, newKey().attest(t, b))
		}
		race("one link", 4, func(i int) error {
			_, _, err := d.FinishEnrol(ctx, d.now, handles[i].Handle, bodies[i], "", here)
			return err
		}, session.ErrLink)
		if keys, err := d.Passkeys(ctx, session.Console(), p.ID); err != nil || len(keys) != 1 {
			t.Errorf("the link made %d keys, %v", len(keys), err)
		}

		a, e, c := d.admin("A"), d.admin("B"), d.admin("C")
		a, e, c = d.later(a), d.later(e), d.later(c)
		r, err := d.AskRecovery(ctx, d.now, a.actor(d), p.ID, "lost")
		d.must(err)
		by := []session.Actor{e.actor(d), c.actor(d), session.Console()}
		race("one recovery", 3, func(i int) error {
			_, err := d.ApproveRecovery(ctx, d.now, by[i], r.ID)
			return err
		}, comity.Conflict)
	})
}

func mustLogin(t *testing.T, d *door, k *key) somebody {
	t.Helper()
	s, err := d.login(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Failed logins are bounded by address and by whom they claim to be, whether or not
// there is such a person; a window later all is forgotten.
func TestRates(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li := d.officer("Li Wei", one)
		from := func(address string) session.Visit { return session.Visit{Address: netip.MustParseAddr(address)} }
		try := func(k *key, v session.Visit) error {
			t.Helper()
			b, err := d.BeginLogin(ctx, d.now, v)
			if err == nil {
				_, _, err = d.FinishLogin(ctx, d.now, b.Handle, k.assert(t, b), v)
			}
			return err
		}
		wrong, nobody := *li.key, *newKey()
		wrong.cred.Key = newKey().cred.Key
		nobody.auth.Options.UserHandle = []byte("p-nobody")
		for name, k := range map[string]*key{"of a person": &wrong, "of nobody": &nobody} {
			for i := range 10 {
				is(t, "wrong key "+name, try(k, from(fmt.Sprintf("2001:db8:%x::1", i))), session.ErrLogin)
			}
			is(t, "the 11th "+name, try(k, from("198.51.100.1")), session.ErrRate)
		}
		is(t, "the good key, meanwhile", try(li.key, here), session.ErrRate)
		d.wait(15 * time.Minute)
		is(t, "the good key, a window later", try(li.key, here), nil)

		for i := range 30 {
			_, _, err := d.BeginEnrol(ctx, d.now, "A-GUESS", from(fmt.Sprintf("2001:db8::%x", i)))
			is(t, "a guessed link", err, session.ErrLink)
		}
		_, _, err := d.BeginEnrol(ctx, d.now, "A-GUESS", from("2001:db8::ffff"))
		is(t, "the 31st guess of a network", err, session.ErrRate)
		is(t, "a login from there", try(li.key, from("2001:db8::9")), session.ErrRate)
		is(t, "a login from elsewhere", try(li.key, here), nil)
	})
}

// What programs and strangers fail at keeps nobody who is in from using their key, and
// no good token out; of wrong tokens an address has its fill.
func TestRatesWithin(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li := d.officer("Li Wei", one)
		good, _, err := d.NewToken(ctx, d.now, li.actor(d), session.APIToken{Name: "case system", Seat: one, Verbs: []string{"list"}, Expires: d.now.Add(time.Hour)})
		d.must(err)
		for range 30 {
			_, err := d.UseToken(ctx, d.now, "comity_WRONG", "list", here)
			is(t, "a wrong token", err, session.ErrToken)
		}
		_, err = d.UseToken(ctx, d.now, "comity_WRONG", "list", here)
		is(t, "the 31st wrong token", err, session.ErrRate)
		_, err = d.UseToken(ctx, d.now, good, "list", here)
		is(t, "the good token, meanwhile", err, nil)
		_, err = d.login(li.key)
		is(t, "a login from there", err, nil)

		for range 30 {
			_, _, err := d.BeginEnrol(ctx, d.now, "A-GUESS", here)
			is(t, "a guessed link", err, session.ErrLink)
		}
		_, err = d.login(li.key)
		is(t, "a login from where links were guessed", err, session.ErrRate)
		_, err = d.assert(li)
		is(t, "the key within the session", err, nil)
		d.must(d.Lock(ctx, d.now, li.session, "/queue"))
		_, err = d.assert(li)
		is(t, "unlocking", err, nil)
		b, err := d.BeginSign(ctx, d.now, li.session, comity.Hash{1})
		d.must(err)
		_, err = d.FinishSign(ctx, d.now, li.session, b.Handle, li.key.assert(t, b), here)
		is(t, "signing", err, nil)

		wrong := li
		wrong.key = &key{auth: li.key.auth, cred: li.key.cred, rp: li.key.rp}
		wrong.key.cred.Key = newKey().cred.Key
		for range 10 {
			_, err := d.assert(wrong)
			is(t, "a wrong key within the session", err, session.ErrLogin)
		}
		_, err = d.assert(li)
		is(t, "the right one after ten", err, session.ErrRate)
	})
}

// A statement is signed by the very key that logs in, over its hash; the key is
// written as suite P1 wants it.
func TestSign(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, ann := d.officer("Li Wei", one), d.officer("Ann Lee", two)
		hash := comity.Hash(sha256.Sum256([]byte("a manifest")))
		b, err := d.BeginSign(ctx, d.now, li.session, hash)
		d.must(err)
		d.wait(4 * time.Minute)
		a, err := d.FinishSign(ctx, d.now, li.session, b.Handle, li.key.assert(t, b), here)
		d.must(err)

		public := a.Passkey.Public()
		rp := sha256.Sum256([]byte("desk.us.example"))
		if len(public) != 97 || public[0] != 4 || !bytes.Equal(public[65:], rp[:]) {
			t.Fatalf("the key is %x", public)
		}
		client := sha256.Sum256(a.Client)
		sum := sha256.Sum256(append(bytes.Clone(a.Data), client[:]...))
		point := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(public[1:33]), Y: new(big.Int).SetBytes(public[33:65])}
		if !ecdsa.VerifyASN1(point, sum[:], a.Signature) || !strings.Contains(string(a.Client), `"challenge":"`+encode(hash)) {
			t.Errorf("the signature is not of the hash: %s", a.Client)
		}
		s, err := d.Find(ctx, d.now, li.token, "/")
		if err != nil || !s.Asserted.Equal(d.now) {
			t.Errorf("after signing the session is %+v, %v", s, err)
		}

		b, err = d.BeginSign(ctx, d.now, li.session, hash)
		d.must(err)
		_, err = d.FinishSign(ctx, d.now, ann.session, b.Handle, ann.key.assert(t, b), here)
		is(t, "another's answer", err, session.ErrCeremony)
		d.must(d.Lock(ctx, d.now, li.session, "/"))
		_, err = d.BeginSign(ctx, d.now, li.session, hash)
		is(t, "signing in a locked session", err, session.ErrLocked)
	})
}

// A further key needs a fresh session; who revokes one ends the sessions elsewhere.
func TestFurtherKey(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		li, ann, boss := d.officer("Li Wei", one), d.officer("Ann Lee", two), d.admin("Max Muster")
		id := li.session.Person.ID
		b, err := d.BeginAdd(ctx, d.now, li.session)
		d.must(err)
		spare := newKey()
		body := spare.attest(t, b)
		_, err = d.FinishAdd(ctx, d.now, ann.session, b.Handle, body, "hers")
		is(t, "another's answer", err, session.ErrCeremony)
		b, err = d.BeginAdd(ctx, d.now, li.session)
		d.must(err)
		_, err = d.FinishAdd(ctx, d.now, li.session, b.Handle, spare.attest(t, b), "备用 spare")
		d.must(err)
		elsewhere := mustLogin(t, d, spare)

		keys, err := d.Passkeys(ctx, li.actor(d), id)
		if err != nil || len(keys) != 2 || keys[1].Name == keys[0].Name {
			t.Fatalf("the keys are %+v, %v", keys, err)
		}
		_, err = d.Passkeys(ctx, ann.actor(d), id)
		is(t, "another's keys", err, comity.Forbidden)
		is(t, "revoking another's", d.RevokePasskey(ctx, d.now, ann.actor(d), li.key.cred.ID), comity.Forbidden)
		is(t, "revoking what is not there", d.RevokePasskey(ctx, d.now, ann.actor(d), []byte("x")), comity.Forbidden)
		is(t, "revoking what is not there, as administrator", d.RevokePasskey(ctx, d.now, boss.actor(d), []byte("x")), comity.NotFound)
		d.wait(session.FreshFor)
		_, err = d.BeginAdd(ctx, d.now, li.session)
		is(t, "adding when it is not fresh", err, session.ErrStale)
		is(t, "revoking when it is not fresh", d.RevokePasskey(ctx, d.now, li.actor(d), spare.cred.ID), session.ErrStale)
		li.session, err = d.assert(li)
		d.must(err)
		d.must(d.RevokePasskey(ctx, d.now, li.actor(d), spare.cred.ID))
		_, err = d.login(spare)
		is(t, "a login with what was revoked", err, session.ErrLogin)
		_, err = d.Find(ctx, d.now, elsewhere.token, "/")
		is(t, "the session elsewhere", err, session.ErrNone)
		_, err = d.Find(ctx, d.now, li.token, "/")
		is(t, "the session that asked", err, nil)
		if d.journalled("enrol", "revoked the passkey "+hex.EncodeToString(spare.cred.ID[:6])) != 1 {
			t.Error("the journal does not say that it was revoked")
		}
	})
}

func encode(h comity.Hash) string { return base64.RawURLEncoding.EncodeToString(h[:]) }
