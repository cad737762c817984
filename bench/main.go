// Command bench measures this program against its own targets, and against what
// else there is, on the machine at hand.
//
//	go run ./bench             every part
//	go run ./bench exchange    two nodes exchange requests
//	go run ./bench desk        pages, lists, reviews, searches and checks beside 100,000 requests
//	go run ./bench desk-postgresql
//
// It prints a table for people and writes bench/results/PART.json for programs.
// Each figure is the median of five runs. BENCH_QUICK=1 does everything smaller,
// to see that it works: its figures are marked and go to PART.quick.json.
// BENCH_ONLY=latency,verify does some sections of a part, and BENCH_PROFILE=DIR
// leaves CPU profiles of both nodes there; neither writes a file of results.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// parts are what can be measured, by the word that asks for it.
var parts = map[string]func(context.Context, *results) error{
	"desk":            deskPart,
	"desk-postgresql": deskPostgres,
	"exchange":        exchangePart,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	if len(names) == 0 {
		for name := range parts {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	for _, name := range names {
		part, ok := parts[name]
		if !ok {
			return fmt.Errorf("there is no part %q; there are desk, desk-postgresql and exchange", name)
		}
		r := newResults(name)
		if err := part(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.print(os.Stdout)
		if err := r.write("bench/results"); err != nil {
			return err
		}
	}
	return nil
}

// quick reports whether everything is to be smaller.
func quick() bool { return os.Getenv("BENCH_QUICK") != "" }

// only reports whether a section is wanted.
func only(section string) bool {
	some := os.Getenv("BENCH_ONLY")
	return some == "" || slices.Contains(strings.Split(some, ","), section)
}

// pick returns a number for the full bench or for the quick one.
func pick[T any](full, small T) T {
	if quick() {
		return small
	}
	return full
}
