package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"comity"
	"comity/store"
	"comity/web/page"
)

var watchPages = map[string]func(*view) error{
	"GET /{$}":       (*view).watch,
	"GET /settings":  (*view).settings,
	"POST /settings": (*view).settings,
	"GET /help":      (*view).help,
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
	x := page.Watch{Drafts: drafts}
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
