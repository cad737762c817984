package threadtest

import (
	"fmt"
	"slices"

	"comity"
	"comity/matter"
)

// Reach returns a shortest list of moves, one after the other, that leads to
// state: nil if none does.
func Reach(t matter.Table, state string) []matter.Entry {
	type at struct {
		state string
		path  []matter.Entry
	}
	queue, seen := []at{{state: t.States[0].Name}}, map[string]bool{}
	for len(queue) > 0 {
		a := queue[0]
		queue = queue[1:]
		if a.state == state {
			return a.path
		}
		if seen[a.state] {
			continue
		}
		seen[a.state] = true
		for _, r := range t.Rules {
			for _, s := range r.Steps {
				by := s.By
				if by == matter.Either {
					by = matter.Opener
				}
				if s.From == a.state {
					queue = append(queue, at{s.To, append(slices.Clone(a.path), matter.Entry{Author: by, Kind: r.Kind})})
				}
			}
		}
	}
	return nil
}

// Cross says what becomes of two moves in one state, neither having seen the
// other: "`answer`; `withdraw` is crossed: answered".
func Cross(t matter.Table, state string, opener, other comity.Kind) string {
	var es []matter.Entry
	count := map[matter.Side]uint64{}
	add := func(e matter.Entry, seen uint64, after comity.After) {
		e.Pos, e.Seen, e.After = count[e.Author], seen, &after
		e.ID = comity.Hash{byte(e.Author), byte(e.Pos + 1)}
		count[e.Author]++
		es = append(es, e)
	}
	for _, e := range Reach(t, state) {
		add(e, count[e.Author.Peer()], matter.Fold(t, es).After(e.Author))
	}
	heads, ours, theirs := matter.Fold(t, es), count[matter.Opener], count[matter.Other]
	add(matter.Entry{Author: matter.Opener, Kind: opener}, theirs, heads.After(matter.Opener))
	add(matter.Entry{Author: matter.Other, Kind: other}, ours, heads.After(matter.Other))
	r := matter.Fold(t, es)
	last := r.Order[len(r.Order)-2:]
	if last[1].Effect == matter.Applied {
		return fmt.Sprintf("`%s`, then `%s`: %s", last[0].Kind, last[1].Kind, r.State)
	}
	return fmt.Sprintf("`%s`; `%s` is %s: %s", last[0].Kind, last[1].Kind, last[1].Effect, r.State)
}
