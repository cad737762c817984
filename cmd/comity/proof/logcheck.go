package proof

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/term"

	"comity"
	"comity/exchange"
	"comity/keyring"
	"comity/ledger"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// A soundness says whether a log is what its items make of it.
type soundness struct {
	stream
	Checked    uint64 `json:"checked"`    // headers whose tree was computed anew
	Signatures uint64 `json:"signatures"` // items whose node signatures were verified
	FileKeys   uint64 `json:"file_keys"`  // stored keys of files that the storage key opened
	Keyless    uint64 `json:"keyless"`    // files without a stored key: erased or withheld
	Fault      string `json:"fault,omitempty"`
}

// thoroughness is how much of a log a check looks at.
type thoroughness struct {
	last  uint64 // only so many items; 0 is all
	every bool   // signature, rather than a sample
	tell  func(s stream, done uint64)
	box   *keyring.Box // opens the stored keys of files; nil leaves them unchecked
}

// A whole is what a check of logs finds: the streams, and what their statements
// make of matters and channels.
type whole struct {
	list     []soundness
	folded   int
	matters  error    // the first that is not what its statements make it
	channels []string // states that are not what their items make them
}

// logCheck computes both trees of each channel anew from what is stored.
func (a *app) logCheck(n *node, p comity.Party, r comity.Realm, every bool) error {
	box, why := a.storage(n)
	th := thoroughness{every: every, tell: a.tellProgress(), box: box}
	if err := n.own(a.Ctx); err != nil {
		return errors.Join(a.Print(map[string]any{"record": "FAULT " + err.Error()}, "record: FAULT %s\n", shell.Plain(err.Error())), shell.ErrFound)
	}
	w, err := a.sound(n, p, r, th)
	if err != nil {
		return err
	}
	text, bad := "", false
	var opened, keyless uint64
	for _, s := range w.list {
		text += s.text() + "\n"
		bad = bad || s.Fault != ""
		opened, keyless = opened+s.FileKeys, keyless+s.Keyless
	}
	keys := fmt.Sprintf("%d opened, %d files without one (erased or withheld)", opened, keyless)
	if box == nil {
		keys = "not checked: " + why
	}
	channels := "as their items make them"
	if len(w.channels) > 0 {
		channels, bad = "FAULT "+strings.Join(w.channels, "; "), true
	}
	matters := fmt.Sprintf("ok, %d folded anew", w.folded)
	if w.matters != nil {
		matters, bad = "FAULT "+w.matters.Error(), true
	}
	text += "file keys: " + shell.Plain(keys) + "\nchannels: " + shell.Plain(channels) + "\nmatters: " + shell.Plain(matters) + "\n"
	journal := "its hash chain holds"
	if err := n.Keeper.View(a.Ctx, (*store.Tx).CheckJournal); err != nil {
		journal, bad = "FAULT "+err.Error(), true
	}
	text += "journal: " + journal + "\n"
	err = a.Print(map[string]any{"streams": w.list, "file_keys": keys, "channels": channels, "matters": matters, "journal": journal}, "%s", text)
	if bad {
		err = errors.Join(err, shell.ErrFound)
	}
	return err
}

// storage opens node.key for the storage key, or says why it cannot. It does not
// ask, and the passphrase at hand may be a seat's: the logs need neither.
func (a *app) storage(n *node) (box *keyring.Box, why string) {
	if a.Pass == "" {
		return nil, "no --passphrase-file"
	}
	keys, err := a.NodeKeys(n.Node, "node.key")
	if err != nil {
		return nil, err.Error()
	}
	return &keys.Box, ""
}

func (s soundness) text() string {
	what := fmt.Sprintf("%s %s of %s, epoch %d: ", s.Realm, s.Channel.Short(), s.From, s.Epoch)
	if s.Fault != "" {
		return what + "FAULT " + shell.Plain(s.Fault)
	}
	return what + fmt.Sprintf("ok, %d of %d items computed anew, %d signatures good", s.Checked, s.Size, s.Signatures)
}

func (a *app) tellProgress() func(stream, uint64) {
	out, ok := a.Stderr.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return func(stream, uint64) {}
	}
	return func(s stream, done uint64) {
		if s.Size > 20_000 {
			fmt.Fprintf(out, "\r%s epoch %d: %d of %d ", s.From, s.Epoch, done, s.Size)
		}
		if done == s.Size && s.Size > 20_000 {
			fmt.Fprintln(out)
		}
	}
}

// sound checks the logs of all channels chosen, of ended epochs too unless only
// the last items are to be looked at.
func (a *app) sound(n *node, p comity.Party, r comity.Realm, th thoroughness) (whole, error) {
	w := whole{list: []soundness{}}
	var list []stream
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
		if list, err = n.streams(tx, p, r); err != nil {
			return err
		}
		channels, err := record.Channels(tx)
		if err != nil {
			return err
		}
		for _, c := range channels {
			if p != "" && c.Peer != p || r != "" && c.Realm != r {
				continue
			}
			faults, err := n.stands(tx, c)
			if err != nil {
				return err
			}
			for _, f := range faults {
				w.channels = append(w.channels, fmt.Sprintf("%s %s: %s", c.Peer, c.Realm, f))
			}
		}
		return nil
	})
	if errors.Is(err, comity.NotFound) && len(list) == 0 {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	matters := map[matterKey]bool{}
	for _, s := range list {
		for epoch := uint64(0); epoch < s.Epoch && th.last == 0; epoch++ {
			old := s
			old.Epoch, old.Size, old.Root = epoch, 0, comity.Hash{}
			c := checker{a: a, n: n, s: old, thoroughness: th, open: true, matters: matters}
			w.list = append(w.list, c.run())
		}
		c := checker{a: a, n: n, s: s, thoroughness: th, matters: matters}
		w.list = append(w.list, c.run())
	}
	w.folded, w.matters = a.refold(n, p, r, matters, th.last > 0)
	return w, a.Ctx.Err()
}

// own says whether this is a record at all: an empty one has no book of our own.
func (n *node) own(ctx context.Context) error {
	return n.Keeper.View(ctx, func(tx *store.Tx) error {
		_, err := n.Keeper.Book(tx, n.Party)
		if errors.Is(err, comity.NotFound) {
			err = fmt.Errorf("the record is empty: it has no book of our own party %s", n.Party)
		}
		return err
	})
}

// A checker goes through one stream.
type checker struct {
	thoroughness
	a    *app
	n    *node
	s    stream
	open bool // of an ended epoch: no state says where it ends
	tree ledger.Tree
	from uint64

	sigs, fileKeys, keyless uint64 // as a soundness counts them

	matters map[matterKey]bool // of the statements that were looked at

	// As of the page's transaction.
	state     exchange.State
	ended     bool            // the epoch is over
	agreed    uint64          // how many items of an ended epoch count
	receipt   *comity.Receipt // the last one that covered an item
	uncovered bool            // no receipt covers the items from here on
	seen      int64           // upto of the last receipt in this stream, or -1
	started   bool
	profiles  map[comity.Hash]bool
}

const checkPage = 512

func (c *checker) run() soundness {
	err := c.all()
	out := soundness{stream: c.s, Checked: c.tree.Size - c.from, Signatures: c.sigs, FileKeys: c.fileKeys, Keyless: c.keyless}
	if err != nil {
		out.Fault = err.Error()
	}
	return out
}

func (c *checker) all() error {
	if c.last > 0 && c.s.Size > c.last {
		c.from = c.s.Size - c.last
		err := c.n.Keeper.View(c.a.Ctx, func(tx *store.Tx) (err error) {
			c.tree, err = ledger.ReadTree(tx.Log(c.s.Channel, c.s.Epoch, c.s.mine), c.from)
			return err
		})
		if err != nil {
			return err
		}
	}
	for c.open || c.tree.Size < c.s.Size {
		// Items do not change, so each page may be a picture of its own.
		var n int
		err := c.n.Keeper.View(c.a.Ctx, func(tx *store.Tx) (err error) {
			n, err = c.page(tx)
			return err
		})
		if err != nil {
			return err
		}
		c.tell(c.s, c.tree.Size)
		if n == 0 && c.open {
			c.s.Size, c.s.Root = c.tree.Size, c.tree.Root()
			return nil
		}
		if n == 0 {
			return fmt.Errorf("item %d is missing", c.tree.Size)
		}
	}
	if c.tree.Root() != c.s.Root {
		return fmt.Errorf("the root of %d items is %s, and the channel's state says %s", c.s.Size, c.tree.Root().Short(), c.s.Root.Short())
	}
	return nil
}

func (c *checker) page(tx *store.Tx) (int, error) {
	most := uint64(checkPage)
	if !c.open {
		most = min(most, c.s.Size-c.tree.Size)
	}
	rows, err := tx.Items(c.s.Channel, c.s.Epoch, c.s.mine, c.tree.Size, int(most))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	book, err := c.n.Keeper.Book(tx, c.s.From)
	if err != nil {
		return 0, err
	}
	if err := c.began(tx); err != nil {
		return 0, err
	}
	if !c.started {
		c.started, c.seen, c.profiles = true, -1, map[comity.Hash]bool{}
		before, ok, err := tx.ReceiptBefore(c.s.Channel, c.s.Epoch, c.s.mine, c.tree.Size)
		if err != nil {
			return 0, err
		}
		if ok {
			c.seen = before.Upto
		}
	}
	first := tlog.StoredHashCount(int64(c.tree.Size))
	var made []tlog.Hash
	for _, r := range rows {
		if err := c.item(tx, book, r); err != nil {
			return 0, err
		}
		made = append(made, c.tree.Add(r.Header)...)
	}
	at := make([]int64, len(made))
	for i := range at {
		at[i] = first + int64(i)
	}
	stored, err := tx.Log(c.s.Channel, c.s.Epoch, c.s.mine).ReadHashes(at)
	if err != nil {
		return 0, err
	}
	for i := range made {
		if made[i] != stored[i] {
			return 0, fmt.Errorf("hash %d of the tree is not what the headers make it, among items %d to %d", at[i], rows[0].Seq, rows[len(rows)-1].Seq)
		}
	}
	return len(rows), nil
}

func (c *checker) item(tx *store.Tx, book *roster.Book, r store.Item) error {
	if h, err := seal.DecodeHeader(r.Header); err == nil {
		if err := c.control(tx, r, h); err != nil {
			return err
		}
	}
	it, err := record.Bare(r)
	if err != nil {
		return fmt.Errorf("item %d: %w", r.Seq, err)
	}
	h := it.Header
	upto := int64(-1)
	if h.Receipt != nil {
		upto = int64(h.Receipt.Upto)
	}
	switch {
	case r.Seq != c.tree.Size:
		return fmt.Errorf("item %d is missing", c.tree.Size)
	case h.Channel != c.s.Channel || h.Epoch != r.Epoch || h.Seq != r.Seq || h.From != c.s.From:
		return fmt.Errorf("item %d has another place in its header", r.Seq)
	case seal.H("header", r.Header) != r.Hash || len(h.Statements) != r.Statements || upto != r.Upto || !r.At.Equal(h.Time.Time):
		return fmt.Errorf("item %d has a row that does not say what its header says", r.Seq)
	case h.Root != c.tree.Root():
		return fmt.Errorf("item %d states another root than the items before it have", r.Seq)
	}
	if err := c.statements(tx, book, h); err != nil {
		return err
	}
	if h.Receipt != nil {
		c.seen = upto
	}
	if !c.profiles[h.Profile] {
		if err := profileAs(tx, h.Profile); err != nil {
			return fmt.Errorf("item %d: %w", r.Seq, err)
		}
		c.profiles[h.Profile] = true
	}
	if !c.every && !c.sampled(r.Seq) {
		return nil
	}
	p, err := c.n.Keeper.Profile(tx, h.Profile)
	if err != nil {
		return err
	}
	if err := book.CheckItem(p, it); err != nil {
		return fmt.Errorf("item %d: %w", r.Seq, err)
	}
	c.sigs++
	if h.Receipt == nil {
		return nil
	}
	root, err := ledger.Root(tx.Log(c.s.Channel, c.s.Epoch, !c.s.mine), h.Receipt.Upto+1)
	if errors.Is(err, comity.NotFound) {
		return nil // restored from a backup: the other stream is still coming
	}
	if err == nil && root != h.Receipt.Root {
		err = fmt.Errorf("item %d receipts a root that the other stream does not have", r.Seq)
	}
	return err
}

// sampled chooses the first items, the last, and some 500 between.
func (c *checker) sampled(seq uint64) bool {
	return seq < 8 || seq+64 >= c.s.Size || seq%(c.s.Size/512+1) == 0
}
