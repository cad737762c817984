package gate

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/casefile"
	"comity/docket"
	"comity/guide"
	"comity/request"
	"comity/thread"
	"comity/thread/threadtest"
)

var (
	ask    = comity.Hash{0xa}
	first  = comity.Hash{1} // the answer that gave item 1
	second = comity.Hash{2} // the answer that gave item 2
)

// given draws what cn gave us: use classes of items 1 and 2 ("-" has no result),
// conditions as "no_onward:1 destroy@2027-01-01", and the marking of both answers.
func given(t *testing.T, class1, class2, conditions, marking string) request.View {
	t.Helper()
	v := request.View{View: thread.View{Ref: "US-2026-000042", Opener: "us", Other: "cn"}, Request: &guide.Request{}}
	v.Timeline = []thread.Row{{ID: ask, From: "us", Kind: "assist.request", Marking: comity.Marking{TLP: "AMBER"}}}
	level, codes, _ := strings.Cut(marking, " ")
	for i, class := range []string{class1, class2} {
		it := request.Item{Item: guide.Item{ID: []string{"1", "2"}[i]}, Result: "open"}
		if class != "-" {
			it.Result, it.Use, it.By = "provided", class, []comity.Hash{first, second}[i]
			v.Timeline = append(v.Timeline, thread.Row{ID: it.By, From: "cn", Kind: "answer.partial", Marking: comity.Marking{TLP: level, Handling: strings.Fields(codes)}})
		}
		v.Items = append(v.Items, it)
	}
	for w := range strings.FieldsSeq(conditions) {
		w, by, _ := strings.Cut(w, "@")
		kind, items, some := strings.Cut(w, ":")
		c := request.Condition{ID: kind, Kind: kind, Text: "as we wrote"}
		if some {
			c.Items = strings.Split(items, ",")
		}
		if by != "" {
			d, err := time.Parse(time.DateOnly, by)
			if err != nil {
				t.Fatal(err)
			}
			c.By = comity.At(d)
		}
		v.Conditions = append(v.Conditions, c)
	}
	return v
}

func TestMayUse(t *testing.T) {
	const e = "evidence"
	us := func(purpose string, items ...string) Use { return Use{Me: "us", For: purpose, Items: items} }
	with := func(u Use, f func(*Use)) Use { f(&u); return u }
	consent := func(u *Use) { u.Consent = "note 7" }
	restricted := []any{&docket.Restrict{Restricted: "yes", Add: []comity.Seat{"us-a"}}}
	for _, c := range []struct {
		name  string
		v     request.View
		file  []any
		use   Use
		wants string // what stands against it
	}{
		{"evidence in court", given(t, e, e, "", "GREEN"), nil, us("court"), ""},
		{"what it is for is one of a list", given(t, e, e, "", "GREEN"), nil, us("gossip"), "for"},
		{"an item that is not there", given(t, e, e, "", "GREEN"), nil, us("lead", "3"), "items"},
		{"an item without a result", given(t, e, "-", "", "GREEN"), nil, us("lead", "2"), "2"},
		{"nothing has been given", given(t, "-", "-", "", "GREEN"), nil, us("lead"), "items"},
		{"what has a result is meant", given(t, e, "-", "", "GREEN"), nil, us("court"), ""},

		{"a lead is a lead", given(t, "lead_only", e, "", "GREEN"), nil, us("lead"), ""},
		{"a lead is no investigation", given(t, "lead_only", e, "", "GREEN"), nil, us("investigation"), "1"},
		{"a class that was not said is lead only", given(t, "", e, "", "GREEN"), nil, us("investigation"), "1"},
		{"a class that we do not know is none", given(t, "anything", e, "", "GREEN"), nil, us("lead"), "1"},
		{"the other item may be used", given(t, "lead_only", e, "", "GREEN"), nil, us("evidence", "2"), ""},
		{"for the investigation is not for the court", given(t, "investigation", "investigation", "", "GREEN"), nil, us("court"), "1 2"},
		{"the other side agreed", given(t, "lead_only", e, "", "GREEN"), nil, with(us("court"), consent), ""},

		{"not in civil proceedings", given(t, e, e, "not_in_civil", "GREEN"), nil, us("civil"), "not_in_civil"},
		{"but in criminal ones", given(t, e, e, "not_in_civil", "GREEN"), nil, us("court"), ""},
		{"not in court is neither evidence nor for the defence", given(t, e, e, "not_in_court", "GREEN"), nil, us("defence"), "not_in_court"},
		{"for the purpose only is no administrative matter", given(t, e, e, "purpose_only", "GREEN"), nil, us("administrative"), "purpose_only"},
		{"no company", given(t, e, e, "no_company", "GREEN"), nil, us("company"), "no_company"},
		{"no onward", given(t, e, e, "no_onward", "GREEN"), nil, us("onward"), "no_onward"},
		{"no publication", given(t, e, e, "no_publication", "CLEAR"), nil, us("publication"), "no_publication"},
		{"a condition about the other item", given(t, e, e, "not_in_court:2", "GREEN"), nil, us("court", "1"), ""},
		{"a condition about this one", given(t, e, e, "not_in_court:2", "GREEN"), nil, us("court", "2"), "not_in_court"},
		{"leave was asked and given", given(t, e, e, "not_in_civil", "GREEN"), nil, with(us("civil"), consent), ""},
		{"told beforehand, or not", given(t, e, e, "inform_before_disclosure", "GREEN"), nil, us("court"), "inform_before_disclosure"},
		{"told beforehand", given(t, e, e, "inform_before_disclosure", "GREEN"), nil, with(us("court"), func(u *Use) { u.Informed = "note 9" }), ""},
		{"within the investigation nobody is told", given(t, e, e, "inform_before_disclosure", "GREEN"), nil, us("investigation"), ""},
		{"a condition in words", given(t, e, e, "other", "GREEN"), nil, us("lead"), "other"},
		{"which somebody has read", given(t, e, e, "other", "GREEN"), nil, with(us("lead"), func(u *Use) { u.Confirmed = true }), ""},
		{"costs are no matter of use", given(t, e, e, "costs no_death_penalty", "GREEN"), nil, us("court"), ""},

		{"to be destroyed next year", given(t, e, e, "destroy@2027-01-01", "GREEN"), nil, us("court"), ""},
		{"to be destroyed on this very day", given(t, e, e, "destroy@2026-11-22", "GREEN"), nil, us("lead"), "destroy"},
		{"no consent makes late destruction good", given(t, e, e, "return@2026-01-01", "GREEN"), nil, with(us("lead"), consent), "return"},
		{"the other item may be kept", given(t, e, e, "destroy:2@2026-01-01", "GREEN"), nil, us("lead", "1"), ""},

		{"TLP:CLEAR may be published", given(t, e, e, "", "CLEAR"), nil, us("publication"), ""},
		{"TLP:GREEN may not", given(t, e, e, "", "GREEN"), nil, us("publication"), first.Short() + " " + second.Short()},
		{"TLP:GREEN may go to a company", given(t, e, e, "", "GREEN"), nil, us("company"), ""},
		{"TLP:AMBER may not", given(t, e, e, "", "AMBER"), nil, us("company", "1"), first.Short()},
		{"TLP:AMBER goes to another authority at home", given(t, e, e, "", "AMBER"), nil, us("onward", "1"), ""},
		{"not abroad", given(t, e, e, "", "AMBER"), nil, with(us("onward", "1"), func(u *Use) { u.Abroad = true }), first.Short()},
		{"TLP:AMBER+STRICT stays in the agency", given(t, e, e, "", "AMBER+STRICT"), nil, us("court", "1"), first.Short()},
		{"TLP:RED is not exported", given(t, e, e, "", "RED"), nil, us("export", "1"), first.Short()},
		{"a copy of the matter, with what may not go on", given(t, e, e, "no_onward", "GREEN"), nil, us("export"), "no_onward"},
		{"leave for a copy", given(t, e, e, "no_onward", "GREEN"), nil, with(us("export"), consent), ""},
		{"a copy before anything was given", given(t, "-", "-", "no_onward", "GREEN"), nil, us("export"), ""},
		{"a copy of what is not only for the purpose", given(t, e, e, "purpose_only no_company", "AMBER+STRICT H0 H1"), nil, us("export"), ""},
		{"H2 is not copied", given(t, e, e, "", "GREEN H2"), nil, us("export", "1"), first.Short()},
		{"H3 is read before it is", given(t, e, e, "", "GREEN H3"), nil, us("export"), first.Short() + " " + second.Short()},
		{"the other side is told of a copy", given(t, e, e, "inform_before_disclosure", "GREEN"), nil, us("export"), "inform_before_disclosure"},
		{"what should be destroyed is not copied", given(t, e, e, "destroy@2026-01-01", "GREEN"), nil, us("export"), "destroy"},
		{"what is destroyed is not in a copy", given(t, e, e, "no_onward destroy@2026-01-01", "RED"), []any{&docket.Erasure{Erased: []comity.Hash{first, second}, Reason: "c2", PeerInformed: "yes"}}, us("export"), ""},
		{"the asked side may copy what it was asked", given(t, e, e, "no_onward", "RED H2"), nil, Use{Me: "cn", For: "export"}, ""},
		{"TLP:RED is used where it is", given(t, e, e, "", "RED"), nil, us("evidence", "1"), ""},
		{"a marking that we do not know is the strictest", given(t, e, e, "", "BLUE"), nil, us("lead", "1"), first.Short()},
		{"H0 is for crime", given(t, e, e, "", "GREEN H0"), nil, us("administrative", "1"), first.Short()},
		{"H1 is not for proceedings", given(t, e, e, "", "GREEN H1"), nil, us("evidence", "1"), first.Short()},
		{"H1 may be passed on", given(t, e, e, "", "GREEN H1"), nil, us("onward", "1"), ""},
		{"H2 may not", given(t, e, e, "", "GREEN H2"), nil, us("onward", "1"), first.Short()},
		{"H3 must be read", given(t, e, e, "", "GREEN H3"), nil, us("court", "1"), first.Short()},
		{"H3, and somebody has", given(t, e, e, "", "GREEN H3"), nil, with(us("court", "1"), func(u *Use) { u.Confirmed = true }), ""},
		{"H9 must be read too", given(t, e, e, "", "GREEN H9"), nil, us("court", "1"), first.Short()},
		{"leave for H2 and TLP:RED", given(t, e, e, "", "RED H2"), nil, with(us("court", "1"), consent), ""},

		{"the contents are erased", given(t, e, e, "", "GREEN"), []any{&docket.Erasure{Erased: []comity.Hash{first}, Reason: "c2", PeerInformed: "yes"}}, with(us("lead"), consent), first.Short()},
		{"a restricted matter is not published", given(t, e, e, "", "CLEAR"), restricted, us("publication"), "restricted"},
		{"a court may have it", given(t, e, e, "", "GREEN"), restricted, us("court"), ""},

		{"the asked side is free with its own results", given(t, "lead_only", "lead_only", "no_onward destroy@2026-01-01", "RED H2"), nil, Use{Me: "cn", For: "onward"}, ""},
		{"and bound by the marking of the request", given(t, "lead_only", "lead_only", "", "RED H2"), nil, Use{Me: "cn", For: "company"}, ask.Short()},
	} {
		err := MayUse(c.v, folded(t, c.file...), c.use, noon.Time)
		if got := fields(err); got != c.wants {
			t.Errorf("%s: against it stand %q, want %q (%v)", c.name, got, c.wants, err)
		}
	}
	sealed := given(t, e, e, "", "GREEN")
	sealed.Timeline[1].Sealed = true
	if err := MayUse(sealed, docket.Docket{}, with(us("lead"), consent), noon.Time); fields(err) != first.Short() || !errors.Is(err, comity.Forbidden) {
		t.Errorf("what reached the wrong desk is used: %v", err)
	}
	secret := given(t, e, e, "", "CLEAR")
	secret.Request.Confidentiality.Restricted = true
	if err := MayUse(secret, docket.Docket{}, us("parliament"), noon.Time); fields(err) != "restricted" {
		t.Errorf("what the request restricts is told: %v", err)
	}
	red := given(t, e, e, "", "GREEN")
	red.Timeline[0].Marking.TLP = "RED"
	if err := MayUse(red, docket.Docket{}, Use{Me: "cn", For: "export"}, noon.Time); fields(err) != ask.Short() {
		t.Errorf("a request that is TLP:RED is copied: %v", err)
	}
	red.Timeline[0].Sealed = true // and then it is not in the copy
	if err := MayUse(red, docket.Docket{}, Use{Me: "cn", For: "export"}, noon.Time); err != nil {
		t.Errorf("what is sealed stands against a copy without it: %v", err)
	}
	due := given(t, e, e, "destroy@2027-01-01", "GREEN")
	if err := MayUse(due, docket.Docket{}, us("lead"), due.Conditions[0].By.Time); fields(err) != "destroy" {
		t.Errorf("at the very instant: %v", err)
	}
	gone := given(t, e, e, "", "GREEN")
	gone.Timeline[2].Erased = true
	if err := MayUse(gone, docket.Docket{}, us("lead"), noon.Time); fields(err) != second.Short() {
		t.Errorf("what the view shows as erased is used: %v", err)
	}
}

// What was offered on conditions is bound by the last of them, and its giver is not.
func TestMayExportALead(t *testing.T) {
	on := func(kinds ...string) (list []casefile.Condition) {
		for _, k := range kinds {
			list = append(list, casefile.Condition{ID: k, Kind: k, Text: "as we wrote"})
		}
		return list
	}
	const good = "us lead.offer, cn lead.accept, us lead.provide"
	for _, c := range []struct {
		name, drawing  string
		offer, amended []casefile.Condition
		me             comity.Party
		wants          string
	}{
		{"provided, not to go on", good, on("no_onward"), nil, "cn", "no_onward"},
		{"by who gave it", good, on("no_onward"), nil, "us", ""},
		{"not provided yet", "us lead.offer, cn lead.accept", on("no_onward"), nil, "cn", ""},
		{"a lead only, and confidential", good, on("lead_only", "confidential"), nil, "cn", "confidential"},
		{"on conditions that are gone", good, nil, nil, "cn", "terms"},
		{"the last offer counts", "us lead.offer, cn lead.decline, us lead.amend, cn lead.accept, us lead.provide", on("no_onward"), on("other"), "cn", "other"},
	} {
		s := &threadtest.Story{Capability: casefile.Lead(), Bodies: map[comity.Kind]any{
			"lead.amend": &casefile.Terms{Conditions: c.amended}, casefile.OpensLead: &casefile.Offer{About: "a relay", Category: "fraud", Agency: "us-24-7", Addressee: "cn-24-7", Conditions: c.offer}}}
		for i := range s.Draw(c.drawing).Statements {
			s.Statements[i].Marking.TLP = "AMBER"
		}
		v := Lead(thread.Project(s.Capability, s.History(c.me)))
		if err := MayUse(v, docket.Docket{}, Use{Me: c.me, For: "export"}, noon.Time); fields(err) != c.wants {
			t.Errorf("%s: %v, want %q", c.name, err, c.wants)
		}
	}
}

// fields is faults, with a field that has no dot as it is.
func fields(err error) string {
	var e *comity.Error
	if errors.As(err, &e) && !strings.Contains(e.Field, ".") {
		return e.Field
	}
	return faults(err)
}

func TestPurposesSayWhatTheyAre(t *testing.T) {
	for _, p := range Purposes() {
		if p.Says.EN == "" || !strings.ContainsFunc(p.Says.ZH, func(r rune) bool { return r > 0x4e00 }) || p.Cite == "" {
			t.Errorf("%s: %+v", p.For, p)
		}
		// A condition that no request can state would never stop anything.
		f, _ := reflect.TypeFor[request.Condition]().FieldByName("Kind")
		for _, k := range p.Stops {
			if !strings.Contains("|"+f.Tag.Get("one")+"|", "|"+k+"|") {
				t.Errorf("%s is stopped by %q, which is no kind of condition", p.For, k)
			}
		}
	}
	for _, l := range docket.ScreeningLines() {
		c, _ := reflect.TypeFor[request.Condition]().FieldByName("Kind")
		a, _ := reflect.TypeFor[request.AssuranceAsk]().FieldByName("About")
		for _, k := range l.Conditions {
			if !strings.Contains("|"+c.Tag.Get("one")+"|", "|"+k+"|") {
				t.Errorf("%s is met by %q, which is no kind of condition", l.ID, k)
			}
		}
		for _, k := range l.Assurances {
			if !strings.Contains("|"+a.Tag.Get("one")+"|", "|"+k+"|") {
				t.Errorf("%s is met by %q, about which there is no assurance", l.ID, k)
			}
		}
	}
}

func TestDue(t *testing.T) {
	erased := &docket.Erasure{Erased: []comity.Hash{first}, Reason: "done", PeerInformed: "yes"}
	for _, c := range []struct {
		name, conditions string
		file             []any
		want             string // "kind statements!" where ! is overdue
	}{
		{"nothing is to be returned", "no_onward", nil, ""},
		{"all is to be destroyed", "destroy@2027-01-01", nil, "destroy 1,2"},
		{"one item is", "destroy:2@2027-01-01", nil, "destroy 2"},
		{"it is overdue", "return:1@2026-11-01", nil, "return 1!"},
		{"the earlier first", "destroy:1@2027-06-01 return:2@2027-01-01", nil, "return 2 destroy 1"},
		{"what is erased is done", "destroy:1@2026-01-01", []any{erased}, ""},
		{"the rest is not", "destroy@2026-01-01", []any{erased}, "destroy 2!"},
	} {
		var words []string
		for _, d := range Due(given(t, "evidence", "evidence", c.conditions, "GREEN"), folded(t, c.file...), noon.Time) {
			var ids []string
			for _, h := range d.Statements {
				ids = append(ids, map[comity.Hash]string{first: "1", second: "2"}[h])
			}
			s := d.Condition.Kind + " " + strings.Join(ids, ",")
			if d.Overdue {
				s += "!"
			}
			words = append(words, s)
		}
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	v := given(t, "evidence", "evidence", "destroy@2027-01-01", "GREEN")
	if list := Due(v, docket.Docket{}, v.Conditions[0].By.Time); len(list) != 1 || !list[0].Overdue {
		t.Errorf("at the very instant: %v", list)
	}
}
