// Package meter shows a person at a terminal how far long work has come, and lets
// them interrupt it.
package meter

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// slow is the size from which a person wants to see that something happens.
const slow = 64 << 20

// often is how long a figure stands before another takes its place.
const often = 200 * time.Millisecond

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Reader returns r until ctx ends, and shows on out, if it is a terminal, how far a
// large one has been read. Size 0 is not known.
func Reader(ctx context.Context, out io.Writer, r io.Reader, name string, size int64) io.Reader {
	r = &stoppable{ctx, r}
	if size < slow || !terminal(out) {
		return r
	}
	return &reading{r: r, out: out, name: name, size: size}
}

type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

type reading struct {
	r    io.Reader
	out  io.Writer
	name string
	size int64
	done int64
	last time.Time
}

func (m *reading) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.done += int64(n)
	if now := time.Now(); now.Sub(m.last) > often || err != nil {
		m.last = now
		fmt.Fprintf(m.out, "\r%s %3d %%", m.name, m.done*100/max(1, m.size))
		if err != nil {
			fmt.Fprintln(m.out)
		}
	}
	return n, err
}

// Count returns what shows on out, if it is a terminal, how much has been done; before
// so much it says nothing.
func Count(out io.Writer, what string, quiet int) func(done int) {
	if !terminal(out) {
		return func(int) {}
	}
	return count(out, what, quiet)
}

func count(out io.Writer, what string, quiet int) func(int) {
	last := time.Time{}
	return func(done int) {
		if now := time.Now(); done >= quiet && now.Sub(last) > often {
			last = now
			fmt.Fprintf(out, "\r%s %d ", what, done)
		}
	}
}
