// Package check holds a draft to the guidelines that it rests on.
//
// [Text] reads nothing but the draft and what both sides know, so that both find
// the same: the author before it is released, where it may block, and the receiver
// on arrival, where nothing does ([Remarks]). [History] compares it with what was
// released before; that is national, and never crosses.
//
// Which checks apply, how severe they are, and which members a type of request must
// have are rows of the pack (package guide). What is wrong is said here, in both
// languages; what to do about it, the catalogue says that all packs share.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/identifier"
)

// A Finding is a check that a draft does not pass, at one member.
type Finding struct {
	ID       string         `json:"id"` // such as "C11"
	Severity guide.Severity `json:"severity"`
	Field    string         `json:"field"` // such as "order.items[0].from"
	Wrong    guide.Text     `json:"wrong"`
	Do       guide.Text     `json:"do"`
	guide.Origin
	History    bool   `json:"history,omitempty"`    // it rests on our own record and never crosses
	Overridden string `json:"overridden,omitempty"` // in an emergency, why it is not met
}

// Text says what is wrong and what to do, in "zh" or else in English.
func (f Finding) Text(lang string) string {
	return f.Wrong.In(lang) + guide.Text{EN: ". ", ZH: "。"}.In(lang) + f.Do.In(lang)
}

// A Setting is what a check depends on beside the draft. What is not known (nil)
// is not judged.
type Setting struct {
	Realm      comity.Realm                            `json:"realm"`
	Now        time.Time                               `json:"now"`
	From       comity.Party                            `json:"from,omitempty"` // who asks
	To         comity.Party                            `json:"to,omitempty"`   // who is asked
	Pack       *guide.Pack                             `json:"-"`              // the one in force for Basis.ID; nil if there is none
	Texts      func(id string) (guide.CheckText, bool) `json:"-"`              // what to do about a check, and where the check comes from
	Directory  []guide.Agency                          `json:"directory,omitempty"`
	Author     comity.Seat                             `json:"author,omitempty"`
	Approvers  []comity.Seat                           `json:"approvers,omitempty"`
	Files      []Attachment                            `json:"files,omitempty"`
	Retentions []guide.Retention                       `json:"retentions,omitempty"`
	Languages  []string                                `json:"languages,omitempty"`  // that the asked side reads; if that is not known, those of the pack
	DeMinimis  *guide.Money                            `json:"de_minimis,omitempty"` // the loss below which the pair would rather not be asked

	// Ranges are the lists of addresses that the party keeps offline.
	Ranges []identifier.Ranges `json:"-"`
}

// An Attachment is a file beside the draft, as the gate for metadata saw it.
type Attachment struct {
	Name     string   `json:"name"`
	Media    string   `json:"media,omitempty"` // media type by its content, such as "image/jpeg"
	Hash     string   `json:"hash,omitempty"`  // SHA-256
	Broken   bool     `json:"broken,omitempty"`
	Pictures bool     `json:"pictures,omitempty"` // there are pictures inside it
	Findings []string `json:"findings,omitempty"` // of the scanner or the gate, not yet mended
}

// Sides returns s with From and To filled in from its directory, by the agencies
// that r names.
func (s Setting) Sides(r guide.Request) Setting {
	for _, a := range s.Directory {
		if s.From == "" && string(a.ID) == r.Authority.Agency {
			s.From = a.Party
		}
		if s.To == "" && string(a.ID) == r.Addressee.Agency {
			s.To = a.Party
		}
	}
	return s
}

// Text returns what the text of a draft lacks, in the order of the checks' ids.
// Both sides find the same, but for what our own lists of addresses say, which is
// marked as History is. Which checks apply, and how severe they are, the
// pack says; members it asks for have the severity of their Need.
func Text(r guide.Request, s Setting) []Finding {
	p := newPass(r, s)
	if s.Pack == nil || s.Pack.ID != r.Basis.ID {
		p.row = guide.CheckRow{ID: "C04", Severity: guide.Block}
		p.say("basis.id", "%q is not a basis whose guidelines are in force between the two sides", "“%s”不是双方之间现行有效的指引所依据的法律基础", comity.Clip(r.Basis.ID))
		return p.found
	}
	if p.typ.ID == "" {
		p.row = guide.CheckRow{ID: "C04", Severity: guide.Block}
		p.say("type", "these guidelines have no requests of the type %q", "本指引不包含“%s”类型的请求", comity.Clip(r.Type))
		return p.found
	}
	p.fields()
	p.run(texts)
	p.emergency()
	slices.SortStableFunc(p.found, func(a, b Finding) int { return cmp.Compare(a.ID, b.ID) })
	return p.found
}

// Blocks reports whether one of fs stops a release.
func Blocks(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == guide.Block })
}

// Remarks returns fs as the receiver sees them: on arrival nothing blocks.
func Remarks(fs []Finding) []Finding {
	fs = slices.Clone(fs)
	for i := range fs {
		if fs[i].Severity == guide.Block {
			fs[i].Severity = guide.Warn
		}
	}
	return fs
}

// A check is one of the catalogue: what it finds it says.
type check struct {
	id   string
	find func(*pass)
	row  guide.CheckRow // of a check that needs no guideline, being arithmetic; a pack's row goes before
}

// A pass goes over one draft.
type pass struct {
	guide.Request
	Setting
	typ      guide.Type
	readings []reading      // of the items' times
	row      guide.CheckRow // of the check that is running
	past     Past
	found    []Finding
	seen     map[[2]string]bool // id and field
}

func newPass(r guide.Request, s Setting) *pass {
	p := &pass{Request: r, Setting: s, seen: map[[2]string]bool{}}
	if s.Pack != nil {
		if t, ok := s.Pack.Type(r.Type); ok {
			p.typ = t // else Run says that there is none
		}
	}
	for _, it := range r.Order.Items {
		p.readings = append(p.readings, read(it))
	}
	return p
}

func (p *pass) run(cs []check) {
	for _, c := range cs {
		row, ok := p.Pack.Check(c.id, p.Type)
		if !ok {
			row = c.row
		}
		if p.row = row; row.ID != "" {
			c.find(p)
		}
	}
}

// say adds a finding. The two formats take the same operands.
func (p *pass) say(field, en, zh string, args ...any) {
	p.tell(field, guide.Text{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)})
}

// amiss says of a value what package identifier says of it.
func (p *pass) amiss(field, value string, f identifier.Fault) {
	if f != (identifier.Fault{}) {
		v := comity.Clip(value)
		p.tell(field, guide.Text{EN: fmt.Sprintf("%q %s", v, f.EN), ZH: fmt.Sprintf("“%s”%s", v, f.ZH)})
	}
}

func (p *pass) tell(field string, wrong guide.Text) {
	key := [2]string{p.row.ID, field}
	if p.seen[key] {
		return
	}
	p.seen[key] = true
	f := Finding{ID: p.row.ID, Severity: p.row.Severity, Field: field, Wrong: wrong, Origin: p.row.Origin}
	f.Do = ownDo(f.ID)
	if p.Texts != nil {
		if t, ok := p.Texts(f.ID); ok {
			f.Do = t.Do
			if f.Cite == "" {
				f.Origin = t.Origin
			}
		}
	}
	p.found = append(p.found, f)
}

// hint is say for what may well be right: it never blocks.
func (p *pass) hint(field, en, zh string, args ...any) {
	row := p.row
	if p.row.Severity == guide.Block {
		p.row.Severity = guide.Warn
	}
	p.say(field, en, zh, args...)
	p.row = row
}

// bare says that a member is empty.
func (p *pass) bare(field string) { p.say(field, "it is empty", "未填写") }

// An emergency gives way: who asks, whom to call back, which identifier, in which
// time zone and what is asked must be right, and pictures of abuse stay where they
// are; of the rest each check that an override names with its reason only warns.
func (p *pass) emergency() {
	urgent := p.Priority == "P0" && p.Emergency != nil
	reasons := map[string]string{}
	p.row = guide.CheckRow{ID: "C26", Severity: guide.Block}
	for i, o := range p.Overrides {
		at := fmt.Sprintf("overrides[%d]", i)
		switch {
		case !urgent:
			p.say(at, "only an emergency (P0) may leave a guideline unmet", "只有紧急请求（P0）才可豁免指引要求")
		case empty(o.Reason):
			p.say(at+".reason", "no reason is given why %s is not met", "未说明不满足 %s 的理由", comity.Clip(o.Check))
		default:
			reasons[o.Check] = o.Reason
		}
	}
	if !urgent {
		return
	}
	for i, f := range p.found {
		if reason, ok := reasons[f.ID]; ok && f.Severity == guide.Block && !p.stands(f) {
			p.found[i].Severity, p.found[i].Overridden = guide.Warn, reason
		}
	}
}

// stands reports whether a finding blocks even in an emergency, as the catalogue
// has it.
func (p *pass) stands(f Finding) bool {
	if f.ID == "C39" || f.Field == "order.items" || p.Texts == nil {
		return true
	}
	t, _ := p.Texts(f.ID)
	return t.Emergency
}

func empty(s string) bool { return strings.TrimSpace(s) == "" }
