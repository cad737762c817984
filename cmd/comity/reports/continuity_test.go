package reports_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"comity/desk"
	"comity/pair"
)

// TestContinuityPack has what an officer needs when the node is gone, in both languages.
func TestContinuityPack(t *testing.T) {
	us, cn := newPair(t)
	open := us.asks(cn, "preserve", "P1")
	us.say(desk.New{To: "cn", Kind: pair.OpensDirectory}, &pair.Agencies{Agencies: []pair.Agency{{ID: "us-24-7", EN: "contact point", ZH: "联络点", Contact: "+1-202-555-0101", Hours: "24/7",
		Competences: []pair.Competence{{Types: []string{"preserve"}}}}}})
	settle(us, cn)
	if out := cn.run("directory", "--json"); !strings.Contains(out, `"contact":"+1-202-555-0101"`) {
		t.Errorf("the other side's directory is not listed: %s", out)
	}
	file := filepath.Join(t.TempDir(), "pack.pdf")
	if out := cn.run("print", "continuity", "--out", file); !strings.HasPrefix(out, "1 open matters, 1 telephone numbers") {
		t.Errorf("it says %q", out)
	}
	text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "order.items") || strings.Contains(string(text), "authority.") {
		t.Errorf("a field has no name:\n%s", text)
	}
	for _, want := range []string{string(open), "+1-202-555-0101", "联络点", "电话联络表", "Blank request", "空白协助请求书", "Call sheet", "通话记录表", "TLP:AMBER", "Agency asked", "以四位一组复述标识符"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}
