package request

import (
	"testing"
	"time"
	_ "time/tzdata"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/thread"
	"comity/thread/threadtest"
)

var id = threadtest.ID("us", 0)

func moment(s string) comity.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return comity.At(t)
}

// pack is what requests here are measured by: all its figures are proposals.
func pack() guide.Pack {
	p, ok := guide.Shipped().Pack(guide.Default)
	if !ok {
		panic("the default pack is not shipped")
	}
	return p
}

func asked(priority string) *guide.Request {
	yes := true
	r := &guide.Request{
		Type:      "preserve",
		Authority: guide.Authority{Agency: "us-24-7", Seat: "us-24-7-01"}, Addressee: guide.Addressee{Agency: "cn-24-7"},
		Basis:    guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Priority: priority,
		Order: guide.Order{Holder: "Example Networks", Items: []guide.Item{
			{ID: "1", Type: "ipv4", Value: "203.0.113.77", Port: 51514, From: "2026-11-22T00:52:09Z", To: "2026-11-22T00:53:00Z", Data: "subscriber"},
			{ID: "2", Type: "email", Value: "kite-3391@mail.example", From: "2026-11-01T00:00:00Z", To: "2026-11-22T00:00:00Z", Data: "content"},
		}},
		Supporting: guide.Supporting{
			Offence: guide.Offence{Category: "fraud", Description: "Payment diverted by deceit.", Provision: "18 U.S.C. § 1343", Penalty: "up to 20 years"},
			Facts:   "On 20 November 2026 a company paid into a changed account.",
			Persons: []guide.Person{{ID: "p1", Role: "suspect", Name: "张三 (Zhang San)", Born: "1990-01-31", Nationality: "cn"}},
		},
		FollowUp:        &guide.FollowUp{Intended: &yes, Planned: "2026-12-20"},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "The suspect would destroy evidence."},
		Reference:       "FILE-7", Language: "en",
	}
	if priority == "P0" {
		r.Emergency = &guide.Emergency{Basis: "life", Facts: "f", Link: "l", CallBack: "+1-202-555-0101"}
	}
	return r
}

func held(item, from, until string) Result {
	return Result{Item: item, Result: Preserved, HoldFrom: moment(from), HoldUntil: moment(until), Reference: "T-" + item, Use: "evidence"}
}

// bodies has a good one of each kind: that which its tags allow, or where they say
// too little, one of its own.
func bodies(c thread.Capability) map[comity.Kind]any {
	masked := Mask(*asked("P1"))
	list := map[comity.Kind]any{
		OpensPreservation: asked("P1"), OpensAssistance: asked("P1"),
		"ask":                &Ask{Questions: []Question{{Field: "order.items[0].from", Rule: "C11", Text: "UTC?"}}},
		"supplement":         &Supplement{Replies: []Reply{{Field: "order.items[0].from", Text: "Local time, sorry."}}, Items: asked("P1").Order.Items[:1]},
		"conditions.propose": terms("c1", "no_onward"), "conditions.counter": terms("c9", "not_in_court"),
		"answer.partial":  &Answer{Results: []Result{held("1", "2026-11-22 06:00", "2027-01-22 06:00")}},
		"answer":          &Answer{Results: []Result{held("1", "2026-11-22 06:00", "2027-01-22 06:00"), {Item: "2", Result: Refused, Ground: "essential_interests"}}},
		"refuse":          &Refuse{Ground: "essential_interests", NoFurtherReasons: true, Consultation: Consultation{State: "held"}},
		"extend.deadline": &ExtendDeadline{Until: moment("2026-11-25 06:00"), Reason: "A court sits on Monday."},
		"extend.hold":     &ExtendHold{Until: moment("2027-03-22 06:00"), Reason: "The request follows."},
		"assurance.give":  &AssuranceGive{ID: "a1", Given: true, Authority: "Ministry of Justice", EN: "It will not be sought.", ZH: "不会求处。"},
		"precheck.open":   &Draft{Request: masked, Expires: "2026-12-22"}, "precheck.revise": &Draft{Request: masked, Expires: "2026-12-29"},
	}
	for _, k := range c.Kinds {
		if list[k.Kind] == nil {
			list[k.Kind] = threadtest.Body(k)
		}
	}
	return list
}

func terms(id, kind string) *ConditionsPropose {
	return &ConditionsPropose{Conditions: []Condition{{ID: id, Kind: kind}}}
}

// A story is a matter as both sides tell it, with times. Each line is receipted a
// minute after it was said, unless it says otherwise, and has seen what was
// receipted by then.
type story struct {
	threadtest.Story
	t     *testing.T
	zones []clock.Zone
}

func tell(t *testing.T, c thread.Capability) *story {
	t.Helper()
	s := &story{t: t, Story: threadtest.Story{Capability: c, Bodies: bodies(c)}}
	for _, z := range [][2]string{{"America/New_York", "Washington"}, {"Asia/Shanghai", "Beijing"}} {
		zone, err := clock.ParseZone(z[0], z[1])
		if err != nil {
			t.Fatal(err)
		}
		s.zones = append(s.zones, zone)
	}
	return s
}

func (s *story) project(me comity.Party, now string) View {
	h := threadtest.History(me, s.Statements, moment(now).Time)
	h.Zones = s.zones
	return Project(h, Yardstick{Pack: pack()})
}

// say adds a statement; a nil body is the good one of its kind.
func (s *story) say(from comity.Party, kind comity.Kind, at string, body any, with ...func(*thread.Statement)) *thread.Statement {
	s.t.Helper()
	if body == nil {
		body = s.Bodies[kind]
	}
	now := moment(at).Time
	var seen []thread.Statement
	for _, o := range s.Statements {
		if !o.Receipted.IsZero() && !o.Receipted.After(now) {
			seen = append(seen, o)
		}
	}
	st := s.Say(from, kind, body, seen)
	st.Time, st.Receipted = now, now.Add(time.Minute)
	for _, w := range with {
		w(st)
	}
	return st
}

func unreceipted(s *thread.Statement) { s.Receipted = time.Time{} }

func withFile(received string) func(*thread.Statement) {
	f := thread.File{Name: "list.csv", Size: 9}
	if received != "" {
		f.Received = moment(received).Time
	}
	return func(s *thread.Statement) { s.Files = []thread.File{f} }
}

func alone(seat comity.Seat, due string) func(*thread.Statement) {
	return func(s *thread.Statement) {
		d := moment(due)
		s.Seats, s.Release = []comity.Seat{seat}, comity.Release{Class: comity.Sole, Reason: "night", Due: &d}
	}
}

func bySeat(seat comity.Seat) func(*thread.Statement) {
	return func(s *thread.Statement) {
		s.Seats, s.Release = []comity.Seat{seat}, comity.Release{Class: comity.OneSeat}
	}
}
