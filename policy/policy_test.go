package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/policy"
)

// what draws a matter: words that each change one thing of a plain draft, AMBER,
// by seat us-24-7-09, routed to the agency us-24-7.
func what(t testing.TB, words string) (r policy.Request) {
	t.Helper()
	m := policy.Matter{ID: "US-2026-000042", Kind: "preserve.request", Type: "preserve", Priority: "P1", Author: "us-24-7-09",
		Agencies: []comity.Agency{"us-24-7"}, Opener: "us", Marking: comity.Marking{TLP: "AMBER"}}
	r.Realm = comity.Live
	for _, w := range strings.Fields(words) {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "kind":
			m.Kind = comity.Kind(v)
		case "type":
			m.Type = v
		case "category":
			m.Category = v
		case "priority":
			m.Priority = v
		case "tlp":
			m.Marking.TLP = v
		case "handling":
			m.Marking.Handling = strings.Split(v, ",")
		case "restricted":
			m.Restricted = true
		case "admitted":
			m.Admitted = append(m.Admitted, comity.Seat(v))
		case "routed":
			m.Agencies = []comity.Agency{comity.Agency(v)}
		case "author":
			m.Author = comity.Seat(v)
		case "ours":
			m.Ours = true
		case "suspended":
			m.Suspended = append(m.Suspended, v)
		case "to":
			r.To = v
		case "consent":
			r.Consent = true
		case "conditions":
			r.Conditions = true
		case "realm":
			r.Realm = comity.Realm(v)
		case "bare":
			m = policy.Matter{}
		default:
			t.Fatalf("no word %q", w)
		}
	}
	r.Matter = m
	return r
}

// who draws a seat: its number at us-24-7, or agency/number; then its roles.
func who(seat string) policy.Seat {
	f := strings.Fields(seat)
	agency, n, ok := strings.Cut(f[0], "/")
	if !ok {
		agency, n = "us-24-7", f[0]
	}
	s := policy.Seat{ID: comity.Seat(agency + "-" + n), Agency: comity.Agency(agency), Roles: f[1:]}
	if i := slices.Index(s.Roles, "cleared"); i >= 0 {
		s.Roles, s.Level = slices.Delete(s.Roles, i, i+1), "restricted"
	}
	return s
}

const yes, nobody, fault = "", "no rule", "could not be evaluated"

var table = []struct {
	name, seat string
	action     policy.Action
	what, want string // yes, or what the denial says: the rule's name
}{
	{"a duty officer drafts", "01 draft", policy.Draft, "", yes},
	{"an auditor does not draft", "01 auditor", policy.Draft, "", nobody},
	{"a second officer approves", "01 release", policy.Approve, "", yes},
	{"the author is not the second approver", "09 draft release", policy.Approve, "", "author-is-not-approver"},
	{"nor is anybody, of a draft without an author", "01 release", policy.Approve, "author=", "author-is-not-approver"},
	{"who only drafts does not approve", "01 draft", policy.Approve, "", nobody},
	{"the author alone, at night, of a preservation", "09 draft release", policy.ReleaseSole, "", yes},
	{"who only drafts does not release alone", "09 draft", policy.ReleaseSole, "", nobody},
	{"an emergency disclosure leaves by one word", "09 release", policy.ReleaseSole, "type=emergency.disclosure kind=emergency.disclosure.request", yes},
	{"emergency assistance leaves by one word", "09 release", policy.ReleaseSole, "type=emergency.mla kind=emergency.mla.request", yes},
	{"a question leaves by one word", "09 release", policy.ReleaseSole, "type=subscriber kind=ask", yes},
	{"a longer hold leaves by one word", "09 release", policy.ReleaseSole, "kind=extend.hold", yes},
	{"a supplement to a content request does not, from a duty officer", "09 release", policy.ReleaseSole, "type=content kind=supplement", "coercive"},
	{"an answer does not leave by one word", "09 release", policy.ReleaseSole, "kind=answer", "sole-list"},
	{"a refusal does not", "09 release", policy.ReleaseSole, "kind=refuse", "sole-list"},
	{"a subscriber request does not", "09 release", policy.ReleaseSole, "type=subscriber kind=subscriber.request", "sole-list"},
	{"content takes more than a release role", "01 release", policy.Approve, "type=content", "coercive"},
	{"the central authority approves content", "01 central", policy.Approve, "type=content", yes},
	{"a prosecutor approves interception", "01 prosecutor", policy.Approve, "type=realtime.content", yes},
	{"testimony likewise", "01 release", policy.Approve, "type=testimony", "coercive"},
	{"transfer likewise", "01 release", policy.Approve, "type=transfer", "coercive"},
	{"freezing likewise", "01 release", policy.Approve, "type=assets.freeze", "coercive"},
	{"a type that nobody told the policy of likewise", "01 release", policy.Approve, "type=dream.reading", "coercive"},
	{"the central authority may not approve its own draft", "09 central", policy.Approve, "type=content", "author-is-not-approver"},
	{"a suspended type does not leave", "01 release", policy.Approve, "type=subscriber suspended=subscriber", "suspended"},
	{"another type does", "01 release", policy.Approve, "suspended=subscriber", yes},
	{"life keeps the lane open", "01 release", policy.Approve, "suspended=preserve priority=P0", yes},
	{"a child at risk keeps it open", "01 release", policy.ReleaseSole, "suspended=preserve category=child_abuse", yes},
	{"the head suspends", "01 head", policy.Suspend, "bare", yes},
	{"a principal adopts", "01 principal", policy.Adopt, "bare", yes},
	{"a duty officer does not suspend", "01 draft release", policy.Suspend, "bare", nobody},
	{"nor does the central authority adopt", "01 central", policy.Adopt, "bare", nobody},

	{"any officer reads", "us-fbi/01 prosecutor", policy.Read, "", yes},
	{"a registrar keeps keys and reads nothing", "01 registrar", policy.Read, "", nobody},
	{"a seat without a role reads nothing", "01", policy.Read, "", nobody},
	{"an auditor reads the journal", "01 auditor", policy.Journal, "bare", yes},
	{"a duty officer does not", "01 release", policy.Journal, "bare", nobody},
	{"an auditor reads an open matter", "01 auditor", policy.Read, "", yes},
	{"an auditor does not read a restricted matter", "01 auditor", policy.Read, "restricted admitted=us-24-7-02", "restricted"},
	{"nor what the journal says of it", "01 auditor", policy.Journal, "restricted admitted=us-24-7-02", "restricted"},
	{"who is on the list reads", "02 draft", policy.Read, "restricted admitted=us-24-7-02", yes},
	{"who is on the list still needs a role", "02 registrar", policy.Read, "restricted admitted=us-24-7-02", nobody},
	{"every role together does not open it", "01 draft release central prosecutor legal head principal auditor cleared", policy.Read, "restricted admitted=us-24-7-02", "restricted"},
	{"nor to its author, once off the list", "09 draft", policy.Draft, "restricted", "restricted"},
	{"RED is for the seats named", "02 draft", policy.Read, "tlp=RED admitted=us-24-7-02", yes},
	{"not for their cleared colleagues", "01 draft cleared", policy.Read, "tlp=RED admitted=us-24-7-02", "tlp-red"},
	{"for a cleared seat of the agency, if nobody is named", "01 draft cleared", policy.Read, "tlp=RED", yes},
	{"not for one without clearance", "01 draft", policy.Read, "tlp=RED", "tlp-red"},
	{"not for another agency", "us-fbi/01 draft cleared", policy.Read, "tlp=RED", "tlp-red"},
	{"the author reads what it wrote", "09 draft", policy.Read, "tlp=RED admitted=us-24-7-02", yes},
	{"RED is not exported, even our own", "02 release", policy.Export, "tlp=RED admitted=us-24-7-02 ours consent", "tlp-red-export"},
	{"AMBER+STRICT is for the agency it went to", "01 draft", policy.Read, "tlp=AMBER+STRICT", yes},
	{"not for another", "us-fbi/01 draft", policy.Read, "tlp=AMBER+STRICT", "tlp-amber-strict"},
	{"until it is routed there", "us-fbi/01 draft", policy.Read, "tlp=AMBER+STRICT routed=us-fbi", yes},
	{"AMBER is for the party", "us-fbi/01 draft", policy.Read, "tlp=AMBER", yes},

	{"legal review discloses AMBER to a court", "01 legal", policy.Disclose, "to=court", yes},
	{"a duty officer does not", "01 draft release", policy.Disclose, "to=court", nobody},
	{"the central authority discloses to a data subject", "01 central", policy.Disclose, "to=data_subject", yes},
	{"AMBER+STRICT is not disclosed without consent", "01 legal", policy.Disclose, "to=parliament tlp=AMBER+STRICT", "tlp-outside-agency"},
	{"with consent it is", "01 legal", policy.Disclose, "to=parliament tlp=AMBER+STRICT consent", yes},
	{"AMBER does not go abroad without consent", "01 legal", policy.Export, "to=abroad", "tlp-abroad"},
	{"GREEN does", "01 legal", policy.Export, "to=abroad tlp=GREEN", yes},
	{"our own AMBER does", "01 legal", policy.Export, "to=abroad ours", yes},
	{"H0 goes to court", "01 legal", policy.Disclose, "to=court handling=H0", yes},
	{"H1 does not go to court without permission", "01 legal", policy.Disclose, "to=court handling=H1", "h1"},
	{"nor to the defence", "01 legal", policy.Export, "to=defence handling=H1", "h1"},
	{"with permission it does", "01 legal", policy.Disclose, "to=court handling=H1 consent", yes},
	{"H1 goes to parliament", "01 legal", policy.Disclose, "to=parliament handling=H1", yes},
	{"the head refers what is not marked otherwise", "01 head", policy.Refer, "", yes},
	{"H2 is not referred without permission", "01 release", policy.Refer, "handling=H2", "h2"},
	{"but reaches the competent agency", "01 draft", policy.Route, "handling=H2", yes},
	{"H3 waits for somebody to confirm its conditions", "01 legal", policy.Export, "handling=H3 consent", "h3"},
	{"then it leaves", "01 legal", policy.Export, "handling=H3 conditions", yes},
	{"codes add up", "01 legal", policy.Disclose, "to=court handling=H1,H3 conditions", "h1"},
	{"our own marking does not bind us", "01 legal", policy.Disclose, "to=court handling=H1,H2,H3 ours", yes},
	{"legal review erases", "01 legal", policy.Erase, "", yes},
	{"a duty officer does not erase", "01 draft release", policy.Erase, "", nobody},
	{"the duty officer screens, notes and protects", "01 draft", policy.Screen, "", yes},
	{"so does the prosecutor", "01 prosecutor", policy.Protect, "", yes},
	{"domestic action is the desk's", "01 release", policy.Act, "", yes},
	{"an exercise follows the same rules", "09 release", policy.Approve, "realm=exercise:harbour-2027", "author-is-not-approver"},

	{"a matter without a marking", "01 draft", policy.Read, "tlp=", fault},
	{"a marking that is none", "01 draft", policy.Read, "tlp=PINK", fault},
	{"a handling code that is none", "01 draft", policy.Read, "handling=H9", fault},
	{"a role that is none", "01 draft king", policy.Read, "", fault},
	{"a priority that is none", "01 draft", policy.Read, "priority=P9", fault},
	{"an action that is none", "01 draft", "burn", "", fault},
	{"a disclosure to nobody", "01 legal", policy.Disclose, "", fault},
	{"no realm", "01 draft", policy.Read, "realm=", fault},
}

func TestDefault(t *testing.T) {
	s := parse(t, policy.DefaultText())
	used := map[string]bool{}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			r := what(t, tt.what)
			r.Seat, r.Action = who(tt.seat), tt.action
			err := s.Allow(r)
			for _, rule := range s.Explain(r).Rules {
				used[rule.ID] = true
			}
			if tt.want == yes {
				if err != nil {
					t.Errorf("denied: %v", err)
				}
				return
			}
			if !errors.Is(err, comity.Forbidden) {
				t.Fatalf("got %v, want a Forbidden error", err)
			}
			want := tt.want
			if want != nobody && want != fault {
				want = "[" + want + "]"
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %q, want it to name %s", err, want)
			}
		})
	}
	for _, id := range ruleIDs() {
		if !used[id] {
			t.Errorf("no row of the table is decided by the rule %q", id)
		}
	}
	if f := s.Lint(); len(f) > 0 {
		t.Errorf("the default policy has findings: %v", f)
	}
}

func ruleIDs() (ids []string) {
	for _, l := range strings.Split(policy.DefaultText(), "\n") {
		if id, ok := strings.CutPrefix(l, `@id("`); ok {
			ids = append(ids, strings.TrimSuffix(id, `")`))
		}
	}
	return ids
}

func TestHidden(t *testing.T) {
	const overflow = `@id("bad") @says_en("x") @says_zh("x") permit (principal, action, resource) when { 9223372036854775807 + 1 > 0 };`
	for _, tt := range []struct {
		name, text, seat, what string
		want                   bool
	}{
		{"an outsider of a restricted matter", policy.DefaultText(), "01 draft", "restricted admitted=us-24-7-02", true},
		{"also when the policy cannot be evaluated", overflow, "01 draft", "restricted admitted=us-24-7-02", true},
		{"also when its marking is missing", policy.DefaultText(), "01 draft", "restricted tlp=", true},
		{"a seat on the list without a role", policy.DefaultText(), "02 registrar", "restricted admitted=us-24-7-02", false},
		{"an open matter", policy.DefaultText(), "01 registrar", "", false},
	} {
		r := what(t, tt.what)
		r.Seat, r.Action = who(tt.seat), policy.Read
		err := parse(t, tt.text).Allow(r)
		if err == nil || policy.Hidden(err) != tt.want {
			t.Errorf("%s: error %v, hidden %v, want %v", tt.name, err, policy.Hidden(err), tt.want)
		}
	}
}

const notes = `@id("one") @says_en("Anybody may.") @says_zh("任何人均可。") `
const more = `@id("two") @says_en("Nobody may.") @says_zh("任何人均不可。") @who_en("Nobody.") @who_zh("无。") `
const anybody = notes + "permit (principal, action, resource);\n"

// An expression that is of the right type, and overflows when evaluated.
const bang = "9223372036854775807 + (if resource.restricted then 0 else 1) > 0"

func TestErrorsDeny(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing wrong", anybody, ""},
		{"a forbid that errs, which Cedar skips", anybody + more + "forbid (principal, action, resource) when { " + bang + " };", `rule "two" (us.cedar:2) cannot be evaluated`},
		{"a permit that errs, beside one that does not", anybody + strings.Replace(notes, "one", "two", 1) + "permit (principal, action, resource) when { " + bang + " };", `rule "two" (us.cedar:2) cannot be evaluated`},
		{"a forbid that errs only in its unless", anybody + more + "forbid (principal, action, resource) unless { " + bang + " };", `rule "two" (us.cedar:2) cannot be evaluated`},
	} {
		r := what(t, "")
		r.Seat, r.Action = who("01 draft"), policy.Read
		s := parse(t, tt.text)
		err := s.Allow(r)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if !errors.Is(err, comity.Forbidden) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want a denial that says %s", tt.name, err, tt.want)
		}
		if f := s.Lint(); !slices.ContainsFunc(f, func(f policy.Finding) bool { return strings.Contains(f.Says.EN, tt.want) }) {
			t.Errorf("%s: lint does not tell: %v", tt.name, f)
		}
	}
}

func TestParse(t *testing.T) {
	rule := func(cond string) string {
		return anybody + "\n// why\n" + more + "\nforbid (principal, action, resource)\nwhen { " + cond + " };"
	}
	for _, tt := range []struct{ name, text, at, want string }{
		{"nothing", "", "us.cedar:1", "a policy is"},
		{"only a comment", "// to be written", "us.cedar:1", "0 rules"},
		{"a missing semicolon", anybody + notes + "permit (principal, action, resource)\n" + more + "forbid (principal, action, resource);", "us.cedar:3", `"@" stands where`},
		{"a misspelt effect", "\n\nallow (principal, action, resource);", "us.cedar:3", "this is not Cedar"},
		{"an open string", anybody + `@id("x`, "us.cedar:2", "this is not Cedar"},
		{"no name", "permit (principal, action, resource);", "us.cedar:1", "@id"},
		{"a name twice", anybody + anybody, "us.cedar:2", "in line 1"},
		{"a rule not said in Chinese", `@id("one") @says_en("x") permit (principal, action, resource);`, "us.cedar:1", "@says_zh"},
		{"a forbid that does not say who can act", notes + "forbid (principal, action, resource);", "us.cedar:1", "@who_en"},
		{"an unknown attribute", rule("principal.mfa"), "us.cedar:4", "mfa"},
		{"an unknown attribute of the context", rule("context.mfa"), "us.cedar:4", "mfa"},
		{"an unknown word", rule(`resource.type == Type::"contnet"`), "us.cedar:4", "contnet"},
		{"a comparison that never holds", rule(`resource.type == "content"`), "us.cedar:4", "rule"},
		{"an unknown action", notes + `permit (principal, action == Action::"aprove", resource);`, "us.cedar:1", "aprove"},
		{"an unknown kind of thing", notes + `permit (principal is Officer, action, resource);`, "us.cedar:1", "Officer"},
		{"an endless chain of names", rule("principal has a" + strings.Repeat(".a", 30000)), "us.cedar:1", "full stops"},
		{"a comment without end", anybody + "/* permit", "us.cedar:2", "not Cedar"},
		{"an endless text", strings.Repeat(" ", 200_000), "us.cedar:1", "a policy is"},
		{"text in another encoding", anybody + "// \xff", "us.cedar:1", "UTF-8"},
	} {
		_, err := policy.Parse("us.cedar", []byte(tt.text))
		e, ok := errors.AsType[*comity.Error](err)
		if !ok || !errors.Is(err, comity.Invalid) || e.Field != tt.at || !strings.Contains(e.Text, tt.want) {
			t.Errorf("%s: got %v, want an Invalid error at %s that says %q", tt.name, err, tt.at, tt.want)
		}
	}
}

func TestLint(t *testing.T) {
	f := parse(t, anybody).Lint()
	for _, want := range []string{"second approver", "TLP:RED may be exported [one, line 1]", "an outsider may read a restricted matter"} {
		if !slices.ContainsFunc(f, func(f policy.Finding) bool { return strings.Contains(f.Says.EN, want) }) {
			t.Errorf("a policy that lets anybody do anything: lint does not say %q", want)
		}
	}
}

func TestSays(t *testing.T) {
	r := what(t, "type=content")
	r.Seat, r.Action = who("09 draft release"), policy.Approve
	got := parse(t, policy.DefaultText()).Explain(r).Says()
	want := comity.Text{
		EN: "seat us-24-7-09 may not approve: The author of a draft may not be its second approver (C40). [author-is-not-approver] Another seat that releases approves. " +
			"Content, interception, testimony, transfer, freezing of assets and unknown types take the word of the central authority or a prosecutor. [coercive] A seat of the central authority or a prosecutor approves.",
		ZH: "席位 us-24-7-09 不得执行 approve：起草人不得担任同一文稿的第二审批人（C40）。〔author-is-not-approver〕请由另一担任签发职责的席位批准。" +
			"内容数据、监听截取、取证、移管、资产冻结以及未知类型的请求，须由中央机关或检察官批准。〔coercive〕请由中央机关席位或检察官席位批准。",
	}
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func parse(t testing.TB, text string) *policy.Set {
	t.Helper()
	s, err := policy.Parse("us.cedar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzParse holds Parse to its bounds, and what it accepts to a decision.
func FuzzParse(f *testing.F) {
	f.Add(policy.DefaultText())
	f.Add(anybody + more + "forbid (principal, action, resource) when { " + bang + " };")
	f.Add(`@id("x`)
	r := what(f, "restricted handling=H1")
	r.Seat, r.Action = who("01 draft"), policy.Read
	f.Fuzz(func(t *testing.T, text string) {
		s, err := policy.Parse("us.cedar", []byte(text))
		if err != nil {
			if !errors.Is(err, comity.Invalid) || s != nil {
				t.Fatalf("got %v with the error %v, want nothing and Invalid", s, err)
			}
			return
		}
		d := s.Explain(r)
		if d.Allowed && len(d.Faults) > 0 || d.Hidden == d.Allowed {
			t.Fatalf("allowed %v, hidden %v, with faults %v", d.Allowed, d.Hidden, d.Faults)
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	s := parse(b, policy.DefaultText())
	r := what(b, "handling=H1,H3 admitted=us-24-7-01 admitted=us-24-7-02")
	r.Seat, r.Action = who("01 draft release"), policy.Approve
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Allow(r); err != nil {
			b.Fatal(err)
		}
	}
}
