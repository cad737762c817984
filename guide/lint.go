package guide

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"comity"
)

// A LintFinding is what is wrong with a pack, at one line of one of its files.
type LintFinding struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason Text   `json:"reason"`
}

func (f LintFinding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason.EN) }

// Lint returns what is wrong with a pack, in the order of its files and lines.
// lib has the words and the treaties that it is held to. Between are the two
// parties that would adopt it, if they are known: a treaty that binds both is a
// floor for them, and no departure from it is taken.
func Lint(files []File, lib *Library, between ...comity.Party) []LintFinding {
	p, flaws := parse(files)
	flaws = append(lib.flaws(), flaws...)
	if len(flaws) == 0 {
		l := linter{p: p, lib: lib}
		l.whole()
		l.types()
		l.checks()
		l.grounds()
		l.limits()
		l.holds()
		l.words()
		l.claims()
		l.floors(between)
		flaws = l.flaws
	}
	slices.SortStableFunc(flaws, func(a, b flaw) int {
		if i, j := slices.Index(packFiles, a.file), slices.Index(packFiles, b.file); i != j {
			return i - j
		}
		return a.line - b.line
	})
	var fs []LintFinding
	for _, f := range flaws {
		fs = append(fs, LintFinding{f.file, f.line, f.says})
	}
	return fs
}

type linter struct {
	p      Pack
	lib    *Library
	reader // for its flaws
}

func (l *linter) at(file string) { l.file = file }

var priorities = []string{"P0", "P1", "P2", "P3"}

// word says so if id is no value of a list.
func (l *linter) word(line int, list, id string) {
	words, _ := l.lib.words()
	if _, ok := words[list][id]; !ok {
		l.flaw(line, "%q is no value of %s", "%q 不是 %s 的可用值", comity.Clip(id), list)
	}
}

// ofTypes says so if a row names a type that the pack does not have.
func (l *linter) ofTypes(line int, types []string) {
	for _, t := range types {
		if len(l.p.Types) == 0 && l.p.Use != AsBasis {
			l.word(line, "type", t)
		} else if _, ok := l.p.Type(t); !ok {
			l.flaw(line, "the pack has no type %q", "本规则包没有请求类型 %q", comity.Clip(t))
		}
	}
}

// once says so if key was there before.
func (l *linter) once(seen map[string]bool, line int, key string) {
	if seen[key] {
		l.flaw(line, "there is another row for %s", "%s 已有另一行", key)
	}
	seen[key] = true
}

// onceEach is once for each type of a row; none stands for all.
func (l *linter) onceEach(seen map[string]bool, line int, id string, types []string) {
	if len(types) == 0 {
		l.once(seen, line, id)
	}
	for _, t := range types {
		l.once(seen, line, id+" of "+t)
	}
}

func (l *linter) whole() {
	l.at("pack.yaml")
	p := l.p
	switch b := p.Binds; {
	case b.Anyone == (len(b.Parties) > 0):
		l.flaw(b.Line, "say either that anyone may choose it or whom it binds", "请注明任何双方均可选用，或列明受约束的当事方，二者择一")
	case b.Anyone && p.Use != AsBasis:
		l.flaw(b.Line, "a %s is no basis that anyone could choose", "%s 不得作为任意选用的依据", p.Use)
	}
	seen := map[string]bool{}
	for _, b := range p.Binds.Parties {
		l.once(seen, b.Line, string(b.Party))
		if _, err := comity.ParseParty(string(b.Party)); err != nil || b.Since != "" && !isDay(b.Since) {
			l.flaw(b.Line, "%q since %q is not a party and a day such as us since 2007-01-01", "%q 自 %q：不是当事方和日期，例如 us 自 2007-01-01", comity.Clip(string(b.Party)), comity.Clip(b.Since))
		}
	}
	for _, g := range p.Languages {
		l.word(p.Line, "language", g)
	}
	if p.Use == AsBasis && p.Source == Law {
		l.flaw(p.Line, "the law of one side is no basis between two: use benchmark", "一方的国内法不能作为双方之间的依据：请用 benchmark")
	}
	if was, ok := l.lib.Pack(p.ID); ok && p.Use == AsBasis && was.Use != AsBasis {
		l.flaw(p.Line, "%s is a %s: it may be no basis", "%s 属于 %s：不得作为依据", p.ID, was.Use)
	}
	for _, id := range p.Borrows {
		if was, ok := l.lib.Pack(id); !ok || was.Use != AsBasis {
			l.flaw(p.Line, "%q is no pack whose floor could be borrowed: it is not known, or for comparison only", "%q 不能被借用：未知或仅供比较", comity.Clip(id))
		}
	}
	for _, c := range p.Calendars {
		want, ok := l.lib.calendars[c.File]
		switch {
		case !ok:
			l.flaw(c.Line, "there is no calendar %q", "没有日历 %q", comity.Clip(c.File))
		case hex.EncodeToString(want[:]) != c.SHA256:
			l.flaw(c.Line, "the calendar %s has another SHA-256: %s", "日历 %s 的 SHA-256 不同：%s", c.File, want)
		}
	}
}

func (l *linter) types() {
	l.at("types.yaml")
	seen := map[string]bool{}
	for _, t := range l.p.Types {
		l.once(seen, t.Line, t.ID)
		l.word(t.Line, "type", t.ID)
		for _, d := range t.Data {
			l.word(t.Line, "order.items[].data", d)
		}
		for _, r := range t.Results {
			l.word(t.Line, "result", r)
		}
		if len(t.Fields) == 0 {
			l.flaw(t.Line, "the type %s asks for no field", "类型 %s 没有要求任何字段", t.ID)
		}
		paths := map[string]bool{}
		for _, f := range t.Fields {
			l.once(paths, f.Line, f.Path)
			if !l.member(f.Path) {
				l.flaw(f.Line, "a request has no member %q", "请求中没有字段 %q", comity.Clip(f.Path))
			}
			l.known(f.Line, f.Check)
		}
		if gs, closed := l.p.GroundsFor(t.ID); closed && len(gs) == 0 {
			l.flaw(t.Line, "the list of grounds for %s is closed and empty: nothing could be refused", "%s 的拒绝理由清单已封闭且为空：任何请求都无法拒绝", t.ID)
		}
	}
	if l.p.Use == AsBasis && len(l.p.Types) == 0 {
		l.flaw(1, "a basis needs types of request", "作为依据的规则包须有请求类型")
	}
}

// member reports whether a request has a member at exactly that path.
func (l *linter) member(path string) bool {
	fields, _ := l.lib.fields()
	_, ok := fields[path]
	return ok
}

// known says so if id is no check; none is fine.
func (l *linter) known(line int, id string) {
	if id != "" && !slices.ContainsFunc(l.lib.Checks(), func(c CheckText) bool { return c.ID == id }) {
		l.flaw(line, "there is no check %q", "没有检查项 %q", comity.Clip(id))
	}
}

func (l *linter) checks() {
	l.at("checks.yaml")
	seen := map[string]bool{}
	for _, c := range l.p.Checks {
		l.known(c.Line, c.ID)
		l.ofTypes(c.Line, c.Types)
		l.onceEach(seen, c.Line, c.ID, c.Types)
	}
	l.at("types.yaml")
	for _, t := range l.p.Types {
		for _, f := range t.Fields {
			if _, ok := l.p.Check(f.Check, t.ID); f.Check != "" && !ok {
				l.flaw(f.Line, "the pack has no row for the check %s of %s", "本规则包没有适用于 %[2]s 的检查项 %[1]s", f.Check, t.ID)
			}
		}
	}
}

func (l *linter) grounds() {
	l.at("grounds.yaml")
	seen := map[string]bool{}
	for _, g := range l.p.Grounds {
		l.ofTypes(g.Line, g.Types)
		l.onceEach(seen, g.Line, g.ID, g.Types)
	}
}

func (l *linter) limits() {
	l.at("limits.yaml")
	seen := map[string]bool{}
	for _, r := range l.p.Limits {
		l.word(r.Line, "limit", r.For)
		if r.Priority != "" {
			l.word(r.Line, "priority", r.Priority)
		}
		l.ofTypes(r.Line, r.Types)
		if (r.Within > 0) == (r.WorkDays > 0) {
			l.flaw(r.Line, "give either within or workdays", "请填写 within 或 workdays，二者择一")
		}
		if r.Source == Proposal && r.Nearest == "" {
			l.flaw(r.Line, "a proposed figure names the nearest authority, or says that there is none", "建议性数值须注明最接近的依据，或注明没有")
		}
		l.once(seen, r.Line, strings.Join([]string{r.For, r.Priority, strings.Join(r.Types, "+")}, " "))
	}
	for _, what := range []string{Receipted, Acknowledged, Decided, Answered, Clarified} {
		first, any := find(l.p.Limits, func(r Limit) bool { return r.For == what && r.Priority != "" })
		for _, pr := range priorities {
			if _, ok := l.p.Limit(pr, what, ""); any && !ok && l.p.Use == AsBasis {
				l.flaw(first.Line, "%s has no row for %s, nor one for all priorities", "%s 缺少 %s 的时限，也没有适用于所有优先级的时限", what, pr)
			}
		}
	}
	l.at("pauses.yaml")
	for _, r := range l.p.Pauses {
		l.word(r.Line, "pause", r.For)
		l.once(seen, r.Line, "a pause for "+r.For)
		for _, pr := range r.Not {
			l.word(r.Line, "priority", pr)
		}
	}
}

func (l *linter) holds() {
	l.at("holds.yaml")
	seen := map[string]bool{}
	for _, h := range l.p.Holds {
		l.ofTypes(h.Line, h.Types)
		for _, t := range h.Types {
			if l.p.Use == AsBasis { // of those for comparison there may be several
				l.once(seen, h.Line, t)
			}
		}
		if h.Floor == 0 && h.Initial == 0 && h.Cap == 0 || h.Cap > 0 && h.Floor > h.Cap || min(h.Floor, h.Initial, h.Cap, h.Extension) < 0 {
			l.flaw(h.Line, "the hold has no days, or a floor above its cap", "保全期没有天数，或下限高于上限")
		}
		if (len(h.Warn) > 0) != (h.Warned.Cite != "") {
			l.flaw(h.Line, "the days of warning do not say where they come from: there is no warned", "提醒天数未注明出处：没有 warned")
		}
	}
	l.at("types.yaml")
	for _, t := range l.p.Types {
		if _, ok := l.p.Hold(t.ID); t.Holds != ok {
			l.flaw(t.Line, "the type %s and holds.yaml differ on whether it preserves anything", "类型 %s 与 holds.yaml 就是否保全数据不一致", t.ID)
		}
	}
}

func (l *linter) words() {
	l.at("words.yaml")
	for _, s := range []struct {
		list  string
		terms []Term
	}{{"supporting.offence.category", l.p.Categories}, {"emergency.basis", l.p.Emergencies}} {
		seen := map[string]bool{}
		for _, t := range s.terms {
			l.once(seen, t.Line, t.ID)
			l.word(t.Line, s.list, t.ID)
		}
	}
}

// A claim that governments agreed on something.
var agreed = regexp.MustCompile(`(?i)\bagreed (by|between|upon by)\b|(双方|两国|中美|美中|各方)(政府)?(已)?(经)?(商定|约定|议定|同意|达成一致)`)

// claims looks at what rows say of where they come from.
func (l *linter) claims() {
	for _, r := range l.p.rows() {
		l.at(r.file)
		all := r.text()
		if m := agreed.FindString(all); m != "" && (r.origin == nil || r.origin.Source == Proposal || !r.origin.Verified) {
			l.flaw(r.line, "%q is said without words that somebody has read: cite them, or do not say it", "声称 %q 而没有经核实的出处：请引用原文，否则不得如此表述", m)
		}
		switch o := r.origin; {
		case o == nil:
		case o.Source == Proposal && o.Verified:
			l.flaw(r.line, "a proposal is ours: it has no words to verify", "建议由本方提出，没有可核实的原文")
		case l.p.Binds.Anyone && o.Source != Proposal && !o.Borrowed:
			l.flaw(r.line, "a pack that anyone may choose only borrows from a %s: say borrowed: yes", "任何双方均可选用的规则包只能借用 %s：请注明 borrowed: yes", o.Source)
		}
	}
}

// A looseness is where a pack asks for less than a treaty.
type looseness struct {
	row, file string
	line      int
	says      Text
}

// floors holds the pack to the treaties that it borrows from, that its parties are
// bound by, or that it says to be.
// claims reports whether a pack's own hold of a row "holds/TYPE" is said to be a
// treaty's: then it may not be shorter than that, whether or not the pack says that
// it borrows.
func claims(p, t Pack, row string) bool {
	typ, ok := strings.CutPrefix(row, "holds/")
	mine, has := p.Hold(typ)
	theirs, known := t.Hold(typ)
	if !ok || !has || !known || mine.Source != Treaty {
		return false
	}
	name, _, _ := strings.Cut(theirs.Cite, ",")
	return name != "" && strings.HasPrefix(mine.Cite, name)
}

func (l *linter) floors(between []comity.Party) {
	used := map[Departure]bool{}
	for _, t := range l.lib.Packs() {
		if t.Source != Treaty || t.Use != AsBasis || t.Hash == l.p.Hash {
			continue
		}
		binding := l.bound(t, between)
		borrows := binding || t.ID == l.p.ID || slices.Contains(l.p.Borrows, t.ID)
		for _, s := range looser(l.p, t) {
			if !borrows && !claims(l.p, t, s.row) {
				continue
			}
			d, ok := find(l.p.Departs, func(d Departure) bool { return d.From == t.ID && d.Row == s.row })
			l.at(s.file)
			switch {
			case t.ID == l.p.ID:
				l.flaw(s.line, "%[1]s: %[2]s; a pack of that name says what the text says, so no departure is possible", "%[3]s：%[4]s；该名称的规则包须与条约文本一致，不得背离", s.row, s.says.EN, s.row, s.says.ZH)
			case binding:
				l.flaw(s.line, "%[1]s: %[2]s; %[3]s binds both parties, so no departure is possible", "%[4]s：%[5]s；%[3]s 对双方均有约束力，不得背离", s.row, s.says.EN, t.ID, s.row, s.says.ZH)
			case !ok:
				l.flaw(s.line, "%[1]s: %[2]s; mend it, or give a departure from %[3]s with its reason", "%[4]s：%[5]s；请修正，或说明背离 %[3]s 的理由", s.row, s.says.EN, t.ID, s.row, s.says.ZH)
			default:
				used[d] = true
			}
		}
	}
	l.at("pack.yaml")
	for _, d := range l.p.Departs {
		if !used[d] {
			l.flaw(d.Line, "nothing departs from %s at %s: leave the departure out", "%[2]s 并未背离 %[1]s：请删去该项", comity.Clip(d.From), comity.Clip(d.Row))
		}
	}
}

// bound reports whether a treaty binds both parties that would adopt the pack, or
// at least two of those that the pack binds.
func (l *linter) bound(t Pack, between []comity.Party) bool {
	n := 0
	if len(between) > 0 {
		for _, party := range between {
			if !t.binds(party, "") {
				return false
			}
		}
		return true
	}
	for _, b := range l.p.Binds.Parties {
		if b.Since != "" && t.binds(b.Party, "") {
			n++
		}
	}
	return n >= 2
}

// looser returns where p asks for less than the rows of a treaty that are its own.
// A type that p leaves out is not one of them.
func looser(p, t Pack) (all []looseness) {
	add := func(row, file string, line int, en, zh string, args ...any) {
		all = append(all, looseness{row, file, line, Text{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}})
	}
	rank := map[Need]int{Advised: 1, IfKnown: 2, Must: 3}
	for _, tt := range t.Types {
		pt, ok := p.Type(tt.ID)
		if !ok {
			continue
		}
		for _, f := range tt.Fields {
			if f.Source != Treaty || f.Borrowed || f.Need == Advised {
				continue
			}
			if have, _ := pt.Field(f.Path); rank[have.Need] < rank[f.Need] {
				line := pt.Line
				if have.Line > 0 {
					line = have.Line
				}
				add("fields/"+tt.ID+"/"+f.Path, "types.yaml", line, "%s (%s) asks for it as %q", "%s(%s)对其要求为 %q", t.ID, f.Cite, f.Need)
			}
		}
		if theirs, closed := t.GroundsFor(tt.ID); closed {
			ours, stillClosed := p.GroundsFor(tt.ID)
			if !stillClosed {
				add("closed/"+tt.ID, "types.yaml", pt.Line, "%s closes the list of grounds for %s", "%s 对 %s 的拒绝理由清单是封闭的", t.ID, tt.ID)
			}
			for _, g := range ours {
				if !slices.ContainsFunc(theirs, func(x Ground) bool { return x.ID == g.ID }) {
					add("grounds/"+tt.ID+"/"+g.ID, "grounds.yaml", g.Line, "the ground is not on the closed list of %s for %s", "该理由不在 %s 关于 %s 的封闭清单之内", t.ID, tt.ID)
				}
			}
		}
		if h, ok := t.Hold(tt.ID); ok && h.Source == Treaty && !h.Borrowed {
			have, _ := p.Hold(tt.ID)
			line := max(have.Line, 1)
			if max(have.Floor, have.Initial) < h.Floor || have.Cap > 0 && have.Cap < h.Floor {
				add("holds/"+tt.ID, "holds.yaml", line, "the hold is shorter than the floor of %d days (%s)", "保全期短于 %d 日的下限（%s）", h.Floor, h.Cite)
			} else if h.Continues && !have.Continues {
				add("holds/"+tt.ID, "holds.yaml", line, "the hold does not go on pending the decision on the request that follows (%s)", "在就后续请求作出决定之前，保全未予延续（%s）", h.Cite)
			}
		}
		for _, lim := range t.Limits {
			if lim.Source != Treaty || lim.Borrowed || !covers(lim.Types, tt.ID) {
				continue
			}
			for _, pr := range priorities {
				if lim.Priority != "" && lim.Priority != pr {
					continue
				}
				have, ok := p.Limit(pr, lim.For, tt.ID)
				if !ok || least(have) > least(lim) {
					add("limits/"+lim.For+"/"+pr+"/"+tt.ID, "limits.yaml", max(have.Line, 1), "it takes longer than %s (%s)", "时限长于 %s(%s)", lim.Length(), lim.Cite)
				}
			}
		}
	}
	return all
}

// least is the shortest elapsed time that a limit can be: working days may take
// longer than days, and never less.
func least(l Limit) time.Duration { return l.Within + time.Duration(l.WorkDays)*day }

// Length writes how long a limit is, such as "8 h" or "2 working days".
func (l Limit) Length() string {
	if l.WorkDays > 0 {
		return fmt.Sprintf("%d working days", l.WorkDays)
	}
	return span(l.Within)
}
