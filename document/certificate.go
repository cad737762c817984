package document

import (
	"fmt"
	"slices"
	"strings"

	"comity"
	"comity/evidence"
	"comity/paper"
)

// A Verified case file is one that [evidence.Verify] found good.
type Verified struct {
	evidence.Report
	File  comity.Hash // SHA-256 of all its bytes
	Trust comity.Hash // SHA-256 of the trust file it was checked against
	Says  func(comity.Kind) comity.Text
}

// most is how many statements have room on the first page.
const most = 9

// Certificate says on two pages what a case file is and what checking it showed, for
// a reader who has no computer at hand: a judge. It proves nothing by itself, and
// says how to check.
func Certificate(v Verified, f Form) paper.Doc {
	h := v.Head
	f.Reference, f.Realm = string(h.Matter), h.Realm
	for _, p := range v.Parties {
		if f.Names == nil {
			f.Names = map[comity.Party]comity.Text{}
		}
		f.Names[p.Party] = comity.Text{EN: p.Name.En, ZH: p.Name.Zh}
	}
	for _, s := range v.Statements {
		f.TLP = comity.HigherTLP(f.TLP, s.Manifest.Marking.TLP)
	}
	d := f.doc(t("Certificate of a case file", "案卷文件核验证明"))
	order := f.alternat(h.Parties...)
	a, b := f.name(order[0]), f.name(order[1])
	opener := f.name(h.Matter.Opener())
	facts := paper.KeyValues{
		kv("Matter", "事项编号", paper.Same(string(h.Matter))),
		kv("Between", "双方", t(a.EN+" and "+b.EN, a.ZH+"与"+b.ZH)),
		kv("Opened by", "提出方", opener),
	}
	var signatures int
	for i, s := range v.Statements {
		signatures += len(s.Seats)
		if i == 0 {
			facts = append(facts, kv("First statement", "首项陈述", t(v.Says(s.Kind).EN+"; "+minute(s.Time.Time), v.Says(s.Kind).ZH+"；"+minute(s.Time.Time))))
		}
	}
	if s, ok := v.answer(); ok {
		facts = append(facts, kv("Answered", "答复", t(v.Says(s.Kind).EN+"; "+minute(s.Time.Time), v.Says(s.Kind).ZH+"；"+minute(s.Time.Time))))
	} else {
		facts = append(facts, kv("Answered", "答复", t("no answer is in the file", "本文件中无答复")))
	}
	c := v.Counts
	facts = append(facts, kv("Verified", "核验结果", t(
		fmt.Sprintf("%d statements with %d seats' signatures, all good; %d proved by the other side's receipt, %d refused by it; %d files, %d parts erased or withheld", c.Statements, signatures, c.Receipted, c.Refused, c.Files, c.ErasedParts),
		fmt.Sprintf("共%d项陈述、%d个席位签名，全部有效；其中%d项有对方签收证明，%d项被对方拒收；附件%d个，已删除或未提供的部分%d处", c.Statements, signatures, c.Receipted, c.Refused, c.Files, c.ErasedParts))))
	rows := paper.Table{Caption: t("The statements, by the time of sending", "各项陈述（按发出时间）"),
		Head:  []paper.Text{paper.Same("#"), t("By", "作出方"), t("What it does", "内容"), t("Sent (UTC)", "发出（协调世界时）"), t("Receipted (UTC)", "签收（协调世界时）")},
		Align: []paper.Align{paper.End, paper.Start, paper.Start, paper.Start, paper.Start}, Width: []float64{.6, 2.2, 4.4, 2, 2}}
	list := slices.Clone(v.Statements)
	slices.SortStableFunc(list, func(a, b *evidence.StatementReport) int { return a.Time.Compare(b.Time.Time) })
	for i, s := range list[:min(most, len(list))] {
		var seats []string
		for _, o := range s.Seats {
			seats = append(seats, string(o.Seat))
		}
		got := paper.Same("–")
		switch {
		case s.Refused != "":
			got = t("refused", "拒收")
		case s.Receipted != nil:
			got = paper.Same(s.Receipted.UTC().Format("2006-01-02 15:04"))
		}
		rows.Rows = append(rows.Rows, []paper.Text{paper.Same(fmt.Sprint(i + 1)), paper.Same(string(s.Place.From) + ": " + strings.Join(seats, ", ")), paper.Text(v.Says(s.Kind)),
			paper.Same(s.Time.UTC().Format("2006-01-02 15:04")), got})
	}
	d.Blocks = []paper.Block{
		para("This paper describes an electronic case file: signed statements of two authorities, each with the other's receipt. It was made by a program that checked every signature and every proof in the file, and it is no evidence by itself: the file is.",
			"本证明所述为一份电子案卷文件：双方机关经签名的陈述及对方的签收。本证明由程序在核验文件中全部签名和证明后生成，其本身并非证据，证据是该电子文件。"),
		facts, rows,
	}
	if n := len(list) - most; n > 0 {
		d.Blocks = append(d.Blocks, para(fmt.Sprintf("and %d more, verified in the same way.", n), fmt.Sprintf("另有%d项，以同样方式核验。", n)))
	}
	keys := paper.KeyValues{
		kv("Case file, SHA-256", "案卷文件 SHA-256", paper.Same(digest(v.File))),
		kv("Trust file, SHA-256", "信任文件 SHA-256", paper.Same(digest(v.Trust))),
	}
	for _, who := range order {
		for _, p := range v.Parties {
			if p.Party == who {
				n := f.name(who)
				keys = append(keys, kv("Root key of "+n.EN, n.ZH+"根密钥", paper.Same(digest(p.Root))))
			}
		}
	}
	d.Blocks = append(d.Blocks, paper.PageBreak{},
		heading("What identifies it", "识别信息"), keys,
		heading("How to check it", "核验方法"),
		para("1. Obtain the root keys above by another way: from the authority itself, a diplomatic note, or the 60-digit pair number.\n2. Compute the SHA-256 of the file and compare it with the one above.\n3. Run: comity verify FILE --trust TRUST. No network is needed. The format is published, and an independent checker comes with it; any expert can write another.",
			"1. 经其他途径取得上述根密钥：直接向有关机关索取，或通过外交照会、60位配对号码核对。\n2. 计算文件的 SHA-256 值，并与上列数值比对。\n3. 运行：comity verify FILE --trust TRUST，无需联网。文件格式公开，并附有独立核验程序；任何专业人员均可自行编写。"),
		heading("What this proves", "可以证明的内容"),
		para("That the seats named signed exactly these words; that each statement stands in its place in its side's record; and, where a receipt is named, that the other side's node had it.",
			"所列席位签署了完全相同的内容；各项陈述在该方记录中的位置；列有签收的，对方节点已收到该陈述。"),
		heading("What it does not prove", "不能证明的内容"),
		para("That nothing was said later or left out of the file; that the clocks were right; that what was said is true; who sat at a seat; and what erased contents were, of which only the hash remains. Ask the other side for its own case file and compare.",
			"此后未作其他陈述，或文件未遗漏内容；时钟准确无误；陈述内容属实；席位上的具体人员；以及已删除内容（仅存哈希值）为何。可请对方出具其案卷文件加以比对。"))
	for _, r := range v.Remarks[:min(3, len(v.Remarks))] {
		d.Blocks = append(d.Blocks, para("Remark ("+r.Code+"): "+r.What, "备注（"+r.Code+"）：原文见英文"))
	}
	if n := len(v.Remarks) - 3; n > 0 {
		d.Blocks = append(d.Blocks, para(fmt.Sprintf("and %d more remarks, which comity verify prints.", n), fmt.Sprintf("另有%d项备注，见 comity verify 的输出。", n)))
	}
	d.Blocks = append(d.Blocks, paper.Signatures{{Role: t("Checked by", "核验人"), Name: paper.Text{}}})
	return d
}

// answer returns the last answer or refusal, of the side that was asked, that took
// its place.
func (v Verified) answer() (last *evidence.StatementReport, ok bool) {
	for _, s := range v.Statements {
		if slices.Contains([]comity.Kind{"answer", "refuse"}, s.Kind) && s.Refused == "" && s.Place.From != v.Head.Matter.Opener() {
			last, ok = s, true
		}
	}
	return last, ok
}
