package document

import (
	"cmp"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/paper"
)

// A Continuity is what an officer works with when the node is gone: whom to telephone,
// what is open and when it is next due, and blank forms.
type Continuity struct {
	Phones []Phone
	Open   []Open
	Left   int // open matters that are marked TLP:RED: for named recipients, and so not here
	Zones  []clock.Zone
}

// A Phone is a line of the telephone tree.
type Phone struct {
	Party                  comity.Party
	Agency                 comity.Agency
	Name                   comity.Text
	Number, Hours, Zone    string
	Languages, Competences []string
}

// An Open matter, without its contents.
type Open struct {
	Ref   comity.Ref
	Peer  comity.Party
	Type  string
	State comity.Text
	Owes  comity.Party
	Due   time.Time
}

// asked are the lines of the blank request: what the other side cannot act without.
var asked = []string{
	"type", "priority", "authority.agency", "authority.seat", "authority.contact", "addressee.agency", "basis.id",
	"order.holder", "order.items[].type", "order.items[].value", "order.items[].from", "order.items[].to", "order.items[].clock", "order.items[].data",
	"supporting.offence.category", "supporting.offence.description", "supporting.offence.provision", "supporting.facts", "supporting.necessity",
	"supporting.purpose.use", "confidentiality.no_user_notice", "reference",
}

// PDF writes for each blank a line to write on.
const blank = "\n\n"

// Paper lays the pack out. It is printed every week: who prints it keeps the last two.
func (c Continuity) Paper(lib *guide.Library, f Form) paper.Doc {
	d := f.doc(t("Continuity pack", "应急纸质包"))
	d.Subtitle = t("as it stood at "+minute(f.At), "截至"+minute(f.At))
	d.Blocks = []paper.Block{
		para("For work by telephone and on paper while the node is down. Call only numbers that stand here, and read identifiers back in groups of four. Enter every sheet afterwards, with the time of the event and the time of the entry.",
			"系统停用期间以电话和纸质方式工作时使用。只拨打本表所列号码，并以四位一组复述标识符。事后逐张补录，注明事件时间和录入时间。"),
		heading("Telephone tree", "电话联络表"), c.phones(f),
		heading("Open matters", "未办结事项"), c.open(lib, f),
	}
	if c.Left > 0 {
		d.Blocks = append(d.Blocks, para("Matters marked TLP:RED are for named recipients only, and are left out.", "标注TLP:RED的事项仅限指定人员知悉，未列入。"))
	}
	d.Blocks = append(d.Blocks, paper.PageBreak{}, heading("Blank request", "空白协助请求书"), blanks(lib))
	return callSheet(d)
}

func (c Continuity) phones(f Form) paper.Block {
	if len(c.Phones) == 0 {
		return para("No directory has been published: write the numbers here by hand.", "尚未发布机构名录：请在此手工填写号码。")
	}
	x := paper.Table{Head: []paper.Text{t("Party", "方"), t("Agency", "机关"), t("Telephone", "电话"), t("Hours", "时间"), t("Languages", "语言"), t("For", "职权")},
		Width: []float64{1, 3, 2.4, 1.6, 1.2, 2.4}}
	for _, p := range c.Phones {
		x.Rows = append(x.Rows, []paper.Text{paper.Same(string(p.Party)), t(p.Name.EN+"\n"+string(p.Agency), p.Name.ZH), paper.Same(dash(p.Number)),
			paper.Same(strings.TrimSpace(dash(p.Hours) + "\n" + p.Zone)), paper.Same(dash(strings.Join(p.Languages, " "))),
			paper.Same(cmp.Or(strings.Join(p.Competences, " "), "*"))})
	}
	return x
}

func (c Continuity) open(lib *guide.Library, f Form) paper.Block {
	if len(c.Open) == 0 {
		return para("Nothing is open.", "无未办结事项。")
	}
	x := paper.Table{Head: []paper.Text{t("Reference", "编号"), t("What", "内容"), t("Where it stands", "当前状态"), t("Whose move", "应由何方办理"), t("Next date", "下一期限")},
		Width: []float64{2.2, 2, 3, 1.2, 2.4}}
	for _, o := range c.Open {
		what := paper.Same("–")
		if o.Type != "" {
			what = lib.Word("type", o.Type)
		}
		due := "–"
		if !o.Due.IsZero() {
			due = minute(o.Due)
			for _, z := range c.Zones {
				due += "\n" + z.City + " " + z.At(o.Due).Format("01-02 15:04")
			}
		}
		x.Rows = append(x.Rows, []paper.Text{paper.Same(string(o.Ref) + "\n" + string(o.Peer)), what, o.State, paper.Same(dash(string(o.Owes))), paper.Same(due)})
	}
	return x
}

func blanks(lib *guide.Library) paper.Block {
	x := paper.Table{Head: []paper.Text{t("Field", "栏目"), t("To be filled in", "填写")}, Width: []float64{3, 6}}
	for _, path := range asked {
		name, ok := lib.FieldName(path)
		if !ok {
			name = paper.Same(path)
		}
		x.Rows = append(x.Rows, []paper.Text{name, paper.Same(blank)})
	}
	return x
}

// callSheet adds a blank sheet of a telephone call.
func callSheet(d paper.Doc) paper.Doc {
	lines := []paper.Text{
		t("Call in or out", "来电或去电"), t("Started (UTC)", "开始时间（协调世界时）"), t("Written down (UTC)", "填写时间（协调世界时）"),
		t("Number dialled or shown", "所拨或所显号码"), t("Number is of the directory: yes / no", "号码来自名录：是／否"),
		t("Identified by: call back / challenge / known voice / not", "身份核实方式：回拨／口令／熟悉的声音／未核实"), t("Seat that spoke", "对方席位"),
		t("Language; interpreter", "语言；口译"), t("Said", "所述内容"), t("Identifiers, in groups of four", "标识符（四位一组）"), t("Asked", "所提要求"),
		t("Promised: what, by when (UTC), by whom", "承诺：内容、时限（协调世界时）、何方"), t("Read back: yes / no", "已复述：是／否"), t("Written confirmation due", "书面确认期限"), t("Our seat", "我方席位"),
	}
	x := paper.Table{Head: []paper.Text{t("Field", "栏目"), t("To be filled in", "填写")}, Width: []float64{4, 6}}
	for _, l := range lines {
		x.Rows = append(x.Rows, []paper.Text{l, paper.Same(blank)})
	}
	d.Blocks = append(d.Blocks, paper.PageBreak{}, heading("Call sheet", "通话记录表"), x)
	return d
}
