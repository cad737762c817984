package demo

import (
	"errors"
	"fmt"
	"time"

	"comity"
	"comity/demo/mozi"
	"comity/desk"
	"comity/matter"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// movesCross cuts the line, lets both sides move, and mends it.
func (st *story) movesCross() error {
	for _, s := range st.sides() {
		s.line.Cut()
	}
	st.when(time.Now())
	st.tell("The line between the capitals is cut. Both nodes go on working.")
	us, err := st.release(st.us, desk.New{Matter: st.ref, Kind: "withdraw"}, &request.Withdraw{Reason: "We have found the owners another way, and would not burden you further."})
	if err != nil {
		return err
	}
	cn, err := st.release(st.cn, desk.New{Matter: st.ref, Kind: "answer.partial"}, &request.Answer{Results: []request.Result{mozi.Held("3", "T-2026-0121", time.Now())}})
	if err != nil {
		return err
	}
	st.move(st.us, us, request.View{}, "withdraw the request: “We have found the owners another way, and would not burden you further.”")
	st.move(st.cn, cn, request.View{}, "answer for item 3: it is preserved too")
	own := map[*side]store.Statement{}
	err = st.await("each node to number its own move", func() (bool, error) {
		for s, d := range map[*side]desk.Draft{st.us: us, st.cn: cn} {
			row, err := s.statement(st, d.Sent)
			if err != nil || row.Status != store.Placed {
				return false, err
			}
			own[s] = row
			if _, err := st.peer(s).statement(st, d.Sent); !errors.Is(err, comity.NotFound) {
				return false, errors.Join(errors.New("a statement crossed a line that is cut"), err)
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	st.gap()
	st.holds("Each is signed by two seats and stands in its own side's log: withdraw as item %d of us, answer.partial as item %d of cn. Neither node has the other's.", own[st.us].Seq, own[st.cn].Seq)
	mended := time.Now()
	for _, s := range st.sides() {
		s.line.Mend()
	}
	if _, err := st.arrived(st.us, us); err != nil {
		return err
	}
	v, err := st.arrived(st.cn, cn)
	if err != nil {
		return err
	}
	st.when(mended)
	st.tell("The line is mended; %s later each has the other's move and its receipt.", lasted(time.Since(mended)))
	st.gap()
	st.line(4, "%s", st.dim(pad("", 24)+pad("on the node of us", 34)+"on the node of cn"))
	for _, m := range []struct {
		d desk.Draft
		p comity.Party
	}{{us, "us"}, {cn, "cn"}} {
		var became []string
		for _, s := range st.sides() {
			row, err := s.statement(st, m.d.Sent)
			if err != nil {
				return err
			}
			became = append(became, outcome(v, row))
		}
		if err := must(became[0] == became[1], "both say the same of %s: %v", m.d.Kind, became); err != nil {
			return err
		}
		st.line(4, "%s%s%s", pad(fmt.Sprintf("%s of %s", m.d.Kind, m.p), 24), pad(became[0], 34), became[1])
	}
	crossed, err := st.us.statement(st, us.Sent)
	if err != nil {
		return err
	}
	if err := must(crossed.Effect == string(matter.Crossed) && crossed.Crossed == cn.Sent && v.State == "accepted", "the answer outranks the withdrawal: %s", crossed.Effect); err != nil {
		return err
	}
	st.gap()
	st.holds("Nobody decided this on the spot: the rules of the kinds say that an answer outranks a withdrawal that crosses it, and both nodes apply them to the same two logs. " +
		"Both statements stay on the record for ever.")
	note, v, err := st.say(st.us, st.ref, "note", &thread.Note{Text: "Our withdrawal crossed your answer and had no effect. We do not repeat it.", About: us.Sent})
	if err != nil {
		return err
	}
	st.move(st.us, note, v, "notes: “Our withdrawal crossed your answer and had no effect. We do not repeat it.”")
	st.three(v, false)
	return nil
}

// outcome is what a node has recorded of a move.
func outcome(v request.View, row store.Statement) string {
	if row.Effect != string(matter.Crossed) {
		return fmt.Sprintf("%s: the matter is %s", row.Effect, v.State)
	}
	for _, r := range v.Timeline {
		if r.ID == row.Crossed {
			return fmt.Sprintf("crossed by %s of %s", r.Kind, r.From)
		}
	}
	return "crossed by " + row.Crossed.Short()
}
