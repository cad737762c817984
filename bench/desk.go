package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"comity"
	"comity/bench/past"
	"comity/cabinet"
	"comity/cmd/comity/find"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/reports"
	"comity/config"
	"comity/desk"
	"comity/guide"
	"comity/review"
	"comity/shell"
	"comity/store"
	"comity/store/pgtest"
	"comity/testnet"
)

// deskPart measures what officers wait for at a desk with years of requests behind
// it, on SQLite.
func deskPart(ctx context.Context, r *results) error { return deskOn(ctx, r, "SQLite") }

// deskPostgres does so on PostgreSQL.
func deskPostgres(ctx context.Context, r *results) error { return deskOn(ctx, r, "PostgreSQL") }

func deskOn(ctx context.Context, r *results, engine string) error {
	err := errors.New("the parties could not be made")
	done := false
	testing.Benchmark(func(b *testing.B) { // package testnet makes parties for tests alone
		if done {
			return
		}
		done = true
		address := ""
		if engine == "PostgreSQL" {
			address = pgtest.URL(b)
		}
		err = desks(ctx, r, b, engine, address)
	})
	return err
}

func desks(ctx context.Context, r *results, b *testing.B, engine, address string) error {
	us, cn := testnet.New(b, "us", testnet.Options{Database: address}), testnet.New(b, "cn", testnet.Options{})
	testnet.Pair(b, us, cn)
	node, peer := testnet.Open(b, us, us.Node), testnet.Open(b, cn, cn.Node)
	if _, _, err := node.Ask(ctx, cn, 200); err != nil {
		return err
	}
	testnet.Settle(b, node, peer)
	count := pick(100_000, 2_000)
	fmt.Fprintf(os.Stderr, "bench: making a record of %d requests in %s\n", count, engine)
	f := past.New(testnet.Channel(us, cn), testnet.Request(600), time.Now().Add(-time.Minute))
	if err := f.Fill(ctx, node.DB, count); err != nil {
		return err
	}
	n := &shell.Node{Config: config.Config{Party: "us", Desk: config.Desk{URL: "http://localhost:8443"}}, Dir: us.Dir, DB: node.DB, Vault: node.Vault, Keeper: node.Keeper}
	quarter := review.Scope{Parties: [2]comity.Party{"us", "cn"}, Realm: comity.Live, From: f.End.AddDate(-1, -3, 0).UTC().Truncate(24 * time.Hour), To: f.End.AddDate(-1, 0, 0).UTC().Truncate(24 * time.Hour)}
	if only("commands") {
		began := time.Now()
		if _, err := reports.Figures(ctx, n, quarter, func(int) {}); err != nil {
			return err
		}
		first := r.less(fmt.Sprintf("%s: first review, %d requests measured", engine, count), "s", 0)
		first.add(time.Since(began).Seconds())
		first.Note = "once in the life of a record, or after the figures were dropped; it shows how far it is and may be interrupted"
	}

	began := time.Now()
	if err := n.UpToDate(ctx, func(int) {}); err != nil {
		return err
	}
	made := r.less(fmt.Sprintf("%s: agenda, %d lines made", engine, count), "s", 0)
	made.add(time.Since(began).Seconds())
	made.Note = "once in the life of a record, or after the guidelines changed, for what is open: serve makes it in the background"
	seat := node.Officers[0].Seat
	if !only("commands") {
		return pages(ctx, r, n, engine, seat)
	}
	// What the desk's own page reads, in a node that is open.
	queue := func() error {
		if err := n.UpToDate(ctx, func(int) {}); err != nil {
			return err
		}
		open := true
		f := store.Filter{Realm: comity.Live, Open: &open, Limit: 50}
		return n.DB.View(ctx, func(tx *store.Tx) error {
			page, err := n.Agenda(tx, f, cabinet.Place{})
			if err == nil && len(page) < pick(50, 5) {
				err = fmt.Errorf("the queue has %d lines", len(page))
			}
			if err == nil {
				_, err = n.Count(tx, f)
			}
			return err
		})
	}

	reviewed := func(s review.Scope) func() error {
		return func() error {
			c, err := reports.Figures(ctx, n, s, func(int) {})
			if err != nil {
				return err
			}
			rep, err := review.Compute(c.Matters, s)
			if err == nil && len(c.Matters) < count/40 {
				err = fmt.Errorf("only %d matters were reviewed", len(c.Matters))
			}
			if err == nil && rep.Digest() == (comity.Hash{}) { // what both sides compare is made too
				err = errors.New("the review has no digest")
			}
			return err
		}
	}
	now := quarter
	now.From, now.To = f.End.AddDate(0, -3, 0), f.End
	asked := f.Opening(count+1, "us", "cn", f.End)
	var like guide.Request // the same account as one of the past, and the same words
	if err := json.Unmarshal(testnet.Body(f.Opening(count/2, "us", "cn", f.End)), &like); err != nil {
		return err
	}
	plain := &desk.Desk{Keeper: n.Keeper, Rules: desk.Rules{Setting: n.Setting}}
	past := &desk.Desk{Keeper: n.Keeper, Rules: desk.Rules{Setting: n.Setting, Past: n.Past}}
	list := func(least int, args ...string) func() error {
		return func() error {
			var out bytes.Buffer
			a := &shell.App{Ctx: ctx, Dir: us.Dir, Lang: "en", Stdout: &out, Stderr: io.Discard}
			err := officer.Commands(a)["list"](append(args, "--limit", "50"))
			if n := bytes.Count(out.Bytes(), []byte{'\n'}); err == nil && n < least {
				err = fmt.Errorf("the list has %d lines, not %d", n, least)
			}
			return err
		}
	}
	checks := func(d *desk.Desk, r *guide.Request) func() error {
		return func() error { _, err := d.Check(ctx, comity.Live, "cn", r, nil); return err }
	}
	start, texts := time.Now(), 0
	for more := true; more; {
		err := node.DB.Update(ctx, func(tx *store.Tx) error {
			n, err := cabinet.Index(tx, 256)
			texts, more = texts+n, n > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	indexed := r.less(fmt.Sprintf("%s: %d texts indexed", engine, texts), "s", 0)
	indexed.add(time.Since(start).Seconds())
	indexed.Note = "once in the life of a record that is older than search; the running node does it beside its work"
	finds := func(least int, words ...string) func() error {
		return func() error {
			var out bytes.Buffer
			a := &shell.App{Ctx: ctx, Dir: us.Dir, Lang: "en", Stdout: &out, Stderr: io.Discard}
			err := find.Commands(a)["find"](words)
			if n := bytes.Count(out.Bytes(), []byte{'\n'}); err == nil && n < least {
				err = fmt.Errorf("%v finds %d texts, not %d", words, n, least)
			}
			return err
		}
	}
	for _, x := range []struct {
		name   string
		target float64 // ms, p99
		do     func() error
	}{
		{"find a name in Chinese and a number", 100, finds(1, "账户", fmt.Sprintf("kite-%d", count/2))},
		{"find an account", 100, finds(1, fmt.Sprintf("kite-%d", count/3))},
		{"find a Chinese word that every request has", 100, finds(20, "服务器日志")},
		{"find two words that every request has", 100, finds(20, "账户", "kept")},
		{"find one Chinese character", 100, finds(20, "账")},
		{"find what nothing has", 100, finds(0, "上海", "nothing")},
		{"list, first page of 50", 200, list(50)},
		{"list --open, first page of 50", 200, list(pick(50, 10), "--open")},
		{"the desk's queue and its counts", 50, queue},
		{"list --count", 200, list(1, "--count")},
		{"list, of one type, priority and year", 200, list(pick(50, 10), "--type", "subscriber", "--priority", "P2", "--from", f.End.AddDate(-2, 0, 0).Format(time.DateOnly), "--until", f.End.AddDate(-1, 0, 0).Format(time.DateOnly))},
		{"review of a quarter, a year ago", 200, reviewed(quarter)},
		{"review of the last quarter", 200, reviewed(now)},
		{"check of a draft, without history", 2, checks(plain, asked)},
		{"check of a draft, with history", 20, checks(past, &like)},
	} {
		p50, p99 := r.less(fmt.Sprintf("%s: %s, p50", engine, x.name), "ms", 0), r.less(fmt.Sprintf("%s: %s, p99", engine, x.name), "ms", x.target)
		if err := x.do(); err != nil { // the first reads what every other finds read
			return fmt.Errorf("%s: %w", x.name, err)
		}
		for range pick(3, 1) {
			var took []float64
			for range pick(100, 10) {
				start := time.Now()
				if err := x.do(); err != nil {
					return fmt.Errorf("%s: %w", x.name, err)
				}
				took = append(took, ms(time.Since(start)))
			}
			p50.add(median(took))
			p99.add(quantile(took, 0.99))
		}
	}
	if !only("pages") {
		return nil
	}
	return pages(ctx, r, n, engine, seat)
}
