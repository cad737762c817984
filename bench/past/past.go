// Package past writes years of requests straight into a record, so that what officers
// wait for can be measured beside them.
package past

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"comity"
	"comity/check"
	"comity/form"
	"comity/guide"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// New returns what fills a channel with requests like one, up to a time: always the
// same.
func New(channel comity.Hash, like []byte, end time.Time) *Filler {
	return &Filler{channel: channel, like: like, rand: rand.New(rand.NewPCG(1, 2)), End: end}
}

// A Filler writes requests straight into a record: real bodies and manifests, each
// statement with its receipt, but no signatures and no tree, which nothing here
// reads. They are of an epoch that the channel is not in.
type Filler struct {
	channel comity.Hash
	like    []byte
	rand    *rand.Rand
	End     time.Time // of its time
	seq     [2]int64  // the next of theirs, and of ours
	n       uint64    // statements
}

const (
	epoch  = 7
	apiece = 64 // rows in one INSERT
)

// A batch collects rows of one table.
type batch struct {
	table   string
	columns string
	rows    [][]any
}

func (b *batch) add(tx *store.Tx, row ...any) error {
	b.rows = append(b.rows, row)
	if len(b.rows) < apiece {
		return nil
	}
	return b.flush(tx)
}

func (b *batch) flush(tx *store.Tx) error {
	if len(b.rows) == 0 {
		return nil
	}
	var q strings.Builder
	fmt.Fprintf(&q, "INSERT INTO %s (%s) VALUES ", b.table, b.columns)
	var args []any
	for i, row := range b.rows {
		if i > 0 {
			q.WriteString(", ")
		}
		for j, v := range row {
			q.WriteString(map[bool]string{true: "(", false: ", "}[j == 0])
			args = append(args, v)
			fmt.Fprintf(&q, "$%d", len(args))
		}
		q.WriteString(")")
	}
	b.rows = b.rows[:0]
	q.WriteString(" ON CONFLICT DO NOTHING") // of traces: many requests share words
	_, err := tx.Exec(q.String(), args...)
	return err
}

// Fill writes count requests of the last four years.
func (f *Filler) Fill(ctx context.Context, db *store.DB, count int) error {
	const some = 2000
	for from := 1; from <= count; from += some {
		err := db.Update(ctx, func(tx *store.Tx) error {
			g := *f // a closure may run again
			t := tables()
			for i := from; i < from+some && i <= count; i++ {
				if err := g.request(tx, t, i, count); err != nil {
					return err
				}
			}
			*f = g
			for _, b := range t {
				if err := b.flush(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func tables() map[string]*batch {
	t := map[string]*batch{}
	for table, columns := range map[string]string{
		"statement": `id, channel, epoch, seq, i, mine, realm, matter, author, kind, move, manifest, sigs,
			class, signer1, signer2, signers, reason, due, seen, status, code, effect, crossed, at, released, received`,
		"part":   "channel, statement, n, name, type, salt, body, erased",
		"item":   "channel, epoch, mine, seq, hash, header, sigs, control, statements, upto, at",
		"matter": "realm, ref, channel, peer, opener, kind, state, is_open, title, tlp, priority, type, category, opened, changed",
		"trace":  "name, realm, ref, lo, hi, print",
	} {
		t[table] = &batch{table: table, columns: columns}
	}
	return t
}

var (
	asks       = []string{"preserve", "subscriber", "traffic", "domain"}
	categories = []string{"hacking", "fraud", "child_abuse", "other"}
)

// Opening is the request that number i makes.
func (f *Filler) Opening(i int, from, to comity.Party, at time.Time) *guide.Request {
	var r guide.Request
	if err := form.Decode(f.like, &r); err != nil {
		panic(err) // it is our own
	}
	r.Type, r.Priority = asks[i%len(asks)], fmt.Sprintf("P%d", 1+i/len(asks)%3)
	r.Authority.Agency, r.Authority.Seat, r.Addressee.Agency = string(from)+"-24-7", string(from)+"-24-7-01", string(to)+"-24-7"
	it := &r.Order.Items[0]
	it.Value = fmt.Sprintf("kite-%d", i)
	it.From, it.To = at.Add(-2*time.Hour).UTC().Format(time.RFC3339), at.Add(-time.Hour).UTC().Format(time.RFC3339)
	it.Data = map[string]string{"preserve": "traffic", "subscriber": "subscriber", "traffic": "traffic", "domain": "registration"}[r.Type]
	r.Supporting.Offence.Category = categories[i/7%len(categories)]
	r.Supporting.Facts += fmt.Sprintf("；账户kite-%d的服务器日志，涉案金额%d元", i, 1000+i)
	r.Supporting.Necessity.Text = fmt.Sprintf("logs of the account kite-%d are kept for 30 days and %d of them have passed", i, i%29)
	if r.Type != "preserve" {
		r.FollowUp = nil
	}
	return &r
}

// request writes number i of count, spread evenly over four years.
func (f *Filler) request(tx *store.Tx, t map[string]*batch, i, count int) error {
	opened := f.End.AddDate(-4, 0, 0).Add(f.End.Sub(f.End.AddDate(-4, 0, 0)) / time.Duration(count) * time.Duration(i-1)).Truncate(time.Millisecond)
	from, to := comity.Party("us"), comity.Party("cn")
	if i%2 == 0 {
		from, to = to, from
	}
	ref := comity.Ref(fmt.Sprintf("%s-%d-%06d", strings.ToUpper(string(from)), opened.Year(), 100_000+i))
	r := f.Opening(i, from, to, opened)
	result := request.Result{Item: "1", Result: request.Provided, Value: "one line"}
	if r.Type == "preserve" {
		result = request.Result{Item: "1", Result: request.Preserved, HoldFrom: comity.At(opened), HoldUntil: comity.At(opened.AddDate(0, 0, 90))}
	}
	answered := opened.Add(time.Duration(1+f.rand.IntN(24*30)) * time.Hour)
	heads := map[comity.Party]comity.Hash{}
	changed, state, first := opened, "requested", comity.Hash{}
	for k, s := range []struct {
		by   comity.Party
		kind comity.Kind
		body func() any
		at   time.Time
	}{
		{from, request.Opens(r.Type), func() any { return r }, opened},
		{to, "acknowledge", func() any { return &thread.Acknowledge{Statement: first} }, opened.Add(40 * time.Minute)},
		{to, "answer", func() any { return &request.Answer{Results: []request.Result{result}} }, answered},
		{from, "close", func() any { return &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "partly"} }, answered.Add(30 * time.Hour)},
	} {
		if s.at.After(f.End) {
			break
		}
		id, err := f.statement(tx, t, ref, s.by, s.kind, s.body(), s.at, heads)
		if err != nil {
			return err
		}
		if k == 0 {
			first = id
		}
		changed = s.at
		state = []string{"requested", "requested", "answered", "closed"}[k]
	}
	open := 0
	if state == "requested" {
		open = 1
	}
	if from == "us" {
		for _, x := range check.Traces(*r) {
			if err := t["trace"].add(tx, x.Key, "live", string(ref), x.From, x.To, int64(x.Print)); err != nil {
				return err
			}
		}
	}
	return t["matter"].add(tx, "live", string(ref), f.channel[:], "cn", string(from), string(request.Opens(r.Type)), state, open,
		r.Supporting.Offence.Description, "AMBER", r.Priority, r.Type, r.Supporting.Offence.Category, opened.UnixMilli(), changed.UnixMilli())
}

// statement writes one statement and its receipt a minute later.
func (f *Filler) statement(tx *store.Tx, t map[string]*batch, ref comity.Ref, by comity.Party, kind comity.Kind, body any, at time.Time, heads map[comity.Party]comity.Hash) (comity.Hash, error) {
	f.n++
	id := comity.Hash(sha256.Sum256(fmt.Appendf(nil, "bench %d", f.n)))
	mine, theirs := 0, comity.Party("us")
	if by == "us" {
		mine, theirs = 1, "cn"
	}
	m := comity.Manifest{From: by, To: []comity.Party{theirs}, Marking: comity.Marking{TLP: "AMBER"}, Release: comity.Release{Class: comity.Dual}}
	move, effect := 1, "applied"
	if kind == "acknowledge" {
		move, effect = 0, "fact"
	} else {
		m.After = &comity.After{Mine: heads[by], Theirs: heads[theirs]}
		heads[by] = id
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		return id, err
	}
	seq, seen := f.seq[mine], f.seq[1-mine]-1
	f.seq[mine]++
	if err := t["statement"].add(tx, id[:], f.channel[:], epoch, seq, 0, mine, "live", string(ref), string(by), string(kind), move, manifest, []byte("[]"),
		"dual", string(by)+"-24-7-01", string(by)+"-24-7-02", "", "", 0, seen, "placed", "", effect, []byte{}, at.UnixMilli(), at.UnixMilli(), at.UnixMilli()); err != nil {
		return id, err
	}
	b, err := form.Encode(body)
	if err != nil {
		return comity.Hash{}, err
	}
	if err := t["part"].add(tx, f.channel[:], id[:], 0, "body", "application/json", id[:], b, 0); err != nil {
		return id, err
	}
	return id, t["item"].add(tx, f.channel[:], epoch, 1-mine, seq, id[:], []byte("{}"), []byte("[]"), []byte{}, 0, seq, at.Add(time.Minute).UnixMilli())
}
