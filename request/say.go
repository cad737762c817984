package request

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
)

// sentence says who owes what to whom by when.
func (p *projector) sentence() {
	v := p.v
	other, opener := written(v.Other), written(v.Opener)
	say := func(en, zh string) { p.says = Saying{Soon: t(en, zh)} }
	also := func(en, zh string) { p.says = p.says.and(t(en, zh)) }
	receipted, acknowledged, answered := v.Clocks[0], v.Clocks[1], v.Clocks[2]
	owe := func(what comity.Text, s clock.Span) {
		v.Due, v.Overdue = s.Due, s.Overdue
		owes, to := written(v.Owes), written(p.to(v.Owes))
		switch {
		case s.Due.IsZero():
			say(fmt.Sprintf("%s owes %s %s", owes, to, what.EN), fmt.Sprintf("%s 应向 %s 作出%s", owes, to, what.ZH))
		default:
			p.says = Saying{At: s.Due,
				Soon: t(fmt.Sprintf("%s owes %s %s by %s, in %s", owes, to, what.EN, p.time(s.Due), howLong),
					fmt.Sprintf("%s 应于 %s 前向 %s 作出%s，尚余 %s", owes, p.time(s.Due), to, what.ZH, howLong)),
				Late: t(fmt.Sprintf("%s has owed %s %s since %s, for %s", owes, to, what.EN, p.time(s.Due), howLong),
					fmt.Sprintf("%s 应自 %s 起向 %s 作出%s，已逾期 %s", owes, p.time(s.Due), to, what.ZH, howLong))}
		}
	}
	hold := t("", "")
	if !v.HoldUntil.IsZero() {
		hold = t("; the first hold ends "+p.time(v.HoldUntil), "；最早的保全于 "+p.time(v.HoldUntil)+" 到期")
	}
	ended := func(en, zh string) { say(fmt.Sprintf(en, opener), fmt.Sprintf(zh, opener)) }
	switch v.State {
	case stateNew:
		say("nothing has been asked", "尚未提出请求")
	case stateRequested, stateAccepted, statePostponed:
		switch {
		case answered.Started.IsZero():
			v.Due, v.Overdue = receipted.Due, receipted.Overdue
			sent := func(en, zh string) comity.Text {
				return t(fmt.Sprintf("%s's node has not receipted the request, sent %s ago; what %s owes is not measured yet", other, en, other),
					fmt.Sprintf("%s 的节点尚未收讫 %s 前发送的请求，%s 的时限尚未起算", other, zh, other))
			}
			p.says = Saying{At: receipted.Started, Soon: sent(clock.Say(0), clock.SayZH(0)), Late: sent(howLong, howLong)}
		case acknowledged.Stopped.IsZero():
			owe(t("an acknowledgement", "收到确认"), acknowledged)
			if !answered.Due.IsZero() {
				also(", and an answer by "+p.time(answered.Due), "，并于 "+p.time(answered.Due)+" 前答复")
			}
		case v.State == statePostponed:
			owe(t("an answer", "答复"), answered)
			also("; postponed, to be reviewed on "+v.ReviewOn, "；已推迟，复核日期为 "+v.ReviewOn)
		case slices.ContainsFunc(v.Items, func(it Item) bool { return it.By != comity.Hash{} }):
			owe(t("the rest of the answer", "其余答复"), answered)
		default:
			owe(t("an answer", "答复"), answered)
		}
	case stateRequestedAsk, stateAcceptedAsk:
		l, c := p.limit(guide.Clarified, v.Opener)
		since := clock.Clock{Name: guide.Clarified, Limit: l, Calendar: c}
		if v.Question != nil {
			since.Started = v.Question.Receipted
		}
		owe(t("an answer to its question", "对其提问的答复"), clock.Measure(since, p.Now))
		if answered.Paused {
			also("; the clock of the answer is paused", "；答复计时已暂停")
		} else if !answered.Due.IsZero() {
			also(fmt.Sprintf("; %s still owes an answer by %s", other, p.time(answered.Due)), fmt.Sprintf("；%s 仍须于 %s 前答复", other, p.time(answered.Due)))
		}
	case stateTerms:
		owe(t("a word on its conditions", "对所提条件的表态"), clock.Span{})
		v.Due, v.Overdue = answered.Due, answered.Overdue
	case stateCountered:
		owe(t("a word on the other conditions", "对不同条件的表态"), answered)
	case stateSecrecy:
		owe(t("a decision: it cannot be kept confidential", "决定：该请求无法保密"), clock.Span{})
		v.Due, v.Overdue = answered.Due, answered.Overdue
	case stateAnswered:
		say(fmt.Sprintf("%s has answered%s", other, hold.EN), fmt.Sprintf("%s 已答复%s", other, hold.ZH))
		if answered.Stopped.IsZero() {
			say(fmt.Sprintf("%s has answered, and files of the answer are under way", other), fmt.Sprintf("%s 已答复，附件传输中", other))
		}
		if v.FollowedBy != "" {
			also("; the hold continues until "+v.FollowedBy+" is decided", "；保全持续至 "+v.FollowedBy+" 作出决定")
		}
	case stateExtending:
		v.Due, v.Overdue = v.HoldUntil, !v.HoldUntil.IsZero() && p.Now.After(v.HoldUntil)
		say(fmt.Sprintf("%s owes %s a word on the longer hold%s", other, opener, hold.EN), fmt.Sprintf("%s 应就延长保全向 %s 作出答复%s", other, opener, hold.ZH))
	case stateRefused:
		en, zh := p.ground()
		say(fmt.Sprintf("%s has refused%s", other, en), fmt.Sprintf("%s 已拒绝%s", other, zh))
	case stateWithdrawn:
		ended("%s has withdrawn the request", "%s 已撤回请求")
	case stateReleased:
		ended("%s has given the hold back", "%s 已解除保全")
	case stateClosed:
		ended("%s has closed the matter", "%s 已结束本事项")
	}
	v.Says = p.says.When(p.Now)
}

// ground returns the ground of the last refusal.
func (p *projector) ground() (en, zh string) {
	for _, o := range slices.Backward(p.Order) {
		b, ok := o.Said.(*Refuse)
		if !ok || !o.Applied() {
			continue
		}
		en, zh = " on the ground "+b.Ground, "，理由："+b.Ground
		if b.NoFurtherReasons {
			en, zh = en+"; no further reasons can be given", zh+"；无法提供进一步理由"
		}
		return en, zh
	}
	return "", ""
}

// written is a party as a sentence has it.
func written(p comity.Party) string { return strings.ToUpper(string(p)) }

func (p *projector) to(from comity.Party) comity.Party { return p.v.Party(p.v.Side(from).Peer()) }

func (p *projector) time(at time.Time) string { return clock.FormatTimes(at, p.Zones) }
