package seal

import (
	"cmp"

	"comity"
)

// objectLimit bounds an object outside an item, and its signatures, in bytes.
const objectLimit = 1 << 20

// EncodeExchange returns x as records. Its items must be in order.
func EncodeExchange(x comity.Exchange) ([]byte, error) {
	if err := checkExchangeHead(x.Head); err != nil {
		return nil, err
	}
	head, err := Encode(x.Head)
	if err != nil {
		return nil, err
	}
	n := len(head) + 4096
	for _, it := range x.Items {
		n += len(it.Bytes) + len(it.Control) + 512
		if it.Sealed != nil {
			n += len(it.Sealed.Ct) + 64
		}
	}
	b := AppendRecord(make([]byte, 0, n), 'X', head)
	b = appendOptional(b, 'O', x.Hello)
	b = appendOptional(b, 'Q', x.Profile)
	b = appendOptional(b, 'U', x.Resume)
	if x.Halt != nil {
		b = AppendRecord(b, 'Y', x.Halt)
	}
	b = appendOptional(b, 'J', x.Reject)
	for i, it := range x.Items {
		if err := checkOrder(x.Items[:i], it); err != nil {
			return nil, err
		}
		at := len(b)
		b = appendItem(append(b, 'I', 0, 0, 0, 0), it)
		appendHead(b[:at], 'I', len(b)-at-5)
	}
	return b, nil
}

func appendOptional(b []byte, tag byte, s *comity.Signed) []byte {
	if s == nil {
		return b
	}
	at := len(b)
	b = appendSigned(append(b, tag, 0, 0, 0, 0), *s)
	appendHead(b[:at], tag, len(b)-at-5)
	return b
}

// DecodeExchange reads an exchange of at most limit bytes, whose items have at
// most item bytes each. It checks no signature, and of what is signed only the
// form; an item's fault is a [Refusal] as of [DecodeItem].
func DecodeExchange(b []byte, limit, item int64) (comity.Exchange, error) {
	if int64(len(b)) > limit {
		return comity.Exchange{}, refusef("size", "the exchange has %d bytes; the limit is %d", len(b), limit)
	}
	x, err := decodeExchange(NewRecords(b), item)
	if err != nil {
		return comity.Exchange{}, err
	}
	return x, nil
}

func decodeExchange(rs *Records, item int64) (comity.Exchange, error) {
	var x comity.Exchange
	head, err := rs.Take('X')
	if err != nil {
		return x, err
	}
	if err := Decode(head, 4096, &x.Head); err != nil {
		return x, err
	}
	if err := checkExchangeHead(x.Head); err != nil {
		return x, err
	}
	for _, o := range []struct {
		tag   byte
		into  **comity.Signed
		check func([]byte) error
	}{
		{'O', &x.Hello, checked(DecodeHello)},
		{'Q', &x.Profile, nil},
		{'U', &x.Resume, checked(DecodeResume)},
		{'Y', nil, checked(DecodeHalt)},
		{'J', &x.Reject, checked(DecodeRejection)},
	} {
		if rs.Peek() != o.tag {
			continue
		}
		b, err := rs.Take(o.tag)
		if err != nil {
			return x, err
		}
		if o.into == nil {
			x.Halt = b // the one that is not signed
		} else {
			s, err := DecodeSigned(b, objectLimit)
			if err != nil {
				return x, err
			}
			*o.into, b = &s, s.Bytes
		}
		if o.check != nil {
			if err := o.check(b); err != nil {
				return x, err
			}
		}
	}
	for rs.Peek() == 'I' {
		v, err := rs.Take('I')
		if err != nil {
			return x, err
		}
		it, err := DecodeItem(v, item)
		if err != nil {
			return x, err
		}
		if err := checkOrder(x.Items, it); err != nil {
			return x, err
		}
		x.Items = append(x.Items, it)
	}
	return x, rs.End()
}

// checked is a decoder of which only the error is wanted.
func checked[T any](decode func([]byte) (T, error)) func([]byte) error {
	return func(b []byte) error {
		_, err := decode(b)
		return err
	}
}

func checkExchangeHead(h comity.ExchangeHead) error {
	return cmp.Or(checkVersion(h.V), checkHash("channel", h.Channel), checkParty("from", h.From))
}

// checkOrder checks that it may follow before: items ascend by seq, and of one
// seq, when a node that lost its own items is given them back, by sender.
func checkOrder(before []comity.Item, it comity.Item) error {
	if len(before) == 0 {
		return nil
	}
	a, b := before[len(before)-1].Header, it.Header
	if a.Seq < b.Seq || a.Seq == b.Seq && a.From < b.From {
		return nil
	}
	return refusef("header", "item %d of %s may not follow item %d of %s", b.Seq, b.From, a.Seq, a.From)
}
