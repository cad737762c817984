package frame

import (
	"regexp"
	"strings"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/say"
)

// Word is what a value of a list, or of a member, is called.
func (f Frame) Word(list, id string) string { return ValueName(f.W, list, id) }

// ValueName is what a value is called: by the guidelines, whose words reach into a
// draft for comment too, or by the terms.
func ValueName(w say.Words, path, id string) string {
	if id == "" {
		return ""
	}
	for _, p := range inRequest(path) {
		if t := guide.Shipped().Word(p, id); t.EN != id || t.ZH != id {
			return w.Of(t)
		}
	}
	if path == "condition" {
		path = "conditions[].kind"
	}
	if s, ok := w.Value(path, id); ok {
		return s
	}
	return id
}

// FieldName is what a member is called: by the guidelines, or by the terms.
func FieldName(w say.Words, path string) (string, bool) {
	for _, p := range inRequest(path) {
		if t, ok := guide.Shipped().FieldName(p); ok {
			return w.Of(t), true
		}
	}
	return w.Field(path)
}

// inRequest is where a member may stand in a request: a draft for comment has a whole
// one, and an answer to a question has its items.
func inRequest(path string) []string {
	list := []string{path, strings.TrimPrefix(path, "request.")}
	if strings.HasPrefix(path, "items[") {
		list = append(list, "order."+path)
	}
	switch before, name, _ := cutLast(path); name {
	case "category", "categories":
		list = append(list, "supporting.offence.category")
	case "types":
		list = append(list, "type")
	case "result", "certificate":
		if before != "" {
			list = append(list, map[string]string{"result": "result", "certificate": "order.certificate"}[name])
		}
	}
	return list
}

func cutLast(path string) (before, last string, found bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// Priority is a priority and its name.
func (f Frame) Priority(id string) string {
	if id == "" {
		return "–"
	}
	return id + " " + f.Word("priority", id)
}

// Result is what came of an item.
func (f Frame) Result(id string) string {
	if id == "open" {
		return f.W.ItemOpen()
	}
	return f.Word("result", id)
}

// Heading is what a matter is called.
func (f Frame) Heading(title string, kind comity.Kind) string {
	if title == "" {
		return f.Verb(kind)
	}
	return title
}

// Owes says whose move it is.
func (f Frame) Owes(p comity.Party) string {
	if p == f.Party {
		return f.W.OwesUs()
	}
	return f.W.OwesThem(Upper(p))
}

// MemberName and Value are a line of a body, as form.Lines writes it, by the
// names that the guidelines give their fields and words.
func (f Frame) MemberName(line string) string {
	path, _, _ := strings.Cut(line, ": ")
	if t, ok := FieldName(f.W, path); ok {
		return t
	}
	return path
}

func (f Frame) Value(line string) string {
	path, value, _ := strings.Cut(line, ": ")
	switch value {
	case "yes":
		return f.W.Yes()
	case "no":
		return f.W.No()
	}
	if s := f.Word(path, value); s != value {
		return s
	}
	if s, ok := f.W.Term("own", value); ok && guideKnowsNot(path) {
		return s
	}
	return value
}

// guideKnowsNot is whether a member is of our own file, and not of a statement.
func guideKnowsNot(path string) bool {
	_, ok := guide.Shipped().FieldName(path)
	return !ok
}

// Verb is what a kind of statement is called on a button.
func (f Frame) Verb(k comity.Kind) string {
	return f.W.Named("kind", string(k))
}

// City is what a capital is called.
func (f Frame) City(z clock.Zone) string { return f.W.Named("city", z.City) }

// fault is what is wrong with a field, before the rule's own words, which are English.
func (f Frame) fault(text string) string {
	if f.W.Lang == say.English {
		return ""
	}
	if strings.HasPrefix(text, "it is empty") {
		return f.W.FieldEmpty()
	}
	return f.W.FieldWrong()
}

// Class is what a class of release is called.
func (f Frame) Class(c comity.Class) string {
	switch c {
	case comity.Dual:
		return f.W.ClassDual()
	case comity.Sole:
		return f.W.ClassSole()
	}
	return f.W.ClassSeat()
}

var sources = map[guide.Source]func(say.Words) string{
	guide.Treaty: say.Words.SourceTreaty, guide.Law: say.Words.SourceLaw, guide.Practice: say.Words.SourcePractice, guide.Proposal: say.Words.SourceProposal,
}

// Source is what kind of source a rule has.
func (f Frame) Source(s guide.Source) string {
	if say, ok := sources[s]; ok {
		return say(f.W)
	}
	return string(s)
}

// elsewhere is a time in a zone that is no UTC, as the commands write it after that.
var elsewhere = regexp.MustCompile(` \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} \p{Lu}[\p{L}'-]*(?: \p{Lu}[\p{L}'-]*)*`)

// Brief is a sentence with its times in UTC alone: a page that shows it has the same
// time in both capitals beside it.
func (f Frame) Brief(t comity.Text) string { return elsewhere.ReplaceAllString(f.W.Of(t), "") }

// Typed is a command as it is typed at a terminal.
func Typed(args ...string) string { return "comity " + strings.Join(args, " ") }
