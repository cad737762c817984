package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"comity/shell"
)

// caseFile writes the matter to a file, on both sides, and checks it, whole and
// damaged.
func (st *story) caseFile() error {
	file, trust := filepath.Join(st.dir, "case.comity"), filepath.Join(st.dir, "trust.json")
	// Condition c1 binds us: what leaves its node is by cn's consent.
	if _, err := st.us.do("export", string(st.ref), "--out", file, "--consent", "CN-24-7/0412"); err != nil {
		return err
	}
	if _, err := st.us.do("trust", "--out", trust); err != nil {
		return err
	}
	st.when(time.Now())
	st.labelled(4, st.bold("us"), 6, "writes the case file, and the trust file that says whose root keys are whose")
	st.typed(st.us, "export %s --out case.comity --consent CN-24-7/0412", st.ref)
	st.typed(st.us, "trust --out trust.json")
	st.typed(nil, "verify case.comity --trust trust.json")
	good, err := st.verdict(file, trust)
	if err != nil {
		return err
	}
	v, err := st.both(st.ref)
	if err != nil {
		return err
	}
	c := good.Report.Counts
	if err := must(good.Good && c.Statements == len(v.Timeline) && c.Receipted == c.Statements && c.Refused == 0 && c.Files == 2 && len(good.Report.Remarks) == 0,
		"the case file has the whole matter, receipted: %+v %v", c, good.Report.Remarks); err != nil {
		return err
	}
	st.gap()
	st.holds("good: %d statements, %d receipted, %d files with their contents; every signature, every place in both logs and every receipt checked, offline.", c.Statements, c.Receipted, c.Files)

	theirs, theirTrust := filepath.Join(st.dir, "cn", "case.comity"), filepath.Join(st.dir, "cn", "trust.json")
	if _, err := st.cn.do("export", string(st.ref), "--out", theirs); err != nil {
		return err
	}
	if _, err := st.cn.do("trust", "--out", theirTrust); err != nil {
		return err
	}
	ours, err := os.ReadFile(trust)
	if err != nil {
		return err
	}
	same, err := os.ReadFile(theirTrust)
	if err != nil {
		return err
	}
	other, err := st.verdict(theirs, trust)
	if err != nil {
		return err
	}
	if err := must(bytes.Equal(ours, same) && other.Good && other.Report.Counts == c, "cn's case file shows the same: %+v", other); err != nil {
		return err
	}
	st.holds("cn writes its own: it verifies too, by the same trust file, with the same count. Either side can prove it without the other.")

	whole, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	forged := bytes.Replace(whole, []byte(`"port":80`), []byte(`"port":81`), 1)
	if err := must(!bytes.Equal(forged, whole), "the corrected port is in the case file"); err != nil {
		return err
	}
	name := filepath.Join(st.dir, "us", "forged.comity")
	if err := os.WriteFile(name, forged, 0o600); err != nil {
		return err
	}
	bad, err := st.verdict(name, trust)
	if err := must(errors.Is(err, shell.ErrFound) && bad.Fault != nil, "the forgery is found: %v", err); err != nil {
		return err
	}
	st.holds("With one digit changed, port 80 to 81 in us's supplement: FAULT %s, %s.", bad.Fault.Code, bad.Fault.What)
	st.gap()
	st.para(4, "What it cannot prove: that nothing came later, what the clocks really said, or that what was said is so.")
	return os.Remove(name)
}

func (st *story) verdict(file, trust string) (verdict, error) {
	var v verdict
	out, err := st.us.do("verify", file, "--trust", trust, "--json")
	if err != nil && !errors.Is(err, shell.ErrFound) {
		return v, err
	}
	return v, errors.Join(err, json.Unmarshal([]byte(out), &v))
}
