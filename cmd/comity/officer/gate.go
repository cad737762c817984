package officer

import (
	"errors"
	"slices"

	"comity"
	"comity/casefile"
	"comity/gate"
	"comity/guide"
	"comity/request"
	"comity/store"
)

// gate says why a draft may not leave: the pair is suspended, or a sheet of its
// matter is not filled in.
func (n *node) gate(tx *store.Tx, d store.Draft, _ comity.Release, _ []comity.File, _ []comity.Seat) ([]error, error) {
	if err := n.Suspended(tx, d); err != nil {
		return nil, err
	}
	return n.sheets(tx, d)
}

// gates are the kinds by which contents of ours leave.
var gates = []comity.Kind{request.OpensPreservation, request.OpensAssistance, request.OpensPrecheck, "precheck.revise", "supplement", "answer", "answer.partial", "lead.provide"}

// sheets holds a draft to the sheets of its matter: every source protected before
// contents leave, the request screened before it is decided.
func (n *node) sheets(tx *store.Tx, d store.Draft) (warnings []error, err error) {
	file, _, err := n.Docket(tx, d.Realm, d.Matter)
	if err != nil {
		return nil, err
	}
	body, err := n.Keeper.Kinds.Read(d.Kind, d.Body)
	if err != nil {
		return nil, err
	}
	v, err := n.ViewAll(tx, d.Realm, d.Matter)
	if err != nil && !errors.Is(err, comity.NotFound) {
		return nil, err
	}
	if slices.Contains(gates, d.Kind) {
		warnings, err = gate.MayLeave(file, urgent(body) || v.Priority == "P0")
		if err != nil {
			return warnings, err
		}
	}
	more, err := gate.MayDecide(file, d.Kind, body, v)
	return append(warnings, more...), err
}

func urgent(body any) bool {
	switch b := body.(type) {
	case *guide.Request:
		return b.Priority == "P0"
	case *casefile.Offer:
		return b.Urgent
	}
	return false
}
