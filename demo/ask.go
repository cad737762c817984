package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/check"
	"comity/demo/mozi"
	"comity/desk"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/shell"
	"comity/thread"
)

// draftAndCheck shows what the guidelines find in a hasty draft.
func (st *story) draftAndCheck() error {
	now := time.Now()
	duty := st.us.seats[0]
	hasty := filepath.Join(st.dir, "us", "hasty.json")
	if err := writeBody(hasty, st.mozi.Hasty(duty, now)); err != nil {
		return err
	}
	st.when(now)
	st.who(st.us, []comity.Seat{duty}, now, "writes a first version and has it checked before anything leaves")
	st.typed(st.us, "check hasty.json --to cn")
	st.gap()
	out, err := st.us.do("check", hasty, "--to", string(st.cn.party), "--json")
	if err := must(errors.Is(err, shell.ErrBlocked), "the hasty draft is stopped, but: %v", err); err != nil {
		return err
	}
	var found []check.Finding
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return err
	}
	past := func(f check.Finding) bool { return f.History } // of the month before
	found = slices.DeleteFunc(found, past)
	blocks := 0
	for _, f := range found {
		label := st.yellow(string(f.Severity))
		if f.Severity == guide.Block {
			label, blocks = st.red(string(f.Severity)), blocks+1
		}
		st.labelled(4, label, 7, "%s %s: %s", f.ID, f.Field, f.Text("en"))
		st.para(11, "%s", f.Text("zh"))
		st.para(11, "%s", st.dim(fmt.Sprintf("%s %s", f.Cite, f.Mark())))
	}
	if err := must(blocks == 4 && len(found) == 5, "four findings block and one warns, but %d of %d block", blocks, len(found)); err != nil {
		return err
	}
	if err := os.Remove(hasty); err != nil {
		return err
	}

	p := st.mozi.Request(duty, st.us.seats[1], now)
	left, err := st.us.node.desk.Check(st.ctx, comity.Live, st.cn.party, p, nil)
	if err != nil {
		return err
	}
	left = slices.DeleteFunc(left, past)
	if err := must(!check.Blocks(left) && len(left) == 2 && left[0].ID == "C15" && left[1].ID == "C22", "only C15 still warns, and C22 advises: %v", left); err != nil {
		return err
	}
	d, err := st.begin(st.us, desk.New{To: st.cn.party, Kind: request.OpensPreservation}, p)
	if err != nil {
		return err
	}
	st.ref = d.Matter
	st.when(d.Created.Time)
	st.who(st.us, []comity.Seat{duty}, now, "mends it: %s, %s to %s, %s", d.ID, d.Matter, d.Peer, d.Kind)
	st.typed(st.us, "draft request.json --to cn --seat %s", duty)
	st.gap()
	basis, ok := guide.Shipped().Pack(p.Basis.ID)
	if err := must(ok && basis.Pledge && p.Basis.Reciprocity, "the basis is known, and pledged"); err != nil {
		return err
	}
	for _, f := range []struct{ article, name, value string }{
		{"", "basis", fmt.Sprintf("%s %s, with a pledge of reciprocity", basis.ID, basis.Mark())},
		{"", "fields", fmt.Sprintf("borrowed from %s; it need not bind both sides", strings.Join(p.Basis.Borrowed, ", "))},
		{"(a)", "authority", fmt.Sprintf("%s, seat %s", p.Authority.Agency, p.Authority.Seat)},
		{"(b)", "offence", fmt.Sprintf("%s: %s (%s)", p.Supporting.Offence.Category, p.Supporting.Offence.Description, p.Supporting.Offence.Provision)},
		{"(b)", "facts", p.Supporting.Facts},
		{"", "in Chinese", p.Translation.Facts},
		{"(c)", "item 1", st.itemText(p, 0)},
		{"(c)", "item 2", st.itemText(p, 1)},
		{"(c)", "item 3", st.itemText(p, 2)},
		{"(d)", "holder", p.Order.Holder},
		{"(e)", "necessity", p.Supporting.Necessity.Kind + ": " + p.Supporting.Necessity.Text},
		{"(f)", "follow-up", "a request for the data is planned for " + p.FollowUp.Planned},
	} {
		st.labelled(4, pad(f.article, 4)+f.name, 15, "%s", f.value)
	}
	st.gap()
	st.holds("Nothing blocks it any more. One warning is left to stand: %s, no port for item 1; and %s advises that logs so old may be gone.", left[0].ID, left[1].ID)
	return nil
}

func (st *story) itemText(p *guide.Request, i int) string {
	it, r := p.Order.Items[i], p.Supporting.Relations[i]
	return fmt.Sprintf("%s %s, %s data of %s to %s: %s, %s", it.Type, it.Value, it.Data, it.From, it.To, r.Kind, r.Text)
}

// releaseByTwo shows that one signature does not do, and two do.
func (st *story) releaseByTwo() error {
	drafts, err := st.us.node.desk.Drafts(st.ctx)
	if err != nil {
		return err
	}
	if err := must(len(drafts) == 1, "one draft waits, but %d do", len(drafts)); err != nil {
		return err
	}
	d := drafts[0]
	first, second := st.us.officers[0], st.us.officers[1]
	if d, err = st.us.node.desk.Approve(st.ctx, d.ID, desk.Word{Officer: first}); err != nil {
		return err
	}
	_, alone := st.us.node.desk.Send(st.ctx, d.ID)
	if err := must(errors.Is(alone, comity.Forbidden), "one signature is not enough, but: %v", alone); err != nil {
		return err
	}
	st.when(time.Now())
	st.who(st.us, st.us.seats[:1], time.Now(), "signs, and tries to send it alone")
	st.typed(st.us, "send %s", d.ID)
	st.para(10, "%s", st.red("refused: "+alone.Error()))
	there, err := st.cn.knows(st, st.ref)
	if err != nil {
		return err
	}
	if err := must(!there, "nothing has left"); err != nil {
		return err
	}
	if d, err = st.us.node.desk.Approve(st.ctx, d.ID, desk.Word{Officer: second}); err != nil {
		return err
	}
	if d, err = st.us.node.desk.Send(st.ctx, d.ID); err != nil {
		return err
	}
	v, err := st.arrived(st.us, d)
	if err != nil {
		return err
	}
	st.move(st.us, d, v, "read it, and release it together")
	st.typed(st.us, "approve %s --seat %s --send", d.ID, second.Seat)
	us, err := st.us.channel(st)
	if err != nil {
		return err
	}
	st.holds("On both nodes: the same statement %s, signed by two seats, in the log of what us has said; cn's node has cosigned that log up to item %d.", d.Sent.Short(), us.State.Receipted-1)
	st.holds("The receipt is the machine's. No person has seen it yet, and the clocks say so:")
	st.three(v, false)
	return nil
}

// acknowledges is one seat's word.
func (st *story) acknowledges() error {
	v, err := st.both(st.ref)
	if err != nil {
		return err
	}
	d, v, err := st.say(st.cn, st.ref, "acknowledge", &thread.Acknowledge{Statement: v.Timeline[0].ID, Reference: "CN-24-7/0412"})
	if err != nil {
		return err
	}
	st.move(st.cn, d, v, "has it on the desk, as file CN-24-7/0412")
	st.typed(st.cn, "acknowledge %s --reference CN-24-7/0412 --seat %s", st.ref, st.cn.seats[0])
	if err := must(!v.Clocks[1].Stopped.IsZero() && v.TheirRef == "CN-24-7/0412", "the acknowledgement stops its clock"); err != nil {
		return err
	}
	st.three(v, false)
	return nil
}

// questionAndSupplement shows the pause.
func (st *story) questionAndSupplement() error {
	d, v, err := st.say(st.cn, st.ref, "ask", &request.Ask{Questions: []request.Question{{Field: "order.items[0].port", Rule: "C15",
		Text: "Many may share an address. On which port did the server answer?"}}})
	if err != nil {
		return err
	}
	st.move(st.cn, d, v, "ask (rule C15): “Many may share an address. On which port did the server answer?”")
	st.typed(st.cn, "ask %s --field order.items[0].port --rule C15 --text … --seat %s", st.ref, st.cn.seats[0])
	if err := must(v.Clocks[2].Paused && v.Question != nil && v.Owes == st.us.party, "the question pauses the clock of the answer"); err != nil {
		return err
	}
	st.three(v, false)
	asked := v.Clocks[2]

	if err := st.sleep(2 * time.Second); err != nil {
		return err
	}
	if v, err = st.both(st.ref); err != nil {
		return err
	}
	st.gap()
	if err := must(v.Clocks[2].Gross-asked.Gross > time.Second && v.Clocks[2].Net == asked.Net, "time passes and none of it counts: %v, %v", asked, v.Clocks[2]); err != nil {
		return err
	}
	st.holds("%s later the clock of the answer still shows %s: us is thinking, and cn's time stands still.", lasted(v.Clocks[2].Gross-asked.Gross), lasted(v.Clocks[2].Net))

	fixed := v.Items[0].Item
	fixed.Port = st.mozi.Records[1].Port
	const reply = "Port 80: the event gives it with the URL of item 2."
	d, v, err = st.say(st.us, st.ref, "supplement", &request.Supplement{Replies: []request.Reply{{Field: "order.items[0].port", Text: reply}}, Items: []guide.Item{fixed}})
	if err != nil {
		return err
	}
	st.move(st.us, d, v, "answer the question: “"+reply+"”")
	st.typed(st.us, "supplement %s --file supplement.json --seat %s", st.ref, st.us.seats[0])
	if err := must(!v.Clocks[2].Paused && v.Clocks[2].Net < v.Clocks[2].Gross && v.Items[0].Port == 80 && v.Owes == st.cn.party, "the supplement ends the pause"); err != nil {
		return err
	}
	st.three(v, true)
	return nil
}

// partOfTheAnswer agrees on a condition, and then gives one item's result.
func (st *story) partOfTheAnswer() error {
	condition := request.Condition{ID: "c1", Kind: "no_onward", Text: "No third state, without our consent."}
	d, v, err := st.say(st.cn, st.ref, "conditions.propose", &request.ConditionsPropose{Conditions: []request.Condition{condition}})
	if err != nil {
		return err
	}
	st.move(st.cn, d, v, "would preserve it on condition c1 (no_onward): “"+condition.Text+"”")
	st.typed(st.cn, "conditions.propose %s --condition no_onward:… --seat %s", st.ref, st.cn.seats[0])
	if err := must(v.State == "terms" && len(v.Proposed) == 1 && len(v.Conditions) == 0 && v.Owes == st.us.party, "conditions that nobody has accepted bind nobody"); err != nil {
		return err
	}
	if d, v, err = st.say(st.us, st.ref, "conditions.accept", &request.ConditionsAccept{}); err != nil {
		return err
	}
	st.move(st.us, d, v, "accept it, and are bound by it")
	st.typed(st.us, "conditions.accept %s --seat %s", st.ref, st.us.seats[0])
	if err := must(v.State == "accepted" && len(v.Proposed) == 0 && len(v.Conditions) == 1 && v.Conditions[0].ID == "c1" && v.Owes == st.cn.party, "the condition is in force, and cn goes on"); err != nil {
		return err
	}
	if d, v, err = st.say(st.cn, st.ref, "answer.partial", &request.Answer{Results: []request.Result{mozi.Held("2", "T-2026-0117", time.Now())}}); err != nil {
		return err
	}
	st.move(st.cn, d, v, "answer for item 2: it is preserved")
	st.typed(st.cn, "answer %s --partial --item 2 --result preserved --until … --seat %s", st.ref, st.cn.seats[0])
	if err := must(v.State == "accepted" && len(v.Conditions) == 1 && v.Clocks[2].Stopped.IsZero(), "a part has been answered and the clock goes on"); err != nil {
		return err
	}
	st.items(v)
	st.three(v, false)
	return nil
}

func writeBody(name string, body any) error {
	b, err := form.Encode(body)
	if err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o600)
}
