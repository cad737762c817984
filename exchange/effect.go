package exchange

import "comity"

// An Effect is something that the shell must do. Leaves tells those that leave
// the node, and wait for the commit, from those that belong to the transaction.
type Effect interface{ effect() }

// In the transaction, in order.
type (
	// Return takes a statement out of the ready queue, if it is there, and gives
	// it back to its officers: Why is "moved".
	Return struct {
		ID  comity.Hash
		Why string
	}

	// Number asks for a Ready event, now: the queue's first MaxStatements
	// candidates. If the queue is empty, there is nothing to do.
	Number struct{}

	// Append makes our next item. Step has filled Epoch, Seq, Root, Profile,
	// Chain, Roster and one of Statements, Receipt and Control; the shell fills
	// the rest, and the Hash of a prekey control without one: its newest. It
	// signs and stores the item, appends the leaf, takes what the item carries
	// out of the ready queue, and feeds Appended.
	Append struct{ Header comity.Header }

	// Place stores the peer's item under its number, appends the leaf, and gives
	// its statements their place; those in the event's Refused without effect.
	// When not Fresh, a receipt of ours covers the item already, and that
	// receipt says which statements are refused.
	Place struct {
		Seq   uint64
		Fresh bool
	}

	// Apply lets the placed control count from the peer's next item on.
	Apply struct{ Control comity.Control }

	// Settle marks our items From..Upto as receipted, and Refused without effect.
	Settle struct {
		From, Upto uint64
		Refused    []comity.Refused
	}

	// Install stores our own item that came back under its number, appends the
	// leaf, gives its statements their place, and takes what it carries out of
	// the ready queue: it has left long ago.
	Install struct{ Seq uint64 }

	// Requeue puts what our items From.. of the ended epoch carried at the head of
	// the ready queue, in order: statements, and controls other than prekeys and
	// those that the new epoch begins with. Those items keep their rows as
	// evidence, and have no place any more.
	Requeue struct{ Epoch, From uint64 }

	// Annul takes the place from the statements of the peer's items From.. of the
	// ended epoch: the peer sends them again.
	Annul struct{ Epoch, From uint64 }

	// Ignore does nothing. Why is for the log.
	Ignore struct{ Why string }

	// Alarm tells a person.
	Alarm struct {
		Kind string // one of the Alarm constants
		Text string
	}
)

// After the commit. A request gathers them into one exchange, and so does the
// answer to a request. Want and Refuse are said in answers only: a node that
// argued with an answer by another request would do so for ever.
type (
	// Send sends our items From.. and, as every exchange does, asks for the
	// peer's from Want. From may equal Next: then it only asks. Of a channel that
	// listens every answer to a request is a Send from State.Has.
	Send struct{ From uint64 }

	// Greet sends a hello with the state as committed: Nonce is the question's
	// in an answer. From epoch 1 on the resume that began the epoch goes with
	// every hello, for a peer that lacks it.
	Greet struct {
		Nonce  []byte
		Answer bool
	}

	// AskOwn is a Greet that asks for our own items From..To back: the peer sees
	// from the hello's next what we lack.
	AskOwn struct {
		From, To uint64
		Nonce    []byte
	}

	// GiveBack sends the peer's own items From..To, sealed to its newest prekey.
	GiveBack struct{ From, To uint64 }

	// Want says that we want item Seq next; the head's have says it.
	Want struct{ Seq uint64 }

	// Refuse sends a signed rejection, at a limited rate. With code "epoch" the
	// newest resume goes with it, if the peer lacks it.
	Refuse struct {
		Seq  uint64
		Code string // of spec section 4
	}

	// Halt stores the evidence in the transaction and tells both sides. Of
	// "equivocation" the proof is the stored header Seq and the event's (both
	// ours in "own"); of "receipt", the event's header. Of "root" and "hello" there
	// is no proof that fits in a halt: the event's signed bytes are kept.
	Halt struct {
		Why string // one of the Why constants
		Seq uint64
	}
)

// What an Alarm is about.
const (
	AlarmSilence  = "silence"  // the peer has not receipted or answered since State.Since
	AlarmProtocol = "protocol" // the peer breaks a rule that nothing else stops
	AlarmBehind   = "behind"   // we were restored: the peer has items that we lack
	AlarmGuard    = "guard"    // numbers left us that neither side has; only a resume helps
	AlarmRejected = "rejected" // the peer refuses an item of ours
	AlarmResume   = "resume"   // a resume does not fit what we have
)

// Why a channel halts.
const (
	WhyEquivocation = "equivocation" // two headers of one number, by the peer
	WhyRoot         = "root"         // a header states a root that its stream does not have
	WhyReceipt      = "receipt"      // a receipt states a root that our stream never had
	WhyHello        = "hello"        // a hello states a root that its stream does not have
	WhyOwn          = "own"          // two headers of one number, by us
	WhyPeer         = "peer"         // the peer halted, with proof
)

// Leaves reports whether e leaves the node, and so waits for the commit.
func Leaves(e Effect) bool {
	switch e.(type) {
	case Send, Greet, AskOwn, GiveBack, Want, Refuse, Halt:
		return true
	}
	return false
}

func (Return) effect()   {}
func (Number) effect()   {}
func (Append) effect()   {}
func (Place) effect()    {}
func (Apply) effect()    {}
func (Settle) effect()   {}
func (Install) effect()  {}
func (Requeue) effect()  {}
func (Annul) effect()    {}
func (Ignore) effect()   {}
func (Alarm) effect()    {}
func (Send) effect()     {}
func (Greet) effect()    {}
func (AskOwn) effect()   {}
func (GiveBack) effect() {}
func (Want) effect()     {}
func (Refuse) effect()   {}
func (Halt) effect()     {}
