package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"comity"
	"comity/disk"
)

// ReadInput reads a file that field names, or standard input if its name is "-".
func (a *App) ReadInput(field, name string, limit int64) ([]byte, error) {
	r := a.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, disk.Error(field, name, err)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, disk.Error(field, name, err)
	}
	if int64(len(b)) > limit {
		return nil, &comity.Error{Kind: comity.TooMuch, Field: field, Text: fmt.Sprintf("%s has more than %d bytes", name, limit)}
	}
	return b, nil
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
