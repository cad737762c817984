package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"comity"
	"comity/courier"
	"comity/desk"
	"comity/guide"
	"comity/intake"
	"comity/keyring"
	"comity/link"
	"comity/record"
	"comity/request"
	"comity/store"
	"comity/vault"
)

// A node is one party's node within this process: what comity serve runs, with
// the desk beside it as the web's desk is, so that a release and its receipt are
// seen without a second process's writer on the same SQLite file.
type node struct {
	keeper   *record.Keeper
	desk     *desk.Desk
	db       *store.DB
	vault    *vault.Vault
	officers [2]*keyring.Officer
	peer     comity.Party
	watch    watch
	stop     func() error
}

func kinds() record.Kinds {
	return record.Kinds{
		Table: request.Table(),
		Opens: func(k comity.Kind) bool { return k == request.Opens },
		Allows: func(k comity.Kind, c comity.Class) bool {
			kind, _ := request.Find(k)
			return kind.May(c)
		},
		Body: func(k comity.Kind, b []byte) error {
			body, err := request.Decode(k, b)
			if err != nil {
				return err
			}
			return request.Check(body)
		},
		Title: request.Title,
	}
}

// host runs us in this process, from the folder that the commands have made.
func (p *pair) host(ctx context.Context) (*node, error) {
	dir := p.path("us")
	var conf struct{ Link, Database string }
	b, err := os.ReadFile(filepath.Join(dir, "comity.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &conf); err != nil {
		return nil, err
	}
	debug.SetGCPercent(400) // as comity serve does
	debug.SetMemoryLimit(160 << 20)
	ring := keyring.Ring{Dir: filepath.Join(dir, "keys")}
	keys, err := ring.Node(passphrase)
	if err != nil {
		return nil, err
	}
	cert, err := link.ParseCertificate(keys.TLSCert, keys.TLSKey)
	if err != nil {
		return nil, err
	}
	logFile, err := os.OpenFile(p.path("us.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewJSONHandler(logFile, nil))
	n := &node{peer: "cn"}
	for i, s := range ring.Seats() {
		if n.officers[i], err = ring.Officer(s, passphrase); err != nil {
			return nil, err
		}
	}
	if n.db, err = store.Open(ctx, filepath.Join(dir, conf.Database)); err != nil {
		return nil, err
	}
	if n.vault, err = vault.Open(filepath.Join(dir, "vault"), vault.Limits{}); err != nil {
		return nil, err
	}
	n.keeper = &record.Keeper{Party: "us", DB: n.db, Kinds: kinds(), Now: time.Now, Log: log, Node: keys, Guard: filepath.Join(dir, "guard")}
	n.desk = &desk.Desk{Keeper: n.keeper, Vault: n.vault}
	in := &intake.Intake{Keeper: n.keeper, Vault: n.vault, Log: log}
	limits := link.Limits{Body: 16 << 20, InFlight: 64 << 20}
	server := &link.Server{
		Certificate: cert, Log: log, Limits: limits,
		Peer:     func(pin comity.Hash) (comity.Party, bool) { return n.peer, n.pinned(pin) },
		Exchange: in.Accept, FileOffset: in.FileOffset, FileAppend: in.FileAppend,
	}
	in.MayRefuse = server.MayRefuse
	var mu sync.Mutex
	var client *link.Client
	c := &courier.Courier{
		Keeper: n.keeper, Log: log, Holder: rand.Text(), Open: n.vault.Open,
		Reach: func(ctx context.Context, peer comity.Party) (courier.Peer, error) {
			mu.Lock()
			defer mu.Unlock()
			if client != nil {
				return client, nil
			}
			var chain comity.Chain
			err := n.db.View(ctx, func(tx *store.Tx) error {
				b, err := n.keeper.Book(tx, peer)
				if err == nil {
					chain, _ = b.Chain()
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			client, err = link.NewClient(link.Peer{Party: peer, Endpoints: chain.Endpoints, Certificate: cert, Private: true, Pinned: n.pinned, Limits: limits})
			return client, err
		},
		Take: func(ctx context.Context, peer comity.Party, body []byte) (*record.Turn, error) {
			o, err := in.Take(ctx, peer, body, intake.Answer)
			return o.Turn, err
		},
	}
	l, err := net.Listen("tcp", conf.Link)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return server.Run(ctx, l) })
	g.Go(func() error { return c.Run(ctx) })
	g.Go(func() error { return n.watch.run(ctx, n) })
	n.stop = func() error {
		cancel()
		err := g.Wait()
		if client != nil {
			client.Close()
		}
		n.vault.Close()
		n.db.Close()
		logFile.Close()
		return err
	}
	return n, nil
}

func (n *node) pinned(pin comity.Hash) (ok bool) {
	n.db.View(context.Background(), func(tx *store.Tx) error {
		b, err := n.keeper.Book(tx, n.peer)
		if err != nil {
			return err
		}
		c, _ := b.Chain()
		for _, h := range c.TLS {
			ok = ok || h == pin
		}
		return nil
	})
	return ok
}

// body returns a request of exactly size bytes.
func body(size int) ([]byte, error) {
	yes := true
	now := time.Now().UTC()
	p := guide.Preservation{
		Authority: guide.Authority{Agency: "us-24-7", Seat: "us-24-7-01"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Offence: guide.Offence{Category: "hacking", Description: "unauthorised access to a server of a hospital and encryption of its records",
			Provision: "18 U.S.C. § 1030(a)(5)", Penalty: "up to 10 years"},
		Items: []guide.Item{{ID: "1", Type: "ipv4", Value: "9.9.9.9", Port: 51514, From: now.Add(-48 * time.Hour).Format(time.RFC3339), To: now.Add(-47 * time.Hour).Format(time.RFC3339),
			Data: "traffic", Relationship: "the address from which the server was entered"}},
		Custodian: "the provider of the address", Necessity: "the provider keeps its logs for 30 days",
		FollowUp:        guide.FollowUp{Intended: &yes, Planned: now.Add(20 * 24 * time.Hour).Format(time.DateOnly)},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "the investigation is not public"},
		Priority:        "P1", Reference: "OUR-2026-1187", Language: "en",
	}
	facts := "On the night in question the server of a hospital in Ohio was entered from the address below, and the records of its patients were encrypted. "
	b, err := request.Encode(p)
	if err != nil {
		return nil, err
	}
	p.Facts = strings.Repeat(facts, 1+size/len(facts))[:max(0, size-len(b))]
	b, err = request.Encode(p)
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
			d, err := n.desk.Begin(ctx, n.officers[0].Seat, desk.New{To: n.peer, Kind: request.Opens, Body: bytes.Clone(text)})
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
