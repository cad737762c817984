// Package people is who works at the desk: the first administrator's link, and what
// administrators do at a terminal.
//
// Whoever has a shell on the node could write its database, and so acts here as one
// administrator; the journal says that it was the console.
package people

import (
	"comity"
	"comity/config"
	"comity/session"
	"comity/shell"
)

type app struct{ *shell.App }

// Commands returns the verbs about persons.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{"enrol": a.enrol}
}

// door opens the desk's door.
func (a *app) door(f func(*shell.Node, *session.Door) error) error {
	return a.With(func(n *shell.Node) error {
		if n.Desk.URL == "" {
			return comity.Errorf(comity.Invalid, "this node has no desk; name one in %s: \"desk\": {\"listen\": \"127.0.0.1:8443\", \"url\": \"http://localhost:8443\"}", config.Name)
		}
		d, err := session.New(n.DB, session.Config{Origin: n.Desk.URL, Name: n.DeskName()})
		if err != nil {
			return err
		}
		return f(n, d)
	})
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
	if *name == "" {
		return comity.Fieldf("name", "say who it is for, such as %q", "Li Wei")
	}
	var at []comity.Seat
	for _, s := range shell.Split(*seats) {
		seat, err := comity.ParseSeat(s)
		if err != nil {
			return err
		}
		at = append(at, seat)
	}
	return a.door(func(n *shell.Node, d *session.Door) (err error) {
		var link string
		if *first {
			link, err = d.FirstLink(a.Ctx, a.Now(), *name, at)
		} else {
			link, err = a.link(d, *name, *roles, at)
		}
		if err != nil {
			return err
		}
		url := n.Desk.URL + "/enrol/" + link
		return a.Print(map[string]any{"name": *name, "link": url, "seats": at}, "%s\nfor %s, once, within 24 hours\n", url, *name)
	})
}

func (a *app) link(d *session.Door, name, roles string, seats []comity.Seat) (string, error) {
	var list []session.Role
	for _, r := range shell.Split(roles) {
		role, err := session.ParseRole(r)
		if err != nil {
			return "", err
		}
		list = append(list, role)
	}
	p, err := d.NewPerson(a.Ctx, a.Now(), session.Console(), name, list...)
	if err != nil {
		return "", err
	}
	return d.Link(a.Ctx, a.Now(), session.Console(), p.ID, seats)
}
