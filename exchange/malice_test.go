package exchange_test

import (
	"slices"

	"comity"
)

// attacks are what an evil peer does, besides what an honest one does.
func attacks() []string {
	return []string{
		"equivocation", "reflection", "our items as its own", "replay", "a wrong number", "a statement again", "a receipt beyond", "a receipt of another root",
		"a refusal out of range", "a forged have", "a forked root", "a hello that wants too much", "a hello of another root", "a hello that lacks its own",
		"a bad signature", "a bad seal", "another channel", "another profile", "a halt without proof", "a halt",
		"a rejection", "a forged own item", "another epoch", "no opening", "silence", "a gap",
	}
}

// twist is where an evil node does to an exchange what it likes.
func (n *node) twist(m *message) *message {
	w, t := n.w, *m
	m = &t
	m.items = slices.Clone(m.items)
	if len(w.wicked) == 0 || !w.chance(0.15) {
		return m
	}
	b := &n.disk[m.to.i]
	next := comity.Header{V: 1, Channel: m.channel, Epoch: b.Epoch, Seq: b.Next, From: n.name, Root: b.OutRoot,
		Profile: b.Out.Profile, Chain: b.Out.Chain, Roster: b.Out.Roster, Time: w.clock(), Statements: []comity.Hash{w.id()}}
	forge := func(h comity.Header, signer comity.Party, opens bool) {
		it := &item{Header: h, hash: sum(h), signer: signer, opens: opens}
		for _, id := range h.Statements {
			it.carries = append(it.carries, &statement{id: id, from: n, to: m.to})
		}
		m.items = append(m.items, it)
	}
	switch w.wicked[w.rng.IntN(len(w.wicked))] {
	case "equivocation":
		if len(b.own) > 0 {
			h := b.own[w.rng.IntN(len(b.own))].Header
			h.Time = w.clock()
			forge(h, n.name, true)
		}
	case "reflection":
		if len(b.in) > 0 {
			m.items = append(m.items, b.in[w.rng.IntN(len(b.in)):]...)
		}
	case "our items as its own":
		if len(b.in) > 0 {
			h := b.in[w.rng.IntN(len(b.in))].Header
			h.From, h.Seq, h.Root = n.name, b.Next, b.OutRoot
			forge(h, n.name, true)
		}
	case "replay":
		if len(n.posted) > 0 {
			old := *n.posted[w.rng.IntN(len(n.posted))]
			return &old
		}
	case "a wrong number":
		next.Seq += uint64(w.rng.IntN(3)) - 1
		forge(next, n.name, true)
	case "a statement again":
		if len(b.said) > 0 {
			next.Statements[0] = b.said[w.rng.IntN(len(b.said))].id
			forge(next, n.name, true)
		}
	case "a receipt beyond":
		next.Statements, next.Receipt = nil, &comity.Receipt{Upto: b.State.Want + uint64(w.rng.IntN(3)), Root: w.id()}
		forge(next, n.name, true)
	case "a receipt of another root":
		next.Statements, next.Receipt = nil, &comity.Receipt{Upto: max(b.State.Want, 1) - 1, Root: w.id()}
		forge(next, n.name, true)
	case "a refusal out of range":
		next.Statements, next.Receipt = nil, &comity.Receipt{Upto: max(b.State.Want, 1) - 1, Root: b.InRoot,
			Refused: []comity.Refused{{Seq: b.State.Want + 2, Code: "body"}}}
		forge(next, n.name, true)
	case "a forged have":
		m.have = uint64(w.rng.IntN(100))
	case "a forked root":
		next.Root = w.id()
		forge(next, n.name, true)
	case "a hello that wants too much":
		m.hello = n.hello(*b, n.nonce(m))
		m.hello.Want += 5
	case "a hello of another root":
		m.hello = n.hello(*b, n.nonce(m))
		m.hello.InRoot = w.id()
	case "a hello that lacks its own":
		m.hello = n.hello(*b, n.nonce(m))
		m.hello.Next, m.hello.OutRoot = b.Next/2, b.ownRoots[b.Next/2]
	case "a bad signature":
		forge(next, "nobody", true)
	case "a bad seal":
		forge(next, n.name, false)
	case "another channel":
		next.Channel = w.id()
		forge(next, n.name, true)
	case "another profile":
		next.Profile = w.id()
		forge(next, n.name, true)
	case "a halt without proof":
		m.halt = true
	case "a halt":
		m.halt, m.proof = true, true
	case "a rejection":
		m.reject = &comity.Rejection{Epoch: b.Epoch, Seq: b.Receipted, Code: "seal"}
	case "a forged own item":
		h := next
		h.From, h.Seq = m.to.name, b.State.Want
		forge(h, n.name, true)
	case "another epoch":
		next.Epoch += uint64(w.rng.IntN(2)) + 1
		forge(next, n.name, true)
	case "no opening":
		next.Seq, next.Root = 0, b.ownRoots[0]
		forge(next, n.name, true)
		m.items = m.items[len(m.items)-1:]
	case "silence":
		m.items = slices.DeleteFunc(m.items, func(it *item) bool { return it.Receipt != nil })
	case "a gap":
		if len(m.items) > 1 {
			m.items = m.items[1:]
		}
	}
	return m
}

// nonce answers the last question that was heard, if there was one.
func (n *node) nonce(m *message) []byte {
	for _, h := range slices.Backward(n.heard) {
		if h.from == m.to && h.hello != nil {
			return h.hello.Nonce
		}
	}
	return nil
}
