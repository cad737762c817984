package demo

import (
	"time"

	"comity"
	"comity/casefile"
	"comity/desk"
	"comity/pair"
	"comity/thread"
)

// others is what happens in the month besides the requests: whom to call, a case with
// its leads, and the watch.
func (st *story) others(end time.Time) (list []beat) {
	on := func(ago time.Duration, do func(at time.Time) error) {
		list = append(list, beat{end.Add(-ago), do})
	}
	for _, s := range st.sides() {
		on(month-time.Hour, func(time.Time) error { return s.staff().Seat() })
		on(month-2*time.Hour, func(time.Time) error {
			_, err := st.speak(s, desk.New{To: st.peer(s).party, Kind: pair.OpensDirectory}, &pair.Agencies{Agencies: s.directory()})
			return err
		})
		on(10*day, func(at time.Time) error {
			text := map[comity.Party]string{"us": "Call the head of the desk for every request of priority P0.", "cn": "凡P0级请求，须致电值班负责人。"}[s.party]
			_, err := s.do("instruct", "--seat", string(s.seats[0]), "--text", text, "--until", at.Add(40*day).UTC().Format(time.RFC3339))
			return err
		})
		hand := func(to comity.Seat, text map[comity.Party]string) error {
			_, err := s.do("handover", "--seat", string(s.seats[0]), "--to", string(to), "--text", text[s.party])
			return err
		}
		on(33*time.Hour, func(time.Time) error {
			return hand(s.seats[1], map[comity.Party]string{"us": "The registry calls back at nine.", "cn": "登记机构九时回电。"})
		})
		on(32*time.Hour, func(time.Time) error {
			_, err := s.do("handover", "--seat", string(s.seats[1]), "--take", "w1")
			return err
		})
		on(30*time.Minute, func(time.Time) error {
			return hand(s.desks[0], map[comity.Party]string{"us": "The school district's request is overdue over there; their desk was called at six.", "cn": "学区一案我方已逾期，对方六时来电催办。"})
		})
	}
	list = append(list, st.theCase(end)...)

	return list
}

// directory is whom the side has the other call. The numbers are kept for fiction; in
// China none are, and this one is not in use.
func (s *side) directory() []pair.Agency {
	all := []pair.Competence{{}}
	if s.party == "us" {
		return []pair.Agency{
			{ID: "us-24-7", EN: "24/7 contact point", ZH: "24/7联络点", Competences: all, Contact: "+1-202-555-0101", Zone: s.zone, Hours: "24/7", Languages: []string{"en", "zh"}},
			{ID: "us-central", EN: "central authority", ZH: "中央机关", Competences: all, Contact: "+1-202-555-0142", Zone: s.zone, Hours: "Mon-Fri 09:00-17:30", Languages: []string{"en"}},
		}
	}
	return []pair.Agency{
		{ID: "cn-24-7", EN: "24/7 contact point", ZH: "24/7联络点", Competences: all, Contact: "+86-10-5550-0101", Zone: s.zone, Hours: "24/7", Languages: []string{"zh", "en"}},
		{ID: "cn-central", EN: "central authority", ZH: "中央机关", Competences: all, Contact: "+86-10-5550-0142", Zone: s.zone, Hours: "Mon-Fri 08:30-17:00", Languages: []string{"zh"}},
	}
}

// theCase is one of both sides, with a lead that was given and one that is offered.
func (st *story) theCase(end time.Time) (list []beat) {
	us, cn := st.us, st.cn
	var ref, lead comity.Ref
	say := func(ago time.Duration, by *side, of *comity.Ref, kind comity.Kind, body func() any) {
		list = append(list, beat{end.Add(-ago), func(time.Time) error {
			n := desk.New{Kind: kind, To: st.peer(by).party}
			opens := kind == casefile.OpensCase || kind == casefile.OpensLead
			if !opens {
				n = desk.New{Kind: kind, Matter: *of}
			}
			d, err := st.speak(by, n, body())
			if opens {
				*of = d.Matter
			}
			return err
		}})
	}
	is := func(body any) func() any { return func() any { return body } }
	say(21*day, us, &ref, casefile.OpensCase, func() any {
		return &casefile.Open{Title: "wages and invoices led elsewhere by altered mail", Category: "fraud", Agency: "us-24-7",
			Summary: "A hospital's wages and a port authority's invoices went to accounts that were changed by mail.", Requests: []string{string(st.played["Wages of a hospital's staff were led elsewhere"])}}
	})
	say(21*day-5*time.Hour, cn, &ref, "case.join", is(&casefile.Join{Agency: "cn-24-7", Reference: "CN/2026/77", Text: "已立案，并案办理。"}))
	say(20*day, us, &ref, "case.priority", is(&casefile.Priority{Priority: "priority", Reason: "wages of two hundred people"}))
	say(20*day-6*time.Hour, cn, &ref, "case.priority", is(&casefile.Priority{Priority: "priority", Reason: "涉及人数较多"}))
	say(14*day, cn, &lead, casefile.OpensLead, func() any {
		return &casefile.Offer{About: "accounts through which part of the money went", Category: "fraud", Agency: "cn-24-7", Addressee: "us-24-7", Case: string(ref),
			Conditions: []casefile.Condition{{ID: "c1", Kind: "lead_only"}, {ID: "c2", Kind: "no_onward"}}}
	})
	say(14*day-8*time.Hour, us, &lead, "lead.accept", is(&thread.Note{Text: "Accepted on both conditions."}))
	say(13*day, cn, &lead, "lead.provide", is(&casefile.Content{Use: "lead_only", Text: "三个账户于十月底集中开立，资金当日转出；账号经电话告知。Three accounts were opened within a week of October; their numbers were given by telephone."}))
	say(12*day, us, &ref, "case.link", func() any { return &casefile.Link{Matter: string(lead), Role: "lead"} })
	say(8*day, us, &ref, "case.link", func() any {
		return &casefile.Link{Matter: string(st.played["Invoices of a port authority were altered on the way"]), Role: "request"}
	})
	say(4*day, us, &ref, "case.status", is(&casefile.Status{State: "waiting", EN: "the answer on the port's invoices is awaited", ZH: "等待港口发票一事的答复"}))
	say(2*day, cn, &ref, "case.status", is(&casefile.Status{State: "progress", EN: "two account holders were heard", ZH: "已询问两名账户持有人"}))
	var second comity.Ref
	say(20*time.Hour, us, &second, casefile.OpensLead, func() any {
		return &casefile.Offer{About: "a further server from which the mail was altered", Category: "fraud", Agency: "us-24-7", Addressee: "cn-24-7", Case: string(ref),
			Conditions: []casefile.Condition{{ID: "c1", Kind: "lead_only"}, {ID: "c2", Kind: "not_in_court"}}}
	})
	return list
}
