package policy

import (
	"cmp"
	"fmt"

	"comity"

	"github.com/cedar-policy/cedar-go"
)

// entities is a request in Cedar's terms.
type entities struct {
	seat, matter cedar.Entity
	action       cedar.EntityUID
	context      cedar.Record
}

// Get is what Cedar asks of a store of entities.
func (e *entities) Get(id cedar.EntityUID) (cedar.Entity, bool) {
	switch id {
	case e.seat.UID:
		return e.seat, true
	case e.matter.UID:
		return e.matter, true
	}
	return cedar.Entity{}, false
}

// entities returns r in Cedar's terms, or what is wrong with it. A word that the
// schema does not have is a fault: a rule about it would silently not apply.
// Types and categories grow with the guideline packs, so one that is not known
// is "other", which the default policy treats as the strictest.
func (s *Set) entities(r Request) (*entities, comity.Text) {
	var fault comity.Text
	word := func(typ cedar.EntityType, w, empty string) cedar.EntityUID {
		id := cedar.NewEntityUID(typ, cedar.String(cmp.Or(w, empty)))
		if s.words[id] {
			return id
		}
		if typ == "Type" || typ == "Category" {
			return cedar.NewEntityUID(typ, "other")
		}
		fault = t(
			fmt.Sprintf("%q is no %s of the policy's schema; the program or the roster names another", comity.Clip(w), typ),
			fmt.Sprintf("“%s”不是政策词汇表中的 %s；请核对程序或席位名册", comity.Clip(w), typ),
		)
		return id
	}
	m, a := r.Matter, cedar.NewEntityUID("Action", cedar.String(r.Action))
	if !s.actions[a] {
		return nil, t(fmt.Sprintf("%q is no action of the policy's schema", comity.Clip(string(r.Action))),
			fmt.Sprintf("“%s”不是政策词汇表中的行为", comity.Clip(string(r.Action))))
	}
	needs := func(ok bool, en, zh string) {
		if !ok && fault == (comity.Text{}) {
			fault = t("the request does not name "+en, "请求未写明"+zh)
		}
	}
	needs(r.Seat.ID != "" && r.Seat.Agency != "", "the seat and its agency", "席位及其机构")
	needs(r.Realm != "", "the realm", "所处环境（实际或演练）")
	needs(r.Action.bare() || m.Marking.TLP != "" && m.Marking.TLP != "none", "the TLP marking of what it is about", "相关材料的 TLP 标注")
	needs(r.Action != Disclose || r.To != "" && r.To != "own", "to whom it discloses", "披露对象")

	roles := make([]cedar.Value, len(r.Seat.Roles))
	for i, role := range r.Seat.Roles {
		roles[i] = word("Role", role, "")
	}
	handling := make([]cedar.Value, len(m.Marking.Handling))
	for i, h := range m.Marking.Handling {
		handling[i] = word("Handling", h, "")
	}
	suspended := make([]cedar.Value, len(m.Suspended))
	for i, t := range m.Suspended {
		suspended[i] = word("Type", t, "none")
	}
	e := &entities{action: a,
		seat: cedar.Entity{UID: id("Seat", r.Seat.ID), Attributes: cedar.NewRecord(cedar.RecordMap{
			"agency": id("Agency", r.Seat.Agency),
			"roles":  cedar.NewSet(roles...),
			"level":  word("Level", r.Seat.Level, "open"),
		})},
		matter: cedar.Entity{UID: id("Matter", m.ID), Attributes: cedar.NewRecord(cedar.RecordMap{
			"kind":       cedar.String(m.Kind),
			"type":       word("Type", m.Type, "none"),
			"category":   word("Category", m.Category, "none"),
			"priority":   word("Priority", m.Priority, "none"),
			"tlp":        word("TLP", m.Marking.TLP, "none"),
			"handling":   cedar.NewSet(handling...),
			"restricted": cedar.Boolean(m.Restricted),
			"admitted":   cedar.NewSet(ids("Seat", m.Admitted)...),
			"agencies":   cedar.NewSet(ids("Agency", m.Agencies)...),
			"author":     id("Seat", m.Author),
			"opener":     cedar.String(m.Opener),
			"ours":       cedar.Boolean(m.Ours),
			"suspended":  cedar.NewSet(suspended...),
		})},
		context: cedar.NewRecord(cedar.RecordMap{
			"to":         word("Recipient", r.To, "own"),
			"consent":    cedar.Boolean(r.Consent),
			"conditions": cedar.Boolean(r.Conditions),
			"exercise":   cedar.Boolean(r.Realm != comity.Live),
		}),
	}
	return e, fault
}

func id[S ~string](typ cedar.EntityType, s S) cedar.EntityUID {
	return cedar.NewEntityUID(typ, cedar.String(s))
}

func ids[S ~string](typ cedar.EntityType, names []S) []cedar.Value {
	vs := make([]cedar.Value, 0, len(names))
	for _, s := range names {
		vs = append(vs, id(typ, s))
	}
	return vs
}
