package exchange

import (
	"slices"

	"comity"
)

// maxRefused bounds a receipt: a batch with more refusals gets several.
const maxRefused = 256

// item takes an item of the peer's stream.
func (c *channel) item(e ItemIn) {
	lagged := c.Lags()
	c.judge(e)
	if lagged && !c.Lags() {
		c.do(Number{})
	}
}

func (c *channel) judge(e ItemIn) {
	h := e.Header
	if e.Known && e.Fault == "" && c.Want == 0 && h.Seq == 0 && h.Epoch == c.Epoch && c.Epoch == 0 {
		c.In.Chain, c.In.Roster = h.Chain, h.Roster
	}
	switch {
	case c.Mode == New:
		c.do(Ignore{"item: not started"})
	case plain(e.Fault):
		c.do(Refuse{h.Seq, e.Fault})
	case c.Mode == Halted:
		c.do(Refuse{h.Seq, "halted"})
	case c.Mode == Frozen:
		c.do(Refuse{h.Seq, "frozen"})
	case h.Epoch != c.Epoch && e.Same:
		c.do(Ignore{"item: of an earlier epoch, known"})
	case h.Epoch != c.Epoch:
		c.do(Refuse{h.Seq, "epoch"})
	case h.Seq < c.Want && e.Same:
		c.do(Ignore{"item: known"}) // and its receipt is in our stream
	case h.Seq < c.Want:
		c.halt(WhyEquivocation, h.Seq)
	case !c.Listens():
		c.do(Ignore{"item: we do not know our place"}) // nor what a receipt may cover
	case h.Seq > c.Want:
		c.do(Want{c.Want})
	case h.Root != c.InRoot:
		c.halt(WhyRoot, h.Seq)
	case h.Seq+1 == c.Covered && e.Root != c.CoveredRoot:
		c.halt(WhyRoot, h.Seq) // before we were restored, the peer sent us something else
	case h.Profile != c.In.Profile:
		c.do(Refuse{h.Seq, "profile"})
	case h.Chain != c.In.Chain:
		c.do(Refuse{h.Seq, "chain"})
	case h.Roster != c.In.Roster:
		c.do(Refuse{h.Seq, "roster"})
	case e.Fault != "":
		c.do(Refuse{h.Seq, e.Fault})
	case !c.opens(h):
		c.do(Refuse{h.Seq, "control"})
	case h.Receipt != nil:
		c.receipted(e)
	default:
		c.place(e)
	}
}

// plain reports whether a fault shows without opening the item, so that nothing
// else about it may be believed.
func plain(fault string) bool {
	return slices.Contains([]string{"header", "signature", "channel", "size", "rate"}, fault)
}

// opens reports whether the first items of the epoch are the ones that must be.
func (c *channel) opens(h comity.Header) bool {
	if h.Seq >= uint64(len(setup())) {
		return true
	}
	want := c.In.opening(h.Seq)
	return h.Control != nil && h.Control.Type == want.Type && (want.Hash.IsZero() || h.Control.Hash == want.Hash)
}

// place gives statements or a control their place, and owes a receipt for it
// unless one exists.
func (c *channel) place(e ItemIn) {
	fresh := c.take(e)
	c.Owed = c.Want
	if ctl := e.Header.Control; ctl != nil {
		c.In = c.In.with(*ctl)
		c.do(Apply{*ctl})
		return
	}
	if fresh && len(e.Refused) > 0 {
		c.Refused = slices.Concat(c.Refused, e.Refused)
		if len(c.Refused) >= maxRefused && c.Mode == Open {
			c.receipt()
		}
	}
}

// receipted takes the peer's receipt for our stream. A false one is a fork: the
// peer signed a root that our stream never had.
func (c *channel) receipted(e ItemIn) {
	r := e.Header.Receipt
	if r.Upto >= c.Next && c.guarded() {
		c.greet() // what we forgot has turned up with the peer
		return
	}
	if r.Upto >= c.Next || r.Root != e.Mine {
		c.halt(WhyReceipt, e.Header.Seq)
		return
	}
	last := c.Receipted
	for _, x := range r.Refused {
		if x.Seq < last || x.Seq > r.Upto {
			c.do(Refuse{e.Header.Seq, "receipt"})
			return
		}
		last = x.Seq
	}
	c.take(e)
	if r.Upto < c.Receipted {
		return
	}
	c.do(Settle{From: c.Receipted, Upto: r.Upto, Refused: r.Refused})
	c.Receipted = r.Upto + 1
	c.Has = max(c.Has, c.Receipted)
	c.progress()
}

// take moves past the item, and reports whether no receipt of ours covers it.
func (c *channel) take(e ItemIn) (fresh bool) {
	fresh = e.Header.Seq >= c.Covered
	c.do(Place{Seq: e.Header.Seq, Fresh: fresh})
	c.Want, c.InRoot, c.Claims = e.Header.Seq+1, e.Root, 0
	return fresh
}
