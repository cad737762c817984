package seal

import (
	"comity"
)

// EncodeItem returns it as records. Without Sealed, an item with statements is
// written bare, as a case file has it.
func EncodeItem(it comity.Item) []byte {
	n := len(it.Bytes) + 512 + len(it.Control)
	if it.Sealed != nil {
		n += 64 + len(it.Sealed.Ct)
	}
	return appendItem(make([]byte, 0, n), it)
}

func appendItem(b []byte, it comity.Item) []byte {
	b = AppendRecord(b, 'H', it.Bytes)
	b = appendSigs(b, it.Sigs)
	if it.Sealed != nil {
		b = appendHead(b, 'E', len(it.Sealed.Prekey)+len(it.Sealed.Ct))
		b = append(append(b, it.Sealed.Prekey[:]...), it.Sealed.Ct...)
	}
	if it.Header.Control != nil {
		b = AppendRecord(b, 'C', it.Control)
	}
	return b
}

// DecodeItem reads an item of at most limit bytes. It checks the header and
// that a control is the one which the header names, but no signature. Its error
// is a [Refusal] of a code for a rejection: size, header, signature, control or
// seal.
func DecodeItem(b []byte, limit int64) (comity.Item, error) { return decodeItem(b, limit, false) }

// DecodeBareItem reads an item as a case file has it: without Sealed.
func DecodeBareItem(b []byte, limit int64) (comity.Item, error) { return decodeItem(b, limit, true) }

func decodeItem(b []byte, limit int64, bare bool) (comity.Item, error) {
	if int64(len(b)) > limit {
		return comity.Item{}, refusef("size", "the item has %d bytes; the limit is %d", len(b), limit)
	}
	rs := NewRecords(b)
	head, err := rs.Take('H')
	if err != nil {
		return comity.Item{}, refuse("header", err)
	}
	h, err := DecodeHeader(head)
	if err != nil {
		return comity.Item{}, refuse("header", err)
	}
	sigs, err := takeSigs(rs)
	if err != nil {
		return comity.Item{}, refuse("signature", err)
	}
	it := comity.Item{Header: h, Bytes: head, Sigs: sigs}
	code := "header"
	switch {
	case h.Statements != nil && !bare:
		code = "seal"
		it.Sealed, err = takeSealed(rs)
	case h.Control != nil:
		code = "control"
		it.Control, err = takeControl(rs, *h.Control)
	}
	if err == nil {
		err = rs.End()
	}
	if err != nil {
		return comity.Item{}, refuse(code, err)
	}
	return it, nil
}

func takeSealed(rs *Records) (*comity.Sealed, error) {
	v, err := rs.Take('E')
	if err != nil {
		return nil, err
	}
	n := len(comity.Hash{})
	if len(v) <= n {
		return nil, comity.Errorf(comity.Invalid, "the sealed statements have only %d bytes", len(v))
	}
	s := &comity.Sealed{Prekey: comity.Hash(v[:n]), Ct: v[n:]}
	if s.Prekey.IsZero() {
		return nil, comity.Errorf(comity.Invalid, "the sealed statements name no prekey")
	}
	return s, nil
}

func takeControl(rs *Records, c comity.Control) ([]byte, error) {
	v, err := rs.Take('C')
	if err != nil {
		return nil, err
	}
	s, err := DecodeSigned(v, int64(len(v)))
	if err != nil {
		return nil, err
	}
	if H(c.Type, s.Bytes) != c.Hash {
		return nil, comity.Errorf(comity.Invalid, "the %s is not the one that the header names", c.Type)
	}
	return v, nil
}
