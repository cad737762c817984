package request

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"comity"
	"comity/clock"
	"comity/guidelines"
	"comity/thread"
	"comity/thread/threadtest"
)

func calendar(t *testing.T, name string) clock.Calendar {
	t.Helper()
	b, err := guidelines.FS.ReadFile("calendars/" + name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := clock.ParseICS(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What the agenda keeps of a request says at any later moment what a fresh look
// would say, until something is written, or a receipt comes where it waits for one,
// or the entry says that it moves of itself.
func TestAnEntryIsRightAtAnyLaterMoment(t *testing.T) {
	y := Yardstick{Pack: pack(), Calendars: map[comity.Party]clock.Calendar{"us": calendar(t, "us.ics"), "cn": calendar(t, "cn.ics")}}
	seen := map[string]int{}
	for _, c := range []thread.Capability{Preservation(), Assistance()} {
		rapid.Check(t, func(rt *rapid.T) {
			pick := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)).IntN
			s := &threadtest.Story{Capability: c, Bodies: bodies(c)}
			s.Bodies[c.Opens()] = asked([]string{"P0", "P1", "P2", "P3"}[pick(4)])
			s.Random(pick, func(me comity.Party, known []thread.Statement) {
				if pick(4) > 0 {
					return
				}
				made := threadtest.Start.Add(time.Duration(pick(30*24*60)) * time.Minute)
				e := Enter(threadtest.History(me, known, made), y)
				b, err := json.Marshal(e)
				if err != nil {
					rt.Fatal(err)
				}
				kept := Entry{}
				if err := json.Unmarshal(b, &kept); err != nil {
					rt.Fatal(err)
				}
				for range 4 {
					now := made.Add(time.Duration(pick(100*24*60*60)) * time.Second)
					if e.Moves || pick(8) == 0 {
						now = made
					}
					v := Project(threadtest.History(me, known, now), y)
					want := []any{v.State, v.Owes, v.Due.UTC(), v.Overdue, v.Says, v.Unsigned(me).UTC(), time.Time{}}
					if v.Lapsing && v.Opener == me {
						want[6] = v.HoldUntil.UTC()
					}
					got := []any{kept.State, kept.Owes, kept.Due.UTC(), kept.Overdue(now), kept.Says.When(now), kept.Unsigned.UTC(), kept.Lapses(now).UTC()}
					if !reflect.DeepEqual(got, want) {
						rt.Fatalf("%s\nkept at %s, at %s\n%v\nafresh\n%v", threadtest.Show(v.View), made, now, got, want)
					}
					for what, is := range map[string]bool{"moves": e.Moves, "stays": !e.Moves, "overdue": v.Overdue, "due": !v.Due.IsZero() && !v.Overdue, "lapsing": v.Lapsing && v.Opener == me} {
						if is {
							seen[what]++
						}
					}
				}
				// Nor do the guidelines where they do not rule it.
				if free := Enter(threadtest.History(me, known, made), Yardstick{}); !e.Ruled && !reflect.DeepEqual(free, e) {
					rt.Fatalf("%s: without guidelines it is %+v, and not %+v", e.State, free, e)
				}
			})
		})
	}
	for _, what := range []string{"moves", "stays", "overdue", "due", "lapsing"} {
		if seen[what] == 0 {
			t.Errorf("no entry %s: the matters are too tame to show anything", what)
		}
	}
	t.Log(seen)
}
