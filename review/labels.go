package review

import "comity"

func both(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }

// The numbers of Counts.
const (
	Received = iota
	Prechecked
	Emergencies
	EmergenciesJustified
	EmergenciesNotShown
	EmergenciesPartlyRefused
	StillOpen
	Overdue
	Settled
	Extended
	Extensions
	ContestedPauses
	ConditionsProposed
	ConditionsAccepted
	ConditionsDeclined
	HoldsReleased
	Disputed
	FeedbackGiven

	// From here on: what shares are made of, and not written by themselves.
	outcome         // 6 outcomes
	tried           = outcome + 6
	rightFirstTime  = tried + 1
	rounds          = tried + 2
	holdsEnded      = tried + 3
	holdsConverted  = tried + 4
	holdsLapsed     = tried + 5
	limited         = tried + 6 // 3 clocks, as each of the next three
	within          = limited + 3
	grossLimited    = within + 3
	grossWithin     = grossLimited + 3
	msPart          = grossWithin + 3 // 5 parts
	msTotal         = msPart + 5
	deliveryLimited = msTotal + 1
	deliveredWithin = msTotal + 2
	nCounts         = msTotal + 3
)

// counts is the name and the label of each count that is written.
var counts = [outcome]struct {
	name string
	comity.Text
}{
	Received:                 {"received", both("Requests receipted", "已签收的请求")},
	Prechecked:               {"prechecked", both("of these, after comments on a draft", "其中：曾先就草案征求意见")},
	Emergencies:              {"emergencies", both("Emergency requests", "紧急请求")},
	EmergenciesJustified:     {"emergencies_justified", both("Emergency requests settled, found justified by the asked side", "已办结的紧急请求中被请求方认定确属紧急")},
	EmergenciesNotShown:      {"emergencies_not_shown", both("Emergency requests settled, not accepted as emergencies", "已办结的紧急请求中未被认定为紧急")},
	EmergenciesPartlyRefused: {"emergencies_partly_refused", both("Emergency requests settled, refused in part", "已办结的紧急请求中被部分拒绝")},
	StillOpen:                {"open", both("Open at the end of the period", "期末未办结")},
	Overdue:                  {"overdue", both("of these, overdue", "其中：已逾期")},
	Settled:                  {"settled", both("Settled in the period", "本期办结")},
	Extended:                 {"extended", both("of these, with an extension", "其中：曾延长期限")},
	Extensions:               {"extensions", both("Extensions", "延期次数")},
	ContestedPauses:          {"contested_pauses", both("Contested pauses", "有异议的计时中止")},
	ConditionsProposed:       {"conditions_proposed", both("Conditions proposed", "提出的附加条件")},
	ConditionsAccepted:       {"conditions_accepted", both("Conditions accepted", "接受的附加条件")},
	ConditionsDeclined:       {"conditions_declined", both("Conditions declined", "未接受的附加条件")},
	HoldsReleased:            {"holds_released", both("Holds released", "已解除的保全")},
	Disputed:                 {"disputed", both("Requests whose times are in dispute (in no time and no limit)", "时间有争议的请求（不计入用时及时限）")},
	FeedbackGiven:            {"feedback", both("Requests with feedback", "有反馈的请求")},
}

// The numbers of Figures.Shares. Those of the outcomes are in the order of
// outcomes, those of the parts of the time in that of parts.
const (
	ShareDelivered = iota
	ShareWithinAcknowledgement
	ShareWithinFirstAnswer
	ShareWithinAnswer
	ShareGrossAcknowledgement
	ShareGrossFirstAnswer
	ShareGrossAnswer
	ShareRightFirstTime
	ShareRounds
	ShareExecuted
	shareOutcomes    = ShareExecuted
	ShareUnread      = shareOutcomes + 5
	ShareConverted   = shareOutcomes + 6
	ShareHoldsLapsed = shareOutcomes + 7
	shareParts       = shareOutcomes + 8
	nShares          = shareParts + 5
)

// How a share is written.
const (
	asShare = iota
	asRate  // per request
	asPart  // per cent of all the time
)

var shares = [nShares]struct {
	name string
	comity.Text
	n, of int // of Counts
	as    int
}{
	ShareDelivered:             {"delivered", both("Delivered within the limit", "在期限内送达"), deliveredWithin, deliveryLimited, asShare},
	ShareWithinAcknowledgement: {"within_acknowledgement", both("Acknowledged within the limit", "在期限内确认"), within, limited, asShare},
	ShareWithinFirstAnswer:     {"within_first_answer", both("First answer within the limit", "在期限内首次答复"), within + 1, limited + 1, asShare},
	ShareWithinAnswer:          {"within_answer", both("Answered in full within the limit", "在期限内完整答复"), within + 2, limited + 2, asShare},
	ShareGrossAcknowledgement:  {"gross_acknowledgement", both("Acknowledged within the limit, pauses and extensions not deducted", "在期限内确认（不扣除中止和延期）"), grossWithin, grossLimited, asShare},
	ShareGrossFirstAnswer:      {"gross_first_answer", both("First answer within the limit, pauses and extensions not deducted", "在期限内首次答复（不扣除中止和延期）"), grossWithin + 1, grossLimited + 1, asShare},
	ShareGrossAnswer:           {"gross_answer", both("Answered in full within the limit, pauses and extensions not deducted", "在期限内完整答复（不扣除中止和延期）"), grossWithin + 2, grossLimited + 2, asShare},
	ShareRightFirstTime:        {"right_first_time", both("Right first time (no question was needed)", "一次合格（无需补充说明）"), rightFirstTime, tried, asShare},
	ShareRounds:                {"rounds_per_request", both("Clarification rounds per settled request", "每件办结请求的补充说明次数"), rounds, Settled, asRate},
	shareOutcomes:              {"executed", both("Executed", "全部执行"), outcome, Settled, asShare},
	shareOutcomes + 1:          {"partial", both("Executed in part", "部分执行"), outcome + 1, Settled, asShare},
	shareOutcomes + 2:          {"impossible", both("Impossible to execute", "无法执行"), outcome + 2, Settled, asShare},
	shareOutcomes + 3:          {"refused", both("Refused", "拒绝"), outcome + 3, Settled, asShare},
	shareOutcomes + 4:          {"withdrawn", both("Withdrawn", "撤回"), outcome + 4, Settled, asShare},
	ShareUnread:                {"unread", both("Settled without a result that can be read", "已办结但无可读取的结果"), outcome + 5, Settled, asShare},
	ShareConverted:             {"converted", both("Holds followed by a request for the data", "保全后提出调取请求"), holdsConverted, holdsEnded, asShare},
	ShareHoldsLapsed:           {"holds_lapsed", both("Holds that lapsed", "保全期满失效"), holdsLapsed, holdsEnded, asShare},
	shareParts:                 {"delivery", both("Of all the time: delivery", "总用时构成：传送"), msPart, msTotal, asPart},
	shareParts + 1:             {"acknowledgement", both("Of all the time: waiting for acknowledgement", "总用时构成：等待确认"), msPart + 1, msTotal, asPart},
	shareParts + 2:             {"work", both("Of all the time: work", "总用时构成：办理"), msPart + 2, msTotal, asPart},
	shareParts + 3:             {"paused", both("Of all the time: paused for a question", "总用时构成：因补充说明而中止"), msPart + 3, msTotal, asPart},
	shareParts + 4:             {"extension", both("Of all the time: beyond the limit, by extension", "总用时构成：延期（超出原期限）"), msPart + 4, msTotal, asPart},
}

// The numbers of Figures.Times. Gross and net of a clock stand together.
const (
	Delivery = iota
	AcknowledgementGross
	AcknowledgementNet
	FirstAnswerGross
	FirstAnswerNet
	AnswerGross
	AnswerNet
	SinceDispatch
	Margin
	nTimes
)

var times = [nTimes]struct {
	name string
	comity.Text
}{
	Delivery:             {"delivery", both("Delivery gap, from sending to receipt", "传送间隔（发出至签收）")},
	AcknowledgementGross: {"acknowledgement_gross", both("Time to acknowledgement, gross", "确认用时（总）")},
	AcknowledgementNet:   {"acknowledgement_net", both("Time to acknowledgement, net of pauses", "确认用时（净，扣除中止）")},
	FirstAnswerGross:     {"first_answer_gross", both("Time to first substantive answer, gross", "首次实质答复用时（总）")},
	FirstAnswerNet:       {"first_answer_net", both("Time to first substantive answer, net of pauses", "首次实质答复用时（净，扣除中止）")},
	AnswerGross:          {"answer_gross", both("Time to full answer, gross", "完整答复用时（总）")},
	AnswerNet:            {"answer_net", both("Time to full answer, net of pauses", "完整答复用时（净，扣除中止）")},
	SinceDispatch:        {"since_dispatch", both("Time from sending to full answer", "自发出至完整答复的用时")},
	Margin:               {"margin", both("Margin of the hold at conversion", "提出调取请求时保全剩余期限")},
}

// facts are the questions of Feedback, and their answers.
var (
	facts = [4]comity.Text{
		both("Answer complete", "答复完整"),
		both("Form usable", "形式可用"),
		both("In time for its purpose", "及时满足用途"),
		both("Used", "已使用"),
	}
	said = [4]struct {
		name string
		comity.Text
	}{
		{"yes", both("yes", "是")},
		{"partly", both("partly", "部分")},
		{"no", both("no", "否")},
		{"unknown", both("unknown", "不详")},
	}
)

// dimensions are the groupings of a report, in the order of its breakdown.
var dimensions = []struct {
	By
	comity.Text
}{
	{ByType, both("By type", "按请求类型")},
	{ByPriority, both("By priority", "按优先级")},
	{ByCategory, both("By category of crime", "按犯罪类别")},
	{ByAgency, both("By agency of the asked side", "按被请求方机关")},
	{ByAskerAgency, both("By agency of the asking side", "按请求方机关")},
}
