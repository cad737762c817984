// Package queue has the pages of what waits: the watch and its hand-over, the queue, the
// other parties, and search.
package queue

import (
	"maps"

	"comity/web"
	"comity/web/frame"
)

// Area returns the pages.
func Area() web.Area {
	all := map[string]func(*view) error{}
	for _, some := range []map[string]func(*view) error{watchPages, queuePages, peerPages, searchPages} {
		maps.Copy(all, some)
	}
	return web.Area{Pages: web.In(func(v *web.View) *view { return &view{v} }, all), Sample: sample}
}

// A view is a request of somebody who has signed in.
type view struct{ *web.View }

// A Frame is what stands around a page.
type Frame struct{ frame.Frame }

func (v *view) frame(title string) (Frame, error) {
	f, err := v.Frame(title)
	return Frame{f}, err
}
