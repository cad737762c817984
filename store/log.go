package store

import (
	"fmt"
	"strings"

	"comity"

	"golang.org/x/mod/sumdb/tlog"
)

// A Log is the Merkle tree of one stream: the stored hashes of x/mod's tlog.
type Log struct {
	tx    *Tx
	ch    comity.Hash
	epoch uint64
	mine  bool
}

var _ tlog.HashReader = Log{}

// Log returns the tree of a stream.
func (tx *Tx) Log(ch comity.Hash, epoch uint64, mine bool) Log { return Log{tx, ch, epoch, mine} }

type logHash struct {
	i int64
	h comity.Hash
}

func (l *logHash) fields() []any { return []any{&l.i, toHash(&l.h)} }

// ReadHashes returns the hashes of the given numbers, in their order.
func (l Log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, 0, len(indexes))
	for len(indexes) > 0 {
		n := min(len(indexes), 256)
		some, err := l.read(indexes[:n])
		if err != nil {
			return nil, err
		}
		out, indexes = append(out, some...), indexes[n:]
	}
	return out, nil
}

func (l Log) read(indexes []int64) ([]tlog.Hash, error) {
	// A power of two of parameters, so that few texts are ever prepared.
	width := 1
	for width < len(indexes) {
		width *= 2
	}
	args := append(make([]any, 0, 3+width), hash(l.ch), int64(l.epoch), bit(l.mine))
	for i := range width {
		args = append(args, indexes[min(i, len(indexes)-1)])
	}
	got, err := list[logHash](l.tx, readHashes[width], args...)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]comity.Hash, len(got))
	for _, g := range got {
		at[g.i] = g.h
	}
	out := make([]tlog.Hash, len(indexes))
	for k, i := range indexes {
		h, ok := at[i]
		if !ok {
			return nil, Absent("hash %d of the log of channel %s", i, l.ch.Short())
		}
		out[k] = tlog.Hash(h)
	}
	return out, nil
}

var readHashes = func() map[int]string {
	texts := make(map[int]string)
	for width := 1; width <= 256; width *= 2 {
		var b strings.Builder
		for i := range width {
			fmt.Fprintf(&b, ", $%d", i+4)
		}
		texts[width] = "SELECT i, hash FROM loghash WHERE channel = $1 AND epoch = $2 AND mine = $3 AND i IN (" + b.String()[2:] + ")"
	}
	return texts
}()

// AddHashes stores hashes from number first on. A number that is taken is a
// Conflict.
func (l Log) AddHashes(first int64, hashes []tlog.Hash) error {
	for len(hashes) > 0 {
		// Most appends store one hash or two.
		n := min(len(hashes), 8)
		args := append(make([]any, 0, 3+2*n), hash(l.ch), int64(l.epoch), bit(l.mine))
		for k, h := range hashes[:n] {
			args = append(args, first+int64(k), h[:])
		}
		done, err := l.tx.Exec(addHashes[n], args...)
		if err != nil {
			return err
		}
		if done < n {
			return comity.Errorf(comity.Conflict, "the log of channel %s has moved on from %d", l.ch.Short(), first)
		}
		first, hashes = first+int64(n), hashes[n:]
	}
	return nil
}

var addHashes = func() map[int]string {
	texts := make(map[int]string)
	for n := 1; n <= 8; n++ {
		var b strings.Builder
		for k := range n {
			fmt.Fprintf(&b, ", ($1, $2, $3, $%d, $%d)", 4+2*k, 5+2*k)
		}
		texts[n] = "INSERT INTO loghash (channel, epoch, mine, i, hash) VALUES " + b.String()[2:] + " ON CONFLICT DO NOTHING"
	}
	return texts
}()
