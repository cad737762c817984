package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"comity"
	"comity/exchange"
	"comity/request"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// A load is officers of two parties at work, while their nodes live and die. It
// remembers whatever was acknowledged to them: what Send returned nil for, or
// what a command printed before it ended with status 0.
type load struct {
	*testing.T
	nodes [2]*testnet.Node // without keys: desks beside the nodes' processes
	pause time.Duration

	mu    sync.Mutex
	acked []acked
	refs  []comity.Ref // matters that both sides know
	odd   map[string]int

	stop context.CancelFunc
	work sync.WaitGroup
}

// An acked statement must be on both records at the end, in the order of its
// worker.
type acked struct {
	id     comity.Hash
	worker int
	move   bool        // may be returned, if the matter moved before it had its number
	file   comity.Hash // of a file's plaintext, with it
}

func newLoad(t *testing.T, a, b *testnet.Party, pause time.Duration) *load {
	return &load{T: t, pause: pause, odd: map[string]int{}, nodes: [2]*testnet.Node{testnet.Open(t, a, nil), testnet.Open(t, b, nil)}}
}

// start sets a number of workers to work on each side, and one more who uses
// the command.
func (l *load) start(workers int) {
	ctx, stop := context.WithCancel(l.Context())
	l.stop = stop
	for i := range 2 * (workers + 1) {
		n, peer := l.nodes[i%2], l.nodes[1-i%2]
		act := l.act
		if i >= 2*workers {
			act = l.command
		}
		l.work.Go(func() {
			for ctx.Err() == nil {
				a, err := act(ctx, n, peer)
				a.worker = i
				l.note(a, err)
				time.Sleep(rand.N(2 * l.pause)) // an officer thinks: it waits for nothing
			}
		})
	}
}

// finish stops the workers and waits for them.
func (l *load) finish() {
	l.stop()
	l.work.Wait()
	l.Logf("%d statements were acknowledged", len(l.acked))
	for what, n := range l.odd {
		l.Logf("%d times: %s", n, what)
	}
}

func (l *load) note(a acked, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil && !a.id.IsZero():
		l.acked = append(l.acked, a)
	case err == nil, errors.Is(err, comity.Conflict), errors.Is(err, context.Canceled): // the matter moved
	default:
		l.odd[err.Error()]++
	}
}

// more waits until n more statements have been acknowledged.
func (l *load) more(n int) {
	l.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.acked)
	}
	want := count() + n
	testnet.Until(l, 30*time.Second, fmt.Sprintf("%d more statements are acknowledged", n), func() bool { return count() >= want })
}

func (l *load) ref() comity.Ref {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.refs) == 0 {
		return ""
	}
	return l.refs[rand.N(len(l.refs))]
}

// act does one thing that an officer may do.
func (l *load) act(ctx context.Context, n, peer *testnet.Node) (a acked, err error) {
	ref, dice := l.ref(), rand.N(100)
	if ref == "" || dice < 20 {
		if a.id, ref, err = n.Ask(ctx, peer.Party, 500+rand.N(3000)); err == nil {
			l.mu.Lock()
			l.refs = append(l.refs, ref)
			l.mu.Unlock()
		}
		return a, err
	}
	if !n.Knows(ctx, ref) {
		return a, nil
	}
	switch {
	case dice < 28:
		b := make([]byte, 1+rand.N(200<<10))
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		a.file = sha256.Sum256(b)
		a.id, err = n.Say(ctx, ref, "note", &thread.Note{Text: "with a file"}, bytes.NewReader(b))
	case dice < 45: // moves that may cross
		a.move = true
		kind, body := comity.Kind("supplement"), any(&request.Supplement{Replies: []request.Reply{{Field: "facts", Text: "more"}}})
		if ref.Opener() != n.Name {
			kind, body = "ask", &request.Ask{Questions: []request.Question{{Field: "facts", Text: "more?"}}}
			if dice < 32 {
				kind, body = "accept", &request.Accept{Reference: "X-1"}
			}
		}
		a.id, err = n.Say(ctx, ref, kind, body)
	default:
		a.id, err = n.Note(ctx, ref, "note %d", rand.N(1<<30))
	}
	return a, err
}

// command is an officer at a terminal.
func (l *load) command(ctx context.Context, n, _ *testnet.Node) (a acked, err error) {
	ref := l.ref()
	if ref == "" || !n.Knows(ctx, ref) {
		return a, nil
	}
	var out, errs bytes.Buffer
	cmd := n.Command("note", string(ref), "--text", "from the command", "--seat", string(n.Officers[0].Seat), "--json")
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return a, fmt.Errorf("the command: %w: %s", err, errs.String())
	}
	var d struct{ Statement comity.Hash }
	err = json.Unmarshal(out.Bytes(), &d)
	a.id = d.Statement
	return a, err
}

// settled waits until both records agree and nothing is under way.
func (l *load) settled(d time.Duration) {
	l.Helper()
	a, b := l.nodes[0], l.nodes[1]
	for end := time.Now().Add(d); !l.rests(a, b) || !l.rests(b, a); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			for _, x := range [][2]*testnet.Node{{a, b}, {b, a}} {
				s := x[0].State(l, x[1].Party)
				l.Errorf("%s after %v: %s, next %d receipted %d, want %d covered %d, attempts %d", x[0].Name, d, s.Mode, s.Next, s.Receipted, s.Want, s.Covered, s.Attempts)
			}
			break
		}
	}
	testnet.MustAgree(l, a, b)
}

// rests reports whether nothing of n's is under way to its peer.
func (l *load) rests(n, peer *testnet.Node) (rests bool) {
	id := testnet.Channel(n.Party, peer.Party)
	s := n.State(l, peer.Party)
	err := n.DB.View(l.Context(), func(tx *store.Tx) error {
		ready, err := tx.Ready(id, 1)
		if err != nil {
			return err
		}
		files, err := tx.FilesToPush(id, 1)
		rests = len(ready) == 0 && len(files) == 0
		return err
	})
	if err != nil {
		l.Fatal(err)
	}
	return rests && s.Mode == exchange.Open && !s.Unreceipted() && !s.Owes() && s.Next == peer.State(l, n.Party).Want
}

// checkAcked looks for every acknowledged statement on both records.
func (l *load) checkAcked() {
	l.Helper()
	all := [2]map[comity.Hash]store.Statement{l.nodes[0].Statements(l, ""), l.nodes[1].Statements(l, "")}
	type at = [3]int64
	last := map[[2]int]at{}
	returned, files := 0, 0
	for _, a := range l.acked {
		for i, n := range l.nodes {
			s, ok := all[i][a.id]
			if a.move && (!ok || s.Status == store.Returned) {
				own := all[a.worker%2][a.id]
				if own.Status != store.Returned {
					l.Errorf("%s lacks the move %s, which is %q at its author", n.Name, a.id.Short(), own.Status)
				}
				returned++
				continue
			}
			if !ok || s.Status != store.Placed {
				l.Errorf("%s was acknowledged; %s has it: %t, %q %q", a.id.Short(), n.Name, ok, s.Status, s.Code)
				continue
			}
			place, who := at{int64(s.Epoch), s.Seq, int64(s.I)}, [2]int{i, a.worker}
			if before, ok := last[who]; ok && slices.Compare(place[:], before[:]) <= 0 {
				l.Errorf("%s: %s stands at %v, after one of the same worker at %v", n.Name, a.id.Short(), place, before)
			}
			last[who] = place
		}
		if a.file != (comity.Hash{}) {
			files++
			l.checkFile(l.nodes[1-a.worker%2], l.nodes[a.worker%2].Party, a)
		}
	}
	l.Logf("%d moves were returned; %d files arrived", returned/2, files)
	if n, m := len(all[0]), len(all[1]); n < len(l.acked)-returned || m < len(l.acked)-returned {
		l.Errorf("%d and %d statements on record, %d acknowledged", n, m, len(l.acked))
	}
}

// checkFile decrypts a file at its recipient.
func (l *load) checkFile(n *testnet.Node, author *testnet.Party, a acked) {
	l.Helper()
	h := sha256.New()
	if err := n.ReadFile(l.Context(), author, a.id, 0, h); err != nil {
		l.Errorf("the file of %s at %s: %v", a.id.Short(), n.Name, err)
		return
	}
	if comity.Hash(h.Sum(nil)) != a.file {
		l.Errorf("the file of %s arrived as another", a.id.Short())
	}
}
