package exchange

import (
	"bytes"
	"slices"
	"time"

	"comity"
)

// Step decides what event e means for a channel in state s. It is pure: the same
// state and event give the same answer, and s keeps its value.
func Step(s State, e Event) (State, []Effect) {
	c := &channel{State: s}
	switch e := e.(type) {
	case Start:
		c.start(e)
	case Tick:
		c.tick(e)
	case Ready:
		c.ready(e)
	case Appended:
		c.appended(e)
	case ItemIn:
		c.item(e)
	case OwnItem:
		c.ownItem(e)
	case Hello:
		c.hello(e)
	case Have:
		c.have(e)
	case Rejected:
		c.rejected(e)
	case HaltIn:
		c.haltIn(e)
	case ChainByHand:
		c.freeze()
	case Unfreeze:
		c.unfreeze()
	case Resumed:
		c.resume(e)
	case Commit:
		c.commit(e)
	}
	return c.State, c.effects
}

// A channel is a State on its way to the next one.
type channel struct {
	State
	effects []Effect
}

func (c *channel) do(e ...Effect) { c.effects = append(c.effects, e...) }

func (c *channel) start(e Start) {
	c.raiseGuard(e.Guard)
	switch c.Mode {
	case New, Greets, Open, Behind:
		c.greet()
	}
}

// greet makes the channel find its place anew. The next Tick brings the nonce:
// an answer to an earlier question proves nothing about now.
func (c *channel) greet() {
	c.Mode, c.Nonce = Greets, nil
	c.Due, c.Attempts = comity.Time{}, 0
}

// progress notes that the peer lives. Commit sets the next attempt.
func (c *channel) progress() {
	c.Since, c.Due, c.Attempts, c.Alarmed, c.Claims = comity.Time{}, comity.Time{}, 0, false, 0
}

func (c *channel) tick(e Tick) {
	if !c.Waits() {
		c.progress()
		return
	}
	if c.Since.IsZero() {
		c.Since = e.Now
	}
	if c.Mode != Open && c.Nonce == nil {
		c.Nonce = bytes.Clone(e.Nonce)
	}
	if e.Now.Before(c.Due.Time) {
		return
	}
	c.Attempts++
	c.Due = comity.At(e.Now.Add(wait(c.Attempts, e.Jitter)))
	switch {
	case c.Mode == Open:
		c.do(Send{From: c.Has})
	case c.Mode == Behind && c.Next < c.Target:
		c.do(AskOwn{From: c.Next, To: c.Target - 1, Nonce: c.Nonce})
	default:
		c.do(Greet{Nonce: c.Nonce})
		if c.Listens() && c.Has < c.Next {
			c.do(Send{From: c.Has})
		}
	}
	if c.Alarmed || e.Now.Sub(c.Since.Time) < SilenceAfter {
		return
	}
	if c.Claims >= MaxClaims {
		c.alarm(AlarmProtocol, "the peer says that it has items of ours, and sends no receipt for them")
		return
	}
	c.alarm(AlarmSilence, "the peer neither receipts nor answers")
}

// wait returns the time from attempt n to the next. Jitter keeps nodes that lost
// the same line from coming back in step.
func wait(n int, jitter float64) time.Duration {
	d := firstWait
	for ; n > 1 && d < longestWait; n-- {
		d *= 2
	}
	d = min(d, longestWait)
	return d - time.Duration(jitter*float64(d)/4)
}

// commit appends the owed receipt, one for the whole batch.
func (c *channel) commit(e Commit) {
	if c.Mode != Open {
		return
	}
	if c.Owes() {
		c.receipt()
	}
	if c.Waits() && c.Due.IsZero() {
		c.Attempts, c.Due = 1, comity.At(e.Now.Add(firstWait))
		if c.Since.IsZero() {
			c.Since = e.Now
		}
	}
}

// have takes the peer's word for what to send next, and for nothing else.
func (c *channel) have(e Have) {
	if !c.Listens() || e.Epoch != c.Epoch {
		c.do(Ignore{"have: we do not know our place, or another epoch"})
		return
	}
	if e.N > c.Next {
		// It lies, or we were set back and do not know it. Only a hello tells.
		if !c.Alarmed && !c.guarded() {
			c.alarm(AlarmProtocol, "the peer claims items that we have not sent")
		}
		c.greet()
		return
	}
	more := e.N > c.Has
	c.Has = e.N
	if c.Unreceipted() && e.N > c.Receipted {
		c.Claims++
	}
	if more && c.Has < c.Next {
		c.do(Send{From: c.Has})
	}
}

func (c *channel) rejected(e Rejected) {
	switch {
	case e.Code == "epoch" && e.Epoch < c.Epoch:
		c.do(Refuse{Seq: e.Seq, Code: "epoch"}) // the newest resume goes with it
	case e.Epoch != c.Epoch || e.Code == "rate" || c.Alarmed:
		c.do(Ignore{"rejection: " + e.Code})
	default:
		c.alarm(AlarmRejected, e.Code)
	}
}

// alarm tells a person once, until there is progress.
func (c *channel) alarm(kind, text string) {
	c.Alarmed = true
	c.do(Alarm{Kind: kind, Text: text})
}

// halt ends the epoch. A receipt that is owed is not given: what the peer says
// from here on, and what it is told, is for both roots to settle.
func (c *channel) halt(why string, seq uint64) {
	c.Mode = Halted
	c.do(Halt{Why: why, Seq: seq})
}

func (c *channel) haltIn(e HaltIn) {
	if e.Epoch != c.Epoch || c.Mode == New || c.Mode == Halted {
		c.do(Ignore{"halt: of another epoch, or known"})
		return
	}
	c.halt(WhyPeer, 0)
}

func (c *channel) freeze() {
	if c.Mode != Halted {
		c.Mode = Frozen
	}
}

func (c *channel) unfreeze() {
	if c.Mode == Frozen {
		c.greet()
	}
}

// resume begins a new epoch where both roots agree that the old one ended. It
// fits only a node that has everything up to there, and that has no receipt from
// beyond: what is settled stays settled.
func (c *channel) resume(e Resumed) {
	if e.Epoch <= c.Epoch || c.Mode == New {
		c.do(Ignore{"resume: of an epoch already begun"})
		return
	}
	fits := e.Epoch == c.Epoch+1 &&
		e.Mine.Items >= c.Receipted && e.Mine.Items <= c.Next && e.Mine.Root == e.MineRoot &&
		e.Theirs.Items <= c.Want && e.Theirs.Root == e.TheirsRoot
	if !fits {
		if !c.Alarmed {
			c.alarm(AlarmResume, "the resume ends an epoch that we do not have up to there")
		}
		return
	}
	if e.Mine.Items < c.Next {
		c.do(Requeue{Epoch: c.Epoch, From: e.Mine.Items})
	}
	if e.Theirs.Items < c.Want {
		c.do(Annul{Epoch: c.Epoch, From: e.Theirs.Items})
	}
	next := NewState(e.Out, e.In)
	next.Epoch, next.Guard = e.Epoch, c.Guard
	c.State = next
	c.greet()
}

// raiseGuard never lowers the guard: what has left once may turn up for ever.
func (c *channel) raiseGuard(g Guard) {
	if g.Epoch > c.Guard.Epoch || g.Epoch == c.Guard.Epoch && g.Next > c.Guard.Next {
		c.Guard = g
	}
}

// guarded reports whether our next number may have been used.
func (c *channel) guarded() bool {
	return c.Guard.Epoch > c.Epoch || c.Guard.Epoch == c.Epoch && c.Guard.Next > c.Next
}

// with returns f after a control of the same direction.
func (f Force) with(c comity.Control) Force {
	switch c.Type {
	case "profile":
		f.Profile = c.Hash
	case "chain":
		f.Chain = c.Hash
	case "roster":
		f.Roster = c.Hash
	}
	return f
}

// setup lists the controls that begin every epoch of a stream.
func setup() []string { return []string{"profile", "chain", "roster", "prekey"} }

// opening returns the control that the n-th item of an epoch is.
func (f Force) opening(n uint64) comity.Control {
	return comity.Control{
		Type: setup()[n],
		Hash: []comity.Hash{f.Profile, f.Chain, f.Roster, {}}[n],
	}
}

// beyond returns the refusals of items from n on.
func beyond(r []comity.Refused, n uint64) []comity.Refused {
	i := slices.IndexFunc(r, func(x comity.Refused) bool { return x.Seq >= n })
	if i < 0 {
		return nil
	}
	return slices.Clone(r[i:])
}
