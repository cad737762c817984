package document

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/paper"
	"comity/review"
)

// causes are where the time of an answer goes, by the names of their shares.
var causes = []struct {
	name string
	paper.Text
}{
	{"delivery", t("Delivery", "传送")},
	{"acknowledgement", t("Until acknowledged", "等待确认")},
	{"work", t("Work", "办理")},
	{"paused", t("Question open", "等待补充说明")},
	{"extension", t("Extension", "延期")},
}

var outcomes = []struct {
	share int
	paper.Text
}{
	{review.ShareExecuted, t("Executed", "全部执行")},
	{review.ShareExecuted + 1, t("Executed in part", "部分执行")},
	{review.ShareExecuted + 2, t("Impossible", "无法执行")},
	{review.ShareExecuted + 3, t("Refused", "拒绝")},
	{review.ShareExecuted + 4, t("Withdrawn", "撤回")},
	{review.ShareUnread, t("No result to be read", "无可读取的结果")},
}

// Review is the paper of joint figures, with this node's own coverage beside them.
func Review(r review.Report, lib *guide.Library, f Form) paper.Doc {
	j := r.Joint
	d := f.doc(t("Review of timeliness and quality", "协助请求答复时效与质量评估"))
	d.Subtitle = period(j.From.Time, j.To.Time)
	p := f.alternat(j.Parties[0], j.Parties[1])
	ways := [2]way{{p[0], p[1], f.arrow(p[0], p[1])}, {p[1], p[0], f.arrow(p[1], p[0])}}
	all := r.Group(review.All, "", "")
	d.Blocks = []paper.Block{
		paper.KeyValues{
			kv("Between", "双方", t(f.name(p[0]).EN+" and "+f.name(p[1]).EN, f.name(p[0]).ZH+"与"+f.name(p[1]).ZH)),
			kv("Subject", "范围", realm(j.Realm)),
			kv("Coverage", "覆盖情况", r.Coverage.Says()),
			kv("Joint figures, SHA-256", "共同数据 SHA-256", paper.Same(digest(r.Digest()))),
		},
		paper.Figures{
			{Label: t("Requests receipted", "签收的请求"), Value: fmt.Sprint(all.Counts[review.Received]), Unit: t("in both directions", "双向合计")},
			{Label: t("Median time to full answer", "完整答复用时中位数"), Value: all.Times[review.AnswerGross].Median(), Unit: t(fmt.Sprintf("of %d answers", all.Times[review.AnswerGross].N), fmt.Sprintf("共%d件答复", all.Times[review.AnswerGross].N))},
			inTime(all.Shares[review.ShareWithinAnswer]),
		},
		heading("How long it took", "办理用时"),
		byType(r, lib, ways),
		heading("Where the time went", "用时构成"),
		whereTimeWent(r, ways),
		heading("What came of the requests", "办理结果"),
		settled(r, ways),
		heading("By type, priority and category", "按类型、优先级和犯罪类别"),
	}
	for _, b := range []struct {
		by   review.By
		list string
		paper.Text
	}{
		{review.ByType, "type", t("Type", "类型")}, {review.ByPriority, "priority", t("Priority", "优先级")}, {review.ByCategory, "supporting.offence.category", t("Category of crime", "犯罪类别")},
		{review.ByAgency, "", t("Agency of the asked side", "被请求方机关")}, {review.ByAskerAgency, "", t("Agency of the asking side", "请求方机关")},
	} {
		d.Blocks = append(d.Blocks, breakdown(r, lib, ways, b.by, b.list, b.Text))
	}
	d.Blocks = append(d.Blocks, heading("All figures", "全部数据"))
	tables := r.Tables()
	for _, x := range tables[:4] { // the rest are the breakdowns, which stand above
		d.Blocks = append(d.Blocks, table(x, lib, ways))
	}
	d.Blocks = append(d.Blocks, heading("Notes", "说明"))
	for _, n := range tables[0].Notes[1:3] { // the coverage and the digest stand above
		d.Blocks = append(d.Blocks, paper.Para{Text: n})
	}
	d.Blocks = append(d.Blocks, para("Rows that are zero in both directions are left out.", "双向均为零的项目从略。"), para(
		"Both parties compute these figures from what both have receipted; if their digests are equal, so is every figure. Times run from the receipt; a period's figures count what happened in it. A report counts: it gives no marks.",
		"双方依据均已签收的记录各自计算；摘要值一致即表明各项数据一致。用时自签收起算；各期数据只计入当期发生的事项。本报告只作统计，不作评价。"))
	return d
}

func inTime(s review.Share) paper.Figure {
	value, _, _ := strings.Cut(s.String(), " (")
	if _, percent, ok := strings.Cut(strings.TrimSuffix(s.String(), ")"), "("); ok {
		return paper.Figure{Label: t("Answered within the limit", "在期限内完整答复"), Value: percent, Unit: t(value+", pauses deducted", value+"，已扣除中止时间")}
	}
	return paper.Figure{Label: t("Answered within the limit", "在期限内完整答复"), Value: value, Unit: t("pauses deducted", "已扣除中止时间")}
}

// A way is a direction: who asks whom.
type way struct {
	asks, asked comity.Party
	paper.Text
}

// byType charts medians; NaN is a value that too few requests stand for.
func byType(r review.Report, lib *guide.Library, ways [2]way) paper.Block {
	c := paper.BarChart{Title: t("Median time from receipt to full answer", "自签收至完整答复用时中位数"), Unit: t("hours", "小时")}
	small := false
	for _, w := range ways {
		c.Series = append(c.Series, paper.Series{Name: w.Text})
	}
	for _, g := range r.Joint.Groups {
		if g.By != review.ByType || g.Opener != "" {
			continue
		}
		c.Labels = append(c.Labels, lib.Word("type", g.Value))
		for i, w := range ways {
			v := math.NaN()
			if s := r.Group(review.ByType, g.Value, w.asks).Times[review.AnswerGross]; s.Spread != nil {
				v = math.Round(float64(s.Spread.Median)/float64(time.Hour.Milliseconds())*10) / 10
			} else {
				small = true
			}
			c.Series[i].Values = append(c.Series[i].Values, v)
		}
	}
	if len(c.Labels) == 0 {
		return para("No request was answered.", "本期无已答复的请求。")
	}
	if small {
		c.Note = few()
	}
	return c
}

func few() paper.Text {
	return t(fmt.Sprintf("Where there are fewer than %d answers, no median is given: a single case would decide it.", review.Few),
		fmt.Sprintf("答复不足%d件的，不列中位数，以免由个案决定结果。", review.Few))
}

func share(g review.Figures, name string) review.Share {
	for _, s := range g.Shares {
		if s.Name == name {
			return s
		}
	}
	return review.Share{}
}

func whereTimeWent(r review.Report, ways [2]way) paper.Block {
	c := paper.BarChart{Title: t("Parts of all the time from sending to the full answer", "自发出至完整答复全部用时的构成"), Unit: t("per cent", "百分比")}
	for _, x := range causes {
		c.Labels = append(c.Labels, x.Text)
	}
	small := false
	for _, w := range ways {
		g := r.Group(review.All, "", w.asks)
		s := paper.Series{Name: w.Text}
		for _, x := range causes {
			v := math.NaN()
			if p := share(g, x.name); p.Of > 0 && g.Times[review.AnswerGross].N >= review.Few {
				v = math.Round(float64(p.N)*1000/float64(p.Of)) / 10
			} else {
				small = true
			}
			s.Values = append(s.Values, v)
		}
		c.Series = append(c.Series, s)
	}
	if small {
		c.Note = t(fmt.Sprintf("Where there are fewer than %d answers, no parts are given.", review.Few), fmt.Sprintf("答复不足%d件的，不列构成。", review.Few))
	}
	return c
}

func settled(r review.Report, ways [2]way) paper.Block {
	c := paper.BarChart{Title: t("Requests settled in the period", "本期办结的请求"), Unit: t("requests", "件")}
	for _, o := range outcomes {
		c.Labels = append(c.Labels, o.Text)
	}
	for _, w := range ways {
		g := r.Group(review.All, "", w.asks)
		s := paper.Series{Name: w.Text}
		for _, o := range outcomes {
			s.Values = append(s.Values, float64(g.Shares[o.share].N))
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func breakdown(r review.Report, lib *guide.Library, ways [2]way, by review.By, list string, name paper.Text) paper.Table {
	x := paper.Table{
		Head: []paper.Text{name, t("Asks", "请求方"), t("Receipted", "签收"), t("Settled", "办结"), t("Overdue", "逾期"),
			t("Median answer", "答复用时中位数"), t("In time", "按期答复"), t("Right first time", "一次合格")},
		Align: []paper.Align{paper.Start, paper.Start, paper.End, paper.End, paper.End, paper.End, paper.End, paper.End},
		Width: []float64{2.9, 1.2, 1.7, 1.45, 1.5, 1.7, 2, 1.7}}
	for _, g := range r.Joint.Groups {
		if g.By != by || g.Opener == "" {
			continue
		}
		label := paper.Same(g.Value)
		if list != "" {
			label = lib.Word(list, g.Value)
		}
		x.Rows = append(x.Rows, []paper.Text{label, paper.Same(string(g.Opener)),
			count(g.Counts[review.Received]), count(g.Counts[review.Settled]), count(g.Counts[review.Overdue]),
			paper.Same(g.Times[review.AnswerGross].Median()), paper.Same(g.Shares[review.ShareWithinAnswer].String()), paper.Same(g.Shares[review.ShareRightFirstTime].String())})
	}
	return x
}

// table writes a table of review, its directions in the order of this original.
func table(x review.Table, lib *guide.Library, ways [2]way) paper.Table {
	out := paper.Table{Head: []paper.Text{x.Title, t("Both directions", "双向"), ways[0].Text, ways[1].Text},
		Align: []paper.Align{paper.Start, paper.End, paper.End, paper.End}, Width: []float64{5, 2, 2, 2}}
	for _, row := range x.Rows {
		label := row.Label
		if c, ok := lib.CheckText(row.Label.EN); ok {
			label = t(c.ID+" "+c.Title.EN, c.ID+" "+c.Title.ZH)
		} else if row.Label.EN == row.Label.ZH {
			label = lib.Word("result", row.Label.EN)
		}
		v := row.Values
		if !slices.ContainsFunc(v, func(s string) bool { return s != "0" && s != "–" }) {
			continue
		}
		if ways[0].asks > ways[1].asks {
			v = []string{v[0], v[2], v[1]}
		}
		out.Rows = append(out.Rows, []paper.Text{label, paper.Same(v[0]), paper.Same(v[1]), paper.Same(v[2])})
	}
	return out
}

// National is what a party keeps to itself, as a paper of its own: it must not be
// sent by mistake with the joint one. Restricted is how many matters no review
// counts.
func National(n review.NationalReport, restricted int, f Form) paper.Doc {
	d := f.doc(t("Review: what is national only", "评估：仅供本国内部使用部分"))
	d.Subtitle = period(n.Joint.From.Time, n.Joint.To.Time)
	d.Frame = t("National only", "仅限本国内部使用")
	x := paper.Table{Caption: t("Reciprocity", "对等情况"), Head: []paper.Text{t("What", "项目"), t("Done by us", "我方办理"), t("Done for us", "对方办理"), t("Ours for each of theirs", "我方与对方之比")},
		Align: []paper.Align{paper.Start, paper.End, paper.End, paper.End}, Width: []float64{4, 2, 2, 2}}
	for _, q := range n.Reciprocity {
		x.Rows = append(x.Rows, []paper.Text{q.Label, count(q.Ours), count(q.Theirs), paper.Same(q.Says)})
	}
	d.Blocks = []paper.Block{
		para("A ratio of one side's work to the other's is a view of one party. It is no part of the joint figures, and this paper must not be sent to the other side.",
			"双方工作量之比仅为一方看法，不属于共同数据。本文件不得对外传送。"),
		x,
		paper.KeyValues{
			kv("Restricted matters, counted in no review", "不计入任何评估的受限事项", paper.Same(fmt.Sprint(restricted))),
			kv("Joint figures, SHA-256", "共同数据 SHA-256", paper.Same(digest(review.Report{Joint: n.Joint}.Digest()))),
		},
	}
	return d
}
