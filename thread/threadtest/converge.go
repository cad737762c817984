package threadtest

import (
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
	crossed, applied := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(n int) int { // rapid prefers small numbers; this has no such taste
			return int(rapid.Uint64().Draw(rt, "pick") * 0x9e3779b97f4a7c15 >> 33 % uint64(n))
		}
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
		rogue := map[comity.Party]bool{} // said a move about heads it had not: no node does
		latest := map[comity.Party]map[comity.Kind]thread.Told{"us": {}, "cn": {}}
		for _, o := range a.Order {
			switch o.Effect {
			case matter.Crossed:
				crossed++
			case matter.Stale:
				rogue[o.From] = true
			}
			if !o.Applied() {
				continue
			}
			applied++
			other := comity.Party("us")
			if o.From == other {
				other = "cn"
			}
			for _, k := range binding[o.Kind] {
				if text, ok := latest[other][k]; ok && text.Statement.Pos >= o.Seen && !rogue[o.From] {
					rt.Fatalf("%s of %s binds it to a %s that it had not seen\n%s", o.Kind, o.From, k, Show(a.View))
				}
			}
			latest[o.From][o.Kind] = o
		}
	})
	if moves := slices.ContainsFunc(s.Capability.Kinds[1:], func(k thread.Kind) bool { return !k.Fact() }); applied == 0 || moves && crossed == 0 && len(binding) > 0 {
		t.Errorf("%d moves applied, %d crossed: the matters are too tame to show anything", applied, crossed)
	}
}
