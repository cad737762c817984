package check

import (
	"slices"
	"strings"
	"time"

	"comity"
	"comity/guide"
)

var now = time.Date(2026, 11, 22, 3, 14, 28, 0, time.UTC)

var ours = guide.Origin{Cite: "a test", Source: guide.Proposal}

// plain is a small pack with every type and every check, as severe as our
// catalogue has them.
func plain() *guide.Pack {
	p := &guide.Pack{ID: "bilateral-default", Use: guide.AsBasis, Binds: guide.Binds{Anyone: true}, Pledge: true, Languages: []string{"en", "zh"}}
	for _, s := range strings.Fields("C01! C02! C03! C04! C05! C06 C07! C08 C09! C10 C11! C12! C13! C14! C15 C16? C17! C18! C19 C20! C21 C22? C23 C24! C25! C26! C27? C28! C29! C30! C31 C33 C34 C35? C36 C37! C38! C39! C40!") {
		id, sev := s[:3], guide.Warn
		switch s[3:] {
		case "!":
			sev = guide.Block
		case "?":
			sev = guide.Advise
		}
		p.Checks = append(p.Checks, guide.CheckRow{ID: id, Severity: sev, Days: map[string]int{"C21": 180}[id], Origin: ours})
	}
	fields := func(check string, need guide.Need, paths string) (fs []guide.Field) {
		for _, path := range strings.Fields(paths) {
			fs = append(fs, guide.Field{Path: path, Need: need, Check: check, Origin: ours})
		}
		return fs
	}
	common := slices.Concat(
		fields("C01", guide.Must, "authority.agency authority.seat authority.contact authority.zone authority.hours"),
		fields("C04", guide.Must, "basis.id"),
		fields("C05", guide.Must, "supporting.offence.category supporting.offence.description supporting.offence.provision"),
		fields("C05", guide.Must, "supporting.offence.penalty"),
		fields("C06", guide.Must, "supporting.facts"),
		fields("C08", guide.Must, "supporting.necessity.kind supporting.necessity.text"),
		fields("C29", guide.Must, "confidentiality.no_user_notice"),
		fields("C30", guide.Must, "supporting.purpose.use supporting.purpose.limitation supporting.purpose.handling"),
		fields("C31", guide.IfKnown, "supporting.offence.counterpart"))
	period := slices.Concat(fields("C21", guide.Must, "order.items[].from order.items[].to"), fields("C19", guide.IfKnown, "order.holder"))
	produce := slices.Concat(period, fields("C10", guide.IfKnown, "earlier"))
	for _, t := range []guide.Type{
		{ID: "preserve", Holds: true, Fields: slices.Concat(period, fields("C09", guide.Must, "follow_up.intended"))},
		{ID: "subscriber", Data: []string{"subscriber"}, Fields: produce},
		{ID: "traffic", Data: []string{"traffic", "subscriber"}, Fields: produce},
		{ID: "traffic.partial", Data: []string{"traffic"}, Fields: produce},
		{ID: "content", Coercive: true, Fields: produce},
		{ID: "realtime.traffic", Data: []string{"traffic"}, Coercive: true, Fields: period},
		{ID: "realtime.content", Data: []string{"content"}, Coercive: true, Fields: period},
		{ID: "domain", Data: []string{"registration"}},
		{ID: "emergency.disclosure", OralWithin: 10, Fields: period},
		{ID: "emergency.mla", OralWithin: 10},
		{ID: "mla"}, {ID: "jit"}, {ID: "person.locate"}, {ID: "testimony"}, {ID: "service"},
		{ID: "assets.freeze", Coercive: true},
		{ID: "funds.recall", Data: []string{"funds"}, Fields: fields("C17", guide.Must, "order.hops")},
		{ID: "transfer", Fields: fields("C05", guide.Must, "transfer")},
	} {
		t.Fields = append(slices.Clone(common), t.Fields...)
		p.Types = append(p.Types, t)
	}
	p.Holds = []guide.Hold{{Types: []string{"preserve"}, Floor: 60, Initial: 90, Origin: guide.Origin{Cite: "Budapest Convention, art. 29(7)", Source: guide.Treaty, Verified: true, Borrowed: true}}}
	p.Limits = []guide.Limit{{Priority: "P3", For: "answered", Within: 45 * day}, {Priority: "P2", For: "answered", Within: 20 * day}}
	p.Emergencies = []guide.Term{{ID: "life"}, {ID: "critical_infrastructure"}}
	return p
}

// ourPack has the packs of the tests: two that are no basis between us and cn.
func ourPack(id string) *guide.Pack {
	p := plain()
	switch id {
	case p.ID:
		return p
	case "budapest-2001":
		p.ID, p.Pledge, p.Binds = id, false, guide.Binds{Parties: []guide.Bound{{Party: "us", Since: "2007-01-01"}}}
		return p
	case "eu-2023-1543":
		p.ID, p.Use = id, guide.AsBenchmark
		return p
	}
	return nil
}

func setting() Setting {
	return Setting{Realm: "exercise:harbour-2027", Now: now, From: "us", To: "cn", Pack: plain(), Texts: func(id string) (guide.CheckText, bool) {
		return guide.CheckText{ID: id, Do: guide.Text{EN: "Mend " + id, ZH: "请更正 " + id}, Origin: ours,
			Emergency: slices.Contains([]string{"C01", "C11", "C14", "C17", "C18", "C20", "C26"}, id)}, true
	}}
}

func agencies() []guide.Agency {
	night := []guide.Competence{{Types: []string{"preserve"}}}
	return []guide.Agency{
		{ID: "us-24-7", Party: "us", Competences: night, Seats: []comity.Seat{"us-24-7-01"}},
		{ID: "us-cert", Party: "us"},
		{ID: "cn-fraud", Party: "cn", Competences: []guide.Competence{{Categories: []string{"fraud"}}}},
		{ID: "cn-24-7", Party: "cn", Competences: night},
	}
}
