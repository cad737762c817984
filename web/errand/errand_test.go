package errand

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"comity"
)

func TestErrands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var x Runs
		work := func(ctx context.Context, told func(int)) (any, error) {
			for n := range 30 {
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-time.After(time.Second):
					told(n + 1)
				}
			}
			return "done", nil
		}
		if _, _, done, err := x.Do(t.Context(), "a", "review", work); done || err != nil {
			t.Fatalf("what takes half a minute is done %v, %v within a page's wait", done, err)
		}
		time.Sleep(10 * time.Second)
		if _, far, done, _ := x.Do(t.Context(), "a", "review", work); done || far < 11 {
			t.Errorf("asked again, it is done %v and %d far; want the same errand, further on", done, far)
		}
		time.Sleep(20 * time.Second)
		if result, _, done, err := x.Do(t.Context(), "a", "review", work); !done || result != "done" || err != nil {
			t.Errorf("at its end: %v, %v, %v", result, done, err)
		}
		var ended error
		slow := func(ctx context.Context, _ func(int)) (any, error) {
			<-ctx.Done()
			ended = ctx.Err()
			return nil, ended
		}
		_, _, _, _ = x.Do(t.Context(), "a", "1", slow)
		x.Halt("b")
		if synctest.Wait(); ended != nil {
			t.Error("somebody else stopped it")
		}
		x.Halt("a")
		if synctest.Wait(); ended == nil || len(x.all) != 0 {
			t.Error("it was not stopped")
		}
		ended = nil
		_, _, _, _ = x.Do(t.Context(), "a", "2", slow)
		time.Sleep(forgotten)
		if synctest.Wait(); ended == nil || len(x.all) != 0 {
			t.Error("what nobody asks after goes on")
		}
		for _, whose := range []string{"a", "b"} {
			for _, what := range []string{"1", "2"} {
				_, _, _, _ = x.Do(t.Context(), whose, what, slow)
			}
			if _, _, _, err := x.Do(t.Context(), whose, "3", slow); !errors.Is(err, comity.Unavailable) {
				t.Errorf("a third of %s at once: %v", whose, err)
			}
		}
		if _, _, _, err := x.Do(t.Context(), "c", "1", slow); !errors.Is(err, comity.Unavailable) {
			t.Errorf("a fifth at once: %v", err)
		}
		x.Halt("a")
		x.Halt("b")
	})
}

// What was begun and left, and has ended, keeps nobody from anything; and work that
// breaks is an error of who asked.
func TestLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var x Runs
		work := func(ctx context.Context, _ func(int)) (any, error) { time.Sleep(time.Second); return "done", nil }
		gone, leave := context.WithCancel(t.Context())
		leave()
		for _, what := range []string{"1", "2", "3", "4", "5", "6"} {
			_, _, _, _ = x.Do(gone, "a", what, work)
			time.Sleep(2 * time.Second)
		}
		if len(x.all) > 2*ofOne {
			t.Errorf("%d that ended are kept", len(x.all))
		}
		for _, whose := range []string{"a", "b"} {
			if result, _, done, err := x.Do(t.Context(), whose, "7", work); !done || result != "done" || err != nil {
				t.Errorf("%s, after what was left: %v, %v, %v", whose, result, done, err)
			}
		}
		broken := func(context.Context, func(int)) (any, error) { panic("a fault in a verb") }
		if _, _, done, err := x.Do(t.Context(), "a", "8", broken); !done || err == nil {
			t.Errorf("what broke: %v, %v", done, err)
		}
		time.Sleep(2 * forgotten)
	})
}
