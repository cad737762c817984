package roster

import (
	"comity"
	"comity/seal"
)

const mark = "comity-party/1"

// A File is what a party file says, before anything in it is checked.
type File struct {
	Chain  []comity.Signed
	Roster []comity.Signed
	Prekey *comity.Signed
}

// File returns the whole book as a party file.
func (b *Book) File() File {
	var f File
	for _, l := range b.chain {
		f.Chain = append(f.Chain, l.signed)
	}
	for _, p := range b.pages {
		f.Roster = append(f.Roster, p.signed)
	}
	if _, s, ok := b.Prekey(); ok {
		f.Prekey = &s
	}
	return f
}

// Encode returns f's bytes.
func (f File) Encode() []byte {
	b := seal.AppendRecord(nil, 'G', []byte(mark))
	for _, s := range f.Chain {
		b = seal.AppendRecord(b, 'C', seal.EncodeSigned(s))
	}
	for _, s := range f.Roster {
		b = seal.AppendRecord(b, 'R', seal.EncodeSigned(s))
	}
	if f.Prekey != nil {
		b = seal.AppendRecord(b, 'K', seal.EncodeSigned(*f.Prekey))
	}
	return b
}

// Decode reads the form of a party file, and checks no signature: see [Open].
func Decode(b []byte) (File, error) {
	var f File
	if len(b) > MaxFile {
		return f, comity.Errorf(comity.TooMuch, "a party file has at most %d bytes", MaxFile)
	}
	rs := seal.NewRecords(b)
	if v, err := rs.Take('G'); err != nil || string(v) != mark {
		return f, comity.Errorf(comity.Invalid, "this is not a party file: it does not begin with %q", mark)
	}
	for last := byte('G'); rs.Next(); last = rs.Tag {
		s, err := seal.DecodeSigned(rs.Value, maxEntry+64<<10)
		if err != nil {
			return File{}, err
		}
		switch {
		case rs.Tag == 'C' && (last == 'G' || last == 'C') && len(f.Chain) < maxChain:
			f.Chain = append(f.Chain, s)
		case rs.Tag == 'R' && (last == 'C' || last == 'R') && len(f.Roster) < maxRoster:
			f.Roster = append(f.Roster, s)
		case rs.Tag == 'K' && (last == 'C' || last == 'R'):
			f.Prekey = &s
		default:
			return File{}, comity.Errorf(comity.Invalid, "a record %q is out of place, or one too many", rs.Tag)
		}
	}
	if err := rs.Err(); err != nil {
		return File{}, err
	}
	if len(f.Chain) == 0 {
		return File{}, comity.Errorf(comity.Invalid, "the party file has no chain entry")
	}
	return f, nil
}

// Open checks every entry of f and returns the book. The error is a *[Broken],
// or a *[Fork] within the file.
//
// Chain and roster entries do not say how they interleaved, so a roster entry
// may be signed by the roster key of any chain entry that is not older than the
// one that signed the entry before.
func Open(f File) (*Book, error) {
	if len(f.Chain) == 0 {
		return nil, broken("format", 0, comity.Errorf(comity.Invalid, "there is no chain entry"))
	}
	b, err := New(f.Chain[0])
	if err != nil {
		return nil, err
	}
	for _, s := range f.Chain[1:] {
		if err := b.addChain(s); err != nil {
			return nil, err
		}
	}
	for _, s := range f.Roster {
		if err := b.addRoster(s, 0); err != nil {
			return nil, err
		}
	}
	if len(b.chain) != len(f.Chain) || len(b.pages) != len(f.Roster) {
		return nil, broken("format", 0, comity.Errorf(comity.Invalid, "an entry is there twice"))
	}
	if f.Prekey != nil {
		if err := b.addPrekey(*f.Prekey); err != nil {
			return nil, err
		}
	}
	return b, nil
}
