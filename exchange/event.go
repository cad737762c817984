package exchange

import "comity"

// An Event is something that happened to a channel. The shell fills every field:
// it has done the cryptography and read the clock before it asks. "Ours" and
// "mine" are this node's own, "theirs" the peer's.
type Event interface{ event() }

// Start is the first event of a process for a channel whose pair is confirmed,
// before anything of it is sent or answered.
type Start struct {
	Guard Guard // as the guard file has it; zero without one
}

// Tick comes when State.Waits and State.Due has passed.
type Tick struct {
	Now    comity.Time
	Nonce  []byte  // 32 fresh random bytes, should a hello need them
	Jitter float64 // in [0, 1): takes up to a quarter off the next wait
}

// A Candidate waits to be numbered: a statement, or a control when Control is set.
type Candidate struct {
	ID      comity.Hash // of the statement; of the control's bytes
	Control *comity.Control

	// Stale says that the manifest's after no longer names the matter's heads:
	// mine counting our statements numbered so far and the earlier candidates of
	// this list that are not stale, theirs counting the peer's items placed so
	// far. False for facts and controls.
	Stale bool
}

// Ready brings the first candidates of the queue, in the order of their release,
// each looked at now: in answer to the effect Number, and whenever officers have
// put something there. The shell sends none if the queue is empty.
type Ready struct {
	List []Candidate // at least one, at most MaxStatements
	More bool        // the queue holds more than List
}

// Appended answers the effect Append in the same transaction, before the next
// effect is looked at: the header is stored and is a leaf of our log.
type Appended struct {
	Header comity.Header // as signed
	Root   comity.Hash   // of our items 0..Header.Seq
}

// ItemIn is an item of the peer's stream, of any number. Items of one exchange
// come in order, each with roots as they are after the effects of the one before.
type ItemIn struct {
	Header comity.Header

	// Fault is the code of spec section 4 that stands against these bytes, or
	// "". "header", "signature", "channel", "size" and "rate" count whatever the
	// number; what is found only by opening ("seal", "control", "receipt") counts
	// when the item is the one we want, and need not be looked for otherwise.
	Fault string

	// Same says, when Header.Seq < State.Want, that the stored header has the
	// same bytes. Of an item of an earlier epoch likewise.
	Same bool

	// Known says, of the first item of a stream, that its chain and roster entries
	// are the peer's, and held by us. Of an exercise alone: each side opens its end
	// when it likes, and the peer's book may have grown between. The live channel
	// begins from the entries whose number was compared.
	Known bool

	// Root is the root of the peer's items 0..Header.Seq with this header
	// appended. Needed only when Header.Seq == State.Want.
	Root comity.Hash

	// Mine is the root of our own items 0..Receipt.Upto, if we have so many.
	// Needed only of a receipt.
	Mine comity.Hash

	// Refused names the statements that have no effect. Needed only when
	// Header.Seq == State.Want and State.Covered <= Header.Seq: for an item that
	// a receipt of ours covers already (we were restored), that receipt decides.
	Refused []comity.Refused
}

// OwnItem is an item of our own stream that comes back from the peer, opened:
// it was sealed to us again.
type OwnItem struct {
	Header comity.Header
	Fault  string      // "" if the signature is ours and the seal opens to the header's ids
	Same   bool        // when Header.Seq < State.Next: the stored header has the same bytes
	Root   comity.Hash // of our items 0..Header.Seq with this header appended, when Header.Seq == State.Next
	Theirs comity.Hash // of a receipt: the root of the peer's items 0..Upto, if we have so many
}

// Hello is a peer's hello whose node signature is good. In an exchange it comes
// before the items.
type Hello struct {
	comity.Hello
	Asked  bool        // it came in a request, and asks for an answer
	Stick  bool        // it came on a stick, where any nonce will do
	Mine   comity.Hash // the root of our items 0..Want-1, if Want <= State.Next
	Theirs comity.Hash // the root of the peer's items 0..Next-1, if Next <= State.Want
}

// Have is the have of an exchange's head. It comes after the exchange's items.
type Have struct {
	Epoch uint64
	N     uint64
}

// Rejected is a rejection signed by the peer's node.
type Rejected struct {
	Epoch uint64
	Seq   uint64
	Code  string
}

// HaltIn is a halt of this channel that the peer sent, and whose proof holds.
type HaltIn struct{ Epoch uint64 }

// ChainByHand is a root-signed chain entry of the peer that came by another way
// than the stream and drops a node key: the key is stolen. The channel rests.
type ChainByHand struct{}

// Unfreeze is an operator's word that the freeze was a mistake.
type Unfreeze struct{}

// Resumed is a resume signed by both roots, as received or read from a file. A
// stream's agreed end is its owner's Receipted, once both nodes have taken what
// can still be under way: up to there both know what was placed and what was
// refused; what follows is sent again.
type Resumed struct {
	Epoch      uint64          // the new one
	Mine       comity.Position // our stream's agreed end
	Theirs     comity.Position // the peer's
	MineRoot   comity.Hash     // the root of our items 0..Mine.Items-1, if we have so many
	TheirsRoot comity.Hash     // the root of the peer's items 0..Theirs.Items-1, if we have so many
	Out, In    Force           // in force at those ends, or newer entries that came by hand
}

// Commit is the last event of every transaction that had others.
type Commit struct{ Now comity.Time }

func (Start) event()       {}
func (Tick) event()        {}
func (Ready) event()       {}
func (Appended) event()    {}
func (ItemIn) event()      {}
func (OwnItem) event()     {}
func (Hello) event()       {}
func (Have) event()        {}
func (Rejected) event()    {}
func (HaltIn) event()      {}
func (ChainByHand) event() {}
func (Unfreeze) event()    {}
func (Resumed) event()     {}
func (Commit) event()      {}
