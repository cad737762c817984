package session_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/session"
	"comity/store"
	"comity/store/pgtest"

	"github.com/descope/virtualwebauthn"
)

const origin = "https://desk.us.example"

var (
	start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	here  = session.Visit{Address: netip.MustParseAddr("192.0.2.7"), Agent: "Firefox"}
	one   = comity.Seat("us-24-7-01")
	two   = comity.Seat("us-24-7-02")
)

// A door is one with its record, at a time that tests move.
type door struct {
	*session.Door
	t   *testing.T
	db  *store.DB
	now time.Time
}

// each runs a test at a new door over either database.
func each(t *testing.T, test func(*testing.T, *door)) { eachOf(t, session.Config{}, test) }

func eachOf(t *testing.T, c session.Config, test func(*testing.T, *door)) {
	c.Origin, c.Name = origin, "Comity, US 24/7"
	for name, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "comity.db") },
		"postgres": pgtest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), address(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			d, err := session.New(db, c)
			if err != nil {
				t.Fatal(err)
			}
			test(t, &door{d, t, db, start})
			if err := db.View(t.Context(), (*store.Tx).CheckJournal); err != nil {
				t.Error(err)
			}
		})
	}
}

func (d *door) wait(long time.Duration) { d.now = d.now.Add(long) }

func (d *door) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// is fails unless an error is of a kind, or nil.
func is(t *testing.T, what string, got, want error) {
	t.Helper()
	if want == nil && got != nil || want != nil && !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// journalled reports how many lines of the journal are of a kind and hold a text.
func (d *door) journalled(kind, text string) (n int) {
	d.t.Helper()
	d.must(d.db.View(d.t.Context(), func(tx *store.Tx) error {
		all, err := tx.JournalEntries(1, 10000)
		for _, e := range all {
			if e.Kind == kind && strings.Contains(e.Who+" "+e.What, text) {
				n++
			}
		}
		return err
	}))
	return n
}

// A key is an authenticator with one passkey.
type key struct {
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
	rp   virtualwebauthn.RelyingParty
}

func newKey() *key {
	k := &key{auth: virtualwebauthn.NewAuthenticator(), rp: virtualwebauthn.RelyingParty{ID: "desk.us.example", Name: "Comity", Origin: origin}}
	// The software authenticator writes a coordinate that begins with a zero shorter
	// than COSE wants it; a real one does not.
	for len(k.cred.ID) == 0 || len(k.cred.Key.AttestationData()) != 77 {
		k.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return k
}

func (k *key) attest(t *testing.T, b session.Begin) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(b.Options))
	if err != nil {
		t.Fatal(err)
	}
	k.auth.Options.UserHandle = []byte(o.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(k.rp, k.auth, k.cred, *o))
}

func (k *key) assert(t *testing.T, b session.Begin) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(b.Options))
	if err != nil {
		t.Fatal(err)
	}
	k.cred.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(k.rp, k.auth, k.cred, *o))
}

// somebody is a person with a key and a session.
type somebody struct {
	key     *key
	token   string
	session session.Session
}

func (s somebody) actor(d *door) session.Actor { return s.session.Actor(d.now) }

// enrol uses a link.
func (d *door) enrol(link string) somebody {
	d.t.Helper()
	b, _, err := d.BeginEnrol(d.t.Context(), d.now, link, here)
	d.must(err)
	s := somebody{key: newKey()}
	s.token, s.session, err = d.FinishEnrol(d.t.Context(), d.now, b.Handle, s.key.attest(d.t, b), "blue key", here)
	d.must(err)
	return s
}

// person adds one, from the console, and enrols them.
func (d *door) person(name string, roles []session.Role, seats ...comity.Seat) somebody {
	d.t.Helper()
	p, err := d.NewPerson(d.t.Context(), d.now, session.Console(), name, roles...)
	d.must(err)
	link, err := d.Link(d.t.Context(), d.now, session.Console(), p.ID, seats)
	d.must(err)
	return d.enrol(link)
}

func (d *door) officer(name string, seats ...comity.Seat) somebody {
	d.t.Helper()
	return d.person(name, []session.Role{session.Officer}, seats...)
}

func (d *door) admin(name string) somebody {
	d.t.Helper()
	return d.person(name, []session.Role{session.Administrator})
}

// later waits for a day at most, and logs in again.
func (d *door) later(s somebody) somebody {
	d.t.Helper()
	if wait := s.session.Person.Added.Add(24*time.Hour + time.Minute).Sub(d.now); wait > 0 {
		d.wait(wait)
	}
	s, err := d.login(s.key)
	d.must(err)
	return s
}

// login logs in again.
func (d *door) login(k *key) (somebody, error) {
	d.t.Helper()
	b, err := d.BeginLogin(d.t.Context(), d.now, here)
	if err != nil {
		return somebody{}, err
	}
	token, s, err := d.FinishLogin(d.t.Context(), d.now, b.Handle, k.assert(d.t, b), here)
	return somebody{k, token, s}, err
}

// assert uses the key within a session.
func (d *door) assert(s somebody) (session.Session, error) {
	d.t.Helper()
	b, err := d.BeginAssert(d.t.Context(), d.now, s.session)
	if err != nil {
		return session.Session{}, err
	}
	return d.FinishAssert(d.t.Context(), d.now, s.session, b.Handle, s.key.assert(d.t, b), here)
}

// The node's first start makes one link; whoever uses it is its administrator, and
// from then on there is no second.
func TestFirstStart(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		ctx := t.Context()
		lost, err := d.FirstLink(ctx, d.now, "Ann Lee", nil)
		d.must(err)
		link, err := d.FirstLink(ctx, d.now, "Li Wei 李伟", []comity.Seat{two, one, two})
		d.must(err)
		_, _, err = d.BeginEnrol(ctx, d.now, lost, here)
		is(t, "the link before", err, session.ErrLink)

		_, e, err := d.BeginEnrol(ctx, d.now, link, here)
		if err != nil || e.Person.Name != "Li Wei 李伟" || !slices.Equal(e.Seats, []comity.Seat{one, two}) || !e.Expires.Equal(start.Add(24*time.Hour)) {
			t.Errorf("the link is for %+v, %v", e, err)
		}
		li := d.enrol(link)
		p := li.session.Person
		if !p.Has(session.Administrator) || !p.Has(session.Officer) || !slices.Equal(p.Seats, []comity.Seat{one, two}) || li.session.Seat != one {
			t.Errorf("logged in as %+v", li.session)
		}
		found, err := d.Find(ctx, d.now, li.token, "/")
		if err != nil || found.Person.ID != p.ID || !found.Fresh(d.now) {
			t.Errorf("the session is %+v, %v", found, err)
		}
		_, _, err = d.BeginEnrol(ctx, d.now, link, here)
		is(t, "the link again", err, session.ErrLink)
		_, err = d.FirstLink(ctx, d.now, "Ann Lee", nil)
		is(t, "a second first link", err, comity.Conflict)

		again, err := d.login(li.key)
		is(t, "a login", err, nil)
		if again.session.ID == li.session.ID || again.session.Person.ID != p.ID {
			t.Errorf("the login opened %+v", again.session)
		}
		for kind, text := range map[string]string{"link": p.ID, "enrol": p.ID, "login": again.session.ID, "seat": string(two)} {
			if d.journalled(kind, text) == 0 {
				t.Errorf("the journal has no %q of %s", kind, text)
			}
		}
		if d.journalled("", "Li Wei") != 0 || d.journalled("link", "Li Wei") != 0 {
			t.Error("the journal names the person")
		}
	})
}

// What is to be sent to a browser is what WebAuthn calls it.
func TestOptions(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		link, err := d.FirstLink(t.Context(), d.now, "Li Wei", nil)
		d.must(err)
		b, _, err := d.BeginEnrol(t.Context(), d.now, link, here)
		d.must(err)
		var o struct {
			PublicKey struct {
				Timeout    int
				RP         struct{ ID string }
				Parameters []struct{ Alg int }                            `json:"pubKeyCredParams"`
				Selection  struct{ ResidentKey, UserVerification string } `json:"authenticatorSelection"`
			}
		}
		d.must(json.Unmarshal(b.Options, &o))
		if k := o.PublicKey; k.RP.ID != "desk.us.example" || len(k.Parameters) != 1 || k.Parameters[0].Alg != -7 || k.Selection.ResidentKey != "required" || k.Selection.UserVerification != "required" || k.Timeout != 300000 {
			t.Errorf("a key is made by %s", b.Options)
		}
	})
}
