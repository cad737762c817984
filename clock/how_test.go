package clock_test

import (
	"strings"
	"testing"
	"time"

	"comity/clock"
)

// What a reader is told, word for word.
func TestHow(t *testing.T) {
	us, cn := shipped(t, "us"), shipped(t, "cn")
	from := func(c clock.Calendar, received string, days int, more ...func(*clock.Clock)) clock.Clock {
		k := clock.Clock{Name: "answered", Started: at(received), StartedBy: "receipt", Calendar: c, Limit: clock.Limit{WorkDays: days, Source: "[proposal]"}}
		for _, m := range more {
			m(&k)
		}
		return k
	}
	pause := func(from, to, contested string) func(*clock.Clock) {
		return func(c *clock.Clock) {
			p := clock.Pause{From: at(from), To: at(to), Why: "question"}
			if p.Contested = at(contested); contested != "" {
				p.ContestedBy = clock.Asking
			}
			c.Pauses = append(c.Pauses, p)
		}
	}
	extend := func(by clock.Side, until, said string) func(*clock.Clock) {
		return func(c *clock.Clock) {
			c.Extensions = append(c.Extensions, clock.Extension{By: by, Until: at(until), At: at(said)})
		}
	}
	hours := func(c *clock.Clock) { c.Limit.WorkDays, c.Limit.Within = 0, 4*time.Hour }

	for _, tt := range []struct {
		name     string
		c        clock.Clock
		now      string
		due      string
		overdue  bool
		days     [2]int // gross, net
		how, zh  string
		contest  time.Duration
		withoutC string
	}{
		{"working days skip Thanksgiving and the weekend, and end at midnight in Washington",
			from(us, "2026-11-24 15:00", 3), "2026-11-25 16:00", "2026-12-01 05:00", false, [2]int{1, 1},
			`from 2026-11-24 15:00:00 (receipt) until now: 1 d 1 h; working days so far: 1, of which not paused: 1; limit in working days: 3, from 2026-11-25, in the calendar "United States federal offices" [proposal]; due 2026-12-01 05:00:00 UTC (24:00 on 2026-11-30 in America/New_York); days off: 2026-11-26 Thanksgiving Day`,
			"自 2026-11-24 15:00:00（签收）至今：1天1小时；已历1个工作日，扣除暂停后为1个；时限为3个工作日，自 2026-11-25 起算，适用日历“美国联邦机构”［建议］；截止时间为 2026-12-01 05:00:00 UTC（2026-11-30 24:00，America/New_York）；休息日：2026-11-26 感恩节", 0, ""},
		{"a weekend worked in exchange counts; the evening in UTC is the next day in Beijing",
			from(cn, "2026-09-17 16:30", 2), "2026-09-21 16:00", "2026-09-21 16:00", false, [2]int{3, 3},
			`from 2026-09-17 16:30:00 (receipt) until now: 3 d 23 h; working days so far: 3, of which not paused: 3; limit in working days: 2, from 2026-09-19, in the calendar "China state organs" [proposal]; due 2026-09-21 16:00:00 UTC (24:00 on 2026-09-21 in Asia/Shanghai); worked weekends: 2026-09-20 Working day (National Day)`,
			"自 2026-09-17 16:30:00（签收）至今：3天23小时；已历3个工作日，扣除暂停后为3个；时限为2个工作日，自 2026-09-19 起算，适用日历“中国国家机关”［建议］；截止时间为 2026-09-21 16:00:00 UTC（2026-09-21 24:00，Asia/Shanghai）；调休上班日：2026-09-20 国庆节调休上班", 0, ""},
		{"the last instant is in time, the one after it is not",
			from(cn, "2026-11-23 03:00", 1), "2026-11-24 16:01", "2026-11-24 16:00", true, [2]int{2, 2},
			"due 2026-11-24 16:00:00 UTC (24:00 on 2026-11-24 in Asia/Shanghai)", "截止时间为 2026-11-24 16:00:00 UTC（2026-11-24 24:00，Asia/Shanghai）", 0, ""},
		{"a pause takes away the days after its question until that of the reply",
			from(cn, "2026-11-23 03:00", 3, pause("2026-11-24 02:00", "2026-11-26 02:00", "")), "2026-11-27 02:00", "2026-11-30 16:00", false, [2]int{4, 2},
			"less 2 d (question) = 1 d 23 h net; working days so far: 4, of which not paused: 2;", "，扣除 2天（询问），净用时1天23小时；已历4个工作日，扣除暂停后为2个；", 0, ""},
		{"a question that is answered the same day takes no day away",
			from(cn, "2026-11-23 03:00", 3, pause("2026-11-24 02:00", "2026-11-24 09:00", "")), "2026-11-25 02:00", "2026-11-26 16:00", false, [2]int{2, 2},
			"less 7 h (question) = 1 d 16 h net;", "扣除 7小时（询问），净用时1天16小时；", 0, ""},
		{"a pause that is open moves the due time day by day",
			from(cn, "2026-11-23 03:00", 1, pause("2026-11-23 04:00", "", "")), "2026-11-26 02:00", "2026-11-27 16:00", false, [2]int{3, 0},
			"(24:00 on 2026-11-27 in Asia/Shanghai) if the pause ended now", "（2026-11-27 24:00，Asia/Shanghai）（假定暂停此刻结束）", 0, ""},
		{"a pause that is contested counts, and the sum without it stands beside",
			from(cn, "2026-11-23 03:00", 1, pause("2026-11-23 04:00", "2026-11-24 02:00", "2026-11-24 05:00")), "2026-11-25 02:00", "2026-11-25 16:00", false, [2]int{2, 1},
			"; contested by the asking side: 22 h (question); if that were no pause: 1 d 23 h net, due 2026-11-24 16:00:00 UTC", "；请求方对下列暂停提出异议：22小时（询问）；如不计该暂停，净用时1天23小时，截止时间为 2026-11-24 16:00:00 UTC", 47 * time.Hour, "2026-11-24 16:00"},
		{"a contested pause in elapsed time",
			from(cn, "2026-11-23 03:00", 0, hours, pause("2026-11-23 04:00", "2026-11-23 06:00", "2026-11-23 06:30")), "2026-11-23 07:00", "2026-11-23 09:00", false, [2]int{},
			"from 2026-11-23 03:00:00 (receipt) until now: 4 h, less 2 h (question) = 2 h net; limit 4 h of elapsed time [proposal]; due 2026-11-23 09:00:00 UTC; contested by the asking side: 2 h (question); if that were no pause: 4 h net, due 2026-11-23 07:00:00 UTC",
			"自 2026-11-23 03:00:00（签收）至今：4小时，扣除 2小时（询问），净用时2小时；时限为连续计算的4小时［建议］；截止时间为 2026-11-23 09:00:00 UTC；请求方对下列暂停提出异议：2小时（询问）；如不计该暂停，净用时4小时，截止时间为 2026-11-23 07:00:00 UTC", 4 * time.Hour, "2026-11-23 07:00"},
		{"both sides extended; the later one is the due time, whoever said it",
			from(cn, "2026-11-23 03:00", 0, hours, extend(clock.Asked, "2026-11-24 00:00", "2026-11-23 05:00"), extend(clock.Asking, "2026-11-25 00:00", "2026-11-23 06:00")), "2026-11-23 07:00", "2026-11-25 00:00", false, [2]int{},
			"; limit 4 h of elapsed time, extended by the asked side to 2026-11-24 00:00:00 and the asking side to 2026-11-25 00:00:00 [proposal]; due 2026-11-25 00:00:00 UTC",
			"；时限为连续计算的4小时，延期：被请求方延至 2026-11-24 00:00:00、请求方延至 2026-11-25 00:00:00［建议］；截止时间为 2026-11-25 00:00:00 UTC", 0, ""},
		{"an extension of working days is an instant",
			from(cn, "2026-11-23 03:00", 1, extend(clock.Asking, "2026-11-28 04:00", "2026-11-23 06:00")), "2026-11-23 07:00", "2026-11-28 04:00", false, [2]int{},
			"extended by the asking side to 2026-11-28 04:00:00 [proposal]; due 2026-11-28 04:00:00 UTC", "；截止时间为 2026-11-28 04:00:00 UTC", 0, ""},
		{"a year that is not covered is not guessed",
			from(cn, "2027-12-29 03:00", 5, extend(clock.Asking, "2027-12-31 04:00", "2027-12-29 06:00")), "2027-12-30 03:00", "", false, [2]int{1, 1},
			"; the calendar of 2027 is provisional: days may still be moved; the calendar does not cover 2028, so days from then on are not counted; the due time is not known until a calendar that covers them is imported",
			"；2027年的日历为暂定，放假和调休日期可能调整；日历未涵盖2028年，自该年起的日期未予计算；在导入涵盖上述日期的日历之前，截止时间无法确定", 0, ""},
		{"what was due before the calendar ends is overdue after it",
			from(us, "2027-12-20 15:00", 2), "2028-02-01 12:00", "2027-12-23 05:00", true, [2]int{7, 7},
			"due 2027-12-23 05:00:00 UTC (24:00 on 2027-12-22 in America/New_York); days off: 2027-12-24 Christmas Day (observed), 2027-12-31 New Year's Day (observed); the calendar of 2027 is provisional: days may still be moved; the calendar does not cover 2028, so days from then on are not counted",
			"；日历未涵盖2028年，自该年起的日期未予计算", 0, ""},
		{"without a calendar there is no due time",
			from(clock.Calendar{}, "2026-11-23 03:00", 5), "2026-11-24 03:00", "", false, [2]int{},
			"; no calendar was given; the calendar does not cover 2026", "；未提供日历；日历未涵盖2026年", 0, ""},
		{"a limit that runs on does so through a question, not through a weekend",
			from(cn, "2026-11-27 03:00", 1, pause("2026-11-27 04:00", "2026-11-30 05:00", ""), func(c *clock.Clock) { c.Limit.Unpaused = true }), "2026-11-30 06:00", "2026-11-30 16:00", false, [2]int{1, 1},
			"; questions took 3 d 1 h (question), which do not pause this clock; working days so far: 1, of which not paused: 1", "；询问占用 3天1小时（询问），但不暂停本项计时；已历1个工作日", 0, ""},
		{"a text that this package does not know is in Chinese if its author said so",
			from(cn, "2026-11-23 03:00", 0, func(c *clock.Clock) {
				c.Stopped, c.StoppedBy, c.Chinese = at("2026-11-23 04:00"), "partial answer", map[string]string{"partial answer": "部分答复"}
			}), "2026-11-24 03:00", "", false, [2]int{},
			"from 2026-11-23 03:00:00 (receipt) to 2026-11-23 04:00:00 (partial answer): 1 h", "自 2026-11-23 03:00:00（签收）至 2026-11-23 04:00:00（部分答复）：1小时", 0, ""},
		{"a clock that has not started says why", clock.Clock{BeforeStart: "no receipt", Chinese: map[string]string{"no receipt": "无回执"}}, "2026-11-24 03:00", "", false, [2]int{}, "no receipt", "无回执", 0, ""},
		{"a clock that has not started need not say why", clock.Clock{}, "2026-11-24 03:00", "", false, [2]int{}, "not started", "尚未开始", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := clock.Measure(tt.c, at(tt.now))
			if !s.Due.Equal(at(tt.due)) || s.Overdue != tt.overdue || [2]int{s.GrossDays, s.NetDays} != tt.days {
				t.Errorf("got due %v overdue %t days %d %d", s.Due, s.Overdue, s.GrossDays, s.NetDays)
			}
			if s.NetContested != tt.contest || !s.DueContested.Equal(at(tt.withoutC)) || s.Contested != (tt.contest > 0) {
				t.Errorf("without what is contested: net %v due %v", s.NetContested, s.DueContested)
			}
			same := func(got, want string) {
				if got != want && (strings.HasPrefix(want, "from") || strings.HasPrefix(want, "自") || !strings.Contains(got, want)) {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
			same(s.How, tt.how)
			same(s.HowZH, tt.zh)
		})
	}
}

func TestSayZH(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0秒", 3*time.Hour + 10*time.Minute + 5*time.Second: "3小时10分钟", 52 * time.Hour: "2天4小时", -90 * time.Second: "-1分钟30秒",
	} {
		if got := clock.SayZH(d); got != want {
			t.Errorf("SayZH(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestMeasureDelivery(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		sent, receipted, ended, now string
		since, gap                  time.Duration
		how, zh                     string
	}{
		{"both run until there is a receipt", "2026-11-22 03:00", "", "", "2026-11-22 03:47", 47 * time.Minute, 47 * time.Minute,
			"sent 2026-11-22 03:00:00 UTC; since dispatch: 47 min; no receipt yet", "2026-11-22 03:00:00 UTC 发出；发出后已历47分钟；尚未签收"},
		{"the gap ends with the receipt", "2026-11-22 03:00", "2026-11-22 03:04", "", "2026-11-22 06:00", 3 * time.Hour, 4 * time.Minute,
			"sent 2026-11-22 03:00:00 UTC; since dispatch: 3 h; receipted 2026-11-22 03:04:00 UTC, delivery gap 4 min", "2026-11-22 03:00:00 UTC 发出；发出后已历3小时；2026-11-22 03:04:00 UTC 签收，送达间隔4分钟"},
		{"and the other with the matter", "2026-11-22 03:00", "2026-11-22 03:04", "2026-11-22 05:00", "2026-11-23 06:00", 2 * time.Hour, 4 * time.Minute,
			"since dispatch: 2 h;", "发出后已历2小时"},
		{"clocks that differ do not make time run backwards", "2026-11-22 03:00", "2026-11-22 02:59", "", "2026-11-22 02:00", 0, 0, "delivery gap 0 s", "送达间隔0秒"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := clock.MeasureDelivery(at(tt.sent), at(tt.receipted), at(tt.ended), at(tt.now))
			if d.Since != tt.since || d.Gap != tt.gap || !strings.Contains(d.How, tt.how) || !strings.Contains(d.HowZH, tt.zh) {
				t.Errorf("got %v %v\n%s\n%s", d.Since, d.Gap, d.How, d.HowZH)
			}
		})
	}
}
