package document

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/paper"
	"comity/request"
	"comity/thread"
)

// Request is a request as a form, and what has been said of it. Whoever reads one of
// the languages understands what is asked by labels and words of lists alone; free
// text stands as it was written.
func Request(v request.View, c thread.Capability, lib *guide.Library, zones []clock.Zone, f Form) paper.Doc {
	f.Reference = string(v.Ref)
	for _, r := range v.Timeline {
		f.TLP = comity.HigherTLP(f.TLP, r.Marking.TLP)
	}
	title := c.Says
	if v.Request != nil {
		title = lib.Word("type", v.Request.Type)
	}
	d := f.doc(t("Request: "+title.EN, "请求书："+title.ZH))
	d.Subtitle = f.arrow(v.Opener, v.Other)
	d.Blocks = []paper.Block{paper.KeyValues{
		kv("Reference", "编号", paper.Same(string(v.Ref))),
		kv("Where it stands", "当前状态", v.Says),
	}}
	switch {
	case slices.ContainsFunc(v.Timeline, func(r thread.Row) bool { return r.Sealed && r.Kind == c.Opens() }):
		d.Blocks = append(d.Blocks, para("It reached the wrong desk: its contents are closed.", "误送：其内容已封存。"))
		v.Items = nil
	case v.Request != nil:
		w := &walker{lib: lib}
		w.object(reflect.ValueOf(*v.Request), "")
		d.Blocks = append(d.Blocks, w.blocks...)
	default:
		d.Blocks = append(d.Blocks, para("Its contents have been erased.", "其内容已删除。"))
	}
	d.Blocks = append(d.Blocks, heading("Results", "办理结果"), results(v, lib), heading("History", "办理过程"), history(v, c, zones))
	return d
}

// A walker makes blocks of a request's members, each under the name that the
// guidelines have for it. What is empty is left out.
type walker struct {
	lib    *guide.Library
	blocks []paper.Block
	values paper.KeyValues
}

func (w *walker) object(v reflect.Value, path string) {
	var later []func()
	for i := range v.NumField() {
		f, tag := v.Field(i), v.Type().Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		at := strings.TrimPrefix(path+"."+name, ".")
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		} else if f.IsZero() {
			continue
		}
		money, isMoney := f.Interface().(guide.Money)
		switch {
		case isMoney:
			w.values = append(w.values, paper.KeyValue{Label: w.name(at), Value: paper.Same(money.String())})
		case f.Kind() == reflect.Struct && path == "":
			later = append(later, func() { w.section(f, at) })
		case f.Kind() == reflect.Struct:
			w.object(f, at)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			later = append(later, func() { w.list(f, at) })
		default:
			w.values = append(w.values, paper.KeyValue{Label: w.name(at), Value: w.word(f, at, tag)})
		}
	}
	if hop, ok := v.Interface().(guide.Hop); ok { // its amount is in minor units
		i := slices.IndexFunc(w.values, func(kv paper.KeyValue) bool { return kv.Label == w.name(path+".amount") })
		w.values[i].Value = paper.Same(guide.Money{Amount: hop.Amount, Currency: hop.Currency}.String())
	}
	w.flush()
	for _, do := range later {
		do()
	}
}

func (w *walker) flush() {
	if len(w.values) > 0 {
		w.blocks, w.values = append(w.blocks, w.values), nil
	}
}

func (w *walker) section(v reflect.Value, path string) {
	w.flush()
	w.blocks = append(w.blocks, paper.Heading{Level: 1, Text: w.name(path)})
	w.object(v, path)
}

// wide is how many columns a page has room for.
const wide = 4

// list is a table of what has members of its own, of those members that any has.
func (w *walker) list(v reflect.Value, path string) {
	w.flush()
	typ := v.Type().Elem()
	x := paper.Table{Caption: w.name(path)}
	var shown []int
	for i := range typ.NumField() {
		for j := range v.Len() {
			if !v.Index(j).Field(i).IsZero() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				shown, x.Head = append(shown, i), append(x.Head, w.name(path+"[]."+name))
				break
			}
		}
	}
	if len(shown) > wide {
		for j := range v.Len() {
			name := w.name(path)
			at := fmt.Sprintf(" %d", j+1)
			w.blocks = append(w.blocks, paper.Heading{Level: 2, Text: t(name.EN+at, name.ZH+at)})
			w.object(v.Index(j), path+"[]")
		}
		return
	}
	for j := range v.Len() {
		var row []paper.Text
		for _, i := range shown {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			cell := paper.Same("–")
			if f := v.Index(j).Field(i); !f.IsZero() {
				cell = w.word(f, path+"[]."+name, typ.Field(i).Tag)
			}
			row = append(row, cell)
		}
		x.Rows = append(x.Rows, row)
	}
	w.blocks = append(w.blocks, x)
}

func (w *walker) name(path string) paper.Text {
	if n, ok := w.lib.FieldName(path); ok {
		return n
	}
	return paper.Same(path)
}

// word writes a value; one of a list in both languages.
func (w *walker) word(f reflect.Value, path string, tag reflect.StructTag) paper.Text {
	switch {
	case f.Kind() == reflect.Bool && f.Bool():
		return t("yes", "是")
	case f.Kind() == reflect.Bool:
		return t("no", "否")
	case f.Kind() == reflect.Slice:
		var list []string
		for i := range f.Len() {
			list = append(list, fmt.Sprint(f.Index(i)))
		}
		return t(strings.Join(list, ", "), strings.Join(list, "、"))
	case tag.Get("one") != "":
		return w.lib.Word(path, f.String())
	}
	return paper.Same(fmt.Sprint(f))
}

func results(v request.View, lib *guide.Library) paper.Table {
	x := paper.Table{Head: []paper.Text{t("Item", "项目"), t("Identifier", "标识"), t("Result", "结果"), t("Held until", "保全至"), t("Use", "用途"), t("Reference", "编号")},
		Width: []float64{1, 3, 2, 2, 2, 2}}
	for _, it := range v.Items {
		result := t("open", "待答复")
		if it.Result != "open" {
			result = lib.Word("result", it.Result)
			if it.Ground != "" {
				result = t(result.EN+": "+it.Ground, result.ZH+"："+it.Ground)
			}
		}
		until, use := "–", paper.Same("–")
		if !it.HoldUntil.IsZero() {
			until = minute(it.HoldUntil.Time)
		}
		if it.Use != "" {
			use = lib.Word("supporting.purpose.use", it.Use)
		}
		x.Rows = append(x.Rows, []paper.Text{paper.Same(it.ID), paper.Same(it.Value), result, paper.Same(until), use, paper.Same(dash(it.Provider))})
	}
	return x
}

// history is every statement, without its contents save the remarks of people: what
// it does is said by the table of its kind.
func history(v request.View, c thread.Capability, zones []clock.Zone) paper.Table {
	x := paper.Table{Head: []paper.Text{t("Sent", "发出"), t("By", "作出方"), t("What it does", "内容"), t("Receipted (UTC)", "签收（协调世界时）")}, Width: []float64{2.6, 1.8, 4, 2}}
	for _, r := range v.Timeline {
		says := paper.Same(string(r.Kind))
		if k, ok := c.Kind(r.Kind); ok {
			says = k.Says
		}
		switch {
		case r.Refused != "":
			says = t(says.EN+" (refused: "+r.Refused+")", says.ZH+"（被拒收："+r.Refused+"）")
		case r.Effect != "applied" && r.Effect != "fact":
			says = t(says.EN+" (without effect: "+string(r.Effect)+")", says.ZH+"（未生效："+string(r.Effect)+"）")
		}
		var seats []string
		for _, s := range r.Seats {
			seats = append(seats, string(s))
		}
		got := "–"
		if !r.Receipted.IsZero() {
			got = r.Receipted.UTC().Format("2006-01-02 15:04:05")
		}
		x.Rows = append(x.Rows, []paper.Text{paper.Same(strings.ReplaceAll(clock.FormatTimes(r.Time, zones), " | ", "\n")), paper.Same(strings.Join(seats, ", ")), says, paper.Same(got)})
	}
	return x
}
