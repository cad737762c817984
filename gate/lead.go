package gate

import (
	"strconv"

	"comity/casefile"
	"comity/request"
	"comity/thread"
)

// Lead draws a lead as a request of the side that got it, with a result for each
// time that something was provided, so that MayUse holds both to the same rules.
// Nothing is provided before the conditions are accepted, and none is changed after.
func Lead(th *thread.Thread) request.View {
	v := request.View{View: th.View}
	v.Opener, v.Other = th.Other, th.Opener
	terms := func(list []casefile.Condition) {
		v.Conditions = nil
		for _, c := range list {
			v.Conditions = append(v.Conditions, request.Condition{ID: c.ID, Kind: c.Kind, Text: c.Text})
		}
	}
	for _, o := range th.Order {
		if !o.Applied() {
			continue
		}
		switch b := o.Said.(type) {
		case *casefile.Offer:
			terms(b.Conditions)
		case *casefile.Terms:
			terms(b.Conditions)
		case nil: // what was erased bound us all the same
			if o.Kind == casefile.OpensLead || o.Kind == "lead.amend" {
				terms([]casefile.Condition{{ID: "terms", Kind: "other", Text: "erased here: ask the other side"}})
			}
		}
		if o.Kind == "lead.provide" {
			it := request.Item{Result: request.Provided, By: o.ID}
			it.ID = strconv.Itoa(len(v.Items) + 1)
			if b, ok := o.Said.(*casefile.Content); ok {
				it.Use = b.Use
			}
			v.Items = append(v.Items, it)
		}
	}
	return v
}
