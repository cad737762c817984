// Package minutes is a party's own file at a terminal: what its officers note for
// themselves and never say abroad. Screening, protection of sources, domestic
// action and its papers, disclosure, retention, who may know of a matter at all.
package minutes

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"comity"
	"comity/casefile"
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
)

type app struct {
	*shell.App
	action policy.Action // what the command is, for the party's own policy
}

// Commands returns the verbs about the party's own file.
func Commands(s *shell.App) map[string]shell.Command {
	as := func(action policy.Action, of func(*app) shell.Command) shell.Command {
		a := &app{s, action}
		return func(args []string) error { return of(a)(args) }
	}
	a := &app{s, policy.Note}
	return map[string]shell.Command{
		"minute": a.minute, "screen": as(policy.Screen, func(a *app) shell.Command { return a.screen }), "protect": as(policy.Protect, func(a *app) shell.Command { return a.protect }), "restrict": a.restrict, "docket": as(policy.Read, func(a *app) shell.Command { return a.docket }),
		"disclose": a.disclose, "erase": a.erase, "clean": a.clean, "letter": a.letter, "route": as(policy.Route, func(a *app) shell.Command { return a.route }), "post": a.post, "posted": a.posted,
		"action": as(policy.Act, func(a *app) shell.Command { return a.entry("action") }), "retain": a.entry("retention"), "legal-hold": as(policy.Erase, func(a *app) shell.Command { return a.entry("legal_hold") }), "call": a.entry("call"), "calls": a.calls,
	}
}

// on opens a seat's key and a matter that it may know of. The words name the
// matter, or a draft that is of it.
func (a *app) on(seat, realm, name string, f func(*shell.Node, *keyring.Officer, shell.MatterName) error) error {
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, seat)
		if err != nil {
			return err
		}
		var m shell.MatterName
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if !strings.HasPrefix(name, "D-") {
				if m, err = shell.ParseMatter(realm, name); err != nil {
					return err
				}
				return n.May(tx, a.action, m.Realm, m.Ref)
			}
			d, err := tx.Draft(name)
			if err != nil {
				return err
			}
			m = shell.MatterName{Realm: d.Realm, Ref: d.Matter}
			hidden, err := n.Hides(tx, d)
			if err == nil && hidden {
				err = store.Absent("draft %q", comity.Clip(name))
			}
			return err
		})
		if err != nil {
			return err
		}
		return f(n, o, m)
	})
}

// add adds entries to a matter's file, and says so in the journal.
func (a *app) add(n *shell.Node, m shell.MatterName, seat comity.Seat, bodies ...any) error {
	return n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
		for _, b := range bodies {
			if err := n.Minute(tx, m.Realm, m.Ref, seat, b); err != nil {
				return err
			}
		}
		for _, b := range bodies {
			if c, ok := b.(*docket.Call); ok && c.Identity.Result == "bad" {
				if err := tx.Journal(comity.At(a.Now()), "alarm", string(seat), "a caller on "+c.Number+" claimed to be "+c.Speaker+" and failed the proof"); err != nil {
					return err
				}
			}
		}
		return tx.Journal(comity.At(a.Now()), "minute", string(seat), fmt.Sprintf("added %d entries to the file of %s", len(bodies), m.Ref))
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

// entry makes a command of a kind of entry, a flag for each member of its body.
func (a *app) entry(kind string) shell.Command {
	return func(args []string) error {
		k, ok := docket.KindOf(kind)
		if !ok {
			return a.kinds()
		}
		fs := a.Flags(kind)
		seat := fs.String("seat", "", "the seat that notes it")
		realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
		body := k.New()
		fill := shell.Members(fs, body, nil)
		least, most := 1, 1
		if k.Party || kind == "call" { // who calls may belong to no matter
			least = 0
		}
		if k.Party {
			most = 0
		}
		words, err := shell.Parse(fs, args, least, most, oneMatter)
		if err != nil {
			return err
		}
		if err := fill(); err != nil {
			return err
		}
		done := func() error {
			return a.Print(body, "noted: %s\n", k.Says.In(a.Lang))
		}
		if len(words) == 0 {
			return a.With(func(n *shell.Node) error {
				o, err := a.Officer(n, *seat)
				if err != nil {
					return err
				}
				if err := a.add(n, shell.MatterName{}, o.Seat, body); err != nil {
					return err
				}
				return done()
			})
		}
		return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
			if act, ok := body.(*docket.Action); ok {
				if err := a.agrees(n, m, act); err != nil {
					return err
				}
			}
			if err := a.add(n, m, o.Seat, body); err != nil {
				return err
			}
			return done()
		})
	}
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
	fs := a.Flags("screen")
	note := fs.String("note", "", "what was done about it, or how it will be found out")
	items := fs.String("items", "", "the items it is about, separated by commas (default: all)")
	return a.sheet(fs2{fs.Name(), fs.String("seat", "", "the seat that answers"), fs.String("realm", string(comity.Live), "live, or exercise:NAME"), fs.String("rest", "", "no: answer every line that is open with no")},
		func() ([]string, error) {
			return shell.Parse(fs, args, 1, 3, "a matter, and a LINE with yes, no or unknown, or --rest no")
		}, true, func(line, answer string) any {
			return &docket.Screening{Line: line, Answer: answer, Items: shell.Split(*items), Note: *note}
		})
}

// protect answers lines of the sheet for the protection of sources.
func (a *app) protect(args []string) error {
	fs := a.Flags("protect")
	note := fs.String("note", "", "how it is protected in what leaves")
	consent := fs.String("consent", "", "the reference by which the third state agreed")
	return a.sheet(fs2{fs.Name(), fs.String("seat", "", "the seat that answers"), fs.String("realm", string(comity.Live), "live, or exercise:NAME"), fs.String("rest", "", "no: answer every line that is open with no")},
		func() ([]string, error) {
			return shell.Parse(fs, args, 1, 3, "a matter or draft, and a LINE with yes or no, or --rest no")
		}, false, func(line, answer string) any {
			return &docket.Protection{Line: line, Answer: answer, Note: *note, ConsentRef: *consent}
		})
}

// fs2 has the flags that both sheets share.
type fs2 struct {
	name              string
	seat, realm, rest *string
}

func (a *app) sheet(f fs2, parse func() ([]string, error), screening bool, body func(line, answer string) any) error {
	words, err := parse()
	if err != nil {
		return err
	}
	if *f.rest != "" && *f.rest != "no" || len(words) == 2 || len(words) == 1 && *f.rest == "" {
		return shell.Usagef("%s: give a LINE and its answer, or --rest no", f.name)
	}
	return a.on(*f.seat, *f.realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		if len(words) == 3 {
			if err := a.add(n, m, o.Seat, body(words[1], words[2])); err != nil {
				return err
			}
		}
		if *f.rest != "" {
			err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error { return n.Clear(tx, m.Realm, m.Ref, o.Seat, screening) })
			if err != nil {
				return err
			}
		}
		return a.file(n, m)
	})
}

// restrict says who alone may know of a matter.
func (a *app) restrict(args []string) error {
	fs := a.Flags("restrict")
	seat := fs.String("seat", "", "the seat that says so; it is admitted")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	add := fs.String("add", "", "seats to admit, separated by commas")
	remove := fs.String("remove", "", "seats to take off the list")
	cover := fs.String("cover", "", "a cover title")
	lift := fs.Bool("lift", false, "it is no longer restricted")
	words, err := shell.Parse(fs, args, 1, 1, oneMatter)
	if err != nil {
		return err
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		b := &docket.Restrict{Restricted: "yes", Add: []comity.Seat{o.Seat}, CoverTitle: *cover}
		if *lift {
			b = &docket.Restrict{Restricted: "no"}
		}
		for _, s := range shell.Split(*add) {
			if comity.Seat(s) != o.Seat {
				b.Add = append(b.Add, comity.Seat(s))
			}
		}
		for _, s := range shell.Split(*remove) {
			b.Remove = append(b.Remove, comity.Seat(s))
		}
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			d, _, err := n.Docket(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			return docket.MayRestrict(d, *b)
		})
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
	fs := a.Flags("docket")
	seat := fs.String("seat", "", "the seat that reads")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	words, err := shell.Parse(fs, args, 1, 1, oneMatter)
	if err != nil {
		return err
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		if err := a.NoteReading(n, *seat, "read the file of "+m.String()); err != nil {
			return err
		}
		return a.file(n, m)
	})
}

// file prints what there is.
func (a *app) file(n *shell.Node, m shell.MatterName) error {
	var d docket.Docket
	var entries []docket.Entry
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
		d, entries, err = n.Docket(tx, m.Realm, m.Ref)
		return err
	})
	if err != nil {
		return err
	}
	p := &shell.Page{}
	p.Line("The file of %s: it never crosses", m.Ref)
	for _, e := range entries {
		k, _ := docket.KindOf(e.Kind)
		p.Line("  %s  %s  %s%s", shell.UTC(e.At.Time), e.Seat, k.Says.In(a.Lang), shell.Maybe(" %s", e.Name))
		for _, l := range shell.Lines(e.Body) {
			p.Line("      %s", l)
		}
	}
	for _, r := range d.Waiting() {
		p.Line("%s (%s) waits for %s since %s", r.Is.ID, r.Is.Provider, r.Is.WaitingFor, shell.UTC(r.Since.Time))
	}
	if open := d.Screening.Open(); len(open) > 0 {
		p.Line("screening, not answered: %s", strings.Join(open, " "))
	}
	if open := d.Protection.Open(); len(open) > 0 {
		p.Line("protection of sources, not answered: %s", strings.Join(open, " "))
	}
	if d.Restriction.On {
		p.Line("restricted to %v", d.Restriction.Seats)
	}
	return a.Print(d, "%s", p)
}

// disclose notes a disclosure at home, if conditions and markings allow it.
func (a *app) disclose(args []string) error {
	fs := a.Flags("disclose")
	seat := fs.String("seat", "", "the seat that discloses")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	to := fs.String("to", "", "court defence parliament data_subject archive")
	items := fs.String("items", "", "items of the request, separated by commas; of a lead 1 is what was provided first")
	as := fs.String("as", "", "for another purpose than its receiver's: lead investigation evidence civil administrative onward company publication")
	consent := fs.String("consent", "", "the reference of the other side's consent to this very use")
	informed := fs.String("informed", "", "the reference by which the other side was told beforehand")
	confirm := fs.Bool("confirm", false, "I have read the conditions that no machine can read, and they are met")
	words, err := shell.Parse(fs, args, 1, 1, "one matter")
	if err != nil {
		return err
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		b := &docket.Disclosure{DisclosedTo: *to, Items: shell.Split(*items), ConsentRef: *consent}
		if err := form.Check(b); err != nil {
			return err
		}
		purpose := *as
		if purpose == "" {
			purpose = *to
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
			if err == nil {
				err = n.MayDisclose(tx, m.Realm, m.Ref, *to, *consent != "", *confirm)
			}
			if err != nil {
				return err
			}
			return gate.MayUse(v, d, gate.Use{Me: n.Party, Items: b.Items, For: purpose, To: *to, Consent: *consent, Informed: *informed, Confirmed: *confirm}, a.Now())
		})
		if err != nil {
			return a.refused(n, m, o.Seat, fmt.Sprintf("to disclose items %s of %s, for %s", strings.Join(b.Items, ", "), m.Ref, purpose), err)
		}
		if err := a.add(n, m, o.Seat, b); err != nil {
			return err
		}
		return a.Print(b, "noted in the disclosure log of %s\n", m.Ref)
	})
}

// refused notes at home what conditions or markings did not allow.
func (a *app) refused(n *shell.Node, m shell.MatterName, seat comity.Seat, what string, why error) error {
	if errors.Is(why, comity.NotFound) {
		return why // it says nothing of this matter
	}
	err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
		return tx.Journal(comity.At(a.Now()), "gate", string(seat), "was refused "+what)
	})
	return errors.Join(why, err)
}

// erase destroys contents; hashes and signatures stay, and so do all proofs.
func (a *app) erase(args []string) error {
	fs := a.Flags("erase")
	seat := fs.String("seat", "", "the seat that erases")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	of := fs.String("of", "", "the statements, by the beginnings of their ids, separated by commas")
	reason := fs.String("reason", "", "why")
	told := fs.String("peer-informed", "no", "yes no not_needed")
	words, err := shell.Parse(fs, args, 1, 1, "one matter")
	if err != nil {
		return err
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		b := &docket.Erasure{Reason: *reason, PeerInformed: *told}
		err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
			d, _, err := n.Docket(tx, m.Realm, m.Ref)
			if err == nil {
				err = n.May(tx, policy.Erase, m.Realm, m.Ref)
			}
			if err != nil {
				return err
			}
			if err := gate.MayErase(d, a.Now()); err != nil {
				return err
			}
			th, _, err := n.Thread(tx, m.Realm, m.Ref)
			if err != nil {
				return err
			}
			for _, w := range shell.Split(*of) {
				i := slices.IndexFunc(th.Timeline, func(r thread.Row) bool { return strings.HasPrefix(r.ID.String(), w) })
				if i < 0 || len(w) < 6 {
					return comity.Fieldf("of", "%q is not the beginning of a statement's id, of 6 and more; comity show %s lists them", comity.Clip(w), m.Ref)
				}
				if d.Erased(th.Timeline[i].ID) {
					return comity.Errorf(comity.Conflict, "%s was erased already", th.Timeline[i].ID.Short())
				}
				b.Erased = append(b.Erased, th.Timeline[i].ID)
			}
			if err := n.Minute(tx, m.Realm, m.Ref, o.Seat, b); err != nil {
				return err
			}
			for _, id := range b.Erased {
				if err := n.Erase(tx, m.Realm, m.Ref, id); err != nil {
					return err
				}
			}
			return tx.Journal(comity.At(a.Now()), "erase", string(o.Seat), fmt.Sprintf("erased the contents of %d statements of %s", len(b.Erased), m.Ref))
		})
		if err != nil {
			return err
		}
		return a.Print(b, "erased the contents of %d statements; what proves them stays\n", len(b.Erased))
	})
}

// clean takes out of a file what can be taken out surely, and keeps both hashes.
func (a *app) clean(args []string) error {
	fs := a.Flags("clean")
	out := fs.String("out", "", "where to write the cleaned copy")
	overwrite := fs.Bool("overwrite", false, "replace the file that --out names")
	matter := fs.String("matter", "", "the matter or draft in whose file both hashes are kept")
	seat := fs.String("seat", "", "with --matter: the seat that notes it")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	words, err := shell.Parse(fs, args, 1, 1, "one FILE")
	if err != nil {
		return err
	}
	if *out == "" {
		return shell.Usagef("clean: name the copy with --out")
	}
	f, err := os.Open(words[0])
	if err != nil {
		return shell.FileError("FILE", words[0], err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return shell.FileError("FILE", words[0], err)
	}
	var changed []string
	err = shell.WriteFile("out", *out, 0o600, *overwrite, func(w io.Writer) error {
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
		err := a.on(*seat, *realm, *matter, func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error { return a.add(n, m, o.Seat, b) })
		if err != nil {
			return err
		}
	}
	return a.Print(map[string]any{"cleaned": b, "changed": changed}, "wrote %s: %s\nbefore %s\nafter  %s\n", *out, strings.Join(changed, ", "), before, after)
}

func hashOf(name string) (comity.Hash, error) {
	f, err := os.Open(name)
	if err != nil {
		return comity.Hash{}, shell.FileError("FILE", name, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return comity.Hash{}, shell.FileError("FILE", name, err)
	}
	return comity.Hash(h.Sum(nil)), nil
}

// letter writes the paper for a provider: of the order and our own action alone.
func (a *app) letter(args []string) error {
	fs := a.Flags("letter")
	seat := fs.String("seat", "", "the seat that writes it")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	id := fs.String("action", "", "the domestic action, by its id")
	out := fs.String("out", "", "the file to write: .pdf .docx .html or .txt")
	overwrite := fs.Bool("overwrite", false, "replace the file that --out names")
	words, err := shell.Parse(fs, args, 1, 1, "one matter")
	if err != nil {
		return err
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
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
	fs := a.Flags("route")
	seat := fs.String("seat", "", "the seat that routes it")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	to := fs.String("to", "", "the agency that has it now (default: say who is competent)")
	reason := fs.String("reason", "", "why")
	words, err := shell.Parse(fs, args, 1, 1, "one matter")
	if err != nil {
		return err
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
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
			return a.Print(map[string]any{"agency": agency, "why": why}, "%s: %s\n", agencyOr(agency), why.In(a.Lang))
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

func agencyOr(a comity.Agency) string {
	if a == "" {
		return "nobody"
	}
	return string(a)
}
