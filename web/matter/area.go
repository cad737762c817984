// Package matter has the pages of one matter: what both sides said, and our own file of it.
package matter

import (
	"maps"

	"comity/web"
	"comity/web/frame"
)

// Area returns the pages.
func Area() web.Area {
	all := map[string]func(*view) error{}
	for _, some := range []map[string]func(*view) error{matterPages, docketPages} {
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
