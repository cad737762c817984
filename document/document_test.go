package document_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/casefile"
	"comity/clock"
	"comity/document"
	"comity/evidence"
	"comity/form"
	"comity/guide"
	"comity/matter"
	"comity/paper"
	"comity/request"
	"comity/review"
	"comity/thread"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	at    = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	from  = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	until = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	names = map[comity.Party]comity.Text{"us": {EN: "United States", ZH: "美国"}, "cn": {EN: "China", ZH: "中国"}}
	scope = review.Scope{Parties: [2]comity.Party{"us", "cn"}, Realm: comity.Live, From: from, To: until}
)

func form1(own comity.Party) document.Form {
	return document.Form{Reference: "US-2026-000900", TLP: "AMBER", Realm: comity.Live, Own: own, Names: names, At: at}
}

// matters are a half-year's work of both directions, each a little different.
func matters(from time.Time, late int) (ms []review.Matter) {
	types := []string{"preserve", "subscriber", "traffic", "emergency.disclosure"}
	for i := range 40 {
		got := from.Add(time.Duration(i) * 97 * time.Hour)
		took := time.Duration(3+i%11) * time.Hour
		if i < late {
			took = 60 * time.Hour
		}
		m := review.Matter{Realm: comity.Live, Type: types[i%len(types)], Priority: fmt.Sprintf("P%d", 1+i%3), Category: "fraud", Opener: "us", Other: "cn", OpenerAgency: "us-24-7", OtherAgency: "cn-24-7",
			Sent: got.Add(-time.Minute), Receipted: got, Acknowledged: got.Add(time.Hour), FirstAnswer: got.Add(took), Answered: got.Add(took), KnownToBoth: true, Outcome: review.Executed,
			Results: []review.Count{{Name: "preserved", N: 1}}, DeliveryLimit: time.Hour}
		if i%3 == 0 {
			m.Opener, m.Other, m.OpenerAgency, m.OtherAgency = "cn", "us", "cn-24-7", "us-24-7"
		}
		if i%5 == 0 {
			m.Rounds, m.Questions, m.Paused = 1, []string{"C11"}, time.Hour
		}
		if i%9 == 0 {
			m.Outcome, m.Results, m.Grounds = review.Refused, nil, []string{"essential_interests"}
		}
		for c, end := range []time.Duration{time.Hour, took, took} {
			limit := []time.Duration{2 * time.Hour, 0, 48 * time.Hour}[c]
			m.Clocks[c] = review.Took{Gross: end, Net: end, Limit: limit, Due: got.Add(limit)}
		}
		ms = append(ms, m)
	}
	ms = append(ms, review.Matter{Realm: comity.Live, Opener: "us", Other: "cn", Sent: from.Add(time.Hour)})
	return ms
}

func reported(t *testing.T, late int) (now, before review.Report) {
	t.Helper()
	s := scope
	now, err := review.Compute(matters(from, late), s)
	if err == nil {
		s.From, s.To = from.AddDate(0, -6, 0), from
		before, err = review.Compute(matters(s.From, 0), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return now, before
}

func statusReport(t *testing.T) (review.StatusReport, map[comity.Party]comity.Hash) {
	t.Helper()
	period := casefile.Lines{From: "2026-07-01", Until: "2026-12-31"}
	us, cn := period, period
	us.Lines = []casefile.Line{
		{Case: "US-2026-000007", State: "progress", EN: "Logs received; two accounts identified.", ZH: "已收到日志，查明账户两个。"},
		{Case: "CN-2026-000003", State: "waiting", EN: "A court decides in January.", ZH: "法院将于一月作出决定。"},
		{Case: "US-2026-000011", State: "open"},
	}
	cn.Lines = []casefile.Line{
		{Case: "CN-2026-000003", State: "stalled", EN: "No answer for six weeks.", ZH: "六周未获答复。"},
		{Case: "US-2026-000007", State: "progress", EN: "The account holders were questioned.", ZH: "已询问账户持有人。"},
	}
	r, _, err := document.Reconciled(comity.Live, map[comity.Party]casefile.Lines{"us": us, "cn": cn})
	if err != nil {
		t.Fatal(err)
	}
	return r, map[comity.Party]comity.Hash{"us": r.Digest(), "cn": {1}}
}

func certified(statements int) document.Verified {
	v := document.Verified{File: sha256.Sum256([]byte("file")), Says: func(k comity.Kind) comity.Text {
		x, _ := request.Preservation().Kind(k)
		return x.Says
	}}
	v.Head = evidence.CaseHead{V: 1, Realm: comity.Live, Matter: "US-2026-000042", By: "us", Parties: []comity.Party{"cn", "us"}, Time: comity.At(at)}
	v.Parties = []evidence.PartyReport{{Party: "cn", Name: comity.Name{En: "China", Zh: "中国"}, Root: comity.Hash{1}}, {Party: "us", Name: comity.Name{En: "United States", Zh: "美国"}, Root: comity.Hash{2}}}
	kinds := []comity.Kind{"preserve.request", "acknowledge", "accept", "answer", "conditions.propose", "extend.deadline"}
	for i := range statements {
		by := comity.Party([]string{"us", "cn"}[min(1, i%4)])
		sent, got := comity.At(from.Add(time.Duration(i)*time.Hour)), comity.At(from.Add(time.Duration(i)*time.Hour+time.Minute))
		v.Statements = append(v.Statements, &evidence.StatementReport{Place: evidence.Place{From: by, Seq: uint64(i)}, Kind: kinds[i%len(kinds)], Time: sent, Receipted: &got,
			Seats: []comity.Officer{{Seat: comity.Seat(by + "-24-7-01")}, {Seat: comity.Seat(by + "-24-7-02")}}, Manifest: comity.Manifest{Marking: comity.Marking{TLP: "AMBER"}}})
		v.Remarks = append(v.Remarks, evidence.Remark{Code: "skew", What: "its receipt says that it was made at 2026-07-01T00:00:00.000Z, before the statement's item"})
	}
	v.Counts = evidence.Counts{Statements: statements, Receipted: statements}
	return v
}

// asked is a request with an answer, of which every member is filled in.
func asked(t *testing.T) (request.View, []clock.Zone) {
	t.Helper()
	b, err := os.ReadFile("../guidelines/examples/ok-preserve-invoice-fraud.json")
	if err != nil {
		t.Fatal(err)
	}
	var r guide.Request
	if err := form.Decode(bytes.TrimSpace(b), &r); err != nil {
		t.Fatal(err)
	}
	zone, err := clock.ParseZone("Asia/Shanghai", "Beijing")
	if err != nil {
		t.Fatal(err)
	}
	v := request.View{Request: &r, Says: comity.Text{EN: "cn has answered", ZH: "cn 已答复"}}
	v.Ref, v.Opener, v.Other = "US-2026-000042", "us", "cn"
	for _, it := range r.Order.Items {
		v.Items = append(v.Items, request.Item{Item: it, Result: request.Preserved, HoldUntil: comity.At(until), Use: "lead_only"})
	}
	v.Timeline = []thread.Row{
		{Kind: request.OpensPreservation, From: "us", Seats: []comity.Seat{"us-24-7-01", "us-24-7-02"}, Time: from, Receipted: from.Add(time.Minute), Effect: matter.Applied, Marking: comity.Marking{TLP: "AMBER"}},
		{Kind: "answer", From: "cn", Seats: []comity.Seat{"cn-24-7-01", "cn-24-7-02"}, Time: from.Add(time.Hour), Receipted: from.Add(time.Hour + time.Minute), Effect: matter.Applied, Marking: comity.Marking{TLP: "AMBER+STRICT"}},
	}
	return v, []clock.Zone{zone}
}

func papers(t *testing.T) map[string]paper.Doc {
	t.Helper()
	now, before := reported(t, 8)
	sum, err := review.Summarize(now, before)
	if err != nil {
		t.Fatal(err)
	}
	page := document.Page(sum, "us-head-01")
	page.EN, page.ZH = "Both sides now answer at night. Two requests wait for a court.", "双方现均在夜间答复。两件请求正在等待法院决定。"
	if err := form.Check(&page); err != nil {
		t.Errorf("a page of ours does not pass its own form: %v", err)
	}
	summary, err := document.Summary(page, "us", scope.Parties, form1("cn"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := review.National(matters(from, 8), scope, "us")
	if err != nil {
		t.Fatal(err)
	}
	status, signed := statusReport(t)
	v, zones := asked(t)
	return map[string]paper.Doc{
		"review":      document.Review(now, guide.Shipped(), form1("us")),
		"national":    document.National(n, 3, form1("us")),
		"summary":     summary,
		"status":      document.Status(status, signed, form1("us")),
		"certificate": document.Certificate(certified(7), document.Form{Own: "us", At: at}),
		"request":     document.Request(v, request.Preservation(), guide.Shipped(), zones, form1("us")),
	}
}

// TestGolden keeps every word of every paper under review; testdata is what people
// read of it.
func TestGolden(t *testing.T) {
	for name, d := range papers(t) {
		got, err := paper.Plain(d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not as %s has it; run go test ./document -update and read the difference", name, file)
		}
	}
}

// TestPDFHasItsChinese reads each PDF back: what a reader copies is what stands there.
func TestPDFHasItsChinese(t *testing.T) {
	pages := map[string]int{"summary": 1, "certificate": 2, "national": 1}
	for name, d := range papers(t) {
		text, n := read(t, name, d)
		if want := pages[name]; want > 0 && n != want {
			t.Errorf("%s has %d pages, want %d", name, n, want)
		}
		for _, s := range chinese(d) {
			if !strings.Contains(text, dense(s)) {
				t.Errorf("%s lacks %q", name, s)
			}
		}
	}
}

// TestOnePageAndTwo fills the summary and the certificate with the most that they
// can hold.
func TestOnePageAndTwo(t *testing.T) {
	page := casefile.Page{From: "2026-07-01", Until: "2026-12-31", EN: strings.Repeat("word ", 24), ZH: strings.Repeat("字", 60), Cleared: "us-head-01", Digest: comity.Hash{7}}
	for i := range 6 {
		page.Numbers = append(page.Numbers, casefile.Number{Asked: []string{"us", "cn"}[i/3], EN: strings.Repeat("Label ", 7), ZH: strings.Repeat("名", 20), Value: "1000/1000 (100.0%)", Before: "1000/1000 (100.0%)",
			Trend: "up", Cause: strings.Repeat("cause ", 16), CauseZH: strings.Repeat("因", 46)})
	}
	page.Overdue = []casefile.Overdue{{Party: "us", Count: 1000, Since: "2026-07-01"}, {Party: "cn", Count: 1000, Since: "2026-07-01"}}
	if err := form.Check(&page); err != nil {
		t.Fatal(err)
	}
	for _, own := range scope.Parties {
		d, err := document.Summary(page, "us", scope.Parties, form1(own))
		if err != nil {
			t.Fatal(err)
		}
		if _, n := read(t, "full-summary-"+string(own), d); n != 1 {
			t.Errorf("the fullest summary of %s has %d pages", own, n)
		}
		for _, statements := range []int{0, 1, 200} {
			if _, n := read(t, "full-certificate", document.Certificate(certified(statements), document.Form{Own: own, At: at})); n != 2 {
				t.Errorf("a certificate of %s of %d statements has %d pages", own, statements, n)
			}
		}
	}
}

func TestAlternat(t *testing.T) {
	status, signed := statusReport(t)
	for own, first := range map[comity.Party]string{"us": "United States", "cn": "China"} {
		d := document.Status(status, signed, form1(own))
		if d.ChineseFirst != (own == "cn") {
			t.Errorf("the original of %s has Chinese first: %v", own, d.ChineseFirst)
		}
		for _, b := range d.Blocks {
			if x, ok := b.(paper.Table); ok && x.Head[2].EN != first {
				t.Errorf("the original of %s names %s first", own, x.Head[2].EN)
			}
			if x, ok := b.(paper.Signatures); ok && x[0].Role.EN != "For "+first {
				t.Errorf("the original of %s is signed first %s", own, x[0].Role.EN)
			}
		}
	}
}

func TestReconciled(t *testing.T) {
	lines := func(from, until string) casefile.Lines { return casefile.Lines{From: from, Until: until} }
	h2 := lines("2026-07-01", "2026-12-31")
	for _, tt := range []struct {
		name  string
		lines map[comity.Party]casefile.Lines
		want  string
	}{
		{"one side alone", map[comity.Party]casefile.Lines{"us": h2}, "only one side"},
		{"different periods", map[comity.Party]casefile.Lines{"us": h2, "cn": lines("2026-07-01", "2026-12-30")}, "different periods"},
		{"a day that is none", map[comity.Party]casefile.Lines{"us": h2, "cn": lines("2026-07-01", "2026-02-30")}, "until"},
		{"no case on either side", map[comity.Party]casefile.Lines{"us": h2, "cn": h2}, ""},
	} {
		_, _, err := document.Reconciled(comity.Live, tt.lines)
		if got := fmt.Sprint(err); err == nil && tt.want != "" || err != nil && (tt.want == "" || !strings.Contains(got, tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// read writes a PDF and reads it with another program.
func read(t *testing.T, name string, d paper.Doc) (text string, pages int) {
	t.Helper()
	b, err := paper.PDF(d, at)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	dir := os.Getenv("KEEP_PAPERS")
	if dir == "" {
		dir = t.TempDir()
	}
	file := filepath.Join(dir, name+".pdf")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-raw", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return dense(string(out)), bytes.Count(out, []byte{'\f'})
}

func dense(s string) string { return strings.Join(strings.Fields(s), "") }

// chinese returns the Chinese of those blocks whose text stands unbroken: other
// cells may be broken where another column stands between.
func chinese(d paper.Doc) (list []string) {
	list = append(list, d.Title.ZH, d.Subtitle.ZH)
	for _, b := range d.Blocks {
		switch b := b.(type) {
		case paper.Heading:
			list = append(list, b.Text.ZH)
		case paper.Para:
			list = append(list, b.Text.ZH)
		case paper.KeyValues:
			for _, kv := range b {
				list = append(list, kv.Label.ZH)
			}
		}
	}
	return list
}
