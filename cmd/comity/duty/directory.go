package duty

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"comity"
	"comity/clock"
	"comity/guide"
	"comity/pair"
	"comity/shell"
	"comity/store"
)

// An Agency is an entry of a directory, and how it stands there now.
type Agency struct {
	pair.Agency
	Party   comity.Party `json:"party"`
	Local   string       `json:"local,omitempty"` // the time there
	Day     string       `json:"day"`             // working, free or unknown, by the calendar that both sides count by
	Holiday comity.Text  `json:"holiday,omitzero"`
	Now     string       `json:"now"` // open, closed or unknown
}

// A Law is what an answer to a type of request rests on, for both sides.
type Law struct {
	Type   string       `json:"type"`
	Name   comity.Text  `json:"name"`
	Data   []string     `json:"data"`
	Needs  int          `json:"needs"`  // members without which it is not released
	Order  bool         `json:"order"`  // it needs a domestic order of the asking side
	Notice bool         `json:"notice"` // it asks whether the user may be told
	Days   int          `json:"days,omitempty"`
	Hold   comity.Text  `json:"hold,omitzero"`
	Origin guide.Origin `json:"origin"` // of the hold, or else of the type
}

// A Sheet is whom to call, and what they need.
type Sheet struct {
	Agencies []Agency     `json:"agencies"`
	Pack     string       `json:"pack"`
	Title    comity.Text  `json:"title"`
	Source   guide.Origin `json:"source"`
	Law      []Law        `json:"law"`
}

// duty shows whom both sides have published to each other, and who is there now.
func (a *app) duty(args []string) error {
	fs := a.Flags("duty")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	words, err := shell.Parse(fs, args, 1, 1, "the other party, such as cn")
	if err != nil {
		return err
	}
	peer, err := comity.ParseParty(words[0])
	if err != nil {
		return err
	}
	r, err := comity.ParseRealm(*realm)
	if err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		s := Sheet{Agencies: []Agency{}, Law: []Law{}}
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			if _, err := tx.Party(peer); err != nil {
				return err
			}
			all, err := n.Directories(tx, r, peer)
			if err != nil {
				return err
			}
			pack, days, err := n.Between(tx, peer)
			if err != nil {
				return err
			}
			for _, p := range all {
				for _, x := range p.Agencies {
					s.Agencies = append(s.Agencies, stands(x, p.Party, days[p.Party], a.Now()))
				}
			}
			s.Pack, s.Title, s.Source, s.Law = pack.ID, pack.Title, pack.Origin, laws(pack)
			return nil
		})
		if err != nil {
			return err
		}
		text := ""
		for _, x := range s.Agencies {
			text += shell.Plain(fmt.Sprintf("%s  %s  %s  %s  %s  there: %s %s %s  now: %s", x.Party, x.ID, cmp.Or(x.Contact, "-"), strings.Join(x.Languages, ","), x.Hours, x.Local, x.Day, x.Holiday.In(a.Lang), x.Now)) + "\n"
		}
		if text == "" {
			a.Note("neither side has published a directory; comity directory.publish does")
		}
		return a.Print(s, "%s", text)
	})
}

// always is what an agency says of its hours that is there day and night.
const always = "24/7"

// stands says how it is at an agency now. Hours in words of its own are shown, and
// nothing is concluded from them but what the calendar says of the day.
func stands(x pair.Agency, p comity.Party, c clock.Calendar, now time.Time) Agency {
	s := Agency{Agency: x, Party: p, Day: "unknown", Now: "unknown"}
	if z, err := clock.ParseZone(cmp.Or(x.Zone, c.Zone.Name()), ""); err == nil {
		s.Local = z.At(now).Format("2006-01-02 15:04")
	}
	if d, err := c.Day(c.Zone.Date(now)); err == nil {
		s.Day, s.Holiday = "free", comity.Text{EN: d.Name, ZH: d.NameZH}
		if d.Working {
			s.Day = "working"
		}
	}
	switch {
	case x.Hours == always:
		s.Now = "open"
	case s.Day == "free":
		s.Now = "closed"
	}
	return s
}

func laws(p guide.Pack) (list []Law) {
	for _, t := range p.Types {
		l := Law{Type: t.ID, Name: t.Name, Data: t.Data, Order: t.Coercive, Origin: t.Origin}
		for _, f := range t.Fields {
			if f.Need == guide.Must {
				l.Needs++
			}
			l.Notice = l.Notice || strings.HasSuffix(f.Path, "no_user_notice")
		}
		if h, ok := p.Hold(t.ID); ok {
			l.Days, l.Hold, l.Origin = cmp.Or(h.Initial, h.Floor), h.Says, h.Origin
		}
		list = append(list, l)
	}
	return list
}
