package guide

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"comity"
	"comity/identifier"
)

func at(i int, member string) string { return fmt.Sprintf("order.items[%d].%s", i, member) }

// times goes over the times of the items that are written.
func (p *pass) times(see func(it Item, field, value string, t time.Time, f identifier.TimeFault)) {
	for i, it := range p.Order.Items {
		for _, m := range [2][2]string{{"from", it.From}, {"to", it.To}} {
			if !empty(m[1]) {
				t, f := identifier.ParseTime(m[1])
				see(it, at(i, m[0]), m[1], t, f)
			}
		}
	}
}

// zones is C11: a time without its zone is many times.
func zones(p *pass) {
	p.times(func(_ Item, field, value string, _ time.Time, f identifier.TimeFault) {
		if f != "" && f != identifier.NoSeconds {
			p.amiss(field, value, f.Fault())
		}
	})
}

// seconds is C12: an address changes hands within one.
func seconds(p *pass) {
	p.times(func(it Item, field, value string, _ time.Time, f identifier.TimeFault) {
		if f == identifier.NoSeconds && onNetwork(it) {
			p.amiss(field, value, f.Fault())
		}
	})
}

func onNetwork(it Item) bool {
	return it.Type == identifier.IPv4 || it.Type == identifier.IPv6 || it.Peer != ""
}

// period returns an item's period, if both times can be read. Minutes will do.
func period(it Item) (from, to time.Time, ok bool) {
	from, ok1 := instant(it.From)
	to, ok2 := instant(it.To)
	return from, to, ok1 && ok2
}

func instant(s string) (time.Time, bool) {
	t, f := identifier.ParseTime(s)
	if f == identifier.NoSeconds {
		t, err := time.Parse("2006-01-02T15:04Z07:00", s)
		return t, err == nil
	}
	return t, f == ""
}

// periods is C13: what is stored has been; what is intercepted is yet to come.
func periods(p *pass) {
	ahead := strings.HasPrefix(p.Type, "realtime.")
	for i, it := range p.Order.Items {
		from, to, ok := period(it)
		switch {
		case !ok:
		case to.Before(from):
			p.say(at(i, "to"), "%s is before %s", "%s 早于 %s", it.To, it.From)
		case ahead && !to.After(p.Now):
			p.say(at(i, "to"), "%s has passed: ask for the stored data instead", "%s 已过：请改为请求提供已存储的数据", it.To)
		case !ahead && to.After(p.Now):
			p.say(at(i, "to"), "%s has not come yet: only what is stored can be had", "%s 尚未到来：只能取得已存储的数据", it.To)
		}
	}
}

// realms is C14: it keeps play out of work and work out of play. Of an account
// without an @ and of a hash nothing can be said.
func realms(p *pass) {
	for i, it := range p.Order.Items {
		p.realm(at(i, "value"), it.Type, it.Value)
	}
	for i, h := range p.Order.Hops {
		p.realm(fmt.Sprintf("order.hops[%d].bank", i), identifier.BIC, h.Bank)
		for _, m := range [2][2]string{{"from", h.From}, {"to", h.To}} {
			if isIBAN(m[1]) {
				p.realm(fmt.Sprintf("order.hops[%d].%s", i, m[0]), identifier.IBAN, m[1])
			}
		}
	}
}

func (p *pass) realm(field, typ, value string) {
	live := p.Realm == comity.Live
	r := identifier.Reserved(typ, value)
	if !r.Known || r.Reserved != live {
		return
	}
	if f := identifier.Check(typ, value); f != (identifier.Fault{}) && f.Want == "" {
		return // of what is no identifier at all, C17 says more
	}
	if live {
		p.amiss(field, value, identifier.Fault{Text: identifier.Text{EN: r.Why.EN + ": nobody holds data on it (" + r.Cite + ")", ZH: r.Why.ZH + "，不会有人持有其数据（" + r.Cite + "）"}})
		return
	}
	p.say(field, "%q may be somebody's; an exercise uses only reserved ones, such as %q or %q", "“%s”可能属于真实主体；演练只能使用保留值，如“%s”或“%s”",
		comity.Clip(value), "203.0.113.77", "mail.example")
}

// ports is C15: carriers put many subscribers behind one IPv4 address.
func ports(p *pass) {
	for i, it := range p.Order.Items {
		if it.Type != identifier.IPv4 || it.Port != 0 || it.Data != "subscriber" && it.Data != "traffic" {
			continue
		}
		if it.Peer == "" {
			p.say(at(i, "port"), "there is none, and no peer's address and port either: the address may be shared by many subscribers", "未填源端口，也未填对端地址和端口：该地址可能由众多用户共用")
			continue
		}
		p.say(at(i, "port"), "there is none: the address may be shared by many subscribers", "未填源端口：该地址可能由众多用户共用")
	}
}

// clocks is C16.
func clocks(p *pass) {
	for i, it := range p.Order.Items {
		if asksOfItem(it, "clock") && empty(it.Clock) {
			p.say(at(i, "clock"), "it is not said which clock the times come from, and how exact it is", "未说明时间来自何种时钟及其误差")
		}
	}
}

// forms is C17.
func forms(p *pass) {
	ids := map[string]bool{}
	for i, it := range p.Order.Items {
		if w, bad := badID(it.ID); bad {
			p.tell(at(i, "id"), w)
		}
		if ids[it.ID] {
			p.say(at(i, "id"), "%q names another item too", "编号“%s”重复", comity.Clip(it.ID))
		}
		ids[it.ID] = true
		switch it.Type {
		case "act":
			if empty(it.Value) {
				p.bare(at(i, "value"))
			}
		case "person":
			if !slices.ContainsFunc(p.Supporting.Persons, func(h Person) bool { return h.ID == it.Value }) {
				p.say(at(i, "value"), "%q is no person of supporting.persons", "supporting.persons 中没有编号为“%s”的人员", comity.Clip(it.Value))
			}
		default:
			p.form(at(i, "value"), it.Type, it.Value)
		}
		if it.Port < 0 || it.Port > 65535 {
			p.say(at(i, "port"), "%d is not 1 to 65535", "%d 不在 1 至 65535 之间", it.Port)
		}
		if it.Peer != "" && !isPeer(it.Peer) {
			p.say(at(i, "peer"), "%q is not an address, port and protocol such as %q", "“%s”不是“地址:端口/协议”的形式；示例：“%s”", comity.Clip(it.Peer), "198.51.100.9:443/tcp")
		}
	}
	for i, h := range p.Order.Hops {
		field := func(m string) string { return fmt.Sprintf("order.hops[%d].%s", i, m) }
		for _, m := range [2][2]string{{"from", h.From}, {"to", h.To}} {
			switch {
			case isIBAN(m[1]):
				p.form(field(m[0]), identifier.IBAN, m[1])
			default:
				p.form(field(m[0]), identifier.Account, m[1])
			}
		}
		p.form(field("bank"), identifier.BIC, h.Bank)
		if h.UETR != "" {
			p.form(field("uetr"), identifier.UETR, h.UETR)
		}
		p.currency(field("currency"), h.Currency)
		if _, ok := dayOf(h.ValueDate); !ok {
			p.notDay(field("value_date"), h.ValueDate)
		}
	}
	if e := p.Supporting.Event; e != nil && e.Loss != nil {
		p.currency("supporting.event.loss.currency", e.Loss.Currency)
	}
}

func (p *pass) form(field, typ, value string) {
	p.amiss(field, value, identifier.Check(typ, value))
}

func (p *pass) currency(field, code string) {
	if _, ok := identifier.Currency(code); !ok {
		p.say(field, "%q is no currency of ISO 4217 such as %q", "“%s”不是 ISO 4217 货币代码；示例：“%s”", comity.Clip(code), "CNY")
	}
}

func (p *pass) notDay(field, value string) {
	p.say(field, "%q is not a day such as %q", "“%s”不是有效的日期；示例：“%s”", comity.Clip(value), "2026-12-20")
}

var ibanLike = regexp.MustCompile(`^[A-Za-z]{2}\d\d[A-Za-z0-9 ]{11,40}$`)

func isIBAN(account string) bool { return ibanLike.MatchString(account) }

var peerForm = regexp.MustCompile(`^(.+):(\d{1,5})/(tcp|udp|sctp|quic)$`)

func isPeer(s string) bool {
	m := peerForm.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	port, err := strconv.Atoi(m[2])
	host := strings.TrimSuffix(strings.TrimPrefix(m[1], "["), "]")
	none := identifier.Fault{}
	return err == nil && port >= 1 && port <= 65535 &&
		(identifier.Check(identifier.IPv4, host) == none || identifier.Check(identifier.IPv6, host) == none || identifier.Check(identifier.Domain, host) == none)
}

// BadID says what is wrong with an item's id. An answer names several with commas
// between them. That there is one, package request says.
func BadID(id string) string {
	w, _ := badID(id)
	return w.EN
}

func badID(id string) (Text, bool) {
	other := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}
	if !strings.ContainsFunc(id, other) {
		return Text{}, false
	}
	return Text{fmt.Sprintf("%q has more than letters, digits, '.', '_' and '-'; an example is %q", comity.Clip(id), "1"),
		fmt.Sprintf("“%s”只能含有字母、数字和“.”“_”“-”；示例：“%s”", comity.Clip(id), "1")}, true
}

// displayNames is C18.
func displayNames(p *pass) {
	for i, it := range p.Order.Items {
		if it.Type == identifier.Account && (identifier.DisplayName(it.Value) || isHanName(it.Value)) {
			p.say(at(i, "value"), "%q looks like a display name: many users may bear it", "“%s”疑似昵称：可能有许多用户使用同一昵称", comity.Clip(it.Value))
		}
	}
}

// isHanName reports whether s is as long as a Chinese name, and nothing else.
func isHanName(s string) bool {
	n := 0
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) && r != '·' {
			return false
		}
		n++
	}
	return n >= 2 && n <= 4
}

// where is C19, for those who have an offline data set.
func where(p *pass) {
	if p.Where == nil || p.To == "" {
		return
	}
	for i, it := range p.Order.Items {
		if c := p.Where(it); c != "" && !strings.EqualFold(c, string(p.To)) {
			p.say(at(i, "value"), "%q was in %q, as our data set has it, and not in %q", "据本方离线数据集，“%s”当时位于“%s”，而非“%s”", comity.Clip(it.Value), c, p.To)
		}
	}
}

// categories is C20.
func categories(p *pass) {
	for i, it := range p.Order.Items {
		switch {
		case it.Data == "":
			p.bare(at(i, "data"))
		case len(p.typ.Data) > 0 && !slices.Contains(p.typ.Data, it.Data):
			p.say(at(i, "data"), "a request of the type %q cannot have %q; it can have %s", "“%s”类请求不能取得“%s”；可取得：%s", p.Type, comity.Clip(it.Data), strings.Join(p.typ.Data, ", "))
		}
	}
}

var sweepForm = regexp.MustCompile(`(?i)\b(?:any and all|all (?:available |stored )?(?:data|records|information|contents?|accounts|messages)|everything|without limitation|entire (?:mailbox|account|server))\b|` +
	`(?:所有|全部|一切)(?:数据|记录|信息|资料|内容|账号|邮件)`)

// sweeps is C21. That there is a period at all the pack's fields ask; what reads
// like a net cast wide is at most warned of, for it may be right.
func sweeps(p *pass) {
	for i, it := range p.Order.Items {
		if from, to, ok := period(it); ok && p.row.Days > 0 && to.Sub(from) > time.Duration(p.row.Days)*day {
			p.hint(at(i, "to"), "the period is longer than %d days", "期间超过 %d 日", p.row.Days)
		}
		if it.Type == "act" {
			p.sweep(at(i, "value"), it.Value)
		}
	}
	p.sweep("order.instructions", p.Order.Instructions)
	for i, r := range p.Supporting.Relations {
		p.sweep(fmt.Sprintf("supporting.relations[%d].text", i), r.Text)
	}
}

func (p *pass) sweep(field, s string) {
	if w := sweepForm.FindString(s); w != "" {
		p.hint(field, "it says %q", "含有“%s”这样的概括性表述", w)
	}
}

// stale is C22.
func stale(p *pass) {
	for i, it := range p.Order.Items {
		_, to, ok := period(it)
		for _, r := range p.Retentions {
			if ok && r.Party == p.To && r.Data == it.Data && p.Now.Sub(to) > time.Duration(r.Days)*day {
				p.say(at(i, "to"), "%s is longer ago than the %d days for which such data is known to be kept (%s %s): it likely exists no more",
					"%s 已超出此类数据的已知留存期 %d 日（%s %s）：数据很可能已不存在", it.To, r.Days, r.Cite, r.Mark())
			}
		}
	}
}
