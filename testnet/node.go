package testnet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/courier"
	"comity/desk"
	"comity/exchange"
	"comity/form"
	"comity/guide"
	"comity/intake"
	"comity/keyring"
	"comity/record"
	"comity/request"
	"comity/seal"
	"comity/shell"
	"comity/store"
	"comity/thread"
	"comity/vault"
)

// A Node is a party's node in this process: its record, desk and intake, and no
// network. Call and Run are its courier.
type Node struct {
	*Party
	DB     *store.DB
	Vault  *vault.Vault
	Keeper *record.Keeper
	Desk   *desk.Desk
	Intake *intake.Intake

	// Answer answers an exchange that a courier brings: Intake's Accept, unless a
	// test would have it otherwise.
	Answer func(ctx context.Context, from comity.Party, body []byte) ([]byte, error)
}

// Open opens a party's record in this process. With its keys it is a node;
// without, it is an officer's command beside one.
func Open(t testing.TB, p *Party, keys *keyring.Node) *Node {
	t.Helper()
	n := &Node{Party: p}
	var err error
	n.DB, err = store.Open(t.Context(), p.Database)
	check(t, err)
	n.Vault, err = vault.Open(filepath.Join(p.Dir, "vault"), vault.Limits{})
	check(t, err)
	var w io.Writer = io.Discard
	if os.Getenv("TESTNET_LOG") != "" {
		w = t.Output()
	}
	log := slog.New(slog.NewTextHandler(w, nil)).With("node", p.Name)
	n.Keeper = &record.Keeper{Party: p.Name, DB: n.DB, Kinds: shell.Kinds(), Now: time.Now, Log: log, Node: keys, Guard: filepath.Join(p.Dir, "guard")}
	if keys != nil {
		n.Keeper.Reload = func() (*keyring.Node, error) { return p.Ring().Node(Passphrase) }
	}
	n.Desk = &desk.Desk{Keeper: n.Keeper, Vault: n.Vault}
	n.Intake = &intake.Intake{Keeper: n.Keeper, Vault: n.Vault, Log: log}
	n.Answer = n.Intake.Accept
	t.Cleanup(n.Close)
	return n
}

// Close closes what Open opened. To close it again does nothing.
func (n *Node) Close() {
	n.Vault.Close()
	n.DB.Close()
}

// Nodes makes parties, pairs each two, and opens their nodes.
func Nodes(t testing.TB, names ...string) []*Node {
	t.Helper()
	var parties []*Party
	for _, name := range names {
		parties = append(parties, New(t, name, Options{}))
	}
	Pair(t, parties...)
	var nodes []*Node
	for _, p := range parties {
		nodes = append(nodes, Open(t, p, p.Node))
	}
	return nodes
}

// Speak returns the exchange that the node's courier would send to a peer now,
// or nil. Attempts that are due only later are made at once.
func (n *Node) Speak(ctx context.Context, to *Party) ([]byte, error) {
	id := Channel(n.Party, to)
	turn, err := n.Keeper.Turn(ctx, id, func(t *record.Turn) error {
		if err := t.Begin(); err != nil {
			return err
		}
		if err := t.Number(); err != nil || !t.State.Waits() {
			return err
		}
		nonce := make([]byte, 32)
		rand.Read(nonce)
		return t.Feed(exchange.Tick{Now: comity.At(t.State.Due.Add(time.Second)), Nonce: nonce})
	})
	if err != nil {
		return nil, err
	}
	return n.Keeper.Compose(ctx, turn, false)
}

// Call has the node talk to a peer until it has nothing to say. It reports
// whether anything was said.
func (n *Node) Call(ctx context.Context, to *Node) (said bool, err error) {
	body, err := n.Speak(ctx, to.Party)
	for err == nil && body != nil {
		said = true
		var answer []byte
		if answer, err = to.Intake.Accept(ctx, n.Name, body); err != nil {
			break
		}
		var o intake.Outcome
		if o, err = n.Intake.Take(ctx, to.Name, answer, intake.Answer); err != nil {
			break
		}
		body, err = n.Keeper.Compose(ctx, o.Turn, false)
	}
	return said, err
}

// Settle has nodes talk until none has anything to say.
func Settle(t testing.TB, nodes ...*Node) {
	t.Helper()
	for range 50 {
		quiet := true
		for _, a := range nodes {
			for _, b := range nodes {
				if a == b {
					continue
				}
				said, err := a.Call(t.Context(), b)
				check(t, err)
				quiet = quiet && !said
			}
		}
		if quiet {
			return
		}
	}
	t.Fatal("the nodes do not come to rest")
}

// RunCourier runs the node's real courier until the test ends, over a line
// without a network.
func (n *Node) RunCourier(t testing.TB, peers ...*Node) {
	c := &courier.Courier{
		Keeper: n.Keeper, Log: n.Keeper.Log, Holder: rand.Text(), Open: n.Vault.Open,
		Reach: func(_ context.Context, p comity.Party) (courier.Peer, error) {
			for _, to := range peers {
				if to.Name == p {
					return line{n, to}, nil
				}
			}
			return nil, comity.Errorf(comity.Unavailable, "there is no line to %s", p)
		},
		Take: func(ctx context.Context, p comity.Party, body []byte) (*record.Turn, error) {
			o, err := n.Intake.Take(ctx, p, body, intake.Answer)
			return o.Turn, err
		},
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A line goes from one node to another.
type line struct{ from, to *Node }

func (l line) Exchange(ctx context.Context, body []byte) ([]byte, error) {
	return l.to.Answer(ctx, l.from.Name, body)
}

func (l line) Push(ctx context.Context, cipher comity.Hash, size int64, r io.ReaderAt) error {
	at, err := l.to.Intake.FileOffset(ctx, l.from.Name, cipher)
	if err == nil && at < size {
		_, err = l.to.Intake.FileAppend(ctx, l.from.Name, cipher, at, size, io.NewSectionReader(r, at, size-at))
	}
	return err
}

// State returns the state of the node's live channel with a peer.
func (n *Node) State(t testing.TB, peer *Party) (s exchange.State) {
	t.Helper()
	check(t, n.DB.View(t.Context(), func(tx *store.Tx) error {
		row, err := tx.Channel(Channel(n.Party, peer))
		if err != nil {
			return err
		}
		return json.Unmarshal(row.State, &s)
	}))
	return s
}

// Request is the body of a request of us about nobody, with facts of n bytes.
func Request(n int) []byte { return requestOf("us", n) }

func requestOf(p comity.Party, n int) []byte {
	yes := true
	facts := "On 20 November 2026 a server in a port was entered and its records were encrypted. "
	b, err := form.Encode(&guide.Request{
		Type:      "preserve",
		Authority: guide.Authority{Agency: string(p) + "-24-7", Seat: string(p) + "-24-7-01", Contact: "+1-202-555-0101", Zone: "America/New_York", Hours: "24/7"},
		Addressee: guide.Addressee{Agency: "cn-24-7"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true},
		Priority:  "P1",
		Order: guide.Order{Holder: "the provider",
			Items: []guide.Item{{ID: "1", Type: "account", Value: "kite-3391", From: "2026-11-20T00:52:00Z", To: "2026-11-20T00:53:00Z", Data: "traffic"}}},
		Supporting: guide.Supporting{
			Offence:   guide.Offence{Category: "hacking", Description: "unauthorised access", Provision: "18 U.S.C. § 1030", Penalty: "up to 10 years"},
			Facts:     strings.Repeat(facts, n/len(facts)+1)[:max(n, len(facts))],
			Event:     &guide.Event{From: "2026-11-20", Country: "us", Victims: 1},
			Relations: []guide.Relation{{Item: "1", Kind: "controlled_by_suspect", Text: "the account that entered the server"}},
			Necessity: guide.Necessity{Kind: "short_retention", Text: "logs are kept for 30 days"},
			Purpose:   guide.Purpose{Use: "lead_only", Limitation: "this investigation", Handling: "kept by the investigating unit"},
		},
		FollowUp:        &guide.FollowUp{Intended: &yes, Planned: time.Now().AddDate(0, 0, 28).Format(time.DateOnly)},
		Confidentiality: guide.Confidentiality{NoUserNotice: &yes, Reason: "the investigation is not public"},
		Earlier:         []guide.Earlier{{Kind: "none"}},
		Language:        "en",
	})
	if err != nil {
		panic(err)
	}
	return b
}

// Body writes a body of a kind.
func Body(v any) []byte {
	b, err := form.Encode(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Ask releases a request to a peer by two officers, and returns the statement
// and its matter.
func (n *Node) Ask(ctx context.Context, to *Party, size int) (comity.Hash, comity.Ref, error) {
	return n.say(ctx, desk.New{To: to.Name, Kind: request.OpensPreservation, Body: requestOf(n.Name, size)}, nil)
}

// Say releases a statement in a matter: what one seat may say by one officer, all
// else by two.
// Files are attached in their order; each has its name from its number.
func (n *Node) Say(ctx context.Context, ref comity.Ref, kind comity.Kind, body any, files ...io.Reader) (comity.Hash, error) {
	id, _, err := n.say(ctx, desk.New{Matter: ref, Kind: kind, Body: Body(body)}, files)
	return id, err
}

// Note says something that moves nothing.
func (n *Node) Note(ctx context.Context, ref comity.Ref, format string, args ...any) (comity.Hash, error) {
	return n.Say(ctx, ref, "note", &thread.Note{Text: fmt.Sprintf(format, args...)})
}

func (n *Node) say(ctx context.Context, w desk.New, files []io.Reader) (comity.Hash, comity.Ref, error) {
	d, err := n.Desk.Begin(ctx, n.Officers[0].Seat, w)
	if err != nil {
		return comity.Hash{}, "", err
	}
	for i, f := range files {
		if _, err := n.Desk.Attach(ctx, n.Officers[0].Seat, n.Officers[0].Box, d.ID, fmt.Sprintf("%d.bin", i+1), "application/octet-stream", f); err != nil {
			return comity.Hash{}, "", err
		}
	}
	signers := n.Officers[:2]
	if n.Keeper.Kinds.Allows(w.Kind, comity.OneSeat) && len(files) == 0 {
		signers = signers[:1]
	}
	for _, o := range signers {
		if _, err := n.Desk.Approve(ctx, d.ID, desk.Word{Officer: o}); err != nil {
			return comity.Hash{}, "", err
		}
	}
	d, err = n.Desk.Send(ctx, d.ID)
	return d.Sent, d.Matter, err
}

// Statements returns every statement of the node's record by its id, of one
// author or, with "", of all. One that is of no matter is not there.
func (n *Node) Statements(t testing.TB, author comity.Party) map[comity.Hash]store.Statement {
	t.Helper()
	all := map[comity.Hash]store.Statement{}
	check(t, n.DB.View(t.Context(), func(tx *store.Tx) error {
		matters, err := tx.Matters(store.Filter{})
		for _, m := range matters {
			rows, err := tx.StatementsOf(m.Realm, m.Ref)
			if err != nil {
				return err
			}
			for _, s := range rows {
				if author == "" || s.Author == author {
					all[s.ID] = s
				}
			}
		}
		return err
	}))
	return all
}

// Forge makes items with the node's real keys that it has not recorded: the
// next of its stream to a peer, in order. Edit, if not nil, spoils each header
// before it is signed.
func (n *Node) Forge(t testing.TB, to *Party, edit func(*comity.Header), contents ...[]comity.Statement) []comity.Item {
	t.Helper()
	s := n.State(t, to)
	var items []comity.Item
	root, seq := s.OutRoot, s.Next
	for _, list := range contents {
		key := n.Party.Node.Sign[0]
		h := comity.Header{V: 1, Channel: Channel(n.Party, to), Epoch: s.Epoch, Seq: seq, From: n.Name, Root: root,
			Profile: s.Out.Profile, Chain: s.Out.Chain, Roster: s.Out.Roster, Suite: key.Key().Suite, Key: key.Name(), Time: comity.At(time.Now())}
		var raw [][]byte
		for _, st := range list {
			h.Statements = append(h.Statements, st.ID)
			raw = append(raw, seal.EncodeStatement(st))
		}
		if edit != nil {
			edit(&h)
		}
		it := n.Sign(t, h)
		prekey, _, _ := to.Book.Prekey()
		sealed, err := seal.SealItem(prekey.Key, it.Bytes, raw)
		check(t, err)
		it.Sealed = &sealed
		items = append(items, it)
		seq++
		root = n.RootWith(t, to, items)
	}
	return items
}

// Sign signs a header with every current key of the node.
func (n *Node) Sign(t testing.TB, h comity.Header) comity.Item {
	t.Helper()
	b, err := seal.EncodeHeader(h)
	check(t, err)
	it := comity.Item{Header: h, Bytes: b}
	c, _ := n.Book.Chain()
	for _, k := range n.Party.Node.Sign[:len(c.Suites)] {
		s, err := k.Sign("header", b)
		check(t, err)
		it.Sigs = append(it.Sigs, s)
	}
	return it
}

// RootWith returns the root of the node's stream to a peer with items added.
func (n *Node) RootWith(t testing.TB, to *Party, items []comity.Item) (root comity.Hash) {
	t.Helper()
	s := n.State(t, to)
	check(t, n.DB.View(t.Context(), func(tx *store.Tx) error {
		var err error
		root, err = rootWith(tx.Log(Channel(n.Party, to), s.Epoch, true), s.Next, items)
		return err
	}))
	return root
}

// Exchange wraps items as the node would send them to a peer.
func (n *Node) Exchange(t testing.TB, to *Party, items ...comity.Item) []byte {
	t.Helper()
	s := n.State(t, to)
	b, err := seal.EncodeExchange(comity.Exchange{
		Head:  comity.ExchangeHead{V: 1, Channel: Channel(n.Party, to), Epoch: s.Epoch, From: n.Name, Have: s.Want},
		Items: items,
	})
	check(t, err)
	return b
}

// Statement makes a signed statement of the node's, whatever it says.
func (n *Node) Statement(t testing.TB, to *Party, ref comity.Ref, kind comity.Kind, body []byte, edit func(*comity.Manifest)) comity.Statement {
	t.Helper()
	m := comity.Manifest{V: 1, Realm: comity.Live, From: n.Name, To: []comity.Party{to.Name}, Matter: ref, Kind: kind, Marking: comity.Marking{TLP: "AMBER"},
		Release: comity.Release{Class: comity.Dual}, Time: comity.At(time.Now()), Parts: []comity.Part{{Name: "body", Type: "application/json"}}}
	signers := n.Officers[:2]
	if n.Keeper.Kinds.Allows(kind, comity.OneSeat) {
		m.Release.Class, signers = comity.OneSeat, signers[:1]
	}
	if !n.Keeper.Kinds.Fact(kind) {
		m.After = &comity.After{}
	}
	if edit != nil {
		edit(&m)
	}
	s, err := seal.NewStatement(m, [][]byte{body}, make([]comity.FileKey, len(m.Files)))
	check(t, err)
	for _, o := range signers {
		sig, err := o.Key.SignSeat(o.Seat, "manifest", s.Bytes)
		check(t, err)
		s.Sigs = append(s.Sigs, sig)
	}
	return s
}

// Accept gives a node the bytes of an exchange as if a peer had sent them, and
// returns its answer, read.
func (n *Node) Accept(t testing.TB, from comity.Party, body []byte) (comity.Exchange, error) {
	t.Helper()
	answer, err := n.Intake.Accept(t.Context(), from, body)
	if err != nil {
		return comity.Exchange{}, err
	}
	x, err := seal.DecodeExchange(answer, intake.MaxExchange, intake.MaxExchange)
	check(t, err)
	return x, nil
}

// Rejection returns the code of the rejection that an answer carries, or "".
func Rejection(x comity.Exchange) (string, error) {
	if x.Reject == nil {
		return "", nil
	}
	r, err := seal.DecodeRejection(x.Reject.Bytes)
	return r.Code, errors.Join(err)
}

// RootAt returns the root of the first items of the node's stream to a peer.
func (n *Node) RootAt(t testing.TB, to *Party, items uint64) (root comity.Hash) {
	t.Helper()
	_, err := n.Keeper.Turn(t.Context(), Channel(n.Party, to), func(turn *record.Turn) (err error) {
		root, err = turn.Root(true, items)
		return err
	})
	check(t, err)
	return root
}

// Knows reports whether a matter is on the node's record.
func (n *Node) Knows(ctx context.Context, ref comity.Ref) bool {
	return n.DB.View(ctx, func(tx *store.Tx) error {
		_, err := tx.Matter(comity.Live, ref)
		return err
	}) == nil
}

// ReadFile writes the plaintext of the n-th file of a statement from or to a peer to w.
func (n *Node) ReadFile(ctx context.Context, peer *Party, statement comity.Hash, i int, w io.Writer) error {
	ch := Channel(n.Party, peer)
	var file comity.File
	var key comity.FileKey
	err := n.DB.View(ctx, func(tx *store.Tx) error {
		s, err := tx.Statement(ch, statement)
		if err != nil {
			return err
		}
		m, err := seal.DecodeManifest(s.Manifest)
		if err != nil {
			return err
		}
		rows, err := tx.Files(ch, statement)
		if err != nil {
			return err
		}
		if i >= len(rows) || !rows[i].Stored || rows[i].Receipt.IsZero() {
			return fmt.Errorf("file %d of %d is not stored and receipted", i, len(rows))
		}
		file = m.Files[i]
		key, err = record.UnlockFile(n.Party.Node.Box, file.Cipher, rows[i].Box)
		return err
	})
	if err != nil {
		return err
	}
	return n.Vault.Decrypt(file, key, w)
}

// ChannelRows returns how many items of a channel are on the node's record.
func (n *Node) ChannelRows(t testing.TB, channel comity.Hash) (rows int) {
	t.Helper()
	check(t, n.DB.View(t.Context(), func(tx *store.Tx) error {
		for _, mine := range []bool{true, false} {
			items, err := tx.Items(channel, 0, mine, 0, 1<<20)
			if err != nil {
				return err
			}
			rows += len(items)
		}
		return nil
	}))
	return rows
}

// Waiting returns how many statements to a peer wait for a number.
func (n *Node) Waiting(t testing.TB, peer *Party) int {
	t.Helper()
	var rows []store.Statement
	check(t, n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.Ready(Channel(n.Party, peer), 1<<20)
		return err
	}))
	return len(rows)
}

// Files returns the files of a statement from or to a peer as the node has them.
func (n *Node) Files(t testing.TB, peer *Party, statement comity.Hash) (files []store.File) {
	t.Helper()
	check(t, n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		files, err = tx.Files(Channel(n.Party, peer), statement)
		return err
	}))
	return files
}
