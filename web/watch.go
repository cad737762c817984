package web

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"comity"
	"comity/store"
	"comity/web/page"
)

var watchPages = map[string]func(*view) error{
	"GET /{$}":             (*view).watch,
	"POST /watch/instruct": (*view).instruct,
	"POST /watch/handover": (*view).handover,
	"GET /watch/log/{as}":  (*view).dayLog,
	"GET /settings":        (*view).settings,
	"POST /settings":       (*view).settings,
	"GET /help":            (*view).help,
}

// shift is how long a watch lasts [proposal: three of eight hours, as the nuclear risk
// reduction centres have them].
const shift = 8 * time.Hour

// watch is the first page: what must be done before the shift ends.
func (v *view) watch() error {
	list, err := v.lines(url.Values{}, mostInFile)
	if err != nil {
		return err
	}
	drafts, err := ask[[]page.Draft](v, "drafts")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.WatchTitle())
	if err != nil {
		return err
	}
	x := page.Watch{Drafts: drafts, Seats: v.seats()}
	if x.Instructions, err = ask[[]page.Instruction](v, "instruct"); err != nil {
		return err
	}
	if x.Handovers, err = ask[[]page.Handover](v, "handover", "--limit", "3"); err != nil {
		return err
	}
	for _, p := range f.Peers {
		s, err := ask[page.DutySheet](v, "directory", string(p.Party))
		if err != nil {
			return err
		}
		for _, a := range s.Agencies {
			if a.Party != f.Party || !x.Duty.Has(f.Party) { // of ours, what one peer was told
				x.Duty.Agencies = append(x.Duty.Agencies, a)
			}
		}
	}
	for _, l := range list {
		f.TLP = comity.HigherTLP(f.TLP, l.TLP)
		if l.Owes == f.Party && !l.Due.IsZero() && l.Due.Sub(f.Now) < shift {
			x.Due = append(x.Due, l)
		}
		if !l.Lapses.IsZero() {
			x.Holds = append(x.Holds, l)
		}
		if !l.Unsigned.IsZero() {
			x.Unsigned = append(x.Unsigned, l)
		}
	}
	return v.show(f.Watch(x))
}

// seats are the others on our roster: who may come on duty.
func (v *view) seats() (list []page.Option) {
	err := v.Node.Keeper.View(v.r.Context(), func(tx *store.Tx) error {
		b, err := v.Node.Keeper.Book(tx, v.Node.Party)
		if err != nil {
			return err
		}
		for _, o := range b.Officers() {
			if o.Seat != v.who.Seat {
				list = append(list, page.Option{Value: string(o.Seat), Label: string(o.Seat)})
			}
		}
		return nil
	})
	if err != nil {
		v.Log.Error("our roster cannot be read", "err", err)
	}
	return list
}

// instruct gives a standing instruction, or ends one.
func (v *view) instruct() error {
	return v.duty("instruct", "id", "text", "until")
}

// handover hands the watch over, or takes it over.
func (v *view) handover() error { return v.duty("handover", "to", "text", "take") }

// duty runs a verb of the watch with what was filled in.
func (v *view) duty(verb string, flags ...string) error {
	if err := v.parse(); err != nil {
		return err
	}
	args := []string{verb}
	for _, name := range flags {
		if x := v.r.PostForm.Get(name); x != "" {
			args = append(args, "--"+name, x)
		}
	}
	if v.r.PostForm.Get("end") == "yes" {
		args = append(args, "--end")
	}
	if len(args) == 1 {
		return comity.Fieldf("text", "nothing was filled in; nothing was done")
	}
	if _, err := v.call(nil, args...); err != nil {
		return err
	}
	return v.to("/")
}

// dayLog is the journal of today on paper.
func (v *view) dayLog() error {
	as := v.r.PathValue("as")
	kinds := map[string]string{"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
	if kinds[as] == "" {
		return comity.Errorf(comity.NotFound, "there is no such paper")
	}
	dir, err := os.MkdirTemp(v.Node.Dir, "fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "log."+as)
	if _, err := v.call(nil, "daylog", "--out", name); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", kinds[as])
	h.Set("Content-Disposition", `attachment; filename="daylog.`+as+`"`)
	http.ServeFile(v.w, v.r, name)
	return nil
}

func (v *view) settings() error {
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		v.who.Theme, v.who.Density, v.who.Keys = v.r.PostForm.Get("theme"), v.r.PostForm.Get("density"), v.r.PostForm.Get("keys") == "yes"
		if err := v.prefer(v.r, v.who); err != nil {
			return err
		}
	}
	f, err := v.frame(v.word.SettingsTitle())
	if err != nil {
		return err
	}
	return v.show(f.Settings())
}

func (v *view) help() error {
	f, err := v.frame(v.word.HelpTitle())
	if err != nil {
		return err
	}
	return v.show(f.Help())
}

func (v *view) partyName(p comity.Party) (name string) {
	name = string(p)
	err := v.Node.Keeper.View(v.r.Context(), func(tx *store.Tx) error {
		b, err := v.Node.Keeper.Book(tx, p)
		if err == nil {
			c, _ := b.Chain()
			name = v.word.Of(comity.Text{EN: c.Name.En, ZH: c.Name.Zh})
		}
		return err
	})
	if err != nil {
		v.Log.Error("the name of a party cannot be read", "party", p, "err", err)
	}
	return name
}

// alive is how often a stream says that it lives.
const alive = 20 * time.Second

// live tells a browser that something has changed: never what, for who may know of it
// is decided when the page is asked for.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	who, err := s.who(r, true)
	if err != nil {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Time{}) // a stream has no end; who cannot set it has set none
	w.Header().Set("Content-Type", "text/event-stream")
	changed := s.Node.DB.Changed(r.Context())
	tick := time.NewTicker(alive)
	defer tick.Stop()
	var seen time.Time
	seen, err = s.newest(r, who)
	for text := ": here\n\n"; err == nil; {
		if _, err = fmt.Fprint(w, text); err == nil {
			err = c.Flush()
		}
		if err != nil {
			return
		}
		text = ": here\n\n"
		select {
		case <-r.Context().Done():
			return
		case _, open := <-changed:
			if !open {
				return
			}
			now, e := s.newest(r, who)
			if err = e; now.After(seen) {
				seen, text = now, "event: news\ndata: {}\n\n"
			}
		case <-tick.C:
			if _, err := s.who(r, true); err != nil {
				return
			}
		}
	}
}

// newest is when the newest of the matters that the seat may know of changed.
func (s *Server) newest(r *http.Request, who Session) (t time.Time, err error) {
	n := s.Node.As(who.Seat)
	err = n.Keeper.View(r.Context(), func(tx *store.Tx) error {
		list, err := n.Matters(tx, store.Filter{Limit: 1})
		if err == nil && len(list) > 0 {
			t = list[0].Changed.Time
		}
		return err
	})
	return t, err
}
