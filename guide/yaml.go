package guide

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"comity"
)

// Bounds of a file of guidelines, whose author may be hostile.
const (
	maxText   = 200_000 // bytes of a file
	maxNodes  = 40_000  // values of a file
	maxDepth  = 8
	maxString = 4_000 // bytes of one text
	maxFlaws  = 100   // after which nobody reads on
)

// A flaw is what is wrong at one line of a file.
type flaw struct {
	file string
	line int
	says Text
}

// A reader reads the files of one pack, and keeps what is wrong with them. It
// takes the part of YAML that a lawyer needs: no anchor, alias, tag, merge key or
// second document; no unknown, repeated or missing key; a text is what it says,
// so that the country code no is not false.
type reader struct {
	file  string
	nodes int
	flaws []flaw
	known map[reflect.Type]*shape
}

// flaw keeps what is wrong at a line. Both texts take the same operands.
func (r *reader) flaw(line int, en, zh string, args ...any) {
	if len(r.flaws) < maxFlaws {
		r.flaws = append(r.flaws, flaw{r.file, line, Text{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}})
	}
}

// read reads f into to, a pointer.
func (r *reader) read(f File, to any) {
	r.file, r.nodes = f.Name, 0
	if len(f.Text) > maxText || !utf8.ValidString(f.Text) || strings.ContainsRune(f.Text, '\r') {
		r.flaw(1, "the file is longer than %d bytes, is not UTF-8 or has carriage returns", "文件超过%d字节、不是UTF-8编码或含有回车符", maxText)
		return
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader([]byte(f.Text)))
	err := dec.Decode(&doc)
	if err == nil {
		if e := dec.Decode(&more); e == nil {
			err = fmt.Errorf("line %d: a second document begins", more.Line)
		} else if !errors.Is(e, io.EOF) {
			err = e
		}
	}
	if err != nil {
		r.flaw(lineOf(err), "it is not YAML: %v", "不是有效的YAML:%v", err)
		return
	}
	if len(doc.Content) != 1 {
		r.flaw(1, "the file is empty", "文件是空的")
		return
	}
	if r.plain(doc.Content[0], 0) {
		r.value(doc.Content[0], reflect.ValueOf(to).Elem())
	}
}

var lineForm = regexp.MustCompile(`line (\d+)`)

// lineOf returns the line that an error of the YAML library names.
func lineOf(err error) int {
	if m := lineForm.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return 1
}

// plain reports whether n has nothing but mappings, lists and texts, not too many
// of them and not too deep.
func (r *reader) plain(n *yaml.Node, depth int) bool {
	r.nodes++
	switch {
	case r.nodes > maxNodes || depth > maxDepth:
		r.flaw(n.Line, "there is too much in it, or it is too deep", "内容过多或嵌套过深")
		return false
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		r.flaw(n.Line, "anchors, aliases and tags are not read: write it out", "不接受锚点、别名和标签：请完整写出")
		return false
	}
	for _, c := range n.Content {
		if !r.plain(c, depth+1) {
			return false
		}
	}
	return true
}

// A shape is what a reader knows of a struct.
type shape struct {
	keys map[string]member
	need []string // keys that must be there, in order
	line []int    // index of its Line
}

type member struct {
	index []int
	omit  bool
}

func (r *reader) shape(t reflect.Type) *shape {
	if s, ok := r.known[t]; ok {
		return s
	}
	s := &shape{keys: map[string]member{}}
	for _, f := range reflect.VisibleFields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Name == "Line":
			s.line = f.Index
		case name == "-" || name == "":
		default:
			s.keys[name] = member{f.Index, opts == "omitempty"}
			if opts != "omitempty" {
				s.need = append(s.need, name)
			}
		}
	}
	if r.known == nil {
		r.known = map[reflect.Type]*shape{}
	}
	r.known[t] = s
	return s
}

func (r *reader) value(n *yaml.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		r.object(n, v)
	case reflect.Map:
		r.pairs(n, func(key string, val *yaml.Node) {
			e := reflect.New(v.Type().Elem()).Elem()
			r.value(val, e)
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			v.SetMapIndex(reflect.ValueOf(key), e)
		})
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			r.flaw(n.Line, "it is not a list", "此处应为列表")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, c := range n.Content {
			r.value(c, v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.value(n, v.Elem())
	default:
		r.scalar(n, v)
	}
}

// pairs calls do for each key of a mapping.
func (r *reader) pairs(n *yaml.Node, do func(key string, val *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.flaw(n.Line, "it is not a mapping such as {en: …, zh: …}", "此处应为键值对，例如 {en: …, zh: …}")
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.Value == "" || k.Value == "<<" || seen[k.Value] {
			r.flaw(k.Line, "the key %q is repeated, or is none", "键 %q 重复或无效", comity.Clip(k.Value))
			continue
		}
		seen[k.Value] = true
		do(k.Value, n.Content[i+1])
	}
}

func (r *reader) object(n *yaml.Node, v reflect.Value) {
	s := r.shape(v.Type())
	if s.line != nil {
		v.FieldByIndex(s.line).SetInt(int64(n.Line))
	}
	var seen []string
	r.pairs(n, func(key string, val *yaml.Node) {
		m, ok := s.keys[key]
		if !ok {
			r.flaw(val.Line, "the key %q is not known here", "此处没有名为 %q 的键", comity.Clip(key))
			return
		}
		seen = append(seen, key)
		r.value(val, v.FieldByIndex(m.index))
	})
	if n.Kind != yaml.MappingNode || len(r.flaws) >= maxFlaws {
		return
	}
	for _, key := range s.need {
		if slices.Contains(seen, key) {
			continue
		}
		switch key {
		case "en", "zh":
			r.flaw(n.Line, "a translation is missing: there is no %q", "缺少译文：没有 %q", key)
		case "cite", "kind", "verified":
			r.flaw(n.Line, "the row does not say where it comes from: there is no %q", "该行未注明出处：没有 %q", key)
		default:
			r.flaw(n.Line, "the key %q is missing", "缺少键 %q", key)
		}
	}
}

// The only values of some types.
var values = map[reflect.Type][]string{
	reflect.TypeFor[Use]():      {string(AsBasis), string(AsBenchmark), string(AsProvider)},
	reflect.TypeFor[Source]():   {string(Treaty), string(Law), string(Practice), string(Proposal)},
	reflect.TypeFor[Need]():     {string(Must), string(IfKnown), string(Advised)},
	reflect.TypeFor[Severity](): {"block", "warn", "advise"},
}

func (r *reader) scalar(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" || n.Style == 0 && (n.Value == "null" || n.Value == "~") {
		r.flaw(n.Line, "there is no value", "没有值")
		return
	}
	if len(n.Value) > maxString || strings.ContainsFunc(n.Value, func(c rune) bool { return !unicode.IsPrint(c) && c != '\n' }) {
		r.flaw(n.Line, "the text is longer than %d bytes, or has characters that cannot be seen", "文字超过%d字节或含有不可见字符", maxString)
		return
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, ok := parseSpan(n.Value)
		if !ok {
			r.flaw(n.Line, "%q is not a time such as 15m, 8h or 20d", "%q 不是时长，例如 15m、8h 或 20d", comity.Clip(n.Value))
		}
		v.SetInt(int64(d))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if one, ok := values[v.Type()]; ok && !slices.Contains(one, n.Value) {
			r.flaw(n.Line, "%q is not one of %s", "%q 不在下列值之中：%s", comity.Clip(n.Value), strings.Join(one, ", "))
		}
		v.SetString(strings.TrimSpace(n.Value))
	case reflect.Bool:
		switch n.Value {
		case "yes", "true":
			v.SetBool(true)
		case "no", "false":
		default:
			r.flaw(n.Line, "%q is neither yes nor no", "%q 既不是 yes 也不是 no", comity.Clip(n.Value))
		}
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil || i < -1 || i > 100_000 {
			r.flaw(n.Line, "%q is not a number such as 60", "%q 不是数字，例如 60", comity.Clip(n.Value))
			return
		}
		v.SetInt(int64(i))
	}
}

var spanForm = regexp.MustCompile(`^([1-9]\d{0,3})([mhd])$`)

// parseSpan reads 15m, 8h or 20d.
func parseSpan(s string) (time.Duration, bool) {
	m := spanForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return time.Duration(n) * map[string]time.Duration{"m": time.Minute, "h": hour, "d": day}[m[2]], err == nil
}

// span writes what parseSpan reads.
func span(d time.Duration) string {
	switch {
	case d%day == 0:
		return fmt.Sprintf("%d d", d/day)
	case d%hour == 0:
		return fmt.Sprintf("%d h", d/hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
