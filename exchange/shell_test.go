package exchange_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"comity"
	"comity/exchange"
)

// A node is a shell around Step, with a disk that a crash spares.
type node struct {
	w      *world
	i      int
	name   comity.Party
	evil   bool
	up     bool
	life   int // grows with each crash: what an earlier life began is dead
	disk   []book
	guards []exchange.Guard // the guard file: a restore spares it
	backup []book
	timers []int
	orders int
	heard  []*message // by an evil node
	posted []*message // by an evil node
}

// A book is what a transaction may change: one channel's rows. Slices only grow
// by copying, so an old book stays as it was.
type book struct {
	exchange.State
	own, in           []*item
	ownRoots, inRoots []comity.Hash
	baseOut, baseIn   exchange.Force
	ready             []*statement
	said, placed      []entry
	returned          []*statement
	past              []comity.Hash // headers of ended epochs
}

// An entry is a statement in its place.
type entry struct {
	*statement
	epoch, seq uint64
	refused    bool
}

func newBook(out, in exchange.Force) book {
	return book{
		State:    exchange.NewState(out, in),
		ownRoots: []comity.Hash{exchange.EmptyRoot()},
		inRoots:  []comity.Hash{exchange.EmptyRoot()},
		baseOut:  out, baseIn: in,
	}
}

// grown appends without touching what others may hold.
func grown[T any](s []T, x ...T) []T { return append(slices.Clip(s), x...) }

func (b *book) unready(id comity.Hash) bool {
	i := slices.IndexFunc(b.ready, func(s *statement) bool { return s.id == id })
	if i >= 0 {
		b.ready = slices.Delete(slices.Clone(b.ready), i, i+1)
	}
	return i >= 0
}

// heads returns the matter's last moves among those said and placed.
func (b *book) heads(matter int) (h comity.After) {
	last := func(es []entry) comity.Hash {
		for _, e := range slices.Backward(es) {
			if e.move && e.matter == matter && !e.refused {
				return e.id
			}
		}
		return comity.Hash{}
	}
	return comity.After{Mine: last(b.said), Theirs: last(b.placed)}
}

// candidates looks at each statement again, as if those before it were numbered.
func (b *book) candidates(list []*statement, queue []*statement) []exchange.Candidate {
	mine := map[int]comity.Hash{}
	for _, s := range queue {
		if s.move {
			mine[s.matter] = s.id
		}
	}
	var out []exchange.Candidate
	for _, s := range list {
		c := exchange.Candidate{ID: s.id, Control: s.control}
		if s.move {
			now := b.heads(s.matter)
			if id, ok := mine[s.matter]; ok {
				now.Mine = id
			}
			c.Stale = now != s.after
			if !c.Stale {
				mine[s.matter] = s.id
			}
		}
		out = append(out, c)
	}
	return out
}

// A tx is one transaction on one channel.
type tx struct {
	n    *node
	peer *node
	b    book
	out  []exchange.Effect // what leaves after the commit
	item *item
	come int // own items that came back: not ours to judge
}

// tx begins, does f, and commits, unless it crashes around one of these.
func (n *node) tx(peer *node, f func(*tx)) ([]exchange.Effect, bool) {
	w := n.w
	t := &tx{n: n, peer: peer, b: n.disk[peer.i]}
	f(t)
	t.feed(exchange.Commit{Now: w.clock()})
	if w.bug == "receipt before commit" {
		n.leave(peer, t.b, t.out)
	}
	if n.crashes() {
		return nil, false
	}
	before := n.disk[peer.i]
	n.disk[peer.i] = t.b
	if !n.evil {
		w.check(n, peer, before, t)
	}
	n.wake(peer)
	if n.crashes() {
		return nil, false
	}
	n.guards[peer.i] = exchange.Guard{Epoch: t.b.Epoch, Next: max(t.b.Next, guardOf(n.guards[peer.i], t.b.Epoch))}
	if n.crashes() {
		return nil, false
	}
	return t.out, true
}

func guardOf(g exchange.Guard, epoch uint64) uint64 {
	if g.Epoch == epoch {
		return g.Next
	}
	return 0
}

// do is a transaction whose effects leave as a request.
func (n *node) do(peer *node, f func(*tx)) {
	if !n.up {
		return
	}
	if out, ok := n.tx(peer, f); ok {
		n.leave(peer, n.disk[peer.i], out)
	}
}

func (n *node) crashes() bool {
	if n.w.calm || !n.w.chance(n.w.crash) {
		return false
	}
	n.fall(n.w.upTo(5*time.Second), false)
	return true
}

// fall is a crash, and back comes the node later; restored, with the old disk.
func (n *node) fall(away time.Duration, restored bool) {
	n.up = false
	n.life++
	life := n.life
	n.w.note("fall " + string(n.name))
	n.w.in(away, func() {
		if n.life == life {
			n.rise(restored)
		}
	})
}

func (n *node) rise(restored bool) {
	if restored && n.backup != nil {
		n.disk = slices.Clone(n.backup)
		n.w.lose()
	}
	n.up = true
	n.life++
	for i := range n.disk {
		if i == n.i {
			continue
		}
		b := &n.disk[i]
		j, err := json.Marshal(b.State)
		var again exchange.State
		if err == nil {
			err = json.Unmarshal(j, &again)
		}
		if err != nil || !reflect.DeepEqual(again, b.State) {
			n.w.violate("state does not keep: %s: %v", j, err)
		}
		b.State = again
		if n.w.bug == "dedupe not durable" && b.Want > 4 {
			b.Want, b.Owed, b.InRoot = 4, 4, b.inRoots[4]
			b.in, b.inRoots = b.in[:4:4], b.inRoots[:5:5]
		}
		n.do(n.w.nodes[i], func(t *tx) { t.feed(exchange.Start{Guard: n.guards[i]}) })
		if !n.up {
			return
		}
	}
}

// wake sets the timer that the committed state asks for.
func (n *node) wake(peer *node) {
	n.timers[peer.i]++
	s := &n.disk[peer.i].State
	if !s.Waits() {
		return
	}
	at := time.Duration(0)
	if !s.Due.IsZero() {
		at = max(0, s.Due.Sub(n.w.clock().Time))
	}
	timer, life := n.timers[peer.i], n.life
	n.w.in(at, func() {
		if n.timers[peer.i] == timer && n.life == life && n.up {
			n.do(peer, func(t *tx) {
				nonce := n.w.id()
				t.feed(exchange.Tick{Now: n.w.clock(), Nonce: nonce[:], Jitter: n.w.rng.Float64()})
			})
		}
	})
}

// receive takes an exchange, in one transaction or in several, and answers it.
func (n *node) receive(m *message) {
	if !n.up {
		return
	}
	peer, w := m.from, n.w
	if n.evil {
		n.heard = append(n.heard, m)
	}
	var out []exchange.Effect
	ok := true
	do := func(f func(*tx)) {
		if !ok {
			return
		}
		var o []exchange.Effect
		if o, ok = n.tx(peer, f); ok {
			out = append(out, o...)
		}
	}
	head := func(t *tx) {
		if m.resume != nil {
			t.resume(m.resume)
		}
		if m.halt && m.proof {
			t.feed(exchange.HaltIn{Epoch: m.epoch})
		}
		if m.hello != nil && m.signer == peer.name {
			t.hello(m)
		}
		if m.reject != nil && m.signer == peer.name {
			t.feed(exchange.Rejected{Epoch: m.reject.Epoch, Seq: m.reject.Seq, Code: m.reject.Code})
		}
	}
	tail := func(t *tx) {
		t.feed(exchange.Have{Epoch: m.epoch, N: m.have})
	}
	if w.chance(0.8) {
		do(func(t *tx) {
			head(t)
			for _, it := range m.items {
				t.take(it)
			}
			tail(t)
		})
	} else {
		do(head)
		for _, it := range m.items {
			do(func(t *tx) { t.take(it) })
		}
		do(tail)
	}
	switch {
	case !ok || m.stick:
	case m.asks:
		n.answer(m, out)
	default:
		n.leave(peer, n.disk[peer.i], out)
	}
}

// take feeds an item of either stream.
func (t *tx) take(it *item) {
	t.item = it
	fault := ""
	switch {
	case it.signer != it.From:
		fault = "signature"
	case it.Channel != t.n.w.channel(t.n, t.peer):
		fault = "channel"
	}
	b := &t.b
	if it.From == t.n.name {
		e := exchange.OwnItem{Header: it.Header, Fault: fault, Root: grow(b.OutRoot, it.hash)}
		if it.Seq < b.Next {
			e.Same = b.own[it.Seq].hash == it.hash
		}
		if r := it.Receipt; r != nil && r.Upto < b.Want {
			e.Theirs = b.inRoots[r.Upto+1]
		}
		t.feed(e)
		return
	}
	if it.From != t.peer.name {
		fault = "channel"
	}
	e := exchange.ItemIn{Header: it.Header, Fault: fault, Root: grow(b.InRoot, it.hash)}
	switch {
	case it.Epoch < b.Epoch:
		e.Same = slices.Contains(b.past, it.hash)
	case it.Epoch == b.Epoch && it.Seq < b.Want:
		e.Same = b.in[it.Seq].hash == it.hash
	}
	if !it.opens && fault == "" {
		e.Fault = "seal"
	}
	if r := it.Receipt; r != nil && r.Upto < b.Next {
		e.Mine = b.ownRoots[r.Upto+1]
	}
	if it.Seq >= b.Covered {
		e.Refused = t.refusals(it)
	}
	t.feed(e)
}

// refusals judges the statements of an item that is about to be placed.
func (t *tx) refusals(it *item) (out []comity.Refused) {
	for i, s := range it.carries {
		code := ""
		if s.bad {
			code = "body"
		}
		if t.n.w.bug != "dedupe of numbers alone" && slices.ContainsFunc(t.b.placed, func(e entry) bool { return e.id == s.id && !e.refused }) {
			code = "duplicate"
		}
		if code != "" {
			out = append(out, comity.Refused{Seq: it.Seq, I: i, Code: code})
		}
	}
	return out
}

func (t *tx) hello(m *message) {
	e := exchange.Hello{Hello: *m.hello, Asked: m.asks, Stick: m.stick}
	if e.Want <= t.b.Next {
		e.Mine = t.b.ownRoots[e.Want]
	}
	if e.Next <= t.b.Want {
		e.Theirs = t.b.inRoots[e.Next]
	}
	t.feed(e)
}

func (t *tx) resume(r *resume) {
	me, you := t.n.name, t.peer.name
	e := exchange.Resumed{Epoch: r.epoch, Mine: r.last[me], Theirs: r.last[you], Out: r.force[me], In: r.force[you]}
	if e.Mine.Items <= t.b.Next {
		e.MineRoot = t.b.ownRoots[e.Mine.Items]
	}
	if e.Theirs.Items <= t.b.Want {
		e.TheirsRoot = t.b.inRoots[e.Theirs.Items]
	}
	old := t.b.Epoch
	t.feed(e)
	if t.b.Epoch == old {
		return
	}
	fresh := newBook(e.Out, e.In)
	for _, it := range t.b.in[:e.Theirs.Items] {
		t.b.past = grown(t.b.past, it.hash)
	}
	t.b.own, t.b.in, t.b.ownRoots, t.b.inRoots = nil, nil, fresh.ownRoots, fresh.inRoots
	t.b.baseOut, t.b.baseIn = e.Out, e.In
}

// feed is one Step and its effects. A nested event comes before the next effect.
func (t *tx) feed(e exchange.Event) {
	behind := t.b.Mode == exchange.Behind || t.b.Mode == exchange.Greets && t.b.Next >= 4
	if _, ok := e.(exchange.Ready); ok && t.n.w.bug == "numbers while BEHIND" && behind {
		defer func(m exchange.Mode) { t.b.Mode = m }(t.b.Mode)
		t.b.Mode = exchange.Open
	}
	var kept []byte
	if t.n.w.paranoid {
		kept = t.n.w.marshal(t.b.State)
	}
	before := t.b.State
	s, effects := exchange.Step(t.b.State, e)
	if t.n.w.paranoid {
		if now := t.n.w.marshal(before); string(now) != string(kept) {
			t.n.w.violate("Step changed its argument: %s, now %s", kept, now)
		}
		if s2, e2 := exchange.Step(before, e); !reflect.DeepEqual(s2, s) || !reflect.DeepEqual(e2, effects) {
			t.n.w.violate("Step of the same state and event differs")
		}
	}
	t.b.State = s
	t.n.w.note(string(t.n.name) + reflect.TypeOf(e).Name())
	for _, f := range effects {
		if exchange.Leaves(f) {
			t.out = append(t.out, f)
		}
		t.effect(e, f)
	}
}

func (t *tx) effect(e exchange.Event, f exchange.Effect) {
	b, w := &t.b, t.n.w
	switch f := f.(type) {
	case exchange.Return:
		for _, s := range b.ready {
			if s.id == f.ID {
				b.returned = grown(b.returned, s)
				w.back[s.id] = true
			}
		}
		b.unready(f.ID)
	case exchange.Number:
		t.number()
	case exchange.Append:
		t.append(f.Header)
	case exchange.Place:
		t.place(e.(exchange.ItemIn), f)
	case exchange.Settle:
		r := t.item.Receipt
		if t.item.signer != t.peer.name || r.Upto != f.Upto || f.From > f.Upto || f.Upto >= b.Next || r.Root != b.ownRoots[f.Upto+1] {
			w.violate("%s settles %d to %d of %d by %+v", t.n.name, f.From, f.Upto, b.Next, t.item.Header)
		}
		for _, r := range f.Refused {
			b.said = refuse(b.said, b.Epoch, r)
		}
	case exchange.Install:
		t.come++
		t.enter(t.item)
	case exchange.Requeue:
		var again []*statement
		i := slices.IndexFunc(b.said, func(x entry) bool { return x.epoch == f.Epoch && x.seq >= f.From })
		if i >= 0 {
			for _, x := range b.said[i:] {
				again = append(again, x.statement)
			}
			b.said = b.said[:i:i]
		}
		b.ready = append(again, b.ready...)
	case exchange.Annul:
		if i := slices.IndexFunc(b.placed, func(x entry) bool { return x.epoch == f.Epoch && x.seq >= f.From }); i >= 0 {
			b.placed = b.placed[:i:i]
		}
	case exchange.Alarm:
		w.alarm(t.n, t.peer, f)
	case exchange.Halt:
		w.halted(t.n, t.peer, f)
	}
}

// release puts into the queue what is not stale, as the desk does.
func (t *tx) release(list []*statement) {
	for i, c := range t.b.candidates(list, t.b.ready) {
		if !c.Stale {
			t.b.ready = grown(t.b.ready, list[i])
		}
	}
	t.number()
}

// number offers what waits, whether or not the channel knows its place.
func (t *tx) number() {
	b, w := &t.b, t.n.w
	if len(b.ready) == 0 {
		return
	}
	n := min(w.page, len(b.ready))
	r := exchange.Ready{List: b.candidates(b.ready[:n], nil), More: len(b.ready) > n}
	if w.bug == "stale resend" {
		for i := range r.List {
			r.List[i].Stale = false
		}
	}
	t.feed(r)
}

// refuse marks the statement that r names.
func refuse(es []entry, epoch uint64, r comity.Refused) []entry {
	es = slices.Clone(es)
	n := 0
	for i := range es {
		if es[i].epoch == epoch && es[i].seq == r.Seq {
			if n == r.I {
				es[i].refused = true
			}
			n++
		}
	}
	return es
}

// append signs and stores our next item.
func (t *tx) append(h comity.Header) {
	w := t.n.w
	h.V, h.Channel, h.From, h.Time = 1, w.channel(t.n, t.peer), t.n.name, w.clock()
	if h.Control != nil && h.Control.Hash.IsZero() {
		h.Control = &comity.Control{Type: h.Control.Type, Hash: w.id()}
	}
	it := &item{Header: h, signer: t.n.name, opens: true, hash: sum(h)}
	for _, id := range h.Statements {
		for _, s := range t.b.ready {
			if s.id == id {
				it.carries = append(it.carries, s)
			}
		}
	}
	if c := h.Control; c != nil {
		for _, s := range t.b.ready {
			if s.id == c.Hash {
				it.carries = append(it.carries, s)
			}
		}
	}
	t.enter(it)
	for _, s := range it.carries {
		t.b.unready(s.id)
	}
	t.feed(exchange.Appended{Header: h, Root: t.b.ownRoots[h.Seq+1]})
}

// enter stores an item of ours, new or come back.
func (t *tx) enter(it *item) {
	b := &t.b
	b.own = grown(b.own, it)
	b.ownRoots = grown(b.ownRoots, grow(b.ownRoots[len(b.ownRoots)-1], it.hash))
	for _, s := range it.carries {
		b.said = grown(b.said, entry{statement: s, epoch: it.Epoch, seq: it.Seq})
		if t.n.w.bug != "stale resend after a restore" {
			b.unready(s.id)
		}
	}
}

func (t *tx) place(e exchange.ItemIn, f exchange.Place) {
	b, it, w := &t.b, t.item, t.n.w
	if f.Seq != it.Seq || f.Seq != uint64(len(b.in)) || it.signer != t.peer.name || !it.opens ||
		it.Channel != w.channel(t.n, t.peer) || it.Epoch != b.Epoch || it.Root != b.inRoots[it.Seq] {
		w.violate("%s places what it must not: %+v", t.n.name, it.Header)
	}
	b.in = grown(b.in, it)
	b.inRoots = grown(b.inRoots, grow(b.inRoots[it.Seq], it.hash))
	refused := e.Refused
	if !f.Fresh {
		for _, o := range b.own {
			if o.Receipt != nil {
				refused = append(slices.Clip(refused), o.Receipt.Refused...)
			}
		}
	}
	for _, s := range it.carries {
		b.placed = grown(b.placed, entry{statement: s, epoch: it.Epoch, seq: it.Seq})
	}
	for _, r := range refused {
		if r.Seq == it.Seq {
			b.placed = refuse(b.placed, b.Epoch, r)
		}
	}
}

// leave sends what effects ask for as one request, if they ask for anything.
func (n *node) leave(peer *node, b book, out []exchange.Effect) {
	asks := slices.ContainsFunc(out, func(e exchange.Effect) bool {
		switch e.(type) {
		case exchange.Want, exchange.Refuse:
			return false // said in answer to a request; an answer is not argued with
		}
		return true
	})
	if !asks {
		return
	}
	m := n.exchange(peer, b, out)
	m.asks = true
	n.post(m)
}

func (n *node) answer(q *message, out []exchange.Effect) {
	b := n.disk[q.from.i]
	if b.Listens() {
		out = append(out, exchange.Send{From: b.Has})
	}
	n.post(n.exchange(q.from, b, out))
}

// exchange makes the bytes of one exchange from a committed book.
func (n *node) exchange(peer *node, b book, out []exchange.Effect) *message {
	w := n.w
	m := &message{from: n, to: peer, channel: w.channel(n, peer), epoch: b.Epoch, signer: n.name, have: b.Want}
	send := false
	for _, e := range out {
		switch e := e.(type) {
		case exchange.Send:
			send = true
		case exchange.Greet:
			m.hello = n.hello(b, e.Nonce)
			m.resume = w.treaty(n, peer).resume
		case exchange.AskOwn:
			m.hello = n.hello(b, e.Nonce)
		case exchange.GiveBack:
			m.items = append(m.items, b.in[e.From:min(e.To+1, e.From+uint64(w.limit))]...)
		case exchange.Refuse:
			m.reject = &comity.Rejection{Epoch: b.Epoch, Seq: e.Seq, Code: e.Code}
			if e.Code == "epoch" {
				m.resume = w.treaty(n, peer).resume
			}
		case exchange.Halt:
			m.halt = true
			m.proof = e.Why == exchange.WhyEquivocation || e.Why == exchange.WhyReceipt || e.Why == exchange.WhyOwn
		}
	}
	if send && b.Listens() {
		m.items = append(m.items, b.own[b.Has:min(b.Next, b.Has+uint64(w.limit))]...)
	}
	return m
}

func (n *node) hello(b book, nonce []byte) *comity.Hello {
	return &comity.Hello{Epoch: b.Epoch, From: n.name, Nonce: nonce, Next: b.Next, Want: b.Want, OutRoot: b.OutRoot, InRoot: b.InRoot}
}

// post is where bytes leave the node.
func (n *node) post(m *message) {
	if n.evil {
		m = n.twist(m)
		n.posted = append(n.posted, m)
	} else {
		n.w.leaves(n, m)
	}
	n.w.send(m)
}
