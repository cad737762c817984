package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"comity"
	"comity/desk"
	"comity/guide"
	"comity/matter"
	"comity/request"
	"comity/store"
)

// A scene is one step of the story.
type scene struct {
	en, zh string
	play   func(*story) error
}

func scenes() []scene {
	return []scene{
		{"Two parties make their keys, and start a node each", "双方各自生成密钥并启动节点", (*story).setUp},
		{"They compare sixty digits by voice, and are a pair", "口头核对六十位数字，结为一对", (*story).pairUp},
		{"The request is drafted, checked and mended", "起草请求、核对、改正", (*story).draftAndCheck},
		{"Two officers release it; the other node receipts it", "两名人员签发，对方节点回执", (*story).releaseByTwo},
		{"A seat says that it has it", "值班席位确认收到", (*story).acknowledges},
		{"A question stops the clock, a supplement starts it again", "提问则暂停计时，补充后恢复", (*story).questionAndSupplement},
		{"A part of the answer", "部分答复", (*story).partOfTheAnswer},
		{"Two moves cross", "两份文书交错而行", (*story).movesCross},
		{"A node is killed in the middle of its work", "一个节点在工作中被强行终止", (*story).nodeIsKilled},
		{"The answer, with two sealed files", "最终答复，附两份密封文件", (*story).answers},
		{"Feedback, and the end of the matter", "反馈与结案", (*story).feedback},
		{"A case file that a stranger can check", "供第三方独立核验的案卷", (*story).caseFile},
	}
}

// must makes what the story is about to say an error, unless it is so.
func must(so bool, format string, args ...any) error {
	if so {
		return nil
	}
	return fmt.Errorf("this did not come true: "+format, args...)
}

// setUp makes both parties and starts their nodes.
func (st *story) setUp() error {
	err := st.each(func(s *side) error {
		_, err := s.do((*app).init, "--party", string(s.party), "--name-en", s.name.En, "--name-zh", s.name.Zh, "--zone", s.zone,
			"--agency", string(s.party)+"-24-7", "--seats", string(s.seats[0])+","+string(s.seats[1]),
			"--link", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--endpoint", "https://"+s.line.addr(), "--private")
		if err != nil {
			return err
		}
		if s.node, err = s.app.open(); err != nil {
			return err
		}
		return s.start()
	})
	if err != nil {
		return err
	}
	st.when(time.Now())
	for _, s := range st.sides() {
		var root comity.Hash
		err := s.node.keeper.View(st.ctx, func(tx *store.Tx) error {
			b, err := s.node.keeper.Book(tx, s.party)
			if err == nil {
				root = b.Identity()
			}
			return err
		})
		if err != nil {
			return err
		}
		st.labelled(4, st.bold(string(s.party)), 6, "%s / %s: root key %s…, seats %s and %s, node process %d", s.name.En, s.name.Zh, root.Short(), s.seats[0], s.seats[1], s.proc.cmd.Process.Pid)
		st.typed(s, "init --party %s --seats %s,%s …", s.party, s.seats[0], s.seats[1])
	}
	st.gap()
	st.para(4, "Keys are encrypted at rest. Every seat has its own; an officer's name never crosses, the seat does. Neither node knows the other yet.")
	return nil
}

// pairUp exchanges party files, compares the pair number and confirms.
func (st *story) pairUp() error {
	files := map[*side]string{}
	for _, s := range st.sides() {
		files[s] = filepath.Join(s.app.dir, string(s.party)+".party")
		if _, err := s.do((*app).party, "export", files[s]); err != nil {
			return err
		}
	}
	numbers := map[*side]string{}
	for _, s := range st.sides() {
		if _, err := s.do((*app).party, "import", files[st.peer(s)]); err != nil {
			return err
		}
		out, err := s.do((*app).peers, string(st.peer(s).party), "--json")
		if err != nil {
			return err
		}
		var p pairing
		if err := json.Unmarshal([]byte(out), &p); err != nil {
			return err
		}
		numbers[s] = p.Number
	}
	number := numbers[st.us]
	if err := must(number == numbers[st.cn] && len(strings.ReplaceAll(number, " ", "")) == 60, "both sides see the same 60 digits"); err != nil {
		return err
	}
	st.when(time.Now())
	st.tell("Each side takes in the other's party file. Both now see the same number, which two officers of each side read to each other over two channels, such as telephone and pouch; here the demo does it for them.")
	st.gap()
	st.line(14, "%s", st.bold(number[:len(number)/2]))
	st.line(14, "%s", st.bold(number[len(number)/2+1:]))
	st.gap()
	_, err := st.us.do((*app).peer, "confirm", string(st.cn.party), "--number", strings.Repeat("0", 60), "--seat", string(st.us.seats[0]))
	if err := must(errors.Is(err, comity.Untrusted), "a wrong number is refused, but: %v", err); err != nil {
		return err
	}
	err = st.each(func(s *side) error {
		for i, seat := range s.seats {
			if _, err := s.do((*app).peer, "confirm", string(st.peer(s).party), "--number", number, "--seat", string(seat)); err != nil {
				return err
			}
			// From here on each officer's key is open, as in a session at a desk.
			var err error
			if s.officers[i], err = s.app.officer(s.node, string(seat)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range []*side{st.cn, st.us} {
		st.who(s, s.seats[:], time.Now(), "have compared it")
	}
	st.typed(st.us, "peer confirm cn --number … --seat us-24-7-01")
	ids := map[*side]comity.Hash{}
	err = st.await("the pair to be active on both nodes", func() (bool, error) {
		for _, s := range st.sides() {
			ch, err := s.channel(st)
			if errors.Is(err, comity.NotFound) {
				return false, nil
			}
			if err != nil || ch.State.Next == 0 || ch.State.Receipted < 4 {
				return false, err
			}
			ids[s] = ch.ID
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if err := must(ids[st.us] == ids[st.cn], "both have the same channel"); err != nil {
		return err
	}
	st.gap()
	st.holds("A number that differs is refused: somebody may stand between.")
	st.holds("The pair is active on both nodes: both roots signed its profile. Channel %s, one log in each direction; each log begins with profile, keys, seats.", ids[st.us].Short())
	return nil
}

// draftAndCheck shows what the guidelines find in a hasty draft.
func (st *story) draftAndCheck() error {
	now := time.Now()
	duty := st.us.seats[0]
	hasty := filepath.Join(st.dir, "us", "hasty.json")
	if err := writeBody(hasty, st.mozi.hasty(duty, now)); err != nil {
		return err
	}
	st.when(now)
	st.who(st.us, []comity.Seat{duty}, now, "writes a first version and has it checked before anything leaves")
	st.typed(st.us, "check hasty.json")
	st.gap()
	out, err := st.us.do((*app).check, hasty, "--json")
	if err := must(errors.Is(err, comity.Invalid), "the hasty draft is stopped, but: %v", err); err != nil {
		return err
	}
	var found []guide.Finding
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return err
	}
	blocks := 0
	for _, f := range found {
		label := st.yellow(string(f.Severity))
		if f.Severity == guide.Block {
			label, blocks = st.red(string(f.Severity)), blocks+1
		}
		st.labelled(4, label, 7, "%s %s: %s. %s", f.Rule, f.Field, f.Wrong, f.Do)
		st.para(11, "%s", st.dim(fmt.Sprintf("%s %s", f.Cite, f.Mark())))
	}
	if err := must(blocks == 4 && len(found) == 5, "four findings block and one warns, but %d of %d block", blocks, len(found)); err != nil {
		return err
	}
	if err := os.Remove(hasty); err != nil {
		return err
	}

	p := st.mozi.request(duty, st.us.seats[1], now)
	left := desk.Findings(*p, comity.Live, now)
	if err := must(!guide.Blocks(left) && len(left) == 1 && left[0].Rule == "C15", "only C15 still warns: %v", left); err != nil {
		return err
	}
	d, err := st.begin(st.us, desk.New{To: st.cn.party, Kind: request.Opens}, p)
	if err != nil {
		return err
	}
	st.ref = d.Matter
	st.when(d.Created.Time)
	st.who(st.us, []comity.Seat{duty}, now, "mends it: %s, %s to %s, %s", d.ID, d.Matter, d.Peer, d.Kind)
	st.typed(st.us, "draft request.json --to cn --seat %s", duty)
	st.gap()
	basis, ok := guide.FindBasis(p.Basis.ID)
	if err := must(ok && basis.Pledge && p.Basis.Reciprocity, "the basis is known, and pledged"); err != nil {
		return err
	}
	for _, f := range []struct{ article, name, value string }{
		{"", "basis", fmt.Sprintf("%s %s, with a pledge of reciprocity", basis.ID, basis.Mark())},
		{"", "fields", fmt.Sprintf("borrowed from %s; it need not bind both sides", strings.Join(p.Basis.Borrowed, ", "))},
		{"(a)", "authority", fmt.Sprintf("%s, seat %s", p.Authority.Agency, p.Authority.Seat)},
		{"(b)", "offence", fmt.Sprintf("%s: %s (%s)", p.Offence.Category, p.Offence.Description, p.Offence.Provision)},
		{"(b)", "facts", p.Facts},
		{"(c)", "item 1", st.itemText(p.Items[0])},
		{"(c)", "item 2", st.itemText(p.Items[1])},
		{"(c)", "item 3", st.itemText(p.Items[2])},
		{"(d)", "custodian", p.Custodian},
		{"(e)", "necessity", p.Necessity},
		{"(f)", "follow-up", "a request for the data is planned for " + p.FollowUp.Planned},
	} {
		st.labelled(4, pad(f.article, 4)+f.name, 15, "%s", f.value)
	}
	st.gap()
	st.holds("Nothing blocks it any more. One warning is left to stand: %s, no port for item 1.", left[0].Rule)
	return nil
}

func (st *story) itemText(it guide.Item) string {
	return fmt.Sprintf("%s %s, %s data of %s to %s: %s", it.Type, it.Value, it.Data, it.From, it.To, it.Relationship)
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
	d, v, err := st.say(st.cn, st.ref, "acknowledge", &request.Acknowledge{Statement: st.last(st.us), Reference: "CN-24-7/0412"})
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
	d, v, err := st.say(st.cn, st.ref, "ask", &request.Ask{Questions: []request.Question{{Field: "items[0].port", Rule: "C15",
		Text: "Many may share an address. On which port did the server answer?"}}})
	if err != nil {
		return err
	}
	st.move(st.cn, d, v, "ask (rule C15): “Many may share an address. On which port did the server answer?”")
	st.typed(st.cn, "ask %s --field items[0].port --rule C15 --text … --seat %s", st.ref, st.cn.seats[0])
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
	d, v, err = st.say(st.us, st.ref, "supplement", &request.Supplement{Replies: []request.Reply{{Field: "items[0].port", Text: reply}}, Items: []guide.Item{fixed}})
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

// partOfTheAnswer gives one item's result, under a condition.
func (st *story) partOfTheAnswer() error {
	const condition = "No use outside this investigation, and no third state, without our consent."
	d, v, err := st.say(st.cn, st.ref, "answer.partial", &request.Answer{Results: []request.Result{held("2", "T-2026-0117", time.Now())},
		Conditions: []request.Condition{{ID: "c1", Text: condition}}})
	if err != nil {
		return err
	}
	st.move(st.cn, d, v, "answer for item 2, on condition c1: “"+condition+"”")
	st.typed(st.cn, "answer %s --partial --item 2 --result preserved --until … --seat %s", st.ref, st.cn.seats[0])
	if err := must(v.State == "accepted" && len(v.Conditions) == 1 && v.Clocks[2].Stopped.IsZero(), "a part has been answered and the clock goes on"); err != nil {
		return err
	}
	st.items(v)
	st.three(v, false)
	return nil
}

// movesCross cuts the line, lets both sides move, and mends it.
func (st *story) movesCross() error {
	for _, s := range st.sides() {
		s.line.cut()
	}
	st.when(time.Now())
	st.tell("The line between the capitals is cut. Both nodes go on working.")
	us, err := st.release(st.us, desk.New{Matter: st.ref, Kind: "withdraw"}, &request.Withdraw{Reason: "We have found the owners another way, and would not burden you further."})
	if err != nil {
		return err
	}
	cn, err := st.release(st.cn, desk.New{Matter: st.ref, Kind: "answer.partial"}, &request.Answer{Results: []request.Result{held("3", "T-2026-0121", time.Now())}})
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
		s.line.mend()
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
	note, v, err := st.say(st.us, st.ref, "note", &request.Note{Text: "Our withdrawal crossed your answer and had no effect. We do not repeat it.", About: us.Sent})
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

// nodeIsKilled kills the receiver while statements are released one after the
// other, and counts.
func (st *story) nodeIsKilled() error {
	d, err := st.release(st.us, desk.New{To: st.cn.party, Kind: request.Opens}, st.mozi.routine(st.us.seats[0], time.Now()))
	if err != nil {
		return err
	}
	st.second = d.Matter
	v, err := st.arrived(st.us, d)
	if err != nil {
		return err
	}
	st.move(st.us, d, v, fmt.Sprintf("open a second, routine matter (%s); then the duty officer releases note after note in it", v.Priority))
	at, err := st.burst()
	if err != nil {
		return err
	}
	dead, err := st.count()
	if err != nil {
		return err
	}
	st.when(at)
	st.tell("cn's node, process %d, is killed with SIGKILL. The officer of us does not notice and goes on.", st.cn.proc.cmd.Process.Pid)
	burst := dead.released
	if err := must(dead.receipted > 0 && dead.receipted < burst && dead.lost == 0, "while it is dead: %+v", dead); err != nil {
		return err
	}
	if err := st.cn.start(); err != nil {
		return err
	}
	err = st.await("all notes to be on both nodes", func() (bool, error) {
		c, err := st.count()
		return c.receipted == burst, err
	})
	if err != nil {
		return err
	}
	took := time.Since(at)
	alive, err := st.count()
	if err != nil {
		return err
	}
	if err := must(alive.released == burst && alive.placed == burst && alive.distinct == burst && alive.lost == 0, "after its return: %+v", alive); err != nil {
		return err
	}
	st.gap()
	st.line(4, "%s", st.dim(pad("notes", 26)+"on the disk of cn    receipted, on the disk of us    released by us"))
	for _, c := range []struct {
		what string
		counts
	}{{"while cn's node is dead", dead}, {"after its return", alive}} {
		st.line(4, "%s%17d    %27d    %14d", pad(c.what, 26), c.placed, c.receipted, c.released)
	}
	st.gap()
	st.holds("Each of the %d that had been receipted was on the dead node's disk. All %d are there %s after the kill, each once.", dead.receipted, burst, lasted(took))
	n, root, err := st.sameLogs()
	if err != nil {
		return err
	}
	st.holds("What us's log says it sent and what cn's log says it got are the same %d items, root %s….", n, root.Short())
	return nil
}

// burst releases notes until the peer's node, which is killed as soon as it has
// receipted some, is dead, and a few more.
func (st *story) burst() (at time.Time, err error) {
	const some, more, most = 16, 12, 2000
	type death struct {
		at  time.Time
		err error
	}
	killed := make(chan death, 1)
	go func() {
		err := st.await("cn's node to receipt some notes", func() (bool, error) {
			c, err := st.count()
			return c.receipted >= some, err
		})
		at := time.Now()
		killed <- death{at, errors.Join(err, st.cn.proc.kill())}
	}()
	dead, after := false, 0
	for i := 0; after < more; i++ {
		if i == most {
			return at, comity.Errorf(comity.Unavailable, "released %d notes, and cn's node still lives: %v", most, (<-killed).err)
		}
		_, err := st.release(st.us, desk.New{Matter: st.second, Kind: "note"}, &request.Note{Text: fmt.Sprintf("Note %d. It asks nothing; it will be counted.", i+1)})
		if err != nil {
			return at, err
		}
		// A person would need longer, and leaves the node its turn to write.
		if err := st.sleep(2 * glance); err != nil {
			return at, err
		}
		if dead {
			after++
			continue
		}
		select {
		case d := <-killed:
			if d.err != nil {
				return at, d.err
			}
			dead, at = true, d.at
		default:
		}
	}
	return at, nil
}

// counts is where the notes of the second matter are.
type counts struct{ released, receipted, placed, distinct, lost int }

func (st *story) count() (counts, error) {
	var c counts
	there := map[comity.Hash]bool{}
	err := st.cn.node.keeper.View(st.ctx, func(tx *store.Tx) error {
		rows, err := tx.StatementsOf(comity.Live, st.second)
		for _, r := range rows {
			if r.Kind == "note" && r.Status == store.Placed {
				c.placed++
				there[r.ID] = true
			}
		}
		return err
	})
	if err != nil {
		return c, err
	}
	c.distinct = len(there)
	err = st.us.node.keeper.View(st.ctx, func(tx *store.Tx) error {
		rows, err := tx.StatementsOf(comity.Live, st.second)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Kind != "note" {
				continue
			}
			c.released++
			if r.Status != store.Placed {
				continue
			}
			_, receipted, err := tx.ReceiptCovering(r.Channel, r.Epoch, false, uint64(r.Seq))
			if err != nil {
				return err
			}
			if receipted {
				c.receipted++
				if !there[r.ID] {
					c.lost++
				}
			}
		}
		return nil
	})
	return c, err
}

// sameLogs compares both sides' logs of us's stream.
func (st *story) sameLogs() (n uint64, root comity.Hash, err error) {
	err = st.await("both nodes to have the same logs", func() (bool, error) {
		us, err := st.us.channel(st)
		if err != nil {
			return false, err
		}
		cn, err := st.cn.channel(st)
		n, root = us.State.Next, us.State.OutRoot
		return us.State.Next == cn.State.Want && us.State.OutRoot == cn.State.InRoot &&
			cn.State.Next == us.State.Want && cn.State.OutRoot == us.State.InRoot, err
	})
	return n, root, err
}

// answers gives the last result, with a table and a certificate.
func (st *story) answers() error {
	v, err := st.both(st.ref)
	if err != nil {
		return err
	}
	now := time.Now()
	last := held("1", "T-2026-0133", now)
	const tableName, certificateName = "preservation-record.csv", "certificate.txt"
	table := preservationTable(v, last)
	st.sent = map[string][]byte{tableName: table, certificateName: certificate(v, st.cn.seats[0], table, tableName, now)}
	d, err := st.begin(st.cn, desk.New{Matter: st.ref, Kind: "answer"}, &request.Answer{Results: []request.Result{last}, Text: "Nothing more is held. The certificate names the hash of the table."})
	if err != nil {
		return err
	}
	o := st.cn.officers[0]
	for _, f := range []struct{ name, media string }{{tableName, "text/csv"}, {certificateName, "text/plain"}} {
		if d, err = st.cn.node.desk.Attach(st.ctx, o.Seat, o.Box, d.ID, f.name, f.media, bytes.NewReader(st.sent[f.name])); err != nil {
			return err
		}
	}
	if d, err = st.sign(st.cn, d); err != nil {
		return err
	}
	if v, err = st.arrived(st.cn, d); err != nil {
		return err
	}
	st.move(st.cn, d, v, "answer for item 1, the last, with two files")
	st.typed(st.cn, "answer %s --item 1 --result preserved --until … --attach %s,%s --seat %s", st.ref, tableName, certificateName, o.Seat)
	err = st.await("us's node to receipt both files", func() (bool, error) {
		v, err = st.both(st.ref)
		for _, f := range v.Timeline[len(v.Timeline)-1].Files {
			if f.Received.IsZero() {
				return false, err
			}
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	for _, f := range v.Timeline[len(v.Timeline)-1].Files {
		st.holds("%s, %d bytes: pushed beside the log, receipted by us's node at %s", f.Name, f.Size, f.Received.UTC().Format("15:04:05.000 UTC"))
	}
	if err := st.sealed(d); err != nil {
		return err
	}
	st.holds("At rest on both nodes the files are ciphertext: no line of the certificate is to be found in either vault.")

	out := filepath.Join(st.dir, "us", "fetched")
	if _, err := st.us.do((*app).fetch, string(st.ref), "--out", out, "--seat", string(st.us.seats[0])); err != nil {
		return err
	}
	st.when(time.Now())
	st.who(st.us, st.us.seats[:1], time.Now(), "fetches both files")
	st.typed(st.us, "fetch %s --out us/fetched --seat %s", st.ref, st.us.seats[0])
	for name, want := range st.sent {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			return err
		}
		if err := must(bytes.Equal(got, want), "%s is what cn attached", name); err != nil {
			return err
		}
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(st.sent[tableName]))
	if err := must(bytes.Contains(st.sent[certificateName], []byte(sum)), "the certificate names the table's hash"); err != nil {
		return err
	}
	st.holds("Both are byte for byte what cn attached, and the certificate names the table: SHA-256 %s…", sum[:24])
	if v, err = st.both(st.ref); err != nil {
		return err
	}
	if err := must(v.State == "answered" && !v.Clocks[2].Stopped.IsZero() && !v.Clocks[2].Overdue && len(v.Remarks) == 0, "it is answered, in time and without a remark: %s %v", v.State, v.Remarks); err != nil {
		return err
	}
	st.items(v)
	st.three(v, true)
	return nil
}

// sealed looks for the plain text of the files in both vaults.
func (st *story) sealed(d desk.Draft) error {
	secret := []byte(st.ref)
	for _, s := range st.sides() {
		for _, f := range d.Files {
			r, size, err := s.node.vault.Open(f.Cipher)
			if err != nil {
				return err
			}
			b := make([]byte, size)
			_, err = r.ReadAt(b, 0)
			r.Close()
			if err != nil {
				return err
			}
			if err := must(bytes.Contains(st.sent["certificate.txt"], secret) && !bytes.Contains(b, secret) && !bytes.Contains(b, []byte("SHA-256")), "%s is sealed in the vault of %s", f.Name, s.party); err != nil {
				return err
			}
		}
	}
	return nil
}

// feedback says how useful it was, in facts, and closes.
func (st *story) feedback() error {
	d, v, err := st.say(st.us, st.ref, "close", &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "unknown", Text: "Used for the request for the data, which follows."})
	if err != nil {
		return err
	}
	st.move(st.us, d, v, "close the matter: complete yes, usable yes, in time yes, used not known yet")
	st.typed(st.us, "close %s --complete yes --usable yes --in-time yes --seat %s", st.ref, st.us.seats[0])
	if err := must(v.State == "closed" && v.Owes == "", "the matter is closed and nobody owes anything"); err != nil {
		return err
	}
	st.three(v, false)
	st.gap()
	st.line(4, "%s", st.dim("the whole of it, the same on both nodes"))
	for _, r := range v.Timeline {
		became := "→ " + r.State
		switch r.Effect {
		case matter.Crossed:
			became = "crossed, no effect"
		case matter.Fact:
			became = "a fact"
		}
		if err := must(r.Refused == "" && !r.Receipted.IsZero() && !r.Disputed, "%s %s is receipted and undisputed", r.Kind, r.ID.Short()); err != nil {
			return err
		}
		st.line(4, "%s  %s%s%s%s", r.Time.UTC().Format("15:04:05 UTC"), pad(string(r.From), 4), pad(string(r.Kind), 18), pad(seatList(r.Seats), 26), became)
	}
	return nil
}

// caseFile writes the matter to a file, on both sides, and checks it, whole and
// damaged.
func (st *story) caseFile() error {
	file, trust := filepath.Join(st.dir, "case.comity"), filepath.Join(st.dir, "trust.json")
	if _, err := st.us.do((*app).export, string(st.ref), "--out", file); err != nil {
		return err
	}
	if _, err := st.us.do((*app).trust, "--out", trust); err != nil {
		return err
	}
	st.when(time.Now())
	st.labelled(4, st.bold("us"), 6, "writes the case file, and the trust file that says whose root keys are whose")
	st.typed(st.us, "export %s --out case.comity", st.ref)
	st.typed(st.us, "trust --out trust.json")
	st.typed(nil, "verify case.comity --trust trust.json")
	good, err := st.verdict(file, trust)
	if err != nil {
		return err
	}
	v, err := st.both(st.ref)
	if err != nil {
		return err
	}
	c := good.Report.Counts
	if err := must(good.Good && c.Statements == len(v.Timeline) && c.Receipted == c.Statements && c.Refused == 0 && c.Files == 2 && len(good.Report.Remarks) == 0,
		"the case file has the whole matter, receipted: %+v %v", c, good.Report.Remarks); err != nil {
		return err
	}
	st.gap()
	st.holds("good: %d statements, %d receipted, %d files with their contents; every signature, every place in both logs and every receipt checked, offline.", c.Statements, c.Receipted, c.Files)

	theirs, theirTrust := filepath.Join(st.dir, "cn", "case.comity"), filepath.Join(st.dir, "cn", "trust.json")
	if _, err := st.cn.do((*app).export, string(st.ref), "--out", theirs); err != nil {
		return err
	}
	if _, err := st.cn.do((*app).trust, "--out", theirTrust); err != nil {
		return err
	}
	ours, err := os.ReadFile(trust)
	if err != nil {
		return err
	}
	same, err := os.ReadFile(theirTrust)
	if err != nil {
		return err
	}
	other, err := st.verdict(theirs, trust)
	if err != nil {
		return err
	}
	if err := must(bytes.Equal(ours, same) && other.Good && other.Report.Counts == c, "cn's case file shows the same: %+v", other); err != nil {
		return err
	}
	st.holds("cn writes its own: it verifies too, by the same trust file, with the same count. Either side can prove it without the other.")

	whole, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	forged := bytes.Replace(whole, []byte(`"port":80`), []byte(`"port":81`), 1)
	if err := must(!bytes.Equal(forged, whole), "the corrected port is in the case file"); err != nil {
		return err
	}
	name := filepath.Join(st.dir, "us", "forged.comity")
	if err := os.WriteFile(name, forged, 0o600); err != nil {
		return err
	}
	bad, err := st.verdict(name, trust)
	if err := must(errors.Is(err, errFound) && bad.Fault != nil, "the forgery is found: %v", err); err != nil {
		return err
	}
	st.holds("With one digit changed, port 80 to 81 in us's supplement: FAULT %s, %s.", bad.Fault.Code, bad.Fault.What)
	st.gap()
	st.para(4, "What it cannot prove: that nothing came later, what the clocks really said, or that what was said is so.")
	return os.Remove(name)
}

func (st *story) verdict(file, trust string) (verdict, error) {
	var v verdict
	out, err := st.us.do((*app).verify, file, "--trust", trust, "--json")
	if err != nil && !errors.Is(err, errFound) {
		return v, err
	}
	return v, errors.Join(err, json.Unmarshal([]byte(out), &v))
}

// items writes what has become of each item.
func (st *story) items(v request.View) {
	st.gap()
	for _, it := range v.Items {
		port := ""
		if it.Port != 0 {
			port = fmt.Sprintf(":%d", it.Port)
		}
		result := it.Result
		if result == request.Preserved {
			result += " until " + it.HoldUntil.UTC().Format(time.DateOnly) + ", " + it.Provider
		}
		value := it.Value
		if len(value) > 32 {
			value = value[:30] + "…"
		}
		st.line(4, "%s%s%s", pad("item "+it.ID, 14), pad(it.Type+" "+value+port, 40), result)
	}
}

func writeBody(name string, body any) error {
	b, err := request.Encode(body)
	if err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o600)
}
