package clock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A tongue is how one language says what was computed: formats, in the order in
// which they are used.
type tongue struct {
	units                                         [4]string // of days, hours, minutes, seconds
	between                                       string    // of a number and its unit, and of two of them
	comma, and                                    string
	from, to, untilNow, gross                     string
	part, less, unpaused, days                    string
	elapsed, working, extended, extension, source string
	due, dueDay, ifEnded                          string
	off, also, dated, more                        string
	noCalendar, uncovered, noDue, unsettled       string
	contested, without, withoutDue                string
	sent, since, receipted, unreceipted           string
	text                                          map[string]string // what this package knows of texts that are handed in
}

var english = tongue{
	units:   [4]string{"d", "h", "min", "s"},
	between: " ", comma: ", ", and: " and ",
	from: "from %s (%s)", to: " to %s (%s)", untilNow: " until now", gross: ": %s",
	part: "%s (%s)", less: ", less %s = %s net", unpaused: "; questions took %s, which do not pause this clock",
	days:    "; working days so far: %d, of which not paused: %d",
	elapsed: "; limit %s of elapsed time", working: "; limit in working days: %d, from %s, in the calendar %q",
	extended: ", extended by %s", extension: "the %s to %s", source: " %s",
	due: "; due %s UTC", dueDay: " (24:00 on %s in %s)", ifEnded: " if the pause ended now",
	off: "; days off: %s", also: "; worked weekends: %s", dated: "%s %s", more: "%d more",
	noCalendar: "; no calendar was given", uncovered: "; the calendar does not cover %d, so days from then on are not counted",
	noDue: "; the due time is not known until a calendar that covers them is imported", unsettled: "; the calendar of %d is provisional: days may still be moved",
	contested: "; contested by the %s: %s", without: "; if that were no pause: %s net", withoutDue: ", due %s UTC",
	sent: "sent %s UTC", since: "; since dispatch: %s", receipted: "; receipted %s UTC, delivery gap %s", unreceipted: "; no receipt yet",
}

var chinese = tongue{
	units:   [4]string{"天", "小时", "分钟", "秒"},
	between: "", comma: "、", and: "、",
	from: "自 %s（%s）", to: "至 %s（%s）", untilNow: "至今", gross: "：%s",
	part: "%s（%s）", less: "，扣除 %s，净用时%s", unpaused: "；询问占用 %s，但不暂停本项计时",
	days:    "；已历%d个工作日，扣除暂停后为%d个",
	elapsed: "；时限为连续计算的%s", working: "；时限为%d个工作日，自 %s 起算，适用日历“%s”",
	extended: "，延期：%s", extension: "%s延至 %s", source: "%s",
	due: "；截止时间为 %s UTC", dueDay: "（%s 24:00，%s）", ifEnded: "（假定暂停此刻结束）",
	off: "；休息日：%s", also: "；调休上班日：%s", dated: "%s %s", more: "另有%d日",
	noCalendar: "；未提供日历", uncovered: "；日历未涵盖%d年，自该年起的日期未予计算",
	noDue: "；在导入涵盖上述日期的日历之前，截止时间无法确定", unsettled: "；%d年的日历为暂定，放假和调休日期可能调整",
	contested: "；%s对下列暂停提出异议：%s", without: "；如不计该暂停，净用时%s", withoutDue: "，截止时间为 %s UTC",
	sent: "%s UTC 发出", since: "；发出后已历%s", receipted: "；%s UTC 签收，送达间隔%s", unreceipted: "；尚未签收",
	text: map[string]string{
		"": "", "start": "开始", "not started": "尚未开始", "sent": "发出", "receipt": "签收", "question": "询问",
		"receipted": "已签收", "acknowledged": "已确认收悉", "answered": "已答复", "refused": "已拒绝",
		"withdrawn": "已撤回", "released": "已解除保全", "closed": "已办结",
		"acknowledge": "确认收悉", "ask": "询问", "answer": "答复", "refuse": "拒绝", "supplement": "补充材料",
		"[proposal]": "［建议］", "[practice]": "［惯例］", "[law]": "［法律］", "[treaty]": "［条约］",
		string(Asked): "被请求方", string(Asking): "请求方",
	},
}

// Say writes d as people do, in two units: "3 h 10 min", "2 d 4 h".
func Say(d time.Duration) string { return english.say(d) }

// SayZH writes d as Say does, in Chinese: "3小时10分钟".
func SayZH(d time.Duration) string { return chinese.say(d) }

func (l *tongue) say(d time.Duration) string {
	if d < 0 {
		return "-" + l.say(max(-d, -(d+1))) // the least Duration has no positive
	}
	var out []string
	for i, u := range [4]time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if n := d / u; n > 0 {
			out = append(out, fmt.Sprintf("%d%s%s", n, l.between, l.units[i]))
			d -= n * u
		} else if len(out) > 0 {
			break
		}
		if len(out) == 2 {
			break
		}
	}
	if out == nil {
		return "0" + l.between + l.units[3]
	}
	return strings.Join(out, l.between)
}

// word returns what a text that was handed in is called in l: as its caller
// says, as this package knows it, or as it is.
func (l *tongue) word(c Clock, s string) string {
	if l.text == nil {
		return s
	}
	if zh, ok := c.Chinese[s]; ok {
		return zh
	}
	if zh, ok := l.text[s]; ok {
		return zh
	}
	return s
}

func (l *tongue) waiting(c Clock) string { return l.word(c, cmp.Or(c.BeforeStart, "not started")) }

func instant(t time.Time) string { return t.UTC().Format(layout) }

func (l *tongue) how(c Clock, s Span, pauses []Pause, days tally) string {
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	put(l.from, instant(c.Started), l.word(c, cmp.Or(c.StartedBy, "start")))
	if c.Stopped.IsZero() {
		b.WriteString(l.untilNow)
	} else {
		put(l.to, instant(c.Stopped), l.word(c, cmp.Or(c.StoppedForGood, c.StoppedBy, c.Name)))
	}
	put(l.gross, l.say(s.Gross))
	part := func(p Pause) string { return fmt.Sprintf(l.part, l.say(p.To.Sub(p.From)), l.word(c, p.Why)) }
	switch sum := each(pauses, part); {
	case len(pauses) == 0:
	case c.Limit.Unpaused:
		put(l.unpaused, strings.Join(sum, l.and))
	default:
		put(l.less, strings.Join(sum, l.and), l.say(s.Net))
	}
	switch {
	case s.LimitDays > 0:
		put(l.days, s.GrossDays, s.NetDays)
		name := c.Calendar.Name
		if l.text != nil {
			name = c.Calendar.NameZH
		}
		put(l.working, s.LimitDays, days.from, name)
	case s.Limit > 0:
		put(l.elapsed, l.say(s.Limit))
	default:
		return b.String()
	}
	if len(c.Extensions) > 0 {
		put(l.extended, strings.Join(each(c.Extensions, func(x Extension) string {
			return fmt.Sprintf(l.extension, l.word(c, string(x.By)), instant(x.Until))
		}), l.and))
	}
	if c.Limit.Source != "" {
		put(l.source, l.word(c, c.Limit.Source))
	}
	if !s.Due.IsZero() {
		put(l.due, instant(s.Due))
		if days.known && s.Due.Equal(c.Calendar.Zone.Start(days.due+1)) {
			put(l.dueDay, days.due, c.Calendar.Zone.location())
		}
		if s.Paused {
			b.WriteString(l.ifEnded)
		}
	}
	l.calendar(put, c, s, days)
	if s.Contested {
		l.contest(put, c, s, pauses, part)
	}
	return b.String()
}

// calendar names the days that a reader would not guess, and what the calendar
// does not know.
func (l *tongue) calendar(put func(string, ...any), c Clock, s Span, days tally) {
	const most = 12 // a sentence, not a year
	list := func(format string, working bool) {
		var out []string
		n := 0
		for _, d := range days.special {
			x := c.Calendar.days[d]
			if x.Working != working {
				continue
			}
			name := x.Name
			if l.text != nil {
				name = x.NameZH
			}
			if n++; n <= most {
				out = append(out, fmt.Sprintf(l.dated, d, name))
			}
		}
		if n > most {
			out = append(out, fmt.Sprintf(l.more, n-most))
		}
		if n > 0 {
			put(format, strings.Join(out, l.comma))
		}
	}
	list(l.off, false)
	list(l.also, true)
	for _, y := range days.unsettled {
		put(l.unsettled, y)
	}
	if s.Uncovered != 0 {
		if c.Calendar.First == 0 {
			put("%s", l.noCalendar)
		}
		put(l.uncovered, s.Uncovered)
		if !days.known {
			put("%s", l.noDue)
		}
	}
}

func (l *tongue) contest(put func(string, ...any), c Clock, s Span, pauses []Pause, part func(Pause) string) {
	for _, by := range []Side{Asked, Asking} {
		mine := slices.DeleteFunc(slices.Clone(pauses), func(p Pause) bool { return p.Contested.IsZero() || p.ContestedBy != by })
		if len(mine) > 0 {
			put(l.contested, l.word(c, string(by)), strings.Join(each(mine, part), l.and))
		}
	}
	put(l.without, l.say(s.NetContested))
	if !s.DueContested.IsZero() {
		put(l.withoutDue, instant(s.DueContested))
	}
}

func each[T any](xs []T, say func(T) string) []string {
	var out []string
	for _, x := range xs {
		out = append(out, say(x))
	}
	return out
}

// A Delivery says how long something has been out, and how long it took to
// arrive. They are figures of their own: no limit of the asked side runs in the gap.
type Delivery struct {
	Sent      time.Time     `json:"sent"`
	Receipted time.Time     `json:"receipted,omitzero"`
	Since     time.Duration `json:"since"` // since dispatch, until it ended or now
	Gap       time.Duration `json:"gap"`   // from dispatch to receipt, or until now while there is none
	How       string        `json:"how"`
	HowZH     string        `json:"how_zh"`
}

// MeasureDelivery returns the figures of what was sent at sent, receipted at
// receipted and ended at ended, both zero if not yet, as they are at now.
func MeasureDelivery(sent, receipted, ended, now time.Time) Delivery {
	d := Delivery{Sent: sent, Receipted: receipted}
	until := func(t time.Time) time.Duration {
		if t.IsZero() {
			t = now
		}
		return later(t, sent).Sub(sent)
	}
	d.Since, d.Gap = until(ended), until(receipted)
	d.How, d.HowZH = english.delivery(d), chinese.delivery(d)
	return d
}

func (l *tongue) delivery(d Delivery) string {
	s := fmt.Sprintf(l.sent, instant(d.Sent)) + fmt.Sprintf(l.since, l.say(d.Since))
	if d.Receipted.IsZero() {
		return s + l.unreceipted
	}
	return s + fmt.Sprintf(l.receipted, instant(d.Receipted), l.say(d.Gap))
}
