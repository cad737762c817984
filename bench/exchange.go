package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"comity"
	"comity/record"
	"comity/store"
)

const runs = 5

// exchangePart measures two nodes that exchange requests. Both are on this
// machine, durable, and everything counts from the call that releases a
// statement, whose two signatures were made before and are checked then, to the
// placing of the receipt that cosigns it, its signature checked.
func exchangePart(ctx context.Context, r *results) error {
	dir, err := os.MkdirTemp("", "comity-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := os.Getenv("BENCH_COMITY")
	if binary == "" {
		if binary, err = build(ctx, dir); err != nil {
			return err
		}
	}
	for _, s := range []struct {
		name string
		run  func(context.Context, *results, string, string) error
	}{
		{"flow", flow}, {"probe", probe}, {"verify", verify}, {"start", start}, {"attach", attach}, {"nncp", nncp},
	} {
		if !only(s.name) {
			continue
		}
		if err := s.run(ctx, r, binary, filepath.Join(dir, s.name)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	compare(r)
	return nil
}

// flow measures statements on their way: how many, how fast, and after a silence.
func flow(ctx context.Context, r *results, binary, dir string) error {
	p, err := newPair(ctx, binary, dir)
	if err != nil {
		return err
	}
	var args []string
	if where := os.Getenv("BENCH_PROFILE"); where != "" {
		args = []string{"--cpuprofile", filepath.Join(where, "flow.cn.pprof")}
	}
	cn, err := p.serve("cn", args...)
	if err != nil {
		return err
	}
	defer func() { cn.stop() }()
	if _, err := cn.ready(ctx); err != nil {
		return err
	}
	us, err := p.host(ctx)
	if err != nil {
		return err
	}
	defer us.stop()
	if err := us.paired(ctx); err != nil {
		return err
	}
	if _, err := us.pump(ctx, pick(500, 50), 64, 2048, nil); err != nil { // warm up
		return err
	}
	if only("inflight") {
		f := r.more("statements/s, 64 in flight, 2 KiB, E1", "/s", 1300)
		if err := us.measure(ctx, r, cn, f, pick(3000, 200), 64); err != nil {
			return err
		}
	}
	if only("coalesced") {
		f := r.more("statements/s, coalesced into items of up to 64", "/s", 3000)
		if err := us.measure(ctx, r, cn, f, pick(12_000, 400), 4096); err != nil {
			return err
		}
	}
	if only("latency") {
		if err := us.single(ctx, r, p); err != nil {
			return err
		}
	}
	if only("outage") {
		return us.outage(ctx, r, p, &cn)
	}
	return nil
}

// paired waits until statements may leave.
func (n *node) paired(ctx context.Context) error {
	for range 300 {
		ids, err := n.drafts(ctx, 1, 2048)
		if err == nil {
			_, err = n.release(ctx, ids[0])
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("the pair does not become active")
}

// release releases a draft and returns when its receipt is here, and how long
// that took.
func (n *node) release(ctx context.Context, draft string) (time.Duration, error) {
	start := time.Now()
	d, err := n.desk.Send(ctx, draft)
	if err != nil {
		return 0, err
	}
	err = n.watch.receipt(ctx, d.Sent)
	return time.Since(start), err
}

// pump releases count statements, atOnce of them at any time: the next when one
// has its receipt. It returns how long all of it took.
func (n *node) pump(ctx context.Context, count, atOnce, size int, began func()) (time.Duration, error) {
	ids, err := n.drafts(ctx, count, size)
	if err != nil {
		return 0, err
	}
	if began != nil {
		began()
	}
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for range min(atOnce, count) {
		g.Go(func() error {
			for {
				i := next.Add(1) - 1
				if i >= int64(count) {
					return nil
				}
				if _, err := n.release(ctx, ids[i]); err != nil {
					return err
				}
			}
		})
	}
	err = g.Wait()
	return time.Since(start), err
}

// measure pumps five times. What the processor did is a figure of its own: it is
// what remains comparable when others use the machine too.
func (n *node) measure(ctx context.Context, r *results, cn *process, f *figure, count, atOnce int) error {
	sender := r.less(f.Name+": processor time, sender", "ms each", 0)
	receiver := r.less(f.Name+": processor time, receiver", "ms each", 0)
	sender.Note = "the bench's own watching is in it"
	var perItem, others []float64
	for range runs {
		var from, to moment
		var stop func()
		took, err := n.pump(ctx, count, atOnce, 2048, func() {
			stop = profile(fmt.Sprintf("flow-%d", atOnce))
			from.take(n, cn)
		})
		if err != nil {
			return err
		}
		stop()
		to.take(n, cn)
		f.add(float64(count) / took.Seconds())
		sender.add(ms(to.ours-from.ours) / float64(count))
		receiver.add(ms(to.theirs-from.theirs) / float64(count))
		perItem = append(perItem, float64(count)/float64(to.items-from.items))
		all := to.busy - from.busy
		others = append(others, max(0, (all-(to.ours-from.ours)-(to.theirs-from.theirs)).Seconds()/took.Seconds()))
	}
	f.Note = fmt.Sprintf("closed loop of %d, %d statements a run, %s to an item; others kept %s of the machine's cores busy meanwhile",
		atOnce, count, show(median(perItem)), show(median(others)))
	return nil
}

// A moment is what had been done up to then.
type moment struct {
	ours, theirs, busy time.Duration
	items              int
}

func (m *moment) take(n *node, cn *process) {
	var us rusage
	us.read()
	m.ours, m.theirs, m.busy, m.items = us.total(), cn.processor(), busy(), n.watch.batches()
}

// single releases one statement at a time. Whether the peer has applied it is
// looked up in the peer's own record, some 3,000 times a second.
func (n *node) single(ctx context.Context, r *results, p *pair) error {
	theirs, err := store.Open(ctx, p.path("cn/comity.db"))
	if err != nil {
		return err
	}
	defer theirs.Close()
	ch, err := n.channel(ctx)
	if err != nil {
		return err
	}
	p50 := r.less("one at a time, p50, release → applied on the peer", "ms", 5)
	p99 := r.less("one at a time, p99, release → applied on the peer", "ms", 20)
	back50 := r.less("one at a time, p50, release → receipt placed", "ms", 0)
	back99 := r.less("one at a time, p99, release → receipt placed", "ms", 0)
	for range runs {
		ids, err := n.drafts(ctx, pick(1000, 100), 2048)
		if err != nil {
			return err
		}
		var applied, receipted []float64
		stop := profile("flow-1")
		for _, id := range ids {
			start := time.Now()
			d, err := n.desk.Send(ctx, id)
			if err != nil {
				return err
			}
			for there := false; ; time.Sleep(200 * time.Microsecond) {
				if err := theirs.View(ctx, func(tx *store.Tx) error {
					there, err = tx.HasStatement(ch, d.Sent)
					return err
				}); err != nil {
					return err
				}
				if there {
					applied = append(applied, ms(time.Since(start)))
					break
				}
			}
			if err := n.watch.receipt(ctx, d.Sent); err != nil {
				return err
			}
			receipted = append(receipted, ms(time.Since(start)))
		}
		stop()
		p50.add(median(applied))
		p99.add(quantile(applied, 0.99))
		back50.add(median(receipted))
		back99.add(quantile(receipted, 0.99))
	}
	return nil
}

// channel returns the channel with the peer.
func (n *node) channel(ctx context.Context) (id comity.Hash, err error) {
	err = n.db.View(ctx, func(tx *store.Tx) error {
		id, err = record.ChannelID(tx, n.peer, comity.Live)
		return err
	})
	return id, err
}

// outage kills the peer's node, releases statements, brings the node back after
// a while, and waits. Nothing is released meanwhile, so nothing else wakes ours.
func (n *node) outage(ctx context.Context, r *results, p *pair, cn **process) error {
	away := pick(45*time.Second, 5*time.Second)
	f := r.less("50 delivered after the peer was away for "+away.String(), "s", 5)
	f.Note = "from the start of the peer's process, killed before with SIGKILL, to the last receipt; the node's own start is in it"
	for range runs {
		ids, err := n.drafts(ctx, 50, 2048)
		if err != nil {
			return err
		}
		(*cn).kill()
		var wait sync.WaitGroup
		errs := make([]error, len(ids))
		for i, id := range ids {
			wait.Go(func() { _, errs[i] = n.release(ctx, id) })
		}
		select {
		case <-time.After(away):
		case <-ctx.Done():
			return ctx.Err()
		}
		if *cn, err = p.serve("cn"); err != nil {
			return err
		}
		wait.Wait()
		f.add(time.Since((*cn).began).Seconds())
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// compare sets what we do to a statement, all of it, beside what a peer does to
// a file.
func compare(r *results) {
	for _, f := range r.Figures {
		if f.Unit != "/s" {
			continue
		}
		for _, p := range r.Peers {
			if strings.Contains(p.Name, "and toss") || strings.Contains(p.Name, "probe, 64") {
				r.compare(f, p)
			}
		}
	}
}
