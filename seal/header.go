package seal

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"comity"
)

const (
	headerLimit   = 1 << 18 // bytes
	maxStatements = 64
)

var (
	codeForm = regexp.MustCompile(`^[a-z]{1,16}$`)
	controls = []string{"chain", "roster", "prekey", "profile", "filereceipt"}
)

// EncodeHeader checks h and returns its one spelling: what nodes sign.
func EncodeHeader(h comity.Header) ([]byte, error) {
	if err := checkHeader(h); err != nil {
		return nil, err
	}
	return Encode(h)
}

// DecodeHeader reads and checks a header.
func DecodeHeader(b []byte) (comity.Header, error) {
	var h comity.Header
	if err := Decode(b, headerLimit, &h); err != nil {
		return comity.Header{}, err
	}
	if err := checkHeader(h); err != nil {
		return comity.Header{}, err
	}
	return h, nil
}

func checkHeader(h comity.Header) error {
	_, suite := ownSuiteOf(h.Suite)
	err := cmp.Or(
		checkVersion(h.V), checkHash("channel", h.Channel), checkParty("from", h.From),
		checkHash("root", h.Root), checkHash("profile", h.Profile), checkHash("chain", h.Chain),
		checkHash("roster", h.Roster), suite, checkHash("key", h.Key), checkTime("time", h.Time))
	if err != nil {
		return err
	}
	n := 0
	if h.Statements != nil {
		n++
		if err := checkIDs(h.Statements); err != nil {
			return err
		}
	}
	if h.Receipt != nil {
		n++
		if err := checkReceipt(*h.Receipt); err != nil {
			return err
		}
	}
	if h.Control != nil {
		n++
		if !slices.Contains(controls, h.Control.Type) {
			return comity.Fieldf("control.type", "%q is not a control, such as %q", comity.Clip(h.Control.Type), "prekey")
		}
		if err := checkHash("control.hash", h.Control.Hash); err != nil {
			return err
		}
	}
	if n != 1 {
		return comity.Errorf(comity.Invalid, "a header has exactly one of statements, receipt and control, not %d", n)
	}
	return nil
}

func checkIDs(ids []comity.Hash) error {
	if len(ids) == 0 || len(ids) > maxStatements {
		return comity.Fieldf("statements", "there are %d; an item has 1 to %d", len(ids), maxStatements)
	}
	for i, id := range ids {
		field := fmt.Sprintf("statements[%d]", i)
		if err := checkHash(field, id); err != nil {
			return err
		}
		if slices.Contains(ids[:i], id) {
			return comity.Fieldf(field, "%s is in the item already", id.Short())
		}
	}
	return nil
}

// refusals are the codes that a receipt may give, §4.
var refusals = []string{"manifest", "duplicate", "recipient", "signature", "seat", "class", "part", "kind", "body", "matter"}

func checkReceipt(r comity.Receipt) error {
	if err := checkHash("receipt.root", r.Root); err != nil {
		return err
	}
	for i, x := range r.Refused {
		field := fmt.Sprintf("receipt.refused[%d]", i)
		if x.Seq > r.Upto {
			return comity.Fieldf(field+".seq", "%d is after the receipt's upto, %d", x.Seq, r.Upto)
		}
		if x.I < 0 || x.I >= maxStatements {
			return comity.Fieldf(field+".i", "%d is not a place in an item, such as 0", x.I)
		}
		if !slices.Contains(refusals, x.Code) {
			return comity.Fieldf(field+".code", "%q is not a code, such as %q", comity.Clip(x.Code), "body")
		}
		if i > 0 {
			if y := r.Refused[i-1]; x.Seq < y.Seq || x.Seq == y.Seq && x.I <= y.I {
				return comity.Fieldf(field, "statements must come once and in stream order")
			}
		}
	}
	return nil
}
