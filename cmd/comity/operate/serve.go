package operate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"comity"
	"comity/cabinet"
	"comity/config"
	"comity/courier"
	"comity/desk"
	"comity/disk"
	"comity/intake"
	"comity/keyring"
	"comity/link"
	"comity/prekey"
	"comity/record"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// serve runs a node until it is interrupted.
func (a *app) serve(args []string) error {
	fs := a.Flags("serve")
	verbose := fs.Bool("v", false, "log what is ignored too")
	profile := fs.String("cpuprofile", "", "write a CPU profile to this file, for make bench")
	attached := fs.Bool("attached", false, "stop when standard input ends: whoever started us has gone")
	if _, err := shell.Parse(fs, args, 0, 0, "no words"); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(a.Ctx)
	defer stop()
	if *attached {
		go func() {
			_, _ = io.Copy(io.Discard, a.Stdin) // however it ends, it has ended
			stop()
		}()
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return disk.Error("cpuprofile", *profile, err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return a.with(func(n *node) error {
		pass, err := a.Passphrase("node.key")
		if err != nil {
			return err
		}
		keys, err := n.Ring.Node(pass)
		if err != nil {
			return err
		}
		level := slog.LevelInfo
		if *verbose {
			level = slog.LevelDebug
		}
		log := slog.New(slog.NewJSONHandler(a.Stderr, &slog.HandlerOptions{Level: level}))
		release, err := shell.Hold(n.Dir)
		if err != nil {
			return err
		}
		defer release()
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			_, err := n.Keeper.Book(tx, n.Party)
			return err
		})
		if errors.Is(err, comity.NotFound) {
			return comity.Errorf(comity.Invalid, "database: %s does not hold the record of party %s; put a backup back with comity restore", n.Database, n.Party)
		} else if err != nil {
			return err
		}
		n.Keeper.Reload = func() (*keyring.Node, error) { return n.Ring.Node(pass) }
		return Run(ctx, n.Node, keys, log, a.desk, func(at Listening) {
			is := map[string]any{"party": n.Party, "link": at.Link.String(), "ops": at.Ops.String(), "pid": os.Getpid()}
			if at.Desk != nil {
				is["desk"] = n.DeskURL()
			}
			err := a.Print(is, "comity %s is up: link %s, ops %s%s\n", n.Party, at.Link, at.Ops, shell.Maybe(", desk %s", n.DeskURL()))
			if err != nil {
				log.Warn("nobody could be told that the node is up", "err", err)
			}
		})
	})
}

// Listening is where a node that runs listens; Desk is nil if it has none.
type Listening struct{ Link, Ops, Desk net.Addr }

// Run runs an open node until ctx ends. It tells up where it listens.
func Run(ctx context.Context, n *shell.Node, keys *keyring.Node, log *slog.Logger, desk Desk, up func(Listening)) error {
	tune()
	r, err := (&node{n}).runner(keys, log)
	if err != nil {
		return err
	}
	return r.run(ctx, desk, up)
}

// tune trades memory for speed: little of a node's memory lives long, so that
// to collect it when it has doubled is to collect all the time. What GOGC and
// GOMEMLIMIT say goes first.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(160 << 20) // well below what a node may take
	}
}

// A runner is a node with everything that runs.
type runner struct {
	node    *node
	log     *slog.Logger
	server  *link.Server
	intake  *intake.Intake
	courier *courier.Courier
	metrics *metrics

	mu      sync.Mutex
	clients map[comity.Party]client
}

// A client is good as long as the chain entry that it was made from is newest.
type client struct {
	*link.Client
	chain comity.Hash
}

// linkLimits bound what peers may cost a small machine.
var linkLimits = link.Limits{Body: 16 << 20, InFlight: 64 << 20}

func (n *node) runner(keys *keyring.Node, log *slog.Logger) (*runner, error) {
	cert, err := link.ParseCertificate(keys.TLSCert, keys.TLSKey)
	if err != nil {
		return nil, err
	}
	n.Keeper.Node, n.Keeper.Log = keys, log
	r := &runner{node: n, log: log, clients: map[comity.Party]client{}, metrics: newMetrics(n)}
	r.intake = &intake.Intake{Keeper: n.Keeper, Vault: n.Vault, Log: log}
	r.server = &link.Server{
		Certificate: cert, Peer: r.peer, Log: log, Limits: linkLimits,
		Exchange: r.exchange, FileOffset: r.intake.FileOffset, FileAppend: r.intake.FileAppend,
	}
	r.intake.MayRefuse = r.server.MayRefuse
	replica, err := n.Keeper.Replica()
	if err != nil {
		return nil, err
	}
	r.courier = &courier.Courier{
		Keeper: n.Keeper, Log: log, Holder: replica, Open: n.Vault.Open,
		Reach: func(ctx context.Context, p comity.Party) (courier.Peer, error) { return r.reach(ctx, p, cert) },
		Take: func(ctx context.Context, p comity.Party, body []byte) (*record.Turn, error) {
			o, err := r.intake.Take(ctx, p, body, intake.Answer)
			return o.Turn, err
		},
	}
	return r, nil
}

func (r *runner) exchange(ctx context.Context, peer comity.Party, body []byte) ([]byte, error) {
	start := time.Now()
	answer, err := r.intake.Accept(ctx, peer, body)
	r.metrics.exchanged(peer, len(body), time.Since(start), err)
	if err != nil {
		r.log.Warn("an exchange was refused", "peer", peer, "err", err)
	}
	return answer, err
}

// peer tells whose certificate it is, by every party's newest chain entry.
func (r *runner) peer(pin comity.Hash) (found comity.Party, ok bool) {
	err := r.node.Keeper.View(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Parties()
		if err != nil {
			return err
		}
		for _, p := range rows {
			if p.State == record.Pending {
				continue // anybody may have put that certificate into its file
			}
			has, err := r.pinned(tx, p.Party, pin)
			if err != nil {
				r.log.Error("the book of a party cannot be read", "party", p.Party, "err", err)
			}
			if has {
				found, ok = p.Party, true
			}
		}
		return nil
	})
	if err != nil {
		r.log.Error("the parties cannot be read", "err", err)
	}
	return found, ok
}

func (r *runner) pinned(tx *store.Tx, p comity.Party, pin comity.Hash) (bool, error) {
	b, err := r.node.Keeper.Book(tx, p)
	if err != nil {
		return false, err
	}
	c, _ := b.Chain()
	return slices.Contains(c.TLS, pin), nil
}

// reach returns a client of a peer, made anew when the peer's chain has grown.
func (r *runner) reach(ctx context.Context, p comity.Party, cert tls.Certificate) (courier.Peer, error) {
	var c comity.Chain
	var at comity.Hash
	err := r.node.Keeper.View(ctx, func(tx *store.Tx) error {
		b, err := r.node.Keeper.Book(tx, p)
		if err == nil {
			c, at = b.Chain()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if have, ok := r.clients[p]; ok {
		if have.chain == at {
			return have, nil
		}
		have.Close()
	}
	made, err := link.NewClient(link.Peer{
		Party: p, Endpoints: c.Endpoints, Certificate: cert, Private: r.node.Private, Limits: linkLimits,
		Pinned: func(pin comity.Hash) (ok bool) {
			err := r.node.Keeper.View(context.Background(), func(tx *store.Tx) (err error) {
				ok, err = r.pinned(tx, p, pin)
				return err
			})
			if err != nil {
				r.log.Error("whose key it is cannot be read", "peer", p, "err", err)
			}
			return ok && err == nil
		},
	})
	if err != nil {
		return nil, err
	}
	r.clients[p] = client{made, at}
	return r.clients[p], nil
}

// run starts all that runs, in one place, and returns when ctx has ended and
// everything has stopped.
func (r *runner) run(ctx context.Context, desk Desk, up func(Listening)) error {
	l, err := net.Listen("tcp", r.node.Link)
	if err != nil {
		return comity.Fieldf("link", "we cannot listen on %s (%v); change it in %s", r.node.Link, cause(err), config.Name)
	}
	o, err := net.Listen("tcp", r.node.Ops)
	if err != nil {
		l.Close()
		return comity.Fieldf("ops", "we cannot listen on %s (%v); change it in %s", r.node.Ops, cause(err), config.Name)
	}
	at := Listening{Link: l.Addr(), Ops: o.Addr()}
	var d net.Listener
	var officers *http.Server
	if r.node.Desk.Listen != "" && desk != nil {
		if officers, d, err = r.officers(ctx, desk); err != nil {
			l.Close()
			o.Close()
			return err
		}
		at.Desk = d.Addr()
	}
	ops := &http.Server{Handler: r.metrics.handler(r), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelWarn)}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.server.Run(ctx, l) })
	g.Go(func() error { return r.courier.Run(ctx) })
	g.Go(func() error { return r.upkeep(ctx) })
	g.Go(func() error { return r.index(ctx) })
	g.Go(func() error { return r.agenda(ctx) })
	g.Go(func() error {
		if err := ops.Serve(o); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return ops.Close()
	})
	if officers != nil {
		g.Go(func() error {
			if err := officers.Serve(d); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			return officers.Close() // a stream of news has no end of its own
		})
	}
	r.log.Info("up", "party", r.node.Party, "link", l.Addr().String(), "ops", o.Addr().String())
	up(at)
	err = g.Wait()
	for _, c := range r.clients {
		c.Close()
	}
	if err == nil || errors.Is(err, context.Canceled) {
		r.log.Info("down", "party", r.node.Party)
		return nil
	}
	return err
}

// mostConnections come to the desk at once: a browser makes six, an office has a hundred.
// The descriptors that are left are the peers' and the record's.
const mostConnections = 600

// officers returns what serves the desk, and its listener: in TLS 1.3, but on loopback,
// where a browser trusts plain HTTP too.
func (r *runner) officers(ctx context.Context, desk Desk) (*http.Server, net.Listener, error) {
	c := r.node.Desk
	handler, err := desk(ctx, r.node.Node, r.log)
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, nil, comity.Fieldf("desk.listen", "we cannot listen on %s (%v); change it in %s", c.Listen, cause(err), config.Name)
	}
	l = netutil.LimitListener(l, mostConnections)
	if c.Certificate != "" {
		cert, err := tls.LoadX509KeyPair(config.In(r.node.Dir, c.Certificate), config.In(r.node.Dir, c.Key))
		if err != nil {
			l.Close()
			return nil, nil, comity.Fieldf("desk.certificate", "it cannot be used: %v", err)
		}
		secure := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}}
		if c.Authorities != "" {
			if secure.ClientCAs, err = authorities(config.In(r.node.Dir, c.Authorities)); err != nil {
				l.Close()
				return nil, nil, err
			}
			secure.ClientAuth = tls.VerifyClientCertIfGiven
		}
		l = tls.NewListener(l, secure)
	}
	return &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelDebug)}, l, nil
}

// authorities are those that sign officers' cards.
func authorities(name string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(name)
	if err != nil {
		return nil, disk.Error("desk.authorities", name, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, comity.Fieldf("desk.authorities", "%s has no certificate in PEM", name)
	}
	return pool, nil
}

// cause is what the system says, without what package net says around it.
func cause(err error) error {
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return e
	}
	return err
}

// upkeep makes a new prekey when the newest is about to end, and sweeps the
// vault of uploads that nobody claims.
func (r *runner) upkeep(ctx context.Context) error {
	for {
		if err := r.freshPrekey(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("no new prekey could be made", "err", err)
		}
		if n, err := r.sweep(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("the vault could not be swept", "err", err)
		} else if n > 0 {
			r.log.Info("swept the vault", "files", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Hour):
		}
	}
}

// index makes the words of what was written, so that who looks for them need not.
// Who writes waits for it, so it takes a thirtieth of the time, which is more than a
// hundred texts a second all the same.
func (r *runner) index(ctx context.Context) error {
	const some = 64
	for {
		start, done := time.Now(), 0
		err := r.node.DB.Update(ctx, func(tx *store.Tx) (err error) {
			done, err = cabinet.Index(tx, some)
			return err
		})
		pause := 30 * time.Since(start)
		if err != nil && ctx.Err() == nil {
			r.log.Error("what was written could not be indexed", "err", err)
		}
		if err != nil || done < some {
			pause = 10 * time.Second
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// calm is how long the agenda waits for more of what is written together.
const calm = 200 * time.Millisecond

// agenda keeps the agenda up to date, so that who looks need not wait. It works a
// fifth of the time at most: what peers wait for goes first.
func (r *runner) agenda(ctx context.Context) error {
	changed, after := r.node.DB.Changed(ctx), cabinet.Version{}
	for ctx.Err() == nil {
		start := time.Now()
		_, last, err := r.node.Refresh(ctx, after, false)
		if err != nil && ctx.Err() == nil {
			r.log.Error("the agenda could not be brought up to date", "err", err)
		}
		rest := time.After(max(4*time.Since(start), calm))
		if after = last; after.Ref == "" {
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
		select {
		case <-rest:
		case <-ctx.Done():
		}
	}
	return nil
}

// stale is when a file that no statement and no draft names is given up.
const stale = 7 * 24 * time.Hour

func (r *runner) sweep(ctx context.Context) (int, error) {
	d := desk.Desk{Keeper: r.node.Keeper, Vault: r.node.Vault}
	return r.node.Vault.Sweep(r.node.Keeper.Now().Add(-stale), func(cipher comity.Hash) (bool, error) { return d.Wants(ctx, cipher) })
}

// prekeyKept is how long the private half of an old prekey is kept: what was
// sealed to it may still be on a stick.
const prekeyKept = 90 * 24 * time.Hour

func (r *runner) freshPrekey(ctx context.Context) error {
	k := r.node.Keeper
	now := k.Now()
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		own, err := k.Book(tx, k.Party)
		if err != nil {
			return err
		}
		p, _, ok := own.Prekey()
		if ok && p.NotAfter.Sub(now) > 24*time.Hour {
			return r.dropPrekeys(tx, now)
		}
		if p, err = prekey.Add(tx, own, k.Keys(), now); err != nil {
			return err
		}
		return tx.Journal(comity.At(now), "key", "node", fmt.Sprintf("new prekey %d", p.N))
	})
}

// dropPrekeys destroys the private halves that are past their time: what was
// sealed to them cannot be read from a stolen backup any more.
func (r *runner) dropPrekeys(tx *store.Tx, now time.Time) error {
	rows, err := tx.Entries(r.node.Party, "prekey")
	if err != nil {
		return err
	}
	for _, e := range rows {
		p, err := seal.DecodePrekey(e.Bytes)
		if err != nil {
			return err
		}
		if len(e.Box) > 0 && now.Sub(p.NotAfter.Time) > prekeyKept {
			if err := r.node.Keeper.DropPrekey(tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}
