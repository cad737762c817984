package people

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"comity"
	"comity/session"
	"comity/shell"
	"comity/typed"
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// ask is the first administrator's word to let somebody in who lost the key.
func (a *app) ask(args []string) error {
	fs := a.Flags("recover ask")
	reason := fs.String("reason", "", "why, and how you know that it is they")
	words, err := shell.Parse(fs, args, 1, 1, "one PERSON")
	if err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		r, err := d.AskRecovery(a.Ctx, a.Now(), by, words[0], *reason)
		if err != nil {
			return err
		}
		return a.Print(r, "%s: another administrator approves it within 24 hours: comity recover approve %s\n", r.ID, r.ID)
	})
}

// approve is the second administrator's. The lost key ends, and a link is made.
func (a *app) approve(args []string) error {
	words, err := shell.Parse(a.Flags("recover approve"), args, 1, 1, "one recovery, such as r-abc")
	if err != nil {
		return err
	}
	return a.door(func(n *shell.Node, d *session.Door, by session.Actor) error {
		link, err := d.ApproveRecovery(a.Ctx, a.Now(), by, words[0])
		if err != nil {
			return err
		}
		return a.printLink(n, linked{ID: words[0], Link: link})
	})
}

func (a *app) recoveries(args []string) error {
	if _, err := shell.Parse(a.Flags("recover list"), args, 0, 0, "no words"); err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		list, err := d.Recoveries(a.Ctx, a.Now(), by)
		if err != nil {
			return err
		}
		text := ""
		for _, r := range list {
			text += fmt.Sprintf("%s  of %s, asked by %s at %s: %s%s\n", r.ID, r.Person, r.Asked, shell.UTC(r.At), shell.Plain(r.Reason), shell.Maybe("; approved by %s", r.Approved))
		}
		if list == nil {
			list = []session.Recovery{}
		}
		return a.Print(list, "%s", text)
	})
}

// A seated session is a line of session list.
type seated struct {
	ID      string      `json:"id"`
	Person  string      `json:"person"`
	Name    string      `json:"name"`
	Seat    comity.Seat `json:"seat"`
	How     string      `json:"how"`
	Address string      `json:"address"`
	Agent   string      `json:"agent"`
	Begun   time.Time   `json:"begun"`
	Seen    time.Time   `json:"seen"`
	Locked  bool        `json:"locked"`
	Armed   bool        `json:"armed"`
}

// sessions lists the sessions that are open.
func (a *app) sessions(args []string) error {
	fs := a.Flags("session list")
	own := fs.Bool("own", false, "at the desk: of who asks alone")
	words, err := shell.Parse(fs, args, 0, 1, "no words, or one PERSON")
	if err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		of := strings.Join(words, "")
		if *own {
			of = by.Person()
		}
		all, err := d.Sessions(a.Ctx, a.Now(), by, of)
		if err != nil {
			return err
		}
		list, text := []seated{}, ""
		for _, s := range all {
			l := seated{s.ID, s.Person.ID, s.Person.Name, s.Seat, s.How, s.Address, s.Agent, s.Begun, s.Seen, s.Locked, s.Armed}
			list = append(list, l)
			text += fmt.Sprintf("%s  %s (%s) at %s by %s from %s, seen %s%s\n", l.ID, l.Person, shell.Plain(l.Name), l.Seat, l.How, l.Address, shell.UTC(l.Seen), map[bool]string{true: ", locked"}[l.Locked])
		}
		return a.Print(list, "%s", text)
	})
}

// end ends a session; --others ends all of one's own but this.
func (a *app) end(args []string) error {
	fs := a.Flags("session end")
	others := fs.Bool("others", false, "at the desk: all other sessions of who asks")
	words, err := shell.Parse(fs, args, 0, 1, "one session, such as s-abc")
	if err != nil {
		return err
	}
	if (len(words) == 0) != *others {
		return shell.Usagef("session end: give one session, or --others")
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		if *others {
			all, err := d.Sessions(a.Ctx, a.Now(), by, by.Person())
			if err != nil {
				return err
			}
			for _, s := range all {
				if s.ID != by.Session() {
					words = append(words, s.ID)
				}
			}
		}
		for _, id := range words {
			if err := d.End(a.Ctx, a.Now(), by, id); err != nil {
				return err
			}
		}
		return a.Print(map[string]any{"ended": words}, "%d sessions have ended\n", len(words))
	})
}

// A sitting is who sat at a seat.
type sitting struct {
	Person  string    `json:"person"`
	Name    string    `json:"name"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until,omitzero"`
	Present bool      `json:"present"`
}

// who resolves a seat at a moment to persons, for an inspector.
func (a *app) who(args []string) error {
	fs := a.Flags("who")
	seat := fs.String("seat", "", "the seat, ours")
	at := fs.String("at", "", "the moment, such as 2026-11-25T12:00:00Z")
	reason := fs.String("reason", "", "why this is asked; it goes to the journal")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	t, err := typed.Moment("at", *at)
	if err != nil {
		return err
	}
	if a.Node == nil {
		return comity.Errorf(comity.Forbidden, "who: an inspector asks it at the desk, signed in, with a reason: whoever has a shell here is not known by name")
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		all, err := d.Resolve(a.Ctx, a.Now(), by, comity.Seat(*seat), t.Time, *reason)
		if err != nil {
			return err
		}
		list := []sitting{}
		for _, s := range all {
			list = append(list, sitting{s.Person.ID, s.Person.Name, s.Since, s.Until, s.Present})
		}
		return a.Print(list, "%d persons\n", len(list))
	})
}

// token makes a token, by which a program uses some verbs at a seat.
func (a *app) token(args []string) error {
	fs := a.Flags("api token")
	name := fs.String("name", "", "what the program is called, such as 'case system'")
	seat := fs.String("seat", string(a.Seat), "the seat that it works at")
	verbs := fs.String("verbs", "", "what it may do, separated by commas, such as list,show,draft")
	expires := fs.String("expires", "", "until when, within 366 days, such as 2027-03-01")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	t := session.APIToken{Name: *name, Seat: comity.Seat(*seat)}
	for v := range strings.SplitSeq(*verbs, ",") {
		if v = strings.Join(strings.Fields(v), " "); v != "" {
			t.Verbs = append(t.Verbs, v)
		}
	}
	end, err := typed.Moment("expires", *expires)
	if err != nil {
		return err
	}
	t.Expires = end.Time
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		secret, t, err := d.NewToken(a.Ctx, a.Now(), by, t)
		if err != nil {
			return err
		}
		return a.Print(struct {
			session.APIToken
			Secret string `json:"secret"`
		}{t, secret}, "%s\n%s, at %s until %s; it is shown this once\n", secret, t.ID, t.Seat, shell.UTC(t.Expires))
	})
}

func (a *app) tokens(args []string) error {
	fs := a.Flags("api tokens")
	own := fs.Bool("own", false, "at the desk: of who asks alone")
	if _, err := shell.Parse(fs, args, 0, 0, "no words"); err != nil {
		return err
	}
	return a.door(func(_ *shell.Node, d *session.Door, by session.Actor) error {
		of := ""
		if *own {
			of = by.Person()
		}
		list, err := d.Tokens(a.Ctx, a.Now(), by, of)
		if err != nil {
			return err
		}
		text := ""
		for _, t := range list {
			text += fmt.Sprintf("%s  %s at %s until %s, made by %s: %s\n", t.ID, shell.Plain(t.Name), t.Seat, shell.UTC(t.Expires), t.Person, strings.Join(t.Verbs, ", "))
		}
		if list == nil {
			list = []session.APIToken{}
		}
		return a.Print(list, "%s", text)
	})
}

func (a *app) untoken(args []string) error {
	return a.does(args, "api revoke", "one token, such as t-abc", "the token %s is good no more", func(d *session.Door, by session.Actor, id string) error {
		return d.RevokeToken(a.Ctx, a.Now(), by, id)
	})
}

// document prints the description of the API.
func (a *app) document(args []string) error {
	if _, err := shell.Parse(a.Flags("api openapi"), args, 0, 0, "no words"); err != nil {
		return err
	}
	b, err := a.openapi()
	if err != nil {
		return err
	}
	_, err = a.Stdout.Write(b)
	return err
}
