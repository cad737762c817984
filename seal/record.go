package seal

import (
	"bufio"
	"encoding/binary"
	"io"

	"comity"
)

// AppendRecord appends one record to b: a tag, the length of value in four
// bytes, and value, which is shorter than 4 GiB.
func AppendRecord(b []byte, tag byte, value []byte) []byte {
	return append(appendHead(b, tag, len(value)), value...)
}

func appendHead(b []byte, tag byte, n int) []byte {
	return binary.BigEndian.AppendUint32(append(b, tag), uint32(n))
}

// Records walks through a list of records:
//
//	rs := seal.NewRecords(b)
//	for rs.Next() {
//		use(rs.Tag, rs.Value)
//	}
//	return rs.Err()
type Records struct {
	Tag   byte
	Value []byte // shares memory with the list

	rest   []byte
	broken bool
}

// NewRecords returns the records of b, before the first.
func NewRecords(b []byte) *Records { return &Records{rest: b} }

// Next steps to the next record. It returns false at the end, and at a record
// that is cut short.
func (r *Records) Next() bool {
	r.Tag, r.Value = 0, nil
	if len(r.rest) == 0 || r.broken {
		return false
	}
	if len(r.rest) < 5 || uint64(len(r.rest)-5) < uint64(binary.BigEndian.Uint32(r.rest[1:])) {
		r.broken = true
		return false
	}
	end := 5 + int(binary.BigEndian.Uint32(r.rest[1:]))
	r.Tag, r.Value, r.rest = r.rest[0], r.rest[5:end:end], r.rest[end:]
	return true
}

// Err returns an error if Next met a record that is cut short.
func (r *Records) Err() error {
	if r.broken {
		return comity.Errorf(comity.Invalid, "a record is cut short")
	}
	return nil
}

// Peek returns the tag of the next record, or 0 if there is none.
func (r *Records) Peek() byte {
	if len(r.rest) == 0 {
		return 0
	}
	return r.rest[0]
}

// Take steps to the next record and returns its value. It must have this tag.
func (r *Records) Take(tag byte) ([]byte, error) {
	if r.Peek() != tag {
		if r.Peek() == 0 {
			return nil, comity.Errorf(comity.Invalid, "it ends where a record %q should be", tag)
		}
		return nil, comity.Errorf(comity.Invalid, "it has a record %q where a record %q should be", r.Peek(), tag)
	}
	if !r.Next() {
		return nil, r.Err()
	}
	return r.Value, nil
}

// End returns an error if anything is left.
func (r *Records) End() error {
	if len(r.rest) > 0 {
		return comity.Errorf(comity.Invalid, "%d bytes follow its last record", len(r.rest))
	}
	return nil
}

// ReadRecord reads one record of at most limit bytes of value. The error is
// io.EOF if r is at its end, and io.ErrUnexpectedEOF if it ends in the record.
func ReadRecord(r *bufio.Reader, limit int64) (tag byte, value []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[1:]))
	if n > limit {
		return 0, nil, comity.Errorf(comity.Invalid, "a record %q has %d bytes; the limit is %d", head[0], n, limit)
	}
	// Grow with what arrives: a length is easily claimed.
	value, err = io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(value)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return 0, nil, err
	}
	return head[0], value, nil
}
