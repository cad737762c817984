package request

import (
	"encoding/binary"
	"time"

	"comity/clock"
	"comity/review"
)

// A Figure is what a review counts of a request, from its times alone: what it was
// at any moment follows from it, without the statements. What counts when a request
// is settled is what stood then; a later correction does not change a period that
// has been reported.
type Figure struct {
	review.Matter
	TLP  string    // the highest of its statements
	Last time.Time // of all its events: after it, nothing changes of itself

	workDays   bool // the answer's limit is in working days
	unpaused   bool
	pauses     []clock.Pause
	extensions []clock.Extension
}

// At returns the matter as it stood at a moment, and whether that follows from the
// figure: if not, measure the statements of before that moment.
func (f Figure) At(to time.Time) (review.Matter, bool) {
	m := f.Matter
	open := func(done time.Time) bool { return done.IsZero() || !done.Before(to) }
	if open(m.Acknowledged) {
		m.Clocks[review.OfAcknowledgement].Gross = to.Sub(m.Receipted)
		m.Clocks[review.OfAcknowledgement].Net = to.Sub(m.Receipted)
	}
	if m.Receipted.IsZero() || !open(m.Answered) || !open(m.Ended) {
		return m, true
	}
	c := &m.Clocks[review.OfAnswer]
	if f.workDays {
		c.Gross = to.Sub(m.Receipted)
		return m, len(f.pauses)+len(f.extensions) == 0
	}
	then := clock.Clock{Started: m.Receipted, Limit: clock.Limit{Within: c.Limit, Unpaused: f.unpaused}}
	for _, x := range f.pauses {
		if x.From.Before(to) {
			then.Pauses = append(then.Pauses, x)
		}
	}
	for _, x := range f.extensions {
		if x.At.Before(to) {
			then.Extensions = append(then.Extensions, x)
		}
	}
	*c = review.FromSpan(clock.Measure(then, to))
	return m, true
}

// Bytes writes f for a cache, in a tenth of the time that JSON takes to read.
func (f Figure) Bytes() []byte {
	c := &coder{b: []byte{figureVersion}}
	f.code(c)
	return c.b
}

// ParseFigure reads what Bytes wrote. What another version wrote is measured anew.
func ParseFigure(b []byte) (f Figure, ok bool) {
	if len(b) == 0 || b[0] != figureVersion {
		return f, false
	}
	c := &coder{b: b[1:], reads: true}
	f.code(c)
	if c.bad || len(c.b) > 0 {
		return Figure{}, false
	}
	return f, true
}

const figureVersion = 2

// code writes or reads every member, in one order.
func (f *Figure) code(c *coder) {
	text(c, &f.Ref)
	text(c, &f.Realm)
	text(c, &f.Opener)
	text(c, &f.Other)
	text(c, &f.OpenerAgency)
	text(c, &f.OtherAgency)
	text(c, &f.Outcome)
	for _, s := range []*string{&f.Type, &f.Priority, &f.Category, &f.TLP, &f.Feedback.Complete, &f.Feedback.Usable, &f.Feedback.InTime, &f.Feedback.Used, &f.Hold.Became, &f.Found} {
		text(c, s)
	}
	for _, t := range []*time.Time{&f.Sent, &f.Receipted, &f.Acknowledged, &f.FirstAnswer, &f.Answered, &f.Ended, &f.Hold.At, &f.Last} {
		c.time(t)
	}
	for _, d := range []*time.Duration{&f.DeliveryLimit, &f.Paused, &f.Hold.Margin} {
		number(c, d)
	}
	for i := range f.Clocks {
		number(c, &f.Clocks[i].Gross)
		number(c, &f.Clocks[i].Net)
		number(c, &f.Clocks[i].Limit)
		c.time(&f.Clocks[i].Due)
	}
	for _, n := range []*int{&f.Rounds, &f.Extensions, &f.ContestedPauses, &f.Conditions.Proposed, &f.Conditions.Accepted, &f.Conditions.Declined} {
		number(c, n)
	}
	for _, b := range []*bool{&f.Disputed, &f.Precheck, &f.Emergency, &f.KnownToBoth, &f.workDays, &f.unpaused} {
		c.bool(b)
	}
	for i := range list(c, &f.Questions) {
		text(c, &f.Questions[i])
	}
	for i := range list(c, &f.Grounds) {
		text(c, &f.Grounds[i])
	}
	for i := range list(c, &f.Results) {
		text(c, &f.Results[i].Name)
		number(c, &f.Results[i].N)
	}
	for i := range list(c, &f.pauses) {
		x := &f.pauses[i]
		c.time(&x.From)
		c.time(&x.To)
		c.time(&x.Contested)
	}
	for i := range list(c, &f.extensions) {
		c.time(&f.extensions[i].At)
		c.time(&f.extensions[i].Until)
	}
}

// A coder appends to b, or takes from it.
type coder struct {
	b     []byte
	reads bool
	bad   bool
}

func number[T ~int | ~int64](c *coder, v *T) {
	if !c.reads {
		c.b = binary.AppendVarint(c.b, int64(*v))
		return
	}
	n, size := binary.Varint(c.b)
	if size <= 0 {
		c.bad, c.b, n, size = true, nil, 0, 0
	}
	*v, c.b = T(n), c.b[size:]
}

func text[T ~string](c *coder, v *T) {
	n := len(*v)
	number(c, &n)
	if !c.reads {
		c.b = append(c.b, *v...)
		return
	}
	if n < 0 || n > len(c.b) {
		c.bad, n = true, 0
	}
	*v, c.b = T(c.b[:n]), c.b[n:]
}

// time keeps milliseconds, which is what the protocol has.
func (c *coder) time(t *time.Time) {
	n := int64(0)
	if !t.IsZero() {
		n = t.UnixMilli()
	}
	number(c, &n)
	if c.reads && n != 0 {
		*t = time.UnixMilli(n).UTC()
	}
}

func (c *coder) bool(b *bool) {
	n := 0
	if *b {
		n = 1
	}
	number(c, &n)
	*b = n == 1
	c.bad = c.bad || n>>1 != 0
}

// list returns v, which has as many elements as were written.
func list[T any](c *coder, v *[]T) []T {
	n := len(*v)
	number(c, &n)
	if !c.reads {
		return *v
	}
	if n < 0 || n > len(c.b) { // each takes a byte at least
		c.bad, n = true, 0
	}
	if n > 0 {
		*v = make([]T, n)
	}
	return *v
}
