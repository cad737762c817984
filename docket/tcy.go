package docket

import (
	"reflect"
	"slices"
	"strconv"
	"time"

	"comity"
	"comity/guide"
)

// The forms for a country without a node.
const (
	Preservation = "t-cy-11" // T-CY(2018)11, request for preservation, Budapest Convention arts 29 and 30
	Subscriber   = "t-cy-10" // T-CY(2018)10, request for subscriber information, art. 31
	Plain        = "letter"  // no form: ours
)

// A box is a field of a form: members of the request by path, and what no path
// gives.
type box struct {
	heading comity.Text
	paths   []string
	more    func(*Section, guide.Request)
}

// A sheetForm is a form, and how many of its fields have been read in their own
// words; the wording of the later ones is from memory.
type sheetForm struct {
	typ   string // of request that it is for; empty for all
	seen  int
	boxes []box
}

// Form returns a request in the order of a form's fields: "t-cy-11", "t-cy-10", or
// "letter". Unlike a provider's paper it goes to an authority, and shows what only
// authorities see. No officer is named: where a form asks for a person in charge,
// the seat stands.
func Form(which string, r guide.Request, ref comity.Ref, day time.Time) ([]Section, error) {
	f, ok := forms[which]
	if !ok {
		return nil, comity.Fieldf("form", "%q is not one of %s, %s, %s", comity.Clip(which), Preservation, Subscriber, Plain)
	}
	if f.typ != "" && f.typ != r.Type {
		return nil, comity.Fieldf("form", "%s is for requests of type %q, and this is a %q; take %q", which, f.typ, comity.Clip(r.Type), Plain)
	}
	var list []Section
	for i, b := range f.boxes {
		s := Section{Heading: b.heading, Approximate: f.seen > 0 && i >= f.seen}
		if f.seen > 0 {
			s.No = strconv.Itoa(i + 1)
		}
		switch i { // every form begins with these two
		case 0:
			s.Rows = []Row{{t("Date", "日期"), same(day.UTC().Format(time.DateOnly))}}
		case 1:
			s.Rows = []Row{{t("Reference", "编号"), same(string(ref))}, {name("reference"), same(r.Reference)}}
		}
		for _, p := range b.paths {
			if v := member(reflect.ValueOf(r), p); v.IsValid() {
				s.Rows = append(s.Rows, Row{name(p), translated(r, p, says(p, v))})
			}
		}
		if b.more != nil {
			b.more(&s, r)
		}
		list = append(list, s)
	}
	return list, nil
}

// translated puts a text's translation beside it, if there is one.
func translated(r guide.Request, path string, text comity.Text) comity.Text {
	if r.Translation == nil || r.Translation.Language == r.Language {
		return text
	}
	other := map[string]string{
		"supporting.facts": r.Translation.Facts, "supporting.necessity.text": r.Translation.Necessity,
		"supporting.offence.description": r.Translation.Offence, "supporting.additional": r.Translation.Additional,
	}[path]
	switch {
	case other == "":
		return text
	case r.Language == "zh":
		return t(other, text.ZH)
	}
	return t(text.EN, other)
}

var (
	requesting = []string{"authority.agency", "authority.seat", "authority.contact", "authority.hours", "authority.zone", "authority.reply_to"}
	confirming = []string{"authority.reply_to", "emergency.on_call", "emergency.call_back"}
	offence    = []string{"supporting.offence.category", "supporting.offence.description", "supporting.offence.provision", "supporting.offence.penalty", "supporting.offence.counterpart"}
	facts      = []string{"supporting.facts", "supporting.additional"}
	necessity  = []string{"supporting.necessity.kind", "supporting.necessity.text"}
	procedure  = []string{"order.instructions", "order.certificate"}
	urgency    = []string{"priority", "wanted.by", "wanted.reason", "emergency.basis", "emergency.facts", "emergency.link"}
	secrecy    = []string{"confidentiality.no_user_notice", "confidentiality.reason"}
)

var forms = map[string]sheetForm{
	Preservation: {"preserve", 7, []box{
		{t("Date", "日期"), nil, nil},
		{t("Reference / case number", "编号/案号"), nil, nil},
		{t("Status of the request", "请求状态"), nil, func(s *Section, r guide.Request) {
			before := earlier(r, "preservation")
			s.Rows = append(s.Rows, tick(before == nil, "New request", "新请求"), tick(before != nil, "Extension of a previous request", "延长先前请求"))
			previous(s, before)
		}},
		{t("Requested authority", "被请求机关"), []string{"addressee.agency"}, nil},
		{t("Requesting authority", "请求机关"), requesting, nil},
		{t("Additional contact for confirmation", "补充确认联系人"), confirming, nil},
		{t("Investigative or operational authority, if different", "侦查或者执行机关（如不同）"), []string{"authority.investigating"}, nil},
		{t("Offence and legal provisions", "犯罪及法律条款"), offence, nil},
		{t("Summary of the case", "案情摘要"), facts, nil},
		{t("Data to be preserved", "需保全的数据"), nil, items},
		{t("Custodian or provider", "数据持有人或者服务提供者"), []string{"order.holder"}, nil},
		{t("Necessity", "必要性"), necessity, nil},
		{t("Urgency and reason", "紧急程度及理由"), urgency, nil},
		{t("Confidentiality, no notice to the user", "保密，不告知用户"), secrecy, nil},
		{t("Intention to request mutual assistance", "拟提出司法协助请求的声明"), []string{"follow_up.intended", "follow_up.planned"}, nil},
		{t("Signature", "签署"), nil, signature},
	}},
	Subscriber: {"subscriber", 10, []box{
		{t("Date", "日期"), nil, nil},
		{t("Reference / case number", "编号/案号"), nil, nil},
		{t("Status of the request", "请求状态"), nil, func(s *Section, r guide.Request) {
			mla, hold := earlier(r, "request"), earlier(r, "preservation")
			s.Rows = append(s.Rows, tick(mla == nil && hold == nil, "New request", "新请求"),
				tick(mla != nil, "Follow-up to a previous request for mutual assistance", "先前司法协助请求的后续"),
				tick(hold != nil, "Follow-up to a previous request for preservation", "先前保全请求的后续"))
		}},
		{t("Requested authority", "被请求机关"), []string{"addressee.agency"}, nil},
		{t("Requesting authority", "请求机关"), requesting, nil},
		{t("Contact for confirmation", "确认联系人"), confirming, nil},
		{t("Investigative authority", "侦查机关"), []string{"authority.investigating"}, nil},
		{t("Prosecution office or court in charge, case numbers and decisions", "主管检察机关或者法院、案号及有关决定"),
			[]string{"authority.court", "order.instrument.kind", "order.instrument.number", "order.instrument.issued_by", "order.instrument.issued"}, nil},
		{t("Previous request for mutual assistance", "先前司法协助请求"), nil, func(s *Section, r guide.Request) { previous(s, earlier(r, "request")) }},
		{t("Previous request for preservation", "先前保全请求"), nil, func(s *Section, r guide.Request) { previous(s, earlier(r, "preservation")) }},
		{t("Offence, provisions and penalties", "犯罪、法律条款及刑罚"), offence, nil},
		{t("Facts", "案情"), facts, nil},
		{t("How the data relates to the offence", "数据与犯罪的关联"), nil, relations},
		{t("Identifiers with times and time zone; data sought", "标识、时间及时区；所需数据"), nil, items},
		{t("Provider", "服务提供者"), []string{"order.holder"}, nil},
		{t("Procedure and certification", "程序及证明要求"), procedure, nil},
		{t("Urgency", "紧急程度"), urgency, nil},
		{t("Confidentiality", "保密"), secrecy, nil},
		{t("Attachments", "附件"), []string{"order.instrument.file"}, nil},
		{t("Signature and approval", "签署及批准"), nil, signature},
	}},
	Plain: {"", 0, []box{
		{t("Date", "日期"), nil, nil},
		{t("Our reference", "本方编号"), nil, nil},
		{t("To", "致"), []string{"addressee.agency"}, nil},
		{t("From", "自"), append(requesting[:len(requesting):len(requesting)], "authority.investigating", "authority.court"), nil},
		{t("What is asked", "请求事项"), []string{"type", "basis.id", "basis.reciprocity", "order.holder"}, items},
		{t("Movements of money", "资金流转"), nil, func(s *Section, r guide.Request) { s.add(hopTable(r.Order.Hops)) }},
		{t("Offence", "涉嫌犯罪"), offence, nil},
		{t("Facts", "案情"), facts, relations},
		{t("Necessity", "必要性"), necessity, nil},
		{t("Procedure and certification", "程序及证明要求"), procedure, nil},
		{t("Purpose", "用途"), []string{"supporting.purpose.use", "supporting.purpose.limitation", "supporting.purpose.handling"}, nil},
		{t("Urgency", "紧急程度"), urgency, nil},
		{t("Confidentiality", "保密"), secrecy, nil},
		{t("Signature and seal", "签署及盖章"), nil, signature},
	}},
}

func (s *Section) add(table Section) { s.Head, s.Table = table.Head, table.Table }

func items(s *Section, r guide.Request) {
	s.add(itemTable(r.Order.Items, r.Supporting.Persons))
}

func relations(s *Section, r guide.Request) {
	s.add(table("supporting.relations", r.Supporting.Relations, "item", "kind", "text"))
}

func signature(s *Section, r guide.Request) {
	s.Rows = append(s.Rows, Row{t("For the requesting authority", "请求机关"), same(r.Authority.Agency)}, Row{t("Signature, seal and date", "签字、盖章及日期"), comity.Text{}})
}

// tick is a choice that a form offers.
func tick(chosen bool, en, zh string) Row {
	if chosen {
		return Row{t(en, zh), same("■")}
	}
	return Row{t(en, zh), same("□")}
}

// earlier returns the request of a kind that was made before in the same thing.
func earlier(r guide.Request, kind string) *guide.Earlier {
	if i := slices.IndexFunc(r.Earlier, func(e guide.Earlier) bool { return e.Kind == kind }); i >= 0 {
		return &r.Earlier[i]
	}
	return nil
}

func previous(s *Section, e *guide.Earlier) {
	if e == nil {
		s.Rows = append(s.Rows, Row{t("Previous request", "先前请求"), t("none", "无")})
		return
	}
	for _, m := range []string{"reference", "date", "hold_until"} {
		s.Rows = append(s.Rows, Row{name("earlier[]." + m), says("earlier[]."+m, member(reflect.ValueOf(*e), m))})
	}
}
