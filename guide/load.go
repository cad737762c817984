package guide

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"comity"
	"comity/guidelines"
)

// A Library is the packs that a node knows, and the words, names of fields and
// texts of checks that all of them share. It does not change.
type Library struct {
	packs     []*volume // those that were loaded, in order of their folders, then those adopted
	shipped   int       // how many were loaded
	calendars map[string]comity.Hash

	// The folder common, each file when it is asked for.
	words  func() (map[string]map[string]Text, []flaw)
	fields func() (map[string]FieldText, []flaw)
	checks func() ([]CheckText, []flaw)
	kept   func() ([]Retention, []flaw)
}

// A volume holds a pack, whose files need not have been parsed yet: a command
// that asks for one pack does not wait for eight.
type volume struct {
	id    string
	hash  comity.Hash
	parse func() (Pack, error)
}

// A FieldText is what a member of a request is called, and what it is for.
type FieldText struct {
	Name Text `yaml:"name"`
	Says Text `yaml:"says"`
}

// A CheckText is what is said of a check in every pack.
type CheckText struct {
	ID        string   `yaml:"id"`
	Title     Text     `yaml:"title"`
	Do        Text     `yaml:"do"`                  // what to do, as an instruction
	Severity  Severity `yaml:"severity"`            // unless a pack says otherwise
	Reads     string   `yaml:"reads"`               // "text": the same on both sides; "history": national, and never shown abroad
	Emergency bool     `yaml:"emergency,omitempty"` // it may block a P0; others are overridden with a reason
	Origin    `yaml:",inline"`
	Line      int `yaml:"-"`
}

// A Retention is how long data of a category is known to be kept at a party.
type Retention struct {
	Party  comity.Party `yaml:"party" json:"party"`
	Data   string       `yaml:"data" json:"data"` // as in Item.Data
	Days   int          `yaml:"days" json:"days"`
	Origin `yaml:",inline"`
	Line   int `yaml:"-" json:"-"`
}

// The files of a pack. All but pack.yaml may be left out.
var packFiles = []string{"pack.yaml", "types.yaml", "checks.yaml", "grounds.yaml", "limits.yaml", "holds.yaml", "pauses.yaml", "words.yaml"}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

// HashFiles names a pack by what is in it: SHA-256 of "comity guidelines 1\n" and
// then, for each file in the order of their names' bytes, its name, a zero byte,
// the length of its text as 8 bytes with the highest first, and its text.
func HashFiles(files []File) (h comity.Hash) {
	s := sha256.New()
	s.Write([]byte("comity guidelines 1\n"))
	for _, f := range inOrder(files) {
		s.Write([]byte(f.Name + "\x00"))
		s.Write(binary.BigEndian.AppendUint64(nil, uint64(len(f.Text))))
		s.Write([]byte(f.Text))
	}
	s.Sum(h[:0])
	return h
}

func inOrder(files []File) []File {
	return slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

// Parse reads the files of one pack. It is strict: the error says of each flaw the
// file, the line and what is wrong. Lint says whether the pack also makes sense.
func Parse(files []File) (Pack, error) {
	p, flaws := parse(files)
	if len(flaws) > 0 {
		return Pack{}, flawed(flaws)
	}
	return p, nil
}

// flawed returns the flaws as errors.
func flawed(flaws []flaw) error {
	var errs []error
	for _, f := range flaws {
		errs = append(errs, comity.Fieldf(fmt.Sprintf("%s:%d", f.file, f.line), "%s", f.says.EN))
	}
	return errors.Join(errs...)
}

func parse(files []File) (Pack, []flaw) {
	var p Pack
	var words struct {
		Categories  []Term `yaml:"categories,omitempty"`
		Emergencies []Term `yaml:"emergencies,omitempty"`
	}
	var types struct {
		Every []everyField `yaml:"every,omitempty"`
		Types []Type       `yaml:"types"`
	}
	r := reader{file: "pack.yaml"}
	into := map[string]any{"pack.yaml": &p, "types.yaml": &types, "checks.yaml": &p.Checks, "grounds.yaml": &p.Grounds,
		"limits.yaml": &p.Limits, "holds.yaml": &p.Holds, "pauses.yaml": &p.Pauses, "words.yaml": &words}
	if !slices.ContainsFunc(files, func(f File) bool { return f.Name == "pack.yaml" }) {
		r.flaw(1, "the file is missing", "缺少该文件")
	}
	for _, f := range files {
		to, ok := into[f.Name]
		if !ok {
			r.file = comity.Clip(f.Name)
			r.flaw(1, "no file of a pack has this name, or two have it; the names are %s", "规则包中没有此文件名，或文件名重复；可用文件名：%s", strings.Join(packFiles, ", "))
			continue
		}
		delete(into, f.Name)
		r.read(f, to)
	}
	p.Types = types.Types
	for i := range p.Types {
		p.Types[i].Fields = append(inherited(types.Every, p.Types[i]), p.Types[i].Fields...)
	}
	p.Categories, p.Emergencies = words.Categories, words.Emergencies
	p.Files, p.Hash = inOrder(files), HashFiles(files)
	if r.file = "pack.yaml"; len(r.flaws) == 0 && !idForm.MatchString(p.ID) {
		r.flaw(p.Line, "%q is not an id such as %q", "%q 不是标识，例如 %q", comity.Clip(p.ID), Default)
	}
	return p, r.flaws
}

// An everyField is a field of every type, but of those excepted and of those with
// a row of their own for it.
type everyField struct {
	Field  `yaml:",inline"`
	Except []string `yaml:"except,omitempty"`
}

func inherited(every []everyField, t Type) (fields []Field) {
	for _, e := range every {
		if _, own := t.Field(e.Path); !own && !slices.Contains(e.Except, t.ID) {
			fields = append(fields, e.Field)
		}
	}
	return fields
}

// Load reads every pack under the root of fsys, one folder each, the folder
// common, and the calendars if there are any.
func Load(fsys fs.FS) (*Library, error) {
	l, err := open(fsys)
	if err != nil {
		return nil, err
	}
	var errs []error
	if flaws := l.flaws(); len(flaws) > 0 {
		errs = append(errs, flawed(flaws))
	}
	for _, s := range l.packs {
		if _, err := s.parse(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.id, err))
		}
	}
	return l, errors.Join(errs...)
}

// open finds the packs; each is parsed when it is asked for.
func open(fsys fs.FS) (*Library, error) {
	folders, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	l := &Library{calendars: map[string]comity.Hash{}}
	for _, d := range folders {
		if !d.IsDir() || d.Name() == "examples" {
			continue
		}
		files, err := ReadFiles(fsys, d.Name())
		if err != nil {
			return nil, err
		}
		switch d.Name() {
		case "common":
			l.words = lazily[map[string]map[string]Text](files, "words.yaml")
			l.fields = lazily[map[string]FieldText](files, "fields.yaml")
			l.checks = lazily[[]CheckText](files, "checks.yaml")
			l.kept = lazily[[]Retention](files, "retentions.yaml")
		case "calendars":
			for _, f := range files {
				l.calendars[f.Name] = sha256.Sum256([]byte(f.Text))
			}
		default:
			l.packs = append(l.packs, &volume{d.Name(), HashFiles(files), sync.OnceValues(func() (Pack, error) {
				p, err := Parse(files)
				if err == nil && p.ID != d.Name() {
					err = comity.Fieldf("pack.yaml:1", "the pack %s lies in the folder %s", p.ID, d.Name())
				}
				return p, err
			})})
		}
	}
	if l.words == nil {
		return nil, comity.Errorf(comity.Invalid, "there is no folder common among the guidelines")
	}
	l.shipped = len(l.packs)
	return l, nil
}

// ReadFiles returns the files of a pack in a folder.
func ReadFiles(fsys fs.FS, dir string) (files []File, err error) {
	list, err := fs.ReadDir(fsys, dir)
	for _, e := range list {
		if e.IsDir() {
			continue
		}
		b, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, File{e.Name(), string(b)})
	}
	return files, err
}

// lazily returns what reads one of files when it is first called.
func lazily[T any](files []File, name string) func() (T, []flaw) {
	return sync.OnceValues(func() (v T, _ []flaw) {
		r := reader{file: "common/" + name}
		f, ok := find(files, func(f File) bool { return f.Name == name })
		if !ok {
			r.flaw(1, "the file is missing", "缺少该文件")
			return v, r.flaws
		}
		r.read(File{"common/" + name, f.Text}, &v)
		return v, r.flaws
	})
}

// flaws returns what is wrong in the folder common.
func (l *Library) flaws() []flaw {
	_, a := l.words()
	_, b := l.fields()
	_, c := l.checks()
	_, d := l.kept()
	return slices.Concat(a, b, c, d)
}

var shipped = sync.OnceValue(func() *Library {
	l, err := open(guidelines.FS)
	if err != nil {
		panic(err) // the files are part of the program, and a test reads them all
	}
	return l
})

// Shipped returns the library that comes with the program.
func Shipped() *Library { return shipped() }

// Packs returns every pack, those shipped first. One that cannot be read is left
// out, as it is by Pack and ByHash: Load has said why, and what is shipped can be.
func (l *Library) Packs() (ps []Pack) {
	for _, s := range l.packs {
		if p, err := s.parse(); err == nil {
			ps = append(ps, p)
		}
	}
	return ps
}

// Hash names a library by the packs and calendars that are in it: what follows from
// it is the same as long as its hash is. No pack is parsed for it.
func (l *Library) Hash() comity.Hash {
	sum := sha256.New()
	for _, p := range l.packs {
		fmt.Fprintln(sum, p.id, p.hash)
	}
	for _, file := range slices.Sorted(maps.Keys(l.calendars)) {
		fmt.Fprintln(sum, file, l.calendars[file])
	}
	return comity.Hash(sum.Sum(nil))
}

// Pack returns the pack of that id as it was shipped, else the one adopted last.
// What two parties adopted has the same id and another hash: see ByHash.
func (l *Library) Pack(id string) (Pack, bool) {
	for _, list := range [][]*volume{l.packs[:l.shipped], reversed(l.packs[l.shipped:])} {
		if s, ok := find(list, func(s *volume) bool { return s.id == id }); ok {
			p, err := s.parse()
			return p, err == nil
		}
	}
	return Pack{}, false
}

func reversed(list []*volume) []*volume {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// ByHash returns the pack with exactly those files.
func (l *Library) ByHash(h comity.Hash) (Pack, bool) {
	s, ok := find(l.packs, func(s *volume) bool { return s.hash == h })
	if !ok {
		return Pack{}, false
	}
	p, err := s.parse()
	return p, err == nil
}

// With returns a library that also has p. l stays as it is.
func (l *Library) With(p Pack) *Library {
	if _, ok := l.ByHash(p.Hash); ok {
		return l
	}
	m := *l
	m.packs = append(slices.Clone(l.packs), &volume{p.ID, p.Hash, func() (Pack, error) { return p, nil }})
	return &m
}

// WithCalendar returns a library that also knows a calendar: a file that a party
// has taken in, by its name and SHA-256. l stays as it is.
func (l *Library) WithCalendar(file string, h comity.Hash) *Library {
	m := *l
	m.calendars = maps.Clone(l.calendars)
	m.calendars[file] = h
	return &m
}

// Word returns what a value of a list is called. The list is named by the member
// that takes it, such as "order.items[].data", or is "result". A value without a
// word is its own.
func (l *Library) Word(list, id string) Text {
	words, _ := l.words()
	if t, ok := words[plainPath(list)][id]; ok {
		return t
	}
	return Text{EN: id, ZH: id}
}

// A Listed value stands in a list of words.
type Listed struct {
	ID string
	Text
}

// WordList returns the values of a list that have words, by their id.
func (l *Library) WordList(list string) (all []Listed) {
	words, _ := l.words()
	of := words[plainPath(list)]
	for _, id := range slices.Sorted(maps.Keys(of)) {
		all = append(all, Listed{id, of[id]})
	}
	return all
}

var indices = regexp.MustCompile(`\[\d+\]`)

// plainPath returns a path without its numbers: items[3].value is items[].value.
func plainPath(p string) string {
	return strings.TrimSuffix(indices.ReplaceAllString(p, "[]"), "[]")
}

// FieldName returns what a member of a request is called. Its path may have
// numbers in it, such as "order.items[3].value".
func (l *Library) FieldName(path string) (Text, bool) {
	f, ok := l.FieldText(path)
	return f.Name, ok
}

// FieldText returns what a member of a request is called and what it is for.
func (l *Library) FieldText(path string) (FieldText, bool) {
	fields, _ := l.fields()
	f, ok := fields[plainPath(path)]
	return f, ok
}

// CheckText returns what is said of a check.
func (l *Library) CheckText(id string) (CheckText, bool) {
	return find(l.Checks(), func(t CheckText) bool { return t.ID == id })
}

// Checks returns the texts of all checks, C01 first.
func (l *Library) Checks() []CheckText {
	checks, _ := l.checks()
	return checks
}

// Retentions returns how long data is known to be kept.
func (l *Library) Retentions() []Retention {
	kept, _ := l.kept()
	return slices.Clone(kept)
}

// isDay reports whether s is a day such as 2007-01-01.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
