// Package seal turns the nouns of package comity into bytes and back, and makes
// those bytes worth believing. It is docs/spec/README.md as code.
//
// Bytes come first. An object is encoded once, by its author; everyone signs,
// hashes, stores and sends those same bytes, and nobody encodes it again. So
// that two programs cannot read one object differently, every object has one
// spelling, and a decoder here refuses whatever an encoder here would not have
// written.
//
// What leaves a node goes through these steps, and what arrives goes back:
//
//	statement  a manifest; its officers sign its bytes; parts beside it, salted
//	header     names the statements of an item; the node signs its bytes
//	sealed     the statements, padded, encrypted to the recipient's prekey with
//	           the header's hash as associated data
//	item       header, signatures and sealed statements
//	exchange   items and what goes with them: one request, response or stick
//
// A signature or hash is never over bytes alone but over their type too
// ([PAE], [H]), so nothing signed as one thing can be shown as another.
//
// Decoded values share memory with the bytes that they were decoded from.
package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"comity"
)

// PAE returns what is signed and hashed for body as an object of type typ, such
// as "manifest": DSSE's pre-authentication encoding.
func PAE(typ string, body []byte) []byte {
	return append(appendPAE(make([]byte, 0, len(typ)+len(body)+48), typ, len(body)), body...)
}

// appendPAE appends all of a PAE but the body.
func appendPAE(b []byte, typ string, n int) []byte {
	b = append(b, "DSSEv1 "...)
	b = strconv.AppendInt(b, int64(len("comity/")+len(typ)+len("/1")), 10)
	b = append(b, " comity/"...)
	b = append(b, typ...)
	b = append(b, "/1 "...)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, ' ')
}

// H returns the hash of body as an object of type typ, such as "manifest".
func H(typ string, body []byte) comity.Hash {
	var room [96]byte
	h := sha256.New()
	h.Write(appendPAE(room[:0], typ, len(body)))
	h.Write(body)
	return comity.Hash(h.Sum(room[:0]))
}

// KeyName returns the name of k: the hash of its one spelling.
func KeyName(k comity.Key) comity.Hash {
	if _, ok := suites[k.Suite]; !ok {
		b, err := Encode(k)
		if err != nil {
			return comity.Hash{} // which is the name of no key
		}
		return H("key", b)
	}
	// A suite that we know needs no escapes, and names are asked for often.
	b := make([]byte, 0, 32+base64.StdEncoding.EncodedLen(len(k.Pub)))
	b = append(b, `{"suite":"`...)
	b = append(b, k.Suite...)
	b = append(b, `","pub":"`...)
	b = base64.StdEncoding.AppendEncode(b, k.Pub)
	b = append(b, `"}`...)
	return H("key", b)
}
