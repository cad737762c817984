package officer

import (
	"comity"
	"comity/desk"
	"comity/keyring"
	"comity/shell"
	"comity/store"
	"comity/thread"
	"comity/typed"
)

// members makes a verb of a kind: a flag for each member of its body.
func members(k thread.Kind) verb {
	return func(s *saying) func() (any, error) {
		s.kind = k.Kind
		body := k.New()
		fill := typed.Members(s.fs, body, func(id string) (comity.Hash, error) { return s.statement(id, nil) })
		s.attachable()
		return func() (any, error) { return body, fill() }
	}
}

func (s *saying) attachable() {
	if s.fs.Lookup("attach") == nil {
		s.fs.Func("attach", "files to attach, separated by commas", func(v string) error {
			s.files = append(s.files, typed.Split(v)...)
			return nil
		})
	}
}

// open makes a command of a capability that is not a request: what opens its
// matters.
func (a *app) open(c thread.Capability) shell.Command {
	return func(args []string) error {
		s := a.saying(string(c.Opens()))
		to := s.fs.String("to", "", "the party that it is for")
		file := s.fs.String("file", "", "the whole body as JSON, instead of flags; - is standard input")
		typed := members(c.Kinds[0])(s)
		if _, err := shell.Parse(s.fs, args, 0, 0, "no words, only flags"); err != nil {
			return err
		}
		if err := onlySole(s.fs); err != nil {
			return err
		}
		p, err := comity.ParseParty(*to)
		if err != nil {
			return comity.Fieldf("to", "%q is not a party such as %q", comity.Clip(*to), "cn")
		}
		realm, err := comity.ParseRealm(*s.realm)
		if err != nil {
			return err
		}
		b, err := s.body(*file, typed)
		if err != nil {
			return err
		}
		return a.opened(s, desk.New{To: p, Realm: realm, Kind: c.Opens(), Body: b, Marking: s.marking()})
	}
}

// opened drafts what opens a matter, and signs it by its author.
func (a *app) opened(s *saying, w desk.New) error {
	return a.seated(*s.seat, func(n *node, o *keyring.Officer) error {
		files, done, err := a.attachments(n, store.Draft{Realm: w.Realm, Kind: w.Kind, Body: w.Body}, s.files)
		defer done()
		if err != nil {
			return err
		}
		if w.Noted, err = s.sheets(n, w.Realm, o.Seat); err != nil {
			return err
		}
		d, err := n.desk.Say(a.Ctx, w, s.word(o), files...)
		if err != nil {
			return named(s.fs, err)
		}
		return a.printDraft(n, d)
	})
}
