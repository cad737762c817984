package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"comity/guide"
)

const examples = "../guidelines/examples"

// readJSON reads a file to the letter, and reports whether it is there.
func readJSON(t *testing.T, name string, to any) bool {
	t.Helper()
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return true
}

// TestExamples holds each draft to its name: an ok one is released, and another
// has the finding that it is named for and no other that blocks.
func TestExamples(t *testing.T) {
	t.Run("plain", func(t *testing.T) { eachExample(t, ourPack, setting().Texts) })
	t.Run("shipped", func(t *testing.T) {
		l := guide.Shipped()
		eachExample(t, func(id string) *guide.Pack {
			p, ok := l.Pack(id)
			if !ok {
				return nil
			}
			return &p
		}, l.CheckText)
	})
}

func eachExample(t *testing.T, pack func(id string) *guide.Pack, texts func(string) (guide.CheckText, bool)) {
	names, err := filepath.Glob(examples + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen, types := map[string]int{}, map[string]bool{}
	for _, name := range names {
		base := strings.TrimSuffix(filepath.Base(name), ".json")
		if base == "setting" || strings.HasSuffix(base, ".setting") || strings.HasSuffix(base, ".past") {
			continue
		}
		t.Run(base, func(t *testing.T) {
			var r guide.Request
			readJSON(t, name, &r)
			var s Setting
			if !readJSON(t, examples+"/setting.json", &s) {
				t.Fatal("no setting.json")
			}
			readJSON(t, strings.TrimSuffix(name, ".json")+".setting.json", &s)
			s = s.Sides(r)
			s.Pack, s.Texts = pack(r.Basis.ID), texts
			if s.From == "" || s.To == "" || s.From == s.To {
				t.Fatalf("from %q to %q: the directory has not both agencies", s.From, s.To)
			}
			fs := Text(r, s)
			var past Past
			if readJSON(t, strings.TrimSuffix(name, ".json")+".past.json", &past) {
				fs = append(fs, History(r, s, past)...)
			}
			id, _, _ := strings.Cut(base, "-")
			seen[id]++
			if id == "ok" {
				types[r.Type] = true
			}
			if id != "ok" && !slices.ContainsFunc(fs, func(f Finding) bool { return f.ID == id }) {
				t.Errorf("no %s", id)
			}
			for _, f := range fs {
				if f.Severity == guide.Block && f.ID != id {
					t.Errorf("%s %s blocks too: %s", f.ID, f.Field, f.Text("en"))
				}
				if f.Wrong.EN == "" || f.Wrong.ZH == "" || f.Do.EN == "" || f.Do.ZH == "" || f.Cite == "" || strings.Contains(f.Wrong.EN+f.Wrong.ZH, "%!") {
					t.Errorf("a finding that does not say what is wrong, in both languages, and whence: %+v", f)
				}
				t.Logf("%s %s %s: %s / %s", f.ID, f.Severity, f.Field, f.Wrong.EN, f.Wrong.ZH)
			}
		})
	}
	if seen["ok"] < 22 {
		t.Errorf("%d ok drafts", seen["ok"])
	}
	for _, ty := range plain().Types {
		if !types[ty.ID] {
			t.Errorf("no ok draft of the type %s", ty.ID)
		}
	}
	for _, row := range plain().Checks {
		if seen[row.ID] == 0 {
			t.Errorf("no draft fails %s", row.ID)
		}
	}
}
