package seal

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"comity"
)

const (
	manifestLimit = 1 << 17 // bytes
	maxTo         = 32
	maxParts      = 16
	maxFiles      = 64
	maxReason     = 1000 // characters
)

var (
	partForm  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	mediaForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}$`)
	tlps      = comity.TLPs[:]
)

// EncodeManifest checks m and returns its one spelling: what officers sign.
func EncodeManifest(m comity.Manifest) ([]byte, error) {
	if err := checkManifest(m); err != nil {
		return nil, err
	}
	return Encode(m)
}

// DecodeManifest reads and checks a manifest.
func DecodeManifest(b []byte) (comity.Manifest, error) {
	var m comity.Manifest
	if err := Decode(b, manifestLimit, &m); err != nil {
		return comity.Manifest{}, err
	}
	if err := checkManifest(m); err != nil {
		return comity.Manifest{}, err
	}
	return m, nil
}

// checkManifest checks m against the bounds that hold for every kind. Whether
// its kind may go to several parties, or needs After, its capability knows.
func checkManifest(m comity.Manifest) error {
	_, realm := comity.ParseRealm(string(m.Realm))
	_, matter := comity.ParseRef(string(m.Matter))
	_, kind := comity.ParseKind(string(m.Kind))
	return cmp.Or(
		checkVersion(m.V), realm, checkParty("from", m.From), checkTo(m), matter, kind,
		checkMarking(m.Marking), checkRelease(m.Release), checkTime("time", m.Time), checkNonce(m.Nonce),
		checkParts(m.Parts), checkFiles(m.Files))
}

func checkTo(m comity.Manifest) error {
	if len(m.To) == 0 || len(m.To) > maxTo {
		return comity.Fieldf("to", `there are %d recipients; write 1 to %d, such as ["cn"]`, len(m.To), maxTo)
	}
	for i, p := range m.To {
		field := fmt.Sprintf("to[%d]", i)
		if err := checkParty(field, p); err != nil {
			return err
		}
		if p == m.From {
			return comity.Fieldf(field, "%q is the author; name other parties, such as %q", p, "cn")
		}
		if i > 0 && p <= m.To[i-1] {
			return comity.Fieldf(field, `%q must come once and in alphabetical order, such as ["cn","fr"]`, p)
		}
	}
	return nil
}

func checkMarking(m comity.Marking) error {
	if !slices.Contains(tlps, m.TLP) {
		return comity.Fieldf("marking.tlp", "%q is not one of %s, such as %q", comity.Clip(m.TLP), strings.Join(tlps, ", "), "AMBER")
	}
	for i, h := range m.Handling {
		field := fmt.Sprintf("marking.handling[%d]", i)
		if len(h) != 2 || h[0] != 'H' || h[1] < '0' || h[1] > '3' {
			return comity.Fieldf(field, "%q is not a handling code H0 to H3, such as %q", comity.Clip(h), "H1")
		}
		if i > 0 && h <= m.Handling[i-1] {
			return comity.Fieldf(field, `%q must come once and in order, such as ["H1","H3"]`, h)
		}
	}
	return nil
}

func checkRelease(r comity.Release) error {
	switch r.Class {
	case comity.Sole:
		if n := utf8.RuneCountInString(r.Reason); n == 0 || n > maxReason {
			return comity.Fieldf("release.reason", "it has %d characters; write 1 to %d on why one officer had to act alone, such as %q",
				n, maxReason, "The hospital's network is being encrypted now.")
		}
		if r.Due == nil || r.Due.IsZero() {
			return comity.Fieldf("release.due", "it is empty; it is when the second signature is due, such as %q", "2026-11-23T03:14:28.000Z")
		}
	case comity.Dual, comity.OneSeat:
		if r.Reason != "" {
			return comity.Fieldf("release.reason", "only a release of class %q has one; leave it out, or choose that class", comity.Sole)
		}
		if r.Due != nil {
			return comity.Fieldf("release.due", "only a release of class %q has one; leave it out, or choose that class", comity.Sole)
		}
	default:
		return comity.Fieldf("release.class", "%q is not one of %s, %s, %s, such as %q",
			comity.Clip(string(r.Class)), comity.Dual, comity.Sole, comity.OneSeat, comity.Dual)
	}
	return nil
}

func checkParts(parts []comity.Part) error {
	if len(parts) == 0 || len(parts) > maxParts {
		return comity.Fieldf("parts", "there are %d parts; write 1 to %d, such as one of name %q", len(parts), maxParts, "body")
	}
	for i, p := range parts {
		field := func(name string) string { return fmt.Sprintf("parts[%d].%s", i, name) }
		if !partForm.MatchString(p.Name) {
			return comity.Fieldf(field("name"), "%q is not 1 to 32 of a-z, 0-9 and -, such as %q", comity.Clip(p.Name), "body")
		}
		for _, q := range parts[:i] {
			if q.Name == p.Name {
				return comity.Fieldf(field("name"), "%q is the name of an earlier part; choose another, such as %q", p.Name, p.Name[:min(len(p.Name), 30)]+"-2")
			}
		}
		err := cmp.Or(
			checkMedia(field("type"), p.Type, "application/json"), checkSize(field("size"), p.Size), checkHash(field("hash"), p.Hash))
		if err != nil {
			return err
		}
	}
	return nil
}

func checkFiles(files []comity.File) error {
	if len(files) > maxFiles {
		return comity.Fieldf("files", "there are %d files; the most is %d, such as %d and the rest in a second statement", len(files), maxFiles, maxFiles)
	}
	for i, f := range files {
		field := func(name string) string { return fmt.Sprintf("files[%d].%s", i, name) }
		if !fileName(f.Name) {
			return comity.Fieldf(field("name"), "%q is not 1 to 255 bytes that every system takes for one file's name, such as %q", comity.Clip(f.Name), "auth.log")
		}
		err := cmp.Or(
			checkMedia(field("type"), f.Type, "text/plain"), checkSize(field("size"), f.Size),
			checkHash(field("plain"), f.Plain), checkHash(field("cipher"), f.Cipher))
		if err != nil {
			return err
		}
	}
	return nil
}

// fileName reports whether s is safe to show and to save under.
func fileName(s string) bool {
	return len(s) >= 1 && len(s) <= 255 && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool {
			// A bidirectional control can make "gpj.exe" look like "exe.jpg".
			return r == '/' || r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
		})
}

func checkMedia(field, s, example string) error {
	if !mediaForm.MatchString(s) {
		return comity.Fieldf(field, "%q is not a media type in lower case without parameters, such as %q", comity.Clip(s), example)
	}
	return nil
}

func checkSize(field string, n int64) error {
	if n < 0 || n > maxInt {
		return comity.Fieldf(field, "%d is not a number of bytes, such as 1024", n)
	}
	return nil
}

func checkHash(field string, h comity.Hash) error {
	if h.IsZero() {
		return comity.Fieldf(field, "it is empty; it is 64 hexadecimal digits, such as %q", exampleHash)
	}
	return nil
}

const exampleHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// renamed returns err with another field to blame.
func renamed(field string, err error) error {
	if e, ok := errors.AsType[*comity.Error](err); ok {
		return &comity.Error{Kind: e.Kind, Field: field, Text: e.Text, Cause: e.Cause}
	}
	return err
}
