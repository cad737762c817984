package check

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"comity/guide"
	"comity/identifier"
)

// places maps the JSON names of each struct below Request to the fields' places.
var places = func() map[reflect.Type]map[string]int {
	all := map[reflect.Type]map[string]int{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || all[t] != nil {
			return
		}
		all[t] = map[string]int{}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			all[t][name] = i
			walk(t.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[guide.Request]())
	return all
}()

// fields says which members the type must have and the draft has not.
func (p *pass) fields() {
	for _, f := range p.typ.Fields {
		p.row = guide.CheckRow{ID: f.Check, Severity: map[guide.Need]guide.Severity{guide.Must: guide.Block, guide.IfKnown: guide.Warn}[f.Need], Origin: f.Origin}
		if p.row.Severity == "" {
			p.row.Severity = guide.Advise
		}
		if m, ok := strings.CutPrefix(f.Path, "order.items[]."); ok {
			for i := range p.Order.Items {
				if asksOfItem(p.Order.Items[i], m) {
					lacks(reflect.ValueOf(&p.Order.Items[i]), m, fmt.Sprintf("order.items[%d]", i), p.bare)
				}
			}
			continue
		}
		if m, ok := strings.CutPrefix(f.Path, "supporting.persons[]."); ok {
			for i := range p.Supporting.Persons {
				if asksOfPerson(p.Supporting.Persons[i], m) {
					lacks(reflect.ValueOf(&p.Supporting.Persons[i]), m, fmt.Sprintf("supporting.persons[%d]", i), p.bare)
				}
			}
			continue
		}
		if p.asks(f.Path) {
			lacks(reflect.ValueOf(&p.Request), f.Path, "", p.bare)
		}
	}
}

// asks leaves out what another member makes needless.
func (p *pass) asks(path string) bool {
	switch path {
	case "follow_up.planned":
		return p.FollowUp == nil || p.FollowUp.Intended == nil || *p.FollowUp.Intended
	case "translation":
		return !slices.Contains(p.Languages, p.Language)
	}
	return true
}

// asksOfItem leaves out what an item of its type cannot have.
func asksOfItem(it guide.Item, member string) bool {
	switch member {
	case "port":
		return it.Type == identifier.IPv4
	case "provider":
		return it.Type == identifier.Account && !strings.Contains(it.Value, "@")
	case "clock":
		return hasPeriod(it) && onNetwork(it)
	case "from", "to":
		return hasPeriod(it)
	}
	return true
}

// hasPeriod reports whether there is data on the item for a time: there is none
// on a person, a file or an act.
func hasPeriod(it guide.Item) bool {
	switch it.Type {
	case "person", "act", identifier.Hash, identifier.BIC, identifier.UETR:
		return false
	}
	return it.Data == "subscriber" || it.Data == "traffic" || it.Data == "content"
}

// asksOfPerson leaves out what one cannot know, and what another member tells: a
// document of identity tells as much as a date of birth.
func asksOfPerson(h guide.Person, member string) bool {
	switch member {
	case "name", "nationality":
		return h.Role != "unknown"
	case "born":
		return h.Role != "unknown" && empty(h.Document)
	case "document":
		return h.Role != "unknown" && empty(h.Born)
	case "latin":
		return !empty(h.Name) && !identifier.HasLatin(h.Name)
	}
	return true
}

// lacks calls say with each place at which path is empty below v. No, where it is
// written, is an answer.
func lacks(v reflect.Value, path, at string, say func(at string)) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	name, rest, more := strings.Cut(path, ".")
	name, each := strings.CutSuffix(name, "[]")
	if at != "" {
		at += "."
	}
	if v.Kind() == reflect.Pointer { // an optional member that is not there
		say(at + path)
		return
	}
	i, ok := places[v.Type()][name]
	if !ok {
		return // lint says so of the pack
	}
	at += name
	v = v.Field(i)
	switch {
	case each && v.Kind() == reflect.Slice:
		for j := range v.Len() {
			if more {
				lacks(v.Index(j), rest, fmt.Sprintf("%s[%d]", at, j), say)
			}
		}
	case more:
		lacks(v, rest, at, say)
	case v.Kind() == reflect.String && empty(v.String()), v.Kind() == reflect.Int && v.Int() == 0,
		v.Kind() == reflect.Pointer && v.IsNil(), v.Kind() == reflect.Slice && v.Len() == 0:
		say(at)
	}
}
