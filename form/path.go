package form

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"comity"
)

// Lacks says why v, the struct that is called name, has no member of that path, if
// it has none. An index must be there: "items[0].from".
func Lacks(v any, name, path string) string {
	at, here := reflect.Indirect(reflect.ValueOf(v)), name
	for _, part := range strings.Split(path, ".") {
		name, index, one := strings.Cut(part, "[")
		if at.Kind() == reflect.Pointer {
			at = reflect.Zero(at.Type().Elem()) // whether it is there does not matter
		}
		switch at.Kind() {
		case reflect.Slice:
			return fmt.Sprintf("%q: %s has several; say which, such as %s[0]", comity.Clip(path), here, here)
		case reflect.Struct:
			if shapeOf(at.Type()) == "an object" {
				break
			}
			fallthrough // a time or a hash
		default:
			return fmt.Sprintf("%q: %s has no members", comity.Clip(path), here)
		}
		f, ok := member(at.Type(), name)
		if !ok {
			return fmt.Sprintf("%q: %s has no such member; there are %s", comity.Clip(path), here, strings.Join(members(at.Type()), ", "))
		}
		at, here = at.FieldByIndex(f.Index), name
		if !one {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(index, "]"), 10, 16)
		if err != nil || at.Kind() != reflect.Slice || index != fmt.Sprintf("%d]", n) || n >= uint64(at.Len()) {
			return fmt.Sprintf("%q: there is no %s", comity.Clip(path), comity.Clip(part))
		}
		at, here = at.Index(int(n)), part
	}
	return ""
}

// Within reports whether path a is b or a part of it, as items[0].from is of
// items[0].
func Within(a, b string) bool {
	rest, ok := strings.CutPrefix(a, b)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
