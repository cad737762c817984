package review

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"comity"
)

// The status report on cases is the instrument of the third US–China dialogue
// (2016) "to evaluate the effectiveness of case cooperation". Each side drafts
// its lines; Compare shows where they differ; a side that agrees after all
// changes its own draft. Reconcile then makes the one report that both sign,
// in which what still differs stands as differing views, in both sides' words.

// A Status is where a case stands.
type Status string

// statuses are all there are, with their labels.
var statuses = map[Status]comity.Text{
	"open":         both("open", "已立项"),
	"progress":     both("progress made", "有进展"),
	"waiting":      both("waiting for somebody else", "等待他方"),
	"result":       both("result reached", "已取得结果"),
	"stalled":      both("stalled", "停滞"),
	"closed":       both("closed", "已结"),
	DifferingViews: both("differing views", "双方看法不一"),
}

// DifferingViews is the status of a case on which the sides do not agree.
const DifferingViews Status = "differing_views"

const (
	maxLines = 10000
	maxText  = 4000 // bytes, in each language
)

// Label returns s in both languages.
func (s Status) Label() comity.Text { return statuses[s] }

// A Line is what one side says of one case.
type Line struct {
	Case    comity.Ref  `json:"case"`
	Status  Status      `json:"status"`
	Figures []Count     `json:"figures,omitempty"` // such as requests 4, answered 3
	Text    comity.Text `json:"text"`
}

// CheckLines returns the first fault of a side's lines.
func CheckLines(lines []Line) error {
	if len(lines) > maxLines {
		return comity.Fieldf("lines", "%d are more than %d", len(lines), maxLines)
	}
	seen := map[comity.Ref]bool{}
	for i, l := range lines {
		at := func(f string) string { return fmt.Sprintf("lines[%d].%s", i, f) }
		if _, err := comity.ParseRef(string(l.Case)); err != nil || seen[l.Case] {
			return comity.Fieldf(at("case"), "%q is not a reference such as %q, or stands there twice", comity.Clip(string(l.Case)), "US-2026-000042")
		}
		seen[l.Case] = true
		if _, ok := statuses[l.Status]; !ok {
			return comity.Fieldf(at("status"), "%q is not a status such as %q", comity.Clip(string(l.Status)), "progress")
		}
		for _, t := range []string{l.Text.EN, l.Text.ZH} {
			if strings.TrimSpace(t) == "" || len(t) > maxText || !utf8.ValidString(t) {
				return comity.Fieldf(at("text"), "it needs 1 to %d bytes of UTF-8 in English and in Chinese, such as %q and %q", maxText, "Logs received.", "已收到日志。")
			}
		}
		names := map[string]bool{}
		for _, c := range l.Figures {
			if c.Name == "" || len(c.Name) > 40 || !utf8.ValidString(c.Name) || names[c.Name] || len(l.Figures) > 16 {
				return comity.Fieldf(at("figures"), "%q: at most 16 names of 1 to 40 bytes, each once, such as %q", comity.Clip(c.Name), "requests")
			}
			names[c.Name] = true
		}
	}
	return nil
}

// A Difference is one thing that two sides' lines do not agree on.
type Difference struct {
	Case comity.Ref `json:"case"`
	What string     `json:"what"` // "missing", "status", or the name of a figure
	A    string     `json:"a"`    // empty: a does not have it
	B    string     `json:"b"`
}

// Compare returns the differences of two sides' checked lines, by case. Words
// may differ: each side writes its own.
func Compare(a, b []Line) []Difference {
	var out []Difference
	pair(a, b, func(ref comity.Ref, a, b *Line) {
		switch {
		case b == nil:
			out = append(out, Difference{ref, "missing", string(a.Status), ""})
			return
		case a == nil:
			out = append(out, Difference{ref, "missing", "", string(b.Status)})
			return
		case a.Status != b.Status:
			out = append(out, Difference{ref, "status", string(a.Status), string(b.Status)})
		}
		for _, name := range figureNames(a, b) {
			if x, y := figure(a, name), figure(b, name); x != y {
				out = append(out, Difference{ref, name, x, y})
			}
		}
	})
	return out
}

// pair calls f for every case of a or b, in order, with nil where it is missing.
func pair(a, b []Line, f func(ref comity.Ref, a, b *Line)) {
	lines := map[comity.Ref][2]*Line{}
	var refs []comity.Ref
	for side, ls := range [][]Line{a, b} {
		for i := range ls {
			p := lines[ls[i].Case]
			p[side] = &ls[i]
			lines[ls[i].Case] = p
			refs = append(refs, ls[i].Case)
		}
	}
	slices.Sort(refs)
	for _, r := range slices.Compact(refs) {
		f(r, lines[r][0], lines[r][1])
	}
}

func figureNames(a, b *Line) []string {
	var names []string
	for _, c := range slices.Concat(a.Figures, b.Figures) {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func figure(l *Line, name string) string {
	i := slices.IndexFunc(l.Figures, func(c Count) bool { return c.Name == name })
	if i < 0 {
		return ""
	}
	return fmt.Sprint(l.Figures[i].N)
}

// A Draft is one side's half of a status report.
type Draft struct {
	Party comity.Party `json:"party"`
	Lines []Line       `json:"lines"`
}

// A StatusReport is what both sides sign.
type StatusReport struct {
	Kind    string          `json:"kind"` // "status_report"
	V       int             `json:"v"`    // 1
	Realm   comity.Realm    `json:"realm"`
	Parties [2]comity.Party `json:"parties"` // sorted
	From    comity.Time     `json:"from"`
	To      comity.Time     `json:"to"`
	Cases   []Case          `json:"cases"`
}

// A Case has one status, or differing views. Views are in the order of the
// parties; a side that said nothing of the case has none.
type Case struct {
	Case   comity.Ref `json:"case"`
	Status Status     `json:"status"`
	Views  []View     `json:"views"`
}

// A View is one side's line, with its figures by name.
type View struct {
	Party   comity.Party `json:"party"`
	Status  Status       `json:"status"`
	Figures []Count      `json:"figures,omitempty"`
	Text    comity.Text  `json:"text"`
}

// Reconcile joins both sides' drafts; it does not matter whose comes first. A
// case on which Compare finds nothing has the status that both gave.
func Reconcile(s Scope, a, b Draft) (StatusReport, error) {
	if err := s.check(); err != nil {
		return StatusReport{}, err
	}
	slices.Sort(s.Parties[:])
	if a.Party > b.Party {
		a, b = b, a
	}
	if s.Parties != [2]comity.Party{a.Party, b.Party} {
		return StatusReport{}, comity.Fieldf("party", "the drafts are of %q and %q, not of %v", comity.Clip(string(a.Party)), comity.Clip(string(b.Party)), s.Parties)
	}
	for _, d := range []Draft{a, b} {
		if err := CheckLines(d.Lines); err != nil {
			return StatusReport{}, err
		}
	}
	differ := map[comity.Ref]bool{}
	for _, d := range Compare(a.Lines, b.Lines) {
		differ[d.Case] = true
	}
	r := StatusReport{Kind: "status_report", V: 1, Realm: s.Realm, Parties: s.Parties, From: comity.At(s.From), To: comity.At(s.To), Cases: []Case{}}
	pair(a.Lines, b.Lines, func(ref comity.Ref, la, lb *Line) {
		c := Case{Case: ref, Status: DifferingViews}
		for i, l := range []*Line{la, lb} {
			if l == nil {
				continue
			}
			figures := slices.SortedFunc(slices.Values(l.Figures), func(a, b Count) int { return strings.Compare(a.Name, b.Name) })
			c.Views = append(c.Views, View{s.Parties[i], l.Status, figures, l.Text})
			if !differ[ref] {
				c.Status = l.Status
			}
		}
		r.Cases = append(r.Cases, c)
	})
	return r, nil
}

// Bytes returns the report in its one spelling, which both sides sign.
func (r StatusReport) Bytes() []byte { return spell(r) }

// Digest is the SHA-256 of Bytes.
func (r StatusReport) Digest() comity.Hash { return sha256.Sum256(r.Bytes()) }
