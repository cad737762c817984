// Package people is who works at the desk: persons, their keys, sessions and tokens.
//
// Whoever has a shell on the node could write its database, and so acts here as one
// administrator; the journal says that it was the console. Called from the desk, the
// same verbs act as the person who has signed in there, and what weighs more than
// reading needs that person's key in the last five minutes.
package people

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/seal"
	"comity/session"
	"comity/shell"
	"comity/store"
	"comity/typed"
)

type app struct {
	*shell.App
	openapi func() ([]byte, error)
}

// Commands returns the verbs about persons. openapi describes the API.
func Commands(s *shell.App, openapi func() ([]byte, error)) map[string]shell.Command {
	a := &app{s, openapi}
	return map[string]shell.Command{
		"enrol": a.enrol, "who": a.who,
		"person": a.sub("person", map[string]shell.Command{"list": a.list, "add": a.add, "link": a.link, "roles": a.roles, "seats": a.seats, "leave": a.leave,
			"attach": a.attach, "detach": a.detach, "key": a.key, "revoke": a.revoke}),
		"recover": a.sub("recover", map[string]shell.Command{"list": a.recoveries, "ask": a.ask, "approve": a.approve}),
		"session": a.sub("session", map[string]shell.Command{"list": a.sessions, "end": a.end}),
		"api":     a.sub("api", map[string]shell.Command{"token": a.token, "tokens": a.tokens, "revoke": a.untoken, "openapi": a.document}),
	}
}

// sub makes one command of several.
func (a *app) sub(name string, verbs map[string]shell.Command) shell.Command {
	return func(args []string) error {
		if len(args) > 0 && verbs[args[0]] != nil {
			return verbs[args[0]](args[1:])
		}
		if _, err := shell.Parse(a.Flags(name), args, 0, -1, ""); err != nil {
			return err
		}
		var all []string
		for v := range verbs {
			all = append(all, v)
		}
		slices.Sort(all)
		return shell.Usagef("%s: give %s", name, strings.Join(all, ", "))
	}
}

// door opens the desk's door, for who asks: at the desk the person who has signed in.
func (a *app) door(f func(*shell.Node, *session.Door, session.Actor) error) error {
	return a.With(func(n *shell.Node) error {
		d, err := session.Open(n.DB, n.Config)
		if err != nil {
			return err
		}
		by := session.Console()
		if a.Node != nil {
			var ok bool
			if by, ok = session.From(a.Ctx); !ok {
				return comity.Errorf(comity.Forbidden, "this is for a person who has signed in, and not for a program")
			}
		}
		return f(n, d, by)
	})
}

// does opens the door for a change about the one word, and prints what was done.
func (a *app) does(args []string, name, what string, said string, do func(d *session.Door, by session.Actor, word string) error) error {
	words, err := shell.Parse(a.Flags(name), args, 1, 1, what)
	if err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		if err := do(d, by, words[0]); err != nil {
			return err
		}
		return a.Print(map[string]any{"id": words[0]}, said+"\n", words[0])
	})
}

func seatList(field, text string) (list []comity.Seat, err error) {
	for _, s := range typed.Split(text) {
		seat, err := comity.ParseSeat(s)
		if err != nil {
			return nil, comity.Fieldf(field, "%v", err)
		}
		list = append(list, seat)
	}
	return list, nil
}

func roleList(text string) (list []session.Role, err error) {
	for _, r := range typed.Split(text) {
		role, err := session.ParseRole(r)
		if err != nil {
			return nil, err
		}
		list = append(list, role)
	}
	return list, nil
}

// A linked person has a link to enrol by, which is shown once.
type linked struct {
	ID    string        `json:"id,omitempty"`
	Name  string        `json:"name,omitempty"`
	Link  string        `json:"link"`
	Seats []comity.Seat `json:"seats,omitempty"`
}

func (a *app) printLink(n *shell.Node, l linked) error {
	l.Link = n.Desk.URL + "/enrol/" + l.Link
	who := l.Name
	if who == "" {
		who = l.ID
	}
	return a.Print(l, "%s\nfor %s, once, within 24 hours\n", l.Link, who)
}

// enrol makes the link by which a person enrols a passkey, once: the first
// administrator, or another person.
func (a *app) enrol(args []string) error {
	fs := a.Flags("enrol")
	name := fs.String("name", "", "of the person; it never crosses the border")
	seats := fs.String("seats", "", "where the person sits, separated by commas")
	roles := fs.String("roles", "officer", "officer administrator inspector principal, separated by commas")
	first := fs.Bool("first", false, "the first administrator of a new desk")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.come(*name, *roles, *seats, *first)
}

// add adds a person, and makes the link.
func (a *app) add(args []string) error {
	fs := a.Flags("person add")
	seats := fs.String("seats", "", "where the person sits, separated by commas")
	roles := fs.String("roles", "officer", "officer administrator inspector principal, separated by commas")
	words, err := shell.Parse(fs, args, 1, 1, "the person's name in quotes, such as 'Li Wei'; it never crosses the border")
	if err != nil {
		return err
	}
	return a.come(words[0], *roles, *seats, false)
}

func (a *app) come(name, roles, seats string, first bool) error {
	if name == "" {
		return comity.Fieldf("name", "say who it is for, such as %q", "Li Wei")
	}
	at, err := seatList("seats", seats)
	if err != nil {
		return err
	}
	is, err := roleList(roles)
	if err != nil {
		return err
	}
	return a.door(func(n *shell.Node, d *session.Door, by session.Actor) (err error) {
		l := linked{Name: name, Seats: at}
		if first {
			if a.Node != nil {
				return comity.Errorf(comity.Forbidden, "the first administrator is made at the console")
			}
			if l.Link, err = d.FirstLink(a.Ctx, a.Now(), name, at); err != nil {
				return err
			}
			return a.printLink(n, l)
		}
		p, err := d.NewPerson(a.Ctx, a.Now(), by, name, is...)
		if err != nil {
			return err
		}
		if l.Link, err = d.Link(a.Ctx, a.Now(), by, p.ID, at); err != nil {
			return err
		}
		l.ID, l.Name = p.ID, p.Name
		return a.printLink(n, l)
	})
}

// link makes another link, for who never enrolled.
func (a *app) link(args []string) error {
	fs := a.Flags("person link")
	seats := fs.String("seats", "", "that using it gives, separated by commas")
	words, err := shell.Parse(fs, args, 1, 1, "one PERSON, such as p-abc; comity person list names all")
	if err != nil {
		return err
	}
	at, err := seatList("seats", *seats)
	if err != nil {
		return err
	}
	return a.door(func(n *shell.Node, d *session.Door, by session.Actor) error {
		link, err := d.Link(a.Ctx, a.Now(), by, words[0], at)
		if err != nil {
			return err
		}
		return a.printLink(n, linked{ID: words[0], Link: link, Seats: at})
	})
}

// A person as it is listed: with the keys, and by which each seat signs.
type person struct {
	session.Person
	Passkeys   []passkey                   `json:"passkeys"`
	Identities []session.Identity          `json:"identities"`
	Signs      map[comity.Seat]comity.Text `json:"signs"` // how each seat signs
	Rekey      []comity.Seat               `json:"rekey"` // seats that sign by something else than the person's passkey
}

type passkey struct {
	ID      string     `json:"id"` // hex
	Name    string     `json:"name"`
	Added   time.Time  `json:"added"`
	Used    time.Time  `json:"used,omitzero"`
	Revoked time.Time  `json:"revoked,omitzero"`
	Key     comity.Key `json:"key"` // as comity seat rekey --passkey takes it
}

// How a seat signs.
var (
	byPasskey = comity.Text{EN: "signs by this passkey", ZH: "以该通行密钥签署"}
	byOther   = comity.Text{EN: "signs by another passkey", ZH: "以另一通行密钥签署"}
	byFile    = comity.Text{EN: "signs by a key file, at the command line", ZH: "以密钥文件在命令行签署"}
	notListed = comity.Text{EN: "is not on the roster: it signs nothing", ZH: "不在席位名册中：不能签署"}
)

// keys returns a person's passkeys.
func (a *app) keys(d *session.Door, by session.Actor, id string) ([]passkey, error) {
	all, err := d.Passkeys(a.Ctx, by, id)
	list := []passkey{}
	for _, k := range all {
		list = append(list, passkey{hex.EncodeToString(k.ID), k.Name, k.Added, k.Used, k.Revoked, comity.Key{Suite: seal.Passkey, Pub: k.Public()}})
	}
	return list, err
}

// signs says how the person's seats sign.
func (a *app) signs(n *shell.Node, p *person) error {
	return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		book, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		_, page := book.Roster()
		p.Signs = map[comity.Seat]comity.Text{}
		for _, s := range p.Seats {
			o, ok := book.Officer(page, s)
			how := byFile
			switch {
			case !ok:
				how = notListed
			case slices.ContainsFunc(p.Passkeys, func(k passkey) bool {
				return k.Revoked.IsZero() && o.Key.Suite == seal.Passkey && bytes.Equal(k.Key.Pub, o.Key.Pub)
			}):
				how = byPasskey
			case o.Key.Suite == seal.Passkey:
				how = byOther
			}
			if p.Signs[s] = how; ok && how != byPasskey {
				p.Rekey = append(p.Rekey, s)
			}
		}
		return nil
	})
}

// list lists persons; of one, everything.
func (a *app) list(args []string) error {
	words, err := shell.Parse(a.Flags("person list"), args, 0, 1, "no words, or one PERSON")
	if err != nil {
		return err
	}
	return a.door(func(n *shell.Node, d *session.Door, by session.Actor) error {
		all, err := d.Persons(a.Ctx, by)
		if err != nil {
			return err
		}
		list, text := []person{}, ""
		for _, p := range all {
			if len(words) > 0 && p.ID != words[0] {
				continue
			}
			x := person{Person: p, Rekey: []comity.Seat{}}
			if x.Passkeys, err = a.keys(d, by, p.ID); err != nil {
				return err
			}
			if x.Identities, err = d.Identities(a.Ctx, by, p.ID); err != nil {
				return err
			}
			if err := a.signs(n, &x); err != nil {
				return err
			}
			list, text = append(list, x), text+a.personText(x)
		}
		if len(words) > 0 && len(list) == 0 {
			return store.Absent("person %q", comity.Clip(words[0]))
		}
		return a.Print(list, "%s", text)
	})
}

func (a *app) personText(p person) string {
	roles := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		roles[i] = string(r)
	}
	text := fmt.Sprintf("%s  %s  %s", p.ID, shell.Plain(p.Name), strings.Join(roles, ", "))
	if !p.Ended.IsZero() {
		text += "  left " + shell.UTC(p.Ended)
	}
	for _, s := range p.Seats {
		text += fmt.Sprintf("\n  %s %s", s, p.Signs[s].In(a.Lang))
	}
	for _, k := range p.Passkeys {
		text += fmt.Sprintf("\n  passkey %s  %s", k.ID, shell.Plain(k.Name))
		if !k.Revoked.IsZero() {
			text += "  revoked " + shell.UTC(k.Revoked)
		}
	}
	for _, i := range p.Identities {
		text += fmt.Sprintf("\n  %s %s", i.Kind, shell.Plain(i.Name))
	}
	return text + "\n"
}

// roles gives a person desk roles, and takes the others.
func (a *app) roles(args []string) error {
	fs := a.Flags("person roles")
	to := fs.String("roles", "", "officer administrator inspector principal, separated by commas")
	words, err := shell.Parse(fs, args, 1, 1, "one PERSON")
	if err != nil {
		return err
	}
	is, err := roleList(*to)
	if err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		if err := d.SetRoles(a.Ctx, a.Now(), by, words[0], is...); err != nil {
			return err
		}
		return a.Print(map[string]any{"id": words[0], "roles": is}, "%s is %s\n", words[0], *to)
	})
}

// seats lets a person sit at seats, or no longer.
func (a *app) seats(args []string) error {
	fs := a.Flags("person seats")
	add := fs.String("add", "", "seats to sit at, separated by commas")
	remove := fs.String("remove", "", "seats to sit at no longer; sessions and tokens that are at them end")
	words, err := shell.Parse(fs, args, 1, 1, "one PERSON")
	if err != nil {
		return err
	}
	in, err := seatList("add", *add)
	if err != nil {
		return err
	}
	out, err := seatList("remove", *remove)
	if err != nil {
		return err
	}
	if len(in)+len(out) == 0 {
		return shell.Usagef("person seats: say --add SEAT or --remove SEAT")
	}
	return a.door(func(n *shell.Node, d *session.Door, by session.Actor) error {
		for _, s := range in {
			if err := d.Assign(a.Ctx, a.Now(), by, words[0], s); err != nil {
				return err
			}
		}
		for _, s := range out {
			if err := d.Unassign(a.Ctx, a.Now(), by, words[0], s); err != nil {
				return err
			}
		}
		return a.Print(map[string]any{"id": words[0], "added": in, "removed": out}, "%s sits at %d more seats, and at %d no longer\n", words[0], len(in), len(out))
	})
}

func (a *app) leave(args []string) error {
	return a.does(args, "person leave", "one PERSON", "%s has left: seats, keys, sessions, links and tokens have ended", func(d *session.Door, by session.Actor, p string) error {
		return d.Leave(a.Ctx, a.Now(), by, p)
	})
}

// attach lets a person sign in by an account at an issuer, or by a certificate.
func (a *app) attach(args []string) error {
	fs := a.Flags("person attach")
	issuer := fs.String("issuer", "", "URL of the issuer of OpenID Connect, as in the configuration")
	subject := fs.String("subject", "", "the person's account there: its claim sub, or the one that is configured")
	file := fs.String("certificate", "", "or file with the person's client certificate in PEM; - is standard input")
	words, err := shell.Parse(fs, args, 1, 1, "one PERSON")
	if err != nil {
		return err
	}
	kind, name := session.OIDC, session.OIDCName(*issuer, *subject)
	switch {
	case (*file == "") == (*issuer == "" || *subject == ""):
		return shell.Usagef("person attach: say --issuer URL and --subject ACCOUNT, or --certificate FILE")
	case *file != "":
		b, err := a.ReadInput("certificate", *file, 64<<10)
		if err != nil {
			return err
		}
		block, _ := pem.Decode(b)
		if block == nil {
			return comity.Fieldf("certificate", "it is not a certificate in PEM: it begins with -----BEGIN CERTIFICATE-----")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return comity.Fieldf("certificate", "it is not a certificate in PEM: %v", err)
		}
		kind, name = session.Certificate, session.CertificateName(c)
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		if err := d.Attach(a.Ctx, a.Now(), by, words[0], kind, name); err != nil {
			return err
		}
		return a.Print(map[string]any{"id": words[0], "kind": kind, "name": name}, "%s may sign in by the %s %s\n", words[0], kind, name)
	})
}

func (a *app) detach(args []string) error {
	fs := a.Flags("person detach")
	kind := fs.String("kind", session.OIDC, "oidc or certificate")
	name := fs.String("name", "", "as comity person list shows it")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		if err := d.Detach(a.Ctx, a.Now(), by, *kind, *name); err != nil {
			return err
		}
		return a.Print(map[string]any{"kind": *kind, "name": *name}, "nobody signs in by the %s %s\n", *kind, *name)
	})
}

// key prints a passkey as comity seat rekey --passkey takes it; with no word, of the
// person who asks, all.
func (a *app) key(args []string) error {
	fs := a.Flags("person key")
	id := fs.String("id", "", "of the passkey (default: the newest that is not revoked)")
	words, err := shell.Parse(fs, args, 0, 1, "no words, or one PERSON")
	if err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		if len(words) == 0 {
			list, err := a.keys(d, by, by.Person())
			if err != nil {
				return err
			}
			return a.Print(list, "%d passkeys; with --json all of them\n", len(list))
		}
		list, err := a.keys(d, by, words[0])
		if err != nil {
			return err
		}
		slices.Reverse(list)
		i := slices.IndexFunc(list, func(k passkey) bool { return k.Revoked.IsZero() && (*id == "" || k.ID == *id) })
		if i < 0 {
			return store.Absent("passkey of %s", comity.Clip(words[0]))
		}
		k := list[i].Key
		return a.Print(k, "{\"suite\":%q,\"pub\":%q}\n", k.Suite, b64(k.Pub))
	})
}

func (a *app) revoke(args []string) error {
	return a.does(args, "person revoke", "one passkey, as comity person list shows it", "the passkey %s signs in no more", func(d *session.Door, by session.Actor, id string) error {
		raw, err := hex.DecodeString(id)
		if err != nil {
			return comity.Fieldf("passkey", "%q is no passkey, such as comity person list shows", comity.Clip(id))
		}
		return d.RevokePasskey(a.Ctx, a.Now(), by, raw)
	})
}
