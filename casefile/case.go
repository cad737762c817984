// Package casefile is the cooperation on cases, as the dialogues named it: cases of
// a category with a joint number, leads whose conditions are stated before their
// content, priority that is chosen jointly, deconfliction, and the status report of
// a period that both sides sign.
//
// Each is a capability of its own, a table of rows: [Case], [Lead],
// [Deconfliction], [Report], [Summary]. Sources: outcome lists of the U.S.–China
// High-Level Joint Dialogues on Cybercrime and Related Issues, 2015 and 2016
// (categories, status report, priority cases, leads); Budapest Convention, art. 26
// (spontaneous information, conditions stated first).
package casefile

import (
	"fmt"
	"slices"

	"comity"
	"comity/matter"
	"comity/thread"
)

// The kinds that open matters here.
const (
	OpensCase          comity.Kind = "case.open"
	OpensLead          comity.Kind = "lead.offer"
	OpensDeconfliction comity.Kind = "deconflict.notice"
	OpensReport        comity.Kind = "report.lines"
	OpensSummary       comity.Kind = "summary.send"
)

const (
	us, them, either = matter.Opener, matter.Other, matter.Either
	nobody           = matter.Nobody
	fresh            = "new"
)

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }

func state(name string, owes matter.Side, en, zh string) matter.State {
	return matter.State{Name: name, Owes: owes, Says: t(en, zh)}
}

func kind[T any](rule matter.Rule, classes []comity.Class, en, zh string) thread.Kind {
	return thread.Kind{Rule: rule, Says: t(en, zh), Classes: classes, New: func() any { return new(T) }}
}

func capability(name, en, zh string, states []matter.State, title func(any) thread.Title, kinds ...thread.Kind) thread.Capability {
	return thread.Capability{Name: name, Says: t(en, zh), States: states, Kinds: append(kinds, thread.Common()...), Title: title}
}

// Case is a case on which both sides work. Its reference is the joint number.
func Case() thread.Capability {
	const proposed, open, closing, closed = "proposed", "joint", "closing", "closed"
	return capability("case", "a case of both sides", "双方共同案件",
		[]matter.State{
			state(fresh, us, "nothing has been proposed", "尚未提出"),
			state(proposed, them, "proposed as a joint case", "已提议作为共同案件"),
			state(open, nobody, "a joint case", "共同案件办理中"),
			state(closing, nobody, "one side has stated its result", "一方已通报结果"),
			state(closed, nobody, "ended", "已结束"),
		},
		func(body any) thread.Title {
			b, ok := body.(*Open)
			if !ok {
				return thread.Title{}
			}
			return thread.Title{Text: b.Title, Category: b.Category}
		},
		kind[Open](thread.Move(OpensCase, "", 90, thread.From(us, proposed, fresh)), thread.Dual, "proposes a joint case", "提议设立共同案件"),
		kind[Join](thread.Move("case.join", "", 60, thread.From(them, open, proposed)), thread.Dual, "takes part; the reference is the joint number from now on", "同意参与；编号即为共同案件编号"),
		kind[Decline](thread.Move("case.decline", "", 50, thread.From(them, closed, proposed)), thread.Dual, "does not take part", "不参与"),
		kind[Result](thread.Move("case.result", "", 40, thread.From(either, closing, open), thread.Stay(either, closing)), thread.Dual, "states the result on its side", "通报本方结果"),
		kind[thread.Note](thread.Move("case.close", "", 10, thread.From(us, closed, proposed), thread.From(either, closed, open, closing)), thread.Dual, "ends the case", "结束案件"),
		kind[Link](matter.Rule{Kind: "case.link"}, thread.Seat, "links a request or a lead to the case", "将请求或线索与案件关联"),
		kind[Priority](matter.Rule{Kind: "case.priority"}, thread.Dual, "proposes a priority, or agrees to it by proposing the same", "提议优先级，或以相同提议表示同意"),
		kind[Status](matter.Rule{Kind: "case.status"}, thread.Dual, "says how far it is, without contents", "通报进展，不含内容"),
	)
}

// Open proposes a case.
type Open struct {
	Title    string   `json:"title" max:"200" eg:"invoice fraud against a shipping company" says:"a cover title: no name of a person"`
	Category string   `json:"category" one:"hacking|fraud|child_abuse|trade_secrets|terrorism|firearms|drugs|other"`
	Summary  string   `json:"summary,omitempty" max:"4000"`
	Agency   string   `json:"agency" max:"40" eg:"us-24-7" says:"that works on it"`
	Requests []string `json:"requests,omitempty" max:"32" each:"40" eg:"US-2026-000042" says:"requests that belong to it"`
}

// Join takes part.
type Join struct {
	Agency    string `json:"agency" max:"40" eg:"cn-mps-cyber"`
	Reference string `json:"reference,omitempty" max:"80" says:"its own file number"`
	Text      string `json:"text,omitempty" max:"2000"`
}

// Decline does not take part.
type Decline struct {
	Reason string `json:"reason" one:"no_competence|own_case|no_resources|no_reasons|other"`
	Text   string `json:"text,omitempty" max:"2000"`
}

// A Link names a matter that belongs to the case.
type Link struct {
	Matter string `json:"matter" max:"40" eg:"US-2026-000042"`
	Role   string `json:"role" one:"request|lead|deconfliction|other"`
}

// A Priority is in force when both sides' last word is the same.
type Priority struct {
	Priority string `json:"priority" one:"priority|routine"`
	Reason   string `json:"reason,omitempty" max:"1000"`
}

// A Status is a line for both sides: how far it is, in words that show nothing.
type Status struct {
	State string `json:"state" one:"open|progress|waiting|stalled|result|closed"`
	EN    string `json:"en,omitempty" max:"400"`
	ZH    string `json:"zh,omitempty" max:"400"`
}

// A Result is of one side.
type Result struct {
	Outcome  string `json:"outcome" one:"arrest|charge|conviction|acquittal|victim_safeguarded|money_returned|infrastructure_down|none"`
	Date     string `json:"date" max:"10" eg:"2027-04-01"`
	Count    int    `json:"count,omitempty"`
	Amount   int    `json:"amount,omitempty" says:"in minor units"`
	Currency string `json:"currency,omitempty" max:"3" eg:"USD"`
	Text     string `json:"text,omitempty" max:"2000"`
}

// A CaseView is what officers look at of a case.
type CaseView struct {
	Title    string                  `json:"title"`
	Category string                  `json:"category"`
	Agencies map[comity.Party]string `json:"agencies"`
	Priority string                  `json:"priority"` // both sides' last word, if it is the same
	Proposed map[comity.Party]string `json:"proposed"`
	Links    []Link                  `json:"links"`
	Status   map[comity.Party]Status `json:"status"`
	Results  map[comity.Party]Result `json:"results"`
}

// Project reads a case from its thread.
func Project(th *thread.Thread) CaseView {
	v := CaseView{Agencies: map[comity.Party]string{}, Proposed: map[comity.Party]string{}, Status: map[comity.Party]Status{}, Results: map[comity.Party]Result{}}
	link := func(l Link) {
		if !slices.Contains(v.Links, l) {
			v.Links = append(v.Links, l)
		}
	}
	for _, o := range th.Order {
		if !o.Counts() {
			continue
		}
		switch b := o.Said.(type) {
		case *Open:
			v.Title, v.Category, v.Agencies[o.From] = b.Title, b.Category, b.Agency
			for _, r := range b.Requests {
				link(Link{r, "request"})
			}
		case *Join:
			v.Agencies[o.From] = b.Agency
		case *Link:
			link(*b)
		case *Priority:
			v.Proposed[o.From] = b.Priority
		case *Status:
			v.Status[o.From] = *b
		case *Result:
			v.Results[o.From] = *b
		}
	}
	if a, b := v.Proposed[th.Opener], v.Proposed[th.Other]; a == b {
		v.Priority = a
	}
	return v
}

// Lead is spontaneous information: its conditions are stated first, and its
// content leaves only when they are accepted.
func Lead() thread.Capability {
	const offered, countered, agreed, provided, ended = "offered", "countered", "agreed", "provided", "ended"
	return capability("lead", "spontaneous information, conditions first", "主动提供的信息（先述条件）",
		[]matter.State{
			state(fresh, us, "nothing has been offered", "尚未提出"),
			state(offered, them, "offered on conditions; the content has not left", "已附条件提出，内容尚未提供"),
			state(countered, us, "a condition cannot be accepted", "有条件无法接受"),
			state(agreed, us, "the conditions are accepted; the content is owed", "条件已接受，等待提供内容"),
			state(provided, nobody, "provided, on the conditions accepted", "已按所接受的条件提供"),
			state(ended, nobody, "ended", "已结束"),
		},
		func(body any) thread.Title {
			b, ok := body.(*Offer)
			if !ok {
				return thread.Title{}
			}
			link, _ := comity.ParseRef(b.Case) // what is no reference links nothing
			return thread.Title{Text: b.About, Category: b.Category, Case: link}
		},
		kind[Offer](thread.Move(OpensLead, "terms", 90, thread.From(us, offered, fresh)), thread.Night, "says that there is information, and on which conditions", "告知掌握信息及提供条件"),
		kind[thread.Note](thread.Move("lead.accept", "terms", 60, thread.From(them, agreed, offered)), thread.Night, "is bound by the conditions", "接受条件并受其约束"),
		kind[Unacceptable](thread.Move("lead.decline", "terms", 50, thread.From(them, countered, offered)), thread.Dual, "says which condition it cannot accept, and why", "说明哪项条件无法接受及原因"),
		kind[Terms](thread.Move("lead.amend", "terms", 40, thread.From(us, offered, countered, offered)), thread.Dual, "offers it on other conditions", "变更条件后再次提出"),
		kind[Content](thread.Move("lead.provide", "", 70, thread.From(us, provided, agreed), thread.Stay(us, provided)), thread.Night, "gives the information", "提供信息"),
		kind[thread.Note](thread.Move("lead.end", "", 10, thread.From(us, ended, offered, countered, agreed, provided)), thread.Dual, "ends it; what was not provided never leaves", "结束；未提供的内容不再提供"),
		kind[Used](matter.Rule{Kind: "lead.use"}, thread.Dual, "says what use was made of it", "说明使用情况"),
	)
}

// An Offer says that there is information, without it.
type Offer struct {
	About      string      `json:"about" max:"400" eg:"a child may be at risk; a relay in your country is involved" says:"what it is about, without its content"`
	Category   string      `json:"category" one:"hacking|fraud|child_abuse|trade_secrets|terrorism|firearms|drugs|other"`
	Urgent     bool        `json:"urgent,omitempty" says:"life or a child is at risk"`
	Agency     string      `json:"agency" max:"40" eg:"us-24-7"`
	Addressee  string      `json:"addressee" max:"40" eg:"cn-24-7" says:"the agency that it is for"`
	Conditions []Condition `json:"conditions,omitempty" need:"yes" max:"16"`
	Case       string      `json:"case,omitempty" max:"40" eg:"US-2026-000007"`
}

// A Condition binds what may be done with the information.
type Condition struct {
	ID   string `json:"id" max:"16" eg:"c1"`
	Kind string `json:"kind" one:"lead_only|confidential|purpose_only|no_onward|no_company|no_publication|not_in_court|inform_before_disclosure|other"`
	Text string `json:"text,omitempty" max:"1000"`
}

// Terms are the conditions on which it is offered now.
type Terms struct {
	Conditions []Condition `json:"conditions,omitempty" need:"yes" max:"16"`
	Text       string      `json:"text,omitempty" max:"2000"`
}

// Unacceptable says which condition cannot be accepted.
type Unacceptable struct {
	Conditions []string `json:"conditions,omitempty" need:"yes" max:"16" each:"16" eg:"c1"`
	Reason     string   `json:"reason" one:"disclosure_duty|constitution|agency_policy|no_reasons|other"`
	Text       string   `json:"text,omitempty" max:"2000"`
}

// Content is the information.
type Content struct {
	Text  string `json:"text" max:"16000"`
	Items []Item `json:"items,omitempty" max:"64"`
	Use   string `json:"use" one:"lead_only|investigation|evidence"`
}

// An Item is an identifier in a lead or a notice.
type Item struct {
	Type  string `json:"type" one:"ipv4|ipv6|domain|url|email|phone|account|imei|hash|asn|wallet|iban|bic|uetr"`
	Value string `json:"value" max:"2048" eg:"203.0.113.77"`
}

// Used says what use was made of a lead.
type Used struct {
	Use  string `json:"use" one:"none|lead|investigation|evidence|averted_danger"`
	Text string `json:"text,omitempty" max:"2000"`
}

// Deconfliction asks that something be left alone until a day. It ends by itself.
func Deconfliction() thread.Capability {
	const running, ended = "running", "ended"
	return capability("deconfliction", "a notice to leave something alone", "行动冲突规避通知",
		[]matter.State{
			state(fresh, us, "nothing has been asked", "尚未提出"),
			state(running, nobody, "runs until its day", "至截止日有效"),
			state(ended, nobody, "ended before its day", "提前结束"),
		},
		func(any) thread.Title { return thread.Title{Secret: true} }, // that there is one tells of an operation
		kind[Notice](thread.Move(OpensDeconfliction, "", 90, thread.From(us, running, fresh)), thread.Night, "asks to leave identifiers alone, until when, and whom to call", "请求在截止日前不对有关标识采取行动，并告知联系席位"),
		kind[Extension](thread.Move("deconflict.extend", "", 50, thread.Stay(us, running)), thread.Dual, "gives another day", "变更截止日"),
		kind[thread.Note](thread.Move("deconflict.end", "", 10, thread.From(us, ended, running)), thread.Dual, "ends it early", "提前结束"),
	)
}

// A Notice says what is not to be done, with which identifiers, and until when.
type Notice struct {
	Items     []Item      `json:"items,omitempty" need:"yes" max:"64"`
	DoNot     []string    `json:"do_not,omitempty" need:"yes" max:"4" each:"20" eg:"takedown" says:"of takedown, notify_user, block_publicly, approach_person"`
	Until     comity.Time `json:"until"`
	Contact   string      `json:"contact" max:"40" eg:"cn-24-7-07" says:"the seat to call before anything is done"`
	Addressee string      `json:"addressee" max:"40" eg:"us-24-7" says:"the agency that it is for: its seats decide who else may know"`
}

var doNots = []string{"takedown", "notify_user", "block_publicly", "approach_person"}

// Sense holds what is not to be done to the list.
func (b *Notice) Sense() (errs []error) {
	for i, d := range b.DoNot {
		if !slices.Contains(doNots, d) {
			errs = append(errs, comity.Fieldf(fmt.Sprintf("do_not[%d]", i), "%q is not one of takedown, notify_user, block_publicly, approach_person", comity.Clip(d)))
		}
	}
	return errs
}

// Names returns those of items that the notice asks to leave alone.
func (n Notice) Names(items []Item) (list []Item) {
	for _, it := range items {
		if slices.Contains(n.Items, it) {
			list = append(list, it)
		}
	}
	return list
}

// An Extension gives another day.
type Extension struct {
	Until comity.Time `json:"until"`
}

// Standing returns the notice in force at a time of a deconfliction's thread, if
// it still runs.
func Standing(th *thread.Thread) (Notice, bool) {
	var n Notice
	for _, o := range th.Order {
		if !o.Applied() {
			continue
		}
		switch b := o.Said.(type) {
		case *Notice:
			n = *b
		case *Extension:
			n.Until = b.Until
		}
	}
	return n, th.State == "running" && n.Until.After(th.Now)
}
