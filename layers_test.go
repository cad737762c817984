package comity_test

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The deepest chain of imports a newcomer may have to hold in mind.
const deepest = 7

// The largest package, in lines that are not tests.
const largest = 2500

// TestLayers holds the code to layers.txt, both ways. It parses the source
// rather than call go list, because the test cache cannot see what a child
// process read.
func TestLayers(t *testing.T) {
	allowed, order := readLayers(t)
	found, lines := readImports(t)

	for _, p := range slices.Sorted(maps.Keys(found)) {
		want, ok := allowed[p]
		if !ok {
			t.Errorf("package %s is not on the map; add its line to layers.txt", p)
			continue
		}
		if got := found[p]; !slices.Equal(got, want) {
			t.Errorf("%s imports %v, layers.txt says %v", p, got, want)
		}
		if n := lines[p]; n > largest {
			t.Errorf("%s has %d lines, more than %d: it is two packages", p, n, largest)
		}
	}
	depth := map[string]int{}
	for i, p := range order {
		if found[p] == nil && lines[p] == 0 {
			t.Errorf("layers.txt names %s, which is not there", p)
		}
		depth[p] = 1
		for _, q := range allowed[p] {
			if j := slices.Index(order, q); j < 0 || j >= i {
				t.Errorf("layers.txt lets %s import %s, which does not stand above it", p, q)
			}
			depth[p] = max(depth[p], depth[q]+1)
		}
		if depth[p] > deepest {
			t.Errorf("%s is %d packages deep, more than %d", p, depth[p], deepest)
		}
	}
}

func readLayers(t *testing.T) (allowed map[string][]string, order []string) {
	t.Helper()
	f, err := os.Open("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	allowed = map[string][]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "#")
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		imports := strings.Fields(rest)
		slices.Sort(imports)
		allowed[name] = imports
		order = append(order, name)
	}
	return allowed, order
}

func readImports(t *testing.T) (found map[string][]string, lines map[string]int) {
	t.Helper()
	found, lines = map[string][]string{}, map[string]int{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || len(d.Name()) > 1 && d.Name()[0] == '.') {
			return filepath.SkipDir
		}
		page := strings.HasSuffix(name, ".templ")
		if !page && !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		dir := path.Dir(filepath.ToSlash(name))
		if page {
			lines[dir] += strings.Count(string(src), "\n")
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		p := "comity"
		if dir != "." {
			p = dir
		}
		if !strings.HasPrefix(string(src), "// Code generated") { // nobody reads that
			lines[p] += strings.Count(string(src), "\n")
		}
		for _, spec := range file.Imports {
			imp := strings.Trim(spec.Path.Value, `"`)
			if imp != "comity" && !strings.HasPrefix(imp, "comity/") {
				continue
			}
			imp = strings.TrimPrefix(imp, "comity/")
			if !slices.Contains(found[p], imp) {
				found[p] = append(found[p], imp)
			}
		}
		slices.Sort(found[p])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, lines
}
