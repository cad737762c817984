package officer

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"comity"
	"comity/desk"
	"comity/keyring"
	"comity/shell"
	"comity/thread"
)

// members makes a verb of a kind: a flag for each member of its body, by its name
// with - for . and _. A list of texts takes commas; what has members of its own
// and may stand several times takes JSON.
func members(k thread.Kind) verb {
	return func(s *saying) func() (any, error) {
		s.kind = k.Kind
		body := k.New()
		var set []func() error
		flags(s, reflect.ValueOf(body).Elem(), "", &set)
		s.attachable()
		return func() (any, error) {
			for _, f := range set {
				if err := f(); err != nil {
					return nil, err
				}
			}
			return body, nil
		}
	}
}

func (s *saying) attachable() {
	if s.fs.Lookup("attach") == nil {
		s.fs.Func("attach", "files to attach, separated by commas", func(v string) error {
			s.files = append(s.files, shell.Split(v)...)
			return nil
		})
	}
}

// flags declares the flags of a struct, and adds what sets each member.
func flags(s *saying, v reflect.Value, prefix string, set *[]func() error) {
	for i := range v.NumField() {
		f, tag := v.Field(i), v.Type().Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		name = strings.ReplaceAll(name, "_", "-")
		if prefix != "" {
			name = prefix + "-" + name
		}
		if s.fs.Lookup(name) != nil { // the verb's own --text, say
			continue
		}
		says := tag.Get("says")
		if one := tag.Get("one"); one != "" {
			says = strings.TrimSpace(says + " (" + strings.ReplaceAll(one, "|", " ") + ")")
		}
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[comity.Time]() {
			flags(s, f, name, set)
			continue
		}
		if f.Kind() == reflect.Bool {
			s.fs.BoolVar(f.Addr().Interface().(*bool), name, false, says)
			continue
		}
		text := s.fs.String(name, "", says)
		*set = append(*set, func() error {
			if *text == "" {
				return nil
			}
			return put(s, f, name, *text)
		})
	}
}

// put reads what a person typed into a member.
func put(s *saying, f reflect.Value, name, text string) error {
	switch {
	case f.Type() == reflect.TypeFor[comity.Time]():
		t, err := moment(name, text)
		if err == nil {
			f.Set(reflect.ValueOf(t))
		}
		return err
	case f.Type() == reflect.TypeFor[comity.Hash]():
		h, err := comity.ParseHash(text)
		if err != nil {
			h, err = s.statement(text, nil)
		}
		f.Set(reflect.ValueOf(h))
		return err
	case f.Kind() == reflect.String:
		f.SetString(text)
	case f.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return comity.Fieldf(name, "%q is not a whole number", comity.Clip(text))
		}
		f.SetInt(int64(n))
	case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String:
		for _, w := range shell.Split(text) {
			f.Set(reflect.Append(f, reflect.ValueOf(w).Convert(f.Type().Elem())))
		}
	default:
		if err := json.Unmarshal([]byte(text), f.Addr().Interface()); err != nil {
			return comity.Fieldf(name, "it is not JSON of its shape: %v", err)
		}
	}
	return nil
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
	files, done, err := a.attachments(s.files)
	defer done()
	if err != nil {
		return err
	}
	return a.seated(*s.seat, func(n *node, o *keyring.Officer) error {
		d, err := n.desk.Say(a.Ctx, w, s.word(o), files...)
		if err != nil {
			return named(s.fs, err)
		}
		return a.printDraft(n, d)
	})
}
