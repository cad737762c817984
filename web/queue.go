package web

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/web/page"
)

var queuePages = map[string]func(*view) error{
	"GET /queue":      (*view).queue,
	"GET /queue.csv":  func(v *view) error { return v.queueFile("csv") },
	"GET /queue.json": func(v *view) error { return v.queueFile("json") },
	"GET /queue.ics":  func(v *view) error { return v.queueFile("ics") },
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

func (v *view) lines(q url.Values) ([]page.Line, error) {
	args := []string{"list", "--limit", "500"}
	if q.Get("all") == "" {
		args = append(args, "--open")
	}
	for _, f := range filters {
		if x := q.Get(f.name); x != "" {
			args = append(args, "--"+f.name, x)
		}
	}
	for _, name := range []string{"peer", "realm", "state", "from", "until"} {
		if x := q.Get(name); x != "" {
			args = append(args, "--"+name, x)
		}
	}
	return ask[[]page.Line](v, args...)
}

// queue groups what waits by how urgent it is. Every filter is in the URL.
func (v *view) queue() error {
	q := v.r.URL.Query()
	list, err := v.lines(q)
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.QueueTitle())
	if err != nil {
		return err
	}
	if q.Get("whose") == "us" {
		list = slices.DeleteFunc(list, func(l page.Line) bool { return l.Owes != f.Party && l.Unsigned.IsZero() })
	}
	for _, l := range list {
		f.TLP = comity.HigherTLP(f.TLP, l.TLP)
	}
	x := page.Queue{Groups: v.groups(list, f.Now), Query: q.Encode(), Total: len(list)}
	x.Filters, x.Said = v.choices(q, f)
	return v.show(f.Queue(x))
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

// queueFile is the queue as a file: what a spreadsheet, a program or a calendar opens.
func (v *view) queueFile(kind string) error {
	list, err := v.lines(v.r.URL.Query())
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Disposition", `attachment; filename="queue.`+kind+`"`)
	switch kind {
	case "csv":
		h.Set("Content-Type", "text/csv; charset=utf-8")
		rows := [][]string{{"ref", "realm", "peer", "title", "state", "priority", "type", "category", "tlp", "owes", "due", "overdue"}}
		for _, l := range list {
			rows = append(rows, []string{string(l.Ref), string(l.Realm), string(l.Peer), inert(l.Title), l.State, l.Priority, l.Type, l.Category, l.TLP, string(l.Owes), stamp(l.Due), fmt.Sprint(l.Overdue)})
		}
		if _, err := v.w.Write([]byte("\ufeff")); err != nil {
			return nil // who has gone needs no file
		}
		_ = csv.NewWriter(v.w).WriteAll(rows)
	case "json":
		a, err := v.call(nil, "list", "--limit", "500", "--open")
		if err != nil {
			return err
		}
		h.Set("Content-Type", "application/json")
		_, _ = v.w.Write(a.result)
	case "ics":
		h.Set("Content-Type", "text/calendar; charset=utf-8")
		_, _ = v.w.Write([]byte(deadlines(list, v.Now())))
	}
	return nil
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
