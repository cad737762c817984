package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"strings"

	"comity"
	"comity/roster"
	"comity/seal"
)

// The records of a case file in their order, and the most that one holds of a
// file's contents.
const (
	caseOrder = "GcAQIVTDz"
	maxChunk  = 1 << 20
)

// A CaseWriter writes a case file as it is given its records, in their order:
// parties, profiles, items, proofs, statements, files. It checks the order of
// kinds and of items, not the contents: that is [Verify]'s.
type CaseWriter struct {
	w    *bufio.Writer
	sum  hash.Hash
	n    uint64
	kind byte
	last Place
	err  error
}

// NewCaseWriter begins a case file.
func NewCaseWriter(w io.Writer, h CaseHead) *CaseWriter {
	c := &CaseWriter{w: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), kind: 'G'}
	h.V = 1
	if c.err = h.check(); c.err != nil {
		return c
	}
	c.record('G', []byte(caseMark))
	c.json('c', h)
	return c
}

// Party adds a party's file, without its prekey. Parties come in order.
func (c *CaseWriter) Party(f roster.File) error {
	f.Prekey = nil
	return c.record('A', f.Encode())
}

// Profile adds a profile that an item names.
func (c *CaseWriter) Profile(s comity.Signed) error { return c.record('Q', seal.EncodeSigned(s)) }

// Item adds an item, without what is sealed. Items come in order of their places.
func (c *CaseWriter) Item(it comity.Item) error {
	it.Sealed = nil
	c.inOrder('I', placeOf(it.Header))
	return c.record('I', seal.EncodeItem(it))
}

// Proof adds a proof. Proofs come in order of their items' places.
func (c *CaseWriter) Proof(p Proof) error {
	c.inOrder('V', Place{p.From, p.Epoch, p.Seq})
	return c.json('V', p)
}

// Statement adds a statement of the matter. Statements come in order of their
// items' places, and as their headers name them.
func (c *CaseWriter) Statement(s comity.Statement) error {
	return c.record('T', seal.EncodeStatement(s))
}

// File adds the content of file i of a statement, of size bytes.
func (c *CaseWriter) File(statement comity.Hash, i int, size int64, r io.Reader) error {
	c.json('D', fileHead{statement, i, size})
	c.kind = 'D'
	for buf := make([]byte, min(size, maxChunk)); size > 0 && c.err == nil; {
		n, err := io.ReadFull(r, buf[:min(size, maxChunk)])
		if err != nil {
			c.err = comity.Errorf(comity.Invalid, "file %d of %s ends %d bytes early: %v", i, statement.Short(), size-int64(n), err)
			break
		}
		c.put('d', buf[:n])
		size -= int64(n)
	}
	return c.err
}

// Close ends the file. It does not close what it was written to.
func (c *CaseWriter) Close() error {
	c.json('z', caseEnd{c.n, comity.Hash(c.sum.Sum(nil))})
	if c.err != nil {
		return c.err
	}
	return c.w.Flush()
}

func (c *CaseWriter) json(tag byte, v any) error {
	b, err := seal.Encode(v)
	if err != nil && c.err == nil {
		c.err = err
	}
	return c.record(tag, b)
}

func (c *CaseWriter) record(tag byte, value []byte) error {
	if strings.IndexByte(caseOrder, tag) < strings.IndexByte(caseOrder, c.kind) && c.err == nil {
		c.err = comity.Errorf(comity.Invalid, "a case file has no record %q after %q", tag, c.kind)
	}
	c.kind = tag
	c.put(tag, value)
	return c.err
}

func (c *CaseWriter) inOrder(tag byte, p Place) {
	if c.kind == tag && c.last.Compare(p) >= 0 && c.err == nil {
		c.err = comity.Errorf(comity.Invalid, "item %s does not come after %s", p, c.last)
	}
	c.last = p
}

func (c *CaseWriter) put(tag byte, value []byte) {
	if c.err != nil {
		return
	}
	head := binary.BigEndian.AppendUint32([]byte{tag}, uint32(len(value)))
	out := io.MultiWriter(c.w, c.sum)
	if _, c.err = out.Write(head); c.err == nil {
		_, c.err = out.Write(value)
	}
	c.n++
}
