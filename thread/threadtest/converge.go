package threadtest

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"comity"
	"comity/matter"
	"comity/thread"
)

// Converge holds a capability to what both sides rely on, in random matters. Both
// nodes make the same of them, whatever arrived first; so they do of what look
// shows of its own. And nobody is bound to what it had not seen: binding has, for
// a kind that says yes, the kinds of the other side that say to what.
func Converge(t *testing.T, s *Story, binding map[comity.Kind][]comity.Kind, look func(thread.History) any) {
	t.Helper()
	for k, texts := range binding {
		s.often = append(append(s.often, k), texts...)
	}
	crossed, bound := 0, map[comity.Kind]int{}
	rapid.Check(t, func(rt *rapid.T) {
		// Drawn one by one, rapid's numbers are small, and matters with them.
		pick := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)).IntN
		us, cn := s.Random(pick, func(me comity.Party, known []thread.Statement) {
			look(History(me, known, Start.AddDate(0, 1, 0)))
		})
		ours, theirs := History("us", us, Start.AddDate(1, 0, 0)), History("cn", cn, Start.AddDate(1, 0, 0))
		a, b := thread.Project(s.Capability, ours), thread.Project(s.Capability, theirs)
		outcome := func(th *thread.Thread) (list []matter.Outcome) {
			for _, o := range th.Order {
				list = append(list, o.Outcome)
			}
			return list
		}
		if a.State != b.State || a.Owes != b.Owes || a.Heads != (comity.After{Mine: b.Heads.Theirs, Theirs: b.Heads.Mine}) || !reflect.DeepEqual(outcome(a), outcome(b)) {
			rt.Fatalf("the nodes differ\n%s\n%s", Show(a.View), Show(b.View))
		}
		// What reached the wrong desk is there for one of them only.
		if got, want := look(theirs), look(ours); len(a.Misdirected) == 0 && !reflect.DeepEqual(got, want) {
			rt.Fatalf("%s\nthe nodes show\n%+v\n%+v", Show(a.View), want, got)
		}
		want := look(ours)
		ours.Statements = slices.Clone(us)
		for i := range us {
			j := i + pick(len(us)-i)
			ours.Statements[i], ours.Statements[j] = ours.Statements[j], ours.Statements[i]
		}
		if got := look(ours); !reflect.DeepEqual(got, want) {
			rt.Fatalf("arrival matters\n%+v\n%+v", want, got)
		}
		latest := map[comity.Party]map[comity.Kind]thread.Told{"us": {}, "cn": {}}
		for _, o := range a.Order {
			if o.Effect == matter.Crossed {
				crossed++
			}
			if !o.Applied() {
				continue
			}
			bound[o.Kind]++
			other := comity.Party("us")
			if o.From == other {
				other = "cn"
			}
			for _, k := range binding[o.Kind] {
				if text, ok := latest[other][k]; ok && text.Statement.Pos >= o.Seen {
					rt.Fatalf("%s of %s binds it to a %s that it had not seen\n%s", o.Kind, o.From, k, Show(a.View))
				}
			}
			latest[o.From][o.Kind] = o
		}
	})
	for k := range binding {
		if bound[k] == 0 || crossed == 0 {
			t.Errorf("%s applied %d times, %d moves crossed: the matters are too tame to show anything", k, bound[k], crossed)
		}
	}
}
