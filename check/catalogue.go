package check

import "comity/guide"

// The checks of a draft's text, by the numbers of our catalogue. Those that only
// ask for a member (C05, C30, C31) are rows of the packs; C32, whether a request
// is political, is for the asked side's own screening; C08, C27 and C34 look at
// the past: see History.
var texts = []check{
	{id: "C01", find: authority},
	{id: "C02", find: sender},
	{id: "C03", find: recipient},
	{id: "C04", find: basis},
	{id: "C06", find: facts},
	{id: "C07", find: relations},
	{id: "C09", find: followUp},
	{id: "C10", find: earlier},
	{id: "C11", find: zones},
	{id: "C12", find: seconds},
	{id: "C13", find: periods},
	{id: "C14", find: realms},
	{id: "C15", find: ports},
	{id: "C16", find: clocks},
	{id: "C17", find: forms},
	{id: "C18", find: displayNames},
	{id: "C19", find: where},
	{id: "C20", find: categories},
	{id: "C21", find: sweeps},
	{id: "C22", find: stale},
	{id: "C23", find: preserveFirst},
	{id: "C24", find: instrument},
	{id: "C25", find: wanted},
	{id: "C26", find: emergencies},
	{id: "C28", find: translation},
	{id: "C29", find: secrecy},
	{id: "C33", find: persons},
	{id: "C35", find: small},
	{id: "C36", find: certificate},
	{id: "C37", find: service},
	{id: "C38", find: oral},
	{id: "C39", find: files},
	{id: "C40", find: fourEyes},
	{id: "C41", find: hops, row: guide.CheckRow{ID: "C41", Severity: guide.Block, Origin: guide.Origin{Cite: "none: arithmetic", Source: guide.Proposal}}},
	{id: "C42", find: bankFirst, row: guide.CheckRow{ID: "C42", Severity: guide.Advise, Origin: guide.Origin{Cite: "none: ours, after the recall procedures between banks and between financial intelligence units", Source: guide.Proposal}}},
}

var histories = []check{
	{id: "C08", find: boilerplate},
	{id: "C27", find: alarms},
	{id: "C34", find: duplicates},
}

// ownDo says what to do about a check that no pack's texts have.
func ownDo(id string) guide.Text {
	switch id {
	case "C41":
		return guide.Text{EN: "Number the hops from 1 in the order of time, and let no account pass on more than reached it; the first payments add up to the loss.", ZH: "按时间顺序从 1 起编号；任何账户转出的金额不得超过其收到的金额；首笔付款之和应等于损失金额。"}
	case "C42":
		return guide.Text{EN: "Ask the bank for a recall, and the financial intelligence unit for a hold, before or beside this request: they are faster.", ZH: "请在提出本请求之前或同时，通过银行办理资金追回，并请金融情报机构协助止付：这些渠道更快。"}
	}
	return guide.Text{EN: "See the guidelines.", ZH: "请参阅指引。"}
}
