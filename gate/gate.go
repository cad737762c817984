// Package gate looks at a matter, and at its national file, before something
// happens:
//
//	MayLeave   is every source protected, before anything of ours crosses?
//	MayDecide  has the request been screened, before it is granted or refused?
//	MayUse     do conditions, use class and markings allow what we want to do?
//	MayErase   does a court want it kept, and has it arrived?
//
// A gate says which line or field stops it, and the command that mends it. The
// sheets and gates are proposals of ours, made from practice; see the cite of each
// row. The package does no I/O and reads no clock.
package gate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/docket"
	"comity/matter"
	"comity/request"
	"comity/thread"
)

// A verdict collects what a gate finds. In an emergency what merely is not known
// yet does not stop it: it is a warning, and must be mended afterwards.
type verdict struct {
	urgent         bool
	warnings, errs []error
}

func (v *verdict) warn(field, format string, args ...any) {
	v.warnings = append(v.warnings, comity.Fieldf(field, format, args...))
}

func (v *verdict) stop(field, format string, args ...any) {
	v.errs = append(v.errs, comity.Fieldf(field, format, args...))
}

// lacks stops it, save in an emergency.
func (v *verdict) lacks(field, format string, args ...any) {
	if v.urgent {
		v.warn(field, format, args...)
		return
	}
	v.stop(field, format, args...)
}

func (v *verdict) result() ([]error, error) { return v.warnings, errors.Join(v.errs...) }

// MayLeave says what of the sheet for the protection of sources is missing before
// a request, an answer or a lead of ours leaves. Urgent is that it is a P0, or a
// lead about life: then lines that nobody has answered only warn. What is known to
// be in danger stops it all the same, because one line mends it.
func MayLeave(d docket.Docket, urgent bool) (warnings []error, err error) {
	v := verdict{urgent: urgent}
	for _, l := range docket.ProtectionLines() {
		a, field := d.Protection.Of(l.ID), "protection."+l.ID
		switch {
		case a.Answer == "":
			v.lacks(field, "nobody has answered it (%s): comity protect REF %s yes|no", l.Asks.EN, l.ID)
		case a.Answer != "yes":
		case l.Note && empty(a.Note):
			v.stop(field, "it is yes; say how it is protected in what leaves: comity protect REF %s yes --note TEXT", l.ID)
		case l.Consent && empty(a.ConsentRef):
			v.stop(field, "it is yes; give the reference of the consent: comity protect REF %s yes --consent REFERENCE", l.ID)
		}
	}
	return v.result()
}

// decisions are the kinds by which the asked side decides.
var decisions = []comity.Kind{"accept", "answer", "answer.partial", "refuse", "postpone", "conditions.propose"}

// Decides reports whether the asked side decides by a kind, for which the screening
// sheet is needed.
func Decides(kind comity.Kind) bool { return slices.Contains(decisions, kind) }

// MayDecide says what of the screening sheet is missing before the asked side
// says kind with body, and what may not be granted as it stands. It says nothing
// of kinds that decide nothing. In an emergency (P0) a few lines are needed, and
// the rest only warns; but what is known to be political, or to lead to
// persecution or death, is never granted bare.
func MayDecide(d docket.Docket, kind comity.Kind, body any, v request.View) (warnings []error, err error) {
	if !Decides(kind) {
		return nil, nil
	}
	w := verdict{urgent: v.Priority == "P0"}
	_, consulted := body.(*request.Refuse) // a refusal says itself whether the sides spoke
	consulted = consulted || slices.ContainsFunc(v.Timeline, func(r thread.Row) bool { return r.Kind == "consult" && r.Effect == matter.Fact })
	for _, c := range d.Calls {
		if c.Is.PeerEntry == "differs" {
			w.stop("call."+c.Is.ID, "the two sides' sheets of it differ: read it back, note it as it was, and compare again: comity calls MATTER --id %s --with FILE", c.Is.ID)
		}
	}
	granted := grants(kind, body, v)
	for _, l := range docket.ScreeningLines() {
		a, field := d.Screening.Of(l.ID), "screening."+l.ID
		switch a.Answer {
		case "":
			fault := w.lacks
			if l.Urgent {
				fault = w.stop
			}
			fault(field, "nobody has answered it (%s): comity screen REF %s yes|no|unknown", l.Asks.EN, l.ID)
		case "unknown":
			switch {
			case l.Consult && !consulted:
				w.lacks(field, "it is unknown, and no consultation is on the record: comity consult REF --state asked --about refusal, or comity screen REF %s yes|no", l.ID)
			case !l.Consult && empty(a.Note):
				w.lacks(field, "it is unknown; say how it will be found out: comity screen REF %s unknown --note TEXT", l.ID)
			}
		case "yes":
			if l.Note && empty(a.Note) {
				w.lacks(field, "it is yes; say what was done about it: comity screen REF %s yes --note TEXT", l.ID)
			}
			if l.Restrict && !d.Restricts(v.Request) {
				w.warn(field, "it is yes, and every seat may see the matter: comity restrict REF --add SEAT")
			}
			for _, g := range granted {
				if len(l.Conditions) == 0 || !a.About(g.item) || g.hold && !l.HoldToo || covered(l, g.item, v) {
					continue
				}
				w.stop(field, "it is yes, and item %s would be granted without a condition in force (%s) or an assurance found sufficient (%s): refuse the item, or comity conditions.propose REF, or comity assurance.ask REF",
					comity.Clip(g.item), strings.Join(l.Conditions, ", "), strings.Join(l.Assurances, ", "))
			}
		}
	}
	return w.result()
}

// A grant is an item that would be granted: whether only a hold is.
type grant struct {
	item string
	hold bool
}

// grants returns what a decision grants. To accept is to promise everything that
// is not refused yet.
func grants(kind comity.Kind, body any, v request.View) (list []grant) {
	switch kind {
	case "accept":
		for _, it := range v.Items {
			if !slices.Contains(denials, it.Result) {
				list = append(list, grant{it.ID, v.Request != nil && v.Request.Type == "preserve"})
			}
		}
	case "answer", "answer.partial":
		b, ok := body.(*request.Answer)
		if !ok {
			return grants("accept", nil, v) // it is not known what: everything
		}
		for _, r := range b.Results {
			if !slices.Contains(denials, r.Result) {
				list = append(list, grant{r.Item, r.Result == request.Preserved})
			}
		}
	}
	return list
}

// denials are the results that give nothing.
var denials = []string{request.NoRecord, request.NotOurs, request.Gone, request.Impossible, request.Refused}

// covered reports whether an item is under a condition or an assurance of a line.
func covered(l docket.Line, item string, v request.View) bool {
	of := func(items []string) bool { return len(items) == 0 || slices.Contains(items, item) }
	return slices.ContainsFunc(v.Conditions, func(c request.Condition) bool { return slices.Contains(l.Conditions, c.Kind) && of(c.Items) }) ||
		slices.ContainsFunc(v.Assurances, func(a request.Assurance) bool {
			return a.By == v.Other && slices.Contains(l.Assurances, a.About) && of(a.Items) && a.Given != nil && a.Given.Given && a.Verdict == "sufficient"
		})
}

// MayErase says why the contents of statements are not erased: somebody wants the
// file kept at a time; they are gone already; or they are ours, me being our party,
// and the other side has not said that it has them: it would be sent an empty one.
func MayErase(d docket.Docket, me comity.Party, rows []thread.Row, now time.Time) error {
	if h, ok := d.HoldAt(now); ok {
		until := "until it is lifted"
		if h.Until != "" {
			until = "until " + h.Until
		}
		return &comity.Error{Kind: comity.Forbidden, Field: "legal_hold", Text: fmt.Sprintf("%s wants it kept, %s: nothing is erased; comity legal-hold REF --hold-by WHO --lifted ends a hold", comity.Clip(h.HoldBy), until)}
	}
	for _, r := range rows {
		if d.Erased(r.ID) {
			return comity.Errorf(comity.Conflict, "%s was erased already", r.ID.Short())
		}
		if r.From == me && r.Receipted.IsZero() {
			return comity.Errorf(comity.Conflict, "%s has not arrived at the other side yet, which would be sent nothing: erase it when comity show REF has its receipt", r.ID.Short())
		}
	}
	return nil
}

func empty(s string) bool { return strings.TrimSpace(s) == "" }

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }
