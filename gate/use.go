package gate

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/docket"
	"comity/request"
	"comity/thread"
)

// A Use is what somebody wants to do with what the other side gave.
type Use struct {
	Me        comity.Party
	Items     []string // of the request; all if empty
	For       string   // see Purposes
	Abroad    bool     // it would go to another country
	Consent   string   // the reference of the other side's consent to this very use: it lifts conditions, class and marking
	Informed  string   // the reference by which the other side was told beforehand
	Confirmed bool     // an officer has read what no machine can (H3, a condition "other") and says that it is met
}

// A Purpose is a kind of use, and what may stand against it.
type Purpose struct {
	For    string
	Says   comity.Text
	Class  string   // an item needs at least this use class
	Stops  []string // kinds of condition that forbid it
	TLP    string   // the strictest marking under which it is free
	Codes  []string // handling codes that forbid it
	Whole  bool     // it takes the matter whole, without what is sealed or erased
	Leaves bool     // it leaves the authorities that work on it: conditions in words must be confirmed, and the other side informed if it wants to be
	Cite   string
}

const (
	tlp     = "FIRST TLP 2.0 [practice, verified as quoted in the MISP taxonomy]; "
	europol = "Europol handling codes [practice, verified as quoted]; "
	art28   = "Budapest Convention, art. 28(2) [treaty, verified, borrowed]"
)

// Purposes returns the table of uses. What a condition's kind forbids is a
// proposal of ours; the kinds are those of package request, and two of
// leads: lead_only, and confidential, which stops whatever leaves.
func Purposes() []Purpose { return slices.Clone(purposes) }

var purposes = []Purpose{
	{For: "lead", Says: t("as a lead", "作为线索"), Class: "lead_only", TLP: "RED", Cite: art28},
	{For: "investigation", Says: t("in the investigation", "用于侦查"), Class: "investigation", TLP: "RED", Cite: art28},
	{For: "evidence", Says: t("as evidence", "作为证据"), Class: "evidence", Stops: []string{"not_in_court"}, TLP: "RED", Codes: []string{"H1"}, Cite: europol + art28},
	{For: "civil", Says: t("in civil proceedings", "用于民事诉讼"), Class: "evidence", Stops: []string{"not_in_civil", "not_in_court", "purpose_only"}, TLP: "AMBER", Codes: []string{"H0", "H1", "H2"}, Leaves: true, Cite: europol + art28},
	{For: "administrative", Says: t("in administrative proceedings", "用于行政程序"), Class: "investigation", Stops: []string{"purpose_only"}, TLP: "AMBER", Codes: []string{"H0", "H2"}, Leaves: true, Cite: europol + art28},
	{For: "onward", Says: t("onward to another authority", "转交其他机关"), Class: "lead_only", Stops: []string{"no_onward"}, TLP: "AMBER", Codes: []string{"H2"}, Leaves: true, Cite: tlp + europol + art28},
	{For: "company", Says: t("to a company", "提供给企业"), Class: "investigation", Stops: []string{"no_company", "no_onward", "purpose_only"}, TLP: "GREEN", Codes: []string{"H2"}, Leaves: true, Cite: tlp + europol},
	{For: "publication", Says: t("to the public", "公开发布"), Class: "investigation", Stops: []string{"no_publication", "no_onward", "no_company", "purpose_only"}, TLP: "CLEAR", Codes: []string{"H1", "H2"}, Leaves: true, Cite: tlp + europol},
	{For: "court", Says: t("to a court", "提交法院"), Class: "evidence", Stops: []string{"not_in_court"}, TLP: "AMBER", Codes: []string{"H1", "H2"}, Leaves: true, Cite: tlp + europol},
	{For: "defence", Says: t("to the defence", "提供给辩护方"), Class: "evidence", Stops: []string{"not_in_court"}, TLP: "AMBER", Codes: []string{"H1", "H2"}, Leaves: true, Cite: tlp + europol},
	{For: "parliament", Says: t("to parliament", "提供给立法机关"), Class: "lead_only", Stops: []string{"no_onward", "no_publication", "purpose_only"}, TLP: "AMBER", Codes: []string{"H2"}, Leaves: true, Cite: tlp + europol},
	{For: "data_subject", Says: t("to the person concerned", "提供给数据主体"), Class: "lead_only", Stops: []string{"no_onward"}, TLP: "AMBER", Codes: []string{"H2"}, Leaves: true, Cite: tlp + europol},
	{For: "archive", Says: t("to an archive", "移交档案机构"), Class: "lead_only", Stops: []string{"no_onward"}, TLP: "AMBER", Codes: []string{"H2"}, Leaves: true, Cite: tlp + europol},
	{For: "export", Says: t("in a copy that leaves the node", "导出副本"), Class: "lead_only", Stops: []string{"no_onward"}, TLP: "AMBER+STRICT", Codes: []string{"H2"}, Whole: true, Leaves: true, Cite: tlp + europol},
}

// secret are the purposes that tell others that a restricted matter exists.
var secret = []string{"company", "publication", "parliament", "data_subject", "archive"}

var (
	classes = []string{"lead_only", "investigation", "evidence"}
	tlps    = comity.TLPs[:]
	codes   = []string{"H0", "H1", "H2"} // H3 is in words
)

// MayUse says everything that stands against a use of what the other side gave
// in a request: results, if we asked; the request itself, if we were asked, and
// then its markings alone bind us. A lead is looked at as [Lead] draws it. Each fault is Forbidden, or Invalid where the
// use makes no sense.
func MayUse(v request.View, d docket.Docket, u Use, now time.Time) error {
	i := slices.IndexFunc(purposes, func(p Purpose) bool { return p.For == u.For })
	if i < 0 {
		var all []string
		for _, p := range purposes {
			all = append(all, p.For)
		}
		return comity.Fieldf("for", "%q is not one of %s", comity.Clip(u.For), strings.Join(all, ", "))
	}
	c := &user{Use: u, Purpose: purposes[i], v: v, d: d, now: now}
	c.Whole = c.Whole && len(u.Items) == 0
	if u.Me == v.Opener {
		c.items()
		c.conditions()
		if !c.Whole && len(c.results)+len(c.errs) == 0 {
			return comity.Fieldf("items", "the other side has given nothing yet that could be used")
		}
	}
	c.markings()
	if d.Restricts(v.Request) && slices.Contains(secret, u.For) && c.binding() {
		c.forbid("restricted", "the very existence of the matter is secret")
	}
	return errors.Join(c.errs...)
}

type user struct {
	Use
	Purpose
	v       request.View
	d       docket.Docket
	now     time.Time
	results []request.Item // that are used
	errs    []error
}

const permission = "ask the other side, and name its consent: --consent REFERENCE"

func (c *user) forbid(field, format string, args ...any) {
	err := comity.Errorf(comity.Forbidden, format, args...).(*comity.Error)
	err.Field = field
	c.errs = append(c.errs, err)
}

// binding reports whether the other side has not agreed to this very use.
func (c *user) binding() bool { return empty(c.Consent) }

// items finds the results that are used, and holds them to their use class.
func (c *user) items() {
	for _, id := range c.Use.Items {
		if !slices.ContainsFunc(c.v.Items, func(it request.Item) bool { return it.ID == id }) {
			c.errs = append(c.errs, comity.Fieldf("items", "the request has no item %q; comity show REF lists them", comity.Clip(id)))
		}
	}
	gone := map[comity.Hash]bool{}
	for _, r := range c.v.Timeline {
		gone[r.ID] = c.gone(r)
	}
	for _, it := range c.v.Items {
		named := slices.Contains(c.Use.Items, it.ID)
		if !named && (len(c.Use.Items) > 0 || it.By.IsZero()) || c.Whole && gone[it.By] {
			continue
		}
		at := "items." + it.ID
		if it.By.IsZero() {
			c.errs = append(c.errs, comity.Fieldf(at, "it has no result yet"))
			continue
		}
		c.results = append(c.results, it)
		class := cmp.Or(it.Use, classes[0])
		if c.binding() && slices.Index(classes, class) < slices.Index(classes, c.Class) {
			c.forbid(at, "it was given as %s, and %s takes %s: %s", class, c.Purpose.Says.EN, c.Class, permission)
		}
	}
}

// gone reports whether the contents of a statement are not here any more.
func (c *user) gone(r thread.Row) bool { return r.Sealed || r.Erased || c.d.Erased(r.ID) }

// conditions looks at those in force.
func (c *user) conditions() {
	for _, k := range c.v.Conditions {
		if !c.touches(k) {
			continue
		}
		field := "conditions." + comity.Clip(k.ID)
		switch {
		case k.Kind == "return" || k.Kind == "destroy":
			if !c.now.Before(k.By.Time) {
				c.forbid(field, "%s was due by %s: it may not be used any more; comity erase REF records that it is done", k.Kind, clock.UTC(k.By.Time))
			}
		case !c.binding():
		case slices.Contains(c.Stops, k.Kind), k.Kind == "lead_only" && c.Class != classes[0], k.Kind == "confidential" && c.Leaves:
			c.forbid(field, "%s forbids it %s: %s", k.Kind, c.Purpose.Says.EN, permission)
		case k.Kind == "inform_before_disclosure" && c.Leaves && empty(c.Informed):
			c.forbid(field, "the other side is to be told beforehand: tell it, and name where: --informed REFERENCE")
		case k.Kind == "other" && !c.Confirmed:
			c.forbid(field, "its words must be read (%q) and be found met: --confirm", comity.Clip(k.Text))
		}
	}
}

// touches reports whether a condition is about a result that is used.
func (c *user) touches(k request.Condition) bool {
	return slices.ContainsFunc(c.results, func(it request.Item) bool { return len(k.Items) == 0 || slices.Contains(k.Items, it.ID) })
}

// markings looks at the other side's statements that the use rests on: the
// answers that gave the items, or everything that it said.
func (c *user) markings() {
	gave := map[comity.Hash]bool{}
	for _, it := range c.results {
		gave[it.By] = true
	}
	for _, r := range c.v.Timeline {
		if r.From == c.Me || c.Whole && c.gone(r) || c.Me == c.v.Opener && !c.Whole && !gave[r.ID] {
			continue
		}
		c.marking(r)
	}
}

func (c *user) marking(r thread.Row) {
	field := "marking." + r.ID.Short()
	switch {
	case r.Sealed:
		c.forbid(field, "it reached the wrong desk and is sealed: nobody uses it")
		return
	case r.Erased || c.d.Erased(r.ID):
		c.forbid(field, "its contents have been erased")
		return
	case !c.binding():
		return
	}
	free := slices.Index(tlps, c.TLP)
	if c.Abroad { // AMBER is for an organisation and its clients: for a state, within it
		free = min(free, slices.Index(tlps, "GREEN"))
	}
	level := slices.Index(tlps, r.Marking.TLP)
	if level < 0 || level > free { // a marking that we do not know is the strictest
		c.forbid(field, "TLP:%s does not let it %s: %s", comity.Clip(r.Marking.TLP), c.Purpose.Says.EN, permission)
	}
	for _, h := range r.Marking.Handling {
		switch {
		case slices.Contains(c.Codes, h):
			c.forbid(field, "%s forbids it %s: %s", h, c.Purpose.Says.EN, permission)
		case !slices.Contains(codes, h) && c.Leaves && !c.Confirmed: // H3, and what we do not know
			c.forbid(field, "%s: the written restrictions must be read and be found met: --confirm", comity.Clip(h))
		}
	}
}

// A Duty is something to be returned or destroyed.
type Duty struct {
	Condition  request.Condition
	Statements []comity.Hash // the answers that hold it, and are not erased yet
	Overdue    bool
}

// Due returns what we must return or destroy of what we were given, the first
// first. What the docket says is erased is done.
func Due(v request.View, d docket.Docket, now time.Time) (list []Duty) {
	for _, k := range v.Conditions {
		if k.Kind != "return" && k.Kind != "destroy" {
			continue
		}
		duty := Duty{Condition: k, Overdue: !now.Before(k.By.Time)}
		add := func(id comity.Hash) {
			if !id.IsZero() && !d.Erased(id) && !slices.Contains(duty.Statements, id) {
				duty.Statements = append(duty.Statements, id)
			}
		}
		for _, r := range v.Timeline { // also answers that were corrected since
			if answer := r.Kind == "answer" || r.Kind == "answer.partial"; answer && len(k.Items) == 0 && r.From == v.Other && !r.Erased {
				add(r.ID)
			}
		}
		for _, it := range v.Items {
			if slices.Contains(k.Items, it.ID) {
				add(it.By)
			}
		}
		if len(duty.Statements) > 0 {
			list = append(list, duty)
		}
	}
	slices.SortStableFunc(list, func(a, b Duty) int { return a.Condition.By.Compare(b.Condition.By.Time) })
	return list
}
