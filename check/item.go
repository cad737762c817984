package check

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"comity"
	"comity/guide"
	"comity/identifier"
)

func at(i int, member string) string { return fmt.Sprintf("order.items[%d].%s", i, member) }

// A reading is what an item's two times say.
type reading struct {
	from, to time.Time
	faults   [2]identifier.TimeFault
	ok       bool // both can be read
}

// read reads an item's times. Minutes will do, where nothing else asks for seconds.
func read(it guide.Item) (r reading) {
	var ok, ok2 bool
	r.from, r.faults[0], ok = readTime(it.From)
	r.to, r.faults[1], ok2 = readTime(it.To)
	r.ok = ok && ok2
	return r
}

func readTime(s string) (time.Time, identifier.TimeFault, bool) {
	if empty(s) {
		return time.Time{}, "", false // the pack's fields ask for it
	}
	t, f := identifier.ParseTime(s)
	if f != identifier.NoSeconds {
		return t, f, f == ""
	}
	t, err := time.Parse("2006-01-02T15:04Z07:00", s)
	return t, f, err == nil
}

func instant(s string) (time.Time, bool) {
	t, _, ok := readTime(s)
	return t, ok
}

// misread says of each time what is wrong with its form, if it is asked of it.
func (p *pass) misread(asked func(guide.Item, identifier.TimeFault) bool) {
	for i, it := range p.Order.Items {
		for j, f := range p.readings[i].faults {
			if f != "" && asked(it, f) {
				p.amiss(at(i, [2]string{"from", "to"}[j]), [2]string{it.From, it.To}[j], f.Fault())
			}
		}
	}
}

// zones is C11: a time without its zone is many times.
func zones(p *pass) {
	p.misread(func(_ guide.Item, f identifier.TimeFault) bool { return f != identifier.NoSeconds })
}

// seconds is C12: an address changes hands within one.
func seconds(p *pass) {
	p.misread(func(it guide.Item, f identifier.TimeFault) bool { return f == identifier.NoSeconds && onNetwork(it) })
}

func onNetwork(it guide.Item) bool {
	return it.Type == identifier.IPv4 || it.Type == identifier.IPv6 || it.Peer != ""
}

// periods is C13: what is stored has been; what is intercepted is yet to come.
func periods(p *pass) {
	ahead := strings.HasPrefix(p.Type, "realtime.")
	for i, it := range p.Order.Items {
		t := p.readings[i]
		switch {
		case !t.ok:
		case t.to.Before(t.from):
			p.say(at(i, "to"), "%s is before %s", "%s 早于 %s", it.To, it.From)
		case ahead && !t.to.After(p.Now):
			p.say(at(i, "to"), "%s has passed: ask for the stored data instead", "%s 已过：请改为请求提供已存储的数据", it.To)
		case !ahead && t.to.After(p.Now):
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
			p.realm(fmt.Sprintf("order.hops[%d].%s", i, m[0]), accountType(m[1]), m[1])
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
		p.amiss(field, value, identifier.Fault{Text: comity.Text{EN: r.Why.EN + ": nobody holds data on it (" + r.Cite + ")", ZH: r.Why.ZH + "，不会有人持有其数据（" + r.Cite + "）"}})
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
		if w := guide.BadID(it.ID); w != (guide.Text{}) {
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
			p.person(at(i, "value"), it.Value)
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
			p.form(field(m[0]), accountType(m[1]), m[1])
		}
		p.form(field("bank"), identifier.BIC, h.Bank)
		if h.UETR != "" {
			p.form(field("uetr"), identifier.UETR, h.UETR)
		}
		p.currency(field("currency"), h.Currency)
		p.day(field("value_date"), h.ValueDate, been)
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

var ibanLike = regexp.MustCompile(`^[A-Za-z]{2}\d\d[A-Za-z0-9 ]{11,40}$`)

// accountType tells an account that is an IBAN from one that only its bank knows.
func accountType(account string) string {
	if ibanLike.MatchString(account) {
		return identifier.IBAN
	}
	return identifier.Account
}

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

// where is C19, as far as the party's offline lists of addresses tell. A registry
// says in which country an address was given out, which is not always where it is
// used; of a cloud or a public resolver the list's own name says who has the data.
//
// The other side may have other lists: what is found is national.
func where(p *pass) {
	before := len(p.found)
	defer func() {
		for i := range p.found[before:] {
			p.found[before+i].History = true
		}
	}()
	for _, l := range p.Ranges {
		if l.Fault != nil {
			p.hint("order.holder", "offline/%s cannot be read, and says nothing of where an address is: %v", "offline/%s 无法读取，无从判断地址归属：%v", comity.Clip(l.Name), l.Fault)
		}
	}
	for i, it := range p.Order.Items {
		a, err := netip.ParseAddr(it.Value)
		if err != nil || it.Type != identifier.IPv4 && it.Type != identifier.IPv6 {
			continue
		}
		t := p.readings[i]
		for _, l := range p.Ranges {
			r, ok := l.Find(a)
			switch {
			case !ok || t.ok && t.from.Before(r.Since): // somebody else's, then
			case r.Country == "" && !names(p.Order.Holder+" "+it.Provider, l.Name):
				p.hint(at(i, "value"), "%q is on %q (%s): it may be shared by many, and order.holder names another", "“%s”列于“%s”（%s）：该地址可能由众多用户共用，而 order.holder 所填为其他主体", comity.Clip(it.Value), l.Name, l.Dated)
			case r.Country != "" && isCountry(p.To) && r.Country != string(p.To):
				p.hint(at(i, "value"), "%q is registered in %q, as %s of %s has it, and not in %q", "据 %[3]s（%[4]s），“%[1]s”登记于“%[2]s”，而非“%[5]s”", comity.Clip(it.Value), r.Country, l.Name, l.Dated, p.To)
			}
		}
	}
}

// isCountry reports whether a party is named as registries name countries.
func isCountry(p comity.Party) bool { return len(p) == 2 }

// names reports whether a list's name has a word of whom a request names.
func names(holder, list string) bool {
	list = strings.ToLower(list)
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(holder), func(r rune) bool { return !unicode.IsLetter(r) }),
		func(word string) bool { return len(word) >= 3 && strings.Contains(list, word) })
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
		if t := p.readings[i]; t.ok && p.row.Days > 0 && t.to.Sub(t.from) > time.Duration(p.row.Days)*day {
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
		t := p.readings[i]
		for _, r := range p.Retentions {
			if t.ok && r.Party == p.To && r.Data == it.Data && p.Now.Sub(t.to) > time.Duration(r.Days)*day {
				p.say(at(i, "to"), "%s is longer ago than the %d days for which such data is known to be kept (%s %s): it likely exists no more",
					"%s 已超出此类数据的已知留存期 %d 日（%s %s）：数据很可能已不存在", it.To, r.Days, r.Cite, r.Mark())
			}
		}
	}
}
