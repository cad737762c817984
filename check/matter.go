package check

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"comity"
	"comity/guide"
	"comity/identifier"
)

// ShortestFacts is how much a summary of facts says at least: in letters, of
// which a Chinese character counts three. [proposal]
const ShortestFacts = 80

const day = 24 * time.Hour

var (
	dateForm    = regexp.MustCompile(`(?:19|20)\d\d|\d月`)
	elementForm = regexp.MustCompile(`(?i)victim|\b[A-Z]{3} ?[0-9][0-9,.]*|[0-9][0-9,.]* ?(?:[A-Z]{3}\b|元|万元|dollars|yuan)|[$¥€£]|被害人|受害|损失`)
)

// facts is C06: a summary that could be of any case is of none.
func facts(p *pass) {
	const field = "supporting.facts"
	s, e := p.Supporting.Facts, p.Supporting.Event
	if empty(s) {
		return
	}
	n := 0
	for _, r := range s {
		n++
		if unicode.Is(unicode.Han, r) {
			n += 2
		}
	}
	if n < ShortestFacts {
		p.say(field, "it is too short to show what happened: %d letters, not %d [proposal]", "过于简短，不足以说明案情：计 %d 个字符，少于 %d［建议值］（每个汉字计 3）", n, ShortestFacts)
		return
	}
	if (e == nil || e.From == "") && !dateForm.MatchString(s) {
		p.say(field, "it has no date, and supporting.event has none either", "未写明日期，supporting.event 中也没有日期")
	} else if (e == nil || e.Country == "" && e.Place == "" && e.Victims == 0 && e.Loss == nil) && !elementForm.MatchString(s) {
		p.say(field, "it has no place, victim or loss, and supporting.event has none either", "未写明地点、被害人或者损失，supporting.event 中也没有")
	}
	if e == nil {
		return
	}
	from, ok := p.day("supporting.event.from", e.From, been)
	to, ok2 := p.day("supporting.event.to", e.To, been)
	if ok && ok2 && to.Before(from) {
		p.say("supporting.event.to", "%s is before %s", "%s 早于 %s", e.To, e.From)
	}
	if e.Victims < 0 {
		p.say("supporting.event.victims", "%d is less than none", "人数 %d 不能为负", e.Victims)
	}
	if e.Loss != nil && e.Loss.Amount <= 0 {
		p.say("supporting.event.loss.amount", "%d is no loss; leave it out if there is none", "损失金额 %d 无效；没有损失时请勿填写", e.Loss.Amount)
	}
}

// Where a day must lie.
const (
	been = iota // today or before
	ahead
	either
)

// day reads a day, or a time, and says if it is none or on the wrong side of now.
// It is today somewhere from 14 hours before UTC's day to 12 hours after.
func (p *pass) day(field, value string, side int) (time.Time, bool) {
	if value == "" {
		return time.Time{}, false
	}
	d, err := time.Parse(time.DateOnly, value)
	if err != nil {
		t, ok := instant(value)
		if !ok {
			p.say(field, "%q is not a day such as %q", "“%s”不是有效的日期；示例：“%s”", comity.Clip(value), "2026-12-20")
		}
		return t, ok
	}
	switch {
	case side == been && d.After(p.Now.Add(14*time.Hour)):
		p.say(field, "%s has not come yet", "%s 尚未到来", value)
	case side == ahead && d.Add(day+12*time.Hour).Before(p.Now):
		p.say(field, "%s has passed", "%s 已过", value)
	}
	return d, true
}

// time reads a time, and says if it is none.
func (p *pass) time(field, value string) (time.Time, bool) {
	t, ok := instant(value)
	if !ok {
		p.say(field, "%q is not a time such as %q", "“%s”不是有效的时间；示例：“%s”", comity.Clip(value), identifier.TimeExample)
	}
	return t, ok
}

// relations is C07.
func relations(p *pass) {
	has := map[string]bool{}
	for i, r := range p.Supporting.Relations {
		if !slices.ContainsFunc(p.Order.Items, func(it guide.Item) bool { return it.ID == r.Item }) {
			p.say(fmt.Sprintf("supporting.relations[%d].item", i), "there is no item %q", "没有编号为“%s”的事项", comity.Clip(r.Item))
		}
		if r.Kind != "" || !empty(r.Text) {
			has[r.Item] = true
		}
	}
	for i, it := range p.Order.Items {
		if !has[it.ID] {
			p.say("supporting.relations", "it is not said how item %[2]q (order.items[%[1]d]) relates to the offence", "未说明事项“%[2]s”（order.items[%[1]d]）与犯罪的关联", i, comity.Clip(it.ID))
		}
	}
}

// followUp is C09.
func followUp(p *pass) {
	f := p.FollowUp
	if f == nil || f.Intended == nil {
		return
	}
	if !*f.Intended {
		p.hint("follow_up.intended", "no request is to follow: expect to be asked what the preservation is for", "后续不提出请求：对方可能会询问保全的用途")
		return
	}
	if f.Planned == "" {
		p.bare("follow_up.planned")
		return
	}
	h, _ := p.Pack.Hold(p.Type)
	days := cmp.Or(h.Initial, h.Floor, h.Cap)
	if d, ok := p.day("follow_up.planned", f.Planned, ahead); ok && days > 0 && d.After(p.Now.Add(time.Duration(days)*day)) {
		p.say("follow_up.planned", "%[1]s is after the hold ends, %[2]d days %[3]s from today", "%[1]s 晚于保全期届满之日（自今日起 %[2]d 日 %[3]s）", f.Planned, days, h.Mark())
	}
}

// earlier is C10.
func earlier(p *pass) {
	for i, e := range p.Earlier {
		field := fmt.Sprintf("earlier[%d]", i)
		if e.Kind == "none" {
			if len(p.Earlier) > 1 {
				p.say(field+".kind", "it says that there are none, and there are others beside it", "既填“无”，又列有其他请求")
			}
			continue
		}
		if empty(e.Reference) {
			p.bare(field + ".reference")
		}
		if e.Date == "" {
			p.bare(field + ".date")
		}
		p.day(field+".date", e.Date, been)
		p.day(field+".hold_until", e.HoldUntil, either)
	}
}

// answerBy returns when an answer is to be expected, if that is known.
func (p *pass) answerBy() (by time.Time, ok bool) {
	if l, found := p.Pack.Limit(p.Priority, guide.Answered, p.Type); found {
		// Seven days for five of work: holidays make it later still.
		by = p.Now.Add(l.Within + time.Duration(l.WorkDays)*day*7/5)
	}
	if p.Wanted != nil {
		if t, ok := instant(p.Wanted.By); ok && t.After(by) {
			by = t
		}
	}
	return by, !by.IsZero()
}

// preserveFirst is C23: what will be gone before the answer is asked for in vain.
func preserveFirst(p *pass) {
	if p.typ.Holds || strings.HasPrefix(p.Type, "realtime.") {
		return
	}
	by, ok := p.answerBy()
	held := false
	for i, e := range p.Earlier {
		if e.Kind != "preservation" {
			continue
		}
		held = true
		if until, err := time.Parse(time.DateOnly, e.HoldUntil); ok && err == nil && until.Before(by) {
			p.say(fmt.Sprintf("earlier[%d].hold_until", i), "the hold ends on %s, and the answer is to be expected by %s: ask for an extension first", "保全于 %s 届满，而答复预计在 %s 前作出：请先申请延长保全",
				e.HoldUntil, by.Format(time.DateOnly))
		}
	}
	if k := p.Supporting.Necessity.Kind; !held && (k == "short_retention" || k == "deletion_risk") && p.Priority != "P0" {
		p.say("earlier", "the data may be gone before the answer, and nothing has been preserved: ask for preservation first", "数据可能在答复之前灭失，而尚未请求保全：请先提出保全请求")
	}
}

// instrument is C24: an order that coerces rests on one at home.
func instrument(p *pass) {
	if !p.typ.Coercive {
		return
	}
	const field = "order.instrument"
	in := p.Order.Instrument
	if in == nil || in.Kind == "none" || in.Kind == "" {
		p.say(field, "there is none, and the measure is coercive", "未附国内法律文书，而所请求的是强制性措施")
		return
	}
	if empty(in.IssuedBy) {
		p.bare(field + ".issued_by")
	}
	if in.Issued == "" {
		p.bare(field + ".issued")
	}
	p.day(field+".issued", in.Issued, been)
	p.day(field+".expires", in.Expires, ahead)
	switch {
	case empty(in.File):
		p.say(field+".file", "the order is not attached", "未附上该法律文书")
	case p.Files != nil && !slices.ContainsFunc(p.Files, func(a Attachment) bool { return a.Name == in.File }):
		p.say(field+".file", "no file %q is attached", "附件中没有“%s”", comity.Clip(in.File))
	}
}

// wanted is C25.
func wanted(p *pass) {
	w := p.Wanted
	if w == nil {
		if p.Priority == "P2" {
			p.say("wanted", "a P2 does not say by when, and why", "P2 请求未说明期限及理由")
		}
		return
	}
	if by, ok := p.time("wanted.by", w.By); ok && by.Before(p.Now) {
		p.say("wanted.by", "%s has passed", "%s 已过", w.By)
	}
	if empty(w.Reason) {
		p.bare("wanted.reason")
	}
}

// emergencies is C26.
func emergencies(p *pass) {
	e := p.Emergency
	if e == nil {
		if p.Priority == "P0" || strings.HasPrefix(p.Type, "emergency.") {
			p.say("emergency", "it is not said what the emergency is", "未说明紧急情况")
		}
		return
	}
	if p.Priority != "P0" {
		p.say("priority", "an emergency is P0, not %s", "紧急请求的优先级应为 P0，而非 %s", comity.Clip(p.Priority))
	}
	for _, m := range [][2]string{{"basis", e.Basis}, {"facts", e.Facts}, {"link", e.Link}, {"call_back", e.CallBack}, {"on_call", e.OnCall}} {
		if empty(m[1]) {
			p.bare("emergency." + m[0])
		}
	}
	if e.CallBack != "" {
		p.phone("emergency.call_back", e.CallBack)
	}
	if e.OnCall != "" {
		p.seat("emergency.on_call", e.OnCall)
	}
	if e.Basis != "" && len(p.Pack.Emergencies) > 0 && !slices.ContainsFunc(p.Pack.Emergencies, func(t guide.Term) bool { return t.ID == e.Basis }) {
		p.say("emergency.basis", "%q is no emergency under %s", "“%s”不属于 %s 规定的紧急情形", comity.Clip(e.Basis), p.Pack.ID)
	}
}

// translation is C28. A translation of an older text misleads more than none.
func translation(p *pass) {
	t := p.Translation
	read := p.Languages
	if len(read) == 0 {
		read = p.Pack.Languages
	}
	accepted := func(l string) bool { return len(read) == 0 || slices.Contains(read, l) }
	if t == nil {
		if !accepted(p.Language) {
			p.say("translation", "the text is in %q, and accepted are %s", "文本语言为“%s”，而可接受的语言为：%s", comity.Clip(p.Language), strings.Join(read, ", "))
		}
		return
	}
	if t.Language == p.Language {
		p.say("translation.language", "it is the language of the original, %q", "与原文语言“%s”相同", comity.Clip(t.Language))
	} else if !accepted(t.Language) {
		p.say("translation.language", "%q is not accepted, but %s", "不接受“%s”；可接受的语言为：%s", comity.Clip(t.Language), strings.Join(read, ", "))
	}
	if empty(t.By) {
		p.say("translation.by", "it is not said who translated, or that a machine did", "未注明翻译者，或者未注明系机器翻译")
	}
	if h := guide.TextHash(p.Request); t.OfVersion != h {
		p.say("translation.of_version", "it is of another version: the text now has the hash %s", "译文对应的不是当前版本：原文现在的哈希值为 %s", h)
	}
	s := p.Supporting
	for _, m := range [][3]string{{"facts", s.Facts, t.Facts}, {"necessity", s.Necessity.Text, t.Necessity}, {"offence", s.Offence.Description, t.Offence}, {"additional", s.Additional, t.Additional}} {
		if !empty(m[1]) && empty(m[2]) {
			p.say("translation."+m[0], "it is empty, and the original is not", "原文已填写，而译文为空")
		}
	}
}

// secrecy is C29.
func secrecy(p *pass) {
	if c := p.Confidentiality; c.NoUserNotice != nil && *c.NoUserNotice && empty(c.Reason) {
		p.bare("confidentiality.reason")
	}
}

// persons is C33: one name in two scripts is two persons to a register.
func persons(p *pass) {
	ids := map[string]bool{}
	for i, h := range p.Supporting.Persons {
		field := func(m string) string { return fmt.Sprintf("supporting.persons[%d].%s", i, m) }
		if ids[h.ID] || empty(h.ID) {
			p.say(field("id"), "%q does not name this person alone", "编号“%s”为空或者重复", comity.Clip(h.ID))
		}
		ids[h.ID] = true
		for _, m := range [][2]string{{"name", h.Name}, {"nationality", h.Nationality}} {
			if empty(m[1]) && asksOfPerson(h, m[0]) {
				p.bare(field(m[0]))
			}
		}
		if empty(h.Born) && asksOfPerson(h, "born") {
			p.say(field("born"), "there is neither a date of birth nor a document of identity", "既无出生日期，也无身份证件")
		}
		p.day(field("born"), h.Born, been)
		if empty(h.Latin) && asksOfPerson(h, "latin") {
			p.say(field("latin"), "%q has no transliteration", "“%s”没有拉丁字母转写", comity.Clip(h.Name))
		}
		if h.Nationality == "cn" && !empty(h.Name) && !identifier.HasHan(h.Name) {
			p.hint(field("name"), "%q is not in Chinese characters, in which the register has it", "“%s”不是汉字姓名，而户籍登记使用汉字", comity.Clip(h.Name))
		}
	}
}

// small is C35.
func small(p *pass) {
	e, m := p.Supporting.Event, p.DeMinimis
	if m != nil && e != nil && e.Loss != nil && e.Loss.Currency == m.Currency && e.Loss.Amount < m.Amount {
		p.say("supporting.event.loss", "%s is below %s, under which the two sides would rather not be asked", "%s 低于双方约定的小额标准 %s", amount(e.Loss.Amount, e.Loss.Currency), amount(m.Amount, m.Currency))
	}
}

// certificate is C36: what no court admits was got in vain.
func certificate(p *pass) {
	if c := p.Order.Certificate; p.Supporting.Purpose.Use == "evidence" && (c == "" || c == "none") {
		p.say("order.certificate", "the result is to be evidence, and no certificate is asked for", "结果拟作证据使用，而未要求出具证明文件")
	}
	for i, a := range p.Files {
		if a.Hash == "" {
			p.say(fmt.Sprintf("files[%d].hash", i), "%q has no hash", "“%s”没有哈希值", comity.Clip(a.Name))
		}
	}
}

// service is C37.
func service(p *pass) {
	s := p.Service
	if p.Type != "service" || s == nil {
		return
	}
	if s.Person != "" {
		p.person("service.person", s.Person)
	}
	if s.Hearing == "" && s.Document == "summons" {
		p.bare("service.hearing")
	}
	notice := p.Now.AddDate(0, 3, 0)
	if p.row.Days > 0 {
		notice = p.Now.AddDate(0, 0, p.row.Days)
	}
	if d, ok := p.day("service.hearing", s.Hearing, ahead); ok && s.Document == "summons" && p.To == "cn" && d.Before(notice) {
		p.say("service.hearing", "%s is too soon: a summons asked for today can be for %s or later", "%s 过早：今日提出送达请求的，开庭日期最早为 %s", s.Hearing, notice.Format(time.DateOnly))
	}
}

func (p *pass) person(field, id string) {
	if !slices.ContainsFunc(p.Supporting.Persons, func(h guide.Person) bool { return h.ID == id }) {
		p.say(field, "%q is no person of supporting.persons", "supporting.persons 中没有编号为“%s”的人员", comity.Clip(id))
	}
}

// oral is C38.
func oral(p *pass) {
	o, days := p.Oral, p.typ.OralWithin
	if o == nil {
		return
	}
	called, ok := p.time("oral.at", o.At)
	if !ok {
		return
	}
	if called.After(p.Now) {
		p.say("oral.at", "%s has not come yet", "%s 尚未到来", o.At)
	}
	p.seat("oral.seat", o.Seat)
	last := called.AddDate(0, 0, days)
	if o.DueBy == "" {
		if days > 0 && p.Now.After(last) {
			p.hint("oral.at", "the call was more than %d days ago: this confirmation is late", "距口头请求已超过 %d 日：本次书面确认逾期", days)
		}
		return
	}
	due, ok := p.time("oral.due_by", o.DueBy)
	switch {
	case !ok:
	case due.Before(called):
		p.say("oral.due_by", "%s is before the call", "%s 早于口头请求的时间", o.DueBy)
	case days > 0 && due.After(last):
		p.say("oral.due_by", "%s is more than %d days after the call", "%s 距口头请求超过 %d 日", o.DueBy, days)
	}
}

var (
	pictureMedia = regexp.MustCompile(`^(?:image|video)/|zip|x-7z|x-rar|vnd\.rar|x-tar|gzip|x-bzip|x-xz|zstd|iso9660`)
	pictureName  = regexp.MustCompile(`(?i)\.(?:jpe?g|png|gif|bmp|tiff?|webp|heic|avif|mp4|m4v|mov|avi|mkv|webm|wmv|3gp|mpe?g|zip|7z|rar|tar|gz|tgz|bz2|xz|zst|iso)$`)
)

// files is C39. Pictures of abuse are never copied across: a hash finds them, and
// they go by the channel that is kept for them.
func files(p *pass) {
	abuse := p.Supporting.Offence.Category == "child_abuse"
	for i, a := range p.Files {
		field := fmt.Sprintf("files[%d]", i)
		switch {
		case abuse && (a.Pictures || pictureMedia.MatchString(strings.ToLower(a.Media)) || pictureName.MatchString(a.Name)):
			p.say(field, "%q is or may hold a picture or film, in a matter of child abuse", "“%s”是或者可能包含图片、影像，而本案涉及儿童性侵害", comity.Clip(a.Name))
		case a.Broken:
			p.say(field, "%q does not open", "“%s”无法打开", comity.Clip(a.Name))
		case len(a.Findings) > 0:
			p.say(field, "%q is not clean: %s", "“%s”尚未清理：%s", comity.Clip(a.Name), comity.Clip(strings.Join(a.Findings, ", ")))
		}
	}
	if in := p.Order.Instrument; abuse && in != nil && pictureName.MatchString(in.File) {
		p.say("order.instrument.file", "%q is a picture, film or archive, in a matter of child abuse", "“%s”是图片、影像或者压缩文件，而本案涉及儿童性侵害", comity.Clip(in.File))
	}
}
