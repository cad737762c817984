package evidence_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comity/evidence"
)

// TestReportNames holds docs/spec/casefile.md, 5, to the names that comity
// verify --json prints, all of them in lower case.
func TestReportNames(t *testing.T) {
	page, err := os.ReadFile("../docs/spec/casefile.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## 5. ")
	said := map[string]bool{}
	for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(section, -1) {
		said[m[1]] = true
	}
	r := reflect.TypeFor[evidence.Report]()
	for _, name := range names(r, nil) {
		if !regexp.MustCompile(`^[a-z_]+$`).MatchString(name) {
			t.Errorf("%q is not in lower case", name)
		}
		if !said[name] {
			t.Errorf("casefile.md does not say what %q is", name)
		}
	}
}

// names lists the JSON names within a type of this package; those of wire
// objects are README.md's, save where they are embedded.
func names(r reflect.Type, list []string) []string {
	for r.Kind() == reflect.Pointer || r.Kind() == reflect.Slice {
		r = r.Elem()
	}
	if r.Kind() != reflect.Struct || r.PkgPath() != reflect.TypeFor[evidence.Report]().PkgPath() {
		return list
	}
	for i := range r.NumField() {
		f := r.Field(i)
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name // as encoding/json would write it
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
		list = names(f.Type, list)
	}
	return list
}
