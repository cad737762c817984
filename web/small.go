package web

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"

	"comity"
	"comity/store"
	"comity/web/frame"
)

func (v *View) settings() error {
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		v.Who.Theme, v.Who.Density, v.Who.Keys = v.R.PostForm.Get("theme"), v.R.PostForm.Get("density"), v.R.PostForm.Get("keys") == "yes"
		if err := v.prefer(v.R, v.Who); err != nil {
			return err
		}
	}
	f, err := v.Frame(v.Word.SettingsTitle())
	if err != nil {
		return err
	}
	return v.Show(page{f}.Settings())
}

func (v *View) help() error {
	f, err := v.Frame(v.Word.HelpTitle())
	if err != nil {
		return err
	}
	return v.Show(page{f}.Help())
}

func (v *View) tour() error {
	f, err := v.Frame(v.Word.TourTitle())
	if err != nil {
		return err
	}
	return v.Show(page{f}.Tour())
}

// PartyName is what a party is called, in the reader's language.
func (v *View) PartyName(p comity.Party) (name string) {
	name = string(p)
	err := v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) error {
		b, err := v.Node.Keeper.Book(tx, p)
		if err == nil {
			c, _ := b.Chain()
			name = v.Word.Of(comity.Text{EN: c.Name.En, ZH: c.Name.Zh})
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

// mostStreams are of one session: a browser needs one.
const mostStreams = 16

// live tells a browser that something has changed: never what, for who may know of it
// is decided when the page is asked for.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	who, err := s.Who(r, true)
	if err != nil || who.Seat == "" {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	if !s.streams.enter(who.ID, mostStreams) {
		http.Error(w, "", http.StatusTooManyRequests)
		return
	}
	defer s.streams.leave(who.ID)
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Time{}) // a stream has no end; who cannot set it has set none
	w.Header().Set("Content-Type", "text/event-stream")
	changed := s.Node.DB.Changed(r.Context())
	tick := time.NewTicker(alive)
	defer tick.Stop()
	var seen time.Time
	seen, err = s.Node.Newest(r.Context(), who.Seat)
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
			now, e := s.Node.Newest(r.Context(), who.Seat)
			if err = e; now.After(seen) {
				seen, text = now, "event: news\ndata: {}\n\n"
			}
		case <-tick.C:
		}
		if _, gone := s.Who(r, true); gone != nil {
			return
		}
	}
}

// A tally counts by name.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (t *tally) enter(name string, most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[string]int{}
	}
	if t.n[name] >= most {
		return false
	}
	t.n[name]++
	return true
}

func (t *tally) leave(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n[name]--; t.n[name] == 0 {
		delete(t.n, name)
	}
}

// design draws every part of every area, in one place.
func (v *View) design() error {
	f, err := v.Frame(v.Word.DesignTitle())
	if err != nil {
		return err
	}
	return v.Show(f.Design(func(f frame.Frame) (list []templ.Component) {
		for _, a := range v.areas {
			if a.Sample != nil {
				list = append(list, a.Sample(f)...)
			}
		}
		return list
	}))
}

// A page is one that is of no area, in its frame.
type page struct{ frame.Frame }
