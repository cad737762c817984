// Package ledger proves what was said, in which order.
//
// Each direction of a channel is a log in the form of RFC 6962: its leaves are
// the headers of one party's items. The sender states the root of all headers
// before it in each header, the receiver computes the same root from what has
// arrived and signs it in a receipt. From then on neither can change, drop or
// reorder an item without showing two signed roots that differ.
//
//	append   a header becomes a leaf, in the transaction that records it ([Append])
//	prove    a path leads from a header to a root that a receipt signs ([Prove])
//
// What a stranger makes of it offline is package evidence's.
//
// The hashes of a log are stored as package tlog of golang.org/x/mod orders
// them, by anything that is a [Log].
package ledger

import (
	"crypto/sha256"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"comity"
)

// A Log stores the hashes of one log. Hashes are only ever added: first is how
// many there are already.
type Log interface {
	tlog.HashReader
	AddHashes(first int64, hashes []tlog.Hash) error
}

// EmptyRoot is the root of a log without headers.
func EmptyRoot() comity.Hash { return sha256.Sum256(nil) }

// Append adds header as leaf n of a log of n leaves, and returns the new root.
// It reads the log once and adds to it once.
func Append(log Log, n uint64, header []byte) (comity.Hash, error) {
	t, err := ReadTree(log, n)
	if err != nil {
		return comity.Hash{}, err
	}
	hashes := t.Add(header)
	if err := log.AddHashes(tlog.StoredHashCount(int64(n)), hashes); err != nil {
		return comity.Hash{}, err
	}
	return t.Root(), nil
}

// Root returns the root of the first n leaves of log.
func Root(log tlog.HashReader, n uint64) (comity.Hash, error) {
	t, err := ReadTree(log, n)
	if err != nil {
		return comity.Hash{}, err
	}
	return t.Root(), nil
}

// A Tree is the right edge of a log: enough to add leaves and to know each root
// without reading any more. The zero Tree is empty.
type Tree struct {
	Size uint64
	edge []tlog.Hash // the roots of the perfect trees that Size's bits stand for, largest first
}

// ReadTree returns the tree of the first n leaves of log.
func ReadTree(log tlog.HashReader, n uint64) (Tree, error) {
	if n >= 1<<53 {
		return Tree{}, comity.Errorf(comity.TooMuch, "a log has fewer than 2^53 leaves")
	}
	var at []int64
	for left := n; left > 0; {
		level := bits.Len64(left) - 1
		left -= 1 << level
		at = append(at, tlog.StoredHashIndex(level, int64((n-left)>>level)-1))
	}
	if n == 0 {
		return Tree{}, nil
	}
	edge, err := log.ReadHashes(at)
	if err != nil {
		return Tree{}, err
	}
	if len(edge) != len(at) {
		return Tree{}, comity.Errorf(comity.Unavailable, "the log gave %d hashes for %d", len(edge), len(at))
	}
	return Tree{n, edge}, nil
}

// Add adds a leaf and returns the hashes to store for it.
func (t *Tree) Add(header []byte) []tlog.Hash {
	h := tlog.RecordHash(header)
	stored := []tlog.Hash{h}
	edge := t.edge[:len(t.edge):len(t.edge)] // a copy of t keeps its edge
	for range bits.TrailingZeros64(^t.Size) {
		h = tlog.NodeHash(edge[len(edge)-1], h)
		edge = edge[: len(edge)-1 : len(edge)-1]
		stored = append(stored, h)
	}
	t.Size, t.edge = t.Size+1, append(edge, h)
	return stored
}

// Root returns the root of the leaves so far.
func (t *Tree) Root() comity.Hash {
	if len(t.edge) == 0 {
		return EmptyRoot()
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.edge[i], h)
	}
	return comity.Hash(h)
}

// Prove returns the path from leaf seq to the root of the first size leaves:
// siblings from the leaf upwards.
func Prove(log tlog.HashReader, seq, size uint64) ([]comity.Hash, error) {
	if seq >= size || size >= 1<<53 {
		return nil, comity.Errorf(comity.Invalid, "leaf %d is not in a log of %d", seq, size)
	}
	p, err := tlog.ProveRecord(int64(size), int64(seq), log)
	if err != nil {
		return nil, err
	}
	path := make([]comity.Hash, len(p))
	for i, h := range p {
		path[i] = comity.Hash(h)
	}
	return path, nil
}

// CheckProof checks that path leads from header, as leaf seq, to the root of
// size leaves.
func CheckProof(path []comity.Hash, seq, size uint64, root comity.Hash, header []byte) error {
	if seq >= size || size >= 1<<53 {
		return comity.Errorf(comity.Untrusted, "leaf %d is not in a log of %d", seq, size)
	}
	p := make(tlog.RecordProof, len(path))
	for i, h := range path {
		p[i] = tlog.Hash(h)
	}
	if err := tlog.CheckRecord(p, int64(size), tlog.Hash(root), int64(seq), tlog.RecordHash(header)); err != nil {
		return comity.Errorf(comity.Untrusted, "the path from header %d does not lead to the root of %d headers", seq, size)
	}
	return nil
}

// Memory is a Log in memory, for tests and benchmarks.
type Memory struct{ hashes []tlog.Hash }

// ReadHashes is of [tlog.HashReader].
func (m *Memory) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		if n < 0 || n >= int64(len(m.hashes)) {
			return nil, comity.Errorf(comity.NotFound, "the log has no hash %d", n)
		}
		out[i] = m.hashes[n]
	}
	return out, nil
}

// AddHashes is of [Log].
func (m *Memory) AddHashes(first int64, hashes []tlog.Hash) error {
	if first != int64(len(m.hashes)) {
		return comity.Errorf(comity.Conflict, "the log has %d hashes, not %d", len(m.hashes), first)
	}
	m.hashes = append(m.hashes, hashes...)
	return nil
}
