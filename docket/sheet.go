package docket

import (
	"slices"

	"comity"
	"comity/guide"
)

// A Line is a question on a sheet, and what its answer asks for.
type Line struct {
	ID   string
	Asks comity.Text
	guide.Origin

	// What an answer asks for.
	Urgent   bool // it is answered even in an emergency (P0)
	Consult  bool // of unknown: a consultation is on the record; else a note says how it will be found out
	Note     bool // of yes: a note says what was done about it
	Consent  bool // of yes: the reference of a consent
	Restrict bool // of yes: the matter should be restricted

	// Of yes, what is granted of an item must be under a condition in force, or an
	// assurance found sufficient, of one of these kinds.
	Conditions, Assurances []string
	HoldToo                bool // and so must what is only preserved

	Because string
}

func ours(why string) guide.Origin {
	return guide.Origin{Cite: "none: ours, " + why, Source: guide.Proposal}
}

// article is a row that rests on the Budapest Convention, which binds only its
// parties, and whose words were read.
func article(cite string) guide.Origin {
	return guide.Origin{Cite: "Budapest Convention, " + cite, Source: guide.Treaty, Verified: true, Borrowed: true}
}

// ScreeningLines returns the sheet that the asked side fills in before it decides.
func ScreeningLines() []Line { return slices.Clone(screening) }

var screening = []Line{
	{ID: "own_national", Asks: t("Is a suspect a national of ours?", "犯罪嫌疑人是否为本国公民？"), Origin: ours("from practice"), Urgent: true, Consult: true, Because: "it decides what our law lets us give, and whether proceedings should be taken over"},
	{ID: "minor", Asks: t("Is a minor concerned, as victim or suspect?", "是否涉及未成年人（被害人或者犯罪嫌疑人）？"), Origin: ours("from practice"), Urgent: true, Restrict: true, Because: "the child comes first, and the fewest seats may know"},
	{ID: "victim_named", Asks: t("Is a victim named, or can be recognised?", "被害人是否具名或者可被识别？"), Origin: ours("from practice"), Because: "names are masked in status lines and titles"},
	{ID: "privileged", Asks: t("May the data be privileged (lawyer, doctor, press, immunity)?", "数据是否可能涉及受特别保护的信息（律师、医生、新闻、豁免）？"), Origin: ours("from practice"), Consult: true, Note: true, Because: "somebody must sift it before it leaves"},
	{ID: "political", Asks: t("Is it a political offence, or connected with one?", "是否属于政治犯罪或者与之有关的犯罪？"), Origin: article("arts. 27(4)(a) and 29(5)(a)"), Urgent: true, Consult: true, Conditions: []string{"purpose_only"}, Assurances: []string{"use", "fair_trial", "later_charges"}, HoldToo: true, Because: "it is a ground of refusal even of a preservation, and none in an emergency has more consequence"},
	{ID: "persecution", Asks: t("Might a person be persecuted for race, religion, nationality or opinion, or seek asylum?", "有关人员是否可能因种族、宗教、国籍或者政见受到追诉，或者正在寻求庇护？"), Origin: ours("from practice"), Consult: true, Conditions: []string{"purpose_only"}, Assurances: []string{"use", "fair_trial", "later_charges"}, HoldToo: true, Because: "what was given cannot be taken back"},
	{ID: "death_penalty", Asks: t("May the death penalty be imposed?", "是否可能判处死刑？"), Origin: ours("from practice"), Consult: true, Conditions: []string{"no_death_penalty", "purpose_only"}, Assurances: []string{"death_penalty"}, Because: "data given may decide a sentence; a hold alone decides nothing"},
	{ID: "ne_bis_in_idem", Asks: t("Has the person been finally judged for the same acts?", "有关人员是否已就同一行为受到终局裁判？"), Origin: ours("from practice"), Consult: true, Note: true, Because: "nobody is tried twice for the same acts; a note says why it is answered all the same"},
	{ID: "own_investigation", Asks: t("Would it prejudice an investigation or proceedings of ours?", "是否会妨碍本方正在进行的侦查或者诉讼？"), Origin: article("art. 27(5)"), Note: true, Because: "it may be postponed; a note says with whom it was settled"},
	{ID: "disproportion", Asks: t("Is the measure out of proportion to the offence?", "所请求的措施与犯罪是否明显不相称？"), Origin: ours("from practice"), Consult: true, Note: true, Because: "it may be narrowed; a note says what was"},
	{ID: "third_party_origin", Asks: t("Does the answer hold what a third state or body gave us?", "答复是否包含第三国或者第三方提供的信息？"), Origin: ours("the originator decides, from practice"), Consult: true, Note: true, Because: "who gave it must agree; a note says where the consent is"},
}

// ProtectionLines returns the sheet that whoever sends fills in before anything
// leaves.
func ProtectionLines() []Line { return slices.Clone(protection) }

var protection = []Line{
	{ID: "informant", Asks: t("Does it rest on an informant?", "信息是否来源于线人？"), Origin: ours("from practice"), Note: true, Because: "facts that few know point at who told them"},
	{ID: "undercover", Asks: t("Does it rest on an undercover officer?", "信息是否来源于隐匿身份的侦查人员？"), Origin: ours("from practice"), Note: true, Because: "it may cost a life"},
	{ID: "technique", Asks: t("Does it show a technique of ours?", "是否会暴露本方的侦查手段？"), Origin: ours("from practice"), Note: true, Because: "what the defence reads, others read"},
	{ID: "victim", Asks: t("Does it show who a victim is?", "是否会暴露被害人身份？"), Origin: ours("from practice"), Because: "names lie in the other side's files for ever"},
	{ID: "witness", Asks: t("Does it show who a witness is?", "是否会暴露证人身份？"), Origin: ours("from practice"), Because: "names lie in the other side's files for ever"},
	{ID: "third_state_origin", Asks: t("Does it hold what a third state gave us?", "是否包含第三国提供的信息？"), Origin: ours("from practice"), Consent: true, Because: "the originator decides where it goes"},
	{ID: "sealed_proceedings", Asks: t("Does it hold what is under seal?", "是否包含不公开诉讼程序中的内容？"), Origin: ours("from practice"), Note: true, Because: "a court must allow it"},
}

// A Sheet has an answer for each line, in the order of the lines.
type Sheet []Answered

// Answered is a line's answer. The zero Answer is that nobody has answered.
type Answered struct {
	Line       string
	Answer     string
	Items      []string
	Note       string
	ConsentRef string
	By         comity.Seat
	At         comity.Time
}

func newSheet(lines []Line) (s Sheet) {
	for _, l := range lines {
		s = append(s, Answered{Line: l.ID})
	}
	return s
}

func (s Sheet) put(a Answered) {
	for i := range s {
		if s[i].Line == a.Line {
			s[i] = a
		}
	}
}

// Of returns the answer of a line. Of the zero Docket nobody has answered anything.
func (s Sheet) Of(line string) Answered {
	for _, a := range s {
		if a.Line == line {
			return a
		}
	}
	return Answered{Line: line}
}

// Open returns the lines that nobody has answered.
func (s Sheet) Open() (lines []string) {
	for _, a := range s {
		if a.Answer == "" {
			lines = append(lines, a.Line)
		}
	}
	return lines
}

// About reports whether an answer is about an item.
func (a Answered) About(item string) bool {
	return len(a.Items) == 0 || slices.Contains(a.Items, item)
}
