package review

// A Text is one text in both languages.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

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
	Text
}{
	Received:                 {"received", Text{"Requests receipted", "已签收的请求"}},
	Prechecked:               {"prechecked", Text{"of these, after comments on a draft", "其中：曾先就草案征求意见"}},
	Emergencies:              {"emergencies", Text{"Emergency requests", "紧急请求"}},
	EmergenciesJustified:     {"emergencies_justified", Text{"Emergency requests settled, found justified by the asked side", "已办结的紧急请求中被请求方认定确属紧急"}},
	EmergenciesNotShown:      {"emergencies_not_shown", Text{"Emergency requests settled, not accepted as emergencies", "已办结的紧急请求中未被认定为紧急"}},
	EmergenciesPartlyRefused: {"emergencies_partly_refused", Text{"Emergency requests settled, refused in part", "已办结的紧急请求中被部分拒绝"}},
	StillOpen:                {"open", Text{"Open at the end of the period", "期末未办结"}},
	Overdue:                  {"overdue", Text{"of these, overdue", "其中：已逾期"}},
	Settled:                  {"settled", Text{"Settled in the period", "本期办结"}},
	Extended:                 {"extended", Text{"of these, with an extension", "其中：曾延长期限"}},
	Extensions:               {"extensions", Text{"Extensions", "延期次数"}},
	ContestedPauses:          {"contested_pauses", Text{"Contested pauses", "有异议的计时中止"}},
	ConditionsProposed:       {"conditions_proposed", Text{"Conditions proposed", "提出的附加条件"}},
	ConditionsAccepted:       {"conditions_accepted", Text{"Conditions accepted", "接受的附加条件"}},
	ConditionsDeclined:       {"conditions_declined", Text{"Conditions declined", "未接受的附加条件"}},
	HoldsReleased:            {"holds_released", Text{"Holds released", "已解除的保全"}},
	Disputed:                 {"disputed", Text{"Requests whose times are in dispute (in no time and no limit)", "时间有争议的请求（不计入用时及时限）"}},
	FeedbackGiven:            {"feedback", Text{"Requests with feedback", "有反馈的请求"}},
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
	Text
	n, of int // of Counts
	as    int
}{
	ShareDelivered:             {"delivered", Text{"Delivered within the limit", "在期限内送达"}, deliveredWithin, deliveryLimited, asShare},
	ShareWithinAcknowledgement: {"within_acknowledgement", Text{"Acknowledged within the limit", "在期限内确认"}, within, limited, asShare},
	ShareWithinFirstAnswer:     {"within_first_answer", Text{"First answer within the limit", "在期限内首次答复"}, within + 1, limited + 1, asShare},
	ShareWithinAnswer:          {"within_answer", Text{"Answered in full within the limit", "在期限内完整答复"}, within + 2, limited + 2, asShare},
	ShareGrossAcknowledgement:  {"gross_acknowledgement", Text{"Acknowledged within the limit, pauses and extensions not deducted", "在期限内确认（不扣除中止和延期）"}, grossWithin, grossLimited, asShare},
	ShareGrossFirstAnswer:      {"gross_first_answer", Text{"First answer within the limit, pauses and extensions not deducted", "在期限内首次答复（不扣除中止和延期）"}, grossWithin + 1, grossLimited + 1, asShare},
	ShareGrossAnswer:           {"gross_answer", Text{"Answered in full within the limit, pauses and extensions not deducted", "在期限内完整答复（不扣除中止和延期）"}, grossWithin + 2, grossLimited + 2, asShare},
	ShareRightFirstTime:        {"right_first_time", Text{"Right first time (no question was needed)", "一次合格（无需补充说明）"}, rightFirstTime, tried, asShare},
	ShareRounds:                {"rounds_per_request", Text{"Clarification rounds per settled request", "每件办结请求的补充说明次数"}, rounds, Settled, asRate},
	shareOutcomes:              {"executed", Text{"Executed", "全部执行"}, outcome, Settled, asShare},
	shareOutcomes + 1:          {"partial", Text{"Executed in part", "部分执行"}, outcome + 1, Settled, asShare},
	shareOutcomes + 2:          {"impossible", Text{"Impossible to execute", "无法执行"}, outcome + 2, Settled, asShare},
	shareOutcomes + 3:          {"refused", Text{"Refused", "拒绝"}, outcome + 3, Settled, asShare},
	shareOutcomes + 4:          {"withdrawn", Text{"Withdrawn", "撤回"}, outcome + 4, Settled, asShare},
	ShareUnread:                {"unread", Text{"Settled without a result that can be read", "已办结但无可读取的结果"}, outcome + 5, Settled, asShare},
	ShareConverted:             {"converted", Text{"Holds followed by a request for the data", "保全后提出调取请求"}, holdsConverted, holdsEnded, asShare},
	ShareHoldsLapsed:           {"holds_lapsed", Text{"Holds that lapsed", "保全期满失效"}, holdsLapsed, holdsEnded, asShare},
	shareParts:                 {"delivery", Text{"Of all the time: delivery", "总用时构成：传送"}, msPart, msTotal, asPart},
	shareParts + 1:             {"acknowledgement", Text{"Of all the time: waiting for acknowledgement", "总用时构成：等待确认"}, msPart + 1, msTotal, asPart},
	shareParts + 2:             {"work", Text{"Of all the time: work", "总用时构成：办理"}, msPart + 2, msTotal, asPart},
	shareParts + 3:             {"paused", Text{"Of all the time: paused for a question", "总用时构成：因补充说明而中止"}, msPart + 3, msTotal, asPart},
	shareParts + 4:             {"extension", Text{"Of all the time: beyond the limit, by extension", "总用时构成：延期（超出原期限）"}, msPart + 4, msTotal, asPart},
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
	Text
}{
	Delivery:             {"delivery", Text{"Delivery gap, from sending to receipt", "传送间隔（发出至签收）"}},
	AcknowledgementGross: {"acknowledgement_gross", Text{"Time to acknowledgement, gross", "确认用时（总）"}},
	AcknowledgementNet:   {"acknowledgement_net", Text{"Time to acknowledgement, net of pauses", "确认用时（净，扣除中止）"}},
	FirstAnswerGross:     {"first_answer_gross", Text{"Time to first substantive answer, gross", "首次实质答复用时（总）"}},
	FirstAnswerNet:       {"first_answer_net", Text{"Time to first substantive answer, net of pauses", "首次实质答复用时（净，扣除中止）"}},
	AnswerGross:          {"answer_gross", Text{"Time to full answer, gross", "完整答复用时（总）"}},
	AnswerNet:            {"answer_net", Text{"Time to full answer, net of pauses", "完整答复用时（净，扣除中止）"}},
	SinceDispatch:        {"since_dispatch", Text{"Time from sending to full answer", "自发出至完整答复的用时"}},
	Margin:               {"margin", Text{"Margin of the hold at conversion", "提出调取请求时保全剩余期限"}},
}

// facts are the questions of Feedback, and their answers.
var (
	facts = [4]Text{
		{"Answer complete", "答复完整"},
		{"Form usable", "形式可用"},
		{"In time for its purpose", "及时满足用途"},
		{"Used", "已使用"},
	}
	said = [4]struct {
		name string
		Text
	}{
		{"yes", Text{"yes", "是"}},
		{"partly", Text{"partly", "部分"}},
		{"no", Text{"no", "否"}},
		{"unknown", Text{"unknown", "不详"}},
	}
)

// dimensions are the groupings of a report, in the order of its breakdown.
var dimensions = []struct {
	By
	Text
}{
	{ByType, Text{"By type", "按请求类型"}},
	{ByPriority, Text{"By priority", "按优先级"}},
	{ByCategory, Text{"By category of crime", "按犯罪类别"}},
	{ByAgency, Text{"By agency of the asked side", "按被请求方机关"}},
	{ByAskerAgency, Text{"By agency of the asking side", "按请求方机关"}},
}
