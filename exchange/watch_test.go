package exchange_test

import (
	"fmt"
	"slices"

	"comity"
	"comity/exchange"
)

func (w *world) treaty(a, b *node) *treaty {
	for _, t := range w.channels {
		if t.a == a && t.b == b || t.a == b && t.b == a {
			return t
		}
	}
	panic("no such pair")
}

func (w *world) channel(a, b *node) comity.Hash { return w.treaty(a, b).channel }

func (t *treaty) honest() bool { return !t.a.evil && !t.b.evil }

// leaves watches every exchange of an honest node as it leaves.
func (w *world) leaves(n *node, m *message) {
	b := &n.disk[m.to.i]
	for _, it := range m.items {
		if it.From != n.name {
			continue
		}
		p := place{it.Channel, it.Epoch, it.From, it.Seq}
		if h, ok := w.left[p]; ok && h != it.hash {
			w.violate("%s signed two headers for number %d of epoch %d", n.name, it.Seq, it.Epoch)
		}
		w.left[p] = it.hash
		r := it.Receipt
		if r == nil || it.Epoch != b.Epoch || b.Lags() {
			continue
		}
		if r.Upto >= uint64(len(b.in)) || b.inRoots[r.Upto+1] != r.Root {
			w.violate("%s receipts item %d, which it does not have", n.name, r.Upto)
		}
	}
}

// check compares what an honest node committed with what the protocol promises.
func (w *world) check(n, peer *node, old book, t *tx) {
	b := &t.b
	if b.Next != uint64(len(b.own)) || b.OutRoot != b.ownRoots[b.Next] || b.State.Want != uint64(len(b.in)) || b.InRoot != b.inRoots[b.State.Want] {
		w.violate("%s: the state is not that of the rows: %+v", n.name, b.State)
	}
	if b.Mode == exchange.Open && (b.Owes() || len(b.Refused) > 0) {
		w.violate("%s commits while it owes a receipt", n.name)
	}
	from := len(old.own)
	if b.Epoch != old.Epoch {
		from = 0
	}
	for _, it := range b.own[from+t.come:] {
		w.checkOwn(n, b, it)
	}
	if len(b.said) > len(old.said) {
		unique(w, n, "numbers", b.said)
	}
	if len(b.placed) > len(old.placed) {
		unique(w, n, "places", b.placed)
	}
	kept := len(b.ready) + len(b.said) + len(b.returned)
	if !w.treaty(n, peer).restored && kept < len(old.ready)+len(old.said)+len(old.returned) {
		w.violate("%s lost a statement", n.name)
	}
}

func unique(w *world, n *node, verb string, es []entry) {
	for i, e := range es {
		if e.refused {
			continue
		}
		for _, f := range es[:i] {
			if f.id == e.id && !f.refused {
				w.violate("%s %s %v twice", n.name, verb, e.statement)
			}
		}
	}
}

// checkOwn holds a new item of ours to the order it claims: seen is the last
// receipt before it, and after names the heads up to there.
func (w *world) checkOwn(n *node, b *book, it *item) {
	var seen uint64 // one past
	for _, o := range b.own[:it.Seq] {
		if r := o.Receipt; r != nil {
			if r.Upto+1 <= seen {
				w.violate("%s: receipt %d covers what an earlier one does", n.name, o.Seq)
			}
			seen = r.Upto + 1
		}
	}
	if r := it.Receipt; r != nil {
		if r.Upto+1 <= seen || r.Upto >= uint64(len(b.in)) || b.inRoots[r.Upto+1] != r.Root {
			w.violate("%s: receipt %d of item %d does not follow from %d placed and %d seen", n.name, it.Seq, r.Upto, len(b.in), seen)
		}
	}
	for i, s := range it.carries {
		if !s.move {
			continue
		}
		was := *b
		for j, e := range was.said {
			if e.id == s.id && e.seq == it.Seq && e.epoch == it.Epoch {
				was.said = was.said[:j]
				break
			}
		}
		for j, e := range was.placed {
			if e.epoch == it.Epoch && e.seq >= seen {
				was.placed = was.placed[:j]
				break
			}
		}
		if now := was.heads(s.matter); now != s.after {
			w.violate("%s numbers %v stale, in place %d of item %d", n.name, s, i, it.Seq)
		}
	}
}

func (w *world) alarm(n, peer *node, a exchange.Alarm) {
	w.alarms = append(w.alarms, fmt.Sprintf("%v %s: %s: %s", w.now, n.name, a.Kind, a.Text))
	t := w.treaty(n, peer)
	if a.Kind == exchange.AlarmGuard && t.honest() {
		w.callResume(t)
	}
	if !t.honest() || t.restored || t.frozen || t.resume != nil {
		return
	}
	if a.Kind != exchange.AlarmSilence {
		w.violate("%s alarms without need: %s: %s", n.name, a.Kind, a.Text)
	}
}

func (w *world) halted(n, peer *node, h exchange.Halt) {
	if w.treaty(n, peer).honest() {
		w.violate("%s halts with an honest peer: %s at %d", n.name, h.Why, h.Seq)
	}
}

// lose notes that somebody was set back. What was released since the backup and
// has not reached the peer is beyond recovery; everything else must still arrive.
func (w *world) lose() {
	for _, t := range w.channels {
		t.restored = true
	}
}

// kept lists what must come to its end: what a node's own rows have, and what
// its peer has placed.
func (w *world) kept(n, peer *node) []*statement {
	b := &n.disk[peer.i]
	all := slices.Concat(b.ready, b.returned)
	for _, e := range b.said {
		all = append(all, e.statement)
	}
	for _, e := range peer.disk[n.i].placed {
		if !slices.ContainsFunc(all, func(s *statement) bool { return s.id == e.id }) {
			all = append(all, e.statement)
		}
	}
	return all
}

// settled reports whether nothing is under way between two honest nodes.
func (t *treaty) settled() bool {
	if t.wanted || !t.a.up || !t.b.up {
		return false
	}
	for _, x := range [][2]*node{{t.a, t.b}, {t.b, t.a}} {
		b, c := &x[0].disk[x[1].i], &x[1].disk[x[0].i]
		if b.Mode != exchange.Open || b.Waits() || len(b.ready) > 0 || b.Next != c.State.Want || b.Epoch != c.Epoch {
			return false
		}
	}
	return true
}

// judge holds an honest pair that has come to rest to the last promises.
func (w *world) judge(t *treaty, kept map[*node][]*statement) {
	for _, x := range [][2]*node{{t.a, t.b}, {t.b, t.a}} {
		n, peer := x[0], x[1]
		b, c := &n.disk[peer.i], &peer.disk[n.i]
		if b.Mode != exchange.Open || c.Mode != exchange.Open {
			w.violate("%s is %s and %s is %s", n.name, b.Mode, peer.name, c.Mode)
			continue
		}
		if b.OutRoot != c.InRoot || b.Next != c.State.Want {
			w.violate("%s and %s differ on %s's stream: %d and %d", n.name, peer.name, n.name, b.Next, c.State.Want)
		}
		if b.Receipted < b.Need || len(b.ready) > 0 {
			w.violate("%s is left with %d ready, %d of %d receipted: %+v", n.name, len(b.ready), b.Receipted, b.Need, b.State)
		}
		if !slices.EqualFunc(b.said, c.placed, func(x, y entry) bool {
			return x.id == y.id && x.epoch == y.epoch && x.seq == y.seq && x.refused == y.refused
		}) {
			w.violate("%s said %d statements, %s has others: %d", n.name, len(b.said), peer.name, len(c.placed))
		}
		// Who was set back may have forgotten that a statement was returned.
		said := slices.DeleteFunc(slices.Clone(b.said), func(e entry) bool { return w.back[e.id] })
		if !slices.IsSortedFunc(said, func(x, y entry) int { return x.order - y.order }) {
			w.violate("%s's statements are out of order", n.name)
		}
		for _, e := range b.said {
			if e.refused != e.bad {
				w.violate("%v: refused is %v", e.statement, e.refused)
			}
		}
		for _, s := range kept[n] {
			if s.to != peer {
				continue
			}
			said := slices.ContainsFunc(b.said, func(e entry) bool { return e.id == s.id })
			back := slices.Contains(b.returned, s)
			if said == back {
				w.violate("%v: placed is %v and returned is %v", s, said, back)
			}
		}
	}
}

// callResume makes the operators of both sides meet, once whatever is still
// under way has arrived or is lost.
func (w *world) callResume(t *treaty) {
	if !t.wanted {
		t.wanted = true
		w.in(w.grace(), func() { w.agree(t) })
	}
}

// agree is the ceremony: both roots sign where the epoch ends.
func (w *world) agree(t *treaty) {
	if !t.a.up || !t.b.up {
		w.in(w.grace()/10, func() { w.agree(t) })
		return
	}
	a, b := &t.a.disk[t.b.i], &t.b.disk[t.a.i]
	if a.Epoch != b.Epoch || a.Next < b.State.Want || b.Next < a.State.Want || a.State.Want < b.Receipted || b.State.Want < a.Receipted {
		w.in(w.grace()/10, func() { w.agree(t) })
		return
	}
	t.resume = &resume{epoch: a.Epoch + 1,
		last: map[comity.Party]comity.Position{
			t.a.name: {Party: t.a.name, Items: a.Receipted, Root: a.ownRoots[a.Receipted]},
			t.b.name: {Party: t.b.name, Items: b.Receipted, Root: b.ownRoots[b.Receipted]},
		},
		force: map[comity.Party]exchange.Force{t.a.name: a.force(a.Receipted), t.b.name: b.force(b.Receipted)},
	}
	// Who restores what was kept before a resume needs another one.
	t.a.backup, t.b.backup = nil, nil
	w.hand(t, t.a)
	if w.chance(0.5) {
		w.hand(t, t.b)
	}
	w.await(t)
}

// await ends the ceremony when both nodes have begun the new epoch.
func (w *world) await(t *treaty) {
	if t.a.disk[t.b.i].Epoch == t.resume.epoch && t.b.disk[t.a.i].Epoch == t.resume.epoch {
		t.wanted = false
		return
	}
	w.in(w.grace()/10, func() { w.await(t) })
}

// force returns what counted for our stream at item n.
func (b *book) force(n uint64) exchange.Force {
	f := b.baseOut
	for _, it := range b.own[:n] {
		if c := it.Control; c != nil {
			switch c.Type {
			case "roster":
				f.Roster = c.Hash
			case "profile":
				f.Profile = c.Hash
			case "chain":
				f.Chain = c.Hash
			}
		}
	}
	return f
}

// hand brings the resume to a node until it has taken it.
func (w *world) hand(t *treaty, n *node) {
	peer := t.a
	if n == t.a {
		peer = t.b
	}
	n.do(peer, func(x *tx) { x.resume(t.resume) })
	if n.disk[peer.i].Epoch < t.resume.epoch {
		w.in(w.grace()/10, func() { w.hand(t, n) })
	}
}
