// Package evidence writes and checks case files: one matter, with all that a
// stranger needs to check it offline, and nothing else of either stream.
//
//	export   the matter's statements, the items that carried them, the receipts
//	         that cosigned those, and the proofs between ([CaseWriter])
//	verify   with two root keys and no network ([Verify]); a file that does not
//	         hold is told by a [Fault] with a code
//
// docs/spec/casefile.md says what it proves, and what it cannot.
package evidence

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"comity"
	"comity/seal"
)

// caseMark is how a case file begins.
const caseMark = "comity-case/1"

// A CaseHead says what a case file is about.
type CaseHead struct {
	V       int            `json:"v"` // 1
	Realm   comity.Realm   `json:"realm"`
	Matter  comity.Ref     `json:"matter"`
	By      comity.Party   `json:"by"`
	Parties []comity.Party `json:"parties"` // both, sorted
	Time    comity.Time    `json:"time"`
}

func (h CaseHead) check() error {
	if h.V != 1 {
		return comity.Fieldf("v", "%d is not a version that this program has, such as 1", h.V)
	}
	if _, err := comity.ParseRealm(string(h.Realm)); err != nil {
		return err
	}
	if _, err := comity.ParseRef(string(h.Matter)); err != nil {
		return err
	}
	if len(h.Parties) != 2 || h.Parties[0] >= h.Parties[1] || !slices.Contains(h.Parties, h.By) {
		return comity.Fieldf("parties", "they are not two, in alphabetical order, with the one that wrote the file")
	}
	for _, p := range h.Parties {
		if _, err := comity.ParseParty(string(p)); err != nil {
			return err
		}
	}
	if h.Time.IsZero() || h.Time.Year() < 1 {
		return comity.Fieldf("time", "it is empty; write a time such as %q", "2026-11-22T03:14:28.000Z")
	}
	return nil
}

// other returns the party that p exchanges with.
func (h CaseHead) other(p comity.Party) comity.Party {
	if p == h.Parties[0] {
		return h.Parties[1]
	}
	return h.Parties[0]
}

// A Proof leads from one header to the root that a receipt of its peer signs.
type Proof struct {
	From    comity.Party  `json:"from"`
	Epoch   uint64        `json:"epoch"`
	Seq     uint64        `json:"seq"`
	Receipt uint64        `json:"receipt"` // the number of the receipt's item in the other direction
	Path    []comity.Hash `json:"path"`
}

type fileHead struct {
	Statement comity.Hash `json:"statement"`
	I         int         `json:"i"`
	Size      int64       `json:"size"`
}

type caseEnd struct {
	Records uint64      `json:"records"`
	Hash    comity.Hash `json:"hash"`
}

// A Place is an item's in the streams of a case file. Items come in order of
// their places, statements in order of their items' and then of their own.
type Place struct {
	From  comity.Party `json:"from"`
	Epoch uint64       `json:"epoch"`
	Seq   uint64       `json:"seq"`
}

// Compare orders places by party, epoch and number.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(p.From, q.From), cmp.Compare(p.Epoch, q.Epoch), cmp.Compare(p.Seq, q.Seq))
}

func (p Place) String() string { return fmt.Sprintf("%s/%d/%d", p.From, p.Epoch, p.Seq) }

func placeOf(h comity.Header) Place { return Place{h.From, h.Epoch, h.Seq} }

// A Fault is why a case file is not to be believed, with its code in
// docs/spec/casefile.md. It is Untrusted.
type Fault struct {
	Code string
	What string
}

func (f *Fault) Error() string { return f.Code + ": " + f.What }

// Unwrap lets errors.Is find the kind of trouble.
func (f *Fault) Unwrap() error { return comity.Untrusted }

func faultf(code, format string, args ...any) error {
	return &Fault{code, fmt.Sprintf(format, args...)}
}

// Trust is what a verifier must know by a way of its own: the name of the root
// key of each party's chain entry 0.
type Trust struct {
	V       int                          `json:"v"` // 1
	Parties map[comity.Party]comity.Hash `json:"parties"`
}

// ParseTrust reads a trust file, whose only freedom is white space.
func ParseTrust(b []byte) (Trust, error) {
	var t Trust
	var dense bytes.Buffer
	err := json.Compact(&dense, b)
	if err == nil {
		err = seal.Decode(dense.Bytes(), maxJSON, &t)
	}
	if err != nil || t.V != 1 || len(t.Parties) == 0 {
		return Trust{}, comity.Errorf(comity.Invalid, `the trust file is not like {"v":1,"parties":{"cn":"HASH","us":"HASH"}}: %v`, err)
	}
	for p, h := range t.Parties {
		if _, err := comity.ParseParty(string(p)); err != nil {
			return Trust{}, err
		}
		if h.IsZero() {
			return Trust{}, comity.Errorf(comity.Invalid, "the trust file has no hash for %s", p)
		}
	}
	return t, nil
}

// Encode returns the trust file's bytes.
func (t Trust) Encode() ([]byte, error) {
	t.V = 1
	b, err := json.MarshalIndent(t, "", "  ")
	return append(b, '\n'), err
}
