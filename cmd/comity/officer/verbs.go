package officer

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/desk"
	"comity/guide"
	"comity/keyring"
	"comity/request"
	"comity/shell"
	"comity/store"
)

// A saying is the flags of every verb that makes a statement.
type saying struct {
	fs     *flag.FlagSet
	seat   *string
	sole   *bool
	why    *string
	file   *string
	realm  *string
	tlp    *string
	reason string // the flag --reason, where the verb has one of its own
}

func (a *app) saying(name string) *saying {
	fs := a.Flags(name)
	return &saying{
		fs:    fs,
		seat:  fs.String("seat", "", "the seat that says it, and signs"),
		sole:  fs.Bool("sole", false, "release alone, in an emergency; a countersignature is due"),
		why:   fs.String("sole-reason", "", "why it is released alone"),
		file:  fs.String("file", "", "the whole body as JSON, instead of flags; - is standard input"),
		realm: fs.String("realm", string(comity.Live), "live, or exercise:NAME"),
		tlp:   fs.String("tlp", "AMBER", "marking: CLEAR GREEN AMBER AMBER+STRICT RED"),
	}
}

// say makes a statement in a matter: a draft that its author has signed, or, of
// what one seat may release, the statement itself.
func (a *app) say(s *saying, ref string, kind comity.Kind, body any) error {
	return a.with(func(n *node) error {
		r, err := comity.ParseRef(ref)
		if err != nil {
			return err
		}
		realm, err := comity.ParseRealm(*s.realm)
		if err != nil {
			return err
		}
		b, err := a.body(*s.file, kind, body)
		if err != nil {
			return err
		}
		o, err := a.Officer(n.Node, *s.seat)
		if err != nil {
			return err
		}
		w := desk.Word{Officer: o, Sole: *s.sole, Reason: *s.why}
		return a.begin(n, desk.New{Matter: r, Realm: realm, Kind: kind, Body: b, Marking: comity.Marking{TLP: *s.tlp}}, w)
	})
}

func (a *app) body(file string, kind comity.Kind, body any) ([]byte, error) {
	if file != "" {
		b, err := a.ReadInput(file, request.MaxBody)
		if err != nil {
			return nil, err
		}
		if body, err = request.Decode(kind, b); err != nil {
			return nil, err
		}
	}
	if err := request.Check(body); err != nil {
		return nil, err
	}
	return request.Encode(body)
}

func (a *app) begin(n *node, d desk.New, w desk.Word) error {
	alone := w.Sole || n.Keeper.Kinds.Table.Fact(d.Kind)
	var out desk.Draft
	var err error
	if alone {
		out, err = n.desk.Release(a.Ctx, d, w)
	} else if out, err = n.desk.Begin(a.Ctx, w.Officer.Seat, d); err == nil {
		out, err = n.desk.Approve(a.Ctx, out.ID, w)
	}
	if err != nil {
		if out.ID != "" {
			fmt.Fprintf(a.Stderr, "comity: not released; the text is kept as %s\n", out.ID)
		}
		return err
	}
	return a.printDraft(out)
}

func (a *app) printDraft(d desk.Draft) error { return a.Print(d, "%s\n", draftText(d)) }

func draftText(d desk.Draft) string {
	s := fmt.Sprintf("%s  %s in %s to %s  %s", d.ID, d.Kind, d.Matter, d.Peer, d.Status)
	if len(d.Files) > 0 {
		s += fmt.Sprintf("  %d files", len(d.Files))
	}
	if len(d.Signed) > 0 {
		s += "  signed by"
		for _, x := range d.Signed {
			s += " " + string(x)
		}
	}
	for _, l := range request.Lines(d.Body) {
		s += "\n  " + shell.Plain(l)
	}
	for _, f := range d.Files {
		s += fmt.Sprintf("\n  file %s, %d bytes", shell.Plain(f.Name), f.Size)
	}
	switch {
	case d.Status == desk.Released:
		s += fmt.Sprintf("\nreleased %s as %s; the node takes it to %s", d.Sent.Short(), d.Release.Class, d.Peer)
		if d.Release.Due != nil {
			s += fmt.Sprintf("\ncountersign due %s: comity countersign %s --of %s", d.Release.Due.UTC().Format("2006-01-02 15:04 UTC"), d.Matter, d.Sent.Short())
		}
	case d.Status == desk.Dropped:
	case len(d.Signed) == 0:
		s += fmt.Sprintf("\nnot signed: comity approve %s --seat SEAT", d.ID)
	case len(d.Signed) == 1 && d.Release.Class == comity.Dual:
		s += fmt.Sprintf("\nanother seat must sign: comity approve %s --seat SEAT --send", d.ID)
	default:
		s += fmt.Sprintf("\nready: comity send %s", d.ID)
	}
	if d.Why != "" {
		s += "\n" + d.Why
	}
	return s
}

// draft begins a request.
func (a *app) draft(args []string) error {
	s := a.saying("draft")
	to := s.fs.String("to", "", "the party that is asked")
	show := s.fs.Bool("example", false, "print a complete request to begin from")
	words, err := shell.Parse(s.fs, args, 0, 1, "one FILE, or --example")
	if err != nil {
		return err
	}
	if *show {
		b, err := json.MarshalIndent(exampleRequest(), "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.Stdout, "%s\n", b)
		return err
	}
	if len(words) == 0 {
		return shell.Usagef("draft: name the FILE with the request; comity draft --example prints one")
	}
	p, err := comity.ParseParty(*to)
	if err != nil {
		return &comity.Error{Kind: comity.Invalid, Field: "to", Text: fmt.Sprintf("%q is not a party such as %q", comity.Clip(*to), "cn")}
	}
	return a.with(func(n *node) error {
		realm, err := comity.ParseRealm(*s.realm)
		if err != nil {
			return err
		}
		b, err := a.body(words[0], request.Opens, nil)
		if err != nil {
			return err
		}
		o, err := a.Officer(n.Node, *s.seat)
		if err != nil {
			return err
		}
		d, err := n.desk.Begin(a.Ctx, o.Seat, desk.New{To: p, Realm: realm, Kind: request.Opens, Body: b, Marking: comity.Marking{TLP: *s.tlp}})
		if err != nil {
			return err
		}
		if id := d.ID; *s.sole {
			if d, err = n.desk.Approve(a.Ctx, d.ID, desk.Word{Officer: o, Sole: true, Reason: *s.why}); err == nil {
				d, err = n.desk.Send(a.Ctx, d.ID)
			}
			if err != nil {
				fmt.Fprintf(a.Stderr, "comity: not released; the text is kept as %s\n", id)
				return err
			}
		}
		return a.printDraft(d)
	})
}

// exampleRequest is complete, and about nobody: its address is one that is
// kept for documentation, so only an exercise would let it leave.
func exampleRequest() guide.Preservation {
	yes := true
	return guide.Preservation{
		Authority: guide.Authority{Agency: "us-24-7", Seat: "us-24-7-01"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Offence: guide.Offence{Category: "hacking", Description: "unauthorised access to a server of a hospital and encryption of its records",
			Provision: "18 U.S.C. § 1030(a)(5)", Penalty: "up to 10 years"},
		Facts: "On 2026-11-20 at 00:52:09 UTC the server of a hospital in Ohio was entered from the address below.",
		Items: []guide.Item{{ID: "1", Type: "ipv4", Value: "203.0.113.77", Port: 51514, From: "2026-11-20T00:52:00Z", To: "2026-11-20T00:53:00Z",
			Data: "traffic", Relationship: "the address from which the server was entered"}},
		Custodian: "the provider of the address", Necessity: "the provider keeps its logs for 30 days",
		FollowUp:        guide.FollowUp{Intended: &yes, Planned: "2026-12-20"},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "the investigation is not public"},
		Priority:        "P1", Reference: "OUR-2026-1187", Language: "en",
	}
}

// check says what a request still lacks.
func (a *app) check(args []string) error {
	fs := a.Flags("check")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	words, err := shell.Parse(fs, args, 1, 1, "one FILE or DRAFT")
	if err != nil {
		return err
	}
	var b []byte
	r := comity.Realm(*realm)
	if strings.HasPrefix(words[0], "D-") {
		err = a.with(func(n *node) error {
			d, err := n.desk.Draft(a.Ctx, words[0])
			if err == nil && d.Kind != request.Opens {
				err = comity.Fieldf("DRAFT", "%s is a %s; the guidelines are about requests", d.ID, d.Kind)
			}
			b, r = d.Body, d.Realm
			return err
		})
	} else {
		b, err = a.ReadInput(words[0], request.MaxBody)
	}
	if err != nil {
		return err
	}
	body, err := request.Decode(request.Opens, b)
	if err != nil {
		return err
	}
	if err := request.Check(body); err != nil {
		return err
	}
	findings := desk.Findings(*body.(*guide.Preservation), r, a.Now())
	text := "nothing is missing\n"
	if len(findings) > 0 {
		text = ""
	}
	for _, f := range findings {
		text += fmt.Sprintf("%-5s %-11s %s: %s\n      %s\n      %s %s\n", f.Severity, f.Rule, f.Field, f.Wrong, f.Do, f.Cite, f.Mark())
	}
	if findings == nil {
		findings = []guide.Finding{}
	}
	if err := a.Print(findings, "%s", text); err != nil {
		return err
	}
	if guide.Blocks(findings) {
		return comity.Errorf(comity.Invalid, "the request cannot be released as it is")
	}
	return nil
}

// one parses the flags of a verb about one matter.
func (s *saying) one(args []string) (string, error) {
	words, err := shell.Parse(s.fs, args, 1, 1, "one matter, such as US-2026-000001")
	if err != nil {
		return "", err
	}
	return words[0], nil
}

// statementOf finds a statement of a matter by the beginning of its id; with
// none, the last one of the kind that pick wants.
func (a *app) statementOf(ref, id string, realm string, pick func(store.Statement, comity.Party) bool) (comity.Hash, error) {
	var found []comity.Hash
	err := a.with(func(n *node) error {
		r, err := comity.ParseRef(ref)
		if err != nil {
			return err
		}
		var rows []store.Statement
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			if _, err := tx.Matter(comity.Realm(realm), r); err != nil {
				return err
			}
			rows, err = tx.StatementsOf(comity.Realm(realm), r)
			return err
		})
		for _, s := range rows {
			switch {
			case id != "" && strings.HasPrefix(s.ID.String(), id):
				found = append(found, s.ID)
			case id == "" && pick(s, n.Party):
				found = []comity.Hash{s.ID}
			}
		}
		return err
	})
	if err != nil {
		return comity.Hash{}, err
	}
	if len(found) != 1 {
		return comity.Hash{}, comity.Fieldf("of", "%q names %d statements of %s; comity show %s lists them", comity.Clip(id), len(found), ref, ref)
	}
	return found[0], nil
}

func (a *app) acknowledge(args []string) error {
	s := a.saying("acknowledge")
	of := s.fs.String("of", "", "the statement (default: the peer's last)")
	reference := s.fs.String("reference", "", "our own file number")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	id, err := a.statementOf(ref, *of, *s.realm, func(st store.Statement, me comity.Party) bool { return st.Author != me && st.Move })
	if err != nil {
		return err
	}
	return a.say(s, ref, "acknowledge", &request.Acknowledge{Statement: id, Reference: *reference})
}

func (a *app) ask(args []string) error {
	s := a.saying("ask")
	field := s.fs.String("field", "", "the member of the request that is unclear, such as items[0].from")
	text := s.fs.String("text", "", "the question")
	rule := s.fs.String("rule", "", "the guideline it rests on, such as C11")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	return a.say(s, ref, "ask", &request.Ask{Questions: []request.Question{{Field: *field, Rule: *rule, Text: *text}}})
}

func (a *app) supplement(args []string) error {
	s := a.saying("supplement")
	field := s.fs.String("field", "", "the member of the request, such as items[0].from")
	text := s.fs.String("text", "", "what was missing")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	return a.say(s, ref, "supplement", &request.Supplement{Replies: []request.Reply{{Field: *field, Text: *text}}})
}

func (a *app) accept(args []string) error {
	s := a.saying("accept")
	reference := s.fs.String("reference", "", "our own file number")
	expected := s.fs.String("expected", "", "when an answer is likely, such as 2026-11-25T12:00:00Z")
	condition := s.fs.String("condition", "", "what binds the use of the answer")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	b := &request.Accept{Reference: *reference}
	if *expected != "" {
		if b.Expected, err = moment("expected", *expected); err != nil {
			return err
		}
	}
	if *condition != "" {
		b.Conditions = []request.Condition{{ID: "c1", Text: *condition}}
	}
	return a.say(s, ref, "accept", b)
}

// moment reads a time that an officer typed.
func moment(field, s string) (comity.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return comity.At(t), nil
		}
	}
	return comity.Time{}, comity.Fieldf(field, "%q is not a time such as %q or %q", comity.Clip(s), "2026-11-25T12:00:00Z", "2026-11-25")
}

func (a *app) answer(args []string) error {
	s := a.saying("answer")
	partial := s.fs.Bool("partial", false, "more will follow")
	final := s.fs.Bool("final", false, "nothing more is owed (the rule)")
	item := s.fs.String("item", "", "one item's id, with --result")
	result := s.fs.String("result", "", "preserved no_record not_ours gone refused")
	until := s.fs.String("until", "", "of a preserved item: how long it is held")
	reference := s.fs.String("reference", "", "the provider's reference")
	use := s.fs.String("use", "lead_only", "lead_only investigation evidence")
	ground := s.fs.String("ground", "", "of a refused item")
	text := s.fs.String("text", "", "a remark")
	attach := s.fs.String("attach", "", "files to attach, separated by commas")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	if *partial && *final {
		return shell.Usagef("answer: it is either --partial or --final")
	}
	kind := comity.Kind("answer")
	if *partial {
		kind = "answer.partial"
	}
	b := &request.Answer{Text: *text}
	for _, id := range shell.Split(*item) {
		r := request.Result{Item: id, Result: *result, Reference: *reference, Use: *use, Ground: *ground}
		if *ground != "" {
			b.Basis = guide.Default
		}
		if *until != "" {
			r.HoldFrom = comity.At(a.Now())
			if r.HoldUntil, err = moment("until", *until); err != nil {
				return err
			}
		}
		b.Results = append(b.Results, r)
	}
	if *s.file != "" {
		raw, err := a.ReadInput(*s.file, request.MaxBody)
		if err != nil {
			return err
		}
		body, err := request.Decode(kind, raw)
		if err != nil {
			return err
		}
		b, *s.file = body.(*request.Answer), ""
	}
	if err := a.answers(ref, *s.realm, b, kind == "answer"); err != nil {
		return err
	}
	if *attach == "" {
		return a.say(s, ref, kind, b)
	}
	return a.sayWith(s, ref, kind, b, strings.Split(*attach, ","))
}

// answers checks that an answer is about items of the request, and that a final
// one forgets none.
func (a *app) answers(ref, realm string, b *request.Answer, final bool) error {
	m, err := shell.ParseMatter(realm, ref)
	if err != nil {
		return err
	}
	var v request.View
	err = a.with(func(n *node) error {
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			v, err = n.View(tx, m.Realm, m.Ref)
			return err
		})
	})
	if err != nil || v.Request == nil {
		return err
	}
	open := map[string]bool{}
	var ids []string
	for _, it := range v.Items {
		open[it.ID] = it.Result == "open"
		ids = append(ids, it.ID)
	}
	for _, r := range b.Results {
		if _, ok := open[r.Item]; !ok {
			return comity.Fieldf("item", "the request has no item %q; it has %s", comity.Clip(r.Item), strings.Join(ids, ", "))
		}
		open[r.Item] = false
	}
	var left []string
	for _, id := range ids {
		if open[id] {
			left = append(left, id)
		}
	}
	if final && len(left) > 0 {
		return comity.Fieldf("item", "the answer ends what is owed and says nothing of item %s; give a result for each, or answer with --partial", strings.Join(left, ", "))
	}
	return nil
}

// sayWith is say with files: they are attached before the author signs.
func (a *app) sayWith(s *saying, ref string, kind comity.Kind, body any, files []string) error {
	return a.with(func(n *node) error {
		r, err := comity.ParseRef(ref)
		if err != nil {
			return err
		}
		b, err := a.body(*s.file, kind, body)
		if err != nil {
			return err
		}
		o, err := a.Officer(n.Node, *s.seat)
		if err != nil {
			return err
		}
		d, err := n.desk.Begin(a.Ctx, o.Seat, desk.New{Matter: r, Realm: comity.Realm(*s.realm), Kind: kind, Body: b, Marking: comity.Marking{TLP: *s.tlp}})
		if err != nil {
			return err
		}
		if d, err = a.attachAll(n, o, d, files); err != nil {
			return err
		}
		w := desk.Word{Officer: o, Sole: *s.sole, Reason: *s.why}
		if d, err = n.desk.Approve(a.Ctx, d.ID, w); err == nil && *s.sole {
			d, err = n.desk.Send(a.Ctx, d.ID)
		}
		if err != nil {
			return err
		}
		return a.printDraft(d)
	})
}

func (a *app) attachAll(n *node, o *keyring.Officer, d desk.Draft, files []string) (desk.Draft, error) {
	for _, name := range files {
		if st, err := os.Stat(name); err != nil {
			return d, comity.Fieldf("attach", "%v", err)
		} else if !st.Mode().IsRegular() {
			return d, comity.Fieldf("attach", "%s is not a file but a %s", name, st.Mode().Type())
		}
		f, err := os.Open(name)
		if err != nil {
			return d, comity.Fieldf("attach", "%v", err)
		}
		media, _, _ := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(name)))
		if media == "" {
			media = "application/octet-stream"
		}
		d, err = n.desk.Attach(a.Ctx, o.Seat, o.Box, d.ID, filepath.Base(name), media, a.Progress(f, filepath.Base(name)))
		f.Close()
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

func (a *app) attach(args []string) error {
	fs := a.Flags("attach")
	seat := fs.String("seat", "", "the seat that attaches")
	words, err := shell.Parse(fs, args, 2, -1, "a DRAFT and its FILES")
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		o, err := a.Officer(n.Node, *seat)
		if err != nil {
			return err
		}
		d, err := n.desk.Draft(a.Ctx, words[0])
		if err != nil {
			return err
		}
		if d, err = a.attachAll(n, o, d, words[1:]); err != nil {
			return err
		}
		return a.printDraft(d)
	})
}

func (a *app) refuse(args []string) error {
	s := a.saying("refuse")
	b := &request.Refuse{}
	s.fs.StringVar(&b.Basis, "basis", guide.Default, "the basis whose grounds are used")
	s.fs.StringVar(&b.Ground, "ground", "", "one of the basis' grounds, such as essential_interests")
	s.fs.StringVar(&b.Reasons, "reason", "", "the reasons")
	s.fs.BoolVar(&b.NoFurtherReasons, "no-further-reasons", false, "none can be given")
	s.fs.StringVar(&b.Consultation.State, "consultation", "", "asked, held or waived")
	s.fs.StringVar(&b.Consultation.Reason, "waived-because", "", "if waived, why")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	return a.say(s, ref, "refuse", b)
}

// extend is the asker's word about the hold, or the asked side's about its
// deadline: which, the reference tells.
func (a *app) extend(args []string) error {
	s := a.saying("extend")
	until := s.fs.String("until", "", "the new end, such as 2027-02-20")
	reason := s.fs.String("reason", "", "why")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	c, err := a.Config()
	if err != nil {
		return err
	}
	t, err := moment("until", *until)
	if err != nil {
		return err
	}
	if !t.After(a.Now()) {
		return comity.Fieldf("until", "%s has been; give a time to come, such as %q", *until, "2027-02-20")
	}
	if comity.Ref(ref).Opener() == c.Party {
		return a.say(s, ref, "extend.hold", &request.ExtendHold{Until: t, Reason: *reason})
	}
	return a.say(s, ref, "extend.deadline", &request.ExtendDeadline{Until: t, Reason: *reason})
}

func (a *app) reasoned(name string, args []string, body func(reason string) any) error {
	s := a.saying(name)
	reason := s.fs.String("reason", "", "why")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	return a.say(s, ref, comity.Kind(name), body(*reason))
}

func (a *app) withdraw(args []string) error {
	return a.reasoned("withdraw", args, func(r string) any { return &request.Withdraw{Reason: r} })
}

func (a *app) release(args []string) error {
	return a.reasoned("release", args, func(r string) any { return &request.Release{Reason: r} })
}

func (a *app) close(args []string) error {
	s := a.saying("close")
	b := &request.Close{}
	s.fs.StringVar(&b.Complete, "complete", "unknown", "was it complete? yes partly no unknown")
	s.fs.StringVar(&b.Usable, "usable", "unknown", "could its form be used? yes partly no unknown")
	s.fs.StringVar(&b.InTime, "in-time", "unknown", "did it come in time? yes partly no unknown")
	s.fs.StringVar(&b.Used, "used", "unknown", "was it used? yes partly no unknown")
	s.fs.StringVar(&b.Text, "text", "", "a remark")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	return a.say(s, ref, "close", b)
}

func (a *app) countersign(args []string) error {
	s := a.saying("countersign")
	of := s.fs.String("of", "", "the sole release (default: our last)")
	outcome := s.fs.String("outcome", "upheld", "upheld or withdrawn")
	reason := s.fs.String("reason", "", "if withdrawn, why")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	id, err := a.statementOf(ref, *of, *s.realm, func(st store.Statement, me comity.Party) bool { return st.Author == me && st.Class == comity.Sole })
	if err != nil {
		return err
	}
	err = a.with(func(n *node) error {
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			st, err := tx.Statement(id)
			if err == nil && slices.Contains(st.Signers, comity.Seat(*s.seat)) {
				err = comity.Errorf(comity.Forbidden, "seat %s released %s itself; another seat must countersign", *s.seat, id.Short())
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	return a.say(s, ref, "countersign", &request.Countersign{Statement: id, Outcome: *outcome, Reason: *reason})
}

func (a *app) note(args []string) error {
	s := a.saying("note")
	text := s.fs.String("text", "", "the note")
	ref, err := s.one(args)
	if err != nil {
		return err
	}
	return a.say(s, ref, "note", &request.Note{Text: *text})
}

// approve signs a draft.
func (a *app) approve(args []string) error {
	fs := a.Flags("approve")
	seat := fs.String("seat", "", "the seat that signs")
	send := fs.Bool("send", false, "release it too, if that suffices")
	sole := fs.Bool("sole", false, "release alone, in an emergency")
	why := fs.String("sole-reason", "", "why alone")
	words, err := shell.Parse(fs, args, 1, 1, "one DRAFT, such as D-1")
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		o, err := a.Officer(n.Node, *seat)
		if err != nil {
			return err
		}
		d, err := n.desk.Approve(a.Ctx, words[0], desk.Word{Officer: o, Sole: *sole, Reason: *why})
		if err == nil && *send {
			d, err = n.desk.Send(a.Ctx, words[0])
		}
		if err != nil {
			return err
		}
		return a.printDraft(d)
	})
}

func (a *app) send(args []string) error {
	words, err := shell.Parse(a.Flags("send"), args, 1, 1, "one DRAFT, such as D-1")
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		d, err := n.desk.Send(a.Ctx, words[0])
		if err != nil {
			return err
		}
		return a.printDraft(d)
	})
}

func (a *app) drop(args []string) error {
	fs := a.Flags("drop")
	seat := fs.String("seat", "", "the seat that drops it")
	words, err := shell.Parse(fs, args, 1, 1, "one DRAFT, such as D-1")
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		o, err := a.Officer(n.Node, *seat)
		if err != nil {
			return err
		}
		d, err := n.desk.Drop(a.Ctx, o.Seat, words[0])
		if err != nil {
			return err
		}
		return a.printDraft(d)
	})
}

func (a *app) drafts(args []string) error {
	if _, err := shell.Parse(a.Flags("drafts"), args, 0, 0, "no words"); err != nil {
		return err
	}
	return a.with(func(n *node) error {
		list, err := n.desk.Drafts(a.Ctx)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		for _, d := range list {
			fmt.Fprintln(&text, draftText(d))
		}
		if list == nil {
			list = []desk.Draft{}
		}
		return a.Print(list, "%s", text.String())
	})
}
