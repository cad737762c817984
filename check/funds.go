package check

import (
	"fmt"
	"slices"

	"comity"
	"comity/guide"
)

// hops is C41: what passes on more than reached it was miscopied. An account
// that nothing reached is where the money was taken from, and what left there is
// the loss.
func hops(p *pass) {
	type purse struct{ account, currency string }
	type figure struct {
		left    int64 // what reached an account and has not left it
		reached bool
	}
	purses := map[purse]figure{}
	known := map[string]bool{} // accounts that something reached
	taken := map[string]int64{}
	for i, h := range p.Order.Hops {
		field := func(m string) string { return fmt.Sprintf("order.hops[%d].%s", i, m) }
		if h.N != i+1 {
			p.say(field("n"), "%d is not %d: the hops are numbered from 1, in order", "编号为 %d，应为 %d：须从 1 起依次编号", h.N, i+1)
		}
		if h.Amount <= 0 || int64(h.Amount) > 1<<53 {
			p.say(field("amount"), "%d is no amount in minor units", "%d 不是有效的金额（以最小货币单位计）", h.Amount)
			return // sums would say nothing
		}
		if h.From == h.To {
			p.say(field("to"), "the money stays where it was", "转出与转入账户相同")
		}
		src, dst := purse{h.From, h.Currency}, purse{h.To, h.Currency}
		switch f := purses[src]; {
		case f.reached && int64(h.Amount) > f.left:
			p.say(field("amount"), "%s left the account, and of what had reached it %s was there: %s too much", "该账户转出 %s，而其已收到的余额为 %s：多出 %s",
				amount(h.Amount, h.Currency), amount(int(f.left), h.Currency), amount(h.Amount-int(f.left), h.Currency))
			f.left = 0
			purses[src] = f
		case f.reached:
			f.left -= int64(h.Amount)
			purses[src] = f
		case !known[h.From]: // else it was changed into another currency there
			taken[h.Currency] += int64(h.Amount)
		}
		f := purses[dst]
		purses[dst] = figure{f.left + int64(h.Amount), true}
		known[h.To] = true
	}
	e := p.Supporting.Event
	if len(p.Order.Hops) == 0 || e == nil || e.Loss == nil {
		return
	}
	if got := taken[e.Loss.Currency]; got != int64(e.Loss.Amount) {
		diff := got - int64(e.Loss.Amount)
		p.say("supporting.event.loss.amount", "the loss is %s, and the first payments add up to %s: a difference of %s", "损失为 %s，而首笔付款合计 %s：差额 %s",
			amount(e.Loss.Amount, e.Loss.Currency), amount(int(got), e.Loss.Currency), amount(int(max(diff, -diff)), e.Loss.Currency))
	}
}

// bankFirst is C42: banks and financial intelligence units stop a payment in
// hours.
func bankFirst(p *pass) {
	if p.Type != "funds.recall" || slices.ContainsFunc(p.Earlier, func(e guide.Earlier) bool { return e.Kind == "other_channel" }) {
		return
	}
	bank := ""
	if n := len(p.Order.Hops); n > 0 {
		bank = p.Order.Hops[n-1].Bank
	}
	p.say("earlier", "no request by another channel is named: was the bank (%[1]s) asked for a recall, or the financial intelligence unit for a hold?", "未列明其他渠道的请求：是否已请银行（%[1]s）追回，或者请金融情报机构止付？", comity.Clip(bank))
}

func amount(minor int, currency string) string {
	return guide.Money{Amount: minor, Currency: currency}.String()
}
