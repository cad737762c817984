package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/identifier"
)

var hoursForm = regexp.MustCompile(`^(24/7|([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00))$`)

// authority is C01: the other side must be able to call back, in its night.
func authority(p *pass) {
	a := p.Authority
	if _, err := comity.ParseAgency(a.Agency); err != nil {
		p.say("authority.agency", "%q is not an agency such as %q", "“%s”不是有效的机构标识；示例：“%s”", comity.Clip(a.Agency), "us-24-7")
	}
	p.seat("authority.seat", a.Seat)
	if a.ReplyTo != "" {
		p.seat("authority.reply_to", a.ReplyTo)
	}
	if i := p.agency(a.Agency, p.From); i >= 0 && len(p.Directory[i].Seats) > 0 && !slices.Contains(p.Directory[i].Seats, comity.Seat(a.Seat)) {
		p.say("authority.seat", "%q is no seat of %s in the directory", "名录中“%s”不是 %s 的席位", comity.Clip(a.Seat), a.Agency)
	}
	if a.Contact != "" {
		p.phone("authority.contact", a.Contact)
	}
	if a.Zone != "" {
		if _, err := time.LoadLocation(a.Zone); err != nil || !strings.Contains(a.Zone, "/") && a.Zone != "UTC" {
			p.say("authority.zone", "%q is not a time zone such as %q", "“%s”不是有效的时区名称；示例：“%s”", comity.Clip(a.Zone), "Asia/Shanghai")
		}
	}
	if a.Hours != "" && !hoursForm.MatchString(a.Hours) {
		p.say("authority.hours", "%q is neither %q nor hours such as %q", "“%s”既不是“%s”，也不是“%s”这样的办公时间", comity.Clip(a.Hours), "24/7", "09:00-17:00")
	}
}

func (p *pass) seat(field, s string) {
	if _, err := comity.ParseSeat(s); err != nil {
		p.say(field, "%q is not a seat such as %q", "“%s”不是有效的席位标识；示例：“%s”", comity.Clip(s), "us-24-7-01")
	}
}

// phone takes the spaces and hyphens in which people group a number.
func (p *pass) phone(field, s string) {
	if f := identifier.Check(identifier.Phone, strings.NewReplacer(" ", "", "-", "").Replace(s)); f != (identifier.Fault{}) {
		p.say(field, "%q is not a number such as %q", "“%s”不是有效的电话号码；示例：“%s”", comity.Clip(s), "+1-202-555-0101")
	}
}

// agency returns the place in the directory of a party's agency, or -1.
func (p *pass) agency(id string, of comity.Party) int {
	return slices.IndexFunc(p.Directory, func(a guide.Agency) bool { return string(a.ID) == id && (of == "" || a.Party == of) })
}

// knows reports whether the directory has anything on a party.
func (p *pass) knows(of comity.Party) bool {
	return slices.ContainsFunc(p.Directory, func(a guide.Agency) bool { return a.Party == of })
}

// sender is C02.
func sender(p *pass) {
	id := p.Authority.Agency
	if !p.knows(p.From) {
		return
	}
	switch i := p.agency(id, p.From); {
	case i < 0:
		p.say("authority.agency", "%q is not in the directory of %s", "“%s”不在 %s 的名录中", comity.Clip(id), p.From)
	case !p.Directory[i].Competent(p.Type, ""):
		p.say("authority.agency", "%s may not ask for %q, as the directory of %s has it", "%s 无权提出“%s”类请求（依据 %s 的名录）", id, p.Type, p.From)
	}
}

// recipient is C03: what is sent to the wrong agency is late at the right one.
func recipient(p *pass) {
	id, category := p.Addressee.Agency, p.Supporting.Offence.Category
	if id == "" || !p.knows(p.To) {
		return
	}
	i := p.agency(id, p.To)
	if i >= 0 && p.Directory[i].Competent(p.Type, category) {
		return
	}
	right := ""
	for _, a := range p.Directory {
		if a.Party == p.To && a.Competent(p.Type, category) {
			right = string(a.ID)
			break
		}
	}
	switch {
	case right == "":
		p.say("addressee.agency", "no agency of %s is known to take requests of the type %q: ask its contact point", "%s 没有已知可受理“%s”类请求的机构：请向其联络点查询", p.To, p.Type)
	case i < 0:
		p.say("addressee.agency", "%q is not in the directory of %s; the right one is %s", "“%s”不在 %s 的名录中；应为 %s", comity.Clip(id), p.To, right)
	default:
		p.say("addressee.agency", "%s does not take requests of the type %q in this category; the right one is %s", "%s 不受理该类别的“%s”请求；应为 %s", id, p.Type, right)
	}
}

// basis is C04. A text that binds one side only is no basis, whatever may be
// borrowed from it.
func basis(p *pass) {
	k := p.Pack
	if k.Use != guide.AsBasis {
		p.say("basis.id", "%s is for comparison only: no request between states rests on it", "%s 仅供对照，不能作为国家间请求的依据", k.ID)
		return
	}
	if h := p.Basis.Pack; h != "" && !k.Hash.IsZero() && h != k.Hash.String() {
		p.say("basis.pack", "it is not the version in force, %s", "不是现行有效的版本 %s", k.Hash.Short())
	}
	if k.Pledge && !p.Basis.Reciprocity {
		p.say("basis.reciprocity", "%s needs the pledge: true", "%s 要求作出互惠承诺，应填 true", k.ID)
	}
	if k.Binds.Anyone {
		return
	}
	for _, party := range []comity.Party{p.From, p.To} {
		if on := p.Now.UTC().Format(time.DateOnly); party != "" && !slices.ContainsFunc(k.Binds.Parties, func(b guide.Bound) bool { return b.Party == party && b.Since != "" && b.Since <= on }) {
			p.say("basis.id", "%s did not bind %s on %s", "%s 在 %[3]s 对 %[2]s 没有约束力", k.ID, party, on)
		}
	}
}

// fourEyes is C40.
func fourEyes(p *pass) {
	for i, s := range p.Approvers {
		if s == p.Author && s != "" {
			p.say(fmt.Sprintf("approvers[%d]", i), "%s wrote it and cannot approve it too", "%s 是起草席位，不得同时审批", s)
		}
	}
}
