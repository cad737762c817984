package guide

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A Change is where two packs differ, as a person would say it.
type Change struct {
	Path string `json:"path"` // such as "limits/answered/P1: within", or a whole row
	Was  string `json:"was"`  // empty if it is new
	Is   string `json:"is"`   // empty if it is gone
}

// Diff returns what has changed from a to b: first what has changed or gone, in
// the order of a, then what is new, in the order of b. Packs with the same files
// have no changes, and neither have those whose files differ in layout only.
func Diff(a, b Pack) (changes []Change) {
	is := map[string]row{}
	for _, r := range b.rows() {
		is[r.path] = r
	}
	was := map[string]bool{}
	for _, r := range a.rows() {
		was[r.path] = true
		s, ok := is[r.path]
		if !ok {
			changes = append(changes, Change{Path: r.path, Was: r.String()})
			continue
		}
		now := map[string]string{}
		for _, l := range s.leaves {
			now[l.name] = l.value
		}
		for _, l := range r.leaves {
			if now[l.name] != l.value {
				changes = append(changes, Change{r.path + ": " + l.name, l.value, now[l.name]})
			}
			delete(now, l.name)
		}
		for _, l := range s.leaves {
			if v, ok := now[l.name]; ok {
				changes = append(changes, Change{Path: r.path + ": " + l.name, Is: v})
			}
		}
	}
	for _, r := range b.rows() {
		if !was[r.path] {
			changes = append(changes, Change{Path: r.path, Is: r.String()})
		}
	}
	return together(changes)
}

// together makes one change of those that are the same in several types: a field
// of every type stands in its file but once.
func together(changes []Change) (out []Change) {
	first := map[[3]string]int{}
	for _, c := range changes {
		parts := strings.SplitN(c.Path, "/", 3)
		if parts[0] != "types" || len(parts) < 3 {
			out = append(out, c)
			continue
		}
		key := [3]string{parts[2], c.Was, c.Is}
		i, ok := first[key]
		if !ok {
			first[key] = len(out)
			out = append(out, c)
			continue
		}
		at := strings.SplitN(out[i].Path, "/", 3)
		out[i].Path = at[0] + "/" + at[1] + "+" + parts[1] + "/" + at[2]
	}
	return out
}

// A row is a row of a pack, under a path that says which it is.
type row struct {
	path, file string
	line       int
	origin     *Origin
	leaves     []leaf
}

// A leaf is one figure or text of a row. Those that are empty are left out.
type leaf struct{ name, value string }

func (r row) String() string {
	var b []string
	for _, l := range r.leaves {
		b = append(b, l.name+": "+l.value)
	}
	return strings.Join(b, "; ")
}

// text returns what a row says to a reader.
func (r row) text() string {
	var b []string
	for _, l := range r.leaves {
		b = append(b, l.value)
	}
	return strings.Join(b, "\n")
}

func (p Pack) rows() (rows []row) {
	add := func(path, file string, line int, o *Origin, v any) {
		rows = append(rows, row{path, file, line, o, leavesOf("", reflect.ValueOf(v))})
	}
	add("pack", "pack.yaml", p.Line, &p.Origin, p)
	for _, x := range p.Binds.Parties {
		add("binds/"+string(x.Party), "pack.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Calendars {
		add("calendars/"+string(x.Party), "pack.yaml", x.Line, nil, x)
	}
	for _, x := range p.Departs {
		add("departs/"+x.From+"/"+x.Row, "pack.yaml", x.Line, nil, x)
	}
	for _, t := range p.Types {
		fields := t.Fields
		t.Fields = nil
		add("types/"+t.ID, "types.yaml", t.Line, &t.Origin, t)
		for _, x := range fields {
			add("types/"+t.ID+"/"+x.Path, "types.yaml", x.Line, &x.Origin, x)
		}
	}
	of := func(types []string) string {
		if len(types) == 0 {
			return ""
		}
		return "/" + strings.Join(types, "+")
	}
	for _, x := range p.Checks {
		add("checks/"+x.ID+of(x.Types), "checks.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Grounds {
		add("grounds/"+x.ID+of(x.Types), "grounds.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Limits {
		add("limits/"+x.For+"/"+cmp.Or(x.Priority, "all")+of(x.Types), "limits.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Holds {
		add("holds"+of(x.Types), "holds.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Pauses {
		add("pauses/"+x.For, "pauses.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Categories {
		add("categories/"+x.ID, "words.yaml", x.Line, &x.Origin, x)
	}
	for _, x := range p.Emergencies {
		add("emergencies/"+x.ID, "words.yaml", x.Line, &x.Origin, x)
	}
	return rows
}

// leavesOf returns the members of v under their names in the files. Rows of their
// own are left out.
func leavesOf(name string, v reflect.Value) (all []leaf) {
	switch {
	case v.IsZero():
		return nil
	case v.Type() == reflect.TypeFor[time.Duration]():
		return []leaf{{name, span(v.Interface().(time.Duration))}}
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(v.Type()) {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if key == "" || key == "-" {
				continue
			}
			if name != "" {
				key = name + "." + key
			}
			all = append(all, leavesOf(key, v.FieldByIndex(f.Index))...)
		}
		return all
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			return nil
		}
		var b []string
		for i := range v.Len() {
			b = append(b, fmt.Sprint(v.Index(i)))
		}
		return []leaf{{name, strings.Join(b, ", ")}}
	case reflect.Pointer:
		return []leaf{{name, yesNo(v.Elem().Bool())}}
	case reflect.Bool:
		return []leaf{{name, yesNo(v.Bool())}}
	}
	return []leaf{{name, fmt.Sprint(v)}}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
