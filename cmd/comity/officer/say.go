package officer

import (
	"cmp"
	"errors"
	"flag"
	"mime"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"comity"
	"comity/desk"
	"comity/disk"
	"comity/form"
	"comity/guide"
	"comity/keyring"
	"comity/policy"
	"comity/request"
	"comity/shell"
	"comity/store"
	"comity/thread"
	"comity/typed"
	"comity/vault"
)

// A saying is one call of a verb that makes a statement: its flags, and the
// matter as it is before.
type saying struct {
	kind  comity.Kind // as the verb is called, unless the verb finds another
	files []string    // to attach
	left  []request.Question

	fs       *flag.FlagSet
	seat     *string
	sole     *bool
	why      *string
	realm    *string
	tlp      *string
	handling *string
	sources  *string
	screened *string

	*shell.App
	view thread.View
	asks *request.View // if the matter is a request
	pack guide.Pack    // that it is measured by
	me   comity.Party
}

func (a *app) saying(name string) *saying {
	fs := a.Flags(name)
	return &saying{
		App:      a.App,
		kind:     comity.Kind(name),
		fs:       fs,
		seat:     fs.String("seat", string(a.Seat), "the seat that says it, and signs"),
		sole:     fs.Bool("sole", false, "release alone, in an emergency; a countersignature is due"),
		why:      fs.String("sole-reason", "", "why it is released alone"),
		realm:    fs.String("realm", string(comity.Live), "live, or exercise:NAME"),
		tlp:      fs.String("tlp", "AMBER", "marking: CLEAR GREEN AMBER AMBER+STRICT RED"),
		handling: fs.String("handling", "", "handling codes, H0 to H3, separated by commas"),
		sources:  fs.String("sources", "", "none: no source needs protection in what leaves; see comity protect"),
		screened: fs.String("screened", "", "clear: every line of the screening sheet that is open is no; see comity screen"),
	}
}

func (s *saying) marking() comity.Marking {
	return comity.Marking{TLP: *s.tlp, Handling: typed.Split(*s.handling)}
}

// onlySole checks that a reason to release alone comes with the word that it is.
func onlySole(fs *flag.FlagSet) error {
	if why := fs.Lookup("sole-reason"); why != nil && why.Value.String() != "" && fs.Lookup("sole").Value.String() != "true" {
		return shell.Usagef("%s: --sole-reason says why it is released alone; say --sole too, or leave it out", fs.Name())
	}
	return nil
}

func (s *saying) word(o *keyring.Officer) desk.Word {
	return desk.Word{Officer: o, Sole: *s.sole, Reason: *s.why}
}

// A verb declares its flags, and returns what makes a body of them once the
// matter is at hand.
type verb func(*saying) func() (any, error)

// say makes a command of a verb: a statement in a matter, which its author has
// signed, or of what one seat may release, the statement itself.
func (a *app) say(name string, v verb) shell.Command {
	return func(args []string) error {
		s := a.saying(name)
		file := s.fs.String("file", "", "the whole body as JSON, instead of flags; - is standard input")
		typed := v(s)
		words, err := shell.Parse(s.fs, args, 1, 1, "one matter, such as US-2026-000001")
		if err == nil {
			err = onlySole(s.fs)
		}
		if err != nil {
			return err
		}
		m, err := shell.ParseMatter(*s.realm, words[0])
		if err != nil {
			return err
		}
		return a.with(func(n *node) error {
			s.me = n.Party
			o, err := a.Officer(n.Node, *s.seat)
			if err != nil {
				return err
			}
			err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error { return s.look(n, tx, m) })
			if err != nil {
				return err
			}
			b, err := s.body(*file, typed)
			if err != nil {
				return err
			}
			files, done, err := a.attachments(n, store.Draft{Realm: m.Realm, Matter: m.Ref, Kind: s.kind, Body: b}, s.files)
			defer done()
			if err != nil {
				return err
			}
			noted, err := s.sheets(n, m.Realm, o.Seat)
			if err != nil {
				return err
			}
			d, err := n.desk.Say(a.Ctx, desk.New{Matter: m.Ref, Realm: m.Realm, Kind: s.kind, Body: b, Marking: s.marking(), Noted: noted}, s.word(o), files...)
			if err != nil {
				return named(s.fs, err)
			}
			for _, q := range s.left {
				a.Note("%s was asked too, and this does not say: %s. The question is closed and the clock goes on all the same", shell.Plain(q.Field), shell.Plain(cmp.Or(q.Text, q.Rule)))
			}
			return a.printDraft(n, d)
		})
	}
}

// look reads the matter as it is.
func (s *saying) look(n *node, tx *store.Tx, m shell.MatterName) error {
	if err := n.May(tx, policy.Read, m.Realm, m.Ref); err != nil {
		return err
	}
	th, c, err := n.Thread(tx, m.Realm, m.Ref)
	if err != nil {
		return err
	}
	s.view = th.View
	if !shell.IsRequest(c.Opens()) {
		return nil
	}
	y, err := n.Yardstick(tx, th.History)
	if err != nil {
		return err
	}
	v := request.Project(th.History, y)
	s.asks, s.pack = &v, y.Pack
	return nil
}

// sheets returns what answers, with no, the open lines of the sheets that the
// flags clear.
func (s *saying) sheets(n *node, realm comity.Realm, seat comity.Seat) (func(*store.Tx, comity.Ref) error, error) {
	if *s.sources != "" && *s.sources != "none" {
		return nil, comity.Fieldf("sources", "%q is not none; leave it out, and answer the lines one by one with comity protect", comity.Clip(*s.sources))
	}
	if *s.screened != "" && *s.screened != "clear" {
		return nil, comity.Fieldf("screened", "%q is not clear; leave it out, and answer the lines one by one with comity screen", comity.Clip(*s.screened))
	}
	return func(tx *store.Tx, ref comity.Ref) (err error) {
		if *s.sources != "" {
			err = n.Clear(tx, realm, ref, seat, false)
		}
		if err == nil && *s.screened != "" {
			err = n.Clear(tx, realm, ref, seat, true)
		}
		return err
	}, nil
}

// body makes the statement's body, of the flags or of a file instead, and holds
// it to the matter.
func (s *saying) body(file string, typed func() (any, error)) ([]byte, error) {
	body, err := typed()
	if file != "" && shell.Status(err) != 2 {
		if err := s.alone(); err != nil {
			return nil, err
		}
		var raw []byte
		if raw, err = s.ReadInput("file", file, form.MaxBody); err != nil {
			return nil, err
		}
		if body, err = shell.Kinds().Read(s.kind, raw); err != nil {
			return nil, err
		}
	}
	if err == nil {
		err = form.Check(body)
	}
	if err == nil {
		err = s.fits(body)
	}
	if err != nil && file == "" {
		err = named(s.fs, err)
	}
	if err != nil {
		return nil, err
	}
	if b, ok := body.(*request.Answer); ok {
		s.short(b)
	}
	if b, ok := body.(*request.Supplement); ok && s.asks != nil {
		s.left = s.asks.Unanswered(b)
	}
	return form.Encode(body)
}

// short tells of holds that are shorter than the guidelines have them. They may be:
// what a provider did is a fact.
func (s *saying) short(b *request.Answer) {
	hold, ok := s.pack.Hold("preserve")
	if !ok {
		return
	}
	for _, r := range b.Results {
		if days := int(r.HoldUntil.Sub(r.HoldFrom.Time).Hours() / 24); r.Result == request.Preserved && days < hold.Floor {
			s.Note("item %s would be held for %d days; the floor is %d days, %s %s", r.Item, days, hold.Floor, hold.Cite, hold.Mark())
		}
	}
}

// fits holds a body to the matter as it stands.
func (s *saying) fits(body any) error {
	if s.asks != nil {
		return s.asks.Fits(s.kind, body, s.me, comity.Seat(*s.seat), s.pack, s.Now())
	}
	return s.view.Fits(body, s.me, comity.Seat(*s.seat))
}

// alone checks that a body from a file comes without flags that it would ignore.
func (s *saying) alone() (err error) {
	with := []string{"file", "to", "seat", "sole", "sole-reason", "realm", "tlp", "handling", "sources", "screened", "lang", "partial", "final", "attach", "json", "dir", "passphrase-file"}
	if s.view.Ref == "" {
		with = append(with, "to") // the party: what opens a matter is for one
	}
	s.fs.Visit(func(f *flag.Flag) {
		if !slices.Contains(with, f.Name) {
			err = shell.Usagef("%s: --file has the whole body; leave out --%s", s.fs.Name(), f.Name)
		}
	})
	return err
}

// flagFor names the flags of members that are called otherwise, without the
// numbers in their paths; none of what stands in the file of a request.
var flagFor = map[string]string{
	"authority.seat":      "",
	"conditions.text":     "condition",
	"consultation.reason": "waived-because",
	"consultation.state":  "consultation",
	"order.items.to":      "",
	"questions":           "text",
	"reasons":             "reason no-further-reasons",
	"release.reason":      "sole-reason",
	"replies":             "text",
	"results":             "item",
	"results.hold_until":  "until",
	"results.reason":      "why",
	"statement":           "of",
}

var number = regexp.MustCompile(`\[[0-9]+\]`)

// named adds to an error that names a member of a statement the flag by which a
// person gives it.
func named(fs *flag.FlagSet, err error) error {
	if e, ok := err.(*comity.Error); ok {
		path := number.ReplaceAllString(e.Field, "")
		name, ok := flagFor[path]
		if !ok {
			name = strings.ReplaceAll(path[strings.LastIndex(path, ".")+1:], "_", "-")
		}
		flags := slices.DeleteFunc(strings.Fields(name), func(f string) bool { return fs.Lookup(f) == nil })
		if name == e.Field || len(flags) == 0 {
			return err
		}
		with := *e
		with.Text += " (--" + strings.Join(flags, ", --") + ")"
		return &with
	}
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range list.Unwrap() {
			all = append(all, named(fs, e))
		}
		return errors.Join(all...)
	}
	return err
}

// attachments opens files that are to go with a draft, and checks of all of them
// what can be checked before anything is done with one. It returns what closes them.
func (a *app) attachments(n *node, d store.Draft, names []string) (list []desk.Attachment, done func(), err error) {
	var m store.Matter
	var open []*os.File
	done = func() {
		for _, f := range open {
			_ = f.Close() // it was only read
		}
	}
	err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		m, err = n.MatterOf(tx, d)
		return err
	})
	if err != nil {
		return nil, done, err
	}
	for _, name := range names {
		base := filepath.Base(name)
		st, err := os.Stat(name)
		if err != nil {
			return nil, done, disk.Error("attach", name, err)
		}
		if !st.Mode().IsRegular() {
			return nil, done, comity.Fieldf("attach", "%s is not a file but a %s", name, st.Mode().Type())
		}
		if err := vault.CheckName(base); err != nil {
			return nil, done, err
		}
		for _, other := range list {
			if other.Name == base {
				return nil, done, comity.Fieldf("attach", "two of the files are called %q; rename one", base)
			}
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, done, disk.Error("attach", name, err)
		}
		open = append(open, f)
		if err := inspect(base, f, st.Size(), m.Category, a.Lang); err != nil {
			return nil, done, err
		}
		media, _, err := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(name)))
		if err != nil { // of an extension that nobody knows
			media = "application/octet-stream"
		}
		list = append(list, desk.Attachment{Name: base, Media: media, Content: a.Progress(f, base)})
	}
	return list, done, nil
}
