package officer

import (
	"errors"
	"slices"

	"comity"
	"comity/casefile"
	"comity/gate"
	"comity/guide"
	"comity/pair"
	"comity/policy"
	"comity/request"
	"comity/seal"
	"comity/store"
)

// gate says why a draft may not leave: the pair is suspended, or a sheet of its
// matter is not filled in.
func (n *node) gate(tx *store.Tx, d store.Draft, release comity.Release, files []comity.File, seats []comity.Seat) ([]error, error) {
	if err := n.Suspended(tx, d); err != nil {
		return nil, err
	}
	if err := n.Cleared(d, seats); err != nil {
		return nil, err
	}
	m, what, err := n.Drafted(tx, d)
	if err != nil {
		return nil, err
	}
	if err := n.allow(tx, m, what, d, release, seats); err != nil {
		return nil, err
	}
	if m.Kind == casefile.OpensLead && len(files) > 0 && d.Kind != "lead.provide" {
		return nil, comity.Errorf(comity.Forbidden, "%s has files, and %s is a lead: its contents leave with lead.provide, when its conditions are accepted", d.ID, d.Matter)
	}
	return n.sheets(tx, d, len(files) > 0)
}

// settling are the kinds that settle something between the parties, and what a
// policy calls that.
var settling = map[comity.Kind]policy.Action{
	pair.OpensSuspension: policy.Suspend, "suspend.change": policy.Suspend, "suspend.lift": policy.Suspend,
	pair.OpensAdoption: policy.Adopt, "guide.counter": policy.Adopt, "guide.adopt": policy.Adopt,
}

// allow asks the party's own policy of each seat that has signed.
func (n *node) allow(tx *store.Tx, m store.Matter, what policy.Matter, d store.Draft, release comity.Release, seats []comity.Seat) error {
	mf, err := seal.DecodeManifest(d.Manifest)
	if err != nil {
		return err
	}
	what.Marking = mf.Marking // that is signed
	for _, s := range seats {
		if m.Restricted {
			if err := n.Sees(tx, d.Realm, d.Matter, s); err == nil { // also before there is a list
				what.Admitted = append(what.Admitted, s)
			} else if !errors.Is(err, comity.NotFound) {
				return err
			}
		}
		action := policy.Approve
		switch {
		case settling[d.Kind] != "":
			action = settling[d.Kind]
		case release.Class == comity.Sole:
			action = policy.ReleaseSole
		case s == d.Author || release.Class == comity.OneSeat:
			action = policy.Draft
		}
		if err := n.Allow(tx, action, s, what, d.Realm); err != nil {
			return err
		}
	}
	return nil
}

// gates are the kinds by which contents of ours leave.
var gates = []comity.Kind{request.OpensPreservation, request.OpensAssistance, request.OpensPrecheck, "precheck.revise", "supplement", "answer", "answer.partial", "lead.provide"}

// sheets holds a draft to the sheets of its matter: every source protected before
// contents leave, the request screened before it is decided.
func (n *node) sheets(tx *store.Tx, d store.Draft, files bool) (warnings []error, err error) {
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
	if files || slices.Contains(gates, d.Kind) {
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
