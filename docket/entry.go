// Package docket is a matter's national file: what a party notes for itself and
// never says abroad.
//
// An officer adds an [Entry]: an answer on the screening sheet, a source to be
// protected, an order served on a provider, a call, a disclosure. Nothing is
// changed; a later entry of the same kind and name says more. [Read] folds the
// entries into a [Docket], at which package gate looks before something happens.
//
// [Letter] is the paper for a provider and [Form] that for a country without a
// node. No function here returns a body of a statement, and no body of an entry
// can be read as one: tests hold the package to both.
//
// The sheets and gates are proposals of ours, made from practice; see the cite of
// each row. The package does no I/O and reads no clock.
package docket

import (
	"reflect"
	"slices"

	"comity"
	"comity/form"
)

// An Entry is one minute of the file, as it is stored.
type Entry struct {
	Kind string
	Name string // a later entry of the kind and name takes the place of an earlier one; empty, if each stands for itself
	Seat comity.Seat
	At   comity.Time
	Body []byte
}

// A Kind is all that is fixed about one kind of entry.
type Kind struct {
	Kind  string
	Says  comity.Text
	Party bool       // it is about no one matter
	New   func() any // returns a pointer to an empty body

	fold func(*Docket, Entry, any)
}

// row returns the kind of the bodies that fold adds to a docket.
func row[T any](name, en, zh string, fold func(*Docket, Entry, *T)) Kind {
	return Kind{Kind: name, Says: t(en, zh), Party: slices.Contains(ofParty, name), New: func() any { return new(T) },
		fold: func(d *Docket, e Entry, body any) { fold(d, e, body.(*T)) }}
}

// ofParty are the kinds that are about no one matter.
var ofParty = []string{"correspondent", "instruction", "handover", "takeover"}

// Kinds returns the kinds of entries.
func Kinds() []Kind { return slices.Clone(kinds) }

var kinds = []Kind{
	row("note", "an internal note", "内部备注", in(func(d *Docket) *[]Kept[Note] { return &d.Notes })),
	row("route", "which of our agencies has it", "本方承办机构", in(func(d *Docket) *[]Kept[Routed] { return &d.Routes })),
	row("screening", "an answer on the screening sheet of the asked side", "被请求方审查表的一项答复", (*Docket).screen),
	row("protection", "an answer on the sheet for the protection of sources", "来源保护表的一项答复", (*Docket).protect),
	row("cleaned", "a file was cleaned of what nobody meant to send", "文件已清除不应外发的信息", in(func(d *Docket) *[]Kept[Cleaned] { return &d.Cleaned })),
	row("action", "a domestic measure towards a provider", "对服务提供者采取的境内措施", (*Docket).act),
	row("disclosure", "something was disclosed at home", "境内披露记录", in(func(d *Docket) *[]Kept[Disclosure] { return &d.Disclosures })),
	row("retention", "how long the file is kept", "案卷保存期限", in(func(d *Docket) *[]Kept[Retention] { return &d.Retention })),
	row("legal_hold", "nothing may be erased, or may again", "禁止删除（或解除禁止）", in(func(d *Docket) *[]Kept[LegalHold] { return &d.LegalHolds })),
	row("erasure", "contents were erased; the proofs stay", "内容已删除，证明保留", in(func(d *Docket) *[]Kept[Erasure] { return &d.Erasures })),
	row("restrict", "who alone may know of the matter", "限定知悉人员范围", (*Docket).restrict),
	row("call", "a call sheet", "通话记录单", in(func(d *Docket) *[]Kept[Call] { return &d.Calls })),
	row("breach", "something reached who should not have it", "泄露或误送记录", in(func(d *Docket) *[]Kept[Breach] { return &d.Breaches })),
	row("reference", "the number of the matter in our own case system", "本国办案系统中的编号", in(func(d *Docket) *[]Kept[Reference] { return &d.References })),
	row("intake", "a paper or e-mail came in; the original is kept", "收到的文书或邮件，原件已留存", in(func(d *Docket) *[]Kept[Intake] { return &d.Intakes })),
	row("costs", "what execution costs, and who bears it", "执行费用及承担方", in(func(d *Docket) *[]Kept[Costs] { return &d.Costs })),
	row("opinion", "a principal's opinion", "主管负责人意见", in(func(d *Docket) *[]Kept[Opinion] { return &d.Opinions })),
	row("letter", "a paper that was sent outside the system, and its reply", "系统外发送的文书及其答复", in(func(d *Docket) *[]Kept[Sent] { return &d.Letters })),
	row("correspondent", "how a country without a node is reached", "未接入节点国家的联络方式", in(func(d *Docket) *[]Kept[Correspondent] { return &d.Correspondents })),
	row("instruction", "a standing instruction of the watch", "值班常设指示", in(func(d *Docket) *[]Kept[Instruction] { return &d.Instructions })),
	row("handover", "a watch is handed over", "交班记录", in(func(d *Docket) *[]Kept[Handover] { return &d.Handovers })),
	row("takeover", "a watch is taken over", "接班确认", in(func(d *Docket) *[]Kept[Takeover] { return &d.Takeovers })),
}

// KindOf returns the kind of that name.
func KindOf(name string) (Kind, bool) {
	for _, k := range kinds {
		if k.Kind == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Make checks a body and returns the entry that holds it.
func Make(body any, by comity.Seat, at comity.Time) (Entry, error) {
	for _, k := range kinds {
		if reflect.TypeOf(k.New()) != reflect.TypeOf(body) {
			continue
		}
		if err := form.Check(body); err != nil {
			return Entry{}, err
		}
		b, err := form.Encode(body)
		if err != nil {
			return Entry{}, err
		}
		return Entry{Kind: k.Kind, Name: nameOf(body), Seat: by, At: at, Body: b}, nil
	}
	return Entry{}, comity.Errorf(comity.Invalid, "%T is not the body of an entry", body)
}

// Decode returns the body of an entry, checked.
func Decode(e Entry) (any, error) {
	k, ok := KindOf(e.Kind)
	if !ok {
		return nil, comity.Fieldf("kind", "there is no entry of the kind %q; an example is %q", comity.Clip(e.Kind), "note")
	}
	body := k.New()
	if err := form.Decode(e.Body, body); err != nil {
		return nil, err
	}
	if err := form.Check(body); err != nil {
		return nil, err
	}
	if n := nameOf(body); n != e.Name {
		return nil, comity.Fieldf("name", "the entry is filed under %q, and its body says %q", comity.Clip(e.Name), comity.Clip(n))
	}
	return body, nil
}

// nameOf returns what the member with the tag name says, if the body has one.
func nameOf(body any) string {
	v := reflect.ValueOf(body).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("name") == "yes" {
			return v.Field(i).String()
		}
	}
	return ""
}
