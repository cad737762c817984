package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"slices"

	"comity"
	"comity/ledger"
	"comity/roster"
	"comity/seal"
)

// What one record may hold, besides a statement: an item that holds no
// statements is small, and so is everything in JSON.
const (
	maxJSON = 64 << 10
	maxBare = 1 << 20
)

// Verify checks a case file as docs/spec/casefile.md says. It reads r once, from
// front to back, and keeps its headers and manifests, but no parts and no files.
// The error is a *[Fault], the first in the file's order, or r's own.
func Verify(r io.Reader, trust Trust) (Report, error) {
	v := &verifier{
		in:       bufio.NewReaderSize(r, 256<<10),
		sum:      sha256.New(),
		trust:    trust,
		checks:   newChecks(),
		books:    map[comity.Party]*roster.Book{},
		profiles: map[comity.Hash]comity.Profile{},
		at:       map[Place]int{},
		named:    map[comity.Hash][]spot{},
		refused:  map[spot]refusal{},
		fresh:    map[int]uint64{},
		number:   map[comity.Hash]uint64{},
		proved:   map[Place]int{},
		stored:   map[fileID]comity.Time{},
		byID:     map[comity.Hash]*StatementReport{},
	}
	defer v.checks.close()
	err := v.file()
	if first := v.checks.wait(); first != nil {
		err = first // it stands before the record at which v stopped
	}
	if err != nil {
		return Report{}, err
	}
	v.finish()
	return v.report, nil
}

// A verifier reads the records of a file in order and leaves signatures to its checks.
type verifier struct {
	in     *bufio.Reader
	sum    hash.Hash
	n      uint64 // records so far
	tag    byte   // of the record read last
	value  []byte
	trust  Trust
	checks *checks
	report Report

	books    map[comity.Party]*roster.Book
	channel  comity.Hash
	profiles map[comity.Hash]comity.Profile
	largest  int64 // item of any profile
	items    []comity.Item
	at       map[Place]int
	named    map[comity.Hash][]spot
	refused  map[spot]refusal
	fresh    map[int]uint64         // a receipt among items: the first number that none before it covers
	covered  uint64                 // how many numbers the receipts of the stream being read cover
	number   map[comity.Hash]uint64 // of a chain, roster or profile entry
	proved   map[Place]int          // a place's receipt, among items
	stored   map[fileID]comity.Time
	byID     map[comity.Hash]*StatementReport
}

// A spot is a statement's place in its item.
type spot struct {
	Place
	i int
}

// A refusal is a code, and the receipt among items that states it.
type refusal struct {
	code    string
	receipt int
}

// A fileID is what a file receipt names, and whose statement's it is.
type fileID struct {
	author    comity.Party
	statement comity.Hash
	i         int
	cipher    comity.Hash
}

func (v *verifier) file() error {
	for _, step := range []func() error{v.head, v.parties, v.profile, v.allItems, v.proofs, v.statements, v.files, v.end} {
		if err := step(); err != nil {
			return err
		}
		if v.checks.failed() {
			return nil
		}
	}
	return nil
}

// next reads the next record. One that is not of this tag stays unread.
func (v *verifier) next(limit int64, tag byte) (bool, error) {
	head, err := v.in.Peek(1)
	if err != nil {
		return false, v.broken(err)
	}
	if head[0] != tag {
		return false, nil
	}
	v.tag, v.value, err = seal.ReadRecord(v.in, limit)
	if err != nil {
		return false, v.broken(err)
	}
	if v.tag != 'z' {
		v.sum.Write(binary.BigEndian.AppendUint32([]byte{v.tag}, uint32(len(v.value))))
		v.sum.Write(v.value)
		v.n++
	}
	return true, nil
}

// must reads a record of this tag.
func (v *verifier) must(limit int64, tag byte) error {
	ok, err := v.next(limit, tag)
	if err == nil && !ok {
		err = faultf("format", "record %d is not %q", v.n, tag)
	}
	return err
}

// broken tells a file that ends from a reader that fails.
func (v *verifier) broken(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return faultf("truncated", "the file ends after %d whole records, before its end record", v.n)
	}
	if errors.Is(err, comity.Invalid) {
		return faultf("format", "record %d: %v", v.n, err)
	}
	return err
}

func (v *verifier) decode(x any) error {
	if err := seal.Decode(v.value, maxJSON, x); err != nil {
		return faultf("format", "record %d (%c): %v", v.n-1, v.tag, err)
	}
	return nil
}

func (v *verifier) head() error {
	if err := v.must(64, 'G'); err != nil {
		return err
	}
	if string(v.value) != caseMark {
		return faultf("format", "it does not begin as a case file, with %q", caseMark)
	}
	if err := v.must(maxJSON, 'c'); err != nil {
		return err
	}
	if err := v.decode(&v.report.Head); err != nil {
		return err
	}
	if err := v.report.Head.check(); err != nil {
		return faultf("format", "head: %v", err)
	}
	for _, p := range v.report.Head.Parties {
		if v.trust.Parties[p].IsZero() {
			return faultf("trust", "%s is not in the trust file", p)
		}
	}
	return nil
}

func (v *verifier) parties() error {
	for _, p := range v.report.Head.Parties {
		if err := v.must(roster.MaxFile, 'A'); err != nil {
			return err
		}
		f, err := roster.Decode(v.value)
		if err != nil || f.Prekey != nil {
			return faultf("format", "the party file of %s has not its form, or a prekey: %v", p, err)
		}
		if err := v.entries(p, f); err != nil {
			return err
		}
		b, err := roster.Open(f)
		if fork, ok := errors.AsType[*roster.Fork](err); ok {
			return faultf(fork.Type, "%v", err)
		}
		if bad, ok := errors.AsType[*roster.Broken](err); ok {
			return faultf(bad.Code, "%s: %v", p, err)
		}
		if err != nil {
			return err
		}
		c, _ := b.Chain()
		v.books[p] = b
		for typ, entries := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
			for n, s := range entries {
				v.number[seal.H(typ, s.Bytes)] = uint64(n)
			}
		}
		v.report.Parties = append(v.report.Parties, PartyReport{p, c.Name, b.Identity()})
	}
	a, b := v.both()
	v.channel = a.ChannelWith(b, v.report.Head.Realm)
	return nil
}

// entries checks the form of a party file's entries, and whose root key it begins with.
func (v *verifier) entries(p comity.Party, f roster.File) error {
	for typ, entries := range map[string][]comity.Signed{"chain": f.Chain, "roster": f.Roster} {
		for n, s := range entries {
			if err := v.checkEntry(typ, s); err != nil {
				return faultf("format", "%s entry %d of %s: %v", typ, n, p, err)
			}
		}
	}
	var first comity.Chain
	if err := seal.Decode(f.Chain[0].Bytes, maxEntry, &first); err != nil {
		return faultf("format", "chain entry 0 of %s: %v", p, err)
	}
	if root := seal.KeyName(first.Root); root != v.trust.Parties[p] {
		return faultf("trust", "the root key of %s is %s; the trust file has %s", p, root.Short(), v.trust.Parties[p].Short())
	}
	if first.Party != p {
		return faultf("chain", "the chain in the place of %s is that of %s", p, first.Party)
	}
	return nil
}

func (v *verifier) both() (a, b *roster.Book) {
	return v.books[v.report.Head.Parties[0]], v.books[v.report.Head.Parties[1]]
}

func (v *verifier) profile() error {
	a, b := v.both()
	for first := true; ; first = false {
		ok, err := v.next(maxJSON, 'Q')
		if err != nil {
			return err
		}
		if !ok && first {
			return faultf("format", "record %d is not a profile", v.n)
		}
		if !ok {
			return nil
		}
		s, err := seal.DecodeSigned(v.value, maxJSON)
		if err != nil {
			return faultf("format", "profile: %v", err)
		}
		if err := v.checkEntry("profile", s); err != nil {
			return faultf("format", "profile: %v", err)
		}
		p, err := roster.OpenPastProfile(s, a, b)
		if bad, ok := errors.AsType[*roster.Broken](err); ok {
			return faultf(bad.Code, "%v", err)
		}
		if err != nil {
			return err
		}
		h := seal.H("profile", s.Bytes)
		if _, twice := v.profiles[h]; twice {
			return faultf("format", "profile %d is there twice", p.N)
		}
		v.profiles[h], v.number[h] = p, p.N
		v.largest = max(v.largest, p.MaxItem)
	}
}

func (v *verifier) allItems() error {
	for {
		ok, err := v.next(maxBare, 'I')
		if err != nil || !ok {
			return err
		}
		it, err := seal.DecodeBareItem(v.value, maxBare)
		if seal.CodeOf(err) == "control" {
			return faultf("control", "record %d: %v", v.n-1, err)
		}
		if err != nil {
			return faultf("format", "record %d (I): %v", v.n-1, err)
		}
		if err := v.item(it); err != nil {
			return err
		}
	}
}

func (v *verifier) item(it comity.Item) error {
	h, at := it.Header, placeOf(it.Header)
	if h.Time.Year() < 1 {
		return faultf("format", "item %s is of a year that is none", at)
	}
	if h.Control != nil {
		if err := v.checkControl(h.Control.Type, it.Control); err != nil {
			return faultf("control", "item %s: %v", at, err)
		}
	}
	book := v.books[h.From]
	profile, ok := v.profiles[h.Profile]
	switch {
	case !ok:
		return faultf("profile", "item %s names profile %s, which is not in the file", at, h.Profile.Short())
	case h.Channel != v.channel:
		return faultf("channel", "item %s is of another channel", at)
	case book == nil:
		return faultf("header", "item %s is of a party that is not in the file", at)
	}
	check := func() error {
		err := book.CheckItem(profile, it)
		switch seal.CodeOf(err) {
		case "":
			return err
		case "signature":
			return faultf("item-signature", "item %s: %v", at, err)
		}
		return faultf("header", "item %s: %v", at, err)
	}
	if n := len(v.items); n > 0 {
		switch last := v.items[n-1]; placeOf(last.Header).Compare(at) {
		case 0:
			if string(last.Bytes) == string(it.Bytes) {
				return faultf("format", "item %s is there twice", at)
			}
			if err := check(); err != nil {
				return err
			}
			return faultf("equivocation", "there are two different items %s, both signed by %s", at, h.From)
		case 1:
			return faultf("format", "item %s comes after %s", at, placeOf(last.Header))
		}
	}
	if err := v.inStream(h); err != nil {
		if bad := check(); bad != nil {
			return bad
		}
		return err
	}
	v.at[at] = len(v.items)
	v.items = append(v.items, it)
	for i, id := range h.Statements {
		v.named[id] = append(v.named[id], spot{at, i})
	}
	if r := h.Receipt; r != nil {
		v.fresh[v.at[at]], v.covered = v.covered, max(v.covered, r.Upto+1)
		for _, x := range r.Refused {
			v.refused[spot{Place{v.report.Head.other(h.From), h.Epoch, x.Seq}, x.I}] = refusal{x.Code, v.at[at]}
		}
	}
	if c := h.Control; c != nil && c.Type == "filereceipt" {
		s, _ := seal.DecodeSigned(it.Control, maxBare)
		r, _ := seal.DecodeFileReceipt(s.Bytes) // as checkControl has
		v.stored[fileID{v.report.Head.other(h.From), r.Statement, r.I, r.Cipher}] = h.Time
	}
	v.checks.start(v.n-1, check)
	return nil
}

// inStream checks a header against those before it of its stream: the entries
// that it names are not older, and what it refuses none has covered.
func (v *verifier) inStream(h comity.Header) error {
	var last comity.Header
	if n := len(v.items); n > 0 {
		last = v.items[n-1].Header
	}
	if last.From != h.From || last.Epoch != h.Epoch {
		v.covered = 0
	} else if v.number[h.Chain] < v.number[last.Chain] || v.number[h.Roster] < v.number[last.Roster] || v.number[h.Profile] < v.number[last.Profile] {
		return faultf("header", "item %s names an older chain, roster or profile entry than item %s", placeOf(h), placeOf(last))
	}
	if h.Receipt != nil {
		for _, x := range h.Receipt.Refused {
			if x.Seq < v.covered {
				return faultf("proof", "the receipt %s refuses a statement of item %d, which an earlier receipt covers", placeOf(h), x.Seq)
			}
		}
	}
	return nil
}

func (v *verifier) proofs() error {
	for last := (Place{}); ; {
		ok, err := v.next(maxJSON, 'V')
		if err != nil || !ok {
			return err
		}
		var p Proof
		if err := v.decode(&p); err != nil {
			return err
		}
		at := Place{p.From, p.Epoch, p.Seq}
		if last.Compare(at) >= 0 {
			return faultf("format", "the proof of %s comes after that of %s", at, last)
		}
		last = at
		i, ok := v.at[at]
		if !ok {
			return faultf("proof", "item %s, which a proof names, is not in the file", at)
		}
		j, ok := v.at[Place{v.report.Head.other(p.From), p.Epoch, p.Receipt}]
		if !ok || v.items[j].Header.Receipt == nil {
			return faultf("proof", "the receipt of item %s is not in the file", at)
		}
		if p.Seq < v.fresh[j] {
			return faultf("proof", "an earlier receipt in the file covers item %s", at)
		}
		r := v.items[j].Header.Receipt
		if err := ledger.CheckProof(p.Path, p.Seq, r.Upto+1, r.Root, v.items[i].Bytes); err != nil {
			return faultf("proof", "item %s: %v", at, err)
		}
		v.proved[at] = j
	}
}

func (v *verifier) statements() error {
	for last := (spot{i: -1}); ; {
		ok, err := v.next(v.largest, 'T')
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		manifest, err := seal.NewRecords(v.value).Take('M')
		if err != nil {
			return faultf("format", "record %d (T): %v", v.n-1, err)
		}
		id := seal.H("manifest", manifest)
		spots := v.named[id]
		if len(spots) == 0 {
			return faultf("statement", "no item in the file names statement %s", id.Short())
		}
		var m comity.Manifest
		if err := seal.Decode(manifest, len(manifest), &m); err != nil {
			return faultf("format", "statement %s: %v", id.Short(), err)
		}
		i := slices.IndexFunc(spots, func(s spot) bool { return s.From == m.From })
		if i < 0 {
			return faultf("statement", "no item of %s, its author, names statement %s", m.From, id.Short())
		}
		if !last.before(spots[i]) {
			return faultf("format", "statement %s is out of order, or there twice", id.Short())
		}
		last = spots[i]
		s := &StatementReport{ID: id, Place: last.Place, I: last.i}
		if r, ok := v.refused[last]; ok {
			if j, proved := v.proved[last.Place]; proved && j == r.receipt {
				s.Refused = r.code
			}
		}
		v.report.Statements = append(v.report.Statements, s)
		v.byID[id] = s
		value, h := v.value, v.items[v.at[s.Place]].Header
		v.checks.start(v.n-1, func() error { return v.statement(s, h, value) })
	}
	return v.checks.wait() // the files need their statements' salts
}

func (s spot) before(t spot) bool {
	c := s.Compare(t.Place)
	return c < 0 || c == 0 && s.i < t.i
}

func (v *verifier) end() error {
	if err := v.must(maxJSON, 'z'); err != nil {
		return err
	}
	var e caseEnd
	if err := seal.Decode(v.value, maxJSON, &e); err != nil {
		return faultf("format", "end: %v", err)
	}
	if e.Hash != comity.Hash(v.sum.Sum(nil)) {
		return faultf("truncated", "the bytes before the end record do not have the hash that it states")
	}
	if e.Records != v.n {
		return faultf("format", "there are %d records before the end record, which says %d", v.n, e.Records)
	}
	if _, err := v.in.Peek(1); err != io.EOF {
		if err != nil {
			return err
		}
		return faultf("format", "there are bytes after the end record")
	}
	return nil
}
