package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/matter"
	"comity/record"
	"comity/request"
	"comity/store"
)

// A shown matter is its view, with what the view has no place for: statements of
// ours that have not left, or came back.
type shown struct {
	request.View
	Realm    comity.Realm  `json:"realm"`
	Title    string        `json:"title"`
	TLP      string        `json:"tlp"`
	Waits    []comity.Hash `json:"waits_for_number,omitempty"`
	Returned []returned    `json:"returned,omitempty"`
	Silence  *silence      `json:"unreceipted,omitempty"`

	zones []clock.Zone
}

type returned struct {
	ID       comity.Hash   `json:"id"`
	Kind     comity.Kind   `json:"kind"`
	Seats    []comity.Seat `json:"seats"`
	Released comity.Time   `json:"released"`
	Why      string        `json:"why"`
}

// A silence says that the peer's node has not receipted what we sent.
type silence struct {
	Since      time.Time `json:"since"`
	Statements int       `json:"statements"`
	Mode       string    `json:"mode"` // of the channel
	Attempts   int       `json:"attempts"`
}

// show prints one matter, and notes who read it.
func (a *app) show(args []string) error {
	fs := a.flags("show")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	seat := fs.String("seat", "", "who reads, for the journal")
	words, err := parse(fs, args, 1, 1, "one matter, such as US-2026-000001")
	if err != nil {
		return err
	}
	m, err := parseMatter(*realm, words[0])
	if err != nil {
		return err
	}
	who, err := reader(*seat)
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		var s shown
		err := n.keeper.View(a.ctx, func(tx *store.Tx) (err error) {
			s, err = n.shown(tx, m)
			return err
		})
		if err != nil {
			return err
		}
		if err := a.read(n, who, "showed "+m.String()); err != nil {
			return err
		}
		return a.print(s, "%s", s.text())
	})
}

// A matterName is a realm and a reference, as typed.
type matterName struct {
	realm comity.Realm
	ref   comity.Ref
}

func (m matterName) String() string {
	if m.realm == comity.Live {
		return string(m.ref)
	}
	return string(m.ref) + " of " + string(m.realm)
}

func parseMatter(realm, ref string) (matterName, error) {
	r, err := comity.ParseRealm(realm)
	if err != nil {
		return matterName{}, err
	}
	f, err := comity.ParseRef(ref)
	return matterName{r, f}, err
}

// reader is who the journal says has read something.
func reader(seat string) (string, error) {
	if seat == "" {
		return "operator", nil
	}
	s, err := comity.ParseSeat(seat)
	return string(s), err
}

// read notes a reading, before anything is shown: what cannot be noted is not read.
func (a *app) read(n *node, who string, what ...string) error {
	return n.db.Update(a.ctx, func(tx *store.Tx) error {
		for _, w := range what {
			if err := tx.Journal(comity.At(a.now()), "read", who, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func (n *node) shown(tx *store.Tx, name matterName) (shown, error) {
	h, rows, err := n.history(tx, name.realm, name.ref)
	if err != nil {
		return shown{}, err
	}
	m, err := tx.Matter(name.realm, name.ref)
	if err != nil {
		return shown{}, err
	}
	ch, err := record.ChannelTo(tx, m.Peer, name.realm)
	if err != nil {
		return shown{}, err
	}
	s := shown{View: request.Project(h), Realm: name.realm, Title: m.Title, TLP: m.TLP, zones: h.Zones}
	quiet := silence{Mode: string(ch.State.Mode), Attempts: ch.State.Attempts}
	for _, r := range rows {
		switch {
		case r.Status == store.Returned:
			s.Returned = append(s.Returned, returned{r.ID, r.Kind, r.Signers, r.Released, r.Code})
			continue
		case r.Status == store.Ready:
			s.Waits = append(s.Waits, r.ID)
		}
		i := slices.IndexFunc(h.Statements, func(x request.Statement) bool { return x.ID == r.ID })
		if t := h.Statements[i]; r.Mine && t.Receipted.IsZero() {
			if quiet.Statements++; quiet.Since.IsZero() || t.Time.Before(quiet.Since) {
				quiet.Since = t.Time
			}
		}
	}
	if quiet.Statements > 0 {
		s.Silence = &quiet
	}
	return s, nil
}

// A page is text for a person. All of it goes through plain, so that no line of
// it can be a peer's.
type page struct {
	strings.Builder
	zones []clock.Zone
}

func (p *page) line(format string, args ...any) {
	p.WriteString(strings.TrimRight(plain(fmt.Sprintf(format, args...)), " ") + "\n")
}

func (p *page) time(t time.Time) string { return clock.FormatTimes(t, p.zones) }

// maybe returns the text if s is not empty.
func maybe(format, s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(format, s)
}

func mark(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

func (s shown) text() string {
	p := &page{zones: s.zones}
	p.line("%s%s  %s asks %s  %s  %s  TLP:%s", s.Ref, maybe("  %s", mark(s.Realm != comity.Live, string(s.Realm))), s.Opener, s.Other, s.Priority, s.State, s.TLP)
	if s.Title != "" {
		p.line("%s", s.Title)
	}
	if s.Reference+s.TheirRef != "" {
		p.line("file numbers: %s%s", maybe(string(s.Opener)+" %s  ", s.Reference), maybe(string(s.Other)+" %s", s.TheirRef))
	}
	p.line("")
	p.line("%s.%s", s.Says, mark(s.Overdue, "  OVERDUE"))
	s.silent(p)
	s.clocks(p)
	s.items(p)
	s.open(p)
	s.alone(p)
	s.timeline(p)
	s.next(p)
	for _, r := range s.Remarks {
		p.line("remark: %s", r)
	}
	return p.String()
}

func (s shown) silent(p *page) {
	q := s.Silence
	if q == nil {
		return
	}
	p.line("%d of our statements unreceipted since %s (channel %s, %d attempts)", q.Statements, p.time(q.Since), q.Mode, q.Attempts)
}

func (s shown) clocks(p *page) {
	p.line("Clocks")
	for _, c := range s.Clocks {
		state := "runs"
		switch {
		case c.Started.IsZero():
			state = "not started"
		case !c.Stopped.IsZero():
			state = "stopped " + p.time(c.Stopped)
		case c.Paused:
			state = "paused"
		}
		p.line("  %-13s %s net, %s in all; %s%s", c.Name, clock.Say(c.Net), clock.Say(c.Gross), state, mark(c.Overdue, "  OVERDUE"))
		if c.Stopped.IsZero() && !c.Due.IsZero() {
			p.line("  %-13s due %s", "", p.time(c.Due))
		}
		p.line("  %-13s %s", "", c.How)
	}
}

func (s shown) items(p *page) {
	if len(s.Items) == 0 {
		return
	}
	p.line("Items")
	for _, it := range s.Items {
		port := ""
		if it.Port != 0 {
			port = fmt.Sprintf(" port %d", it.Port)
		}
		p.line("  %-3s %s %s%s  %s  %s to %s", it.ID, it.Type, it.Value, port, it.Data, it.From, it.To)
		if it.Was != "" {
			p.line("      corrected; it was %s", it.Was)
		}
		line := it.Result + maybe("  on the ground %s", it.Ground) + maybe("  provider's reference %s", it.Provider) + maybe("  use %s", it.Use)
		p.line("      %s%s", line, mark(!it.By.IsZero(), "  ("+it.By.Short()+")"))
		if !it.HoldUntil.IsZero() {
			p.line("      held until %s%s", p.time(it.HoldUntil.Time), mark(it.Lapsed, "  LAPSED"))
		}
	}
}

func (s shown) open(p *page) {
	if q := s.Question; q != nil {
		p.line("Open question of %s, asked %s", s.Other, p.time(q.Since))
		for _, x := range q.Questions {
			p.line("  %s: %s%s", x.Field, x.Text, maybe(" (%s)", x.Rule))
		}
	}
	if len(s.Conditions) > 0 {
		p.line("Conditions")
	}
	for _, c := range s.Conditions {
		p.line("  %s  %s", c.ID, c.Text)
	}
}

func (s shown) alone(p *page) {
	if len(s.Sole) > 0 {
		p.line("Released by one seat")
	}
	for _, x := range s.Sole {
		p.line("  %s %s of %s: %s", x.Kind, x.Statement.Short(), x.From, x.Reason)
		if x.Outcome != "" {
			p.line("    %s by another seat (%s)%s", x.Outcome, x.By.Short(), mark(x.Overdue, ", late"))
			continue
		}
		p.line("    countersign due %s%s", p.time(x.Due), mark(x.Overdue, "  OVERDUE"))
	}
}

func (s shown) timeline(p *page) {
	p.line("Timeline")
	for _, r := range s.Timeline {
		p.line("  %s", p.time(r.Time))
		p.line("    %s: %s by %s (%s)  %s  %s", r.From, r.Kind, seatList(r.Seats), r.Class, s.became(r), r.ID.Short())
		switch {
		case slices.Contains(s.Waits, r.ID):
			p.line("    waits to be numbered: it has not left")
		case r.Receipted.IsZero():
			p.line("    no receipt yet")
		default:
			p.line("    receipted %s", p.time(r.Receipted))
		}
		if r.Disputed {
			p.line("    its time is disputed: it does not fit what it follows, or its receipt")
		}
		if r.Erased {
			p.line("    its body has been erased or withheld")
		}
		for _, f := range r.Files {
			arrived := "not arrived yet"
			if !f.Received.IsZero() {
				arrived = "arrived " + p.time(f.Received)
			}
			p.line("    file %s, %d bytes, %s", f.Name, f.Size, arrived)
		}
	}
	for _, r := range s.Returned {
		p.line("  %s", p.time(r.Released.Time))
		p.line("    %s by %s  returned before it left: %s  %s", r.Kind, seatList(r.Seats), r.Why, r.ID.Short())
	}
}

// became says what a statement did.
func (s shown) became(r request.Row) string {
	switch {
	case r.Refused != "":
		return "refused: " + r.Refused
	case r.Effect == matter.Crossed:
		by := r.By.Short()
		if i := slices.IndexFunc(s.Timeline, func(x request.Row) bool { return x.ID == r.By }); i >= 0 {
			by = string(s.Timeline[i].Kind) + " " + by
		}
		return "crossed by " + by + ": no effect"
	case r.Effect == matter.Stale:
		return "stale: its author had not seen the matter as it was; no effect"
	case r.Effect == matter.Disallowed:
		return "not allowed in this state: no effect"
	case r.Effect == matter.Fact:
		return "fact"
	}
	return "-> " + r.State
}

func (s shown) next(p *page) {
	p.line("Next, for us")
	for _, x := range s.Next {
		if x.Allowed {
			p.line("  %-16s %s", x.Kind, x.Says)
		}
	}
	for _, x := range s.Next {
		if !x.Allowed {
			p.line("  not %-12s %s", x.Kind, x.Why)
		}
	}
}

func seatList(seats []comity.Seat) string {
	var list []string
	for _, s := range seats {
		list = append(list, string(s))
	}
	return strings.Join(list, " and ")
}
