package store

import (
	"os"
	"syscall"
)

// A turnstile lets the processes that write one SQLite file take turns. SQLite's
// own way of waiting is to sleep and look again, and a process that writes
// without a pause can keep another out for its whole patience; the kernel wakes
// who waits for a lock of its own. Without the file nothing is worse than before.
type turnstile struct{ f *os.File }

func newTurnstile(name string) turnstile {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return turnstile{}
	}
	return turnstile{f}
}

// enter waits for its turn, and returns how to leave.
func (t turnstile) enter() (leave func()) {
	if t.f == nil {
		return func() {}
	}
	fd := int(t.f.Fd())
	for syscall.Flock(fd, syscall.LOCK_EX) == syscall.EINTR {
	}
	return func() { syscall.Flock(fd, syscall.LOCK_UN) }
}

func (t turnstile) close() {
	if t.f != nil {
		t.f.Close()
	}
}
