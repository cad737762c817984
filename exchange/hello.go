package exchange

import (
	"bytes"

	"comity"
)

// hello compares what the peer knows of both streams with what we know. An
// answer to our own nonce tells us our place; a question only tells the peer's.
func (c *channel) hello(e Hello) {
	fresh := e.Stick || !e.Asked && len(c.Nonce) > 0 && bytes.Equal(e.Nonce, c.Nonce)
	switch {
	case c.Mode == New || !e.Asked && !fresh:
		c.do(Ignore{"hello: not started, or no answer to our nonce"})
		return
	case c.Mode == Halted:
		c.do(Refuse{Code: "halted"})
		return
	case c.Mode == Frozen:
		c.do(Refuse{Code: "frozen"})
		return
	case e.Epoch < c.Epoch:
		c.do(Refuse{Code: "epoch"}) // the newest resume goes with it
		return
	case e.Epoch > c.Epoch:
		c.do(Ignore{"hello: the peer has resumed"})
		return
	case e.Hello.Want <= c.Next && e.InRoot != e.Mine, e.Hello.Next <= c.State.Want && e.OutRoot != e.Theirs:
		c.halt(WhyHello, e.Hello.Next)
		return
	}
	was := c.Mode
	c.Has = min(e.Hello.Want, c.Next)
	if e.Hello.Next < c.State.Want {
		c.do(GiveBack{From: e.Hello.Next, To: c.State.Want - 1})
	}
	switch {
	case e.Hello.Want > c.Next:
		c.fallBehind(e.Hello)
	case c.Mode != Open && fresh:
		c.position()
	}
	if c.Listens() && (c.Has < c.Next || c.Mode != was) {
		c.do(Send{From: c.Has})
	}
	if e.Asked && !e.Stick {
		c.do(Greet{Nonce: e.Nonce, Answer: true})
	}
}

// fallBehind stops numbering until the peer has given back what it has of ours.
func (c *channel) fallBehind(h comity.Hello) {
	if c.Mode == Behind && h.Want == c.Target {
		return
	}
	if c.Mode != Behind {
		c.alarm(AlarmBehind, "the peer has items of ours that we lack: we were restored from a backup")
	}
	c.Mode, c.Target, c.TargetRoot = Behind, h.Want, h.InRoot
	// The guard stays: until an item of ours comes back this is the peer's word
	// alone, and a lie must not close the channel for good.
	c.Due, c.Attempts = comity.Time{}, 0
}

// position opens the channel: the peer knows no more of us than we do, and
// nothing that may have left us is missing.
func (c *channel) position() {
	if c.guarded() {
		if c.Mode != Behind || c.Next < c.Target {
			c.alarm(AlarmGuard, "items left this node that neither side has: their numbers cannot be used, both roots must resume")
		}
		c.Mode, c.Target, c.TargetRoot = Behind, c.Next, c.OutRoot
		return
	}
	c.Mode, c.Nonce = Open, nil
	c.progress()
	if c.Next < uint64(len(setup())) {
		c.open()
	} else {
		c.do(Number{})
	}
}
