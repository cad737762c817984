package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/demo/staff"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/thread"
)

// What both desks show once the story is over: work of both sides in several states,
// and a link for each person by which they sign in.

// A plot is a matter of the month: who asks for what, and how far it went. What is in
// it is invented but for the records of the publication, which are as published.
type plot struct {
	by       string
	priority string
	category string
	en, zh   string // what the case is about
	record   int    // of the publication
	until    string // the last that is said: sent, acknowledged, accepted, asked, supplemented, partly, answered, closed, refused, withdrawn
}

var plots = []plot{
	{"us", "P1", "hacking", "Routers of a school district fetch software from a server", "某学区路由器从一服务器下载软件", 0, "sent"},
	{"cn", "P1", "hacking", "Video recorders of a hospital were taken over", "某医院的视频录像机被控制", 1, "sent"},
	{"us", "P1", "fraud", "Invoices of a port authority were altered on the way", "某港口管理局的发票在传输中被篡改", 3, "acknowledged"},
	{"cn", "P1", "fraud", "A pretended court sends payment orders to pensioners", "冒充法院向退休人员发送缴款通知", 3, "acknowledged"},
	{"us", "P3", "hacking", "The owners of forty devices are to be informed", "需告知四十台设备的所有人", 0, "accepted"},
	{"cn", "P3", "hacking", "The owners of devices in two cities are to be informed", "需告知两座城市的设备所有人", 1, "accepted"},
	{"us", "P1", "hacking", "A copy of the software is kept with a provider", "某服务商存有该软件的副本", 2, "asked"},
	{"cn", "P1", "hacking", "A water utility saw the same address in its logs", "某供水企业日志中出现同一地址", 0, "asked"},
	{"us", "P3", "fraud", "A shop that does not exist takes money for tickets", "虚假店铺收取票款", 3, "supplemented"},
	{"cn", "P3", "fraud", "Accounts were opened with copied identity cards", "以复制的身份证件开立账户", 3, "supplemented"},
	{"us", "P1", "hacking", "A university's cameras joined in an attack", "某高校摄像头参与攻击", 1, "partly"},
	{"cn", "P1", "hacking", "A railway's ticket hall was without its screens", "某铁路售票大厅屏幕失灵", 0, "partly"},
	{"us", "P3", "hacking", "Logs of a night in September, before they are overwritten", "九月某夜的日志，须在被覆盖前保全", 0, "answered"},
	{"cn", "P3", "hacking", "Logs of the same night, of the other end", "同一夜另一端的日志", 1, "answered"},
	{"us", "P1", "fraud", "Wages of a hospital's staff were led elsewhere", "某医院员工工资被转往他处", 3, "closed"},
	{"cn", "P1", "fraud", "A company's chairman was imitated by voice", "冒充某公司董事长的语音", 3, "closed"},
	{"us", "P3", "hacking", "Devices of a library; it had been asked before", "某图书馆的设备，此前已提出请求", 2, "refused"},
	{"cn", "P3", "hacking", "A device that turned out to be at home", "设备经查位于本国境内", 2, "withdrawn"},
	{"us", "P3", "hacking", "Devices of a museum; its owner has been found", "某博物馆的设备，所有人已查明", 2, "withdrawn"},
	{"cn", "P1", "hacking", "A weather service's relay stopped answering", "某气象机构的中继停止应答", 1, "sent"},
}

// ask is the request of a plot.
func (p plot) ask(pub published, s, peer *side, n int) *guide.Request {
	rec := pub.Records[p.record]
	r := pub.routine(s.seats[0], time.Now())
	r.Authority.Agency, r.Authority.Zone = string(s.party)+"-24-7", s.zone
	r.Addressee.Agency = string(peer.party) + "-24-7"
	if s.party == "cn" {
		r.Authority.Contact = "+86-10-5550-0101"
		r.Supporting.Offence.Provision, r.Supporting.Offence.Counterpart = "Criminal Law of the PRC, art. 285(2)", "18 U.S.C. § 1030(a)(5)(A)"
	}
	r.Priority, r.Reference = p.priority, fmt.Sprintf("%s-24-7/%d", strings.ToUpper(string(s.party)), 1200+n)
	r.Order.Items = []guide.Item{{ID: "1", Type: rec.Type, Value: rec.Value, From: observedFrom, To: observedTo, Clock: "the publication's, in UTC", Data: "subscriber"},
		{ID: "2", Type: pub.Records[0].Type, Value: pub.Records[0].Value, Port: 80, From: observedFrom, To: observedTo, Clock: "the publication's, in UTC", Data: "traffic"}}
	r.Supporting.Relations = []guide.Relation{{Item: "1", Kind: "hosted_content", Text: pub.cite(rec)}, {Item: "2", Kind: "hosted_content", Text: pub.cite(pub.Records[0])}}
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

// goOn says what comes after the request, by turns, as far as the plot goes.
func (st *story) goOn(p plot, s, peer *side, ref comity.Ref) error {
	reached := func(list ...string) bool { return slices.Contains(list, p.until) }
	say := func(by *side, kind comity.Kind, body any) error {
		_, _, err := st.say(by, ref, kind, body)
		return err
	}
	if reached("sent") {
		return nil
	}
	if reached("withdrawn") {
		return say(s, "withdraw", &request.Withdraw{Reason: map[comity.Party]string{"us": p.en, "cn": p.zh}[s.party]})
	}
	v, err := st.both(ref)
	if err != nil {
		return err
	}
	if err := say(peer, "acknowledge", &thread.Acknowledge{Statement: v.Timeline[0].ID, Reference: strings.ToUpper(string(peer.party)) + "/" + string(ref[len(ref)-3:])}); err != nil || reached("acknowledged") {
		return err
	}
	if reached("asked", "supplemented") {
		question := map[comity.Party]string{"cn": "请求所列时间是否为协调世界时？", "us": "Is the time of item 1 in UTC?"}[peer.party]
		if err := say(peer, "ask", &request.Ask{Questions: []request.Question{{Field: "order.items[0].from", Rule: "C11", Text: question}}}); err != nil || reached("asked") {
			return err
		}
		reply := map[comity.Party]string{"cn": "是，均为协调世界时。", "us": "Yes, all times are in UTC."}[s.party]
		return say(s, "supplement", &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].from", Text: reply}}})
	}
	if reached("refused") {
		why := map[comity.Party]string{"cn": "此前已就同一设备答复。", "us": "It was answered before."}[peer.party]
		return say(peer, "refuse", &request.Refuse{Ground: "essential_interests", Reasons: why, Consultation: request.Consultation{State: "held"}})
	}
	if err := say(peer, "accept", &request.Accept{}); err != nil || reached("accepted") {
		return err
	}
	now := time.Now()
	if err := say(peer, "answer.partial", &request.Answer{Results: []request.Result{held("1", "T-"+string(ref[len(ref)-3:]), now)}}); err != nil || reached("partly") {
		return err
	}
	if err := say(peer, "answer", &request.Answer{Results: []request.Result{held("2", "T-"+string(ref[len(ref)-3:]), now)}}); err != nil || !reached("closed") {
		return err
	}
	return say(s, "close", &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "unknown"})
}

// month plays all plots, both sides' at once.
func (st *story) month() error {
	return st.each(func(s *side) error {
		for i, p := range plots {
			if p.by != string(s.party) {
				continue
			}
			body := p.ask(st.mozi, s, st.peer(s), i)
			if err := form.Check(body); err != nil {
				return err
			}
			d, err := st.release(s, desk.New{To: st.peer(s).party, Kind: request.OpensPreservation}, body)
			if err != nil {
				return fmt.Errorf("%s: %w", p.en, err)
			}
			if err := st.goOn(p, s, st.peer(s), d.Matter); err != nil {
				return fmt.Errorf("%s: %w", p.en, err)
			}
		}
		return nil
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
