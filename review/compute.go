package review

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"comity"
)

// Compute returns the figures of s's period. The matters may be in any order;
// those of other parties and realms, and those that were not alive in the
// period, are left out.
func Compute(ms []Matter, s Scope) (Report, error) {
	if err := s.check(); err != nil {
		return Report{}, err
	}
	if len(ms) > MaxMatters {
		return Report{}, comity.Errorf(comity.TooMuch, "%d matters are more than %d; review a shorter period", len(ms), MaxMatters)
	}
	slices.Sort(s.Parties[:])
	r := Report{Joint: Joint{Kind: "review", V: 1, Realm: s.Realm, Parties: s.Parties, From: comity.At(s.From), To: comity.At(s.To)}}
	t := tally{Scope: s, index: map[cell]int{}, capacity: len(ms)}
	for i := range t.names {
		t.names[i] = names{id: map[string]int{}, mention: make([]mention, 0, len(ms))}
	}
	for i := range ms {
		m := &ms[i]
		if !s.has(m) {
			continue
		}
		r.Coverage.Total++
		if !m.KnownToBoth {
			continue
		}
		r.Joint.Matters++
		if err := t.add(m); err != nil {
			return Report{}, err
		}
	}
	r.Joint.Groups = t.groups()
	r.Coverage.Known = r.Joint.Matters
	r.Coverage.Waiting = r.Coverage.Total - r.Coverage.Known
	r.Coverage.Unread = int(r.Group(All, "", "").Shares[ShareUnread].N)
	return r, nil
}

// A cell is what matters of one leaf have in common: every group is a sum of
// leaves, so that a matter is added up once and not once for each of its groups.
type cell struct {
	typ, priority, category string
	opener                  comity.Party
	asker, asked            comity.Agency
}

type leaf struct {
	cell
	matters         int64
	counts          Counts
	times, disputed [nTimes]int64
	facts           Facts
	oldest          [nOldest]time.Time
}

// A tally adds up matters. A sample is a time in milliseconds and, in the lowest
// bits, the number of its leaf.
type tally struct {
	Scope
	index    map[cell]int
	leaves   []*leaf
	samples  [nTimes][]uint64
	capacity int
	names    [nNames]names
}

// The numbers of a tally's names.
const (
	checks = iota
	results
	grounds
	nNames
)

// Names are what the matters of leaves bear any number of, such as checks.
type names struct {
	id      map[string]int
	counts  []Count
	mention []mention
}

type mention struct {
	name, leaf int32
	n          int64
}

func (ns *names) add(name string, leaf int, n int64) {
	id, ok := ns.id[name]
	if !ok {
		id = len(ns.counts)
		ns.id[name] = id
		ns.counts = append(ns.counts, Count{Name: cmp.Or(name, nothing)})
	}
	ns.counts[id].N += n
	ns.mention = append(ns.mention, mention{int32(id), int32(leaf), n})
}

const (
	leafBits = 22 // of MaxMatters
	maxMs    = 1<<(63-leafBits) - 1
)

// ms is at most 69 years, and at least nothing: clocks of two nodes may differ,
// and a thing cannot end before it began.
func ms(d time.Duration) int64 { return min(max(0, d.Milliseconds()), maxMs) }

func (t *tally) leaf(m *Matter) (*leaf, int) {
	c := cell{m.Type, m.Priority, m.Category, m.Opener, m.OpenerAgency, m.OtherAgency}
	i, ok := t.index[c]
	if !ok {
		i = len(t.leaves)
		t.index[c] = i
		t.leaves = append(t.leaves, &leaf{cell: c})
	}
	return t.leaves[i], i
}

func (t *tally) add(m *Matter) error {
	l, n := t.leaf(m)
	l.matters++
	took := func(what int, d time.Duration) {
		if m.Disputed {
			l.disputed[what]++
			return
		}
		if t.samples[what] == nil {
			t.samples[what] = make([]uint64, 0, t.capacity)
		}
		l.times[what]++
		t.samples[what] = append(t.samples[what], uint64(ms(d))<<leafBits|uint64(n))
	}
	l.counts.when(m.Disputed, Disputed)
	if t.during(m.Receipted) {
		l.received(m)
		took(Delivery, m.Receipted.Sub(m.Sent))
	}
	ended, hasEnded := t.by(m, m.Ended)
	settled, isSettled := t.by(m, m.Answered)
	if hasEnded && (!isSettled || ended.Before(settled)) {
		settled, isSettled = ended, true
	}
	overdue := false
	for i, done := range [...]time.Time{m.Acknowledged, m.FirstAnswer, m.Answered} {
		c := &m.Clocks[i]
		end, isDone := t.by(m, done)
		now := isDone && t.during(end)
		if now {
			took(AcknowledgementGross+2*i, c.Gross)
			took(AcknowledgementNet+2*i, c.Net)
			if i == OfAnswer {
				took(SinceDispatch, end.Sub(m.Sent))
			}
		}
		if !isDone {
			end, now = t.To, true
			if hasEnded {
				end, now = ended, t.during(ended)
			}
		}
		late := !c.Due.IsZero() && end.After(c.Due)
		overdue = overdue || late && !isDone && !m.Disputed
		if now && c.Limit > 0 && !m.Disputed {
			l.counts.judge(i, isDone, late, c.Gross > c.Limit)
		}
	}
	switch {
	case !isSettled && !m.Receipted.IsZero():
		l.counts[StillOpen]++
		l.oldest[OldestOpen] = earlier(l.oldest[OldestOpen], m.Receipted)
		if overdue {
			l.counts[Overdue]++
			l.oldest[OldestOverdue] = earlier(l.oldest[OldestOverdue], m.Receipted)
		}
	case isSettled && t.during(settled):
		if err := l.settled(m, t.Scope); err != nil {
			return err
		}
		for _, q := range m.Questions {
			t.names[checks].add(q, n, 1)
		}
		for _, r := range m.Results {
			t.names[results].add(r.Name, n, r.N)
			l.counts.when(r.Name == string(Refused) && r.N > 0 && m.Emergency && m.Outcome == Partial, EmergenciesPartlyRefused)
		}
		for _, g := range m.Grounds {
			t.names[grounds].add(g, n, 1)
		}
	}
	if hasEnded && t.during(ended) && m.Feedback != (Feedback{}) {
		l.feedback(m.Feedback)
	}
	if at, ok := t.by(m, m.Hold.At); ok && t.during(at) {
		l.counts[holdsEnded]++
		switch m.Hold.Became {
		case "converted":
			l.counts[holdsConverted]++
			took(Margin, m.Hold.Margin)
		case "lapsed":
			l.counts[holdsLapsed]++
		case "released":
			l.counts[HoldsReleased]++
		default:
			return comity.Fieldf("hold.became", "of %s it is %q, not converted, lapsed or released", comity.Clip(string(m.Ref)), comity.Clip(m.Hold.Became))
		}
	}
	return nil
}

func (l *leaf) received(m *Matter) {
	c := &l.counts
	c[Received]++
	c.when(m.Precheck, Prechecked)
	c.when(m.Emergency, Emergencies)
	if m.DeliveryLimit > 0 && !m.Disputed {
		c[deliveryLimited]++
		c.when(m.Receipted.Sub(m.Sent) <= m.DeliveryLimit, deliveredWithin)
	}
}

func (c *Counts) when(ok bool, i int) {
	if ok {
		c[i]++
	}
}

// judge counts clock i against its limit. What is neither done nor late is not
// judged yet.
func (c *Counts) judge(i int, done, late, grossLate bool) {
	c.when(done || late, limited+i)
	c.when(done && !late, within+i)
	c.when(done || grossLate, grossLimited+i)
	c.when(done && !grossLate, grossWithin+i)
}

// outcomes of settled matters. One that is settled and open was answered in words
// that are gone here, or about nothing that was asked: its times stand, and no result.
var outcomes = []Outcome{Executed, Partial, Impossible, Refused, Withdrawn, Open}

func (l *leaf) settled(m *Matter, s Scope) error {
	o := slices.Index(outcomes, m.Outcome)
	if o < 0 {
		return comity.Fieldf("outcome", "of %s, which is settled, it is %q and not one of %v", comity.Clip(string(m.Ref)), comity.Clip(string(m.Outcome)), outcomes)
	}
	answered, isAnswered := s.by(m, m.Answered)
	c := &l.counts
	c[Settled]++
	c[outcome+o]++
	c[rounds] += int64(m.Rounds)
	c.when(m.Emergency && m.Found == "justified", EmergenciesJustified)
	c.when(m.Emergency && m.Found == "not_shown", EmergenciesNotShown)
	// A request withdrawn unasked says nothing about its quality, nor does one whose
	// answer cannot be read.
	read := isAnswered && m.Outcome != Open
	c.when(read || m.Rounds > 0, tried)
	c.when(read && m.Rounds == 0, rightFirstTime)
	c.when(m.Extensions > 0, Extended)
	c[Extensions] += int64(m.Extensions)
	c[ContestedPauses] += int64(m.ContestedPauses)
	c[ConditionsProposed] += int64(m.Conditions.Proposed)
	c[ConditionsAccepted] += int64(m.Conditions.Accepted)
	c[ConditionsDeclined] += int64(m.Conditions.Declined)
	if isAnswered && !m.Disputed {
		for i, d := range parts(m, answered) {
			c[msPart+i] += d
			c[msTotal] += d
		}
	}
	return nil
}

// parts says where the time from sending to the answer went: delivery, waiting
// for acknowledgement, work, paused for a question, beyond the limit by
// extension. They add up to the whole, in milliseconds.
func parts(m *Matter, answered time.Time) [5]int64 {
	left := ms(answered.Sub(m.Sent))
	take := func(d time.Duration) int64 {
		n := min(ms(d), left)
		left -= n
		return n
	}
	var p [5]int64
	p[0] = take(m.Receipted.Sub(m.Sent))
	if !m.Acknowledged.IsZero() {
		p[1] = take(m.Acknowledged.Sub(m.Receipted))
	}
	p[3] = take(m.Paused)
	if c := m.Clocks[OfAnswer]; m.Extensions > 0 && c.Limit > 0 {
		p[4] = take(c.Net - c.Limit - max(0, answered.Sub(c.Due))) // what was later still was not by extension
	}
	p[2] = left
	return p
}

func (l *leaf) feedback(f Feedback) {
	l.counts[FeedbackGiven]++
	for q, answer := range [...]string{f.Complete, f.Usable, f.InTime, f.Used} {
		a := len(said) - 1 // unknown, also if it was left out
		for i := range said {
			if said[i].name == answer {
				a = i
			}
		}
		l.facts[q][a]++
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

type key struct {
	by     By
	value  string
	opener comity.Party
}

// perLeaf is how many groups a leaf is in.
const perLeaf = 2 + 3*2 + 2

// keys are the groups of a leaf: each with both directions, and with its own. An
// agency belongs to one side, so it has one direction only.
func (l *leaf) keys(kept [5]map[string]bool) (out [perLeaf]key) {
	out[0], out[1] = key{All, "", ""}, key{All, "", l.opener}
	n := 2
	for i, v := range l.values() {
		if kept[i] != nil && !kept[i][v] {
			v = other
		}
		by := dimensions[i].By
		out[n] = key{by, v, l.opener}
		n++
		if by != ByAgency && by != ByAskerAgency {
			out[n] = key{by, v, ""}
			n++
		}
	}
	return out
}

// values are in the order of dimensions. What was left empty is so for both sides.
func (l *leaf) values() [5]string {
	return [...]string{cmp.Or(l.typ, nothing), cmp.Or(l.priority, nothing), cmp.Or(l.category, nothing),
		cmp.Or(string(l.asked), nothing), cmp.Or(string(l.asker), nothing)}
}

// kept returns, for each dimension with too many values, those that stay.
func (t *tally) kept() (kept [5]map[string]bool) {
	for i := range dimensions {
		matters := names{id: map[string]int{}}
		for n, l := range t.leaves {
			matters.add(l.values()[i], n, l.matters)
		}
		if len(matters.counts) <= maxValues {
			continue
		}
		kept[i] = map[string]bool{}
		for _, c := range most(matters.counts) {
			kept[i][c.Name] = true
		}
	}
	return kept
}

// A group gathers its leaves.
type group struct {
	leaf
	key
}

func (t *tally) groups() []Figures {
	index := map[key]int{}
	var gs []*group
	of := make([][perLeaf]int32, len(t.leaves))
	kept := t.kept()
	for i, l := range t.leaves {
		for at, k := range l.keys(kept) {
			n, ok := index[k]
			if !ok {
				n = len(gs)
				index[k] = n
				gs = append(gs, &group{key: k})
			}
			of[i][at] = int32(n)
			gs[n].gather(l)
		}
	}
	out := make([]Figures, len(gs))
	for i, g := range gs {
		out[i] = g.figures(t.To)
	}
	spare := make([]uint64, t.capacity)
	for i := range t.samples {
		sorted(t.samples[i], spare)
		spread(t.samples[i], of, out, i)
	}
	for i := range t.names {
		t.names[i].spread(of, out, i)
	}
	slices.SortFunc(out, func(a, b Figures) int {
		return cmp.Or(cmp.Compare(a.By, b.By), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Opener, b.Opener))
	})
	return out
}

func (g *group) gather(l *leaf) {
	for i, n := range l.counts {
		g.counts[i] += n
	}
	for i := range l.times {
		g.times[i] += l.times[i]
		g.disputed[i] += l.disputed[i]
	}
	for q := range l.facts {
		for a, n := range l.facts[q] {
			g.facts[q][a] += n
		}
	}
	for i, at := range l.oldest {
		if !at.IsZero() {
			g.oldest[i] = earlier(g.oldest[i], at)
		}
	}
}

func (g *group) figures(to time.Time) Figures {
	f := Figures{By: g.by, Value: g.value, Opener: g.key.opener, Counts: g.counts, Facts: g.facts}
	for i, s := range shares {
		f.Shares[i] = Share{s.name, g.counts[s.n], g.counts[s.of]}
	}
	for i, t := range times {
		f.Times[i] = Stat{Name: t.name, N: g.times[i], Disputed: g.disputed[i]}
	}
	for i, at := range g.oldest {
		if !at.IsZero() {
			f.Oldest[i] = Oldest{comity.At(at), ms(to.Sub(at))}
		}
	}
	return f
}

// spread sets what of every group. The samples are sorted once for all groups,
// and each group's ranks are met in passing: left is how many of its values come
// before its next.
func spread(samples []uint64, of [][perLeaf]int32, out []Figures, what int) {
	left, next := make([]int64, len(out)), make([]int, len(out))
	for g := range out {
		if st := &out[g].Times[what]; st.N >= Few {
			st.Spread = &Spread{}
			left[g] = 1
		}
	}
	for _, s := range samples {
		for _, g := range &of[s&(1<<leafBits-1)] {
			left[g]--
			for left[g] == 0 && next[g] < 4 && out[g].Times[what].Spread != nil {
				st := &out[g].Times[what]
				*[...]*int64{&st.Spread.Least, &st.Spread.Median, &st.Spread.P90, &st.Spread.Most}[next[g]] = int64(s >> leafBits)
				ranks := [...]int64{1, rank(50, st.N), rank(90, st.N), st.N, 0}
				left[g] = ranks[next[g]+1] - ranks[next[g]]
				next[g]++
			}
		}
	}
}

// spread sets what of every group. The names that stay are the same for all
// groups, so that groups can be compared and added up.
func (ns *names) spread(of [][perLeaf]int32, out []Figures, what int) {
	kept := most(ns.counts)
	width := len(kept)
	to := make([]int, len(ns.counts))
	for i, c := range ns.counts {
		if to[i] = slices.IndexFunc(kept, func(k Count) bool { return k.Name == c.Name }); to[i] < 0 {
			to[i] = width - 1 // other
		}
	}
	sums := make([]int64, width*len(out))
	for _, m := range ns.mention {
		for _, g := range &of[m.leaf] {
			sums[int(g)*width+to[m.name]] += m.n
		}
	}
	for g := range out {
		var cs []Count
		for i, n := range sums[g*width : (g+1)*width] {
			if n > 0 {
				cs = append(cs, Count{kept[i].Name, n})
			}
		}
		*[...]*[]Count{&out[g].Checks, &out[g].Results, &out[g].Grounds}[what] = most(cs)
	}
}

// rank is the nearest rank of percentile p of n values, from 1.
func rank(p, n int64) int64 { return (p*n + 99) / 100 }

// sorted puts samples in the order of their times, by their digits of 11 bits:
// five times as fast as comparing them. The order of equal times changes nothing.
func sorted(samples, spare []uint64) {
	var most uint64
	for _, s := range samples {
		most = max(most, s)
	}
	from, to := samples, spare[:len(samples)]
	for shift := leafBits; shift < bits.Len64(most); shift += 11 {
		var start [1 << 11]int
		for _, s := range from {
			start[s>>shift&(1<<11-1)]++
		}
		sum := 0
		for i, n := range start {
			start[i], sum = sum, sum+n
		}
		for _, s := range from {
			d := s >> shift & (1<<11 - 1)
			to[start[d]] = s
			start[d]++
		}
		from, to = to, from
	}
	copy(samples, from)
}
