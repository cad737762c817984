package exchange_test

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"comity"
	"comity/exchange"
)

// A world is some nodes, the lines between them, and one queue of what happens
// next. All chance comes from one seed, so a world can be lived again.
type world struct {
	rng   *rand.Rand
	now   time.Duration
	queue queue
	count uint64 // of events queued: breaks ties in time
	nodes []*node
	bug   string // planted in every honest shell
	calm  bool   // no more trouble: what is under way must come to its end

	loss, dup  float64
	slow       time.Duration // the longest delay of a message
	crash      float64       // per transaction
	limit      int           // items in one exchange
	page       int           // candidates in one Ready
	down       []outage
	under      int // sticks under way
	paranoid   bool
	channels   []*treaty
	left       map[place]comity.Hash // every header that left an honest node
	wrong      []string              // invariants that did not hold
	trace      [32]byte
	steps, ids uint64
	alarms     []string
	wicked     []string             // the attacks of the evil node
	back       map[comity.Hash]bool // statements that were returned, perhaps before a restore
}

// A place is a number in a stream.
type place struct {
	channel comity.Hash
	epoch   uint64
	from    comity.Party
	seq     uint64
}

// An outage cuts a line for a while.
type outage struct {
	a, b     int
	from, to time.Duration
}

// A treaty is what both roots have signed for one channel.
type treaty struct {
	a, b     *node
	channel  comity.Hash
	resume   *resume
	wanted   bool // an operator has called for a resume
	restored bool
	frozen   bool
}

// A resume as both roots signed it.
type resume struct {
	epoch uint64
	last  map[comity.Party]comity.Position
	force map[comity.Party]exchange.Force
}

type happening struct {
	at    time.Duration
	order uint64
	do    func()
}

type queue []happening

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(happening)) }
func (q *queue) Pop() any {
	x := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return x
}

func (w *world) in(d time.Duration, do func()) {
	w.count++
	heap.Push(&w.queue, happening{w.now + d, w.count, do})
}

// run lives until the queue is empty, the time is up, or something is wrong.
func (w *world) run(until time.Duration) {
	for len(w.queue) > 0 && w.queue[0].at <= until && len(w.wrong) == 0 {
		h := heap.Pop(&w.queue).(happening)
		w.now = h.at
		h.do()
	}
	w.now = max(w.now, until)
}

func (w *world) clock() comity.Time {
	return comity.At(time.Date(2026, 11, 22, 3, 14, 0, 0, time.UTC).Add(w.now))
}

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

func (w *world) upTo(d time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(d) + 1))
}

// id returns a hash that is no other.
func (w *world) id() comity.Hash {
	w.ids++
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("id"), w.ids))
}

// violate notes that the world is not as promised.
func (w *world) violate(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf("at %v: ", w.now)+fmt.Sprintf(format, args...))
}

// marshal writes a state, which can always be written.
func (w *world) marshal(s exchange.State) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		w.violate("a state cannot be written: %v", err)
	}
	return b
}

// note makes the trace depend on what happened, and in which order.
func (w *world) note(what string) {
	w.steps++
	b := append(w.trace[:], what...)
	b = binary.BigEndian.AppendUint64(b, uint64(w.now))
	w.trace = sha256.Sum256(b)
}

func (w *world) cut(a, b int) bool {
	return slices.ContainsFunc(w.down, func(o outage) bool {
		return (o.a == a && o.b == b || o.a == b && o.b == a) && o.from <= w.now && w.now < o.to
	})
}

// send hands m to the line, which loses, repeats and delays it.
func (w *world) send(m *message) {
	copies := 1
	if !w.calm {
		if w.chance(w.loss) {
			copies--
		}
		if w.chance(w.dup) {
			copies++
		}
	}
	for range copies {
		d := time.Millisecond + w.upTo(20*time.Millisecond)
		if !w.calm && w.chance(0.2) {
			d += w.upTo(w.slow)
		}
		w.in(d, func() {
			if !w.cut(m.from.i, m.to.i) {
				m.to.receive(m)
			}
		})
	}
}

// A message is an exchange, with what the shell would find by cryptography
// beside the bytes: who signed, and whether a seal opens.
type message struct {
	from, to *node
	channel  comity.Hash
	epoch    uint64
	have     uint64
	hello    *comity.Hello
	signer   comity.Party // of the hello and the rejection
	resume   *resume
	halt     bool
	proof    bool // the halt's holds
	reject   *comity.Rejection
	items    []*item
	asks     bool // it is a request
	stick    bool
}

// An item is a header with the statements it carries.
type item struct {
	comity.Header
	hash    comity.Hash
	signer  comity.Party
	carries []*statement
	opens   bool
}

// A statement is one officer's sentence in one matter.
type statement struct {
	id      comity.Hash
	from    *node
	to      *node
	matter  int
	move    bool
	after   comity.After
	bad     bool            // the peer will refuse it
	control *comity.Control // then it is no statement
	order   int             // of release
}

func (s *statement) String() string {
	return fmt.Sprintf("%s to %s #%d %s", s.from.name, s.to.name, s.order, s.id.Short())
}

// sum stands for the hash of the header's bytes.
func sum(h comity.Header) comity.Hash {
	b := make([]byte, 0, 512)
	b = append(b, h.Channel[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Epoch)
	b = binary.BigEndian.AppendUint64(b, h.Seq)
	b = append(b, h.From...)
	for _, x := range []comity.Hash{h.Root, h.Profile, h.Chain, h.Roster} {
		b = append(b, x[:]...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(h.Time.UnixMilli()))
	for _, x := range h.Statements {
		b = append(b, x[:]...)
	}
	if r := h.Receipt; r != nil {
		b = binary.BigEndian.AppendUint64(append(b, 'R'), r.Upto)
		b = append(b, r.Root[:]...)
		for _, x := range r.Refused {
			b = binary.BigEndian.AppendUint64(b, x.Seq)
			b = append(append(b, byte(x.I)), x.Code...)
		}
	}
	if c := h.Control; c != nil {
		b = append(append(b, 'C'), c.Type...)
		b = append(b, c.Hash[:]...)
	}
	return sha256.Sum256(b)
}

// grow stands for the Merkle root after one more leaf.
func grow(root, leaf comity.Hash) comity.Hash {
	return sha256.Sum256(append(root[:], leaf[:]...))
}
