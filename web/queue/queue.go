package queue

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"comity"
	"comity/guide"
	"comity/habit"
	"comity/shell"
	"comity/store"
	"comity/web"
	"comity/web/frame"

	"golang.org/x/text/width"
)

var queuePages = map[string]func(*view) error{
	"GET /queue":     (*view).queue,
	"GET /queue.csv": func(v *view) error { return v.queueFile("csv", "text/csv; charset=utf-8", table) },
	"GET /queue.json": func(v *view) error {
		return v.queueFile("json", "application/json", func(b *bytes.Buffer, list []Line) error { return json.NewEncoder(b).Encode(list) })
	},
	"GET /queue.ics": func(v *view) error {
		return v.queueFile("ics", "text/calendar; charset=utf-8", func(b *bytes.Buffer, list []Line) error {
			b.WriteString(deadlines(list, v.Now()))
			return nil
		})
	},
	"POST /queue/save":   (*view).saveView,
	"POST /queue/forget": (*view).dropView,
	"POST /queue/seen":   (*view).seen,
	"POST /queue/batch":  (*view).batch,
	"POST /queue/undo":   (*view).undo,
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

// A page of the queue has so many lines; a page may ask for more of them.
const (
	pageLines = 100
	mostLines = 1000
)

// orders are what a queue may be sorted by. The first is the command's own.
var orders = []string{"due", "changed", "ref"}

// lines are the matters that a query chooses, what is due first first.
func (v *view) lines(q url.Values, limit int) ([]Line, error) {
	list, _, err := v.listed(q, limit)
	return list, err
}

// listed is lines, with the query of what comes after them; nil if nothing does.
func (v *view) listed(q url.Values, limit int) (list []Line, more url.Values, err error) {
	args := v.choosing(q, "--limit", strconv.Itoa(limit))
	if after := q.Get("after"); after != "" {
		args = append(args, "--after", after)
	}
	if list, err = web.Ask[[]Line](v.View, args...); err != nil {
		return nil, nil, err
	}
	if len(list) >= limit {
		more = maps.Clone(q)
		switch place := list[len(list)-1].Place; {
		case place != "":
			more.Set("after", place)
		case limit < mostLines:
			more.Set("limit", strconv.Itoa(limit+pageLines))
		default:
			more = nil
		}
	}
	if chosen := q["row"]; len(chosen) > 0 {
		list = slices.DeleteFunc(list, func(l Line) bool { return !slices.Contains(chosen, l.Row()) })
	}
	switch q.Get("sort") {
	case "changed":
		slices.SortStableFunc(list, func(a, b Line) int { return b.Changed.Compare(a.Changed.Time) })
	case "ref":
		slices.SortStableFunc(list, func(a, b Line) int { return cmp.Compare(a.Row(), b.Row()) })
	}
	return list, more, nil
}

// choosing is the command that lists what a query chooses.
func (v *view) choosing(q url.Values, args ...string) []string {
	args = append([]string{"list"}, args...)
	if q.Get("all") == "" {
		args = append(args, "--open")
	}
	for _, f := range filters {
		if x := q.Get(f.name); x != "" {
			args = append(args, "--"+f.name, x)
		}
	}
	for _, name := range []string{"peer", "realm", "state", "from", "until", "waits"} {
		if x := q.Get(name); x != "" {
			args = append(args, "--"+name, x)
		}
	}
	if q.Get("whose") == "us" {
		args = append(args, "--owes", string(v.Node.Party))
	}
	return args
}

// count is how many matters a query chooses.
func (v *view) count(q url.Values) (int, error) {
	c, err := web.Ask[map[string]int](v.View, v.choosing(q, "--count")...)
	n := 0
	for _, x := range c {
		n += x
	}
	return n, err
}

// queue groups what waits by how urgent it is. Every filter, and the page, is in the
// URL.
func (v *view) queue() error {
	q := v.R.URL.Query()
	limit := pageLines
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		limit = min(n, mostLines)
	}
	list, more, err := v.listed(q, limit)
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.QueueTitle())
	if err != nil {
		return err
	}
	x := Queue{Query: q.Encode(), Total: len(list), Sort: q.Get("sort")}
	seen := map[comity.Realm]int64{}
	err = v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) error {
		for i, l := range list {
			at, ok := seen[l.Realm]
			if !ok {
				var err error
				if at, _, err = habit.Seen(tx, v.Who.Person.ID, l.Realm); err != nil {
					return err
				}
				seen[l.Realm] = at
			}
			if l.Changed.UnixMilli() > at {
				list[i].New = true
				x.New++
			}
			x.Upto = max(x.Upto, l.Changed.UnixMilli())
		}
		views, err := habit.Views(tx, v.Who.Person.ID)
		for _, s := range views {
			x.Saved = append(x.Saved, Saved{Name: s.Name, Query: s.Query, Shared: s.Shared, Mine: s.Person == v.Who.Person.ID, Count: -1})
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, s := range x.Saved {
		sq, err := url.ParseQuery(s.Query)
		if err != nil || i >= counted {
			continue
		}
		if n, err := v.count(sq); err == nil { // a view whose filter is no more has no count
			x.Saved[i].Count = n
		}
	}
	q.Del("after")
	x.Query = q.Encode()
	for _, l := range list {
		f.TLP = comity.HigherTLP(f.TLP, l.TLP)
	}
	x.Groups = v.groups(list, f.Now)
	if x.Sort == "changed" || x.Sort == "ref" { // another order has no groups
		x.Groups = []Group{{Name: v.order(x.Sort), Lines: list}}
	}
	x.Filters, x.Said = v.choices(q, f)
	x.More = more.Encode()
	x.Agencies = v.agencies()
	return v.Show(f.Queue(x))
}

// counted saved views have their count: each is a list of its own.
const counted = 8

func (v *view) order(name string) string {
	w := v.Word
	return map[string]string{"due": w.SortDue(), "changed": w.SortChanged(), "ref": w.SortRef()}[name]
}

// agencies are ours, by the roster.
func (v *view) agencies() (list []frame.Option) {
	err := v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) error {
		b, err := v.Node.Keeper.Book(tx, v.Node.Party)
		if err != nil {
			return err
		}
		for _, o := range b.Officers() {
			if x := (frame.Option{Value: string(o.Agency), Label: string(o.Agency)}); !slices.Contains(list, x) {
				list = append(list, x)
			}
		}
		return nil
	})
	if err != nil {
		v.Log.Error("our agencies cannot be read", "err", err)
	}
	return list
}

// backTo is the queue that a form came from.
func (v *view) backTo() error {
	q, err := url.ParseQuery(v.R.PostForm.Get("query"))
	if err != nil {
		return comity.Fieldf("query", "it is not one of this page's")
	}
	return v.To("/queue?" + q.Encode())
}

func (v *view) saveView() error { return v.habit(habit.Save) }

func (v *view) dropView() error {
	return v.habit(func(tx *store.Tx, x habit.View) error { return habit.Drop(tx, x.Person, x.Name) })
}

func (v *view) habit(do func(*store.Tx, habit.View) error) error {
	if err := v.Parse(); err != nil {
		return err
	}
	p := v.R.PostForm
	q, err := url.ParseQuery(p.Get("query"))
	if err != nil {
		return comity.Fieldf("query", "it is not what a page of the queue has in its address; filter, then save")
	}
	x := habit.View{Person: v.Who.Person.ID, Name: strings.TrimSpace(p.Get("name")), Query: cmp.Or(q.Encode(), "sort=due"), Shared: p.Get("shared") == "yes"}
	if err := v.Node.DB.Update(v.R.Context(), func(tx *store.Tx) error { return do(tx, x) }); err != nil {
		return err
	}
	return v.backTo()
}

// seen notes up to where this person has looked: not to what came since the page did.
func (v *view) seen() error {
	if err := v.Parse(); err != nil {
		return err
	}
	upto, err := strconv.ParseInt(v.R.PostForm.Get("upto"), 10, 64)
	if err != nil || upto > v.Now().UnixMilli() {
		return comity.Fieldf("upto", "it is not one of this page's")
	}
	q, err := url.ParseQuery(v.R.PostForm.Get("query"))
	if err != nil {
		return comity.Fieldf("query", "it is not one of this page's")
	}
	realm := comity.Realm(cmp.Or(q.Get("realm"), string(comity.Live)))
	if realm == "all" {
		realm = comity.Live
	}
	if err := v.Node.DB.Update(v.R.Context(), func(tx *store.Tx) error {
		return habit.See(tx, v.Now(), v.Who.Person.ID, realm, upto)
	}); err != nil {
		return err
	}
	return v.backTo()
}

func (v *view) groups(list []Line, now time.Time) []Group {
	w := v.Word
	groups := []Group{{Name: w.GroupCritical()}, {Name: w.GroupOverdue()}, {Name: w.GroupSoon()}, {Name: w.GroupLater()}, {Name: w.GroupNone()}}
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

func (v *view) choices(q url.Values, f Frame) (list []frame.Choice, said []string) {
	w := v.Word
	labels := map[string]string{"type": w.FilterType(), "priority": w.FilterPriority(), "category": w.FilterCategory()}
	var peers []frame.Option
	for _, p := range f.Peers {
		peers = append(peers, frame.Option{Value: string(p.Party), Label: strings.ToUpper(string(p.Party))})
	}
	list = append(list,
		frame.Choice{Name: "whose", Label: w.FilterWhose(), Options: []frame.Option{{Value: "us", Label: w.OwesUs()}}},
		frame.Choice{Name: "waits", Label: w.FilterWaits(), Options: []frame.Option{{Value: "hold", Label: w.WatchHolds()}, {Value: "countersign", Label: w.WatchCountersign()}}},
		frame.Choice{Name: "peer", Label: w.FilterPeer(), Options: peers},
	)
	for _, x := range filters {
		c := frame.Choice{Name: x.name, Label: labels[x.name]}
		for _, o := range guide.Shipped().WordList(x.list) {
			c.Options = append(c.Options, frame.Option{Value: o.ID, Label: w.Of(o.Text)})
		}
		list = append(list, c)
	}
	state := frame.Choice{Name: "state", Label: w.FilterState()}
	for _, c := range shell.Capabilities() {
		for _, x := range c.States {
			known := slices.ContainsFunc(state.Options, func(o frame.Option) bool { return o.Value == x.Name })
			if shell.IsRequest(c.Opens()) && !known {
				state.Options = append(state.Options, frame.Option{Value: x.Name, Label: w.Of(x.Says)})
			}
		}
	}
	sorts := frame.Choice{Name: "sort", Label: w.FilterSort()}
	for _, o := range orders {
		sorts.Options = append(sorts.Options, frame.Option{Value: o, Label: v.order(o)})
	}
	list = append(list, state, frame.Choice{Name: "from", Label: w.FilterFrom(), Date: true}, frame.Choice{Name: "until", Label: w.FilterUntil(), Date: true}, sorts)
	list = append(list, frame.Choice{Name: "realm", Label: w.FilterRealm(), Options: []frame.Option{{Value: "all", Label: w.FilterRealmAll()}}})
	list = append(list, frame.Choice{Name: "all", Label: w.FilterAll(), Options: []frame.Option{{Value: "yes", Label: w.FilterAllYes()}}})
	for i := range list {
		c := &list[i]
		c.Value = q.Get(c.Name)
		if c.Date && c.Value != "" {
			said = append(said, c.Label+" "+c.Value)
		}
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
func (v *view) queueFile(kind, media string, write func(*bytes.Buffer, []Line) error) error {
	list, err := v.lines(v.R.URL.Query(), mostInFile)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, list); err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Disposition", `attachment; filename="queue.`+kind+`"`)
	h.Set("Content-Type", media)
	_, _ = b.WriteTo(v.W) // who has gone needs no file
	return nil
}

func table(b *bytes.Buffer, list []Line) error {
	b.WriteString("\ufeff") // by which a spreadsheet knows UTF-8
	rows := [][]string{{"ref", "realm", "peer", "title", "state", "priority", "type", "category", "tlp", "owes", "due", "overdue"}}
	for _, l := range list {
		rows = append(rows, []string{string(l.Ref), string(l.Realm), string(l.Peer), inert(l.Title), l.State, l.Priority, l.Type, l.Category, l.TLP, string(l.Owes), stamp(l.Due), fmt.Sprint(l.Overdue)})
	}
	return csv.NewWriter(b).WriteAll(rows)
}

// inert keeps a spreadsheet from taking a peer's text for a formula.
func inert(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	if narrow := width.LookupRune(r).Folded(); narrow != 0 {
		r = narrow
	}
	if s != "" && strings.ContainsRune("=+-@\t\r", r) {
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
func deadlines(list []Line, now time.Time) string {
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
