package proof

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"comity"
	"comity/cabinet"
	"comity/clock"
	"comity/config"
	"comity/exchange"
	"comity/keyring"
	"comity/link"
	"comity/meter"
	"comity/record"
	"comity/roster"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// The grades of a finding.
const (
	well = "ok"
	warn = "warn"
	bad  = "FAULT"
)

// A finding is what doctor says of one thing, and what to do about it.
type finding struct {
	Grade string `json:"grade"` // ok, warn, FAULT
	Check string `json:"check"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

// A doctor looks at one node. No check waits for the network.
type doctor struct {
	*app
	n     *node
	fix   bool
	vault bool // hash every file too
	runs  bool // the node, in this folder
	list  []finding
	box   *keyring.Box // once node.key is open
}

func (d *doctor) find(grade, check, do, format string, args ...any) {
	d.list = append(d.list, finding{grade, check, shell.Plain(fmt.Sprintf(format, args...)), d.Typed(do)})
}

// doctor checks keys, clock, disk, database, peers and logs.
func (a *app) doctor(args []string) error {
	fs := a.Flags("doctor")
	fix := fs.Bool("fix", false, "set the permissions of files as they should be")
	vault := fs.Bool("vault", false, "hash every file in the vault, too")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	d := &doctor{app: a, fix: *fix, vault: *vault}
	d.all()
	text, faults := "", 0
	for _, f := range d.list {
		text += fmt.Sprintf("%-5s %-10s %s\n", f.Grade, f.Check, f.Says)
		if f.Do != "" {
			text += fmt.Sprintf("%-5s %-10s -> %s\n", "", "", f.Do)
		}
		if f.Grade == bad {
			faults++
		}
	}
	err := a.Print(d.list, "%s", text)
	if faults > 0 {
		err = errors.Join(err, shell.ErrFound)
	}
	return err
}

func (d *doctor) all() {
	c, err := config.Read(d.Dir)
	if err != nil {
		d.find(bad, "config", "write it as docs say, or make a node with comity init", "%v", err)
		return
	}
	d.find(well, "config", "", "party %s, link %s, ops %s", c.Party, c.Link, c.Ops)
	d.modes(c)
	d.disk()
	if !strings.Contains(c.Database, "://") {
		// To open it would make an empty one in its place.
		if _, err := os.Stat(c.DatabaseURL(d.Dir)); err != nil {
			d.find(bad, "database", "put a backup back with comity restore FILE", "%v", err)
			return
		}
	}
	n, err := d.Open()
	if err != nil {
		d.find(bad, "database", "see that it can be reached, and that this program is not older than the record", "%v", err)
		return
	}
	d.n = &node{n}
	defer d.n.Close()
	if d.runs = d.n.Runs(); d.runs {
		d.find(well, "node", "", "runs in this folder")
	} else {
		d.find(warn, "node", "run comity serve", "does not run in this folder: it sends and receives nothing")
	}
	d.database()
	if err := d.n.own(d.Ctx); err != nil {
		d.find(bad, "record", "put a backup back with comity restore FILE", "%v", err)
	}
	if err := d.n.UpToDate(d.Ctx, meter.Count(d.Stderr, "listing", 1000)); err != nil {
		d.find(bad, "agenda", "", "%v", err)
	}
	for _, check := range []func(*store.Tx) error{d.keys, d.prekeys, d.peers, d.channels, d.clocks, d.countersigns} {
		if err := d.n.Keeper.View(d.Ctx, check); err != nil {
			d.find(bad, "database", "", "%v", err)
		}
	}
	d.logs()
}

// modes checks that nobody else on the machine can read what is ours.
func (d *doctor) modes(c config.Config) {
	names := []string{config.Name, "keys", "guard", "vault"}
	for _, pattern := range []string{"keys/*.key", "keys/seats", "keys/seats/*.key", "guard/*", c.Database + "*"} {
		if filepath.IsAbs(pattern) || strings.Contains(pattern, "://") {
			continue
		}
		found, err := fs.Glob(os.DirFS(d.Dir), pattern)
		if err != nil {
			d.find(bad, "files", "give the database a plain file name in "+config.Name, "%q: %v", pattern, err)
		}
		names = append(names, found...)
	}
	open := 0
	for _, name := range names {
		path := filepath.Join(d.Dir, name)
		st, err := os.Stat(path)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				d.find(bad, "files", "", "%v", err)
			} else if name == "guard" || name == "keys" {
				d.find(bad, "files", "make it, mode 0700", "folder %s is missing", name)
			}
			continue
		}
		want := fs.FileMode(0o600)
		if st.IsDir() {
			want = 0o700
		}
		if st.Mode().Perm()&^want == 0 {
			continue
		}
		if d.fix {
			if err := os.Chmod(path, want); err == nil {
				d.find(well, "files", "", "%s had mode %#o; it has %#o now", name, st.Mode().Perm(), want)
				continue
			}
		}
		open++
		d.find(warn, "files", fmt.Sprintf("chmod %#o %s, or comity doctor --fix", want, path), "%s has mode %#o: others can read it", name, st.Mode().Perm())
	}
	if open == 0 {
		d.find(well, "files", "", "%d files and folders are ours alone", len(names))
	}
}

// disk looks for room: a node without any cannot commit.
func (d *doctor) disk() {
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.Dir, &s); err != nil {
		d.find(warn, "disk", "", "%v", err)
		return
	}
	free := int64(s.Bavail) * int64(s.Bsize) >> 20
	switch {
	case free < 256:
		d.find(bad, "disk", "make room now: without it nothing can be received", "%d MiB free", free)
	case free < 4096:
		d.find(warn, "disk", "make room: one file of a peer's may be larger", "%d MiB free", free)
	default:
		d.find(well, "disk", "", "%d MiB free", free)
	}
}

func (d *doctor) database() {
	if err := d.n.DB.Check(d.Ctx); err != nil {
		d.find(bad, "database", "stop the node, keep this file, and put a backup back with comity restore FILE", "%v", err)
		return
	}
	d.find(well, "database", "", "%s, whole, of this program's version", d.n.DB.Dialect())
}

// keys looks at key files, and into node.key if the passphrase is at hand.
func (d *doctor) keys(tx *store.Tx) error {
	book, err := d.n.Keeper.Book(tx, d.n.Party)
	if err != nil {
		return err
	}
	for _, name := range []string{"root", "roster"} {
		if d.n.Ring.Has(name) {
			d.find(warn, "keys", "move it to a medium in a safe; bring it back when it must sign", "keys/%s.key is on this machine", name)
		}
	}
	if !d.n.Ring.Has("node") {
		d.find(bad, "keys", "bring it from where you keep a copy; without it the node cannot run", "keys/node.key is missing")
		return nil
	}
	d.find(well, "keys", "", "node.key and those of %d seats are here", len(d.n.Ring.Seats()))
	if d.Pass == "" {
		d.find(well, "keys", "", "not opened: no --passphrase-file")
		return nil
	}
	keys, err := d.NodeKeys(d.n.Node, "node.key")
	if err != nil {
		d.find(bad, "keys", "give the passphrase that serve uses", "%v", err)
		return nil
	}
	d.box = &keys.Box
	d.nodeKeys(book, keys)
	return nil
}

func (d *doctor) nodeKeys(book *roster.Book, keys *keyring.Node) {
	chain, _ := book.Chain()
	for _, k := range chain.Node {
		if _, ok := keys.Signer(seal.KeyName(k)); !ok {
			d.find(bad, "keys", "bring the newest node.key, or comity key rotate node", "node.key lacks %s key %s, which our chain entry %d names", k.Suite, seal.KeyName(k).Short(), chain.N)
			return
		}
	}
	pin, err := link.Pin(keys.TLSCert)
	if err != nil || !slices.Contains(chain.TLS, pin) {
		d.find(bad, "keys", "bring the newest node.key: peers will not speak to this certificate", "the certificate in node.key is not one that our chain entry %d names", chain.N)
		return
	}
	if !slices.ContainsFunc(chain.Node, func(k comity.Key) bool { return seal.KeyName(k) == keys.Sign[0].Name() }) {
		d.find(warn, "keys", "comity key rotate node, again: that ends it", "node.key begins with key %s, which no chain entry names: a rotation was interrupted", keys.Sign[0].Name().Short())
	}
	d.find(well, "keys", "", "node.key opens, and holds what our chain entry %d names", chain.N)
}

// prekeys looks at when those end to which new items are sealed.
func (d *doctor) prekeys(tx *store.Tx) error {
	parties := []comity.Party{d.n.Party}
	rows, err := tx.Parties()
	for _, p := range rows {
		parties = append(parties, p.Party)
	}
	for _, p := range parties {
		book, err := d.n.Keeper.Book(tx, p)
		if err != nil {
			return err
		}
		do := "ask " + string(p) + " to run its node, which announces a new one"
		if p == d.n.Party {
			do = "run comity serve, which makes one, or comity key rotate prekey"
		}
		k, _, ok := book.Prekey()
		left := k.NotAfter.Sub(d.Now())
		switch {
		case !ok:
			d.find(bad, "prekey", do, "%s has none", p)
		case left < 0:
			d.find(warn, "prekey", do, "that of %s ended %s ago; it is used on", p, clock.Say(-left))
		case left < 12*time.Hour:
			d.find(warn, "prekey", do, "that of %s ends in %s", p, clock.Say(left))
		default:
			d.find(well, "prekey", "", "that of %s is good for %s", p, clock.Say(left))
		}
	}
	return err
}

// peers says how far each pair has come.
func (d *doctor) peers(tx *store.Tx) error {
	rows, err := tx.Parties()
	for _, p := range rows {
		if fork, ok, err := tx.Meta("fork/" + string(p.Party)); err != nil {
			return err
		} else if ok {
			d.find(bad, "peer", "comity peer freeze "+string(p.Party)+" --reason R, and call them", "%s told two stories of its keys or seats: %s", p.Party, fork)
		}
		book, err := d.n.Keeper.Book(tx, p.Party)
		if err != nil {
			return err
		}
		if p.Genesis != book.Identity() {
			d.find(bad, "peer", changed, "%s: its row names the root key %s, and its book begins with %s", p.Party, p.Genesis.Short(), book.Identity().Short())
		}
		if p.State == record.Pending || p.State == record.Confirmed {
			if _, err := record.ChannelID(tx, p.Party, comity.Live); err == nil {
				d.find(bad, "peer", changed, "%s: its row says %s, and there is a channel with it", p.Party, p.State)
			}
		}
		switch p.State {
		case record.Pending:
			d.find(warn, "peer", "comity peer confirm "+string(p.Party)+" --number DIGITS --seat S, by two seats", "%s: nobody has compared the pair number", p.Party)
		case record.Confirmed:
			d.find(warn, "peer", "have them confirm too; then the nodes, or a stick, do the rest", "%s: confirmed here, and not yet there", p.Party)
		}
	}
	if len(rows) == 0 {
		d.find(warn, "peer", "comity party import FILE", "there are no peers")
	}
	return err
}

// patience is how many attempts in a row may fail before doctor says so.
const patience = 3

// channels looks at where each stream stands, and at its guard.
func (d *doctor) channels(tx *store.Tx) error {
	list, err := record.Channels(tx)
	for _, c := range list {
		name := fmt.Sprintf("%s %s", c.Peer, c.Realm)
		s := c.State
		switch s.Mode {
		case exchange.Open:
			d.find(well, "channel", "", "%s: open, epoch %d, sent %d, received %d", name, s.Epoch, s.Next, s.Want)
		case exchange.New, exchange.Greets:
			do := "run comity serve, and see that " + string(c.Peer) + " can be reached; or comity stick write"
			if d.runs && s.Attempts > patience {
				do = fmt.Sprintf("either %s cannot be reached: see that its node runs; or it signs its hello with a key that we do not know (our node's log says so): have them send their party file, comity party import FILE", c.Peer)
			}
			d.find(warn, "channel", do, "%s: does not know its place; nothing is numbered until the peer has said hello", name)
		case exchange.Behind:
			d.find(warn, "channel", "let it run: the peer gives back what is ours; if it cannot, comity peer resume "+string(c.Peer), "%s: the peer, or the guard, knows %d items of ours and the record has %d", name, max(s.Target, s.Guard.Next), s.Next)
		case exchange.Frozen:
			d.find(warn, "channel", "when they have a new node key: comity peer resume "+string(c.Peer), "%s: frozen, because their node key was not to be trusted", name)
		case exchange.Halted:
			d.find(bad, "channel", "call them, find out why, then comity peer resume "+string(c.Peer), "%s: halted, because of two stories about one stream", name)
		}
		faults, err := d.n.stands(tx, c)
		if err != nil {
			return err
		}
		for _, f := range faults {
			d.find(bad, "channel", changed, "%s: %s", name, f)
		}
		if s.Waits() && !s.Since.IsZero() && s.Attempts > patience {
			unreceipted := ""
			if s.Unreceipted() {
				unreceipted = fmt.Sprintf("; unreceipted are our items %d to %d", s.Receipted, s.Need-1)
			}
			d.find(warn, "channel", "see that the node runs and that "+string(c.Peer)+" can be reached", "%s: no answer since %s, %s ago, %d attempts%s", name, shell.UTC(s.Since.Time), clock.Say(d.Now().Sub(s.Since.Time)), s.Attempts, unreceipted)
		}
		d.guard(c, name)
	}
	return err
}

func (d *doctor) guard(c record.Channel, name string) {
	g, err := d.n.Keeper.ReadGuard(c.ID)
	s := c.State
	switch {
	case err != nil:
		d.find(bad, "guard", "stop the node; if this is not a restored record, remove guard/"+c.ID.String(), "%s: %v", name, err)
	case g.Epoch > s.Epoch || g.Epoch == s.Epoch && g.Next > s.Next:
		d.find(warn, "guard", "run comity serve: it asks the peer for what is missing before it numbers anything", "%s: %d items have left and the record has %d: it is older", name, g.Next, s.Next)
	case g.Next == 0 && g.Epoch == 0 && s.Next > 0:
		d.find(warn, "guard", "nothing to do now; it is written again with the next item. Keep folder guard out of backups, and on this machine", "%s: the guard file is missing", name)
	}
}

// clocks bounds how far each peer's clock is from ours: an item cannot arrive
// before it was made, in either direction.
func (d *doctor) clocks(tx *store.Tx) error {
	list, err := record.Channels(tx)
	for _, c := range list {
		p, err := d.n.Keeper.Profile(tx, c.State.In.Profile)
		if err != nil {
			return err
		}
		least, ok1, err := delays(tx, c, false)
		if err != nil {
			return err
		}
		most, ok2, err := delays(tx, c, true)
		if err != nil {
			return err
		}
		least = -least // the peer's clock is ahead of ours by at least this
		skew := time.Duration(p.Skew) * time.Second
		switch name := fmt.Sprintf("%s %s", c.Peer, c.Realm); {
		case !ok1 || !ok2:
			d.find(well, "clock", "", "%s: nothing to compare yet", name)
		case least > skew:
			d.find(warn, "clock", "compare both clocks with a time service; theirs is fast, or ours slow", "%s: their clock is at least %s ahead; the profile allows %s", name, least.Round(time.Millisecond), skew)
		case most < -skew:
			d.find(warn, "clock", "compare both clocks with a time service; ours is fast, or theirs slow", "%s: their clock is at least %s behind; the profile allows %s", name, (-most).Round(time.Millisecond), skew)
		default:
			d.find(well, "clock", "", "%s: theirs is between %s and %s ahead of ours; the profile allows %s", name, least.Round(time.Millisecond), most.Round(time.Millisecond), skew)
		}
	}
	return err
}

// delays returns the shortest time from an item of one stream to its receipt, of
// the last few, as both clocks have it.
func delays(tx *store.Tx, c record.Channel, mine bool) (least time.Duration, ok bool, err error) {
	size := c.State.Want
	if mine {
		size = c.State.Receipted
	}
	rows, err := tx.Items(c.ID, c.State.Epoch, mine, size-min(size, 32), int(min(size, 32)))
	for _, r := range rows {
		if r.Upto >= 0 {
			continue // nobody hurries to receipt a receipt
		}
		receipt, found, err := tx.ReceiptCovering(c.ID, c.State.Epoch, !mine, r.Seq)
		if err != nil {
			return 0, false, err
		}
		if took := receipt.At.Sub(r.At.Time); found && (!ok || took < least) {
			least, ok = took, true
		}
	}
	return least, ok, err
}

// countersigns looks for sole releases of ours that no second seat has looked at.
func (d *doctor) countersigns(tx *store.Tx) error {
	rows, err := cabinet.Unsigned(tx, d.n.Keeper.Now())
	for _, m := range rows {
		v, _, err := d.n.ThreadAll(tx, m.Realm, m.Ref)
		if err != nil {
			return err
		}
		for _, s := range v.Sole {
			if s.From == d.n.Party && s.Outcome == "" && s.Overdue {
				d.find(warn, "sole", fmt.Sprintf("another seat: comity countersign %s --of %s", m.Ref, s.Statement.Short()), "%s: the countersignature of %s was due %s", m.Ref, s.Kind, shell.UTC(s.Due))
			}
		}
	}
	if err == nil && len(rows) == 0 {
		d.find(well, "sole", "", "no countersignature of ours is overdue")
	}
	return err
}

// changed is what to do about a record that is not what it was.
const changed = "stop the node and keep the record as it is: it was changed by another hand, or the disk fails; then comity restore FILE"

// logs checks the last items of each log with their statements, the journal, and
// all files of the record.
func (d *doctor) logs() {
	w, err := d.sound(d.n, "", "", thoroughness{last: 2000, tell: func(stream, uint64) {}, box: d.box})
	if err != nil {
		d.find(bad, "log", "", "%v", err)
	}
	for _, s := range w.list {
		if s.Fault != "" {
			d.find(bad, "log", changed, "%s", s.text())
			continue
		}
		d.find(well, "log", "", "%s", s.text())
	}
	if w.matters != nil {
		d.find(bad, "matters", changed, "%v", w.matters)
	} else {
		d.find(well, "matters", "", "%d are what their statements make them", w.folded)
	}
	v := &vaulted{d: d, seen: map[comity.Hash]bool{}}
	switch err := v.everything(); {
	case err != nil:
		d.find(bad, "vault", "", "%v", err)
	case v.faults == 0 && d.vault:
		d.find(well, "vault", "", "%d files are here, each of them hashed", len(v.seen))
	case v.faults == 0:
		d.find(well, "vault", "", "%d files are here, of the right size; comity doctor --vault hashes them", len(v.seen))
	}
	if err := d.n.Keeper.View(d.Ctx, (*store.Tx).CheckJournal); err != nil {
		d.find(bad, "journal", changed, "%v", err)
		return
	}
	d.find(well, "journal", "", "its hash chain holds (who can write the database can make another)")
}

// A vaulted looks for files in the vault.
type vaulted struct {
	d      *doctor
	seen   map[comity.Hash]bool
	faults int
}

func (v *vaulted) file(f store.File) {
	if !f.Stored || len(f.Box) == 0 || v.seen[f.Cipher] { // without its key it is noise, and may be gone
		return
	}
	v.seen[f.Cipher] = true
	if err := v.look(f); err != nil {
		v.faults++
		v.d.find(bad, "vault", "put it back from a copy of the folder vault; the peer has it too", "file %q of statement %s: %v", f.Name, f.Statement.Short(), err)
	}
}

func (v *vaulted) look(f store.File) error {
	in, size, err := v.d.n.Vault.Open(f.Cipher)
	if err != nil {
		return err
	}
	defer in.Close()
	if size != f.CipherSize {
		return fmt.Errorf("it has %d bytes in the vault, and should have %d", size, f.CipherSize)
	}
	if !v.d.vault {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if comity.Hash(sum.Sum(nil)) != f.Cipher {
		return errors.New("its bytes in the vault are not those that its name is the hash of")
	}
	return nil
}

// everything looks at the files of all matters.
func (v *vaulted) everything() error {
	var list []store.Matter
	err := v.d.n.Keeper.View(v.d.Ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Matters(store.Filter{})
		return err
	})
	for _, m := range list {
		err = errors.Join(err, v.d.n.Keeper.View(v.d.Ctx, func(tx *store.Tx) error {
			rows, err := tx.StatementsOf(m.Realm, m.Ref)
			for _, r := range rows {
				files, ferr := tx.Files(r.Channel, r.ID)
				err = errors.Join(err, ferr)
				for _, f := range files {
					v.file(f)
				}
			}
			return err
		}))
	}
	return err
}
