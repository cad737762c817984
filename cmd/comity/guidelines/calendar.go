package guidelines

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"time"

	"comity"
	"comity/cabinet"
	"comity/clock"
	"comity/guidelines"
	"comity/shell"
	"comity/store"
)

// A calendar is a line of comity calendar list.
type calendar struct {
	File        string      `json:"file"`
	SHA256      comity.Hash `json:"sha256"`
	Name        comity.Text `json:"name"`
	First       int         `json:"first"`
	Last        int         `json:"last"`
	Provisional []int       `json:"provisional,omitempty"`
	Taken       bool        `json:"taken_in,omitempty"`
}

func lineOf(file string, h comity.Hash, c clock.Calendar, taken bool) calendar {
	return calendar{file, h, comity.Text{EN: c.Name, ZH: c.NameZH}, c.First, c.Last, c.Provisional, taken}
}

// maxICS is the largest calendar, in bytes; package clock reads no larger one.
const maxICS = 256 << 10

// calendar lists the working calendars that are here, or takes one in from an .ics
// file. It counts between two parties when both have it and a pack in force names
// it by its SHA-256.
func (a *app) calendar(args []string) error {
	fs := a.Flags("calendar")
	seat := fs.String("seat", "", "import: the seat that takes it in")
	year := fs.Int("year", 0, "show: the year (default: this one)")
	words, err := shell.Parse(fs, args, 1, 2, "list, show and a SHA-256, or import and one FILE.ics")
	if err != nil {
		return err
	}
	switch {
	case words[0] == "list" && len(words) == 1:
		return a.calendars()
	case words[0] == "show" && len(words) == 2:
		return a.showCalendar(words[1], *year)
	case words[0] == "import" && len(words) == 2:
		return a.importCalendar(words[1], *seat)
	}
	return shell.Usagef("calendar: give list, show and a SHA-256, or import and one FILE.ics")
}

// A shownCalendar is one year of a calendar, and the file that it stands in.
type shownCalendar struct {
	calendar
	Zone   string `json:"zone"`
	Opens  string `json:"opens,omitempty"`
	Closes string `json:"closes,omitempty"`
	Year   int    `json:"year"`
	Days   []day  `json:"days"` // what the calendar says of its own: holidays, and weekends that are worked
	ICS    string `json:"ics"`
}

type day struct {
	Date    string      `json:"date"`
	Working bool        `json:"working"`
	Name    comity.Text `json:"name"`
	Source  string      `json:"source,omitempty"`
}

// showCalendar prints the days of a year that are not as the week has them.
func (a *app) showCalendar(hash string, year int) error {
	h, err := comity.ParseHash(hash)
	if err != nil {
		return err
	}
	var found shownCalendar
	var c clock.Calendar
	take := func(file string, raw []byte, taken bool) (err error) {
		if comity.Hash(sha256.Sum256(raw)) != h {
			return nil
		}
		c, err = clock.ParseICS(raw)
		found = shownCalendar{calendar: lineOf(file, h, c, taken), ICS: string(raw), Days: []day{}}
		return err
	}
	entries, err := guidelines.FS.ReadDir("calendars")
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := guidelines.FS.ReadFile("calendars/" + e.Name())
		if err == nil {
			err = take(e.Name(), b, false)
		}
		if err != nil {
			return err
		}
	}
	err = a.With(func(n *shell.Node) error {
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			rows, err := cabinet.Minutes(tx, cabinet.Choice{Scope: cabinet.Party, Kind: shell.CalendarMinute})
			for _, m := range rows {
				if name, file, _ := bytes.Cut(m.Body, []byte("\n")); err == nil {
					err = take(string(name), file, true)
				}
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	if found.ICS == "" {
		return comity.Errorf(comity.NotFound, "no calendar %s is here; comity calendar list has those that are", h)
	}
	if found.Year = year; year == 0 {
		found.Year = a.Now().Year()
	}
	found.Zone, found.Opens, found.Closes = c.Zone.Name(), hours(c.Opens), hours(c.Closes)
	first := clock.DateOf(time.Date(found.Year, 1, 1, 0, 0, 0, 0, time.UTC))
	text := ""
	for d := first; d.Year() == found.Year; d++ {
		x, err := c.Day(d)
		if err != nil {
			return err
		}
		if x.Name == "" {
			continue
		}
		name := comity.Text{EN: x.Name, ZH: cmp.Or(x.NameZH, x.Name)}
		found.Days = append(found.Days, day{d.String(), x.Working, name, x.Source})
		text += shell.Plain(fmt.Sprintf("%s  %s  %s", d, map[bool]string{true: "worked", false: "off"}[x.Working], name.In(a.Lang))) + "\n"
	}
	return a.Print(found, "%s", text)
}

func hours(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

func (a *app) calendars() error {
	var list []calendar
	entries, err := guidelines.FS.ReadDir("calendars")
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := guidelines.FS.ReadFile("calendars/" + e.Name())
		if err != nil {
			return err
		}
		c, err := clock.ParseICS(b)
		if err != nil {
			return err
		}
		list = append(list, lineOf(e.Name(), sha256.Sum256(b), c, false))
	}
	err = a.With(func(n *shell.Node) error {
		return n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			taken, err := n.Calendars(tx)
			for _, t := range taken {
				list = append(list, lineOf(t.File, t.SHA256, t.Calendar, true))
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	text := ""
	for _, c := range list {
		text += shell.Plain(fmt.Sprintf("%-12s %d to %d  %s  %s%s", c.File, c.First, c.Last, c.Name.In(a.Lang), c.SHA256, shell.Maybe("  not announced yet: %s", years(c.Provisional)))) + "\n"
	}
	return a.Print(list, "%s", text)
}

func years(list []int) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprint(list)
}

func (a *app) importCalendar(name, seat string) error {
	b, err := a.ReadInput("FILE", name, maxICS)
	if err != nil {
		return err
	}
	c, err := clock.ParseICS(b)
	if err != nil {
		return err
	}
	h := comity.Hash(sha256.Sum256(b))
	file := filepath.Base(name)
	err = a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, seat)
		if err != nil {
			return err
		}
		return n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
			taken, err := n.Calendars(tx)
			if err != nil {
				return err
			}
			for _, t := range taken {
				if t.SHA256 == h {
					return nil // it is here already
				}
			}
			at := comity.At(a.Now())
			if err := cabinet.Add(tx, cabinet.Minute{Scope: cabinet.Party, Kind: shell.CalendarMinute, Name: h.String(), Seat: o.Seat, At: at, Body: append([]byte(file+"\n"), b...)}); err != nil {
				return err
			}
			// What was measured without its days is measured again.
			if err := cabinet.Drop(tx); err != nil {
				return err
			}
			return tx.Journal(at, "calendar", string(o.Seat), "took in the calendar "+file+", SHA-256 "+h.String())
		})
	})
	if err != nil {
		return err
	}
	return a.Print(lineOf(file, h, c, true), "%s covers %d to %d; it counts when both sides have it and a pack in force names it:\n  - {party: …, file: %s, sha256: %s}\n", file, c.First, c.Last, file, h)
}
