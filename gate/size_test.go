package gate

import (
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"comity"
	"comity/docket"
	"comity/guide"
	"comity/request"
	"comity/thread"
)

// A peer may say and give as much as it likes. Four times as much takes about four
// times as long to look at; were it quadratic, sixteen times.
func TestAMatterOfAnySizeIsLookedAtInTime(t *testing.T) {
	for _, use := range []string{"export", "lead"} {
		t.Run(use, func(t *testing.T) {
			few, lots := large(2500), large(10_000)
			var short, long time.Duration
			for range 5 { // somebody else may use the machine just then
				if short, long = looked(t, few, use), looked(t, lots, use); long < 9*short {
					return
				}
			}
			t.Errorf("2,500 statements take %v, 10,000 take %v", short, long)
		})
	}
}

// looked is how long a look at one use takes.
func looked(t *testing.T, v request.View, use string) time.Duration {
	start := time.Now()
	if err := MayUse(v, docket.Docket{}, Use{Me: "us", For: use}, noon.Time); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

// large returns a view in which each of n statements gave one item.
func large(n int) request.View {
	v := request.View{View: thread.View{Ref: "US-2026-000042", Opener: "us", Other: "cn"}, Request: &guide.Request{}}
	for i := range n {
		var id comity.Hash
		binary.BigEndian.PutUint64(id[len(id)-8:], uint64(i)+1)
		v.Timeline = append(v.Timeline, thread.Row{ID: id, From: "cn", Kind: "answer.partial", Marking: comity.Marking{TLP: "GREEN"}})
		v.Items = append(v.Items, request.Item{Item: guide.Item{ID: strconv.Itoa(i)}, Result: request.Provided, Use: "evidence", By: id})
	}
	return v
}
