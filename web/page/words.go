package page

import (
	"comity"
	"comity/guide"
	"strings"
)

// Word is what a value of a list of the guidelines is called.
func (f Frame) Word(list, id string) string {
	if id == "" {
		return ""
	}
	return f.W.Of(guide.Shipped().Word(list, id))
}

// Priority is a priority and its name.
func (f Frame) Priority(id string) string {
	if id == "" {
		return "–"
	}
	return f.Word("priority", id)
}

// Heading is what a matter is called.
func (f Frame) Heading(title string, kind comity.Kind) string {
	if title == "" {
		return string(kind)
	}
	return title
}

// Owes says whose move it is.
func (f Frame) Owes(p comity.Party) string {
	if p == f.Party {
		return f.W.OwesUs()
	}
	return f.W.OwesThem(upper(p))
}

// memberName and memberValue are a line of a body, as form.Lines writes it, by the
// names that the guidelines give their fields and words.
func (f Frame) memberName(line string) string {
	path, _, _ := strings.Cut(line, ": ")
	if t, ok := guide.Shipped().FieldName(path); ok {
		return f.W.Of(t)
	}
	if t, ok := f.W.Term("field", path); ok {
		return t
	}
	return path
}

func (f Frame) memberValue(line string) string {
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
	if s, ok := f.W.Term("kind", string(k)); ok {
		return s
	}
	return string(k)
}

func (f Frame) class(c comity.Class) string {
	switch c {
	case comity.Dual:
		return f.W.ClassDual()
	case comity.Sole:
		return f.W.ClassSole()
	}
	return f.W.ClassSeat()
}
