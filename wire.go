package comity

import (
	"encoding/hex"
	"slices"
	"strings"
)

// A Hash is a SHA-256 value. On the wire it is 64 lower-case hexadecimal digits;
// the zero Hash is the empty string.
type Hash [32]byte

// IsZero reports whether h is the zero Hash, which is no hash of anything.
func (h Hash) IsZero() bool { return h == Hash{} }

func (h Hash) String() string {
	if h.IsZero() {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// Short returns the first 12 digits of h, for people.
func (h Hash) Short() string {
	if h.IsZero() {
		return "-"
	}
	return hex.EncodeToString(h[:6])
}

// MarshalText writes h as hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return []byte{}, nil
	}
	return hex.AppendEncode(make([]byte, 0, 64), h[:]), nil
}

// UnmarshalText reads only what MarshalText writes.
func (h *Hash) UnmarshalText(b []byte) error {
	v, err := ParseHash(string(b))
	*h = v
	return err
}

// ParseHash returns s, 64 lower-case hexadecimal digits or nothing, as a Hash.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if s == "" {
		return h, nil
	}
	if _, err := hex.Decode(h[:], []byte(s[:min(len(s), 64)])); err != nil || len(s) != 64 || strings.ContainsAny(s, "ABCDEF") {
		return Hash{}, Fieldf("hash", "%q is not 64 lower-case hexadecimal digits", Clip(s))
	}
	return h, nil
}

// A Key is a public key and the suite it belongs to. Its name is its hash.
type Key struct {
	Suite string `json:"suite"` // "E1", "F1"; of a seat also "P1"
	Pub   []byte `json:"pub"`
}

// A Signature is one signer's over the exact bytes of an object. Seat is empty
// for nodes, rosters and roots.
type Signature struct {
	Seat Seat   `json:"seat,omitempty"`
	Key  Hash   `json:"key"`
	Sig  []byte `json:"sig"`
}

// A Manifest is what officers sign: everything a statement says, with hashes in
// place of its contents, so that contents can be erased and the proof stays.
type Manifest struct {
	V       int     `json:"v"` // 1
	Realm   Realm   `json:"realm"`
	From    Party   `json:"from"`
	To      []Party `json:"to"` // one, unless the kind is a fact that may go to several
	Matter  Ref     `json:"matter"`
	Kind    Kind    `json:"kind"`
	Marking Marking `json:"marking"`
	After   *After  `json:"after,omitempty"` // required of a move
	Release Release `json:"release"`
	Time    Time    `json:"time"`
	Nonce   []byte  `json:"nonce"` // 32 random bytes
	Parts   []Part  `json:"parts"` // at least one
	Files   []File  `json:"files,omitempty"`
}

// A Marking limits who may see a statement and what for.
type Marking struct {
	TLP      string   `json:"tlp"`                // CLEAR GREEN AMBER AMBER+STRICT RED (FIRST TLP 2.0)
	Handling []string `json:"handling,omitempty"` // H0 to H3 (Europol)
}

// TLPs are the markings of FIRST TLP 2.0, the strictest last.
var TLPs = [...]string{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}

// HigherTLP returns the stricter of two TLP markings; "" is less than any, and a
// word that is none more than all.
func HigherTLP(a, b string) string {
	rank := func(tlp string) int {
		switch i := slices.Index(TLPs[:], tlp); {
		case tlp == "":
			return -1
		case i < 0:
			return len(TLPs)
		default:
			return i
		}
	}
	if rank(a) >= rank(b) {
		return a
	}
	return b
}

// After names the matter's heads as the officer saw them: the last move of each
// side, or the zero Hash. A statement whose After no longer holds has no effect.
type After struct {
	Mine   Hash `json:"mine"`
	Theirs Hash `json:"theirs"`
}

// A Class is how a statement may leave: by whose word.
type Class string

const (
	// Dual is the rule: two officers of different seats.
	Dual Class = "dual"
	// Sole is one officer in an emergency, for allow-listed kinds, with a
	// reason, to be countersigned by another seat before Due.
	Sole Class = "sole_emergency"
	// OneSeat is for facts that commit nobody but their author: an
	// acknowledgement says "a seat has it", and only a seat can say so.
	OneSeat Class = "seat"
)

// A Release is the class of a statement's release, signed within its manifest.
type Release struct {
	Class  Class  `json:"class"`
	Reason string `json:"reason,omitempty"` // of a Sole release
	Due    *Time  `json:"due,omitempty"`    // when a Sole release's countersignature is due
}

// A Part is a body of a statement, such as the request itself as JSON. Hash is
// over 32 bytes of salt and the body, so an erased part cannot be guessed.
type Part struct {
	Name string `json:"name"` // "body", "order", "supporting"
	Type string `json:"type"` // a media type
	Size int64  `json:"size"` // of the body, in bytes
	Hash Hash   `json:"hash"`
}

// A File is an attachment. It travels beside the stream as ciphertext.
type File struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`   // of the plaintext, in bytes
	Plain  Hash   `json:"plain"`  // over 32 bytes of salt and the plaintext
	Cipher Hash   `json:"cipher"` // SHA-256 of the ciphertext: its name in the vault
}

// A Statement is a manifest with its signatures and contents. Parts and Files
// are in the manifest's order; a nil entry has been erased or withheld.
type Statement struct {
	ID       Hash // of Bytes
	Bytes    []byte
	Manifest Manifest // what Bytes say
	Sigs     []Signature
	Parts    []SaltedPart
	Files    []FileKey
}

// A SaltedPart is the content of a Part. A nil Body is an erased part.
type SaltedPart struct {
	Salt []byte
	Body []byte
}

// A FileKey opens one File. A nil Key is an erased file.
type FileKey struct {
	Salt []byte
	Key  []byte
}

// A Header is a leaf of its sender's log, and what the sender's node signs.
// Exactly one of Statements, Receipt and Control is set.
type Header struct {
	V       int    `json:"v"` // 1
	Channel Hash   `json:"channel"`
	Epoch   uint64 `json:"epoch"`
	Seq     uint64 `json:"seq"`
	From    Party  `json:"from"`
	Root    Hash   `json:"root"`    // of the sender's own headers 0..Seq-1
	Profile Hash   `json:"profile"` // in force at this item
	Chain   Hash   `json:"chain"`   // the sender's chain entry in force before this item
	Roster  Hash   `json:"roster"`  // the sender's roster entry in force before this item
	Suite   string `json:"suite"`
	Key     Hash   `json:"key"` // the node key that signs
	Time    Time   `json:"time"`

	Statements []Hash   `json:"statements,omitempty"` // 1 to 64
	Receipt    *Receipt `json:"receipt,omitempty"`
	Control    *Control `json:"control,omitempty"`
}

// A Receipt says that the peer's items 0..Upto have arrived and that their
// Merkle root is Root: it cosigns the peer's log.
type Receipt struct {
	Upto    uint64    `json:"upto"`
	Root    Hash      `json:"root"`
	Refused []Refused `json:"refused,omitempty"`
}

// Refused names a statement of a good item that has no effect, and why. It
// keeps its place in the stream.
type Refused struct {
	Seq  uint64 `json:"seq"`
	I    int    `json:"i"`
	Code string `json:"code"`
}

// A Control is an entry that concerns the channel rather than a matter. Its
// bytes travel beside the header, unsealed.
type Control struct {
	Type string `json:"type"` // chain, roster, prekey, profile, filereceipt
	Hash Hash   `json:"hash"` // of the control's bytes, by its type
}

// An Item is an entry of a stream as it travels.
type Item struct {
	Header  Header
	Bytes   []byte // of the header, as signed
	Sigs    []Signature
	Sealed  *Sealed // of an item with statements
	Control []byte  // of an item with a control: an encoded Signed
}

// Sealed is the contents of an item, encrypted to a prekey of the recipient
// with the header's hash as associated data. It is not signed, so it can be
// sealed again for the same recipient.
type Sealed struct {
	Prekey Hash
	Ct     []byte
}

// Signed is any object of the chain, roster, prekey, profile, filereceipt,
// resume, hello and rejection kinds: its exact bytes and their signatures.
type Signed struct {
	Bytes []byte      `json:"bytes"`
	Sigs  []Signature `json:"sigs"`
}

// An Exchange is the body of an HTTPS request, of its response, and of the file
// on a stick: all three are this.
type Exchange struct {
	Head    ExchangeHead
	Hello   *Signed // a Hello
	Profile *Signed // a Profile on its way to both signatures
	Resume  *Signed // a Resume
	Halt    []byte  // a Halt's bytes
	Reject  *Signed // a Rejection
	Items   []Item  // in order
}

// An ExchangeHead names the stream and says how many of the recipient's items
// its sender has placed. It is a hint: only a Hello or a Receipt is believed.
type ExchangeHead struct {
	V       int    `json:"v"` // 1
	Channel Hash   `json:"channel"`
	Epoch   uint64 `json:"epoch"`
	From    Party  `json:"from"`
	Have    uint64 `json:"have"`
}

// A Hello is how a node that starts learns what its peer knows of it. The
// answer repeats the nonce of the question.
type Hello struct {
	V       int    `json:"v"` // 1
	Channel Hash   `json:"channel"`
	Epoch   uint64 `json:"epoch"`
	From    Party  `json:"from"`
	Nonce   []byte `json:"nonce"`   // 32 bytes
	Next    uint64 `json:"next"`    // the number of my next item
	Want    uint64 `json:"want"`    // the number of the peer's item I want
	OutRoot Hash   `json:"outroot"` // of my items 0..Next-1
	InRoot  Hash   `json:"inroot"`  // of the peer's items 0..Want-1
	Time    Time   `json:"time"`
}

// A Rejection is a signed refusal of bytes that take no place in a stream.
type Rejection struct {
	V       int    `json:"v"` // 1
	Channel Hash   `json:"channel"`
	Epoch   uint64 `json:"epoch"`
	From    Party  `json:"from"`
	Seq     uint64 `json:"seq"`    // of the item at fault
	Header  Hash   `json:"header"` // of the item at fault
	Code    string `json:"code"`
	Text    string `json:"text"`
	Time    Time   `json:"time"`
}

// A Chain entry is a party's statement of its own keys and addresses. Entries
// form a hash chain from entry 0, whose root key is the party's identity.
type Chain struct {
	V         int      `json:"v"` // 1
	Party     Party    `json:"party"`
	N         uint64   `json:"n"`
	Prev      Hash     `json:"prev"` // of entry n-1's bytes
	Name      Name     `json:"name"`
	Zone      string   `json:"zone"` // of its capital, as the IANA database names it
	Root      Key      `json:"root"`
	Node      []Key    `json:"node"` // good for signing items; the first is current
	Roster    Key      `json:"roster"`
	TLS       []Hash   `json:"tls"` // SHA-256 of the SubjectPublicKeyInfo of each good certificate
	Endpoints []string `json:"endpoints,omitempty"`
	Suites    []string `json:"suites"`
	Time      Time     `json:"time"`
}

// A Name is a name in the languages of every person who may read it.
type Name struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// A Roster entry adds and removes seats. It is never retroactive: it counts
// from its own position in its party's stream.
type Roster struct {
	V      int       `json:"v"` // 1
	Party  Party     `json:"party"`
	N      uint64    `json:"n"`
	Prev   Hash      `json:"prev"`
	Add    []Officer `json:"add,omitempty"`
	Remove []Seat    `json:"remove,omitempty"`
	Time   Time      `json:"time"`
}

// An Officer is a seat as other parties know it.
type Officer struct {
	Seat   Seat     `json:"seat"`
	Agency Agency   `json:"agency"`
	Roles  []string `json:"roles"` // draft, release, registrar
	Key    Key      `json:"key"`
}

// A Prekey is a key to seal items to. A node makes a new one weekly and destroys
// the old ones after the retention window.
type Prekey struct {
	V        int    `json:"v"` // 1
	Party    Party  `json:"party"`
	N        uint64 `json:"n"`
	Key      Key    `json:"key"` // a KEM key
	NotAfter Time   `json:"notafter"`
}

// A Profile is what two parties agreed for their channels. Both roots sign it.
type Profile struct {
	V       int      `json:"v"`     // 1
	Roots   []Hash   `json:"roots"` // of both entry-0 root keys, sorted
	N       uint64   `json:"n"`
	Prev    Hash     `json:"prev"`
	Suites  []string `json:"suites"`  // an item must bear a signature of each
	MaxItem int64    `json:"maxitem"` // bytes of an encoded item
	MaxPart int64    `json:"maxpart"` // bytes of a part
	MaxFile int64    `json:"maxfile"` // bytes of a file's plaintext
	Skew    int64    `json:"skew"`    // seconds by which clocks may differ unremarked
	Langs   []string `json:"langs"`
}

// A Position is a place in one party's stream of one epoch.
type Position struct {
	Party Party  `json:"party"`
	Items uint64 `json:"items"` // how many items are agreed
	Root  Hash   `json:"root"`  // of items 0..Items-1
}

// A Resume ends a halt: both roots agree where the old epoch ended. Epoch is
// the new one.
type Resume struct {
	V       int        `json:"v"` // 1
	Channel Hash       `json:"channel"`
	Epoch   uint64     `json:"epoch"`
	Last    []Position `json:"last"` // sorted by party
	Time    Time       `json:"time"`
}

// A Halt carries the proof that ended an epoch: two headers of one number, or a
// receipt of a root that the stream never had. It proves itself and is not signed.
type Halt struct {
	V       int      `json:"v"` // 1
	Channel Hash     `json:"channel"`
	Epoch   uint64   `json:"epoch"`
	Proof   []Signed `json:"proof"`
}

// A FileReceipt says that a file's ciphertext has arrived whole.
type FileReceipt struct {
	V         int    `json:"v"` // 1
	Statement Hash   `json:"statement"`
	I         int    `json:"i"`
	Cipher    Hash   `json:"cipher"`
	Size      int64  `json:"size"` // of the ciphertext
	Result    string `json:"result"`
}
