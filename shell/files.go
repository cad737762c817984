package shell

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"comity"
)

// FileError says what the system says of a file that a person named in field.
// What is not there is NotFound, whichever command looked for it.
func FileError(field, name string, err error) error {
	why := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		why = p.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &comity.Error{Kind: comity.NotFound, Field: field, Text: "there is no " + name}
	case errors.Is(err, fs.ErrPermission):
		return &comity.Error{Kind: comity.Forbidden, Field: field, Text: "this system does not let us at " + name}
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return comity.Fieldf(field, "%s: %v", name, why)
	}
	return fmt.Errorf("%s: %s: %w", field, name, why)
}

// ReadInput reads a file that field names, or standard input if its name is "-".
func (a *App) ReadInput(field, name string, limit int64) ([]byte, error) {
	r := a.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, FileError(field, name, err)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, FileError(field, name, err)
	}
	if int64(len(b)) > limit {
		return nil, &comity.Error{Kind: comity.TooMuch, Field: field, Text: fmt.Sprintf("%s has more than %d bytes", name, limit)}
	}
	return b, nil
}

// WriteFile has write fill a file that appears whole or not at all. It takes the
// place of a plain file only, and of that only if it may overwrite.
func WriteFile(field, name string, mode fs.FileMode, overwrite bool, write func(io.Writer) error) error {
	if st, err := os.Lstat(name); err == nil {
		switch {
		case !st.Mode().IsRegular():
			return comity.Fieldf(field, "%s is there and is no regular file (%s); name another", name, st.Mode().Type())
		case !overwrite:
			return Exists(field, name)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".comity-*.part") // mode 0600
	if err != nil {
		return FileError(field, filepath.Dir(name), err)
	}
	defer os.Remove(f.Name()) // after the renaming there is none
	if err = errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// Exists says that a file would be replaced.
func Exists(field, name string) error {
	return &comity.Error{Kind: comity.Conflict, Field: field, Text: name + " is there already; name another, or say --overwrite"}
}

// Bytes writes b, for WriteFile.
func Bytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

const lockName = "serve.lock"

// Hold keeps a second node from running in the same folder.
func Hold(dir string) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for range 10 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return f.Close, nil
		}
		time.Sleep(20 * time.Millisecond) // doctor has it for a moment, in Runs
	}
	return nil, errors.Join(comity.Errorf(comity.Unavailable, "a node runs in %s already; a second replica needs a folder of its own", dir), f.Close())
}

// Runs reports whether a node runs in this folder.
func (n *Node) Runs() bool {
	f, err := os.Open(filepath.Join(n.Dir, lockName))
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}
