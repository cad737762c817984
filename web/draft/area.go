// Package draft has the pages on which officers write and release. What is written is
// kept until it is a draft.
package draft

import (
	"maps"

	"comity/shell"
	"comity/web"
	"comity/web/frame"
)

// Area returns the pages.
func Area(n *shell.Node) web.Area {
	all := map[string]func(*view) error{}
	for _, some := range []map[string]func(*view) error{draftPages, doPages} {
		maps.Copy(all, some)
	}
	return web.Area{Pages: web.In(func(v *web.View) *view { return &view{v, n} }, all)}
}

// A view is a request of somebody who has signed in.
type view struct {
	*web.View
	node *shell.Node
}

// A Frame is what stands around a page.
type Frame struct{ frame.Frame }

func (v *view) frame(title string) (Frame, error) {
	f, err := v.Frame(title)
	return Frame{f}, err
}
