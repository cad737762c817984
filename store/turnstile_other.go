//go:build !unix

package store

type turnstile struct{}

func newTurnstile(string) turnstile { return turnstile{} }

func (turnstile) enter() (leave func()) { return func() {} }

func (turnstile) close() {}
