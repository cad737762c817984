package gate

import (
	"strings"
	"testing"

	"comity"
	"comity/casefile"
	"comity/docket"
	"comity/thread"
	"comity/thread/threadtest"
)

// The conditions on which a lead was accepted bind whoever got it.
func TestALeadsConditionsBind(t *testing.T) {
	for _, tt := range []struct {
		name      string
		drawing   string
		condition string // that it was offered on; it is amended to lead_only
		class     string
		erased    comity.Kind
		use       Use
		wants     string // what stands against it
	}{
		{"as it was accepted", "us lead.offer, cn lead.accept, us lead.provide", "not_in_court", "evidence", "", Use{For: "evidence", Me: "cn", Items: []string{"1"}}, "not_in_court forbids it"},
		{"as a lead it is free", "us lead.offer, cn lead.accept, us lead.provide", "lead_only", "evidence", "", Use{For: "lead", Me: "cn"}, ""},
		{"and no further", "us lead.offer, cn lead.accept, us lead.provide", "lead_only", "evidence", "", Use{For: "investigation", Me: "cn"}, "lead_only forbids it"},
		{"nor further than its class", "us lead.offer, cn lead.accept, us lead.provide", "no_company", "lead_only", "", Use{For: "investigation", Me: "cn"}, "given as lead_only"},
		{"what is confidential stays", "us lead.offer, cn lead.accept, us lead.provide", "confidential", "evidence", "", Use{For: "court", Me: "cn"}, "confidential forbids it"},
		{"unless the other side agrees", "us lead.offer, cn lead.accept, us lead.provide", "confidential", "evidence", "", Use{For: "court", Me: "cn", Consent: "note 7"}, ""},
		{"and is worked with", "us lead.offer, cn lead.accept, us lead.provide", "confidential", "evidence", "", Use{For: "investigation", Me: "cn"}, ""},
		{"the last terms bind", "us lead.offer, us lead.amend, cn lead.accept, us lead.provide", "no_company", "evidence", "", Use{For: "investigation", Me: "cn"}, "lead_only forbids it"},
		{"in place of the first", "us lead.offer, us lead.amend, cn lead.accept, us lead.provide", "no_onward", "evidence", "", Use{For: "onward", Me: "cn"}, ""},
		{"terms that were erased still bind", "us lead.offer, cn lead.accept, us lead.provide", "no_company", "evidence", "lead.offer", Use{For: "evidence", Me: "cn"}, "must be read"},
		{"before it is provided there is nothing", "us lead.offer, cn lead.accept", "no_company", "evidence", "", Use{For: "lead", Me: "cn"}, "nothing yet"},
		{"our own lead is ours", "us lead.offer, cn lead.accept, us lead.provide", "confidential", "evidence", "", Use{For: "court", Me: "us"}, ""},
	} {
		s := &threadtest.Story{Capability: casefile.Lead(), Bodies: map[comity.Kind]any{
			"lead.offer":   &casefile.Offer{About: "a relay", Category: "fraud", Agency: "us-24-7", Addressee: "cn-24-7", Conditions: []casefile.Condition{{ID: "c1", Kind: tt.condition}}},
			"lead.amend":   &casefile.Terms{Conditions: []casefile.Condition{{ID: "c2", Kind: "lead_only"}}},
			"lead.provide": &casefile.Content{Text: "203.0.113.77", Use: tt.class},
		}}
		s.Draw(tt.drawing)
		for i := range s.Statements {
			st := &s.Statements[i]
			st.Marking.TLP = "GREEN"
			if st.Kind == tt.erased {
				st.Body = nil
			}
		}
		err := MayUse(Lead(thread.Project(casefile.Lead(), s.History(tt.use.Me))), docket.Docket{}, tt.use, threadtest.Start)
		if tt.wants == "" && err != nil || tt.wants != "" && (err == nil || !strings.Contains(err.Error(), tt.wants)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.wants)
		}
	}
}
