package review

import (
	"fmt"
	"slices"

	"comity"
)

// A Summary is the page for principals: for each direction three numbers, how
// they moved and why, and what is still owed. Two are about the answers; the
// third, right first time, is about the requests.
type Summary struct {
	Parties [2]comity.Party `json:"parties"`
	From    comity.Time     `json:"from"`
	To      comity.Time     `json:"to"`
	Known   comity.Text     `json:"known"`
	Sides   [2]Side         `json:"sides"`
	Digest  comity.Hash     `json:"digest"` // of the report
}

// A Side is what Opener asked and Asked owes an answer to.
type Side struct {
	Opener  comity.Party `json:"opener"`
	Asked   comity.Party `json:"asked"`
	Numbers [3]Number    `json:"numbers"` // within limit, median time, right first time
	Overdue int64        `json:"overdue"`
	Oldest  Oldest       `json:"oldest"` // of those overdue
	Owes    comity.Text  `json:"owes"`
}

// A Trend says which way a number moved.
type Trend string

const (
	Unknown Trend = "unknown" // there are too few, or there is no period before
	Steady  Trend = "steady"
	Better  Trend = "better"
	Worse   Trend = "worse"
)

// Moves smaller than these are steady (proposal of this project).
const (
	steadyPoints  = 20 // thousandths, of shares
	steadyPerMill = 50 // thousandths of the value before, of times
)

var trends = map[Trend]comity.Text{
	Unknown: both("too few to speak of a trend", "数量过少，不足以判断趋势"),
	Steady:  both("about the same as before", "与上期大致持平"),
	Better:  both("better than before", "较上期好转"),
	Worse:   both("worse than before", "较上期变差"),
}

// A Number is one of the three.
type Number struct {
	Label  comity.Text `json:"label"`
	Value  string      `json:"value"`
	Before string      `json:"before"`
	Of     int64       `json:"of"` // how many values it rests on
	Trend  Trend       `json:"trend"`
	Says   comity.Text `json:"says"` // the trend in words, and the largest cause
}

// Summarize returns the page about now, compared with the period before, which
// may be the zero Report if there was none.
func Summarize(now, before Report) (Summary, error) {
	j := now.Joint
	if b := before.Joint; b.Kind != "" && (b.Parties != j.Parties || b.Realm != j.Realm || b.To.After(j.From.Time)) {
		return Summary{}, comity.Fieldf("before", "it must be about the same parties and realm and end by %s", j.From.UTC().Format("2006-01-02"))
	}
	s := Summary{Parties: j.Parties, From: j.From, To: j.To, Known: now.Coverage.Says(), Digest: now.Digest()}
	for i, opener := range []comity.Party{j.Parties[1], j.Parties[0]} {
		n, b := now.Group(All, "", opener), before.Group(All, "", opener)
		s.Sides[i] = Side{
			Opener:  opener,
			Asked:   j.Parties[i],
			Numbers: [3]Number{withinLimit(now, before, n, b), timeToAnswer(n, b), firstTime(n, b)},
			Overdue: n.Counts[Overdue],
			Oldest:  n.Oldest[OldestOverdue],
			Owes:    n.owes(),
		}
	}
	return s, nil
}

func (f Figures) owes() comity.Text {
	open, overdue, oldest := f.Counts[StillOpen], f.Counts[Overdue], f.Oldest[OldestOverdue]
	if overdue == 0 {
		return both(fmt.Sprintf("%d open, none overdue", open), fmt.Sprintf("未办结%d件，无逾期", open))
	}
	return both(
		fmt.Sprintf("%d open, %d of them overdue; the oldest of these was receipted %s before the end of the period", open, overdue, oldest),
		fmt.Sprintf("未办结%d件，其中逾期%d件；逾期最久的一件至期末已签收%s", open, overdue, oldest),
	)
}

func withinLimit(now, before Report, n, b Figures) Number {
	of := func(f Figures) Share { return f.Shares[ShareWithinAnswer] }
	var cs []cause
	for _, g := range slices.Concat(now.Joint.Groups, before.Joint.Groups) {
		if g.By == ByType && g.Opener == n.Opener {
			x, y := of(now.Group(ByType, g.Value, n.Opener)), of(before.Group(ByType, g.Value, n.Opener))
			cs = append(cs, cause{both("late, type "+g.Value, "逾期，类型 "+g.Value),
				Share{"", x.Of - x.N, of(n).Of}, Share{"", y.Of - y.N, of(b).Of}, false})
		}
	}
	return shareNumber(shares[ShareWithinAnswer].Text, of(n), of(b), cs)
}

func firstTime(n, b Figures) Number {
	of := func(f Figures) Share { return f.Shares[ShareRightFirstTime] }
	var cs []cause
	for _, c := range slices.Concat(n.Checks, b.Checks) {
		cs = append(cs, cause{both("questions on "+c.Name, "补充要求，依据 "+c.Name),
			Share{"", find(n.Checks, c.Name), of(n).Of}, Share{"", find(b.Checks, c.Name), of(b).Of}, false})
	}
	return shareNumber(shares[ShareRightFirstTime].Text, of(n), of(b), cs)
}

func shareNumber(label comity.Text, n, b Share, cs []cause) Number {
	t := Unknown
	if !n.Small() && !b.Small() {
		t = trend(n.N*1000/n.Of-b.N*1000/b.Of, steadyPoints)
	}
	return number(label, n.String(), b.String(), n.Of, t, cs)
}

func timeToAnswer(n, b Figures) Number {
	x, y := n.Times[AnswerGross], b.Times[AnswerGross]
	var cs []cause
	for i := range 5 {
		sx, sy := n.Shares[shareParts+i], b.Shares[shareParts+i]
		cs = append(cs, cause{shares[shareParts+i].Text, Share{"", sx.N, x.N}, Share{"", sy.N, y.N}, true})
	}
	t := Unknown
	if x.Spread != nil && y.Spread != nil {
		t = trend((y.Spread.Median-x.Spread.Median)*1000/max(1, y.Spread.Median), steadyPerMill)
	}
	return number(with(times[AnswerGross].Text, "median", "中位数"), x.Median(), y.Median(), x.N, t, cs)
}

// trend is of a gain, in thousandths.
func trend(gain, steady int64) Trend {
	switch {
	case gain >= steady:
		return Better
	case gain <= -steady:
		return Worse
	}
	return Steady
}

// A cause contributes N of every Of requests' trouble, now and before.
type cause struct {
	comity.Text
	now, before Share
	ms          bool // N is milliseconds
}

func (c cause) level(s Share) int64 {
	if s.Of == 0 {
		return 0
	}
	if c.ms {
		return s.N / s.Of
	}
	return s.N * 1_000_000 / s.Of
}

func (c cause) String(s Share) string {
	if c.ms {
		return say(c.level(s)) // of the mean request
	}
	return fmt.Sprintf("%d/%d", s.N, s.Of)
}

// number says why: what moved most in the direction of the trend or, if none is
// known, what is largest now.
func number(label comity.Text, value, before string, of int64, t Trend, cs []cause) Number {
	n := Number{label, value, before, of, t, trends[t]}
	why := both("largest part", "占比最大")
	if t == Better || t == Worse {
		why = both("mostly by", "主要因素")
	}
	var best int64
	for _, c := range cs {
		size := c.level(c.now)
		switch t {
		case Worse:
			size -= c.level(c.before)
		case Better:
			size = c.level(c.before) - size
		}
		if size <= best {
			continue
		}
		best = size
		n.Says = both(
			fmt.Sprintf("%s; %s: %s (%s, before %s)", trends[t].EN, why.EN, c.EN, c.String(c.now), c.String(c.before)),
			fmt.Sprintf("%s；%s：%s（%s，上期%s）", trends[t].ZH, why.ZH, c.ZH, c.String(c.now), c.String(c.before)),
		)
	}
	return n
}
