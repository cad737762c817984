// Package pair is what two parties have settled between them: the guidelines in
// force, each adopted by both roots on one hash, and suspensions, with the lane
// that stays open.
package pair

import (
	"slices"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/matter"
	"comity/thread"
)

// The kinds that open matters here.
const (
	OpensAdoption   comity.Kind = "guide.propose"
	OpensSuspension comity.Kind = "suspend"
)

const us, them, either = matter.Opener, matter.Other, matter.Either

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }

func kind[T any](rule matter.Rule, classes []comity.Class, en, zh string) thread.Kind {
	return thread.Kind{Rule: rule, Says: t(en, zh), Classes: classes, New: func() any { return new(T) }}
}

// Adoption is of a guideline pack: proposed, countered, and adopted by both. It
// is in force when both roots have signed the same hash.
func Adoption() thread.Capability {
	const fresh, proposed, countered, ours, theirs, force, gone = "new", "proposed", "countered", "adopted.opener", "adopted.other", InForce, "withdrawn"
	return thread.Capability{
		Name: "adoption", Says: t("guidelines for both parties", "双方适用的指南"),
		States: []matter.State{
			{Name: fresh, Owes: us, Says: t("nothing has been proposed", "尚未提出")},
			{Name: proposed, Owes: them, Says: t("proposed", "已提议")},
			{Name: countered, Owes: us, Says: t("another text is proposed in return", "对方提出不同文本")},
			{Name: ours, Owes: them, Says: t("the opener's root has signed", "发起方根密钥已签署")},
			{Name: theirs, Owes: us, Says: t("the other side's root has signed", "对方根密钥已签署")},
			{Name: force, Owes: matter.Nobody, Says: t("both have adopted it: in force, if both roots' signatures hold", "双方均已通过：双方根密钥签名有效即生效")},
			{Name: gone, Owes: matter.Nobody, Says: t("given up", "已放弃")},
		},
		Title: func(body any) thread.Title {
			b, ok := body.(*Proposal)
			if !ok {
				return thread.Title{}
			}
			return thread.Title{Text: b.Pack + " " + b.Version}
		},
		Kinds: append([]thread.Kind{
			kind[Proposal](thread.Move(OpensAdoption, "text", 50, thread.From(us, proposed, fresh)), thread.Dual, "proposes a pack of guidelines, whole", "提议一套指南（全文）"),
			kind[Proposal](thread.Move("guide.counter", "text", 40, thread.From(them, countered, proposed, ours, theirs), thread.From(us, proposed, countered, ours, theirs)), thread.Dual, "proposes another text in return; a signature on the text before falls", "提出不同文本；此前签署失效"),
			// In the slot of the texts: nobody adopts one that it has not seen. Of two that
			// adopt at once, one adopts again; and in force too, if the first time its
			// root's signature did not hold.
			kind[Adopted](thread.Move("guide.adopt", "text", 60, thread.From(us, ours, proposed, countered), thread.From(them, theirs, proposed, countered), thread.From(us, force, theirs), thread.From(them, force, ours), thread.Stay(either, force)), thread.Dual, "adopts the text on the table, by the root's signature on its hash", "以根密钥对文本哈希签名予以通过"),
			kind[thread.Note](thread.Move("guide.withdraw", "text", 10, thread.From(either, gone, proposed, countered, ours, theirs)), thread.Dual, "gives it up", "放弃"),
		}, thread.Basic()...),
	}
}

// A Proposal is a whole pack.
type Proposal struct {
	Pack    string       `json:"pack" max:"40" eg:"bilateral-default"`
	Version string       `json:"version" max:"20" eg:"1"`
	Hash    comity.Hash  `json:"hash" says:"of its files, as guidelines.md says"`
	Files   []guide.File `json:"files,omitempty" need:"yes" max:"16"`
	Text    string       `json:"text,omitempty" max:"4000" says:"what it changes, and why"`
}

// Sense holds the files to the hash: what is adopted is what was sent.
func (b *Proposal) Sense() (errs []error) {
	if guide.HashFiles(b.Files) != b.Hash {
		errs = append(errs, comity.Fieldf("hash", "it is not the hash of the files"))
	}
	return errs
}

// Adopted is one root's signature on the hash.
type Adopted struct {
	Hash comity.Hash `json:"hash"`
	Key  comity.Hash `json:"key" says:"the id of the root key that signs"`
	Sig  string      `json:"sig" max:"8192" says:"base64 of the DSSE signature of type guideline over the hash's 32 bytes"`
}

// InForce is the state of an adoption that both have signed.
const InForce = "in.force"

// A Pact is what has become of an adoption.
type Pact struct {
	Table  *Proposal // the text on the table, or in force
	By     map[comity.Party]Adopted
	Forced bool        // both have signed it
	Since  comity.Time // when the second did
}

// earlier is when something was said, if its author's clock may be believed, and
// else when the other side had it.
func earlier(said, receipted time.Time) time.Time {
	if !receipted.IsZero() && receipted.Before(said) {
		return receipted
	}
	return said
}

// Stands reads an adoption from its thread. good says whether a root's signature
// holds: one that does not counts as none, and a later one that does still counts.
func Stands(th *thread.Thread, good func(comity.Party, Adopted) bool) Pact {
	p := Pact{By: map[comity.Party]Adopted{}}
	for _, o := range th.Order {
		if !o.Applied() {
			continue
		}
		switch b := o.Said.(type) {
		case *Proposal:
			p.Table = b
			clear(p.By)
		case *Adopted:
			if _, has := p.By[o.From]; !has && p.Table != nil && b.Hash == p.Table.Hash && good(o.From, *b) {
				p.By[o.From], p.Since = *b, comity.At(earlier(o.Time, o.Receipted))
			}
		}
	}
	p.Forced = th.State == InForce && len(p.By) == 2
	return p
}

// Suspension stops what two parties ask of each other, for all types or for some;
// a lane for life and for a child at risk stays open. Holds run on.
func Suspension() thread.Capability {
	const fresh, running, ended = "new", "running", "ended"
	return thread.Capability{
		Name: "suspension", Says: t("a suspension of cooperation", "中止合作"),
		States: []matter.State{
			{Name: fresh, Owes: us, Says: t("nothing is suspended", "未中止")},
			{Name: running, Owes: us, Says: t("suspended", "中止中")},
			{Name: ended, Owes: matter.Nobody, Says: t("resumed", "已恢复")},
		},
		Title: func(any) thread.Title { return thread.Title{} },
		Kinds: append([]thread.Kind{
			kind[Suspended](thread.Move(OpensSuspension, "", 90, thread.From(us, running, fresh)), thread.Dual, "suspends the pair, or types of request", "中止双方合作或部分请求类型"),
			kind[Suspended](thread.Move("suspend.change", "", 50, thread.Stay(us, running)), thread.Dual, "changes what is suspended", "变更中止范围"),
			kind[thread.Note](thread.Move("suspend.lift", "", 10, thread.From(us, ended, running)), thread.Dual, "resumes", "恢复合作"),
		}, thread.Basic()...),
	}
}

// Suspended says what is.
type Suspended struct {
	Types  []string `json:"types,omitempty" max:"32" each:"40" eg:"content" says:"of request; all if left out"`
	Reason string   `json:"reason" one:"political|legal|breach_of_conditions|security|capacity|other"`
	Text   string   `json:"text,omitempty" max:"2000"`
}

// A Stop is a suspension in force.
type Stop struct {
	Ref   comity.Ref   `json:"ref"`
	By    comity.Party `json:"by"`
	Since comity.Time  `json:"since"`
	Suspended
}

// Running reads a suspension from its thread.
func Running(th *thread.Thread) (s Stop, ok bool) {
	for _, o := range th.Order {
		if b, is := o.Said.(*Suspended); is && o.Applied() {
			if s.Since.IsZero() {
				s.Since = comity.At(o.Time)
			}
			s.Ref, s.By, s.Suspended = th.View.Ref, o.From, *b
		}
	}
	return s, th.State == "running"
}

// Holds reports whether s stops a request of a type from being asked or answered.
// What averts a danger to life, or is for a child at risk, is never stopped; but
// what is said late, as Late has it, averts nothing any more.
func (s Stop) Holds(r *guide.Request, late bool) bool {
	if r == nil || Open(r) && !late {
		return false
	}
	return len(s.Types) == 0 || slices.Contains(s.Types, r.Type)
}

// Late reports whether a kind, said when nobody owes a move any more, settles what
// came after the danger: an assurance about data that have been given.
func Late(kind comity.Kind, owes comity.Party) bool {
	return owes == "" && strings.HasPrefix(string(kind), "assurance.")
}

// Open reports whether a request is on the lane that no suspension closes.
func Open(r *guide.Request) bool {
	if e := r.Emergency; e != nil && r.Priority == "P0" && (e.Basis == "life" || e.Basis == "serious_bodily_harm" || e.Basis == "safety_of_person") {
		return true
	}
	return r.Supporting.Offence.Category == "child_abuse" && r.Supporting.Event != nil && r.Supporting.Event.Minor
}

// OpensDirectory is the kind that opens a party's directory for its peer.
const OpensDirectory comity.Kind = "directory.publish"

// InPrint is the state of a directory that stands.
const InPrint = "published"

// Directory is the agencies of a party, with what each is competent for: where
// requests are sent. Who attends the dialogue stands elsewhere, and makes nobody
// competent.
func Directory() thread.Capability {
	const fresh = "new"
	return thread.Capability{
		Name: "directory", Says: t("a party's agencies and their competences", "机构名录及职权"),
		States: []matter.State{
			{Name: fresh, Owes: us, Says: t("nothing is published", "尚未发布")},
			{Name: InPrint, Owes: matter.Nobody, Says: t("published", "已发布")},
		},
		Title: func(any) thread.Title { return thread.Title{Text: "directory"} },
		Kinds: append([]thread.Kind{
			kind[Agencies](thread.Move(OpensDirectory, "", 90, thread.From(us, InPrint, fresh)), thread.Dual, "publishes the agencies of the party", "发布本方机构名录"),
			kind[Agencies](thread.Move("directory.replace", "", 50, thread.Stay(us, InPrint)), thread.Dual, "replaces what was published", "更新机构名录"),
		}, thread.Basic()...),
	}
}

// Agencies are all of a party's.
type Agencies struct {
	Agencies []Agency `json:"agencies,omitempty" need:"yes" max:"64"`
}

// An Agency is whom one may ask, for what, and how to reach it.
type Agency struct {
	ID          comity.Agency `json:"id" max:"40" eg:"cn-24-7"`
	EN          string        `json:"en" max:"120" eg:"24/7 contact point"`
	ZH          string        `json:"zh" max:"120" eg:"24/7联络点"`
	Competences []Competence  `json:"competences,omitempty" need:"yes" max:"16"`
	Contact     string        `json:"contact,omitempty" max:"80" eg:"+1-202-555-0101"`
	Zone        string        `json:"zone,omitempty" max:"40" eg:"Asia/Shanghai"`
	Hours       string        `json:"hours,omitempty" max:"40" eg:"24/7"`
	Languages   []string      `json:"languages,omitempty" max:"8" each:"8" eg:"zh"`
	Seats       []comity.Seat `json:"seats,omitempty" max:"64" each:"40" eg:"cn-24-7-07"`
}

// A Competence is a set of types, categories and regions. A list left out is all.
type Competence struct {
	Types      []string `json:"types,omitempty" max:"32" each:"40" eg:"preserve"`
	Categories []string `json:"categories,omitempty" max:"16" each:"20" eg:"fraud"`
	Regions    []string `json:"regions,omitempty" max:"64" each:"40" eg:"CN-SH" says:"ISO 3166-2"`
}

// AgenciesOf returns the directory as it stands in its thread, whose it is, and since
// when.
func AgenciesOf(th *thread.Thread) (from comity.Party, since time.Time, list []Agency) {
	for _, o := range th.Order {
		if b, ok := o.Said.(*Agencies); ok && o.Applied() {
			from, since, list = o.From, o.Time, b.Agencies
		}
	}
	return from, since, list
}

// Published is AgenciesOf, as package guide reads it.
func Published(th *thread.Thread) (list []guide.Agency) {
	from, _, all := AgenciesOf(th)
	for _, a := range all {
		g := guide.Agency{ID: a.ID, Party: from, Seats: a.Seats}
		for _, c := range a.Competences {
			g.Competences = append(g.Competences, guide.Competence{Types: c.Types, Categories: c.Categories})
		}
		list = append(list, g)
	}
	return list
}
