package guide

import (
	"fmt"
	"strings"
	"time"

	"comity"
)

// Rules returns the guidelines for a preservation request. IDs C01 to C40 are
// those of our own catalogue of checks; B29 rows are the fields that article
// 29(2) of the Budapest Convention asks for and no check of ours covers.
func Rules() []Rule {
	article := func(n string) Origin { return Origin{"Budapest Convention, art. " + n, Treaty, true, true} }
	practice := func(cite string, verified bool) Origin { return Origin{cite, Practice, verified, true} }
	own := Origin{"none: ours", Proposal, false, false}
	protocol8 := Origin{"Second Additional Protocol (CETS 224), art. 8", Treaty, false, true}
	wrongID := practice("SIRIUS EU Digital Evidence Situation Report, reasons for refusal: wrong identifiers", false)
	return []Rule{
		{"C01", true, "Name the agency and seat that seek the preservation.", "authority", article("29(2)(a)"), authority},
		{"C04", true, "Choose a basis that both sides know, and give the pledge of reciprocity that it needs.", "basis",
			Origin{"People's Republic of China, Provisional Provisions 2024 (31), art. 2(2): reciprocity with specific and clear pledges", Law, true, true}, basis},
		{"B29-b", true, "Summarise the facts briefly.", "facts", article("29(2)(b)"), text("facts", func(p Preservation) string { return p.Facts })},
		{"C05", true, "Name the kind of offence, and describe it by conduct.", "offence", article("29(2)(b)"), offence},
		{"C05-provision", true, "Cite the provision of your own law, such as \"18 U.S.C. § 1030\".", "offence.provision", protocol8,
			text("offence.provision", func(p Preservation) string { return p.Offence.Provision })},
		{"C05-penalty", false, "State the highest penalty.", "offence.penalty", protocol8, text("offence.penalty", func(p Preservation) string { return p.Offence.Penalty })},
		{"C07", true, "Say of each item how it relates to the offence.", "items[].relationship", article("29(2)(c)"),
			each(func(it Item) string { return it.Relationship }, "relationship")},
		{"B29-d", false, "Give whatever is known of who holds the data or where the system is.", "custodian", article("29(2)(d)"),
			text("custodian", func(p Preservation) string { return p.Custodian })},
		{"B29-e", true, "Say why the data must be preserved.", "necessity", article("29(2)(e)"), text("necessity", func(p Preservation) string { return p.Necessity })},
		{"C09", true, "Say whether a request for the data will follow, and when; before the hold ends.", "follow_up", article("29(2)(f) and 29(7)"), followUp},
		{"C09-intent", false, "If no request will follow, expect to be asked what the preservation is for.", "follow_up.intended", article("29(2)(f)"), noFollowUp},
		{"C11", true, "Write each time with its offset from UTC.", "items[].from, items[].to",
			practice("T-CY(2018)11 template, data to be preserved: dates and time zone", false), eachTime(zoneless)},
		{"C12", true, "Write each time to the second: an address changes hands within one.", "items[].from, items[].to",
			practice("RFC 6302", false), eachTime(secondless)},
		{"C13", true, "Give a period that has been, and that ends after it begins.", "items[].from, items[].to",
			practice("Regulation (EU) 2023/1543, Annex III: manifest errors, as coded by one provider", false), periods},
		{"C14", true, "In live traffic give a public identifier; in an exercise only one that is reserved for documentation.", "items[].value", wrongID, realms},
		{"C15", false, "Give the source port: many subscribers may share this address at one time.", "items[].port",
			practice("RFC 6302", false), ports},
		{"C17", true, "Write the identifier in its one usual form.", "items[].value", wrongID, forms},
		{"C18", true, "Give the account's ID, URL or e-mail address. A display name is no identifier.", "items[].value",
			practice("Regulation (EU) 2023/1543, Annex III: unable to identify a unique user, as coded by one provider", false), displayNames},
		{"C21", true, "Give the period of each item.", "items[].from, items[].to",
			practice("SIRIUS EU Digital Evidence Situation Report, reasons for refusal: overly broad", false), noPeriod},
		{"C21-broad", false, "Narrow it down, or say in the relationship why it must be so broad.", "items[]", own, broad},
		{"C25", true, "With a time by which an answer is wanted, give the reason; a P2 needs both.", "wanted",
			Origin{"United Nations Convention against Cybercrime, art. 40: deadlines for which reasons are given", Treaty, false, true}, wanted},
		{"C26", true, "A P0 needs the emergency: its basis, the facts, how the data would avert it, and whom to call back.", "emergency",
			practice("U.S. Department of Justice slides: nature of the emergency, and its link to the information sought", true), emergency},
		{"C29", true, "Say yes or no to keeping the request from the user; if yes, why.", "confidentiality", article("27(8)"), confidentiality},
	}
}

// FindRule returns the guideline of that id.
func FindRule(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

func empty(s string) bool { return strings.TrimSpace(s) == "" }

func text(field string, get func(Preservation) string) func(Preservation, Setting) []fault {
	return func(p Preservation, _ Setting) []fault {
		if empty(get(p)) {
			return []fault{{field, "it is empty"}}
		}
		return nil
	}
}

func at(i int, member string) string { return fmt.Sprintf("items[%d].%s", i, member) }

func each(get func(Item) string, member string) func(Preservation, Setting) []fault {
	return func(p Preservation, _ Setting) (fs []fault) {
		for i, it := range p.Items {
			if empty(get(it)) {
				fs = append(fs, fault{at(i, member), "it is empty"})
			}
		}
		return fs
	}
}

func authority(p Preservation, _ Setting) (fs []fault) {
	if _, err := comity.ParseAgency(p.Authority.Agency); err != nil {
		fs = append(fs, fault{"authority.agency", trim(err)})
	}
	if _, err := comity.ParseSeat(p.Authority.Seat); err != nil {
		fs = append(fs, fault{"authority.seat", trim(err)})
	}
	if r := p.Authority.ReplyTo; r != "" {
		if _, err := comity.ParseSeat(r); err != nil {
			fs = append(fs, fault{"authority.reply_to", trim(err)})
		}
	}
	return fs
}

// trim drops the field that the error names: the finding names it in full.
func trim(err error) string {
	_, s, _ := strings.Cut(err.Error(), ": ")
	return s
}

func basis(p Preservation, _ Setting) []fault {
	b, ok := FindBasis(p.Basis.ID)
	if !ok {
		return []fault{{"basis.id", fmt.Sprintf("%q is not a basis that is known here, such as %q", comity.Clip(p.Basis.ID), Default)}}
	}
	if b.Pledge && !p.Basis.Reciprocity {
		return []fault{{"basis.reciprocity", fmt.Sprintf("%s needs the pledge: true", b.ID)}}
	}
	return nil
}

func offence(p Preservation, _ Setting) (fs []fault) {
	if empty(p.Offence.Category) {
		fs = append(fs, fault{"offence.category", `it is empty; it says the most without a translation, such as "fraud"`})
	}
	if empty(p.Offence.Description) {
		fs = append(fs, fault{"offence.description", "it is empty"})
	}
	return fs
}

func followUp(p Preservation, s Setting) []fault {
	f := p.FollowUp
	if f.Intended == nil {
		return []fault{{"follow_up.intended", "it is neither true nor false"}}
	}
	if !*f.Intended {
		return nil
	}
	d, err := time.Parse(time.DateOnly, f.Planned)
	if err != nil {
		return []fault{{"follow_up.planned", fmt.Sprintf("%q is not a day such as %q", comity.Clip(f.Planned), "2026-12-20")}}
	}
	if d.AddDate(0, 0, 1).Before(s.Now) {
		return []fault{{"follow_up.planned", "the day has passed"}}
	}
	if h, ok := HoldFloor(p.Basis.ID); ok && d.After(s.Now.Add(h.Floor)) {
		return []fault{{"follow_up.planned", fmt.Sprintf("it is later than the shortest hold, %d days %s, from today", h.Floor/day, h.Mark())}}
	}
	return nil
}

func noFollowUp(p Preservation, _ Setting) []fault {
	if i := p.FollowUp.Intended; i != nil && !*i {
		return []fault{{"follow_up.intended", "no request is to follow"}}
	}
	return nil
}

func wanted(p Preservation, s Setting) []fault {
	w := p.Wanted
	if w == nil {
		if p.Priority == "P2" {
			return []fault{{"wanted", "a P2 does not say by when, and why"}}
		}
		return nil
	}
	var fs []fault
	by, err := parseTime(w.By)
	switch {
	case err != nil:
		fs = append(fs, fault{"wanted.by", fmt.Sprintf("%q is not a time such as %q", comity.Clip(w.By), "2026-11-24T12:00:00Z")})
	case by.Before(s.Now):
		fs = append(fs, fault{"wanted.by", "the time has passed"})
	}
	if empty(w.Reason) {
		fs = append(fs, fault{"wanted.reason", "it is empty"})
	}
	return fs
}

func emergency(p Preservation, _ Setting) []fault {
	e := p.Emergency
	if e == nil {
		if p.Priority == "P0" {
			return []fault{{"emergency", "a P0 does not say what the emergency is"}}
		}
		return nil
	}
	var fs []fault
	if p.Priority != "P0" {
		fs = append(fs, fault{"priority", fmt.Sprintf("an emergency is P0, not %s", p.Priority)})
	}
	for _, m := range []struct{ name, value string }{{"basis", e.Basis}, {"facts", e.Facts}, {"link", e.Link}, {"call_back", e.CallBack}} {
		if empty(m.value) {
			fs = append(fs, fault{"emergency." + m.name, "it is empty"})
		}
	}
	return fs
}

func confidentiality(p Preservation, _ Setting) []fault {
	c := p.Confidentiality
	if c.NoUserNotice == nil {
		return []fault{{"confidentiality.no_user_notice", "it is neither true nor false"}}
	}
	if *c.NoUserNotice && empty(c.Reason) {
		return []fault{{"confidentiality.reason", "it is empty"}}
	}
	return nil
}
