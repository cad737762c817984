package officer

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/casefile"
	"comity/check"
	"comity/config"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/keyring"
	"comity/request"
	"comity/shell"
	"comity/store"
)

func (a *app) printDraft(n *node, d desk.Draft) error {
	x, err := n.faced(a, d)
	if err != nil {
		return err
	}
	return a.Print(x, "%s\n", a.draftText(n, d))
}

// draftText says how far a draft is, and what to type next.
func (a *app) draftText(n *node, d desk.Draft) string {
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
	for _, l := range form.Lines(d.Body) {
		s += "\n  " + shell.Plain(brief(l))
	}
	for _, f := range d.Files {
		s += fmt.Sprintf("\n  file %s, %d bytes", shell.Plain(f.Name), f.Size)
	}
	next := ""
	switch {
	case d.Status == desk.Released:
		next = fmt.Sprintf("released %s as %s; the node takes it to %s", d.Sent.Short(), d.Release.Class, d.Peer)
		if !n.Runs() {
			next = fmt.Sprintf("released %s as %s; your node is not running, so it waits here: comity serve, or comity stick write FILE --peer %s", d.Sent.Short(), d.Release.Class, d.Peer)
		}
		if d.Release.Due != nil {
			next += fmt.Sprintf("\ncountersign due %s: comity countersign %s --of %s --seat SEAT", d.Release.Due.UTC().Format("2006-01-02 15:04 UTC"), d.Matter, d.Sent.Short())
		}
	case d.Status == desk.Dropped:
	case len(d.Signed) == 0:
		next = fmt.Sprintf("not signed: comity approve %s --seat SEAT", d.ID)
	case !d.Suffices():
		next = fmt.Sprintf("another seat must sign: comity approve %s --seat SEAT --send", d.ID)
	default:
		next = fmt.Sprintf("ready: comity send %s", d.ID)
		if err := n.stopped(a, d); err != nil {
			next = err.Error()
		}
	}
	for _, w := range d.Warned {
		s += "\n  to be mended, now that it has left: " + shell.Plain(w)
	}
	return s + shell.Maybe("\n%s", a.Typed(next)) + shell.Maybe("\n%s", a.Typed(d.Why))
}

// stopped says why a draft that is ready has to wait, if it has.
func (n *node) stopped(a *app, d desk.Draft) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		return n.Suspended(tx, row(d))
	})
}

// row is a draft as the gates know it.
func row(d desk.Draft) store.Draft {
	return store.Draft{ID: d.ID, Realm: d.Realm, Matter: d.Matter, Peer: d.Peer, Kind: d.Kind, Body: d.Body}
}

// brief cuts a line that no person reads as one: the text of a file in a body, as a
// proposed pack of guidelines has. comity guide show and diff read those.
func brief(line string) string {
	path, text, _ := strings.Cut(line, ": ")
	if n := len(text); n > 400 && strings.HasPrefix(path, "files[") {
		return fmt.Sprintf("%s: (%d bytes)", path, n)
	}
	return line
}

// draft begins a request.
func (a *app) draft(args []string) error {
	s := a.saying("draft")
	to := s.fs.String("to", "", "the party that is asked")
	show := s.fs.Bool("example", false, "print a complete request to begin from")
	typ := s.fs.String("type", "preserve", "of the example")
	words, err := shell.Parse(s.fs, args, 0, 1, "one FILE, or --example")
	if err == nil {
		err = onlySole(s.fs)
	}
	if err != nil {
		return err
	}
	if *show {
		eg, ok := exampleRequest(), true
		if *typ != eg.Type {
			eg, ok = guide.Example(*typ)
		}
		if !ok {
			return comity.Fieldf("type", "there is no example of %q; there is one of %q", comity.Clip(*typ), "subscriber")
		}
		b, err := json.MarshalIndent(eg, "", "  ")
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
		return comity.Fieldf("to", "%q is not a party such as %q", comity.Clip(*to), "cn")
	}
	realm, err := comity.ParseRealm(*s.realm)
	if err != nil {
		return err
	}
	asked, err := a.request(words[0])
	if err != nil {
		return err
	}
	return a.seated(*s.seat, func(n *node, o *keyring.Officer) error {
		if err := n.cite(a, p, asked); err != nil {
			return err
		}
		b, err := form.Encode(asked)
		if err != nil {
			return err
		}
		noted, err := s.sheets(n, realm, o.Seat)
		if err != nil {
			return err
		}
		w := desk.New{To: p, Realm: realm, Kind: request.Opens(asked.Type), Body: b, Marking: s.marking(), Noted: noted}
		begin := func() (desk.Draft, error) { return n.desk.Begin(a.Ctx, o.Seat, w) }
		if *s.sole {
			begin = func() (desk.Draft, error) { return n.desk.Say(a.Ctx, w, s.word(o)) }
		}
		d, err := begin()
		if err != nil {
			return named(s.fs, err)
		}
		if asked.Confidentiality.Restricted && d.Status != desk.Released {
			a.Note("it is restricted: no other seat sees %s until you admit it: comity restrict %s --add SEAT --seat %s", d.ID, d.ID, o.Seat)
		}
		list, err := n.desk.Check(a.Ctx, realm, p, asked, nil)
		if err != nil {
			return err
		}
		var notices []string
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			notices, err = n.notices(tx, realm, asked)
			return err
		})
		if err != nil {
			return err
		}
		for _, s := range notices {
			a.Note("%s", shell.Plain(s))
		}
		for _, f := range list {
			if f.Severity == guide.Block {
				a.Note("%s cannot be released as it is: %s: %s (%s)", d.ID, f.Field, f.Text(a.Lang), f.ID)
			}
		}
		return a.printDraft(n, d)
	})
}

// cite has a request name the version of its guidelines that is in force with the
// peer, unless its author has named one.
func (n *node) cite(a *app, to comity.Party, r *guide.Request) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		p, ok, err := n.InForce(tx, to, r.Basis.ID)
		if err == nil && ok && r.Basis.Pack == "" {
			r.Basis.Pack = p.Hash.String()
		}
		return err
	})
}

// request reads a request from a file.
func (a *app) request(name string) (*guide.Request, error) {
	raw, err := a.ReadInput("FILE", name, form.MaxBody)
	if err != nil {
		return nil, err
	}
	return checked(raw)
}

func checked(raw []byte) (*guide.Request, error) {
	r := new(guide.Request)
	if err := form.Decode(raw, r); err != nil {
		return nil, err
	}
	return r, form.Check(r)
}

// exampleRequest is complete, and about nobody: its address is one that is
// kept for documentation, so only an exercise would let it leave.
func exampleRequest() guide.Request {
	yes := true
	r := guide.Request{
		Type:      "preserve",
		Authority: guide.Authority{Agency: "us-24-7", Seat: "us-24-7-01", Contact: "+1-202-555-0101", Zone: "America/New_York", Hours: "24/7"},
		Addressee: guide.Addressee{Agency: "cn-24-7"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Priority:  "P1",
		Order: guide.Order{
			Holder: "the provider of the address",
			Items: []guide.Item{{ID: "1", Type: "ipv4", Value: "203.0.113.77", Port: 51514, From: "2026-11-20T00:52:00Z", To: "2026-11-20T00:53:00Z",
				Clock: "NTP, within 1 s", Data: "traffic"}},
		},
		Supporting: guide.Supporting{
			Offence: guide.Offence{Category: "hacking", Description: "unauthorised access to a server of a hospital and encryption of its records",
				Provision: "18 U.S.C. § 1030(a)(5)", Penalty: "up to 10 years", Counterpart: "Criminal Law of the PRC, art. 285"},
			Event:     &guide.Event{From: "2026-11-20", Country: "us", Place: "Ohio", Victims: 1},
			Facts:     "On 2026-11-20 at 00:52:09 UTC the server of a hospital in Ohio was entered from the address below, and its records were encrypted.",
			Relations: []guide.Relation{{Item: "1", Kind: "source_of_attack", Text: "the address from which the server was entered"}},
			Necessity: guide.Necessity{Kind: "short_retention", Text: "the provider keeps its logs for 30 days"},
			Purpose:   guide.Purpose{Use: "lead_only", Limitation: "this investigation and the proceedings that follow from it", Handling: "kept by the investigating unit; destroyed when the proceedings end"},
		},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "the investigation is not public"},
		FollowUp:        &guide.FollowUp{Intended: &yes, Planned: "2026-12-20"},
		Earlier:         []guide.Earlier{{Kind: "none"}},
		Reference:       "OUR-2026-1187", Language: "en",
		Translation: &guide.Translation{Language: "zh", By: "officer",
			Facts:     "2026年11月20日00时52分09秒（UTC），有人自下列地址侵入俄亥俄州一家医院的服务器，并将其记录加密。",
			Necessity: "服务商的日志仅保存30天。",
			Offence:   "未经许可侵入医院服务器并将其记录加密。"},
	}
	r.Translation.OfVersion = guide.TextHash(r)
	return r
}

// check says what a request still lacks.
func (a *app) check(args []string) error {
	fs := a.Flags("check")
	realm := fs.String("realm", string(comity.Live), "of a FILE: live, or exercise:NAME")
	to := fs.String("to", "", "of a FILE: the party that will be asked")
	setting := fs.String("setting", "", "of a FILE: what it is checked against, as JSON (default: setting.json beside it)")
	words, err := shell.Parse(fs, args, 1, 1, "one FILE or DRAFT")
	if err != nil {
		return err
	}
	r, err := comity.ParseRealm(*realm)
	if err != nil {
		return err
	}
	var peer comity.Party
	if *to != "" {
		if peer, err = comity.ParseParty(*to); err != nil {
			return err
		}
	}
	var findings []check.Finding
	if strings.HasPrefix(words[0], "D-") {
		err = a.with(func(n *node) error {
			d, err := n.desk.Draft(a.Ctx, words[0])
			if err != nil {
				return err
			}
			if !shell.IsRequest(d.Kind) {
				return comity.Fieldf("DRAFT", "%s is a %s; the guidelines are about requests", d.ID, d.Kind)
			}
			asked, err := checked(d.Body)
			if err != nil {
				return err
			}
			findings, err = n.desk.Check(a.Ctx, d.Realm, d.Peer, asked, append([]comity.File{}, d.Files...))
			if d.Status == desk.Released { // it is itself part of what was asked before
				findings = slices.DeleteFunc(findings, func(f check.Finding) bool { return f.History })
			}
			return err
		})
	} else {
		findings, err = a.checkFile(words[0], *setting, r, peer)
	}
	if err != nil {
		return err
	}
	text := ""
	for _, f := range findings {
		text += fmt.Sprintf("%-6s %-4s %s: %s\n      %s\n      %s %s%s\n", f.Severity, f.ID, f.Field, f.Wrong.In(a.Lang), f.Do.In(a.Lang), f.Cite, f.Mark(),
			shell.Maybe("\n      overridden: %s", f.Overridden))
	}
	if len(findings) == 0 {
		findings, text = []check.Finding{}, "nothing is missing\n"
	}
	if err := a.Print(findings, "%s", text); err != nil {
		return err
	}
	if check.Blocks(findings) {
		a.Note("the request cannot be released as it is")
		return shell.ErrBlocked
	}
	return nil
}

// checkFile checks a request in a file: against a setting that is written down, or
// in a party's folder against its own record, or against the guidelines alone.
func (a *app) checkFile(name, setting string, realm comity.Realm, to comity.Party) ([]check.Finding, error) {
	raw, err := a.ReadInput("FILE", name, form.MaxBody)
	r := new(guide.Request)
	if err == nil {
		err = form.Decode(raw, r)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	list, err := a.against(name, setting, realm, to, r)
	if err != nil {
		return nil, err
	}
	return append(misshapen(r, list), list...), nil
}

// misshapen are the faults for which the other side's node could not even take the
// request in, save those that the guidelines have found too.
func misshapen(r *guide.Request, found []check.Finding) (list []check.Finding) {
	err := form.Check(r)
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, err := range many.Unwrap() {
		e, ok := errors.AsType[*comity.Error](err)
		if !ok || slices.ContainsFunc(found, func(f check.Finding) bool { return f.Field == e.Field }) {
			continue
		}
		list = append(list, check.Finding{ID: "body", Severity: guide.Block, Field: e.Field,
			Wrong:  comity.Text{EN: e.Text, ZH: "不符合请求书的格式：" + e.Text},
			Do:     comity.Text{EN: "Write it as docs/spec/kinds.md says: no node takes it in otherwise.", ZH: "请按 docs/spec/kinds.md 的格式填写，否则任何节点均不接收。"},
			Origin: guide.Origin{Cite: "docs/spec/kinds.md", Source: guide.Proposal}})
	}
	return list
}

// against checks a request that has been read.
func (a *app) against(name, setting string, realm comity.Realm, to comity.Party, r *guide.Request) ([]check.Finding, error) {
	if setting == "" && name != "-" {
		beside := filepath.Join(filepath.Dir(name), "setting.json")
		if _, err := os.Stat(beside); err == nil {
			setting = beside
		}
	}
	if setting != "" {
		return a.checkIn(setting, name, r)
	}
	if _, err := os.Stat(filepath.Join(a.Dir, config.Name)); errors.Is(err, fs.ErrNotExist) && a.Dir == a.Here {
		lib := guide.Shipped()
		s := check.Setting{Realm: realm, Now: a.Now(), To: to, Texts: lib.CheckText, Retentions: lib.Retentions(), Ranges: shell.Offline(a.Dir)}
		if p, ok := lib.Pack(r.Basis.ID); ok {
			s.Pack = &p
		}
		return check.Text(*r, s), nil
	}
	var list []check.Finding
	err := a.with(func(n *node) (err error) {
		list, err = n.desk.Check(a.Ctx, realm, to, r, nil)
		return err
	})
	return list, err
}

// checkIn checks a request in a setting that is written down, and against the past
// that stands beside the file, if one does.
func (a *app) checkIn(setting, name string, r *guide.Request) ([]check.Finding, error) {
	lib := guide.Shipped()
	s := check.Setting{Retentions: lib.Retentions()}
	if err := a.readJSON("setting", setting, &s); err != nil {
		return nil, unreadable(err)
	}
	own := strings.TrimSuffix(name, ".json") + ".setting.json" // what is this draft's alone
	if _, err := os.Stat(own); err == nil {
		if err := a.readJSON("setting", own, &s); err != nil {
			return nil, unreadable(err)
		}
	}
	s = s.Sides(*r)
	s.Texts = lib.CheckText
	if p, ok := lib.Pack(r.Basis.ID); ok {
		s.Pack = &p
	}
	a.Note("checked as of %s in %s, as %s says", s.Now.UTC().Format(time.RFC3339), s.Realm, setting)
	list := check.Text(*r, s)
	before := strings.TrimSuffix(name, ".json") + ".past.json"
	if _, err := os.Stat(before); err != nil {
		return list, nil
	}
	var past check.Past
	if err := a.readJSON("FILE", before, &past); err != nil {
		return nil, unreadable(err)
	}
	return append(list, check.History(*r, s, past)...), nil
}

func (a *app) readJSON(what, name string, v any) error {
	b, err := a.ReadInput(what, name, form.MaxBody)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return comity.Fieldf(what, "%s: %v", name, err)
	}
	return nil
}

// unreadable gives an error the exit status of a file that cannot be read, which
// a script must be able to tell from one that has findings.
func unreadable(err error) error { return shell.WrapUsage(err) }

// ofDraft has a seat do something to a draft, and prints what it is then. What
// says what the words are: the draft is the first.
func (a *app) ofDraft(fs *flag.FlagSet, args []string, least, most int, what string, do func(*node, *keyring.Officer, []string) (desk.Draft, error)) error {
	seat := fs.String("seat", "", "the seat that does it")
	words, err := shell.Parse(fs, args, least, most, what)
	if err == nil {
		err = onlySole(fs)
	}
	if err != nil {
		return err
	}
	return a.seated(*seat, func(n *node, o *keyring.Officer) error {
		d, err := do(n, o, words)
		if err != nil {
			return named(fs, err)
		}
		return a.printDraft(n, d)
	})
}

const oneDraft = "one DRAFT, such as D-1"

// attach adds files to a draft: all of them, if one can be seen to be wrong none.
func (a *app) attach(args []string) error {
	return a.ofDraft(a.Flags("attach"), args, 2, -1, "a DRAFT and its FILES", func(n *node, o *keyring.Officer, words []string) (desk.Draft, error) {
		d, err := n.desk.Draft(a.Ctx, words[0])
		if err != nil {
			return d, err
		}
		files, done, err := a.attachments(n, row(d), words[1:])
		defer done()
		for _, f := range files {
			if err == nil {
				d, err = n.desk.Attach(a.Ctx, o.Seat, o.Box, words[0], f.Name, f.Media, f.Content)
			}
		}
		return d, err
	})
}

func (a *app) drop(args []string) error {
	return a.ofDraft(a.Flags("drop"), args, 1, 1, oneDraft, func(n *node, o *keyring.Officer, words []string) (desk.Draft, error) {
		return n.desk.Drop(a.Ctx, o.Seat, words[0])
	})
}

// send releases a draft. It needs no seat: those that signed it have said so.
func (a *app) send(args []string) error {
	fs := a.Flags("send")
	seat := fs.String("seat", "", "who sends: needed for restricted matters, and for TLP:RED")
	words, err := shell.Parse(fs, args, 1, 1, oneDraft)
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		if err := a.reader(n, *seat); err != nil {
			return err
		}
		d, err := n.desk.Send(a.Ctx, words[0])
		if err != nil {
			return err
		}
		return a.printDraft(n, d)
	})
}

func (a *app) drafts(args []string) error {
	fs := a.Flags("drafts")
	seat := fs.String("seat", "", "who looks: needed for restricted matters")
	if _, err := shell.Parse(fs, args, 0, 0, "no words"); err != nil {
		return err
	}
	return a.with(func(n *node) error {
		if err := a.reader(n, *seat); err != nil {
			return err
		}
		list, err := n.desk.Drafts(a.Ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			list = []desk.Draft{}
			a.Note("no draft waits")
		}
		text := ""
		for _, d := range list {
			text += a.draftText(n, d) + "\n"
		}
		return a.Print(list, "%s", text)
	})
}

// notices returns what the other side asks us to leave alone now, of which the
// reader may know: a note for each notice that names an item of a request.
func (n *node) notices(tx *store.Tx, realm comity.Realm, r *guide.Request) (notes []string, err error) {
	var items []casefile.Item
	for _, it := range r.Order.Items {
		items = append(items, casefile.Item{Type: it.Type, Value: it.Value})
	}
	rows, err := n.Matters(tx, store.Filter{Realm: realm, Kind: casefile.OpensDeconfliction})
	for _, m := range rows {
		th, _, err := n.Thread(tx, m.Realm, m.Ref)
		if err != nil {
			return nil, err
		}
		notice, ok := casefile.Standing(th)
		if !ok || m.Ref.Opener() == n.Party {
			continue
		}
		for _, it := range notice.Names(items) {
			notes = append(notes, fmt.Sprintf("%s: %s asks not to %s %s until %s; call %s first", m.Ref, th.Opener, strings.Join(notice.DoNot, ", "), it.Value, shell.UTC(notice.Until.Time), notice.Contact))
		}
	}
	return notes, err
}
