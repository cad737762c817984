package form

import (
	"reflect"
	"slices"
	"strings"
)

// A Row says what a member is, in words.
type Row struct {
	Path string // such as "order.items[].from"
	Type string // such as "text to 40"
	Must string // yes, no or guide
	Says string
}

// Rows describes a body's members in their order, those of objects and of lists of
// objects after the member that holds them. It does not go into the types in
// known, which are described elsewhere.
func Rows(body any, known ...reflect.Type) []Row {
	return rows(reflect.TypeOf(body).Elem(), "", known)
}

func rows(t reflect.Type, path string, known []reflect.Type) (list []Row) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, optional := nameOf(f)
		r := Row{Path: join(path, name), Must: "yes", Says: f.Tag.Get("says")}
		of, under := f.Type, r.Path
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		switch {
		case f.Tag.Get("need") == "guide":
			r.Must = "guide"
		case optional || of.Kind() == reflect.Bool:
			r.Must = "no"
		}
		r.Type = typeName(of, f.Tag)
		if eg := f.Tag.Get("eg"); eg != "" {
			r.Says = strings.TrimPrefix(r.Says+"; `"+eg+"`", "; ")
		}
		if one := f.Tag.Get("one"); one != "" {
			r.Says = strings.TrimPrefix(r.Says+"; one of "+strings.ReplaceAll(one, "|", ", "), "; ")
		}
		list = append(list, r)
		if of.Kind() == reflect.Slice {
			of, under = of.Elem(), r.Path+"[]"
		}
		if shapeOf(of) == "an object" && !slices.Contains(known, of) {
			list = append(list, rows(of, under, known)...)
		}
	}
	return list
}

func typeName(t reflect.Type, tag reflect.StructTag) string {
	most := tag.Get("max")
	switch {
	case t == timeType:
		return "time"
	case t == hashType:
		return "hash"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return "list of text to " + tag.Get("each") + ", at most " + most
	case t.Kind() == reflect.Slice:
		return "list, at most " + most
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "integer"
	case most == "":
		return "text"
	}
	return "text to " + most
}
