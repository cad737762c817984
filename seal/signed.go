package seal

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"comity"
)

const (
	maxSigs  = 8
	maxSig   = 8192    // bytes of one signature: room for those after quantum computers
	sigLimit = 1 << 17 // bytes of a signature list
)

// appendSigned appends s as records.
func appendSigned(b []byte, s comity.Signed) []byte {
	return appendSigs(AppendRecord(b, 'B', s.Bytes), s.Sigs)
}

// EncodeSigned returns s as records.
func EncodeSigned(s comity.Signed) []byte { return appendSigned(nil, s) }

// DecodeSigned reads a Signed of at most limit bytes. It checks no signature.
func DecodeSigned(b []byte, limit int64) (comity.Signed, error) {
	if int64(len(b)) > limit {
		return comity.Signed{}, comity.Errorf(comity.Invalid, "it has %d bytes; the limit is %d", len(b), limit)
	}
	rs := NewRecords(b)
	body, err := rs.Take('B')
	if err != nil {
		return comity.Signed{}, err
	}
	sigs, err := takeSigs(rs)
	if err != nil {
		return comity.Signed{}, err
	}
	if err := rs.End(); err != nil {
		return comity.Signed{}, err
	}
	return comity.Signed{Bytes: body, Sigs: sigs}, nil
}

// appendSigs appends the record of a signature list. It is Encode's spelling,
// written by hand because every statement and item has such a list.
func appendSigs(b []byte, sigs []comity.Signature) []byte {
	at := len(b)
	b = append(b, 'S', 0, 0, 0, 0, '[')
	for i, s := range sigs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if s.Seat != "" {
			b = append(b, `"seat":`...)
			b = appendText(b, string(s.Seat))
			b = append(b, ',')
		}
		b = append(b, `"key":"`...)
		if !s.Key.IsZero() {
			b = hex.AppendEncode(b, s.Key[:])
		}
		b = append(b, `","sig":"`...)
		b = base64.StdEncoding.AppendEncode(b, s.Sig)
		b = append(b, `"}`...)
	}
	b = append(b, ']')
	appendHead(b[:at], 'S', len(b)-at-5)
	return b
}

func appendText(b []byte, s string) []byte {
	if _, err := comity.ParseSeat(s); err == nil {
		return append(append(append(b, '"'), s...), '"')
	}
	t, _ := json.Marshal(s) // not a seat, so a decoder will refuse it
	return append(b, t...)
}

func takeSigs(rs *Records) ([]comity.Signature, error) {
	b, err := rs.Take('S')
	if err != nil {
		return nil, err
	}
	var sigs []comity.Signature
	if err := Decode(b, sigLimit, &sigs); err != nil {
		return nil, err
	}
	return sigs, checkSigs(sigs)
}

func checkSigs(sigs []comity.Signature) error {
	if len(sigs) > maxSigs {
		return comity.Fieldf("sigs", "there are %d signatures; the most is %d", len(sigs), maxSigs)
	}
	for i, s := range sigs {
		field := func(name string) string { return fmt.Sprintf("sigs[%d].%s", i, name) }
		if s.Seat != "" {
			if _, err := comity.ParseSeat(string(s.Seat)); err != nil {
				return renamed(field("seat"), err)
			}
		}
		if s.Key.IsZero() {
			return comity.Fieldf(field("key"), "it is empty; it is the name of a key: 64 hexadecimal digits")
		}
		if len(s.Sig) == 0 || len(s.Sig) > maxSig {
			return comity.Fieldf(field("sig"), "it has %d bytes; a signature has 1 to %d, such as 64", len(s.Sig), maxSig)
		}
	}
	return nil
}
