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
func checkControl(typ string, b []byte) error {
	s, err := seal.DecodeSigned(b, maxBare)
	if err != nil {
		return err
	}
	switch typ {
	case "chain":
		_, err := roster.New(s)
		bad, _ := errors.AsType[*roster.Broken](err)
		if bad != nil && (bad.Code == "format" || errors.Is(err, comity.Invalid)) {
			return err
		}
		return nil
	case "roster":
		return checkRoster(s.Bytes)
	case "prekey":
		_, err = seal.DecodePrekey(s.Bytes)
	case "profile":
		var p comity.Profile
		if err := seal.Decode(s.Bytes, maxBare, &p); err != nil {
			return err
		}
		if p.V != 1 || len(p.Roots) != 2 || p.Roots[0].IsZero() || bytes.Compare(p.Roots[0][:], p.Roots[1][:]) >= 0 {
			return comity.Fieldf("roots", "they are not two, in order, or the version is not 1")
		}
	case "filereceipt":
		if len(s.Sigs) > 0 {
			return comity.Fieldf("sigs", "a file receipt has none: its header names it")
		}
		_, err = seal.DecodeFileReceipt(s.Bytes)
	}
	return err
}

func checkRoster(b []byte) error {
	var r comity.Roster
	err := seal.Decode(b, maxBare, &r)
	if err == nil && (r.V != 1 || r.Time.IsZero()) {
		err = comity.Fieldf("v", "it is not 1, or the time is missing")
	}
	_, party := comity.ParseParty(string(r.Party))
	err = cmp.Or(err, party)
	for _, o := range r.Add {
		_, seat := comity.ParseSeat(string(o.Seat))
		_, agency := comity.ParseAgency(string(o.Agency))
		err = cmp.Or(err, seat, agency, seal.CheckKey(o.Key))
		for _, role := range o.Roles {
			if err == nil && role != roster.Draft && role != roster.Release && role != roster.Registrar {
				err = comity.Fieldf("roles", "%q is no role", comity.Clip(role))
			}
		}
	}
	for _, name := range r.Remove {
		_, seat := comity.ParseSeat(string(name))
		err = cmp.Or(err, seat)
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
			return faultf("format", "no statement in the file has file %d of %s", d.I, d.Statement.Short())
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
		for left := d.Size; left > 0; left -= int64(len(v.value)) {
			if ok, err := v.next(maxChunk, 'd'); err != nil {
				return err
			} else if !ok {
				return faultf("file", "file %q ends %d bytes early", f.Name, left)
			}
			if len(v.value) == 0 || int64(len(v.value)) > left {
				return faultf("file", "file %q has a piece of %d bytes where %d are left", f.Name, len(v.value), left)
			}
			plain.Write(v.value)
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
