package folio

import (
	"comity/guide"
	"comity/review"
	"comity/say"
)

// labels are the words of values that are no guideline's.
var labels = map[string]func(say.Words) string{
	"arrest": say.Words.OutcomeArrest, "charge": say.Words.OutcomeCharge, "conviction": say.Words.OutcomeConviction, "acquittal": say.Words.OutcomeAcquittal,
	"victim_safeguarded": say.Words.OutcomeVictim, "money_returned": say.Words.OutcomeMoney, "infrastructure_down": say.Words.OutcomeDown, "none": say.Words.OutcomeNone,
	"email": say.Words.ChannelEmail, "phone": say.Words.ChannelPhone, "fax": say.Words.ChannelFax, "pouch": say.Words.ChannelPouch,
	"interpol": say.Words.ChannelInterpol, "other_network": say.Words.ChannelOther,
	"t-cy-11": say.Words.FormTcyeleven, "t-cy-10": say.Words.FormTcyten, "letter": say.Words.FormLetter,
	"basis": say.Words.UseBasis, "benchmark": say.Words.UseBenchmark, "provider": say.Words.UseProvider,
	guide.Receipted: say.Words.LimitReceipted, guide.Acknowledged: say.Words.LimitAcknowledged, guide.Decided: say.Words.LimitDecided, guide.Served: say.Words.LimitServed,
	guide.Returned: say.Words.LimitReturned, guide.Answered: say.Words.LimitAnswered, guide.Clarified: say.Words.LimitClarified, guide.Status: say.Words.LimitStatus,
	"confirmed": say.Words.LimitConfirmed, guide.Countersigned: say.Words.LimitCountersigned, guide.Question: say.Words.PauseQuestion,
}

func (f Frame) label(id string) string {
	if say, ok := labels[id]; ok {
		return say(f.W)
	}
	return id
}

func (f Frame) caseState(s string) string { return f.W.Of(review.Status(s).Label()) }
