//go:build race

package exchange_test

// seeds are fewer under the race detector, which is slow and finds nothing in pure code.
const seeds = 100
