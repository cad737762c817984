package reports_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/cabinet"
	"comity/casefile"
	"comity/cmd/comity/casefiles"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/reports"
	"comity/config"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/shell"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// A side is one party's node and its terminal.
type side struct {
	*testnet.Node
	t *testing.T
}

func newPair(t *testing.T) (us, cn side) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn = side{nodes[0], t}, side{nodes[1], t}
	testnet.Settle(t, nodes...)
	return us, cn
}

func settle(a, b side) { testnet.Settle(a.t, a.Node, b.Node) }

// run calls a command, and returns what it printed.
func (s side) run(args ...string) string {
	s.t.Helper()
	out, err := s.try("", args...)
	if err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
	return out
}

func (s side) try(stdin string, args ...string) (string, error) {
	var out bytes.Buffer
	a := &shell.App{Ctx: s.t.Context(), Dir: s.Dir, Lang: "en", Pass: filepath.Join(s.Dir, "pass"), Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: io.Discard}
	err := reports.Commands(a)[args[0]](args[1:])
	return out.String(), err
}

// say releases a statement by two officers, or by one if that suffices.
func (s side) say(w desk.New, body any) comity.Ref {
	s.t.Helper()
	w.Body = testnet.Body(body)
	if w.Marking.TLP == "" {
		w.Marking.TLP = "AMBER"
	}
	d, err := s.Desk.Say(s.t.Context(), w, desk.Word{Officer: s.Officers[0]})
	if err == nil && d.Sent.IsZero() {
		d = s.approve(d.ID)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", w.Kind, err)
	}
	return d.Matter
}

func (s side) approve(id string) desk.Draft {
	s.t.Helper()
	_, err := s.Desk.Approve(s.t.Context(), id, desk.Word{Officer: s.Officers[1]})
	var d desk.Draft
	if err == nil {
		d, err = s.Desk.Send(s.t.Context(), id)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s side) asks(to side, typ, priority string) comity.Ref {
	s.t.Helper()
	var r guide.Request
	if err := form.Decode(testnet.Request(200), &r); err != nil {
		s.t.Fatal(err)
	}
	r.Type, r.Priority, r.Authority.Agency, r.Authority.Seat, r.Addressee.Agency = typ, priority, string(s.Name)+"-24-7", string(s.Officers[0].Seat), string(to.Name)+"-24-7"
	if typ == "subscriber" {
		r.Order.Items[0].Data, r.FollowUp = "subscriber", nil
	}
	return s.say(desk.New{To: to.Name, Kind: request.Opens(typ)}, &r)
}

func (s side) tells(ref comity.Ref, kind comity.Kind, body any) {
	s.t.Helper()
	s.say(desk.New{Matter: ref, Kind: kind}, body)
}

func answer(results ...request.Result) *request.Answer { return &request.Answer{Results: results} }

func held() request.Result {
	now := time.Now()
	return request.Result{Item: "1", Result: request.Preserved, HoldFrom: comity.At(now), HoldUntil: comity.At(now.AddDate(0, 0, 90))}
}

// traffic is requests of several types and outcomes, in both directions.
func traffic(us, cn side) {
	kept := us.asks(cn, "preserve", "P1")
	refused := cn.asks(us, "preserve", "P1")
	back := us.asks(cn, "preserve", "P2")
	data := us.asks(cn, "subscriber", "P2")
	cn.asks(us, "subscriber", "P3")
	settle(us, cn)
	cn.tells(kept, "accept", &request.Accept{})
	us.tells(refused, "refuse", &request.Refuse{Ground: "essential_interests", NoFurtherReasons: true, Consultation: request.Consultation{State: "held"}})
	us.tells(back, "withdraw", &request.Withdraw{Reason: "the account was found by another way"})
	cn.tells(data, "ask", &request.Ask{Questions: []request.Question{{Field: "order.items[0].from", Rule: "C11", Text: "which zone?"}}})
	settle(us, cn)
	cn.tells(kept, "answer", answer(held()))
	us.tells(data, "supplement", &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].from", Text: "UTC"}}})
	settle(us, cn)
	cn.tells(data, "answer", answer(request.Result{Item: "1", Result: request.NoRecord}))
	us.tells(kept, "close", &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "partly"})
	settle(us, cn)
}

type figures struct {
	Joint    json.RawMessage `json:"joint"`
	Coverage struct{ Known, Total, Waiting int }
	Digest   comity.Hash
}

func (s side) figures(args ...string) (f figures) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.run(append([]string{"review", "--json"}, args...)...)), &f); err != nil {
		s.t.Fatal(err)
	}
	return f
}

// TestBothSidesComputeTheSameFigures is what a review is for: two nodes, each from
// its own record, come to the same bytes.
func TestBothSidesComputeTheSameFigures(t *testing.T) {
	us, cn := newPair(t)
	traffic(us, cn)
	end := time.Now().UTC().Truncate(time.Second).Add(time.Second) // a flag names whole seconds
	until := []string{"--from", end.AddDate(0, 0, -1).Format(time.DateOnly), "--until", end.Format(time.RFC3339)}
	testnet.Until(t, 5*time.Second, "the moment named has passed", func() bool { return time.Now().After(end) })
	a, b := us.figures(until...), cn.figures(until...)
	if !bytes.Equal(a.Joint, b.Joint) || a.Digest != b.Digest {
		t.Errorf("us has %s\n%s\ncn has %s\n%s", a.Digest, a.Joint, b.Digest, b.Joint)
	}
	if a.Coverage.Known != 5 || a.Coverage != b.Coverage {
		t.Errorf("coverage: %+v and %+v; want 5 known to both", a.Coverage, b.Coverage)
	}
	for _, want := range []string{
		`"received":5`, `"settled":4`, `"open":1`, `"feedback":1`,
		`{"name":"executed","n":1,"of":4}`, `{"name":"refused","n":1,"of":4}`, `{"name":"impossible","n":1,"of":4}`, `{"name":"withdrawn","n":1,"of":4}`,
		`{"name":"right_first_time","n":2,"of":3}`, `{"name":"within_answer","n":3,"of":3}`,
		`"checks":[{"name":"C11","n":1}]`, `"grounds":[{"name":"essential_interests","n":1}]`,
	} {
		if !strings.Contains(string(a.Joint), want) {
			t.Errorf("there is no %s in\n%s", want, a.Joint)
		}
	}
	if again := us.figures(until...); again.Digest != a.Digest {
		t.Error("the figures that were kept are not those that were measured")
	}
	if err := us.DB.Update(t.Context(), cabinet.Drop); err != nil {
		t.Fatal(err)
	}
	if again := us.figures(until...); again.Digest != a.Digest {
		t.Error("the figures differ after they were dropped and measured again")
	}
	early := []string{until[0], until[1], "--until", time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)}
	if f := us.figures(early...); f.Coverage.Total != 0 {
		t.Errorf("a period before all of it has %d matters", f.Coverage.Total)
	}
}

func TestWhatIsUnderWayWaitsAndWhatIsRestrictedIsNotThere(t *testing.T) {
	us, cn := newPair(t)
	settled := us.asks(cn, "preserve", "P1")
	settle(us, cn)
	us.asks(cn, "preserve", "P1") // and nobody carries it
	f := us.figures()
	if f.Coverage.Known != 1 || f.Coverage.Waiting != 0 && f.Coverage.Waiting != 1 || f.Coverage.Total-f.Coverage.Waiting != 1 {
		t.Errorf("coverage is %+v", f.Coverage)
	}
	settle(us, cn)
	if f := us.figures(); f.Coverage.Known != 2 {
		t.Errorf("when it has arrived, coverage is %+v", f.Coverage)
	}
	if err := us.DB.Update(t.Context(), func(tx *store.Tx) error {
		m, err := tx.Matter(comity.Live, settled)
		m.Secret, m.Restricted = true, true
		if err != nil {
			return err
		}
		return tx.PutMatter(m)
	}); err != nil {
		t.Fatal(err)
	}
	if f := us.figures(); f.Coverage.Total != 1 {
		t.Errorf("with one restricted, coverage is %+v", f.Coverage)
	}
	if out := us.run("review", "--national", "--json"); !strings.Contains(out, `"restricted":1`) {
		t.Errorf("the national view does not count it: %s", out)
	}
	pdf := filepath.Join(t.TempDir(), "x.pdf")
	_, hidden := us.try("", "print", string(settled), "--pdf", pdf)
	_, absent := us.try("", "print", "US-2099-000099", "--pdf", pdf)
	if hidden == nil || absent == nil || hidden.Error() != strings.ReplaceAll(absent.Error(), "US-2099-000099", string(settled)) {
		t.Errorf("a restricted matter: %v\none that is not there: %v", hidden, absent)
	}
}

// TestStatusReport has both sides draft, compare and sign one text.
func TestStatusReport(t *testing.T) {
	us, cn := newPair(t)
	one := us.say(desk.New{To: "cn", Kind: casefile.OpensCase}, &casefile.Open{Title: "invoice fraud", Category: "fraud", Agency: "us-24-7"})
	two := cn.say(desk.New{To: "us", Kind: casefile.OpensCase}, &casefile.Open{Title: "a botnet", Category: "hacking", Agency: "cn-24-7"})
	settle(us, cn)
	cn.tells(one, "case.join", &casefile.Join{Agency: "cn-24-7"})
	us.tells(two, "case.join", &casefile.Join{Agency: "us-24-7"})
	us.tells(one, "case.status", &casefile.Status{State: "progress", EN: "Logs received.", ZH: "已收到日志。"})
	us.tells(two, "case.status", &casefile.Status{State: "waiting", EN: "We wait for a court.", ZH: "正在等待法院决定。"})
	cn.tells(one, "case.status", &casefile.Status{State: "progress", EN: "The accounts were identified.", ZH: "账户已查明。"})
	cn.tells(two, "case.status", &casefile.Status{State: "stalled", EN: "No answer for six weeks.", ZH: "六周未获答复。"})
	settle(us, cn)

	var lines [2]casefile.Lines
	for i, s := range []side{us, cn} {
		if err := json.Unmarshal([]byte(s.run("report", "draft", "--json")), &lines[i]); err != nil {
			t.Fatal(err)
		}
	}
	ref := us.say(desk.New{To: "cn", Kind: casefile.OpensReport}, &lines[0])
	settle(us, cn)
	if _, err := us.try("", "report", "sign", string(ref), "--seat", "us-24-7-01"); err == nil {
		t.Error("a report is signed with one side's lines alone")
	}
	cn.tells(ref, "report.answer", &lines[1])
	settle(us, cn)

	digest := regexp.MustCompile(`SHA-256 ([0-9a-f]{64})`)
	a, b := us.run("report", "show", string(ref)), cn.run("report", "show", string(ref))
	if x, y := digest.FindString(a), digest.FindString(b); x == "" || x != y {
		t.Errorf("us: %s\ncn: %s", a, b)
	}
	if want := fmt.Sprintf(`differs: %s  status: "stalled" and "waiting"`, two); !strings.Contains(a, want) {
		t.Errorf("there is no %s in\n%s", want, a)
	}
	for _, s := range []side{us, cn} {
		var d desk.Draft
		if err := json.Unmarshal([]byte(s.run("report", "sign", string(ref), "--seat", string(s.Officers[0].Seat), "--json")), &d); err != nil {
			t.Fatal(err)
		}
		s.approve(d.ID)
		settle(us, cn)
	}
	if out := cn.run("report", "show", string(ref)); strings.Count(out, "has signed it") != 2 {
		t.Errorf("after both have signed:\n%s", out)
	}
	pdf := filepath.Join(t.TempDir(), "report.pdf")
	cn.run("report", "show", string(ref), "--pdf", pdf)
	holds(t, pdf, 0, "双方看法不一", "正在等待法院决定。", "六周未获答复。", "等待他方", "signed in the record, this text")
}

// TestSummary has the page cleared by one of the two that sign it, and no other.
func TestSummary(t *testing.T) {
	us, cn := newPair(t)
	traffic(us, cn)
	period := []string{"--from", time.Now().UTC().AddDate(0, 0, -8).Format(time.DateOnly), "--until", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)}
	draft := func(cleared string) string {
		var p casefile.Page
		if err := json.Unmarshal([]byte(us.run(append([]string{"summary", "draft", "--cleared", cleared, "--json"}, period...)...)), &p); err != nil {
			t.Fatal(err)
		}
		p.EN, p.ZH = "Both sides answer at night now.", "双方现均在夜间答复。"
		return string(testnet.Body(&p))
	}
	var d desk.Draft
	out, err := us.try(draft("us-head-01"), "summary", "send", "--peer", "cn", "--file", "-", "--seat", "us-24-7-01", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := us.Desk.Approve(t.Context(), d.ID, desk.Word{Officer: us.Officers[1]}); err != nil {
		t.Fatal(err)
	}
	node := &shell.Node{Config: config.Config{Party: "us"}, Dir: us.Dir, DB: us.DB, Vault: us.Vault, Keeper: us.Keeper}
	gated := &desk.Desk{Keeper: us.Keeper, Vault: us.Vault, Rules: desk.Rules{
		Gate: func(_ *store.Tx, d store.Draft, _ comity.Release, _ []comity.File, seats []comity.Seat) ([]error, error) {
			return nil, node.Cleared(d, seats)
		}}}
	if _, err := gated.Send(t.Context(), d.ID); err == nil || !strings.Contains(err.Error(), "us-head-01 clears this summary") {
		t.Errorf("a page left without the seat that clears it: %v", err)
	}
	out, err = us.try(draft("us-24-7-02"), "summary", "send", "--peer", "cn", "--file", "-", "--seat", "us-24-7-01", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := us.Desk.Approve(t.Context(), d.ID, desk.Word{Officer: us.Officers[1]}); err != nil {
		t.Fatal(err)
	}
	if d, err = gated.Send(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	settle(us, cn)
	pdf := filepath.Join(t.TempDir(), "summary.pdf")
	cn.run("summary", "show", string(d.Matter), "--pdf", pdf)
	holds(t, pdf, 1, "双方现均在夜间答复。", "负责人摘要", "cleared by us-24-7-02")

	stale := strings.Replace(draft("us-24-7-02"), `"digest":"`, `"digest":"00`, 1)
	stale = regexp.MustCompile(`"digest":"(.{64})..`).ReplaceAllString(stale, `"digest":"$1`)
	if _, err := us.try(stale, "summary", "send", "--peer", "cn", "--file", "-", "--seat", "us-24-7-01"); err == nil || !strings.Contains(err.Error(), "draft it anew") {
		t.Errorf("a page with another digest: %v", err)
	}
}

func TestPapersOfAReview(t *testing.T) {
	us, cn := newPair(t)
	traffic(us, cn)
	dir := t.TempDir()
	us.run("review", "--pdf", dir+"/r.pdf", "--html", dir+"/r.html", "--docx", dir+"/r.docx", "--csv", dir+"/r.csv")
	holds(t, dir+"/r.pdf", 0, "协助请求答复时效与质量评估", "自签收至完整答复用时中位数", "用户信息", "TLP:AMBER", "共5件，其中双方均已掌握5件")
	us.run("review", "--national", "--pdf", dir+"/n.pdf")
	holds(t, dir+"/n.pdf", 1, "仅限本国内部使用", "本文件不得对外传送。", "对等情况")
	us.run("print", "US-2026-000003", "--pdf", dir+"/p.pdf", "--html", dir+"/p.html")
	holds(t, dir+"/p.pdf", 0, "请求书：用户信息", "请求机关")
	if _, err := us.try("", "review", "--pdf", dir+"/r.pdf"); err == nil {
		t.Error("a file was overwritten")
	}
	if b, err := os.ReadFile(dir + "/r.csv"); err != nil || !strings.Contains(string(b), "Requests receipted / 已签收的请求") {
		t.Errorf("the CSV: %v %.300s", err, b)
	}
}

// TestCertificate is of a case file that verifies, and of no other.
func TestCertificate(t *testing.T) {
	us, cn := newPair(t)
	ref := us.asks(cn, "preserve", "P1")
	settle(us, cn)
	cn.tells(ref, "answer", answer(held()))
	settle(us, cn)
	dir := t.TempDir()
	file, trust, pdf := dir+"/case", dir+"/trust", dir+"/certificate.pdf"
	a := &shell.App{Ctx: t.Context(), Dir: us.Dir, Pass: filepath.Join(us.Dir, "pass"), Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	err := errors.Join(
		casefiles.Commands(a)["export"]([]string{string(ref), "--out", file, "--no-files"}),
		pairing.Commands(a)["trust"]([]string{"--out", trust}))
	if err != nil {
		t.Fatal(err)
	}
	out := us.run("certificate", file, "--trust", trust, "--out", pdf)
	if !strings.Contains(out, "verifies, SHA-256 ") {
		t.Error(out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, pdf, 2, "案卷文件核验证明", string(ref), "请求保全存储的数据", fmt.Sprintf("%x", sha256.Sum256(b))[:8], "TLP:AMBER")
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	none := dir + "/none.pdf"
	if _, err := us.try("", "certificate", file, "--trust", trust, "--out", none); shell.Status(err) != 8 {
		t.Errorf("a damaged case file: %v", err)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a damaged case file has a certificate")
	}
}

// TestRedIsForNamedReaders holds the one place that decides who reads a paper.
func TestRedIsForNamedReaders(t *testing.T) {
	us, cn := newPair(t)
	ref := us.asks(cn, "preserve", "P1")
	us.say(desk.New{Matter: ref, Kind: "note", Marking: comity.Marking{TLP: "RED"}}, &thread.Note{Text: "for two people"})
	settle(us, cn)
	pdf := filepath.Join(t.TempDir(), "x.pdf")
	for _, args := range [][]string{{"print", string(ref), "--pdf", pdf}, {"review"}} {
		if _, err := cn.try("", args...); err == nil || shell.Status(err) != 5 {
			t.Errorf("%v without a seat: %v", args, err)
		}
		cn.run(append(args, "--seat", "cn-24-7-01")...)
	}
	holds(t, pdf, 0, "TLP:RED")

	// A seat that is known, and not cleared for it, is refused as who is not.
	c, err := config.Read(cn.Dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Seats = map[comity.Seat]config.Powers{"cn-24-7-01": {Level: "restricted"}, "cn-24-7-02": {Roles: []string{"legal"}}}
	if err := c.Write(cn.Dir); err != nil {
		t.Fatal(err)
	}
	printed := []string{"print", string(ref), "--pdf", pdf, "--overwrite", "--seat"}
	if _, err := cn.try("", append(printed, "cn-24-7-02")...); err == nil || shell.Status(err) != 5 {
		t.Errorf("a seat without clearance: %v", err)
	}
	cn.run(append(printed, "cn-24-7-01")...)
}

// holds checks a PDF's text, without white space, and its number of pages.
func holds(t *testing.T, pdf string, pages int, want ...string) {
	t.Helper()
	out, err := exec.Command("pdftotext", "-layout", pdf, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out, []byte{'\f'}); pages > 0 && n != pages {
		t.Errorf("%s has %d pages, want %d", filepath.Base(pdf), n, pages)
	}
	for _, mode := range []string{"-layout", "-raw"} {
		if mode == "-raw" {
			if out2, err := exec.Command("pdftotext", mode, pdf, "-").Output(); err == nil {
				out = append(out, out2...)
			}
		}
	}
	dense := strings.Join(strings.Fields(string(out)), "")
	for _, w := range want {
		if !strings.Contains(dense, strings.Join(strings.Fields(w), "")) {
			t.Errorf("%s does not say %q:\n%.3000s", filepath.Base(pdf), w, out)
		}
	}
	if keep := os.Getenv("KEEP_PAPERS"); keep != "" {
		b, err := os.ReadFile(pdf)
		if err == nil {
			err = os.WriteFile(filepath.Join(keep, t.Name()+"-"+filepath.Base(pdf)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
