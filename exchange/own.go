package exchange

import "comity"

// ready makes one item of the candidates, and asks for more.
func (c *channel) ready(e Ready) {
	if c.Mode != Open || c.Lags() {
		return
	}
	if c.Owes() {
		// The receipt goes first: seen must cover what the officers saw.
		c.receipt()
		c.do(Number{})
		return
	}
	var h comity.Header
	rest := e.List
	for len(rest) > 0 && h.Control == nil && len(h.Statements) < MaxStatements {
		x := rest[0]
		switch {
		case x.Stale:
			c.do(Return{ID: x.ID, Why: "moved"})
		case x.Control == nil:
			h.Statements = append(h.Statements, x.ID)
		case h.Statements == nil:
			h.Control = x.Control
		}
		if x.Control != nil && h.Control == nil {
			break // a control is an item of its own, and keeps its turn
		}
		rest = rest[1:]
	}
	if h.Statements != nil || h.Control != nil {
		c.append(h)
	}
	if len(rest) > 0 || e.More {
		c.do(Number{})
	}
}

// receipt appends the receipt for everything placed.
func (c *channel) receipt() {
	c.append(comity.Header{Receipt: &comity.Receipt{Upto: c.Want - 1, Root: c.InRoot, Refused: c.Refused}})
}

// append gives h the next number. State moves on when Appended says it is done.
func (c *channel) append(h comity.Header) {
	h.Epoch, h.Seq, h.Root = c.Epoch, c.Next, c.OutRoot
	h.Profile, h.Chain, h.Roster = c.Out.Profile, c.Out.Chain, c.Out.Roster
	c.do(Append{Header: h})
}

func (c *channel) appended(e Appended) {
	if c.Mode != Open || e.Header.Seq != c.Next || e.Header.Root != c.OutRoot {
		panic("exchange: Appended without its Append") // the transaction must not commit
	}
	c.own(e.Header, e.Root)
	switch n := uint64(len(setup())); {
	case c.Next < n:
		c.open()
		return
	case c.Next == n:
		c.do(Number{})
	}
	if e.Header.Receipt != nil || c.Attempts <= 1 { // to a silent peer, Tick alone sends
		c.do(Send{From: c.Has})
	}
}

// open appends what must begin an epoch; the last of it calls for the queue.
func (c *channel) open() {
	ctl := c.Out.opening(c.Next)
	c.append(comity.Header{Control: &ctl})
}

// own takes an item into our stream, be it new or come back.
func (c *channel) own(h comity.Header, root comity.Hash) {
	c.Next, c.OutRoot = h.Seq+1, root
	if r := h.Receipt; r != nil {
		c.Covered, c.CoveredRoot = r.Upto+1, r.Root
		c.Refused = beyond(c.Refused, c.Covered)
		return
	}
	c.Need = c.Next
	if h.Control != nil {
		c.Out = c.Out.with(*h.Control)
	}
}

// ownItem takes back an item of ours. It bears our signature, so whatever does
// not fit what we have is something that we forgot, or another who has our key.
func (c *channel) ownItem(e OwnItem) {
	h := e.Header
	switch {
	case e.Fault != "" || h.Epoch != c.Epoch:
		c.do(Ignore{"own item: " + e.Fault})
		return
	case c.Mode == New || c.Mode == Frozen || c.Mode == Halted:
		c.do(Ignore{"own item: " + string(c.Mode)})
		return
	case h.Seq < c.Next && e.Same:
		c.do(Ignore{"own item: known"})
		return
	case h.Seq < c.Next:
		c.halt(WhyOwn, h.Seq)
		return
	case c.Mode == Open:
		c.alarm(AlarmBehind, "an item of ours came back that we do not have")
		c.greet()
		return
	case h.Seq > c.Next:
		c.do(Ignore{"own item: a gap"})
		return
	case h.Root != c.OutRoot:
		c.halt(WhyRoot, h.Seq)
		return
	case h.Receipt != nil && h.Receipt.Upto < c.Want && h.Receipt.Root != e.Theirs:
		// We receipted another stream than the one we were given since.
		c.halt(WhyRoot, h.Seq)
		return
	}
	c.do(Install{Seq: h.Seq})
	c.own(h, e.Root)
	if c.Mode != Behind || c.Next < c.Target {
		return
	}
	if c.OutRoot != c.TargetRoot {
		c.halt(WhyHello, h.Seq)
		return
	}
	c.greet()
}
