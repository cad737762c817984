package docket

import (
	"fmt"
	"slices"

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
	what, about := word("type", comity.Clip(typ)), word("supporting.offence.category", comity.Clip(category))
	say := func(en, zh string, a ...any) comity.Text { return t(fmt.Sprintf(en, a...), fmt.Sprintf(zh, a...)) }
	if len(list) == 0 {
		return "", say("no agency of %[1]s in the directory is competent for %[2]q in the category %[4]q: ask its contact point; to have attended a dialogue is no competence",
			"名录中没有 %[1]s 的机构主管“%[3]s”（类别：“%[5]s”）：请向其联络点查询；参加对话不等于具有主管权限", of, what.EN, what.ZH, about.EN, about.ZH)
	}
	if len(list) == 1 {
		if len(why.Types) == 0 {
			what = t("every type", "所有类型")
		}
		if len(why.Categories) == 0 {
			about = t("every category", "所有类别")
		}
		return list[0], say("the directory has %[1]s as competent for: %[2]s; %[4]s", "名录载明 %[1]s 的主管范围：%[3]s；%[5]s", list[0], what.EN, what.ZH, about.EN, about.ZH)
	}
	if slices.Contains(list, comity.Agency(r.Addressee.Agency)) {
		return comity.Agency(r.Addressee.Agency), say("it is addressed to %[1]s; as competent for %[2]q are %[4]s", "请求已指明由 %[1]s 受理；对“%[3]s”具有同等主管权限的有：%[4]s", r.Addressee.Agency, what.EN, what.ZH, list)
	}
	return "", say("%[1]s are equally competent for %[2]q: a person decides, by region or workload; whoever is wrong refers it on",
		"%[1]s 对“%[3]s”具有同等主管权限：请由人员按地域或者工作量决定；误送的由收件机构转交", list, what.EN, what.ZH)
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
