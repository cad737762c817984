package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/habit"
	"comity/store"
	"comity/web/page"
)

var queuePages = map[string]func(*view) error{
	"GET /queue":     (*view).queue,
	"POST /queue":    (*view).saveView,
	"GET /queue.csv": func(v *view) error { return v.queueFile("csv", "text/csv; charset=utf-8", table) },
	"GET /queue.json": func(v *view) error {
		return v.queueFile("json", "application/json", func(b *bytes.Buffer, list []page.Line) error { return json.NewEncoder(b).Encode(list) })
	},
	"GET /queue.ics": func(v *view) error {
		return v.queueFile("ics", "text/calendar; charset=utf-8", func(b *bytes.Buffer, list []page.Line) error {
			b.WriteString(deadlines(list, v.Now()))
			return nil
		})
	},
}

// filters are what a queue may be filtered by: fields of the URL, which are flags of
// comity list, and the list that has their words.
var filters = []struct{ name, list string }{
	{"type", "type"}, {"priority", "priority"}, {"category", "supporting.offence.category"},
}

// urgency are the groups of a queue, and until how long before its time a line is in it.
const (
	soon     = 24 * time.Hour
	critical = 24 * time.Hour // overdue for longer
)

// most is how many lines stand on a page.
const most = 200

// lines are what a query chooses, what is due first first.
func (v *view) lines(q url.Values, limit int) ([]page.Line, error) {
	args := []string{"list", "--limit", strconv.Itoa(limit)}
	if q.Get("all") == "" {
		args = append(args, "--open")
	}
	for _, f := range filters {
		if x := q.Get(f.name); x != "" {
			args = append(args, "--"+f.name, x)
		}
	}
	for _, name := range []string{"peer", "realm", "state", "from", "until", "after"} {
		if x := q.Get(name); x != "" {
			args = append(args, "--"+name, x)
		}
	}
	return ask[[]page.Line](v, args...)
}

// ours are the lines in which the next move is ours, if the query wants those alone.
func (v *view) ours(q url.Values, list []page.Line) []page.Line {
	if q.Get("whose") != "us" {
		return list
	}
	return slices.DeleteFunc(list, func(l page.Line) bool { return l.Owes != v.Node.Party && l.Unsigned.IsZero() })
}

// queue groups what waits by how urgent it is. Every filter, and the page, is in the
// URL.
func (v *view) queue() error {
	q := v.r.URL.Query()
	list, err := v.lines(q, most)
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.QueueTitle())
	if err != nil {
		return err
	}
	x := page.Queue{}
	if len(list) == most {
		next := maps.Clone(q)
		next.Set("after", list[most-1].Place)
		x.More = next.Encode()
	}
	q.Del("after")
	x.Query = q.Encode()
	list = v.ours(q, list)
	for _, l := range list {
		f.TLP = comity.HigherTLP(f.TLP, l.TLP)
	}
	x.Groups, x.Total = v.groups(list, f.Now), len(list)
	x.Filters, x.Said = v.choices(q, f)
	err = v.Node.DB.View(v.r.Context(), func(tx *store.Tx) error {
		views, err := habit.Views(tx, v.who.Person.ID)
		for _, s := range views {
			x.Saved = append(x.Saved, page.Saved{Name: s.Name, Query: s.Query})
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(f.Queue(x))
}

// saveView keeps a query under a name, for the person or for all who work here.
func (v *view) saveView() error {
	if err := v.parse(); err != nil {
		return err
	}
	q, err := url.ParseQuery(v.r.PostForm.Get("query"))
	if err != nil {
		return comity.Fieldf("query", "it is not what a page of the queue has in its address; filter, then save")
	}
	s := habit.View{Person: v.who.Person.ID, Name: v.r.PostForm.Get("name"), Query: q.Encode(), Shared: v.r.PostForm.Get("shared") == "yes"}
	if err := v.Node.DB.Update(v.r.Context(), func(tx *store.Tx) error { return habit.Save(tx, s) }); err != nil {
		return err
	}
	return v.to("/queue?" + s.Query)
}

func (v *view) groups(list []page.Line, now time.Time) []page.Group {
	w := v.word
	groups := []page.Group{{Name: w.GroupCritical()}, {Name: w.GroupOverdue()}, {Name: w.GroupSoon()}, {Name: w.GroupLater()}, {Name: w.GroupNone()}}
	for _, l := range list {
		i := 4
		switch left := l.Due.Sub(now); {
		case l.Due.IsZero():
		case left < -critical:
			i = 0
		case left < 0:
			i = 1
		case left < soon:
			i = 2
		default:
			i = 3
		}
		groups[i].Lines = append(groups[i].Lines, l)
	}
	return groups
}

func (v *view) choices(q url.Values, f page.Frame) (list []page.Choice, said []string) {
	w := v.word
	labels := map[string]string{"type": w.FilterType(), "priority": w.FilterPriority(), "category": w.FilterCategory()}
	var peers []page.Option
	for _, p := range f.Peers {
		peers = append(peers, page.Option{Value: string(p.Party), Label: strings.ToUpper(string(p.Party))})
	}
	list = append(list,
		page.Choice{Name: "whose", Label: w.FilterWhose(), Options: []page.Option{{Value: "us", Label: w.OwesUs()}}},
		page.Choice{Name: "peer", Label: w.FilterPeer(), Options: peers},
	)
	for _, x := range filters {
		c := page.Choice{Name: x.name, Label: labels[x.name]}
		for _, o := range guide.Shipped().WordList(x.list) {
			c.Options = append(c.Options, page.Option{Value: o.ID, Label: w.Of(o.Text)})
		}
		list = append(list, c)
	}
	list = append(list, page.Choice{Name: "all", Label: w.FilterAll(), Options: []page.Option{{Value: "yes", Label: w.FilterAllYes()}}})
	for i := range list {
		c := &list[i]
		c.Value = q.Get(c.Name)
		for _, o := range c.Options {
			if o.Value == c.Value && c.Value != "" {
				said = append(said, c.Label+" "+o.Label)
			}
		}
	}
	return list, said
}

// mostInFile is how many lines a file has: what a spreadsheet still opens at once.
const mostInFile = 10_000

// queueFile is the queue as a file: what a spreadsheet, a program or a calendar opens.
// It is made whole before any of it is sent.
func (v *view) queueFile(kind, media string, write func(*bytes.Buffer, []page.Line) error) error {
	q := v.r.URL.Query()
	list, err := v.lines(q, mostInFile)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, v.ours(q, list)); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Disposition", `attachment; filename="queue.`+kind+`"`)
	h.Set("Content-Type", media)
	_, _ = b.WriteTo(v.w) // who has gone needs no file
	return nil
}

func table(b *bytes.Buffer, list []page.Line) error {
	b.WriteString("\ufeff") // by which a spreadsheet knows UTF-8
	rows := [][]string{{"ref", "realm", "peer", "title", "state", "priority", "type", "category", "tlp", "owes", "due", "overdue"}}
	for _, l := range list {
		rows = append(rows, []string{string(l.Ref), string(l.Realm), string(l.Peer), inert(l.Title), l.State, l.Priority, l.Type, l.Category, l.TLP, string(l.Owes), stamp(l.Due), fmt.Sprint(l.Overdue)})
	}
	return csv.NewWriter(b).WriteAll(rows)
}

// inert keeps a spreadsheet from taking a peer's text for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// deadlines is a calendar (RFC 5545) of what is due. It has references and no titles:
// calendars travel.
func deadlines(list []page.Line, now time.Time) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Comity//Desk//EN\r\n")
	for _, l := range list {
		if l.Due.IsZero() {
			continue
		}
		at := l.Due.UTC().Format("20060102T150405Z")
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%s-%s@comity.invalid\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nSUMMARY:%s %s\r\nEND:VEVENT\r\n",
			l.Ref, l.Realm, now.UTC().Format("20060102T150405Z"), at, l.Ref, strings.ToUpper(string(l.Owes)))
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}
