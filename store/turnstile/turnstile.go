// Package turnstile lets processes take turns by a lock on a file.
package turnstile

import (
	"os"
	"syscall"
)

// A Turnstile lets the processes that write one SQLite file take turns. SQLite's
// own way of waiting is to sleep and look again, and a process that writes
// without a pause can keep another out for its whole patience; the kernel wakes
// who waits for a lock of its own. Without the file nothing is worse than before.
type Turnstile struct{ f *os.File }

// New returns the turnstile of the file name, which it makes if there is none.
func New(name string) Turnstile {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return Turnstile{}
	}
	return Turnstile{f}
}

// Enter waits for its turn, and returns how to leave.
func (t Turnstile) Enter() (leave func()) {
	if t.f == nil {
		return func() {}
	}
	fd := int(t.f.Fd())
	for syscall.Flock(fd, syscall.LOCK_EX) == syscall.EINTR {
	}
	return func() { syscall.Flock(fd, syscall.LOCK_UN) }
}

// Close closes the file.
func (t Turnstile) Close() {
	if t.f != nil {
		t.f.Close()
	}
}
