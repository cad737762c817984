package seal

import (
	"bytes"
	"cmp"
	"fmt"
	"unicode/utf8"

	"comity"
)

// The objects that concern one channel rather than one party. Chain entries,
// roster entries and profiles are read by package roster, which knows what
// makes them follow each other.

// DecodeHello reads and checks a hello.
func DecodeHello(b []byte) (comity.Hello, error) {
	return decodeObject(b, func(h comity.Hello) error {
		return cmp.Or(
			checkVersion(h.V), checkHash("channel", h.Channel), checkParty("from", h.From), checkNonce(h.Nonce),
			checkHash("outroot", h.OutRoot), checkHash("inroot", h.InRoot), checkTime("time", h.Time))
	})
}

// DecodeRejection reads and checks a rejection.
func DecodeRejection(b []byte) (comity.Rejection, error) {
	return decodeObject(b, func(r comity.Rejection) error {
		if !codeForm.MatchString(r.Code) {
			return comity.Fieldf("code", "%q is not a code, such as %q", comity.Clip(r.Code), "seal")
		}
		if n := utf8.RuneCountInString(r.Text); n > maxReason {
			return comity.Fieldf("text", "it has %d characters; the most is %d", n, maxReason)
		}
		return cmp.Or(
			checkVersion(r.V), checkHash("channel", r.Channel), checkParty("from", r.From), checkTime("time", r.Time))
	})
}

// DecodeResume reads and checks a resume.
func DecodeResume(b []byte) (comity.Resume, error) {
	return decodeObject(b, func(r comity.Resume) error {
		if len(r.Last) != 2 {
			return comity.Fieldf("last", "there are %d positions; a channel has 2", len(r.Last))
		}
		if r.Last[0].Party >= r.Last[1].Party {
			return comity.Fieldf("last", "parties must come once and in alphabetical order, such as cn, us")
		}
		if r.Epoch == 0 {
			return comity.Fieldf("epoch", "0 is not the number of a new epoch, such as 1")
		}
		return cmp.Or(
			checkVersion(r.V), checkHash("channel", r.Channel), checkTime("time", r.Time),
			checkParty("last[0].party", r.Last[0].Party), checkHash("last[0].root", r.Last[0].Root),
			checkParty("last[1].party", r.Last[1].Party), checkHash("last[1].root", r.Last[1].Root))
	})
}

// DecodeFileReceipt reads and checks a file receipt.
func DecodeFileReceipt(b []byte) (comity.FileReceipt, error) {
	return decodeObject(b, func(r comity.FileReceipt) error {
		if r.I < 0 || r.I >= maxFiles {
			return comity.Fieldf("i", "%d is not a place among a statement's files, such as 0", r.I)
		}
		if r.Result != "stored" {
			return comity.Fieldf("result", "%q is not a result, such as %q", comity.Clip(r.Result), "stored")
		}
		return cmp.Or(
			checkVersion(r.V), checkHash("statement", r.Statement),
			checkHash("cipher", r.Cipher), checkSize("size", r.Size))
	})
}

// DecodePrekey reads and checks the public half of a prekey.
func DecodePrekey(b []byte) (comity.Prekey, error) {
	return decodeObject(b, func(p comity.Prekey) error {
		return cmp.Or(checkVersion(p.V), checkParty("party", p.Party), checkKEM(p.Key), checkTime("notafter", p.NotAfter))
	})
}

// DecodeHalt reads a halt and checks that its proof has the form of one: two
// headers of one number, or one with a receipt. It checks no signature, and not
// whether the receipt's root is wrong, which only the stream's owner can tell.
func DecodeHalt(b []byte) (comity.Halt, error) {
	return decodeObject(b, func(h comity.Halt) error {
		if err := cmp.Or(checkVersion(h.V), checkHash("channel", h.Channel)); err != nil {
			return err
		}
		if len(h.Proof) != 1 && len(h.Proof) != 2 {
			return comity.Fieldf("proof", "there are %d headers; a proof has 1 or 2", len(h.Proof))
		}
		var headers [2]comity.Header
		for i, p := range h.Proof {
			field := fmt.Sprintf("proof[%d]", i)
			x, err := DecodeHeader(p.Bytes)
			if err != nil {
				return renamed(field, err)
			}
			if x.Channel != h.Channel || x.Epoch != h.Epoch {
				return comity.Fieldf(field, "the header is of another channel or epoch")
			}
			if err := checkSigs(p.Sigs); err != nil {
				return err
			}
			headers[i] = x
		}
		if len(h.Proof) == 1 {
			if headers[0].Receipt == nil {
				return comity.Fieldf("proof", "one header proves something only if it has a receipt")
			}
			return nil
		}
		if headers[0].From != headers[1].From || headers[0].Seq != headers[1].Seq || bytes.Equal(h.Proof[0].Bytes, h.Proof[1].Bytes) {
			return comity.Fieldf("proof", "these are not two headers of one number")
		}
		return nil
	})
}

func decodeObject[T any](b []byte, check func(T) error) (T, error) {
	var v, none T
	if err := Decode(b, objectLimit, &v); err != nil {
		return none, err
	}
	if err := check(v); err != nil {
		return none, err
	}
	return v, nil
}

func checkVersion(v int) error {
	if v != 1 {
		return comity.Fieldf("v", "%d is not a version that this program has, such as 1", v)
	}
	return nil
}

func checkParty(field string, p comity.Party) error {
	_, err := comity.ParseParty(string(p))
	return renamed(field, err)
}

func checkTime(field string, t comity.Time) error {
	if t.IsZero() {
		return comity.Fieldf(field, "it is empty; write a time such as %q", "2026-11-22T03:14:28.000Z")
	}
	return nil
}

func checkNonce(b []byte) error {
	if len(b) != 32 {
		return comity.Fieldf("nonce", "it has %d bytes; it is 32 random bytes, such as from /dev/urandom", len(b))
	}
	return nil
}
