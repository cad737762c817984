package exchange_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"comity"
	"comity/exchange"
)

// newWorld makes the world of one seed: who there is, what goes wrong, and when.
func newWorld(seed uint64, bug string) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 0)), bug: bug, left: map[place]comity.Hash{}, back: map[comity.Hash]bool{}, paranoid: seed%50 == 0}
	r := w.rng
	count := 2
	if w.chance(0.25) {
		count = 3
	}
	w.loss, w.dup, w.crash = 0.3*r.Float64(), 0.2*r.Float64(), 0.02*r.Float64()
	w.slow = w.upTo(20 * time.Second)
	w.limit, w.page = 1+r.IntN(20), 1+r.IntN(5)
	for i := range count {
		w.nodes = append(w.nodes, &node{w: w, i: i, name: comity.Party("p" + string(rune('a'+i))),
			disk: make([]book, count), guards: make([]exchange.Guard, count), timers: make([]int, count)})
	}
	if w.chance(0.3) {
		w.nodes[0].evil = true
		for _, a := range attacks() {
			if w.chance(0.25) {
				w.wicked = append(w.wicked, a)
			}
		}
	}
	profile := w.id()
	force := func() exchange.Force { return exchange.Force{Profile: profile, Chain: w.id(), Roster: w.id()} }
	for i, a := range w.nodes {
		for _, b := range w.nodes[i+1:] {
			w.channels = append(w.channels, &treaty{a: a, b: b, channel: w.id()})
			out, in := force(), force()
			a.disk[b.i], b.disk[a.i] = newBook(out, in), newBook(in, out)
		}
	}
	for _, n := range w.nodes {
		w.in(w.upTo(5*time.Second), func() { n.rise(false) })
	}
	w.trouble()
	w.officers()
	return w
}

// busy is how long officers work and things go wrong.
const busy = 10 * time.Minute

// grace is how long operators wait before they agree on a resume: longer than
// anything can be under way.
func (w *world) grace() time.Duration { return 5 * time.Minute }

// trouble plans what goes wrong besides the lines: outages, sticks, restores,
// stolen keys.
func (w *world) trouble() {
	count := len(w.nodes)
	some := func() *node { return w.nodes[w.rng.IntN(count)] }
	if w.chance(0.3) {
		a, from := w.rng.IntN(count), w.upTo(busy)
		w.down = append(w.down, outage{a, (a + 1) % count, from, from + w.upTo(busy/2)})
	}
	if w.chance(0.3) {
		n := some()
		w.in(w.upTo(busy), func() {
			if n.up {
				n.fall(w.upTo(3*time.Minute), false)
			}
		})
	}
	if w.chance(0.3) {
		for range 1 + w.rng.IntN(4) {
			w.in(w.upTo(busy), func() { w.stick(some()) })
		}
	}
	switch {
	case w.chance(0.4):
		for range 1 + w.rng.IntN(2) {
			n := some()
			at := w.upTo(busy)
			w.in(at, func() { w.keep(n, w.rng.IntN(5000)) })
		}
	case w.chance(0.2):
		t := w.channels[w.rng.IntN(len(w.channels))]
		if t.honest() {
			w.in(w.upTo(busy), func() {
				t.frozen = true
				t.a.do(t.b, func(x *tx) { x.feed(exchange.ChainByHand{}) })
				w.callResume(t)
			})
		}
	}
}

// keep makes a backup, if it can at a moment when something waits to be numbered.
func (w *world) keep(n *node, tries int) {
	waits := slices.ContainsFunc(n.disk, func(b book) bool { return len(b.ready) > 0 })
	if waits || tries == 0 {
		n.backup = slices.Clone(n.disk)
		w.in(w.upTo(busy/4), func() { w.restore(n) })
		return
	}
	w.in(100*time.Millisecond, func() { w.keep(n, tries-1) })
}

// restore sets a node back, at times just after it said what nobody heard.
func (w *world) restore(n *node) {
	if n.evil || n.backup == nil || w.calm {
		return
	}
	peer := w.nodes[(n.i+1)%len(w.nodes)]
	if w.chance(0.5) {
		w.down = append(w.down, outage{n.i, peer.i, w.now, w.now + w.upTo(2*time.Minute)})
	}
	w.draft(n, peer)
	w.in(w.upTo(25*time.Second), func() {
		if n.up {
			n.fall(w.upTo(20*time.Second), true)
		}
	})
	for range 3 {
		w.in(w.upTo(2*time.Minute), func() { w.draft(n, peer) })
		w.in(w.upTo(2*time.Minute), func() { w.draft(peer, n) })
	}
}

// stick carries an exchange by hand, for minutes.
func (w *world) stick(n *node) {
	peer := w.nodes[(n.i+1)%len(w.nodes)]
	b := n.disk[peer.i]
	if !n.up || b.Mode == exchange.New || b.Mode == exchange.Halted || b.Mode == exchange.Frozen {
		return
	}
	m := n.exchange(peer, b, []exchange.Effect{exchange.Send{From: b.Has}})
	m.hello, m.stick = n.hello(b, []byte("stick")), true
	if !n.evil {
		w.leaves(n, m)
	}
	w.in(time.Second+w.upTo(2*time.Minute), func() { peer.receive(m) })
}

// officers draft and release statements while it is busy.
func (w *world) officers() {
	for _, n := range w.nodes {
		for _, peer := range w.nodes {
			if n == peer {
				continue
			}
			for range 5 + w.rng.IntN(20) {
				w.in(w.upTo(busy), func() { w.draft(n, peer) })
			}
		}
	}
}

func (w *world) draft(n, peer *node) {
	b := &n.disk[peer.i]
	var list []*statement
	for range 1 + w.rng.IntN(4) {
		s := &statement{id: w.id(), from: n, to: peer, matter: w.rng.IntN(3), move: w.chance(0.7), bad: w.chance(0.05)}
		s.after = b.heads(s.matter)
		for _, q := range slices.Concat(b.ready, list) {
			if q.move && q.matter == s.matter {
				s.after.Mine = q.id
			}
		}
		if w.chance(0.05) {
			s.move, s.bad, s.control = false, false, &comity.Control{Type: "roster", Hash: s.id}
		}
		list = append(list, s)
	}
	w.in(w.upTo(20*time.Second), func() {
		n.do(peer, func(t *tx) {
			for _, s := range list {
				n.orders++
				s.order = n.orders
			}
			t.release(list)
		})
	})
}

// live runs a seed to its end, and returns its world.
func live(seed uint64, bug string) *world {
	w := newWorld(seed, bug)
	w.run(busy + 30*time.Second)
	w.calm = true
	w.down = nil
	w.in(0, func() {})
	kept := map[*node][]*statement{}
	for range 200 {
		w.run(w.now + time.Minute)
		rest := true
		for _, t := range w.channels {
			rest = rest && (!t.honest() || t.settled())
		}
		if rest || len(w.wrong) > 0 {
			break
		}
	}
	for _, t := range w.channels {
		if t.honest() && len(w.wrong) == 0 {
			kept[t.a], kept[t.b] = w.kept(t.a, t.b), w.kept(t.b, t.a)
			w.judge(t, kept)
		}
	}
	return w
}

func TestWhateverGoesWrongEveryPromiseHolds(t *testing.T) {
	var steps uint64
	var days time.Duration
	for seed := range uint64(seeds) {
		w := live(seed, "")
		steps += w.steps
		days += w.now
		if len(w.wrong) > 0 {
			t.Fatalf("seed %d: %s\nalarms: %s", seed, w.wrong, w.alarms)
		}
	}
	t.Logf("%d seeds, %d steps, %v simulated", seeds, steps, days)
}

func TestTheSameSeedIsTheSameLife(t *testing.T) {
	for seed := range uint64(20) {
		a, b := live(seed, ""), live(seed, "")
		if a.trace != b.trace || a.steps != b.steps {
			t.Errorf("seed %d: %d steps, then %d", seed, a.steps, b.steps)
		}
	}
}

// TestThePlantedBugsAreFound wants each bug found by the promise that it breaks,
// not by the rubble it leaves.
func TestThePlantedBugsAreFound(t *testing.T) {
	for _, x := range []struct{ bug, broken string }{
		{"receipt before commit", `receipts item \d+, which it does not have`},
		{"dedupe not durable", `places .* twice`},
		{"dedupe of numbers alone", `places .* twice`},
		{"stale resend", `numbers .* stale`},
		{"stale resend after a restore", `numbers .* twice|placed is true and returned is true`},
		{"numbers while BEHIND", `signed two headers for number`},
	} {
		t.Run(x.bug, func(t *testing.T) {
			broken := regexp.MustCompile(x.broken)
			for seed := range uint64(50) {
				w := live(seed, x.bug)
				if i := slices.IndexFunc(w.wrong, broken.MatchString); i >= 0 {
					t.Logf("seed %d: %s", seed, w.wrong[i])
					return
				}
			}
			t.Errorf("none of the first 50 seeds says %q", x.broken)
		})
	}
}
