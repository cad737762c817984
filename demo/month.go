package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/demo/mozi"
	"comity/demo/staff"
	"comity/desk"
	"comity/guide"
	"comity/record"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// What both desks show besides the story: a month of work of both sides in several states,
// and a link for each person by which they sign in.

// A plot is a matter of the month: who asks for what, how long ago, and how far it went.
// What is in it is invented but for the records of the publication, which are as published.
type plot struct {
	by       string
	ago      time.Duration
	priority string
	category string
	en, zh   string // what the case is about
	record   int    // of the publication
	until    string // the last that is said: sent, acknowledged, accepted, asked, supplemented, partly, answered, extended, closed, refused, withdrawn
}

const (
	day   = 24 * time.Hour
	month = 30 * day
)

var plots = []plot{
	{"us", 26 * time.Hour, "P1", "hacking", "Routers of a school district fetch software from a server", "某学区路由器从一服务器下载软件", 0, "sent"},
	{"cn", 40 * time.Minute, "P1", "hacking", "Video recorders of a hospital were taken over", "某医院的视频录像机被控制", 1, "sent"},
	{"us", 9 * day, "P1", "fraud", "Invoices of a port authority were altered on the way", "某港口管理局的发票在传输中被篡改", 3, "acknowledged"},
	{"cn", 6 * time.Hour, "P1", "fraud", "A pretended court sends payment orders to pensioners", "冒充法院向退休人员发送缴款通知", 3, "acknowledged"},
	{"us", 12 * day, "P3", "hacking", "The owners of forty devices are to be informed", "需告知四十台设备的所有人", 0, "accepted"},
	{"cn", 20 * day, "P3", "hacking", "The owners of devices in two cities are to be informed", "需告知两座城市的设备所有人", 1, "accepted"},
	{"us", 3 * day, "P1", "hacking", "A copy of the software is kept with a provider", "某服务商存有该软件的副本", 2, "asked"},
	{"cn", 30 * time.Hour, "P1", "hacking", "A water utility saw the same address in its logs", "某供水企业日志中出现同一地址", 0, "asked"},
	{"us", 5 * day, "P3", "fraud", "A shop that does not exist takes money for tickets", "虚假店铺收取票款", 3, "supplemented"},
	{"cn", 16 * day, "P3", "fraud", "Accounts were opened with copied identity cards", "以复制的身份证件开立账户", 3, "supplemented"},
	{"us", 6 * day, "P1", "hacking", "A university's cameras joined in an attack", "某高校摄像头参与攻击", 1, "partly"},
	{"cn", 11 * day, "P1", "hacking", "A railway's ticket hall was without its screens", "某铁路售票大厅屏幕失灵", 0, "partly"},
	{"us", 25 * day, "P3", "hacking", "Logs of a night in September, before they are overwritten", "九月某夜的日志，须在被覆盖前保全", 0, "answered"},
	{"cn", 28 * day, "P3", "hacking", "Logs of the same night, of the other end", "同一夜另一端的日志", 1, "extended"},
	{"us", 27 * day, "P1", "fraud", "Wages of a hospital's staff were led elsewhere", "某医院员工工资被转往他处", 3, "closed"},
	{"cn", 22 * day, "P1", "fraud", "A company's chairman was imitated by voice", "冒充某公司董事长的语音", 3, "closed"},
	{"us", 15 * day, "P3", "hacking", "Devices of a library; it had been asked before", "某图书馆的设备，此前已提出请求", 2, "refused"},
	{"cn", 18 * day, "P3", "hacking", "A device that turned out to be at home", "设备经查位于本国境内", 2, "withdrawn"},
	{"us", 7 * day, "P3", "hacking", "Devices of a museum; its owner has been found", "某博物馆的设备，所有人已查明", 2, "withdrawn"},
	{"cn", 9 * time.Hour, "P1", "hacking", "A weather service's relay stopped answering", "某气象机构的中继停止应答", 1, "sent"},
}

// ask is the request of a plot.
func (p plot) ask(pub mozi.Published, s, peer *side, n int, at time.Time) *guide.Request {
	rec := pub.Records[p.record]
	r := pub.Routine(s.seats[0], at)
	r.Authority.Agency, r.Authority.Zone = string(s.party)+"-24-7", s.zone
	r.Addressee.Agency = string(peer.party) + "-24-7"
	if s.party == "cn" {
		r.Authority.Contact = "+86-10-5550-0101"
		r.Supporting.Offence.Provision, r.Supporting.Offence.Counterpart = "Criminal Law of the PRC, art. 285(2)", "18 U.S.C. § 1030(a)(5)(A)"
	}
	r.Priority, r.Reference = p.priority, fmt.Sprintf("%s-24-7/%d", strings.ToUpper(string(s.party)), 1200+n)
	// Each asks for an hour of its own: none repeats another, nor the story.
	hour := time.Date(2023, 9, 28, 22-n, 0, 0, 0, time.UTC)
	from, until := hour.Format(time.RFC3339), hour.Add(time.Hour).Format(time.RFC3339)
	r.Order.Items = []guide.Item{{ID: "1", Type: rec.Type, Value: rec.Value, From: from, To: until, Clock: "the publication's, in UTC", Data: "subscriber"},
		{ID: "2", Type: pub.Records[0].Type, Value: pub.Records[0].Value, Port: 80, From: from, To: until, Clock: "the publication's, in UTC", Data: "traffic"}}
	r.Supporting.Relations = []guide.Relation{{Item: "1", Kind: "hosted_content", Text: pub.Cite(rec)}, {Item: "2", Kind: "hosted_content", Text: pub.Cite(pub.Records[0])}}
	r.Supporting.Offence.Category, r.Supporting.Offence.Description = p.category, p.en
	en, zh := r.Supporting.Facts, r.Translation.Facts
	r.Supporting.Facts, r.Translation.Facts, r.Translation.Offence = p.en+". "+en, p.zh+"。"+zh, p.zh
	if s.party == "cn" {
		r.Language, r.Translation.Language = "zh", "en"
		r.Supporting.Facts, r.Translation.Facts = r.Translation.Facts, r.Supporting.Facts
		r.Supporting.Offence.Description, r.Translation.Offence = p.zh, p.en
		r.Supporting.Necessity.Text, r.Translation.Necessity = r.Translation.Necessity, r.Supporting.Necessity.Text
	}
	r.Translation.OfVersion = guide.TextHash(*r)
	return r
}

// A beat is something that happens in the month.
type beat struct {
	at time.Time
	do func(at time.Time) error
}

// beats are what is said in a matter, as far as its plot goes.
func (st *story) beats(p plot, n int, end time.Time) (list []beat) {
	s := st.us
	if p.by == "cn" {
		s = st.cn
	}
	peer := st.peer(s)
	var ref comity.Ref
	var asked comity.Hash
	say := func(after time.Duration, by *side, kind comity.Kind, body func(at time.Time) any) {
		list = append(list, beat{end.Add(after - p.ago), func(at time.Time) error {
			_, err := st.speak(by, desk.New{Matter: ref, Kind: kind}, body(at))
			return err
		}})
	}
	list = append(list, beat{end.Add(-p.ago), func(at time.Time) error {
		d, err := st.speak(s, desk.New{To: peer.party, Kind: request.OpensPreservation}, p.ask(st.mozi, s, peer, n, at))
		ref, asked = d.Matter, d.Sent
		st.played[p.en] = ref
		return err
	}})
	reached := func(list ...string) bool { return slices.Contains(list, p.until) }
	pick := func(by *side, en, zh string) string { return map[comity.Party]string{"us": en, "cn": zh}[by.party] }
	number := fmt.Sprintf("T-%03d", 100+n)
	if reached("sent") {
		return list
	}
	if reached("withdrawn") {
		say(26*time.Hour, s, "withdraw", func(time.Time) any { return &request.Withdraw{Reason: pick(s, p.en, p.zh)} })
		return list
	}
	say(time.Duration(20+n)*time.Minute, peer, "acknowledge", func(time.Time) any {
		return &thread.Acknowledge{Statement: asked, Reference: fmt.Sprintf("%s/%03d", strings.ToUpper(string(peer.party)), n)}
	})
	switch {
	case reached("asked", "supplemented"):
		say(5*time.Hour, peer, "ask", func(time.Time) any {
			return &request.Ask{Questions: []request.Question{{Field: "order.items[0].from", Rule: "C11", Text: pick(peer, "Is the time of item 1 in UTC?", "请求所列时间是否为协调世界时？")}}}
		})
		if reached("supplemented") {
			say(29*time.Hour, s, "supplement", func(time.Time) any {
				return &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].from", Text: pick(s, "Yes, all times are in UTC.", "是，均为协调世界时。")}}}
			})
		}
	case reached("refused"):
		say(3*day, peer, "refuse", func(time.Time) any {
			return &request.Refuse{Ground: "essential_interests", Reasons: pick(peer, "It was answered before.", "此前已就同一设备答复。"), Consultation: request.Consultation{State: "held"}}
		})
	case !reached("acknowledged"):
		say(7*time.Hour, peer, "accept", func(at time.Time) any { return &request.Accept{Expected: comity.At(at.Add(5 * day))} })
	}
	result := func(item string) func(time.Time) any {
		return func(at time.Time) any {
			r := mozi.Held(item, number, at)
			if p.until == "answered" {
				r.HoldUntil = comity.At(at.Add(25 * day)) // it ends soon
			}
			return &request.Answer{Results: []request.Result{r}}
		}
	}
	if reached("partly", "answered", "extended", "closed") {
		say(2*day, peer, "answer.partial", result("1"))
	}
	if reached("answered", "extended", "closed") {
		say(5*day, peer, "answer", result("2"))
	}
	switch {
	case reached("extended"):
		say(19*day, s, "extend.hold", func(at time.Time) any {
			return &request.ExtendHold{Until: comity.At(at.AddDate(0, 0, 180)), Reason: pick(s, "The request for the data is being translated.", "调取数据的请求正在翻译。")}
		})
	case reached("closed"):
		say(8*day, s, "close", func(time.Time) any {
			return &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "unknown"}
		})
	}
	return list
}

// past plays the month before, in the order of its time, by a clock that is set back.
func (st *story) past() error {
	end := time.Now().Add(-time.Minute)
	st.played = map[string]comity.Ref{}
	list := st.others(end)
	for n, p := range plots {
		list = append(list, st.beats(p, n, end)...)
	}
	slices.SortStableFunc(list, func(a, b beat) int { return a.at.Compare(b.at) })
	for _, b := range list {
		st.clock.on(b.at)
		if err := b.do(b.at); err != nil {
			return err
		}
	}
	return st.today()
}

// speak releases a statement, and waits until the other side has it and has said so.
func (st *story) speak(s *side, n desk.New, body any) (desk.Draft, error) {
	d, err := st.release(s, n, body)
	if err != nil {
		return d, fmt.Errorf("%s of %s: %w", n.Kind, s.party, err)
	}
	return d, st.settled(s, d)
}

func (st *story) settled(s *side, d desk.Draft) error {
	return st.await(fmt.Sprintf("%s %s to be receipted", d.Kind, d.Sent.Short()), func() (receipted bool, err error) {
		err = s.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
			ch, err := record.ChannelTo(tx, d.Peer, d.Realm)
			if err != nil {
				return err
			}
			row, err := tx.Statement(ch.ID, d.Sent)
			receipted = err == nil && row.Seq >= 0 && uint64(row.Seq) < ch.State.Receipted
			return err
		})
		return receipted, err
	})
}

// staff are the people of a side's desk.
func (s *side) staff() staff.Desk {
	return staff.Desk{Party: s.party, URL: s.node.Desk.URL, Name: s.node.DeskName(), DB: s.node.DB, Dir: s.app.Dir, Do: s.do, Seats: s.desks, Registrars: s.seats}
}

// links says how each person of both sides comes in.
func (st *story) links() error {
	st.gap()
	st.line(1, "%s", st.bold("Both desks are open. Each link enrols one person's passkey, once:"))
	for _, s := range st.sides() {
		st.gap()
		st.line(4, "%s  %s / %s", st.bold(s.node.Desk.URL), s.name.En, s.name.Zh)
		list, err := s.staff().Links()
		if err != nil {
			return err
		}
		for _, l := range list {
			st.labelled(4, l.What, 26, "%s", l.URL)
		}
	}
	st.gap()
	st.para(1, "Take a browser profile or a private window for each person. Without a passkey: in Chromium's developer tools, More tools, WebAuthn: "+
		"enable the virtual authenticator environment, and add one (ctap2, internal, with resident keys and user verification).")
	return nil
}

// enrolled gives each seat the passkey that its officer has enrolled, until ctx ends.
func (st *story) enrolled(ctx context.Context) error {
	done := map[comity.Seat]bool{}
	for {
		for _, s := range st.sides() {
			err := s.staff().Rekey(ctx, done)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
