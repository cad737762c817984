package policy

import (
	"fmt"

	"comity"
)

// A Finding is something that a policy lets through and the default never does,
// or a rule that fails on an ordinary request.
type Finding struct {
	File string      `json:"file"`
	Says comity.Text `json:"says"`
}

// A floor is what no policy should let through. A party may still do so: it is
// its own policy. The reason stands at the rule of default.cedar.
type floor struct {
	says   comity.Text
	action Action
	to     string
	change func(*Matter) // of a second officer's AMBER preservation request
}

var floors = []floor{
	{t("the author of a draft may be its second approver", "起草人可以担任同一文稿的第二审批人"), Approve, "", func(m *Matter) { m.Author = sample.ID }},
	{t("a draft without an author may be approved", "起草人不明的文稿可以批准"), Approve, "", func(m *Matter) { m.Author = "" }},
	{t("an answer may leave by one officer's word", "答复可以由一名人员单独签发"), ReleaseSole, "", func(m *Matter) { m.Kind = "answer" }},
	{t("TLP:RED may be exported", "TLP:RED 可以导出"), Export, "", func(m *Matter) { m.Marking.TLP = "RED" }},
	{t("H1 may go to a court without permission", "H1 未经许可可以提供给法院"), Disclose, "court", func(m *Matter) { m.Marking.Handling = []string{"H1"} }},
	{t("H2 may be referred without permission", "H2 未经许可可以移送"), Refer, "", func(m *Matter) { m.Marking.Handling = []string{"H2"} }},
	{t("H3 may leave before its restrictions are confirmed to be met", "H3 未经确认符合限制条件即可对外提供"), Export, "", func(m *Matter) { m.Marking.Handling = []string{"H3"} }},
	{t("an outsider may read a restricted matter", "名单以外的席位可以阅览受限事项"), Read, "", func(m *Matter) { m.Restricted = true }},
	{t("an outsider may export a restricted matter", "名单以外的席位可以导出受限事项"), Export, "", func(m *Matter) { m.Restricted = true }},
	{t("an outsider may approve in a restricted matter", "名单以外的席位可以批准受限事项的文稿"), Approve, "", func(m *Matter) { m.Restricted = true }},
	{t("an outsider may see a restricted matter in the journal", "名单以外的席位可以在日志中查看受限事项"), Journal, "", func(m *Matter) { m.Restricted = true }},
}

// sample has every role, so that only a forbid can stop it.
var sample = Seat{"us-24-7-01", "us-24-7", []string{"draft", "release", "registrar", "central", "prosecutor", "legal", "head", "principal", "auditor"}, "restricted"}

// Lint returns what a party should know of its policy before it is put in force.
// It asks the policy a table of sample requests.
func (s *Set) Lint() []Finding {
	var found []Finding
	seen := map[comity.Text]bool{}
	for _, f := range floors {
		m := Matter{ID: "US-2026-000042", Kind: "preserve.request", Type: "preserve", Priority: "P0", Marking: comity.Marking{TLP: "AMBER"},
			Admitted: []comity.Seat{"us-24-7-02"}, Agencies: []comity.Agency{sample.Agency}, Author: "us-24-7-02"}
		f.change(&m)
		d := s.Explain(Request{Seat: sample, Action: f.action, Matter: m, To: f.to, Realm: comity.Live})
		if d.Allowed {
			var en, zh string
			for _, r := range d.Rules {
				en += fmt.Sprintf(" [%s, line %d]", r.ID, r.Line)
				zh += fmt.Sprintf("〔%s，第 %d 行〕", r.ID, r.Line)
			}
			found = append(found, Finding{s.name, t(f.says.EN+en, f.says.ZH+zh)})
		}
		for _, t := range d.Faults {
			if !seen[t] {
				seen[t] = true
				found = append(found, Finding{s.name, t})
			}
		}
	}
	return found
}
