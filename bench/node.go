package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"comity"
	"comity/cmd/comity/operate"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/keyring"
	"comity/record"
	"comity/request"
	"comity/shell"
	"comity/store"
)

// A node is one party's node within this process, with the desk beside it as the
// web's desk is: so that a release and its receipt are seen at once, and not when
// a second process looks at the same SQLite file.
type node struct {
	desk     *desk.Desk
	db       *store.DB
	officers [2]*keyring.Officer
	peer     comity.Party
	watch    watch
	stop     func() error
}

// host runs us in this process, from the folder that the commands have made.
func (p *pair) host(ctx context.Context) (*node, error) {
	logFile, err := os.OpenFile(p.path("us.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	home, err := (&shell.App{Ctx: ctx, Dir: p.path("us")}).Open()
	if err != nil {
		return nil, err
	}
	keys, err := home.Ring.Node(passphrase)
	if err != nil {
		return nil, err
	}
	n := &node{desk: &desk.Desk{Keeper: home.Keeper, Vault: home.Vault}, db: home.DB, peer: "cn"}
	for i, s := range home.Ring.Seats() {
		if n.officers[i], err = home.Ring.Officer(s, passphrase); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	up := make(chan bool)
	g.Go(func() error {
		return operate.Run(ctx, home, keys, slog.New(slog.NewJSONHandler(logFile, nil)), nil, func(operate.Listening) { close(up) })
	})
	g.Go(func() error { return n.watch.run(ctx, n) })
	n.stop = func() error {
		cancel()
		err := g.Wait()
		home.Close()
		logFile.Close()
		return err
	}
	select {
	case <-up:
		return n, nil
	case <-ctx.Done():
		return nil, g.Wait()
	}
}

// body returns a request of exactly size bytes.
func body(size int) ([]byte, error) {
	yes := true
	now := time.Now().UTC()
	p := guide.Request{
		Type:      "preserve",
		Authority: guide.Authority{Agency: "us-24-7", Seat: "us-24-7-01", Contact: "+1-202-555-0101", Zone: "America/New_York", Hours: "24/7"},
		Addressee: guide.Addressee{Agency: "cn-24-7"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Priority:  "P1",
		Order: guide.Order{Holder: "the provider of the address",
			Items: []guide.Item{{ID: "1", Type: "ipv4", Value: "9.9.9.9", Port: 51514, From: now.Add(-48 * time.Hour).Format(time.RFC3339), To: now.Add(-47 * time.Hour).Format(time.RFC3339), Data: "traffic"}}},
		Supporting: guide.Supporting{
			Offence: guide.Offence{Category: "hacking", Description: "unauthorised access to a server of a hospital and encryption of its records",
				Provision: "18 U.S.C. § 1030(a)(5)", Penalty: "up to 10 years"},
			Event:     &guide.Event{From: now.Add(-48 * time.Hour).Format(time.DateOnly), Country: "us", Victims: 1},
			Relations: []guide.Relation{{Item: "1", Kind: "source_of_attack", Text: "the address from which the server was entered"}},
			Necessity: guide.Necessity{Kind: "short_retention", Text: "the provider keeps its logs for 30 days"},
			Purpose:   guide.Purpose{Use: "lead_only", Limitation: "this investigation", Handling: "kept by the investigating unit"},
		},
		FollowUp:        &guide.FollowUp{Intended: &yes, Planned: now.Add(20 * 24 * time.Hour).Format(time.DateOnly)},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "the investigation is not public"},
		Earlier:         []guide.Earlier{{Kind: "none"}},
		Reference:       "OUR-2026-1187", Language: "en",
	}
	facts := "On the night in question the server of a hospital in Ohio was entered from the address below, and the records of its patients were encrypted. "
	b, err := form.Encode(p)
	if err != nil {
		return nil, err
	}
	p.Supporting.Facts = strings.Repeat(facts, 1+size/len(facts))[:max(0, size-len(b))]
	b, err = form.Encode(p)
	return b, err
}

// drafts makes requests that two officers have signed: all that is left is to
// release them.
func (n *node) drafts(ctx context.Context, count, size int) ([]string, error) {
	text, err := body(size)
	if err != nil {
		return nil, err
	}
	ids := make([]string, count)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for i := range ids {
		g.Go(func() error {
			d, err := n.desk.Begin(ctx, n.officers[0].Seat, desk.New{To: n.peer, Kind: request.OpensPreservation, Body: bytes.Clone(text)})
			for _, o := range n.officers {
				if err == nil {
					d, err = n.desk.Approve(ctx, d.ID, desk.Word{Officer: o})
				}
			}
			ids[i] = d.ID
			return err
		})
	}
	return ids, g.Wait()
}

// A watch tells who waits for a statement that its receipt has been placed.
type watch struct {
	mu      sync.Mutex
	waiting map[comity.Hash]chan struct{}
	done    map[comity.Hash]bool // receipted before anybody waited
	at      uint64
	items   int
}

func (w *watch) run(ctx context.Context, n *node) error {
	changed := n.db.Changed(ctx)
	for ctx.Err() == nil {
		if err := w.look(ctx, n); err != nil && ctx.Err() == nil {
			return err
		}
		<-changed
	}
	return nil
}

// look finds the statements of the items that have been cosigned since.
func (w *watch) look(ctx context.Context, n *node) error {
	var ids []comity.Hash
	items := 0
	err := n.db.View(ctx, func(tx *store.Tx) error {
		ch, err := record.ChannelTo(tx, n.peer, comity.Live)
		if err != nil {
			if k, _ := comity.Public(err); k == int(comity.NotFound) {
				return nil // not paired yet
			}
			return err
		}
		for w.at < ch.State.Receipted {
			rows, err := tx.Items(ch.ID, ch.State.Epoch, true, w.at, int(min(64, ch.State.Receipted-w.at)))
			if err != nil {
				return err
			}
			for _, r := range rows {
				var h struct{ Statements []comity.Hash }
				if r.Statements > 0 {
					if err := json.Unmarshal(r.Header, &h); err != nil {
						return err
					}
					items++
				}
				ids = append(ids, h.Statements...)
				w.at = r.Seq + 1
			}
		}
		return nil
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items += items
	for _, id := range ids {
		if c := w.waiting[id]; c != nil {
			close(c)
			delete(w.waiting, id)
		} else {
			if w.done == nil {
				w.done = map[comity.Hash]bool{}
			}
			w.done[id] = true
		}
	}
	return err
}

// receipt waits for a statement's.
func (w *watch) receipt(ctx context.Context, id comity.Hash) error {
	w.mu.Lock()
	if w.done[id] {
		delete(w.done, id)
		w.mu.Unlock()
		return nil
	}
	if w.waiting == nil {
		w.waiting = map[comity.Hash]chan struct{}{}
	}
	c := make(chan struct{})
	w.waiting[id] = c
	w.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// batches returns how many items with statements have been receipted so far.
func (w *watch) batches() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.items
}

// profile writes a CPU profile of this process while the caller works.
func profile(name string) (stop func()) {
	dir := os.Getenv("BENCH_PROFILE")
	if dir == "" {
		return func() {}
	}
	f, err := os.Create(filepath.Join(dir, name+".us.pprof"))
	if err != nil {
		return func() {}
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return func() {}
	}
	return func() { pprof.StopCPUProfile(); f.Close() }
}
