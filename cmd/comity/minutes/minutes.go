// Package minutes is a party's own file at a terminal: what its officers note for
// themselves and never say abroad. Screening, protection of sources, domestic
// action and its papers, disclosure, retention, who may know of a matter at all.
package minutes

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"comity"
	"comity/cabinet"
	"comity/casefile"
	"comity/disk"
	"comity/docket"
	"comity/form"
	"comity/gate"
	"comity/keyring"
	"comity/metadata"
	"comity/policy"
	"comity/request"
	"comity/shell"
	"comity/store"
	"comity/thread"
	"comity/typed"
)

type app struct{ *shell.App }

// Commands returns the verbs about the party's own file.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{
		"minute": a.minute, "screen": a.screen, "protect": a.protect, "restrict": a.restrict, "docket": a.docket,
		"disclose": a.disclose, "erase": a.erase, "clean": a.clean, "letter": a.letter, "route": a.route, "post": a.post, "posted": a.posted, "correspondents": a.correspondents,
		"action": a.entry("action"), "retain": a.entry("retention"), "legal-hold": a.entry("legal_hold"), "call": a.entry("call"), "calls": a.calls, "readers": a.readers,
		"reference": a.entry("reference"), "intake": a.intake,
	}
}

// A command is what a seat does about a matter.
type command struct {
	*flag.FlagSet
	app         *app
	action      policy.Action // as the party's own policy calls it
	seat, realm *string
}

func (a *app) command(name string, action policy.Action, seat string) command {
	fs := a.Flags(name)
	return command{fs, a, action, fs.String("seat", "", seat), fs.String("realm", string(comity.Live), "live, or exercise:NAME")}
}

// A deed is done with a seat's key, about a matter that it may know of.
type deed func(*shell.Node, *keyring.Officer, shell.MatterName) error

// about reads the flags and one word, which is a matter or a draft of it.
func (c command) about(args []string, what string, do deed) error {
	words, err := shell.Parse(c.FlagSet, args, 1, 1, what)
	if err != nil {
		return err
	}
	return c.on(words[0], do)
}

// on opens the seat's key and the matter, if the policy lets it.
func (c command) on(name string, do deed) error {
	return c.app.With(func(n *shell.Node) error {
		o, err := c.app.Officer(n, *c.seat)
		if err != nil {
			return err
		}
		var m shell.MatterName
		err = n.Keeper.View(c.app.Ctx, func(tx *store.Tx) (err error) {
			if strings.HasPrefix(name, "D-") {
				m, err = c.draft(n, tx, name)
				return err
			}
			if m, err = shell.ParseMatter(*c.realm, name); err != nil {
				return err
			}
			return n.May(tx, c.action, m.Realm, m.Ref)
		})
		if err != nil {
			return err
		}
		return do(n, o, m)
	})
}

// draft returns the matter of a draft. If that is open, the draft opens no other
// door to its file than the matter itself, not even to its author.
func (c command) draft(n *shell.Node, tx *store.Tx, name string) (shell.MatterName, error) {
	d, err := tx.Draft(name)
	if err != nil {
		return shell.MatterName{}, err
	}
	m := shell.MatterName{Realm: d.Realm, Ref: d.Matter}
	if err := n.SeesDraft(tx, d); err != nil {
		return m, err
	}
	if _, err := tx.Matter(d.Realm, d.Matter); errors.Is(err, comity.NotFound) {
		return m, nil
	} else if err != nil {
		return m, err
	}
	if err = n.May(tx, c.action, d.Realm, d.Matter); errors.Is(err, comity.NotFound) {
		err = store.Absent("draft %q", comity.Clip(name))
	}
	return m, err
}

// read returns a matter's file, or the party's own if m is empty.
func (a *app) read(n *shell.Node, m shell.MatterName) (d docket.Docket, err error) {
	err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		d, _, err = n.Docket(tx, m.Realm, m.Ref)
		return err
	})
	return d, err
}

// add adds an entry to a matter's file, or to the party's own if m is empty, and
// says so in the journal.
func (a *app) add(n *shell.Node, m shell.MatterName, seat comity.Seat, body any) error {
	return n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
		if err := n.Minute(tx, m.Realm, m.Ref, seat, body); err != nil {
			return err
		}
		if c, ok := body.(*docket.Call); ok && c.Identity.Result == "bad" {
			if err := tx.Journal(comity.At(a.Now()), "alarm", string(seat), "a caller on "+c.Number+" claimed to be "+c.Speaker+" and failed the proof"); err != nil {
				return err
			}
		}
		return tx.Journal(comity.At(a.Now()), "minute", string(seat), "added an entry to the file of "+cmp.Or(string(m.Ref), "the party"))
	})
}

const oneMatter = "one matter or draft, such as US-2026-000001 or D-1"

// minute adds an entry of any kind.
func (a *app) minute(args []string) error {
	if len(args) == 0 {
		return a.kinds()
	}
	if strings.HasPrefix(args[0], "-") {
		if _, err := shell.Parse(a.Flags("minute"), args, 0, -1, ""); err != nil {
			return err
		}
		return a.kinds()
	}
	return a.entry(args[0])(args[1:])
}

func (a *app) kinds() error {
	text := ""
	for _, k := range docket.Kinds() {
		text += fmt.Sprintf("%-14s %s\n", k.Kind, k.Says.In(a.Lang))
	}
	return shell.Usagef("minute: give the kind of entry, a matter, and its flags. There are\n%s", text)
}

// acts are what the policy calls an entry of a kind. To add any other is to note.
var acts = map[string]policy.Action{"screening": policy.Screen, "protection": policy.Protect, "action": policy.Act, "route": policy.Route, "legal_hold": policy.Erase}

// looks are the kinds of entries that are added by a command of their own, which
// looks first whether it may be.
var looks = map[string]string{"restrict": "restrict", "disclosure": "disclose", "erasure": "erase", "intake": "intake"}

// entry makes a command of a kind of entry, a flag for each member of its body.
func (a *app) entry(kind string) shell.Command {
	return func(args []string) error {
		k, ok := docket.KindOf(kind)
		if !ok {
			return a.kinds()
		}
		if verb := looks[kind]; verb != "" {
			return shell.Usagef("minute: comity %s adds such an entry, if it may be", verb)
		}
		c := a.command(kind, cmp.Or(acts[kind], policy.Note), "the seat that notes it")
		body := k.New()
		whole := c.String("body", "", "the whole entry as JSON, instead of a flag for each member (- for standard input)")
		fill := typed.Members(c.FlagSet, body, nil)
		least, most := 1, 1
		if k.Party || kind == "call" || kind == "intake" { // who calls may belong to no matter
			least = 0
		}
		if k.Party {
			most = 0
		}
		words, err := shell.Parse(c.FlagSet, args, least, most, oneMatter)
		if err != nil {
			return err
		}
		if err := fill(); err != nil {
			return err
		}
		if err := a.whole(*whole, body); err != nil {
			return err
		}
		note := func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
			if act, ok := body.(*docket.Action); ok {
				if err := a.agrees(n, m, act); err != nil {
					return err
				}
			}
			if err := a.add(n, m, o.Seat, body); err != nil {
				return err
			}
			return a.Print(body, "noted: %s\n", k.Says.In(a.Lang))
		}
		if len(words) > 0 {
			return c.on(words[0], note)
		}
		return a.With(func(n *shell.Node) error {
			o, err := a.Officer(n, *c.seat)
			if err != nil {
				return err
			}
			return note(n, o, shell.MatterName{})
		})
	}
}

// whole reads an entry that is given as JSON.
func (a *app) whole(name string, body any) error {
	if name == "" {
		return nil
	}
	raw, err := a.ReadInput("body", name, form.MaxBody)
	if err != nil {
		return err
	}
	return form.Decode(raw, body)
}

// agrees holds a domestic action to the request: to its items, and to its word that
// the user must not be told.
func (a *app) agrees(n *shell.Node, m shell.MatterName, act *docket.Action) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		v, err := n.View(tx, m.Realm, m.Ref)
		if err != nil || v.Request == nil {
			return err
		}
		for i, id := range act.Items {
			if !slices.ContainsFunc(v.Items, func(it request.Item) bool { return it.ID == id }) {
				return comity.Fieldf(fmt.Sprintf("items[%d]", i), "the request has no item %q; comity show %s lists them", comity.Clip(id), m.Ref)
			}
		}
		if silent := v.Request.Confidentiality.NoUserNotice; silent != nil && *silent && act.UserNotice == "given" {
			return comity.Fieldf("user_notice", "%s asks that the user must not be told; say none, or delayed_until with a day", v.Opener)
		}
		return nil
	})
}

// screen answers lines of the asked side's sheet.
func (a *app) screen(args []string) error {
	c := a.command("screen", policy.Screen, "the seat that answers")
	note := c.String("note", "", "what was done about it, or how it will be found out")
	items := c.String("items", "", "the items it is about, separated by commas (default: all)")
	return c.sheet(args, "a matter, and a LINE with yes, no or unknown, or --rest no", func(line, answer string) any {
		return &docket.Screening{Line: line, Answer: answer, Items: typed.Split(*items), Note: *note}
	})
}

// protect answers lines of the sheet for the protection of sources.
func (a *app) protect(args []string) error {
	c := a.command("protect", policy.Protect, "the seat that answers")
	note := c.String("note", "", "how it is protected in what leaves")
	consent := c.String("consent", "", "the reference by which the third state agreed")
	return c.sheet(args, "a matter or draft, and a LINE with yes or no, or --rest no", func(line, answer string) any {
		return &docket.Protection{Line: line, Answer: answer, Note: *note, ConsentRef: *consent}
	})
}

// sheet answers one line of a sheet, or those that are open.
func (c command) sheet(args []string, what string, body func(line, answer string) any) error {
	rest := c.String("rest", "", "no: answer every line that is open with no")
	answers := c.String("answers", "", "many lines at once: a JSON list of answers (- for standard input)")
	words, err := shell.Parse(c.FlagSet, args, 1, 3, what)
	if err != nil {
		return err
	}
	if *rest != "" && *rest != "no" || len(words) == 2 || len(words) == 1 && *rest+*answers == "" {
		return shell.Usagef("%s: give a LINE and its answer, or --rest no, or --answers", c.Name())
	}
	a := c.app
	var many []any
	if *answers != "" {
		raw, err := a.ReadInput("answers", *answers, form.MaxBody)
		if err == nil {
			many, err = answered(raw, c.action == policy.Screen)
		}
		if err != nil {
			return err
		}
	}
	return c.on(words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		if len(words) == 3 {
			if err := a.add(n, m, o.Seat, body(words[1], words[2])); err != nil {
				return err
			}
		}
		if len(many) > 0 { // all or none
			err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
				for _, b := range many {
					if err := n.Minute(tx, m.Realm, m.Ref, o.Seat, b); err != nil {
						return err
					}
				}
				return tx.Journal(comity.At(a.Now()), "sheet", string(o.Seat), fmt.Sprintf("answered %d lines of a sheet of %s", len(many), m))
			})
			if err != nil {
				return err
			}
		}
		if *rest != "" {
			err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error { return n.Clear(tx, m.Realm, m.Ref, o.Seat, c.action == policy.Screen) })
			if err != nil {
				return err
			}
		}
		return a.file(n, m)
	})
}

// answered reads a list of answers to lines of a sheet.
func answered(raw []byte, screening bool) (list []any, err error) {
	var each []json.RawMessage
	if err := json.Unmarshal(raw, &each); err != nil || len(each) > 64 {
		return nil, comity.Fieldf("answers", "this is not a JSON list of at most 64 answers such as %s", `[{"line":"minor","answer":"no"}]`)
	}
	for _, one := range each {
		var b any = new(docket.Protection)
		if screening {
			b = new(docket.Screening)
		}
		if err := form.Decode(one, b); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// restrict says who alone may know of a matter.
func (a *app) restrict(args []string) error {
	c := a.command("restrict", policy.Note, "the seat that says so; it is admitted")
	add := c.String("add", "", "seats to admit, separated by commas")
	remove := c.String("remove", "", "seats to take off the list")
	cover := c.String("cover", "", "a cover title")
	lift := c.Bool("lift", false, "it is no longer restricted")
	return c.about(args, oneMatter, func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		b := &docket.Restrict{Restricted: "yes", Add: []comity.Seat{o.Seat}, CoverTitle: *cover}
		if *lift {
			b = &docket.Restrict{Restricted: "no"}
		}
		for _, s := range typed.Split(*add) {
			if comity.Seat(s) != o.Seat {
				b.Add = append(b.Add, comity.Seat(s))
			}
		}
		for _, s := range typed.Split(*remove) {
			b.Remove = append(b.Remove, comity.Seat(s))
		}
		d, err := a.read(n, m)
		if err == nil {
			err = docket.MayRestrict(d, *b)
		}
		if err == nil {
			err = a.add(n, m, o.Seat, b)
		}
		if err != nil {
			return err
		}
		return a.file(n, m)
	})
}

// docket prints a matter's file.
func (a *app) docket(args []string) error {
	c := a.command("docket", policy.Read, "the seat that reads")
	return c.about(args, oneMatter, func(n *shell.Node, _ *keyring.Officer, m shell.MatterName) error {
		if err := a.NoteReading(n, *c.seat, "read the file of "+m.String()); err != nil {
			return err
		}
		return a.file(n, m)
	})
}

// file prints what there is.
func (a *app) file(n *shell.Node, m shell.MatterName) error {
	var d docket.Docket
	var entries []docket.Entry
	var asked bool // a request to us is screened before it is decided; nothing else is
	var duties []gate.Duty
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
		if d, entries, err = n.Docket(tx, m.Realm, m.Ref); err != nil {
			return err
		}
		row, err := tx.Matter(m.Realm, m.Ref)
		switch {
		case errors.Is(err, comity.NotFound): // a draft of ours opens it
			return nil
		case err != nil || !shell.IsRequest(row.Kind):
			return err
		case row.Opener != n.Party:
			asked = true
			return nil
		}
		v, err := n.View(tx, m.Realm, m.Ref)
		duties = gate.Due(v, d, a.Now())
		return err
	})
	if err != nil {
		return err
	}
	out := filed{Docket: d, Asked: asked, Duties: duties, Entries: []filedEntry{}}
	for i, l := range docket.ScreeningLines() {
		out.Sheets.Screening = append(out.Sheets.Screening, line(l, d.Screening[i]))
	}
	for i, l := range docket.ProtectionLines() {
		out.Sheets.Protection = append(out.Sheets.Protection, line(l, d.Protection[i]))
	}
	p := &shell.Page{}
	p.Line("The file of %s: it never crosses", m.Ref)
	for _, e := range entries {
		k, _ := docket.KindOf(e.Kind)
		out.Entries = append(out.Entries, filedEntry{e.At, e.Seat, e.Kind, k.Says, e.Name, shell.Lines(e.Body)})
		p.Line("  %s  %s  %s%s", shell.UTC(e.At.Time), e.Seat, k.Says.In(a.Lang), shell.Maybe(" %s", e.Name))
		for _, l := range shell.Lines(e.Body) {
			p.Line("      %s", l)
		}
	}
	for _, r := range d.Waiting() {
		p.Line("%s (%s) waits for %s since %s", r.Is.ID, r.Is.Provider, r.Is.WaitingFor, shell.UTC(r.Since.Time))
	}
	if open := d.Screening.Open(); asked && len(open) > 0 {
		p.Line("screening, not answered: %s", strings.Join(open, " "))
	}
	if open := d.Protection.Open(); len(open) > 0 {
		p.Line("protection of sources, not answered: %s", strings.Join(open, " "))
	}
	for _, u := range duties {
		var ids []string
		for _, id := range u.Statements {
			ids = append(ids, id.Short())
		}
		overdue := ""
		if u.Overdue {
			overdue = "OVERDUE, "
		}
		p.Line("%s%s by %s (condition %s): comity erase %s --of %s", overdue, u.Condition.Kind, shell.UTC(u.Condition.By.Time), u.Condition.ID, m.Ref, strings.Join(ids, ","))
	}
	if d.Restriction.On {
		p.Line("restricted to %v", d.Restriction.Seats)
	}
	return a.Print(out, "%s", p)
}

// A filed docket is printed with what the fold has no place for.
type filed struct {
	docket.Docket
	Entries []filedEntry `json:"entries"` // in the order in which they were added
	Asked   bool         `json:"asked"`   // it is screened before it is decided
	Duties  []gate.Duty  `json:"duties"`  // what must be returned or destroyed
	Sheets  struct {
		Screening  []filedLine `json:"screening"`
		Protection []filedLine `json:"protection"`
	} `json:"sheets"`
}

type filedEntry struct {
	At   comity.Time `json:"at"`
	Seat comity.Seat `json:"seat"`
	Kind string      `json:"kind"`
	Says comity.Text `json:"says"`
	Name string      `json:"name"`
	Text []string    `json:"text"`
}

// A filedLine is a question of a sheet, and its answer: empty, if nobody answered it.
type filedLine struct {
	Line    string      `json:"line"`
	Asks    comity.Text `json:"asks"`
	Cite    string      `json:"cite"`
	Because string      `json:"because"`
	Answer  string      `json:"answer"`
	Items   []string    `json:"items"`
	Note    string      `json:"note"`
	Consent string      `json:"consent_ref"`
	By      comity.Seat `json:"by"`
	At      comity.Time `json:"at,omitzero"`
}

func line(l docket.Line, a docket.Answered) filedLine {
	return filedLine{l.ID, l.Asks, l.Cite, l.Because, a.Answer, a.Items, a.Note, a.ConsentRef, a.By, a.At}
}

// disclose notes a disclosure at home, if conditions and markings allow it.
func (a *app) disclose(args []string) error {
	c := a.command("disclose", policy.Read, "the seat that discloses")
	to := c.String("to", "", "court defence parliament data_subject archive")
	items := c.String("items", "", "items of the request, separated by commas; of a lead 1 is what was provided first")
	as := c.String("as", "", "for a purpose besides its receiver's: lead investigation evidence civil administrative onward company publication")
	consent := c.String("consent", "", "the reference of the other side's consent to this very use")
	informed := c.String("informed", "", "the reference by which the other side was told beforehand")
	confirm := c.Bool("confirm", false, "I have read the conditions that no machine can read, and they are met")
	return c.about(args, "one matter", func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		b := &docket.Disclosure{DisclosedTo: *to, Items: typed.Split(*items), ConsentRef: *consent}
		if err := form.Check(b); err != nil {
			return err
		}
		purposes := []string{*to}
		if *as != "" {
			purposes = append(purposes, *as) // no purpose makes a receiver another
		}
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			th, c, err := n.Thread(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			var v request.View
			if c.Opens() == casefile.OpensLead {
				v = gate.Lead(th)
			} else if v, err = n.View(tx, m.Realm, m.Ref); err != nil {
				return err
			}
			d, _, err := n.Docket(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			row, err := tx.Matter(m.Realm, m.Ref)
			if err == nil {
				err = n.MayGive(tx, policy.Disclose, row, *to, *consent != "", *confirm)
			}
			if err != nil {
				return err
			}
			var errs []error
			for _, p := range purposes {
				errs = append(errs, gate.MayUse(v, d, gate.Use{Me: n.Party, Items: b.Items, For: p, Consent: *consent, Informed: *informed, Confirmed: *confirm}, a.Now()))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			return a.NoteRefused(n, string(o.Seat), fmt.Sprintf("to disclose items %s of %s, for %s", strings.Join(b.Items, ", "), m.Ref, strings.Join(purposes, ", ")), err)
		}
		if err := a.add(n, m, o.Seat, b); err != nil {
			return err
		}
		return a.Print(b, "noted in the disclosure log of %s\n", m.Ref)
	})
}

// erase destroys contents; hashes and signatures stay, and so do all proofs.
func (a *app) erase(args []string) error {
	c := a.command("erase", policy.Erase, "the seat that erases")
	of := c.String("of", "", "the statements, by the beginnings of their ids, separated by commas")
	reason := c.String("reason", "", "why")
	told := c.String("peer-informed", "no", "yes no not_needed")
	return c.about(args, "one matter", func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		b := &docket.Erasure{Reason: *reason, PeerInformed: *told}
		err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
			b.Erased = nil // it may run twice
			d, _, err := n.Docket(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			th, _, err := n.Thread(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			var rows []thread.Row
			for _, w := range typed.Split(*of) {
				i := slices.IndexFunc(th.Timeline, func(r thread.Row) bool { return strings.HasPrefix(r.ID.String(), w) })
				if i < 0 || len(w) < 6 {
					return comity.Fieldf("of", "%q is not the beginning of a statement's id, of 6 and more; comity show %s lists them", comity.Clip(w), m.Ref)
				}
				rows, b.Erased = append(rows, th.Timeline[i]), append(b.Erased, th.Timeline[i].ID)
			}
			if err := gate.MayErase(d, n.Party, rows, a.Now()); err != nil {
				return err
			}
			if err := n.Minute(tx, m.Realm, m.Ref, o.Seat, b); err != nil {
				return err
			}
			for _, id := range b.Erased {
				if err := cabinet.Destroy(tx, m.Realm, m.Ref, id, n.Keeper.Kinds.Opens); err != nil {
					return err
				}
			}
			return tx.Journal(comity.At(a.Now()), "erase", string(o.Seat), fmt.Sprintf("erased the contents of %d statements of %s", len(b.Erased), m.Ref))
		})
		if err != nil {
			return err
		}
		if err := n.DB.Scrub(a.Ctx); err != nil {
			a.Note("they are erased, and may stand in the log of the record until it is written over: %v", err)
		}
		return a.Print(b, "erased the contents of %d statements; what proves them stays\n", len(b.Erased))
	})
}

// clean takes out of a file what can be taken out surely, and keeps both hashes.
func (a *app) clean(args []string) error {
	c := a.command("clean", policy.Note, "with --matter: the seat that notes it")
	out := c.String("out", "", "where to write the cleaned copy")
	overwrite := c.Bool("overwrite", false, "replace the file that --out names")
	matter := c.String("matter", "", "the matter or draft in whose file both hashes are kept")
	words, err := shell.Parse(c.FlagSet, args, 1, 1, "one FILE")
	if err != nil {
		return err
	}
	if *out == "" {
		return shell.Usagef("clean: name the copy with --out")
	}
	f, err := os.Open(words[0])
	if err != nil {
		return disk.Error("FILE", words[0], err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return disk.Error("FILE", words[0], err)
	}
	var changed []string
	err = disk.Write("out", *out, 0o600, *overwrite, func(w io.Writer) error {
		changed, err = metadata.Clean(st.Name(), f, st.Size(), w)
		return err
	})
	if err != nil {
		return err
	}
	before, err := hashOf(words[0])
	if err != nil {
		return err
	}
	after, err := hashOf(*out)
	if err != nil {
		return err
	}
	b := &docket.Cleaned{File: st.Name(), Before: before, After: after}
	if *matter != "" {
		err := c.on(*matter, func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error { return a.add(n, m, o.Seat, b) })
		if err != nil {
			return err
		}
	}
	return a.Print(map[string]any{"cleaned": b, "changed": changed}, "wrote %s: %s\nbefore %s\nafter  %s\n", *out, strings.Join(changed, ", "), before, after)
}

func hashOf(name string) (comity.Hash, error) {
	f, err := os.Open(name)
	if err != nil {
		return comity.Hash{}, disk.Error("FILE", name, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return comity.Hash{}, disk.Error("FILE", name, err)
	}
	return comity.Hash(h.Sum(nil)), nil
}

// letter writes the paper for a provider: of the order and our own action alone.
func (a *app) letter(args []string) error {
	c := a.command("letter", policy.Note, "the seat that writes it")
	id := c.String("action", "", "the domestic action, by its id")
	out := c.String("out", "", "the file to write: .pdf .docx .html or .txt")
	overwrite := c.Bool("overwrite", false, "replace the file that --out names")
	return c.about(args, "one matter", func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		var sections []docket.Section
		var act docket.Action
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			v, err := n.View(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			d, _, err := n.Docket(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(d.Actions, func(r docket.Running) bool { return r.Is.ID == *id })
			if i < 0 || v.Request == nil {
				return comity.Fieldf("action", "the file of %s has no action %q; comity action %s --id act1 … notes one", m.Ref, comity.Clip(*id), m.Ref)
			}
			act = d.Actions[i].Is
			order := v.Request.Order
			order.Items = nil
			for _, it := range v.Items { // as corrected
				order.Items = append(order.Items, it.Item)
			}
			sections, err = docket.Letter(order, act)
			return err
		})
		if err != nil {
			return err
		}
		return a.write(*out, *overwrite, paperOf(sections, act.OrderRef, "", m.Realm))
	})
}

// route says which of our agencies should have a matter, or notes which has.
func (a *app) route(args []string) error {
	c := a.command("route", policy.Route, "the seat that routes it")
	to := c.String("to", "", "the agency that has it now (default: say who is competent)")
	reason := c.String("reason", "", "why")
	return c.about(args, "one matter", func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		var v request.View
		var agency comity.Agency
		var why comity.Text
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if v, err = n.View(tx, m.Realm, m.Ref); err != nil || v.Request == nil {
				return err
			}
			peer := v.Opener
			if peer == n.Party {
				peer = v.Other
			}
			list, err := n.Directory(tx, m.Realm, peer)
			agency, why = docket.Route(*v.Request, n.Party, list)
			return err
		})
		if err != nil {
			return err
		}
		if *to == "" {
			return a.Print(map[string]any{"agency": agency, "why": why}, "%s: %s\n", cmp.Or(agency, "nobody"), why.In(a.Lang))
		}
		if *reason == "" {
			*reason = why.EN
		}
		if err := a.add(n, m, o.Seat, &docket.Routed{RoutedTo: *to, Reason: *reason}); err != nil {
			return err
		}
		return a.Print(map[string]any{"agency": *to}, "noted: %s has it\n", *to)
	})
}
