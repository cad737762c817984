package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"comity"
	"comity/exchange"
	"comity/matter"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/store"
)

// began reads the channel as it is in this transaction, and says how much of the
// checker's epoch counts.
func (c *checker) began(tx *store.Tx) error {
	row, err := tx.Channel(c.s.Channel)
	if err != nil {
		return err
	}
	c.state = exchange.State{}
	if err := json.Unmarshal(row.State, &c.state); err != nil {
		return err
	}
	c.receipt, c.uncovered = nil, false
	c.ended = c.state.Epoch != c.s.Epoch
	if !c.ended {
		return nil
	}
	c.agreed = 0
	if c.s.mine { // what is receipted is settled
		last, ok, err := tx.ReceiptBefore(c.s.Channel, c.s.Epoch, false, 1<<62)
		if err != nil {
			return err
		}
		if ok {
			c.agreed = uint64(last.Upto) + 1
		}
	}
	text, ok, err := tx.Meta("resume/" + c.s.Channel.String())
	if err != nil || !ok {
		return err
	}
	var s comity.Signed
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	r, err := seal.DecodeResume(s.Bytes)
	if err != nil || r.Epoch != c.s.Epoch+1 {
		return err
	}
	for _, p := range r.Last {
		if p.Party == c.s.From {
			c.agreed = p.Items
		}
	}
	return nil
}

// refusal returns the code with which a statement is refused, or "". Unless
// known, nothing says whether it is.
func (c *checker) refusal(tx *store.Tx, seq uint64, i int) (code string, known bool, err error) {
	if !c.uncovered && (c.receipt == nil || c.receipt.Upto < seq) {
		row, ok, err := tx.ReceiptCovering(c.s.Channel, c.s.Epoch, !c.s.mine, seq)
		if err != nil {
			return "", false, err
		}
		c.uncovered = !ok
		if ok {
			h, err := seal.DecodeHeader(row.Header)
			if err == nil && h.Receipt == nil {
				err = fmt.Errorf("item %d of the other stream is no receipt, and its row says it is", row.Seq)
			}
			if err != nil {
				return "", false, err
			}
			c.receipt = h.Receipt
			if h.Receipt.Upto < seq {
				return "", false, fmt.Errorf("item %d of the other stream receipts less than its row says", row.Seq)
			}
		}
	}
	var list []comity.Refused
	switch {
	case !c.uncovered:
		list = c.receipt.Refused
	case c.ended:
		return "", false, nil
	case !c.s.mine:
		list = c.state.Refused
	}
	for _, x := range list {
		if x.Seq == seq && x.I == i {
			return x.Code, true, nil
		}
	}
	return "", true, nil
}

// statements checks that what a header names is there, in its place, as it was
// signed, and no more.
func (c *checker) statements(tx *store.Tx, book *roster.Book, h comity.Header) error {
	rows, err := tx.StatementsIn(c.s.Channel, c.s.Epoch, c.s.mine, h.Seq)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.I < 0 || r.I >= len(h.Statements) {
			return fmt.Errorf("item %d has a statement %s in place %d, which its header does not name", h.Seq, r.ID.Short(), r.I)
		}
	}
	if len(h.Statements) == 0 {
		return nil
	}
	parts, err := tx.PartsIn(c.s.Channel, c.s.Epoch, c.s.mine, h.Seq)
	if err != nil {
		return err
	}
	for i, id := range h.Statements {
		code, known, err := c.refusal(tx, h.Seq, i)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rows, func(r store.Statement) bool { return r.I == i })
		if at < 0 {
			err = c.elsewhere(tx, h.Seq, id, code == "duplicate" || !known)
		} else {
			err = c.statement(tx, book, h, rows[at], parts[id], code, known)
		}
		if err != nil {
			return fmt.Errorf("item %d: statement %d, %s: %w", h.Seq, i, id.Short(), err)
		}
	}
	return nil
}

// elsewhere explains why a statement is not where its header names it.
func (c *checker) elsewhere(tx *store.Tx, seq uint64, id comity.Hash, moved bool) error {
	over := c.ended && seq >= c.agreed // the epoch ended before: it was queued again, or annulled
	if over && !c.s.mine {
		return nil
	}
	if moved || over {
		if has, err := tx.HasStatement(c.s.Channel, id); err != nil || has {
			return err
		}
	}
	return errors.New("it is missing")
}

// statement checks a row against the manifest whose hash the header names.
func (c *checker) statement(tx *store.Tx, book *roster.Book, h comity.Header, r store.Statement, parts []store.Part, code string, known bool) error {
	refused := r.Status == store.Refused
	switch {
	case r.ID != h.Statements[r.I]:
		return fmt.Errorf("in its place is another, %s", r.ID.Short())
	case !refused && r.Status != store.Placed:
		return fmt.Errorf("its status is %s, and it has a place", r.Status)
	case known && refused != (code != ""):
		return fmt.Errorf("its status is %s, and the receipt says %q", r.Status, code)
	case known && refused && r.Code != code:
		return fmt.Errorf("it is refused as %q, and the receipt says %q", r.Code, code)
	case r.Seen != c.seen:
		return fmt.Errorf("its row says that its author had seen item %d; the receipt before it says %d", r.Seen, c.seen)
	case r.Author != h.From || r.Realm != c.s.Realm:
		return fmt.Errorf("its row says that it is of %s in %s; its item is of %s in %s", r.Author, r.Realm, h.From, c.s.Realm)
	case !r.At.Equal(h.Time.Time):
		return errors.New("its row has another time than its item")
	}
	if r.Matter != "" {
		c.matters[matterKey{r.Realm, r.Matter}] = true
	}
	if refused && !c.s.mine && (r.Code == "part" || r.Code == "manifest") {
		return nil // what could not be read is kept as it came
	}
	m, err := manifestAs(r)
	if err != nil {
		return err
	}
	if err := columns(c.n.Keeper.Kinds, r, m); err != nil {
		return err
	}
	if err := contents(m, parts); err != nil {
		return err
	}
	if err := c.files(tx, r, m); err != nil {
		return err
	}
	var sigs []comity.Signature
	if err := json.Unmarshal(r.Sigs, &sigs); err != nil {
		return fmt.Errorf("its signatures cannot be read: %w", err)
	}
	var signers []comity.Seat
	for _, s := range sigs {
		if s.Seat != "" {
			signers = append(signers, s.Seat)
		}
	}
	if !slices.Equal(signers, r.Signers) {
		return fmt.Errorf("its row says that %v signed it; the signatures are of %v", r.Signers, signers)
	}
	if refused && (c.s.mine || !slices.Contains([]string{"kind", "body", "matter", "duplicate"}, r.Code)) {
		return nil // its officers may be what was wrong
	}
	if err := book.CheckRelease(h.Roster, m, r.Manifest, sigs); err != nil {
		return fmt.Errorf("its officers' signatures: %w", err)
	}
	return nil
}

func manifestAs(r store.Statement) (comity.Manifest, error) {
	if seal.H("manifest", r.Manifest) != r.ID {
		return comity.Manifest{}, errors.New("its manifest is not the one that its name is the hash of")
	}
	m, err := seal.DecodeManifest(r.Manifest)
	if err != nil {
		err = fmt.Errorf("its manifest: %w", err)
	}
	return m, err
}

// columns compares a row with the manifest that was signed.
func columns(kinds record.Kinds, r store.Statement, m comity.Manifest) error {
	refused := r.Status == store.Refused
	var due comity.Time
	if m.Release.Due != nil {
		due = *m.Release.Due
	}
	move := !kinds.Fact(m.Kind)
	wrong := ""
	switch {
	case r.Kind != m.Kind:
		wrong = fmt.Sprintf("kind %s, its manifest %s", r.Kind, m.Kind)
	case r.Matter != m.Matter && !(refused && r.Matter == ""):
		wrong = fmt.Sprintf("matter %s, its manifest %s", r.Matter, m.Matter)
	case r.Realm != m.Realm && !refused:
		wrong = fmt.Sprintf("realm %s, its manifest %s", r.Realm, m.Realm)
	case r.Author != m.From && !refused:
		wrong = fmt.Sprintf("author %s, its manifest %s", r.Author, m.From)
	case r.Move != move && !(r.Mine && r.Move == (m.After != nil)):
		wrong = fmt.Sprintf("move %t, its kind %t", r.Move, move)
	case r.Class != m.Release.Class:
		wrong = fmt.Sprintf("class %s, its manifest %s", r.Class, m.Release.Class)
	case r.Reason != strings.ReplaceAll(m.Release.Reason, "\x00", "\uFFFD"):
		wrong = "another reason than its manifest"
	case !r.Due.Equal(due.Time):
		wrong = "another time due than its manifest"
	default:
		return nil
	}
	return errors.New("its row says " + wrong)
}

// contents checks the parts that are there against their hashes.
func contents(m comity.Manifest, parts []store.Part) error {
	if len(parts) != len(m.Parts) {
		return fmt.Errorf("it has %d parts, its manifest names %d", len(parts), len(m.Parts))
	}
	for i, p := range parts {
		want := m.Parts[i]
		switch {
		case p.N != i || p.Name != want.Name || p.Type != want.Type:
			return fmt.Errorf("part %d is %q of type %q, its manifest names %q of type %q", i, p.Name, p.Type, want.Name, want.Type)
		case p.Erased && len(p.Salt)+len(p.Body) > 0:
			return fmt.Errorf("part %s is erased and has a content", p.Name)
		case p.Erased:
		case len(p.Salt) != 32 || int64(len(p.Body)) != want.Size || seal.H("part", slices.Concat(p.Salt, p.Body)) != want.Hash:
			return fmt.Errorf("part %s is not the one that its manifest names", p.Name)
		}
	}
	return nil
}

// files checks the rows of a statement's files.
func (c *checker) files(tx *store.Tx, r store.Statement, m comity.Manifest) error {
	first, err := tx.Files(r.Channel, r.ID)
	if err != nil {
		return err
	}
	if len(first) != len(m.Files) {
		return fmt.Errorf("it has %d files, its manifest names %d", len(first), len(m.Files))
	}
	for i, want := range m.Files {
		rows, err := tx.FilesByCipher(want.Cipher)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rows, func(f store.File) bool {
			return f.Channel == c.s.Channel && f.Statement == r.ID && f.N == i
		})
		if at < 0 {
			return fmt.Errorf("file %d, %q, has no row with its hash", i, want.Name)
		}
		f := rows[at]
		if f.Name != want.Name || f.Type != want.Type || f.Size != want.Size || f.CipherSize != seal.CipherSize(want.Size) || f.Mine != c.s.mine {
			return fmt.Errorf("file %d is %q, %d bytes of %s in its row; its manifest names %q, %d bytes of %s", i, f.Name, f.Size, f.Type, want.Name, want.Size, want.Type)
		}
		if err := c.fileKey(f); err != nil {
			return fmt.Errorf("file %d, %q: %w", i, want.Name, err)
		}
	}
	return nil
}

// fileKey opens the stored key of a file. Only whoever has the storage key can
// have made one that opens for this ciphertext.
func (c *checker) fileKey(f store.File) error {
	if len(f.Box) == 0 {
		c.keyless++
		return nil
	}
	if c.box == nil {
		return nil
	}
	if _, err := record.UnlockFile(c.box, f.Cipher, f.Box); err != nil {
		return err
	}
	c.fileKeys++
	return nil
}

// control checks what travels beside a header, and what a file receipt left in
// the row of its file.
func (c *checker) control(tx *store.Tx, r store.Item, h comity.Header) error {
	if h.Control == nil {
		if len(r.Control) > 0 {
			return fmt.Errorf("item %d has a control, and its header names none", r.Seq)
		}
		return nil
	}
	s, err := seal.DecodeSigned(r.Control, int64(len(r.Control)))
	if err != nil || seal.H(h.Control.Type, s.Bytes) != h.Control.Hash {
		return fmt.Errorf("item %d has another control than the %s that its header names", r.Seq, h.Control.Type)
	}
	if h.Control.Type != "filereceipt" || c.ended {
		return nil
	}
	fr, err := seal.DecodeFileReceipt(s.Bytes)
	if err != nil {
		return fmt.Errorf("item %d: %w", r.Seq, err)
	}
	rows, err := tx.FilesByCipher(fr.Cipher)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rows, func(f store.File) bool {
		return f.Channel == c.s.Channel && f.Statement == fr.Statement && f.N == fr.I
	})
	if at < 0 {
		if _, err := tx.Statement(c.s.Channel, fr.Statement); errors.Is(err, comity.NotFound) {
			return nil // of an ended epoch, and annulled
		}
		return fmt.Errorf("item %d receipts file %d of statement %s, whose row is gone", r.Seq, fr.I, fr.Statement.Short())
	}
	if !rows[at].Receipt.IsZero() {
		return nil
	}
	if c.s.mine {
		if was, err := restored(tx); err != nil || was {
			return err // it is receipted again
		}
	}
	return fmt.Errorf("item %d receipts file %q of statement %s, and its row does not say so", r.Seq, rows[at].Name, fr.Statement.Short())
}

// restored reports whether this record was ever put back from a backup.
func restored(tx *store.Tx) (bool, error) {
	for from := int64(1); ; {
		list, err := tx.JournalEntries(from, 1000)
		if err != nil || len(list) == 0 {
			return false, err
		}
		for _, e := range list {
			if e.Kind == "policy" && strings.HasPrefix(e.What, "restored from") {
				return true, nil
			}
		}
		from += int64(len(list))
	}
}

// A matterKey names a matter.
type matterKey struct {
	realm comity.Realm
	ref   comity.Ref
}

// refold folds matters anew: those in seen, and unless only is set all others.
func (a *app) refold(n *node, p comity.Party, r comity.Realm, seen map[matterKey]bool, only bool) (int, error) {
	done := 0
	f := store.Filter{Realm: r, Peer: p, Limit: 256}
	for !only {
		var list []store.Matter
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			if list, err = tx.Matters(f); err != nil {
				return err
			}
			for _, m := range list {
				if err := refoldOne(n.Keeper, tx, matterKey{m.Realm, m.Ref}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		for _, m := range list {
			delete(seen, matterKey{m.Realm, m.Ref})
		}
		done += len(list)
		if len(list) < f.Limit {
			break
		}
		last := list[len(list)-1]
		f.BeforeChanged, f.BeforeRef = last.Changed, last.Ref
	}
	for k := range seen {
		if err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error { return refoldOne(n.Keeper, tx, k) }); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// refoldOne compares a matter's row, and what its statements did, with what Fold
// makes of the statements.
func refoldOne(k *record.Keeper, tx *store.Tx, name matterKey) error {
	m, err := tx.Matter(name.realm, name.ref)
	if errors.Is(err, comity.NotFound) {
		return fmt.Errorf("matter %s is missing, and has statements", name.ref)
	}
	if err != nil {
		return err
	}
	rows, err := tx.StatementsOf(name.realm, name.ref)
	if err != nil || len(rows) == 0 {
		return err // an ended epoch took its statements with it
	}
	ch, err := tx.Channel(m.Channel)
	if err != nil {
		return err
	}
	at := map[comity.Hash]store.Statement{}
	var header comity.Header
	var item store.Item
	for _, s := range rows {
		at[s.ID] = s
		if s.Channel != m.Channel {
			return fmt.Errorf("matter %s: statement %s is of another channel", m.Ref, s.ID.Short())
		}
		if s.Seq < 0 {
			// Nothing else looks at what waits: it will be signed for.
			mf, err := manifestAs(s)
			if err == nil {
				err = columns(k.Kinds, s, mf)
			}
			if err != nil {
				return fmt.Errorf("matter %s: statement %s: %w", m.Ref, s.ID.Short(), err)
			}
			continue
		}
		if item.Header == nil || item.Epoch != s.Epoch || item.Mine != s.Mine || item.Seq != uint64(s.Seq) {
			if item, err = tx.Item(s.Channel, s.Epoch, s.Mine, uint64(s.Seq)); err == nil {
				header, err = seal.DecodeHeader(item.Header)
			}
			if errors.Is(err, comity.NotFound) {
				return fmt.Errorf("matter %s: statement %s says that it is in item %d, which is not here", m.Ref, s.ID.Short(), s.Seq)
			}
			if err != nil {
				return err
			}
		}
		if s.I < 0 || s.I >= len(header.Statements) || header.Statements[s.I] != s.ID {
			return fmt.Errorf("matter %s: statement %s says that it is in item %d, place %d; the header does not name it there", m.Ref, s.ID.Short(), s.Seq, s.I)
		}
	}
	entries, err := k.Entries(rows)
	if err != nil {
		return err
	}
	r := matter.Fold(k.Kinds.Table(rows), entries)
	for _, o := range r.Order {
		if s := at[o.ID]; s.Effect != string(o.Effect) || s.Crossed != o.By {
			return fmt.Errorf("matter %s: the effect of %s %s is %s, its row says %q", m.Ref, s.Kind, s.ID.Short(), o.Effect, s.Effect)
		}
	}
	switch {
	case m.State != r.State:
		return fmt.Errorf("matter %s is %s, its row says %s", m.Ref, r.State, m.State)
	case m.Open == k.Kinds.Table(rows).End(r.State):
		return fmt.Errorf("matter %s: its row says open %t, and it is %s", m.Ref, m.Open, r.State)
	case m.Opener != m.Ref.Opener():
		return fmt.Errorf("matter %s: its row says that %s opened it", m.Ref, m.Opener)
	case m.Peer != ch.Peer:
		return fmt.Errorf("matter %s: its row says that it is with %s, and its channel is with %s", m.Ref, m.Peer, ch.Peer)
	}
	return nil
}

// stands compares a channel's state with its items, and returns what differs.
func (n *node) stands(tx *store.Tx, c record.Channel) ([]string, error) {
	var faults []string
	faultf := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	s := c.State
	switch s.Mode {
	case exchange.New, exchange.Greets, exchange.Open, exchange.Behind, exchange.Frozen, exchange.Halted:
	default:
		faultf("there is no mode %q", comity.Clip(string(s.Mode)))
	}
	for _, d := range []struct {
		mine             bool
		whose            string
		size, covers     uint64
		force            exchange.Force
		party            comity.Party
		receipts, counts string
	}{
		{true, "our", s.Next, s.Covered, s.Out, n.Party, "our receipts cover", "covered"},
		{false, "the peer's", s.Want, s.Receipted, s.In, c.Peer, "the peer's receipts cover", "receipted"},
	} {
		from := d.size - min(d.size, 1)
		rows, err := tx.Items(c.ID, s.Epoch, d.mine, from, 2)
		if err != nil {
			return nil, err
		}
		if want := int(d.size - from); len(rows) < want {
			faultf("the state says %d of %s items, and item %d is not here", d.size, d.whose, from)
		} else if len(rows) > want {
			faultf("the state says %d of %s items, and item %d is here", d.size, d.whose, d.size)
		}
		last, ok, err := tx.ReceiptBefore(c.ID, s.Epoch, d.mine, 1<<62)
		if err != nil {
			return nil, err
		}
		reach := uint64(0)
		if ok {
			reach = uint64(last.Upto) + 1
		}
		if reach != d.covers {
			faultf("%s %d items, the state says %d %s", d.receipts, reach, d.covers, d.counts)
		}
		book, err := n.Keeper.Book(tx, d.party)
		if err != nil {
			return nil, err
		}
		if _, ok := book.NodeKeys(d.force.Chain); !ok {
			faultf("the state names chain entry %s of %s, which is not here", d.force.Chain.Short(), d.party)
		}
		if _, err := book.Signers(d.force.Roster, nil, nil); err != nil {
			faultf("the state: %v", err)
		}
		if err := profileAs(tx, d.force.Profile); err != nil {
			faultf("the state: %v", err)
		}
	}
	return faults, nil
}

// profileAs checks that a profile's row is what its name is the hash of.
func profileAs(tx *store.Tx, name comity.Hash) error {
	e, err := tx.EntryByHash(name)
	if err != nil {
		return err
	}
	if seal.H("profile", e.Bytes) != name {
		return fmt.Errorf("profile %s is not what its name is the hash of", name.Short())
	}
	return nil
}
