package guide

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/guidelines"
)

func TestShippedPacksAreClean(t *testing.T) {
	if _, err := Load(guidelines.FS); err != nil {
		t.Fatal(err)
	}
	want := []string{"bilateral-default", "budapest-2001", "domestic-holds", "eu-2023-1543", "second-protocol-2022", "second-protocol-6-7", "un-2024", "us-cn-mlaa-2000"}
	var got []string
	for _, p := range Shipped().Packs() {
		got = append(got, p.ID)
		for _, f := range Lint(p.Files, Shipped()) {
			t.Errorf("%s/%v", p.ID, f)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the packs are %v, want %v", got, want)
	}
}

// eachMember calls do with the path of every member of a request, and its tags.
func eachMember(typ reflect.Type, at string, do func(path string, tag reflect.StructTag)) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		path := at + name
		do(path, f.Tag)
		u := f.Type
		if u.Kind() == reflect.Slice {
			u, path = u.Elem(), path+"[]"
		}
		if u.Kind() == reflect.Pointer {
			u = u.Elem()
		}
		if u.Kind() == reflect.Struct {
			eachMember(u, path+".", do)
		}
	}
}

func TestEveryMemberAndValueOfARequestHasAWord(t *testing.T) {
	if flaws := Shipped().flaws(); len(flaws) > 0 {
		t.Fatal(flawed(flaws))
	}
	words, _ := Shipped().words()
	fields, _ := Shipped().fields()
	paths := map[string]bool{}
	lists := map[string][]string{}
	eachMember(reflect.TypeFor[Request](), "", func(path string, tag reflect.StructTag) {
		paths[path] = true
		if one := tag.Get("one"); one != "" {
			lists[path] = strings.Split(one, "|")
		}
	})
	for p := range paths {
		if _, ok := fields[p]; !ok {
			t.Errorf("common/fields.yaml has nothing for %s", p)
		}
	}
	for p := range fields {
		if !paths[p] {
			t.Errorf("common/fields.yaml has %s, which is no member of a request", p)
		}
	}
	for list, ids := range lists {
		slices.Sort(ids)
		if got := slices.Sorted(maps.Keys(words[list])); !slices.Equal(got, ids) {
			t.Errorf("common/words.yaml has for %s %v, want %v", list, got, ids)
		}
	}
	for list := range words {
		if paths[list] && lists[list] == nil {
			t.Errorf("common/words.yaml has a list for %s, which takes any text", list)
		}
	}
}

func TestTheCatalogueOfChecks(t *testing.T) {
	var ids, emergency, history []string
	for _, c := range Shipped().Checks() {
		ids = append(ids, c.ID)
		if c.Emergency {
			emergency = append(emergency, c.ID)
		}
		switch c.Reads {
		case "history":
			history = append(history, c.ID)
		case "text":
		default:
			t.Errorf("%s reads %q", c.ID, c.Reads)
		}
	}
	var want []string
	for i := 1; i <= 42; i++ {
		want = append(want, fmt.Sprintf("C%02d", i))
	}
	if !slices.Equal(ids, want) {
		t.Errorf("the checks are %v", ids)
	}
	// Authority, time zone, identifiers, what is asked, call-back.
	if want := []string{"C01", "C11", "C14", "C17", "C18", "C20", "C26"}; !slices.Equal(emergency, want) {
		t.Errorf("in an emergency block %v, want %v", emergency, want)
	}
	if want := []string{"C08", "C27", "C32", "C34"}; !slices.Equal(history, want) {
		t.Errorf("national are %v, want %v", history, want)
	}
}

func TestTheDefaultKnowsEveryType(t *testing.T) {
	f, _ := reflect.TypeFor[Request]().FieldByName("Type")
	p, _ := Shipped().Pack(Default)
	for _, id := range strings.Split(f.Tag.Get("one"), "|") {
		typ, ok := p.Type(id)
		if !ok {
			t.Errorf("%s has no type %s", Default, id)
			continue
		}
		if w := Shipped().Word("type", id); typ.Name != w {
			t.Errorf("%s is called %v, and elsewhere %v", id, typ.Name, w)
		}
		for _, pr := range priorities {
			for _, what := range []string{Receipted, Acknowledged, Decided, Answered, Clarified, Countersigned, Confirmed} {
				if _, ok := p.Limit(pr, what, id); !ok {
					t.Errorf("%s %s is not %s within any time", pr, id, what)
				}
			}
		}
	}
}

func TestFiguresThatThePlanNames(t *testing.T) {
	def, _ := Shipped().Pack(Default)
	for _, tt := range []struct {
		priority, what, typ, want string
	}{
		{"P0", Receipted, "preserve", "15 min"},
		{"P1", Receipted, "preserve", "1 h"},
		{"P2", Receipted, "content", "4 h"},
		{"P3", Receipted, "content", "1 d"},
		{"P0", Acknowledged, "emergency.disclosure", "30 min"},
		{"P3", Acknowledged, "mla", "2 working days"},
		{"P3", Decided, "mla", "10 d"},
		{"P0", Answered, "emergency.disclosure", "8 h"},
		{"P1", Answered, "preserve", "2 d"},
		{"P2", Answered, "preserve", "5 d"},
		{"P3", Answered, "preserve", "10 d"},
		{"P2", Answered, "subscriber", "20 d"},
		{"P2", Answered, "traffic", "45 d"},
		{"P3", Answered, "traffic", "45 d"},
		{"P3", Answered, "content", "90 d"},
		{"P3", Status, "content", "30 d"},
		{"P1", Countersigned, "preserve", "12 h"},
		{"P2", Confirmed, "mla", "10 d"},
	} {
		l, ok := def.Limit(tt.priority, tt.what, tt.typ)
		if got := l.Length(); !ok || got != tt.want || l.Source != Proposal || l.Nearest == "" {
			t.Errorf("%s %s %s: %s %s, nearest %q; want %s [proposal]", tt.priority, tt.typ, tt.what, got, l.Mark(), l.Nearest, tt.want)
		}
	}
	h, _ := def.Hold("preserve")
	if h.Floor != 60 || !h.Continues || !slices.Equal(h.Warn, []int{30, 14, 7, 1}) || h.Mark() != "[treaty, borrowed]" || h.Warned.Mark() != "[proposal]" {
		t.Errorf("the hold is %+v", h)
	}
	if l, ok := def.Limit("P1", Status, "preserve"); ok {
		t.Errorf("a P1 has a limit for status: %+v", l)
	}
}

func TestTheRowThatSaysMostWins(t *testing.T) {
	p := Pack{Limits: []Limit{
		{For: Answered, Within: 1},
		{For: Answered, Types: []string{"traffic"}, Within: 2},
		{For: Answered, Priority: "P2", Within: 3},
		{For: Answered, Priority: "P2", Types: []string{"traffic"}, Within: 4},
	}}
	for _, tt := range []struct {
		priority, typ string
		want          time.Duration
	}{{"P3", "content", 1}, {"P3", "traffic", 2}, {"P2", "content", 3}, {"P2", "traffic", 4}} {
		if l, _ := p.Limit(tt.priority, Answered, tt.typ); l.Within != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.priority, tt.typ, l.Within, tt.want)
		}
	}
}

func TestOnlyWhatAPackListsStopsAClock(t *testing.T) {
	for _, tt := range []struct {
		says     string
		pauses   []Pause
		priority string
		want     bool
	}{
		{"nothing is listed, and nothing stops it", nil, "P2", false},
		{"a question stops it", []Pause{{For: Question}}, "P2", true},
		{"a question stops it, but not in an emergency", []Pause{{For: Question, Not: []string{"P0"}}}, "P0", false},
		{"what it does not stop is named", []Pause{{For: Question, Not: []string{"P0"}}}, "P1", true},
		{"something else is listed", []Pause{{For: "holiday"}}, "P2", false},
	} {
		if got := (Pack{Pauses: tt.pauses}).Stops(Question, tt.priority); got != tt.want {
			t.Errorf("%s: %v", tt.says, got)
		}
	}
	for _, p := range Shipped().Packs() {
		if p.Use == AsBasis && !p.Stops(Question, "P2") {
			t.Errorf("%s says nothing of a question that is open", p.ID)
		}
	}
}

func TestGroundsAreClosedWhereTheTreatyClosesThem(t *testing.T) {
	for _, tt := range []struct {
		pack, typ string
		closed    bool
		want      string
	}{
		{"budapest-2001", "preserve", true, "political_offence essential_interests dual_criminality"},
		{"budapest-2001", "traffic.partial", true, "political_offence essential_interests"},
		{"budapest-2001", "content", false, "political_offence essential_interests domestic_law"},
		{"bilateral-default", "preserve", true, "political_offence essential_interests dual_criminality question_unanswered"},
		{"bilateral-default", "mla", false, "political_offence essential_interests dual_criminality domestic_law question_unanswered"},
	} {
		p, _ := Shipped().Pack(tt.pack)
		gs, closed := p.GroundsFor(tt.typ)
		var ids []string
		for _, g := range gs {
			ids = append(ids, g.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want || closed != tt.closed {
			t.Errorf("%s %s: %s, closed %v", tt.pack, tt.typ, got, closed)
		}
	}
}

func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		says, pack, a, b, on string
		want                 string // empty if it may
	}{
		{"two parties of a treaty", "budapest-2001", "us", "fr", "2026-11-22", ""},
		{"one is not a party", "budapest-2001", "us", "cn", "2026-11-22", `basis.id: budapest-2001 did not bind cn on 2026-11-22; choose a basis that binds both, such as "bilateral-default" with a pledge of reciprocity; its fields may be borrowed`},
		{"one was not yet a party", "budapest-2001", "us", "fr", "2006-12-31", "did not bind us on 2006-12-31"},
		{"neither is", "budapest-2001", "cn", "ru", "2026-11-22", "did not bind cn and ru"},
		{"a signature binds nobody yet", "un-2024", "cn", "fr", "2026-11-22", "did not bind cn and fr"},
		{"the protocol is not in force", "second-protocol-2022", "jp", "rs", "2026-11-22", "did not bind jp and rs"},
		{"their own agreement", "us-cn-mlaa-2000", "us", "cn", "2026-11-22", ""},
		{"an agreement of others", "us-cn-mlaa-2000", "us", "fr", "2026-11-22", "did not bind fr"},
		{"anyone may choose the default", "bilateral-default", "us", "cn", "2026-11-22", ""},
		{"a benchmark is no basis", "domestic-holds", "us", "gh", "2026-11-22", "for comparison only"},
		{"a provider's paper is no basis", "second-protocol-6-7", "jp", "rs", "2026-11-22", "for comparison only"},
	} {
		p, _ := Shipped().Pack(tt.pack)
		on, err := time.Parse(time.DateOnly, tt.on)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Between(comity.Party(tt.a), comity.Party(tt.b), on)
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, comity.Invalid) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.says, err, tt.want)
		}
	}
}

func TestHashFiles(t *testing.T) {
	a, b := File{"a.yaml", "one"}, File{"b.yaml", "two"}
	const want = "e52b82e940dde1a505789e4d42d46de45502b49561a9dbaf55840681d87fa4c1"
	if got := HashFiles([]File{b, a}).String(); got != want {
		t.Errorf("the hash is %s, want %s: a hash that was adopted must never change", got, want)
	}
	for _, tt := range []struct {
		says  string
		files []File
		same  bool
	}{
		{"the order of files does not count", []File{a, b}, true},
		{"a text counts", []File{a, {"b.yaml", "twe"}}, false},
		{"a name counts", []File{a, {"c.yaml", "two"}}, false},
		{"a byte cannot move between files", []File{{"a.yaml", "onet"}, {"b.yaml", "wo"}}, false},
		{"a file counts", []File{a}, false},
	} {
		if got := HashFiles(tt.files).String() == want; got != tt.same {
			t.Errorf("%s: same %v", tt.says, got)
		}
	}
}

func TestALibraryWithAnAdoptedPack(t *testing.T) {
	was, _ := Shipped().Pack(Default)
	files := edit(t, was.Files, "pack.yaml", `version: "1"`, `version: "2"`)
	p, err := Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	l := Shipped().With(p)
	if got, ok := l.ByHash(p.Hash); !ok || got.Version != "2" {
		t.Error("the adopted pack is not found by its hash")
	}
	if got, _ := l.Pack(Default); got.Hash != was.Hash {
		t.Error("the adopted pack hides the one that was shipped")
	}
	if _, ok := Shipped().ByHash(p.Hash); ok {
		t.Error("the library that was there has changed")
	}
	if n := len(l.With(p).Packs()); n != len(Shipped().Packs())+1 {
		t.Errorf("adopted twice, there are %d packs", n)
	}
}

func TestWordsOfALibrary(t *testing.T) {
	l := Shipped()
	if got := l.Word("order.items[3].data", "traffic"); got != (Text{EN: "Traffic data", ZH: "流量数据"}) {
		t.Errorf("traffic is %v", got)
	}
	if got := l.Word("type", "unknown"); got != (Text{EN: "unknown", ZH: "unknown"}) {
		t.Errorf("a value without a word is %v", got)
	}
	for path, want := range map[string]string{"order.items[3].value": "标识", "order.items[0]": "请求事项", "basis.borrowed[1]": "借用的文本", "type": "请求类型"} {
		if got, ok := l.FieldName(path); !ok || got.ZH != want {
			t.Errorf("%s is %v", path, got)
		}
	}
	if _, ok := l.FieldName("nothing"); ok {
		t.Error("a member that is not there has a name")
	}
	if c, ok := l.CheckText("C11"); !ok || c.Title.ZH != "时区" {
		t.Errorf("C11 is %+v", c)
	}
}

// edit returns files with one text of one file replaced. The text must be there.
func edit(t *testing.T, files []File, name, old, text string) []File {
	t.Helper()
	files = slices.Clone(files)
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return append(files, File{name, text})
	}
	if !strings.Contains(files[i].Text, old) {
		t.Fatalf("%s has no %q", name, old)
	}
	files[i].Text = strings.Replace(files[i].Text, old, text, 1)
	return files
}

func TestLint(t *testing.T) {
	const borrowed = ", cite: \"Budapest Convention, art. 29(5)(a)\", kind: treaty, verified: yes, borrowed: yes}"
	for _, tt := range []struct {
		says, pack, file, old, text string
		at                          string // a text on the line that is blamed; empty for the first line
		want                        string
	}{
		{"a translation is missing", "bilateral-default", "grounds.yaml", ", zh: \"被请求方认为该犯罪属于政治犯罪或者与政治犯罪有关的犯罪。\"", "", "  says: {en: \"The asked side considers", `a translation is missing: there is no "zh"`},
		{"no cite", "bilateral-default", "pauses.yaml", `, cite: "none: ours"`, "", "- {for", `there is no "cite"`},
		{"no kind", "bilateral-default", "pauses.yaml", `, kind: proposal`, "", "- {for", `there is no "kind"`},
		{"nobody says whether it was read", "bilateral-default", "pauses.yaml", `, verified: no`, "", "- {for", `there is no "verified"`},
		{"a kind of its own", "bilateral-default", "pauses.yaml", `kind: proposal`, "kind: rumour", "- {for", `"rumour" is not one of treaty, law`},
		{"a key that is not known", "bilateral-default", "holds.yaml", "floor: 60", "flour: 60", "flour", `the key "flour" is not known here`},
		{"a key twice", "bilateral-default", "holds.yaml", "floor: 60", "floor: 60\n  floor: 30", "floor: 30", `the key "floor" is repeated`},
		{"an anchor", "bilateral-default", "holds.yaml", "floor: 60", "floor: &a 60", "floor", "anchors, aliases and tags"},
		{"a tag", "bilateral-default", "holds.yaml", "floor: 60", "floor: !!int 60", "floor", "anchors, aliases and tags"},
		{"a second document", "bilateral-default", "holds.yaml", "borrowed: yes", "borrowed: yes\n---\nmore: yes", "---", "a second document"},
		{"not YAML", "bilateral-default", "holds.yaml", "floor: 60", "floor: {60", "", "it is not YAML"},
		{"a figure that is none", "bilateral-default", "holds.yaml", "floor: 60", "floor: sixty", "floor", `"sixty" is not a number`},
		{"a time without its unit", "bilateral-default", "limits.yaml", "within: 15m", "within: 15", "within: 15,", `"15" is not a time such as 15m`},
		{"a text that hides something", "bilateral-default", "pack.yaml", "Bilateral default, a proposal", "Bilateral \u202edefault", "title", "characters that cannot be seen"},
		{"a file of another name", "bilateral-default", "secret.yaml", "", "x: y", "", "no file of a pack has this name"},
		{"a type that is not known", "bilateral-default", "types.yaml", "- id: jit", "- id: jot", "- id: jot", `"jot" is no value of type`},
		{"a member that is not there", "bilateral-default", "types.yaml", "path: order.hops", "path: order.hop", "path: order.hop,", `a request has no member "order.hop"`},
		{"a check that is not there", "bilateral-default", "checks.yaml", "id: C40", "id: C99", "id: C99", `there is no check "C99"`},
		{"a field whose check does not apply", "budapest-2001", "checks.yaml", "- {id: C09", "# {id: C09", "path: follow_up.intended", "the pack has no row for the check C09 of preserve"},
		{"a category of data that is not known", "bilateral-default", "types.yaml", "data: [registration]", "data: [gossip]", "- id: domain", `"gossip" is no value of order.items[].data`},
		{"a result that is not known", "bilateral-default", "types.yaml", "results: [preserved,", "results: [kept,", "- id: preserve", `"kept" is no value of result`},
		{"a category of crime that is not known", "bilateral-default", "words.yaml", "id: hacking", "id: hackery", "id: hackery", `"hackery" is no value of supporting.offence.category`},
		{"a proposed figure with nothing near it", "bilateral-default", "limits.yaml", `within: 15m, nearest: none in any treaty`, "within: 15m", "within: 15m", "names the nearest authority"},
		{"a figure with no origin", "bilateral-default", "holds.yaml", "\n  warned: {cite: \"none: ours\", kind: proposal, verified: no}", "", "- types: [preserve]", "do not say where they come from"},
		{"a priority without a limit", "bilateral-default", "limits.yaml", "- {for: receipted, priority: P3", "# {for: receipted, priority: P3", "- {for: receipted, priority: P0", "receipted has no row for P3"},
		{"a second pause, which would undo the first", "bilateral-default", "pauses.yaml", "- {for: question, not", "- {for: question, cite: \"none: ours\", kind: proposal, verified: no}\n- {for: question, not", "not: [P0]", "there is another row for a pause for question"},
		{"two limits for one thing", "bilateral-default", "limits.yaml", "priority: P1, within: 1h", "priority: P0, within: 1h", "priority: P0, within: 1h", "there is another row for receipted P0"},
		{"a proposal that was verified", "bilateral-default", "pauses.yaml", "verified: no", "verified: yes", "- {for", "a proposal is ours"},
		{"a treaty's row that is not marked as borrowed", "bilateral-default", "holds.yaml", "\n  borrowed: yes", "", "- types: [preserve]", "say borrowed: yes"},
		{"a claim that the two governments agreed", "bilateral-default", "pack.yaml", "for two parties without", "agreed by the United States and China, without", "id: bilateral-default", `"agreed by" is said without words`},
		{"the same claim in Chinese", "bilateral-default", "pack.yaml", "各项数值均为建议", "各项数值由两国商定", "id: bilateral-default", `"两国商定" is said without words`},
		{"a benchmark as a basis", "eu-2023-1543", "pack.yaml", "use: benchmark", "use: basis", "id: eu-2023-1543", "eu-2023-1543 is a benchmark: it may be no basis"},
		{"a floor borrowed from a benchmark", "bilateral-default", "pack.yaml", "borrows: [budapest-2001]", "borrows: [budapest-2001, eu-2023-1543]", "id: bilateral-default", "for comparison only"},
		{"it binds nobody", "bilateral-default", "pack.yaml", "  anyone: yes", "  anyone: no", "  anyone: no", "say either that anyone"},
		{"a calendar that is not there", "bilateral-default", "pack.yaml", "file: us.ics", "file: fr.ics", "file: fr.ics", `there is no calendar "fr.ics"`},
		{"a calendar that has changed", "bilateral-default", "pack.yaml", "file: us.ics, sha256: 3", "file: us.ics, sha256: 4", "file: us.ics", "the calendar us.ics has another SHA-256"},
		{"a hold below the floor that it borrows", "bilateral-default", "holds.yaml", "floor: 60", "floor: 30", "- types: [preserve]", "holds/preserve: the hold is shorter than the floor of 60 days (Budapest Convention, art. 29(7)); mend it, or give a departure"},
		{"a hold that ends while the request is decided", "bilateral-default", "holds.yaml", "\n  continues: yes", "", "- types: [preserve]", "does not go on pending the decision"},
		{"a hold with a cap below the floor", "bilateral-default", "holds.yaml", "floor: 60", "initial: 60\n  cap: 45", "- types: [preserve]", "shorter than the floor"},
		{"fewer fields than art. 29(2)", "bilateral-default", "types.yaml", "path: follow_up.intended, need: must", "path: follow_up.intended, need: advised", "path: follow_up.intended", "fields/preserve/follow_up.intended: budapest-2001 (Budapest Convention, art. 29(2)(f)) asks for it"},
		{"a ground added to a closed list", "bilateral-default", "grounds.yaml", "- id: dual_criminality", "- {id: awkward, says: {en: Awkward., zh: 不便}" + borrowed + "\n- id: dual_criminality", "id: awkward", "grounds/preserve/awkward: the ground is not on the closed list of budapest-2001"},
		{"a closed list opened", "bilateral-default", "types.yaml", "    closed: yes\n", "", "- id: preserve", "closed/preserve: budapest-2001 closes the list"},
		{"a departure without a floor", "bilateral-default", "pack.yaml", "row: grounds/preserve/question_unanswered", "row: holds/preserve", "- from: budapest-2001", "nothing departs from budapest-2001 at holds/preserve"},
		{"a treaty that is not what it says", "budapest-2001", "holds.yaml", "floor: 60", "floor: 59", "- types: [preserve]", "a pack of that name says what the text says"},
		{"a longer time than the treaty's", "second-protocol-2022", "limits.yaml", "within: 20d", "within: 21d", "within: 21d", "it takes longer than 20 d"},
	} {
		p, _ := Shipped().Pack(tt.pack)
		files := edit(t, p.Files, tt.file, tt.old, tt.text)
		got := Lint(files, Shipped())
		ok := slices.ContainsFunc(got, func(f LintFinding) bool {
			i := slices.IndexFunc(files, func(g File) bool { return g.Name == f.File })
			line := ""
			if i >= 0 {
				line = strings.Split(files[i].Text, "\n")[f.Line-1]
			}
			return strings.Contains(f.Reason.EN, tt.want) && strings.Contains(line, tt.at) && f.Reason.ZH != "" && !strings.Contains(f.Reason.EN+f.Reason.ZH, "%!")
		})
		if !ok {
			t.Errorf("%s: %v\nwant %q at %q", tt.says, got, tt.want, tt.at)
		}
	}
}

func TestAClosedListNeedsGrounds(t *testing.T) {
	p, _ := Shipped().Pack("us-cn-mlaa-2000")
	files := slices.DeleteFunc(edit(t, p.Files, "pack.yaml", "languages:", "closed: yes\nlanguages:"), func(f File) bool { return f.Name == "grounds.yaml" })
	if got := fmt.Sprint(Lint(files, Shipped())); !strings.Contains(got, "the list of grounds for mla is closed and empty") {
		t.Error(got)
	}
}

func TestADepartureIsRefusedWhereTheTreatyBinds(t *testing.T) {
	p, _ := Shipped().Pack(Default)
	if got := Lint(p.Files, Shipped(), "us", "cn"); len(got) > 0 {
		t.Errorf("between parties that no treaty binds: %v", got)
	}
	got := Lint(p.Files, Shipped(), "us", "fr")
	if len(got) == 0 || !strings.Contains(fmt.Sprint(got), "grounds/preserve/question_unanswered") || !strings.Contains(fmt.Sprint(got), "no departure is possible") {
		t.Errorf("between two parties of the Budapest Convention: %v", got)
	}
	loose := edit(t, edit(t, p.Files, "holds.yaml", "floor: 60", "floor: 30"), "pack.yaml", "departs:",
		"departs:\n  - {from: budapest-2001, row: holds/preserve, reason: {en: The law of one side allows no more., zh: 一方法律不允许更长期限}}")
	if got := Lint(loose, Shipped(), "us", "cn"); len(got) > 0 {
		t.Errorf("a departure with its reason: %v", got)
	}
	if got := fmt.Sprint(Lint(loose, Shipped(), "us", "fr")); !strings.Contains(got, "holds/preserve: the hold is shorter") {
		t.Errorf("a departure where the treaty binds: %v", got)
	}
}

func TestDiff(t *testing.T) {
	p, _ := Shipped().Pack(Default)
	if got := Diff(p, p); len(got) > 0 {
		t.Errorf("a pack differs from itself: %v", got)
	}
	files := edit(t, p.Files, "limits.yaml", "priority: P1, within: 1h", "priority: P1, within: 90m")
	files = edit(t, files, "holds.yaml", "warn: [30, 14, 7, 1]", "warn: [14, 7, 1]")
	files = edit(t, files, "words.yaml", "- {id: other,", "# {id: other,")
	files = edit(t, files, "pauses.yaml", "- {for: question, not: [P0]", "- {for: question")
	q, err := Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"limits/receipted/P1: within", "1 h", "90 min"},
		{"holds/preserve: warn", "30, 14, 7, 1", "14, 7, 1"},
		{"pauses/question: not", "P0", ""},
		{"categories/other", "id: other; name.en: Other; name.zh: 其他; cite: none: ours; kind: proposal", ""},
	}
	if got := Diff(p, q); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	back := Diff(q, p)
	if n := len(back); n != len(want) || back[n-1].Was != "" || back[n-1].Path != "categories/other" {
		t.Errorf("the other way round: %q", back)
	}
}

func FuzzParse(f *testing.F) {
	p, _ := Shipped().Pack("domestic-holds") // a small one: the fuzzer minimizes what it finds
	for _, file := range p.Files {
		f.Add(file.Name, file.Text)
	}
	const from = "cite: x, kind: law, verified: no"
	f.Add("types.yaml", "every:\n  - {path: type, need: must, "+from+", except: [mla]}\ntypes:\n  - {id: mla, name: {en: a, zh: b}, data: [], results: [], "+from+"}\n")
	f.Add("limits.yaml", "- {for: answered, priority: P1, within: 2d, "+from+"}\n")
	f.Add("checks.yaml", "- {id: C01, severity: block, types: [mla], days: 3, "+from+"}\n")
	f.Add("words.yaml", "categories:\n  - {id: fraud, name: {en: a, zh: b}, "+from+"}\n")
	f.Add("holds.yaml", "- &a [*a, *a]")
	f.Add("holds.yaml", strings.Repeat("[", 300))
	f.Fuzz(func(t *testing.T, name, text string) {
		files := []File{{name, text}}
		for _, x := range p.Files {
			if x.Name != name {
				files = append(files, x)
			}
		}
		q, err := Parse(files)
		if err != nil {
			if !errors.Is(err, comity.Invalid) {
				t.Fatal(err)
			}
			return
		}
		Lint(files, Shipped())
		Diff(p, q)
		again, err := Parse(q.Files)
		if err != nil || again.Hash != q.Hash {
			t.Fatalf("parsed again: %v, %v", again.Hash, err)
		}
	})
}

// Every pack at once, which only lint and show need.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(guidelines.FS); err != nil {
			b.Fatal(err)
		}
	}
}

// What a command that shows a request needs: at most 30 ms.
func BenchmarkOnePack(b *testing.B) {
	for b.Loop() {
		l, err := open(guidelines.FS)
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := l.Pack(Default); !ok {
			b.Fatal("no default")
		}
		l.Word("type", "preserve")
	}
}

// TestRetentions holds every row to a party, a category that requests have, a
// figure, and where it comes from.
func TestRetentions(t *testing.T) {
	words, _ := Shipped().words()
	list := Shipped().Retentions()
	if len(list) == 0 {
		t.Error("none is shipped")
	}
	for _, r := range list {
		if _, err := comity.ParseParty(string(r.Party)); err != nil || words["order.items[].data"][r.Data].EN == "" && words["order.items.data"][r.Data].EN == "" || r.Days <= 0 || r.Cite == "" || r.Source == Proposal {
			t.Errorf("common/retentions.yaml:%d: %+v", r.Line, r)
		}
	}
}
