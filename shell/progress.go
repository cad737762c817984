package shell

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// slow is the size from which a person wants to see that something happens.
const slow = 64 << 20

// Progress returns r, and shows on a terminal how far it has been read.
func (a *App) Progress(r *os.File, name string) io.Reader {
	size := int64(0) // of what is no file
	if st, err := r.Stat(); err == nil {
		size = st.Size()
	}
	return a.Metered(r, name, size)
}

// Metered returns r, and shows on a terminal how far a large one has been read.
func (a *App) Metered(r io.Reader, name string, size int64) io.Reader {
	r = &stoppable{r, a}
	if out, ok := a.Stderr.(*os.File); ok && size >= slow && term.IsTerminal(int(out.Fd())) {
		return &meter{r: r, out: out, name: Plain(name), size: size}
	}
	return r
}

// stoppable ends a long read when the command is interrupted.
type stoppable struct {
	r io.Reader
	a *App
}

func (s *stoppable) Read(b []byte) (int, error) {
	if err := s.a.Ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

type meter struct {
	r    io.Reader
	out  io.Writer
	name string
	size int64
	done int64
	last time.Time
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.done += int64(n)
	if now := time.Now(); now.Sub(m.last) > 200*time.Millisecond || err != nil {
		m.last = now
		fmt.Fprintf(m.out, "\r%s %3d %%", m.name, m.done*100/max(1, m.size))
		if err != nil {
			fmt.Fprintln(m.out)
		}
	}
	return n, err
}
