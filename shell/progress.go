package shell

import (
	"io"
	"os"

	"comity/meter"
)

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
	return meter.Reader(a.Ctx, a.Stderr, r, Plain(name), size)
}
