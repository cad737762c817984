package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	_ "time/tzdata"
	"unicode/utf8"

	"comity"
	"comity/guide"
	"comity/identifier"
)

func ExampleText() {
	r := good()
	r.Order.Items[0].From = "2026-11-20T00:52:09"
	for _, f := range Text(r, setting()) {
		fmt.Printf("%s %s %s\n%s\n%s\n", f.ID, f.Severity, f.Field, f.Text("en"), f.Text("zh"))
	}
	// Output:
	// C11 block order.items[0].from
	// "2026-11-20T00:52:09" does not say in which time zone; an example is "2026-11-22T00:52:09+08:00". Mend C11
	// “2026-11-20T00:52:09”未注明时区；示例：“2026-11-22T00:52:09+08:00”。请更正 C11
}

// good is the first of the examples: a preservation for fraud.
func good() guide.Request { return example("ok-preserve-invoice-fraud") }

func example(name string) (r guide.Request) {
	b, err := os.ReadFile(examples + "/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		panic(err)
	}
	return r
}

// draw writes findings as a row of a table has them: C11!@field, where ! blocks,
// ? advises, and ~ is overridden.
func draw(fs []Finding) string {
	var all []string
	for _, f := range fs {
		mark := map[guide.Severity]string{guide.Block: "!", guide.Advise: "?"}[f.Severity]
		if f.Overridden != "" {
			mark += "~"
		}
		all = append(all, f.ID+mark+"@"+f.Field)
	}
	return strings.Join(all, " ")
}

// The examples show one draft for each check. Here is what is beside them: what
// is not found, what is found twice, and the edges.
func TestCheck(t *testing.T) {
	offline := func(list string) func(*guide.Request, *Setting) {
		return func(_ *guide.Request, s *Setting) {
			l, err := identifier.ReadRanges([]byte(list))
			if err != nil {
				t.Fatal(err)
			}
			s.Ranges = append(s.Ranges, l)
		}
	}
	item := func(edit func(*guide.Item)) func(*guide.Request, *Setting) {
		return func(r *guide.Request, _ *Setting) { edit(&r.Order.Items[0]) }
	}
	for _, tt := range []struct {
		name string
		from string // an example; empty for a preservation
		edit func(*guide.Request, *Setting)
		want string
	}{
		{"a good draft", "", nil, ""},
		{"a basis that nobody knows says no more", "", func(r *guide.Request, s *Setting) { r.Basis.ID = "comity" }, "C04!@basis.id"},
		{"no guidelines at all", "", func(_ *guide.Request, s *Setting) { s.Pack = nil }, "C04!@basis.id"},
		{"a type that the guidelines do not have", "", func(r *guide.Request, s *Setting) { r.Type = "extradition" }, "C04!@type"},
		{"an older version of the pack", "", func(r *guide.Request, s *Setting) { r.Basis.Pack, s.Pack.Hash = "ab12", comity.Hash{1} }, "C04!@basis.pack"},
		{"a treaty that is not in force yet", "", func(_ *guide.Request, s *Setting) {
			s.Pack.Binds = guide.Binds{Parties: []guide.Bound{{Party: "us", Since: "2026-11-22"}, {Party: "cn", Since: "2026-11-23"}}}
		}, "C04!@basis.id"},
		{"a treaty that was signed only", "", func(_ *guide.Request, s *Setting) {
			s.Pack.Binds = guide.Binds{Parties: []guide.Bound{{Party: "us"}, {Party: "cn", Since: "2001-03-08"}}}
		}, "C04!@basis.id"},
		{"a treaty in force for both", "", func(_ *guide.Request, s *Setting) {
			s.Pack.Binds = guide.Binds{Parties: []guide.Bound{{Party: "us", Since: "2001-03-08"}, {Party: "cn", Since: "2001-03-08"}}}
		}, ""},
		{"a seat that nobody has", "", func(r *guide.Request, _ *Setting) { r.Authority.Seat, r.Authority.ReplyTo = "", "A Person" },
			"C01!@authority.seat C01!@authority.reply_to"},
		{"a seat of another agency", "", func(r *guide.Request, s *Setting) { r.Authority.Seat = "us-cert-04"; s.Directory = agencies() }, "C01!@authority.seat"},
		{"an agency for all types of one category", "", func(r *guide.Request, s *Setting) { r.Addressee.Agency = "cn-fraud"; s.Directory = agencies() }, ""},
		{"an agency for another category", "", func(r *guide.Request, s *Setting) {
			r.Addressee.Agency, r.Supporting.Offence.Category = "cn-fraud", "hacking"
			s.Directory = agencies()
		}, "C03!@addressee.agency"},
		{"a directory without the other side", "", func(_ *guide.Request, s *Setting) { s.Directory = agencies()[:2] }, ""},
		{"a row for the type goes before the row for all", "", func(r *guide.Request, s *Setting) {
			r.Order.Items[0].Port = 0
			s.Pack.Checks = append([]guide.CheckRow{{ID: "C15", Severity: guide.Block, Types: []string{"preserve"}}}, s.Pack.Checks...)
		}, "C15!@order.items[0].port"},
		{"a row for another type is not for this", "", func(r *guide.Request, s *Setting) {
			r.Order.Items[0].Port = 0
			s.Pack.Checks = append(s.Pack.Checks, guide.CheckRow{ID: "C15", Severity: guide.Block, Types: []string{"traffic"}})
		}, "C15@order.items[0].port"},
		{"a pack without the check", "", func(r *guide.Request, s *Setting) { r.Order.Items[0].Port = 0; s.Pack.Checks = nil }, ""},
		{"what is advised advises", "", func(_ *guide.Request, s *Setting) {
			for i := range s.Pack.Types {
				s.Pack.Types[i].Fields = append(s.Pack.Types[i].Fields, guide.Field{Path: "supporting.additional", Need: guide.Advised, Check: "C06", Origin: ours})
			}
		}, "C06?@supporting.additional"},
		{"a field of an optional part that is not there", "", func(r *guide.Request, _ *Setting) { r.FollowUp = nil }, "C09!@follow_up.intended"},
		{"no follow-up", "", func(r *guide.Request, _ *Setting) { r.FollowUp = &guide.FollowUp{Intended: new(false)} }, "C09@follow_up.intended"},
		{"a follow-up some day", "", func(r *guide.Request, _ *Setting) { r.FollowUp = &guide.FollowUp{Intended: new(true)} }, "C09!@follow_up.planned"},
		{"a follow-up today", "", func(r *guide.Request, _ *Setting) { r.FollowUp.Planned = "2026-11-22" }, ""},
		{"a follow-up when it is yesterday everywhere", "", func(r *guide.Request, _ *Setting) { r.FollowUp.Planned = "2026-11-20" }, "C09!@follow_up.planned"},
		{"a follow-up on the last day", "", func(r *guide.Request, _ *Setting) { r.FollowUp.Planned = "2027-02-20" }, ""},
		{"a follow-up a day later", "", func(r *guide.Request, _ *Setting) { r.FollowUp.Planned = "2027-02-21" }, "C09!@follow_up.planned"},
		{"none, and yet one", "", func(r *guide.Request, _ *Setting) {
			r.Earlier = []guide.Earlier{{Kind: "none"}, {Kind: "request", Reference: "x", Date: "2027-01-01"}}
		}, "C10@earlier[0].kind C10@earlier[1].date"},
		{"a time with a fraction", "", item(func(it *guide.Item) { it.From = "2026-11-20T00:52:09.5Z" }), ""},
		{"minutes will do for a mail box", "", func(r *guide.Request, _ *Setting) { r.Order.Items[1].From = "2026-11-01T00:00Z" }, ""},
		{"a period that is an instant", "", item(func(it *guide.Item) { it.To = "2026-11-20T08:52:09+08:00" }), ""},
		{"a period that is refused once, though it is without an end", "", item(func(it *guide.Item) { it.To = "" }), "C21!@order.items[0].to"},
		{"live refuses a documentation address", "", func(r *guide.Request, s *Setting) {
			s.Realm = comity.Live
			r.Order.Items = r.Order.Items[:1]
			r.Supporting.Relations = r.Supporting.Relations[:1]
		}, "C14!@order.items[0].value"},
		{"live takes a public address", "", func(r *guide.Request, s *Setting) {
			s.Realm, r.Order.Items[0].Value, r.Order.Items[1].Value = comity.Live, "9.9.9.9", "kite@mail.xn--fiqs8s"
		}, ""},
		{"an exercise takes an account without a registry", "", item(func(it *guide.Item) { it.Type, it.Value = "account", "id:3391" }), ""},
		{"content needs no port", "", item(func(it *guide.Item) { it.Data, it.Port = "content", 0 }), ""},
		{"a port that is none", "", item(func(it *guide.Item) { it.Port = 70000 }), "C17!@order.items[0].port"},
		{"a peer without a protocol", "", item(func(it *guide.Item) { it.Peer = "198.51.100.9:443" }), "C17!@order.items[0].peer"},
		{"a peer of six", "", item(func(it *guide.Item) { it.Peer = "[2001:db8::9]:443/udp" }), ""},
		{"an id that reads as two", "", item(func(it *guide.Item) { it.ID = "1,2" }), "C07!@supporting.relations[0].item C07!@supporting.relations C17!@order.items[0].id"},
		{"a person who is not there", "", item(func(it *guide.Item) { it.Type, it.Value = "person", "p7" }), "C17!@order.items[0].value"},
		{"no category", "", item(func(it *guide.Item) { it.Data = "" }), "C20!@order.items[0].data"},
		{"180 days", "", item(func(it *guide.Item) { it.From, it.To = "2026-05-01T00:00:00Z", "2026-10-28T00:00:00Z" }), ""},
		{"181 days", "", item(func(it *guide.Item) { it.From, it.To = "2026-05-01T00:00:00Z", "2026-10-28T00:00:01Z" }), "C21@order.items[0].to"},
		{"all data that a company lost is no sweep", "", func(r *guide.Request, _ *Setting) {
			r.Supporting.Facts += " All data of the company was encrypted."
		}, ""},
		{"a server elsewhere, as a registry has it", "", offline("2|ripencc|20260811\nripencc|FR|ipv4|203.0.113.0|256|20110414|allocated"), "C19@order.items[0].value"},
		{"a server where it should be", "", offline("2|apnic|20260811\napnic|CN|ipv4|203.0.113.0|256|20110414|allocated"), ""},
		{"a server elsewhere, but not yet then", "", offline("2|ripencc|20260811\nripencc|FR|ipv4|203.0.113.0|256|20261121|allocated"), ""},
		{"a server that many share", "", offline(`{"name": "List of known Cloud ranges", "type": "cidr", "version": 1, "list": ["203.0.113.0/24"]}`), "C19@order.items[0].value"},
		{"a list that cannot be read stops nobody", "", func(_ *guide.Request, s *Setting) {
			s.Ranges = []identifier.Ranges{{Name: "x", Fault: errors.New("bad")}}
		}, "C19@order.holder"},
		{"a server that many share, and its holder is asked", "", func(r *guide.Request, s *Setting) {
			offline(`{"name": "List of known Cloud ranges", "type": "cidr", "version": 1, "list": ["203.0.113.0/24"]}`)(r, s)
			r.Order.Holder = "Cloud, Ltd"
		}, ""},
		{"an order that expires today", "ok-content-design-files", func(r *guide.Request, _ *Setting) { r.Order.Instrument.Expires = "2026-11-22" }, ""},
		{"an order of nobody, on no day", "ok-content-design-files", func(r *guide.Request, _ *Setting) {
			r.Order.Instrument.IssuedBy, r.Order.Instrument.Issued = "", "soon"
		},
			"C24!@order.instrument.issued_by C24!@order.instrument.issued"},
		{"what does not coerce needs no order", "ok-domain-phishing", nil, ""},
		{"a hold that the answer would outlive", "ok-subscriber-investment-fraud", func(r *guide.Request, _ *Setting) { r.Earlier[0].HoldUntil = "2027-01-05" }, "C23@earlier[0].hold_until"},
		{"a hold that outlives the answer", "ok-subscriber-investment-fraud", func(r *guide.Request, _ *Setting) { r.Earlier[0].HoldUntil = "2027-01-07" }, ""},
		{"an emergency that the pack does not have", "ok-emergency-child-at-risk", func(r *guide.Request, _ *Setting) { r.Emergency.Basis = "reputation" }, "C26!@emergency.basis"},
		{"an emergency without provision, and no reason why", "ok-emergency-with-override", func(r *guide.Request, _ *Setting) { r.Overrides = nil },
			"C05!@supporting.offence.provision C05!@supporting.offence.penalty"},
		{"a reason, and the finding is shown with it", "ok-emergency-with-override", nil, "C05~@supporting.offence.provision C05~@supporting.offence.penalty"},
		{"a blank reason", "ok-emergency-with-override", func(r *guide.Request, _ *Setting) { r.Overrides[0].Reason = " " },
			"C05!@supporting.offence.provision C05!@supporting.offence.penalty C26!@overrides[0].reason"},
		{"no reason makes a time zone", "ok-emergency-child-at-risk", func(r *guide.Request, _ *Setting) {
			r.Order.Items[1].From = "2026-11-22T00:52:09"
			r.Overrides = []guide.Override{{Check: "C11", Reason: "It is night."}}
		}, "C11!@order.items[1].from"},
		{"no reason sends a film of abuse", "ok-emergency-child-at-risk", func(r *guide.Request, s *Setting) {
			s.Files = []Attachment{{Name: "a", Media: "video/mp4", Hash: "x"}}
			r.Overrides = []guide.Override{{Check: "C39", Reason: "It is urgent."}}
		}, "C39!@files[0]"},
		{"a document with a picture in it", "ok-preserve-sextortion", func(_ *guide.Request, s *Setting) {
			s.Files = []Attachment{{Name: "a.docx", Pictures: true, Hash: "x"}}
		}, "C39!@files[0]"},
		{"a picture in a matter of fraud", "", func(_ *guide.Request, s *Setting) {
			s.Files = []Attachment{{Name: "invoice.png", Media: "image/png", Hash: "x"}}
		}, ""},
		{"a file that the gate has something against", "", func(_ *guide.Request, s *Setting) {
			s.Files = []Attachment{{Name: "a.docx", Hash: "x", Findings: []string{"tracked changes"}}}
		}, "C39!@files[0]"},
		{"a translation into the same language", "ok-preserve-translated", func(r *guide.Request, _ *Setting) { r.Translation.Language = "en" }, "C28!@translation.language"},
		{"a translation by nobody", "ok-preserve-translated", func(r *guide.Request, _ *Setting) { r.Translation.By = "" }, "C28!@translation.by"},
		{"a language that the asked side does not read", "", func(_ *guide.Request, s *Setting) { s.Languages = []string{"zh"} }, "C28!@translation"},
		{"a person nobody can name needs no name", "ok-locate-support-fraud", func(r *guide.Request, _ *Setting) { r.Supporting.Persons[0] = guide.Person{ID: "p1", Role: "unknown"} }, ""},
		{"two persons of one name", "ok-locate-support-fraud", func(r *guide.Request, _ *Setting) {
			r.Supporting.Persons = append(r.Supporting.Persons, r.Supporting.Persons[0])
		},
			"C33@supporting.persons[1].id"},
		{"three months to the day", "ok-service-summons", func(r *guide.Request, _ *Setting) { r.Service.Hearing = "2027-02-23" }, ""},
		{"a day less", "ok-service-summons", func(r *guide.Request, _ *Setting) { r.Service.Hearing = "2027-02-22" }, "C37!@service.hearing"},
		{"the other way there is no such law", "ok-service-summons", func(r *guide.Request, s *Setting) { r.Service.Hearing = "2027-02-22"; s.From, s.To = "cn", "us" }, ""},
		{"a late confirmation is taken", "ok-emergency-attack-announced-zh", func(r *guide.Request, _ *Setting) { r.Oral.At, r.Oral.DueBy = "2026-11-01T11:02:00+08:00", "" }, "C38@oral.at"},
		{"one account is paid from twice, within what reached it", "ok-funds-recall-three-hops", func(r *guide.Request, _ *Setting) {
			r.Order.Hops[2].From, r.Order.Hops[2].Amount = r.Order.Hops[1].From, 91000000
		}, ""},
		{"one account is paid from twice, by a cent too much", "ok-funds-recall-three-hops", func(r *guide.Request, _ *Setting) {
			r.Order.Hops[2].From, r.Order.Hops[2].Amount = r.Order.Hops[1].From, 91000001
		}, "C41!@order.hops[2].amount"},
		{"money that was changed on the way", "ok-funds-recall-three-hops", func(r *guide.Request, _ *Setting) {
			r.Order.Hops[1].Currency, r.Order.Hops[1].Amount = "CNY", 900000000
			r.Order.Hops = r.Order.Hops[:2]
		}, ""},
		{"no amount", "ok-funds-recall-three-hops", func(r *guide.Request, _ *Setting) { r.Order.Hops[0].Amount = -1 }, "C41!@order.hops[0].amount"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, s := good(), setting()
			if tt.from != "" {
				r = example(tt.from)
			}
			if strings.HasPrefix(r.Authority.Agency, "cn-") {
				s.From, s.To = "cn", "us"
			}
			if tt.edit != nil {
				tt.edit(&r, &s)
			}
			fs := Text(r, s)
			if got := draw(fs); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, f := range fs {
				if w := f.Wrong.EN + f.Wrong.ZH; strings.Contains(w, "%!") || f.Wrong.EN == "" || f.Wrong.ZH == "" {
					t.Errorf("%s says %q", f.ID, w)
				}
			}
		})
	}
}

func TestRemarksNeverBlock(t *testing.T) {
	r := good()
	r.Order.Items[0].From, r.Order.Items[0].Port = "last night", 0
	fs := Text(r, setting())
	if !Blocks(fs) {
		t.Fatal("last night is a time")
	}
	if got, want := draw(Remarks(fs)), "C11@order.items[0].from C15@order.items[0].port"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !Blocks(fs) {
		t.Error("Remarks changed what it was given")
	}
}

func TestHistory(t *testing.T) {
	past := func(r guide.Request, ref string) (p Past) {
		for _, trace := range Traces(r) {
			trace.Ref = ref
			p.Like = append(p.Like, trace)
		}
		return p
	}
	for _, tt := range []struct {
		name string
		edit func(r *guide.Request, p *Past)
		want string
	}{
		{"the same again", nil, "C08@supporting.necessity.text C34@order.items[0].value C34@order.items[1].value"},
		{"the same again, and it says so", func(r *guide.Request, _ *Past) {
			r.Earlier = []guide.Earlier{{Kind: "preservation", Reference: "US-2026-000007"}}
		}, ""},
		{"it grew from the draft for comment", func(r *guide.Request, _ *Past) { r.Precheck = "US-2026-000007" }, ""},
		{"another day, another reason", func(r *guide.Request, _ *Past) {
			r.Order.Items[0].From, r.Order.Items[0].To = "2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z"
			r.Order.Items[1].Value = "heron-17@mail.example"
			r.Supporting.Necessity.Text = "The suspect has been told of the search, and has closed two of three accounts since."
		}, ""},
		{"one second in common", func(r *guide.Request, p *Past) {
			r.Order.Items = r.Order.Items[:1]
			r.Order.Items[0].From, r.Order.Items[0].To = "2026-11-20T00:53:00Z", "2026-11-21T01:00:00Z"
			r.Supporting.Necessity.Text = "The suspect has been told of the search."
		}, "C34@order.items[0].value"},
		{"another number in the same reason", func(r *guide.Request, _ *Past) {
			r.Order.Items = nil
			r.Supporting.Necessity.Text = strings.Replace(r.Supporting.Necessity.Text, "a few days", "10 days", 1)
		}, "C08@supporting.necessity.text"},
		{"a short reason is nobody's", func(r *guide.Request, p *Past) { r.Order.Items = nil; r.Supporting.Necessity.Text = "short retention" }, ""},
		{"emergencies as many as usual", func(r *guide.Request, p *Past) {
			*p, r.Priority = Past{Emergencies: 4, Requests: 20, UsualShare: 0.1}, "P0"
		}, ""},
		{"many more than usual", func(r *guide.Request, p *Past) {
			*p, r.Priority = Past{Emergencies: 7, Requests: 20, UsualShare: 0.1}, "P0"
		}, "C27?@priority"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := good()
			p := past(good(), "US-2026-000007")
			if tt.edit != nil {
				tt.edit(&r, &p)
			}
			fs := History(r, setting(), p)
			if got := draw(fs); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, f := range fs {
				if !f.History {
					t.Errorf("%s would cross", f.ID)
				}
			}
		})
	}
}

// What is changed in a reason that was used before decides whether it is found.
func TestFingerprint(t *testing.T) {
	const en = "The provider keeps its session records for a few days only, and the mail box can be emptied at any time by the suspect or by others."
	const zh = "该服务商对已注销账号的登录记录仅保存很短时间，嫌疑人已开始注销账号，逾期将无法取得相关证据材料。"
	for _, tt := range []struct {
		name, a, b string
		near       bool
	}{
		{"capitals and points", en, strings.ToUpper(strings.ReplaceAll(en, ",", "")), true},
		{"a word", en, strings.Replace(en, "others", "friends", 1), true},
		{"另一个词", zh, strings.Replace(zh, "相关", "有关", 1), true},
		{"a reason of its own", en, "Operations have been put off for two days, and the keys to the servers of the hospital may lie on this machine until it is wiped.", false},
		{"另一理由", zh, "被害人仍在嫌疑人控制之下，须在今晚之前查明其所在位置，其他侦查措施均无法及时完成此项工作。", false},
	} {
		a, ka, _ := fingerprint(tt.a)
		b, kb, _ := fingerprint(tt.b)
		common := 0
		for i := range ka {
			if ka[i] == kb[i] {
				common++
			}
		}
		if near := agree(a, b) >= 11 && common > 0; near != tt.near {
			t.Errorf("%s: %d of 16 agree and %d keys", tt.name, agree(a, b), common)
		}
	}
}

func TestTextHash(t *testing.T) {
	var r guide.Request
	r.Supporting.Facts, r.Supporting.Necessity.Text, r.Supporting.Offence.Description = "a", "bc", "诈骗"
	// printf '1:a2:bc6:诈骗0:' | sha256sum
	if got, want := guide.TextHash(r), "f1507c1a10cf4cdb51fc24369177269f635a8424826d70261008b5fc518abfc0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	moved := r
	moved.Supporting.Facts, moved.Supporting.Necessity.Text = "ab", "c"
	if guide.TextHash(r) == guide.TextHash(moved) {
		t.Error("a letter moved from one member to the next")
	}
}

// leaves returns every member of v that holds a text, a number or a list.
func leaves(v reflect.Value) (all []reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			all = leaves(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, leaves(v.Field(i))...)
		}
	case reflect.Slice:
		all = append(all, v)
		for i := range v.Len() {
			all = append(all, leaves(v.Index(i))...)
		}
	case reflect.String, reflect.Int:
		all = append(all, v)
	}
	return all
}

// FuzzCheck holds Check to an answer that can be shown, whatever stands in the
// members of a draft.
func FuzzCheck(f *testing.F) {
	names := strings.Fields("ok-preserve-invoice-fraud ok-funds-recall-three-hops ok-emergency-attack-announced-zh ok-service-summons ok-content-design-files ok-realtime-traffic-market C28-older-version C10-no-reference")
	for i := range uint(800) {
		f.Add(i, uint(0), []string{"", "x", "2026-11-22", "2026-11-22T00:52Z", "cn-24-7", "%!s", "IBAN 12", "\xff张三\u202e"}[i%8], int(i)*-1e15)
	}
	f.Fuzz(func(t *testing.T, a, b uint, text string, n int) {
		r := example(names[a%uint(len(names))])
		for _, i := range []uint{a / uint(len(names)), b} {
			all := leaves(reflect.ValueOf(&r))
			switch v := all[i%uint(len(all))]; v.Kind() {
			case reflect.String:
				v.SetString(text)
			case reflect.Int:
				v.SetInt(int64(n))
			case reflect.Slice:
				v.SetLen(min(v.Len(), max(0, n&1)))
			}
		}
		s := setting()
		s.Directory = agencies()
		s.Files = []Attachment{{Name: text, Media: text}}
		s.Retentions, s.DeMinimis = []guide.Retention{{Party: "cn", Data: "traffic", Days: n}}, &guide.Money{Amount: n, Currency: "USD"}
		list := append(Text(r, s), History(r, s, Past{Like: Traces(r), Emergencies: n, Requests: n, UsualShare: 0.1})...)
		for _, x := range list {
			// A clipped text is of 40 letters, and no sentence has more than three.
			if x.ID == "" || x.Severity == "" || x.Wrong.EN == "" || x.Wrong.ZH == "" || len(x.Wrong.EN) > 1200 || !utf8.ValidString(x.Wrong.EN+x.Wrong.ZH) {
				t.Errorf("%+v", x)
			}
		}
		if Blocks(Remarks(list)) {
			t.Error("a remark blocks")
		}
	})
}

// full is a draft with as many items as there may be.
func full() guide.Request {
	r := good()
	for len(r.Order.Items) < 64 {
		it := r.Order.Items[0]
		it.ID = fmt.Sprint(len(r.Order.Items) + 1)
		it.Value = fmt.Sprintf("203.0.113.%d", len(r.Order.Items))
		r.Order.Items = append(r.Order.Items, it)
		r.Supporting.Relations = append(r.Supporting.Relations, guide.Relation{Item: it.ID, Kind: "source_of_attack", Text: "It is in the log."})
	}
	return r
}

// The aim is 2 ms a draft.
func BenchmarkCheck(b *testing.B) {
	for name, r := range map[string]guide.Request{"usual": good(), "64 items": full()} {
		b.Run(name, func(b *testing.B) {
			s := setting()
			s.Directory = agencies()
			for b.Loop() {
				if fs := Text(r, s); Blocks(fs) {
					b.Fatal(draw(fs))
				}
			}
		})
	}
}

// The aim is 20 ms a draft, look-up included.
func BenchmarkHistoryOf100000(b *testing.B) {
	index := map[string][]Trace{}
	words := strings.Fields("provider session records mail box server victim account suspect hospital transfer bank deletes keeps closed moved search warning logs address phone children company payment evidence hours days soon already twice")
	for i := range 100_000 {
		r := guide.Request{Order: guide.Order{Items: []guide.Item{{Type: "ipv4", Value: fmt.Sprintf("203.0.113.%d", i%256), From: "2026-11-20T00:52:09Z", To: "2026-11-20T00:53:00Z"}, {Type: "account", Value: fmt.Sprint("id:", i)}}}}
		if i%100 == 0 {
			r.Supporting.Necessity.Text = good().Supporting.Necessity.Text // a thousand of them are boilerplate
		} else {
			for j := range 15 {
				r.Supporting.Necessity.Text += words[(i*7+j*i/31+j*j)%len(words)] + " "
			}
		}
		for _, t := range Traces(r) {
			t.Ref = fmt.Sprintf("US-2026-%06d", i)
			index[t.Key] = append(index[t.Key], t)
		}
	}
	r, s := good(), setting()
	b.ResetTimer()
	for b.Loop() {
		var p Past
		for _, t := range Traces(r) {
			p.Like = append(p.Like, index[t.Key]...)
		}
		if fs := History(r, s, p); len(fs) != 2 {
			b.Fatal(draw(fs))
		}
	}
}
