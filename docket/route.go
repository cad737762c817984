package docket

import (
	"fmt"
	"slices"
	"strings"

	"comity"
	"comity/guide"
)

// Route returns which agency of a party should have a request, and why; none, if
// no agency can be told. Only competence counts: to have been at the dialogue, or
// to be in the directory, is none. Who is competent for this very category goes
// before who takes all, and so for the type; of equals, the one that the request
// is addressed to. In which region the data lies no draft can tell: a wrong region
// is mended by referral.
func Route(r guide.Request, of comity.Party, directory []guide.Agency) (comity.Agency, comity.Text) {
	typ, category := r.Type, r.Supporting.Offence.Category
	best, why := 0, guide.Competence{}
	var list []comity.Agency
	for _, a := range directory {
		if a.Party != of {
			continue
		}
		n, c := competence(a, typ, category)
		if n > best {
			best, why, list = n, c, nil
		}
		if n == best && n > 0 {
			list = append(list, a.ID)
		}
	}
	lib := guide.Shipped()
	name := func(list, id string) comity.Text { return lib.Word(list, comity.Clip(id)) }
	t, c := name("type", typ), name("supporting.offence.category", category)
	if len(list) == 0 {
		return "", comity.Text{
			EN: fmt.Sprintf("no agency of %s in the directory is competent for %q in the category %q: ask its contact point; to have attended a dialogue is no competence", of, t.EN, c.EN),
			ZH: fmt.Sprintf("名录中没有 %s 的机构主管“%s”（类别：“%s”）：请向其联络点查询；参加对话不等于具有主管权限", of, t.ZH, c.ZH),
		}
	}
	if i := slices.Index(list, comity.Agency(r.Addressee.Agency)); i >= 0 && len(list) > 1 {
		return list[i], comity.Text{
			EN: fmt.Sprintf("it is addressed to %s, which is as competent for %q as %s", list[i], t.EN, others(list, i)),
			ZH: fmt.Sprintf("请求已指明由 %s 受理，该机构对“%s”的主管权限与 %s 相同", list[i], t.ZH, others(list, i)),
		}
	}
	if len(list) > 1 {
		return "", comity.Text{
			EN: fmt.Sprintf("%s are equally competent for %q: a person decides, by region or workload; whoever is wrong refers it on", others(list, -1), t.EN),
			ZH: fmt.Sprintf("%s 对“%s”具有同等主管权限：请由人员按地域或者工作量决定；误送的由收件机构转交", others(list, -1), t.ZH),
		}
	}
	en, zh := "every type", "所有类型"
	if len(why.Types) > 0 {
		en, zh = t.EN, t.ZH
	}
	en2, zh2 := "every category", "所有类别"
	if len(why.Categories) > 0 {
		en2, zh2 = c.EN, c.ZH
	}
	return list[0], comity.Text{
		EN: fmt.Sprintf("the directory has %s as competent for: %s; %s", list[0], en, en2),
		ZH: fmt.Sprintf("名录载明 %s 的主管范围：%s；%s", list[0], zh, zh2),
	}
}

// competence returns how closely an agency's competences name a request: 0 if
// none does, 1 for one that takes everything, and more for its type (1) and its
// category (2). A request without a category is for those who take all.
func competence(a guide.Agency, typ, category string) (best int, why guide.Competence) {
	for _, c := range a.Competences {
		n := 1
		if len(c.Types) > 0 {
			if !slices.Contains(c.Types, typ) {
				continue
			}
			n++
		}
		if len(c.Categories) > 0 {
			if !slices.Contains(c.Categories, category) {
				continue
			}
			n += 2
		}
		if n > best {
			best, why = n, c
		}
	}
	return best, why
}

func others(list []comity.Agency, without int) string {
	var names []string
	for i, a := range list {
		if i != without {
			names = append(names, string(a))
		}
	}
	return strings.Join(names, ", ")
}
