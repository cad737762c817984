package gate

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/docket"
	"comity/guide"
	"comity/matter"
	"comity/request"
	"comity/thread"
)

// drawn returns answers for every line of a sheet, as "minor=yes political=yes:2
// privileged=yes! own_national=": all others are no, ! is a note, : begins items,
// and nothing after = leaves the line open.
func drawn(t *testing.T, lines []docket.Line, s string) (bodies []any) {
	t.Helper()
	answers := map[string]string{}
	for w := range strings.FieldsSeq(s) {
		line, answer, ok := strings.Cut(w, "=")
		if !ok || !slices.ContainsFunc(lines, func(l docket.Line) bool { return l.ID == line }) {
			t.Fatalf("%q is no answer", w)
		}
		answers[line] = answer
	}
	for _, l := range lines {
		answer, ok := answers[l.ID]
		if !ok {
			answer = "no"
		}
		if answer == "" {
			continue
		}
		answer, items, some := strings.Cut(answer, ":")
		var list []string
		if some {
			list = strings.Split(items, ",")
		}
		answer, note := strings.TrimRight(answer, "!"), ""
		if strings.HasSuffix(strings.SplitN(answers[l.ID], ":", 2)[0], "!") {
			note = "a note"
		}
		if len(lines) == len(docket.ScreeningLines()) {
			bodies = append(bodies, &docket.Screening{Line: l.ID, Answer: answer, Items: list, Note: note})
			continue
		}
		p := &docket.Protection{Line: l.ID, Answer: answer, Note: note}
		if some {
			p.ConsentRef = items
		}
		bodies = append(bodies, p)
	}
	return bodies
}

// faults returns the fields of a joined error, without what stands before the dot.
func faults(errs ...error) string {
	var fields []string
	for _, err := range errs {
		if err == nil {
			continue
		}
		if all, ok := err.(interface{ Unwrap() []error }); ok {
			if e, is := err.(*comity.Error); is {
				_, name, _ := strings.Cut(e.Field, ".")
				fields = append(fields, name)
				continue
			}
			fields = append(fields, faults(all.Unwrap()...))
		}
	}
	return strings.Join(fields, " ")
}

func TestMayLeave(t *testing.T) {
	const none = "informant= undercover= technique= victim= witness= third_state_origin= sealed_proceedings="
	for _, c := range []struct {
		name, sheet string
		urgent      bool
		stops, warn string
	}{
		{"nothing is behind it", "", false, "", ""},
		{"nobody has asked", none, false, "informant undercover technique victim witness third_state_origin sealed_proceedings", ""},
		{"nobody has asked, and a life is at risk", none, true, "", "informant undercover technique victim witness third_state_origin sealed_proceedings"},
		{"one line is open", "witness=", false, "witness", ""},
		{"an informant, and nothing done about it", "informant=yes", false, "informant", ""},
		{"not even in an emergency", "informant=yes", true, "informant", ""},
		{"an informant who is protected", "informant=yes!", false, "", ""},
		{"an undercover officer, a technique and a seal want a word too", "undercover=yes technique=yes sealed_proceedings=yes", false, "undercover technique sealed_proceedings", ""},
		{"a third state that has not agreed", "third_state_origin=yes!", false, "third_state_origin", ""},
		{"a third state that has", "third_state_origin=yes:letter-118", false, "", ""},
		{"a victim and a witness are for the marking", "victim=yes witness=yes", false, "", ""},
	} {
		warn, err := MayLeave(folded(t, drawn(t, docket.ProtectionLines(), c.sheet)...), c.urgent)
		if got := faults(err); got != c.stops {
			t.Errorf("%s: stopped by %q, want %q", c.name, got, c.stops)
		}
		if got := faults(warn...); got != c.warn {
			t.Errorf("%s: warned of %q, want %q", c.name, got, c.warn)
		}
		for _, e := range append(warn, err) {
			if e != nil && (!errors.Is(e, comity.Invalid) || !strings.Contains(e.Error(), "comity protect REF ")) {
				t.Errorf("%s: %v does not say what mends it", c.name, e)
			}
		}
	}
}

// asked draws a request to us (cn) of two items.
func asked(typ, priority, results, terms string) request.View {
	v := request.View{View: thread.View{Ref: "US-2026-000042", Opener: "us", Other: "cn"}, Priority: priority, Request: &guide.Request{Type: typ, Priority: priority}}
	for _, id := range []string{"1", "2"} {
		v.Items = append(v.Items, request.Item{Item: guide.Item{ID: id}, Result: "open"})
	}
	for w := range strings.FieldsSeq(results) {
		id, result, _ := strings.Cut(w, "=")
		i := slices.IndexFunc(v.Items, func(it request.Item) bool { return it.ID == id })
		v.Items[i].Result, v.Items[i].By = result, comity.Hash{7}
	}
	for w := range strings.FieldsSeq(terms) {
		name, rest, _ := strings.Cut(w, ":")
		var items []string
		if rest != "" {
			items = strings.Split(rest, ",")
		}
		about, verdict, assured := strings.Cut(name, "=")
		switch {
		case name == "consult":
			v.Timeline = append(v.Timeline, thread.Row{Kind: "consult", From: "cn", Effect: matter.Fact})
		case name == "consult.refused": // it came back: there was none
			v.Timeline = append(v.Timeline, thread.Row{Kind: "consult", From: "cn", Refused: "kind"})
		case assured:
			a := request.Assurance{AssuranceAsk: request.AssuranceAsk{About: about, Items: items}, By: "cn", Verdict: verdict}
			if verdict != "unanswered" {
				a.Given = &request.AssuranceGive{Given: verdict != "declined"}
			}
			if verdict == "declined" {
				a.Verdict = "sufficient" // whatever is said of it, it was not given
			}
			v.Assurances = append(v.Assurances, a)
		default:
			v.Conditions = append(v.Conditions, request.Condition{ID: "c", Kind: name, Items: items})
		}
	}
	return v
}

// answer draws an answer: "1=provided 2=refused".
func answer(s string) *request.Answer {
	b := &request.Answer{}
	for w := range strings.FieldsSeq(s) {
		id, result, _ := strings.Cut(w, "=")
		b.Results = append(b.Results, request.Result{Item: id, Result: result})
	}
	return b
}

func TestMayDecide(t *testing.T) {
	const nobody = "own_national= minor= victim_named= privileged= political= persecution= death_penalty= ne_bis_in_idem= own_investigation= disproportion= third_party_origin="
	const eleven = "own_national minor victim_named privileged political persecution death_penalty ne_bis_in_idem own_investigation disproportion third_party_origin"
	both := answer("1=provided 2=provided")
	for _, c := range []struct {
		name, sheet string
		kind        comity.Kind
		body        any
		v           request.View
		stops, warn string
	}{
		{"a screened request is accepted", "", "accept", nil, asked("content", "P3", "", ""), "", ""},
		{"nobody has looked", nobody, "accept", nil, asked("content", "P3", "", ""), eleven, ""},
		{"no refusal without looking either", nobody, "refuse", &request.Refuse{}, asked("content", "P3", "", ""), eleven, ""},
		{"nor a postponement", "disproportion=", "postpone", nil, asked("content", "P3", "", ""), "disproportion", ""},
		{"nor conditions", "privileged=", "conditions.propose", nil, asked("content", "P3", "", ""), "privileged", ""},
		{"a question decides nothing", nobody, "ask", nil, asked("content", "P3", "", ""), "", ""},
		{"nor does the asker's consent to conditions", nobody, "conditions.accept", nil, asked("content", "P3", "", ""), "", ""},
		{"in an emergency three lines are needed", nobody, "answer", both, asked("emergency.disclosure", "P0", "", ""), "own_national minor political",
			"victim_named privileged persecution death_penalty ne_bis_in_idem own_investigation disproportion third_party_origin"},

		{"unknown, and nobody was consulted", "political=unknown", "accept", nil, asked("content", "P3", "", ""), "political", ""},
		{"unknown, and the sides spoke", "political=unknown", "accept", nil, asked("content", "P3", "", "consult"), "", ""},
		{"a consultation that came back was none", "political=unknown", "accept", nil, asked("content", "P3", "", "consult.refused"), "political", ""},
		{"a refusal says itself whether they spoke", "political=unknown", "refuse", &request.Refuse{}, asked("content", "P3", "", ""), "", ""},
		{"in an emergency unknown is not asked about first", "own_national=unknown", "answer", both, asked("emergency.disclosure", "P0", "", ""), "", "own_national"},
		{"what only we can find out wants no consultation", "own_investigation=unknown", "accept", nil, asked("content", "P3", "", "consult"), "own_investigation", ""},
		{"but a word on how", "own_investigation=unknown!", "accept", nil, asked("content", "P3", "", ""), "", ""},

		{"political, and answered bare", "political=yes", "answer", both, asked("content", "P3", "", ""), "political political", ""},
		{"political, and accepted bare", "political=yes", "accept", nil, asked("content", "P3", "", ""), "political political", ""},
		{"an emergency makes it no less political", "political=yes", "answer", both, asked("emergency.disclosure", "P0", "", ""), "political political", ""},
		{"political, and refused", "political=yes", "refuse", &request.Refuse{}, asked("content", "P3", "", ""), "", ""},
		{"the second item is: it is refused, the first is given", "political=yes:2", "answer", answer("1=provided 2=refused"), asked("content", "P3", "", ""), "", ""},
		{"the second item is, and is given", "political=yes:2", "answer", both, asked("content", "P3", "", ""), "political", ""},
		{"it is refused already, and the rest is accepted", "political=yes:2", "accept", nil, asked("content", "P3", "2=refused", ""), "", ""},
		{"what has no record harms nobody", "political=yes", "answer", answer("1=no_record 2=gone"), asked("content", "P3", "", ""), "", ""},
		{"a hold for a political case is stopped too", "political=yes", "answer", answer("1=preserved 2=no_record"), asked("preserve", "P1", "", ""), "political", ""},
		{"an answer that nobody can read grants everything", "political=yes", "answer", nil, asked("content", "P3", "", ""), "political political", ""},

		{"death, and no word about it", "death_penalty=yes", "answer", both, asked("content", "P3", "", ""), "death_penalty death_penalty", ""},
		{"death, and a condition on all", "death_penalty=yes", "answer", both, asked("content", "P3", "", "no_death_penalty"), "", ""},
		{"death, and a condition on one item", "death_penalty=yes", "answer", both, asked("content", "P3", "", "no_death_penalty:1"), "death_penalty", ""},
		{"death, and a condition about something else", "death_penalty=yes", "answer", both, asked("content", "P3", "", "no_company"), "death_penalty death_penalty", ""},
		{"death, and data for averting only", "death_penalty=yes", "answer", both, asked("emergency.disclosure", "P0", "", "purpose_only"), "", ""},
		{"death, and an assurance that is sufficient", "death_penalty=yes", "answer", both, asked("content", "P3", "", "death_penalty=sufficient"), "", ""},
		{"an assurance that is not judged yet", "death_penalty=yes", "answer", both, asked("content", "P3", "", "death_penalty="), "death_penalty death_penalty", ""},
		{"one that cannot be given", "death_penalty=yes", "answer", both, asked("content", "P3", "", "death_penalty=declined"), "death_penalty death_penalty", ""},
		{"one that nobody answered", "death_penalty=yes", "answer", both, asked("content", "P3", "", "death_penalty=unanswered"), "death_penalty death_penalty", ""},
		{"one that was broken", "death_penalty=yes", "answer", both, asked("content", "P3", "", "death_penalty=broken"), "death_penalty death_penalty", ""},
		{"one about a fair trial is none about death", "death_penalty=yes", "answer", both, asked("content", "P3", "", "fair_trial=sufficient"), "death_penalty death_penalty", ""},
		{"a hold alone decides nothing", "death_penalty=yes", "accept", nil, asked("preserve", "P1", "", ""), "", ""},
		{"persecution, and an assurance of a fair trial for one item", "persecution=yes", "answer", both, asked("content", "P3", "", "fair_trial=sufficient:1"), "persecution", ""},

		{"privileged data that nobody sifted", "privileged=yes", "answer", both, asked("content", "P3", "", ""), "privileged", ""},
		{"privileged data that somebody sifted", "privileged=yes!", "answer", both, asked("content", "P3", "", ""), "", ""},
		{"a minor, and everybody may see it", "minor=yes", "accept", nil, asked("content", "P3", "", ""), "", "minor"},
		{"an own national is no reason alone", "own_national=yes", "accept", nil, asked("content", "P3", "", ""), "", ""},
	} {
		warn, err := MayDecide(folded(t, drawn(t, docket.ScreeningLines(), c.sheet)...), c.kind, c.body, c.v)
		if got := faults(err); got != c.stops {
			t.Errorf("%s: stopped by %q, want %q", c.name, got, c.stops)
		}
		if got := faults(warn...); got != c.warn {
			t.Errorf("%s: warned of %q, want %q", c.name, got, c.warn)
		}
		for _, e := range append(warn, err) {
			if e != nil && !strings.Contains(e.Error(), ": comity ") && !strings.Contains(e.Error(), ", or comity ") {
				t.Errorf("%s: %v does not say what mends it", c.name, e)
			}
		}
	}
	kept := folded(t, append(drawn(t, docket.ScreeningLines(), "minor=yes"), &docket.Restrict{Restricted: "yes", Add: []comity.Seat{"cn-a"}})...)
	if warn, err := MayDecide(kept, "accept", nil, asked("content", "P3", "", "")); len(warn) > 0 || err != nil {
		t.Errorf("a minor, and the matter is restricted: %v, %v", warn, err)
	}
	ours := asked("content", "P3", "", "death_penalty=sufficient")
	ours.Assurances[0].By = "us" // the asker asked for it: of that we gave one, and took none
	if _, err := MayDecide(folded(t, drawn(t, docket.ScreeningLines(), "death_penalty=yes")...), "answer", both, ours); err == nil {
		t.Error("an assurance that we gave ourselves was taken for one that we have")
	}
	if _, err := MayDecide(docket.Docket{}, "accept", nil, asked("content", "P3", "", "")); faults(err) != eleven {
		t.Errorf("the zero Docket: %v", err)
	}
}

func TestMayErase(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		name    string
		entries []any
		now     string
		held    bool
	}{
		{"nobody wants it kept", nil, "2026-11-22T12:00:00Z", false},
		{"a court does", []any{&docket.LegalHold{HoldBy: "a court"}}, "2099-01-01T00:00:00Z", true},
		{"a court did", []any{&docket.LegalHold{HoldBy: "a court"}, &docket.LegalHold{HoldBy: "a court", Lifted: true}}, "2026-11-22T12:00:00Z", false},
		{"until the last day", []any{&docket.LegalHold{HoldBy: "a court", Until: "2028-12-31"}}, "2028-12-31T23:59:59Z", true},
		{"which ends late in the west", []any{&docket.LegalHold{HoldBy: "a court", Until: "2028-12-31"}}, "2029-01-01T11:59:59Z", true},
		{"and not after", []any{&docket.LegalHold{HoldBy: "a court", Until: "2028-12-31"}}, "2029-01-01T12:00:00Z", false},
		{"one of two is lifted", []any{&docket.LegalHold{HoldBy: "a court"}, &docket.LegalHold{HoldBy: "the archive"}, &docket.LegalHold{HoldBy: "a court", Lifted: true}}, "2026-11-22T12:00:00Z", true},
	} {
		err := MayErase(folded(t, c.entries...), "us", []thread.Row{{From: "cn"}}, day(c.now))
		if (err != nil) != c.held || err != nil && (!errors.Is(err, comity.Forbidden) || !strings.Contains(err.Error(), "comity legal-hold REF --hold-by WHO --lifted")) {
			t.Errorf("%s: %v, want held %v", c.name, err, c.held)
		}
	}
}

func TestMayEraseWhatHasArrived(t *testing.T) {
	row := func(from comity.Party, receipted time.Time) thread.Row {
		return thread.Row{ID: comity.Hash{1}, From: from, Receipted: receipted}
	}
	gone := folded(t, &docket.Erasure{Erased: []comity.Hash{{1}}, Reason: "done", PeerInformed: "yes"})
	for _, c := range []struct {
		name    string
		d       docket.Docket
		rows    []thread.Row
		refused bool
	}{
		{"what they have a receipt of", docket.Docket{}, []thread.Row{row("us", noon.Time)}, false},
		{"what still waits in our outbox, or is on its way", docket.Docket{}, []thread.Row{row("us", time.Time{})}, true},
		{"what they said is here, whatever they know of that", docket.Docket{}, []thread.Row{row("cn", time.Time{})}, false},
		{"one of two has not arrived", docket.Docket{}, []thread.Row{row("cn", time.Time{}), row("us", time.Time{})}, true},
		{"what is gone already", gone, []thread.Row{row("us", noon.Time)}, true},
	} {
		if err := MayErase(c.d, "us", c.rows, noon.Time); (err != nil) != c.refused || err != nil && !errors.Is(err, comity.Conflict) {
			t.Errorf("%s: %v, want refused %v", c.name, err, c.refused)
		}
	}
}
