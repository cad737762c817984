package seal

import (
	"crypto/rand"
	"io"

	"comity"
)

// saltSize is the length of the salt of a part or file. Without it, the hash of
// an erased part could be found by guessing.
const saltSize = 32

// Limits are what a pair's profile bounds of a statement, in bytes.
type Limits struct {
	Part int64 // a part's body
	File int64 // a file's plaintext
}

// LimitsOf returns the limits of a profile.
func LimitsOf(p comity.Profile) Limits { return Limits{p.MaxPart, p.MaxFile} }

// NewStatement makes an unsigned statement of m and the bodies of its parts. Of
// each of m.Parts the author gives name and type; size and hash are filled in
// here, as are the version and the nonce if they are missing. Files are named
// in m.Files as their [FileWriter]s describe them, and files has their keys.
//
// To sign it, append to its Sigs what SignSeat makes of "manifest" and Bytes.
func NewStatement(m comity.Manifest, bodies [][]byte, files []comity.FileKey) (comity.Statement, error) {
	return newStatement(rand.Reader, m, bodies, files)
}

func newStatement(rand io.Reader, m comity.Manifest, bodies [][]byte, files []comity.FileKey) (comity.Statement, error) {
	if len(bodies) != len(m.Parts) {
		return comity.Statement{}, comity.Fieldf("parts", "there are %d parts and %d bodies; write as many of each, such as 1", len(m.Parts), len(bodies))
	}
	if len(files) != len(m.Files) {
		return comity.Statement{}, comity.Fieldf("files", "there are %d files and %d keys; write as many of each, such as 1", len(m.Files), len(files))
	}
	if m.V == 0 {
		m.V = 1
	}
	if m.Nonce == nil {
		m.Nonce = make([]byte, 32)
		if _, err := io.ReadFull(rand, m.Nonce); err != nil {
			return comity.Statement{}, err
		}
	}
	parts := make([]comity.SaltedPart, len(bodies))
	m.Parts = append([]comity.Part(nil), m.Parts...) // the caller keeps theirs
	for i, body := range bodies {
		salted := make([]byte, saltSize, saltSize+len(body))
		if _, err := io.ReadFull(rand, salted); err != nil {
			return comity.Statement{}, err
		}
		salted = append(salted, body...)
		parts[i] = comity.SaltedPart{Salt: salted[:saltSize:saltSize], Body: salted[saltSize:]}
		m.Parts[i].Size = int64(len(body))
		m.Parts[i].Hash = H("part", salted)
	}
	b, err := EncodeManifest(m)
	if err != nil {
		return comity.Statement{}, err
	}
	return comity.Statement{ID: H("manifest", b), Bytes: b, Manifest: m, Parts: parts, Files: files}, nil
}

// EncodeStatement returns s as records: its manifest as it was signed, then its
// signatures and contents. A part without a Body, and a file without a Key, are
// written as erased.
func EncodeStatement(s comity.Statement) []byte {
	n := len(s.Bytes) + 256*(1+len(s.Sigs))
	for _, p := range s.Parts {
		n += 5 + saltSize + len(p.Body)
	}
	b := AppendRecord(make([]byte, 0, n+69*len(s.Files)), 'M', s.Bytes)
	b = appendSigs(b, s.Sigs)
	for _, p := range s.Parts {
		b = appendContent(b, 'P', 'p', p.Salt, p.Body)
	}
	for _, f := range s.Files {
		b = appendContent(b, 'F', 'f', f.Salt, f.Key)
	}
	return b
}

func appendContent(b []byte, tag, erased byte, salt, content []byte) []byte {
	if content == nil {
		return appendHead(b, erased, 0)
	}
	b = appendHead(b, tag, len(salt)+len(content))
	return append(append(b, salt...), content...)
}

// DecodeStatement reads a statement and checks all of it but its signatures.
// Its error is a [Refusal] of code "part" if a part or file differs from its
// hash, size or bound, and of code "manifest" if anything else is wrong.
func DecodeStatement(b []byte, lim Limits) (comity.Statement, error) {
	rs := NewRecords(b)
	body, err := rs.Take('M')
	if err != nil {
		return comity.Statement{}, refuse("manifest", err)
	}
	m, err := DecodeManifest(body)
	if err != nil {
		return comity.Statement{}, refuse("manifest", err)
	}
	sigs, err := takeSigs(rs)
	if err != nil {
		return comity.Statement{}, refuse("manifest", err)
	}
	s := comity.Statement{
		ID: H("manifest", body), Bytes: body, Manifest: m, Sigs: sigs,
		Parts: make([]comity.SaltedPart, len(m.Parts)),
	}
	for i, p := range m.Parts {
		if s.Parts[i].Salt, s.Parts[i].Body, err = takePart(rs, p, lim.Part); err != nil {
			return comity.Statement{}, refuse("part", err)
		}
	}
	if len(m.Files) > 0 {
		s.Files = make([]comity.FileKey, len(m.Files))
	}
	for i, f := range m.Files {
		if s.Files[i].Salt, s.Files[i].Key, err = takeFile(rs, f, lim.File); err != nil {
			return comity.Statement{}, refuse("part", err)
		}
	}
	if err := rs.End(); err != nil {
		return comity.Statement{}, refuse("part", err)
	}
	return s, nil
}

func takePart(rs *Records, p comity.Part, limit int64) (salt, body []byte, err error) {
	if p.Size > limit {
		return nil, nil, comity.Fieldf("parts."+p.Name, "it has %d bytes; the profile's limit is %d", p.Size, limit)
	}
	v, erased, err := takeContent(rs, 'P', 'p')
	if err != nil || erased {
		return nil, nil, err
	}
	if int64(len(v)) != saltSize+p.Size || H("part", v) != p.Hash {
		return nil, nil, comity.Fieldf("parts."+p.Name, "it is not the part of %d bytes that the manifest names", p.Size)
	}
	return v[:saltSize:saltSize], v[saltSize:], nil
}

func takeFile(rs *Records, f comity.File, limit int64) (salt, key []byte, err error) {
	if f.Size > limit {
		return nil, nil, comity.Fieldf("files", "%q has %d bytes; the profile's limit is %d", comity.Clip(f.Name), f.Size, limit)
	}
	v, erased, err := takeContent(rs, 'F', 'f')
	if err != nil || erased {
		return nil, nil, err
	}
	if len(v) != saltSize+fileKeySize {
		return nil, nil, comity.Fieldf("files", "%q has a key of another size than %d bytes", comity.Clip(f.Name), fileKeySize)
	}
	return v[:saltSize:saltSize], v[saltSize:], nil
}

// takeContent takes the record of a part or file, or of an erased one.
func takeContent(rs *Records, tag, erased byte) (value []byte, gone bool, err error) {
	if rs.Peek() == erased {
		v, err := rs.Take(erased)
		if err == nil && len(v) > 0 {
			err = comity.Errorf(comity.Invalid, "an erased part or file is not empty")
		}
		return nil, true, err
	}
	v, err := rs.Take(tag)
	return v, false, err
}
