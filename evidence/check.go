package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"comity"
	"comity/roster"
	"comity/seal"
)

// What an entry of a book may hold: bytes, and seats that a roster entry adds or
// removes.
const (
	maxEntry = 256 << 10
	maxMoves = 256
)

// statement checks a statement as of its item's header, and fills in s. It is
// called for many at once, and only reads v.
func (v *verifier) statement(s *StatementReport, h comity.Header, value []byte) error {
	// The profile's bounds were the peer's to hold it to.
	st, err := seal.DecodeStatement(value, seal.Limits{Part: math.MaxInt64, File: math.MaxInt64})
	m := st.Manifest
	if err != nil {
		// Whose it is, and how it was released, may still be plain.
		body, _ := seal.NewRecords(value).Take('M')
		if e := seal.Decode(body, len(body), &m); e != nil {
			return faultf("format", "statement %s: %v", s.ID.Short(), e)
		}
	}
	if m.Time.Year() < 1 || m.Release.Due != nil && m.Release.Due.Year() < 1 {
		return faultf("format", "statement %s is of a year that is none", s.ID.Short())
	}
	if m.From != h.From || !slices.Contains(m.To, v.report.Head.other(h.From)) || m.Realm != v.report.Head.Realm || m.Matter != v.report.Head.Matter {
		return faultf("statement", "statement %s is of another party, realm or matter than its item and the file", s.ID.Short())
	}
	s.Kind, s.Time, s.Written, s.Release, s.Manifest = m.Kind, h.Time, m.Time, m.Release, m
	if err != nil {
		return statementFault(s, m, err)
	}
	if s.Refused == "" {
		s.Seats, err = v.books[h.From].Signers(h.Roster, st.Bytes, st.Sigs)
		if err != nil {
			return faultf("officer-signature", "statement %s: %v", s.ID.Short(), err)
		}
		for _, o := range s.Seats {
			if o.Key.Suite == seal.Passkey {
				s.Passkeys = append(s.Passkeys, o.Seat)
			}
		}
		if err := roster.CheckClass(m.Release, s.Seats); err != nil {
			return faultf("class", "statement %s: %v", s.ID.Short(), err)
		}
	} else {
		v.claims(s, h, st)
	}
	for i, part := range m.Parts {
		s.Parts = append(s.Parts, PartReport{part, st.Parts[i].Body != nil})
	}
	for i, file := range m.Files {
		salt := slices.Clone(st.Files[i].Salt) // without the whole statement
		s.Files = append(s.Files, FileReport{File: file, salt: salt})
	}
	return nil
}

// claims names the seats that a refused statement claims.
func (v *verifier) claims(s *StatementReport, h comity.Header, st comity.Statement) {
	for _, sig := range st.Sigs {
		o, ok := v.books[h.From].Officer(h.Roster, sig.Seat)
		if !ok {
			o = comity.Officer{Seat: sig.Seat}
		}
		s.Seats = append(s.Seats, o)
	}
}

func statementFault(s *StatementReport, m comity.Manifest, err error) error {
	code := "format"
	switch {
	case seal.CodeOf(err) == "part":
		code = "part"
	case s.Refused == "" && m.Release.Class == comity.Sole && (m.Release.Reason == "" || m.Release.Due == nil):
		code = "class"
	}
	return faultf(code, "statement %s: %v", s.ID.Short(), err)
}

// checkControl checks the form of a control. What it says counts by the party
// files and profiles, whatever else the streams carry.
func (v *verifier) checkControl(typ string, b []byte) error {
	s, err := seal.DecodeSigned(b, maxBare)
	if err != nil {
		return err
	}
	switch typ {
	case "prekey":
		_, err = seal.DecodePrekey(s.Bytes)
	case "filereceipt":
		if len(s.Sigs) > 0 {
			return comity.Fieldf("sigs", "a file receipt has none: its header names it")
		}
		_, err = seal.DecodeFileReceipt(s.Bytes)
	default:
		err = v.checkEntry(typ, s)
	}
	return err
}

// checkEntry checks the form of a chain, roster or profile entry, and not what
// makes it follow another.
func (v *verifier) checkEntry(typ string, s comity.Signed) (err error) {
	switch typ {
	case "chain":
		_, err = roster.New(s)
	case "roster":
		return checkRoster(s.Bytes)
	case "profile":
		var p comity.Profile
		if err := seal.Decode(s.Bytes, maxEntry, &p); err != nil {
			return err
		}
		if len(p.Roots) != 2 || p.Roots[0].IsZero() || bytes.Compare(p.Roots[0][:], p.Roots[1][:]) >= 0 {
			return comity.Fieldf("roots", "they are not two, in order")
		}
		a, b := v.both()
		_, err = roster.OpenPastProfile(s, a, b)
	}
	if errors.Is(err, comity.Invalid) {
		return err
	}
	return nil // what is well formed and not to be believed is another fault
}

func checkRoster(b []byte) error {
	var r comity.Roster
	err := seal.Decode(b, maxEntry, &r)
	if err == nil && (r.V != 1 || r.Time.IsZero()) {
		err = comity.Fieldf("v", "it is not 1, or the time is missing")
	}
	if len(r.Add) > maxMoves || len(r.Remove) > maxMoves {
		err = cmp.Or(err, comity.Fieldf("add", "an entry adds and removes at most %d seats", maxMoves))
	}
	_, party := comity.ParseParty(string(r.Party))
	err = cmp.Or(err, party)
	moved := map[comity.Seat]bool{}
	move := func(name comity.Seat) error {
		_, err := comity.ParseSeat(string(name))
		if moved[name] {
			err = comity.Fieldf("seat", "%q is there twice", comity.Clip(string(name)))
		}
		moved[name] = true
		return err
	}
	for _, o := range r.Add {
		_, agency := comity.ParseAgency(string(o.Agency))
		err = cmp.Or(err, move(o.Seat), agency, seal.CheckKey(o.Key))
		if len(o.Roles) == 0 {
			err = cmp.Or(err, comity.Fieldf("roles", "seat %s has none", comity.Clip(string(o.Seat))))
		}
		for i, role := range o.Roles {
			if role != roster.Draft && role != roster.Release && role != roster.Registrar || slices.Contains(o.Roles[:i], role) {
				err = cmp.Or(err, comity.Fieldf("roles", "%q is no role, or is there twice", comity.Clip(role)))
			}
		}
	}
	for _, name := range r.Remove {
		err = cmp.Or(err, move(name))
	}
	return err
}

// files checks the contents of files as they stream past.
func (v *verifier) files() error {
	for {
		ok, err := v.next(maxJSON, 'D')
		if err != nil || !ok {
			return err
		}
		var d fileHead
		if err := v.decode(&d); err != nil {
			return err
		}
		s := v.byID[d.Statement]
		if s == nil || d.I >= len(s.Files) {
			return faultf("file", "no statement in the file has file %d of %s", d.I, d.Statement.Short())
		}
		f := &s.Files[d.I]
		switch {
		case f.Here:
			return faultf("format", "file %d of %s is there twice", d.I, d.Statement.Short())
		case d.Size != f.Size:
			return faultf("file", "file %q has %d bytes here and %d in its manifest", f.Name, d.Size, f.Size)
		case f.salt == nil:
			return faultf("file", "file %q was erased from its statement, so nothing can show that this is it", f.Name)
		}
		plain := sha256.New()
		io.WriteString(plain, "comity/file/1\n")
		plain.Write(f.salt)
		left := d.Size
		for {
			ok, err := v.next(maxChunk, 'd')
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			if len(v.value) == 0 {
				return faultf("format", "record %d is an empty piece of file %q", v.n-1, f.Name)
			}
			if left -= int64(len(v.value)); left < 0 {
				return faultf("file", "file %q goes on beyond its %d bytes", f.Name, d.Size)
			}
			plain.Write(v.value)
		}
		if left > 0 {
			return faultf("file", "file %q ends %d bytes early", f.Name, left)
		}
		if comity.Hash(plain.Sum(nil)) != f.Plain {
			return faultf("file", "file %q does not have the hash that its manifest states", f.Name)
		}
		f.Here = true
	}
}

// checks runs on all processors what can be checked apart, and remembers the
// fault of the earliest record, so that one file always gives one answer.
type checks struct {
	jobs    chan job
	pending sync.WaitGroup
	bad     atomic.Bool
	mu      sync.Mutex
	at      uint64
	fault   error
}

type job struct {
	at    uint64
	check func() error
}

func newChecks() *checks {
	c := &checks{jobs: make(chan job, 8)}
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for j := range c.jobs {
				c.note(j.at, j.check())
				c.pending.Done()
			}
		}()
	}
	return c
}

// start has check done for record at. It waits while too many wait already.
func (c *checks) start(at uint64, check func() error) {
	c.pending.Add(1)
	c.jobs <- job{at, check}
}

func (c *checks) note(at uint64, err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault == nil || at < c.at {
		c.at, c.fault = at, err
	}
	c.bad.Store(true)
}

func (c *checks) failed() bool { return c.bad.Load() }

// wait waits for all checks started and returns the earliest fault.
func (c *checks) wait() error {
	c.pending.Wait()
	return c.fault
}

// close ends the checks' goroutines.
func (c *checks) close() { close(c.jobs) }
