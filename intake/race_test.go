//go:build race

package intake_test

// The race detector makes everything ten times as slow.
const race = true
