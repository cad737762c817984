package casefile

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"comity"
	"comity/matter"
	"comity/thread"
)

// Report is the status report on cases of a period: each side drafts its lines,
// they are exchanged and compared, and both sign one text by its hash.
func Report() thread.Capability {
	const drafted, exchanged, ours, theirs, done = "drafted", "exchanged", "signed.opener", "signed.other", "signed"
	return capability("report", "a status report on cases", "案件进展报告",
		[]matter.State{
			state(fresh, us, "nothing has been drafted", "尚未起草"),
			state(drafted, them, "one side's lines are here", "一方已提交"),
			state(exchanged, nobody, "both sides' lines are here; either may amend or sign", "双方均已提交，可修改或签署"),
			state(ours, them, "the opener has signed", "发起方已签署"),
			state(theirs, us, "the other side has signed", "对方已签署"),
			state(done, nobody, "both sides have signed", "双方均已签署"),
		},
		func(body any) thread.Title {
			b, ok := body.(*Lines)
			if !ok {
				return thread.Title{}
			}
			return thread.Title{Text: "status report " + b.From + " to " + b.Until}
		},
		kind[Lines](thread.Move(OpensReport, "text", 90, thread.From(us, drafted, fresh)), thread.Dual, "drafts its lines of the status report", "提交本方案件进展"),
		kind[Lines](thread.Move("report.answer", "text", 80, thread.From(them, exchanged, drafted)), thread.Dual, "gives its own lines", "提交本方案件进展（回复）"),
		kind[Lines](thread.Move("report.amend", "text", 70, thread.Stay(us, drafted), thread.From(either, exchanged, exchanged, ours, theirs)), thread.Dual, "replaces its lines; a signature on the text before falls", "替换本方内容；此前签署失效"),
		// In the slot of the lines, so that no signature is on a text that its author
		// has not seen; of two that sign at once, one signs again.
		kind[Signature](thread.Move("report.sign", "text", 75, thread.From(us, ours, exchanged), thread.From(them, theirs, exchanged), thread.From(us, done, theirs), thread.From(them, done, ours)), thread.Dual, "signs the reconciled text by its hash", "按哈希值签署合并文本"),
	)
}

// Lines are one side's part of a status report.
type Lines struct {
	From  string `json:"from" max:"10" eg:"2026-07-01"`
	Until string `json:"until" max:"10" eg:"2026-12-31"`
	Lines []Line `json:"lines,omitempty" max:"256"`
}

// Sense asks for days, and for each case once.
func (b *Lines) Sense() (errs []error) {
	_, _, errs = days(b.From, b.Until)
	for i, l := range b.Lines {
		if _, err := comity.ParseRef(l.Case); err != nil || slices.ContainsFunc(b.Lines[:i], func(o Line) bool { return o.Case == l.Case }) {
			errs = append(errs, comity.Fieldf(fmt.Sprintf("lines[%d].case", i), "%q is not a reference such as %q, or stands there twice", comity.Clip(l.Case), "US-2026-000007"))
		}
	}
	return errs
}

// days holds a period to its form: whole days in UTC, the last one included.
func days(from, until string) (first, last time.Time, errs []error) {
	first, errA := time.Parse(time.DateOnly, from)
	last, errB := time.Parse(time.DateOnly, until)
	switch {
	case errA != nil:
		errs = append(errs, comity.Fieldf("from", "%q is not a day such as %q", comity.Clip(from), "2026-07-01"))
	case errB != nil:
		errs = append(errs, comity.Fieldf("until", "%q is not a day such as %q", comity.Clip(until), "2026-12-31"))
	case last.Before(first):
		errs = append(errs, comity.Fieldf("until", "%s is before %s", until, from))
	}
	return first, last, errs
}

// Period returns the times that whole days are: from the first, to before the other.
func Period(from, until string) (start, end time.Time, err error) {
	first, last, errs := days(from, until)
	if len(errs) > 0 {
		return start, end, errors.Join(errs...)
	}
	return first, last.AddDate(0, 0, 1), nil
}

// A Line is about one case.
type Line struct {
	Case  string `json:"case" max:"40" eg:"US-2026-000007"`
	State string `json:"state" one:"open|progress|waiting|stalled|result|closed"`
	EN    string `json:"en,omitempty" max:"400"`
	ZH    string `json:"zh,omitempty" max:"400"`
}

// A Signature is on the reconciled text.
type Signature struct {
	Hash comity.Hash `json:"hash" says:"the SHA-256 of the reconciled text: comity report show prints it"`
}

// Both returns each side's lines as they stand, and what each has signed since:
// one text only if the two hashes are the same, and that of the lines.
func Both(th *thread.Thread) (lines map[comity.Party]Lines, signed map[comity.Party]comity.Hash) {
	lines, signed = map[comity.Party]Lines{}, map[comity.Party]comity.Hash{}
	for _, o := range th.Order {
		if !o.Applied() {
			continue
		}
		switch b := o.Said.(type) {
		case *Lines:
			lines[o.From] = *b
			clear(signed)
		case *Signature:
			signed[o.From] = b.Hash
		}
	}
	return lines, signed
}

// Summary is one page for principals, cleared on the sending side, that the other
// side acknowledges.
func Summary() thread.Capability {
	const sent = "sent"
	return capability("summary", "a summary for principals", "负责人摘要",
		[]matter.State{
			state(fresh, us, "nothing has been sent", "尚未发送"),
			state(sent, matter.Nobody, "sent", "已发送"),
		},
		func(body any) thread.Title {
			b, ok := body.(*Page)
			if !ok {
				return thread.Title{}
			}
			return thread.Title{Text: "summary " + b.From + " to " + b.Until}
		},
		kind[Page](thread.Move(OpensSummary, "", 90, thread.From(us, sent, fresh)), thread.Dual, "sends a summary that was cleared", "发送经审签的摘要"),
		kind[Page](thread.Move("summary.correct", "", 50, thread.Stay(us, sent)), thread.Dual, "corrects it", "更正摘要"),
	)
}

// A Page is a summary: of each side's answers three numbers with their trend and
// cause, and what is overdue on both sides.
type Page struct {
	From    string      `json:"from" max:"10" eg:"2026-07-01"`
	Until   string      `json:"until" max:"10" eg:"2026-12-31"`
	Digest  comity.Hash `json:"digest" says:"of the joint figures that it rests on: both sides compute the same"`
	Numbers []Number    `json:"numbers,omitempty" need:"yes" max:"6"`
	Overdue []Overdue   `json:"overdue,omitempty" max:"2"`
	EN      string      `json:"en,omitempty" max:"120" says:"a word of who clears it; all of it is one page"`
	ZH      string      `json:"zh,omitempty" max:"60"`
	Cleared comity.Seat `json:"cleared" max:"40" eg:"us-head-01" says:"the seat that cleared it"`
}

// Sense asks for days.
func (b *Page) Sense() []error {
	_, _, errs := days(b.From, b.Until)
	return errs
}

// A Number is one of the three, of what one party was asked.
type Number struct {
	Asked   string `json:"asked" max:"16" eg:"cn" says:"the party whose answers it is about"`
	EN      string `json:"en" max:"45"`
	ZH      string `json:"zh" max:"20"`
	Value   string `json:"value" max:"24"`
	Before  string `json:"before,omitempty" max:"24" says:"in the period before"`
	Trend   string `json:"trend" one:"up|down|same|unknown"`
	Cause   string `json:"cause,omitempty" max:"96"`
	CauseZH string `json:"cause_zh,omitempty" max:"46"`
}

// Overdue is what one side has left open.
type Overdue struct {
	Party string `json:"party" max:"16" eg:"us"`
	Count int    `json:"count,omitempty"`
	Since string `json:"since,omitempty" max:"10" eg:"2026-11-02"`
}
