// Package policy decides, for one party, who may approve what and who may see
// what: approvals, clearances, markings and restricted matters.
//
// The policy is a text in Cedar that a lawyer can read; default.cedar is the one
// that a party begins with, and schema.cedarschema is the list of words that it
// may use. Things happen in this order:
//
//	read     the party's text once, at the door ([Parse], or [Default])
//	warn     of what a text of its own lets through that the default never does ([Set.Lint])
//	ask      before each act of an officer ([Set.Allow])
//	explain  to the officer which rules decided, and who can act ([Set.Explain])
//
// What no rule permits is denied, and one forbid outweighs every permit. Cedar
// itself skips a forbid that it cannot evaluate, which would open a door: here
// any error of evaluation denies.
//
// A policy is national. Nothing of it crosses a border, and it can only narrow
// what the protocol and the roster let through.
package policy

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"comity"

	"github.com/cedar-policy/cedar-go"
)

// A Decision is what a policy says of a request, and why.
type Decision struct {
	Request Request
	Allowed bool

	// Hidden says that the matter's very existence is secret from this seat.
	// Whoever answers it says "not found", byte for byte as if that were so.
	Hidden bool

	// Rules are those that decided, in the order of the text. If none did, they
	// are those that would permit the action to somebody else.
	Rules   []Rule
	Decided bool // a rule of Rules did decide

	// Faults say why the request could not be evaluated.
	Faults []comity.Text
}

// Denied is the error of a denial. It is comity.Forbidden.
type Denied struct{ Decision }

func (d *Denied) Error() string { return d.Says().EN }

func (d *Denied) Unwrap() error { return comity.Forbidden }

// Hidden reports whether err is a denial that its seat must not learn of: answer
// exactly as if the matter did not exist.
func Hidden(err error) bool {
	d, ok := errors.AsType[*Denied](err)
	return ok && d.Hidden
}

// Allow returns nil if the policy permits r, or a *[Denied]. Its text names the
// rules, and says who can act.
func (s *Set) Allow(r Request) error {
	if d := s.Explain(r); !d.Allowed {
		return &Denied{d}
	}
	return nil
}

// Explain returns what the policy says of r, and which rules decided.
func (s *Set) Explain(r Request) Decision {
	d := Decision{Request: r}
	deny := func() Decision {
		d.Hidden = r.Matter.Restricted && !slices.Contains(r.Matter.Admitted, r.Seat.ID)
		return d
	}
	e, fault := s.entities(r)
	if fault != (comity.Text{}) {
		d.Faults = []comity.Text{fault}
		return deny()
	}
	verdict, why := cedar.Authorize(headed{s.rules, e.action}, e, cedar.Request{
		Principal: e.seat.UID, Action: e.action, Resource: e.matter.UID, Context: e.context,
	})
	for _, f := range why.Errors {
		at := fmt.Sprintf("%q (%s:%d)", f.PolicyID, s.name, f.Position.Line)
		d.Faults = append(d.Faults, t(
			"rule "+at+" cannot be evaluated: "+clean(f.Message)+"; whoever keeps the policy mends it",
			"规则"+at+"无法求值："+clean(f.Message)+"；请由政策维护人员修正",
		))
	}
	if len(d.Faults) > 0 {
		return deny()
	}
	d.Decided = len(why.Reasons) > 0
	for _, r := range s.rules {
		by := slices.ContainsFunc(why.Reasons, func(x cedar.DiagnosticReason) bool { return string(x.PolicyID) == r.ID })
		if by || !d.Decided && r.Permits && r.covers(e.action) {
			d.Rules = append(d.Rules, r.Rule)
		}
	}
	if verdict != cedar.Allow {
		return deny()
	}
	d.Allowed = true
	return d
}

// Says puts the decision into words, for an officer.
func (d Decision) Says() comity.Text {
	var en, zh []string
	add := func(t comity.Text) { en, zh = append(en, t.EN), append(zh, t.ZH) }
	join := func(e, z string) comity.Text {
		return t(strings.TrimSpace(e+strings.Join(en, " ")), z+strings.Join(zh, ""))
	}
	seat, action := comity.Clip(string(d.Request.Seat.ID)), comity.Clip(string(d.Request.Action))
	for _, r := range d.Rules {
		switch {
		case !d.Decided || d.Allowed:
			add(r.Says)
		default:
			add(t(r.Says.EN+" ["+r.ID+"] "+r.Who.EN, r.Says.ZH+"〔"+r.ID+"〕"+r.Who.ZH))
		}
	}
	switch {
	case len(d.Faults) > 0:
		for _, f := range d.Faults {
			add(f)
		}
		return join("denied, because the policy could not be evaluated: ", "政策无法求值，因此拒绝：")
	case d.Allowed:
		return join(fmt.Sprintf("seat %s may %s: ", seat, action), fmt.Sprintf("席位 %s 可以执行 %s：", seat, action))
	case d.Decided:
		return join(fmt.Sprintf("seat %s may not %s: ", seat, action), fmt.Sprintf("席位 %s 不得执行 %s：", seat, action))
	}
	return join(fmt.Sprintf("no rule lets seat %s %s. ", seat, action), fmt.Sprintf("没有规则准许席位 %s 执行 %s。", seat, action))
}

// headed are the rules whose heads name an action, in the order of the text, so
// that the same request is always explained the same way. Cedar would compare
// the action with every head itself, which took a quarter of a decision.
type headed struct {
	rules  []rule
	action cedar.EntityUID
}

// All is what Cedar asks of a set of policies.
func (h headed) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, r := range h.rules {
			if r.covers(h.action) && !yield(cedar.PolicyID(r.ID), r.policy) {
				return
			}
		}
	}
}
