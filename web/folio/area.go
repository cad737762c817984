// Package folio has the pages that look back and look around: the review, the page for
// principals, status reports, guidelines, cases, the directory, calendars and countries
// without a node.
package folio

import (
	"maps"

	"comity/web"
	"comity/web/frame"
)

// Area returns the pages.
func Area() web.Area {
	held := &linted{of: map[string][]Fault{}}
	all := map[string]func(*view) error{}
	for _, some := range []map[string]func(*view) error{reviewPages, guidePages, casePages} {
		maps.Copy(all, some)
	}
	return web.Area{Pages: web.In(func(v *web.View) *view { return &view{v, held} }, all)}
}

// A view is a request of somebody who has signed in.
type view struct {
	*web.View
	linted *linted
}

// A Frame is what stands around a page.
type Frame struct{ frame.Frame }

func (v *view) frame(title string) (Frame, error) {
	f, err := v.Frame(title)
	return Frame{f}, err
}
