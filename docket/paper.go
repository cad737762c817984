package docket

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"comity"
	"comity/guide"
)

// A Section is a part of a paper, for whatever writes it: PDF, DOCX, mail. It has
// rows, or a table, or both.
type Section struct {
	No          string // of the field in the form that the paper follows; empty if it follows none
	Heading     comity.Text
	Approximate bool // the form's own wording of this field has not been seen
	Rows        []Row
	Head        []comity.Text // of Table
	Table       [][]comity.Text
}

// A Row is a label and what stands beside it. A value that was written in one
// language only is the same in both.
type Row struct{ Label, Value comity.Text }

// Letter returns the paper for the provider of a domestic action. It is handed
// nothing of a request but its order, and nothing of the docket but that action,
// so it cannot tell more. What the provider does not need stays out: the other
// side's own instrument, payments to other banks, our results and what we wait
// for. A person is named by the instrument, not by the letter.
func Letter(o guide.Order, a Action) ([]Section, error) {
	chosen := slices.DeleteFunc(slices.Clone(o.Items), func(it guide.Item) bool { return len(a.Items) > 0 && !slices.Contains(a.Items, it.ID) })
	if len(chosen) == 0 || len(chosen) < len(a.Items) {
		return nil, comity.Fieldf("items", "the action names items %q, and the request does not have them all; comity show REF lists them", a.Items)
	}
	if a.Measure == "preserve" && a.HoldUntil == "" {
		return nil, comity.Fieldf("hold_until", "the letter must say until when: comity action REF %s --hold-until 2027-02-20", comity.Clip(a.ID))
	}
	instrument := t("voluntary: you are asked, and not bound", "自愿协助：本函为请求，不具强制力")
	if a.Instrument != "voluntary" {
		instrument = word("order.instrument.kind", a.Instrument)
	}
	var certificate comity.Text
	if o.Certificate != "none" {
		certificate = word("order.certificate", o.Certificate)
	}
	sections := []Section{
		{Heading: measures[a.Measure], Rows: filled(
			Row{t("To", "致"), same(a.Provider)},
			Row{t("Instrument", "法律文书"), instrument},
			Row{t("Number", "文号"), same(a.Number)},
			Row{t("Issued by", "签发机关"), same(a.IssuedBy)},
			Row{t("Our reference, to be cited", "本函文号（回复时请注明）"), same(a.OrderRef)},
			Row{t("Your reference", "贵方编号"), same(a.Ticket)})},
		itemTable(chosen, nil),
		{Heading: t("What is asked", "事项要求"), Rows: filled(
			Row{t("Preserve until", "保全至"), same(a.HoldUntil)},
			Row{t("Notice to the user", "告知用户"), map[string]comity.Text{
				"none":          t("do not tell the user", "不得告知用户"),
				"delayed_until": t("do not tell the user before "+a.NoticeFrom, "在 "+a.NoticeFrom+" 之前不得告知用户"),
				"given":         t("you may tell the user", "可以告知用户"),
			}[a.UserNotice]},
			Row{t("Certificate to be enclosed", "应附证明文件"), certificate},
			Row{t("Particular procedure", "特别程序"), same(o.Instructions)})},
	}
	hops := slices.DeleteFunc(slices.Clone(o.Hops), func(h guide.Hop) bool { return h.Bank != a.Provider })
	if len(hops) > 0 {
		sections = append(sections, hopTable(hops))
	}
	return append(sections, Section{Heading: t("Your answer", "请回复"), Rows: []Row{{t("For each item, one of", "逐项注明下列之一"),
		t("preserved (from, until); no record; not held by you; no longer there; refused (why)", "已保全（起止时间）；无记录；不由贵方持有；已不存在；拒绝（理由）")}}}), nil
}

var measures = map[string]comity.Text{
	"preserve": t("Preservation of data", "数据保全"),
	"disclose": t("Disclosure of data", "调取数据"),
	"search":   t("Search and seizure of data", "搜查、扣押数据"),
	"freeze":   t("Freezing of funds or assets", "冻结资金或者财产"),
}

// itemTable lists items. A person of a request is shown as persons has it, which
// no provider's paper is given.
func itemTable(items []guide.Item, persons []guide.Person) Section {
	s := table("order.items", items, "id", "type", "value", "provider", "from", "to", "port", "peer", "data")
	for i, it := range items {
		if it.Type != "person" {
			continue
		}
		s.Table[i][2] = t("the person named in the instrument", "法律文书所列人员")
		for _, p := range persons {
			if p.ID == it.Value {
				s.Table[i][2] = same(joined(p.Name, p.Latin, p.Born, p.Nationality))
			}
		}
	}
	return s
}

func hopTable(hops []guide.Hop) Section {
	s := table("order.hops", hops, "n", "from", "to", "bank", "amount", "value_date", "uetr")
	for i, h := range hops {
		s.Table[i][4] = same(guide.Money{Amount: h.Amount, Currency: h.Currency}.String())
	}
	return s
}

// table lists members of a request's list, which stands at path.
func table[T any](path string, list []T, members ...string) Section {
	s := Section{Heading: name(path)}
	for _, m := range members {
		s.Head = append(s.Head, name(path+"[]."+m))
	}
	for _, row := range list {
		var cells []comity.Text
		for _, m := range members {
			cells = append(cells, says(path+"[]."+m, member(reflect.ValueOf(row), m)))
		}
		s.Table = append(s.Table, cells)
	}
	return s
}

// member returns the member at a path of JSON names, or the zero Value if what
// holds it is not there. The paths are those of this package's own rows.
func member(v reflect.Value, path string) reflect.Value {
	for part := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v
		}
		typ := v.Type()
		i := 0
		for !strings.HasPrefix(typ.Field(i).Tag.Get("json")+",", part+",") {
			i++
		}
		v = v.Field(i)
	}
	return v
}

// says writes a member of a request at path for a person.
func says(path string, v reflect.Value) comity.Text {
	switch v = reflect.Indirect(v); v.Kind() {
	case reflect.String:
		return word(path, v.String())
	case reflect.Bool:
		if v.Bool() {
			return t("yes", "是")
		}
		return t("no", "否")
	case reflect.Int:
		if v.Int() != 0 {
			return same(strconv.FormatInt(v.Int(), 10))
		}
	}
	return comity.Text{}
}

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }
func same(s string) comity.Text   { return t(s, s) }

// word returns what a value of a member is called; a text is its own word.
func word(path, s string) comity.Text { return guide.Shipped().Word(path, s) }

// name returns what a member is called.
func name(path string) comity.Text {
	n, _ := guide.Shipped().FieldName(path)
	return n
}

func filled(rows ...Row) []Row {
	return slices.DeleteFunc(rows, func(r Row) bool { return r.Value == comity.Text{} })
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
