package casefiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"comity"
	cases "comity/casefile"
	"comity/disk"
	"comity/evidence"
	"comity/gate"
	"comity/keyring"
	"comity/ledger"
	"comity/policy"
	"comity/record"
	"comity/request"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// A casefile is a matter gathered from the record: all but the contents of its
// files, which stay in the vault until they are written.
type casefile struct {
	head       evidence.CaseHead
	books      []comity.Party
	tx         *store.Tx
	n          *node
	box        *keyring.Box // nil: files are withheld
	items      map[evidence.Place]comity.Item
	profiles   []store.Entry
	proofs     []evidence.Proof
	statements []caseStatement
	closed     map[comity.Hash]bool // statements that reached us at the wrong desk
	left       []string             // what is not in it, and why
	barred     bool                 // by a condition or a marking
	lost       []string             // files that the record says are here, and are not
}

type caseStatement struct {
	comity.Statement
	place evidence.Place
	i     int
	files []store.File
}

// An exported tells what a case file holds.
type exported struct {
	Matter     comity.Ref   `json:"matter"`
	Realm      comity.Realm `json:"realm"`
	File       string       `json:"file"`
	Statements int          `json:"statements"`
	Items      int          `json:"items"`
	Proofs     int          `json:"proofs"`
	Files      int          `json:"files"`
	Left       []string     `json:"left_out,omitempty"`
}

// export writes a matter as a case file.
func (a *app) export(args []string) error {
	fs := a.Flags("export")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	out := fs.String("out", "", "the file to write")
	overwrite := fs.Bool("overwrite", false, "replace the file if it is there")
	noFiles := fs.Bool("no-files", false, "leave out the files' contents and keys; this needs no passphrase")
	seat := fs.String("seat", string(a.Seat), "the seat whose key opens the files (default: the node's)")
	use := gate.Use{For: "export"}
	fs.StringVar(&use.Consent, "consent", "", "the reference of the other side's consent to a copy")
	fs.StringVar(&use.Informed, "informed", "", "the reference by which the other side was told beforehand")
	fs.BoolVar(&use.Confirmed, "confirm", false, "I have read the conditions that no machine can read, and they are met")
	words, err := shell.Parse(fs, args, 1, 1, "one matter, such as US-2026-000001")
	if err != nil {
		return err
	}
	m, err := shell.ParseMatter(*realm, words[0])
	if err != nil {
		return err
	}
	if *out == "" {
		return shell.Usagef("export: name the file to write with --out, such as --out %s.comity", m.Ref)
	}
	who, err := shell.Reader(*seat)
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		var box *keyring.Box
		if !*noFiles || *seat != "" { // who names a seat shows that it is its own
			if box, err = a.box(n, m, *seat); err != nil {
				return err
			}
		}
		if *noFiles {
			box = nil
		}
		e, lost, err := a.exportTo(n, m, use, box, *out, *overwrite, who)
		if err != nil {
			return err
		}
		for _, l := range e.Left {
			a.Note("left out: %s", shell.Plain(l))
		}
		err = a.Print(e, "wrote %s: %d statements of %s, %d items, %d proofs, %d files\n", e.File, e.Statements, m, e.Items, e.Proofs, e.Files)
		if len(lost) > 0 {
			err = errors.Join(err, fmt.Errorf("%s is not whole: of its files, lost here are %s; put them back from a copy of the folder vault, then export again with --overwrite", *out, shell.Plain(strings.Join(lost, ", "))))
		}
		return err
	})
}

// box opens the storage key if the matter has any file that it could open.
func (a *app) box(n *node, m shell.MatterName, seat string) (*keyring.Box, error) {
	if seat != "" {
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error { _, err := n.Sits(tx, comity.Seat(seat)); return err })
		if err != nil {
			return nil, err
		}
		o, err := a.Officer(n.Node, seat)
		if err != nil {
			return nil, err
		}
		return &o.Box, nil
	}
	locked := false
	err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		rows, err := tx.StatementsOf(m.Realm, m.Ref)
		for _, r := range rows {
			files, ferr := tx.Files(r.Channel, r.ID)
			err = errors.Join(err, ferr)
			locked = locked || slices.ContainsFunc(files, func(f store.File) bool { return len(f.Box) > 0 })
		}
		return err
	})
	if err != nil || !locked {
		return nil, err
	}
	keys, err := a.NodeKeys(n.Node, "node.key, to open the matter's files (or --no-files)")
	if err != nil {
		return nil, err
	}
	return &keys.Box, nil
}

// exportTo writes a case file that appears whole or not at all, and journals it
// before anything of the matter is written. It names the files that are lost here.
func (a *app) exportTo(n *node, m shell.MatterName, use gate.Use, box *keyring.Box, out string, overwrite bool, who string) (e exported, lost []string, err error) {
	c := &casefile{n: n, box: box, items: map[evidence.Place]comity.Item{}}
	files := 0
	err = disk.Write("out", out, 0o600, overwrite, func(w io.Writer) error {
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			c.tx = tx
			return c.gather(m, use, a.Now())
		})
		if c.barred {
			return a.NoteRefused(n.Node, who, "to export "+m.String(), err)
		}
		if err != nil {
			return err
		}
		what := "exported " + m.String() + " to " + out
		if use.Consent != "" {
			what += ", with the other side's consent " + use.Consent
		}
		if err := a.NoteReading(n.Node, who, what); err != nil {
			return err
		}
		c.head.Time = comity.At(a.Now())
		files, err = a.writeCase(c, w)
		return err
	})
	return exported{m.Ref, m.Realm, out, len(c.statements), len(c.items), len(c.proofs), files, c.left}, c.lost, err
}

// gather picks what docs/spec/casefile.md says belongs in.
func (c *casefile) gather(m shell.MatterName, use gate.Use, now time.Time) error {
	row, err := c.tx.Matter(m.Realm, m.Ref)
	if err == nil {
		err = c.n.May(c.tx, policy.Export, m.Realm, m.Ref)
	}
	if err == nil {
		err = c.mayUse(row, use, now)
		c.barred = err != nil
	}
	if err != nil {
		return err
	}
	c.books = []comity.Party{c.n.Party, row.Peer}
	slices.Sort(c.books)
	c.head = evidence.CaseHead{Realm: m.Realm, Matter: m.Ref, By: c.n.Party, Parties: c.books}
	rows, err := c.tx.StatementsOf(m.Realm, m.Ref)
	if err != nil {
		return err
	}
	if c.closed, err = c.n.Sealed(c.tx, m.Realm, m.Ref); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Seq < 0 {
			c.left = append(c.left, fmt.Sprintf("%s %s: it has no number (%s)", r.Kind, r.ID.Short(), r.Status))
			continue
		}
		if err := c.statement(r); err != nil {
			return err
		}
	}
	if len(c.statements) == 0 {
		return comity.Errorf(comity.Unavailable, "nothing of %s has left this node yet; wait for it to be numbered", m.Ref)
	}
	slices.SortFunc(c.statements, func(a, b caseStatement) int {
		if d := a.place.Compare(b.place); d != 0 {
			return d
		}
		return a.i - b.i
	})
	slices.SortFunc(c.proofs, func(a, b evidence.Proof) int {
		return evidence.Place{From: a.From, Epoch: a.Epoch, Seq: a.Seq}.Compare(evidence.Place{From: b.From, Epoch: b.Epoch, Seq: b.Seq})
	})
	return c.namedProfiles()
}

// mayUse says which condition or marking of the other side's stands against a copy.
func (c *casefile) mayUse(m store.Matter, use gate.Use, now time.Time) error {
	th, _, err := c.n.Thread(c.tx, m.Realm, m.Ref)
	if err != nil {
		return err
	}
	file, _, err := c.n.Docket(c.tx, m.Realm, m.Ref)
	if err != nil {
		return err
	}
	v := request.View{View: th.View}
	switch {
	case m.Kind == cases.OpensLead:
		v = gate.Lead(th)
	case shell.IsRequest(m.Kind):
		if v, err = c.n.View(c.tx, m.Realm, m.Ref); err != nil {
			return err
		}
	}
	use.Me = c.n.Party
	return gate.MayUse(v, file, use, now)
}

func (c *casefile) statement(r store.Statement) error {
	s, err := c.n.Keeper.Statement(c.tx, r, false)
	if err == nil && r.Status == store.Refused {
		// A refused one may be anything; what cannot be read is no statement.
		_, err = seal.DecodeStatement(seal.EncodeStatement(s), seal.Limits{Part: 1 << 62, File: 1 << 62})
	}
	if err != nil && r.Status == store.Refused {
		c.left = append(c.left, fmt.Sprintf("%s: refused (%s), and not readable", r.ID.Short(), r.Code))
		return nil
	}
	if err != nil {
		return err
	}
	cs := caseStatement{Statement: s, place: evidence.Place{From: r.Author, Epoch: r.Epoch, Seq: uint64(r.Seq)}, i: r.I}
	if cs.files, err = c.tx.Files(r.Channel, r.ID); err != nil {
		return err
	}
	closed := c.closed[r.ID]
	if closed {
		c.left = append(c.left, fmt.Sprintf("%s: it reached the wrong desk, and is sealed", r.ID.Short()))
		clear(s.Parts)
	}
	for _, f := range cs.files {
		if closed || c.box == nil || len(f.Box) == 0 || f.N >= len(s.Files) {
			c.left = append(c.left, fmt.Sprintf("file %s: withheld or erased", f.Name))
			continue
		}
		if s.Files[f.N], err = record.UnlockFile(c.box, f.Cipher, f.Box); err != nil {
			return err
		}
	}
	c.statements = append(c.statements, cs)
	if _, there := c.items[cs.place]; there {
		return c.fileReceipts(r, cs.files)
	}
	it, err := c.tx.Item(r.Channel, r.Epoch, r.Mine, uint64(r.Seq))
	if err != nil {
		return err
	}
	if err := c.pick(it); err != nil {
		return err
	}
	before, ok, err := c.tx.ReceiptBefore(r.Channel, r.Epoch, r.Mine, uint64(r.Seq))
	if err != nil {
		return err
	}
	if ok {
		if err := c.pick(before); err != nil {
			return err
		}
	}
	if err := c.prove(r, cs.place); err != nil {
		return err
	}
	return c.fileReceipts(r, cs.files)
}

func (c *casefile) prove(r store.Statement, at evidence.Place) error {
	receipt, ok, err := c.tx.ReceiptCovering(r.Channel, r.Epoch, !r.Mine, at.Seq)
	if err != nil || !ok {
		return err
	}
	path, err := ledger.Prove(c.tx.Log(r.Channel, r.Epoch, r.Mine), at.Seq, uint64(receipt.Upto)+1)
	if err != nil {
		return err
	}
	c.proofs = append(c.proofs, evidence.Proof{From: at.From, Epoch: at.Epoch, Seq: at.Seq, Receipt: receipt.Seq, Path: path})
	return c.pick(receipt)
}

// fileReceipts picks the items that say that files have arrived. They stand in
// the other stream, after the receipt of the statement.
func (c *casefile) fileReceipts(r store.Statement, files []store.File) error {
	want := map[comity.Hash]bool{}
	for _, f := range files {
		if !f.Receipt.IsZero() {
			want[f.Receipt] = true
		}
	}
	if len(want) == 0 {
		return nil
	}
	from := uint64(0)
	if receipt, ok, err := c.tx.ReceiptCovering(r.Channel, r.Epoch, !r.Mine, uint64(r.Seq)); err != nil {
		return err
	} else if ok {
		from = receipt.Seq
	}
	row, err := c.tx.Channel(r.Channel)
	if err != nil {
		return err
	}
	var s struct{ Epoch uint64 }
	if err := json.Unmarshal(row.State, &s); err != nil {
		return err
	}
	for epoch := r.Epoch; epoch <= s.Epoch; epoch++ {
		for len(want) > 0 {
			rows, err := c.tx.Items(r.Channel, epoch, !r.Mine, from, 512)
			if err != nil {
				return err
			}
			for _, it := range rows {
				from = it.Seq + 1
				if !want[it.Hash] {
					continue
				}
				delete(want, it.Hash)
				if err := c.pick(it); err != nil {
					return err
				}
			}
			if len(rows) < 512 {
				break
			}
		}
		from = 0
	}
	return nil
}

// pick adds a stored item, without what was sealed.
func (c *casefile) pick(r store.Item) error {
	it, err := record.Bare(r)
	if err == nil {
		c.items[evidence.Place{From: it.Header.From, Epoch: r.Epoch, Seq: r.Seq}] = it
	}
	return err
}

func (c *casefile) namedProfiles() error {
	have := map[comity.Hash]bool{}
	for _, it := range c.items {
		if h := it.Header.Profile; !have[h] {
			have[h] = true
			e, err := c.tx.EntryByHash(h)
			if err != nil {
				return err
			}
			c.profiles = append(c.profiles, e)
		}
	}
	slices.SortFunc(c.profiles, func(a, b store.Entry) int { return int(a.N) - int(b.N) })
	return nil
}

func (a *app) writeCase(c *casefile, out io.Writer) (files int, err error) {
	w := evidence.NewCaseWriter(out, c.head)
	err = c.n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		for _, p := range c.books {
			b, err := c.n.Keeper.Book(tx, p)
			if err != nil {
				return err
			}
			if err := w.Party(b.File()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, e := range c.profiles {
		s := comity.Signed{Bytes: e.Bytes}
		if err := json.Unmarshal(e.Sigs, &s.Sigs); err != nil {
			return 0, err
		}
		if err := w.Profile(s); err != nil {
			return 0, err
		}
	}
	places := make([]evidence.Place, 0, len(c.items))
	for p := range c.items {
		places = append(places, p)
	}
	slices.SortFunc(places, evidence.Place.Compare)
	for _, p := range places {
		if err := w.Item(c.items[p]); err != nil {
			return 0, err
		}
	}
	for _, p := range c.proofs {
		if err := w.Proof(p); err != nil {
			return 0, err
		}
	}
	for _, s := range c.statements {
		if err := w.Statement(s.Statement); err != nil {
			return 0, err
		}
	}
	for _, s := range c.statements {
		for i := range s.Files {
			ok, err := a.writeContent(c, w, s, i)
			if err != nil {
				return 0, err
			}
			if ok {
				files++
			}
		}
	}
	return files, w.Close()
}

// writeContent adds what a file holds, if it is here and its key is.
func (a *app) writeContent(c *casefile, w *evidence.CaseWriter, s caseStatement, i int) (bool, error) {
	file, key := s.Manifest.Files[i], s.Statement.Files[i]
	if key.Key == nil {
		return false, nil
	}
	f, _, err := c.n.Vault.Open(file.Cipher)
	if errors.Is(err, comity.NotFound) {
		why := "it has not arrived"
		if s.files[i].Stored {
			why = "lost: the record says that it is here, and the vault lacks it"
			c.lost = append(c.lost, file.Name)
		}
		c.left = append(c.left, fmt.Sprintf("file %s: %s", file.Name, why))
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.Close()
	r, out := io.Pipe()
	go func() { out.CloseWithError(c.n.Vault.Decrypt(file, key, out)) }()
	defer r.Close()
	if err := w.File(s.ID, i, file.Size, a.Metered(r, file.Name, file.Size)); err != nil {
		return false, err
	}
	// Only at its end is the whole file known to be the one that was named.
	_, err = io.Copy(io.Discard, r)
	return err == nil, err
}
