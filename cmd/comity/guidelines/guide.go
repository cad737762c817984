// Package guidelines is what lawyers and heads do with guidelines at a terminal:
// look at a pack, compare two, look for faults, propose one to a peer, and adopt it
// by the root's signature on its hash.
package guidelines

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"comity"
	"comity/config"
	"comity/desk"
	"comity/disk"
	"comity/form"
	"comity/guide"
	"comity/pair"
	"comity/policy"
	"comity/shell"
	"comity/store"
	"comity/typed"
)

type app struct{ *shell.App }

// Commands returns the verbs about guidelines.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{"guide": a.guide, "calendar": a.calendar}
}

func (a *app) guide(args []string) error {
	verbs := map[string]shell.Command{"list": a.list, "show": a.show, "diff": a.diff, "lint": a.lint, "propose": a.propose, "counter": a.counter, "adopt": a.adopt}
	if len(args) == 0 || verbs[args[0]] == nil {
		if _, err := shell.Parse(a.Flags("guide"), args, 0, -1, ""); err != nil {
			return err
		}
		return shell.Usagef("guide: give list, show, diff, lint, propose, counter or adopt")
	}
	return verbs[args[0]](args[1:])
}

// A listed pack is a line of guide list.
type listed struct {
	ID      string       `json:"id"`
	Version string       `json:"version"`
	Title   comity.Text  `json:"title"`
	Use     guide.Use    `json:"use"`
	Hash    comity.Hash  `json:"hash"`
	Peer    comity.Party `json:"in_force_with,omitempty"`
	Ref     comity.Ref   `json:"adopted_in,omitempty"`
}

func (a *app) list(args []string) error {
	if _, err := shell.Parse(a.Flags("guide list"), args, 0, 0, "no words"); err != nil {
		return err
	}
	var list []listed
	for _, p := range guide.Shipped().Packs() {
		list = append(list, listed{ID: p.ID, Version: p.Version, Title: p.Title, Use: p.Use, Hash: p.Hash})
	}
	if _, err := os.Stat(filepath.Join(a.Dir, config.Name)); err == nil {
		err := a.With(func(n *shell.Node) error {
			return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
				pacts, err := n.Pacts(tx)
				for _, p := range pacts {
					list = append(list, listed{p.Pack.ID, p.Pack.Version, p.Pack.Title, p.Pack.Use, p.Pack.Hash, p.Peer, p.Ref})
				}
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	text := ""
	for _, l := range list {
		where := "comes with the program"
		if l.Peer != "" {
			where = fmt.Sprintf("in force with %s since both roots adopted it in %s", l.Peer, l.Ref)
		}
		text += fmt.Sprintf("%-22s %-4s %-9s %s  %s\n%24s%s\n", l.ID, l.Version, l.Use, l.Hash.Short(), where, "", l.Title.In(a.Lang))
	}
	return a.Print(list, "%s", text)
}

// pack finds a pack by its id, its folder, or the matter in which it is proposed.
func (a *app) pack(name string) (p guide.Pack, files []guide.File, err error) {
	if p, ok := guide.Shipped().Pack(name); ok {
		return p, p.Files, nil
	}
	if st, err := os.Stat(name); err == nil && st.IsDir() {
		if files, err = guide.ReadFiles(os.DirFS(name), "."); err != nil {
			return p, nil, disk.Error("PACK", name, err)
		}
		p, err = guide.Parse(files)
		return p, files, err
	}
	lib, err := a.library()
	if err != nil {
		return p, nil, err
	}
	if p, ok := lib.Pack(name); ok {
		return p, p.Files, nil
	}
	ref, err := comity.ParseRef(name)
	if err != nil {
		return p, nil, comity.Fieldf("PACK", "%q is neither a pack (comity guide list), nor a folder, nor a matter in which one is proposed", comity.Clip(name))
	}
	err = a.With(func(n *shell.Node) error {
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			pact, err := a.onTable(n, tx, ref)
			if err != nil {
				return err
			}
			files = pact.Table.Files
			p, err = guide.Parse(files)
			return err
		})
	})
	return p, files, err
}

func (a *app) onTable(n *shell.Node, tx *store.Tx, ref comity.Ref) (pair.Pact, error) {
	if err := n.May(tx, policy.Read, comity.Live, ref); err != nil {
		return pair.Pact{}, err
	}
	th, c, err := n.Thread(tx, comity.Live, ref)
	if err != nil {
		return pair.Pact{}, err
	}
	if c.Opens() != pair.OpensAdoption {
		return pair.Pact{}, comity.Fieldf("PACK", "%s is %s; no guidelines are proposed in it", ref, c.Says.EN)
	}
	p, err := n.Stands(tx, th)
	if err == nil && p.Table == nil {
		err = comity.Errorf(comity.NotFound, "no text is on the table in %s", ref)
	}
	return p, err
}

func (a *app) show(args []string) error {
	fs := a.Flags("guide show")
	section := fs.String("only", "", "one part: types fields checks grounds limits holds pauses words")
	words, err := shell.Parse(fs, args, 1, 1, "one PACK: an id such as bilateral-default, a folder, or the matter in which it is proposed")
	if err != nil {
		return err
	}
	if parts := []string{"", "types", "fields", "checks", "grounds", "limits", "holds", "pauses", "words"}; !slices.Contains(parts, *section) {
		return comity.Fieldf("only", "%q is none of %s", comity.Clip(*section), strings.Join(parts[1:], ", "))
	}
	p, _, err := a.pack(words[0])
	if err != nil {
		return err
	}
	return a.Print(p, "%s", text(p, a.Lang, *section))
}

// text writes a pack for a lawyer: each row with its source, what kind that is,
// and whether somebody here has read it.
func text(p guide.Pack, lang, only string) string {
	var b strings.Builder
	row := func(o guide.Origin, format string, args ...any) {
		fmt.Fprintf(&b, "  %s\n      %s %s\n", shell.Plain(fmt.Sprintf(format, args...)), shell.Plain(o.Cite), o.Mark())
	}
	part := func(name, en, zh string) bool {
		if only != "" && only != name {
			return false
		}
		fmt.Fprintf(&b, "\n%s\n", comity.Text{EN: en, ZH: zh}.In(lang))
		return true
	}
	if only == "" {
		fmt.Fprintf(&b, "%s, version %s  %s\n%s\n%s %s\nhash %s\n", p.ID, p.Version, p.Use, shell.Plain(p.Title.In(lang)), shell.Plain(p.Cite), p.Mark(), p.Hash)
	}
	if only == "" {
		fmt.Fprintf(&b, "pledge of reciprocity %s; list of grounds %s; languages %s\n", map[bool]string{true: "needed", false: "not needed"}[p.Pledge],
			map[bool]string{true: "closed", false: "open, unless a type closes it"}[p.Closed], strings.Join(p.Languages, " "))
		for _, c := range p.Calendars {
			fmt.Fprintf(&b, "working days of %s: %s, SHA-256 %s\n", c.Party, c.File, c.SHA256)
		}
		for _, d := range p.Departs {
			fmt.Fprintf(&b, "departs from %s at %s: %s\n", d.From, d.Row, shell.Plain(d.Reason.In(lang)))
		}
	}
	if only == "" && !p.Binds.Anyone {
		part("", "Binds", "约束")
		for _, x := range p.Binds.Parties {
			row(x.Origin, "%s %s", x.Party, shell.Maybe("since %s", x.Since))
		}
	}
	if part("types", "Types of request", "请求类型") {
		for _, t := range p.Types {
			row(t.Origin, "%s  %s", t.ID, t.Name.In(lang))
		}
	}
	if only == "fields" {
		for _, t := range p.Types {
			fmt.Fprintf(&b, "\n%s  %s\n", t.ID, t.Name.In(lang))
			for _, f := range t.Fields {
				name, _ := guide.Shipped().FieldName(f.Path)
				row(f.Origin, "%-8s %s  %s %s", f.Need, f.Path, name.In(lang), f.Check)
			}
		}
	}
	if part("checks", "Checks", "检查项") {
		for _, c := range p.Checks {
			t, _ := guide.Shipped().CheckText(c.ID)
			row(c.Origin, "%s %-6s %s %s", c.ID, c.Severity, t.Title.In(lang), strings.Join(c.Types, " "))
		}
	}
	if part("grounds", "Grounds of refusal", "拒绝理由") {
		for _, g := range p.Grounds {
			row(g.Origin, "%s  %s %s", g.ID, g.Says.In(lang), strings.Join(g.Types, " "))
		}
	}
	if part("limits", "Time limits", "时限") {
		for _, l := range p.Limits {
			row(l.Origin, "%-3s %-13s %s %s%s", l.Priority, l.For, l.Length(), strings.Join(l.Types, " "), shell.Maybe("; nearest: %s", l.Nearest))
		}
	}
	if part("holds", "Holds", "保全期限") {
		for _, h := range p.Holds {
			row(h.Origin, "%s  %s%s", strings.Join(h.Types, " "), h.Says.In(lang), figures(h))
		}
	}
	if part("pauses", "What stops a clock", "暂停计时") {
		for _, x := range p.Pauses {
			row(x.Origin, "%s%s", x.For, shell.Maybe(", but not %s", strings.Join(x.Not, " ")))
		}
	}
	if part("words", "Categories and emergencies", "犯罪类别与紧急情形") {
		for _, t := range append(p.Categories[:len(p.Categories):len(p.Categories)], p.Emergencies...) {
			row(t.Origin, "%s  %s", t.ID, t.Name.In(lang))
		}
	}
	return b.String()
}

// figures are those of a hold, in days.
func figures(h guide.Hold) string {
	s := ""
	for _, f := range []struct {
		says string
		days int
	}{{"floor", h.Floor}, {"first hold", h.Initial}, {"cap", h.Cap}, {"extension", h.Extension}} {
		if f.days > 0 {
			s += fmt.Sprintf("; %s %d d", f.says, f.days)
		}
	}
	if h.Extensions > 0 {
		s += fmt.Sprintf("; at most %d extensions", h.Extensions)
	}
	if h.Continues {
		s += "; goes on pending the decision"
	}
	if h.Lapses {
		s += "; lapses without a follow-up"
	}
	if len(h.Warn) > 0 {
		s += fmt.Sprintf("; warned %s d before", strings.Trim(fmt.Sprint(h.Warn), "[]"))
	}
	return s
}

func (a *app) diff(args []string) error {
	words, err := shell.Parse(a.Flags("guide diff"), args, 2, 2, "two PACKS")
	if err != nil {
		return err
	}
	was, _, err := a.pack(words[0])
	if err != nil {
		return err
	}
	is, _, err := a.pack(words[1])
	if err != nil {
		return err
	}
	list := guide.Diff(was, is)
	if list == nil {
		list = []guide.Change{}
	}
	text := ""
	for _, c := range list {
		text += shell.Plain(c.Path) + "\n" + shell.Maybe("  - %s\n", shell.Plain(c.Was)) + shell.Maybe("  + %s\n", shell.Plain(c.Is))
	}
	if text == "" {
		text = "no difference\n"
	}
	return a.Print(list, "%s", text)
}

func (a *app) lint(args []string) error {
	fs := a.Flags("guide lint")
	with := fs.String("between", "", "the two parties that would adopt it, such as us,cn: what binds both is a floor")
	words, err := shell.Parse(fs, args, 1, 1, "one PACK")
	if err != nil {
		return err
	}
	files, err := a.files(words[0])
	if err != nil {
		return err
	}
	var between []comity.Party
	for _, w := range typed.Split(*with) {
		p, err := comity.ParseParty(w)
		if err != nil {
			return err
		}
		between = append(between, p)
	}
	lib, err := a.library()
	if err != nil {
		return err
	}
	return a.linted(guide.Lint(files, lib, between...))
}

// library returns what the node knows, in a party's folder, or else what comes with
// the program.
func (a *app) library() (lib *guide.Library, err error) {
	if _, err := os.Stat(filepath.Join(a.Dir, config.Name)); err != nil {
		return guide.Shipped(), nil
	}
	err = a.With(func(n *shell.Node) error {
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			lib, err = n.Library(tx)
			return err
		})
	})
	return lib, err
}

func (a *app) linted(list []guide.LintFinding) error {
	text := ""
	for _, f := range list {
		text += shell.Plain(fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason.In(a.Lang))) + "\n"
	}
	if len(list) == 0 {
		list, text = []guide.LintFinding{}, "no fault\n"
	}
	if err := a.Print(list, "%s", text); err != nil {
		return err
	}
	if len(list) > 0 {
		return shell.ErrFound
	}
	return nil
}

// files returns the files of a pack that need not parse.
func (a *app) files(name string) ([]guide.File, error) {
	if st, err := os.Stat(name); err == nil && st.IsDir() {
		files, err := guide.ReadFiles(os.DirFS(name), ".")
		if err != nil {
			return nil, disk.Error("PACK", name, err)
		}
		return files, nil
	}
	_, files, err := a.pack(name)
	return files, err
}

// proposal reads and lints what is to be proposed to a peer.
func (a *app) proposal(n *shell.Node, name string, peer comity.Party, says string) ([]byte, error) {
	files, err := a.files(name)
	if err != nil {
		return nil, err
	}
	lib, err := a.library()
	if err != nil {
		return nil, err
	}
	if list := guide.Lint(files, lib, n.Party, peer); len(list) > 0 {
		return nil, comity.Fieldf("PACK", "%s has %d faults, the first: %s; comity guide lint %s lists all", name, len(list), list[0], name)
	}
	p, err := guide.Parse(files)
	if err != nil {
		return nil, err
	}
	body := &pair.Proposal{Pack: p.ID, Version: p.Version, Hash: p.Hash, Files: p.Files, Text: says}
	if err := form.Check(body); err != nil {
		return nil, err
	}
	return form.Encode(body)
}

func (a *app) say(n *shell.Node, seat string, w desk.New) error {
	o, err := a.Officer(n, seat)
	if err != nil {
		return err
	}
	d := &desk.Desk{Keeper: n.Keeper, Vault: n.Vault}
	made, err := d.Say(a.Ctx, w, desk.Word{Officer: o})
	if err != nil {
		return err
	}
	return a.Print(made, "%s  %s in %s to %s\nanother seat must sign: comity approve %s --seat SEAT --send\n", made.ID, made.Kind, made.Matter, made.Peer, made.ID)
}

func (a *app) propose(args []string) error {
	fs := a.Flags("guide propose")
	to := fs.String("to", "", "the peer")
	seat := fs.String("seat", "", "the seat that proposes, and signs")
	says := fs.String("text", "", "what it changes, and why")
	words, err := shell.Parse(fs, args, 1, 1, "one PACK")
	if err != nil {
		return err
	}
	p, err := comity.ParseParty(*to)
	if err != nil {
		return comity.Fieldf("to", "%q is not a party such as %q", comity.Clip(*to), "cn")
	}
	return a.With(func(n *shell.Node) error {
		b, err := a.proposal(n, words[0], p, *says)
		if err != nil {
			return err
		}
		return a.say(n, *seat, desk.New{To: p, Realm: comity.Live, Kind: pair.OpensAdoption, Body: b})
	})
}

func (a *app) counter(args []string) error {
	fs := a.Flags("guide counter")
	seat := fs.String("seat", "", "the seat that proposes, and signs")
	says := fs.String("text", "", "what it changes, and why")
	words, err := shell.Parse(fs, args, 2, 2, "the matter and one PACK")
	if err != nil {
		return err
	}
	ref, err := comity.ParseRef(words[0])
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		var peer comity.Party
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			m, err := tx.Matter(comity.Live, ref)
			peer = m.Peer
			return err
		})
		if err != nil {
			return err
		}
		b, err := a.proposal(n, words[1], peer, *says)
		if err != nil {
			return err
		}
		return a.say(n, *seat, desk.New{Matter: ref, Realm: comity.Live, Kind: "guide.counter", Body: b})
	})
}

// adopt signs the hash of the text on the table by our root.
func (a *app) adopt(args []string) error {
	fs := a.Flags("guide adopt")
	seat := fs.String("seat", "", "the seat that says so, and signs")
	hash := fs.String("hash", "", "the hash of the text that was read, or its beginning of 12 and more: what is adopted is that, and no other")
	words, err := shell.Parse(fs, args, 1, 1, "the matter in which it is proposed")
	if err != nil {
		return err
	}
	ref, err := comity.ParseRef(words[0])
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		var pact pair.Pact
		var peer comity.Party
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if pact, err = a.onTable(n, tx, ref); err != nil {
				return err
			}
			m, err := tx.Matter(comity.Live, ref)
			peer = m.Peer
			return err
		})
		if err != nil {
			return err
		}
		if len(*hash) < 12 || !strings.HasPrefix(pact.Table.Hash.String(), strings.ToLower(*hash)) {
			return comity.Fieldf("hash", "on the table is %s (%s %s); read it with comity guide show %s, and name it", pact.Table.Hash, pact.Table.Pack, pact.Table.Version, ref)
		}
		lib, err := a.library()
		if err != nil {
			return err
		}
		if list := guide.Lint(pact.Table.Files, lib, n.Party, peer); len(list) > 0 {
			return comity.Fieldf("PACK", "the text has %d faults, the first: %s; counter it (comity guide counter %s PACK)", len(list), list[0], ref)
		}
		s, err := shell.Adoption(pact.Table.Hash, n.Party, peer)
		if err != nil {
			return err
		}
		root, err := a.Root(n)
		if err != nil {
			return err
		}
		sig, err := root.Sign("guideline", s.Bytes)
		if err != nil {
			return err
		}
		b, err := form.Encode(&pair.Adopted{Hash: pact.Table.Hash, Key: sig.Key, Sig: base64.StdEncoding.EncodeToString(sig.Sig)})
		if err != nil {
			return err
		}
		return a.say(n, *seat, desk.New{Matter: ref, Realm: comity.Live, Kind: "guide.adopt", Body: b})
	})
}
