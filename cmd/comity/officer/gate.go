package officer

import (
	"errors"
	"slices"
	"strings"

	"comity"
	"comity/casefile"
	"comity/desk"
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

// contents reports whether contents of ours leave by a kind, and sources are to be
// protected first.
func contents(kind comity.Kind, files bool) bool { return files || slices.Contains(gates, kind) }

// A faced draft is shown with the gates that it meets on its way out.
type faced struct {
	desk.Draft
	Protection bool     `json:"protection"`      // the sheet that protects sources is asked for
	Screening  bool     `json:"screening"`       // and that by which a request is screened
	Lacks      []string `json:"lacks,omitempty"` // why it may not leave yet, however many sign
}

// faced says what stands before a draft. What it lacks, release will find again.
func (n *node) faced(a *app, d desk.Draft) (faced, error) {
	x := faced{Draft: d}
	if d.Status == desk.Released || d.Status == desk.Dropped {
		return x, nil
	}
	files := len(d.Files) > 0
	x.Protection, x.Screening = contents(d.Kind, files), gate.Decides(d.Kind)
	return x, n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		_, owed := n.sheets(tx, row(d), files)
		for _, err := range []error{n.Suspended(tx, row(d)), owed} {
			var said *comity.Error
			switch {
			case err == nil:
			case errors.As(err, &said):
				x.Lacks = append(x.Lacks, strings.Split(err.Error(), "\n")...)
			default:
				return err
			}
		}
		return nil
	})
}

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
	var unprotected error
	if contents(d.Kind, files) {
		warnings, unprotected = gate.MayLeave(file, urgent(body) || v.Priority == "P0")
	}
	more, unscreened := gate.MayDecide(file, d.Kind, body, v)
	return append(warnings, more...), errors.Join(unprotected, unscreened)
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
