// Package request is the capability of asking for help: preservation of stored
// data, and every other type of assistance.
//
// One side opens a matter with a request. The other's seats acknowledge it, refer
// it to who is competent, ask what is missing, propose conditions, postpone, and
// answer item by item, or refuse on a ground. Then the asker says what use was
// made of it, and closes with how useful it was. The rules are rows: [Preservation]
// and [Assistance] say who may say what and when, the body types in bodies.go say
// what it must contain, and docs/spec/kinds.md is made from both.
//
// [Project] folds a matter's statements into the [View] that officers look at.
// Nothing here does I/O or reads a clock.
package request

import (
	"comity"
	"comity/guide"
	"comity/matter"
	"comity/thread"
)

// The kinds that open a matter: preservation has a procedure of its own, because
// what it yields is a hold that runs, is made longer and is given back.
const (
	OpensPreservation comity.Kind = "preserve.request"
	OpensAssistance   comity.Kind = "assist.request"
)

// Opens returns the kind that opens a matter for a type of request.
func Opens(typ string) comity.Kind {
	if typ == "preserve" {
		return OpensPreservation
	}
	return OpensAssistance
}

// The states of a request.
const (
	stateNew          = "new"
	stateRequested    = "requested"
	stateRequestedAsk = "requested.asked"
	stateAccepted     = "accepted"
	stateAcceptedAsk  = "accepted.asked"
	stateTerms        = "terms"
	stateCountered    = "countered"
	stateSecrecy      = "secrecy"
	statePostponed    = "postponed"
	stateAnswered     = "answered"
	stateExtending    = "extending"
	stateRefused      = "refused"
	stateWithdrawn    = "withdrawn"
	stateReleased     = "released"
	stateClosed       = "closed"

	slotOutcome       = "outcome"
	slotClarification = "clarification"
	slotTerms         = "terms"
)

// The lists of states from which much can be done.
var (
	working = []string{stateRequested, stateRequestedAsk, stateAccepted, stateAcceptedAsk}
	pending = append(working[:len(working):len(working)], stateTerms, stateCountered, stateSecrecy, statePostponed)
)

const us, them = matter.Opener, matter.Other

// Preservation is the procedure of a request to keep stored data from being lost.
func Preservation() thread.Capability {
	held := []thread.Kind{
		{Rule: thread.Move("extend.hold", slotOutcome, 15, thread.From(us, stateExtending, stateAnswered)),
			Says: t("asks for a longer hold", "请求延长保全期限"), Classes: thread.Night, New: func() any { return new(ExtendHold) }},
		{Rule: thread.Move("convert", "", 14, thread.Stay(us, stateAnswered)),
			Says: t("names the request for the data: the hold continues until that is decided", "指明后续的数据调取请求：保全持续至就该请求作出决定"), Classes: thread.Dual, New: func() any { return new(Convert) }},
		{Rule: thread.Move("release", slotOutcome, 12, thread.From(us, stateReleased, stateAnswered, stateExtending)),
			Says: t("gives the hold back: the data need not be kept any longer", "解除保全：数据无须继续留存"), Classes: thread.Dual, New: func() any { return new(Release) }},
	}
	return thread.Capability{
		Name: "preservation", Says: t("a request to preserve stored data", "存储数据保全请求"),
		States: states(true), Kinds: kinds(OpensPreservation, "asks for stored data to be preserved, and opens the matter", "请求保全存储的数据，并启动本事项", held), Title: title,
	}
}

// Assistance is the procedure of every other request: for data, for a search, for
// a person, for money to be stopped, for proceedings to be taken over.
func Assistance() thread.Capability {
	return thread.Capability{
		Name: "assistance", Says: t("a request for assistance", "协助请求"),
		States: states(false), Kinds: kinds(OpensAssistance, "asks for assistance of a type, and opens the matter", "请求某一类型的协助，并启动本事项", nil), Title: title,
	}
}

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }

func title(body any) thread.Title {
	r, ok := body.(*guide.Request)
	if !ok {
		return thread.Title{}
	}
	link, _ := comity.ParseRef(r.Case) // what is no reference links nothing
	return thread.Title{Text: r.Supporting.Offence.Description, Priority: r.Priority, Type: r.Type, Category: r.Supporting.Offence.Category, Case: link, Secret: r.Confidentiality.Restricted}
}

func states(holds bool) []matter.State {
	list := []matter.State{
		{Name: stateNew, Owes: us, Says: t("nothing has been asked", "尚未提出请求")},
		{Name: stateRequested, Owes: them, Says: t("the asked side has not decided", "被请求方尚未决定")},
		{Name: stateRequestedAsk, Owes: us, Says: t("undecided, with a question to the asker open", "尚未决定，等待请求方答复提问")},
		{Name: stateAccepted, Owes: them, Says: t("being executed", "执行中")},
		{Name: stateAcceptedAsk, Owes: us, Says: t("being executed, with a question to the asker open", "执行中，等待请求方答复提问")},
		{Name: stateTerms, Owes: us, Says: t("conditions are proposed to the asker", "已向请求方提出条件")},
		{Name: stateCountered, Owes: them, Says: t("the asker has proposed other conditions", "请求方提出了不同条件")},
		{Name: stateSecrecy, Owes: us, Says: t("the asked side cannot keep it confidential; the asker decides", "被请求方无法保密，由请求方决定")},
		{Name: statePostponed, Owes: them, Says: t("postponed, with a day of review", "已推迟，定有复核日期")},
		{Name: stateAnswered, Owes: matter.Nobody, Says: t("answered", "已答复")},
	}
	if holds {
		list[len(list)-1].Says = t("answered; holds run", "已答复，保全期限进行中")
		list = append(list, matter.State{Name: stateExtending, Owes: them, Says: t("answered; a longer hold has been asked for", "已答复，请求方请求延长保全")})
	}
	list = append(list,
		matter.State{Name: stateRefused, Owes: matter.Nobody, Says: t("refused", "已拒绝")},
		matter.State{Name: stateWithdrawn, Owes: matter.Nobody, Says: t("taken back before it was answered", "答复前已撤回")})
	if holds {
		list = append(list, matter.State{Name: stateReleased, Owes: matter.Nobody, Says: t("the hold has been given back", "保全已解除")})
	}
	return append(list, matter.State{Name: stateClosed, Owes: matter.Nobody, Says: t("ended", "已结束")})
}

// The ranks say what is fair when two moves cross. More about the request goes
// before an answer, so that nothing said is lost. An answer outranks a
// withdrawal: there is no reward for the late; consent to conditions outranks
// other conditions: nobody is bound to what they had not seen. Slots hold what must not apply
// unseen: an outcome against another outcome, a refusal against the very
// clarification that it lacked, terms against other terms.
func kinds(opens comity.Kind, en, zh string, held []thread.Kind) []thread.Kind {
	answered, ended := []string{stateAnswered}, []string{stateAnswered, stateRefused, stateWithdrawn}
	var extending []string
	if held != nil {
		extending = []string{stateExtending}
		ended = append(ended, stateReleased)
	}
	refuse := thread.Move("refuse", slotClarification, 40, thread.From(them, stateRefused, pending...), thread.From(them, stateAnswered, extending...))
	fact := func(k comity.Kind) matter.Rule { return matter.Rule{Kind: k} }
	list := []thread.Kind{
		{Rule: thread.Move(opens, "", 90, thread.From(us, stateRequested, stateNew)),
			Says: t(en, zh), Classes: thread.Night, New: func() any { return new(guide.Request) }},
		{Rule: thread.Move("refer", "", 25, thread.Stay(them, working...)),
			Says: t("passes it on to the agency that is competent, and says so", "转交主管机构并告知请求方"), Classes: thread.Dual, New: func() any { return new(Refer) }},
		{Rule: thread.Move("ask", "", 30, thread.From(them, stateRequestedAsk, stateRequested, stateRequestedAsk), thread.From(them, stateAcceptedAsk, stateAccepted, stateAcceptedAsk)),
			Says: t("asks for what is missing, and pauses the answer's clock save in a P0", "询问缺失内容，并暂停答复计时（P0除外）"), Classes: thread.Night, New: func() any { return new(Ask) }},
		{Rule: thread.Move("supplement", slotClarification, 70, thread.From(us, stateRequested, stateRequestedAsk, stateRequested), thread.From(us, stateAccepted, stateAcceptedAsk, stateAccepted), thread.Stay(us, statePostponed)),
			Says: t("answers the open question, or corrects the request unasked", "答复提问，或主动更正请求"), Classes: thread.Night, New: func() any { return new(Supplement) }},
		{Rule: thread.Move("contest", slotClarification, 68, thread.From(us, stateRequested, stateRequestedAsk), thread.From(us, stateAccepted, stateAcceptedAsk)),
			Says: t("says that the open question is no ground to wait; the pause ends, and is shown as contested", "对提问构成等待理由提出异议；暂停结束并标明有争议"), Classes: thread.Night, New: func() any { return new(Contest) }},
		{Rule: thread.Move("confidentiality.issue", "", 45, thread.From(them, stateSecrecy, stateRequested, stateAccepted)),
			Says: t("says that it cannot be kept confidential; the asker decides", "告知无法保密，由请求方决定是否继续"), Classes: thread.Dual, New: func() any { return new(ConfidentialityIssue) }},
		{Rule: thread.Move("confidentiality.waive", "", 44, thread.From(us, stateRequested, stateSecrecy)),
			Says: t("wants it executed all the same", "同意在不保密的情况下执行"), Classes: thread.Dual, New: func() any { return new(ConfidentialityWaive) }},
		{Rule: thread.Move("conditions.propose", slotTerms, 37, thread.From(them, stateTerms, stateRequested, stateAccepted, stateTerms, stateCountered)),
			Says: t("would execute it on these conditions", "提出执行所附条件"), Classes: thread.Dual, New: func() any { return new(ConditionsPropose) }},
		{Rule: thread.Move("conditions.accept", slotTerms, 39, thread.From(us, stateAccepted, stateTerms), thread.From(them, stateAccepted, stateCountered)),
			Says: t("is bound by the conditions as last proposed", "接受最后提出的条件并受其约束"), Classes: thread.Dual, New: func() any { return new(ConditionsAccept) }},
		{Rule: thread.Move("conditions.counter", slotTerms, 36, thread.From(us, stateCountered, stateTerms)),
			Says: t("proposes other conditions", "提出不同条件"), Classes: thread.Dual, New: func() any { return new(ConditionsPropose) }},
		{Rule: thread.Move("conditions.decline", slotTerms, 34, thread.From(us, stateRequested, stateTerms), thread.From(them, stateRequested, stateCountered)),
			Says: t("cannot accept the conditions", "无法接受所提条件"), Classes: thread.Dual, New: func() any { return new(ConditionsDecline) }},
		{Rule: thread.Move("accept", "", 35, thread.From(them, stateAccepted, stateRequested, statePostponed)),
			Says: t("says that the request will be executed", "同意执行请求"), Classes: thread.Dual, New: func() any { return new(Accept) }},
		{Rule: thread.Move("postpone", "", 38, thread.From(them, statePostponed, stateRequested, stateAccepted, statePostponed)),
			Says: t("puts execution off, until a day of review", "推迟执行，定期复核"), Classes: thread.Dual, New: func() any { return new(Postpone) }},
		{Rule: thread.Move("answer.partial", slotOutcome, 50, thread.From(them, stateAccepted, stateRequested, stateAccepted, statePostponed), thread.From(them, stateAcceptedAsk, stateRequestedAsk, stateAcceptedAsk)),
			Says: t("gives results for some items; the rest is still owed", "就部分项目作出答复，其余仍待答复"), Classes: thread.Dual, New: func() any { return new(Answer) }},
		{Rule: thread.Move("answer", slotOutcome, 60, thread.From(them, stateAnswered, append(append(append([]string{}, working...), statePostponed), append(extending, answered...)...)...)),
			Says: t("gives results, and nothing more is owed; again, it corrects what was answered", "作出最终答复；再次使用则为更正"), Classes: thread.Dual, New: func() any { return new(Answer) }},
		{Rule: refuse,
			Says: t("refuses the request, or a longer hold, on a ground", "以某项理由拒绝请求（或延长保全）"), Classes: thread.Dual, New: func() any { return new(Refuse) }},
		{Rule: thread.Move("extend.deadline", "", 20, thread.Stay(matter.Either, pending...)),
			Says: t("the asked side says that the answer will take longer, and why; or the asker gives more time", "被请求方告知需要更长时间及原因，或请求方给予更多时间"), Classes: thread.Dual, New: func() any { return new(ExtendDeadline) }},
	}
	list = append(list, held...)
	list = append(list, []thread.Kind{
		{Rule: thread.Move("withdraw", slotOutcome, 10, thread.From(us, stateWithdrawn, pending...)),
			Says: t("takes the request back before it is answered", "在答复前撤回请求"), Classes: thread.Dual, New: func() any { return new(Withdraw) }},
		{Rule: thread.Move("close", slotOutcome, 5, thread.From(us, stateClosed, ended...)),
			Says: t("ends the matter, with how useful the answer was", "结束本事项并反馈答复的效用"), Classes: thread.Dual, New: func() any { return new(Close) }},
		{Rule: fact("confirm"),
			Says: t("confirms in writing what was asked by word of mouth", "以书面形式确认口头请求"), Classes: thread.Dual, New: func() any { return new(Confirm) }},
		{Rule: fact("consult"),
			Says: t("consultation was asked for, held, or waived", "请求、进行或放弃磋商"), Classes: thread.Dual, New: func() any { return new(Consult) }},
		{Rule: fact("assurance.ask"),
			Says: t("asks for an assurance", "要求作出保证"), Classes: thread.Dual, New: func() any { return new(AssuranceAsk) }},
		{Rule: fact("assurance.give"),
			Says: t("gives an assurance, or says that none can be given", "作出保证，或告知无法保证"), Classes: thread.Dual, New: func() any { return new(AssuranceGive) }},
		{Rule: fact("assurance.judge"),
			Says: t("finds an assurance sufficient or not, or says that it was broken", "认定保证充分与否，或指出其被违反"), Classes: thread.Dual, New: func() any { return new(AssuranceJudge) }},
		{Rule: fact("use"),
			Says: t("says what use was made of a result", "说明对结果的使用情况"), Classes: thread.Dual, New: func() any { return new(Use) }},
		{Rule: fact("outcome"),
			Says: t("says what came of it later", "说明后续结果"), Classes: thread.Dual, New: func() any { return new(Outcome) }},
	}...)
	return append(list, thread.Common()...)
}
