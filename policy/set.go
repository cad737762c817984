package policy

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"comity"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

//go:embed default.cedar
var defaultText string

//go:embed schema.cedarschema
var schemaText string

// DefaultText returns the default policy, as a party would copy it to begin its own.
func DefaultText() string { return defaultText }

// SchemaText returns the words that a policy may use, in Cedar's schema language.
func SchemaText() string { return schemaText }

// What a policy may hold.
const (
	maxText  = 64 << 10 // bytes; the deepest nesting that fits takes 0.3 s to read
	maxDots  = 1000     // "has a.b.c…" took Cedar 4 s to read at 1,900 names
	maxRules = 256
	maxSays  = 500 // bytes of an annotation
)

// A Set is a policy that has been read. It does not change; use it from as many
// goroutines as you like.
type Set struct {
	name    string
	rules   []rule
	words   map[cedar.EntityUID]bool // of the schema's enumerations
	actions map[cedar.EntityUID]bool
}

type rule struct {
	Rule
	policy *cedar.Policy
	covers func(cedar.EntityUID) bool // the actions of its head
}

// A Rule is one rule of a policy, as a person may read it.
type Rule struct {
	ID      string      `json:"id"`
	Permits bool        `json:"permits"` // or forbids
	Says    comity.Text `json:"says"`
	Who     comity.Text `json:"who"` // of a forbid: who can act instead
	File    string      `json:"file"`
	Line    int         `json:"line"`
}

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }

// Default returns the default policy.
func Default() (*Set, error) { return Parse("default.cedar", []byte(defaultText)) }

var (
	ruleID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	where  = regexp.MustCompile(`<input>:(\d+):(\d+)`)
	wanted = regexp.MustCompile(`^(?s:.*)exact got (.*) want (.*)$`)
)

// Parse reads a policy. Every rule has an @id, @says_en and @says_zh, and a
// forbid has @who_en and @who_zh, because a denial is explained by them. A rule
// that uses an unknown action, attribute or word is refused here: when evaluated
// it would deny everything, or silently never apply. The error is Invalid, and
// its field is the file and line, such as "us.cedar:12".
func Parse(name string, text []byte) (*Set, error) {
	name = comity.Clip(name)
	at := func(line int) string { return name + ":" + strconv.Itoa(line) }
	if len(text) == 0 || len(text) > maxText || !utf8.Valid(text) {
		return nil, comity.Fieldf(at(1), "a policy is 1 to %d bytes of UTF-8; copy the default policy and change it", maxText)
	}
	if n := bytes.Count(text, []byte(".")); n > maxDots {
		return nil, comity.Fieldf(at(1), "there are %d full stops, more than %d; a policy that long is not read by anybody", n, maxDots)
	}
	list, err := cedar.NewPolicyListFromBytes(name, text)
	if err != nil {
		return nil, syntax(name, err)
	}
	if len(list) == 0 || len(list) > maxRules {
		return nil, comity.Fieldf(at(1), "there are %d rules, not 1 to %d", len(list), maxRules)
	}
	words, err := vocabulary()
	if err != nil {
		return nil, err
	}

	s := &Set{name: name, words: map[cedar.EntityUID]bool{}, actions: map[cedar.EntityUID]bool{}}
	for _, e := range words.Enums {
		for _, v := range e.Values {
			s.words[v] = true
		}
	}
	for a := range words.Actions {
		s.actions[a] = true
	}
	check := validate.New(words)
	first := map[string]int{}
	for _, p := range list {
		r, err := newRule(name, p)
		if err != nil {
			return nil, err
		}
		if line := first[r.ID]; line > 0 {
			return nil, comity.Fieldf(at(r.Line), "another rule, in line %d, has the @id %q; name each once", line, r.ID)
		}
		first[r.ID] = r.Line
		if err := check.Policy("", (*ast.Policy)(p.AST())); err != nil {
			return nil, comity.Fieldf(at(r.Line), "rule %q: %s; the words that a rule may use are in schema.cedarschema", r.ID, clean(err.Error()))
		}
		if w := s.unknown(p, words.Enums); w != "" {
			return nil, comity.Fieldf(at(r.Line), "rule %q: there is no %s; the words that a rule may use are in schema.cedarschema", r.ID, comity.Clip(w))
		}
		s.rules = append(s.rules, r)
	}
	return s, nil
}

func vocabulary() (*resolved.Schema, error) {
	var s schema.Schema
	s.SetFilename("schema.cedarschema")
	if err := s.UnmarshalCedar([]byte(schemaText)); err != nil {
		return nil, err
	}
	return s.Resolve()
}

func newRule(name string, p *cedar.Policy) (rule, error) {
	notes, line := p.Annotations(), p.Position().Line
	r := rule{policy: p, covers: covers((*ast.Policy)(p.AST()).Action), Rule: Rule{
		ID: string(notes["id"]), Permits: p.Effect() == cedar.Permit, File: name, Line: line,
		Says: t(string(notes["says_en"]), string(notes["says_zh"])),
		Who:  t(string(notes["who_en"]), string(notes["who_zh"])),
	}}
	at := name + ":" + strconv.Itoa(line)
	if !ruleID.MatchString(r.ID) {
		return r, comity.Fieldf(at, "the rule's @id %q is not 1 to 40 of a-z, 0-9 and -, such as @id(%q)", comity.Clip(r.ID), "restricted")
	}
	need := []string{"says_en", "says_zh"}
	if !r.Permits {
		need = append(need, "who_en", "who_zh")
	}
	for _, n := range need {
		if t := string(notes[types.Ident(n)]); strings.TrimSpace(t) == "" || len(t) > maxSays {
			return r, comity.Fieldf(at, "rule %q has no @%s of 1 to %d bytes; a denial is explained by it", r.ID, n, maxSays)
		}
	}
	return r, nil
}

// covers returns which actions a rule's head names. The schema has no groups of
// actions, so "in" is "==".
func covers(scope ast.IsActionScopeNode) func(cedar.EntityUID) bool {
	var named []cedar.EntityUID
	switch n := scope.(type) {
	case ast.ScopeTypeEq:
		named = []cedar.EntityUID{n.Entity}
	case ast.ScopeTypeIn:
		named = []cedar.EntityUID{n.Entity}
	case ast.ScopeTypeInSet:
		named = n.Entities
	default:
		return func(cedar.EntityUID) bool { return true }
	}
	return func(a cedar.EntityUID) bool { return slices.Contains(named, a) }
}

// literal is an entity as Cedar itself writes it.
var literal = regexp.MustCompile(`(\w+)::"([^"]*)"`)

// unknown returns a word of a rule that an enumeration of the schema does not
// have: Cedar's checker knows the types of things, but not that they exist.
func (s *Set) unknown(p *cedar.Policy, enums map[types.EntityType]resolved.Enum) string {
	for _, m := range literal.FindAllStringSubmatch(string(p.MarshalCedar()), -1) {
		id := cedar.NewEntityUID(types.EntityType(m[1]), cedar.String(m[2]))
		if _, ok := enums[id.Type]; ok && !s.words[id] {
			return m[0]
		}
	}
	return ""
}

// syntax says in words what the parser found.
func syntax(name string, err error) error {
	text, line := err.Error(), "1"
	if m := where.FindStringSubmatch(text); m != nil {
		line = m[1]
	}
	if m := wanted.FindStringSubmatch(text); m != nil {
		text = fmt.Sprintf("%q stands where %q should", comity.Clip(m[1]), comity.Clip(m[2]))
	} else if i := strings.LastIndex(text, where.FindString(text)); i >= 0 {
		_, rest, _ := strings.Cut(text[i:], ": ")
		text = clean(rest)
	}
	return comity.Fieldf(name+":"+line, "this is not Cedar: %s", text)
}

// clean makes a library's text fit to be shown: it may quote the policy.
func clean(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		words[i] = comity.Clip(w)
	}
	return strings.Join(words[:min(len(words), 40)], " ")
}
