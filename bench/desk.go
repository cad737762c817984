package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/cabinet"
	"comity/check"
	"comity/cmd/comity/find"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/reports"
	"comity/config"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/review"
	"comity/shell"
	"comity/store"
	"comity/store/pgtest"
	"comity/testnet"
	"comity/thread"
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
	f := &filler{channel: testnet.Channel(us, cn), rand: rand.New(rand.NewPCG(1, 2)), end: time.Now().Add(-time.Minute)}
	if err := f.fill(ctx, node.DB, count); err != nil {
		return err
	}
	n := &shell.Node{Config: config.Config{Party: "us", Desk: config.Desk{URL: "http://localhost:8443"}}, Dir: us.Dir, DB: node.DB, Vault: node.Vault, Keeper: node.Keeper}
	quarter := review.Scope{Parties: [2]comity.Party{"us", "cn"}, Realm: comity.Live, From: f.end.AddDate(-1, -3, 0).UTC().Truncate(24 * time.Hour), To: f.end.AddDate(-1, 0, 0).UTC().Truncate(24 * time.Hour)}
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
	now.From, now.To = f.end.AddDate(0, -3, 0), f.end
	asked := f.opening(count+1, "us", "cn", f.end)
	var like guide.Request // the same account as one of the past, and the same words
	if err := json.Unmarshal(testnet.Body(f.opening(count/2, "us", "cn", f.end)), &like); err != nil {
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
		{"list, of one type, priority and year", 200, list(pick(50, 10), "--type", "subscriber", "--priority", "P2", "--from", f.end.AddDate(-2, 0, 0).Format(time.DateOnly), "--until", f.end.AddDate(-1, 0, 0).Format(time.DateOnly))},
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

// A filler writes requests straight into a record: real bodies and manifests, each
// statement with its receipt, but no signatures and no tree, which nothing here
// reads. They are of an epoch that the channel is not in.
type filler struct {
	channel comity.Hash
	rand    *rand.Rand
	end     time.Time
	seq     [2]int64 // the next of theirs, and of ours
	n       uint64   // statements
}

const (
	epoch  = 7
	apiece = 64 // rows in one INSERT
)

// A batch collects rows of one table.
type batch struct {
	table   string
	columns string
	rows    [][]any
}

func (b *batch) add(tx *store.Tx, row ...any) error {
	b.rows = append(b.rows, row)
	if len(b.rows) < apiece {
		return nil
	}
	return b.flush(tx)
}

func (b *batch) flush(tx *store.Tx) error {
	if len(b.rows) == 0 {
		return nil
	}
	var q strings.Builder
	fmt.Fprintf(&q, "INSERT INTO %s (%s) VALUES ", b.table, b.columns)
	var args []any
	for i, row := range b.rows {
		if i > 0 {
			q.WriteString(", ")
		}
		for j, v := range row {
			q.WriteString(map[bool]string{true: "(", false: ", "}[j == 0])
			args = append(args, v)
			fmt.Fprintf(&q, "$%d", len(args))
		}
		q.WriteString(")")
	}
	b.rows = b.rows[:0]
	q.WriteString(" ON CONFLICT DO NOTHING") // of traces: many requests share words
	_, err := tx.Exec(q.String(), args...)
	return err
}

func (f *filler) fill(ctx context.Context, db *store.DB, count int) error {
	const some = 2000
	for from := 1; from <= count; from += some {
		err := db.Update(ctx, func(tx *store.Tx) error {
			g := *f // a closure may run again
			t := tables()
			for i := from; i < from+some && i <= count; i++ {
				if err := g.request(tx, t, i, count); err != nil {
					return err
				}
			}
			*f = g
			for _, b := range t {
				if err := b.flush(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func tables() map[string]*batch {
	t := map[string]*batch{}
	for table, columns := range map[string]string{
		"statement": `id, channel, epoch, seq, i, mine, realm, matter, author, kind, move, manifest, sigs,
			class, signer1, signer2, signers, reason, due, seen, status, code, effect, crossed, at, released, received`,
		"part":   "channel, statement, n, name, type, salt, body, erased",
		"item":   "channel, epoch, mine, seq, hash, header, sigs, control, statements, upto, at",
		"matter": "realm, ref, channel, peer, opener, kind, state, is_open, title, tlp, priority, type, category, opened, changed",
		"trace":  "name, realm, ref, lo, hi, print",
	} {
		t[table] = &batch{table: table, columns: columns}
	}
	return t
}

var (
	asks       = []string{"preserve", "subscriber", "traffic", "domain"}
	categories = []string{"hacking", "fraud", "child_abuse", "other"}
)

// opening is the request that number i makes.
func (f *filler) opening(i int, from, to comity.Party, at time.Time) *guide.Request {
	var r guide.Request
	if err := form.Decode(testnet.Request(600), &r); err != nil {
		panic(err) // it is our own
	}
	r.Type, r.Priority = asks[i%len(asks)], fmt.Sprintf("P%d", 1+i/len(asks)%3)
	r.Authority.Agency, r.Authority.Seat, r.Addressee.Agency = string(from)+"-24-7", string(from)+"-24-7-01", string(to)+"-24-7"
	it := &r.Order.Items[0]
	it.Value = fmt.Sprintf("kite-%d", i)
	it.From, it.To = at.Add(-2*time.Hour).UTC().Format(time.RFC3339), at.Add(-time.Hour).UTC().Format(time.RFC3339)
	it.Data = map[string]string{"preserve": "traffic", "subscriber": "subscriber", "traffic": "traffic", "domain": "registration"}[r.Type]
	r.Supporting.Offence.Category = categories[i/7%len(categories)]
	r.Supporting.Facts += fmt.Sprintf("；账户kite-%d的服务器日志，涉案金额%d元", i, 1000+i)
	r.Supporting.Necessity.Text = fmt.Sprintf("logs of the account kite-%d are kept for 30 days and %d of them have passed", i, i%29)
	if r.Type != "preserve" {
		r.FollowUp = nil
	}
	return &r
}

// request writes number i of count, spread evenly over four years.
func (f *filler) request(tx *store.Tx, t map[string]*batch, i, count int) error {
	opened := f.end.AddDate(-4, 0, 0).Add(f.end.Sub(f.end.AddDate(-4, 0, 0)) / time.Duration(count) * time.Duration(i-1)).Truncate(time.Millisecond)
	from, to := comity.Party("us"), comity.Party("cn")
	if i%2 == 0 {
		from, to = to, from
	}
	ref := comity.Ref(fmt.Sprintf("%s-%d-%06d", strings.ToUpper(string(from)), opened.Year(), 100_000+i))
	r := f.opening(i, from, to, opened)
	result := request.Result{Item: "1", Result: request.Provided, Value: "one line"}
	if r.Type == "preserve" {
		result = request.Result{Item: "1", Result: request.Preserved, HoldFrom: comity.At(opened), HoldUntil: comity.At(opened.AddDate(0, 0, 90))}
	}
	answered := opened.Add(time.Duration(1+f.rand.IntN(24*30)) * time.Hour)
	heads := map[comity.Party]comity.Hash{}
	changed, state, first := opened, "requested", comity.Hash{}
	for k, s := range []struct {
		by   comity.Party
		kind comity.Kind
		body func() any
		at   time.Time
	}{
		{from, request.Opens(r.Type), func() any { return r }, opened},
		{to, "acknowledge", func() any { return &thread.Acknowledge{Statement: first} }, opened.Add(40 * time.Minute)},
		{to, "answer", func() any { return &request.Answer{Results: []request.Result{result}} }, answered},
		{from, "close", func() any { return &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "partly"} }, answered.Add(30 * time.Hour)},
	} {
		if s.at.After(f.end) {
			break
		}
		id, err := f.statement(tx, t, ref, s.by, s.kind, s.body(), s.at, heads)
		if err != nil {
			return err
		}
		if k == 0 {
			first = id
		}
		changed = s.at
		state = []string{"requested", "requested", "answered", "closed"}[k]
	}
	open := 0
	if state == "requested" {
		open = 1
	}
	if from == "us" {
		for _, x := range check.Traces(*r) {
			if err := t["trace"].add(tx, x.Key, "live", string(ref), x.From, x.To, int64(x.Print)); err != nil {
				return err
			}
		}
	}
	return t["matter"].add(tx, "live", string(ref), f.channel[:], "cn", string(from), string(request.Opens(r.Type)), state, open,
		r.Supporting.Offence.Description, "AMBER", r.Priority, r.Type, r.Supporting.Offence.Category, opened.UnixMilli(), changed.UnixMilli())
}

// statement writes one statement and its receipt a minute later.
func (f *filler) statement(tx *store.Tx, t map[string]*batch, ref comity.Ref, by comity.Party, kind comity.Kind, body any, at time.Time, heads map[comity.Party]comity.Hash) (comity.Hash, error) {
	f.n++
	id := comity.Hash(sha256.Sum256(fmt.Appendf(nil, "bench %d", f.n)))
	mine, theirs := 0, comity.Party("us")
	if by == "us" {
		mine, theirs = 1, "cn"
	}
	m := comity.Manifest{From: by, To: []comity.Party{theirs}, Marking: comity.Marking{TLP: "AMBER"}, Release: comity.Release{Class: comity.Dual}}
	move, effect := 1, "applied"
	if kind == "acknowledge" {
		move, effect = 0, "fact"
	} else {
		m.After = &comity.After{Mine: heads[by], Theirs: heads[theirs]}
		heads[by] = id
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		return id, err
	}
	seq, seen := f.seq[mine], f.seq[1-mine]-1
	f.seq[mine]++
	if err := t["statement"].add(tx, id[:], f.channel[:], epoch, seq, 0, mine, "live", string(ref), string(by), string(kind), move, manifest, []byte("[]"),
		"dual", string(by)+"-24-7-01", string(by)+"-24-7-02", "", "", 0, seen, "placed", "", effect, []byte{}, at.UnixMilli(), at.UnixMilli(), at.UnixMilli()); err != nil {
		return id, err
	}
	if err := t["part"].add(tx, f.channel[:], id[:], 0, "body", "application/json", id[:], testnet.Body(body), 0); err != nil {
		return id, err
	}
	return id, t["item"].add(tx, f.channel[:], epoch, 1-mine, seq, id[:], []byte("{}"), []byte("[]"), []byte{}, 0, seq, at.Add(time.Minute).UnixMilli())
}
