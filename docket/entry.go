// Package docket is a matter's national file: what a party notes for itself and
// never says abroad.
//
// An officer adds an [Entry]: an answer on the screening sheet, a source to be
// protected, an order served on a provider, a call, a disclosure. Nothing is
// changed; a later entry of the same kind and name says more. [Read] folds the
// entries into a [Docket]. Then the gates look at it before something happens:
//
//	MayLeave   is every source protected, before anything of ours crosses?
//	MayDecide  has the request been screened, before it is granted or refused?
//	MayUse     do conditions, use class and markings allow what we want to do?
//	MayErase   does a court want it kept?
//	Admits     may this seat know that the matter exists?
//	NoPictures may this file be attached at all?
//
// A gate says which line or field stops it, and the command that mends it.
// [Letter] is the paper for a provider and [Form] that for a country without a
// node. No function here returns a body of a statement, and no body of an entry
// can be read as one: tests hold the package to both.
//
// The sheets and gates are proposals of ours, made from practice; see the cite of
// each row. The package does no I/O and reads no clock.
package docket

import (
	"reflect"

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
}

func kind[T any](name, en, zh string) Kind {
	return Kind{Kind: name, Says: comity.Text{EN: en, ZH: zh}, New: func() any { return new(T) }}
}

// Kinds returns the kinds of entries.
func Kinds() []Kind {
	correspondent := kind[Correspondent]("correspondent", "how a country without a node is reached", "未接入节点国家的联络方式")
	correspondent.Party = true
	return []Kind{
		kind[Note]("note", "an internal note", "内部备注"),
		kind[Routed]("route", "which of our agencies has it", "本方承办机构"),
		kind[Screening]("screening", "an answer on the screening sheet of the asked side", "被请求方审查表的一项答复"),
		kind[Protection]("protection", "an answer on the sheet for the protection of sources", "来源保护表的一项答复"),
		kind[Cleaned]("cleaned", "a file was cleaned of what nobody meant to send", "文件已清除不应外发的信息"),
		kind[Action]("action", "a domestic measure towards a provider", "对服务提供者采取的境内措施"),
		kind[Disclosure]("disclosure", "something was disclosed at home", "境内披露记录"),
		kind[Retention]("retention", "how long the file is kept", "案卷保存期限"),
		kind[LegalHold]("legal_hold", "nothing may be erased, or may again", "禁止删除（或解除禁止）"),
		kind[Erasure]("erasure", "contents were erased; the proofs stay", "内容已删除，证明保留"),
		kind[Restrict]("restrict", "who alone may know of the matter", "限定知悉人员范围"),
		kind[Call]("call", "a call sheet", "通话记录单"),
		kind[Breach]("breach", "something reached who should not have it", "泄露或误送记录"),
		kind[Costs]("costs", "what execution costs, and who bears it", "执行费用及承担方"),
		kind[Opinion]("opinion", "a principal's opinion", "主管负责人意见"),
		kind[Sent]("letter", "a paper that was sent outside the system, and its reply", "系统外发送的文书及其答复"),
		correspondent,
	}
}

// KindOf returns the kind of that name.
func KindOf(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Kind == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Make checks a body and returns the entry that holds it.
func Make(body any, by comity.Seat, at comity.Time) (Entry, error) {
	for _, k := range Kinds() {
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

// nameOf returns by what an entry is found, within its kind.
func nameOf(body any) string {
	switch b := body.(type) {
	case *Screening:
		return b.Line
	case *Protection:
		return b.Line
	case *Cleaned:
		return b.File
	case *Action:
		return b.ID
	case *LegalHold:
		return b.HoldBy // there may be several who want it kept
	case *Call:
		return b.ID
	case *Correspondent:
		return b.Country
	case *Sent:
		return b.ID
	}
	return ""
}
