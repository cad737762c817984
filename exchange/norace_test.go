//go:build !race

package exchange_test

const seeds = 2000
