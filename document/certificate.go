package document

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"comity"
	"comity/evidence"
	"comity/paper"
)

// A Verified case file is one that [evidence.Verify] found good.
type Verified struct {
	evidence.Report
	File comity.Hash // SHA-256 of all its bytes
	Says func(comity.Kind) comity.Text
}

// most is how many statements have room on the first page, beside two that a
// reader asks for first: fewer, if their words are long.
const most = 2

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
	d.Subtitle = t(string(h.Matter)+", "+a.EN+" and "+b.EN, string(h.Matter)+"，"+a.ZH+"与"+b.ZH)
	var facts paper.KeyValues
	var signatures int
	for _, s := range v.Statements {
		signatures += len(s.Seats)
	}
	if s, ok := v.opening(); ok {
		facts = append(facts, kv("Asked", "请求", f.told(v, s)))
	}
	if s, ok := v.answer(); ok {
		facts = append(facts, kv("Answered", "答复", f.told(v, s)))
	} else {
		facts = append(facts, kv("Answered", "答复", t("no answer is in the file", "本文件中无答复")))
	}
	c := v.Counts
	facts = append(facts, kv("Verified", "核验结果", t(
		fmt.Sprintf("%d statements with %d signatures, all good; %d receipted, %d refused by the other side; %d files; %d parts erased or withheld", c.Statements, signatures, c.Receipted, c.Refused, c.Files, c.ErasedParts),
		fmt.Sprintf("共%d项陈述、%d个签名，全部有效；其中%d项经对方签收，%d项被对方拒收；附件%d个；已删除或未提供的部分%d处", c.Statements, signatures, c.Receipted, c.Refused, c.Files, c.ErasedParts))))
	rows := paper.Table{Head: []paper.Text{t("Signed by", "签署席位"), t("What the statement does", "陈述内容"), t("Sent (UTC)", "发出（协调世界时）"), t("Receipted (UTC)", "签收（协调世界时）")},
		Width: []float64{1.9, 5, 1.9, 1.9}}
	list := v.chief()
	for _, s := range list {
		var seats []string
		for _, o := range s.Seats {
			name := string(o.Seat)
			if slices.Contains(s.Passkeys, o.Seat) {
				name += " (P1)"
			}
			seats = append(seats, name)
		}
		got := paper.Same("–")
		switch {
		case s.Refused != "":
			got = t("refused", "拒收")
		case s.Receipted != nil:
			got = paper.Same(s.Receipted.UTC().Format("2006-01-02 15:04"))
		}
		rows.Rows = append(rows.Rows, []paper.Text{paper.Same(strings.Join(seats, "\n")), v.Says(s.Kind),
			paper.Same(s.Time.UTC().Format("2006-01-02 15:04")), got})
	}
	d.Blocks = []paper.Block{
		para("This paper describes an electronic case file: signed statements of two authorities, with each other's receipts. A program made it after checking every signature and proof in the file. The evidence is the file, not this paper.",
			"本证明所述为一份电子案卷文件，内含双方机关经签名的陈述及对方的签收。本证明由程序核验文件中全部签名和证明后生成。证据为该电子文件，而非本证明。"),
		facts, rows,
	}
	if n := len(v.Statements) - len(list); n > 0 {
		d.Blocks = append(d.Blocks, para(fmt.Sprintf("and %d more, verified in the same way.", n), fmt.Sprintf("另有%d项，以同样方式核验。", n)))
	}
	keys := paper.KeyValues{
		kv("Case file, SHA-256", "案卷文件 SHA-256", paper.Same(digest(v.File))),
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
		keys,
		heading("How to check it, and what that proves", "核验方法与证明范围"),
		para("1. Obtain the root keys above another way: from the authority itself, by diplomatic note, or by the 60-digit pair number.\n2. Compute the file's SHA-256, and compare it with the one above.\n3. Run comity verify FILE --trust TRUST. No network is needed. The format is public: any expert can write another checker.",
			"1. 经其他途径取得上述根密钥：直接向有关机关索取，或通过外交照会、60位配对号码核对。\n2. 计算文件的 SHA-256 值，并与上列数值比对。\n3. 运行 comity verify FILE --trust TRUST，无需联网。文件格式公开，任何专业人员均可另行编写核验程序。"),
		para("It proves that the seats named signed exactly these words; that each statement stands in its place in its side's record; and, where a receipt is named, that the other side's node had it.",
			"可以证明：所列席位签署了完全相同的内容；各项陈述在该方记录中的位置；列有签收的，对方节点已收到该陈述。"),
		para("It does not prove that nothing was said later or left out of the file; that the clocks were right; that what was said is true; who sat at a seat; or what erased contents were, of which only the hash remains. Ask the other side for its own case file, and compare.",
			"不能证明：此后未作其他陈述或文件未遗漏内容；时钟准确无误；陈述内容属实；席位上的具体人员；已删除内容（仅存哈希值）为何。可请对方出具其案卷文件加以比对。"))
	if len(v.Remarks) > 0 {
		codes := map[string]int{}
		for _, r := range v.Remarks {
			codes[r.Code]++
		}
		var en, zh []string
		for _, c := range slices.Sorted(maps.Keys(codes)) {
			en, zh = append(en, fmt.Sprintf("%s %d", c, codes[c])), append(zh, fmt.Sprintf("%s（%d项）", c, codes[c]))
		}
		d.Blocks = append(d.Blocks, para("Remarks of the check, no faults: "+strings.Join(en, ", ")+".", "核验备注（不构成错误）："+strings.Join(zh, "、")+"。"))
	}
	d.Blocks = append(d.Blocks, paper.Signatures{{Role: t("Checked by", "核验人"), Name: paper.Text{}}})
	return d
}

// told says who did what when.
func (f Form) told(v Verified, s *evidence.StatementReport) paper.Text {
	n, says := f.name(s.Place.From), v.Says(s.Kind)
	return t(n.EN+", "+minute(s.Time.Time)+": "+says.EN, n.ZH+"，"+minute(s.Time.Time)+"："+says.ZH)
}

// chief returns the statements that a reader asks for first, in the order of time:
// what was asked, and the answer; and as much else as there is room for.
func (v Verified) chief() (list []*evidence.StatementReport) {
	all := slices.Clone(v.Statements)
	slices.SortStableFunc(all, func(a, b *evidence.StatementReport) int { return a.Time.Compare(b.Time.Time) })
	asked, _ := v.opening()
	answered, _ := v.answer()
	first := func(s *evidence.StatementReport) bool { return s == asked || s == answered }
	room := most
	for _, s := range all {
		if first(s) {
			room--
		}
	}
	for _, s := range all {
		if first(s) || room > 0 {
			list = append(list, s)
		}
		if !first(s) {
			room--
		}
	}
	return list
}

// opening returns the opener's first statement.
func (v Verified) opening() (first *evidence.StatementReport, ok bool) {
	for _, s := range v.Statements {
		if s.Place.From == v.Head.Matter.Opener() && s.Refused == "" && (!ok || s.Time.Before(first.Time.Time)) {
			first, ok = s, true
		}
	}
	return first, ok
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
