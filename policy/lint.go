package policy

import (
	"fmt"

	"comity"
)

// A Finding is something that a policy lets through and the default never does,
// or a rule that fails on an ordinary request.
type Finding struct {
	File string `json:"file"`
	Says Text   `json:"says"`
}

// floors are what no policy should let through. A party may still do so: it is
// its own policy. Each has its reason beside its rule in default.cedar.
func floors() []struct {
	says Text
	Request
} {
	all := []string{"draft", "release", "registrar", "central", "prosecutor", "legal", "head", "principal", "auditor"}
	us, other := Seat{"us-24-7-01", "us-24-7", all, "restricted"}, comity.Seat("us-24-7-02")
	amber := comity.Marking{TLP: "AMBER"}
	secret := Matter{ID: "US-2026-000042", Kind: "preserve.request", Type: "preserve", Priority: "P0", Restricted: true,
		Admitted: []comity.Seat{other}, Agencies: []comity.Agency{us.Agency}, Author: other, Marking: amber}
	own, unknown, answer := secret, secret, secret
	own.Restricted, own.Author = false, us.ID
	unknown.Restricted, unknown.Author = false, ""
	answer.Restricted, answer.Kind = false, "answer"
	red, h1, h2, h3 := answer, answer, answer, answer
	red.Marking.TLP = "RED"
	h1.Marking.Handling, h2.Marking.Handling, h3.Marking.Handling = []string{"H1"}, []string{"H2"}, []string{"H3"}
	type row = struct {
		says Text
		Request
	}
	rows := []row{
		{Text{"the author of a draft may be its second approver", "起草人可以担任同一文稿的第二审批人"}, Request{Seat: us, Action: Approve, Matter: own}},
		{Text{"a draft without an author may be approved", "起草人不明的文稿可以批准"}, Request{Seat: us, Action: Approve, Matter: unknown}},
		{Text{"an answer may leave by one officer's word", "答复可以由一名人员单独签发"}, Request{Seat: us, Action: ReleaseSole, Matter: answer}},
		{Text{"TLP:RED may be exported", "TLP:RED 可以导出"}, Request{Seat: us, Action: Export, Matter: red}},
		{Text{"H1 may go to a court without permission", "H1 未经许可可以提供给法院"}, Request{Seat: us, Action: Disclose, To: "court", Matter: h1}},
		{Text{"H2 may be referred without permission", "H2 未经许可可以移送"}, Request{Seat: us, Action: Refer, Matter: h2}},
		{Text{"H3 may leave before its restrictions are confirmed to be met", "H3 未经确认符合限制条件即可对外提供"}, Request{Seat: us, Action: Export, Matter: h3}},
		{Text{"a seat without a role may read", "没有职责的席位可以阅览"}, Request{Seat: Seat{ID: us.ID, Agency: us.Agency}, Action: Read, Matter: answer}},
	}
	for _, a := range []Action{Draft, Approve, ReleaseSole, Read, Export, Disclose, Erase, Note, Screen, Protect, Act, Route, Refer, Journal} {
		rows = append(rows, row{Text{"an outsider may " + string(a) + " a restricted matter", "名单以外的席位可以对受限事项执行 " + string(a)},
			Request{Seat: us, Action: a, To: "court", Consent: true, Conditions: true, Matter: secret}})
	}
	for i := range rows {
		rows[i].Realm = comity.Live
	}
	return rows
}

// Lint returns what a party should know of its policy before it is put in force.
// It asks the policy a table of sample requests.
func (s *Set) Lint() []Finding {
	var found []Finding
	seen := map[Text]bool{}
	for _, f := range floors() {
		d := s.Explain(f.Request)
		if d.Allowed {
			var en, zh string
			for _, r := range d.Rules {
				en += fmt.Sprintf(" [%s, line %d]", r.ID, r.Line)
				zh += fmt.Sprintf("〔%s，第 %d 行〕", r.ID, r.Line)
			}
			found = append(found, Finding{s.name, Text{f.says.En + en, f.says.Zh + zh}})
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
