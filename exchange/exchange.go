// Package exchange decides what a node does with one channel: it is the protocol
// of docs/spec and nothing else. It signs nothing, opens nothing, stores
// nothing and sends nothing. A shell does, and asks [Step] what to do.
//
// A channel has one [State], kept as a JSON value in the channel's row. Whatever
// happens to the channel is an [Event]; Step answers with the next State and the
// [Effect]s to carry out:
//
//	begin    lock the channel's row, read its State
//	look     verify signatures, open seals, compute roots: the event's fields
//	step     State, Event -> State, Effects; repeat for each item of a batch
//	do       carry out each effect in order, in this transaction; Append and
//	         Number call for another event, fed to Step before the next effect
//	Commit   the last event: the receipt that the batch owes is appended
//	write    the State, and commit
//	guard    write (Epoch, Next) to the guard file, outside the backup
//	send     Greet, Send, Want, AskOwn, GiveBack, Refuse, Halt: only now
//
// Nothing leaves the node before the commit, so a crash loses only what nobody
// has seen. An item is signed once and repeated byte for byte; only its seal may
// be new. A node that starts numbers nothing until its peer has said, in answer
// to a fresh nonce, how much it knows of us: who comes back from an old backup
// must not sign a number twice.
//
// What this cannot detect: a machine that is set back together with its guard
// file while the peer lacks items that have left it. If such an item turns up
// later, the peer holds two headers of one number, and both sides halt.
package exchange

import (
	"crypto/sha256"
	"time"

	"comity"
)

// A Mode is what a channel may do now.
type Mode string

const (
	New    Mode = "NEW"    // set up, never started: nothing is taken or sent
	Greets Mode = "HELLO"  // asks the peer what it knows of us; releases queue
	Open   Mode = "OPEN"   // numbers, places, receipts
	Behind Mode = "BEHIND" // the peer knows more of us than we do; releases queue
	Frozen Mode = "FROZEN" // the peer's node key is not to be trusted; all rests
	Halted Mode = "HALTED" // a fork is proven; only both roots' resume ends it
)

// A Force is what counts for one direction before its next item.
type Force struct {
	Profile comity.Hash `json:"profile"`
	Chain   comity.Hash `json:"chain"`
	Roster  comity.Hash `json:"roster"`
}

// A Guard says how many numbers of an epoch may have left this node. It is kept
// in a file outside the backup, written after each commit and before each send.
type Guard struct {
	Epoch uint64 `json:"epoch"`
	Next  uint64 `json:"next"`
}

// A State is all that a channel's next decision depends on. It is a value: JSON
// keeps it whole, and Step never changes one in place.
type State struct {
	Mode  Mode   `json:"mode"`
	Epoch uint64 `json:"epoch"`

	// Our stream.
	Next      uint64      `json:"next"`      // the number of our next item
	OutRoot   comity.Hash `json:"outroot"`   // of our items 0..Next-1
	Need      uint64      `json:"need"`      // one past our last item that is no receipt: it needs one
	Receipted uint64      `json:"receipted"` // our items 0..Receipted-1 are cosigned
	Has       uint64      `json:"has"`       // how many the peer last said it has: a hint, and where to send from
	Out       Force       `json:"out"`

	// The peer's stream.
	Want        uint64           `json:"want"`        // the number of the item we want
	InRoot      comity.Hash      `json:"inroot"`      // of the peer's items 0..Want-1
	Owed        uint64           `json:"owed"`        // one past the last placed item that is no receipt
	Covered     uint64           `json:"covered"`     // our receipts cover the peer's items 0..Covered-1
	CoveredRoot comity.Hash      `json:"coveredroot"` // as our last receipt states it
	Refused     []comity.Refused `json:"refused,omitempty"`
	In          Force            `json:"in"`

	// Finding our place.
	Nonce      []byte      `json:"nonce,omitempty"` // of the hello under way; nil until a Tick brings one
	Target     uint64      `json:"target"`          // BEHIND: how many of our items the peer has
	TargetRoot comity.Hash `json:"targetroot"`      // and their root, as it says
	Guard      Guard       `json:"guard"`           // no number below it is signed again

	// Silence.
	Since    comity.Time `json:"since"` // we wait for the peer since then; zero if we do not, or since the last sign of progress
	Due      comity.Time `json:"due"`   // the next attempt
	Attempts int         `json:"attempts"`
	Alarmed  bool        `json:"alarmed"` // somebody has been told
	Claims   int         `json:"claims"`  // how often in a row the peer said that it has what it does not receipt
}

// MaxStatements is how many statements one item may carry.
const MaxStatements = 64

// Attempts are a second apart at first and four seconds at most, so that a peer
// which comes back is reached within five. SilenceAfter is when a person is told.
const (
	firstWait    = time.Second
	longestWait  = 4 * time.Second
	SilenceAfter = 2 * time.Minute
)

// MaxClaims is how many exchanges in a row may say that the peer has items of
// ours without bringing a receipt or any other item, before its silence is a
// breach of the protocol. One is no proof: a receipt may be too far down the
// stream for an exchange with a limit, or be overtaken by a later exchange.
const MaxClaims = 10

// EmptyRoot returns the root of a stream without items.
func EmptyRoot() comity.Hash { return sha256.Sum256(nil) }

// NewState returns the state of a channel that was set up with these entries and
// never started: out are ours, in are the peer's, and their profile is one.
func NewState(out, in Force) State {
	return State{Mode: New, OutRoot: EmptyRoot(), InRoot: EmptyRoot(), CoveredRoot: EmptyRoot(), Out: out, In: in}
}

// Owes reports whether items have been placed that no receipt of ours covers.
func (s State) Owes() bool { return s.Owed > s.Covered }

// Unreceipted reports whether an item of ours that needs a receipt lacks it.
func (s State) Unreceipted() bool { return s.Need > s.Receipted }

// Waits reports whether there is something to attempt, at s.Due or later: the
// shell then sends a Tick. A zero Due is now.
func (s State) Waits() bool {
	switch s.Mode {
	case Greets, Behind:
		return true
	case Open:
		return s.Unreceipted() || s.Has < s.Need || s.Lags()
	}
	return false
}

// Listens reports whether items are placed and sent: always when open, and when
// all that the peer has of ours is here but some numbers are in doubt. What is
// placed then is receipted later, or comes again after a resume.
func (s State) Listens() bool {
	return s.Mode == Open || s.Mode == Behind && s.Next >= s.Target
}

// Lags reports whether our own stream receipts items that we do not have, which
// happens between a restored backup and the peer's sending them again. Numbering
// waits: what we say next would claim to have seen them.
func (s State) Lags() bool { return s.Want < s.Covered }
