package officer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/casefile"
	"comity/clock"
	"comity/guide"
	"comity/matter"
	"comity/policy"
	"comity/record"
	"comity/request"
	"comity/shell"
	"comity/store"
	"comity/thread"
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

	Kind     comity.Kind        `json:"kind"`
	Case     *casefile.CaseView `json:"case,omitempty"`
	National string             `json:"national,omitempty"` // its number in our own case system

	zones []clock.Zone
	now   time.Time
	lang  string
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
	fs := a.Flags("show")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	seat := fs.String("seat", "", "who reads, for the journal")
	words, err := shell.Parse(fs, args, 1, 1, "one matter, such as US-2026-000001")
	if err != nil {
		return err
	}
	if strings.HasPrefix(words[0], "D-") {
		return a.with(func(n *node) error {
			if err := a.reader(n, *seat); err != nil {
				return err
			}
			d, err := n.desk.Draft(a.Ctx, words[0])
			if err != nil {
				return err
			}
			return a.printDraft(n, d)
		})
	}
	m, err := shell.ParseMatter(*realm, words[0])
	if err != nil {
		return err
	}
	who, err := shell.Reader(*seat)
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		if err := a.reader(n, *seat); err != nil {
			return err
		}
		var s shown
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			s, err = n.shown(tx, m, a.Lang)
			return err
		})
		if err != nil {
			return err
		}
		if err := a.NoteReading(n.Node, who, "showed "+m.String()); err != nil {
			return err
		}
		return a.Print(s, "%s", s.text())
	})
}

// plain is the view of a matter that is no request: what every matter has, and
// one sentence.
func (n *node) plain(h thread.History, opens comity.Kind) (v request.View, err error) {
	c, ok := shell.Find(opens)
	if !ok {
		return v, comity.Errorf(comity.NotFound, "%s was opened by a %s, which is not known here", h.Ref, opens)
	}
	v.View = thread.Project(c, h).View
	v.Says = c.Table().State(v.State).Says
	if v.Owes != "" {
		v.Says.EN += "; the next move is " + string(v.Owes) + "'s"
		v.Says.ZH += "；应由 " + string(v.Owes) + " 采取下一步"
	}
	return v, nil
}

func (n *node) shown(tx *store.Tx, name shell.MatterName, lang string) (shown, error) {
	if err := n.May(tx, policy.Read, name.Realm, name.Ref); err != nil {
		return shown{}, err
	}
	h, rows, err := n.History(tx, name.Realm, name.Ref)
	if err != nil {
		return shown{}, err
	}
	m, err := tx.Matter(name.Realm, name.Ref)
	if err != nil {
		return shown{}, err
	}
	ch, err := record.ChannelTo(tx, m.Peer, name.Realm)
	if err != nil {
		return shown{}, err
	}
	s := shown{Realm: name.Realm, Title: m.Title, TLP: h.TLP(m.TLP), Kind: m.Kind, zones: h.Zones, now: h.Now, lang: lang}
	if shell.IsRequest(m.Kind) {
		s.View, err = n.Project(tx, h)
	} else {
		s.View, err = n.plain(h, m.Kind)
	}
	if m.Kind == casefile.OpensCase {
		v := casefile.Project(thread.Project(casefile.Case(), h))
		s.Case = &v
	}
	if err != nil {
		return shown{}, err
	}
	if s.National, err = n.National(tx, name.Realm, name.Ref); err != nil {
		return shown{}, err
	}
	quiet := silence{Mode: string(ch.State.Mode), Attempts: ch.State.Attempts}
	for _, r := range rows {
		switch {
		case r.Status == store.Returned:
			s.Returned = append(s.Returned, returned{r.ID, r.Kind, r.Signers, r.Released, r.Code})
			continue
		case r.Status == store.Ready:
			s.Waits = append(s.Waits, r.ID)
		}
		i := slices.IndexFunc(h.Statements, func(x thread.Statement) bool { return x.ID == r.ID })
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

func mark(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

func (s shown) text() string {
	p := &shell.Page{Zones: s.zones}
	what := "asks"
	if s.Request == nil && !shell.IsRequest(s.Kind) {
		what = string(s.Kind) + " to"
	}
	p.Line("%s%s  %s %s %s  %s  %s  TLP:%s", s.Ref, shell.Maybe("  %s", mark(s.Realm != comity.Live, string(s.Realm))), s.Opener, what, s.Other, cmp.Or(s.Priority, "-"), s.State, s.TLP)
	if s.Title != "" {
		p.Line("%s", s.Title)
	}
	if s.Reference+s.TheirRef != "" {
		p.Line("file numbers: %s%s", shell.Maybe(string(s.Opener)+" %s  ", s.Reference), shell.Maybe(string(s.Other)+" %s", s.TheirRef))
	}
	if s.Agency != "" {
		p.Line("it lies with %s of %s", s.Agency, s.Other)
	}
	p.Line("")
	p.Line("%s.%s", s.Says.In(s.lang), mark(s.Overdue, "  OVERDUE"))
	s.silent(p)
	s.due(p)
	s.clocks(p)
	s.request(p)
	s.items(p)
	s.open(p)
	s.later(p)
	s.alone(p)
	s.timeline(p)
	s.next(p)
	for _, r := range s.Remarks {
		p.Line("remark: %s", r.In(s.lang))
	}
	return p.String()
}

func (s shown) silent(p *shell.Page) {
	q := s.Silence
	if q == nil {
		return
	}
	p.Line("%d of our statements unreceipted since %s (channel %s, %d attempts)", q.Statements, p.Time(q.Since), q.Mode, q.Attempts)
}

// due says what else has its day: a hold that the asking side must have made longer,
// an oral request that must be confirmed.
func (s shown) due(p *shell.Page) {
	switch {
	case s.Lapsing && s.HoldUntil.After(s.now):
		p.Line("HOLD ENDS in %s, on %s: %s asks for it to be made longer, or it lapses", clock.Say(s.HoldUntil.Sub(s.now)), p.Time(s.HoldUntil), s.Opener)
	case s.Lapsing:
		p.Line("HOLD LAPSED on %s", p.Time(s.HoldUntil))
	}
	if !s.Confirm.IsZero() {
		p.Line("asked by word of mouth: %s confirms it in writing by %s%s", s.Opener, p.Time(s.Confirm), mark(s.now.After(s.Confirm), "  OVERDUE"))
	}
}

func (s shown) clocks(p *shell.Page) {
	if len(s.Clocks) == 0 {
		return
	}
	p.Line("Clocks")
	for _, c := range s.Clocks {
		state := "runs"
		switch {
		case c.Started.IsZero():
			state = "not started"
		case !c.Stopped.IsZero():
			state = "stopped " + p.Time(c.Stopped)
		case c.Paused:
			state = "paused"
		}
		p.Line("  %-13s %s net, %s in all; %s%s", c.Name, clock.Say(c.Net), clock.Say(c.Gross), state, mark(c.Overdue, "  OVERDUE"))
		if c.Stopped.IsZero() && !c.Due.IsZero() {
			p.Line("  %-13s due %s", "", p.Time(c.Due))
		}
		how := c.How
		if s.lang == "zh" {
			how = c.HowZH
		}
		p.Line("  %-13s %s", "", how)
	}
}

func (s shown) items(p *shell.Page) {
	if len(s.Items) == 0 {
		return
	}
	p.Line("Items")
	for _, it := range s.Items {
		port := ""
		if it.Port != 0 {
			port = fmt.Sprintf(" port %d", it.Port)
		}
		p.Line("  %-3s %s %s%s  %s  %s to %s", it.ID, it.Type, it.Value, port, it.Data, it.From, it.To)
		if it.Was != "" {
			p.Line("      corrected; it was %s", it.Was)
		}
		line := it.Result
		if it.Amount != 0 {
			line += " " + guide.Money{Amount: it.Amount, Currency: it.Currency}.String()
		}
		line += shell.Maybe("  on the ground %s", it.Ground) + shell.Maybe("  because of %s", it.Reason) + shell.Maybe("  provider's reference %s", it.Provider) +
			shell.Maybe("  use %s", it.Use) + shell.Maybe("  made use of as %s", it.Made)
		p.Line("      %s%s", line, mark(!it.By.IsZero(), "  ("+it.By.Short()+")"))
		if !it.HoldUntil.IsZero() {
			p.Line("      held until %s%s", p.Time(it.HoldUntil.Time), mark(it.Lapsed, "  LAPSED"))
		}
	}
}

func (s shown) open(p *shell.Page) {
	if q := s.Question; q != nil {
		p.Line("Open question of %s, asked %s", s.Other, p.Time(q.Since))
		for _, x := range q.Questions {
			p.Line("  %s: %s%s", x.Field, x.Text, shell.Maybe(" (%s)", x.Rule))
		}
	}
	for _, list := range []struct {
		title string
		terms []request.Condition
	}{{"Conditions in force", s.Conditions}, {"Conditions proposed", s.Proposed}} {
		if len(list.terms) > 0 {
			p.Line("%s", list.title)
		}
		for _, c := range list.terms {
			until := ""
			if !c.By.IsZero() {
				until = p.Time(c.By.Time)
			}
			p.Line("  %s  %s%s%s", c.ID, guide.Shipped().Word("condition", c.Kind).In(s.lang), shell.Maybe(" until %s", until), shell.Maybe(": %s", c.Text))
		}
	}
	for _, x := range s.Assurances {
		state := "asked for by " + string(x.By)
		if x.Given != nil {
			state += ", answered by " + x.Given.Authority
		}
		p.Line("Assurance %s (%s): %s%s", x.ID, x.About, state, shell.Maybe(", found %s", x.Verdict))
	}
}

// later says what came of it.
func (s shown) later(p *shell.Page) {
	for _, o := range s.Outcomes {
		amount := ""
		if o.Amount != 0 {
			amount = guide.Money{Amount: o.Amount, Currency: o.Currency}.String()
		}
		p.Line("Outcome of %s: %s%s%s", o.Date, o.Outcome, shell.Maybe(" %s", amount), mark(o.Count > 0, fmt.Sprintf(", %d", o.Count)))
	}
}

func (s shown) alone(p *shell.Page) {
	if len(s.Sole) > 0 {
		p.Line("Released by one seat")
	}
	for _, x := range s.Sole {
		p.Line("  %s %s of %s: %s", x.Kind, x.Statement.Short(), x.From, x.Reason)
		if x.Outcome != "" {
			p.Line("    %s by another seat (%s)%s", x.Outcome, x.By.Short(), mark(x.Overdue, ", late"))
			continue
		}
		p.Line("    countersign due %s%s", p.Time(x.Due), mark(x.Overdue, "  OVERDUE"))
	}
}

// request says what was asked, all of it: who executes it must know, for one,
// that the user may not be told.
func (s shown) request(p *shell.Page) {
	for _, r := range s.Timeline {
		if !shell.IsRequest(r.Kind) {
			continue
		}
		p.Line("The request")
		for _, l := range labelled(r.Text.Lines(), s.lang) {
			p.Line("  %s", l)
		}
		return
	}
}

func (s shown) timeline(p *shell.Page) {
	p.Line("Timeline")
	for _, r := range s.Timeline {
		p.Line("  %s", p.Time(r.Time))
		p.Line("    %s: %s by %s (%s)  %s  %s", r.From, r.Kind, shell.SeatList(r.Seats), r.Class, s.became(r), r.ID.Short())
		if len(r.Passkeys) > 0 {
			p.Line("    signed by passkey: %s", shell.SeatList(r.Passkeys))
		}
		switch {
		case slices.Contains(s.Waits, r.ID):
			p.Line("    waits to be numbered: it has not left")
		case r.Receipted.IsZero():
			p.Line("    no receipt yet")
		default:
			p.Line("    receipted %s", p.Time(r.Receipted))
		}
		if r.Disputed {
			p.Line("    its time is disputed: it does not fit what it follows, or its receipt")
		}
		if r.Erased {
			p.Line("    its body has been erased or withheld")
		}
		if r.Sealed {
			p.Line("    it reached the wrong desk: its contents are sealed")
		}
		if !shell.IsRequest(r.Kind) {
			for _, l := range r.Text.Lines() {
				p.Line("      %s", brief(l))
			}
		}
		for _, f := range r.Files {
			arrived := "not arrived yet"
			if !f.Received.IsZero() {
				arrived = "arrived " + p.Time(f.Received)
			}
			p.Line("    file %s, %d bytes, %s", f.Name, f.Size, arrived)
		}
	}
	for _, r := range s.Returned {
		p.Line("  %s", p.Time(r.Released.Time))
		p.Line("    %s by %s  returned before it left: %s  %s", r.Kind, shell.SeatList(r.Seats), r.Why, r.ID.Short())
	}
}

// became says what a statement did.
func (s shown) became(r thread.Row) string {
	switch {
	case r.Refused != "":
		return "refused: " + r.Refused
	case r.Effect == matter.Crossed:
		by := r.By.Short()
		if i := slices.IndexFunc(s.Timeline, func(x thread.Row) bool { return x.ID == r.By }); i >= 0 {
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

func (s shown) next(p *shell.Page) {
	p.Line("Next, for us")
	for _, x := range s.Next {
		if x.Allowed {
			p.Line("  %-16s %s", x.Kind, x.Says.In(s.lang))
		}
	}
	for _, x := range s.Next {
		if !x.Allowed {
			p.Line("  not %-12s %s", x.Kind, x.Why)
		}
	}
}

// labelled gives the lines of a request the names of their members, and their
// words, in Chinese: who reads it knows what is asked without any free text. In
// English the names are those of the members.
func labelled(lines []string, lang string) []string {
	if lang != "zh" {
		return lines
	}
	lib := guide.Shipped()
	var out []string
	for _, l := range lines {
		path, value, _ := strings.Cut(l, ": ")
		list := number.ReplaceAllString(path, "[]")
		switch w := lib.Word(list, value); {
		case value == "yes":
			value = "是"
		case value == "no":
			value = "否"
		case w.ZH != "":
			value = w.ZH
		}
		if name, ok := lib.FieldName(path); ok {
			path = name.ZH
		}
		out = append(out, path+"："+value)
	}
	return out
}
