package threadtest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"comity"
	"comity/thread"
)

// Body returns a body of a kind that its tags allow: every member that must be
// there, with its example or the first of its words.
func Body(k thread.Kind) any {
	b := k.New()
	fill(reflect.ValueOf(b).Elem(), "")
	return b
}

func fill(v reflect.Value, tag reflect.StructTag) {
	switch v.Interface().(type) {
	case comity.Time:
		v.Set(reflect.ValueOf(comity.At(Start.AddDate(0, 2, 0))))
		return
	case comity.Hash:
		v.Set(reflect.ValueOf(ID("us", 0)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Tag.Get("need") == "yes" || !strings.Contains(f.Tag.Get("json"), ",omit") {
				fill(v.Field(i), f.Tag)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), reflect.StructTag(fmt.Sprintf("eg:%q", tag.Get("eg"))))
	case reflect.String:
		one, _, _ := strings.Cut(tag.Get("one"), "|")
		most, err := strconv.Atoi(tag.Get("max"))
		text := "text"
		if err == nil && most < len(text) {
			text = text[:most]
		}
		for _, s := range []string{text, one, tag.Get("eg")} {
			if s != "" {
				v.SetString(s)
			}
		}
	case reflect.Int:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	}
}
