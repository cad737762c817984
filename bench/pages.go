package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"comity"
	"comity/cmd/comity/casefiles"
	"comity/cmd/comity/duty"
	"comity/cmd/comity/find"
	"comity/cmd/comity/guidelines"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/people"
	"comity/cmd/comity/proof"
	"comity/cmd/comity/reports"
	"comity/session"
	"comity/shell"
	"comity/store"
	"comity/web"
	"comity/web/admin"
	"comity/web/call"
	"comity/web/draft"
	"comity/web/folio"
	"comity/web/matter"
	"comity/web/queue"
)

func verbs(a *shell.App) map[string]shell.Command {
	all := map[string]shell.Command{}
	for _, some := range []map[string]shell.Command{casefiles.Commands(a), duty.Commands(a), find.Commands(a), guidelines.Commands(a), minutes.Commands(a),
		officer.Commands(a), pairing.Commands(a), people.Commands(a, nil), proof.Commands(a), reports.Commands(a)} {
		maps.Copy(all, some)
	}
	return all
}

// opened is the desk of a node, with an officer past the door.
func opened(ctx context.Context, n *shell.Node, seat comity.Seat) (*web.Server, error) {
	s, err := web.New(call.Node(n, verbs), slog.New(slog.DiscardHandler), queue.Area(), matter.Area(), draft.Area(n), folio.Area(), admin.Area())
	if err != nil {
		return nil, err
	}
	p, err := s.Door.NewPerson(ctx, s.Now(), session.Console(), "Ann", session.Officer)
	if err != nil {
		return nil, err
	}
	who := web.Session{}
	who.Person, who.Seat = p, seat
	s.Who = func(*http.Request, bool) (web.Session, error) { return who, nil }
	return s, nil
}

// pages measures what the server takes for each page of the desk, and what it keeps for
// each officer who has one open.
func pages(ctx context.Context, r *results, n *shell.Node, engine string, seat comity.Seat) error {
	s, err := opened(ctx, n, seat)
	if err != nil {
		return err
	}
	h := s.Handler()
	var list []store.Matter
	err = n.Keeper.View(ctx, func(tx *store.Tx) (err error) {
		list, err = n.Matters(tx, store.Filter{Realm: comity.Live, Limit: 1})
		return err
	})
	if err != nil || len(list) == 0 {
		return fmt.Errorf("there is no matter: %v", err)
	}
	at := "/m/live/" + string(list[0].Ref)
	for _, path := range []string{"/", "/queue", "/queue?priority=P1&type=preserve&sort=changed", at, at + "/file", at + "/do/note", "/drafts", "/new/preserve", "/search?q=kite-7",
		"/cases", "/peers", "/peers/cn", "/guides", "/guides/bilateral-default", "/directory", "/calendars", "/settings", "/help"} {
		name := fmt.Sprintf("%s: page %s", engine, strings.Replace(path, at, "/m/live/REF", 1))
		p50, p99 := r.less(name+", p50", "ms", 0), r.less(name+", p99", "ms", 50)
		for range pick(3, 1) {
			var took []float64
			for range pick(100, 10) {
				w, q := httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
				start := time.Now()
				h.ServeHTTP(w, q)
				took = append(took, ms(time.Since(start)))
				if w.Code != http.StatusOK || !bytes.Contains(w.Body.Bytes(), []byte("<h1")) {
					return fmt.Errorf("%s: %d", path, w.Code)
				}
			}
			p50.add(median(took))
			p99.add(quantile(took, 0.99))
		}
	}
	return live(r, h, engine)
}

// officers have a page open at once, each with its stream of news.
const officers = 100

func live(r *results, h http.Handler, engine string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	defer server.Close()
	before := memory()
	var open []io.Closer
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range officers {
		c := &http.Client{Transport: &http.Transport{}}
		res, err := c.Get("http://" + l.Addr().String() + "/live")
		if err != nil {
			return err
		}
		open = append(open, res.Body)
		var first [8]byte
		if _, err := io.ReadFull(res.Body, first[:]); err != nil || !strings.HasPrefix(string(first[:]), ": here") {
			return fmt.Errorf("a stream begins with %q: %v", first, err)
		}
	}
	// Both ends are in this process: what the browser's end keeps is counted too.
	r.less(fmt.Sprintf("%s: memory for each of %d officers connected", engine, officers), "MiB", 1).add((memory() - before) / officers)
	return nil
}

// memory is what is in use, heap and stacks, in MiB.
func memory() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse+m.StackInuse) / (1 << 20)
}
