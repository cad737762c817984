package queue

import (
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"comity"
	"comity/store"
	"comity/web"
	"comity/web/frame"
)

var watchPages = map[string]func(*view) error{
	"GET /{$}":             (*view).watch,
	"POST /watch/instruct": (*view).instruct,
	"POST /watch/handover": (*view).handover,
	"GET /watch/log/{as}":  (*view).dayLog,
}

// shift is how long a watch lasts [proposal: three of eight hours, as the nuclear risk
// reduction centres have them].
const shift = 8 * time.Hour

// mostOnTile lines stand on the watch; the queue has the rest.
const mostOnTile = 20

// watch is the first page: what must be done before the shift ends.
func (v *view) watch() error {
	drafts, err := web.Ask[[]frame.Draft](v.View, "drafts")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.WatchTitle())
	if err != nil {
		return err
	}
	x := Watch{First: f.Now.Sub(v.Who.Person.Added) < 24*time.Hour, Drafts: drafts, Seats: v.seats()}
	if x.Instructions, err = web.Ask[[]Instruction](v.View, "instruct"); err != nil {
		return err
	}
	if x.Handovers, err = web.Ask[[]Handover](v.View, "handover", "--limit", "3"); err != nil {
		return err
	}
	for _, p := range f.Peers {
		s, err := web.Ask[DutySheet](v.View, "duty", string(p.Party))
		if err != nil {
			return err
		}
		for _, a := range s.Agencies {
			if a.Party != f.Party || !x.Duty.Has(f.Party) { // of ours, what one peer was told
				x.Duty.Agencies = append(x.Duty.Agencies, a)
			}
		}
	}
	for _, tile := range []struct {
		of    *Tile
		query url.Values
	}{{&x.Due, url.Values{"whose": {"us"}}}, {&x.Holds, url.Values{"waits": {"hold"}}}, {&x.Unsigned, url.Values{"waits": {"countersign"}}}} {
		list, more, err := v.listed(tile.query, mostOnTile)
		if err != nil {
			return err
		}
		for _, l := range list {
			if tile.of == &x.Due && (l.Due.IsZero() || l.Due.Sub(f.Now) >= shift) {
				more = nil // what comes after it is due later
				break
			}
			f.TLP = comity.HigherTLP(f.TLP, l.TLP)
			tile.of.Lines = append(tile.of.Lines, l)
		}
		if tile.of.Query = tile.query.Encode(); more != nil {
			tile.of.More = true
		}
	}
	if !x.Due.More {
		all, err := v.count(url.Values{"whose": {"us"}})
		if err != nil {
			return err
		}
		x.Later = all - len(x.Due.Lines)
	}
	return v.Show(f.Watch(x))
}

// seats are the others on our roster: who may come on duty.
func (v *view) seats() (list []frame.Option) {
	err := v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) error {
		b, err := v.Node.Keeper.Book(tx, v.Node.Party)
		if err != nil {
			return err
		}
		for _, o := range b.Officers() {
			if o.Seat != v.Who.Seat {
				list = append(list, frame.Option{Value: string(o.Seat), Label: string(o.Seat)})
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
	if err := v.Parse(); err != nil {
		return err
	}
	args := []string{verb}
	for _, name := range flags {
		if x := v.R.PostForm.Get(name); x != "" {
			args = append(args, "--"+name, x)
		}
	}
	if v.R.PostForm.Get("end") == "yes" {
		args = append(args, "--end")
	}
	if len(args) == 1 {
		return comity.Fieldf("text", "nothing was filled in; nothing was done")
	}
	if _, err := v.Call(nil, args...); err != nil {
		return err
	}
	return v.To("/")
}

// dayLog is the journal of today on paper.
func (v *view) dayLog() error {
	as := v.R.PathValue("as")
	kinds := map[string]string{"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
	if kinds[as] == "" {
		return comity.Errorf(comity.NotFound, "there is no such paper")
	}
	return v.Made(func(dir string) error {
		name := filepath.Join(dir, "log."+as)
		if _, err := v.Call(nil, "daylog", "--out", name); err != nil {
			return err
		}
		h := v.W.Header()
		h.Set("Content-Type", kinds[as])
		h.Set("Content-Disposition", `attachment; filename="daylog.`+as+`"`)
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		http.ServeFile(v.W, v.R, name)
		return nil
	})
}
