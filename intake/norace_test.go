//go:build !race

package intake_test

const race = false
