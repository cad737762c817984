package request

import (
	"fmt"
	"time"

	"comity"
	"comity/form"
	"comity/guide"
	"comity/matter"
	"comity/thread"
)

// OpensPrecheck is the kind that opens a draft for comment.
const OpensPrecheck comity.Kind = "precheck.open"

// Precheck is the procedure of a draft for comment: no request exists yet, no clock
// runs, names are masked. The formal request that grows from it names it, and is
// the one that counts as right first time, or not.
func Precheck() thread.Capability {
	const open, done = "open", "done"
	list := []thread.Kind{
		{Rule: thread.Move(OpensPrecheck, "", 90, thread.From(us, open, stateNew)),
			Says: t("shows a draft for comment; nothing is asked yet", "提交草稿征求意见；尚未正式提出请求"), Classes: thread.Dual, New: func() any { return new(Draft) }},
		{Rule: thread.Move("precheck.comment", "", 50, thread.Stay(matter.Either, open)),
			Says: t("comments on single fields of the draft", "对草稿的具体字段提出意见"), Classes: thread.Dual, New: func() any { return new(Comment) }},
		{Rule: thread.Move("precheck.revise", "", 60, thread.Stay(us, open)),
			Says: t("replaces the draft", "替换草稿"), Classes: thread.Dual, New: func() any { return new(Draft) }},
		{Rule: thread.Move("precheck.end", "", 10, thread.From(us, done, open)),
			Says: t("ends the draft, and names the request that it became, if it did", "结束草稿，并指明其转成的正式请求（如有）"), Classes: thread.Dual, New: func() any { return new(DraftEnd) }},
	}
	return thread.Capability{
		Name: "precheck", Says: t("a draft for comment", "征求意见的草稿"),
		States: []matter.State{
			{Name: stateNew, Owes: us, Says: t("nothing has been shown", "尚未提交")},
			{Name: open, Owes: them, Says: t("open for comment", "征求意见中")},
			{Name: done, Owes: matter.Nobody, Says: t("ended", "已结束")},
		},
		Kinds: append(list, thread.Common()...),
		Title: func(body any) thread.Title {
			d, ok := body.(*Draft)
			if !ok {
				return thread.Title{}
			}
			shown := title(&d.Request)
			shown.Type = "" // what has a type is counted among the requests
			return shown
		},
	}
}

// A Draft is a request that has not been made.
type Draft struct {
	Request  guide.Request `json:"request"`
	Expires  string        `json:"expires" max:"10" eg:"2026-12-22" says:"the day after which it is of no interest"`
	Unmasked bool          `json:"unmasked,omitempty" says:"personal data are shown; the rule is that they are masked"`
}

// Sense asks that personal data be masked, unless the author says otherwise.
func (d *Draft) Sense() (errs []error) {
	errs = guide.Twice("request.order.items", d.Request.Order.Items)
	if _, err := time.Parse(time.DateOnly, d.Expires); d.Expires != "" && err != nil {
		errs = append(errs, comity.Fieldf("expires", "%q is not a day such as %q", comity.Clip(d.Expires), "2026-12-22"))
	}
	if d.Unmasked {
		return errs
	}
	for i, p := range d.Request.Supporting.Persons {
		for _, m := range []struct{ name, value string }{{"name", p.Name}, {"latin", p.Latin}, {"born", p.Born}, {"document", p.Document}, {"whereabouts", p.Whereabouts}} {
			if m.value != "" && m.value != Masked {
				errs = append(errs, comity.Fieldf(fmt.Sprintf("request.supporting.persons[%d].%s", i, m.name), "personal data of a draft are masked: write %q, or set unmasked", Masked))
			}
		}
	}
	return errs
}

// Masked stands where personal data would.
const Masked = "***"

// Mask returns a request with the personal data of its persons masked.
func Mask(r guide.Request) guide.Request {
	persons := r.Supporting.Persons
	r.Supporting.Persons = nil
	for _, p := range persons {
		for _, s := range []*string{&p.Name, &p.Latin, &p.Born, &p.Document, &p.Whereabouts} {
			if *s != "" {
				*s = Masked
			}
		}
		r.Supporting.Persons = append(r.Supporting.Persons, p)
	}
	return r
}

// A Comment is on fields of a draft.
type Comment struct {
	Comments []Question `json:"comments,omitempty" need:"yes" max:"64"`
}

// A DraftEnd says what became of a draft.
type DraftEnd struct {
	Becomes string `json:"becomes,omitempty" max:"40" eg:"US-2026-000042"`
	Reason  string `json:"reason,omitempty" max:"1000"`
}

// FitsDraft says which comment is on no member of the draft.
func FitsDraft(draft *Draft, b *Comment) error {
	for i, c := range b.Comments {
		if wrong := form.Lacks(draft.Request, "the draft", c.Field); wrong != "" {
			return comity.Fieldf(fmt.Sprintf("comments[%d].field", i), "%s", wrong)
		}
	}
	return nil
}
